"""Writing files whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile

from logic.errors import PorismError


def write_whole(file: str, text: str) -> None:
    """Write a file whole or not at all; it keeps its permissions.

    Raises
    ------
    PorismError : the file cannot be written.
    """
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
