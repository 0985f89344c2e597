"""Which data types have values."""

from __future__ import annotations

from logic.terms import Sort, substitute_sort
from logic.theory import Signature

_STEPS = 2_000
_NESTING = 60


def inhabited(signature: Signature, sort: Sort) -> bool:
    """Whether a sort has a value, if every uninterpreted sort and type parameter has one.

    A data type is inhabited if some constructor's arguments are, without a value of the type
    itself to begin with. A type whose search for a value takes thousands of steps counts as
    having none.
    """
    steps = _STEPS

    def visit(s: Sort, open_: frozenset[str]) -> bool:
        nonlocal steps
        steps -= 1
        data = signature.data.get(s.name)
        if data is None or s.parameter:
            return True
        if s.name in open_ or steps < 0 or len(open_) > _NESTING:
            return False
        if open_ and not _mentions(s, sort.name):
            return True  # declared earlier, and found inhabited then
        binding = {p.name: a for p, a in zip(data.sort.args, s.args, strict=True)}
        return any(
            all(visit(substitute_sort(a, binding), open_ | {s.name}) for a in c.args)
            for c in data.constructors
        )

    return visit(sort, frozenset())


def _mentions(sort: Sort, name: str) -> bool:
    return sort.name == name or any(_mentions(a, name) for a in sort.args)
