"""Answers, decisions and complaints as text and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from logic.errors import PorismError
from porism.options import Exit

if TYPE_CHECKING:
    from governance.analysis.limits import Boundary
    from governance.analysis.search import Answer
    from governance.analysis.witness import Witness
    from governance.request import Request
    from governance.sorts import Value


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


def show_boundary(boundary: Boundary) -> None:
    """A comparison from both sides: the value, what is decided, and a request that has it."""
    from governance.sorts import show_value

    print(f"{boundary.rule.name}: {boundary.comparison}")
    for side, (value, witness) in _sides(boundary):
        decided = "no request has it" if witness is None else _decided(witness)
        print(f"    {side} {show_value(value)}: {decided}")
        if witness:
            print("\n".join(f"        {line}" for line in witness.lines()[:-1]))


def _sides(boundary: Boundary) -> tuple[tuple[str, tuple[Value, Witness | None]], ...]:
    return ("below", boundary.below), ("at", boundary.at), ("above", boundary.above)


def _decided(witness: Witness) -> str:
    return next(iter(witness.decisions.values()))


def boundary_record(boundary: Boundary) -> dict[str, Any]:
    """The same as JSON has it."""
    from governance.sorts import plain

    record: dict[str, Any] = {"rule": boundary.rule.name, "comparison": boundary.comparison}
    for side, (value, witness) in _sides(boundary):
        record[side] = {"value": plain(value)}
        if witness:
            record[side] |= {"decided": _decided(witness), "witness": witness.record()}
    return record


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
