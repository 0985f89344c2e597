"""Ctrl-C: what was proved until then is checked and written."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.porism.command import PEANO, command, environment, porism


def interrupted(out: Path, after: float, presses: int = 1) -> subprocess.CompletedProcess[str]:
    """A run that is longer than any test, interrupted."""
    process = subprocess.Popen(
        command("explore", PEANO, "--size", 15, "--time", "10m", "--out", out),
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        time.sleep(after)
        for _ in range(presses):
            process.send_signal(signal.SIGINT)
            time.sleep(0.01)
        output, errors = process.communicate(timeout=60)
    finally:
        process.kill()
    return subprocess.CompletedProcess(process.args, process.returncode, output, errors)


def test_ctrl_c_leaves_a_valid_certificate(tmp_path: Path) -> None:
    out = tmp_path / "out"
    ran = interrupted(out, after=3)
    assert ran.returncode == 130, ran.stderr
    assert "Interrupted: this is what was proved until then." in ran.stdout
    assert json.loads((out / "theorems.json").read_text())["stats"]["stopped"] == "interrupt"
    assert porism("check", out).code == 0
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("after", [0.2, 0.5])
def test_ctrl_c_at_the_start_writes_all_or_nothing(after: float, tmp_path: Path) -> None:
    ran = interrupted(tmp_path / "out", after)
    # Python itself may not have got as far as handling signals.
    assert ran.returncode in (130, -signal.SIGINT)
    assert {path.name for path in tmp_path.iterdir()} <= {"out"}
    if (tmp_path / "out").exists():
        assert porism("check", tmp_path / "out").code == 0


def test_a_second_ctrl_c_stops_at_once(tmp_path: Path) -> None:
    ran = interrupted(tmp_path / "out", after=3, presses=2)
    assert ran.returncode == 130
    assert "Traceback" not in ran.stderr
    assert {path.name for path in tmp_path.iterdir()} <= {"out"}
