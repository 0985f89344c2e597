"""The output folder: whole or not at all."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import porism
from logic.errors import PorismError
from porism.folder import OutputFolder
from prover.outcome import Outcome


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_it_holds_the_theorems_the_certificate_and_the_pages(out: Path) -> None:
    assert names(out) == {"theorems.json", "proof.jsonl", "html"}
    assert (out / "html" / "index.html").is_file()
    assert names(out.parent) == {"out"}


def test_theorems_json(out: Path) -> None:
    record = json.loads((out / "theorems.json").read_text(encoding="utf-8"))
    assert record["theory"] == "Peano"
    assert record["variables"]["n"] == "Nat"
    entry = next(t for t in record["theorems"] if t["name"] == "add_comm")
    assert entry.keys() == {
        "name",
        "statement",
        "kind",
        "essential",
        "method",
        "steps",
        "axioms",
        "uses",
    }
    assert entry["statement"] == "n + m = m + n"
    assert entry["axioms"] == ["add_zero", "add_succ"]
    assert entry["uses"] == ["zero_add", "succ_add"]
    assert record["goals"][0]["status"] == "PROVED"
    assert record["unproved"] == {"n * m = m * n": "no proof"}
    stats = record["stats"]
    assert stats["theorems"] == len(record["theorems"]) == 7
    assert stats["essential"] == 4
    # Every step of this certificate serves some theorem.
    assert sum(t["steps"] for t in record["theorems"]) <= stats["steps"]


def test_an_earlier_output_is_replaced(by_hand: Outcome, out: Path) -> None:
    before = (out / "proof.jsonl").read_bytes()
    (out / "proof.jsonl").write_text("damaged", encoding="utf-8")
    porism.save(by_hand, out)
    assert (out / "proof.jsonl").read_bytes() == before
    assert names(out.parent) == {"out"}


def test_missing_parents_are_made_and_an_empty_folder_is_used(
    by_hand: Outcome, tmp_path: Path
) -> None:
    porism.save(by_hand, tmp_path / "a" / "b" / "out")
    assert (tmp_path / "a" / "b" / "out" / "theorems.json").is_file()
    (tmp_path / "empty").mkdir()
    porism.save(by_hand, tmp_path / "empty")
    assert names(tmp_path) == {"a", "empty"}


def test_a_failure_half_way_leaves_the_disk_as_it_was(by_hand: Outcome, tmp_path: Path) -> None:
    report = porism.check(by_hand)
    with pytest.raises(ZeroDivisionError), OutputFolder(tmp_path / "a" / "out") as folder:
        folder.write(by_hand, report)
        raise ZeroDivisionError
    assert names(tmp_path) == set()
    with OutputFolder(tmp_path / "out") as folder:
        folder.write(by_hand, report)  # and nobody says commit
    assert names(tmp_path) == set()


def test_a_folder_that_fills_while_the_run_goes_on_is_not_replaced(
    by_hand: Outcome, tmp_path: Path
) -> None:
    target = tmp_path / "out"
    with (
        pytest.raises(PorismError, match="holds files that Porism did not write"),
        OutputFolder(target) as folder,
    ):
        folder.write(by_hand, porism.check(by_hand))
        target.mkdir()
        (target / "thesis.tex").touch()
        folder.commit()
    assert names(target) == {"thesis.tex"}
    assert names(tmp_path) == {"out"}


def test_a_file_of_mine_among_the_pages_is_not_lost(by_hand: Outcome, out: Path) -> None:
    (out / "html" / "notes.txt").touch()
    with pytest.raises(PorismError, match=r"did not write, such as html/notes\.txt"):
        porism.save(by_hand, out)
    assert (out / "html" / "notes.txt").exists()


def test_the_folder_one_is_in_is_not_replaced(
    by_hand: Outcome, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(out)
    with pytest.raises(PorismError, match="would be replaced while you are in it"):
        porism.save(by_hand, ".")


def test_what_the_checker_rejects_is_not_written(by_hand: Outcome, tmp_path: Path) -> None:
    from msgspec.structs import replace

    from porism.jobs import InternalError

    steps = by_hand.graph.steps
    steps[-1] = replace(steps[-1], rule="reflexivity")
    with pytest.raises(InternalError, match="the independent checker rejects the proof"):
        porism.save(by_hand, tmp_path / "out")
    assert names(tmp_path) == set()
