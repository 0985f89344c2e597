"""Counterexamples: what is refuted fails, and what holds is not refuted."""

from __future__ import annotations

import pytest

from logic.budget import Budget
from prover.collapse import bound_sorts
from prover.interpretations import interpret
from prover.worker import Worker
from tests.prover.proving import LISTS, NUMBERS, TRUTH, formula, theory

COUNT = (
    NUMBERS
    + LISTS
    + TRUTH
    + """
var ns, ms : List(Nat)
func count(Nat, List(Nat)) -> Nat {
  count(n, nil) = zero
  count(n, cons(m, ms)) = if n = m then succ(count(n, ms)) else count(n, ms)
}
func less(Nat, Nat) -> Bool {
  less(n, zero) = no
  less(zero, succ(m)) = yes
  less(succ(n), succ(m)) = less(n, m)
}
func insert(Nat, List(Nat)) -> List(Nat) {
  insert(n, nil) = [n]
  insert(n, cons(m, ms)) = if less(m, n) = yes then cons(m, insert(n, ms)) else cons(n, cons(m, ms))
}
func sort(List(Nat)) -> List(Nat) {
  sort(nil) = nil
  sort(cons(n, ns)) = insert(n, sort(ns))
}
"""
)

FREE = """
sort S
data Pair(A, B) = pair(A, B)
data Box = box(S)
var s, t : S
var a : A
var b : B
var p, q : Pair(A, B)
func first(Pair(A, B)) -> A {
  first(pair(a, b)) = a
}
"""


def counterexample(text: str, claim: str) -> dict[str, str] | None:
    within = theory(text)
    goal = formula(claim, within)
    found = interpret(within, Worker(within, [goal]), Budget()).counterexample(goal)
    return None if found is None else found[0]


@pytest.mark.parametrize(
    ("claim", "values"),
    [
        ("n + m = n", {"n": "zero", "m": "1"}),
        ("n + m = m", {"n": "1", "m": "zero"}),
        ("succ(n) = 1", {"n": "1"}),
        ("n = zero or n = 1", {"n": "2"}),
        ("n = m -> n = zero", {"n": "1", "m": "1"}),
        ("2 + 2 = 5", {}),
        ("false", {}),
        ("n != m", {"n": "zero", "m": "zero"}),
        ("n = n <-> n = m", {"n": "zero", "m": "1"}),
    ],
)
def test_the_first_counterexample_is_small(claim: str, values: dict[str, str]) -> None:
    assert counterexample(NUMBERS, claim) == values


@pytest.mark.parametrize(
    "claim",
    [
        "n + m = m + n",
        "n = zero or succ(n) != 1",
        "n != succ(n)",
        "count(n, ns ++ ms) = count(n, ns) + count(n, ms)",
        "n != m -> count(n, [m]) = zero",
        "sort(sort(ns)) = sort(ns)",
        "count(n, sort(ns)) = count(n, ns)",
        "less(n, n) = no",
    ],
)
def test_what_holds_is_not_refuted(claim: str) -> None:
    assert counterexample(COUNT, claim) is None


@pytest.mark.parametrize(
    "claim",
    [
        "count(n, ns) = count(m, ns)",
        "n = m -> count(n, cons(m, ns)) = count(n, ns)",
        "sort(ns) = ns",
        "less(n, m) = yes or less(m, n) = yes",
        "less(n, m) = less(m, n)",
    ],
)
def test_definitions_by_if_are_evaluated(claim: str) -> None:
    assert counterexample(COUNT, claim) is not None


def test_facts_with_conditions_are_evaluated() -> None:
    text = NUMBERS + (
        "pred (<=)(Nat, Nat)\naxiom z: zero <= n\naxiom s: succ(n) <= succ(m) <-> n <= m\n"
        "axiom d: not succ(n) <= zero\n"
    )
    assert counterexample(text, "n <= m -> m <= n") is not None
    assert counterexample(text, "n <= n") is None


@pytest.mark.parametrize(
    "claim", ["first(p) = first(q)", "s = t", "box(s) = box(t)", "pair(a, b) = p"]
)
def test_unknown_things_may_differ(claim: str) -> None:
    assert counterexample(FREE, claim) is not None


def test_unknown_things_are_numbered_from_one() -> None:
    assert counterexample(FREE, "s = t") == {"s": "s1", "t": "s2"}
    assert counterexample(FREE, "first(p) = a") == {"p": "pair(a1, b1)", "a": "a2"}


@pytest.mark.parametrize(
    "axiom",
    [
        "box(s) = box(t)",  # boxes are injective
        "s = t",
        "pair(s, s) = pair(t, s)",
        "[s] = [t]",
        "box(s) = box(t) or s != s",
    ],
)
def test_things_that_axioms_may_identify_are_no_counterexample(axiom: str) -> None:
    text = FREE + "data List(A) = nil | cons(A, List(A))\n" + f"axiom one: {axiom}\n"
    assert counterexample(text, "s = t") is None


def test_sorts_that_axioms_equate_are_told_from_those_they_compute_with() -> None:
    text = FREE + "func f(S) -> Box\naxiom computes: f(s) = box(s)\n"
    assert "S" not in {str(s) for s in bound_sorts(theory(text))}


@pytest.mark.parametrize(
    "axioms",
    [
        ["f(s) = box(s)", "f(s) = f(t)"],  # each about functions, together a collapse
        ["f(s) = box(s)", "g(f(s)) = box(t)", "g(x) = x"],
        ["f(s) = box(s)", "f(s) = box(t)"],
        ["pack(s, t) = box(s)", "pack(s, s) = box(t)"],
    ],
)
def test_axioms_about_functions_that_together_identify_things_refute_nothing(
    axioms: list[str],
) -> None:
    text = FREE + "var x : Box\nfunc f(S) -> Box\nfunc g(Box) -> Box\nfunc pack(S, S) -> Box\n"
    text += "".join(f"axiom a{i}: {a}\n" for i, a in enumerate(axioms))
    assert counterexample(text, "s = t") is None
    assert counterexample(text, "box(s) = box(t)") is None


def test_an_existential_axiom_is_no_hindrance() -> None:
    text = NUMBERS + "axiom ex: exists m. n + m = succ(n)\n"
    assert counterexample(text, "n + m = n") == {"n": "zero", "m": "1"}


def test_what_cannot_be_evaluated_is_not_refuted() -> None:
    text = NUMBERS + "func f(Nat) -> Nat\npred p(Nat)\n"
    for claim in ("f(n) = n", "f(n) = f(m)", "p(n)", "not p(n)", "exists n. f(n) = n"):
        assert counterexample(text, claim) is None


def test_functions_that_grow_fast_do_not_blow_up() -> None:
    text = (
        NUMBERS
        + """
func ack(Nat, Nat) -> Nat {
  ack(zero, m) = succ(m)
  ack(succ(n), zero) = ack(n, 1)
  ack(succ(n), succ(m)) = ack(n, ack(succ(n), m))
}
"""
    )
    assert counterexample(text, "ack(n, m) != zero") is None
    assert counterexample(text, "ack(n, n) = n") is not None


def test_a_counterexample_in_a_finite_model_comes_with_the_model() -> None:
    text = "sort M\nvar x, y, z : M\nfunc (*)(M, M) -> M\naxiom a: x * y * z = x * (y * z)\n"
    within = theory(text)
    goal = formula("x * y = y * x", within)
    found = interpret(within, Worker(within, [goal]), Budget()).counterexample(goal)
    assert found is not None
    assert set(found[0]) == {"x", "y"}
    assert "in the model" in found[1]
