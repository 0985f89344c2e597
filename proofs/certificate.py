"""Writing a :class:`~proofs.graph.ProofGraph` as a certificate (docs/certificate.md)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from logic.formulas import Formula
from logic.printing import show
from logic.theory import Signature, Theory
from proofs.graph import ROOT, ProofGraph, Scope, Step


def certificate(graph: ProofGraph) -> str:
    """The certificate's text; the same graph gives the same bytes."""
    lines = [_dump(line) + "\n" for line in _lines(graph)]
    digest = hashlib.sha256("".join(lines).encode()).hexdigest()
    end = {
        "end": True,
        "steps": len(graph.steps),
        "theorems": len(graph.theorems),
        "sha256": digest,
    }
    return "".join(lines) + _dump(end) + "\n"


def theory_object(theory: Theory) -> dict[str, Any]:
    """The theory as the certificate's header states it."""
    signature = theory.signature

    def text(formula: Formula) -> str:
        return show(formula, ascribe=signature)

    return {
        "name": theory.name,
        "sorts": list(signature.sorts),
        "data": {
            name: {
                "params": [a.name for a in data.sort.args],
                "constructors": [c.name for c in data.constructors],
            }
            for name, data in signature.data.items()
        },
        "functions": {
            f.name: [[str(s) for s in f.args], str(f.result)] for f in signature.functions.values()
        },
        "predicates": {p.name: [str(s) for s in p.args] for p in signature.predicates.values()},
        "definitions": {
            name: [text(clause) for clause in definition.clauses]
            for name, definition in theory.definitions.items()
        },
        "axioms": {name: text(axiom) for name, axiom in theory.axioms.items()},
        "inductions": [
            {
                "definition": i.definition,
                "params": list(i.params),
                "set": i.base_set,
                "from": i.start,
                "by": i.successor,
            }
            for i in theory.inductions
        ],
    }


def theory_hash(theory: dict[str, Any]) -> str:
    """SHA-256 of the theory object in canonical JSON."""
    text = json.dumps(theory, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def _dump(line: dict[str, Any]) -> str:
    return json.dumps(line, separators=(", ", ": "), ensure_ascii=False)


def _lines(graph: ProofGraph) -> Iterator[dict[str, Any]]:
    signature = graph.theory.signature
    header = theory_object(graph.theory)
    yield {"certificate": 1, "theory": header, "hash": theory_hash(header)}
    scopes = iter(graph.scopes[1:])
    scope = next(scopes, None)
    theorems = {t.step: t for t in graph.theorems.values()}
    for step in graph.steps:
        while scope is not None and scope.after < step.id:
            yield scope_line(scope, signature)
            scope = next(scopes, None)
        yield step_line(step, signature)
        if step.scope == ROOT and step.id in theorems:
            theorem = theorems[step.id]
            yield {
                "theorem": theorem.name,
                "step": step.id,
                "formula": show(theorem.formula, ascribe=signature),
            }


def scope_line(scope: Scope, signature: Signature) -> dict[str, Any]:
    """The certificate's line for a scope."""
    return {
        "scope": scope.id,
        "in": scope.parent,
        "vars": {v.name: str(v.sort) for v in scope.vars},
        "assume": [show(h, ascribe=signature) for h in scope.hypotheses],
    }


def step_line(step: Step, signature: Signature) -> dict[str, Any]:
    """The certificate's line for a step."""
    line: dict[str, Any] = {"step": step.id, "in": step.scope, "rule": step.rule}
    if step.premises:
        line["from"] = list(step.premises)
    if step.scopes:
        line["scopes"] = list(step.scopes)
    if step.name is not None:
        line["name"] = step.name
    if step.of is not None:
        line["of"] = step.of
    if step.index is not None:
        line["index"] = step.index
    if step.binding is not None:
        line["with"] = {name: show(term, ascribe=signature) for name, term in step.binding.items()}
    if step.path is not None:
        line["at"] = list(step.path)
    if step.reverse:
        line["reverse"] = True
    if step.sorts:
        line["sorts"] = {name: str(sort) for name, sort in step.sorts.items()}
    line["formula"] = show(step.formula, ascribe=signature)
    return line
