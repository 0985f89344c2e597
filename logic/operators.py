"""The operators of formulas and terms: spellings, precedences, associativity.

One table for whoever reads or prints formulas. The grammar of MPL states the same levels in its
own form (a test holds the two together), and so does the certificate's definition
(``docs/certificate.md``).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal, NamedTuple

Associativity = Literal["left", "right", "none"]


class Operator(NamedTuple):
    """How an infix operator binds: a higher ``level`` binds tighter."""

    level: int
    associates: Associativity


# Levels, loosest first.
QUANTIFIER, IFF, IMPLIES, OR, AND, NOT, RELATION, SUM, PRODUCT, POWER, PRIMARY = range(11)

CONNECTIVES: dict[str, Operator] = {
    "<->": Operator(IFF, "none"),
    "->": Operator(IMPLIES, "right"),
    "or": Operator(OR, "right"),
    "and": Operator(AND, "right"),
}

FUNCTIONS: dict[str, Operator] = {
    **{symbol: Operator(SUM, "left") for symbol in ("+", "-", "++", "\\/", "/\\", "@")},
    **{symbol: Operator(PRODUCT, "left") for symbol in ("*", "/")},
    "^": Operator(POWER, "right"),
}
"""The operators that can name functions; every other operator symbol is a relation."""

RESERVED = frozenset({"=", "!=", "->", "<->", ":=", ":", "!", "&", "=>", "<=>"})
"""Operator symbols that no theory can declare."""

WORDS = frozenset({"forall", "exists", "and", "or", "not", "true", "false", "if", "then", "else"})
"""Words of the formula language: they cannot be names."""

CHARACTERS = "+-*/\\^<>=!&|~@%:?"
"""What operator symbols are made of, in ASCII."""

UNICODE: dict[str, str] = {
    "forall": "∀",
    "exists": "∃",
    "->": "→",
    "<->": "↔",
    "or": "∨",
    "and": "∧",
    "not": "¬",
    "!=": "≠",
    "<=": "≤",
    ">=": "≥",
    "in": "∈",
    "\\/": "∪",
    "/\\": "∩",
    "@": "∘",
    "*": "·",
}
"""The Unicode spelling of what has one."""

ASCII: dict[str, str] = {mark: spelling for spelling, mark in UNICODE.items()} | {"×": "*"}
"""The ASCII spelling of every accepted Unicode mark."""

_SYMBOL = re.compile(f"[{re.escape(CHARACTERS)}]+")


@lru_cache(maxsize=1024)
def is_operator(name: str) -> bool:
    """Whether a name is an operator symbol, written infix, or in parentheses as a name."""
    return _SYMBOL.fullmatch(name) is not None


def mixed(inner: str, outer: str) -> bool:
    """Whether two operators of one level, such as ``/\\`` and ``\\/``, have no order that readers
    know: then parentheses show it."""
    if inner == outer or {inner, outer} in ({"+", "-"}, {"*", "/"}):
        return False
    return is_operator(inner) and infix(inner).level == infix(outer).level


def infix(name: str) -> Operator:
    """How an operator symbol binds: as a function of the table, else as a relation."""
    return FUNCTIONS.get(name, Operator(RELATION, "none"))
