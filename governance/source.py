"""A text of a policy, a schema or tests, and the places in it."""

from __future__ import annotations

from bisect import bisect_right
from pathlib import Path

from logic.errors import PorismError, Span

SIZE_LIMIT = 4_000_000
"""Longer texts are refused unread."""


class Source:
    """A text with the name of the file it came from."""

    def __init__(self, text: str, file: str = "policy") -> None:
        if len(text) > SIZE_LIMIT:
            raise PorismError(f"'{file}' is too long: over {SIZE_LIMIT // 10**6} MB.")
        if not text.isascii():
            try:
                text.encode()
            except UnicodeEncodeError:
                raise PorismError(f"'{file}' is not well-formed text.") from None
        self.text = text
        self.file = file
        self._lines = [0, *(at + 1 for at, c in enumerate(text) if c == "\n")]

    def span(self, at: int, end: int) -> Span:
        """The place from one offset to another, as far as its first line goes."""
        at = min(at, max(0, len(self.text.rstrip())))
        line = bisect_right(self._lines, at)
        start = self._lines[line - 1]
        stop = self.text.find("\n", start)
        text = self.text[start : stop if stop >= 0 else len(self.text)].rstrip("\r")
        width = max(1, min(end, start + len(text)) - at)
        return Span(self.file, line, at - start + 1, text, width)

    def error(self, message: str, at: int, end: int, hint: str = "") -> PorismError:
        """A complaint about a place."""
        return PorismError(message, self.span(at, end), hint)


def read_source(path: str | Path) -> Source:
    """Read a file.

    Raises
    ------
    PorismError : it is missing, unreadable, too long, or not UTF-8 text.
    """
    file = str(path)
    try:
        with open(path, "rb") as stream:
            data = stream.read(SIZE_LIMIT + 1)
    except FileNotFoundError:
        raise PorismError(f"There is no file '{file}'.") from None
    except IsADirectoryError:
        raise PorismError(f"'{file}' is a folder.") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a valid path"
        raise PorismError(f"The file '{file}' cannot be read: {reason}.") from None
    if len(data) > SIZE_LIMIT:
        raise PorismError(f"'{file}' is too long: over {SIZE_LIMIT // 10**6} MB.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - data.rfind(b"\n", 0, error.start)
        raise PorismError(
            f"The file '{file}' is not text: byte {error.start} is not UTF-8.",
            Span(file, line, column),
        ) from None
    return Source(text, file)
