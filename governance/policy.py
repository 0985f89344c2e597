"""``Rule`` and ``Policy``: what is allowed.

A policy is a set of rules, or a combination of policies by ``&``, ``|`` and ``~``. Among a set of
rules: a satisfied *forbid* denies; else a satisfied *ask* asks a person; else a satisfied *permit*
permits; else the request is denied. A rule whose condition is undefined does not apply. Combined,
``deny < ask < permit``: ``P & Q`` is the lesser decision, ``P | Q`` the greater, and ``~P`` turns
deny and permit around and leaves ask.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal, TypeAlias

import msgspec

from governance.past import Monitor
from governance.schema import Schema
from logic.errors import PorismError, Span
from logic.formulas import TRUE, Formula

Effect: TypeAlias = Literal["permit", "forbid", "ask"]
Outcome: TypeAlias = Literal["deny", "ask", "permit"]

OUTCOMES: tuple[Outcome, ...] = ("deny", "ask", "permit")
"""From least to most."""


class Who(msgspec.Struct, frozen=True):
    """One principal (``is``), or whoever is in a role or group (``in``)."""

    relation: Literal["is", "in"]
    name: str


class Rule(msgspec.Struct, frozen=True):
    """One rule. Empty ``who`` means anyone, empty ``tools`` anything."""

    name: str
    effect: Effect
    who: tuple[Who, ...] = ()
    tools: tuple[str, ...] = ()
    condition: Formula = TRUE
    span: Span | None = None
    text: str = ""
    """The rule as its author wrote it."""


class Policy:
    """Rules over a schema, or a combination of policies; immutable."""

    def __init__(self, name: str, schema: Schema) -> None:
        self.name = name
        self.schema = schema

    def __and__(self, other: Policy) -> Policy:
        return Combination("and", (self, other))

    def __or__(self, other: Policy) -> Policy:
        return Combination("or", (self, other))

    def __invert__(self) -> Policy:
        return Combination("not", (self,))

    def parts(self) -> Iterator[RuleSet]:
        """The sets of rules that this is made of, left to right."""
        raise NotImplementedError

    @property
    def rules(self) -> list[Rule]:
        """All rules, in order."""
        return [rule for part in self.parts() for rule in part.own]

    @property
    def monitors(self) -> dict[str, Monitor]:
        """All history operators, by name."""
        return {name: m for part in self.parts() for name, m in part.watched.items()}

    @property
    def tools(self) -> list[str]:
        """The tools that the policy knows: its schema's, or else those that its rules name."""
        known = dict.fromkeys(self.schema.tools)
        return list(known or dict.fromkeys(t for rule in self.rules for t in rule.tools))


class RuleSet(Policy):
    """A set of rules.

    Raises
    ------
    PorismError : two rules have one name.
    """

    def __init__(
        self,
        name: str,
        schema: Schema,
        rules: list[Rule],
        monitors: Mapping[str, Monitor] | None = None,
    ) -> None:
        super().__init__(name, schema)
        self.own = tuple(rules)
        self.watched = dict(monitors or {})
        seen: dict[str, Rule] = {}
        for rule in rules:
            if rule.name in seen:
                raise PorismError(
                    f"There are two rules '{rule.name}'.",
                    rule.span,
                    f"The first is at {seen[rule.name].span}." if seen[rule.name].span else "",
                )
            seen[rule.name] = rule

    def parts(self) -> Iterator[RuleSet]:
        yield self

    def without(self, *names: str) -> RuleSet:
        """The same set without some rules."""
        kept = [rule for rule in self.own if rule.name not in names]
        return RuleSet(self.name, self.schema, kept, self.watched)


class Combination(Policy):
    """Policies joined by ``and`` or ``or``, or one turned around by ``not``."""

    def __init__(self, operator: Literal["and", "or", "not"], operands: tuple[Policy, ...]) -> None:
        joined = f" {operator} ".join(p.name for p in operands)
        super().__init__(f"not {joined}" if operator == "not" else joined, operands[0].schema)
        self.operator = operator
        self.operands = operands
        for other in operands[1:]:
            if not other.schema.agrees(self.schema):
                raise PorismError(
                    f"'{operands[0].name}' and '{other.name}' speak of different schemas.",
                    hint="Policies are combined over one schema.",
                )

    def parts(self) -> Iterator[RuleSet]:
        for operand in self.operands:
            yield from operand.parts()
