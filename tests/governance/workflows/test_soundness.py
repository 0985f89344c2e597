"""Verdicts agree with the enumeration of all runs by other code."""

from __future__ import annotations

import pytest

from governance.workflows.symbolic import check_symbolically
from governance.workflows.verify import Result, Verifier
from logic.budget import Budget
from proofs.verdict import Verdict
from tests.governance.workflows.enumeration import random_case

CASES, BATCH = 10_000, 1_000


@pytest.mark.parametrize("batch", range(CASES // BATCH))
def test_verdicts_agree_with_the_enumeration_of_all_runs(batch: int) -> None:
    counts = {"PROVED": 0, "REFUTED": 0}
    for seed in range(batch * BATCH, (batch + 1) * BATCH):
        workflow, policy, claim, refuted, shown = random_case(seed)
        result = Verifier(workflow, policy, solver=False).check(claim)
        expected = "REFUTED" if refuted else "PROVED"
        assert result.verdict.status == expected, (seed, shown, result.verdict)
        counts[expected] += 1
    assert min(counts.values()) > BATCH // 20


@pytest.mark.parametrize("batch", range(2))
def test_what_z3_proves_or_refutes_agrees_with_the_enumeration(batch: int) -> None:
    counts = {"PROVED": 0, "REFUTED": 0}
    for seed in range(50_000 + batch * 60, 50_000 + (batch + 1) * 60):
        workflow, policy, claim, refuted, shown = random_case(seed)
        nothing = Result(claim, Verdict("UNKNOWN", "nothing was explored"))
        result = check_symbolically(workflow, policy, claim, Budget(20.0), nothing)
        if result.verdict.status in counts:
            expected = "REFUTED" if refuted else "PROVED"
            assert result.verdict.status == expected, (seed, shown, result.verdict)
            counts[expected] += 1
    assert min(counts.values()) >= 1
