"""``verify``: does a claim hold of a workflow under a policy?

Small data is explored whole; what cannot be goes to Z3. Every verdict says what it rests on:

* PROVED: in all runs, for all inputs, answers, failures, approvals and clocks;
* REFUTED: with a run, which the governor that enforces was seen to permit, step by step;
* BOUNDED(k): no run of up to k steps refutes it, and nothing is known of longer ones;
* UNKNOWN: with the reason.

A goal is the other way round: it is PROVED with a run that reaches it, and REFUTED if none does.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import msgspec

from governance.policy import Policy, RuleSet
from governance.runtime.evaluate import Compiler, Frame
from governance.workflows.claims import Claim
from governance.workflows.flatten import flatten
from governance.workflows.ir import Branch, Cut, Fork, Workflow
from governance.workflows.machine import STATE_MASK, Machine, TooMany
from governance.workflows.product import WATCH_SHIFT, Explored, Product
from governance.workflows.replay import Untimely, replay
from governance.workflows.runs import Run
from governance.workflows.slicing import Slice
from governance.workflows.watching import Watch
from logic.budget import Budget
from logic.errors import PorismError
from logic.formulas import TRUE
from proofs.verdict import Verdict

DEFAULT_SECONDS = 30.0

FIRST_LOOK = 3_000
"""So many states are explored before Z3 is asked, and more after it had no answer."""

MOST_ENCODED = 300
"""Workflows of more nodes are explored, and not put to Z3."""

_OPEN = ("UNKNOWN", "BOUNDED")


class Result(msgspec.Struct, frozen=True):
    """A claim, its verdict, and the run that shows it."""

    claim: Claim
    verdict: Verdict
    run: Run | None = None
    states: int = 0
    seconds: float = 0.0
    method: str = "explored"
    limited: bool = False
    """Whether more could have been explored."""

    @property
    def proved(self) -> bool:
        """Whether the verdict is PROVED."""
        return self.verdict.status == "PROVED"

    @property
    def refuted(self) -> bool:
        """Whether the verdict is REFUTED."""
        return self.verdict.status == "REFUTED"

    def record(self) -> dict[str, Any]:
        """The result as JSON has it."""
        record: dict[str, Any] = {
            "claim": self.claim.name,
            "text": self.claim.text,
            "verdict": self.verdict.status,
            "states": self.states,
            "method": self.method,
        }
        if self.verdict.detail:
            record["detail"] = self.verdict.detail
        if self.run is not None:
            record["run"] = self.run.record()
        return record


class Verifier:
    """Claims about one workflow under one policy.

    Parameters
    ----------
    workflow : what runs; its calls are written out first.
    policy : what is asked before each directive; over the workflow's schema.
    solver : whether Z3 is asked where exploration proves nothing.

    Raises
    ------
    PorismError : the policy and the workflow speak of different schemas.
    """

    def __init__(self, workflow: Workflow, policy: Policy, solver: bool = True) -> None:
        for name in {n.tool for n in workflow.performs()}:
            if policy.schema.tools and name not in policy.schema.tools:
                raise PorismError(
                    f"The policy '{policy.name}' does not know the tool '{name}' "
                    f"of '{workflow.name}'.",
                    hint="Give both one schema.",
                )
        self.workflow = flatten(workflow)
        self.policy = policy
        self._solver = solver
        self._tools = frozenset(n.tool for n in self.workflow.performs())
        self._unknown: bool | None = None
        self._cuts = [n.reason for n in self.workflow.nodes.values() if isinstance(n, Cut)]

    def check(self, claim: Claim, budget: Budget | None = None) -> Result:
        """The verdict on one claim."""
        if claim.goal is None and claim.safe_without(self._tools):
            return self._idle(claim, budget)
        start = time.perf_counter()
        budget = budget or Budget(DEFAULT_SECONDS)
        small = len(self.workflow.nodes) <= MOST_ENCODED
        result = self._explored(claim, budget, FIRST_LOOK if self._solver and small else None)
        if result.verdict.status in _OPEN and self._solver and small and claim.goal is None:
            from governance.workflows.symbolic import check_symbolically

            result = check_symbolically(self.workflow, self.policy, claim, budget, result)
        if result.verdict.status in _OPEN and result.limited and not budget.spent():
            longer = self._explored(claim, budget, None)
            if longer.verdict.status not in _OPEN or result.verdict.status == "UNKNOWN":
                result = longer
        return msgspec.structs.replace(result, seconds=time.perf_counter() - start)

    def _idle(self, claim: Claim, budget: Budget | None) -> Result:
        """A claim that no directive of the workflow can refute: all hangs on what is unknown."""
        if self._cuts and self._unknown is None:
            self._unknown = self._cut_reached(budget or Budget(DEFAULT_SECONDS))
        verdict = Verdict("PROVED")
        if self._cuts and self._unknown:
            verdict = Verdict("BOUNDED", f"what was explored: {self._reason()}")
        return Result(claim, verdict, method="no directive can refute it")

    def _cut_reached(self, budget: Budget) -> bool:
        """Whether some run comes to where nothing is known, as far as can be told."""
        nodes = self.workflow.nodes
        seen = {self.workflow.start}
        todo = [self.workflow.start]
        guarded = False
        for name in todo:
            node = nodes[name]
            if isinstance(node, Branch) and any(c.guard is not None for c in node.cases):
                guarded = True
            more = (node.join,) if isinstance(node, Fork) else ()
            for target in (*node.targets(), *more):
                if target not in seen:
                    seen.add(target)
                    todo.append(target)
        if not any(isinstance(nodes[name], Cut) for name in seen):
            return False
        if not guarded and _permits_all(self.policy):
            return True
        product = self.product([])
        ending = product.machine.ending
        explored = product.search(budget, lambda s: ending(s & STATE_MASK) == "cut")
        return explored.found is not None or not explored.complete

    def _explored(self, claim: Claim, budget: Budget, limit: int | None) -> Result:
        try:
            if claim.goal is not None:
                return self._goal(claim, budget, limit)
            return self._safety(claim, budget, limit)
        except TooMany as why:
            return Result(claim, Verdict("UNKNOWN", str(why)))

    def check_all(self, claims: Sequence[Claim], budget: Budget | None = None) -> list[Result]:
        """The verdicts on several claims, within one budget."""
        budget = budget or Budget(DEFAULT_SECONDS)
        return [self.check(c, budget) for c in claims]

    # -- exploring -------------------------------------------------------------------------

    def product(
        self,
        claims: Sequence[Claim],
        enforced: bool = True,
        filtered: bool = False,
        results: bool = False,
    ) -> Product:
        """The product of the workflow, the policy and the first claim, if there is one.

        Without ``enforced`` the policy is not asked; ``filtered`` adds any content filter to it;
        with ``results`` the results of runs are told apart.
        """
        cut = Slice(self.workflow, self.policy, claims, results)
        watch = Watch(self.policy, claims[0] if claims else None, cut, enforced, filtered)
        return Product(Machine(self.workflow, cut, watch), watch)

    def _safety(self, claim: Claim, budget: Budget, limit: int | None) -> Result:
        product = self.product([claim])
        product.limit = limit or product.limit
        confirmed: list[Run] = []

        def timely() -> bool:
            try:
                confirmed.append(self._confirmed(product.run_along(product.last), claim, False))
            except Untimely:
                return False
            return True

        explored = product.search(budget, None, timely if product.watch.windowed else None)
        found, loop = explored.found, False
        if found is None and explored.complete and claim.lasting:
            watch = product.watch
            found = product.trapped(lambda s: watch.open(s >> WATCH_SHIFT), budget)
            loop = found is not None
        if found is not None:
            try:
                run = (
                    confirmed[0] if confirmed else self._confirmed(product.run(found), claim, loop)
                )
            except Untimely:
                product.refused += 1
            else:
                return Result(claim, Verdict("REFUTED", _shape(run)), run, explored.states)
        if product.refused and not explored.reason:
            verdict = Verdict("UNKNOWN", "the runs that refute it fit no clock")
            return Result(claim, verdict, None, explored.states)
        verdict = self._verdict(product, explored)
        limited = limit is not None and not explored.complete
        return Result(claim, verdict, None, explored.states, limited=limited)

    def _verdict(self, product: Product, explored: Explored) -> Verdict:
        if explored.reason:
            return Verdict("BOUNDED", f"{explored.depth} steps: {explored.reason}")
        if explored.cut:
            return Verdict("BOUNDED", f"what was explored: {self._reason()}")
        if not product.machine.slice.exact:
            return Verdict("UNKNOWN", "values without bounds were only sampled")
        if product.machine.slice.clock:
            return Verdict("BOUNDED", "the time 0: the policy looks at the clock")
        return Verdict("PROVED")

    def _reason(self) -> str:
        return self._cuts[0] if self._cuts else "some of it is cut off"

    def _confirmed(self, run: Run, claim: Claim, loop: bool) -> Run:
        played = replay(self.workflow, self.policy, run, (claim,))
        if not loop and not played.claims[claim.name] and not _stuck(run):
            from governance.analysis.witness import Disagreement

            shown = "\n".join(run.lines())
            raise Disagreement(f"a run does not refute '{claim.name}':\n{shown}")
        run = played.run
        return msgspec.structs.replace(run, loop=len(run.steps)) if loop else run

    def _goal(self, claim: Claim, budget: Budget, limit: int | None) -> Result:
        assert claim.goal is not None
        product = self.product([claim])
        product.limit = limit or product.limit
        machine, watch = product.machine, product.watch
        test = Compiler(self.workflow.schema).test(claim.goal)

        def reached(state: int) -> bool:
            base = state & STATE_MASK
            if machine.ending(base) != "ended":
                return False
            frame = Frame("", "", machine.store(base))
            return watch.holds(state >> WATCH_SHIFT, test, frame)

        explored = product.search(budget, reached)
        if explored.found is not None:
            try:
                played = replay(self.workflow, self.policy, product.run(explored.found))
                return Result(claim, Verdict("PROVED", "reached"), played.run, explored.states)
            except Untimely:
                verdict = Verdict("UNKNOWN", "the runs that reach it fit no clock")
                return Result(claim, verdict, None, explored.states)
        verdict = self._verdict(product, explored)
        if verdict.status == "PROVED":
            verdict = Verdict("REFUTED", "no run reaches it")
        limited = limit is not None and not explored.complete
        return Result(claim, verdict, None, explored.states, limited=limited)


def _permits_all(policy: Policy) -> bool:
    """Whether it is plain that a policy permits everything."""
    rules = policy.rules
    plain = any(not r.who and not r.tools and r.condition == TRUE for r in rules)
    return isinstance(policy, RuleSet) and plain and all(r.effect == "permit" for r in rules)


def _stuck(run: Run) -> bool:
    return run.ending == "stuck"


def _shape(run: Run) -> str:
    size = sum(s.request is not None for s in run.steps)
    return f"a run of {size} directive{'' if size == 1 else 's'}"


def verify(
    workflow: Workflow, policy: Policy, claims: Sequence[Claim], seconds: float = DEFAULT_SECONDS
) -> list[Result]:
    """The verdicts on claims about a workflow under a policy, within so many seconds."""
    return Verifier(workflow, policy).check_all(claims, Budget(seconds))
