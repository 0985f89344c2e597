"""A file written whole or not at all."""

from __future__ import annotations

import os

from logic.errors import PorismError


def write_whole(file: str, text: str) -> None:
    """Write a text file whole or not at all: beside its place, and then renamed.

    Raises
    ------
    PorismError : it cannot be written; what was there before is still there.
    """
    import shutil
    import tempfile

    target = os.path.realpath(file)
    beside = ""
    try:
        handle, beside = tempfile.mkstemp(prefix=".porism-", dir=os.path.dirname(target))
        with open(handle, "w", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
        if os.path.exists(target):
            shutil.copymode(target, beside)
        else:
            mask = os.umask(0)
            os.umask(mask)
            os.chmod(beside, 0o666 & ~mask)
        os.replace(beside, target)
    except OSError as error:
        if beside and os.path.exists(beside):
            os.unlink(beside)
        raise PorismError(f"The file {file} cannot be written: {error.strerror}.") from None
