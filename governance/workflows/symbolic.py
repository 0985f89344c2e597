"""Claims over unbounded data: bounded model checking and k-induction with Z3.

A claim is PROVED if it is inductive, k steps at a time, relative to *invariants* that are proposed
and then thinned out until what is left is inductive itself (Houdini: Flanagan and Leino, 2001).
Proposed are, for each node, bounds of numbers by the constants that occur, the truth of what has
happened once, relations of numbers, and labels. A model of the unrolled steps is a run, and is
replayed like any other.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from functools import partial
from typing import TypeAlias

from governance.analysis.meaning import Unanalysed
from governance.policy import Policy
from governance.sorts import BOOL, DECIMAL, INT, NUMBERS, constant_value, is_constant
from governance.workflows.claims import Claim
from governance.workflows.ir import Branch, Perform, Workflow
from governance.workflows.placed import Choices, State, Taken
from governance.workflows.replay import Untimely, replay
from governance.workflows.runs import Outcome, Run, Step
from governance.workflows.slicing import Slice, walk
from governance.workflows.transition import DENIED, DONE, FAILED, System, request_of
from governance.workflows.verify import Result
from logic.budget import Budget
from logic.smt import Expr, Solver
from logic.terms import App, Term
from proofs.verdict import Verdict

Candidate: TypeAlias = Callable[[State], Expr]

EFFORT = 20_000_000
DEEPEST = 24
MOST_CANDIDATES = 3_000


def check_symbolically(
    workflow: Workflow, policy: Policy, claim: Claim, budget: Budget, explored: Result
) -> Result:
    """A better verdict than exploring gave, where Z3 finds one; else the same."""
    try:
        engine = _Engine(workflow, policy, claim, budget)
        return engine.decide(explored)
    except Unanalysed as why:
        if explored.verdict.status == "BOUNDED":
            return explored
        verdict = Verdict("UNKNOWN", f"{explored.verdict.detail}, and {why} is not analysed")
        return Result(claim, verdict, None, explored.states, limited=explored.limited)


class _Engine:
    def __init__(self, workflow: Workflow, policy: Policy, claim: Claim, budget: Budget) -> None:
        self._workflow = workflow
        self._policy = policy
        self._claim = claim
        self._budget = budget
        self._slice = Slice(workflow, policy, [claim])
        self._system = System(workflow, policy, claim, self._slice)
        self._z3 = self._system.z3
        self._states = [self._system.state(0)]
        self._chosen: list[Choices] = []
        self._taken: list[Taken] = []
        self._known: dict[int, list[Candidate]] = {0: []}

    def decide(self, explored: Result) -> Result:
        """Prove, or refute with a run that is replayed, or say how far it came."""
        for k, effort in ((1, 0), (1, 1), (1, 2), (2, 2), (4, 2), (8, 2)):
            if self._budget.spent():
                break
            if self._inductive(k, self._invariants(effort)) and self._base(k):
                verdict = Verdict("PROVED")
                return Result(self._claim, verdict, None, explored.states, 0.0, f"{k}-induction")
        depth = 0
        for depth in range(4, DEEPEST + 1, 4):
            if self._budget.spent():
                break
            run = self._refute(depth)
            if run is not None:
                detail = f"a run of {sum(s.request is not None for s in run.steps)} directives"
                verdict = Verdict("REFUTED", detail)
                return Result(
                    self._claim, verdict, run, explored.states, 0.0, "bounded model checking"
                )
        if self._system.approximate:
            verdict = Verdict("UNKNOWN", "not inductive as far as windows are over-approximated")
            return Result(self._claim, verdict, None, explored.states, limited=explored.limited)
        verdict = Verdict("BOUNDED", f"{depth} steps")
        return Result(self._claim, verdict, None, explored.states, limited=explored.limited)

    # -- unrolling -------------------------------------------------------------------------

    def _unroll(self, steps: int) -> tuple[list[State], list[Choices], list[Taken]]:
        """So many steps from any state; each is encoded once."""
        while len(self._taken) < steps:
            i = len(self._taken)
            choices = self._system.choices(i)
            step = self._system.step(self._states[-1], choices, i)
            self._chosen.append(choices)
            self._taken.append(step)
            self._states.append(step.after)
        return self._states[: steps + 1], self._chosen[:steps], self._taken[:steps]

    def _ask(self, *constraints: Expr) -> tuple[str, Solver]:
        solver = Solver(self._system.meaning)
        solver.add(*constraints)
        remaining = self._budget.remaining()
        limit = None if remaining is None else max(1, int(remaining * 1000))
        return solver.check(EFFORT, limit), solver

    def _base(self, k: int) -> bool:
        (state, *_), _, taken = self._unroll(k)
        # A later step counts only if those before it can be taken; that is part of each of them.
        for i in range(k):
            before = [t.constraint for t in taken[: i + 1]]
            answer, _ = self._ask(
                *self._system.initial(state), *self._system.bounds(state), *before, taken[i].bad
            )
            if answer != "unsat":
                return False
        return True

    def _inductive(self, k: int, kept: list[Candidate]) -> bool:
        states, _, taken = self._unroll(k)
        known = [inv(s) for s in states[:-1] for inv in kept]
        constraints = [t.constraint for t in taken]
        fine = [self._z3.Not(t.bad) for t in taken[:-1]]
        answer, _ = self._ask(
            *self._system.bounds(states[0]), *known, *constraints, *fine, taken[-1].bad
        )
        return answer == "unsat"

    def _refute(self, depth: int) -> Run | None:
        states, chosen, taken = self._unroll(depth)
        state = states[0]
        meaning, z3 = self._system.meaning, self._z3
        fine: list[Expr] = []
        reached = []
        for t in taken:
            reached.append(meaning.all([*fine, t.constraint, t.bad]))
            fine.append(z3.And(t.constraint, z3.Not(t.bad)))
        answer, solver = self._ask(
            *self._system.initial(state), *self._system.bounds(state), meaning.any(reached)
        )
        if answer != "sat":
            return None
        run = self._run(solver, states, chosen, taken)
        try:
            played = replay(self._workflow, self._policy, run, (self._claim,))
        except Untimely:
            return None
        except Exception:
            if self._system.approximate:
                return None
            raise
        return played.run if played.claims[self._claim.name] else None

    def _run(
        self, solver: Solver, states: list[State], chosen: list[Choices], taken: list[Taken]
    ) -> Run:
        system = self._system
        steps: list[Step] = []
        for i, t in enumerate(taken):
            place = int(solver.value(states[i].place))
            if place >= system.stop:
                break
            name = system.names[place]
            node = self._workflow.nodes[name]
            choices = chosen[i]
            if isinstance(node, Perform):
                outcome = int(solver.value(choices.outcome))
                permits = bool(solver.value(t.decisions[name].permits))
                asks = bool(solver.value(t.decisions[name].asks))
                approved = outcome != DENIED and asks and not permits
                how: Outcome = {DONE: "completed", FAILED: "failed"}.get(
                    outcome, "refused" if asks else "denied"
                )  # type: ignore[assignment]
                response = None
                if node.into in self._slice.variables and outcome == DONE:
                    sort = self._workflow.variables[node.into].sort
                    response = system.read(solver, choices.responses[sort], sort)
                request = request_of(node, self._workflow)
                steps.append(Step(name, "", request, how, approved, response))
            elif isinstance(node, Branch):
                case = int(solver.value(choices.case))
                to = node.cases[case].to if case < len(node.cases) else node.otherwise
                steps.append(Step(name, to))
            else:
                steps.append(Step(name))
            if bool(solver.value(t.bad)):
                break
        inputs = {
            v: system.read(solver, states[0].values[v], self._workflow.variables[v].sort)
            for v in self._slice.variables
            if self._workflow.variables[v].initial is None
        }
        end = int(solver.value(states[len(steps)].place))
        ending = "open"
        if end >= system.stop and steps and steps[-1].outcome in ("denied", "refused"):
            ending = "halted"
        elif end < system.stop and not list(self._workflow.nodes[system.names[end]].targets()):
            ending = "ended"
        return Run(inputs, tuple(steps), ending)

    # -- invariants ------------------------------------------------------------------------

    def _invariants(self, effort: int) -> list[Candidate]:
        """Those proposed with some effort that are inductive together."""
        found = self._known.get(effort)
        if found is None:
            proposed = self._proposed(effort > 1)
            candidates = list(itertools.islice(proposed, MOST_CANDIDATES))
            found = self._known[effort] = self._thinned(candidates)
        return found

    def _thinned(self, candidates: list[Candidate]) -> list[Candidate]:
        system, z3 = self._system, self._z3
        (state, _), _, (step,) = self._unroll(1)
        now = [c(state) for c in candidates]
        after = [c(step.after) for c in candidates]
        first = Solver(system.meaning)
        first.add(*system.initial(state), *system.bounds(state))
        live = self._survivors(first, list(range(len(candidates))), now)
        solver = Solver(system.meaning)
        solver.add(*system.bounds(state), step.constraint)
        while live and not self._budget.spent():
            with solver.scope():
                solver.add(*[now[i] for i in live])
                solver.add(z3.Not(system.meaning.all([after[i] for i in live])))
                answer = solver.check(EFFORT)
                if answer == "unsat":
                    return [candidates[i] for i in live]
                if answer != "sat":
                    return []
                values = solver.values([after[i] for i in live])
            kept = [i for i, v in zip(live, values, strict=True) if v]
            if len(kept) == len(live):
                return []
            live = kept
        return []

    def _survivors(self, solver: Solver, live: list[int], exprs: list[Expr]) -> list[int]:
        while live:
            with solver.scope():
                everything = self._system.meaning.all([exprs[i] for i in live])
                solver.add(self._z3.Not(everything))
                answer = solver.check(EFFORT)
                if answer == "unsat":
                    return live
                if answer != "sat":
                    return []
                values = solver.values([exprs[i] for i in live])
                live = [i for i, v in zip(live, values, strict=True) if v]
        return live

    def _proposed(self, many: bool) -> Iterator[Candidate]:
        """Invariants worth trying: few, or many."""
        system, z3 = self._system, self._z3
        numbers, truths = self._getters()
        constants = self._constants()

        def at_least(get: Candidate, c: int, s: State) -> Expr:
            return get(s) >= c

        def at_most(get: Candidate, c: int, s: State) -> Expr:
            return get(s) <= c

        def ordered(a: Candidate, b: Candidate, s: State) -> Expr:
            return a(s) <= b(s)

        def there(place: int, inner: Candidate, s: State) -> Expr:
            return z3.Implies(s.place == place, inner(s))

        def no(inner: Candidate, s: State) -> Expr:
            return z3.Not(inner(s))

        def nearly(a: Candidate, b: Candidate, s: State) -> Expr:
            return a(s) <= b(s) + 1

        def follows(a: Candidate, b: Candidate, s: State) -> Expr:
            return z3.Implies(a(s), b(s))

        def labelled(v: str, n: str, most: int, s: State) -> Expr:
            return s.labels[v, n] <= most

        for get in numbers:
            yield partial(at_least, get, 0)
            for c in constants:
                yield partial(at_most, get, c)
        pairs = list(itertools.permutations(numbers, 2)) if many else []
        for a, b in pairs:
            yield partial(ordered, a, b)
        for a, b in itertools.permutations(truths, 2) if many else ():
            yield partial(follows, a, b)
        for place in range(len(system.names)):
            for truth in truths:
                yield partial(there, place, truth)
                yield partial(there, place, partial(no, truth))
            for v, n in itertools.product(self._workflow.variables, self._slice.lattices):
                for most in range(len(self._workflow.schema.lattices[n].labels) - 1):
                    yield partial(there, place, partial(labelled, v, n, most))
            for get in numbers if many else ():
                for c in constants:
                    yield partial(there, place, partial(at_most, get, c))
                    yield partial(there, place, partial(at_most, get, c - 1))
            # A counter of the workflow and one of the past are one apart between their updates.
            for a, b in pairs:
                yield partial(there, place, partial(ordered, a, b))
                yield partial(there, place, partial(nearly, a, b))

    def _getters(self) -> tuple[list[Candidate], list[Candidate]]:
        """What of a state is a number, and what is true or false."""
        system, z3 = self._system, self._z3
        numbers: list[Candidate] = []
        truths: list[Candidate] = []

        def variable(name: str, s: State) -> Expr:
            return s.values[name]

        def remembered(name: str, s: State) -> Expr:
            return s.past[name]

        def for_key(name: str, term: Term, s: State) -> Expr:
            return z3.Select(s.past[name], system.translated({"k": term}, s)["k"])

        for v in self._slice.variables:
            sort = self._workflow.variables[v].sort
            if sort in NUMBERS:
                numbers.append(partial(variable, v))
            elif sort == BOOL:
                truths.append(partial(variable, v))
        for name, m in system.monitors.items():
            counts = m.operation in ("count", "sum", "distinct")
            if not m.pattern.keys:
                (numbers if counts else truths).append(partial(remembered, name))
                continue
            key = getattr(m.pattern.keys[0], "name", "")
            terms = {n.args[key] for n in self._workflow.performs() if key in n.args}
            for term in sorted(terms, key=str):
                if not counts and system.translated({"k": term}, system.state(0)):
                    truths.append(partial(for_key, name, term))
        return numbers, truths

    def _constants(self) -> list[int]:
        found: set[int] = {0, 1}
        expressions = [
            *(r.condition for r in self._policy.rules),
            *(p.guard for p in self._claim.patterns()),
            *(t for n in self._workflow.nodes.values() for _, t in n.terms()),
        ]
        for expression in expressions:
            for node in walk(expression):
                if isinstance(node, App) and is_constant(node) and node.sort in (INT, DECIMAL):
                    found.add(int(constant_value(node)))
        return sorted(found)[:12]
