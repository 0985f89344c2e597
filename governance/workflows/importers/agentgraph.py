"""Agent graphs: JSON with ``nodes`` and ``edges``, as tools that read agent frameworks write them.

=============  ================================================================================
node           becomes
=============  ================================================================================
``entry``      nothing: where the run starts
``exit``       the end of a run
``llm``        ``llm(node)``, kind *reason*; with tools: a loop of asking and using them
``tool``       its tool, kind *call*; several: any of them, in any order, at least one. Where no
               tool is named, a tool of the node's name
``router``     ``route(node)``, kind *compute*
``human``      ``human(node)``, kind *call*, answered by a person
``subgraph``   ``subgraph(node)``, kind *call*, for what happens inside is not said
=============  ================================================================================

All ``direct`` and ``parallel`` edges of a node are taken (see :mod:`.flowgraph`), or one of its
``conditional`` ones, or one of its ``loop`` ones. Conditions are not read: any way may be taken.
"""

from __future__ import annotations

import re
from typing import Any, Literal, TypeAlias

import msgspec

from governance.schema import Kind, Parameter, Tool
from governance.sorts import TEXT
from governance.workflows.importers.flowgraph import Agent, AnyOf, Do, Step, Vertex, draw
from governance.workflows.importers.sketch import Sketch, text
from governance.workflows.ir import Workflow
from governance.workflows.records import Path, Record, shown
from logic.errors import PorismError, nearest

NodeKind: TypeAlias = Literal[
    "entry", "exit", "llm", "tool", "router", "human", "subgraph", "passthrough"
]
EdgeKind: TypeAlias = Literal["direct", "conditional", "loop", "parallel"]


class GraphNode(msgspec.Struct, frozen=True, gc=False):
    """A node of the file."""

    id: str
    kind: NodeKind
    label: str = ""
    tools: tuple[str, ...] = ()
    metadata: dict[str, Any] = {}


class GraphEdge(msgspec.Struct, frozen=True, gc=False):
    """An edge of the file."""

    source: str
    target: str
    kind: EdgeKind = "direct"
    condition: str = ""


class AgentGraph(msgspec.Struct, frozen=True):
    """The file."""

    nodes: list[GraphNode]
    edges: list[GraphEdge]
    entry_id: str
    exit_ids: list[str] = []
    name: str = "agent"
    framework: str = ""


def recognises(data: Any) -> bool:
    """Whether data looks like an agent graph."""
    return isinstance(data, dict) and {"nodes", "edges"} <= data.keys() and "workflow" not in data


def import_graph(record: Record) -> Workflow:
    """The workflow that an agent graph denotes.

    Raises
    ------
    PorismError : it is malformed: an edge leads nowhere, two different nodes have one name.
    """
    try:
        graph = msgspec.convert(record.data, AgentGraph)
    except msgspec.ValidationError as error:
        raise _misfit(record, str(error)) from None
    return _Reader(record, graph).workflow()


_IDS = re.compile(r'"id"\s*:\s*("(?:[^"\\\n]|\\.)*")')
_ORACLES: dict[str, tuple[str, Kind, bool]] = {
    "llm": ("llm", "reason", False),
    "router": ("route", "compute", False),
    "human": ("human", "call", True),
    "subgraph": ("subgraph", "call", False),
}
_NODE = (Parameter("node", TEXT),)


class _Reader:
    def __init__(self, record: Record, graph: AgentGraph) -> None:
        self._record = record
        self._graph = graph
        self._sketch = Sketch(graph.name)
        # Tools that the graph names keep their names; those that stand for models give way.
        self._named = {t for n in graph.nodes for t in n.tools} | {
            n.id for n in graph.nodes if n.kind == "tool" and not n.tools
        }

    def workflow(self) -> Workflow:
        graph, source = self._graph, self._record.source
        self._sketch.span = source.span(0, 1)
        vertices: dict[str, Vertex] = {}
        seen: dict[str, GraphNode] = {}
        places = [m.span(1) for m in _IDS.finditer(source.text)]
        for i, node in enumerate(graph.nodes):
            before = seen.setdefault(node.id, node)
            if before is not node:
                self._repeated(i, before, node)
                continue
            if not node.id:
                raise self._error(("nodes", i, "id"), "A node has a name.")
            span = source.span(*places[i]) if len(places) == len(graph.nodes) else None
            vertices[node.id] = Vertex(node.id, self._steps(node), node.kind == "exit", span)
        for exit_ in graph.exit_ids:
            if exit_ not in vertices:
                raise self._dangling(("exit_ids", graph.exit_ids.index(exit_)), exit_, vertices)
            vertices[exit_].ends = True
        if graph.entry_id not in vertices:
            raise self._dangling(("entry_id",), graph.entry_id, vertices)
        for i, edge in enumerate(graph.edges):
            source_, target = vertices.get(edge.source), edge.target
            if source_ is None or target not in vertices:
                key = "source" if source_ is None else "target"
                name = edge.source if source_ is None else target
                raise self._dangling(("edges", i, key), name, vertices)
            if source_.ends and edge.kind != "loop":
                raise self._error(
                    ("edges", i, "source"),
                    f"An edge leads on from '{edge.source}', which is an exit.",
                )
            if edge.kind == "conditional":
                source_.alternatives.append(target)
            elif edge.kind == "loop":
                source_.loops.append(target)
            else:
                source_.direct.append(target)
        waits = graph.framework in ("adk", "autogen", "crewai")
        start = draw(self._sketch, vertices, graph.entry_id, supersteps=not waits)
        # What one node learns, all later ones may use: the graph does not say what flows where.
        return self._sketch.workflow(start, flow="session")

    def _steps(self, node: GraphNode) -> tuple[Step, ...]:
        kind, sketch = node.kind, self._sketch
        if kind in ("entry", "exit", "passthrough") and not node.tools:
            return ()
        for name in node.tools:
            sketch.tool(name)
        if kind == "tool":
            if not node.tools:
                sketch.assume(f"The node '{node.id}' names no tool: it calls one of its own name.")
                return (Do(sketch.tool(node.id).name),)
            uses = tuple(map(Do, node.tools))
            return uses if len(uses) == 1 else (AnyOf(uses),)
        if kind in ("entry", "exit", "passthrough"):
            return (AnyOf(tuple(map(Do, node.tools)), maybe=True),)
        tool, sort, human = _ORACLES[kind]
        while tool in self._named:
            tool += "_"
        if tool not in sketch.tools:
            sketch.tools[tool] = Tool(tool, sort, _NODE)
        if kind == "subgraph":
            sketch.assume(f"What happens inside the subgraph '{node.id}' is not known.")
        ask = Do(tool, {"node": text(node.id)}, human)
        return (Agent(ask, node.tools),) if node.tools else (ask,)

    # -- complaints ------------------------------------------------------------------------

    def _error(self, path: Path, message: str, hint: str = "") -> PorismError:
        return _inside(self._record, path).error(message, hint)

    def _dangling(self, path: Path, name: str, known: dict[str, Vertex]) -> PorismError:
        what = {"entry_id": "The graph starts at", "exit_ids": "The graph ends at"}.get(
            str(path[0]), "An edge comes from" if path[-1] == "source" else "An edge leads to"
        )
        return self._error(path, f"{what} '{name}', which is no node.", nearest(name, known))

    def _repeated(self, i: int, before: GraphNode, node: GraphNode) -> None:
        if before != node:
            raise self._error(
                ("nodes", i, "id"),
                f"There are two different nodes '{node.id}': edges cannot tell them apart.",
            )
        self._sketch.assume(
            f"The node '{node.id}' stands in the graph more than once: the copies are taken for "
            "one, which may do all that they can."
        )


def _inside(record: Record, path: Path) -> Record:
    for step in path:
        record = record.at(step)
    return record


def _misfit(record: Record, message: str) -> PorismError:
    """What a decoder says, as a sentence with a place: ``... - at `$.nodes[3].kind```."""
    what, _, where = message.partition(" - at `$")
    path: Path = tuple(
        int(number) if number else name
        for name, number in re.findall(r"\.([A-Za-z_]+)|\[(\d+)\]", where)
    )
    part: Record | None = record
    for step in path:
        data = part.data if part else None
        if part and (isinstance(data, dict) or (isinstance(data, list) and isinstance(step, int))):
            part = part.at(step)
    assert part is not None
    if found := re.match(r"Object missing required field `(\w+)`", what):
        kind = {"nodes": "A node", "edges": "An edge"}.get(str(path[0]) if path else "", "A graph")
        return part.error(f"{kind} has no '{found[1]}'.")
    if "Invalid enum value" in what:
        key = path[-1] if path else ""
        kinds = (NodeKind if path and path[0] == "nodes" else EdgeKind).__args__  # type: ignore[attr-defined]
        return part.error(
            f"There is no {key} '{part.data}' that this importer understands.",
            nearest(str(part.data), kinds) or f"There are {', '.join(kinds)}.",
        )
    wanted = re.match(r"Expected `([^`]*)`", what)
    kind = {"str": "a text", "array": "a list", "object": "a mapping"}.get(
        wanted[1] if wanted else "", "something else"
    )
    name = f"'{path[-1]}'" if path and isinstance(path[-1], str) else "This"
    return part.error(f"{name} is {kind}, not {shown(part.data)}.")
