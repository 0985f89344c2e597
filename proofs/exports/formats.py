"""A proof graph in the formats of other tools, by name."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from proofs.graph import ProofGraph

FORMATS: dict[str, str] = {
    "rocq": "proofs.exports.rocq:rocq",
    "lean": "proofs.exports.lean:lean",
    "tstp": "proofs.exports.tstp:tstp",
    "json": "proofs.exports.graphs:to_json",
    "graphml": "proofs.exports.graphs:to_graphml",
    "dot": "proofs.exports.graphs:to_dot",
}
"""What ``porism export --to`` can write, and the function that does; each is loaded when needed."""


def export(graph: ProofGraph, to: str) -> str:
    """The text of a proof graph in one of the formats.

    Raises
    ------
    KeyError : if there is no such format.
    PorismError : if the format cannot express the graph.
    """
    module, _, name = FORMATS[to].partition(":")
    write: Callable[[ProofGraph], str] = getattr(import_module(module), name)
    return write(graph)
