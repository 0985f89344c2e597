"""Deciding: a policy compiled to an index by tool and principal.

Which rules could apply to a tool and a principal is found once and remembered, so that a decision
looks only at those, whatever the number of rules. The governor, the tests of policies and every
witness of the analyser go through :class:`Decider`: there is no second evaluator.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from governance.policy import OUTCOMES, Combination, Policy, Rule, RuleSet
from governance.request import Decision, Event, Request
from governance.runtime.evaluate import Compiler, Frame, Test
from governance.runtime.monitors import Memory
from governance.schema import Hierarchy, Schema, hint
from governance.sorts import Undefined, Value, well_formed
from logic.formulas import TRUE

MOST_REMEMBERED = 65_536
"""So many combinations of tool and principal are remembered; then all are forgotten."""


_NONE: Mapping[str, str] = {}


class Candidate(NamedTuple):
    """A rule that could apply, its condition compiled (None: always true)."""

    name: str
    effect: str
    test: Test | None


class Judge:
    """One set of rules, indexed."""

    def __init__(self, rules: RuleSet, compiler: Compiler) -> None:
        self._by_tool: dict[str | None, dict[tuple[str, str] | None, list[int]]] = {}
        self._rules = [
            Candidate(r.name, r.effect, None if r.condition == TRUE else compiler.test(r.condition))
            for r in rules.own
        ]
        for number, rule in enumerate(rules.own):
            who: list[tuple[str, str] | None] = [(w.relation, w.name) for w in rule.who]
            for tool in rule.tools or (None,):
                of_tool = self._by_tool.setdefault(tool, {})
                for w in who or [None]:
                    of_tool.setdefault(w, []).append(number)
        self._found: dict[tuple[str, str, tuple[str, ...]], tuple[Candidate, ...]] = {}

    def candidates(self, request: Request, frame: Frame) -> tuple[Candidate, ...]:
        """The rules whose scope has the request in it, in order."""
        key = (frame.tool, request.principal, request.roles)
        found = self._found.get(key)
        if found is None:
            up = frame.ancestors.get(request.principal, frozenset())
            names: list[tuple[str, str] | None] = [None, ("is", request.principal)]
            names += [("in", name) for name in {request.principal, *up}]
            numbers: set[int] = set()
            groups = frame.ancestors.get(request.tool, ())
            for tool in (None, request.tool, *groups):
                of_tool = self._by_tool.get(tool)
                if of_tool:
                    for name in names:
                        numbers.update(of_tool.get(name, ()))
            found = tuple(self._rules[n] for n in sorted(numbers))
            if len(self._found) >= MOST_REMEMBERED:
                self._found.clear()
            self._found[key] = found
        return found

    def __call__(self, request: Request, frame: Frame) -> Decision:
        # Lists are made when something goes into them: most requests meet a rule or two.
        permits: list[str] | None = None
        forbids: list[str] | None = None
        asks: list[str] | None = None
        errors: dict[str, str] | None = None
        found = self._found.get((frame.tool, request.principal, request.roles))
        for name, effect, test in self.candidates(request, frame) if found is None else found:
            try:
                if test is not None and not test(frame):
                    continue
            except Undefined as why:
                errors = errors or {}
                errors[name] = str(why)
                continue
            except KeyError as missing:
                errors = errors or {}
                errors[name] = f"there is no argument {missing}"
                continue
            if effect == "permit":
                permits = permits or []
                permits.append(name)
            elif effect == "forbid":
                forbids = forbids or []
                forbids.append(name)
            else:
                asks = asks or []
                asks.append(name)
        if forbids:
            return Decision("deny", tuple(forbids), errors or _NONE)
        if asks:
            return Decision("ask", tuple(asks), errors or _NONE)
        if permits:
            return Decision("permit", tuple(permits), errors or _NONE)
        return Decision("deny", (), errors or _NONE)


class Both:
    """A combination of judges."""

    def __init__(self, operator: str, judges: Sequence[Judge | Both]) -> None:
        self._operator = operator
        self._judges = judges

    def __call__(self, request: Request, frame: Frame) -> Decision:
        found = [judge(request, frame) for judge in self._judges]
        errors = {name: why for d in found for name, why in d.errors.items()}
        ranks = [OUTCOMES.index(d.outcome) for d in found]
        if self._operator == "not":
            return Decision(OUTCOMES[2 - ranks[0]], found[0].rules, errors)
        rank = min(ranks) if self._operator == "and" else max(ranks)
        rules = dict.fromkeys(
            name for d, r in zip(found, ranks, strict=True) if r == rank for name in d.rules
        )
        return Decision(OUTCOMES[rank], tuple(rules), errors)


class Decider:
    """A policy compiled, and its memory of the past.

    Parameters
    ----------
    policy : what decides.
    hierarchy : who is under whom, for policies that name entities; by default the schema's roles.
    attributes, tags : those of entities, likewise.
    """

    def __init__(
        self,
        policy: Policy,
        hierarchy: Hierarchy | None = None,
        attributes: Mapping[str, Mapping[str, Value]] | None = None,
        tags: Mapping[str, Mapping[str, Value]] | None = None,
    ) -> None:
        self.policy = policy
        self.schema: Schema = policy.schema
        compiler = Compiler(self.schema)
        self._compiler = compiler
        self._judge = self._build(policy)
        # Names as the schema has them: what is looked up next is then found by identity.
        self._validators = {name: (name, v) for name, v in self.schema.validators().items()}
        self._roles = frozenset(self.schema.roles)
        self._lattices = {
            name: set(lattice.labels) for name, lattice in self.schema.lattices.items()
        }
        self._ancestors = (hierarchy or Hierarchy(self.schema.ancestors())).ancestors
        self._attributes = attributes or {}
        self._tags = tags or {}
        self._monitors = policy.monitors
        self.forget()

    def _build(self, policy: Policy) -> Judge | Both:
        if isinstance(policy, RuleSet):
            return Judge(policy, self._compiler)
        assert isinstance(policy, Combination)
        return Both(policy.operator, [self._build(p) for p in policy.operands])

    def forget(self) -> None:
        """Begin with an empty past."""
        self._memory = Memory(self._monitors, self._compiler)
        self.now: int | None = None

    @property
    def memory(self) -> Memory:
        """What is remembered of the past."""
        return self._memory

    def frame(self, request: Request) -> Frame:
        """A request checked and converted, as conditions see it.

        Raises
        ------
        Undefined : the request does not follow the schema.
        """
        tool = request.tool
        if self._validators:
            entry = self._validators.get(tool)
            if entry is None:
                raise Undefined(
                    f"there is no tool '{request.tool}'. "
                    f"{hint(request.tool, self._validators)}".rstrip()
                )
            tool, validator = entry
            args: Mapping[str, Value] = validator(request.args)
        else:
            args = request.args
        ancestors = self._ancestors
        if not request.principal.isascii():
            well_formed(request.principal)
        if request.principal in self._roles:
            raise Undefined(f"'{request.principal}' is a role, and no principal")
        if request.roles:
            for role in request.roles:
                well_formed(role)
            up = self.schema.above(request.roles) | ancestors.get(request.principal, frozenset())
            ancestors = {**ancestors, request.principal: up}
        if request.labels:
            for lattice, label in request.labels.items():
                if label not in self._lattices.get(lattice, ()):
                    raise Undefined(f"'{label}' is no label of '{lattice}'")
        # Time does not run backwards: what comes late is as old as what came last.
        now = request.time if self.now is None or request.time > self.now else self.now
        return Frame(
            request.principal,
            tool,
            args,
            now,
            request.labels,
            ancestors,
            self._memory.values,
            self._attributes,
            self._tags,
        )

    def judge(self, request: Request, frame: Frame) -> Decision:
        """The decision for a request, without remembering it."""
        return self._judge(request, frame)

    def decide(self, request: Request) -> Decision:
        """The decision for a request after what has been recorded; records nothing itself."""
        try:
            return self._judge(request, self.frame(request))
        except Undefined as why:
            return Decision("deny", reason=f"bad request: {why}")

    def record(self, frame: Frame, *views: str) -> None:
        """Remember that a request was attempted, permitted or completed."""
        self.now = frame.now
        memory = self._memory
        for view in views:
            if view in memory.views:
                memory.record(view, frame)

    def replay(self, history: Iterable[Event]) -> Decider:
        """Begin anew with this past; events that do not follow the schema are no events."""
        self.forget()
        for event in history:
            self.append(event)
        return self

    def append(self, event: Event) -> None:
        """Remember one more event."""
        try:
            frame = self.frame(event.request)
        except Undefined:
            return
        views = ["attempted"]
        if event.permitted or event.completed:
            views.append("permitted")
        if event.completed:
            views.append("completed")
        self.record(frame, *views)

    def run(self, requests: Iterable[Request]) -> list[tuple[Request, Decision]]:
        """Decide requests in turn, each after those before; what is permitted completes."""
        self.forget()
        answers = []
        for request in requests:
            decision = self.decide(request)
            self.append(Event(request, decision.permitted, decision.permitted))
            answers.append((request, decision))
        return answers


def decide(policy: Policy, request: Request, history: Iterable[Event] = ()) -> Decision:
    """What a policy answers to a request after a past."""
    return Decider(policy).replay(history).decide(request)


def satisfied(decider: Decider, rule: Rule, request: Request) -> bool | None:
    """Whether a rule is satisfied by a request now; None if its condition is undefined."""
    try:
        frame = decider.frame(request)
        up = frame.ancestors.get(request.principal, frozenset())
        who = not rule.who or any(
            w.name == request.principal or (w.relation == "in" and w.name in up) for w in rule.who
        )
        what = {request.tool, *frame.ancestors.get(request.tool, ())}
        if not who or (rule.tools and what.isdisjoint(rule.tools)):
            return False
        return Compiler(decider.schema).test(rule.condition)(frame)
    except (Undefined, KeyError):
        return None
