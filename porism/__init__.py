"""Porism: discover and prove theorems from axioms, with evidence that others can check.

The jobs, on objects:

* :func:`load` reads a theory from an MPL file;
* :func:`explore` finds and proves what follows from it;
* :func:`prove` proves given goals;
* :func:`check` holds a certificate against the independent checker;
* :func:`export` writes the proofs in the language of another system;
* :func:`find` looks for a formula among the theorems;
* :func:`save` writes the theorems, the certificate and the HTML pages into a folder.

Unification by itself, on terms of a :class:`Terms`: :func:`unify`, :func:`match`,
:func:`unify_many`, :func:`match_many` and :class:`Index`.

Bad input raises :class:`PorismError`, whose text is made for people.

Names are loaded when they are first used, so that ``import porism`` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from logic.budget import Budget
    from logic.errors import PorismError
    from logic.theory import Theory
    from logic.unification import Index, Term, Terms, match, match_many, unify, unify_many
    from porism.jobs import check, explore, export, find, load, prove, save
    from proofs.check import Rejected, Report
    from proofs.graph import ProofGraph, Step, Theorem
    from proofs.verdict import Verdict
    from prover.outcome import Outcome, Progress, Stats

__version__ = "0.1.0"

__all__ = [
    "Budget",
    "Index",
    "Outcome",
    "PorismError",
    "Progress",
    "ProofGraph",
    "Rejected",
    "Report",
    "Stats",
    "Step",
    "Term",
    "Terms",
    "Theorem",
    "Theory",
    "Verdict",
    "check",
    "explore",
    "export",
    "find",
    "load",
    "match",
    "match_many",
    "prove",
    "save",
    "unify",
    "unify_many",
]

_HOME = {
    "Budget": "logic.budget",
    "PorismError": "logic.errors",
    "Theory": "logic.theory",
    "ProofGraph": "proofs.graph",
    "Step": "proofs.graph",
    "Theorem": "proofs.graph",
    "Verdict": "proofs.verdict",
    "Rejected": "proofs.check",
    "Report": "proofs.check",
    "Outcome": "prover.outcome",
    "Progress": "prover.outcome",
    "Stats": "prover.outcome",
    **dict.fromkeys(
        ("Index", "Term", "Terms", "match", "match_many", "unify", "unify_many"),
        "logic.unification",
    ),
    **dict.fromkeys(("check", "explore", "export", "find", "load", "prove", "save"), "porism.jobs"),
}


def __getattr__(name: str) -> Any:
    home = _HOME.get(name)
    if home is None:
        raise AttributeError(f"module 'porism' has no attribute {name!r}")
    value = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
