"""Values whose sort is known only when they are seen, as those of imported policies.

Each function gives a value of the kind that it is named after, or raises :class:`Undefined`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from governance.sorts import (
    DECIMAL,
    DURATION,
    INT,
    LEAST,
    MOST,
    Decimal,
    Duration,
    Entity,
    Time,
    Undefined,
    Value,
)
from logic.terms import Sort

_CLASSES = {INT: int, DECIMAL: Decimal, DURATION: Duration}


def boolean(value: Value) -> bool:
    if type(value) is not bool:
        raise Undefined(f"a condition is true or false, not {kind(value)}")
    return value


def number(value: Value, sort: Sort) -> Value:
    if type(value) is not _CLASSES.get(sort, int):
        raise Undefined(f"arithmetic needs numbers, not {kind(value)}")
    return value


def fits(value: int, cls: type) -> Value:
    if not LEAST <= value <= MOST:
        raise Undefined("a number leaves 64 bits")
    return value if cls is int else cls(value)


def alike(a: Value, b: Value) -> tuple[Value, Value]:
    if type(a) is not type(b) or type(a) not in (int, Duration, Time):
        raise Undefined(f"{kind(a)} and {kind(b)} have no order")
    return a, b


def text(value: Value) -> str:
    if type(value) is not str:
        raise Undefined(f"a text is needed, not {kind(value)}")
    return value


def entity(value: Value) -> Entity:
    if type(value) is not Entity:
        raise Undefined(f"an entity is needed, not {kind(value)}")
    return value


def set(value: Value) -> frozenset[Any]:
    if not isinstance(value, frozenset):
        raise Undefined(f"a set is needed, not {kind(value)}")
    return value


def fields(
    attributes: Mapping[str, Mapping[str, Value]],
    value: Value,
    missing: Mapping[str, Value] | None = None,
) -> Mapping[str, Value]:
    if isinstance(value, dict):
        return value
    if type(value) is Entity:
        found = attributes.get(value, missing)
        if found is None:
            raise Undefined(f"the entity {value} does not exist")
        return found
    raise Undefined(f"{kind(value)} has no attributes")


def kind(value: Value) -> str:
    names = {bool: "Bool", int: "Int", str: "Text", frozenset: "Set", dict: "Record"}
    name = names.get(type(value), type(value).__name__)
    return f"{'an' if name[0] in 'AEI' else 'a'} {name}"
