"""Equality: what is proved is checked, what is false is not proved, the rest says NUMERIC."""

from __future__ import annotations

import random

import mpmath
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from eml.compile import compile_expression
from eml.decompile import decompile
from eml.evaluate import evaluate_mp
from eml.expression import parse_expression
from eml.numeric import value_of
from eml.prove import prove
from eml.rpn import parse_rpn
from eml.semantics import Semantics
from eml.table import FURTHER, PRIMITIVES, TREES
from eml.tree import Tree, leaf, node
from eml.witness import Witness
from logic.errors import PorismError
from logic.formulas import split_forall, split_implies
from proofs.check import check

NAMES = (*PRIMITIVES, *FURTHER)

# Pairs that differ, though doubles, and for some hundreds of digits, do not show it.
TRAPS = (
    # 1/(2 - exp(-exp(exp(e - 1)))), and its negative.
    ("111E1111EE1E1E1EE11E1E1EE1EEE1E", "1/2"),
    ("111E1111EE1E1E1EE11E1E1EE1EEE11EE", "-1/2"),
    # ln x with exp(x) where 1 should be: the error is exp(-exp(x)).
    ("xxxExEE", "ln(x)"),
    ("1xxxExEEE", "exp(1) - ln(ln(x))"),
    ("x1E1E1E1E", "exp(exp(exp(exp(x)))) + 1/10^9"),
    ("11xE1EE", "ln(x) + 1/10^40"),
    ("xxxExEEx1EE", "x - x"),
    # ln x with a large constant in place of 1: 114 digits, at every point.
    ("111EE1E111EE1ExExEE", "ln(x)"),
    ("111EE1E111EE1ExExEE1E", "x"),
    # and some 10^(10^6) digits
    ("11E1E11E1ExExEE", "ln(x)"),
    # the wrong sheet
    ("11xE1EE", "ln(x) + 2*i*pi"),
    ("1x1EE", "e - ln(exp(x)) + 2*i*pi"),
)

# Expressions that differ, or only on a part of the domain.
EXPRESSION_TRAPS = (
    ("1", "1 + exp(-exp(exp(2)))", ""),
    ("1", "1 + exp(-exp(12))", ""),
    ("exp(pi*sqrt(163))", "262537412640768744", ""),
    ("x^1000", "x^1000 + 1/10^60", ""),
    ("sqrt(x^2)", "x", "real"),
    ("ln(x*y)", "ln(x) + ln(y)", "complex"),
    ("ln(x^2)", "2*ln(x)", "real"),
    ("atan(x) + atan(1/x)", "pi/2", "real"),
    ("asin(2)", "pi/2 + i*ln(2 + sqrt(3))", ""),
    ("acosh(x)", "ln(x + sqrt(x^2 - 1))", "real"),
    ("exp(10^9)", "exp(10^9) + 1", ""),
)


def test_all_47_expressions_are_short_and_proved() -> None:
    made = [compile_expression(parse_expression(name)) for name in NAMES]
    assert len(made) == 47
    assert sum(m.k for m in made) <= 2_800
    verdicts = [prove(m.tree, m.expression, m.semantics, region=m.region).verdict for m in made]
    assert [v.status for v in verdicts] == ["PROVED"] * 47


@pytest.mark.parametrize("name", PRIMITIVES)
def test_a_short_form_and_one_without_infinities_are_proved_equal(name: str) -> None:
    short = compile_expression(parse_expression(name))
    finite = compile_expression(parse_expression(name), Semantics.COMPLEX)
    equality = prove(short.tree, finite.tree, Semantics.COMPLEX_EXTENDED, region=finite.region)
    assert equality.verdict.status == "PROVED"


@pytest.mark.parametrize(("text", "code", "semantics"), TREES)
def test_every_tree_of_the_table_is_proved(text: str, code: str, semantics: Semantics) -> None:
    assert prove(parse_rpn(code), parse_expression(text), semantics).verdict.status == "PROVED"


@pytest.mark.parametrize(("code", "text"), TRAPS)
def test_nothing_false_is_proved(code: str, text: str) -> None:
    for semantics in Semantics:
        equality = prove(parse_rpn(code), parse_expression(text), semantics)
        assert equality.verdict.status != "PROVED"


def test_six_thousand_equal_digits_at_every_point_prove_nothing() -> None:
    tree = parse_rpn("11E111EE1E1EE11E111EE1E1EExExEE")
    verdict = prove(tree, sympy.log(sympy.Symbol("x"))).verdict
    assert verdict.status == "REFUTED" and "e-6282" in verdict.detail


def test_digits_go_beyond_the_largest_magnitude() -> None:
    half = prove(parse_rpn(TRAPS[0][0]), sympy.Rational(1, 2), Semantics.REAL)
    assert half.verdict.status == "REFUTED"


def test_a_refutation_names_the_point() -> None:
    verdict = prove(parse_rpn("x1E"), sympy.Symbol("x"), Semantics.REAL).verdict
    assert verdict.status == "REFUTED"
    assert verdict.counterexample == {"x": "3/7"}


def test_the_arithmetic_shows_in_the_axioms() -> None:
    def axioms(code: str, text: str, semantics: Semantics) -> set[str]:
        equality = prove(parse_rpn(code), parse_expression(text), semantics)
        report = check(equality.certificate.splitlines(keepends=True))
        return {a for a in report.theorems[0].axioms if a.startswith("eml_")}

    assert axioms("11xE1EE", "ln(x)", Semantics.REAL) == {"eml_real"}
    assert "eml_minus_infinity" in axioms("11111E1EEEEx1EE", "-x", Semantics.REAL_EXTENDED)
    assert axioms("11xE1EEy1EE", "x - y", Semantics.COMPLEX) == {"eml_complex"}


def test_what_a_law_needs_is_the_domain() -> None:
    tree = parse_rpn("1111y1EEE1EEx1EE1EE")
    x, y = sympy.symbols("x y")
    assert prove(tree, x + y, Semantics.REAL).domain == "x real, y < e"
    assert prove(tree, x + y, Semantics.COMPLEX).domain == "x real, y real, e - y ≠ 0"


def test_infinity_is_not_finite_arithmetic() -> None:
    minus = parse_rpn("11111E1EEEEx1EE")
    for semantics in (Semantics.REAL, Semantics.COMPLEX):
        assert prove(minus, -sympy.Symbol("x"), semantics).verdict.status == "UNKNOWN"


@pytest.mark.parametrize("name", NAMES)
def test_there_and_back_is_proved(name: str) -> None:
    expression = parse_expression(name)
    made = compile_expression(expression)
    back = decompile(made.tree, made.semantics).expression
    equality = prove(back, expression, made.semantics, region=made.region)
    assert equality.verdict.status == "PROVED"


@pytest.mark.parametrize(("left", "right", "domain"), EXPRESSION_TRAPS)
def test_no_false_equation_of_expressions_is_proved(left: str, right: str, domain: str) -> None:
    verdict = prove(parse_expression(left), parse_expression(right), domain=domain).verdict
    assert verdict.status != "PROVED"


@given(seed=st.integers(0, 10**6))
@settings(max_examples=60, deadline=None)
def test_where_the_premises_hold_the_sides_agree(seed: int) -> None:
    """Theorems, tried at points that the prover has not seen, complex ones where they may be."""
    generator = random.Random(seed)
    tree = random_tree(generator.randrange(5, 18, 2), generator)
    semantics = generator.choice([Semantics.REAL, Semantics.COMPLEX, Semantics.COMPLEX_EXTENDED])
    try:
        side = decompile(tree, semantics).expression
    except PorismError:
        return
    graph = prove(tree, side, semantics).graph
    if graph is None:
        return
    _, body = split_forall(graph.theorems["equation"].formula)
    premises, _ = split_implies(body)
    reals = [mpmath.mpf(generator.uniform(-3, 3)) for _ in range(4)]
    points = [{"x": v} for v in reals] + [{"x": mpmath.mpc(v, v / 2)} for v in reals]
    for point in points:
        witness = Witness([])
        witness.points = [point]
        if not all(map(witness.holds, premises)):
            continue
        try:
            left = evaluate_mp(tree, point, semantics, 30)
            right = value_of(side, point, 30)
        except PorismError:  # an intermediate value is too large to compute with
            continue
        assert abs(left - right) <= 1e-20 * (1 + abs(right)), (tree, side, point)


def random_tree(size: int, generator: random.Random) -> Tree:
    if size == 1:
        return leaf(generator.choice("1x"))
    left = generator.randrange(1, size - 1, 2)
    return node(random_tree(left, generator), random_tree(size - 1 - left, generator))


def test_a_refutation_shows_the_difference() -> None:
    detail = prove(parse_expression("pi"), parse_expression("355/113")).verdict.detail
    assert detail == "3.14159265359 there against 3.14159292035"
    detail = prove(parse_expression("exp(pi*sqrt(163))"), sympy.Integer(262537412640768744))
    assert "743.9999999999992" in detail.verdict.detail
    detail = prove(parse_rpn("111EE1E111EE1ExExEE"), sympy.log(sympy.Symbol("x")))
    assert "the other is greater by 1.05143e-115" in detail.verdict.detail


def test_what_is_not_proved_is_known_to_digits_in_balls() -> None:
    verdict = prove(parse_expression("atan(x) + atan(1/x)"), parse_expression("pi/2")).verdict
    assert str(verdict) == "NUMERIC(47 digits at 6 points, in balls)"


def test_an_expression_says_where_it_holds() -> None:
    assert compile_expression(parse_expression("ln(x)")).domain == "x > 0"
    assert compile_expression(parse_expression("acosh(x)")).domain == "x > 1"
    assert compile_expression(parse_expression("acos(x)")).domain == "x real"
    with pytest.raises(PorismError, match="No tree"):
        compile_expression(parse_expression("sin(x)"), Semantics.REAL)


def test_a_sum_of_zeros_is_zero() -> None:
    x, y = sympy.symbols("x y")
    assert value_of(x + y, {"x": 0, "y": 0}, 30) == 0
