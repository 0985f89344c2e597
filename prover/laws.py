"""Laws that tell models apart: commutative, idempotent, associative, distributive, transitive, ...

A survey of a theory's models looks for one in which each of them fails, for terms that differ in
the theory should differ in some model.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import msgspec

from logic.formulas import (
    And,
    Atom,
    Equal,
    Formula,
    Implies,
    Not,
    Or,
)
from logic.terms import App, Sort, Term, Var
from logic.theory import Function, Predicate, Signature


class _Law(msgspec.Struct, frozen=True):
    """A formula that some theories entail; ``reach`` is a size at which it is worth trying too."""

    formula: Formula
    reach: int = 0


def survey(
    signature: Signature, upto: int
) -> Iterator[tuple[dict[str, int], list[Formula | None]]]:
    """Sizes, smallest first, each with the laws to refute there; None asks for any model."""
    laws = list(_laws(signature))
    sorts = list(signature.sorts)
    every = sorted(
        itertools.product(range(1, upto + 1), repeat=len(sorts)), key=lambda s: (max(s), sum(s), s)
    )
    for sizes in every[:16]:
        yield dict(zip(sorts, sizes, strict=True)), [None, *(law.formula for law in laws)]
    for reach in sorted({law.reach for law in laws if law.reach > upto}):
        wanted: list[Formula | None] = [law.formula for law in laws if law.reach == reach]
        yield dict.fromkeys(sorts, reach), wanted


def _laws(signature: Signature) -> Iterator[_Law]:
    """Common laws for every symbol, and every pair of symbols, that they make sense for."""
    functions = list(signature.functions.values())
    constants = [App(f.name, (), f.result) for f in functions if not f.args]
    unary = [f for f in functions if f.args == (f.result,)]
    binary = [f for f in functions if f.args == (f.result, f.result)]
    for a, b in itertools.combinations(constants, 2):
        if a.sort == b.sort:
            yield _Law(Equal(a, b))
    for f in functions:
        if f.args:
            left = [Var(f"x{i}", s) for i, s in enumerate(f.args)]
            right = [Var(f"y{i}", s) for i, s in enumerate(f.args)]
            op = _operator(f)
            yield _Law(Equal(op(*left), op(*right)))
    for f in unary:
        yield from map(_Law, _unary_laws(f))
    for f in binary:
        yield from _binary_laws(f)
        x, y, z, *_ = _variables(f.result)
        op = _operator(f)
        for c in constants:
            if c.sort == f.result:
                yield from map(_Law, _equations((op(c, x), x), (op(x, c), x), (op(x, x), c)))
                yield from map(_Law, _equations((op(c, x), c), (op(x, c), c)))
        for g in unary:
            if g.result == f.result:
                to = _operator(g)
                yield _Law(Equal(to(op(x, y)), op(to(x), to(y))))
        for g in binary:
            if g.result == f.result and g != f:
                other = _operator(g)
                yield _Law(Equal(op(x, other(x, y)), x), reach=5)
                yield _Law(Equal(op(x, other(y, z)), other(op(x, y), op(x, z))), reach=5)
    for p in signature.predicates.values():
        yield from map(_Law, _predicate_laws(p))


def _unary_laws(f: Function) -> Iterator[Formula]:
    x, y, *_ = _variables(f.result)
    to = _operator(f)
    yield from _equations((to(x), x), (to(to(x)), x), (to(to(x)), to(x)))
    yield Implies(Equal(to(x), to(y)), Equal(x, y))


def _binary_laws(f: Function) -> Iterator[_Law]:
    x, y, z, *_ = _variables(f.result)
    op = _operator(f)
    yield _Law(Equal(op(x, y), op(y, x)), reach=6)
    yield from map(
        _Law,
        _equations(
            (op(x, x), x),
            (op(op(x, y), z), op(x, op(y, z))),
            (op(x, y), x),
            (op(x, y), y),
            (op(x, x), op(y, y)),
        ),
    )
    yield _Law(Implies(Equal(op(x, y), op(x, z)), Equal(y, z)))
    yield _Law(Implies(Equal(op(x, z), op(y, z)), Equal(x, y)))


def _predicate_laws(p: Predicate) -> Iterator[Formula]:
    places = tuple(Var(f"x{i}", s) for i, s in enumerate(p.args))
    yield Atom(p.name, places)
    yield Not(Atom(p.name, places))
    if len(p.args) == 2 and p.args[0] == p.args[1]:
        x, y, z, *_ = _variables(p.args[0])

        def related(a: Term, b: Term) -> Formula:
            return Atom(p.name, (a, b))

        yield related(x, x)
        yield Not(related(x, x))
        yield Implies(related(x, y), related(y, x))
        yield Implies(And(related(x, y), related(y, x)), Equal(x, y))
        yield Implies(And(related(x, y), related(y, z)), related(x, z))
        yield Or(related(x, y), related(y, x))


def _variables(sort: Sort) -> list[Var]:
    return [Var(name, sort) for name in "xyz"]


def _operator(f: Function) -> Callable[..., App]:
    """``f`` as a function from terms to a term."""
    return lambda *args: App(f.name, args, f.result)


def _equations(*sides: tuple[Term, Term]) -> Iterator[Formula]:
    return (Equal(left, right) for left, right in sides)
