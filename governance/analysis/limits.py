"""Numeric limits: what happens at the limit, one unit below and above, and in total.

A limit of a total is an upper bound of a sum or a count: in a permit or ask ``total + x <= L``, in
a forbid ``total + x > L``. It holds if no permitted request takes the total past L. That fails
where a rule tests the total before adding the request to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from governance.analysis.analyse import Analyser
from governance.analysis.histories import History
from governance.analysis.laws import Laws
from governance.analysis.meaning import Past, Unanalysed
from governance.analysis.moments import Moment, Subject
from governance.analysis.search import DEPTHS, Answer
from governance.analysis.witness import Witness
from governance.past import Monitor
from governance.policy import Rule, RuleSet
from governance.printing import show_condition
from governance.request import Event, Request
from governance.runtime.decider import Decider
from governance.runtime.evaluate import Compiler
from governance.sorts import (
    INT,
    NUMBERS,
    Undefined,
    Value,
    constant,
    constant_value,
    is_constant,
)
from logic.formulas import And, Atom, Equal, Formula, Not, Or
from logic.smt import Expr, Solver
from logic.terms import App, Term
from proofs.verdict import Verdict


class Limit(msgspec.Struct, frozen=True):
    """An upper bound that a rule puts on a total."""

    rule: Rule
    monitor: Monitor
    bound: App

    def __str__(self) -> str:
        return f"{self.monitor.name} <= {self.bound.symbol}"


class Boundary(msgspec.Struct, frozen=True):
    """A comparison with a constant: values one unit below it, at it and one above, each with a
    request that has the value, and what is decided; None where no request has it."""

    rule: Rule
    comparison: str
    below: tuple[Value, Witness | None]
    at: tuple[Value, Witness | None]
    above: tuple[Value, Witness | None]


def _near(value: Value) -> list[Value]:
    return [type(value)(int(value) + step) for step in (-1, 0, 1)]


def limits(policy: RuleSet) -> list[Limit]:
    """The limits that a policy's rules put on totals, each once for a rule."""
    found: dict[tuple[str, str, str], Limit] = {}
    for rule in policy.own:
        for low, high in _bounds(rule.condition, rule.effect != "forbid"):
            parts = [*_summands(low, 1), *_summands(high, -1)]
            bounds = [t for sign, t in parts if is_constant(t) and sign < 0]
            # To a count the request itself may be added, which is one.
            more = [t for sign, t in parts if is_constant(t) and sign > 0]
            if len(bounds) != 1 or any(t != constant(1, INT) for t in more):
                continue
            bound = bounds[0]
            counted: tuple[str, ...] = ("count",) if more else ("sum", "count")
            for sign, term in parts:
                monitor = policy.watched.get(term.symbol) if isinstance(term, App) else None
                if (
                    monitor is not None
                    and sign > 0
                    and monitor.operation in counted
                    and not monitor.pattern.keys
                    and isinstance(bound, App)
                ):
                    limit = Limit(rule, monitor, bound)
                    found.setdefault((rule.name, monitor.name, bound.symbol), limit)
    return list(found.values())


def _bounds(formula: Formula, positive: bool) -> Iterator[tuple[Term, Term]]:
    """The pairs (low, high) that a condition, or what it excludes, keeps in this order."""
    match formula:
        case And(a, b) | Or(a, b):
            yield from _bounds(a, positive)
            yield from _bounds(b, positive)
        case Not(body):
            yield from _bounds(body, not positive)
        case Atom("<" | "<=", (a, b)):
            yield (a, b) if positive else (b, a)


def _comparisons(formula: Formula, positive: bool = True) -> Iterator[tuple[Term, App, str]]:
    """The terms that a condition compares with constants, the constants, and the comparisons."""
    match formula:
        case And(a, b) | Or(a, b):
            yield from _comparisons(a, positive)
            yield from _comparisons(b, positive)
        case Not(body):
            yield from _comparisons(body, not positive)
        case Atom("<" | "<=" as sign, (a, b)) if a.sort in NUMBERS:
            shown: Formula = formula
            if isinstance(a, App) and is_constant(a):
                # As most people write it: what varies stands left.
                a, b = b, a
                shown = Not(Atom("<" if sign == "<=" else "<=", (a, b)))
            if isinstance(b, App) and is_constant(b) and not is_constant(a):
                yield a, b, show_condition(shown if positive else _negated(shown))


def _negated(formula: Formula) -> Formula:
    return formula.body if isinstance(formula, Not) else Not(formula)


def _summands(term: Term, sign: int) -> list[tuple[int, Term]]:
    """The terms that are added (1) and subtracted (-1)."""
    if isinstance(term, App) and term.symbol in ("+", "-") and len(term.args) == 2:
        other = sign if term.symbol == "+" else -sign
        return _summands(term.args[0], sign) + _summands(term.args[1], other)
    return [(sign, term)]


class LimitAnalyser:
    """The limits of one policy."""

    def __init__(self, analyser: Analyser, policy: RuleSet) -> None:
        self.analyser = analyser
        self.policy = policy
        self.encoder = analyser.encoder
        self.z3 = self.encoder.z3
        self._decider = Decider(policy)

    def holds(self, limit: Limit) -> Answer:
        """No permitted request takes the total past the limit.

        The witness's past consists of requests that the policy itself permits, one after another.
        """
        question = f"{limit} after what {limit.rule.name} lets through"
        worst = Verdict("PROVED")
        for tool in limit.monitor.pattern.tools or self.encoder.schema.tools:
            if limit.rule.tools and tool not in limit.rule.tools:
                continue
            moment = self.analyser.native.moment(self.encoder.schema.tools[tool])
            try:
                verdict, witness = self._on(limit, moment)
            except Unanalysed as why:
                verdict, witness = Verdict("UNKNOWN", f"{why} is not analysed"), None
            if witness is not None:
                return Answer(question, verdict, witness)
            worst = verdict if verdict.status != "PROVED" else worst
        return Answer(question, worst)

    def _on(self, limit: Limit, moment: Moment) -> tuple[Verdict, Witness | None]:
        solver = Solver(self.encoder.meaning)
        moment.looked_up.clear()
        solver.add(self._passes(limit, moment, moment.any_past), *moment.constraints)
        answer = self.analyser.check(solver, str(limit))
        if answer == "sat":
            solver.add(*Laws(self.analyser.native, moment).found())
            answer = self.analyser.check(solver, f"{limit}, after any past")
        if answer != "sat":
            return (
                (Verdict("PROVED"), None)
                if answer == "unsat"
                else (Verdict("UNKNOWN", "the solver's effort ran out"), None)
            )
        monitors = list(self.policy.watched.values())
        for depth in DEPTHS:
            history = self.analyser.history(moment, monitors, depth)
            solver = Solver(self.encoder.meaning)
            solver.add(
                self._passes(limit, moment, history),
                *moment.constraints,
                *history.constraints(),
                *self._reachable(history),
            )
            answer = self.analyser.check(solver, f"{limit}, {depth} events")
            if answer == "unknown":
                return Verdict("UNKNOWN", "the solver's effort ran out"), None
            if answer == "sat":
                request, past = self.analyser.shrinker.shrink(
                    moment.request(solver),
                    history.events(solver),
                    lambda r, h: self._seen(limit, r, h),
                )
                total = self._total(limit, [*past, Event(request)], request)
                decisions = {
                    self.policy.name: str(self.analyser.decide(self.policy, request, past)),
                    "total after": str(total),
                }
                return Verdict("REFUTED"), Witness(request, past, decisions)
        return Verdict("BOUNDED", str(DEPTHS[-1])), None

    def _passes(self, limit: Limit, moment: Moment, past: Past) -> Expr:
        """A permitted request that takes a total within the limit past it."""
        monitor, rule, totals = limit.monitor, limit.rule, moment.totals()
        total = past(monitor.name, [])
        bound = int(constant_value(limit.bound))
        more: Expr = 1
        parts = [
            moment.decision(self.policy, past).permits,
            moment.scope(rule) if rule.effect == "forbid" else moment.hit(rule, past),
            moment.truth(totals.when_true(monitor.pattern.guard), past),
        ]
        if monitor.field is not None:
            parts.append(moment.truth(totals.term(monitor.field), past))
            more = moment.value(monitor.field, past)
        return self.z3.And(*parts, total <= bound, total + more > bound)

    def _reachable(self, history: History) -> list[Expr]:
        """Every event is one that the policy permits after those before it."""
        z3, found = self.z3, []
        for i, slot in enumerate(history.slots):
            before = History(self.analyser.native, history.slots[:i], slot.now)
            found.append(slot.completed)
            found += [
                z3.Implies(z3.And(slot.used, slot.of(j)), m.decision(self.policy, before).permits)
                for j, m in enumerate(slot.moments)
            ]
        return found

    def _seen(self, limit: Limit, request: Request, history: Sequence[Event]) -> bool:
        """The same on the evaluator."""
        decider = self._decider.replay(())
        for event in (*history, Event(request)):
            if not event.completed or not decider.decide(event.request).permitted:
                return False
            decider.append(event)
        bound = constant_value(limit.bound)
        before, after = (
            self._total(limit, events, request) for events in (history, [*history, Event(request)])
        )
        return bool(before <= bound < after)

    def _total(self, limit: Limit, history: Sequence[Event], request: Request) -> int:
        decider = self._decider.replay(history)
        now = max(request.time, decider.now or 0)
        value: int = decider.frame(request).history[limit.monitor.name]((), now)
        return value

    # -- at the boundary -------------------------------------------------------------------

    def boundary(self, rule: Rule) -> Iterator[Boundary]:
        """Each comparison of a rule with a constant, seen from both sides.

        Where possible, all else in the rule is satisfied; the decisions tell what the limit does.
        """
        for term, bound, shown in _comparisons(rule.condition):
            near = _near(constant_value(bound))
            yield Boundary(rule, shown, *((value, self._at(rule, term, value)) for value in near))

    def _at(self, rule: Rule, term: Term, value: Value) -> Witness | None:
        test = Equal(term, constant(value, term.sort))

        def goal(moment: Subject, past: Past) -> Expr:
            assert isinstance(moment, Moment)
            sure = moment.totals().when_true(test)
            return self.z3.And(moment.scope(rule), moment.truth(sure, past))

        compiled = Compiler(self.policy.schema).test(test)

        def holds(request: Request, history: Sequence[Event]) -> bool:
            try:
                return compiled(self._decider.replay(history).frame(request))
            except (Undefined, KeyError):
                return False

        def best(moment: Subject, past: Past) -> Expr:
            return self.z3.And(goal(moment, past), moment.decision(self.policy, past).asks)

        def permitted(request: Request, history: Sequence[Event]) -> bool:
            return holds(request, history) and (
                self.analyser.rank(self.policy, request, history) > 0
            )

        for question, check in ((best, permitted), (goal, holds)):
            answer = self.analyser.find(
                f"{rule.name} at {value}",
                self.encoder.cases(rule),
                question,
                check,
                lambda r, h: {self.policy.name: str(self.analyser.decide(self.policy, r, h))},
            )
            if answer.witness is not None:
                return answer.witness
        return None
