"""``History``: a past in Z3 as a sequence of :class:`Slot`, unknown events, each used or not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from governance.analysis.meaning import Unanalysed
from governance.analysis.moments import Moment
from governance.past import Monitor, Pattern
from governance.request import Event
from governance.schema import Tool
from governance.sorts import BOOL
from logic.smt import Expr, Solver
from logic.terms import Term, Var

if TYPE_CHECKING:
    from governance.analysis.encode import Encoder


class Slot:
    """An event of the past whose tool is also unknown; it may be unused."""

    def __init__(self, encoder: Encoder, tools: Sequence[Tool], name: str, times: int = 1) -> None:
        meaning = encoder.meaning
        self.encoder = encoder
        self.times = times
        self.moments = [Moment(encoder, tool, name) for tool in tools]
        number = encoder.z3.Int(f"{name}.tool", meaning.context)
        self.number = number
        self.used = meaning.constant(f"{name}.used", BOOL)
        self.permitted = meaning.constant(f"{name}.permitted", BOOL)
        self.completed = meaning.constant(f"{name}.completed", BOOL)
        self.now = encoder.asker(name).now
        z3 = encoder.z3
        self.constraints = [
            number >= 0,
            number < max(1, len(tools)),
            self.now >= 0,
            z3.Implies(self.completed, self.permitted),
            *(c for m in self.moments for c in m.constraints),
        ]

    def happened(self, view: str) -> Expr:
        """Whether the slot is used, and its event is one of that view."""
        z3 = self.encoder.z3
        if view == "attempted":
            return self.used
        return z3.And(self.used, self.permitted if view == "permitted" else self.completed)

    def of(self, index: int) -> Expr:
        """Whether the event's tool is this one."""
        return self.number == index

    def selected(self, pattern: Pattern, keys: Sequence[Expr] | None) -> list[tuple[Expr, Moment]]:
        """For each tool of a pattern, when this event is selected by it and its keys."""
        found = []
        for index, moment in enumerate(self.moments):
            if pattern.tools and moment.tool.name not in pattern.tools:
                continue
            totals = moment.totals()
            guard = totals.when_true(pattern.guard)
            parts = [self.happened(pattern.view), self.of(index), moment.truth(guard, _no_past)]
            if keys is not None:
                for key, wanted in zip(pattern.keys, keys, strict=True):
                    parts.append(moment.truth(totals.term(key), _no_past))
                    parts.append(moment.value(key, _no_past) == wanted)
            found.append((self.encoder.meaning.all(parts), moment))
        return found

    def fields(
        self, field: Term, selected: Sequence[tuple[Expr, Moment]]
    ) -> list[tuple[Expr, Expr]]:
        """Of what was selected: when the event has an argument, and its value."""
        if field.sort.name == "Set":
            raise Unanalysed("how many different sets there were")
        found = []
        for condition, moment in selected:
            if isinstance(field, Var) and field.name in moment.args:
                sure = moment.truth(moment.totals().term(field), _no_past)
                value = moment.value(field, _no_past)
                found.append((self.encoder.meaning.all([condition, sure]), value))
        return found

    def event(self, solver: Solver) -> list[Event]:
        """The event that a model found, as often as it happened."""
        if not solver.value(self.used) or not self.moments:
            return []
        moment = self.moments[int(solver.value(self.number))]
        permitted, completed = solver.value(self.permitted), solver.value(self.completed)
        event = Event(moment.request(solver), bool(permitted), bool(completed))
        return [event] * self.times


def _no_past(symbol: str, args: Sequence[Expr]) -> Expr:
    raise AssertionError("history operators do not nest")


class History:
    """A sequence of slots before a moment, and the operators' values after it."""

    def __init__(self, encoder: Encoder, slots: Sequence[Slot], now: Expr) -> None:
        self.encoder = encoder
        self.slots = slots
        self.now = now
        self._known: dict[tuple[object, ...], Expr] = {}

    def constraints(self) -> list[Expr]:
        """What every history satisfies: used slots come last, time does not run backwards."""
        z3 = self.encoder.z3
        found = [c for slot in self.slots for c in slot.constraints]
        for before, after in zip(self.slots, self.slots[1:], strict=False):
            found += [z3.Implies(before.used, after.used), before.now <= after.now]
        if self.slots:
            found.append(self.slots[-1].now <= self.now)
        return found

    def __call__(self, symbol: str, args: Sequence[Expr]) -> Expr:
        key = (symbol, *(a.get_id() for a in args))
        found = self._known.get(key)
        if found is None:
            meaning = self.encoder.meaning
            saved = meaning.past, meaning.principal, meaning.roles
            found = self._value(self.encoder.monitors[symbol], args)
            meaning.past, meaning.principal, meaning.roles = saved
            self._known[key] = found
        return found

    def _value(self, monitor: Monitor, keys: Sequence[Expr]) -> Expr:
        z3, meaning = self.encoder.z3, self.encoder.meaning
        cases = [slot.selected(monitor.pattern, keys) for slot in self.slots]
        like = [meaning.any([c for c, _ in case]) for case in cases]
        recent = [self._recent(monitor, slot) for slot in self.slots]
        inside = [z3.And(m, r) for m, r in zip(like, recent, strict=True)]
        match monitor.operation:
            case "once":
                return meaning.any(inside)
            case "previous":
                after = [z3.Not(s.happened(monitor.pattern.view)) for s in self.slots]
                return meaning.any([meaning.all([m, *after[i + 1 :]]) for i, m in enumerate(like)])
            case "since":
                assert monitor.breaking is not None
                some = keys if monitor.breaking.keys else None
                whole = [
                    z3.Not(meaning.any([c for c, _ in s.selected(monitor.breaking, some)]))
                    for s in self.slots
                ]
                return meaning.any(
                    [meaning.all([m, *whole[i + 1 :]]) for i, m in enumerate(inside)]
                )
            case "count":
                return self._sum(
                    [z3.If(m, s.times, 0) for m, s in zip(inside, self.slots, strict=True)]
                )
        assert monitor.field is not None
        fields = [
            slot.fields(monitor.field, case) for slot, case in zip(self.slots, cases, strict=True)
        ]
        if monitor.operation == "sum":
            return self._sum(
                [
                    z3.If(z3.And(c, recent[i]), value * self.slots[i].times, 0)
                    for i, found in enumerate(fields)
                    for c, value in found
                ]
            )
        terms = []
        for i, found in enumerate(fields):
            for c, value in found:
                earlier = [
                    z3.And(d, recent[j], other == value)
                    for j, before in enumerate(fields[:i])
                    for d, other in before
                ]
                terms.append(z3.If(z3.And(c, recent[i], z3.Not(meaning.any(earlier))), 1, 0))
        return self._sum(terms)

    def _sum(self, terms: list[Expr]) -> Expr:
        return self.encoder.z3.Sum(
            [self.encoder.z3.IntVal(0, self.encoder.meaning.context), *terms]
        )

    def _recent(self, monitor: Monitor, slot: Slot) -> Expr:
        if monitor.window is None:
            return self.encoder.z3.BoolVal(True, self.encoder.meaning.context)
        return self.now - slot.now <= monitor.window

    def events(self, solver: Solver) -> list[Event]:
        """The events that a model found."""
        return [event for slot in self.slots for event in slot.event(solver)]
