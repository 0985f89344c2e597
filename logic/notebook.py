"""What objects show of themselves in a notebook: HTML that needs nothing and does nothing.

A fragment brings its own style, takes its colours from the notebook around it, and has no script
and no reference to anything outside. Names and texts come out inert.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from logic.latex import latex
from logic.mathml import MathML
from logic.printing import printable
from logic.theory import Theory

LONGEST = 200
"""Rows of a table; more are counted."""

STYLE = (
    ".porism{font-family:serif;line-height:1.5}"
    ".porism table{border-collapse:collapse;margin:.3em 0}"
    ".porism tr{background:none!important}"
    ".porism th,.porism td{text-align:left!important;padding:.15em 1.2em .15em 0;border:0;"
    "background:none;font-size:1em;vertical-align:baseline}"
    ".porism mi.v{font-style:italic}"
    ".porism th{font-weight:400;font-style:italic;opacity:.75}"
    ".porism caption{text-align:left;font-weight:600;padding:.3em 0}"
    ".porism .soft{font-style:italic;opacity:.75}"
)


def fragment(body: str, style: str = "") -> str:
    """HTML (already escaped) with the style that all fragments share."""
    return f'<div class="porism"><style>{STYLE}{style}</style>{body}</div>'


def plain(text: object) -> str:
    """A text escaped, without characters that could disturb what stands around it."""
    return escape(printable(str(text)))


def table(caption: str, rows: Iterable[Sequence[str]]) -> str:
    """Rows of HTML, the first cell of each a heading; nothing without rows."""
    found = list(rows)
    lines = [
        f'<tr><th scope="row">{head}</th>{"".join(f"<td>{cell}</td>" for cell in cells)}</tr>'
        for head, *cells in found[:LONGEST]
    ]
    if len(found) > LONGEST:
        lines.append(f'<tr><td class="soft">and {len(found) - LONGEST:,} more</td></tr>')
    heading = f"<caption>{plain(caption)}</caption>" if caption else ""
    return f"<table>{heading}{''.join(lines)}</table>" if found else ""


def theory_html(theory: Theory) -> str:
    """A theory: data types, definitions, axioms and goals, typeset."""
    mathml = MathML(theory.signature)
    data = []
    for kind in theory.signature.data.values():
        constructors = (
            f"{c.name}({', '.join(map(str, c.args))})" if c.args else c.name
            for c in kind.constructors
        )
        data.append((plain(kind.sort), plain(" | ".join(constructors))))
    definitions = [
        (plain(name), "<br>".join(mathml.statement(f, binders=False) for f in definition.source))
        for name, definition in theory.definitions.items()
    ]
    parts = [
        table("Data", data),
        table("Definitions", definitions),
        *(
            table(
                caption,
                [(plain(n), mathml.statement(f, binders=False)) for n, f in formulas.items()],
            )
            for caption, formulas in (("Axioms", theory.axioms), ("Goals", theory.goals))
        ),
    ]
    return fragment(f"<p><b>{plain(theory.name)}</b></p>{''.join(parts)}")


def theory_latex(theory: Theory) -> str:
    """The axioms and definitions of a theory, one a line."""
    formulas = [f for d in theory.definitions.values() for f in d.source]
    formulas += theory.axioms.values()
    lines = [latex(f, theory.signature, binders=False) for f in formulas[:LONGEST]]
    if not lines:
        return ""
    return "$$\\begin{gathered}" + r" \\ ".join(lines) + "\\end{gathered}$$"
