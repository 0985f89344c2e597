"""Symbols: what a condition written in Python is made of, before any request has come.

Comparing or adding symbols gives formulas and terms of the policy core. Whatever would need their
values (``if``, ``and``, ``in``, iteration) is refused with a hint at what to write instead.
"""

from __future__ import annotations

import decimal
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NoReturn, TypeAlias

from governance import conditions as build
from governance.past import VIEWS, Monitor, Operation, Pattern, View
from governance.printing import named_monitor, show_condition
from governance.schema import KINDS, Schema
from governance.sorts import (
    BOOL,
    DECIMAL,
    DURATION,
    ENTITY,
    INT,
    TEXT,
    TIME,
    Undefined,
    constant,
    convert,
)
from logic.errors import PorismError, nearest
from logic.formulas import Atom, Formula, Not
from logic.terms import App, Sort, Term, Var


def _truth(self: object) -> NoReturn:
    raise PorismError(
        "A condition has no truth value while the policy is being built.",
        hint="Combine conditions with & | ~ and parentheses, not with and, or, not, if.",
    )


class Condition:
    """A symbolic truth value: combine it with ``&``, ``|`` and ``~``."""

    def __init__(self, formula: Formula) -> None:
        self.formula = formula

    def __and__(self, other: object) -> Condition:
        return Condition(build.conjunction([self.formula, as_condition(other)]))

    def __or__(self, other: object) -> Condition:
        return Condition(build.disjunction([self.formula, as_condition(other)]))

    def __rand__(self, other: object) -> Condition:
        return Condition(build.conjunction([as_condition(other), self.formula]))

    def __ror__(self, other: object) -> Condition:
        return Condition(build.disjunction([as_condition(other), self.formula]))

    def __invert__(self) -> Condition:
        return Condition(Not(self.formula))

    __bool__ = _truth

    def __repr__(self) -> str:
        return f"<condition {show_condition(self.formula)}>"


class Symbol:
    """A symbolic value: compare it, add to it, ask whether it :meth:`is_in` a set."""

    __hash__ = None  # type: ignore[assignment]

    def __init__(self, schema: Schema, term: Term) -> None:
        self._schema = schema
        self.term = term

    def _compare(self, operator: str, other: object) -> Condition:
        right = _term(self._schema, other, self.term.sort)
        return Condition(build.compare(self._schema, operator, self.term, right))

    def __eq__(self, other: object) -> Condition:  # type: ignore[override]
        return self._compare("=", other)

    def __ne__(self, other: object) -> Condition:  # type: ignore[override]
        return self._compare("!=", other)

    def __lt__(self, other: object) -> Condition:
        return self._compare("<", other)

    def __le__(self, other: object) -> Condition:
        return self._compare("<=", other)

    def __gt__(self, other: object) -> Condition:
        return self._compare(">", other)

    def __ge__(self, other: object) -> Condition:
        return self._compare(">=", other)

    def _arithmetic(self, operator: str, left: object, right: object) -> Symbol:
        sort = None if operator == "*" else self.term.sort
        a, b = _term(self._schema, left, sort), _term(self._schema, right, sort)
        return Symbol(self._schema, build.arithmetic(self._schema, operator, a, b))

    def __add__(self, other: object) -> Symbol:
        return self._arithmetic("+", self, other)

    def __radd__(self, other: object) -> Symbol:
        return self._arithmetic("+", other, self)

    def __sub__(self, other: object) -> Symbol:
        return self._arithmetic("-", self, other)

    def __rsub__(self, other: object) -> Symbol:
        return self._arithmetic("-", other, self)

    def __mul__(self, other: object) -> Symbol:
        return self._arithmetic("*", self, other)

    def __rmul__(self, other: object) -> Symbol:
        return self._arithmetic("*", other, self)

    def __neg__(self) -> Symbol:
        return Symbol(self._schema, build.negative(self.term))

    def is_in(self, collection: object) -> Condition:
        """Whether this is in a set of values, in a symbolic set, or (a principal) in a role."""
        if self.term.sort == ENTITY and isinstance(collection, str):
            known = [*self._schema.roles, *self._schema.principals]
            if collection not in known:
                raise PorismError(
                    f"There is no role '{collection}'.", hint=nearest(collection, known)
                )
            return Condition(Atom("under", (self.term, constant(collection, ENTITY))))
        if isinstance(collection, Symbol):
            return Condition(build.member(self._schema, self.term, collection.term))
        if not isinstance(collection, list | tuple | set | frozenset):
            raise PorismError("'is_in' takes a set of values, or the name of a role.")
        items = [_term(self._schema, item, self.term.sort) for item in collection]
        items.sort(key=str)
        return Condition(build.member(self._schema, self.term, build.make_set(items)))

    def contains(self, element: object) -> Condition:
        """Whether this set has an element."""
        inner = self.term.sort.args[0] if self.term.sort.args else None
        return Condition(build.member(self._schema, _term(self._schema, element, inner), self.term))

    def like(self, pattern: str) -> Condition:
        """Whether this text matches a pattern in which ``*`` stands for anything."""
        return Condition(build.like(self.term, pattern))

    def __bool__(self) -> bool:
        if self.term.sort == BOOL:
            _truth(self)
        raise PorismError(
            f"A symbol of sort {self.term.sort} has no truth value; compare it with something."
        )

    def __contains__(self, element: object) -> NoReturn:
        raise PorismError("'in' cannot be symbolic in Python.", hint="Write x.is_in({...}).")

    def __iter__(self) -> NoReturn:
        raise PorismError("A symbol cannot be iterated over: it has no value yet.")

    def __repr__(self) -> str:
        return f"<{self.term.sort} of a request>"


def as_condition(value: object) -> Formula:
    if isinstance(value, Condition):
        return value.formula
    if isinstance(value, Symbol):
        return build.as_formula(value.term)
    raise PorismError(
        f"{_named(value)} is no condition: it does not depend on the request.",
        hint="Compare something of the request or the past, as in request.amount <= 500.",
    )


def _term(schema: Schema, value: object, sort: Sort | None) -> Term:
    if isinstance(value, Symbol):
        return value.term
    if isinstance(value, Condition):
        return build.as_term(value.formula)
    if isinstance(value, float):
        raise PorismError(
            f"{value!r} is a float, and floats are not exact.",
            hint=f"Write Decimal('{value}') from the decimal module.",
        )
    if sort is not None and not (isinstance(value, int) and sort == TIME):
        try:
            if schema.members(sort):
                return build.fit(schema, constant(value, TEXT), sort)
            return constant(convert(value, sort), sort)
        except Undefined:
            pass
    guesses: list[tuple[type, Sort]] = [
        (bool, BOOL), (int, INT), (str, TEXT), (decimal.Decimal, DECIMAL),
        (timedelta, DURATION), (datetime, TIME),
    ]  # fmt: skip
    for cls, guess in guesses:
        if isinstance(value, cls):
            try:
                return constant(convert(value, guess), guess)
            except Undefined as why:
                raise PorismError(f"{str(why).capitalize()}.") from None
    raise PorismError(f"{_named(value)} cannot stand in a condition.")


def _named(value: object) -> str:
    text = repr(value)
    return text if len(text) < 50 else f"A {type(value).__name__}"


class Fields:
    """The current request, or in ``where`` an event: its arguments by name.

    ``principal``, ``tool``, ``now`` and ``label("Lattice")`` are there for every tool;
    ``has("note")`` asks whether an optional argument is given.
    """

    def __init__(self, schema: Schema, tools: Sequence[str]) -> None:
        self._schema = schema
        self._tools = tools or list(schema.tools)

    def __getattr__(self, name: str) -> Symbol:
        if name.startswith("_"):
            raise AttributeError(name)
        special = {"principal": build.PRINCIPAL, "tool": build.TOOL, "now": build.NOW}.get(name)
        return Symbol(self._schema, special or self._parameter(name))

    def _parameter(self, name: str) -> Var:
        known = {p.name: p for t in self._tools for p in self._schema.tools[t].parameters}
        if name not in known:
            where = self._tools[0] if len(self._tools) == 1 else "None of these tools"
            has = "has no parameter" if len(self._tools) == 1 else "has a parameter"
            raise PorismError(f"{where} {has} '{name}'.", hint=nearest(name, known))
        sorts = {
            p.sort for t in self._tools for p in self._schema.tools[t].parameters if p.name == name
        }
        if len(sorts) > 1:
            raise PorismError(f"'{name}' has different sorts in {', '.join(self._tools)}.")
        return Var(name, sorts.pop())

    def has(self, name: str) -> Condition:
        """Whether an optional argument is given."""
        return Condition(Atom("has", (self._parameter(name),)))

    def label(self, lattice: str) -> Symbol:
        """The join of the labels of the arguments."""
        if lattice not in self._schema.lattices:
            raise PorismError(
                f"There is no label lattice '{lattice}'.",
                hint=nearest(lattice, self._schema.lattices),
            )
        return Symbol(self._schema, build.label_of(lattice))


Where: TypeAlias = Callable[[Fields], object]


class Past:
    """What happened before the request.

    Events are chosen by tool, by ``where`` (a function of the event), and by keywords that tie an
    argument of the event to the request or to a value: ``to=request.to``. ``view`` says which
    events count: ``"completed"`` (default), ``"permitted"`` or ``"attempted"``. ``within`` is a
    duration: ``"1h"`` or a ``timedelta``.
    """

    def __init__(self, schema: Schema, monitors: dict[str, Monitor]) -> None:
        self._schema = schema
        self._monitors = monitors

    def once(
        self,
        tools: str | Sequence[str],
        within: object = None,
        view: View = "completed",
        where: Where | None = None,
        **tied: object,
    ) -> Condition:
        """Whether there was such an event."""
        pattern, keys = self._pattern(tools, view, where, tied)
        return self._asked(named_monitor("once", pattern, None, _window(within)), keys)

    def previous(
        self,
        tools: str | Sequence[str],
        view: View = "completed",
        where: Where | None = None,
        **tied: object,
    ) -> Condition:
        """Whether the last event was such a one."""
        pattern, keys = self._pattern(tools, view, where, tied)
        return self._asked(named_monitor("previous", pattern), keys)

    def since(
        self,
        tools: str | Sequence[str],
        never: str | Sequence[str],
        within: object = None,
        view: View = "completed",
        where: Where | None = None,
        **tied: object,
    ) -> Condition:
        """Whether there was such an event, and after the last of them none of ``never``."""
        pattern, keys = self._pattern(tools, view, where, tied)
        breaking, _ = self._pattern(never, view, None, {})
        monitor = named_monitor("since", pattern, None, _window(within), breaking)
        return self._asked(monitor, keys)

    def count(
        self,
        tools: str | Sequence[str],
        within: object = None,
        view: View = "completed",
        where: Where | None = None,
        **tied: object,
    ) -> Symbol:
        """How many such events there were."""
        return self._number("count", tools, None, within, view, where, tied)

    def sum(
        self,
        tools: str | Sequence[str],
        field: str,
        within: object = None,
        view: View = "completed",
        where: Where | None = None,
        **tied: object,
    ) -> Symbol:
        """The total of an argument of such events."""
        return self._number("sum", tools, field, within, view, where, tied)

    def distinct(
        self,
        tools: str | Sequence[str],
        field: str,
        within: object = None,
        view: View = "completed",
        where: Where | None = None,
        **tied: object,
    ) -> Symbol:
        """How many different values an argument of such events had."""
        return self._number("distinct", tools, field, within, view, where, tied)

    def _number(
        self,
        operation: Operation,
        tools: str | Sequence[str],
        field: str | None,
        within: object,
        view: View,
        where: Where | None,
        tied: Mapping[str, object],
    ) -> Symbol:
        pattern, keys = self._pattern(tools, view, where, tied)
        term: Term | None = None
        if field is not None:
            term = getattr(Fields(self._schema, pattern.tools), field).term
        if operation == "sum" and term is not None and term.sort not in (INT, DECIMAL, DURATION):
            raise PorismError(f"A {term.sort} cannot be summed up.")
        monitor = named_monitor(operation, pattern, term, _window(within))
        self._monitors.setdefault(monitor.name, monitor)
        return Symbol(self._schema, App(monitor.name, keys, monitor.sort))

    def _asked(self, monitor: Monitor, keys: tuple[Term, ...]) -> Condition:
        self._monitors.setdefault(monitor.name, monitor)
        return Condition(Atom(monitor.name, keys))

    def _pattern(
        self,
        tools: str | Sequence[str],
        view: View,
        where: Where | None,
        tied: Mapping[str, object],
    ) -> tuple[Pattern, tuple[Term, ...]]:
        names = tool_names(self._schema, tools)
        if view not in VIEWS:
            raise PorismError(f"There is no view '{view}'.", hint=nearest(view, VIEWS))
        event = Fields(self._schema, names)
        guards = [as_condition(where(event))] if where is not None else []
        own: list[Term] = []
        keys: list[Term] = []
        for name, value in tied.items():
            field = getattr(event, name)
            if isinstance(value, Symbol):
                build.compare(self._schema, "=", field.term, value.term)
                own.append(field.term)
                keys.append(value.term)
            else:
                guards.append((field == value).formula)
        return Pattern(view, names, build.conjunction(guards), tuple(own)), tuple(keys)


def _window(within: object) -> int | None:
    if within is None:
        return None
    try:
        return int(convert(within, DURATION))
    except Undefined:
        raise PorismError(
            f"{within!r} is no duration.", hint="Write '1d', '2h30m', '90s' or a timedelta."
        ) from None


def tool_names(schema: Schema, tools: str | Sequence[str]) -> tuple[str, ...]:
    given = (tools,) if isinstance(tools, str) else tuple(tools)
    found: dict[str, None] = {}
    for name in given:
        if name == "*":
            return ()
        if name.startswith("any "):
            kind = name[4:]
            if kind not in KINDS:
                raise PorismError(f"'{kind}' is no kind.", hint=nearest(kind, KINDS))
            found.update(dict.fromkeys(t.name for t in schema.tools.values() if t.kind == kind))
        elif name in schema.tools:
            found[name] = None
        else:
            raise PorismError(
                f"There is no tool '{name}'.",
                hint=nearest(name, schema.tools) or "'*' means any, 'any call' a kind.",
            )
    return tuple(found)
