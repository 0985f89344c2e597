"""Names for found theorems, and the completion of associativity and commutativity."""

from __future__ import annotations

import pytest

from prover.naming import name_theorem
from prover.tactics import Effort
from tests.prover.proving import LISTS, NUMBERS, formula, graph_of, knowing, theory

TEXT = (
    NUMBERS
    + LISTS
    + "func (*)(Nat, Nat) -> Nat\nfunc neg(Nat) -> Nat\nfunc f'(Nat) -> Nat\n"
    + "pred (<=)(Nat, Nat)\npred even(Nat)\n"
)


@pytest.mark.parametrize(
    ("claim", "name"),
    [
        ("n + m = m + n", "add_comm"),
        ("n * m = m * n", "mul_comm"),
        ("n + m + k = n + (m + k)", "add_assoc"),
        ("n * n = n", "mul_idem"),
        ("neg(neg(n)) = n", "neg_neg"),
        ("zero + n = n", "zero_add"),
        ("n * (m + k) = n * m + n * k", "mul_add"),
        ("xs ++ nil = xs", "append_nil"),
        ("n + m = n + k -> m = k", "add_left_cancel"),
        ("n + m = k + m -> n = k", "add_right_cancel"),
        ("neg(n) = neg(m) -> n = m", "neg_injective"),
        ("n <= n", "le"),
        ("even(n) -> even(n + n)", "even_add_of_even"),
        ("not even(1)", "not_even_succ_zero"),
        ("n = m", "law"),
    ],
)
def test_a_theorem_is_named_after_what_it_says(claim: str, name: str) -> None:
    assert name_theorem(formula(claim, theory(TEXT)), ()) == name


def test_a_name_that_is_taken_gets_a_number() -> None:
    law = formula("n + m = m + n", theory(TEXT))
    assert name_theorem(law, ["add_comm"]) == "add_comm_2"
    assert name_theorem(law, ["add_comm", "add_comm_2"]) == "add_comm_3"


@pytest.mark.parametrize(
    "laws",
    [
        ("n + m + k = n + (m + k)", "n + m = m + n"),
        ("n + m = m + n", "n + m + k = n + (m + k)"),
        ("n + (m + k) = n + m + k", "n + m = m + n"),
    ],
)
def test_associativity_and_commutativity_give_the_exchange_law(laws: tuple[str, str]) -> None:
    worker = knowing(TEXT, *laws)
    claim = formula("n + (m + k) = m + (n + k)", worker.theory)
    assert worker.work(claim, Effort(0, 0, 0)) is not None


def test_the_exchange_law_has_a_proof_from_the_two() -> None:
    text = "sort S\nvar x, y, z : S\nfunc (*)(S, S) -> S\n" + (
        "axiom c: x * y = y * x\naxiom a: x * y * z = x * (y * z)\n"
    )
    worker = knowing(text)
    claim = formula("x * (y * z) = y * (x * z)", worker.theory)
    fragment = worker.work(claim, Effort(0, 0, 0))
    assert fragment is not None
    graph = graph_of(fragment, worker, claim)
    assert {s.name for s in graph.steps if s.rule == "axiom"} == {"a", "c"}
