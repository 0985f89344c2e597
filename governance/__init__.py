"""Policies: what is allowed, decided in microseconds and analysed with counterexamples.

* :func:`load_policy`, :func:`parse_policy`, :func:`parse_schema` read files; :class:`Builder` with
  :func:`make_schema` and :func:`tool` makes the same in Python;
  :mod:`governance.spellings.cedar` reads Cedar;
* :class:`Governor` enforces a policy and records its decisions in a :class:`Ledger`;
* :class:`Analyser` answers questions about policies, :func:`lint` lists what deserves a look;
* :func:`decide` and :class:`Decider` are the evaluator that all of them share.
"""

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
    "Request",
    "Rule",
    "RuleSet",
    "Schema",
    "Witness",
    "decide",
    "lint",
    "load_policy",
    "make_schema",
    "parse_policy",
    "parse_schema",
    "tool",
    "verify",
]
