"""Cedar's JSON: entities, requests and the values in them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from governance.extensions import FUNCTIONS
from governance.policy import RuleSet
from governance.request import Request
from governance.runtime.decider import Decider
from governance.sorts import (
    LEAST,
    MOST,
    Entity,
    Undefined,
    Value,
    tagged,
)
from governance.spellings.cedar.refusal import NotCovered
from governance.worlds import World
from logic.errors import PorismError


def import_world(records: Any) -> World:
    """The world that Cedar's JSON list of entities describes.

    Raises
    ------
    PorismError : it describes none, or (:class:`NotCovered`) has a value that the core has not.
    """
    try:
        return _world(records)
    except (KeyError, TypeError, AttributeError, RecursionError):
        raise PorismError(
            "Entities are a list of objects with 'uid', 'attrs', 'parents' and 'tags'.",
            hint='Such as {"uid": {"type": "User", "id": "ann"}, "attrs": {}, "parents": []}.',
        ) from None


def _world(records: Any) -> World:
    parents: dict[str, tuple[str, ...]] = {}
    attributes: dict[str, dict[str, Value]] = {}
    tags: dict[str, dict[str, Value]] = {}
    for record in records:
        uid = entity_of(record["uid"])
        parents[uid] = tuple(entity_of(p) for p in record.get("parents", ()))
        attributes[uid] = {k: value_of(v) for k, v in record.get("attrs", {}).items()}
        tags[uid] = {k: value_of(v) for k, v in record.get("tags", {}).items()}
    return World(parents, attributes, tags)


def import_request(record: Mapping[str, Any]) -> Request:
    """A request from Cedar's JSON.

    Raises
    ------
    PorismError : it is none.
    """
    try:
        args = {"resource": entity_of(record["resource"]), "context": value_of(record["context"])}
        return Request(entity_of(record["principal"]), entity_of(record["action"]), args)
    except (KeyError, TypeError, AttributeError, RecursionError):
        raise PorismError(
            "A Cedar request is an object with 'principal', 'action', 'resource' and 'context'.",
            hint='An entity is {"type": "User", "id": "ann"}.',
        ) from None


def decider(policies: RuleSet, entities: Any) -> Decider:
    """What decides Cedar requests over Cedar entities."""
    world = import_world(entities)
    return Decider(policies, world.hierarchy(), world.attributes, world.tags)


def entity_of(record: Any) -> Entity:
    """An entity's name from Cedar's JSON."""
    record = record.get("__entity", record)
    return Entity(f'{record["type"]}::"{record["id"]}"')


def value_of(record: Any) -> Value:
    """A value from Cedar's JSON.

    Raises
    ------
    NotCovered : it is of an extension type that the core does not have.
    """
    if isinstance(record, bool | str):
        return record
    if isinstance(record, int):
        if not LEAST <= record <= MOST:
            raise PorismError(f"{record} does not fit into 64 bits.")
        return record
    if isinstance(record, list):
        return frozenset(tagged(value_of(item)) for item in record)
    if isinstance(record, dict):
        if set(record) == {"__entity"}:
            return entity_of(record)
        if set(record) == {"__extn"}:
            inner = record["__extn"]
            if inner["fn"] not in FUNCTIONS:
                raise NotCovered(f"Values of '{inner['fn']}' are not covered.")
            given = inner["args"] if "args" in inner else [inner["arg"]]
            try:
                return FUNCTIONS[inner["fn"]](*map(value_of, given))
            except (Undefined, TypeError) as why:
                raise PorismError(f"An extension value cannot be read: {why}.") from None
        return {k: value_of(v) for k, v in record.items()}
    raise PorismError(f"{record!r} is no value of Cedar.")
