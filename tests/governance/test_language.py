"""Policy files: what they mean, and how mistakes are met."""

from __future__ import annotations

import re

import pytest

from governance.printing import show_policy, show_rule, show_schema
from governance.request import Event, Request, request_from
from governance.runtime.decider import Decider, decide
from governance.spellings.builder import Builder, make_schema, tool
from governance.spellings.elaborate import parse_policy, parse_schema
from logic.errors import PorismError

SCHEMA = """
role staff
role payer in staff
principal ann in payer
label Secrecy { public < internal < secret }
enum Currency { EUR, USD }
enum Country { US, EUR }
tool send_money(to: Text, amount: Decimal, note: Text optional) is call
tool convert(amount: Int, into: Currency) is compute
tool approve(to: Text, amount: Decimal) is observe
tool ask_model(tokens: Int) is reason
"""


def policy(text: str):
    return parse_policy(SCHEMA + text)


def send(amount="10", to="ACME", who="ann", time=0, **more):
    return Request(who, "send_money", {"to": to, "amount": amount, **more}, time)


def outcome(text: str, request: Request, *history: Event) -> str:
    return decide(policy(text), request, history).outcome


def test_without_a_rule_everything_is_denied():
    assert outcome("", send()) == "deny"


def test_a_satisfied_forbid_wins_and_an_ask_stands_above_a_permit():
    permit = "permit p: payer to send_money\n"
    ask = "ask a: anyone to send_money when amount > 100\n"
    forbid = "forbid f: anyone to any call when amount > 1000\n"
    assert outcome(permit, send("5000")) == "permit"
    assert outcome(permit + ask, send("50")) == "permit"
    assert outcome(permit + ask, send("500")) == "ask"
    assert outcome(permit + ask + forbid, send("5000")) == "deny"
    assert decide(policy(permit + ask + forbid), send("5000")).rules == ("f",)


def test_a_rule_without_a_value_does_not_apply_and_is_reported():
    rules = 'permit p: anyone to send_money\nforbid f: anyone to send_money when note = "x"'
    decision = decide(policy(rules), send())
    assert decision.outcome == "permit"
    assert decision.errors == {"f": "there is no argument 'note'"}
    assert outcome(rules, send(note="x")) == "deny"
    guarded = rules.replace("note =", "has note and note =")
    assert decide(policy(guarded), send()).errors == {}


def test_roles_are_inherited_and_may_come_with_the_request():
    rule = "permit p: staff to send_money"
    assert outcome(rule, send()) == "permit"
    assert outcome(rule, send(who="joe")) == "deny"
    assert decide(policy(rule), Request("joe", "send_money", send().args, 0, ("payer",))).permitted


def test_a_window_is_closed_at_both_ends():
    rule = "permit p: anyone to send_money when once approve where to = request.to within 1h"
    approved = Event(Request("ann", "approve", {"to": "ACME", "amount": "1"}, 1_000))
    assert outcome(rule, send(time=1_000), approved) == "permit"
    assert outcome(rule, send(time=3_601_000), approved) == "permit"
    assert outcome(rule, send(time=3_601_001), approved) == "deny"
    assert outcome(rule, send(to="Other", time=1_000), approved) == "deny"


def test_a_view_says_which_events_count():
    rule = "permit p: anyone to send_money when once {} approve"
    denied = Event(Request("ann", "approve", {"to": "A", "amount": "1"}), False, False)
    running = Event(Request("ann", "approve", {"to": "A", "amount": "1"}), True, False)
    assert [outcome(rule.format(v), send(), denied) for v in ("attempted", "permitted", "")] == [
        "permit", "deny", "deny",
    ]  # fmt: skip
    assert [outcome(rule.format(v), send(), running) for v in ("permitted", "completed")] == [
        "permit", "deny",
    ]  # fmt: skip


def test_a_budget_counts_the_pending_request():
    rules = "permit p: anyone to send_money\nbudget b: sum(amount of send_money within 1d) <= 100"
    decider = Decider(policy(rules))
    answers = decider.run([send("60"), send("41"), send("40"), send("0.0001")])
    assert [d.outcome for _, d in answers] == ["permit", "deny", "permit", "deny"]
    assert decider.decide(send("100", time=86_400_000)).outcome == "deny"
    assert decider.decide(send("100", time=86_400_001)).outcome == "permit"


def test_labels_follow_their_order():
    rule = "permit p: anyone to send_money when label(Secrecy) < secret"
    for label, wanted in (("public", "permit"), ("internal", "permit"), ("secret", "deny")):
        request = Request("ann", "send_money", send().args, 0, (), {"Secrecy": label})
        assert outcome(rule, request) == wanted
    bad = Request("ann", "send_money", send().args, 0, (), {"Secrecy": "top"})
    assert decide(policy(rule), bad).reason == "bad request: 'top' is no label of 'Secrecy'"


def test_policies_combine_like_truth_values():
    p = policy("permit p: anyone to send_money when amount <= 100\nask a: anyone to approve")
    q = policy("permit q: payer to send_money\npermit q2: anyone to approve")
    requests = [
        send("50"),
        send("500"),
        send("50", who="joe"),
        Request("ann", "approve", {"to": "x", "amount": "1"}),
    ]
    rank = {"deny": 0, "ask": 1, "permit": 2}
    for request in requests:
        a, b = (rank[decide(x, request).outcome] for x in (p, q))
        assert rank[decide(p & q, request).outcome] == min(a, b)
        assert rank[decide(p | q, request).outcome] == max(a, b)
        assert rank[decide(~p, request).outcome] == 2 - a
        assert decide(~(p & q), request).outcome == decide(~p | ~q, request).outcome


def test_what_is_printed_reads_as_the_same_policy():
    text = """
permit a: payer, ann to send_money when amount <= 12.5 and (to = "x\\"y" or to like "a*\\\\*") and not has note
forbid b: anyone to any call when distinct(to of attempted send_money within 1d2h) + 1 > 3
ask c: anyone to convert when into in {EUR, USD} and amount * 2 - 1 < 7 unless into = Currency.EUR
permit d: anyone to send_money when no send_money since approve where (amount = request.amount and to = "q")
permit e: anyone to anything when now >= @2026-01-31T12:00:00Z and principal in staff
"""  # noqa: E501
    first = policy(text)
    shown = show_policy(first)
    again = parse_policy(show_schema(first.schema) + shown)
    assert [r.condition for r in again.rules] == [r.condition for r in first.rules]
    from msgspec.structs import replace

    bare = type(first)(first.name, first.schema, [replace(r, text="") for r in first.rules])
    third = parse_policy(show_schema(first.schema) + show_policy(bare))
    # How `and` and `or` are nested is not shown, and makes no difference.
    assert [show_rule(replace(r, text="")) for r in third.rules] == list(map(show_rule, bare.rules))
    assert list(third.monitors) == list(first.monitors)


MISTAKES = [
    ("permit p: payr to send_money", "no role or principal 'payr'", "Did you mean 'payer'?"),
    ("permit p: payer to send_mony", "There is no tool 'send_mony'", "Did you mean 'send_money'?"),
    ("permit p: payer to any cal", "'cal' is no kind of directive", "Did you mean 'call'?"),
    ("permit p: payer to send_money when amont < 1", "has no parameter 'amont'", "'amount'"),
    ("permit p: payer to send_money when to = ACME", "no parameter 'ACME'", 'in quotes: "ACME"'),
    ('permit p: payer to send_money when amount < "1"', "values of one sort; here are Decimal", ""),
    ("permit p: payer to send_money when to < to", "'<' needs numbers, times or labels", ""),
    ("permit p: payer to send_money when amount == 1", "a value should stand here", "written '='"),
    ("permit p: payer to send_money when amount", "true or false, and this has the sort Dec", ""),
    ("permit p: payer to convert when into = GBP", "no parameter 'GBP'", ""),
    ("permit p: payer to convert when into = Currency.GBP", "'GBP' is no Currency", "EUR, USD"),
    ("permit p: payer to convert when amount * amount > 1", "decidable fragment", "a number"),
    ("permit p: payer to convert when amount > 99999999999999999999", "fit into 64 bits", ""),
    ("permit p: payer to send_money when amount > 1.23456", "is no decimal", "four places"),
    ("permit p: payer to send_money when now > @2026-13-01", "is no time", "@2026-01-31"),
    ("permit p: payer to send_money when once approve within 1h1d", "is no duration", "1d, 2h30m"),
    ("permit p: payer to send_money when once approve where amount > request.amount",
     "tied to the request by '=' only", "does not grow"),
    ("permit p: payer to send_money when request.amount > 1", "'request.' is for", "alone"),
    ("permit p: payer to send_money when count(to of approve) > 1", "'count' counts events", ""),
    ("permit p: payer to send_money when total(to of approve) > 1", "no function 'total'", ""),
    ("permit p: payer to send_money when sum(to of approve) > 1", "cannot be summed", ""),
    ("permit p: payer to send_money when label(Secret) = secret", "no label lattice 'Secret'",
     "'Secrecy'"),
    ("permit p payer to send_money", "'payer' is unexpected: ':' should stand here", ""),
    ("permitt p: payer to send_money", "'permitt' is unexpected", "'permit'"),
    ("permit p: payer send_money", "',' or 'to' should stand here", ""),
    ("permit p: payer to send_money when (amount < 1", "ends too early", ""),
    ('permit p: payer to send_money when to = "x', "does not end on its line", ""),
    ("permit p: payer to send_money when amount ≤ 1", "The character '≤' cannot", ""),
    ("permit p: payer to approve\nforbid p: anyone to approve", "There are two rules 'p'", ""),
    ("tool approve() is call", "'approve' is declared twice", ""),
    ("tool x(request: Text) is call", "cannot be called 'request'", ""),
    ("tool x(a: Txt) is call", "There is no sort 'Txt'", "'Text'"),
    ("tool x(a: Text) is cal", "'cal' is no kind", "'call'"),
    ("role a in b\nrole b in a", "is above itself", ""),
    ("principal joe in nobody", "'nobody', which is no role", ""),
    ("label L { a < b, c }", "is no lattice", ""),
    ("budget b: distinct(to of send_money) <= 3", "bounds a sum or a count", ""),
    ("budget b: count(send_money) >= 3", "an upper bound", ""),
    ("permit p: payer to send_money when " + "(" * 500 + "true" + ")" * 500, "", ""),
    ("permit p: payer to send_money when " + "not " * 500 + "true", "nests more than 150", ""),
    ("permit p: payer to send_money when " + "- " * 500 + "1 = 1", "nests more than 150", ""),
]  # fmt: skip


@pytest.mark.parametrize(("text", "message", "hint"), MISTAKES, ids=range(len(MISTAKES)))
def test_a_mistake_is_named_with_its_place(text: str, message: str, hint: str):
    if not message:
        return  # brackets alone leave no trace in the tree: nothing to refuse
    with pytest.raises(PorismError) as caught:
        policy(text)
    shown = caught.value.render()
    assert message in shown and hint in shown, shown
    assert re.search(r"policy:\d+:\d+: ", shown) and "^" in shown, shown


def test_many_alternatives_are_not_deep():
    rule = "permit p: anyone to send_money when " + " or ".join(f'to = "{i}"' for i in range(5000))
    assert outcome(rule, send(to="4999")) == "permit"
    assert outcome(rule, send(to="x")) == "deny"


def test_a_schema_has_no_rules():
    with pytest.raises(PorismError, match="A schema has no rules"):
        parse_schema(SCHEMA + "permit p: anyone to approve")


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ([], "A request is an object"),
        ({"principal": "a"}, "needs 'tool'"),
        ({"principal": "a", "tool": "x", "arg": {}}, "no field 'arg'"),
        ({"principal": "a", "tool": "x", "time": "noon"}, "is not a time"),
        ({"principal": "a", "tool": "x", "roles": "r"}, "list of names"),
        ({"principal": "a", "tool": "x", "labels": {"L": 1}}, "map lattices"),
    ],
)
def test_a_bad_request_is_named(record, message):
    with pytest.raises(PorismError, match=message):
        request_from(record)


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        (send("1e5"), "amount: '1e5' is not of sort Decimal"),
        (send(12.5), "amount: 12.5 is not of sort Decimal"),
        (send(amount=True), "amount: True is not of sort Decimal"),
        (send("1", mote="x"), "no parameter 'mote'. Did you mean 'note'?"),
        (Request("ann", "send_money", {"to": "x"}), "the argument 'amount' is missing"),
        (Request("ann", "send_mony", {}), "no tool 'send_mony'. Did you mean 'send_money'?"),
    ],
)
def test_a_request_that_does_not_follow_the_schema_is_denied(request_, reason):
    decision = decide(policy("permit p: anyone to anything"), request_)
    assert decision.outcome == "deny"
    assert decision.reason.startswith("bad request: ") and reason in decision.reason


# -- the same in Python ------------------------------------------------------------------------

BANK = make_schema(
    tools=[
        tool("send_money", "call", to="Text", amount="Decimal", note="Text?"),
        tool("approve", "observe", to="Text", amount="Decimal"),
        tool("convert", "compute", amount="Int", into="Currency"),
        tool("ask_model", "reason", tokens="Int"),
    ],
    roles={"staff": (), "payer": ("staff",)},
    principals={"ann": ("payer",)},
    labels={"Secrecy": "public < internal < secret"},
    enums={"Currency": ("EUR", "USD"), "Country": ("US", "EUR")},
)


def test_python_and_text_give_the_same_conditions():
    b = Builder("p", BANK)

    @b.permit("send_money", who="payer")
    def small(request, past):
        approved = past.once("approve", within="1h", to=request.to)
        return (request.amount <= 500) & approved & ~request.has("note")

    @b.forbid("send_money")
    def cap(request, past):
        return past.sum("send_money", "amount", within="1d") + request.amount > 2000

    @b.ask("convert")
    def odd(request, past):
        return request.into.is_in({"USD", "EUR"}) | (request.amount * 2 == 7)

    text = policy("""
permit small: payer to send_money
  when amount <= 500 and once approve where to = request.to within 1h and not has note
forbid cap: anyone to send_money when sum(amount of send_money within 1d) + amount > 2000
ask odd: anyone to convert when into in {EUR, USD} or amount * 2 = 7
""")
    from governance.printing import show_condition

    assert [show_condition(r.condition) for r in b.policy().rules] == [
        show_condition(r.condition) for r in text.rules
    ]
    assert b.policy().monitors == text.monitors


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (lambda r, p: r.amount <= 5 and r.to == "x", "has no truth value"),
        (lambda r, p: not (r.amount <= 5), "has no truth value"),
        (lambda r, p: r.to in {"a"}, "has no truth value|unhashable|cannot"),
        (lambda r, p: "a" in r.to, "'in' cannot be symbolic"),
        (lambda r, p: 5 < 6, "True is no condition"),
        (lambda r, p: None, "None is no condition"),
        (lambda r, p: r.amont < 5, "no parameter 'amont'"),
        (lambda r, p: r.amount < 5.5, "is a float, and floats are not exact"),
        (lambda r, p: r.amount < "x", "values of one sort"),
        (lambda r, p: r.amount, "true or false, and this has the sort Decimal"),
        (lambda r, p: list(r.to), "cannot be iterated"),
        (lambda r, p: p.count("aprove") > 1, "no tool 'aprove'"),
        (lambda r, p: p.once("approve", within="soon"), "is no duration"),
        (lambda r, p: p.once("approve", view="done"), "no view 'done'"),
        (lambda r, p: p.sum("approve", "to") > 1, "cannot be summed"),
    ],
)
def test_a_condition_that_is_not_symbolic_is_refused(body, message):
    b = Builder("p", BANK)
    with pytest.raises((PorismError, TypeError), match=message):
        b.permit("send_money", name="rule")(body)
