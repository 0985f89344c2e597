"""Laws that are sums of few monomials, also under a transform of the target.

Terms are chosen by orthogonal matching: at each step the monomial that explains most of what is
left, given those chosen; then terms are taken away again while that costs nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product as tuples
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from eml.regression.macros import ONE, Node, linear, monomial
from logic.budget import Budget

Floats: TypeAlias = NDArray[np.float64]

MOST_MONOMIALS = 1500


def dictionary(
    nodes: Sequence[Node], columns: Sequence[Floats]
) -> tuple[list[Node], Floats, NDArray[np.int64]]:
    """Monomials of the inputs, simple ones first: nodes, values (monomials × rows), sizes."""
    d = len(nodes)
    span = {1: range(-6, 13), 2: range(-3, 5), 3: range(-2, 4), 4: range(-2, 3)}.get(
        d, range(-1, 2)
    )
    step = 0.5 if d == 1 else 1.0
    exponents = [np.array(e, float) * step for e in _limited(d, span) if any(e)]
    exponents.sort(key=lambda e: (float(np.abs(e).sum() + 0.3 * (e < 0).sum()), tuple(-e)))
    made: list[Node] = []
    values: list[Floats] = []
    stack = np.array(columns)
    with np.errstate(all="ignore"):
        logs = np.log(np.abs(stack))
        signs = np.sign(stack)
        for e in exponents[:MOST_MONOMIALS]:
            value = np.exp(e @ logs)
            for k, exponent in enumerate(e):
                if exponent % 1:
                    value = np.where(signs[k] < 0, np.nan, value)
                elif exponent % 2:
                    value = value * signs[k]
            value = np.where((stack == 0).any(0) & ~np.isfinite(value), np.nan, value)
            if np.isfinite(value).all() and np.ptp(value) > 1e-9 * np.abs(value).max():
                made.append(monomial(e.tolist(), nodes))
                values.append(value)
    sizes = np.array([1 + int(np.abs(e).sum()) for e in exponents[: len(made)]])
    return made, np.array(values).reshape(len(made), -1), sizes


def _limited(d: int, span: range) -> list[tuple[int, ...]]:
    if d > 6:
        return [
            tuple(1 if k == i else (s if k == j else 0) for k in range(d))
            for i in range(d)
            for j in range(d)
            for s in (1, -1)
        ]
    return [e for e in tuples(span, repeat=d) if sum(map(abs, e)) <= (12 if d == 1 else 6)]


def sums(
    target: Floats,
    nodes: Sequence[Node],
    values: Floats,
    budget: Budget,
    most: int = 8,
) -> list[tuple[Node, float]]:
    """The target as sums of 1, 2, ... terms and an offset, with the part left unexplained.

    Parameters
    ----------
    values : of the terms at the rows, terms × rows.
    """
    found: list[tuple[Node, float]] = []
    if not len(nodes):
        return found
    rows = len(target)
    middle = target - target.mean()
    total = float(np.linalg.norm(middle))
    if total == 0:
        return found
    atoms = values - values.mean(1, keepdims=True)
    lengths = np.linalg.norm(atoms, axis=1)
    atoms = atoms / np.where(lengths > 0, lengths, 1)[:, None]
    rest, left = middle.copy(), atoms.copy()
    chosen: list[int] = []
    for _ in range(min(most, len(nodes), rows // 3)):
        if budget.spent():
            break
        norms = np.linalg.norm(left, axis=1)
        scores = np.abs(left @ rest) / np.where(norms > 1e-7, norms, np.inf)
        pick = int(scores.argmax())
        if norms[pick] <= 1e-7:
            break
        chosen.append(pick)
        axis = left[pick] / norms[pick]
        rest = rest - (axis @ rest) * axis
        left = left - np.outer(left @ axis, axis)
        chosen, error = _pruned(chosen, values, target)
        found.append((_node(chosen, nodes, values, target), error))
        if error < 1e-10:
            break
    return found


def polynomial(
    target: Floats, nodes: Sequence[Node], values: Floats, count: int
) -> tuple[Node, float] | None:
    """The sum of the first ``count`` terms, without those that do not matter."""
    if count < 1 or count > len(nodes) or count >= len(target) // 2:
        return None
    chosen, error = _pruned(list(range(count)), values, target)
    return (_node(chosen, nodes, values, target), error) if chosen else None


def _solve(chosen: Sequence[int], values: Floats, target: Floats) -> tuple[Floats, float]:
    matrix = np.column_stack([np.ones(len(target)), *values[list(chosen)]])
    scale = np.linalg.norm(matrix, axis=0)
    solution, *_ = np.linalg.lstsq(matrix / scale, target, rcond=1e-14)
    off = target - (matrix / scale) @ solution
    return solution / scale, float(np.linalg.norm(off))


def _pruned(chosen: list[int], values: Floats, target: Floats) -> tuple[list[int], float]:
    """Without the terms whose absence raises the error by no more than chance does."""
    total = float(np.linalg.norm(target - target.mean()))
    _, error = _solve(chosen, values, target)
    rows = len(target)
    while len(chosen) > 1:
        # Without term k, the squared error rises by its coefficient squared over (AᵀA)⁻¹_kk.
        matrix = np.column_stack([np.ones(rows), *values[chosen]])
        scale = np.linalg.norm(matrix, axis=0)
        left, sizes, right = np.linalg.svd(matrix / scale, full_matrices=False)
        good = sizes > 1e-14 * sizes[0]
        inverse = right[good].T / sizes[good]
        solution = inverse @ (left[:, good].T @ target)
        rises = solution[1:] ** 2 / np.maximum((inverse**2).sum(1)[1:], 1e-300)
        drop = int(rises.argmin())
        fewer = chosen[:drop] + chosen[drop + 1 :]
        _, smallest = _solve(fewer, values, target)
        if smallest > error * (1 + 3 / rows) + 1e-12 * total:
            break
        chosen, error = fewer, max(error, smallest)
    return chosen, error / total


def _node(chosen: Sequence[int], nodes: Sequence[Node], values: Floats, target: Floats) -> Node:
    solution, error = _solve(chosen, values, target)
    offset = float(solution[0])
    with_none, worse = _without_offset(chosen, values, target)
    if worse <= error * (1 + 3 / len(target)) + 1e-12 * float(np.linalg.norm(target)):
        return linear(with_none.tolist(), [nodes[c] for c in chosen], 0.0)
    return linear(solution[1:].tolist(), [nodes[c] for c in chosen], offset)


def _without_offset(chosen: Sequence[int], values: Floats, target: Floats) -> tuple[Floats, float]:
    matrix = np.column_stack(list(values[list(chosen)]))
    scale = np.linalg.norm(matrix, axis=0)
    solution, *_ = np.linalg.lstsq(matrix / scale, target, rcond=1e-14)
    return solution / scale, float(np.linalg.norm(target - (matrix / scale) @ solution))


def power_law(columns: Sequence[Floats], y: Floats) -> tuple[Node, float] | None:
    """c · ∏ xᵉ with simple exponents; None where signs do not allow it.

    The exponents come from a straight line through the logarithms and are rounded to halves or
    thirds; the second value is how far they were from them.
    """
    stack = np.array(columns)
    if not (stack > 0).all():
        return None
    sign = np.sign(np.median(y))
    good = y * sign > 1e-3 * np.median(np.abs(y))
    if good.mean() < 0.95 or good.sum() <= len(columns) + 1:
        return None
    logs = np.log(stack[:, good])
    matrix = np.column_stack([np.ones(logs.shape[1]), *logs])
    solution, *_ = np.linalg.lstsq(matrix, np.log(y[good] * sign), rcond=None)
    raw = solution[1:]
    rounded = np.round(raw * 2) / 2
    thirds = np.round(raw * 3) / 3
    if np.abs(raw - thirds).max() < np.abs(raw - rounded).max() / 3:
        rounded = thirds
    if np.abs(rounded).max() > 12 or not rounded.any():
        return None
    inputs: list[Node] = [("x", i) for i in range(len(columns))]
    base = monomial(rounded.tolist(), inputs)
    node = base if base == ONE else ("mul", ("c", float(sign * np.exp(solution[0]))), base)
    return node, float(np.abs(raw - rounded).max())
