"""``Outcome``: what a run of the prover found, whole or interrupted."""

from __future__ import annotations

import msgspec

from logic.formulas import Formula
from proofs.graph import ProofGraph
from proofs.verdict import Verdict


class Stats(msgspec.Struct):
    """Counts of a run. ``seconds`` is wall time inside the prover."""

    rounds: int = 0
    conjectures: int = 0
    derivable: int = 0
    failed: int = 0
    blocks: int = 0
    seconds: float = 0.0
    stopped: str = ""
    """Which bound ended the run early (``"time"``, ``"memory"``, ``"interrupt"``), or empty."""


class Progress(msgspec.Struct, frozen=True):
    """What the prover tells a listener after each round, and now and then within one."""

    phase: str
    round: int
    theorems: int
    open: int


class Outcome(msgspec.Struct):
    """The proof graph with its theorems, a verdict for every goal, and the counts."""

    graph: ProofGraph
    verdicts: dict[str, Verdict]
    stats: Stats
    unproved: dict[Formula, str] = {}
    """Conjectures that passed every test and were not proved, each with the reason."""

    def _repr_html_(self) -> str:
        from proofs.html.notebook import graph_html

        return graph_html(self.graph, self.verdicts)
