"""Whatever random steps the checker accepts on top of a correct proof is true.

A random step first states `false`. When the rejection says what the rule gives instead, the step is
stated so, and accepted: the checker is turned into a blind prover, and everything that it proves
must hold in a model. Steps that close scopes, and steps with a guessed conclusion, are tried too.
"""

from __future__ import annotations

import random
import re

import pytest

from proofs.check import Rejected, check
from tests.proofs.building import RULES, Line, seal
from tests.proofs.models import MODELS
from tests.proofs.samples import SAMPLES

GIVES = re.compile(r"line \d+: \w+: it gives (.*), not false")


def guess(lines: list[Line], rng: random.Random) -> list[Line]:
    """A random step, perhaps with a scope before it, mostly from what is in view there."""
    steps = [x for x in lines if "rule" in x]
    scopes = [x for x in lines if "scope" in x]
    added: list[Line] = []
    closed = {0: False}
    for x in scopes:
        gone = any(x["scope"] in y.get("scopes", []) for y in steps)
        closed[x["scope"]] = gone or closed[x["in"]]
    where = rng.choice([number for number in closed if not closed[number] or rng.random() < 0.02])
    if rng.random() < 0.3:
        sort = rng.choice([s for x in scopes for s in x["vars"].values()])
        added = [
            {
                "scope": len(scopes) + 1,
                "in": where,
                "vars": rng.choice([{}, {f"v{len(scopes)}": sort}, {"x": sort}]),
                "assume": rng.choice([[], [rng.choice(steps)["formula"]], ["false"]]),
            }
        ]
        scopes = scopes + added
        where = rng.choice([where, len(scopes)])
    chain, scope = [0], where
    names = []
    while scope:
        chain.append(scope)
        names += list(scopes[scope - 1]["vars"])
        scope = scopes[scope - 1]["in"]
    constants = [k for k, v in lines[0]["theory"]["functions"].items() if v[0] == []]
    terms = [f"({n})" if n == "+" else n for n in [*names, *constants]] or ["n"]
    seen = [x for x in steps if x["in"] in chain or rng.random() < 0.02] or steps
    rule = rng.choice([*sorted(RULES), "instance", "rewrite", "rewrite", "instance", "discharge"])
    premises, count, names = RULES[rule]
    used = [rng.choice([*seen, *seen[-4:] * 3]) for _ in range(abs(premises))]
    inner = [x["scope"] for x in scopes if x["in"] == where and not closed.get(x["scope"])]
    inner = inner or [len(scopes)]
    closing = [rng.choice(inner) for _ in range(abs(count))]
    for number in closing:
        used.append(rng.choice([x for x in steps if x["in"] == number] or steps))
    law = used[-1]["formula"] if used else ""
    bound = re.match(r"forall ([\w', :()]+)\. ", law)
    variables = re.findall(r"(\w+)(?=,| :)", bound[1]) if bound else []
    variables = variables if rng.random() < 0.8 else rng.sample(variables, len(variables) // 2)
    made: Line = {
        "step": len(steps) + 1,
        "in": where,
        "rule": rule,
        "formula": "false",
        "index": rng.randrange(2),
        "from": [x["step"] for x in used],
        "scopes": closing,
        "of": rng.choice(chain),
        "with": {name: rng.choice(terms) for name in variables},
        "name": rng.choice([*lines[0]["theory"]["axioms"], *lines[0]["theory"]["definitions"]]),
        "sorts": rng.choice([{}, {"A": "Nat"}, {"Nat": "A"}, {"A": "List(A)"}]),
        "at": [rng.randrange(2) for _ in range(rng.randint(0, 3))],
        "reverse": rng.random() < 0.5,
    }
    if rule == "discharge" and closing[0] <= len(scopes):
        scope = scopes[closing[0] - 1]
        binder = ", ".join(f"{name} : {sort}" for name, sort in scope["vars"].items())
        made["formula"] = " -> ".join(f"({x})" for x in [*scope["assume"], used[-1]["formula"]])
        made["formula"] = f"forall {binder}. {made['formula']}" if binder else made["formula"]
    kept = {key.rstrip("?") for key in names.split() if key[-1] != "?" or rng.random() < 0.3}
    kept |= {"step", "in", "rule", "formula", *["from"] * bool(used), *["scopes"] * bool(closing)}
    return [*added, {key: made[key] for key in made if key in kept}]


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_random_steps_that_are_accepted_are_true(name: str) -> None:
    rng = random.Random(name)
    sample = SAMPLES[name]().lines
    texts = [x["formula"] for x in sample if "rule" in x]
    accepted = 0

    def accepts(proof: list[Line]) -> str:
        """The empty text if the checker accepts the lines, or its reason."""
        count = {
            kind: sum(key in x for x in proof)
            for kind, key in (("steps", "rule"), ("theorems", "theorem"))
        }
        try:
            check(seal([*proof, {"end": True, **count, "sha256": ""}]))
        except Rejected as error:
            return str(error)
        return ""

    for attempt in range(600):
        if attempt % 100 == 0:  # begin anew, where some scopes are open
            lines = sample[: rng.randrange(len(sample) // 2, len(sample))]
        proof = [*lines, *guess(lines, rng)]
        if rng.random() < 0.2:
            proof[-1]["formula"] = rng.choice(texts)
        reason = accepts(proof)
        found = GIVES.fullmatch(reason)
        if found and "..." not in found[1] and len(found[1]) < 250:
            proof[-1]["formula"] = found[1]
            reason = accepts(proof)
        if not reason:
            lines = proof
            accepted += 1
            scopes = [x for x in proof if "scope" in x]
            assert MODELS[name].false_lines([*scopes, proof[-1]]) == [], proof[-1]
    assert accepted > 5
