"""What a terminal shows."""

from __future__ import annotations

import io
import sys
import time

import pytest

from porism import terminal
from prover.outcome import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def told(stream: io.StringIO, monkeypatch: pytest.MonkeyPatch, quiet: bool, work: float) -> str:
    """What is on stderr after some seconds of work with a progress report in them."""
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setattr(terminal, "PATIENCE", 0.2)
    monkeypatch.setenv("TERM", "xterm")
    with terminal.Ticker(quiet) as ticker:
        ticker(Progress("proving", 3, 7, 2))
        time.sleep(work)
    return stream.getvalue()


def test_long_work_shows_progress_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "proving, round 3: 7 theorems, 2 open" in told(Terminal(), monkeypatch, False, 0.8)


def test_short_work_quiet_work_and_pipes_show_none(monkeypatch: pytest.MonkeyPatch) -> None:
    assert told(Terminal(), monkeypatch, False, 0.0) == ""
    assert told(Terminal(), monkeypatch, True, 0.5) == ""
    assert told(io.StringIO(), monkeypatch, False, 0.5) == ""


def test_a_table_takes_statements_literally(capsys: pytest.CaptureFixture[str]) -> None:
    terminal.print_table(["name", "theorem"], [("append", "xs ++ [x] = [bold]"), ("a", ":smile:")])
    assert capsys.readouterr().out == (
        "name    theorem\nappend  xs ++ [x] = [bold]\na       :smile:\n"
    )


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.42, "0.4 s"), (59.9, "59.9 s"), (125.2, "2 min 5 s")]
)
def test_durations(seconds: float, text: str) -> None:
    assert terminal.duration(seconds) == text
