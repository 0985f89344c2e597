"""Cedar policies → rules of the policy core."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from typing import Any

from lark import Lark, Token
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

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
from governance.schema import Schema
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
from governance.spellings.cedar.refusal import NotCovered
from governance.spellings.parse import DEPTH_LIMIT, Node, NodeBuilder, TooDeep, Word
from logic.errors import PorismError
from logic.formulas import FALSE, And, Atom, Equal, Formula, Not, Or
from logic.source import Source
from logic.terms import App, If, Term, Var

RESOURCE, CONTEXT = Var("resource", ENTITY), Var("context", RECORD)

_TESTS = {"containsAll", "containsAny", "isEmpty"}
_METHODS = frozenset(FUNCTIONS) - {"any", "decimal", "datetime", "duration"}
_ARGUMENTS = {"contains": 1, "containsAll": 1, "containsAny": 1, "isEmpty": 0, "offset": 1,
              "durationSince": 1, "lessThan": 1, "lessThanOrEqual": 1, "greaterThan": 1,
              "greaterThanOrEqual": 1}  # fmt: skip


def import_policies(source: Source | str) -> RuleSet:
    """The policies of a Cedar text.

    Raises
    ------
    PorismError : the text is not Cedar, or (:class:`NotCovered`) needs what the core does not have.
    """
    source = source if isinstance(source, Source) else Source(source, "policy.cedar")
    try:
        tree: Any = _parser().parse(source.text)
    except UnexpectedInput as error:
        raise _complaint(source, error) from None
    except TooDeep as deep:
        raise source.error(
            f"This expression nests more than {DEPTH_LIMIT} deep.", deep.at, deep.at + 1
        ) from None
    reader = _Reader(source)
    return RuleSet("cedar", Schema(), [reader.policy(n, i) for i, n in enumerate(tree.parts)])


class _RawBuilder(NodeBuilder):
    def word(self, token: Token) -> Word:
        return Word(token.type, str(token), token.start_pos or 0, token.end_pos or 0)


@cache
def _parser() -> Lark:
    grammar = files("governance.spellings.cedar").joinpath("cedar.lark").read_text("utf-8")
    return Lark(grammar, parser="lalr", transformer=_RawBuilder(), maybe_placeholders=False)


class _Reader:
    """Cedar's syntax to rules."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def policy(self, node: Node, number: int) -> Rule:
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
            f"policy{number}",
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
            raise self._refuse("templates", part)
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
        return Entity(path + mark + self._characters(name[:-1], word) + mark)

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
        raise self._refuse("templates", node)

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
        if name.text not in ("decimal", "datetime", "duration"):
            what = "IP addresses" if name.text == "ip" else f"the function '{name.text}'"
            raise self._refuse(what, name)
        args = self._arguments(arguments)
        if len(args) != 1:
            return self._wrong(name.text, 1)
        return App(name.text, args, ANY)

    def _arguments(self, node: Node) -> tuple[Term, ...]:
        return tuple(_any(self._term(p)) for p in node.parts if isinstance(p, Node))

    def _t_method(self, node: Node) -> Term:
        base, name, arguments = node.parts
        method = name.text
        if method in ("getTag", "hasTag"):
            raise self._refuse("entity tags", name)
        if method.startswith("isIp") or method in ("isLoopback", "isMulticast", "isInRange"):
            raise self._refuse("IP addresses", name)
        if method != "contains" and method not in _TESTS and method not in _METHODS:
            raise self._refuse(f"the method '{method}'", name)
        receiver, args = _any(self._term(base)), self._arguments(arguments)
        if len(args) != _ARGUMENTS.get(method, 0):
            return self._wrong(method, _ARGUMENTS.get(method, 0))
        if method == "contains":
            return as_term(Atom("in", (args[0], receiver)))
        if method in _TESTS:
            return as_term(Atom(method, (receiver, *args)))
        return App(method, (receiver, *args), ANY)

    def _wrong(self, name: str, number: int) -> Term:
        """A call with a wrong number of arguments; as in Cedar, an error when it is reached."""
        return App("error", (constant(f"'{name}' takes {number} arguments", TEXT),), ANY)

    # -- texts and errors ------------------------------------------------------------------

    def _string(self, word: Word) -> str:
        return self._characters(word.text[1:-1], word)

    def _characters(self, text: str, word: Word) -> str:
        return _ESCAPE.sub(lambda m: self._character(m, word), text)

    def _pattern(self, word: Word) -> str:
        """A pattern in the core's spelling: ``*`` is a wildcard, ``\\*`` is not."""
        parts, at, current, text = [], 0, "", word.text[1:-1]
        for found in re.finditer(r"\\\*|\*|" + _ESCAPE.pattern, text):
            current += text[at : found.start()]
            at = found.end()
            if found[0] == "*":
                parts.append(current)
                current = ""
            else:
                current += "*" if found[0] == "\\*" else self._character(found, word)
        return pattern_of([*parts, current + text[at:]])

    def _character(self, found: re.Match[str], word: Word) -> str:
        code = found[0][1:]
        simple = {"n": "\n", "r": "\r", "t": "\t", "0": "\0", "\\": "\\", '"': '"', "'": "'"}
        if code in simple:
            return simple[code]
        digits = code[2:-1] if code.startswith("u{") else code[1:]
        try:
            return chr(int(digits, 16))
        except (ValueError, OverflowError):
            raise self._error(f"There is no character '{found[0]}'.", word) from None

    def _error(self, message: str, place: Node | Word) -> PorismError:
        return self._source.error(message, place.at, place.end)

    def _refuse(self, what: str, place: Node | Word) -> NotCovered:
        span = self._source.span(place.at, place.end)
        return NotCovered(f"Not covered: {what}.", span, "The policy is not read.")


_ESCAPE = re.compile(r"\\(?:u\{[0-9a-fA-F_]{1,8}\}|x[0-9a-fA-F]{2}|.)", re.DOTALL)


def _any(term: Term) -> Term:
    """The same term, its sort to be looked at when it has a value."""
    return term if term.sort == ANY else App("any", (term,), ANY)


def _complaint(source: Source, error: UnexpectedInput) -> PorismError:
    if isinstance(error, UnexpectedToken):
        if error.token.type == "$END":
            return source.error(
                "The text ends too early.", len(source.text.rstrip()), len(source.text)
            )
        found, at = str(error.token), error.token.start_pos or 0
    else:
        assert isinstance(error, UnexpectedCharacters)
        at = error.pos_in_stream or 0
        found = source.text[at]
    return source.error(f"'{found[:40]}' is unexpected here.", at, at + len(found))
