"""Values of unknown sort in Z3, as Cedar's policies have them.

A value is one of a Z3 data type: a truth value, a number, a text, an entity, and so on. What an
entity, a record or a set has is not inside it: these are *references*, and their attributes, tags
and elements are functions of them. Every concrete world is a model of that, so what has no model
holds in all worlds; a model that is no world (two references to sets with the same elements) is
refused when it is replayed.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

from governance.analysis.meaning import Unanalysed
from governance.extensions import network
from governance.sorts import (
    LEAST,
    MOST,
    Address,
    Decimal,
    Duration,
    Entity,
    Time,
    Value,
)
from logic.smt import Expr, Interpretation, escape

KINDS: tuple[tuple[str, type | None], ...] = (
    ("bool", bool), ("int", int), ("text", str), ("entity", Entity), ("decimal", Decimal),
    ("time", Time), ("duration", Duration), ("address", Address), ("set", None), ("record", None),
)  # fmt: skip
"""The kinds of values, and the classes of those that are not references."""

_shared = threading.local()


class Values:
    """The data type of values, and constants of it."""

    def __init__(self, meaning: Interpretation) -> None:
        self.z3, self.context = meaning.z3, meaning.context
        self._meaning = meaning
        known = getattr(_shared, "known", None)
        # One data type a context: two of one name would be different sorts.
        if known is None or known[0] is not self.context:
            known = _shared.known = (self.context, self._declare())
        self.sort = known[1]
        # Looked up once: a data type looks for its functions by name.
        self._tests = {k: getattr(self.sort, f"is_{k}") for k, _ in KINDS}
        self._inner = {k: getattr(self.sort, f"the {k}") for k, _ in KINDS if k != "address"}
        self._any = self.z3.Const("any value", self.sort)
        self._sane = self._sanity(self._any)
        self.codes: dict[str, int] = {}
        """The numbers of the entities that are named."""
        self._fresh = 0

    def _declare(self) -> Any:
        z3, context = self.z3, self.context
        number, truth = z3.IntSort(context), z3.BoolSort(context)
        value = z3.Datatype("Value", context)
        for kind, _ in KINDS:
            if kind == "address":
                # The range that is denoted, and the address itself.
                parts = [("four", truth), ("low", number), ("high", number), ("own", number)]
                value.declare(kind, *parts)
            else:
                inner = {"bool": truth, "text": z3.StringSort(context)}.get(kind, number)
                value.declare(kind, (f"the {kind}", inner))
        return value.create()

    def make(self, kind: str, *inner: Expr) -> Expr:
        """A value of that kind."""
        return getattr(self.sort, kind)(*inner)

    def is_a(self, kind: str, value: Expr) -> Expr:
        """Whether a value is of that kind."""
        return self._tests[kind](value)

    def inner(self, kind: str, value: Expr) -> Expr:
        """What is in a value of that kind."""
        return self._inner[kind](value)

    def part(self, name: str, address: Expr) -> Expr:
        """``four``, ``low``, ``high`` or ``own`` of an address."""
        return getattr(self.sort, name)(address)

    def fresh(self, name: str) -> Expr:
        """A value of which nothing is known."""
        self._fresh += 1
        return self.z3.Const(f"{name}!{self._fresh}", self.sort)

    def fresh_bool(self, name: str) -> Expr:
        """A truth value of which nothing is known."""
        self._fresh += 1
        return self.z3.Bool(f"{name}!{self._fresh}", self.context)

    def literal(self, value: Value) -> Expr:
        """A value that is known, and no reference."""
        z3, context = self.z3, self.context
        if isinstance(value, bool):
            return self.make("bool", z3.BoolVal(value, context))
        if type(value) is str:
            return self.make("text", z3.StringVal(escape(value), context))
        if type(value) is Entity:
            return self.make("entity", z3.IntVal(self.code(value), context))
        if type(value) is Address:
            found = network(value)
            numbers = (
                int(found.network_address),
                int(found.broadcast_address),
                int(found.__class__(value.partition("/")[0]).network_address),
            )
            four = z3.BoolVal(found.version == 4, context)
            return self.make("address", four, *(z3.IntVal(n, context) for n in numbers))
        for kind, cls in KINDS:
            if cls is type(value):
                return self.make(kind, z3.IntVal(int(value), context))  # type: ignore[call-overload]
        raise Unanalysed(f"a {type(value).__name__}")

    def code(self, entity: str) -> int:
        """The number of a named entity."""
        return self.codes.setdefault(entity, len(self.codes))

    def sane(self, value: Expr) -> Expr:
        """What holds of every value: numbers fit, ranges are not empty."""
        return self.z3.substitute(self._sane, (self._any, value))

    def _sanity(self, value: Expr) -> Expr:
        z3, found = self.z3, []
        for kind in ("int", "decimal", "time", "duration"):
            number = self.inner(kind, value)
            found.append(
                z3.Implies(self.is_a(kind, value), z3.And(number >= LEAST, number <= MOST))
            )
        for kind in ("entity", "set", "record"):
            found.append(z3.Implies(self.is_a(kind, value), self.inner(kind, value) >= 0))
        four, low, high, own = (self.part(n, value) for n in ("four", "low", "high", "own"))
        most = z3.If(four, z3.IntVal(2**32, self.context), z3.IntVal(2**128, self.context))
        found.append(
            z3.Implies(
                self.is_a("address", value),
                z3.And(low >= 0, low <= own, own <= high, high < most),
            )
        )
        return z3.And(*found)

    def alike(
        self, kinds: Sequence[str], a: Expr, b: Expr, test: Callable[[Expr, Expr], Expr]
    ) -> tuple[Expr, Expr]:
        """Whether two values are of one of these kinds, and whether a test holds of what is in
        them."""
        z3 = self.z3
        both = [z3.And(self.is_a(k, a), self.is_a(k, b)) for k in kinds]
        cases = [
            z3.And(sure, test(self.inner(k, a), self.inner(k, b)))
            for k, sure in zip(kinds, both, strict=True)
        ]
        return self._meaning.any(both), self._meaning.any(cases)
