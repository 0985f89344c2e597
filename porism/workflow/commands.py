"""What ``porism verify``, ``certify``, ``footprint`` and ``run`` do."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer

import porism
from logic.budget import Budget, parse_time
from logic.errors import PorismError
from porism.files import write_whole
from porism.options import Exit, Json, Quiet, Time, print_json

if TYPE_CHECKING:
    from governance.workflows.properties import Certificate
    from governance.workflows.verify import Result
    from porism.workflow.loading import Loaded

WorkflowFile: TypeAlias = Annotated[
    str,
    typer.Argument(metavar="WORKFLOW", help="A JSON or YAML file, or path.py:name."),
]
PolicyName: TypeAlias = Annotated[
    str, typer.Option("--policy", "-p", metavar="POLICY", help="A *.policy file.")
]
SchemaName: TypeAlias = Annotated[
    str, typer.Option("--schema", metavar="FILE", help="What both speak of.")
]
ClaimText: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--claim",
        "-c",
        metavar="CLAIM",
        help="A claim as in a policy file, or a temporal form (G !tool:x); several times.",
    ),
]
RulesFile: TypeAlias = Annotated[
    str, typer.Option("--claims", metavar="FILE", help="More claims, from a file.")
]
Format: TypeAlias = Annotated[
    str, typer.Option("--from", metavar="FORMAT", help="What an imported file is.")
]
Html: TypeAlias = Annotated[
    str, typer.Option("--html", metavar="FILE", help="Write a page with pictures and runs.")
]
Sarif: TypeAlias = Annotated[
    str, typer.Option("--sarif", metavar="FILE", help="Write findings for code review tools.")
]


def verify(
    workflow: WorkflowFile,
    policy: PolicyName = "",
    claim: ClaimText = None,
    claims: RulesFile = "",
    schema: SchemaName = "",
    format_: Format = "",
    time: Time = "30s",
    html: Html = "",
    sarif: Sarif = "",
    as_json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Prove or refute claims about a workflow under a policy; each refutation is a run.

    Without --policy everything is permitted. Claims are those of the policy file and of --claim.
    """
    from governance.workflows.verify import Verifier
    from porism.workflow import loading

    budget = Budget(parse_time(time))
    loaded = loading.load(workflow, policy, schema, claim or [], claims, format_, budget)
    if not loaded.claims:
        raise PorismError(
            "There is no claim to verify.",
            hint="Give one with --claim 'never send when ...', or write `claim NAME: ...` in the "
            "policy file.",
        )
    verifier = Verifier(loaded.workflow, loaded.policy)
    results = verifier.check_all(loaded.claims, budget)
    _confirm(loaded, results)
    code = _code([r.verdict.status for r in results])
    if html:
        from governance.reports.workflow import report

        write_whole(html, report(verifier.workflow, loaded.policy, results))
    if sarif:
        from governance.reports.sarif import sarif_workflow

        log = sarif_workflow(loaded.workflow, results, porism.__version__)
        write_whole(sarif, json.dumps(log, indent=1) + "\n")
    if as_json:
        print_json(
            {
                "workflow": loaded.workflow.name,
                "policy": loaded.policy.name,
                "results": [r.record() for r in results],
                "assumptions": list(loaded.workflow.assumptions),
                "exit": code,
            }
        )
    elif not quiet:
        for result in results:
            _show(result)
        _assumptions(loaded)
        if html:
            print(f"Open {html} in a browser.")
    return code


def certify(
    workflow: WorkflowFile,
    policy: PolicyName = "",
    claim: ClaimText = None,
    claims: RulesFile = "",
    schema: SchemaName = "",
    format_: Format = "",
    time: Time = "1m",
    html: Html = "",
    as_json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Check the seven properties of a workflow under a policy, and the five invariants."""
    from governance.workflows.properties import Certifier
    from porism.workflow import loading

    budget = Budget(parse_time(time))
    loaded = loading.load(workflow, policy, schema, claim or [], claims, format_, budget)
    found = Certifier(loaded.workflow, loaded.policy, loaded.claims).certify(budget)
    statuses = [p.verdict.status for p in found.properties]
    code = _code([*statuses, *(k.verdict.status for k in found.invariants)])
    if html:
        from governance.reports.workflow import report

        write_whole(html, report(loaded.workflow, loaded.policy, [], found))
    if as_json:
        print_json({**found.record(), "exit": code})
    elif not quiet:
        _show_certificate(found)
        _assumptions(loaded)
        if html:
            print(f"Open {html} in a browser.")
    return code


def footprint(
    workflow: WorkflowFile,
    policy: PolicyName = "",
    schema: SchemaName = "",
    private: Annotated[
        list[str] | None, typer.Option("--private", metavar="TOOL", help="Reads private data.")
    ] = None,
    untrusted: Annotated[
        list[str] | None,
        typer.Option("--untrusted", metavar="TOOL", help="Brings in content of others."),
    ] = None,
    format_: Format = "",
    time: Time = "30s",
    as_json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Say which tools a workflow needs, and which it is granted without need.

    With --private and --untrusted, look for a run on which private data and the content of others
    have come in when something goes out by a call. Runs that come to no end are listed, too.
    """
    from governance.workflows import footprint as analyse
    from governance.workflows.progress import stalls
    from governance.workflows.verify import Verifier
    from porism.workflow import loading

    budget = Budget(parse_time(time))
    loaded = loading.load(workflow, policy, schema, [], "", format_, budget)
    tools = loaded.policy.schema.tools
    for name in [*(private or []), *(untrusted or [])]:
        if name not in tools:
            from logic.errors import nearest

            raise PorismError(f"There is no tool '{name}'.", hint=nearest(name, tools))
    verifier = Verifier(loaded.workflow, loaded.policy)
    found = analyse.footprint(verifier, budget)
    ways, _ = stalls(verifier, budget)
    wide = analyse.widened(loaded.workflow)
    out = [t.name for t in tools.values() if t.kind == "call"]
    three = (
        analyse.trifecta(verifier, private or [], untrusted or [], out, budget)
        if private and untrusted
        else None
    )
    bad = three is not None or bool(found.denied) or any("beyond" in w.why for w in wide)
    code = Exit.NOT_PROVED if bad else Exit.DONE if found.complete else Exit.UNDECIDED
    if as_json:
        record: dict[str, Any] = {**found.record(), "exit": int(code)}
        record["stalls"] = [{"kind": s.kind, "run": s.run.record()} for s in ways]
        record["calls"] = [
            {"call": w.call, "callee": w.callee, "tools": list(w.tools), "why": w.why} for w in wide
        ]
        if three is not None:
            record["trifecta"] = {
                "private": three.private, "untrusted": three.untrusted,
                "channel": three.channel, "run": three.run.record(),
            }  # fmt: skip
        print_json(record)
    elif not quiet:
        for kind, names in found.kinds.items():
            print(f"{kind:>8}: {', '.join(names)}")
        for head, some in (
            ("needs, and is never permitted", found.denied),
            ("is granted, and does not need", found.idle),
            ("rules about tools it does not use", found.unused_rules),
        ):
            if some:
                print(f"{head}: {', '.join(some)}")
        for w in wide:
            print(f"{w.call} calls {w.callee}: {w.why}: {', '.join(w.tools)}")
        for stall in ways:
            print(f"{stall.kind}:")
            _lines(stall.run.lines())
        if three is not None:
            print(
                f"private data ({three.private}) and the content of others ({three.untrusted}) "
                f"come together, and {three.channel} goes out:"
            )
            _lines(three.run.lines())
        _assumptions(loaded)
    return code


def run(
    workflow: WorkflowFile,
    policy: PolicyName = "",
    schema: SchemaName = "",
    argument: Annotated[
        list[str] | None,
        typer.Option("--arg", metavar="NAME=VALUE", help="An input; VALUE is JSON or a text."),
    ] = None,
    ledger: Annotated[
        str, typer.Option("--ledger", metavar="FILE", help="Where decisions are recorded.")
    ] = "",
    answers: Annotated[
        str,
        typer.Option(
            "--answers", metavar="FILE", help="JSON: for each tool its answers, one after another."
        ),
    ] = "",
    approve: Annotated[
        str, typer.Option("--approve", metavar="NAME", help="Who approves whatever is asked.")
    ] = "",
    steps: Annotated[int, typer.Option("--steps", min=1, help="Stop after so many.")] = 10_000,
    as_json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Run a workflow under a policy: a Python one with its tools, others with given answers."""
    from governance.runtime.ledger import Ledger
    from governance.workflows.simulate import simulate
    from porism.workflow import loading

    budget = Budget(30.0)
    loaded = loading.load(workflow, policy, schema, [], "", "", budget)
    given = _arguments(argument or [])
    record = Ledger(ledger, loaded.policy.name) if ledger else None
    try:
        outcome = simulate(
            loaded.python or loaded.workflow, loaded.policy, given, _answers(answers), record,
            approve, steps,
        )  # fmt: skip
    finally:
        if record is not None:
            record.close()
    code = Exit.NOT_PROVED if outcome.halted else Exit.DONE
    if as_json:
        print_json({**outcome.record(), "exit": int(code)})
    elif not quiet:
        for line in outcome.lines():
            print(line)
    return code


# -- reading and showing -------------------------------------------------------------------------


def _code(statuses: list[str]) -> int:
    if "REFUTED" in statuses:
        return Exit.NOT_PROVED
    return Exit.DONE if all(s == "PROVED" for s in statuses) else Exit.UNDECIDED


def _confirm(loaded: Loaded, results: list[Result]) -> None:
    """A run of a Python workflow is also a run of the function itself."""
    if loaded.python is None:
        return
    from governance.workflows.confirm import confirm

    for result in results:
        if result.run is not None:
            confirm(loaded.python, loaded.policy, result.run)


def _arguments(given: list[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals:
            raise PorismError(f"--arg {text}: write NAME=VALUE.")
        try:
            found[name] = json.loads(value)
        except ValueError:
            found[name] = value
    return found


def _answers(path: str) -> dict[str, list[Any]]:
    if not path:
        return {}
    from porism.policy.reading import json_of, text_of

    found = json_of(text_of(path), path)
    if not isinstance(found, dict):
        raise PorismError(f"'{path}' is no object.", hint='Such as {"plan": ["pay", "stop"]}.')
    return {name: v if isinstance(v, list) else [v] for name, v in found.items()}


def _show(result: Result) -> None:
    text = " ".join(result.claim.text.split())
    print(f"{result.claim.name}: {result.verdict}")
    if text:
        print(f"  {text}")
    if result.run is not None:
        _lines(result.run.lines())


def _show_certificate(found: Certificate) -> None:
    for p in found.properties:
        print(f"{p.name} {p.title}: {p.verdict}")
        for note in p.notes:
            print(f"  {note}")
        if p.witness is not None:
            _lines(p.witness.lines())
        if p.run is not None:
            _lines(p.run.lines())
    from governance.workflows.invariants import INVARIANTS

    for kept in found.invariants:
        print(f"{kept.name}: {INVARIANTS[kept.name]}: {kept.verdict}")
        if kept.played is not None:
            _lines(kept.played.run.lines())


def _lines(lines: list[str]) -> None:
    for line in lines:
        print(f"    {line}")


def _assumptions(loaded: Loaded) -> None:
    for sentence in loaded.workflow.assumptions:
        print(f"assumed: {sentence}")
