"""The command line: ``porism prove | explore | … | policy | verify | certify | … | eml``.

Each command reads its arguments, calls :mod:`porism.jobs`, prints, and returns its exit code; the
codes are in :class:`porism.options.Exit`. Whatever is not needed to understand a command line is
imported inside the command, so that ``--version``, ``--help`` and a wrong argument answer at once.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from typing import Annotated, Any

import typer

import porism
from logic.errors import PorismError, nearest
from porism.formatting import fmt
from porism.options import Exit, print_json
from porism.policy import app as policy_commands
from porism.proving import explore, prove
from porism.reading import check, export, find, show
from porism.single import eml
from porism.workflow import certify, footprint, run, verify

app = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Discover and prove theorems from axioms, with evidence that others can check.",
    epilog="Exit codes: 0 all proved or done, 1 refuted or not proved, 2 bad usage or input, "
    "3 undecided within the budget, 130 interrupted.",
)

_UsageError: type[Exception] = typer.BadParameter.__mro__[1]  # typer does not export it


@app.callback(invoke_without_command=True)
def _start(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> int:
    if version:
        print(f"porism {porism.__version__}")
        raise typer.Exit(Exit.DONE)
    if context.invoked_subcommand is None:
        print(context.get_help())
        raise typer.Exit(Exit.BAD_INPUT)
    return Exit.DONE


for command in (prove, explore, check, export, find, show, fmt, verify, certify, footprint, run):
    app.command()(command)
app.add_typer(eml, name="eml")
app.add_typer(policy_commands, name="policy")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line and return its exit code; every error ends here as a message."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    for stream in (sys.stdout, sys.stderr):
        # What a terminal cannot show must not end a run.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    wants_json = "--json" in given
    try:
        code = app(given, prog_name="porism", standalone_mode=False)
        sys.stdout.flush()
        return int(code or 0)
    except PorismError as error:
        return _fail(error.render(), Exit.BAD_INPUT, wants_json, error)
    except _UsageError as error:
        return _fail(_usage(error), Exit.BAD_INPUT, wants_json)
    except (KeyboardInterrupt, typer.Abort):
        # Whoever pressed Ctrl-C twice, or before there was anything to keep, knows.
        return Exit.INTERRUPTED
    except BrokenPipeError:
        # The reader has seen enough. Python flushes again at exit: let that go nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.NOT_PROVED
    except Exception as error:
        if os.environ.get("PORISM_DEBUG"):
            raise
        from porism.jobs import InternalError

        what = (
            str(error) if isinstance(error, InternalError) else f"{type(error).__name__}: {error}"
        )
        return _fail(
            f"Internal error: {what}.\n"
            "  This is a fault of Porism, and nothing was written. Please report it with the\n"
            "  input and what the same command prints when PORISM_DEBUG=1 is set.",
            Exit.INTERNAL,
            wants_json,
        )


def _fail(text: str, code: Exit, wants_json: bool, error: PorismError | None = None) -> int:
    if wants_json:
        span = error.span if error else None
        record: dict[str, Any] = {"message": error.message if error else text}
        if span:
            record |= {"file": span.file, "line": span.line, "column": span.column}
        if error and error.hint:
            record["hint"] = error.hint
        print_json({"error": record, "exit": int(code)})
    print(text, file=sys.stderr)
    return code


def _usage(error: Any) -> str:
    """A wrong command line: what is wrong, the nearest valid thing, how it should look.

    The words for the usual mistakes are ours, because typer's differ from version to version.
    """
    context = error.ctx
    command = context.command_path if context else "porism"
    text = error.format_message()
    if context and (option := getattr(error, "option_name", "")):
        options = [o for p in context.command.params for o in p.opts if o.startswith("--")]
        if option not in options:
            text = f"There is no option {option}. {nearest(option, options)}".rstrip()
    elif context and (found := re.match(r"No such command '(.*?)'", text)):
        commands = context.command.list_commands(context)
        text = f"There is no command {found[1]}. {nearest(found[1], commands)}".rstrip()
    text = text[:1].upper() + text[1:] + ("" if text.endswith((".", "?")) else ".")
    usage = f"\n  {' '.join(context.get_usage().split())}" if context else ""
    return f"{command}: {text}{re.sub(r'[{}]', '', usage)}\n  See `{command} --help`."
