"""Premises in words: the domain on which a theorem holds."""

from __future__ import annotations

from collections.abc import Sequence

import sympy
from sympy.printing.str import StrPrinter

from logic.formulas import Atom, Equal, Formula, Not
from logic.terms import App, Term, Var


class _Printer(StrPrinter):  # type: ignore[misc]
    """As on paper: e, i, ln and ^."""

    def _print_Exp1(self, expr: sympy.Expr) -> str:  # noqa: N802
        return "e"

    def _print_ImaginaryUnit(self, expr: sympy.Expr) -> str:  # noqa: N802
        return "i"


def show_expression(expression: sympy.Expr) -> str:
    """An expression in the notation that :func:`eml.expression.parse_expression` reads.

    Examples
    --------
    >>> show_expression(sympy.E ** sympy.Symbol("x") - sympy.log(2))
    'exp(x) - ln(2)'
    """
    text = str(_Printer().doprint(expression))
    return text.replace("**", "^").replace("log(", "ln(")


def describe(premises: Sequence[Formula], names: Sequence[str]) -> str:
    """Premises in words: ``x > 0, y real, e - ln(y) ≠ 0``."""
    bounds = _Bounds(names)
    parts = []
    for premise in premises:
        if isinstance(premise, Atom):
            inner = to_expression(premise.args[0])
            if premise.predicate == "positive":
                if not bounds.take(inner):
                    parts.append(f"{show_expression(inner)} > 0")
            elif premise.predicate == "strip":
                parts.append(f"-pi < Im({show_expression(inner)}) ≤ pi")
            elif inner.is_Symbol and inner.name in names:
                bounds.real.add(inner.name)
            else:
                parts.append(f"{show_expression(inner)} real")
        elif isinstance(premise, Not) and isinstance(premise.body, Equal):
            parts.append(f"{show_expression(to_expression(premise.body.left))} ≠ 0")
    known = bounds.words()
    free = [] if known or parts else [f"{n} complex" for n in names]
    return ", ".join([*known, *parts, *free])


class _Bounds:
    """What is known of each variable: real, and greater or less than a number."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = names
        self.real: set[str] = set()
        self.below: dict[str, sympy.Expr] = {}
        self.above: dict[str, sympy.Expr] = {}

    def take(self, positive: sympy.Expr) -> bool:
        """Take that something is positive, if it is x - c or c - x."""
        if len(positive.free_symbols) != 1:
            return False
        (symbol,) = positive.free_symbols
        for sign, kept, stricter in ((1, self.above, max), (-1, self.below, min)):
            number = sign * (sign * symbol - positive)
            if not number.free_symbols and number.is_real:
                name = symbol.name
                kept[name] = stricter(kept.get(name, number), number, key=float)
                return True
        return False

    def words(self) -> list[str]:
        parts = []
        for name in self.names:
            above, below = self.above.get(name), self.below.get(name)
            if above is not None and below is not None:
                parts.append(f"{show_expression(above)} < {name} < {show_expression(below)}")
            elif above is not None:
                parts.append(f"{name} > {show_expression(above)}")
            elif below is not None:
                parts.append(f"{name} < {show_expression(below)}")
            elif name in self.real:
                parts.append(f"{name} real")
        return parts


def to_expression(term: Term) -> sympy.Expr:
    """A term of sort Complex as a SymPy expression."""
    if isinstance(term, Var):
        return sympy.Symbol(term.name)
    assert isinstance(term, App)
    parts = [to_expression(a) for a in term.args]
    match term.symbol:
        case "zero" | "one" | "i" | "pi":
            return {"zero": sympy.S(0), "one": sympy.S(1), "i": sympy.I, "pi": sympy.pi}[
                term.symbol
            ]
        case "+":
            return parts[0] + parts[1]
        case "*":
            return parts[0] * parts[1]
        case "neg":
            return -parts[0]
        case "inv":
            return 1 / parts[0]
        case "exp":
            return sympy.exp(parts[0])
        case _:
            return sympy.log(parts[0])
