"""Why a request is decided as it is: every rule, and the parts of its condition."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from governance.analysis.witness import show_request
from governance.past import operators
from governance.policy import Rule, RuleSet
from governance.printing import show_condition
from governance.request import Decision, Event, Request
from governance.runtime.decider import Decider, satisfied
from governance.runtime.evaluate import Compiler, Frame
from governance.sorts import Undefined, show_value
from logic.formulas import TRUE, Formula, conjuncts


class RuleReason(msgspec.Struct, frozen=True):
    """A rule and a request: whether it is satisfied (None: it has no value), and why.

    ``parts`` are the parts of its condition with what each says; empty if the request is not in the
    rule's scope.
    """

    rule: Rule
    satisfied: bool | None
    parts: tuple[tuple[str, str], ...]


class Explanation(msgspec.Struct, frozen=True):
    """A decision and its reasons, rule by rule."""

    request: Request
    decision: Decision
    rules: tuple[RuleReason, ...]
    past: tuple[tuple[str, str], ...]
    """What the history operators say."""

    def lines(self) -> list[str]:
        """The explanation as text."""
        found = [show_request(self.request), f"is decided: {self.decision}"]
        for reason in self.rules:
            if not reason.parts:
                continue
            said = {True: "satisfied", False: "not satisfied", None: "undefined"}[reason.satisfied]
            found.append(f"{reason.rule.effect} {reason.rule.name}: {said}")
            found += [f"    {value:>9}  {part}" for part, value in reason.parts]
        outside = [r.rule.name for r in self.rules if not r.parts]
        if outside:
            found.append(f"not about this request: {', '.join(outside)}")
        found += [f"{name}: {value}" for name, value in self.past]
        return found

    def record(self) -> dict[str, Any]:
        """The explanation as JSON has it."""
        return {
            "request": self.request.record(),
            "outcome": self.decision.outcome,
            "deciding": list(self.decision.rules),
            "errors": dict(self.decision.errors),
            "reason": self.decision.reason,
            "rules": [
                {
                    "name": r.rule.name,
                    "effect": r.rule.effect,
                    "satisfied": r.satisfied,
                    "parts": [{"condition": c, "value": v} for c, v in r.parts],
                }
                for r in self.rules
            ],
            "past": dict(self.past),
        }


def explain(policy: RuleSet, request: Request, history: Sequence[Event] = ()) -> Explanation:
    """Why a policy decides a request as it does after a past."""
    decider = Decider(policy).replay(history)
    decision = decider.decide(request)
    try:
        frame = decider.frame(request)
    except Undefined:
        return Explanation(request, decision, (), ())
    compiler = Compiler(policy.schema)
    reasons = [_reason(decider, compiler, rule, request, frame) for rule in policy.own]
    used = {n for r in reasons if r.parts for n in operators(r.rule.condition)}
    past = []
    for name, monitor in policy.watched.items():
        if name in used and not monitor.pattern.keys:
            try:
                past.append((name, show_value(frame.history[name]((), frame.now))))
            except Undefined as why:
                past.append((name, str(why)))
    return Explanation(request, decision, tuple(reasons), tuple(past))


def _reason(
    decider: Decider, compiler: Compiler, rule: Rule, request: Request, frame: Frame
) -> RuleReason:
    answer = satisfied(decider, rule, request)
    bare = msgspec.structs.replace(rule, condition=TRUE)
    if not satisfied(decider, bare, request):
        return RuleReason(rule, answer, ())
    parts = tuple(
        (show_condition(part), _value(compiler, part, frame)) for part in conjuncts(rule.condition)
    )
    return RuleReason(rule, answer, parts)


def _value(compiler: Compiler, part: Formula, frame: Frame) -> str:
    try:
        return "true" if compiler.test(part)(frame) else "false"
    except (Undefined, KeyError):
        return "undefined"
