"""Deadlock and livelock under denial: runs that come to no end because of what they are refused."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from governance.workflows.machine import STATE_MASK
from governance.workflows.product import WATCH_SHIFT, Product
from governance.workflows.replay import Untimely, replay
from governance.workflows.runs import Run
from governance.workflows.verify import Verifier
from governance.workflows.watching import DENY, PERMIT
from logic.budget import Budget


class Stall(msgspec.Struct, frozen=True):
    """A run that comes to no end.

    ``kind``: *deadlock*, where no way on is open; *livelock*, a loop in which directives are asked
    for and denied again and again and nothing is performed; *trap*, a region without a way out.
    """

    kind: str
    run: Run


def stalls(verifier: Verifier, budget: Budget) -> tuple[list[Stall], bool]:
    """The shortest stall of each kind, and whether all states were seen."""
    product = verifier.product([])
    explored = product.search(budget)
    found = []
    stuck = next((s for s in product.parents if _stuck(product, s)), None)
    if stuck is not None:
        found.append(Stall("deadlock", _replayed(verifier, product.run(stuck))))
    loop = refusal_loop(product)
    if loop is not None:
        path, cycle = loop
        run = _replayed(verifier, product.run_along([*path, *cycle]))
        found.append(Stall("livelock", msgspec.structs.replace(run, loop=len(path) - 1)))
    elif explored.complete:
        trap = product.trapped(lambda s: True, budget)
        if trap is not None:
            run = _replayed(verifier, product.run(trap))
            found.append(Stall("trap", msgspec.structs.replace(run, loop=len(run.steps))))
    return found, explored.complete and not explored.cut


def _replayed(verifier: Verifier, run: Run) -> Run:
    try:
        return replay(verifier.workflow, verifier.policy, run).run
    except Untimely:
        return run


def _stuck(product: Product, state: int) -> bool:
    base = state & STATE_MASK
    end = product.machine.ending(base)
    return end == "stuck" or (not end and not product.machine.moves(base))


def _quiet(product: Product, state: int) -> Iterator[tuple[int, bool]]:
    """What follows without performing anything, and whether it took a refusal."""
    watched = state >> WATCH_SHIFT
    for move in product.machine.moves(state & STATE_MASK):
        if move.ask < 0:
            yield move.done[0] | watched << WATCH_SHIFT, False
            continue
        for way in product.watch.judge(watched, move.ask):
            if way.outcome != PERMIT:
                yield move.denied[0] | way.denied << WATCH_SHIFT, way.outcome == DENY


def refusal_loop(product: Product) -> tuple[list[int], list[int]] | None:
    """A path to a loop in which something is denied and nothing performed, and the loop."""
    after: dict[int, list[int]] = {}
    refused: list[tuple[int, int]] = []
    for state in product.parents:
        for following, denied in _quiet(product, state):
            after.setdefault(state, []).append(following)
            if denied:
                refused.append((state, following))
    if not refused:
        return None
    circling = _circling(after)
    for state, following in refused:
        if state in circling and following in circling:
            back = _way(after, following, state, circling)
            if back is not None:
                return product.path(state), back
    return None


def _circling(after: dict[int, list[int]]) -> set[int]:
    """The states that are left when those without a way on are taken away, again and again."""
    before: dict[int, list[int]] = {}
    ways = {state: len(following) for state, following in after.items()}
    todo = []
    for state, following in after.items():
        for new in following:
            before.setdefault(new, []).append(state)
            if new not in after:
                ways[new] = 0
    todo = [state for state, count in ways.items() if not count]
    while todo:
        for state in before.get(todo.pop(), ()):
            ways[state] -= 1
            if not ways[state]:
                todo.append(state)
    return {state for state, count in ways.items() if count}


def _way(after: dict[int, list[int]], start: int, goal: int, within: set[int]) -> list[int] | None:
    """The shortest way from one state to another."""
    parents = {start: -1}
    todo = [start]
    for state in todo:
        if state == goal:
            path = [state]
            while (state := parents[state]) >= 0:
                path.append(state)
            return path[::-1]
        for new in after.get(state, ()):
            if new in within and new not in parents:
                parents[new] = state
                todo.append(new)
    return None
