"""The interpreted sorts of policies, and the values that have them.

A value of sort Bool, Int, Text or Entity is a Python ``bool``, ``int`` or ``str``. Decimals,
durations and times are integers in disguise: exact, ordered, as fast as ``int``, and told apart by
their class. Sets are frozensets, records dictionaries. Integers have 64 bits, as in Cedar; what
leaves them is an error, never a wrap-around.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

from logic.errors import PorismError
from logic.terms import App, Sort

BOOL = Sort("Bool")
INT = Sort("Int")
DECIMAL = Sort("Decimal")
DURATION = Sort("Duration")
TIME = Sort("Time")
TEXT = Sort("Text")
ENTITY = Sort("Entity")
RECORD = Sort("Record")
ANY = Sort("Any")
"""A sort that is known only when a value is seen, as for attributes of imported policies."""

PLAIN = {s.name: s for s in (BOOL, INT, DECIMAL, DURATION, TIME, TEXT, ENTITY)}
"""The sorts that a schema can name; records come from imports only."""
NUMBERS = frozenset({INT, DECIMAL, DURATION, TIME})
"""What is ordered as the integers are."""

LEAST, MOST = -(2**63), 2**63 - 1
SCALE = 10_000
"""A decimal has four places after the point, as in Cedar."""

Value: TypeAlias = Any
"""A runtime value; which Python type it has is said at the top of this file."""


def set_of(sort: Sort) -> Sort:
    """The sort of finite sets."""
    return Sort("Set", (sort,))


class Undefined(Exception):
    """A condition has no value: an argument is missing, a number overflows, a sort clashes.

    A rule whose condition is undefined does not apply, and the decision reports it.
    """


class Decimal(int):
    """A number of ten-thousandths."""

    __slots__ = ()

    def __repr__(self) -> str:
        whole, rest = divmod(abs(int(self)), SCALE)
        digits = f"{rest:04d}".rstrip("0") or "0"
        return f"{'-' if self < 0 else ''}{whole}.{digits}"

    __str__ = __repr__


class Duration(int):
    """A number of milliseconds."""

    __slots__ = ()

    def __repr__(self) -> str:
        rest = abs(int(self))
        parts = []
        for unit, size in _UNITS.items():
            number, rest = divmod(rest, size)
            if number:
                parts.append(f"{number}{unit}")
        return ("-" if self < 0 else "") + ("".join(parts) or "0s")

    __str__ = __repr__


class Time(int):
    """Milliseconds since 1970-01-01 in UTC."""

    __slots__ = ()

    def __repr__(self) -> str:
        try:
            moment = _EPOCH + timedelta(milliseconds=int(self))
        except OverflowError:
            return f"{int(self)}ms"
        rest = f".{moment.microsecond // 1000:03d}" if moment.microsecond else ""
        return moment.strftime("%Y-%m-%dT%H:%M:%S") + rest + "Z"

    __str__ = __repr__


class Entity(str):
    """The name of an entity that policies tell from text: ``User::"alice"``."""

    __slots__ = ()

    @property
    def type(self) -> str:
        """The part before the name."""
        return self.partition('::"')[0]


class Address(str):
    """An IP address or a range of them, always with its prefix: ``10.0.0.0/8``, ``::1/128``."""

    __slots__ = ()


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UNITS = {"d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1_000, "ms": 1}
_DECIMAL = re.compile(r"(-?)([0-9]+)\.([0-9]{1,4})")
_PART = re.compile(r"([0-9]+)(ms|[dhms])")
_DURATION = re.compile(r"(-?)((?:[0-9]+(?:ms|[dhms]))+)")
_TIME = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})"
    r"(?:T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{3}))?(Z|[+-][0-9]{4}))?"
)


def read_decimal(text: str) -> Decimal | None:
    """``12.5`` as a decimal; None if it is none, or out of range."""
    found = _DECIMAL.fullmatch(text)
    if not found or len(text) > 32:
        return None
    sign, whole, places = found.groups()
    units = int(whole) * SCALE + int(places.ljust(4, "0"))
    units = -units if sign else units
    return Decimal(units) if LEAST <= units <= MOST else None


def read_duration(text: str) -> Duration | None:
    """``1d2h``, ``-30s``: units from large to small, each once; None if it is none."""
    found = _DURATION.fullmatch(text)
    if not found or len(text) > 64:
        return None
    parts = _PART.findall(found[2])
    units = [unit for _, unit in parts]
    if units != [u for u in _UNITS if u in units]:
        return None
    total = sum(int(number) * _UNITS[unit] for number, unit in parts)
    total = -total if found[1] else total
    return Duration(total) if LEAST <= total <= MOST else None


def read_time(text: str) -> Time | None:
    """``2026-01-31`` or ``2026-01-31T12:00:00Z`` (milliseconds, an offset); None if it is none."""
    found = _TIME.fullmatch(text)
    if not found or not text.isascii():
        return None
    year, month, day, hour, minute, second, milli, zone = found.groups()
    # Python has no year 0. Leap years repeat every 400 years, which last 146,097 days.
    shift = 400 if year == "0000" else 0
    try:
        moment = datetime(
            int(year) + shift,
            int(month),
            int(day),
            int(hour or 0),
            int(minute or 0),
            int(second or 0),
            int(milli or 0) * 1000,
            UTC,
        )
    except ValueError:
        return None
    at = (moment - _EPOCH) // timedelta(milliseconds=1)
    if shift:
        at -= 146_097 * _UNITS["d"]
    if zone and zone != "Z":
        hours, minutes = int(zone[1:3]), int(zone[3:5])
        if hours > 23 or minutes > 59:
            return None
        offset = hours * _UNITS["h"] + minutes * _UNITS["m"]
        at += offset if zone[0] == "-" else -offset
    return Time(at)


# -- constants in formulas ---------------------------------------------------------------------


def constant(value: Value, sort: Sort) -> App:
    """The constant of a formula that stands for a value: its symbol is the value's text."""
    if isinstance(value, bool):
        return App("true" if value else "false", (), BOOL)
    return App(str(value), (), sort)


def constant_value(term: App) -> Value:
    """The value that a constant stands for."""
    symbol, sort = term.symbol, term.sort
    if sort == BOOL:
        return symbol == "true"
    if sort == INT:
        return int(symbol)
    if sort == ENTITY:
        return Entity(symbol)
    readers = {DECIMAL: read_decimal, DURATION: read_duration, TIME: _read_any_time}
    if sort in readers:
        value = readers[sort](symbol)
        assert value is not None, symbol
        return value
    return symbol


def _read_any_time(text: str) -> Time | None:
    return Time(int(text[:-2])) if text.endswith("ms") else read_time(text)


def is_constant(term: object) -> bool:
    """Whether a term is a constant, not an empty set or record, nor a history operator."""
    return (
        isinstance(term, App)
        and not term.args
        and term.sort.name not in ("Set", "Record")
        and not (term.sort in NUMBERS and "(" in term.symbol)
    )


def tagged(value: Value) -> Any:
    """A value as something that equals another only if both are of one sort.

    Sets whose elements have no known sort are sets of these: 1 and true are two elements.
    """
    if isinstance(value, dict):
        return ("Record", frozenset((k, tagged(v)) for k, v in value.items()))
    return (type(value).__name__, value)


def untagged(item: Any) -> Value:
    """The value itself."""
    if not isinstance(item, tuple):
        return item
    kind, value = item
    return {k: untagged(v) for k, v in value} if kind == "Record" else value


def show_value(value: Value) -> str:
    """A value as a policy file spells it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Time):
        return f"@{value}"
    if isinstance(value, Entity) or type(value) is not str:
        if isinstance(value, frozenset):
            return "{" + ", ".join(sorted(show_value(untagged(v)) for v in value)) + "}"
        if isinstance(value, dict):
            return "{" + ", ".join(f"{k}: {show_value(v)}" for k, v in value.items()) + "}"
        return str(value)
    return json.dumps(value, ensure_ascii=False)


# -- values from outside -----------------------------------------------------------------------

_CLASS = {
    BOOL: bool,
    INT: int,
    DECIMAL: Decimal,
    DURATION: Duration,
    TIME: Time,
    RECORD: dict,
}


def class_of(sort: Sort) -> type | None:
    """The class that the values of a sort have; None where that says too little."""
    found = str if sort == TEXT else _CLASS.get(sort)
    return None if found is dict else found


def convert(value: object, sort: Sort) -> Value:
    """A value of that sort from a Python object or from JSON.

    Decimals, durations and times may be given as text (``"12.50"``, ``"1h"``,
    ``"2026-01-31T00:00:00Z"``), a decimal also as a Python ``decimal.Decimal`` or ``int``.

    Raises
    ------
    Undefined : it is not of that sort.
    """
    wanted = _CLASS.get(sort)
    if wanted is not None and type(value) is wanted:
        if isinstance(value, int) and not LEAST <= value <= MOST:
            raise Undefined(f"{value} does not fit into 64 bits")
        return value
    found: Value = None
    if sort in (TEXT, ENTITY) or sort not in _READERS:
        if isinstance(value, str):
            return well_formed(value)
        if sort.name == "Set" and isinstance(value, list | tuple | set | frozenset):
            return frozenset(convert(v, sort.args[0]) for v in value)
    elif isinstance(value, str):
        found = _READERS[sort](value)
    elif sort == DECIMAL:
        found = _decimal(value)
    elif sort == DURATION and isinstance(value, timedelta):
        found = Duration(value // timedelta(milliseconds=1))
    elif sort == TIME and isinstance(value, datetime) and value.tzinfo:
        found = Time((value - _EPOCH) // timedelta(milliseconds=1))
    if found is None:
        raise Undefined(f"{_short(value)} is not of sort {sort}")
    return found


def well_formed(text: str) -> str:
    """The text itself, if it can be written as UTF-8.

    Raises
    ------
    Undefined : it has half of a surrogate pair, as JSON allows.
    """
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            raise Undefined(f"{text!a} is not well-formed text") from None
    return text


def _decimal(value: Any) -> Decimal | None:
    import decimal

    if isinstance(value, bool) or not isinstance(value, int | decimal.Decimal):
        return None
    if isinstance(value, decimal.Decimal) and not value.is_finite():
        return None
    scaled: Any = value * SCALE
    if scaled != int(scaled) or not LEAST <= scaled <= MOST:
        return None
    return Decimal(int(scaled))


_READERS: Mapping[Sort, Any] = {
    BOOL: lambda _: None,
    INT: lambda _: None,
    RECORD: lambda _: None,
    DECIMAL: lambda t: read_decimal(t if "." in t else t + ".0"),
    DURATION: read_duration,
    TIME: _read_any_time,
}


def plain(value: Value) -> Any:
    """A value as JSON has it; the inverse of :func:`convert`."""
    if isinstance(value, Decimal | Duration | Time):
        return str(value)
    if isinstance(value, frozenset):
        return sorted(
            (plain(untagged(v)) for v in value), key=lambda v: json.dumps(v, sort_keys=True)
        )
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    return value


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def time_of(value: object) -> int:
    """Milliseconds since 1970 from a request's time: an integer, text or a ``datetime``.

    Raises
    ------
    PorismError : it is none of these.
    """
    if isinstance(value, int) and not isinstance(value, bool) and LEAST <= value <= MOST:
        return int(value)
    try:
        return int(convert(value, TIME))
    except Undefined:
        raise PorismError(
            f"{_short(value)} is not a time.",
            hint="Give 2026-01-31T12:00:00Z, or milliseconds since 1970.",
        ) from None
