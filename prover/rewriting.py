"""``Rules``: facts as ordered rewrite rules, and rewriting written down as proof steps.

Rewriting is the block's cheap engine: it decides most equations, and what it does is a chain of
equalities that people can read. The order of the core decides in which direction a fact is used;
an equation that it cannot orient (commutativity) rewrites only what gets smaller.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from logic.budget import Budget
from logic.core import LimitError, Rewriter
from logic.formulas import (
    FALSE,
    Equal,
    Exists,
    free_variables,
)
from logic.terms import Sort, Term, Var
from prover.chaining import Implication
from prover.facts import Fact
from prover.fragment import AbandonedError, Fragment, Origin
from prover.language import EQUALITY, Language, Literal
from prover.steps import deny_clash, instantiate, prove_truth, rewrite

Trace = Sequence[tuple[tuple[int, ...], int, bool, dict[int, int]]]
"""Rewrite steps in order: path, rule, whether from right to left, binding of its variables."""


STEPS = 2_000
"""Rewrite steps towards a normal form, at most: longer ones prove nothing that people read."""


NESTED = 16
"""Conditions within conditions that are written down, at most."""


class Rule(msgspec.Struct, frozen=True):
    """A fact as the rewriter knows it: its variables' ids in the bank, and its conditions."""

    left: int
    right: int
    fact: Fact | None = None
    """None for the built-in rules of equality between constructor terms."""
    variables: tuple[int, ...] = ()
    conditions: tuple[Literal, ...] = ()


class Rules:
    """The rewrite rules in view of a block; inner blocks add theirs and take them back."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self.rewriter = Rewriter(language.bank)
        self.budget = Budget()
        """What an attempt may still spend; its engines stop when it is spent."""
        self.known: list[Fact] = []
        """The facts of the root block, in the order in which they were learned."""
        self.choices: list[Origin] = []
        """Facts of the root block that claim a disjunction."""
        self.equations: list[Literal] = []
        """The unconditional equations among them, their variables those of the bank."""
        self.clashes: list[tuple[int, tuple[int, ...]]] = []
        """Equations, as terms, between different constructors, and their variables."""
        self.clauses: dict[int, list[tuple[int, tuple[Literal, ...]]]] = {}
        """The left sides and conditions of the clauses of recursive definitions, by symbol."""
        self.implications: list[Implication] = []
        """Conditional facts of the root block other than those clauses."""
        self._rules: dict[int, Rule] = {}
        self._nested = 0
        self._marks: list[tuple[int, list[int]]] = []
        self._added: list[int] = []

    def sharing(self) -> Rules:
        """Other rules over the same memory of the root block."""
        other = Rules(self.language)
        other.known, other.equations, other.choices = self.known, self.equations, self.choices
        other.clashes, other.clauses = self.clashes, self.clauses
        other.implications = self.implications
        return other

    # -- adding and taking back --------------------------------------------------------------

    def add(
        self, fact: Fact, outer: Mapping[str, int] | None = None, conditional: bool = False
    ) -> bool:
        """Use a fact as a rule where its head is an equation, an atom or a denial.

        ``outer`` gives the ids of the variables that are free in it (eigenvariables). False if it
        cannot serve as a rule: a condition or the result would have variables left open, or it has
        premises whose rewriting may have no end, unless ``conditional`` ones are asked for. The
        premises of a recursive definition's clauses are sure to end, and so are those that are
        smaller than what they are about. What is no rule is a fact for saturation all the same.
        """
        if fact.head == FALSE:
            return False
        if isinstance(fact.premise, Origin) and not self._always_applies(fact):
            return False
        language = self.language
        values, ids = self.universals(fact.variables, outer)
        left, right = language.literal(fact.head, values)
        conditions = tuple(language.literal(b, values) for b in fact.body)
        language.settle()
        if conditions and self.fits_anything(left, right):
            return False
        if conditions and not (conditional or _is_recursive(fact) or self._ends(left, conditions)):
            return False
        rule = self.rewriter.add(left, right, conditions)
        if rule >= 0:
            self._rules[rule] = Rule(left, right, fact, ids, conditions)
            self._added.append(rule)
        return rule >= 0

    def _ends(self, left: int, conditions: Sequence[Literal]) -> bool:
        """Whether the conditions of a rule are smaller than its left side in the order."""
        return all(self.language.bank.greater(left, side) for c in conditions for side in c)

    def fits_anything(self, left: int, right: int) -> bool:
        """Whether one side is a mere variable, and would be rewritten wherever conditions hold."""
        bank = self.language.bank
        return any(
            bank.is_variable(a) and not bank.greater(b, a)
            for a, b in ((left, right), (right, left))
        )

    def _always_applies(self, fact: Fact) -> bool:
        """Whether there is a term for each variable that a fact has and does not speak of."""
        spoken = free_variables(fact.head, *fact.body)
        return all(
            v in spoken or self.language.some_term(v.sort, {}) is not None for v in fact.variables
        )

    def universals(
        self, variables: Sequence[Var], outer: Mapping[str, int] | None = None
    ) -> tuple[dict[str, int], tuple[int, ...]]:
        """Ids for names: universal variables as the bank's variables, others as given."""
        language = self.language
        ids = tuple(
            language.bank.variable(i, language.sort_id(v.sort)) for i, v in enumerate(variables)
        )
        values = dict(outer or {})
        values.update((v.name, id) for v, id in zip(variables, ids, strict=True))
        return values, ids

    def learn(self, fact: Fact) -> None:
        """Take a fact into the root block's memory, and use it as a rule."""
        self.known.append(fact)
        if not isinstance(fact.head, Exists):
            self.add(fact)
        if isinstance(fact.head, Equal) and not fact.body:
            values, _ = self.universals(fact.variables)
            self.equations.append(self.language.literal(fact.head, values))
        if not _is_recursive(fact):
            law = self.implication(fact)
            if law is not None:
                self.implications.append(law)
        else:
            values, _ = self.universals(fact.variables)
            left, _ = self.language.literal(fact.head, values)
            conditions = tuple(self.language.literal(b, values) for b in fact.body)
            self.clauses.setdefault(self.language.bank.head(left), []).append((left, conditions))

    def implication(self, fact: Fact, outer: Mapping[str, int] | None = None) -> Implication | None:
        """A conditional fact whose premises speak of all its variables."""
        spoken = free_variables(*fact.body)
        if isinstance(fact.head, Exists) or not fact.body or set(fact.variables) - set(spoken):
            return None
        values, ids = self.universals(fact.variables, outer)
        body = tuple(self.language.literal(b, values) for b in fact.body)
        head = (self.language.false, self.language.true)
        if fact.head != FALSE:
            head = self.language.literal(fact.head, values)
        return Implication(fact, ids, body, head)

    def add_raw(self, left: int, right: int) -> bool:
        """Use an equation of the bank as a rule, when only joinability is asked for."""
        return self.rewriter.add(left, right) >= 0

    def enter(self) -> None:
        """Begin an inner block: what is added from here on goes with :meth:`leave`."""
        self._marks.append((self.rewriter.mark(), self._added))
        self._added = []

    def leave(self) -> None:
        for rule in self._added:
            del self._rules[rule]
        mark, self._added = self._marks.pop()
        self.rewriter.release(mark)

    # -- writing proofs ----------------------------------------------------------------------

    def prove_equal(
        self, fragment: Fragment, scope: int, names: Mapping[int, Term], left: int, right: int
    ) -> int:
        """Write ``left = right`` as a chain; the two must be joinable."""
        decode = self.language.decode
        start = decode(left, names)
        step = fragment.add(scope, "reflexivity", (), Equal(start, start))
        return self.join(fragment, scope, names, step, (1,), left, right)

    def join(
        self,
        fragment: Fragment,
        scope: int,
        names: Mapping[int, Term],
        step: int,
        at: tuple[int, ...],
        left: int,
        right: int,
    ) -> int:
        """Rewrite ``left``, which stands at a path of a step's formula, into ``right``."""
        normal, forward = self.rewriter.trace(left)
        other, backward = self.rewriter.trace(right)
        assert normal == other, "not joinable"
        # Where the two traces meet before the end, the detour through the normal form is cut.
        down, up = self._meet(left, forward, right, backward)
        for path, rule, reverse, binding in down:
            step = self._apply(fragment, scope, names, step, at + path, rule, reverse, binding)
        for path, rule, reverse, binding in reversed(up):
            step = self._apply(fragment, scope, names, step, at + path, rule, not reverse, binding)
        return step

    def simplify(
        self,
        fragment: Fragment,
        scope: int,
        names: Mapping[int, Term],
        step: int,
        at: tuple[int, ...],
        term: int,
    ) -> tuple[int, int]:
        """Rewrite a term, which stands at a path of a step's formula, to its normal form."""
        normal, trace = self.rewriter.trace(term)
        for path, rule, reverse, binding in trace:
            step = self._apply(fragment, scope, names, step, at + path, rule, reverse, binding)
        return step, normal

    def _meet(self, left: int, forward: Trace, right: int, backward: Trace) -> tuple[Trace, Trace]:
        seen = {id: i for i, id in enumerate(self._visited(left, forward))}
        for j, id in enumerate(self._visited(right, backward)):
            if id in seen:
                return forward[: seen[id]], backward[:j]
        return forward, backward

    def _visited(self, start: int, trace: Trace) -> list[int]:
        bank = self.language.bank
        found = [start]
        for path, rule, reverse, binding in trace:
            _, right = self._sides(rule, reverse)
            found.append(bank.replace(found[-1], path, bank.substitute(right, binding)))
        return found

    def _sides(self, rule: int, reverse: bool) -> tuple[int, int]:
        found = self._rules[rule]
        return (found.right, found.left) if reverse else (found.left, found.right)

    def _apply(
        self,
        fragment: Fragment,
        scope: int,
        names: Mapping[int, Term],
        step: int,
        path: tuple[int, ...],
        id: int,
        reverse: bool,
        binding: Mapping[int, int],
    ) -> int:
        rule = self._rules[id]
        assert rule.fact is not None
        terms = self.terms(rule, binding, names)
        conditions = self._conditions(fragment, scope, names, rule, binding)
        return rewrite(fragment, scope, step, rule.fact, terms, path, reverse, conditions)

    def _conditions(
        self,
        fragment: Fragment,
        scope: int,
        names: Mapping[int, Term],
        rule: Rule,
        binding: Mapping[int, int],
    ) -> list[int]:
        """Steps for the conditions of a rule's instance.

        Rules whose conditions lead back to one another hold by the depth at which the rewriter
        gives up; what it would take to write that down has no end.
        """
        if self._nested == NESTED:
            raise AbandonedError
        self._nested += 1
        try:
            return [
                self.prove_literal(fragment, scope, names, self._instance(c, binding))
                for c in rule.conditions
            ]
        finally:
            self._nested -= 1

    def terms(
        self, rule: Rule, binding: Mapping[int, int], names: Mapping[int, Term]
    ) -> dict[str, Term]:
        """The substitution of a rule's fact, by name."""
        assert rule.fact is not None
        decode = self.language.decode
        terms = {}
        for v, id in zip(rule.fact.variables, rule.variables, strict=True):
            value = binding.get(id)
            if value is None:  # a variable of which the fact says nothing
                value = self.language.some_term(v.sort, names)
            if value is None:
                raise AbandonedError
            terms[v.name] = decode(value, names)
        return terms

    def _instance(self, literal: Literal, binding: Mapping[int, int]) -> Literal:
        bank = self.language.bank
        return bank.substitute(literal[0], dict(binding)), bank.substitute(
            literal[1], dict(binding)
        )

    def holds(self, literal: Literal) -> bool:
        """Whether rewriting alone shows a ground literal."""
        return self.joinable(*literal)

    def joinable(self, left: int, right: int) -> bool:
        """Whether two terms have one normal form that is found in a bounded number of steps."""
        try:
            return self.rewriter.joinable(left, right, STEPS)
        except LimitError:
            return False

    def prove_literal(
        self, fragment: Fragment, scope: int, names: Mapping[int, Term], literal: Literal
    ) -> int:
        """Write the proof of a ground literal that :meth:`holds`."""
        language = self.language
        left, right = literal
        if right not in (language.true, language.false):
            return self.prove_equal(fragment, scope, names, left, right)
        if left == right:
            return prove_truth(fragment, scope)
        _, trace = self.rewriter.trace(left)
        visited = self._visited(left, trace)
        path, last, reverse, binding = trace[-1]
        assert path == () and visited[-1] == right
        rule = self._rules[last]
        if rule.fact is None:
            step = self._clash(fragment, scope, names, visited[-2])
        else:
            terms = self.terms(rule, binding, names)
            conditions = self._conditions(fragment, scope, names, rule, binding)
            step = instantiate(fragment, scope, rule.fact, terms, conditions)
        prefix = (0,) if right == language.false else ()
        for path, id, reverse, binding in reversed(trace[:-1]):
            step = self._apply(
                fragment, scope, names, step, prefix + path, id, not reverse, binding
            )
        return step

    # -- equality between constructor terms ---------------------------------------------------

    def add_clashes(self, sort: Sort) -> None:
        """Rules that deny an equation between different constructors of a data sort."""
        language = self.language
        heads, count = [], 0
        for symbol, sorts in language.constructors(sort):
            variables = [
                language.bank.variable(count + i, language.sort_id(s)) for i, s in enumerate(sorts)
            ]
            count += len(sorts)
            heads.append((language.bank.term(symbol, variables), variables))
        equality = language.symbol(EQUALITY, (sort, sort), None)
        language.settle()
        for a, xs in heads:
            for b, ys in heads:
                if a != b:
                    left = language.bank.term(equality, [a, b])
                    self.clashes.append((left, (*xs, *ys)))
                    rule = self.rewriter.add(left, language.false)
                    self._rules[rule] = Rule(left, language.false)
                    self._added.append(rule)

    def add_decompositions(self, sort: Sort) -> None:
        """Rules that deny c(s..) = c(t..) where an equation between arguments is denied.

        They compute and write no proofs.
        """
        language, bank = self.language, self.language.bank
        equality = language.symbol(EQUALITY, (sort, sort), None)
        for symbol, sorts in language.constructors(sort):
            ids = [language.sort_id(s) for s in sorts]
            xs = [bank.variable(i, s) for i, s in enumerate(ids)]
            ys = [bank.variable(len(ids) + i, s) for i, s in enumerate(ids)]
            whole = bank.term(equality, [bank.term(symbol, xs), bank.term(symbol, ys)])
            for x, y, s in zip(xs, ys, sorts, strict=True):
                part = bank.term(language.symbol(EQUALITY, (s, s), None), [x, y])
                language.settle()
                self.rewriter.add(whole, language.false, [(part, language.false)])

    def _clash(self, fragment: Fragment, scope: int, names: Mapping[int, Term], atom: int) -> int:
        equation = self.language.decode_literal((atom, self.language.true), names)
        return deny_clash(fragment, scope, equation)


def _is_recursive(fact: Fact) -> bool:
    return (
        isinstance(fact.premise, Origin)
        and fact.premise.rule == "definition"
        and isinstance(fact.head, Equal)
    )
