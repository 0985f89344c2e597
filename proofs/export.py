"""A proof graph in the formats of other tools, by name."""

from __future__ import annotations

from collections.abc import Callable

from proofs.graph import ProofGraph


def _rocq(graph: ProofGraph) -> str:
    from proofs.rocq import rocq

    return rocq(graph)


FORMATS: dict[str, Callable[[ProofGraph], str]] = {"rocq": _rocq}
"""What ``porism export --to`` can write."""
