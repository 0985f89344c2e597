"""The TSTP derivation: its syntax, and each of its lines put to a prover that has no part in it."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from proofs.exports.tstp import tstp
from proofs.graph import ProofGraph
from tests.proofs.test_rocq import ALL_SAMPLES, LIBRARY, explored, sample

needs_prover = pytest.mark.skipif(shutil.which("eprover") is None, reason="there is no eprover")

_LINE = re.compile(r"(tff|fof)\((\w+), (\w+), (.*)\.$")
_SOURCE = re.compile(r"(.*), inference\(\w+, \[status\(thm\)\], \[([\w, ]*)\]\)\)$")
_INTRODUCED = re.compile(r"(.*), introduced\(tautology, \[\w+\]\)\)$")


def obligations(text: str) -> Iterator[tuple[str, str]]:
    """What a prover must be able to show for each line: its name, and a problem in TPTP form."""
    types: list[str] = []
    known: dict[str, str] = {}
    for line in text.splitlines():
        found = _LINE.match(line)
        if found is None:
            continue
        language, name, role, rest = found.groups()
        if role == "type":
            types.append(line)
            continue
        derived, free = _SOURCE.match(rest), _INTRODUCED.match(rest)
        if derived or free:
            formula = (derived or free)[1]  # type: ignore[index]
            parents = derived[2].split(", ") if derived else []
            axioms = [f"{language}({p}, axiom, {known[p]})." for p in parents]
            yield name, "\n".join([*types, *axioms, f"{language}(goal, conjecture, {formula}).\n"])
        else:
            formula = rest.rsplit(", ", 2)[0] if "file(" in rest else rest.rsplit(", ", 1)[0]
        known[name] = formula


def polymorphic(text: str) -> bool:
    return "!>" in text or "$tType >" in text


def assert_each_line_follows(graph: ProofGraph) -> None:
    text = tstp(graph)
    if polymorphic(text):  # E has no types with parameters; an inference outlives its sorts
        text = tstp(graph, erased=True)
    asked = 0
    for name, problem in obligations(text):
        ran = subprocess.run(
            ["eprover", "--silent", "--auto", "--cpu-limit=10"],
            input=problem, capture_output=True, text=True, timeout=30,
        )  # fmt: skip
        assert "SZS status Theorem" in ran.stdout, f"{name}: {ran.stdout}{ran.stderr}"
        asked += 1
    assert asked > len(graph.theorems)


@needs_prover
@pytest.mark.parametrize("name", ALL_SAMPLES)
def test_each_line_of_the_samples_follows_from_those_it_names(name: str, tmp_path: Path) -> None:
    assert_each_line_follows(sample(name, tmp_path))


@needs_prover
@pytest.mark.parametrize("theory", ["peano", "order", "lattice"])
def test_each_line_of_a_theory_follows_from_those_it_names(theory: str) -> None:
    assert_each_line_follows(explored(theory))


@needs_prover
@pytest.mark.slow
@pytest.mark.parametrize("theory", ["group", "list", "tree"])
def test_each_line_of_a_larger_theory_follows(theory: str) -> None:
    assert_each_line_follows(explored(theory))


@needs_prover
@pytest.mark.slow
def test_no_line_of_core_notation_is_refuted() -> None:
    """E cannot normalise some lines that state the whole definition, a conjunction of sixteen."""
    proved, asked = 0, 0
    for name, problem in obligations(tstp(explored("peano_core"))):
        asked += 1
        try:
            ran = subprocess.run(
                ["eprover", "--silent", "--auto", "--cpu-limit=2"],
                input=problem, capture_output=True, text=True, timeout=3,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            continue
        assert "CounterSatisfiable" not in ran.stdout, name
        proved += "SZS status Theorem" in ran.stdout
    assert proved > 0.95 * asked


TOKEN = re.compile(
    r"[a-z]\w*|[A-Z]\w*|\$(?:tType|o|true|false)\b|'\w+'|<=>|=>|!=|!>|[-()\[\],.:!?~&|=>*]"
)


@pytest.mark.parametrize("name", [*ALL_SAMPLES, *sorted(p.stem for p in LIBRARY.glob("*.mpl"))])
def test_lines_are_tptp(name: str, tmp_path: Path) -> None:
    graph = sample(name, tmp_path) if name in ALL_SAMPLES else explored(name)
    seen: set[str] = set()
    for line in tstp(graph).splitlines():
        if line.startswith("%"):
            continue
        assert TOKEN.sub("", line).strip() == "", line
        assert line.count("(") == line.count(")") and line.count("[") == line.count("]")
        found = re.match(r"tff\(([a-z]\w*), (type|axiom|definition|plain|theorem), ", line)
        assert found and line.endswith(").") and len(found[1]) < 100
        assert found[1] not in seen
        if parents := re.search(r"\[status\(thm\)\], \[([\w, ]+)\]\)\)\.$", line):
            assert set(parents[1].split(", ")) <= seen
        seen.add(found[1])


def test_a_theorem_names_the_step_that_proves_it(tmp_path: Path) -> None:
    text = tstp(sample("addition", tmp_path))
    claim = "(! [N: nat] : (add(zero, N) = N))"
    assert re.search(rf"tff\(zero_add, theorem, {re.escape(claim)}, inference\(theorem,", text)
    assert "tff(nat_type, type, nat: $tType)." in text
    assert "tff(add_type, type, add: (nat * nat) > nat)." in text
