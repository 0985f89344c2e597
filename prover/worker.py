"""``Worker``: a root block's memory in one thread or process, and attempts at conjectures in it.

Every worker holds the same facts, told to it by messages, so an attempt has the same result
whichever worker makes it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from logic.core import LimitError
from logic.formulas import (
    FALSE,
    Equal,
    Exists,
    Formula,
    Truth,
    conjuncts,
    split_forall,
    split_implies,
)
from logic.terms import Sort
from logic.theory import Theory
from prover.block import Block
from prover.facts import fact, horn, is_choice, is_existential, is_horn
from prover.fragment import Fragment, Origin
from prover.instances import Use, closure, compositions, instances
from prover.language import Language, Literal, is_literal
from prover.permutative import exchange
from prover.quick import Claim, Quick
from prover.rewriting import Rules
from prover.singleton import singleton
from prover.stuck import Leaf, lemmas
from prover.tactics import NONE, Effort, introduce, prove

Task = tuple[Formula, bool]
"""A conjecture, and whether it is a goal, for which more is spent."""


class Level(msgspec.Struct, frozen=True):
    """A stage of effort: how deep plans go, then what the tactics may spend."""

    depth: int
    splits: int
    goal: Effort
    conditional: Effort
    equation: Effort | None = None


LEVELS = (
    Level(1, 2, Effort(1, 0, 100), Effort(1, 0, 60)),
    Level(2, 3, Effort(1, 1, 200), Effort(1, 0, 100)),
    Level(3, 4, Effort(2, 2, 200), Effort(1, 1, 200)),
    Level(3, 6, Effort(2, 3, 2000), Effort(2, 1, 400), Effort(1, 1, 120)),
)
"""The stages that a run goes through while nothing new is found."""
COSTLY = 2
"""The level from which conjectures about equations alone are worth a saturation."""
STUCK = 12
"""Stuck places of one goal that lemmas are drawn from, at each of two levels, at most."""


class Worker:
    """The memory of the root block and its engines."""

    def __init__(self, theory: Theory, goals: Sequence[Formula] = ()) -> None:
        self.theory = theory
        self.language = Language(theory)
        self.rules = Rules(self.language)
        self.plain = self.rules.sharing()
        """The same memory, but only equations that the order directs serve as rules: sorting sums
        by commutativity may get in the way of an induction hypothesis."""
        self.recipes: dict[Origin, Fragment] = {}
        self._permutes = False
        self._claims: dict[Formula, Claim | None] = {}
        self.needed: set[Use] = set()
        """The symbols that facts and goals speak of, at their sorts."""
        self._learn_theory(goals)
        self._learn_equality()

    def _learn_theory(self, goals: Sequence[Formula]) -> None:
        origins = [
            Origin("definition", name, index, clause)
            for name, definition in self.theory.definitions.items()
            for index, clause in enumerate(definition.clauses)
        ]
        origins += [Origin("axiom", n, None, f) for n, f in self.theory.axioms.items()]
        formulas = [o.formula for o in origins if o.formula is not None]
        for origin in origins:
            self.learn(origin, {})
        composed = compositions(self.theory.signature)
        found, needed = closure(formulas, goals, self.language.constructor_names, composed)
        self.needed |= needed
        for number, binding in found:
            self.learn(origins[number], binding)

    def _learn_equality(self) -> None:
        """Equality between constructor terms, decided where it is denied."""
        for sort in self.language.data_sorts():
            self.rules.add_clashes(sort)

    def tell(self, origin: Origin) -> None:
        """A message: a theorem holds at the root, at every sort at which it is needed."""
        assert origin.formula is not None
        self.learn(origin, {})
        for binding in instances(origin.formula, self.needed, self.language.constructor_names):
            self.learn(origin, binding)

    def learn(self, origin: Origin, sorts: Mapping[str, Sort]) -> None:
        """Take a fact into memory at given sorts, spread into Horn facts where it is not one."""
        formula = origin.formula
        assert formula is not None
        if is_horn(formula) or is_existential(formula):
            new = fact(origin, formula, sorts)
            exchanged = None if sorts else exchange(self.rules.known, new)
            self.rules.learn(new)
            if self.directed(new.formula):
                if not isinstance(new.head, Exists):
                    self.plain.add(new)
            else:
                self._permutes = True
            alone = singleton(self.language, new)
            if alone is not None:
                law, recipe = alone
                part = Origin("clause", f"one element by {origin.name}", None, law)
                self.recipes[part] = recipe
                self.learn(part, {})
            if exchanged is not None:
                law, recipe = exchanged
                part = Origin("clause", f"exchange after {origin.name}", None, law)
                self.recipes[part] = recipe
                self.learn(part, {})
            return
        if is_choice(formula) and not sorts:
            self.rules.choices.append(origin)
        for part in self._parts(origin, formula):
            assert part.formula is not None
            self.rules.learn(fact(part, part.formula, sorts))

    def _parts(self, origin: Origin, formula: Formula) -> list[Origin]:
        """The Horn facts that a formula spreads into, with recipes for their derivations."""
        fragment = Fragment()
        premise = fragment.origin(origin)
        parts = []
        granting = {i.definition for i in self.theory.inductions}
        for number, (step, clause) in enumerate(list(horn(fragment, 0, premise, formula))):
            if origin.rule == "definition" and origin.name in granting:
                break  # blocks unfold it where they assume it
            part = Origin("clause", f"{origin.rule} {origin.name}", number, clause)
            self.recipes[part] = fragment.upto(step)
            parts.append(part)
        return parts

    # -- attempts ----------------------------------------------------------------------------

    def attempt(self, task: Task, level: int) -> Fragment | None:
        """A proof of a conjecture at a level of effort, or None.

        Rewriting that comes to no end, for which only tracing it again would show, is a failure.
        """
        try:
            return self._attempt(task, level)
        except LimitError:
            return None

    def _attempt(self, task: Task, level: int) -> Fragment | None:
        formula, is_goal = task
        stage = LEVELS[level]
        claim = self.claim(formula)
        if claim is not None:
            for rules in (self.rules, self.plain):
                fragment = self._planned(formula, claim, rules, stage)
                if fragment is not None:
                    return fragment
                if not self._permutes:
                    break
        is_equation = claim is not None and not claim.premises
        effort = stage.equation if is_equation else stage.conditional
        if is_goal:
            effort = stage.goal
        elif level < COSTLY and claim is not None and self._computes(claim):
            effort = None
        return None if effort is None else self.work(formula, effort)

    def _computes(self, claim: Claim) -> bool:
        """Whether a claim is about equations alone, between terms that definitions compute.

        Plans decide most of those; a saturation for each would take the time of all else.
        """
        atoms = {self.language.true, self.language.false}
        literals = (*claim.premises, claim.conclusion)
        return bool(self.rules.clauses) and not any(set(x) & atoms for x in literals)

    def _planned(
        self, formula: Formula, claim: Claim, rules: Rules, stage: Level
    ) -> Fragment | None:
        """A proof by a plan, where there is one."""
        plan = Quick(rules, stage.splits).plan(claim, stage.depth)
        if plan is None:
            return None
        planned = Block.root(rules)
        step = prove(planned, formula, NONE, plan)
        return planned.fragment if step is not None else None

    def lemmas(self, goal: Formula) -> Iterator[list[Formula]]:
        """For each place at which plans for a goal got stuck, what would help, best first."""
        claim = self.claim(goal)
        if claim is None:
            return
        for level in LEVELS[:2]:
            stuck: list[Leaf] = []
            Quick(self.rules, level.splits, stuck).plan(claim, level.depth)
            for leaf in stuck[:STUCK]:
                yield list(lemmas(self.language, leaf))

    def work(self, formula: Formula, effort: Effort) -> Fragment | None:
        """A proof by the tactics with the given effort, or None."""
        root = Block.root(self.rules)
        return root.fragment if prove(root, formula, effort) is not None else None

    def claim(self, formula: Formula) -> Claim | None:
        """A formula made of literals, its variables numbered as they stand; else None."""
        if formula not in self._claims:
            self._claims[formula] = self._read(formula)
        return self._claims[formula]

    def _read(self, formula: Formula) -> Claim | None:
        variables, matrix = split_forall(formula)
        premises, conclusion = split_implies(matrix)
        premises = [part for p in premises for part in conjuncts(p)]
        if not all(map(is_literal, (*premises, conclusion))):
            return None
        if any(isinstance(p, Truth) for p in premises):
            return None
        values, ids = self.rules.universals(variables)
        literals = [self.language.literal(f, values) for f in (*premises, conclusion)]
        self.language.settle()
        pairs = tuple(zip(variables, ids, strict=True))
        return Claim(pairs, tuple(literals[:-1]), literals[-1])

    def _equation(self, formula: Formula) -> Claim | None:
        """A formula as a claim if it is an equation."""
        claim = self.claim(formula)
        if claim is None or not isinstance(split_forall(formula)[1], Equal):
            return None
        return claim

    def derivable(self, formula: Formula, besides: Sequence[Formula] = ()) -> bool:
        """Whether a formula follows from the known facts by rewriting or as an instance.

        ``besides`` are laws that are taken for known for the occasion.
        """
        if besides:
            self.rules.enter()
            try:
                for law in besides:
                    self.rules.add(fact(0, law))
                return self.derivable(formula)
            finally:
                self.rules.leave()
        equation = self._equation(formula)
        if equation is not None:
            return Quick(self.rules).plan(equation, 0) is not None or self._instance(equation)
        if introduce(Block.root(self.rules), formula, NONE) is not None:
            return True
        return self._instance_of_law(formula)

    def _instance_of_law(self, formula: Formula) -> bool:
        """Whether a conditional formula is an instance of a known law, premises in any order."""
        variables, matrix = split_forall(formula)
        premises, conclusion = split_implies(matrix)
        premises = [part for p in premises for part in conjuncts(p)]
        if not all(map(is_literal, (*premises, conclusion))):
            return False
        constants = Block.root(self.rules).constants(variables)
        given = [self.language.literal(p, constants) for p in premises]
        goal = self.language.literal(conclusion, constants)
        for law in self.rules.known:
            if law.body and not isinstance(law.head, Exists) and law.head != FALSE:
                values, _ = self.rules.universals(law.variables)
                head = self.language.literal(law.head, values)
                body = [self.language.literal(b, values) for b in law.body]
                if self._covers(head, [goal], {}, body, given):
                    return True
        return False

    def _covers(
        self,
        pattern: Literal,
        candidates: Sequence[Literal],
        binding: dict[int, int],
        rest: Sequence[Literal],
        given: Sequence[Literal],
    ) -> bool:
        """Whether a literal of a law matches a candidate, and then the rest what is given."""
        bank = self.language.bank
        for left, right in candidates:
            for sides in ((left, right), (right, left)):
                found: dict[int, int] | None = dict(binding)
                for part, side in zip(pattern, sides, strict=True):
                    assert found is not None
                    more = bank.match(bank.substitute(part, found), side)
                    found = None if more is None else found | more
                    if found is None:
                        break
                if found is not None and (
                    not rest or self._covers(rest[0], given, found, rest[1:], given)
                ):
                    return True
        return False

    def _instance(self, equation: Claim) -> bool:
        """Whether one root step with a known equation makes the two sides joinable."""
        bank = self.language.bank
        constants = Block.root(self.rules).constants([v for v, _ in equation.variables])
        ground = {id: constants[v.name] for v, id in equation.variables}
        left, right = equation.conclusion
        left, right = bank.substitute(left, ground), bank.substitute(right, ground)
        for a, b in self.rules.equations:
            for pattern, result in ((a, b), (b, a)):
                for term, other in ((left, right), (right, left)):
                    binding = bank.match(pattern, term)
                    if binding is not None:
                        stepped = bank.substitute(result, binding)
                        if bank.is_ground(stepped) and self.rules.joinable(stepped, other):
                            return True
        return False

    def reducible_left(self, formula: Formula) -> bool:
        """Whether a known equation rewrites the left side of an equation."""
        equation = self._equation(formula)
        if equation is None:
            return False
        left, _ = equation.conclusion
        return self.rules.rewriter.normalise(left) != left

    def directed(self, formula: Formula) -> bool:
        """Whether the order directs an equation; other formulas count as directed."""
        equation = self._equation(formula)
        if equation is None:
            return True
        left, right = equation.conclusion
        return self.language.bank.greater(left, right) or self.language.bank.greater(right, left)
