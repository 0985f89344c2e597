"""The seven properties of a workflow under a policy, each with its own counterexample.

They follow McCann, *Effect-Transparent Governance for AI Workflow Architectures* (arXiv
2605.01030), in stronger forms: not of the architecture, but of this workflow and this policy, on
traces, and each able to fail.

* **P1** register machines run governed exactly as ungoverned, and which capability that needs;
* **P2** the same with an oracle, and whether claims rest on its giving one answer to a question;
* **P3** the policy decides every request, is closed under and, or, not; and what no policy decides;
* **P4** goals are preserved on all runs, on some, or blocked, by which rules; no outcome is new;
* **P5** each directive is of exactly one of five kinds; what is needed, and what is granted;
* **P6** all effects are mediated whatever a content filter says; whether one could say the same;
* **P7** erased of the governor's part, a run is the ungoverned one, up to the first denial.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from governance.analysis.analyse import Analyser
from governance.analysis.witness import Witness
from governance.policy import Policy, RuleSet
from governance.runtime.decider import Decider
from governance.schema import KINDS
from governance.workflows.boundary import twins
from governance.workflows.claims import Claim, Goal
from governance.workflows.footprint import footprint
from governance.workflows.goals import conservative, goal_verdict
from governance.workflows.invariants import INVARIANTS, Kept, check_invariants
from governance.workflows.ir import Perform, Workflow
from governance.workflows.machine import STATE_MASK, TooMany
from governance.workflows.oracles import changes_its_mind, refuted_by_a_function, repeats
from governance.workflows.progress import refusal_loop
from governance.workflows.registers import simulate
from governance.workflows.runs import Run
from governance.workflows.transparency import divergence
from governance.workflows.verify import Verifier
from governance.workflows.watching import WATCH_SHIFT
from logic.budget import Budget
from logic.formulas import TRUE
from proofs.verdict import Verdict

TITLES = {
    "P1": "register machines run governed as ungoverned",
    "P2": "so do oracle machines, for every oracle",
    "P3": "the policy is total and closed under and, or, not",
    "P4": "goals are preserved",
    "P5": "each directive is of exactly one kind",
    "P6": "effects are mediated for every content filter",
    "P7": "erased, the governed run is the ungoverned one",
}


class Property(msgspec.Struct, frozen=True):
    """One property: its verdict, what else was found, and what shows it."""

    name: str
    verdict: Verdict
    notes: tuple[str, ...] = ()
    run: Run | None = None
    witness: Witness | None = None
    seconds: float = 0.0

    @property
    def title(self) -> str:
        """The property as a sentence."""
        return TITLES[self.name]

    def record(self) -> dict[str, Any]:
        """The property as JSON has it."""
        record: dict[str, Any] = {
            "title": self.title,
            "verdict": self.verdict.status,
            "notes": list(self.notes),
        }
        if self.verdict.detail:
            record["detail"] = self.verdict.detail
        if self.run is not None:
            record["run"] = self.run.record()
        if self.witness is not None:
            record["witness"] = self.witness.record()
        return record


class Certificate(msgspec.Struct, frozen=True):
    """The seven properties and the five invariants of a workflow under a policy."""

    workflow: str
    policy: str
    properties: tuple[Property, ...]
    invariants: tuple[Kept, ...]
    assumptions: tuple[str, ...] = ()

    def record(self) -> dict[str, Any]:
        """The certificate as JSON has it, keyed P1 to P7."""
        invariants: dict[str, Any] = {}
        for kept in self.invariants:
            entry: dict[str, Any] = {"verdict": kept.verdict.status, "title": INVARIANTS[kept.name]}
            if kept.verdict.detail:
                entry["detail"] = kept.verdict.detail
            if kept.played is not None:
                entry["run"] = kept.played.run.record()
            invariants[kept.name] = entry
        return {
            "workflow": self.workflow,
            "policy": self.policy,
            **{p.name: p.record() for p in self.properties},
            "invariants": invariants,
            "assumptions": list(self.assumptions),
        }


class Certifier:
    """The properties of one workflow under one policy.

    Parameters
    ----------
    workflow, policy : as in :class:`~governance.workflows.verify.Verifier`.
    claims : claims and goals; P2 asks which rest on the oracle, P4 which goals survive. Without a
        goal, P4 asks whether the workflow comes to an end.
    """

    def __init__(self, workflow: Workflow, policy: Policy, claims: Sequence[Claim] = ()) -> None:
        self._workflow = workflow
        self._policy = policy
        self._verifier = Verifier(workflow, policy)
        self._claims = [c for c in claims if c.goal is None]
        self._goals = [c for c in claims if c.goal is not None] or [Claim("the end", Goal(TRUE))]
        self._principals = list(
            dict.fromkeys(
                n.principal or workflow.principal or "agent"
                for n in self._verifier.workflow.performs()
            )
        ) or [workflow.principal or "agent"]

    def certify(self, budget: Budget | None = None, only: Sequence[str] = ()) -> Certificate:
        """The verdicts, within a budget."""
        budget = budget or Budget(60.0)
        checks: dict[str, Callable[[Budget], Property]] = {
            "P1": self.p1, "P2": self.p2, "P3": self.p3, "P4": self.p4, "P5": self.p5,
            "P6": self.p6, "P7": self.p7,
        }  # fmt: skip
        found = []
        for name, check in checks.items():
            if only and name not in only:
                continue
            start = time.perf_counter()
            try:
                result = check(budget)
            except TooMany as why:
                result = Property(name, Verdict("UNKNOWN", str(why)))
            seconds = time.perf_counter() - start
            found.append(msgspec.structs.replace(result, seconds=seconds))
        try:
            kept = tuple(check_invariants(self._verifier, budget))
        except TooMany as why:
            unknown = Verdict("UNKNOWN", str(why))
            kept = tuple(Kept(name, unknown, None) for name in INVARIANTS)
        return Certificate(
            self._workflow.name, self._policy.name, tuple(found), kept,
            tuple(self._workflow.assumptions),
        )  # fmt: skip

    # -- P1, P2 ------------------------------------------------------------------------------

    def p1(self, budget: Budget) -> Property:
        """Register machines."""
        return self._machines("P1", oracle=False)

    def _machines(self, name: str, oracle: bool) -> Property:
        for principal in self._principals:
            found = simulate(self._policy, principal, oracle)
            if found.verdict.status != "PROVED":
                break
        witness = None
        if found.denied is not None:
            decision = str(Analyser(self._policy).decide(self._policy, found.denied, found.history))
            witness = Witness(found.denied, found.history, {self._policy.name: decision})
        return Property(name, found.verdict, found.notes, None, witness)

    def p2(self, budget: Budget) -> Property:
        """Oracle machines, and what rests on the oracle's giving one answer to a question."""
        machines = self._machines("P2", oracle=True)
        notes = list(machines.notes)
        for claim in self._claims if repeats(self._verifier.workflow) else ():
            result = self._verifier.check(claim, budget)
            if result.run is None or not changes_its_mind(result.run, self._verifier):
                continue
            function = refuted_by_a_function(self._verifier, claim, budget)
            if function is False:
                notes.append(
                    f"'{claim.name}' rests on the oracle: it holds if the oracle always gives the "
                    "same answer to a question, and is refuted if it need not"
                )
        if not any("rests on" in n for n in notes):
            notes.append("no claim rests on the oracle's giving one answer to a question")
        return msgspec.structs.replace(machines, notes=tuple(notes))

    # -- P3 ----------------------------------------------------------------------------------

    def p3(self, budget: Budget) -> Property:
        """Totality, Boolean closure, and what lies beyond."""
        policy = self._policy
        other = ~policy
        analyser = Analyser(policy)
        total = analyser.never_errors(policy)
        notes = []
        if total.refuted and total.witness is not None:
            names = ", ".join(total.witness.decisions)
            if _happens(policy, total.witness):
                detail = f"{names} has no value"
                return Property("P3", Verdict("REFUTED", detail), (), None, total.witness)
            wrong = self._error(budget)
            if wrong is not None:
                return wrong
            notes.append(
                f"{names} has no value after a past that the policy permits nobody; "
                "in no run of this workflow does it come to that"
            )
        laws = {
            "P and P = P": (policy & policy, policy),
            "P or P = P": (policy | policy, policy),
            "not not P = P": (~other, policy),
            "not (P and Q) = not P or not Q": (~(policy & other), other | ~other),
            "not (P or Q) = not P and not Q": (~(policy | other), other & ~other),
            "P and (P or Q) = P": (policy & (policy | other), policy),
        }
        for law, (left, right) in laws.items():
            answer = analyser.equivalent(left, right)
            if answer.refuted:
                return Property("P3", Verdict("REFUTED", f"{law} fails"), (), None, answer.witness)
            if not answer.proved:
                return Property("P3", Verdict("UNKNOWN", f"{law}: {answer.verdict}"))
        if not total.proved and not notes:
            return Property("P3", Verdict("UNKNOWN", f"totality: {total.verdict}"))
        notes.append(
            f"every request has a decision; {len(laws)} laws hold of it and its complement"
        )
        notes.append(_beyond(self._verifier.workflow, self._policy))
        return Property("P3", Verdict("PROVED"), tuple(notes))

    def _error(self, budget: Budget) -> Property | None:
        """A run of the workflow in which a rule has no value, or that this cannot be told."""
        product = self._verifier.product([])
        explored = product.search(budget)
        for state in list(product.parents):
            for move in product.machine.moves(state & STATE_MASK):
                for way in (
                    product.watch.judge(state >> WATCH_SHIFT, move.ask) if move.ask >= 0 else ()
                ):
                    if way.decision.errors:
                        detail = f"{', '.join(way.decision.errors)} has no value"
                        return Property("P3", Verdict("REFUTED", detail), (), product.run(state))
        if not explored.complete or explored.cut or not product.machine.slice.exact:
            return Property("P3", Verdict("UNKNOWN", "not all runs were seen"))
        return None

    # -- P4 ----------------------------------------------------------------------------------

    def p4(self, budget: Budget) -> Property:
        """Goals."""
        found = [goal_verdict(self._verifier, goal, budget) for goal in self._goals]
        notes = [g.line() for g in found]
        kept = conservative(self._verifier, budget)
        if kept.holds:
            notes.append("conservative: the policy adds no outcome")
        blocked = next((g for g in found if g.preserved == "blocked"), None)
        if blocked is not None:
            notes.append(f"smallest relaxation: without {', '.join(blocked.blame)} it is reached")
            return Property("P4", Verdict("REFUTED", blocked.line()), tuple(notes), blocked.run)
        if kept.holds is False:
            detail = f"not conservative: the result {kept.result!r} comes of a denial only"
            return Property("P4", Verdict("REFUTED", detail), tuple(notes), kept.run)
        lost = next((g for g in found if g.preserved == "unreachable"), None)
        if lost is not None:
            return Property("P4", Verdict("REFUTED", lost.line()), tuple(notes))
        if any(g.preserved == "unknown" for g in found) or kept.holds is None:
            return Property("P4", Verdict("UNKNOWN", "the search came to no end"), tuple(notes))
        some = next((g for g in found if g.preserved == "some"), None)
        detail = "on some runs" if some is not None else "on all runs"
        return Property("P4", Verdict("PROVED", detail), tuple(notes), some.lost if some else None)

    # -- P5 ----------------------------------------------------------------------------------

    def p5(self, budget: Budget) -> Property:
        """Kinds and capabilities."""
        schema = self._verifier.workflow.schema
        for node in self._verifier.workflow.performs():
            kind = schema.tools[node.tool].kind
            if kind not in KINDS:
                detail = f"'{node.tool}' is of no kind"
                return Property("P5", Verdict("REFUTED", detail))
            if node.kind is not None and node.kind != kind:
                detail = f"'{node.name}' is {node.kind} in the workflow and {kind} in the schema"
                return Property("P5", Verdict("REFUTED", detail))
        print_ = footprint(self._verifier, budget)
        notes = [f"{kind}: {', '.join(tools)}" for kind, tools in print_.kinds.items()]
        notes += self._necessary(list(print_.kinds), budget)
        if print_.idle:
            notes.append(f"granted and not needed: {', '.join(print_.idle)}")
        if print_.unused_rules:
            notes.append(f"rules about tools it does not use: {', '.join(print_.unused_rules)}")
        if print_.denied:
            detail = f"it needs {', '.join(print_.denied)}, which is never permitted"
            return Property("P5", Verdict("REFUTED", detail), tuple(notes))
        return Property("P5", Verdict("PROVED"), tuple(notes))

    def _necessary(self, kinds: Sequence[str], budget: Budget) -> list[str]:
        """Which kinds no goal could be reached without."""
        found = []
        for kind in kinds:
            without = Verifier(_without(self._verifier.workflow, kind), self._policy)
            reached = [g for g in self._goals if without.check(g, budget).proved]
            if not reached:
                found.append(kind)
        if not found:
            return ["it could reach a goal without any one of these kinds"]
        return [f"it reaches no goal without {', '.join(found)}"]

    # -- P6 ----------------------------------------------------------------------------------

    def p6(self, budget: Budget) -> Property:
        """Mediation for every filter, and whether a filter could do what the policy does."""
        kept = check_invariants(self._verifier, budget, filtered=True)
        analyser = Analyser(self._policy)
        content = analyser.needs_no_history(self._policy)
        if content.proved:
            notes = ("a content filter could say the same: no decision needs the past",)
        elif content.refuted:
            notes = ("no content filter can say the same: after two pasts, one request is decided "
                     "in two ways",)  # fmt: skip
        else:
            notes = (f"whether a content filter could say the same: {content.verdict}",)
        broken = next((k for k in kept if k.verdict.status == "REFUTED"), None)
        if broken is not None:
            run = broken.played.run if broken.played else None
            verdict = Verdict("REFUTED", f"not so: {INVARIANTS[broken.name]}")
            return Property("P6", verdict, notes, run, content.witness)
        if any(k.verdict.status != "PROVED" for k in kept):
            return Property("P6", kept[0].verdict, notes, None, content.witness)
        return Property("P6", Verdict("PROVED"), notes, None, content.witness)

    # -- P7 ----------------------------------------------------------------------------------

    def p7(self, budget: Budget) -> Property:
        """Transparency, and no endless loop of the governor's own."""
        found = divergence(self._verifier, budget)
        if found.why:
            return Property("P7", Verdict("REFUTED", found.why), (), found.run)
        product = self._verifier.product([])
        explored = product.search(budget)
        loop = refusal_loop(product)
        if loop is not None:
            path, cycle = loop
            run = product.run_along([*path, *cycle])
            detail = "denied and asked again, without end and without an effect"
            return Property(
                "P7", Verdict("REFUTED", detail), (),
                msgspec.structs.replace(run, loop=len(path) - 1),
            )  # fmt: skip
        if not (found.complete and explored.complete) or explored.cut:
            return Property("P7", Verdict("BOUNDED", f"{explored.depth} steps"))
        return Property("P7", Verdict("PROVED", f"{found.steps} steps compared"))


def _happens(policy: Policy, witness: Witness) -> bool:
    """Whether a policy permits the past of a witness, event by event."""
    decider = Decider(policy)
    for event in witness.history:
        happened = event.completed or event.permitted
        if happened and decider.decide(event.request).outcome == "deny":
            return False
        decider.append(event)
    return True


def _without(workflow: Workflow, kind: str) -> Workflow:
    """The workflow whose directives of a kind are not granted."""
    from governance.workflows.flatten import replace_workflow

    allowed = frozenset(t.name for t in workflow.schema.tools.values() if t.kind != kind)
    nodes = {
        name: msgspec.structs.replace(
            n, granted=allowed if n.granted is None else n.granted & allowed
        )
        if isinstance(n, Perform)
        else n
        for name, n in workflow.nodes.items()
    }
    return replace_workflow(workflow, nodes=nodes)


def _beyond(workflow: Workflow, policy: Policy) -> str:
    """What lies beyond: two workflows that the policy does not tell apart; one does not end."""
    found = twins(workflow, policy)
    if found is None:
        return "no two workflows were found that the policy decides alike and of which one ends"
    shown = ", ".join(r.tool for r in found.directives) or "nothing"
    return (
        "beyond the policy: whether a workflow ends. Two were explored that ask for the same "
        f"({shown}), and one of them does not end; such claims are UNKNOWN, or up to a bound"
    )


def certify(
    workflow: Workflow, policy: RuleSet, claims: Sequence[Claim] = (), seconds: float = 60.0
) -> Certificate:
    """The seven properties and the five invariants, within so many seconds."""
    return Certifier(workflow, policy, claims).certify(Budget(seconds))
