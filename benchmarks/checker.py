"""How fast the checker is: steps a second of CPU time, the median of five runs.

    python benchmarks/checker.py [PROOF.jsonl]

Measured are a generated certificate of 20,000 steps, most of which rewrite, and that at the path.
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
# One step each: the terms for n and m in n + m = m + n, the place, the new right side.
CHAIN: list[tuple[str, str, list[int], str]] = [
    ("a", "b + succ(c)", [], "b + succ(c) + a"),
    ("b", "succ(c)", [0], "succ(c) + b + a"),
    ("succ(c) + b", "a", [], "a + (succ(c) + b)"),
]
THEORY = {
    "name": "Peano",
    "data": {"Nat": {"params": [], "constructors": ["zero", "succ"]}},
    "functions": {"zero": [[], "Nat"], "succ": [["Nat"], "Nat"], "+": [["Nat", "Nat"], "Nat"]},
    "axioms": {"add_comm": "forall n, m : Nat. n + m = m + n"},
}


def lines(steps: int) -> Iterator[dict[str, Any]]:
    """Sums are turned around, part by part; each chain of rewriting has a scope of its own."""
    text = json.dumps(THEORY, sort_keys=True, separators=(",", ":"))
    digest = "sha256:" + hashlib.sha256(text.encode()).hexdigest()
    yield {"certificate": 1, "theory": THEORY, "hash": digest}
    law = "forall n, m : Nat. n + m = m + n"
    yield {"step": 1, "in": 0, "rule": "axiom", "name": "add_comm", "formula": law}
    variables = {"a": "Nat", "b": "Nat", "c": "Nat"}
    left = "a + (b + succ(c))"
    for number in range(2, steps + 1):
        scope, place = divmod(number - 2, len(CHAIN) + 2)
        step: dict[str, Any] = {"step": number, "in": scope + 1}
        if place == 0:
            yield {"scope": scope + 1, "in": 0, "vars": variables, "assume": []}
            yield {**step, "rule": "reflexivity", "formula": f"{left} = {left}"}
        elif place <= len(CHAIN):
            n, m, path, right = CHAIN[place - 1]
            step |= {"rule": "rewrite", "from": [number - 1, 1], "with": {"n": n, "m": m}}
            yield {**step, "at": [1, *path], "formula": f"{left} = {right}"}
        else:
            step |= {"in": 0, "rule": "discharge", "from": [number - 1], "scopes": [scope + 1]}
            yield {**step, "formula": f"forall a, b, c : Nat. {left} = {CHAIN[-1][3]}"}


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
