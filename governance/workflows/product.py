"""The product of a workflow, a policy and a claim, explored breadth first: shortest runs.

A state is one number: the place and the store of the :class:`Machine`, and above them the state of
the :class:`Watch`. What can happen is looked up by number; only what is new is computed.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable, Iterator
from typing import NamedTuple, TypeAlias

from governance.sorts import Value
from governance.workflows.machine import STATE_MASK, Machine, TooMany
from governance.workflows.runs import Outcome, Run, Step
from governance.workflows.watching import ASK, DENY, PERMIT, Alternative, Watch
from logic.budget import Budget

WATCH_SHIFT = 48
_Asking: TypeAlias = tuple[int, tuple[int, ...], tuple[int, ...], int]
MOST_STATES = 2_000_000
MOST_REFUSED = 300
_BEAT = 4096


class Explored(NamedTuple):
    """What a search found: the state that was looked for, or how far it came.

    ``complete`` says that all states were seen; ``cut`` that some are unknown; ``depth`` is the
    number of steps up to which all were.
    """

    found: int | None
    states: int
    complete: bool
    cut: bool
    depth: int
    reason: str = ""


class Product:
    """A machine and a watch, explored."""

    def __init__(self, machine: Machine, watch: Watch, limit: int = MOST_STATES) -> None:
        self.machine = machine
        self.watch = watch
        self.limit = limit
        self.parents: dict[int, int] = {}
        self.last: list[int] = []
        self.refused = 0
        self._moves: dict[int, tuple[tuple[int, ...], tuple[_Asking, ...]]] = {}
        self._judged: dict[int, tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]] = {}

    def successors(self, state: int) -> list[int]:
        """The states that may follow."""
        base = state & STATE_MASK
        entry = self._moves.get(base)
        if entry is None:
            entry = self._moves[base] = self._entry(base)
        silent, asking = entry
        above = state - base
        found = [target | above for target in silent]
        for ask, done, failed, denied in asking:
            judged = self._judged.get(above | ask)
            if judged is None:
                judged = self._judge(above, ask)
            for after in judged[0]:
                for target in done:
                    found.append(target | after)
            for after in judged[1]:
                for target in failed:
                    found.append(target | after)
            for after in judged[2]:
                found.append(denied | after)
        return found

    def _entry(self, base: int) -> tuple[tuple[int, ...], tuple[_Asking, ...]]:
        moves = self.machine.moves(base)
        silent = tuple(m.done[0] for m in moves if m.ask < 0)
        return silent, tuple((m.ask, m.done, m.failed, m.denied[0]) for m in moves if m.ask >= 0)

    def _judge(
        self, above: int, ask: int
    ) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
        """The states of the watch after a directive is done, has failed, was denied; in place."""
        ways = self.watch.judge(above >> WATCH_SHIFT, ask)
        judged = self._judged[above | ask] = (
            tuple(dict.fromkeys(a.done << WATCH_SHIFT for a in ways if a.outcome != DENY)),
            tuple(dict.fromkeys(a.failed << WATCH_SHIFT for a in ways if a.outcome != DENY)),
            tuple(dict.fromkeys(a.denied << WATCH_SHIFT for a in ways if a.outcome != PERMIT)),
        )
        return judged

    def search(
        self,
        budget: Budget | None = None,
        stop: Callable[[int], bool] | None = None,
        accept: Callable[[], bool] | None = None,
    ) -> Explored:
        """Look for a state in which the claim is refuted, or that ``stop`` accepts.

        ``accept`` may turn down a run that refutes the claim (:attr:`last` holds its states); the
        search then goes on, and counts it in :attr:`refused`.
        """
        parents = self.parents
        broken, watch = self.watch.broken, self.watch
        start = watch.start << WATCH_SHIFT
        queue: deque[int] = deque()
        parents.clear()
        self.refused = 0
        for first in self.machine.starts:
            if first | start not in parents:
                parents[first | start] = -1
                queue.append(first | start)
        successors, ending = self.successors, self.machine.ending
        seen, cut, depth, rest, append = 0, False, 0, len(queue), queue.append
        budget_steps = _BEAT
        while queue:
            state = queue.popleft()
            if not rest:
                depth, rest = depth + 1, len(queue) + 1
            rest -= 1
            seen += 1
            if seen == budget_steps:
                budget_steps += _BEAT
                if budget is not None and budget.spent():
                    return Explored(None, seen, False, cut, depth, "the time ran out")
                if len(parents) > self.limit:
                    return Explored(None, seen, False, cut, depth, f"over {self.limit} states")
            if stop is not None and stop(state):
                return Explored(state, seen, False, cut, depth)
            try:
                following = successors(state)
            except TooMany as why:
                return Explored(None, seen, False, cut, depth, str(why))
            for new in following:
                if new not in parents:
                    parents[new] = state
                    if new >> WATCH_SHIFT in broken and stop is None:
                        if accept is None:
                            return Explored(new, seen, False, cut, depth)
                        continue
                    append(new)
            if accept is not None and self.refused < MOST_REFUSED:
                # Each way into a refuting state is tried: another may have a clock that fits.
                for new in following:
                    if new >> WATCH_SHIFT in broken and self._taken(state, new, accept):
                        parents[new] = state
                        return Explored(new, seen, False, cut, depth)
            if not following:
                if ending(state & STATE_MASK) == "cut":
                    cut = True
                elif (
                    stop is None
                    and watch.open(state >> WATCH_SHIFT)
                    and (accept is None or self._taken(state, -1, accept))
                ):
                    return Explored(state, seen, False, cut, depth)
        return Explored(None, seen, True, cut, depth)

    def _taken(self, state: int, new: int, accept: Callable[[], bool]) -> bool:
        self.last = [*self.path(state), *([new] if new >= 0 else [])]
        if accept():
            return True
        self.refused += 1
        return False

    # -- runs ------------------------------------------------------------------------------

    def path(self, state: int) -> list[int]:
        """The states from the start to one that was found."""
        found = [state]
        while (state := self.parents[state]) >= 0:
            found.append(state)
        return found[::-1]

    def run(self, state: int, loop: int | None = None) -> Run:
        """The run that leads to a state."""
        return self.run_along(self.path(state), loop)

    def run_along(self, path: list[int], loop: int | None = None) -> Run:
        """The run through these states."""
        steps = [self._step(a, b) for a, b in itertools.pairwise(path)]
        base = path[-1] & STATE_MASK
        end = self.machine.ending(base) or ("" if self.machine.moves(base) else "stuck")
        result = self.machine.result(base) if end == "ended" else None
        return Run(self._inputs(path[0]), tuple(steps), end or "open", result, loop)

    def _inputs(self, state: int) -> dict[str, Value]:
        variables = self.machine.workflow.variables
        store = self.machine.store(state & STATE_MASK)
        read = self.machine.inputs
        return {
            n: v
            for n, v in store.items()
            if n in read and v is not None and variables[n].initial is None
        }

    def _step(self, state: int, following: int) -> Step:
        watched = state >> WATCH_SHIFT
        for move in self.machine.moves(state & STATE_MASK):
            if move.ask < 0:
                if move.done[0] | watched << WATCH_SHIFT == following:
                    return Step(move.node, move.details[0] or "")
                continue
            for a in self.watch.judge(watched, move.ask):
                found = self._ended(move.ask, move.node, a, following, move.done, move.failed,
                                    move.denied[0], move.details)  # fmt: skip
                if found is not None:
                    return found
        raise AssertionError("a state that does not follow")

    def _ended(
        self,
        number: int,
        node: str,
        a: Alternative,
        following: int,
        done: tuple[int, ...],
        failed: tuple[int, ...],
        denied: int,
        details: tuple[Value, ...],
    ) -> Step | None:
        ask = self.watch.ask(number)
        request = ask.asked or ask.performed
        other = ask.performed if ask.asked is not None and ask.performed != ask.asked else None
        approved = a.outcome == ASK
        rules, reason = a.decision.rules, a.decision.reason
        asked = ask.asked is not None
        expired = a.expired
        if a.outcome != DENY:
            for target, value in zip(done, details, strict=True):
                if target | a.done << WATCH_SHIFT == following:
                    return Step(node, "", request, "completed", approved, value, rules, reason,
                                other, asked, expired)  # fmt: skip
            for target in failed:
                if target | a.failed << WATCH_SHIFT == following:
                    return Step(node, "", request, "failed", approved, None, rules, reason,
                                other, asked, expired)  # fmt: skip
        if a.outcome != 1 and denied | a.denied << WATCH_SHIFT == following:
            outcome: Outcome = "denied" if a.outcome == DENY else "refused"
            return Step(node, "", request, outcome, False, None, rules, reason,
                        None, asked, expired)  # fmt: skip
        return None

    # -- all states ------------------------------------------------------------------------

    def states(self) -> Iterator[int]:
        """The states that the last search saw."""
        return iter(self.parents)

    def trapped(self, bad: Callable[[int], bool], budget: Budget | None = None) -> int | None:
        """A state from which all that follows, however far, is ``bad``, and nothing ends.

        A workflow whose choices are fair leaves a loop if there is a way out; so a claim about what
        comes at last is refuted by a loop only if there is none.
        """
        backwards: dict[int, list[int]] = {}
        good: list[int] = []
        for state in self.parents:
            following = self.successors(state)
            if not bad(state) or not following:
                good.append(state)
            for new in following:
                backwards.setdefault(new, []).append(state)
        reached = set(good)
        while good:
            for before in backwards.get(good.pop(), ()):
                if before not in reached:
                    reached.add(before)
                    good.append(before)
        return next((s for s in self.parents if s not in reached), None)
