"""Testing conjectures before anyone tries to prove them.

An *interpretation* gives every term a value at each of some sample points. Where the sorts are data
types, values are ground constructor terms and the axioms compute them by rewriting; an uninterpreted
sort without axioms of its own has a few distinct constants. Where axioms speak of uninterpreted
sorts, the points are spread over small finite models (:mod:`prover.models`).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Protocol

from logic.core import Rewriter
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
)
from logic.terms import App, If, Sort, Term, Var, substitute_sort
from prover.language import Language
from prover.rewriting import Rules

Value = int | None
"""What a term is worth at a point: equal values are equal numbers; None where it has no value."""

MAX_VALUE = 600
"""Symbols in the largest value; what is larger counts as having none."""


class Interpretation(Protocol):
    """Values of terms at numbered sample points."""

    def sample(self, sorts: Sequence[Sort], limit: int) -> list[tuple[int, ...]]:
        """Up to ``limit`` points, small ones first: each a value for each of the sorts."""

    def apply(self, name: str, sort: Sort | None, point: int, args: tuple[int, ...]) -> Value:
        """The value of a function (or predicate: 0, 1) at argument values."""

    def show(self, value: int, sort: Sort) -> str:
        """A value as a person reads it."""


class GroundInterpretation:
    """Data types: values are ground constructor terms, computed by rewriting with the axioms."""

    def __init__(self, language: Language, rules: Rules) -> None:
        self.language = language
        self.rewriter: Rewriter = rules.rewriter
        self._memo: dict[tuple[object, ...], Value] = {}
        self._values: dict[Sort, list[int]] = {}

    def values(self, sort: Sort, count: int) -> list[int]:
        """The first ``count`` values of a sort by size."""
        found = self._values.get(sort, [])
        if len(found) < count:
            found = self._values[sort] = self._generate(sort, count)
        return found[:count]

    def _generate(self, sort: Sort, count: int) -> list[int]:
        signature = self.language.theory.signature
        data = None if sort.parameter else signature.data.get(sort.name)
        if data is None:
            return self.language.eigenconstants(sort, 40, min(count, 3))
        binding = {p.name: a for p, a in zip(data.sort.args, sort.args, strict=True)}
        found: dict[int, None] = {}
        while len(found) < count:
            fresh: dict[int, None] = {}
            for c in data.constructors:
                sorts = tuple(substitute_sort(s, binding) for s in c.args)
                symbol = self.language.symbol(c.name, sorts, sort)
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
        """Points on a small grid first, then larger ones picked by a fixed linear congruence."""
        if not sorts:
            return [()]
        side = 2
        while (side + 1) ** len(sorts) <= limit // 2:
            side += 1
        points = list(product(*(self.values(s, side) for s in sorts)))
        wide = [self.values(s, 7) for s in sorts]
        state = 12345
        while len(points) < limit:
            point = []
            for pool in wide:
                state = (state * 1103515245 + 12345) % 2**31
                point.append(pool[(state >> 16) % len(pool)])
            points.append(tuple(point))
        return points

    def apply(self, name: str, sort: Sort | None, point: int, args: tuple[int, ...]) -> Value:
        key = (name, sort, args)
        if key not in self._memo:
            self._memo[key] = self._compute(name, sort, args)
        return self._memo[key]

    def _compute(self, name: str, sort: Sort | None, args: tuple[int, ...]) -> Value:
        language = self.language
        bank = language.bank
        sorts = tuple(self._sort_of(a) for a in args)
        symbol = language.symbol(name, sorts, sort)
        language.settle()
        term = bank.term(symbol, args)
        if sum(map(bank.size, args)) > MAX_VALUE:
            return None
        try:
            value = self.rewriter.normalise(term, 20_000)
        except RuntimeError:
            return None
        return None if bank.size(value) > MAX_VALUE else value

    def _sort_of(self, term: int) -> Sort:
        return self.language.sort_of(term)

    def show(self, value: int, sort: Sort) -> str:
        return self.language.show(value)

    def is_constructed(self, value: int) -> bool:
        """Whether a value is built from constructors and sample constants alone."""
        bank = self.language.bank
        stack = [value]
        while stack:
            term = stack.pop()
            if not (self.language.is_constructor(bank.head(term)) or not bank.arguments(term)):
                return False
            stack.extend(bank.arguments(term))
        return True


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
                a, b = self.term(left, point, values), self.term(right, point, values)
                if a is None or b is None:
                    return None
                if a == b:
                    return True
                return False if self._distinct(a, b) else None
            case Atom(name, args):
                found = [self.term(a, point, values) for a in args]
                if any(v is None for v in found):
                    return None
                held = self.interpretation.apply(
                    name, None, point, tuple(v for v in found if v is not None)
                )
                return self._truth(held)
            case Not(body):
                holds = self.formula(body, point, values)
                return None if holds is None else not holds
            case And(a, b):
                return _and(self.formula(a, point, values), self.formula(b, point, values))
            case Or(a, b):
                return _or(self.formula(a, point, values), self.formula(b, point, values))
            case Implies(a, b):
                left = self.formula(a, point, values)
                return _or(None if left is None else not left, self.formula(b, point, values))
            case Iff(a, b):
                left, right = self.formula(a, point, values), self.formula(b, point, values)
                return None if left is None or right is None else left == right
            case Forall() | Exists():
                return None

    def _distinct(self, a: int, b: int) -> bool:
        known = self.interpretation
        if isinstance(known, GroundInterpretation):
            return known.is_constructed(a) and known.is_constructed(b)
        return True

    def _truth(self, value: Value) -> bool | None:
        known = self.interpretation
        if isinstance(known, GroundInterpretation):
            if value == known.language.true:
                return True
            return False if value == known.language.false else None
        return None if value is None else bool(value)

    def counterexample(self, formula: Formula, limit: int = 200) -> dict[str, str] | None:
        """Values at which a closed universal formula fails, or None if none was found."""
        variables, matrix = split_forall(formula)
        sorts = [v.sort for v in variables]
        for number, point in enumerate(self.interpretation.sample(sorts, limit)):
            values = {v.name: p for v, p in zip(variables, point, strict=True)}
            if self.formula(matrix, number, values) is False:
                return {
                    v.name: self.interpretation.show(values[v.name], v.sort) for v in variables
                }
        return None


def _and(a: bool | None, b: bool | None) -> bool | None:
    if a is False or b is False:
        return False
    return None if a is None or b is None else True


def _or(a: bool | None, b: bool | None) -> bool | None:
    if a is True or b is True:
        return True
    return None if a is None or b is None else False

