"""Runs that an engine found, performed by the Python function that they are about.

Exploring a function replaces its responses by symbols. That the tree of its runs is what the
function does is checked on each run that is shown: the function is called, given the responses of
the run under a governor, and must yield the same directives.
"""

from __future__ import annotations

from typing import Any

from governance.analysis.witness import Disagreement
from governance.policy import Policy
from governance.request import Decision
from governance.runtime.governor import Denied
from governance.sorts import Decimal, Value, plain
from governance.workflows.generators import PythonWorkflow
from governance.workflows.runs import Run


def confirm(flow: PythonWorkflow, policy: Policy, run: Run) -> None:
    """Perform a run with the function itself.

    Raises
    ------
    Disagreement : the function asks for something else than the run says.
    """
    steps = [s for s in run.steps if s.request is not None]
    inputs = {n: _value(run.inputs.get(n, _first(flow, n))) for n in flow.parameters}
    generator = flow.function(**inputs)
    error: Exception | None = None
    response: Any = None
    for number, step in enumerate(steps):
        try:
            directive = generator.throw(error) if error is not None else generator.send(response)
        except StopIteration:
            raise _differs(run, number, "it ends") from None
        except Exception as raised:
            raise _differs(run, number, f"it raises {type(raised).__name__}: {raised}") from None
        assert step.request is not None
        if directive.tool != step.request.tool:
            raise _differs(run, number, f"it asks for {directive!r}")
        error, response = None, None
        if step.outcome in ("denied", "refused"):
            if flow.on_denial != "raise":
                break
            error = Denied(Decision("deny", step.rules, reason=step.reason))
        elif step.response is not None:
            response = _value(step.response)
    generator.close()


def _differs(run: Run, number: int, why: str) -> Disagreement:
    shown = "\n".join(run.lines())
    return Disagreement(f"the function does not do step {number} of a run: {why}\n{shown}")


def _first(flow: PythonWorkflow, name: str) -> Value:
    sort, domain = flow.inputs[name]
    if isinstance(domain, tuple):
        return domain[0]
    if domain is not None:
        return domain.low
    return {"Int": 0, "Bool": False, "Decimal": Decimal(0)}.get(sort.name, "")


def _value(value: Value) -> Any:
    """A value as the function would be given it."""
    return plain(value) if isinstance(value, Decimal) else value
