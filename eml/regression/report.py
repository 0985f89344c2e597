"""The report page of a search: formula, front, residuals, tree and evidence, in one HTML file."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from eml.draw import svg
from eml.regression.formula import Formula
from eml.regression.plots import scatter
from eml.regression.regress import Outcome
from eml.rpn import rpn
from logic.printing import printable
from proofs.html.single import single_page

DRAWN = 400
"""Trees with a larger K are not drawn."""

PRINTED = 2_000
"""Trees with a larger K are not printed."""


def claim(formula: Formula) -> str:
    """What is claimed for a formula, in a sentence."""
    if formula.verdict == "exact":
        return f"Exact: {formula.reason}."
    if formula.verdict == "exact_within_noise":
        return f"Exact within the noise: {formula.reason}."
    return f"A fit, not a law: {formula.reason}." if formula.reason else "A fit, not a law."


def evidence(formula: Formula) -> str:
    """What is proved about the tree of a formula, in a sentence."""
    found = formula.certificate
    if found is None:
        return "The formula is too large for a tree over eml, or has none; nothing is proved of it."
    if found.graph is not None:
        return (
            f"Proved in {len(found.graph.steps)} steps, which the independent checker accepts: "
            "the tree over eml equals the formula."
        )
    return f"The tree over eml equals the formula: {found.verdict}."


def legend(outcome: Outcome, units: Sequence[str] | None = None) -> str:
    """What the leaves of the tree are: x1 is the column so-and-so, c1 a number."""
    formula = outcome.best
    if formula.tree is None:
        return ""
    used = set(formula.tree.variables)
    parts = []
    for number, name in enumerate(outcome.names, 1):
        if f"x{number}" in used:
            unit = units[number - 1] if units else ""
            parts.append(f"x{number} is {name}{f' in {unit}' if unit else ''}")
    parts += [f"{n} = {v:.10g}" for n, v in formula.constants.items() if n in used]
    return "; ".join(parts)


def report(
    outcome: Outcome, target: str, units: Sequence[str] | None, target_unit: str | None
) -> str:
    """The page. It needs nothing else: the style of the proof pages is inside.

    Parameters
    ----------
    target : the name of the target.
    units : of the columns, where known.
    """
    from markupsafe import Markup
    from sympy.printing.mathml import mathml

    best = outcome.best
    rows: list[dict[str, Any]] = [
        {
            "k": f"{f.k:,}",
            "shared": "–" if f.shared is None else f"{f.shared:,}",
            "error": f"{f.error:.2g}",
            "bits": f"{f.bits:,.0f}",
            "text": f.text(),
            "chosen": f is best,
        }
        for f in outcome.front
    ]
    points = [(math.log10(f.k), math.log10(max(f.error, 1e-17))) for f in outcome.front]
    tree = best.tree
    unit = f" [{target_unit}]" if target_unit else ""
    return single_page(
        "eml.regression",
        "regression.html.j2",
        target=printable(target),
        best=best,
        mathml=Markup(mathml(best_shown(best), printer="presentation")),
        claim=claim(best),
        facts=[
            ("rows", f"{outcome.rows:,}"),
            ("columns", str(len(outcome.names))),
            ("error", f"{best.error:.3g}"),
            ("K", f"{best.k:,}"),
            ("candidates tried", f"{outcome.tried:,}"),
        ],
        notes=outcome.notes,
        rpn=rpn(tree) if tree is not None and tree.k <= PRINTED else "",
        legend=legend(outcome, units),
        rows=rows,
        front_plot=Markup(
            scatter(
                points,
                "log₁₀ K",
                "error",
                labels=[f.text() for f in outcome.front],
                line=True,
                marked=outcome.front.index(best),
                logarithmic=True,
            )
        ),
        residual_plot=Markup(
            scatter(
                list(zip(outcome.predicted.tolist(), outcome.residuals.tolist(), strict=True)),
                f"formula{unit}",
                f"data − formula{unit}",
                zero=True,
            )
        ),
        sampled=len(outcome.predicted) < outcome.rows,
        tree=Markup(svg(tree)) if tree is not None and tree.k <= DRAWN else "",
        evidence=evidence(best),
        domain=best.certificate.domain if best.certificate else "",
    )


def best_shown(formula: Formula) -> Any:
    """The expression with constants to six digits."""
    from eml.regression.formula import shown

    return shown(formula.expression)
