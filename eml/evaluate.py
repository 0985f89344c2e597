"""Evaluation of trees: NumPy arrays, mpmath at any precision, and a plain stack machine.

All agree within their stated errors, under one convention for each semantics: −0.0 is 0, a value
on the negative axis is on the edge that the semantics names, and a difference that cancels down to
its rounding error is 0. What a number format cannot hold is reported, and never taken for ∞ or 0.
Balls, which bound the error, are in :mod:`eml.balls`.
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import mpmath
import numpy as np
import sympy
from numpy.typing import ArrayLike, NDArray

from eml.operators import EML, Operator
from eml.semantics import Semantics
from eml.tree import Tree
from logic.errors import PorismError

ULPS = 8
"""A difference below this many units in the last place of its operands is 0."""


LARGEST = 40
"""An exponent may have so many binary digits before the point."""

MOST_DIGITS = 25_000
"""The precision goes as far as this, for the sake of cancellation."""


@dataclass(frozen=True)
class Values:
    """What a tree is at some points.

    ``value`` is nan where the tree is undefined under the semantics (``undefined``) or an
    intermediate value leaves the range of the number format (``artefact``).
    """

    value: NDArray[Any]
    undefined: NDArray[np.bool_]
    artefact: NDArray[np.bool_]


def evaluate(
    tree: Tree, point: Mapping[str, ArrayLike], semantics: Semantics = Semantics.COMPLEX_EXTENDED
) -> Values:
    """The tree at arrays of points.

    Parameters
    ----------
    tree : over any operator.
    point : variable → values; the arrays broadcast against each other.
    semantics : real semantics compute with float64, the others with complex128.

    Raises
    ------
    PorismError : a variable has no value.

    Examples
    --------
    >>> from eml.rpn import parse_rpn
    >>> evaluate(parse_rpn("11xE1EE"), {"x": [1.0, 2.0]}, Semantics.REAL).value
    array([0.        , 0.69314718])
    """
    need_values(tree, point)
    kind = np.float64 if semantics.is_real else np.complex128
    arrays = [np.asarray(point[name]) for name in tree.variables]
    if semantics.is_real and any(np.iscomplexobj(a) for a in arrays):
        raise PorismError(f"The point is not real, and the semantics is {semantics}.")
    shaped = np.broadcast_arrays(*(a.astype(kind) for a in arrays)) if arrays else []
    shape = shaped[0].shape if shaped else ()
    leaves = {n: a + 0.0 for n, a in zip(tree.variables, shaped, strict=True)}
    arithmetic = _NumPy(semantics, shape)
    operation = operation_of(tree.operator, arithmetic)
    constants = constants_of(tree.operator, arithmetic)
    with np.errstate(all="ignore"):
        value = tree.fold(
            lambda label: leaves[label] if label in leaves else np.full(shape, constants[label]),
            lambda a, b: arithmetic.settle(operation(a, b), a, b),
        )
    bad = np.isnan(value)
    return Values(value, bad & ~arithmetic.artefact, bad & arithmetic.artefact)


def evaluate_mp(
    tree: Tree,
    point: Mapping[str, Any],
    semantics: Semantics = Semantics.COMPLEX_EXTENDED,
    digits: int = 30,
) -> Any:
    """The tree at one point with mpmath, correct to about ``digits`` digits.

    The working precision grows with the largest intermediate magnitude, which is what a
    cancellation can cost.

    Raises
    ------
    PorismError : the tree is undefined there, an intermediate value is beyond 10^(10^12), or it
        would take more than :data:`MOST_DIGITS` digits.
    """
    return measured(tree, point, semantics, digits)[0]


def measured(
    tree: Tree, point: Mapping[str, Any], semantics: Semantics, digits: int
) -> tuple[Any, int]:
    """:func:`evaluate_mp`, and how many digits it takes to tell exp(−huge) from 0.

    That is the largest |log10| of what is added to something. Two values that agree to fewer
    digits may still differ.
    """
    need_values(tree, point)
    extra = 15
    while True:
        with mpmath.workdps(digits + extra):
            arithmetic = _MPMath(semantics)
            operation = operation_of(tree.operator, arithmetic)
            constants = constants_of(tree.operator, arithmetic)
            leaves = {name: mpmath.mpmathify(point[name]) for name in tree.variables}
            value = tree.fold(
                lambda label, leaves=leaves, constants=constants: (  # type: ignore[misc]
                    leaves[label] if label in leaves else constants[label]
                ),
                lambda a, b, f=operation, m=arithmetic: m.settle(f(a, b)),  # type: ignore[misc]
            )
            need = 15 + int(arithmetic.magnitude)
            if need <= extra:
                return +value, int(arithmetic.magnitude)
            extra = need


def run_stack(
    tokens: list[str],
    point: Mapping[str, complex],
    semantics: Semantics = Semantics.COMPLEX_EXTENDED,
    operator: Operator = EML,
) -> complex:
    """RPN tokens on a stack machine with Python numbers: the shortest statement of the meaning.

    Raises
    ------
    PorismError : the value is undefined, or beyond the range of a double.
    """
    arithmetic = _Python(semantics)
    operation = operation_of(operator, arithmetic)
    constants = constants_of(operator, arithmetic)
    stack: list[complex] = []
    for token in tokens:
        if token == operator.token:
            right, left = stack.pop(), stack.pop()
            stack.append(arithmetic.settle(operation(left, right), left, right))
        else:
            stack.append(constants[token] if token in constants else complex(point[token]))
    return stack.pop()


def need_values(tree: Tree, point: Mapping[str, Any]) -> None:
    """Refuse a point that leaves a variable open."""
    missing = [name for name in tree.variables if name not in point]
    if missing:
        raise PorismError(
            f"The variable {missing[0]} has no value.", hint=f"Give one, as in {missing[0]}=0.5."
        )


# -- what an operator does -------------------------------------------------------------------


def operation_of(operator: Operator, arithmetic: Any) -> Callable[[Any, Any], Any]:
    """The operator as a function on an arithmetic's values."""
    if operator == EML:
        exp, log, last = arithmetic.exp, arithmetic.log, arithmetic.last

        def eml(a: Any, b: Any) -> Any:
            last[:] = exp(a), log(b)
            return last[0] - last[1]

        return eml
    from eml.expression import parse_expression

    formula = parse_expression(operator.formula)
    return lambda a, b: arithmetic.value(formula, {"x": a, "y": b})


def constants_of(operator: Operator, arithmetic: Any) -> dict[str, Any]:
    """The operator's constants as an arithmetic's values."""
    from eml.expression import parse_expression

    if operator == EML:
        return {"1": arithmetic.number(1)}
    return {
        name: arithmetic.value(parse_expression(text), {})
        for name, text in operator.constants.items()
    }


class Arithmetic:
    """exp and ln under a semantics, on one kind of number; the rest of a formula by Python's own.

    ``last`` holds the two terms of the latest difference, for :meth:`settle` to see how much of
    them cancelled.
    """

    def __init__(self, semantics: Semantics) -> None:
        self.semantics = semantics
        self.last: list[Any] = [0, 0]

    def number(self, value: Any) -> Any:
        raise NotImplementedError

    def exp(self, a: Any) -> Any:
        raise NotImplementedError

    def log(self, a: Any) -> Any:
        raise NotImplementedError

    def value(self, formula: sympy.Expr, point: Mapping[str, Any]) -> Any:
        """An elementary formula without trigonometric functions, by recursion."""
        if formula.is_Symbol:
            return point[formula.name]
        if formula.is_Rational:
            return self.number(formula.p) / self.number(formula.q)
        if formula in (sympy.oo, -sympy.oo):
            return self.number("inf" if formula == sympy.oo else "-inf")
        if formula == sympy.E:
            return self.exp(self.number(1))
        if formula == sympy.pi or formula == sympy.I:
            unit = self.log(self.number(-1))
            return unit / 1j if formula == sympy.pi else self.exp(unit / self.number(2))
        if formula.is_Pow:
            if formula.base == sympy.E:
                return self.exp(self.value(formula.exp, point))
            if formula.exp.is_Integer:
                power = self.value(formula.base, point) ** abs(int(formula.exp))
                return power if formula.exp > 0 else self.number(1) / power
            logarithm = self.log(self.value(formula.base, point))
            return self.exp(self.value(formula.exp, point) * logarithm)
        parts = [self.value(a, point) for a in formula.args]
        if formula.func == sympy.exp:
            return self.exp(parts[0])
        if formula.func == sympy.log:
            return self.log(parts[0])
        if formula.is_Add or formula.is_Mul:
            total = parts[0]
            for part in parts[1:]:
                self.last[:] = [total, -part]
                total = total + part if formula.is_Add else total * part
            return total
        raise PorismError(f"An operator's formula cannot contain {formula.func}.")


class _NumPy(Arithmetic):
    def __init__(self, semantics: Semantics, shape: tuple[int, ...]) -> None:
        super().__init__(semantics)
        self.artefact: NDArray[np.bool_] = np.zeros(shape, bool)
        self.kind = np.float64 if semantics.is_real else np.complex128

    def number(self, value: Any) -> Any:
        return self.kind(float(value))

    def exp(self, a: Any) -> Any:
        re = np.real(a)
        value = np.exp(a)
        infinite = np.isinf(re)
        if self.kind is np.complex128:
            small = ULPS * np.finfo(float).eps * np.abs(value) * (1 + np.abs(np.imag(a)))
            value = np.where(np.abs(np.imag(value)) <= small, np.real(value) + 0j, value)
            value = np.where(np.abs(np.real(value)) <= small, 1j * np.imag(value), value)
            value = np.where(infinite, np.where(re > 0, np.inf, 0) + 0j, value)
        # exp of a finite number is neither 0 nor infinite.
        lost = ~infinite & ~np.isnan(re) & ((value == 0) | ~np.isfinite(value))
        self.artefact = self.artefact | lost
        return np.where(lost, np.nan, value)

    def log(self, a: Any) -> Any:
        zero, infinite = a == 0, np.isinf(np.real(a))
        if self.kind is np.float64:
            value = np.log(np.where(a > 0, a, np.nan))
            infinity = np.where(zero, -np.inf, np.where(a > 0, np.inf, np.nan))
        else:
            edge = -math.pi if self.semantics is Semantics.COMPLEX_LOWER else math.pi
            value = np.log(a + 0.0)
            cut = (np.imag(a) == 0) & (np.real(a) < 0)
            value = np.where(cut, np.log(np.abs(a)) + 1j * edge, value)
            infinity = np.where(zero, -np.inf, np.where(np.real(a) > 0, np.inf, np.nan)) + 0j
        outside = infinity if self.semantics.extended else np.nan
        return np.where(zero | infinite, outside, value)

    def settle(self, value: Any, left: Any, right: Any) -> Any:
        size = np.maximum(np.abs(self.last[0]), np.abs(self.last[1]))
        # inf + nan j is what complex arithmetic makes of ∞ − z.
        value = np.where(np.isinf(np.real(value)), np.real(value) + 0 * size * 0, value)
        small = np.isfinite(size) & (np.abs(value) <= ULPS * np.finfo(float).eps * size)
        fault = ~np.isfinite(value) & np.isfinite(self.last[0]) & np.isfinite(self.last[1])
        self.artefact = self.artefact | (fault & ~np.isnan(left) & ~np.isnan(right))
        infinite = np.isinf(np.real(self.last[0])) | np.isinf(np.real(self.last[1]))
        real = np.real(self.last[0]) - np.real(self.last[1])
        value = np.where(infinite, real, value)
        return np.where(small, 0, value)


class _MPMath(Arithmetic):
    def __init__(self, semantics: Semantics) -> None:
        super().__init__(semantics)
        self.magnitude = 0.0

    def number(self, value: Any) -> Any:
        return mpmath.mpf(value)

    def exp(self, a: Any) -> Any:
        if mpmath.isinf(a):
            return mpmath.inf if mpmath.re(a) > 0 else mpmath.mpf(0)
        if mpmath.mag(a) > LARGEST:
            raise PorismError("An intermediate value is larger than can be computed with.")
        # exp turns an absolute error into a relative one.
        self.magnitude = max(self.magnitude, 0.302 * mpmath.mag(abs(a) + 1))
        value = mpmath.exp(a)
        small = ULPS * mpmath.eps * abs(value) * (1 + abs(mpmath.im(a)))
        if abs(mpmath.im(value)) <= small:
            return mpmath.re(value)
        return mpmath.mpc(0, mpmath.im(value)) if abs(mpmath.re(value)) <= small else value

    def log(self, a: Any) -> Any:
        if a == 0:
            return self._infinity(-mpmath.inf, "ln 0")
        if mpmath.isinf(a):
            return self._infinity(a, "ln ∞") if mpmath.re(a) > 0 else _undefined("ln(−∞)")
        if mpmath.im(a) == 0:
            a = mpmath.re(a)
            if a > 0:
                return mpmath.log(a)
            if self.semantics.is_real:
                return _undefined("the logarithm of a negative number")
            edge = -mpmath.pi if self.semantics is Semantics.COMPLEX_LOWER else mpmath.pi
            return mpmath.mpc(mpmath.log(-a), edge)
        return mpmath.log(a)

    def _infinity(self, value: Any, what: str) -> Any:
        return value if self.semantics.extended else _undefined(what)

    def settle(self, value: Any) -> Any:
        if mpmath.isnan(value):
            return _undefined("∞ − ∞")
        if mpmath.isinf(value):
            return mpmath.re(value)
        size = max(abs(self.last[0]), abs(self.last[1]))
        if all(self.last) and all(map(mpmath.isfinite, self.last)):
            # What is added to 10^1000, or to 10^-1000, is seen with a thousand digits.
            self.magnitude = max(
                self.magnitude, *(0.302 * abs(mpmath.mag(part)) for part in self.last)
            )
            if self.magnitude > MOST_DIGITS:
                raise PorismError(
                    f"To compute the expression there takes more than {MOST_DIGITS:,} digits."
                )
        if abs(value) <= ULPS * mpmath.eps * size:
            return mpmath.mpf(0)
        if mpmath.im(value) != 0 and abs(mpmath.im(value)) <= ULPS * mpmath.eps * size:
            return mpmath.re(value)
        return value


class _Python(Arithmetic):
    def number(self, value: Any) -> Any:
        return complex(float(value))

    def exp(self, a: complex) -> complex:
        if math.isinf(a.real):
            return complex(math.inf if a.real > 0 else 0)
        try:
            value = cmath.exp(a)
        except OverflowError:
            value = 0j
        if value == 0:
            raise PorismError("An intermediate value is beyond the range of a double.")
        small = ULPS * 2.0**-52 * abs(value) * (1 + abs(a.imag))
        if abs(value.imag) <= small:
            return complex(value.real)
        return complex(0, value.imag) if abs(value.real) <= small else value

    def log(self, a: complex) -> complex:
        if a == 0 or math.isinf(a.real):
            if self.semantics.extended and (a == 0 or a.real > 0):
                return complex(-math.inf if a == 0 else math.inf)
            return complex(_undefined("ln 0" if a == 0 else "ln(−∞)"))
        if a.imag == 0 and a.real < 0:
            if self.semantics.is_real:
                return complex(_undefined("the logarithm of a negative number"))
            lower = self.semantics is Semantics.COMPLEX_LOWER
            return complex(math.log(-a.real), -math.pi if lower else math.pi)
        return cmath.log(a + 0.0)

    def settle(self, value: complex, left: complex, right: complex) -> complex:
        a, b = self.last
        if math.isinf(a.real) or math.isinf(b.real):
            real = a.real - b.real
            return complex(_undefined("∞ − ∞")) if math.isnan(real) else complex(real)
        small = ULPS * 2.0**-52 * max(abs(a), abs(b))
        if abs(value) <= small:
            return 0j
        return complex(value.real, 0.0) if abs(value.imag) <= small else value


def _undefined(what: str) -> Any:
    raise PorismError(f"The expression is undefined there: it takes {what}.")
