"""Equality: what is proved is checked, what is false is not proved, the rest says NUMERIC."""

from __future__ import annotations

import pytest
import sympy

from eml.compile import compile_expression
from eml.decompile import decompile
from eml.expression import parse_expression
from eml.prove import prove
from eml.rpn import parse_rpn
from eml.search import WITNESSES
from eml.semantics import Semantics
from eml.table import FURTHER, PRIMITIVES, TREES
from logic.errors import PorismError
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
)


@pytest.mark.parametrize("name", NAMES)
def test_the_compiled_form_of_a_primitive_is_the_primitive(name: str) -> None:
    expression = parse_expression(name)
    made = compile_expression(expression)
    equality = prove(made.tree, expression, made.semantics, region=made.region)
    assert equality.verdict.status in ("PROVED", "NUMERIC")
    if equality.graph:
        report = check(equality.certificate.splitlines(keepends=True))
        assert [t.name for t in report.theorems] == ["equation"]


def test_most_primitives_are_proved_and_all_are_short() -> None:
    made = [compile_expression(parse_expression(name)) for name in NAMES]
    assert len(made) == 47
    assert sum(m.k for m in made) <= 2_800
    verdicts = [prove(m.tree, m.expression, m.semantics, region=m.region).verdict for m in made]
    assert sum(v.status == "PROVED" for v in verdicts) >= 42


@pytest.mark.parametrize(("text", "code", "semantics"), TREES)
def test_every_tree_of_the_table_is_proved(text: str, code: str, semantics: Semantics) -> None:
    assert prove(parse_rpn(code), parse_expression(text), semantics).verdict.status == "PROVED"


@pytest.mark.parametrize(("code", "text"), TRAPS)
def test_nothing_false_is_proved(code: str, text: str) -> None:
    for semantics in Semantics:
        equality = prove(parse_rpn(code), parse_expression(text), semantics)
        assert equality.verdict.status != "PROVED"


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


@pytest.mark.parametrize("name", [n for n in NAMES if n not in ("0",)])
def test_there_and_back(name: str) -> None:
    expression = parse_expression(name)
    made = compile_expression(expression)
    back = decompile(made.tree, made.semantics).expression
    point = WITNESSES[0] if made.region != "> 1" else WITNESSES[1]
    values = [sympy.N(e.subs(point), 30) for e in (back, expression)]
    assert abs(values[0] - values[1]) < 1e-9


def test_an_expression_says_where_it_holds() -> None:
    assert compile_expression(parse_expression("ln(x)")).domain == "x > 0"
    assert compile_expression(parse_expression("acosh(x)")).domain == "x > 1"
    assert compile_expression(parse_expression("acos(x)")).domain == "x real"
    with pytest.raises(PorismError, match="No tree"):
        compile_expression(parse_expression("sin(x)"), Semantics.REAL)
