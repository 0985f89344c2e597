"""Writing a case distinction: whether a formula holds, or which value a term has."""

from __future__ import annotations

from collections.abc import Callable

from logic.formulas import Equal, Formula, Implies, Not, Or, forall
from logic.terms import Term, Var
from prover.assume import assume
from prover.block import Block
from prover.fragment import AbandonedError
from prover.hypotheses import revisit
from prover.induction import induct
from prover.language import UnnamedError
from prover.splitting import Split

ProveCase = Callable[[Block, int], int | None]
"""Given the block of a case and the number of the case, a step that states the goal."""


def distinguish(block: Block, split: Split, goal: Formula, prove_case: ProveCase) -> int | None:
    """A goal by cases; the step that states it, or None, with nothing left behind."""
    try:
        condition = block.language.decode_literal(split.literal, block.names)
    except UnnamedError:
        return None
    if split.values:
        assert isinstance(condition, Equal)
        return _by_value(block, condition.left, goal, prove_case)
    fragment = block.fragment
    with fragment.attempt():
        either = Or(condition, Not(condition))
        middle = fragment.add(block.scope, "excluded_middle", (), either)
        lasts, scopes = [], []
        for number, case in enumerate((condition, Not(condition))):
            with block.inner((), [case]) as inner:
                last = _prove(inner, number, prove_case)
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
            assert isinstance(subgoal, Implies)
            with outer.inner((), [subgoal.left]) as inner:
                last = _prove(inner, number, prove_case)
            return fragment.add(outer.scope, "discharge", [last], subgoal, scopes=[inner.scope])

        law = induct(block, forall([value], Implies(Equal(term, value), goal)), 0, case)
        if law is None:
            raise AbandonedError
        same = Equal(term, term)
        here = Implies(same, goal)
        step = fragment.add(block.scope, "instance", [law], here, binding={value.name: term})
        trivial = fragment.add(block.scope, "reflexivity", (), same)
        return fragment.add(block.scope, "modus_ponens", [step, trivial], goal)
    return None


def _prove(inner: Block, number: int, prove_case: ProveCase) -> int:
    def then(deepest: Block) -> int | None:
        revisit(deepest)
        return prove_case(deepest, number)

    last = assume(inner, inner.hypotheses(), then)
    if last is None:
        raise AbandonedError
    return last
