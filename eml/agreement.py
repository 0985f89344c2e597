"""Two sides at some points: REFUTED by disjoint balls, NUMERIC, or UNKNOWN."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeAlias

import mpmath
import sympy

from eml import balls
from eml.derive import TreeNormalizer
from eml.evaluate import measured
from eml.laws import Proof, Unprovable
from eml.normal import Normalizer
from eml.numeric import measured_value
from eml.regions import variables_of
from eml.semantics import Semantics
from eml.tree import Tree
from eml.witness import Witness
from logic.errors import PorismError
from proofs.verdict import Verdict

Side: TypeAlias = "Tree | sympy.Expr"

MOST_DIGITS = 10_000
"""How far the test follows exp(-huge)."""

SPARE = 25
"""Digits more than asked for, so that most sides are computed once."""

MOST_SHOWN = 40
"""Digits of a value in a refutation."""


@dataclass(frozen=True)
class Agreement:
    """What the numbers say.

    Attributes
    ----------
    digits : to how many the sides agree, at the point where these are fewest.
    points : those at which both sides could be computed.
    hidden : whether a difference could lie beyond :data:`MOST_DIGITS`.
    refutation : a verdict, where balls are disjoint.
    reason : why nothing is known.
    """

    digits: int = 0
    points: tuple[Mapping[str, Any], ...] = ()
    hidden: bool = False
    refutation: Verdict | None = None
    reason: str = ""

    def verdict(self, in_balls: int | None = None) -> Verdict:
        """REFUTED, NUMERIC or UNKNOWN; the digits are those of balls if these are known."""
        if self.refutation is not None:
            return self.refutation
        if self.reason:
            return Verdict("UNKNOWN", self.reason)
        count = len(self.points)
        where = f"{in_balls or self.digits} digits at {count} point{'s' * (count != 1)}"
        where += ", in balls" * bool(in_balls)
        return Verdict("NUMERIC", where + ", and more digits may differ" * self.hidden)


def agreement(
    left: Side,
    right: Side,
    points: Sequence[Mapping[str, Any]],
    semantics: Semantics,
    digits: int,
) -> Agreement:
    """How far two sides agree at some points: to ``digits`` beyond their largest magnitude."""
    fewest, tested, reason, hidden = MOST_DIGITS, [], "", False
    for point in points:
        try:
            # exp(−huge) is not 0: it takes as many digits as it has zeros to see that.
            values = [_measured(side, point, semantics, digits + SPARE) for side in (left, right)]
            beyond = max(b for _, b in values)
            needed = digits + min(beyond, MOST_DIGITS)
            hidden = hidden or beyond > MOST_DIGITS
            if beyond > SPARE:
                values = [_measured(side, point, semantics, needed) for side in (left, right)]
        except PorismError as error:
            reason = error.message
            continue
        (a, _), (b, _) = values
        with mpmath.workdps(needed):
            bound = mpmath.mpf(10) ** (3 - needed) * max(1, abs(b))
            differ = a != b if mpmath.isinf(a) or mpmath.isinf(b) else abs(a - b) > bound
        if differ and _apart(left, right, point, semantics, needed):
            shown = {n: str(v) for n, v in point.items()}
            return Agreement(refutation=Verdict("REFUTED", _contrast(a, b, needed), shown))
        if differ:
            return Agreement(reason="the values differ, but no ball shows it")
        fewest = min(fewest, needed - 3)
        tested.append(point)
    if not tested:
        return Agreement(reason=reason or "no point could be computed")
    return Agreement(fewest, tuple(tested), hidden)


def enclosed(left: Side, right: Side, found: Agreement, semantics: Semantics) -> int | None:
    """To how many digits balls show the sides to be equal, at all points; None if they do not."""
    digits = found.digits
    with mpmath.workdps(digits + 40):
        for point in found.points:
            try:
                sides = [_ball(side, point, semantics, found.digits + 30) for side in (left, right)]
                digits = min(digits, balls.common_digits(*sides))
            except (balls.Undecided, PorismError):
                return None
    return max(digits, 0)


def _measured(
    side: Side, point: Mapping[str, Any], semantics: Semantics, digits: int
) -> tuple[Any, int]:
    """The value at a point, and how many digits it takes to tell exp(−huge) from 0."""
    if isinstance(side, Tree):
        with mpmath.workdps(digits + 40):
            exact = {n: mpmath.mpf(int(v.p)) / int(v.q) for n, v in point.items()}
        return measured(side, exact, semantics, digits)
    value, beyond = measured_value(side, point, digits)
    if mpmath.isnan(value):
        raise PorismError("The expression is undefined at the test points.")
    return value, beyond


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
            proof = Proof(variables_of(side.variables), [], Witness([point]))
            normalizer = TreeNormalizer(Normalizer(proof), semantics)
            with suppress(Unprovable, RecursionError):
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
            if mpmath.im(a - b) == 0:
                word = "less" if mpmath.re(a - b) > 0 else "greater"
                return f"{_show(a, 12)} there, and the other is {word} by {_show(gap, 6)}"
            return f"{_show(a, 12)} there, and the other differs by {_show(gap, 6)}"
        count = max(12, same + 4)
        return f"{_show(a, count)} there against {_show(b, count)}"


def _show(value: Any, digits: int) -> str:
    with mpmath.workdps(digits + 5):
        return str(mpmath.nstr(+value, digits)).replace("j", "i")
