"""Conditions → Python functions: what the governor runs.

A formula becomes a function from a :class:`Frame` to ``bool``, a term one to a value, built once
from closures. A function raises :class:`Undefined` where the condition has no value; a ``KeyError``
means an argument that the request does not have. Sorts were checked when the condition was built;
only terms of sort Any are looked at again here.
"""

from __future__ import annotations

import json
import operator
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import msgspec

from governance.conditions import FALSE_TERM, PREDICATES, TRUE_TERM, pattern_parts
from governance.extensions import FUNCTIONS
from governance.runtime import dynamic
from governance.schema import Schema
from governance.sorts import (
    ANY,
    BOOL,
    DECIMAL,
    DURATION,
    INT,
    LEAST,
    MOST,
    NUMBERS,
    TEXT,
    Decimal,
    Duration,
    Entity,
    Time,
    Undefined,
    Value,
    constant_value,
    is_constant,
    tagged,
    untagged,
)
from logic.formulas import And, Atom, Equal, Formula, Not, Or, Truth
from logic.terms import App, If, Sort, Term, Var


class Frame(msgspec.Struct, gc=False):
    """What a condition is evaluated in: a request, who is under whom, and the past."""

    principal: str
    tool: str
    args: Mapping[str, Value]
    now: int = 0
    labels: Mapping[str, str] = {}
    ancestors: Mapping[str, frozenset[str]] = {}
    history: Mapping[str, Callable[[tuple[Value, ...], int], Value]] = {}
    attributes: Mapping[str, Mapping[str, Value]] = {}
    tags: Mapping[str, Mapping[str, Value]] = {}


Test: TypeAlias = Callable[[Frame], bool]
Getter: TypeAlias = Callable[[Frame], Value]

_NOBODY: frozenset[str] = frozenset()
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {"<": operator.lt, "<=": operator.le}
_ARITHMETIC: dict[str, Callable[[Any, Any], int]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
}


class Compiler:
    """Conditions over one schema to functions; what is compiled twice is shared."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._below = {name: lattice.below() for name, lattice in schema.lattices.items()}
        self._bottoms = {name: lattice.join(()) for name, lattice in schema.lattices.items()}
        self._tests: dict[Formula, Test] = {}

    def test(self, formula: Formula) -> Test:
        """A formula as a function to ``bool``."""
        found = self._tests.get(formula)
        if found is None:
            found = self._tests[formula] = self._test(formula)
        return found

    def getter(self, term: Term) -> Getter:
        """A term as a function to its value."""
        match term:
            case Var(name):
                return self._variable(name)
            case If(condition, then, otherwise):
                test = self.test(condition)
                if then == TRUE_TERM and otherwise == FALSE_TERM:
                    return test
                yes, no = self.getter(then), self.getter(otherwise)
                return lambda f: yes(f) if test(f) else no(f)
        if is_constant(term):
            value = constant_value(term)
            return lambda f: value
        return self._apply(term)

    # -- formulas --------------------------------------------------------------------------

    def _test(self, formula: Formula) -> Test:
        match formula:
            case Truth(value):
                return (lambda f: True) if value else (lambda f: False)
            case Not(body):
                test = self.test(body)
                return lambda f: not test(f)
            case And(left, right):
                first, second = self.test(left), self.test(right)
                return lambda f: first(f) and second(f)
            case Or(left, right):
                first, second = self.test(left), self.test(right)
                return lambda f: first(f) or second(f)
            case Equal(left, right):
                return self._equal(left, right)
            case Atom(predicate, args):
                return self._atom(predicate, args)
        raise AssertionError(f"no condition: {formula}")

    def _equal(self, left: Term, right: Term) -> Test:
        a, b = self.getter(left), self.getter(right)
        if left.sort != right.sort or ANY in (left.sort, *left.sort.args):
            return lambda f: tagged(a(f)) == tagged(b(f))
        if is_constant(right):
            value = b(Frame("", "", {}))
            if isinstance(left, Var) and (key := _argument(left.name)):
                return lambda f: bool(f.args[key] == value)
            return lambda f: bool(a(f) == value)
        return lambda f: bool(a(f) == b(f))

    def _atom(self, predicate: str, args: tuple[Term, ...]) -> Test:
        if predicate.startswith("below "):
            low, high = self.getter(args[0]), self.getter(args[1])
            below = self._below[predicate[6:]]
            return lambda f: low(f) in below[high(f)]
        if predicate in _COMPARE:
            return self._order(predicate, *args)
        if predicate == "has":
            return self._has(args)
        getters = [self.getter(a) for a in args]
        if predicate not in PREDICATES:
            return lambda f: bool(f.history[predicate](tuple([g(f) for g in getters]), f.now))
        a = getters[0]
        match predicate:
            case "true":
                return a if args[0].sort == BOOL else lambda f: dynamic.boolean(a(f))
            case "in":
                return self._in(args, a, getters[1])
            case "under":
                return self._under(args, a, getters[1])
            case "like":
                matches = matcher(args[1].symbol)  # type: ignore[union-attr]
                if args[0].sort == TEXT:
                    return lambda f: matches(a(f))
                return lambda f: matches(dynamic.text(a(f)))
            case "is":
                wanted = args[1].symbol  # type: ignore[union-attr]
                return lambda f: dynamic.entity(a(f)).type == wanted
            case "hasTag":
                name = getters[1]
                return lambda f: dynamic.text(name(f)) in _tags(f, a(f), missing={})
            case "containsAll":
                b = getters[1]
                return lambda f: dynamic.set(a(f)) >= dynamic.set(b(f))
            case "containsAny":
                b = getters[1]
                return lambda f: not dynamic.set(a(f)).isdisjoint(dynamic.set(b(f)))
        return lambda f: not dynamic.set(a(f))  # isEmpty

    def _order(self, symbol: str, left: Term, right: Term) -> Test:
        a, b, op = self.getter(left), self.getter(right), _COMPARE[symbol]
        if left.sort != right.sort or left.sort not in NUMBERS:
            return lambda f: op(*dynamic.alike(a(f), b(f)))
        if is_constant(right) and isinstance(left, Var) and (key := _argument(left.name)):
            value = b(Frame("", "", {}))
            if symbol == "<":
                return lambda f: bool(f.args[key] < value)
            return lambda f: bool(f.args[key] <= value)
        if symbol == "<":
            return lambda f: bool(a(f) < b(f))
        return lambda f: bool(a(f) <= b(f))

    def _has(self, args: tuple[Term, ...]) -> Test:
        if len(args) == 1:
            assert isinstance(args[0], Var)
            name = args[0].name
            return lambda f: name in f.args
        base, attribute = self.getter(args[0]), args[1].symbol  # type: ignore[union-attr]
        return lambda f: attribute in dynamic.fields(f.attributes, base(f), missing={})

    def _in(self, args: tuple[Term, ...], a: Getter, b: Getter) -> Test:
        collection = args[1]
        if ANY in (args[0].sort, collection.sort, *collection.sort.args):
            return lambda f: tagged(a(f)) in dynamic.set(b(f))
        if isinstance(collection, App) and all(is_constant(t) for t in collection.args):
            values = frozenset(constant_value(t) for t in collection.args)  # type: ignore[arg-type]
            return lambda f: a(f) in values
        return lambda f: a(f) in b(f)

    def _under(self, args: tuple[Term, ...], a: Getter, b: Getter) -> Test:
        if is_constant(args[1]) and args[0].sort != ANY:
            top = b(Frame("", "", {}))

            def below(f: Frame) -> bool:
                low = a(f)
                return low == top or top in f.ancestors.get(low, _NOBODY)

            return below

        def under(f: Frame) -> bool:
            low, high = a(f), b(f)
            if type(low) is not Entity and args[0].sort == ANY:
                raise Undefined(f"'in' needs an entity, not {dynamic.kind(low)}")
            up = f.ancestors.get(low, _NOBODY)
            if isinstance(high, frozenset):
                names = [untagged(item) for item in high]
                for name in names:
                    if not isinstance(name, str) or (
                        type(name) is not Entity and args[1].sort == ANY
                    ):
                        raise Undefined(
                            f"'in' needs a set of entities, and it has {dynamic.kind(name)}"
                        )
                return any(name == low or name in up for name in names)
            if not isinstance(high, Entity) and args[1].sort == ANY:
                raise Undefined(f"'in' needs an entity or a set of them, not {dynamic.kind(high)}")
            return high == low or high in up

        return under

    # -- terms -----------------------------------------------------------------------------

    def _variable(self, name: str) -> Getter:
        if name == "principal":
            return lambda f: f.principal
        if name == "tool":
            return lambda f: f.tool
        if name == "now":
            return lambda f: Time(f.now)
        if name.startswith("label "):
            lattice = name[len("label ") :]
            bottom = self._bottoms[lattice]
            return lambda f: f.labels.get(lattice, bottom)
        return lambda f: f.args[name]

    def _apply(self, term: Term) -> Getter:
        assert isinstance(term, App)
        symbol, sort = term.symbol, term.sort
        getters = [self.getter(a) for a in term.args]
        if symbol in ("+", "-", "*"):
            return self._arithmetic(symbol, sort, term.args, getters)
        if symbol == "neg":
            a = getters[0]
            return lambda f: dynamic.fits(
                -dynamic.number(a(f), INT if sort == ANY else sort), type(a(f))
            )
        if symbol.startswith("."):
            a, name = getters[0], symbol[1:]

            def attribute(f: Frame) -> Value:
                fields = dynamic.fields(f.attributes, a(f))
                if name not in fields:
                    raise Undefined(f"there is no attribute '{name}'")
                return fields[name]

            return attribute
        if symbol == "{}":
            if sort.args[0] == ANY:
                return lambda f: frozenset([tagged(g(f)) for g in getters])
            return lambda f: frozenset([g(f) for g in getters])
        if symbol.startswith("record "):
            names = json.loads(symbol[len("record ") :])
            return lambda f: {n: g(f) for n, g in zip(names, getters, strict=True)}
        if symbol == "getTag":
            a, b = getters

            def tag(f: Frame) -> Value:
                tags, name = _tags(f, a(f)), dynamic.text(b(f))
                if name not in tags:
                    raise Undefined(f"there is no tag '{name}'")
                return tags[name]

            return tag
        if symbol in FUNCTIONS:
            function = FUNCTIONS[symbol]
            return lambda f: function(*[g(f) for g in getters])
        return lambda f: f.history[symbol](tuple([g(f) for g in getters]), f.now)

    def _arithmetic(
        self, symbol: str, sort: Sort, args: tuple[Term, ...], getters: list[Getter]
    ) -> Getter:
        a, b = getters
        op = _ARITHMETIC[symbol]
        if sort == ANY:

            def unsorted(f: Frame) -> Value:
                return dynamic.fits(op(dynamic.number(a(f), INT), dynamic.number(b(f), INT)), int)

            return unsorted
        wrap = {DECIMAL: Decimal, DURATION: Duration}.get(sort, Time if sort in NUMBERS else int)
        wrap = int if sort == INT else wrap

        def typed(f: Frame) -> Value:
            value = op(a(f), b(f))
            if not LEAST <= value <= MOST:
                raise Undefined("a number leaves 64 bits")
            return value if wrap is int else wrap(value)

        return typed


def matcher(pattern: str) -> Callable[[str], bool]:
    """A pattern with ``*`` as a function; linear in the text for each part between two ``*``."""
    parts = pattern_parts(pattern)
    if len(parts) == 1:
        whole = parts[0]
        return lambda text: text == whole
    first, *inner, last = parts
    inner = [p for p in inner if p]

    def matches(text: str) -> bool:
        if len(text) < len(first) + len(last):
            return False
        if not text.startswith(first) or not text.endswith(last):
            return False
        at, end = len(first), len(text) - len(last)
        for part in inner:
            at = text.find(part, at, end)
            if at < 0:
                return False
            at += len(part)
        return True

    return matches


def _argument(name: str) -> str:
    """The name itself if the variable is an argument of the request."""
    return "" if name in ("principal", "tool", "now") or name.startswith("label ") else name


def _tags(
    f: Frame, value: Value, missing: Mapping[str, Value] | None = None
) -> Mapping[str, Value]:
    found = f.tags.get(dynamic.entity(value), missing)
    if found is None:
        raise Undefined(f"the entity {value} does not exist")
    return found
