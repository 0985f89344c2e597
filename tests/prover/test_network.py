"""Rounds: in which order theorems are committed, what is listed, and what is essential."""

from __future__ import annotations

import pytest

from logic.budget import Budget
from logic.formulas import Equal, split_forall
from prover import Outcome, Progress
from prover import explore as run_explore
from prover.compress import follows
from prover.fragment import Origin
from prover.interpretations import interpret
from prover.worker import Worker
from tests.prover.proving import (
    LISTS,
    NUMBERS,
    accepted,
    explore,
    prove,
    statements,
    theory,
    verdicts,
)

TIMES = (
    NUMBERS
    + """
func (*)(Nat, Nat) -> Nat {
  n * zero = zero
  n * succ(m) = n * m + n
}
explore size 7 with zero, succ, +, *
"""
)
GROUP = """
sort G
var x, y, z : G
func (*)(G, G) -> G
const e : G
func inv(G) -> G
axiom assoc: x * y * z = x * (y * z)
axiom left_identity: e * x = x
axiom left_inverse: inv(x) * x = e
goal inv_mul: inv(x * y) = inv(y) * inv(x)
explore size 6
"""
REVERSE = (
    LISTS
    + """
func reverse(List(A)) -> List(A) {
  reverse(nil) = nil
  reverse(cons(x, xs)) = reverse(xs) ++ [x]
}
explore size 6
"""
)
THEORIES = {"arithmetic": TIMES, "groups": GROUP, "lists": REVERSE}


@pytest.fixture(scope="module", params=list(THEORIES))
def explored(request: pytest.FixtureRequest) -> Outcome:
    return explore(THEORIES[request.param])


def test_nothing_listed_follows_from_what_was_found_before(explored: Outcome) -> None:
    """By rewriting or instantiation, and asked anew of a worker that knows only the prefix."""
    within = explored.graph.theory
    theorems = list(explored.graph.theorems.values())
    worker = Worker(within, [t.formula for t in theorems])
    for theorem in theorems:
        assert not worker.derivable(theorem.formula), theorem.name
        worker.tell(Origin("theorem", theorem.name, None, theorem.formula))


def test_every_other_theorem_follows_from_the_essential_ones(explored: Outcome) -> None:
    essential = [t for t in explored.graph.theorems.values() if t.essential]
    rest = [t for t in explored.graph.theorems.values() if not t.essential]
    assert essential
    for theorem in rest:
        assert follows(theorem, essential, explored.graph.theory), theorem.name


def test_no_essential_theorem_follows_from_the_others(explored: Outcome) -> None:
    essential = [t for t in explored.graph.theorems.values() if t.essential]
    for theorem in essential:
        others = [t for t in essential if t is not theorem]
        assert not follows(theorem, others, explored.graph.theory), theorem.name


@pytest.mark.parametrize("text", [TIMES, REVERSE], ids=["arithmetic", "lists"])
def test_every_theorem_holds_at_all_points_tested(text: str) -> None:
    outcome = explore(text)
    within = outcome.graph.theory
    interpretation = interpret(within, Worker(within), Budget())
    for theorem in outcome.graph.theorems.values():
        assert interpretation.counterexample(theorem.formula) is None, theorem.name


def test_names_are_distinct_and_say_what_is_proved(explored: Outcome) -> None:
    report = accepted(explored)
    assert [t.name for t in report.theorems] == list(explored.graph.theorems)
    assert len(set(statements(explored))) == len(explored.graph.theorems)


def test_what_is_proved_in_a_round_rests_on_the_rounds_before(explored: Outcome) -> None:
    graph = explored.graph
    for theorem in graph.theorems.values():
        for used in graph.uses(theorem.name):
            assert graph.theorems[used].round < theorem.round


def test_general_laws_are_found_before_their_instances() -> None:
    found = statements(explore(TIMES))
    assert "n + m = m + n" in found
    for instance in ("zero + zero = zero", "zero + n = n + zero", "n + succ(n) = succ(n) + n"):
        assert instance not in found


def test_directed_laws_are_found_before_permutative_ones_of_the_same_round() -> None:
    outcome = explore(TIMES)
    worker = Worker(outcome.graph.theory)
    by_round: dict[int, list[bool]] = {}
    for theorem in outcome.graph.theorems.values():
        if isinstance(split_forall(theorem.formula)[1], Equal):
            directed = worker.directed(theorem.formula)
            by_round.setdefault(theorem.round, []).append(directed)
    for order in by_round.values():
        assert order == sorted(order, reverse=True)


def test_a_goal_is_listed_even_if_it_follows() -> None:
    outcome = prove(
        NUMBERS + "goal one: zero + n = n\ngoal two: zero + 1 = 1\ngoal three: 2 + 2 = 4\n"
    )
    assert verdicts(outcome) == dict.fromkeys(("one", "two", "three"), "PROVED")
    assert {t.name for t in outcome.graph.theorems.values()} == {"one", "two", "three"}


def test_two_goals_may_say_the_same() -> None:
    outcome = prove(NUMBERS + "goal one: zero + n = n\ngoal two: zero + m = m\n")
    assert verdicts(outcome) == {"one": "PROVED", "two": "PROVED"}
    assert list(outcome.graph.theorems) == ["one", "two"]


def test_found_theorems_do_not_take_the_names_of_goals() -> None:
    outcome = explore(NUMBERS + "goal add_assoc: zero + n = n\nexplore size 5\n")
    assert outcome.graph.theorems["add_assoc"].kind == "goal"
    assert "n + m + k = n + (m + k)" in statements(outcome)


def test_the_proof_that_a_goal_fails_does_not_take_the_name_of_another() -> None:
    text = (
        NUMBERS
        + """
pred positive(Nat)
define positive(n) := exists k. n = succ(k)
goal all: positive(n)
goal all_fails: n != succ(n)
"""
    )
    outcome = prove(text)
    assert verdicts(outcome) == {"all": "REFUTED", "all_fails": "PROVED"}
    assert outcome.verdicts["all"].counterexample == {"n": "zero"}
    name = outcome.verdicts["all"].detail
    assert name != "all_fails"
    assert outcome.graph.theorems[name].kind == "found"


def test_exploration_finds_the_lemmas_that_a_goal_needs() -> None:
    text = REVERSE.replace(
        "explore size 6", "goal twice: reverse(reverse(xs)) = xs\nexplore size 5"
    )
    outcome = prove(text)
    assert verdicts(outcome) == {"twice": "PROVED"}
    assert len(outcome.graph.theorems) > 1
    assert all(t.kind == "found" for t in outcome.graph.theorems.values() if t.name != "twice")


def test_larger_terms_are_looked_at_while_a_goal_is_open() -> None:
    """The lemma about an accumulator has five symbols on each side; the file asks for two."""
    text = REVERSE.replace(
        "explore size 6",
        """
func onto(List(A), List(A)) -> List(A) {
  onto(nil, ys) = ys
  onto(cons(x, xs), ys) = onto(xs, cons(x, ys))
}
goal same: onto(xs, nil) = reverse(xs)
explore size 2
""",
    )
    assert verdicts(prove(text, 60)) == {"same": "PROVED"}
    assert "onto(xs, ys) = reverse(xs) ++ ys" not in statements(explore(text))


def test_in_a_theory_without_induction_results_are_essential_all_the_same() -> None:
    outcome = explore(
        "sort S\nvar x, y, z : S\npred (<)(S, S)\naxiom irreflexive: not x < x\n"
        "axiom transitive: x < y and y < z -> x < z\ngoal asymmetric: x < y -> not y < x\n"
    )
    assert [t.name for t in outcome.graph.theorems.values() if t.essential] == ["asymmetric"]


def test_a_proof_stops_when_every_goal_has_its_verdict() -> None:
    outcome = prove(TIMES + "goal easy: zero + n = n\n")
    assert list(outcome.graph.theorems) == ["easy"]


def test_what_resists_is_reported_with_the_reason() -> None:
    text = (
        "data Nat = zero | succ(Nat)\nvar n : Nat\nfunc f(Nat) -> Nat\ngoal open: f(n) = f(f(n))\n"
    )
    outcome = prove(text)
    assert verdicts(outcome) == {"open": "UNKNOWN"}
    assert "no proof found" in outcome.verdicts["open"].detail


def test_polymorphic_lemmas_serve_at_the_sorts_where_they_are_needed() -> None:
    text = (
        NUMBERS
        + LISTS
        + """
var l, m' : List(Nat)
func sum(List(Nat)) -> Nat {
  sum(nil) = zero
  sum(cons(n, l)) = n + sum(l)
}
goal step: sum(l ++ m') = sum(l) + sum(m')
goal nothing: sum((l ++ nil) ++ m') = sum(m') + sum(l)
explore size 5
"""
    )
    assert set(verdicts(prove(text)).values()) == {"PROVED"}


def test_lists_of_lists_do_not_unfold_without_end() -> None:
    text = (
        LISTS
        + """
var xss, yss : List(List(A))
func concat(List(List(A))) -> List(A) {
  concat(nil) = nil
  concat(cons(xs, xss)) = xs ++ concat(xss)
}
goal flat: concat(xss ++ yss) = concat(xss) ++ concat(yss)
explore size 5
"""
    )
    within = theory(text)
    worker = Worker(within, list(within.goals.values()))
    assert len(worker.rules.known) < 20
    assert verdicts(prove(text)) == {"flat": "PROVED"}


def test_progress_is_told_after_each_round() -> None:
    heard: list[Progress] = []
    outcome = run_explore(theory(NUMBERS + "explore size 5\n"), progress=heard.append)
    accepted(outcome)
    assert len(heard) >= outcome.stats.rounds - 1
    assert [p.theorems for p in heard] == sorted(p.theorems for p in heard)
