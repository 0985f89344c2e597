"""Cedar's own corpus: what is imported decides as Cedar does, what is not is refused by name."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from governance.spellings import cedar
from logic.errors import PorismError
from tests.corpora import corpus

CORPUS, needs_corpus = corpus("cedar", "cases")


@needs_corpus
def test_the_corpus_decides_as_cedar_says(capsys):
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
    assert share == 1


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
        ("permit(principal == ?principal, action, resource);", "template 'policy0' without a link"),
        ("permit(principal, action, resource) when { isSunny(context) };", "function 'isSunny'"),
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


# -- addresses, tags, templates -------------------------------------------------------------------


def holds(condition, context=None, entities=()):
    text = f"permit(principal, action, resource) when {{ {condition} }};"
    return decide(text, context=context, entities=entities) == "permit"


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ('ip("10.1.2.3").isInRange(ip("10.0.0.0/8"))', True),
        ('ip("11.0.0.1").isInRange(ip("10.0.0.0/8"))', False),
        ('ip("10.0.0.0/7").isInRange(ip("10.0.0.0/8"))', False),
        ('ip("::1").isInRange(ip("0.0.0.0/0"))', False),
        ('ip("127.0.0.9").isLoopback() && ip("::1").isLoopback()', True),
        ('ip("127.0.0.0/7").isLoopback()', False),
        ('ip("224.0.0.1").isMulticast() && ip("ff02::1").isMulticast()', True),
        ('ip("10.0.0.1").isIpv4() && !ip("10.0.0.1").isIpv6()', True),
        ('ip("10.0.0.1/8") == ip("10.0.0.2/8")', False),
        ('ip("::0:1") == ip("0:0:0:0:0:0:0:1/128")', True),
        ('ip("10.0.0.01") == ip("10.0.0.1")', False),  # no address: an error
        ('ip("::ffff:1.2.3.4").isIpv6()', False),
        ('ip("10.0.0.0/08").isIpv4() || true', False),
        ('ip("fe80::1%eth0").isIpv6() || true', False),
    ],
)
def test_addresses_are_read_and_compared_as_cedar_does(condition, expected):
    assert holds(condition) is expected


def test_tags_are_looked_up_by_name():
    user = {"uid": {"type": "User", "id": "A"}, "attrs": {}, "parents": [], "tags": {"team": "x"}}
    assert holds('principal.getTag("team") == "x"', entities=[user])
    assert holds('!principal.hasTag("other")', entities=[user])
    assert holds('!principal.hasTag("team")')  # nobody: no tags
    assert not holds('principal.getTag("other") == "x" || true', entities=[user])
    assert holds("principal.getTag(context.name) == context.value",
                 {"name": "team", "value": "x"}, [user])  # fmt: skip


def test_a_template_decides_through_its_links():
    text = "permit(principal == ?principal, action, resource in ?resource);"
    links = cedar.import_links(
        [{"templateId": "policy0", "newId": "ann", "values": {
            "?principal": {"type": "User", "id": "A"},
            "?resource": {"type": "Album", "id": "a"}}}])  # fmt: skip
    policies = cedar.import_policies(text, links=links)
    assert [rule.name for rule in policies.own] == ["ann"]
    photo = {"uid": {"type": "Photo", "id": "p"}, "parents": [{"type": "Album", "id": "a"}]}
    request = {"principal": {"type": "User", "id": "A"}, "action": {"type": "Action", "id": "v"},
               "resource": {"type": "Photo", "id": "p"}, "context": {}}  # fmt: skip
    decided = cedar.decider(policies, [photo]).decide(cedar.import_request(request))
    assert (decided.outcome, decided.rules) == ("permit", ("ann",))
    request["principal"]["id"] = "B"
    assert not cedar.decider(policies, [photo]).decide(cedar.import_request(request)).permitted


@pytest.mark.parametrize(
    ("links", "complaint"),
    [
        ([{"templateId": "policy0"}], "Links are a list"),
        ([{"templateId": "policy1", "newId": "x", "values": {}}], "without a link"),
        ([{"templateId": "policy0", "newId": "x", "values": {}}], "fills no slot"),
    ],
)
def test_a_link_that_does_not_fit_is_refused(links, complaint):
    with pytest.raises(PorismError, match=complaint):
        cedar.import_policies(
            "permit(principal == ?principal, action, resource);", links=cedar.import_links(links)
        )


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("entity User = { a: Strin };", "There is no type 'Strin'"),
        ("entity User in [Grop]; entity Group;", "There is no entity type 'Grop'"),
        ("entity User; entity User;", "declared twice"),
        ("type A = B; type B = A; entity User = { a: A };", "made of itself"),
        ("entity User = { a: " + "Set<" * 300 + "Long" + ">" * 300 + "};", "nests more than"),
        ('{"": {"entityTypes": {}}}', "in JSON is not read"),
        ("entity User", "ends too early"),
        ("action a appliesTo { principal: [U], resource: [U], context: Long }; entity U;",
         "A context is a record"),
    ],
)  # fmt: skip
def test_a_schema_that_is_none_is_refused_with_its_place(text, complaint):
    with pytest.raises(PorismError, match=complaint) as caught:
        cedar.import_schema(text)
    assert "schema.cedarschema:1:" in caught.value.render()
