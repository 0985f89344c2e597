"""Functions on decimals, times and durations, for conditions that come from Cedar."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from governance.sorts import (
    LEAST,
    MOST,
    Decimal,
    Duration,
    Time,
    Undefined,
    Value,
    read_decimal,
    read_duration,
    read_time,
)

DAY = 86_400_000


def _read(kind: str, reader: Callable[[str], Value | None]) -> Callable[[Value], Value]:
    def read(text: Value) -> Value:
        value = reader(text) if type(text) is str else None
        if value is None:
            raise Undefined(f"{text!r} is no {kind}")
        return value

    return read


def _need(value: Value, cls: type) -> Any:
    if type(value) is not cls:
        raise Undefined(f"a {cls.__name__} is needed, not {value!r}")
    return value


def _fit(value: int, cls: type) -> Value:
    if not LEAST <= value <= MOST:
        raise Undefined("a time leaves 64 bits")
    return cls(value)


def _error(message: Value) -> Value:
    raise Undefined(str(message))


def _order(test: Callable[[int, int], bool]) -> Callable[[Value, Value], bool]:
    return lambda a, b: test(_need(a, Decimal), _need(b, Decimal))


def _units(size: int) -> Callable[[Value], int]:
    def count(value: Value) -> int:
        milliseconds = int(_need(value, Duration))
        whole = abs(milliseconds) // size
        return whole if milliseconds >= 0 else -whole

    return count


FUNCTIONS: dict[str, Callable[..., Value]] = {
    "any": lambda value: value,
    "error": _error,
    "decimal": _read("decimal", read_decimal),
    "datetime": _read("time", read_time),
    "duration": _read("duration", read_duration),
    "lessThan": _order(lambda a, b: a < b),
    "lessThanOrEqual": _order(lambda a, b: a <= b),
    "greaterThan": _order(lambda a, b: a > b),
    "greaterThanOrEqual": _order(lambda a, b: a >= b),
    "offset": lambda t, d: _fit(_need(t, Time) + _need(d, Duration), Time),
    "durationSince": lambda a, b: _fit(_need(a, Time) - _need(b, Time), Duration),
    "toDate": lambda t: _fit(_need(t, Time) // DAY * DAY, Time),
    "toTime": lambda t: Duration(_need(t, Time) % DAY),
    "toMilliseconds": _units(1),
    "toSeconds": _units(1_000),
    "toMinutes": _units(60_000),
    "toHours": _units(3_600_000),
    "toDays": _units(DAY),
}
