"""Sorts and terms of many-sorted first-order logic with type parameters.

Terms are immutable values; two terms are equal when they are the same tree. Their C counterpart
(:mod:`logic.core`) shares subterms and knows no names; this form is what people and files see.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, TypeAlias

import msgspec

if TYPE_CHECKING:
    from logic.formulas import Formula


class Sort(msgspec.Struct, frozen=True):
    """``Nat``, ``List(A)``; a type parameter ``A`` has ``parameter`` set and no arguments."""

    name: str
    args: tuple[Sort, ...] = ()
    parameter: bool = False

    def __str__(self) -> str:
        return f"{self.name}({', '.join(map(str, self.args))})" if self.args else self.name


UNIVERSE = Sort("Universe")
"""The one sort of core notation, whose formulas are untyped."""


class Var(msgspec.Struct, frozen=True):
    """A variable; which quantifier or scope binds it is decided by its name."""

    name: str
    sort: Sort


class App(msgspec.Struct, frozen=True):
    """A function symbol applied to its arguments; a constant has none.

    ``sort`` is the sort of the whole term. It is stored because a polymorphic constant
    (``nil : List(A)``) does not determine it.
    """

    symbol: str
    args: tuple[Term, ...]
    sort: Sort


class If(msgspec.Struct, frozen=True):
    """``if condition then s else t``; the prover splits definitions that contain it into cases."""

    condition: Formula
    then: Term
    otherwise: Term

    @property
    def sort(self) -> Sort:
        return self.then.sort


Term: TypeAlias = Var | App | If


def term_size(term: Term) -> int:
    """How many variables and symbols occur in a term, counted with repetition."""
    match term:
        case App(_, args):
            return 1 + sum(map(term_size, args))
        case If(_, then, otherwise):
            return 1 + term_size(then) + term_size(otherwise)
        case _:
            return 1


def subterms(term: Term) -> Iterator[Term]:
    """The term and all its subterms, outermost first, left to right (conditions excluded)."""
    yield term
    match term:
        case App(_, args):
            for argument in args:
                yield from subterms(argument)
        case If(_, then, otherwise):
            yield from subterms(then)
            yield from subterms(otherwise)


def substitute_sort(sort: Sort, binding: Mapping[str, Sort]) -> Sort:
    """Replace type parameters by sorts."""
    if sort.parameter:
        return binding.get(sort.name, sort)
    if not sort.args:
        return sort
    return Sort(sort.name, tuple(substitute_sort(a, binding) for a in sort.args))


def match_sort(pattern: Sort, sort: Sort, binding: dict[str, Sort]) -> bool:
    """Extend ``binding`` so that ``pattern`` under it is ``sort``; false if there is no way."""
    if pattern.parameter:
        return binding.setdefault(pattern.name, sort) == sort
    return (
        pattern.name == sort.name
        and sort.parameter == pattern.parameter
        and len(pattern.args) == len(sort.args)
        and all(match_sort(p, s, binding) for p, s in zip(pattern.args, sort.args, strict=True))
    )


def parameters(sort: Sort) -> set[str]:
    """The names of the type parameters in a sort."""
    return {sort.name} if sort.parameter else set().union(*map(parameters, sort.args))
