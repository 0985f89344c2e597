# ruff: noqa: E402 (threads are set before NumPy is loaded)
"""Regression measured: which laws are recovered exactly from data, beside other tools.

A law counts as recovered if the chosen formula, its constants recognised, equals the law that made
the data, as ``eml.prove`` decides it (PROVED, or NUMERIC to 40 digits at several points): a small
error is not enough. Each problem has a budget of CPU seconds on one thread for numerical
libraries. The peers get the same rows and the same time, and what they return is judged in the
same way, after their constants have been recognised by the same rule.

    python benchmarks/regression.py [--quick] [--suite NAME ...] [--peers] [--results FILE]

Results are appended to a file as they come, and a run goes on where it stopped. ``--quick`` takes
every sixth law of the Feynman suite and fewer seeds of the others.
"""

from __future__ import annotations

import os

for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

import argparse
import json
import statistics
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import sympy
from measuring import machine, table

from eml.prove import prove
from eml.regression.constants import recognised
from eml.regression.datasets import Law, law, random_tree, suite
from eml.regression.formula import tidy
from eml.regression.macros import Node
from eml.regression.regress import regress
from logic.budget import Budget
from logic.errors import PorismError

ROWS = {"paper": 441, "random": 200, "nguyen": 200, "feynman": 10_000, "strogatz": 400}


class CpuBudget(Budget):
    """A budget of processor time: what others do on the machine does not count."""

    def __init__(self, seconds: float) -> None:
        super().__init__(None)
        self.end = time.process_time() + seconds

    def remaining(self) -> float | None:
        return max(0.0, self.end - time.process_time())

    def spent(self) -> bool:
        if not self.struck and time.process_time() >= self.end:
            self.struck = "time"
        return bool(self.struck)


@dataclass(frozen=True)
class Task:
    """One problem for one tool."""

    suite: str
    name: str
    noise: float
    seed: int
    seconds: float
    tool: str = "porism"

    @property
    def key(self) -> str:
        return f"{self.suite}/{self.name}/{self.noise:g}/{self.seed}/{self.seconds:g}/{self.tool}"

    def problem(self) -> Law:
        if self.suite != "random":
            return law(self.name)
        k, seed = self.name.split("#")
        return random_tree(int(k), int(seed))[1]


def tasks(suites: list[str], quick: bool, peers: bool) -> Iterator[Task]:
    tools = ["porism", *(["gplearn", "pyoperon"] if peers else [])]
    if "paper" in suites:
        for noise in (0.0, 0.01, 0.1):
            for found in suite("paper"):
                for seed in range(2 if quick else 20):
                    for tool in tools if seed == 0 else tools[:1]:
                        yield Task("paper", found.name, noise, seed, 5, tool)
    if "random" in suites:
        for k, seconds, count in ((13, 2, 100), (17, 60, 40), (21, 600, 20)):
            for seed in range(count // 5 if quick else count):
                yield Task("random", f"{k}#{seed}", 0.0, seed, seconds)
    if "nguyen" in suites:
        for found in suite("nguyen"):
            for tool in tools:
                yield Task("nguyen", found.name, 0.0, 0, 60, tool)
    if "strogatz" in suites and not quick:
        for noise in (0.0, 0.001, 0.01):
            for found in suite("strogatz"):
                yield Task("strogatz", found.name, noise, 0, 60)
    if "feynman" in suites:
        laws = suite("feynman")
        for found in laws[3::6] if quick else laws:
            for noise in (0.0, 0.001, 0.01):
                for tool in tools:
                    yield Task("feynman", found.name, noise, 0, 10 if quick else 60, tool)
    if "master" in suites:
        for name in ("depth 3", "depth 4", "depth 5"):
            for seed in range(2 if quick else 20):
                yield Task("paper", name, 0.0, seed, 20 if quick else 60, "master")


def equal(found: sympy.Expr, wanted: sympy.Expr) -> tuple[bool, str]:
    """Whether two expressions are equal, as the prover has it."""
    if found.atoms(sympy.Float):
        return False, "constants open"
    try:
        verdict = prove(found, wanted, digits=40).verdict
    except (PorismError, RecursionError) as error:
        return False, f"not decided: {error}"
    return verdict.status in ("PROVED", "NUMERIC"), verdict.status


def run(task: Task) -> dict[str, Any]:
    """One problem by one tool."""
    problem = task.problem()
    x, y = problem.sample(ROWS[task.suite], 1000 + task.seed, task.noise)
    start = time.process_time()
    expression, verdict = TOOLS[task.tool](x, y, problem, task)
    seconds = time.process_time() - start
    good, how = (False, "none") if expression is None else equal(expression, problem.expression)
    return {
        "key": task.key,
        "exact": good,
        "decided": how,
        "verdict": verdict,
        "seconds": round(seconds, 3),
        "found": str(expression)[:300],
    }


def by_porism(x: Any, y: Any, problem: Law, task: Task) -> tuple[sympy.Expr | None, str]:
    made = regress(x, y, problem.names, budget=CpuBudget(task.seconds), seed=task.seed)
    return made.best.expression, made.best.verdict


def by_master(x: Any, y: Any, problem: Law, task: Task) -> tuple[sympy.Expr | None, str]:
    made = regress(
        x,
        y,
        problem.names,
        budget=CpuBudget(task.seconds),
        seed=task.seed,
        methods=("master",),
    )
    return made.best.expression, made.best.verdict


def by_gplearn(x: Any, y: Any, problem: Law, task: Task) -> tuple[sympy.Expr | None, str]:
    from gplearn.genetic import SymbolicRegressor

    chosen = np.random.default_rng(task.seed).permutation(len(x))[:1000]
    x, y = x[chosen], y[chosen]
    start = time.process_time()
    model = SymbolicRegressor(
        population_size=1000,
        generations=1,
        function_set=("add", "sub", "mul", "div", "sqrt", "log", "sin", "cos", "inv", "neg"),
        parsimony_coefficient=0.001,
        warm_start=True,
        random_state=task.seed,
    )
    generation = 0
    while time.process_time() - start < task.seconds and generation < 200:
        generation += 1
        model.set_params(generations=generation)
        model.fit(x, y)
        if model._program.raw_fitness_ < 1e-12:
            break
    return _finished(_from_gplearn(model._program.program), x, y, problem), "found"


def _from_gplearn(program: list[Any]) -> Node | None:
    """gplearn's prefix list; its protected functions are read as the plain ones."""
    names = {"log": "ln"}

    def read(at: int) -> tuple[Node, int]:
        part = program[at]
        if isinstance(part, int):
            return ("x", part), at + 1
        if isinstance(part, float):
            return ("c", part), at + 1
        arguments = []
        at += 1
        for _ in range(part.arity):
            node, at = read(at)
            arguments.append(node)
        return (names.get(part.name, part.name), *arguments), at

    return read(0)[0]


def by_operon(x: Any, y: Any, problem: Law, task: Task) -> tuple[sympy.Expr | None, str]:
    from pyoperon.sklearn import SymbolicRegressor

    chosen = np.random.default_rng(task.seed).permutation(len(x))[:1000]
    x, y = x[chosen], y[chosen]
    model = SymbolicRegressor(
        allowed_symbols="add,sub,mul,div,constant,variable,sqrt,square,log,exp,sin,cos",
        optimizer_iterations=5,
        max_length=50,
        n_threads=1,
        max_time=int(task.seconds),
        generations=100_000,
        max_evaluations=100_000_000,
        random_state=task.seed,
    )
    model.fit(x, y)
    text = model.get_model_string(
        model.model_, precision=17, names=[f"v{i}" for i in range(x.shape[1])]
    )
    return _finished(_from_text(text), x, y, problem), "found"


def _from_text(text: str) -> Node | None:
    """An infix formula over v0, v1, ... as a node."""
    from eml.expression import parse_expression

    try:
        return _from_sympy(parse_expression(text.replace("log(", "ln(")))
    except PorismError:
        return None


def _from_sympy(e: sympy.Expr) -> Node:
    if e.is_Symbol:
        return ("x", int(e.name[1:]))
    if e.is_number:
        return ("c", float(e))
    if isinstance(e, (sympy.Add, sympy.Mul)):
        name = "add" if isinstance(e, sympy.Add) else "mul"
        node = _from_sympy(e.args[0])
        for part in e.args[1:]:
            node = (name, node, _from_sympy(part))
        return node
    if isinstance(e, sympy.Pow):
        exponents = {2: "sq", -1: "inv", sympy.Rational(1, 2): "sqrt"}
        if e.exp in exponents:
            return (exponents[e.exp], _from_sympy(e.base))
        return ("pow", _from_sympy(e.base), ("n", str(e.exp)))
    names = {"log": "ln"}
    name = type(e).__name__
    return (names.get(name, name), _from_sympy(e.args[0]))


def _finished(node: Node | None, x: Any, y: Any, problem: Law) -> sympy.Expr | None:
    """A peer's formula with its constants recognised by the rule that ours are."""
    if node is None:
        return None
    columns = [np.ascontiguousarray(c) for c in x.T]
    try:
        simple, _, _ = recognised(node, columns, y)
        return tidy(simple, problem.names)
    except (ValueError, KeyError, RecursionError):
        return None


TOOLS: dict[str, Callable[..., tuple[sympy.Expr | None, str]]] = {
    "porism": by_porism,
    "master": by_master,
    "gplearn": by_gplearn,
    "pyoperon": by_operon,
}


def available(tool: str) -> bool:
    try:
        __import__({"gplearn": "gplearn", "pyoperon": "pyoperon"}.get(tool, "eml"))
    except ImportError:
        return False
    return True


def summary(records: dict[str, dict[str, Any]]) -> str:
    """A table: suite, noise, tool, exact, median seconds."""
    groups: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for key, record in records.items():
        name, problem, noise, _, _, tool = key.split("/")
        part = f"K = {problem.split('#')[0]}" if name == "random" else ""
        if tool == "master":
            part = problem
        groups.setdefault((f"{name} {part}".strip(), noise, tool), []).append(record)
    rows = []
    for (name, noise, tool), found in sorted(groups.items()):
        good = sum(r["exact"] for r in found)
        wrong = sum(r["verdict"].startswith("exact") and not r["exact"] for r in found)
        rows.append(
            [
                name,
                noise,
                tool,
                f"{good}/{len(found)}",
                f"{100 * good / len(found):.0f} %",
                str(wrong) if tool in ("porism", "master") else "-",
                f"{statistics.median(r['seconds'] for r in found):.2f}",
                f"{max(r['seconds'] for r in found):.1f}",
            ]
        )
    head = ["suite", "noise", "tool", "exact", "%", "false claims", "median s", "longest s"]
    return table(head, rows)


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure exact recovery of laws from data.")
    parser.add_argument("--quick", action="store_true", help="a stratified part, in ten minutes")
    parser.add_argument("--peers", action="store_true", help="gplearn and pyoperon too")
    parser.add_argument(
        "--suite",
        nargs="*",
        default=["paper", "random", "nguyen", "strogatz", "feynman", "master"],
        help="of paper, random, nguyen, strogatz, feynman, master",
    )
    parser.add_argument("--results", default="build/regression.jsonl", help="where results go")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    path = Path(options.results)
    path.parent.mkdir(parents=True, exist_ok=True)
    done: dict[str, dict[str, Any]] = {}
    if path.exists():
        for line in path.read_text("utf-8").splitlines():
            record = json.loads(line)
            done[record["key"]] = record
    wanted = [
        task for task in tasks(options.suite, options.quick, options.peers) if available(task.tool)
    ]
    with path.open("a", encoding="utf-8") as stream:
        for number, task in enumerate(wanted, 1):
            if task.key in done:
                continue
            record = run(task)
            done[task.key] = record
            stream.write(json.dumps(record) + "\n")
            stream.flush()
            print(
                f"{number}/{len(wanted)} {task.key}: "
                f"{'exact' if record['exact'] else '-'} ({record['decided']}, "
                f"{record['verdict']}) {record['seconds']:.1f} s",
                flush=True,
            )
    here = {task.key: done[task.key] for task in wanted}
    if options.json:
        print(json.dumps({"machine": machine(), "records": list(here.values())}, indent=1))
    else:
        print(machine())
        print(summary(here))


if __name__ == "__main__":
    main()
