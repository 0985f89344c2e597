"""Answers, decisions and complaints as text and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from logic.errors import PorismError
from porism.options import Exit

if TYPE_CHECKING:
    from governance.analysis.search import Answer
    from governance.analysis.witness import Witness
    from governance.request import Request


def worst(answers: list[Answer]) -> int:
    if any(a.refuted for a in answers):
        return Exit.NOT_PROVED
    return Exit.DONE if all(a.proved for a in answers) else Exit.UNDECIDED


def show(answer: Answer) -> None:
    print(f"{answer.question}: {answer.verdict}")
    if answer.witness:
        show_witness(answer.witness)


def show_witness(witness: Witness) -> None:
    print("\n".join(f"    {line}" for line in witness.lines()))


def answer_record(answer: Answer) -> dict[str, Any]:
    record: dict[str, Any] = {"question": answer.question, "verdict": answer.verdict.status}
    if answer.verdict.detail:
        record["detail"] = answer.verdict.detail
    if answer.witness:
        record["witness"] = answer.witness.record()
    return record


def decision_record(request: Request, decision: Any) -> dict[str, Any]:
    record = {"outcome": decision.outcome, "rules": list(decision.rules)}
    if decision.errors:
        record["errors"] = dict(decision.errors)
    if decision.reason:
        record["reason"] = decision.reason
    return {"request": request.record(), **record}


def error_record(error: PorismError) -> dict[str, Any]:
    record: dict[str, Any] = {"message": error.message}
    if error.span:
        record |= {"file": error.span.file, "line": error.span.line, "column": error.span.column}
    if error.hint:
        record["hint"] = error.hint
    return record
