"""Trees: notations, measures, and the same value from every evaluator."""

from __future__ import annotations

import cmath
import random

import mpmath
import numpy as np
import pytest

from eml.evaluate import evaluate, evaluate_mp, run_stack
from eml.expression import parse_expression, read
from eml.operators import EDL, NEGATIVE_EML
from eml.rpn import latex, nested, parse_nested, parse_rpn, rpn
from eml.semantics import Semantics
from eml.tree import ONE, Tree, leaf, node
from logic.errors import PorismError

LN = "11xE1EE"
NEGATE = "11111E1EEEEx1EE"


def random_tree(size: int, generator: random.Random) -> Tree:
    if size == 1:
        return leaf(generator.choice("1x"))
    left = generator.randrange(1, size - 1, 2)
    return node(random_tree(left, generator), random_tree(size - 1 - left, generator))


def test_notations_are_read_back() -> None:
    generator = random.Random(1)
    for _ in range(50):
        tree = random_tree(generator.randrange(1, 40, 2), generator)
        assert parse_rpn(rpn(tree)) is tree
        assert parse_nested(nested(tree)) is tree


def test_measures_of_the_logarithm() -> None:
    tree = parse_rpn(LN)
    assert (tree.k, tree.leaves, tree.depth, tree.shared_size) == (7, 4, 3, 5)
    assert nested(tree) == "eml(1, eml(eml(1, x), 1))"
    assert latex(leaf("x")) == "x"


def test_all_evaluators_agree() -> None:
    generator = random.Random(2)
    compared = 0
    for _ in range(300):
        tree = random_tree(generator.randrange(3, 16, 2), generator)
        values = evaluate(tree, {"x": 0.7})
        if values.undefined.any() or values.artefact.any() or np.isinf(values.value.real):
            continue
        exact = complex(evaluate_mp(tree, {"x": 0.7}))
        plain = run_stack(list(rpn(tree)), {"x": 0.7})
        assert cmath.isclose(complex(values.value), exact, rel_tol=1e-9, abs_tol=1e-9)
        assert cmath.isclose(plain, exact, rel_tol=1e-9, abs_tol=1e-9)
        compared += 1
    assert compared > 200


def test_minus_by_way_of_infinity() -> None:
    tree = parse_rpn(NEGATE)
    assert evaluate(tree, {"x": [2.0, -3.0]}, Semantics.REAL_EXTENDED).value.tolist() == [-2, 3]
    assert evaluate(tree, {"x": 2.0}, Semantics.REAL).undefined
    with pytest.raises(PorismError, match="ln 0"):
        evaluate_mp(tree, {"x": 2}, Semantics.COMPLEX)


def test_the_ends_of_a_double_are_artefacts_not_infinities() -> None:
    values = evaluate(parse_rpn("x1E"), {"x": [710.0, -760.0, 1.0]}, Semantics.REAL_EXTENDED)
    assert values.artefact.tolist() == [True, True, False]
    assert np.isnan(values.value[:2]).all()
    assert mpmath.isfinite(evaluate_mp(parse_rpn("x1E"), {"x": 710}))
    with pytest.raises(PorismError, match="beyond"):
        run_stack(["x", "1", "E"], {"x": 710})


def test_the_cut_is_on_the_side_that_the_semantics_names() -> None:
    tree = parse_rpn("1xE")
    for x in (-1.0, complex(-1, -0.0)):
        upper = evaluate(tree, {"x": x}, Semantics.COMPLEX).value
        lower = evaluate(tree, {"x": x}, Semantics.COMPLEX_LOWER).value
        assert np.isclose(upper, np.e - 1j * np.pi) and np.isclose(lower, np.e + 1j * np.pi)
    assert np.isclose(evaluate(parse_rpn(LN), {"x": -1.0}).value, -1j * np.pi)


def test_minus_zero_is_zero() -> None:
    assert evaluate(parse_rpn("1xE"), {"x": -0.0}).value.real == np.inf


def test_cousins_have_their_own_constants() -> None:
    assert np.isclose(evaluate(parse_rpn("xeE", EDL), {"x": 2.0}).value, np.exp(2))
    assert np.isclose(evaluate(parse_rpn("xnE", NEGATIVE_EML), {"x": 2.0}).value, np.log(2))


def test_a_million_nodes() -> None:
    tree = parse_rpn("1" * 500_001 + "E" * 500_000)
    assert (tree.k, tree.depth) == (1_000_001, 500_000)
    assert len(rpn(tree)) == tree.k


def test_an_argument_is_rpn_where_it_reads_as_one() -> None:
    assert read("1xE") is node(ONE, leaf("x"))
    assert read("x*E") == parse_expression("x*e")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1E", "needs two arguments"),
        ("11x1E", "3 expressions stand side by side"),
        ("gamma(x)", "not an elementary function"),
        ("abs(x)", "not holomorphic"),
        ("|x|", "not holomorphic"),
        ("11E1", "2 expressions stand side by side"),
        ("xE", "needs two arguments"),
        ("exp(exp(exp(exp(3))))", "too large to compute with"),
        ("conj(x)", "not holomorphic"),
        ("1/0", "divides by zero"),
        ("0^(-1)", "divides by zero"),
        ("9^9^9", "too many digits"),
        ("sinn(x)", "Did you mean 'sin'"),
        ("sin(", "not complete"),
        ("sin(x", "not complete"),
        ("2x", "does not fit"),
        ("X+1", "neither a constant nor a variable"),
        ("hypot(x)", "takes 2 arguments"),
        ("(" * 300 + "x" + ")" * 300, "too large"),
        ("", "no expression|not complete"),
    ],
)
def test_bad_input_is_answered_in_words(text: str, message: str) -> None:
    with pytest.raises(PorismError, match=message):
        read(text)
