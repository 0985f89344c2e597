"""The theory's terms beside the core's: nothing is lost on the way there and back."""

from __future__ import annotations

import pytest

from logic.formulas import FALSE, TRUE, Equal, Formula, Not, split_forall
from logic.terms import App, Sort, Term, Var
from prover.language import Language, UnnamedError, is_literal
from tests.prover.proving import LISTS, NUMBERS, TRUTH, formula, theory

THEORY = theory(NUMBERS + LISTS + TRUTH + "pred even(Nat)\nfunc length(List(A)) -> Nat\n")


def matrix(text: str) -> Formula:
    return split_forall(formula(text, THEORY))[1]


def encoded(language: Language, *variables: Var) -> tuple[dict[str, int], dict[int, Term]]:
    """Constants for variables: ids by name, and the way back."""
    ids = {v.name: language.eigenconstants(v.sort, i, 1)[0] for i, v in enumerate(variables)}
    return ids, {ids[v.name]: v for v in variables}


@pytest.mark.parametrize(
    "text",
    [
        "succ(n) + m = k",
        "even(n + n)",
        "n != m",
        "not even(succ(zero))",
        "xs ++ nil = xs",
        "(nil : List(Nat)) = nil",
        "length(cons(n, nil)) != zero",
        "yes = no",
    ],
)
def test_a_literal_is_read_back_as_it_was(text: str) -> None:
    language = Language(THEORY)
    literal = matrix(text)
    values, names = encoded(language, *split_forall(formula(text, THEORY))[0])
    assert language.decode_literal(language.literal(literal, values), names) == literal


def test_truth_and_falsity_are_read_back() -> None:
    language = Language(THEORY)
    for value in (TRUE, FALSE):
        assert language.decode_literal(language.literal(value, {}), {}) == value


def test_equal_terms_have_one_number() -> None:
    language = Language(THEORY)
    values, _ = encoded(language, Var("n", Sort("Nat")), Var("m", Sort("Nat")))
    (one, other) = (matrix("n + m = n").left, matrix("n + m = m").left)  # type: ignore[union-attr]
    assert language.encode(one, values) == language.encode(other, values)


def test_the_empty_lists_of_two_sorts_are_two_terms() -> None:
    language = Language(THEORY)
    of_numbers = App("nil", (), Sort("List", (Sort("Nat"),)))
    of_booleans = App("nil", (), Sort("List", (Sort("Bool"),)))
    assert language.encode(of_numbers, {}) != language.encode(of_booleans, {})


def test_what_has_no_name_is_not_read_back() -> None:
    language = Language(THEORY)
    constant = language.eigenconstants(Sort("Nat"), 0, 1)[0]
    with pytest.raises(UnnamedError):
        language.decode(constant, {})


def test_a_variable_without_a_value_is_not_encoded() -> None:
    with pytest.raises(KeyError):
        Language(THEORY).encode(Var("n", Sort("Nat")), {})


@pytest.mark.parametrize(
    ("greater", "smaller"),
    [
        ("n + succ(m)", "succ(n + m)"),  # recursive equations run from left to right
        ("length(cons(x, xs))", "succ(length(xs))"),
        ("length(xs ++ ys)", "length(xs) + length(ys)"),  # later declared, higher
        ("n + m", "succ(succ(n))"),  # functions above constructors
        ("succ(zero)", "zero"),
        ("zero", "n"),  # everything above eigenvariables
    ],
)
def test_the_order_follows_the_declarations(greater: str, smaller: str) -> None:
    language = Language(THEORY)
    text = f"even({greater}) -> even({smaller})"
    variables, implication = split_forall(formula(text, THEORY))
    values, _ = encoded(language, *variables)
    high, low = (
        language.encode(atom.args[0], values)
        for atom in (implication.left, implication.right)  # type: ignore[union-attr]
    )
    language.settle()
    assert language.bank.greater(high, low)
    assert not language.bank.greater(low, high)


def test_constructors_of_an_instance_have_the_sorts_of_the_instance() -> None:
    language = Language(THEORY)
    numbers = Sort("List", (Sort("Nat"),))
    shapes = [sorts for _, sorts in language.constructors(numbers)]
    assert shapes == [(), (Sort("Nat"), numbers)]
    assert language.constructors(Sort("A", parameter=True)) == []


def test_data_sorts_are_those_that_were_met() -> None:
    language = Language(THEORY)
    assert language.data_sorts() == []
    language.encode(App("nil", (), Sort("List", (Sort("Bool"),))), {})
    assert [str(s) for s in language.data_sorts()] == ["List(Bool)"]


def test_a_sort_has_a_term_if_constants_or_constructors_give_one() -> None:
    within = theory("sort S\nsort T\nconst c : S\ndata Pair = pair(S, S)\ndata Odd = odd(T)\n")
    language = Language(within)
    assert language.some_term(Sort("Odd"), {}) is None
    language.encode(App("c", (), Sort("S")), {})
    pair = language.some_term(Sort("Pair"), {})
    assert pair is not None
    assert language.show(pair) == "pair(c, c)"


def test_a_literal_is_an_atom_an_equation_or_the_denial_of_one() -> None:
    n = Var("n", Sort("Nat"))
    assert is_literal(Equal(n, n))
    assert is_literal(Not(Equal(n, n)))
    assert not is_literal(Not(Not(Equal(n, n))))
    assert not is_literal(matrix("even(n) -> even(m)"))
