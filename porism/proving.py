"""The commands ``prove`` and ``explore``: a run of the prover, checked, written, summed up.

Whatever is not needed to understand a command line is imported inside the command.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import ExitStack
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer

from logic.errors import PorismError, nearest
from porism.options import Exit, Json, Memory, Quiet, Time, Workers, print_json
from porism.terminal import count

if TYPE_CHECKING:
    from logic.budget import Budget
    from logic.theory import Theory
    from porism.jobs import Pool
    from proofs.check import Report
    from prover.outcome import Outcome, Progress

PoolName: TypeAlias = Annotated[
    str,
    typer.Option(
        "--pool",
        metavar="KIND",
        help="What the workers are: serial, threads or processes. "
        "By default serial for one worker, threads for more.",
    ),
]
OutDir: TypeAlias = Annotated[
    str,
    typer.Option(
        "--out",
        "-o",
        metavar="DIR",
        help="Write theorems.json, proof.jsonl and html/index.html into this folder.",
    ),
]
TheoryFile: TypeAlias = Annotated[str, typer.Argument(metavar="FILE", help="A theory in MPL.")]

DEFAULT_TIME = "2m"
DEFAULT_MEMORY = "2G"


def prove(
    file: TheoryFile,
    goal: Annotated[
        list[str] | None,
        typer.Option(
            "--goal",
            "-g",
            metavar="NAME|FORMULA",
            help="A goal of the file, or a formula; several times for several. "
            "By default every goal of the file.",
        ),
    ] = None,
    out: OutDir = "",
    time: Time = DEFAULT_TIME,
    memory: Memory = DEFAULT_MEMORY,
    workers: Workers = 1,
    pool: PoolName = "",
    as_json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Prove goals; what exploration finds on the way serves as lemmas."""
    from porism import jobs

    kind = _pool(pool)

    def work(theory: Theory, budget: Budget, progress: Callable[[Progress], None]) -> Outcome:
        return jobs.prove(
            theory, goals, budget=budget, workers=workers, pool=kind, progress=progress
        )

    theory = jobs.load(file)
    goals = jobs.choose_goals(theory, goal or None)
    return _Run(theory, file, out, as_json, quiet).do(work, time, memory, _prove_summary)


def explore(
    file: TheoryFile,
    out: OutDir = "",
    size: Annotated[
        int,
        typer.Option(
            "--size",
            min=0,
            max=100,
            metavar="N",
            show_default=False,
            help="Conjecture equations with up to N symbols and variables a side. "
            "By default what the file's `explore` line says.",
        ),
    ] = 0,
    time: Time = DEFAULT_TIME,
    memory: Memory = DEFAULT_MEMORY,
    workers: Workers = 1,
    pool: PoolName = "",
    as_json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Find and prove what follows from a theory's axioms."""
    from porism import jobs

    kind = _pool(pool)

    def work(theory: Theory, budget: Budget, progress: Callable[[Progress], None]) -> Outcome:
        return jobs.explore(
            theory,
            budget=budget,
            workers=workers,
            pool=kind,
            size=size or None,
            progress=progress,
        )

    run = _Run(jobs.load(file), file, out, as_json, quiet)
    return run.do(work, time, memory, _explore_summary)


class _Run:
    """A run of the prover: watched, checked, written, summed up."""

    def __init__(self, theory: Theory, file: str, out: str, as_json: bool, quiet: bool) -> None:
        self.theory = theory
        self.file = file
        self.out = out
        self.as_json = as_json
        self.quiet = quiet

    def do(
        self,
        work: Callable[[Theory, Budget, Callable[[Progress], None]], Outcome],
        time: str,
        memory: str,
        summary: Callable[[Outcome, Report], None],
    ) -> int:
        from logic.budget import Budget, parse_memory, parse_time
        from porism.folder import INDEX, OutputFolder, theorems_object
        from porism.jobs import checked
        from porism.terminal import Interrupts, Ticker

        budget = Budget(
            _option("--time", parse_time, time), _option("--memory", parse_memory, memory)
        )
        interrupts = Interrupts(budget)
        with ExitStack() as stack:
            # The folder first: who may not write there should know before the work, not after.
            folder = stack.enter_context(OutputFolder(self.out)) if self.out else None
            stack.enter_context(interrupts.watch())
            ticker = stack.enter_context(Ticker(self.quiet))
            outcome = work(self.theory, budget, ticker)
            ticker.phase("checking the proofs")
            report = checked(outcome)
            if folder is not None:
                ticker.phase("writing the pages")
                folder.write(outcome, report, _read(self.theory.path or self.file))
                folder.commit()
        code = Exit.INTERRUPTED if interrupts.struck else _exit_code(outcome)
        if self.as_json:
            record = theorems_object(outcome, report)
            place = {"out": self.out, "html": os.path.join(self.out, INDEX)} if self.out else {}
            print_json({**record, "checked": True, **place, "exit": int(code)})
        elif not self.quiet:
            summary(outcome, report)
            if self.out:
                print(f"Open {os.path.join(self.out, INDEX)} in a browser.")
        return code


def _exit_code(outcome: Outcome) -> Exit:
    statuses = {verdict.status for verdict in outcome.verdicts.values()}
    if outcome.stats.stopped == "interrupt":
        return Exit.INTERRUPTED
    if "REFUTED" in statuses:
        return Exit.NOT_PROVED
    if statuses == {"PROVED"}:
        return Exit.DONE
    if outcome.stats.stopped:
        return Exit.UNDECIDED
    return Exit.NOT_PROVED if statuses else Exit.DONE


def _explore_summary(outcome: Outcome, report: Report) -> None:
    from logic.printing import show_in
    from porism.terminal import duration, print_table

    graph = outcome.graph
    essential = [t for t in graph.theorems.values() if t.essential]
    rest = len(graph.theorems) - len(essential)
    print(
        f"{graph.theory.name}: {count(len(graph.theorems), 'theorem')} "
        f"in {duration(outcome.stats.seconds)}, {len(essential)} of them essential"
        + (":" if essential else ".")
    )
    if essential:
        print()
        print_table(
            ["name", "theorem", "proof"],
            [(t.name, show_in(graph.theory, t.formula), t.method) for t in essential],
        )
        print()
    if rest:
        # Nothing is essential when all of it is derivable without any theorem's help.
        what = count(rest, "other theorem" if essential else "theorem")
        source = "these" if essential else "the axioms and definitions alone"
        print(f"{what} can be derived from {source}.")
        print()
    if outcome.verdicts:
        _print_verdicts(outcome)
    _closing(outcome, report)


def _prove_summary(outcome: Outcome, report: Report) -> None:
    _print_verdicts(outcome)
    _closing(outcome, report)


def _print_verdicts(outcome: Outcome) -> None:
    from logic.printing import show_in
    from porism.terminal import print_table

    graph = outcome.graph
    rows = []
    for name, verdict in outcome.verdicts.items():
        how = verdict.detail
        if verdict.status == "PROVED":
            theorem = graph.theorems.get(verdict.detail) or graph.theorems.get(name)
            how = theorem.method if theorem and theorem.method else how
        elif verdict.counterexample:
            point = ", ".join(f"{x} = {value}" for x, value in verdict.counterexample.items())
            how = f"{point}: {how}" if how else point
        goal = graph.theory.goals.get(name)
        rows.append((name, show_in(graph.theory, goal) if goal else "", verdict.status, how))
    print_table(["goal", "statement", "verdict", "how"], rows)
    print()


def _closing(outcome: Outcome, report: Report) -> None:
    print(f"The independent checker accepts the proofs: {count(report.steps, 'step')}.")
    why = {
        "time": "The time ran out; more may follow with a larger --time.",
        "memory": "The memory ran out; more may follow with a larger --memory.",
        "interrupt": "Interrupted: this is what was proved until then.",
    }
    if outcome.stats.stopped:
        print(why.get(outcome.stats.stopped, f"Stopped early: {outcome.stats.stopped}."))


def _pool(name: str) -> Pool | None:
    from typing import get_args

    from porism.jobs import Pool

    kinds: tuple[Pool, ...] = get_args(Pool)
    for kind in kinds:
        if kind == name:
            return kind
    if not name:
        return None
    raise PorismError(
        f"--pool: there is no kind '{name}'.",
        hint=nearest(name, kinds) or f"Choose from {', '.join(kinds)}.",
    )


def _option(name: str, parse: Callable[[str], Any], text: str) -> Any:
    try:
        return parse(text)
    except PorismError as error:
        raise PorismError(f"{name}: {error.message}", hint=error.hint) from None


def _read(path: str) -> str:
    try:
        with open(path, encoding="utf-8-sig") as file:
            return file.read()
    except OSError:
        return ""
