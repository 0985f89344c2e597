"""Sort inference: unknown sorts and their unification.

An unknown is a :class:`~logic.terms.Sort` whose name begins with ``?``; no declared sort can.
Its second character says where it came from, and which of two unknowns represents both: an
instance of a type parameter (``i``) before a numeral or list (``n``), before a core binder
(``c``), before a surface binder (``b``). What is left at the end is decided by the representative.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from logic.terms import Sort, substitute_sort

Origin = Literal["i", "n", "c", "b"]
_RANK = "incb"


def is_unknown(sort: Sort) -> bool:
    return sort.name[0] == "?"


class Unifier:
    """Unknown sorts of one formula and what is known about them."""

    def __init__(self) -> None:
        self._known: dict[str, Sort] = {}
        self._count = 0

    def unknown(self, origin: Origin) -> Sort:
        """A new unknown."""
        self._count += 1
        return Sort(f"?{origin}{self._count}", parameter=True)

    def instance(self, sorts: Iterable[Sort]) -> dict[str, Sort]:
        """A binding of the type parameters in ``sorts`` to new unknowns."""
        return {name: self.unknown("i") for name in parameters(sorts)}

    def head(self, sort: Sort) -> Sort:
        """The sort with its outermost unknown replaced by what is known of it."""
        while sort.name in self._known and sort.parameter:
            sort = self._known[sort.name]
        return sort

    def resolve(self, sort: Sort) -> Sort:
        """The sort with all unknowns replaced by what is known of them."""
        sort = self.head(sort)
        if not sort.args:
            return sort
        return Sort(sort.name, tuple(self.resolve(a) for a in sort.args))

    def unify(self, a: Sort, b: Sort) -> bool:
        """Learn that two sorts are the same; false if they cannot be."""
        a, b = self.head(a), self.head(b)
        if a == b:
            return True
        if is_unknown(a) and is_unknown(b):
            if _RANK.index(a.name[1]) < _RANK.index(b.name[1]):
                a, b = b, a
            self._known[a.name] = b
            return True
        if is_unknown(b):
            a, b = b, a
        if is_unknown(a):
            if a.name in parameters([self.resolve(b)]):
                return False
            self._known[a.name] = b
            return True
        if (a.name, a.parameter, len(a.args)) != (b.name, b.parameter, len(b.args)):
            return False
        return all(self.unify(x, y) for x, y in zip(a.args, b.args, strict=True))

    def shown(self, sort: Sort) -> str:
        """The sort for a message; what is not known is ``_``."""
        resolved = self.resolve(sort)
        unknowns = {n: Sort("_") for n in parameters([resolved]) if n[0] == "?"}
        return str(substitute_sort(resolved, unknowns))


def parameters(sorts: Iterable[Sort]) -> list[str]:
    """The type parameters (and unknowns) in some sorts, in order of first occurrence."""
    found: dict[str, None] = {}

    def visit(sort: Sort) -> None:
        if sort.parameter:
            found[sort.name] = None
        for argument in sort.args:
            visit(argument)

    for sort in sorts:
        visit(sort)
    return list(found)
