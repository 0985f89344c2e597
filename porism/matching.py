"""Are two formulas the same theorem?

They are when they differ at most in the names of their variables, the order of quantifiers of one
kind, the direction of equations, the order of premises, and whether premises are joined by ``and``
or follow each other as implications. All of these keep the meaning, and none needs a proof.

The test pairs the variables of the two formulas off one by one and backtracks where an equation
or a premise can be laid on another in more than one way.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from typing import TypeAlias

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
    conjuncts,
    split_implies,
    substitute,
)
from logic.terms import App, If, Sort, Term, Var

# Names of one formula to names of the other, both ways: an extension is a new pair of dicts, so
# that a branch that fails leaves nothing to undo.
_Pairs: TypeAlias = tuple[dict[str, str], dict[str, str]]
_Node: TypeAlias = "Formula | Term"

_MOST_WAYS = 100_000
"""How many pairings are looked at before two formulas count as different.

Formulas that people write need a few dozen; without a bound, a long conjunction of equations that
look alike would be tried in every order.
"""


def same(a: Formula, b: Formula) -> bool:
    """Whether two closed formulas state the same theorem."""
    ways = _Pairing().formulas(_apart(a), _apart(b), ({}, {}))
    return next(ways, None) is not None


class _Pairing:
    def __init__(self) -> None:
        self.ways = _MOST_WAYS

    def formulas(self, a: Formula, b: Formula, pairs: _Pairs) -> Iterator[_Pairs]:
        """Every extension of the pairing that makes the formulas the same."""
        self.ways -= 1
        if self.ways < 0:
            return
        match a, b:
            case (Forall() | Exists(), Forall() | Exists()):
                if type(a) is type(b):
                    xs, inner_a = _block(a)
                    ys, inner_b = _block(b)
                    if len(xs) == len(ys):
                        yield from self.bodies(xs, inner_a, ys, inner_b, pairs)
            case Implies(), Implies():
                hypotheses_a, conclusion_a = split_implies(a)
                hypotheses_b, conclusion_b = split_implies(b)
                premises_a = [p for h in hypotheses_a for p in conjuncts(h)]
                premises_b = [p for h in hypotheses_b for p in conjuncts(h)]
                if len(premises_a) == len(premises_b):
                    for extended in self.formulas(conclusion_a, conclusion_b, pairs):
                        yield from self.any_order(premises_a, premises_b, extended)
            case Equal(s, t), Equal(u, v):
                yield from self.all([s, t], [u, v], pairs)
                yield from self.all([s, t], [v, u], pairs)
            case Atom(p, args), Atom(q, others):
                if p == q and len(args) == len(others):
                    yield from self.all(args, others, pairs)
            case Not(body), Not(other):
                yield from self.formulas(body, other, pairs)
            case (And(s, t), And(u, v)) | (Or(s, t), Or(u, v)) | (Iff(s, t), Iff(u, v)):
                yield from self.all([s, t], [u, v], pairs)
            case Truth(value), Truth(other_value):
                if value == other_value:
                    yield pairs

    def bodies(
        self, xs: Sequence[Var], a: Formula, ys: Sequence[Var], b: Formula, pairs: _Pairs
    ) -> Iterator[_Pairs]:
        """Pair the variables of two quantifiers by what their bodies demand."""
        ours, theirs = {x.name: x for x in xs}, {y.name: y for y in ys}
        for forth, back in self.formulas(a, b, pairs):
            extended: _Pairs | None = (forth, back)
            for name, x in ours.items():
                if extended and name in forth:
                    y = theirs.get(forth[name])
                    extended = _pair_sorts(x.sort, y.sort, extended) if y else None
            if (
                extended
                and all(back[y] in ours for y in theirs if y in back)
                and _idle(xs, forth) == _idle(ys, back)
            ):
                yield extended

    def terms(self, a: Term, b: Term, pairs: _Pairs) -> Iterator[_Pairs]:
        self.ways -= 1
        if self.ways < 0:
            return
        match a, b:
            case Var(x), Var(y):
                forth, back = pairs
                if forth.get(x, y) == y and back.get(y, x) == x:
                    yield {**forth, x: y}, {**back, y: x}
            case App(f, args), App(g, others):
                if f == g and len(args) == len(others):
                    yield from self.all(args, others, pairs)
            case If(p, s, t), If(q, u, v):
                yield from self.all([p, s, t], [q, u, v], pairs)

    def all(
        self, some: Sequence[_Node], others: Sequence[_Node], pairs: _Pairs
    ) -> Iterator[_Pairs]:
        """Every way to make two rows of nodes the same, first to first."""
        if not some:
            yield pairs
            return
        for extended in self.node(some[0], others[0], pairs):
            yield from self.all(some[1:], others[1:], extended)

    def any_order(
        self, some: Sequence[Formula], others: Sequence[Formula], pairs: _Pairs
    ) -> Iterator[_Pairs]:
        """Every way to make two rows of formulas the same in any order."""
        if not some:
            yield pairs
            return
        for i, other in enumerate(others):
            for extended in self.formulas(some[0], other, pairs):
                yield from self.any_order(some[1:], [*others[:i], *others[i + 1 :]], extended)

    def node(self, a: _Node, b: _Node, pairs: _Pairs) -> Iterator[_Pairs]:
        if isinstance(a, (Var, App, If)):
            return self.terms(a, b, pairs) if isinstance(b, (Var, App, If)) else iter(())
        return iter(()) if isinstance(b, (Var, App, If)) else self.formulas(a, b, pairs)


def _block(formula: Forall | Exists) -> tuple[list[Var], Formula]:
    """The variables of consecutive quantifiers of one kind."""
    variables = list(formula.vars)
    body = formula.body
    while isinstance(body, (Forall, Exists)) and type(body) is type(formula):
        variables += body.vars
        body = body.body
    return variables, body


def _idle(variables: Sequence[Var], met: Mapping[str, str]) -> list[str]:
    """The sorts of the variables that the body does not mention."""
    return sorted(str(v.sort) for v in variables if v.name not in met)


def _pair_sorts(a: Sort, b: Sort, pairs: _Pairs) -> _Pairs | None:
    """Extend the pairing, of type parameters too, so that two sorts are the same."""
    if a.parameter and b.parameter:
        forth, back = pairs
        # A sort is no variable: the mark keeps the two kinds of names apart.
        s, t = f"sort {a.name}", f"sort {b.name}"
        if forth.get(s, t) != t or back.get(t, s) != s:
            return None
        return {**forth, s: t}, {**back, t: s}
    if a.parameter or b.parameter or a.name != b.name or len(a.args) != len(b.args):
        return None
    extended: _Pairs | None = pairs
    for s_arg, t_arg in zip(a.args, b.args, strict=True):
        extended = extended and _pair_sorts(s_arg, t_arg, extended)
    return extended


def _apart(formula: Formula) -> Formula:
    """Give every bound variable a name of its own, so that no scope shadows another."""
    numbers = count()

    def visit(f: Formula, names: Mapping[str, Term]) -> Formula:
        match f:
            case Forall(variables, body) | Exists(variables, body):
                fresh = tuple(Var(f"_{next(numbers)}", v.sort) for v in variables)
                inner = {v.name: w for v, w in zip(variables, fresh, strict=True)}
                return type(f)(fresh, visit(body, {**names, **inner}))
            case Not(body):
                return Not(visit(body, names))
            case And(a, b) | Or(a, b) | Implies(a, b) | Iff(a, b):
                return type(f)(visit(a, names), visit(b, names))
            case _:
                return substitute(f, names)

    return visit(formula, {})
