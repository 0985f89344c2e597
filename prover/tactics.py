"""How a block proves a formula: opening blocks, induction, cases, and its engines at the leaves.

Each tactic writes into the block's fragment and returns the step that states the goal, or leaves
nothing behind and returns None.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product

import msgspec

from logic.formulas import (
    FALSE,
    And,
    Atom,
    Exists,
    Forall,
    Formula,
    Iff,
    Implies,
    Not,
    Or,
    conjuncts,
    forall,
    implies,
    split_forall,
    split_implies,
    substitute,
)
from logic.terms import UNIVERSE, App, Term, Var, substitute_sort
from prover.block import Block, Principle, definition_of, motive, reorder
from prover.fragment import AbandonedError
from prover.language import is_literal
from prover.quick import REWRITE, Plan
from prover.saturating import saturate

CHOICES = 4
"""Eigenvariables of one sort that a disjunction is tried at."""


class Effort(msgspec.Struct, frozen=True):
    """How hard to try: nested inductions, case splits, and inference steps of a saturation."""

    inductions: int = 1
    splits: int = 1
    steps: int = 0


def prove(block: Block, goal: Formula, effort: Effort, plan: Plan | None = None) -> int | None:
    """Prove a formula in a block; with a plan, only as planned."""
    match goal:
        case And(left, right):
            return _both(block, left, right, goal, "and_intro", effort)
        case Iff(left, right):
            forth, back = Implies(left, right), Implies(right, left)
            return _both(block, forth, back, goal, "iff_intro", effort)
        case Forall() | Implies():
            if plan is None or plan is REWRITE or plan.variable is None:
                step = introduce(block, goal, effort)
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


def introduce(block: Block, goal: Formula, effort: Effort) -> int | None:
    """Open a block for the goal's variables and premises, and prove its conclusion there."""
    variables, matrix = split_forall(goal)
    premises, conclusion = split_implies(matrix)
    if not variables and not premises:
        return prove(block, conclusion, effort)
    with block.fragment.attempt():
        renamed = block.fresh(variables)
        binding = {v.name: w for v, w in zip(variables, renamed, strict=True) if v != w}
        premises = [substitute(p, binding) for p in premises]
        conclusion = substitute(conclusion, binding)
        with block.inner(renamed, premises) as inner:
            last = assume(
                inner,
                inner.hypotheses(),
                lambda deepest: prove(deepest, conclusion, effort),
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


def assume(
    block: Block,
    pending: Sequence[tuple[int, Formula]],
    then: Callable[[Block], int | None],
) -> int | None:
    """Take formulas into a block's memory, opening inner blocks for choices; then go on.

    A conjunction is taken apart, an existential opens a block with a witness, a disjunction one
    block for each case. The result is a step of this block.
    """
    queue = list(pending)
    fragment = block.fragment
    while queue:
        step, formula = queue.pop(0)
        match formula:
            case And(left, right):
                queue[:0] = [
                    (fragment.add(block.scope, "and_left", [step], left), left),
                    (fragment.add(block.scope, "and_right", [step], right), right),
                ]
            case Exists(variables, body):
                witnesses = block.fresh(variables)
                binding = {v.name: w for v, w in zip(variables, witnesses, strict=True)}
                with block.inner(witnesses, [substitute(body, binding)]) as inner:
                    last = assume(inner, [*inner.hypotheses(), *queue], then)
                if last is None:
                    return None
                return fragment.add(
                    block.scope,
                    "exists_elim",
                    [step, last],
                    fragment.formula(last),
                    scopes=[inner.scope],
                )
            case Or(left, right):
                return _cases(block, step, left, right, queue, then)
            case _:
                block.learn(step, formula)
                meaning = block.unfold(step, formula)
                if meaning is not None:
                    queue.insert(0, meaning)
    return then(block)


def _cases(
    block: Block,
    step: int,
    left: Formula,
    right: Formula,
    queue: list[tuple[int, Formula]],
    then: Callable[[Block], int | None],
) -> int | None:
    lasts, scopes = [], []
    for case in (left, right):
        with block.inner((), [case]) as inner:
            last = assume(inner, [*inner.hypotheses(), *queue], then)
        if last is None:
            return None
        lasts.append(last)
        scopes.append(inner.scope)
    formula = block.fragment.formula(lasts[0])
    return block.fragment.add(block.scope, "cases", [step, *lasts], formula, scopes=scopes)


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
                last = _cases(block, step, left, right, [], lambda b: prove(b, goal, less))
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


def _refute(block: Block, body: Formula, goal: Formula, effort: Effort) -> int | None:
    """``not body``: from the body, falsity."""
    with block.fragment.attempt():
        with block.inner((), [body]) as inner:
            last = assume(inner, inner.hypotheses(), lambda deepest: close(deepest, FALSE, effort))
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
        return induct(block, goal, plan.variable, effort, plan.cases)
    if effort.inductions == 0:
        return None
    less = msgspec.structs.replace(effort, inductions=effort.inductions - 1)
    for position in range(len(variables)):
        step = induct(block, goal, position, less)
        if step is not None:
            return step
    for principle in block.principles():
        for position, variable in enumerate(variables):
            if variable.sort == UNIVERSE:
                step = set_induct(block, goal, position, principle, less)
                if step is not None:
                    return step
    return None


def induct(
    block: Block, goal: Formula, position: int, effort: Effort, plans: Sequence[Plan] = ()
) -> int | None:
    """Structural induction on a leading variable, the other variables kept general."""
    variables, matrix = split_forall(goal)
    variable = variables[position]
    others = [*variables[:position], *variables[position + 1 :]]
    signature = block.language.theory.signature
    constructors = signature.constructors(variable.sort)
    if not constructors:
        return None
    data = signature.data[variable.sort.name]
    sorts = {p.name: a for p, a in zip(data.sort.args, variable.sort.args, strict=True)}
    with block.fragment.attempt():
        lasts, scopes = [], []
        for number, constructor in enumerate(constructors):
            shapes = [substitute_sort(s, sorts) for s in constructor.args]
            args = block.fresh(_argument_names(variable, shapes), [v.name for v in others])
            value = App(constructor.name, tuple(args), variable.sort)
            smaller = [a for a in args if a.sort == variable.sort]
            hypotheses = [motive(variable, others, matrix, a) for a in smaller]
            subgoal = motive(variable, others, matrix, value)
            plan = plans[number] if plans else None
            with block.inner(args, hypotheses) as inner:

                def case(deepest: Block, g: Formula = subgoal, p: Plan | None = plan) -> int | None:
                    return prove(deepest, g, effort, p)

                last = assume(inner, inner.hypotheses(), case)
            if last is None:
                raise AbandonedError
            lasts.append(last)
            scopes.append(inner.scope)
        conclusion = forall([variable], forall(others, matrix))
        step = block.fragment.add(block.scope, "induction", lasts, conclusion, scopes=scopes)
        if position:
            step = reorder(block, step, variables, matrix)
        return step
    return None


def set_induct(
    block: Block, goal: Formula, position: int, principle: Principle, effort: Effort
) -> int | None:
    """Induction along the successor relation of a set, for a goal in core notation.

    What is proved is ``forall x. in(x, N) -> P(x)``; the goal follows where its premises put x
    in N.
    """
    variables, matrix = split_forall(goal)
    variable = variables[position]
    others = [*variables[:position], *variables[position + 1 :]]
    premises, conclusion = split_implies(matrix)
    member = Atom("in", (variable, principle.base_set))
    kept = [part for p in premises for part in conjuncts(p) if part != member]
    body = implies(kept, conclusion)
    fragment = block.fragment
    with fragment.attempt():
        base = prove(block, motive(variable, others, body, principle.start), effort)
        if base is None:
            raise AbandonedError
        x, y = block.fresh([variable, Var(variable.name, UNIVERSE)], [v.name for v in others])
        hypotheses = [
            Atom("in", (x, principle.base_set)),
            Atom("in2", (x, y, principle.successor)),
            motive(variable, others, body, x),
        ]
        with block.inner([x, y], hypotheses) as inner:
            last = assume(
                inner,
                inner.hypotheses(),
                lambda deepest: prove(deepest, motive(variable, others, body, y), effort),
            )
        if last is None:
            raise AbandonedError
        general = forall(others, body)
        law = forall([variable], Implies(member, general))
        step = fragment.add(
            block.scope,
            "set_induction",
            [principle.premise, base, last],
            law,
            scopes=[inner.scope],
            index=principle.index,
        )
        return _apply_law(block, goal, step, variable, member, kept, effort)
    return None


def _apply_law(
    block: Block,
    goal: Formula,
    law: int,
    variable: Var,
    member: Formula,
    kept: Sequence[Formula],
    effort: Effort,
) -> int:
    """The goal from ``forall x. in(x, N) -> forall others. kept -> conclusion``."""
    fragment = block.fragment
    variables, matrix = split_forall(goal)
    premises, conclusion = split_implies(matrix)
    renamed = block.fresh(variables)
    binding: dict[str, Term] = {v.name: w for v, w in zip(variables, renamed, strict=True)}
    assumptions = [substitute(p, binding) for p in premises]
    needed = [substitute(f, binding) for f in (member, *kept)]
    last = substitute(conclusion, binding)

    others = [v for v in variables if v != variable]
    general = forall(others, implies(kept, conclusion))
    first = {variable.name: binding[variable.name]}
    rest = {v.name: binding[v.name] for v in others}

    def finish(deepest: Block) -> int | None:
        scope = deepest.scope
        steps = []
        for formula in needed:
            step = close(deepest, formula, effort)
            if step is None:
                return None
            steps.append(step)
        here = substitute(Implies(member, general), first)
        step = fragment.add(scope, "instance", [law], here, binding=first)
        step = fragment.add(scope, "modus_ponens", [step, steps[0]], substitute(general, first))
        if rest:
            body = implies(needed[1:], last)
            step = fragment.add(scope, "instance", [step], body, binding=rest)
        if kept:
            step = fragment.add(scope, "modus_ponens", [step, *steps[1:]], last)
        return step

    with block.inner(renamed, assumptions) as inner:
        end = assume(inner, inner.hypotheses(), finish)
    if end is None:
        raise AbandonedError
    return fragment.add(
        block.scope,
        "discharge",
        [end],
        forall(renamed, implies(assumptions, last)),
        scopes=[inner.scope],
    )


def _argument_names(variable: Var, shapes: Sequence) -> list[Var]:  # type: ignore[type-arg]
    """Names for a constructor's arguments: the induction variable's own for a smaller value."""
    names = []
    for sort in shapes:
        stem = variable.name if sort == variable.sort else sort.name[:1].lower()
        names.append(Var(stem, sort))
    return names


# -- leaves ----------------------------------------------------------------------------------


def close(block: Block, goal: Formula, effort: Effort) -> int | None:
    """Prove a goal without universal quantifiers from the facts in view."""
    fragment = block.fragment
    if is_literal(goal) and goal != FALSE:
        literal = block.language.literal(goal, block.values)
        block.language.settle()
        if block.rules.holds(literal):
            return block.rules.prove_literal(fragment, block.scope, block.names, literal)
    if effort.steps == 0:
        return None
    if isinstance(goal, Not):
        return _refute(block, goal.body, goal, effort)
    with fragment.attempt():
        step = saturate(block, goal, effort.steps)
        if step is None:
            raise AbandonedError
        return step
    return None
