"""Budgets: how long and how much a search may take, and who may stop it.

Searches ask :meth:`Budget.spent` between units of work and stop in order, keeping what they have.
"""

from __future__ import annotations

import re
import time

from logic.errors import PorismError

_TIME = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(ms|s|m|h|)\s*")
_UNITS = {"ms": 0.001, "": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0}
_MEMORY = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([kmg]?)b?\s*", re.IGNORECASE)


def parse_time(text: str) -> float:
    """Seconds from ``30``, ``30s``, ``500ms``, ``2m``, ``1h``.

    Raises
    ------
    PorismError
        if the text is none of these, or not positive.
    """
    found = _TIME.fullmatch(text)
    seconds = float(found[1]) * _UNITS[found[2]] if found else 0.0
    if seconds <= 0:
        raise PorismError(f"'{text}' is not a time.", hint="Write 30, 30s, 500ms, 2m or 1h.")
    return seconds


def parse_memory(text: str) -> int:
    """Bytes from ``300M``, ``2G``, ``4000000``."""
    found = _MEMORY.fullmatch(text)
    size = float(found[1]) * 1024 ** " kmg".index(found[2].lower() or " ") if found else 0
    if size < 1:
        raise PorismError(f"'{text}' is not a size of memory.", hint="Write 300M or 2G.")
    return int(size)


class Budget:
    """A deadline in seconds from now, a bound on memory in bytes, and a switch to stop.

    ``struck`` tells which bound ended the search (``"time"``, ``"memory"``, ``"interrupt"``), or is
    empty; it is set by the first :meth:`spent` that finds one passed, and stays.
    """

    def __init__(self, seconds: float | None = None, memory: int | None = None) -> None:
        self.deadline = None if seconds is None else time.monotonic() + seconds
        self.memory = memory
        self.struck = ""
        self._checks = 0

    def interrupt(self) -> None:
        """Ask the search to stop; safe to call from a signal handler or another thread."""
        self.struck = self.struck or "interrupt"

    def remaining(self) -> float | None:
        """Seconds left, or None without a deadline."""
        return None if self.deadline is None else max(0.0, self.deadline - time.monotonic())

    def spent(self) -> bool:
        """Whether the search must stop now."""
        if not self.struck:
            if self.deadline is not None and time.monotonic() >= self.deadline:
                self.struck = "time"
            elif self.memory is not None and self._checks % 64 == 0 and _resident() > self.memory:
                self.struck = "memory"
            self._checks += 1
        return bool(self.struck)


def _resident() -> int:
    """Resident memory of this process in bytes; 0 where the system does not tell."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * 4096
    except (OSError, IndexError, ValueError):
        return 0
