"""``World`` and ``OpenSchema``: entities with attributes, parents and tags, as Cedar has them.

The native spelling declares tools with typed parameters. Cedar's policies speak of entities
instead, whose attributes have whatever sort they are found to have. Such policies have an
:class:`OpenSchema`: no tools, and types of entities and actions only if they were declared. A
request to them comes with the :class:`World` that it is asked in.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

import msgspec

from governance.request import Request
from governance.schema import Hierarchy, Schema
from governance.sorts import Entity, Value, plain
from logic.terms import Sort


class World(msgspec.Struct, frozen=True):
    """Who is directly in whom, and the attributes and tags of entities."""

    parents: Mapping[str, tuple[str, ...]] = {}
    attributes: Mapping[str, Mapping[str, Value]] = {}
    tags: Mapping[str, Mapping[str, Value]] = {}

    def hierarchy(self) -> Hierarchy:
        """Who is under whom."""
        return Hierarchy.of(self.parents)

    def record(self) -> dict[str, Any]:
        """The world as JSON has it, entity by entity; what is empty is left out."""
        return {
            name: {
                key: found
                for key, found in (
                    ("in", list(self.parents.get(name, ()))),
                    ("attributes", {k: plain(v) for k, v in self.attributes.get(name, {}).items()}),
                    ("tags", {k: plain(v) for k, v in self.tags.get(name, {}).items()}),
                )
                if found
            }
            for name in self.entities()
        }

    def entities(self) -> list[str]:
        """The entities that anything is said of."""
        return list(dict.fromkeys([*self.parents, *self.attributes, *self.tags]))


class Situated(Request, frozen=True):
    """A request and the world it is asked in."""

    world: World = World()

    def record(self) -> dict[str, Any]:
        record = super().record()
        entities = {name: facts for name, facts in self.world.record().items() if facts}
        return {**record, "entities": entities} if entities else record


# -- declared types ------------------------------------------------------------------------------


ADDRESS = Sort("Address")
"""IP addresses, which only imported policies have."""


class RecordType(msgspec.Struct, frozen=True):
    """A record: each attribute's type, and whether it is required."""

    attributes: Mapping[str, tuple[Type, bool]]


class EntityRef(msgspec.Struct, frozen=True):
    """An entity of that type."""

    name: str


class SetType(msgspec.Struct, frozen=True):
    """A set of values of one type."""

    element: Type


Type: TypeAlias = Sort | RecordType | EntityRef | SetType


class EntityType(msgspec.Struct, frozen=True):
    """A type of entities: what they may be in, their attributes and tags, or their only names."""

    parents: tuple[str, ...] = ()
    attributes: RecordType = RecordType({})
    tags: Type | None = None
    members: tuple[str, ...] = ()


class ActionType(msgspec.Struct, frozen=True):
    """An action: the groups it is in, who may ask for it of what, and with which context."""

    groups: tuple[Entity, ...] = ()
    principals: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    context: RecordType = RecordType({})


class OpenSchema(Schema):
    """No tools; the declared types of entities and actions, if any are."""

    types: dict[str, EntityType] = msgspec.field(default_factory=dict)
    actions: dict[str, ActionType] = msgspec.field(default_factory=dict)

    @property
    def declared(self) -> bool:
        """Whether anything is."""
        return bool(self.actions)

    def agrees(self, other: Schema) -> bool:
        return (
            isinstance(other, OpenSchema)
            and self.types == other.types
            and self.actions == other.actions
        )
