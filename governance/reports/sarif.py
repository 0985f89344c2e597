"""Findings and differences as SARIF 2.1.0, the form that code review tools read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from governance.analysis.analyse import Comparison
from governance.analysis.findings import CODES, Finding
from governance.workflows.ir import Workflow
from governance.workflows.verify import Result
from logic.errors import Span

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def sarif(findings: Sequence[Finding], version: str) -> dict[str, Any]:
    """Findings as a SARIF log."""
    rules = [
        {"id": code, "shortDescription": {"text": text}, "defaultConfiguration": {"level": level}}
        for code, (level, text) in CODES.items()
    ]
    results = [_result(f.code, f.level, _with_witness(f.message, f), f.span) for f in findings]
    return _log(version, rules, results)


def sarif_comparison(comparison: Comparison, file: str, version: str) -> dict[str, Any]:
    """What a new policy allows or denies beyond an old one, as a SARIF log."""
    rules = [
        {"id": "allows-more", "shortDescription": {"text": "The new policy lets more through."}},
        {"id": "allows-less", "shortDescription": {"text": "The new policy lets less through."}},
    ]
    results = []
    for code, level, answer in (
        ("allows-more", "warning", comparison.allows_no_more),
        ("allows-less", "note", comparison.allows_no_less),
    ):
        if not answer.proved:
            lines = answer.witness.lines() if answer.witness else [str(answer.verdict)]
            text = "\n".join([f"{answer.question}: {answer.verdict.status}", *lines])
            results.append(_result(code, level, text, Span(file, 1, 1)))
    return _log(version, rules, results)


def sarif_workflow(workflow: Workflow, results: Sequence[Result], version: str) -> dict[str, Any]:
    """Claims that are refuted or not decided, as a SARIF log; each with its run."""
    rules = [{"id": r.claim.name, "shortDescription": {"text": r.claim.text}} for r in results]
    found = []
    for r in results:
        if not r.proved:
            level = "error" if r.refuted else "warning"
            lines = r.run.lines() if r.run is not None else []
            text = "\n".join([f"{r.claim.name}: {r.verdict}", *lines])
            found.append(_result(r.claim.name, level, text, _place(workflow, r)))
    return _log(version, rules, found)


def _place(workflow: Workflow, result: Result) -> Span | None:
    """Where the last directive of a run stands, else the claim, else the workflow."""
    for step in reversed(result.run.steps if result.run is not None else ()):
        node = workflow.nodes.get(step.node)
        if step.request is not None and node is not None and node.span is not None:
            return node.span
    return result.claim.span or workflow.span


def _with_witness(message: str, finding: Finding) -> str:
    return "\n".join([message, *(finding.witness.lines() if finding.witness else ())])


def _result(code: str, level: str, text: str, span: Span | None) -> dict[str, Any]:
    result: dict[str, Any] = {"ruleId": code, "level": level, "message": {"text": text}}
    if span is not None:
        region = {"startLine": span.line, "startColumn": span.column}
        result["locations"] = [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": span.file.replace("\\", "/")},
                    "region": region,
                }
            }
        ]
    return result


def _log(
    version: str, rules: list[dict[str, Any]], results: list[dict[str, Any]]
) -> dict[str, Any]:
    driver = {"name": "porism", "version": version, "rules": rules}
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "results": results}],
    }
