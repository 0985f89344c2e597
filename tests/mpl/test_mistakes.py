"""Each mistake gets one designed message; ``mistakes.txt`` holds them word for word.

That file is a list of mistakes: a title after ``==``, the text with the mistake, ``--``, and what
its author sees.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from logic.errors import PorismError
from mpl import parse_formula, parse_theory

NUMBERS = "data Nat = zero | succ(Nat)\nvar n, m, k : Nat\n"


def read_mistakes() -> dict[str, tuple[str, str]]:
    mistakes = {}
    for entry in (Path(__file__).parent / "mistakes.txt").read_text().split("== ")[1:]:
        title, rest = entry.split("\n", 1)
        text, seen = rest.split("--\n", 1)
        mistakes[title] = (text, seen.strip("\n"))
    return mistakes


MISTAKES = read_mistakes()


def seen(text: str) -> str:
    with pytest.raises(PorismError) as raised:
        parse_theory(text, "t.mpl")
    return raised.value.render()


@pytest.mark.parametrize("title", MISTAKES)
def test_a_mistake_is_answered_by_its_message(title: str) -> None:
    text, expected = MISTAKES[title]
    assert seen(text) == expected


def test_a_hundred_thousand_nested_parentheses() -> None:
    text = f"{NUMBERS}axiom a: {'(' * 100_000}n = n{')' * 100_000}\n"
    window, caret = f"    {'(' * 72}", f"    {' ' * 36}^"
    assert seen(text) == f"t.mpl:3:210: Brackets nest more than 200 deep.\n{window}\n{caret}"


def test_a_hundred_thousand_nested_parentheses_in_a_formula_asked_for() -> None:
    with pytest.raises(PorismError, match="Brackets nest more than 200 deep"):
        parse_formula("(" * 100_000, parse_theory(NUMBERS))


@pytest.mark.parametrize("part", ["not ", "!", "n + ", "n = n -> ", "if n = n then n else "])
def test_nesting_without_brackets_is_bounded_too(part: str) -> None:
    text = f"{NUMBERS}func (+)(Nat, Nat) -> Nat\naxiom a: {part * 250}(n = n)\n"
    assert "This expression nests more than 200 deep" in seen(text)


def test_conditions_that_multiply() -> None:
    names = [f"c{i}" for i in range(9)]
    terms = " + ".join(f"(if n = {c} then n else zero)" for c in names)
    text = f"{NUMBERS}func (+)(Nat, Nat) -> Nat\nconst {', '.join(names)} : Nat\n"
    assert seen(f"{text}axiom a: {terms} = m\n").startswith(
        "t.mpl:5:11: The 'if's of one equation make more than 256 cases."
    )


def test_a_mistake_in_a_formula_asked_for() -> None:
    theory = parse_theory(NUMBERS)
    for text, expected in {
        "n = ": "<formula>:1:4: The formula ends too early: a term is missing.\n    n = \n       ^",
        "n = zero)": "<formula>:1:9: ')' is unexpected here: the end of the formula"
        " should stand here.\n    n = zero)\n            ^",
        "": "<formula>:1:1: The formula ends too early: a formula is missing.",
    }.items():
        with pytest.raises(PorismError) as raised:
            parse_formula(text, theory)
        assert raised.value.render() == expected
