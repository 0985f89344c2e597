"""``Situation``: a request in an open world, in Z3, and back.

For policies that speak of entities: who asks, the action, the resource, the context, and all that
is true of the entities are unknown; with declared types, they are as the types allow.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from governance.analysis.dynamic import Conditions
from governance.analysis.encode import AnyEncoder
from governance.analysis.meaning import Past, Unanalysed
from governance.analysis.moments import Subject
from governance.analysis.references import SMALL
from governance.analysis.shapes import Shapes
from governance.analysis.values import KINDS, Values
from governance.conditions import TOOL
from governance.extensions import read_address
from governance.past import Monitor
from governance.policy import Policy, Rule, RuleSet
from governance.schema import Tool
from governance.sorts import Entity, Value, tagged
from governance.worlds import OpenSchema, Situated, World
from logic.formulas import Equal, conjuncts
from logic.smt import Expr, Solver
from logic.terms import App

_OTHER = "any other action"

DEEPEST = 8
"""So deep may a value be that a model has."""


class Situation(Subject):
    """A request and the world that it is asked in, both unknown."""

    encoder: WorldEncoder

    def __init__(self, encoder: WorldEncoder, case: str) -> None:
        self.encoder = encoder
        self.tool = Tool(case, "call")
        self.looked_up = {}
        values = self.values = Values(encoder.meaning)
        z3 = encoder.z3
        names = ("principal", "tool", "resource", "context")
        self.environment = {name: z3.Const(f"the {name}", values.sort) for name in names}
        self.conditions = Conditions(encoder.meaning, values, self.environment)
        of = self.environment
        self._kinds = [values.is_a("entity", of[n]) for n in names[:3]]
        self._kinds.append(values.is_a("record", of["context"]))
        if case in encoder.actions:
            self._kinds.append(of["tool"] == self.conditions.named(case))
        else:
            self._kinds += [of["tool"] != self.conditions.named(a) for a in encoder.actions]
        schema = encoder.schema
        assert isinstance(schema, OpenSchema)
        self._shapes = Shapes(schema, self.conditions) if schema.declared else None
        self._closed: tuple[int, list[Expr]] = (-1, [])

    @property
    def constraints(self) -> list[Expr]:
        size = self.conditions.size()
        if self._closed[0] != size:
            shapes = self._shapes.constraints() if self._shapes else []
            found = [*self._kinds, *shapes, *self.conditions.closing()]
            self._closed = self.conditions.size(), found
        return self._closed[1]

    def any_past(self, symbol: str, args: Sequence[Expr]) -> Expr:
        raise Unanalysed(f"'{symbol}'")  # an imported policy has no past

    other_past = any_past

    def scope(self, rule: Rule) -> Expr:
        conditions, of = self.conditions, self.environment
        parts = []
        if rule.who:
            cases = []
            for who in rule.who:
                name = conditions.named(who.name)
                same = of["principal"] == name
                below = who.relation == "in"
                cases.append(conditions.below(of["principal"], name) if below else same)
            parts.append(conditions.any(*cases))
        if rule.tools and exact_action(rule) is None:
            parts.append(
                conditions.any(
                    *(conditions.below(of["tool"], conditions.named(t)) for t in rule.tools)
                )
            )
        return self.encoder.meaning.all(parts)

    def hit(self, rule: Rule, past: Past) -> Expr:
        return self.encoder.meaning.all(
            [self.scope(rule), self.conditions.truths(rule.condition)[0]]
        )

    def undefined(self, rule: Rule, past: Past, overflow: bool = True) -> Expr:
        z3 = self.encoder.z3
        yes, no = self.conditions.truths(rule.condition)
        return self.encoder.meaning.all([self.scope(rule), z3.Not(yes), z3.Not(no)])

    # -- reading an answer -----------------------------------------------------------------

    def request(self, solver: Solver) -> Situated:
        return _Reading(self, solver).request()


class _Reading:
    """The request and the world of a model."""

    def __init__(self, situation: Situation, solver: Solver) -> None:
        self._solver = solver
        self._situation = situation
        self._values = situation.values
        self._world = situation.conditions
        self._codes = {n: name for name, n in self._values.codes.items()}
        self._types = {n: name for name, n in self._world.types.items()}
        self._fields: dict[tuple[str, int], dict[str, Expr]] = {}
        self._read: dict[tuple[str, int], Value] = {}
        self._open: set[tuple[str, int]] = set()
        for (_, name), base in self._world.asked.attributes.items():
            key = self._reference(base)
            if key is not None and solver.value(self._world.has_named(name)(base)):
                self._fields.setdefault(key, {})[name] = base

    def request(self) -> Situated:
        of = self._situation.environment
        principal, action, resource = (
            self._entity(of[n]) for n in ("principal", "tool", "resource")
        )
        args = {"resource": resource, "context": self._value(of["context"], 0)}
        return Situated(principal, action, args, world=self._entities())

    def _entities(self) -> World:
        asked, solver = self._world.asked, self._solver
        parents: dict[str, tuple[str, ...]] = {}
        attributes: dict[str, Mapping[str, Value]] = {}
        tags: dict[str, dict[str, Value]] = {}
        for (kind, number), fields in self._fields.items():
            if kind == "entity":
                attributes[self._name(number)] = self._record(fields, 0)
        for base, text in asked.tags.values():
            key = self._reference(base)
            if key and key[0] == "entity" and solver.value(self._world.has_tag(base, text)):
                name = str(solver.value(text))
                tags.setdefault(self._name(key[1]), {})[name] = self._value(
                    self._world.tag(base, text), 0
                )
        lows = dict(asked.low)
        if len(asked.high) <= SMALL:  # who is above a group matters only to who is in it
            lows |= asked.high
        inner = self._values.inner
        highs = [inner("entity", high) for high in asked.high.values() if self._is_entity(high)]
        for low in filter(self._is_entity, lows.values()):
            a = inner("entity", low)
            name = self._name(int(solver.value(a)))
            ups = [b for b in highs if solver.value(self._world.inside(a, b))]
            above = dict.fromkeys([*parents.get(name, ()), *map(self._named, ups)])
            above.pop(name, None)
            if above:
                parents[name] = tuple(above)
        return World(parents, attributes, tags)

    def _is_entity(self, value: Expr) -> bool:
        return bool(self._solver.value(self._values.is_a("entity", value)))

    def _kind(self, value: Expr) -> str:
        return next(k for k, _ in KINDS if self._solver.value(self._values.is_a(k, value)))

    def _reference(self, value: Expr) -> tuple[str, int] | None:
        """Which entity, record or set a value is; two terms may be one."""
        kind = self._kind(value)
        if kind not in ("entity", "record", "set"):
            return None
        return kind, int(self._solver.value(self._values.inner(kind, value)))

    def _entity(self, value: Expr) -> Entity:
        return self._name(int(self._solver.value(self._values.inner("entity", value))))

    def _named(self, entity: Expr) -> Entity:
        return self._name(int(self._solver.value(entity)))

    def _name(self, number: int) -> Entity:
        if number in self._codes:
            return Entity(self._codes[number])
        found = self._solver.value(self._world.type_of(number))
        kind = self._types.get(int(found), f"Type{found}")
        name = Entity(f'{kind}::"{len(self._codes) - len(self._values.codes) + 1}"')
        while name in self._codes.values():
            name = Entity(f'{kind}::"{name[len(kind) + 3 : -1]}x"')
        self._codes[number] = name
        return name

    def _record(self, fields: Mapping[str, Expr], depth: int) -> dict[str, Value]:
        attribute = self._world.attribute_named
        return {n: self._value(attribute(n)(base), depth + 1) for n, base in fields.items()}

    def _value(self, value: Expr, depth: int) -> Value:
        if depth > DEEPEST:
            raise Unanalysed("a value that has itself in it")
        solver, kind = self._solver, self._kind(value)
        if kind == "entity":
            return self._entity(value)
        if kind == "address":
            four, low, own, high = (
                solver.value(self._values.part(n, value)) for n in ("four", "low", "own", "high")
            )
            return _address(bool(four), int(low), int(own), int(high))
        if kind in ("set", "record"):
            key = kind, int(solver.value(self._values.inner(kind, value)))
            if key in self._open:
                raise Unanalysed("a value that has itself in it")
            if key not in self._read:
                self._open.add(key)
                self._read[key] = self._contents(value, key, depth)
                self._open.discard(key)
            return self._read[key]
        found = solver.value(self._values.inner(kind, value))
        cls = dict(KINDS)[kind]
        return found if kind in ("bool", "text", "int") else cls(found)  # type: ignore[misc]

    def _contents(self, value: Expr, key: tuple[str, int], depth: int) -> Value:
        solver = self._solver
        if key[0] == "set":
            elements = self._world.asked.elements.values()
            inside = [e for e in elements if solver.value(self._world.holds(value, e))]
            return frozenset(tagged(self._value(e, depth + 1)) for e in inside)
        fields = self._record(self._fields.get(key, {}), depth)
        rest = int(solver.value(self._world.rest(value)))
        return {**fields, "other": rest} if rest else fields


def _address(four: bool, low: int, own: int, high: int) -> Value:
    """The address with the longest prefix that denotes at least the range."""
    bits = 32 if four else 128
    prefix = bits - (low ^ high).bit_length()
    if four:
        text = ".".join(str(own >> shift & 255) for shift in (24, 16, 8, 0))
    else:
        text = ":".join(f"{own >> shift & 0xFFFF:x}" for shift in range(112, -1, -16))
    return read_address(f"{text}/{prefix}")


def exact_action(rule: Rule) -> str | None:
    """The one action that a rule is about, if its condition says so."""
    for part in conjuncts(rule.condition):
        match part:
            case Equal(a, App(name, ())) if a == TOOL and rule.tools == (name,):
                return name
    return None


class WorldEncoder(AnyEncoder):
    """Policies over open worlds: a case for each action that a rule is about, one for the rest."""

    def __init__(
        self, schema: OpenSchema, monitors: Mapping[str, Monitor], policies: Sequence[Policy]
    ) -> None:
        super().__init__(schema, monitors)
        exact = (exact_action(rule) for policy in policies for rule in policy.rules)
        self.actions = dict.fromkeys(name for name in exact if name is not None)
        self._situations: dict[str, Situation] = {}
        self._rules: dict[int, tuple[RuleSet, dict[str | None, list[int]]]] = {}

    def cases(self, rule: Rule | None = None) -> tuple[str, ...]:
        own = exact_action(rule) if rule else None
        return (own,) if own is not None else (*self.actions, _OTHER)

    def subject(self, case: str) -> Situation:
        found = self._situations.get(case)
        if found is None:
            found = self._situations[case] = Situation(self, case)
        return found

    def rules(self, policy: RuleSet, case: str) -> list[Rule]:
        kept = self._rules.get(id(policy))
        if kept is None:
            index: dict[str | None, list[int]] = {}
            for number, rule in enumerate(policy.own):
                index.setdefault(exact_action(rule), []).append(number)
            # The policy is kept, so that no other object takes its place in memory.
            kept = self._rules[id(policy)] = policy, index
        index = kept[1]
        if case == _OTHER:
            named = [a for a in index if a is not None and a not in self.actions]
        else:
            named = [case] if case in index else []
        numbers = [n for name in (None, *named) for n in index.get(name, ())]
        return [policy.own[n] for n in sorted(numbers)]
