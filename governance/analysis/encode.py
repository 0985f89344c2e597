"""Requests, pasts and decisions, in Z3.

A :class:`Moment` is a request with unknown principal, roles, arguments, labels and time. A past is
either unknown (each history operator any function of its keys: more than can happen) or a sequence
of :class:`Slot`, events whose operators are written out (less than can happen). A condition that no
unknown past satisfies is never satisfied; one that some sequence satisfies has a witness.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from governance.analysis.meaning import Meaning, Past, Totals
from governance.conditions import label_of
from governance.past import Monitor, Pattern
from governance.policy import Combination, Policy, Rule, RuleSet, Who
from governance.request import Event, Request
from governance.schema import Schema, Tool
from governance.sorts import (
    BOOL,
    DECIMAL,
    DURATION,
    ENTITY,
    TIME,
    Decimal,
    Duration,
    Time,
    Value,
    is_constant,
)
from logic.formulas import FALSE, TRUE, And, Atom, Equal, Formula, Not, Or
from logic.smt import Expr, Solver, Translator
from logic.terms import App, If, Sort, Term, Var

MOST_EVENTS = 10**15

SPECIAL = frozenset({"principal", "tool", "now"})


class Weighed(NamedTuple):
    """A decision in Z3: at least *ask*, and *permit*."""

    asks: Expr
    permits: Expr


class Asker:
    """Who asks, when, and with which labels: what moments of one name share."""

    def __init__(self, encoder: Encoder, name: str) -> None:
        meaning, schema, z3 = encoder.meaning, encoder.schema, encoder.z3
        self.principal = meaning.constant(f"{name}.principal", ENTITY)
        self.now = meaning.constant(f"{name}.now", TIME)
        self.roles = {r: meaning.constant(f"{name}.in {r}", BOOL) for r in schema.roles}
        self.labels = {
            lattice: meaning.constant(f"{name}.label {lattice}", Sort(lattice))
            for lattice in schema.lattices
        }
        self.environment: dict[str, Expr] = {
            "principal": self.principal,
            "now": self.now,
            **{label_of(lattice).name: value for lattice, value in self.labels.items()},
        }
        # Roles are closed upwards, numbers fit, labels exist, and a role is nobody's name.
        found = [self.now >= 0, *meaning.bounds(self.now, TIME)]
        for lattice, value in self.labels.items():
            found += meaning.bounds(value, Sort(lattice))
        for role, ups in schema.roles.items():
            found += [z3.Implies(self.roles[role], self.roles[up]) for up in ups]
            found.append(self.principal != meaning.text(role))
        for principal, ups in schema.principals.items():
            declared = self.principal == meaning.text(principal)
            found += [z3.Implies(declared, self.roles[up]) for up in ups]
        self.constraint = meaning.all(found)


class Moment:
    """A request of one tool, all else unknown."""

    def __init__(self, encoder: Encoder, tool: Tool, name: str) -> None:
        self.encoder = encoder
        self.tool = tool
        meaning, asker = encoder.meaning, encoder.asker(name)
        self.principal, self.now = asker.principal, asker.now
        self.roles: Mapping[str, Expr] = asker.roles
        self.labels = asker.labels
        self.args: dict[str, Expr] = {}
        self.given: dict[str, Expr] = {}
        self.looked_up: dict[int, tuple[Monitor, Expr]] = {}
        """Where an unknown past was asked for."""
        self._scopes: dict[tuple[Who, ...], Expr] = {}
        self._hits: dict[
            tuple[tuple[Who, ...], Formula], tuple[Expr, dict[int, tuple[Monitor, Expr]]]
        ] = {}
        self.constraints: list[Expr] = [asker.constraint]
        self.environment = {**asker.environment, "tool": meaning.text(tool.name)}
        for p in tool.parameters:
            value = meaning.constant(f"{name}.{tool.name}.{p.name}", p.sort)
            self.args[p.name] = self.environment[p.name] = value
            self.constraints += meaning.bounds(value, p.sort)
            if p.optional:
                given = meaning.constant(f"{name}.{tool.name}.has {p.name}", BOOL)
                self.given[p.name] = self.environment[f"has {p.name}"] = given

    def totals(self) -> Totals:
        """Which arguments are there."""
        return self.encoder.totals(self.tool)

    def truth(self, formula: Formula, past: Past) -> Expr:
        """A total formula about this request."""
        meaning = self.encoder.meaning
        meaning.past, meaning.principal, meaning.roles = past, self.principal, self.roles
        return self.encoder.translator.formula(formula, self.environment)

    def value(self, term: Term, past: Past) -> Expr:
        """A term about this request, where it has a value."""
        meaning = self.encoder.meaning
        meaning.past, meaning.principal, meaning.roles = past, self.principal, self.roles
        return self.encoder.translator.term(term, self.environment)

    def any_past(self, symbol: str, args: Sequence[Expr]) -> Expr:
        """A past of which nothing is known."""
        return self._unknown(symbol, "", args)

    def other_past(self, symbol: str, args: Sequence[Expr]) -> Expr:
        """Another past of which nothing is known."""
        return self._unknown(symbol, "'", args)

    def _unknown(self, symbol: str, suffix: str, args: Sequence[Expr]) -> Expr:
        monitor = self.encoder.monitors[symbol]
        value = self.encoder.meaning.unknown(symbol + suffix, args, monitor.sort)
        self.looked_up.setdefault(value.get_id(), (monitor, value))
        if monitor.operation in ("count", "distinct"):
            # No past is longer than that; a count never leaves 64 bits.
            self.constraints += [value >= 0, value <= MOST_EVENTS]
        return value

    def scope(self, rule: Rule) -> Expr:
        """Whether the principal is one that a rule speaks of."""
        z3 = self.encoder.z3
        if not rule.who:
            return z3.BoolVal(True, self.encoder.meaning.context)
        found = self._scopes.get(rule.who)
        if found is None:
            cases = [
                self.roles[w.name]
                if w.relation == "in" and w.name in self.roles
                else self.principal == self.encoder.meaning.text(w.name)
                for w in rule.who
            ]
            found = self._scopes[rule.who] = self.encoder.meaning.any(cases)
        return found

    def hit(self, rule: Rule, past: Past) -> Expr:
        """Whether a rule of this tool is satisfied."""
        if past != self.any_past:
            return self._hit(rule, past)
        # The rules of two policies are mostly the same: each is translated once.
        key = (rule.who, rule.condition)
        found = self._hits.get(key)
        if found is None:
            before, self.looked_up = self.looked_up, {}
            found = self._hits[key] = self._hit(rule, past), self.looked_up
            self.looked_up = before
        self.looked_up.update(found[1])
        return found[0]

    def _hit(self, rule: Rule, past: Past) -> Expr:
        parts = [self.scope(rule)] if rule.who else []
        if rule.condition != TRUE:
            parts.append(self.truth(self.totals().when_true(rule.condition), past))
        return self.encoder.meaning.all(parts)

    def undefined(self, rule: Rule, past: Past, overflow: bool = True) -> Expr:
        """Whether a rule's condition has no value for a principal it speaks of."""
        totals = self.totals() if overflow else self.encoder.unbounded(self.tool)
        condition = totals.undefined(rule.condition)
        if condition == FALSE:
            return self.encoder.meaning.any([])
        return self.encoder.meaning.all([self.scope(rule), self.truth(condition, past)])

    def decision(self, policy: Policy, past: Past) -> Weighed:
        """What a policy decides."""
        z3 = self.encoder.z3
        if isinstance(policy, RuleSet):
            hits: dict[str, list[Expr]] = {"permit": [], "ask": [], "forbid": []}
            for rule in self.encoder.rules(policy, self.tool.name):
                hits[rule.effect].append(self.hit(rule, past))
            return weigh(self.encoder.meaning, hits)
        assert isinstance(policy, Combination)
        parts = [self.decision(p, past) for p in policy.operands]
        if policy.operator == "not":
            return Weighed(z3.Not(parts[0].permits), z3.Not(parts[0].asks))
        join = z3.And if policy.operator == "and" else z3.Or
        return Weighed(join([p.asks for p in parts]), join([p.permits for p in parts]))

    # -- reading an answer -----------------------------------------------------------------

    def request(self, solver: Solver) -> Request:
        """The request that a model found."""
        schema = self.encoder.schema
        args: dict[str, Value] = {}
        for p in self.tool.parameters:
            if p.name in self.given and not solver.value(self.given[p.name]):
                continue
            args[p.name] = self._read(solver, self.args[p.name], p.sort)
        principal = str(solver.value(self.principal))
        known = schema.above(schema.principals.get(principal, ()))
        held = {r for r, e in self.roles.items() if solver.value(e)} - known
        # Name only the lowest of them: the others follow.
        implied = {up for r in held for up in schema.above(schema.roles[r])}
        labels = {}
        for lattice, value in self.labels.items():
            label = schema.lattices[lattice].labels[int(solver.value(value))]
            if label != schema.lattices[lattice].join(()):
                labels[lattice] = label
        return Request(
            principal,
            self.tool.name,
            args,
            int(solver.value(self.now)),
            tuple(sorted(held - implied)),
            labels,
        )

    def _read(self, solver: Solver, expression: Expr, sort: Sort) -> Value:
        if sort.name == "Set":
            inner = sort.args[0]
            found = {
                self._read(solver, element, inner)
                for collection, element in self.encoder.meaning.asked
                if collection is expression and solver.value(collection(element))
            }
            return frozenset(found)
        value = solver.value(expression)
        members = self.encoder.schema.members(sort)
        if members:
            return members[int(value)]
        wrap = {DECIMAL: Decimal, DURATION: Duration, TIME: Time}.get(sort)
        return wrap(int(value)) if wrap else value


class Slot:
    """An event of the past whose tool is also unknown; it may be unused."""

    def __init__(self, encoder: Encoder, tools: Sequence[Tool], name: str, times: int = 1) -> None:
        meaning = encoder.meaning
        self.encoder = encoder
        self.times = times
        self.moments = [Moment(encoder, tool, name) for tool in tools]
        number = encoder.z3.Int(f"{name}.tool", meaning.context)
        self.number = number
        self.used = meaning.constant(f"{name}.used", BOOL)
        self.permitted = meaning.constant(f"{name}.permitted", BOOL)
        self.completed = meaning.constant(f"{name}.completed", BOOL)
        self.now = encoder.asker(name).now
        z3 = encoder.z3
        self.constraints = [
            number >= 0,
            number < max(1, len(tools)),
            self.now >= 0,
            z3.Implies(self.completed, self.permitted),
            *(c for m in self.moments for c in m.constraints),
        ]

    def happened(self, view: str) -> Expr:
        """Whether the slot is used, and its event is one of that view."""
        z3 = self.encoder.z3
        if view == "attempted":
            return self.used
        return z3.And(self.used, self.permitted if view == "permitted" else self.completed)

    def of(self, index: int) -> Expr:
        """Whether the event's tool is this one."""
        return self.number == index

    def selected(self, pattern: Pattern, keys: Sequence[Expr] | None) -> list[tuple[Expr, Moment]]:
        """For each tool of a pattern, when this event is selected by it and its keys."""
        found = []
        for index, moment in enumerate(self.moments):
            if pattern.tools and moment.tool.name not in pattern.tools:
                continue
            totals = moment.totals()
            guard = totals.when_true(pattern.guard)
            parts = [self.happened(pattern.view), self.of(index), moment.truth(guard, _no_past)]
            if keys is not None:
                for key, wanted in zip(pattern.keys, keys, strict=True):
                    parts.append(moment.truth(totals.term(key), _no_past))
                    parts.append(moment.value(key, _no_past) == wanted)
            found.append((self.encoder.meaning.all(parts), moment))
        return found

    def event(self, solver: Solver) -> list[Event]:
        """The event that a model found, as often as it happened."""
        if not solver.value(self.used) or not self.moments:
            return []
        moment = self.moments[int(solver.value(self.number))]
        permitted, completed = solver.value(self.permitted), solver.value(self.completed)
        event = Event(moment.request(solver), bool(permitted), bool(completed))
        return [event] * self.times


def _no_past(symbol: str, args: Sequence[Expr]) -> Expr:
    raise AssertionError("history operators do not nest")


class History:
    """A sequence of slots before a moment, and the operators' values after it."""

    def __init__(self, encoder: Encoder, slots: Sequence[Slot], now: Expr) -> None:
        self.encoder = encoder
        self.slots = slots
        self.now = now
        self._known: dict[tuple[object, ...], Expr] = {}

    def constraints(self) -> list[Expr]:
        """What every history satisfies: used slots come last, time does not run backwards."""
        z3 = self.encoder.z3
        found = [c for slot in self.slots for c in slot.constraints]
        for before, after in zip(self.slots, self.slots[1:], strict=False):
            found += [z3.Implies(before.used, after.used), before.now <= after.now]
        if self.slots:
            found.append(self.slots[-1].now <= self.now)
        return found

    def __call__(self, symbol: str, args: Sequence[Expr]) -> Expr:
        key = (symbol, *(a.get_id() for a in args))
        found = self._known.get(key)
        if found is None:
            meaning = self.encoder.meaning
            saved = meaning.past, meaning.principal, meaning.roles
            found = self._value(self.encoder.monitors[symbol], args)
            meaning.past, meaning.principal, meaning.roles = saved
            self._known[key] = found
        return found

    def _value(self, monitor: Monitor, keys: Sequence[Expr]) -> Expr:
        z3, meaning = self.encoder.z3, self.encoder.meaning
        cases = [slot.selected(monitor.pattern, keys) for slot in self.slots]
        like = [meaning.any([c for c, _ in case]) for case in cases]
        recent = [self._recent(monitor, slot) for slot in self.slots]
        inside = [z3.And(m, r) for m, r in zip(like, recent, strict=True)]
        match monitor.operation:
            case "once":
                return meaning.any(inside)
            case "previous":
                after = [z3.Not(s.happened(monitor.pattern.view)) for s in self.slots]
                return meaning.any([meaning.all([m, *after[i + 1 :]]) for i, m in enumerate(like)])
            case "since":
                assert monitor.breaking is not None
                some = keys if monitor.breaking.keys else None
                whole = [
                    z3.Not(meaning.any([c for c, _ in s.selected(monitor.breaking, some)]))
                    for s in self.slots
                ]
                return meaning.any(
                    [meaning.all([m, *whole[i + 1 :]]) for i, m in enumerate(inside)]
                )
            case "count":
                return self._sum(
                    [z3.If(m, s.times, 0) for m, s in zip(inside, self.slots, strict=True)]
                )
        assert monitor.field is not None
        fields = [self._fields(monitor.field, case) for case in cases]
        if monitor.operation == "sum":
            return self._sum(
                [
                    z3.If(z3.And(c, recent[i]), value * self.slots[i].times, 0)
                    for i, found in enumerate(fields)
                    for c, value in found
                ]
            )
        terms = []
        for i, found in enumerate(fields):
            for c, value in found:
                earlier = [
                    z3.And(d, recent[j], other == value)
                    for j, before in enumerate(fields[:i])
                    for d, other in before
                ]
                terms.append(z3.If(z3.And(c, recent[i], z3.Not(meaning.any(earlier))), 1, 0))
        return self._sum(terms)

    def _sum(self, terms: list[Expr]) -> Expr:
        return self.encoder.z3.Sum(
            [self.encoder.z3.IntVal(0, self.encoder.meaning.context), *terms]
        )

    def _fields(self, field: Term, case: list[tuple[Expr, Moment]]) -> list[tuple[Expr, Expr]]:
        z3, found = self.encoder.z3, []
        for selected, moment in case:
            totals = moment.totals()
            if isinstance(field, Var) and field.name in moment.args:
                sure = moment.truth(totals.term(field), _no_past)
                found.append((z3.And(selected, sure), moment.value(field, _no_past)))
        return found

    def _recent(self, monitor: Monitor, slot: Slot) -> Expr:
        if monitor.window is None:
            return self.encoder.z3.BoolVal(True, self.encoder.meaning.context)
        return self.now - slot.now <= monitor.window

    def events(self, solver: Solver) -> list[Event]:
        """The events that a model found."""
        return [event for slot in self.slots for event in slot.event(solver)]


class Encoder:
    """One schema and some monitors in one Z3 context."""

    def __init__(self, schema: Schema, monitors: Mapping[str, Monitor]) -> None:
        self.schema = schema
        self.monitors = dict(monitors)
        self.meaning = Meaning(schema)
        self.z3 = self.meaning.z3
        self.translator = Translator(self.meaning)
        self._totals: dict[tuple[str, bool], Totals] = {}
        self._rules: dict[int, dict[str, list[Rule]]] = {}
        self._kept: list[RuleSet] = []  # so that no other object takes their place in memory
        self._moments: dict[str, Moment] = {}
        self._askers: dict[str, Asker] = {}

    def asker(self, name: str) -> Asker:
        """Who asks in the moments of that name."""
        found = self._askers.get(name)
        if found is None:
            found = self._askers[name] = Asker(self, name)
        return found

    def moment(self, tool: Tool, name: str = "r") -> Moment:
        """The request that questions about a tool share."""
        found = self._moments.get(f"{name} {tool.name}")
        if found is None:
            found = self._moments[f"{name} {tool.name}"] = Moment(self, tool, name)
        return found

    def totals(self, tool: Tool) -> Totals:
        """Conditions made total for a tool."""
        return self._made_total(tool, True)

    def unbounded(self, tool: Tool) -> Totals:
        """The same as if numbers had no bounds."""
        return self._made_total(tool, False)

    def _made_total(self, tool: Tool, overflow: bool) -> Totals:
        found = self._totals.get((tool.name, overflow))
        if found is None:
            optional = {p.name for p in tool.parameters if p.optional}
            always = {p.name for p in tool.parameters} - optional

            def presence(name: str) -> bool | None:
                if name in optional:
                    return None
                return name in always or name in SPECIAL or name.startswith("label ")

            found = self._totals[tool.name, overflow] = Totals(presence, overflow)
        return found

    def rules(self, policy: RuleSet, tool: str) -> list[Rule]:
        """The rules of a set whose scope has a tool in it."""
        index = self._rules.get(id(policy))
        if index is None:
            index = {name: [] for name in self.schema.tools}
            for rule in policy.own:
                for name in rule.tools or index:
                    index[name].append(rule)
            self._rules[id(policy)] = index
            self._kept.append(policy)
        return index[tool]


def weigh(meaning: Meaning, hits: Mapping[str, Sequence[Expr]]) -> Weighed:
    """The decision of a set of rules from which of them are satisfied."""
    asked, permitted = meaning.any(hits["ask"]), meaning.any(hits["permit"])
    clear = meaning.z3.Not(meaning.any(hits["forbid"]))
    if not hits["ask"]:
        both = meaning.all([clear, permitted])
        return Weighed(both, both)
    return Weighed(
        meaning.all([clear, meaning.any([asked, permitted])]),
        meaning.all([clear, meaning.z3.Not(asked), permitted]),
    )


def operators(formula: Formula) -> list[str]:
    """The history operators that a condition mentions, in order."""
    found: dict[str, None] = {}

    def visit(node: Formula | Term) -> None:
        match node:
            case And(a, b) | Or(a, b) | Equal(a, b):
                visit(a)
                visit(b)
            case Not(body):
                visit(body)
            case If(condition, then, otherwise):
                visit(condition)
                visit(then)
                visit(otherwise)
            case Atom(name, args):
                if name.startswith(("once ", "previous ", "no ")):
                    found[name] = None
                for a in args:
                    visit(a)
            case App(name, args):
                if not is_constant(node) and "(" in name:
                    found[name] = None
                for a in args:
                    visit(a)

    visit(formula)
    return list(found)
