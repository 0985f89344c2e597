"""Starting up: soon, and with words for what goes wrong inside."""

from __future__ import annotations

import subprocess
import sys

import pytest

import porism as api
from porism import cli
from tests.porism.command import PEANO, environment, porism


def test_version_and_help() -> None:
    assert porism("--version").out == f"porism {api.__version__}\n"
    ran = porism("--help")
    assert ran.code == 0
    for name in ("prove", "explore", "check", "export", "find", "show", "fmt", "policy"):
        assert name in ran.out
        assert porism(name, "--help").code == 0
    nothing = porism()
    assert nothing.code == 2
    assert "Usage" in nothing.out


def test_what_costs_time_is_imported_when_it_is_needed() -> None:
    heavy = ["networkx", "z3", "jinja2", "lark", "rich", "pydantic", "prover", "mpl", "proofs",
             "governance"]  # fmt: skip
    code = (
        "import sys; from porism.cli import main; main(['--version']);"
        f"print([name for name in {heavy!r} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment(), capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"
    # The fastest of a few, because the machine may have other things to do.
    assert min(porism("--version").cpu for _ in range(5)) < 0.15


def test_every_public_name_is_there() -> None:
    for name in api.__all__:
        assert getattr(api, name) is not None
    with pytest.raises(AttributeError, match="has no attribute 'nonsense'"):
        _ = api.nonsense


def test_an_internal_error_is_one_sentence_and_how_to_report_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(*args: object, **options: object) -> None:
        raise IndexError("list index out of range")

    monkeypatch.setattr("porism.jobs.load", fails)
    assert cli.main(["explore", str(PEANO)]) == cli.Exit.INTERNAL
    message = capsys.readouterr().err
    assert message.startswith("Internal error: IndexError: list index out of range.\n")
    assert "PORISM_DEBUG=1" in message
    monkeypatch.setenv("PORISM_DEBUG", "1")
    with pytest.raises(IndexError):
        cli.main(["explore", str(PEANO)])
