"""Two sides at some points: REFUTED by disjoint balls, NUMERIC, or UNKNOWN."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, TypeAlias

import mpmath
import sympy

from eml import balls
from eml.derive import TreeNormalizer
from eml.evaluate import measured
from eml.laws import Proof, Unprovable
from eml.normal import Normalizer
from eml.numeric import value_of
from eml.regions import variables_of
from eml.semantics import Semantics
from eml.tree import Tree
from logic.errors import PorismError
from proofs.verdict import Verdict

Side: TypeAlias = "Tree | sympy.Expr"

MOST_DIGITS = 20_000
"""How far the test follows exp(-huge)."""

SPARE = 25
"""Digits more than asked for, so that most sides are computed once."""

MOST_SHOWN = 40
"""Digits of a value in a refutation."""


def agreement(
    left: Side,
    right: Side,
    points: Sequence[Mapping[str, Any]],
    semantics: Semantics,
    digits: int,
) -> Verdict:
    """REFUTED at a point, NUMERIC, or UNKNOWN if no point could be computed."""
    tested, reason, doubtful, hidden = 0, "", False, False
    asked = digits
    for point in points:
        try:
            # exp(−huge) is not 0: it takes as many digits as it has zeros to see that.
            values = [_measured(side, point, semantics, asked + SPARE) for side in (left, right)]
            beyond = max(b for _, b in values)
            digits = asked + min(beyond, MOST_DIGITS)
            hidden = hidden or beyond > MOST_DIGITS
            if beyond > SPARE:
                values = [_measured(side, point, semantics, digits) for side in (left, right)]
        except PorismError as error:
            reason = error.message
            continue
        (a, _), (b, _) = values
        with mpmath.workdps(digits):
            bound = mpmath.mpf(10) ** (3 - digits) * max(1, abs(b))
            differ = a != b if mpmath.isinf(a) or mpmath.isinf(b) else abs(a - b) > bound
        if differ and _apart(left, right, point, semantics, digits):
            shown = {n: str(v) for n, v in point.items()}
            return Verdict("REFUTED", _contrast(a, b, digits), shown)
        if differ:
            doubtful = True
        tested += 1
    if doubtful:
        return Verdict("UNKNOWN", "the values differ, but no ball shows it")
    if not tested:
        return Verdict("UNKNOWN", reason or "no point could be computed")
    where = f"{digits - 3} digits at {tested} point{'s' * (tested != 1)}"
    return Verdict("NUMERIC", where + ", and more digits may differ" * hidden)


def _measured(
    side: Side, point: Mapping[str, Any], semantics: Semantics, digits: int
) -> tuple[Any, int]:
    """The value at a point, and how many digits it takes to tell exp(−huge) from 0."""
    if isinstance(side, Tree):
        with mpmath.workdps(digits + 40):
            exact = {n: mpmath.mpf(int(v.p)) / int(v.q) for n, v in point.items()}
        return measured(side, exact, semantics, digits)
    value = value_of(side, point, digits)
    if mpmath.isnan(value):
        raise PorismError("The expression is undefined at the test points.")
    return value, 0


def _apart(
    left: Side, right: Side, point: Mapping[str, Any], semantics: Semantics, digits: int
) -> bool:
    """Whether balls around the two values are disjoint."""
    try:
        return balls.disjoint(
            *(_ball(side, point, semantics, digits + 30) for side in (left, right))
        )
    except (balls.Undecided, PorismError):
        return False


def _ball(side: Side, point: Mapping[str, Any], semantics: Semantics, digits: int) -> balls.Ball:
    if isinstance(side, Tree):
        zeros: frozenset[int] = frozenset()
        if semantics.extended:
            proof = Proof(variables_of(side.variables), [])
            normalizer = TreeNormalizer(Normalizer(proof), semantics)
            with suppress(Unprovable):
                normalizer.normal(side)
            zeros = normalizer.zeros()
        return balls.enclose(side, point, semantics, digits, zeros)
    return balls.enclose_expression(side, point, digits)


def _contrast(a: Any, b: Any, digits: int) -> str:
    """Two values with as many digits as it takes to see that they differ."""
    with mpmath.workdps(digits):
        size, gap = max(abs(a), abs(b)), abs(a - b)
        same = 0 if mpmath.isinf(size) or mpmath.isnan(gap) else int(mpmath.log10(size / gap)) + 1
        if same + 4 > MOST_SHOWN:
            return f"{_show(a, 12)} there, and the other is less by {_show(a - b, 6)}"
        count = max(12, same + 4)
        return f"{_show(a, count)} there against {_show(b, count)}"


def _show(value: Any, digits: int) -> str:
    return str(mpmath.nstr(value, digits)).replace("j", "i")
