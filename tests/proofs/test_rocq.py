"""Rocq accepts the exported proofs, and they rest on nothing but the theory."""

from __future__ import annotations

import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest

import mpl
import porism
from logic.errors import PorismError
from proofs.certificate import certificate
from proofs.check import check
from proofs.exports.rocq import rocq
from proofs.graph import ProofGraph
from proofs.reading import read_certificate
from tests.proofs.building import RULES, Proof, seal
from tests.proofs.export_samples import EXPORT_SAMPLES
from tests.proofs.sample_proofs import arithmetic, many
from tests.proofs.samples import LIST, SAMPLES

LIBRARY = Path(mpl.__file__).parent / "library"
ALL_SAMPLES = {**SAMPLES, **EXPORT_SAMPLES}

needs_rocq = pytest.mark.skipif(shutil.which("coqc") is None, reason="there is no coqc")


@cache
def explored(theory: str) -> ProofGraph:
    """What exploration finds, through its certificate."""
    return porism.explore(LIBRARY / f"{theory}.mpl", time="60s").graph


def sample(name: str, folder: Path) -> ProofGraph:
    lines = seal(ALL_SAMPLES[name]().end())
    check(lines)
    path = folder / "proof.jsonl"
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return read_certificate(path)


def compile_text(text: str, folder: Path, name: str = "Exported") -> str:
    """Compile a file with a request for every theorem's assumptions; what Rocq printed."""
    stated = re.findall(r"^(?:Theorem|Lemma) ([\w']+)", text, re.MULTILINE)
    requests = "".join(f"Print Assumptions {theorem}.\n" for theorem in stated)
    (folder / f"{name}.v").write_text(text + requests, encoding="utf-8")
    ran = subprocess.run(
        ["coqc", "-q", f"{name}.v"], cwd=folder, capture_output=True, text=True, timeout=100
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stderr == "", "Rocq has a warning"
    return ran.stdout


def assert_rocq_accepts(graph: ProofGraph, folder: Path) -> None:
    text = rocq(graph)
    for theorem in graph.theorems:
        if re.fullmatch(r"[a-z]\w*", theorem):
            assert re.search(rf"^Theorem {theorem}\w* ", text, re.MULTILINE), theorem
    printed = compile_text(text, folder)
    stated = len(re.findall(r"^(?:Theorem|Lemma) ", text, re.MULTILINE))
    assert stated >= len(graph.theorems)
    # After the section, nothing is assumed without being said in the statement.
    assert printed == "Closed under the global context\n" * stated


@needs_rocq
@pytest.mark.parametrize("theory", sorted(p.stem for p in LIBRARY.glob("*.mpl")))
def test_rocq_accepts_all_that_exploration_finds(theory: str, tmp_path: Path) -> None:
    graph = explored(theory)
    assert graph.theorems
    assert_rocq_accepts(graph, tmp_path)


@needs_rocq
@pytest.mark.parametrize("name", ALL_SAMPLES)
def test_rocq_accepts_the_samples(name: str, tmp_path: Path) -> None:
    assert_rocq_accepts(sample(name, tmp_path), tmp_path)


@needs_rocq
@pytest.mark.parametrize("graph", [arithmetic(), many(60)], ids=["arithmetic", "many"])
def test_rocq_accepts_graphs_that_were_never_files(graph: ProofGraph, tmp_path: Path) -> None:
    assert_rocq_accepts(graph, tmp_path)


@needs_rocq
def test_arithmetic_passes_the_second_checker_of_rocq(tmp_path: Path) -> None:
    compile_text(rocq(explored("peano")), tmp_path, "Peano")
    if shutil.which("coqchk"):
        ran = subprocess.run(
            ["coqchk", "-silent", "-o", "-Q", ".", "", "Peano"],
            cwd=tmp_path, capture_output=True, text=True, timeout=100,
        )  # fmt: skip
        assert ran.returncode == 0, ran.stderr
        assert "Axioms: <none>" in ran.stdout + ran.stderr


def test_the_samples_have_every_rule() -> None:
    used = {
        line["rule"] for build in ALL_SAMPLES.values() for line in build().lines if "rule" in line
    }
    assert used == set(RULES)


def test_the_same_proof_gives_the_same_text(tmp_path: Path) -> None:
    graph = arithmetic()
    (tmp_path / "proof.jsonl").write_text(certificate(graph), encoding="utf-8")
    assert rocq(graph) == rocq(read_certificate(tmp_path / "proof.jsonl"))


def test_recursion_is_a_fixpoint_and_nothing_searches() -> None:
    text = rocq(explored("list"))
    assert re.findall(r"^Fixpoint (\w+)", text, re.MULTILINE) == [
        "add", "append", "reverse", "length", "map",
    ]  # fmt: skip
    assert "Theorem reverse_reverse (A : Type) :" in text
    for searching in ("auto", "lia", "congruence", "firstorder", "tauto", "intuition", "trivial"):
        assert not re.search(rf"\b{searching}\b", text)


def test_classical_logic_is_assumed_only_where_a_proof_needs_it(tmp_path: Path) -> None:
    assert "classic" in rocq(sample("propositions", tmp_path))
    assert "classic" not in rocq(sample("addition", tmp_path))


def test_elements_of_types_are_asked_for_only_where_sorts_must_not_be_empty(tmp_path: Path) -> None:
    text = rocq(sample("choice", tmp_path))
    assert "Variable pick : forall (A : Type), A -> List A -> A." in text
    assert "Variable G_element : G." in text
    assert "_element" not in rocq(explored("list"))


def test_a_condition_is_decided_by_computation_where_it_can_be(tmp_path: Path) -> None:
    text = rocq(sample("conditional_definitions", tmp_path))
    assert "Definition Colour_equal : forall x y : Colour, {x = y} + {~ x = y}." in text
    assert "Variable insert_decide : forall (x : P) (y : P)," in text


def test_recursion_that_is_not_structural_is_assumed(tmp_path: Path) -> None:
    text = rocq(sample("other_definitions", tmp_path))
    assert "Variable ack : Nat -> Nat -> Nat." in text
    assert "Hypothesis ack_3 : forall n m : Nat, ack (succ n) (succ m) = ack n" in text
    assert "Definition lt (n : Nat) (m : Nat) : Prop := n <= m /\\ n <> m." in text


def test_hostile_names_are_inert(tmp_path: Path) -> None:
    text = rocq(sample("hostile", tmp_path))
    code = text.split("*)", 1)[1]
    assert not any(mark in code for mark in ('"*)', "<script", "(*", "'\"", "Qed. "))
    assert max(map(len, re.findall(r"\w+", text))) < 100


def test_data_types_that_rocq_does_not_have_are_refused(tmp_path: Path) -> None:
    theory = {
        **LIST,
        "data": {
            **LIST["data"],
            "One": {"params": [], "constructors": ["one", "other"]},
            "Two": {"params": ["B"], "constructors": ["two"]},
        },
        "functions": {
            **LIST["functions"],
            "one": [[], "One"],
            "other": [["Two(Nat)"], "One"],
            "two": [["B", "One"], "Two(B)"],
        },
    }
    p = Proof(theory)
    p.theorem("t", p.step("reflexivity", "one = one"))
    lines = seal(p.end())
    check(lines)
    (tmp_path / "proof.jsonl").write_text("".join(f"{x}\n" for x in lines), encoding="utf-8")
    with pytest.raises(PorismError, match="differ in the number of their parameters"):
        rocq(read_certificate(tmp_path / "proof.jsonl"))
