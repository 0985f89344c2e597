"""The shortest tree for a target: forward from the leaves, then backward from the target.

Forward, every value of a tree up to some K is tabled with its shortest tree, a value being the
vector of the tree at several witness points (:mod:`eml._search`). Backward, an outer eml with one
known argument is inverted, b = exp(exp a − T) and a = ln(T + ln b) with its neighbouring branches,
and the other argument is looked up; where it is larger than the table, it is peeled again.

Equal at the witness points to 30 bits is only a sieve: what it lets through is computed to 60
digits beyond the largest intermediate magnitude, and then proved where :mod:`eml.prove` can.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import mpmath
import sympy

from eml.enumeration import WITNESSES, Enumeration
from eml.evaluate import measured
from eml.numeric import value_of
from eml.semantics import Semantics
from eml.tree import Tree
from logic.budget import Budget
from logic.errors import PorismError

DIGITS = 60
MOST_DIGITS = 20_000


@dataclass(frozen=True)
class Found:
    """The result of a search.

    Attributes
    ----------
    tree : the shortest tree found, or None.
    complete : no shorter tree than this K exists, as far as values differ at the witness points by
        more than 2^-44 of their size, all intermediate ones are within a double's range, and no
        difference is the same double as one of its two sides.
    candidates : pairs (a, b) whose eml was computed and looked up, forward.
    lookups : values looked up, backward.
    """

    tree: Tree | None
    complete: int
    semantics: Semantics
    candidates: int = 0
    lookups: int = 0
    stopped: str = ""

    @property
    def k(self) -> int | None:
        return self.tree.k if self.tree else None


def search(
    target: sympy.Expr,
    max_k: int,
    semantics: Semantics = Semantics.COMPLEX_EXTENDED,
    *,
    forward: int | None = None,
    budget: Budget | None = None,
    enumeration: Enumeration | None = None,
    progress: Callable[[str], None] | None = None,
) -> Found:
    """The shortest tree that equals a target at the witness points, and to which K that is all.

    Parameters
    ----------
    target : a constant or a function of ``x``, or of ``x`` and ``y``.
    max_k : where to stop.
    forward : K up to which values are tabled; by default 31, 19 and 15 for no, one and two
        variables.
    budget : what may end the search early; the result tells how far it came.
    enumeration : one to go on with, for several targets or a further call.

    Raises
    ------
    PorismError : the target is undefined at the witness points under the semantics.
    """
    names = tuple(sorted(s.name for s in target.free_symbols))
    table = enumeration or Enumeration(names, semantics)
    if forward is None:
        forward = {0: 31, 1: 19}.get(len(table.variables), 15)
    values = target_values(target, table)
    before = table.candidates, table.lookups
    name = str(target)
    complete, tree, stopped = table.searched.get(name, -1), None, ""
    k = complete + 2
    while k <= max_k:
        if progress:
            progress(f"K = {k}: {table.candidates:,} candidates, {table.lookups:,} look-ups")
        try:
            found, whole = _trees_of(table, values, k, max(forward, table.k), budget)
        except MemoryError:
            stopped = "memory"
            break
        tree = next((t for t in found if verified(t, target, table)), None)
        if tree is None and not whole:
            stopped = (budget.struck if budget else "") or "memory"
            break
        complete = tree.k if tree else k
        if tree is not None:
            break
        table.searched[name] = k
        k += 2
    return Found(
        tree,
        complete,
        table.semantics,
        table.candidates - before[0],
        table.lookups - before[1],
        stopped,
    )


def _trees_of(
    table: Enumeration,
    values: Sequence[complex],
    k: int,
    forward: int,
    budget: Budget | None,
) -> tuple[list[Tree], bool]:
    """Trees of K, or fewer, with these values; and whether these are all."""
    if k > forward:
        return table.peel(values, k, budget)
    if not table.grow(k, budget):
        return [], False
    return table.find(values), True


def target_values(target: sympy.Expr, table: Enumeration) -> list[complex]:
    """The target at an enumeration's witness points."""
    values = []
    for witness in table.witnesses:
        value = value_of(target, {n: mpmath.mpmathify(v) for n, v in witness.items()}, 30)
        if not mpmath.isfinite(value) or (table.semantics.is_real and mpmath.im(value)):
            where = ", ".join(f"{n} = {str(v)[:8]}" for n, v in witness.items())
            raise PorismError(
                f"The target is undefined under the semantics {table.semantics} at {where}."
                if target.free_symbols
                else f"The target has no value under the semantics {table.semantics}."
            )
        values.append(complex(value))
    return values


def verified(tree: Tree, target: sympy.Expr, table: Enumeration) -> bool:
    """Whether the tree is the target to 60 digits, at every witness."""
    return all(
        agrees(tree, target, point, table.semantics)
        for point in ({n: mpmath.mpmathify(v) for n, v in w.items()} for w in table.witnesses)
    )


def agrees(
    tree: Tree, target: sympy.Expr, point: Mapping[str, object], semantics: Semantics
) -> bool:
    """Whether the tree is the target to 60 digits beyond its magnitude at a point.

    1/(2 − exp(−exp(exp(e − 1)))) is 1/2 to 114 digits, and not 1/2.
    """
    try:
        left, beyond = measured(tree, point, semantics, DIGITS)
        digits = DIGITS + beyond
        if digits > MOST_DIGITS:
            return False
        if beyond:
            left, _ = measured(tree, point, semantics, digits)
        right = value_of(target, point, digits)
    except PorismError:
        return False
    with mpmath.workdps(digits):
        return bool(abs(left - right) <= mpmath.mpf(10) ** (5 - digits) * max(1, abs(right)))


def search_many(
    targets: Iterable[sympy.Expr], max_k: int, semantics: Semantics, forward: int | None = None
) -> dict[sympy.Expr, Found]:
    """:func:`search` for several targets of the same variables, over one enumeration."""
    listed = list(targets)
    names = tuple(sorted({s.name for t in listed for s in t.free_symbols}))
    table = Enumeration(names, semantics)
    return {t: search(t, max_k, forward=forward, enumeration=table) for t in listed}


__all__ = [
    "WITNESSES",
    "Enumeration",
    "Found",
    "agrees",
    "search",
    "search_many",
    "target_values",
    "verified",
]
