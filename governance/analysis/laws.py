"""``Laws``: what holds between history operators after every past.

Counts, sums and *once* are additive: the value after a past is the sum of what each event
contributes. A linear inequality that every single event's contributions satisfy is therefore
satisfied by the values after any number of events (induction over the past, with one event as its
step), and whether every event satisfies it is one question to Z3. *distinct* is bounded by counts
in the same way, *previous* looks at one last event, and *since* is monotone in its two events.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import NamedTuple

from governance.analysis.encode import Encoder
from governance.analysis.histories import Slot
from governance.analysis.moments import Moment
from governance.past import Monitor, Pattern
from governance.sorts import NUMBERS
from logic.smt import Expr, Solver

MOST = 10
"""So many operators are related to each other, and half as many in threes."""

EFFORT = 200_000
"""How hard Z3 tries for one law."""


class _Item(NamedTuple):
    """An operator's value for its keys, when an event is counted, and how many such there were."""

    monitor: Monitor
    value: Expr
    like: Expr
    number: Expr


class Laws:
    """The laws of the operators that a request looked up in an unknown past."""

    def __init__(self, encoder: Encoder, moment: Moment) -> None:
        self._encoder = encoder
        self._moment = moment
        self._z3 = encoder.z3
        self._any = encoder.meaning.any
        self._solver = Solver(encoder.meaning)
        self._numbers: dict[int, Expr] = {}
        self._kept: list[Expr] = []  # so that no other expression takes their numbers
        self._last: dict[str, Slot] = {}
        tools = list(encoder.schema.tools.values())
        looked_up = list(moment.looked_up.values())
        named = {t for m, _ in looked_up for p in m.patterns for t in p.tools}
        everything = any(not p.tools for m, _ in looked_up for p in m.patterns)
        self._tools = tools if everything else [t for t in tools if t.name in named]
        self._event = Slot(encoder, self._tools, "an event")
        self._solver.add(*self._event.constraints, self._event.used, *moment.constraints)
        self._solver.add(self._event.now <= moment.now)

    def found(self) -> list[Expr]:
        """The laws, as constraints on the unknown values."""
        looked_up = list(self._moment.looked_up.values())
        if len(looked_up) > MOST:
            return []
        laws: list[Expr] = []
        items = [self._item(m, v) for m, v in looked_up]
        for item in items:
            laws += self._alone(item)
        for a, b in itertools.permutations(items, 2):
            laws += self._pair(a, b)
        counted = list({i.number.get_id(): i for i in items}.values())
        if len(counted) <= MOST // 2:
            for whole in counted:
                others = [i for i in counted if i is not whole]
                for a, b in itertools.combinations(others, 2):
                    laws += self._parts(whole, a, b)
        return [*laws, *(n >= 0 for n in self._numbers.values())]

    # -- one operator ------------------------------------------------------------------------

    def _item(self, monitor: Monitor, value: Expr) -> _Item:
        like = self._like(self._event, monitor.pattern, value.children(), monitor.window)
        return _Item(monitor, value, like, self._number(like))

    def _like(
        self, slot: Slot, pattern: Pattern, keys: Sequence[Expr] | None, window: int | None
    ) -> Expr:
        """Whether an event is one that a pattern selects, in its window."""
        found = self._any([c for c, _ in slot.selected(pattern, keys)])
        if window is None:
            return found
        return self._z3.And(found, self._moment.now - slot.now <= window)

    def _number(self, like: Expr) -> Expr:
        """How many events of the past are like that."""
        found = self._numbers.get(like.get_id())
        if found is None:
            name = f"events {len(self._numbers)} of {self._moment.tool.name}"
            found = self._numbers[like.get_id()] = self._z3.Int(
                name.replace("|", " "), self._encoder.meaning.context
            )
            self._kept.append(like)
        return found

    def _alone(self, item: _Item) -> list[Expr]:
        z3, (monitor, value, like, number) = self._z3, item
        keys = value.children()
        match monitor.operation:
            case "count":
                return [value == number]
            case "once":
                return [value == (number >= 1)]
            case "sum":
                laws = [z3.Implies(number == 0, value == 0)]
                for least in (1, 0):
                    if self._always(like, self._field(item) >= least):
                        return [*laws, value >= least * number]
                if self._always(like, self._field(item) <= 0):
                    laws.append(value <= 0)
                return laws
            case "distinct":
                laws = [value >= 0, value <= number]
                if self._always(like, self._present(item)):
                    laws.append(z3.Implies(number >= 1, value >= 1))
                return laws
            case "previous":
                last = self._last_event(monitor.pattern.view)
                same = self._like(last, monitor.pattern, keys, None)
                return [
                    value == z3.And(last.used, same),
                    z3.Implies(value, number >= 1),
                    *last.constraints,
                ]
        assert monitor.breaking is not None
        some = keys if monitor.breaking.keys else None
        broken = self._number(self._like(self._event, monitor.breaking, some, None))
        return [
            z3.Implies(value, number >= 1),
            z3.Implies(z3.And(number >= 1, broken == 0), value),
        ]

    def _last_event(self, view: str) -> Slot:
        found = self._last.get(view)
        if found is None:
            # An event of any other tool is as good as none: it is selected by no pattern.
            found = self._last[view] = Slot(self._encoder, self._tools, f"last {view}")
        return found

    def _cases(self, item: _Item) -> list[tuple[Expr, Expr]]:
        """For each tool of a sum, when the event counts and what it adds."""
        monitor = item.monitor
        selected = self._event.selected(monitor.pattern, item.value.children())
        assert monitor.field is not None
        return self._event.fields(monitor.field, selected)

    def _field(self, item: _Item) -> Expr:
        """What an event adds to a sum: zero where it has no such argument."""
        zero = self._z3.IntVal(0, self._encoder.meaning.context)
        return self._z3.Sum([zero, *(self._z3.If(c, v, 0) for c, v in self._cases(item))])

    def _present(self, item: _Item) -> Expr:
        return self._any([c for c, _ in self._cases(item)])

    # -- between operators -------------------------------------------------------------------

    def _always(self, given: Expr, claim: Expr) -> bool:
        """Whether every event that is like that satisfies a claim."""
        with self._solver.scope():
            self._solver.add(given, self._z3.Not(claim))
            return self._solver.check(EFFORT) == "unsat"

    def _pair(self, a: _Item, b: _Item) -> list[Expr]:
        """What follows if each event that a counts is one that b counts."""
        z3 = self._z3
        if not self._always(a.like, b.like):
            return []
        laws = [a.number <= b.number]
        first, second = a.monitor, b.monitor
        if first.operation == second.operation and first.field == second.field:
            if first.operation == "distinct":
                laws.append(a.value <= b.value)
            elif first.operation == "sum" and first.sort in NUMBERS:
                beyond = z3.And(b.like, z3.Not(a.like))
                laws += self._ordered(beyond, a, b)
            elif first.operation == "since":
                laws += self._since(a, b)
        return laws

    def _ordered(self, beyond: Expr, a: _Item, b: _Item) -> list[Expr]:
        """Sums, where all that b counts beyond a is of one sign."""
        same = self._always(a.like, self._field(a) == self._field(b))
        laws = []
        if same and self._always(beyond, self._field(b) >= 0):
            laws.append(a.value <= b.value)
        if same and self._always(beyond, self._field(b) <= 0):
            laws.append(a.value >= b.value)
        return laws

    def _since(self, a: _Item, b: _Item) -> list[Expr]:
        breaks = []
        for item in (a, b):
            breaking = item.monitor.breaking
            assert breaking is not None
            keys = item.value.children() if breaking.keys else None
            breaks.append(self._like(self._event, breaking, keys, None))
        return [self._z3.Implies(a.value, b.value)] if self._always(breaks[1], breaks[0]) else []

    def _parts(self, whole: _Item, a: _Item, b: _Item) -> list[Expr]:
        """What follows if two operators together count what a third does."""
        z3, laws = self._z3, []
        both = self._any([a.like, b.like])
        covered = self._always(whole.like, both)
        if covered:
            laws.append(whole.number <= a.number + b.number)
        if self._always(a.like, z3.Not(b.like)) and self._always(both, whole.like):
            laws.append(a.number + b.number <= whole.number)
            sums = [i.monitor for i in (whole, a, b)]
            same = all(m.operation == "sum" and m.field == sums[0].field for m in sums)
            if covered and same:
                laws.append(whole.value == a.value + b.value)
        return laws
