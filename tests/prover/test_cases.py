"""Case distinctions: conditions, values and eigenvariables at which recursive definitions wait.

No proof counts before the checker has accepted it (``proof`` and ``graph_of`` see to that).
"""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logic.formulas import And, Atom, Formula, Iff, Implies, Not, Or
from logic.theory import Theory
from prover.block import Block
from prover.propositional import is_constantly, letters, prove_tautology, value
from prover.quick import Plan, Quick
from prover.splitting import find_split
from prover.tactics import NONE, prove
from prover.worker import Worker
from tests.prover.proving import (
    LISTS,
    NUMBERS,
    explore,
    formula,
    graph_of,
    proof,
    statements,
    theory,
    verdicts,
)
from tests.prover.proving import prove as prove_goals

SORTING = (
    NUMBERS
    + LISTS
    + """
data Bool = yes | no
var ns, ms : List(Nat)
func leq(Nat, Nat) -> Bool {
  leq(zero, m) = yes
  leq(succ(n), zero) = no
  leq(succ(n), succ(m)) = leq(n, m)
}
func same(Nat, Nat) -> Bool {
  same(zero, zero) = yes
  same(zero, succ(m)) = no
  same(succ(n), zero) = no
  same(succ(n), succ(m)) = same(n, m)
}
func length(List(A)) -> Nat {
  length(nil) = zero
  length(cons(x, xs)) = succ(length(xs))
}
func count(Nat, List(Nat)) -> Nat {
  count(n, nil) = zero
  count(n, cons(m, ns)) = if n = m then succ(count(n, ns)) else count(n, ns)
}
func member(Nat, List(Nat)) -> Bool {
  member(n, nil) = no
  member(n, cons(m, ns)) = if same(n, m) = yes then yes else member(n, ns)
}
func insert(Nat, List(Nat)) -> List(Nat) {
  insert(n, nil) = [n]
  insert(n, cons(m, ns)) = if leq(n, m) = yes then cons(n, cons(m, ns)) else cons(m, insert(n, ns))
}
func sorted(List(Nat)) -> Bool {
  sorted(nil) = yes
  sorted([n]) = yes
  sorted(cons(n, cons(m, ns))) = if leq(n, m) = yes then sorted(cons(m, ns)) else no
}
func sort(List(Nat)) -> List(Nat) {
  sort(nil) = nil
  sort(cons(n, ns)) = insert(n, sort(ns))
}
func last(List(Nat)) -> Nat {
  last(nil) = zero
  last([n]) = n
  last(cons(n, cons(m, ns))) = last(cons(m, ns))
}
"""
)


SUMS = (
    SORTING
    + """
axiom comm: n + m = m + n
axiom assoc: n + (m + k) = (n + m) + k
axiom left: succ(n) + m = succ(n + m)
"""
)


def planned(worker: Worker, claim: str, depth: int = 2, splits: int = 3) -> Plan | None:
    """A plan, if there is one; what it says has become an accepted proof."""
    goal = formula(claim, worker.theory)
    read = worker.claim(goal)
    assert read is not None
    plan = Quick(worker.rules, splits).plan(read, depth)
    if plan is not None:
        block = Block.root(worker.rules)
        assert prove(block, goal, NONE, plan) is not None, "a plan that does not hold"
        graph_of(block.fragment, worker, goal)
    return plan


# -- plans -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "claim",
    [
        "length(insert(n, ns)) = succ(length(ns))",
        "count(n, ns ++ ms) = count(n, ns) + count(n, ms)",
        "count(n, insert(n, ns)) = succ(count(n, ns))",
        "not n = m -> count(n, insert(m, ns)) = count(n, ns)",
        "member(n, ns) = yes -> member(n, ns ++ ms) = yes",
        "member(n, ms) = yes -> member(n, ns ++ ms) = yes",
        "leq(n, m) = no -> leq(m, n) = yes",
        "leq(n, m) = yes -> leq(m, k) = yes -> leq(n, k) = yes",
        "leq(n, m) = yes -> leq(m, n) = yes -> n = m",
        "same(n, m) = yes -> n = m",
        "last(ns ++ [n]) = n",
        "ms = nil -> last(ns ++ ms) = last(ns)",
        "not ns = nil -> last(cons(n, ns)) = last(ns)",
    ],
)
def test_laws_that_need_cases_are_planned_and_the_plans_are_proofs(claim: str) -> None:
    assert planned(Worker(theory(SUMS), [formula(claim, theory(SUMS))]), claim, 3) is not None


@pytest.mark.parametrize(
    "claim",
    [
        "count(n, ns) = count(m, ns)",
        "leq(n, m) = yes -> leq(m, n) = yes",
        "leq(n, m) = no -> leq(m, n) = no",
        "same(n, m) = no -> n = m",
        "member(n, ns ++ ms) = yes -> member(n, ns) = yes",
        "sorted(insert(n, ns)) = no",
        "sorted(ns) = sorted(cons(n, ns))",
        "last(cons(n, ns)) = last(ns)",
        "n = zero -> m = zero",
        "not n = zero -> n = succ(zero)",
        "succ(n) = succ(m) -> n = zero",
    ],
)
def test_what_fails_in_some_case_has_no_plan(claim: str) -> None:
    assert planned(Worker(theory(SORTING)), claim, 2, 4) is None


def test_without_splits_a_condition_is_not_split() -> None:
    worker = Worker(theory(SORTING))
    assert planned(worker, "length(insert(n, ns)) = succ(length(ns))", 2, 0) is None


def test_a_plan_leaves_no_rule_behind() -> None:
    worker = Worker(theory(SORTING))
    before = len(worker.rules.rewriter)
    planned(worker, "length(insert(n, ns)) = succ(length(ns))")
    planned(worker, "sorted(ns) = sorted(cons(n, ns))", 2, 4)
    assert len(worker.rules.rewriter) == before


@pytest.mark.parametrize(
    ("term", "waits_for"),
    [
        ("insert(n, cons(m, ns))", "leq(n, m)"),
        ("sorted(cons(n, cons(m, ns)))", "leq(n, m)"),
        ("member(n, cons(m, cons(k, ns)))", "same(n, m)"),
    ],
)
def test_a_clause_waits_for_the_condition_that_is_undecided(term: str, waits_for: str) -> None:
    worker = Worker(theory(SORTING))
    goal = formula(f"forall n, m, k, ns. {term} = {term}", worker.theory)
    block = Block.root(worker.rules)
    values = block.constants(goal.vars)  # type: ignore[union-attr]
    side = worker.language.encode(goal.body.left, values)  # type: ignore[union-attr]
    worker.language.settle()
    split = find_split(worker.rules, [(side, side)], False)
    assert split is not None and len(split.shapes) == 2
    assert str(worker.language.decode(split.term, block.names)) == str(
        formula(f"forall n, m. {waits_for} = yes", worker.theory).body.left  # type: ignore[union-attr]
    )


# -- with lemmas -----------------------------------------------------------------------------


def test_insertion_sort_sorts_and_keeps_the_length() -> None:
    goals = """
goal sorts: sorted(sort(ns)) = yes
goal length: length(sort(ns)) = length(ns)
"""
    assert set(verdicts(prove_goals(SORTING + goals, 60)).values()) == {"PROVED"}


def test_a_law_of_a_polymorphic_function_is_found_at_the_sort_of_another() -> None:
    text = SORTING + "explore size 4 with length, insert, succ\n"
    assert "length(insert(n, ns)) = succ(length(ns))" in statements(explore(text))


def test_a_goal_that_is_stuck_names_the_lemma_that_it_needs() -> None:
    text = (
        SORTING
        + """
func without(Nat, List(Nat)) -> List(Nat) {
  without(n, nil) = nil
  without(n, cons(m, ns)) = if n = m then without(n, ns) else cons(m, without(n, ns))
}
"""
    )
    within = theory(text)
    goal = formula("leq(length(without(n, ns)), length(ns)) = yes", within)
    found = [law for leaf in Worker(within, [goal]).lemmas(goal) for law in leaf]
    wanted = formula("leq(n, m) = yes -> leq(n, succ(m)) = yes", within)
    assert str(wanted.body) in {str(law.body) for law in found}  # type: ignore[union-attr]


# -- equations between variables -------------------------------------------------------------


@pytest.mark.parametrize(
    "claim",
    [
        "n = m -> n + k = m + k",
        "n = m -> m = k -> succ(n) = succ(k)",
        "n = zero -> m + n = m",
        "succ(n) = succ(m) -> n = m",
        "succ(n) = zero -> n = m",
        "[n, m] = [m, n] -> n = m",
        "n = m -> (forall k. k + m = k) -> n + n = n",
    ],
)
def test_an_equation_that_is_assumed_replaces_what_was_known(claim: str) -> None:
    assert proof(SORTING, claim) is not None


# -- propositional logic ---------------------------------------------------------------------

ATOMS = tuple(Atom(name, ()) for name in "pqr")
PROPOSITIONS = "pred p\npred q\npred r\nsort S\nvar x, y : S\npred u(S)\n"


@pytest.mark.parametrize(
    "claim",
    [
        "((p -> q) -> p) -> p",
        "(not q -> not p) -> p -> q",
        "not (p -> q) <-> p and not q",
        "((p <-> q) <-> r) <-> (p <-> (q <-> r))",
        "(p -> q or r) -> (p -> q) or (p -> r)",
        "((u(x) -> u(y)) -> u(x)) -> u(x)",
        "not (p and q and r) <-> not p or not q or not r",
    ],
)
def test_classical_laws_of_propositions_are_proved(claim: str) -> None:
    assert proof(PROPOSITIONS, claim) is not None


def formulas() -> st.SearchStrategy[Formula]:
    return st.recursive(
        st.sampled_from(ATOMS),
        lambda inner: st.one_of(
            st.builds(Not, inner),
            *(st.builds(kind, inner, inner) for kind in (And, Or, Implies, Iff)),
        ),
        max_leaves=6,
    )


def tautology(within: Theory, claim: Formula) -> bool:
    worker = Worker(within)
    block = Block.root(worker.rules)
    step = prove_tautology(block.fragment, 0, claim)
    if step is not None:
        graph_of(block.fragment, worker, claim)
    return step is not None


@settings(max_examples=60, deadline=None)
@given(formulas())
def test_exactly_what_is_true_in_every_row_is_proved(claim: Formula) -> None:
    within = theory(PROPOSITIONS)
    rows = [dict(zip(ATOMS, [i >> k & 1 == 1 for k in range(3)], strict=True)) for i in range(8)]
    always = all(value(claim, row) for row in rows)
    assert is_constantly(claim, True) == always
    assert set(letters(claim)) <= set(ATOMS)
    assert tautology(within, claim) == always
    assert tautology(within, Or(claim, Not(claim)))
