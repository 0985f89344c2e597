"""Calls of sub-workflows written out: one graph, in which each step knows what it is granted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from msgspec.structs import replace

from governance.sorts import constant
from governance.workflows.ir import (
    Assign,
    Branch,
    Case,
    End,
    Fork,
    Join,
    Node,
    Perform,
    SubCall,
    Variable,
    Workflow,
)
from logic.errors import PorismError
from logic.formulas import And, Atom, Equal, Formula, Not, Or
from logic.terms import App, If, Term, Var

T = TypeVar("T", Term, Formula)


def flatten(workflow: Workflow) -> Workflow:
    """The same workflow without calls; nodes and variables of a callee are named ``call/name``.

    Raises
    ------
    PorismError : a call gives an input of its callee no value.
    """
    if not any(isinstance(n, SubCall) for n in workflow.nodes.values()):
        return workflow
    nodes: dict[str, Node] = {}
    variables = dict(workflow.variables)
    for node in workflow.nodes.values():
        if isinstance(node, SubCall):
            _inline(workflow, node, nodes, variables)
        else:
            nodes[node.name] = node
    return replace_workflow(workflow, nodes=nodes, variables=variables, workflows={})


def replace_workflow(workflow: Workflow, **changes: Any) -> Workflow:
    """A workflow with other parts; not checked again."""
    fields = {f: getattr(workflow, f) for f in workflow.__struct_fields__}
    return Workflow(**{**fields, **changes})


def _inline(
    caller: Workflow, call: SubCall, nodes: dict[str, Node], variables: dict[str, Variable]
) -> None:
    callee = flatten(caller.workflows[call.workflow])
    at = f"{call.name}/"
    names = {v: f"{at}{v}" for v in callee.variables}
    sets: dict[str, Term] = {}
    for v in callee.variables.values():
        given = call.args.get(v.name)
        written = any(v.name in n.writes() for n in callee.nodes.values())
        if given is not None:
            sets[names[v.name]] = given
        elif v.initial is not None:
            sets[names[v.name]] = constant(v.initial, v.sort)
        elif not written:
            raise PorismError(
                f"'{call.name}' does not give '{callee.name}' a value for '{v.name}'.", call.span
            )
        variables[names[v.name]] = replace(v, name=names[v.name])
    after = call.next
    nodes[call.name] = Assign(name=call.name, span=call.span, sets=sets, next=f"{at}{callee.start}")
    for node in callee.nodes.values():
        nodes[f"{at}{node.name}"] = _moved(node, callee, call, at, names, after)


def _moved(
    node: Node, callee: Workflow, call: SubCall, at: str, names: Mapping[str, str], after: str
) -> Node:
    name = f"{at}{node.name}"

    def to(target: str) -> str:
        return f"{at}{target}" if target else ""

    def renamed(terms: Mapping[str, Term]) -> dict[str, Term]:
        return {key: rename(term, names) for key, term in terms.items()}

    match node:
        case Perform():
            grants = node.granted
            if call.grants is not None:
                grants = call.grants if grants is None else grants & call.grants
            denied = to(node.denied)
            if not denied and callee.on_denial == "halt" and call.failed:
                denied = call.failed
            conduct = node.conduct
            if conduct.performs is not None or conduct.permit_of:
                conduct = replace(
                    conduct,
                    performs=None if conduct.performs is None else renamed(conduct.performs),
                    permit_of=to(conduct.permit_of),
                )
            return replace(
                node, name=name, args=renamed(node.args), into=names.get(node.into, ""),
                next=to(node.next), failed=to(node.failed), denied=denied,
                substitute=None if node.substitute is None else rename(node.substitute, names),
                principal=node.principal or callee.principal,
                store=names.get(node.store, ""), recall=names.get(node.recall, ""),
                conduct=conduct, granted=grants,
            )  # fmt: skip
        case Assign():
            sets = {names[k]: rename(t, names) for k, t in node.sets.items()}
            labels = {names[k]: v for k, v in node.labels.items()}
            return replace(node, name=name, sets=sets, labels=labels, next=to(node.next))
        case Branch():
            cases = tuple(
                Case(to(c.to), None if c.guard is None else rename(c.guard, names))
                for c in node.cases
            )
            return replace(node, name=name, cases=cases, otherwise=to(node.otherwise))
        case Fork():
            return replace(
                node, name=name, branches=tuple(map(to, node.branches)), join=to(node.join)
            )
        case Join():
            return replace(node, name=name, next=to(node.next))
        case End():
            result = None if node.result is None else rename(node.result, names)
            taken = {call.into: result} if call.into and result is not None else {}
            return Assign(name=name, span=node.span, sets=taken, next=after)
    return replace(node, name=name)


def rename(expression: T, names: Mapping[str, str]) -> T:
    """A term or formula with other names of variables."""
    found: Any = _rename(expression, names)
    return found  # type: ignore[no-any-return]


def _rename(node: Any, names: Mapping[str, str]) -> Any:
    match node:
        case Var(name, sort):
            return Var(names.get(name, name), sort)
        case App(symbol, args, sort):
            return App(symbol, tuple(_rename(a, names) for a in args), sort)
        case If(condition, then, otherwise):
            return If(_rename(condition, names), _rename(then, names), _rename(otherwise, names))
        case Atom(predicate, args):
            return Atom(predicate, tuple(_rename(a, names) for a in args))
        case Equal(a, b):
            return Equal(_rename(a, names), _rename(b, names))
        case And(a, b):
            return And(_rename(a, names), _rename(b, names))
        case Or(a, b):
            return Or(_rename(a, names), _rename(b, names))
        case Not(body):
            return Not(_rename(body, names))
    return node
