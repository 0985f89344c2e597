"""``explore`` and ``prove``: what a run prints, writes, and ends with."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import porism as api
from tests.porism.command import PEANO, ROOT, Ran, environment, porism

WRONG = """\
theory Wrong

data Nat = zero | succ(Nat)
var n, m : Nat

func (+)(Nat, Nat) -> Nat
axiom add_zero: n + zero = n
axiom add_succ: n + succ(m) = succ(n + m)

goal add_comm: n + m = m + n
goal wrong: n + m = n
"""

OPEN = """\
theory Open

sort S
var x, y : S
const c : S
func f(S) -> S
func g(S) -> S
axiom a: f(x) = g(x) -> x = c
goal unknown: f(c) = g(c)
"""


@pytest.fixture
def wrong(tmp_path: Path) -> Path:
    file = tmp_path / "wrong.mpl"
    file.write_text(WRONG, encoding="utf-8")
    return file


# -- explore ---------------------------------------------------------------------------------


def test_exploring_arithmetic_ends_well(peano: tuple[Ran, Path]) -> None:
    ran, folder = peano
    assert ran.code == 0, ran.err
    assert ran.err == ""
    record = ran.json
    assert record["checked"] is True
    assert record["html"] == str(folder / "html" / "index.html")
    assert Path(record["html"]).is_file()
    assert porism("check", folder).code == 0


def test_no_page_of_the_run_is_large(peano: tuple[Ran, Path]) -> None:
    pages = [p for p in (peano[1] / "html").rglob("*.html") if p.stat().st_size > 30_000]
    assert pages == []


def test_the_json_of_a_run_is_that_of_the_file_and_a_little_more(
    peano: tuple[Ran, Path],
) -> None:
    ran, folder = peano
    record = json.loads((folder / "theorems.json").read_text(encoding="utf-8"))
    more = {"checked": True, "out": str(folder), "html": ran.json["html"], "exit": 0}
    assert ran.json == {**record, **more}


@pytest.mark.parametrize(
    "law",
    [
        "0 + n = n",
        "succ(m) + n = succ(m + n)",
        "n + m = m + n",
        "(n + m) + k = n + (m + k)",
        "n * m = m * n",
        "n * m * k = n * (m * k)",
        "n * (m + k) = n * m + n * k",
        "n + m = n + k -> m = k",
    ],
)
def test_a_law_of_arithmetic_is_found(law: str, peano: tuple[Ran, Path]) -> None:
    _, folder = peano
    assert porism("find", folder, law).code == 0


def test_a_run_says_in_the_terminal_what_it_found(tmp_path: Path) -> None:
    out = tmp_path / "out"
    ran = porism("explore", PEANO, "--size", 3, "--out", out)
    assert ran.code in (0, 1), ran.err
    assert ran.out.startswith("Peano: ")
    assert "The independent checker accepts the proofs: " in ran.out
    assert ran.out.endswith(f"Open {out}/html/index.html in a browser.\n")
    assert max(map(len, ran.out.splitlines()[:-1])) <= 80
    assert ran.err == ""


def test_quiet_prints_nothing(tmp_path: Path) -> None:
    ran = porism("explore", PEANO, "--size", 3, "--out", tmp_path / "out", "--quiet")
    assert (ran.out, ran.err) == ("", "")
    assert (tmp_path / "out" / "proof.jsonl").is_file()


@pytest.mark.parametrize("pool", ["threads", "processes"])
def test_the_certificate_does_not_depend_on_the_workers(
    pool: str, peano: tuple[Ran, Path], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    porism("explore", PEANO, "--out", out, "--workers", 2, "--pool", pool, "--quiet")
    assert (out / "proof.jsonl").read_bytes() == (peano[1] / "proof.jsonl").read_bytes()


def test_the_main_job_stays_within_its_bounds() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "benchmarks" / "peano.py"), "--runs", "2", "--json"],
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    result = json.loads(done.stdout)
    assert result["peak_bytes"] < 300e6
    assert result["essential"] <= 25


# -- prove -----------------------------------------------------------------------------------


def test_a_goal_is_proved_by_name_or_as_a_formula(wrong: Path) -> None:
    ran = porism("prove", wrong, "--goal", "add_comm", "--goal", "0 + n = n", "--json")
    assert ran.code == 0, ran.err
    by_name, by_formula = ran.json["goals"]
    assert (by_name["name"], by_name["status"]) == ("add_comm", "PROVED")
    assert (by_formula["statement"], by_formula["status"]) == ("zero + n = n", "PROVED")


def test_a_wrong_goal_gets_a_counterexample(wrong: Path) -> None:
    ran = porism("prove", wrong, "--goal", "wrong", "--json")
    assert ran.code == 1
    (goal,) = ran.json["goals"]
    assert goal["status"] == "REFUTED"
    assert goal["counterexample"].keys() == {"n", "m"}
    assert goal["counterexample"]["m"] not in ("0", "zero")
    assert "n + m = n" not in [t["statement"] for t in ran.json["theorems"]]


def test_without_goal_all_goals_of_the_file_are_tried(wrong: Path) -> None:
    ran = porism("prove", wrong)
    assert ran.code == 1
    assert "add_comm  n + m = m + n  PROVED" in ran.out
    assert "wrong     n + m = n      REFUTED" in ran.out


def test_what_is_neither_proved_nor_refuted_is_unknown(tmp_path: Path) -> None:
    (tmp_path / "open.mpl").write_text(OPEN, encoding="utf-8")
    ran = porism("prove", "open.mpl", "--time", "5s", "--json", cwd=tmp_path)
    (goal,) = ran.json["goals"]
    assert goal["status"] in ("UNKNOWN", "REFUTED")
    assert ran.code == (3 if ran.json["stats"]["stopped"] else 1)


def test_a_time_limit_leaves_a_valid_certificate(tmp_path: Path) -> None:
    out = tmp_path / "out"
    axioms = [line for line in PEANO.read_text().splitlines() if not line.startswith("goal")]
    (tmp_path / "axioms.mpl").write_text("\n".join(axioms), encoding="utf-8")
    ran = porism("explore", tmp_path / "axioms.mpl", "--size", 15, "--time", "1s", "--out", out)
    assert ran.code == 3, ran.err
    assert "The time ran out" in ran.out
    assert json.loads((out / "theorems.json").read_text())["stats"]["stopped"] == "time"
    assert porism("check", out).code == 0


# -- from Python -----------------------------------------------------------------------------


def test_the_same_from_python(wrong: Path) -> None:
    theory = api.load(wrong)
    outcome = api.prove(theory, {"mine": theory.goals["add_comm"]}, time=30)
    assert outcome.verdicts["mine"].status == "PROVED"
    assert api.find(outcome, "m + n = n + m") is not None
    assert api.check(outcome).theory == "Wrong"


def test_progress_is_told_to_whoever_asks(wrong: Path) -> None:
    told: list[api.Progress] = []
    api.prove(wrong, "add_comm", progress=told.append)
    assert told
    assert told[-1].theorems >= 0
