"""Text → SymPy, for elementary expressions, without evaluating Python.

The repertoire is that of a scientific calculator (Table 1 of arXiv 2603.21852). What is not
elementary or not holomorphic is refused by name, with the reason.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import mpmath
import sympy

from eml.numeric import LARGEST, value_of
from eml.operators import EML, Operator
from eml.rpn import looks_like_rpn, parse_rpn
from eml.tree import Tree
from logic.errors import PorismError, Span, nearest

if TYPE_CHECKING:
    from lark import Lark, Token
    from lark import Tree as Parsed

MAX_DIGITS = 1000
MAX_LENGTH = 100_000
MAX_NESTING = 200

CONSTANTS: dict[str, sympy.Expr] = {
    "pi": sympy.pi,
    "π": sympy.pi,
    "e": sympy.E,
    "E": sympy.E,
    "i": sympy.I,
    "I": sympy.I,
    "oo": sympy.oo,
}

FUNCTIONS: dict[str, tuple[int, Callable[..., sympy.Expr]]] = {
    "exp": (1, sympy.exp),
    "ln": (1, sympy.log),
    "sqrt": (1, sympy.sqrt),
    "inv": (1, lambda u: 1 / u),
    "half": (1, lambda u: u / 2),
    "minus": (1, lambda u: -u),
    "sqr": (1, lambda u: u**2),
    "sigmoid": (1, lambda u: 1 / (1 + sympy.exp(-u))),
    "sin": (1, sympy.sin),
    "cos": (1, sympy.cos),
    "tan": (1, sympy.tan),
    "asin": (1, sympy.asin),
    "acos": (1, sympy.acos),
    "atan": (1, sympy.atan),
    "sinh": (1, sympy.sinh),
    "cosh": (1, sympy.cosh),
    "tanh": (1, sympy.tanh),
    "asinh": (1, sympy.asinh),
    "acosh": (1, sympy.acosh),
    "atanh": (1, sympy.atanh),
    "pow": (2, lambda u, v: u**v),
    "avg": (2, lambda u, v: (u + v) / 2),
    "hypot": (2, lambda u, v: sympy.sqrt(u**2 + v**2)),
    "eml": (2, lambda u, v: sympy.exp(u) - sympy.log(v)),
}
ALIASES = {
    **{f"arc{name}": f"a{name}" for name in ("sin", "cos", "tan")},
    **{f"ar{name}": f"a{name}" for name in ("sinh", "cosh", "tanh")},
    **{f"arc{name}": f"a{name}" for name in ("sinh", "cosh", "tanh")},
}
NOT_ELEMENTARY = {"gamma", "Gamma", "erf", "zeta", "beta", "factorial", "lambertw", "besselj"}
NOT_HOLOMORPHIC = {
    "abs",
    "Abs",
    "re",
    "Re",
    "im",
    "Im",
    "conj",
    "conjugate",
    "arg",
    "sign",
    "floor",
}


def read(text: str, operator: Operator = EML) -> Tree | sympy.Expr:
    """A command's argument: a tree where it reads as RPN, else an expression."""
    if text.strip() in CONSTANTS or not looks_like_rpn(text, operator):
        return parse_expression(text)
    return parse_rpn(text, operator)


def parse_expression(text: str) -> sympy.Expr:
    """The SymPy expression that a text denotes.

    Raises
    ------
    PorismError : with the place and the nearest valid thing.

    Examples
    --------
    >>> parse_expression("x^2 + 1/2")
    x**2 + 1/2
    """
    from lark import UnexpectedInput

    if len(text) > MAX_LENGTH or _nesting(text) > MAX_NESTING:
        raise PorismError(
            f"The expression is too large: at most {MAX_LENGTH:,} characters and "
            f"{MAX_NESTING} levels of parentheses are read."
        )
    if "|" in text:
        raise PorismError(
            "|x| is not holomorphic: no expression over eml equals it on the complex numbers.",
            Span("<expression>", 1, text.index("|") + 1, text),
            hint="On real numbers, sqrt(x^2) is |x|.",
        )
    try:
        return _build(text, _parser().parse(text))
    except UnexpectedInput as error:
        token = getattr(error, "token", None)
        ended = not text.strip() or (token is not None and token.type == "$END")
        at = len(text.rstrip()) + 1 if ended else max(1, error.column)
        why = (
            "The expression is not complete."
            if ended
            else f"'{text[at - 1 : at]}' does not fit here."
        )
        raise PorismError(
            why, Span("<expression>", 1, at, text), hint="Write x^2 + sin(2*x), or RPN: 11xE1EE."
        ) from None


@lru_cache(maxsize=1)
def _parser() -> Lark:
    from lark import Lark

    grammar = files("eml").joinpath("expression.lark").read_text(encoding="utf-8")
    return Lark(grammar, parser="lalr")


def _nesting(text: str) -> int:
    depth = deepest = 0
    for character in text:
        depth += (character == "(") - (character == ")")
        deepest = max(deepest, depth)
    # A run of signs or powers nests too.
    return deepest + max(text.count("^"), text.count("**"), text.count("--"), 0)


def _build(text: str, parsed: Parsed[Token] | Token) -> sympy.Expr:
    """The expression of a parse tree; sums and products are long on the left, so that is a loop."""
    chain: list[Parsed[Token]] = []
    current: Any = parsed
    while current.data in ("add", "sub", "mul", "div"):
        chain.append(current)
        current = current.children[0]
    value = _single(text, current)
    for link in reversed(chain):
        other = _build(text, link.children[1])
        if link.data == "div" and other == 0:
            raise PorismError("The expression divides by zero.", Span("<expression>", 1, 1, text))
        value = {
            "add": lambda a, b: a + b,
            "sub": lambda a, b: a - b,
            "mul": lambda a, b: a * b,
            "div": lambda a, b: a / b,
        }[str(link.data)](value, other)
    return value


def _single(text: str, parsed: Any) -> sympy.Expr:
    children = parsed.children
    match parsed.data:
        case "neg":
            return -_build(text, children[0])
        case "pow":
            return _power(text, _build(text, children[0]), _build(text, children[1]))
        case "number":
            if len(children[0]) > MAX_DIGITS or _exponent(children[0]) > MAX_DIGITS:
                raise _error(text, children[0], "The number has too many digits.")
            return sympy.Rational(str(children[0]))
        case "name":
            return _name(text, children[0])
        case _:
            return _call(text, children[0], [_build(text, c) for c in children[1:]])


def _exponent(number: str) -> int:
    _, _, exponent = number.lower().partition("e")
    return abs(int(exponent[:9] or 0))


def _power(text: str, base: sympy.Expr, exponent: sympy.Expr) -> sympy.Expr:
    if base.is_Rational and exponent.is_Rational:
        size = max(abs(base.p), base.q).bit_length() * max(abs(exponent.p) // exponent.q, 1)
        if size > 4 * MAX_DIGITS:
            raise PorismError("The power has too many digits.", Span("<expression>", 1, 1, text))
    for part in (base, exponent):
        _check_size(part, text)
    if base == 0 and exponent.is_negative:
        raise PorismError("The expression divides by zero.", Span("<expression>", 1, 1, text))
    return base**exponent


def _check_size(number: sympy.Expr, text: str, token: Token | None = None) -> None:
    """Refuse towers such as exp(exp(exp(exp(3)))), which SymPy would compute to the end."""
    if number.free_symbols or number.is_Atom:
        return
    try:
        value = value_of(number, {}, 15)
    except PorismError:
        value = mpmath.inf
    if mpmath.isinf(value) or (mpmath.isfinite(value) and mpmath.mag(value) > LARGEST):
        why = "The number is too large to compute with."
        raise (
            _error(text, token, why)
            if token
            else PorismError(why, Span("<expression>", 1, 1, text))
        )


def _name(text: str, token: Token) -> sympy.Expr:
    name = str(token)
    if name in CONSTANTS:
        return CONSTANTS[name]
    if name in FUNCTIONS or name in ALIASES or name == "log":
        raise _error(text, token, f"The function {name} needs arguments.")
    if name[0].islower() and name.isascii():
        return sympy.Symbol(name)
    raise _error(
        text, token, f"'{name}' is neither a constant nor a variable.", "Variables are lower case."
    )


def _call(text: str, token: Token, arguments: list[sympy.Expr]) -> sympy.Expr:
    name = ALIASES.get(str(token), str(token))
    for argument in arguments:
        _check_size(argument, text, token)
    if name == "log" and len(arguments) in (1, 2):
        return sympy.log(*arguments)
    if name in FUNCTIONS:
        arity, function = FUNCTIONS[name]
        if len(arguments) != arity:
            raise _error(
                text,
                token,
                f"{name} takes {arity} argument{'s' * (arity > 1)}, not {len(arguments)}.",
            )
        return function(*arguments)
    if name in NOT_ELEMENTARY:
        raise _error(
            text,
            token,
            f"{name} is not an elementary function: no expression over eml equals it.",
        )
    if name in NOT_HOLOMORPHIC:
        raise _error(
            text,
            token,
            f"{name} is not holomorphic: no expression over eml equals it on the complex numbers.",
            "On real numbers, sqrt(x^2) is |x|." if name.lower() == "abs" else "",
        )
    known = [*FUNCTIONS, *ALIASES, "log"]
    raise _error(
        text,
        token,
        f"There is no function '{name}'.",
        nearest(name, known) or f"There are {', '.join(sorted(FUNCTIONS))} and log.",
    )


def _error(text: str, token: Token, why: str, hint: str = "") -> PorismError:
    span = Span("<expression>", token.line or 1, token.column or 1, text, len(token))
    return PorismError(why, span, hint=hint)
