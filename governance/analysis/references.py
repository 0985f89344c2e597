"""``References``: attributes, tags, elements and ancestors in Z3, as functions of values.

Of the functions nothing is known at first. :meth:`References.closing` adds what holds of them in
every world, for the values that were asked about.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from governance.analysis.meaning import MOST_PAIRS, Meaning, Unanalysed, symbol
from governance.analysis.values import KINDS, Values
from governance.sorts import Entity
from logic.smt import Expr

SMALL = 30
"""The elements of a set that is written down are always looked at if there are no more."""


class Asked(NamedTuple):
    """What was asked about references; values in Z3, each once, in the order of asking."""

    attributes: dict[tuple[int, str], Expr]
    tags: dict[tuple[int, int], tuple[Expr, Expr]]
    elements: dict[int, Expr]
    sets: dict[int, Expr]
    low: dict[int, Expr]
    high: dict[int, Expr]


class References:
    """What is asked about the world of one request, both unknown.

    ``environment`` maps the variables of conditions to values.
    """

    def __init__(self, meaning: Meaning, values: Values, environment: Mapping[str, Expr]) -> None:
        self.z3 = meaning.z3
        self.meaning = meaning
        self.values = values
        self.environment = environment
        self.asked = Asked({}, {}, {}, {}, {}, {})
        self._rules: list[tuple[Expr, str, Expr, Expr, Expr]] = []
        self.facts: list[Expr] = []
        self.literals: dict[int, list[Expr]] = {}
        self._records: list[tuple[Expr, Mapping[str, Expr]]] = []
        self._compared: list[tuple[Expr, Expr]] = []
        z3, value = self.z3, values.sort
        truth, number = z3.BoolSort(values.context), z3.IntSort(values.context)
        text = z3.StringSort(values.context)
        self.rest = z3.Function("other attributes", value, number)
        self.holds = z3.Function("element", value, value, truth)
        self.has_tag = z3.Function("has tag", value, text, truth)
        self.tag = z3.Function("tag", value, text, value)
        self.type_of = z3.Function("type", number, number)
        self.inside = z3.Function("in", number, number, truth)
        self.types: dict[str, int] = {}
        """The numbers of the types that are named."""
        self.no, self.yes = (z3.BoolVal(b, values.context) for b in (False, True))

    def name(self, entity: str) -> None:
        """Note an entity that is named: its type is known."""
        if entity not in self.values.codes:
            code = self.values.code(entity)
            self.facts.append(self.type_of(code) == self.type(entity.partition('::"')[0]))

    def named(self, entity: str) -> Expr:
        """An entity that is named."""
        self.name(entity)
        return self.values.literal(Entity(entity))

    def size(self) -> int:
        """How much was asked; it only grows."""
        return (
            sum(len(table) for table in self.asked)
            + len(self._rules)
            + len(self.facts)
            + len(self._compared)
        )

    def type(self, name: str) -> int:
        """The number of a type that is named."""
        return self.types.setdefault(name, len(self.types))

    def has_named(self, name: str) -> Expr:
        """Which values have an attribute, as a function."""
        z3, context = self.z3, self.values.context
        return z3.Function(f"has {symbol(name)}", self.values.sort, z3.BoolSort(context))

    def attribute_named(self, name: str) -> Expr:
        """An attribute as a function."""
        return self.z3.Function(f"attribute {symbol(name)}", self.values.sort, self.values.sort)

    # -- asking -----------------------------------------------------------------------------

    def fielded(self, value: Expr) -> Expr:
        return self.any(self.values.is_a("record", value), self.values.is_a("entity", value))

    def has(self, value: Expr, name: str) -> Expr:
        """Whether an entity or a record has an attribute."""
        self.asked.attributes.setdefault((value.get_id(), name), value)
        return self.has_named(name)(value)

    def attribute(self, value: Expr, name: str) -> Expr:
        """The attribute, where there is one."""
        self.asked.attributes.setdefault((value.get_id(), name), value)
        return self.attribute_named(name)(value)

    def taggable(self, value: Expr, name: Expr) -> Expr:
        return self.all(self.values.is_a("entity", value), self.values.is_a("text", name))

    def tagged(self, value: Expr, name: Expr) -> Expr:
        text = self.values.inner("text", name)
        self.asked.tags.setdefault((value.get_id(), text.get_id()), (value, text))
        return self.has_tag(value, text)

    def set(self, items: Sequence[Expr]) -> Expr:
        """A set that is written down."""
        made = self.values.fresh("set")
        self.facts.append(self.values.is_a("set", made))
        self.literals[made.get_id()] = list(items)
        if len(items) <= SMALL:
            self._ask(made)
        return made

    def _ask(self, collection: Expr) -> None:
        """Which elements a set has is asked; of one that is written down they are known."""
        if collection.get_id() not in self.asked.sets:
            self.asked.sets[collection.get_id()] = collection
            for item in self.literals.get(collection.get_id(), ()):
                self.asked.elements.setdefault(item.get_id(), item)

    def record(self, fields: Mapping[str, Expr]) -> Expr:
        made = self.values.fresh("record")
        self.facts.append(self.values.is_a("record", made))
        self._records.append((made, fields))
        return made

    def member(self, item: Expr, collection: Expr) -> Expr:
        own = self.literals.get(collection.get_id())
        if own is not None:
            for other in own:
                self.compare(item, other)
            return self.any(*(item == other for other in own))
        self.asked.elements.setdefault(item.get_id(), item)
        self.asked.sets.setdefault(collection.get_id(), collection)
        return self.holds(collection, item)

    def relation(self, name: str, x: Expr, y: Expr) -> Expr:
        """A truth about two sets; its meaning is added when all elements are known."""
        truth = self.values.fresh_bool(name)
        example = self.values.fresh("example")
        self.rule(truth, name, x, y, example)
        return truth

    def rule(self, truth: Expr, name: str, x: Expr, y: Expr, example: Expr) -> None:
        """What a truth about sets means, with an element that shows it (or its negation)."""
        self.asked.elements[example.get_id()] = example
        self._ask(x)
        self._ask(y)
        self._rules.append((truth, name, x, y, example))

    def compare(self, x: Expr, y: Expr) -> None:
        """Sets and records are equal if they have the same in them."""
        if x.get_id() == y.get_id() or self._plain(x) or self._plain(y):
            return
        self._compared.append((x, y))
        self.rule(x == y, "differ", x, y, self.values.fresh("example"))

    def _plain(self, value: Expr) -> bool:
        """Whether a value is seen to be no set and no record."""
        if any(value.get_id() == v.get_id() for n, v in self.environment.items() if n != "context"):
            return True
        name = value.decl().name()
        return name in {k for k, _ in KINDS} - {"set", "record"}

    def below(self, x: Expr, y: Expr) -> Expr:
        """Whether an entity is under another, or the same."""
        self.asked.low.setdefault(x.get_id(), x)
        self.asked.high.setdefault(y.get_id(), y)
        a, b = self.values.inner("entity", x), self.values.inner("entity", y)
        return self.any(a == b, self.inside(a, b))

    # -- what holds in every world -----------------------------------------------------------

    def closing(self) -> list[Expr]:
        """What holds of everything that was asked about, in every world."""
        found = [*self.facts]
        elements = list(self.asked.elements.values())
        known = {k: items for k, items in self.literals.items() if k in self.asked.sets}
        size = len(self._rules) + sum(map(len, known.values()))
        if len(elements) * size > MOST_PAIRS:
            raise Unanalysed("so many sets")
        for truth, name, x, y, example in self._rules:
            found += self._meaning_of(truth, name, x, y, example, elements)
        for key, items in known.items():
            made = self.asked.sets[key]
            found += [
                self.holds(made, e) == self.any(*(e == item for item in items)) for e in elements
            ]
        found += self._fields()
        found += self._ancestors()
        sane: dict[int, Expr] = {v.get_id(): v for v in self.environment.values()}
        for (_, name), base in list(self.asked.attributes.items()):
            value = self.attribute_named(name)(base)
            sane.setdefault(value.get_id(), value)
        for base, text in self.asked.tags.values():
            value = self.tag(base, text)
            sane.setdefault(value.get_id(), value)
        sane.update(self.asked.elements)
        return [*found, *map(self.values.sane, sane.values())]

    def _meaning_of(
        self, truth: Expr, name: str, x: Expr, y: Expr, example: Expr, elements: Sequence[Expr]
    ) -> list[Expr]:
        z3, holds, values = self.z3, self.holds, self.values
        negative = z3.Not(truth)
        if name == "containsAll":
            shown, always = (
                z3.And(holds(y, example), z3.Not(holds(x, example))),
                [z3.Implies(z3.And(truth, holds(y, e)), holds(x, e)) for e in elements],
            )
            return [z3.Implies(negative, shown), *always]
        if name == "containsAny":
            shown = z3.And(holds(x, example), holds(y, example))
            return [
                z3.Implies(truth, shown),
                *(z3.Not(z3.And(negative, holds(x, e), holds(y, e))) for e in elements),
            ]
        if name == "isEmpty":
            return [
                z3.Implies(negative, holds(x, example)),
                *(z3.Implies(truth, z3.Not(holds(x, e))) for e in elements),
            ]
        if name == "differ":
            sets = z3.And(values.is_a("set", x), values.is_a("set", y))
            differ = holds(x, example) != holds(y, example)
            return [z3.Implies(z3.And(sets, negative), differ)]
        of_set = values.is_a("set", y)
        if name == "under":
            shown = z3.And(holds(y, example), values.is_a("entity", example))
            return [
                z3.Implies(z3.And(of_set, truth), z3.And(shown, self.below(x, example))),
                *(
                    z3.Not(z3.And(of_set, negative, holds(y, e), self.below(x, e)))
                    for e in elements
                ),
            ]
        return [  # entities
            z3.Implies(
                z3.And(of_set, negative),
                z3.And(holds(y, example), z3.Not(values.is_a("entity", example))),
            ),
            *(z3.Implies(z3.And(of_set, truth, holds(y, e)), values.is_a("entity", e))
              for e in elements),
        ]  # fmt: skip

    def _fields(self) -> list[Expr]:
        """What literal records have, and that records with the same in them are equal."""
        z3, found = self.z3, []
        names = dict.fromkeys(name for _, name in self.asked.attributes)
        for _, fields in self._records:
            names.update(dict.fromkeys(fields))
        for made, fields in self._records:
            found.append(self.rest(made) == 0)
            for name in names:
                found.append(
                    self.has_named(name)(made) == (self.yes if name in fields else self.no)
                )
            found += [self.attribute_named(n)(made) == v for n, v in fields.items()]
        for x, y in self._compared:
            differ = [self.rest(x) != self.rest(y)]
            for name in names:
                has, of = self.has_named(name), self.attribute_named(name)
                differ += [has(x) != has(y), z3.And(has(x), has(y), of(x) != of(y))]
            both = z3.And(self.values.is_a("record", x), self.values.is_a("record", y), x != y)
            found.append(z3.Implies(both, self.any(*differ)))
            for side in (x, y):
                for name in names:
                    self.asked.attributes.setdefault((side.get_id(), name), side)
        return found

    def _ancestors(self) -> list[Expr]:
        """Who is under somebody is under whoever that one is under."""
        z3, inner = self.z3, self.values.inner
        highs = [inner("entity", v) for v in self.asked.high.values()]
        lows = [inner("entity", v) for v in {**self.asked.low, **self.asked.high}.values()]
        if len(highs) ** 2 * len(lows) > MOST_PAIRS:
            return []
        inside = self.inside
        return [
            z3.Implies(z3.And(inside(a, b), inside(b, c)), self.any(a == c, inside(a, c)))
            for a, b, c in itertools.product(lows, highs, highs)
            if b.get_id() != c.get_id() and a.get_id() != b.get_id()
        ]

    def all(self, *parts: Expr) -> Expr:
        if any(self.z3.is_false(p) for p in parts):
            return self.no
        return self.meaning.all([p for p in parts if not self.z3.is_true(p)])

    def any(self, *parts: Expr) -> Expr:
        if any(self.z3.is_true(p) for p in parts):
            return self.yes
        return self.meaning.any([p for p in parts if not self.z3.is_false(p)])
