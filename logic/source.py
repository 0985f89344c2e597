"""A source text and the places in it."""

from __future__ import annotations

import os
import stat
from bisect import bisect_right
from functools import cached_property
from pathlib import Path

from logic.errors import PorismError, Span

SIZE_LIMIT = 4_000_000
"""Longer texts are refused unread: no theory or policy is that long, and noise fails at once."""


class Source:
    """A text with the name of the file it came from."""

    def __init__(self, text: str, file: str) -> None:
        if len(text) > SIZE_LIMIT:
            raise _too_long(file)
        if not text.isascii():
            try:
                text.encode()
            except UnicodeEncodeError:  # a lone surrogate, which no output could carry
                raise PorismError(f"'{file}' is not well-formed text.") from None
        self.text = text
        self.file = file

    @cached_property
    def _lines(self) -> list[int]:
        """The offset at which each line starts."""
        starts, at = [0], self.text.find("\n")
        while at >= 0:
            starts.append(at + 1)
            at = self.text.find("\n", at + 1)
        return starts

    @cached_property
    def _end(self) -> int:
        """Where the text ends, white space aside."""
        return max(0, len(self.text.rstrip()))

    def line(self, at: int) -> int:
        """The 1-based line of an offset."""
        return bisect_right(self._lines, at)

    def span(self, at: int, end: int) -> Span:
        """The place from offset ``at`` to ``end``; a place past the text is its last character."""
        at = min(at, self._end)
        line = self.line(at)
        start = self._lines[line - 1]
        stop = self.text.find("\n", start)
        text = self.text[start:] if stop < 0 else self.text[start:stop]
        width = max(1, min(end, start + len(text)) - at)
        return Span(self.file, line, at - start + 1, text.rstrip("\r"), width)

    def error(self, message: str, at: int, end: int, hint: str = "") -> PorismError:
        return PorismError(message, self.span(at, end), hint)


def read_source(path: str | Path, kind: str, wanted_at: Span | None = None) -> Source:
    """Read a file.

    Parameters
    ----------
    path : where it is.
    kind : what it should be, with its article (``an MPL file``), for the complaints.
    wanted_at : the place of the ``import`` that wants it.

    Raises
    ------
    PorismError : the file is missing, unreadable, a directory, too long, or not UTF-8 text.
    """
    path = Path(path)
    file = str(path)
    hint = f"{kind[0].upper()}{kind[1:]} is UTF-8 text."
    try:
        about = os.stat(path)
        if stat.S_ISDIR(about.st_mode):
            raise PorismError(f"'{file}' is a folder, not {kind}.", wanted_at)
        if about.st_size > SIZE_LIMIT:
            raise _too_long(file)
        with path.open("rb") as stream:
            data = stream.read(SIZE_LIMIT + 1)  # a device may have no size, and no end
        if len(data) > SIZE_LIMIT:
            raise _too_long(file)
    except FileNotFoundError:
        raise PorismError(f"There is no file '{file}'.", wanted_at) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a valid path"
        raise PorismError(f"The file '{file}' cannot be read: {reason}.", wanted_at) from None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - data.rfind(b"\n", 0, error.start)
        raise PorismError(
            f"The file '{file}' is not text: byte {error.start} is not UTF-8.",
            Span(file, line, column),
            hint,
        ) from None
    if "\0" in text:
        raise PorismError(
            f"The file '{file}' is not text: it contains a zero byte.",
            hint=hint,
        )
    return Source(text.replace("\r\n", "\n"), file)


def _too_long(file: str) -> PorismError:
    return PorismError(f"'{file}' is too long: over {SIZE_LIMIT // 10**6} MB.")
