"""``Request``, ``Event`` and ``Decision``: what is asked, what happened, what is answered."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from governance.policy import Outcome
from governance.sorts import Value, plain, time_of
from logic.errors import PorismError, nearest


class Request(msgspec.Struct, frozen=True):
    """Somebody asks for an effect.

    ``time`` is in milliseconds since 1970; ``roles`` are those that the caller vouches for, beside
    the schema's; ``labels`` maps a lattice to the join of the labels of the arguments.
    """

    principal: str
    tool: str
    args: Mapping[str, Value] = {}
    time: int = 0
    roles: tuple[str, ...] = ()
    labels: Mapping[str, str] = {}

    def canonical(self) -> str:
        """The request as one line of JSON, always the same for the same request."""
        return json.dumps(self.record(), sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    def record(self) -> dict[str, Any]:
        """The request as JSON has it; what is empty is left out."""
        record: dict[str, Any] = {"principal": self.principal, "tool": self.tool}
        if self.args:
            record["args"] = {name: plain(v) for name, v in self.args.items()}
        record["time"] = self.time
        if self.roles:
            record["roles"] = list(self.roles)
        if self.labels:
            record["labels"] = dict(self.labels)
        return record


class Event(msgspec.Struct, frozen=True):
    """A request of the past and what became of it; what completed was permitted."""

    request: Request
    permitted: bool = True
    completed: bool = True


class Decision(msgspec.Struct):
    """The answer to a request.

    ``rules`` are the satisfied rules that decided (none for a default deny), ``errors`` maps rules
    that did not apply because they are undefined to the reason, ``reason`` says why a request was
    refused before any rule was looked at. ``number`` counts a governor's decisions from 0.
    """

    outcome: Outcome
    rules: tuple[str, ...] = ()
    errors: Mapping[str, str] = {}
    reason: str = ""
    number: int = -1

    @property
    def permitted(self) -> bool:
        """Whether the effect may be performed at once."""
        return self.outcome == "permit"

    def __str__(self) -> str:
        why = f" by {', '.join(self.rules)}" if self.rules else ""
        return f"{self.outcome}{why}" + (f": {self.reason}" if self.reason else "")


_FIELDS = ("principal", "tool", "args", "time", "roles", "labels")


def request_from(record: object, default_time: int = 0) -> Request:
    """A request from what JSON gives.

    Raises
    ------
    PorismError : a field is missing, unknown or of the wrong kind.
    """
    if not isinstance(record, dict):
        raise PorismError(
            "A request is an object.", hint='Such as {"principal": "ann", "tool": "send"}.'
        )
    for name in record:
        if name not in _FIELDS:
            raise PorismError(
                f"A request has no field '{name}'.",
                hint=nearest(str(name), _FIELDS) or f"It has {', '.join(_FIELDS)}.",
            )
    for name in ("principal", "tool"):
        if not isinstance(record.get(name), str):
            raise PorismError(f"A request needs '{name}', a text.")
    args, roles, labels = record.get("args", {}), record.get("roles", []), record.get("labels", {})
    if not isinstance(args, dict) or not isinstance(labels, dict):
        raise PorismError("The 'args' and 'labels' of a request are objects.")
    if not isinstance(roles, list) or not all(isinstance(r, str) for r in roles):
        raise PorismError("The 'roles' of a request are a list of names.")
    if not all(isinstance(v, str) for v in labels.values()):
        raise PorismError("The 'labels' of a request map lattices to labels.")
    time = time_of(record["time"]) if "time" in record else default_time
    return Request(record["principal"], record["tool"], args, time, tuple(roles), labels)


def show_history(history: Sequence[Event]) -> list[str]:
    """One line for each event."""
    return [f"{e.request.canonical()}  {_became(e)}" for e in history]


def _became(event: Event) -> str:
    if event.completed:
        return "completed"
    return "permitted" if event.permitted else "denied"
