"""Cedar's own corpus: what is imported decides as Cedar does, what is not is refused by name."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from governance.spellings import cedar
from logic.errors import PorismError

CORPUS = Path(__file__).resolve().parents[2] / ".." / "shared" / "corpora" / "cedar" / "cases"


def test_the_corpus_decides_as_cedar_says(capsys):
    if not CORPUS.is_dir():
        pytest.skip("the Cedar corpus is not here")
    files = sorted(CORPUS.glob("*.json"))
    refused: Counter[str] = Counter()
    requests = 0
    for file in files:
        case = json.loads(file.read_text(encoding="utf-8"))
        try:
            policies = cedar.import_policies(case["policies"])
            decider = cedar.decider(policies, case["entities"])
            asked = [cedar.import_request(r) for r in case["requests"]]
        except cedar.NotCovered as why:
            refused[why.message] += 1
            continue
        for request, expected in zip(asked, case["requests"], strict=True):
            decision = decider.decide(request)
            outcome = "allow" if decision.outcome == "permit" else "deny"
            found = (outcome, sorted(decision.rules), sorted(decision.errors))
            wanted = (expected["decision"], sorted(expected["reason"]), sorted(expected["errors"]))
            assert found == wanted, (file.name, expected["description"], decision)
            requests += 1
    share = 1 - refused.total() / len(files)
    with capsys.disabled():
        print(
            f"\nCedar: {share:.1%} of {len(files)} cases read, {requests} requests agree; {refused}"
        )
    assert share >= 0.7


def decide(policies, principal="A", context=None, entities=()):
    request = {
        "principal": {"type": "User", "id": principal},
        "action": {"type": "Action", "id": "view"},
        "resource": {"type": "Photo", "id": "p"},
        "context": context or {},
    }
    decider = cedar.decider(cedar.import_policies(policies), entities)
    return decider.decide(cedar.import_request(request)).outcome


def test_scopes_hierarchies_and_attributes():
    text = 'permit(principal in Group::"g", action == Action::"view", resource is Photo) when { principal.level > 2 };'  # noqa: E501
    group = {"uid": {"type": "Group", "id": "g"}, "attrs": {}, "parents": []}
    user = {
        "uid": {"type": "User", "id": "A"},
        "attrs": {"level": 3},
        "parents": [{"type": "Group", "id": "g"}],
    }
    assert decide(text, entities=[group, user]) == "permit"
    assert decide(text, "B", entities=[group, user]) == "deny"


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("permit(principal == ?principal, action, resource);", "templates"),
        (
            'permit(principal, action, resource) when { ip("1.1.1.1").isLoopback() };',
            "IP addresses",
        ),
        ('permit(principal, action, resource) when { principal.hasTag("x") };', "entity tags"),
        ("permit(principal, action, resource) when { context.x.foo() };", "method 'foo'"),
    ],
)
def test_what_is_not_covered_is_refused_by_name(text, what):
    with pytest.raises(cedar.NotCovered, match=what):
        cedar.import_policies(text)


@pytest.mark.parametrize(
    "text",
    [
        "permit(principal, action);",
        "permit(principal, action, resource)",
        "allow(principal, action, resource);",
        "permit(resource, action, principal);",
        "permit(principal, action, resource) when { 99999999999999999999 == 1 };",
        "permit(principal, action, resource) when { " + "!" * 500 + "true };",
        "permit(principal, action, resource) when { {a: 1, a: 2} == {} };",
    ],
)
def test_what_is_not_cedar_is_refused_with_its_place(text):
    with pytest.raises(PorismError) as caught:
        cedar.import_policies(text)
    assert "policy.cedar:1:" in caught.value.render()
