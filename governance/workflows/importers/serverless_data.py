"""Data of Serverless Workflows, as far as it is followed: constants, and expressions in loops."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from governance.schema import Parameter
from governance.sorts import BOOL, INT, LEAST, MOST, TEXT
from governance.workflows.importers.serverless_effects import Effect, is_computed
from governance.workflows.importers.sketch import Sketch, text
from governance.workflows.ir import Perform
from logic.terms import Sort


def constants(data: Any) -> dict[str, Sort]:
    """The names that ``set`` tasks give constants of one sort, and nothing else."""
    found: dict[str, Sort | None] = {}
    todo = [data]
    while todo:
        part = todo.pop()
        if isinstance(part, list):
            todo += part
        elif isinstance(part, dict):
            given = part.get("set")
            if isinstance(given, str):
                return {}
            for key, value in given.items() if isinstance(given, dict) else ():
                sort = _sort_of(value)
                found[key] = sort if found.get(key, sort) == sort else None
            todo += part.values()
    return {key: sort for key, sort in found.items() if sort is not None}


def _sort_of(value: Any) -> Sort | None:
    if isinstance(value, bool):
        return BOOL
    if isinstance(value, int):
        return INT if LEAST <= value <= MOST else None
    return TEXT if isinstance(value, str) and not is_computed(value) else None


def compute_anew(sketch: Sketch, computed: Mapping[str, Effect]) -> None:
    """Compute anew, each time, what steps of loops take for arguments.

    ``computed`` are the effects of nodes, by name, that take what an expression gives.
    """
    if not computed:
        return
    import networkx as nx

    graph = nx.DiGraph((n.name, t) for n in sketch.nodes.values() for t in n.targets())
    inside: set[str] = set()
    for component in nx.strongly_connected_components(graph):
        if len(component) > 1:
            inside |= component
    inside |= {a for a, b in graph.edges if a == b}
    for name, effect in computed.items():
        if name not in inside:
            continue
        jq = sketch.tool("jq", "compute", (Parameter("expression", TEXT),)).name
        step = sketch.nodes[name]
        assert isinstance(step, Perform)
        after = sketch.add(replace(step, name=sketch.name(f"{name}/perform")))
        for variable in reversed(effect.computed):
            first = variable == effect.computed[0]
            after = sketch.add(
                Perform(
                    name=name if first else sketch.name(f"{name}/{variable}"), tool=jq,
                    args={"expression": text(variable)}, into=variable, next=after,
                    failed=step.failed, span=step.span,
                )
            )  # fmt: skip
