"""The main job, measured: ``porism explore`` on the Peano axioms as a user runs it.

Each run is a cold process, from its start to the last HTML file. Printed are the wall time, the
CPU time, the peak memory of that process, what it found, and how fast the independent checker is
on the certificate.

    python benchmarks/peano.py [--runs N] [--json]
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
THEORY = ROOT / "mpl" / "library" / "peano.mpl"

EXPLORE = [sys.executable, "-m", "porism", "explore", str(THEORY), "--quiet", "--out"]

# Times the checker without the start of Python, in a process of its own. A certificate of some
# hundred steps takes milliseconds: the fastest of several is the one that nothing disturbed.
CHECK = """
import sys, time
from proofs.check import check
seconds = []
for _ in range(9):
    start = time.perf_counter()
    report = check(sys.argv[1])
    seconds.append(time.perf_counter() - start)
print(report.steps, min(seconds))
"""


def run(out: Path) -> dict[str, float]:
    """One cold run: seconds of wall and CPU time, and peak memory in bytes."""
    start = time.perf_counter()
    process = subprocess.Popen([*EXPLORE, str(out)], cwd=ROOT)
    # wait4 tells about this child alone; RUSAGE_CHILDREN would mix all runs.
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    code = process.returncode = os.waitstatus_to_exitcode(status)
    if code != 0:
        sys.exit(f"porism explore ended with exit code {code}")
    unit = 1 if sys.platform == "darwin" else 1024
    return {
        "wall_seconds": wall,
        "cpu_seconds": usage.ru_utime + usage.ru_stime,
        "peak_bytes": usage.ru_maxrss * unit,
    }


def measure(runs: int) -> dict[str, Any]:
    """The fastest of some runs, what it found, and the checker's speed."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "peano"
        best = min((run(out) for _ in range(runs)), key=lambda r: r["wall_seconds"])
        record = json.loads((out / "theorems.json").read_text(encoding="utf-8"))
        command = [sys.executable, "-c", CHECK, str(out / "proof.jsonl")]
        checked = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        steps, seconds = checked.stdout.split()
        pages = sum(1 for _ in (out / "html").rglob("*.html"))
    return {
        "theory": record["theory"],
        "runs": runs,
        **best,
        "theorems": record["stats"]["theorems"],
        "essential": record["stats"]["essential"],
        "steps": int(steps),
        "pages": pages,
        "check_steps_per_second": int(steps) / float(seconds),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure porism explore on the Peano axioms.")
    parser.add_argument("--runs", type=int, default=3, help="cold runs; the fastest counts")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    result = measure(max(1, options.runs))
    if options.json:
        print(json.dumps(result, indent=1))
        return
    print(f"wall time        {result['wall_seconds']:.2f} s (fastest of {result['runs']} runs)")
    print(f"CPU time         {result['cpu_seconds']:.2f} s")
    print(f"peak memory      {result['peak_bytes'] / 1e6:.0f} MB")
    print(f"theorems         {result['theorems']}, {result['essential']} of them essential")
    print(f"steps            {result['steps']:,}")
    print(f"HTML pages       {result['pages']}")
    print(f"checker          {result['check_steps_per_second']:,.0f} steps/s")


if __name__ == "__main__":
    main()
