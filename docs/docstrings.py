"""Docstrings for the Python reference.

The code writes ``name : what it means``; mkdocstrings, which takes what stands behind a colon for a
type, is given the name and the meaning on lines of their own, and finds types in the signature.
"""

from __future__ import annotations

import re
from typing import Any

import griffe

SECTIONS = {"Parameters", "Attributes", "Raises", "Returns", "Other Parameters"}


class Prose(griffe.Extension):
    """Brings docstrings into the form that their parser expects."""

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        if obj.docstring is not None:
            obj.docstring.value = in_lines(obj.docstring.value)


def in_lines(text: str) -> str:
    """The docstring with each ``name : meaning`` of its sections on two lines."""
    lines = text.split("\n")
    found: list[str] = []
    inside = False
    for number, line in enumerate(lines):
        following = lines[number + 1] if number + 1 < len(lines) else ""
        if following and set(following) == {"-"}:
            inside = line.strip() in SECTIONS
        entry = re.fullmatch(r"(\*{0,2}[\w., ]+?) : (\S.*)", line)
        if inside and entry:
            found += [entry[1], f"    {entry[2]}"]
        else:
            found.append(line)
    return "\n".join(found)
