"""What theorems, proof graphs and verdicts show of themselves in a notebook."""

from __future__ import annotations

from collections.abc import Mapping

from logic.latex import latex
from logic.mathml import MathML
from logic.notebook import fragment, plain, table
from logic.printing import printable
from logic.theory import Signature
from proofs.graph import ProofGraph, Theorem
from proofs.html.picture import Node, picture
from proofs.verdict import Verdict

MOST_NODES = 60
"""A larger picture belongs on a page of its own."""

PICTURE = (
    ".porism .picture{max-width:100%;height:auto;font:13px serif}"
    ".porism .picture rect{fill:none;stroke:currentColor;stroke-opacity:.5}"
    ".porism .picture text{fill:currentColor;text-anchor:middle}"
    ".porism .picture path{fill:none;stroke:currentColor;stroke-opacity:.4;stroke-width:1.2}"
    ".porism .picture .essential rect{stroke-opacity:1;stroke-width:1.5}"
    ".porism .picture .axiom rect,.porism .picture .definition rect{stroke:none}"
    ".porism .picture .axiom text,.porism .picture .definition text{font-style:italic}"
)


def theorem_html(theorem: Theorem) -> str:
    """A theorem: its name, its statement typeset, how it is proved."""
    statement = MathML(Signature()).statement(theorem.formula)
    how = f' <span class="soft">{plain(theorem.method)}</span>' if theorem.method else ""
    return fragment(f"<p><b>{plain(theorem.name)}</b>&ensp;{statement}{how}</p>")


def theorem_latex(theorem: Theorem) -> str:
    """The statement as LaTeX."""
    return f"${latex(theorem.formula, Signature())}$"


def verdict_html(verdict: Verdict) -> str:
    """A verdict with its reason or its counterexample."""
    detail = f" <span>{plain(verdict.detail)}</span>" if verdict.detail else ""
    point = ((plain(name), plain(value)) for name, value in (verdict.counterexample or {}).items())
    return fragment(f"<p><b>{plain(verdict.status)}</b>{detail}</p>{table('', point)}")


def graph_html(graph: ProofGraph, verdicts: Mapping[str, Verdict] | None = None) -> str:
    """The theorems of a proof graph, what is known of goals that are open, and the picture."""
    mathml = MathML(graph.theory.signature)
    theorems = sorted(graph.theorems.values(), key=lambda t: t.step)
    rows = [
        (
            f"<b>{plain(t.name)}</b>" if t.essential else plain(t.name),
            mathml.statement(t.formula, binders=False),
            f'<span class="soft">{plain(t.method)}</span>',
        )
        for t in theorems
    ]
    count = f"{len(theorems):,} theorem{'' if len(theorems) == 1 else 's'}"
    open_goals = [
        (plain(name), plain(verdict))
        for name, verdict in (verdicts or {}).items()
        if verdict.status != "PROVED"
    ]
    parts = [table(f"{graph.theory.name}: {count}", rows), table("Not proved", open_goals)]
    return fragment("".join(parts) + _picture(graph, theorems), PICTURE) if any(parts) else ""


def graph_latex(graph: ProofGraph) -> str:
    """The statements of the theorems, one a line."""
    theorems = sorted(graph.theorems.values(), key=lambda t: t.step)[:200]
    signature = graph.theory.signature
    lines = [latex(t.formula, signature, binders=False) for t in theorems]
    return "$$\\begin{gathered}" + r" \\ ".join(lines) + "\\end{gathered}$$" if lines else ""


def _picture(graph: ProofGraph, theorems: list[Theorem]) -> str:
    uses: dict[str, list[str]] = {}
    ground: dict[str, Node] = {}
    for theorem in theorems:
        theorems_cited, axioms, definitions = graph.cites(theorem.name)
        cited = [("axiom", name) for name in axioms]
        cited += [("definition", name) for name in definitions]
        for kind, name in cited:
            ground.setdefault(
                f"{kind} {name}", Node(f"{kind} {name}", printable(name), "", kind, "")
            )
        uses[f"theorem {theorem.name}"] = [
            *(f"{kind} {name}" for kind, name in cited),
            *(f"theorem {name}" for name in theorems_cited),
        ]
    nodes = [*ground.values()]
    for t in theorems:
        kind = t.kind + " essential" * t.essential
        nodes.append(Node(f"theorem {t.name}", printable(t.name), "", kind, ""))
    if not theorems or len(nodes) > MOST_NODES:
        return ""
    return picture(nodes, uses, "What rests on what, from the axioms up")
