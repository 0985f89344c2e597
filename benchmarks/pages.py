"""How fast pages are written and answer, and how large they are; how long Rocq takes.

    python benchmarks/pages.py [--theorems 1000] [--json]

Measured are the pages of Peano arithmetic, and those of a large certificate: the same proofs again
and again under new names, each time on the theorems of their own copy, until there are enough.
Times are CPU seconds, medians of three; what happens in a browser is wall time in Chromium.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import msgspec
from measuring import cpu_seconds, machine, median

import porism
from proofs.certificate import certificate
from proofs.check import check
from proofs.exports import export
from proofs.graph import ROOT, ProofGraph
from proofs.html import write_html
from proofs.reading import read_certificate

RUNS = 3
CHROMIUM = Path("/usr/bin/chromium")
PEANO = Path(__file__).parents[1] / "mpl" / "library" / "peano.mpl"
QUERIES = ("?a + ?b = ?b + ?a", "?a * (?b + ?c) = ?d", "comm", "succ(?x) = ?y", "add_assoc_7")

SEARCH = """(queries) => {
  const box = document.getElementById("q");
  return queries.map((query) => {
    box.value = query;
    const start = performance.now();
    box.dispatchEvent(new Event("input"));
    document.body.offsetHeight;
    return performance.now() - start;
  });
}"""
FILTER = """() => {
  const start = performance.now();
  document.getElementById("essential").click();
  return performance.now() - start;
}"""


def copies(graph: ProofGraph, theorems: int) -> ProofGraph:
    """A proof graph with at least so many theorems."""
    large = ProofGraph(graph.theory)
    round_ = 0
    while len(large.theorems) < theorems:
        before = len(large.steps)
        places = {ROOT: ROOT}
        waiting = list(graph.scopes[1:])
        for step in graph.steps:
            while waiting and waiting[0].after < step.id:
                scope = waiting.pop(0)
                places[scope.id] = large.open(places[scope.parent], scope.vars, scope.hypotheses)
            moved = msgspec.structs.replace(
                step,
                id=step.id + before,
                scope=places[step.scope],
                premises=tuple(p + before for p in step.premises),
                scopes=tuple(places[s] for s in step.scopes),
                of=None if step.of is None else places[step.of],
            )
            large.steps.append(moved)
        for theorem in graph.theorems.values():
            name = f"{theorem.name}_{round_}"
            again = msgspec.structs.replace(theorem, name=name, step=theorem.step + before)
            large.conclude(again)
        round_ += 1
    return large


def pages(graph: ProofGraph, folder: Path) -> dict[str, Any]:
    """Times and sizes of a graph's certificate and its pages."""
    text = certificate(graph)
    path = folder / "proof.jsonl"
    path.write_text(text, encoding="utf-8")
    written: list[Path] = []

    def write() -> None:
        written[:] = write_html(graph, folder / "html")

    found: dict[str, Any] = {
        "theorems": len(graph.theorems),
        "steps": len(graph.steps),
        "check_s": cpu_seconds(lambda: check(text.splitlines(keepends=True))),
        "read_s": cpu_seconds(lambda: read_certificate(path)),
        "write_s": median([cpu_seconds(write) for _ in range(RUNS)]),
    }
    sizes = [p.stat().st_size for p in written if p.suffix == ".html"]
    return {**found, "pages": len(sizes), "largest_kB": max(sizes) / 1000}


def in_browser(folder: Path) -> dict[str, float]:
    """Milliseconds to search the index, to open the graph, and to filter it."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return {}
    if not CHROMIUM.exists():
        return {}
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu"]
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=arguments)
        page = browser.new_page()
        page.goto((folder / "html" / "index.html").as_uri())
        searches = [t for _ in range(RUNS) for t in page.evaluate(SEARCH, list(QUERIES))]
        page.goto((folder / "html" / "graph.html").as_uri())
        timing = "performance.getEntriesByType('navigation')[0].duration"
        found = {
            "search_ms": median(searches),
            "slowest_search_ms": max(searches),
            "graph_ms": page.evaluate(timing),
            "filter_ms": page.evaluate(FILTER),
        }
        browser.close()
    return found


def rocq(graph: ProofGraph, folder: Path) -> dict[str, float]:
    """CPU seconds to write the Rocq text, and for coqc to accept it."""
    text: list[str] = []
    found = {"rocq_write_s": cpu_seconds(lambda: text.append(export(graph, "rocq")))}
    if shutil.which("coqc") is None:
        return found
    (folder / "Peano.v").write_text(text[0], encoding="utf-8")
    seconds = []
    for _ in range(RUNS):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(["coqc", "-q", "Peano.v"], cwd=folder, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        seconds.append(used)
    return {**found, "coqc_s": median(seconds)}


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the pages and the Rocq text.")
    parser.add_argument("--theorems", type=int, default=1000)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    given = parser.parse_args()
    peano = porism.explore(PEANO).graph
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as place:
        for name, graph in (("Peano", peano), ("large", copies(peano, given.theorems))):
            folder = Path(place) / name
            folder.mkdir()
            found[name] = pages(graph, folder) | in_browser(folder)
            found[name] |= rocq(graph, folder) if name == "Peano" else {}
    if given.json:
        print(json.dumps({"machine": machine(), **found}, indent=1))
        return
    print(machine())
    for name, figures in found.items():
        print(f"{name}:")
        for key, value in figures.items():
            shown = f"{value:,}" if isinstance(value, int) else f"{value:,.2f}"
            print(f"  {key.replace('_', ' '):<20} {shown:>10}")


if __name__ == "__main__":
    main()
