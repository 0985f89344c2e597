"""Completing associativity and commutativity.

Ordered rewriting with x + y = y + x and (x + y) + z = x + (y + z) alone does not sort sums: the law
x + (y + z) = y + (x + z) is missing. It follows from the two; when a block learns both, it adds the
third for its own use, with the derivation. It is not listed as a theorem.
"""

from __future__ import annotations

from collections.abc import Iterable

from logic.formulas import Equal, Formula, forall
from logic.terms import App, Sort, Var
from prover.facts import Fact
from prover.fragment import Fragment
from prover.steps import rewrite


def commutes(fact: Fact) -> tuple[str, Sort] | None:
    """The symbol and sort of which a fact is the commutative law."""
    match fact:
        case Fact(
            body=(), head=Equal(App(f, (Var(x), Var(y)), sort), App(g, (Var(u), Var(v))))
        ) if f == g and x != y and (x, y) == (v, u):
            return f, sort
    return None


def associates(fact: Fact) -> tuple[str, Sort] | None:
    """The symbol and sort of which a fact is the associative law, in either direction."""
    if fact.body or not isinstance(fact.head, Equal):
        return None
    for left, right in ((fact.head.left, fact.head.right), (fact.head.right, fact.head.left)):
        match left, right:
            case (
                App(f, (App(g, (Var(x), Var(y))), Var(z)), sort),
                App(h, (Var(u), App(k, (Var(v), Var(w))))),
            ) if f == g == h == k and (x, y, z) == (u, v, w) and len({x, y, z}) == 3:
                return f, sort
    return None


def exchange(known: Iterable[Fact], new: Fact) -> tuple[Formula, Fragment] | None:
    """x + (y + z) = y + (x + z) with its derivation, if a new fact completes its two premises."""
    law = commutes(new) or associates(new)
    if law is None:
        return None
    facts = [*known, new]
    comm = next((f for f in facts if commutes(f) == law), None)
    assoc = next((f for f in facts if associates(f) == law), None)
    if comm is None or assoc is None:
        return None
    symbol, sort = law
    x, y, z = (Var(n, sort) for n in _names(comm, assoc))

    def times(a: App | Var, b: App | Var) -> App:
        return App(symbol, (a, b), sort)

    assert isinstance(assoc.head, Equal)
    nested_left = isinstance(assoc.head.left, App) and isinstance(assoc.head.left.args[0], App)
    fragment = Fragment()
    scope = fragment.open(0, [x, y, z], ())
    start = times(x, times(y, z))
    step = fragment.add(scope, "reflexivity", (), Equal(start, start))
    by = _assignment(assoc, nested_left)
    step = rewrite(
        fragment, scope, step, assoc, dict(zip(by, (x, y, z), strict=True)), (1,), nested_left
    )
    assert isinstance(comm.head, Equal) and isinstance(comm.head.left, App)
    first, second = comm.head.left.args
    assert isinstance(first, Var) and isinstance(second, Var)
    step = rewrite(fragment, scope, step, comm, {first.name: x, second.name: y}, (1, 0), False)
    step = rewrite(
        fragment, scope, step, assoc, dict(zip(by, (y, x, z), strict=True)), (1,), not nested_left
    )
    formula = forall([x, y, z], fragment.formula(step))
    fragment.add(0, "discharge", [step], formula, scopes=[scope])
    return formula, fragment


def _assignment(assoc: Fact, nested_left: bool) -> tuple[str, str, str]:
    """The names of the associative law's variables from left to right."""
    assert isinstance(assoc.head, Equal)
    side = assoc.head.left if nested_left else assoc.head.right
    assert isinstance(side, App) and isinstance(side.args[0], App)
    x, y = side.args[0].args
    z = side.args[1]
    assert isinstance(x, Var) and isinstance(y, Var) and isinstance(z, Var)
    return x.name, y.name, z.name


def _names(comm: Fact, assoc: Fact) -> list[str]:
    names = [v.name for v in (*assoc.variables, *comm.variables)]
    return list(dict.fromkeys(names))[:3]
