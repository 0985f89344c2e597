"""The two verbs: ``explore`` a theory, ``prove`` goals of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from logic.budget import Budget
from logic.errors import PorismError
from logic.formulas import FALSE, Formula, canonical, negate, split_forall
from logic.theory import Exploration, Theory
from proofs.graph import ProofGraph
from proofs.verdict import Verdict
from prover.compress import mark_essential
from prover.enumerate import enumerate_conjectures
from prover.fragment import graft
from prover.interpretations import interpret
from prover.network import Conjecture, Network, readings
from prover.outcome import Outcome, Progress
from prover.pool import Pool, open_pool
from prover.propositional import is_constantly
from prover.tactics import Effort
from prover.worker import LEVELS

PoolKind = Literal["serial", "threads", "processes"]
Listener = Callable[[Progress], None]

CONSISTENCY_STEPS = 200
"""Inference steps spent on a contradiction among the axioms."""
OUTRIGHT = 2
"""Levels of effort at which goals are attempted before lemmas are looked for."""
DISPROOFS = 9
"""Small values at which a resisting goal is tried to be disproved."""
DEFAULT_SIZE = 5
"""Size of the terms enumerated for a theory that does not say."""
GRACE = 0.5
"""Seconds in which the essential theorems are told from others after the time has run out."""
SMALL = 3
"""Size of the first terms enumerated, so that something is found soon."""
LARGER = 4
"""How much larger terms may become while goals stay open and there is time."""


def explore(
    theory: Theory,
    *,
    budget: Budget | None = None,
    workers: int = 1,
    pool: PoolKind = "serial",
    size: int | None = None,
    progress: Listener | None = None,
) -> Outcome:
    """Find and prove the laws of a theory, its goals among them.

    Parameters
    ----------
    theory : signature, definitions and axioms; its ``explore`` line bounds the enumeration.
    budget : time and memory; whatever was proved when it runs out is in the outcome.
    workers, pool : how attempts are spread; the outcome does not depend on it.
    size : overrides the size of the ``explore`` line.
    progress : told after each round.
    """
    bounds = theory.exploration or Exploration(DEFAULT_SIZE)
    if size is not None:
        bounds = Exploration(size, bounds.symbols, bounds.depth)
    with _Run(theory, theory.goals, budget, workers, pool, progress) as run:
        run.check_axioms()
        run.test_goals()
        run.network.rounds(run.conjectures, run.settled, top=1)
        if bounds.size > SMALL:
            run.enumerate(Exploration(SMALL, bounds.symbols, bounds.depth))
            run.network.rounds(run.conjectures, done=lambda: False, top=1)
        run.enumerate(bounds)
        run.network.rounds(run.conjectures, done=lambda: False)
        return run.outcome()


def prove(
    theory: Theory,
    goals: Mapping[str, Formula],
    *,
    budget: Budget | None = None,
    workers: int = 1,
    pool: PoolKind = "serial",
    progress: Listener | None = None,
) -> Outcome:
    """Prove goals (closed formulas by name); what exploration finds on the way serves as lemmas.

    Goals are tested first: one that fails at a ground instance, or in a small model, is REFUTED.
    Then they are attempted outright, and after that between rounds of exploration, which looks at
    larger terms while goals stay open.
    """
    with _Run(theory, goals, budget, workers, pool, progress) as run:
        run.check_axioms()
        run.test_goals()
        run.network.rounds(run.conjectures, run.settled, OUTRIGHT)
        if run.speculate():
            run.network.rounds(run.conjectures, run.settled, OUTRIGHT)
        bounds = theory.exploration or Exploration(DEFAULT_SIZE)
        first = min(SMALL, bounds.size)
        for size in (first, *range(max(first + 1, bounds.size), bounds.size + LARGER + 1)):
            if run.settled() or run.budget.spent():
                break
            is_complete = run.enumerate(Exploration(size, bounds.symbols, bounds.depth))
            top = OUTRIGHT if size < bounds.size else len(LEVELS)
            run.network.rounds(run.conjectures, run.settled, top)
            if run.speculate():
                run.network.rounds(run.conjectures, run.settled, top)
            if not is_complete:
                break
        return run.outcome()


class _Run:
    """One run: its network, conjectures and verdicts; a context that ends the workers."""

    def __init__(
        self,
        theory: Theory,
        goals: Mapping[str, Formula],
        budget: Budget | None,
        workers: int,
        pool: PoolKind,
        progress: Listener | None,
    ) -> None:
        self.theory = theory
        self.goals = goals
        self.budget = budget or Budget()
        self.pool: Pool = open_pool(pool, theory, list(goals.values()), workers)
        self.interpretation = interpret(theory, self.pool.root, self.budget)
        self.network = Network(theory, self.budget, self.pool, self._refuted, progress)
        self.verdicts: dict[str, Verdict] = {}
        self.conjectures: list[Conjecture] = []

    def __enter__(self) -> _Run:
        return self

    def __exit__(self, *_: object) -> None:
        self.pool.close()

    def check_axioms(self) -> None:
        """Look for a contradiction among the axioms, a little.

        Raises
        ------
        PorismError
            if falsity was derived: whatever else would be proved would mean nothing.
        """
        if not self.theory.axioms:
            return
        for name, axiom in self.theory.axioms.items():
            if is_constantly(split_forall(axiom)[1], False):
                raise PorismError(
                    f"The axiom {name} of {self.theory.name} contradicts itself: whatever its "
                    "parts may be worth, it is false.",
                    hint="From a contradiction everything follows; no goal was tried.",
                )
        fragment = self.pool.root.work(FALSE, Effort(0, 0, CONSISTENCY_STEPS))
        if fragment is None:
            return
        graph = ProofGraph(self.theory)
        step = graft(graph, fragment, {}, self.pool.root.recipes)
        axioms, definitions = graph.rests_on(step)
        names = [f"the axiom {a}" for a in axioms]
        names += [f"the definition of {d}" for d in definitions]
        together = ", ".join(names[:-1]) + (" and " if names[:-1] else "") + names[-1]
        raise PorismError(
            f"The axioms of {self.theory.name} contradict each other: false follows from "
            f"{together}.",
            hint="From a contradiction everything follows; no goal was tried.",
        )

    def test_goals(self) -> None:
        """Refute what fails at a sample point; the rest become conjectures."""
        for name, formula in self.goals.items():
            found = self.interpretation.counterexample(formula)
            if found is not None:
                self.verdicts[name] = Verdict("REFUTED", found[1], found[0])
            else:
                self.conjectures.append(Conjecture(formula, name, goal=True))

    def enumerate(self, bounds: Exploration) -> bool:
        """Add the conjectures of the enumeration, those aside that are stated already.

        Whether all terms of the size were looked at.
        """
        found = enumerate_conjectures(self.pool.root, bounds, self.interpretation, self.budget)
        goals = set().union(*(readings(c.formula) for c in self.conjectures))
        before = len(self.conjectures)
        lemmas = [
            Conjecture(formula, name)
            for name, formula in self.theory.lemmas.items()
            if canonical(formula) not in goals
        ]
        for lemma in lemmas:
            goals |= readings(lemma.formula)
        laws = [Conjecture(f) for f in found.conjectures if canonical(f) not in goals]
        self.conjectures += lemmas + laws
        self.network.stats.conjectures += len(self.conjectures) - before
        return found.complete_to == bounds.size

    def speculate(self) -> bool:
        """Add lemmas that open goals seem to need; whether there are any."""
        known = set().union(*(readings(c.formula) for c in self.conjectures))
        found = []
        for goal in [c for c in self.conjectures if c.goal and c.state == "open"]:
            for candidates in self.pool.root.lemmas(goal.formula):
                if self.budget.spent():
                    return False
                law = self._plausible(candidates)
                if law is not None and canonical(law) not in known:
                    known |= readings(law)
                    found.append(Conjecture(law))
        self.conjectures += found
        self.network.stats.conjectures += len(found)
        return bool(found)

    def _plausible(self, candidates: Sequence[Formula]) -> Formula | None:
        """The first formula that no test refutes."""
        for law in candidates:
            if self.interpretation.counterexample(law) is None:
                return law
        return None

    def _refuted(self, conjecture: Conjecture) -> bool:
        """Whether a conjecture that resists proof fails; a goal's failure may itself be proved."""
        if conjecture.tested < 0:
            found = self.interpretation.counterexample(conjecture.formula)
            if found is not None:
                if conjecture.goal:
                    self.verdicts[conjecture.name] = Verdict("REFUTED", found[1], found[0])
                return True
        return conjecture.goal and self._disproved(conjecture)

    def _disproved(self, goal: Conjecture) -> bool:
        """Prove that a goal fails at some small values, where evaluation cannot tell."""
        for values, instance in self.interpretation.instances(goal.formula, DISPROOFS):
            if self.budget.spent():
                return False
            fragment = self.pool.root.work(negate(instance), Effort(1, 1, 300))
            if fragment is not None:
                name = self.network.free_name(f"{goal.name}_fails")
                failure = Conjecture(negate(instance), name, goal=True)
                theorem = self.network.commit(failure, fragment)
                theorem.kind = "found"
                self.verdicts[goal.name] = Verdict("REFUTED", theorem.name, values)
                return True
        return False

    def settled(self) -> bool:
        """Whether every goal has its verdict."""
        return all(c.state != "open" for c in self.conjectures if c.goal)

    def outcome(self) -> Outcome:
        network = self.network
        self.network.drop_derivable(self.conjectures)
        unproved = {}
        for c in self.conjectures:
            if c.goal and c.state == "proved":
                self.verdicts[c.name] = Verdict("PROVED", c.name)
            elif c.goal and c.state != "refuted":
                self.verdicts[c.name] = Verdict("UNKNOWN", self._reason())
            elif c.state == "open":
                unproved[c.formula] = self._reason()
        late = Budget(GRACE) if self.budget.struck in ("time", "memory") else self.budget
        mark_essential(network.graph, self.theory, late)
        stats = network.stats
        stats.failed = len(unproved)
        stats.seconds = network.seconds()
        stats.stopped = self.budget.struck
        verdicts = {name: self.verdicts[name] for name in self.goals}
        return Outcome(network.graph, verdicts, stats, unproved)

    def _reason(self) -> str:
        if self.budget.struck:
            return {"time": "out of time", "memory": "out of memory"}.get(
                self.budget.struck, "interrupted"
            )
        return "holds at every point tested; no proof found"
