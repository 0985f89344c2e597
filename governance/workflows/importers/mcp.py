"""MCP tool lists: the answer to ``tools/list``, as any agent that may use the tools.

A client of the server can be anything, so it is the worst one: it uses any tool, with any arguments
that the tool's schema allows, in any order, as often as it likes, and any use may fail. All tools
have the kind *call*: what a server says of its own tools (``readOnlyHint`` and the like) is written
down among the assumptions, and not relied on.
"""

from __future__ import annotations

from typing import Any

from governance.schema import Tool
from governance.workflows.importers.parameters import read_parameters
from governance.workflows.importers.sketch import Sketch
from governance.workflows.ir import Variable, Workflow
from governance.workflows.records import Record

_TOOL = ("name", "title", "description", "inputSchema", "outputSchema", "annotations", "icons",
         "execution", "_meta")  # fmt: skip
_HINTS = ("title", "readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint")


def recognises(data: Any) -> bool:
    """Whether data looks like a list of MCP tools."""
    tools = _tools(data)
    return isinstance(tools, list) and all(
        isinstance(t, dict) and "name" in t and "role" not in t and "type" not in t for t in tools
    )


def _tools(data: Any) -> Any:
    if isinstance(data, dict) and isinstance(data.get("result"), dict):
        data = data["result"]
    return data.get("tools") if isinstance(data, dict) else None


def import_tools(record: Record) -> Workflow:
    """The workflow of the worst client of these tools.

    Raises
    ------
    PorismError : it is malformed, or there is a next page (``nextCursor``).
    """
    if "error" in record:
        raise record.at("error").error("This is an error, not a list of tools.")
    listing = record.at("result") if "result" in record else record
    if listing.mapping("A list of tools").get("nextCursor"):
        raise listing.at("nextCursor").error(
            "The list goes on: this is one page of it.", "Put the tools of all pages into one list."
        )
    sketch = Sketch("tools", listing.span)
    for part in listing.at("tools").list("'tools'"):
        _tool(sketch, part)
    if not sketch.tools:
        raise listing.at("tools").error("There is no tool in the list.")
    sketch.assume("Any tool is used in any order, with any arguments: the client is not known.")
    again = sketch.name("any tool")
    uses = [
        sketch.use(tool.name, tool, again, again, tool.span) for tool in list(sketch.tools.values())
    ]
    sketch.choice(again, [*uses, sketch.end()], listing.span, reserved=True)
    # What one tool answers, the arguments of all later ones may contain.
    return sketch.workflow(again, flow="session")


def _tool(sketch: Sketch, part: Record) -> None:
    data = part.mapping("A tool")
    part.known(_TOOL, "A tool")
    name = part.at("name").text("The name of a tool")
    span = part.at("name").span
    if not name:
        raise part.at("name").error("A tool has a name.")
    if name in sketch.tools:
        raise part.at("name").error(f"There are two tools '{name}'.")
    typed = read_parameters(part.at("inputSchema"), f"'{name}'")
    for t in typed:
        variable = f"{name}.{t.parameter.name}"
        sketch.variables[variable] = Variable(variable, t.parameter.sort, domain=t.domain)
    sketch.tools[name] = Tool(name, "call", tuple(t.parameter for t in typed), span)
    hints = data.get("annotations") or {}
    if not isinstance(hints, dict):
        raise part.at("annotations").error("'annotations' is a mapping.")
    said = [f"{hint} {str(hints[hint]).lower()}" for hint in _HINTS[1:] if hint in hints]
    if said:
        sketch.assume(f"The server says of '{name}': {', '.join(said)}. This is not relied on.")
