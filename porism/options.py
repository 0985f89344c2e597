"""What all commands share: exit codes, options, and JSON on standard output."""

from __future__ import annotations

import json
from enum import IntEnum
from typing import Annotated, Any, TypeAlias

import typer


class Exit(IntEnum):
    """What an exit code means."""

    DONE = 0
    NOT_PROVED = 1
    BAD_INPUT = 2
    UNDECIDED = 3
    INTERNAL = 70
    INTERRUPTED = 130


Json: TypeAlias = Annotated[
    bool, typer.Option("--json", help="Print one JSON object instead of text.")
]
Quiet: TypeAlias = Annotated[
    bool, typer.Option("--quiet", "-q", help="Print nothing but errors; the exit code tells.")
]
Time: TypeAlias = Annotated[
    str, typer.Option("--time", metavar="TIME", help="Stop after 30, 30s, 500ms, 2m or 1h.")
]
Memory: TypeAlias = Annotated[
    str, typer.Option("--memory", metavar="SIZE", help="Stop at 500M or 2G of memory.")
]
Workers: TypeAlias = Annotated[
    int,
    typer.Option("--workers", min=1, max=1024, metavar="N", help="Blocks that work at a time."),
]


def print_json(record: dict[str, Any]) -> None:
    print(json.dumps(record, indent=1))
