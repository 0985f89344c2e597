"""Which interpretation tests a theory's conjectures."""

from __future__ import annotations

from logic.budget import Budget
from logic.theory import Theory
from prover.evaluate import GroundInterpretation, Interpretation
from prover.worker import Worker


def interpret(theory: Theory, worker: Worker, budget: Budget) -> Interpretation:
    """Ground terms for data types; small finite models where axioms speak of other sorts."""
    return GroundInterpretation(worker.language, worker.rules)
