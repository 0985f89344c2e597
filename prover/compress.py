"""The compressor: an essential subset of the theorems, from which all others follow."""

from __future__ import annotations

from logic.formulas import Equal, split_forall
from logic.theory import Theory
from proofs.graph import ProofGraph, Theorem
from prover.enumerate import complexity
from prover.fragment import Origin
from prover.tactics import Effort
from prover.worker import Worker

STEPS = 60
"""Inference steps for showing that a conditional law follows from the others."""


def mark_essential(graph: ProofGraph, theory: Theory) -> None:
    """Mark as essential what does not follow, without induction, from the other essential ones.

    Theorems are taken out one by one, goals after others, the largest and latest first; what still
    follows by rewriting (or, if it is no equation, in a few steps of saturation) stays out.
    """
    essential = list(graph.theorems.values())
    order = sorted(
        essential,
        key=lambda t: (t.kind != "goal", complexity(t.formula), t.round, t.step),
        reverse=True,
    )
    for theorem in order:
        rest = [t for t in essential if t is not theorem]
        if follows(theorem, rest, theory):
            essential = rest
    for theorem in graph.theorems.values():
        theorem.essential = theorem in essential


def follows(theorem: Theorem, others: list[Theorem], theory: Theory) -> bool:
    """Whether a theorem follows from the theory and other theorems without induction."""
    worker = Worker(theory, [theorem.formula])
    for other in others:
        worker.tell(Origin("theorem", other.name, None, other.formula))
    if worker.derivable(theorem.formula):
        return True
    is_equation = isinstance(split_forall(theorem.formula)[1], Equal)
    return not is_equation and worker.work(theorem.formula, Effort(0, 0, STEPS)) is not None
