"""``import_workflow``: a workflow from a file of any format that is understood."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from governance.workflows.importers import agentgraph, mcp, temporal, traces
from governance.workflows.ir import Workflow
from governance.workflows.records import Record, json_record, yaml_record
from logic.errors import PorismError, nearest
from logic.source import Source, read_source


class Format(NamedTuple):
    """A format, what it is called in a sentence, and how it is told and read."""

    name: str
    title: str
    recognises: Callable[[Any], bool]
    read: Callable[[Record], Workflow]


def _serverless(data: Any) -> bool:
    from governance.workflows.importers.serverless import recognises

    return recognises(data)


def _read_serverless(record: Record) -> Workflow:
    from governance.workflows.importers.serverless import import_serverless

    return import_serverless(record)


DATA_FORMATS = (
    Format("agent-graph", "an agent graph", agentgraph.recognises, agentgraph.import_graph),
    Format("serverless", "a Serverless Workflow", _serverless, _read_serverless),
    Format("mcp", "a list of MCP tools", mcp.recognises, mcp.import_tools),
    Format("traces", "traces of tool calls", traces.recognises, traces.import_traces),
)
SOURCE_FORMATS = ("langgraph", "crewai")
FORMATS = (*(f.name for f in DATA_FORMATS), *SOURCE_FORMATS)
"""The names of all formats, for ``--from``."""


def import_workflow(path: str | Path, format_: str = "", name: str = "") -> Workflow:
    """The workflow of a file.

    Parameters
    ----------
    path : a JSON, JSON lines, YAML or Python file.
    format_ : one of :data:`FORMATS`; by default it is recognised.
    name : which workflow, where a Python file holds several; the variable that it is assigned to.

    Raises
    ------
    PorismError : the file cannot be read, is of no format that is understood, or holds something
        that its importer does not understand; the message names it and says where it stands.
    """
    return parse_workflow(read_source(path, "a workflow"), format_, name)


def parse_workflow(source: Source, format_: str = "", name: str = "") -> Workflow:
    """The workflow of a text; its file's name tells data from Python."""
    if format_ and format_ not in FORMATS:
        raise PorismError(
            f"There is no format '{format_}'.",
            hint=nearest(format_, FORMATS) or f"There are {', '.join(FORMATS)}.",
        )
    if source.file.endswith(".py") or format_ in SOURCE_FORMATS:
        from governance.workflows.importers.python import import_python

        return import_python(source, format_, name)
    record = record_of(source, format_)
    for known in DATA_FORMATS:
        if known.name == format_ or (not format_ and known.recognises(record.data)):
            return known.read(record)
    if temporal.recognises(record.data):
        raise source.error("These are temporal rules, not a workflow.", 0, 1)
    raise PorismError(
        f"'{source.file}' is of no format that is understood.",
        source.span(0, 1),
        f"Understood are {', '.join(FORMATS)}; if it is one of these, say so with --from.",
    )


def record_of(source: Source, format_: str = "") -> Record:
    """The data of a text: JSON, JSON lines or YAML."""
    start = source.text.lstrip()[:1]
    lines = source.file.endswith((".jsonl", ".ndjson"))
    if not start:
        raise source.error("This file is empty.", 0, 1)
    if lines:
        return traces.read_lines(source)
    if start in "{[" and not source.file.endswith((".yaml", ".yml")):
        return json_record(source)
    return yaml_record(source)
