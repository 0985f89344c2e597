"""P3: what no policy decides, shown by two workflows that it cannot tell apart.

Whether a workflow ends is beyond every policy, for a policy sees the directives that are asked for
and their past. The witness is made of the workflow's own first directives: one workflow asks for
them and ends, the other asks for them and then computes without end. Both are explored under the
policy, and must ask for the same.
"""

from __future__ import annotations

from typing import NamedTuple

from governance.policy import Policy
from governance.request import Request
from governance.sorts import ANY, constant
from governance.workflows.claims import Claim, Goal
from governance.workflows.ir import Assign, End, Node, Perform, Workflow
from governance.workflows.machine import STATE_MASK
from governance.workflows.performing import placeholder
from governance.workflows.runs import Run
from governance.workflows.verify import Verifier
from logic.formulas import TRUE

DEEPEST = 2


class Twins(NamedTuple):
    """Two workflows, the directives that both ask for, and the run of the one that ends."""

    ending: Workflow
    endless: Workflow
    directives: tuple[Request, ...]
    run: Run


def twins(workflow: Workflow, policy: Policy) -> Twins | None:
    """Two workflows that a policy decides alike, of which one ends."""
    for count in range(DEEPEST, -1, -1):
        ending, endless = _made(workflow, count, True), _made(workflow, count, False)
        goal = Claim("the end", Goal(TRUE))
        here, there = (Verifier(w, policy, solver=False).check(goal) for w in (ending, endless))
        if here.run is None or not here.proved or not there.refuted:
            continue
        asked = _asked(here.run)
        product = Verifier(endless, policy, solver=False).product([])
        product.search()
        tokens = product.machine.tokens
        spinning = next((s for s in product.parents if tokens(s & STATE_MASK) == ["last"]), None)
        if spinning is not None and _asked(product.run(spinning)) == asked:
            return Twins(ending, endless, asked, here.run)
    return None


def _asked(run: Run) -> tuple[Request, ...]:
    return tuple(s.request for s in run.steps if s.request is not None)


def _made(workflow: Workflow, count: int, ends: bool) -> Workflow:
    """The first directives in a row, and then the end, or none."""
    performs = [n for n in workflow.performs() if n.tool in workflow.schema.tools][:count]
    nodes: dict[str, Node] = {}
    for number, node in enumerate(performs):
        args = {}
        for p in workflow.schema.tools[node.tool].parameters:
            if not p.optional and p.sort.name != "Set" and p.sort != ANY:
                args[p.name] = constant(placeholder(workflow.schema, p), p.sort)
        following = f"d{number + 1}" if number + 1 < len(performs) else "last"
        nodes[f"d{number}"] = Perform(
            name=f"d{number}", tool=node.tool, args=args, next=following, principal=node.principal
        )
    last: Node = End(name="last") if ends else Assign(name="last", sets={}, next="last")
    nodes["last"] = last
    return Workflow(
        name="ending" if ends else "endless",
        schema=workflow.schema,
        nodes=nodes,
        start=next(iter(nodes)),
        principal=workflow.principal,
    )
