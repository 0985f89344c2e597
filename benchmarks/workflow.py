"""Workflows under policies, measured: agent graphs × temporal rules beside a peer, the product of a
large workflow with a monitor, k-induction, the seven properties, a cold start, the governor.

Times are CPU times, the best of several; the peer runs in the same process, turn by turn.

    python benchmarks/workflow.py [--quick] [--json] [--graphs DIR]
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from governance import Ledger, make_schema, parse_policy, tool
from governance.policy import Rule, RuleSet
from governance.workflows.builder import WorkflowBuilder
from governance.workflows.claims import Claim
from governance.workflows.directives import Call, Reason
from governance.workflows.generators import PythonWorkflow
from governance.workflows.govern import govern
from governance.workflows.importers import import_workflow
from governance.workflows.ir import Branch, Case, End, Perform, Workflow
from governance.workflows.properties import Certifier
from governance.workflows.reading import parse_claims, temporal_claim
from governance.workflows.verify import Verifier
from logic.budget import Budget
from logic.errors import PorismError

ROOT = Path(__file__).resolve().parent.parent
CORPUS = Path(os.environ.get("PORISM_CORPORA", ROOT.parent / "shared" / "corpora")) / "agentproof"


def best(work: Callable[[], object], times: int) -> float:
    """The least CPU time of several calls, in seconds."""
    found = []
    for _ in range(times):
        start = time.process_time()
        work()
        found.append(time.process_time() - start)
    return min(found)


# -- agent graphs --------------------------------------------------------------------------------


def ours(path: Path, claims: list[Claim]) -> dict[str, str] | str:
    """The verdict on each rule for one graph, import included; or why it was refused."""
    try:
        workflow = import_workflow(path)
    except PorismError as error:
        return error.message
    policy = RuleSet("open", workflow.schema, [Rule("all", "permit")])
    verifier = Verifier(workflow, policy, solver=False)
    return {claim.name: verifier.check(claim).verdict.status for claim in claims}


def theirs(path: Path, rules: list[Any]) -> dict[str, bool]:
    """The same by the peer, as its users call it."""
    from agentproof import graph_from_dict, verify

    graph = graph_from_dict(json.loads(path.read_text("utf-8")))
    report = verify(graph, monitor_rules=rules, static_temporal=True)
    return {found["rule_id"]: bool(found["violated"]) for found in report["static_temporal"]}


def compiled_once(path: Path, rules: list[Any]) -> None:
    """The peer's product alone, for rules that were compiled before."""
    from agentproof import graph_from_dict
    from agentproof.verify import check_temporal_property

    graph = graph_from_dict(json.loads(path.read_text("utf-8")))
    for rule in rules:
        check_temporal_property(graph, rule)


def graphs(folder: Path, limit: int) -> dict[str, Any]:
    """All graphs × all rules, by both, and why verdicts differ."""
    paths = sorted([*folder.glob("graphs/*.json"), *folder.glob("curated/*.json")])[:limit]
    if not paths:
        return {"skipped": f"no agent graphs at {folder}"}
    rules = json.loads((folder / "policies" / "temporal_policies.json").read_text("utf-8"))
    verdicts: dict[Path, dict[str, str] | str] = {}

    def run() -> None:
        claims = [temporal_claim(r["dsl"], name=r["id"]) for r in rules]
        for path in paths:
            verdicts[path] = ours(path, claims)

    seconds = best(run, 2)
    refused = {p.stem: v for p, v in verdicts.items() if isinstance(v, str)}
    record: dict[str, Any] = {
        "graphs": len(paths), "rules": len(rules), "seconds": seconds,
        "refused": len(refused), "reasons": sorted(set(refused.values()))[:10],
    }  # fmt: skip
    counts: dict[str, int] = {}
    for found in verdicts.values():
        for status in found.values() if isinstance(found, dict) else ():
            counts[status] = counts.get(status, 0) + 1
    record["verdicts"] = counts
    try:
        from agentproof.monitor.ltl import MonitorRuleSpec, compile_monitor_rule
    except ImportError:
        record["peer"] = "agentproofx is not installed"
        return record
    specs = [MonitorRuleSpec(r["id"], r["dsl"]) for r in rules]
    compiled = [compile_monitor_rule(s) for s in specs]
    other: dict[Path, dict[str, bool]] = {}

    def peer() -> None:
        for path in paths:
            other[path] = theirs(path, specs)

    record["peer_seconds"] = best(peer, 2)
    record["faster"] = record["peer_seconds"] / seconds
    once = best(lambda: [compiled_once(p, compiled) for p in paths], 2)
    record["peer_seconds, rules compiled once, temporal rules only"] = once
    agree, differ = 0, {}
    forms = {r["id"]: r["form"] for r in rules}
    for path, found in verdicts.items():
        if isinstance(found, str):
            continue
        for rule, violated in other[path].items():
            status = found[rule]
            if (status == "REFUTED") == violated:
                agree += 1
            else:
                key = f"{forms[rule]}: ours {status}, theirs {'violated' if violated else 'holds'}"
                differ[key] = differ.get(key, 0) + 1
    record["agree"] = agree
    record["differ"] = differ
    return record


# -- the product ---------------------------------------------------------------------------------


def large(count: int, seed: int = 1) -> Workflow:
    """A random workflow of so many nodes."""
    schema = make_schema(tools=[tool(t, "call") for t in ("a", "b", "c", "approve", "send")])
    rng = random.Random(seed)
    nodes: dict[str, Any] = {}
    for i in range(count - 1):
        name = f"n{i}"
        if rng.random() < 0.5:
            used = rng.choice(("a", "b", "c", "approve", "send"))
            nodes[name] = Perform(name=name, tool=used, next=f"n{min(count - 1, i + 1)}")
        else:
            cases = tuple(Case(f"n{rng.randrange(count)}") for _ in range(3))
            nodes[name] = Branch(name=name, cases=cases)
    nodes[f"n{count - 1}"] = End(name=f"n{count - 1}")
    return Workflow(name="large", schema=schema, nodes=nodes, start="n0").check()


def product(count: int) -> dict[str, Any]:
    """States a second of a large workflow with a monitor."""
    workflow = large(count)
    policy = RuleSet("open", workflow.schema, [Rule("all", "permit")])
    (claim,) = parse_claims(
        "claim c: either (never send when not once approve and not once b and not once c) "
        "or (a leads to b within 6 steps)",
        workflow.schema,
    )
    verifier = Verifier(workflow, policy, solver=False)
    states = 0

    def run() -> None:
        nonlocal states
        made = verifier.product([claim])
        made.search()
        states = len(made.parents)

    seconds = best(run, 3)
    return {
        "nodes": count, "states": states, "seconds": seconds,
        "ms_per_100000": seconds / states * 1e8,
    }  # fmt: skip


# -- induction -----------------------------------------------------------------------------------

LOOP = """
label Secrecy { public < secret }
principal ann
tool think(x: Int) is reason
tool read(what: Int) is memory
tool approve(amount: Int) is call
tool send(amount: Int) is call
permit a: ann to think, read, approve
permit b: ann to send when once approve
forbid c: ann to send when label(Secrecy) = secret
budget d: sum(amount of send where amount > 0) <= 1000
claim loop: both (never send when not once approve) and
  (both (never send when label(Secrecy) = secret) and
        (sum(amount of send where amount > 0) <= 1000))
"""


def induction() -> dict[str, Any]:
    """Budget, approval and labels in a loop without end, for all numbers."""
    from governance.workflows.symbolic import check_symbolically
    from governance.workflows.verify import Result
    from proofs.verdict import Verdict

    policy = parse_policy(LOOP)
    b = WorkflowBuilder("loop", policy.schema, principal="ann")
    b.variable("a", "Int")
    b.label("again")
    b.branch(["ask", "read", "send"])
    b.label("ask")
    b.perform("approve", amount=1, to_next="again", denied="again")
    b.label("read")
    b.perform("read", "a", what=1, labels={"Secrecy": "secret"}, to_next="again", name="reading")
    b.label("send")
    b.perform("think", "a", x=1)
    b.perform("send", amount="a", name="sending", denied="again", to_next="again")
    workflow = b.workflow()
    (claim,) = parse_claims(LOOP, policy.schema, workflow.variables)
    nothing = Result(claim, Verdict("UNKNOWN"))
    statuses = []

    def run() -> None:
        found = check_symbolically(workflow, policy, claim, Budget(30.0), nothing)
        statuses.append(f"{found.verdict} by {found.method}")

    seconds = best(run, 5)
    return {"ms": seconds * 1000, "verdict": statuses[-1]}


# -- properties, start, governor ------------------------------------------------------------------


def properties() -> dict[str, Any]:
    """Each of the seven properties on the example."""
    folder = ROOT / "examples" / "agent"
    sys.path.insert(0, str(folder))
    try:
        import agent  # type: ignore[import-not-found]
    finally:
        sys.path.pop(0)
    flow: PythonWorkflow = agent.pay_bill
    workflow = flow.explore()
    text = (folder / "agent.policy").read_text("utf-8")
    claims = parse_claims(text, agent.POLICY.schema, workflow.variables)
    certifier = Certifier(workflow, agent.POLICY, claims)
    found: dict[str, Any] = {}
    for name in ("P1", "P2", "P3", "P4", "P5", "P6", "P7"):
        check = getattr(certifier, name.lower())
        status = check(Budget(60.0)).verdict.status
        found[name] = {"ms": best(lambda c=check: c(Budget(60.0)), 3) * 1000, "verdict": status}
    return found


def cold_start() -> dict[str, Any]:
    """CPU time of `porism verify` of an imported agent, from nothing."""
    from resource import RUSAGE_CHILDREN, getrusage

    file = ROOT / "build" / "bench_agent.json"
    file.parent.mkdir(exist_ok=True)
    nodes = [
        {"id": "start", "kind": "entry", "label": "", "tools": []},
        {"id": "think", "kind": "llm", "label": "", "tools": []},
        {"id": "send", "kind": "tool", "label": "", "tools": ["send_mail"]},
        {"id": "end", "kind": "exit", "label": "", "tools": []},
    ]
    edges = [{"source": a, "target": b, "kind": "direct"}
             for a, b in (("start", "think"), ("think", "send"), ("send", "end"))]  # fmt: skip
    graph = {"name": "mail", "framework": "langgraph", "entry_id": "start", "exit_ids": ["end"],
             "nodes": nodes, "edges": edges}  # fmt: skip
    file.write_text(json.dumps(graph), encoding="utf-8")
    command = [sys.executable, "-m", "porism", "verify", str(file), "-c", "G !tool:drop", "-q"]
    found = []
    for _ in range(4):
        before = getrusage(RUSAGE_CHILDREN)
        code = subprocess.run(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)},
                              check=False).returncode  # fmt: skip
        after = getrusage(RUSAGE_CHILDREN)
        found.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return {"seconds": min(found), "exit": code}


def overhead(count: int) -> dict[str, Any]:
    """What the governor adds to each directive of a run, without and with a ledger."""
    schema = make_schema(
        tools=[tool("plan", "reason", goal="Text"), tool("send", "call", to="Text", amount="Int")],
        roles={"payer": ()},
        principals={"ann": ("payer",)},
    )
    policy = parse_policy(
        "permit a: ann to plan\npermit b: payer to send when amount <= 500\n"
        "budget c: sum(amount of send) <= 1_000_000_000\n",
        schema,
    )

    def flow() -> Any:
        for _ in range(count // 2):
            yield Reason("plan", goal="x")
            yield Call("send", to="ACME", amount=5)

    def bare() -> None:
        run = flow()
        try:
            directive = next(run)
            while True:
                directive = run.send(interpret(directive))
        except StopIteration:
            pass

    def interpret(_: object) -> int:
        return 1

    base = best(bare, 5)
    found = {}
    for name, ledger in (("without a ledger", None), ("with a ledger", Ledger())):
        governed = govern(interpret, policy, principal="ann", ledger=ledger)
        seconds = best(lambda g=governed: g.run(flow()), 5) - base
        found[name] = seconds / count * 1e6
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer graphs, smaller workflows")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--graphs", type=Path, default=CORPUS, help="the corpus of agent graphs")
    options = parser.parse_args()
    record = {
        "agent graphs": graphs(options.graphs, 60 if options.quick else 10_000),
        "product": product(2_000 if options.quick else 20_000),
        "k-induction": induction(),
        "properties": properties(),
        "cold start": cold_start(),
        "governor, µs a directive": overhead(2_000 if options.quick else 20_000),
    }
    if options.json:
        print(json.dumps(record, indent=1, ensure_ascii=False))
        return
    for name, entry in record.items():
        print(name)
        for key, value in entry.items():
            shown = f"{value:.3f}" if isinstance(value, float) else value
            print(f"  {key}: {shown}")


if __name__ == "__main__":
    main()
