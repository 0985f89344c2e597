"""Whatever the file, the answer is a workflow or a sentence: no traceback, no hang."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from governance.workflows import files
from governance.workflows.importers import FORMATS, import_workflow, load_temporal, parse_workflow
from governance.workflows.ir import Workflow
from logic.errors import PorismError
from logic.source import Source


def complaint(text: str, file: str = "f.json", **more: Any) -> str:
    with pytest.raises(PorismError) as caught:
        parse_workflow(Source(text, file), **more)
    return str(caught.value)


HEAD = "document: {dsl: '1.0.3', namespace: n, name: n, version: '1'}\n"


def test_anchors_that_grow_without_measure_are_stopped() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 30)]
    assert "repeats itself without measure" in complaint("\n".join(lines), "f.yaml")
    own = "\n".join(["workflow: w", "nodes: {}", *lines])
    with pytest.raises(PorismError, match="repeats itself without measure"):
        files.parse_workflow(Source(own, "w.yaml"))


def test_an_anchor_inside_itself_is_stopped() -> None:
    assert "nests too deep" in complaint(HEAD + "do: &a [*a, *a]\n", "f.yaml")


@pytest.mark.parametrize("file", ["f.json", "f.yaml"])
def test_deep_nesting_is_stopped(file: str) -> None:
    assert "nest" in complaint('{"nodes": ' + "[" * 5000 + "]" * 5000 + "}", file)


def test_deep_python_is_stopped() -> None:
    deep = "x = " + "-" * 5000 + "1\n"
    assert complaint("from langgraph.graph import StateGraph\n" + deep, "f.py")
    deep = "x = " + "f(" * 90 + ")" * 90 + "\n"
    assert complaint("from langgraph.graph import StateGraph\n" + deep, "f.py")
    long = "x = " + " + ".join(["1"] * 3000) + "\n"
    assert complaint("from langgraph.graph import StateGraph\n" + long, "f.py")


@pytest.mark.parametrize(
    ("text", "file", "expected"),
    [
        ("", "f.json", "This file is empty."),
        ("  \n", "f.yaml", "This file is empty."),
        ("{", "f.json", "f.json:1:2: This is no JSON"),
        ('{"a": NaN}', "f.json", "NaN, which is no number of JSON"),
        ('{"a": ' + "1" * 5000 + "}", "f.json", "is no JSON"),
        ('{"nodes": [], "nodes": [], "edges": []}', "f.json", "f.json:1:15: 'nodes' stands twice"),
        ("do: 1\ndo: 2\n", "f.yaml", "f.yaml:2:1: 'do' stands here twice."),
        ("a: [\n", "f.yaml", "This is no YAML"),
        ("a: !!python/object/apply:os.system ['x']\n", "f.yaml", "of no format that is understood"),
        ("? [a]\n: b\n", "f.yaml", "A key is a text."),
        ("a: &x {b: 1}\nc: {<<: *x}\n", "f.yaml", "Merge keys"),
        ("hello", "f.yaml", "of no format that is understood"),
        ("[]", "f.json", "of no format that is understood"),
        ('{"a": 1}', "f.json", "Understood are agent-graph, serverless, mcp, traces"),
        ('[{"id": "x", "dsl": "G !a"}]', "f.json", "These are temporal rules, not a workflow."),
    ],
)
def test_files_that_are_none_are_named(text: str, file: str, expected: str) -> None:
    assert expected in complaint(text, file)


def test_a_format_is_named_and_named_rightly() -> None:
    said = complaint("{}", format_="mpc")
    assert "There is no format 'mpc'." in said and "Did you mean 'mcp'?" in said
    assert "A graph has no 'nodes'." in complaint("{}", format_="agent-graph")
    assert "'tools' is a list, not nothing." in complaint("{}", format_="mcp")
    assert "A conversation has 'messages'." in complaint("{}", format_="traces")
    assert "'document' is a mapping" in complaint("{}", format_="serverless")
    assert "This is no Python" in complaint("{", format_="crewai")


def test_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    (tmp_path / "latin.json").write_bytes(b'{"nodes": "\xff"}')
    for file in (tmp_path, tmp_path / "none.json", tmp_path / "latin.json"):
        with pytest.raises(PorismError):
            import_workflow(file)


def test_functions_that_multiply_are_stopped() -> None:
    calls = ", ".join(f"{{t{j}: {{call: f%d}}}}" for j in range(10))
    functions = "".join(f"    f{i}: {{do: [{calls % ((i + 1,) * 10)}]}}\n" for i in range(8))
    text = HEAD + f"use:\n  functions:\n{functions}    f8: {{wait: {{seconds: 1}}}}\n"
    assert "more than 5000 calls" in complaint(text + "do: [{a: {call: f0}}]\n", "f.yaml")


def test_large_files_are_read_in_order_of_their_length() -> None:
    steps = [{"name": f"t{i}", "inputSchema": {"type": "object"}} for i in range(5000)]
    assert len(parse_workflow(Source(json.dumps({"tools": steps}), "f.json")).schema.tools) == 5000
    nodes = [{"id": f"n{i}", "kind": "llm"} for i in range(5000)]
    edges = [{"source": f"n{i}", "target": f"n{i + 1}"} for i in range(4999)]
    data = {"nodes": nodes, "edges": edges, "entry_id": "n0", "exit_ids": ["n4999"]}
    assert len(parse_workflow(Source(json.dumps(data), "f.json")).nodes) == 5001


def forking(edges: list[tuple[int, int]], framework: str) -> str:
    nodes = [{"id": f"n{i}", "kind": "llm"} for i in range(2000)]
    made = [{"source": f"n{a}", "target": f"n{b}"} for a, b in edges if b < 2000]
    return json.dumps({"nodes": nodes, "edges": made, "entry_id": "n0", "framework": framework})


@pytest.mark.parametrize("framework", ["langgraph", "adk"])
def test_graphs_that_fork_everywhere_are_read(framework: str) -> None:
    chain = [(i, j) for i in range(2000) for j in (i + 1, i + 2)]
    tree = [(i, j) for i in range(1000) for j in (2 * i + 1, 2 * i + 2)]
    fan = [*((0, j) for j in range(1, 2000)), *((j, j + 1) for j in range(1, 1999))]
    for edges in (chain, tree, fan):
        assert parse_workflow(Source(forking(edges, framework), "f.json")).nodes


def test_forks_in_forks_in_forks_are_stopped() -> None:
    half = range(1000)
    nest = [*((i, i + 1) for i in half), *((i, 1999 - i) for i in half)]
    nest += [(1999 - i, 2000 - i) for i in range(1, 1000)]
    answer(Source(forking(nest, "adk"), "f.json"))


def test_helpers_that_multiply_are_not_followed_for_ever() -> None:
    helpers = "".join(f"def h{i}(x):\n" + f"    h{i + 1}(x)\n" * 10 for i in range(8))
    text = (
        f"from langgraph.graph import StateGraph, START\n{helpers}def h8(x):\n    return x\n"
        "g = StateGraph(dict)\ng.add_node('a', h0)\ng.add_edge(START, 'a')\n"
    )
    workflow = parse_workflow(Source(text, "f.py"))
    assert "it calls too much to follow" in workflow.assumptions[0]


def test_importing_needs_no_solver(tmp_path: Path) -> None:
    (tmp_path / "g.json").write_text(GRAPH, encoding="utf-8")
    code = (
        "import sys; from governance.workflows.importers import import_workflow; "
        "import_workflow('g.json'); sys.exit(any(m in sys.modules for m in ('z3', 'networkx')))"
    )
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[3])}
    assert subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=env).returncode == 0


def test_temporal_rules_are_refused_by_name(tmp_path: Path) -> None:
    for data, expected in (
        ({}, "is a list"),
        ([{"id": "a"}], "A rule has a 'dsl'."),
        ([{"dsl": "G !a"}], "A rule has an 'id'."),
        ([{"id": "a", "dsl": "G !a", "form": "untill"}], "Did you mean 'until'?"),
        ([{"id": "a", "dsl": "G !a", "fom": "x"}], "Did you mean 'form'?"),
        ([{"id": "a", "dsl": "G !a"}] * 2, "There are two rules 'a'."),
    ):
        file = tmp_path / "rules.json"
        file.write_text(json.dumps(data), encoding="utf-8")
        with pytest.raises(PorismError) as caught:
            load_temporal(file)
        assert expected in str(caught.value)


# -- anything --------------------------------------------------------------------------------------

KEYS = st.sampled_from(
    """
    nodes edges id kind source target entry_id exit_ids tools name inputSchema type properties
    required enum anyOf $ref items role messages tool_calls function arguments content document
    do dsl use call with method endpoint for in try catch retry fork branches switch when then
    set emit event listen to one any run shell command traces action_type node_id if timeout
    annotations result
    """.split()  # noqa: SIM905
)
LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 2**70), st.floats(allow_nan=False),
    st.sampled_from(["llm", "tool", "a", "http", "1.0.3", "assistant", "function", "string",
                     "integer", "entry", "direct", "", "end", "exit", "${ .x }", "{}", "#/a"]),
)  # fmt: skip
ANYTHING = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=25,
)


@given(ANYTHING, st.sampled_from(["", *[f for f in FORMATS if f not in ("langgraph", "crewai")]]))
@settings(max_examples=200, deadline=None)
def test_any_data_gives_a_workflow_or_a_sentence(data: Any, format_: str) -> None:
    answer(Source(json.dumps(data), "f.json"), format_)


def answer(source: Source, format_: str = "") -> None:
    try:
        assert isinstance(parse_workflow(source, format_), Workflow)
    except PorismError as error:
        assert str(error).strip()


SERVERLESS = json.dumps(
    {
        "document": {"dsl": "1.0.0", "namespace": "n", "name": "n", "version": "1"},
        "do": [
            {"a": {"call": "http", "with": {"method": "get", "endpoint": {"uri": "http://x/{y}"}}}},
            {"b": {"for": {"in": ".x"}, "do": [{"c": {"emit": {"event": {"with": {
                "type": "t", "source": "s"}}}}}]}},
            {"d": {"try": [{"e": {"listen": {"to": {"one": {"with": {"type": "t"}}}}}}],
                   "catch": {"retry": {"limit": {"attempt": {"count": 2}}}}}},
            {"f": {"fork": {"branches": [{"g": {"wait": {"seconds": 1}}},
                                         {"h": {"run": {"shell": {"command": "x"}}}}]}}},
            {"i": {"switch": [{"j": {"when": ".x", "then": "end"}}]}},
        ],
    }
)  # fmt: skip
TOOLS = json.dumps(
    {"tools": [{"name": "a", "inputSchema": {"type": "object", "required": ["x"], "properties": {
        "x": {"type": "array", "items": {"type": "integer"}}, "y": {"anyOf": [{"type": "null"},
        {"enum": ["p", "q"]}]}}}}]}
)  # fmt: skip
CHAT = json.dumps(
    [{"role": "assistant", "tool_calls": [{"id": "1", "type": "function", "function": {
        "name": "f", "arguments": "{\"x\": [1, 2.5]}"}}]}, {"role": "tool", "tool_call_id": "1"}]
)  # fmt: skip
GRAPH = json.dumps(
    {"entry_id": "a", "exit_ids": ["b"], "nodes": [{"id": "a", "kind": "llm", "tools": ["t"]},
     {"id": "b", "kind": "exit"}], "edges": [{"source": "a", "target": "b", "kind": "direct"}]}
)  # fmt: skip


@given(st.sampled_from([SERVERLESS, TOOLS, CHAT, GRAPH]), st.integers(0, 10**6), LEAVES | ANYTHING)
@settings(max_examples=200, deadline=None)
def test_one_wrong_value_anywhere_gives_a_workflow_or_a_sentence(
    text: str, place: int, value: Any
) -> None:
    data = json.loads(text)
    spots: list[tuple[Any, Any]] = []
    todo = [data]
    while todo:
        part = todo.pop()
        keys = part if isinstance(part, dict) else range(len(part))
        for key in list(keys):
            spots.append((part, key))
            if isinstance(part[key], dict | list):
                todo.append(part[key])
    part, key = spots[place % len(spots)]
    part[key] = value
    answer(Source(json.dumps(data), "f.json"))


SAMPLES = [p.read_text() for p in sorted((Path(__file__).parent / "samples").glob("*.py"))]


@given(st.sampled_from(SAMPLES), st.integers(0, 10**6), st.integers(1, 40), st.booleans())
@settings(max_examples=120, deadline=None)
def test_a_source_with_a_piece_cut_out_gives_a_workflow_or_a_sentence(
    text: str, at: int, size: int, lines: bool
) -> None:
    if lines:
        rows = text.splitlines(keepends=True)
        at %= len(rows)
        cut = "".join(rows[:at] + rows[at + max(1, size // 10) :])
    else:
        at %= len(text)
        cut = text[:at] + text[at + size :]
    answer(Source(cut, "f.py"))
