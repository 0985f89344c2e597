"""``Governor``: what enforces a policy at runtime.

Ask it before each effect, perform only what it permits, and tell it what completed. It remembers
what the policy's history operators need, and records every decision in a ledger *before* the effect
can happen. Whatever fails inside it denies: an error in a condition skips the rule, anything else
(a full memory, a disk that cannot be written) denies this request and all that follow.
"""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable
from typing import TypeVar

import msgspec

from governance.policy import Policy
from governance.request import Decision, Request
from governance.runtime.decider import Decider
from governance.runtime.evaluate import Frame
from governance.runtime.ledger import Ledger
from governance.sorts import Undefined
from logic.errors import PorismError

T = TypeVar("T")

MOST_OPEN = 1_000_000
"""So many effects may be permitted and not yet completed."""


class Denied(Exception):
    """A request was not permitted; ``decision`` says why."""

    def __init__(self, decision: Decision) -> None:
        super().__init__(str(decision))
        self.decision = decision


class Governor:
    """A policy, its memory of the past, and a ledger; safe to use from many threads.

    Parameters
    ----------
    policy : what decides.
    ledger : where decisions are recorded; by default nowhere.
    clock : milliseconds since 1970; by default each request brings its time.
    approver : who is asked when the policy answers *ask*: a function of the request and the
        decision that returns the name of whoever approves, or an empty text. By default nobody.
    """

    def __init__(
        self,
        policy: Policy,
        ledger: Ledger | None = None,
        clock: Callable[[], int] | None = None,
        approver: Callable[[Request, Decision], str] | None = None,
    ) -> None:
        self.policy = policy
        self.ledger = ledger
        self._decider = Decider(policy)
        self._clock = clock
        self._approver = approver
        self._open: dict[int, Frame] = {}
        self._asked: dict[int, Frame] = {}
        self._next = 0
        self._failed = ""
        self._lock = threading.Lock()

    def decide(self, request: Request) -> Decision:
        """The answer to a request, recorded."""
        with self._lock:
            number = self._next
            self._next += 1
            if self._failed:
                return Decision("deny", reason=self._failed, number=number)
            try:
                return self._decide(request, number)
            except Exception as error:
                self._failed = f"the governor failed: {type(error).__name__}: {error}"
                return Decision("deny", reason=self._failed, number=number)

    def _decide(self, request: Request, number: int) -> Decision:
        decider = self._decider
        if self._clock is not None:
            request = msgspec.structs.replace(request, time=self._clock())
        try:
            frame = decider.frame(request)
        except Undefined as why:
            # Such a request is no event; the ledger still has it, as far as it can be written.
            decision = Decision("deny", reason=_written(f"bad request: {why}"), number=number)
            bare = msgspec.structs.replace(request, roles=())
            who, tool = _written(request.principal), _written(request.tool)
            self._note(bare, Frame(who, tool, {}, request.time), decision)
            return decision
        decision = decider.judge(request, frame)
        decision.number = number
        self._note(request, frame, decision)
        if decision.outcome == "permit":
            decider.record(frame, "attempted", "permitted")
            self._keep(self._open, number, frame)
        else:
            decider.record(frame, "attempted")
            if decision.outcome == "ask":
                self._keep(self._asked, number, frame)
        return decision

    def _note(self, request: Request, frame: Frame, decision: Decision) -> None:
        if self.ledger is not None:
            self.ledger.decision(
                frame.principal,
                frame.tool,
                frame.args,
                frame.now,
                frame.labels,
                request.roles,
                decision.outcome,
                decision.rules,
                decision.errors,
                decision.reason,
            )

    def _keep(self, table: dict[int, Frame], number: int, frame: Frame) -> None:
        if len(table) >= MOST_OPEN:
            raise MemoryError("too many effects are open")
        table[number] = frame

    def approve(self, decision: Decision, by: str) -> Decision:
        """Somebody approves what the policy asked about: the request is now permitted.

        Raises
        ------
        PorismError : the decision is not one that waits for an approval.
        """
        with self._lock:
            frame = self._asked.pop(decision.number, None)
            if frame is None:
                raise PorismError(f"Decision {decision.number} does not wait for an approval.")
            permitted = Decision(
                "permit", decision.rules, decision.errors, f"approved by {by}", decision.number
            )
            self._settle({"of": decision.number, "event": "approved", "by": by}, frame, "permitted")
            self._keep(self._open, decision.number, frame)
            return permitted

    def complete(self, decision: Decision, ok: bool = True) -> None:
        """A permitted effect has been performed, or (``ok`` false) has failed.

        Raises
        ------
        PorismError : the decision permits nothing, or has been completed already: a permit is
            for one effect.
        """
        with self._lock:
            frame = self._open.pop(decision.number, None)
            if frame is None:
                raise PorismError(
                    f"Decision {decision.number} is not open: it permits nothing, or was completed."
                )
            event = "completed" if ok else "failed"
            self._settle({"of": decision.number, "event": event}, frame, *["completed"] * ok)

    def _settle(self, record: dict[str, object], frame: Frame, *views: str) -> None:
        """Write down what became of a request, and remember it as of now."""
        try:
            now = self._clock() if self._clock is not None else frame.now
            frame.now = max(now, self._decider.now or now)
            if self.ledger is not None:
                self.ledger.append({**record, "time": frame.now})
            self._decider.record(frame, *views)
        except Exception as error:
            self._failed = f"the governor failed: {type(error).__name__}: {error}"
            raise

    # -- performing effects ----------------------------------------------------------------

    def perform(self, request: Request, effect: Callable[[], T]) -> T:
        """Perform an effect if it is permitted, and record what became of it.

        Raises
        ------
        Denied : it is not.
        """
        decision = self._permitted(request)
        try:
            result = effect()
        except BaseException:
            self.complete(decision, ok=False)
            raise
        self.complete(decision)
        return result

    async def perform_async(self, request: Request, effect: Callable[[], Awaitable[T]]) -> T:
        """The same for an effect that is awaited."""
        decision = self._permitted(request)
        try:
            result = await effect()
        except BaseException:
            self.complete(decision, ok=False)
            raise
        self.complete(decision)
        return result

    def _permitted(self, request: Request) -> Decision:
        decision = self.decide(request)
        if decision.outcome == "ask" and self._approver is not None:
            by = self._approver(request, decision)
            if by:
                decision = self.approve(decision, by)
        if not decision.permitted:
            raise Denied(decision)
        return decision


def _written(text: str) -> str:
    """A text of a bad request as a ledger can hold it: well formed, and not endless."""
    return text[:1_000].encode(errors="replace").decode()
