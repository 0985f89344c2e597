"""Which conjectures the enumeration makes, and which it does not."""

from __future__ import annotations

import pytest

from logic.budget import Budget
from logic.formulas import canonical
from logic.printing import show_in
from logic.theory import Exploration
from prover.enumerate import complexity, enumerate_conjectures
from prover.interpretations import interpret
from prover.worker import Worker
from tests.prover.proving import LISTS, NUMBERS, formula, theory

TIMES = """
func (*)(Nat, Nat) -> Nat {
  n * zero = zero
  n * succ(m) = n * m + n
}
"""


def conjectures(text: str, size: int, symbols: tuple[str, ...] = ()) -> list[str]:
    within = theory(text)
    worker = Worker(within)
    interpretation = interpret(within, worker, Budget())
    found = enumerate_conjectures(worker, Exploration(size, symbols), interpretation, Budget())
    return [show_in(within, f) for f in found.conjectures]


def same(text: str, claims: list[str], claim: str) -> bool:
    """Whether a claim is among the conjectures, whatever its variables are called."""
    within = theory(text)
    wanted = canonical(formula(claim, within))
    return any(canonical(formula(c, within)) == wanted for c in claims)


@pytest.mark.parametrize(
    "claim",
    [
        "zero + n = n",
        "n + m = m + n",
        "n + m + k = n + (m + k)",
        "zero * n = zero",
        "n * m = m * n",
        "n + m = n + k -> m = k",
        "n + m = k + m -> n = k",
        "1 * n = n",
    ],
)
def test_laws_of_arithmetic_are_conjectured(claim: str) -> None:
    assert same(NUMBERS + TIMES, conjectures(NUMBERS + TIMES, 5), claim)


@pytest.mark.parametrize(
    "claim",
    [
        "n + m = n",  # false
        "n + zero = n",  # an axiom
        "n + n = n * m",  # false
        "n * m = n * k -> m = k",  # false for n = 0
        "succ(n) = succ(m) -> n = m",  # constructors are injective
        "n * 1 = zero + n",  # contains what an axiom rewrites
        "n + m + zero = n + m",  # contains what an axiom rewrites
        "n = n",
    ],
)
def test_what_is_false_or_built_in_is_not_conjectured(claim: str) -> None:
    assert not same(NUMBERS + TIMES, conjectures(NUMBERS + TIMES, 5), claim)


def test_the_simplest_come_first() -> None:
    within = theory(NUMBERS)
    found = [complexity(formula(c, within)) for c in conjectures(NUMBERS, 5)]
    assert found == sorted(found)


def test_no_two_conjectures_differ_in_names_alone() -> None:
    within = theory(NUMBERS + TIMES)
    found = [canonical(formula(c, within)) for c in conjectures(NUMBERS + TIMES, 5)]
    assert len(found) == len(set(found))


def test_a_larger_size_only_adds() -> None:
    small, large = conjectures(NUMBERS, 4), conjectures(NUMBERS, 5)
    assert set(small) < set(large)


def test_only_the_chosen_symbols_are_used() -> None:
    found = conjectures(NUMBERS + TIMES, 5, ("+",))
    assert found
    assert all("*" not in c and "zero" not in c and "succ" not in c for c in found)


def test_variables_have_the_names_of_the_author() -> None:
    assert "xs ++ nil = xs" in conjectures(LISTS, 4)


def test_no_name_is_taken_that_the_theory_uses() -> None:
    text = "data Nat = zero | succ(Nat)\nconst n1 : Nat\nfunc f(Nat, Nat) -> Nat {\n" + (
        "  f(zero, y) = y\n  f(succ(x), y) = succ(f(x, y))\n}\n"
    )
    text = "data Nat = zero | succ(Nat)\nvar x, y : Nat\n" + text.split("\n", 1)[1]
    assert all("forall n1" not in c for c in conjectures(text, 4))


def test_relational_laws_are_conjectured_and_refuted_ones_are_not() -> None:
    text = """
    sort S
var x, y, z : S
pred (<=)(S, S)
axiom refl: x <= x
axiom trans: x <= y and y <= z -> x <= z
define x < y := x <= y and x != y
"""
    found = conjectures(text.strip(), 3)
    assert same(text.strip(), found, "x < y -> x <= y")
    assert not same(text.strip(), found, "x <= y -> y <= x")
    assert not same(text.strip(), found, "x <= y")


def test_conditions_count_when_predicates_are_evaluated() -> None:
    """An order given by equivalences: few points satisfy it, and they must be told apart."""
    text = NUMBERS + (
        "pred (<=)(Nat, Nat)\naxiom z: zero <= n\naxiom s: succ(n) <= succ(m) <-> n <= m\n"
        "axiom d: not succ(n) <= zero\n"
    )
    found = conjectures(text, 4)
    assert same(text, found, "n <= n")
    assert not same(text, found, "n <= m -> n <= k")


def test_a_theory_of_constants_alone_has_nothing_to_enumerate() -> None:
    assert conjectures("sort S\nconst a : S\nconst b : S\naxiom e: a = b\n", 5) == []


def test_non_commutative_operations_are_not_taken_for_commutative() -> None:
    text = "sort M\nvar x, y, z : M\nfunc (*)(M, M) -> M\naxiom a: x * y * z = x * (y * z)\n"
    assert not same(text, conjectures(text, 5), "x * y = y * x")
