"""The jobs of the toolkit, on objects: load, explore, prove, check, find, save.

The command line is a thin layer over these functions; what they share is here: budgets written as
people write them, goals given by name or as formulas, and the rule that nothing is reported which
the independent checker has not accepted.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Literal, TypeAlias

import msgspec

from logic.budget import Budget, parse_memory, parse_time
from logic.errors import PorismError, nearest
from logic.formulas import Formula
from logic.theory import Theory

if TYPE_CHECKING:
    from proofs.check import Report
    from proofs.graph import ProofGraph, Theorem
    from prover.outcome import Outcome, Progress

Pool: TypeAlias = Literal["serial", "threads", "processes"]
Source: TypeAlias = "Theory | str | os.PathLike[str]"


class InternalError(Exception):
    """A fault of Porism's own: one sentence, without a traceback unless asked for."""


def load(path: str | os.PathLike[str]) -> Theory:
    """Read a theory from an MPL file.

    Parameters
    ----------
    path : the file; what it imports is looked for beside it and in the library.

    Raises
    ------
    PorismError
        if the file cannot be read, or is not a theory; the error has the place and a hint.

    Examples
    --------
    >>> import porism
    >>> theory = porism.load("mpl/library/peano.mpl")
    >>> sorted(theory.axioms)
    ['add_succ', 'add_zero', 'mul_succ', 'mul_zero']
    """
    import mpl

    return mpl.load(path)


def explore(
    theory: Source,
    *,
    time: float | str | None = None,
    memory: int | str | None = None,
    workers: int = 1,
    pool: Pool | None = None,
    size: int | None = None,
    progress: Callable[[Progress], None] | None = None,
    budget: Budget | None = None,
) -> Outcome:
    """Find and prove what follows from a theory's axioms.

    Parameters
    ----------
    theory : a theory, or the path of an MPL file.
    time : seconds, or text such as ``"30s"`` or ``"2m"``; None: no limit.
    memory : bytes, or text such as ``"300M"``; None: no limit.
    workers : how many blocks work at a time; the theorems do not depend on it.
    pool : what the workers are; by default ``"serial"`` for one and ``"threads"`` for more.
    size : bound on the sides of conjectured equations, in symbols and variables; by default what
        the theory's ``explore`` declaration says.
    progress : called after each round with what has been reached.
    budget : in place of ``time`` and ``memory``, for a run that somebody else may interrupt.

    Returns
    -------
    Outcome
        the proof graph, a verdict for each of the theory's goals, and the counts.

    Raises
    ------
    PorismError
        if the theory cannot be read, or its axioms contradict each other.

    Examples
    --------
    >>> import porism
    >>> outcome = porism.explore("mpl/library/peano.mpl", time="60s")
    >>> porism.find(outcome, "n + m = m + n") is not None
    True
    """
    import prover

    theory = theory if isinstance(theory, Theory) else load(theory)
    return prover.explore(
        theory,
        budget=budget or _budget(time, memory),
        workers=workers,
        pool=_pool(pool, workers),
        progress=progress,
        size=size,
    )


def prove(
    theory: Source,
    goals: str | Iterable[str] | Mapping[str, Formula] | None = None,
    *,
    time: float | str | None = None,
    memory: int | str | None = None,
    workers: int = 1,
    pool: Pool | None = None,
    progress: Callable[[Progress], None] | None = None,
    budget: Budget | None = None,
) -> Outcome:
    """Prove goals; what exploration finds on the way serves as lemmas.

    Parameters
    ----------
    theory : a theory, or the path of an MPL file.
    goals : names of the theory's goals or formulas in MPL, one or several; or formulas by name;
        by default every goal of the theory.
    time, memory, workers, pool, progress, budget : as in :func:`explore`.

    Returns
    -------
    Outcome
        with a verdict for each goal: PROVED, REFUTED with a counterexample, or UNKNOWN with the
        reason.

    Raises
    ------
    PorismError
        if the theory or a goal cannot be read, or there is no goal.

    Examples
    --------
    >>> import porism
    >>> outcome = porism.prove("mpl/library/peano.mpl", "n + m = m + n")
    >>> [verdict.status for verdict in outcome.verdicts.values()]
    ['PROVED']
    >>> wrong = porism.prove("mpl/library/peano.mpl", "n + m = n")
    >>> [verdict.status for verdict in wrong.verdicts.values()]
    ['REFUTED']
    """
    import prover

    theory = theory if isinstance(theory, Theory) else load(theory)
    chosen = choose_goals(theory, goals)
    # The outcome's theory states the goals that were asked for, wherever they came from.
    theory = msgspec.structs.replace(theory, goals=chosen)
    return prover.prove(
        theory,
        chosen,
        budget=budget or _budget(time, memory),
        workers=workers,
        pool=_pool(pool, workers),
        progress=progress,
    )


def check(certificate: str | os.PathLike[str] | ProofGraph | Outcome) -> Report:
    """Hold a certificate against the independent checker.

    Parameters
    ----------
    certificate : the path of a certificate, or of a folder that Porism wrote; or a proof graph or
        outcome, which is checked as the certificate it would be written as.

    Returns
    -------
    Report
        the theorems, and the axioms that each rests on.

    Raises
    ------
    Rejected
        with the line and the reason.
    PorismError
        if there is no such file.

    Examples
    --------
    >>> import porism
    >>> outcome = porism.prove("mpl/library/peano.mpl", "0 + n = n")
    >>> name = porism.find(outcome, "0 + n = n").name
    >>> next(t.axioms for t in porism.check(outcome).theorems if t.name == name)
    ['add_zero', 'add_succ']
    """
    from proofs.check import check as check_lines

    if isinstance(certificate, (str, os.PathLike)):
        from porism.folder import certificate_path

        path = certificate_path(certificate)
        try:
            return check_lines(path)
        except OSError as error:
            raise PorismError(
                f"The certificate {os.fspath(certificate)} cannot be read: {error.strerror}.",
                hint="Give a proof.jsonl, or the folder that --out wrote.",
            ) from None
    from proofs.certificate import certificate as write
    from proofs.graph import ProofGraph

    graph = certificate if isinstance(certificate, ProofGraph) else certificate.graph
    return check_lines(write(graph).splitlines(keepends=True))


def checked(outcome: Outcome) -> Report:
    """:func:`check` for what the prover has just made: a rejection is a fault of ours."""
    from proofs.check import Rejected

    try:
        return check(outcome)
    except Rejected as error:
        raise InternalError(f"the independent checker rejects the proof ({error})") from error


def export(certificate: str | os.PathLike[str] | ProofGraph | Outcome, to: str) -> str:
    """A certificate in the language of another system, once the checker has accepted it.

    Parameters
    ----------
    certificate : as in :func:`check`.
    to : the format: ``"rocq"``, ``"lean"``, ``"tstp"``, ``"json"``, ``"graphml"`` or ``"dot"``.

    Raises
    ------
    Rejected
        if the certificate is not a proof.
    PorismError
        if there is no such file or system.

    Examples
    --------
    >>> import porism
    >>> outcome = porism.prove("mpl/library/peano.mpl", "0 + n = n")
    >>> print(porism.export(outcome, "rocq").splitlines()[3])
    Section Peano.
    """
    from proofs.exports import FORMATS
    from proofs.exports import export as write

    if to == "html":
        raise PorismError("Pages are a folder, not a text.", hint="See porism.jobs.write_pages.")
    if to not in FORMATS:
        known = [*FORMATS, "html"]
        raise PorismError(
            f"There is no export to '{to[:40]}'.",
            hint=nearest(to, known) or f"Choose from {', '.join(known)}.",
        )
    return write(_accepted(certificate), to)


def write_pages(
    certificate: str | os.PathLike[str] | ProofGraph | Outcome, folder: str | os.PathLike[str]
) -> list[str]:
    """The pages of a certificate's theorems in a folder, once the checker has accepted it.

    Parameters
    ----------
    certificate : as in :func:`check`.
    folder : created, or replaced where it holds earlier pages and nothing else.

    Returns
    -------
    The paths, the index first.

    Raises
    ------
    Rejected
        if the certificate is not a proof.
    PorismError
        if there is no such file, or the folder cannot be written.
    """
    from pathlib import Path

    from proofs.html import write_html

    return [str(path) for path in write_html(_accepted(certificate), Path(folder))]


def _accepted(certificate: str | os.PathLike[str] | ProofGraph | Outcome) -> ProofGraph:
    """The proof graph of a certificate that the checker accepts."""
    from proofs.graph import ProofGraph
    from proofs.reading import read_certificate

    check(certificate)
    if isinstance(certificate, (str, os.PathLike)):
        from porism.folder import certificate_path

        return read_certificate(certificate_path(certificate))
    return certificate if isinstance(certificate, ProofGraph) else certificate.graph


def find(where: ProofGraph | Outcome, formula: str | Formula) -> Theorem | None:
    """The theorem that states a formula, or None.

    The names of variables, the order of quantifiers and of premises, and the direction of
    equations make no difference.

    Parameters
    ----------
    where : a proof graph or an outcome.
    formula : a formula, or its text in MPL.

    Examples
    --------
    >>> import porism
    >>> outcome = porism.prove("mpl/library/peano.mpl", "0 + n = n")
    >>> theorem = porism.find(outcome, "m = 0 + m")
    >>> outcome.graph.step(theorem.step).scope
    0
    >>> porism.find(outcome, "n + m = n") is None
    True
    """
    from porism.matching import same
    from proofs.graph import ProofGraph

    graph = where if isinstance(where, ProofGraph) else where.graph
    wanted = read_formula(graph.theory, formula) if isinstance(formula, str) else formula
    return next((t for t in graph.theorems.values() if same(t.formula, wanted)), None)


def save(outcome: Outcome, folder: str | os.PathLike[str], *, source: str = "") -> Report:
    """Check an outcome and write it: ``theorems.json``, ``proof.jsonl`` and ``html/index.html``.

    Parameters
    ----------
    outcome : what a run returned.
    folder : a new or empty folder, or one that Porism wrote, which is replaced as a whole.
    source : the text of the theory's file, for the pages to show.

    Raises
    ------
    PorismError
        if the folder cannot be written, or holds something else; nothing is changed then.
    """
    from porism.folder import OutputFolder

    with OutputFolder(folder) as target:
        report = checked(outcome)
        target.write(outcome, report, source)
        target.commit()
    return report


# -- what the caller may write in several ways -----------------------------------------------


def read_formula(theory: Theory, text: str) -> Formula:
    """A closed formula from MPL text; what is free is quantified."""
    import mpl
    from logic.formulas import close

    return close(mpl.parse_formula(text, theory))


def choose_goals(
    theory: Theory, goals: str | Iterable[str] | Mapping[str, Formula] | None
) -> dict[str, Formula]:
    """Goals by name from names, formulas, or nothing (all of the theory's)."""
    if isinstance(goals, Mapping):
        return dict(goals)
    if goals is None:
        if not theory.goals:
            raise PorismError(
                f"The theory {theory.name} states no goal.",
                hint='Add a line "goal NAME: FORMULA" to the file, or give one with --goal.',
            )
        return dict(theory.goals)
    chosen: dict[str, Formula] = {}
    for goal in [goals] if isinstance(goals, str) else goals:
        if goal in theory.goals:
            chosen[goal] = theory.goals[goal]
        elif re.fullmatch(r"[\w']+", goal) and goal not in theory.signature.predicates:
            known = ", ".join(theory.goals) or "none"
            raise PorismError(
                f"The theory {theory.name} has no goal '{goal}'.",
                hint=nearest(goal, theory.goals) or f"Its goals: {known}.",
            )
        else:
            chosen[_fresh("goal", {*chosen, *theory.goals, *theory.axioms})] = read_formula(
                theory, goal
            )
    return chosen


def _fresh(stem: str, taken: set[str]) -> str:
    if stem not in taken:
        return stem
    return next(f"{stem}_{i}" for i in range(2, len(taken) + 3) if f"{stem}_{i}" not in taken)


def _budget(time: float | str | None, memory: int | str | None) -> Budget:
    # Numbers take the same road as text, so that 0 and -1 are refused in the same words.
    return Budget(
        None if time is None else parse_time(str(time)),
        None if memory is None else parse_memory(str(memory)),
    )


def _pool(pool: Pool | None, workers: int) -> Pool:
    return pool or ("serial" if workers == 1 else "threads")
