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

import itertools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import TypeAlias

import msgspec

from logic.budget import Budget
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
from logic.smt import Expr, FiniteDomains, Solver, Translator
from logic.terms import App, If, Sort, Term, Var
from logic.theory import Function, Predicate, Signature, Theory

Row: TypeAlias = tuple[int, ...]
"""Arguments of an operation: element numbers."""

Sizes: TypeAlias = int | Mapping[str, int]
"""How many elements: the same number for every sort, or one for each."""

EFFORT = 10_000_000
"""Solver effort that one search may take: two or three seconds."""

SURVEY_EFFORT = 4_000_000
"""Solver effort that :func:`models` may take in all: about a second."""

INSTANCES = 20_000
"""Atoms that the axioms may come to when written out: what Z3 is told within some two seconds."""

SURVEY_INSTANCES = 5_000
"""The same for each size that :func:`models` looks at."""


class FiniteModel(msgspec.Struct, frozen=True):
    """A finite set for each sort, a table for each function and predicate.

    Elements are numbered from 0, in each sort. Models are values: equal tables, equal models.
    """

    domains: dict[str, int]
    functions: dict[str, dict[Row, int]]
    predicates: dict[str, frozenset[Row]]
    """For each predicate, the arguments it holds of."""

    def __hash__(self) -> int:
        return hash(_tables(self))

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


# -- finding ---------------------------------------------------------------------------------


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
    milliseconds: int | None = 10_000,
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
    for sizes, wanted in _plan(theory.signature, upto):
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
                found.setdefault(_canonical(model, theory.signature), model)
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


# -- models that differ ----------------------------------------------------------------------


class _Law(msgspec.Struct, frozen=True):
    """A formula that some theories entail; ``reach`` is a size at which it is worth trying too."""

    formula: Formula
    reach: int = 0


def _plan(signature: Signature, upto: int) -> Iterator[tuple[dict[str, int], list[Formula | None]]]:
    """Sizes, smallest first, each with the laws to refute there; None asks for any model."""
    laws = list(_laws(signature))
    sorts = list(signature.sorts)
    every = sorted(
        itertools.product(range(1, upto + 1), repeat=len(sorts)), key=lambda s: (max(s), sum(s), s)
    )
    for sizes in every[:16]:
        yield dict(zip(sorts, sizes, strict=True)), [None, *(law.formula for law in laws)]
    for reach in sorted({law.reach for law in laws if law.reach > upto}):
        wanted: list[Formula | None] = [law.formula for law in laws if law.reach == reach]
        yield dict.fromkeys(sorts, reach), wanted


def _laws(signature: Signature) -> Iterator[_Law]:
    """Common laws for every symbol, and every pair of symbols, that they make sense for."""
    functions = list(signature.functions.values())
    constants = [App(f.name, (), f.result) for f in functions if not f.args]
    unary = [f for f in functions if f.args == (f.result,)]
    binary = [f for f in functions if f.args == (f.result, f.result)]
    for a, b in itertools.combinations(constants, 2):
        if a.sort == b.sort:
            yield _Law(Equal(a, b))
    for f in functions:
        if f.args:
            left = [Var(f"x{i}", s) for i, s in enumerate(f.args)]
            right = [Var(f"y{i}", s) for i, s in enumerate(f.args)]
            op = _operator(f)
            yield _Law(Equal(op(*left), op(*right)))
    for f in unary:
        yield from map(_Law, _unary_laws(f))
    for f in binary:
        yield from _binary_laws(f)
        x, y, z, *_ = _variables(f.result)
        op = _operator(f)
        for c in constants:
            if c.sort == f.result:
                yield from map(_Law, _equations((op(c, x), x), (op(x, c), x), (op(x, x), c)))
                yield from map(_Law, _equations((op(c, x), c), (op(x, c), c)))
        for g in unary:
            if g.result == f.result:
                to = _operator(g)
                yield _Law(Equal(to(op(x, y)), op(to(x), to(y))))
        for g in binary:
            if g.result == f.result and g != f:
                other = _operator(g)
                yield _Law(Equal(op(x, other(x, y)), x), reach=5)
                yield _Law(Equal(op(x, other(y, z)), other(op(x, y), op(x, z))), reach=5)
    for p in signature.predicates.values():
        yield from map(_Law, _predicate_laws(p))


def _unary_laws(f: Function) -> Iterator[Formula]:
    x, y, *_ = _variables(f.result)
    to = _operator(f)
    yield from _equations((to(x), x), (to(to(x)), x), (to(to(x)), to(x)))
    yield Implies(Equal(to(x), to(y)), Equal(x, y))


def _binary_laws(f: Function) -> Iterator[_Law]:
    x, y, z, *_ = _variables(f.result)
    op = _operator(f)
    yield _Law(Equal(op(x, y), op(y, x)), reach=6)
    yield from map(
        _Law,
        _equations(
            (op(x, x), x),
            (op(op(x, y), z), op(x, op(y, z))),
            (op(x, y), x),
            (op(x, y), y),
            (op(x, x), op(y, y)),
        ),
    )
    yield _Law(Implies(Equal(op(x, y), op(x, z)), Equal(y, z)))
    yield _Law(Implies(Equal(op(x, z), op(y, z)), Equal(x, y)))


def _predicate_laws(p: Predicate) -> Iterator[Formula]:
    places = tuple(Var(f"x{i}", s) for i, s in enumerate(p.args))
    yield Atom(p.name, places)
    yield Not(Atom(p.name, places))
    if len(p.args) == 2 and p.args[0] == p.args[1]:
        x, y, z, *_ = _variables(p.args[0])

        def related(a: Term, b: Term) -> Formula:
            return Atom(p.name, (a, b))

        yield related(x, x)
        yield Not(related(x, x))
        yield Implies(related(x, y), related(y, x))
        yield Implies(And(related(x, y), related(y, x)), Equal(x, y))
        yield Implies(And(related(x, y), related(y, z)), related(x, z))
        yield Or(related(x, y), related(y, x))


def _variables(sort: Sort) -> list[Var]:
    return [Var(name, sort) for name in "xyz"]


def _operator(f: Function) -> Callable[..., App]:
    """``f`` as a function from terms to a term."""
    return lambda *args: App(f.name, args, f.result)


def _equations(*sides: tuple[Term, Term]) -> Iterator[Formula]:
    return (Equal(left, right) for left, right in sides)


def _tables(model: FiniteModel) -> tuple[object, ...]:
    """All that a model consists of, in one order."""
    return (
        tuple(sorted(model.domains.items())),
        tuple((f, tuple(sorted(t.items()))) for f, t in sorted(model.functions.items())),
        tuple((p, tuple(sorted(rows))) for p, rows in sorted(model.predicates.items())),
    )


def _canonical(model: FiniteModel, signature: Signature) -> tuple[object, ...]:
    """The same for two models exactly if they are the same up to the names of elements.

    The least of all renamings, so for small models only; larger ones count as different.
    """
    sorts = list(model.domains)
    if math.prod(math.factorial(model.domains[s]) for s in sorts) > 5_000:
        return _tables(model)
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
