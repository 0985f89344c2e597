"""Declarations → ``Schema``: names resolved, each complaint at its place."""

from __future__ import annotations

import itertools
from collections.abc import Mapping

from governance.conditions import RESERVED
from governance.schema import KINDS, Lattice, Parameter, Schema, Tool
from governance.sorts import (
    PLAIN,
    set_of,
)
from governance.spellings.parse import Node, Word
from logic.errors import PorismError, nearest
from logic.source import Source
from logic.terms import Sort


class SchemaReader:
    """Declarations added to a schema."""

    def __init__(self, source: Source, schema: Schema) -> None:
        self._source = source
        self._schema = Schema(
            dict(schema.tools),
            dict(schema.roles),
            dict(schema.principals),
            dict(schema.lattices),
            dict(schema.enumerations),
        )

    def read(self, statements: list[Node]) -> Schema:
        declared = [n for n in statements if n.kind not in ("rule", "budget", "policy", "claim")]
        # Tools last: their sorts may be declared below them.
        for node in sorted(declared, key=lambda n: n.kind == "tool"):
            getattr(self, f"_{node.kind}")(node)
        if declared:
            try:
                self._schema.check()
            except PorismError as error:
                if error.span is None:
                    last = declared[-1]
                    error.span = self._source.span(last.at, last.end)
                raise
        return self._schema

    def _error(self, message: str, word: Word | Node, hint: str = "") -> PorismError:
        return self._source.error(message, word.at, word.end, hint)

    def _new(self, name: Node, table: Mapping[str, object]) -> str:
        text: str = name.parts[0].text
        if text in table:
            raise self._error(f"'{text}' is declared twice.", name)
        return text

    def _role(self, node: Node) -> None:
        name, ups = node.parts
        if name.parts[0].text in self._schema.principals:
            raise self._error(f"'{name.parts[0].text}' is a principal already.", name)
        self._schema.roles[self._new(name, self._schema.roles)] = _texts(ups)

    def _principal(self, node: Node) -> None:
        name, ups = node.parts
        if name.parts[0].text in self._schema.roles:
            raise self._error(f"'{name.parts[0].text}' is a role already.", name)
        self._schema.principals[self._new(name, self._schema.principals)] = _texts(ups)

    def _sort_name(self, name: Node) -> str:
        text = self._new(name, {**self._schema.lattices, **self._schema.enumerations})
        if text in PLAIN or text == "Set":
            raise self._error(f"'{text}' is a sort of its own already.", name)
        return text

    def _label(self, node: Node) -> None:
        name = self._sort_name(node.parts[0])
        labels: dict[str, None] = {}
        order: list[tuple[str, str]] = []
        for chain in node.parts[1:]:
            if chain is None:
                continue
            names = [n.parts[0].text for n in chain.parts]
            labels.update(dict.fromkeys(names))
            order += list(itertools.pairwise(names))
        if len(labels) > 64:
            raise self._error("A lattice has at most 64 labels.", node)
        span = self._source.span(node.at, node.end)
        self._schema.lattices[name] = Lattice(name, tuple(labels), tuple(order), span)

    def _enum(self, node: Node) -> None:
        name = self._sort_name(node.parts[0])
        self._schema.enumerations[name] = tuple(dict.fromkeys(_texts(node.parts[1])))

    def _tool(self, node: Node) -> None:
        name, *parameters, kind = node.parts
        text = self._new(name, self._schema.tools)
        found = []
        for p in parameters:
            if p is None:
                continue
            pname, sort, optional = p.parts
            if pname.parts[0].text in RESERVED:
                raise self._error(
                    f"A parameter cannot be called '{pname.parts[0].text}'.",
                    pname,
                    f"{', '.join(sorted(RESERVED))} have a meaning of their own.",
                )
            found.append(Parameter(pname.parts[0].text, self._sort(sort), optional is not None))
        wanted = kind.parts[0].text
        if wanted not in KINDS:
            raise self._error(
                f"'{wanted}' is no kind of directive.",
                kind,
                nearest(wanted, KINDS) or f"The kinds are {', '.join(KINDS)}.",
            )
        span = self._source.span(node.at, node.end)
        self._schema.tools[text] = Tool(text, wanted, tuple(found), span)

    def _sort(self, node: Node) -> Sort:
        name, inner = node.parts
        if (name.text == "Set") != (inner is not None):
            raise self._error("A set says what it has: 'Set of Text'.", node)
        wanted = inner or name
        sort = self._schema.sort(wanted.text)
        if sort is None:
            known = [*PLAIN, *self._schema.lattices, *self._schema.enumerations, "Set"]
            raise self._error(
                f"There is no sort '{wanted.text}'.",
                wanted,
                nearest(wanted.text, known) or f"There are {', '.join(known)}.",
            )
        return set_of(sort) if inner is not None else sort


def _texts(names: Node | None) -> tuple[str, ...]:
    return tuple(n.parts[0].text for n in names.parts) if names is not None else ()
