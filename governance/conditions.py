"""Conditions: formulas of ``logic`` over the interpreted sorts, and how to build them rightly.

Free variables speak of the request: a tool's parameters by name, ``principal``, ``tool``, ``now``,
and ``label L`` for the join of its arguments' labels in the lattice L. The predicates and functions
below are interpreted. A condition is read from left to right: ``a and b`` does not look at b when a
is false, so ``has note and note = "x"`` is never undefined.

=============  ==========================================================================
``< <=``       numbers, times and durations
``below L``    labels of the lattice L, in its order
``in``         an element and a set
``under``      an entity, and an entity or a set of entities above it (or the same)
``like``       a text and a pattern with ``*``
``has``        an optional argument; or a record or entity, and the name of an attribute
``is``         an entity and a type
``contains``   ``containsAll`` and ``containsAny`` of two sets, ``isEmpty`` of one
``hasTag``     an entity and the name of a tag; ``getTag`` is its value
``true``       a term of sort Bool, as a formula
``+ - * neg``  arithmetic; ``.x`` is an attribute, ``{}`` a set, ``record`` a record
=============  ==========================================================================

Every function here raises :class:`PorismError` when sorts clash; the place is added by the reader.
"""

from __future__ import annotations

from collections.abc import Sequence

from governance.schema import Schema
from governance.sorts import (
    ANY,
    BOOL,
    DECIMAL,
    DURATION,
    ENTITY,
    INT,
    TEXT,
    TIME,
    constant,
    constant_value,
    is_constant,
    set_of,
)
from logic.errors import PorismError, nearest
from logic.formulas import FALSE, TRUE, And, Atom, Equal, Formula, Not, Or
from logic.terms import App, If, Sort, Term, Var

PRINCIPAL = Var("principal", ENTITY)
TOOL = Var("tool", ENTITY)
NOW = Var("now", TIME)

PREDICATES = frozenset(
    {
        "<",
        "<=",
        "in",
        "under",
        "like",
        "has",
        "is",
        "containsAll",
        "containsAny",
        "isEmpty",
        "hasTag",
        "true",
    }
)
"""Besides ``below L``; every other predicate is a history operator."""

RESERVED = frozenset({"principal", "tool", "now", "request", "label"})
"""Names that no parameter can have."""

TRUE_TERM, FALSE_TERM = constant(True, BOOL), constant(False, BOOL)


def label_of(lattice: str) -> Var:
    """The join of the labels of a request's arguments."""
    return Var(f"label {lattice}", Sort(lattice))


# -- connectives -------------------------------------------------------------------------------


def conjunction(parts: Sequence[Formula]) -> Formula:
    """All of the parts, from left to right; a balanced tree, so that long ones stay shallow."""
    return _balanced(And, [p for p in parts if p != TRUE], TRUE)


def disjunction(parts: Sequence[Formula]) -> Formula:
    """Any of the parts, from left to right."""
    return _balanced(Or, [p for p in parts if p != FALSE], FALSE)


def _balanced(node: type[And] | type[Or], parts: Sequence[Formula], empty: Formula) -> Formula:
    if not parts:
        return empty
    if len(parts) == 1:
        return parts[0]
    middle = len(parts) // 2
    return node(_balanced(node, parts[:middle], empty), _balanced(node, parts[middle:], empty))


def as_formula(term: Term) -> Formula:
    """A truth value as a formula."""
    if term.sort not in (BOOL, ANY):
        raise PorismError(f"A condition is true or false, and this has the sort {term.sort}.")
    match term:
        case App("true", ()):
            return TRUE
        case App("false", ()):
            return FALSE
        case If(condition, then, otherwise) if then == TRUE_TERM and otherwise == FALSE_TERM:
            return condition
    return Atom("true", (term,))


def as_term(formula: Formula) -> Term:
    """A formula as a truth value."""
    match formula:
        case Atom("true", (term,)):
            return term
    if formula == TRUE:
        return TRUE_TERM
    if formula == FALSE:
        return FALSE_TERM
    return If(formula, TRUE_TERM, FALSE_TERM)


# -- relations ---------------------------------------------------------------------------------


def compare(schema: Schema, operator: str, left: Term, right: Term) -> Formula:
    """``= != < <= > >=``."""
    left, right = fit(schema, left, right.sort), fit(schema, right, left.sort)
    if left.sort != right.sort and ANY not in (left.sort, right.sort):
        raise PorismError(
            f"'{operator}' compares two values of one sort; here are {left.sort} and {right.sort}."
        )
    if operator in ("=", "!="):
        equal = Equal(left, right)
        return equal if operator == "=" else Not(equal)
    sort = right.sort if left.sort == ANY else left.sort
    if sort != ANY and not schema.ordered(sort):
        raise PorismError(f"'{operator}' needs numbers, times or labels; {sort} has no order.")
    if operator in ("<", "<="):
        return _order(schema, operator, sort, left, right)
    return _order(schema, "<" if operator == ">" else "<=", sort, right, left)


def _order(schema: Schema, operator: str, sort: Sort, left: Term, right: Term) -> Formula:
    if sort.name not in schema.lattices:
        return Atom(operator, (left, right))
    below = Atom(f"below {sort.name}", (left, right))
    return below if operator == "<=" else And(below, Not(Equal(left, right)))


def member(schema: Schema, element: Term, collection: Term) -> Formula:
    """``x in {a, b}``, ``x in some_set``."""
    if collection.sort.name != "Set":
        raise PorismError(f"'in' needs a set or a role at its right; this is {collection.sort}.")
    if isinstance(collection, App) and collection.symbol == "{}":
        items = tuple(fit(schema, item, element.sort) for item in collection.args)
        for item in items:
            if item.sort != element.sort and ANY not in (item.sort, element.sort):
                raise PorismError(
                    f"A value of sort {element.sort} is never in a set with {item.sort}."
                )
        collection = App("{}", items, set_of(element.sort))
    elif collection.sort.args[0] not in (ANY, element.sort) and element.sort != ANY:
        raise PorismError(f"A value of sort {element.sort} is never in a {collection.sort}.")
    return Atom("in", (element, collection))


def like(text: Term, pattern: str) -> Formula:
    """``to like "*@example.org"``: ``*`` stands for any characters, ``\\*`` for itself."""
    if text.sort not in (TEXT, ANY):
        raise PorismError(f"'like' needs a text at its left; this is {text.sort}.")
    return Atom("like", (text, constant(pattern, TEXT)))


def pattern_parts(pattern: str) -> list[str]:
    """The texts between the wildcards of a pattern, in order."""
    parts, current, escaped = [], [], False
    for c in pattern:
        if escaped:
            current.append(c)
            escaped = False
        elif c == "\\":
            escaped = True
        elif c == "*":
            parts.append("".join(current))
            current = []
        else:
            current.append(c)
    return [*parts, "".join(current)]


def pattern_of(parts: Sequence[str]) -> str:
    """The inverse of :func:`pattern_parts`."""
    return "*".join(p.replace("\\", "\\\\").replace("*", "\\*") for p in parts)


# -- terms -------------------------------------------------------------------------------------


def fit(schema: Schema, term: Term, sort: Sort) -> Term:
    """A constant as the sort that its place wants: 500 as a decimal, a text as a label."""
    if isinstance(term, App) and term.symbol == "{}" and sort.name == "Set":
        items = tuple(fit(schema, item, sort.args[0]) for item in term.args)
        fitting = all(item.sort == sort.args[0] for item in items)
        return App("{}", items, sort) if fitting and sort.args[0] != ANY else term
    if not isinstance(term, App) or not is_constant(term) or term.sort == sort:
        return term
    if term.sort == INT and sort == DECIMAL:
        from governance.sorts import LEAST, MOST, SCALE, Decimal

        scaled = constant_value(term) * SCALE
        if not LEAST <= scaled <= MOST:
            raise PorismError(f"{term.symbol} is too large for a decimal.")
        return constant(Decimal(scaled), DECIMAL)
    if term.sort == TEXT and (members := schema.members(sort)):
        if term.symbol not in members:
            raise PorismError(
                f"'{term.symbol}' is no {sort.name}.",
                hint=nearest(term.symbol, members) or f"It has {', '.join(members)}.",
            )
        return App(term.symbol, (), sort)
    if term.sort == TEXT and sort == ENTITY:
        return App(term.symbol, (), ENTITY)
    return term


def arithmetic(schema: Schema, operator: str, left: Term, right: Term) -> Term:
    """``+ - *``; a product needs a constant on one side, to stay decidable."""
    if operator in "+-":
        left, right = fit(schema, left, right.sort), fit(schema, right, left.sort)
    sort = _result(operator, left.sort, right.sort)
    if sort is None:
        raise PorismError(f"'{operator}' does not work on {left.sort} and {right.sort}.")
    if operator == "*" and not (is_constant(left) or is_constant(right)):
        raise PorismError(
            "A product of two unknowns is outside the decidable fragment.",
            hint="One factor must be a number.",
        )
    return App(operator, (left, right), sort)


def _result(operator: str, left: Sort, right: Sort) -> Sort | None:
    if ANY in (left, right):
        return ANY
    if operator == "*":
        return {(INT, INT): INT, (INT, DURATION): DURATION, (DURATION, INT): DURATION,
                (INT, DECIMAL): DECIMAL, (DECIMAL, INT): DECIMAL}.get((left, right))  # fmt: skip
    if left == right and left in (INT, DECIMAL, DURATION):
        return left
    if operator == "-" and (left, right) == (TIME, TIME):
        return DURATION
    if (left, right) == (TIME, DURATION):
        return TIME
    return TIME if operator == "+" and (left, right) == (DURATION, TIME) else None


def negative(term: Term) -> Term:
    """``-x``."""
    if term.sort not in (INT, DECIMAL, DURATION, ANY):
        raise PorismError(f"A value of sort {term.sort} has no negative.")
    return App("neg", (term,), term.sort)


def make_set(items: Sequence[Term]) -> App:
    """``{a, b}``; all items of one sort."""
    sorts = {item.sort for item in items}
    if len(sorts) > 1:
        raise PorismError(f"A set has one sort of elements; here are {_names(sorts)}.")
    return App("{}", tuple(items), set_of(sorts.pop() if sorts else ANY))


def _names(sorts: set[Sort]) -> str:
    return " and ".join(sorted(map(str, sorts)))
