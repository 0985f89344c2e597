"""Incremental monitors: the value of each history operator after each event.

An event and a question each cost constant work on average, however long the past is: totals are
kept, and what leaves a window is subtracted once. A monitor without a window remembers one entry
for each combination of its keys; a monitor with one remembers what is inside it. What would pass
:data:`MOST_ENTRIES` raises, and a governor that cannot remember denies.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any, TypeAlias

from governance.past import Monitor, Pattern
from governance.runtime.evaluate import Compiler, Frame
from governance.sorts import LEAST, MOST, Decimal, Duration, Undefined, Value

MOST_ENTRIES = 1_000_000

Keys: TypeAlias = tuple[Value, ...]


class Full(Exception):
    """A monitor has no room for another entry."""


class Watch:
    """Which events a pattern selects, and their keys."""

    def __init__(self, pattern: Pattern, compiler: Compiler) -> None:
        self.tools = frozenset(pattern.tools)
        self._guard = compiler.test(pattern.guard)
        self._keys = [compiler.getter(k) for k in pattern.keys]

    def keys(self, event: Frame) -> Keys | None:
        """The keys of an event of that view, or None if the pattern does not select it.

        An event on which the pattern is undefined is not selected.
        """
        if self.tools and event.tool not in self.tools:
            return None
        try:
            return tuple([k(event) for k in self._keys]) if self._guard(event) else None
        except (Undefined, KeyError):
            return None


class State:
    """What one monitor remembers."""

    def __init__(self, monitor: Monitor, compiler: Compiler) -> None:
        self.monitor = monitor
        self.view = monitor.pattern.view
        self.window = monitor.window
        self.watch = Watch(monitor.pattern, compiler)

    def update(self, event: Frame) -> None:
        """An event of the monitor's view has happened."""
        raise NotImplementedError

    def value(self, keys: Keys, now: int) -> Value:
        """The operator's value for a request with these keys."""
        raise NotImplementedError

    def save(self) -> Any:
        """What is remembered, as a value that can be compared; when it happened is left out.

        With a window it is a tuple, the oldest first: time takes entries from its front.
        """
        raise NotImplementedError

    def load(self, saved: Any) -> None:
        """Remember what was saved, as if it had happened at time 0."""
        raise NotImplementedError


class Latest(State):
    """``once`` and ``no F since E``: when an E last happened, and was not broken since."""

    def __init__(self, monitor: Monitor, compiler: Compiler) -> None:
        super().__init__(monitor, compiler)
        self._last: dict[Keys, int] = {}
        breaking = monitor.breaking
        self._breaking = Watch(breaking, compiler) if breaking else None
        # A breaking pattern without keys breaks for all keys.
        self._all = bool(breaking and not breaking.keys and monitor.pattern.keys)

    def update(self, event: Frame) -> None:
        if self._breaking is not None:
            broken = self._breaking.keys(event)
            if broken is not None:
                if self._all:
                    self._last.clear()
                else:
                    self._last.pop(broken, None)
        keys = self.watch.keys(event)
        if keys is not None:
            # Out and in again: the oldest stay in front.
            self._last.pop(keys, None)
            if len(self._last) >= MOST_ENTRIES:
                raise Full
            self._last[keys] = event.now
        if self.window is not None:
            limit = event.now - self.window
            while self._last:
                oldest = next(iter(self._last))
                if self._last[oldest] >= limit:
                    break
                del self._last[oldest]

    def value(self, keys: Keys, now: int) -> bool:
        at = self._last.get(keys)
        return at is not None and (self.window is None or now - at <= self.window)

    def save(self) -> Any:
        return frozenset(self._last) if self.window is None else tuple(self._last)

    def load(self, saved: Any) -> None:
        self._last = dict.fromkeys(saved, 0)


class Previous(State):
    """``previous E``: whether the last event of the view is like E, and its keys."""

    def __init__(self, monitor: Monitor, compiler: Compiler) -> None:
        super().__init__(monitor, compiler)
        self._keys: Keys | None = None

    def update(self, event: Frame) -> None:
        self._keys = self.watch.keys(event)

    def value(self, keys: Keys, now: int) -> bool:
        return self._keys == keys

    def save(self) -> Any:
        return self._keys

    def load(self, saved: Any) -> None:
        self._keys = saved


class Total(State):
    """``count`` and ``sum``: for each key a total, and a queue of what is in the window."""

    def __init__(self, monitor: Monitor, compiler: Compiler) -> None:
        super().__init__(monitor, compiler)
        self._field = compiler.getter(monitor.field) if monitor.field is not None else None
        self._class: Any = {"Decimal": Decimal, "Duration": Duration}.get(monitor.sort.name, int)
        self._zero = self._class(0)
        self._totals: dict[Keys, list[int]] = {}
        self._queue: deque[tuple[int, Keys, int]] = deque()
        self.enough: int | None = None
        """Counts beyond this need not be told apart in what is saved."""

    def update(self, event: Frame) -> None:
        keys = self.watch.keys(event)
        if keys is None:
            return
        amount = 1
        if self._field is not None:
            try:
                amount = int(self._field(event))
            except (Undefined, KeyError):
                return
        entry = self._totals.get(keys)
        if entry is None:
            if len(self._totals) >= MOST_ENTRIES:
                raise Full
            entry = self._totals[keys] = [0, 0]
        entry[0] += amount
        entry[1] += 1
        if self.window is not None:
            self._expire(event.now)
            if len(self._queue) >= MOST_ENTRIES:
                raise Full
            self._queue.append((event.now, keys, amount))

    def _expire(self, now: int) -> None:
        queue, totals = self._queue, self._totals
        limit = now - self.window  # type: ignore[operator]
        while queue and queue[0][0] < limit:
            _, keys, amount = queue.popleft()
            entry = totals[keys]
            entry[0] -= amount
            entry[1] -= 1
            if not entry[1]:
                del totals[keys]

    def value(self, keys: Keys, now: int) -> Value:
        if self.window is not None:
            self._expire(now)
        entry = self._totals.get(keys)
        if entry is None:
            return self._zero
        total = entry[0]
        if not LEAST <= total <= MOST:
            raise Undefined("a total leaves 64 bits")
        return total if self._class is int else self._class(total)

    def save(self) -> Any:
        enough = self.enough
        if self.window is not None:
            queue = tuple([(keys, amount) for _, keys, amount in self._queue])
            return queue if enough is None else queue[-enough:]
        if enough is not None:
            return frozenset((k, min(e[0], enough), 1) for k, e in self._totals.items())
        return frozenset((k, e[0], e[1]) for k, e in self._totals.items())

    def load(self, saved: Any) -> None:
        self._queue.clear()
        if self.window is None:
            self._totals = {k: [total, count] for k, total, count in saved}
            return
        self._totals = {}
        for keys, amount in saved:
            entry = self._totals.setdefault(keys, [0, 0])
            entry[0] += amount
            entry[1] += 1
            self._queue.append((0, keys, amount))


class Distinct(State):
    """``distinct``: for each key how many values, and when each was last seen."""

    def __init__(self, monitor: Monitor, compiler: Compiler) -> None:
        super().__init__(monitor, compiler)
        assert monitor.field is not None
        self._field = compiler.getter(monitor.field)
        self._seen: dict[tuple[Keys, Value], int] = {}
        self._counts: dict[Keys, int] = {}

    def update(self, event: Frame) -> None:
        keys = self.watch.keys(event)
        if keys is None:
            return
        try:
            item = (keys, self._field(event))
        except (Undefined, KeyError):
            return
        if self._seen.pop(item, None) is None:
            if len(self._seen) >= MOST_ENTRIES:
                raise Full
            self._counts[keys] = self._counts.get(keys, 0) + 1
        self._seen[item] = event.now
        if self.window is not None:
            self._expire(event.now)

    def _expire(self, now: int) -> None:
        limit = now - self.window  # type: ignore[operator]
        while self._seen:
            item = next(iter(self._seen))
            if self._seen[item] >= limit:
                break
            del self._seen[item]
            keys = item[0]
            self._counts[keys] -= 1
            if not self._counts[keys]:
                del self._counts[keys]

    def value(self, keys: Keys, now: int) -> int:
        if self.window is not None:
            self._expire(now)
        return self._counts.get(keys, 0)

    def save(self) -> Any:
        return frozenset(self._seen) if self.window is None else tuple(self._seen)

    def load(self, saved: Any) -> None:
        self._seen = dict.fromkeys(saved, 0)
        self._counts = {}
        for keys, _ in saved:
            self._counts[keys] = self._counts.get(keys, 0) + 1


_STATES: dict[str, type[State]] = {
    "once": Latest,
    "since": Latest,
    "previous": Previous,
    "count": Total,
    "sum": Total,
    "distinct": Distinct,
}


class Memory:
    """All monitors of a policy; ``values`` is what conditions look them up in."""

    def __init__(self, monitors: dict[str, Monitor], compiler: Compiler) -> None:
        states = {name: _STATES[m.operation](m, compiler) for name, m in monitors.items()}
        self.states = states
        self.values: dict[str, Callable[[Keys, int], Value]] = {
            name: state.value for name, state in states.items()
        }
        self._any: dict[str, list[State]] = {}
        self._by_tool: dict[str, dict[str, list[State]]] = {}
        self.views = frozenset(state.view for state in states.values())
        """Others need not be recorded."""
        for state in states.values():
            patterns = state.monitor.patterns
            tools = [t for p in patterns for t in p.tools]
            everything = state.monitor.operation == "previous" or any(not p.tools for p in patterns)
            if everything:
                self._any.setdefault(state.view, []).append(state)
            else:
                for tool in dict.fromkeys(tools):
                    self._by_tool.setdefault(state.view, {}).setdefault(tool, []).append(state)

    def save(self) -> tuple[Any, ...]:
        """What all of them remember; see :meth:`State.save`."""
        return tuple([state.save() for state in self.states.values()])

    def load(self, saved: tuple[Any, ...]) -> None:
        """Remember what was saved."""
        for state, part in zip(self.states.values(), saved, strict=True):
            state.load(part)

    def record(self, view: str, event: Frame) -> None:
        """An event has been attempted, permitted or completed.

        Raises
        ------
        Full : there is no room to remember it.
        """
        if self._any:
            for state in self._any.get(view, ()):
                state.update(event)
        by_tool = self._by_tool.get(view)
        if by_tool:
            for state in by_tool.get(event.tool, ()):
                state.update(event)
