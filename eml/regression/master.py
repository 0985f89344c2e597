"""The master formula: a full tree over eml whose every input is a mixture, trained by gradients.

This is the symbolic regression of arXiv 2603.21852, §4.3, eq. 6: each input of each eml is
α + Σ βᵢxᵢ + γ·(subtree) with weights on a simplex. Weights are softmaxes of logits, trained by Adam
(Kingma and Ba, 2015) while a temperature falls, and are snapped to corners now and then; a snapped
tree that leaves only rounding errors is a find. Many trees are trained side by side from random
starts. The gradient is taken in reverse by hand: eml needs only exp, 1/b and the chain rule.

Nothing but gradients and rounding is used, so that the figures compare with the paper's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from eml.regression.inverse import LETTERS
from eml.regression.slices import Slice
from eml.tree import ONE, Tree, leaf, node
from logic.budget import Budget

Floats: TypeAlias = NDArray[np.float64]
Complexes: TypeAlias = NDArray[np.complex128]
Ints: TypeAlias = NDArray[np.int64]

ROWS = 48
TREES = 48
"""How many trees are trained side by side."""

STEPS = 700
"""Steps of one training; then new starts are drawn."""

HOT, COLD = 1.6, 0.15
RATE = 0.08
LARGEST = 30.0
"""Real parts of exponents are cut here while training."""

SNAP_EVERY = 25


@dataclass(frozen=True)
class Trained:
    """What a training found.

    Attributes
    ----------
    tree : the snapped tree with the least error, over the letters x, y, ...
    error : its root mean square error, by the standard deviation of the target.
    starts : how many starts were drawn.
    """

    tree: Tree
    error: float
    starts: int


class Master:
    """The master formula of a depth, for data.

    Parameters
    ----------
    columns, y : the data.
    depth : of the tree: 2 to 6 are practical.
    """

    def __init__(self, columns: Sequence[Floats], y: Floats, depth: int, seed: int = 0) -> None:
        self._rng = np.random.default_rng(seed)
        rows = np.sort(self._rng.permutation(len(y))[:ROWS])
        self._leaves = np.array([np.ones(len(rows)), *(c[rows] for c in columns)], complex)
        self._target = y[rows]
        self._scale = float(np.std(self._target)) or 1.0
        self.depth = depth
        self.options = len(self._leaves)

    def train(self, budget: Budget, least: float = 1e-10) -> Trained | None:
        """Train until a snapped tree has less than this error, or the budget strikes."""
        best: Trained | None = None
        starts = 0
        while not budget.spent() and (best is None or best.error >= least):
            logits = [
                self._rng.normal(0, 1.0, (TREES, 2**level, 2, self._width(level)))
                for level in range(self.depth)
            ]
            starts += TREES
            moments = [(np.zeros_like(w), np.zeros_like(w)) for w in logits]
            for step in range(1, STEPS + 1):
                if budget.spent():
                    break
                part = step / STEPS
                heat = HOT * (COLD / HOT) ** part
                weights = [_softmax(w / heat) for w in logits]
                slopes = self._gradient(weights)
                rate = RATE * (1 - 0.7 * part)
                for w, p, g, (first, second) in zip(logits, weights, slopes, moments, strict=True):
                    g = p * (g - (g * p).sum(-1, keepdims=True)) / heat
                    first += 0.1 * (g - first)
                    second += 0.01 * (g * g - second)
                    w -= (
                        rate
                        * (first / (1 - 0.9**step))
                        / (np.sqrt(second / (1 - 0.99**step)) + 1e-12)
                    )
                if step % SNAP_EVERY == 0 or step == STEPS:
                    found = self._snapped(logits)
                    if best is None or found[0] < best.error:
                        best = Trained(found[1], found[0], starts)
                    if best.error < least:
                        break
        return best

    def _width(self, level: int) -> int:
        return self.options + (level < self.depth - 1)

    def _forward(
        self, weights: Sequence[Floats]
    ) -> tuple[Complexes, list[tuple[Complexes, Complexes, Complexes | None]]]:
        """The trees' values (trees × rows), and per level exp a, b and the subtrees' values."""
        below: Complexes | None = None
        kept: list[tuple[Complexes, Complexes, Complexes | None]] = []
        for w in reversed(weights):
            mixed = w[..., : self.options] @ self._leaves
            if below is not None:
                mixed = mixed + w[..., self.options :] * below
            a, b = mixed[:, :, 0], mixed[:, :, 1]
            up = np.exp(np.where(a.real > LARGEST, LARGEST + 1j * a.imag, a))
            b = np.where(np.abs(b) < 1e-12, 1e-12, b)
            kept.append((up, b, below))
            made = up - np.log(b)
            if made.shape[1] > 1:
                below = made.reshape(len(made), made.shape[1] // 2, 2, made.shape[2])
            else:
                return made[:, 0], kept[::-1]
        raise AssertionError("the last level has one node")

    def _gradient(self, weights: Sequence[Floats]) -> list[Floats]:
        """∂ ln(1e-3 + error) / ∂ weights, for each tree by itself."""
        with np.errstate(all="ignore"):
            made, kept = self._forward(weights)
            off = (made - self._target) / self._scale
            error = np.mean(np.abs(off) ** 2, axis=1)
            upstream = 2 * off / (off.shape[1] * self._scale) / (1e-3 + error)[:, None]
            slopes: list[Floats] = []
            current = upstream[:, None, :]
            for w, (up, b, below) in zip(weights, kept, strict=True):
                both = np.stack([current * up.conj(), -current / b.conj()], axis=2)
                slope = np.empty_like(w)
                slope[..., : self.options] = (both @ self._leaves.conj().T).real
                if below is not None:
                    slope[..., self.options] = (both * below.conj()).sum(-1).real
                    passed = w[..., self.options :] * both
                    current = passed.reshape(len(w), -1, passed.shape[-1])
                norm = np.where(np.isfinite(slope), slope, 0.0)
                slopes.append(np.clip(norm, -1e3, 1e3))
                current = np.where(np.isfinite(current), current, 0)
        return slopes

    def _snapped(self, logits: Sequence[Floats]) -> tuple[float, Tree]:
        """The least error among the trees with each input at its largest weight, and that tree."""
        corners = [w.argmax(-1) for w in logits]
        hard = [np.eye(w.shape[-1])[c] for w, c in zip(logits, corners, strict=True)]
        with np.errstate(all="ignore"):
            made, _ = self._forward(hard)
            error = np.sqrt(np.mean(np.abs(made - self._target) ** 2, axis=1)) / self._scale
        error = np.where(np.isfinite(error), error, np.inf)
        at = int(error.argmin())
        return float(error[at]), self._tree([c[at] for c in corners], 0, 0)

    def _tree(self, corners: Sequence[Ints], level: int, place: int) -> Tree:
        sides = []
        for side in (0, 1):
            option = int(corners[level][place, side])
            if option == 0:
                sides.append(ONE)
            elif option < self.options:
                sides.append(leaf(LETTERS[option - 1]))
            else:
                sides.append(self._tree(corners, level + 1, 2 * place + side))
        return node(sides[0], sides[1])


def _softmax(values: Floats) -> Floats:
    shifted = np.exp(values - values.max(-1, keepdims=True))
    result: Floats = shifted / shifted.sum(-1, keepdims=True)
    return result


def train(
    columns: Sequence[Floats], y: Floats, budget: Budget, seed: int = 0, depths: Sequence[int] = ()
) -> Trained | None:
    """The best tree of the master formulas of some depths, the shallow ones first."""
    best: Trained | None = None
    depths = depths or (2, 3, 4, 5)
    for number, depth in enumerate(depths):
        left = budget.remaining()
        last = number == len(depths) - 1
        part = budget if last or left is None else Slice(budget, left * 0.12 * depth)
        found = Master(columns, y, depth, seed + depth).train(part)
        if found is not None and (best is None or found.error < best.error):
            best = found
        if best is not None and best.error < 1e-10:
            break
    return best
