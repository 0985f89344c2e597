"""What is proved of Cedar policies holds in every world; what is refuted comes with one."""

from __future__ import annotations

import json

import pytest

from governance.analysis.analyse import Analyser
from governance.analysis.findings import lint
from governance.analysis.rules import RuleAnalyser
from governance.runtime.decider import satisfied
from governance.spellings import cedar
from governance.worlds import Situated
from logic.errors import PorismError
from tests.corpora import corpus

CORPUS, needs_corpus = corpus("cedar", "cases")

SCHEMA = """
entity Group;
entity User in [Group] = {
  level: Long, groups: Set<String>, home?: { city: String, zip?: String }, boss?: User
} tags String;
entity Album;
entity Photo in [Album] = { owner: User, taken: datetime, size: decimal };
entity Mode enum ["day", "night"];
action view, edit appliesTo {
  principal: [User], resource: [Photo], context: { from: ipaddr, mode: Mode, note?: String }
};
"""


def policy(condition: str, name: str = "p", declared: bool = True, scope: str = ""):
    scope = scope or "principal, action, resource"
    schema = cedar.import_schema(SCHEMA) if declared else None
    made = cedar.import_policies(f"permit({scope}) when {{ {condition} }};", schema)
    made.name = name
    return made


@pytest.mark.parametrize("declared", [True, False])
@pytest.mark.parametrize(
    ("old", "new", "relation"),
    [
        ("principal.level > 2", "principal.level >= 3", "equivalent"),
        ("principal.level > 2", "principal.level > 3", "stricter"),
        ("principal.level > 2", "principal.level > 2 || context.note == \"x\"", "more permissive"),
        ("principal == resource.owner", "resource.owner == principal", "equivalent"),
        ("principal in Group::\"a\"", "principal in [Group::\"a\", Group::\"b\"]",
         "more permissive"),
        ("principal.groups.contains(\"x\")", "principal.groups.containsAny([\"x\", \"y\"])",
         "more permissive"),
        ("principal.groups.containsAll([\"x\", \"y\"])", "principal.groups.contains(\"x\")",
         "more permissive"),
        ("principal.groups == [\"x\"]",
         "principal.groups == [\"x\"] && principal.groups.contains(\"x\")", "equivalent"),
        ("principal.groups == [\"x\", \"y\"]", "principal.groups == [\"y\", \"x\", \"y\"]",
         "equivalent"),
        ("principal.groups.isEmpty()", "principal.groups == []", "equivalent"),
        ("context.from.isInRange(ip(\"10.0.0.0/8\"))", "context.from.isInRange(ip(\"10.0.0.0/9\"))",
         "stricter"),
        ("context.from.isLoopback() && context.from.isMulticast()", "false", "equivalent"),
        ("resource.taken > datetime(\"2024-01-01\")",
         "resource.taken.toDate() > datetime(\"2024-01-01\")", "stricter"),
        ("resource.size.lessThan(decimal(\"1.5\"))",
         "resource.size.lessThanOrEqual(decimal(\"1.4999\"))", "equivalent"),
        ("context.note like \"ab*\"", "context.note like \"a*\"", "more permissive"),
        ("principal has home && principal.home.city == \"X\"", "principal.home.city == \"X\"",
         "equivalent"),
        ("{a: principal.level} == {a: 3}", "principal.level == 3", "equivalent"),
        ("if principal.level > 2 then true else false", "principal.level > 2", "equivalent"),
        ("principal.hasTag(\"t\") && principal.getTag(\"t\") == \"v\"",
         "principal.getTag(\"t\") == \"v\"", "equivalent"),
        ("principal is User", "principal is User in Group::\"g\"", "stricter"),
    ],
)  # fmt: skip
def test_a_change_is_classified(old, new, relation, declared):
    a, b = policy(old, "old", declared), policy(new, "new", declared)
    comparison = Analyser(a, b).compare(a, b)
    assert comparison.relation == relation
    for answer in (comparison.allows_no_more, comparison.allows_no_less):
        assert answer.proved != (answer.witness is not None)
        if answer.witness is not None:
            assert isinstance(answer.witness.request, Situated)
            assert len(set(answer.witness.decisions.values())) == 2


@pytest.mark.parametrize(
    ("condition", "open_", "typed"),
    [
        ("principal.level > 2", "REFUTED", "PROVED"),
        ("principal.home.city == \"X\"", "REFUTED", "REFUTED"),
        ("principal has home && principal.home.city == \"X\"", "REFUTED", "PROVED"),
        ("principal has home.zip && principal.home.zip == \"X\"", "REFUTED", "PROVED"),
        ("context has note && context.note like \"a*\"", "REFUTED", "PROVED"),
        ("principal has boss && principal.boss.level > 1", "REFUTED", "PROVED"),
        ("principal.level + 1 > 2", "REFUTED", "REFUTED"),  # 64 bits
        ("resource.owner in Group::\"a\"", "REFUTED", "PROVED"),
        ("principal.getTag(\"x\") == \"y\"", "REFUTED", "REFUTED"),
        ("principal == resource", "PROVED", "PROVED"),
    ],
)  # fmt: skip
def test_declared_types_tell_what_never_errors(condition, open_, typed):
    for declared, expected in ((False, open_), (True, typed)):
        p = policy(condition, "p", declared)
        assert Analyser(p).never_errors(p).verdict.status == expected, declared


@pytest.mark.parametrize(
    ("condition", "vacuous"),
    [
        ("principal is Group", True),
        ('principal in Album::"a"', True),
        ('resource in Album::"a"', False),
        ('context.mode == Mode::"day"', False),
        ('context.mode == Mode::"dusk"', True),
        ('action == Action::"delete"', True),
        ('principal.level == "x"', True),
        ("resource has level", True),
        ("principal.groups.contains(3)", True),
    ],
)
def test_declared_types_make_rules_vacuous(condition, vacuous):
    p = policy(condition)
    status = RuleAnalyser(Analyser(p), p).standing(p.own[0]).status
    assert (status == "vacuous") == vacuous


def test_what_is_not_analysed_is_unknown_by_name():
    p = policy('decimal(context.note).lessThan(decimal("1.0"))')
    answer = Analyser(p).always(p, "deny")
    assert str(answer.verdict) == "UNKNOWN('decimal' of an unknown text is not analysed)"
    assert Analyser(p).role_monotone(p).verdict.status == "UNKNOWN"
    q = policy("principal.level * principal.level > 3")
    assert "a product of two unknowns" in str(Analyser(q).always(q, "deny").verdict)


def test_names_that_only_differ_in_odd_characters_are_different():
    # Z3 would end a name at a zero.
    p = policy("""{"": 1, "\\0": 2}["\\0"] == 2 && {"a|b": 1}["a|b"] == 1""", declared=False)
    assert Analyser(p).always(p, "permit").proved


def test_lint_of_cedar_names_the_rules_that_never_decide():
    p = cedar.import_policies("""
permit(principal in Group::"g", action, resource) when { principal.level > 2 };
permit(principal in Group::"g", action, resource) when { principal.level > 5 };
permit(principal, action, resource) when { context.mode == Mode::"day" };
forbid(principal, action, resource) when { principal.level > 9 };
permit(principal, action == Action::"edit", resource) when { principal.level > 20 };
forbid(principal, action, resource) when { principal.home.city == "X" };
""", cedar.import_schema(SCHEMA))  # fmt: skip
    found = {(f.rule, f.code, f.by) for f in lint(p)}
    assert ("policy1", "redundant", ("policy0",)) in found
    assert ("policy4", "shadowed", ("policy3",)) in found
    assert ("policy5", "undefined", ()) in found
    assert {rule for rule, _, _ in found} == {"policy1", "policy4", "policy5"}


def test_a_group_of_actions_is_what_the_schema_says():
    text = """entity User; action read, list in [any]; action any; action write
      appliesTo { principal: [User], resource: [User], context: {} };"""
    with pytest.raises(PorismError, match="no action"):
        cedar.import_schema(text.replace("in [any]", "in [each]"))
    schema = cedar.import_schema("""
entity User;
action any;
action read, list in [any] appliesTo { principal: [User], resource: [User], context: {} };
action write appliesTo { principal: [User], resource: [User], context: {} };
""")
    group = cedar.import_policies('permit(principal, action in Action::"any", resource);', schema)
    both = cedar.import_policies(
        'permit(principal, action in [Action::"read", Action::"list"], resource);', schema
    )
    assert Analyser(group, both).equivalent(group, both).proved


@needs_corpus
@pytest.mark.parametrize("mode", ["open", "typed"])
def test_no_request_of_the_corpus_contradicts_what_is_proved(mode):
    unknown = answers = 0
    for file in sorted(CORPUS.glob("*.json"))[::12]:
        case = json.loads(file.read_text(encoding="utf-8"))
        schema = cedar.import_schema(case["schema"]) if mode == "typed" else None
        policies = cedar.import_policies(case["policies"], schema)
        decider = cedar.decider(policies, case["entities"])
        requests = [cedar.import_request(r) for r in case["requests"]]
        decisions = [decider.decide(r) for r in requests]
        analyser = Analyser(policies)
        # What is refuted is replayed by the analyser itself.
        claims = [
            (analyser.never_errors(policies), lambda d: not d.errors),
            (analyser.always(policies, "deny"), lambda d: d.outcome == "deny"),
            (analyser.always(policies, "permit"), lambda d: d.outcome == "permit"),
        ]
        for answer, claim in claims:
            answers += 1
            unknown += answer.verdict.status == "UNKNOWN"
            if answer.proved:
                assert all(map(claim, decisions)), (file.name, answer.question)
        for standing in RuleAnalyser(analyser, policies).standings():
            if standing.status == "vacuous":
                assert not any(satisfied(decider, standing.rule, r) for r in requests)
    assert unknown <= answers / 20
