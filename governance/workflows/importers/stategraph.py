"""``StateGraph``: one graph of LangGraph, from what it is told to a workflow."""

from __future__ import annotations

import ast
from typing import Protocol

from governance.workflows.importers.flowgraph import Agent, AnyOf, Call, Do, Step, Vertex, draw
from governance.workflows.importers.functions import Functions
from governance.workflows.importers.modules import (
    Function,
    Module,
    Scope,
    argument,
    shorten,
)
from governance.workflows.importers.sketch import Sketch
from governance.workflows.ir import Workflow
from logic.errors import nearest

START, END = "__start__", "__end__"
_NODE = ("node", "action", "metadata", "input", "input_schema", "retry", "retry_policy", "defer",
         "destinations")  # fmt: skip


class Told:
    """A graph, and what it is told, in order."""

    def __init__(self, made: ast.Call, scope: Scope) -> None:
        self.made = made
        self.scope = scope
        self.names: list[str] = []
        self.calls: list[ast.Call] = []
        self.compiled: ast.Call | None = None


class Parts(Protocol):
    """Knows which expressions are graphs."""

    def part(self, node: ast.expr, scope: Scope) -> Told | None:
        """The graph that an expression is, once compiled."""


class StateGraph:
    """One graph, drawn."""

    def __init__(self, reader: Parts, module: Module, told: Told, above: tuple[Told, ...]) -> None:
        self._reader = reader
        self._module = module
        self._told = told
        self._above = (*above, told)
        self._sketch = Sketch(told.names[0], module.span(told.made))
        self._functions = Functions(module, self._sketch)
        self._vertices = {START: Vertex(START), END: Vertex(END, ends=True)}
        self._bodies: dict[str, Function | ast.Lambda] = {}

    def workflow(self) -> Workflow:
        for call in self._told.calls:
            if _method(call) in ("add_node", "add_sequence"):
                getattr(self, f"_{_method(call)}")(call)
        for call in self._told.calls:
            if _method(call) not in ("add_node", "add_sequence"):
                getattr(self, f"_{_method(call)}")(call)
        for name in self._bodies:
            self._commands(name)
        for name in self._vertices:
            vertex = self._vertices[name]
            # A node that nothing follows is where a run of LangGraph ends.
            vertex.ends = vertex.ends or name != START
        if not list(self._vertices[START].targets()):
            raise self._module.error(self._told.made, "Nothing says where this graph starts.")
        self._interrupts()
        return self._sketch.workflow(draw(self._sketch, self._vertices, START), flow="session")

    # -- nodes -----------------------------------------------------------------------------

    def _add_node(self, call: ast.Call) -> None:
        for keyword in call.keywords:
            if keyword.arg not in _NODE:
                raise self._module.error(
                    keyword.value,
                    f"'{keyword.arg or '**'}' of a node is not understood.",
                    nearest(keyword.arg or "", _NODE),
                )
        first, second = argument(call, 0, "node"), argument(call, 1, "action")
        if first is None:
            raise self._module.error(call, "'add_node' does not say which node.")
        if second is None:
            self._node(self._title(first), first, call)
        else:
            self._node(self._text(first, "The name of a node"), second, call)

    def _add_sequence(self, call: ast.Call) -> None:
        nodes = argument(call, 0, "nodes")
        if nodes is None:
            raise self._module.error(call, "'add_sequence' does not say which nodes.")
        before = ""
        for item in self._module.items(nodes, self._told.scope, "The nodes of a sequence"):
            if isinstance(item, ast.Tuple) and len(item.elts) == 2:
                name, action = self._text(item.elts[0], "The name of a node"), item.elts[1]
            else:
                name, action = self._title(item), item
            self._node(name, action, call)
            if before:
                self._vertices[before].direct.append(name)
            before = name

    def _title(self, node: ast.expr) -> str:
        name = self._module.last(node)
        if not name:
            raise self._module.error(node, f"The name of the node '{shorten(node)}' is computed.")
        return name

    def _node(self, name: str, action: ast.expr, call: ast.Call) -> None:
        if name in self._vertices:
            raise self._module.error(call, f"There are two nodes '{name}'.")
        steps = self._steps(name, action)
        vertex = self._vertices[name] = Vertex(name, steps, span=self._module.span(call))
        if any(k.arg in ("retry", "retry_policy") for k in call.keywords):
            vertex.loops.append(name)

    def _steps(self, name: str, action: ast.expr) -> tuple[Step, ...]:
        module, scope = self._module, self._told.scope
        part = self._reader.part(action, scope)
        if part is not None:
            if part in self._above:
                raise module.error(action, "This graph is a node of itself.")
            inner = StateGraph(self._reader, module, part, self._above).workflow()
            self._sketch.tools |= inner.schema.tools
            inner.schema.tools = self._sketch.tools
            self._sketch.workflows[inner.name] = inner
            return (Call(inner.name),)
        found = module.value(action, scope)
        if isinstance(found, ast.Call):
            last = module.last(found.func)
            imported = module.dotted(found.func).startswith("lang")
            if last == "ToolNode" and imported:
                return (AnyOf(tuple(Do(t) for t in self._tools(found, 0))),)
            if is_agent(module, found):
                return (Agent(self._functions.ask(name), self._tools(found, 1)),)
            if (last == "partial" and found.args) or (last == "RunnableLambda" and found.args):
                found = found.args[0]
        if self._functions.is_model(found, scope):
            return (self._functions.ask(name),)
        function = module.function(found, scope)
        if function is None:
            why = f"'{shorten(action)}' is not in this file"
            return (self._functions.unknown(name, action, why),)
        self._bodies[name] = function
        return self._functions.steps(name, function)

    def _tools(self, call: ast.Call, position: int) -> tuple[str, ...]:
        return tools_of(self._module, self._sketch, call, position, self._told.scope)

    # -- edges -----------------------------------------------------------------------------

    def _text(self, node: ast.expr, what: str) -> str:
        return self._module.text(node, self._told.scope, what)

    def _at(self, node: ast.expr, what: str = "The node of an edge") -> str:
        """A node that is named, and that there is."""
        name = self._text(node, what)
        self._known(name, node)
        return name

    def _known(self, name: str, at: ast.AST) -> None:
        if name not in self._vertices:
            raise self._module.error(
                at, f"There is no node '{name}'.", nearest(name, self._vertices)
            )

    def _add_edge(self, call: ast.Call) -> None:
        source, target = argument(call, 0, "start_key"), argument(call, 1, "end_key")
        if source is None or target is None:
            raise self._module.error(call, "An edge leads from one node to another.")
        found = self._module.value(source, self._told.scope)
        several = isinstance(found, ast.List | ast.Tuple)
        sources = (
            self._module.items(source, self._told.scope, "Where edges start")
            if several
            else [source]
        )
        for s in sources:
            self._vertices[self._at(s)].direct.append(self._at(target))

    def _set_entry_point(self, call: ast.Call) -> None:
        if (node := argument(call, 0, "key")) is not None:
            self._vertices[START].direct.append(self._at(node))

    def _set_finish_point(self, call: ast.Call) -> None:
        if (node := argument(call, 0, "key")) is not None:
            self._vertices[self._at(node)].direct.append(END)

    def _set_conditional_entry_point(self, call: ast.Call) -> None:
        self._conditional(START, call, argument(call, 0, "path"), argument(call, 1, "path_map"))

    def _add_conditional_edges(self, call: ast.Call) -> None:
        source = argument(call, 0, "source")
        if source is None:
            raise self._module.error(call, "Conditional edges start at a node.")
        if argument(call, 3, "then") is not None:
            raise self._module.error(call, "'then' of conditional edges is not understood.")
        path, map_ = argument(call, 1, "path"), argument(call, 2, "path_map")
        self._conditional(self._at(source), call, path, map_)

    def _conditional(
        self, source: str, call: ast.Call, path: ast.expr | None, map_: ast.expr | None
    ) -> None:
        module, scope, vertex = self._module, self._told.scope, self._vertices[source]
        if path is None:
            raise module.error(call, "Conditional edges have a function that decides.")
        function = module.function(path, scope)
        if module.last(path) == "tools_condition" and module.dotted(path).startswith("langgraph"):
            results = ["tools", END]
        elif map_ is None:
            if function is None:
                raise module.error(
                    path,
                    f"Where '{shorten(path)}' leads is not written down.",
                    "Give a map from its results to nodes.",
                )
            results = self._results(function, path)
        else:
            results = []
        if function is not None:
            self._no_sends(function)
            vertex.steps = (*vertex.steps, *self._functions.steps(f"{source}/route", function))
        elif module.last(path) != "tools_condition":
            why = f"'{shorten(path)}' is not in this file"
            vertex.steps = (*vertex.steps, self._functions.unknown(f"{source}/route", path, why))
        if map_ is not None:
            found = module.value(map_, scope)
            values = found.values if isinstance(found, ast.Dict) else None
            if values is None:
                values = module.items(map_, scope, "The ways of a conditional edge")
            results = [self._at(v, "Where a conditional edge leads") for v in values]
        for name in results:
            self._known(name, path)
        vertex.alternatives += results

    def _results(self, function: Function | ast.Lambda, at: ast.expr) -> list[str]:
        """What a function that decides may return, where that is written down."""
        module = self._module
        if isinstance(function, ast.Lambda):
            return self._ways(function.body, function)
        if (found := self._literal(function.returns)) is not None:
            return found
        returns = [
            n for n in ast.walk(function) if isinstance(n, ast.Return) and n.value is not None
        ]
        if not returns:
            raise module.error(at, f"'{shorten(at)}' does not say where to go.")
        return [name for r in returns if r.value for name in self._ways(r.value, function)]

    def _ways(self, node: ast.expr, scope: ast.AST) -> list[str]:
        if isinstance(node, ast.IfExp):
            return [*self._ways(node.body, scope), *self._ways(node.orelse, scope)]
        if isinstance(node, ast.List | ast.Tuple):
            raise self._module.error(node, "Several ways at once are not understood here.")
        return [self._module.text(node, scope, "Where it leads")]

    def _literal(self, annotation: ast.expr | None) -> list[str] | None:
        """``Literal["a", END]`` as names; also inside ``Command[...]``."""
        if not isinstance(annotation, ast.Subscript):
            return None
        if self._module.last(annotation.value) == "Command":
            return self._literal(annotation.slice)
        if self._module.last(annotation.value) != "Literal":
            return None
        inner = annotation.slice
        parts = inner.elts if isinstance(inner, ast.Tuple) else [inner]
        return [self._module.text(p, self._module.tree, "Where it leads") for p in parts]

    def _no_sends(self, function: Function | ast.Lambda) -> None:
        for node in ast.walk(function):
            if isinstance(node, ast.Call) and self._module.dotted(node.func).endswith(".Send"):
                raise self._module.error(
                    node, "'Send' is not understood: it starts a number of copies of a node."
                )

    def _commands(self, name: str) -> None:
        """The ways that ``Command(goto=...)`` in a node's function opens."""
        function, vertex = self._bodies[name], self._vertices[name]
        written = None if isinstance(function, ast.Lambda) else self._literal(function.returns)
        ways: list[str] = []
        for node in ast.walk(function):
            if isinstance(node, ast.Call) and self._module.dotted(node.func).endswith(".Command"):
                if argument(node, 99, "graph") is not None:
                    raise self._module.error(node, "A command to another graph is not understood.")
                goto = argument(node, 99, "goto")
                if goto is None:
                    continue
                ways += written if written is not None else self._ways(goto, function)
        for way in dict.fromkeys(ways):
            self._known(way, function)
            vertex.alternatives.append(way)

    def _interrupts(self) -> None:
        """Where a person is asked before or after a node."""
        compiled = self._told.compiled
        for key, before in (("interrupt_before", True), ("interrupt_after", False)):
            given = argument(compiled, 99, key) if compiled is not None else None
            if given is None:
                continue
            found = self._module.value(given, self._told.scope)
            if isinstance(found, ast.Constant) and found.value == "*":
                names = [n for n in self._vertices if n not in (START, END)]
            else:
                items = self._module.items(given, self._told.scope, "The nodes to stop at")
                names = [self._at(item) for item in items]
            for name in names:
                vertex, ask = self._vertices[name], self._functions.person(name)
                vertex.steps = (ask, *vertex.steps) if before else (*vertex.steps, ask)


def is_agent(module: Module, call: ast.Call) -> bool:
    """Whether a call builds an agent that asks a model and uses tools."""
    return module.dotted(call.func).startswith("lang") and module.last(call.func) in (
        "create_react_agent",
        "create_agent",
    )


def tools_of(
    module: Module, sketch: Sketch, call: ast.Call, position: int, scope: ast.AST
) -> tuple[str, ...]:
    """The tools that a call is given, declared."""
    given = argument(call, position, "tools")
    if given is None:
        raise module.error(call, "Which tools there are is not said.")
    items = module.items(given, scope, "The tools")
    if not items:
        raise module.error(given, "There is no tool in this list.")
    return tuple(module.tool(sketch, item, scope) for item in items)


def agent_workflow(module: Module, call: ast.Call, name: str) -> Workflow:
    """The workflow of an agent that stands by itself."""
    sketch = Sketch(name, module.span(call))
    for key in ("pre_model_hook", "post_model_hook", "middleware", "response_format"):
        if (given := argument(call, 99, key)) is not None:
            raise module.error(given, f"'{key}' of an agent is not understood.")
    tools = tools_of(module, sketch, call, 1, module.scope_of(call))
    functions = Functions(module, sketch)
    steps: tuple[Step, ...] = (Agent(functions.ask(name), tools),)
    if argument(call, 99, "interrupt_before") or argument(call, 99, "interrupt_after"):
        raise module.error(call, "Interrupts of a prebuilt agent are not understood.")
    vertex = Vertex(name, steps, ends=True, span=module.span(call))
    return sketch.workflow(draw(sketch, {name: vertex}, name), flow="session")


def _method(call: ast.Call) -> str:
    assert isinstance(call.func, ast.Attribute)
    return call.func.attr
