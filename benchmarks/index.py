"""Retrieval from an index, beside a scan of the same terms.

Stored are random terms of 5 to 30 nodes over twenty symbols, in which some leaves are variables.
Asked for are the generalisations of a query, its instances, and the terms it unifies with. Half of
the queries are random terms like those stored. The others come from stored terms: for
generalisations by putting terms for their variables, for the rest by putting variables for one or
two subterms. No index can be faster than its answer is long: queries with more than ten answers
are counted apart, and there the time for each answer tells.

The scan tries every stored term in one call of the core (`Bank.match_many`, `Bank.unify_many`), so
that both run in C; the answers are compared. Times are CPU times for one query, the median of the
rounds.

    python benchmarks/index.py [--rounds N] [--seed N] [--sizes N,N,...] [--json]
"""

from __future__ import annotations

import json
import random
import sys
from array import array
from collections.abc import Callable

from measuring import (
    Result,
    cpu_seconds,
    goals,
    machine,
    median,
    parser,
    rate,
    repetitions,
    table,
)

from logic.core import Bank, Index

ARITIES = (0,) * 6 + (1,) * 4 + (2,) * 7 + (3,) * 3
QUERIES = 200
MANY = 10
SCANNED = 10
"""So many queries are answered by scanning, too."""


class Terms:
    """Random terms; those of `apart` have variables of their own."""

    def __init__(self, seed: int) -> None:
        self.bank = Bank()
        self.random = random.Random(seed)
        symbols = [self.bank.symbol(n) for n in ARITIES]
        self.leaves = [self.bank.term(s) for s, n in zip(symbols, ARITIES, strict=True) if not n]
        self.inner = [(s, n) for s, n in zip(symbols, ARITIES, strict=True) if n]

    def term(self, size: int, first: int) -> int:
        if size <= 1:
            if self.random.random() < 0.3:
                return self.bank.variable(first + self.random.randrange(4))
            return self.random.choice(self.leaves)
        symbol, arity = self.random.choice(self.inner)
        rest = size - 1
        sizes = [1] * arity
        for _ in range(rest - arity):
            sizes[self.random.randrange(arity)] += 1
        return self.bank.term(symbol, tuple(self.term(n, first) for n in sizes))

    def some(self, count: int, first: int) -> list[int]:
        return [self.term(self.random.randrange(5, 31), first) for _ in range(count)]

    def instance(self, term: int) -> int:
        """The term with other terms for its variables."""
        bound = {x: self.term(self.random.randrange(1, 5), 100) for x in self.bank.variables(term)}
        return self.bank.substitute(term, bound)

    def generalised(self, term: int) -> int:
        """The term with variables for a subterm or two."""
        for k in range(self.random.randrange(1, 3)):
            path: list[int] = []
            at = term
            while (args := self.bank.arguments(at)) and (not path or self.random.random() < 0.8):
                path.append(self.random.randrange(len(args)))
                at = args[path[-1]]
            term = self.bank.replace(term, path, self.bank.variable(108 + k))
        return term

    def queries(self, stored: list[int], what: str) -> list[int]:
        half = self.some(QUERIES // 2, 100)
        chosen = self.random.choices(stored, k=QUERIES - len(half))
        if what == "generalisations":
            return half + [self.instance(t) for t in chosen]
        # Variables apart, so that the scan can be done by plain unification.
        apart = {self.bank.variable(i): self.bank.variable(200 + i) for i in range(20)}
        return half + [self.bank.substitute(self.generalised(t), apart) for t in chosen]


def measure(rounds: int, seed: int, sizes: list[int]) -> Result:
    rows = []
    for size in sizes:
        terms = Terms(seed)
        bank = terms.bank
        stored = terms.some(size, 0)
        index = Index(bank)

        def fill(index: Index = index, stored: list[int] = stored) -> None:
            for number, term in enumerate(stored):
                index.insert(term, number)

        before = bank.stats()["bytes"]
        insert = cpu_seconds(fill) / size
        held = (bank.stats()["bytes"] - before) / size
        column = array("I", stored)

        def scan(what: str, q: int, bank: Bank = bank, column: array[int] = column) -> bytes:
            one = array("I", [q]) * len(column)
            if what == "generalisations":
                return bank.match_many(column, one)
            if what == "instances":
                return bank.match_many(one, column)
            return bank.unify_many(one, column)

        for what in ("generalisations", "instances", "unifiable"):
            find: Callable[[int], list[int]] = getattr(index, what)
            asked = terms.queries(stored, what)
            for many in (False, True):
                queries = [q for q in asked if (len(find(q)) > MANY) == many]
                if len(queries) < SCANNED:
                    continue
                answers = sum(len(find(q)) for q in queries) / len(queries)
                some = queries[:: len(queries) // SCANNED]
                for q in some:
                    if find(q) != [i for i, yes in enumerate(scan(what, q)) if yes]:
                        sys.exit(f"index and scan disagree on {what}")

                def by_index(times: int, find: Callable[[int], list[int]] = find,
                             queries: list[int] = queries) -> float:  # fmt: skip
                    return cpu_seconds(lambda: [find(q) for _ in range(times) for q in queries])

                def by_scan(times: int, what: str = what, some: list[int] = some) -> float:
                    return cpu_seconds(lambda: [scan(what, q) for _ in range(times) for q in some])

                fast, slow = repetitions(by_index, 0.1), repetitions(by_scan, 0.1)
                taken = [
                    (by_index(fast) / fast / len(queries), by_scan(slow) / slow / len(some))
                    for _ in range(rounds)
                ]
                rows.append({
                    "stored": size,
                    "what": what,
                    "many": many,
                    "answers": answers,
                    "index_seconds": median([a for a, _ in taken]),
                    "scan_seconds": median([b for _, b in taken]),
                    "insert_seconds": insert,
                    "bytes_per_term": held,
                })  # fmt: skip
    return {"machine": machine(), "rounds": rounds, "rows": rows}


def micro(seconds: float) -> str:
    return f"{seconds * 1e6:.2f} µs" if seconds < 1e-4 else f"{seconds * 1e3:.2f} ms"


def report(result: Result) -> str:
    few = [r for r in result["rows"] if not r["many"]]
    many = [r for r in result["rows"] if r["many"]]

    def cells(r: Result) -> list[str]:
        return [r["what"], f"{r['stored']:,}", f"{r['answers']:.1f}", micro(r["index_seconds"]),
                micro(r["scan_seconds"]),
                f"{r['scan_seconds'] / r['index_seconds']:.0f}"]  # fmt: skip

    head = ["what", "stored", "answers", "index", "scan", "ratio"]
    filled = {
        r["stored"]: [f"{r['stored']:,}", micro(r["insert_seconds"]), f"{r['bytes_per_term']:.0f}"]
        for r in result["rows"]
    }
    largest = max(filled)
    few.sort(key=lambda r: (r["what"], r["stored"]))
    many.sort(key=lambda r: (r["what"], r["stored"]))
    return "\n".join([
        result["machine"],
        f"CPU time of one query, median of {result['rounds']} rounds",
        "",
        f"Queries with at most {MANY} answers:",
        "",
        table(head, list(map(cells, few))),
        "",
        "Queries with more:",
        "",
        table([*head, "for each answer"],
              [[*cells(r), f"{r['index_seconds'] / r['answers'] * 1e9:.0f} ns"] for r in many]),
        "",
        table(["stored", "to insert one", "bytes each"], list(filled.values())),
        "",
        goals([
            (f"{r['what']}, {rate(largest)} terms, few answers", " ×",
             r["scan_seconds"] / r["index_seconds"], 100)
            for r in few if r["stored"] == largest
        ]),
    ])  # fmt: skip


def main() -> None:
    p = parser("Retrieval from an index, beside a scan.", rounds=5)
    p.add_argument("--sizes", default="1000,10000,100000", help="how many terms are stored")
    options = p.parse_args()
    sizes = [int(n) for n in options.sizes.split(",")]
    result = measure(max(1, options.rounds), options.seed, sizes)
    print(json.dumps(result, indent=1) if options.json else report(result))


if __name__ == "__main__":
    main()
