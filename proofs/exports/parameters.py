"""The type parameters of symbols and formulas, in order of occurrence."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from logic.formulas import And, Atom, Equal, Exists, Forall, Formula, Iff, Implies, Not, Or
from logic.terms import App, Sort, Var
from logic.theory import Function, Predicate


def symbol_parameters(symbol: Function | Predicate) -> list[str]:
    """The type parameters of a symbol in order of occurrence."""
    sorts = [*symbol.args, *([symbol.result] if isinstance(symbol, Function) else [])]
    found: dict[str, None] = {}
    for sort in sorts:
        for name in _ordered_parameters(sort):
            found.setdefault(name)
    return list(found)


def _ordered_parameters(sort: Sort) -> Iterator[str]:
    if sort.parameter:
        yield sort.name
    for a in sort.args:
        yield from _ordered_parameters(a)


def formula_parameters(formula: Formula) -> tuple[str, ...]:
    """The type parameters of a formula in order of occurrence."""
    found: dict[str, None] = {}

    def visit(node: Any) -> None:
        match node:
            case Var(_, sort):
                for name in _ordered_parameters(sort):
                    found.setdefault(name)
            case App(_, args, sort):
                for name in _ordered_parameters(sort):
                    found.setdefault(name)
                for a in args:
                    visit(a)
            case Atom(_, args):
                for a in args:
                    visit(a)
            case Equal(a, b) | And(a, b) | Or(a, b) | Implies(a, b) | Iff(a, b):
                visit(a)
                visit(b)
            case Not(body):
                visit(body)
            case Forall(variables, body) | Exists(variables, body):
                for v in variables:
                    visit(v)
                visit(body)
            case _:
                pass

    visit(formula)
    return tuple(found)
