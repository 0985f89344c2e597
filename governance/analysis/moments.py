"""``Moment``: a request in Z3, with unknown principal, roles, arguments, labels and time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from governance.analysis.meaning import Meaning, Past, Totals
from governance.conditions import label_of
from governance.past import Monitor
from governance.policy import Combination, Policy, Rule, RuleSet, Who
from governance.request import Request
from governance.schema import Tool
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
)
from logic.formulas import FALSE, TRUE, Formula
from logic.smt import Expr, Solver
from logic.terms import Sort, Term

if TYPE_CHECKING:
    from governance.analysis.encode import AnyEncoder, Encoder

MOST_EVENTS = 10**15


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


class Subject:
    """A request that policies can be asked about in Z3.

    ``constraints`` is what holds of every such request; ``looked_up`` says where an unknown past
    was asked for.
    """

    encoder: AnyEncoder
    tool: Tool
    looked_up: dict[int, tuple[Monitor, Expr]]

    @property
    def constraints(self) -> list[Expr]:
        """What every such request satisfies."""
        raise NotImplementedError

    def any_past(self, symbol: str, args: Sequence[Expr]) -> Expr:
        """A past of which nothing is known."""
        raise NotImplementedError

    def other_past(self, symbol: str, args: Sequence[Expr]) -> Expr:
        """Another past of which nothing is known."""
        raise NotImplementedError

    def scope(self, rule: Rule) -> Expr:
        """Whether the principal is one that a rule speaks of."""
        raise NotImplementedError

    def hit(self, rule: Rule, past: Past) -> Expr:
        """Whether a rule is satisfied."""
        raise NotImplementedError

    def undefined(self, rule: Rule, past: Past, overflow: bool = True) -> Expr:
        """Whether a rule's condition has no value for a request that the rule speaks of."""
        raise NotImplementedError

    def request(self, solver: Solver) -> Request:
        """The request that a model found."""
        raise NotImplementedError

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


class Moment(Subject):
    """A request of one tool, all else unknown."""

    encoder: Encoder

    def __init__(self, encoder: Encoder, tool: Tool, name: str) -> None:
        self.encoder = encoder
        self.tool = tool
        meaning, asker = encoder.meaning, encoder.asker(name)
        self.principal, self.now = asker.principal, asker.now
        self.roles: Mapping[str, Expr] = asker.roles
        self.labels = asker.labels
        self.args: dict[str, Expr] = {}
        self.given: dict[str, Expr] = {}
        self.looked_up = {}
        self._scopes: dict[tuple[Who, ...], Expr] = {}
        self._hits: dict[
            tuple[tuple[Who, ...], Formula], tuple[Expr, dict[int, tuple[Monitor, Expr]]]
        ] = {}
        self._constraints: list[Expr] = [asker.constraint]
        self.environment = {**asker.environment, "tool": meaning.text(tool.name)}
        for p in tool.parameters:
            value = meaning.constant(f"{name}.{tool.name}.{p.name}", p.sort)
            self.args[p.name] = self.environment[p.name] = value
            self._constraints += meaning.bounds(value, p.sort)
            if p.optional:
                given = meaning.constant(f"{name}.{tool.name}.has {p.name}", BOOL)
                self.given[p.name] = self.environment[f"has {p.name}"] = given

    @property
    def constraints(self) -> list[Expr]:
        return [*self._constraints, *self.encoder.meaning.closing()]

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
        return self._unknown(symbol, "", args)

    def other_past(self, symbol: str, args: Sequence[Expr]) -> Expr:
        return self._unknown(symbol, "'", args)

    def _unknown(self, symbol: str, suffix: str, args: Sequence[Expr]) -> Expr:
        monitor = self.encoder.monitors[symbol]
        value = self.encoder.meaning.unknown(symbol + suffix, args, monitor.sort)
        self.looked_up.setdefault(value.get_id(), (monitor, value))
        if monitor.operation in ("count", "distinct"):
            # No past is longer than that; a count never leaves 64 bits.
            self._constraints += [value >= 0, value <= MOST_EVENTS]
        return value

    def scope(self, rule: Rule) -> Expr:
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
        totals = self.totals() if overflow else self.encoder.unbounded(self.tool)
        condition = totals.undefined(rule.condition)
        if condition == FALSE:
            return self.encoder.meaning.any([])
        return self.encoder.meaning.all([self.scope(rule), self.truth(condition, past)])

    # -- reading an answer -----------------------------------------------------------------

    def request(self, solver: Solver) -> Request:
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
            asked = self.encoder.meaning.asked.get(expression.get_id(), {})
            return frozenset(
                self._read(solver, e, inner) for e in asked.values() if solver.value(expression(e))
            )
        value = solver.value(expression)
        members = self.encoder.schema.members(sort)
        if members:
            return members[int(value)]
        wrap = {DECIMAL: Decimal, DURATION: Duration, TIME: Time}.get(sort)
        return wrap(int(value)) if wrap else value


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
