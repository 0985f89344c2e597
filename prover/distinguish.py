"""Writing a case distinction: whether a formula holds, or which value a term has."""

from __future__ import annotations

from collections.abc import Callable

from logic.formulas import Equal, Formula, Implies, Not, Or, forall, replace_at
from logic.terms import Term, Var
from prover.assume import assume
from prover.block import Block
from prover.fragment import AbandonedError
from prover.hypotheses import absorb, places, restate, revisit
from prover.induction import induct
from prover.language import UnnamedError
from prover.splitting import Split

ProveCase = Callable[[Block, Formula, int], int | None]
"""From the block of a case, the goal there, and the number of the case: a step that states it."""


def distinguish(block: Block, split: Split, goal: Formula, prove_case: ProveCase) -> int | None:
    """A goal by cases; the step that states it, or None, with nothing left behind."""
    try:
        condition = block.language.decode_literal(split.literal, block.names)
    except UnnamedError:
        return None
    if split.shapes:
        assert isinstance(condition, Equal)
        return _by_value(block, condition.left, goal, prove_case)
    fragment = block.fragment
    with fragment.attempt():
        either = Or(condition, Not(condition))
        middle = fragment.add(block.scope, "excluded_middle", (), either)
        lasts, scopes = [], []
        for number, case in enumerate((condition, Not(condition))):
            with block.inner((), [case]) as inner:
                last = assume(inner, inner.hypotheses(), _then(goal, number, prove_case))
            if last is None:
                raise AbandonedError
            lasts.append(last)
            scopes.append(inner.scope)
        return fragment.add(block.scope, "cases", [middle, *lasts], goal, scopes=scopes)
    return None


def _by_value(block: Block, term: Term, goal: Formula, prove_case: ProveCase) -> int | None:
    """From ``forall v. term = v -> goal``, shown for each constructor, at the term itself."""
    fragment = block.fragment
    value = block.fresh([Var("v", term.sort)])[0]
    with fragment.attempt():

        def case(outer: Block, subgoal: Formula, number: int) -> int:
            assert isinstance(subgoal, Implies) and isinstance(subgoal.left, Equal)
            with outer.inner((), [subgoal.left]) as inner:
                last = _with_value(inner, subgoal.left, goal, number, prove_case)
            if last is None:
                raise AbandonedError
            return fragment.add(outer.scope, "discharge", [last], subgoal, scopes=[inner.scope])

        law = induct(block, forall([value], Implies(Equal(term, value), goal)), 0, case, False)
        if law is None:
            raise AbandonedError
        same = Equal(term, term)
        here = Implies(same, goal)
        step = fragment.add(block.scope, "instance", [law], here, binding={value.name: term})
        trivial = fragment.add(block.scope, "reflexivity", (), same)
        return fragment.add(block.scope, "modus_ponens", [step, trivial], goal)
    return None


def _with_value(
    block: Block, equation: Equal, goal: Formula, number: int, prove_case: ProveCase
) -> int | None:
    """The goal where a term has a value: with the value in its place, and then turned back."""
    fragment = block.fragment
    term, value = equation.left, equation.right
    by = fragment.add(block.scope, "hypothesis", (), equation, of=block.scope, index=0)
    replaced = goal
    paths = list(places(goal, term))
    for path in paths:
        replaced = replace_at(replaced, path, value)  # type: ignore[assignment]
    restate(block, by, equation)
    if not isinstance(term, Var):
        absorb(block, by, equation)
    step = _then(replaced, number, prove_case)(block)
    if step is None:
        return None
    for path in reversed(paths):
        replaced = replace_at(replaced, path, term)  # type: ignore[assignment]
        step = fragment.add(
            block.scope, "rewrite", [step, by], replaced, binding={}, path=path, reverse=True
        )
    return step


def _then(goal: Formula, number: int, prove_case: ProveCase) -> Callable[[Block], int | None]:
    def go_on(block: Block) -> int | None:
        revisit(block)
        return prove_case(block, goal, number)

    return go_on
