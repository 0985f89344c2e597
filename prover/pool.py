"""Pools of workers: serial, threads, processes. The same attempts, the same results."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from typing import Protocol

from logic.budget import Budget
from logic.errors import PorismError
from logic.formulas import Formula
from logic.theory import Theory
from prover.fragment import Fragment, Origin
from prover.worker import Task, Worker


class Pool(Protocol):
    """Workers with equal memories. ``root`` is the one that the network itself asks."""

    root: Worker

    def tell(self, origin: Origin) -> None:
        """Tell every worker a theorem."""

    def attempt(self, tasks: Sequence[Task], level: int, budget: Budget) -> list[Fragment | None]:
        """Attempts in order; shorter than ``tasks`` if the budget ran out."""

    def close(self) -> None:
        """End the workers."""


class SerialPool:
    """One worker in this thread."""

    def __init__(self, theory: Theory, goals: Sequence[Formula]) -> None:
        self.root = Worker(theory, goals)

    def tell(self, origin: Origin) -> None:
        self.root.tell(origin)

    def attempt(self, tasks: Sequence[Task], level: int, budget: Budget) -> list[Fragment | None]:
        return _share(self.root, tasks, level, budget)

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

    def attempt(self, tasks: Sequence[Task], level: int, budget: Budget) -> list[Fragment | None]:
        count = len(self.workers)

        def share(number: int) -> list[Fragment | None]:
            return _share(self.workers[number], tasks[number::count], level, budget)

        return _interleave(list(self._threads.map(share, range(count))))

    def close(self) -> None:
        self._threads.shutdown()


class ProcessPool:
    """Workers in processes of their own; this one keeps a worker too, for what the network asks.

    Messages are plain data over pipes. Children leave Ctrl-C to this process, which ends them.
    """

    def __init__(self, theory: Theory, goals: Sequence[Formula], count: int) -> None:
        self.root = Worker(theory, goals)
        context = multiprocessing.get_context("spawn")
        self._pipes: list[Connection] = []
        self._processes = []
        for _ in range(count):
            here, there = context.Pipe()
            process = context.Process(target=_serve, args=(there, theory, list(goals)), daemon=True)
            process.start()
            there.close()
            self._pipes.append(here)
            self._processes.append(process)

    def tell(self, origin: Origin) -> None:
        self.root.tell(origin)
        with _Connected():
            for pipe in self._pipes:
                pipe.send(("tell", origin))

    def attempt(self, tasks: Sequence[Task], level: int, budget: Budget) -> list[Fragment | None]:
        count = len(self._pipes)
        shares: list[list[Fragment | None]] = []
        with _Connected():
            for number, pipe in enumerate(self._pipes):
                pipe.send(("attempt", list(tasks[number::count]), level, budget.remaining()))
            for pipe in self._pipes:
                while not pipe.poll(0.05):
                    if budget.struck == "interrupt":
                        return []
                    budget.spent()
                shares.append(pipe.recv())
        return _interleave(shares)

    def close(self) -> None:
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            process.join()


class _Connected:
    """Worker processes answer in here; that one is gone is said in a sentence."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None and issubclass(kind, EOFError | ConnectionError):
            raise PorismError(
                "A worker process has ended, at its start or later.",
                hint="A script that asks for processes does so below "
                "`if __name__ == '__main__':`, as each process reads it again; "
                "threads need no such thing.",
            ) from None


def _can_start() -> bool:
    """Whether a new process can read the main module again: not one from standard input."""
    main = sys.modules.get("__main__")
    path = getattr(main, "__file__", None)
    return path is None or getattr(main, "__spec__", None) is not None or os.path.exists(path)


def _serve(pipe: Connection, theory: Theory, goals: list[Formula]) -> None:
    """The life of a worker process: told theorems, asked for attempts, until the pipe closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    worker = Worker(theory, goals)
    while True:
        try:
            message = pipe.recv()
        except EOFError:
            return
        if message[0] == "tell":
            worker.tell(message[1])
            continue
        _, tasks, level, seconds = message
        pipe.send(_share(worker, tasks, level, Budget(seconds)))


def _share(
    worker: Worker, tasks: Sequence[Task], level: int, budget: Budget
) -> list[Fragment | None]:
    """One worker's attempts in order, as far as the budget goes."""
    results: list[Fragment | None] = []
    for task in tasks:
        if budget.spent():
            break
        worker.rules.budget = budget
        result = worker.attempt(task, level)
        if result is None and budget.spent():
            break  # it may have failed for want of time
        results.append(result)
    return results


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
    """A pool of ``count`` workers (one for ``serial``).

    Threads do the work of processes where none can be started; the results are the same.
    """
    if kind == "processes" and not _can_start():
        kind = "threads"
    if kind == "processes":
        return ProcessPool(theory, goals, count)
    if kind == "threads":
        return ThreadPool(theory, goals, count)
    return SerialPool(theory, goals)
