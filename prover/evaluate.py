"""Testing conjectures before anyone tries to prove them.

An *interpretation* gives every term a value at each of some sample points. Where the sorts are
data types, values are ground constructor terms and the axioms compute them by rewriting; an
uninterpreted sort without axioms of its own has a few distinct constants. Where axioms speak of
uninterpreted sorts, the points are spread over small finite models (:mod:`prover.models`).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from random import Random
from typing import Protocol

from logic.core import LimitError, Rewriter
from logic.formulas import (
    And,
    Atom,
    Equal,
    Exists,
    Forall,
    Formula,
    Iff,
    Implies,
    Not,
    Or,
    Truth,
    split_forall,
    substitute,
)
from logic.terms import App, If, Sort, Term, Var
from logic.theory import Function
from prover.collapse import bound_sorts
from prover.language import SAMPLES, Language, UnnamedError
from prover.rewriting import Rules

Value = int | None
"""What a term is worth at a point: equal values are equal numbers; None where it has no value."""

TRIALS = 200
"""Points at which a goal is tested."""

Column = tuple[int, ...]
"""Values at all sample points."""

MAX_VALUE = 600
"""Symbols in the largest value; what is larger counts as having none."""


class Interpretation(Protocol):
    """Values of terms at numbered sample points."""

    def sample(self, sorts: Sequence[Sort], limit: int) -> list[tuple[int, ...]]:
        """Up to ``limit`` points, small ones first: each a value for each of the sorts."""

    def apply(self, name: str, sort: Sort | None, point: int, args: tuple[int, ...]) -> Value:
        """The value of a function (or of a predicate, ``sort`` None) at argument values."""

    def column(self, function: Function, count: int, args: Sequence[Column]) -> Column | None:
        """A function's values at the first ``count`` points; None if it lacks one of them."""

    def truth(self, value: int) -> bool | None:
        """What the value of an atom says; None where it says nothing."""

    def distinct(self, a: int, b: int) -> bool:
        """Whether two different values are known to be unequal."""

    def counterexample(self, formula: Formula) -> tuple[dict[str, str], str] | None:
        """Values of the variables at which a closed formula fails, and a word on where."""

    def instances(self, formula: Formula, limit: int) -> list[tuple[dict[str, str], Formula]]:
        """Small instances of a closed formula, where values are terms: values and instance."""


class GroundInterpretation:
    """Data types: values are ground constructor terms, computed by rewriting with the axioms."""

    def __init__(self, language: Language, rules: Rules) -> None:
        self.language = language
        self.rewriter: Rewriter = rules.rewriter
        self._memo: dict[int, dict[tuple[int, ...], Value]] = {}
        self._values: dict[Sort, list[int]] = {}
        self._bound = bound_sorts(language.theory)

    def values(self, sort: Sort, count: int) -> list[int]:
        """The first ``count`` values of a sort by size."""
        found = self._values.get(sort, [])
        if len(found) < count:
            found = self._values[sort] = self._generate(sort, count)
        return found[:count]

    def _generate(self, sort: Sort, count: int) -> list[int]:
        constructors = self.language.constructors(sort)
        if not constructors:
            return self.language.eigenconstants(sort, SAMPLES, min(count, 3))
        found: dict[int, None] = {}
        while len(found) < count:
            fresh: dict[int, None] = {}
            for symbol, sorts in constructors:
                pools = [list(found) if s == sort else self.values(s, 3) for s in sorts]
                for args in product(*pools):
                    fresh.setdefault(self.language.bank.term(symbol, args))
            new = [t for t in fresh if t not in found]
            if not new:
                break
            new.sort(key=self.language.bank.size)
            found.update(dict.fromkeys(new[: count - len(found)]))
        return list(found)

    def sample(self, sorts: Sequence[Sort], limit: int) -> list[tuple[int, ...]]:
        """Points on a small grid first, then random ones, the same at every call."""
        if not sorts:
            return [()]
        side = 0
        while (side + 1) ** len(sorts) <= limit // 2:
            side += 1
        points = list(product(*(self.values(s, side) for s in sorts))) if side > 1 else []
        dice = Random(20_260_101)
        points += [
            tuple(self._random(s, dice, 4) for s in sorts) for _ in range(limit - len(points))
        ]
        return points

    def _random(self, sort: Sort, dice: Random, depth: int) -> int:
        """A random value; recursive constructors are preferred down to the depth, then avoided."""
        constructors = self.language.constructors(sort)
        if not constructors:
            return dice.choice(self.values(sort, 3))
        recursive = [c for c in constructors if sort in c[1]]
        flat = [c for c in constructors if sort not in c[1]] or recursive
        deeper = recursive and depth > 0 and dice.random() < 0.75
        symbol, sorts = dice.choice(recursive if deeper else flat)
        # Several recursive arguments share the depth, so that trees stay small.
        below = depth - max(1, sorts.count(sort))
        args = [self._random(s, dice, below if s == sort else min(depth, 2)) for s in sorts]
        return self.language.bank.term(symbol, args)

    def apply(self, name: str, sort: Sort | None, point: int, args: tuple[int, ...]) -> Value:
        sorts = tuple(map(self.language.sort_of, args))
        return self._value(self.language.symbol(name, sorts, sort), args)

    def column(self, function: Function, count: int, args: Sequence[Column]) -> Column | None:
        symbol = self.language.symbol(function.name, function.args, function.result)
        memo = self._memo.setdefault(symbol, {})
        found = []
        for row in zip(*args, strict=True) if args else [()] * count:
            value = memo.get(row)
            if value is None:
                value = self._value(symbol, row)
                if value is None:
                    return None
            found.append(value)
        return tuple(found)

    def _value(self, symbol: int, args: tuple[int, ...]) -> Value:
        memo = self._memo.setdefault(symbol, {})
        if args not in memo:
            memo[args] = self._compute(symbol, args)
        return memo[args]

    def _compute(self, symbol: int, args: tuple[int, ...]) -> Value:
        self.language.settle()
        bank = self.language.bank
        if sum(map(bank.size, args)) > MAX_VALUE:
            return None
        try:
            value = self.rewriter.normalise(bank.term(symbol, args), 20_000)
        except LimitError:
            return None
        return None if bank.size(value) > MAX_VALUE else value

    def truth(self, value: int) -> bool | None:
        if value == self.language.true:
            return True
        return False if value == self.language.false else None

    def distinct(self, a: int, b: int) -> bool:
        return a != b and self.is_constructed(a) and self.is_constructed(b)

    def counterexample(self, formula: Formula) -> tuple[dict[str, str], str] | None:
        """Ground values at which a closed universal formula fails."""
        variables, matrix = split_forall(formula)
        evaluator = Evaluator(self)
        for number, point in enumerate(self.sample([v.sort for v in variables], TRIALS)):
            values = {v.name: p for v, p in zip(variables, point, strict=True)}
            if evaluator.formula(matrix, number, values) is False:
                return {v: self.language.show(p) for v, p in values.items()}, ""
        return None

    def instances(self, formula: Formula, limit: int) -> list[tuple[dict[str, str], Formula]]:
        variables, matrix = split_forall(formula)
        found = []
        decode = self.language.decode
        for point in self.sample([v.sort for v in variables], 2 * limit)[:limit]:
            try:
                terms = {v.name: decode(p, {}) for v, p in zip(variables, point, strict=True)}
            except UnnamedError:
                continue  # a value contains a sample constant, which is no term of the theory
            values = {n: self.language.show(p) for n, p in zip(terms, point, strict=True)}
            found.append((values, substitute(matrix, terms)))
        return found

    def is_constructed(self, value: int) -> bool:
        """Whether a value is built from constructors and sample constants alone."""
        bank = self.language.bank
        stack = [value]
        while stack:
            term = stack.pop()
            if not self.language.is_constructor(bank.head(term)) and not self._is_free(term):
                return False
            stack.extend(bank.arguments(term))
        return True

    def _is_free(self, term: int) -> bool:
        """Whether a term is a sample constant of a sort about whose equality no axiom speaks."""
        sort = self.language.sort_of(term)
        return sort not in self._bound and term in self._values.get(sort, ())


class Evaluator:
    """Evaluates terms and formulas at points of an interpretation."""

    def __init__(self, interpretation: Interpretation) -> None:
        self.interpretation = interpretation

    def term(self, term: Term, point: int, values: dict[str, int]) -> Value:
        match term:
            case Var(name):
                return values[name]
            case App(name, args, sort):
                found = []
                for a in args:
                    value = self.term(a, point, values)
                    if value is None:
                        return None
                    found.append(value)
                return self.interpretation.apply(name, sort, point, tuple(found))
            case If(condition, then, otherwise):
                holds = self.formula(condition, point, values)
                if holds is None:
                    return None
                return self.term(then if holds else otherwise, point, values)

    def formula(self, formula: Formula, point: int, values: dict[str, int]) -> bool | None:
        """The truth of a formula without quantifiers; None where it cannot be told."""
        match formula:
            case Truth(value):
                return value
            case Equal(left, right):
                one, two = self.term(left, point, values), self.term(right, point, values)
                if one is None or two is None:
                    return None
                if one == two:
                    return True
                return False if self.interpretation.distinct(one, two) else None
            case Atom(name, args):
                found = [self.term(a, point, values) for a in args]
                if any(v is None for v in found):
                    return None
                held = self.interpretation.apply(
                    name, None, point, tuple(v for v in found if v is not None)
                )
                return None if held is None else self.interpretation.truth(held)
            case Not(body):
                holds = self.formula(body, point, values)
                return None if holds is None else not holds
            case And(a, b):
                return _and(self.formula(a, point, values), self.formula(b, point, values))
            case Or(a, b):
                return _or(self.formula(a, point, values), self.formula(b, point, values))
            case Implies(a, b):
                premise = self.formula(a, point, values)
                return _or(None if premise is None else not premise, self.formula(b, point, values))
            case Iff(a, b):
                here, there = self.formula(a, point, values), self.formula(b, point, values)
                return None if here is None or there is None else here == there
            case Forall() | Exists():
                return None


def _and(a: bool | None, b: bool | None) -> bool | None:
    if a is False or b is False:
        return False
    return None if a is None or b is None else True


def _or(a: bool | None, b: bool | None) -> bool | None:
    if a is True or b is True:
        return True
    return None if a is None or b is None else False
