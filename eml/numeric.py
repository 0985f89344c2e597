"""The value of an elementary expression at a point, on the principal sheet, with mpmath.

Functions are those of mpmath, which follow the usual branch cuts; a point on a cut is on its upper
side from below and on the side of the standard conventions elsewhere.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from functools import reduce
from typing import Any

import mpmath
import sympy

from logic.errors import PorismError

LARGEST = 10_000
"""Arguments of functions may have so many binary digits before the point."""

_FUNCTIONS: dict[Any, Callable[..., Any]] = {
    sympy.exp: mpmath.exp,
    sympy.log: mpmath.log,
    sympy.sin: mpmath.sin,
    sympy.cos: mpmath.cos,
    sympy.tan: mpmath.tan,
    sympy.cot: mpmath.cot,
    sympy.sec: mpmath.sec,
    sympy.csc: mpmath.csc,
    sympy.asin: mpmath.asin,
    sympy.acos: mpmath.acos,
    sympy.atan: mpmath.atan,
    sympy.acot: mpmath.acot,
    sympy.sinh: mpmath.sinh,
    sympy.cosh: mpmath.cosh,
    sympy.tanh: mpmath.tanh,
    sympy.coth: mpmath.coth,
    sympy.asinh: mpmath.asinh,
    sympy.acosh: mpmath.acosh,
    sympy.atanh: mpmath.atanh,
}
_NUMBERS: dict[Any, Callable[[], Any]] = {
    sympy.pi: lambda: +mpmath.pi,
    sympy.E: lambda: +mpmath.e,
    sympy.I: lambda: mpmath.mpc(0, 1),
}


def value_of(expression: sympy.Expr, point: Mapping[str, Any], digits: int = 30) -> Any:
    """The expression at a point, to about ``digits`` digits; nan where it is undefined.

    Raises
    ------
    PorismError : the expression contains something that is not elementary.
    """
    return measured_value(expression, point, digits)[0]


def measured_value(
    expression: sympy.Expr, point: Mapping[str, Any], digits: int
) -> tuple[Any, int]:
    """:func:`value_of`, and how many digits it takes to see its smallest summand."""
    beyond = 0
    with mpmath.workdps(digits + 15):
        values: dict[Any, Any] = {}
        try:
            for part in sympy.postorder_traversal(expression):
                if part not in values:
                    arguments = [values[a] for a in part.args]
                    values[part] = _value(part, arguments, point)
                    if part.is_Add and all(map(mpmath.isfinite, arguments)):
                        sizes = [abs(mpmath.mag(a)) for a in arguments if a]
                        beyond = max([beyond, *(int(0.302 * size) for size in sizes)])
        except (ZeroDivisionError, OverflowError, ValueError):
            return mpmath.nan, 0
        return values[expression], beyond


def _value(part: sympy.Expr, arguments: list[Any], point: Mapping[str, Any]) -> Any:
    if part.is_Symbol:
        return mpmath.mpmathify(point[part.name])
    if part.is_Rational:
        return mpmath.mpf(int(part.p)) / int(part.q)
    if part in _NUMBERS:
        return _NUMBERS[part]()
    if part.is_Add:
        # Not fsum: it adds exactly, and exp(10^9) + 1 has more digits than there is memory.
        return reduce(operator.add, arguments)
    if part.is_Mul:
        return reduce(operator.mul, arguments)
    if any(mpmath.isfinite(a) and mpmath.mag(a) > LARGEST for a in arguments):
        raise PorismError("An intermediate value is larger than can be computed with.")
    if part.is_Pow:
        base, exponent = arguments
        if base == 0 and mpmath.re(exponent) > 0:
            return mpmath.mpf(0)
        if part.exp.is_Integer:
            return base ** int(part.exp)
        return mpmath.exp(exponent * mpmath.log(base))
    if part.func in _FUNCTIONS:
        return _FUNCTIONS[part.func](*arguments)
    raise PorismError(f"{part.func if part.args else part} is not elementary.")
