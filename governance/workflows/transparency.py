"""P7: the governed run, erased, beside the ungoverned one.

Both are run in lockstep with the same inputs, answers and choices, over all of them. Until the
first denial each governed step must do what the ungoverned step does: the same directive, with the
same arguments, once, and from there come to the same store. What the ungoverned workflow does is
what its directives say; what the governed one does is what its conduct makes of them.
"""

from __future__ import annotations

from typing import NamedTuple

from governance.workflows.ir import Perform
from governance.workflows.machine import STATE_MASK
from governance.workflows.product import WATCH_SHIFT
from governance.workflows.replay import Replay, Untimely, replay
from governance.workflows.runs import Run
from governance.workflows.verify import Verifier
from governance.workflows.watching import DENY, PERMIT
from logic.budget import Budget


class Compared(NamedTuple):
    """What the comparison found: why and where the runs part (empty: nowhere)."""

    why: str
    run: Run | None
    steps: int
    complete: bool


def divergence(verifier: Verifier, budget: Budget) -> Compared:
    """The first point at which a governed run does something else than the ungoverned one."""
    product = verifier.product([])
    machine, watch = product.machine, product.watch
    first = watch.start << WATCH_SHIFT
    todo = [s | first for s in machine.starts]
    parents: dict[int, int] = dict.fromkeys(todo, -1)
    compared = 0
    for state in todo:
        if not len(parents) % 1024 and budget.spent():
            return Compared("", None, compared, False)
        for move in machine.moves(state & STATE_MASK):
            if move.ask < 0:
                following = [move.done[0] | state & ~STATE_MASK]
            else:
                following = []
                compared += 1
                node = verifier.workflow.nodes[move.node]
                for way in watch.judge(state >> WATCH_SHIFT, move.ask):
                    if way.outcome == DENY:
                        continue  # from here on, only what was said of denials is promised
                    done = [t | way.done << WATCH_SHIFT for t in move.done]
                    following += done
                    following += [t | way.failed << WATCH_SHIFT for t in move.failed]
                    if isinstance(node, Perform) and (why := _changed(node)):
                        product.parents = {**parents, done[0]: state}
                        run = product.run(done[0])
                        played = _played(verifier, run)
                        if played is None or _shows(played, node):
                            shown = played.run if played else run
                            return Compared(why, shown, compared, True)
                    if way.outcome != PERMIT:
                        pass  # a refusal is a denial
            for new in following:
                if new not in parents:
                    parents[new] = state
                    todo.append(new)
    return Compared("", None, compared, True)


def _changed(node: Perform) -> str:
    how = node.conduct
    if how.performs is not None:
        return f"'{node.name}' performs other arguments than were asked for"
    if how.times > 1:
        return f"'{node.name}' performs up to {how.times} times what the workflow asks for once"
    if how.checked and not how.honoured:
        return ""
    return ""


def _shows(played: Replay, node: Perform) -> bool:
    """Whether the replayed events differ from what the workflow asked for at its last step."""
    last = len(played.run.steps) - 1
    done = [e for e in played.events if e.step == last and e.what == "performed"]
    asked = [e for e in played.events if e.step == last and e.what == "asked"]
    return len(done) != 1 or not asked or done[0].request.args != asked[0].request.args


def _played(verifier: Verifier, run: Run) -> Replay | None:
    try:
        return replay(verifier.workflow, verifier.policy, run)
    except Untimely:
        return None
