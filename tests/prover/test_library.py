"""The theories that ship: what exploring them finds, and that the checker accepts all of it."""

from __future__ import annotations

from functools import cache

import msgspec
import pytest

import mpl
from logic.budget import Budget
from logic.formulas import Equal, Formula, canonical, close, split_forall
from logic.theory import Theory
from prover import Outcome
from prover import explore as run_explore
from tests.prover.proving import LIBRARY, accepted, formula, verdicts

NAMES = ["peano", "group", "list", "tree", "order", "lattice", "peano_core"]


@cache
def library(name: str) -> Theory:
    return mpl.load(LIBRARY / f"{name}.mpl")


@cache
def explored(name: str, goals: bool = True) -> Outcome:
    within = library(name)
    if not goals:
        within = msgspec.structs.replace(within, goals={})
    outcome = run_explore(within, budget=Budget(30))
    accepted(outcome)
    return outcome


def readings(law: Formula) -> set[Formula]:
    """A law with its variables numbered as they occur, in both directions if it is an equation."""
    matrix = split_forall(law)[1]
    turned = Equal(matrix.right, matrix.left) if isinstance(matrix, Equal) else matrix
    return {canonical(close(matrix)), canonical(close(turned))}


def is_stated(outcome: Outcome, law: str) -> bool:
    wanted = readings(formula(law, outcome.graph.theory))
    return any(readings(t.formula) & wanted for t in outcome.graph.theorems.values())


@pytest.mark.parametrize("name", NAMES)
def test_every_goal_of_the_library_is_proved(name: str) -> None:
    outcome = explored(name)
    assert set(verdicts(outcome).values()) == {"PROVED"}, verdicts(outcome)
    assert not outcome.stats.stopped


@pytest.mark.parametrize("name", NAMES)
def test_theorems_rest_on_the_axioms_of_their_theory_alone(name: str) -> None:
    report = accepted(explored(name))
    axioms = set(library(name).axioms)
    assert all(set(t.axioms) <= axioms for t in report.theorems)


@pytest.mark.parametrize(
    "law",
    [
        "0 + n = n",
        "succ(m) + n = succ(m + n)",
        "n + m = m + n",
        "n + m + k = n + (m + k)",
        "n * m = m * n",
        "n * m * k = n * (m * k)",
        "0 * n = 0",
        "succ(m) * n = m * n + n",
        "1 * n = n",
        "n * (m + k) = n * m + n * k",
        "(m + k) * n = m * n + k * n",
        "n + m = n + k -> m = k",
        "m + n = k + n -> m = k",
    ],
)
def test_arithmetic_is_found_from_the_axioms_alone(law: str) -> None:
    """No goal and no lemma is given."""
    assert is_stated(explored("peano", goals=False), law)


def test_few_laws_of_arithmetic_are_essential() -> None:
    theorems = explored("peano", goals=False).graph.theorems.values()
    assert 0 < sum(t.essential for t in theorems) <= 25


@pytest.mark.parametrize(
    ("name", "law"),
    [
        ("group", "x * e = x"),
        ("group", "x * inv(x) = e"),
        ("group", "x * y = x * z -> y = z"),
        ("group", "y * x = z * x -> y = z"),
        ("group", "inv(inv(x)) = x"),
        ("group", "inv(x * y) = inv(y) * inv(x)"),
        ("list", "xs ++ ys ++ zs = xs ++ (ys ++ zs)"),
        ("list", "xs ++ nil = xs"),
        ("list", "length(xs ++ ys) = length(xs) + length(ys)"),
        ("list", "reverse(xs ++ ys) = reverse(ys) ++ reverse(xs)"),
        ("list", "reverse(reverse(xs)) = xs"),
        ("list", "map(f, xs ++ ys) = map(f, xs) ++ map(f, ys)"),
    ],
)
def test_the_laws_of_groups_and_lists_are_proved(name: str, law: str) -> None:
    assert is_stated(explored(name), law)


def test_goals_of_imported_theories_serve_as_lemmas_and_are_not_goals() -> None:
    outcome = explored("tree")
    assert set(outcome.verdicts) == set(library("tree").goals)
    assert is_stated(outcome, "forall xs, ys, zs : List(A). xs ++ ys ++ zs = xs ++ (ys ++ zs)")


def test_core_notation_is_proved_by_induction_along_the_successor_relation() -> None:
    report = accepted(explored("peano_core"))
    assert {t.name for t in report.theorems} >= {"add_comm", "add_assoc"}
    assert all(t.inductions for t in report.theorems)
    assert "set_induction" in {s.rule for s in explored("peano_core").graph.steps}
