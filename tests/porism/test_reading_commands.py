"""``check``, ``find``, ``show`` and ``fmt``: what they print, their JSON, their exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.porism.command import PEANO, porism

# -- check -----------------------------------------------------------------------------------


def test_check_accepts_what_was_written_and_says_what_it_rests_on(out: Path) -> None:
    for certificate in (out, out / "proof.jsonl"):
        ran = porism("check", certificate)
        assert ran.code == 0
        assert "Accepted: 7 theorems of Peano in 76 steps." in ran.out
        assert "add_zero, add_succ" in ran.out
    assert porism("check", out, "--quiet").out == ""


def test_check_as_json(out: Path) -> None:
    record = porism("check", out, "--json").json
    assert record.keys() == {"accepted", "theory", "hash", "steps", "theorems", "exit"}
    assert record["accepted"] is True
    assert record["theorems"][0].keys() == {
        "name",
        "statement",
        "axioms",
        "definitions",
        "inductions",
        "steps",
    }


def test_check_rejects_a_changed_proof_with_the_line(out: Path) -> None:
    proof = out / "proof.jsonl"
    lines = proof.read_text(encoding="utf-8").splitlines(keepends=True)
    at = next(i for i, line in enumerate(lines) if '"rule": "rewrite"' in line)
    lines[at] = lines[at].replace("rewrite", "reflexivity")
    proof.write_text("".join(lines), encoding="utf-8")
    ran = porism("check", out)
    assert ran.code == 1
    assert f"rejected: line {at + 1}: reflexivity:" in ran.err
    record = porism("check", out, "--json").json
    assert record["accepted"] is False
    assert record["reason"].startswith(f"line {at + 1}:")


def test_check_of_something_else(tmp_path: Path) -> None:
    assert "cannot be read: No such file" in porism("check", tmp_path / "no.jsonl").err
    ran = porism("check", PEANO)
    assert ran.code == 2
    assert "peano.mpl is not a certificate: line 1: it is not JSON" in ran.err


# -- find ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "formula",
    ["n + m = m + n", "k + n = n + k", "forall a, b : Nat. a + b = b + a", "zero + m = m + 0"],
)
def test_find_says_which_theorem_it_is(out: Path, formula: str) -> None:
    ran = porism("find", out, formula)
    if formula.startswith("zero"):  # an instance is not the theorem
        assert ran.code == 1
    else:
        assert (ran.code, ran.out) == (0, "add_comm: n + m = m + n\n")


def test_find_reads_conditions_in_either_direction(out: Path) -> None:
    assert porism("find", out, "n + k = m + k -> m = n").out.startswith("add_cancel: ")
    assert porism("find", out, "m = 0 + m").out == "zero_add: zero + n = n\n"


def test_find_says_when_a_formula_is_not_there(out: Path) -> None:
    ran = porism("find", out, "n + m = n")
    assert ran.code == 1
    assert ran.out.startswith("Not among the 7 theorems of Peano.")


def test_find_as_json(out: Path) -> None:
    found = porism("find", out, "m + n = n + m", "--json")
    assert found.code == 0
    assert found.json["found"] is True
    assert found.json["name"] == "add_comm"
    assert found.json["axioms"] == ["add_zero", "add_succ"]
    missing = porism("find", out, "n = n + n", "--json")
    assert (missing.code, missing.json) == (1, {"found": False, "exit": 1})


def test_find_points_at_a_mistake_in_the_formula(out: Path) -> None:
    ran = porism("find", out, "n + sucz(m) = n")
    assert ran.code == 2
    assert "<formula>:1:5: 'sucz' is not declared." in ran.err
    assert "Did you mean 'succ'?" in ran.err


# -- show ------------------------------------------------------------------------------------


def test_show_prints_the_proof_in_80_columns(out: Path) -> None:
    ran = porism("show", out, "add_comm")
    assert ran.code == 0
    assert "Induction on n." in ran.out
    assert "rests on: add_zero, add_succ" in ran.out
    assert max(map(len, ran.out.splitlines())) <= 80


def test_show_as_json(out: Path) -> None:
    record = porism("show", out, "add_comm", "--json").json
    assert record["statement"] == "n + m = m + n"
    assert record["proof"].endswith("uses: zero_add, succ_add\n")


def test_show_suggests_a_name(out: Path) -> None:
    ran = porism("show", out, "add_com")
    assert ran.code == 2
    assert ran.err == "Peano has no theorem 'add_com'.\n  Did you mean 'add_comm'?\n"


@pytest.mark.parametrize("command", [("find", "n = n"), ("show", "add_comm")])
def test_only_what_porism_wrote_can_be_looked_at(
    command: tuple[str, str], out: Path, tmp_path: Path
) -> None:
    name, argument = command
    missing = porism(name, tmp_path / "nothing", argument)
    assert missing.code == 2
    assert "There is no folder" in missing.err
    stranger = porism(name, tmp_path, argument)
    assert "was not written by Porism: it has no theorems.json" in stranger.err
    (out / "theorems.json").write_text("[]", encoding="utf-8")
    assert "is damaged" in porism(name, out, argument).err
    (out / "theorems.json").write_text(
        json.dumps({"theory": "Peano", "theorems": []}), encoding="utf-8"
    )
    assert "do not fit together" in porism(name, out, argument).err


# -- fmt -------------------------------------------------------------------------------------

UNTIDY = "data   Nat=zero|succ(Nat)\nvar n:Nat\naxiom odd :  succ(n)   != (n)  # a note\n"
TIDY = "data Nat = zero | succ(Nat)\nvar n : Nat\naxiom odd: succ(n) != n  # a note\n"


def test_fmt_brings_a_file_into_its_normal_form(tmp_path: Path) -> None:
    file = tmp_path / "a.mpl"
    file.write_text(UNTIDY, encoding="utf-8")
    check = porism("fmt", "--check", file)
    assert (check.code, check.out) == (1, f"would change: {file}\n")
    assert file.read_text(encoding="utf-8") == UNTIDY
    assert porism("fmt", file).out == f"changed: {file}\n"
    assert file.read_text(encoding="utf-8") == TIDY
    assert (porism("fmt", "--check", file).code, porism("fmt", file).out) == (0, "")
    porism("fmt", "--unicode", file)
    assert "succ(n) ≠ n" in file.read_text(encoding="utf-8")
    assert list(tmp_path.iterdir()) == [file]


def test_fmt_as_json(tmp_path: Path) -> None:
    file = tmp_path / "a.mpl"
    file.write_text(UNTIDY, encoding="utf-8")
    record = porism("fmt", "--check", "--json", file, PEANO).json
    assert record == {
        "files": [
            {"file": str(file), "changed": True},
            {"file": str(PEANO), "changed": False},
        ],
        "exit": 1,
    }


def test_fmt_changes_no_file_if_one_cannot_be_read(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.mpl", tmp_path / "bad.mpl"
    good.write_text(UNTIDY, encoding="utf-8")
    bad.write_text("axiom a: n + = n\n", encoding="utf-8")
    ran = porism("fmt", good, bad)
    assert ran.code == 2
    assert f"{bad}:1:14: '=' is unexpected here" in ran.err
    assert good.read_text(encoding="utf-8") == UNTIDY


def test_the_theories_and_examples_are_in_normal_form() -> None:
    files = [*PEANO.parent.glob("*.mpl"), *(PEANO.parents[2] / "examples").glob("*.mpl")]
    assert porism("fmt", "--check", *sorted(files)).code == 0
