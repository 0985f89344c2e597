"""``porism policy ledger verify``: whether a record is what was written."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from logic.errors import PorismError
from porism.options import Exit, Json, Quiet, print_json
from porism.policy.reading import json_of, text_of

app = typer.Typer(no_args_is_help=True, help="Check the record of what was decided.")


@app.command()
def verify(
    ledger: Annotated[str, typer.Argument(metavar="LEDGER", help="A ledger file.")],
    head: Annotated[
        str, typer.Option("--head", metavar="FILE", help="A head that was kept elsewhere.")
    ] = "",
    key: Annotated[
        str, typer.Option("--key", metavar="FILE", help="The key that the head was signed with.")
    ] = "",
    as_json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Find out whether a ledger is what was written: edits, gaps, a missing end."""
    from governance.runtime.ledger import Head
    from governance.runtime.ledger import verify as verify_ledger

    kept = None
    if head:
        record = json_of(text_of(head), head)
        try:
            kept = Head(int(record["entries"]), str(record["hash"]), str(record["signature"]))
        except (KeyError, TypeError, ValueError):
            raise PorismError(
                f"'{head}' is no head of a ledger.",
                hint='It has the form {"entries": 3, "hash": "...", "signature": "..."}.',
            ) from None
    if key and not head:
        raise PorismError("--key needs --head, which it belongs to.")
    found = verify_ledger(ledger, kept, text_of(key).strip().encode() if key else None)
    code = Exit.NOT_PROVED if found.problem else Exit.DONE
    if as_json:
        problem = found.problem
        print_json(
            {
                "policy": found.policy,
                "entries": found.head.entries,
                "hash": found.head.hash,
                "sound": problem is None,
                **(
                    {"problem": problem.kind, "entry": problem.entry, "message": problem.message}
                    if problem
                    else {}
                ),
                "exit": code,
            }
        )
    elif found.problem:
        print(f"{ledger}: {found.problem.kind}: {found.problem.message}.", file=sys.stderr)
    elif not quiet:
        print(f"Sound: {found.head.entries} entries of {found.policy or 'a policy'}.")
        if not head:
            print("Whether its end is missing shows only against a signed head (--head).")
    return code
