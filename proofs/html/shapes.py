"""Statements as the small trees that the search of the index page matches.

A variable is a number, a constant its name, an application or a connective a list with its
symbol first; a quantifier is ``["all", body]`` or ``["some", body]``: names of bound variables
and sorts do not matter to a shape.
"""

from __future__ import annotations

from typing import TypeAlias

from logic.formulas import (
    And,
    Atom,
    Equal,
    Exists,
    Forall,
    Formula,
    Iff,
    Implies,
    Not,
    Or,
    Truth,
)
from logic.terms import App, If, Term, Var

Shape: TypeAlias = "int | str | list[Shape]"

_WORDS: dict[type, str] = {Equal: "=", And: "and", Or: "or", Implies: "->", Iff: "<->"}


def shape(formula: Formula) -> Shape:
    """The tree of a formula; variables are numbered in order of first occurrence."""
    numbers: dict[str, int] = {}

    def visit(node: Formula | Term) -> Shape:
        match node:
            case Var(name):
                return numbers.setdefault(name, len(numbers))
            case App(symbol, args) | Atom(symbol, args):
                return [symbol, *map(visit, args)] if args else symbol
            case If(condition, then, otherwise):
                return ["if", visit(condition), visit(then), visit(otherwise)]
            case Truth(value):
                return "true" if value else "false"
            case Not(body):
                return ["not", visit(body)]
            case Forall(_, body):
                return ["all", visit(body)]
            case Exists(_, body):
                return ["some", visit(body)]
            case Equal(a, b) | And(a, b) | Or(a, b) | Implies(a, b) | Iff(a, b):
                return [_WORDS[type(node)], visit(a), visit(b)]

    while isinstance(formula, Forall):
        formula = formula.body
    return visit(formula)
