"""``Judge``: what a candidate is worth, and which are kept.

A candidate's worth is its description length in bits (Rissanen 1978; Grünwald, The Minimum
Description Length Principle, 2007, ch. 5): those of the formula (each operator, input and constant)
plus those of the data given the formula, n/2 · log2 of the mean square error. A free constant
costs ½ log2 n bits, a recognised one the bits it takes to say it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from eml.regression.constants import fit, recognised
from eml.regression.macros import Node, constants, evaluate, outward, parts, size, tokens
from logic.budget import Budget

Floats: TypeAlias = NDArray[np.float64]

TOKEN = math.log2(24)
"""Bits of one operator or input."""

EXACT = 1e-10
"""Root mean square error, by that of y, below which only rounding is left."""

FINE = 1e-5
"""Error below which constants are fitted to the last digit."""

MOST_CONSTANTS = 12
"""Formulas with more constants are fits, and none of theirs are recognised."""

MOST_ROWS = 50_000
"""Constants are recognised from so many rows at most."""

FITTED = 1000
"""Rows on which constants are fitted first."""


@dataclass(frozen=True)
class Candidate:
    """A formula with what it explains.

    Attributes
    ----------
    mse : weighted mean square error over all rows.
    error : its root, by the standard deviation of y.
    bits : the description length of formula and data.
    k : estimated tokens of the eml tree.
    closed : whether all constants are exact.
    """

    node: Node
    mse: float
    error: float
    bits: float
    k: int
    closed: bool
    method: str


@dataclass
class Judge:
    """Scores candidates against all rows and keeps the best.

    Parameters
    ----------
    columns, y, weights : all the data.
    tried : how many candidates the search has compared with the data.
    budget : when fits are given up.
    """

    columns: Sequence[Floats]
    y: Floats
    weights: Floats | None = None
    seed: int = 0
    tried: int = 0
    budget: Budget | None = None
    kept: dict[Node, Candidate] = field(default_factory=dict)

    def __post_init__(self) -> None:
        rng = np.random.default_rng(self.seed)
        chosen = np.sort(rng.permutation(len(self.y))[:FITTED])
        self._few = [c[chosen] for c in self.columns]
        self._few_y = self.y[chosen]
        self._few_weights = None if self.weights is None else self.weights[chosen]
        self.scale = float(np.sqrt(self._mean((self.y - self._mean(self.y)) ** 2))) or 1.0
        self._shapes: set[Node] = set()

    @property
    def best(self) -> Candidate | None:
        return min(self.kept.values(), key=lambda c: c.bits, default=None)

    @property
    def exact(self) -> Candidate | None:
        """The shortest formula that leaves only rounding errors, if there is one."""
        found = [c for c in self.kept.values() if c.error < EXACT]
        return min(found, key=lambda c: (not c.closed, c.bits), default=None)

    def quick(self, node: Node, rows: int = 300) -> float:
        """The error on a few rows, as it stands; inf where undefined."""
        made = evaluate(node, [c[:rows] for c in self._few])
        off = made - self._few_y[:rows]
        if not (np.abs(off) < 1e100).all():
            return math.inf
        return float(np.sqrt(np.mean(off**2))) / self.scale

    def offer(self, node: Node, method: str) -> Candidate | None:
        """Fit and recognise the constants of a formula, score it, and keep it if it is good."""
        node = outward(node)
        shape = _shape(node)
        if shape in self._shapes:
            return None
        self._shapes.add(shape)
        few = self._few, self._few_y, self._few_weights
        fitted = fit(node, *few, fine=False, budget=self.budget)
        if fitted is None:
            return None
        if constants(node) and fitted.mse < (FINE * self.scale) ** 2:
            fitted = fit(fitted.node, *few, budget=self.budget) or fitted
        made = self.score(fitted.node, method)
        if made is None:
            return None
        self.kept[made.node] = made
        if made.error < 1e-9 and not made.closed:
            made = self.settle(made, self.budget)
        self._forget()
        return made

    def settle(self, found: Candidate, budget: Budget | None = None) -> Candidate:
        """The candidate with its constants fitted to all rows, and recognised where warranted."""
        data = self.columns, self.y, self.weights
        if len(self.y) > MOST_ROWS:
            data = self._few, self._few_y, self._few_weights
        if len(constants(found.node)) > MOST_CONSTANTS:
            return found
        simple, bits, _ = recognised(found.node, *data, budget)
        made = self.score(simple, found.method, bits)
        if made is None:
            return found
        self.kept[made.node] = made
        return made if made.bits <= found.bits or made.closed else found

    def score(self, node: Node, method: str, bits: float = 0.0) -> Candidate | None:
        """Score a formula over all rows as it stands; None where it is undefined."""
        values = evaluate(node, self.columns)
        off = values - self.y
        if not (np.abs(off) < 1e100).all():
            return None
        mse = self._mean(off**2)
        floor = (3e-15 * math.sqrt(self._mean(self.y**2))) ** 2 + 1e-300
        free = len(constants(node))
        n = len(self.y)
        length = TOKEN * size(node) + bits + free * (0.5 * math.log2(n) + 10)
        length += 0.5 * n * math.log2((mse + floor) / self.scale**2)
        length += sum(4.0 for p in parts(node) if p[0] == "n" and p[1] not in ("1", "2", "e")) * (
            bits == 0
        )
        error = math.sqrt(mse) / self.scale
        return Candidate(node, mse, error, length, tokens(node), not free, method)

    def _mean(self, values: Floats) -> float:
        if self.weights is None:
            return float(np.mean(values))
        return float(np.average(values, weights=self.weights))

    def _forget(self) -> None:
        """Keep the front of error against size, and the shortest descriptions."""
        if len(self.kept) < 400:
            return
        ordered = sorted(self.kept.values(), key=lambda c: c.bits)[:120]
        self.kept = {c.node: c for c in [*ordered, *front(list(self.kept.values()))]}


def front(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Those that no other beats in both error and K, the smallest first."""
    result: list[Candidate] = []
    for found in sorted(candidates, key=lambda c: (c.k, c.error)):
        if not result or found.error < result[-1].error * (1 - 1e-6):
            result.append(found)
            if found.error < EXACT:
                break
    return result


def _shape(node: Node) -> Node:
    """The node with constants to one digit: the same formula is not fitted twice from nearby."""
    if node[0] == "c":
        return ("c", f"{node[1]:.0e}")
    if node[0] in "xn":
        return node
    return (node[0], *map(_shape, node[1:]))
