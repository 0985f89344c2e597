"""Names for other systems: each name of a theory becomes one identifier, no two the same.

What a name may look like differs from system to system, so all are brought to the common part:
ASCII letters, digits, ``_`` and ``'``, beginning with a letter. A name that already has that form,
and is not a word of the system, is kept. Whatever else a certificate calls its symbols, the
identifier is short and inert.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from logic import operators as op

LONGEST = 60
"""Characters of an identifier; what is longer is cut."""

OPERATORS: dict[str, str] = {
    "+": "add",
    "-": "sub",
    "*": "mul",
    "/": "div",
    "^": "pow",
    "++": "append",
    "@": "compose",
    "/\\": "meet",
    "\\/": "join",
    "<=": "le",
    "<": "lt",
    ">=": "ge",
    ">": "gt",
}
"""The names of operators that have a usual one."""

_CHARACTERS = {
    "+": "plus",
    "-": "minus",
    "*": "star",
    "/": "slash",
    "\\": "backslash",
    "^": "hat",
    "<": "less",
    ">": "greater",
    "=": "equal",
    "!": "bang",
    "&": "and",
    "|": "bar",
    "~": "tilde",
    "@": "at",
    "%": "percent",
    ":": "colon",
    "?": "query",
}


def identifier(name: str) -> str:
    """A name as letters, digits, ``_`` and ``'``.

    Examples
    --------
    >>> identifier("add_zero"), identifier("<="), identifier("<=>"), identifier("2nd law")
    ('add_zero', 'le', 'less_equal_greater', 'x2nd_law')
    """
    if op.is_operator(name):
        name = OPERATORS.get(name) or "_".join(_CHARACTERS[c] for c in name[:6])
    name = re.sub(r"[^A-Za-z0-9_']", "_", name[:LONGEST])
    return name if re.match("[A-Za-z]", name) else f"x{name}"


class Names:
    """Gives out identifiers; ``reserved`` are those that the system has for itself."""

    def __init__(self, reserved: Iterable[str]) -> None:
        self._reserved = frozenset(reserved)
        self._taken = set(self._reserved)
        self._given: dict[tuple[str, str], str] = {}

    def __getitem__(self, key: tuple[str, str]) -> str:
        """The identifier for a name of a kind, the same each time."""
        found = self._given.get(key)
        if found is None:
            found = self._given[key] = self.fresh(identifier(key[1]))
        return found

    def give(self, key: tuple[str, str], wish: str) -> str:
        """The identifier for a name, made from another one."""
        if key not in self._given:
            self._given[key] = self.fresh(identifier(wish))
        return self._given[key]

    def __contains__(self, identifier: str) -> bool:
        return identifier in self._taken

    def fresh(self, stem: str) -> str:
        """``stem``, or ``stem`` with ``_`` or a number, and taken from now on."""
        stem = f"{stem}_" if stem in self._reserved else stem
        name, number = stem, 1
        while name in self._taken:
            number += 1
            name = f"{stem}_{number}"
        self._taken.add(name)
        return name
