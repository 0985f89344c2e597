"""Taking formulas into a block's memory, and opening inner blocks for the choices they hold."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from logic.formulas import And, Exists, Formula, Or, substitute
from prover.block import Block
from prover.hypotheses import learn


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
                return cases(block, step, left, right, queue, then)
            case _:
                learn(block, step, formula)
                meaning = block.unfold(step, formula)
                if meaning is not None:
                    queue.insert(0, meaning)
    return then(block)


def cases(
    block: Block,
    step: int,
    left: Formula,
    right: Formula,
    queue: Sequence[tuple[int, Formula]],
    then: Callable[[Block], int | None],
) -> int | None:
    """From ``left or right``: go on in a block for each, with what else waits to be assumed."""
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
