"""Parts of the real axis on which a form may hold: their test points, premises and names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sympy

from eml.laws import COMPLEX, UNIT, app
from logic.errors import PorismError
from logic.formulas import Atom, Formula
from logic.terms import Var

REGIONS: tuple[tuple[str, tuple[float, ...]], ...] = (
    ("real", (-3.7, -1.9, -0.83, -0.29, 0.31, 0.77, 1.3, 2.2, 3.9)),
    ("> 0", (0.31, 0.77, 1.3, 2.2, 3.9)),
    ("in (-1, 1)", (-0.83, -0.29, 0.31, 0.77)),
    ("in (0, 1)", (0.31, 0.54, 0.77)),
    ("> 1", (1.3, 2.2, 3.9)),
    ("< 0", (-3.7, -1.9, -0.83, -0.29)),
)
"""Where a compiled tree is tried, the largest region first, and the test points of each."""

DOMAINS = ("complex", "real", "positive")
"""What the variables may range over besides, from the weakest assumption to the strongest."""

_FRACTIONS = ("3/7", "5/3", "17/5", "2/9", "7/4", "13/3", "8/11", "5/2")
MOST_POINTS = 6


def check_place(name: str) -> str:
    """The name of a domain or a region, as it is.

    Raises
    ------
    PorismError : there is none.
    """
    known = list(dict.fromkeys([*DOMAINS, *(region for region, _ in REGIONS)]))
    if name not in known:
        raise PorismError(f"There is no domain '{name}'.", hint=f"Choose {', '.join(known)}.")
    return name


def premises_of(place: str, variable: Var) -> list[Formula]:
    """What it means that a variable is in a domain or a region."""
    minus = app("neg", variable)
    real, positive = Atom("real", (variable,)), Atom("positive", (variable,))
    below_one = Atom("positive", (app("+", UNIT, minus),))
    match place:
        case "complex":
            return []
        case "real":
            return [real]
        case "positive" | "> 0":
            return [positive]
        case "in (-1, 1)":
            return [real, Atom("positive", (app("+", UNIT, variable),)), below_one]
        case "in (0, 1)":
            return [positive, below_one]
        case "> 1":
            return [positive, Atom("positive", (app("+", app("neg", UNIT), variable),))]
        case _:
            return [real, Atom("positive", (minus,))]


def variables_of(names: Sequence[str]) -> list[Var]:
    return [Var(name, COMPLEX) for name in names]


def points_of(names: Sequence[str], place: str) -> list[dict[str, Any]]:
    """Rational points of a domain or a region, each a dictionary from names to ``sympy.Rational``;
    one point where there are no variables."""
    values = [sympy.Rational(str(v)) for v in dict(REGIONS).get(place, ())]
    if not values:
        values = [sympy.Rational(text) for text in _FRACTIONS]
        if place != "positive":
            values = [-v if k % 2 else v for k, v in enumerate(values)]
    count = min(MOST_POINTS, len(values)) if names else 1
    if len(values) > count > 1:  # from all of the region, not from its left end
        values = values[:: len(values) // count] if len(values) >= 2 * count else values
        values = sorted(values, key=lambda v: (abs(v), v)) if place in dict(REGIONS) else values
    return [
        {name: values[(k + j * (k + 3)) % len(values)] for j, name in enumerate(names)}
        for k in range(count)
    ]
