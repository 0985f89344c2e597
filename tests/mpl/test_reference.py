"""The language reference is true: its examples are theories, in their normal form."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from logic.operators import FUNCTIONS, WORDS
from logic.printing import show
from mpl import format_source, parse_formula, parse_theory, print_theory

TEXT = Path("docs/mpl.md").read_text()
EXAMPLES = re.findall(r"```mpl\n(.*?)```", TEXT, re.DOTALL)
CORE = re.findall(r"^\| `([(!].*?)` \| `(.*?)` \|$", TEXT, re.MULTILINE)


@pytest.mark.parametrize("example", EXAMPLES)
def test_each_example_is_a_theory(example: str) -> None:
    theory = parse_theory(example)
    assert theory.goals
    assert parse_theory(print_theory(theory)) == theory


def test_the_first_example_is_in_normal_form() -> None:
    assert format_source(EXAMPLES[0]) == EXAMPLES[0]


def test_both_goals_of_the_core_example_say_the_same() -> None:
    goals = parse_theory(EXAMPLES[1]).goals
    assert show(goals["start"]) == show(goals["same_start"])


@pytest.mark.parametrize(("core", "surface"), CORE)
def test_each_row_of_the_core_table_denotes_the_same_formula(core: str, surface: str) -> None:
    theory = parse_theory(
        "const a, b, x, y, z, S, f : Universe\npred R(Universe, Universe)\npred p\npred q\n"
    )

    def fill(text: str) -> str:
        return re.sub(r"(\()?\b([PQ])\b ?(\.\.\.)?", r"\1(\2) ", text).replace("...", "")

    def known(text: str) -> str:
        return fill(text).replace("(P)", "(p)").replace("(Q)", "(q)").replace("and )", ")")

    for left, right in zip(core.split("`, `"), surface.split("`, `"), strict=True):
        right = right.removesuffix(" and ...")
        # In this table a quantified name has no use that would tell its sort.
        right = re.sub(r"^(forall|exists) ([a-z, ]+)\.", r"\1 \2 : Universe.", right)
        assert parse_formula(known(left), theory) == parse_formula(known(right), theory)


def test_the_words_and_operators_are_those_of_the_code() -> None:
    listed = re.search(r"`(forall exists and [a-z ]+)` are words", TEXT)
    assert listed and set(listed[1].split()) == set(WORDS)
    assert f"``{' '.join(FUNCTIONS)}``" in TEXT
