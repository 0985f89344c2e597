"""Policies, and workflows under them: decided in microseconds, analysed with counterexamples.

* :func:`load_policy`, :func:`parse_policy`, :func:`parse_schema` read files; :class:`Builder` with
  :func:`make_schema` and :func:`tool` makes the same in Python;
  :mod:`governance.spellings.cedar` reads Cedar;
* :class:`Governor` enforces a policy and records its decisions in a :class:`Ledger`;
* :class:`Analyser` answers questions about policies, :func:`lint` lists what deserves a look;
* :func:`decide` and :class:`Decider` are the evaluator that all of them share.
* :class:`WorkflowBuilder`, :func:`workflow` and :func:`load_workflow` describe what runs,
  :func:`govern` runs it under a policy, :class:`Verifier` and :func:`certify` say what holds of it.

Names are loaded when they are first used: what a policy decides does not need what analyses it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from governance.analysis.analyse import Analyser, Comparison
    from governance.analysis.findings import Finding, lint
    from governance.analysis.search import Answer
    from governance.analysis.witness import Witness
    from governance.policy import Policy, Rule, RuleSet
    from governance.request import Decision, Event, Request
    from governance.runtime.decider import Decider, decide
    from governance.runtime.governor import Denied, Governor
    from governance.runtime.ledger import Head, Ledger, verify
    from governance.schema import Schema
    from governance.spellings.builder import Builder, make_schema, tool
    from governance.spellings.elaborate import load_policy, parse_policy, parse_schema
    from governance.workflows.builder import WorkflowBuilder
    from governance.workflows.files import load_workflow
    from governance.workflows.generators import PythonWorkflow, workflow
    from governance.workflows.govern import govern
    from governance.workflows.ir import Workflow
    from governance.workflows.properties import certify
    from governance.workflows.verify import Verifier

__all__ = [
    "Analyser",
    "Answer",
    "Builder",
    "Comparison",
    "Decider",
    "Decision",
    "Denied",
    "Event",
    "Finding",
    "Governor",
    "Head",
    "Ledger",
    "Policy",
    "PythonWorkflow",
    "Request",
    "Rule",
    "RuleSet",
    "Schema",
    "Verifier",
    "Witness",
    "Workflow",
    "WorkflowBuilder",
    "certify",
    "decide",
    "govern",
    "lint",
    "load_policy",
    "load_workflow",
    "make_schema",
    "parse_policy",
    "parse_schema",
    "tool",
    "verify",
    "workflow",
]

_HOME = {
    "Analyser": "governance.analysis.analyse",
    "Answer": "governance.analysis.search",
    "Builder": "governance.spellings.builder",
    "Comparison": "governance.analysis.analyse",
    "Decider": "governance.runtime.decider",
    "Decision": "governance.request",
    "Denied": "governance.runtime.governor",
    "Event": "governance.request",
    "Finding": "governance.analysis.findings",
    "Governor": "governance.runtime.governor",
    "Head": "governance.runtime.ledger",
    "Ledger": "governance.runtime.ledger",
    "Policy": "governance.policy",
    "PythonWorkflow": "governance.workflows.generators",
    "Request": "governance.request",
    "Rule": "governance.policy",
    "RuleSet": "governance.policy",
    "Schema": "governance.schema",
    "Verifier": "governance.workflows.verify",
    "Witness": "governance.analysis.witness",
    "Workflow": "governance.workflows.ir",
    "WorkflowBuilder": "governance.workflows.builder",
    "certify": "governance.workflows.properties",
    "decide": "governance.runtime.decider",
    "govern": "governance.workflows.govern",
    "lint": "governance.analysis.findings",
    "load_policy": "governance.spellings.elaborate",
    "load_workflow": "governance.workflows.files",
    "make_schema": "governance.spellings.builder",
    "parse_policy": "governance.spellings.elaborate",
    "parse_schema": "governance.spellings.elaborate",
    "tool": "governance.spellings.builder",
    "verify": "governance.runtime.ledger",
    "workflow": "governance.workflows.generators",
}


def __getattr__(name: str) -> Any:
    home = _HOME.get(name)
    if home is None:
        raise AttributeError(f"module 'governance' has no attribute {name!r}")
    value = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
