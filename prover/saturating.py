"""A block's strong engine: saturation under superposition, its answer written as a direct proof.

The core derives clauses until the goal's literals hold for some values of its existential
variables. Every derivation step records its parents and substitutions, so the proof is replayed
here without search: the substitutions are pushed up to the facts, and what comes down is a chain of
instances, modus ponens and rewrite steps without free variables.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from logic.core import Saturation
from logic.formulas import (
    FALSE,
    And,
    Equal,
    Exists,
    Formula,
    Not,
    conjuncts,
    free_variables,
    replace_at,
    substitute,
)
from logic.terms import App, Sort, Term, Var
from prover.block import Block
from prover.facts import Conjunct, Fact, ways
from prover.fragment import AbandonedError
from prover.language import EQUALITY, Literal, UnnamedError
from prover.rewriting import deny_clash, instantiate, rewrite
from prover.witnesses import witness_terms, witnesses

CLAUSES_PER_STEP = 20
"""Clauses kept for each step of the given-clause loop, at most."""


class Input(msgspec.Struct, frozen=True):
    """Where an input clause comes from: a fact, a way to show the goal, or a law of equality."""

    variables: tuple[int, ...]
    fact: Fact | None = None
    goal: Conjunct | None = None
    law: str = ""
    atom: int = -1
    """For a law of equality between constructor terms: the equation that it denies."""
    witness: int = -1
    """For an existential fact: its number in the run, the part of its matrix, its functions."""
    part: int = 0
    chosen: tuple[int, ...] = ()


Binding = dict[int, int]


def saturate(block: Block, goal: Formula, steps: int, weight: int = 100) -> int | None:
    """Prove a goal from all facts in view, in at most ``steps`` steps of the given-clause loop.

    The result states the goal. Facts that contradict each other prove any goal.
    """
    budget = block.rules.budget
    if budget.spent():
        return None
    run = _Run(block)
    run.add_facts(goal)
    for way in ways(goal):
        run.add_goal(way)
    run.add_equality()
    for support in (True, False):
        found = run.start(support).run(steps, steps * CLAUSES_PER_STEP, weight, budget.remaining())
        if found == "proved":
            break
    else:
        return None
    try:
        step = run.replay(run.saturation.answer, {}, [])
    except UnnamedError:
        # A witness is spoken of before anything shows that it exists.
        raise AbandonedError from None
    fragment = block.fragment
    if fragment.formula(step) == FALSE and goal != FALSE:
        step = fragment.add(run.scope, "ex_falso", [step], goal)
    return run.close_witnesses(step)


def relevant(block: Block, goal: Formula) -> list[Fact]:
    """The local facts that may matter for a goal.

    Where a block assumes D(a1, ..., an), as theories in core notation do, what D says of a
    parameter is left out if it stands later than all that the goal and the other hypotheses speak
    of: a proof about + has no use for the facts about *.
    """
    facts = block.local_facts()
    principles = block.principles()
    if not principles:
        return facts
    order = [t.name for t in principles[0].parameters if isinstance(t, Var)]
    spoken = {v.name for v in free_variables(goal, *block.assumptions())}
    last = max((i for i, name in enumerate(order) if name in spoken), default=0)
    later = set(order[last + 1 :]) - {
        t.name
        for t in (principles[0].base_set, principles[0].start, principles[0].successor)
        if isinstance(t, Var)
    }
    granting = {p.premise for p in principles}
    return [
        f
        for f in facts
        if f.premise in granting or not later & {v.name for v in free_variables(f.formula)}
    ]


class _Run:
    """One saturation for one goal of one block."""

    def __init__(self, block: Block) -> None:
        self.block = block
        self.language = block.language
        self.saturation: Saturation
        self.inputs: dict[int, Input] = {}
        self._clauses: list[tuple[Literal | None, Sequence[Literal], Input]] = []
        self.scope = block.scope
        """The scope in which steps are written: that of the last witness that was opened."""
        self.names = dict(block.names)
        self._background: set[int] = set()
        self._skolemised: list[Fact] = []
        self._opened: list[tuple[int, int]] = []
        self._witnesses: dict[tuple[int, tuple[tuple[str, Term], ...]], int] = {}
        self._units: dict[tuple[int, tuple[tuple[int, int], ...]], int] = {}

    # -- feeding -----------------------------------------------------------------------------

    def add_facts(self, goal: Formula) -> None:
        rules = self.block.rules
        local = relevant(self.block, goal)
        self._background = {id(f) for f in (*rules.known, *self.block.granted())}
        facts = (*rules.known, *local)
        for fact in facts:
            values, ids = rules.universals(fact.variables, self.block.values)
            if not isinstance(fact.head, Exists):
                head = None if fact.head == FALSE else self.language.literal(fact.head, values)
                body = [self.language.literal(b, values) for b in fact.body]
                self._input(head, body, Input(ids, fact=fact))
            elif not self.block.principles():
                self._add_existential(fact, values, ids)
        if self.block.principles():
            for fact, ids in witnesses(self.language, facts, goal, self.block.values, 2):
                values = self.block.values | {
                    v.name: i for v, i in zip(fact.variables, ids, strict=True)
                }
                self._add_existential(fact, values, ids)

    def _add_existential(self, fact: Fact, values: dict[str, int], ids: tuple[int, ...]) -> None:
        """``B -> exists y. M``, with a function of the variables in the place of y."""
        assert isinstance(fact.head, Exists)
        body = [self.language.literal(b, values) for b in fact.body]
        number = len(self._skolemised)
        self._skolemised.append(fact)
        chosen = witness_terms(self.language, fact, ids)
        inner = values | {v.name: t for v, t in zip(fact.head.vars, chosen, strict=True)}
        for part, literal in enumerate(conjuncts(fact.head.body)):
            head = self.language.literal(literal, inner)
            source = Input(ids, fact=fact, witness=number, part=part, chosen=chosen)
            self._input(head, body, source)

    def add_goal(self, way: Conjunct) -> None:
        values, ids = self.block.rules.universals(way.variables, self.block.values)
        body = [self.language.literal(b, values) for b in way.literals]
        self._input(None, body, Input(ids, goal=way))

    def add_equality(self) -> None:
        """The laws of equality as a relation, for the sorts at which one is denied."""
        language = self.language
        for name, sorts, result in language.met():
            if name != EQUALITY or result is not None:
                continue
            symbol = language.symbol(name, sorts, result)
            x = language.bank.variable(0, language.sort_id(sorts[0]))
            same = language.bank.term(symbol, [x, x])
            self._input((same, language.true), [], Input((x,), law="reflexivity"))
        for left, variables in self.block.rules.clashes:
            self._input((left, language.false), [], Input(variables, law="disjointness", atom=left))

    def _input(self, head: Literal | None, body: Sequence[Literal], source: Input) -> None:
        self._clauses.append((head, body, source))

    def start(self, support: bool) -> Saturation:
        """Hand the clauses to the core, once all their symbols have a place in the order.

        With ``support``, what is known at the root, and what a block's definition grants, is not
        combined among itself: the search starts from the hypotheses and the goal.
        """
        self.language.settle()
        self.saturation = Saturation(self.language.bank, self.language.true)
        self.inputs.clear()
        for head, body, source in self._clauses:
            new = source.fact is None or id(source.fact) not in self._background
            clause = self.saturation.add(head, body, new or not support)
            self.inputs[clause] = source
        return self.saturation

    # -- replaying ---------------------------------------------------------------------------

    def replay(self, clause: int, theta: Binding, bodies: Sequence[int | None]) -> int:
        """The head of a clause under a substitution, given steps for the literals of its body.

        For a clause that goes back to the goal, the step states the goal itself; for one that goes
        back to a fact without a head, falsity. A literal ``TRUE = TRUE`` needs no step.
        """
        key = (clause, tuple(sorted(theta.items())))
        if bodies:
            return self._replay(clause, theta, bodies)
        if key not in self._units:
            self._units[key] = self._replay(clause, theta, bodies)
        return self._units[key]

    def _replay(self, clause: int, theta: Binding, bodies: Sequence[int | None]) -> int:
        kind, *rest = self.saturation.derivation(clause)
        match kind:
            case "input":
                return self._from_input(self.inputs[clause], theta, bodies)
            case "superpose":
                return self._superpose(clause, theta, bodies, *rest)
            case "resolve":
                return self._resolve(theta, bodies, *rest)
            case "decompose":
                return self._decompose(theta, bodies, *rest)
            case "inject":
                return self._inject(theta, bodies, *rest)
            case "clash":
                return self._clash(theta, bodies, *rest)
            case "simplify":
                return self._simplify(theta, bodies, *rest)
        raise AssertionError(f"unknown derivation {kind}")

    def _from_input(self, source: Input, theta: Binding, bodies: Sequence[int | None]) -> int:
        fragment, scope = self.block.fragment, self.scope
        steps = [self._needed(b) for b in bodies]
        if source.goal is not None:
            terms = self._terms(source.goal.variables, source.variables, theta)
            return source.goal.rebuild(fragment, scope, steps, terms)
        if source.fact is not None:
            terms = self._terms(source.fact.variables, source.variables, theta)
            if source.witness >= 0:
                return self._witness(source, terms, theta, steps)
            return instantiate(fragment, scope, source.fact, terms, steps)
        if source.law == "reflexivity":
            term = self.language.decode(theta[source.variables[0]], self.names)
            return fragment.add(scope, "reflexivity", (), Equal(term, term))
        bank = self.language.bank
        atom = self._ground(bank.substitute(source.atom, theta))
        return deny_clash(fragment, scope, self._state((atom, self.language.true)))

    def _witness(
        self, source: Input, terms: dict[str, Term], theta: Binding, steps: list[int]
    ) -> int:
        """A part of what an existential fact claims, about a witness for which a scope is opened.

        All that follows is written inside that scope; :meth:`close_witnesses` leaves it.
        """
        assert source.fact is not None and isinstance(source.fact.head, Exists)
        fragment = self.block.fragment
        key = (source.witness, tuple(terms.items()))
        if key not in self._witnesses:
            claim = instantiate(fragment, self.scope, source.fact, terms, steps)
            formula = fragment.formula(claim)
            assert isinstance(formula, Exists)
            taken = [t.name for t in self.names.values() if isinstance(t, Var)]
            fresh = self.block.fresh(formula.vars, taken)
            binding: dict[str, Term] = {v.name: w for v, w in zip(formula.vars, fresh, strict=True)}
            inner = fragment.open(self.scope, fresh, [substitute(formula.body, binding)])
            self._opened.append((claim, inner))
            self.scope = inner
            for w, function in zip(fresh, source.chosen, strict=True):
                value = self._ground(self.language.bank.substitute(function, dict(theta)))
                self.names[value] = w
            self._witnesses[key] = fragment.add(
                inner, "hypothesis", (), substitute(formula.body, binding), of=inner, index=0
            )
        return self._conjunct(self._witnesses[key], source.part)

    def _conjunct(self, step: int, part: int) -> int:
        """One of the conjuncts, counted from the left, that a step states."""
        fragment = self.block.fragment
        while isinstance(whole := fragment.formula(step), And):
            count = len(conjuncts(whole.left))
            if part < count:
                step = fragment.add(self.scope, "and_left", [step], whole.left)
            else:
                part -= count
                step = fragment.add(self.scope, "and_right", [step], whole.right)
        return step

    def close_witnesses(self, step: int) -> int:
        """Leave the scopes of all witnesses with what was proved; it mentions none of them."""
        fragment = self.block.fragment
        formula = fragment.formula(step)
        for claim, inner in reversed(self._opened):
            outer = fragment.scopes[inner].parent
            step = fragment.add(outer, "exists_elim", [claim, step], formula, scopes=[inner])
        return step

    def _superpose(
        self,
        clause: int,
        theta: Binding,
        bodies: Sequence[int | None],
        unit: int,
        reverse: bool,
        into: int,
        literal: int,
        side: int,
        path: tuple[int, ...],
        unit_binding: Binding,
        into_binding: Binding,
    ) -> int:
        inner, outer = self._under(unit_binding, theta), self._under(into_binding, theta)
        before = self._instance(self._literal(into, literal), outer)
        if literal >= 0:
            steps = list(bodies)
            steps[literal] = self._undo(bodies[literal], before, side, path, unit, reverse, inner)
            return self.replay(into, outer, steps)
        step = self.replay(into, outer, bodies)
        return self._step(step, before, side, path, unit, reverse, inner)

    def _resolve(
        self,
        theta: Binding,
        bodies: Sequence[int | None],
        parent: int,
        literal: int,
        inner: Binding,
    ) -> int:
        outer = self._under(inner, theta)
        left, _ = self._instance(self._literal(parent, literal), outer)
        steps = list(bodies)
        steps.insert(literal, self._same(left))
        return self.replay(parent, outer, steps)

    def _decompose(
        self,
        theta: Binding,
        bodies: Sequence[int | None],
        parent: int,
        literal: int,
        inner: Binding,
    ) -> int:
        """A body literal c(s..) = c(t..), from equations between the arguments."""
        outer = self._under(inner, theta)
        left, right = self._instance(self._literal(parent, literal), outer)
        bank, fragment = self.language.bank, self.block.fragment
        pairs = list(zip(bank.arguments(left), bank.arguments(right), strict=True))
        step = self._same(left)
        assert step is not None
        for position, (_, t) in enumerate(pairs):
            formula = replace_at(
                fragment.formula(step), (1, position), self.language.decode(t, self.names)
            )
            by = self._needed(bodies[literal + position])
            step = self._rewrite(step, by, (1, position), False, formula)
        steps = [*bodies[:literal], step, *bodies[literal + len(pairs) :]]
        return self.replay(parent, outer, steps)

    def _inject(
        self,
        theta: Binding,
        bodies: Sequence[int | None],
        parent: int,
        argument: int,
        inner: Binding,
    ) -> int:
        step = self.replay(parent, self._under(inner, theta), bodies)
        whole = self.block.fragment.formula(step)
        assert isinstance(whole, Equal) and isinstance(whole.left, App)
        assert isinstance(whole.right, App)
        part = Equal(whole.left.args[argument], whole.right.args[argument])
        return self.block.fragment.add(self.scope, "injectivity", [step], part, index=argument)

    def _clash(
        self, theta: Binding, bodies: Sequence[int | None], parent: int, inner: Binding
    ) -> int:
        step = self.replay(parent, self._under(inner, theta), bodies)
        fragment = self.block.fragment
        if fragment.formula(step) == FALSE:
            return step
        return fragment.add(self.scope, "disjointness", [step], FALSE)

    def _simplify(
        self,
        theta: Binding,
        bodies: Sequence[int | None],
        parent: int,
        rewrites: Sequence[tuple[int, int, tuple[int, ...], int, bool, Binding]],
        renaming: Binding,
        swapped: bool,
    ) -> int:
        outer = self._under(renaming, theta)
        head, body = self.saturation.clause(parent)
        literals: dict[int, Literal] = {i: self._instance(b, outer) for i, b in enumerate(body)}
        if head is not None:
            literals[-1] = self._instance(head, outer)
        # States of the literals before each rewrite, so that those of the body can be undone.
        history = []
        for literal, side, path, unit, reverse, binding in rewrites:
            inner = self._under(binding, outer)
            history.append((literal, literals[literal], side, path, unit, reverse, inner))
            literals[literal] = self._rewritten(literals[literal], side, path, unit, reverse, inner)
        steps = list(bodies)
        for literal, before, side, path, unit, reverse, inner in reversed(history):
            if literal >= 0:
                steps[literal] = self._undo(
                    steps[literal], before, side, path, unit, reverse, inner
                )
        step = self.replay(parent, outer, steps)
        for literal, before, side, path, unit, reverse, inner in history:
            if literal < 0:
                step = self._step(step, before, side, path, unit, reverse, inner)
        fragment = self.block.fragment
        formula = fragment.formula(step)
        if swapped and head is not None and isinstance(formula, Equal):
            return fragment.add(self.scope, "symmetry", [step], Equal(formula.right, formula.left))
        return step

    # -- rewriting a literal, forwards and backwards ------------------------------------------

    def _step(
        self,
        step: int,
        before: Literal,
        side: int,
        path: tuple[int, ...],
        unit: int,
        reverse: bool,
        inner: Binding,
    ) -> int:
        """Rewrite a literal that a step states; what results may be falsity."""
        fragment, scope = self.block.fragment, self.scope
        if self._is_atomic(unit):
            law = self.replay(unit, inner, [])
            first, second = fragment.formula(step), fragment.formula(law)
            denial, claim = (step, law) if isinstance(first, Not) else (law, step)
            assert Not(fragment.formula(claim)) in (first, second)
            return fragment.add(scope, "modus_ponens", [denial, claim], FALSE)
        return self._equate(step, before, side, path, unit, reverse, inner)

    def _undo(
        self,
        step: int | None,
        before: Literal,
        side: int,
        path: tuple[int, ...],
        unit: int,
        reverse: bool,
        inner: Binding,
    ) -> int:
        """A step that states a literal as it was before a rewrite, from one that states it after.

        An atom that was rewritten to TRUE (or a denied one to FALSE) is the fact itself.
        """
        if self._is_atomic(unit):
            return self.replay(unit, inner, [])
        after = self._rewritten(before, side, path, unit, reverse, inner)
        return self._equate(self._needed(step), after, side, path, unit, not reverse, inner)

    def _equate(
        self,
        step: int,
        literal: Literal,
        side: int,
        path: tuple[int, ...],
        unit: int,
        reverse: bool,
        inner: Binding,
    ) -> int:
        fragment = self.block.fragment
        at = self._position(literal, side, path)
        if self._inside_witness(literal[side], path):
            raise AbandonedError  # a witness is a name: nothing can be rewritten inside it
        source = self.inputs.get(unit)
        if source is not None and source.fact is not None and not source.fact.body:
            terms = self._terms(source.fact.variables, source.variables, inner)
            return rewrite(fragment, self.scope, step, source.fact, terms, at, reverse)
        law = self.replay(unit, inner, [])
        equation = fragment.formula(law)
        assert isinstance(equation, Equal)
        # t = t, or u = u, rewritten by t = u, is t = u itself.
        trivial = equation.right if reverse else equation.left
        if at == (int(not reverse),) and fragment.formula(step) == Equal(trivial, trivial):
            return law
        new = equation.left if reverse else equation.right
        return self._rewrite(step, law, at, reverse, replace_at(fragment.formula(step), at, new))

    def _inside_witness(self, term: int, path: Sequence[int]) -> bool:
        bank = self.language.bank
        for index in path:
            if self.language.is_skolem(bank.head(term)):
                return True
            term = bank.arguments(term)[index]
        return False

    def _rewrite(
        self, step: int, by: int, at: tuple[int, ...], reverse: bool, formula: Formula | Term
    ) -> int:
        return self.block.fragment.add(
            self.scope,
            "rewrite",
            [step, by],
            formula,  # type: ignore[arg-type]
            binding={},
            path=at,
            reverse=reverse,
        )

    def _rewritten(
        self,
        literal: Literal,
        side: int,
        path: tuple[int, ...],
        unit: int,
        reverse: bool,
        inner: Binding,
    ) -> Literal:
        head = self._literal(unit, -1)
        new = self._ground(self.language.bank.substitute(head[0 if reverse else 1], inner))
        sides = list(literal)
        sides[side] = self.language.bank.replace(literal[side], path, new)
        return sides[0], sides[1]

    def _position(self, literal: Literal, side: int, path: tuple[int, ...]) -> tuple[int, ...]:
        """Where a place in a literal of the core stands in its formula."""
        other = literal[1 - side]
        if other == self.language.true:
            return path
        if other == self.language.false:
            return (0, *path)
        return (side, *path)

    def _same(self, term: int) -> int | None:
        if term in (self.language.true, self.language.false):
            return None
        value = self.language.decode(term, self.names)
        return self.block.fragment.add(self.scope, "reflexivity", (), Equal(value, value))

    def _needed(self, step: int | None) -> int:
        assert step is not None, "a trivial literal was asked for"
        return step

    def _is_atomic(self, unit: int) -> bool:
        """Whether a unit is an atom or a denial."""
        return any(t in (self.language.true, self.language.false) for t in self._literal(unit, -1))

    # -- substitutions -------------------------------------------------------------------------

    def _terms(
        self, variables: Sequence[Var], ids: Sequence[int], theta: Binding
    ) -> dict[str, Term]:
        decode = self.language.decode
        return {
            v.name: decode(self._value(id, v.sort, theta), self.names)
            for v, id in zip(variables, ids, strict=True)
        }

    def _value(self, id: int, sort: Sort, theta: Binding) -> int:
        """What stands for a variable of an input; an instance has ground terms from the start."""
        if self.language.bank.is_ground(id):
            return id
        return theta.get(id) or self._anything(sort)

    def _under(self, inner: Binding, theta: Binding) -> dict[int, int]:
        """First ``inner``, then ``theta``; variables that stay open get some value."""
        substitute = self.language.bank.substitute
        return {v: self._ground(substitute(t, dict(theta))) for v, t in inner.items()}

    def _instance(self, literal: Literal, theta: Binding) -> Literal:
        substitute = self.language.bank.substitute
        return (
            self._ground(substitute(literal[0], dict(theta))),
            self._ground(substitute(literal[1], dict(theta))),
        )

    def _ground(self, term: int) -> int:
        bank = self.language.bank
        if bank.is_ground(term):
            return term
        if bank.is_variable(term):
            return self._anything(self.language.sort_of(term))
        return bank.term(bank.head(term), [self._ground(a) for a in bank.arguments(term)])

    def _anything(self, sort: Sort) -> int:
        """Some term of a sort, for a variable whose value does not matter."""
        found = self.block.some_term(sort)
        if found is None:
            raise AbandonedError
        return found

    def _literal(self, clause: int, index: int) -> Literal:
        head, body = self.saturation.clause(clause)
        literal = head if index < 0 else body[index]
        assert literal is not None
        return literal

    def _state(self, literal: Literal) -> Formula:
        return self.language.decode_literal(literal, self.names)
