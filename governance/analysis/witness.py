"""Witnesses: a request and a past that show something, checked on the evaluator and made small."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

import msgspec
from msgspec.structs import replace

from governance.past import Monitor
from governance.policy import Policy
from governance.request import Event, Request
from governance.schema import Parameter, Schema
from governance.sorts import (
    BOOL,
    DECIMAL,
    DURATION,
    ENTITY,
    INT,
    SCALE,
    TEXT,
    TIME,
    Decimal,
    Duration,
    Time,
    Value,
    show_value,
)
from governance.worlds import OpenSchema, Situated, World

Holds: TypeAlias = Callable[[Request, Sequence[Event]], bool]
"""Whether a request after a past shows what it should, on the evaluator that enforces."""


class Disagreement(Exception):
    """The solver and the evaluator disagree: a fault of Porism, and never an answer."""


class Witness(msgspec.Struct, frozen=True):
    """A request after a past; ``decisions`` maps policies or rules to what they say of it.

    ``other`` is a second past, where it takes two to show something.
    """

    request: Request
    history: tuple[Event, ...] = ()
    decisions: Mapping[str, str] = {}
    other: tuple[Event, ...] | None = None

    def record(self) -> dict[str, Any]:
        """The witness as JSON has it."""
        record: dict[str, Any] = {
            "request": self.request.record(),
            "history": [_record(e) for e in self.history],
            "decisions": dict(self.decisions),
        }
        if self.other is not None:
            record["other_history"] = [_record(e) for e in self.other]
        return record

    def lines(self) -> list[str]:
        """The witness as text."""
        found = _lines(self.history, "after ")
        if self.other is not None:
            found += ["or", *(_lines(self.other, "after ") or ["after nothing"])]
        found.append(show_request(self.request))
        if isinstance(self.request, Situated):
            found += _world_lines(self.request.world)
        found += [f"  {name}: {answer}" for name, answer in self.decisions.items()]
        return found


def _record(event: Event) -> dict[str, Any]:
    return {
        **event.request.record(),
        "permitted": event.permitted,
        "completed": event.completed,
    }


def _world_lines(world: World) -> list[str]:
    found = []
    for name in world.entities():
        facts = [f"in {up}" for up in world.parents.get(name, ())]
        facts += [f"{k} = {show_value(v)}" for k, v in world.attributes.get(name, {}).items()]
        facts += [f"tag {k} = {show_value(v)}" for k, v in world.tags.get(name, {}).items()]
        if facts:
            found.append(f"  where {name}: {', '.join(facts)}")
    return found


def _lines(history: Sequence[Event], head: str) -> list[str]:
    found: list[str] = []
    at = 0
    while at < len(history):
        times = 1
        while at + times < len(history) and history[at + times] == history[at]:
            times += 1
        event = history[at]
        state = "" if event.completed else " (permitted)" if event.permitted else " (denied)"
        many = f", {times} times" if times > 1 else ""
        found.append(f"{head}{show_request(event.request)}{state}{many}")
        at += times
    return found


def show_request(request: Request) -> str:
    """A request on one line: ``ann [payer]: send(to="x", amount=5.0) at 0s``."""
    roles = f" [{', '.join(request.roles)}]" if request.roles else ""
    args = ", ".join(f"{n}={show_value(v)}" for n, v in request.args.items())
    labels = "".join(f", label({k})={v}" for k, v in request.labels.items())
    when = (
        f" at {Time(request.time)}" if request.time >= 10**11 else f" at {Duration(request.time)}"
    )
    who = request.principal or '""'
    return f"{who}{roles}: {request.tool}({args}{labels}){when if request.time else ''}"


# -- making small ------------------------------------------------------------------------------


class Shrinker:
    """Simpler requests and pasts that show the same."""

    def __init__(self, policies: Sequence[Policy]) -> None:
        self._schema: Schema = policies[0].schema
        self._monitors: list[Monitor] = [m for p in policies for m in p.monitors.values()]

    def shrink(
        self, request: Request, history: Sequence[Event], holds: Holds
    ) -> tuple[Request, tuple[Event, ...]]:
        """Drop events and simplify values as long as ``holds``.

        Raises
        ------
        Disagreement : it does not hold to begin with.
        """
        if not holds(request, history):
            shown = "\n".join(Witness(request, tuple(history)).lines())
            raise Disagreement(f"the evaluator does not confirm a witness of the solver:\n{shown}")
        past = self._fewer(request, list(history), holds)
        request, past = self._renamed(request, past, holds)
        for i in range(min(len(past), 12)):
            event = past[i]

            def with_request(r: Request, i: int = i, event: Event = event) -> bool:
                changed = [*past[:i], replace(event, request=r), *past[i + 1 :]]
                return _ordered(changed, request) and holds(request, changed)

            past[i] = replace(event, request=self._simpler(event.request, with_request))
        request = self._simpler(request, lambda r: _ordered(past, r) and holds(r, past))
        return request, tuple(past)

    def _fewer(self, request: Request, past: list[Event], holds: Holds) -> list[Event]:
        # Halves, quarters, …, single events.
        size = len(past)
        while size:
            at = 0
            while at < len(past):
                fewer = past[:at] + past[at + size :]
                if holds(request, fewer):
                    past = fewer
                else:
                    at += size
            size //= 2
        return past

    def _renamed(
        self, request: Request, past: list[Event], holds: Holds
    ) -> tuple[Request, list[Event]]:
        """Texts that have to be equal, as keys do, get a simple name together."""
        names, most = ["x", "y", "z"], 1000
        texts = [v for r in (request, *(e.request for e in past[:most])) for v in r.args.values()]
        for text in dict.fromkeys(t for t in texts if type(t) is str and t not in ("", *names)):
            new = next((n for n in names if n not in texts), None)
            if new is None or len(past) > most:
                break
            changed = _with(request, text, new)
            before = [replace(e, request=_with(e.request, text, new)) for e in past]
            if holds(changed, before):
                request, past = changed, before
                names.remove(new)
        return request, past

    def _simpler(self, request: Request, holds: Callable[[Request], bool]) -> Request:
        """The request with each part as simple as the rest allows."""
        tried = 0
        while tried < 200:
            for candidate in self._candidates(request):
                tried += 1
                if candidate != request and holds(candidate):
                    request = candidate
                    break
            else:
                break
        return request

    def _candidates(self, start: Request) -> Iterator[Request]:
        schema = self._schema
        for roles in ((), start.roles[:1]) if start.roles else ():
            yield replace(start, roles=roles)
        names = [*schema.principals, "somebody"]
        if start.principal not in names:
            for name in names:
                for roles in ((), start.roles):
                    yield replace(start, principal=name, roles=roles)
        if start.labels:
            yield replace(start, labels={})
        for time in (0, 1000, 60_000):
            if time < start.time:
                yield replace(start, time=time)
        tool = schema.tools[start.tool]
        for p in tool.parameters:
            if p.name in start.args:
                for value in self._values(p, start.args[p.name]):
                    args = {**start.args}
                    if value is None:
                        del args[p.name]
                    else:
                        args[p.name] = value
                    yield replace(start, args=args)

    def _values(self, p: Parameter, now: Value) -> list[Value]:
        found: list[Value] = [None] if p.optional else []
        if p.sort in (TEXT, ENTITY):
            return [*found, *(v for v in ("x", "y") if now not in ("x", "y", ""))]
        if p.sort == BOOL:
            return [*found, False]
        if p.sort.name == "Set":
            return [*found, frozenset()]
        if p.sort in (INT, DECIMAL, DURATION, TIME):
            wrap = {DECIMAL: Decimal, DURATION: Duration, TIME: Time}.get(p.sort, int)
            unit = {DECIMAL: SCALE, DURATION: 1000, TIME: 1000}.get(p.sort, 1)
            whole = int(now) // unit * unit
            tried = [0, unit, 10 * unit, 100 * unit, 1000 * unit, whole]
            return [*found, *(wrap(v) for v in tried if abs(v) < abs(int(now)))]
        return found


def _with(request: Request, old: str, new: str) -> Request:
    return replace(
        request,
        args={k: new if type(v) is str and v == old else v for k, v in request.args.items()},
    )


def _ordered(history: Sequence[Event], request: Request) -> bool:
    times = [*(e.request.time for e in history), request.time]
    return all(a <= b for a, b in itertools.pairwise(times))


class WorldShrinker:
    """Simpler worlds that show the same; what a declared type may require stays."""

    def __init__(self, schema: OpenSchema) -> None:
        self._declared = schema.declared

    def shrink(
        self, request: Request, history: Sequence[Event], holds: Holds
    ) -> tuple[Request, tuple[Event, ...]]:
        """Drop attributes, parents and tags, and make numbers small, as long as ``holds``."""
        tried, simpler = 0, True
        while simpler and isinstance(request, Situated) and tried < 300:
            simpler = False
            for candidate in self._candidates(request):
                tried += 1
                if holds(candidate, history):
                    request, simpler = candidate, True
                    break
        return request, tuple(history)

    def _candidates(self, request: Situated) -> Iterator[Situated]:
        world = request.world
        for name, ups in world.parents.items():
            for up in ups:
                others = {**world.parents, name: tuple(u for u in ups if u != up)}
                yield replace(request, world=replace(world, parents=others))
        for field in ("attributes", "tags"):
            table = getattr(world, field)
            for name, values in table.items():
                for changed in self._simpler(values):
                    replaced = replace(world, **{field: {**table, name: changed}})
                    yield replace(request, world=replaced)
        for changed in self._simpler(request.args["context"]):
            yield replace(request, args={**request.args, "context": changed})

    def _simpler(self, fields: Mapping[str, Value]) -> Iterator[dict[str, Value]]:
        for name, value in fields.items():
            if not self._declared:
                yield {k: v for k, v in fields.items() if k != name}
            if isinstance(value, int) and not isinstance(value, bool):
                for small in (0, 1):
                    if abs(value) > small:
                        yield {**fields, name: type(value)(small)}
            elif type(value) is str and value not in ("", "x"):
                yield {**fields, name: "x"}
            elif isinstance(value, dict):
                for inner in self._simpler(value):
                    yield {**fields, name: inner}
