"""The commands ``porism policy check | lint | diff | eval | test | explain | ledger verify``."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer

import porism
from logic.errors import PorismError, nearest
from porism.files import write_whole
from porism.options import Exit, Json, Quiet, print_json

if TYPE_CHECKING:
    from governance.analysis.analyse import Analyser, Answer
    from governance.analysis.witness import Witness
    from governance.policy import RuleSet
    from governance.request import Request

app = typer.Typer(no_args_is_help=True, help="Check, lint, compare, test and explain policies.")
ledger_app = typer.Typer(no_args_is_help=True, help="Check the record of what was decided.")
app.add_typer(ledger_app, name="ledger")

PolicyFile: TypeAlias = Annotated[str, typer.Argument(metavar="POLICY", help="A *.policy file.")]
SchemaFile: TypeAlias = Annotated[
    str,
    typer.Option(
        "--schema",
        metavar="FILE",
        help="What the policy speaks of; by default the *.schema file of the same name.",
    ),
]
Sarif: TypeAlias = Annotated[
    str, typer.Option("--sarif", metavar="FILE", help="Write findings for code review tools.")
]
History: TypeAlias = Annotated[
    str, typer.Option("--history", metavar="FILE", help="A JSON list of past requests.")
]
SmtLib: TypeAlias = Annotated[
    str, typer.Option("--smtlib", metavar="DIR", help="Write each question as an SMT-LIB script.")
]
Cvc5: TypeAlias = Annotated[
    bool, typer.Option("--cvc5", help="Let cvc5 answer each question too; it must agree.")
]

QUESTIONS = ("never-errors", "always-permits", "always-denies", "roles-add", "no-history")


@app.command()
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
    rules = _load(policy, schema, errors)
    answers: list[Answer] = []
    if question and not errors:
        analyser = _analyser(smtlib, cvc5, rules)
        ask = {
            "never-errors": lambda: analyser.never_errors(rules),
            "always-permits": lambda: analyser.always(rules, "permit"),
            "always-denies": lambda: analyser.always(rules, "deny"),
            "roles-add": lambda: analyser.role_monotone(rules),
            "no-history": lambda: analyser.needs_no_history(rules),
        }
        answers = [ask[name]() for name in question]
    code = Exit.BAD_INPUT if errors else _worst(answers)
    if as_json:
        print_json(
            {
                "policy": rules.name,
                "rules": len(rules.own),
                "errors": [_error(e) for e in errors],
                "answers": [_answer(a) for a in answers],
                "exit": code,
            }
        )
    elif errors:
        print("\n".join(e.render() for e in errors), file=sys.stderr)
    elif not quiet:
        tools = len(rules.schema.tools)
        print(f"{rules.name}: {len(rules.own)} rules about {tools} tools, all well formed.")
        for answer in answers:
            _show(answer)
    return code


@app.command()
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
    rules = _load(policy, schema, errors)
    found = [linter.invalid(e) for e in errors]
    if rules.schema.tools:
        with Ticker(quiet) as ticker:
            found += linter.lint(
                rules, conflicts, _analyser(smtlib, cvc5, rules), progress=ticker.phase
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


@app.command()
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
    sarif: Sarif = "",
    smtlib: SmtLib = "",
    cvc5: Cvc5 = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Say what a change lets through and what it no longer does, with a request for each.

    Exit code 1 says that the new policy lets more through (or, with --within, more than that).
    """
    from governance.reports.sarif import sarif_comparison

    shared = schema or _beside(new) or _beside(old)
    before, after = _load(old, shared), _load(new, shared)
    policies = [before, after]
    bound = _load(within, shared) if within else None
    analyser = _analyser(smtlib, cvc5, *policies, *([bound] if bound else []))
    comparison = analyser.compare(before, after)
    relaxed = analyser.bounded_relaxation(before, after, bound) if bound else None
    decisive = relaxed or comparison.allows_no_more
    code = _worst([decisive])
    if sarif:
        log = sarif_comparison(comparison, new, porism.__version__)
        write_whole(sarif, json.dumps(log, indent=1) + "\n")
    if as_json:
        record: dict[str, Any] = {
            "relation": comparison.relation,
            "allows_no_more": _answer(comparison.allows_no_more),
            "allows_no_less": _answer(comparison.allows_no_less),
        }
        if relaxed:
            record["within"] = _answer(relaxed)
        print_json({**record, "exit": code})
    elif not quiet:
        print(f"The new policy is {_RELATIONS[comparison.relation]}.")
        for head, answer in (
            ("It lets through what the old one did not:", comparison.allows_no_more),
            ("It no longer lets through:", comparison.allows_no_less),
        ):
            if answer.witness:
                print(head)
                _show_witness(answer.witness)
            elif not answer.proved:
                print(f"{answer.question}: {answer.verdict}")
        if relaxed:
            _show(relaxed)
    return code


_RELATIONS = {
    "equivalent": "equivalent to the old one",
    "stricter": "stricter than the old one",
    "more permissive": "more permissive than the old one",
    "incomparable": "more permissive in some cases and stricter in others",
    "unknown": "not completely compared with the old one",
}


@app.command("eval")
def evaluate(
    policy: PolicyFile,
    requests: Annotated[
        str, typer.Argument(metavar="REQUESTS", help="JSON lines of requests; - is the input.")
    ],
    schema: SchemaFile = "",
    as_json: Json = False,
) -> int:
    """Decide requests one after another; what is permitted counts as completed."""
    from governance.runtime.decider import Decider

    rules = _load(policy, schema)
    answers = Decider(rules).run(_requests(requests))
    if as_json:
        print_json({"decisions": [_decided(r, d) for r, d in answers], "exit": Exit.DONE})
    else:
        from governance.analysis.witness import show_request

        for request, decision in answers:
            print(f"{decision}  {show_request(request)}")
    return Exit.DONE


@app.command()
def test(
    policy: PolicyFile,
    tests: Annotated[
        str,
        typer.Option(
            "--tests", metavar="FILE", help="By default the *.tests file of the same name."
        ),
    ] = "",
    schema: SchemaFile = "",
    mutate: Annotated[
        bool, typer.Option("--mutate", help="Find edits of rules that no test would notice.")
    ] = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Run a policy's tests; say which rules none of them reaches."""
    from governance.analysis import testing
    from logic.source import read_source

    rules = _load(policy, schema)
    cases = testing.read_cases(
        read_source(tests or Path(policy).with_suffix(".tests"), "a tests file")
    )
    results = testing.run(rules, cases)
    covered = testing.coverage(rules, cases)
    mutants = list(testing.mutate(rules, cases)) if mutate else []
    failed = [r for r in results if not r.passed]
    unseen = [m for m in mutants if not m.noticed]
    code = Exit.NOT_PROVED if failed else Exit.DONE
    if as_json:
        record: dict[str, Any] = {
            "passed": len(results) - len(failed),
            "failed": [
                {
                    "name": r.case.name,
                    "expect": r.case.expect,
                    **_decided(r.case.request, r.decision),
                }
                for r in failed
            ],
            "covered": covered,
        }
        if mutate:
            record["mutants"] = len(mutants)
            record["unnoticed"] = [{"rule": m.rule, "edit": m.edit} for m in unseen]
        print_json({**record, "exit": code})
    elif not quiet:
        for r in failed:
            print(f"failed: {r.case.name}: expected {r.case.expect}, decided {r.decision}")
        bare = [name for name, names in covered.items() if not names]
        print(f"{len(results) - len(failed)} of {len(results)} tests pass.")
        print(f"{len(covered) - len(bare)} of {len(covered)} rules are satisfied in some test.")
        if bare:
            print(f"Never satisfied: {', '.join(bare)}.")
        if mutate:
            print(f"{len(mutants) - len(unseen)} of {len(mutants)} edits are noticed. Not noticed:")
            for m in unseen:
                print(f"  {m.rule}: {m.edit}")
    return code


@app.command()
def explain(
    policy: PolicyFile,
    request: Annotated[
        str, typer.Argument(metavar="REQUEST", help="A request in JSON, or a file that has one.")
    ],
    history: History = "",
    schema: SchemaFile = "",
    as_json: Json = False,
) -> int:
    """Say why a request is decided as it is, rule by rule and part by part."""
    from governance.analysis.explain import explain as explain_request
    from governance.analysis.testing import read_history
    from governance.request import request_from

    rules = _load(policy, schema)
    text = request if request.lstrip().startswith("{") else _text(request)
    past = read_history(_json(_text(history), history)) if history else []
    explanation = explain_request(rules, request_from(_json(text, "REQUEST")), past)
    if as_json:
        print_json({**explanation.record(), "exit": Exit.DONE})
    else:
        print("\n".join(explanation.lines()))
    return Exit.DONE


@ledger_app.command()
def verify(
    ledger: Annotated[str, typer.Argument(metavar="LEDGER", help="A ledger file.")],
    head: Annotated[
        str, typer.Option("--head", metavar="FILE", help="A head that was kept elsewhere.")
    ] = "",
    key: Annotated[
        str, typer.Option("--key", metavar="FILE", help="The key that the head was signed with.")
    ] = "",
    as_json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Find out whether a ledger is what was written: edits, gaps, a missing end."""
    from governance.runtime.ledger import Head
    from governance.runtime.ledger import verify as verify_ledger

    kept = None
    if head:
        record = _json(_text(head), head)
        try:
            kept = Head(int(record["entries"]), str(record["hash"]), str(record["signature"]))
        except (KeyError, TypeError, ValueError):
            raise PorismError(
                f"'{head}' is no head of a ledger.",
                hint='It has the form {"entries": 3, "hash": "...", "signature": "..."}.',
            ) from None
    if key and not head:
        raise PorismError("--key needs --head, which it belongs to.")
    found = verify_ledger(ledger, kept, _text(key).strip().encode() if key else None)
    code = Exit.NOT_PROVED if found.problem else Exit.DONE
    if as_json:
        problem = found.problem
        print_json(
            {
                "policy": found.policy,
                "entries": found.head.entries,
                "hash": found.head.hash,
                "sound": problem is None,
                **(
                    {"problem": problem.kind, "entry": problem.entry, "message": problem.message}
                    if problem
                    else {}
                ),
                "exit": code,
            }
        )
    elif found.problem:
        print(f"{ledger}: {found.problem.kind}: {found.problem.message}.", file=sys.stderr)
    elif not quiet:
        print(f"Sound: {found.head.entries} entries of {found.policy or 'a policy'}.")
        if not head:
            print("Whether its end is missing shows only against a signed head (--head).")
    return code


# -- reading ---------------------------------------------------------------------------------


def _beside(policy: str) -> str:
    path = Path(policy).with_suffix(".schema")
    return str(path) if path.is_file() and str(path) != policy else ""


def _load(policy: str, schema: str = "", errors: list[PorismError] | None = None) -> RuleSet:
    from governance.spellings.elaborate import parse_policy, parse_schema
    from logic.source import read_source

    source = read_source(policy, "a policy")
    beside = schema or _beside(policy)
    known = parse_schema(read_source(beside, "a schema")) if beside else None
    return parse_policy(source, known, errors)


def _analyser(smtlib: str, cvc5: bool, *policies: RuleSet) -> Analyser:
    from governance.analysis.analyse import Analyser
    from governance.analysis.second import cvc5_answer

    count = 0

    def dump(title: str, script: str) -> None:
        nonlocal count
        count += 1
        header = "".join(f"; {line}\n" for line in title.splitlines())
        write_whole(os.path.join(smtlib, f"{count:04d}.smt2"), header + script)

    if smtlib:
        try:
            os.makedirs(smtlib, exist_ok=True)
        except OSError as error:
            raise PorismError(f"The folder {smtlib} cannot be made: {error.strerror}.") from None
    if cvc5:
        cvc5_answer("(check-sat)")
    return Analyser(*policies, dump=dump if smtlib else None, second=cvc5_answer if cvc5 else None)


def _text(path: str) -> str:
    from logic.source import read_source

    return read_source(path, "a text file").text


def _json(text: str, what: str) -> Any:
    try:
        return json.loads(text)
    except RecursionError:
        raise PorismError(f"{what} nests too deep.") from None
    except ValueError as error:
        raise PorismError(f"{what} is not JSON: {error}.") from None


def _requests(path: str) -> list[Request]:
    from governance.request import request_from

    text = sys.stdin.read() if path == "-" else _text(path)
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            try:
                found.append(request_from(_json(line, f"Line {number}")))
            except PorismError as error:
                if error.message.startswith("Line "):
                    raise
                raise PorismError(f"Line {number}: {error.message}", hint=error.hint) from None
    return found


# -- printing --------------------------------------------------------------------------------


def _worst(answers: list[Answer]) -> int:
    if any(a.refuted for a in answers):
        return Exit.NOT_PROVED
    return Exit.DONE if all(a.proved for a in answers) else Exit.UNDECIDED


def _show(answer: Answer) -> None:
    print(f"{answer.question}: {answer.verdict}")
    if answer.witness:
        _show_witness(answer.witness)


def _show_witness(witness: Witness) -> None:
    print("\n".join(f"    {line}" for line in witness.lines()))


def _answer(answer: Answer) -> dict[str, Any]:
    record: dict[str, Any] = {"question": answer.question, "verdict": answer.verdict.status}
    if answer.verdict.detail:
        record["detail"] = answer.verdict.detail
    if answer.witness:
        record["witness"] = answer.witness.record()
    return record


def _decided(request: Request, decision: Any) -> dict[str, Any]:
    record = {"outcome": decision.outcome, "rules": list(decision.rules)}
    if decision.errors:
        record["errors"] = dict(decision.errors)
    if decision.reason:
        record["reason"] = decision.reason
    return {"request": request.record(), **record}


def _error(error: PorismError) -> dict[str, Any]:
    record: dict[str, Any] = {"message": error.message}
    if error.span:
        record |= {"file": error.span.file, "line": error.span.line, "column": error.span.column}
    if error.hint:
        record["hint"] = error.hint
    return record
