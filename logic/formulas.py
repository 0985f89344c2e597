"""Formulas of many-sorted first-order logic with equality.

The connectives are binary; ``and``, ``or`` and ``->`` associate to the right. A quantifier binds
one or more variables. All operations respect binding: substitution renames bound variables
rather than capture.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

import msgspec

from logic.terms import App, If, Sort, Term, Var, substitute_sort


class Atom(msgspec.Struct, frozen=True):
    """A predicate symbol applied to its arguments."""

    predicate: str
    args: tuple[Term, ...]


class Equal(msgspec.Struct, frozen=True):
    """``left = right``, both of one sort."""

    left: Term
    right: Term


class Truth(msgspec.Struct, frozen=True):
    """``true`` or ``false``."""

    value: bool


class Not(msgspec.Struct, frozen=True):
    body: Formula


class And(msgspec.Struct, frozen=True):
    left: Formula
    right: Formula


class Or(msgspec.Struct, frozen=True):
    left: Formula
    right: Formula


class Implies(msgspec.Struct, frozen=True):
    left: Formula
    right: Formula


class Iff(msgspec.Struct, frozen=True):
    left: Formula
    right: Formula


class Forall(msgspec.Struct, frozen=True):
    vars: tuple[Var, ...]
    body: Formula


class Exists(msgspec.Struct, frozen=True):
    vars: tuple[Var, ...]
    body: Formula


Formula: TypeAlias = Atom | Equal | Truth | Not | And | Or | Implies | Iff | Forall | Exists

TRUE = Truth(True)
FALSE = Truth(False)


# -- building --------------------------------------------------------------------------------


def forall(variables: Sequence[Var], body: Formula) -> Formula:
    """Quantify, merging with a quantifier below and dropping an empty one."""
    if not variables:
        return body
    if isinstance(body, Forall):
        return Forall((*_unhidden(variables, body), *body.vars), body.body)
    return Forall(tuple(variables), body)


def exists(variables: Sequence[Var], body: Formula) -> Formula:
    """Quantify, merging with a quantifier below and dropping an empty one."""
    if not variables:
        return body
    if isinstance(body, Exists):
        return Exists((*_unhidden(variables, body), *body.vars), body.body)
    return Exists(tuple(variables), body)


def _unhidden(variables: Sequence[Var], below: Forall | Exists) -> Iterator[Var]:
    """Variables that a quantifier below does not hide; one that it does gets another name."""
    inner = {v.name for v in below.vars}
    if not inner & {v.name for v in variables}:
        yield from variables
        return
    taken = inner | {v.name for v in (*variables, *free_variables(below.body))}
    for v in variables:
        name = fresh_name(v.name, taken) if v.name in inner else v.name
        taken.add(name)
        yield Var(name, v.sort)


def implies(premises: Sequence[Formula], conclusion: Formula) -> Formula:
    """``P1 -> P2 -> ... -> conclusion``."""
    for premise in reversed(premises):
        conclusion = Implies(premise, conclusion)
    return conclusion


def conjunction(parts: Sequence[Formula]) -> Formula:
    """The parts joined by ``and``; ``true`` if there is none."""
    if not parts:
        return TRUE
    result = parts[-1]
    for part in reversed(parts[:-1]):
        result = And(part, result)
    return result


def close(formula: Formula) -> Formula:
    """Quantify all free variables universally, in order of first occurrence."""
    return forall(free_variables(formula), formula)


# -- taking apart ----------------------------------------------------------------------------


def split_forall(formula: Formula) -> tuple[tuple[Var, ...], Formula]:
    """The variables of the leading universal quantifiers, and what they govern."""
    if not isinstance(formula, Forall):
        return (), formula
    if isinstance(formula.body, Forall):
        variables, matrix = split_forall(formula.body)
        merged = forall(formula.vars, Forall(variables, matrix))
        assert isinstance(merged, Forall)
        return merged.vars, merged.body
    return formula.vars, formula.body


def split_implies(formula: Formula) -> tuple[list[Formula], Formula]:
    """The premises of nested implications, and the last conclusion."""
    premises = []
    while isinstance(formula, Implies):
        premises.append(formula.left)
        formula = formula.right
    return premises, formula


def conjuncts(formula: Formula) -> list[Formula]:
    """The parts of nested conjunctions, left to right."""
    if isinstance(formula, And):
        return conjuncts(formula.left) + conjuncts(formula.right)
    return [formula]


def free_variables(*formulas: Formula | Term) -> list[Var]:
    """Free variables in order of first occurrence."""
    found: dict[str, Var] = {}

    def visit(node: Formula | Term, bound: frozenset[str]) -> None:
        match node:
            case Var(name):
                if name not in bound:
                    found.setdefault(name, node)
            case App(_, args) | Atom(_, args):
                for a in args:
                    visit(a, bound)
            case If(c, t, e):
                visit(c, bound)
                visit(t, bound)
                visit(e, bound)
            case Equal(a, b):
                visit(a, bound)
                visit(b, bound)
            case Not(body):
                visit(body, bound)
            case And(a, b) | Or(a, b) | Implies(a, b) | Iff(a, b):
                visit(a, bound)
                visit(b, bound)
            case Forall(variables, body) | Exists(variables, body):
                visit(body, bound | {v.name for v in variables})
            case Truth():
                pass

    for formula in formulas:
        visit(formula, frozenset())
    return list(found.values())


def symbols(formula: Formula | Term) -> set[str]:
    """The function and predicate symbols that occur."""
    match formula:
        case Var() | Truth():
            return set()
        case App(name, args) | Atom(name, args):
            return {name}.union(*map(symbols, args))
        case If(c, t, e):
            return symbols(c) | symbols(t) | symbols(e)
        case Equal(a, b) | And(a, b) | Or(a, b) | Implies(a, b) | Iff(a, b):
            return symbols(a) | symbols(b)
        case Not(body) | Forall(_, body) | Exists(_, body):
            return symbols(body)


# -- substitution ----------------------------------------------------------------------------


def fresh_name(name: str, taken: Iterable[str]) -> str:
    """``name``, or ``name`` with primes or a number so that it is not taken."""
    used = set(taken)
    if name not in used:
        return name
    stem = name.rstrip("0123456789'_") or name
    number = 1
    while f"{stem}{number}" in used:
        number += 1
    return f"{stem}{number}"


def substitute_term(term: Term, binding: Mapping[str, Term]) -> Term:
    """Replace free variables by name."""
    match term:
        case Var(name):
            return binding.get(name, term)
        case App(symbol, args, sort):
            if not args:
                return term
            return App(symbol, tuple(substitute_term(a, binding) for a in args), sort)
        case If(c, t, e):
            return If(
                substitute(c, binding), substitute_term(t, binding), substitute_term(e, binding)
            )


def substitute(formula: Formula, binding: Mapping[str, Term]) -> Formula:
    """Replace free variables by name; bound variables are renamed where they would capture."""
    match formula:
        case Atom(predicate, args):
            return Atom(predicate, tuple(substitute_term(a, binding) for a in args))
        case Equal(a, b):
            return Equal(substitute_term(a, binding), substitute_term(b, binding))
        case Truth():
            return formula
        case Not(body):
            return Not(substitute(body, binding))
        case And(a, b) | Or(a, b) | Implies(a, b) | Iff(a, b):
            return type(formula)(substitute(a, binding), substitute(b, binding))
        case Forall(variables, body) | Exists(variables, body):
            inner = {k: t for k, t in binding.items() if k not in {v.name for v in variables}}
            if not inner:
                return formula
            danger = {v.name for t in inner.values() for v in free_variables(t)}
            if danger & {v.name for v in variables}:
                taken = danger | {v.name for v in free_variables(body)}
                renamed = []
                for v in variables:
                    name = fresh_name(v.name, taken)
                    taken.add(name)
                    renamed.append(Var(name, v.sort))
                    if name != v.name:
                        inner[v.name] = renamed[-1]
                variables = tuple(renamed)
            return type(formula)(variables, substitute(body, inner))


def substitute_sorts(node: Formula, binding: Mapping[str, Sort]) -> Formula:
    """Replace type parameters by sorts throughout a formula."""

    def term(t: Term) -> Term:
        match t:
            case Var(name, sort):
                return Var(name, substitute_sort(sort, binding))
            case App(symbol, args, sort):
                return App(symbol, tuple(map(term, args)), substitute_sort(sort, binding))
            case If(c, a, b):
                return If(formula(c), term(a), term(b))

    def formula(f: Formula) -> Formula:
        match f:
            case Atom(predicate, args):
                return Atom(predicate, tuple(map(term, args)))
            case Equal(a, b):
                return Equal(term(a), term(b))
            case Truth():
                return f
            case Not(body):
                return Not(formula(body))
            case And(a, b) | Or(a, b) | Implies(a, b) | Iff(a, b):
                return type(f)(formula(a), formula(b))
            case Forall(variables, body) | Exists(variables, body):
                bound = tuple(Var(v.name, substitute_sort(v.sort, binding)) for v in variables)
                return type(f)(bound, formula(body))

    return formula(node) if binding else node


def alpha_equal(a: Formula, b: Formula) -> bool:
    """Equality up to the names of bound variables."""
    return canonical(a) == canonical(b)


def canonical(formula: Formula) -> Formula:
    """Rename bound variables to ``_0, _1, ...`` in the order in which they are bound."""

    def visit(f: Formula, names: Mapping[str, Term], depth: int) -> Formula:
        match f:
            case Forall(variables, body) | Exists(variables, body):
                fresh = tuple(Var(f"_{depth + i}", v.sort) for i, v in enumerate(variables))
                inner = {**names, **{v.name: w for v, w in zip(variables, fresh, strict=True)}}
                return type(f)(fresh, visit(body, inner, depth + len(fresh)))
            case Not(body):
                return Not(visit(body, names, depth))
            case And(a, b) | Or(a, b) | Implies(a, b) | Iff(a, b):
                return type(f)(visit(a, names, depth), visit(b, names, depth))
            case _:
                return substitute(f, names)

    return visit(formula, {}, 0)


def negate(formula: Formula) -> Formula:
    """The negation, pushed inwards through the connectives but not into quantifiers."""
    match formula:
        case Not(body):
            return body
        case Truth(value):
            return Truth(not value)
        case And(a, b):
            return Or(negate(a), negate(b))
        case Or(a, b):
            return And(negate(a), negate(b))
        case Implies(a, b):
            return And(a, negate(b))
        case _:
            return Not(formula)


# -- positions -------------------------------------------------------------------------------


def children(node: Formula | Term) -> tuple[Formula | Term, ...]:
    """The parts that a path counts: arguments, sides, bodies (conditions of ``if`` excluded)."""
    match node:
        case App(_, args) | Atom(_, args):
            return args
        case Equal(a, b) | And(a, b) | Or(a, b) | Implies(a, b) | Iff(a, b):
            return (a, b)
        case Not(body) | Forall(_, body) | Exists(_, body):
            return (body,)
        case _:
            return ()


def subterm_at(node: Formula | Term, path: Sequence[int]) -> Formula | Term:
    """What stands at a path of child numbers."""
    for index in path:
        node = children(node)[index]
    return node


def replace_at(node: Formula | Term, path: Sequence[int], new: Formula | Term) -> Formula | Term:
    """The formula or term with what stands at a path replaced."""
    if not path:
        return new
    parts = list(children(node))
    parts[path[0]] = replace_at(parts[path[0]], path[1:], new)
    match node:
        case App(symbol, _, sort):
            return App(symbol, tuple(parts), sort)  # type: ignore[arg-type]
        case Atom(predicate, _):
            return Atom(predicate, tuple(parts))  # type: ignore[arg-type]
        case Forall(variables, _) | Exists(variables, _):
            return type(node)(variables, parts[0])  # type: ignore[arg-type]
        case _:
            return type(node)(*parts)  # type: ignore[arg-type]
