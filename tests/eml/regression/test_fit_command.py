"""``porism eml fit`` as its user meets it: tables in, a formula out, mistakes in words."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from eml.regression.reading import identifiers, read_table
from logic.errors import PorismError
from porism.cli import main


def run(*arguments: str) -> int:
    return main(["eml", "fit", *arguments])


@pytest.fixture
def ohm(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    current, resistance = rng.uniform(1, 5, 80), rng.uniform(1, 9, 80)
    path = tmp_path / "ohm.csv"
    lines = ["I [A],R (ohm),U [V]"]
    lines += [
        f"{i!r},{r!r},{i * r!r}" for i, r in zip(current.tolist(), resistance.tolist(), strict=True)
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_a_law_is_found_with_names_and_units(
    ohm: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert run(str(ohm), "--target", "U", "--json", "--time", "20s", "--out", str(out)) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["expression"] == "I_*R"
    assert record["verdict"] == "exact"
    assert record["units"] == {"I_": "A", "R": "ohm"}
    assert record["front"][-1]["expression"] == "I_*R"
    page = (out / "index.html").read_text("utf-8")
    assert (
        "<svg" in page and "Exact" in page and "http" not in page.replace("http://www.w3.org", "")
    )
    assert (out / "certificate.jsonl").is_file()


def test_the_answer_is_printed_in_three_notations(
    ohm: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(str(ohm), "--target", "U", "--time", "20s") == 0
    text = capsys.readouterr().out
    assert "U = I_*R" in text and "LaTeX" in text and "EML" in text and "Proved" in text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x,y\n1,2\n2,nan\n", "bad.csv:3:3: The column y has nan"),
        ("x,y\n1,2\n2,inf\n", "not a finite number"),
        ("x,y\n1,2\nred,3\n", "the text 'red'"),
        ("x,y\n1,2\n1+2j,3\n", "complex number"),
        ("x,y\n1,2\n1,\n", "no value here"),
        ("x,y\n1,2\n1,2,3\n", "3 values, and there are 2 columns"),
        ("x,y\n", "no data"),
        ("", "is empty"),
        ("1,2\n3,4\n", "numbers, not names"),
        ("x,x\n1,2\n", "Two columns"),
        ("x,y\n1,2\n2,3\n", "2 samples"),
        ("a,b\n1,2\n2,3\n", "no column 'y'"),
        ("y\n1\n2\n", "no column besides"),
    ],
)
def test_bad_tables_are_refused_with_the_place(
    text: str, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(text, encoding="utf-8")
    assert run(str(path), "--target", "y") == 2
    assert words in capsys.readouterr().err.replace("\n", " ").replace("  ", " ")


def test_bytes_that_are_no_text_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "noise.csv"
    path.write_bytes(bytes(range(256)))
    assert run(str(path), "--target", "y") == 2
    assert "UTF-8" in capsys.readouterr().err


def test_a_folder_with_other_things_is_not_replaced(
    ohm: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("mine")
    assert run(str(ohm), "--target", "U", "--time", "5s", "--out", str(tmp_path / "mine")) == 2
    assert "something else" in capsys.readouterr().err


def test_parquet_is_read_where_pyarrow_is_installed(tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    path = tmp_path / "t.parquet"
    parquet.write_table(pa.table({"a [m]": [1.0, 2.0], "b": [3, 4]}), path)
    table = read_table(str(path))
    assert table.names == ("a", "b") and table.units == ("m", "")
    parquet.write_table(pa.table({"a": ["red", "blue"]}), path)
    with pytest.raises(PorismError, match="not numbers"):
        read_table(str(path))


def test_headings_become_different_symbols() -> None:
    assert identifiers(["a b", "a_b", "2x", "E", "", "é"]) == [
        "a_b", "a_b_2", "x_2x", "E_", "x5", "x6",
    ]  # fmt: skip
