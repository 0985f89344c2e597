"""Governed runs of workflows: with their own tools, or with answers that are given."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import msgspec

from governance.policy import Policy
from governance.request import Decision
from governance.runtime.evaluate import Frame
from governance.runtime.ledger import Ledger
from governance.sorts import ANY, Value
from governance.workflows.expressions import read_value
from governance.workflows.flatten import flatten
from governance.workflows.generators import PythonWorkflow
from governance.workflows.ir import Assign, Branch, Cut, End, Fork, Join, Perform, Workflow, within
from governance.workflows.replay import Replayer
from governance.workflows.runs import Outcome, Run, Step
from logic.errors import PorismError, nearest


class Ran(msgspec.Struct, frozen=True):
    """A governed run: how it ended, and what it did, line by line."""

    ending: str
    result: Any
    halted: bool
    steps: tuple[str, ...]

    def record(self) -> dict[str, Any]:
        """The run as JSON has it."""
        return {
            "ending": self.ending,
            "result": self.result if isinstance(self.result, str | int | bool) else None,
            "steps": list(self.steps),
        }

    def lines(self) -> list[str]:
        """The run as text."""
        end = f"the run is {self.ending}" if self.ending != "ended" else "the run ends"
        if self.result is not None:
            end += f" with {self.result!r}"
        return [*self.steps, end]


def simulate(
    workflow: Workflow | PythonWorkflow,
    policy: Policy,
    inputs: Mapping[str, Any],
    answers: Mapping[str, list[Any]],
    ledger: Ledger | None = None,
    approver: str = "",
    steps: int = 10_000,
) -> Ran:
    """Run a workflow once under a policy.

    A Python workflow uses its tools; where ``answers`` has a list for a tool, its items are the
    responses, one after another. Of any other workflow, each tool answers as ``answers`` says, and
    then anything that its contract allows.

    Raises
    ------
    PorismError : an input is missing or unknown, or nothing performs a tool.
    """
    if isinstance(workflow, PythonWorkflow):
        return _python(workflow, policy, inputs, answers, ledger, approver)
    driver = Driver(flatten(workflow), policy, inputs, answers, ledger, approver)
    return driver.drive(steps)


def _python(
    flow: PythonWorkflow,
    policy: Policy,
    inputs: Mapping[str, Any],
    answers: Mapping[str, list[Any]],
    ledger: Ledger | None,
    approver: str,
) -> Ran:
    for name in inputs:
        if name not in flow.parameters:
            raise PorismError(
                f"'{flow.name}' has no input '{name}'.", hint=nearest(name, flow.parameters)
            )
    missing = [n for n in flow.parameters if n not in inputs]
    if missing:
        raise PorismError(
            f"'{flow.name}' needs a value for {', '.join(missing)}.",
            hint=f"Give it: --arg {missing[0]}=VALUE.",
        )
    queues = {tool: list(given) for tool, given in answers.items()}
    tools = dict(flow.tools)
    for tool in queues:

        def answer(tool: str = tool, **_: Any) -> Any:
            given = queues[tool]
            return given.pop(0) if len(given) > 1 else given[0] if given else None

        tools[tool] = answer
    flow = flow.with_tools(tools)
    governed = flow.governed(
        policy,
        ledger=ledger,
        approver=(lambda request, decision: approver) if approver else None,
        clock=lambda: time.time_ns() // 1_000_000,
    )
    outcome = governed.run(flow.function(**inputs))
    lines = tuple(
        f"{p.directive!r}: {p.decision}"
        + ("" if p.response is None else f", answers {p.response!r}")
        for p in outcome.trace
    )
    ending = "halted" if outcome.halted else "ended"
    return Ran(ending, outcome.result, outcome.halted is not None, lines)


class Driver(Replayer):
    """Chooses each step as it comes: answers as given, the first way that is open."""

    def __init__(
        self,
        workflow: Workflow,
        policy: Policy,
        inputs: Mapping[str, Any],
        answers: Mapping[str, list[Any]],
        ledger: Ledger | None,
        approver: str,
    ) -> None:
        found: dict[str, Value] = {}
        for name, value in inputs.items():
            v = workflow.variables.get(name)
            if v is None:
                raise PorismError(
                    f"'{workflow.name}' has no input '{name}'.",
                    hint=nearest(name, workflow.variables),
                )
            if v.sort != ANY:
                value = read_value(workflow.schema, value, v.sort, f"'{name}'", None)
            if not within(value, v.domain):
                raise PorismError(f"{value!r} is not in the domain of '{name}'.")
            found[name] = value
        super().__init__(workflow, policy, Run(found, ()), (), [], ledger)
        for tool in answers:
            if tool not in workflow.schema.tools:
                raise PorismError(
                    f"There are answers for '{tool}', which is no tool.",
                    hint=nearest(tool, workflow.schema.tools),
                )
        self._given = {tool: list(given) for tool, given in answers.items()}
        self._approver = approver
        self._ready: Decision | None = None

    def drive(self, most: int) -> Ran:
        """Run to the end, or for so many steps."""
        for number in range(most):
            if len(self._tokens) == 1 and self._tokens[0] not in self._workflow.nodes:
                break
            step = self._next(number)
            if step is None:
                break
            self._clock.append(time.time_ns() // 1_000_000)
            self._step(number, step)
        at = self._tokens[0]
        node = self._workflow.nodes.get(at)
        ending, result = at.strip("()"), None
        if isinstance(node, End):
            ending = "ended"
            if node.result is not None:
                result = self._compiler.getter(node.result)(Frame("", "", self._store))
        elif isinstance(node, Cut):
            ending = "cut"
        elif node is not None:
            ending = "open"
        lines = tuple(s.line() for s in self._steps if s.request is not None)
        return Ran(ending, result, ending == "halted", lines)

    def _next(self, number: int) -> Step | None:
        for at in self._tokens:
            node = self._workflow.nodes[at]
            match node:
                case Perform():
                    return self._chosen(node)
                case Assign() | Fork():
                    return Step(at)
                case Branch():
                    return Step(at, self._way(node))
                case Join():
                    forks = [f for f in self._workflow.nodes.values() if isinstance(f, Fork)]
                    needed = next((len(f.branches) for f in forks if f.join == at), 1)
                    if self._tokens.count(at) >= needed:
                        return Step(at)
        return None

    def _way(self, node: Branch) -> str:
        from governance.sorts import Undefined

        frame = Frame("", "", self._store)
        for case in node.cases:
            try:
                if case.guard is None or self._compiler.test(case.guard)(frame):
                    return case.to
            except (Undefined, KeyError):
                continue
        return node.otherwise

    def _chosen(self, node: Perform) -> Step:
        asked = self.request(node, Frame("", "", self._store), time.time_ns() // 1_000_000)
        if asked is None:
            return Step(node.name)
        request = asked[0]
        outcome: Outcome = "completed"
        decision = Decision("permit")
        approved = False
        if node.granted is not None and node.tool not in node.granted:
            outcome = "denied"
            decision = Decision("deny", reason="it is not granted")
        elif node.conduct.mediated and not node.conduct.permit_of:
            decision = self._governor.decide(request)
            if decision.outcome == "ask" and self._approver:
                decision = self._governor.approve(decision, self._approver)
                approved = True
            if not decision.permitted:
                outcome = "refused" if decision.outcome == "ask" else "denied"
            self._ready = decision
        response = None
        if outcome == "completed" and node.into:
            v = self._workflow.variables[node.into]
            given = self._given.get(node.tool)
            if given:
                value = given.pop(0) if len(given) > 1 else given[0]
                if v.sort != ANY:
                    value = read_value(self._schema, value, v.sort, f"'{node.tool}'", None)
                if not within(value, v.domain):
                    raise PorismError(f"{value!r} is no answer that '{node.tool}' can give.")
                response = value
            else:
                response = self._first(v)
        return Step(node.name, "", request, outcome, approved, response, decision.rules,
                    decision.reason)  # fmt: skip

    def _decide(self, number: int, step: Step, node: Perform, request: Any) -> Decision | None:
        decision, self._ready = self._ready, None
        return decision
