"""What the command line shows while it works, and how it may be interrupted.

Rich is imported only when something is drawn with it: most runs end before that.
"""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import TYPE_CHECKING

from logic.budget import Budget

if TYPE_CHECKING:
    from rich.status import Status

    from prover.outcome import Progress

PATIENCE = 1.0
"""Seconds of work before a terminal shows progress."""


class Ticker:
    """A line on a terminal's stderr that tells what goes on, once that takes over a second.

    It is a context manager, and the prover's ``progress`` listener.
    """

    def __init__(self, quiet: bool = False) -> None:
        self._text = "reading"
        self._status: Status | None = None
        self._timer: threading.Timer | None = None
        self._lock = threading.Lock()
        self._active = not quiet and sys.stderr.isatty()

    def __enter__(self) -> Ticker:
        if self._active:
            # A timer, not a look at the clock in every call: the first call may come late.
            self._timer = threading.Timer(PATIENCE, self._start)
            self._timer.daemon = True
            self._timer.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with self._lock:
            self._active = False
            if self._timer is not None:
                self._timer.cancel()
            if self._status is not None:
                self._status.stop()

    def __call__(self, progress: Progress) -> None:
        count = f"{progress.theorems} theorem{'s' if progress.theorems != 1 else ''}"
        self.phase(f"{progress.phase}, round {progress.round}: {count}, {progress.open} open")

    def phase(self, text: str) -> None:
        """Say what is being done now."""
        with self._lock:
            self._text = text
            if self._status is not None:
                self._status.update(text)

    def _start(self) -> None:
        from rich.console import Console
        from rich.status import Status
        from rich.text import Text

        with self._lock:
            if self._active:
                self._status = Status(
                    Text(self._text), console=Console(stderr=True, highlight=False, markup=False)
                )
                self._status.start()


class Interrupts:
    """Ctrl-C asks a search to stop in order; the second one stops at once.

    ``struck`` tells whether it was pressed. A request to terminate counts as Ctrl-C.
    """

    def __init__(self, budget: Budget) -> None:
        self.budget = budget
        self.struck = False

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self.struck:
            raise KeyboardInterrupt
        self.struck = True
        self.budget.interrupt()

    @contextmanager
    def watch(self) -> Iterator[Interrupts]:
        """Handle signals inside; only the main thread may, elsewhere this does nothing."""
        if threading.current_thread() is not threading.main_thread():
            yield self
            return
        numbers = (signal.SIGINT, signal.SIGTERM)
        before = [signal.signal(number, self._handle) for number in numbers]
        try:
            yield self
        finally:
            for number, handler in zip(numbers, before, strict=True):
                signal.signal(number, handler)


def print_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Columns under headings, as wide as the terminal; what does not fit goes on below."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        # Text objects: a statement may look like markup, and must not be read as such.
        table.add_row(*map(Text, row))
    console = Console(highlight=False, markup=False, emoji=False)
    with console.capture() as captured:
        console.print(table)
    # Rich pads every line to the table's width; a file or a pipe has no use for that.
    print("\n".join(line.rstrip() for line in captured.get().splitlines()))


def duration(seconds: float) -> str:
    """``0.8 s``, ``2 min 5 s``."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s"


def count(number: int, noun: str) -> str:
    """``1,000 theorems``, ``1 theorem``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
