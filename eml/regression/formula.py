"""``Formula``: a candidate as its user meets it, over the names of the columns.

The expression is SymPy's; the tree is over eml, with the constants that are not recognised as
leaves c1, c2, ...; the certificate says that the two are equal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import TypeAlias

import numpy as np
import sympy
from numpy.typing import NDArray

from eml.compile import compile_expression
from eml.prove import Equality, prove
from eml.regression.candidates import Candidate
from eml.regression.macros import Node, evaluate, parts, size, to_sympy
from eml.rpn import parse_rpn
from eml.semantics import Semantics
from eml.tree import Tree
from logic.errors import PorismError

Floats: TypeAlias = NDArray[np.float64]

MOST_PARTS = 60
"""Larger formulas are not compiled to eml."""


@dataclass(frozen=True, eq=False)
class Formula:
    """A formula with what is known about it.

    Attributes
    ----------
    names : of the columns, which are the symbols of ``expression``.
    candidate : the node behind it, with its errors on the data.
    known : the tree in RPN, where the search found a tree.
    verdict : ``exact``, ``exact_within_noise`` or ``fit``.
    reason : why not more, in words.
    """

    names: tuple[str, ...]
    candidate: Candidate
    signs: tuple[int, ...] = ()
    known: str = ""
    verdict: str = "fit"
    reason: str = ""

    def __getstate__(self) -> dict[str, object]:
        """The fields: what is computed from them is computed again."""
        return {f.name: self.__dict__[f.name] for f in fields(self)}

    @property
    def error(self) -> float:
        """Root mean square error, by the standard deviation of the target."""
        return self.candidate.error

    @property
    def mse(self) -> float:
        return self.candidate.mse

    @property
    def bits(self) -> float:
        return self.candidate.bits

    def predict(self, x: Floats) -> Floats:
        """The formula at rows of ``x`` (rows × columns); nan where it is undefined."""
        values = evaluate(self.candidate.node, [x[:, i] for i in range(x.shape[1])])
        return np.asarray(values, float) * np.ones(len(x))

    @cached_property
    def expression(self) -> sympy.Expr:
        """The formula over the columns' names."""
        return tidy(self.candidate.node, self.names, self.signs)

    @cached_property
    def constants(self) -> dict[str, float]:
        """c1, c2, ... → the values of the constants that are not recognised."""
        return {f"c{i}": float(v) for i, v in enumerate(self._floats, 1)}

    @cached_property
    def _floats(self) -> list[sympy.Float]:
        return sorted(self.expression.atoms(sympy.Float), key=lambda v: (abs(v), v))

    @cached_property
    def plain(self) -> sympy.Expr:
        """The expression over safe symbols: x1, x2, ... for columns, c1, c2, ... for constants."""
        renamed: dict[sympy.Expr, sympy.Expr] = {
            sympy.Symbol(n): sympy.Symbol(f"x{i}") for i, n in enumerate(self.names, 1)
        }
        renamed |= {v: sympy.Symbol(f"c{i}") for i, v in enumerate(self._floats, 1)}
        return self.expression.xreplace(renamed)

    @cached_property
    def tree(self) -> Tree | None:
        """The formula over eml, variables x1, x2, ..., constants c1, c2, ...; None if too large."""
        if self.known:
            return parse_rpn(self.known)
        if size(self.candidate.node) > MOST_PARTS:
            return None
        try:
            return compile_expression(self.plain).tree
        except PorismError:
            return None

    @cached_property
    def certificate(self) -> Equality | None:
        """What is proved about tree = expression; None without a tree."""
        if self.tree is None:
            return None
        if self.known:
            return prove(self.tree, self.plain, Semantics.REAL)
        made = compile_expression(self.plain)
        return prove(made.tree, made.expression, made.semantics, region=made.region)

    @property
    def k(self) -> int:
        """Tokens of the tree; an estimate where there is none."""
        return self.tree.k if self.tree is not None else self.candidate.k

    @property
    def shared(self) -> int | None:
        """Different subtrees of the tree."""
        return self.tree.shared_size if self.tree is not None else None

    def text(self) -> str:
        """The expression in plain text."""
        return str(shown(self.expression)).replace("**", "^").replace("log(", "ln(")

    def latex(self) -> str:
        return str(sympy.latex(shown(self.expression), ln_notation=True))


def shown(expression: sympy.Expr) -> sympy.Expr:
    """With constants to six digits."""
    return expression.xreplace({v: sympy.Float(v, 6) for v in expression.atoms(sympy.Float)})


def tidy(node: Node, names: Sequence[str], signs: Sequence[int] = ()) -> sympy.Expr:
    """The shortest of a few equal forms of a node, as an expression over the names.

    Parameters
    ----------
    signs : 1 for an input that is positive throughout, which lets roots of squares be taken.
    """
    signs = signs or [0] * len(names)
    assumed = [
        sympy.Symbol(n, positive=True) if s > 0 else sympy.Symbol(n, real=True)
        for n, s in zip(names, signs, strict=True)
    ]
    expression = to_sympy(node, assumed)
    forms = [expression]
    if sum(1 for _ in parts(node)) <= MOST_PARTS:
        exact = not expression.atoms(sympy.Float)
        for change in (
            sympy.powsimp,
            sympy.expand,
            lambda e: sympy.factor_terms(sympy.expand(e)),
            lambda e: sympy.powsimp(sympy.expand_log(e)),
            *((sympy.together, sympy.cancel) if exact else ()),
        ):
            try:
                forms.append(change(expression))
            except (ValueError, TypeError, AttributeError, RecursionError, sympy.PolynomialError):
                continue
    best = min(forms, key=lambda e: (sympy.count_ops(e, visual=False), len(str(e))))
    return best.xreplace({a: sympy.Symbol(n) for a, n in zip(assumed, names, strict=True)})
