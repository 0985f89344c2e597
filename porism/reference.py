"""The command reference, from the commands themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any


def command_reference() -> str:
    """Every command with its arguments and options, as a page in Markdown."""
    import typer

    from porism.cli import app

    head = [
        "# Command reference",
        "",
        "What `--help` says of every command, on one page; [Commands](commands.md) says more about",
        "what they read, print and write.",
    ]
    return "\n".join([*head, *_command(typer.main.get_command(app), "porism", 2)]) + "\n"


def _command(command: Any, path: str, level: int) -> Iterator[str]:
    inner = getattr(command, "commands", {})
    parameters = [p for p in command.params if not p.hidden]
    own = [p for p in parameters if getattr(p, "param_type_name", "") == "argument"]
    options = [p for p in parameters if p not in own]
    words = [path, *(_argument(p) for p in own), "[OPTIONS]" if options else ""]
    words.append("COMMAND" if inner else "")
    yield from ("", f"{'#' * level} {path}", "", _prose(command.help or ""), "")
    yield from ("```text", " ".join(filter(None, words)), "```")
    rows = [(f"`{_argument(p)}`", p) for p in own]
    rows += [(", ".join(f"`{o}`" for o in _spelled(p)), p) for p in options]
    if rows:
        yield from ("", "| argument or option | what it does |", "| --- | --- |")
        yield from (f"| {name} | {_about(p)} |" for name, p in rows)
    if command.epilog:
        yield from ("", _prose(command.epilog))
    for name, sub in inner.items():
        yield from _command(sub, f"{path} {name}", min(level + 1, 4))


def _argument(parameter: Any) -> str:
    name = str(parameter.metavar or parameter.name.upper())
    return f"[{name}]" if not parameter.required and not name.startswith("[") else name


def _spelled(parameter: Any) -> list[str]:
    """The spellings of an option, with what it takes."""
    takes = "" if parameter.is_flag else f" {parameter.metavar or parameter.type.name.upper()}"
    return [f"{option}{takes}" for option in [*parameter.opts, *parameter.secondary_opts]]


def _about(parameter: Any) -> str:
    text = _prose(getattr(parameter, "help", None) or "").replace("|", "\\|")
    default = parameter.default
    if default in (None, "", False, ()) or callable(default) or not isinstance(default, str | int):
        return text
    return f"{text} Default: `{default}`." if getattr(parameter, "show_default", True) else text


def _prose(text: str) -> str:
    """A help text in one line; what could be read as HTML is not."""
    plain = re.sub(r"\s+", " ", text).strip()
    return plain.replace("<", "&lt;") if "`" not in plain else plain
