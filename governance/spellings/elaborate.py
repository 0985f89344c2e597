"""Raw syntax → ``Schema`` and ``RuleSet``: names resolved, sorts checked, places kept."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from governance import conditions as build
from governance.conditions import NOW, PRINCIPAL, RESERVED, TOOL
from governance.past import Monitor, Operation, Pattern, View
from governance.policy import Rule, RuleSet, Who
from governance.printing import named_monitor
from governance.schema import KINDS, Lattice, Parameter, Schema, Tool
from governance.sorts import (
    BOOL,
    DECIMAL,
    DURATION,
    ENTITY,
    INT,
    LEAST,
    MOST,
    NUMBERS,
    PLAIN,
    TEXT,
    TIME,
    constant,
    is_constant,
    read_decimal,
    read_duration,
    read_time,
    set_of,
)
from governance.spellings.parse import Node, Word, parse
from logic.errors import PorismError, nearest
from logic.formulas import Atom, Formula, Not
from logic.source import Source, read_source
from logic.terms import App, Sort, Term, Var

T = TypeVar("T")


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
    return _Schemas(source, Schema()).read(statements)


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
    schema = _Schemas(source, schema or Schema()).read(statements)
    name, rules, reader = Path(source.file).stem, [], _Rules(source, schema)
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


# -- schemas -----------------------------------------------------------------------------------


class _Schemas:
    """Declarations added to a schema."""

    def __init__(self, source: Source, schema: Schema) -> None:
        self._source = source
        self._schema = Schema(
            dict(schema.tools),
            dict(schema.roles),
            dict(schema.principals),
            dict(schema.lattices),
            dict(schema.enumerations),
        )

    def read(self, statements: list[Node]) -> Schema:
        declared = [n for n in statements if n.kind not in ("rule", "budget", "policy", "claim")]
        # Tools last: their sorts may be declared below them.
        for node in sorted(declared, key=lambda n: n.kind == "tool"):
            getattr(self, f"_{node.kind}")(node)
        if declared:
            try:
                self._schema.check()
            except PorismError as error:
                if error.span is None:
                    last = declared[-1]
                    error.span = self._source.span(last.at, last.end)
                raise
        return self._schema

    def _error(self, message: str, word: Word | Node, hint: str = "") -> PorismError:
        return self._source.error(message, word.at, word.end, hint)

    def _new(self, name: Node, table: Mapping[str, object]) -> str:
        text: str = name.parts[0].text
        if text in table:
            raise self._error(f"'{text}' is declared twice.", name)
        return text

    def _role(self, node: Node) -> None:
        name, ups = node.parts
        if name.parts[0].text in self._schema.principals:
            raise self._error(f"'{name.parts[0].text}' is a principal already.", name)
        self._schema.roles[self._new(name, self._schema.roles)] = _texts(ups)

    def _principal(self, node: Node) -> None:
        name, ups = node.parts
        if name.parts[0].text in self._schema.roles:
            raise self._error(f"'{name.parts[0].text}' is a role already.", name)
        self._schema.principals[self._new(name, self._schema.principals)] = _texts(ups)

    def _sort_name(self, name: Node) -> str:
        text = self._new(name, {**self._schema.lattices, **self._schema.enumerations})
        if text in PLAIN or text == "Set":
            raise self._error(f"'{text}' is a sort of its own already.", name)
        return text

    def _label(self, node: Node) -> None:
        name = self._sort_name(node.parts[0])
        labels: dict[str, None] = {}
        order: list[tuple[str, str]] = []
        for chain in node.parts[1:]:
            if chain is None:
                continue
            names = [n.parts[0].text for n in chain.parts]
            labels.update(dict.fromkeys(names))
            order += list(itertools.pairwise(names))
        if len(labels) > 64:
            raise self._error("A lattice has at most 64 labels.", node)
        span = self._source.span(node.at, node.end)
        self._schema.lattices[name] = Lattice(name, tuple(labels), tuple(order), span)

    def _enum(self, node: Node) -> None:
        name = self._sort_name(node.parts[0])
        self._schema.enumerations[name] = tuple(dict.fromkeys(_texts(node.parts[1])))

    def _tool(self, node: Node) -> None:
        name, *parameters, kind = node.parts
        text = self._new(name, self._schema.tools)
        found = []
        for p in parameters:
            if p is None:
                continue
            pname, sort, optional = p.parts
            if pname.parts[0].text in RESERVED:
                raise self._error(
                    f"A parameter cannot be called '{pname.parts[0].text}'.",
                    pname,
                    f"{', '.join(sorted(RESERVED))} have a meaning of their own.",
                )
            found.append(Parameter(pname.parts[0].text, self._sort(sort), optional is not None))
        wanted = kind.parts[0].text
        if wanted not in KINDS:
            raise self._error(
                f"'{wanted}' is no kind of directive.",
                kind,
                nearest(wanted, KINDS) or f"The kinds are {', '.join(KINDS)}.",
            )
        span = self._source.span(node.at, node.end)
        self._schema.tools[text] = Tool(text, wanted, tuple(found), span)

    def _sort(self, node: Node) -> Sort:
        name, inner = node.parts
        if (name.text == "Set") != (inner is not None):
            raise self._error("A set says what it has: 'Set of Text'.", node)
        wanted = inner or name
        sort = self._schema.sort(wanted.text)
        if sort is None:
            known = [*PLAIN, *self._schema.lattices, *self._schema.enumerations, "Set"]
            raise self._error(
                f"There is no sort '{wanted.text}'.",
                wanted,
                nearest(wanted.text, known) or f"There are {', '.join(known)}.",
            )
        return set_of(sort) if inner is not None else sort


def _texts(names: Node | None) -> tuple[str, ...]:
    return tuple(n.parts[0].text for n in names.parts) if names is not None else ()


# -- rules -------------------------------------------------------------------------------------


class _Scope:
    """What names mean at a place: the parameters of some tools."""

    def __init__(self, schema: Schema, tools: Iterable[str], outer: _Scope | None = None) -> None:
        self.tools = list(tools)
        self.outer = outer
        self.parameters: dict[str, Sort | None] = {}
        for tool in self.tools:
            for p in schema.tools[tool].parameters:
                if self.parameters.setdefault(p.name, p.sort) != p.sort:
                    self.parameters[p.name] = None


class _Rules:
    """Rules and their conditions."""

    def __init__(self, source: Source, schema: Schema) -> None:
        self._source = source
        self._schema = schema
        self.monitors: dict[str, Monitor] = {}
        self._names: dict[str, list[Sort]] = {}
        for sort in (*schema.lattices, *schema.enumerations):
            for member in schema.members(Sort(sort)):
                self._names.setdefault(member, []).append(Sort(sort))

    def rule(self, node: Node) -> Rule:
        effect, name, who, what, *clauses = node.parts
        principals = self._who(who)
        tools = self._what(what)
        scope = _Scope(self._schema, tools or self._schema.tools)
        parts: list[Formula] = []
        for clause in clauses:
            word, formula = clause.parts
            condition = self._formula(formula, scope)
            parts.append(condition if word.kind == "WHEN" else Not(condition))
        return Rule(
            name.parts[0].text,
            effect.text,
            principals,
            tools,
            build.conjunction(parts),
            self._source.span(node.at, node.end),
            self._source.text[node.at : node.end],
        )

    def budget(self, node: Node) -> Rule:
        """``budget N: sum(x of E) <= L``: forbid E when the total would pass L."""
        name, call, relation, limit = node.parts
        if relation.text != "<=":
            raise self._error("A budget is an upper bound: write '<='.", relation)
        tools = self._event_tools(_parts(call, "event")[1])
        scope = _Scope(self._schema, tools or self._schema.tools)
        total = self._term(call, scope)
        monitor = self.monitors.get(total.symbol) if isinstance(total, App) else None
        if monitor is None or monitor.operation not in ("sum", "count"):
            raise self._error("A budget bounds a sum or a count.", call)
        if monitor.pattern.keys:
            raise self._error("The events of a budget do not depend on the request.", call)
        bound = self._term(limit, scope)
        more = monitor.field if monitor.field is not None else constant(1, INT)
        # Not total + more > bound: that would have no value, and forbid nothing, where the sum
        # leaves 64 bits. What is left does so only where the total is far below the bound.
        rest = self._checked(node, build.arithmetic, self._schema, "-", bound, total)
        over = self._checked(node, build.compare, self._schema, ">", more, rest)
        # Only an event that would count can pass the limit.
        condition = build.conjunction([monitor.pattern.guard, over])
        span = self._source.span(node.at, node.end)
        text = self._source.text[node.at : node.end]
        return Rule(name.parts[0].text, "forbid", (), tools, condition, span, text)

    # -- scopes ----------------------------------------------------------------------------

    def _who(self, node: Node) -> tuple[Who, ...]:
        (part,) = node.parts
        if isinstance(part, Word):
            return ()
        found = []
        for name in part.parts:
            text = name.parts[0].text
            if text in self._schema.roles:
                found.append(Who("in", text))
            elif text in self._schema.principals:
                found.append(Who("is", text))
            else:
                known = [*self._schema.roles, *self._schema.principals, "anyone"]
                raise self._error(
                    f"There is no role or principal '{text}'.",
                    name,
                    nearest(text, known) or "Declare it: 'role ...' or 'principal ... in ...'.",
                )
        return tuple(found)

    def _what(self, node: Node) -> tuple[str, ...]:
        first, *rest = node.parts
        if isinstance(first, Node) and first.kind == "names":
            return tuple(dict.fromkeys(self._tool(n) for n in first.parts))
        return self._kind(rest[0]) if rest else ()

    def _tool(self, name: Node) -> str:
        text: str = name.parts[0].text
        if text not in self._schema.tools:
            raise self._error(
                f"There is no tool '{text}'.",
                name,
                nearest(text, self._schema.tools) or "Tools are declared in the schema.",
            )
        return text

    def _kind(self, name: Node) -> tuple[str, ...]:
        kind: str = name.parts[0].text
        if kind not in KINDS:
            raise self._error(
                f"'{kind}' is no kind of directive.",
                name,
                nearest(kind, KINDS) or f"The kinds are {', '.join(KINDS)}.",
            )
        tools = tuple(t.name for t in self._schema.tools.values() if t.kind == kind)
        if not tools:
            raise self._error(f"The schema has no tool of the kind '{kind}'.", name)
        return tools

    def _event_tools(self, node: Node) -> tuple[str, ...]:
        first, *rest = node.parts
        if isinstance(first, Word):
            return self._kind(rest[0]) if rest else ()
        return tuple(dict.fromkeys(self._tool(n) for n in node.parts))

    # -- conditions ------------------------------------------------------------------------

    def _formula(self, node: Node, scope: _Scope) -> Formula:
        reader = getattr(self, f"_f_{node.kind}", None)
        if reader is not None:
            found: Formula = reader(node, scope)
            return found
        return self._checked(node, build.as_formula, self._term(node, scope))

    def _term(self, node: Node, scope: _Scope) -> Term:
        reader = getattr(self, f"_t_{node.kind}", None)
        if reader is not None:
            found: Term = reader(node, scope)
            return found
        return build.as_term(self._formula(node, scope))

    def _f_disjunction(self, node: Node, scope: _Scope) -> Formula:
        return build.disjunction([self._formula(p, scope) for p in node.parts])

    def _f_conjunction(self, node: Node, scope: _Scope) -> Formula:
        return build.conjunction([self._formula(p, scope) for p in node.parts])

    def _f_negation(self, node: Node, scope: _Scope) -> Formula:
        return Not(self._formula(node.parts[1], scope))

    def _f_compare(self, node: Node, scope: _Scope) -> Formula:
        left, operator, right = node.parts
        a, b = self._pair(left, right, scope)
        return self._checked(node, build.compare, self._schema, operator.text, a, b)

    def _pair(self, left: Node, right: Node, scope: _Scope) -> tuple[Term, Term]:
        """Two terms, of which one may tell which sort a bare name of the other has."""
        if self._open(left, scope):
            b = self._term(right, scope)
            return self._named(left, b.sort), b
        a = self._term(left, scope)
        return a, self._named(right, a.sort) if self._open(right, scope) else self._term(
            right, scope
        )

    def _open(self, node: Node, scope: _Scope) -> bool:
        """Whether a node is a bare name of several sorts."""
        return (
            node.kind == "variable"
            and node.parts[0].text not in scope.parameters
            and len(self._names.get(node.parts[0].text, ())) > 1
        )

    def _named(self, node: Node, sort: Sort) -> Term:
        word = node.parts[0]
        if sort in self._names[word.text]:
            return App(word.text, (), sort)
        sorts = " and ".join(s.name for s in self._names[word.text])
        raise self._error(
            f"'{word.text}' may be of {sorts}.",
            word,
            f"Write {self._names[word.text][0].name}.{word.text}.",
        )

    def _f_member(self, node: Node, scope: _Scope) -> Formula:
        left, right = node.parts
        a = self._term(left, scope)
        if right.kind == "set":
            items = [
                self._named(p, a.sort)
                if self._open(p, scope)
                else build.fit(self._schema, self._term(p, scope), a.sort)
                for p in right.parts[1:]
                if p is not None
            ]
            b: Term = self._checked(right, build.make_set, items)
        else:
            b = self._term(right, scope)
        if b.sort == ENTITY and a.sort == ENTITY:
            return Atom("under", (a, b))
        return self._checked(node, build.member, self._schema, a, b)

    def _f_not_member(self, node: Node, scope: _Scope) -> Formula:
        left, _, right = node.parts
        return Not(self._f_member(msgspec.structs.replace(node, parts=(left, right)), scope))

    def _f_like(self, node: Node, scope: _Scope) -> Formula:
        text, pattern = node.parts
        return self._checked(node, build.like, self._term(text, scope), pattern.text)

    def _f_has(self, node: Node, scope: _Scope) -> Formula:
        name = node.parts[1]
        if name.text not in scope.parameters:
            raise self._unknown(name, scope)
        sort = scope.parameters[name.text] or TEXT
        return Atom("has", (Var(name.text, sort),))

    def _t_literal(self, node: Node, scope: _Scope) -> Term:
        (word,) = node.parts
        match word.kind:
            case "TRUE" | "FALSE":
                return constant(word.kind == "TRUE", BOOL)
            case "STRING":
                return constant(word.text, TEXT)
            case "INT":
                digits = word.text.replace("_", "")
                if len(digits) > 19 or not LEAST <= int(digits) <= MOST:
                    raise self._error("This number does not fit into 64 bits.", word)
                return constant(int(digits), INT)
        readers: dict[str, tuple[Callable[[str], Any], Sort, str, str]] = {
            "DECIMAL": (read_decimal, DECIMAL, "decimal", "It has up to four places, as 12.5."),
            "DURATION": (read_duration, DURATION, "duration", "Write 1d, 2h30m, 90s, 500ms."),
            "TIME": (read_time, TIME, "time", "Write @2026-01-31 or @2026-01-31T12:00:00Z."),
        }
        reader, sort, kind, hint = readers[word.kind]
        value = reader(word.text.replace("_", "").lstrip("@"))
        if value is None:
            raise self._error(f"'{word.text}' is no {kind}.", word, hint)
        return constant(value, sort)

    def _t_variable(self, node: Node, scope: _Scope) -> Term:
        (word,) = node.parts
        name = word.text
        if name in scope.parameters:
            return self._parameter(word, scope)
        special = {"principal": PRINCIPAL, "tool": TOOL, "now": NOW}.get(name)
        if special is not None:
            return special
        if len(sorts := self._names.get(name, [])) == 1:
            return App(name, (), sorts[0])
        if sorts:
            return self._named(node, TEXT)
        if name in self._schema.roles or name in self._schema.principals:
            return constant(name, ENTITY)
        raise self._unknown(word, scope)

    def _parameter(self, word: Word, scope: _Scope) -> Var:
        sort = scope.parameters[word.text]
        if sort is None:
            raise self._error(
                f"'{word.text}' has different sorts in {', '.join(scope.tools)}.",
                word,
                "Write a rule for each tool.",
            )
        return Var(word.text, sort)

    def _unknown(self, word: Word, scope: _Scope) -> PorismError:
        where = scope.tools[0] if len(scope.tools) == 1 else "None of these tools"
        has = "has no parameter" if len(scope.tools) == 1 else "has a parameter"
        known = [*scope.parameters, "principal", "tool", "now", *self._names, *self._schema.roles]
        return self._error(
            f"{where} {has} '{word.text}'.",
            word,
            nearest(word.text, known) or f'A text is written in quotes: "{word.text}".',
        )

    def _t_qualified(self, node: Node, scope: _Scope) -> Term:
        base, name = node.parts
        if base.text == "request":
            if scope.outer is None:
                raise self._error(
                    "'request.' is for the conditions of events.",
                    base,
                    f"Here, '{name.text}' alone is the request's.",
                )
            return self._t_variable(Node("variable", (name,), name.at, name.end, 1), scope.outer)
        members = self._schema.members(Sort(base.text))
        if not members:
            known = ["request", *self._schema.lattices, *self._schema.enumerations]
            raise self._error(
                f"'{base.text}' is no label or enumeration.", base, nearest(base.text, known)
            )
        if name.text not in members:
            raise self._error(
                f"'{name.text}' is no {base.text}.",
                name,
                nearest(name.text, members) or f"It has {', '.join(members)}.",
            )
        return App(name.text, (), Sort(base.text))

    def _t_arithmetic(self, node: Node, scope: _Scope) -> Term:
        left, operator, right = node.parts
        a, b = self._term(left, scope), self._term(right, scope)
        return self._checked(node, build.arithmetic, self._schema, operator.text, a, b)

    def _t_negative(self, node: Node, scope: _Scope) -> Term:
        body = self._term(node.parts[1], scope)
        if isinstance(body, App) and is_constant(body) and body.sort in NUMBERS:
            text = body.symbol
            return App(text[1:] if text.startswith("-") else f"-{text}", (), body.sort)
        return self._checked(node, build.negative, body)

    def _t_set(self, node: Node, scope: _Scope) -> Term:
        items = [self._term(p, scope) for p in node.parts[1:] if p is not None]
        return self._checked(node, build.make_set, items)

    # -- history ---------------------------------------------------------------------------

    def _f_once(self, node: Node, scope: _Scope) -> Formula:
        _, event, window = node.parts
        return self._past("once", node, event, window, scope)

    def _f_previous(self, node: Node, scope: _Scope) -> Formula:
        return self._past("previous", node, node.parts[1], None, scope)

    def _f_since(self, node: Node, scope: _Scope) -> Formula:
        _, breaking, event, window = node.parts
        return self._past("since", node, event, window, scope, breaking)

    def _past(
        self,
        operation: Operation,
        node: Node,
        event: Node,
        window: Node | None,
        scope: _Scope,
        breaking: Node | None = None,
    ) -> Formula:
        monitor, keys = self._monitor(operation, node, event, window, scope, None, breaking)
        return Atom(monitor.name, keys)

    def _t_call(self, node: Node, scope: _Scope) -> Term:
        name, _, *_ = node.parts
        operation = name.text
        event = _parts(node, "event")
        field = next((p for p in node.parts[2:] if isinstance(p, Word) and p.kind == "NAME"), None)
        window = next((p for p in node.parts if isinstance(p, Node) and p.kind == "window"), None)
        if operation == "label":
            return self._label(node, event)
        if operation not in ("count", "sum", "distinct"):
            known = ("count", "sum", "distinct", "label")
            raise self._error(
                f"There is no function '{operation}'.",
                name,
                nearest(operation, known) or f"There are {', '.join(known)}.",
            )
        if (operation == "count") == (field is not None):
            raise self._error(
                f"'{operation}' {'counts events' if field else 'needs a parameter'}.",
                node,
                f"Write {operation}({'' if field else 'x of '}TOOL within 1d).",
            )
        monitor, keys = self._monitor(operation, node, event[2], window, scope, field)
        return App(monitor.name, keys, monitor.sort)

    def _label(self, node: Node, event: tuple[Any, Any, Any]) -> Term:
        names = event[1].parts
        text = names[0].parts[0].text if isinstance(names[0], Node) else ""
        if text not in self._schema.lattices:
            raise self._error(
                f"There is no label lattice '{text}'.", node, nearest(text, self._schema.lattices)
            )
        return build.label_of(text)

    def _monitor(
        self,
        operation: Operation,
        node: Node,
        event: Node,
        window: Node | None,
        scope: _Scope,
        field: Word | None,
        breaking: Node | None = None,
    ) -> tuple[Monitor, tuple[Term, ...]]:
        if scope.outer is not None:
            raise self._error("History operators do not nest.", node)
        pattern, keys = self._pattern(event, scope)
        within = None
        if window is not None:
            word = window.parts[0]
            within = read_duration(word.text)
            if within is None:
                raise self._error(
                    f"'{word.text}' is no duration.", word, "Write 1d, 2h30m, 90s, 500ms."
                )
        term: Term | None = None
        if field is not None:
            inner = _Scope(self._schema, pattern.tools or self._schema.tools, scope)
            if field.text not in inner.parameters:
                raise self._unknown(field, inner)
            term = self._parameter(field, inner)
            if operation == "sum" and term.sort not in (INT, DECIMAL, DURATION):
                raise self._error(f"A {term.sort} cannot be summed up.", field)
        other: Pattern | None = None
        if breaking is not None:
            other, broken = self._pattern(breaking, scope)
            if broken and broken != keys:
                raise self._error(
                    "Both events of 'since' must be tied to the same terms of the request.",
                    node,
                    "Tie the first to the same terms, or to none.",
                )
            if other.view != pattern.view:
                raise self._error(
                    f"'since' compares events of one view; here are {other.view} and "
                    f"{pattern.view}.",
                    node,
                )
        monitor = named_monitor(operation, pattern, term, within, other)
        self.monitors.setdefault(monitor.name, monitor)
        return monitor, keys

    def _pattern(self, event: Node, scope: _Scope) -> tuple[Pattern, tuple[Term, ...]]:
        view, tools, where = event.parts
        names = self._event_tools(tools)
        inner = _Scope(self._schema, names or self._schema.tools, scope)
        guards: list[Formula] = []
        keys: list[tuple[Term, Term]] = []
        for part in _conjuncts(where):
            if not _mentions_request(part):
                guards.append(self._formula(part, inner))
                continue
            keys.append(self._key(part, inner))
        guard = build.conjunction(guards)
        kind: View = view.text if view is not None else "completed"
        pattern = Pattern(kind, names, guard, tuple(k for k, _ in keys))
        return pattern, tuple(r for _, r in keys)

    def _key(self, node: Node, inner: _Scope) -> tuple[Term, Term]:
        """``term of the event = term of the request``."""
        if node.kind == "compare" and node.parts[1].text == "=":
            left, _, right = node.parts
            if _mentions_request(left):
                left, right = right, left
            if not _mentions_request(left):
                own, outer = self._term(left, inner), self._term(right, inner)
                self._checked(node, build.compare, self._schema, "=", own, outer)
                return own, outer
        raise self._error(
            "An event is tied to the request by '=' only: 'x = request.y'.",
            node,
            "Then what each event costs does not grow with the past.",
        )

    # -- errors ----------------------------------------------------------------------------

    def _error(self, message: str, place: Node | Word, hint: str = "") -> PorismError:
        return self._source.error(message, place.at, place.end, hint)

    def _checked(self, node: Node, function: Callable[..., T], *args: Any) -> T:
        """A builder's result; its complaint gets the place."""
        try:
            return function(*args)
        except PorismError as error:
            if error.span is None:
                error.span = self._source.span(node.at, node.end)
            raise


def _parts(call: Node, kind: str) -> tuple[Any, Any, Any]:
    """The view, the tools and the event node of a call."""
    event = next(p for p in call.parts if isinstance(p, Node) and p.kind == kind)
    return event.parts[0], event.parts[1], event


def _conjuncts(node: Node | None) -> list[Node]:
    if node is None:
        return []
    if node.kind == "conjunction":
        return [c for p in node.parts for c in _conjuncts(p)]
    return [node]


def _mentions_request(node: Node) -> bool:
    if node.kind == "qualified" and node.parts[0].text == "request":
        return True
    return any(_mentions_request(p) for p in node.parts if isinstance(p, Node))
