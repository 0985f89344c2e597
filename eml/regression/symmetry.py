"""Symmetries in data: fewer inputs for the same law.

If y scales by λ^p whenever every input x_i scales by λ^k_i, then Σ k_i x_i ∂y/∂x_i = p y: the null
space of a matrix of gradients holds all scalings at once (the π theorem of dimensional analysis,
read off the data instead of the units). Each scaling found makes one input less: the law becomes a
monomial times a function of monomials. A law that depends on two inputs only by their sum or
difference has equal gradients up to sign.

A symmetry is a hypothesis, kept if the data are no harder to predict without what it removes. The
idea of dividing a law by its symmetries is that of Udrescu and Tegmark (AI Feynman, 2020), who test
them one by one at new points; here no new points are needed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from eml.regression.macros import ONE, Node, evaluate, monomial
from eml.regression.surrogate import ROWS, Surrogate
from logic.budget import Budget

Floats: TypeAlias = NDArray[np.float64]

CHECKED = 160
"""Rows of a surrogate that only tells how well the data can be predicted."""


@dataclass(frozen=True)
class Reduction:
    """The law as ``factor`` times a function of ``inputs``, both over the original inputs.

    ``exponents`` are those of the factor, for the inputs before the last step.
    """

    inputs: tuple[Node, ...]
    factor: Node
    error: float


def reductions(x: Floats, y: Floats, budget: Budget, seed: int, most: int = 4) -> list[Reduction]:
    """Ways to see the data with fewer inputs, the fewest first; never the data as they are.

    Parameters
    ----------
    x, y : the data, rows × d and rows.
    """
    columns = [np.ascontiguousarray(c) for c in x.T]
    start = Reduction(tuple(("x", i) for i in range(x.shape[1])), ONE, np.inf)
    found: list[Reduction] = []
    seen: set[tuple[object, ...]] = set()
    queue = [start]
    while queue and len(found) < most * 3 and not budget.spent():
        now = queue.pop(0)
        for nxt in _steps(now, columns, y, budget, seed):
            key = (frozenset(nxt.inputs), nxt.factor)
            if key not in seen:
                seen.add(key)
                found.append(nxt)
                if nxt.inputs:
                    queue.append(nxt)
    least = min((r.error for r in found), default=0.0)
    found.sort(key=lambda r: (r.error > 1.3 * least + 1e-3, len(r.inputs), r.error))
    return found[:most]


def _steps(
    now: Reduction, columns: list[Floats], y: Floats, budget: Budget, seed: int
) -> list[Reduction]:
    inputs = np.column_stack([evaluate(node, columns) for node in now.inputs])
    factor = np.asarray(evaluate(now.factor, columns), float) * np.ones(len(y))
    with np.errstate(all="ignore"):
        target = y / factor
    good = np.isfinite(target) & np.isfinite(inputs).all(1)
    if good.mean() < 0.98 or good.sum() < 20 or not now.inputs:
        return []
    views = _views(inputs[good], target[good], factor[good], seed)
    found: list[Reduction] = []
    for view in views:
        found += _scalings(now, view)
    if len(now.inputs) > 1:
        for view in views:
            found += _translations(now, view)
    checked = []
    base = min(view.error for view in views)
    for nxt in found[:6]:
        if budget.spent():
            break
        error = _error(nxt, columns, y, seed)
        if error < max(1.3 * base, 2e-3):
            checked.append(Reduction(nxt.inputs, nxt.factor, error))
    if not checked and len(now.inputs) > 2 and base > 1e-3:
        checked += _by_trial(now, columns, y, base, budget, seed)
    return checked


@dataclass
class _View:
    """A surrogate of the target or of its logarithm."""

    surrogate: Surrogate
    error: float  # of predicting y, by the standard deviation of y
    matrix: Floats  # rows × (d + 1): x_i ∂t/∂x_i, and what p multiplies
    slopes: Floats  # ∂t/∂x_i


def _views(
    inputs: Floats, target: Floats, factor: Floats, seed: int, rows: int = ROWS
) -> list[_View]:
    positive: NDArray[np.bool_] = np.all(inputs > 0, axis=0)
    z = np.where(positive, np.log(np.where(positive, inputs, 1.0)), inputs)
    views = []
    size = np.abs(target)
    signed = bool((target > 0).all() or (target < 0).all())
    # Rows whose logarithm would be mostly noise say nothing about it.
    large = size > 1e-3 * np.median(size)
    if signed or large.mean() > 0.98:
        keep = large if not signed else np.ones(len(size), bool)
        keep &= size > 0
        views.append(
            _view(
                z[keep], np.log(size[keep]), inputs[keep], factor[keep], positive, True, seed, rows
            )
        )
    if not views or views[0].error > 1e-3:
        views.append(_view(z, target, inputs, factor, positive, False, seed, rows))
    views.sort(key=lambda v: v.error)
    if len(views) > 1 and views[1].error > 3 * views[0].error:
        views.pop()
    return views


def _view(
    z: Floats,
    t: Floats,
    inputs: Floats,
    factor: Floats,
    positive: NDArray[np.bool_],
    logarithm: bool,
    seed: int,
    rows: int,
) -> _View:
    size = np.exp(t) if logarithm else np.ones(len(t))
    # Noise of one size in y is the larger in ln y, the smaller y is.
    shares = (np.median(size) / size) ** 2 if logarithm else None
    surrogate = Surrogate(z, t, seed, rows, shares=shares)
    used_factor = np.abs(factor[surrogate.rows])
    whole = (np.exp(t) if logarithm else t)[surrogate.rows] * factor[surrogate.rows]
    missed = surrogate.residuals * size[surrogate.rows] * used_factor
    error = float(np.sqrt(np.mean(missed**2)) / (np.std(whole) + 1e-300))
    used = inputs[surrogate.rows]
    scaled = np.where(positive, surrogate.gradients, surrogate.gradients * used)
    last = np.ones(len(used)) if logarithm else t[surrogate.rows]
    slopes = np.where(positive, surrogate.gradients / used, surrogate.gradients)
    return _View(surrogate, error, np.column_stack([scaled, -last]), slopes)


def _scalings(now: Reduction, view: _View) -> list[Reduction]:
    """The reduction by the null space of the gradients, for each rank that may be meant."""
    matrix = view.matrix / np.sqrt((view.matrix**2).mean(0)).max()
    _, values, rows = np.linalg.svd(matrix / np.sqrt(len(matrix)), full_matrices=False)
    d = matrix.shape[1] - 1
    ratios = [
        (values[rank - 1] / max(values[rank], 1e-3, 0.3 * view.error), rank)
        for rank in range(1, min(d + 1, len(values)))
        if values[rank] < 0.12
    ]
    found: list[Reduction] = []
    for ratio, rank in sorted(ratios, reverse=True)[:3]:
        if ratio < 1.8:
            continue
        null = rows[rank:]
        made = _rational_basis(null, d)
        if made is not None:
            found.append(_apply(now, made))
    return found


def _rational_basis(null: Floats, d: int) -> tuple[Floats, Floats, list[int]] | None:
    """The null space in reduced form with small rationals: (pivots × d, weights, pivots)."""
    count = len(null)
    best: tuple[float, Floats, Floats, list[int]] | None = None
    for pivots in combinations(range(d), count):
        square = null[:, pivots]
        if np.linalg.cond(square) > 60:
            continue
        reduced = np.linalg.solve(square, null)
        rounded = np.round(reduced * 2) / 2
        off = np.abs(reduced - rounded).max()
        thirds = np.round(reduced * 3) / 3
        if np.abs(reduced - thirds).max() < off / 3:
            rounded, off = thirds, np.abs(reduced - thirds).max()
        if off > 0.24 or np.abs(rounded).max() > 6:
            continue
        fractional = np.abs(rounded - np.round(rounded)).sum()
        cost = np.abs(rounded).sum() + 4 * fractional + 10 * off
        if best is None or cost < best[0]:
            best = float(cost), rounded[:, :d], rounded[:, d], list(pivots)
    return None if best is None else best[1:]


def _apply(now: Reduction, basis: tuple[Floats, Floats, list[int]]) -> Reduction:
    """New inputs that the scalings leave alone, and the factor that scales as y does."""
    matrix, weights, pivots = basis
    d = len(now.inputs)
    inputs: list[Node] = []
    for free in range(d):
        if free in pivots:
            continue
        exponents = np.zeros(d)
        exponents[free] = 1
        for row, pivot in enumerate(pivots):
            exponents[pivot] = -float(matrix[row, free])
        if (exponents[exponents != 0] % 1 != 0).any():
            exponents *= 2 if (exponents * 2 % 1 == 0).all() else 3
        inputs.append(monomial(exponents.tolist(), now.inputs))
    factor = monomial(
        [weights[pivots.index(i)] if i in pivots else 0.0 for i in range(d)], now.inputs
    )
    if now.factor != ONE:
        factor = now.factor if factor == ONE else ("mul", now.factor, factor)
    return Reduction(tuple(inputs), factor, np.inf)


def _translations(now: Reduction, view: _View) -> list[Reduction]:
    """Pairs of inputs that only occur as a sum or a difference; all that hold, at once."""
    slopes = view.slopes
    size = np.sqrt((slopes**2).mean(0))
    pairs: list[tuple[float, int, int, str]] = []
    for i, j in combinations(range(len(now.inputs)), 2):
        for sign, name in ((1, "sub"), (-1, "add")):
            off = np.sqrt(((slopes[:, i] + sign * slopes[:, j]) ** 2).mean())
            if off < 0.2 * (size[i] + size[j]):
                pairs.append((off / (size[i] + size[j]), i, j, name))
    taken: set[int] = set()
    inputs = list(now.inputs)
    for _, i, j, name in sorted(pairs):
        if i not in taken and j not in taken:
            taken |= {i, j}
            inputs[i] = (name, now.inputs[i], now.inputs[j])
            inputs[j] = ONE
    if not taken:
        return []
    return [Reduction(tuple(n for n in inputs if n != ONE), now.factor, np.inf)]


def _error(reduction: Reduction, columns: list[Floats], y: Floats, seed: int) -> float:
    """How well y is predicted through a reduction, by its standard deviation."""
    if not reduction.inputs:
        factor = np.asarray(evaluate(reduction.factor, columns), float) * np.ones(len(y))
        if not np.isfinite(factor).all() or not factor.any():
            return np.inf
        off = y - (y @ factor) / (factor @ factor) * factor
        return float(np.sqrt(np.mean(off**2)) / np.std(y))
    inputs = np.column_stack([evaluate(node, columns) for node in reduction.inputs])
    factor = np.asarray(evaluate(reduction.factor, columns), float) * np.ones(len(y))
    with np.errstate(all="ignore"):
        target = y / factor
    good = np.isfinite(target) & np.isfinite(inputs).all(1)
    if good.sum() < 20:
        return np.inf
    views = _views(inputs[good], target[good], factor[good], seed, CHECKED)
    return min(view.error for view in views)


def _by_trial(
    now: Reduction, columns: list[Floats], y: Floats, base: float, budget: Budget, seed: int
) -> list[Reduction]:
    """Pairs joined by +, −, × or ÷ on trial: the one with which y is predicted best."""
    best: list[Reduction] = []
    for i, j in combinations(range(len(now.inputs)), 2):
        for name in ("sub", "mul", "div", "add"):
            if budget.spent():
                return best
            joined: Node = (name, now.inputs[i], now.inputs[j])
            inputs = tuple(n for k, n in enumerate(now.inputs) if k not in (i, j))
            candidate = Reduction((*inputs, joined), now.factor, np.inf)
            error = _error(candidate, columns, y, seed)
            if error < 0.6 * base:
                best.append(Reduction(candidate.inputs, candidate.factor, error))
    return sorted(best, key=lambda r: r.error)[:2]


def inputs_of(reduction: Reduction, columns: Sequence[Floats]) -> list[Floats]:
    """The values of the reduction's inputs."""
    return [np.asarray(evaluate(node, columns), float) for node in reduction.inputs]
