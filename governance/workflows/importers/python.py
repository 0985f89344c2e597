"""Python sources of agents: which framework they use, and what they build; nothing is run."""

from __future__ import annotations

from governance.workflows.importers.modules import Module
from governance.workflows.ir import Workflow
from logic.errors import PorismError
from logic.source import Source

FRAMEWORKS = ("langgraph", "crewai")


def import_python(source: Source, format_: str = "", name: str = "") -> Workflow:
    """The workflow that a Python source builds.

    Raises
    ------
    PorismError : it uses none of the frameworks that are understood, or both.
    """
    module = Module(source)
    used = {whole.partition(".")[0] for whole in module.imports.values()}
    found = [format_] if format_ in FRAMEWORKS else [f for f in FRAMEWORKS if f in used]
    if len(found) != 1:
        raise PorismError(
            f"This source uses {'both LangGraph and CrewAI' if found else 'no agent framework'}.",
            source.span(0, 1),
            "Say which is meant with --from langgraph or --from crewai."
            if found
            else "Sources for LangGraph and CrewAI are understood.",
        )
    if found == ["langgraph"]:
        from governance.workflows.importers.langgraph import import_graphs

        return import_graphs(module, name)
    from governance.workflows.importers.crewai import import_crews

    return import_crews(module, name)
