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

from governance.workflows.importers.modules import (
    Module,
    Scope,
    key_of,
    shorten,
    statements,
)
from governance.workflows.importers.stategraph import StateGraph, Told, agent_workflow, is_agent
from governance.workflows.ir import Workflow
from logic.errors import PorismError, nearest

_GRAPHS = ("StateGraph", "MessageGraph", "Graph")
_TOLD = ("add_node", "add_edge", "add_conditional_edges", "add_sequence", "set_entry_point",
         "set_finish_point", "set_conditional_entry_point")  # fmt: skip
_ASKED = ("compile", "get_graph", "validate")


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
        self._graphs: list[Told] = []
        self._by_key: dict[tuple[ast.AST, str], Told] = {}
        scopes: list[Scope] = [module.tree, *module.functions]
        for scope in scopes:
            self._scope(scope)

    # -- finding graphs --------------------------------------------------------------------

    def _scope(self, scope: Scope) -> None:
        module = self._module
        for statement, sure in statements(scope.body):
            for call, once in _outer_calls(statement, self._is_graph):
                base, chain = _chain(call, self._is_graph)
                told = None
                if isinstance(base, ast.Call) and self._is_graph(base):
                    told = Told(base, scope)
                    self._graphs.append(told)
                    if not (sure and once):
                        raise module.error(base, "This graph is built only sometimes.")
                elif (key := key_of(base)) is not None:
                    told = self._find(scope, key)
                if told is None:
                    self._handed(call, scope)
                    continue
                for method in chain:
                    self._told(told, method, sure and once, scope)
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

    def _find(self, scope: ast.AST, key: str) -> Told | None:
        class_ = self._module.class_of(scope)
        places = [scope, self._module.tree, *([class_] if class_ is not None else [])]
        return next((t for p in places if (t := self._by_key.get((p, key)))), None)

    def _keep(self, statement: ast.Assign | ast.AnnAssign, told: Told, scope: Scope) -> None:
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

    def _told(self, told: Told, method: ast.Call, sure: bool, scope: Scope) -> None:
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
                    f"'{what}' stands in a loop or a condition: the graph is computed.",
                    "Only a graph that is written down is read.",
                )
            if scope is not told.scope:
                raise self._module.error(
                    method,
                    f"'{what}' stands in another function than the one that makes the graph.",
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
            return self._prebuilt(name)
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
        return StateGraph(self, self._module, told[0], ()).workflow()

    def _prebuilt(self, name: str) -> Workflow:
        """The workflow of an agent that LangGraph builds, where the source builds no graph."""
        module = self._module
        found: dict[str, ast.Call] = {}
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Call) and is_agent(module, node):
                scope = module.scope_of(node)
                title = "agent" if isinstance(scope, ast.Module) else scope.name
                found[f"{title} (line {node.lineno})" if title in found else title] = node
            elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
                key = key_of(node.targets[0])
                if key is not None and is_agent(module, node.value):
                    found = {k: c for k, c in found.items() if c is not node.value}
                    found[key] = node.value
        calls = list(dict.fromkeys(c for k, c in found.items() if not name or k == name))
        if len(calls) != 1:
            raise module.error(
                calls[1] if calls else module.tree,
                f"This source builds {len(calls) or 'no'} agents."
                if found
                else "This source builds no graph.",
                f"There are {', '.join(found)}." if found else "Graphs are made with StateGraph.",
            )
        return agent_workflow(module, calls[0], name or "agent")

    def _parts(self) -> list[Told]:
        """The graphs that are nodes of others."""
        found = []
        for graph in self._graphs:
            for call in graph.calls:
                for value in [*call.args, *(k.value for k in call.keywords)]:
                    part = self.part(value, graph.scope)
                    if part is not None and part is not graph:
                        found.append(part)
        return found

    def part(self, node: ast.expr, scope: Scope) -> Told | None:
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


def _outer_calls(statement: ast.stmt, is_graph: IsGraph) -> list[tuple[ast.Call, bool]]:
    """The calls of a statement that are in no other call's chain, also those in arguments.

    With each, whether it is made once, whenever the statement runs.
    """
    found: list[tuple[ast.Call, bool]] = []
    todo: list[tuple[ast.AST, bool]] = [(statement, True)]
    while todo:
        node, once = todo.pop()
        inner: list[ast.AST] = []
        if isinstance(node, ast.With | ast.AsyncWith):
            inner += [item.context_expr for item in node.items]
        elif isinstance(node, ast.Call):
            found.append((node, once))
            base, chain = _chain(node, is_graph)
            for call in chain:
                inner += [*call.args, *call.keywords]
            if isinstance(base, ast.Call):
                inner += [*base.args, *base.keywords]
            elif not chain:
                inner.append(node.func)
        else:
            once = once and not isinstance(node, _SOMETIMES)
            inner += ast.iter_child_nodes(node)
        todo += [(part, once) for part in inner]
    return found


_SOMETIMES = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.Lambda, ast.IfExp,
              ast.BoolOp)  # fmt: skip
