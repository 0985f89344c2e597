"""How a block proves a formula: opening blocks, induction, cases, and its engines at the leaves.

Each tactic writes into the block's fragment and returns the step that states the goal, or leaves
nothing behind and returns None.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import msgspec

from logic.formulas import (
    FALSE,
    And,
    Atom,
    Equal,
    Forall,
    Formula,
    Iff,
    Implies,
    Not,
    Or,
    forall,
    implies,
    split_forall,
    split_implies,
    substitute,
)
from logic.terms import UNIVERSE, Term, Var
from prover.assume import assume, cases
from prover.block import Block, definition_of
from prover.distinguish import distinguish
from prover.fragment import AbandonedError
from prover.induction import induct, set_induct
from prover.language import is_literal
from prover.propositional import prove_tautology
from prover.quick import REWRITE, Plan
from prover.saturating import saturate
from prover.singleton import instance
from prover.splitting import find_split
from prover.steps import instantiate

CHOICES = 4
"""Eigenvariables of one sort that a disjunction is tried at."""


class Effort(msgspec.Struct, frozen=True):
    """How hard to try: nested inductions, case splits, and inference steps of a saturation."""

    inductions: int = 1
    splits: int = 1
    steps: int = 0


NONE = Effort(0, 0, 0)
"""No induction, no case split, no inference: what rewriting shows."""


def prove(block: Block, goal: Formula, effort: Effort, plan: Plan | None = None) -> int | None:
    """Prove a formula in a block; with a plan, only as planned."""
    step = _search(block, goal, effort, plan)
    if step is None and plan is None and effort.steps and not is_literal(goal):
        step = _by_table(block, goal)
    return step


def _by_table(block: Block, goal: Formula) -> int | None:
    """A formula that connectives alone make true."""
    variables, matrix = split_forall(goal)
    fragment = block.fragment
    if not variables:
        return prove_tautology(fragment, block.scope, goal)
    with fragment.attempt():
        renamed = block.fresh(variables)
        binding = {v.name: w for v, w in zip(variables, renamed, strict=True)}
        scope = fragment.open(block.scope, renamed, ())
        matrix = substitute(matrix, binding)
        step = prove_tautology(fragment, scope, matrix)
        if step is None:
            raise AbandonedError
        law = forall(renamed, matrix)
        return fragment.add(block.scope, "discharge", [step], law, scopes=[scope])
    return None


def _search(block: Block, goal: Formula, effort: Effort, plan: Plan | None) -> int | None:
    if plan is not None and not isinstance(goal, Forall | Implies):
        return _as_planned(block, goal, plan)
    match goal:
        case And(left, right):
            return _both(block, left, right, goal, "and_intro", effort)
        case Iff(left, right):
            forth, back = Implies(left, right), Implies(right, left)
            return _both(block, forth, back, goal, "iff_intro", effort)
        case Forall() | Implies():
            if plan is None or plan.variable is None:
                step = introduce(block, goal, effort, plan)
                if step is not None or plan is not None:
                    return step
            return _inductions(block, goal, effort, plan)
        case Not(body) if not is_literal(goal):
            return _refute(block, body, goal, effort)
        case Or(left, right):
            step = _either(block, left, right, goal, effort)
        case Atom():
            step = close(block, goal, effort)
            if step is None:
                step = _by_definition(block, goal, effort)
        case _:
            step = close(block, goal, effort)
    if step is None:
        step = _by_cases(block, goal, effort)
    return _by_choice(block, goal, effort) if step is None else step


def _both(
    block: Block, left: Formula, right: Formula, goal: Formula, rule: str, effort: Effort
) -> int | None:
    with block.fragment.attempt():
        first = prove(block, left, effort)
        second = None if first is None else prove(block, right, effort)
        if first is None or second is None:
            raise AbandonedError
        return block.fragment.add(block.scope, rule, [first, second], goal)
    return None


def introduce(block: Block, goal: Formula, effort: Effort, plan: Plan | None = None) -> int | None:
    """Open a block for the goal's variables and premises, and prove its conclusion there."""
    variables, matrix = split_forall(goal)
    premises, conclusion = split_implies(matrix)
    if not variables and not premises:
        return prove(block, conclusion, effort, plan)
    with block.fragment.attempt():
        renamed = block.fresh(variables)
        binding = {v.name: w for v, w in zip(variables, renamed, strict=True) if v != w}
        premises = [substitute(p, binding) for p in premises]
        conclusion = substitute(conclusion, binding)
        with block.inner(renamed, premises) as inner:
            last = assume(
                inner,
                inner.hypotheses(),
                lambda deepest: prove(deepest, conclusion, effort, plan),
            )
        if last is None:
            raise AbandonedError
        return block.fragment.add(
            block.scope,
            "discharge",
            [last],
            forall(renamed, implies(premises, conclusion)),
            scopes=[inner.scope],
        )
    return None


def _by_definition(block: Block, goal: Atom, effort: Effort) -> int | None:
    """A defined atom, from what its definition says."""
    meaning = definition_of(block.language.theory, goal)
    if meaning is None or effort.steps == 0:
        return None
    origin, body, binding = meaning
    fragment = block.fragment
    with fragment.attempt():
        step = prove(block, body, effort)
        if step is None:
            raise AbandonedError
        law = fragment.origin(origin)
        if binding:
            law = fragment.add(block.scope, "instance", [law], Iff(goal, body), binding=binding)
        back = fragment.add(block.scope, "iff_right", [law], Implies(body, goal))
        return fragment.add(block.scope, "modus_ponens", [back, step], goal)
    return None


def _by_cases(block: Block, goal: Formula, effort: Effort) -> int | None:
    """By cases of what the recursive definitions in a literal, or in hypotheses, are stuck at."""
    if effort.splits == 0 or not is_literal(goal):
        return None
    language = block.language
    formulas = [f.formula for f in block.local_facts() if not f.variables]
    literals = [language.literal(f, block.values) for f in (*formulas, goal) if is_literal(f)]
    language.settle()
    split = find_split(block.rules, literals, False)
    if split is None:
        return None
    less = msgspec.structs.replace(effort, splits=effort.splits - 1)
    return distinguish(block, split, goal, lambda b, g, _: prove(b, g, less))


def _by_choice(block: Block, goal: Formula, effort: Effort) -> int | None:
    """Cases by an instance of a disjunction that is known for all values of its variables.

    The values tried are the eigenvariables in view, the innermost first.
    """
    if effort.splits == 0 or effort.steps == 0:
        return None
    less = msgspec.structs.replace(effort, splits=effort.splits - 1)
    fragment = block.fragment
    for known, formula in block.all_choices():
        variables, matrix = split_forall(formula)
        premises, choice = split_implies(matrix)
        assert isinstance(choice, Or)
        for values in _instances_in_view(block, variables):
            binding = {v.name: t for v, t in zip(variables, values, strict=True)}
            with fragment.attempt():
                step = known
                if binding:
                    body = substitute(matrix, binding)
                    step = fragment.add(block.scope, "instance", [known], body, binding=binding)
                if premises:
                    shown = [prove(block, substitute(p, binding), less) for p in premises]
                    if None in shown:
                        raise AbandonedError
                    step = fragment.add(
                        block.scope,
                        "modus_ponens",
                        [step, *(s for s in shown if s is not None)],
                        substitute(choice, binding),
                    )
                left, right = substitute(choice.left, binding), substitute(choice.right, binding)
                last = cases(block, step, left, right, [], lambda b: prove(b, goal, less))
                if last is None:
                    raise AbandonedError
                return last
    return None


def _instances_in_view(block: Block, variables: Sequence[Var]) -> list[tuple[Term, ...]]:
    """Eigenvariables for the variables, a few combinations."""
    pools = []
    for v in variables:
        pool = [t for t in block.names.values() if t.sort == v.sort]
        pools.append(pool[::-1][:CHOICES])
    return list(product(*pools))[: CHOICES * CHOICES]


def _as_planned(block: Block, goal: Formula, plan: Plan) -> int | None:
    """A literal as a plan says."""
    if plan.split is not None:
        return distinguish(
            block, plan.split, goal, lambda b, g, number: prove(b, g, NONE, plan.cases[number])
        )
    if plan.denial:
        assert isinstance(goal, Not)
        return _refute(block, goal.body, goal, NONE, plan.cases[0])
    return close(block, goal, NONE)


def _refute(
    block: Block, body: Formula, goal: Formula, effort: Effort, plan: Plan = REWRITE
) -> int | None:
    """``not body``: from the body, falsity."""

    def absurd(deepest: Block) -> int | None:
        if plan is REWRITE:
            return close(deepest, FALSE, effort)
        return prove(deepest, FALSE, effort, plan)

    with block.fragment.attempt():
        with block.inner((), [body]) as inner:
            last = assume(inner, inner.hypotheses(), absurd)
        if last is None:
            raise AbandonedError
        return block.fragment.add(block.scope, "negation", [last], goal, scopes=[inner.scope])
    return None


def _either(
    block: Block, left: Formula, right: Formula, goal: Formula, effort: Effort
) -> int | None:
    """A disjunction: one side outright, else the right one where the left one fails."""
    for part, rule in ((left, "or_left"), (right, "or_right")):
        with block.fragment.attempt():
            step = prove(block, part, effort)
            if step is None:
                raise AbandonedError
            return block.fragment.add(block.scope, rule, [step], goal)
    if effort.splits == 0:
        return None
    less = msgspec.structs.replace(effort, splits=effort.splits - 1)
    with block.fragment.attempt():
        middle = block.fragment.add(block.scope, "excluded_middle", (), Or(left, Not(left)))
        scopes, lasts = [], []
        for case, part, rule in ((left, left, "or_left"), (Not(left), right, "or_right")):
            with block.inner((), [case]) as inner:

                def finish(deepest: Block, part: Formula = part, rule: str = rule) -> int | None:
                    step = prove(deepest, part, less)
                    if step is None:
                        return None
                    return deepest.fragment.add(deepest.scope, rule, [step], goal)

                last = assume(inner, inner.hypotheses(), finish)
            if last is None:
                raise AbandonedError
            scopes.append(inner.scope)
            lasts.append(last)
        return block.fragment.add(block.scope, "cases", [middle, *lasts], goal, scopes=scopes)
    return None


# -- induction -------------------------------------------------------------------------------


def _inductions(block: Block, goal: Formula, effort: Effort, plan: Plan | None) -> int | None:
    variables, _ = split_forall(goal)
    if plan is not None:
        assert plan.variable is not None
        cases = plan.cases
        return induct(
            block, goal, plan.variable, lambda b, g, number: prove(b, g, effort, cases[number])
        )
    if effort.inductions == 0:
        return None
    less = msgspec.structs.replace(effort, inductions=effort.inductions - 1)
    for position in range(len(variables)):
        step = induct(block, goal, position, lambda b, g, _: prove(b, g, less))
        if step is not None:
            return step
    for principle in block.principles():
        for position, variable in enumerate(variables):
            if variable.sort == UNIVERSE:
                step = set_induct(block, goal, position, principle, lambda b, g: prove(b, g, less))
                if step is not None:
                    return step
    return None


# -- leaves ----------------------------------------------------------------------------------


def close(block: Block, goal: Formula, effort: Effort) -> int | None:
    """Prove a goal without universal quantifiers from the facts in view."""
    with block.fragment.attempt():
        step = _leaf(block, goal, effort)
        if step is None:
            raise AbandonedError
        return block.fragment.bring(step, block.scope)
    return None


def _leaf(block: Block, goal: Formula, effort: Effort) -> int | None:
    absurd = block.contradiction()
    if absurd is not None:
        if goal == FALSE:
            return absurd
        return block.fragment.add(block.scope, "ex_falso", [absurd], goal)
    if is_literal(goal) and goal != FALSE:
        literal = block.language.literal(goal, block.values)
        block.language.settle()
        if block.rules.holds(literal):
            return block.rules.prove_literal(block.fragment, block.scope, block.names, literal)
    if isinstance(goal, Equal):
        for known in (*block.rules.known, *block.local_facts()):
            terms = instance(known, goal)
            if terms is not None:
                return instantiate(block.fragment, block.scope, known, terms)
    if effort.steps == 0:
        return None
    if isinstance(goal, Not):
        return _refute(block, goal.body, goal, effort)
    return saturate(block, goal, effort.steps)
