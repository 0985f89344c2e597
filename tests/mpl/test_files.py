"""What happens to files: missing, unreadable, binary, huge, importing each other."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from logic.errors import PorismError
from mpl import load, parse_theory


def message(path: Path) -> str:
    """The message for a file, with the test's own folder left out."""
    with pytest.raises(PorismError) as raised:
        load(path)
    return raised.value.render().replace(f"{path.parent}{os.sep}", "")


def write(path: Path, text: str | bytes) -> Path:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_a_missing_file(tmp_path: Path) -> None:
    assert message(tmp_path / "none.mpl") == "There is no file 'none.mpl'."


def test_a_folder(tmp_path: Path) -> None:
    (tmp_path / "folder.mpl").mkdir()
    assert message(tmp_path / "folder.mpl") == "'folder.mpl' is a folder, not an MPL file."


def test_an_unreadable_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "secret.mpl", "sort S\n")

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    assert message(path) == "The file 'secret.mpl' cannot be read: Permission denied."


def test_a_path_that_cannot_be_one(tmp_path: Path) -> None:
    assert "cannot be read: File name too long." in message(tmp_path / ("x" * 5000))
    assert "cannot be read: not a valid path." in message(tmp_path / "a\0b")


def test_a_file_that_is_not_utf8(tmp_path: Path) -> None:
    path = write(tmp_path / "latin.mpl", "sort S\n# caf\xe9\n".encode("latin-1"))
    assert message(path) == (
        "latin.mpl:2:6: The file 'latin.mpl' is not text: byte 12 is not UTF-8.\n"
        "  An MPL file is UTF-8 text."
    )


def test_a_file_with_zero_bytes(tmp_path: Path) -> None:
    path = write(tmp_path / "zero.mpl", b"sort S\n\0\0")
    assert message(path) == (
        "The file 'zero.mpl' is not text: it contains a zero byte.\n  An MPL file is UTF-8 text."
    )


def test_a_byte_order_mark_and_windows_line_ends_are_read_over(tmp_path: Path) -> None:
    path = write(tmp_path / "windows.mpl", b"\xef\xbb\xbfsort S\r\nconst c : S\r\n")
    assert list(load(path).signature.functions) == ["c"]


def test_ten_megabytes_of_noise_fail_at_once(tmp_path: Path) -> None:
    noise = write(tmp_path / "noise.mpl", os.urandom(10_000_000))
    start = time.monotonic()
    assert message(noise) == "'noise.mpl' is too long: over 4 MB."
    assert time.monotonic() - start < 10


def test_printable_noise_fails_at_its_first_error(tmp_path: Path) -> None:
    letters = random.Random(7).choices("abc ()[]{}=.,:\n#\"'>&!", k=3_900_000)
    noise = write(tmp_path / "noise.mpl", "axiom a: " + "".join(letters))
    start = time.monotonic()
    assert message(noise).startswith("noise.mpl:1:")
    assert time.monotonic() - start < 20


def test_imports_in_a_circle_are_named(tmp_path: Path) -> None:
    write(tmp_path / "a.mpl", 'import "b.mpl"\n')
    write(tmp_path / "b.mpl", 'import "c.mpl"\n')
    write(tmp_path / "c.mpl", 'import "a.mpl"\n')
    assert message(tmp_path / "a.mpl") == (
        "c.mpl:1:8: The imports form a circle: a.mpl imports b.mpl imports c.mpl imports a.mpl.\n"
        '    import "a.mpl"\n'
        "           ^^^^^^^"
    )


def test_a_file_may_not_import_itself(tmp_path: Path) -> None:
    write(tmp_path / "a.mpl", 'import "a.mpl"\n')
    assert "The imports form a circle: a.mpl imports a.mpl." in message(tmp_path / "a.mpl")


def test_paths_are_relative_to_the_importing_file(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    write(tmp_path / "sub" / "deep.mpl", "sort S\nconst c : S\n")
    write(tmp_path / "sub" / "middle.mpl", 'import "deep.mpl"\n')
    write(tmp_path / "top.mpl", 'import "sub/middle.mpl"\naxiom a: c = c\n')
    theory = load(tmp_path / "top.mpl")
    assert list(theory.axioms) == ["a"]
    assert theory.imports == ('"sub/middle.mpl"',)


def test_a_file_reached_twice_is_taken_once(tmp_path: Path) -> None:
    write(tmp_path / "base.mpl", "sort S\nconst c : S\naxiom a: c = c\n")
    write(tmp_path / "left.mpl", 'import "base.mpl"\nconst l : S\n')
    write(tmp_path / "right.mpl", 'import "base.mpl"\nconst r : S\n')
    write(tmp_path / "top.mpl", 'import "left.mpl"\nimport "right.mpl"\naxiom b: l = r\n')
    theory = load(tmp_path / "top.mpl")
    assert list(theory.signature.functions) == ["c", "l", "r"]
    assert list(theory.axioms) == ["a", "b"]


def test_two_imports_may_not_declare_one_name(tmp_path: Path) -> None:
    write(tmp_path / "left.mpl", "sort S\n")
    write(tmp_path / "right.mpl", "sort S\n")
    write(tmp_path / "top.mpl", 'import "left.mpl"\nimport "right.mpl"\n')
    assert message(tmp_path / "top.mpl").startswith(
        "top.mpl:2:8: The import brings in 'S', which is already declared (in left.mpl)."
    )


def test_goals_variables_and_exploration_are_not_imported() -> None:
    theory = parse_theory("import peano\n")
    assert theory.goals == {}
    assert theory.variables == {}
    assert theory.exploration is None
    assert list(theory.axioms) == ["add_zero", "add_succ", "mul_zero", "mul_succ"]


def test_only_the_declaring_file_may_define_a_symbol(tmp_path: Path) -> None:
    write(tmp_path / "base.mpl", "sort S\npred p(S)\n")
    write(tmp_path / "top.mpl", 'import "base.mpl"\ndefine p(x) := true\n')
    assert message(tmp_path / "top.mpl").startswith(
        "top.mpl:2:8: 'p' is declared elsewhere (in base.mpl); only that file can define it."
    )


def test_a_library_theory_loads_in_a_quarter_of_a_second() -> None:
    code = (
        "import time; start = time.process_time(); from mpl import load;"
        "load('mpl/library/peano.mpl'); print(time.process_time() - start)"
    )
    runs = [
        float(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout)
        for _ in range(3)
    ]
    assert min(runs) < 0.25
