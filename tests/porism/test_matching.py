"""When two formulas are the same theorem."""

from __future__ import annotations

import pytest

import mpl
from logic.formulas import Formula
from porism.jobs import read_formula
from porism.matching import same

THEORY = mpl.parse_theory(
    """
    theory Matching

data Nat = zero | succ(Nat)
data List(A) = nil | cons(A, List(A))
data Box(B) = box(B)
var n, m, k : Nat
var xs, ys : List(A)
var zs : List(B)
func (+)(Nat, Nat) -> Nat
func length(List(A)) -> Nat
pred (<=)(Nat, Nat)
pred p(List(A), List(B))
""".strip()
)


def read(text: str) -> Formula:
    return read_formula(THEORY, text)


SAME = [
    ("n + m = m + n", "k + n = n + k"),
    ("n + zero = n", "m = m + 0"),
    ("n + m = n + k -> m = k", "k + n = k + m -> m = n"),
    ("n + m = n + k -> m = k", "n + m = n + k -> k = m"),
    ("n <= m and m <= k -> n <= k", "m <= k -> n <= m -> n <= k"),
    ("n <= m and m <= k -> n <= k", "k <= n and m <= k -> m <= n"),
    ("forall n, m : Nat. n <= m", "forall m : Nat. forall n : Nat. n <= m"),
    ("exists n, m : Nat. n + m = k", "exists m, n : Nat. k = n + m"),
    ("(exists n. n = m) and (exists n. n = m)", "(exists k. m = k) and (exists n. n = m)"),
    ("length(xs) = length(xs)", "length(zs) = length(zs)"),
    ("p(xs, zs)", "p(zs, ys)"),
    ("not n = m", "m != n"),
]

DIFFERENT = [
    ("n + m = m + n", "n + n = n + n"),
    ("n + m = n + k -> m = k", "n + m = k + n -> m = k"),
    ("n <= m -> n = m", "m <= n -> n + m = m"),
    ("n <= m", "n <= n"),
    ("forall n : Nat. exists m : Nat. n <= m", "forall n : Nat. exists m : Nat. m <= n"),
    ("forall n : Nat. exists m : Nat. n <= m", "exists m : Nat. forall n : Nat. n <= m"),
    ("n = m -> n <= m", "n = m and n <= m"),
    ("p(xs, ys)", "p(xs, zs)"),
    ("n + m = m + n", "n <= m"),
]


@pytest.mark.parametrize(("a", "b"), SAME)
def test_the_same_theorem(a: str, b: str) -> None:
    assert same(read(a), read(b))
    assert same(read(b), read(a))


@pytest.mark.parametrize(("a", "b"), DIFFERENT)
def test_another_theorem(a: str, b: str) -> None:
    assert not same(read(a), read(b))
    assert not same(read(b), read(a))


def test_a_long_conjunction_of_equations_that_look_alike_is_answered_soon() -> None:
    def chain(last: str) -> str:
        names = [f"x{i}" for i in range(40)]
        parts = [f"{a} = {b}" for a, b in zip(names, [*names[1:], last], strict=True)]
        return f"forall {', '.join(names)} : Nat. " + " and ".join(parts)

    assert same(read(chain("x0")), read(chain("x0")))
    assert not same(read(chain("x0")), read(chain("x1")))
