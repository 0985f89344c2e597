"""``porism export``: what it writes, and what it refuses."""

from __future__ import annotations

from pathlib import Path

from tests.porism.command import PEANO, porism


def test_export_writes_a_file_or_prints(out: Path, tmp_path: Path) -> None:
    ran = porism("export", out, "--to", "rocq", "--out", tmp_path / "Peano.v")
    assert ran.code == 0
    text = (tmp_path / "Peano.v").read_text(encoding="utf-8")
    assert "Theorem zero_add : forall n : Nat, zero + n = n." in text
    assert porism("export", out / "proof.jsonl", "--to", "rocq").out == text
    assert porism("export", out, "--to", "rocq", "-o", tmp_path / "a.v", "--quiet").out == ""
    assert porism("export", out, "--to", "rocq", "--json").json["text"] == text


def test_export_to_something_else(out: Path, tmp_path: Path) -> None:
    ran = porism("export", out, "--to", "rock")
    assert ran.code == 2
    assert "There is no export to 'rock'." in ran.err
    assert "rocq" in ran.err
    ran = porism("export", PEANO, "--to", "rocq")
    assert ran.code == 2
    assert "is not a certificate" in ran.err
    ran = porism("export", out, "--to", "rocq", "-o", tmp_path / "no" / "Peano.v")
    assert ran.code == 2
    assert "cannot be written" in ran.err


def test_what_the_checker_rejects_is_not_exported(out: Path, tmp_path: Path) -> None:
    proof = out / "proof.jsonl"
    text = proof.read_text(encoding="utf-8")
    proof.write_text(text.replace('"rule": "rewrite"', '"rule": "symmetry"', 1), encoding="utf-8")
    ran = porism("export", out, "--to", "rocq", "-o", tmp_path / "Peano.v")
    assert ran.code == 1
    assert "rejected: line" in ran.err
    assert not (tmp_path / "Peano.v").exists()


def test_any_certificate_has_pages(out: Path, tmp_path: Path) -> None:
    ran = porism("export", out / "proof.jsonl", "--to", "html", "--out", tmp_path / "pages")
    assert ran.code == 0
    assert ran.out == f"Open {tmp_path / 'pages' / 'index.html'} in a browser.\n"
    assert (tmp_path / "pages" / "theorems" / "zero_add.html").is_file()
    proved = tmp_path / "ln.jsonl"
    assert porism("eml", "prove", "11xE1EE", "ln(x)", "--out", proved).code == 0
    assert porism("export", proved, "--to", "html", "--out", tmp_path / "ln").code == 0
    assert "Elementary" in (tmp_path / "ln" / "index.html").read_text(encoding="utf-8")
    ran = porism("export", proved, "--to", "html")
    assert ran.code == 2
    assert "Pages need a folder." in ran.err
