"""A block's strong engine: saturation under superposition from all facts in view.

The core derives clauses until the goal's literals hold for some values of its existential
variables; :mod:`prover.replay` writes what it did as a proof.
"""

from __future__ import annotations

from collections.abc import Sequence

from logic.core import Saturation
from logic.formulas import (
    FALSE,
    Exists,
    Formula,
    conjuncts,
    free_variables,
)
from logic.terms import Var
from prover.block import Block
from prover.facts import Conjunct, Fact, ways
from prover.language import EQUALITY, Literal
from prover.replay import Input, Replay
from prover.witnesses import witness_terms, witnesses

CLAUSES_PER_STEP = 20
"""Clauses kept for each step of the given-clause loop, at most."""


def saturate(block: Block, goal: Formula, steps: int, weight: int = 100) -> int | None:
    """Prove a goal from all facts in view, in at most ``steps`` steps of the given-clause loop.

    The result states the goal. Facts that contradict each other prove any goal.
    """
    budget = block.rules.budget
    if budget.spent():
        return None
    problem = _Problem(block, goal)
    for support in (True, False):
        saturation, inputs = problem.start(support)
        found = saturation.run(steps, steps * CLAUSES_PER_STEP, weight, budget.remaining())
        if found == "proved":
            return Replay(block, saturation, inputs).prove(goal)
    return None


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


class _Problem:
    """The clauses of one goal of one block, and where each comes from."""

    def __init__(self, block: Block, goal: Formula) -> None:
        self.block = block
        self.language = block.language
        self._clauses: list[tuple[Literal | None, Sequence[Literal], Input]] = []
        self._background = {id(f) for f in (*block.rules.known, *block.granted())}
        self._existentials = 0
        self._add_facts(goal)
        for way in ways(goal, block.values):
            self._add_goal(way)
        self._add_equality()

    def _add_facts(self, goal: Formula) -> None:
        rules = self.block.rules
        facts = (*rules.known, *relevant(self.block, goal))
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
        number = self._existentials
        self._existentials += 1
        chosen = witness_terms(self.language, fact, ids)
        inner = values | {v.name: t for v, t in zip(fact.head.vars, chosen, strict=True)}
        for part, literal in enumerate(conjuncts(fact.head.body)):
            head = self.language.literal(literal, inner)
            source = Input(ids, fact=fact, witness=number, part=part, chosen=chosen)
            self._input(head, body, source)

    def _add_goal(self, way: Conjunct) -> None:
        values, ids = self.block.rules.universals(way.variables, self.block.values)
        body = [self.language.literal(b, values) for b in way.literals]
        self._input(None, body, Input(ids, goal=way))

    def _add_equality(self) -> None:
        """The laws of equality as a relation, for the sorts at which one is denied.

        Only what is denied here counts, not what was met before: a search must not depend on the
        searches that the same worker made earlier.
        """
        language = self.language
        for left, variables in self.block.rules.clashes:
            self._input((left, language.false), [], Input(variables, law="disjointness", atom=left))
        literals = [x for head, body, _ in self._clauses for x in (head, *body) if x is not None]
        sorts = {s for left, _ in literals if (s := language.equated(left)) is not None}
        for sort in sorted(sorts, key=str):
            symbol = language.symbol(EQUALITY, (sort, sort), None)
            x = language.bank.variable(0, language.sort_id(sort))
            same = language.bank.term(symbol, [x, x])
            self._input((same, language.true), [], Input((x,), law="reflexivity"))

    def _input(self, head: Literal | None, body: Sequence[Literal], source: Input) -> None:
        self._clauses.append((head, body, source))

    def start(self, support: bool) -> tuple[Saturation, dict[int, Input]]:
        """Hand the clauses to the core, once all their symbols have a place in the order.

        With ``support``, what is known at the root, and what a block's definition grants, is not
        combined among itself: the search starts from the hypotheses and the goal.
        """
        self.language.settle()
        saturation = Saturation(self.language.bank, self.language.true)
        inputs = {}
        for head, body, source in self._clauses:
            new = source.fact is None or id(source.fact) not in self._background
            inputs[saturation.add(head, body, new or not support)] = source
        return saturation, inputs
