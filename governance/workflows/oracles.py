"""P2: whether an oracle may change its mind: is its determinism load-bearing for a claim?"""

from __future__ import annotations

from governance.workflows.claims import Claim
from governance.workflows.ir import Fork, Perform, Workflow
from governance.workflows.machine import STATE_MASK
from governance.workflows.product import WATCH_SHIFT
from governance.workflows.runs import Run
from governance.workflows.verify import Verifier
from governance.workflows.watching import DENY, PERMIT
from logic.budget import Budget

MOST_STATES = 200_000


def repeats(workflow: Workflow) -> bool:
    """Whether some run may put a question to an oracle twice."""
    oracles = {n.name: n.tool for n in workflow.performs() if _asks_oracle(workflow, n)}
    if not oracles:
        return False
    for name, tool in oracles.items():
        seen: set[str] = set()
        todo = list(workflow.nodes[name].targets())
        while todo:
            at = todo.pop()
            if at in seen:
                continue
            seen.add(at)
            if oracles.get(at) == tool:
                return True
            todo += workflow.nodes[at].targets()
    forks = any(isinstance(n, Fork) for n in workflow.nodes.values())
    return forks and len(set(oracles.values())) < len(oracles)


def _asks_oracle(workflow: Workflow, node: Perform) -> bool:
    return workflow.schema.tools[node.tool].kind == "reason"


def changes_its_mind(run: Run, verifier: Verifier) -> bool:
    """Whether a run has two answers to one question."""
    known: dict[str, object] = {}
    for step in run.steps:
        if step.request is None or step.outcome != "completed":
            continue
        if verifier.workflow.schema.tools[step.request.tool].kind != "reason":
            continue
        question = step.request.tool + repr(sorted(step.request.args.items()))
        if known.setdefault(question, step.response) != step.response:
            return True
    return False


def refuted_by_a_function(verifier: Verifier, claim: Claim, budget: Budget) -> bool | None:
    """Whether a claim is refuted though the oracle gives one answer to each question.

    None where the search came to no end.
    """
    product = verifier.product([claim])
    machine, watch = product.machine, product.watch
    nothing: frozenset[tuple[int, int]] = frozenset()
    first = watch.start << WATCH_SHIFT
    todo = [(s | first, nothing) for s in machine.starts]
    seen = set(todo)
    for state, answers in todo:
        if len(seen) > MOST_STATES or (not len(seen) % 512 and budget.spent()):
            return None
        watched = state >> WATCH_SHIFT
        following: list[tuple[int, frozenset[tuple[int, int]]]] = []
        for move in machine.moves(state & STATE_MASK):
            if move.ask < 0:
                following.append((move.done[0] | watched << WATCH_SHIFT, answers))
                continue
            tool = watch.ask(move.ask).performed.tool
            oracle = verifier.workflow.schema.tools[tool].kind == "reason"
            given = dict(answers).get(move.ask)
            for way in watch.judge(watched, move.ask):
                if way.outcome != DENY:
                    for number, target in enumerate(move.done):
                        if oracle and given is not None and given != number:
                            continue
                        table = answers | {(move.ask, number)} if oracle else answers
                        following.append((target | way.done << WATCH_SHIFT, table))
                    for target in move.failed:
                        following.append((target | way.failed << WATCH_SHIFT, answers))
                if way.outcome != PERMIT:
                    following.append((move.denied[0] | way.denied << WATCH_SHIFT, answers))
        if not following and watch.open(watched):
            return True
        for new in following:
            if new[0] >> WATCH_SHIFT in watch.broken:
                return True
            if new not in seen:
                seen.add(new)
                todo.append(new)
    return False
