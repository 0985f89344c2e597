"""``Enumeration``: all values of trees by K, under a semantics, growing on demand.

The table itself is in C (:mod:`eml._search`, ``eml/core/``); this is its memory, its workers, and
the file from which an interrupted search goes on.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from dataclasses import dataclass, field
from typing import TypeVar
from zipfile import BadZipFile

import mpmath
import numpy as np

from eml._search import Table
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
RESERVE = 0.2
"""The part of a memory budget that is not the table's."""

PARTITIONS = 4
FORMAT = "porism eml search 1"


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

    Attributes
    ----------
    candidates : pairs (a, b) whose eml was computed and looked up.
    lookups : values looked up backward.
    k : up to which the table is complete.
    searched : target → K up to which it has been searched in vain.
    """

    variables: tuple[str, ...]
    semantics: Semantics = Semantics.COMPLEX_EXTENDED
    witnesses: Sequence[Mapping[str, str]] = ()
    memory: int = 3 * 1024**3
    workers: int = 0
    candidates: int = 0
    lookups: int = 0
    k: int = 1
    searched: dict[str, int] = field(default_factory=dict)
    _table: Table = field(init=False)
    _pending: bool = True

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
            try:
                self._give_values()
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

    def _give_values(self) -> None:
        """exp and ln of the last level."""
        if self._pending:
            self._table.widen()
            self._share(self._table.value, None)
            self._pending = False

    def _give_places(self) -> None:
        self._give_values()
        self._share(self._table.place, None)

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
        """The tabled trees near these values at the witness points, the shortest first.

        Raises
        ------
        MemoryError : the places of the values do not fit.
        """
        self._give_places()
        trees = map(parse_rpn, self._table.find(self._bytes(target)))
        return sorted(trees, key=lambda tree: tree.k)

    def peel(
        self, target: Sequence[complex], k: int, budget: Budget | None = None
    ) -> tuple[list[Tree], bool]:
        """Trees of exactly K with these values, found backward; and whether these are all."""
        self._give_places()
        value = self._bytes(target)

        def work(worker: int, workers: int) -> tuple[list[str], int, int]:
            return self._table.peel(value, (k - 1) // 2, worker, workers)

        results = self._share(work, budget)
        if results is None:
            return [], False
        self.lookups += sum(looked for _, looked, _ in results)
        texts = sorted({text for found, _, _ in results for text in found})
        return [parse_rpn(text) for text in texts], not any(cut for *_, cut in results)

    # -- a file to go on from ----------------------------------------------------------------

    def save(self, path: str) -> None:
        """Write what is finished: the levels of the table, and how far each target is searched.

        Raises
        ------
        PorismError : the file cannot be written.
        """
        about = {
            "format": FORMAT,
            "variables": list(self.variables),
            "semantics": self.semantics.value,
            "witnesses": [dict(w) for w in self.witnesses],
            "candidates": self.candidates,
            "lookups": self.lookups,
            "searched": self.searched,
            "k": self.k,
        }
        arrays = {"about": np.frombuffer(json.dumps(about).encode(), np.uint8)}
        for level in range(1, (self.k + 1) // 2):
            for part in range(PARTITIONS):
                left, right = self._table.saved(level, part)
                arrays[f"{level}.{part}.left"] = np.frombuffer(left, np.uint32)
                arrays[f"{level}.{part}.right"] = np.frombuffer(right, np.uint32)
        beside = f"{path}.part"
        try:
            with open(beside, "wb") as stream:
                np.savez(stream, **arrays)  # type: ignore[arg-type]
            os.replace(beside, path)
        except OSError as error:
            raise PorismError(f"The file {path} cannot be written: {error.strerror}.") from None

    @classmethod
    def load(cls, path: str, memory: int = 3 * 1024**3, workers: int = 0) -> Enumeration:
        """The enumeration of a file that :meth:`save` wrote; every entry is computed anew.

        Raises
        ------
        PorismError : the file cannot be read, is not such a file, or does not fit the memory.
        """
        broken = PorismError(
            f"The file {path} holds no search to go on with.", hint="Give a new file's name."
        )
        try:
            with np.load(path, allow_pickle=False) as arrays:
                about = json.loads(arrays["about"].tobytes())
                if about["format"] != FORMAT:
                    raise broken
                table = cls(
                    tuple(about["variables"]),
                    Semantics(about["semantics"]),
                    about["witnesses"],
                    memory,
                    workers,
                    int(about["candidates"]),
                    int(about["lookups"]),
                )
                table.searched = {str(t): int(k) for t, k in about["searched"].items()}
                for level in range(1, (int(about["k"]) + 1) // 2):
                    table._give_values()
                    for part in range(PARTITIONS):
                        sides = (arrays[f"{level}.{part}.{side}"] for side in ("left", "right"))
                        table._table.restore(part, *(side.tobytes() for side in sides))
                    table._table.close()
                    table._pending = True
                    table.k += 2
        except OSError as error:
            raise PorismError(f"The file {path} cannot be read: {error.strerror}.") from None
        except MemoryError:
            raise PorismError(f"The search in {path} takes more memory than is allowed.") from None
        except (ValueError, KeyError, TypeError, AttributeError, EOFError, BadZipFile):
            raise broken from None
        return table
