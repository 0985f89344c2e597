"""P4: which goals survive a policy, which rules block them, and the smallest relaxation.

Each goal has one of four verdicts: preserved on *all* runs that reach it without the policy, on
*some*, or *blocked*; and the policy is *conservative* if it adds no outcome that the workflow does
not have without it. A blocked goal comes with the smallest set of rules that are in its way (where
no rule permits, the permit that is missing), found by looking for a run that needs the fewest.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from typing import Literal, TypeAlias

import msgspec

from governance.runtime.evaluate import Compiler, Frame
from governance.sorts import Value
from governance.workflows.claims import Claim
from governance.workflows.machine import STATE_MASK
from governance.workflows.product import WATCH_SHIFT, Product
from governance.workflows.replay import replay
from governance.workflows.runs import Run
from governance.workflows.verify import Verifier
from governance.workflows.watching import DENY
from logic.budget import Budget

Preserved: TypeAlias = Literal["all", "some", "blocked", "unreachable", "unknown"]
MOST_BLAMED = 200_000


class GoalVerdict(msgspec.Struct, frozen=True):
    """One goal under a policy.

    ``run`` reaches the goal under the policy, or without it where it is blocked; ``lost`` reaches
    it without the policy, which denies a step of it. ``blame`` are the rules (or missing permits)
    that block it, the fewest.
    """

    goal: str
    preserved: Preserved
    run: Run | None = None
    lost: Run | None = None
    blame: tuple[str, ...] = ()

    def line(self) -> str:
        """The verdict as a sentence."""
        match self.preserved:
            case "all":
                return f"'{self.goal}' is reached on every run that reaches it without the policy"
            case "some":
                return f"'{self.goal}' is reached on some runs; others are denied a step"
            case "blocked":
                return f"'{self.goal}' is blocked by {', '.join(self.blame)}"
            case "unreachable":
                return f"'{self.goal}' is not reached even without the policy"
        return f"'{self.goal}': not decided"


class Explorer:
    """Runs of a workflow with the policy as an adviser: what it denies is noted, and goes on."""

    def __init__(self, verifier: Verifier, claim: Claim) -> None:
        assert claim.goal is not None
        self.verifier = verifier
        self.claim = claim
        self.product: Product = verifier.product([claim])
        self._test = Compiler(verifier.workflow.schema).test(claim.goal)

    def reached(self, state: int) -> bool:
        """Whether a state is an end that satisfies the goal."""
        machine = self.product.machine
        base = state & STATE_MASK
        if machine.ending(base) != "ended":
            return False
        frame = Frame("", "", machine.store(base))
        return self.product.watch.holds(state >> WATCH_SHIFT, self._test, frame)

    def advised(self, state: int) -> Iterator[tuple[int, frozenset[str]]]:
        """What follows if every directive is performed, and what of the policy stands against."""
        machine, watch = self.product.machine, self.product.watch
        above = state & ~STATE_MASK
        for move in machine.moves(state & STATE_MASK):
            if move.ask < 0:
                yield move.done[0] | above, frozenset()
                continue
            for way in watch.judge(state >> WATCH_SHIFT, move.ask):
                against: frozenset[str] = frozenset()
                done = way.done
                if way.outcome == DENY:
                    tool = watch.ask(move.ask).performed.tool
                    against = frozenset(
                        [f"forbid {r}" for r in way.decision.rules] or [f"no permit for {tool}"]
                    )
                    done = watch.unhindered(state >> WATCH_SHIFT, move.ask)
                for target in move.done:
                    yield target | done << WATCH_SHIFT, against
                for target in move.failed:
                    yield target | way.failed << WATCH_SHIFT, against


def goal_verdict(verifier: Verifier, claim: Claim, budget: Budget) -> GoalVerdict:
    """How a policy treats a goal."""
    explorer = Explorer(verifier, claim)
    under = explorer.product.search(budget, explorer.reached)
    run = explorer.product.run(under.found) if under.found is not None else None
    if run is not None:
        run = replay(verifier.workflow, verifier.policy, run).run
        denied = _denied_run(explorer, budget)
        if denied is None:
            return GoalVerdict(claim.name, "unknown" if budget.struck else "all", run)
        return GoalVerdict(claim.name, "some", run, lost=denied)
    if budget.struck or not under.complete or under.cut:
        return GoalVerdict(claim.name, "unknown")
    least = _least(explorer, budget)
    if least is None:
        return GoalVerdict(claim.name, "unreachable")
    blame, path = least
    return GoalVerdict(claim.name, "blocked", _advised_run(verifier, claim, path), None, blame)


def _least(explorer: Explorer, budget: Budget) -> tuple[tuple[str, ...], list[int]] | None:
    """A run to the goal that the fewest rules stand against, and those rules."""
    start = explorer.product.watch.start << WATCH_SHIFT
    nothing: frozenset[str] = frozenset()
    queue: list[tuple[int, int, int, frozenset[str]]] = []
    parents: dict[tuple[int, frozenset[str]], tuple[int, frozenset[str]] | None] = {}
    best: dict[int, list[frozenset[str]]] = {}
    for number, first in enumerate(explorer.product.machine.starts):
        queue.append((0, number, first | start, nothing))
        parents[first | start, nothing] = None
    heapq.heapify(queue)
    count = len(queue)
    while queue:
        _size, _n, state, against = heapq.heappop(queue)
        if any(known <= against for known in best.get(state, ())):
            continue
        best.setdefault(state, []).append(against)
        if explorer.reached(state):
            path = [state]
            at = parents[state, against]
            while at is not None:
                path.append(at[0])
                at = parents[at]
            return tuple(sorted(against)), path[::-1]
        if len(parents) > MOST_BLAMED or (not len(parents) % 512 and budget.spent()):
            return None
        for following, more in explorer.advised(state):
            both = against | more
            if (following, both) not in parents:
                parents[following, both] = (state, against)
                count += 1
                heapq.heappush(queue, (len(both), count, following, both))
    return None


def _denied_run(explorer: Explorer, budget: Budget) -> Run | None:
    """A run that reaches the goal though the policy denies a step of it."""
    start = explorer.product.watch.start << WATCH_SHIFT
    todo = [(first | start, False) for first in explorer.product.machine.starts]
    parents: dict[tuple[int, bool], tuple[int, bool] | None] = dict.fromkeys(todo)
    for state, denied in todo:
        if denied and explorer.reached(state):
            path = [state]
            at = parents[state, denied]
            while at is not None:
                path.append(at[0])
                at = parents[at]
            return _advised_run(explorer.verifier, explorer.claim, path[::-1])
        if len(parents) > MOST_BLAMED or (not len(parents) % 512 and budget.spent()):
            budget.spent()
            return None
        for following, against in explorer.advised(state):
            new = (following, denied or bool(against))
            if new not in parents:
                parents[new] = (state, denied)
                todo.append(new)
    return None


def _advised_run(verifier: Verifier, claim: Claim, path: list[int]) -> Run | None:
    """The run along states of an advised exploration, as it is without the policy."""
    product = verifier.product([claim], enforced=False)
    states = [product.watch.start << WATCH_SHIFT | path[0] & STATE_MASK]
    for state in path[1:]:
        base = state & STATE_MASK
        following = [s for s in product.successors(states[-1]) if s & STATE_MASK == base]
        if not following:
            return None
        states.append(following[0])
    return product.run_along(states)


class Conservative(msgspec.Struct, frozen=True):
    """Whether a policy adds no outcome; else the result that is new, and a run that has it."""

    holds: bool | None
    result: Value | None = None
    run: Run | None = None


def conservative(verifier: Verifier, budget: Budget) -> Conservative:
    """Whether each result under the policy is one that the workflow has without it."""
    governed = verifier.product([], results=True)
    free = verifier.product([], enforced=False, results=True)
    known: set[object] = set()
    whole = free.search(budget)
    for state in free.parents:
        if free.machine.ending(state & STATE_MASK) == "ended":
            known.add(_tagged(free.machine.result(state & STATE_MASK)))
    explored = governed.search(
        budget,
        lambda s: (
            governed.machine.ending(s & STATE_MASK) == "ended"
            and _tagged(governed.machine.result(s & STATE_MASK)) not in known
        ),
    )
    if not whole.complete or not (explored.complete or explored.found is not None):
        return Conservative(None)
    if explored.found is None:
        return Conservative(True)
    run = replay(verifier.workflow, verifier.policy, governed.run(explored.found)).run
    return Conservative(False, run.result, run)


def _tagged(value: Value) -> object:
    return type(value).__name__, value
