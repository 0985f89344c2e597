"""However the work is spread, and whatever the hash seed: the same certificate, byte for byte."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from logic.budget import Budget
from proofs.certificate import certificate
from prover import explore as run_explore
from tests.prover.proving import LIBRARY, NUMBERS, explore, theory

SUMS = (
    NUMBERS
    + """
goal wrong: n + m = n
goal cancel: n + m = n + k -> m = k
explore size 6
"""
)
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def serial() -> str:
    return certificate(explore(SUMS).graph)


@pytest.mark.parametrize(
    ("pool", "workers"),
    [("threads", 1), ("threads", 2), ("threads", 5), ("processes", 1), ("processes", 2)],
)
def test_any_number_of_workers_gives_the_same_certificate(
    serial: str, pool: str, workers: int
) -> None:
    outcome = run_explore(theory(SUMS), pool=pool, workers=workers)  # type: ignore[arg-type]
    assert certificate(outcome.graph) == serial


@pytest.mark.parametrize("name", ["list", "order"])
def test_the_library_is_explored_alike_by_threads(name: str) -> None:
    import mpl

    within = mpl.load(LIBRARY / f"{name}.mpl")
    one = run_explore(within, budget=Budget(30), size=5)
    two = run_explore(within, budget=Budget(30), size=5, pool="threads", workers=2)
    assert certificate(one.graph) == certificate(two.graph)
    assert one.verdicts == two.verdicts


@pytest.mark.parametrize("seed", ["0", "1", "4711"])
def test_the_hash_seed_makes_no_difference(seed: str, serial: str) -> None:
    script = (
        "import sys; from proofs.certificate import certificate;"
        "from tests.prover.test_pools import SUMS; from tests.prover.proving import explore;"
        "sys.stdout.write(certificate(explore(SUMS).graph))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout == serial


def test_a_second_run_in_one_process_is_like_the_first(serial: str) -> None:
    assert certificate(run_explore(theory(SUMS)).graph) == serial
