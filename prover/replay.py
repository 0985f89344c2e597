"""Writing what a saturation did as a direct proof.

Every derivation step records its parents and substitutions, so the proof is replayed here without
search: the substitutions are pushed up to the facts, and what comes down is a chain of instances,
modus ponens and rewrite steps without free variables.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

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
    replace_at,
    substitute,
)
from logic.terms import App, Sort, Term, Var
from prover.block import Block
from prover.facts import Conjunct, Fact
from prover.fragment import AbandonedError
from prover.language import Literal, UnnamedError
from prover.steps import deny_clash, instantiate, rewrite

T = TypeVar("T")


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


class _Rewrite(NamedTuple):
    """One rewrite of a literal by a unit: where, and with which instance."""

    side: int
    path: tuple[int, ...]
    unit: int
    reverse: bool
    binding: Binding


class Replay:
    """Writes the proof of one goal of one block into the block's fragment."""

    def __init__(self, block: Block, saturation: Saturation, inputs: dict[int, Input]) -> None:
        self.block = block
        self.language = block.language
        self.saturation = saturation
        self.inputs = inputs
        self.scope = block.scope
        """The scope in which steps are written: that of the last witness that was opened."""
        self.names = dict(block.names)
        self._opened: list[tuple[int, int]] = []
        self._witnesses: dict[tuple[int, tuple[tuple[str, Term], ...]], int] = {}
        self._units: dict[tuple[int, tuple[tuple[int, int], ...]], int] = {}

    def prove(self, goal: Formula) -> int:
        """The step that states the goal; any goal follows from facts that contradict each other.

        Raises
        ------
        AbandonedError
            if a witness would be spoken of before anything shows that it exists.
        """
        try:
            step = self.replay(self.saturation.answer, {}, [])
        except UnnamedError:
            raise AbandonedError from None
        fragment = self.block.fragment
        if fragment.formula(step) == FALSE and goal != FALSE:
            step = fragment.add(self.scope, "ex_falso", [step], goal)
        return self.close_witnesses(step)

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
                return self._superpose(theta, bodies, *rest)
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
        # To name a term may open the scope of a witness: names first, then the scope to write in.
        fragment = self.block.fragment
        steps = [self._needed(b) for b in bodies]
        if source.goal is not None:
            terms = self._terms(source.goal.variables, source.variables, theta)
            return source.goal.rebuild(fragment, self.scope, steps, terms)
        if source.fact is not None:
            terms = self._terms(source.fact.variables, source.variables, theta)
            if source.witness >= 0:
                return self._witness(source, terms, theta, steps)
            return instantiate(fragment, self.scope, source.fact, terms, steps)
        if source.law == "reflexivity":
            return self._reflexive(theta[source.variables[0]])
        bank = self.language.bank
        atom = self._ground(bank.substitute(source.atom, theta))
        equation = self._state((atom, self.language.true))
        return deny_clash(fragment, self.scope, equation)

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
                value = self._ground(self.language.bank.substitute(function, theta))
                self.names[value] = w
            self._witnesses[key] = fragment.add(
                inner, "hypothesis", (), substitute(formula.body, binding), of=inner, index=0
            )
        return self._conjunct(self._witnesses[key], source.part)

    def _term(self, id: int) -> Term:
        return self._named(lambda: self.language.decode(id, self.names))

    def _named(self, read: Callable[[], T]) -> T:
        """What is read off terms; witnesses among them that are not there yet are introduced."""
        while True:
            try:
                return read()
            except UnnamedError as error:
                if not self._introduce(error.args[0]):
                    raise

    def _introduce(self, term: int) -> bool:
        """Open the scope of the witness that a term stands for, if it exists unconditionally."""
        for source in self.inputs.values():
            if source.fact is None or source.witness < 0 or source.fact.body:
                continue
            for function in source.chosen:
                theta = self.language.bank.match(function, term)
                if theta is not None:
                    terms = self._terms(source.fact.variables, source.variables, theta)
                    self._witness(source, terms, theta, [])
                    return True
        return False

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
        outer = self._under(into_binding, theta)
        how = _Rewrite(side, path, unit, reverse, self._under(unit_binding, theta))
        before = self._instance(self._literal(into, literal), outer)
        if literal < 0:
            return self._redo(self.replay(into, outer, bodies), before, how)
        steps = list(bodies)
        steps[literal] = self._undo(bodies[literal], before, how)
        return self.replay(into, outer, steps)

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
            formula = replace_at(fragment.formula(step), (1, position), self._term(t))
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
        literals = {i: self._instance(b, outer) for i, b in enumerate(body)}
        if head is not None:
            literals[-1] = self._instance(head, outer)
        # The literals before each rewrite, so that those of the body can be undone.
        history = []
        for literal, side, path, unit, reverse, binding in rewrites:
            how = _Rewrite(side, path, unit, reverse, self._under(binding, outer))
            history.append((literal, literals[literal], how))
            literals[literal] = self._rewritten(literals[literal], how)
        steps = list(bodies)
        for literal, before, how in reversed(history):
            if literal >= 0:
                steps[literal] = self._undo(steps[literal], before, how)
        step = self.replay(parent, outer, steps)
        for literal, before, how in history:
            if literal < 0:
                step = self._redo(step, before, how)
        formula = self.block.fragment.formula(step)
        if swapped and head is not None and isinstance(formula, Equal):
            turned = Equal(formula.right, formula.left)
            return self.block.fragment.add(self.scope, "symmetry", [step], turned)
        return step

    # -- rewriting a literal, forwards and backwards ------------------------------------------

    def _redo(self, step: int, before: Literal, how: _Rewrite) -> int:
        """Rewrite a literal that a step states; what results may be falsity."""
        if not self._is_atomic(how.unit):
            return self._equate(step, before, how)
        fragment = self.block.fragment
        law = self.replay(how.unit, how.binding, [])
        denied = isinstance(fragment.formula(step), Not)
        denial, claim = (step, law) if denied else (law, step)
        return fragment.add(self.scope, "modus_ponens", [denial, claim], FALSE)

    def _undo(self, step: int | None, before: Literal, how: _Rewrite) -> int:
        """A step that states a literal as it was before a rewrite, from one that states it after.

        An atom that was rewritten to TRUE (or a denied one to FALSE) is the fact itself.
        """
        if self._is_atomic(how.unit):
            return self.replay(how.unit, how.binding, [])
        after = self._rewritten(before, how)
        return self._equate(self._needed(step), after, how._replace(reverse=not how.reverse))

    def _equate(self, step: int, literal: Literal, how: _Rewrite) -> int:
        fragment = self.block.fragment
        at = self._position(literal, how)
        if self._inside_witness(literal[how.side], how.path):
            raise AbandonedError  # a witness is a name: nothing can be rewritten inside it
        source = self.inputs.get(how.unit)
        if (
            source is not None
            and source.fact is not None
            and source.witness < 0
            and not source.fact.body
        ):
            terms = self._terms(source.fact.variables, source.variables, how.binding)
            return rewrite(fragment, self.scope, step, source.fact, terms, at, how.reverse)
        law = self.replay(how.unit, how.binding, [])
        equation = fragment.formula(law)
        assert isinstance(equation, Equal)
        old, new = equation.left, equation.right
        if how.reverse:
            old, new = new, old
        # t = t, or u = u, rewritten by t = u, is t = u itself.
        if at == (int(not how.reverse),) and fragment.formula(step) == Equal(old, old):
            return law
        formula = replace_at(fragment.formula(step), at, new)
        return self._rewrite(step, law, at, how.reverse, formula)

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

    def _rewritten(self, literal: Literal, how: _Rewrite) -> Literal:
        head = self._literal(how.unit, -1)
        new = self.language.bank.substitute(head[0 if how.reverse else 1], how.binding)
        sides = list(literal)
        sides[how.side] = self.language.bank.replace(literal[how.side], how.path, self._ground(new))
        return sides[0], sides[1]

    def _position(self, literal: Literal, how: _Rewrite) -> tuple[int, ...]:
        """Where a place in a literal of the core stands in its formula."""
        other = literal[1 - how.side]
        if other == self.language.true:
            return how.path
        if other == self.language.false:
            return (0, *how.path)
        return (how.side, *how.path)

    def _same(self, term: int) -> int | None:
        if term in (self.language.true, self.language.false):
            return None
        return self._reflexive(term)

    def _reflexive(self, term: int) -> int:
        value = self._term(term)
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
        values = {
            v.name: self._value(id, v.sort, theta) for v, id in zip(variables, ids, strict=True)
        }
        return {name: self._term(id) for name, id in values.items()}

    def _value(self, id: int, sort: Sort, theta: Binding) -> int:
        """What stands for a variable of an input; an instance has ground terms from the start."""
        if self.language.bank.is_ground(id):
            return id
        return theta.get(id) or self._anything(sort)

    def _under(self, inner: Binding, theta: Binding) -> dict[int, int]:
        """First ``inner``, then ``theta``; variables that stay open get some value."""
        substitute = self.language.bank.substitute
        return {v: self._ground(substitute(t, theta)) for v, t in inner.items()}

    def _instance(self, literal: Literal, theta: Binding) -> Literal:
        substitute = self.language.bank.substitute
        return (
            self._ground(substitute(literal[0], theta)),
            self._ground(substitute(literal[1], theta)),
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
        return self._named(lambda: self.language.decode_literal(literal, self.names))
