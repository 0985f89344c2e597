"""Writing a folder whole or not at all, over nothing but our own earlier output."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from logic.errors import PorismError

MARKER = ".porism-html"
"""Lists what we wrote, one path a line; a folder without it is not ours to replace."""


def write_folder(folder: Path, files: Mapping[str, str]) -> list[Path]:
    """Write ``files`` (path below ``folder`` → text) and return their paths, in order.

    All is written beside the folder and renamed, so that a failure leaves what was there.

    Raises
    ------
    PorismError : if the folder exists and is not our own output, has files that are not ours, or
        cannot be written.
    """
    folder = Path(folder)
    _refuse(folder)
    new: Path | None = None
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        new = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
        new.chmod(0o755)
        for part in dict.fromkeys(str(Path(name).parent) for name in files):
            (new / part).mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (new / name).write_text(text, encoding="utf-8", newline="\n")
        (new / MARKER).write_text("".join(f"{name}\n" for name in files), encoding="utf-8")
        _exchange(new, folder)
    except OSError as error:
        if new is not None:
            shutil.rmtree(new, ignore_errors=True)
        reason = error.strerror or str(error)
        raise PorismError(f"cannot write the folder {folder}: {reason}") from error
    except BaseException:
        if new is not None:
            shutil.rmtree(new, ignore_errors=True)
        raise
    return [folder / name for name in files]


def _refuse(folder: Path) -> None:
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise PorismError(f"{folder} is not a folder", hint="Choose another place for the pages.")
    try:
        if not folder.exists() or not any(folder.iterdir()):
            return
        if not (folder / MARKER).is_file():
            raise PorismError(
                f"the folder {folder} holds something else",
                hint="Choose an empty or a new folder; only earlier pages of ours are replaced.",
            )
        for name in foreign_files(folder):
            raise PorismError(
                f"the folder {folder} holds a file that is not ours: {name}",
                hint="Move it elsewhere, or choose another folder.",
            )
    except (OSError, UnicodeError) as error:
        raise PorismError(f"cannot read the folder {folder}: {error}") from error


def foreign_files(folder: Path) -> list[str]:
    """The files below a folder that we did not write, in order."""
    ours = {MARKER}
    if (folder / MARKER).is_file():
        ours |= set((folder / MARKER).read_text(encoding="utf-8").splitlines())
    return [
        name
        for path in sorted(folder.rglob("*"))
        if (path.is_symlink() or not path.is_dir())
        and (name := path.relative_to(folder).as_posix()) not in ours
    ]


def _exchange(new: Path, folder: Path) -> None:
    if not folder.exists():
        new.rename(folder)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{folder.name}-old-", dir=folder.parent))
    folder.rename(old / "was")
    try:
        new.rename(folder)
    except OSError:
        (old / "was").rename(folder)
        old.rmdir()
        raise
    shutil.rmtree(old, ignore_errors=True)
