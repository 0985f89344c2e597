"""The theories that ship: what each one assumes, and that its goals are what they should be."""

from __future__ import annotations

from pathlib import Path

import pytest

from logic.printing import show_in
from mpl import load

LIBRARY = Path("mpl/library")


@pytest.mark.parametrize("path", sorted(LIBRARY.glob("*.mpl")), ids=lambda p: p.stem)
def test_every_theory_has_goals_and_something_to_explore(path: Path) -> None:
    theory = load(path)
    assert theory.goals
    assert theory.exploration is not None


def test_peano_assumes_four_axioms_and_nothing_else() -> None:
    theory = load(LIBRARY / "peano.mpl")
    assert {n: show_in(theory, f) for n, f in theory.axioms.items()} == {
        "add_zero": "n + zero = n",
        "add_succ": "n + succ(m) = succ(n + m)",
        "mul_zero": "n * zero = zero",
        "mul_succ": "n * succ(m) = n * m + n",
    }
    assert list(theory.signature.functions) == ["zero", "succ", "+", "*"]
    assert not theory.signature.predicates and not theory.definitions


def test_peano_core_assumes_nothing_but_a_definition() -> None:
    theory = load(LIBRARY / "peano_core.mpl")
    assert not theory.axioms and not theory.signature.functions
    assert list(theory.definitions) == ["NaturalNumbers"]
    assert "add_comm" in theory.goals and len(theory.inductions) == 1


def test_groups_are_given_by_one_sided_axioms() -> None:
    theory = load(LIBRARY / "group.mpl")
    assert {n: show_in(theory, f) for n, f in theory.axioms.items()} == {
        "assoc": "x * y * z = x * (y * z)",
        "left_identity": "e * x = x",
        "left_inverse": "inv(x) * x = e",
    }


@pytest.mark.parametrize("name", ["list", "tree"])
def test_lists_and_trees_are_conservative(name: str) -> None:
    assert not load(LIBRARY / f"{name}.mpl").axioms
