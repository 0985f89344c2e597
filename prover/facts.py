"""Facts, and how a formula becomes Horn clauses.

A *Horn fact* is ``forall xs. L1 -> ... -> Lk -> L`` with literals (atoms, equations, denials of
either, ``false``); in an *existential* one, ``exists ys. M1 and ... and Mj`` stands in the place of
L. A formula that is of neither shape is spread into such facts that follow from it; each carries
the natural-deduction steps that derive it. A disjunction that is claimed has no such form; it is
left to the block, which opens a scope for each case.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import product

import msgspec

from logic.formulas import (
    FALSE,
    And,
    Exists,
    Forall,
    Formula,
    Iff,
    Implies,
    Not,
    Or,
    Truth,
    conjuncts,
    exists,
    forall,
    fresh_name,
    implies,
    split_forall,
    split_implies,
    substitute,
    substitute_sorts,
)
from logic.terms import Sort, Term, Var
from prover.fragment import Fragment, Origin
from prover.language import is_literal


class Fact(msgspec.Struct, frozen=True):
    """A Horn fact in some block: where it comes from, and its parts at the sorts it is used at."""

    premise: Origin | int
    """A fact of the root block, or a step of the fragment being written."""
    variables: tuple[Var, ...]
    body: tuple[Formula, ...]
    head: Formula
    sorts: tuple[tuple[str, Sort], ...] = ()
    """How the type parameters of the premise were instantiated."""

    @property
    def formula(self) -> Formula:
        return forall(self.variables, implies(self.body, self.head))


def fact(premise: Origin | int, formula: Formula, sorts: Mapping[str, Sort] | None = None) -> Fact:
    """A Horn formula as a fact, its type parameters instantiated."""
    variables, matrix = split_forall(substitute_sorts(formula, sorts or {}))
    body, head = split_implies(matrix)
    return Fact(premise, variables, tuple(body), head, tuple((sorts or {}).items()))


def is_horn(formula: Formula) -> bool:
    """Whether a formula is a Horn fact as it stands."""
    body, head = split_implies(split_forall(formula)[1])
    return is_literal(head) and _is_body(body)


def is_existential(formula: Formula) -> bool:
    """Whether a formula is an existential fact as it stands."""
    _, matrix = split_forall(formula)
    body, head = split_implies(matrix)
    return (
        isinstance(head, Exists) and all(map(is_literal, conjuncts(head.body))) and _is_body(body)
    )


def is_choice(formula: Formula) -> bool:
    """Whether a formula claims a disjunction under universal quantifiers and premises."""
    return isinstance(split_implies(split_forall(formula)[1])[1], Or)


def _is_body(body: Sequence[Formula]) -> bool:
    return all(is_literal(b) and not isinstance(b, Truth) for b in body)


def horn(
    fragment: Fragment, scope: int, premise: int, formula: Formula
) -> Iterator[tuple[int, Formula]]:
    """Horn and existential facts that follow from a formula, derived in the fragment."""
    if is_horn(formula) or is_existential(formula):
        yield premise, formula
        return
    for clause in _spread(_distinct(formula, fragment.names_in_view(scope))):
        inner = fragment.open(scope, clause.variables, clause.body)
        hypotheses = [
            fragment.add(inner, "hypothesis", (), h, of=inner, index=i)
            for i, h in enumerate(clause.body)
        ]
        last = clause.derive(fragment, inner, premise, hypotheses)
        conclusion = forall(clause.variables, implies(clause.body, clause.head))
        yield (
            fragment.add(scope, "discharge", [last], conclusion, scopes=[inner]),
            conclusion,
        )


# -- spreading -------------------------------------------------------------------------------

_Derive = Callable[[Fragment, int, int, list[int]], int]
"""(fragment, scope, step of the formula, steps of the body) → step of the head."""
Rebuild = Callable[[Fragment, int, Sequence[int], Mapping[str, Term]], int]
"""(fragment, scope, steps of the literals, terms for variables) → step of what they make up."""


class _Clause(msgspec.Struct, frozen=True):
    variables: tuple[Var, ...]
    body: tuple[Formula, ...]
    head: Formula
    derive: _Derive


class Conjunct(msgspec.Struct, frozen=True):
    """One way to show a formula: literals, over variables to be chosen, that make it up."""

    variables: tuple[Var, ...]
    literals: tuple[Formula, ...]
    rebuild: Rebuild


def _spread(formula: Formula) -> Iterator[_Clause]:
    if isinstance(formula, Truth) and formula.value:
        return
    if is_literal(formula):
        yield _Clause((), (), formula, lambda f, s, p, hs: p)
        return
    match formula:
        case Exists() if is_existential(formula):
            yield _Clause((), (), formula, lambda f, s, p, hs: p)
        case Forall(variables, body):
            for c in _spread(body):

                def specialise(f: Fragment, s: int, p: int, hs: list[int], c: _Clause = c) -> int:
                    # The step may state the formula as it was before its variables were renamed.
                    stated = f.formula(p)
                    assert isinstance(stated, Forall)
                    pairs = zip(stated.vars, variables, strict=True)
                    binding = {old.name: new for old, new in pairs}
                    return c.derive(f, s, f.add(s, "instance", [p], body, binding=binding), hs)

                yield _Clause((*variables, *c.variables), c.body, c.head, specialise)
        case Implies(left, right):
            yield from _detach(left, right)
        case Not(body):
            yield from _detach(body, FALSE)
        case And(left, right):
            yield from _project(left, "and_left")
            yield from _project(right, "and_right")
        case Iff(left, right):
            yield from _project(Implies(left, right), "iff_left")
            yield from _project(Implies(right, left), "iff_right")


def _project(part: Formula, rule: str) -> Iterator[_Clause]:
    for c in _spread(part):

        def derive(f: Fragment, s: int, p: int, hs: list[int], c: _Clause = c) -> int:
            return c.derive(f, s, f.add(s, rule, [p], part), hs)

        yield _Clause(c.variables, c.body, c.head, derive)


def _detach(left: Formula, right: Formula) -> Iterator[_Clause]:
    conclusions = list(_spread(right))
    for premise in _premises(left):
        for c in conclusions:
            count = len(premise.literals)

            def derive(
                f: Fragment,
                s: int,
                p: int,
                hs: list[int],
                premise: Conjunct = premise,
                c: _Clause = c,
                count: int = count,
            ) -> int:
                whole = premise.rebuild(f, s, hs[:count], {})
                return c.derive(f, s, f.add(s, "modus_ponens", [p, whole], right), hs[count:])

            yield _Clause(
                (*premise.variables, *c.variables), (*premise.literals, *c.body), c.head, derive
            )


def ways(formula: Formula, taken: Iterable[str] = ()) -> list[Conjunct]:
    """The ways in which a formula follows from literals.

    Its bound variables get names that are distinct and not ``taken`` by variables in view.
    """
    return list(_premises(_distinct(formula, set(taken))))


def _premises(formula: Formula) -> Iterator[Conjunct]:
    if isinstance(formula, Truth):
        return
    if is_literal(formula):
        yield Conjunct((), (formula,), lambda f, s, hs, terms: hs[0])
        return
    match formula:
        case And(left, right):
            for a, b in product(list(_premises(left)), list(_premises(right))):

                def both(
                    f: Fragment,
                    s: int,
                    hs: Sequence[int],
                    terms: Mapping[str, Term],
                    a: Conjunct = a,
                    b: Conjunct = b,
                ) -> int:
                    count = len(a.literals)
                    parts = [a.rebuild(f, s, hs[:count], terms), b.rebuild(f, s, hs[count:], terms)]
                    return f.add(s, "and_intro", parts, substitute(formula, terms))

                yield Conjunct((*a.variables, *b.variables), (*a.literals, *b.literals), both)
        case Or(left, right):
            for part, rule in ((left, "or_left"), (right, "or_right")):
                for a in _premises(part):

                    def either(
                        f: Fragment,
                        s: int,
                        hs: Sequence[int],
                        terms: Mapping[str, Term],
                        a: Conjunct = a,
                        rule: str = rule,
                    ) -> int:
                        last = a.rebuild(f, s, hs, terms)
                        return f.add(s, rule, [last], substitute(formula, terms))

                    yield Conjunct(a.variables, a.literals, either)
        case Exists(variables, body):
            for a in _premises(body):

                def witness(
                    f: Fragment,
                    s: int,
                    hs: Sequence[int],
                    terms: Mapping[str, Term],
                    a: Conjunct = a,
                ) -> int:
                    chosen = {v.name: terms.get(v.name, v) for v in variables}
                    last = a.rebuild(f, s, hs, terms)
                    return f.add(
                        s, "exists_intro", [last], substitute(formula, terms), binding=chosen
                    )

                yield Conjunct((*variables, *a.variables), a.literals, witness)


def _distinct(formula: Formula, used: set[str]) -> Formula:
    """Rename bound variables so that no two binders share a name."""
    match formula:
        case Forall(variables, body) | Exists(variables, body):
            renamed = []
            binding = {}
            for v in variables:
                name = fresh_name(v.name, used)
                used.add(name)
                renamed.append(Var(name, v.sort))
                if name != v.name:
                    binding[v.name] = renamed[-1]
            inner = _distinct(substitute(body, binding), used)
            quantify = forall if isinstance(formula, Forall) else exists
            return quantify(renamed, inner)
        case Not(body):
            return Not(_distinct(body, used))
        case And(a, b) | Or(a, b) | Implies(a, b) | Iff(a, b):
            return type(formula)(_distinct(a, used), _distinct(b, used))
        case _:
            return formula
