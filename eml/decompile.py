"""EML → SymPy, by the normal form of :mod:`eml.normal`, never by substitution.

Each rewriting is a law whose side condition is derived, or becomes part of the domain; so the
result, unlike what substituting exp and log gives, does not pass through ln 0 or a wrong sheet.
"""

from __future__ import annotations

from dataclasses import dataclass

import sympy

from eml.derive import TreeNormalizer
from eml.domain import describe, to_expression
from eml.laws import Proof, Unprovable
from eml.normal import Normalizer
from eml.regions import premises_of, variables_of
from eml.semantics import Semantics
from eml.sums import term_of
from eml.tree import Tree
from logic.errors import PorismError


@dataclass(frozen=True)
class Decompiled:
    """An expression, and where the tree equals it."""

    expression: sympy.Expr
    domain: str


def decompile(tree: Tree, semantics: Semantics = Semantics.COMPLEX_EXTENDED) -> Decompiled:
    """The expression that a tree is, for real variables, or positive ones if that is shorter.

    Raises
    ------
    PorismError : the tree is infinite, undefined, or not over eml.

    Examples
    --------
    >>> from eml.rpn import parse_rpn
    >>> decompile(parse_rpn("11xE1EEy1EE")).expression
    x - y
    """
    if tree.operator.name != "eml":
        raise PorismError(f"Only trees over eml are decompiled, not over {tree.operator.name}.")
    best: Decompiled | None = None
    for assumed in ("real", "positive"):
        variables = variables_of(tree.variables)
        proof = Proof(variables, [p for v in variables for p in premises_of(assumed, v)])
        try:
            form, _ = TreeNormalizer(Normalizer(proof), semantics).normal(tree)
        except Unprovable:
            continue
        except RecursionError:
            raise PorismError(
                f"The tree, of depth {tree.depth:,}, is too deep for a normal form."
            ) from None
        if isinstance(form, str):
            raise PorismError(f"The tree's value is {form.replace('_', ' ')}.")
        premises = [*proof.hypotheses, *proof.demands]
        found = Decompiled(to_expression(term_of(form)), describe(premises, tree.variables))
        if best is None or sympy.count_ops(found.expression) < sympy.count_ops(best.expression):
            best = found
    if best is None:
        raise PorismError(
            f"The laws lead to no finite value of the tree under the semantics {semantics}.",
            hint=""
            if semantics is Semantics.COMPLEX_EXTENDED
            else "Try --semantics complex_extended.",
        )
    return best
