"""The evaluator decides as a small independent one does.

``python -m tests.governance.test_reference 1000000`` compares a million triples.
"""

from __future__ import annotations

import sys

from governance.request import Event, Request
from governance.runtime.decider import Decider
from governance.spellings.elaborate import parse_policy
from tests.governance import reference


def request_of(event):
    return Request(
        event["who"], event["tool"], event["args"], event["time"], (), {"Level": event["label"]}
    )


def compare(triples: int, seed: int = 0, per_policy: int = 50) -> dict[str, int]:
    """Compare so many (policy, history, request); what was decided, counted."""
    counts: dict[str, int] = {}
    made = reference.Maker(seed)
    for _ in range(triples // per_policy):
        policy = made.policy()
        text = reference.SCHEMA + reference.spell_policy(policy)
        decider = Decider(parse_policy(text))
        for _ in range(per_policy):
            history, request = made.history()
            outcome, rules, wrong = reference.decide(policy, request, history)
            past = [Event(request_of(e), e["state"] >= 1, e["state"] == 2) for e in history]
            decision = decider.replay(past).decide(request_of(request))
            found = (decision.outcome, list(decision.rules), list(decision.errors))
            assert found == (outcome, rules, wrong), (text, history, request, decision)
            for key in (outcome, "undefined" if wrong else "defined"):
                counts[key] = counts.get(key, 0) + 1
    return counts


def test_fifty_thousand_decisions_are_those_of_the_reference():
    counts = compare(50_000)
    # The triples are not all alike.
    assert min(counts[k] for k in ("deny", "ask", "permit", "undefined")) > 1_000


if __name__ == "__main__":
    print(compare(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000, seed=1))
