"""Conditions over values of unknown sort, in Z3.

A condition is a pair of Z3 truths: defined and true, defined and false. A term is a pair too:
whether it has a value, and the value.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from governance.analysis.meaning import Meaning, Unanalysed
from governance.analysis.references import References
from governance.analysis.values import Values
from governance.conditions import FALSE_TERM, TRUE_TERM
from governance.extensions import DAY, FUNCTIONS, LOOPBACK, MULTICAST
from governance.sorts import (
    ENTITY,
    LEAST,
    MOST,
    Undefined,
    constant_value,
    is_constant,
)
from logic.formulas import And, Atom, Equal, Formula, Not, Or, Truth
from logic.smt import Expr
from logic.terms import App, If, Term, Var

Truths: TypeAlias = tuple[Expr, Expr]
"""Where a condition is defined and true, and where it is defined and false."""

Known: TypeAlias = tuple[Expr, Expr]
"""Where a term has a value, and the value."""

_UNITS = {"toMilliseconds": 1, "toSeconds": 1_000, "toMinutes": 60_000, "toHours": 3_600_000,
          "toDays": DAY}  # fmt: skip
_ORDERS = {"lessThan": "<", "lessThanOrEqual": "<=", "greaterThan": ">", "greaterThanOrEqual": ">="}
_NUMBERS = ("int", "time", "duration")


class Conditions(References):
    """Conditions about one request in one world, both unknown."""

    def __init__(self, meaning: Meaning, values: Values, environment: Mapping[str, Expr]) -> None:
        super().__init__(meaning, values, environment)
        self._truths: dict[Formula, Truths] = {}
        self._terms: dict[Term, Known] = {}

    # -- conditions --------------------------------------------------------------------------

    def truths(self, formula: Formula) -> Truths:
        """Where a condition is true, and where it is false."""
        found = self._truths.get(formula)
        if found is None:
            found = self._truths[formula] = self._compute(formula)
        return found

    def _compute(self, formula: Formula) -> Truths:
        match formula:
            case Truth(value):
                return (self.yes, self.no) if value else (self.no, self.yes)
            case Not(body):
                yes, no = self.truths(body)
                return no, yes
            case And(a, b):
                (ay, an), (by, bn) = self.truths(a), self.truths(b)
                return self.all(ay, by), self.any(an, self.all(ay, bn))
            case Or(a, b):
                (ay, an), (by, bn) = self.truths(a), self.truths(b)
                return self.any(ay, self.all(an, by)), self.all(an, bn)
            case Equal(a, b):
                (sure_a, x), (sure_b, y) = self.term(a), self.term(b)
                self.compare(x, y)
                return self._split(self.all(sure_a, sure_b), x == y)
            case Atom(predicate, args):
                return self._atom(predicate, args)
        raise Unanalysed("a quantifier")

    def _split(self, sure: Expr, test: Expr) -> Truths:
        return self.all(sure, test), self.all(sure, self.z3.Not(test))

    def _atom(self, predicate: str, args: tuple[Term, ...]) -> Truths:
        z3, values = self.z3, self.values
        known = [self.term(a) for a in args]
        sure = self.all(*(s for s, _ in known))
        x = known[0][1]
        y = known[1][1] if len(known) > 1 else None
        match predicate:
            case "true":
                return self._split(self.all(sure, values.is_a("bool", x)), values.inner("bool", x))
            case "<" | "<=":
                return self._order(predicate, sure, x, y, _NUMBERS)
            case "like":
                text, pattern = values.inner("text", x), values.inner("text", y)
                matches = self.meaning.atom("like", [text, z3.simplify(pattern)])
                return self._split(self.all(sure, values.is_a("text", x)), matches)
            case "is":
                assert isinstance(args[1], App)
                test = self.type_of(values.inner("entity", x)) == self.type(args[1].symbol)
                return self._split(self.all(sure, values.is_a("entity", x)), test)
            case "has":
                assert isinstance(args[1], App)
                return self._split(self.all(sure, self.fielded(x)), self.has(x, args[1].symbol))
            case "hasTag":
                return self._split(self.all(sure, self.taggable(x, y)), self.tagged(x, y))
            case "under":
                return self._under(sure, x, y, args[1])
            case "in":
                return self._split(self.all(sure, values.is_a("set", y)), self.member(x, y))
            case "containsAll" | "containsAny":
                both = self.all(sure, values.is_a("set", x), values.is_a("set", y))
                return self._split(both, self.relation(predicate, x, y))
            case "isEmpty":
                one = self.all(sure, values.is_a("set", x))
                return self._split(one, self.relation("isEmpty", x, x))
        raise Unanalysed(f"'{predicate}'")

    def _order(self, symbol: str, sure: Expr, x: Expr, y: Expr, kinds: Sequence[str]) -> Truths:
        tests = {
            "<": lambda a, b: a < b, "<=": lambda a, b: a <= b,
            ">": lambda a, b: a > b, ">=": lambda a, b: a >= b,
        }  # fmt: skip
        alike, test = self.values.alike(kinds, x, y, tests[symbol])
        return self._split(self.all(sure, alike), test)

    # -- terms -------------------------------------------------------------------------------

    def term(self, term: Term) -> Known:
        """Whether a term has a value, and the value."""
        found = self._terms.get(term)
        if found is None:
            found = self._terms[term] = self._value(term)
        return found

    def _value(self, term: Term) -> Known:
        match term:
            case Var(name):
                return self.yes, self.environment[name]
            case If(condition, then, otherwise):
                yes, no = self.truths(condition)
                if (then, otherwise) == (TRUE_TERM, FALSE_TERM):
                    return self.any(yes, no), self.values.make("bool", yes)
                (sure_a, x), (sure_b, y) = self.term(then), self.term(otherwise)
                sure = self.any(self.all(yes, sure_a), self.all(no, sure_b))
                return sure, self.z3.If(yes, x, y)
        if is_constant(term):
            value = constant_value(term)
            if term.sort == ENTITY:
                return self.yes, self.named(value)
            return self.yes, self.values.literal(value)
        return self._apply(term)

    def _apply(self, term: Term) -> Known:
        assert isinstance(term, App)
        symbol, args = term.symbol, term.args
        if symbol == "any":
            return self.term(args[0])
        known = [self.term(a) for a in args]
        sure = self.all(*(s for s, _ in known))
        given = [v for _, v in known]
        if symbol == "{}":
            return sure, self.set(given)
        if symbol.startswith("record "):
            return sure, self.record(dict(zip(json.loads(symbol[7:]), given, strict=True)))
        if symbol.startswith("."):
            there = self.all(self.fielded(given[0]), self.has(given[0], symbol[1:]))
            return self.all(sure, there), self.attribute(given[0], symbol[1:])
        if symbol in ("+", "-", "*", "neg"):
            return self._arithmetic(symbol, sure, given)
        if symbol == "getTag":
            there = self.all(self.taggable(*given), self.tagged(*given))
            return self.all(sure, there), self.tag(given[0], self.values.inner("text", given[1]))
        return self._function(symbol, args, sure, given)

    def _arithmetic(self, symbol: str, sure: Expr, given: Sequence[Expr]) -> Known:
        values = self.values
        ints = [values.inner("int", v) for v in given]
        result = {
            "+": lambda: ints[0] + ints[1], "-": lambda: ints[0] - ints[1],
            "*": lambda: ints[0] * ints[1], "neg": lambda: -ints[0],
        }[symbol]()  # fmt: skip
        if symbol == "*" and not any(self.z3.is_int_value(self.z3.simplify(i)) for i in ints):
            raise Unanalysed("a product of two unknowns")
        whole = [values.is_a("int", v) for v in given]
        fits = [result >= LEAST, result <= MOST]
        return self.all(sure, *whole, *fits), values.make("int", result)

    def _function(
        self, symbol: str, args: Sequence[Term], sure: Expr, given: Sequence[Expr]
    ) -> Known:
        if symbol in ("decimal", "datetime", "duration", "ip"):
            inner = _literal(args[0])
            if not is_constant(inner):
                raise Unanalysed(f"'{symbol}' of an unknown text")
            try:
                return sure, self.values.literal(FUNCTIONS[symbol](constant_value(inner)))  # type: ignore[arg-type]
            except Undefined:
                return self.no, self.values.fresh("none")
        if symbol == "error":
            return self.no, self.values.fresh("none")
        if symbol in _ORDERS:
            yes, no = self._order(_ORDERS[symbol], sure, given[0], given[1], ("decimal",))
            return self.any(yes, no), self.values.make("bool", yes)
        if symbol in ("isIpv4", "isIpv6", "isLoopback", "isMulticast", "isInRange"):
            return self._address(symbol, sure, given)
        return self._time(symbol, sure, given)

    def _address(self, symbol: str, sure: Expr, given: Sequence[Expr]) -> Known:
        values, x = self.values, given[0]
        sure = self.all(sure, *(values.is_a("address", v) for v in given))
        four = values.part("four", x)
        if symbol == "isInRange":
            test = self._range(x, *(values.part(n, given[1]) for n in ("four", "low", "high")))
        elif symbol in ("isIpv4", "isIpv6"):
            test = four if symbol == "isIpv4" else self.z3.Not(four)
        else:
            ranges = LOOPBACK if symbol == "isLoopback" else MULTICAST
            test = self.any(
                *(
                    self._range(
                        x,
                        self.z3.BoolVal(version == 4, values.context),
                        int(r.network_address),
                        int(r.broadcast_address),
                    )
                    for version, r in ranges.items()
                )
            )
        return sure, values.make("bool", test)

    def _range(self, x: Expr, four: Expr, low: Expr, high: Expr) -> Expr:
        part = self.values.part
        return self.z3.And(part("four", x) == four, part("low", x) >= low, part("high", x) <= high)

    def _time(self, symbol: str, sure: Expr, given: Sequence[Expr]) -> Known:
        values, x = self.values, given[0]
        if symbol in _UNITS:
            lasts = values.inner("duration", x)
            size = _UNITS[symbol]
            whole = self.z3.If(lasts >= 0, lasts / size, -(-lasts / size))
            return self.all(sure, values.is_a("duration", x)), values.make("int", whole)
        at = values.inner("time", x)
        sure = self.all(sure, values.is_a("time", x))
        if symbol == "toTime":
            return sure, values.make("duration", at % DAY)
        if symbol == "toDate":
            kind, other, result = "time", sure, at - at % DAY
        elif symbol == "offset":
            other = values.is_a("duration", given[1])
            kind, result = "time", at + values.inner("duration", given[1])
        elif symbol == "durationSince":
            other = values.is_a("time", given[1])
            kind, result = "duration", at - values.inner("time", given[1])
        else:
            raise Unanalysed(f"'{symbol}'")
        fits = [result >= LEAST, result <= MOST]
        return self.all(sure, other, *fits), values.make(kind, result)

    def _under(self, sure: Expr, x: Expr, y: Expr, right: Term) -> Truths:
        values = self.values
        low = values.is_a("entity", x)
        items = self.literals.get(y.get_id())
        if items is not None:
            entities = self.all(*(values.is_a("entity", i) for i in items))
            test = self.any(*(self.below(x, i) for i in items))
            return self._split(self.all(sure, low, entities), test)
        one = values.is_a("entity", y)
        yes, no = self._split(self.all(sure, low, one), self.below(x, y))
        if is_constant(_literal(right)) or isinstance(_literal(right), Var):
            return yes, no
        # A set of which nothing is known: with an example in it or, at any rate, without one.
        inner, mixed = values.fresh("example"), values.fresh("example")
        some, pure = values.fresh_bool("under"), values.fresh_bool("entities")
        self.rule(some, "under", x, y, inner)
        self.rule(pure, "entities", x, y, mixed)
        of_set = self.all(sure, low, values.is_a("set", y), pure)
        more, less = self._split(of_set, some)
        return self.any(yes, more), self.any(no, less)


def _literal(term: Term) -> Term:
    while isinstance(term, App) and term.symbol == "any":
        term = term.args[0]
    return term
