"""Cutting a text into declarations, and the braces of a declaration into equations.

A declaration begins with its keyword at the start of a line and ends where the next one begins.
Inside braces, equations end at ``;`` or at the line's end, except that a line goes on inside
brackets, after an operator, and before one. Comments are blanked out here, never moved, so that
all offsets keep meaning places in the source.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

from logic.errors import nearest
from logic.operators import ASCII, CHARACTERS
from logic.source import Source
from mpl.syntax import DEPTH_LIMIT

KEYWORDS = (
    "theory", "import", "sort", "data", "var", "const", "func", "pred", "define", "axiom",
    "goal", "explore", "induction",
)  # fmt: skip

_MARKS = f"[{re.escape(CHARACTERS)}{''.join(ASCII)}]"
_COMMENT = re.compile(r'"[^"\n]*"|#[^\n]*')
_POINT = re.compile(r'"[^"\n]*"|[()\[\]{};]|\n')
# What follows tells a declaration from a line of a formula: `sort S` begins one, `sort(x)` not.
_START = re.compile(
    rf"([ \t]*)({'|'.join(KEYWORDS)})"
    rf"(?=[ \t]+(?!(?:and|or|then|else)\b)[\w\"(]|[ \t]*\(\s*{_MARKS}+\s*\)|[ \t]*(?:\n|\Z|:[^=]))"
)
# Two names side by side begin no line of a formula, unless one is a word of the language.
_STRAY = re.compile(
    r"(?!(?:forall|exists|and|or|not|true|false|if|then|else|with|depth|from|by|size)\b)"
    r"([A-Za-z_][\w']*)[ \t]+"
    r"(?!(?:and|or|then|else)\b)([A-Za-z_\"])"
)
_GOES_ON_AFTER = re.compile(rf"(?:{_MARKS}|,|\b(?:and|or|not|if|then|else))\s*\Z")
_GOES_ON_BEFORE = re.compile(rf"\s*(?:{_MARKS}|(?:and|or|then|else)\b)")
_CLOSING = {"(": ")", "[": "]", "{": "}"}


class Piece(Struct, frozen=True):
    """One declaration as offsets; ``head_end`` is where its braces open, or its end."""

    keyword: str
    at: int
    head_end: int
    end: int
    equations: tuple[tuple[int, int], ...] | None


class Comment(Struct, frozen=True):
    at: int
    text: str


def blank_comments(text: str) -> tuple[str, list[Comment]]:
    """The text with spaces in place of comments, and the comments."""
    comments: list[Comment] = []

    def blank(found: re.Match[str]) -> str:
        if found[0].startswith('"'):
            return found[0]
        comments.append(Comment(found.start(), found[0].rstrip()))
        return " " * len(found[0])

    return _COMMENT.sub(blank, text), comments


def split(source: Source, code: str) -> Iterator[Piece]:
    """The declarations of a text without comments, in order.

    Raises
    ------
    PorismError : something stands before the first declaration, a keyword is unknown, brackets
        do not match or nest too deep, or braces stand where none belong.
    """
    first = re.search(r"\S", code)
    if first is None:
        raise source.error("The file is empty: it declares nothing.", 0, 1)
    if not _START.match(code, code.rfind("\n", 0, first.start()) + 1):
        raise _stray(source, code, first.start())

    keyword, start = "", 0
    stack: list[tuple[str, int]] = []
    brace, brace_end = -1, -1
    cuts: list[int] = []  # where equations may end: `;` and line ends directly inside the braces

    def piece(end: int) -> Piece:
        if stack:
            mark, at = stack[0]
            raise source.error(
                f"This '{mark}' is never closed.", at, at + 1, f"Add '{_CLOSING[mark]}'."
            )
        if brace < 0:
            return Piece(keyword, start, end, end, None)
        rest = re.compile(r"\S+").search(code, brace_end + 1, end)
        if rest:
            raise source.error(
                f"'{rest[0][:40]}' stands after the closing brace of a definition.",
                rest.start(),
                rest.end(),
                "The next declaration begins on a new line.",
            )
        return Piece(keyword, start, brace, end, _equations(code, brace + 1, brace_end, cuts))

    at = 0
    while True:
        # `at` is the start of a line.
        found = _START.match(code, at)
        if found:
            if keyword:
                yield piece(at)
            keyword, start = found[2], found.start(2)
            stack, brace, brace_end, cuts = [], -1, -1, []
            at = found.end()
        elif not stack and _STRAY.match(code, at):
            raise _stray(source, code, at)
        for point in _POINT.finditer(code, at):
            mark, here = point[0], point.start()
            if mark == "\n":
                if len(stack) == 1 and stack[0][0] == "{":
                    cuts.append(here)
                break
            if mark == ";":
                if len(stack) == 1 and stack[0][0] == "{":
                    cuts.append(here)
            elif mark in "([{":
                if mark == "{":
                    if keyword != "func" or stack or brace >= 0:
                        raise source.error(
                            "A brace cannot stand here.",
                            here,
                            here + 1,
                            "Braces hold the equations of one 'func' declaration.",
                        )
                    brace = here
                stack.append((mark, here))
                if len(stack) > DEPTH_LIMIT:
                    raise source.error(
                        f"Brackets nest more than {DEPTH_LIMIT} deep.", here, here + 1
                    )
            elif mark in ")]}":
                if not stack:
                    raise source.error(f"This '{mark}' closes nothing.", here, here + 1)
                opened, where = stack.pop()
                if _CLOSING[opened] != mark:
                    raise source.error(
                        f"This '{mark}' does not match the '{opened}' on line"
                        f" {source.line(where)}.",
                        here,
                        here + 1,
                        f"A '{_CLOSING[opened]}' belongs before it.",
                    )
                if mark == "}":
                    brace_end = here
        else:
            yield piece(len(code))
            return
        at = point.end()


def _equations(code: str, at: int, end: int, cuts: list[int]) -> tuple[tuple[int, int], ...]:
    """The equations between two offsets, as offsets without the white space around them."""
    found: list[tuple[int, int]] = []
    joined = False
    for cut in [*(c for c in cuts if c < end), end]:
        text = code[at:cut]
        if text.strip():
            lead = len(text) - len(text.lstrip())
            start, stop = at + lead, at + len(text.rstrip())
            if (
                joined
                and found
                and (_GOES_ON_BEFORE.match(text) or _GOES_ON_AFTER.search(code, *found[-1]))
            ):
                found[-1] = (found[-1][0], stop)
            else:
                found.append((start, stop))
            joined = True
        if cut < end and code[cut] == ";":
            joined = False
        at = cut + 1
    return tuple(found)


def _stray(source: Source, code: str, at: int) -> Exception:
    word = re.compile(r"[A-Za-z_][\w']*|\S").match(code, at)
    assert word is not None
    return source.error(
        f"'{word[0][:40]}' does not begin a declaration.",
        at,
        word.end(),
        nearest(word[0], KEYWORDS) or f"Declarations begin with {', '.join(KEYWORDS)}.",
    )
