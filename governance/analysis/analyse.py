"""Questions about policies, answered with evidence.

Every answer has a verdict. PROVED: for all requests and all pasts. REFUTED: with a witness, a
request and a past on which the evaluator that enforces was seen to do it. BOUNDED(k): no witness
among the pasts of up to k events, and no proof. UNKNOWN: with the reason. The outcomes are ordered
*deny* < *ask* < *permit*; a policy *implies* another if it never decides more.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Literal, TypeAlias

import msgspec

from governance.analysis.meaning import Past, Unanalysed
from governance.analysis.moments import Moment, Subject, Weighed
from governance.analysis.search import Answer, Searcher, badness
from governance.analysis.witness import Witness
from governance.policy import Policy, RuleSet
from governance.request import Event, Request
from logic.smt import Expr, Solver
from proofs.verdict import Verdict

Relation: TypeAlias = Literal[
    "equivalent", "stricter", "more permissive", "incomparable", "unknown"
]


class Comparison(msgspec.Struct, frozen=True):
    """How a new policy stands to an old one.

    ``allows_no_more`` and ``allows_no_less`` are the two implications, each with a witness where it
    fails: a request that the new policy lets through and the old did not, and the other way round.
    """

    relation: Relation
    allows_no_more: Answer
    allows_no_less: Answer


class Analyser(Searcher):
    """Questions about policies over one schema; its parameters are those of a searcher."""

    # -- questions about policies ------------------------------------------------------------

    def never_errors(self, policy: Policy) -> Answer:
        """No rule is ever without a value."""
        z3 = self.encoder.z3

        def goal(moment: Subject, past: Past) -> Expr:
            return z3.Or(
                [z3.BoolVal(False, self.encoder.meaning.context)]
                + [
                    moment.undefined(rule, past)
                    for part in policy.parts()
                    for rule in self.encoder.rules(part, moment.tool.name)
                ]
            )

        def errors(request: Request, history: Sequence[Event]) -> dict[str, str]:
            return dict(self.decide(policy, request, history).errors)

        return self.find(
            f"{policy.name} never errors",
            self.encoder.cases(),
            goal,
            lambda r, h: bool(errors(r, h)),
            errors,
        )

    def always(self, policy: Policy, outcome: Literal["permit", "deny"], *tools: str) -> Answer:
        """A policy answers every request (for these tools) with *permit*, or with *deny*."""
        z3 = self.encoder.z3

        def goal(moment: Subject, past: Past) -> Expr:
            decision = moment.decision(policy, past)
            return z3.Not(decision.permits) if outcome == "permit" else decision.asks

        return self.find(
            f"{policy.name} always answers {outcome}",
            tools or self.encoder.cases(),
            goal,
            lambda r, h: self.decide(policy, r, h).outcome != outcome,
            lambda r, h: {policy.name: str(self.decide(policy, r, h))},
        )

    def implies(self, low: Policy, high: Policy) -> Answer:
        """``low`` never decides more than ``high``."""
        z3 = self.encoder.z3

        def goal(moment: Subject, past: Past) -> Expr:
            a, b = moment.decision(low, past), moment.decision(high, past)
            if a.asks is a.permits and b.asks is b.permits:
                return z3.And(a.permits, z3.Not(b.permits))
            return z3.Or(z3.And(a.permits, z3.Not(b.permits)), z3.And(a.asks, z3.Not(b.asks)))

        return self.find(
            f"{low.name} implies {high.name}",
            [c for c in self.encoder.cases() if not self._clear(low, high, c)],
            goal,
            lambda r, h: self.rank(low, r, h) > self.rank(high, r, h),
            lambda r, h: self._both(low, high, r, h),
        )

    def _both(
        self, a: Policy, b: Policy, request: Request, history: Sequence[Event]
    ) -> dict[str, str]:
        names = (a.name, b.name) if a.name != b.name else (f"{a.name} (1)", f"{b.name} (2)")
        answers = (str(self.decide(p, request, history)) for p in (a, b))
        return dict(zip(names, answers, strict=True))

    def _clear(self, low: Policy, high: Policy, tool: str) -> bool:
        """Whether the rules for a tool show at a glance that ``low`` decides no more."""
        if not isinstance(low, RuleSet) or not isinstance(high, RuleSet):
            return False
        a, b = self._keys(low, tool), self._keys(high, tool)
        if a == b:
            return True
        only_a, only_b = a - b, b - a
        return all(e == "forbid" for e, _, _ in only_a) and all(e == "permit" for e, _, _ in only_b)

    def _keys(self, policy: RuleSet, tool: str) -> set[tuple[object, object, object]]:
        return {(r.effect, r.who, r.condition) for r in self.encoder.rules(policy, tool)}

    def equivalent(self, a: Policy, b: Policy) -> Answer:
        """Both policies always decide the same."""
        z3 = self.encoder.z3

        def goal(moment: Subject, past: Past) -> Expr:
            x, y = moment.decision(a, past), moment.decision(b, past)
            if x.asks is x.permits and y.asks is y.permits:
                return x.permits != y.permits
            return z3.Or(x.permits != y.permits, x.asks != y.asks)

        return self.find(
            f"{a.name} is equivalent to {b.name}",
            [
                c
                for c in self.encoder.cases()
                if not (self._clear(a, b, c) and self._clear(b, a, c))
            ],
            goal,
            lambda r, h: self.rank(a, r, h) != self.rank(b, r, h),
            lambda r, h: self._both(a, b, r, h),
        )

    def compare(self, old: Policy, new: Policy) -> Comparison:
        """How a new policy stands to an old one, with a witness for each difference."""
        no_more, no_less = self.implies(new, old), self.implies(old, new)
        relation: Relation = "unknown"
        if no_more.proved and no_less.proved:
            relation = "equivalent"
        elif no_more.proved and no_less.refuted:
            relation = "stricter"
        elif no_more.refuted and no_less.proved:
            relation = "more permissive"
        elif no_more.refuted and no_less.refuted:
            relation = "incomparable"
        return Comparison(relation, no_more, no_less)

    def disjoint(self, a: Policy, b: Policy) -> Answer:
        """No request is let through (permitted or asked about) by both."""
        z3 = self.encoder.z3

        def goal(moment: Subject, past: Past) -> Expr:
            return z3.And(moment.decision(a, past).asks, moment.decision(b, past).asks)

        return self.find(
            f"{a.name} and {b.name} are disjoint",
            self.encoder.cases(),
            goal,
            lambda r, h: min(self.rank(a, r, h), self.rank(b, r, h)) > 0,
            lambda r, h: self._both(a, b, r, h),
        )

    def bounded_relaxation(self, old: Policy, new: Policy, bound: Policy) -> Answer:
        """What the new policy lets through beyond the old, ``bound`` lets through."""
        return msgspec.structs.replace(
            self.implies(new, old | bound),
            question=f"{new.name} relaxes {old.name} only within {bound.name}",
        )

    def role_monotone(self, policy: Policy) -> Answer:
        """Whoever gains a role loses no permission.

        The witness is a request; its history's decisions tell the role that takes away.
        """
        z3, start = self.encoder.z3, time.perf_counter()
        question = f"{policy.name} is monotone in roles"
        if self.open is not None:
            return Answer(question, Verdict("UNKNOWN", "an imported policy declares no roles"))
        worst = Verdict("PROVED")
        for tool in self.schema.tools.values():
            for role in self.schema.roles:
                more = tuple(self.schema.above([role]))

                def goal(moment: Subject, past: Past, more: tuple[str, ...] = more) -> Expr:
                    assert isinstance(moment, Moment)
                    before = moment.decision(policy, past)
                    yes = z3.BoolVal(True, self.encoder.meaning.context)
                    held = [(moment.roles[name], yes) for name in more]
                    after = Weighed(*(z3.substitute(e, *held) for e in before))
                    return z3.Or(
                        z3.And(before.permits, z3.Not(after.permits)),
                        z3.And(before.asks, z3.Not(after.asks)),
                    )

                def gained(request: Request, role: str = role) -> Request:
                    roles = tuple(dict.fromkeys([*request.roles, role]))
                    return msgspec.structs.replace(request, roles=roles)

                def holds(
                    r: Request,
                    h: Sequence[Event],
                    gained: Callable[[Request], Request] = gained,
                ) -> bool:
                    return self.rank(policy, gained(r), h) < self.rank(policy, r, h)

                try:
                    verdict, found = self.find_on(question, tool.name, goal, holds)
                except Unanalysed as why:
                    verdict, found = Verdict("UNKNOWN", f"{why} is not analysed"), None
                if found is not None:
                    decisions = {
                        "as it is": str(self.decide(policy, *found)),
                        f"with the role {role}": str(
                            self.decide(policy, gained(found[0]), found[1])
                        ),
                    }
                    witness = Witness(found[0], found[1], decisions)
                    return Answer(question, verdict, witness, time.perf_counter() - start)
                if badness(verdict) > badness(worst):
                    worst = verdict
        return Answer(question, worst, None, time.perf_counter() - start)

    def needs_no_history(self, policy: Policy) -> Answer:
        """A policy without history decides the same; REFUTED by one request after two pasts."""
        z3, start = self.encoder.z3, time.perf_counter()
        question = f"{policy.name} is expressible without history"
        worst = Verdict("PROVED")
        for tool in self.schema.tools.values():
            moment = self.native.moment(tool)
            moment.looked_up.clear()
            try:
                a = moment.decision(policy, moment.any_past)
                b = moment.decision(policy, moment.other_past)
            except Unanalysed as why:
                worst = Verdict("UNKNOWN", f"{why} is not analysed")
                continue
            solver = Solver(self.encoder.meaning)
            solver.add(*moment.constraints, z3.Or(a.permits != b.permits, a.asks != b.asks))
            answer = self.check(solver, f"{question}: {tool.name}")
            if answer == "unsat":
                continue
            if answer == "unknown":
                worst = Verdict("UNKNOWN", "the solver's effort ran out")
                continue
            verdict, witness = self._two_pasts(question, policy, moment, solver)
            if witness is not None:
                return Answer(question, verdict, witness, time.perf_counter() - start)
            if badness(verdict) > badness(worst):
                worst = verdict
        return Answer(question, worst, None, time.perf_counter() - start)

    def _two_pasts(
        self, question: str, policy: Policy, moment: Moment, solver: Solver
    ) -> tuple[Verdict, Witness | None]:
        """One request that the empty past and another, or any two, decide differently."""
        z3 = self.encoder.z3
        monitors = [m for m, _ in moment.looked_up.values()]
        counts = [
            int(solver.value(v)) for m, v in moment.looked_up.values() if m.operation == "count"
        ]
        empty = self.history(moment, monitors, 0)

        def goal(moment: Subject, past: Past) -> Expr:
            a, b = moment.decision(policy, empty), moment.decision(policy, past)
            return z3.Or(a.permits != b.permits, a.asks != b.asks)

        def differ(request: Request, history: Sequence[Event]) -> bool:
            return self.rank(policy, request) != self.rank(policy, request, history)

        verdict, found = self.search(question, moment, goal, differ, monitors, counts)
        if found is None:
            return verdict, None
        request, past = found
        decisions = {
            "after the first past": str(self.decide(policy, request, past)),
            "after the second": str(self.decide(policy, request)),
        }
        return verdict, Witness(request, past, decisions, ())
