"""Errors as a user meets them: what, where, why, and the nearest valid thing.

Every failure that bad input can cause is a :class:`PorismError`; the command line prints its
:meth:`~PorismError.render` and exits with code 2. Anything else that escapes is a bug of ours.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

import msgspec


class Span(msgspec.Struct, frozen=True):
    """A place in a source text: 1-based line and column, and the line itself for the caret."""

    file: str
    line: int
    column: int
    text: str = ""
    width: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class PorismError(Exception):
    """Bad input: a sentence, the place it speaks of, and a hint at what would be valid.

    Parameters
    ----------
    message : what is wrong, one sentence without the place.
    span : where, when there is a place.
    hint : the nearest valid thing, or how to mend it, one sentence.
    """

    def __init__(self, message: str, span: Span | None = None, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.span = span
        self.hint = hint

    def render(self) -> str:
        """The message in plain text, with the offending line and a caret where known."""
        lines = [f"{self.span}: {self.message}" if self.span else self.message]
        if self.span and self.span.text:
            text, column = _window(self.span.text.replace("\t", " "), self.span.column)
            caret = "^" * max(1, min(self.span.width, len(text) - column + 1))
            lines += [f"    {text}", "    " + " " * (column - 1) + caret]
        if self.hint:
            lines.append(f"  {self.hint}")
        return "\n".join(lines)

    def __str__(self) -> str:
        return self.render()


def _window(text: str, column: int, width: int = 72) -> tuple[str, int]:
    """A stretch of a long line around the column, and the column within it."""
    if len(text) <= width:
        return text, column
    start = max(0, min(column - 1 - width // 2, len(text) - width))
    return text[start : start + width], column - start


def nearest(name: str, valid: Iterable[str]) -> str:
    """The sentence ``Did you mean 'x'?`` for the closest valid name, or an empty string."""
    close = difflib.get_close_matches(name, list(valid), n=1, cutoff=0.5)
    return f"Did you mean '{close[0]}'?" if close else ""
