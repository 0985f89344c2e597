"""Proving in tests: no proof counts before the independent checker has accepted it."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import mpl
from logic.budget import Budget
from logic.formulas import Formula, alpha_equal, forall, split_forall
from logic.printing import show_in
from logic.theory import Theory
from proofs.certificate import certificate
from proofs.check import Report, check
from proofs.graph import ProofGraph, Theorem
from prover import Outcome
from prover import explore as run_explore
from prover import prove as run_prove
from prover.fragment import Fragment, Origin, graft
from prover.tactics import Effort
from prover.worker import Worker

LIBRARY = Path(mpl.__file__).parent / "library"

FULL = Effort(2, 1, 400)
"""Two inductions, one case split, and some saturation."""

NUMBERS = """
data Nat = zero | succ(Nat)
var n, m, k : Nat
func (+)(Nat, Nat) -> Nat {
  n + zero = n
  n + succ(m) = succ(n + m)
}
"""

LISTS = """
data List(A) = nil | cons(A, List(A))
var x : A
var xs, ys, zs : List(A)
func (++)(List(A), List(A)) -> List(A) {
  nil ++ ys = ys
  cons(x, xs) ++ ys = cons(x, xs ++ ys)
}
"""

TRUTH = """
data Bool = yes | no
"""


@cache
def theory(text: str) -> Theory:
    """A theory from its text; one object for each text."""
    return mpl.parse_theory(text, "Test")


def formula(text: str, within: Theory) -> Formula:
    return mpl.parse_formula(text, within)


def accepted(graph: ProofGraph | Outcome) -> Report:
    """What the checker says of a graph; an exception if it rejects it."""
    graph = graph.graph if isinstance(graph, Outcome) else graph
    return check(certificate(graph).splitlines(keepends=True))


def graph_of(fragment: Fragment, worker: Worker, claim: Formula | None = None) -> ProofGraph:
    """A fragment as a graph with one theorem, accepted, which states the claim."""
    graph = ProofGraph(worker.theory)
    step = graft(graph, fragment, {}, worker.recipes)
    stated = graph.step(step).formula
    graph.conclude(Theorem("claim", step, stated))
    assert [t.name for t in accepted(graph).theorems] == ["claim"]
    if claim is not None:
        assert alpha_equal(merged(stated), merged(claim)), show_in(worker.theory, stated)
    return graph


def merged(claim: Formula) -> Formula:
    """With one quantifier in front."""
    variables, matrix = split_forall(claim)
    return forall(variables, matrix)


def proof(text: str, claim: str, effort: Effort = FULL) -> ProofGraph | None:
    """The accepted proof of a claim by the tactics alone, without lemmas; None if there is none."""
    within = theory(text)
    goal = formula(claim, within)
    worker = Worker(within, [goal])
    fragment = worker.work(goal, effort)
    return None if fragment is None else graph_of(fragment, worker, goal)


def rules(graph: ProofGraph | None) -> set[str]:
    """The rules that a proof uses; there has to be a proof."""
    assert graph is not None, "not proved"
    return {step.rule for step in graph.steps}


def knowing(text: str, *laws: str) -> Worker:
    """A worker that was told laws as theorems."""
    within = theory(text)
    worker = Worker(within, [formula(law, within) for law in laws])
    for number, law in enumerate(laws):
        worker.tell(Origin("theorem", f"law{number}", None, formula(law, within)))
    return worker


@cache
def explore(text: str, seconds: float = 20) -> Outcome:
    outcome = run_explore(theory(text), budget=Budget(seconds))
    accepted(outcome)
    return outcome


def prove(text: str, seconds: float = 10) -> Outcome:
    """Attempts at all goals that the text states."""
    within = theory(text)
    outcome = run_prove(within, within.goals, budget=Budget(seconds))
    accepted(outcome)
    return outcome


def verdicts(outcome: Outcome) -> dict[str, str]:
    return {name: verdict.status for name, verdict in outcome.verdicts.items()}


def statements(outcome: Outcome) -> list[str]:
    """The theorems as text, in the order in which they were found."""
    within = outcome.graph.theory
    return [show_in(within, t.formula) for t in outcome.graph.theorems.values()]
