"""The parts of the search, each against a small independent reference."""

from __future__ import annotations

import math
import pickle

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from eml.regression.constants import fit, recognise, recognised
from eml.regression.datasets import law, random_tree, suite
from eml.regression.estimator import EMLRegressor
from eml.regression.goals import goals
from eml.regression.library import Library
from eml.regression.lookup import normalised, singles
from eml.regression.macros import BINARY, UNARY, Node, evaluate, size, to_sympy
from eml.regression.master import Master, _softmax
from eml.regression.pool import Pool
from eml.regression.surrogate import Surrogate
from eml.regression.symmetry import reductions
from logic.budget import Budget


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 200), st.integers(1, 40), st.sampled_from([1.0, math.pi, 1 / math.pi]))
def test_an_exactly_known_constant_is_recognised(p: int, q: int, base: float) -> None:
    value = p / q * base
    found = recognise(value, 1e-14 * value)
    if found is not None:
        assert float(sympy.sympify(found[0])) == pytest.approx(value, rel=1e-10)
    if p <= 20 and q <= 12:
        assert found is not None


@settings(max_examples=200, deadline=None)
@given(st.floats(0.01, 100), st.floats(1e-3, 1e-1))
def test_a_constant_known_roughly_is_hardly_ever_taken_for_more_than_a_few_numbers(
    value: float, part: float
) -> None:
    found = recognise(value, part * value)
    # At one part in a thousand only the very simplest numbers are warranted.
    if found is not None:
        assert float(sympy.sympify(found[0])) == pytest.approx(value, rel=3.1 * part)
        assert found[1] < 6


def test_random_constants_are_rarely_recognised() -> None:
    rng = np.random.default_rng(4)
    values = np.exp(rng.uniform(math.log(0.01), math.log(100), 3000))
    wrong = sum(recognise(float(v), 1e-5 * float(v)) is not None for v in values)
    assert wrong < 0.02 * 3000 * 2


def test_fitting_finds_the_constants_and_their_errors() -> None:
    rng = np.random.default_rng(0)
    x = rng.uniform(0, 2, 4000)
    y = 1.7 * np.exp(-0.8 * x) + rng.normal(0, 0.01, 4000)
    node: Node = ("mul", ("c", 1.0), ("exp", ("mul", ("c", -1.0), ("x", 0))))
    made = fit(node, [x], y)
    assert made is not None
    first, second = made.node[1][1], made.node[2][1][1][1]
    assert abs(first - 1.7) < 4 * made.errors[0]
    assert abs(second + 0.8) < 4 * made.errors[1]
    assert 0.009 < math.sqrt(made.mse) < 0.011


def test_constants_are_replaced_only_while_the_data_allow_it() -> None:
    x = np.linspace(1, 3, 500)
    node: Node = ("mul", ("c", 0.5), ("x", 0))
    assert recognised(node, [x], x / 2)[2]
    off = 0.5003281
    assert not recognised(node, [x], off * x)[2]


def test_every_function_of_a_pool_has_the_values_of_its_node() -> None:
    rng = np.random.default_rng(0)
    columns = [rng.uniform(0.5, 2, 40) for _ in range(2)]
    pool = Pool([("x", 0), ("x", 1)], columns, 3000)
    while pool.grow(Budget(20)) and len(pool.values) < 2000:
        pass
    for number in range(0, len(pool.values), 37):
        node = pool.node(number)
        assert np.allclose(evaluate(node, columns), pool.values[number], rtol=1e-12)
        assert size(node) == pool.sizes[number]
    shown = np.unique(np.round(pool.values, 7), axis=0)
    assert len(shown) > 0.99 * len(pool.values)


def test_every_tree_of_a_library_has_its_values_and_its_k() -> None:
    rng = np.random.default_rng(0)
    columns = [rng.uniform(1, 2, 30), rng.uniform(1, 3, 30)]
    library = Library(columns, Budget(20), 3000)
    table = {"1": np.ones(30), "x": columns[0], "y": columns[1]}
    for number in range(0, len(library.values), 101):
        tree = library.tree(number)
        assert tree.k == library.ks[number]
        with np.errstate(all="ignore"):
            values = tree.fold(table.__getitem__, lambda a, b: np.exp(a) - np.log(b))
        assert np.allclose(values, library.values[number], rtol=1e-9)


def test_a_goal_that_is_met_gives_the_law_back() -> None:
    rng = np.random.default_rng(2)
    columns = [rng.uniform(1, 2, 60), rng.uniform(1, 2, 60)]
    target = columns[1] / np.sqrt(3 - 0.5 * columns[0])
    strips = [(("x", 1), columns[1])]
    made = goals(target, strips)
    functions = normalised(np.array(columns))
    best = singles(made, functions, Budget(5), np.ones(2, np.int16))[0]
    assert best.error < 1e-7
    goal = made.listed[best.goal]
    inner: Node = ("add", ("mul", ("c", -0.5), ("x", 0)), ("c", 3.0))
    assert np.allclose(evaluate(goal.law(inner, ("n", "1")), columns), target)


@pytest.mark.parametrize("name", sorted(UNARY | BINARY))
def test_a_macro_means_the_same_to_numpy_and_to_sympy(name: str) -> None:
    node: Node = (name, ("x", 0)) if name in UNARY else (name, ("x", 0), ("x", 1))
    x, y = sympy.symbols("x y")
    values = evaluate(node, [np.array([0.3, 0.7]), np.array([0.4, 0.9])])
    for row, (a, b) in enumerate([(0.3, 0.4), (0.7, 0.9)]):
        wanted = to_sympy(node, [x, y]).subs({x: a, y: b})
        assert float(values[row]) == pytest.approx(float(wanted), rel=1e-12)


def test_a_surrogate_gives_the_gradients_of_a_smooth_function() -> None:
    rng = np.random.default_rng(0)
    z = rng.uniform(-1, 1, (400, 2))
    surrogate = Surrogate(z, np.sin(z[:, 0]) + z[:, 1] ** 2, 0)
    used = z[surrogate.rows]
    inside = np.abs(used).max(1) < 0.9
    wanted = np.column_stack([np.cos(used[:, 0]), 2 * used[:, 1]])
    assert np.abs(surrogate.gradients - wanted)[inside].max() < 0.02


def test_a_scaling_symmetry_takes_the_inputs_away() -> None:
    x, y = law("I.32.17").sample(1500, 0)
    found = reductions(x, y, Budget(30), 0)
    assert len(found[0].inputs) == 1
    columns = [np.ascontiguousarray(c) for c in x.T]
    ratio = np.asarray(evaluate(found[0].inputs[0], columns))
    rest = y / np.asarray(evaluate(found[0].factor, columns))
    order = np.argsort(ratio)
    # What is left is a function of the one input: a smooth one has small steps.
    assert np.abs(np.diff(rest[order])).max() < 0.2 * np.ptp(rest)


def test_the_master_formulas_gradient_is_that_of_differences() -> None:
    rng = np.random.default_rng(0)
    columns = [rng.uniform(1, 2, 20), rng.uniform(1, 2, 20)]
    master = Master(columns, np.log(columns[0]) + columns[1], 3, 0)
    logits = [rng.normal(size=(2, 2**level, 2, master._width(level))) for level in range(3)]
    weights = [_softmax(w) for w in logits]

    def loss() -> np.ndarray:
        made, _ = master._forward(weights)
        error = np.mean(np.abs((made - master._target) / master._scale) ** 2, axis=1)
        result: np.ndarray = np.log(1e-3 + error)
        return result

    slopes = master._gradient(weights)
    for level, place in ((0, (0, 0, 1, 3)), (1, (1, 1, 0, 0)), (2, (0, 3, 1, 2))):
        step = 1e-6
        weights[level][place] += step
        up = loss()[place[0]]
        weights[level][place] -= 2 * step
        down = loss()[place[0]]
        weights[level][place] += step
        assert slopes[level][place] == pytest.approx((up - down) / (2 * step), rel=1e-4, abs=1e-7)


def test_the_master_formula_learns_a_tree_of_depth_two() -> None:
    x, y = law("depth 2").sample(441, 0)
    found = Master([np.ascontiguousarray(c) for c in x.T], y, 2, 1).train(Budget(30))
    assert found is not None and found.error < 1e-10


def test_all_laws_are_finite_on_their_ranges() -> None:
    laws = [
        problem for name in ("paper", "nguyen", "feynman", "strogatz") for problem in suite(name)
    ]
    assert len(laws) == 5 + 12 + 100 + 14
    for problem in laws:
        x, y = problem.sample(50, 2)
        assert x.shape == (50, len(problem.names))
        assert np.isfinite(y).all()
        assert {s.name for s in problem.expression.free_symbols} <= set(problem.names)


def test_data_are_the_same_for_a_seed_and_noise_has_the_size_asked_for() -> None:
    problem = law("I.12.2")
    clean, noisy = problem.sample(5000, 1)[1], problem.sample(5000, 1, 0.1)[1]
    assert np.array_equal(clean, problem.sample(5000, 1)[1])
    assert np.std(noisy - clean) == pytest.approx(0.1 * np.sqrt(np.mean(clean**2)), rel=0.05)


@pytest.mark.parametrize("k", [3, 9, 17])
def test_a_random_tree_has_the_size_asked_for(k: int) -> None:
    for seed in range(5):
        tree, problem = random_tree(k, seed)
        assert tree.k == k and tree.variables == ("x", "y")
        assert np.isfinite(problem.sample(50, 0)[1]).all()


def test_the_estimator_can_be_kept() -> None:
    x = np.linspace(1, 3, 50)[:, None]
    model = EMLRegressor(time=5).fit(x, 2 * np.log(x[:, 0]))
    assert model.score(x, 2 * np.log(x[:, 0])) == pytest.approx(1)
    again = pickle.loads(pickle.dumps(model))
    assert again.expression_ == model.expression_ == 2 * sympy.log(sympy.Symbol("x1"))
    assert "<svg" in model.report()


@pytest.mark.slow
def test_the_estimator_passes_the_checks_of_scikit_learn() -> None:
    checks = pytest.importorskip("sklearn.utils.estimator_checks")
    results = checks.check_estimator(EMLRegressor(time=1), on_fail=None)
    assert [r["check_name"] for r in results if r["status"] == "failed"] == []
