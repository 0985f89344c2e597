"""The command ``fmt``."""

from __future__ import annotations

from typing import Annotated

import typer

from logic.errors import PorismError
from porism.files import write_whole
from porism.options import Exit, Json, Quiet, print_json


def fmt(
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="Theories in MPL.")],
    check: Annotated[
        bool, typer.Option("--check", help="Change nothing; exit 1 if a file would change.")
    ] = False,
    unicode: Annotated[
        bool, typer.Option("--unicode", help="Write ∀ ∧ ≤ for forall, and, <=.")
    ] = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Bring MPL files into their normal form."""
    import msgspec

    import mpl
    from logic.source import read_source

    results: list[tuple[str, str, bool]] = []
    for file in files:
        text = read_source(file, "an MPL file").text
        try:
            formatted = mpl.format_source(text, unicode)
        except PorismError as error:
            # The formatter sees a text without a name; the place is in this file.
            if error.span is not None:
                error.span = msgspec.structs.replace(error.span, file=file)
            raise
        results.append((file, formatted, formatted != text))
    # All files are read before one is written: an error in the last leaves the first alone.
    if not check:
        for file, formatted, changed in results:
            if changed:
                write_whole(file, formatted)
    changed_files = [file for file, _, changed in results if changed]
    code = Exit.NOT_PROVED if check and changed_files else Exit.DONE
    if as_json:
        print_json(
            {
                "files": [{"file": file, "changed": changed} for file, _, changed in results],
                "exit": int(code),
            }
        )
    elif not quiet:
        for file in changed_files:
            print(f"{'would change' if check else 'changed'}: {file}")
    return code
