"""Induction: over the values of a data type, and along the successor relation of a set."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from logic.formulas import (
    Atom,
    Formula,
    Implies,
    conjuncts,
    forall,
    implies,
    split_forall,
    split_implies,
    substitute,
)
from logic.terms import UNIVERSE, App, Sort, Term, Var, substitute_sort
from prover.assume import assume
from prover.block import Block, Principle
from prover.fragment import AbandonedError


def induct(
    block: Block,
    goal: Formula,
    position: int,
    prove_case: Callable[[Block, Formula, int], int | None],
    hypotheses_count: bool = True,
) -> int | None:
    """Structural induction on a leading variable, the other variables kept general.

    ``prove_case`` is given the block of a case, what is to be shown there, and the constructor's
    number. Where the induction hypotheses do not count, this is a mere case distinction.
    """
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
            with block.inner(args, hypotheses, isinstance(matrix, Implies)) as inner:

                def case(deepest: Block, g: Formula = subgoal, n: int = number) -> int | None:
                    return prove_case(deepest, g, n)

                given = inner.hypotheses() if hypotheses_count else []
                last = assume(inner, given, case)
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
    block: Block,
    goal: Formula,
    position: int,
    principle: Principle,
    prove_case: Callable[[Block, Formula], int | None],
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
        base = prove_case(block, motive(variable, others, body, principle.start))
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
                lambda deepest: prove_case(deepest, motive(variable, others, body, y)),
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
        return _apply_law(block, goal, step, variable, member, kept, prove_case)
    return None


def _apply_law(
    block: Block,
    goal: Formula,
    law: int,
    variable: Var,
    member: Formula,
    kept: Sequence[Formula],
    prove_case: Callable[[Block, Formula], int | None],
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
            step = prove_case(deepest, formula)
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


def _argument_names(variable: Var, shapes: Sequence[Sort]) -> list[Var]:
    """Names for a constructor's arguments: the induction variable's own for a smaller value."""
    names = []
    for sort in shapes:
        stem = variable.name if sort == variable.sort else sort.name[:1].lower()
        names.append(Var(stem, sort))
    return names


def motive(variable: Var, others: Sequence[Var], matrix: Formula, value: Term) -> Formula:
    """``forall others. matrix[variable := value]``: what an induction carries along."""
    return substitute(forall(others, matrix), {variable.name: value})


def reorder(block: Block, step: int, variables: Sequence[Var], matrix: Formula) -> int:
    """Bring the quantifiers of a universally quantified step into another order."""
    fragment = block.fragment
    renamed = block.fresh(variables)
    scope = fragment.open(block.scope, renamed, ())
    binding: Mapping[str, Term] = {v.name: w for v, w in zip(variables, renamed, strict=True)}
    matrix = substitute(matrix, binding)
    last = fragment.add(scope, "instance", [step], matrix, binding=binding)
    return fragment.add(block.scope, "discharge", [last], forall(renamed, matrix), scopes=[scope])
