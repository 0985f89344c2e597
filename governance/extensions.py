"""Functions on decimals, times, durations and IP addresses, for conditions that come from Cedar.

What an address is, and which are loopback and multicast, is as Cedar defines it: an IPv6 address
has no dotted part, a prefix no leading zero, and a range is written as any address in it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from ipaddress import (
    AddressValueError,
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_network,
)
from typing import Any, TypeAlias

from governance.sorts import (
    LEAST,
    MOST,
    Address,
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


Network: TypeAlias = IPv4Network | IPv6Network

LOOPBACK: dict[int, Network] = {4: IPv4Network("127.0.0.0/8"), 6: IPv6Network("::1/128")}
MULTICAST: dict[int, Network] = {4: IPv4Network("224.0.0.0/4"), 6: IPv6Network("ff00::/8")}

_PREFIX = re.compile(r"0|[1-9][0-9]{0,2}", re.ASCII)


def read_address(text: str) -> Address | None:
    """``10.0.0.7``, ``10.0.0.0/8``, ``::1``; None if it is no address."""
    given, slash, prefix = text.partition("/")
    if len(text) > 43 or (slash and not _PREFIX.fullmatch(prefix)) or "%" in given:
        return None
    try:
        if ":" in given:
            address: IPv4Address | IPv6Address = IPv6Address(given)
            if "." in given:
                return None
        else:
            address = IPv4Address(given)
    except AddressValueError:
        return None
    bits = int(prefix) if slash else address.max_prefixlen
    return Address(f"{address}/{bits}") if bits <= address.max_prefixlen else None


@lru_cache(4096)
def network(address: str) -> Network:
    """The range that an address and its prefix denote."""
    return ip_network(address, strict=False)


def _within(value: Value, ranges: dict[int, Network]) -> bool:
    own = network(_need(value, Address))
    return _inside(own, ranges[own.version])


def _inside(low: Network, high: Network) -> bool:
    return low.version == high.version and (
        high.network_address <= low.network_address  # type: ignore[operator]
        and low.broadcast_address <= high.broadcast_address  # type: ignore[operator]
    )


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
    "ip": _read("IP address", read_address),
    "isIpv4": lambda a: network(_need(a, Address)).version == 4,
    "isIpv6": lambda a: network(_need(a, Address)).version == 6,
    "isLoopback": lambda a: _within(a, LOOPBACK),
    "isMulticast": lambda a: _within(a, MULTICAST),
    "isInRange": lambda a, b: _inside(network(_need(a, Address)), network(_need(b, Address))),
}
