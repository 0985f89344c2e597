"""How formulas look: minimal parentheses in every form."""

from __future__ import annotations

import pytest

from logic.formulas import And, Atom, Equal, Exists, Forall, Formula, Iff, Implies, Not, Or
from logic.operators import CONNECTIVES, FUNCTIONS, infix, is_operator
from logic.printing import show
from logic.terms import App, If, Sort, Term, Var

NAT = Sort("Nat")
N, M, K = (Var(name, NAT) for name in "nmk")
P, Q, R = (Atom(name, ()) for name in "pqr")


def op(symbol: str, *args: Term) -> App:
    return App(symbol, args, NAT)


CHOICE = If(P, N, M)


@pytest.mark.parametrize(
    ("formula", "text"),
    [
        (Implies(P, Implies(Q, R)), "p -> q -> r"),
        (Implies(Implies(P, Q), R), "(p -> q) -> r"),
        (And(And(P, Q), R), "(p and q) and r"),
        (Or(And(P, Q), R), "p and q or r"),
        (And(Or(P, Q), R), "(p or q) and r"),
        (Iff(Iff(P, Q), R), "(p <-> q) <-> r"),
        (Not(Not(P)), "not not p"),
        (Not(And(P, Q)), "not (p and q)"),
        (Not(Equal(N, M)), "n != m"),
        (Not(Atom("<=", (N, M))), "not n <= m"),
        (Equal(op("+", op("+", N, M), K), N), "n + m + k = n"),
        (Equal(op("+", N, op("+", M, K)), N), "n + (m + k) = n"),
        (Equal(op("*", op("+", N, M), K), N), "(n + m) * k = n"),
        (Equal(op("^", N, op("^", M, K)), N), "n ^ m ^ k = n"),
        (Equal(op("^", op("^", N, M), K), N), "(n ^ m) ^ k = n"),
        (Implies(P, Forall((N,), Q)), "p -> (forall n : Nat. q)"),
        (Forall((N,), Exists((M,), P)), "forall n : Nat. exists m : Nat. p"),
        (Atom("in2", (N, M, Var("+", NAT))), "in2(n, m, (+))"),
        (Equal(CHOICE, CHOICE), "(if p then n else m) = if p then n else m"),
        (
            Equal(op("+", CHOICE, CHOICE), N),
            "(if p then n else m) + (if p then n else m) = n",
        ),
        (
            Equal(N, If(P, CHOICE, CHOICE)),
            "n = if p then (if p then n else m) else if p then n else m",
        ),
    ],
)
def test_parentheses_are_minimal(formula: Formula, text: str) -> None:
    assert show(formula) == text


def test_binders_group_by_sort() -> None:
    g = Var("g", Sort("G"))
    assert show(Forall((N, M, g, K), P)) == "forall n, m : Nat, g : G, k : Nat. p"
    assert show(Forall((N, g), P), sorts=False) == "forall n, g. p"


def test_outer_quantifiers_over_declared_names_are_dropped() -> None:
    declared = {"n": N, "m": M}
    assert show(Forall((N, M), P), variables=declared) == "p"
    assert show(Forall((N, K), P), variables=declared) == "forall k : Nat. p"
    other = Var("n", Sort("G"))
    assert show(Forall((other,), P), variables=declared) == "forall n : G. p"
    assert show(Exists((N,), P), variables=declared) == "exists n. p"


def test_unicode() -> None:
    formula = Forall((N,), Implies(Atom("in", (N, M)), Not(And(P, Equal(op("*", N, M), K)))))
    assert show(formula, unicode=True) == "∀n : Nat. n ∈ m → ¬(p ∧ n · m = k)"


def test_the_table_has_no_symbol_twice() -> None:
    assert all(is_operator(symbol) for symbol in FUNCTIONS)
    assert not set(FUNCTIONS) & set(CONNECTIVES)
    assert infix("<=") == infix("=")
