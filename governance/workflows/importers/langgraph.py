"""LangGraph sources, read and never run: what ``StateGraph`` is told, where it is written down.

Understood are ``add_node``, ``add_edge`` (also from several), ``add_sequence``,
``add_conditional_edges`` with a map or a function whose results are written down,
``set_entry_point``, ``set_finish_point``, ``set_conditional_entry_point``, ``compile`` with
``interrupt_before`` and ``interrupt_after``, ``ToolNode``, ``tools_condition``,
``create_react_agent``, ``Command(goto=...)``, and graphs as nodes of graphs. A graph that is built
in a loop or a condition, or handed to other code, is refused.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import TypeAlias

from governance.workflows.importers.flowgraph import Agent, AnyOf, Call, Do, Step, Vertex, draw
from governance.workflows.importers.functions import Functions
from governance.workflows.importers.modules import (
    Function,
    Module,
    Scope,
    argument,
    key_of,
    shorten,
    statements,
)
from governance.workflows.importers.sketch import Sketch
from governance.workflows.ir import Workflow
from logic.errors import PorismError, nearest

START, END = "__start__", "__end__"
_GRAPHS = ("StateGraph", "MessageGraph", "Graph")
_TOLD = ("add_node", "add_edge", "add_conditional_edges", "add_sequence", "set_entry_point",
         "set_finish_point", "set_conditional_entry_point")  # fmt: skip
_ASKED = ("compile", "get_graph", "validate")


class _Told:
    """A graph, and what it is told, in order."""

    def __init__(self, made: ast.Call, scope: Scope) -> None:
        self.made = made
        self.scope = scope
        self.names: list[str] = []
        self.calls: list[ast.Call] = []
        self.compiled: ast.Call | None = None


def import_graphs(module: Module, name: str = "") -> Workflow:
    """The workflow of the graph that a source builds; of that name, where there are several.

    Raises
    ------
    PorismError : there is none, there are several, or part of it is not written down.
    """
    return _Reader(module).workflow(name)


class _Reader:
    def __init__(self, module: Module) -> None:
        self._module = module
        self._graphs: list[_Told] = []
        self._by_key: dict[tuple[ast.AST, str], _Told] = {}
        self._agents: dict[str, ast.Call] = {}
        scopes: list[Scope] = [module.tree, *module.functions]
        for scope in scopes:
            self._scope(scope)

    # -- finding graphs --------------------------------------------------------------------

    def _scope(self, scope: Scope) -> None:
        module = self._module
        for statement, sure in statements(scope.body):
            for call in _outer_calls(statement, self._is_graph):
                base, chain = _chain(call, self._is_graph)
                told = None
                if isinstance(base, ast.Call) and self._is_graph(base):
                    told = _Told(base, scope)
                    self._graphs.append(told)
                    if not sure:
                        raise module.error(base, "This graph is built only sometimes.")
                elif (key := key_of(base)) is not None:
                    told = self._find(scope, key)
                if told is None:
                    self._handed(call, scope)
                    continue
                for method in chain:
                    self._told(told, method, sure)
                if call.args or call.keywords:
                    self._handed(call, scope, chain)
                if isinstance(statement, ast.Assign | ast.AnnAssign):
                    self._keep(statement, told, scope)
                elif isinstance(statement, ast.Return) and not isinstance(scope, ast.Module):
                    told.names.append(scope.name)
            self._aliases(statement, scope)

    def _is_graph(self, call: ast.Call) -> bool:
        name = self._module.dotted(call.func)
        return name.startswith("langgraph") and name.rpartition(".")[2] in _GRAPHS

    def _find(self, scope: ast.AST, key: str) -> _Told | None:
        class_ = self._module.class_of(scope)
        places = [scope, self._module.tree, *([class_] if class_ is not None else [])]
        return next((t for p in places if (t := self._by_key.get((p, key)))), None)

    def _keep(self, statement: ast.Assign | ast.AnnAssign, told: _Told, scope: Scope) -> None:
        module = self._module
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        for target in targets:
            key = key_of(target)
            if key is None:
                raise module.error(target, f"A graph is kept in '{shorten(target)}'.")
            class_ = module.class_of(scope)
            place: ast.AST = class_ if class_ is not None and "." in key else scope
            before = self._by_key.get((place, key))
            if before is not None and before is not told:
                raise module.error(target, f"'{key}' is two graphs, one after the other.")
            self._by_key[place, key] = told
            told.names.append(key.removeprefix("self."))

    def _told(self, told: _Told, method: ast.Call, sure: bool) -> None:
        assert isinstance(method.func, ast.Attribute)
        what = method.func.attr
        if told.compiled is not None:
            if what in _TOLD:
                raise self._module.error(method, f"'{what}' comes after the graph is compiled.")
            return  # what is called on a compiled graph runs it
        if what in _TOLD:
            if not sure:
                raise self._module.error(
                    method,
                    f"'{what}' stands in a loop or a condition: what the graph is told is computed.",
                    "Only a graph that is written down is read.",
                )
            told.calls.append(method)
        elif what == "compile":
            told.compiled = method
        elif what not in _ASKED:
            raise self._module.error(
                method, f"'{what}' of a graph is not understood.", nearest(what, _TOLD)
            )

    def _handed(self, call: ast.Call, scope: Scope, chain: Sequence[ast.Call] = ()) -> None:
        """Refuse graphs that are handed to code which may tell them more."""
        inside = [*call.args, *(k.value for k in call.keywords)]
        for method in chain:
            inside += [*method.args, *(k.value for k in method.keywords)]
        for value in inside:
            key = key_of(value)
            told = self._find(scope, key) if key is not None else None
            if told is not None and told.compiled is None:
                raise self._module.error(
                    value, f"The graph '{key}' is handed to other code before it is compiled."
                )

    def _aliases(self, statement: ast.stmt, scope: Scope) -> None:
        if isinstance(statement, ast.Assign) and (key := key_of(statement.value)) is not None:
            told = self._find(scope, key)
            if told is not None and told.compiled is None:
                raise self._module.error(statement.value, f"The graph '{key}' gets a second name.")

    # -- which one -------------------------------------------------------------------------

    def workflow(self, name: str) -> Workflow:
        """The workflow of the graph of that name, or of the only one that is no part of others."""
        told = self._graphs
        if not told:
            raise self._module.error(self._module.tree, "This source builds no graph.")
        for i, graph in enumerate(told, 1):
            graph.names = graph.names or [f"graph{i}"]
        if name:
            told = [t for t in told if name in t.names]
        else:
            parts = self._parts()
            told = [t for t in told if t not in parts] or told
        if len(told) != 1:
            known = [n for t in self._graphs for n in t.names]
            if name and not told:
                raise PorismError(
                    f"'{self._module.source.file}' builds no graph '{name}'.",
                    self._module.span(self._graphs[0].made),
                    nearest(name, known) or f"There are {', '.join(known)}.",
                )
            raise self._module.error(
                told[1].made,
                f"This source builds {len(told)} graphs.",
                f"Say which, as FILE:NAME: {', '.join(t.names[0] for t in told)}.",
            )
        return _Graph(self, self._module, told[0], ()).workflow()

    def _parts(self) -> list[_Told]:
        """The graphs that are nodes of others."""
        found = []
        for graph in self._graphs:
            for call in graph.calls:
                for value in [*call.args, *(k.value for k in call.keywords)]:
                    part = self.part(value, graph.scope)
                    if part is not None and part is not graph:
                        found.append(part)
        return found

    def part(self, node: ast.expr, scope: Scope) -> _Told | None:
        """The graph that an expression is, once compiled."""
        if (key := key_of(node)) is not None:
            found = self._find(scope, key)
            return found if found is not None and found.compiled is not None else None
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Attribute) and node.func.attr == "compile":
                key = key_of(node.func.value)
                return self._find(scope, key) if key is not None else None
            function = self._module.function(node.func, scope)
            found_in = [t for t in self._graphs if t.scope is function]
            return found_in[0] if len(found_in) == 1 and not node.args else None
        return None


class _Graph:
    """One graph, drawn."""

    def __init__(
        self, reader: _Reader, module: Module, told: _Told, above: tuple[_Told, ...]
    ) -> None:
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
        self._vertices[name] = Vertex(name, steps, span=self._module.span(call))

    def _steps(self, name: str, action: ast.expr) -> tuple[Step, ...]:
        module, scope = self._module, self._told.scope
        part = self._reader.part(action, scope)
        if part is not None:
            if part in self._above:
                raise module.error(action, "This graph is a node of itself.")
            inner = _Graph(self._reader, module, part, self._above).workflow()
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
            if last in ("create_react_agent", "create_agent") and imported:
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
        given = argument(call, position, "tools")
        if given is None:
            raise self._module.error(call, "Which tools there are is not said.")
        scope = self._told.scope
        items = self._module.items(given, scope, "The tools")
        if not items:
            raise self._module.error(given, "There is no tool in this list.")
        return tuple(self._module.tool(self._sketch, item, scope) for item in items)

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


def _method(call: ast.Call) -> str:
    assert isinstance(call.func, ast.Attribute)
    return call.func.attr


IsGraph: TypeAlias = Callable[[ast.Call], bool]


def _chain(call: ast.Call, is_graph: IsGraph) -> tuple[ast.expr, list[ast.Call]]:
    """``g.a().b()`` as its base and its calls in order."""
    calls: list[ast.Call] = []
    node: ast.expr = call
    while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        if is_graph(node):
            break
        calls.append(node)
        node = node.func.value
        if key_of(node) is not None:
            break
    return node, calls[::-1]


def _outer_calls(statement: ast.stmt, is_graph: IsGraph) -> list[ast.Call]:
    """The calls of a statement that are in no other call's chain; those in arguments too."""
    found: list[ast.Call] = []
    todo: list[ast.AST] = [statement]
    while todo:
        node = todo.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            continue
        if isinstance(node, ast.With | ast.AsyncWith):
            todo += [item.context_expr for item in node.items]
            continue
        if isinstance(node, ast.Call):
            found.append(node)
            base, chain = _chain(node, is_graph)
            for call in chain:
                todo += [*call.args, *call.keywords]
            if isinstance(base, ast.Call):
                todo += [*base.args, *base.keywords]
            elif not chain:
                todo += [node.func, *node.args, *node.keywords]
            continue
        todo += ast.iter_child_nodes(node)
    return found
