"""``Witness``: terms and premises at test points, to guide a derivation; never part of a proof.

A law whose premise fails at the points is not tried, and an equation that fails there is not looked
for: what the numbers cannot show is only that the rest is true.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import mpmath

from logic.formulas import Atom, Equal, Formula, Not
from logic.terms import App, Term, Var

DIGITS = 30
SMALL = mpmath.mpf(10) ** -25

Values = tuple[Any, ...]


class Witness:
    """Values of terms of sort Complex at some points; nan where ln 0 or 1/0 occurs."""

    def __init__(self, points: Sequence[Mapping[str, Any]]) -> None:
        with mpmath.workdps(DIGITS):
            self.points = [
                {n: mpmath.mpf(int(v.p)) / int(v.q) for n, v in point.items()} for point in points
            ]
        self._values: dict[Term, Values] = {}

    def value(self, term: Term) -> Values:
        """The term at each point."""
        if term not in self._values:
            with mpmath.workdps(DIGITS):
                if isinstance(term, Var):
                    found: Values = tuple(point[term.name] for point in self.points)
                else:
                    assert isinstance(term, App)
                    parts = [self.value(a) for a in term.args]
                    found = tuple(
                        _apply(term.symbol, [part[k] for part in parts])
                        for k in range(len(self.points))
                    )
            self._values[term] = found
        return self._values[term]

    def holding(self, premise: Formula) -> list[bool]:
        """Whether a premise holds, for each point."""
        with mpmath.workdps(DIGITS):
            if isinstance(premise, Not) and isinstance(premise.body, Equal):
                values = self.value(premise.body.left)
                return [bool(mpmath.isfinite(v) and abs(v) > SMALL) for v in values]
            assert isinstance(premise, Atom)
            return [_holds(premise.predicate, v) for v in self.value(premise.args[0])]

    def holds(self, premise: Formula) -> bool:
        """Whether a premise holds at all points."""
        return all(self.holding(premise))

    def equal(self, left: Term, right: Term) -> bool:
        """Whether two terms are near to each other at all points."""
        with mpmath.workdps(DIGITS):
            return all(
                mpmath.isfinite(a) and mpmath.isfinite(b) and abs(a - b) <= SMALL * (1 + abs(b))
                for a, b in zip(self.value(left), self.value(right), strict=True)
            )


def _holds(predicate: str, value: Any) -> bool:
    if not mpmath.isfinite(value):
        return False
    small = SMALL * (1 + abs(value))
    if predicate == "strip":
        return bool(-mpmath.pi + small < mpmath.im(value) <= mpmath.pi + small)
    real = abs(mpmath.im(value)) <= small
    return bool(real and (predicate == "real" or mpmath.re(value) > small))


def _apply(symbol: str, parts: list[Any]) -> Any:
    try:
        match symbol:
            case "zero" | "one":
                return mpmath.mpf(symbol == "one")
            case "i":
                return mpmath.mpc(0, 1)
            case "pi":
                return +mpmath.pi
            case "+":
                return parts[0] + parts[1]
            case "*":
                return parts[0] * parts[1]
            case "neg":
                return -parts[0]
            case "inv":
                return 1 / parts[0]
            case "exp":
                return mpmath.exp(parts[0]) if mpmath.re(parts[0]) < 1e6 else mpmath.nan
            case _:
                return _logarithm(parts[0])
    except (ZeroDivisionError, OverflowError, ValueError):
        return mpmath.nan


def _logarithm(a: Any) -> Any:
    """ln, a rounding error below the negative axis being on it."""
    if mpmath.re(a) < 0 and abs(mpmath.im(a)) <= SMALL * abs(a):
        a = mpmath.re(a)
    return mpmath.log(a) if a != 0 else mpmath.nan
