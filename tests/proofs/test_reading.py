"""A certificate, read back, is the graph that it was written from."""

from __future__ import annotations

from pathlib import Path

import pytest

import mpl
from logic.errors import PorismError
from proofs.certificate import certificate, theory_object
from proofs.check import check
from proofs.graph import ProofGraph
from proofs.reading import Parser, read_certificate, read_sort, read_theory
from tests.proofs.building import seal
from tests.proofs.sample_proofs import arithmetic, many
from tests.proofs.samples import SAMPLES

LIBRARY = Path(mpl.__file__).parent / "library"


@pytest.mark.parametrize("graph", [arithmetic(), many(20)], ids=["arithmetic", "many"])
def test_reading_undoes_writing(graph: ProofGraph, tmp_path: Path) -> None:
    text = certificate(graph)
    (tmp_path / "proof.jsonl").write_text(text, encoding="utf-8")
    read = read_certificate(tmp_path / "proof.jsonl")
    assert read.steps == graph.steps
    assert read.scopes == graph.scopes
    assert {t.name: t.step for t in read.theorems.values()} == {
        t.name: t.step for t in graph.theorems.values()
    }
    assert certificate(read) == text


@pytest.mark.parametrize("sample", SAMPLES)
def test_what_is_read_proves_the_same(sample: str, tmp_path: Path) -> None:
    lines = seal(SAMPLES[sample]().end())
    path = tmp_path / "proof.jsonl"
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    again = certificate(read_certificate(path)).splitlines(keepends=True)
    assert [t.name for t in check(again).theorems] == [t.name for t in check(path).theorems]
    assert [t.axioms for t in check(again).theorems] == [t.axioms for t in check(path).theorems]


@pytest.mark.parametrize("path", sorted(LIBRARY.glob("*.mpl")), ids=lambda path: path.stem)
def test_every_theory_that_ships_is_read_back_from_its_header(path: Path) -> None:
    theory = mpl.load(path)
    header = theory_object(theory)
    read = read_theory(header)
    assert theory_object(read) == header
    assert read.axioms == theory.axioms
    assert read.signature == theory.signature
    for name, definition in theory.definitions.items():
        assert read.definitions[name].clauses == definition.clauses


def test_the_sort_of_a_constant_comes_from_what_stands_around_it() -> None:
    theory = mpl.load(LIBRARY / "list.mpl")
    parser = Parser(theory.signature)
    known = {*theory.signature.sorts, *theory.signature.data}
    numbers = read_sort("List(Nat)", known)
    left = parser.formula("nil = xs", {"xs": numbers})
    assert left.left.sort == numbers  # type: ignore[union-attr]
    (length,) = parser.formula("length((nil : List(Nat))) = zero").left.args  # type: ignore[union-attr]
    assert length.sort == numbers
    joined = parser.formula("nil ++ nil = xs", {"xs": numbers})
    assert joined.left.args[1].sort == numbers  # type: ignore[union-attr]


STATED = '"formula": "forall n : Nat. '

DAMAGE: dict[str, tuple[str, str, str]] = {
    "not JSON": ('{"certificate"', '{{"certificate"', "line 1 is not a line of a certificate"),
    "not a term": ("zero + ", "zero + + ", "is not a line of a certificate"),
    "no such symbol": (STATED, STATED + "zilch = ", "there is no function zilch"),
    "nested": (STATED, STATED + "(" * 100_000, "is not a line of a certificate"),
    "a premise below": ('"from": [', '"from": [999, ', "a premise is not a step above"),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_what_is_no_certificate_is_said_to_be_none(damage: str, tmp_path: Path) -> None:
    old, new, message = DAMAGE[damage]
    text = certificate(arithmetic())
    path = tmp_path / "proof.jsonl"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(PorismError, match=message):
        read_certificate(path)


def test_an_empty_file_and_a_missing_one_are_no_certificates(tmp_path: Path) -> None:
    (tmp_path / "empty.jsonl").touch()
    with pytest.raises(PorismError, match="the file is empty"):
        read_certificate(tmp_path / "empty.jsonl")
    with pytest.raises(PorismError, match="cannot be read: No such file"):
        read_certificate(tmp_path / "missing.jsonl")
