"""Windows with the clock left open: what some clock refutes is refuted, and runs have clocks."""

from __future__ import annotations

import random
from typing import Any

import pytest

from governance.policy import RuleSet
from governance.spellings.elaborate import parse_policy
from governance.workflows.reading import parse_claim
from governance.workflows.timing import times
from governance.workflows.verify import Verifier
from tests.governance.workflows.enumeration import GUARDS, SCHEMA, build, random_nodes

WINDOW = 10
DELAYS = (0, 4, 11)


def inside(past: Any, name: str, now: int) -> list[Any]:
    return [e for e in past if e[0] == name and e[2] == 2 and now - e[3] <= WINDOW]


# The text, what it is about, and its meaning for (amount, past, now); events are (tool, amount,
# level, time).
CONDITIONS: list[Any] = [
    ("once approve within 10ms", None, lambda a, p, now: bool(inside(p, "approve", now))),
    ("count(send within 10ms) < 2", None, lambda a, p, now: len(inside(p, "send", now)) < 2),
    ("sum(amount of send within 10ms) + amount <= 3", "a",
     lambda a, p, now: sum(e[1] for e in inside(p, "send", now)) + a <= 3),
    ("not once log within 10ms", None, lambda a, p, now: not inside(p, "log", now)),
    ("once approve where amount = request.amount within 10ms", "a",
     lambda a, p, now: any(e[1] == a for e in inside(p, "approve", now))),
    ("distinct(amount of send within 10ms) <= 1", None,
     lambda a, p, now: len({e[1] for e in inside(p, "send", now)}) <= 1),
]  # fmt: skip
CLAIMS: list[Any] = [
    ("count(send within 10ms) <= 1", lambda e, p: e[0] == "send" and inside(p, "send", e[3])),
    ("sum(amount of send within 10ms) <= 3",
     lambda e, p: e[0] == "send" and sum(x[1] for x in inside(p, "send", e[3])) + e[1] > 3),
    ("never send when not once approve within 10ms",
     lambda e, p: e[0] == "send" and not inside(p, "approve", e[3])),
    ("never approve when once log within 10ms",
     lambda e, p: e[0] == "approve" and inside(p, "log", e[3])),
]  # fmt: skip


def refuted(nodes: Any, plain: Any, claim: Any) -> bool:
    """Whether some run with some delays refutes a claim."""

    def decide(name: str, amount: Any, past: Any, now: int) -> str:
        hits = {
            f
            for f, t, n in plain
            if name in t and (n is None or CONDITIONS[n][2](amount, past, now))
        }
        if "forbid" in hits:
            return "deny"
        return "permit" if "permit" in hits else "deny"

    def go(at: int, env: Any, past: Any, now: int) -> bool:
        if at == len(nodes):
            return False
        node = nodes[at]
        if node[0] == "set":
            return go(
                node[2], {**env, "n": env["n"] + 1 if node[1] == "n + 1" else node[1]}, past, now
            )
        if node[0] == "branch":
            ways = [to for g, to in node[1] if g is None or GUARDS[g][1](env)]
            ways = ways or ([node[2]] if node[2] is not None else [])
            return any(go(to, env, past, now) for to in ways)
        _, name, amount, into, to, failed, denied = node
        value = env["n"] if amount == "n" else amount
        for delay in DELAYS if past else (0,):
            then = now + delay
            if decide(name, value, past, then) == "permit":
                event = (name, value, 2, then)
                if claim(event, past):
                    return True
                for answer in {"b": (False, True), "n": (0, 2), "": (None,)}[into]:
                    new = env if answer is None else {**env, into: answer}
                    if go(to, new, [*past, event], then):
                        return True
                if failed is not None and go(failed, env, [*past, (name, value, 1, then)], then):
                    return True
            elif denied is not None and go(denied, env, [*past, (name, value, 0, then)], then):
                return True
        return False

    return go(0, {"b": False, "n": 1}, [], 0)


def case(seed: int) -> Any:
    rng = random.Random(seed)
    nodes = random_nodes(rng)
    plain: list[Any] = [("permit", ("plan", "log", "approve"), None)]
    lines = ["permit r0: anyone to plan, log, approve"]
    for i in range(rng.randint(1, 3)):
        number = rng.randrange(len(CONDITIONS))
        tools = ("send",) if CONDITIONS[number][1] else rng.choice([("send",), ("approve", "send")])
        effect = rng.choice(["permit", "permit", "forbid"])
        plain.append((effect, tools, number))
        lines.append(f"{effect} c{i}: anyone to {', '.join(tools)} when {CONDITIONS[number][0]}")
    text, meaning = CLAIMS[rng.randrange(len(CLAIMS))]
    policy: RuleSet = parse_policy("\n".join(lines), SCHEMA)
    return nodes, plain, policy, text, meaning


@pytest.mark.parametrize("batch", range(4))
def test_what_some_clock_refutes_is_refuted(batch: int) -> None:
    counts = {"REFUTED": 0, "PROVED": 0, "UNKNOWN": 0}
    for seed in range(batch * 150, (batch + 1) * 150):
        nodes, plain, policy, text, meaning = case(seed)
        claim = parse_claim(text, SCHEMA)
        status = Verifier(build(nodes), policy, solver=False).check(claim).verdict.status
        if refuted(nodes, plain, meaning):
            assert status == "REFUTED", (seed, nodes, plain, text)
        counts[status] += 1
    assert counts["REFUTED"] > 5 and counts["PROVED"] > 5


def test_the_earliest_clock_solves_the_differences() -> None:
    assert times(3, [(0, 2, 11), (2, 1, -10)]) == [0, 1, 11]
    assert times(3, [(0, 2, 11), (2, 0, -10)]) is None
