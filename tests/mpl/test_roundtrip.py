"""Printing a theory and reading it again gives the same theory; formatting keeps the meaning."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logic.formulas import close
from logic.printing import show
from logic.theory import Theory
from mpl import format_source, load, parse_formula, parse_theory, print_theory

LIBRARY = sorted(Path("mpl/library").glob("*.mpl"))


@pytest.mark.parametrize("path", LIBRARY, ids=lambda p: p.stem)
@pytest.mark.parametrize("unicode", [False, True])
def test_every_library_theory_prints_and_reads_as_itself(path: Path, unicode: bool) -> None:
    theory = load(path)
    assert parse_theory(print_theory(theory, unicode), path=theory.path) == theory


@pytest.mark.parametrize("path", LIBRARY, ids=lambda p: p.stem)
def test_every_library_theory_is_formatted(path: Path) -> None:
    text = path.read_text()
    assert format_source(text) == text


@pytest.mark.parametrize("path", LIBRARY, ids=lambda p: p.stem)
def test_formatting_in_unicode_keeps_the_meaning_and_goes_back(path: Path) -> None:
    text = path.read_text()
    marked = format_source(text, unicode=True)
    assert parse_theory(marked, path=path) == load(path)
    assert format_source(marked) == text


@pytest.mark.parametrize("path", LIBRARY, ids=lambda p: p.stem)
def test_certificate_form_reads_as_the_same_formula(path: Path) -> None:
    theory = load(path)
    formulas = [*theory.axioms.values(), *theory.goals.values()]
    formulas += [c for d in theory.definitions.values() for c in d.clauses]
    for formula in formulas:
        assert show(formula).isascii()
        assert parse_formula(show(formula), theory) == formula


def test_several_induction_principles_of_one_definition_keep_their_places() -> None:
    text = (
        "define D[N,M,i,s] := (in[i,N])\ninduction D[N,M,i,s]: N from i by s\n"
        "goal g: true\ninduction D[N,M,i,s]: M from i by s\n"
    )
    theory = parse_theory(text)
    assert parse_theory(print_theory(theory)) == theory


# -- generated theories ----------------------------------------------------------------------------

HEADER = """data Nat = zero | succ(Nat)
data List(A) = nil | cons(A, List(A))
sort G
var n, m : Nat
var x : A
var xs : List(A)
var g : G
const e : G
func (+)(Nat, Nat) -> Nat
func (*)(G, G) -> G
func (++)(List(A), List(A)) -> List(A)
func (^)(G, G) -> G
func length(List(A)) -> Nat
pred (<=)(Nat, Nat)
pred (~)(G, G)
pred member(A, List(A))
pred p
"""

numbers = st.recursive(
    st.sampled_from(
        ["n", "m", "zero", "2", "0", "length(xs)", "length(nil)", "length((nil : List(G)))"]
    ),
    lambda t: st.one_of(
        st.builds("succ({})".format, t),
        st.builds("({} + {})".format, t, t),
        st.builds("(if {} = {} then {} else {})".format, t, t, t, t),
        st.builds("length([{}, {}])".format, t, t),
    ),
    max_leaves=5,
)
elements = st.recursive(
    st.sampled_from(["g", "e"]),
    lambda t: st.one_of(st.builds("({} * {})".format, t, t), st.builds("({} ^ {})".format, t, t)),
    max_leaves=5,
)
lists = st.recursive(
    st.sampled_from(["xs", "nil", "[x]", "[x, x]", "(if p then nil else nil)", "(nil ++ nil)"]),
    lambda t: st.one_of(st.builds("({} ++ {})".format, t, t), st.builds("cons(x, {})".format, t)),
    max_leaves=4,
)
atoms = st.one_of(
    st.builds("{} = {}".format, numbers, numbers),
    st.builds("{} != {}".format, elements, elements),
    st.builds("{} = {}".format, lists, lists),
    st.builds("{} <= {}".format, numbers, numbers),
    st.builds("{} ~ {}".format, elements, elements),
    st.builds("member(x, {})".format, lists),
    st.builds("member({}, [{}])".format, numbers, numbers),
    st.sampled_from(["p", "true", "false", "(>[u,v] (in[u,v]) (=[u,v]))", "(& (p) !(p))"]),
)
formulas = st.recursive(
    atoms,
    lambda f: st.one_of(
        st.builds("({} {} {})".format, f, st.sampled_from(["and", "or", "->", "<->"]), f),
        st.builds("(not {})".format, f),
        st.builds(
            "({} {}. {})".format,
            st.sampled_from(["forall", "exists"]),
            st.sampled_from(["n", "m, k : Nat", "h : G, z : Nat", "x, xs", "zs : List(Nat)"]),
            f,
        ),
        st.builds("(>[n,w] ({}) ({}))".format, f, f),
        st.builds("!(>[w] ({}) !({}))".format, f, f),
    ),
    max_leaves=6,
)


@st.composite
def theories(draw: st.DrawFn) -> str:
    lines = [HEADER]
    if draw(st.booleans()):
        lines.insert(0, "theory Generated")
    for i in range(draw(st.integers(0, 3))):
        keyword = draw(st.sampled_from(["axiom", "goal"]))
        lines.append(f"{keyword} s{i}: {draw(formulas)}")
    if draw(st.booleans()):
        lines.append(f"define d[a,b] := (>[c] (in[c,a]) (in2[c,b,a]))  # {draw(st.integers())}")
        lines.append("induction d[a,b]: a from b by b")
    if draw(st.booleans()):
        lines.append(
            "func h(Nat, List(A)) -> Nat {\n  h(zero, xs) = if length(xs) <= zero then 1"
            " else length(xs) ; # one\n # two\n h(succ(n), xs) = h(n, xs) + n }"
        )
    if draw(st.booleans()):
        lines.append(f"explore size {draw(st.integers(1, 9))} with +, length depth 3")
    return "\n".join(lines) + "\n"


def read(text: str) -> Theory:
    return parse_theory(text, "Name")


# A bound name may take a sort that the formula below it contradicts; such texts are not theories.
def well_sorted(text: str) -> bool:
    from logic.errors import PorismError

    try:
        read(text)
    except PorismError:
        return False
    return True


@settings(max_examples=150, deadline=None)
@given(theories().filter(well_sorted), st.booleans())
def test_a_generated_theory_prints_and_reads_as_itself(text: str, unicode: bool) -> None:
    theory = read(text)
    assert read(print_theory(theory, unicode)) == theory


@settings(max_examples=150, deadline=None)
@given(theories().filter(well_sorted), st.booleans())
def test_formatting_keeps_the_meaning_and_is_idempotent(text: str, unicode: bool) -> None:
    once = format_source(text, unicode)
    assert read(once) == read(text)
    assert format_source(once, unicode) == once


@settings(max_examples=150, deadline=None)
@given(theories().filter(well_sorted))
def test_the_certificate_form_of_a_generated_formula_reads_as_itself(text: str) -> None:
    theory = read(text)
    for formula in [*theory.axioms.values(), *theory.goals.values()]:
        again = parse_formula(show(formula, ascribe=theory.signature), theory)
        assert again == formula == close(formula)
