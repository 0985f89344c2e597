"""Definitions by equations: one function satisfies them, or they are refused.

A recursive definition is accepted if its equations cover every case once (exhaustive, not
overlapping) and every recursive call is on smaller arguments.
"""

from __future__ import annotations

from itertools import chain

from logic.formulas import Equal, Formula, close, free_variables
from logic.printing import show
from logic.terms import App, If, Var, subterms
from logic.theory import Definition, Function
from mpl import syntax as raw
from mpl.conditionals import TooManyCases, conditional_clauses
from mpl.context import Context
from mpl.coverage import check_coverage
from mpl.elaborate import Reader, too_many_cases
from mpl.generality import check_generality, check_parameters
from mpl.termination import check_termination


def define_by_equations(
    context: Context, function: Function, name: raw.Name, equations: tuple[raw.Expression, ...]
) -> Definition:
    """The definition that equations in braces give a declared function.

    Raises
    ------
    PorismError : an equation is not of the form ``f(patterns) = term``; the equations miss a case,
        overlap, or may recur for ever.
    """
    if not equations:
        raise context.error(
            f"The definition of '{function.name}' has no equations.",
            name,
            "Leave the braces out to declare a function without defining it.",
        )
    read = [_read_equation(context, function, node) for node in equations]
    check_coverage(context, function, name, equations, read)
    check_termination(context, function, equations, read)
    clauses: list[Formula] = []
    for node, equation in zip(equations, read, strict=True):
        try:
            clauses += map(close, conditional_clauses(equation))
        except TooManyCases:
            raise too_many_cases(context, node) from None
    return Definition(function.name, tuple(clauses), True, tuple(close(e) for e in read))


def _read_equation(context: Context, function: Function, node: raw.Expression) -> Equal:
    """One equation, its left side a linear pattern."""
    if not isinstance(node, raw.Call) or node.head.text != "=":
        raise context.error(
            f"An equation for '{function.name}' must stand here.",
            node,
            f"Equations have the form '{_shape(function)} = term'.",
        )
    reader = Reader(context)
    equation = reader.finish(reader.formula(node, {}))
    assert isinstance(equation, Equal)
    left = equation.left
    if not isinstance(left, App) or left.symbol != function.name:
        raise context.error(
            f"The left side of this equation is not an application of '{function.name}'.",
            node.args[0],
            f"Equations have the form '{_shape(function)} = term'.",
        )
    seen: set[str] = set()
    for pattern in chain(*map(subterms, left.args)):
        if isinstance(pattern, Var):
            if pattern.name in seen:
                raise context.error(
                    f"'{pattern.name}' stands twice in this pattern.",
                    node.args[0],
                    "Use two variables, and compare them with 'if'.",
                )
            seen.add(pattern.name)
        elif isinstance(pattern, If) or _kind(context, pattern) != "constructor":
            shown = show(pattern) if isinstance(pattern, App) else "if ... then ... else ..."
            raise context.error(
                f"'{shown}' is not a pattern.",
                node.args[0],
                "Patterns consist of constructors and variables.",
            )
    for variable in free_variables(equation.right):
        if variable.name not in seen:
            raise context.error(
                f"'{variable.name}' occurs on the right of this equation, but not on the left.",
                node.args[1],
            )
    check_generality(
        context, node.args[0], function.name, function.args, [a.sort for a in left.args]
    )
    check_parameters(context, node.args[1], (*left.args, left), equation.right)
    return equation


def _kind(context: Context, term: App) -> str:
    function = context.function(term.symbol)
    return function.kind if function else ""


def _shape(function: Function) -> str:
    if len(function.args) == 2 and not function.name[0].isalpha():
        return f"pattern {function.name} pattern"
    return f"{function.name}({', '.join('pattern' for _ in function.args)})"
