"""``porism policy`` as a user runs it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from governance.runtime.ledger import Ledger
from tests.porism.command import ROOT, porism

PAYMENTS = ROOT / "examples" / "payments" / "payments.policy"
REQUEST = {"principal": "ann", "tool": "send_money",
           "args": {"to": "ACME", "amount": "20", "currency": "EUR"}}  # fmt: skip


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A folder with the payments policy, mended."""
    text = PAYMENTS.read_text(encoding="utf-8")
    mended = text.replace("within 1d) <= 2000", "within 1d) + amount <= 2000")
    for name in ("odd_lots", "large"):
        start = mended.index(f"permit {name}")
        mended = mended[:start] + mended[mended.index("\n\n", start) + 2 :]
    (tmp_path / "mended.policy").write_text(mended, encoding="utf-8")
    (tmp_path / "mended.schema").write_text(
        PAYMENTS.with_suffix(".schema").read_text(encoding="utf-8"), encoding="utf-8"
    )
    return tmp_path


def test_lint_finds_the_three_planted_mistakes(tmp_path: Path) -> None:
    sarif, page = tmp_path / "x.sarif", tmp_path / "x.html"
    ran = porism("policy", "lint", PAYMENTS, "--json", "--sarif", sarif, "--html", page)
    assert ran.code == 1
    found = {f["code"]: f for f in ran.json["findings"]}
    assert {c: f["rule"] for c, f in found.items()} == {
        "limit": "small", "vacuous": "odd_lots", "shadowed": "large",
    }  # fmt: skip
    assert found["limit"]["witness"]["history"] and found["shadowed"]["by"] == ["ceiling"]
    log = json.loads(sarif.read_text(encoding="utf-8"))
    assert log["version"] == "2.1.0"
    results = log["runs"][0]["results"]
    assert [r["ruleId"] for r in results] == [f["code"] for f in ran.json["findings"]]
    assert results[0]["locations"][0]["physicalLocation"]["region"]["startLine"] == 4
    html = page.read_text(encoding="utf-8")
    assert "ceiling" in html and "http" not in html.replace("http-equiv", "")


def test_the_mended_policy_is_clean_and_stricter(files: Path) -> None:
    assert porism("policy", "lint", files / "mended.policy").code == 0
    ran = porism("policy", "diff", PAYMENTS, files / "mended.policy", "--json")
    assert ran.code == 0 and ran.json["relation"] == "stricter"
    back = porism("policy", "diff", files / "mended.policy", PAYMENTS)
    assert back.code == 1 and "more permissive than the old one" in back.out
    within = porism(
        "policy", "diff", files / "mended.policy", PAYMENTS, "--within", PAYMENTS, "--json"
    )
    assert within.code == 0 and within.json["within"]["verdict"] == "PROVED"


def test_eval_decides_in_turn(tmp_path: Path) -> None:
    requests = tmp_path / "requests.jsonl"
    many = {**REQUEST, "args": {**REQUEST["args"], "amount": "500"}}
    requests.write_text("\n".join([json.dumps(many)] * 6) + "\n", encoding="utf-8")
    ran = porism("policy", "eval", PAYMENTS, requests, "--json")
    outcomes = [d["outcome"] for d in ran.json["decisions"]]
    assert outcomes == ["permit"] * 5 + ["deny"]  # the planted mistake: 2,500 in a day


def test_test_runs_the_tests_beside_the_policy() -> None:
    ran = porism("policy", "test", PAYMENTS, "--mutate", "--json")
    assert ran.code == 0 and ran.json["passed"] == 10 and ran.json["failed"] == []
    assert 0 < len(ran.json["unnoticed"]) < ran.json["mutants"]


def test_explain_says_why(tmp_path: Path) -> None:
    ran = porism("policy", "explain", PAYMENTS, json.dumps(REQUEST))
    assert ran.code == 0 and "is decided: permit by small" in ran.out
    bad = porism("policy", "explain", PAYMENTS, '{"principal": "ann"}')
    assert bad.code == 2 and "needs 'tool'" in bad.err


def test_ledger_verify_finds_an_edit(tmp_path: Path) -> None:
    path, head = tmp_path / "l.jsonl", tmp_path / "head.json"
    with Ledger(path, "p") as ledger:
        for i in range(3):
            ledger.append({"x": i})
        kept = ledger.head(b"key")
    head.write_text(
        json.dumps({"entries": kept.entries, "hash": kept.hash, "signature": kept.signature})
    )
    (tmp_path / "key").write_text("key\n")
    options = ("--head", head, "--key", tmp_path / "key")
    assert porism("policy", "ledger", "verify", path, *options).code == 0
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(lines[:-1]))
    ran = porism("policy", "ledger", "verify", path, *options, "--json")
    assert ran.code == 1 and ran.json["problem"] == "truncated"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["check", "nowhere.policy"], "There is no file 'nowhere.policy'."),
        (["chek", PAYMENTS], "There is no command chek. Did you mean 'check'?"),
        (["check", PAYMENTS, "--question", "never-error"], "Did you mean 'never-errors'?"),
        (["diff", PAYMENTS, "nowhere.policy"], "There is no file 'nowhere.policy'."),
        (["test", PAYMENTS, "--tests", PAYMENTS], "This is not JSON"),
        (["eval", PAYMENTS, PAYMENTS], "Line 1 is not JSON"),
        (["explain", PAYMENTS, "{nonsense"], "is not JSON"),
        (["ledger", "verify", PAYMENTS], "is no ledger"),
        (["lint", PAYMENTS, "--sarif", "/nowhere/x"], "cannot be written"),
    ],
)
def test_mistakes_are_named(arguments: list[object], said: str, tmp_path: Path) -> None:
    ran = porism("policy", *arguments, cwd=tmp_path)
    assert ran.code == 2 and said in ran.err and "Traceback" not in ran.err


def test_questions_about_a_policy(files: Path) -> None:
    ran = porism(
        "policy", "check", files / "mended.policy", "--question", "roles-add", "--question",
        "no-history", "--smtlib", files / "smt", "--json",
    )  # fmt: skip
    assert [a["verdict"] for a in ran.json["answers"]] == ["PROVED", "REFUTED"]
    assert ran.code == 1 and any((files / "smt").glob("*.smt2"))


def test_limits_are_audited_from_both_sides(files: Path) -> None:
    ran = porism("policy", "limits", PAYMENTS, "--json")
    assert ran.code == 1
    totals = {t["rule"]: t["verdict"] for t in ran.json["totals"]}
    assert totals == {"small": "REFUTED", "approved": "PROVED", "calls": "PROVED"}
    (bound,) = [b for b in ran.json["boundaries"] if b["comparison"] == "amount <= 500.0"]
    sides = [(bound[s]["value"], bound[s]["decided"]) for s in ("below", "at", "above")]
    assert sides == [("499.9999", "permit by small"), ("500.0", "permit by small"),
                     ("500.0001", "permit by approved")]  # fmt: skip
    assert porism("policy", "limits", files / "mended.policy", "--quiet").code == 0


def test_two_policies_are_told_apart_or_shown_to_overlap(files: Path) -> None:
    ran = porism("policy", "diff", PAYMENTS, files / "mended.policy", "--disjoint", "--json")
    assert ran.code == 1 and ran.json["disjoint"]["verdict"] == "REFUTED"
    assert ran.json["disjoint"]["witness"]["request"]


def test_a_question_may_be_about_one_tool() -> None:
    args = ("policy", "check", PAYMENTS, "--question", "always-denies", "--json", "--tool")
    assert porism(*args, "send_money").code == 1
    wrong = porism(*args, "send_mony")
    assert wrong.code == 2 and "send_money" in wrong.out


def test_cedar_files_are_linted_compared_and_otherwise_refused(tmp_path: Path) -> None:
    old, new = tmp_path / "old.cedar", tmp_path / "new.cedar"
    rule = "permit(principal, action, resource) when { principal.level > %d };"
    old.write_text(rule % 3, encoding="utf-8")
    new.write_text(rule % 2 + "\n" + rule % 9, encoding="utf-8")
    ran = porism("policy", "lint", new, "--json")
    assert ran.code == 1 and [f["code"] for f in ran.json["findings"]] == ["redundant"]
    ran = porism("policy", "diff", old, new, "--json")
    assert ran.code == 1 and ran.json["relation"] == "more permissive"
    entities = ran.json["allows_no_more"]["witness"]["request"]["entities"]
    assert [e["attributes"] for e in entities.values()] == [{"level": 3}]
    schema = (
        "entity User = { size: Long }; action a appliesTo { principal: [User], resource: [User] };"
    )
    new.with_suffix(".cedarschema").write_text(schema, encoding="utf-8")
    typed = {f["code"] for f in porism("policy", "lint", new, "--json").json["findings"]}
    assert typed == {"vacuous", "undefined"}  # nobody has a level
    ran = porism("policy", "explain", new, "{}")
    assert ran.code == 2 and "reads *.policy files only" in ran.err
    ran = porism("policy", "diff", PAYMENTS, new)
    assert ran.code == 2 and "speak of different things" in ran.err
    new.write_text("permit(principal, action, resource) when { principal.level > };")
    ran = porism("policy", "check", new)
    assert ran.code == 2 and "new.cedar:1:62" in ran.err


def recorded(*amounts: int) -> str:
    """Traces in which an order is looked up and refunded."""

    def call(number: int, tool: str, args: dict[str, object]) -> list[dict[str, object]]:
        function = {"name": tool, "arguments": json.dumps(args)}
        made = {"id": str(number), "type": "function", "function": function}
        return [{"role": "assistant", "tool_calls": [made]},
                {"role": "tool", "tool_call_id": str(number), "content": "ok"}]  # fmt: skip

    return json.dumps([
        {"messages": [*call(1, "find", {"order": 7}), *call(2, "refund", {"amount": a})]}
        for a in amounts
    ])  # fmt: skip


def test_a_learned_policy_permits_what_was_recorded_and_no_more(tmp_path: Path) -> None:
    (tmp_path / "traces.json").write_text(recorded(30, 80), encoding="utf-8")
    learned = tmp_path / "learned.policy"
    assert porism("policy", "learn", tmp_path / "traces.json", "--out", learned).code == 0
    assert porism("policy", "check", learned).code == 0
    find = {"principal": "agent", "tool": "find", "args": {"order": 7}}

    def refund(amount: int) -> dict[str, object]:
        return {"principal": "agent", "tool": "refund", "args": {"amount": amount}}

    def outcomes(*requests: dict[str, object]) -> list[str]:
        (tmp_path / "r.jsonl").write_text("\n".join(map(json.dumps, requests)), encoding="utf-8")
        ran = porism("policy", "eval", learned, tmp_path / "r.jsonl", "--json")
        return [d["outcome"] for d in ran.json["decisions"]]

    assert outcomes(find, refund(30), refund(80), refund(55)) == ["permit"] * 4
    assert outcomes(refund(30)) == ["deny"]  # nothing was looked up
    assert outcomes(find, refund(81)) == ["permit", "deny"]
    assert porism("policy", "learn", tmp_path / "r.jsonl").code == 2
