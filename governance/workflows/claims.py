"""``Claim``: what must hold of the runs of a workflow.

A claim speaks of events: directives that were ``attempted``, ``permitted`` or ``completed`` (the
default). Its :data:`Form` is one of

* :class:`Never`: no event of that pattern happens. Its guard is a condition like that of a rule: it
  may ask about the past before the event. *Always*, *after A never B until C*, *A precedes B* and
  bounds on counts and sums are all of this form;
* :class:`Response`: after each A, later or at once, B, and after that C …; ``within`` so many
  events, or before the run ends. A run that ends, or comes into a loop with no way on, is refuted;
* :class:`Until`: only A happens until B does, and B happens;
* :class:`Joined`: both, or either;
* :class:`Goal`: some run ends like this. It is the one form that a run shows and not refutes.

They are finite-trace linear-time properties; each is checked by a small deterministic monitor.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Literal, TypeAlias

import msgspec

from governance.past import Monitor, Pattern
from governance.runtime.evaluate import Compiler, Frame
from governance.schema import Schema
from governance.sorts import Undefined
from logic.errors import PorismError, Span
from logic.formulas import FALSE, Formula

Step: TypeAlias = Callable[[int, Frame], int]

BROKEN = -1
"""The state of a monitor whose claim is refuted whatever comes."""


class Never(msgspec.Struct, frozen=True):
    """No event like this."""

    event: Pattern


class Response(msgspec.Struct, frozen=True):
    """After each ``trigger``, each of ``chain`` in turn, within so many events."""

    trigger: Pattern
    chain: tuple[Pattern, ...]
    within: int | None = None


class Until(msgspec.Struct, frozen=True):
    """Nothing but ``hold`` until ``release``, which comes."""

    hold: Pattern
    release: Pattern


class Joined(msgspec.Struct, frozen=True):
    """All (``both``) or at least one (``either``) of the parts."""

    operator: Literal["both", "either"]
    parts: tuple[Form, ...]


class Goal(msgspec.Struct, frozen=True):
    """Some run ends with this: a condition on the variables, the result and the past."""

    condition: Formula


Form: TypeAlias = Never | Response | Until | Joined | Goal


class Claim(msgspec.Struct, frozen=True):
    """A named claim; ``monitors`` are the history operators that its conditions name."""

    name: str
    form: Form
    monitors: Mapping[str, Monitor] = {}
    text: str = ""
    span: Span | None = None

    def patterns(self) -> Iterator[Pattern]:
        """The patterns of events that the claim names."""
        yield from _patterns(self.form)

    @property
    def goal(self) -> Formula | None:
        """The condition, if the claim is a goal."""
        return self.form.condition if isinstance(self.form, Goal) else None

    def safe_without(self, tools: frozenset[str]) -> bool:
        """Whether nothing can refute the claim where no other tools than these are used."""
        return _safe(self.form, tools)

    @property
    def lasting(self) -> bool:
        """Whether an endless run may refute it though none of its beginnings does."""
        return _lasting(self.form)


def _patterns(form: Form) -> Iterator[Pattern]:
    match form:
        case Never(event):
            yield event
        case Response(trigger, chain):
            yield trigger
            yield from chain
        case Until(hold, release):
            yield hold
            yield release
        case Joined(_, parts):
            for part in parts:
                yield from _patterns(part)


def _safe(form: Form, tools: frozenset[str]) -> bool:
    match form:
        case Never(event):
            return _idle(event, tools)
        case Response(trigger):
            return _idle(trigger, tools)
        case Joined(operator, parts):
            safe = (_safe(part, tools) for part in parts)
            return all(safe) if operator == "both" else any(safe)
    return False


def _idle(event: Pattern, tools: frozenset[str]) -> bool:
    """Whether no directive with these tools can be such an event."""
    return event.guard == FALSE or (bool(event.tools) and tools.isdisjoint(event.tools))


def _lasting(form: Form) -> bool:
    match form:
        case Response(_, _, within):
            return within is None
        case Until():
            return True
        case Joined(_, parts):
            return any(map(_lasting, parts))
    return False


def joined(operator: Literal["both", "either"], name: str, claims: Sequence[Claim]) -> Claim:
    """One claim of several."""
    if any(c.goal is not None for c in claims):
        raise PorismError("A goal stands alone: it asks for one run, the others for all.")
    monitors = {n: m for c in claims for n, m in c.monitors.items()}
    text = f" {'and' if operator == 'both' else 'or'} ".join(f"({c.text})" for c in claims)
    form = Joined(operator, tuple(c.form for c in claims))
    return Claim(name, form, monitors, f"{operator} {text}")


class ClaimMonitor:
    """A claim as a deterministic automaton over events.

    Its state is a tuple of small numbers; :data:`BROKEN` in a part says that the part is refuted.
    """

    def __init__(self, claim: Claim, schema: Schema) -> None:
        self._compiler = Compiler(schema)
        self.parts: list[tuple[str, Callable[[int, Frame], int], Callable[[int], bool]]] = []
        self._verdict = self._build(claim.form)
        self.start = (0,) * len(self.parts)

    def step(self, state: tuple[int, ...], view: str, event: Frame) -> tuple[int, ...]:
        """The state after an event of a view; history operators are looked up in the event."""
        return tuple(
            [
                step(s, event) if v == view and s != BROKEN else s
                for s, (v, step, _) in zip(state, self.parts, strict=True)
            ]
        )

    def broken(self, state: tuple[int, ...]) -> bool:
        """Whether the claim is refuted whatever comes."""
        return self._verdict([s == BROKEN for s in state])

    def open(self, state: tuple[int, ...]) -> bool:
        """Whether the claim would be refuted if the run ended here."""
        parts = zip(state, self.parts, strict=True)
        return self._verdict([s == BROKEN or pending(s) for s, (_, _, pending) in parts])

    # -- building --------------------------------------------------------------------------

    def _build(self, form: Form) -> Callable[[Sequence[bool]], bool]:
        match form:
            case Never(event):
                matches = self._matches(event)
                return self._part(event.view, lambda s, f: BROKEN if matches(f) else s, _never)
            case Response(trigger, chain, within):
                step = self._response(trigger, chain, within)
                return self._part(trigger.view, step, lambda s: s > 0)
            case Until(hold, release):
                holds, releases = self._matches(hold), self._matches(release)

                def until(s: int, f: Frame) -> int:
                    if s or releases(f):
                        return 1
                    return 0 if holds(f) else BROKEN

                return self._part(hold.view, until, lambda s: s == 0)
            case Joined(operator, parts):
                verdicts = [self._build(p) for p in parts]
                if operator == "both":
                    return lambda bad: any(v(bad) for v in verdicts)
                return lambda bad: all(v(bad) for v in verdicts)
        return _never

    def _part(
        self, view: str, step: Step, pending: Callable[[int], bool]
    ) -> Callable[[Sequence[bool]], bool]:
        index = len(self.parts)
        self.parts.append((view, step, pending))
        return lambda bad: bad[index]

    def _response(
        self, trigger: Pattern, chain: tuple[Pattern, ...], within: int | None
    ) -> Callable[[int, Frame], int]:
        starts, stages = self._matches(trigger), [self._matches(p) for p in chain]
        count, limit = len(stages), within or 0

        # 0: nothing is due. Else the stage that is due (from 0) and the events that are left.
        def step(s: int, f: Frame) -> int:
            stage, left = ((s - 1) % count, (s - 1) // count) if s else (count, limit)
            if s and within is not None:
                left -= 1
            if starts(f):
                # What is due for the first trigger is due first; the stages begin anew.
                stage = 0
            while stage < count and stages[stage](f):
                stage += 1
            if stage == count:
                return 0
            return (
                BROKEN
                if left < 0 or (s and within is not None and left <= 0)
                else (left * count + stage + 1)
            )

        return step

    def _matches(self, pattern: Pattern) -> Callable[[Frame], bool]:
        tools, test = frozenset(pattern.tools), self._compiler.test(pattern.guard)

        def matches(event: Frame) -> bool:
            if tools and event.tool not in tools:
                return False
            try:
                return test(event)
            except (Undefined, KeyError):
                return False

        return matches


def _never(_: object) -> bool:
    return False
