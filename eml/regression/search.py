"""The whole search: what is tried on data, and in which order, within a budget.

Cheap and likely first: power laws and sums, trees over eml, pools over few inputs; then the same on
what the symmetries of the data leave; then wider pools and oscillations. It stops at a formula that
leaves only rounding errors and whose constants are all recognised.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from eml.regression.candidates import Judge
from eml.regression.inverse import LETTERS, inverse_search
from eml.regression.library import search_library
from eml.regression.macro_search import View, _done, search_pool, search_sums, view
from eml.regression.macros import ONE, Node, constant, size
from eml.regression.master import train
from eml.regression.oscillation import search_oscillations
from eml.regression.selection import choose
from eml.regression.slices import Slice
from eml.regression.sparse import power_law
from eml.regression.symmetry import Reduction, reductions
from eml.tree import Tree
from logic.budget import Budget

Floats: TypeAlias = NDArray[np.float64]

SETTLED = 12
"""Of how many formulas the constants are recognised at the end."""

E: Node = ("n", "e")

RESERVE, RESERVE_MOST = 0.12, 6.0
"""The part of the time, and the seconds at most, that are kept for recognising constants."""

METHODS = ("library", "inverse", "macro", "master")


@dataclass
class Search:
    """One run over some data.

    Parameters
    ----------
    columns, y, weights : the data the search looks at.
    methods : which of ``library``, ``inverse``, ``macro`` and ``master`` are used.
    """

    columns: Sequence[Floats]
    y: Floats
    weights: Floats | None
    budget: Budget
    methods: Sequence[str] = METHODS[:3]
    seed: int = 0
    memory: int = 2 * 1024**3
    workers: int = 2
    progress: Callable[[str], None] | None = None
    judge: Judge = field(init=False)
    trees: dict[Node, Tree] = field(default_factory=dict)
    _seen: set[Node] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.judge = Judge(self.columns, self.y, self.weights, self.seed, budget=self.budget)
        left = self.budget.remaining()
        self._reserve = 0.0 if left is None else min(RESERVE_MOST, RESERVE * left)

    def run(self) -> Judge:
        """Search until something exact is found, all is tried, or the budget strikes."""
        self.judge.offer(constant(float(np.mean(self.y))), "constant")
        for stage in (
            self._simple,
            self._inverse,
            self._library,
            self._sums,
            self._plain,
            self._reduced,
            self._wide,
            self._deep,
            self._master,
        ):
            if self._late() or _done(self.judge):
                break
            if stage == self._wide and self._settled():
                break
            stage()
        self._settle()
        return self.judge

    def _settled(self) -> bool:
        """Whether noise is all that the best formula leaves, and no other form comes near."""
        self._settle()
        return choose(self.judge)[1] == "exact_within_noise"

    def _settle(self) -> None:
        """Recognise the constants of the best formulas: of what noise allows, the simplest."""
        if _done(self.judge):
            return
        self._say("constants")
        ordered = sorted(self.judge.kept.values(), key=lambda c: c.bits)
        for found in ordered[:SETTLED]:
            if self.budget.spent():
                break
            if not found.closed and found.node not in self._seen:
                self._seen.add(found.node)
                self.judge.settle(found, self.budget)

    # -- stages ------------------------------------------------------------------------------

    def _say(self, text: str) -> None:
        if self.progress:
            best = self.judge.best
            self.progress(text + (f"; best error {best.error:.1e}" if best else ""))

    def _late(self) -> bool:
        """Whether only the time kept for the constants is left."""
        left = self.budget.remaining()
        return self.budget.spent() or (left is not None and left < self._reserve)

    def _slice(self, seconds: float, part: float) -> Budget:
        """A budget inside the whole one, before the time kept for the constants."""
        left = self.budget.remaining()
        if left is None:
            return Slice(self.budget, seconds)
        return Slice(self.budget, min(seconds, part * left, max(0.0, left - self._reserve)))

    @property
    def _whole(self) -> Reduction:
        return Reduction(tuple(("x", i) for i in range(len(self.columns))), ONE, np.inf)

    def _rows(self, count: int) -> NDArray[np.int64]:
        rng = np.random.default_rng(self.seed + count)
        return np.sort(rng.permutation(len(self.y))[:count])

    def _view(self, reduction: Reduction, count: int) -> View:
        return view(reduction, self.columns, self.y, self._rows(count))

    def _simple(self) -> None:
        if "macro" not in self.methods:
            return
        self._say("power laws")
        found = power_law(self.columns, self.y)
        if found is not None:
            self.judge.offer(found[0], "power law")
        for i in range(len(self.columns)):
            self.judge.offer(("add", ("mul", constant(1.0), ("x", i)), constant(0.0)), "line")

    def _sums(self) -> None:
        if "macro" in self.methods:
            self._say("sums")
            search_sums(self._view(self._whole, 400), self.judge, self._slice(8, 0.2))

    def _inverse(self) -> None:
        if "inverse" not in self.methods or len(self.columns) > 3:
            return
        self._say("trees over eml")
        self._peel(23, self._slice(6, 0.5))

    def _peel(self, max_k: int, budget: Budget) -> None:
        tree, tried = inverse_search(
            self.columns, self.y, budget, max_k, self.memory, self.workers, self.progress
        )
        self.judge.tried += tried
        if tree is not None:
            self._offer_tree(tree, "inverse")

    def _offer_tree(self, tree: Tree, method: str) -> None:
        node = node_of(tree)
        made = self.judge.score(node, method)
        if made is not None:
            self.judge.kept[node] = made
            self.trees[node] = tree

    def _library(self) -> None:
        if "library" not in self.methods or len(self.columns) > 3:
            return
        self._say("library of trees over eml")
        budget = self._slice(6, 0.15)
        for node, tree in search_library(self.columns, self.y, self.judge, budget, self.seed):
            self.trees[node] = tree

    def _plain(self) -> None:
        if "macro" not in self.methods or len(self.columns) > 4:
            return
        self._say("functions of the inputs")
        search_pool(
            self._view(self._whole, 96),
            self.judge,
            self._slice(12 if len(self.columns) < 3 else 5, 0.35),
            40_000 if len(self.columns) > 1 else 120_000,
        )

    def _reduced(self) -> None:
        if "macro" not in self.methods or len(self.columns) < 2:
            return
        self._say("symmetries")
        found = reductions(np.column_stack(self.columns), self.y, self._slice(15, 0.35), self.seed)
        for number, reduction in enumerate(found):
            if self.budget.spent() or _done(self.judge):
                return
            inputs = len(reduction.inputs)
            self._say(f"functions of {inputs} inputs")
            if not inputs:
                if reduction.factor != ONE:
                    self.judge.offer(("mul", constant(1.0), reduction.factor), "scaling")
                continue
            search_sums(self._view(reduction, 400), self.judge, self._slice(6, 0.2))
            if _done(self.judge):
                return
            search_pool(
                self._view(reduction, 96),
                self.judge,
                self._slice(14, 0.5 if number + 1 < len(found) else 0.7),
                60_000,
            )
            if inputs == 1 and not _done(self.judge):
                search_oscillations(self._view(reduction, 200), self.judge, self._slice(3, 0.2))

    def _wide(self) -> None:
        if "macro" not in self.methods:
            return
        if len(self.columns) <= 3:
            self._say("oscillations")
            search_oscillations(self._view(self._whole, 200), self.judge, self._slice(6, 0.3))
        if _done(self.judge):
            return
        self._say("functions of all inputs")
        search_pool(
            self._view(self._whole, 96), self.judge, self._slice(30, 0.6), 200_000, most_strips=600
        )

    def _master(self) -> None:
        if "master" not in self.methods or len(self.columns) > 3:
            return
        self._say("the master formula")
        found = train(self.columns, self.y, self._slice(1e9, 1.0), self.seed)
        if found is not None:
            self.judge.tried += found.starts
            self._offer_tree(found.tree, "master")

    def _deep(self) -> None:
        if "inverse" in self.methods and len(self.columns) <= 3:
            best = self.judge.best
            if best is None or best.error > 1e-9:
                self._say("larger trees over eml")
                self._peel(25, self._slice(1e9, 1.0))


def node_of(tree: Tree) -> Node:
    """A tree over the letters of the inverse search as a node, without what cancels.

    Over the reals ln exp u = u, exp ln u = u and u − (u − v) = v wherever the left side is defined.
    """
    made: Node = tree.fold(lambda label: ONE if label == "1" else ("x", LETTERS.index(label)), _eml)
    return made


def _eml(a: Node, b: Node) -> Node:
    first = a[1] if a[0] == "ln" else E if a == ONE else ("exp", a)
    if b == ONE:
        return first
    second = b[1] if b[0] == "exp" else ONE if b == E else ("ln", b)
    if second[0] == "sub" and second[1] == first:
        inner: Node = second[2]
        return inner
    return ("sub", first, second)


__all__ = ["METHODS", "Search", "node_of", "size"]
