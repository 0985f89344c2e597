"""The policy and a claim as one automaton over requests, built as far as it is visited.

Its states are what the policy's monitors remember, and the state of the claim. Decisions and what
is remembered come from :class:`~governance.runtime.decider.Decider`, the evaluator that enforces;
here they are only remembered by number. Time is left open: before each request any of the oldest
events may have left a window, which is more than can happen, so that proofs hold for all clocks.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import Any, NamedTuple

from governance.past import Monitor
from governance.policy import Policy, RuleSet
from governance.request import Decision, Request
from governance.runtime.decider import Decider
from governance.runtime.evaluate import Compiler, Frame
from governance.runtime.monitors import Memory, Total
from governance.schema import Schema
from governance.workflows.claims import Claim, ClaimMonitor
from governance.workflows.slicing import Slice

DENY, PERMIT, ASK = 0, 1, 2

GRANTS = Decision("deny", reason="the workflow that asks is not granted this tool")


FILTERED = Decision("deny", reason="a content filter")


class Ask(NamedTuple):
    """What a node does to the world: the request asked about (None: none), the one performed."""

    asked: Request | None
    performed: Request
    times: int = 1
    granted: bool = True


class Alternative(NamedTuple):
    """One way that a request may go: the outcome, and the automaton's states after each end.

    ``expired`` says how many events had left each window.
    """

    outcome: int
    done: int
    failed: int
    denied: int
    decision: Decision
    expired: tuple[int, ...] = ()


class Blank:
    """A decider's frames, without a memory."""

    def __init__(self, decider: Decider) -> None:
        self.frame = decider.frame
        self.memory = _EMPTY


_EMPTY = Memory({}, Compiler(Schema()))


class Watch:
    """A policy and a claim over the requests of one workflow.

    States are numbers. ``broken`` holds those in which the claim is refuted. Without ``asked`` the
    policy is not asked; ``filtered`` adds any content filter: what is permitted may be denied.
    """

    def __init__(
        self,
        policy: Policy,
        claim: Claim | None,
        slice_: Slice,
        asked: bool = True,
        filtered: bool = False,
    ) -> None:
        self.policy = Decider(policy)
        self._enforced = asked
        self._filtered = filtered
        monitors: dict[str, Monitor] = dict(claim.monitors) if claim else {}
        self.claim = ClaimMonitor(claim, policy.schema) if claim else None
        # A claim that asks nothing about the past needs no memory of its own.
        bare = RuleSet("claim", policy.schema, [], monitors)
        self._own = Decider(bare) if monitors else Blank(self.policy)
        for decider in (self.policy, self._own):
            for state in decider.memory.states.values():
                if isinstance(state, Total):
                    state.enough = slice_.enough(state.monitor, policy.rules)
        self._windows = [
            [s.window is not None for s in d.memory.states.values()]
            for d in (self.policy, self._own)
        ]
        self.windowed = any(any(w) for w in self._windows)
        """Whether anything depends on the clock."""
        self._states: list[tuple[Any, Any, tuple[int, ...]]] = []
        self._numbers: dict[tuple[Any, Any, tuple[int, ...]], int] = {}
        self.broken: set[int] = set()
        self._asks: list[Ask] = []
        self._ask_numbers: dict[tuple[object, ...], int] = {}
        self._frames: list[tuple[Frame | None, Frame]] = []
        self._known: dict[tuple[int, int], tuple[Alternative, ...]] = {}
        first = self.claim.start if self.claim else ()
        self.start = self._number((self.policy.memory.save(), self._own.memory.save(), first))

    # -- requests --------------------------------------------------------------------------

    def number(self, ask: Ask) -> int:
        """The number of what a node asks."""
        key = (_key(ask.asked), _key(ask.performed), ask.times, ask.granted)
        found = self._ask_numbers.get(key)
        if found is None:
            found = self._ask_numbers[key] = len(self._asks)
            self._asks.append(ask)
            asked = None if ask.asked is None else self.policy.frame(ask.asked)
            self._frames.append((asked, self._own.frame(ask.performed)))
        return found

    def ask(self, number: int) -> Ask:
        """What has that number."""
        return self._asks[number]

    # -- transitions -----------------------------------------------------------------------

    def judge(self, state: int, ask: int) -> tuple[Alternative, ...]:
        """What may become of a request in a state."""
        key = (state, ask)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = tuple(self._judge(state, ask))
        return found

    def _judge(self, state: int, number: int) -> Iterable[Alternative]:
        past, own, claim = self._states[state]
        for aged in self._aged(past, self._windows[0]):
            for aged_own in self._aged(own, self._windows[1]):
                gone = [
                    len(before) - len(after)
                    for saved, left, windows in zip(
                        (past, own), (aged, aged_own), self._windows, strict=True
                    )
                    for before, after, window in zip(saved, left, windows, strict=True)
                    if window
                ]
                found = self._decide(aged, aged_own, claim, number)
                found = found._replace(expired=tuple(gone)) if any(gone) else found
                yield found
                if self._filtered and found.outcome != DENY:
                    yield found._replace(outcome=DENY, decision=FILTERED)

    def unhindered(self, state: int, ask: int) -> int:
        """The state after a directive that is performed whatever the policy says."""
        past, own, claim = self._states[state]
        return self._decide(past, own, claim, ask, forced=True).done

    def _decide(
        self,
        past: Any,
        own: Any,
        claim: tuple[int, ...],
        number: int,
        forced: bool = False,
    ) -> Alternative:
        ask = self._asks[number]
        frame, performed = self._frames[number]
        memory = self.policy.memory
        memory.load(past)
        if frame is None or forced or not self._enforced:
            decision = Decision("permit")
        elif not ask.granted:
            decision = GRANTS
        else:
            decision = self.policy.judge(ask.asked or ask.performed, frame)
        outcome = ("deny", "permit", "ask").index(decision.outcome)

        def after(*views: str) -> tuple[Any, Any, tuple[int, ...]]:
            memory.load(past)
            if frame is not None:
                for view in views:
                    memory.record(view, frame)
            if frame is not None and ask.granted is False:
                memory.load(past)
            times = ask.times if views[-1] == "completed" else 1
            return memory.save(), *self._claimed(own, claim, performed, views, times)

        denied = self._number(after("attempted"))
        if outcome == DENY:
            return Alternative(outcome, denied, denied, denied, decision)
        failed = self._number(after("attempted", "permitted"))
        done = self._number(after("attempted", "permitted", "completed"))
        return Alternative(outcome, done, failed, denied, decision)

    def _claimed(
        self, own: Any, claim: tuple[int, ...], frame: Frame, views: tuple[str, ...], times: int
    ) -> tuple[Any, tuple[int, ...]]:
        if self.claim is None:
            return own, claim
        memory = self._own.memory
        memory.load(own)
        for view in views:
            for _ in range(times if view == "completed" else 1):
                claim = self.claim.step(claim, view, frame)
                memory.record(view, frame)
        return memory.save(), claim

    def _aged(self, saved: tuple[Any, ...], windows: list[bool]) -> Iterable[tuple[Any, ...]]:
        if not any(windows):
            return (saved,)
        parts = [
            [part[i:] for i in range(len(part) + 1)]
            if window and isinstance(part, tuple)
            else [part]
            for part, window in zip(saved, windows, strict=True)
        ]
        return itertools.product(*parts)

    # -- states ----------------------------------------------------------------------------

    def _number(self, state: tuple[Any, Any, tuple[int, ...]]) -> int:
        found = self._numbers.get(state)
        if found is None:
            found = self._numbers[state] = len(self._states)
            self._states.append(state)
            if self.claim is not None and self.claim.broken(state[2]):
                self.broken.add(found)
        return found

    def open(self, state: int) -> bool:
        """Whether the claim would be refuted if the run ended in this state."""
        return self.claim is not None and self.claim.open(self._states[state][2])

    def holds(self, state: int, test: Any, frame: Frame) -> bool:
        """A condition on the past in a state."""
        self._own.memory.load(self._states[state][1])
        frame.history = self._own.memory.values
        return bool(test(frame))

    def remembered(self, state: int) -> tuple[Any, Any]:
        """What the policy's and the claim's monitors remember in a state."""
        return self._states[state][:2]


def _key(request: Request | None) -> object:
    if request is None:
        return None
    args = tuple((n, type(v).__name__, v) for n, v in request.args.items())
    return (request.principal, request.tool, args, tuple(request.labels.items()))
