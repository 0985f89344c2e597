"""Agent graphs that nobody here wrote, under temporal rules that nobody here wrote."""

from __future__ import annotations

import json

import pytest

from governance.policy import Rule, RuleSet
from governance.workflows.importers import import_workflow
from governance.workflows.properties import Certifier
from governance.workflows.reading import temporal_claim
from governance.workflows.verify import Verifier
from logic.budget import Budget
from logic.errors import PorismError
from tests.corpora import corpus

CORPUS, pytestmark = corpus("agentproof")


def rules() -> list[dict[str, str]]:
    found: list[dict[str, str]] = json.loads(
        (CORPUS / "policies" / "temporal_policies.json").read_text("utf-8")
    )
    return found


def test_all_graphs_are_verified_against_all_temporal_rules() -> None:
    claims = [temporal_claim(r["dsl"], name=r["id"]) for r in rules()]
    assert len(claims) == 15
    counts: dict[str, int] = {}
    refused = 0
    for path in sorted(CORPUS.glob("graphs/*.json")):
        try:
            workflow = import_workflow(path)
        except PorismError as error:
            assert "which is no node" in error.message, error
            refused += 1
            continue
        verifier = Verifier(workflow, RuleSet("open", workflow.schema, [Rule("all", "permit")]))
        for claim in claims:
            status = verifier.check(claim, Budget(10.0)).verdict.status
            counts[status] = counts.get(status, 0) + 1
    print(f"{refused} refused, {counts}")
    assert refused < 40
    assert counts["PROVED"] > 5_000 and counts["REFUTED"] > 400
    assert counts.get("UNKNOWN", 0) == 0


@pytest.mark.parametrize("name", ["lg_email_triage", "crewai_hiring_pipeline", "autogen_debate"])
def test_curated_graphs_are_certified(name: str) -> None:
    workflow = import_workflow(CORPUS / "curated" / f"{name}.json")
    policy = RuleSet("open", workflow.schema, [Rule("all", "permit")])
    found = Certifier(workflow, policy).certify(Budget(20.0))
    verdicts = {p.name: p.verdict.status for p in found.properties}
    assert verdicts["P3"] == verdicts["P5"] == "PROVED"
    assert verdicts["P1"] == "REFUTED"  # no memory: the program that needs it is denied
    assert all(k.verdict.status == "PROVED" for k in found.invariants)
