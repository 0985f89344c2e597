"""The commands that read results: ``check``, ``export``, ``find`` and ``show``."""

from __future__ import annotations

import sys
from typing import Annotated, TypeAlias

import typer

from logic.errors import PorismError, nearest
from porism.files import write_whole
from porism.options import Exit, Json, Quiet, print_json
from porism.terminal import count

Folder: TypeAlias = Annotated[str, typer.Argument(metavar="OUT", help="A folder that --out wrote.")]


def check(
    certificate: Annotated[
        str,
        typer.Argument(metavar="CERTIFICATE", help="A proof.jsonl, or a folder that --out wrote."),
    ],
    as_json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Hold a certificate against the independent checker."""
    from dataclasses import asdict

    from porism import jobs
    from porism.folder import certificate_path
    from proofs.check import Rejected, Unusable

    path = certificate_path(certificate)
    try:
        report = jobs.check(path)
    except Unusable as error:
        raise PorismError(
            f"{path} is not a certificate: {error}.",
            hint="Give a proof.jsonl, or the folder that --out wrote.",
        ) from None
    except Rejected as error:
        if as_json:
            print_json({"accepted": False, "reason": str(error), "exit": int(Exit.NOT_PROVED)})
        print(f"{path}: rejected: {error}.", file=sys.stderr)
        return Exit.NOT_PROVED
    if as_json:
        print_json({"accepted": True, **asdict(report), "exit": int(Exit.DONE)})
    elif not quiet:
        from porism.terminal import print_table

        if report.theorems:
            rows = [
                (
                    t.name,
                    t.statement,
                    ", ".join(
                        [
                            *t.axioms,
                            *(f"definition of {name}" for name in t.definitions),
                            *(f"induction for {name}" for name in t.inductions),
                        ]
                    )
                    or "no axiom",
                )
                for t in report.theorems
            ]
            print_table(["name", "theorem", "rests on"], rows)
            print()
        print(
            f"Accepted: {count(len(report.theorems), 'theorem')} of {report.theory} "
            f"in {count(report.steps, 'step')}."
        )
    return Exit.DONE


def export(
    certificate: Annotated[
        str,
        typer.Argument(metavar="CERTIFICATE", help="A proof.jsonl, or a folder that --out wrote."),
    ],
    to: Annotated[
        str,
        typer.Option(
            "--to", metavar="FORMAT", help="rocq, lean, tstp, json, graphml, dot or html."
        ),
    ],
    out: Annotated[
        str,
        typer.Option(
            "--out",
            "-o",
            metavar="FILE",
            help="Write this file (a folder for html). By default standard output.",
        ),
    ] = "",
    as_json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Write a certificate's theorems and proofs in the language of another system, or as pages.

    The independent checker must accept the certificate first.
    """
    from porism import jobs
    from porism.folder import certificate_path
    from proofs.check import Rejected, Unusable

    path = certificate_path(certificate)
    if to == "html" and not out:
        raise PorismError("Pages need a folder.", hint="Say which with --out DIR.")
    text = ""
    try:
        if to == "html":
            out = jobs.write_pages(path, out)[0]
        else:
            text = jobs.export(path, to)
    except Unusable as error:
        raise PorismError(
            f"{path} is not a certificate: {error}.",
            hint="Give a proof.jsonl, or the folder that --out wrote.",
        ) from None
    except Rejected as error:
        if as_json:
            print_json({"exported": False, "reason": str(error), "exit": int(Exit.NOT_PROVED)})
        print(f"{path}: rejected: {error}.", file=sys.stderr)
        return Exit.NOT_PROVED
    if out and to != "html":
        write_whole(out, text)
    if as_json:
        place = {"out": out} if out else {"text": text}
        print_json({"exported": True, "to": to, **place, "exit": int(Exit.DONE)})
    elif not out:
        print(text, end="")
    elif not quiet:
        print(f"Open {out} in a browser." if to == "html" else f"Wrote {out}.")
    return Exit.DONE


def find(
    out: Folder,
    formula: Annotated[str, typer.Argument(metavar="FORMULA", help='Such as "n + m = m + n".')],
    as_json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Look for a formula among the theorems.

    The names of variables, the order of quantifiers and of premises, and the direction of
    equations make no difference.
    """
    from porism import jobs
    from porism.folder import read_output

    graph, record = read_output(out)
    theorem = jobs.find(graph, formula)
    code = Exit.NOT_PROVED if theorem is None else Exit.DONE
    if as_json:
        found = {} if theorem is None else record["theorems"][theorem.name]
        print_json({"found": theorem is not None, **found, "exit": int(code)})
    elif theorem is not None and not quiet:
        print(f"{theorem.name}: {record['theorems'][theorem.name]['statement']}")
    elif not quiet:
        print(
            f"Not among the {count(len(graph.theorems), 'theorem')} of {graph.theory.name}. "
            "It may still follow from them: try `porism prove FILE --goal FORMULA`."
        )
    return code


def show(
    out: Folder,
    name: Annotated[str, typer.Argument(metavar="NAME", help="A theorem's name.")],
    as_json: Json = False,
) -> int:
    """Show the proof of a theorem."""
    from porism.folder import read_output
    from proofs.text import proof_text

    graph, record = read_output(out)
    if name not in graph.theorems:
        raise PorismError(
            f"{graph.theory.name} has no theorem '{name}'.",
            hint=nearest(name, graph.theorems) or f"See the names with `porism check {out}`.",
        )
    text = proof_text(graph, name, width=80)
    if as_json:
        print_json({**record["theorems"][name], "proof": text, "exit": int(Exit.DONE)})
    else:
        print(text, end="")
    return Exit.DONE
