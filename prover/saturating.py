"""A block's strong engine: saturation under superposition, its answer written as a direct proof.

The core derives clauses until the goal's literals hold for some values of its existential
variables. Every derivation step records its parents and substitutions, so the proof is replayed
here without search: the substitutions are pushed up to the facts, and what comes down is a chain of
instances, modus ponens and rewrite steps without free variables.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from logic.core import Saturation
from logic.formulas import FALSE, Equal, Formula, replace_at
from logic.terms import Sort, Term, Var
from prover.block import Block
from prover.facts import Conjunct, Fact, ways
from prover.language import EQUALITY, Literal
from prover.rewriting import deny_clash, instantiate, rewrite

CLAUSES_PER_STEP = 40
"""Clauses kept for each step of the given-clause loop, at most."""


class Input(msgspec.Struct, frozen=True):
    """Where an input clause comes from: a fact, a way to show the goal, or a law of equality."""

    variables: tuple[int, ...]
    fact: Fact | None = None
    goal: Conjunct | None = None
    law: str = ""


def saturate(block: Block, goal: Formula, steps: int, weight: int = 40) -> int | None:
    """Prove a goal from all facts in view, in at most ``steps`` steps of the given-clause loop.

    The result states the goal. Facts that contradict each other prove any goal.
    """
    run = _Run(block)
    run.add_facts()
    for way in ways(goal):
        run.add_goal(way)
    run.add_equality()
    block.language.settle()
    found = run.saturation.run(steps, steps * CLAUSES_PER_STEP, weight)
    if found != "proved":
        return None
    step = run.replay(run.saturation.answer, {}, [])
    fragment = block.fragment
    if fragment.formula(step) == FALSE and goal != FALSE:
        step = fragment.add(block.scope, "ex_falso", [step], goal)
    return step


class _Run:
    """One saturation for one goal of one block."""

    def __init__(self, block: Block) -> None:
        self.block = block
        self.language = block.language
        self.saturation = Saturation(
            self.language.bank, self.language.true, self.language.false
        )
        self.inputs: dict[int, Input] = {}
        self._units: dict[tuple[int, tuple[tuple[int, int], ...]], int] = {}

    # -- feeding -----------------------------------------------------------------------------

    def add_facts(self) -> None:
        rules = self.block.rules
        for fact in (*rules.known, *self.block.local_facts()):
            values, ids = rules.universals(fact.variables, self.block.values)
            head = None if fact.head == FALSE else self.language.literal(fact.head, values)
            body = [self.language.literal(b, values) for b in fact.body]
            self._input(head, body, Input(ids, fact=fact))

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
            self._input(
                (language.bank.term(symbol, [x, x]), language.true), [], Input((x,), law="reflexivity")
            )
        for left, variables in self.block.rules.clashes:
            self._input((left, language.false), [], Input(variables, law="disjointness"))

    def _input(self, head: Literal | None, body: Sequence[Literal], source: Input) -> None:
        self.inputs[self.saturation.add(head, body)] = source

    # -- replaying ---------------------------------------------------------------------------

    def replay(self, clause: int, theta: Mapping[int, int], bodies: Sequence[int | None]) -> int:
        """The head of a clause under a substitution, given steps for the literals of its body.

        For a clause that goes back to the goal, the step states the goal itself.
        """
        if not bodies:
            key = (clause, tuple(sorted(theta.items())))
            if key not in self._units:
                self._units[key] = self._replay(clause, theta, [])
            return self._units[key]
        return self._replay(clause, theta, bodies)

    def _replay(
        self, clause: int, theta: Mapping[int, int], bodies: Sequence[int | None]
    ) -> int:
        kind, *rest = self.saturation.derivation(clause)
        replay: Any = getattr(self, f"_{kind}")
        step: int = replay(clause, theta, list(bodies), *rest)
        return step

    def _input_of(self, clause: int) -> Input:
        return self.inputs[clause]

    def _under(self, inner: Mapping[int, int], theta: Mapping[int, int]) -> dict[int, int]:
        """The composition: first ``inner``, then ``theta``; variables left open get a value."""
        bank = self.language.bank
        return {v: self._ground(bank.substitute(t, theta)) for v, t in inner.items()}

    def _ground(self, term: int) -> int:
        """A term with the variables that are still open replaced by some constant."""
        bank = self.language.bank
        if bank.is_ground(term):
            return term
        if bank.is_variable(term):
            return self._anything(bank.sort(term))
        symbol = bank.head(term)
        return bank.term(symbol, [self._ground(a) for a in bank.arguments(term)])

    def _anything(self, sort: int) -> int:
        return self.block.some_constant(sort)

    def _instance(self, literal: Literal, theta: Mapping[int, int]) -> Literal:
        substitute = self.language.bank.substitute
        return (
            self._ground(substitute(literal[0], theta)),
            self._ground(substitute(literal[1], theta)),
        )

    def _literal(self, clause: int, index: int) -> Literal:
        head, body = self.saturation.clause(clause)
        return head if index < 0 else body[index]

    def _state(self, literal: Literal) -> Formula:
        return self.language.decode_literal(literal, self.block.names)

    # One method for each kind of derivation, named as the core names it.

    def _input(self, *args: Any) -> Any: ...  # replaced below
