"""Ball arithmetic: a rectangle of complex numbers that certainly contains a tree's value.

Two values whose balls are disjoint differ: that is how an equation is refuted.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from functools import reduce
from typing import Any, NamedTuple

import mpmath
import sympy
from mpmath import iv

from eml.laws import COMPLEX
from eml.semantics import Semantics
from eml.tree import Tree
from logic.errors import PorismError
from logic.terms import App, Term, Var


class Undecided(Exception):
    """The ball meets a branch cut or 0, so that the value cannot be enclosed."""


class Ball(NamedTuple):
    """Real and imaginary part as intervals; ``infinite`` is 1 or −1 for ∞ and −∞."""

    re: Any
    im: Any
    infinite: int = 0


def enclose(
    tree: Tree,
    point: Mapping[str, sympy.Rational],
    semantics: Semantics,
    digits: int,
    zeros: Set[int] = frozenset(),
) -> Ball:
    """A ball around the tree's value at a rational point.

    Parameters
    ----------
    zeros : the ``id`` of subtrees that are known to be 0, which no interval can tell.

    Raises
    ------
    Undecided : more digits, or another point, are needed.
    """
    saved = iv.dps
    iv.dps = digits
    try:
        leaves = {name: Ball(iv.mpf(int(v.p)) / int(v.q), iv.mpf(0)) for name, v in point.items()}
        leaves["1"] = Ball(iv.mpf(1), iv.mpf(0))
        values: dict[int, Ball] = {}
        for part in tree.subtrees():
            if id(part) in zeros:
                values[id(part)] = Ball(iv.mpf(0), iv.mpf(0))
            elif part.left is None or part.right is None:
                values[id(part)] = leaves[part.label]
            else:
                power = exp(values[id(part.left)])
                logarithm = log(values[id(part.right)], semantics)
                values[id(part)] = difference(power, logarithm)
        return values[id(tree)]
    finally:
        iv.dps = saved


def enclose_expression(
    expression: sympy.Expr, point: Mapping[str, sympy.Rational], digits: int
) -> Ball:
    """A ball around an expression's value at a rational point; functions by their definitions.

    Raises
    ------
    Undecided : more digits, or another point, are needed.
    PorismError : the expression contains something that is not elementary.
    """
    saved = iv.dps
    iv.dps = digits
    try:
        values: dict[Any, Ball] = {}
        for part in sympy.postorder_traversal(expression):
            if part not in values:
                values[part] = _of_expression(part, [values[a] for a in part.args], point)
        return values[expression]
    finally:
        iv.dps = saved


def _of_expression(
    part: sympy.Expr, parts: list[Ball], point: Mapping[str, sympy.Rational]
) -> Ball:
    from eml.translate import FUNCTIONS

    if part.is_Symbol:
        return _rational(point[part.name])
    if part.is_Rational:
        return _rational(part)
    if part in (sympy.pi, sympy.I, sympy.E):
        zero, one = iv.mpf(0), iv.mpf(1)
        units = {sympy.pi: Ball(iv.mpf(iv.pi), zero), sympy.I: Ball(zero, one)}
        return units.get(part) or Ball(iv.exp(one), zero)
    if part.is_Add or part.is_Mul:
        return reduce(_sum if part.is_Add else _product, parts)
    if part.is_Pow:
        base, exponent = parts
        if part.exp.is_Integer:
            power = reduce(_product, [base] * abs(int(part.exp)))
            return power if part.exp > 0 else _inverse(power)
        return exp(_product(exponent, log(base, Semantics.COMPLEX)))
    if part.func not in FUNCTIONS:
        raise PorismError(f"{part.func} has no definition by exp and ln here.")
    return _of_term(FUNCTIONS[part.func](Var("u", COMPLEX)), {"u": parts[0]})


def _rational(value: sympy.Rational) -> Ball:
    return Ball(iv.mpf(int(value.p)) / int(value.q), iv.mpf(0))


def _sum(a: Ball, b: Ball) -> Ball:
    return Ball(a.re + b.re, a.im + b.im)


def _product(a: Ball, b: Ball) -> Ball:
    return Ball(a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re)


def _inverse(a: Ball) -> Ball:
    if a.re.a <= 0 <= a.re.b and a.im.a <= 0 <= a.im.b:
        raise Undecided
    if a.im.a == a.im.b == 0:
        return Ball(1 / a.re, a.im)
    size = a.re**2 + a.im**2
    return Ball(a.re / size, -a.im / size)


def _of_term(term: Term, point: Mapping[str, Ball]) -> Ball:
    if isinstance(term, Var):
        return point[term.name]
    assert isinstance(term, App)
    parts = [_of_term(a, point) for a in term.args]
    zero = iv.mpf(0)
    match term.symbol:
        case "+":
            return _sum(*parts)
        case "*":
            return _product(*parts)
        case "neg":
            return Ball(-parts[0].re, -parts[0].im)
        case "inv":
            return _inverse(parts[0])
        case "exp":
            return exp(parts[0])
        case "ln":
            return log(parts[0], Semantics.COMPLEX)
        case "i":
            return Ball(zero, iv.mpf(1))
        case _:
            return Ball({"one": iv.mpf(1), "pi": iv.mpf(iv.pi)}.get(term.symbol, zero), zero)


def exp(a: Ball) -> Ball:
    if a.infinite:
        return a if a.infinite > 0 else Ball(iv.mpf(0), iv.mpf(0))
    if abs(a.re.b) > 1_000_000 or abs(a.re.a) > 1_000_000:
        raise Undecided
    size = iv.exp(a.re)
    if a.im.a == a.im.b == 0:
        return Ball(size, a.im)
    return Ball(size * iv.cos(a.im), size * iv.sin(a.im))


def log(a: Ball, semantics: Semantics) -> Ball:
    if a.infinite > 0:
        return a
    real = a.im.a == a.im.b == 0
    if real and a.re.a == a.re.b == 0 and semantics.extended:
        return Ball(iv.mpf(0), iv.mpf(0), -1)
    if a.infinite or (a.re.a <= 0 <= a.re.b and a.im.a <= 0 <= a.im.b):
        raise Undecided
    if real and a.re.a > 0:
        return Ball(iv.log(a.re), iv.mpf(0))
    if semantics.is_real:
        raise Undecided
    if real:
        edge = -iv.pi if semantics is Semantics.COMPLEX_LOWER else iv.pi
        return Ball(iv.log(-a.re), edge)
    if a.re.a <= 0 and a.im.a <= 0 <= a.im.b:
        raise Undecided
    return Ball(iv.log(a.re**2 + a.im**2) / 2, _angle(a))


def _angle(a: Ball) -> Any:
    """The argument of a ball off the negative axis and 0."""
    if a.re.a > 0:
        return iv.atan2(a.im, a.re)
    # Above or below the axis: turn by a right angle, where atan2 is monotonic.
    if a.im.a > 0:
        return iv.pi / 2 - iv.atan2(a.re, a.im)
    return -iv.pi / 2 + iv.atan2(a.re, -a.im)


def difference(a: Ball, b: Ball) -> Ball:
    if a.infinite and b.infinite == a.infinite:
        raise Undecided
    if a.infinite or b.infinite:
        return Ball(iv.mpf(0), iv.mpf(0), a.infinite or -b.infinite)
    return Ball(a.re - b.re, a.im - b.im)


def disjoint(a: Ball, b: Ball) -> bool:
    """Whether no number is in both."""
    if a.infinite or b.infinite:
        return a.infinite != b.infinite
    return any(x.b < y.a or y.b < x.a for x, y in ((a.re, b.re), (a.im, b.im)))


def common_digits(a: Ball, b: Ball) -> int:
    """To how many digits, relative to max(1, size), any number of one is any number of the other.

    Raises
    ------
    Undecided : infinity is not known to digits.
    """
    if a.infinite or b.infinite:
        raise Undecided
    gap = size = mpmath.mpf(0)
    for x, y in ((a.re, b.re), (a.im, b.im)):
        low, high = min(x.a, y.a), max(x.b, y.b)
        gap = max(gap, mpmath.mpf(high.b) - mpmath.mpf(low.a))
        size = max(size, abs(mpmath.mpf(low.a)), abs(mpmath.mpf(high.b)))
    return int(-mpmath.log10(gap / max(1, size))) if gap else iv.dps
