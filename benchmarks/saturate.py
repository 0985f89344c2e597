"""Rules fired and paramodulations done a second, and bytes for each fact.

* ``fire``: `Join` on ground facts. A firing is a result of a join; duplicates are recognised, and
  each new fact keeps its provenance. Problems: the transitive closure of a path and of a random
  graph; Peano arithmetic, where addition and multiplication up to N follow from their axioms.
* ``paramodulate``: `Saturation` on unit equations, for a fixed time, and E (``eprover --auto``) on
  the same equations for the same time. Counted are conclusions of superposition, in E's words
  paramodulations; the time is CPU time, starting up included.
* ``library``: `Saturation` on the equations among the axioms and definitions of the theories that
  ship, and E on the same, where they keep it busy for long enough.

    python benchmarks/saturate.py [--rounds N] [--seconds S] [--seed N] [--json]
"""

from __future__ import annotations

import json
import random
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from measuring import Result, goals, machine, median, parser, rate, table

from logic.core import Bank, Join, Saturation
from logic.formulas import And, Equal, Forall, Formula
from logic.terms import App, Var
from mpl import parse_theory

LIBRARY = Path(__file__).resolve().parent.parent / "mpl" / "library"

Term = Any
"""An int for a variable, or a tuple of a symbol and arguments, as in `logic.reference`."""
Equation = tuple[Term, Term]


# -- rule firings ----------------------------------------------------------------------------


def path(n: int) -> tuple[Bank, Join]:
    return closure([(i, i + 1) for i in range(n - 1)], n)


def graph(n: int, edges: int, seed: int) -> tuple[Bank, Join]:
    chance = random.Random(seed)
    return closure([(chance.randrange(n), chance.randrange(n)) for _ in range(edges)], n)


def closure(edges: list[tuple[int, int]], n: int) -> tuple[Bank, Join]:
    """path(x, z) from edge(x, z), and from path(x, y) and edge(y, z)."""
    bank = Bank()
    edge, reach = bank.symbol(2, 1), bank.symbol(2, 1)
    nodes = [bank.term(bank.symbol(0)) for _ in range(n)]
    x, y, z = map(bank.variable, range(3))
    join = Join(bank)
    for i, k in edges:
        join.fact(bank.term(edge, (nodes[i], nodes[k])))
    join.rule(bank.term(reach, (x, y)), [bank.term(edge, (x, y))])
    step = [bank.term(reach, (x, y)), bank.term(edge, (y, z))]
    join.rule(bank.term(reach, (x, z)), step)
    return bank, join


def peano(n: int) -> tuple[Bank, Join]:
    """plus(x, y, z) and times(x, y, z) for all x, y up to n, from their recursive axioms."""
    bank = Bank()
    zero, succ = bank.term(bank.symbol(0)), bank.symbol(1)
    number, plus, times = bank.symbol(1, 1), bank.symbol(3, 1), bank.symbol(3, 1)
    x, y, z, w = map(bank.variable, range(4))
    join = Join(bank)
    at = zero
    for _ in range(n + 1):
        join.fact(bank.term(number, (at,)))
        at = bank.term(succ, (at,))

    def s(t: int) -> int:
        return bank.term(succ, (t,))

    for head, body in (
        ((plus, (x, zero, x)), [(number, (x,))]),
        ((plus, (x, s(y), s(z))), [(number, (s(y),)), (plus, (x, y, z))]),
        ((times, (x, zero, zero)), [(number, (x,))]),
        ((times, (x, s(y), w)), [(number, (s(y),)), (times, (x, y, z)), (plus, (z, x, w))]),
    ):
        join.rule(bank.term(*head), [bank.term(*b) for b in body])
    return bank, join


def fire(name: str, make: Callable[[], tuple[Bank, Join]], rounds: int) -> Result:
    taken = []
    for _ in range(rounds):
        bank, join = make()
        before, given = bank.stats()["bytes"], len(join)
        start = time.process_time()
        join.run()
        taken.append(time.process_time() - start)
    stats = join.stats()
    return {
        "problem": name,
        "facts": stats["facts"],
        "firings": stats["firings"],
        "per_second": stats["firings"] / median(taken),
        "bytes_per_fact": (bank.stats()["bytes"] - before) / (stats["facts"] - given),
    }


# -- paramodulation --------------------------------------------------------------------------


def f(name: str) -> Callable[..., Term]:
    return lambda *args: (name, *args)


def problems() -> dict[str, list[Equation]]:
    """Unit equations whose saturation goes on for long."""
    x, y, z = range(3)
    meet, join, neg, m, i = f("meet"), f("join"), f("neg"), f("m"), f("i")
    left, right, add = f("l"), f("r"), f("add")
    zero, one, e = ("zero",), ("one",), ("e",)
    lattice = [
        (meet(x, y), meet(y, x)),
        (join(x, y), join(y, x)),
        (meet(meet(x, y), z), meet(x, meet(y, z))),
        (join(join(x, y), z), join(x, join(y, z))),
        (meet(x, join(x, y)), x),
        (join(x, meet(x, y)), x),
    ]
    return {
        "Boolean algebra": [
            (join(x, y), join(y, x)),
            (meet(x, y), meet(y, x)),
            (join(x, meet(y, z)), meet(join(x, y), join(x, z))),
            (meet(x, join(y, z)), join(meet(x, y), meet(x, z))),
            (join(x, zero), x),
            (meet(x, one), x),
            (join(x, neg(x)), one),
            (meet(x, neg(x)), zero),
        ],
        "modular lattice": [
            *lattice,
            (join(meet(x, y), meet(x, z)), meet(x, join(y, meet(x, z)))),
        ],
        "Moufang loop": [
            (m(e, x), x),
            (m(x, e), x),
            (m(x, left(x, y)), y),
            (left(x, m(x, y)), y),
            (m(right(x, y), y), x),
            (right(m(x, y), y), x),
            (m(m(m(x, y), x), z), m(x, m(y, m(x, z)))),
        ],
        "group of exponent 4": [
            (m(m(x, y), z), m(x, m(y, z))),
            (m(e, x), x),
            (m(i(x), x), e),
            (m(x, m(x, m(x, x))), e),
        ],
        "Robbins algebra": [
            (add(x, y), add(y, x)),
            (add(add(x, y), z), add(x, add(y, z))),
            (neg(add(neg(add(x, y)), neg(add(x, neg(y))))), x),
        ],
    }


def library() -> Iterator[tuple[str, list[Equation]]]:
    """The unit equations among axioms and definitions."""
    for file in sorted(LIBRARY.glob("*.mpl")):
        theory = parse_theory(file.read_text(encoding="utf-8"), str(file))
        found = [*theory.axioms.values()]
        for definition in theory.definitions.values():
            found += definition.clauses
        equations = [eq for formula in found for eq in units(formula)]
        if equations:
            yield file.stem, equations


def units(formula: Formula) -> Iterator[Equation]:
    while isinstance(formula, Forall):
        formula = formula.body
    if isinstance(formula, And):
        yield from units(formula.left)
        yield from units(formula.right)
    elif isinstance(formula, Equal):
        names: dict[str, int] = {}
        try:
            yield plain(formula.left, names), plain(formula.right, names)
        except TypeError:
            return


def plain(term: Any, names: dict[str, int]) -> Term:
    match term:
        case Var(name):
            return names.setdefault(name, len(names))
        case App(symbol, args):
            return (symbol, *(plain(arg, names) for arg in args))
        case _:
            raise TypeError


class Untyped:
    """Equations in a bank, whose symbols stand in the order of first occurrence."""

    def __init__(self) -> None:
        self.bank = Bank()
        self.bank.order("kbo")
        self.truth = self.bank.term(self.bank.symbol(0))
        self.symbols: dict[tuple[str, int], int] = {}

    def put(self, t: Term) -> int:
        if isinstance(t, int):
            return self.bank.variable(t)
        key = t[0], len(t) - 1
        if key not in self.symbols:
            self.symbols[key] = self.bank.symbol(len(t) - 1)
        return self.bank.term(self.symbols[key], tuple(map(self.put, t[1:])))


def saturate(equations: list[Equation], seconds: float) -> Result:
    """Until `seconds` of CPU time are used; a set that saturates is begun anew."""
    used, conclusions, kept, size, runs = 0.0, 0, 0, 0.0, 0
    status = "saturated"
    while used < 0.95 * seconds and status == "saturated":
        home = Untyped()
        before = home.bank.stats()["bytes"]
        start = time.process_time()
        saturation = Saturation(home.bank, home.truth)
        for left, right in equations:
            saturation.add((home.put(left), home.put(right)))
        while time.process_time() - start < seconds - used:
            status = saturation.run(seconds=0.05)
            if status != "time":
                break
        used += time.process_time() - start
        stats = saturation.stats()
        conclusions += stats["conclusions"]
        kept += stats["kept"]
        size = (home.bank.stats()["bytes"] - before) / max(1, stats["clauses"])
        runs += 1
    return {"per_second": conclusions / used, "kept_per_second": kept / used,
            "bytes_per_clause": size, "runs": runs}  # fmt: skip


def tptp(equations: list[Equation]) -> str:
    names: dict[tuple[str, int], str] = {}

    def show(t: Term) -> str:
        if isinstance(t, int):
            return f"X{t}"
        name = names.setdefault((t[0], len(t) - 1), f"f{len(names)}")
        return f"{name}({','.join(map(show, t[1:]))})" if len(t) > 1 else name

    lines = [f"cnf(a{i},axiom,{show(s)}={show(t)})." for i, (s, t) in enumerate(equations)]
    return "\n".join(lines) + "\n"


def e_rate(program: str, equations: list[Equation], seconds: float) -> float | None:
    """Paramodulations a second; None where E is done in a tenth of the time."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "problem.p"
        file.write_text(tptp(equations), encoding="utf-8")
        limit = max(1, round(seconds))
        told = subprocess.run(
            [program, "-s", "--auto", f"--soft-cpu-limit={limit}", f"--cpu-limit={limit + 5}",
             "--print-statistics", "--resources-info", str(file)],
            capture_output=True, text=True,
        ).stdout  # fmt: skip
    steps = re.search(r"# Paramodulations +: (\d+)", told)
    used = re.search(r"# Total time +: ([\d.]+)", told)
    if not steps or not used or float(used[1]) < seconds / 10:
        return None
    return int(steps[1]) / float(used[1])


def compare(name: str, equations: list[Equation], rounds: int, seconds: float,
            program: str | None) -> Result:  # fmt: skip
    ours, theirs = [], []
    for _ in range(rounds):
        ours.append(saturate(equations, seconds))
        if program:
            theirs.append(e_rate(program, equations, seconds))
    finished = [r for r in theirs if r is not None]
    return {
        "problem": name,
        "per_second": median([r["per_second"] for r in ours]),
        "kept_per_second": median([r["kept_per_second"] for r in ours]),
        "bytes_per_clause": ours[-1]["bytes_per_clause"],
        "saturates": ours[-1]["runs"] > 1,
        "eprover": median(finished) if finished else None,
    }


def measure(rounds: int, seconds: float, seed: int) -> Result:
    program = shutil.which("eprover")
    version = ""
    if program:
        told = subprocess.run([program, "--version"], capture_output=True, text=True).stdout
        version = " ".join(told.split()[:2])
    return {
        "machine": machine(),
        "rounds": rounds,
        "seconds": seconds,
        "eprover": version,
        "fire": [
            fire("closure of a path, 1000 nodes", lambda: path(1000), rounds),
            fire("closure of a graph, 400 nodes", lambda: graph(400, 2000, seed), rounds),
            fire("Peano arithmetic up to 400", lambda: peano(400), rounds),
        ],
        "paramodulate": [
            compare(name, equations, rounds, seconds, program)
            for name, equations in problems().items()
        ],
        "library": [compare(name, equations, 1, seconds, program) for name, equations in library()],
    }


def report(result: Result) -> str:
    fired = [
        [r["problem"], f"{r['facts']:,}", f"{r['firings']:,}", rate(r["per_second"]),
         f"{r['bytes_per_fact']:.0f}"]
        for r in result["fire"]
    ]  # fmt: skip

    def steps(rows: list[Result]) -> str:
        return table(
            ["equations", "a second", "E", "ratio", "kept a second", "bytes a clause"],
            [
                [r["problem"] + " (saturates)" * r["saturates"], rate(r["per_second"]),
                 rate(r["eprover"]),
                 f"{r['per_second'] / r['eprover']:.2f}" if r["eprover"] else "-",
                 rate(r["kept_per_second"]), f"{r['bytes_per_clause']:.0f}"]
                for r in rows
            ],
        )  # fmt: skip

    rows = result["paramodulate"]
    ratios = [r["per_second"] / r["eprover"] for r in rows if r["eprover"]]
    return "\n".join([
        result["machine"],
        f"CPU time, median of {result['rounds']} rounds"
        + (f", beside {result['eprover']}" if result["eprover"] else ""),
        *([] if result["eprover"] else ["eprover is not installed: left out"]),
        "",
        "Rules fired:",
        "",
        table(["problem", "facts", "firings", "a second", "bytes a fact"], fired),
        "",
        "Paramodulations:",
        "",
        steps(rows),
        "",
        "The library's equations:",
        "",
        steps(result["library"]),
        "",
        goals([
            ("rules fired, slowest problem", "/s",
             min(r["per_second"] for r in result["fire"]), 1e6),
            ("paramodulations, median problem", "/s",
             median([r["per_second"] for r in rows]), 150e3),
            ("paramodulations ÷ E, median problem", "",
             median(ratios) if ratios else None, 1),
        ]),
    ])  # fmt: skip


def main() -> None:
    p = parser("Rules fired and paramodulations a second.", rounds=3)
    p.add_argument("--seconds", type=float, default=2.0, help="of one run of saturation")
    options = p.parse_args()
    result = measure(max(1, options.rounds), options.seconds, options.seed)
    print(json.dumps(result, indent=1, ensure_ascii=False) if options.json else report(result))


if __name__ == "__main__":
    main()
