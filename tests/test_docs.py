"""The manual is true: every block of code in it runs, in order, page by page.

* an ``mpl`` block that begins with ``# name.mpl`` is written to that file; any other denotes a
  theory; a ``policy`` or ``yaml`` block that begins with such a line likewise, and any other is for
  the reader; so with ``cedar`` blocks and ``// name.cedar``;
* a ``python`` block is run; the blocks of a page share their names;
* in a ``console`` block, what follows ``$`` is run by a shell, and must print what stands below,
  in which ``...`` stands for anything.

``sh`` blocks are for the reader only. A page runs in an empty folder beside links to ``mpl`` and
``examples``.
"""

from __future__ import annotations

import doctest
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import mpl

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^]]*\]\(([^)#]+)(?:#[^)]*)?\)")


@pytest.fixture
def bin_folder(tmp_path: Path) -> Path:
    """A folder with the command ``porism``, whether or not the package is installed."""
    folder = tmp_path / "bin"
    folder.mkdir()
    script = folder / "porism"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m porism "$@"\n', encoding="utf-8")
    script.chmod(0o755)
    return folder


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_code_of_a_page_runs(
    page: Path, bin_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "place"
    place.mkdir()
    for name in ("mpl", "examples"):
        (place / name).symlink_to(ROOT / name)
    monkeypatch.chdir(place)
    monkeypatch.setenv("PATH", str(bin_folder), prepend=os.pathsep)
    monkeypatch.setenv("PYTHONPATH", str(ROOT), prepend=os.pathsep)
    monkeypatch.setenv("COLUMNS", "80")
    names: dict[str, object] = {"__name__": page.stem}
    whole = page.read_text(encoding="utf-8")
    for block in BLOCK.finditer(whole):
        kind, text = block.groups()
        if kind in ("mpl", "policy", "yaml", "cedar", "cedarschema"):
            if file := re.match(
                r"(?:#|//) ([\w.]+\.(?:mpl|policy|schema|yaml|cedar|cedarschema))\n", text
            ):
                (place / file[1]).write_text(text, encoding="utf-8")
            elif kind == "mpl":
                mpl.parse_theory(text)
        elif kind == "python":
            # Empty lines above, so that a traceback points at the right line of the page.
            above = "\n" * whole.count("\n", 0, block.start(2))
            exec(compile(above + text, str(page), "exec"), names)
        elif kind == "console":
            for command, expected in session(text):
                done = subprocess.run(
                    ["bash", "-c", command],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    text=True,
                )
                printed = "\n".join(line.rstrip() for line in done.stdout.splitlines()) + "\n"
                assert matches(expected, printed), f"$ {command}\n{printed}\nnot\n{expected}"


def session(text: str) -> list[tuple[str, str]]:
    """Commands, and what each prints."""
    parts = re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]
    return [(command, expected) for command, _, expected in (p.partition("\n") for p in parts)]


def matches(expected: str, printed: str) -> bool:
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    return doctest.OutputChecker().check_output(expected, printed, flags)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (page.parent / target).exists(), target


EXAMPLES = [
    "porism.jobs",
    "mpl",
    "proofs.reading",
    "logic.printing",
    "logic.latex",
    "logic.core",
    "logic.unification",
    "governance.spellings.builder",
    "governance.workflows.builder",
    "governance.workflows.directives",
]


@pytest.mark.parametrize("module", EXAMPLES)
def test_the_examples_of_docstrings(module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    found = doctest.testmod(__import__(module, fromlist=["_"]))
    assert found.failed == 0


def test_the_python_examples_run(tmp_path: Path) -> None:
    for script in sorted((ROOT / "examples").glob("*.py")):
        done = subprocess.run(
            [sys.executable, str(script)],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
