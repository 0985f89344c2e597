"""A proof graph as a folder of pages."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from logic.formulas import Formula
from proofs.graph import ProofGraph
from proofs.html.folder import write_folder
from proofs.verdict import Verdict

if TYPE_CHECKING:
    from jinja2 import Environment


STATIC = (
    "porism.css",
    "porism.js",
    "graph.js",
    "vendor/cytoscape.min.js",
    "vendor/dagre.min.js",
    "vendor/LICENSES.txt",
)
"""What pages load; all but the first two are for the graph page."""


def write_html(
    graph: ProofGraph,
    folder: Path,
    *,
    title: str | None = None,
    stats: Mapping[str, object] | None = None,
    unproved: Mapping[Formula, str] | Mapping[str, str] | None = None,
    source: str = "",
    verdicts: Mapping[str, Verdict] | None = None,
) -> list[Path]:
    """Write the pages of a proof graph and return their paths, ``index.html`` first.

    Parameters
    ----------
    folder : created, or replaced where it holds an earlier export and nothing else.
    title : shown as the name of the whole; the theory's name otherwise.
    stats : counts and ``seconds``, shown on the index in the order given.
    unproved : conjectures that were not proved, formula (or its text) → why.
    source : the theory as its author wrote it.
    verdicts : about the theory's goals; what is known of those that are not proved.

    Raises
    ------
    PorismError : if the folder is not ours to replace, or cannot be written.
    """
    from proofs.html.pages import Site  # brings jinja2, which nothing else needs

    site = Site(
        graph,
        templates(),
        title or graph.theory.name,
        stats or {},
        unproved or {},
        source,
        verdicts or {},
    )
    files = site.pages()
    for name in STATIC if site.nodes else STATIC[:2]:
        files[name] = _resource("static", name)
    return write_folder(Path(folder), files)


@functools.cache
def templates() -> Environment:
    """The page templates, compiled once a process."""
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    return Environment(
        loader=FunctionLoader(lambda name: _resource("templates", name)),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )


def _resource(folder: str, name: str) -> str:
    file = resources.files("proofs.html").joinpath(folder, *name.split("/"))
    return file.read_text(encoding="utf-8")
