"""Do the equations of a definition cover every case, and each one once?

The matrix algorithm of pattern-match compilers (Maranget, "Warnings for pattern matching", 2007),
kept to a number of steps, because cases can multiply.
"""

from __future__ import annotations

from collections.abc import Sequence

from logic.formulas import Equal
from logic.printing import show
from logic.terms import App, Sort, Term, Var, match_sort, substitute_sort
from logic.theory import Function, Signature
from mpl import syntax as raw
from mpl.context import Context

STEPS_LIMIT = 20_000
"""How many steps the coverage check may take: its cases can multiply."""


class _TooManySteps(Exception):
    pass


class _Overlap(Exception):
    def __init__(self, first: int, second: int) -> None:
        self.pair = (first, second)


def check_coverage(
    context: Context,
    function: Function,
    name: raw.Name,
    nodes: Sequence[raw.Expression],
    equations: Sequence[Equal],
) -> None:
    rows = [(i, list(e.left.args)) for i, e in enumerate(equations) if isinstance(e.left, App)]
    try:
        missing = _missing(context.signature, rows, list(function.args), [STEPS_LIMIT], 0)
    except _Overlap as overlap:
        first, second = sorted(overlap.pair)
        lefts = [equations[i].left for i in (first, second)]
        raise context.error(
            f"Two equations of '{function.name}' overlap: '{_pattern(lefts[0])}' (line"
            f" {context.source.line(nodes[first].at)}) and '{_pattern(lefts[1])}'.",
            nodes[second],
            "Each case must match one equation only.",
        ) from None
    except _TooManySteps:
        raise context.error(
            f"The definition of '{function.name}' has too many cases to check.",
            name,
            "Match on fewer arguments at once.",
        ) from None
    if missing is not None:
        case = App(function.name, tuple(missing), function.result)
        raise context.error(
            f"The definition of '{function.name}' misses a case: {_pattern(case)}.", name
        )


def _pattern(term: Term) -> str:
    return show(term)


def _missing(
    signature: Signature,
    rows: list[tuple[int, list[Term]]],
    sorts: list[Sort],
    steps: list[int],
    depth: int,
) -> list[Term] | None:
    """Values of the given sorts that no row matches, ``_`` for any; None if there are none.

    The classical matrix algorithm: split the first column by the constructors of its sort. Where
    no column is left, the rows that are left all match: more than one means an overlap.
    """
    steps[0] -= 1 + len(rows) // 16
    if steps[0] < 0 or depth > 400:
        raise _TooManySteps
    if not rows:
        return [Var("_", s) for s in sorts]
    if not sorts:
        if len(rows) > 1:
            raise _Overlap(rows[0][0], rows[1][0])
        return None
    sort, rest = sorts[0], sorts[1:]
    if all(isinstance(row[0], Var) for _, row in rows):
        found = _missing(signature, [(i, row[1:]) for i, row in rows], rest, steps, depth + 1)
        return None if found is None else [Var("_", sort), *found]
    for constructor in signature.constructors(sort):
        binding: dict[str, Sort] = {}
        match_sort(constructor.result, sort, binding)
        inner = [substitute_sort(s, binding) for s in constructor.args]
        chosen: list[tuple[int, list[Term]]] = []
        for i, row in rows:
            first = row[0]
            if isinstance(first, Var):
                chosen.append((i, [*(Var("_", s) for s in inner), *row[1:]]))
            elif isinstance(first, App) and first.symbol == constructor.name:
                chosen.append((i, [*first.args, *row[1:]]))
        found = _missing(signature, chosen, inner + rest, steps, depth + 1)
        if found is not None:
            width = len(inner)
            return [App(constructor.name, tuple(found[:width]), sort), *found[width:]]
    return None
