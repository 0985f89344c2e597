"""Raw syntax → ``Schema`` and ``RuleSet``: names resolved, sorts checked, places kept."""

from __future__ import annotations

from pathlib import Path

from governance import conditions as build
from governance.policy import Rule, RuleSet, Who
from governance.schema import Schema
from governance.sorts import (
    INT,
    constant,
)
from governance.spellings.declarations import SchemaReader
from governance.spellings.expressions import ConditionReader, Scope, event_parts
from governance.spellings.parse import Node, Word, parse
from logic.errors import PorismError, nearest
from logic.formulas import Formula, Not
from logic.source import Source, read_source
from logic.terms import App


def load_policy(path: str | Path, schema: Schema | str | Path | None = None) -> RuleSet:
    """Read a policy file.

    Parameters
    ----------
    path : the ``*.policy`` file.
    schema : a schema, or the file that declares it; by default what the policy file declares
        itself, and the file of the same name that ends in ``.schema`` where there is one.
    """
    source = read_source(path, "a policy")
    if schema is None:
        beside = Path(path).with_suffix(".schema")
        schema = beside if beside.is_file() and beside != Path(path) else None
    if schema is not None and not isinstance(schema, Schema):
        schema = parse_schema(read_source(schema, "a schema"))
    return parse_policy(source, schema)


def parse_schema(source: Source | str) -> Schema:
    """The schema that a text declares."""
    source = source if isinstance(source, Source) else Source(source, "schema")
    statements = parse(source)
    for node in statements:
        if node.kind in ("rule", "budget", "policy", "claim"):
            raise source.error(
                "A schema has no rules.", node.at, node.end, "Rules belong into a *.policy file."
            )
    return SchemaReader(source, Schema()).read(statements)


def parse_policy(
    source: Source | str, schema: Schema | None = None, errors: list[PorismError] | None = None
) -> RuleSet:
    """The policy that a text denotes, over a schema and what the text itself declares.

    Parameters
    ----------
    errors : where given, takes the complaints about single rules, which are then left out.
    """
    source = source if isinstance(source, Source) else Source(source, "policy")
    statements = parse(source)
    schema = SchemaReader(source, schema or Schema()).read(statements)
    name, rules, reader = Path(source.file).stem, [], _RuleReader(source, schema)
    for node in statements:
        try:
            if node.kind == "policy":
                name = node.parts[0].parts[0].text
            elif node.kind == "rule":
                rules.append(reader.rule(node))
            elif node.kind == "budget":
                rules.append(reader.budget(node))
        except PorismError as error:
            if errors is None:
                raise
            errors.append(error)
    return RuleSet(name, schema, rules, reader.monitors)


class _RuleReader(ConditionReader):
    """Rules and budgets."""

    def rule(self, node: Node) -> Rule:
        effect, name, who, what, *clauses = node.parts
        principals = self._who(who)
        tools = self._what(what)
        scope = Scope(self.schema, tools or self.schema.tools)
        parts: list[Formula] = []
        for clause in clauses:
            word, formula = clause.parts
            condition = self.formula(formula, scope)
            parts.append(condition if word.kind == "WHEN" else Not(condition))
        return Rule(
            name.parts[0].text,
            effect.text,
            principals,
            tools,
            build.conjunction(parts),
            self.source.span(node.at, node.end),
            self.source.text[node.at : node.end],
        )

    def budget(self, node: Node) -> Rule:
        """``budget N: sum(x of E) <= L``: forbid E when the total would pass L."""
        name, call, relation, limit = node.parts
        if relation.text != "<=":
            raise self.error("A budget is an upper bound: write '<='.", relation)
        tools = self.event_tools(event_parts(call, "event")[1])
        scope = Scope(self.schema, tools or self.schema.tools)
        total = self.term(call, scope)
        monitor = self.monitors.get(total.symbol) if isinstance(total, App) else None
        if monitor is None or monitor.operation not in ("sum", "count"):
            raise self.error("A budget bounds a sum or a count.", call)
        if monitor.pattern.keys:
            raise self.error("The events of a budget do not depend on the request.", call)
        bound = self.term(limit, scope)
        more = monitor.field if monitor.field is not None else constant(1, INT)
        # Not total + more > bound: that would have no value, and forbid nothing, where the sum
        # leaves 64 bits. What is left does so only where the total is far below the bound.
        rest = self.checked(node, build.arithmetic, self.schema, "-", bound, total)
        over = self.checked(node, build.compare, self.schema, ">", more, rest)
        # Only an event that would count can pass the limit.
        condition = build.conjunction([monitor.pattern.guard, over])
        span = self.source.span(node.at, node.end)
        text = self.source.text[node.at : node.end]
        return Rule(name.parts[0].text, "forbid", (), tools, condition, span, text)

    # -- scopes ----------------------------------------------------------------------------

    def _who(self, node: Node) -> tuple[Who, ...]:
        (part,) = node.parts
        if isinstance(part, Word):
            return ()
        found = []
        for name in part.parts:
            text = name.parts[0].text
            if text in self.schema.roles:
                found.append(Who("in", text))
            elif text in self.schema.principals:
                found.append(Who("is", text))
            else:
                known = [*self.schema.roles, *self.schema.principals, "anyone"]
                raise self.error(
                    f"There is no role or principal '{text}'.",
                    name,
                    nearest(text, known) or "Declare it: 'role ...' or 'principal ... in ...'.",
                )
        return tuple(found)

    def _what(self, node: Node) -> tuple[str, ...]:
        first, *rest = node.parts
        if isinstance(first, Node) and first.kind == "names":
            return tuple(dict.fromkeys(self.tool(n) for n in first.parts))
        return self.kind(rest[0]) if rest else ()
