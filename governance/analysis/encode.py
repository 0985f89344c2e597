"""``Encoder``: one schema, its requests and pasts, in Z3.

A past is either unknown (each history operator any function of its keys: more than can happen) or a
sequence of slots, events whose operators are written out (less than can happen). A condition that
no unknown past satisfies is never satisfied; one that some sequence satisfies has a witness.
"""

from __future__ import annotations

from collections.abc import Mapping

from governance.analysis.meaning import Meaning, Totals
from governance.analysis.moments import Asker, Moment, Subject
from governance.past import Monitor
from governance.policy import Rule, RuleSet
from governance.schema import Parameter, Schema, Tool
from logic.smt import Translator

SPECIAL = frozenset({"principal", "tool", "now"})


class AnyEncoder:
    """What is common to the encodings of policies over tools and over open worlds."""

    schema: Schema
    monitors: dict[str, Monitor]
    meaning: Meaning

    def __init__(self, schema: Schema, monitors: Mapping[str, Monitor]) -> None:
        self.schema = schema
        self.monitors = dict(monitors)
        self.meaning = Meaning(schema)
        self.z3 = self.meaning.z3

    def cases(self, rule: Rule | None = None) -> tuple[str, ...]:
        """The cases that a question is split into: the tools (that a rule speaks of)."""
        raise NotImplementedError

    def subject(self, case: str) -> Subject:
        """The request of a case."""
        raise NotImplementedError

    def rules(self, policy: RuleSet, case: str) -> list[Rule]:
        """The rules that can apply in a case."""
        raise NotImplementedError


class Encoder(AnyEncoder):
    """One schema and some monitors in one Z3 context."""

    def __init__(self, schema: Schema, monitors: Mapping[str, Monitor]) -> None:
        super().__init__(schema, monitors)
        self.translator = Translator(self.meaning)
        self._totals: dict[tuple[tuple[Parameter, ...], bool], Totals] = {}
        self._rules: dict[int, dict[str, list[Rule]]] = {}
        self._kept: list[RuleSet] = []  # so that no other object takes their place in memory
        self._moments: dict[str, Moment] = {}
        self._askers: dict[str, Asker] = {}

    def cases(self, rule: Rule | None = None) -> tuple[str, ...]:
        return (rule.tools if rule else ()) or tuple(self.schema.tools)

    def subject(self, case: str) -> Moment:
        return self.moment(self.schema.tools[case])

    def asker(self, name: str) -> Asker:
        """Who asks in the moments of that name."""
        found = self._askers.get(name)
        if found is None:
            found = self._askers[name] = Asker(self, name)
        return found

    def moment(self, tool: Tool, name: str = "r") -> Moment:
        """The request that questions about a tool share."""
        found = self._moments.get(f"{name} {tool.name}")
        if found is None:
            found = self._moments[f"{name} {tool.name}"] = Moment(self, tool, name)
        return found

    def totals(self, tool: Tool) -> Totals:
        """Conditions made total for a tool."""
        return self._made_total(tool, True)

    def unbounded(self, tool: Tool) -> Totals:
        """The same as if numbers had no bounds."""
        return self._made_total(tool, False)

    def _made_total(self, tool: Tool, overflow: bool) -> Totals:
        found = self._totals.get((tool.parameters, overflow))
        if found is None:
            optional = {p.name for p in tool.parameters if p.optional}
            always = {p.name for p in tool.parameters} - optional

            def presence(name: str) -> bool | None:
                if name in optional:
                    return None
                return name in always or name in SPECIAL or name.startswith("label ")

            found = self._totals[tool.parameters, overflow] = Totals(presence, overflow)
        return found

    def rules(self, policy: RuleSet, tool: str) -> list[Rule]:
        """The rules of a set whose scope has a tool in it."""
        index = self._rules.get(id(policy))
        if index is None:
            index = {name: [] for name in self.schema.tools}
            for rule in policy.own:
                for name in rule.tools or index:
                    index[name].append(rule)
            self._rules[id(policy)] = index
            self._kept.append(policy)
        return index[tool]
