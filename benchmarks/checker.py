"""How fast the checker is: steps a second of CPU time, the median of five runs.

    python benchmarks/checker.py [PROOF.jsonl]

Measured is a generated certificate of 20,000 steps that rewrite, then the certificate at the path.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from proofs.check import check

RUNS = 5
STEPS = 20_000
CHAIN = 3  # rewriting steps in one scope

THEORY = {
    "name": "Peano",
    "data": {"Nat": {"params": [], "constructors": ["zero", "succ"]}},
    "functions": {"zero": [[], "Nat"], "succ": [["Nat"], "Nat"], "+": [["Nat", "Nat"], "Nat"]},
    "axioms": {"add_succ": "forall n, m : Nat. n + succ(m) = succ(n + m)"},
}


def lines(steps: int) -> Iterator[dict[str, Any]]:
    """Chains in scopes of their own; each moves successors out of a sum, one a step."""
    text = json.dumps(THEORY, sort_keys=True, separators=(",", ":"))
    digest = "sha256:" + hashlib.sha256(text.encode()).hexdigest()
    yield {"certificate": 1, "theory": THEORY, "hash": digest}
    law = "forall n, m : Nat. n + succ(m) = succ(n + m)"
    yield {"step": 1, "in": 0, "rule": "axiom", "name": "add_succ", "formula": law}
    for number in range(2, steps + 1):
        scope, out = divmod(number - 2, CHAIN + 1)
        step: dict[str, Any] = {"step": number, "in": scope + 1, "rule": "reflexivity"}
        if out == 0:
            variables = {"a": "Nat", "b": "Nat"}
            yield {"scope": scope + 1, "in": 0, "vars": variables, "assume": []}
        else:
            inner = tower(CHAIN - out, "b")
            step |= {"rule": "rewrite", "from": [number - 1, 1], "with": {"n": "a", "m": inner}}
            step["at"] = [1] + [0] * (out - 1)
        left = f"a + {tower(CHAIN, 'b')}"
        right = tower(out, f"a + {tower(CHAIN - out, 'b')}")
        yield {**step, "formula": f"{left} = {right}"}


def tower(height: int, term: str) -> str:
    return "succ(" * height + term + ")" * height


def certificate(steps: int) -> list[str]:
    """A certificate of so many steps, as its lines."""
    texts = [json.dumps(line) + "\n" for line in lines(steps)]
    digest = hashlib.sha256("".join(texts).encode()).hexdigest()
    end = {"end": True, "steps": steps, "theorems": 0, "sha256": digest}
    return [*texts, json.dumps(end) + "\n"]


def measure(texts: list[str]) -> tuple[int, float]:
    """The number of steps, and steps a second."""
    seconds = []
    for _ in range(RUNS):
        start = time.process_time()
        report = check(texts)
        seconds.append(time.process_time() - start)
    return report.steps, report.steps / statistics.median(seconds)


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the speed of the checker.")
    parser.add_argument("certificate", nargs="?", type=Path, help="measured too")
    path = parser.parse_args().certificate
    measured = {"rewriting": certificate(STEPS)}
    if path is not None:
        measured[path.name] = path.read_text(encoding="utf-8").splitlines(keepends=True)
    for name, texts in measured.items():
        steps, speed = measure(texts)
        print(f"{name}: {steps:,} steps, {speed:,.0f} steps/s")


if __name__ == "__main__":
    main()
