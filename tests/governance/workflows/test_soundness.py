"""Verdicts agree with the enumeration of all runs by other code."""

from __future__ import annotations

import pytest

from governance.workflows.verify import Verifier
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
