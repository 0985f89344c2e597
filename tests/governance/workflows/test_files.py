"""Workflow files: what is wrong in them is said where it stands; sub-workflows and memory mean
what they say."""

from __future__ import annotations

import pytest

from governance import parse_policy
from governance.workflows.files import parse_workflow
from governance.workflows.footprint import trifecta, widened
from governance.workflows.least import least_policy
from governance.workflows.reading import parse_claim
from governance.workflows.verify import Verifier
from logic.budget import Budget
from logic.errors import PorismError
from logic.source import Source
from tests.governance.workflows.planted import text

WORKFLOW = text(
    "variables:\n  goal: Text\n  step: Step\n  paid: {sort: Int, initial: 0}\n"
    "nodes:\n"
    "  plan: {perform: plan, with: {goal: goal}, into: step}\n"
    "  what: {choose: [{when: step = go and paid < 3, go: send}], otherwise: done}\n"
    "  send: {perform: send, with: {amount: 5}, failed: done}\n"
    "  count: {set: {paid: paid + 1}, next: plan}\n"
    "  done: {end: paid}\n"
)


@pytest.mark.parametrize(
    ("old", "new", "complaint", "line"),
    [
        ("next: plan", "next: plam", "leads to 'plam', which is no node", 23),
        ("perform: plan", "perform: plam", "performs 'plam', which is no tool", 20),
        ("into: step", "into: stepp", "the variable 'stepp'", 20),
        ("paid < 3", "payd < 3", "There is no variable 'payd'", 21),
        ("paid < 3", "paid < goal", "compares two values of one sort", 21),
        ("amount: 5", "amount: goal", "a value of sort Text; it is Int", 22),
        ("amount: 5", "amuont: 5", "an argument 'amuont'", 22),
        ("with: {amount: 5}, ", "", "does not give 'send' its argument 'amount'", 22),
        ("initial: 0", "initial: x", "not of sort Int", 18),
        ("initial: 0", "from: 3, to: 1", "domain of 'paid' is empty", 1),
        ("  goal: Text\n", "  goal: Txt\n", "There is no sort 'Txt'", 16),
        ("{end: paid}", "{ende: paid}", "does not say what it does", 24),
        ("paid < 3", "once send", "does not look at the past", 21),
        ("nodes:", "knots:", "has no 'knots'", 19),
        ("{set: {paid: paid + 1}", "{set: {paid: paid * paid}", "product of two unknowns", 23),
        ("{end: paid}", "{end: paid", "no YAML", 24),
        ("  done:", "  plan:", "stands here twice", 24),
    ],
)
def test_a_wrong_file_is_a_sentence_with_its_place(
    old: str, new: str, complaint: str, line: int
) -> None:
    with pytest.raises(PorismError) as error:
        parse_workflow(Source(WORKFLOW.replace(old, new, 1), "w.yaml"))
    assert complaint in str(error.value)
    assert error.value.span is not None and error.value.span.line == line


@pytest.mark.parametrize(
    "whole", ["", "5", "[]", "{}", "workflow: x\nnodes: {}", "a: &a [*a]", "\t"]
)
def test_what_is_no_workflow_is_refused(whole: str) -> None:
    with pytest.raises(PorismError):
        parse_workflow(Source(whole, "w.yaml"))


def test_a_workflow_does_not_call_itself() -> None:
    whole = text("nodes:\n  x: {call: planted}\n  e: {end: true}\nworkflows:\n  planted:\n"
                 "    workflow: planted\n    nodes:\n      e: {end: true}\n")  # fmt: skip
    with pytest.raises(PorismError, match="calls itself"):
        parse_workflow(Source(whole, "w.yaml"))


def test_a_sub_workflow_uses_no_tool_that_it_is_not_granted() -> None:
    whole = text(
        "nodes:\n  sub: {call: helper, grants: [read]}\n  end: {end: true}\n"
        "workflows:\n  helper:\n    workflow: helper\n    nodes:\n"
        "      send: {perform: send, with: {amount: 5}}\n      end: {end: true}\n"
    )
    workflow = parse_workflow(Source(whole, "w.yaml"))
    policy = parse_policy("permit all: ann to anything", workflow.schema)
    claim = parse_claim("never send", workflow.schema)
    assert Verifier(workflow, policy).check(claim).proved
    assert [w.tools for w in widened(workflow)] == [("read",), ("send",)]


def test_a_cell_of_memory_gives_back_what_was_stored_with_its_labels() -> None:
    body = (
        "variables: {t: Text, k: Text, n: {sort: Int, from: 1, to: 3}, m: Int}\nnodes:\n"
        "  store: {perform: send, with: {amount: n}, store: m, stored: amount}\n"
        "  back: {perform: read, with: {what: '\"m\"'}, into: n, recall: m}\n"
        "  send: {perform: approve, with: {amount: n}}\n  end: {end: true}\n"
    )
    workflow = parse_workflow(Source(text(body), "w.yaml"))
    policy = parse_policy("permit all: ann to anything", workflow.schema)
    claim = "send where amount = request.amount precedes approve"
    assert Verifier(workflow, policy).check(parse_claim(claim, workflow.schema)).proved


def test_goals_count_further_than_the_rules_do() -> None:
    body = (
        "nodes:\n  send: {perform: send, with: {amount: 5}}\n  more: {choose: [send, end]}\n"
        "  end: {end: true}\n"
    )
    workflow = parse_workflow(Source(text(body), "w.yaml"))
    policy = parse_policy("permit all: ann to anything when count(log) < 1", workflow.schema)
    verifier = Verifier(workflow, policy)
    assert verifier.check(parse_claim("goal count(send) = 9", workflow.schema)).proved
    limited = parse_policy("permit p: ann to send when count(send) < 4", workflow.schema)
    verifier = Verifier(workflow, limited)
    assert verifier.check(parse_claim("goal count(send) = 4", workflow.schema)).proved
    assert verifier.check(parse_claim("goal count(send) = 9", workflow.schema)).refuted


def test_the_least_policy_permits_its_traces_and_no_others() -> None:
    from governance.request import Event, Request
    from governance.runtime.decider import decide

    workflow = parse_workflow(Source(WORKFLOW, "w.yaml"))
    trace = [Request("ann", "plan", {"goal": "x"}), Request("ann", "send", {"amount": 5}),
             Request("ann", "send", {"amount": 9})]  # fmt: skip
    policy = least_policy(workflow.schema, [trace])
    past = [Event(r, True, True) for r in trace]
    assert all(decide(policy, r, past[:i]).permitted for i, r in enumerate(trace))
    assert decide(policy, trace[1]).outcome == "deny"  # plan has not completed
    for other in (Request("ann", "send", {"amount": 10}), Request("bob", "plan", {"goal": "x"}),
                  Request("ann", "read", {"what": "x"})):  # fmt: skip
        assert decide(policy, other).outcome == "deny"


def test_the_trifecta_needs_all_three_on_one_run() -> None:
    body = "nodes:\n  read: {perform: read, with: {what: '\"x\"'}}\n  way: {choose: [%s]}\n" \
           "  fetch: {perform: recall, with: {key: '\"x\"'}}\n" \
           "  send: {perform: send, with: {amount: 5}}\n  end: {end: true}\n"  # fmt: skip

    def found(ways: str) -> object:
        workflow = parse_workflow(Source(text(body % ways), "w.yaml"))
        policy = parse_policy("permit all: ann to anything", workflow.schema)
        verifier = Verifier(workflow, policy)
        return trifecta(verifier, ["read"], ["recall"], ["send"], Budget(5.0))

    assert found("fetch") is not None
    assert found("send") is None
