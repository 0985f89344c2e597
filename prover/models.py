"""Small finite models of a theory: where conjectures are tested before anyone tries to prove them.

A model is found as Claessen and Sörensson describe it: fix the size of each sort, write the axioms
out over its elements, and leave the tables of the operations to a solver (here Z3, through
:mod:`logic.smt`). Elements have no names in the axioms, so that a model comes with all its
renamings; the *least number heuristic* rules most of them out by letting an operation's value be
new only if it is the least element not met so far.

Nothing that a solver says is taken on trust: :meth:`FiniteModel.holds` evaluates a formula on the
tables with no solver at hand, and the axioms are evaluated before a model is handed out.

Sources: K. Claessen, N. Sörensson, "New Techniques that Improve MACE-style Finite Model Finding",
CADE-19 Workshop on Model Computation, 2003. J. Zhang, H. Zhang, "SEM: a System for Enumerating
Models", IJCAI 1995 (the least number heuristic).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from logic.budget import Budget
from logic.errors import PorismError
from logic.formulas import (
    And,
    Exists,
    Forall,
    Formula,
    Iff,
    Implies,
    Not,
    Or,
    close,
    split_forall,
)
from logic.smt import Expr, FiniteDomains, Solver, Translator
from logic.terms import Sort
from logic.theory import Function, Predicate, Theory
from prover.finite import FiniteModel, Row, canonical
from prover.laws import survey

Sizes: TypeAlias = int | Mapping[str, int]
"""How many elements: the same number for every sort, or one for each."""

EFFORT = 10_000_000
"""Solver effort that one search may take: two or three seconds."""

MILLISECONDS = 10_000
"""A bound on the time of one search, far above what its effort usually takes."""

SURVEY_EFFORT = 4_000_000
"""Solver effort that :func:`models` may take in all: about a second."""

INSTANCES = 20_000
"""Atoms that the axioms may come to when written out: what Z3 is told within some two seconds."""

SURVEY_INSTANCES = 5_000
"""The same for each size that :func:`models` looks at."""


def finite_sorts(theory: Theory) -> bool:
    """Whether finite models can speak about a theory.

    They can if all its sorts are uninterpreted and no symbol has type parameters. A data type has
    infinitely many values in general, and an induction principle is no formula that a finite model
    could be asked about: what it proves need not hold in a model of the axioms alone.
    """
    signature = theory.signature
    sorts = [s for f in signature.functions.values() for s in (*f.args, f.result)]
    sorts += [s for p in signature.predicates.values() for s in p.args]
    return (
        bool(signature.sorts)
        and not signature.data
        and not theory.inductions
        and all(s.name in signature.sorts and not s.args and not s.parameter for s in sorts)
    )


def find_model(
    theory: Theory,
    sizes: Sizes,
    refuting: Formula | None = None,
    *,
    effort: int = EFFORT,
    milliseconds: int | None = MILLISECONDS,
) -> FiniteModel | None:
    """A model of a theory's axioms and definitions, of given size.

    Parameters
    ----------
    theory : one with :func:`finite_sorts`.
    sizes : how many elements each sort has; one number means the same for all.
    refuting : a formula that must fail in the model; free variables count as universal.
    effort : how much work Z3 may do (some four million units a second). The same effort gives the
        same model on every machine.
    milliseconds : a bound on Z3's time as well, far above what ``effort`` usually takes.

    Returns
    -------
    The model; None if there is none of that size, or none was found within the bounds, or the
    axioms come to more than ``INSTANCES`` atoms at that size. None is no proof that there is none.

    Raises
    ------
    PorismError
        if the theory has data types, type parameters or induction principles, or a size is not
        positive or names no sort.
    """
    search = _search(theory, sizes, [] if refuting is None else [refuting], INSTANCES)
    return search.find(refuting, effort, milliseconds) if search else None


class Refuter:
    """Looks for models in which one formula after another fails.

    What the axioms come to at a size is written out once for all formulas with as many variables:
    that took most of the time of exploring a theory of groups.
    """

    def __init__(self, theory: Theory) -> None:
        self.theory = theory
        self._searches: dict[tuple[int, tuple[str, ...]], _Search | None] = {}

    def find(self, size: int, refuting: Formula, effort: int) -> FiniteModel | None:
        """As :func:`find_model`, with ``size`` elements of each sort."""
        variables, _ = split_forall(close(refuting))
        key = size, tuple(sorted(v.sort.name for v in variables))
        if key not in self._searches:
            self._searches[key] = _search(self.theory, size, [refuting], INSTANCES)
        search = self._searches[key]
        return search.find(refuting, effort, MILLISECONDS) if search else None


def models(
    theory: Theory, upto: int = 4, budget: Budget | None = None, *, effort: int = SURVEY_EFFORT
) -> list[FiniteModel]:
    """A few models that differ in as many ways as can be found, smallest first.

    For each size up to ``upto``: any model, and one in which each of a list of common laws fails
    (commutative, idempotent, associative, distributive, transitive, ...). Some classical
    exceptions lie above size 4: commutativity is tried at size 6 as well (the smallest group that
    is not commutative), distributivity at size 5 (the smallest lattices that are not
    distributive). No two models are the same up to the names of elements; there are seldom more
    than twenty.

    What they are for: terms that differ in the theory should differ in one of them. One model for
    each law, instead of one for each law and size, tells only half as many terms of semigroups
    apart.

    Parameters
    ----------
    theory : one with :func:`finite_sorts`.
    upto : the largest size for which all laws are tried. Of several sorts, sixteen combinations of
        sizes are looked at, smallest first.
    budget : when to stop; what was found is returned.
    effort : how much work Z3 may do in all (some four million units a second).

    Raises
    ------
    PorismError
        as :func:`find_model` does.
    """
    found: dict[object, FiniteModel] = {}
    left = effort
    for sizes, wanted in survey(theory.signature, upto):
        search = None
        for law in wanted:
            if left <= 0 or (budget is not None and budget.spent()):
                return list(found.values())
            if search is None:
                laws = [w for w in wanted if w is not None]
                search = _search(theory, sizes, laws, SURVEY_INSTANCES)
            if search is None:
                break
            before = search.solver.effort
            model = search.find(law, min(left, effort // 4), _milliseconds(budget))
            left -= search.solver.effort - before
            if model is None and law is None:
                break  # no model of this size at all
            if model is not None:
                found.setdefault(canonical(model, theory.signature), model)
    return list(found.values())


def _milliseconds(budget: Budget | None) -> int | None:
    """What a budget leaves for one question."""
    left = budget.remaining() if budget is not None else None
    return None if left is None else max(1, int(left * 1000))


class _Search:
    """The axioms of a theory written out over domains of given sizes, ready for questions.

    ``witnesses`` tells how many elements of each sort a question may speak of: the places where a
    formula is to fail. They are part of the numbering, so that the solver need not try every place.
    """

    def __init__(
        self, theory: Theory, sizes: Mapping[str, int], witnesses: Mapping[str, int]
    ) -> None:
        signature = theory.signature
        self.signature, self.sizes = signature, sizes
        self.formulas = list(_formulas(theory))
        self.meaning = FiniteDomains(signature, sizes)
        self.translator = Translator(self.meaning)
        self.solver = Solver(self.meaning)
        self.witnesses = {
            sort: [self.meaning.constant(f"{sort}{i}", sort) for i in range(count)]
            for sort, count in witnesses.items()
        }
        self._cells = [
            (function, row, self.meaning.cell(function.name, row))
            for function in signature.functions.values()
            for row in self.meaning.rows(function.args)
        ]
        self._facts = [
            (predicate, row, self.meaning.holds(predicate.name, row))
            for predicate in signature.predicates.values()
            for row in self.meaning.rows(predicate.args)
        ]
        for function, _, cell in self._cells:
            self.solver.add(*self.meaning.within(function.result.name, cell))
        for sort, constants in self.witnesses.items():
            for constant in constants:
                self.solver.add(*self.meaning.within(sort, constant))
        self._number()
        for formula in self.formulas:
            self.solver.add(self.translator.formula(formula, {}))

    def _number(self) -> None:
        """The least number heuristic.

        Go through constants, witnesses and then cells of tables, those with small arguments first.
        Elements that have occurred in none of them so far, neither as an argument nor as a value,
        can still be renamed among each other, so that a new value may be assumed to be the least
        of them: value k + 1 requires that k has occurred.

        It stops where arguments pass e1. Going on costs more than it saves: groups and rings of 6
        to 10 elements took twice as long with all cells constrained, and so they did with none.
        """
        z3 = self.meaning.z3
        values: list[tuple[Sequence[Sort], Row, str, Expr]] = []
        tables = sorted(self._cells, key=lambda c: max(c[1], default=-1))
        constants = sum(not row for _, row, _ in tables)
        values += [((), (), f.result.name, cell) for f, _, cell in tables[:constants]]
        values += [((), (), sort, c) for sort, known in self.witnesses.items() for c in known]
        values += [(f.args, row, f.result.name, cell) for f, row, cell in tables[constants:]]

        arguments = dict.fromkeys(self.sizes, 0)  # how many elements have been arguments
        occurred: dict[tuple[str, int], Expr] = {}  # whether an element has been a value
        for sorts, row, sort, value in values:
            if max(row, default=0) > 1:
                break
            for s, k in zip(sorts, row, strict=True):
                arguments[s.name] = max(arguments[s.name], k + 1)
            now: dict[tuple[str, int], Expr] = {}
            for k in range(arguments[sort], self.sizes[sort]):
                here = value == self.meaning.element(sort, k)
                before = occurred.get((sort, k))
                now[sort, k] = here if before is None else z3.Or(before, here)
                if k > arguments[sort]:
                    new = z3.Not(here)
                    least = occurred.get((sort, k - 1))
                    self.solver.add(new if least is None else z3.Or(new, least))
            occurred.update(now)

    def find(
        self, refuting: Formula | None, effort: int, milliseconds: int | None
    ) -> FiniteModel | None:
        """A model in which ``refuting`` fails, where one is given."""
        with self.solver.scope():
            if refuting is not None:
                variables, body = split_forall(close(refuting))
                place: dict[str, Expr] = {}
                free = {sort: iter(known) for sort, known in self.witnesses.items()}
                for v in variables:
                    place[v.name] = next(free[v.sort.name])
                self.solver.add(self.meaning.z3.Not(self.translator.formula(body, place)))
            if self.solver.check(effort, milliseconds) != "sat":
                return None
            model = self._read()
        wrong = [f for f in self.formulas if not model.holds(f)]
        if wrong or (refuting is not None and model.holds(close(refuting))):
            raise RuntimeError(f"Z3's model does not satisfy what was asked: {wrong or refuting}")
        return model

    def _read(self) -> FiniteModel:
        """The tables that the solver has found."""
        values = self.solver.values([c[2] for c in (*self._cells, *self._facts)])
        cells, facts = values[: len(self._cells)], values[len(self._cells) :]
        functions: dict[str, dict[Row, int]] = {f: {} for f in self.signature.functions}
        for (function, row, _), value in zip(self._cells, cells, strict=True):
            functions[function.name][row] = value
        predicates: dict[str, set[Row]] = {p: set() for p in self.signature.predicates}
        for (predicate, row, _), value in zip(self._facts, facts, strict=True):
            if value:
                predicates[predicate.name].add(row)
        return FiniteModel(
            dict(self.sizes), functions, {p: frozenset(rows) for p, rows in predicates.items()}
        )


def _search(
    theory: Theory, sizes: Sizes, refutable: Sequence[Formula], instances: int
) -> _Search | None:
    """A search that may be asked to refute these formulas; None if it would be too large."""
    if not finite_sorts(theory):
        raise PorismError(
            f"The theory '{theory.name}' cannot be tested on finite models.",
            hint="It would have to have uninterpreted sorts only: no data types, no type "
            "parameters, no induction principles.",
        )
    sorts = theory.signature.sorts
    known = dict.fromkeys(sorts, sizes) if isinstance(sizes, int) else dict(sizes)
    if set(known) != set(sorts) or any(size < 1 for size in known.values()):
        raise PorismError(
            f"These are no sizes for the sorts of '{theory.name}': {known}.",
            hint=f"A positive number is needed for each of: {', '.join(sorts)}.",
        )
    witnesses = dict.fromkeys(sorts, 0)
    atoms = sum(_atoms(f, known) for f in _formulas(theory))
    for formula in refutable:
        variables, body = split_forall(close(formula))
        atoms = max(atoms, _atoms(body, known))
        for sort in {v.sort.name: v.sort for v in variables}.values():
            if sort.parameter or sort.name not in sorts:
                raise PorismError(f"The theory '{theory.name}' has no sort '{sort}'.")
            needed = sum(v.sort == sort for v in variables)
            witnesses[sort.name] = max(witnesses[sort.name], needed)
    symbols: list[Function | Predicate] = [*theory.signature.functions.values()]
    symbols += theory.signature.predicates.values()
    cells = sum(math.prod(known[s.name] for s in symbol.args) for symbol in symbols)
    return None if atoms + cells > instances else _Search(theory, known, witnesses)


def _formulas(theory: Theory) -> Iterator[Formula]:
    """What a model has to satisfy."""
    yield from theory.axioms.values()
    for definition in theory.definitions.values():
        yield from definition.clauses


def _atoms(formula: Formula, sizes: Mapping[str, int]) -> int:
    """How many atoms a formula comes to when its quantifiers are written out."""
    match formula:
        case And(left, right) | Or(left, right) | Implies(left, right) | Iff(left, right):
            return _atoms(left, sizes) + _atoms(right, sizes)
        case Not(body):
            return _atoms(body, sizes)
        case Forall(variables, body) | Exists(variables, body):
            return math.prod(sizes.get(v.sort.name, 1) for v in variables) * _atoms(body, sizes)
        case _:
            return 1
