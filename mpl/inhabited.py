"""Which data types have values."""

from __future__ import annotations

from logic.terms import Sort, substitute_sort
from logic.theory import Signature


def inhabited(signature: Signature, sort: Sort) -> bool:
    """Whether a sort has a value, if every uninterpreted sort and type parameter has one.

    A data type is inhabited if some constructor's arguments are, without a value of the type
    itself to begin with.
    """

    def visit(s: Sort, open_: frozenset[str]) -> bool:
        data = signature.data.get(s.name)
        if data is None or s.parameter:
            return True
        if s.name in open_:
            return False
        binding = {p.name: a for p, a in zip(data.sort.args, s.args, strict=True)}
        return any(
            all(visit(substitute_sort(a, binding), open_ | {s.name}) for a in c.args)
            for c in data.constructors
        )

    return visit(sort, frozenset())
