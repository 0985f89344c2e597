"""The compressor: an essential subset of the theorems, from which all others follow."""

from __future__ import annotations

from logic.budget import Budget
from logic.formulas import Equal, split_forall
from logic.theory import Theory
from proofs.graph import ProofGraph, Theorem
from prover.enumerate import complexity
from prover.fragment import Origin
from prover.tactics import Effort
from prover.worker import Worker

STEPS = 60
"""Inference steps for showing that a conditional law follows from the others."""


def mark_essential(graph: ProofGraph, theory: Theory, budget: Budget) -> None:
    """Mark as essential what does not follow, without induction, from the other essential ones.

    Theorems are taken out one by one, goals after others, the largest and latest first; what still
    follows (see :func:`follows`) stays out. What the budget leaves no time for counts as essential.
    """
    essential = list(graph.theorems.values())
    order = sorted(
        essential,
        key=lambda t: (t.kind != "goal", complexity(t.formula), t.round, t.step),
        reverse=True,
    )
    for theorem in order:
        if budget.spent():
            break
        rest = [t for t in essential if t is not theorem]
        if follows(theorem, rest, theory):
            essential = rest
    # What followed from something that was taken out later may follow no more.
    for theorem in reversed(order):
        if budget.spent():
            break
        if theorem not in essential and not follows(theorem, essential, theory):
            essential.append(theorem)
    for theorem in graph.theorems.values():
        theorem.essential = theorem in essential


def follows(theorem: Theorem, others: list[Theorem], theory: Theory) -> bool:
    """Whether a theorem follows from the theory and other theorems at a glance.

    That is by rewriting or as an instance, or where proofs by induction are what costs, for a law
    that is no equation, in a few steps of saturation. In a theory without induction those few steps
    are the work: all follows from the axioms, and a reader wants to know what.
    """
    worker = Worker(theory, [theorem.formula])
    for other in others:
        worker.tell(Origin("theorem", other.name, None, other.formula))
    if worker.derivable(theorem.formula):
        return True
    is_equation = isinstance(split_forall(theorem.formula)[1], Equal)
    inductive = theory.signature.data or theory.inductions
    if is_equation or not inductive:
        return False
    return worker.work(theorem.formula, Effort(0, 0, STEPS)) is not None
