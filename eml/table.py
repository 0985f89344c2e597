"""The project's table: the shortest trees known for the primitives of the paper's Table 1.

``TREES`` holds what :mod:`eml.search` has found and no form of :mod:`eml.forms` reaches. Each is
data to be verified: ``porism eml table`` proves every row again.
"""

from __future__ import annotations

from functools import lru_cache

import sympy

from eml.expression import parse_expression
from eml.rpn import parse_rpn
from eml.semantics import Semantics
from eml.tree import Tree

PRIMITIVES: tuple[str, ...] = (
    *("pi", "e", "i", "-1", "1", "2", "x", "y"),
    *("exp(x)", "ln(x)", "inv(x)", "half(x)", "minus(x)", "sqrt(x)", "sqr(x)", "sigmoid(x)"),
    *("sin(x)", "cos(x)", "tan(x)", "asin(x)", "acos(x)", "atan(x)"),
    *("sinh(x)", "cosh(x)", "tanh(x)", "asinh(x)", "acosh(x)", "atanh(x)"),
    *("x + y", "x - y", "x*y", "x/y", "log(y, x)", "x^y", "avg(x, y)", "hypot(x, y)"),
)
"""Table 1 of arXiv 2603.21852: 8 constants and variables, 20 unary and 8 binary functions."""

FURTHER: tuple[str, ...] = (
    *("0", "-2", "1/2", "-1/2", "2/3", "-2/3", "sqrt(2)", "x - 1", "x + 1", "2*x", "x^2 + y^2"),
)
"""What the paper's Table 4 lists besides."""

PUBLISHED: dict[str, tuple[int | None, int | None, int | None]] = {
    "0": (7, 7, 7),
    "1": (1, 1, 1),
    "-1": (15, 17, 17),
    "2": (19, 19, 19),
    "-2": (27, 27, 35),
    "1/2": (29, 35, 35),
    "-1/2": (31, 37, 51),
    "2/3": (39, 39, 87),
    "-2/3": (45, 47, 103),
    "sqrt(2)": (None, None, 77),
    "i": (None, None, 75),
    "pi": (None, None, 121),
    "e": (3, 3, 3),
    "exp(x)": (3, 3, 3),
    "ln(x)": (7, 7, 7),
    "minus(x)": (15, None, 17),
    "inv(x)": (15, None, 17),
    "half(x)": (27, None, 43),
    "sqrt(x)": (None, None, 59),
    "x - 1": (11, None, 11),
    "x + 1": (19, None, 19),
    "2*x": (19, None, 19),
    "sqr(x)": (17, None, 17),
    "x - y": (11, 11, 11),
    "x + y": (19, 19, 19),
    "x*y": (17, 17, 17),
    "x/y": (17, 17, 17),
    "x^y": (25, None, 25),
    "log(y, x)": (29, None, 37),
    "avg(x, y)": (None, None, 69),
    "x^2 + y^2": (None, None, 51),
    "hypot(x, y)": (None, None, 109),
    "sin(x)": (None, None, 351),
    "cos(x)": (None, None, 269),
    "tan(x)": (None, None, 651),
    "asin(x)": (None, None, 305),
    "acos(x)": (None, None, 485),
    "atan(x)": (None, None, 355),
    "sinh(x)": (None, None, 81),
    "cosh(x)": (None, None, 89),
    "tanh(x)": (None, None, 201),
}
"""Expression → K of the direct search in the paper's Table 4, of the same without infinities, and
the best that is published elsewhere and verified (github.com/yaniv-golan/eml-skill)."""

TREES: tuple[tuple[str, str, Semantics], ...] = (
    ("-2", "1111111EEE1EE11EEE1EE11E1EE", Semantics.REAL),
    ("-2", "111111E1EEEE11E1E1EEE11EE", Semantics.COMPLEX_EXTENDED),
    ("-1", "11111EEE1EE11E1EE", Semantics.REAL),
    ("1/2", "111E11111E1EEEE11E1E1EE1EEE1E", Semantics.REAL_EXTENDED),
    ("1/2", "111111111EEE1EE11EE1EEEE1EE11E1EE1E", Semantics.REAL),
    ("1/2", "1111111E1E1EEE1EE11E1E1EE1EEE1E", Semantics.COMPLEX),
    ("-1/2", "111111111EEE1EE11EE1EEEE1EE11E1EE11EE", Semantics.REAL),
    ("-1/2", "1111111EEE1EE11E1EEE11E1E1EEE1E", Semantics.COMPLEX),
    ("-1/2", "111E11111E1EEEE11E1E1EE1EEE11EE", Semantics.REAL_EXTENDED),
    ("-1/2", "1111111E1EEEE11EEE11E1E1EEE1E", Semantics.COMPLEX_EXTENDED),
    ("2/3", "111E1111111EEE1EE11EE1EEE11E1E1EE1EEE1E", Semantics.REAL),
    ("-2/3", "11111111111EEE1EE11EEE1EE11EE1EEEE1EE11E1EE11EE", Semantics.REAL),
    ("-2/3", "11111E1EEEE11111111EEE1EE11EEE1EE11EE1EEE11EE", Semantics.REAL_EXTENDED),
    ("-2/3", "111E111111E1EEEE11EEE11E1E1EE1EEE11EE", Semantics.COMPLEX_EXTENDED),
    ("1/(1 + exp(-x))", "11xE1EE111111EEE1EEx1E1EE1EEE1E", Semantics.REAL),
    ("1/(1 + exp(-x))", "11xE1EEx11111E1EEEE11EE1EEE1E", Semantics.REAL_EXTENDED),
)


@lru_cache(maxsize=1)
def _known() -> dict[sympy.Expr, list[tuple[Tree, Semantics]]]:
    known: dict[sympy.Expr, list[tuple[Tree, Semantics]]] = {}
    for text, code, semantics in TREES:
        known.setdefault(parse_expression(text), []).append((parse_rpn(code), semantics))
    return known


def known_tree(expression: sympy.Expr, semantics: Semantics) -> Tree | None:
    """The shortest tree of the table for an expression under a semantics."""
    rows = [t for t, s in _known().get(expression, ()) if semantics.admits(s)]
    return min(rows, key=lambda t: t.k, default=None)
