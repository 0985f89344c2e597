"""The search for shortest eml trees, measured: speed, and the direct-search column of Table 4.

* enumeration: candidates a second, a candidate being one pair (a, b) whose eml is computed at all
  witness points and looked up in the table, with two workers; by the clock, and by CPU time as if
  two cores had nothing else to do; and how far 60 seconds go;
* the entries of Table 4 of arXiv 2603.21852 (columns D, and D without infinities) with what the
  search finds, each tree certified by ``eml.prove``;
* x/2 to K = 27, which the paper's table has, under each semantics;
* the compiler: total K and median time over the 47 expressions of the project's table;
* equality, each within a second: a compiled tree and its expression; the round trip through the
  decompiler; each primitive's short form and the form without infinities;
* bases: the sets of the paper, each to the whole repertoire.

    python benchmarks/eml_search.py [--quick] [--json]
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from typing import Any

from eml.bootstrap import BASES, verify_base
from eml.compile import compile_expression
from eml.decompile import decompile
from eml.derive import Side
from eml.expression import parse_expression
from eml.prove import prove
from eml.rpn import rpn
from eml.search import Enumeration, search
from eml.semantics import Semantics
from eml.table import FURTHER, PRIMITIVES

REAL, EXTENDED, COMPLEX = (
    Semantics.REAL,
    Semantics.REAL_EXTENDED,
    Semantics.COMPLEX_EXTENDED,
)

ABOVE_E = (
    {"x": "3.35988566624317755317", "y": "4.66920160910299067185"},
    {"x": "5.26225350273574166352", "y": "3.88447320196474651722"},
)
"""Witnesses for functions that take ln ln x: real only above 1."""

# Target, K of column D, K of D without infinities; None where the paper has none.
TABLE_4: tuple[tuple[str, int | None, int | None], ...] = (
    ("1", 1, 1),
    ("0", 7, 7),
    ("-1", 15, 17),
    ("2", 19, 19),
    ("-2", 27, 27),
    ("1/2", 29, 35),
    ("-1/2", 31, 37),
    ("2/3", 39, 39),
    ("-2/3", 45, 47),
    ("e", 3, 3),
    ("exp(x)", 3, 3),
    ("ln(x)", 7, 7),
    ("-x", 15, None),
    ("1/x", 15, None),
    ("x - 1", 11, None),
    ("x + 1", 19, None),
    ("x/2", 27, None),
    ("2*x", 19, None),
    ("x^2", 17, None),
    ("x - y", 11, 11),
    ("x + y", 19, 19),
    ("x*y", 17, 17),
    ("x/y", 17, 17),
    ("x^y", 25, None),
    ("log(y, x)", 29, None),
)


def cpu() -> float:
    return time.process_time()


def enumeration(quick: bool) -> list[dict[str, Any]]:
    """How fast and how far each kind of target is enumerated."""
    rows = []
    for variables, k in ((), 37), (("x",), 21), (("x", "y"), 17):
        table = Enumeration(variables, EXTENDED, workers=2)
        wall, start = time.perf_counter(), cpu()
        table.grow(k - 4 * quick)
        rows.append(
            {
                "variables": len(variables),
                "k": table.k,
                "candidates": table.candidates,
                "values": sum(table.levels),
                "cpu_seconds": cpu() - start,
                "wall_seconds": time.perf_counter() - wall,
                "bytes": table.used,
            }
        )
    return rows


def direct_search() -> list[dict[str, Any]]:
    """Table 4, row by row."""
    tables: dict[tuple[object, ...], Enumeration] = {}
    rows = []
    for name, extended, finite in TABLE_4:
        target = parse_expression(name)
        names = tuple(sorted(s.name for s in target.free_symbols))
        above = name in ("x^y", "log(y, x)")
        for semantics, published in ((EXTENDED, extended), (REAL, finite)):
            if published is None:
                continue
            key = names, semantics, above
            if key not in tables:
                tables[key] = Enumeration(names, semantics, ABOVE_E if above else ())
            start = cpu()
            found = search(target, published + 2, enumeration=tables[key])
            seconds = cpu() - start
            verdict = prove(found.tree, target, semantics) if found.tree else None
            rows.append(
                {
                    "target": name,
                    "semantics": semantics.value,
                    "published": published,
                    "k": found.k,
                    "complete": found.complete,
                    "rpn": rpn(found.tree) if found.tree else None,
                    "verdict": str(verdict.verdict) if verdict else "",
                    "domain": verdict.domain if verdict else "",
                    "cpu_seconds": seconds,
                }
            )
    return rows


def half() -> list[dict[str, Any]]:
    """To which K there is no tree for x/2."""
    rows = []
    for semantics in Semantics:
        start = cpu()
        found = search(parse_expression("x/2"), 27, semantics, forward=17)
        rows.append(
            {
                "semantics": semantics.value,
                "k": found.k,
                "complete": found.complete,
                "cpu_seconds": cpu() - start,
            }
        )
    return rows


def compiler() -> dict[str, Any]:
    """Total K and time over the 47 expressions."""
    seconds, total = [], 0
    for name in (*PRIMITIVES, *FURTHER):
        expression = parse_expression(name)
        start = cpu()
        total += compile_expression(expression).k
        seconds.append(cpu() - start)
    return {
        "expressions": len(seconds),
        "total_k": total,
        "median_seconds": statistics.median(seconds),
    }


def equality() -> list[dict[str, Any]]:
    """How many true pairs are proved, and in which time."""
    kinds: dict[str, list[tuple[str, float]]] = {}

    def decide(kind: str, left: Side, right: Side, semantics: Semantics, region: str) -> None:
        start = cpu()
        verdict = prove(left, right, semantics, region=region).verdict
        kinds.setdefault(kind, []).append((verdict.status, cpu() - start))

    for name in (*PRIMITIVES, *FURTHER):
        expression = parse_expression(name)
        made = compile_expression(expression)
        decide("compiled = expression", made.tree, expression, made.semantics, made.region)
        back = decompile(made.tree, made.semantics).expression
        decide("decompiled = expression", back, expression, made.semantics, made.region)
        if name in PRIMITIVES:
            finite = compile_expression(expression, Semantics.COMPLEX)
            decide("short = finite form", made.tree, finite.tree, COMPLEX, finite.region)
    return [
        {
            "kind": kind,
            "pairs": len(found),
            "proved": sum(s == "PROVED" for s, _ in found),
            "within_a_second": sum(s == "PROVED" and t <= 1 for s, t in found),
            "numeric": sum(s == "NUMERIC" for s, _ in found),
            "slowest_seconds": max(t for _, t in found),
        }
        for kind, found in kinds.items()
    ]


def bases() -> list[dict[str, Any]]:
    """The sets of the paper's Table 2."""
    rows = []
    for name in BASES:
        start = cpu()
        basis = verify_base([name])
        proved = sum(link.verdict.status == "PROVED" for link in basis.chain)
        rows.append(
            {
                "base": name,
                "complete": basis.complete,
                "steps": len(basis.chain),
                "proved": proved,
                "cpu_seconds": cpu() - start,
            }
        )
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the search for shortest eml trees.")
    parser.add_argument("--quick", action="store_true", help="two levels less")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    start = cpu()
    table = direct_search()
    result = {
        "table_4": table,
        "table_4_cpu_seconds": cpu() - start,
        "half": half(),
        "compiler": compiler(),
        "equality": equality(),
        "bases": [] if options.quick else bases(),
        "enumeration": enumeration(options.quick),
    }
    if options.json:
        print(json.dumps(result, indent=1))
        return
    for row in table:
        print(
            f"{row['target']:10} {row['semantics']:14} paper {row['published']:3}  K "
            f"{row['k'] or '-':>3}  complete to {row['complete']:3}  {row['cpu_seconds']:6.2f} s  "
            f"{row['verdict'].split('(')[0]}"
        )
    print(f"Table 4: {result['table_4_cpu_seconds']:.1f} s CPU in all")
    rows: Any = result["half"]
    for row in rows:
        print(
            f"x/2 {row['semantics']:16}: no tree to K = {row['complete']}, "
            f"{row['cpu_seconds']:.1f} s CPU"
        )
    made: Any = result["compiler"]
    print(
        f"compiler: total K {made['total_k']} over {made['expressions']}, median "
        f"{1e3 * made['median_seconds']:.1f} ms"
    )
    rows = result["equality"]
    for row in rows:
        print(
            f"{row['kind']:24} {row['proved']} of {row['pairs']} proved, "
            f"{row['within_a_second']} within a second, slowest {row['slowest_seconds']:.2f} s"
        )
    rows = result["bases"]
    for row in rows:
        print(
            f"base {row['base']:8} {'complete' if row['complete'] else 'INCOMPLETE'} in "
            f"{row['steps']} steps, {row['proved']} proved, {row['cpu_seconds']:.1f} s CPU"
        )
    grown: Any = result["enumeration"]
    for row in grown:
        print(
            f"{row['variables']} variables to K = {row['k']}: {row['candidates'] / 1e6:.1f} M "
            f"candidates, {row['values'] / 1e6:.1f} M values, {row['cpu_seconds']:.1f} s CPU, "
            f"{row['wall_seconds']:.1f} s, "
            f"{row['candidates'] / 1e6 / row['wall_seconds']:.1f} M/s by the clock, "
            f"{2 * row['candidates'] / 1e6 / row['cpu_seconds']:.1f} M/s on two free cores, "
            f"{row['bytes'] / 1e9:.2f} GB"
        )


if __name__ == "__main__":
    main()
