"""Whether the parts of a workflow fit together, with sentences for what does not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from governance.schema import KINDS
from governance.sorts import ANY, NUMBERS, Undefined, Value, convert
from governance.workflows.ir import (
    Assign,
    Branch,
    Fork,
    Interval,
    Join,
    Node,
    Perform,
    SubCall,
    Variable,
    Workflow,
    within,
)
from logic.errors import PorismError, Span, nearest
from logic.formulas import Formula, free_variables
from logic.terms import Sort, Term


def check(workflow: Workflow) -> None:
    """Hold the parts of a workflow against each other."""
    _check_variables(workflow)
    if workflow.start not in workflow.nodes:
        raise _error(
            workflow,
            f"The workflow starts at '{workflow.start}', which is no node.",
            workflow.span,
            nearest(workflow.start, workflow.nodes),
        )
    for node in workflow.nodes.values():
        for target in node.targets():
            if target not in workflow.nodes:
                raise _error(
                    workflow,
                    f"The edge from '{node.name}' leads to '{target}', which is no node.",
                    node.span,
                    nearest(target, workflow.nodes),
                )
        if isinstance(node, Assign | Perform | SubCall | Join) and not node.next:
            raise _error(workflow, f"'{node.name}' does not say what comes next.", node.span)
        for part, term in node.terms():
            _check_names(workflow, node, part, term)
        for name in node.writes():
            _variable(workflow, node, name)
        _CHECKS.get(type(node), _nothing)(workflow, node)
    for called in workflow.workflows.values():
        called.check()
    _check_recursion(workflow, (workflow.name,))


def _error(workflow: Workflow, message: str, span: Span | None, hint: str = "") -> PorismError:
    return PorismError(message, span or workflow.span, hint)


def _check_variables(workflow: Workflow) -> None:
    for v in workflow.variables.values():
        inner = v.sort.args[0] if v.sort.name == "Set" and v.sort.args else v.sort
        if inner != ANY and workflow.schema.sort(inner.name) is None:
            raise _error(
                workflow,
                f"The variable '{v.name}' has the unknown sort '{v.sort}'.",
                workflow.span,
                nearest(inner.name, [*workflow.schema.lattices, *workflow.schema.enumerations]),
            )
        values = v.domain if isinstance(v.domain, tuple) else ()
        if isinstance(v.domain, Interval) and v.sort not in NUMBERS:
            raise _error(
                workflow, f"'{v.name}' has an interval, and {v.sort} no order.", workflow.span
            )
        if v.domain == () or (isinstance(v.domain, Interval) and v.domain.low > v.domain.high):
            raise _error(workflow, f"The domain of '{v.name}' is empty.", workflow.span)
        for value in (*values, *([] if v.initial is None else [v.initial])):
            _check_value(workflow, v, value)
        if v.initial is not None and not within(v.initial, v.domain):
            raise _error(
                workflow, f"The initial value of '{v.name}' is not in its domain.", workflow.span
            )


def _check_value(workflow: Workflow, v: Variable, value: Value) -> None:
    members = workflow.schema.members(v.sort)
    try:
        if v.sort != ANY:
            convert(value, v.sort)
        good = not members or value in members
    except Undefined:
        good = False
    if not good:
        raise _error(
            workflow, f"{value!r} is no value of sort {v.sort}, for '{v.name}'.", workflow.span
        )


def _variable(workflow: Workflow, node: Node, name: str) -> Variable:
    found = workflow.variables.get(name)
    if found is None:
        raise _error(
            workflow,
            f"'{node.name}' speaks of the variable '{name}', which there is not.",
            node.span,
            nearest(name, workflow.variables),
        )
    return found


def _check_names(workflow: Workflow, node: Node, part: str, term: Term | Formula) -> None:
    for v in free_variables(term):
        declared = _variable(workflow, node, v.name)
        if declared.sort != v.sort and ANY not in (declared.sort, v.sort):
            raise _error(
                workflow,
                f"'{node.name}' takes '{v.name}' for {v.sort}, and it is {declared.sort} "
                f"(in '{part}').",
                node.span,
            )


def _fits(workflow: Workflow, node: Node, what: str, term: Term, sort: Sort) -> None:
    if term.sort != sort and ANY not in (term.sort, sort):
        raise _error(
            workflow,
            f"'{node.name}' gives '{what}' a value of sort {term.sort}; it is {sort}.",
            node.span,
        )


def _check_labels(workflow: Workflow, node: Node, labels: Mapping[str, str]) -> None:
    for lattice, label in labels.items():
        known = workflow.schema.lattices.get(lattice)
        if known is None or label not in known.labels:
            raise _error(
                workflow,
                f"'{node.name}' speaks of the label {lattice}.{label}, which there is not.",
                node.span,
                nearest(label, known.labels)
                if known
                else nearest(lattice, workflow.schema.lattices),
            )


def _check_recursion(workflow: Workflow, above: tuple[str, ...]) -> None:
    for called in workflow.workflows.values():
        if called.name in above:
            raise _error(
                workflow,
                f"The workflow '{called.name}' calls itself.",
                workflow.span,
                "A loop is an edge back; calls cannot be recursive.",
            )
        _check_recursion(called, (*above, called.name))


def _nothing(workflow: Workflow, node: Any) -> None:
    pass


def _check_perform(workflow: Workflow, node: Perform) -> None:
    tool = workflow.schema.tools.get(node.tool)
    if tool is None:
        raise _error(
            workflow,
            f"'{node.name}' performs '{node.tool}', which is no tool.",
            node.span,
            nearest(node.tool, workflow.schema.tools) or "Tools are declared in the schema.",
        )
    if node.kind is not None and node.kind not in KINDS:
        raise _error(
            workflow,
            f"'{node.kind}' is no kind of directive.",
            node.span,
            f"The kinds are {', '.join(KINDS)}.",
        )
    for args in (node.args, node.conduct.performs or {}):
        for name, term in args.items():
            parameter = tool.parameter(name)
            if parameter is None:
                raise _error(
                    workflow,
                    f"'{node.name}' gives '{node.tool}' an argument '{name}', which it has not.",
                    node.span,
                    nearest(name, [p.name for p in tool.parameters]),
                )
            _fits(workflow, node, name, term, parameter.sort)
    for p in tool.parameters:
        if not p.optional and p.name not in node.args:
            raise _error(
                workflow,
                f"'{node.name}' does not give '{node.tool}' its argument '{p.name}'.",
                node.span,
            )
    _check_labels(workflow, node, node.labels)
    if node.substitute is not None and node.into:
        _fits(workflow, node, node.into, node.substitute, workflow.variables[node.into].sort)
    for cell in (node.store, node.recall):
        if cell:
            _variable(workflow, node, cell)
    if node.store and node.stored not in node.args:
        raise _error(
            workflow,
            f"'{node.name}' stores the argument '{node.stored}', which it does not give.",
            node.span,
        )
    if node.conduct.permit_of and not isinstance(
        workflow.nodes.get(node.conduct.permit_of), Perform
    ):
        raise _error(
            workflow,
            f"'{node.name}' goes by the permit of '{node.conduct.permit_of}', which asks for none.",
            node.span,
        )


def _check_assign(workflow: Workflow, node: Assign) -> None:
    for name, term in node.sets.items():
        _fits(workflow, node, name, term, workflow.variables[name].sort)
    for name, labels in node.labels.items():
        _variable(workflow, node, name)
        _check_labels(workflow, node, labels)


def _check_branch(workflow: Workflow, node: Branch) -> None:
    if not node.cases and not node.otherwise:
        raise _error(workflow, f"The branch '{node.name}' has no case.", node.span)


def _check_fork(workflow: Workflow, node: Fork) -> None:
    if not isinstance(workflow.nodes.get(node.join), Join):
        raise _error(
            workflow, f"The fork '{node.name}' meets at '{node.join}', which is no join.", node.span
        )
    if len(node.branches) < 2:
        raise _error(workflow, f"The fork '{node.name}' has fewer than two branches.", node.span)


def _check_call(workflow: Workflow, node: SubCall) -> None:
    called = workflow.workflows.get(node.workflow)
    if called is None:
        raise _error(
            workflow,
            f"'{node.name}' calls the workflow '{node.workflow}', which there is not.",
            node.span,
            nearest(node.workflow, workflow.workflows),
        )
    for name, term in node.args.items():
        wanted = called.variables.get(name)
        if wanted is None:
            raise _error(
                workflow,
                f"'{node.name}' gives '{called.name}' a value for '{name}', which it has not.",
                node.span,
                nearest(name, called.variables),
            )
        _fits(workflow, node, name, term, wanted.sort)
    for tool in node.grants or ():
        if tool not in workflow.schema.tools:
            raise _error(
                workflow,
                f"'{node.name}' grants '{tool}', which is no tool.",
                node.span,
                nearest(tool, workflow.schema.tools),
            )


_CHECKS: dict[type[Node], Any] = {
    Perform: _check_perform,
    Assign: _check_assign,
    Branch: _check_branch,
    Fork: _check_fork,
    SubCall: _check_call,
}
