"""The Lean text: unchecked, and it says so; its form is at least that of Lean."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from proofs.exports.lean import lean
from tests.proofs.test_rocq import ALL_SAMPLES, LIBRARY, explored, sample


@pytest.mark.parametrize("name", [*ALL_SAMPLES, *sorted(p.stem for p in LIBRARY.glob("*.mpl"))])
def test_every_theorem_is_there(name: str, tmp_path: Path) -> None:
    graph = sample(name, tmp_path) if name in ALL_SAMPLES else explored(name)
    text = lean(graph)
    assert "NOT CHECKED" in text.splitlines()[0]
    assert text.count("(") == text.count(")")
    assert "sorry" not in text
    declared = re.findall(r"^(?:theorem|axiom|def|inductive) ([\w']+)", text, re.MULTILINE)
    assert len(set(declared)) == len(declared) >= len(graph.theorems)
    assert max(map(len, re.findall(r"\w+", text))) < 100
    for theorem in graph.theorems:
        if re.fullmatch(r"[a-z]\w*", theorem):
            assert any(d.startswith(theorem) for d in declared), theorem


def test_a_proof_reads_like_its_certificate() -> None:
    text = lean(explored("peano"))
    assert (
        """theorem zero_add : ∀ n : Nat, add Nat.zero n = n := by
  refine Nat_induction (fun (n : Nat) => add Nat.zero n = n) ?_ ?_
  · exact add_zero Nat.zero
  · intro n IH1
    calc
      add Nat.zero (Nat.succ n) = Nat.succ (add Nat.zero n) := add_succ Nat.zero n
      _ = Nat.succ n := congrArg Nat.succ IH1
"""
        in text
    )


def test_hostile_names_are_inert(tmp_path: Path) -> None:
    text = lean(sample("hostile", tmp_path))
    assert not any(mark in text for mark in ("<script", "/-", '"', "#"))
