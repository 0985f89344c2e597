"""``Pool``: all different functions of some inputs, the smallest expression of each, by size.

Expressions are built bottom-up from the inputs, 1 and 2; two that agree at the rows of the pool to
ten digits are one function, and the smaller one stays. An entry is its operator and the numbers of
its arguments, beside the vector of its values; a node is made only of what is wanted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from eml.regression.macros import BINARY, UNARY, Node, exact_value
from logic.budget import Budget

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]

LARGEST = 1e9
COMMON = ("inv", "sq", "sqrt", "exp", "ln", "sin", "cos")
RARE = ("tan", "tanh", "cosh", "sinh", "atan", "asin", "acos")
TRANSCENDENTAL = frozenset({"exp", "ln", "sin", "cos", *RARE})
FLAT = ("sin", "cos", *RARE)
"""Taken only of algebraic functions: sines of sines and of exponentials are no laws of nature."""

SCALED = 3
"""The largest arguments of transcendental functions that are scaled."""

SCALES = ("2", "1/2", "3", "pi", "2*pi", "1/(2*pi)", "4*pi", "1/3")
"""Factors with which small arguments of transcendental functions are tried."""

CHUNK = 4_000_000
"""Numbers that one step makes at a time."""


class Pool:
    """Functions of inputs at some rows.

    Parameters
    ----------
    nodes, columns : the inputs and their values.
    most : how many functions it may hold.

    Attributes
    ----------
    values : functions × rows.
    sizes : operators, inputs and constants of each function's expression.
    made : how many candidates were computed.
    """

    def __init__(
        self, nodes: Sequence[Node], columns: Sequence[Floats], most: int, seed: int = 0
    ) -> None:
        rows = len(columns[0])
        self.most, self.made, self.size = most, 0, 0
        self._rng = np.random.default_rng(seed)
        self._weights = self._rng.uniform(0.5, 1.5, (rows, 2)) * self._rng.choice(
            [-1.0, 1.0], (rows, 2)
        )
        self._store = np.empty((most, rows))
        self._sizes = np.empty(most, np.int16)
        self._deep = np.zeros(most, bool)
        self._count = 0
        self._recipes: list[tuple[str, Ints, Ints, int]] = []
        self._starts: list[int] = []
        self._keys = np.empty(0, np.int64)
        self._leaves: list[Node] = []
        self.full = False
        leaves: list[Node] = [*nodes, ("n", "1"), ("n", "2")]
        for node, column in zip(leaves, [*columns, np.ones(rows), np.full(rows, 2.0)], strict=True):
            before = self._count
            self._add("leaf", np.array([len(self._leaves)]), None, 1, np.array(column)[None, :])
            if self._count > before:
                self._leaves.append(node)
        self.size = 1

    @property
    def values(self) -> Floats:
        return self._store[: self._count]

    @property
    def sizes(self) -> NDArray[np.int16]:
        return self._sizes[: self._count]

    def grow(self, budget: Budget) -> bool:
        """All functions of the next size; false if there was no time or room for all of them."""
        size = self.size + 1
        inner = self._of(size - 1)
        flat = inner[~self._deep[inner]]
        for name in COMMON if size > 4 else COMMON + RARE:
            for part in self._split(flat if name in FLAT else inner, 1):
                if self._spent(budget):
                    return False
                self._unary(name, part, size, "")
        if size <= SCALED + 3:
            inner = self._of(size - 3)
            inner = inner[~self._deep[inner]]
            for scale in SCALES:
                for name in ("exp", "sin", "cos", *(("tanh",) if size < 6 else ())):
                    if self._spent(budget):
                        return False
                    self._unary(name, inner, size, scale)
        for a in range(1, (size - 1) // 2 + 1):
            b = size - 1 - a
            for name in ("add", "sub", "mul", "div", "pow"):
                orders = [(a, b)] if name in ("add", "mul") or a == b else [(a, b), (b, a)]
                if name == "sub":
                    orders = orders[:1]  # the other one differs by its sign
                if name == "pow" and size > 4:
                    continue
                for first, second in orders:
                    left, right = self._of(first), self._of(second)
                    for part in self._split(left, len(right)):
                        if self._spent(budget):
                            return False
                        self._binary(name, part, right, size)
        self.size = size
        return not self.full

    def node(self, number: int) -> Node:
        """The expression of a function."""
        at = int(np.searchsorted(self._starts, number, side="right")) - 1
        name, left, right, _ = self._recipes[at]
        k = number - self._starts[at]
        if name == "leaf":
            return self._leaves[int(left[k])]
        first = self.node(int(left[k]))
        if "|" in name:
            operator, scale = name.split("|")
            return (operator, ("mul", ("n", scale), first))
        if name in UNARY:
            return (name, first)
        return (name, first, self.node(int(right[k])))

    # -- growing -----------------------------------------------------------------------------

    def _spent(self, budget: Budget) -> bool:
        return self.full or budget.spent()

    def _of(self, size: int) -> Ints:
        return np.flatnonzero(self.sizes == size)

    def _split(self, numbers: Ints, partners: int) -> Iterator[Ints]:
        step = max(1, CHUNK // max(1, partners * self._store.shape[1]))
        for start in range(0, len(numbers), step):
            yield numbers[start : start + step]

    def _unary(self, name: str, inner: Ints, size: int, scale: str) -> None:
        with np.errstate(all="ignore"):
            arguments = self._store[inner]
            if scale:
                arguments = arguments * exact_value(scale)
            values = UNARY[name][0](arguments)
        self._add(f"{name}|{scale}" if scale else name, inner, None, size, values)

    def _binary(self, name: str, left: Ints, right: Ints, size: int) -> None:
        with np.errstate(all="ignore"):
            values = BINARY[name][0](self._store[left][:, None, :], self._store[right][None, :, :])
        rows = values.shape[2]
        first = np.repeat(left, len(right))
        second = np.tile(right, len(left))
        self._add(name, first, second, size, values.reshape(-1, rows))

    def _add(self, name: str, left: Ints, right: Ints | None, size: int, values: Floats) -> None:
        """What is finite, not constant and new; constants only among the leaves."""
        self.made += len(values)
        with np.errstate(all="ignore"):
            low, high = values.min(1), values.max(1)
            span = np.maximum(np.abs(low), np.abs(high))
            good = np.isfinite(span) & (span < LARGEST) & (span > 1e-9)
            if name != "leaf":
                good &= high - low > 1e-9 * span
            keep = np.flatnonzero(good)
            if not len(keep):
                return
            values = values[keep]
            keys = keys_of(values @ self._weights)
        _, first = np.unique(keys, return_index=True)
        first = np.sort(first)
        first = first[~np.isin(keys[first], self._keys, assume_unique=True)]
        room = self.most - self._count
        if len(first) > room:
            first, self.full = first[:room], True
        if not len(first):
            return
        new = len(first)
        self._store[self._count : self._count + new] = values[first]
        self._sizes[self._count : self._count + new] = size
        self._keys = np.concatenate([self._keys, keys[first]])
        chosen = keep[first]
        deep = self._deep[self._count : self._count + new]
        if name != "leaf":
            deep[:] = self._deep[left[chosen]]
            if right is not None:
                deep |= self._deep[right[chosen]]
            if name.split("|")[0] in TRANSCENDENTAL:
                deep[:] = True
        self._recipes.append(
            (name, left[chosen], right[chosen] if right is not None else left[:0], size)
        )
        self._starts.append(self._count)
        self._count += new


def keys_of(projections: Floats) -> Ints:
    """Two numbers to ten digits each, as one integer."""
    size = np.floor(np.log10(np.maximum(np.abs(projections), 1e-250)))
    digits = np.round(projections * 10.0 ** (9 - size)).astype(np.int64)
    mixed = digits * 64 + size.astype(np.int64) % 64
    with np.errstate(over="ignore"):
        return mixed[:, 0] * np.int64(0x1E3779B97F4A7C15) + mixed[:, 1] * np.int64(
            0x2545F4914F6CDD1D
        )
