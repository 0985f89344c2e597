"""A proof graph for tools that know graphs: JSON, GraphML and DOT."""

from __future__ import annotations

import io
import json
from typing import Any

from logic.printing import show, show_in
from proofs.certificate import scope_line, step_line, theory_object
from proofs.graph import ProofGraph


def to_json(graph: ProofGraph) -> str:
    """Theory, scopes, steps and theorems as one JSON object.

    Scopes and steps are the lines of the certificate; a theorem also has what it rests on, and the
    theorems that its proof uses.
    """
    signature = graph.theory.signature
    theorems = []
    for theorem in graph.theorems.values():
        axioms, definitions = graph.rests_on(theorem.step)
        theorems.append(
            {
                "name": theorem.name,
                "step": theorem.step,
                "formula": show(theorem.formula, ascribe=signature),
                "axioms": axioms,
                "definitions": definitions,
                "uses": graph.uses(theorem.name),
            }
        )
    record: dict[str, Any] = {
        "theory": theory_object(graph.theory),
        "scopes": [scope_line(scope, signature) for scope in graph.scopes[1:]],
        "steps": [step_line(step, signature) for step in graph.steps],
        "theorems": theorems,
    }
    return json.dumps(record, ensure_ascii=False, indent=1) + "\n"


def to_graphml(graph: ProofGraph) -> str:
    """The steps as nodes (``rule``, ``formula``, ``scope``, ``theorem``), premises as edges."""
    import networkx as nx

    found = graph.to_networkx()
    for _, data in found.nodes(data=True):
        data["formula"] = show(data["formula"])
        data["theorem"] = data["theorem"] or ""
    out = io.BytesIO()
    nx.write_graphml(found, out)
    return out.getvalue().decode("utf-8") + "\n"


def to_dot(graph: ProofGraph) -> str:
    """What each theorem's proof uses directly: axioms, definitions and other theorems."""
    theory = graph.theory
    lines = [
        f"digraph {_quoted(theory.name)} {{",
        "  rankdir=BT;",
        '  node [shape=box, style=rounded, fontname="sans-serif"];',
    ]
    sources: dict[str, str] = {}
    edges: list[str] = []
    for theorem in graph.theorems.values():
        lines.append(_node("theorem", theorem.name, show_in(theory, theorem.formula), ""))
        edges += [_edge("theorem", used, theorem.name) for used in graph.uses(theorem.name)]
        for kind, name in _direct(graph, theorem.step):
            text = show_in(theory, theory.axioms[name]) if kind == "axiom" else ""
            sources.setdefault(f"{kind} {name}", _node(kind, name, text, ', style="", penwidth=2'))
            edges.append(_edge(kind, name, theorem.name))
    return "\n".join([*lines, *sources.values(), *edges, "}"]) + "\n"


def _direct(graph: ProofGraph, step: int) -> list[tuple[str, str]]:
    """The axioms and definitions that a proof uses itself, not through other theorems."""
    stops = {t.step for t in graph.theorems.values()} - {step}
    found: dict[tuple[str, str], None] = {}
    seen: set[int] = set()
    waiting = [step]
    while waiting:
        id = waiting.pop()
        if id in seen or id in stops:
            continue
        seen.add(id)
        current = graph.step(id)
        if current.rule in ("axiom", "definition") and current.name:
            found.setdefault((current.rule, current.name))
        waiting += reversed(current.premises)
    return list(found)


def _node(kind: str, name: str, text: str, more: str) -> str:
    title = f"definition of {name}" if kind == "definition" else name
    label = _quoted("\n".join(filter(None, [title, text])))
    return f"  {_quoted(f'{kind} {name}')} [label={label}{more}];"


def _edge(kind: str, name: str, theorem: str) -> str:
    return f"  {_quoted(f'{kind} {name}')} -> {_quoted(f'theorem {theorem}')};"


def _quoted(text: str) -> str:
    """A DOT string; nothing in it is an escape but the line break."""
    text = text if len(text) < 1000 else f"{text[:1000]}..."
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
