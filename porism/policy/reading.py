"""Policies, schemas, requests and pasts from the files that a command names."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer

from logic.errors import PorismError
from porism.files import write_whole

if TYPE_CHECKING:
    from governance.analysis.analyse import Analyser
    from governance.policy import RuleSet
    from governance.request import Request


PolicyFile: TypeAlias = Annotated[
    str, typer.Argument(metavar="POLICY", help="A *.policy file, or Cedar's *.cedar.")
]
NativeFile: TypeAlias = Annotated[str, typer.Argument(metavar="POLICY", help="A *.policy file.")]
SchemaFile: TypeAlias = Annotated[
    str,
    typer.Option(
        "--schema",
        metavar="FILE",
        help="What the policy speaks of; by default the *.schema (for Cedar, *.cedarschema) file "
        "of the same name.",
    ),
]
History: TypeAlias = Annotated[
    str, typer.Option("--history", metavar="FILE", help="A JSON list of past requests.")
]


def is_cedar(policy: str) -> bool:
    """Whether a file is one of Cedar's, by its name."""
    return policy.endswith(".cedar")


def beside(policy: str) -> str:
    """The schema that stands beside a policy; an empty text if there is none."""
    path = Path(policy).with_suffix(".cedarschema" if is_cedar(policy) else ".schema")
    return str(path) if path.is_file() and str(path) != policy else ""


def load(policy: str, schema: str = "", errors: list[PorismError] | None = None) -> RuleSet:
    """A policy of either spelling; ``errors`` takes the complaints about single rules."""
    from governance.spellings.elaborate import parse_policy, parse_schema
    from logic.source import read_source

    source = read_source(policy, "a policy")
    found = schema or beside(policy)
    if is_cedar(policy):
        from governance.spellings import cedar

        return cedar.import_policies(
            source, cedar.import_schema(read_source(found, "a schema")) if found else None
        )
    known = parse_schema(read_source(found, "a schema")) if found else None
    return parse_policy(source, known, errors)


def load_native(policy: str, schema: str = "") -> RuleSet:
    """A policy of Porism's own spelling, for what is not done for others."""
    if is_cedar(policy):
        raise PorismError(
            f"'{policy}' is a Cedar policy, and this command reads *.policy files only.",
            hint="For Cedar there are 'check', 'lint', 'limits' and 'diff', and from Python "
            "governance.spellings.cedar.",
        )
    return load(policy, schema)


def make_analyser(smtlib: str, cvc5: bool, *policies: RuleSet) -> Analyser:
    from governance.analysis.analyse import Analyser
    from governance.analysis.second import cvc5_answer

    count = 0

    def dump(title: str, script: str) -> None:
        nonlocal count
        count += 1
        header = "".join(f"; {line}\n" for line in title.splitlines())
        write_whole(os.path.join(smtlib, f"{count:04d}.smt2"), header + script)

    if smtlib:
        try:
            os.makedirs(smtlib, exist_ok=True)
        except OSError as error:
            raise PorismError(f"The folder {smtlib} cannot be made: {error.strerror}.") from None
    if cvc5:
        cvc5_answer("(check-sat)")
    return Analyser(*policies, dump=dump if smtlib else None, second=cvc5_answer if cvc5 else None)


def text_of(path: str) -> str:
    from logic.source import read_source

    return read_source(path, "a text file").text


def json_of(text: str, what: str) -> Any:
    try:
        return json.loads(text)
    except RecursionError:
        raise PorismError(f"{what} nests too deep.") from None
    except ValueError as error:
        raise PorismError(f"{what} is not JSON: {error}.") from None


def requests_of(path: str) -> list[Request]:
    from governance.request import request_from

    text = sys.stdin.read() if path == "-" else text_of(path)
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            try:
                found.append(request_from(json_of(line, f"Line {number}")))
            except PorismError as error:
                if error.message.startswith("Line "):
                    raise
                raise PorismError(f"Line {number}: {error.message}", hint=error.hint) from None
    return found
