"""``porism policy eval``, ``test`` and ``explain``: what is decided about requests."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from porism.options import Exit, Json, Quiet, print_json
from porism.policy.reading import (
    History,
    NativeFile,
    SchemaFile,
    json_of,
    load_native,
    requests_of,
    text_of,
)
from porism.policy.showing import decision_record


def evaluate(
    policy: NativeFile,
    requests: Annotated[
        str, typer.Argument(metavar="REQUESTS", help="JSON lines of requests; - is the input.")
    ],
    schema: SchemaFile = "",
    as_json: Json = False,
) -> int:
    """Decide requests one after another; what is permitted counts as completed."""
    from governance.runtime.decider import Decider

    rules = load_native(policy, schema)
    answers = Decider(rules).run(requests_of(requests))
    if as_json:
        print_json({"decisions": [decision_record(r, d) for r, d in answers], "exit": Exit.DONE})
    else:
        from governance.analysis.witness import show_request

        for request, decision in answers:
            print(f"{decision}  {show_request(request)}")
    return Exit.DONE


def test(
    policy: NativeFile,
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

    rules = load_native(policy, schema)
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
                    **decision_record(r.case.request, r.decision),
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


def explain(
    policy: NativeFile,
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

    rules = load_native(policy, schema)
    text = request if request.lstrip().startswith("{") else text_of(request)
    past = read_history(json_of(text_of(history), history)) if history else []
    explanation = explain_request(rules, request_from(json_of(text, "REQUEST")), past)
    if as_json:
        print_json({**explanation.record(), "exit": Exit.DONE})
    else:
        print("\n".join(explanation.lines()))
    return Exit.DONE
