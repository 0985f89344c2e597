"""Raw syntax: what the text says, before any name has a meaning.

Every node carries its place in the source as offsets (``at``, ``end``). ``depth`` is how deep the
node nests once numerals, lists and conjunctions are spelled out; the parser bounds it, so that
recursion over raw syntax, and over what it elaborates to, is safe.
"""

from __future__ import annotations

from typing import TypeAlias

from msgspec import Struct

DEPTH_LIMIT = 200
"""How deep brackets, expressions, numerals and lists may nest."""


# -- expressions: terms and formulas, not yet told apart ---------------------------------------


class Name(Struct, frozen=True):
    """A name or operator symbol, in its ASCII spelling."""

    at: int
    end: int
    text: str
    depth: int = 1


class Numeral(Struct, frozen=True):
    at: int
    end: int
    value: int
    depth: int = 1


class Call(Struct, frozen=True):
    """A symbol applied to arguments; ``=`` and ``!=`` are heads like any other."""

    at: int
    end: int
    depth: int
    head: Name
    args: tuple[Expression, ...]
    infix: bool


class Brackets(Struct, frozen=True):
    """``[a, b, c]``."""

    at: int
    end: int
    depth: int
    items: tuple[Expression, ...]


class Conditional(Struct, frozen=True):
    at: int
    end: int
    depth: int
    condition: Expression
    then: Expression
    otherwise: Expression


class Ascription(Struct, frozen=True):
    """``(t : S)``, a term with its sort."""

    at: int
    end: int
    depth: int
    term: Expression
    sort: SortName


class TruthValue(Struct, frozen=True):
    at: int
    end: int
    value: bool
    depth: int = 1


class Negation(Struct, frozen=True):
    at: int
    end: int
    depth: int
    body: Expression


class Connective(Struct, frozen=True):
    at: int
    end: int
    depth: int
    operator: str
    left: Expression
    right: Expression


class SortName(Struct, frozen=True):
    at: int
    end: int
    depth: int
    name: str
    args: tuple[SortName, ...]


class Binder(Struct, frozen=True):
    """A bound name; the sort stands where it is written, after the last name of its group."""

    name: Name
    sort: SortName | None


class Quantified(Struct, frozen=True):
    at: int
    end: int
    depth: int
    quantifier: str
    binders: tuple[Binder, ...]
    body: Expression


class CoreAtom(Struct, frozen=True):
    """``R[a,b]``."""

    at: int
    end: int
    depth: int
    head: Name
    args: tuple[Name, ...]


class CoreImplies(Struct, frozen=True):
    """``(>[x,y] P Q)``."""

    at: int
    end: int
    depth: int
    names: tuple[Name, ...]
    left: Expression
    right: Expression


class CoreAnd(Struct, frozen=True):
    """``(& P Q ...)``."""

    at: int
    end: int
    depth: int
    parts: tuple[Expression, ...]


class CoreNot(Struct, frozen=True):
    """``!P``."""

    at: int
    end: int
    depth: int
    body: Expression


Expression: TypeAlias = (
    Name
    | Numeral
    | Call
    | Brackets
    | Conditional
    | Ascription
    | TruthValue
    | Negation
    | Connective
    | Quantified
    | CoreAtom
    | CoreImplies
    | CoreAnd
    | CoreNot
)


# -- declarations ------------------------------------------------------------------------------


class TheoryName(Struct, frozen=True):
    name: Name


class Import(Struct, frozen=True):
    """``import NAME``, or ``import "path"`` with the quotes kept in ``target``."""

    at: int
    end: int
    target: str


class Sorts(Struct, frozen=True):
    names: tuple[Name, ...]


class Constructor(Struct, frozen=True):
    name: Name
    args: tuple[SortName, ...]


class Data(Struct, frozen=True):
    name: Name
    params: tuple[Name, ...]
    constructors: tuple[Constructor, ...]


class Variables(Struct, frozen=True):
    names: tuple[Name, ...]
    sort: SortName


class Constants(Struct, frozen=True):
    names: tuple[Name, ...]
    sort: SortName


class FunctionDeclaration(Struct, frozen=True):
    """``func f(S) -> T``; ``equations`` is None without braces."""

    name: Name
    args: tuple[SortName, ...]
    result: SortName
    equations: tuple[Expression, ...] | None = None


class PredicateDeclaration(Struct, frozen=True):
    name: Name
    args: tuple[SortName, ...]


class Define(Struct, frozen=True):
    head: Expression
    body: Expression


class Axiom(Struct, frozen=True):
    name: Name
    formula: Expression


class Goal(Struct, frozen=True):
    name: Name
    formula: Expression


class Explore(Struct, frozen=True):
    size: Numeral
    symbols: tuple[Name, ...]
    depth: Numeral | None


class InductionPrinciple(Struct, frozen=True):
    definition: Name
    params: tuple[Name, ...]
    base_set: Name
    start: Name
    successor: Name


Declaration: TypeAlias = (
    TheoryName
    | Import
    | Sorts
    | Data
    | Variables
    | Constants
    | FunctionDeclaration
    | PredicateDeclaration
    | Define
    | Axiom
    | Goal
    | Explore
    | InductionPrinciple
)
