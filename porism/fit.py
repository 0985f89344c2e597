"""``porism eml fit``: from a table of numbers to a formula, with a report."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Annotated, Any

import typer

from porism.options import Exit, Json, Memory, Quiet, Time, Workers, print_json

if TYPE_CHECKING:
    from eml.regression.formula import Formula
    from eml.regression.regress import Outcome


def fit(
    data: Annotated[str, typer.Argument(metavar="DATA", help="A CSV or Parquet file.")],
    target: Annotated[
        str, typer.Option("--target", "-t", metavar="COLUMN", help="The column to explain.")
    ],
    inputs: Annotated[
        str,
        typer.Option("--inputs", metavar="A,B,...", help="The columns to use; by default all."),
    ] = "",
    weights: Annotated[
        str, typer.Option("--weights", metavar="COLUMN", help="A column of weights of the rows.")
    ] = "",
    methods: Annotated[
        str,
        typer.Option("--methods", metavar="A,B,...", help="Of library, inverse, macro and master."),
    ] = "library,inverse,macro",
    out: Annotated[
        str, typer.Option("--out", "-o", metavar="DIR", help="Write the report there.")
    ] = "",
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of everything drawn.")] = 0,
    time: Time = "60s",
    memory: Memory = "2G",
    workers: Workers = 2,
    as_json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Find a formula for a column of a table, exact where the data show it."""
    import numpy as np

    from eml.regression.reading import Table, read_table
    from eml.regression.regress import regress
    from logic.budget import Budget, parse_memory, parse_time
    from porism.terminal import Interrupts, Ticker

    table = read_table(data)
    chosen = [part.strip() for part in inputs.split(",") if part.strip()]
    weight = table.values[:, table.index(weights)] if weights else None
    if weights and not chosen:
        chosen = [n for n in table.names if n != table.names[table.index(weights)]]
        chosen.remove(table.names[table.index(target)])
    unit = table.units[table.index(target)]
    seen, y, name = table.split(target, chosen)
    budget = Budget(parse_time(time), None)
    interrupts = Interrupts(budget)
    with ExitStack() as stack:
        stack.enter_context(interrupts.watch())
        ticker = stack.enter_context(Ticker(quiet))
        outcome = regress(
            seen.values,
            np.ascontiguousarray(y),
            seen.names,
            weights=weight,
            budget=budget,
            methods=[m.strip() for m in methods.split(",") if m.strip()],
            seed=seed,
            memory=parse_memory(memory),
            workers=workers,
            progress=ticker.phase,
        )
        ticker.phase("proving")
        outcome.notes[:0] = list(table.notes)
        record = _record(outcome, seen, name)
        written = _write(out, outcome, seen, name, unit) if out else []
    assert isinstance(seen, Table)
    code = Exit.INTERRUPTED if interrupts.struck else Exit.DONE
    if as_json:
        print_json({**record, "written": written, "exit": int(code)})
    elif not quiet:
        _print(outcome, name)
        for path in written:
            print(f"wrote {path}")
    return code


def _record(outcome: Outcome, seen: Any, name: str) -> dict[str, Any]:
    best = outcome.best
    equality = best.certificate
    return {
        "target": name,
        "expression": str(best.expression),
        "latex": best.latex(),
        "k": best.k,
        "verdict": best.verdict,
        "reason": best.reason,
        "error": best.error,
        "certificate": str(equality.verdict) if equality else "",
        "holds_for": equality.domain if equality else "",
        "variables": {f"x{i}": n for i, n in enumerate(outcome.names, 1)},
        "units": dict(zip(outcome.names, seen.units, strict=True)),
        "constants": best.constants,
        "front": [_row(f) for f in outcome.front],
        "rows": outcome.rows,
        "tried": outcome.tried,
        "seconds": round(outcome.seconds, 3),
        "stopped": outcome.stopped,
        "seed": outcome.seed,
        "notes": outcome.notes,
    }


def _row(formula: Formula) -> dict[str, Any]:
    return {
        "expression": str(formula.expression),
        "k": formula.k,
        "shared": formula.shared,
        "error": formula.error,
        "mse": formula.mse,
        "bits": formula.bits,
        "verdict": formula.verdict,
    }


def _print(outcome: Outcome, name: str) -> None:
    from eml.regression.report import PRINTED, claim, evidence, legend
    from eml.rpn import rpn
    from porism.terminal import print_table

    for note in outcome.notes:
        print(f"{note}.")
    best = outcome.best
    print_table(
        ["K", "error", "bits", "formula"],
        [
            (
                f"{f.k:,}" + (" *" if f is best else ""),
                f"{f.error:.2g}",
                f"{f.bits:,.0f}",
                _short(f.text()),
            )
            for f in outcome.front
        ],
    )
    print()
    print(f"{name} {'=' if best.verdict == 'exact' else '≈'} {best.text()}")
    print()
    print(claim(best) if best.verdict != "fit" else f"No exact form found. {claim(best)}")
    print(f"LaTeX  {best.latex()}")
    if best.tree is not None and best.tree.k <= PRINTED:
        print(f"EML    {rpn(best.tree)}")
        where = legend(outcome)
        if where:
            print(f"       {where}")
    print(evidence(best))
    if best.certificate and best.certificate.domain:
        print(f"for {best.certificate.domain}")
    if outcome.stopped:
        print(f"Stopped early: {outcome.stopped}.")


def _short(text: str) -> str:
    return text if len(text) <= 200 else text[:197] + "..."


def _write(folder: str, outcome: Outcome, seen: Any, name: str, unit: str) -> list[str]:
    """The report, the formulas as JSON, the tree as a picture, and the certificate."""
    import json
    from pathlib import Path

    from eml.draw import svg
    from eml.regression.report import DRAWN, report
    from proofs.html.folder import write_folder

    best = outcome.best
    files = {
        "index.html": report(outcome, name, seen.units, unit),
        "formula.json": json.dumps(_record(outcome, seen, name), indent=1) + "\n",
        "formula.tex": best.latex() + "\n",
    }
    if best.tree is not None and best.tree.k <= DRAWN:
        files["tree.svg"] = svg(best.tree)
    if best.certificate and best.certificate.graph:
        files["certificate.jsonl"] = best.certificate.certificate
    return [str(path) for path in write_folder(Path(folder), files)]
