"""Parts of formulas and places in them, as the exporters need them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

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
    split_forall,
    subterm_at,
)
from logic.terms import App, Var
from proofs.graph import ProofGraph


def leading(formula: Exists) -> tuple[Var, ...]:
    variables: list[Var] = []
    node: Formula = formula
    while isinstance(node, Exists):
        variables += node.vars
        node = node.body
    return tuple(variables)


def conclusion(formula: Formula, premises: int) -> Formula:
    """What stands behind all variables and that many premises."""
    formula = split_forall(formula)[1]
    for _ in range(premises):
        assert isinstance(formula, Implies)
        formula = formula.right
    return formula


def flat_path(formula: Formula, path: Sequence[int]) -> tuple[int, ...]:
    """A path in which every nested quantifier counts; certificates take neighbours as one."""
    result: list[int] = []
    node: Any = formula
    for index in path:
        node = subterm_at(node, [index])
        result.append(index)
        kind = type(subterm_at(formula, result[:-1]))
        while kind in (Forall, Exists) and isinstance(node, kind):
            node = node.body
            result.append(0)
    return tuple(result)


def variable_names(node: Any) -> set[str]:
    """All names of variables, free or bound."""
    match node:
        case Var(name):
            return {name}
        case App(_, args) | Atom(_, args):
            return set().union(*map(variable_names, args))
        case Equal(a, b) | And(a, b) | Or(a, b) | Implies(a, b) | Iff(a, b):
            return variable_names(a) | variable_names(b)
        case Not(body):
            return variable_names(body)
        case Forall(variables, body) | Exists(variables, body):
            return {v.name for v in variables} | variable_names(body)
        case _:
            return set()


def all_variables(graph: ProofGraph) -> dict[str, None]:
    """The names of all variables, in order of occurrence."""
    found: dict[str, None] = {}
    for scope in graph.scopes:
        found.update((v.name, None) for v in scope.vars)
    for theorem in graph.theorems.values():
        found.update(dict.fromkeys(sorted(variable_names(theorem.formula))))
    for step in graph.steps:
        found.update(dict.fromkeys(sorted(variable_names(step.formula) - found.keys())))
        for term in (step.binding or {}).values():
            found.update(dict.fromkeys(sorted(variable_names(term) - found.keys())))
    return found
