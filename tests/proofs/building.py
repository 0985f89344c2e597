"""Certificates built by hand: a small writer, so that a test reads as a proof."""

from __future__ import annotations

import hashlib
import json
from typing import Any

Line = dict[str, Any]

# For each rule: how many premises and scopes it takes (-n: n or more), and its other fields.
RULES: dict[str, tuple[int, int, str]] = {
    "axiom": (0, 0, "name"),
    "definition": (0, 0, "name index"),
    "hypothesis": (0, 0, "of index"),
    "instance": (1, 0, "with sorts?"),
    "modus_ponens": (-2, 0, ""),
    "reflexivity": (0, 0, ""),
    "symmetry": (1, 0, ""),
    "transitivity": (2, 0, ""),
    "rewrite": (-2, 0, "with at reverse? sorts?"),
    "injectivity": (1, 0, "index"),
    "disjointness": (1, 0, ""),
    "and_intro": (2, 0, ""),
    "and_left": (1, 0, ""),
    "and_right": (1, 0, ""),
    "or_left": (1, 0, ""),
    "or_right": (1, 0, ""),
    "iff_intro": (2, 0, ""),
    "iff_left": (1, 0, ""),
    "iff_right": (1, 0, ""),
    "exists_intro": (1, 0, "with"),
    "exists_elim": (1, 1, ""),
    "cases": (1, 2, ""),
    "excluded_middle": (0, 0, ""),
    "contradiction": (0, 1, ""),
    "negation": (0, 1, ""),
    "ex_falso": (1, 0, ""),
    "discharge": (0, 1, ""),
    "induction": (0, -2, ""),
    "set_induction": (2, 1, "index"),
}


def theory_hash(theory: Any) -> str:
    text = json.dumps(theory, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def seal(lines: list[Line]) -> list[str]:
    """The lines as text, with the hashes of header and footer computed anew."""
    lines = [dict(line) for line in lines]
    if "hash" in lines[0]:
        lines[0]["hash"] = theory_hash(lines[0].get("theory"))
    texts = [json.dumps(line) for line in lines[:-1]]
    above = "".join(text + "\n" for text in texts).encode()
    if "sha256" in lines[-1]:
        lines[-1]["sha256"] = hashlib.sha256(above).hexdigest()
    return [*texts, json.dumps(lines[-1])]


class Proof:
    """Appends lines; the methods return the number of the step or scope."""

    def __init__(self, theory: Line) -> None:
        self.lines: list[Line] = [{"certificate": 1, "theory": theory, "hash": ""}]
        self.steps = self.scopes = self.theorems = 0
        self.at = 0  # the scope that steps are written in

    def open(self, variables: dict[str, str] | None = None, *assume: str) -> int:
        """Open a scope and go into it."""
        self.scopes += 1
        self.lines.append(
            {"scope": self.scopes, "in": self.at, "vars": variables or {}, "assume": list(assume)}
        )
        self.at = self.scopes
        return self.scopes

    def step(self, rule: str, formula: str, *premises: int, **fields: Any) -> int:
        """One inference. A rule that closes scopes is written in the scope around the first."""
        self.steps += 1
        line: Line = {"step": self.steps, "in": self.at, "rule": rule}
        if premises:
            line["from"] = list(premises)
        if "scopes" in fields:
            inner = fields["scopes"][0]
            self.at = next(x["in"] for x in self.lines if x.get("scope") == inner)
            line["in"] = self.at
        self.lines.append({**line, **fields, "formula": formula})
        return self.steps

    def leave(self) -> None:
        """Go back to the scope around, to open the next case."""
        self.at = next(x["in"] for x in self.lines if x.get("scope") == self.at)

    def theorem(self, name: str, step: int, formula: str | None = None) -> None:
        self.theorems += 1
        stated = next(x["formula"] for x in self.lines if x.get("step") == step)
        self.lines.append({"theorem": name, "step": step, "formula": formula or stated})

    def end(self) -> list[Line]:
        footer = {"end": True, "steps": self.steps, "theorems": self.theorems, "sha256": ""}
        return [*self.lines, footer]

    # Short forms of what nearly every proof does.

    def axiom(self, name: str) -> int:
        theory = self.lines[0]["theory"]
        return self.step("axiom", theory["axioms"][name], name=name)

    def hypothesis(self, index: int = 0, of: int | None = None) -> int:
        scope = self.at if of is None else of
        line = next(x for x in self.lines if x.get("scope") == scope)
        return self.step("hypothesis", line["assume"][index], of=scope, index=index)

    def chain(self, left: str, *rewrites: tuple[Any, ...]) -> int:
        """left = ..., rewritten by each (equation, with, path in the right side, new right side).

        A fifth element that is true turns the equation around.
        """
        step = self.step("reflexivity", f"{left} = {left}")
        for equation, terms, path, right, *reverse in rewrites:
            more = {"reverse": True} if reverse else {}
            step = self.step(
                "rewrite",
                f"{left} = {right}",
                step,
                equation,
                **{"with": terms, "at": [1, *path], **more},
            )
        return step
