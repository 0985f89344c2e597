"""The command line: ``porism prove | explore | check | export | find | show | fmt | policy | eml``.

Each command reads its arguments, calls :mod:`porism.jobs`, prints, and returns its exit code; the
codes are in :class:`porism.options.Exit`. Whatever is not needed to understand a command line is
imported inside the command, so that ``--version``, ``--help`` and a wrong argument answer at once.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer

import porism
from logic.errors import PorismError, nearest
from porism.options import Exit, Json, Memory, Quiet, Time, Workers, print_json
from porism.policy import app as policy_commands
from porism.single import eml

if TYPE_CHECKING:
    from logic.budget import Budget
    from logic.theory import Theory
    from porism.jobs import Pool
    from proofs.check import Report
    from prover.outcome import Outcome, Progress


app = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Discover and prove theorems from axioms, with evidence that others can check.",
    epilog="Exit codes: 0 all proved or done, 1 refuted or not proved, 2 bad usage or input, "
    "3 undecided within the budget, 130 interrupted.",
)

app.add_typer(eml, name="eml")
app.add_typer(policy_commands, name="policy")

_UsageError: type[Exception] = typer.BadParameter.__mro__[1]  # typer does not export it

# -- options that several commands share -----------------------------------------------------

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
Folder: TypeAlias = Annotated[str, typer.Argument(metavar="OUT", help="A folder that --out wrote.")]

DEFAULT_TIME = "2m"
DEFAULT_MEMORY = "2G"


@app.callback(invoke_without_command=True)
def _start(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> int:
    if version:
        print(f"porism {porism.__version__}")
        raise typer.Exit(Exit.DONE)
    if context.invoked_subcommand is None:
        print(context.get_help())
        raise typer.Exit(Exit.BAD_INPUT)
    return Exit.DONE


# -- prove and explore -----------------------------------------------------------------------


@app.command()
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


@app.command()
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
        f"{graph.theory.name}: {_count(len(graph.theorems), 'theorem')} "
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
        what = _count(rest, "other theorem" if essential else "theorem")
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
    print(f"The independent checker accepts the proofs: {_count(report.steps, 'step')}.")
    why = {
        "time": "The time ran out; more may follow with a larger --time.",
        "memory": "The memory ran out; more may follow with a larger --memory.",
        "interrupt": "Interrupted: this is what was proved until then.",
    }
    if outcome.stats.stopped:
        print(why.get(outcome.stats.stopped, f"Stopped early: {outcome.stats.stopped}."))


# -- what reads results ----------------------------------------------------------------------


@app.command()
def check(
    certificate: Annotated[
        str,
        typer.Argument(metavar="CERTIFICATE", help="A proof.jsonl, or a folder that --out wrote."),
    ],
    as_json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Hold a certificate against the independent checker."""
    from dataclasses import asdict

    from porism import jobs
    from porism.folder import certificate_path
    from proofs.check import Rejected, Unusable

    path = certificate_path(certificate)
    try:
        report = jobs.check(path)
    except Unusable as error:
        raise PorismError(
            f"{path} is not a certificate: {error}.",
            hint="Give a proof.jsonl, or the folder that --out wrote.",
        ) from None
    except Rejected as error:
        if as_json:
            print_json({"accepted": False, "reason": str(error), "exit": int(Exit.NOT_PROVED)})
        print(f"{path}: rejected: {error}.", file=sys.stderr)
        return Exit.NOT_PROVED
    if as_json:
        print_json({"accepted": True, **asdict(report), "exit": int(Exit.DONE)})
    elif not quiet:
        from porism.terminal import print_table

        if report.theorems:
            rows = [
                (
                    t.name,
                    t.statement,
                    ", ".join(
                        [
                            *t.axioms,
                            *(f"definition of {name}" for name in t.definitions),
                            *(f"induction for {name}" for name in t.inductions),
                        ]
                    )
                    or "no axiom",
                )
                for t in report.theorems
            ]
            print_table(["name", "theorem", "rests on"], rows)
            print()
        print(
            f"Accepted: {_count(len(report.theorems), 'theorem')} of {report.theory} "
            f"in {_count(report.steps, 'step')}."
        )
    return Exit.DONE


@app.command()
def export(
    certificate: Annotated[
        str,
        typer.Argument(metavar="CERTIFICATE", help="A proof.jsonl, or a folder that --out wrote."),
    ],
    to: Annotated[
        str,
        typer.Option("--to", metavar="FORMAT", help="rocq, lean, tstp, json, graphml or dot."),
    ],
    out: Annotated[
        str,
        typer.Option(
            "--out", "-o", metavar="FILE", help="Write this file. By default standard output."
        ),
    ] = "",
    as_json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Write a certificate's theorems and proofs in the language of another system.

    The independent checker must accept the certificate first.
    """
    from porism import jobs
    from porism.folder import certificate_path
    from proofs.check import Rejected, Unusable

    path = certificate_path(certificate)
    try:
        text = jobs.export(path, to)
    except Unusable as error:
        raise PorismError(
            f"{path} is not a certificate: {error}.",
            hint="Give a proof.jsonl, or the folder that --out wrote.",
        ) from None
    except Rejected as error:
        if as_json:
            print_json({"exported": False, "reason": str(error), "exit": int(Exit.NOT_PROVED)})
        print(f"{path}: rejected: {error}.", file=sys.stderr)
        return Exit.NOT_PROVED
    if out:
        _replace(out, text)
    if as_json:
        place = {"out": out} if out else {"text": text}
        print_json({"exported": True, "to": to, **place, "exit": int(Exit.DONE)})
    elif not out:
        print(text, end="")
    elif not quiet:
        print(f"Wrote {out}.")
    return Exit.DONE


@app.command()
def find(
    out: Folder,
    formula: Annotated[str, typer.Argument(metavar="FORMULA", help='Such as "n + m = m + n".')],
    as_json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Look for a formula among the theorems.

    The names of variables, the order of quantifiers and of premises, and the direction of
    equations make no difference.
    """
    from porism import jobs
    from porism.folder import read_output

    graph, record = read_output(out)
    theorem = jobs.find(graph, formula)
    code = Exit.NOT_PROVED if theorem is None else Exit.DONE
    if as_json:
        found = {} if theorem is None else record["theorems"][theorem.name]
        print_json({"found": theorem is not None, **found, "exit": int(code)})
    elif theorem is not None and not quiet:
        print(f"{theorem.name}: {record['theorems'][theorem.name]['statement']}")
    elif not quiet:
        print(
            f"Not among the {_count(len(graph.theorems), 'theorem')} of {graph.theory.name}. "
            "It may still follow from them: try `porism prove FILE --goal FORMULA`."
        )
    return code


@app.command()
def show(
    out: Folder,
    name: Annotated[str, typer.Argument(metavar="NAME", help="A theorem's name.")],
    as_json: Json = False,
) -> int:
    """Show the proof of a theorem."""
    from porism.folder import read_output
    from proofs.text import proof_text

    graph, record = read_output(out)
    if name not in graph.theorems:
        raise PorismError(
            f"{graph.theory.name} has no theorem '{name}'.",
            hint=nearest(name, graph.theorems) or f"See the names with `porism check {out}`.",
        )
    text = proof_text(graph, name, width=80)
    if as_json:
        print_json({**record["theorems"][name], "proof": text, "exit": int(Exit.DONE)})
    else:
        print(text, end="")
    return Exit.DONE


@app.command()
def fmt(
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="Theories in MPL.")],
    check: Annotated[
        bool, typer.Option("--check", help="Change nothing; exit 1 if a file would change.")
    ] = False,
    unicode: Annotated[
        bool, typer.Option("--unicode", help="Write ∀ ∧ ≤ for forall, and, <=.")
    ] = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Bring MPL files into their normal form."""
    import msgspec

    import mpl
    from logic.source import read_source

    results: list[tuple[str, str, bool]] = []
    for file in files:
        text = read_source(file, "an MPL file").text
        try:
            formatted = mpl.format_source(text, unicode)
        except PorismError as error:
            # The formatter sees a text without a name; the place is in this file.
            if error.span is not None:
                error.span = msgspec.structs.replace(error.span, file=file)
            raise
        results.append((file, formatted, formatted != text))
    # All files are read before one is written: an error in the last leaves the first alone.
    if not check:
        for file, formatted, changed in results:
            if changed:
                _replace(file, formatted)
    changed_files = [file for file, _, changed in results if changed]
    code = Exit.NOT_PROVED if check and changed_files else Exit.DONE
    if as_json:
        print_json(
            {
                "files": [{"file": file, "changed": changed} for file, _, changed in results],
                "exit": int(code),
            }
        )
    elif not quiet:
        for file in changed_files:
            print(f"{'would change' if check else 'changed'}: {file}")
    return code


def _replace(file: str, text: str) -> None:
    """Write a file whole or not at all."""
    import shutil
    import tempfile

    target = os.path.realpath(file)
    beside = ""
    try:
        handle, beside = tempfile.mkstemp(prefix=".porism-", dir=os.path.dirname(target))
        with open(handle, "w", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
        if os.path.exists(target):
            shutil.copymode(target, beside)
        else:
            mask = os.umask(0)
            os.umask(mask)
            os.chmod(beside, 0o666 & ~mask)
        os.replace(beside, target)
    except OSError as error:
        if beside and os.path.exists(beside):
            os.unlink(beside)
        raise PorismError(f"The file {file} cannot be written: {error.strerror}.") from None


# -- arguments and output --------------------------------------------------------------------


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


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


# -- the way in ------------------------------------------------------------------------------


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line and return its exit code; every error ends here as a message."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    for stream in (sys.stdout, sys.stderr):
        # What a terminal cannot show must not end a run.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    wants_json = "--json" in given
    try:
        code = app(given, prog_name="porism", standalone_mode=False)
        sys.stdout.flush()
        return int(code or 0)
    except PorismError as error:
        return _fail(error.render(), Exit.BAD_INPUT, wants_json, error)
    except _UsageError as error:
        return _fail(_usage(error), Exit.BAD_INPUT, wants_json)
    except (KeyboardInterrupt, typer.Abort):
        # Whoever pressed Ctrl-C twice, or before there was anything to keep, knows.
        return Exit.INTERRUPTED
    except BrokenPipeError:
        # The reader has seen enough. Python flushes again at exit: let that go nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.NOT_PROVED
    except Exception as error:
        if os.environ.get("PORISM_DEBUG"):
            raise
        from porism.jobs import InternalError

        what = (
            str(error) if isinstance(error, InternalError) else f"{type(error).__name__}: {error}"
        )
        return _fail(
            f"Internal error: {what}.\n"
            "  This is a fault of Porism, and nothing was written. Please report it with the\n"
            "  input and what the same command prints when PORISM_DEBUG=1 is set.",
            Exit.INTERNAL,
            wants_json,
        )


def _fail(text: str, code: Exit, wants_json: bool, error: PorismError | None = None) -> int:
    if wants_json:
        span = error.span if error else None
        record: dict[str, Any] = {"message": error.message if error else text}
        if span:
            record |= {"file": span.file, "line": span.line, "column": span.column}
        if error and error.hint:
            record["hint"] = error.hint
        print_json({"error": record, "exit": int(code)})
    print(text, file=sys.stderr)
    return code


def _usage(error: Any) -> str:
    """A wrong command line: what is wrong, the nearest valid thing, how it should look.

    The words for the usual mistakes are ours, because typer's differ from version to version.
    """
    context = error.ctx
    command = context.command_path if context else "porism"
    text = error.format_message()
    if context and (option := getattr(error, "option_name", "")):
        options = [o for p in context.command.params for o in p.opts if o.startswith("--")]
        if option not in options:
            text = f"There is no option {option}. {nearest(option, options)}".rstrip()
    elif context and (found := re.match(r"No such command '(.*?)'", text)):
        commands = context.command.list_commands(context)
        text = f"There is no command {found[1]}. {nearest(found[1], commands)}".rstrip()
    text = text[:1].upper() + text[1:] + ("" if text.endswith((".", "?")) else ".")
    usage = f"\n  {' '.join(context.get_usage().split())}" if context else ""
    return f"{command}: {text}{re.sub(r'[{}]', '', usage)}\n  See `{command} --help`."
