"""What conditions mean in Z3: the interpreted sorts, on the one bridge of ``logic.smt``.

Three-valued truth is spelt out in formulas before they are translated: :func:`when_true` is the
formula that holds exactly where a condition is defined and true, :func:`when_false` where it is
defined and false. Numbers, times and durations are integers with the bounds of 64 bits, texts are
strings, labels and enumerators numbers. History operators are looked up in :attr:`Meaning.past`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from governance.conditions import PREDICATES, pattern_parts
from governance.schema import Schema
from governance.sorts import (
    BOOL,
    ENTITY,
    LEAST,
    MOST,
    NUMBERS,
    TEXT,
    constant_value,
    is_constant,
)
from logic.formulas import FALSE, TRUE, And, Atom, Equal, Formula, Not, Or, Truth
from logic.smt import Environment, Expr, Interpretation, escape, unescape
from logic.terms import App, If, Sort, Term, Var

Past: TypeAlias = Callable[[str, Sequence[Expr]], Expr]
"""The value of a history operator for given keys."""


MOST_PAIRS = 40_000
"""So many combinations of sets and elements are looked at."""


class Unanalysed(Exception):
    """Something is outside of what the analyser understands; the verdict is UNKNOWN."""


# -- three-valued truth ------------------------------------------------------------------------

Presence: TypeAlias = Mapping[str, bool]
"""Which arguments a tool always has (true) or never (false); the others are optional."""


def both(left: Formula, right: Formula) -> Formula:
    """``and``, simplified."""
    if left == FALSE or right == FALSE:
        return FALSE
    if left == TRUE:
        return right
    return left if right == TRUE else And(left, right)


def either(left: Formula, right: Formula) -> Formula:
    """``or``, simplified."""
    if left == TRUE or right == TRUE:
        return TRUE
    if left == FALSE:
        return right
    return left if right == FALSE else Or(left, right)


def negation(formula: Formula) -> Formula:
    """``not``, simplified."""
    if isinstance(formula, Truth):
        return Truth(not formula.value)
    return formula.body if isinstance(formula, Not) else Not(formula)


class Totals:
    """Conditions made total for a tool: where they are true, and where they are false."""

    def __init__(self, presence: Callable[[str], bool | None], overflow: bool = True) -> None:
        self._presence = presence
        self._overflow = overflow
        self._seen: dict[Formula, tuple[Formula, Formula]] = {}

    def when_true(self, formula: Formula) -> Formula:
        """Holds where the condition is defined and true."""
        return self._split(formula)[0]

    def when_false(self, formula: Formula) -> Formula:
        """Holds where the condition is defined and false."""
        return self._split(formula)[1]

    def undefined(self, formula: Formula) -> Formula:
        """Holds where the condition has no value."""
        yes, no = self._split(formula)
        if no == negation(yes):
            return FALSE
        return both(negation(yes), negation(no))

    def _split(self, formula: Formula) -> tuple[Formula, Formula]:
        found = self._seen.get(formula)
        if found is None:
            found = self._seen[formula] = self._compute(formula)
        return found

    def _compute(self, formula: Formula) -> tuple[Formula, Formula]:
        match formula:
            case Truth():
                return formula, negation(formula)
            case Not(body):
                yes, no = self._split(body)
                return no, yes
            case And(a, b):
                (ay, an), (by, bn) = self._split(a), self._split(b)
                if an == negation(ay):  # a is total
                    return both(ay, by), either(an, bn)
                return both(ay, by), either(an, both(ay, bn))
            case Or(a, b):
                (ay, an), (by, bn) = self._split(a), self._split(b)
                if an == negation(ay):
                    return either(ay, by), both(an, bn)
                return either(ay, both(an, by)), both(an, bn)
            case Atom("has", (Var(name, _),)):
                known = self._presence(name)
                given: Formula = Atom("true", (Var(f"has {name}", BOOL),))
                given = given if known is None else Truth(known)
                return given, negation(given)
            case Atom(_, args):
                sure = self.terms(args)
            case Equal(a, b):
                sure = self.terms((a, b))
            case _:
                raise Unanalysed("a quantifier")
        return both(sure, formula), both(sure, negation(formula))

    def terms(self, terms: Sequence[Term]) -> Formula:
        """Holds where all of the terms have values."""
        result: Formula = TRUE
        for term in terms:
            result = both(result, self.term(term))
        return result

    def term(self, term: Term) -> Formula:
        """Holds where the term has a value."""
        match term:
            case Var(name):
                known = self._presence(name)
                if known is None:
                    return Atom("true", (Var(f"has {name}", BOOL),))
                return Truth(known)
            case App(_, args):
                sure = self.terms(args)
                if self._overflow and term.sort in NUMBERS and not is_constant(term):
                    sure = both(sure, Atom("fits", (term,)))
                return sure
            case If(condition, then, otherwise):
                yes, no = self._split(condition)
                return either(both(yes, self.term(then)), both(no, self.term(otherwise)))


def symbol(name: str) -> str:
    """A name as Z3 can have it: it would end it at a zero, and SMT-LIB at a bar."""
    if name.isascii() and name.isprintable() and "|" not in name and "\\" not in name:
        return name
    return escape(name).replace("|", "\\u{7c}")


# -- Z3 ----------------------------------------------------------------------------------------


_shared = threading.local()


class Meaning(Interpretation):
    """The interpreted sorts of one schema."""

    def __init__(self, schema: Schema) -> None:
        # A context of one's own takes 8 ms to make; a thread has one for all its questions.
        super().__init__(getattr(_shared, "context", None))
        _shared.context = self.context
        self.schema = schema
        self.past: Past = _nothing
        self._sorts: dict[Sort, Any] = {}
        self._numbers = {
            Sort(name): {member: i for i, member in enumerate(schema.members(Sort(name)))}
            for name in (*schema.lattices, *schema.enumerations)
        }
        self._below = {name: lattice.below() for name, lattice in schema.lattices.items()}
        self._above = schema.ancestors()
        self._functions: dict[str, Any] = {}
        self._texts: dict[str, Expr] = {}
        self._constants: dict[tuple[str, Sort], Expr] = {}
        self.principal: Expr = None
        self.roles: Mapping[str, Expr] = {}
        self.asked: dict[int, dict[int, Expr]] = {}
        """Which elements were looked for in which set parameter."""
        self._compared: list[tuple[Expr, Expr, Expr, Expr]] = []
        self._closed: tuple[int, list[Expr]] = (0, [])

    # -- sorts ---------------------------------------------------------------------------

    def sort(self, sort: Sort) -> Any:
        """A sort in Z3."""
        found = self._sorts.get(sort)
        if found is None:
            z3, context = self.z3, self.context
            if sort == BOOL:
                found = z3.BoolSort(context)
            elif sort in NUMBERS or sort in self._numbers:
                found = z3.IntSort(context)
            elif sort in (TEXT, ENTITY):
                found = z3.StringSort(context)
            else:
                raise Unanalysed(f"a value of sort {sort}")
            self._sorts[sort] = found
        return found

    def constant(self, name: str, sort: Sort) -> Expr:
        """A fresh constant; a set is a function from possible elements to truth."""
        name = symbol(name)
        if sort.name == "Set":
            element = self.sort(sort.args[0])
            return self.z3.Function(name, element, self.z3.BoolSort(self.context))
        return self.z3.Const(name, self.sort(sort))

    def bounds(self, value: Expr, sort: Sort) -> list[Expr]:
        """What keeps a constant within its sort."""
        if sort in NUMBERS:
            return [value >= LEAST, value <= MOST]
        if sort in self._numbers:
            return [value >= 0, value < len(self._numbers[sort])]
        return []

    def literal(self, value: object, sort: Sort) -> Expr:
        """A value."""
        if sort in self._numbers:
            return self.z3.IntVal(self._numbers[sort][str(value)], self.context)
        if sort == BOOL:
            return self.z3.BoolVal(bool(value), self.context)
        if sort in NUMBERS:
            return self.z3.IntVal(int(value), self.context)  # type: ignore[call-overload]
        return self.text(str(value))

    def text(self, value: str) -> Expr:
        """A text."""
        found = self._texts.get(value)
        if found is None:
            found = self._texts[value] = self.z3.StringVal(escape(value), self.context)
        return found

    # -- symbols -------------------------------------------------------------------------

    def apply(self, symbol: str, sort: Sort, args: Sequence[Expr]) -> Expr:
        if symbol in ("+", "-", "*") and len(args) == 2:
            a, b = args
            return a + b if symbol == "+" else a - b if symbol == "-" else a * b
        if symbol == "neg" and args:
            return -args[0]
        if symbol == "{}" and sort.name == "Set":
            return tuple(args)
        if not args and not (sort in NUMBERS and "(" in symbol):
            found = self._constants.get((symbol, sort))
            if found is None:
                value = constant_value(App(symbol, (), sort))
                found = self._constants[symbol, sort] = self.literal(value, sort)
            return found
        if symbol.startswith((".", "record ")) or "(" not in symbol:
            raise Unanalysed(f"'{symbol}'")
        return self.past(symbol, args)

    def atom(self, predicate: str, args: Sequence[Expr]) -> Expr:
        z3 = self.z3
        if predicate == "fits":
            return z3.And(args[0] >= LEAST, args[0] <= MOST)
        if predicate.startswith("below "):
            return self._label_order(predicate[6:], args[0], args[1])
        if predicate not in PREDICATES:
            return self.past(predicate, args)
        match predicate:
            case "<":
                return args[0] < args[1]
            case "<=":
                return args[0] <= args[1]
            case "true":
                return args[0]
            case "in":
                return self._member(args[0], args[1])
            case "under":
                return self._under(args[0], args[1])
            case "like":
                return self._like(args[0], args[1])
        raise Unanalysed(f"'{predicate}'")

    def equal(self, left: Expr, right: Expr) -> Expr:
        if not self._is_set(left):
            return left == right
        if isinstance(left, tuple) and isinstance(right, tuple):
            return self.all(
                [self._member(a, right) for a in left] + [self._member(b, left) for b in right]
            )
        # Equal sets have the same elements, of those that are asked about; of different ones
        # there is an example that only one of them has.
        number = len(self._compared)
        same = self.z3.Bool(f"equal {number}", self.context)
        open_ = left if not isinstance(left, tuple) else right
        example = self.z3.Const(f"example {number}", open_.domain(0))
        for collection in (left, right):
            if not isinstance(collection, tuple):
                self._ask(collection, example)
        self._compared.append((same, left, right, example))
        for item in (*self._items(left), *self._items(right)):
            self._ask(open_, item)
        return same

    def _is_set(self, value: Expr) -> bool:
        return isinstance(value, tuple | self.z3.FuncDeclRef)

    def _items(self, collection: Expr) -> tuple[Expr, ...]:
        return collection if isinstance(collection, tuple) else ()

    def _ask(self, collection: Expr, element: Expr) -> None:
        self.asked.setdefault(collection.get_id(), {})[element.get_id()] = element

    def closing(self) -> list[Expr]:
        """What the equalities of sets mean, for all elements that were asked about."""
        size = len(self._compared) + sum(map(len, self.asked.values()))
        if self._closed[0] == size or not self._compared:
            return self._closed[1]
        z3, found = self.z3, []
        elements = {i: e for asked in self.asked.values() for i, e in asked.items()}
        if len(elements) * len(self._compared) > MOST_PAIRS:
            raise Unanalysed("so many equalities of sets")
        for same, left, right, example in self._compared:
            apart = self._inside(example, left) != self._inside(example, right)
            found.append(z3.Implies(z3.Not(same), apart))
            sort = example.sort()
            for element in elements.values():
                if element.sort() == sort:
                    agree = self._inside(element, left) == self._inside(element, right)
                    found.append(z3.Implies(same, agree))
                    for side in (left, right):
                        if not isinstance(side, tuple):
                            self._ask(side, element)
        self._closed = len(self._compared) + sum(map(len, self.asked.values())), found
        return found

    def _inside(self, element: Expr, collection: Expr) -> Expr:
        if isinstance(collection, tuple):
            return self.any([element == item for item in collection])
        return collection(element)

    def forall(self, variables: Sequence[Var], body: Callable[[Environment], Expr]) -> Expr:
        raise Unanalysed("a quantifier")

    exists = forall

    def _member(self, element: Expr, collection: Expr) -> Expr:
        if not isinstance(collection, tuple):
            self._ask(collection, element)
        return self._inside(element, collection)

    def _label_order(self, lattice: str, a: Expr, b: Expr) -> Expr:
        numbers, below = self._numbers[Sort(lattice)], self._below[lattice]
        members = list(numbers)
        if all(members[i] in below[j] for k, j in enumerate(members) for i in range(k + 1)):
            return a <= b  # a chain, declared from low to high
        pairs = [(numbers[low], numbers[high]) for high in members for low in below[high]]
        return self.any([self.z3.And(a == low, b == high) for low, high in pairs])

    def _under(self, low: Expr, high: Expr) -> Expr:
        z3 = self.z3
        if not z3.is_string_value(high):
            raise Unanalysed("'in' with an unknown role")
        name = _literal_text(high)
        cases = [low == high]
        cases += [low == self.text(n) for n, up in self._above.items() if name in up]
        if name in self.roles and self.principal is not None:
            cases.append(z3.And(low == self.principal, self.roles[name]))
        return self.any(cases)

    def _like(self, text: Expr, pattern: Expr) -> Expr:
        z3 = self.z3
        parts = pattern_parts(_literal_text(pattern))
        if len(parts) == 1:
            return text == self.text(parts[0])
        if len(parts) == 2:
            first, last = map(self.text, parts)
            long = z3.Length(text) >= sum(map(len, parts))
            return z3.And(z3.PrefixOf(first, text), z3.SuffixOf(last, text), long)
        if len(parts) == 3 and not parts[0] and not parts[2]:
            return z3.Contains(text, self.text(parts[1]))
        anything = z3.Full(z3.ReSort(self.sort(TEXT)))
        pieces = [z3.Re(self.text(parts[0]))]
        for part in parts[1:]:
            pieces += [anything, z3.Re(self.text(part))]
        return z3.InRe(text, z3.Concat(*pieces))

    def unknown(self, name: str, args: Sequence[Expr], sort: Sort) -> Expr:
        """An unknown function of that name, applied."""
        if any(self._is_set(a) for a in args):
            raise Unanalysed("an event that is tied to a set")
        found = self._functions.get(name)
        if found is None:
            found = self._functions[name] = self.z3.Function(
                f"past {len(self._functions)}", *[a.sort() for a in args], self.sort(sort)
            )
        return found(*args)


def _nothing(symbol: str, args: Sequence[Expr]) -> Expr:
    raise AssertionError(f"no past to look up '{symbol}' in")


def _literal_text(value: Expr) -> str:
    return unescape(str(value.as_string()))
