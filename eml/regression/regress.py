"""``regress``: from arrays to an :class:`Outcome`, the front of formulas with the chosen one.

Columns that are constant or repeat another are left out, numbers far from 1 are scaled by powers of
ten, and a large table is searched on a sample; scores and errors are always those of all rows.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from eml.regression.candidates import Candidate, Judge, front
from eml.regression.formula import Formula
from eml.regression.macros import Node, constants, exact_value, parts, substitute
from eml.regression.search import METHODS, Search
from eml.regression.selection import choose
from eml.rpn import rpn
from eml.tree import Tree, leaf
from logic.budget import Budget
from logic.errors import PorismError, nearest

Floats: TypeAlias = NDArray[np.float64]

SEARCHED = 10_000
"""How many rows the search looks at."""

LEAST_ROWS = 4
MOST_COLUMNS = 40
PLOTTED = 800
"""Rows in the plot of residuals."""

FRONT = 16
"""How many formulas the front may have."""


@dataclass
class Outcome:
    """What came of a search.

    Attributes
    ----------
    listed : the best formulas by size, as the search estimated it.
    best : the chosen one, with its verdict.
    notes : what was left out of the data, in words.
    tried : how many candidates were compared with the data.
    stopped : what ended the search early: ``time``, ``memory``, ``interrupt``, or nothing.
    predicted, residuals : of the chosen formula, at a sample of the rows.
    """

    listed: list[Formula]
    best: Formula
    names: tuple[str, ...]
    rows: int
    notes: list[str] = field(default_factory=list)
    tried: int = 0
    seconds: float = 0.0
    stopped: str = ""
    seed: int = 0
    predicted: Floats = field(default_factory=lambda: np.empty(0))
    residuals: Floats = field(default_factory=lambda: np.empty(0))

    @cached_property
    def front(self) -> list[Formula]:
        """Formulas that no other beats in both error and K, the smallest first; and the best."""
        kept: list[Formula] = []
        for found in sorted(self.listed, key=lambda f: (f.k, f.error, f is not self.best)):
            better = not kept or found.error < min(f.error for f in kept) * (1 - 1e-6)
            if better or found is self.best:
                kept.append(found)
        return kept


def regress(
    x: Floats,
    y: Floats,
    names: Sequence[str] = (),
    *,
    weights: Floats | None = None,
    budget: Budget | None = None,
    methods: Sequence[str] = METHODS[:3],
    seed: int = 0,
    memory: int = 2 * 1024**3,
    workers: int = 2,
    start: Sequence[Node] = (),
    progress: Callable[[str], None] | None = None,
) -> Outcome:
    """Search for a formula y = f(x).

    Parameters
    ----------
    x, y : rows × columns, and one value a row; finite numbers.
    names : of the columns; by default x1, x2, ...
    weights : of the rows, not negative.
    budget : when to stop; a minute by default.
    methods : of ``library``, ``inverse``, ``macro``, ``master``.
    start : formulas to begin with, as nodes over the columns.

    Raises
    ------
    PorismError : the data or a parameter cannot be used; it says what and where.
    """
    began = time.monotonic()
    for method in methods:
        if method not in METHODS:
            raise PorismError(
                f"There is no method '{method}'.",
                hint=nearest(method, METHODS) or f"Choose from {', '.join(METHODS)}.",
            )
    names = tuple(names) or tuple(f"x{i}" for i in range(1, x.shape[1] + 1))
    _check(x, y, weights)
    budget = budget or Budget(60.0)
    given = len(y)
    x, y, weights = _merged(x, y, weights)
    used, notes = _useful(x, names)
    if len(used) > MOST_COLUMNS:
        raise PorismError(
            f"There are {len(used)} columns, and at most {MOST_COLUMNS} are searched.",
            hint="Name those that matter with --inputs.",
        )
    scale, height = _scales(x[:, used]), float(_scales(y[:, None])[0])
    rows = len(y)
    chosen = np.arange(rows)
    if rows > SEARCHED:
        chosen = np.sort(np.random.default_rng(seed).permutation(rows)[:SEARCHED])
        notes.append(f"searched on {SEARCHED:,} of {rows:,} rows; errors are those of all")
    columns = [np.ascontiguousarray(x[chosen, j]) / s for j, s in zip(used, scale, strict=True)]
    search = Search(
        columns,
        y[chosen] / height,
        None if weights is None else weights[chosen],
        budget,
        methods,
        seed,
        memory,
        workers,
        progress,
    )
    if np.ptp(y) == 0:
        notes.append("the target is constant")
    for node in start:
        search.judge.offer(_into(node, used, scale, height), "start")
    judge = search.run()
    whole = _whole_judge(judge, x, y, weights, used, scale, height, rows > SEARCHED)
    final, verdict, reason = choose(whole)
    trees = {_back(n, used, scale, height): t for n, t in search.trees.items()}
    plain = {n: _renamed(t, used) for n, t in trees.items()}
    signs = tuple(int((x[:, j] > 0).all()) for j in range(x.shape[1]))

    def formula(candidate: Candidate) -> Formula:
        own = candidate is final
        known = plain.get(candidate.node) if _unscaled(scale, height) else None
        return Formula(
            names,
            candidate,
            signs,
            rpn(known) if known is not None else "",
            verdict if own else "fit",
            reason if own else "",
        )

    best = formula(final)
    listed = [best if c is final else formula(c) for c in _front(whole, final)]
    shown = np.sort(np.random.default_rng(seed).permutation(rows)[:PLOTTED])
    predicted = best.predict(x[shown])
    return Outcome(
        listed,
        best,
        names,
        given,
        notes,
        judge.tried,
        time.monotonic() - began,
        budget.struck,
        seed,
        predicted,
        y[shown] - predicted,
    )


def _check(x: Floats, y: Floats, weights: Floats | None) -> None:
    if x.ndim != 2 or y.ndim != 1 or len(x) != len(y):
        raise PorismError(
            f"The inputs have the shape {x.shape} and the target {y.shape}: "
            "rows × columns and one value a row are wanted."
        )
    if len(y) < LEAST_ROWS:
        raise PorismError(
            f"There {'is' if len(y) == 1 else 'are'} {len(y)} sample{'s' * (len(y) != 1)} (rows), "
            f"and no formula can be told from {LEAST_ROWS - 1} or fewer."
        )
    if x.shape[1] == 0:
        raise PorismError("There are no input columns.")
    if weights is not None:
        if weights.shape != y.shape:
            raise PorismError("There must be one weight a row.")
        if not np.isfinite(weights).all() or (weights < 0).any() or not weights.any():
            raise PorismError("Weights must be finite, not negative, and not all zero.")


def _merged(x: Floats, y: Floats, weights: Floats | None) -> tuple[Floats, Floats, Floats | None]:
    """Rows that occur twice as one row of twice the weight, in order; none of weight zero."""
    if weights is None and len(y) > SEARCHED:
        return x, y, None
    share = np.ones(len(y)) if weights is None else weights
    keep = share > 0
    whole = np.column_stack([x, y])[keep]
    rows, inverse = np.unique(whole, axis=0, return_inverse=True)
    summed = np.bincount(inverse.ravel(), share[keep])
    if len(rows) < LEAST_ROWS:
        raise PorismError(
            f"Only {len(rows)} of the {len(y)} rows are different and have a weight, and no "
            f"formula can be told from {LEAST_ROWS - 1} or fewer."
        )
    return (
        np.ascontiguousarray(rows[:, :-1]),
        np.ascontiguousarray(rows[:, -1]),
        None if np.ptp(summed) == 0 else summed / summed.mean(),
    )


def _useful(x: Floats, names: Sequence[str]) -> tuple[list[int], list[str]]:
    """The columns that can matter, and a note on each other one."""
    used: list[int] = []
    notes: list[str] = []
    for j in range(x.shape[1]):
        column = x[:, j]
        if np.ptp(column) <= 1e-14 * np.abs(column).max():
            notes.append(f"{names[j]} is constant and left out")
            continue
        twin = next((i for i in used if np.array_equal(x[:, i], column)), None)
        if twin is not None:
            notes.append(f"{names[j]} repeats {names[twin]} and is left out")
            continue
        used.append(j)
    return used, notes


def _scales(columns: Floats) -> Floats:
    """Powers of ten that bring each column's typical size near 1, where it is far from it."""
    size = np.median(np.abs(columns), axis=0)
    size = np.where(size > 0, size, np.abs(columns).max(0))
    size = np.where(size > 0, size, 1.0)
    power = np.round(np.log10(size))
    return np.where(np.abs(power) > 3, 10.0**power, 1.0)


def _unscaled(scale: Floats, height: float) -> bool:
    return bool((scale == 1).all() and height == 1)


def _power_of_ten(value: float) -> Node:
    power = round(math.log10(value))
    return ("n", f"10^{power}" if power > 0 else f"1/10^{-power}")


def _back(node: Node, used: Sequence[int], scale: Floats, height: float) -> Node:
    """A node over the searched columns as one over those of the user."""
    inputs: dict[int, Node] = {}
    for i, (j, s) in enumerate(zip(used, scale, strict=True)):
        inputs[i] = ("x", j) if s == 1 else ("div", ("x", j), _power_of_ten(float(s)))
    whole = substitute(node, inputs)
    return whole if height == 1 else ("mul", _power_of_ten(height), whole)


def _into(node: Node, used: Sequence[int], scale: Floats, height: float) -> Node:
    """The reverse of :func:`_back`."""
    inputs: dict[int, Node] = {}
    for i, (j, s) in enumerate(zip(used, scale, strict=True)):
        inputs[j] = ("x", i) if s == 1 else ("mul", ("x", i), _power_of_ten(float(s)))
    if any(p[0] == "x" and p[1] not in inputs for p in parts(node)):
        return ("c", 0.0)
    whole = substitute(node, inputs)
    return whole if height == 1 else ("div", whole, _power_of_ten(height))


def _renamed(tree: Tree, used: Sequence[int]) -> Tree:
    """A tree over the letters of the search with x1, x2, ... in their place."""
    from eml.regression.inverse import LETTERS

    return tree.substitute({LETTERS[i]: leaf(f"x{j + 1}") for i, j in enumerate(used)})


def _whole_judge(
    judge: Judge,
    x: Floats,
    y: Floats,
    weights: Floats | None,
    used: Sequence[int],
    scale: Floats,
    height: float,
    sampled: bool,
) -> Judge:
    """The kept candidates over the user's columns, scored on all rows."""
    columns = [np.ascontiguousarray(x[:, j]) for j in range(x.shape[1])]
    whole = Judge(columns, y, weights, judge.seed, judge.tried)
    kept = sorted(judge.kept.values(), key=lambda c: c.bits)[: 20 if sampled else 60]
    kept += [c for c in front(list(judge.kept.values())) if c not in kept]
    plain = _unscaled(scale, height)
    for found in kept:
        node = _back(found.node, used, scale, height)
        if plain and not sampled:
            whole.kept[node] = replace(found, node=node)
            continue
        scored = whole.score(node, found.method, _spoken_bits(found))
        if scored is not None:
            whole.kept[node] = scored
    return whole


def _spoken_bits(found: Candidate) -> float:
    """Bits of the exact constants of a candidate that was scored elsewhere."""
    return sum(
        2 + abs(math.log2(abs(exact_value(p[1])) + 1e-9)) + 2
        for p in parts(found.node)
        if p[0] == "n" and p[1] not in ("1", "2")
    )


def _front(judge: Judge, final: Candidate) -> list[Candidate]:
    listed = front([c for c in judge.kept.values() if len(constants(c.node)) <= 12])
    better = [c for c in listed if c is not final and c.k < final.k]
    after = [c for c in listed if c is not final and c.k >= final.k and c.error < final.error]
    if len(better) > FRONT - 4:
        step = len(better) / (FRONT - 4)
        better = [better[int(i * step)] for i in range(FRONT - 4)]
    return [*better, final, *after[: 0 if final.error < 1e-10 else 3]]
