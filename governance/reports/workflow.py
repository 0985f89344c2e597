"""The report on a workflow: its picture, the verdicts, and runs to step through, in one file."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from typing import Any

from governance.policy import RuleSet
from governance.printing import show_rule
from governance.reports.flowchart import flowchart
from governance.workflows.invariants import INVARIANTS
from governance.workflows.ir import Workflow
from governance.workflows.properties import Certificate
from governance.workflows.runs import Run
from governance.workflows.verify import Result


def report(
    workflow: Workflow,
    policy: RuleSet,
    results: Sequence[Result],
    certificate: Certificate | None = None,
) -> str:
    """A page that needs nothing else: style, picture and script are inside."""
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    templates = Environment(
        loader=PackageLoader("governance.reports"),
        autoescape=True,
        trim_blocks=True,
        undefined=StrictUndefined,
    )
    css = files("proofs.html").joinpath("static/porism.css").read_text("utf-8")
    items = [
        _item(r.claim.name, " ".join(r.claim.text.split()), r.verdict, (), r.run) for r in results
    ]
    if certificate is not None:
        for p in certificate.properties:
            lines = p.witness.lines() if p.witness is not None else []
            items.append(_item(p.name, p.title, p.verdict, (*p.notes, *lines), p.run))
        for kept in certificate.invariants:
            run = kept.played.run if kept.played is not None else None
            items.append(_item(kept.name, INVARIANTS[kept.name], kept.verdict, (), run))
    counts: dict[str, int] = {}
    for item in items:
        counts[item["status"]] = counts.get(item["status"], 0) + 1
    seen = [s["node"] for item in items for s in item["steps"]]
    return templates.get_template("workflow.html.j2").render(
        title=workflow.name,
        policy=policy.name,
        css=Markup(css),
        lede=", ".join(f"{n} {status}" for status, n in sorted(counts.items())) or "No claims",
        picture=Markup(flowchart(workflow, seen)),
        nodes=len(workflow.nodes),
        items=items,
        rules=[(r.name, show_rule(r)) for r in policy.own],
        assumptions=workflow.assumptions,
    )


def _item(name: str, text: str, verdict: Any, notes: Sequence[str], run: Run | None) -> Any:
    steps = []
    if run is not None:
        for number, step in enumerate(run.steps):
            if step.request is not None or step.to:
                again = "again and again: " if run.loop == number else ""
                steps.append({"node": step.node, "line": again + step.line(), "how": step.outcome})
    return {
        "name": name,
        "text": text,
        "status": verdict.status,
        "verdict": str(verdict),
        "notes": list(notes),
        "steps": steps,
        "ending": run.lines()[-1] if run is not None and run.ending != "open" else "",
        "inputs": run.lines()[0] if run is not None and run.inputs else "",
    }
