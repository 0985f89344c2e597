"""Questions about single rules: is it ever satisfied, does it ever decide, who takes its place.

For a rule that never decides, the rules responsible are an unsatisfiable core made minimal: with
one of them less, it would.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from governance.analysis.analyse import Analyser
from governance.analysis.encode import AnyEncoder
from governance.analysis.laws import Laws
from governance.analysis.meaning import Past, Unanalysed
from governance.analysis.moments import Moment, Subject
from governance.analysis.search import Answer
from governance.analysis.witness import Witness
from governance.past import Pattern, operators
from governance.policy import Rule, RuleSet
from governance.request import Event, Request
from governance.runtime.decider import Decider, satisfied
from logic.smt import Expr, Solver
from proofs.verdict import Verdict

_STRONGER: dict[str, tuple[str, ...]] = {
    "forbid": (),
    "ask": ("forbid",),
    "permit": ("forbid", "ask"),
}


_RAN_OUT = ("unknown", ("the solver's effort ran out",))


class Standing(msgspec.Struct, frozen=True):
    """How a rule stands among the others.

    ``status`` is *live* (a request is decided by it), *vacuous* (never satisfied), *shadowed* (a
    rule that wins over it is satisfied whenever it is), *redundant* (the decision would be the same
    without it), *idle* (a forbid of what nothing permits) or *unknown*. ``by`` names the rules
    responsible.
    """

    rule: Rule
    status: str
    by: tuple[str, ...] = ()
    witness: Witness | None = None


class _Slice:
    """The rules that can apply in one case, each with a mark that says whether it is satisfied."""

    def __init__(self, encoder: AnyEncoder, rules: Sequence[Rule], hits: Sequence[Expr]) -> None:
        self._z3 = encoder.z3
        self._meaning = encoder.meaning
        self.rules = rules
        self.solver = Solver(encoder.meaning, measured=False)
        context = encoder.meaning.context
        self.marks = {r.name: self._z3.Bool(f"rule {i}", context) for i, r in enumerate(rules)}
        self.solver.add(*(self.marks[r.name] == h for r, h in zip(rules, hits, strict=True)))
        self._any: dict[tuple[str, ...], Expr | None] = {}
        self._alone: dict[str, Expr] = {}
        self._unmarked: dict[str, Expr] = {}

    def _of(self, effects: Sequence[str]) -> list[Expr]:
        return [self.marks[r.name] for r in self.rules if r.effect in effects]

    def any_of(self, *effects: str) -> Expr | None:
        """Whether any rule with one of these effects is satisfied; None if there are no such."""
        if effects not in self._any:
            marks = self._of(effects)
            found = marks[0] if len(marks) == 1 else None
            if len(marks) > 1:
                found = self._z3.Bool(f"any {' or '.join(effects)}", self._meaning.context)
                self.solver.add(found == self._meaning.any(marks))
            self._any[effects] = found
        return self._any[effects]

    def unmarked(self, name: str) -> Expr:
        """That a rule is not satisfied."""
        found = self._unmarked.get(name)
        if found is None:
            found = self._unmarked[name] = self._z3.Not(self.marks[name])
        return found

    def alone(self, effect: str) -> Expr:
        """That no two rules with this effect are satisfied."""
        found = self._alone.get(effect)
        if found is None:
            found = self._alone[effect] = self._z3.Bool(f"one {effect}", self._meaning.context)
            at_most_one = self._z3.AtMost(*self._of([effect]), 1)
            self.solver.add(self._z3.Implies(found, at_most_one))
        return found


class RuleAnalyser:
    """The rules of one set."""

    def __init__(self, analyser: Analyser, policy: RuleSet) -> None:
        self.analyser = analyser
        self.policy = policy
        self.encoder = analyser.encoder
        self.z3 = self.encoder.z3
        self._decider = Decider(policy)
        self._slices: dict[str, _Slice] = {}

    # -- standing --------------------------------------------------------------------------

    def standings(self) -> Iterator[Standing]:
        """Every rule's standing, in order."""
        for rule in self.policy.own:
            yield self.standing(rule)

    def standing(self, rule: Rule) -> Standing:
        """How a rule stands; what holds for one of its tools at least is said of it."""
        found: list[tuple[str, tuple[str, ...]]] = []
        for tool in self.encoder.cases(rule):
            try:
                status, by = self._on(rule, tool)
            except Unanalysed as why:
                status, by = "unknown", (str(why),)
            if status == "live":
                return Standing(rule, "live")
            found.append((status, by))
        order = ("unknown", "redundant", "shadowed", "idle", "vacuous")
        status = min((s for s, _ in found), key=order.index)
        by = tuple(dict.fromkeys(name for s, names in found if s != "vacuous" for name in names))
        return Standing(rule, status, by, self._overlap(rule, by) if status != "vacuous" else None)

    def _on(self, rule: Rule, tool: str) -> tuple[str, tuple[str, ...]]:
        part = self._slice(tool)
        own = part.marks[rule.name]
        lets = part.any_of("permit", "ask") if rule.effect == "forbid" else None
        stronger = _STRONGER[rule.effect]
        over = [r for r in part.rules if r.effect in stronger]
        same = [r for r in part.rules if r.effect == rule.effect and r.name != rule.name]
        # Mostly a rule decides somewhere alone; that takes one question to see.
        alone = [own, *self._not(part, stronger)]
        if same:
            alone.append(part.alone(rule.effect))
        if lets is not None:
            alone.append(lets)
        if rule.effect != "forbid" or lets is not None:
            answer = self._check(part, alone)
            if answer == "sat":
                return "live", ()
        satisfied = self._check(part, [own])
        if satisfied == "unsat":
            return "vacuous", ()
        if rule.effect == "forbid":
            if lets is None or self._check(part, [own, lets]) == "unsat":
                return "idle", ()
            own = self.z3.And(own, lets)
        if over:
            free = [own, *self._not(part, stronger)]
            if self._check(part, free) == "unsat":
                by = self._core(part, own, over)
                return ("shadowed", by) if by is not None else _RAN_OUT
        if same and (by := self._core(part, own, [*over, *same])) is not None:
            return "redundant", by
        return _RAN_OUT

    def _check(self, part: _Slice, assuming: Sequence[Expr]) -> str:
        return part.solver.check(self.analyser.effort, self.analyser.patience, assuming)

    def _not(self, part: _Slice, effects: Sequence[str]) -> list[Expr]:
        found = [part.any_of(effect) for effect in effects]
        return [self.z3.Not(e) for e in found if e is not None]

    def _core(self, part: _Slice, own: Expr, rules: Sequence[Rule]) -> tuple[str, ...] | None:
        """The fewest of these rules of which one is satisfied whenever a rule is."""
        none = [part.unmarked(r.name) for r in rules]
        with part.solver.scope():
            part.solver.add(own)
            core = part.solver.core(none, self.analyser.effort, self.analyser.patience)
        return tuple(rules[i].name for i in core) if core is not None else None

    def _slice(self, tool: str) -> _Slice:
        """The rules of a tool, and a solver that knows what their requests satisfy."""
        found = self._slices.get(tool)
        if found is None:
            moment = self.encoder.subject(tool)
            moment.looked_up.clear()
            rules = self.encoder.rules(self.policy, tool)
            hits = [moment.hit(rule, moment.any_past) for rule in rules]
            found = self._slices[tool] = _Slice(self.encoder, rules, hits)
            found.solver.add(*moment.constraints)
            if isinstance(moment, Moment) and moment.looked_up:
                found.solver.add(*Laws(self.analyser.native, moment).found())
        return found

    def _overlap(self, rule: Rule, by: Sequence[str]) -> Witness | None:
        """A request that satisfies a rule, and is decided by others."""
        return self.satisfying([rule]).witness if by or rule.effect == "forbid" else None

    def satisfying(self, rules: Sequence[Rule]) -> Answer:
        """A request that satisfies all of these rules; PROVED if there is none."""
        names = ", ".join(r.name for r in rules)

        def goal(moment: Subject, past: Past) -> Expr:
            if any(moment.tool.name not in self.encoder.cases(r) for r in rules):
                return self.encoder.meaning.any([])
            return self.encoder.meaning.all([moment.hit(r, past) for r in rules])

        def holds(request: Request, history: Sequence[Event]) -> bool:
            decider = self.analyser.decider(self.policy, request, history)
            return all(satisfied(decider, r, request) for r in rules)

        return self.analyser.find(
            f"{names} are never satisfied together" if len(rules) > 1 else f"{names} is vacuous",
            self.encoder.cases(rules[0]),
            goal,
            holds,
            lambda r, h: {self.policy.name: str(self.analyser.decide(self.policy, r, h))},
        )

    def conflicts(self, most: int = 200) -> Iterator[tuple[Rule, Rule, Answer]]:
        """Permits and forbids that are satisfied together, with a request that shows it."""
        grants = [r for r in self.policy.own if r.effect != "forbid"]
        for forbid in (r for r in self.policy.own if r.effect == "forbid"):
            for grant in grants:
                if not set(self.encoder.cases(grant)) & set(self.encoder.cases(forbid)):
                    continue
                answer = self.satisfying([grant, forbid])
                if answer.refuted:
                    yield grant, forbid, answer
                    most -= 1
                    if not most:
                        return

    # -- events that cannot happen, or that were denied -----------------------------------------

    def unreachable_prerequisites(self) -> dict[str, tuple[str, ...]]:
        """Rules that need an event which this policy never lets happen, with those events.

        An event is possible if the policy lets it through with only possible events before it: a
        least fixed point, from no event at all.
        """
        monitors = {
            name: m for name, m in self.policy.watched.items() if m.pattern.view != "attempted"
        }
        possible: set[str] = set()
        while True:
            more = {
                name
                for name, m in monitors.items()
                if name not in possible and self._possible(m.pattern, set(monitors) - possible)
            }
            if not more:
                break
            possible |= more
        never = set(monitors) - possible
        found = {}
        for rule in self.policy.own:
            used = [name for name in operators(rule.condition) if name in never]
            if used and rule.effect != "forbid" and not self._satisfiable(rule, never):
                found[rule.name] = tuple(used)
        return found

    def _possible(self, pattern: Pattern, never: set[str]) -> bool:
        """Whether the policy may let such an event through when these operators see nothing."""
        for tool in pattern.tools or self.encoder.schema.tools:
            moment = self.analyser.native.moment(self.encoder.schema.tools[tool])
            try:
                past = self._without(moment, never)
                solver = Solver(self.encoder.meaning)
                guard = moment.totals().when_true(pattern.guard)
                solver.add(
                    moment.decision(self.policy, past).asks,
                    moment.truth(guard, past),
                    *moment.constraints,
                )
            except Unanalysed:
                return True
            if solver.check(self.analyser.effort) != "unsat":
                return True
        return False

    def _satisfiable(self, rule: Rule, never: set[str]) -> bool:
        for tool in rule.tools or self.encoder.schema.tools:
            moment = self.analyser.native.moment(self.encoder.schema.tools[tool])
            try:
                solver = Solver(self.encoder.meaning)
                solver.add(moment.hit(rule, self._without(moment, never)), *moment.constraints)
            except Unanalysed:
                return True
            if solver.check(self.analyser.effort) != "unsat":
                return True
        return False

    def _without(self, moment: Moment, never: set[str]) -> Past:
        """An unknown past in which these operators see nothing."""
        z3, context = self.z3, self.encoder.meaning.context

        def past(symbol: str, args: Sequence[Expr]) -> Expr:
            if symbol not in never:
                return moment.any_past(symbol, args)
            number = self.encoder.monitors[symbol].operation in ("count", "sum", "distinct")
            return z3.IntVal(0, context) if number else z3.BoolVal(False, context)

        return past

    def enabled_by_denied(self, rule: Rule) -> Answer:
        """No denied request makes this permit apply; REFUTED with the denied request first.

        Only rules that look at what was *attempted* can be refuted.
        """
        question = f"{rule.name} is enabled by no denied request"
        if not any(
            p.view == "attempted"
            for name in operators(rule.condition)
            for p in self.policy.watched[name].patterns
        ):
            return Answer(question, Verdict("PROVED"))

        def goal(moment: Subject, past: Past) -> Expr:
            if getattr(past, "__self__", None) is moment:
                return moment.hit(rule, past)  # a past of which nothing is known
            slots = past.slots  # type: ignore[attr-defined]
            denied = [self.z3.Not(s.permitted) for s in slots] + [
                self.z3.Implies(
                    self.z3.And(s.used, s.of(i)),
                    self.z3.Not(m.decision(self.policy, self._empty).asks),
                )
                for s in slots[-1:]
                for i, m in enumerate(s.moments)
            ]
            blank = [self.z3.Not(s.used) for s in slots[:-1]]
            nothing = self.z3.Not(moment.hit(rule, self._empty))
            return self.z3.And(moment.hit(rule, past), nothing, *denied, *blank)

        def holds(request: Request, history: Sequence[Event]) -> bool:
            if len(history) != 1 or history[0].permitted:
                return False
            refused = self.analyser.decide(self.policy, history[0].request).outcome == "deny"
            before = satisfied(self._decider.replay(()), rule, request)
            return (
                refused
                and not before
                and bool(satisfied(self._decider.replay(history), rule, request))
            )

        tools = rule.tools or tuple(self.encoder.schema.tools)
        return self.analyser.find(
            question,
            tools,
            goal,
            holds,
            lambda r, h: {
                "the first request": str(self.analyser.decide(self.policy, h[0].request)),
                "the second": str(self.analyser.decide(self.policy, r, h)),
            },
        )

    def _empty(self, symbol: str, args: Sequence[Expr]) -> Expr:
        number = self.encoder.monitors[symbol].operation in ("count", "sum", "distinct")
        z3, context = self.z3, self.encoder.meaning.context
        return z3.IntVal(0, context) if number else z3.BoolVal(False, context)
