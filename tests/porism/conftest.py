"""Outputs to look at: one made by hand, and one by a run of the whole toolkit."""

from __future__ import annotations

from pathlib import Path

import pytest

import porism
from logic.terms import Var
from porism.jobs import read_formula
from proofs.verdict import Verdict
from prover.outcome import Outcome, Stats
from tests.porism import command
from tests.proofs.sample_proofs import NAT, SOURCE, arithmetic


@pytest.fixture
def by_hand() -> Outcome:
    """Seven theorems of arithmetic, proved step by step without the prover."""
    graph = arithmetic()
    graph.theory.variables = {name: Var(name, NAT) for name in "nmk"}
    for number, theorem in enumerate(graph.theorems.values()):
        theorem.essential = number < 4
    law = read_formula(graph.theory, "n * m = m * n")
    verdicts = {"add_comm": Verdict("PROVED", "add_comm")}
    return Outcome(graph, verdicts, Stats(rounds=2, seconds=0.5), {law: "no proof"})


@pytest.fixture
def out(by_hand: Outcome, tmp_path: Path) -> Path:
    """A folder written from it."""
    porism.save(by_hand, tmp_path / "out", source=SOURCE)
    return tmp_path / "out"


@pytest.fixture(scope="session")
def peano(tmp_path_factory: pytest.TempPathFactory) -> tuple[command.Ran, Path]:
    """``porism explore peano.mpl --out ... --json``, run once for all tests that look at it."""
    folder = tmp_path_factory.mktemp("peano") / "out"
    return command.porism("explore", command.PEANO, "--out", folder, "--json"), folder
