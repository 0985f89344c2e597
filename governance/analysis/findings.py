"""Lint: everything about one policy that deserves a look, worst first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Literal, TypeAlias

import msgspec

from governance.analysis.analyse import Analyser
from governance.analysis.limits import LimitAnalyser, limits
from governance.analysis.meaning import Past
from governance.analysis.moments import Subject
from governance.analysis.rules import RuleAnalyser
from governance.analysis.search import Answer
from governance.analysis.witness import Witness
from governance.policy import Rule, RuleSet
from logic.errors import PorismError, Span
from logic.smt import Expr

Level: TypeAlias = Literal["error", "warning", "note"]
LEVELS: tuple[Level, ...] = ("error", "warning", "note")

CODES: dict[str, tuple[Level, str]] = {
    "invalid": ("error", "The rule does not follow the schema."),
    "limit": ("error", "A total can pass its limit."),
    "undefined": ("warning", "The rule has no value for some request, and is then skipped."),
    "vacuous": ("warning", "The rule is never satisfied."),
    "prerequisite": ("warning", "The rule needs an event that the policy never lets happen."),
    "shadowed": ("warning", "The rule never decides: rules that win over it always do."),
    "redundant": ("warning", "The policy decides the same without the rule."),
    "denied-event": ("warning", "A request that is denied makes the rule apply."),
    "idle": ("note", "The rule forbids what nothing permits."),
    "conflict": ("note", "A permit and a forbid are satisfied together."),
    "undecided": ("note", "The analysis reached no verdict."),
}
"""What a finding is called, how grave it is, and what it means."""


class Finding(msgspec.Struct, frozen=True):
    """Something about a rule, with what shows it."""

    code: str
    message: str
    rule: str = ""
    span: Span | None = None
    by: tuple[str, ...] = ()
    witness: Witness | None = None

    @property
    def level(self) -> Level:
        """How grave it is."""
        return CODES[self.code][0]

    def record(self) -> dict[str, Any]:
        """The finding as JSON has it."""
        record: dict[str, Any] = {"code": self.code, "level": self.level, "message": self.message}
        if self.rule:
            record["rule"] = self.rule
        if self.span:
            record |= {
                "file": self.span.file,
                "line": self.span.line,
                "column": self.span.column,
            }
        if self.by:
            record["by"] = list(self.by)
        if self.witness:
            record["witness"] = self.witness.record()
        return record


def invalid(error: PorismError) -> Finding:
    """A complaint about a rule as a finding."""
    hint = f" {error.hint}" if error.hint else ""
    return Finding("invalid", error.message + hint, "", error.span)


def lint(
    policy: RuleSet,
    conflicts: bool = False,
    analyser: Analyser | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> list[Finding]:
    """All findings about a policy, worst first, then in the order of the rules.

    Parameters
    ----------
    conflicts : whether to list each pair of a permit and a forbid that overlap. Mostly they are
        meant to.
    progress : is told which rule is being looked at.
    """
    analyser = analyser or Analyser(policy)
    order = {rule.name: i for i, rule in enumerate(policy.own)}
    found = list(_Linter(analyser, policy, progress).findings(conflicts))
    return sorted(found, key=lambda f: (LEVELS.index(f.level), order.get(f.rule, -1)))


class _Linter:
    def __init__(
        self, analyser: Analyser, policy: RuleSet, progress: Callable[[str], None]
    ) -> None:
        self.analyser = analyser
        self.policy = policy
        self.rules = RuleAnalyser(analyser, policy)
        self.limits = LimitAnalyser(analyser, policy)
        self.progress = progress

    def findings(self, conflicts: bool) -> Iterator[Finding]:
        unreachable = self.rules.unreachable_prerequisites()
        for rule in self.policy.own:
            self.progress(rule.name)
            if rule.name in unreachable:
                events = " and ".join(f"'{name}'" for name in unreachable[rule.name])
                yield self._of(
                    rule,
                    "prerequisite",
                    f"'{rule.name}' needs {events}, and no rule ever lets that event happen.",
                )
            else:
                yield from self._standing(rule)
            yield from self._undefined(rule)
            if rule.effect != "forbid":
                answer = self.rules.enabled_by_denied(rule)
                yield from self._answer(
                    rule, "denied-event", answer,
                    f"'{rule.name}' applies after a request that the policy itself denied.",
                )  # fmt: skip
        for limit in limits(self.policy):
            answer = self.limits.holds(limit)
            message = f"{limit.monitor.name} can pass the limit {limit.bound.symbol}"
            message += f" of '{limit.rule.name}'."
            if answer.refuted and "+" not in str(limit.rule.condition):
                message += " The rule tests the total before the request is added to it."
            yield from self._answer(limit.rule, "limit", answer, message)
        if conflicts:
            for grant, forbid, answer in self.rules.conflicts():
                message = f"'{grant.name}' and '{forbid.name}' are satisfied together."
                yield self._of(grant, "conflict", message, (forbid.name,), answer.witness)

    def _standing(self, rule: Rule) -> Iterator[Finding]:
        standing = self.rules.standing(rule)
        by = " and ".join(f"'{name}'" for name in standing.by)
        message = {
            "vacuous": f"'{rule.name}' is never satisfied.",
            "shadowed": f"'{rule.name}' never decides: {by} always wins over it.",
            "redundant": f"'{rule.name}' can be left out: {by} decides the same.",
            "idle": f"'{rule.name}' forbids what no rule permits.",
            "unknown": f"Whether '{rule.name}' ever decides is not known: {by}.",
        }.get(standing.status)
        if message:
            code = "undecided" if standing.status == "unknown" else standing.status
            yield self._of(rule, code, message, standing.by, standing.witness)

    def _undefined(self, rule: Rule) -> Iterator[Finding]:
        if self.analyser.open is not None and not self.analyser.open.declared:
            return  # without declared types any attribute may be missing, in almost every rule

        def goal(moment: Subject, past: Past) -> Expr:
            # That numbers may leave 64 bits is left to `Analyser.never_errors`.
            return moment.undefined(rule, past, overflow=False)

        answer = self.analyser.find(
            f"{rule.name} is always defined",
            self.analyser.encoder.cases(rule),
            goal,
            lambda r, h: rule.name in self.analyser.decide(self.policy, r, h).errors,
            lambda r, h: dict(self.analyser.decide(self.policy, r, h).errors),
        )
        yield from self._answer(
            rule, "undefined", answer,
            f"'{rule.name}' has no value for some request, and is then skipped.",
        )  # fmt: skip

    def _answer(self, rule: Rule, code: str, answer: Answer, message: str) -> Iterator[Finding]:
        if answer.refuted:
            yield self._of(rule, code, message, (), answer.witness)
        elif answer.verdict.status == "UNKNOWN":
            yield self._of(rule, "undecided", f"{answer.question}: {answer.verdict}.")

    def _of(
        self,
        rule: Rule,
        code: str,
        message: str,
        by: tuple[str, ...] = (),
        witness: Witness | None = None,
    ) -> Finding:
        return Finding(code, message, rule.name, rule.span, by, witness)
