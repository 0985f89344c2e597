"""``porism policy check``, ``lint``, ``limits`` and ``diff``: what is asked of a policy itself."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer

import porism
from logic.errors import PorismError, nearest
from porism.files import write_whole
from porism.options import Exit, Json, Quiet, print_json
from porism.policy.reading import PolicyFile, SchemaFile, beside, is_cedar, load, make_analyser
from porism.policy.showing import (
    answer_record,
    boundary_record,
    error_record,
    show,
    show_boundary,
    show_witness,
    worst,
)

if TYPE_CHECKING:
    from governance.analysis.search import Answer


Sarif: TypeAlias = Annotated[
    str, typer.Option("--sarif", metavar="FILE", help="Write findings for code review tools.")
]
SmtLib: TypeAlias = Annotated[
    str, typer.Option("--smtlib", metavar="DIR", help="Write each question as an SMT-LIB script.")
]
Cvc5: TypeAlias = Annotated[
    bool, typer.Option("--cvc5", help="Let cvc5 answer each question too; it must agree.")
]

QUESTIONS = ("never-errors", "always-permits", "always-denies", "roles-add", "no-history")


def check(
    policy: PolicyFile,
    schema: SchemaFile = "",
    question: Annotated[
        list[str] | None,
        typer.Option(
            "--question",
            metavar="NAME",
            help=f"Ask a question about the policy: {', '.join(QUESTIONS)}.",
        ),
    ] = None,
    tool: Annotated[
        list[str] | None,
        typer.Option("--tool", metavar="TOOL", help="Ask about this tool only; may be repeated."),
    ] = None,
    smtlib: SmtLib = "",
    cvc5: Cvc5 = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Read a policy and say everything that is wrong with it; ask questions about it."""
    for name in question or []:
        if name not in QUESTIONS:
            raise PorismError(
                f"--question: there is no question '{name}'.",
                hint=nearest(name, QUESTIONS) or f"Choose from {', '.join(QUESTIONS)}.",
            )
    errors: list[PorismError] = []
    rules = load(policy, schema, errors)
    answers: list[Answer] = []
    for name in tool or []:
        if name not in rules.schema.tools:
            raise PorismError(
                f"--tool: there is no tool '{name}'.", hint=nearest(name, rules.schema.tools)
            )
    if question and not errors:
        questions = make_analyser(smtlib, cvc5, rules)
        ask = {
            "never-errors": lambda: questions.never_errors(rules),
            "always-permits": lambda: questions.always(rules, "permit", *(tool or ())),
            "always-denies": lambda: questions.always(rules, "deny", *(tool or ())),
            "roles-add": lambda: questions.role_monotone(rules),
            "no-history": lambda: questions.needs_no_history(rules),
        }
        answers = [ask[name]() for name in question]
    code = Exit.BAD_INPUT if errors else worst(answers)
    if as_json:
        print_json(
            {
                "policy": rules.name,
                "rules": len(rules.own),
                "errors": [error_record(e) for e in errors],
                "answers": [answer_record(a) for a in answers],
                "exit": code,
            }
        )
    elif errors:
        print("\n".join(e.render() for e in errors), file=sys.stderr)
    elif not quiet:
        tools = f" about {len(rules.schema.tools)} tools" if rules.schema.tools else ""
        print(f"{rules.name}: {len(rules.own)} rules{tools}, all well formed.")
        for answer in answers:
            show(answer)
    return code


def lint(
    policy: PolicyFile,
    schema: SchemaFile = "",
    conflicts: Annotated[
        bool, typer.Option("--conflicts", help="List permits and forbids that overlap, too.")
    ] = False,
    sarif: Sarif = "",
    html: Annotated[
        str, typer.Option("--html", metavar="FILE", help="Write a page with the findings.")
    ] = "",
    smtlib: SmtLib = "",
    cvc5: Cvc5 = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Find rules that never decide, limits that can be passed, and other traps, with witnesses."""
    from governance.analysis import findings as linter
    from governance.reports.page import report
    from governance.reports.sarif import sarif as to_sarif
    from porism.terminal import Ticker

    errors: list[PorismError] = []
    rules = load(policy, schema, errors)
    found = [linter.invalid(e) for e in errors]
    if rules.schema.tools or is_cedar(policy):
        with Ticker(quiet) as ticker:
            found += linter.lint(
                rules, conflicts, make_analyser(smtlib, cvc5, rules), progress=ticker.phase
            )
    if sarif:
        write_whole(sarif, json.dumps(to_sarif(found, porism.__version__), indent=1) + "\n")
    if html:
        write_whole(html, report(rules, found))
    grave = [f for f in found if f.level != "note"]
    code = Exit.NOT_PROVED if grave else Exit.DONE
    if as_json:
        print_json({"policy": rules.name, "findings": [f.record() for f in found], "exit": code})
    elif not quiet:
        for f in found:
            place = f"{f.span}: " if f.span else ""
            print(f"{place}{f.level}: {f.message} [{f.code}]")
            if f.witness:
                print("\n".join(f"    {line}" for line in f.witness.lines()))
        if not found:
            print(f"{rules.name}: nothing found in {len(rules.own)} rules.")
        if html:
            print(f"Open {html} in a browser.")
    return code


def diff(
    old: Annotated[str, typer.Argument(metavar="OLD", help="The policy as it was.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="The policy as it is to be.")],
    schema: SchemaFile = "",
    within: Annotated[
        str,
        typer.Option(
            "--within", metavar="POLICY", help="What may be let through beyond the old policy."
        ),
    ] = "",
    disjoint: Annotated[
        bool, typer.Option("--disjoint", help="Ask whether both let some request through.")
    ] = False,
    sarif: Sarif = "",
    smtlib: SmtLib = "",
    cvc5: Cvc5 = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Say what a change lets through and what it no longer does, with a request for each.

    Exit code 1 says that the new policy lets more through (or, with --within, more than that;
    with --disjoint, that a request is let through by both).
    """
    from governance.reports.sarif import sarif_comparison

    spelt = {is_cedar(file) for file in (old, new, within) if file}
    if len(spelt) > 1:
        raise PorismError(
            "A Cedar policy and a *.policy file speak of different things.",
            hint="Compare two *.cedar files, or two *.policy files.",
        )
    shared = schema or beside(new) or beside(old)
    before, after = load(old, shared), load(new, shared)
    policies = [before, after]
    bound = load(within, shared) if within else None
    questions = make_analyser(smtlib, cvc5, *policies, *([bound] if bound else []))
    comparison = questions.compare(before, after)
    relaxed = questions.bounded_relaxation(before, after, bound) if bound else None
    apart = questions.disjoint(before, after) if disjoint else None
    asked = [answer for answer in (relaxed, apart) if answer]
    code = worst(asked or [comparison.allows_no_more])
    if sarif:
        log = sarif_comparison(comparison, new, porism.__version__)
        write_whole(sarif, json.dumps(log, indent=1) + "\n")
    if as_json:
        record: dict[str, Any] = {
            "relation": comparison.relation,
            "allows_no_more": answer_record(comparison.allows_no_more),
            "allows_no_less": answer_record(comparison.allows_no_less),
        }
        if relaxed:
            record["within"] = answer_record(relaxed)
        if apart:
            record["disjoint"] = answer_record(apart)
        print_json({**record, "exit": code})
    elif not quiet:
        print(f"The new policy is {_RELATIONS[comparison.relation]}.")
        for head, answer in (
            ("It lets through what the old one did not:", comparison.allows_no_more),
            ("It no longer lets through:", comparison.allows_no_less),
        ):
            if answer.witness:
                print(head)
                show_witness(answer.witness)
            elif not answer.proved:
                print(f"{answer.question}: {answer.verdict}")
        for answer in asked:
            show(answer)
    return code


_RELATIONS = {
    "equivalent": "equivalent to the old one",
    "stricter": "stricter than the old one",
    "more permissive": "more permissive than the old one",
    "incomparable": "more permissive in some cases and stricter in others",
    "unknown": "not completely compared with the old one",
}


def limits(
    policy: PolicyFile,
    schema: SchemaFile = "",
    smtlib: SmtLib = "",
    cvc5: Cvc5 = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Say whether totals can pass their limits, and what happens just below, at and above each.

    Exit code 1 says that a total can pass its limit.
    """
    from governance.analysis.limits import LimitAnalyser
    from governance.analysis.limits import limits as limits_of
    from porism.terminal import Ticker

    rules = load(policy, schema)
    audit = LimitAnalyser(make_analyser(smtlib, cvc5, rules), rules)
    with Ticker(quiet) as ticker:
        totals = []
        for limit in limits_of(rules):
            ticker.phase(str(limit))
            totals.append((limit, audit.holds(limit)))
        bounds = []
        for rule in rules.own:
            ticker.phase(rule.name)
            bounds += list(audit.boundary(rule))
    code = worst([answer for _, answer in totals])
    if as_json:
        print_json(
            {
                "totals": [
                    {"rule": limit.rule.name, **answer_record(answer)} for limit, answer in totals
                ],
                "boundaries": [boundary_record(b) for b in bounds],
                "exit": code,
            }
        )
    elif not quiet:
        for limit, answer in totals:
            print(f"{limit.rule.name}: ", end="")
            show(answer)
        for bound in bounds:
            show_boundary(bound)
        if not totals and not bounds:
            print(f"{rules.name}: no rule compares with a number.")
    return code
