"""Rewriting written down as chains of equalities, and the quick plans for equations."""

from __future__ import annotations

import pytest

from prover.quick import REWRITE, Plan, Quick
from prover.tactics import Effort
from prover.worker import Worker
from tests.prover.proving import (
    LISTS,
    NUMBERS,
    TRUTH,
    formula,
    graph_of,
    knowing,
    proof,
    rules,
    theory,
)

REWRITING = Effort(0, 0, 0)


def rewritten(worker: Worker, claim: str) -> set[str] | None:
    """The rules of a proof by rewriting with what a worker knows."""
    goal = formula(claim, worker.theory)
    fragment = worker.work(goal, REWRITING)
    if fragment is None:
        return None
    for origin in fragment.origins:
        if origin.rule == "theorem":  # stands for its own proof here
            return {s.rule for s in fragment.steps}
    return rules(graph_of(fragment, worker, goal))


@pytest.mark.parametrize(
    "claim",
    [
        "n + 3 = succ(succ(succ(n)))",
        "2 + 2 = 4",
        "(n + zero) + (zero + zero) = n",
        "succ(n + succ(m)) = n + succ(succ(m))",
        "n + (m + 1) = (n + m) + 1 -> zero = zero",
    ],
)
def test_definitions_compute(claim: str) -> None:
    used = rules(proof(NUMBERS, claim, REWRITING))
    assert used <= {"definition", "reflexivity", "rewrite", "discharge"}


def test_a_chain_meets_in_the_middle() -> None:
    """Both sides are rewritten, and the second half runs backwards."""
    graph = proof(NUMBERS, "n + succ(m) + 1 = n + 2 + m -> true", REWRITING)
    assert graph is not None
    graph = proof(NUMBERS, "succ(n + 1) = succ(n) + 1", REWRITING)
    assert graph is not None
    assert {s.reverse for s in graph.steps if s.rule == "rewrite"} == {False, True}


def test_a_detour_that_both_sides_share_is_cut() -> None:
    """n + 1 + 1 + 1 = n + 1 + 1 + 1 needs no step at all."""
    graph = proof(NUMBERS, "n + 1 + 1 + 1 = n + 1 + 1 + 1", REWRITING)
    assert graph is not None
    assert "rewrite" not in {s.rule for s in graph.steps}


def test_what_does_not_follow_by_rewriting_is_not_claimed() -> None:
    assert proof(NUMBERS, "zero + n = n", REWRITING) is None
    assert proof(NUMBERS, "n + 1 = n", REWRITING) is None


def test_commutativity_sorts_sums() -> None:
    worker = knowing(NUMBERS, "n + m + k = n + (m + k)", "n + m = m + n")
    assert rewritten(worker, "k + (m + n) = n + m + k") is not None
    assert rewritten(worker, "(n + m) + (k + n) = (n + n) + (m + k)") is not None
    assert rewritten(worker, "n + n + m = n + m + m") is None


def test_different_constructors_are_told_apart() -> None:
    used = rules(proof(NUMBERS, "succ(n) != zero", REWRITING))
    assert {"disjointness", "negation"} <= used


# -- conditions ------------------------------------------------------------------------------

COUNT = (
    NUMBERS
    + LISTS
    + """
var ns, ms : List(Nat)
func count(Nat, List(Nat)) -> Nat {
  count(n, nil) = zero
  count(n, cons(m, ms)) = if n = m then succ(count(n, ms)) else count(n, ms)
}
"""
)


def test_a_definition_by_if_computes_where_its_condition_is_known() -> None:
    graph = proof(COUNT, "count(n, cons(n, nil)) = 1", REWRITING)
    assert graph is not None
    assert any(s.rule == "rewrite" and len(s.premises) > 2 for s in graph.steps)
    assert proof(COUNT, "count(zero, [0, 1, 0]) = 2", REWRITING) is not None


def test_a_definition_by_if_computes_under_hypotheses() -> None:
    assert proof(COUNT, "n != m -> count(n, cons(m, nil)) = zero", REWRITING) is not None


def test_a_definition_by_if_does_not_guess() -> None:
    assert proof(COUNT, "count(n, cons(m, nil)) = zero", REWRITING) is None


def test_a_condition_on_truth_values_is_decided() -> None:
    text = (
        TRUTH
        + """
data Nat = zero | succ(Nat)
var n, m : Nat
func small(Nat) -> Bool {
  small(zero) = yes
  small(succ(n)) = no
}
func clip(Nat) -> Nat {
  clip(n) = if small(n) = yes then n else zero
}
"""
    )
    assert proof(text, "clip(3) = zero", REWRITING) is not None


# -- plans -----------------------------------------------------------------------------------


def plan(worker: Worker, claim: str, depth: int, splits: int = 0) -> Plan | None:
    found = worker.claim(formula(claim, worker.theory))
    assert found is not None
    return Quick(worker.rules, splits).plan(found, depth)


def test_an_equation_that_computes_needs_no_induction() -> None:
    assert plan(Worker(theory(NUMBERS)), "n + 1 = succ(n)", 0) == REWRITE


def test_a_plan_names_the_variable_of_the_induction_by_position() -> None:
    worker = Worker(theory(NUMBERS))
    assert plan(worker, "zero + n = n", 0) is None
    assert plan(worker, "zero + n = n", 1) == Plan(0, cases=(REWRITE, REWRITE))
    found = plan(worker, "forall n, m. succ(n) + m = succ(n + m)", 1)
    assert found is not None
    assert found.variable == 1


def test_commutativity_is_planned_with_nested_inductions_or_with_lemmas() -> None:
    alone = Worker(theory(NUMBERS))
    assert plan(alone, "n + m = m + n", 1) is None
    nested = plan(alone, "n + m = m + n", 2)
    assert nested is not None
    assert any(case.variable is not None for case in nested.cases)
    helped = knowing(NUMBERS, "zero + n = n", "succ(n) + m = succ(n + m)")
    assert plan(helped, "n + m = m + n", 1) is not None


def test_planning_leaves_the_rules_as_they_were() -> None:
    worker = Worker(theory(NUMBERS))
    plan(worker, "n + m = m + n", 2)
    assert plan(worker, "zero + n = n", 0) is None
    worker.rules.rewriter.invariant()


def test_a_false_equation_has_no_plan() -> None:
    worker = Worker(theory(NUMBERS))
    for claim in ("n + m = n", "n + n = n", "succ(n) = n"):
        assert plan(worker, claim, 3) is None


def test_a_law_about_nothing_serves_only_where_there_is_a_term_for_its_variable() -> None:
    """Of an unused variable of a sort without terms no instance can be named."""
    law, claim = "forall s : S, n. zero + n = n", "(zero + n) + m = n + m"
    text = NUMBERS + "sort S\n"
    assert rewritten(knowing(text, law), claim) is None
    text += "const c : S\naxiom c: c = c\n"
    assert rewritten(knowing(text, law), claim) is not None
