"""``govern``: an interpreter of directives, under a policy.

An interpreter is any function from a directive to a response; its governed form asks the policy
first, records the decision, performs only what is permitted, and records what became of it:

    tools = {"send_money": bank.send, "plan": model.plan}
    governed = govern(lambda d: tools[d.tool](**d.args), policy, principal="ann")
    outcome = governed.run(pay(goal="pay the bill"))

What a denial does is said once, by ``on_denial``:

* ``"halt"``: the run ends there, and its outcome says so;
* ``"raise"``: :class:`~governance.runtime.governor.Denied` is raised where the directive was
  yielded; the workflow may catch it;
* a function of the directive and the decision: what it returns takes the place of the response.

A policy that answers *ask* asks the ``approver``; without one, or without an approval, it is a
denial. The erased run, without the governor's part, is the ungoverned run up to the first denial.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Generator, Mapping
from typing import Any, Literal, TypeAlias

import msgspec

from governance.policy import Policy
from governance.request import Decision, Request
from governance.runtime.governor import Denied, Governor
from governance.runtime.ledger import Ledger
from governance.workflows.directives import Directive
from logic.errors import PorismError, nearest

Interpreter: TypeAlias = Callable[[Directive], Any]
AsyncInterpreter: TypeAlias = Callable[[Directive], Awaitable[Any]]
Substitute: TypeAlias = Callable[[Directive, Decision], Any]
OnDenial: TypeAlias = Literal["halt", "raise"] | Substitute
Approver: TypeAlias = Callable[[Request, Decision], str]
Check: TypeAlias = Callable[[Directive, Any], bool]
Running: TypeAlias = Generator[Directive, Any, Any]


class Rejected(Exception):
    """A response did not pass its check; it goes no further."""

    def __init__(self, directive: Directive) -> None:
        super().__init__(f"the response to {directive!r} did not pass its check")
        self.directive = directive


class Halted(Exception):
    """The run ends here: a directive was denied."""

    def __init__(self, directive: Directive, decision: Decision) -> None:
        super().__init__(f"{directive!r} was denied: {decision}")
        self.directive = directive
        self.decision = decision


class Performed(msgspec.Struct, frozen=True):
    """One directive of a run, the decision, and the response to what was performed."""

    directive: Directive
    decision: Decision
    response: Any = None


class Outcome(msgspec.Struct, frozen=True):
    """How a run ended: its result, or the denial that halted it; and what it did."""

    result: Any
    halted: Halted | None
    trace: tuple[Performed, ...]

    @property
    def erased(self) -> list[tuple[Directive, Any]]:
        """The run without the governor's part: what was performed, and the responses."""
        return [(p.directive, p.response) for p in self.trace if p.decision.permitted]


class _Base:
    """What the two governed forms share."""

    def __init__(
        self,
        policy: Policy,
        principal: str,
        ledger: Ledger | None,
        on_denial: OnDenial,
        approver: Approver | None,
        clock: Callable[[], int] | None,
        labels: Mapping[str, Mapping[str, str]],
        check: Check | None,
    ) -> None:
        if not callable(on_denial) and on_denial not in ("halt", "raise"):
            raise PorismError(
                f'\'on_denial\' is "halt", "raise" or a function, not {on_denial!r}.',
                hint=nearest(str(on_denial), ("halt", "raise")),
            )
        self.policy = policy
        self.governor = Governor(policy, ledger, clock)
        self._decide = self.governor.decide
        self._complete = self.governor.complete
        self._principal = principal
        self._on_denial = on_denial
        self._approver = approver
        self._labels = labels
        self._check = check
        self._kinds = {name: tool.kind for name, tool in policy.schema.tools.items()}
        self._session: dict[str, str] = {}
        self.trace: list[Performed] = []
        """What was asked for, in order."""

    def _asked(self, directive: Directive) -> Decision:
        check_directive(directive, self._kinds)
        request = Request(self._principal, directive.tool, directive.args, 0, (), self._session)
        decision = self._decide(request)
        if decision.outcome == "ask" and self._approver is not None:
            by = self._approver(request, decision)
            if by:
                return self.governor.approve(decision, by)
        return decision

    def _denied(self, directive: Directive, decision: Decision) -> Any:
        self.trace.append(Performed(directive, decision))
        if callable(self._on_denial):
            return self._on_denial(directive, decision)
        if self._on_denial == "raise":
            raise Denied(decision)
        raise Halted(directive, decision)

    def _answered(self, directive: Directive, decision: Decision, response: Any) -> Any:
        self.trace.append(Performed(directive, decision, response))
        carried = self._labels.get(directive.tool)
        if carried:
            session = dict(self._session)
            for lattice, label in carried.items():
                known = self.policy.schema.lattices[lattice]
                session[lattice] = known.join([label, session.get(lattice, known.join(()))])
            self._session = session
        if self._check is not None and not self._check(directive, response):
            raise Rejected(directive)
        return response

    def _course(self, workflow: Running) -> Generator[Directive, Any, Outcome]:
        """A run to its end: yields each directive, is sent the response or thrown what came of it.

        What the workflow raises itself goes on.
        """
        start = len(self.trace)
        halted, result = None, None
        try:
            directive = next(workflow)
            while True:
                try:
                    response = yield directive
                except (Denied, Rejected) as error:
                    directive = workflow.throw(error)
                except Halted as error:
                    halted = error
                    workflow.close()
                    break
                except PorismError:
                    workflow.close()
                    raise
                except Exception as error:
                    directive = workflow.throw(error)
                else:
                    directive = workflow.send(response)
        except StopIteration as end:
            result = end.value
        return Outcome(result, halted, tuple(self.trace[start:]))


class Governed(_Base):
    """A governed interpreter: call it with a directive, or :meth:`run` a workflow."""

    def __init__(self, interpreter: Interpreter, *args: Any) -> None:
        super().__init__(*args)
        self._perform = interpreter

    def __call__(self, directive: Directive) -> Any:
        """The response to a directive, if it is permitted.

        Raises
        ------
        Denied, Halted : it is not, as ``on_denial`` says.
        Rejected : the response did not pass its check.
        """
        decision = self._asked(directive)
        if not decision.permitted:
            return self._denied(directive, decision)
        try:
            response = self._perform(directive)
        except BaseException:
            self._complete(decision, ok=False)
            raise
        self._complete(decision)
        return self._answered(directive, decision, response)

    def run(self, workflow: Running) -> Outcome:
        """Run a workflow to its end; what it raises itself goes on."""
        course = self._course(workflow)
        try:
            directive = next(course)
            while True:
                try:
                    response = self(directive)
                except Exception as error:
                    directive = course.throw(error)
                else:
                    directive = course.send(response)
        except StopIteration as end:
            outcome: Outcome = end.value
            return outcome


class AsyncGoverned(_Base):
    """The same for an interpreter that is awaited."""

    def __init__(self, interpreter: AsyncInterpreter, *args: Any) -> None:
        super().__init__(*args)
        self._perform = interpreter

    async def __call__(self, directive: Directive) -> Any:
        """The response to a directive, if it is permitted; raises as :class:`Governed` does."""
        decision = self._asked(directive)
        if not decision.permitted:
            return self._denied(directive, decision)
        try:
            response = await self._perform(directive)
        except BaseException:
            self._complete(decision, ok=False)
            raise
        self._complete(decision)
        return self._answered(directive, decision, response)

    async def run(self, workflow: Running) -> Outcome:
        """Run a workflow to its end; what it raises itself goes on."""
        course = self._course(workflow)
        try:
            directive = next(course)
            while True:
                try:
                    response = await self(directive)
                except Exception as error:
                    directive = course.throw(error)
                else:
                    directive = course.send(response)
        except StopIteration as end:
            outcome: Outcome = end.value
            return outcome


def govern(
    interpreter: Interpreter | AsyncInterpreter,
    policy: Policy,
    *,
    principal: str = "agent",
    ledger: Ledger | None = None,
    on_denial: OnDenial = "raise",
    approver: Approver | None = None,
    clock: Callable[[], int] | None = None,
    labels: Mapping[str, Mapping[str, str]] | None = None,
    check: Check | None = None,
) -> Any:
    """The governed form of an interpreter: :class:`Governed`, or :class:`AsyncGoverned` for a
    coroutine function.

    Parameters
    ----------
    interpreter : performs a directive and returns the response.
    policy : what is asked first.
    principal : who asks.
    ledger : where decisions are recorded.
    on_denial : ``"halt"``, ``"raise"``, or what returns a response in its place.
    approver : who is asked when the policy answers *ask*; returns a name, or an empty text.
    clock : milliseconds since 1970; without it, time stands still.
    labels : for each tool, the labels that its responses carry; they spread to all that is done
        later.
    check : whether a response may go on; one that may not raises :class:`Rejected`.
    """
    known = policy.schema.tools
    for tool, carried in (labels or {}).items():
        if tool not in known:
            raise PorismError(f"'labels' speaks of '{tool}', no tool.", hint=nearest(tool, known))
        for lattice, label in carried.items():
            declared = policy.schema.lattices.get(lattice)
            if declared is None or label not in declared.labels:
                raise PorismError(f"'labels' speaks of {lattice}.{label}, which there is not.")
    rest = (policy, principal, ledger, on_denial, approver, clock, labels or {}, check)
    own = getattr(type(interpreter), "__call__", None)  # noqa: B004 (an object may be awaitable)
    if inspect.iscoroutinefunction(interpreter) or inspect.iscoroutinefunction(own):
        return AsyncGoverned(interpreter, *rest)
    return Governed(interpreter, *rest)


def check_directive(directive: object, kinds: Mapping[str, str]) -> None:
    """Complain about what is no directive, or is of another kind than its tool.

    Raises
    ------
    PorismError : it is.
    """
    if not isinstance(directive, Directive):
        raise PorismError(
            f"A workflow yielded {_short(directive)}, which is no directive.",
            hint='Yield Call("tool", ...), Reason(...), Memory(...), Compute(...) or Observe(...).',
        )
    kind = directive.kind
    if kind is not None and kinds.get(directive.tool, kind) != kind:
        known = kinds[directive.tool]
        raise PorismError(
            f"'{directive.tool}' was asked for as {kind}, and it is {known}.",
            hint=f"Yield {known.capitalize()}({directive.tool!r}, ...).",
        )


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
