"""The folder that ``--out`` names: written whole or not at all, and read back.

It holds ``theorems.json`` (for programs), ``proof.jsonl`` (the certificate) and ``html/`` (for
people). Everything is written into a hidden folder beside the target, which takes the target's
place in one rename; until then nothing is touched, whatever goes wrong.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from logic.errors import PorismError
from proofs.html.folder import foreign_files

if TYPE_CHECKING:
    from proofs.check import Report
    from proofs.graph import ProofGraph
    from prover.outcome import Outcome

THEOREMS = "theorems.json"
PROOF = "proof.jsonl"
HTML = "html"
INDEX = f"{HTML}/index.html"
PAGE_STATS = ("conjectures", "derivable", "rounds", "seconds")
"""The counts that the pages show besides those that they count themselves."""


def certificate_path(path: str | os.PathLike[str]) -> str:
    """The certificate that a path means: itself, or the one in a folder that Porism wrote."""
    return os.path.join(path, PROOF) if os.path.isdir(path) else os.fspath(path)


# -- writing ---------------------------------------------------------------------------------


class OutputFolder:
    """A context in which an output is prepared; :meth:`commit` puts it in place.

    Entering it refuses a target that cannot be written or is not ours to replace, before any work
    is done. Leaving it without :meth:`commit` leaves the disk as it was.
    """

    def __init__(self, target: str | os.PathLike[str]) -> None:
        self.given = os.fspath(target)
        self.target = Path(os.path.realpath(self.given))
        self.work: Path | None = None

    def __enter__(self) -> OutputFolder:
        self._refuse_what_is_not_ours()
        try:
            # Missing parents are made at the end only: what fails half-way leaves no trace.
            home = next(p for p in self.target.parents if os.path.lexists(p))
            self.work = Path(tempfile.mkdtemp(prefix=f".{self.target.name}.", dir=home))
            os.chmod(self.work, 0o777 & ~_umask())
        except OSError as error:
            raise self._unwritable(error) from None
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self.work is not None:
            shutil.rmtree(self.work, ignore_errors=True)
            self.work = None
        if isinstance(error, OSError):
            raise self._unwritable(error) from None

    def write(self, outcome: Outcome, report: Report, source: str = "") -> None:
        """Write the three parts; ``report`` is what the checker said about the certificate."""
        from proofs.certificate import certificate
        from proofs.html import write_html

        assert self.work is not None, "write inside the context"
        text = certificate(outcome.graph)
        (self.work / PROOF).write_text(text, encoding="utf-8", newline="\n")
        results = theorems_object(outcome, report)
        stats = results["stats"]
        record = json.dumps(results, ensure_ascii=False, indent=1)
        (self.work / THEOREMS).write_text(record + "\n", encoding="utf-8", newline="\n")
        write_html(
            outcome.graph,
            self.work / HTML,
            title=outcome.graph.theory.name,
            stats={key: stats[key] for key in PAGE_STATS},
            unproved=results["unproved"],
            source=source,
            verdicts=outcome.verdicts,
        )

    def commit(self) -> None:
        """Put the output in place of what was there."""
        assert self.work is not None, "commit inside the context"
        self._refuse_what_is_not_ours()  # again: the run may have taken minutes
        self.target.parent.mkdir(parents=True, exist_ok=True)
        if self.target.is_dir() and any(self.target.iterdir()):
            # A folder with files in it cannot be replaced in one step; the old one steps aside.
            aside = Path(tempfile.mkdtemp(prefix=f".{self.target.name}.", dir=self.target.parent))
            try:
                os.rename(self.target, aside / "old")
                try:
                    os.rename(self.work, self.target)
                except OSError:
                    os.rename(aside / "old", self.target)
                    raise
            finally:
                shutil.rmtree(aside, ignore_errors=True)
        else:
            os.rename(self.work, self.target)
        self.work = None

    def _refuse_what_is_not_ours(self) -> None:
        try:
            if not os.path.lexists(self.target):
                return
            if not self.target.is_dir():
                raise PorismError(
                    f"The output {self.given} is a file, not a folder.",
                    hint="Give a folder that does not exist yet with --out.",
                )
            names = {entry.name for entry in self.target.iterdir()}
            strangers = sorted(names - {THEOREMS, PROOF, HTML})
            if not strangers and HTML in names:
                strangers = [f"{HTML}/{name}" for name in foreign_files(self.target / HTML)]
        except (OSError, UnicodeError) as error:
            raise self._unwritable(error) from None
        if names and (strangers or THEOREMS not in names):
            what = f", such as {strangers[0]}" if strangers else ""
            raise PorismError(
                f"The output folder {self.given} holds files that Porism did not write{what}.",
                hint="Give a new folder with --out, or empty this one yourself.",
            )
        if Path.cwd().is_relative_to(self.target):
            raise PorismError(
                f"The output folder {self.given} would be replaced while you are in it.",
                hint="Go to another folder first, or give another one with --out.",
            )

    def _unwritable(self, error: OSError | UnicodeError) -> PorismError:
        reason = getattr(error, "strerror", None) or error
        return PorismError(
            f"The output folder {self.given} cannot be written: {reason}.",
            hint="Give a folder that you may write to with --out.",
        )


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current


def theorems_object(outcome: Outcome, report: Report) -> dict[str, Any]:
    """What ``theorems.json`` holds.

    Steps and axioms are the checker's own count, not the prover's word. ``variables`` is how the
    theory's author declared them, so that formulas about it can be read later.
    """
    from logic.printing import show_in

    graph = outcome.graph
    theory = graph.theory
    counted = {t.name: t for t in report.theorems}
    theorems = [
        {
            "name": theorem.name,
            "statement": show_in(theory, theorem.formula),
            "kind": theorem.kind,
            "essential": theorem.essential,
            "method": theorem.method,
            "steps": counted[theorem.name].steps,
            "axioms": counted[theorem.name].axioms,
            "uses": graph.uses(theorem.name),
        }
        for theorem in graph.theorems.values()
    ]
    goals = [
        {
            "name": name,
            "statement": show_in(theory, theory.goals[name]) if name in theory.goals else "",
            "status": verdict.status,
            "detail": verdict.detail,
            "counterexample": verdict.counterexample,
        }
        for name, verdict in outcome.verdicts.items()
    ]
    stats = outcome.stats
    return {
        "theory": theory.name,
        "variables": {v.name: str(v.sort) for v in theory.variables.values()},
        "theorems": theorems,
        "goals": goals,
        "unproved": {show_in(theory, f): why for f, why in outcome.unproved.items()},
        "stats": {
            "theorems": len(theorems),
            "essential": sum(t.essential for t in graph.theorems.values()),
            "steps": len(graph.steps),
            "rounds": stats.rounds,
            "blocks": stats.blocks,
            "conjectures": stats.conjectures,
            "derivable": stats.derivable,
            "failed": stats.failed,
            "seconds": round(stats.seconds, 3),
            "stopped": stats.stopped,
        },
    }


# -- reading ---------------------------------------------------------------------------------


def read_theorems(folder: str | os.PathLike[str]) -> dict[str, Any]:
    """``theorems.json`` of a folder that Porism wrote."""
    path = Path(folder) / THEOREMS
    if not Path(folder).is_dir():
        raise PorismError(
            f"There is no folder {os.fspath(folder)}.",
            hint="Give the folder that --out of explore or prove wrote.",
        )
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(record["theory"], str):
            raise TypeError
        return {"variables": {}, **record, "theorems": {t["name"]: t for t in record["theorems"]}}
    except FileNotFoundError:
        raise PorismError(
            f"The folder {os.fspath(folder)} was not written by Porism: it has no {THEOREMS}.",
            hint="Give the folder that --out of explore or prove wrote.",
        ) from None
    except OSError as error:
        raise PorismError(f"{path} cannot be read: {error.strerror}.") from None
    except (ValueError, KeyError, TypeError, RecursionError):
        raise PorismError(
            f"{path} is damaged: it is not what Porism writes.",
            hint="Run explore or prove again with the same --out.",
        ) from None


def read_output(folder: str | os.PathLike[str]) -> tuple[ProofGraph, dict[str, Any]]:
    """The proof graph of a folder that Porism wrote, and its ``theorems.json`` by theorem name.

    The certificate has the proofs; what kind of theorem each is, and how the author declared
    variables, comes from ``theorems.json``.
    """
    from logic.terms import Var
    from proofs.reading import read_certificate, read_sort

    record = read_theorems(folder)
    graph = read_certificate(certificate_path(folder))
    signature = graph.theory.signature
    known = {*signature.sorts, *signature.data}
    try:
        for name, sort in record["variables"].items():
            graph.theory.variables[name] = Var(name, read_sort(sort, known))
        for theorem in graph.theorems.values():
            entry = record["theorems"][theorem.name]
            theorem.kind = entry["kind"]
            theorem.essential = entry["essential"]
            theorem.method = entry["method"]
    except (LookupError, TypeError, AttributeError, ValueError):
        raise PorismError(
            f"{THEOREMS} and {PROOF} in {os.fspath(folder)} do not fit together.",
            hint="Run explore or prove again with the same --out.",
        ) from None
    return graph, record
