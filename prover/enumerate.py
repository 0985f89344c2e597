"""Conjectures by enumeration: terms by size, grouped by what they are worth.

Terms are built over the chosen symbols, smallest first, and only from subterms that no axiom
rewrites and that are the first of their value: what is equal to something smaller is left to the
equation that says so. Two terms of one value make a conjecture.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import permutations, product
from math import prod

import msgspec

from logic.budget import Budget
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
    canonical,
    close,
    free_variables,
    implies,
    split_implies,
    substitute,
)
from logic.terms import App, Sort, Term, Var, parameters, subterms, term_size
from logic.theory import Exploration, Function
from prover.evaluate import Column, Evaluator, Interpretation
from prover.worker import Worker

VARIABLES = 3
"""Variables of each sort in a conjecture."""
POINTS = 60
"""Sample points at which terms are compared."""
MAX_ATOMS = 120
"""Atoms over variables that laws of predicates are made of; wider predicates are left out."""
MAX_TERMS = 20_000
"""Terms evaluated at most; larger sizes are left out when it is reached."""


class Enumeration(msgspec.Struct):
    """The conjectures, simplest first, and how far the enumeration went."""

    conjectures: list[Formula]
    terms: int
    complete_to: int
    """The size up to which every term was looked at."""


class _Candidate(msgspec.Struct, frozen=True):
    term: int
    """Its id in the worker's bank, the table's variables numbered as they are listed."""
    values: Column


def enumerate_conjectures(
    worker: Worker, bounds: Exploration, interpretation: Interpretation, budget: Budget
) -> Enumeration:
    """Equations, cancellation laws and Horn laws of predicates that hold at every sample point.

    Larger terms are left out when the budget is spent. The left side of an equation is the greater
    one in the worker's order, where there is one.
    """
    table = _Table(worker, bounds, interpretation, budget)
    equations = list(table.equations())
    laws = [*table.cancellations(), *table.relational(), *equations]
    ordered = sorted(_distinct(map(table.rename, laws)), key=complexity)
    return Enumeration(ordered, table.count, table.complete_to)


def complexity(formula: Formula) -> tuple[int, int]:
    """Simple and general first: by size, then by how few variables are distinct."""
    terms = list(_terms(formula))
    size = sum(map(term_size, terms))
    return size, -len(free_variables(*terms))


def _terms(formula: Formula) -> Iterator[Term]:
    match formula:
        case Equal(a, b):
            yield a
            yield b
        case Atom(_, args):
            yield from args
        case Implies(p, q) | And(p, q) | Or(p, q) | Iff(p, q):
            yield from _terms(p)
            yield from _terms(q)
        case Not(body) | Forall(_, body) | Exists(_, body):
            yield from _terms(body)


class _Table:
    """Terms by sort and size, one for each value met."""

    def __init__(
        self,
        worker: Worker,
        bounds: Exploration,
        interpretation: Interpretation,
        budget: Budget,
    ) -> None:
        self.budget = budget
        theory = self.theory = worker.theory
        self.language, self.rules = worker.language, worker.rules
        self.needed = worker.needed
        self.bounds = bounds
        self.interpretation = interpretation
        self.count = 0
        self.complete_to = 0
        names = bounds.symbols or (*theory.signature.functions, *theory.signature.predicates)
        signature = theory.signature
        self.functions = [signature.functions[n] for n in names if n in signature.functions]
        self.predicates = [signature.predicates[n] for n in names if n in signature.predicates]
        self.instances = list(self._instances())
        self.variables = self._variables()
        flat = [v for group in self.variables.values() for v in group]
        self.points = interpretation.sample([v.sort for v in flat], POINTS)
        self.values: dict[Var, Column] = {
            v: tuple(point[i] for point in self.points) for i, v in enumerate(flat)
        }
        self._ids = dict(zip(flat, self.rules.universals(flat)[1], strict=True))
        self._names: dict[int, Term] = {id: v for v, id in self._ids.items()}
        self._by_value: dict[tuple[Sort, Column], list[tuple[int, int]]] = {}
        self._clauses: set[Formula] = set()
        self._sized: dict[tuple[Sort, int], list[_Candidate]] = {}

    def _instances(self) -> Iterator[Function]:
        """Polymorphic functions at the sorts at which the theory and its goals use them.

        ``length`` counts what ``sort`` sorts, lists of numbers: the law about both is none about
        lists of anything.
        """
        for function in self.functions:
            declared = (*function.args, function.result)
            if any(map(parameters, declared)):
                used = {sorts for name, sorts in self.needed if name == function.name}
                for sorts in sorted(used, key=str):
                    if sorts != declared and not any(map(parameters, sorts)):
                        yield Function(function.name, sorts[:-1], sorts[-1], function.kind)

    def _is_instance(self, law: Equal) -> bool:
        """Whether a law at an instance holds for all sorts: no symbol of the instance is in it."""
        generic = {f.name for f in self.instances}
        at = {s for f in self.instances for s in (*f.args, f.result) if s.args}
        if not at:
            return False
        touched = False
        for term in (*subterms(law.left), *subterms(law.right)):
            sorts = {term.sort}
            if isinstance(term, App):
                sorts |= {a.sort for a in term.args}
            if sorts & at:
                touched = True
                if isinstance(term, App) and term.symbol not in generic:
                    return False
        return touched

    def _variables(self) -> dict[Sort, list[Var]]:
        """For each sort in play, a few variables, with the author's names where there are some."""
        sorts: dict[Sort, None] = {}
        for f in (*self.functions, *self.instances):
            for s in (*f.args, f.result):
                sorts.setdefault(s)
        for p in self.predicates:
            for s in p.args:
                sorts.setdefault(s)
        signature = self.theory.signature
        taken = {*signature.functions, *signature.predicates, *self.theory.variables}
        result = {}
        for sort in sorts:
            group = [v for v in self.theory.variables.values() if v.sort == sort][:VARIABLES]
            number = 1
            while len(group) < VARIABLES:
                name = f"{sort.name[:1].lower()}{number}"
                if name not in taken:
                    group.append(Var(name, sort))
                    taken.add(name)
                number += 1
            result[sort] = group
        return result

    def rename(self, law: Formula) -> Formula:
        """The law closed, its variables named in the author's order as they occur."""
        pools = {sort: iter(group) for sort, group in self.variables.items()}
        binding: dict[str, Term] = {v.name: next(pools[v.sort]) for v in free_variables(law)}
        return close(substitute(law, binding))

    # -- equations ---------------------------------------------------------------------------

    def equations(self) -> Iterator[Formula]:
        """Each new term equated with those met before of its value: the first, and all smaller."""
        for sort, group in self.variables.items():
            for v in group:
                self._by_value[(sort, self.values[v])] = [(self._ids[v], 1)]
                self._sized.setdefault((sort, 1), []).append(
                    _Candidate(self._ids[v], self.values[v])
                )
        bank = self.language.bank
        for size in range(1, self.bounds.size + 1):
            for function in (*self.functions, *self.instances):
                for term, values in self._applications(function, size):
                    if self.count >= MAX_TERMS or self.budget.spent():
                        return
                    self.count += 1
                    if self.bounds.depth and bank.depth(term) > self.bounds.depth:
                        continue
                    sort = function.result
                    known = self._by_value.setdefault((sort, values), [])
                    if not known:
                        self._sized.setdefault((sort, size), []).append(_Candidate(term, values))
                    for number, (other, smaller) in enumerate(known):
                        if number == 0 or smaller < size:
                            law = self._equation(term, other)
                            if not self._is_instance(law):
                                yield law
                    known.append((term, size))
            self.complete_to = size

    def _equation(self, term: int, other: int) -> Equal:
        if not self.language.bank.greater(term, other):
            term, other = other, term
            if not self.language.bank.greater(term, other):
                term, other = other, term
        decode = self.language.decode
        return Equal(decode(term, self._names), decode(other, self._names))

    def _applications(self, function: Function, size: int) -> Iterator[tuple[int, Column]]:
        """Irreducible terms of a size with a function on top, with their values."""
        symbol = self.language.symbol(function.name, function.args, function.result)
        self.language.settle()
        bank, normalise = self.language.bank, self.rules.rewriter.normalise
        count = len(self.points)
        for sizes in _compositions(size - 1, len(function.args)):
            pools = [self._sized.get((s, n), ()) for s, n in zip(function.args, sizes, strict=True)]
            for args in product(*pools):
                term = bank.term(symbol, [a.term for a in args])
                if normalise(term) != term:
                    continue
                values = self.interpretation.column(function, count, [a.values for a in args])
                if values is not None:
                    yield term, values

    # -- conditional laws --------------------------------------------------------------------

    def cancellations(self) -> Iterator[Formula]:
        """``f(.., x, ..) = f(.., y, ..) -> x = y`` for each argument of each function."""
        for function in self.functions:
            if function.kind == "constructor":
                continue
            for position, sort in enumerate(function.args):
                group = {s: list(vs) for s, vs in self.variables.items()}
                x, y = group[sort][1], group[sort][2]
                group[sort] = [group[sort][0], *group[sort][3:]]
                others = []
                for i, s in enumerate(function.args):
                    if i == position:
                        others.append(x)
                    elif group[s]:
                        others.append(group[s].pop(0))
                if len(others) < len(function.args):
                    continue
                left = App(function.name, tuple(others), function.result)
                others[position] = y
                right = App(function.name, tuple(others), function.result)
                law = Implies(Equal(left, right), Equal(x, y))
                if self._survives(law):
                    yield (law)

    def relational(self) -> Iterator[Formula]:
        """Laws ``P``, ``P -> Q`` and ``P -> Q -> R`` between atoms over variables."""
        atoms = list(self._atoms())
        if not atoms:
            return
        equalities = [
            Equal(group[0], group[1]) for group in self.variables.values() if len(group) > 1
        ]
        truth = {a: self._truth(a) for a in (*atoms, *equalities)}
        full = (1 << len(self.points)) - 1
        always = [a for a, (yes, _) in truth.items() if yes == full]
        yield from (a for a in always if isinstance(a, Atom))
        useful = [a for a in atoms if a not in always and truth[a][0]]
        for law in sorted(self._horn(useful, equalities, truth), key=_mixture):
            clause = self._clause(law)
            if clause not in self._clauses:
                self._clauses.add(clause)
                yield law

    def _horn(
        self, useful: list[Formula], equalities: list[Equal], truth: dict[Formula, tuple[int, int]]
    ) -> Iterator[Formula]:
        for a in useful:
            for goal in (*useful, *equalities):
                if goal != a and self._entails(truth[a], truth[goal]):
                    yield (Implies(a, goal))
        for i, a in enumerate(useful):
            if self.budget.spent():
                return
            for b in useful[i + 1 :]:
                both = (truth[a][0] & truth[b][0], truth[a][1] | truth[b][1])
                if both[0].bit_count() < 2:
                    continue
                spoken = free_variables(a, b)
                for goal in (*useful, *equalities):
                    if goal in (a, b) or not self._entails(both, truth[goal]):
                        continue
                    if goal in equalities and not set(free_variables(goal)) <= set(spoken):
                        continue
                    if self._entails(truth[a], truth[goal]) or self._entails(truth[b], truth[goal]):
                        continue
                    yield (Implies(a, Implies(b, goal)))

    def _clause(self, law: Formula) -> Formula:
        """The same for a law and its contrapositives, where two values are each other's denial.

        The least reading, its premises in any order.
        """
        premises, conclusion = split_implies(law)
        literals = [self._denied(p) for p in premises] + [conclusion]
        readings = []
        for order in permutations(literals):
            readings.append(canonical(close(implies(order[:-1], order[-1]))))
        return min(readings, key=str)

    def _denied(self, atom: Formula) -> Formula:
        match atom:
            case Equal(App() as term, App(value, ())):
                values = self._values(term.sort)
                if len(values) == 2:
                    return Equal(term, values[values[0].symbol == value])
        return Not(atom)

    def _atoms(self) -> Iterator[Formula]:
        """Predicates at variables, and functions at variables with one of a few values."""
        count = 0
        for predicate in self.predicates:
            pools = [self.variables[s] for s in predicate.args]
            if count + prod(map(len, pools)) <= MAX_ATOMS:
                for args in product(*pools):
                    count += 1
                    yield Atom(predicate.name, args)
        for function in self.functions:
            values = self._values(function.result)
            pools = [self.variables[s] for s in function.args]
            if (
                function.kind == "constructor"
                or not values
                or all(map(self._values, function.args))
            ):
                continue
            if count + len(values) * prod(map(len, pools)) <= MAX_ATOMS:
                for args in product(*pools):
                    for value in values:
                        count += 1
                        yield Equal(App(function.name, args, function.result), value)

    def _values(self, sort: Sort) -> list[App]:
        """All values of a sort that has constants for values only, two or three of them."""
        constructors = self.theory.signature.constructors(sort)
        if not 1 < len(constructors) <= 3 or any(c.args for c in constructors):
            return []
        return [App(c.name, (), sort) for c in constructors]

    def _truth(self, formula: Formula) -> tuple[int, int]:
        """The sets of points, as bits, at which a formula is true, and is false."""
        evaluator = Evaluator(self.interpretation)
        yes = no = 0
        for point in range(len(self.points)):
            values = {v.name: column[point] for v, column in self.values.items()}
            holds = evaluator.formula(formula, point, values)
            yes |= (holds is True) << point
            no |= (holds is False) << point
        return yes, no

    def _entails(self, premise: tuple[int, int], conclusion: tuple[int, int]) -> bool:
        return premise[0] & ~conclusion[0] == 0

    def _survives(self, law: Formula) -> bool:
        yes, no = self._truth(law)
        return no == 0 and yes != 0


def _mixture(law: Formula) -> int:
    """How many different values a law speaks of: of its contrapositives, the plain one comes first.

    That ``leq`` is transitive is proved more easily than ``leq(n, m) = yes -> leq(n, k) = no ->
    leq(m, k) = no``.
    """
    premises, conclusion = split_implies(law)
    sides = [f.right for f in (*premises, conclusion) if isinstance(f, Equal)]
    return len({s.symbol for s in sides if isinstance(s, App)})


def _compositions(total: int, parts: int) -> Iterator[tuple[int, ...]]:
    """The ways to write ``total`` as a sum of ``parts`` positive numbers, large ones first."""
    if parts == 0:
        if total == 0:
            yield ()
        return
    for first in range(total - parts + 1, 0, -1):
        for rest in _compositions(total - first, parts - 1):
            yield (first, *rest)


def _distinct(formulas: Iterable[Formula]) -> list[Formula]:
    """The formulas without those that differ only in the names of their variables."""
    seen: dict[Formula, Formula] = {}
    for f in formulas:
        seen.setdefault(canonical(f), f)
    return list(seen.values())
