"""Fragments: what a failed attempt leaves behind (nothing), and how proofs join the graph."""

from __future__ import annotations

import pytest

from logic.formulas import FALSE, TRUE, Equal
from logic.terms import App, Sort
from proofs.graph import ProofGraph, Theorem
from prover.fragment import AbandonedError, Fragment, Origin, graft
from prover.worker import Worker
from tests.prover.proving import FULL, NUMBERS, accepted, formula, graph_of, theory

NAT = Sort("Nat")
ZERO = App("zero", (), NAT)
ZERO_IS_ZERO = Equal(ZERO, ZERO)


def test_a_failed_attempt_leaves_nothing_behind() -> None:
    fragment = Fragment()
    fragment.add(0, "reflexivity", (), ZERO_IS_ZERO)
    with fragment.attempt():
        inner = fragment.open(0, (), (FALSE,))
        fragment.add(inner, "hypothesis", (), FALSE, of=inner, index=0)
        raise AbandonedError
    assert (len(fragment.steps), len(fragment.scopes)) == (1, 1)


def test_other_errors_pass_through_an_attempt() -> None:
    with pytest.raises(ValueError, match="a fault"), Fragment().attempt():
        raise ValueError("a fault")


def test_only_what_the_last_step_needs_is_joined_to_the_graph() -> None:
    within = theory(NUMBERS)
    fragment = Fragment()
    fragment.add(0, "reflexivity", (), ZERO_IS_ZERO)
    unused = fragment.open(0, (), (FALSE,))
    fragment.add(unused, "hypothesis", (), FALSE, of=unused, index=0)
    needed = fragment.open(0, (), (FALSE,))
    absurd = fragment.add(needed, "hypothesis", (), FALSE, of=needed, index=0)
    fragment.add(0, "negation", [absurd], TRUE, scopes=[needed])
    graph = graph_of(fragment, Worker(within), TRUE)
    assert [s.rule for s in graph.steps] == ["hypothesis", "negation"]
    assert len(graph.scopes) == 2


def test_an_axiom_that_two_proofs_use_stands_once_in_the_graph() -> None:
    within = theory(
        NUMBERS.replace(" {\n  n + zero = n", "\naxiom a: n + zero = n")
        .replace("\n  n + succ", "\naxiom b: n + succ")
        .replace("\n}", "")
    )
    worker = Worker(within)
    graph, known = ProofGraph(within), {}
    for name, text in [("one", "n + 1 = succ(n)"), ("two", "n + 2 = succ(succ(n))")]:
        claim = formula(text, within)
        fragment = worker.work(claim, FULL)
        assert fragment is not None
        step = graft(graph, fragment, known, worker.recipes)
        graph.conclude(Theorem(name, step, claim))
    assert [t.name for t in accepted(graph).theorems] == ["one", "two"]
    axioms = [s.name for s in graph.steps if s.rule == "axiom"]
    assert sorted(axioms) == ["a", "b"]


def test_facts_spread_from_an_axiom_are_derived_once_and_only_where_used() -> None:
    within = theory("sort S\nvar x : S\npred p(S)\npred q(S)\naxiom both: p(x) and q(x)\n")
    worker = Worker(within)
    claim = formula("p(x)", within)
    fragment = worker.work(claim, FULL)
    assert fragment is not None
    graph = graph_of(fragment, worker, claim)
    assert "and_left" in {s.rule for s in graph.steps}
    assert "and_right" not in {s.rule for s in graph.steps}


def test_a_goal_that_is_a_known_fact_has_a_proof_of_its_own() -> None:
    """The proof consists of nothing but the premise; it is stated once more."""
    within = theory("pred p\naxiom a: p\n")
    worker = Worker(within)
    fragment = worker.work(formula("p", within), FULL)
    assert fragment is not None
    graph_of(fragment, worker, formula("p", within))


def test_two_theorems_may_say_the_same() -> None:
    within = theory("pred p\npred q\naxiom a: q -> p\naxiom b: q\n")
    worker = Worker(within)
    claim = formula("p", within)
    graph, known = ProofGraph(within), {}
    for name in ("one", "two"):
        fragment = worker.work(claim, FULL)
        assert fragment is not None
        step = graft(graph, fragment, known, worker.recipes)
        graph.conclude(Theorem(name, step, claim))
        origin = Origin("theorem", name, None, claim)
        known[origin] = step
        worker.tell(origin)
    assert [t.name for t in accepted(graph).theorems] == ["one", "two"]
