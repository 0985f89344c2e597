"""What a workflow needs against what it is granted, and where that could lead.

* :func:`footprint`: the tools and kinds that its runs can use; what a policy grants beyond
  (over-privilege), what it needs and is never granted (under-privilege), and rules about tools that
  it does not use;
* :func:`trifecta`: private data, untrusted content and a way out, on one run;
* :func:`widened`: sub-workflows that need, or are granted, more than their caller has.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from governance.policy import Rule, Who
from governance.schema import KINDS, Schema
from governance.workflows.flatten import flatten
from governance.workflows.ir import Perform, SubCall, Workflow
from governance.workflows.machine import STATE_MASK
from governance.workflows.runs import Run
from governance.workflows.verify import Verifier
from governance.workflows.watching import DENY, WATCH_SHIFT
from logic.budget import Budget


class Footprint(msgspec.Struct, frozen=True):
    """The capabilities of a workflow under a policy.

    ``needed`` are the tools that some run asks for, ``used`` those that some run is permitted,
    ``denied`` those that it asks for and is never permitted, ``granted`` those that the policy
    lets the workflow's principal have at all, ``idle`` granted ones that no run asks for.
    """

    needed: tuple[str, ...]
    used: tuple[str, ...]
    denied: tuple[str, ...]
    granted: tuple[str, ...]
    idle: tuple[str, ...]
    unused_rules: tuple[str, ...]
    kinds: Mapping[str, tuple[str, ...]]
    complete: bool = True

    def record(self) -> dict[str, Any]:
        """The footprint as JSON has it."""
        found: dict[str, Any] = msgspec.to_builtins(self)
        return found


def footprint(verifier: Verifier, budget: Budget) -> Footprint:
    """What the runs of a workflow need, and what its policy grants."""
    workflow, schema = verifier.workflow, verifier.policy.schema
    product = verifier.product([])
    explored = product.search(budget)
    needed: dict[str, None] = {}
    used: dict[str, None] = {}
    rules: set[str] = set()
    for state in list(product.parents):
        for move in product.machine.moves(state & STATE_MASK):
            if move.ask < 0:
                continue
            tool = product.watch.ask(move.ask).performed.tool
            needed[tool] = None
            for way in product.watch.judge(state >> WATCH_SHIFT, move.ask):
                rules.update(way.decision.rules)
                if way.outcome != DENY:
                    used[tool] = None
    principals = {n.principal or workflow.principal or "agent" for n in workflow.performs()}
    granted = [
        t
        for t in schema.tools
        if any(_grants(verifier.policy.rules, schema, p, t) for p in principals)
    ]
    kinds: dict[str, tuple[str, ...]] = {
        kind: tuple(t for t in needed if schema.tools[t].kind == kind)
        for kind in map(str, KINDS)
        if any(schema.tools[t].kind == kind for t in needed)
    }
    return Footprint(
        tuple(sorted(needed)),
        tuple(sorted(used)),
        tuple(sorted(set(needed) - set(used))),
        tuple(granted),
        tuple(t for t in granted if t not in needed),
        tuple(
            r.name
            for r in verifier.policy.rules
            if r.name not in rules and r.tools and not set(r.tools) & set(needed)
        ),
        kinds,
        explored.complete and not explored.cut,
    )


def _grants(rules: Sequence[Rule], schema: Schema, principal: str, tool: str) -> bool:
    up = schema.above(schema.principals.get(principal, ()))

    def speaks(who: tuple[Who, ...]) -> bool:
        return not who or any(
            w.name == principal or (w.relation == "in" and w.name in up) for w in who
        )

    return any(
        r.effect != "forbid" and (not r.tools or tool in r.tools) and speaks(r.who) for r in rules
    )


# -- the lethal trifecta -------------------------------------------------------------------------


class Trifecta(msgspec.Struct, frozen=True):
    """A run on which private data and untrusted content have come in before something goes out."""

    private: str
    untrusted: str
    channel: str
    run: Run


def trifecta(
    verifier: Verifier,
    private: Iterable[str],
    untrusted: Iterable[str],
    channels: Iterable[str],
    budget: Budget,
) -> Trifecta | None:
    """The shortest run that completes a private read, an untrusted one, and then a call out.

    None if there is no such run (or, where ``budget`` is spent, none was found).
    """
    product = verifier.product([])
    sources = frozenset(private), frozenset(untrusted)
    out = frozenset(channels)
    first = product.watch.start << WATCH_SHIFT
    todo: list[tuple[int, str, str]] = [(s | first, "", "") for s in product.machine.starts]
    parents: dict[tuple[int, str, str], tuple[int, str, str] | None] = dict.fromkeys(todo)
    for at in todo:
        state, secret, foreign = at
        if not len(parents) % 512 and budget.spent():
            return None
        for move in product.machine.moves(state & STATE_MASK):
            if move.ask < 0:
                _visit((move.done[0] | state & ~STATE_MASK, secret, foreign), at, parents, todo)
                continue
            tool = product.watch.ask(move.ask).performed.tool
            for way in product.watch.judge(state >> WATCH_SHIFT, move.ask):
                if way.outcome != DENY:
                    new = (
                        secret or (tool if tool in sources[0] else ""),
                        foreign or (tool if tool in sources[1] else ""),
                    )
                    for target in move.done:
                        following = target | way.done << WATCH_SHIFT
                        if tool in out and secret and foreign:
                            path = [following, *_back(at, parents)]
                            run = product.run_along(path[::-1])
                            return Trifecta(secret, foreign, tool, run)
                        _visit((following, *new), at, parents, todo)
                    for target in move.failed:
                        following = target | way.failed << WATCH_SHIFT
                        _visit((following, secret, foreign), at, parents, todo)
                if way.outcome != 1:
                    following = move.denied[0] | way.denied << WATCH_SHIFT
                    _visit((following, secret, foreign), at, parents, todo)
    return None


def _visit(
    new: tuple[int, str, str],
    at: tuple[int, str, str],
    parents: dict[tuple[int, str, str], tuple[int, str, str] | None],
    todo: list[tuple[int, str, str]],
) -> None:
    if new not in parents:
        parents[new] = at
        todo.append(new)


def _back(
    at: tuple[int, str, str], parents: Mapping[tuple[int, str, str], tuple[int, str, str] | None]
) -> list[int]:
    found = [at[0]]
    before = parents[at]
    while before is not None:
        found.append(before[0])
        before = parents[before]
    return found


# -- narrowing -----------------------------------------------------------------------------------


class Widened(msgspec.Struct, frozen=True):
    """A call whose callee may use tools that its caller has not, or that it is not granted."""

    call: str
    callee: str
    tools: tuple[str, ...]
    why: str


def widened(workflow: Workflow, held: frozenset[str] | None = None) -> list[Widened]:
    """The calls that do not narrow capabilities; ``held`` are those of the caller (None: all)."""
    own = {n.tool for n in workflow.nodes.values() if isinstance(n, Perform)}
    found = []
    for node in workflow.nodes.values():
        if not isinstance(node, SubCall):
            continue
        callee = workflow.workflows[node.workflow]
        inherited = own if held is None else held
        uses = {n.tool for n in flatten(callee).performs()}
        granted = node.grants
        if granted is None:
            beyond = uses - inherited
            if beyond:
                why = "it uses what its caller does not, and no grant says so"
                found.append(Widened(node.name, callee.name, tuple(sorted(beyond)), why))
            granted = frozenset(inherited)
        elif held is not None and granted - held:
            why = "it is granted what its caller does not have"
            found.append(Widened(node.name, callee.name, tuple(sorted(granted - held)), why))
        if node.grants is not None and node.grants - uses:
            why = "it is granted what it does not use"
            more = tuple(sorted(node.grants - uses))
            found.append(Widened(node.name, callee.name, more, why))
        if node.grants is not None and uses - node.grants:
            why = "it uses what it is not granted, and will be denied"
            less = tuple(sorted(uses - node.grants))
            found.append(Widened(node.name, callee.name, less, why))
        found += widened(callee, frozenset(granted))
    return found
