"""Sums of signed products of atoms, and the terms that they stand for.

An atom is a variable, i, pi, exp of one product, ln of what does not split, or inv of an atom or of
a sum. Products and sums are sorted and nested to the right.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from eml.laws import UNIT, ZERO, Equation, app
from logic.terms import App, Term


class Product(NamedTuple):
    """A signed product of atoms, sorted; without any it is one."""

    negative: bool
    atoms: tuple[Term, ...]


Sum: TypeAlias = tuple[Product, ...]
"""A sum of products, sorted; without any it is zero."""

Result: TypeAlias = tuple[Sum, Equation]


def product_term(atoms: tuple[Term, ...]) -> Term:
    term = atoms[-1] if atoms else UNIT
    for atom in reversed(atoms[:-1]):
        term = app("*", atom, term)
    return term


def term_of(form: Sum) -> Term:
    """The term that a normal form stands for."""
    parts = [
        app("neg", product_term(p.atoms)) if p.negative else product_term(p.atoms) for p in form
    ]
    term = parts[-1] if parts else ZERO
    for part in reversed(parts[:-1]):
        term = app("+", part, term)
    return term


def is_number(term: Term) -> bool:
    """Whether a term is one + (one + ...)."""
    while isinstance(term, App) and term.symbol == "+" and term.args[0] == UNIT:
        term = term.args[1]
    return term == UNIT


def without(atoms: tuple[Term, ...], atom: Term) -> tuple[Term, ...]:
    at = atoms.index(atom)
    return atoms[:at] + atoms[at + 1 :]


def negated(form: Sum) -> Sum:
    """The sum with all signs turned."""
    return tuple(Product(not p.negative, p.atoms) for p in form)


ONE: Sum = (Product(False, ()),)
TWO, THREE = app("+", UNIT, UNIT), app("+", UNIT, app("+", UNIT, UNIT))
HALF = app("inv", TWO)
E_MINUS_ONE: Sum = (Product(True, ()), Product(False, (app("exp", UNIT),)))
IMAGINARY, PI = app("i"), app("pi")
