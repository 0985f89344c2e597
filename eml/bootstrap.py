"""``verify_base``: do some constants and operators generate the calculator's repertoire?

The procedure is that of the paper (arXiv 2603.21852, §2): expressions over what is there are
enumerated by size and compared with the targets at transcendental points; what is found joins the
base. Each step is then certified: found numerically, it is proved where :mod:`eml.prove` can.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias

import mpmath
import numpy as np
import sympy
from numpy.typing import NDArray

from eml.numeric import value_of
from eml.prove import prove
from eml.semantics import Semantics
from logic.budget import Budget
from logic.errors import PorismError, nearest
from proofs.verdict import Verdict

Values = NDArray[np.complex128]
Origin: TypeAlias = tuple[Any, ...]
Block: TypeAlias = tuple[Values, Callable[[int], Origin]]

X, Y = sympy.symbols("x y")

WITNESSES = (
    {"x": "0.57721566490153286061", "y": "1.28242712910062263688"},
    {"x": "0.76422365358922066299", "y": "1.18656911041562545282"},
)
"""γ and Glaisher's constant; the Landau–Ramanujan and the Khinchin–Lévy constants: below 1 in x,
where all of the repertoire but arcosh is real. The steps are certified there, on (0, 1)."""

UNARY: dict[str, tuple[Callable[[Any], Any], sympy.Expr]] = {
    "exp": (np.exp, sympy.exp(X)),
    "ln": (np.log, sympy.log(X)),
    "inv": (lambda a: 1 / a, 1 / X),
    "half": (lambda a: a / 2, X / 2),
    "minus": (lambda a: -a, -X),
    "sqrt": (np.sqrt, sympy.sqrt(X)),
    "sqr": (lambda a: a * a, X**2),
    "sigmoid": (lambda a: 1 / (1 + np.exp(-a)), 1 / (1 + sympy.exp(-X))),
    "sin": (np.sin, sympy.sin(X)),
    "cos": (np.cos, sympy.cos(X)),
    "tan": (np.tan, sympy.tan(X)),
    "asin": (np.arcsin, sympy.asin(X)),
    "acos": (np.arccos, sympy.acos(X)),
    "atan": (np.arctan, sympy.atan(X)),
    "sinh": (np.sinh, sympy.sinh(X)),
    "cosh": (np.cosh, sympy.cosh(X)),
    "tanh": (np.tanh, sympy.tanh(X)),
    "asinh": (np.arcsinh, sympy.asinh(X)),
    "acosh": (np.arccosh, sympy.acosh(X)),
    "atanh": (np.arctanh, sympy.atanh(X)),
}
BINARY: dict[str, tuple[Callable[[Any, Any], Any], sympy.Expr]] = {
    "+": (lambda a, b: a + b, X + Y),
    "-": (lambda a, b: a - b, X - Y),
    "*": (lambda a, b: a * b, X * Y),
    "/": (lambda a, b: a / b, X / Y),
    "log": (lambda a, b: np.log(b) / np.log(a), sympy.log(Y) / sympy.log(X)),
    "^": (lambda a, b: np.exp(b * np.log(a)), X**Y),
    "avg": (lambda a, b: (a + b) / 2, (X + Y) / 2),
    "hypot": (lambda a, b: np.sqrt(a * a + b * b), sympy.sqrt(X**2 + Y**2)),
    "eml": (lambda a, b: np.exp(a) - np.log(b), sympy.exp(X) - sympy.log(Y)),
    "edl": (lambda a, b: np.exp(a) / np.log(b), sympy.exp(X) / sympy.log(Y)),
    "neml": (lambda a, b: np.log(a) - np.exp(b), sympy.log(X) - sympy.exp(Y)),
}
CONSTANTS: dict[str, sympy.Expr] = {
    "pi": sympy.pi,
    "e": sympy.E,
    "i": sympy.I,
    "-1": sympy.Integer(-1),
    "1": sympy.Integer(1),
    "2": sympy.Integer(2),
    "-oo": -sympy.oo,
}
TARGETS = ("e", "1", "-1", "2", "pi", "i", *UNARY, *list(BINARY)[:8])

BASES: dict[str, tuple[str, ...]] = {
    "eml": ("1", "eml"),
    "edl": ("e", "edl"),
    "neml": ("-oo", "neml"),
    "calc0": ("exp", "log"),
    "calc1": ("e", "^", "log"),
    "calc2": ("exp", "ln", "-"),
    "calc3": ("exp", "ln", "minus", "inv", "+"),
    "wolfram": ("pi", "e", "i", "ln", "+", "*", "^"),
}
"""The sets of the paper's Table 2."""

MAX_K = 9
LARGEST = 1e12
SMALLEST = 1e-7
STRATEGIES: tuple[tuple[Any, ...], ...] = (
    (5_000,),
    (20_000, ("1", "-1", "+", "-", "hypot", "sqrt", "sqr", "ln")),
    (20_000, ("1", "i", "/", "-", "hypot", "sin", "tan", "tanh", "asin", "acos", "asinh")),
    (400_000,),
)
"""How a round looks: the number of values after which it stops to grow, and over what; at first
over everything, then over x alone and a part of the base, where it gets further."""


@dataclass(frozen=True)
class Link:
    """One step of the chain: a target, as an expression over what was there before."""

    name: str
    definition: str
    k: int
    verdict: Verdict


@dataclass(frozen=True)
class Basis:
    """What a set of constants and operators generates."""

    given: tuple[str, ...]
    chain: tuple[Link, ...]
    missing: tuple[str, ...]
    stopped: str = ""

    @property
    def complete(self) -> bool:
        return not self.missing


def verify_base(
    names: Sequence[str],
    *,
    budget: Budget | None = None,
    progress: Callable[[str], None] | None = None,
) -> Basis:
    """Whether constants and operators generate the repertoire of Table 1.

    Parameters
    ----------
    names : such as ``["1", "eml"]``; or one name of :data:`BASES`.

    Raises
    ------
    PorismError : a name is unknown, or there is no operator.
    """
    given = BASES.get(names[0], tuple(names)) if len(names) == 1 else tuple(names)
    for name in given:
        if name not in CONSTANTS and name not in UNARY and name not in BINARY:
            valid = [*CONSTANTS, *UNARY, *BINARY]
            raise PorismError(
                f"'{name}' is neither a constant nor an operator of the repertoire.",
                hint=nearest(name, [*valid, *BASES]) or f"There are {', '.join(valid)}.",
            )
    if all(name in CONSTANTS for name in given):
        raise PorismError("The base has no operator.", hint="Give one, such as eml.")
    known = list(given)
    missing = [t for t in TARGETS if t not in known]
    chain: list[Link] = []
    goals = {t: _target(t) for t in missing}
    while missing:
        if progress:
            progress(f"{len(known)} known, {len(missing)} to find")
        open_goals = {t: goals[t] for t in missing}
        found: list[tuple[str, int, str, sympy.Expr]] = []
        for strategy in STRATEGIES:
            found = found or _Round(known, open_goals, budget, *strategy).run()
        before = len(known)
        for name, k, text, expression in found:
            if name in known:
                continue
            equality = prove(
                expression, _expression(name), Semantics.COMPLEX, digits=40, region="in (0, 1)"
            )
            status = equality.verdict
            if status.status == "REFUTED":
                continue
            if status.status == "UNKNOWN":
                # ln 0 and the like, which expressions do not have.
                status = Verdict("NUMERIC", f"11 digits at {len(WITNESSES)} points")
            chain.append(Link(name, text, k, status))
            missing.remove(name)
            known.append(name)
        if len(known) == before:
            break
    return Basis(given, tuple(chain), tuple(missing), budget.struck if budget else "")


def _expression(name: str) -> sympy.Expr:
    if name in CONSTANTS:
        return CONSTANTS[name]
    return (UNARY.get(name) or BINARY[name])[1]


def _target(name: str) -> Values:
    expression = _expression(name)
    return np.array(
        [
            complex(value_of(expression, {n: mpmath.mpmathify(v) for n, v in w.items()}, 30))
            for w in WITNESSES
        ]
    )


def _origin_of_unary(name: str, level: int, row: int) -> Origin:
    return name, level, row


def _origin_of_binary(name: str, left: int, right: int, width: int, row: int) -> Origin:
    return name, left, row // width, right, row % width


def _hashes(values: Values, infinite: NDArray[np.bool_]) -> NDArray[np.uint64]:
    """A hash of each row, its numbers rounded to 11 digits."""
    size = np.where(infinite | (values == 0), 1, np.abs(values))
    parts = np.where(infinite, 0, values)
    scale = 10.0 ** (10 - np.floor(np.log10(size)))
    keys = np.empty((len(values), 4))
    keys[:, :2] = np.where(infinite, values.real, np.round(parts.real * scale) / scale)
    keys[:, 2:] = np.where(infinite, 0, np.round(parts.imag * scale) / scale)
    keys += 0.0  # no -0.0
    total = np.zeros(len(values), np.uint64)
    for column in keys.view(np.uint64).T:
        total = (total ^ column) * np.uint64(0x9E3779B97F4A7C15)
        total ^= total >> np.uint64(32)
    return total


class _Round:
    """One enumeration over what is known, up to the first size that gives anything new."""

    def __init__(
        self,
        known: Sequence[str],
        goals: dict[str, Values],
        budget: Budget | None,
        limit: int,
        allowed: Sequence[str] | None = None,
    ) -> None:
        known = [n for n in known if allowed is None or n in allowed]
        self.constants = [n for n in known if n in CONSTANTS]
        self.unary = [n for n in known if n in UNARY]
        self.binary = [n for n in known if n in BINARY]
        self.variables = ("x", "y") if allowed is None else ("x",)
        self.goals = goals
        self.budget = budget
        self.limit = limit
        self.levels: list[tuple[Values, list[Origin]]] = []
        self._seen: NDArray[np.uint64] = np.zeros(0, np.uint64)

    def run(self) -> list[tuple[str, int, str, sympy.Expr]]:
        leaves = [(n, np.full(2, complex(CONSTANTS[n]))) for n in self.constants]
        points = [(n, np.array([complex(float(w[n])) for w in WITNESSES])) for n in self.variables]
        named = [*leaves, *points]
        self._close([(np.array([v for _, v in named]), lambda row: (named[row][0],))])
        for k in range(2, MAX_K + 1):
            blocks = self._grow(k)
            if not blocks:
                self.levels.append((np.zeros((0, 2), complex), []))
                continue
            self._close(blocks)
            found = self._matches(k)
            if found or (self.budget and self.budget.spent()):
                return found
            if len(self.levels[-1][1]) > self.limit:
                break
        return []

    def _grow(self, k: int) -> list[Block]:
        blocks: list[Block] = []
        with np.errstate(all="ignore"):
            inner, _ = self.levels[k - 2]
            for name in self.unary:
                if len(inner):
                    value = UNARY[name][0](inner)
                    blocks.append((value, partial(_origin_of_unary, name, k - 2)))
            for name in self.binary:
                for a in range(k - 2):
                    left, right = self.levels[a][0], self.levels[k - 3 - a][0]
                    if not len(left) or not len(right):
                        continue
                    if len(left) * len(right) > 100 * self.limit:
                        continue
                    value = BINARY[name][0](left[:, None, :], right[None, :, :])
                    origin = partial(_origin_of_binary, name, a, k - 3 - a, len(right))
                    blocks.append((value.reshape(-1, 2), origin))
        return blocks

    def _close(self, blocks: list[Block]) -> None:
        """Add a level of the values that are new and in range."""
        values: Values = np.concatenate([value for value, _ in blocks]).astype(np.complex128)
        values += 0.0
        real = np.abs(values.imag) < 1e-13 * np.abs(values)
        values[real] = values.real[real]
        infinite = np.isinf(values.real)
        size = np.abs(values)
        # 1 + exp(-27) would take the place of 1, and sin(pi) that of 0.
        tame = infinite | (size < LARGEST) & ((size > SMALLEST) | (size == 0))
        unknown = np.isnan(values)
        rows = np.flatnonzero(tame[:, 0] & tame[:, 1] & ~(unknown[:, 0] | unknown[:, 1]))
        hashes = _hashes(values[rows], infinite[rows])
        _, first = np.unique(hashes, return_index=True)
        first.sort()
        first = first[~np.isin(hashes[first], self._seen, assume_unique=True)]
        self._seen = np.concatenate([self._seen, hashes[first]])
        chosen = rows[first]
        ends = np.cumsum([len(value) for value, _ in blocks])
        numbers = np.searchsorted(ends, chosen, side="right")
        starts = ends - [len(value) for value, _ in blocks]
        origins = [
            blocks[number][1](row)
            for number, row in zip(
                numbers.tolist(), (chosen - starts[numbers]).tolist(), strict=True
            )
        ]
        self.levels.append((values[chosen], origins))

    def _matches(self, k: int) -> list[tuple[str, int, str, sympy.Expr]]:
        values, origins = self.levels[-1]
        found = []
        for name, goal in self.goals.items():
            bound = 1e-11 * (1 + abs(goal[0]))
            rows = np.flatnonzero(np.abs(values[:, 0].real - goal[0].real) <= bound)
            error = (np.abs(values[rows] - goal) / (1 + np.abs(goal))).max(axis=1, initial=0)
            rows, error = rows[error <= 1e-11], error[error <= 1e-11]
            # Several, because one may be near by accident: 1 + exp(-27) is nearly 1.
            for row in rows[np.argsort(error, kind="stable")][:8]:
                text, expression = self._write(origins[row])
                found.append((name, k, text, expression))
        return found

    def _write(self, origin: Origin) -> tuple[str, sympy.Expr]:
        name = origin[0]
        if len(origin) == 1:
            return name, {"x": X, "y": Y}.get(name) or CONSTANTS[name]
        parts = [
            self._write(self.levels[level][1][index])
            for level, index in zip(origin[1::2], origin[2::2], strict=True)
        ]
        formula = _expression(name)
        binding = dict(zip((X, Y), (p[1] for p in parts), strict=False))
        texts = [p[0] for p in parts]
        text = f"{texts[0]} {name} {texts[1]}" if name in "+-*/^" else f"{name}({', '.join(texts)})"
        if name in "+-*/^":
            text = f"({text})"
        return text, formula.xreplace(binding)
