"""Expressions over macro operators, each of which stands for a known eml tree.

A node is a tuple: ``("x", i)`` the i-th input, ``("c", value)`` a constant to be fitted, ``("n",
text)`` an exact constant, or an operator's name followed by its arguments. The search handles
hundreds of thousands of them; what it keeps becomes a SymPy expression.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np
import sympy
from numpy.typing import NDArray

from eml.expression import parse_expression

Floats: TypeAlias = NDArray[np.float64]
Node: TypeAlias = tuple[Any, ...]

UNARY: dict[str, tuple[Callable[..., Any], Callable[..., Any], int]] = {
    # name: values, SymPy, tokens that it adds to its argument's tree (best known short form)
    "neg": (np.negative, lambda u: -u, 14),
    "inv": (np.reciprocal, lambda u: 1 / u, 14),
    "sq": (np.square, lambda u: u**2, 16),
    "sqrt": (np.sqrt, sympy.sqrt, 42),
    "exp": (np.exp, sympy.exp, 2),
    "ln": (np.log, sympy.log, 6),
    "sin": (np.sin, sympy.sin, 300),
    "cos": (np.cos, sympy.cos, 250),
    "tan": (np.tan, sympy.tan, 500),
    "asin": (np.arcsin, sympy.asin, 300),
    "acos": (np.arccos, sympy.acos, 300),
    "atan": (np.arctan, sympy.atan, 300),
    "sinh": (np.sinh, sympy.sinh, 80),
    "cosh": (np.cosh, sympy.cosh, 88),
    "tanh": (np.tanh, sympy.tanh, 100),
}
BINARY: dict[str, tuple[Callable[..., Any], Callable[..., Any], int]] = {
    "add": (np.add, lambda u, v: u + v, 17),
    "sub": (np.subtract, lambda u, v: u - v, 9),
    "mul": (np.multiply, lambda u, v: u * v, 15),
    "div": (np.divide, lambda u, v: u / v, 15),
    "pow": (np.power, lambda u, v: u**v, 23),
}

ONE: Node = ("n", "1")


def constant(value: float) -> Node:
    """A constant to be fitted, with its value so far."""
    return ("c", float(value))


@lru_cache(maxsize=4096)
def exact_value(text: str) -> float:
    """The value of an exact constant."""
    return float(parse_expression(text))


def evaluate(node: Node, columns: Sequence[Floats], memo: dict[Node, Any] | None = None) -> Any:
    """The values of a node at each row; nan or ±inf where it is undefined.

    Parameters
    ----------
    columns : the inputs, one array each.
    memo : values of parts, kept between calls on the same columns.
    """
    with np.errstate(all="ignore"):
        return _evaluate(node, columns, {} if memo is None else memo)


def _evaluate(node: Node, columns: Sequence[Floats], memo: dict[Node, Any]) -> Any:
    head = node[0]
    if head == "x":
        return columns[node[1]]
    if head == "c":
        return node[1]
    if head == "n":
        return exact_value(node[1])
    found = memo.get(node)
    if found is None:
        if head in UNARY:
            inner = np.asarray(_evaluate(node[1], columns, memo), float)
            found = UNARY[head][0](inner)
        else:
            a = np.asarray(_evaluate(node[1], columns, memo), float)
            found = BINARY[head][0](a, _evaluate(node[2], columns, memo))
        memo[node] = found
    return found


def parts(node: Node) -> Iterator[Node]:
    """The node and all below, each occurrence once, the node first."""
    yield node
    if node[0] not in "xcn":
        for child in node[1:]:
            yield from parts(child)


def size(node: Node) -> int:
    """How many operators, inputs and constants there are."""
    return sum(1 for _ in parts(node))


def constants(node: Node) -> list[float]:
    """The values of the constants to be fitted, from left to right."""
    return [part[1] for part in parts(node) if part[0] == "c"]


def with_constants(node: Node, values: Sequence[float]) -> Node:
    """The node with other values for its constants, from left to right."""
    left = iter(values)

    def rebuild(part: Node) -> Node:
        if part[0] == "c":
            return ("c", float(next(left)))
        if part[0] in "xn":
            return part
        return (part[0], *map(rebuild, part[1:]))

    return rebuild(node)


def substitute(node: Node, inputs: Mapping[int, Node]) -> Node:
    """The node with nodes in place of inputs."""
    if node[0] == "x":
        return inputs.get(node[1], node)
    if node[0] in "cn":
        return node
    return (node[0], *(substitute(child, inputs) for child in node[1:]))


def tokens(node: Node) -> int:
    """An estimate of K: the tokens of the eml tree if each macro is replaced by its tree."""
    total = 0
    for part in parts(node):
        if part[0] in UNARY:
            total += UNARY[part[0]][2]
        elif part[0] in BINARY:
            total += BINARY[part[0]][2]
        else:
            total += 1 if part[0] != "n" or part[1] == "1" else 19
    return total


def to_sympy(node: Node, symbols: Sequence[sympy.Symbol]) -> sympy.Expr:
    """The node as an expression over the inputs' symbols."""
    head = node[0]
    if head == "x":
        return symbols[node[1]]
    if head == "c":
        return sympy.Float(node[1], 17)
    if head == "n":
        return parse_expression(node[1])
    arguments = [to_sympy(child, symbols) for child in node[1:]]
    table = UNARY if head in UNARY else BINARY
    result: sympy.Expr = table[head][1](*arguments)
    return result


def outward(node: Node) -> Node:
    """The node with c · exp(u) for exp(u + c): laws have the first kind of constant."""
    if node[0] in "xcn":
        return node
    inner = tuple(outward(child) for child in node[1:])
    if node[0] == "exp" and inner[0][0] == "add" and inner[0][2][0] == "c":
        below = float(np.exp(min(700.0, inner[0][2][1])))
        return ("mul", constant(below), ("exp", inner[0][1]))
    return (node[0], *inner)


def monomial(exponents: Sequence[float], inputs: Sequence[Node]) -> Node:
    """∏ inputᵉ, with quotients, squares and roots where exponents call for them."""
    above: list[Node] = []
    below: list[Node] = []
    for node, exponent in zip(inputs, exponents, strict=True):
        if exponent:
            (above if exponent > 0 else below).append(power(node, abs(exponent)))
    top = product(above)
    bottom = product(below)
    if bottom is None:
        return ONE if top is None else top
    return ("inv", bottom) if top is None else ("div", top, bottom)


def power(node: Node, exponent: float) -> Node:
    """The node to a positive power."""
    if exponent == 1:
        return node
    if exponent == 2:
        return ("sq", node)
    if exponent == 0.5:
        return ("sqrt", node)
    rational = sympy.nsimplify(exponent, rational=True, tolerance=1e-9)
    return ("pow", node, ("n", str(rational)))


def product(nodes: Sequence[Node]) -> Node | None:
    result: Node | None = None
    for node in nodes:
        result = node if result is None else ("mul", result, node)
    return result


def linear(coefficients: Sequence[float], nodes: Sequence[Node], offset: float) -> Node:
    """offset + Σ coefficient · node, all of them constants to be fitted; zeros are left out."""
    result: Node | None = None
    for value, node in zip(coefficients, nodes, strict=True):
        if value:
            term: Node = ("mul", constant(value), node)
            result = term if result is None else ("add", result, term)
    if result is None:
        return constant(offset)
    return ("add", result, constant(offset)) if offset else result
