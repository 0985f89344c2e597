"""Cedar schemas → ``OpenSchema``: which entities and actions there are, and of what types.

Read is the syntax made for people. A name means a type of its own namespace first, then one without
a namespace, then one of Cedar's own, as Cedar resolves it.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

from lark import Lark
from lark.exceptions import UnexpectedInput

from governance.sorts import BOOL, DECIMAL, DURATION, INT, TEXT, TIME, Entity
from governance.spellings.cedar.syntax import RawBuilder, characters, complaint
from governance.spellings.parse import DEPTH_LIMIT, Node, TooDeep, Word
from governance.worlds import (
    ADDRESS,
    ActionType,
    EntityRef,
    EntityType,
    OpenSchema,
    RecordType,
    SetType,
    Type,
)
from logic.errors import PorismError, nearest
from logic.source import Source

PRIMITIVE: dict[str, Type] = {
    "Bool": BOOL, "Boolean": BOOL, "Long": INT, "String": TEXT, "decimal": DECIMAL,
    "datetime": TIME, "duration": DURATION, "ipaddr": ADDRESS,
}  # fmt: skip


def import_schema(source: Source | str) -> OpenSchema:
    """The types that a Cedar schema declares.

    Raises
    ------
    PorismError : the text is no Cedar schema, or names a type that it does not declare.
    """
    source = source if isinstance(source, Source) else Source(source, "schema.cedarschema")
    if source.text.lstrip().startswith("{"):
        raise PorismError(
            "A Cedar schema in JSON is not read.",
            source.span(0, 1),
            "'cedar translate-schema --direction json-to-cedar' writes it as text.",
        )
    try:
        tree: Any = _parser().parse(source.text)
    except UnexpectedInput as error:
        raise complaint(source, error) from None
    except TooDeep as deep:
        raise source.error(
            f"This type nests more than {DEPTH_LIMIT} deep.", deep.at, deep.at + 1
        ) from None
    return _SchemaReader(source).read(tree)


@cache
def _parser() -> Lark:
    grammar = files("governance.spellings.cedar").joinpath("schema.lark").read_text("utf-8")
    return Lark(grammar, parser="lalr", transformer=RawBuilder(), maybe_placeholders=False)


class _SchemaReader:
    """Declarations, gathered first and then resolved: they may stand in any order."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._entities: dict[str, tuple[str, Node]] = {}
        self._aliases: dict[str, tuple[str, Node]] = {}
        self._actions: dict[str, tuple[str, Node]] = {}
        self._open: set[str] = set()

    def read(self, tree: Node) -> OpenSchema:
        for node in tree.parts:
            if node.kind == "namespace":
                space, *declarations = _significant(node)
                for inner in declarations:
                    self._declare(inner, f"{space.text}::")
            else:
                self._declare(node, "")
        types = {name: self._entity(space, n) for name, (space, n) in self._entities.items()}
        actions = {name: self._action(space, n) for name, (space, n) in self._actions.items()}
        return OpenSchema(types=types, actions=actions)

    def _declare(self, node: Node, space: str) -> None:
        first = _significant(node)[0]
        table: dict[str, tuple[str, Node]]
        if node.kind == "alias":
            names, table = [first], self._aliases
        elif node.kind == "action":
            names, table = list(first.parts), self._actions
        else:
            names, table = list(first.parts), self._entities
        for word in names:
            name: str = space + word.text
            if node.kind == "action":
                name = self._action_name(space, word)
            if name in table:
                raise self._error(f"'{name}' is declared twice.", word)
            table[name] = space, node

    def _action_name(self, space: str, word: Word) -> Entity:
        if word.kind == "ENTITY":
            path, mark, name = word.text.partition('"')
            return Entity(path + mark + characters(self._source, name[:-1], word) + mark)
        name = word.text
        if word.kind == "STRING":
            name = characters(self._source, name[1:-1], word)
        return Entity(f'{space}Action::"{name}"')

    def _entity(self, space: str, node: Node) -> EntityType:
        parents: tuple[str, ...] = ()
        attributes, tags = RecordType({}), None
        for part in _significant(node)[1:]:
            if part.kind == "strings":
                members = [characters(self._source, w.text[1:-1], w) for w in part.parts]
                return EntityType(members=tuple(members))
            if part.kind == "above":
                parents = self._entity_names(space, part.parts[0])
            elif part.kind == "tags":
                tags = self._type(space, part.parts[0])
            else:
                attributes = self._record(space, part)
        return EntityType(parents, attributes, tags)

    def _action(self, space: str, node: Node) -> ActionType:
        groups: tuple[Entity, ...] = ()
        principals: tuple[str, ...] = ()
        resources: tuple[str, ...] = ()
        context = RecordType({})
        for part in _significant(node)[1:]:
            if part.kind == "groups":
                groups = tuple(self._group(space, ref.parts[0]) for ref in part.parts)
                continue
            for clause in part.parts:
                word, value = clause.parts
                if word.kind == "PRINCIPAL":
                    principals = self._entity_names(space, value)
                elif word.kind == "RESOURCE":
                    resources = self._entity_names(space, value)
                else:
                    found = self._type(space, value)
                    if not isinstance(found, RecordType):
                        raise self._error("A context is a record.", value)
                    context = found
        return ActionType(groups, principals, resources, context)

    def _group(self, space: str, word: Word) -> Entity:
        name = self._action_name(space, word)
        if name not in self._actions:
            raise self._error(f"There is no action {name}.", word)
        return name

    def _entity_names(self, space: str, node: Node) -> tuple[str, ...]:
        found = []
        for word in node.parts:
            name = next((n for n in (space + word.text, word.text) if n in self._entities), None)
            if name is None:
                raise self._error(
                    f"There is no entity type '{word.text}'.",
                    word,
                    nearest(word.text, self._entities),
                )
            found.append(name)
        return tuple(found)

    def _type(self, space: str, node: Node) -> Type:
        if node.kind == "record":
            return self._record(space, node)
        if node.kind == "set":
            return SetType(self._type(space, node.parts[0]))
        word: Word = node.parts[0]
        for name in (space + word.text, word.text):
            if name in self._aliases:
                return self._alias(name, word)
            if name in self._entities:
                return EntityRef(name)
        own = PRIMITIVE.get(word.text.removeprefix("__cedar::"))
        if own is None:
            known = [*self._entities, *self._aliases, *PRIMITIVE]
            raise self._error(f"There is no type '{word.text}'.", word, nearest(word.text, known))
        return own

    def _alias(self, name: str, word: Word) -> Type:
        if name in self._open:
            raise self._error(f"The type '{name}' is made of itself.", word)
        self._open.add(name)
        space, node = self._aliases[name]
        found = self._type(space, _significant(node)[1])
        self._open.discard(name)
        return found

    def _record(self, space: str, node: Node) -> RecordType:
        attributes: dict[str, tuple[Type, bool]] = {}
        for pair in node.parts:
            word, *rest = _significant(pair)
            name = word.text
            if word.kind == "STRING":
                name = characters(self._source, name[1:-1], word)
            required = not isinstance(rest[0], Word)
            attributes[name] = self._type(space, rest[-1]), required
        return RecordType(attributes)

    def _error(self, message: str, place: Node | Word, hint: str = "") -> PorismError:
        return self._source.error(message, place.at, place.end, hint)


def _significant(node: Node) -> list[Any]:
    """A node's parts without its annotations."""
    return [p for p in node.parts if not (isinstance(p, Node) and p.kind == "annotation")]
