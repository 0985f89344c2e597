"""The core alone, driven at random, under AddressSanitizer and UBSan."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

CORE = Path(__file__).parents[2] / "logic" / "core"
COMPILER = shutil.which(os.environ.get("CC", "cc")) or shutil.which("gcc")


def run(target: str, build: Path, rounds: int) -> subprocess.CompletedProcess[str]:
    make = shutil.which("make")
    if COMPILER is None or make is None:
        pytest.skip("a C compiler and make are needed: cc and make")
    return subprocess.run(
        [make, "-s", "-C", str(CORE), target, f"BUILD={build}", f"CC={COMPILER}",
         f"ROUNDS={rounds}"],
        capture_output=True, text=True,
    )  # fmt: skip


def test_random_use_of_the_core_breaks_no_rule_of_c(tmp_path: Path) -> None:
    probe = tmp_path / "probe.c"
    probe.write_text("int main (void) { return 0; }\n")
    if (
        COMPILER
        and subprocess.run(
            [COMPILER, "-fsanitize=address,undefined", str(probe), "-o", str(tmp_path / "probe")],
            capture_output=True,
        ).returncode
    ):
        pytest.skip("the sanitizers are needed: libasan and libubsan")
    done = run("asan", tmp_path, 150)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "150 rounds" in done.stdout
