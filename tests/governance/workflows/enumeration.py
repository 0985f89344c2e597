"""Random small workflows, policies and claims, and all their runs, one after another.

The reference shares no code with what it is compared with: it walks nodes as tuples, decides by
lambdas over a list of events, and looks at whole runs.
"""

from __future__ import annotations

import random
from functools import cache

from governance import make_schema, parse_policy, tool
from governance.policy import RuleSet
from governance.workflows.builder import WorkflowBuilder
from governance.workflows.reading import parse_claim

SCHEMA = make_schema(
    tools=[
        tool("plan", "reason"),
        tool("approve", "call", amount="Int"),
        tool("send", "call", amount="Int"),
        tool("log", "observe"),
    ],
    principals={"ann": ()},
)

# An event is (tool, amount, level): 0 attempted, 1 permitted, 2 completed.


def done(past, name, level=2):
    return [e for e in past if e[0] == name and e[2] >= level]


def since(past, breaking, name):
    last = max((i for i, e in enumerate(past) if e[0] == name and e[2] == 2), default=-1)
    return last >= 0 and not done(past[last + 1 :], breaking)


def previous(past, name):
    whole = [e for e in past if e[2] == 2]
    return bool(whole) and whole[-1][0] == name


# Conditions: the text, which tools they can be about, and what they mean for (amount, past).
CONDITIONS = [
    ("true", None, lambda a, past: True),
    ("amount <= 1", "a", lambda a, past: a <= 1),
    ("amount = 2 or amount = 0", "a", lambda a, past: a in (0, 2)),
    ("once approve", None, lambda a, past: bool(done(past, "approve"))),
    ("once attempted approve", None, lambda a, past: bool(done(past, "approve", 0))),
    ("once permitted send", None, lambda a, past: bool(done(past, "send", 1))),
    ("once approve where amount = request.amount", "a",
     lambda a, past: any(e[1] == a for e in done(past, "approve"))),
    ("count(send) < 2", None, lambda a, past: len(done(past, "send")) < 2),
    ("count(attempted send) < 1", None, lambda a, past: len(done(past, "send", 0)) < 1),
    ("count(send where amount > 0) = 1", None,
     lambda a, past: len([e for e in done(past, "send") if e[1] > 0]) == 1),
    ("sum(amount of send) + amount <= 2", "a",
     lambda a, past: sum(e[1] for e in done(past, "send")) + a <= 2),
    ("distinct(amount of send) <= 1", None,
     lambda a, past: len({e[1] for e in done(past, "send")}) <= 1),
    ("previous log", None, lambda a, past: previous(past, "log")),
    ("not previous send", None, lambda a, past: not previous(past, "send")),
    ("no log since approve", None, lambda a, past: since(past, "log", "approve")),
]  # fmt: skip


def bounded(trace, first, second, steps):
    whole = [e[0] for e in trace if e[2] == 2]
    return any(
        name == first and second not in whole[i + 1 : i + 1 + steps]
        for i, name in enumerate(whole)
        if i + steps < len(whole)
    )


def lost(trace, first, second):
    whole = [e[0] for e in trace if e[2] == 2]
    return any(name == first and second not in whole[i + 1 :] for i, name in enumerate(whole))


def before(trace, first, second, same=False):
    for i, e in enumerate(trace):
        if e[0] == second and e[2] == 2:
            found = done(trace[:i], first)
            if not any(not same or f[1] == e[1] for f in found):
                return True
    return False


def holds_until(trace, hold, release):
    for name in [e[0] for e in trace if e[2] == 2]:
        if name == release:
            return False
        if name != hold:
            return True
    return None


# Claims: the text, and whether a run (its events, and whether it has ended) refutes it.
CLAIMS = [
    ("never send when amount > 1",
     lambda t, end: any(e[1] > 1 for e in done(t, "send"))),
    ("never attempted send when once log",
     lambda t, end: any(e[0] == "send" and done(t[:i], "log") for i, e in enumerate(t))),
    ("count(send) <= 1", lambda t, end: len(done(t, "send")) > 1),
    ("count(permitted send) <= 1", lambda t, end: len(done(t, "send", 1)) > 1),
    ("sum(amount of send) <= 2", lambda t, end: sum(e[1] for e in done(t, "send")) > 2),
    ("approve precedes send", lambda t, end: before(t, "approve", "send")),
    ("approve where amount = request.amount precedes send",
     lambda t, end: before(t, "approve", "send", True)),
    ("after log never send until approve",
     lambda t, end: any(e[0] == "send" and e[2] == 2 and since(t[:i], "approve", "log")
                        for i, e in enumerate(t))),
    ("approve leads to send within 2 steps",
     lambda t, end: bounded(t, "approve", "send", 2) or (end and lost(t, "approve", "send"))),
    ("approve leads to log", lambda t, end: end and lost(t, "approve", "log")),
    ("plan until send",
     lambda t, end: holds_until(t, "plan", "send") is True
     or (end and holds_until(t, "plan", "send") is None)),
    ("either (never log) or (approve leads to send)",
     lambda t, end: bool(done(t, "log")) and end and lost(t, "approve", "send")),
    ("both (never log) and (count(approve) <= 1)",
     lambda t, end: bool(done(t, "log")) or len(done(t, "approve")) > 1),
]  # fmt: skip


@cache
def claim(number):
    return parse_claim(CLAIMS[number][0], SCHEMA, {}, "claim")


@cache
def rule(effect, tools, condition):
    what = ", ".join(tools) or "anything"
    text = f"{effect} r: anyone to {what} when {CONDITIONS[condition][0]}"
    parsed = parse_policy(text, SCHEMA)
    return parsed.own[0], dict(parsed.watched)


def random_policy(rng):
    """A policy, and the same as a list of (effect, tools, condition)."""
    from msgspec.structs import replace

    plain, rules, monitors = [("permit", ("plan", "log"), 0)], [], {}
    for _ in range(rng.randint(1, 4)):
        number = rng.randrange(len(CONDITIONS))
        with_amount = ("send", "approve")
        every = ("send", "approve", "plan", "log")
        choices = with_amount if CONDITIONS[number][1] else every
        tools = tuple(sorted(rng.sample(choices, rng.randint(1, 2))))
        plain.append((rng.choice(["permit", "permit", "permit", "forbid", "ask"]), tools, number))
    for i, entry in enumerate(plain):
        made, watched = rule(*entry)
        rules.append(replace(made, name=f"r{i}"))
        monitors.update(watched)
    return RuleSet("random", SCHEMA, rules, monitors), plain


def decide(plain, name, amount, past):
    hits = {effect for effect, tools, number in plain
            if name in tools and CONDITIONS[number][2](amount, past)}  # fmt: skip
    for effect, outcome in (("forbid", "deny"), ("ask", "ask"), ("permit", "permit")):
        if effect in hits:
            return outcome
    return "deny"


GUARDS = [("b", lambda e: e["b"]), ("not b", lambda e: not e["b"]),
          ("n <= 0", lambda e: e["n"] <= 0), ("n = 2", lambda e: e["n"] == 2),
          ("b and n < 2", lambda e: e["b"] and e["n"] < 2)]  # fmt: skip


def random_nodes(rng):
    """Nodes as tuples; edges lead down, so that all runs are finite."""
    count = rng.randint(2, 6)
    nodes = []
    for i in range(count):
        to = lambda: rng.randint(i + 1, min(count, i + 3))  # noqa: E731, B023
        kind = rng.random()
        if kind < 0.68:
            name = rng.choice(["plan", "approve", "send", "send", "log"])
            amount = rng.choice([0, 1, 2, 3, "n"]) if name in ("approve", "send") else None
            into = rng.choice(["b", "n", ""]) if name == "plan" else ""
            failed = to() if rng.random() < 0.25 else None
            denied = to() if rng.random() < 0.4 else None
            nodes.append(("perform", name, amount, into, to(), failed, denied))
        elif kind < 0.8:
            nodes.append(("set", rng.choice([0, 1, 2, "n + 1"]), to()))
        else:
            guards = [rng.randrange(len(GUARDS)) if rng.random() < 0.8 else None for _ in range(2)]
            other = to() if rng.random() < 0.8 else None
            nodes.append(("branch", [(g, to()) for g in guards], other))
    return nodes


def build(nodes):
    """The same as a workflow."""
    b = WorkflowBuilder("random", SCHEMA, principal="ann")
    b.variable("b", "Bool", initial=False)
    b.variable("n", "Int", initial=1, between=(0, 6))
    at = lambda i: f"L{i}" if i is not None else ""  # noqa: E731
    for i, node in enumerate(nodes):
        b.label(at(i))
        if node[0] == "perform":
            _, name, amount, into, to, failed, denied = node
            args = {} if amount is None else {"amount": amount}
            into = "m" if into == "n" else into
            if into == "m" and "m" not in b._made.variables:
                b.variable("m", "Int", among=[0, 2])
            b.perform(name, into, name=f"N{i}", to_next=at(to) if into != "m" else f"M{i}",
                      failed=at(failed), denied=at(denied), **args)  # fmt: skip
            if into == "m":
                b.label(f"M{i}")
                b.set(n="m", to=at(to))
        elif node[0] == "set":
            b.set(n=node[1], to=at(node[2]), name=f"N{i}")
        else:
            from governance.workflows.ir import Branch, Case

            cases = tuple(
                Case(at(to), None if g is None else b._read.formula(GUARDS[g][0]))
                for g, to in node[1]
            )
            b._add(Branch(name=f"N{i}", cases=cases, otherwise=at(node[2])))
    b.label(at(len(nodes)))
    b.end()
    return b.workflow()


def runs(nodes, plain):
    """The events of all runs, each with whether it has come to an end of its own."""

    def go(at, env, past):
        if at == len(nodes):
            yield past
            return
        node = nodes[at]
        if node[0] == "set":
            value = env["n"] + 1 if node[1] == "n + 1" else node[1]
            yield from go(node[2], {**env, "n": value}, past)
            return
        if node[0] == "branch":
            ways = [to for g, to in node[1] if g is None or GUARDS[g][1](env)]
            ways = ways or ([node[2]] if node[2] is not None else [])
            if not ways:
                yield past
            for to in ways:
                yield from go(to, env, past)
            return
        _, name, amount, into, to, failed, denied = node
        value = env["n"] if amount == "n" else amount
        outcome = decide(plain, name, value, past)
        if outcome != "deny":
            for answer in {"b": (False, True), "n": (0, 2), "": (None,)}[into]:
                new = env if answer is None else {**env, into: answer}
                yield from go(to, new, [*past, (name, value, 2)])
            if failed is not None:
                yield from go(failed, env, [*past, (name, value, 1)])
        if outcome != "permit":
            if denied is not None:
                yield from go(denied, env, [*past, (name, value, 0)])
            else:
                yield [*past, (name, value, 0)]

    yield from go(0, {"b": False, "n": 1}, [])


def random_case(seed):
    """A workflow, a policy, a claim, and whether some run refutes the claim."""
    rng = random.Random(seed)
    nodes = random_nodes(rng)
    policy, plain = random_policy(rng)
    number = rng.randrange(len(CLAIMS))
    refuted = any(CLAIMS[number][1](trace, True) for trace in runs(nodes, plain))
    return build(nodes), policy, claim(number), refuted, (nodes, plain, CLAIMS[number][0])
