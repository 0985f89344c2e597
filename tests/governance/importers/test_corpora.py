"""Workflows that others wrote: each is imported, or refused for a reason. Counts are printed."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from governance.workflows.importers import import_workflow, load_temporal
from governance.workflows.importers.temporal import FORMS
from governance.workflows.ir import Workflow
from logic.errors import PorismError
from tests.corpora import corpus

GRAPHS, needs_graphs = corpus("agentproof")
SERVERLESS, needs_serverless = corpus("serverless-workflow", "examples")


def imported(files: list[Path]) -> tuple[dict[str, Workflow], dict[str, str]]:
    """The workflows, and the reasons, each by the name of its file."""
    good, bad = {}, {}
    for file in files:
        try:
            good[file.name] = import_workflow(file)
        except PorismError as error:
            bad[file.name] = error.message
    return good, bad


@needs_graphs
@pytest.mark.parametrize("folder", ["graphs", "curated", "ground_truth"])
def test_agent_graphs_import_or_dangle(folder: str) -> None:
    files = sorted((GRAPHS / folder).glob("*.json"))
    good, bad = imported(files)
    print(f"{folder}: {len(good)} imported, {len(bad)} refused")
    print(Counter(bad.values()).most_common())
    assert len(good) + len(bad) == len(files) > 0
    assert all(reason.endswith("which is no node.") for reason in bad.values())
    assert len(bad) <= 0.05 * len(files)
    for workflow in good.values():
        assert workflow.nodes[workflow.start] is not None


@needs_graphs
def test_tools_of_agent_graphs_are_tools_of_their_workflows() -> None:
    import json

    for file in sorted((GRAPHS / "curated").glob("*.json")):
        workflow = import_workflow(file)
        wanted = {t for n in json.loads(file.read_text())["nodes"] for t in n["tools"]}
        assert wanted <= set(workflow.schema.tools)


@needs_graphs
def test_recorded_runs_of_the_graphs_are_traces() -> None:
    good, bad = imported(sorted((GRAPHS / "traces").glob("*.json")))
    assert len(good) == 18 and not bad


@needs_graphs
def test_temporal_rules_are_read_in_their_seven_forms() -> None:
    rules = load_temporal(GRAPHS / "policies" / "temporal_policies.json")
    assert len(rules) == 15 and {r.form for r in rules} == set(FORMS)
    assert all(r.span is not None and r.text for r in rules)


@needs_serverless
def test_serverless_workflows_import() -> None:
    files = sorted(SERVERLESS.glob("*.yaml"))
    good, bad = imported(files)
    print(f"serverless: {len(good)} imported, {len(bad)} refused")
    assert not bad and len(good) == len(files) >= 40
