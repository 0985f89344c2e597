"""Applications, parentheses and long lines: what both systems write alike."""

from __future__ import annotations

import textwrap

WIDTH = 100
"""Characters of a line of an exported file."""


def apply(head: str, *args: str) -> str:
    """A proof term applied."""
    return " ".join([head, *map(atomic, args)]) if args else head


def atomic(text: str) -> str:
    """The text, in parentheses if it is more than one word."""
    return text if " " not in text or one_word(text) else f"({text})"


def one_word(text: str) -> bool:
    """Whether a text is one word, or one pair of parentheses."""
    if " " not in text:
        return True
    if not text.startswith("("):
        return False
    depth = 0
    for i, c in enumerate(text):
        depth += (c == "(") - (c == ")")
        if depth == 0:
            return i == len(text) - 1
    return False


def bare(text: str) -> str:
    return text[1:-1] if text.startswith("(") and one_word(text) else text


def wrap(line: str) -> list[str]:
    """A line, broken at spaces if it is long; what follows is indented."""
    if len(line) <= WIDTH:
        return [line]
    indent = len(line) - len(line.lstrip()) + 4
    return textwrap.wrap(
        line.strip(),
        WIDTH,
        initial_indent=" " * (indent - 4),
        subsequent_indent=" " * min(indent, 40),
        break_long_words=False,
        break_on_hyphens=False,
    )
