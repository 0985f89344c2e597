"""Runs replayed: the whole workflow, under the governor that enforces, as a run says.

A run that an engine found speaks of what was tracked only. Here every variable has a value, each
directive is put to a :class:`~governance.runtime.governor.Governor` with its whole arguments, and
each answer must be the one that the run says. A run that behaves otherwise raises
:class:`~governance.analysis.witness.Disagreement`: a fault of Porism, and never an answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

import msgspec

from governance.analysis.witness import Disagreement
from governance.policy import Policy, RuleSet
from governance.request import Decision, Request
from governance.runtime.decider import Decider
from governance.runtime.evaluate import Compiler, Frame
from governance.runtime.governor import Governor
from governance.runtime.ledger import Ledger
from governance.schema import Lattice, Parameter
from governance.sorts import ANY, Undefined, Value
from governance.workflows.claims import Claim, ClaimMonitor
from governance.workflows.ir import (
    Assign,
    Branch,
    Cut,
    End,
    Fork,
    Interval,
    Join,
    Perform,
    Variable,
    Workflow,
)
from governance.workflows.performing import placeholder
from governance.workflows.runs import Run, Step
from governance.workflows.timing import Windows, step_views, times
from logic.formulas import free_variables
from logic.terms import Term

What: TypeAlias = Literal["asked", "approved", "performed", "failed", "result"]


class Event(msgspec.Struct, frozen=True):
    """One thing that a governed run did, in order.

    ``permit`` is the number of the decision it goes by (-1: none), ``kept`` false marks a result
    that failed its check and flowed on.
    """

    what: What
    request: Request
    step: int
    permit: int = -1
    outcome: str = ""
    kept: bool = True


class Untimely(Exception):
    """No clock lets a run happen: what left a window could not have left it then."""


class Replay(msgspec.Struct):
    """What happened when a run was replayed."""

    run: Run
    events: list[Event]
    store: dict[str, Value]
    ledger: Ledger
    claims: dict[str, bool]
    """For each claim whether it was refuted."""


def replay(workflow: Workflow, policy: Policy, run: Run, claims: tuple[Claim, ...] = ()) -> Replay:
    """Perform a run of a flat workflow under a governor.

    Raises
    ------
    Disagreement : the governor, or the workflow, does not do what the run says.
    Untimely : the run needs a clock that there is not.
    """
    clock = _clock(workflow, policy, run, claims)
    return Replayer(workflow, policy, run, claims, clock).go()


class Replayer:
    """Performs the steps of a run, one after another."""

    def __init__(
        self,
        workflow: Workflow,
        policy: Policy,
        run: Run,
        claims: tuple[Claim, ...],
        clock: list[int],
        ledger: Ledger | None = None,
    ) -> None:
        self._workflow = workflow
        self._schema = workflow.schema
        self._run = run
        self._clock = clock
        self._compiler = Compiler(workflow.schema)
        self._ledger = ledger or Ledger(policy=policy.name)
        self._governor = Governor(policy, self._ledger)
        self._open: dict[str, Decision] = {}
        self._events: list[Event] = []
        self._steps: list[Step] = []
        self._lattices = list(self._schema.lattices.values())
        self._bottom = {x.name: x.join(()) for x in self._lattices}
        self._store: dict[str, Value] = {
            v.name: run.inputs.get(v.name, self._first(v)) for v in workflow.variables.values()
        }
        self._labels = {v.name: {**self._bottom, **v.labels} for v in workflow.variables.values()}
        self._memory, self._session = dict(self._bottom), dict(self._bottom)
        if workflow.flow == "session":
            self._session = self._join(*self._labels.values())
        self._tokens = [workflow.start]
        self._watchers = [_Watcher(c, workflow) for c in claims]

    def _first(self, v: Variable) -> Value:
        if v.initial is not None:
            return v.initial
        if isinstance(v.domain, tuple):
            return v.domain[0]
        if v.sort == ANY:
            return ""
        value = placeholder(self._schema, Parameter(v.name, v.sort))
        if isinstance(v.domain, Interval):
            return type(value)(v.domain.low)
        return value

    def go(self) -> Replay:
        for number, step in enumerate(self._run.steps):
            self._step(number, step)
        self._end()
        run = msgspec.structs.replace(self._run, steps=tuple(self._steps))
        refuted = {
            w.claim.name: w.refuted(self._run.ending not in ("open", "cut")) for w in self._watchers
        }
        return Replay(run, self._events, dict(self._store), self._ledger, refuted)

    def _wrong(self, number: int, why: str) -> Disagreement:
        shown = "\n".join(self._run.lines())
        return Disagreement(f"step {number} of a run does not happen: {why}\n{shown}")

    def _step(self, number: int, step: Step) -> None:
        if step.node not in self._tokens:
            raise self._wrong(number, f"nothing is at '{step.node}', but at {self._tokens}")
        node = self._workflow.nodes[step.node]
        frame = Frame("", "", self._store)
        match node:
            case Perform():
                self._perform(number, step, node, frame)
                return
            case Assign():
                self._move(step.node, self._assign(node, frame))
            case Branch():
                self._move(step.node, self._branch(number, step, node, frame))
            case Fork():
                self._tokens.remove(step.node)
                self._tokens += node.branches
            case Join():
                while step.node in self._tokens:
                    self._tokens.remove(step.node)
                self._tokens.append(node.next)
        self._steps.append(step)

    def _move(self, at: str, to: str) -> None:
        self._tokens.remove(at)
        if to in _PSEUDO:
            self._tokens = [to]
        else:
            self._tokens.append(to)

    def _assign(self, node: Assign, frame: Frame) -> str:
        try:
            values = {n: self._compiler.getter(t)(frame) for n, t in node.sets.items()}
        except (Undefined, KeyError):
            return "(error)"
        labels = {}
        for name, term in node.sets.items():
            labels[name] = {**self._label_of([term]), **node.labels.get(name, {})}
        self._store.update(values)
        self._labels.update(labels)
        return node.next

    def _branch(self, number: int, step: Step, node: Branch, frame: Frame) -> str:
        open_ = []
        for case in node.cases:
            try:
                if case.guard is None or self._compiler.test(case.guard)(frame):
                    open_.append(case.to)
            except (Undefined, KeyError):
                continue
        ways = open_ or ([node.otherwise] if node.otherwise else [])
        if not ways and not step.to:
            return "(stuck)"
        if step.to not in ways:
            raise self._wrong(number, f"'{node.name}' does not go to '{step.to}'")
        return step.to

    # -- labels ----------------------------------------------------------------------------

    def _join(self, *labels: Mapping[str, str]) -> dict[str, str]:
        def joined(lattice: Lattice) -> str:
            return lattice.join(x[lattice.name] for x in labels)

        return {x.name: joined(x) for x in self._lattices}

    def _label_of(self, terms: Any) -> dict[str, str]:
        names = {v.name for t in terms for v in free_variables(t)}
        return self._join(self._bottom, *[self._labels[n] for n in sorted(names)])

    # -- effects ---------------------------------------------------------------------------

    def _perform(self, number: int, step: Step, node: Perform, frame: Frame) -> None:
        asked = self.request(node, frame, self._clock[number])
        if asked is None:
            self._move(step.node, "(error)")
            self._steps.append(step)
            return
        request, performed, label = asked
        decision = self._decide(number, step, node, request)
        happened = step.outcome in ("completed", "failed")
        self._tell(request, performed, step, node)
        conduct = node.conduct
        for _ in range(conduct.times if step.outcome == "completed" else happened):
            what: What = "performed" if step.outcome == "completed" else "failed"
            permit = decision.number if decision is not None else -1
            if conduct.permit_of:
                other = self._open.get(conduct.permit_of)
                permit = other.number if other is not None else -1
            self._events.append(Event(what, performed, number, permit))
        if conduct.checked and step.outcome == "completed":
            self._events.append(Event("result", performed, number, kept=conduct.honoured))
        if decision is not None:
            self._open[node.name] = decision
        if decision is not None and decision.permitted:
            self._governor.complete(decision, ok=step.outcome == "completed")
        self._after(number, step, node, label, frame)
        self._steps.append(
            msgspec.structs.replace(
                step,
                request=request,
                performed=performed if performed != request else None,
            )
        )

    def request(
        self, node: Perform, frame: Frame, time: int
    ) -> tuple[Request, Request, dict[str, str]] | None:
        """What a node asks about, what it performs, and the label of both; None: no value."""
        try:
            args = self._args(node.args, frame)
            others = {**args, **self._args(node.conduct.performs or {}, frame)}
        except (Undefined, KeyError):
            return None
        label = self._session
        if self._workflow.flow == "values":
            label = self._label_of(node.args.values())
        principal = node.principal or self._workflow.principal or "agent"
        shown = {n: x for n, x in label.items() if x != self._bottom[n]}
        request = Request(principal, node.tool, args, time, (), shown)
        return request, msgspec.structs.replace(request, args=others), label

    def _args(self, terms: Mapping[str, Term], frame: Frame) -> dict[str, Value]:
        return {name: self._compiler.getter(term)(frame) for name, term in terms.items()}

    def _decide(self, number: int, step: Step, node: Perform, request: Request) -> Decision | None:
        if not node.conduct.mediated or node.conduct.permit_of:
            return None
        if node.granted is not None and node.tool not in node.granted:
            if step.outcome != "denied":
                raise self._wrong(number, f"'{node.tool}' is not granted")
            return None
        decision = self._governor.decide(request)
        self._events.append(Event("asked", request, number, decision.number, decision.outcome))
        wanted = {"completed": "permit", "failed": "permit", "denied": "deny", "refused": "ask"}
        expected = "ask" if step.approved else wanted[step.outcome]
        if decision.outcome != expected:
            raise self._wrong(number, f"the governor decides {decision}, not {expected}")
        if step.approved:
            decision = self._governor.approve(decision, "somebody")
            self._events.append(Event("approved", request, number, decision.number))
        return decision

    def _tell(self, request: Request, performed: Request, step: Step, node: Perform) -> None:
        for watcher in self._watchers:
            for view in step_views(step):
                times_ = node.conduct.times if view == "completed" else 1
                for _ in range(times_):
                    watcher.event(view, performed)

    def _after(
        self, number: int, step: Step, node: Perform, label: dict[str, str], frame: Frame
    ) -> None:
        if step.outcome in ("denied", "refused"):
            self._denied(step, node, frame)
            return
        tool = self._schema.tools[node.tool]
        response = self._join(label, {**self._bottom, **node.labels})
        if tool.kind == "memory" and not node.store and not node.recall:
            self._memory = self._join(self._memory, label)
            response = self._join(response, self._memory)
        self._session = self._join(self._session, response)
        if node.recall:
            response = self._join(response, self._labels[node.recall])
        if node.store:
            self._store[node.store] = self._compiler.getter(node.args[node.stored])(frame)
            self._labels[node.store] = label
        if step.outcome == "failed":
            self._move(step.node, node.failed)
            return
        if node.into:
            v = self._workflow.variables[node.into]
            value = step.response if step.response is not None else self._first(v)
            self._store[node.into] = self._store[node.recall] if node.recall else value
            self._labels[node.into] = response
        self._move(step.node, node.next)

    def _denied(self, step: Step, node: Perform, frame: Frame) -> None:
        if node.substitute is not None:
            if node.into:
                self._store[node.into] = self._compiler.getter(node.substitute)(frame)
                self._labels[node.into] = self._label_of([node.substitute])
            self._move(step.node, node.denied or node.next)
        elif node.denied:
            self._move(step.node, node.denied)
        elif self._workflow.on_denial == "raise" and node.failed:
            self._move(step.node, node.failed)
        else:
            self._move(step.node, "(halted)")

    def _end(self) -> None:
        ending = self._run.ending
        at = self._tokens[0] if len(self._tokens) == 1 else ""
        node = self._workflow.nodes.get(at)
        found = {"(halted)": "halted", "(stuck)": "stuck", "(error)": "error"}.get(at, "open")
        if isinstance(node, End):
            found = "ended"
            if node.result is not None and self._run.result is not None:
                value = self._compiler.getter(node.result)(Frame("", "", self._store))
                if value != self._run.result:
                    raise self._wrong(len(self._run.steps), f"the result is {value!r}")
        if isinstance(node, Cut):
            found = "cut"
        if ending == "stuck" and found == "open":
            return
        if found != ending:
            raise self._wrong(len(self._run.steps), f"it is {found}, not {ending}")


_PSEUDO = ("(halted)", "(stuck)", "(error)")


class _Watcher:
    """One claim, over the events of a replay, with the clock as it is."""

    def __init__(self, claim: Claim, workflow: Workflow) -> None:
        self.claim = claim
        self._decider = Decider(RuleSet("claim", workflow.schema, [], claim.monitors))
        self._monitor = ClaimMonitor(claim, workflow.schema)
        self._state = self._monitor.start

    def event(self, view: str, request: Request) -> None:
        frame = self._decider.frame(request)
        self._state = self._monitor.step(self._state, view, frame)
        self._decider.record(frame, view)

    def refuted(self, ended: bool) -> bool:
        broken = self._monitor.broken(self._state)
        return broken or (ended and self._monitor.open(self._state))


def _clock(workflow: Workflow, policy: Policy, run: Run, claims: tuple[Claim, ...]) -> list[int]:
    count = len(run.steps)
    if not any(step.expired for step in run.steps):
        return [0] * count
    deciders = [Decider(policy)]
    deciders += [Decider(RuleSet("claim", policy.schema, [], c.monitors)) for c in claims]
    windows = [Windows(d) for d in deciders]
    differences: list[tuple[int, int, int]] = []
    for number, step in enumerate(run.steps):
        if step.request is None:
            continue
        at = 0
        for decider, window in zip(deciders, windows, strict=True):
            size = len(window.monitors)
            differences += window.ask(number, step.expired[at : at + size])
            at += size
            request = (
                (step.performed or step.request) if decider is not deciders[0] else step.request
            )
            if decider is deciders[0] and not step.asked:
                continue
            window.record(number, decider.frame(request), step_views(step))
    found = times(count, differences)
    if found is None:
        raise Untimely
    return found
