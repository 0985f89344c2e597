"""Which functions of a pool meet which goals: by one matrix product.

A goal and a function normalised to mean 0 and length 1 are equal up to slope and offset where their
inner product is ±1. So a pool of P functions and G goals, each of which would be a law of its own,
are compared in P · G multiply-adds a row, with noise or without.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from eml.regression.goals import Goals
from logic.budget import Budget

Floats: TypeAlias = NDArray[np.float64]

CLOSE = 4e-6
"""1 − ρ² below which a pair is a hit: what single precision can tell from 0."""

GOAL_BLOCK, POOL_BLOCK = 1024, 8192


@dataclass(frozen=True)
class Match:
    """A goal and one or two functions that together meet it, with slopes and an offset.

    ``error`` is the estimated part of the target's standard deviation that is not explained.
    """

    goal: int
    functions: tuple[int, ...]
    error: float


def normalised(values: Floats) -> Floats:
    """Each row with mean 0 and length 1; rows that are constant become 0."""
    middle = values - values.mean(1, keepdims=True)
    length = np.sqrt(np.einsum("ij,ij->i", middle, middle))
    good = length > 1e-10 * (np.abs(values).max(1) + 1e-300) * np.sqrt(values.shape[1])
    middle[~good] = 0
    result: Floats = middle / np.where(good, length, 1)[:, None]
    return result


def singles(
    goals: Goals, functions: Floats, budget: Budget, sizes: NDArray[np.int16], most: int = 400
) -> list[Match]:
    """Pairs of a goal and one function, the best first: all hits, then the best of each goal.

    Parameters
    ----------
    functions : normalised, functions × rows.
    sizes : of the functions; of equal ones in quality the smaller is preferred.
    """
    if not len(goals.listed) or not len(functions):
        return []
    light = functions.astype(np.float32)
    vectors = goals.vectors.astype(np.float32)
    best: list[Match] = []
    hits: list[tuple[int, int]] = []
    for start in range(0, len(vectors), GOAL_BLOCK):
        block = vectors[start : start + GOAL_BLOCK]
        top = np.zeros(len(block), np.float32)
        where = np.zeros(len(block), np.int64)
        for begin in range(0, len(light), POOL_BLOCK):
            if budget.spent():
                break
            products = np.abs(block @ light[begin : begin + POOL_BLOCK].T)
            at = products.argmax(1)
            value = products[np.arange(len(block)), at]
            better = value > top
            top[better], where[better] = value[better], at[better] + begin
            if len(hits) < 20_000 and (value > 1 - CLOSE).any():
                rows, columns = np.nonzero(products > 1 - CLOSE / 2)
                hits += zip((rows + start).tolist(), (columns + begin).tolist(), strict=True)
        for k, (value_, number) in enumerate(zip(top, where, strict=True)):
            left = np.sqrt(max(0.0, 1 - float(value_) ** 2))
            best.append(Match(start + k, (int(number),), left * float(goals.spread[start + k])))
        if budget.spent():
            break
    exact = [Match(g, (f,), _rest(goals.vectors[g], functions[f])) for g, f in hits[:20_000]]
    exact.sort(key=lambda m: (m.error > 1e-7, m.error if m.error > 1e-7 else sizes[m.functions[0]]))
    best.sort(key=lambda m: m.error)
    return exact[: most // 2] + best[:most]


def _rest(goal: Floats, function: Floats) -> float:
    return float(np.linalg.norm(goal - (goal @ function) * function))


def doubles(goals: Goals, functions: Floats, budget: Budget, most: int = 100) -> Iterator[Match]:
    """Goals met by two functions at once, by least squares from the pairs' inner products."""
    gram = functions @ functions.T
    np.fill_diagonal(gram, 1.0)
    apart = 1 - gram**2
    valid = apart > 1e-7
    safe = np.where(valid, apart, 1.0)
    found: list[Match] = []
    upper = np.triu(valid, 1)
    for number, goal in enumerate(goals.vectors):
        if budget.spent():
            break
        r = functions @ goal
        explained = (r[:, None] ** 2 + r[None, :] ** 2 - 2 * np.outer(r, r) * gram) / safe
        explained[~upper] = 0
        flat = explained.ravel()
        count = min(6, len(flat))
        for at in np.argpartition(flat, -count)[-count:]:
            i, j = divmod(int(at), len(functions))
            left = np.sqrt(max(0.0, 1 - float(flat[at])))
            found.append(Match(number, (i, j), left * float(goals.spread[number])))
    found.sort(key=lambda m: m.error)
    yield from found[:most]
