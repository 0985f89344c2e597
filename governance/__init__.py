"""Policies: what is allowed, decided in microseconds and analysed with counterexamples.

* :func:`load_policy`, :func:`parse_policy`, :func:`parse_schema` read files; :class:`Builder` with
  :func:`make_schema` and :func:`tool` makes the same in Python; :mod:`governance.cedar` reads
  Cedar;
* :class:`Governor` enforces a policy and records its decisions in a :class:`Ledger`;
* :class:`Analyser` answers questions about policies, :func:`lint` lists what deserves a look;
* :func:`decide` and :class:`Decider` are the evaluator that all of them share.
"""

from governance.analyse import Analyser, Answer, Comparison
from governance.builder import Builder, make_schema, tool
from governance.decider import Decider, decide
from governance.elaborate import load_policy, parse_policy, parse_schema
from governance.findings import Finding, lint
from governance.governor import Denied, Governor
from governance.ledger import Head, Ledger, verify
from governance.policy import Policy, Rule, RuleSet
from governance.request import Decision, Event, Request
from governance.schema import Schema
from governance.witness import Witness

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
