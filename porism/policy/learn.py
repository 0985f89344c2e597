"""``porism policy learn``: the least policy for what was recorded, to begin with."""

from __future__ import annotations

from typing import Annotated

import typer

from porism.files import write_whole
from porism.options import Exit, Json, print_json


def learn(
    traces: Annotated[
        str, typer.Argument(metavar="TRACES", help="Recorded tool calls: JSON or JSON lines.")
    ],
    principal: Annotated[
        str, typer.Option("--principal", metavar="NAME", help="Whose calls they are.")
    ] = "agent",
    out: Annotated[
        str, typer.Option("--out", "-o", metavar="FILE", help="Where the policy goes.")
    ] = "",
    as_json: Json = False,
) -> int:
    """Write the least policy that permits recorded tool calls, schema included.

    Arguments are bound to what they were, numbers to their interval, and a tool that always came
    after another needs it. Read it before you use it: what was recorded need not have been right.
    """
    from governance.printing import show_policy, show_schema
    from governance.workflows.importers.front import record_of
    from governance.workflows.least import policy_of_traces
    from logic.source import read_source

    policy = policy_of_traces(record_of(read_source(traces, "a file of traces")), principal)
    header, _, rules = show_policy(policy).partition("\n\n")
    text = f"{header}\n\n{show_schema(policy.schema)}\n{rules}"
    if out:
        write_whole(out, text)
    if as_json:
        place = {"out": out} if out else {"text": text}
        print_json({"rules": [r.name for r in policy.own], **place, "exit": int(Exit.DONE)})
    elif not out:
        print(text, end="")
    return Exit.DONE
