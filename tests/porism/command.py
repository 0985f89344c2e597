"""The command line as a user runs it: a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
LIBRARY = ROOT / "mpl" / "library"
PEANO = LIBRARY / "peano.mpl"


@dataclass
class Ran:
    """What a command printed, its exit code, and the CPU seconds that it took."""

    code: int
    out: str
    err: str
    cpu: float

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def command(*args: object) -> list[str]:
    return [sys.executable, "-m", "porism", *map(str, args)]


def environment() -> dict[str, str]:
    """The environment of the tests, in which the working tree is found from any folder."""
    paths = [str(ROOT), os.environ.get("PYTHONPATH", "")]
    plain = {k: v for k, v in os.environ.items() if k not in ("PORISM_DEBUG", "FORCE_COLOR")}
    return {**plain, "PYTHONPATH": os.pathsep.join(filter(None, paths)), "COLUMNS": "80"}


def porism(*args: object, cwd: Path | None = None, timeout: float = 100) -> Ran:
    """Run ``porism`` with these arguments."""
    before = os.times()
    done = subprocess.run(
        command(*args),
        cwd=cwd,
        env=environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=timeout,
    )
    after = os.times()
    cpu = after.children_user + after.children_system
    cpu -= before.children_user + before.children_system
    return Ran(done.returncode, done.stdout, done.stderr, cpu)
