"""Pools of workers: serial, threads, processes. The same attempts, the same results."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from logic.budget import Budget
from logic.formulas import Formula
from logic.theory import Theory
from prover.fragment import Fragment, Origin
from prover.worker import LEVELS, Worker


class Pool(Protocol):
    """Workers with equal memories. ``root`` is the one that the network itself asks."""

    root: Worker

    def tell(self, origin: Origin) -> None:
        """Tell every worker a theorem."""

    def attempt(
        self, formulas: Sequence[Formula], level: int, budget: Budget
    ) -> list[Fragment | None]:
        """Attempts in order; shorter than ``formulas`` if the budget ran out."""

    def close(self) -> None:
        """End the workers."""


class SerialPool:
    """One worker in this thread."""

    def __init__(self, theory: Theory, goals: Sequence[Formula]) -> None:
        self.root = Worker(theory, goals)

    def tell(self, origin: Origin) -> None:
        self.root.tell(origin)

    def attempt(
        self, formulas: Sequence[Formula], level: int, budget: Budget
    ) -> list[Fragment | None]:
        results: list[Fragment | None] = []
        for formula in formulas:
            if budget.spent():
                break
            results.append(self.root.attempt(formula, LEVELS[level]))
        return results

    def close(self) -> None:
        pass


class ThreadPool:
    """Workers in threads, each with a bank of its own; the core runs without the GIL."""

    def __init__(self, theory: Theory, goals: Sequence[Formula], count: int) -> None:
        self.workers = [Worker(theory, goals) for _ in range(count)]
        self.root = self.workers[0]
        self._threads = ThreadPoolExecutor(count)

    def tell(self, origin: Origin) -> None:
        for worker in self.workers:
            worker.tell(origin)

    def attempt(
        self, formulas: Sequence[Formula], level: int, budget: Budget
    ) -> list[Fragment | None]:
        count = len(self.workers)

        def share(number: int) -> list[Fragment | None]:
            results: list[Fragment | None] = []
            for formula in formulas[number::count]:
                if budget.spent():
                    break
                results.append(self.workers[number].attempt(formula, LEVELS[level]))
            return results

        return _interleave(list(self._threads.map(share, range(count))))

    def close(self) -> None:
        self._threads.shutdown()


def _interleave(shares: list[list[Fragment | None]]) -> list[Fragment | None]:
    """Undo the dealing out of tasks; stops at the first one that was not done."""
    results: list[Fragment | None] = []
    for position in range(max(map(len, shares), default=0)):
        for share in shares:
            if position >= len(share):
                return results
            results.append(share[position])
    return results


def open_pool(kind: str, theory: Theory, goals: Sequence[Formula], count: int) -> Pool:
    """A pool of ``count`` workers."""
    if kind == "threads":
        return ThreadPool(theory, goals, count)
    return SerialPool(theory, goals)
