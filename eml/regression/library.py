"""A library of all different functions that small trees over eml denote, for data with noise.

Trees are enumerated over the reals as vectors of values at rows of the data; each distinct function
stays with its shortest tree. The data, under a few transforms, are compared with all of them up to
slope and offset by one matrix product, and as they are, without either.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from eml.regression.candidates import Judge
from eml.regression.goals import goals
from eml.regression.inverse import LETTERS
from eml.regression.lookup import normalised, singles
from eml.regression.macros import ONE, Node, linear
from eml.regression.pool import keys_of
from eml.tree import ONE as LEAF
from eml.tree import Tree, leaf, node
from logic.budget import Budget

Floats: TypeAlias = NDArray[np.float64]

ROWS = 96
MOST = 160_000
"""Functions: at 96 rows, some 120 MB."""

LARGEST = 1e12


class Library:
    """Functions of small trees at some rows.

    Attributes
    ----------
    values : functions × rows.
    ks : K of each function's shortest tree.
    complete : every tree up to this K has its function here.
    """

    def __init__(self, columns: Sequence[Floats], budget: Budget, most: int = MOST) -> None:
        rows = len(columns[0])
        rng = np.random.default_rng(0)
        self._weights = rng.uniform(0.5, 1.5, (rows, 2)) * rng.choice([-1.0, 1.0], (rows, 2))
        first = np.array([np.ones(rows), *columns])
        self.values, self.complete = first, 1
        self._left = [-np.arange(1, len(first) + 1)]
        self._right = [np.zeros(len(first), np.int64)]
        self._names = LETTERS[: len(columns)]
        levels = {1: np.arange(len(first))}
        keys = keys_of(first @ self._weights)
        self.tried = 0
        k = 1
        while len(self.values) < most and not budget.spent():
            k += 2
            blocks: list[Floats] = []
            lefts: list[NDArray[np.int64]] = []
            rights: list[NDArray[np.int64]] = []
            whole = True
            for a in range(1, k - 1, 2):
                left, right = levels[a], levels[k - 1 - a]
                step = max(1, 4_000_000 // (rows * len(right)))
                for start in range(0, len(left), step):
                    if budget.spent() or len(self.values) + sum(map(len, blocks)) >= most:
                        whole = False
                        break
                    part = left[start : start + step]
                    made, i, j = self._combine(part, right)
                    new = keys_of(made @ self._weights)
                    _, at = np.unique(new, return_index=True)
                    at = np.sort(at)
                    at = at[~np.isin(new[at], keys, assume_unique=True)]
                    keys = np.concatenate([keys, new[at]])
                    blocks.append(made[at])
                    lefts.append(i[at])
                    rights.append(j[at])
            count = sum(map(len, blocks))
            if not count:
                break
            levels[k] = np.arange(len(self.values), len(self.values) + count)
            self.values = np.concatenate([self.values, *blocks])
            self._left += lefts
            self._right += rights
            if not whole:
                break
            self.complete = k
        self._lefts = np.concatenate(self._left)
        self._rights = np.concatenate(self._right)
        self.ks = np.empty(len(self.values), np.int16)
        for size, numbers in levels.items():
            self.ks[numbers] = size

    def _combine(
        self, left: NDArray[np.int64], right: NDArray[np.int64]
    ) -> tuple[Floats, NDArray[np.int64], NDArray[np.int64]]:
        with np.errstate(all="ignore"):
            up = np.exp(self.values[left])
            down = np.log(self.values[right])
            made = (up[:, None, :] - down[None, :, :]).reshape(-1, up.shape[1])
            good = np.flatnonzero(np.abs(made).max(1) < LARGEST)  # false for nan and ±∞
        self.tried += len(made)
        first, second = np.divmod(good, len(right))
        return made[good], left[first], right[second]

    def tree(self, number: int) -> Tree:
        """The shortest tree of a function."""
        left = int(self._lefts[number])
        if left < 0:
            return LEAF if left == -1 else leaf(self._names[-left - 2])
        return node(self.tree(left), self.tree(int(self._rights[number])))


def search_library(
    columns: Sequence[Floats], y: Floats, judge: Judge, budget: Budget, seed: int
) -> Iterator[tuple[Node, Tree]]:
    """Offer what the library has; yield the trees that stand as they are, with their nodes."""
    from eml.regression.search import node_of

    rng = np.random.default_rng(seed + 1)
    rows = np.sort(rng.permutation(len(y))[:ROWS])
    few = [c[rows] for c in columns]
    target = y[rows]
    library = Library(few, budget)
    judge.tried += library.tried
    # As they are: the error without slope and offset, and K against it.
    with np.errstate(all="ignore"):
        off = np.einsum("ij,ij->i", library.values - target, library.values - target)
    n = len(rows)
    scores = 0.5 * n * np.log2(off / n + 1e-26 * np.var(target) + 1e-300) + 3 * library.ks
    for number in np.argsort(scores, kind="stable")[:12]:
        tree = library.tree(int(number))
        made = node_of(tree)
        found = judge.score(made, "library")
        if found is not None:
            judge.kept[made] = found
            yield made, tree
    functions = normalised(library.values)
    made_goals = goals(target, [], second=("",))
    matches = singles(made_goals, functions, budget, library.ks)
    judge.tried += len(made_goals.listed) * len(functions)
    for match in matches[:30]:
        if budget.spent():
            return
        goal = made_goals.listed[match.goal]
        inner = node_of(library.tree(match.functions[0]))
        law = goal.law(linear([1.0], [inner], 1e-3), ONE)
        judge.offer(law, "library")
