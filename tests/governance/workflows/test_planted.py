"""Planted defects are found, each with a run that the governor replays; the repaired are proved."""

from __future__ import annotations

import pytest

from governance.runtime.decider import Decider
from governance.spellings.elaborate import parse_policy
from governance.workflows.boundary import twins
from governance.workflows.files import parse_workflow
from governance.workflows.invariants import check_invariants
from governance.workflows.progress import stalls
from governance.workflows.properties import Certifier
from governance.workflows.reading import parse_claim
from governance.workflows.replay import replay
from governance.workflows.verify import Verifier
from logic.budget import Budget
from logic.source import Source
from tests.governance.workflows.planted import PLANTED, Planted, complete, text


def status(planted: Planted, body: str, policy_text: str) -> tuple[str, object]:
    """The verdict on what a defect shows in, and the run."""
    workflow = parse_workflow(Source(text(complete(body)), "planted.yaml"))
    policy = parse_policy(policy_text, workflow.schema)
    workflow.schema = policy.schema
    kind, _, name = planted.shows.partition(" ")
    verifier = Verifier(workflow, policy)
    budget = Budget(20.0)
    if kind == "claim":
        claim = parse_claim(name, policy.schema, workflow.variables)
        result = verifier.check(claim, budget)
        if result.run is not None:
            assert replay(verifier.workflow, policy, result.run, (claim,)).claims[claim.name]
        return result.verdict.status, result.run
    if kind == "invariant":
        kept = {k.name: k for k in check_invariants(verifier, budget)}[name]
        return kept.verdict.status, kept.played.run if kept.played else None
    if kind == "stall":
        found, complete_ = stalls(verifier, budget)
        assert complete_
        run = next((s.run for s in found if s.kind == name), None)
        return ("REFUTED" if run else "PROVED"), run
    certificate = Certifier(workflow, policy).certify(budget, only=[name])
    (found_property,) = certificate.properties
    return found_property.verdict.status, found_property.run or found_property.verdict.detail


@pytest.mark.parametrize("planted", PLANTED, ids=lambda p: p.name)
def test_the_defect_is_refuted_with_a_run(planted: Planted) -> None:
    found, run = status(planted, planted.broken, planted.policy)
    assert found == "REFUTED"
    assert run


@pytest.mark.parametrize("planted", PLANTED, ids=lambda p: p.name)
def test_the_repaired_twin_is_proved(planted: Planted) -> None:
    policy = planted.repaired_policy or planted.policy
    found, _ = status(planted, planted.repaired, policy)
    assert found == "PROVED"


def test_twins_ask_for_the_same_and_one_does_not_end() -> None:
    workflow = parse_workflow(Source(text(complete(PLANTED[-1].repaired)), "planted.yaml"))
    policy = parse_policy("permit all: ann to anything when count(send) < 3", workflow.schema)
    found = twins(workflow, policy)
    assert found is not None
    assert [r.tool for r in found.directives] == ["log", "approve"]
    assert all(Decider(policy).decide(r).permitted for r in found.directives)
