"""Unknown responses, as what a Python workflow sees while it is explored.

A :class:`Symbol` stands for any value of its sort. Comparing it gives an :class:`Open` condition,
whose truth the explorer decides, once each way. What cannot be followed symbolically is taken value
by value where the values are few, and is :class:`Unexplorable` otherwise.
"""

from __future__ import annotations

import decimal
import re
from collections.abc import Iterator
from typing import Any, NoReturn

from governance import conditions as build
from governance.schema import Schema
from governance.sorts import (
    ANY,
    BOOL,
    DECIMAL,
    DURATION,
    INT,
    NUMBERS,
    TEXT,
    Decimal,
    Duration,
    Time,
    Value,
    constant,
)
from logic.errors import PorismError
from logic.formulas import FALSE, TRUE, Formula, Not
from logic.terms import App, Sort, Term, Var

_MARK = re.compile(r"\u27e8([^\u27e9]*)\u27e9")


class Unexplorable(Exception):
    """A workflow does with an unknown value what cannot be followed; the reason is the message."""


class Oracle:
    """Decides what is open; the explorer is one."""

    schema: Schema

    def truth(self, formula: Formula) -> bool:
        """Whether a condition is true in this run."""
        raise NotImplementedError

    def choose(self, symbol: Symbol) -> Value:
        """One of the few values of a symbol."""
        raise NotImplementedError


class Open:
    """A condition that may be true or false."""

    __slots__ = ("formula", "oracle")

    def __init__(self, oracle: Oracle, formula: Formula) -> None:
        self.oracle, self.formula = oracle, formula

    def __bool__(self) -> bool:
        if self.formula in (TRUE, FALSE):
            return self.formula == TRUE
        return self.oracle.truth(self.formula)

    def __and__(self, other: Any) -> Open:
        return Open(self.oracle, build.conjunction([self.formula, _formula(other)]))

    def __or__(self, other: Any) -> Open:
        return Open(self.oracle, build.disjunction([self.formula, _formula(other)]))

    def __invert__(self) -> Open:
        return Open(self.oracle, Not(self.formula))

    __rand__, __ror__ = __and__, __or__


def _formula(value: Any) -> Formula:
    if isinstance(value, Open):
        return value.formula
    if isinstance(value, Symbol):
        return build.as_formula(value.term)
    if isinstance(value, bool):
        return TRUE if value else FALSE
    raise Unexplorable(f"it combines a condition with {value!r}")


class Symbol:
    """An unknown value of a sort: the response to a directive, an input, or computed from them."""

    __slots__ = ("oracle", "term")

    def __init__(self, oracle: Oracle, term: Term) -> None:
        self.oracle, self.term = oracle, term

    @property
    def name(self) -> str:
        """A short name for messages and texts."""
        return self.term.name if isinstance(self.term, Var) else "a computed value"

    # -- relations ---------------------------------------------------------------------------

    def _compare(self, operator: str, other: Any) -> Open:
        right = self._lift(other)
        left = self.term
        if (
            left.sort == ANY
            and right.sort != ANY
            and isinstance(left, Var)
            and operator not in "!="
        ):
            left = Var(left.name, right.sort)
        if {left.sort, right.sort} == {INT, DECIMAL}:
            left, right = (
                build.fit(self.oracle.schema, t, DECIMAL) if t.sort == INT else t
                for t in (left, right)
            )
        try:
            return Open(self.oracle, build.compare(self.oracle.schema, operator, left, right))
        except PorismError as error:
            if operator in ("=", "!="):
                return Open(self.oracle, FALSE if operator == "=" else TRUE)
            raise Unexplorable(f"it compares {self.name}: {error.message}") from None

    def _lift(self, value: Any) -> Term:
        found = lift(self.oracle.schema, value, self.term.sort)
        if found is None:
            raise Unexplorable(f"it compares {self.name} with {value!r}")
        return found

    def __eq__(self, other: object) -> Any:
        if other is None:
            return Open(self.oracle, FALSE)
        return self._compare("=", other)

    def __ne__(self, other: object) -> Any:
        if other is None:
            return Open(self.oracle, TRUE)
        return self._compare("!=", other)

    def __lt__(self, other: Any) -> Open:
        return self._compare("<", other)

    def __le__(self, other: Any) -> Open:
        return self._compare("<=", other)

    def __gt__(self, other: Any) -> Open:
        return self._compare(">", other)

    def __ge__(self, other: Any) -> Open:
        return self._compare(">=", other)

    def startswith(self, prefix: str) -> Open:
        """Whether a text begins so."""
        return Open(self.oracle, build.like(self.term, build.pattern_of([prefix, ""])))

    def endswith(self, suffix: str) -> Open:
        """Whether a text ends so."""
        return Open(self.oracle, build.like(self.term, build.pattern_of(["", suffix])))

    def __contains__(self, part: str) -> bool:
        if self.term.sort not in (TEXT, ANY):
            raise Unexplorable(f"it looks for a part of {self.name}")
        return bool(Open(self.oracle, build.like(self.term, build.pattern_of(["", part, ""]))))

    def __bool__(self) -> bool:
        sort = self.term.sort
        if sort == BOOL:
            return self.oracle.truth(build.as_formula(self.term))
        if sort in NUMBERS:
            return bool(self != 0)
        if sort == TEXT:
            return bool(self != "")
        if sort == ANY:
            marked = Var(f"{self.name} is true", BOOL)
            return self.oracle.truth(build.as_formula(marked))
        return True

    # -- arithmetic ----------------------------------------------------------------------------

    def _combine(self, operator: str, other: Any, turned: bool = False) -> Any:
        right = self._lift(other)
        left = self.term
        if ANY in (left.sort, right.sort):
            raise Unexplorable(f"it computes with {self.name}, whose sort is not known")
        a, b = (right, left) if turned else (left, right)
        try:
            return Symbol(self.oracle, build.arithmetic(self.oracle.schema, operator, a, b))
        except PorismError as error:
            raise Unexplorable(f"it computes with {self.name}: {error.message}") from None

    def __add__(self, other: Any) -> Any:
        if self.term.sort in (TEXT, ANY) and isinstance(other, str | Symbol):
            return f"{self}{other}"
        return self._combine("+", other)

    def __radd__(self, other: Any) -> Any:
        if isinstance(other, str):
            return f"{other}{self}"
        return self._combine("+", other, True)

    def __sub__(self, other: Any) -> Any:
        return self._combine("-", other)

    def __rsub__(self, other: Any) -> Any:
        return self._combine("-", other, True)

    def __mul__(self, other: Any) -> Any:
        return self._combine("*", other)

    __rmul__ = __mul__

    def __neg__(self) -> Any:
        return Symbol(self.oracle, build.negative(self.term))

    # -- value by value ------------------------------------------------------------------------

    def __hash__(self) -> int:
        return hash(self.oracle.choose(self))

    def __index__(self) -> int:
        return int(self.oracle.choose(self))

    def __int__(self) -> int:
        return int(self.oracle.choose(self))

    def __str__(self) -> str:
        return f"\u27e8{self.name}\u27e9"

    __repr__ = __str__

    def __format__(self, _: str) -> str:
        return str(self)

    def __iter__(self) -> Iterator[Any]:
        raise Unexplorable(f"it goes through {self.name} item by item")

    def __getattr__(self, name: str) -> NoReturn:
        raise Unexplorable(f"it uses '.{name}' of {self.name}")

    def __getitem__(self, key: Any) -> NoReturn:
        raise Unexplorable(f"it takes a part of {self.name}")


def lift(schema: Schema, value: Any, sort: Sort) -> Term | None:
    """A Python value as a term, of a sort where it can be; None if it is none."""
    found: Term
    if isinstance(value, Symbol):
        return value.term
    if isinstance(value, bool):
        return constant(value, BOOL)
    if isinstance(value, Decimal):
        found = constant(value, DECIMAL)
    elif isinstance(value, Duration | Time):
        found = constant(value, DURATION if isinstance(value, Duration) else Sort("Time"))
    elif isinstance(value, int):
        found = constant(value, INT)
    elif isinstance(value, float | decimal.Decimal):
        from governance.sorts import read_decimal

        number = read_decimal(f"{value:f}" if isinstance(value, decimal.Decimal) else repr(value))
        if number is None:
            return None
        found = constant(number, DECIMAL)
    elif isinstance(value, str):
        if _MARK.search(value):
            return None
        found = constant(value, TEXT)
        if value not in schema.members(sort) and schema.members(sort):
            return App(value, (), TEXT)
    else:
        return None
    try:
        return build.fit(schema, found, sort)
    except PorismError:
        return found


def mentions_symbol(value: Any) -> bool:
    """Whether a text was made from unknown ones."""
    return isinstance(value, str) and bool(_MARK.search(value))
