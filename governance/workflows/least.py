"""The least policy that permits a set of traces: a beginning for a policy of one's own."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from governance.past import Monitor, Pattern
from governance.policy import Rule, RuleSet, Who
from governance.printing import named_monitor
from governance.request import Request
from governance.schema import Schema
from governance.sorts import constant, set_of
from governance.workflows.importers.traces import read_traces
from governance.workflows.records import Record
from logic.formulas import TRUE, And, Atom, Equal, Formula
from logic.terms import App, Var

MOST_VALUES = 8
"""An argument that took more values than this is not bound to them."""


def least_policy(
    schema: Schema, traces: Iterable[Sequence[Request]], name: str = "least"
) -> RuleSet:
    """The policy that permits only the tools of some traces, to those who used them.

    An argument that took few values is bound to them, a number to the interval that it took. A
    tool that in every trace came after another needs it to have completed. Every trace is
    permitted, if what it asks for completes.
    """
    requests: dict[tuple[str, str], list[Request]] = {}
    before: dict[tuple[str, str], set[str]] = {}
    for trace in traces:
        seen: set[str] = set()
        for request in trace:
            key = (request.principal, request.tool)
            requests.setdefault(key, []).append(request)
            before[key] = before[key] & seen if key in before else set(seen)
            seen.add(request.tool)
    always = _always(before)
    rules, monitors = [], dict[str, Monitor]()
    for (principal, tool), found in requests.items():
        parts: list[Formula] = []
        for p in schema.tools[tool].parameters:
            values = [r.args.get(p.name) for r in found]
            if p.optional or any(v is None for v in values) or p.sort.name == "Set":
                continue
            bound = _bound(Var(p.name, p.sort), values, schema)
            parts += [bound] if bound is not None else []
        needed = before[principal, tool] - {tool}
        for other in sorted(needed):
            # What another of them needs in turn need not be said.
            if not any(other in always[via] for via in needed):
                monitor = named_monitor("once", Pattern("completed", (other,)))
                monitors[monitor.name] = monitor
                parts.append(Atom(monitor.name, ()))
        condition: Formula = TRUE
        for part in parts:
            condition = part if condition == TRUE else And(condition, part)
        who = (Who("is", principal),)
        rules.append(Rule(f"{principal}_{tool}", "permit", who, (tool,), condition))
    return RuleSet(name, schema, rules, monitors)


def _always(before: Mapping[tuple[str, str], set[str]]) -> dict[str, set[str]]:
    """What has come before each tool, whoever used it."""
    found: dict[str, set[str]] = {}
    for (_, tool), others in before.items():
        found[tool] = found[tool] & others if tool in found else set(others)
    return {tool: others - {tool} for tool, others in found.items()}


def policy_of_traces(record: Record, principal: str = "agent") -> RuleSet:
    """The least policy, its schema included, for recorded tool calls.

    Raises
    ------
    PorismError : the record holds no traces.
    """
    traces, tools = read_traces(record)
    schema = Schema(tools=dict(tools))
    schema.principals[principal] = ()
    schema.check()
    converted = schema.validators()
    return least_policy(
        schema,
        [[Request(principal, c.tool, converted[c.tool](c.args)) for c in t] for t in traces],
    )


def _bound(variable: Var, values: Sequence[Any], schema: Schema) -> Formula | None:
    """What a variable is bound to, having taken these values."""
    sort = variable.sort
    if schema.ordered(sort) and sort.name not in schema.lattices:
        low, high = constant(min(values), sort), constant(max(values), sort)
        return And(Atom("<=", (low, variable)), Atom("<=", (variable, high)))
    distinct = sorted(set(values), key=lambda v: json.dumps(str(v)))
    if len(distinct) > MOST_VALUES:
        return None
    if len(distinct) == 1:
        return Equal(variable, constant(distinct[0], sort))
    items = tuple(constant(v, sort) for v in distinct)
    return Atom("in", (variable, App("{}", items, set_of(sort))))
