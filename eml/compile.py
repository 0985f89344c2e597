"""SymPy → EML: short, and only where it is checked to hold.

An expression is built up from the short forms of :mod:`eml.forms`, in several ways where signs or
sheets leave a choice. Taken is the one that has the expression's value on the largest part of the
real axis, and of those the shortest; the result says under which semantics, and on which part.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, product
from typing import TypeAlias

import numpy as np
import sympy
from numpy.typing import NDArray

from eml.evaluate import evaluate
from eml.forms import Forms, exp, forms, ln
from eml.numeric import value_of
from eml.regions import REGIONS
from eml.rpn import rpn
from eml.semantics import Semantics
from eml.table import known_tree
from eml.tree import ONE, Tree, leaf
from logic.errors import PorismError

MAX_WAYS = 16
"""How many trees are tried for an expression."""

MAX_SIZE = 2000
"""Expressions with more parts than this are refused."""

TOLERANCE = 1e-7

Floats: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True)
class Compiled:
    """A tree for an expression, and where it has been checked numerically.

    ``region`` is that of every variable, such as ``> 0``; empty for constants.
    """

    tree: Tree
    expression: sympy.Expr
    semantics: Semantics
    region: str

    @property
    def domain(self) -> str:
        """``x > 0, y > 0``."""
        names = sorted(s.name for s in self.expression.free_symbols)
        return ", ".join(f"{name} {self.region}" for name in names)

    @property
    def k(self) -> int:
        return self.tree.k


def compile_expression(
    expression: sympy.Expr, semantics: Semantics = Semantics.COMPLEX_EXTENDED
) -> Compiled:
    """The expression as an eml tree.

    Parameters
    ----------
    semantics : the widest arithmetic that may be needed; the result says what is needed.

    Raises
    ------
    PorismError : the expression has something that is not elementary, or no tree was found that has
        its value anywhere under the semantics.

    Examples
    --------
    >>> compile_expression(sympy.Symbol("x") - sympy.Symbol("y")).k
    11
    """
    if not expression.is_finite and expression.is_number and expression.is_finite is False:
        raise PorismError("The expression is not a finite number.")
    if sum(1 for _ in sympy.preorder_traversal(expression)) > MAX_SIZE:
        raise PorismError(f"The expression has more than {MAX_SIZE} parts.")
    names = sorted(s.name for s in expression.free_symbols)
    value_of(expression, dict.fromkeys(names, 0.5))  # refuses what is not elementary
    trees = {known} if (known := known_tree(expression, semantics)) else set()
    for extended in (True, False) if semantics.extended else (False,):
        for shape in {expression, sympy.factor_terms(expression), _by_logarithms(expression)}:
            trees |= set(islice(_Compiler(forms(extended)).ways(shape), MAX_WAYS))
    checks = _Checks(expression, names)
    best: tuple[int, Tree, Semantics] | None = None
    for tree in sorted(trees, key=lambda t: (t.k, rpn(t))):
        found = checks.where(tree, semantics)
        if found is not None and (best is None or found[0] < best[0]):
            best = found[0], tree, found[1]
    if best is not None:
        return Compiled(best[1], expression, best[2], REGIONS[best[0]][0] if names else "")
    raise PorismError(
        f"No tree was found that equals the expression on the real axis under {semantics}.",
        hint="Try --semantics complex_extended."
        if semantics is not Semantics.COMPLEX_EXTENDED
        else "It may be undefined there, or too large for a double.",
    )


_INVERSE = (sympy.asin, sympy.acos, sympy.atan, sympy.asinh, sympy.acosh, sympy.atanh)


def _by_logarithms(expression: sympy.Expr) -> sympy.Expr:
    """The expression with the inverse functions of numbers by their definitions: asin(2)."""
    numbers = {f: f.rewrite(sympy.log) for f in expression.atoms(*_INVERSE) if f.is_number}
    return expression.xreplace(numbers)


class _Checks:
    """The expression's values in each region, computed once."""

    def __init__(self, expression: sympy.Expr, names: list[str]) -> None:
        self.expression, self.names = expression, names
        self._values: dict[int, tuple[dict[str, Floats], NDArray[np.complex128]]] = {}

    def where(self, tree: Tree, widest: Semantics) -> tuple[int, Semantics] | None:
        """The largest region in which the tree is the expression, and its least semantics."""
        for number in range(len(REGIONS)):
            point, wanted = self._region(number)
            for semantics in (*Semantics,):
                if not widest.admits(semantics) or semantics is Semantics.COMPLEX_LOWER != widest:
                    continue
                got = evaluate(tree, point, semantics).value
                near = np.abs(got - wanted) <= TOLERANCE * (1 + np.abs(wanted))
                if np.all(near):
                    return number, semantics
            if not self.names:
                return None
        return None

    def _region(self, number: int) -> tuple[dict[str, Floats], NDArray[np.complex128]]:
        if number not in self._values:
            values = REGIONS[number][1]
            count = len(values) if self.names else 1
            point = {
                n: np.array([values[(i * (2 * j + 1) + j) % count] for i in range(count)])
                for j, n in enumerate(self.names)
            }
            wanted = [
                complex(value_of(self.expression, {n: v[i] for n, v in point.items()}, 20))
                for i in range(count)
            ]
            self._values[number] = point, np.array(wanted if self.names else wanted[0])
        return self._values[number]


class _Compiler:
    """The ways to write an expression over one set of forms."""

    def __init__(self, short: Forms) -> None:
        self.forms = short

    def ways(self, expression: sympy.Expr) -> Iterator[Tree]:
        """Trees for the expression, the first the most likely one."""
        f = self.forms
        if (known := known_tree(expression, _semantics(f))) is not None:
            yield known
        if expression.is_Symbol:
            yield leaf(expression.name)
        elif expression.is_Integer:
            yield f.integer(int(expression))
        elif expression.is_Rational:
            yield from self._rational(int(expression.p), int(expression.q))
        elif expression == sympy.E:
            yield exp(ONE)
        elif expression == sympy.pi:
            yield f.pi()
        elif expression == sympy.I:
            yield from (f.i(1), f.i(-1))
        elif expression.is_Add:
            yield from self._sum(expression)
        elif expression.is_Mul:
            yield from self._product(expression)
        elif expression.is_Pow:
            yield from self._power(*expression.args)
        else:
            yield from self._function(expression)

    def _all(self, *parts: sympy.Expr) -> Iterator[tuple[Tree, ...]]:
        return islice(product(*(list(islice(self.ways(p), 4)) for p in parts)), MAX_WAYS)

    def _rational(self, p: int, q: int) -> Iterator[Tree]:
        f = self.forms
        if q == 2:
            yield f.half(f.integer(p))
        whole = f.div(f.integer(abs(p)), f.integer(q))
        yield f.neg(whole) if p < 0 else whole

    def _sum(self, expression: sympy.Expr) -> Iterator[Tree]:
        f = self.forms
        plus = [t for t in expression.args if not t.could_extract_minus_sign()]
        minus = [-t for t in expression.args if t.could_extract_minus_sign()]
        for trees in self._all(*plus, *minus):
            positive = sorted(trees[: len(plus)], key=lambda t: t.k)
            negative = trees[len(plus) :]
            if not positive:
                total = f.neg(negative[0])
                negative = negative[1:]
            else:
                total = positive[0]
                for tree in positive[1:]:
                    total = f.double(total) if tree is total else f.add(total, tree)
            for tree in negative:
                total = f.sub(total, tree)
            yield total

    def _product(self, expression: sympy.Expr) -> Iterator[Tree]:
        f = self.forms
        number, rest = expression.as_coeff_Mul()
        if number < 0:
            yield from (f.neg(t) for t in self.ways(-expression))
            return
        if number == sympy.Rational(1, 2):
            yield from (f.half(t) for t in self.ways(rest))
            return
        if number == 2:
            yield from (f.double(t) for t in self.ways(rest))
            return
        if rest.has(sympy.I) and sympy.I in rest.args:
            for tree in self.ways(number * rest / sympy.I):
                yield from (f.turned(tree, 1), f.turned(tree, -1))
            return
        above, below = expression.as_numer_denom()
        for top, bottom in self._all(above, below) if below != 1 else ():
            yield f.div(top, bottom)
        if below != 1:
            return
        for trees in self._all(*expression.args):
            total = trees[0]
            for tree in trees[1:]:
                total = f.mul(total, tree)
            yield total

    def _power(self, base: sympy.Expr, exponent: sympy.Expr) -> Iterator[Tree]:
        f = self.forms
        if base == sympy.E:
            yield from (exp(t) for t in self.ways(exponent))
        elif exponent == -1:
            if base.is_Add and len(base.args) == 2 and base.args[0] == 1 and base.args[1].is_Pow:
                inner, power = base.args[1].args
                if inner == sympy.E:
                    yield from (f.sigmoid(t) for t in self.ways(-power))
            yield from (f.inv(t) for t in self.ways(base))
        elif exponent == 2:
            yield from (f.square(t) for t in self.ways(base))
        elif exponent == sympy.Rational(1, 2):
            yield from (f.sqrt(t) for t in self.ways(base))
        elif exponent.could_extract_minus_sign():
            yield from (f.inv(t) for t in self.ways(base**-exponent))
        else:
            for tree, power in self._all(base, exponent):
                yield exp(f.mul(power, ln(tree)))

    def _function(self, expression: sympy.Expr) -> Iterator[Tree]:
        f = self.forms
        name = expression.func.__name__
        if name in ("exp", "log"):
            for tree in self.ways(expression.args[0]):
                yield exp(tree) if name == "exp" else ln(tree)
            return
        form = getattr(f, name, None)
        if form is None:
            yield from self.ways(expression.rewrite(sympy.exp))
            return
        for tree in islice(self.ways(expression.args[0]), 4):
            made = form(tree)
            yield from sorted(made, key=lambda t: t.k) if isinstance(made, list) else [made]


def _semantics(short: Forms) -> Semantics:
    return Semantics.COMPLEX_EXTENDED if short.extended else Semantics.COMPLEX
