"""Policy tests: requests, pasts and expected decisions in a file, coverage, and mutation.

A tests file is JSON lines, or one JSON list, of objects: ``name``, ``request``, ``history`` (a list
of requests, each completed unless ``"completed": false`` or ``"permitted": false``), ``expect``
(*permit*, *ask* or *deny*), and optionally ``by``, the rules that must decide.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, cast

import msgspec
from msgspec.structs import replace

from governance.policy import OUTCOMES, Effect, Outcome, Rule, RuleSet
from governance.printing import show_condition
from governance.request import Decision, Event, Request, request_from
from governance.runtime.decider import Decider, satisfied
from governance.sorts import NUMBERS, constant, constant_value, is_constant
from logic.errors import PorismError, nearest
from logic.formulas import TRUE, And, Atom, Equal, Formula, Not, Or
from logic.source import Source
from logic.terms import App, Term

_FIELDS = ("name", "request", "history", "expect", "by")


class Case(msgspec.Struct, frozen=True):
    """One test."""

    name: str
    request: Request
    history: tuple[Event, ...]
    expect: Outcome
    by: tuple[str, ...] | None = None


class Result(msgspec.Struct, frozen=True):
    """What a policy decided in a case, and whether that is what was expected."""

    case: Case
    decision: Decision
    passed: bool


class Mutant(msgspec.Struct, frozen=True):
    """An edit of one rule; ``noticed`` if some test fails with it."""

    rule: str
    edit: str
    noticed: bool


def read_cases(source: Source) -> list[Case]:
    """The cases of a tests file.

    Raises
    ------
    PorismError : it is not JSON, or a case is not as it should be.
    """
    text = source.text
    try:
        whole = json.loads(text)
        records = [(whole if isinstance(whole, list) else [whole], 0)]
    except RecursionError:
        raise PorismError(f"'{source.file}' nests too deep.") from None
    except ValueError:
        records = []
        at = 0
        for line in text.splitlines(keepends=True):
            if line.strip() and not line.lstrip().startswith("#"):
                try:
                    records.append(([json.loads(line)], at))
                except ValueError as error:
                    column = getattr(error, "pos", 0)
                    raise source.error(
                        f"This is not JSON: {getattr(error, 'msg', error)}.",
                        at + column,
                        at + column + 1,
                    ) from None
            at += len(line)
    cases: list[Case] = []
    for group, at in records:
        for record in group:
            try:
                cases.append(_case(record, f"case {len(cases) + 1}"))
            except PorismError as error:
                raise PorismError(
                    f"Case {len(cases) + 1}: {error.message}", source.span(at, at + 1), error.hint
                ) from None
    return cases


def _case(record: Any, name: str) -> Case:
    if not isinstance(record, dict):
        raise PorismError("A case is an object.")
    for field in record:
        if field not in _FIELDS:
            raise PorismError(
                f"A case has no field '{field}'.",
                hint=nearest(str(field), _FIELDS) or f"It has {', '.join(_FIELDS)}.",
            )
    if record.get("expect") not in OUTCOMES:
        raise PorismError("A case needs 'expect': permit, ask or deny.")
    request = request_from(record.get("request"))
    history = read_history(record.get("history", []))
    by = record.get("by")
    if by is not None and not (isinstance(by, list) and all(isinstance(b, str) for b in by)):
        raise PorismError("'by' is a list of the names of rules.")
    return Case(
        str(record.get("name", name)),
        request,
        tuple(history),
        cast(Outcome, record["expect"]),
        None if by is None else tuple(by),
    )


def read_history(records: Any) -> list[Event]:
    """A past as tests and ``--history`` files have it.

    Raises
    ------
    PorismError : it is none.
    """
    if not isinstance(records, list):
        raise PorismError("A history is a list of requests.")
    events = []
    for record in records:
        if not isinstance(record, dict):
            raise PorismError("A history is a list of requests.")
        plain = {k: v for k, v in record.items() if k not in ("permitted", "completed")}
        permitted = record.get("permitted", True) is not False
        completed = permitted and record.get("completed", True) is not False
        events.append(Event(request_from(plain), permitted, completed))
    return events


def run(policy: RuleSet, cases: Sequence[Case]) -> list[Result]:
    """What a policy decides in each case."""
    decider = Decider(policy)
    results = []
    for case in cases:
        decision = decider.replay(case.history).decide(case.request)
        passed = decision.outcome == case.expect and (
            case.by is None or set(case.by) == set(decision.rules)
        )
        results.append(Result(case, decision, passed))
    return results


def coverage(policy: RuleSet, cases: Sequence[Case]) -> dict[str, list[str]]:
    """For each rule, the cases in which it is satisfied."""
    found: dict[str, list[str]] = {rule.name: [] for rule in policy.own}
    decider = Decider(policy)
    for case in cases:
        decider.replay(case.history)
        for rule in policy.own:
            if satisfied(decider, rule, case.request):
                found[rule.name].append(case.name)
    return found


def mutate(policy: RuleSet, cases: Sequence[Case]) -> Iterator[Mutant]:
    """Edits of single rules, and whether a test that passes now would fail with them."""
    passing = [r.case for r in run(policy, cases) if r.passed]
    for i, rule in enumerate(policy.own):
        for edit, changed in _edits(rule):
            rules = [*policy.own[:i], *([changed] if changed else []), *policy.own[i + 1 :]]
            mutant = RuleSet(policy.name, policy.schema, rules, policy.watched)
            noticed = not all(r.passed for r in run(mutant, passing))
            yield Mutant(rule.name, edit, noticed)


def _edits(rule: Rule) -> Iterator[tuple[str, Rule | None]]:
    yield "left out", None
    turned: dict[Effect, Effect] = {"permit": "forbid", "forbid": "permit", "ask": "permit"}
    yield f"{turned[rule.effect]} for {rule.effect}", replace(rule, effect=turned[rule.effect])
    if rule.condition != TRUE:
        yield "without its condition", replace(rule, condition=TRUE)
    for edit, condition in _changed(rule.condition):
        yield edit, replace(rule, condition=condition)


def _changed(formula: Formula) -> Iterator[tuple[str, Formula]]:
    """Conditions that differ in one place: a bound, its strictness, a connective, a negation."""
    match formula:
        case And(a, b) | Or(a, b):
            node = type(formula)
            other = Or if node is And else And
            name = "or" if node is And else "and"
            shown = show_condition(formula)
            yield f"'{name}' in: {shown}", other(a, b)
            for edit, c in _changed(a):
                yield edit, node(c, b)
            for edit, c in _changed(b):
                yield edit, node(a, c)
        case Not(body):
            yield f"{show_condition(body)} for its negation", body
            for edit, c in _changed(body):
                yield edit, Not(c)
        case Atom("<" | "<=" as op, args):
            turned = Atom("<=" if op == "<" else "<", args)
            yield f"{show_condition(turned)} for {show_condition(formula)}", turned
            for i, t in enumerate(args):
                for near in _near(t):
                    moved = Atom(op, (*args[:i], near, *args[i + 1 :]))
                    yield f"{show_condition(moved)} for {show_condition(formula)}", moved
        case Atom() | Equal():
            yield f"not ({show_condition(formula)})", Not(formula)


def _near(term: Term) -> Iterator[Term]:
    if isinstance(term, App) and is_constant(term) and term.sort in NUMBERS:
        value = constant_value(term)
        for step in (-1, 1):
            yield constant(type(value)(value + step), term.sort)
