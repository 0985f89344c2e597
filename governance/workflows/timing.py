"""Clock times for a run that was found with the clock left open.

The run says which of the events that windows remember had left them at each request. That is a
system of differences: a request comes at most the window's length after an event that is still in
it, and longer after one that has left it. The earliest solution, if there is one, is the clock.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from governance.past import Monitor
from governance.runtime.decider import Decider
from governance.runtime.evaluate import Frame
from governance.runtime.monitors import Total
from governance.workflows.runs import Step


class Windows:
    """Which steps are in which window of some monitors."""

    def __init__(self, decider: Decider) -> None:
        self._memory = decider.memory
        self.monitors: list[Monitor] = [
            s.monitor for s in self._memory.states.values() if s.window is not None
        ]
        self._names = [n for n, s in self._memory.states.items() if s.window is not None]
        self._inside: list[list[int]] = [[] for _ in self.monitors]
        self._saved: list[tuple[Any, ...]] = [() for _ in self.monitors]

    def ask(self, number: int, expired: Sequence[int]) -> list[tuple[int, int, int]]:
        """What a request at a step says of earlier ones: (earlier, later, least difference)."""
        found = []
        for i, monitor in enumerate(self.monitors):
            gone = expired[i] if expired else 0
            window = monitor.window or 0
            found += [(e, number, window + 1) for e in self._inside[i][:gone]]
            del self._inside[i][:gone]
            self._saved[i] = self._saved[i][gone:]
            found += [(number, e, -window) for e in self._inside[i]]
        return found

    def record(self, number: int, frame: Frame, views: Sequence[str]) -> None:
        """A step has been remembered, by those monitors that select it."""
        for i, name in enumerate(self._names):
            state = self._memory.states[name]
            patterns = state.monitor.patterns
            if state.view not in views or not any(
                not p.tools or frame.tool in p.tools for p in patterns
            ):
                continue
            before, inside = self._saved[i], self._inside[i]
            state.load(())
            state.update(frame)
            selected = state.save()
            state.load(before)
            state.update(frame)
            after = self._saved[i] = state.save()
            if isinstance(state, Total):
                self._inside[i] = (
                    [*inside, *[number] * len(selected)][-len(after) :] if after else []
                )
            else:
                at = {**dict(zip(before, inside, strict=True)), **dict.fromkeys(selected, number)}
                self._inside[i] = [at[entry] for entry in after]


def times(count: int, differences: Sequence[tuple[int, int, int]]) -> list[int] | None:
    """The earliest times of so many steps: ``later - earlier >= least`` for all differences.

    None if there are none.
    """
    found = [0] * count
    edges = [*((i, i + 1, 0) for i in range(count - 1)), *differences]
    for _ in range(count + 1):
        changed = False
        for earlier, later, least in edges:
            if found[later] < found[earlier] + least:
                found[later] = found[earlier] + least
                changed = True
        if not changed:
            return found
    return None


def step_views(step: Step) -> tuple[str, ...]:
    """The views in which a step is an event for the policy."""
    if step.outcome == "completed":
        return ("attempted", "permitted", "completed")
    if step.outcome == "failed":
        return ("attempted", "permitted")
    return ("attempted",)
