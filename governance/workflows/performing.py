"""What a node that performs needs, compiled; and values where it does not matter which."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from governance.runtime.evaluate import Getter
from governance.schema import Parameter, Schema
from governance.sorts import (
    BOOL,
    DECIMAL,
    DURATION,
    ENTITY,
    TIME,
    Decimal,
    Duration,
    Entity,
    Time,
    Value,
)
from governance.workflows.ir import Perform, Workflow
from logic.errors import PorismError
from logic.formulas import free_variables

if TYPE_CHECKING:
    from governance.workflows.machine import Machine


class Performing:
    """What a node that performs needs, compiled."""

    def __init__(self, machine: Machine, node: Perform) -> None:
        tool = machine.schema.tools[node.tool]
        looked_at = machine.slice.parameters[node.tool]
        self.args = self._getters(machine, node.args, looked_at, tool.parameters)
        performs = node.conduct.performs
        self.performed = (
            []
            if performs is None
            else self._getters(machine, {**node.args, **performs}, looked_at, tool.parameters)
        )
        self.reads = sorted({v.name for t in node.args.values() for v in free_variables(t)})
        self.black_box = tool.kind == "memory" and not node.store and not node.recall
        self.responses: tuple[Value, ...] = (None,)
        if node.into and node.into in machine.where:
            self.responses = machine.slice.values(machine.workflow.variables[node.into])
        getter = machine.compiler.getter
        self.substitute: Getter | None = None
        if node.substitute is not None and node.into in machine.where:
            self.substitute = getter(node.substitute)
        self.stored: Getter | None = None
        if node.store in machine.where:
            self.stored = getter(node.args[node.stored])

    @staticmethod
    def _getters(
        machine: Machine, args: Any, looked_at: frozenset[str], parameters: Sequence[Parameter]
    ) -> list[tuple[str, Getter]]:
        found = []
        for p in parameters:
            if p.name in args and p.name in looked_at:
                found.append((p.name, machine.compiler.getter(args[p.name])))
            elif not p.optional or p.name in args:
                value = placeholder(machine.schema, p)
                found.append((p.name, _constant(value)))
        return found


def _constant(value: Value) -> Getter:
    return lambda _: value


def placeholder(schema: Schema, parameter: Parameter) -> Value:
    """Some value of a parameter's sort, where it does not matter which."""
    sort = parameter.sort
    if members := schema.members(sort):
        return members[0]
    if sort == BOOL:
        return False
    if sort.name == "Set":
        return frozenset()
    wrap: dict[Any, Any] = {DECIMAL: Decimal, DURATION: Duration, TIME: Time}
    if sort in wrap or sort.name == "Int":
        return wrap.get(sort, int)(0)
    return Entity("x") if sort == ENTITY else "x"


def written_first(workflow: Workflow, name: str) -> bool:
    """Whether each path from the start writes a variable before anything reads it."""
    seen: set[str] = set()
    todo = [workflow.start]
    while todo:
        at = todo.pop()
        if at in seen:
            continue
        seen.add(at)
        node = workflow.nodes.get(at)
        if node is None:
            raise PorismError(f"There is no node '{at}'.")
        reads = {v.name for _, t in node.terms() for v in free_variables(t)}
        if isinstance(node, Perform) and node.recall:
            reads.add(node.recall)
        if name in reads:
            return False
        if name not in node.writes():
            todo += node.targets()
        elif isinstance(node, Perform) and node.substitute is None:
            todo += [t for t in (node.failed, node.denied) if t]
    return True
