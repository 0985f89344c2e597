"""Text → raw syntax: the grammar's nodes with their places, and its complaints as sentences."""

from __future__ import annotations

import gc
import json
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec
from lark import Lark, Token, Transformer, Tree
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from logic.errors import PorismError, nearest
from logic.source import Source

DEPTH_LIMIT = 150
"""Expressions that nest deeper are refused."""


class Node(msgspec.Struct, frozen=True, gc=False):
    """One node of the syntax tree: the grammar's name for it, its parts, and its place."""

    kind: str
    parts: tuple[Any, ...]
    at: int
    end: int
    depth: int


class Word(msgspec.Struct, frozen=True, gc=False):
    """A token: its text (unquoted, for a string) and its place."""

    kind: str
    text: str
    at: int
    end: int


def parse(source: Source) -> list[Node]:
    """The statements of a text.

    Raises
    ------
    PorismError : at the first place that does not follow the grammar.
    """
    return [_whole(source, node) for node in _tree(source, "start").parts]


def parse_expression(source: Source) -> Node:
    """A text that is one condition or one value.

    Raises
    ------
    PorismError : at the first place that does not follow the grammar.
    """
    found: Node = _tree(source, "formula")
    return found


def _tree(source: Source, start: str) -> Any:
    try:
        return _parser().parse(source.text, start=start)
    except UnexpectedInput as error:
        raise _complaint(source, error) from None
    except TooDeep as deep:
        raise source.error(
            f"This expression nests more than {DEPTH_LIMIT} deep.", deep.at, deep.at + 1
        ) from None


@contextmanager
def without_collection() -> Iterator[None]:
    """No search for cycles meanwhile: nodes have none, and looking takes a third of the time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


_CLOSING = re.compile(r"(?:\s*[)}])*")


def _whole(source: Source, statement: Node) -> Node:
    """A statement with its last brackets, which leave no trace in the tree."""
    found = _CLOSING.match(source.text, statement.end)
    return msgspec.structs.replace(statement, end=found.end() if found else statement.end)


class TooDeep(Exception):
    def __init__(self, at: int) -> None:
        self.at = at


class NodeBuilder(Transformer[Token, Any]):
    """Called at each reduction, so that nothing recurses on the input."""

    def __default__(self, data: Any, children: list[Any], meta: Any) -> Any:
        kind = str(data)
        if kind.startswith("_"):  # the grammar's own helper for a repetition
            return Tree(data, children)
        # One loop: a large policy has hundreds of thousands of nodes.
        at, end, depth, parts = -1, 0, 0, []
        for child in children:
            if child is not None:
                if isinstance(child, Token):
                    child = self.word(child)
                elif child.depth > depth:
                    depth = child.depth
                if child.end > child.at:
                    if at < 0:
                        at = child.at
                    end = child.end
            parts.append(child)
        if depth >= DEPTH_LIMIT:
            raise TooDeep(max(at, 0))
        return Node(kind, tuple(parts), max(at, 0), end, depth + 1)

    def word(self, token: Token) -> Word:
        """A token with its place."""
        kind, text = token.type, str(token)
        if kind == "STRING":
            text = unquote(text)
        return Word(kind, text, token.start_pos or 0, token.end_pos or 0)


def unquote(text: str) -> str:
    """A quoted text's characters; a backslash before anything but JSON's escapes stays."""
    try:
        found = str(json.loads(text))
        found.encode()
        return found
    except ValueError:
        return text[1:-1].replace('\\"', '"')


@cache
def _parser() -> Lark:
    grammar = files("governance.spellings").joinpath("policy.lark").read_text("utf-8")
    return Lark(
        grammar,
        parser="lalr",
        start=["start", "formula"],
        transformer=NodeBuilder(),
        maybe_placeholders=True,
    )


# -- complaints --------------------------------------------------------------------------------

_WORDS = {
    "NAME": "a name", "STRING": "a text in quotes", "INT": "a number", "DURATION": "a duration",
    "$END": "the end", "_IN": "'in'", "_IS": "'is'", "_TO": "'to'", "_OF": "'of'",
    "_LIKE": "'like'", "_SINCE": "'since'", "_WHERE": "'where'", "_WITHIN": "'within'",
    "_COMMA": "','", "_COLON": "':'", "LPAR": "'('", "RPAR": "')'", "LBRACE": "'{'",
    "RBRACE": "'}'", "WHEN": "'when'", "UNLESS": "'unless'",
    "ANYONE": "'anyone'", "ANYTHING": "'anything'", "ANY": "'any'", "OPTIONAL": "'optional'",
    "DOT": "'.'", "VBAR": "'|'", "LESSTHAN": "'<'",
}  # fmt: skip
_STATEMENTS = ("policy", "role", "principal", "label", "enum", "tool", "permit", "forbid", "ask",
               "budget", "claim")  # fmt: skip


def _expectation(accepts: Iterable[str]) -> str:
    expected = set(accepts)
    if "EFFECT" in expected and "_POLICY" in expected:
        rest = {"WHEN": "'when'", "UNLESS": "'unless'", "OPTIONAL": ""}
        words = [w for t, w in rest.items() if t in expected and w]
        if expected & {"RELATION", "PLUS"}:
            words.append("an operator")
        return ", ".join([*words, "a statement"]) if words else "a statement"
    if "BRACE" in expected:
        return "a condition" if "NOT" in expected else "a value"
    words = []
    if "RELATION" in expected:
        words.append("an operator")
        expected -= {"RELATION", "PLUS", "MINUS", "TIMES", "NOT", "_IN", "_LIKE", "_AND", "_OR"}
    if "VIEW" in expected:
        return "a tool"
    words += sorted(_WORDS[e] for e in expected if e in _WORDS)
    if len(words) < 2:
        return words[0] if words else "something else"
    return f"{', '.join(words[:-1])} or {words[-1]}"


def _complaint(source: Source, error: UnexpectedInput) -> PorismError:
    text = source.text
    hint = ""
    if isinstance(error, UnexpectedCharacters):
        at = error.pos_in_stream or 0
        found, accepts = text[at], set(error.allowed or ())
        end = at + 1
        if found == '"':
            return source.error("This text in quotes does not end on its line.", at, end)
        if found.isalpha() or not found.isascii():
            return source.error(
                f"The character '{found}' cannot stand here.",
                at,
                end,
                "Names are ASCII letters, digits and '_'; put others in quotes.",
            )
    elif isinstance(error, UnexpectedToken):
        accepts = set(error.accepts or error.expected)
        if error.token.type == "$END":
            return source.error(
                f"The text ends too early: {_expectation(accepts)} is missing.",
                len(text.rstrip()),
                len(text),
            )
        found, at = str(error.token), error.token.start_pos or 0
        end = at + len(found)
    else:  # pragma: no cover (the LALR parser raises no other)
        raise error
    if "EFFECT" in accepts and found.isidentifier():
        hint = nearest(found, _STATEMENTS)
    if found == "=" and "==" in text[max(0, at - 1) : at + 2]:
        hint = "Equality is written '='."
    if found in ("&", "|", "!"):
        hint = "Write 'and', 'or', 'not'."
    wanted = _expectation(accepts)
    return source.error(f"'{found[:40]}' is unexpected: {wanted} should stand here.", at, end, hint)
