"""What the benchmarks share: CPU time, medians, tables, the machine."""

from __future__ import annotations

import argparse
import os
import platform
import signal
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any


class OutOfTime(Exception):
    """A measurement took longer than it may."""


@contextmanager
def cpu_limit(seconds: float) -> Iterator[None]:
    """Raise :class:`OutOfTime` in pure Python code that uses more CPU time than this."""

    def stop(*_: object) -> None:
        raise OutOfTime

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def cpu_seconds(work: Callable[[], object]) -> float:
    """The CPU time of one call, in this process."""
    start = time.process_time()
    work()
    return time.process_time() - start


def repetitions(run: Callable[[int], float], seconds: float) -> int:
    """How often to repeat so that ``run(times)``, which returns its CPU time, takes about this."""
    times = 1
    while True:
        used = run(times)
        if used > seconds / 4 or times >= 1 << 30:
            return max(1, round(times * seconds / max(used, 1e-6)))
        times *= 4 if used > seconds / 64 else 16


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def spread(values: Sequence[float]) -> float:
    """The distance from the median of the farthest value, as a fraction of the median."""
    middle = median(values)
    return max(abs(v - middle) for v in values) / middle if middle else 0.0


def machine() -> str:
    """One line: processor, cores, system, Python."""
    model = platform.processor() or platform.machine()
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    except OSError:
        pass
    cores = os.cpu_count() or 1
    return (
        f"{model}, {cores} core{'s' * (cores > 1)}, {platform.system()} {platform.machine()}, "
        f"{platform.python_implementation()} {platform.python_version()}"
    )


def rate(value: float | None) -> str:
    """A number per second, in three digits."""
    if value is None:
        return "-"
    for unit, size in (("M", 1e6), ("k", 1e3)):
        if value >= size:
            return (
                f"{value / size:.3g} {unit}" if value < 100 * size else f"{value / size:.0f} {unit}"
            )
    return f"{value:.3g}"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table that can be read as it stands: the first column left, others right."""
    widths = [max(len(row[i]) for row in [head, *rows]) for i in range(len(head))]

    def line(cells: Sequence[str]) -> str:
        first, *rest = (
            cell.ljust(w) if i == 0 else cell.rjust(w)
            for i, (cell, w) in enumerate(zip(cells, widths, strict=True))
        )
        return "| " + " | ".join([first, *rest]) + " |"

    rule = ["-" * widths[0], *("-" * (w - 1) + ":" for w in widths[1:])]
    return "\n".join([line(head), line(rule), *map(line, rows)])


def goals(rows: Sequence[tuple[str, str, float | None, float]]) -> str:
    """What was to be reached: (what, unit, figure or None, least)."""
    cells = []
    for what, unit, figure, least in rows:
        got = "not measured" if figure is None else f"{rate(figure)}{unit}"
        met = "-" if figure is None else "yes" if figure >= least else "no"
        cells.append([what, f"≥ {rate(least)}{unit}", got, met])
    return table(["what", "reach", "measured", "reached"], cells)


def parser(about: str, rounds: int) -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(description=about)
    p.add_argument("--rounds", type=int, default=rounds, help="the median of so many counts")
    p.add_argument("--seed", type=int, default=1, help="of the random terms")
    p.add_argument("--json", action="store_true", help="print one JSON object")
    return p


Result = dict[str, Any]
