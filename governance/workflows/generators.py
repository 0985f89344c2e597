"""Workflows as Python generator functions: run for real, and explored for verification.

    @workflow(schema=bank, answers={"plan": ["pay", "stop"], "approve": "Bool"})
    def pay(goal):
        step = yield Reason("plan", goal=goal)
        if step == "pay":
            yield Call("send_money", to="ACME", amount=100)
        return step

The same function runs under a governor (:meth:`PythonWorkflow.run`) and is explored
(:meth:`PythonWorkflow.explore`): it is called again and again, and receives symbols in place of
responses; each time a condition on one is open, it is once true and once false. What comes out is a
:class:`~governance.workflows.ir.Workflow` in the form of a tree. Runs that are longer than the
limit end in a :class:`~governance.workflows.ir.Cut`, and no proof reaches beyond one.

Labels spread by session: what a response carries, all that is done later carries.
"""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Generator, Mapping, Sequence
from typing import Any, TypeAlias

from governance.policy import Policy
from governance.schema import Schema
from governance.sorts import ANY, BOOL
from governance.workflows.directives import Directive
from governance.workflows.expressions import read_sort, read_value
from governance.workflows.govern import Governed, Outcome, govern
from governance.workflows.ir import (
    Domain,
    Interval,
    OnDenial,
    Workflow,
)
from logic.budget import Budget
from logic.errors import PorismError, Span, nearest

Answer: TypeAlias = str | Sequence[object] | tuple[int, int]
"""A sort by name, the possible values, or (from, to)."""

MOST_STEPS = 60


def workflow(
    schema: Schema,
    answers: Mapping[str, Answer] | None = None,
    inputs: Mapping[str, Answer] | None = None,
    labels: Mapping[str, Mapping[str, str]] | None = None,
    tools: Mapping[str, Callable[..., Any]] | None = None,
    principal: str = "",
    on_denial: OnDenial = "raise",
    steps: int = MOST_STEPS,
) -> Callable[[Callable[..., Generator[Any, Any, Any]]], PythonWorkflow]:
    """Make a workflow of a generator function.

    Parameters
    ----------
    schema : the tools that it uses.
    answers : for each tool what it may answer: a sort (``"Int"``), the values (``["pay", "stop"]``)
        or an interval (``(0, 100)``); what is not named answers anything.
    inputs : the same for the function's parameters.
    labels : for each tool the labels that its responses carry.
    tools : what performs each tool, for running; called with the directive's arguments.
    principal : who asks.
    on_denial : ``"raise"``: a denial raises where the directive is yielded; ``"halt"``: it ends
        the run.
    steps : how many directives of a run are explored.
    """

    def wrap(function: Callable[..., Generator[Any, Any, Any]]) -> PythonWorkflow:
        return PythonWorkflow(
            function, schema, answers or {}, inputs or {}, labels or {}, tools or {}, principal,
            on_denial, steps,
        )  # fmt: skip

    return wrap


class PythonWorkflow:
    """A generator function with what verification needs to know; call it as the function."""

    def __init__(
        self,
        function: Callable[..., Generator[Any, Any, Any]],
        schema: Schema,
        answers: Mapping[str, Answer],
        inputs: Mapping[str, Answer],
        labels: Mapping[str, Mapping[str, str]],
        tools: Mapping[str, Callable[..., Any]],
        principal: str,
        on_denial: OnDenial,
        steps: int,
    ) -> None:
        self.function = function
        self.name = function.__name__
        self.schema = schema
        self.tools = tools
        self.principal = principal
        self.on_denial = on_denial
        self.labels = labels
        self.steps = steps
        code = getattr(function, "__code__", None)
        self.span = Span(code.co_filename, code.co_firstlineno, 1) if code else None
        for what, named in (("answers", answers), ("labels", labels), ("tools", tools)):
            for tool in named:
                if tool not in schema.tools:
                    raise PorismError(
                        f"'{what}' of '{self.name}' speaks of '{tool}', which is no tool.",
                        self.span,
                        nearest(tool, schema.tools),
                    )
        self.parameters = list(inspect.signature(function).parameters)
        for name in inputs:
            if name not in self.parameters:
                raise PorismError(
                    f"'{self.name}' has no parameter '{name}'.",
                    self.span,
                    nearest(name, self.parameters),
                )
        self.answers = {t: self._contract(a, t) for t, a in answers.items()}
        self.inputs = {
            name: self._contract(inputs.get(name, "Any"), name) for name in self.parameters
        }

    def _contract(self, answer: Answer, what: str) -> tuple[Any, Domain]:
        if isinstance(answer, str):
            return (ANY if answer == "Any" else read_sort(self.schema, answer, self.span)), None
        values = list(answer)
        if isinstance(answer, tuple) and len(values) == 2 and all(type(v) is int for v in values):
            low, high = answer
            return read_sort(self.schema, "Int"), Interval(int(str(low)), int(str(high)))
        if not values:
            raise PorismError(f"'{what}' can answer nothing at all.", self.span)
        if all(isinstance(v, bool) for v in values):
            return BOOL, tuple(values)
        sort = read_sort(self.schema, "Int" if all(type(v) is int for v in values) else "Text")
        return sort, tuple(read_value(self.schema, v, sort, f"'{what}'", self.span) for v in values)

    def __call__(self, *args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        return self.function(*args, **kwargs)

    def __get__(self, instance: object, owner: type | None = None) -> Any:
        return self

    # -- running ---------------------------------------------------------------------------

    def with_tools(self, tools: Mapping[str, Callable[..., Any]]) -> PythonWorkflow:
        """The same workflow with other tools."""
        found = copy.copy(self)
        found.tools = tools
        return found

    def governed(self, policy: Policy, **options: Any) -> Governed:
        """The workflow's tools under a policy; ``options`` are those of :func:`govern`."""
        tools = self.tools

        def perform(directive: Directive) -> Any:
            tool = tools.get(directive.tool)
            if tool is None:
                raise PorismError(
                    f"Nothing performs '{directive.tool}'.",
                    self.span,
                    f"Give it to @workflow: tools={{'{directive.tool}': function}}.",
                )
            return tool(**directive.args)

        options.setdefault("principal", self.principal or "agent")
        options.setdefault("on_denial", self.on_denial)
        options.setdefault("labels", self.labels)
        found: Governed = govern(perform, policy, **options)
        return found

    def run(self, policy: Policy, /, *args: Any, **options: Any) -> Outcome:
        """Run under a policy: arguments of the function by position, options of ``govern``."""
        return self.governed(policy, **options).run(self.function(*args))

    # -- exploring -------------------------------------------------------------------------

    def explore(self, budget: Budget | None = None) -> Workflow:
        """The runs of the workflow, up to its limit of steps, as a graph.

        Raises
        ------
        PorismError : the function is no generator function, yields what is no directive, or raises
            whatever its responses are.
        """
        if not inspect.isgeneratorfunction(self.function):
            raise PorismError(
                f"'{self.name}' is no generator function: it yields no directive.", self.span
            )
        from governance.workflows.exploring import Explorer

        return Explorer(self, budget or Budget(30.0)).explore()
