"""Formulas as Horn facts: each fact follows from the formula, and the checker says so."""

from __future__ import annotations

import pytest

from logic.printing import show
from logic.theory import Theory
from prover.facts import horn, is_existential, is_horn
from prover.fragment import Fragment, Origin
from prover.worker import Worker
from tests.prover.proving import formula, graph_of, theory

SIGNATURE = """
sort S
var x, y, z : S
const c : S
func f(S) -> S
pred p(S)
pred q(S)
pred r(S, S)
"""


def spread(claim: str) -> list[str]:
    """The facts that an axiom gives, as text, each derivation accepted."""
    within: Theory = theory(f"{SIGNATURE}axiom a: {claim}\n")
    worker = Worker(within)
    axiom = within.axioms["a"]
    fragment = Fragment()
    origin = fragment.origin(Origin("axiom", "a", None, axiom))
    facts = []
    for step, fact in list(horn(fragment, 0, origin, axiom)):
        assert is_horn(fact) or is_existential(fact)
        if step > 0:
            graph_of(fragment.upto(step), worker, fact)
        facts.append(show(fact, signature=within.signature))
    return facts


def shown(*claims: str) -> list[str]:
    within = theory(SIGNATURE)
    return [show(formula(c, within), signature=within.signature) for c in claims]


@pytest.mark.parametrize(
    "claim",
    [
        "p(x)",
        "f(x) = x",
        "x != f(x)",
        "not p(c)",
        "p(x) -> q(x) -> x = c",
        "p(x) -> not q(x)",
        "not p(x) -> q(x)",
        "p(x) -> false",
        "p(x) -> (exists y. r(x, y) and q(y))",
    ],
)
def test_what_is_a_fact_stays_as_it_is(claim: str) -> None:
    assert spread(claim) == shown(claim)


@pytest.mark.parametrize(
    ("claim", "facts"),
    [
        ("p(x) and q(x)", ["p(x)", "q(x)"]),
        ("p(x) <-> q(x)", ["p(x) -> q(x)", "q(x) -> p(x)"]),
        ("p(x) and q(x) -> r(x, x)", ["p(x) -> q(x) -> r(x, x)"]),
        ("p(x) or q(x) -> r(x, x)", ["p(x) -> r(x, x)", "q(x) -> r(x, x)"]),
        ("(exists y. r(x, y)) -> p(x)", ["forall x, y. r(x, y) -> p(x)"]),
        ("not (p(x) and q(x))", ["p(x) -> q(x) -> false"]),
        ("not (p(x) or q(x))", ["p(x) -> false", "q(x) -> false"]),
        ("p(x) -> q(x) and r(x, x)", ["p(x) -> q(x)", "p(x) -> r(x, x)"]),
        ("p(x) -> (forall y. r(x, y))", ["forall x, y. p(x) -> r(x, y)"]),
        (
            "p(x) <-> (exists y. r(x, y))",
            ["p(x) -> (exists y. r(x, y))", "forall x, y. r(x, y) -> p(x)"],
        ),
    ],
)
def test_a_formula_spreads_into_the_facts_that_follow(claim: str, facts: list[str]) -> None:
    assert sorted(map(plain, spread(claim))) == sorted(map(plain, shown(*facts)))


def plain(text: str) -> str:
    """Without the quantifier in front, whose order of variables does not matter here."""
    return text.split(". ", 1)[1] if text.startswith("forall") else text


def test_bound_variables_of_one_name_are_kept_apart() -> None:
    facts = spread("(exists y. r(x, y)) and (exists y. r(y, x)) -> p(x)")
    assert len(facts) == 1
    assert facts[0].startswith("forall x, y, y1 : S.")


def test_a_claimed_disjunction_is_no_fact() -> None:
    facts = spread("p(x) or q(x)")
    assert all(" or " not in fact for fact in facts)
