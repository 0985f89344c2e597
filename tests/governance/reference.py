"""A second evaluator of policies: slow, plain, and sharing no code with the first.

A policy is a list of (effect, name, who, tools, condition); conditions are nested tuples, of which
:func:`spell` makes the text that the real parser reads. A history is a list of dictionaries.
"""

from __future__ import annotations

import fnmatch
import random
import re


class Wrong(Exception):
    """No value."""


def holds(c, now, past, here=None):
    """A condition's truth for an event `now` after `past`; `here` is the request, inside events."""
    op = c[0]
    if op == "and":
        return holds(c[1], now, past, here) and holds(c[2], now, past, here)
    if op == "or":
        return holds(c[1], now, past, here) or holds(c[2], now, past, here)
    if op == "not":
        return not holds(c[1], now, past, here)
    if op == "has":
        return c[1] in now["args"]
    if op == "like":
        pattern = re.sub(r"([\[\]?])", r"[\1]", c[2])
        return fnmatch.fnmatchcase(value(c[1], now, past, here), pattern)
    if op == "in":
        return value(c[1], now, past, here) in [value(x, now, past, here) for x in c[2]]
    if op == "role":
        return c[1] in roles_of(now["who"])
    if op == "clearance":
        return LEVELS.index(now["label"]) >= LEVELS.index(c[1])
    if op in ("once", "previous", "since"):
        return remembered(c, now, past)
    a, b = value(c[1], now, past, here), value(c[2], now, past, here)
    return {"=": a == b, "!=": a != b, "<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b}[op] \
        if not isinstance(a, str) else {"=": a == b, "!=": a != b}[op]  # fmt: skip


def value(t, now, past, here=None):
    op = t[0]
    if op == "const":
        return t[1]
    if op == "request":
        return value(t[1], here, past)
    if op == "arg":
        if t[1] not in now["args"]:
            raise Wrong
        return now["args"][t[1]]
    if op in ("count", "sum", "distinct"):
        found = [e for e in past if selected(t, e, now) and recent(t, e, now)]
        fields = [e["args"][t[4]] for e in found if t[4] in e["args"]] if t[4] else []
        answer = len(found) if op == "count" else len(set(fields))
        if op == "sum":
            answer = sum(fields)
    else:
        a, b = value(t[1], now, past, here), value(t[2], now, past, here)
        answer = {"+": a + b, "-": a - b, "*": a * b}[op]
    if not -(2**63) <= answer < 2**63:
        raise Wrong
    return answer


def selected(t, event, now):
    """Whether an operator (op, (view, tools, where), ...) looks at an event."""
    view, tools, where = t[1]
    reached = {"attempted": 0, "permitted": 1, "completed": 2}
    if event["state"] < reached[view] or (tools and event["tool"] not in tools):
        return False
    try:
        return where is None or holds(where, event, [], now)
    except Wrong:
        return False


def recent(t, event, now):
    window = t[2]
    return window is None or now["time"] - event["time"] <= window * 1000


def remembered(t, now, past):
    if t[0] == "once":
        return any(selected(t, e, now) and recent(t, e, now) for e in past)
    reached = {"attempted": 0, "permitted": 1, "completed": 2}[t[1][0]]
    seen = [e for e in past if e["state"] >= reached]
    if t[0] == "previous":
        return bool(seen) and selected(t, seen[-1], now)
    for event in reversed(seen):
        if selected(t, event, now):
            return recent(t, event, now)
        if selected((None, t[3]), event, now):
            return False
    return False


def roles_of(who):
    return {"ann": {"ann", "payer", "staff"}, "bob": {"bob", "staff"}, "eve": {"eve"}}.get(
        who, {who}
    )


def decide(policy, request, past):
    """The outcome, the deciding rules, and the rules without a value."""
    hits, wrong = {"permit": [], "forbid": [], "ask": []}, []
    for effect, name, who, tools, condition in policy:
        if (who and who not in roles_of(request["who"])) or (
            tools and request["tool"] not in tools
        ):
            continue
        try:
            if condition is None or holds(condition, request, past):
                hits[effect].append(name)
        except Wrong:
            wrong.append(name)
    for effect, outcome in (("forbid", "deny"), ("ask", "ask"), ("permit", "permit")):
        if hits[effect]:
            return outcome, hits[effect], wrong
    return "deny", [], wrong


# -- what is generated -------------------------------------------------------------------------

LEVELS = ["public", "internal", "secret"]
SCHEMA = """
role staff
role payer in staff
principal ann in payer
principal bob in staff
principal eve
label Level { public < internal < secret }
tool send(to: Text, amount: Int, note: Text optional, fee: Int optional) is call
tool approve(to: Text, amount: Int) is observe
tool read(to: Text) is memory
"""
ARGS = {"send": ["to", "amount", "note", "fee"], "approve": ["to", "amount"], "read": ["to"]}
OPTIONAL = {"note", "fee"}
NUMBERS = {"amount", "fee"}
TEXTS = ["", "a", "ab", "b*", "abc"]
INTS = [-1, 0, 1, 2, 5, 2**62]


class Maker:
    """Random policies, requests and histories."""

    def __init__(self, seed):
        self.r = random.Random(seed)

    def policy(self):
        return [self.rule(i) for i in range(self.r.randint(1, 5))]

    def rule(self, i):
        r = self.r
        tools = r.choice([("send",), ("send",), ("approve",), ("send", "approve"), ()])
        who = r.choice(["", "", "payer", "staff", "ann"])
        condition = self.condition(tools or tuple(ARGS), 3, True) if r.random() < 0.9 else None
        return r.choice(["permit", "permit", "forbid", "ask"]), f"r{i}", who, tools, condition

    def condition(self, tools, depth, past, here=()):
        r = self.r
        if depth and r.random() < 0.5:
            op = r.choice(["and", "or", "not"])
            parts = [self.condition(tools, depth - 1, past, here) for _ in range(2 - (op == "not"))]
            return (op, *parts)
        known = sorted({a for t in tools for a in ARGS[t]})
        numbers, texts = [a for a in known if a in NUMBERS], [a for a in known if a not in NUMBERS]
        kind = r.choice(
            ["has", "like", "in", "role", "label", "=", "=", "<", "<=", ">", "past", "past"]
        )
        if kind == "past" and past:
            return self.past(tools)
        if kind == "has":
            return ("has", r.choice(known))
        if kind == "label":
            return ("clearance", r.choice(LEVELS))
        if kind == "role":
            return ("role", r.choice(["payer", "staff", "eve"]))
        if kind == "like":
            return (
                "like",
                ("arg", r.choice(texts)),
                r.choice(["*", "a*", "*b", "a*c", "b", "*b*"]),
            )
        if kind == "in":
            return ("in", ("arg", r.choice(texts)), [("const", r.choice(TEXTS)) for _ in range(2)])
        if not numbers or r.random() < 0.3:
            return (r.choice(["=", "!="]), ("arg", r.choice(texts)), ("const", r.choice(TEXTS)))
        op = kind if kind in ("=", "<", "<=", ">") else ">="
        return (op, self.number(numbers, 2, past, tools), self.number(numbers, 1, False, tools))

    def number(self, numbers, depth, past, tools):
        r = self.r
        if depth and r.random() < 0.4:
            op = r.choice("+-*")
            right = self.number(numbers, depth - 1, False, tools)
            left = (
                ("const", r.choice(INTS))
                if op == "*"
                else self.number(numbers, depth - 1, past, tools)
            )
            return (op, left, right)
        if past and r.random() < 0.5:
            op = r.choice(["count", "sum", "distinct"])
            field = {"count": None, "sum": "amount"}.get(op, r.choice(["amount", "to"]))
            return (op, self.event(tools, ["send", "approve"]), self.window(), None, field)
        return ("arg", r.choice(numbers)) if r.random() < 0.6 else ("const", r.choice(INTS))

    def past(self, tools):
        op = self.r.choice(["once", "previous", "since"])
        event = self.event(tools, list(ARGS))
        if op == "since":
            view = event[0]
            return (op, event, self.window(), (view, (self.r.choice(list(ARGS)),), None))
        return (op, event, None if op == "previous" else self.window())

    def window(self):
        return self.r.choice([None, 1, 3, 10])

    def event(self, tools, among):
        r = self.r
        chosen = tuple(dict.fromkeys(r.choice(among) for _ in range(r.randint(1, 2))))
        where = self.condition(chosen, 1, False) if r.random() < 0.4 else None
        if r.random() < 0.4 and all("to" in ARGS[t] for t in tools):
            tie = ("=", ("arg", "to"), ("request", ("arg", "to")))
            where = tie if where is None else ("and", where, tie)
        return r.choice(["attempted", "permitted", "completed"]), chosen, where

    def event_at(self, time):
        r = self.r
        tool = r.choice(list(ARGS))
        args = {}
        for name in ARGS[tool]:
            if name not in OPTIONAL or r.random() < 0.5:
                args[name] = r.choice(INTS) if name in NUMBERS else r.choice(TEXTS)
        return {"who": r.choice(["ann", "bob", "eve", "joe"]), "tool": tool, "args": args,
                "time": time, "label": r.choice(LEVELS), "state": r.randint(0, 2)}  # fmt: skip

    def history(self):
        time, found = 0, []
        for _ in range(self.r.randint(0, 8)):
            time += self.r.choice([0, 500, 1000, 3000])
            found.append(self.event_at(time))
        return found, self.event_at(time + self.r.choice([0, 1000, 2001]))


# -- spelling ----------------------------------------------------------------------------------


def spell_policy(policy):
    lines = []
    for effect, name, who, tools, condition in policy:
        line = f"{effect} {name}: {who or 'anyone'} to {', '.join(tools) or 'anything'}"
        lines.append(line + (f" when {spell(condition)}" if condition else ""))
    return "\n".join(lines)


def spell(c):
    op = c[0]
    if op in ("and", "or", "+", "-", "*", "=", "!=", "<", "<=", ">", ">="):
        return f"({spell(c[1])} {op} {spell(c[2])})"
    if op == "not":
        return f"(not {spell(c[1])})"
    if op == "has":
        return f"has {c[1]}"
    if op == "like":
        return f'{spell(c[1])} like "{c[2]}"'
    if op == "in":
        return f"{spell(c[1])} in {{{', '.join(map(spell, c[2]))}}}"
    if op == "role":
        return f"principal in {c[1]}"
    if op == "clearance":
        return f"label(Level) >= {c[1]}"
    if op == "const":
        return f'"{c[1]}"' if isinstance(c[1], str) else str(c[1])
    if op == "arg":
        return c[1]
    if op == "request":
        return f"request.{c[1][1]}"
    window = f" within {c[2]}s" if c[2] is not None else ""
    if op in ("once", "previous"):
        return f"({op} {spell_event(c[1])}{window})"
    if op == "since":
        return f"(no {spell_event(c[3])} since {spell_event(c[1])}{window})"
    return f"{op}({f'{c[4]} of ' if c[4] else ''}{spell_event(c[1])}{window})"


def spell_event(event):
    view, tools, where = event
    return f"{view} {'|'.join(tools)}" + (f" where ({spell(where)})" if where else "")
