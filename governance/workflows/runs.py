"""``Run``: what a workflow did, step by step; the counterexamples that verdicts carry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

import msgspec

from governance.analysis.witness import show_request
from governance.request import Request
from governance.sorts import Value, plain, show_value

Outcome: TypeAlias = Literal["", "completed", "failed", "denied", "refused"]


class Step(msgspec.Struct, frozen=True):
    """One step of a run.

    ``node`` is where it was taken and ``to`` which way a branch went. For a directive: the
    ``request``, the ``outcome`` (a *refused* one was asked about, and nobody approved), whether
    somebody ``approved``, the ``response``, the deciding ``rules`` and the ``reason``.
    ``performed`` is what was done, where it is not what was asked; ``asked`` false says that nobody
    was asked.
    """

    node: str
    to: str = ""
    request: Request | None = None
    outcome: Outcome = ""
    approved: bool = False
    response: Value | None = None
    rules: tuple[str, ...] = ()
    reason: str = ""
    performed: Request | None = None
    asked: bool = True
    expired: tuple[int, ...] = ()
    """For each window of the policy and the claim, how many events had left it before."""

    def record(self) -> dict[str, Any]:
        """The step as JSON has it."""
        record: dict[str, Any] = {"node": self.node}
        if self.to:
            record["to"] = self.to
        if self.request is not None:
            record |= {"request": self.request.record(), "outcome": self.outcome}
            if self.response is not None:
                record["response"] = plain(self.response)
            if self.approved:
                record["approved"] = True
            if self.rules:
                record["rules"] = list(self.rules)
            if self.reason:
                record["reason"] = self.reason
            if not self.asked:
                record["asked"] = False
            if self.performed is not None:
                record["performed"] = self.performed.record()
        return record

    def line(self) -> str:
        """The step on one line."""
        if self.request is None:
            return f"{self.node}: goes to {self.to}" if self.to else self.node
        shown = show_request(self.performed or self.request)
        how: str = self.outcome
        if self.rules:
            how += f" by {', '.join(self.rules)}"
        if self.reason:
            how += f" ({self.reason})"
        if self.approved:
            how += ", approved"
        if not self.asked:
            how += ", without asking"
        if self.performed is not None:
            how += f", though asked about {show_request(self.request)}"
        answer = "" if self.response is None else f", answers {show_value(self.response)}"
        return f"{self.node}: {shown}: {how}{answer}"


class Run(msgspec.Struct, frozen=True):
    """A run from its start: the inputs, the steps, and how it ends.

    ``ending`` is *ended*, *halted* (by a denial), *stuck*, *error*, *cut*, or *open* where the run
    goes on; ``loop`` is the number of the step from which it may repeat for ever.
    """

    inputs: Mapping[str, Value]
    steps: tuple[Step, ...]
    ending: str = "open"
    result: Value | None = None
    loop: int | None = None

    def record(self) -> dict[str, Any]:
        """The run as JSON has it."""
        record: dict[str, Any] = {"steps": [s.record() for s in self.steps], "ending": self.ending}
        if self.inputs:
            record["inputs"] = {n: plain(v) for n, v in self.inputs.items()}
        if self.result is not None:
            record["result"] = plain(self.result)
        if self.loop is not None:
            record["loop"] = self.loop
        return record

    def lines(self) -> list[str]:
        """The run as text; steps that only set variables are left out."""
        found = []
        if self.inputs:
            found.append(
                "with " + ", ".join(f"{n} = {show_value(v)}" for n, v in self.inputs.items())
            )
        for number, step in enumerate(self.steps):
            if self.loop == number:
                found.append("from here on, again and again:")
            if step.request is not None or step.to:
                found.append(step.line())
        endings = {
            "ended": "the run ends",
            "halted": "the run is halted",
            "stuck": "the run is stuck: no way on is open",
            "error": "the run fails: an expression has no value",
            "cut": "what follows was not explored",
        }
        if self.ending in endings:
            result = f" with {show_value(self.result)}" if self.result is not None else ""
            found.append(endings[self.ending] + result)
        return found
