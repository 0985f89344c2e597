"""Policies, measured: decisions, ledger, temporal rules, analysis and lint, beside peers.

The rules: nine tenths ``permit agent g_k to call tool t_i when cost < 100``, one tenth ``forbid
tool t_j when tainted``. Every engine that is installed decides the same requests, and must agree.
A decision's time is the median, building the request included; the others are CPU times.

    python benchmarks/policy.py [--quick] [--json]
"""

from __future__ import annotations

import argparse
import json
import random
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from governance.analysis.analyse import Analyser
from governance.analysis.findings import lint
from governance.policy import RuleSet
from governance.request import Request
from governance.runtime.decider import Decider
from governance.runtime.governor import Governor
from governance.runtime.ledger import Ledger
from governance.spellings.elaborate import parse_policy

Ask = tuple[str, str, int, bool]
SIZES = (10, 100, 1_000, 10_000)
GROUPS = 10


def rules(number: int) -> list[tuple[str, str, int]]:
    """(effect, principal, tool number) of each rule."""
    return [("forbid" if i % 10 == 9 else "permit", f"g{i % GROUPS}", i) for i in range(number)]


def asks(number: int, count: int) -> list[Ask]:
    """Requests, three quarters of them about a rule's own principal."""
    r = random.Random(7)
    found = []
    for _ in range(count):
        tool = r.randrange(number)
        who = tool % GROUPS if r.random() < 0.75 else r.randrange(GROUPS)
        found.append((f"g{who}", f"t{tool}", r.randrange(200), r.random() < 0.2))
    return found


def expected(number: int) -> Callable[[Ask], bool]:
    """What is to be decided."""
    table = {f"t{i}": (effect, who) for effect, who, i in rules(number)}

    def decide(ask: Ask) -> bool:
        who, tool, cost, _ = ask
        effect, principal = table[tool]
        return effect == "permit" and who == principal and cost < 100

    return decide


def text(number: int, extra: str = "") -> str:
    """The rules as a policy file."""
    lines = ["label Secrecy { public < internal < secret }"]
    lines += [f"principal g{k}" for k in range(GROUPS)]
    lines += [f"tool t{i}(cost: Int, tainted: Bool) is call" for i in range(number)]
    lines += [
        f"permit r{i}: {who} to t{i} when cost < 100"
        if effect == "permit"
        else f"forbid r{i}: anyone to t{i} when tainted"
        for effect, who, i in rules(number)
    ]
    return "\n".join(lines) + "\n" + extra


def median(run: Callable[[Ask], Any], given: list[Ask], repeat: int = 3) -> float:
    """Microseconds of one decision: the least of some medians."""
    best = float("inf")
    for _ in range(repeat):
        times = []
        for ask in given:
            start = time.perf_counter_ns()
            run(ask)
            times.append(time.perf_counter_ns() - start)
        best = min(best, statistics.median(times))
    return best / 1000


def decisions(number: int, count: int) -> dict[str, float]:
    """Ours and the peers', in microseconds."""
    given, wanted = asks(number, count), expected(number)
    found: dict[str, float] = {}
    for name, make in ENGINES.items():
        if number > LARGEST.get(name, 10**9):
            continue
        try:
            decide = make(number)
        except ImportError:
            continue
        few = given[: 100 if name not in ("ours", "ours, ledger") else count]
        for ask in few[:100]:
            if decide(ask) != wanted(ask):
                sys.exit(f"{name} disagrees about {ask} at {number} rules")
        found[name] = median(decide, few)
    return found


# -- engines -----------------------------------------------------------------------------------


def ours(number: int) -> Callable[[Ask], bool]:
    decider = Decider(parse_policy(text(number)))

    def decide(ask: Ask) -> bool:
        who, tool, cost, tainted = ask
        request = Request(who, tool, {"cost": cost, "tainted": tainted})
        return decider.decide(request).outcome == "permit"

    return decide


def ours_with_ledger(number: int) -> Callable[[Ask], bool]:
    """With labels, a budget, and a hash-chained ledger in memory."""
    extra = "forbid secrets: anyone to any call when label(Secrecy) = secret\n"
    extra += "budget spent: sum(cost of permitted anything within 1d) <= 1_000_000_000\n"
    governor = Governor(parse_policy(text(number, extra)), Ledger())
    labels = {"Secrecy": "internal"}

    def decide(ask: Ask) -> bool:
        who, tool, cost, tainted = ask
        request = Request(who, tool, {"cost": cost, "tainted": tainted}, 0, (), labels)
        return governor.decide(request).outcome == "permit"

    return decide


def cedar(number: int) -> Callable[[Ask], bool]:
    import cedarpy  # type: ignore[import-not-found]

    source = "\n".join(
        f'permit(principal == Agent::"{who}", action == Action::"t{i}", resource) '
        "when { context.cost < 100 };"
        if effect == "permit"
        else f'forbid(principal, action == Action::"t{i}", resource) when {{ context.tainted }};'
        for effect, who, i in rules(number)
    )
    policies = cedarpy.PolicySet.from_str(source)
    nobody = cedarpy.Entities.from_json_str("[]")

    def decide(ask: Ask) -> bool:
        who, tool, cost, tainted = ask
        request = {
            "principal": f'Agent::"{who}"',
            "action": f'Action::"{tool}"',
            "resource": 'R::"r"',
            "context": {"cost": cost, "tainted": tainted},
        }
        return bool(cedarpy.is_authorized(request, policies, nobody).allowed)

    return decide


def casbin(number: int) -> Callable[[Ask], bool]:
    import casbin as library  # type: ignore[import-not-found]
    from casbin.model import Model  # type: ignore[import-not-found]

    model = Model()
    model.load_model_from_text(
        "[request_definition]\nr = sub, act, cost, tainted\n"
        "[policy_definition]\np = sub, act, limit, eft\n"
        "[policy_effect]\ne = some(where (p.eft == allow)) && !some(where (p.eft == deny))\n"
        '[matchers]\nm = r.act == p.act && (p.sub == "*" && r.tainted || r.sub == p.sub '
        "&& r.cost < 100)\n"
    )
    enforcer = library.Enforcer(model)
    enforcer.add_policies(
        [
            [who, f"t{i}", "100", "allow"] if effect == "permit" else ["*", f"t{i}", "0", "deny"]
            for effect, who, i in rules(number)
        ]
    )

    def decide(ask: Ask) -> bool:
        return bool(enforcer.enforce(*ask))

    return decide


def rego(number: int) -> str:
    lines = [
        "package p",
        "import rego.v1",
        "default allow := false",
        "allow if { permit; not forbid }",
    ]
    lines += [
        f'permit if {{ input.who == "{who}"; input.tool == "t{i}"; input.cost < 100 }}'
        if effect == "permit"
        else f'forbid if {{ input.tool == "t{i}"; input.tainted }}'
        for effect, who, i in rules(number)
    ]
    return "\n".join(lines)


def regopy(number: int) -> Callable[[Ask], bool]:
    from regopy import Interpreter  # type: ignore[import-not-found]

    interpreter = Interpreter()
    interpreter.add_module("p.rego", rego(number))
    bundle = interpreter.build("x = data.p.allow")

    def decide(ask: Ask) -> bool:
        who, tool, cost, tainted = ask
        interpreter.set_input({"who": who, "tool": tool, "cost": cost, "tainted": tainted})
        return '"x":true' in str(interpreter.query_bundle(bundle))

    return decide


def opa_eval(number: int) -> Callable[[Ask], bool]:
    import opa_eval as library  # type: ignore[import-not-found]

    with tempfile.NamedTemporaryFile("w", suffix=".rego") as file:
        file.write(rego(number))
        file.flush()
        engine = library.OpaEval(file.name, query="data.p.allow")

    def decide(ask: Ask) -> bool:
        who, tool, cost, tainted = ask
        given = {"who": who, "tool": tool, "cost": cost, "tainted": tainted}
        return bool(engine.evaluate_parsed(json.dumps(given)))

    return decide


ENGINES: dict[str, Callable[[int], Callable[[Ask], bool]]] = {
    "ours": ours,
    "ours, ledger": ours_with_ledger,
    "cedarpy": cedar,
    "casbin": casbin,
    "regopy": regopy,
    "opa-eval": opa_eval,
}
LARGEST = {"casbin": 1_000, "regopy": 1_000, "opa-eval": 1_000, "cedarpy": 1_000}
"""Peers grow with the number of rules; beyond this they take too long to wait for."""


# -- time, analysis ----------------------------------------------------------------------------


def temporal(length: int) -> float:
    """Microseconds of CPU for each event of a ``sum within`` rule, decided and remembered."""
    policy = parse_policy("""
tool send(amount: Int) is call
permit p: anyone to send when sum(amount of send within 1d) + amount <= 1_000_000_000
""")
    best = float("inf")
    for _ in range(3):
        governor = Governor(policy)
        start = time.process_time()
        for i in range(length):
            governor.complete(governor.decide(Request("a", "send", {"amount": 1}, i * 1000)))
        best = min(best, time.process_time() - start)
    return best / length * 1e6


def fastest(run: Callable[[], Any], repeat: int = 5) -> float:
    """Milliseconds of CPU, the least of some runs."""
    times = []
    for _ in range(repeat):
        start = time.process_time()
        run()
        times.append(time.process_time() - start)
    return min(times) * 1000


def analysis(number: int) -> dict[str, float]:
    """Milliseconds from two parsed policies to the verdicts and the witness.

    *many tools*: the rules above. *one tool*: all rules are about one tool, so that nothing can be
    set aside. ``implies`` finds the one request that a wider rule adds. ``equivalent`` compares a
    policy with its reverse, which needs no solver, and with one that spells every permit
    differently, which does, for each tool.
    """
    found: dict[str, float] = {}
    for shape, make in (("many tools", text), ("one tool", one_tool)):
        policy = parse_policy(make(number))
        schema = policy.schema
        head = "permit more: g1 to t1 when cost < 101\n"
        wider = RuleSet("wider", schema, [*policy.own, *parse_policy(head, schema).own])
        turned = RuleSet("turned", schema, list(reversed(policy.own)))

        def implies(policy: RuleSet = policy, wider: RuleSet = wider) -> None:
            assert Analyser(policy, wider).implies(wider, policy).refuted

        def equivalent(policy: RuleSet = policy, turned: RuleSet = turned) -> None:
            assert Analyser(policy, turned).equivalent(policy, turned).proved

        rewritten = RuleSet("rewritten", schema, parse_policy(respelt(make(number))).rules)

        def same(policy: RuleSet = policy, rewritten: RuleSet = rewritten) -> None:
            assert Analyser(policy, rewritten).equivalent(policy, rewritten).proved

        found[f"implies with witness, {shape}"] = fastest(implies)
        found[f"equivalent, turned around, {shape}"] = fastest(equivalent)
        found[f"equivalent, rewritten, {shape}"] = fastest(same)
    return found


def respelt(source: str) -> str:
    """``cost < 100`` as ``not cost >= 100``."""
    return re.sub(r"^(permit.*) when cost < ", r"\1 when not cost >= ", source, flags=re.MULTILINE)


def one_tool(number: int) -> str:
    """The same number of rules, all about t1, with different bounds."""
    lines = [f"principal g{k}" for k in range(GROUPS)] + [
        "tool t1(cost: Int, tainted: Bool) is call"
    ]
    lines += [
        f"permit r{i}: {who} to t1 when cost < {100 - i % 50}"
        if effect == "permit"
        else f"forbid r{i}: anyone to t1 when tainted and cost > {i}"
        for effect, who, i in rules(number)
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure policies beside peers.")
    parser.add_argument("--quick", action="store_true", help="up to 1,000 rules, fewer requests")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    sizes = SIZES[:3] if options.quick else SIZES
    count = 300 if options.quick else 2_000
    result: dict[str, Any] = {"decision_us": {n: decisions(n, count) for n in sizes}}
    result["temporal_us"] = {n: temporal(n) for n in (500, 2_000, 8_000)}
    result["analysis_ms"] = {n: analysis(n) for n in (10, 100, 1_000)}
    policy = parse_policy(text(1_000))
    result["load_ms"] = {n: fastest(lambda n=n: parse_policy(text(n)), 3) for n in sizes}  # type: ignore[misc]
    result["lint_1000_ms"] = fastest(lambda: lint(policy), 1 if options.quick else 3)
    if options.json:
        print(json.dumps(result, indent=1))
        return
    names = [n for n in ENGINES if any(n in row for row in result["decision_us"].values())]
    print("decision, median in microseconds")
    print(f"{'rules':>8}" + "".join(f"{n:>14}" for n in names))
    for size, row in result["decision_us"].items():
        cells = (f"{row[n]:14.2f}" if n in row else f"{'-':>14}" for n in names)
        print(f"{size:>8}" + "".join(cells))
    print("\n'sum within 1d', microseconds for each event, decided and remembered")
    for size, value in result["temporal_us"].items():
        print(f"{size:>8}{value:14.2f}")
    print("\nanalysis, milliseconds")
    for size, row in result["analysis_ms"].items():
        for name, value in row.items():
            print(f"{size:>8}  {name:<36}{value:10.1f}")
    print("\nreading a policy file, milliseconds")
    for size, value in result["load_ms"].items():
        print(f"{size:>8}{value:14.1f}")
    print(f"\nlint of 1,000 rules: {result['lint_1000_ms'] / 1000:.2f} s")


if __name__ == "__main__":
    main()
