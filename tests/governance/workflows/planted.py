"""Small workflows, each with one defect, and the same without it."""

from __future__ import annotations

from typing import NamedTuple

SCHEMA = """
  label Secrecy { public < secret }
  role staff
  principal ann in staff
  enum Step { go, stop }
  tool plan(goal: Text) is reason
  tool read(what: Text) is memory
  tool store(key: Text, value: Text) is memory
  tool recall(key: Text) is memory
  tool approve(amount: Int) is call
  tool send(amount: Int) is call
  tool log(text: Text) is observe
"""

OPEN = "permit all: ann to anything\n"


class Planted(NamedTuple):
    """A defect: where it shows (a claim, an invariant, a property or a stall), both workflows."""

    name: str
    shows: str
    broken: str
    repaired: str
    policy: str = OPEN
    repaired_policy: str = ""


def text(body: str) -> str:
    """A workflow file with the shared schema."""
    head = "workflow: planted\nprincipal: ann\nschema: |" + SCHEMA
    return head + body


SEND = "nodes:\n  send: {perform: send, with: {amount: 5}}\n  end: {end: true}\n"

PLANTED = [
    Planted(
        "an effect that nobody is asked about", "invariant mediated",
        SEND.replace("amount: 5}}", "amount: 5}, conduct: {mediated: false}}"), SEND,
    ),
    Planted(
        "a stale permit used again", "invariant once",
        "nodes:\n  first: {perform: send, with: {amount: 5}}\n"
        "  again: {perform: send, with: {amount: 5}, conduct: {permit_of: first}}\n"
        "  end: {end: true}\n",
        "nodes:\n  first: {perform: send, with: {amount: 5}}\n"
        "  again: {perform: send, with: {amount: 5}}\n  end: {end: true}\n",
    ),
    Planted(
        "a denied request performed all the same", "invariant respected",
        "nodes:\n  first: {perform: send, with: {amount: 5}, denied: again}\n"
        "  again: {perform: send, with: {amount: 5}, conduct: {permit_of: first}}\n"
        "  end: {end: true}\n",
        "nodes:\n  first: {perform: send, with: {amount: 5}, denied: end}\n"
        "  again: {perform: log, with: {text: '\"sent\"'}}\n  end: {end: true}\n",
        "permit logs: ann to log\n",
    ),
    Planted(
        "other arguments performed than checked", "invariant same",
        SEND.replace("amount: 5}}", "amount: 5}, conduct: {performs: {amount: 500}}}"), SEND,
        "permit small: ann to send when amount <= 10\n",
    ),
    Planted(
        "other arguments pass a limit that was checked", "claim never send when amount > 10",
        SEND.replace("amount: 5}}", "amount: 5}, conduct: {performs: {amount: 500}}}"), SEND,
        "permit small: ann to send when amount <= 10\n",
    ),
    Planted(
        "a redaction that changes behaviour", "property P7",
        SEND.replace("amount: 5}}", "amount: 5}, conduct: {performs: {amount: 0}}}"), SEND,
    ),
    Planted(
        "a retry that asks the oracle twice", "property P7",
        "variables: {s: Step}\nnodes:\n"
        "  plan: {perform: plan, with: {goal: '\"x\"'}, into: s, conduct: {times: 2}}\n"
        "  end: {end: true}\n",
        "variables: {s: Step}\nnodes:\n"
        "  plan: {perform: plan, with: {goal: '\"x\"'}, into: s}\n  end: {end: true}\n",
    ),
    Planted(
        "a retry that performs twice on one permit", "invariant once",
        SEND.replace("amount: 5}}", "amount: 5}, conduct: {times: 2}}"), SEND,
    ),
    Planted(
        "a failed check that is ignored", "invariant checked",
        SEND.replace("amount: 5}}", "amount: 5}, conduct: {checked: true, honoured: false}}"),
        SEND.replace("amount: 5}}", "amount: 5}, conduct: {checked: true}}"),
    ),
    Planted(
        "a budget tested before the amount is added", "claim sum(amount of send) <= 10",
        "nodes:\n  one: {perform: send, with: {amount: 6}}\n"
        "  two: {perform: send, with: {amount: 6}}\n  end: {end: true}\n",
        "nodes:\n  one: {perform: send, with: {amount: 6}}\n"
        "  two: {perform: send, with: {amount: 6}}\n  end: {end: true}\n",
        "permit p: ann to send when sum(amount of send) <= 10\n",
        "permit p: ann to send when sum(amount of send) + amount <= 10\n",
    ),
    Planted(
        "a count off by one", "claim count(send) <= 2",
        "nodes:\n  one: {perform: send, with: {amount: 6}}\n"
        "  more: {choose: [one, end]}\n  end: {end: true}\n",
        "nodes:\n  one: {perform: send, with: {amount: 6}}\n"
        "  more: {choose: [one, end]}\n  end: {end: true}\n",
        "permit p: ann to send when count(send) <= 2\n",
        "permit p: ann to send when count(send) < 2\n",
    ),
    Planted(
        "a denied event counted as history", "claim approve precedes send",
        "nodes:\n  ask: {perform: approve, with: {amount: 5}, denied: send}\n"
        "  send: {perform: send, with: {amount: 5}}\n  end: {end: true}\n",
        "nodes:\n  ask: {perform: approve, with: {amount: 5}, denied: send}\n"
        "  send: {perform: send, with: {amount: 5}}\n  end: {end: true}\n",
        "permit p: ann to send when once attempted approve\n",
        "permit p: ann to send when once approve\n",
    ),
    Planted(
        "an approval for another amount",
        "claim approve where amount = request.amount precedes send",
        "variables: {a: {sort: Int, from: 0, to: 9}}\nnodes:\n"
        "  ask: {perform: approve, with: {amount: 1}}\n"
        "  send: {perform: send, with: {amount: a}}\n  end: {end: true}\n",
        "variables: {a: {sort: Int, from: 0, to: 9}}\nnodes:\n"
        "  ask: {perform: approve, with: {amount: a}}\n"
        "  send: {perform: send, with: {amount: a}}\n  end: {end: true}\n",
    ),
    Planted(
        "a sub-agent with more than it is granted", "property P5",
        "nodes:\n  sub: {call: helper, grants: [read]}\n  end: {end: true}\n"
        "workflows:\n  helper:\n    workflow: helper\n    nodes:\n"
        "      send: {perform: send, with: {amount: 5}}\n      end: {end: true}\n",
        "nodes:\n  sub: {call: helper, grants: [read]}\n  end: {end: true}\n"
        "workflows:\n  helper:\n    workflow: helper\n    nodes:\n"
        "      read: {perform: read, with: {what: '\"x\"'}}\n      end: {end: true}\n",
    ),
    Planted(
        "asking again and again after a denial", "stall livelock",
        "nodes:\n  send: {perform: send, with: {amount: 5}, denied: send}\n  end: {end: true}\n",
        "nodes:\n  send: {perform: send, with: {amount: 5}, denied: end}\n  end: {end: true}\n",
        "permit p: ann to read\n",
    ),
    Planted(
        "a branch that no answer opens", "stall deadlock",
        "variables: {s: Step}\nnodes:\n  plan: {perform: plan, with: {goal: '\"x\"'}, into: s}\n"
        "  what: {choose: [{when: s = go, go: end}]}\n  end: {end: true}\n",
        "variables: {s: Step}\nnodes:\n  plan: {perform: plan, with: {goal: '\"x\"'}, into: s}\n"
        "  what: {choose: [{when: s = go, go: end}], otherwise: end}\n  end: {end: true}\n",
    ),
    Planted(
        "a label laundered through memory", "claim never send when label(Secrecy) = secret",
        "variables: {x: Int}\nnodes:\n"
        "  read: {perform: read, with: {what: '\"x\"'}, into: t, labels: {Secrecy: secret}}\n"
        "  store: {perform: store, with: {key: '\"k\"', value: t}}\n"
        "  recall: {perform: recall, with: {key: '\"k\"'}, into: x}\n"
        "  send: {perform: send, with: {amount: x}}\n  end: {end: true}\n",
        "variables: {x: Int}\nnodes:\n"
        "  read: {perform: read, with: {what: '\"x\"'}, into: t, labels: {Secrecy: public}}\n"
        "  store: {perform: store, with: {key: '\"k\"', value: t}}\n"
        "  recall: {perform: recall, with: {key: '\"k\"'}, into: x}\n"
        "  send: {perform: send, with: {amount: x}}\n  end: {end: true}\n",
    ),
    Planted(
        "a secret assigned to a harmless name", "claim never send when label(Secrecy) = secret",
        "variables: {x: Int, y: Int}\nnodes:\n"
        "  read: {perform: read, with: {what: '\"x\"'}, into: x, labels: {Secrecy: secret}}\n"
        "  copy: {set: {y: x + 1}}\n"
        "  send: {perform: send, with: {amount: y}}\n  end: {end: true}\n",
        "variables: {x: Int, y: Int}\nnodes:\n"
        "  read: {perform: read, with: {what: '\"x\"'}, into: x, labels: {Secrecy: secret}}\n"
        "  copy: {set: {y: x + 1}, labels: {y: {Secrecy: public}}}\n"
        "  send: {perform: send, with: {amount: y}}\n  end: {end: true}\n",
    ),
    Planted(
        "a denial that is answered with a made-up value", "property P4",
        "variables: {s: Step}\nnodes:\n"
        "  plan: {perform: plan, with: {goal: '\"x\"'}, substitute: 5, into: n}\n"
        "  end: {end: n}\n",
        "variables: {s: Step}\nnodes:\n"
        "  plan: {perform: plan, with: {goal: '\"x\"'}, substitute: 1, into: n}\n"
        "  end: {end: n}\n",
        "permit p: ann to plan when count(plan) > 9\n",
    ),
    Planted(
        "a response that may not come", "claim approve leads to log",
        "nodes:\n  ask: {perform: approve, with: {amount: 5}}\n"
        "  what: {choose: [log, end]}\n  log: {perform: log, with: {text: '\"a\"'}}\n"
        "  end: {end: true}\n",
        "nodes:\n  ask: {perform: approve, with: {amount: 5}}\n"
        "  what: {choose: [log, log]}\n  log: {perform: log, with: {text: '\"a\"'}}\n"
        "  end: {end: true}\n",
    ),
    Planted(
        "a response that comes too late", "claim approve leads to log within 1 steps",
        "nodes:\n  ask: {perform: approve, with: {amount: 5}}\n"
        "  send: {perform: send, with: {amount: 5}}\n"
        "  log: {perform: log, with: {text: '\"a\"'}}\n  end: {end: true}\n",
        "nodes:\n  ask: {perform: approve, with: {amount: 5}}\n"
        "  log: {perform: log, with: {text: '\"a\"'}}\n"
        "  send: {perform: send, with: {amount: 5}}\n  end: {end: true}\n",
    ),
    Planted(
        "branches of a fork that race", "claim approve precedes send",
        "nodes:\n  both: {fork: [ask, send], join: meet}\n"
        "  ask: {perform: approve, with: {amount: 5}, next: meet}\n"
        "  send: {perform: send, with: {amount: 5}, next: meet}\n"
        "  meet: {join: true}\n  end: {end: true}\n",
        "nodes:\n  ask: {perform: approve, with: {amount: 5}, next: both}\n"
        "  both: {fork: [read, send], join: meet}\n"
        "  read: {perform: read, with: {what: '\"x\"'}, next: meet}\n"
        "  send: {perform: send, with: {amount: 5}, next: meet}\n"
        "  meet: {join: true}\n  end: {end: true}\n",
    ),
    Planted(
        "an approval that outlives its window", "claim sum(amount of send within 1h) <= 9",
        "nodes:\n  one: {perform: send, with: {amount: 5}}\n  more: {choose: [one, end]}\n"
        "  end: {end: true}\n",
        "nodes:\n  one: {perform: send, with: {amount: 5}}\n  more: {choose: [one, end]}\n"
        "  end: {end: true}\n",
        "permit p: ann to send when sum(amount of send within 30m) + amount <= 9\n",
        "permit p: ann to send when count(send) < 1\n",
    ),
    Planted(
        "after a revocation it goes on", "claim after log never send until approve",
        "nodes:\n  a: {perform: approve, with: {amount: 5}}\n"
        "  l: {perform: log, with: {text: '\"revoked\"'}}\n"
        "  send: {perform: send, with: {amount: 5}}\n  end: {end: true}\n",
        "nodes:\n  l: {perform: log, with: {text: '\"revoked\"'}}\n"
        "  a: {perform: approve, with: {amount: 5}}\n"
        "  send: {perform: send, with: {amount: 5}}\n  end: {end: true}\n",
    ),
]  # fmt: skip


def complete(body: str) -> str:
    """The body with the variables that it takes for granted."""
    extra = {"t": "Text", "n": "{sort: Int, among: [1, 2]}"}
    used = {k: v for k, v in extra.items() if f"into: {k}" in body}
    if not used:
        return body
    lines = "".join(f"  {k}: {v}\n" for k, v in used.items())
    if "variables: {" in body:
        inner = body[body.index("variables: {") + 12 : body.index("}\nnodes:")]
        rest = body[body.index("}\nnodes:") + 2 :]
        own = "".join(f"  {p.strip()}\n" for p in inner.split(",") if "sort" not in inner)
        return "variables:\n" + own + lines + rest
    return "variables:\n" + lines + body
