"""Oscillations: sines of a monomial times an unknown frequency.

A sine of many periods is smooth at no scale on which a surrogate could see it, and no list of
constants holds its frequency. So for each monomial the target is fitted by a cosine and a sine on a
grid of frequencies fine enough that none is missed (Lomb and Scargle's periodogram).
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from eml.regression.candidates import Judge
from eml.regression.goals import goals
from eml.regression.macro_search import View, _done
from eml.regression.macros import Node, constant
from eml.regression.sparse import dictionary
from logic.budget import Budget

Floats: TypeAlias = NDArray[np.float64]

PERIODS = 12
"""Up to so many periods over the range of the argument."""

MONOMIALS = 160
FINEST = 6
"""Grid points for each period that fits into the range."""


def search_oscillations(seen: View, judge: Judge, budget: Budget) -> None:
    """Offer c · cos(ωm) + d · sin(ωm) + e, under simple transforms and divisors of the target."""
    if not seen.defined or not seen.nodes:
        return
    nodes, values, _ = dictionary(seen.nodes, seen.columns)
    nodes, values = nodes[:MONOMIALS], values[:MONOMIALS]
    inputs = len(seen.nodes)
    strips = [(nodes[k], values[k]) for k in range(min(len(nodes), 3 * inputs))]
    made = goals(seen.target, strips, ("", "sq", "inv"), ("",))
    cells = [(g, made.vectors[i]) for i, g in enumerate(made.listed) if g.how != "sub"]
    if not cells:
        return
    matrix = np.array([v for _, v in cells])
    found: list[tuple[float, int, int, float]] = []
    for m, monomial in enumerate(values):
        if budget.spent() or _done(judge):
            return
        span = float(np.ptp(monomial))
        for omega in np.arange(1, PERIODS * FINEST) * (2 * np.pi / (FINEST * span)):
            basis = np.stack([np.cos(omega * monomial), np.sin(omega * monomial)])
            basis = basis - basis.mean(1, keepdims=True)
            q, _ = np.linalg.qr(basis.T)
            rest = 1 - ((matrix @ q) ** 2).sum(1)
            g = int(rest.argmin())
            found.append((float(rest[g]), g, m, float(omega)))
    judge.tried += len(found) * len(cells)
    found.sort()
    for rest, g, m, omega in found[:40]:
        if budget.spent() or _done(judge) or rest > 0.6:
            break
        goal = cells[g][0]
        argument: Node = ("mul", constant(omega), nodes[m])
        for inner in (
            ("add", ("mul", constant(1.0), ("cos", argument)), constant(0.0)),
            ("mul", constant(1.0), ("sin", argument)),
        ):
            law = goal.law(inner, seen.factor)
            judge.offer(law, "oscillation")
