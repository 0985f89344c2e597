"""CrewAI sources, read and never run: crews, their tasks, agents and tools.

In a *sequential* crew the tasks follow each other; each is a loop of asking its agent's model and
using tools of the task, or else of the agent, until the agent is done. An agent that may delegate
can make the others use their tools. In a *hierarchical* crew a manager asks any agent, so that each
task may use the tools of all. ``human_input`` asks a person after the task. Classes with
``@CrewBase``, whose methods make agents, tasks and the crew, are understood too.
"""

from __future__ import annotations

import ast
from typing import NamedTuple

from governance.workflows.importers.flowgraph import Agent, Step, Vertex, draw
from governance.workflows.importers.functions import Functions
from governance.workflows.importers.modules import (
    Function,
    Module,
    argument,
    key_of,
    shorten,
)
from governance.workflows.importers.sketch import Sketch
from governance.workflows.ir import Workflow
from logic.errors import PorismError, nearest

_CALLBACKS = ("before_kickoff", "after_kickoff", "callback", "step_callback", "task_callback",
              "guardrail", "condition")  # fmt: skip


class _Made(NamedTuple):
    """A call that makes an agent, a task or a crew, and where it stands."""

    name: str
    call: ast.Call
    scope: ast.AST


def import_crews(module: Module, name: str = "") -> Workflow:
    """The workflow of the crew that a source makes; of that name, where there are several.

    Raises
    ------
    PorismError : there is none, there are several, or part of it is not written down.
    """
    return _Reader(module).workflow(name)


class _Reader:
    def __init__(self, module: Module) -> None:
        self._module = module
        self._crews = [self._made(c) for c in self._calls("Crew")]

    def _calls(self, kind: str) -> list[ast.Call]:
        module = self._module
        found = [
            n
            for n in ast.walk(module.tree)
            if isinstance(n, ast.Call)
            and module.dotted(n.func).startswith("crewai")
            and module.last(n.func) == kind
        ]
        return sorted(found, key=lambda n: (n.lineno, n.col_offset))

    def _made(self, call: ast.Call) -> _Made:
        """A call, by the variable or the method that keeps what it makes."""
        scope = self._module.scope_of(call)
        for statement in ast.walk(scope):
            if isinstance(statement, ast.Assign) and statement.value is call:
                key = key_of(statement.targets[0])
                if key is not None:
                    return _Made(key.removeprefix("self."), call, scope)
        name = scope.name if not isinstance(scope, ast.Module) else "crew"
        return _Made(name, call, scope)

    def workflow(self, name: str) -> Workflow:
        """The workflow of the crew of that name, or of the only one."""
        flows = [w for w in self._module.imports.values() if w.startswith("crewai.flow")]
        if flows and not name:
            raise self._module.error(
                self._module.tree,
                "Flows of CrewAI are not understood.",
                f"Say which crew, as FILE:NAME: {', '.join(c.name for c in self._crews)}."
                if self._crews
                else "Crews are.",
            )
        if not self._crews:
            raise self._module.error(self._module.tree, "This source makes no crew.")
        found = [c for c in self._crews if not name or c.name == name]
        if not found:
            known = [c.name for c in self._crews]
            raise PorismError(
                f"'{self._module.source.file}' makes no crew '{name}'.",
                self._module.span(self._crews[0].call),
                nearest(name, known) or f"There are {', '.join(known)}.",
            )
        if len(found) > 1:
            raise self._module.error(
                found[1].call,
                f"This source makes {len(found)} crews.",
                f"Say which, as FILE:NAME: {', '.join(c.name for c in found)}.",
            )
        return _Crew(self, self._module, found[0]).workflow()

    def decorated(self, class_: ast.ClassDef, kind: str) -> list[Function]:
        """The methods of a class that make its agents or tasks, in order."""
        return [
            s
            for s in class_.body
            if isinstance(s, ast.FunctionDef | ast.AsyncFunctionDef)
            and any(
                self._module.last(d) == kind and self._module.dotted(d).startswith("crewai")
                for d in s.decorator_list
            )
        ]


class _Crew:
    """One crew, drawn."""

    def __init__(self, reader: _Reader, module: Module, crew: _Made) -> None:
        self._reader = reader
        self._module = module
        self._crew = crew
        self._sketch = Sketch(crew.name, module.span(crew.call))
        self._functions = Functions(module, self._sketch)
        self._agents: list[_Made] = []

    def workflow(self) -> Workflow:
        module, crew, sketch = self._module, self._crew, self._sketch
        self._agents = self._all("agents", "Agent")
        tasks = self._all("tasks", "Task")
        if not tasks:
            raise module.error(crew.call, "This crew has no tasks.")
        process = argument(crew.call, 99, "process")
        kind = "sequential" if process is None else module.last(module.value(process, crew.scope))
        if kind not in ("sequential", "hierarchical"):
            raise module.error(
                process or crew.call, f"There is no process '{kind}' that is understood.",
                "There are sequential and hierarchical.",
            )  # fmt: skip
        for made in (crew, *tasks, *self._agents):
            self._no_callbacks(made)
        vertices: dict[str, Vertex] = {}
        before: Vertex | None = None
        for task in tasks:
            name, number = task.name, 2
            while name in vertices:
                name = f"{task.name} ({number})"
                number += 1
            steps = self._task(name, task, kind == "hierarchical")
            vertex = Vertex(name, steps, span=module.span(task.call))
            if before is not None:
                before.direct.append(name)
            vertices[name] = before = vertex
        if before is not None:
            before.ends = True
        start = draw(sketch, vertices, next(iter(vertices)))
        return sketch.workflow(start, flow="session")

    def _no_callbacks(self, made: _Made) -> None:
        for keyword in made.call.keywords:
            if keyword.arg in _CALLBACKS and not _is_none(keyword.value):
                raise self._module.error(
                    keyword.value, f"'{keyword.arg}' is not understood: it runs code of its own."
                )
            if keyword.arg is None:
                raise self._module.error(
                    keyword.value, "Arguments in '**' are computed.", "Write them down by name."
                )

    # -- what the crew is made of ----------------------------------------------------------

    def _all(self, key: str, kind: str) -> list[_Made]:
        module, crew = self._module, self._crew
        given = argument(crew.call, 99, key)
        if given is None:
            return []
        own = key_of(given)
        class_ = module.class_of(crew.scope)
        if own == f"self.{key}" and class_ is not None:
            methods = self._reader.decorated(class_, key[:-1])
            return [self._of_method(m, kind) for m in methods]
        return [self._one(i, kind, crew.scope) for i in module.items(given, crew.scope, f"'{key}'")]

    def _of_method(self, method: Function, kind: str) -> _Made:
        """What a method makes and returns."""
        module = self._module
        for node in ast.walk(method):
            if isinstance(node, ast.Return) and node.value is not None:
                made = module.value(node.value, method)
                if isinstance(made, ast.Call) and self._is(made, kind):
                    return _Made(method.name, made, method)
        raise module.error(method, f"'{method.name}' does not return a new {kind}.")

    def _is(self, call: ast.Call, kind: str) -> bool:
        name = self._module.dotted(call.func)
        return name.startswith("crewai") and name.rpartition(".")[2] == kind

    def _one(self, node: ast.expr, kind: str, scope: ast.AST) -> _Made:
        """The agent or task that an expression stands for."""
        module = self._module
        made = module.value(node, scope)
        if isinstance(made, ast.Call):
            if self._is(made, kind):
                title = (key_of(node) or kind.lower()).removeprefix("self.")
                place = module.scope_of(made)
                return _Made(title, made, place)
            function = module.function(made.func, scope)
            if function is not None and not isinstance(function, ast.Lambda):
                return self._of_method(function, kind)
        raise module.error(node, f"Which {kind.lower()} '{shorten(node)}' is, is not written down.")

    # -- tasks -----------------------------------------------------------------------------

    def _task(self, name: str, task: _Made, hierarchical: bool) -> tuple[Step, ...]:
        call = task.call
        for key in ("async_execution",):
            given = argument(call, 99, key)
            if given is not None and not _is_false(given):
                raise self._module.error(given, f"'{key}' is not understood.")
        tools = self._tools(task)
        agent = argument(call, 99, "agent")
        if hierarchical:
            tools += [t for a in self._agents for t in self._tools(a)]
            tools += self._manager()
        elif agent is None:
            raise self._module.error(call, f"No agent does the task '{name}'.")
        else:
            who = self._one(agent, "Agent", task.scope)
            if not tools:
                tools = self._tools(who)
            delegates = argument(who.call, 99, "allow_delegation")
            if delegates is not None and not _is_false(delegates):
                tools += [t for a in self._agents for t in self._tools(a)]
        steps: list[Step] = []
        ask = self._functions.ask(name)
        steps.append(Agent(ask, tuple(dict.fromkeys(tools))) if tools else ask)
        person = argument(call, 99, "human_input")
        if person is not None and not _is_false(person):
            steps.append(self._functions.person(name))
        return tuple(steps)

    def _manager(self) -> list[str]:
        given = argument(self._crew.call, 99, "manager_agent")
        if given is None or _is_none(given):
            return []
        return self._tools(self._one(given, "Agent", self._crew.scope))

    def _tools(self, made: _Made) -> list[str]:
        given = argument(made.call, 99, "tools")
        if given is None:
            if argument(made.call, 99, "config") is not None:
                self._sketch.assume(
                    f"'{made.name}' is configured in another file, which is taken to give no tools."
                )
            return []
        module = self._module
        items = module.items(given, made.scope, "The tools")
        return [module.tool(self._sketch, item, made.scope) for item in items]


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _is_false(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value in (False, None)
