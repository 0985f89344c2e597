"""Exact trees over eml for data without noise: tabled, then peeled off the data.

The table of :mod:`eml.search` is built with rows of the data as its witness points, so that to look
up a function is to look up the target at those rows; outer eml layers are then inverted on the
data. What is found at a few rows counts only if it holds at all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from eml.rpn import rpn
from eml.search import Enumeration
from eml.semantics import Semantics
from eml.tree import Tree
from logic.budget import Budget

Floats: TypeAlias = NDArray[np.float64]

LETTERS = "xyzuvwpqrst"
"""Names of the columns inside the table: one letter each."""

WITNESSES = 3
AGREE = 1e-9
FORWARD = {1: 17, 2: 15, 3: 13}


def values_of(tree: Tree, columns: dict[str, Floats], rows: int) -> Floats:
    """A tree at rows of data, read over the reals; nan where it is undefined."""
    with np.errstate(all="ignore"):
        return tree.fold(
            lambda label: np.ones(rows) if label == "1" else columns[label],
            lambda a, b: np.exp(a) - np.log(b),
        )


def inverse_search(
    columns: Sequence[Floats],
    y: Floats,
    budget: Budget,
    max_k: int = 25,
    memory: int = 2 * 1024**3,
    workers: int = 2,
    progress: Callable[[str], None] | None = None,
) -> tuple[Tree | None, int]:
    """The shortest tree over x, y, ... that agrees with the data, and how many were tried.

    None if there is none up to ``max_k``, if the budget struck, or if there are too many columns.
    """
    d = len(columns)
    if d == 0 or d > len(LETTERS):
        return None, 0
    names = LETTERS[:d]
    table = dict(zip(names, columns, strict=True))
    tried = 0
    forward = FORWARD.get(d, 11 if d <= 5 else 9)
    for witnesses in _witness_rows(columns, y):
        rows = [{n: repr(float(table[n][i])) for n in names} for i in witnesses]
        found = Enumeration(tuple(names), Semantics.REAL, rows, memory=memory, workers=workers)
        target = [complex(y[i]) for i in witnesses]
        k = 1
        while k <= max_k:
            if progress:
                progress(f"trees over eml, K = {k}: {found.candidates:,} candidates")
            if k <= forward:
                if not found.grow(k, budget):
                    break
                trees = found.find(target)
            else:
                trees, whole = found.peel(target, k, budget)
                if not whole and not trees:
                    break
            # Of equal length, those with more ones decompile to less.
            for tree in sorted(trees, key=lambda t: (t.k, -rpn(t).count("1"), rpn(t))):
                if _agrees(tree, table, y):
                    return tree, tried + found.candidates + found.lookups
            k += 2
        tried += found.candidates + found.lookups
        if budget.spent():
            break
    return None, tried


def _agrees(tree: Tree, columns: dict[str, Floats], y: Floats) -> bool:
    made = values_of(tree, columns, len(y))
    if not np.isfinite(made).all():
        return False
    return bool(np.sqrt(np.mean((made - y) ** 2)) <= AGREE * np.sqrt(np.mean(y**2)))


def _witness_rows(columns: Sequence[Floats], y: Floats) -> list[list[int]]:
    """Rows at which to look up: where the inputs are small, then anywhere.

    Towers of exponentials keep the most digits where the inputs are small.
    """
    stack = np.array(columns)
    scale = stack.std(1, keepdims=True) + 1e-300
    order = np.argsort(((stack - stack.min(1, keepdims=True)) / scale).sum(0), kind="stable")
    n = len(y)
    places = [
        [order[int(f * (n - 1))] for f in fractions]
        for fractions in ((0.02, 0.2, 0.45), (0.1, 0.5, 0.9))
    ]
    return [sorted({int(i) for i in rows}) for rows in places]
