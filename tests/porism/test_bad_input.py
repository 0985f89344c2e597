"""What bad input gets: one designed message, exit code 2, soon, and nothing on the disk."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.porism.command import PEANO, Ran, porism

NAT = "data Nat = zero | succ(Nat)\nvar n, m : Nat\n"

SOURCES: dict[str, tuple[str | bytes, str]] = {
    "bad syntax": (
        NAT + "axiom a: n + = n\n",
        "bad.mpl:3:14: '=' is unexpected here: a term should stand here.\n"
        "    axiom a: n + = n\n"
        "                 ^\n",
    ),
    "an unknown name": (
        NAT + "axiom a: suc(n) = n\n",
        "bad.mpl:3:10: 'suc' is not declared.\n"
        "    axiom a: suc(n) = n\n"
        "             ^^^\n"
        "  Did you mean 'succ'?\n",
    ),
    "a duplicate name": (
        NAT + "func f(Nat) -> Nat\nfunc f(Nat) -> Nat\n",
        "bad.mpl:4:6: 'f' is already declared (line 3).\n",
    ),
    "a sort clash": (
        NAT + "sort S\nconst c : S\naxiom a: succ(c) = zero\n",
        "bad.mpl:5:15: The argument of 'succ' must be of sort Nat, but 'c' is of sort S.\n",
    ),
    "a wrong arity": (
        NAT + "axiom a: succ(n, m) = n\n",
        "bad.mpl:3:10: 'succ' takes 1 argument, but 2 are given.\n",
    ),
    "a cyclic import": (
        'import "bad.mpl"\n',
        "bad.mpl:1:8: The imports form a circle: bad.mpl imports bad.mpl.\n",
    ),
    "a definition that does not end": (
        NAT + "func f(Nat) -> Nat {\n  f(zero) = zero\n  f(succ(n)) = f(succ(n))\n}\n",
        "bad.mpl:5:3: The definition of 'f' may not terminate: "
        "for f(succ(n)) it calls f(succ(n)).\n",
    ),
    "a definition that misses a case": (
        NAT + "func f(Nat) -> Nat {\n  f(zero) = zero\n}\n",
        "bad.mpl:3:6: The definition of 'f' misses a case: f(succ(_)).\n",
    ),
    "nested parentheses": (
        NAT + "axiom a: " + "(" * 100_000 + "n = n" + ")" * 100_000 + "\n",
        "bad.mpl:3:210: Brackets nest more than 200 deep.\n",
    ),
    "nested functions": (
        NAT + "axiom a: " + "succ(" * 100_000 + "n" + ")" * 100_000 + " = n\n",
        "Brackets nest more than 200 deep.\n",
    ),
    "noise": (random.Random(1).randbytes(10_000_000), "'bad.mpl' is too long:"),
    "a little noise": (random.Random(1).randbytes(1_000_000), "The file 'bad.mpl' is not text:"),
    "words without sense": (
        " ".join(random.Random(1).choices(["axiom", "(", ")", "n", "->", ":", "\n"], k=900_000)),
        "bad.mpl:1:",
    ),
}


def refused(ran: Ran, message: str) -> None:
    assert ran.err.startswith(message) or message in ran.err, ran.err
    assert "Traceback" not in ran.err + ran.out
    assert len(ran.err.splitlines()) <= 6
    assert ran.out == ""
    assert ran.code == 2
    assert ran.cpu < 2


@pytest.mark.parametrize("command", ["explore", "prove"])
@pytest.mark.parametrize("what", SOURCES)
def test_a_bad_theory(what: str, command: str, tmp_path: Path) -> None:
    source, message = SOURCES[what]
    data = source if isinstance(source, bytes) else source.encode()
    (tmp_path / "bad.mpl").write_bytes(data)
    refused(porism(command, "bad.mpl", "--out", "out", cwd=tmp_path), message)
    assert [path.name for path in tmp_path.iterdir()] == ["bad.mpl"]


def test_contradictory_axioms_are_refused(tmp_path: Path) -> None:
    (tmp_path / "bad.mpl").write_text(NAT + "axiom a: succ(n) = zero\n", encoding="utf-8")
    for command in (["explore"], ["prove", "--goal", "n = m"]):
        refused(porism(*command, "bad.mpl", "--out", "out", cwd=tmp_path), "contradict")
    assert [path.name for path in tmp_path.iterdir()] == ["bad.mpl"]


@pytest.mark.parametrize("command", ["explore", "prove", "fmt"])
def test_a_file_that_is_missing_or_no_text(command: str, tmp_path: Path) -> None:
    refused(porism(command, "none.mpl", cwd=tmp_path), "There is no file 'none.mpl'.")
    refused(porism(command, "."), "'.' is a folder, not an MPL file.")
    below = PEANO / "below.mpl"
    refused(porism(command, below), f"The file '{below}' cannot be read: Not a directory.")
    (tmp_path / "latin.mpl").write_bytes(b"# caf\xe9\n")
    refused(
        porism(command, "latin.mpl", cwd=tmp_path), "latin.mpl:1:6: The file 'latin.mpl' is not"
    )


# -- goals -----------------------------------------------------------------------------------


def test_a_goal_that_is_not_there() -> None:
    refused(
        porism("prove", PEANO, "--goal", "add_com"),
        "The theory Peano has no goal 'add_com'.\n  Did you mean 'add_comm'?\n",
    )
    refused(
        porism("prove", PEANO, "--goal", "n + = m"),
        "<formula>:1:5: '=' is unexpected here: a term should stand here.\n",
    )


def test_a_theory_without_goals(tmp_path: Path) -> None:
    (tmp_path / "a.mpl").write_text(NAT, encoding="utf-8")
    refused(
        porism("prove", "a.mpl", cwd=tmp_path),
        'The theory a states no goal.\n  Add a line "goal NAME: FORMULA" to the file, or give',
    )


# -- the command line ------------------------------------------------------------------------

LINES: dict[str, str] = {
    "explore": "porism explore: Missing argument 'FILE'.\n  Usage: porism explore [OPTIONS] FILE\n",
    "find x": "porism find: Missing argument 'FORMULA'.\n",
    "fmt": "porism fmt: Missing argument 'FILE...'.\n",
    "explroe x": "porism: There is no command explroe. Did you mean 'explore'?\n",
    "explore --tim 3 x": "porism explore: There is no option --tim. Did you mean '--time'?\n",
    "explore --size many x": "porism explore: Invalid value for '--size': ",
    "explore --workers 0 x": "porism explore: Invalid value for '--workers': 0 is not in the range",
    "check a b": "porism check: Got unexpected extra argument",
}


@pytest.mark.parametrize("line", LINES)
def test_a_wrong_command_line(line: str) -> None:
    ran = porism(*line.split())
    refused(ran, LINES[line])
    assert "--help`." in ran.err


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--time", "soon", "--time: 'soon' is not a time.\n  Write 30, 30s, 500ms, 2m or 1h.\n"),
        ("--time", "-1", "--time: '-1' is not a time.\n"),
        ("--time", "0", "--time: '0' is not a time.\n"),
        ("--memory", "lots", "--memory: 'lots' is not a size of memory.\n  Write 300M or 2G.\n"),
        ("--pool", "thread", "--pool: there is no kind 'thread'.\n  Did you mean 'threads'?\n"),
    ],
)
def test_a_wrong_budget(option: str, value: str, message: str) -> None:
    refused(porism("explore", PEANO, f"{option}={value}"), message)


def test_an_error_as_json(tmp_path: Path) -> None:
    (tmp_path / "bad.mpl").write_text(NAT + "axiom a: suc(n) = n\n", encoding="utf-8")
    ran = porism("explore", "bad.mpl", "--json", cwd=tmp_path)
    assert ran.code == 2
    assert ran.json == {
        "error": {
            "message": "'suc' is not declared.",
            "file": "bad.mpl",
            "line": 3,
            "column": 10,
            "hint": "Did you mean 'succ'?",
        },
        "exit": 2,
    }


# -- the output folder -----------------------------------------------------------------------


def test_an_output_folder_that_cannot_be_written(tmp_path: Path) -> None:
    # Below a file and in /proc, where not even the superuser can make a folder.
    (tmp_path / "file").touch()
    for place, reason in (("file/out", "Not a directory"), ("/proc/out", "No such file")):
        refused(
            porism("explore", PEANO, "--out", place, cwd=tmp_path),
            f"The output folder {place} cannot be written: {reason}",
        )
    refused(
        porism("explore", PEANO, "--out", "file", cwd=tmp_path),
        "The output file is a file, not a folder.",
    )
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_folder_with_other_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").touch()
    ran = porism("explore", PEANO, "--out", tmp_path)
    refused(ran, f"The output folder {tmp_path} holds files that Porism did not write, such as")
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]
