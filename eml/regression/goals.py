"""``Goals``: what a function would have to be, up to slope and offset, for the data to follow.

From the target, operations of the law are undone from the outside: a transform (y², 1/y, ln y,
sin y ...), then a small function that is subtracted or divided out, then another transform. Each
way to undo gives one vector; a pool of functions is compared with all of them at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from eml.regression.macros import ONE, Node

Floats: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True)
class Transform:
    """What is done to the target, and what the law then does last."""

    name: str
    apply: Callable[[Any], Any]
    undo: Callable[[Node, float], Node]  # the node, and the sign of what it stands for


def _signed(name: str) -> Callable[[Node, float], Node]:
    def undo(node: Node, sign: float) -> Node:
        made: Node = (name, node)
        return made if sign > 0 else ("neg", made)

    return undo


TRANSFORMS: dict[str, Transform] = {
    t.name: t
    for t in (
        Transform("", lambda y: y, lambda node, sign: node),
        Transform("inv", lambda y: 1 / y, lambda node, sign: ("inv", node)),
        Transform("sq", lambda y: y * y, _signed("sqrt")),
        Transform("invsq", lambda y: 1 / (y * y), lambda node, sign: _root(node, sign)),
        Transform(
            "sqrt", lambda y: np.sqrt(np.abs(y)), lambda node, sign: _times(("sq", node), sign)
        ),
        Transform(
            "invsqrt",
            lambda y: 1 / np.sqrt(np.abs(y)),
            lambda node, sign: _times(("inv", ("sq", node)), sign),
        ),
        Transform(
            "ln", lambda y: np.log(np.abs(y)), lambda node, sign: _times(("exp", node), sign)
        ),
        Transform("exp", np.exp, lambda node, sign: ("ln", node)),
        Transform("sin", lambda y: _within(np.sin, y), lambda node, sign: ("asin", node)),
        Transform("cos", lambda y: _arc(np.cos, y), lambda node, sign: ("acos", node)),
        Transform("tan", lambda y: _within(np.tan, y), lambda node, sign: ("atan", node)),
    )
}
ONE_SIGNED = frozenset({"sq", "invsq", "sqrt", "invsqrt", "ln"})
FIRST = tuple(TRANSFORMS)
SECOND = ("", "inv", "sq", "sqrt", "invsq", "ln")


def _times(node: Node, sign: float) -> Node:
    return node if sign > 0 else ("neg", node)


def _root(node: Node, sign: float) -> Node:
    return _times(("inv", ("sqrt", node)), sign)


def _within(function: Callable[[Any], Any], y: Floats) -> Any:
    """The function, where an arc function can have given all values."""
    return function(y) if np.nanmax(np.abs(y)) <= np.pi / 2 else np.full_like(y, np.nan)


def _arc(function: Callable[[Any], Any], y: Floats) -> Any:
    inside = np.nanmin(y) >= 0 and np.nanmax(y) <= np.pi
    return function(y) if inside else np.full_like(y, np.nan)


@dataclass(frozen=True)
class Goal:
    """One way to undo: first transform, what is stripped and how, second transform."""

    first: str
    how: str  # "", "div", "mul" or "sub"
    stripped: Node
    second: str
    signs: tuple[float, float]

    def law(self, node: Node, factor: Node) -> Node:
        """The law whose innermost part is ``node``."""
        inner = TRANSFORMS[self.second].undo(node, self.signs[1])
        if self.how == "div":
            inner = inner if self.stripped == ONE else ("mul", inner, self.stripped)
        elif self.how == "mul":
            inner = ("div", inner, self.stripped)
        elif self.how == "sub":
            inner = ("add", inner, self.stripped)
        outer = TRANSFORMS[self.first].undo(inner, self.signs[0])
        return outer if factor == ONE else ("mul", factor, outer)


@dataclass
class Goals:
    """Goals with their vectors and how much each must be trusted.

    Attributes
    ----------
    vectors : goals × rows, normalised to mean 0 and length 1.
    spread : what a part of a goal's length means in the target's: the root mean square of
        ∂y/∂goal times the goal's standard deviation, by that of y.
    """

    listed: list[Goal]
    vectors: Floats
    spread: Floats


def goals(
    target: Floats,
    strips: Sequence[tuple[Node, Floats]],
    first: Sequence[str] = FIRST,
    second: Sequence[str] = SECOND,
) -> Goals:
    """All goals of a target (rows) with these functions to strip off, each once."""
    listed: list[Goal] = []
    vectors: list[Floats] = []
    spreads: list[Floats] = []
    step = 1e-6 * (float(np.std(target)) + 1e-300)
    both = np.stack([target, target + step])
    values = np.array([column for _, column in strips]) if strips else np.empty((0, len(target)))
    seen: set[tuple[int, int]] = set()
    for name in first:
        sign = _sign(target)
        if name in ONE_SIGNED and not sign:
            continue
        with np.errstate(all="ignore"):
            outer = TRANSFORMS[name].apply(both)
        if not np.isfinite(outer).all():
            continue
        stages: list[tuple[str, list[Node], Floats]] = [("", [ONE], outer[None])]
        if len(values):
            nodes = [node for node, _ in strips]
            with np.errstate(all="ignore"):
                stages += [
                    ("div", nodes, outer[None] / values[:, None, :]),
                    ("mul", nodes, outer[None] * values[:, None, :]),
                    ("sub", nodes, outer[None] - values[:, None, :]),
                ]
        for how, nodes, block in stages:
            for after in second:
                if (not how and after and name) or (how == "mul" and after in ("inv", "invsq")):
                    continue  # the same as another one
                _collect(
                    name, how, nodes, after, block, sign or 1.0, step, seen,
                    listed, vectors, spreads,
                )  # fmt: skip
    if not listed:
        return Goals([], np.empty((0, len(target))), np.empty(0))
    spread = np.concatenate(spreads) / (np.std(target) + 1e-300)
    return Goals(listed, np.concatenate(vectors), spread)


def _collect(
    name: str,
    how: str,
    nodes: Sequence[Node],
    after: str,
    block: Floats,
    sign: float,
    step: float,
    seen: set[tuple[int, int]],
    listed: list[Goal],
    vectors: list[Floats],
    spreads: list[Floats],
) -> None:
    """Apply the second transform to a block (strips × 2 × rows) and keep what is new."""
    low, high = block.min(axis=(1, 2)), block.max(axis=(1, 2))
    good = np.isfinite(low) & np.isfinite(high)
    signs = np.where(low > 0, 1.0, np.where(high < 0, -1.0, 0.0))
    if after in ONE_SIGNED:
        good &= signs != 0
    elif after:
        good &= (low > 0) | (high < 0) | (np.abs(block).min(axis=(1, 2)) > 1e-9)
    if not good.any():
        return
    keep = np.flatnonzero(good)
    with np.errstate(all="ignore"):
        made = TRANSFORMS[after].apply(block[keep])
        now, slope = made[:, 0], (made[:, 1] - made[:, 0]) / step
        middle = now - now.mean(1, keepdims=True)
        length = np.sqrt((middle**2).sum(1))
        spread = np.sqrt(np.mean(1 / slope**2, axis=1)) * length / np.sqrt(now.shape[1])
        unit = middle / length[:, None]
        fine = np.isfinite(unit).all(1) & np.isfinite(spread)
        fine &= length > 1e-9 * np.abs(now).max(1)
        keys = np.round(unit[:, :2] * np.sign(unit[:, 2:3]) * 1e8).astype(np.int64)
    for k in np.flatnonzero(fine):
        key = (int(keys[k, 0]), int(keys[k, 1]))
        if key in seen:
            continue
        seen.add(key)
        second_sign = float(signs[keep[k]]) or 1.0
        listed.append(Goal(name, how, nodes[keep[k]], after, (sign, second_sign)))
        vectors.append(unit[k : k + 1])
        spreads.append(spread[k : k + 1])


def _sign(values: Floats) -> float:
    if (values > 0).all():
        return 1.0
    return -1.0 if (values < 0).all() else 0.0
