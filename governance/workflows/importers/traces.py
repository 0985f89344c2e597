"""Traces of tool calls: messages as OpenAI's chat form has them, or runs of agent graphs.

One trace is a straight line; several are merged into a tree, which branches where they differ. A
call is a directive of the kind *call* with the arguments that it had; what a tool answered is not
kept, any answer may come. Which parameters a tool has, and of which sorts, is learned from the
arguments, or told by the ``tools`` of a request where the file has them.

Understood are: a list of messages; ``{"messages": [...], "tools": [...]}``; a list of either; and
the same as JSON lines (one message, or one conversation a line).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from governance.schema import Kind, Parameter, Tool
from governance.sorts import (
    BOOL,
    DECIMAL,
    INT,
    LEAST,
    MOST,
    SCALE,
    TEXT,
    Decimal,
    constant,
    read_decimal,
    set_of,
)
from governance.workflows.importers.parameters import read_parameters
from governance.workflows.importers.sketch import Sketch, parameter_name
from governance.workflows.ir import Perform, Workflow
from governance.workflows.records import JsonPlaces, Record, read_json
from logic.source import Source
from logic.terms import App, Sort, Term

_ROLES = ("system", "developer", "user", "assistant", "tool", "function")
_KINDS: dict[str, Kind] = {
    "tool": "call", "llm": "reason", "human": "call", "router": "compute", "subgraph": "call",
}  # fmt: skip


class Called(NamedTuple):
    """A tool call of a trace; arguments are as JSON has them."""

    tool: str
    args: Mapping[str, Any]
    part: Record
    kind: Kind = "call"


def recognises(data: Any) -> bool:
    """Whether data looks like one or several traces."""
    first = data[0] if isinstance(data, list) and data else data
    if isinstance(first, list) and first:
        first = first[0]
    return isinstance(first, dict) and ("role" in first or "messages" in first or _is_runs(first))


def _is_runs(data: Any) -> bool:
    return isinstance(data, dict) and isinstance(data.get("traces"), list)


def read_lines(source: Source) -> Record:
    """The record of JSON lines: a list of what the lines hold."""
    data: list[Any] = []
    offsets: list[int] = []
    at = 0
    for line in source.text.splitlines(keepends=True):
        if line.strip():
            data.append(read_json(source, at, at + len(line)))
            offsets.append(at)
        at += len(line)
    return _Lines(source, data, offsets)


class _Lines(Record):
    """A list whose parts stand on lines of their own."""

    __slots__ = ("_offsets",)

    def __init__(self, source: Source, data: list[Any], offsets: list[int]) -> None:
        super().__init__(source, data, JsonPlaces(source.text))
        self._offsets = offsets

    def at(self, key: str | int) -> Record:
        """The part on one line."""
        assert isinstance(key, int)
        return Record(self.source, self.data[key], JsonPlaces(self.source.text, self._offsets[key]))


def import_traces(record: Record) -> Workflow:
    """The workflow of which these traces are runs.

    Raises
    ------
    PorismError : a message is malformed or of another form, an answer belongs to no call.
    """
    traces, tools = read_traces(record)
    sketch = Sketch(record.source.file.rpartition("/")[2].partition(".")[0] or "traces")
    sketch.span = record.source.span(0, 1)
    sketch.tools.update(tools)
    sketch.assume("Only what the traces show is in the workflow, and only their arguments.")
    return sketch.workflow(_Tree(sketch).draw(traces))


def read_traces(record: Record) -> tuple[list[list[Called]], dict[str, Tool]]:
    """The tool calls of each trace, and the tools with the sorts of their parameters.

    A generator of least-privilege policies takes its rules from these.
    """
    declared: dict[str, Tool] = {}
    traces = [_trace(part, declared) for part in _conversations(record)]
    if _is_runs(record.data):
        traces = [_run(part) for part in record.at("traces").list("'traces'")]
    if not traces:
        raise record.error("There is no trace in this file.")
    return traces, {**_learn([c for t in traces for c in t], declared), **declared}


def _conversations(record: Record) -> list[Record]:
    data = record.data
    if isinstance(data, dict):
        return [] if _is_runs(data) else [record]
    parts = record.list("A trace")
    if parts and all(isinstance(p.data, dict) and "role" in p.data for p in parts):
        return [record]
    return parts


def _trace(conversation: Record, declared: dict[str, Tool]) -> list[Called]:
    messages = conversation
    if isinstance(conversation.data, dict):
        if "messages" not in conversation:
            raise conversation.error("A conversation has 'messages'.")
        messages = conversation.at("messages")
        if conversation.data.get("tools") is not None:
            _declare(conversation.at("tools"), declared)
    calls: list[Called] = []
    open_: set[str] = set()
    for message in messages.list("A trace"):
        message.mapping("A message")
        role = message.at("role").text("The role of a message")
        if role not in _ROLES:
            raise message.at("role").error(
                f"There is no role '{role}'.", f"The roles are {', '.join(_ROLES)}."
            )
        if role == "tool":
            answered = message.at("tool_call_id").text("'tool_call_id'")
            if answered not in open_:
                raise message.at("tool_call_id").error(
                    f"This answers the call '{answered}', which there is not before it."
                )
        _no_blocks(message)
        if role == "assistant":
            calls += _calls(message, open_)
    return calls


def _no_blocks(message: Record) -> None:
    """Refuse other forms of tool use, in which calls stand among the contents."""
    if isinstance(message.data.get("content"), list):
        for block in message.at("content").list("'content'"):
            kind = block.data.get("type") if isinstance(block.data, dict) else None
            if kind in ("tool_use", "tool_result", "function_call", "server_tool_use"):
                raise block.error(
                    f"Contents of the type '{kind}' are not understood.",
                    "Calls stand in 'tool_calls' of the message.",
                )


def _calls(message: Record, open_: set[str]) -> list[Called]:
    found = []
    if message.data.get("tool_calls") is not None:
        for call in message.at("tool_calls").list("'tool_calls'"):
            call.mapping("A call")
            if call.data.get("type", "function") != "function" or "function" not in call:
                raise call.error("Only calls of functions are understood.")
            if "id" in call:
                open_.add(call.at("id").text("The id of a call"))
            found.append(_called(call.at("function")))
    if message.data.get("function_call") is not None:
        found.append(_called(message.at("function_call")))
    return found


def _called(part: Record) -> Called:
    part.mapping("A call")
    name = part.at("name").text("The name of a function")
    given = part.at("arguments")
    args = given.data
    if isinstance(args, str):
        try:
            args = json.loads(args) if args.strip() else {}
        except (ValueError, RecursionError):
            raise given.error(f"The arguments of '{name}' are no JSON.") from None
    if args is None:
        args = {}
    if not isinstance(args, dict):
        raise given.error(f"The arguments of '{name}' are a mapping of names to values.")
    return Called(name, {parameter_name(k): v for k, v in args.items()}, part)


def _declare(tools: Record, declared: dict[str, Tool]) -> None:
    for part in tools.list("'tools'"):
        part.mapping("A tool")
        function = part.at("function") if "function" in part else part
        name = function.at("name").text("The name of a tool")
        if name not in declared:
            typed = read_parameters(function.at("parameters"), f"'{name}'")
            span = function.at("name").span
            declared[name] = Tool(name, "call", tuple(t.parameter for t in typed), span)


def _run(trace: Record) -> list[Called]:
    """A run of an agent graph: ``[{"node_id": ..., "action_type": ..., "tool_name": ...}]``."""
    found = []
    for step in trace.list("A trace"):
        step.mapping("A step")
        kind = step.at("action_type").text("'action_type'")
        if kind in ("entry", "exit", "passthrough"):
            continue
        if kind not in _KINDS:
            raise step.at("action_type").error(
                f"There is no action '{kind}'.", f"There are {', '.join(_KINDS)}."
            )
        node = step.at("node_id").text("'node_id'")
        if kind == "tool":
            name = step.at("tool_name").text("'tool_name'") if "tool_name" in step else node
            found.append(Called(name, {}, step))
        else:
            tool = {"router": "route"}.get(kind, kind)
            found.append(Called(tool, {"node": node}, step, _KINDS[kind]))
    return found


# -- what is learned -----------------------------------------------------------------------------


def _learn(calls: Sequence[Called], declared: Mapping[str, Tool]) -> dict[str, Tool]:
    by_tool: dict[str, list[Called]] = {}
    for call in calls:
        by_tool.setdefault(call.tool, []).append(call)
    found = {}
    for name, uses in by_tool.items():
        if name in declared:
            _hold(uses, declared[name])
            continue
        values: dict[str, list[Any]] = {}
        for use in uses:
            for key, value in use.args.items():
                if value is not None:
                    values.setdefault(key, []).append(value)
        parameters = tuple(
            Parameter(key, sort_of(given), optional=len(given) < len(uses))
            for key, given in values.items()
        )
        found[name] = Tool(name, uses[0].kind, parameters, uses[0].part.span)
    return found


def _hold(uses: Sequence[Called], tool: Tool) -> None:
    """Hold calls against the tool that the file declares."""
    for use in uses:
        for p in tool.parameters:
            if not p.optional and use.args.get(p.name) is None:
                raise use.part.error(f"This call of '{tool.name}' lacks its argument '{p.name}'.")
        for name, value in use.args.items():
            known = tool.parameter(name)
            if known is None:
                raise use.part.error(f"'{tool.name}' has no parameter '{name}'.")
            if value is not None and known.sort != TEXT and not _fits([value], known.sort):
                raise use.part.error(
                    f"The argument '{name}' of '{tool.name}' is {known.sort}, not {value!r}."
                )


def sort_of(values: Sequence[Any]) -> Sort:
    """The narrowest sort that all of these JSON values have; Text (their JSON) where none is."""
    for sort in (BOOL, INT, DECIMAL):
        if _fits(values, sort):
            return sort
    if all(isinstance(v, list) for v in values):
        items = [i for v in values for i in v]
        for sort in (BOOL, INT, DECIMAL, TEXT):
            if items and _fits(items, sort):
                return set_of(sort)
    return TEXT


def _fits(values: Sequence[Any], sort: Sort) -> bool:
    if sort.name == "Set":
        return all(isinstance(v, list) and _fits(v, sort.args[0]) for v in values)
    if sort == BOOL:
        return all(isinstance(v, bool) for v in values)
    if sort == INT:
        return all(type(v) is int and LEAST <= v <= MOST for v in values)
    if sort == DECIMAL:
        return all(_decimal(v) is not None for v in values)
    return all(isinstance(v, str) for v in values)


def _decimal(value: Any) -> Decimal | None:
    if type(value) is int and LEAST <= value * SCALE <= MOST:
        return Decimal(value * SCALE)
    # repr has no exponent for what has four places and fits into 64 bits, save tiny numbers.
    return read_decimal(repr(value)) if isinstance(value, float) else None


def term_of(value: Any, sort: Sort) -> Term:
    """A JSON value as a constant of a sort that it fits."""
    if sort.name == "Set":
        items = dict.fromkeys(term_of(v, sort.args[0]) for v in value)
        return App("{}", tuple(items), sort)
    if sort == DECIMAL:
        return constant(_decimal(value), DECIMAL)
    if sort == TEXT and not isinstance(value, str):
        return constant(json.dumps(value, ensure_ascii=False, sort_keys=True), TEXT)
    return constant(value, sort)


class _Tree:
    """Traces, merged where they begin alike."""

    def __init__(self, sketch: Sketch) -> None:
        self._sketch = sketch

    def draw(self, traces: Sequence[Sequence[Called]]) -> str:
        """The name of the first node."""
        # Each entry: which traces are still alike, how far; drawn from the leaves to the root.
        root: dict[Any, Any] = {}
        for trace in traces:
            at = root
            for call in trace:
                args = {k: v for k, v in call.args.items() if v is not None}
                key = (call.tool, json.dumps(args, sort_keys=True))
                entry = at.setdefault(key, (call, {}))
                at = entry[1]
            at[None] = None
        return self._level(root)

    def _level(self, root: dict[Any, Any]) -> str:
        sketch = self._sketch
        names: dict[int, str] = {}
        todo: list[tuple[dict[Any, Any], bool]] = [(root, False)]
        while todo:
            level, ready = todo.pop()
            if not ready:
                todo.append((level, True))
                todo += [(entry[1], False) for key, entry in level.items() if key is not None]
                continue
            ways = []
            for key, entry in level.items():
                if key is None:
                    ways.append(sketch.end())
                    continue
                call, below = entry
                tool = sketch.tools[call.tool]
                args = {
                    p.name: term_of(call.args[p.name], p.sort)
                    for p in tool.parameters
                    if call.args.get(p.name) is not None
                }
                ways.append(
                    sketch.add(
                        Perform(name=sketch.name(call.tool), tool=call.tool, args=args,
                                next=names[id(below)], span=call.part.span)
                    )
                )  # fmt: skip
            names[id(level)] = sketch.choice("which", ways)
        return names[id(root)]
