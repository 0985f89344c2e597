"""Schemas and policies in Python.

A condition is an ordinary function of the request and the past. It is called once, on symbols: what
it returns is the condition. Nothing is compiled from source text, and a condition that would look
at a truth value (``if``, ``and``, ``==`` in a loop) is refused with a hint.

>>> bank = make_schema(
...     tools=[
...         tool("send_money", "call", to="Text", amount="Decimal"),
...         tool("approve", "observe", to="Text"),
...     ],
...     roles={"payer": ()},
...     principals={"ann": ("payer",)},
... )
>>> payments = Builder("payments", bank)
>>> @payments.permit("send_money", who="payer")
... def small(request, past):
...     return (request.amount <= 500) & past.once("approve", within="1h", to=request.to)
>>> @payments.forbid("send_money")
... def cap(request, past):
...     return past.sum("send_money", "amount", within="1d") + request.amount > 2000
>>> policy = payments.policy()
>>> [rule.name for rule in policy.rules]
['small', 'cap']
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from governance.past import Monitor
from governance.policy import Effect, Rule, RuleSet, Who
from governance.schema import Kind, Lattice, Parameter, Schema, Tool
from governance.sorts import (
    PLAIN,
    set_of,
)
from governance.spellings.symbols import Fields, Past, as_condition, tool_names
from logic.errors import PorismError, nearest
from logic.terms import Sort

# -- schemas -----------------------------------------------------------------------------------


def tool(name: str, kind: Kind, **parameters: str) -> Tool:
    """A tool; each parameter's sort by name, ``"Text?"`` if optional, ``"Set of Text"``."""
    found = []
    for parameter, text in parameters.items():
        sort = text.removesuffix("?")
        inner = sort.removeprefix("Set of ")
        plain = PLAIN.get(inner, Sort(inner))
        found.append(
            Parameter(parameter, set_of(plain) if inner != sort else plain, text.endswith("?"))
        )
    return Tool(name, kind, tuple(found))


def make_schema(
    tools: Iterable[Tool],
    roles: Mapping[str, Sequence[str]] | None = None,
    principals: Mapping[str, Sequence[str]] | None = None,
    labels: Mapping[str, str] | None = None,
    enums: Mapping[str, Sequence[str]] | None = None,
) -> Schema:
    """A schema, checked.

    Parameters
    ----------
    roles, principals : each with the roles it is in.
    labels : lattices, written ``"public < internal < secret"``, chains separated by commas.
    """
    lattices = {}
    for name, text in (labels or {}).items():
        chains = [[label.strip() for label in chain.split("<")] for chain in text.split(",")]
        members = tuple(dict.fromkeys(label for chain in chains for label in chain))
        order = tuple(pair for c in chains for pair in itertools.pairwise(c))
        lattices[name] = Lattice(name, members, order)
    made = Schema(
        {t.name: t for t in tools},
        {name: tuple(ups) for name, ups in (roles or {}).items()},
        {name: tuple(ups) for name, ups in (principals or {}).items()},
        lattices,
        {name: tuple(members) for name, members in (enums or {}).items()},
    )
    made.check()
    return made


# -- rules -------------------------------------------------------------------------------------

Body: TypeAlias = Callable[[Any, Any], object]


class Builder:
    """A policy that grows rule by rule; see the example at the top of this file."""

    def __init__(self, name: str, schema: Schema) -> None:
        self.name = name
        self.schema = schema
        self._rules: list[Rule] = []
        self._monitors: dict[str, Monitor] = {}

    def permit(
        self, *tools: str, who: str | Sequence[str] = (), name: str = ""
    ) -> Callable[[Body], Body]:
        """Permit tools (by name, ``"any call"``, ``"*"``) when the decorated condition holds."""
        return self._rule("permit", tools, who, name)

    def forbid(
        self, *tools: str, who: str | Sequence[str] = (), name: str = ""
    ) -> Callable[[Body], Body]:
        """Forbid them."""
        return self._rule("forbid", tools, who, name)

    def ask(
        self, *tools: str, who: str | Sequence[str] = (), name: str = ""
    ) -> Callable[[Body], Body]:
        """Permit them if a person approves."""
        return self._rule("ask", tools, who, name)

    def policy(self) -> RuleSet:
        """The policy with the rules so far."""
        return RuleSet(self.name, self.schema, list(self._rules), self._monitors)

    def _rule(
        self, effect: Effect, tools: Sequence[str], who: str | Sequence[str], name: str
    ) -> Callable[[Body], Body]:
        what = tool_names(self.schema, tools or "*")
        principals = tuple(self._who(w) for w in ((who,) if isinstance(who, str) else who))

        def add(body: Body) -> Body:
            title = name or body.__name__
            try:
                result = body(Fields(self.schema, what), Past(self.schema, self._monitors))
                condition = as_condition(result)
            except PorismError as error:
                raise PorismError(
                    f"Rule '{title}': {error.message}", error.span, error.hint
                ) from None
            self._rules.append(Rule(title, effect, principals, what, condition))
            return body

        return add

    def always(self, effect: Effect, name: str, *tools: str, who: str | Sequence[str] = ()) -> None:
        """Add a rule without a condition."""
        principals = tuple(self._who(w) for w in ((who,) if isinstance(who, str) else who))
        self._rules.append(Rule(name, effect, principals, tool_names(self.schema, tools or "*")))

    def _who(self, name: str) -> Who:
        if name in self.schema.roles:
            return Who("in", name)
        if name in self.schema.principals:
            return Who("is", name)
        raise PorismError(
            f"There is no role or principal '{name}'.",
            hint=nearest(name, [*self.schema.roles, *self.schema.principals]),
        )
