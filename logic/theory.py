"""``Signature`` and ``Theory``: what an MPL file denotes.

A theory is data; nothing here reads text or proves anything. All formulas in it are closed: the
variables that an author leaves free are quantified universally, in order of first occurrence.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from logic.formulas import Formula
from logic.terms import Sort, Var


class Function(msgspec.Struct, frozen=True):
    """A function symbol; a constant has no arguments, a constructor belongs to a data type."""

    name: str
    args: tuple[Sort, ...]
    result: Sort
    kind: Literal["function", "constructor", "defined"] = "function"


class Predicate(msgspec.Struct, frozen=True):
    """A predicate symbol; ``defined`` if a ``define`` gives it a meaning."""

    name: str
    args: tuple[Sort, ...]
    kind: Literal["predicate", "defined"] = "predicate"


class DataType(msgspec.Struct, frozen=True):
    """An inductive data type: its sort (``List(A)``) and its constructors in order."""

    sort: Sort
    constructors: tuple[Function, ...]


class Signature(msgspec.Struct):
    """The sorts and symbols of a theory, by name, in order of declaration."""

    sorts: dict[str, Sort] = {}
    """Uninterpreted sorts (``sort S``, and ``Universe`` where core notation is used)."""
    data: dict[str, DataType] = {}
    functions: dict[str, Function] = {}
    """Constructors included."""
    predicates: dict[str, Predicate] = {}

    def constructors(self, sort: Sort) -> tuple[Function, ...]:
        """The constructors of a data sort, as declared; none for other sorts."""
        found = self.data.get(sort.name)
        return found.constructors if found and not sort.parameter else ()


class Definition(msgspec.Struct, frozen=True):
    """A conservative definition of one symbol.

    ``clauses`` are closed formulas. For a recursive function they are its equations with ``if``
    split into conditional equations (``P -> f(x) = s``, ``not P -> f(x) = t``); for ``define`` one
    equation, or one equivalence ``HEAD <-> BODY``. ``source`` is what the author wrote: the
    equations before the split, which the printer shows.
    """

    symbol: str
    clauses: tuple[Formula, ...]
    recursive: bool
    source: tuple[Formula, ...]


class Induction(msgspec.Struct, frozen=True):
    """``induction D[params]: base_set from start by successor`` of core notation.

    Where ``D(params)`` holds, a statement about every x with ``in(x, base_set)`` may be proved
    from its truth at ``start`` and its passing along ``in2(x, y, successor)``.
    """

    definition: str
    params: tuple[str, ...]
    base_set: str
    start: str
    successor: str


class Exploration(msgspec.Struct, frozen=True):
    """``explore size N with SYMBOLS depth D``: what ``porism explore`` enumerates.

    ``size`` bounds each side of an equation, in symbols and variables; an empty ``symbols``
    means all that are declared; ``depth`` bounds the nesting of terms (0: unbounded).
    """

    size: int
    symbols: tuple[str, ...] = ()
    depth: int = 0


class Theory(msgspec.Struct):
    """A signature, definitions, axioms, induction principles, goals and exploration bounds."""

    name: str
    signature: Signature
    variables: dict[str, Var] = {}
    """Declared by ``var``: what a free variable of that name means in this theory's formulas."""
    definitions: dict[str, Definition] = {}
    axioms: dict[str, Formula] = {}
    goals: dict[str, Formula] = {}
    lemmas: dict[str, Formula] = {}
    """The goals of imported theories: not to be proved for their own sake, but worth a try."""
    inductions: tuple[Induction, ...] = ()
    exploration: Exploration | None = None
    declarations: tuple[tuple[str, str], ...] = ()
    """Every declaration in source order as (keyword, name), imports included: for the printer."""
    imports: tuple[str, ...] = ()
    path: str = ""

    # -- in a notebook -----------------------------------------------------------------------

    def _repr_html_(self) -> str:
        from logic.notebook import theory_html

        return theory_html(self)

    def _repr_latex_(self) -> str:
        from logic.notebook import theory_latex

        return theory_latex(self)
