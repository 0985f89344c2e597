"""Labels of random workflows, against labels computed by other code along every path."""

from __future__ import annotations

import random
from typing import Any

import pytest

from governance.spellings.elaborate import parse_policy
from governance.workflows.builder import WorkflowBuilder
from governance.workflows.reading import parse_claim
from governance.workflows.verify import Verifier

POLICY = parse_policy(
    """
label Secrecy { public < secret }
tool read(x: Int) is call
tool keep(x: Int) is memory
tool send(x: Int) is call
permit all: anyone to anything
"""
)
CLAIM = parse_claim("never send when label(Secrecy) = secret", POLICY.schema)


def random_nodes(rng: random.Random) -> list[Any]:
    nodes: list[Any] = []
    count = rng.randint(6, 12)
    for i in range(count):
        to = rng.randint(i + 1, min(count, i + 1 + (rng.random() < 0.2)))
        v, w = rng.choice("xy"), rng.choice("xy")
        kind = rng.choice(["read", "read", "keep", "send", "set", "wipe", "branch"])
        nodes.append((kind, v, w, rng.random() < 0.7, to))
    return nodes


def build(nodes: list[Any], flow: Any) -> Any:
    b = WorkflowBuilder("labels", POLICY.schema, flow=flow)
    b.variable("x", "Int", initial=0)
    b.variable("y", "Int", initial=0)
    for i, (kind, v, w, secret, to) in enumerate(nodes):
        b.label(f"L{i}")
        there = f"L{to}"
        carried = {"Secrecy": "secret"} if secret else {}
        match kind:
            case "read":
                b.perform("read", w, x=v, labels=carried, name=f"N{i}", to_next=there)
            case "keep":
                b.perform("keep", w, x=v, name=f"N{i}", to_next=there)
            case "send":
                b.perform("send", x=v if secret else 7, name=f"N{i}", to_next=there)
            case "set":
                b.set(name=f"N{i}", to=there, **{w: f"{v} + 1"})
            case "wipe":
                b.set(name=f"N{i}", to=there, labels={w: {"Secrecy": "public"}}, **{w: v})
            case _:
                b.branch([there, f"L{i + 1}"], name=f"N{i}")
    b.label(f"L{len(nodes)}")
    b.end()
    return b.workflow()


def leaks(nodes: list[Any], session: bool) -> bool:
    def go(at: int, x: bool, y: bool, kept: bool, seen: bool) -> bool:
        if at == len(nodes):
            return False
        kind, v, w, secret, to = nodes[at]
        label = {"x": x, "y": y}

        def after(value: bool, kept: bool = kept, seen: bool = seen) -> bool:
            new = {**label, w: value}
            return go(to, new["x"], new["y"], kept, seen)

        sent = seen if session else label[v]
        match kind:
            case "read":
                answer = sent or secret
                return after(answer, kept, seen or answer)
            case "keep":
                return after(sent or kept, kept or sent, seen or sent or kept)
            case "send":
                bad = seen if session else (secret and label[v])
                return bad or go(to, x, y, kept, seen)
            case "set":
                return after(label[v])
            case "wipe":
                return after(False)
        return go(to, x, y, kept, seen) or go(at + 1, x, y, kept, seen)

    return go(0, False, False, False, False)


@pytest.mark.parametrize("flow", ["values", "session"])
def test_labels_flow_as_they_do_along_every_path(flow: str) -> None:
    counts = {True: 0, False: 0}
    for seed in range(600):
        nodes = random_nodes(random.Random(seed))
        expected = leaks(nodes, flow == "session")
        result = Verifier(build(nodes, flow), POLICY, solver=False).check(CLAIM)
        assert result.refuted == expected, (seed, nodes)
        assert result.proved != expected
        counts[expected] += 1
    assert min(counts.values()) > 50
