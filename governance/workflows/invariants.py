"""The five safety invariants of a governed run.

* **mediated**: whatever is performed was asked about before;
* **respected**: the answer was *permit*, or *ask* and somebody approved;
* **same**: what is performed is what was asked about, argument for argument;
* **once**: one permit is for one effect;
* **checked**: a result that fails its check goes no further.

They are predicates on the events of a run (:func:`violated`), and hold of a workflow if they hold
of each step that its product with the policy can reach.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from governance.analysis.witness import Disagreement
from governance.workflows.ir import Perform
from governance.workflows.machine import STATE_MASK, Move
from governance.workflows.product import WATCH_SHIFT, Product
from governance.workflows.replay import Event, Replay, Untimely, replay
from governance.workflows.verify import Verifier
from governance.workflows.watching import DENY
from logic.budget import Budget
from proofs.verdict import Verdict

INVARIANTS = {
    "mediated": "whatever is performed was asked about",
    "respected": "what is performed was permitted",
    "same": "what is performed is what was asked about",
    "once": "one permit is for one effect",
    "checked": "a result that fails its check goes no further",
}


class Kept(NamedTuple):
    """One invariant: its verdict, and the replayed run that breaks it."""

    name: str
    verdict: Verdict
    played: Replay | None


def violated(events: Sequence[Event]) -> list[str]:
    """Which invariants the events of a run break, in order."""
    asked = {e.permit: e for e in events if e.what == "asked"}
    approved = {e.permit for e in events if e.what == "approved"}
    used: dict[int, int] = {}
    found: dict[str, None] = {}
    for event in events:
        if event.what == "result" and not event.kept:
            found["checked"] = None
        if event.what != "performed":
            continue
        question = asked.get(event.permit)
        if question is None:
            found["mediated"] = None
            continue
        used[event.permit] = used.get(event.permit, 0) + 1
        if question.outcome != "permit" and event.permit not in approved:
            found["respected"] = None
        if question.request != _timeless(event, question):
            found["same"] = None
        if used[event.permit] > 1:
            found["once"] = None
    return [name for name in INVARIANTS if name in found]


def _timeless(event: Event, question: Event) -> object:
    import msgspec

    return msgspec.structs.replace(event.request, time=question.request.time)


def check_invariants(verifier: Verifier, budget: Budget, filtered: bool = False) -> list[Kept]:
    """The verdicts on all five, with the shortest run against each."""
    product = verifier.product([], filtered=filtered)
    explored = product.search(budget)
    broken: dict[str, Replay] = {}
    untimely = False
    for state in list(product.parents):
        for move in product.machine.moves(state & STATE_MASK):
            if not _suspect(verifier, move) or len(broken) == len(INVARIANTS):
                continue
            for following in _performed(product, state, move):
                path = [*product.path(state), following]
                try:
                    played = replay(verifier.workflow, verifier.policy, product.run_along(path))
                except Untimely:
                    untimely = True
                    continue
                except Disagreement:
                    if filtered:
                        continue
                    raise
                for name in violated(played.events):
                    broken.setdefault(name, played)
                break
    sound = explored.complete and not explored.cut and not untimely
    found = []
    for name in INVARIANTS:
        if name in broken:
            verdict = Verdict("REFUTED")
        elif sound or not _any_suspect(verifier):
            verdict = Verdict("PROVED")
        else:
            verdict = Verdict("BOUNDED", f"{explored.depth} steps")
        found.append(Kept(name, verdict, broken.get(name)))
    return found


def _suspect(verifier: Verifier, move: Move) -> bool:
    node = verifier.workflow.nodes[move.node]
    if not isinstance(node, Perform):
        return False
    how = node.conduct
    return (
        not how.mediated
        or bool(how.permit_of)
        or how.performs is not None
        or how.times > 1
        or (how.checked and not how.honoured)
    )


def _any_suspect(verifier: Verifier) -> bool:
    """Whether some step is not carried out as it should be; else there is nothing to find."""
    return any(
        _suspect(verifier, Move(0, (), (), (), n.name, ())) for n in verifier.workflow.performs()
    )


def _performed(product: Product, state: int, move: Move) -> list[int]:
    """The states that follow when a move's directive is performed."""
    if move.ask < 0:
        return []
    return [
        target | way.done << WATCH_SHIFT
        for way in product.watch.judge(state >> WATCH_SHIFT, move.ask)
        if way.outcome != DENY
        for target in move.done[:1]
    ]
