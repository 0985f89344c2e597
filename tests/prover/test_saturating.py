"""Saturation, its record replayed as a direct proof that the checker accepts."""

from __future__ import annotations

import pytest

from logic.formulas import FALSE
from prover.tactics import Effort
from prover.worker import Worker
from tests.prover.proving import NUMBERS, graph_of, proof, rules, theory

SEARCH = Effort(0, 0, 400)
"""Nothing but saturation."""

GROUP = """
sort G
var x, y, z : G
func (*)(G, G) -> G
const e : G
func inv(G) -> G
axiom assoc: x * y * z = x * (y * z)
axiom left_identity: e * x = x
axiom left_inverse: inv(x) * x = e
"""

RELATIONS = """
sort S
var x, y, z : S
const a : S
const b : S
const c : S
func f(S) -> S
pred p(S)
pred q(S)
pred r(S, S)
"""


@pytest.mark.parametrize(
    "claim",
    [
        "x * inv(x) = e",
        "x * e = x",
        "x * y = x * z -> y = z",
        "y * x = z * x -> y = z",
        "inv(inv(x)) = x",
        "inv(x * y) = inv(y) * inv(x)",
        "x * y = e -> y = inv(x)",
        "(forall y. y * y = e) -> x * y = y * x",
        "exists y. y * x = z",
    ],
)
def test_groups_by_completion(claim: str) -> None:
    """Superposition of equations into each other, and into the goal."""
    assert "rewrite" in rules(proof(GROUP, claim, SEARCH))


@pytest.mark.parametrize("claim", ["x * y = y * x", "x = e", "x * x = x", "inv(x) = x"])
def test_what_fails_in_some_group_is_not_proved(claim: str) -> None:
    assert proof(GROUP, claim, SEARCH) is None


@pytest.mark.parametrize(
    ("axioms", "claim", "rule"),
    [
        # into bodies: hyperresolution
        ("axiom t: r(x, y) and r(y, z) -> r(x, z)\naxiom ab: r(a, b)\naxiom bc: r(b, c)\n",
         "r(a, c)", "modus_ponens"),
        # an equation into a body
        ("axiom e: a = b\naxiom p: p(x) -> q(f(x))\naxiom h: p(b)\n", "q(f(a))", "modus_ponens"),
        # an equation into a head
        ("axiom e: f(x) = x\naxiom p: p(a) -> q(f(a))\naxiom h: p(a)\n", "q(a)", "modus_ponens"),
        # a conditional equation
        ("axiom e: p(x) -> f(x) = x\naxiom h: p(a)\naxiom q: q(a)\n", "q(f(a))", "rewrite"),
        # a denial
        ("axiom n: not p(a)\naxiom i: q(x) -> p(x)\n", "not q(a)", "negation"),
        # functional relations: equality as a conclusion
        ("axiom f: r(x, y) and r(x, z) -> y = z\naxiom ab: r(a, b)\naxiom ac: r(a, c)\n",
         "b = c", "modus_ponens"),
        # a denied equation resolved away
        ("axiom d: f(x) = a -> false\naxiom h: f(b) = c\n", "a != c", "negation"),
    ],
)  # fmt: skip
def test_relations_by_hyperresolution_and_superposition(axioms: str, claim: str, rule: str) -> None:
    assert rule in rules(proof(RELATIONS + axioms, claim, SEARCH))


# -- constructors ----------------------------------------------------------------------------

DATA = NUMBERS + "data Pair = pair(Nat, Nat)\nfunc f(Nat) -> Nat\npred p(Nat)\n"


@pytest.mark.parametrize(
    ("claim", "rule"),
    [
        ("pair(n, m) = pair(m, k) -> n = k", "injectivity"),
        ("succ(f(n)) = succ(zero) -> p(zero) -> p(f(n))", "injectivity"),
        ("f(n) = zero and f(n) = succ(m) -> p(k)", "disjointness"),
        ("f(n) = zero -> f(n) != succ(m)", "disjointness"),
        ("(forall n, m. pair(n, n) = pair(m, k) -> p(n)) -> p(k)", "modus_ponens"),
    ],
)
def test_constructors_are_injected_decomposed_and_clash(claim: str, rule: str) -> None:
    assert rule in rules(proof(DATA, claim, SEARCH))


# -- witnesses -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("axioms", "claim"),
    [
        ("axiom t: exists y. r(x, y)\naxiom p: r(x, y) -> p(x)\n", "p(a)"),
        ("axiom t: exists y. r(x, y) and q(y)\naxiom p: r(x, y) and q(y) -> p(x)\n", "p(a)"),
        ("axiom t: p(x) -> (exists y. r(x, y))\naxiom p: p(a)\n", "exists y. r(a, y)"),
        ("axiom t: exists y, z. r(x, y) and r(y, z)\n", "exists y, z. r(a, y) and r(y, z)"),
        ("axiom t: exists y. f(y) = x\naxiom p: p(f(x))\n", "p(b)"),
    ],
)
def test_witnesses_are_opened_and_closed(axioms: str, claim: str) -> None:
    assert "exists_elim" in rules(proof(RELATIONS + axioms, claim, SEARCH))


def test_one_witness_may_need_another() -> None:
    axioms = "axiom t: exists y. r(x, y)\naxiom p: r(x, y) and r(y, z) -> p(x)\n"
    graph = proof(RELATIONS + axioms, "p(a)", SEARCH)
    assert graph is not None
    assert sum(s.rule == "exists_elim" for s in graph.steps) == 2


def test_what_exists_for_each_may_differ() -> None:
    axioms = "axiom t: exists y. r(x, y)\n"
    assert proof(RELATIONS + axioms, "exists y. r(a, y) and r(b, y)", SEARCH) is None


def test_an_equation_that_exists_computes_and_proves() -> None:
    """An existential axiom is no rewrite rule, but saturation may rewrite with its witness."""
    text = NUMBERS + "axiom ex: exists m. n + m = succ(n)\n"
    assert proof(text, "exists m. n + m = succ(n)", SEARCH) is not None


# -- contradictions --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "axioms",
    [
        "axiom p: p(a)\naxiom n: not p(x)\n",
        "axiom e: exists x. p(x)\naxiom n: not p(x)\n",
        "axiom e: a = b\naxiom n: a != b\n",
        "axiom e: x = f(x)\naxiom p: p(f(a))\naxiom n: p(a) -> false\n",
    ],
)
def test_axioms_that_contradict_each_other_prove_falsity(axioms: str) -> None:
    worker = Worker(theory(RELATIONS + axioms))
    fragment = worker.work(FALSE, SEARCH)
    assert fragment is not None
    graph_of(fragment, worker, FALSE)


def test_a_proof_does_not_depend_on_what_was_tried_before() -> None:
    """The core numbers what it meets; the proof must not show it."""
    fresh = proof(GROUP, "x * inv(x) = e", SEARCH)
    proof(GROUP, "inv(x * y) = inv(y) * inv(x)", SEARCH)
    again = proof(GROUP, "x * inv(x) = e", SEARCH)
    assert fresh is not None and again is not None
    assert fresh.steps == again.steps
