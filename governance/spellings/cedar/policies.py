"""Cedar policies → rules of the policy core."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import msgspec
from lark import Lark
from lark.exceptions import UnexpectedInput

from governance.conditions import (
    PRINCIPAL,
    TOOL,
    as_term,
    conjunction,
    pattern_of,
)
from governance.conditions import as_formula as plain_formula
from governance.extensions import FUNCTIONS
from governance.policy import Effect, Rule, RuleSet, Who
from governance.sorts import (
    ANY,
    BOOL,
    ENTITY,
    INT,
    LEAST,
    MOST,
    RECORD,
    TEXT,
    Entity,
    constant,
    set_of,
)
from governance.spellings.cedar.data import entity_of
from governance.spellings.cedar.refusal import NotCovered
from governance.spellings.cedar.syntax import ESCAPE, RawBuilder, character, characters, complaint
from governance.spellings.parse import DEPTH_LIMIT, Node, TooDeep, Word
from governance.worlds import OpenSchema
from logic.errors import PorismError, nearest
from logic.formulas import FALSE, And, Atom, Equal, Formula, Not, Or
from logic.source import Source
from logic.terms import App, If, Term, Var

RESOURCE, CONTEXT = Var("resource", ENTITY), Var("context", RECORD)

_TESTS = {"containsAll", "containsAny", "isEmpty"}
_CONSTRUCTORS = frozenset({"decimal", "datetime", "duration", "ip"})
_METHODS = frozenset(FUNCTIONS) - {"any", "error"} - _CONSTRUCTORS
_ARGUMENTS = {"contains": 1, "containsAll": 1, "containsAny": 1, "isEmpty": 0, "offset": 1,
              "durationSince": 1, "lessThan": 1, "lessThanOrEqual": 1, "greaterThan": 1,
              "greaterThanOrEqual": 1, "isInRange": 1, "hasTag": 1, "getTag": 1}  # fmt: skip


class Link(msgspec.Struct, frozen=True):
    """A template's slots filled in: a rule of its own."""

    template: str
    name: str
    slots: Mapping[str, Entity]


def import_links(records: Any) -> list[Link]:
    """Links from Cedar's JSON: objects with ``templateId``, ``newId`` and ``values``.

    Raises
    ------
    PorismError : one of them is none.
    """
    try:
        return [
            Link(
                str(r["templateId"]),
                str(r["newId"]),
                {slot: entity_of(value) for slot, value in r["values"].items()},
            )
            for r in records
        ]
    except (KeyError, TypeError, AttributeError):
        raise PorismError(
            "Links are a list of objects with 'templateId', 'newId' and 'values'.",
            hint='Such as {"templateId": "policy0", "newId": "ann", "values": '
            '{"?principal": {"type": "User", "id": "ann"}}}.',
        ) from None


def import_policies(
    source: Source | str, schema: OpenSchema | None = None, links: Sequence[Link] = ()
) -> RuleSet:
    """The policies of a Cedar text.

    Parameters
    ----------
    schema : what their analysis may assume; deciding does not depend on it.
    links : rules made from the text's templates. A template without a link decides nothing, and is
        therefore refused.

    Raises
    ------
    PorismError : the text is not Cedar, or (:class:`NotCovered`) needs what the core does not have.
    """
    source = source if isinstance(source, Source) else Source(source, "policy.cedar")
    try:
        tree: Any = _parser().parse(source.text)
    except UnexpectedInput as error:
        raise complaint(source, error) from None
    except TooDeep as deep:
        raise source.error(
            f"This expression nests more than {DEPTH_LIMIT} deep.", deep.at, deep.at + 1
        ) from None
    rules, used = [], set()
    for number, node in enumerate(tree.parts):
        name = f"policy{number}"
        if _first_slot(node) is None:
            rules.append(_Reader(source, {}).policy(node, name))
            continue
        of_template = [link for link in links if link.template == name]
        if not of_template:
            raise _Reader(source, {}).refuse(f"the template '{name}' without a link", node)
        used.add(name)
        rules += [_Reader(source, link.slots).policy(node, link.name) for link in of_template]
    for link in links:
        if link.template not in used:
            raise PorismError(
                f"The link '{link.name}' is one of '{link.template}', which is no template.",
                hint=nearest(link.template, used),
            )
    return RuleSet(Path(source.file).stem, schema or OpenSchema(), rules)


def _first_slot(node: Node) -> Word | None:
    """A template's first slot; None in a policy without any."""
    todo: list[Any] = [node]
    while todo:
        part = todo.pop()
        if isinstance(part, Word):
            if part.kind == "SLOT":
                return part
        elif isinstance(part, Node):
            todo += reversed(part.parts)
    return None


@cache
def _parser() -> Lark:
    grammar = files("governance.spellings.cedar").joinpath("cedar.lark").read_text("utf-8")
    return Lark(grammar, parser="lalr", transformer=RawBuilder(), maybe_placeholders=False)


class _Reader:
    """Cedar's syntax to rules."""

    def __init__(self, source: Source, slots: Mapping[str, Entity]) -> None:
        self._source = source
        self._slots = slots

    def policy(self, node: Node, name: str) -> Rule:
        """A policy, or a template with its slots filled in."""
        parts = [p for p in node.parts if not (isinstance(p, Node) and p.kind == "annotation")]
        effect, *rest = parts
        scopes = [p for p in rest if p.kind == "scope"]
        clauses = [p for p in rest if p.kind == "clause"]
        for scope, wanted in zip(scopes, ("principal", "action", "resource"), strict=True):
            if scope.parts[0].text != wanted:
                raise self._error(f"'{wanted}' should stand here.", scope)
        who, tools, conditions = self._scopes(scopes)
        for clause in clauses:
            word, body = clause.parts
            condition = self._formula(body)
            conditions.append(condition if word.text == "when" else Not(condition))
        kind: Effect = effect.text
        return Rule(
            name,
            kind,
            who,
            tools,
            conjunction(conditions),
            self._source.span(node.at, node.end),
            self._source.text[node.at : node.end],
        )

    def _scopes(self, scopes: list[Node]) -> tuple[tuple[Who, ...], tuple[str, ...], list[Formula]]:
        who: tuple[Who, ...] = ()
        tools: tuple[str, ...] = ()
        conditions: list[Formula] = []
        for scope, term in zip(scopes, (PRINCIPAL, TOOL, RESOURCE), strict=True):
            parts = scope.parts[1:]
            if parts and parts[0].kind == "IS":
                conditions.append(self._is(term, parts[1]))
                parts = parts[2:]
            if not parts:
                continue
            if term is TOOL and isinstance(slot := parts[1].parts[0], Word):
                raise self._error("An action is never a slot.", slot)
            names = self._names(parts[1])
            same = parts[0].kind == "EQUALS"
            if term is PRINCIPAL:
                who = tuple(Who("is" if same else "in", n) for n in names)
            elif term is TOOL:
                tools = tuple(names)
                if not names:
                    conditions.append(FALSE)
                if same:
                    conditions.append(Equal(TOOL, constant(names[0], ENTITY)))
            elif same:
                conditions.append(Equal(term, constant(names[0], ENTITY)))
            else:
                conditions.append(Atom("under", (term, constant(names[0], ENTITY))))
        return who, tools, conditions

    def _names(self, value: Node) -> list[Entity]:
        (part,) = value.parts
        if isinstance(part, Word):
            if part.text not in self._slots:
                raise self._error(f"The link fills no slot '{part.text}'.", part)
            return [self._slots[part.text]]
        items: tuple[Node, ...] = (part,)
        if part.kind == "list":
            items = tuple(p for p in part.parts if isinstance(p, Node))
        for item in items:
            if item.kind != "entity":
                raise self._error("An entity should stand here.", item)
        return [self._entity(item) for item in items]

    def _entity(self, node: Node) -> Entity:
        word = node.parts[0]
        path, mark, name = word.text.partition('"')
        path = "".join(path.split())
        return Entity(path + mark + characters(self._source, name[:-1], word) + mark)

    def _path(self, node: Node) -> str:
        return "".join(node.parts[0].text.split())

    def _is(self, term: Term, path: Node) -> Formula:
        return Atom("is", (_any(term), constant(self._path(path), TEXT)))

    # -- expressions -----------------------------------------------------------------------

    def _formula(self, node: Node) -> Formula:
        reader: Callable[[Node], Formula] | None = getattr(self, f"_f_{node.kind}", None)
        if reader is not None:
            return reader(node)
        term = self._term(node)
        return plain_formula(term if term.sort == BOOL else _any(term))

    def _term(self, node: Node) -> Term:
        reader: Callable[[Node], Term] | None = getattr(self, f"_t_{node.kind}", None)
        return reader(node) if reader is not None else as_term(self._formula(node))

    def _f_both(self, node: Node) -> Formula:
        return And(*map(self._formula, node.parts))

    def _f_either(self, node: Node) -> Formula:
        return Or(*map(self._formula, node.parts))

    def _f_negation(self, node: Node) -> Formula:
        return Not(self._formula(node.parts[1]))

    def _f_compare(self, node: Node) -> Formula:
        left, sign, right = node.parts
        a, b = self._term(left), self._term(right)
        match sign.text:
            case "==":
                return Equal(a, b)
            case "!=":
                return Not(Equal(a, b))
            case "<" | "<=":
                return Atom(sign.text, (a, b))
        # What stands left is looked at first: a > b is not (a <= b).
        return Not(Atom("<=" if sign.text == ">" else "<", (a, b)))

    def _f_under(self, node: Node) -> Formula:
        left, _, right = node.parts
        return Atom("under", (_any(self._term(left)), _any(self._term(right))))

    def _f_has(self, node: Node) -> Formula:
        base, names = self._term(node.parts[0]), node.parts[1].parts
        parts: list[Formula] = []
        for word in names:
            name = self._string(word) if word.kind == "STRING" else word.text
            parts.append(Atom("has", (_any(base), constant(name, TEXT))))
            base = App(f".{name}", (_any(base),), ANY)
        return conjunction(parts)

    def _f_like(self, node: Node) -> Formula:
        text, word = node.parts
        pattern = constant(self._pattern(word), TEXT)
        return Atom("like", (_any(self._term(text)), pattern))

    def _f_is_type(self, node: Node) -> Formula:
        first, _, path, *above = node.parts
        term = self._term(first)
        found = self._is(term, path)
        above = [p for p in above if isinstance(p, Node)]
        if not above:
            return found
        return And(found, Atom("under", (_any(term), _any(self._term(above[0])))))

    def _t_conditional(self, node: Node) -> Term:
        condition, then, otherwise = node.parts
        a, b = self._term(then), self._term(otherwise)
        if a.sort != b.sort:
            a, b = _any(a), _any(b)
        return If(self._formula(condition), a, b)

    def _t_literal(self, node: Node) -> Term:
        (word,) = node.parts
        if word.kind == "INT":
            return self._integer(word, 1)
        if word.kind == "STRING":
            return constant(self._string(word), TEXT)
        return constant(word.text == "true", BOOL)

    def _integer(self, word: Word, sign: int) -> Term:
        if len(word.text) > 40 or not LEAST <= sign * int(word.text) <= MOST:
            raise self._error("This number does not fit into 64 bits.", word)
        return constant(sign * int(word.text), INT)

    def _t_negative(self, node: Node) -> Term:
        body = node.parts[1]
        if body.kind == "literal" and body.parts[0].kind == "INT":
            return self._integer(body.parts[0], -1)
        return App("neg", (_any(self._term(body)),), ANY)

    def _t_variable(self, node: Node) -> Term:
        name = node.parts[0].text
        return {"principal": PRINCIPAL, "action": TOOL, "resource": RESOURCE}.get(name, CONTEXT)

    def _t_slot(self, node: Node) -> Term:
        raise self._error("A slot may stand only in a template's scope.", node)

    def _t_entity(self, node: Node) -> Term:
        return constant(self._entity(node), ENTITY)

    def _t_list(self, node: Node) -> Term:
        items = tuple(self._term(p) for p in node.parts if isinstance(p, Node))
        return App("{}", items, set_of(ANY))

    def _t_record(self, node: Node) -> Term:
        fields: dict[str, Term] = {}
        for pair in (p for p in node.parts if isinstance(p, Node)):
            word, value = pair.parts
            name = self._string(word) if word.kind == "STRING" else word.text
            if name in fields:
                raise self._error(f"The record has two attributes '{name}'.", pair)
            fields[name] = self._term(value)
        return App("record " + json.dumps(list(fields)), tuple(fields.values()), RECORD)

    def _t_arithmetic(self, node: Node) -> Term:
        left, sign, right = node.parts
        return App(sign.text, (_any(self._term(left)), _any(self._term(right))), ANY)

    def _t_attribute(self, node: Node) -> Term:
        base, word = node.parts
        name = self._string(word) if word.kind == "STRING" else word.text
        return App(f".{name}", (_any(self._term(base)),), ANY)

    def _t_call(self, node: Node) -> Term:
        name, arguments = node.parts
        if name.text not in _CONSTRUCTORS:
            raise self.refuse(f"the function '{name.text}'", name)
        args = self._arguments(arguments)
        if len(args) != 1:
            return self._wrong(name.text, 1)
        return App(name.text, args, ANY)

    def _arguments(self, node: Node) -> tuple[Term, ...]:
        return tuple(_any(self._term(p)) for p in node.parts if isinstance(p, Node))

    def _t_method(self, node: Node) -> Term:
        base, name, arguments = node.parts
        method = name.text
        if method not in _ARGUMENTS and method not in _METHODS:
            raise self.refuse(f"the method '{method}'", name)
        receiver, args = _any(self._term(base)), self._arguments(arguments)
        if len(args) != _ARGUMENTS.get(method, 0):
            return self._wrong(method, _ARGUMENTS.get(method, 0))
        if method == "contains":
            return as_term(Atom("in", (args[0], receiver)))
        if method in _TESTS:
            return as_term(Atom(method, (receiver, *args)))
        if method == "hasTag":
            return as_term(Atom(method, (receiver, *args)))
        return App(method, (receiver, *args), ANY)

    def _wrong(self, name: str, number: int) -> Term:
        """A call with a wrong number of arguments; as in Cedar, an error when it is reached."""
        return App("error", (constant(f"'{name}' takes {number} arguments", TEXT),), ANY)

    # -- texts and errors ------------------------------------------------------------------

    def _string(self, word: Word) -> str:
        return characters(self._source, word.text[1:-1], word)

    def _pattern(self, word: Word) -> str:
        """A pattern in the core's spelling: ``*`` is a wildcard, ``\\*`` is not."""
        parts, at, current, text = [], 0, "", word.text[1:-1]
        for found in re.finditer(r"\\\*|\*|" + ESCAPE.pattern, text):
            current += text[at : found.start()]
            at = found.end()
            if found[0] == "*":
                parts.append(current)
                current = ""
            else:
                current += "*" if found[0] == "\\*" else character(self._source, found, word)
        return pattern_of([*parts, current + text[at:]])

    def _error(self, message: str, place: Node | Word) -> PorismError:
        return self._source.error(message, place.at, place.end)

    def refuse(self, what: str, place: Node | Word) -> NotCovered:
        """A complaint about what the core does not have."""
        span = self._source.span(place.at, place.end)
        return NotCovered(f"Not covered: {what}.", span, "The policy is not read.")


def _any(term: Term) -> Term:
    """The same term, its sort to be looked at when it has a value."""
    return term if term.sort == ANY else App("any", (term,), ANY)
