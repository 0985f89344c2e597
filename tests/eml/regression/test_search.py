"""Laws come back from data, exactly, and what is no law is not called one."""

from __future__ import annotations

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from eml.prove import prove
from eml.regression.datasets import law, random_tree, suite
from eml.regression.inverse import inverse_search
from eml.regression.regress import Outcome, regress
from logic.budget import Budget
from logic.errors import PorismError


def found(name: str, noise: float = 0.0, rows: int = 400, seconds: float = 25) -> Outcome:
    problem = law(name)
    x, y = problem.sample(rows, 3, noise)
    return regress(x, y, problem.names, budget=Budget(seconds))


def is_law(outcome: Outcome, name: str) -> bool:
    verdict = prove(outcome.best.expression, law(name).expression).verdict
    return verdict.status in ("PROVED", "NUMERIC")


@pytest.mark.parametrize("name", [problem.name for problem in suite("paper")])
def test_the_papers_targets_are_recovered_exactly(name: str) -> None:
    outcome = found(name)
    assert outcome.best.verdict == "exact"
    assert is_law(outcome, name)


@pytest.mark.parametrize(
    "name", ["I.12.2", "I.12.11", "I.13.12", "I.10.7", "II.36.38", "Nguyen-4", "Nguyen-8", "lv1"]
)
def test_published_laws_are_recovered_exactly(name: str) -> None:
    outcome = found(name)
    assert outcome.best.verdict == "exact"
    assert is_law(outcome, name)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["I.15.3x", "I.18.4", "I.9.18", "I.32.17", "I.41.16"])
def test_laws_of_many_inputs_are_recovered_by_their_symmetries(name: str) -> None:
    outcome = found(name, rows=2000, seconds=60)
    assert outcome.best.verdict == "exact"
    assert is_law(outcome, name)


def test_a_law_under_noise_is_claimed_only_within_the_noise() -> None:
    outcome = found("I.12.2", noise=0.01, rows=3000)
    assert outcome.best.verdict == "exact_within_noise"
    assert is_law(outcome, "I.12.2")


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000))
def test_small_random_trees_are_found_again(seed: int) -> None:
    tree, problem = random_tree(11, seed)
    x, y = problem.sample(60, seed)
    columns = [np.ascontiguousarray(c) for c in x.T]
    back, tried = inverse_search(columns, y, Budget(20), 11)
    assert back is not None and back.k <= tree.k
    assert tried > 0


def test_no_formula_is_claimed_for_noise() -> None:
    rng = np.random.default_rng(5)
    x = rng.uniform(1, 2, (200, 2))
    outcome = regress(x, rng.normal(size=200), budget=Budget(8))
    assert outcome.best.verdict == "fit"


@pytest.mark.parametrize("function", [np.abs, lambda u: np.where(u > 0.3, 1.0, u)])
def test_what_has_no_elementary_law_is_called_a_fit(function: object) -> None:
    x = np.random.default_rng(1).uniform(-1, 1, (300, 1))
    outcome = regress(x, function(x[:, 0]), budget=Budget(6))  # type: ignore[operator]
    best = outcome.best
    # sqrt(x²) is |x|, and elementary; a jump is not.
    assert best.verdict == "fit" or str(best.expression) in ("sqrt(x1**2)", "Abs(x1)")


def test_too_few_rows_for_the_number_of_candidates_make_no_law() -> None:
    x = np.array([[1.0], [2.0], [3.0], [4.0]])
    y = np.array([0.31, 1.77, 0.92, 2.4])
    outcome = regress(x, y, budget=Budget(5))
    assert outcome.best.verdict == "fit"


def test_constant_and_repeated_columns_are_left_out_and_named() -> None:
    rng = np.random.default_rng(0)
    a = rng.uniform(1, 2, 100)
    outcome = regress(
        np.column_stack([a, a, np.ones(100)]), a**2, ("a", "twin", "one"), budget=Budget(10)
    )
    assert outcome.notes == ["twin repeats a and is left out", "one is constant and left out"]
    assert outcome.best.expression == sympy.Symbol("a") ** 2


def test_numbers_far_from_one_are_scaled() -> None:
    rng = np.random.default_rng(0)
    mass, radius = rng.uniform(1e24, 9e24, 300), rng.uniform(1e6, 9e6, 300)
    outcome = regress(
        np.column_stack([mass, radius]), mass / radius**2, ("m", "r"), budget=Budget(10)
    )
    m, r = sympy.symbols("m r")
    assert sympy.simplify(outcome.best.expression - m / r**2) == 0
    assert outcome.best.verdict == "exact"


def test_a_search_gives_the_same_twice() -> None:
    first, second = (found("I.27.6") for _ in range(2))
    assert [f.expression for f in first.front] == [f.expression for f in second.front]


def test_the_front_falls_in_error_and_rises_in_size() -> None:
    outcome = found("I.6.2", noise=0.01, rows=500, seconds=8)
    others = [f for f in outcome.front if f is not outcome.best]
    errors = [f.error for f in others]
    assert errors == sorted(errors, reverse=True)
    sizes = [f.k for f in outcome.front]
    assert sizes == sorted(sizes)
    assert outcome.best in outcome.front


def test_the_certificate_is_about_the_tree_and_the_formula() -> None:
    outcome = found("depth 2")
    best = outcome.best
    assert best.tree is not None and best.certificate is not None
    assert best.certificate.verdict.status == "PROVED"
    assert best.certificate.certificate.startswith("{")


@pytest.mark.parametrize(
    ("x", "y", "words"),
    [
        (np.ones((3, 1)), np.arange(3.0), "3 samples"),
        (np.ones((10, 0)), np.arange(10.0), "no input columns"),
        (np.ones((10, 1)), np.arange(9.0), "one value a row"),
    ],
)
def test_unusable_data_are_refused_in_words(x: object, y: object, words: str) -> None:
    with pytest.raises(PorismError, match=words):
        regress(x, y)  # type: ignore[arg-type]


def test_a_million_rows_are_searched_on_a_sample_within_the_budget() -> None:
    rng = np.random.default_rng(0)
    x = rng.uniform(1, 2, (1_000_000, 2))
    outcome = regress(x, x[:, 0] / x[:, 1] ** 2, budget=Budget(20))
    assert outcome.rows == 1_000_000
    assert outcome.best.verdict == "exact"
