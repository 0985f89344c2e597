"""``Network``: the root block, its workers, and the rounds in which theorems are found.

A round is bulk-synchronous: every open conjecture is attempted against the theorems of the rounds
before, by whichever worker is free; then what was proved is committed in a fixed order, told to
all workers, and the next round begins. So the result does not depend on the number of workers.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Literal

import msgspec

from logic.budget import Budget
from logic.formulas import Equal, Formula, canonical, close, fresh_name, split_forall
from logic.terms import App, Term, Var, subterms
from logic.theory import Theory
from proofs.graph import ProofGraph, Theorem
from prover.fragment import Fragment, Origin, graft
from prover.naming import name_theorem
from prover.outcome import Progress, Stats
from prover.pool import Pool
from prover.worker import LEVELS, Worker


class Conjecture(msgspec.Struct):
    """A formula that passed the tests; a goal is committed even if it follows already."""

    formula: Formula
    name: str = ""
    goal: bool = False
    state: Literal["open", "proved", "derivable", "refuted"] = "open"
    tested: int = -1
    """How many theorems there were when it was last tested harder, after attempts had failed."""
    tried: dict[int, int] = {}
    """How many theorems there were when it was last attempted, by level of effort."""


Proved = tuple[Conjecture, Fragment]


class Network:
    """Conjectures in, theorems out, round by round."""

    def __init__(
        self,
        theory: Theory,
        budget: Budget,
        pool: Pool,
        refuted: Callable[[Conjecture], bool],
        progress: Callable[[Progress], None] | None = None,
    ) -> None:
        self.refuted = refuted
        self.theory = theory
        self.budget = budget
        self.pool = pool
        self.progress = progress
        self.root: Worker = pool.root
        self.graph = ProofGraph(theory)
        self.stats = Stats()
        self._known: dict[Origin, int] = {}
        self._names = {*theory.axioms, *theory.goals, *theory.definitions}
        self._start = time.monotonic()

    # -- rounds ------------------------------------------------------------------------------

    def rounds(
        self, conjectures: Sequence[Conjecture], done: Callable[[], bool], top: int = len(LEVELS)
    ) -> None:
        """Run rounds until nothing new is found at the effort below ``top``, or ``done``."""
        level = 0
        while level < top and not done() and not self.budget.spent():
            found = self.round(conjectures, level)
            level = 0 if found else level + 1
            if not found:
                self._test(conjectures)

    def round(self, conjectures: Sequence[Conjecture], level: int) -> int:
        """One round: attempt what is open, commit what was proved. How many theorems came."""
        self.stats.rounds += 1
        self.drop_derivable(conjectures)
        known = len(self.graph.theorems)
        pending = [c for c in conjectures if c.state == "open" and c.tried.get(level) != known]
        self._report("proving", len(pending))
        results = self.pool.attempt([(c.formula, c.goal) for c in pending], level, self.budget)
        proved = [(c, f) for c, f in zip(pending, results, strict=False) if f is not None]
        self.stats.blocks += len(pending)
        for c, _ in zip(pending, results, strict=False):
            c.tried[level] = known
        ready, early = self._preferred(pending, proved)
        laws = [c.formula for c, _ in early]
        found = sum(self._commit_all(group, laws) for group in self._groups(ready))
        return found or sum(self._commit_all(group, ()) for group in self._groups(early))

    def _preferred(
        self, pending: Sequence[Conjecture], proved: list[Proved]
    ) -> tuple[list[Proved], list[Proved]]:
        """What was proved, and apart from it laws that a preferable one may yet make needless.

        Of laws with one left side, and right sides that differ in the order of arguments only, the
        first is preferred; a later one that was proved before it (``s(m) * n = n + m * n`` before
        ``s(m) * n = m * n + n``) waits a round.
        """
        done = {id(c) for c, _ in proved}
        waiting: set[tuple[Term, str]] = set()
        early: set[int] = set()
        for c in pending:
            matrix = split_forall(c.formula)[1]
            if c.goal or not isinstance(matrix, Equal):
                continue
            likeness = (matrix.left, _unordered(matrix.right))
            if id(c) not in done:
                waiting.add(likeness)
            elif likeness in waiting:
                early.add(id(c))
        return (
            [p for p in proved if id(p[0]) not in early],
            [p for p in proved if id(p[0]) in early],
        )

    def _groups(self, proved: list[Proved]) -> Iterator[list[Proved]]:
        """What a round proved, in the order in which it is committed.

        General laws come first: those with a repeated variable on the left wait for a later round
        if there are others. Among them, conditional laws and equations that the order directs
        precede laws like commutativity, under which much else becomes an instance; and a law whose
        left side is rewritten by then only says that two normal forms are equal, and comes last.
        """
        goals = [p for p in proved if p[0].goal]
        general = [p for p in proved if p[0].goal or _is_linear(p[0].formula)]
        rest = [p for p in proved if not p[0].goal and p not in general] if not general else []
        yield [p for p in goals if self.root.directed(p[0].formula)]
        directed = [p for p in general if not p[0].goal and self.root.directed(p[0].formula)]
        late = []
        for pair in directed:
            if self.root.reducible_left(pair[0].formula):
                late.append(pair)
            else:
                yield [pair]
        yield [p for p in general if not self.root.directed(p[0].formula)]
        yield late
        yield rest

    def _commit_all(self, group: list[Proved], waiting: Sequence[Formula]) -> int:
        """Commit what neither follows from what is known nor would follow from what waits."""
        found = 0
        for conjecture, fragment in group:
            if not conjecture.goal and self.root.derivable(conjecture.formula):
                conjecture.state = "derivable"
                self.stats.derivable += 1
            elif (
                conjecture.goal
                or not waiting
                or not self.root.derivable(conjecture.formula, waiting)
            ):
                self.commit(conjecture, fragment)
                found += 1
        return found

    def _test(self, conjectures: Iterable[Conjecture]) -> None:
        """Look harder for counterexamples of what resists."""
        for c in conjectures:
            known = len(self.graph.theorems)
            if c.state == "open" and c.tested < known and not self.budget.spent():
                if self.refuted(c):
                    c.state = "refuted"
                c.tested = known

    def drop_derivable(self, conjectures: Iterable[Conjecture]) -> None:
        """Mark the conjectures that follow from what is known by rewriting or instantiation."""
        for c in conjectures:
            if self.budget.spent():
                return
            if c.state == "open" and not c.goal and self.root.derivable(c.formula):
                c.state = "derivable"
                self.stats.derivable += 1

    def commit(self, conjecture: Conjecture, fragment: Fragment) -> Theorem:
        """Join a proof to the graph, name its theorem, and tell all workers."""
        step = graft(self.graph, fragment, self._known, self.root.recipes)
        formula = self.graph.step(step).formula
        name = conjecture.name
        if not name or (name in self._names and not conjecture.goal):
            name = name_theorem(formula, self._names)
        self._names.add(name)
        conjecture.state = "proved"
        theorem = self.graph.conclude(
            Theorem(
                name,
                step,
                formula,
                kind="goal" if conjecture.goal else "found",
                method=method(self.graph, step),
                round=self.stats.rounds,
            )
        )
        origin = Origin("theorem", name, None, formula)
        self._known[origin] = step
        self.pool.tell(origin)
        return theorem

    def free_name(self, stem: str) -> str:
        """The stem, or the stem with a number, that names nothing yet."""
        return fresh_name(stem, self._names)

    def _report(self, phase: str, open: int) -> None:
        if self.progress is not None:
            self.progress(Progress(phase, self.stats.rounds, len(self.graph.theorems), open))

    def seconds(self) -> float:
        return time.monotonic() - self._start


def _unordered(term: Term) -> str:
    """A term as text, the arguments of each symbol sorted."""
    if isinstance(term, App):
        return f"{term.symbol}({','.join(sorted(map(_unordered, term.args)))})"
    return term.name if isinstance(term, Var) else ""


def _is_linear(formula: Formula) -> bool:
    """Whether no variable occurs twice on the left side of an equation (others count as linear)."""
    matrix = split_forall(formula)[1]
    if not isinstance(matrix, Equal):
        return True
    names = [t.name for t in subterms(matrix.left) if isinstance(t, Var)]
    return len(names) == len(set(names))


def method(graph: ProofGraph, step: int) -> str:
    """The outermost idea of a proof, as a phrase."""
    stack = [step]
    rules: list[str] = []
    seen: set[int] = set()
    while stack:
        current = graph.step(stack.pop())
        if current.id in seen:
            continue
        seen.add(current.id)
        rules.append(current.rule)
        if current.rule in ("induction", "set_induction"):
            variable = split_forall(current.formula)[0][0].name
            return f"induction on {variable}"
        if current.rule in ("contradiction", "cases"):
            return {"contradiction": "contradiction", "cases": "case analysis"}[current.rule]
        if current.scope == 0 and current.id != step and current.rule != "induction":
            continue
        stack.extend(p for p in current.premises)
    return "rewriting" if "rewrite" in rules else "direct"


def readings(formula: Formula) -> set[Formula]:
    """The canonical forms of a law: variables in order of occurrence, an equation both ways."""
    matrix = split_forall(formula)[1]
    forms = {canonical(close(matrix))}
    if isinstance(matrix, Equal):
        forms.add(canonical(close(Equal(matrix.right, matrix.left))))
    return forms
