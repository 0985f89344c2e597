"""History operators: what a condition may ask about the past.

Each is a :class:`Monitor`, a function symbol of the conditions: applied to terms about the request
(its *keys*) it is a number or a truth value that the past determines. The past is the sequence of
events before the current request, which is not part of it. Each operator says which events it
counts: those ``attempted`` (asked for, whatever was decided), ``permitted``, or ``completed``.

=============================  ==============================================================
``once E within D``            an event like E happened, at most D ago
``previous E``                 the last event of that view was like E
``no F since E within D``      E happened (at most D ago), and after the last E no F
``count(E within D)``          how many
``sum(x of E within D)``       the total of x
``distinct(x of E within D)``  how many different values of x
=============================  ==============================================================

The pattern E may ask that its terms equal terms of the current request (``to = request.to``): these
are the keys, so that an event costs constant work however long the past is.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

from governance.sorts import BOOL, INT, is_constant
from logic.formulas import TRUE, And, Atom, Equal, Formula, Not, Or
from logic.terms import App, If, Sort, Term

View: TypeAlias = Literal["attempted", "permitted", "completed"]
VIEWS: tuple[View, ...] = ("attempted", "permitted", "completed")

Operation: TypeAlias = Literal["once", "previous", "since", "count", "sum", "distinct"]


class Pattern(msgspec.Struct, frozen=True):
    """Which events an operator looks at.

    ``tools`` may be empty for any. ``guard`` and ``keys`` speak of the event as a rule's condition
    speaks of the request.
    """

    view: View
    tools: tuple[str, ...]
    guard: Formula = TRUE
    keys: tuple[Term, ...] = ()


class Monitor(msgspec.Struct, frozen=True):
    """One history operator; ``name`` is its spelling, and its symbol in conditions.

    ``field`` is what a sum or a distinct count looks at, ``window`` is in milliseconds, and
    ``breaking`` is the F of ``no F since E``.
    """

    name: str
    operation: Operation
    pattern: Pattern
    field: Term | None = None
    window: int | None = None
    breaking: Pattern | None = None

    @property
    def sort(self) -> Sort:
        """The sort of its value."""
        if self.operation == "sum" and self.field is not None:
            return self.field.sort
        return INT if self.operation in ("count", "distinct") else BOOL

    @property
    def patterns(self) -> tuple[Pattern, ...]:
        """E, and F where there is one."""
        return (self.pattern,) if self.breaking is None else (self.pattern, self.breaking)


def operators(formula: Formula) -> list[str]:
    """The history operators that a condition mentions, in order."""
    found: dict[str, None] = {}

    def visit(node: Formula | Term) -> None:
        match node:
            case And(a, b) | Or(a, b) | Equal(a, b):
                visit(a)
                visit(b)
            case Not(body):
                visit(body)
            case If(condition, then, otherwise):
                visit(condition)
                visit(then)
                visit(otherwise)
            case Atom(name, args):
                if name.startswith(("once ", "previous ", "no ")):
                    found[name] = None
                for a in args:
                    visit(a)
            case App(name, args):
                if not is_constant(node) and "(" in name:
                    found[name] = None
                for a in args:
                    visit(a)

    visit(formula)
    return list(found)
