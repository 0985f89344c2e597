"""The equations of a recursive function as one decision tree.

A theory defines a function by equations on patterns, some of them under conditions; proof
assistants want ``match`` on one argument at a time. The tree of an exhaustive, unambiguous set of
equations is built column by column (Maranget, "Compiling pattern matching to good decision trees",
2008); the recursion is structural if there is one argument that every recursive call shrinks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, TypeAlias

import msgspec

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
    alpha_equal,
    fresh_name,
    split_forall,
    split_implies,
    substitute,
    substitute_sorts,
    substitute_term,
)
from logic.terms import App, Sort, Term, Var, match_sort, substitute_sort
from logic.theory import Definition, Function, Signature


class Leaf(NamedTuple):
    """What the function is here."""

    value: Term


class Match(NamedTuple):
    """Cases by the constructor of a variable: (constructor, variables for its arguments, tree)."""

    variable: Var
    branches: tuple[tuple[Function, tuple[Var, ...], Tree], ...]


class Decide(NamedTuple):
    """Cases by a formula."""

    condition: Formula
    then: Tree
    otherwise: Tree


Tree: TypeAlias = Leaf | Match | Decide


class Equation(NamedTuple):
    """A clause taken apart: P1 -> ... -> f(patterns) = value."""

    patterns: tuple[Term, ...]
    conditions: tuple[Formula, ...]
    value: Term


class Recursion(msgspec.Struct, frozen=True):
    """A function as its tree; ``decreasing`` is the place of the argument that shrinks, if any."""

    function: Function
    arguments: tuple[Var, ...]
    tree: Tree
    recursive: bool
    decreasing: int | None


def equations_of(function: Function, definition: Definition) -> list[Equation] | None:
    """The clauses as equations for the declared type parameters; None if one is something else."""
    equations = []
    for clause in definition.clauses:
        _, body = split_forall(clause)
        left = split_implies(body)[1]
        if not isinstance(left, Equal) or not isinstance(left.left, App):
            return None
        head = left.left
        if head.symbol != function.name or len(head.args) != len(function.args):
            return None
        values: dict[str, Sort] = {}
        for declared, argument in zip(function.args, head.args, strict=True):
            if not match_sort(declared, argument.sort, values):
                return None
        match_sort(function.result, head.sort, values)
        back = {s.name: Sort(p, parameter=True) for p, s in values.items() if s.parameter}
        if len(back) != len(values):
            return None  # it defines the function at some sorts only
        conditions, body = split_implies(split_forall(substitute_sorts(clause, back))[1])
        if not isinstance(body, Equal) or not isinstance(body.left, App):
            return None
        equations.append(Equation(body.left.args, tuple(conditions), body.right))
    return equations


def recursion(signature: Signature, function: Function, definition: Definition) -> Recursion | None:
    """The function that the clauses define, or None where no tree says the same."""
    equations = equations_of(function, definition)
    if not equations:
        return None
    builder = _Builder(signature, function)
    arguments = builder.arguments(equations)
    rows = [(list(e.patterns), e) for e in equations]
    try:
        tree = builder.tree(rows, list(arguments), 0)
    except (_NoTree, KeyError):
        return None
    calls = list(_calls_below(tree, function.name, arguments))
    places = [
        place
        for place, argument in enumerate(arguments)
        if all(_owner(call.args[place], below) == argument for call, below in calls)
    ]
    # Recursion computes where its argument is a constructor: so it must be in every equation, or
    # the first thing that the function looks at.
    computing = [
        place
        for place in places
        if (isinstance(tree, Match) and tree.variable == arguments[place])
        or all(isinstance(e.patterns[place], App) for e in equations)
    ]
    decreasing = computing[0] if calls and computing else None
    return Recursion(function, arguments, tree, bool(calls), decreasing)


def _owner(term: Term, below: Mapping[str, Var]) -> Var | None:
    """The argument that a variable is a part of."""
    return below.get(term.name) if isinstance(term, Var) else None


class _NoTree(Exception):
    """The equations miss a case, overlap, or have no patterns."""


_Row: TypeAlias = tuple[list[Term], Equation]

_LARGEST = 2000
"""Nodes of a tree: equations on many arguments at once can multiply."""


class _Builder:
    def __init__(self, signature: Signature, function: Function) -> None:
        self.signature = signature
        self.function = function
        self.taken = {*signature.functions, *signature.predicates}
        self.expanded: list[tuple[Term, Var]] = []  # what a variable is known to be, on this path
        self.nodes = 0

    def fresh(self, wish: str, sort: Sort) -> Var:
        name = fresh_name(wish, self.taken)
        self.taken.add(name)
        return Var(name, sort)

    def arguments(self, equations: Sequence[Equation]) -> tuple[Var, ...]:
        result = []
        for place, sort in enumerate(self.function.args):
            named = [e.patterns[place] for e in equations]
            wish = next((p.name for p in named if isinstance(p, Var)), sort.name[0].lower())
            result.append(self.fresh(wish, sort))
        return tuple(result)

    def tree(self, rows: list[_Row], columns: list[Var], depth: int) -> Tree:
        self.nodes += 1
        if not rows or self.nodes > _LARGEST or depth > 100:
            raise _NoTree
        patterned = [
            place
            for place in range(len(columns))
            if any(isinstance(r[0][place], App) for r in rows)
        ]
        if not patterned:
            return self.leaf(rows, columns)
        place = next(
            (p for p in patterned if all(isinstance(r[0][p], App) for r in rows)), patterned[0]
        )
        column = columns[place]
        constructors = self.signature.constructors(column.sort)
        if not constructors:
            raise _NoTree
        branches = []
        for constructor in constructors:
            values: dict[str, Sort] = {}
            match_sort(constructor.result, column.sort, values)
            sorts = [substitute_sort(s, values) for s in constructor.args]
            chosen = [r for r in rows if self.fits(r[0][place], constructor)]
            names = self.wishes(chosen, place)
            taken = set(self.taken)
            inner = tuple(
                self.fresh(
                    names.get(i) or (column.name if sort == column.sort else sort.name[0].lower()),
                    sort,
                )
                for i, sort in enumerate(sorts)
            )
            whole = App(constructor.name, inner, column.sort)
            self.expanded.append((whole, column))
            below = [self.specialise(r, place, inner, whole) for r in chosen]
            rest = [*columns[:place], *inner, *columns[place + 1 :]]
            branches.append((constructor, inner, self.tree(below, rest, depth + 1)))
            self.expanded.pop()
            self.taken = taken
        return Match(column, tuple(branches))

    @staticmethod
    def wishes(rows: Sequence[_Row], place: int) -> dict[int, str]:
        """What the first pattern of a column calls the arguments of its constructor."""
        for patterns, _ in rows:
            pattern = patterns[place]
            if isinstance(pattern, App):
                return {i: v.name for i, v in enumerate(pattern.args) if isinstance(v, Var)}
        return {}

    @staticmethod
    def fits(pattern: Term, constructor: Function) -> bool:
        return isinstance(pattern, Var) or (
            isinstance(pattern, App) and pattern.symbol == constructor.name
        )

    @staticmethod
    def specialise(row: _Row, place: int, inner: tuple[Var, ...], whole: App) -> _Row:
        patterns, equation = row
        pattern = patterns[place]
        if isinstance(pattern, App):
            return [*patterns[:place], *pattern.args, *patterns[place + 1 :]], equation
        assert isinstance(pattern, Var)
        # Fresh pattern variables: those of the row may have the names of the columns.
        new = tuple(Var(f"{pattern.name}/{v.name}", v.sort) for v in inner)
        value = App(whole.symbol, new, whole.sort)
        return [*patterns[:place], *new, *patterns[place + 1 :]], _put(
            equation, {pattern.name: value}
        )

    def leaf(self, rows: list[_Row], columns: list[Var]) -> Tree:
        equations = []
        for patterns, equation in rows:
            values: dict[str, Term] = {}
            for pattern, column in zip(patterns, columns, strict=True):
                if not isinstance(pattern, Var) or pattern.name in values:
                    raise _NoTree
                values[pattern.name] = column
            equations.append(_put(equation, values))
        return self.decide([(list(e.conditions), e.value) for e in equations])

    def decide(self, cases: list[tuple[list[Formula], Term]]) -> Tree:
        self.nodes += 1
        if not cases or self.nodes > _LARGEST:
            raise _NoTree
        conditions, value = cases[0]
        if not conditions:
            if len(cases) > 1:
                raise _NoTree
            return Leaf(self.folded(value))
        condition = conditions[0]
        if isinstance(condition, Not) and any(
            c and alpha_equal(c[0], condition.body) for c, _ in cases
        ):
            condition = condition.body
        then = [(c[1:], v) for c, v in cases if c and alpha_equal(c[0], condition)]
        otherwise = [(c[1:], v) for c, v in cases if c and alpha_equal(c[0], Not(condition))]
        if len(then) + len(otherwise) < len(cases):
            raise _NoTree
        return Decide(condition, self.decide(then), self.decide(otherwise))

    def folded(self, term: Term) -> Term:
        """Arguments of recursive calls that a column already is become that column."""
        if not isinstance(term, App) or not term.args:
            return term
        args = tuple(map(self.folded, term.args))
        if term.symbol == self.function.name:
            args = tuple(map(self.folded_argument, args))
        return App(term.symbol, args, term.sort)

    def folded_argument(self, term: Term) -> Term:
        if isinstance(term, App):
            term = App(term.symbol, tuple(map(self.folded_argument, term.args)), term.sort)
            for whole, column in self.expanded:
                if whole == term:
                    return column
        return term


def _put(equation: Equation, values: Mapping[str, Term]) -> Equation:
    return Equation(
        equation.patterns,
        tuple(substitute(c, values) for c in equation.conditions),
        substitute_term(equation.value, values),
    )


def _calls_below(
    tree: Tree, name: str, arguments: Sequence[Var]
) -> Iterator[tuple[App, dict[str, Var]]]:
    """Every recursive call, with the variables that are parts of an argument, and of which."""

    def visit(node: Tree, below: dict[str, Var]) -> Iterator[tuple[App, dict[str, Var]]]:
        match node:
            case Leaf(value):
                for call in applications(value, name):
                    yield call, below
            case Decide(condition, then, otherwise):
                for call in applications(condition, name):
                    yield call, below
                yield from visit(then, below)
                yield from visit(otherwise, below)
            case Match(variable, branches):
                whole = variable if variable in arguments else below.get(variable.name)
                for _, inner, branch in branches:
                    parts = {v.name: whole for v in inner} if whole is not None else {}
                    yield from visit(branch, {**below, **parts})

    yield from visit(tree, {})


def applications(node: Formula | Term, name: str) -> Iterator[App]:
    """Every application of a function in a formula or term."""
    match node:
        case App(symbol, args):
            if symbol == name:
                yield node
            for a in args:
                yield from applications(a, name)
        case Atom(_, args):
            for a in args:
                yield from applications(a, name)
        case Equal(a, b):
            yield from applications(a, name)
            yield from applications(b, name)
        case And(p, q) | Or(p, q) | Implies(p, q) | Iff(p, q):
            yield from applications(p, name)
            yield from applications(q, name)
        case Not(p) | Forall(_, p) | Exists(_, p):
            yield from applications(p, name)
        case _:
            pass
