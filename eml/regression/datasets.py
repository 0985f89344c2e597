"""Data sets from published laws, made on the spot: nothing is downloaded.

A :class:`Law` is a formula with the range of each variable; :meth:`Law.sample` draws data from it.
The laws are those of ``laws/*.txt``, and random trees over eml.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any, TypeAlias

import numpy as np
import sympy
from numpy.typing import NDArray

from eml.expression import parse_expression
from eml.rpn import parse_rpn
from eml.tree import Tree
from logic.errors import PorismError, nearest

Floats: TypeAlias = NDArray[np.float64]

SUITES = ("paper", "nguyen", "feynman", "strogatz")


@dataclass(frozen=True)
class Law:
    """A formula and where its variables range.

    Attributes
    ----------
    names, low, high : the variables and their ranges, in the order of the columns.
    partner : the other right-hand side of a planar system, along whose trajectories data are drawn.
    """

    name: str
    expression: sympy.Expr
    names: tuple[str, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    partner: sympy.Expr | None = None

    def values(self, x: Floats) -> Floats:
        """The law at rows of ``x`` (n × variables)."""
        return np.asarray(_function(self.expression, self.names)(*x.T), float) * np.ones(len(x))

    def sample(self, rows: int, seed: int, noise: float = 0.0) -> tuple[Floats, Floats]:
        """Rows of data: x (rows × variables) and y (rows).

        Parameters
        ----------
        noise : standard deviation of the Gaussian noise on y, as a part of the root mean square of
            y without noise (the convention of SRBench, La Cava and others, 2021).
        """
        rng = np.random.default_rng(seed)
        if self.partner is not None:
            x = self._along_trajectories(rows, rng)
        else:
            x = rng.uniform(self.low, self.high, (rows, len(self.names)))
        y = self.values(x)
        for _ in range(50):
            # A law need not be defined on all of its box.
            bad = ~np.isfinite(y)
            if not bad.any():
                break
            x[bad] = rng.uniform(self.low, self.high, (int(bad.sum()), len(self.names)))
            y = self.values(x)
        if noise:
            y = y + rng.normal(0, noise * np.sqrt(np.mean(y**2)), rows)
        return x, y

    def _along_trajectories(self, rows: int, rng: np.random.Generator) -> Floats:
        """States at equal times along as many trajectories as it takes, by Runge and Kutta."""
        assert self.partner is not None
        pair = [self.expression, self.partner]
        if self.name.endswith("2"):
            pair.reverse()
        sides = [_function(side, self.names) for side in pair]

        def move(state: Floats) -> Floats:
            return np.array([side(*state) * np.ones(()) for side in sides], float)

        points: list[Floats] = []
        step, every = 0.01, 10
        while len(points) < rows:
            state = rng.uniform(self.low, self.high)
            for number in range(1000):
                if number % every == 0:
                    points.append(state)
                a = move(state)
                b = move(state + step / 2 * a)
                c = move(state + step / 2 * b)
                d = move(state + step * c)
                state = state + step / 6 * (a + 2 * b + 2 * c + d)
                if not np.isfinite(state).all() or np.abs(state).max() > 1e3:
                    break
        return np.array(points[:rows])


@lru_cache(maxsize=512)
def _function(expression: sympy.Expr, names: tuple[str, ...]) -> Callable[..., Any]:
    made: Callable[..., Any] = sympy.lambdify([sympy.Symbol(n) for n in names], expression, "numpy")

    def quiet(*columns: Any) -> Any:
        with np.errstate(all="ignore"):
            return made(*columns)

    return quiet


@lru_cache(maxsize=8)
def suite(name: str) -> tuple[Law, ...]:
    """The laws of a suite: ``paper``, ``nguyen``, ``feynman`` or ``strogatz``."""
    if name not in SUITES:
        raise PorismError(
            f"There is no suite '{name}'.",
            hint=nearest(name, SUITES) or f"Choose from {', '.join(SUITES)}.",
        )
    text = files("eml.regression").joinpath(f"laws/{name}.txt").read_text("utf-8")
    laws = []
    for line in text.splitlines():
        if line.startswith("#") or not line.strip():
            continue
        title, formula, ranges = (part.strip() for part in line.split(";"))
        columns = [part.split() for part in ranges.split(",")]
        laws.append(
            Law(
                title,
                parse_expression(formula),
                tuple(c[0] for c in columns),
                tuple(float(c[1]) for c in columns),
                tuple(float(c[2]) for c in columns),
            )
        )
    if name != "strogatz":
        return tuple(laws)
    return tuple(
        Law(a.name, a.expression, a.names, a.low, a.high, b.expression)
        for pair in zip(laws[::2], laws[1::2], strict=True)
        for a, b in (pair, pair[::-1])
    )


def law(name: str) -> Law:
    """The law of that name, of any suite."""
    everywhere = {found.name: found for s in SUITES for found in suite(s)}
    if name not in everywhere:
        raise PorismError(f"There is no law '{name}'.", hint=nearest(name, everywhere))
    return everywhere[name]


def random_tree(k: int, seed: int, names: str = "xy") -> tuple[Tree, Law]:
    """A tree of exactly this K over 1 and all the variables, drawn uniformly by shape and leaves.

    Drawn again until it is real, moderate in size, and depends on every variable, on [1, 3] for
    each of them.
    """
    if k % 2 == 0 or k < 2 * len(names) - 1:
        raise PorismError(f"No tree over {len(names)} variables has K = {k}.")
    rng = np.random.default_rng([k, seed])
    leaves = (k + 1) // 2
    while True:
        text = _shape(leaves, "1" + names, rng)
        if any(n not in text for n in names):
            continue
        tree = parse_rpn(text)
        points = rng.uniform(1, 3, (64, len(names)))
        expression = tree.fold(
            lambda label: sympy.S.One if label == "1" else sympy.Symbol(label),
            lambda a, b: sympy.exp(a, evaluate=False) - sympy.log(b, evaluate=False),
        )
        with np.errstate(all="ignore"):
            columns = {n: points[:, i] for i, n in enumerate(names)}
            y = _values(tree, columns)
        if not np.isfinite(y).all() or np.abs(y).max() > 1e6 or np.ptp(y) < 1e-3:
            continue
        if not _finite(tree, columns):
            continue
        if all(_depends(tree, columns, n, y) for n in names):
            box = (1.0,) * len(names), (3.0,) * len(names)
            return tree, Law(text, expression, tuple(names), *box)


def _values(tree: Tree, columns: dict[str, Floats]) -> Floats:
    return tree.fold(
        lambda label: np.ones(64) if label == "1" else columns[label],
        lambda a, b: np.exp(a) - np.log(b),
    )


def _finite(tree: Tree, columns: dict[str, Floats]) -> bool:
    """Whether no part of the tree overflows: what does is not what the tree says."""
    good = True

    def eml(a: Floats, b: Floats) -> Floats:
        nonlocal good
        value: Floats = np.exp(a) - np.log(b)
        good = good and bool(np.isfinite(value).all())
        return value

    with np.errstate(all="ignore"):
        tree.fold(lambda label: np.ones(64) if label == "1" else columns[label], eml)
    return good


def _depends(tree: Tree, columns: dict[str, Floats], name: str, y: Floats) -> bool:
    moved = {**columns, name: columns[name] * 0.97}
    with np.errstate(all="ignore"):
        other = _values(tree, moved)
    return bool(np.nanmax(np.abs(other - y)) > 1e-6 * np.ptp(y))


def _shape(leaves: int, letters: str, rng: np.random.Generator) -> str:
    """RPN of a uniformly drawn binary tree (Rémy's algorithm) with uniformly drawn leaves."""
    children: list[list[int] | None] = [None]
    parent = [-1]
    root = 0
    for _ in range(leaves - 1):
        at = int(rng.integers(len(children)))
        new_leaf, inner = len(children), len(children) + 1
        children += [None, None]
        parent += [inner, parent[at]]
        above = parent[at]
        pair = [at, new_leaf] if rng.integers(2) else [new_leaf, at]
        children[inner] = pair
        parent[at] = inner
        if above < 0:
            root = inner
        else:
            siblings = children[above]
            assert siblings is not None
            siblings[siblings.index(at)] = inner
    parts: list[str] = []
    stack: list[tuple[int, bool]] = [(root, False)]
    while stack:
        number, ready = stack.pop()
        pair_of = children[number]
        if pair_of is None:
            parts.append(letters[int(rng.integers(len(letters)))])
        elif ready:
            parts.append("E")
        else:
            stack += [(number, True), (pair_of[1], False), (pair_of[0], False)]
    return "".join(parts)
