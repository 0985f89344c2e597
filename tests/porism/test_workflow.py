"""The commands about workflows, as a user types them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from porism.cli import main

ROOT = Path(__file__).resolve().parents[2]
AGENT = str(ROOT / "examples" / "agent" / "agent.py")
POLICY = str(ROOT / "examples" / "agent" / "agent.policy")
GRAPH = {
    "name": "mail",
    "framework": "langgraph",
    "entry_id": "start",
    "exit_ids": ["end"],
    "nodes": [
        {"id": "start", "kind": "entry", "label": "", "tools": []},
        {"id": "draft", "kind": "tool", "label": "", "tools": ["draft_email"]},
        {"id": "end", "kind": "exit", "label": "", "tools": []},
    ],
    "edges": [
        {"source": "start", "target": "draft", "kind": "direct"},
        {"source": "draft", "target": "end", "kind": "direct"},
    ],
}


@pytest.fixture
def graph(tmp_path: Path) -> str:
    path = tmp_path / "mail.json"
    path.write_text(json.dumps(GRAPH), encoding="utf-8")
    return str(path)


def test_an_imported_graph_is_verified_without_a_policy(
    graph: str, capsys: pytest.CaptureFixture[str]
) -> None:
    rule = "tool:draft_email -> F tool:human_review"
    assert main(["verify", graph, "--claim", "G !tool:rm_rf", "-q"]) == 0
    assert main(["verify", graph, "--claim", rule]) == 1
    assert "draft_email" in capsys.readouterr().out


def test_json_sarif_and_html_hold_the_verdicts(
    graph: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page, log = tmp_path / "page.html", tmp_path / "log.sarif"
    code = main(["verify", graph, "-c", "G !tool:draft_email", "--json", "--html", str(page),
                 "--sarif", str(log)])  # fmt: skip
    found = json.loads(capsys.readouterr().out)
    assert code == found["exit"] == 1
    assert found["results"][0]["verdict"] == "REFUTED"
    assert found["results"][0]["run"]["steps"][-1]["request"]["tool"] == "draft_email"
    assert json.loads(log.read_text())["runs"][0]["results"][0]["level"] == "error"
    text = page.read_text()
    assert "<svg" in text and "REFUTED" in text and "http" not in text.split("<script>")[1]


def test_a_certificate_is_keyed_by_property(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["certify", AGENT, "-p", POLICY, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [found[f"P{i}"]["verdict"] for i in range(1, 8)] == ["PROVED"] * 7
    assert set(found["invariants"]) == {"mediated", "respected", "same", "once", "checked"}


def test_a_run_is_governed_and_recorded(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ledger = str(tmp_path / "run.jsonl")
    assert main(["run", AGENT, "-p", POLICY, "--arg", "goal=rent", "--ledger", ledger]) == 0
    assert "the run ends with 'paid'" in capsys.readouterr().out
    assert main(["policy", "ledger", "verify", ledger, "-q"]) == 0


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["verify", "missing.yaml"], "There is no file 'missing.yaml'"),
        (["verify", AGENT + ":pay_bil", "-p", POLICY], "Did you mean 'pay_bill'"),
        (["verify", AGENT], "There is no claim"),
        (["verify", AGENT, "-c", "never send_mony"], "Did you mean 'send_money'"),
        (["run", AGENT, "-p", POLICY], "needs a value for goal"),
        (["run", AGENT, "-p", POLICY, "--arg", "gaol=1"], "has no input 'gaol'"),
        (["verify", AGENT, "-c", "never note", "--time", "soon"], "is not a time"),
        (["footprint", AGENT, "-p", POLICY, "--private", "red"], "There is no tool 'red'"),
    ],
)
def test_mistakes_are_sentences(
    arguments: list[str], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    assert complaint in capsys.readouterr().err


def test_python_that_raises_or_has_no_workflow_is_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for text, complaint in (("x = 1", "has no workflow"), ("1 / 0", "raises ZeroDivisionError"),
                            ("def f(:", "is no Python")):  # fmt: skip
        path = tmp_path / "bad.py"
        path.write_text(text, encoding="utf-8")
        assert main(["verify", str(path), "-c", "never x"]) == 2
        assert complaint in capsys.readouterr().err
