"""Whatever random steps the checker accepts on top of a correct proof is true.

A random step first states `false`. When the rejection says what the rule gives instead, the step is
stated so, and accepted: the checker is turned into a blind prover, and everything that it proves
must hold in a model. Steps that close scopes, and steps with a guessed conclusion, are tried too.
"""

from __future__ import annotations

import random
import re

import pytest

from proofs.check import RULES, Rejected, check
from tests.proofs.building import Line, seal
from tests.proofs.models import MODELS
from tests.proofs.samples import SAMPLES

GIVES = re.compile(r"line \d+: \w+: it gives (.*), not false")


def guess(lines: list[Line], rng: random.Random) -> list[Line]:
    """A random step, perhaps with a scope before it, from what stands in the proof."""
    steps = [x for x in lines if "rule" in x]
    scopes = [x for x in lines if "scope" in x]
    texts = [x["formula"] for x in steps] + ["false"]
    terms = [t for x in steps for t in x.get("with", {}).values()]
    names = [n for x in scopes for n in x["vars"]]
    added: list[Line] = []
    where = rng.choice([0, 0, *(x["scope"] for x in scopes)])
    rule = rng.choice(sorted(RULES))
    fields = RULES[rule].required | set(rng.sample(sorted(RULES[rule].optional),
                                                   rng.randint(0, len(RULES[rule].optional))))
    if rng.random() < 0.3:
        sort = rng.choice([s for x in scopes for s in x["vars"].values()])
        added.append({"scope": len(scopes) + 1, "in": where,
                      "vars": rng.choice([{}, {"fresh": sort}, {f"v{len(scopes)}": sort}]),
                      "assume": rng.choice([[], [rng.choice(texts)], ["false"]])})
        where = rng.choice([where, len(scopes) + 1])
    numbers = [x["step"] for x in steps]
    made = {
        "step": lambda: len(steps) + 1, "in": lambda: where, "rule": lambda: rule,
        "formula": lambda: "false", "index": lambda: rng.randrange(3),
        "from": lambda: [rng.choice([*numbers, *numbers[-6:] * 4])
                         for _ in range(abs(RULES[rule].premises) + abs(RULES[rule].scopes))],
        "scopes": lambda: [rng.randint(max(1, len(scopes) - 2), len(scopes) + 1)
                           for _ in range(abs(RULES[rule].scopes))],
        "of": lambda: rng.choice([where, rng.randint(0, len(scopes))]),
        "name": lambda: rng.choice([*lines[0]["theory"]["axioms"],
                                    *lines[0]["theory"]["definitions"]]),
        "with": lambda: {n: rng.choice([*terms, *names])
                         for n in rng.sample(sorted({*"knmxyz", "xs", "ys"}), rng.randint(0, 3))},
        "sorts": lambda: rng.choice([{}, {"A": "Nat"}, {"Nat": "A"}, {"A": "List(A)"}]),
        "at": lambda: [rng.randrange(2) for _ in range(rng.randint(0, 3))],
        "reverse": lambda: rng.random() < 0.5,
    }
    return [*added, {key: made[key]() for key in sorted(fields)}]


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_random_steps_that_are_accepted_are_true(name: str) -> None:
    rng = random.Random(name)
    lines = SAMPLES[name]().end()[:-1]
    texts = [x["formula"] for x in lines if "rule" in x]
    footer = {"end": True, "steps": 0, "theorems": 0, "sha256": ""}
    accepted = 0

    def accepts(proof: list[Line]) -> str:
        """The empty text if the checker accepts the lines, or its reason."""
        count = {"steps": sum("rule" in x for x in proof),
                 "theorems": sum("theorem" in x for x in proof)}
        try:
            check(seal([*proof, {**footer, **count}]))
        except Rejected as error:
            return str(error)
        return ""

    for _ in range(500):
        attempt = [*lines, *guess(lines, rng)]
        if rng.random() < 0.2:
            attempt[-1]["formula"] = rng.choice(texts)
        reason = accepts(attempt)
        found = GIVES.fullmatch(reason)
        if found and "..." not in found[1] and len(found[1]) < 90:
            attempt[-1]["formula"] = found[1]
            reason = accepts(attempt)
        if not reason:
            lines = attempt
            accepted += 1
            assert MODELS[name].false_lines(attempt[-1:] if "in" not in attempt[-1]
                                            else [*attempt[:-1], attempt[-1]]) == [], attempt[-1]
        if len(lines) > 160:
            lines = lines[:120] if all("scopes" not in x for x in lines[120:]) else lines
    assert accepted > 10
