"""Unifications a second, of this core and of other engines, on the same random pairs.

Every engine gets the same terms, made from a seed. A pair are two generalisations of one random
ground term, so both sides bind variables; in a clashing pair one constant of one side is another
one. Where a family is *shared*, equal subterms of the ground term are generalised alike, so that
variables repeat and the terms are graphs; each engine is given them as a graph. In the exponential
family, n doublings make a unifier of size 2**n. In the family *match*, the right side is the ground
term itself: one-way matching, which is all that matchpy does.

Engines:

* ``batch``      `Bank.unify_many`, all pairs in one call: the core's own loop
* ``call``       `Bank.unifiable`, a Python call for each pair
* ``dict``       `Bank.unify`, with the unifier as a dict, fully resolved
* ``reference``  `logic.reference`, the specification in Python
* ``swipl``      SWI-Prolog's ``unify_with_occurs_check`` in a Prolog loop, a process of its own
* ``logical-unification``, ``sympy`` (its faster layer, ``sympy.unify.core``), ``matchpy``

One that is not installed is left out, by name. Times are CPU times; engines take turns, and the
median of the rounds counts.

    python benchmarks/unify.py [--rounds N] [--seconds S] [--seed N] [--json]
"""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from array import array
from collections.abc import Callable, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any, NamedTuple

from measuring import (
    OutOfTime,
    Result,
    cpu_limit,
    goals,
    machine,
    median,
    parser,
    rate,
    repetitions,
    spread,
    table,
)

from logic import reference
from logic.core import Bank

ARITY = {"a": 0, "b": 0, "c": 0, "g": 1, "h": 1, "f": 2, "k": 2, "t": 3}
CONSTANTS = ("a", "b", "c")
SLOW = 4.0
"""An engine that needs more CPU seconds than this for one pass over a family does not finish."""

Term = Any
"""An int, or a tuple of a symbol and arguments; what is shared is one object."""


class Family(NamedTuple):
    name: str
    pairs: list[tuple[Term, Term]]
    unifiable: bool
    match: bool = False


# -- terms -----------------------------------------------------------------------------------


class Maker:
    """Random pairs; with `shared`, a subterm of a size is often one that is there already."""

    def __init__(self, seed: int, shared: bool) -> None:
        self.random = random.Random(seed)
        self.shared = shared
        self.pool: dict[int, list[Term]] = {}

    def ground(self, size: int) -> Term:
        known = self.pool.get(size)
        if self.shared and known and self.random.random() < 0.5:
            return self.random.choice(known)
        if size <= 1:
            term: Term = (self.random.choice(CONSTANTS),)
        else:
            arity = self.random.choice([1, 2, 2, 3] if size > 3 else [1, 2] if size > 2 else [1])
            name = self.random.choice([f for f, n in ARITY.items() if n == arity])
            term = (name, *(self.ground((size - 1) // arity) for _ in range(arity)))
        self.pool.setdefault(size, []).append(term)
        return term

    def generalise(self, term: Term, variables: list[int]) -> Term:
        """Small subterms become variables; `variables` holds the next free one."""
        done: dict[int, Term] = {}

        def go(t: Term, root: bool) -> Term:
            if self.shared and id(t) in done:
                return done[id(t)]
            if not root and reference.size(t) <= 8 and self.random.random() < 1 / 5:
                new: Term = variables[0]
                variables[0] += 1
            else:
                new = (t[0], *(go(arg, False) for arg in t[1:])) if len(t) > 1 else t
            done[id(t)] = new
            return new

        return go(term, True)

    def clash(self, left: Term, right: Term) -> Term | None:
        """The right side with another constant in one place where both have one."""
        places: list[tuple[int, ...]] = []
        todo: list[tuple[Term, Term, tuple[int, ...]]] = [(left, right, ())]
        while todo:
            s, t, path = todo.pop()
            if isinstance(s, int) or isinstance(t, int):
                continue
            if len(s) == 1:
                places.append(path)
            todo += [(s[i], t[i], (*path, i)) for i in range(1, len(s))]
        if not places:
            return None

        def put(t: Term, path: tuple[int, ...]) -> Term:
            if not path:
                return (self.random.choice([c for c in CONSTANTS if c != t[0]]),)
            i = path[0]
            return (*t[:i], put(t[i], path[1:]), *t[i + 1 :])

        return put(right, self.random.choice(places))

    def pair(self, size: int, kind: str) -> tuple[Term, Term]:
        while True:
            self.pool.clear()
            ground = self.ground(round(size * 1.5))
            if not 0.8 * size <= reference.size(ground) <= 2 * size:
                continue
            free = [0]
            left = self.generalise(ground, free)
            if kind == "match":
                return left, ground
            right = self.generalise(ground, free)
            if kind == "unify":
                return left, right
            broken = self.clash(left, right)
            if broken is not None:
                return left, broken


def exponential(n: int) -> tuple[Term, Term]:
    """h(x1..xn, f(y0,y0).., yn) and h(f(x0,x0).., y1..yn, xn): a unifier of size 2**n."""
    x, y = list(range(n + 1)), list(range(n + 1, 2 * n + 2))
    left = ("e", *x[1:], *(("f", v, v) for v in y[:n]), y[n])
    right = ("e", *(("f", v, v) for v in x[:n]), *y[1:], x[n])
    return left, right


def families(seed: int) -> list[Family]:
    result = []
    for kind in ("unify", "clash", "match"):
        for shared in (False, True) if kind != "match" else (False,):
            for size, count in ((10, 500), (100, 100), (1000, 20)):
                maker = Maker(seed * 1000 + size, shared)
                pairs = [maker.pair(size, kind) for _ in range(count)]
                name = f"{kind} {size}{' shared' * shared}"
                result.append(Family(name, pairs, kind != "clash", kind == "match"))
    for n in (8, 12, 16, 20):
        result.append(Family(f"2**{n}", [exponential(n)], True))
    return result


# -- engines ---------------------------------------------------------------------------------


class Engine:
    """Unifies the pairs of a family; `run` returns the CPU seconds of `times` passes."""

    name = ""
    version = ""
    matches = True
    unifies = True

    def load(self, family: Family) -> None:
        raise NotImplementedError

    def answers(self) -> list[bool]:
        """Which pairs unify, as the engine sees it."""
        raise NotImplementedError

    def run(self, times: int) -> float:
        raise NotImplementedError

    def close(self) -> None:
        pass


class Core(Engine):
    def load(self, family: Family) -> None:
        self.bank = Bank()
        self.symbols: dict[tuple[str, int], int] = {}
        memo: dict[int, int] = {}

        def put(t: Term) -> int:
            if isinstance(t, int):
                return self.bank.variable(t)
            if id(t) not in memo:
                key = t[0], len(t) - 1
                if key not in self.symbols:
                    self.symbols[key] = self.bank.symbol(len(t) - 1)
                memo[id(t)] = self.bank.term(self.symbols[key], tuple(map(put, t[1:])))
            return memo[id(t)]

        self.left = [put(s) for s, _ in family.pairs]
        self.right = [put(t) for _, t in family.pairs]
        self.match = family.match


class Batch(Core):
    name = "batch"

    def answers(self) -> list[bool]:
        many = self.bank.match_many if self.match else self.bank.unify_many
        return [bool(b) for b in many(self.left, self.right)]

    def run(self, times: int) -> float:
        # Passes in one call: up to a million pairs at a time.
        at_once = max(1, min(times, 1_000_000 // len(self.left)))
        left, right = (array("I", side) * at_once for side in (self.left, self.right))
        many = self.bank.match_many if self.match else self.bank.unify_many
        used, left_over = 0.0, times
        while left_over > 0:
            if left_over < at_once:
                left = left[: left_over * len(self.left)]
                right = right[: left_over * len(self.left)]
            start = time.process_time()
            many(left, right)
            used += time.process_time() - start
            left_over -= at_once
        return used


class Calls(Core):
    """One Python call for each pair."""

    def method(self) -> Callable[[int, int], object]:
        raise NotImplementedError

    def answers(self) -> list[bool]:
        method = self.method()
        return [
            method(s, t) not in (None, False) for s, t in zip(self.left, self.right, strict=True)
        ]

    def run(self, times: int) -> float:
        method, pairs = self.method(), list(zip(self.left, self.right, strict=True))
        start = time.process_time()
        for _ in range(times):
            for s, t in pairs:
                method(s, t)
        return time.process_time() - start


class Call(Calls):
    name = "call"

    def method(self) -> Callable[[int, int], object]:
        return self.bank.matches if self.match else self.bank.unifiable


class Dict(Calls):
    name = "dict"

    def method(self) -> Callable[[int, int], object]:
        return self.bank.match if self.match else self.bank.unify


class InPython(Engine):
    """An engine that is a Python function on two terms of its own."""

    def function(self, match: bool) -> Callable[[Any, Any], bool]:
        raise NotImplementedError

    def convert(self, t: Term, memo: dict[int, Any]) -> Any:
        raise NotImplementedError

    def load(self, family: Family) -> None:
        self.unify = self.function(family.match)
        self.pairs = []
        for s, t in family.pairs:
            memo: dict[int, Any] = {}
            self.pairs.append((self.convert(s, memo), self.convert(t, memo)))

    def answers(self) -> list[bool]:
        return [self.unify(s, t) for s, t in self.pairs]

    def run(self, times: int) -> float:
        unify, pairs = self.unify, self.pairs
        start = time.process_time()
        for _ in range(times):
            for s, t in pairs:
                unify(s, t)
        return time.process_time() - start


class Reference(InPython):
    name = "reference"

    def function(self, match: bool) -> Callable[[Any, Any], bool]:
        solve = reference.match if match else reference.unify
        return lambda s, t: solve(s, t) is not None

    def convert(self, t: Term, memo: dict[int, Any]) -> Any:
        return t


class LogicalUnification(InPython):
    name = "logical-unification"

    def __init__(self) -> None:
        import unification

        self.library = unification
        self.version = metadata.version("logical-unification")
        self.variables = [unification.var(f"x{i}") for i in range(4000)]

    def function(self, match: bool) -> Callable[[Any, Any], bool]:
        unify = self.library.unify
        return lambda s, t: unify(s, t, {}) is not False

    def convert(self, t: Term, memo: dict[int, Any]) -> Any:
        if isinstance(t, int):
            return self.variables[t]
        if id(t) not in memo:
            memo[id(t)] = (t[0], *(self.convert(arg, memo) for arg in t[1:]))
        return memo[id(t)]


class Sympy(InPython):
    name = "sympy"

    def __init__(self) -> None:
        from sympy.unify import core

        self.library = core
        self.version = metadata.version("sympy")
        self.variables = [core.Variable(i) for i in range(4000)]

    def function(self, match: bool) -> Callable[[Any, Any], bool]:
        unify = self.library.unify
        return lambda s, t: next(unify(s, t, {}), None) is not None

    def convert(self, t: Term, memo: dict[int, Any]) -> Any:
        if isinstance(t, int):
            return self.variables[t]
        if id(t) not in memo:
            args = tuple(self.convert(arg, memo) for arg in t[1:])
            memo[id(t)] = self.library.Compound(t[0], args)
        return memo[id(t)]


class Matchpy(InPython):
    name = "matchpy"
    unifies = False

    def __init__(self) -> None:
        import matchpy

        self.library = matchpy
        self.version = metadata.version("matchpy")
        self.operations: dict[str, Any] = {}

    def function(self, match: bool) -> Callable[[Any, Any], bool]:
        solve = self.library.match
        return lambda s, t: next(iter(solve(t, s)), None) is not None

    def load(self, family: Family) -> None:
        super().load(family)
        self.pairs = [(self.library.Pattern(s), t) for s, t in self.pairs]

    def convert(self, t: Term, memo: dict[int, Any]) -> Any:
        if isinstance(t, int):
            return self.library.Wildcard.dot(f"x{t}")
        if len(t) == 1:
            return self.library.Symbol(t[0])
        if t[0] not in self.operations:
            arity = self.library.Arity(len(t) - 1, True)
            self.operations[t[0]] = self.library.Operation.new(t[0], arity)
        return self.operations[t[0]](*(self.convert(arg, memo) for arg in t[1:]))


PROLOG = """\
:- initialization(main, main).
main :- loop([]).
loop(Pairs) :- read(Command), ( Command = step(C) -> step(C, Pairs, Next), loop(Next) ; true ).
step(load(File), _, Pairs) :-
    open(File, read, In), read(In, pairs(Shared, Pairs)), close(In), maplist(call, Shared),
    say(done).
step(answers, Pairs, Pairs) :- maplist(answer, Pairs, Answers), say(Answers).
step(run(Times), Pairs, Pairs) :-
    statistics(cputime, Start),
    ( between(1, Times, _), each(Pairs), fail ; true ),
    statistics(cputime, End), Used is End - Start, say(Used).
each([]).
each([S-T|Rest]) :- ( \\+ unify_with_occurs_check(S, T) -> true ; true ), each(Rest).
answer(S-T, Answer) :- ( \\+ unify_with_occurs_check(S, T) -> Answer = 0 ; Answer = 1 ).
say(What) :- print(What), nl, flush_output.
"""


class Swipl(Engine):
    name = "swipl"
    matches = False

    def __init__(self) -> None:
        program = shutil.which("swipl")
        if program is None:
            raise ImportError
        told = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
        self.version = told.stdout.split()[2]
        self.folder = tempfile.TemporaryDirectory()
        script = Path(self.folder.name) / "loop.pl"
        script.write_text(PROLOG, encoding="utf-8")
        self.process = subprocess.Popen(
            [program, "-q", "--no-packs", str(script)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def ask(self, command: str) -> str:
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(f"step({command}).\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def load(self, family: Family) -> None:
        seen: dict[int, int] = {}
        keep: list[Term] = []

        def count(t: Term) -> None:
            if isinstance(t, int) or len(t) == 1:
                return
            seen[id(t)] = seen.get(id(t), 0) + 1
            keep.append(t)
            if seen[id(t)] == 1:
                for arg in t[1:]:
                    count(arg)

        shared: dict[str, str] = {}

        def show(t: Term, pair: int) -> str:
            if isinstance(t, int):
                return f"X{pair}_{t}"
            if len(t) == 1:
                return str(t[0])
            name = f"S{pair}_{id(t)}"
            if name in shared:
                return name
            text = f"{t[0]}({','.join(show(arg, pair) for arg in t[1:])})"
            if seen[id(t)] == 1:
                return text
            shared[name] = text
            return name

        pairs = []
        for i, (s, t) in enumerate(family.pairs):
            seen.clear()
            count(s)
            count(t)
            pairs.append(f"{show(s, i)}-{show(t, i)}")
        equations = ",".join(f"{name}={text}" for name, text in shared.items())
        file = Path(self.folder.name) / "pairs.pl"
        file.write_text(f"pairs([{equations}], [{','.join(pairs)}]).\n", encoding="utf-8")
        if self.ask(f"load('{file}')") != "done":
            raise RuntimeError("SWI-Prolog could not read the terms")

    def answers(self) -> list[bool]:
        return [c == "1" for c in self.ask("answers") if c in "01"]

    def run(self, times: int) -> float:
        return float(self.ask(f"run({times})"))

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        self.folder.cleanup()


def engines() -> tuple[list[Engine], list[str]]:
    """Those that are installed, and the names of those that are not."""
    found: list[Engine] = [Batch(), Call(), Dict(), Reference()]
    missing = []
    for make in (Swipl, LogicalUnification, Sympy, Matchpy):
        try:
            found.append(make())
        except ImportError:
            missing.append(make.name)
    return found, missing


# -- measuring -------------------------------------------------------------------------------


def measure(rounds: int, seconds: float, seed: int) -> Result:
    found, missing = engines()
    rows = []
    for family in families(seed):
        size = sum(reference.size(t) for pair in family.pairs for t in pair)
        row: Result = {
            "family": family.name,
            "nodes": size / (2 * len(family.pairs)),
            "per_second": {},
            "spread": {},
        }
        ready: list[tuple[Engine, int]] = []
        for engine in found:
            if not (engine.matches if family.match else engine.unifies):
                continue
            engine.load(family)
            try:
                with cpu_limit(SLOW):
                    answers = engine.answers()
                    if answers != [family.unifiable] * len(family.pairs):
                        sys.exit(f"{engine.name} gives another answer on {family.name}")
                    ready.append((engine, repetitions(engine.run, seconds)))
            except (OutOfTime, MemoryError, RecursionError):
                row["per_second"][engine.name] = None
        used: dict[str, list[float]] = {engine.name: [] for engine, _ in ready}
        for _ in range(rounds):
            for engine, times in ready:
                done = times * len(family.pairs)
                used[engine.name].append(done / max(engine.run(times), 1e-9))
        for name, values in used.items():
            row["per_second"][name] = median(values)
            row["spread"][name] = spread(values)
        rows.append(row)
    for engine in found:
        engine.close()
    two = threads(rounds, seconds, families(seed)[0])
    versions = {e.name: e.version for e in found if e.version}
    return {"machine": machine(), "rounds": rounds, "versions": versions, "missing": missing,
            "two_threads": two, "rows": rows}  # fmt: skip


def threads(rounds: int, seconds: float, family: Family) -> float:
    """How much faster two threads do two batches, a bank each, than one does.

    In wall time, the best of the rounds: other programs can only make it look smaller.
    """
    banks = [Batch(), Batch()]
    for bank in banks:
        bank.load(family)
    times = repetitions(banks[0].run, max(0.3, 3 * seconds))
    work = [(array("I", e.left) * times, array("I", e.right) * times, e.bank) for e in banks]

    def run(number: int) -> None:
        left, right, bank = work[number]
        bank.unify_many(left, right)

    speed = []
    for _ in range(rounds):
        start = time.perf_counter()
        run(0)
        run(1)
        one = time.perf_counter() - start
        both = [threading.Thread(target=run, args=(k,)) for k in (0, 1)]
        start = time.perf_counter()
        for thread in both:
            thread.start()
        for thread in both:
            thread.join()
        speed.append(one / (time.perf_counter() - start))
    return max(speed)


def ratio(result: Result, family: str, ours: str, theirs: str) -> float | None:
    per_second = next(r["per_second"] for r in result["rows"] if r["family"] == family)
    a, b = per_second.get(ours), per_second.get(theirs)
    return a / b if a and b else None


def worst(result: Result, names: Sequence[str], ours: str, theirs: Sequence[str]) -> float | None:
    """The smallest ratio over families and engines that finished."""
    found = [ratio(result, name, ours, other) for name in names for other in theirs]
    return min((r for r in found if r is not None), default=None)


def report(result: Result) -> str:
    names: list[str] = list(dict.fromkeys(n for r in result["rows"] for n in r["per_second"]))

    def cell(row: Result, name: str) -> str:
        if name not in row["per_second"]:
            return ""
        value = row["per_second"][name]
        return f"> {SLOW:.0f} s" if value is None else rate(value)

    rates = [
        [r["family"], f"{r['nodes']:.0f}", *(cell(r, name) for name in names)]
        for r in result["rows"]
    ]
    others = [n for n in names if n not in ("batch", "call", "dict")]
    ratios = []
    for r in result["rows"]:
        cells = [r["family"]]
        for ours in ("batch", "call"):
            value = ratio(result, r["family"], ours, "swipl")
            cells.append("" if value is None else f"{value:.2f}")
        for other in others:
            value = ratio(result, r["family"], "call", other)
            if other != "swipl":
                cells.append("" if value is None else f"{value:.0f}")
        ratios.append(cells)
    python = [n for n in others if n not in ("swipl", "reference", "matchpy")]
    ten, thousand = "unify 10", "unify 1000"
    reach = goals([
        ("10 nodes, batch ÷ swipl", "", ratio(result, ten, "batch", "swipl"), 2),
        ("10 nodes, call ÷ swipl", "", ratio(result, ten, "call", "swipl"), 0.9),
        ("10 nodes, call ÷ logical-unification", "",
         ratio(result, ten, "call", "logical-unification"), 90),
        ("1000 nodes, call ÷ swipl", "", ratio(result, thousand, "call", "swipl"), 1.4),
        ("1000 nodes, call ÷ Python libraries", "",
         worst(result, [thousand], "call", python), 120),
        ("20 doublings, call ÷ swipl", "", ratio(result, "2**20", "call", "swipl"), 4),
    ])  # fmt: skip
    peers = ", ".join(f"{n} {v}" for n, v in result["versions"].items())
    lines = [
        result["machine"],
        f"with {peers}; CPU time, median of {result['rounds']} rounds",
        *(f"{name} is not installed: left out" for name in result["missing"]),
        "",
        "Pairs a second:",
        "",
        table(["family", "nodes", *names], rates),
        "",
        f"Two threads, a bank each: {result['two_threads']:.2f} times as fast as one"
        " (wall time, best round).",
        "",
        "Ratios, ours over theirs:",
        "",
        table(["family", "batch ÷ swipl", "call ÷ swipl",
               *(f"call ÷ {n}" for n in others if n != "swipl")], ratios),
        "",
        reach,
    ]  # fmt: skip
    return "\n".join(lines)


def main() -> None:
    p = parser("Unifications a second, here and elsewhere.", rounds=5)
    p.add_argument("--seconds", type=float, default=0.1, help="of one measurement")
    options = p.parse_args()
    sys.setrecursionlimit(20_000)
    result = measure(max(1, options.rounds), options.seconds, options.seed)
    print(json.dumps(result, indent=1, ensure_ascii=False) if options.json else report(result))


if __name__ == "__main__":
    main()
