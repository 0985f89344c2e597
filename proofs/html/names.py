"""File names for theorems, whatever they are called."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_\-]{0,79}")
_DEVICES = re.compile(r"(?i)con|prn|aux|nul|(com|lpt)[0-9]")


def file_names(names: Iterable[str]) -> dict[str, str]:
    """A file name for each name, safe and different on every common file system.

    A plain name keeps itself. Others keep their plain characters and get a digest: those with
    other characters, overlong ones, names of devices, and names that differ only in case.
    """
    found: dict[str, str] = {}
    taken: set[str] = set()
    for name in names:
        stem = name
        plain = _PLAIN.fullmatch(name) and not _DEVICES.fullmatch(name)
        if not plain or name.casefold() in taken:
            digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:10]
            words = re.sub(r"[^A-Za-z0-9]+", "-", name[:200]).strip("-")[:40]
            stem = f"{words}-{digest}" if words else digest
        taken.add(stem.casefold())
        found[name] = f"{stem}.html"
    return found
