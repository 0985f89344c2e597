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


WITHOUT = """
func without(Nat, List(Nat)) -> List(Nat) {
  without(n, nil) = nil
  without(n, cons(m, ns)) = if n = m then without(n, ns) else cons(m, without(n, ns))
}
goal shorter: leq(length(without(n, ns)), length(ns)) = yes
goal wrong: sorted(ns) = yes
"""


def test_cases_and_lemmas_from_stuck_goals_are_alike_in_threads_and_under_any_hash_seed() -> None:
    script = (
        "import sys; from proofs.certificate import certificate; from prover import prove;"
        "from tests.prover.proving import theory; from tests.prover.test_cases import SORTING;"
        "from tests.prover.test_pools import WITHOUT; t = theory(SORTING + WITHOUT);"
        "o = prove(t, t.goals, pool=sys.argv[1], workers=int(sys.argv[2]));"
        "sys.stdout.write(certificate(o.graph))"
    )
    found = [
        subprocess.run(
            [sys.executable, "-c", script, pool, workers],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for pool, workers, seed in (
            ("serial", "1", "0"),
            ("serial", "1", "7"),
            ("threads", "2", "1"),
        )
    ]
    assert '"theorem": "shorter"' in found[0]
    assert found[0] == found[1] == found[2]


SCRIPT = """
import mpl
from prover import explore

theory = mpl.parse_theory("data Nat = zero | succ(Nat)\\nvar n : Nat\\n", "T")
print(len(explore(theory, pool="processes", workers=2).graph.theorems))
"""


def test_a_script_from_standard_input_gets_threads_for_processes() -> None:
    ran = subprocess.run(
        [sys.executable, "-"], input=SCRIPT, cwd=ROOT, capture_output=True, text=True
    )
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "0\n", "")


def test_a_script_that_each_process_would_run_again_is_told_so(tmp_path: Path) -> None:
    path = tmp_path / "script.py"
    path.write_text(SCRIPT.replace("var n : Nat", "var n : Nat\\ngoal g: n = n"))
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    ran = subprocess.run([sys.executable, str(path)], env=env, capture_output=True, text=True)
    assert ran.returncode == 1
    assert "A worker process has ended" in ran.stderr and "__main__" in ran.stderr


def test_a_second_run_in_one_process_is_like_the_first(serial: str) -> None:
    assert certificate(run_explore(theory(SUMS)).graph) == serial
