"""Conditions of a policy file → formulas over a schema, and the history operators they mention."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import msgspec

from governance import conditions as build
from governance.conditions import NOW, PRINCIPAL, TOOL
from governance.past import Monitor, Operation, Pattern, View
from governance.printing import named_monitor
from governance.schema import KINDS, Schema
from governance.sorts import (
    BOOL,
    DECIMAL,
    DURATION,
    ENTITY,
    INT,
    LEAST,
    MOST,
    NUMBERS,
    TEXT,
    TIME,
    constant,
    is_constant,
    read_decimal,
    read_duration,
    read_time,
)
from governance.spellings.parse import Node, Word
from logic.errors import PorismError, nearest
from logic.formulas import Atom, Formula, Not
from logic.source import Source
from logic.terms import App, Sort, Term, Var

T = TypeVar("T")


class Scope:
    """What names mean at a place: the parameters of some tools."""

    def __init__(self, schema: Schema, tools: Iterable[str], outer: Scope | None = None) -> None:
        self.tools = list(tools)
        self.outer = outer
        self.parameters: dict[str, Sort | None] = {}
        for tool in self.tools:
            for p in schema.tools[tool].parameters:
                if self.parameters.setdefault(p.name, p.sort) != p.sort:
                    self.parameters[p.name] = None


class ConditionReader:
    """Conditions, and the monitors found in them."""

    def __init__(self, source: Source, schema: Schema) -> None:
        self.source = source
        self.schema = schema
        self.monitors: dict[str, Monitor] = {}
        self._names: dict[str, list[Sort]] = {}
        for sort in (*schema.lattices, *schema.enumerations):
            for member in schema.members(Sort(sort)):
                self._names.setdefault(member, []).append(Sort(sort))

    def tool(self, name: Node) -> str:
        text: str = name.parts[0].text
        if text not in self.schema.tools:
            raise self.error(
                f"There is no tool '{text}'.",
                name,
                nearest(text, self.schema.tools) or "Tools are declared in the schema.",
            )
        return text

    def kind(self, name: Node) -> tuple[str, ...]:
        kind: str = name.parts[0].text
        if kind not in KINDS:
            raise self.error(
                f"'{kind}' is no kind of directive.",
                name,
                nearest(kind, KINDS) or f"The kinds are {', '.join(KINDS)}.",
            )
        tools = tuple(t.name for t in self.schema.tools.values() if t.kind == kind)
        if not tools:
            raise self.error(f"The schema has no tool of the kind '{kind}'.", name)
        return tools

    def event_tools(self, node: Node) -> tuple[str, ...]:
        first, *rest = node.parts
        if isinstance(first, Word):
            return self.kind(rest[0]) if rest else ()
        return tuple(dict.fromkeys(self.tool(n) for n in node.parts))

    # -- conditions ------------------------------------------------------------------------

    def formula(self, node: Node, scope: Scope) -> Formula:
        reader = getattr(self, f"_f_{node.kind}", None)
        if reader is not None:
            found: Formula = reader(node, scope)
            return found
        return self.checked(node, build.as_formula, self.term(node, scope))

    def term(self, node: Node, scope: Scope) -> Term:
        reader = getattr(self, f"_t_{node.kind}", None)
        if reader is not None:
            found: Term = reader(node, scope)
            return found
        return build.as_term(self.formula(node, scope))

    def _f_disjunction(self, node: Node, scope: Scope) -> Formula:
        return build.disjunction([self.formula(p, scope) for p in node.parts])

    def _f_conjunction(self, node: Node, scope: Scope) -> Formula:
        return build.conjunction([self.formula(p, scope) for p in node.parts])

    def _f_negation(self, node: Node, scope: Scope) -> Formula:
        return Not(self.formula(node.parts[1], scope))

    def _f_compare(self, node: Node, scope: Scope) -> Formula:
        left, operator, right = node.parts
        a, b = self._pair(left, right, scope)
        return self.checked(node, build.compare, self.schema, operator.text, a, b)

    def _pair(self, left: Node, right: Node, scope: Scope) -> tuple[Term, Term]:
        """Two terms, of which one may tell which sort a bare name of the other has."""
        if self._open(left, scope):
            b = self.term(right, scope)
            return self._named(left, b.sort), b
        a = self.term(left, scope)
        return a, self._named(right, a.sort) if self._open(right, scope) else self.term(
            right, scope
        )

    def _open(self, node: Node, scope: Scope) -> bool:
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
        raise self.error(
            f"'{word.text}' may be of {sorts}.",
            word,
            f"Write {self._names[word.text][0].name}.{word.text}.",
        )

    def _f_member(self, node: Node, scope: Scope) -> Formula:
        left, right = node.parts
        a = self.term(left, scope)
        if right.kind == "set":
            items = [
                self._named(p, a.sort)
                if self._open(p, scope)
                else build.fit(self.schema, self.term(p, scope), a.sort)
                for p in right.parts[1:]
                if p is not None
            ]
            b: Term = self.checked(right, build.make_set, items)
        else:
            b = self.term(right, scope)
        if b.sort == ENTITY and a.sort == ENTITY:
            return Atom("under", (a, b))
        return self.checked(node, build.member, self.schema, a, b)

    def _f_not_member(self, node: Node, scope: Scope) -> Formula:
        left, _, right = node.parts
        return Not(self._f_member(msgspec.structs.replace(node, parts=(left, right)), scope))

    def _f_like(self, node: Node, scope: Scope) -> Formula:
        text, pattern = node.parts
        return self.checked(node, build.like, self.term(text, scope), pattern.text)

    def _f_has(self, node: Node, scope: Scope) -> Formula:
        name = node.parts[1]
        if name.text not in scope.parameters:
            raise self._unknown(name, scope)
        sort = scope.parameters[name.text] or TEXT
        return Atom("has", (Var(name.text, sort),))

    def _t_literal(self, node: Node, scope: Scope) -> Term:
        (word,) = node.parts
        match word.kind:
            case "TRUE" | "FALSE":
                return constant(word.kind == "TRUE", BOOL)
            case "STRING":
                return constant(word.text, TEXT)
            case "INT":
                digits = word.text.replace("_", "")
                if len(digits) > 19 or not LEAST <= int(digits) <= MOST:
                    raise self.error("This number does not fit into 64 bits.", word)
                return constant(int(digits), INT)
        readers: dict[str, tuple[Callable[[str], Any], Sort, str, str]] = {
            "DECIMAL": (read_decimal, DECIMAL, "decimal", "It has up to four places, as 12.5."),
            "DURATION": (read_duration, DURATION, "duration", "Write 1d, 2h30m, 90s, 500ms."),
            "TIME": (read_time, TIME, "time", "Write @2026-01-31 or @2026-01-31T12:00:00Z."),
        }
        reader, sort, kind, hint = readers[word.kind]
        value = reader(word.text.replace("_", "").lstrip("@"))
        if value is None:
            raise self.error(f"'{word.text}' is no {kind}.", word, hint)
        return constant(value, sort)

    def _t_variable(self, node: Node, scope: Scope) -> Term:
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
        if name in self.schema.roles or name in self.schema.principals:
            return constant(name, ENTITY)
        raise self._unknown(word, scope)

    def _parameter(self, word: Word, scope: Scope) -> Var:
        sort = scope.parameters[word.text]
        if sort is None:
            raise self.error(
                f"'{word.text}' has different sorts in {', '.join(scope.tools)}.",
                word,
                "Write a rule for each tool.",
            )
        return Var(word.text, sort)

    def _unknown(self, word: Word, scope: Scope) -> PorismError:
        where = scope.tools[0] if len(scope.tools) == 1 else "None of these tools"
        has = "has no parameter" if len(scope.tools) == 1 else "has a parameter"
        known = [*scope.parameters, "principal", "tool", "now", *self._names, *self.schema.roles]
        return self.error(
            f"{where} {has} '{word.text}'.",
            word,
            nearest(word.text, known) or f'A text is written in quotes: "{word.text}".',
        )

    def _t_qualified(self, node: Node, scope: Scope) -> Term:
        base, name = node.parts
        if base.text == "request":
            if scope.outer is None:
                raise self.error(
                    "'request.' is for the conditions of events.",
                    base,
                    f"Here, '{name.text}' alone is the request's.",
                )
            return self._t_variable(Node("variable", (name,), name.at, name.end, 1), scope.outer)
        members = self.schema.members(Sort(base.text))
        if not members:
            known = ["request", *self.schema.lattices, *self.schema.enumerations]
            raise self.error(
                f"'{base.text}' is no label or enumeration.", base, nearest(base.text, known)
            )
        if name.text not in members:
            raise self.error(
                f"'{name.text}' is no {base.text}.",
                name,
                nearest(name.text, members) or f"It has {', '.join(members)}.",
            )
        return App(name.text, (), Sort(base.text))

    def _t_arithmetic(self, node: Node, scope: Scope) -> Term:
        left, operator, right = node.parts
        a, b = self.term(left, scope), self.term(right, scope)
        return self.checked(node, build.arithmetic, self.schema, operator.text, a, b)

    def _t_negative(self, node: Node, scope: Scope) -> Term:
        body = self.term(node.parts[1], scope)
        if isinstance(body, App) and is_constant(body) and body.sort in NUMBERS:
            text = body.symbol
            return App(text[1:] if text.startswith("-") else f"-{text}", (), body.sort)
        return self.checked(node, build.negative, body)

    def _t_set(self, node: Node, scope: Scope) -> Term:
        items = [self.term(p, scope) for p in node.parts[1:] if p is not None]
        return self.checked(node, build.make_set, items)

    # -- history ---------------------------------------------------------------------------

    def _f_once(self, node: Node, scope: Scope) -> Formula:
        _, event, window = node.parts
        return self._past("once", node, event, window, scope)

    def _f_previous(self, node: Node, scope: Scope) -> Formula:
        return self._past("previous", node, node.parts[1], None, scope)

    def _f_since(self, node: Node, scope: Scope) -> Formula:
        _, breaking, event, window = node.parts
        return self._past("since", node, event, window, scope, breaking)

    def _past(
        self,
        operation: Operation,
        node: Node,
        event: Node,
        window: Node | None,
        scope: Scope,
        breaking: Node | None = None,
    ) -> Formula:
        monitor, keys = self._monitor(operation, node, event, window, scope, None, breaking)
        return Atom(monitor.name, keys)

    def _t_call(self, node: Node, scope: Scope) -> Term:
        name, _, *_ = node.parts
        operation = name.text
        event = event_parts(node, "event")
        field = next((p for p in node.parts[2:] if isinstance(p, Word) and p.kind == "NAME"), None)
        window = next((p for p in node.parts if isinstance(p, Node) and p.kind == "window"), None)
        if operation == "label":
            return self._label(node, event)
        if operation not in ("count", "sum", "distinct"):
            known = ("count", "sum", "distinct", "label")
            raise self.error(
                f"There is no function '{operation}'.",
                name,
                nearest(operation, known) or f"There are {', '.join(known)}.",
            )
        if (operation == "count") == (field is not None):
            raise self.error(
                f"'{operation}' {'counts events' if field else 'needs a parameter'}.",
                node,
                f"Write {operation}({'' if field else 'x of '}TOOL within 1d).",
            )
        monitor, keys = self._monitor(operation, node, event[2], window, scope, field)
        return App(monitor.name, keys, monitor.sort)

    def _label(self, node: Node, event: tuple[Any, Any, Any]) -> Term:
        names = event[1].parts
        text = names[0].parts[0].text if isinstance(names[0], Node) else ""
        if text not in self.schema.lattices:
            raise self.error(
                f"There is no label lattice '{text}'.", node, nearest(text, self.schema.lattices)
            )
        return build.label_of(text)

    def _monitor(
        self,
        operation: Operation,
        node: Node,
        event: Node,
        window: Node | None,
        scope: Scope,
        field: Word | None,
        breaking: Node | None = None,
    ) -> tuple[Monitor, tuple[Term, ...]]:
        if scope.outer is not None:
            raise self.error("History operators do not nest.", node)
        pattern, keys = self._pattern(event, scope)
        within = None
        if window is not None:
            word = window.parts[0]
            within = read_duration(word.text)
            if within is None:
                raise self.error(
                    f"'{word.text}' is no duration.", word, "Write 1d, 2h30m, 90s, 500ms."
                )
        term: Term | None = None
        if field is not None:
            inner = Scope(self.schema, pattern.tools or self.schema.tools, scope)
            if field.text not in inner.parameters:
                raise self._unknown(field, inner)
            term = self._parameter(field, inner)
            if operation == "sum" and term.sort not in (INT, DECIMAL, DURATION):
                raise self.error(f"A {term.sort} cannot be summed up.", field)
        other: Pattern | None = None
        if breaking is not None:
            other, broken = self._pattern(breaking, scope)
            if broken and broken != keys:
                raise self.error(
                    "Both events of 'since' must be tied to the same terms of the request.",
                    node,
                    "Tie the first to the same terms, or to none.",
                )
            if other.view != pattern.view:
                raise self.error(
                    f"'since' compares events of one view; here are {other.view} and "
                    f"{pattern.view}.",
                    node,
                )
        monitor = named_monitor(operation, pattern, term, within, other)
        self.monitors.setdefault(monitor.name, monitor)
        return monitor, keys

    def _pattern(self, event: Node, scope: Scope) -> tuple[Pattern, tuple[Term, ...]]:
        view, tools, where = event.parts
        names = self.event_tools(tools)
        inner = Scope(self.schema, names or self.schema.tools, scope)
        guards: list[Formula] = []
        keys: list[tuple[Term, Term]] = []
        for part in _conjuncts(where):
            if not _mentions_request(part):
                guards.append(self.formula(part, inner))
                continue
            keys.append(self._key(part, inner))
        guard = build.conjunction(guards)
        kind: View = view.text if view is not None else "completed"
        pattern = Pattern(kind, names, guard, tuple(k for k, _ in keys))
        return pattern, tuple(r for _, r in keys)

    def _key(self, node: Node, inner: Scope) -> tuple[Term, Term]:
        """``term of the event = term of the request``."""
        if node.kind == "compare" and node.parts[1].text == "=":
            left, _, right = node.parts
            if _mentions_request(left):
                left, right = right, left
            if not _mentions_request(left):
                own, outer = self.term(left, inner), self.term(right, inner)
                self.checked(node, build.compare, self.schema, "=", own, outer)
                return own, outer
        raise self.error(
            "An event is tied to the request by '=' only: 'x = request.y'.",
            node,
            "Then what each event costs does not grow with the past.",
        )

    # -- errors ----------------------------------------------------------------------------

    def error(self, message: str, place: Node | Word, hint: str = "") -> PorismError:
        return self.source.error(message, place.at, place.end, hint)

    def checked(self, node: Node, function: Callable[..., T], *args: Any) -> T:
        """A builder's result; its complaint gets the place."""
        try:
            return function(*args)
        except PorismError as error:
            if error.span is None:
                error.span = self.source.span(node.at, node.end)
            raise


def event_parts(call: Node, kind: str) -> tuple[Any, Any, Any]:
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
