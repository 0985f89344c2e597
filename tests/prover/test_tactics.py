"""What a block proves by itself, without lemmas; each proof is accepted by the checker."""

from __future__ import annotations

import pytest

from prover.tactics import Effort
from tests.prover.proving import FULL, LISTS, NUMBERS, proof, rules

LOGIC = """
sort S
var x, y, z : S
const c : S
func f(S) -> S
pred p(S)
pred q(S)
pred r(S, S)
pred a
pred b
pred d
"""

ORDER = NUMBERS + "pred (<=)(Nat, Nat)\ndefine n <= m := exists k. n + k = m\n"


# -- logic -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "claim",
    [
        "true",
        "not false",
        "x = x",
        "a -> a",
        "a -> b -> a",
        "(a -> b -> d) -> (a -> b) -> a -> d",
        "a and b -> b and a",
        "a or b -> b or a",
        "(a <-> b) -> (b <-> a)",
        "a and not a -> b",
        "a or not a",
        "not (a or b) <-> not a and not b",
        "a and (b or d) <-> (a and b) or (a and d)",
        "x = y -> y = x",
        "x = y and y = z -> f(x) = f(z)",
        "(forall x. p(x)) -> p(c)",
        "p(c) -> (exists x. p(x))",
        "(forall x. p(x) and q(x)) <-> (forall x. p(x)) and (forall x. q(x))",
        "(exists x. p(x) or q(x)) <-> (exists x. p(x)) or (exists x. q(x))",
        "(exists y. forall x. r(x, y)) -> (forall x. exists y. r(x, y))",
        "not (exists x. p(x)) <-> (forall x. not p(x))",
        "(forall x. p(x) -> q(x)) and (exists x. p(x)) -> (exists x. q(x))",
        "(p(x) or q(x)) and (p(x) -> r(x, x)) and (q(x) -> r(x, x)) -> r(x, x)",
    ],
)
def test_what_is_true_in_logic_alone(claim: str) -> None:
    assert proof(LOGIC, claim) is not None


@pytest.mark.parametrize(
    "claim",
    [
        "false",
        "a",
        "a -> b",
        "a or b",
        "(a -> b) -> (b -> a)",
        "not a",
        "x = y",
        "f(x) = f(y) -> x = y",
        "p(x) -> p(f(x))",
        "(exists x. p(x)) -> (forall x. p(x))",
        "(forall x. exists y. r(x, y)) -> (exists y. forall x. r(x, y))",
        "(exists x. p(x)) and (exists x. q(x)) -> (exists x. p(x) and q(x))",
        "(forall x. p(x) or q(x)) -> (forall x. p(x)) or (forall x. q(x))",
    ],
)
def test_what_is_not_true_in_logic_alone_is_not_proved(claim: str) -> None:
    assert proof(LOGIC, claim) is None


# -- opening blocks --------------------------------------------------------------------------


def test_variables_and_premises_are_introduced_together() -> None:
    graph = proof(LOGIC, "p(x) -> x = y -> p(y)")
    assert "discharge" in rules(graph)
    assert any(len(s.vars) == 2 and len(s.hypotheses) == 2 for s in graph.scopes)  # type: ignore[union-attr]


def test_a_disjunctive_hypothesis_opens_a_block_for_each_case() -> None:
    assert "cases" in rules(proof(LOGIC, "a or b -> (a -> d) -> (b -> d) -> d"))


def test_an_existential_hypothesis_opens_a_block_with_a_witness() -> None:
    assert "exists_elim" in rules(proof(LOGIC, "(exists x. r(x, c)) -> (exists y. r(y, c))"))


def test_an_equivalence_is_proved_in_both_directions() -> None:
    assert "iff_intro" in rules(proof(LOGIC, "a and b <-> b and a"))


def test_a_denial_is_proved_by_assuming_what_it_denies() -> None:
    assert "negation" in rules(proof(LOGIC, "(a -> b) -> not b -> not a"))


def test_contradicting_hypotheses_prove_anything() -> None:
    assert "ex_falso" in rules(proof(LOGIC, "p(c) and not p(c) -> q(c)"))


def test_a_disjunction_neither_side_of_which_follows_is_proved_by_cases() -> None:
    assert {"excluded_middle", "cases"} <= rules(proof(LOGIC, "p(x) or not p(x)"))


def test_hidden_variables_do_not_confuse_a_proof() -> None:
    assert proof(NUMBERS, "forall m : Nat. forall m : Nat. zero + m = m") is not None
    assert proof(LOGIC, "forall x. (forall x. p(x)) -> p(x)") is not None


@pytest.mark.parametrize(
    "claim",
    [
        "exists x. exists y. x = y",
        "exists x. exists x. f(x) = f(c)",
        "forall x. not (forall x. q(c) and false)",
        "(exists x. (p(x) -> (forall x. r(x, x)))) -> (forall x. p(x)) -> r(c, c)",
        "(exists x. forall x. r(x, c) and q(x)) -> r(c, c)",
        "not (exists x. not (exists x. f(c) = x))",
        "(exists x. p(x)) -> (exists x. (exists y. r(c, c)) or (exists x. p(x)))",
        "(exists x. not (exists x. p(x))) -> not not (exists x. c = c)",
    ],
)
def test_a_name_may_be_bound_again_further_in(claim: str) -> None:
    assert proof(LOGIC, claim) is not None


def test_variables_that_a_goal_does_not_speak_of_do_not_hinder() -> None:
    assert proof(NUMBERS + "sort S\n", "forall s : S, n. forall k. zero + n = n") is not None


# -- data types ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("claim", "rule"),
    [
        ("succ(n) != zero", "disjointness"),
        ("zero = succ(n) -> n = m", "disjointness"),
        ("succ(n) = succ(m) -> n = m", "injectivity"),
        ("n = zero or (exists m. n = succ(m))", "induction"),
        ("succ(n) != n", "induction"),
        ("not (forall n. n = zero)", "disjointness"),
        ("exists n. n != zero", "exists_intro"),
        ("succ(succ(n)) = succ(succ(m)) <-> n = m", "injectivity"),
    ],
)
def test_constructors_are_injective_disjoint_and_exhaustive(claim: str, rule: str) -> None:
    assert rule in rules(proof(NUMBERS, claim))


def test_lists_are_not_parts_of_themselves() -> None:
    assert proof(LISTS, "cons(x, xs) != xs") is not None


# -- induction -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "claim", ["zero + n = n", "succ(n) + m = succ(n + m)", "n + m + k = n + (m + k)"]
)
def test_laws_of_addition_by_one_induction(claim: str) -> None:
    assert "induction" in rules(proof(NUMBERS, claim, Effort(1, 0, 60)))


def test_addition_is_commutative_by_nested_inductions_without_lemmas() -> None:
    graph = proof(NUMBERS, "n + m = m + n")
    assert sum(s.rule == "induction" for s in graph.steps) >= 2  # type: ignore[union-attr]


def test_without_induction_nothing_is_known_of_all_numbers() -> None:
    assert proof(NUMBERS, "zero + n = n", Effort(0, 1, 400)) is None


def test_the_other_variables_stay_general_in_the_hypothesis() -> None:
    """Cancellation by induction on n needs the hypothesis for other m and k."""
    graph = proof(NUMBERS, "n + m = k + m -> n = k", Effort(1, 0, 100))
    assert "induction" in rules(graph)
    bound = proof(
        LISTS
        + "func rev(List(A), List(A)) -> List(A) {\n rev(nil, ys) = ys\n"
        + " rev(cons(x, xs), ys) = rev(xs, cons(x, ys))\n}\n",
        "rev(xs ++ ys, zs) = rev(ys, rev(xs, zs))",
        Effort(1, 0, 100),
    )
    assert "induction" in rules(bound)


def test_induction_over_trees_has_two_hypotheses() -> None:
    trees = (
        """
    data Tree(A) = leaf | node(Tree(A), A, Tree(A))
    """.strip()
        + """
var x : A
var t, u : Tree(A)
func mirror(Tree(A)) -> Tree(A) {
  mirror(leaf) = leaf
  mirror(node(t, x, u)) = node(mirror(u), x, mirror(t))
}
"""
    )
    graph = proof(trees, "mirror(mirror(t)) = t", Effort(1, 0, 0))
    assert any(len(s.hypotheses) == 2 for s in graph.scopes)  # type: ignore[union-attr]


# -- definitions -----------------------------------------------------------------------------


def test_less_or_equal_is_reflexive_by_definition() -> None:
    assert {"exists_intro", "iff_right"} <= rules(proof(ORDER, "n <= n"))


def test_less_or_equal_is_transitive_given_associativity() -> None:
    claim = "(forall n, m, k. n + m + k = n + (m + k)) -> n <= m and m <= k -> n <= k"
    assert {"exists_elim", "exists_intro"} <= rules(proof(ORDER, claim))


@pytest.mark.parametrize("claim", ["n <= succ(n)", "zero <= n", "n <= n + m"])
def test_small_laws_of_less_or_equal(claim: str) -> None:
    assert proof(ORDER, claim) is not None


def test_a_definition_is_unfolded_on_both_sides_of_an_equivalence() -> None:
    text = LOGIC + "pred even(S)\ndefine even(x) := p(x) and not q(x)\n"
    assert proof(text, "even(x) <-> not q(x) and p(x)") is not None


def test_no_effort_proves_what_rewriting_shows_and_nothing_else() -> None:
    none = Effort(0, 0, 0)
    assert proof(NUMBERS, "n + 2 = succ(succ(n))", none) is not None
    assert proof(NUMBERS, "n + m = m + n", none) is None
    assert proof(LOGIC, "p(x) -> (p(x) -> q(x)) -> q(x)", none) is not None  # q is above p
    assert proof(LOGIC, "q(x) -> (q(x) -> p(x)) -> p(x)", none) is None
    assert proof(LOGIC, "q(x) -> (q(x) -> p(x)) -> p(x)", FULL) is not None
