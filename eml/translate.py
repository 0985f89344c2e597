"""SymPy → a term of the theory Elementary, by the usual definitions through exp and ln."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sympy

from eml.laws import COMPLEX, UNIT, ZERO, app
from eml.sums import HALF, IMAGINARY, PI
from logic.errors import PorismError
from logic.terms import Term, Var

LARGEST = 60
"""Integers are written as sums of ones, up to this one."""


def numeral(value: int) -> Term:
    """A natural number as one + (one + ...)."""
    if value > LARGEST:
        raise PorismError(f"The number {value} is too large for a proof in ones.")
    term = UNIT if value else ZERO
    for _ in range(value - 1):
        term = app("+", UNIT, term)
    return term


def plus(a: Term, b: Term) -> Term:
    return app("+", a, b)


def times(a: Term, b: Term) -> Term:
    return app("*", a, b)


def minus(a: Term, b: Term) -> Term:
    return app("+", a, app("neg", b))


def root(a: Term) -> Term:
    return app("exp", times(HALF, app("ln", a)))


def _square(a: Term) -> Term:
    return times(a, a)


def _exp2(a: Term) -> tuple[Term, Term]:
    return app("exp", a), app("exp", app("neg", a))


def _sinh(a: Term) -> Term:
    return times(HALF, minus(*_exp2(a)))


def _cosh(a: Term) -> Term:
    return times(HALF, plus(*_exp2(a)))


def _tanh(a: Term) -> Term:
    return times(minus(*_exp2(a)), app("inv", plus(*_exp2(a))))


def _asinh(a: Term) -> Term:
    return app("ln", plus(a, root(plus(_square(a), UNIT))))


def _acosh(a: Term) -> Term:
    return app("ln", plus(a, times(root(plus(a, UNIT)), root(minus(a, UNIT)))))


def _atanh(a: Term) -> Term:
    return times(HALF, minus(app("ln", plus(UNIT, a)), app("ln", minus(UNIT, a))))


def _turned(function: Callable[[Term], Term]) -> Callable[[Term], Term]:
    """f(x) = -i g(i x): sin from sinh, and so on."""
    return lambda a: app("neg", times(IMAGINARY, function(times(IMAGINARY, a))))


FUNCTIONS: dict[Any, Callable[[Term], Term]] = {
    sympy.exp: lambda a: app("exp", a),
    sympy.log: lambda a: app("ln", a),
    sympy.sinh: _sinh,
    sympy.cosh: _cosh,
    sympy.tanh: _tanh,
    sympy.asinh: _asinh,
    sympy.acosh: _acosh,
    sympy.atanh: _atanh,
    sympy.sin: _turned(_sinh),
    sympy.cos: lambda a: _cosh(times(IMAGINARY, a)),
    sympy.tan: _turned(_tanh),
    sympy.asin: _turned(_asinh),
    sympy.acos: lambda a: minus(times(HALF, PI), _turned(_asinh)(a)),
    sympy.atan: _turned(_atanh),
}


def to_term(expression: sympy.Expr) -> Term:
    """The term that an expression stands for.

    Raises
    ------
    PorismError : it has a number that is too large, or a function without a definition.
    """
    if expression.is_Symbol:
        return Var(expression.name, COMPLEX)
    if expression.is_Rational:
        size = numeral(abs(int(expression.p)))
        if expression.q != 1:
            size = times(size, app("inv", numeral(int(expression.q))))
        return app("neg", size) if expression.p < 0 else size
    if expression in (sympy.pi, sympy.I, sympy.E):
        return {sympy.pi: PI, sympy.I: IMAGINARY, sympy.E: app("exp", UNIT)}[expression]
    if expression.is_Pow:
        base, exponent = expression.args
        if base == sympy.E:
            return app("exp", to_term(exponent))
        if exponent.is_Integer:
            power = abs(int(exponent))
            if power > LARGEST:
                raise PorismError(f"The power {power} is too large for a proof.")
            factor = to_term(base)
            term = factor
            for _ in range(power - 1):
                term = times(factor, term)
            return app("inv", term) if exponent < 0 else term
        return app("exp", times(to_term(exponent), app("ln", to_term(base))))
    if expression.is_Add or expression.is_Mul:
        parts = [to_term(a) for a in expression.as_ordered_terms()] if expression.is_Add else [
            to_term(a) for a in expression.as_ordered_factors()
        ]  # fmt: skip
        term = parts[-1]
        for part in reversed(parts[:-1]):
            term = app("+" if expression.is_Add else "*", part, term)
        return term
    if expression.func in FUNCTIONS:
        return FUNCTIONS[expression.func](to_term(expression.args[0]))
    raise PorismError(f"{expression.func} has no definition by exp and ln here.")
