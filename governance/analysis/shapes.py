"""What declared types say about the values that were asked about."""

from __future__ import annotations

from collections.abc import Mapping

from governance.analysis.references import References
from governance.sorts import BOOL, DECIMAL, DURATION, INT, TEXT, TIME, Entity
from governance.worlds import (
    ADDRESS,
    EntityRef,
    OpenSchema,
    RecordType,
    SetType,
    Type,
)
from logic.smt import Expr, unescape
from logic.terms import Sort

_KIND: dict[Sort, str] = {
    BOOL: "bool", INT: "int", TEXT: "text", DECIMAL: "decimal", TIME: "time",
    DURATION: "duration", ADDRESS: "address",
}  # fmt: skip


class Shapes:
    """The types of a schema, for the values of one request and its world."""

    def __init__(self, schema: OpenSchema, references: References) -> None:
        self._schema = schema
        self._world = references
        self._z3 = references.z3
        self._values = references.values
        self._known: dict[int, list[tuple[Expr, Type]]] = {}
        for name, kind in schema.types.items():
            references.type(name)
            for member in kind.members:
                references.name(Entity(f'{name}::"{member}"'))
        for action in schema.actions:
            references.name(Entity(action))
        self._above = _closure({n: t.parents for n, t in schema.types.items()})
        self._groups = _closure({n: a.groups for n, a in schema.actions.items()})

    def constraints(self) -> list[Expr]:
        """What holds of everything that was asked about."""
        found = [self._request()]
        world, z3 = self._world, self._z3
        asked = world.asked
        for _, base in list(asked.attributes.items()):
            found += self._entity(base)
        for (_, name), base in list(asked.attributes.items()):
            value = world.attribute_named(name)(base)
            found += [z3.Implies(guard, self._shape(value, t)) for guard, t in self._types(value)]
        for base, text in list(asked.tags.values()):
            found += self._tags(base, text)
        for collection in list(asked.sets.values()):
            for guard, declared in self._types(collection):
                if isinstance(declared, SetType):
                    found += [
                        z3.Implies(
                            z3.And(guard, world.holds(collection, e)),
                            self._shape(e, declared.element),
                        )
                        for e in asked.elements.values()
                    ]
        return found + self._hierarchy()

    def _request(self) -> Expr:
        """One of the declared actions, by whom it may be asked for and of what."""
        z3, values = self._z3, self._values
        of = self._world.environment
        cases = []
        for action, declared in self._schema.actions.items():
            if declared.principals and declared.resources:
                parts = [
                    values.inner("entity", of["tool"]) == values.code(action),
                    self._one_of(of["principal"], declared.principals),
                    self._one_of(of["resource"], declared.resources),
                    self._shape(of["context"], declared.context),
                ]
                cases.append(z3.And(*parts))
        return self._world.any(*cases)

    def _one_of(self, value: Expr, types: tuple[str, ...]) -> Expr:
        return self._world.any(*(self._shape(value, EntityRef(t)) for t in types))

    def _shape(self, value: Expr, declared: Type) -> Expr:
        """Whether a value is of a type, as far as it was asked about."""
        z3, values, world = self._z3, self._values, self._world
        if isinstance(declared, Sort):
            return values.is_a(_KIND[declared], value)
        if isinstance(declared, SetType):
            return values.is_a("set", value)
        if isinstance(declared, EntityRef):
            inner = values.inner("entity", value)
            parts = [
                values.is_a("entity", value),
                world.type_of(inner) == world.type(declared.name),
            ]
            members = self._schema.types[declared.name].members
            if members:
                codes = [values.code(f'{declared.name}::"{m}"') for m in members]
                parts.append(world.any(*(inner == c for c in codes)))
            return z3.And(*parts)
        parts = [values.is_a("record", value), world.rest(value) == 0]
        return z3.And(*parts, *self._fields(value, declared))

    def _fields(self, value: Expr, declared: RecordType) -> list[Expr]:
        world, found = self._world, []
        names = dict.fromkeys(name for _, name in world.asked.attributes)
        for name in names:
            has = world.has_named(name)(value)
            if name not in declared.attributes:
                found.append(self._z3.Not(has))
            elif declared.attributes[name][1]:
                found.append(has)
        return found

    def _entity(self, base: Expr) -> list[Expr]:
        """The attributes of an entity, by its type."""
        z3, world, values = self._z3, self._world, self._values
        found = []
        for name, declared in self._schema.types.items():
            guard = z3.And(
                values.is_a("entity", base),
                world.type_of(values.inner("entity", base)) == world.type(name),
            )
            fields = self._fields(base, declared.attributes)
            found.append(z3.Implies(guard, z3.And(*fields)) if fields else world.yes)
        return found

    def _tags(self, base: Expr, text: Expr) -> list[Expr]:
        z3, world, values = self._z3, self._world, self._values
        found, value = [], world.tag(base, text)
        for name, declared in self._schema.types.items():
            guard = world.type_of(values.inner("entity", base)) == world.type(name)
            has = world.has_tag(base, text)
            if declared.tags is None:
                found.append(z3.Implies(guard, z3.Not(has)))
            else:
                found.append(z3.Implies(z3.And(guard, has), self._shape(value, declared.tags)))
        return found

    def _types(self, value: Expr) -> list[tuple[Expr, Type]]:
        """The types that a value may have, each with when it has it."""
        found = self._known.get(value.get_id())
        if found is None:
            self._known[value.get_id()] = []  # a value made of itself has no type
            found = self._known[value.get_id()] = self._compute(value)
        return found

    def _compute(self, value: Expr) -> list[tuple[Expr, Type]]:
        z3, world, values = self._z3, self._world, self._values
        environment: Mapping[str, Expr] = world.environment
        if value.get_id() == environment["context"].get_id():
            action = values.inner("entity", environment["tool"])
            return [
                (action == values.code(name), a.context) for name, a in self._schema.actions.items()
            ]
        kind = value.decl().name()
        if kind == "if":
            test, then, otherwise = value.children()
            return [
                *((z3.And(test, g), t) for g, t in self._types(then)),
                *((z3.And(z3.Not(test), g), t) for g, t in self._types(otherwise)),
            ]
        found: list[tuple[Expr, Type]] = []
        if kind == "tag":
            base = value.children()[0]
            for name, declared in self._schema.types.items():
                if declared.tags is not None:
                    guard = world.type_of(values.inner("entity", base)) == world.type(name)
                    has = world.has_tag(*value.children())
                    found.append((z3.And(values.is_a("entity", base), guard, has), declared.tags))
        elif kind.startswith("attribute "):
            base, attribute = value.children()[0], unescape(kind.removeprefix("attribute "))
            has = world.has_named(attribute)(base)
            for name, declared in self._schema.types.items():
                if attribute in declared.attributes.attributes:
                    guard = world.type_of(values.inner("entity", base)) == world.type(name)
                    own = declared.attributes.attributes[attribute][0]
                    found.append((z3.And(values.is_a("entity", base), guard, has), own))
            found += [
                (z3.And(guard, has), of.attributes[attribute][0])
                for guard, of in self._types(base)
                if isinstance(of, RecordType) and attribute in of.attributes
            ]
        elif value.get_id() in world.asked.elements:
            for collection in world.asked.sets.values():
                found += [
                    (z3.And(guard, world.holds(collection, value)), of.element)
                    for guard, of in self._types(collection)
                    if isinstance(of, SetType)
                ]
        return found

    def _hierarchy(self) -> list[Expr]:
        """Entities are only in those that their types, and the actions, allow."""
        z3, world, values = self._z3, self._world, self._values
        found = []
        lows = {**world.asked.low, **world.asked.high}
        for low in lows.values():
            for high in world.asked.high.values():
                a, b = values.inner("entity", low), values.inner("entity", high)
                inside = world.inside(a, b)
                groups = [
                    z3.And(a == values.code(x), b == values.code(y))
                    for x, ups in self._groups.items()
                    for y in ups
                ]
                types = [
                    z3.And(world.type_of(a) == world.type(x), world.type_of(b) == world.type(y))
                    for x, ups in self._above.items()
                    for y in ups
                ]
                found.append(z3.Implies(inside, world.any(*types, *groups)))
        for x, ups in self._groups.items():
            found += [world.inside(values.code(x), values.code(y)) for y in ups]
        return found


def _closure(parents: Mapping[str, tuple[str, ...]]) -> dict[str, frozenset[str]]:
    found = {}
    for name in parents:
        above: set[str] = set()
        todo = list(parents[name])
        while todo:
            up = todo.pop()
            if up not in above:
                above.add(up)
                todo += parents.get(up, ())
        found[name] = frozenset(above)
    return found
