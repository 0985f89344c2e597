"""Which formula is chosen, and what may be claimed for it.

Chosen is the shortest description of the data (:mod:`eml.regression.candidates`), or, where only
rounding is left, the shortest formula. It is called

* ``exact`` if only rounding is left, all its constants are recognised, and the bits that it
  explains exceed those it takes to say it and to have searched for it (log2 of the number of
  candidates; Odrzywołek, arXiv:2002.12690, stops at the same number) by :data:`MARGIN`;
* ``exact_within_noise`` if all its constants are recognised, what it leaves cannot be predicted
  from the inputs (by a surrogate, and by neighbours along each), it explains that many bits, and
  every other form found, however many were tried, takes :data:`LEAD` bits more to describe them.
  Descriptions are prefix codes, so by Kraft's
  inequality a wrong form among all others is that much shorter by chance with probability 2^-bits;
* ``fit`` otherwise.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from eml.regression.candidates import EXACT, TOKEN, Candidate, Judge
from eml.regression.macros import Node, evaluate, size
from eml.regression.surrogate import Surrogate

Floats: TypeAlias = NDArray[np.float64]

MARGIN = 20.0
LEAD = 7.0

PREDICTABLE = 0.1
"""The part of the residuals that may seem predictable by chance."""

TRACE = 4.0
"""Standard deviations of a correlation of neighbouring residuals that count as a trace."""


def choose(judge: Judge) -> tuple[Candidate, str, str]:
    """The formula, its verdict, and the reason.

    Raises
    ------
    ValueError : there are no candidates.
    """
    exact, best = judge.exact, judge.best
    if best is None:
        raise ValueError("no candidates")
    if exact is not None:
        return exact, *_without_noise(exact, judge)
    return best, *_with_noise(best, judge)


def _without_noise(found: Candidate, judge: Judge) -> tuple[str, str]:
    if not found.closed:
        return "fit", "only rounding is left, but not all constants are recognised"
    gain = len(judge.y) * math.log2(1 / max(found.error, 1e-15))
    cost = TOKEN * size(found.node) + math.log2(max(2, judge.tried)) + MARGIN
    if gain < cost:
        return "fit", (
            f"{len(judge.y)} rows give {gain:.0f} bits; with {judge.tried:,} candidates tried, "
            f"{cost:.0f} could have come by chance"
        )
    return "exact", f"only rounding is left: relative error {found.error:.0e}"


def _with_noise(found: Candidate, judge: Judge) -> tuple[str, str]:
    if found.error > 0.999:
        return "fit", "the target does not seem to depend on the inputs"
    if not found.closed:
        return "fit", "noise leaves the constants open"
    gain = 0.5 * len(judge.y) * math.log2(1 / max(found.error, 1e-15) ** 2)
    cost = TOKEN * size(found.node) + math.log2(max(2, judge.tried)) + MARGIN
    if gain < cost:
        return "fit", f"it explains {gain:.0f} bits, and {cost:.0f} could have come by chance"
    rival = next(_rivals(found, judge), None)
    if rival is not None and rival.bits < found.bits + LEAD:
        return "fit", "another form describes the data as well"
    values = np.asarray(evaluate(found.node, judge.columns), float) * np.ones(len(judge.y))
    trace = traces(judge.columns, judge.y - values)
    if trace > TRACE:
        return "fit", f"what it leaves still depends on the inputs ({trace:.1f} σ)"
    predictable = explained(judge.columns, judge.y - values, judge.seed)
    if predictable > PREDICTABLE:
        return (
            "fit",
            f"{100 * predictable:.0f} % of what it leaves can be predicted",
        )
    return "exact_within_noise", f"noise of {found.error:.1e} of the target's spread"


def _rivals(found: Candidate, judge: Judge) -> Iterator[Candidate]:
    """Other forms, the shortest description first: not the same with other constants or signs."""
    values = evaluate(found.node, judge.columns)
    own = _skeleton(found.node)
    for other in sorted(judge.kept.values(), key=lambda c: c.bits):
        if other is found or _skeleton(other.node) == own:
            continue
        off = np.asarray(evaluate(other.node, judge.columns) - values, float)
        if np.sqrt(np.mean(off**2)) > 0.02 * math.sqrt(found.mse) or len(judge.y) < 50:
            yield other


def traces(columns: Sequence[Floats], residuals: Floats) -> float:
    """How far residuals of neighbours along any input are correlated, in standard deviations."""
    worst = 0.0
    size_ = float(np.sqrt(np.mean(residuals**2)))
    if size_ == 0 or len(residuals) < 30:
        return 0.0
    for column in columns:
        ordered = residuals[np.argsort(column, kind="stable")] / size_
        correlation = float(np.mean(ordered[1:] * ordered[:-1]))
        worst = max(worst, abs(correlation) * math.sqrt(len(ordered)))
    return worst


def explained(columns: Sequence[Floats], residuals: Floats, seed: int) -> float:
    """The part of the residuals' standard deviation that a smooth function of the inputs predicts.

    Each row is predicted from the others, so that noise gives about 0.
    """
    used = [c for c in columns if np.ptp(c) > 0]
    size_ = float(np.std(residuals))
    if size_ == 0 or not used or len(residuals) < 30:
        return 0.0
    missed = Surrogate(np.column_stack(used), residuals, seed).residuals
    return 1 - float(np.sqrt(np.mean(missed**2))) / size_


def _skeleton(node: Node) -> Node:
    """The node without its constants, however they are written."""
    head = node[0]
    if head in "cn":
        return ("c",)
    if head == "x":
        return node
    inner = tuple(_skeleton(child) for child in node[1:])
    if head in ("mul", "add") and ("c",) in inner:
        rest = [part for part in inner if part != ("c",)]
        return rest[0] if rest else ("c",)
    if head == "neg":
        return inner[0]
    return (head, *inner)


__all__ = ["EXACT", "LEAD", "MARGIN", "choose", "traces"]
