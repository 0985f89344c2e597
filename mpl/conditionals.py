"""``if P then s else t`` explained away: the formulas of a theory do not contain it.

An equation that contains an ``if`` becomes two conditional equations; any other atom A becomes
``(P -> A[s]) and (not P -> A[t])``. Both say the same as what the author wrote.
"""

from __future__ import annotations

from logic.formulas import (
    And,
    Atom,
    Equal,
    Exists,
    Forall,
    Formula,
    Iff,
    Implies,
    Not,
    Or,
    Truth,
    implies,
)
from logic.terms import App, If, Term, Var

CASES_LIMIT = 256
"""How many cases the ``if``s of one atom may make."""


class TooManyCases(Exception):
    """The ``if``s of one atom make more than ``CASES_LIMIT`` cases."""


def without_conditionals(formula: Formula) -> Formula:
    """An equivalent formula without ``if``.

    Raises
    ------
    TooManyCases : the ``if``s of one atom multiply.
    """
    match formula:
        case Atom() | Equal():
            return _explain(formula, [CASES_LIMIT])
        case Truth():
            return formula
        case Not(body):
            return Not(without_conditionals(body))
        case And(a, b) | Or(a, b) | Implies(a, b) | Iff(a, b):
            return type(formula)(without_conditionals(a), without_conditionals(b))
        case Forall(variables, body) | Exists(variables, body):
            return type(formula)(variables, without_conditionals(body))


def conditional_clauses(equation: Equal) -> list[Formula]:
    """``P -> l = s`` and ``not P -> l = t`` for ``l = if P then s else t``, and so on inwards.

    Raises
    ------
    TooManyCases : the ``if``s of the equation multiply.
    """
    clauses: list[Formula] = []
    waiting: list[tuple[list[Formula], Formula]] = [([], equation)]
    while waiting:
        premises, body = waiting.pop()
        found = _first(body)
        if found is None:
            clauses.append(implies(premises, body))
            continue
        if len(waiting) + len(clauses) > CASES_LIMIT:
            raise TooManyCases
        condition = without_conditionals(found.condition)
        waiting.append(([*premises, Not(condition)], _replace(body, found, found.otherwise)))
        waiting.append(([*premises, condition], _replace(body, found, found.then)))
    return clauses


def _explain(atom: Formula, budget: list[int]) -> Formula:
    found = _first(atom)
    if found is None:
        return atom
    budget[0] -= 1
    if budget[0] < 0:
        raise TooManyCases
    condition = without_conditionals(found.condition)
    return And(
        Implies(condition, _explain(_replace(atom, found, found.then), budget)),
        Implies(Not(condition), _explain(_replace(atom, found, found.otherwise), budget)),
    )


def _first(node: Formula | Term) -> If | None:
    """The first ``if`` in an atom, outermost before innermost, left before right."""
    match node:
        case If():
            return node
        case App(_, args) | Atom(_, args):
            for argument in args:
                if found := _first(argument):
                    return found
        case Equal(a, b):
            return _first(a) or _first(b)
    return None


def _replace(atom: Formula, old: If, new: Term) -> Formula:
    """The atom with every occurrence of ``old`` outside of conditions replaced."""

    def visit(term: Term) -> Term:
        if term == old:
            return new
        match term:
            case App(symbol, args, sort) if args:
                return App(symbol, tuple([visit(a) for a in args]), sort)
            case If(condition, then, otherwise):
                return If(condition, visit(then), visit(otherwise))
            case App() | Var():
                return term

    match atom:
        case Atom(predicate, args):
            return Atom(predicate, tuple([visit(a) for a in args]))
        case Equal(a, b):
            return Equal(visit(a), visit(b))
        case _:
            raise AssertionError("only atoms hold terms")
