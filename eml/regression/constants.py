"""Constants of an expression: fitted by least squares, and recognised where that is warranted.

Fitting is Levenberg and Marquardt's (``scipy.optimize.least_squares``, MINPACK). A fitted constant
is taken for a simple number (a rational, a multiple of π, e or a root) if the data allow that
number and would hardly have allowed one as simple by chance: the number of candidates at least as
simple, times the part of the axis that the data leave open, must be below 1 in 50. This is the
stopping rule of Odrzywołek (arXiv:2002.12690: no more formulas than 1/σ), put for each constant.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

from eml.regression.macros import Node, constants, evaluate, with_constants
from logic.budget import Budget

Floats: TypeAlias = NDArray[np.float64]

CHANCE = 0.02
"""The expected number of chance finds above which a constant is not recognised."""

LOST = 1e60
"""A residual as large as this, or undefined, is a failure."""

AXIS = 14.0
"""The length of the axis of constants, in natural logarithms: from 10⁻³ to 10³."""

BASES = (
    ("1", 0.0),
    ("pi", 3.0),
    ("1/pi", 3.0),
    ("pi^2", 4.5),
    ("1/pi^2", 4.5),
    ("e", 4.0),
    ("1/e", 4.0),
    ("sqrt(2)", 3.0),
    ("sqrt(3)", 4.0),
    ("sqrt(5)", 5.0),
    ("sqrt(pi)", 4.5),
    ("1/sqrt(pi)", 4.5),
    ("1/sqrt(2*pi)", 4.5),
    ("1/pi^3", 6.0),
    ("pi^3", 6.0),
    ("ln(2)", 5.0),
    ("exp(2)", 6.0),
)


class _Stopped(Exception):
    """The budget struck within a fit."""


@dataclass(frozen=True)
class Fit:
    """Constants with their standard errors, and the weighted mean square error."""

    node: Node
    errors: Floats
    mse: float


def fit(
    node: Node,
    columns: Sequence[Floats],
    y: Floats,
    weights: Floats | None = None,
    fine: bool = True,
    budget: Budget | None = None,
) -> Fit | None:
    """The constants of a node that fit best near those it has; None where it is undefined.

    Parameters
    ----------
    budget : when to give up.
    fine : go on to the last digit; else stop where the error falls by less than a millionth.
    """
    start = np.array(constants(node))
    root = None if weights is None else np.sqrt(weights)

    def residuals(values: Floats) -> Floats:
        if budget is not None and budget.spent():
            raise _Stopped
        made = evaluate(with_constants(node, values.tolist()), columns)
        off = made - y if root is None else (made - y) * root
        return np.where(np.abs(off) < LOST, off, LOST)

    try:
        first = residuals(start)
    except _Stopped:
        return None
    if not len(start):
        mse = float(np.mean(first**2)) if np.abs(first).max() < LOST else math.inf
        return Fit(node, np.empty(0), mse) if math.isfinite(mse) else None
    if np.abs(first).max() >= LOST or len(y) < len(start):
        return None
    size = np.where(start != 0, np.abs(start), 1.0)
    try:
        with np.errstate(all="ignore"):
            solved = least_squares(
                lambda u: residuals(u * size),
                start / size,
                method="lm",
                max_nfev=(40 if fine and len(start) < 6 else 15) * (len(start) + 1),
                xtol=1e-15 if fine else 1e-8,
                ftol=1e-15 if fine else 1e-6,
                gtol=1e-15,
            )
    except (ValueError, FloatingPointError, np.linalg.LinAlgError, _Stopped):
        return None
    values, jacobian = solved.x * size, solved.jac / size
    if not np.isfinite(jacobian).all():
        return None
    rest = solved.fun
    if (rest @ rest) > (first @ first):
        values, rest = start, first
    mse = float(np.mean(rest**2))
    if not math.isfinite(mse):
        return None
    free = max(1, len(y) - len(start))
    with np.errstate(all="ignore"):
        lengths = np.linalg.norm(jacobian, axis=0) + 1e-300
        unit = jacobian / lengths
        inverse = np.linalg.pinv(unit.T @ unit, rcond=1e-14) / np.outer(lengths, lengths)
        covariance = inverse * float(rest @ rest) / free
        errors = np.sqrt(np.maximum(np.diag(covariance), 0)) + 4e-15 * np.abs(values)
    return Fit(with_constants(node, values.tolist()), errors, mse)


def recognise(value: float, error: float) -> tuple[str, float] | None:
    """A simple number that a constant may be taken for, with its bits; None if not warranted.

    Parameters
    ----------
    error : the constant's standard error.

    Examples
    --------
    >>> recognise(0.07957747, 1e-7)[0]
    '1/(4*pi)'
    """
    if abs(value) <= 3 * error:
        return "0", 1.0
    texts, values, bits = _simple_numbers()
    window = 3 * error + 1e-11 * abs(value)
    size = abs(value)
    low, high = np.searchsorted(values, [size - window, size + window])
    if low >= high:
        return None
    at = low + int(np.argmin(bits[low:high]))
    width = 2 * window / size
    simpler = int((bits <= bits[at]).sum())
    if simpler * width / AXIS > CHANCE:
        return None
    return (texts[at] if value > 0 else f"-({texts[at]})"), float(bits[at]) + 1


@lru_cache(maxsize=1)
def _simple_numbers() -> tuple[list[str], Floats, Floats]:
    """Numbers sorted by value, with the bits it takes to say each."""
    from eml.expression import parse_expression

    made: dict[float, tuple[float, str]] = {}
    for base, extra in BASES:
        scale = float(parse_expression(base))
        top = 1000 if base == "1" else 64
        for q in range(1, 101 if base == "1" else 33):
            for p in range(1, top + 1):
                if math.gcd(p, q) > 1 or p * q > 6400:
                    continue
                value = p / q * scale
                cost = math.log2(p) + math.log2(q) + (q > 1) + extra
                # Powers of ten and of two are what people write.
                if base == "1" and q in (10, 100, 20, 50):
                    cost -= 1.5
                key = float(f"{value:.12g}")
                if key not in made or cost < made[key][0]:
                    made[key] = (cost, _text(p, q, base))
    ordered = sorted(made.items())
    return (
        [text for _, (_, text) in ordered],
        np.array([value for value, _ in ordered]),
        np.array([cost for _, (cost, _) in ordered]),
    )


def _text(p: int, q: int, base: str) -> str:
    if base == "1":
        return str(p) if q == 1 else f"{p}/{q}"
    if base.startswith("1/"):
        below = base[2:] if q == 1 else f"({q}*{base[2:].strip('()')})"
        if base.startswith("1/sqrt"):
            below = base[2:] if q == 1 else f"({q}*{base[2:]})"
        return f"{p}/{below}"
    return "*".join([*([str(p)] if p > 1 else []), base]) + (f"/{q}" if q > 1 else "")


def recognised(
    node: Node,
    columns: Sequence[Floats],
    y: Floats,
    weights: Floats | None = None,
    budget: Budget | None = None,
) -> tuple[Node, float, bool]:
    """The node with its constants replaced by simple numbers, one after the other.

    After each replacement the others are fitted again, so that the next one is known better. A
    replacement that the data refuse is taken back.

    Returns
    -------
    the node, the bits of the recognised constants, and whether all of them were.
    """
    bits = 0.0
    made = fit(node, columns, y, weights, budget=budget)
    if made is None:
        return node, 0.0, False
    refused: set[int] = set()
    while True:
        values = constants(made.node)
        relative = made.errors / np.maximum(np.abs(values), 1e-300)
        relative[relative > 1 / 3] = 0  # what may be zero is tried first
        for i in np.argsort(relative, kind="stable").tolist():
            if i in refused:
                continue
            if budget is not None and budget.spent():
                return made.node, bits, not values
            found = recognise(values[i], float(made.errors[i]))
            if found is None:
                continue
            trial = fit(_fixed(made.node, i, found[0]), columns, y, weights, budget=budget)
            # Noise allows a rise of the error by chance: ln n nats is beyond it.
            bound = made.mse * (1 + 2 * math.log(len(y)) / len(y)) + _floor(y)
            if trial is not None and trial.mse <= bound:
                made, bits = trial, bits + found[1]
                refused = set()
                break
            refused.add(i)
        else:
            return made.node, bits, not constants(made.node)


def _floor(y: Floats) -> float:
    return float((3e-14 * np.sqrt(np.mean(y**2))) ** 2)


def _fixed(node: Node, index: int, text: str) -> Node:
    """The node with its constant of that number replaced by an exact one."""
    count = -1

    def rebuild(part: Node) -> Node:
        nonlocal count
        if part[0] == "c":
            count += 1
            return ("n", text) if count == index else part
        if part[0] in "xn":
            return part
        return (part[0], *map(rebuild, part[1:]))

    return simplified(rebuild(node))


def simplified(node: Node) -> Node:
    """The node without sums with 0 and products with 0 or 1."""
    if node[0] in "xcn":
        return node
    inner = tuple(simplified(child) for child in node[1:])
    zero, one = ("n", "0"), ("n", "1")
    match node[0]:
        case "add" if zero in inner:
            return inner[1] if inner[0] == zero else inner[0]
        case "sub" if inner[1] == zero:
            return inner[0]
        case "mul" if zero in inner:
            return zero
        case "mul" if one in inner:
            return inner[1] if inner[0] == one else inner[0]
        case "div" if inner[1] == one or inner[0] == zero:
            return inner[0]
    return (node[0], *inner)
