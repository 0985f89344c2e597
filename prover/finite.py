"""``FiniteModel``: a finite set for each sort, a table for each symbol, and what holds in it.

No solver is at hand here: :meth:`FiniteModel.holds` evaluates a formula on the tables.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import TypeAlias

import msgspec

from logic.errors import PorismError
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
    close,
    split_forall,
)
from logic.terms import App, If, Sort, Term, Var
from logic.theory import Signature

Row: TypeAlias = tuple[int, ...]
"""Arguments of an operation: element numbers."""


class FiniteModel(msgspec.Struct, frozen=True):
    """A finite set for each sort, a table for each function and predicate.

    Elements are numbered from 0, in each sort. Models are values: equal tables, equal models.
    """

    domains: dict[str, int]
    functions: dict[str, dict[Row, int]]
    predicates: dict[str, frozenset[Row]]
    """For each predicate, the arguments it holds of."""

    def __hash__(self) -> int:
        return hash(tables(self))

    def evaluate(self, term: Term, assignment: Mapping[str, int] | None = None) -> int:
        """The element that a term denotes, its free variables read by ``assignment``."""
        return self._term(term, assignment or {})

    def holds(self, formula: Formula, assignment: Mapping[str, int] | None = None) -> bool:
        """Whether a formula is true, quantifiers ranging over all elements of their sorts."""
        return self._formula(formula, assignment or {})

    def values(self, term: Term, variables: Sequence[Var]) -> Row:
        """A term's values at all assignments to ``variables``, the last one varying fastest.

        Two terms have the same values exactly if their equation holds in the model; all at once
        they cost a fraction of what :meth:`evaluate` would, one by one.
        """
        rows, across = _rows_and_columns(tuple(self._size(v.sort) for v in variables))
        columns = {v.name: column for v, column in zip(variables, across, strict=True)}

        def column(t: Term) -> Row:
            match t:
                case Var(name):
                    return columns[name]
                case App(symbol, args):
                    table = self.functions[symbol]
                    if not args:
                        return (table[()],) * len(rows)
                    return tuple(map(table.__getitem__, zip(*map(column, args), strict=True)))
                case If():
                    names = [v.name for v in variables]
                    return tuple(self._term(t, dict(zip(names, r, strict=True))) for r in rows)

        return column(term)

    def counterexample(self, formula: Formula) -> dict[str, str] | None:
        """Where a formula fails: values for its leading universal variables, such as ``e1``.

        Free variables count as universal. None if the formula holds; no values if it fails and
        has no such variables.
        """
        variables, body = split_forall(close(formula))
        # An inner quantifier may bind the name of an outer one again; the inner one governs.
        for row in self._rows([v.sort for v in variables]):
            assignment = {v.name: k for v, k in zip(variables, row, strict=True)}
            if not self._formula(body, assignment):
                return {name: element(k) for name, k in assignment.items()}
        return None

    def describe(self) -> str:
        """The model in words and tables, for people."""
        return _describe(self)

    def _rows(self, sorts: Sequence[Sort]) -> Iterator[Row]:
        return itertools.product(*(range(self._size(s)) for s in sorts))

    def _size(self, sort: Sort) -> int:
        if str(sort) not in self.domains:
            raise PorismError(f"The sort '{sort}' has no elements in this model.")
        return self.domains[str(sort)]

    def _term(self, term: Term, assignment: Mapping[str, int]) -> int:
        match term:
            case Var(name):
                return assignment[name]
            case App(symbol, args):
                return self.functions[symbol][tuple(self._term(a, assignment) for a in args)]
            case If(condition, then, otherwise):
                branch = then if self._formula(condition, assignment) else otherwise
                return self._term(branch, assignment)

    def _formula(self, formula: Formula, assignment: Mapping[str, int]) -> bool:
        match formula:
            case Equal(left, right):
                return self._term(left, assignment) == self._term(right, assignment)
            case Atom(predicate, args):
                row = tuple(self._term(a, assignment) for a in args)
                return row in self.predicates[predicate]
            case Truth(value):
                return value
            case Not(body):
                return not self._formula(body, assignment)
            case And(left, right):
                return self._formula(left, assignment) and self._formula(right, assignment)
            case Or(left, right):
                return self._formula(left, assignment) or self._formula(right, assignment)
            case Implies(left, right):
                return not self._formula(left, assignment) or self._formula(right, assignment)
            case Iff(left, right):
                return self._formula(left, assignment) == self._formula(right, assignment)
            case Forall(variables, body):
                return all(self._formula(body, a) for a in self._extend(assignment, variables))
            case Exists(variables, body):
                return any(self._formula(body, a) for a in self._extend(assignment, variables))

    def _extend(
        self, assignment: Mapping[str, int], variables: Sequence[Var]
    ) -> Iterator[dict[str, int]]:
        for row in self._rows([v.sort for v in variables]):
            yield {**assignment, **{v.name: k for v, k in zip(variables, row, strict=True)}}


@lru_cache(64)
def _rows_and_columns(sizes: tuple[int, ...]) -> tuple[tuple[Row, ...], tuple[Row, ...]]:
    """All tuples of numbers below these sizes; the same, turned on its side."""
    rows = tuple(itertools.product(*map(range, sizes)))
    return rows, tuple(zip(*rows, strict=True))


def element(number: int) -> str:
    """How an element is called: ``e0``, ``e1``, ..."""
    return f"e{number}"


def tables(model: FiniteModel) -> tuple[object, ...]:
    """All that a model consists of, in one order."""
    return (
        tuple(sorted(model.domains.items())),
        tuple((f, tuple(sorted(t.items()))) for f, t in sorted(model.functions.items())),
        tuple((p, tuple(sorted(rows))) for p, rows in sorted(model.predicates.items())),
    )


def canonical(model: FiniteModel, signature: Signature) -> tuple[object, ...]:
    """The same for two models exactly if they are the same up to the names of elements.

    The least of all renamings, so for small models only; larger ones count as different.
    """
    sorts = list(model.domains)
    if math.prod(math.factorial(model.domains[s]) for s in sorts) > 5_000:
        return tables(model)
    every = [itertools.permutations(range(model.domains[s])) for s in sorts]

    def renamed(new: Mapping[str, Row]) -> tuple[object, ...]:
        def names(args: Sequence[Sort], row: Row) -> Row:
            return tuple(new[s.name][k] for s, k in zip(args, row, strict=True))

        return (
            tuple(model.domains.items()),
            *(
                tuple(
                    sorted((names(f.args, row), new[f.result.name][k]) for row, k in table.items())
                )
                for f, table in ((signature.functions[n], t) for n, t in model.functions.items())
            ),
            *(
                tuple(sorted(names(signature.predicates[p].args, row) for row in rows))
                for p, rows in model.predicates.items()
            ),
        )

    return min(renamed(dict(zip(sorts, new, strict=True))) for new in itertools.product(*every))


# -- showing ---------------------------------------------------------------------------------


def _describe(model: FiniteModel) -> str:
    """Sorts, constants and small facts a line each; every binary operation a paragraph."""
    paragraphs: list[list[str]] = [[]]
    for sort, size in model.domains.items():
        some = f"{element(0)}, ..., {element(size - 1)}" if size > 4 else _listed(range(size))
        paragraphs[-1].append(f"{sort}: {size} element{'s' * (size > 1)}, {some}")
    for f, table in model.functions.items():
        if len(next(iter(table))) == 2:
            paragraphs += [_grid(f, table), []]
        else:
            for row, k in table.items():
                called = f"{f}({_listed(row)})" if row else f
                paragraphs[-1].append(f"{called} = {element(k)}")
    for p, rows in model.predicates.items():
        if rows == {()}:
            paragraphs[-1].append(f"{p} is true")
        else:
            shown = [_listed(r) if len(r) == 1 else f"({_listed(r)})" for r in sorted(rows)]
            paragraphs[-1].append(f"{p} holds of {', '.join(shown) or 'nothing'}")
    return "\n\n".join("\n".join(lines) for lines in paragraphs if lines)


def _grid(name: str, table: Mapping[Row, int]) -> list[str]:
    """A binary operation's table, first argument down, second across."""
    down = sorted({row[0] for row in table})
    across = sorted({row[1] for row in table})
    width = max(len(name), *(len(element(k)) for k in (*down, *across, *table.values())))

    def cells(numbers: Sequence[int]) -> str:
        return " ".join(element(k).rjust(width) for k in numbers)

    return [
        f"{name.rjust(width)} | {cells(across)}",
        "-" * (width + 1) + "+" + "-" * (width + 1) * len(across),
        *(f"{element(k).rjust(width)} | {cells([table[k, m] for m in across])}" for k in down),
    ]


def _listed(elements: Sequence[int]) -> str:
    return ", ".join(map(element, elements))
