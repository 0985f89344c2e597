"""Sorts of one element: what ``x = y``, a fact about all x and y, is worth as a rule.

It has every equation of the sort as an instance. As a rule it has no direction; at a constant c it
says ``x = c``, which turns every greater term of the sort into c.
"""

from __future__ import annotations

from logic.formulas import Equal, Formula, forall
from logic.terms import Term, Var
from prover.facts import Fact
from prover.fragment import Fragment
from prover.language import Language
from prover.steps import premise_id


def _sides(known: Fact) -> tuple[Var, Var] | None:
    """The variables of a fact that says that all things of a sort are equal, and nothing else."""
    match known:
        case Fact(body=(), head=Equal(Var() as x, Var() as y)) if set(known.variables) == {x, y}:
            return None if x == y else (x, y)
    return None


def instance(known: Fact, goal: Equal) -> dict[str, Term] | None:
    """The values at which such a fact says that the sides of an equation are equal."""
    sides = _sides(known)
    if sides is None or sides[0].sort != goal.left.sort:
        return None
    terms = {sides[0].name: goal.left, sides[1].name: goal.right}
    return {v.name: terms[v.name] for v in known.variables}


def singleton(language: Language, new: Fact) -> tuple[Formula, Fragment] | None:
    """``x = c`` with its derivation, if a fact says that a sort has one element, and c is in it."""
    sides = _sides(new)
    if sides is None or new.sorts:
        return None
    x, y = sides
    constant = language.some_term(x.sort, {})
    if constant is None:
        return None
    value = language.decode(constant, {})
    fragment = Fragment()
    scope = fragment.open(0, [x], ())
    binding: dict[str, Term] = {v.name: value if v == y else x for v in new.variables}
    premise = premise_id(fragment, new.premise)
    claim = Equal(x, value)
    step = fragment.add(scope, "instance", [premise], claim, binding=binding)
    law = forall([x], claim)
    fragment.add(0, "discharge", [step], law, scopes=[scope])
    return law, fragment
