"""Questions about policies, answered with evidence.

Every answer has a verdict. PROVED: for all requests and all pasts. REFUTED: with a witness, a
request and a past on which the evaluator that enforces was seen to do it. BOUNDED(k): no witness
among the pasts of up to k events, and no proof. UNKNOWN: with the reason. The outcomes are ordered
*deny* < *ask* < *permit*; a policy *implies* another if it never decides more.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from typing import Literal, TypeAlias

import msgspec

from governance.analysis.encode import Encoder, History, Moment, Slot, Weighed
from governance.analysis.meaning import Past, Unanalysed
from governance.analysis.witness import Disagreement, Shrinker, Witness
from governance.past import Monitor
from governance.policy import OUTCOMES, Policy, RuleSet
from governance.request import Decision, Event, Request
from governance.runtime.decider import Decider
from governance.schema import Tool
from logic.errors import PorismError
from logic.smt import Expr, Solver
from proofs.verdict import Verdict

EFFORT = 8_000_000
"""How hard Z3 tries for one question; some two seconds."""

DEPTHS = (1, 2, 4, 6)
"""How many events are tried for a past that is a witness."""

Goal: TypeAlias = Callable[[Moment, Past], Expr]
"""What a request and a past must satisfy."""


class Answer(msgspec.Struct, frozen=True):
    """A question, its verdict, and what shows it."""

    question: str
    verdict: Verdict
    witness: Witness | None = None
    seconds: float = 0.0

    @property
    def proved(self) -> bool:
        """Whether the answer is PROVED."""
        return self.verdict.status == "PROVED"

    @property
    def refuted(self) -> bool:
        """Whether the answer is REFUTED."""
        return self.verdict.status == "REFUTED"


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


class Analyser:
    """Questions about policies over one schema.

    Parameters
    ----------
    policies : the policies that questions will be about.
    effort : how hard Z3 tries for one question.
    depth : how many events a past that is a witness may have.
    dump : takes each question as an SMT-LIB script, under a title.
    second : another solver's opinion of a script (see :mod:`governance.analysis.second`),
        which must agree.
    """

    def __init__(
        self,
        *policies: Policy,
        effort: int = EFFORT,
        depth: int = DEPTHS[-1],
        dump: Callable[[str, str], None] | None = None,
        second: Callable[[str], str] | None = None,
    ) -> None:
        first = policies[0]
        for other in policies[1:]:
            if not other.schema.agrees(first.schema):
                raise PorismError(
                    f"'{first.name}' and '{other.name}' speak of different schemas.",
                    hint="Policies are compared over one schema.",
                )
        if not first.schema.tools:
            raise PorismError("There is nothing to analyse: the schema declares no tool.")
        self.policies = policies
        self.schema = first.schema
        monitors = {name: m for p in policies for name, m in p.monitors.items()}
        self.encoder = Encoder(self.schema, monitors)
        self.shrinker = Shrinker(policies)
        self.effort = effort
        self.depths = [d for d in DEPTHS if d < depth] + [depth]
        self._dump = dump
        self._second = second
        self._deciders: dict[int, Decider] = {}

    # -- running policies ------------------------------------------------------------------

    def decide(self, policy: Policy, request: Request, history: Iterable[Event] = ()) -> Decision:
        """What a policy answers, on the evaluator that enforces."""
        decider = self._deciders.get(id(policy))
        if decider is None:
            decider = self._deciders[id(policy)] = Decider(policy)
        return decider.replay(history).decide(request)

    def rank(self, policy: Policy, request: Request, history: Iterable[Event] = ()) -> int:
        """0, 1 or 2 for deny, ask and permit."""
        return OUTCOMES.index(self.decide(policy, request, history).outcome)

    # -- asking ----------------------------------------------------------------------------

    def find(
        self,
        question: str,
        tools: Iterable[str],
        goal: Goal,
        holds: Callable[[Request, Sequence[Event]], bool],
        decisions: Callable[[Request, Sequence[Event]], dict[str, str]] | None = None,
    ) -> Answer:
        """Whether some request and past satisfy a goal: REFUTED with them, or PROVED if none do.

        ``holds`` says the same of a concrete request and past; the solver's word is not enough.
        """
        start = time.perf_counter()
        worst = Verdict("PROVED")
        for name in tools:
            try:
                verdict, witness = self._find(question, self.schema.tools[name], goal, holds)
            except Unanalysed as why:
                verdict, witness = Verdict("UNKNOWN", f"{why} is not analysed"), None
            if witness is not None:
                found = decisions(*witness) if decisions else {}
                shown = Witness(witness[0], witness[1], found)
                return Answer(question, verdict, shown, time.perf_counter() - start)
            if _badness(verdict) > _badness(worst):
                worst = verdict
        return Answer(question, worst, None, time.perf_counter() - start)

    def _find(
        self,
        question: str,
        tool: Tool,
        goal: Goal,
        holds: Callable[[Request, Sequence[Event]], bool],
    ) -> tuple[Verdict, tuple[Request, tuple[Event, ...]] | None]:
        moment = self.encoder.moment(tool)
        moment.looked_up.clear()
        formula = goal(moment, moment.any_past)
        if self.encoder.z3.is_false(formula):
            return Verdict("PROVED"), None
        solver = Solver(self.encoder.meaning)
        solver.add(formula, *moment.constraints)
        self.encoder.meaning.asked = self.encoder.meaning.asked[-1000:]
        answer = self.check(solver, f"{question}: {tool.name}")
        if answer == "unsat":
            return Verdict("PROVED"), None
        if answer == "unknown":
            return Verdict("UNKNOWN", "the solver's effort ran out"), None
        if not moment.looked_up:
            request, past = self.shrinker.shrink(moment.request(solver), (), holds)
            return Verdict("REFUTED"), (request, past)
        counts = [
            int(solver.value(value))
            for monitor, value in moment.looked_up.values()
            if monitor.operation == "count"
        ]
        monitors = [monitor for monitor, _ in moment.looked_up.values()]
        return self._search(question, moment, goal, holds, monitors, counts)

    def _search(
        self,
        question: str,
        moment: Moment,
        goal: Goal,
        holds: Callable[[Request, Sequence[Event]], bool],
        monitors: Sequence[Monitor],
        counts: Sequence[int],
    ) -> tuple[Verdict, tuple[Request, tuple[Event, ...]] | None]:
        """A sequence of events that is a witness, the shortest first."""
        many = max((c for c in counts if 1 < c <= 100_000), default=1)
        verdict = Verdict("BOUNDED", "0")
        for depth in self.depths:
            history = self.history(moment, monitors, depth, many)
            solver = Solver(self.encoder.meaning)
            solver.add(goal(moment, history), *moment.constraints, *history.constraints())
            answer = self.check(solver, f"{question}: {moment.tool.name}, {depth} events")
            if answer == "unknown":
                return Verdict("UNKNOWN", "the solver's effort ran out"), None
            if answer == "sat":
                request, past = moment.request(solver), history.events(solver)
                return Verdict("REFUTED"), self.shrinker.shrink(request, past, holds)
            verdict = Verdict("BOUNDED", str(depth))
        return verdict, None

    def history(
        self, moment: Moment, monitors: Sequence[Monitor], depth: int, many: int = 1
    ) -> History:
        """So many unknown events before a request, of the tools that the monitors look at."""
        names: dict[str, None] = {}
        for monitor in monitors:
            for pattern in monitor.patterns:
                names.update(dict.fromkeys(pattern.tools or self.schema.tools))
            if monitor.operation == "previous":
                names.update(dict.fromkeys(self.schema.tools))
        tools = [self.schema.tools[n] for n in names]
        slots = [Slot(self.encoder, tools, f"e{i}", many if i == 0 else 1) for i in range(depth)]
        return History(self.encoder, slots, moment.now)

    def check(self, solver: Solver, title: str) -> str:
        """The solver's answer, written out and confirmed where that is wanted."""
        if self._dump is not None:
            self._dump(title, solver.smtlib())
        answer = solver.check(self.effort)
        if self._second is not None and answer != "unknown":
            other = self._second(solver.smtlib())
            if other not in (answer, "unknown"):
                raise Disagreement(f"Z3 says {answer} and the second solver {other}: {title}")
        return answer

    # -- questions about policies ------------------------------------------------------------

    def never_errors(self, policy: Policy) -> Answer:
        """No rule is ever without a value."""
        z3 = self.encoder.z3

        def goal(moment: Moment, past: Past) -> Expr:
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
            self.schema.tools,
            goal,
            lambda r, h: bool(errors(r, h)),
            errors,
        )

    def always(self, policy: Policy, outcome: Literal["permit", "deny"], *tools: str) -> Answer:
        """A policy answers every request (for these tools) with *permit*, or with *deny*."""
        z3 = self.encoder.z3

        def goal(moment: Moment, past: Past) -> Expr:
            decision = moment.decision(policy, past)
            return z3.Not(decision.permits) if outcome == "permit" else decision.asks

        return self.find(
            f"{policy.name} always answers {outcome}",
            tools or self.schema.tools,
            goal,
            lambda r, h: self.decide(policy, r, h).outcome != outcome,
            lambda r, h: {policy.name: str(self.decide(policy, r, h))},
        )

    def implies(self, low: Policy, high: Policy) -> Answer:
        """``low`` never decides more than ``high``."""
        z3 = self.encoder.z3

        def goal(moment: Moment, past: Past) -> Expr:
            a, b = moment.decision(low, past), moment.decision(high, past)
            return z3.Or(z3.And(a.permits, z3.Not(b.permits)), z3.And(a.asks, z3.Not(b.asks)))

        return self.find(
            f"{low.name} implies {high.name}",
            [t for t in self.schema.tools if not self._clear(low, high, t)],
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
        for first, second in ((a, b), (b, a)):
            answer = self.implies(first, second)
            if not answer.proved:
                break
        return msgspec.structs.replace(answer, question=f"{a.name} is equivalent to {b.name}")

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

        def goal(moment: Moment, past: Past) -> Expr:
            return z3.And(moment.decision(a, past).asks, moment.decision(b, past).asks)

        return self.find(
            f"{a.name} and {b.name} are disjoint",
            self.schema.tools,
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
        worst = Verdict("PROVED")
        for tool in self.schema.tools.values():
            for role in self.schema.roles:
                more = tuple(self.schema.above([role]))

                def goal(moment: Moment, past: Past, more: tuple[str, ...] = more) -> Expr:
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
                    verdict, found = self._find(question, tool, goal, holds)
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
                if _badness(verdict) > _badness(worst):
                    worst = verdict
        return Answer(question, worst, None, time.perf_counter() - start)

    def needs_no_history(self, policy: Policy) -> Answer:
        """A policy without history decides the same; REFUTED by one request after two pasts."""
        z3, start = self.encoder.z3, time.perf_counter()
        question = f"{policy.name} is expressible without history"
        worst = Verdict("PROVED")
        for tool in self.schema.tools.values():
            moment = self.encoder.moment(tool)
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
            if _badness(verdict) > _badness(worst):
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

        def goal(moment: Moment, past: Past) -> Expr:
            a, b = moment.decision(policy, empty), moment.decision(policy, past)
            return z3.Or(a.permits != b.permits, a.asks != b.asks)

        def differ(request: Request, history: Sequence[Event]) -> bool:
            return self.rank(policy, request) != self.rank(policy, request, history)

        verdict, found = self._search(question, moment, goal, differ, monitors, counts)
        if found is None:
            return verdict, None
        request, past = found
        decisions = {
            "after the first past": str(self.decide(policy, request, past)),
            "after the second": str(self.decide(policy, request)),
        }
        return verdict, Witness(request, past, decisions, ())


def _badness(verdict: Verdict) -> int:
    return ("PROVED", "BOUNDED", "UNKNOWN", "REFUTED").index(verdict.status)
