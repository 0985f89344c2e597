"""The shortest tree for a target: forward from the leaves, then backward from the target.

Forward, every value of a tree up to some K is tabled with its shortest tree, a value being the
vector of the tree at several witness points (:mod:`eml._search`). Backward, an outer eml with one
known argument is inverted, b = exp(exp a − T) and a = ln(T + ln b) with its neighbouring branches,
and the other argument is looked up; where it is larger than the table, it is peeled again.

Equal at the witness points to 30 bits is only a sieve: what it lets through is computed to 60
digits beyond the largest intermediate magnitude, and then proved where :mod:`eml.prove` can.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from dataclasses import dataclass, field
from typing import TypeVar

import mpmath
import numpy as np
import sympy

from eml._search import Table
from eml.evaluate import measured
from eml.numeric import value_of
from eml.rpn import parse_rpn
from eml.semantics import Semantics
from eml.tree import Tree
from logic.budget import Budget
from logic.errors import PorismError

T = TypeVar("T")

WITNESSES: tuple[dict[str, str], ...] = (
    # Euler's γ and Glaisher's constant; the reciprocal Fibonacci constant and Khinchin's: below 1
    # and above e, and nobody expects a formula that joins them.
    {"x": "0.57721566490153286061", "y": "1.28242712910062263688"},
    {"x": "3.35988566624317755317", "y": "2.68545200106530644531"},
)
DIGITS = 60
MOST_DIGITS = 20_000
RESERVE = 0.2
"""The part of a memory budget that is not the table's."""


@dataclass(frozen=True)
class Found:
    """The result of a search.

    Attributes
    ----------
    tree : the shortest tree found, or None.
    complete : no shorter tree than this K exists, as far as values differ at the witness points by
        more than 2^-44 of their size and all intermediate ones are within a double's range.
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


@dataclass
class Enumeration:
    """All values of trees over some variables, by K, under a semantics; it grows on demand.

    Parameters
    ----------
    variables : the leaves besides 1; none, ``x``, or ``x`` and ``y``, or any with witnesses.
    semantics : in which trees are read.
    witnesses : variable → value as text, for each point; by default one point for constants and two
        for functions.
    memory : bytes that the table may take.
    workers : how many threads grow it.
    """

    variables: tuple[str, ...]
    semantics: Semantics = Semantics.COMPLEX_EXTENDED
    witnesses: Sequence[Mapping[str, str]] = ()
    memory: int = 3 * 1024**3
    workers: int = 0
    candidates: int = 0
    lookups: int = 0
    k: int = 1
    _table: Table = field(init=False)
    _pending: bool = False

    def __post_init__(self) -> None:
        if self.semantics.is_real and any(
            mpmath.im(mpmath.mpmathify(v)) for w in self.witnesses for v in w.values()
        ):
            raise PorismError(f"A witness is not real, and the semantics is {self.semantics}.")
        self.workers = self.workers or min(4, os.cpu_count() or 1)
        self.witnesses = self.witnesses or (WITNESSES if self.variables else WITNESSES[:1])
        for name in self.variables:
            if any(name not in witness for witness in self.witnesses):
                raise PorismError(
                    f"The search has no witness for the variable {name}.",
                    hint="Call the variables x and y.",
                )
        names = "1" + "".join(self.variables)
        values = [[1.0 + 0j] * len(self.witnesses)] + [
            [complex(mpmath.mpmathify(w[name])) for w in self.witnesses] for name in self.variables
        ]
        self._table = Table(
            names,
            self._bytes(values),
            len(self.witnesses),
            1 if self.semantics.is_real else 2,
            self.semantics.extended,
            self.semantics is Semantics.COMPLEX_LOWER,
            max(1, int(self.memory * (1 - RESERVE))),
        )

    def _bytes(self, values: Sequence[Sequence[complex]] | Sequence[complex]) -> bytes:
        array = np.array(values, complex)
        return bytes((array.real if self.semantics.is_real else array).copy().tobytes())

    @property
    def levels(self) -> list[int]:
        """How many values have their shortest tree at K = 1, 3, 5, ..."""
        return self._table.levels()

    @property
    def used(self) -> int:
        """Bytes in use."""
        return self._table.memory()

    def grow(self, k: int, budget: Budget | None = None) -> bool:
        """Enumerate up to K, further than it was; false if a budget struck before."""
        while self.k + 2 <= k:
            self._give_values(budget)
            try:
                made = self._share(self._table.grow, budget)
            except MemoryError:
                if budget:
                    budget.struck = budget.struck or "memory"
                return False
            if made is None:
                return False
            self.candidates += int(made[0])
            self._table.close()
            self._pending = True
            self.k += 2
        return True

    def _give_values(self, budget: Budget | None) -> None:
        if self._pending:
            self._table.widen()
            self._share(self._table.value, None)
            self._pending = False

    def _share(self, work: Callable[[int, int], T], budget: Budget | None) -> list[T] | None:
        """The work of each worker; None if the budget struck and the table is not to be used."""
        self._table.stop(False)
        with ThreadPoolExecutor(self.workers) as pool:
            jobs = [pool.submit(work, i, self.workers) for i in range(self.workers)]
            waiting = set(jobs)
            try:
                while waiting:
                    _, waiting = wait_for(waiting, timeout=0.05)
                    if budget is not None and waiting and budget.spent():
                        self._table.stop(True)
                        wait_for(waiting)
                        return None
            except BaseException:
                self._table.stop(True)
                raise
            return [job.result() for job in jobs]

    def find(self, target: Sequence[complex]) -> list[Tree]:
        """The tabled trees near these values at the witness points, the shortest first."""
        trees = map(parse_rpn, self._table.find(self._bytes(target)))
        return sorted(trees, key=lambda tree: tree.k)

    def peel(
        self, target: Sequence[complex], k: int, budget: Budget | None = None
    ) -> tuple[list[Tree], bool]:
        """Trees of exactly K with these values, found backward; and whether these are all."""
        self._give_values(budget)
        value = self._bytes(target)

        def work(worker: int, workers: int) -> tuple[list[str], int, int]:
            return self._table.peel(value, (k - 1) // 2, worker, workers)

        results = self._share(work, budget)
        if results is None:
            return [], False
        self.lookups += sum(looked for _, looked, _ in results)
        texts = sorted({text for found, _, _ in results for text in found})
        return [parse_rpn(text) for text in texts], not any(cut for *_, cut in results)


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
    complete, tree, stopped = -1, None, ""
    k = 1
    while k <= max_k:
        if progress:
            progress(f"K = {k}: {table.candidates:,} candidates, {table.lookups:,} look-ups")
        if k <= max(forward, table.k):
            if not table.grow(k, budget):
                stopped = budget.struck if budget else "memory"
                break
            found = table.find(values)
        else:
            found, whole = table.peel(values, k, budget)
            if not whole and not any(verified(t, target, table) for t in found):
                stopped = budget.struck if budget else ""
                break
        tree = next((t for t in found if verified(t, target, table)), None)
        complete = tree.k if tree else k
        if tree is not None:
            break
        k += 2
    return Found(
        tree,
        complete,
        table.semantics,
        table.candidates - before[0],
        table.lookups - before[1],
        stopped,
    )


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
