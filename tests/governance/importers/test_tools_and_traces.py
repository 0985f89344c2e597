"""MCP tool lists as the worst client, traces as a tree."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from governance.sorts import BOOL, DECIMAL, INT, TEXT, TIME, set_of
from governance.workflows.importers import parse_workflow
from governance.workflows.importers.traces import sort_of
from governance.workflows.ir import Interval, Workflow
from logic.errors import PorismError
from logic.source import Source
from logic.terms import Sort
from tests.governance.importers.walking import Walk, runs


def read(data: Any, file: str = "f.json") -> Workflow:
    text = data if isinstance(data, str) else json.dumps(data, indent=1)
    return parse_workflow(Source(text, file))


def complaint(data: Any, file: str = "f.json") -> str:
    with pytest.raises(PorismError) as caught:
        read(data, file)
    return str(caught.value)


def tools(**schemas: Any) -> dict[str, Any]:
    return {"tools": [{"name": n, "inputSchema": s} for n, s in schemas.items()]}


# -- MCP -------------------------------------------------------------------------------------------


def test_any_tool_is_used_in_any_order_and_may_fail() -> None:
    w = read(tools(read={"type": "object"}, send={}))
    words = {p for n in range(3) for p in itertools.product(("read", "send"), repeat=n)}
    assert runs(w, 2) == words
    assert ("!read", "send") in runs(w, 2, failing=True)
    assert w.flow == "session"


def test_schemas_become_sorts_and_contracts() -> None:
    w = read(
        tools(
            t={
                "type": "object",
                "required": ["s", "i", "n", "b", "e", "xs"],
                "properties": {
                    "s": {"type": "string"},
                    "i": {"type": "integer", "minimum": 1, "maximum": 9},
                    "n": {"type": "number", "minimum": 0},
                    "b": {"type": "boolean"},
                    "e": {"enum": ["x", "y"]},
                    "xs": {"type": "array", "items": {"type": "string"}},
                    "when": {"type": "string", "format": "date-time"},
                    "maybe": {"anyOf": [{"$ref": "#/$defs/I"}, {"type": "null"}]},
                    "o": {"type": "object"},
                },
                "$defs": {"I": {"type": "integer"}},
            }
        )
    )
    found = {p.name: (p.sort, p.optional) for p in w.schema.tools["t"].parameters}
    assert found == {
        "s": (TEXT, False), "i": (INT, False), "n": (DECIMAL, False), "b": (BOOL, False),
        "e": (TEXT, False), "xs": (set_of(TEXT), False), "when": (TIME, True),
        "maybe": (INT, True), "o": (TEXT, True),
    }  # fmt: skip
    assert w.variables["t.i"].domain == Interval(1, 9)
    assert w.variables["t.e"].domain == ("x", "y")
    assert isinstance(w.variables["t.n"].domain, Interval)


def test_each_argument_is_chosen_anew_before_each_use() -> None:
    w = read(tools(t={"type": "object", "properties": {"a": {}, "b": {}}, "required": ["a", "b"]}))
    assert runs(w, 6) == {(), ("choose", "choose", "t"), ("choose", "choose", "t") * 2}


def test_optional_arguments_are_given_or_not() -> None:
    w = read(tools(t={"type": "object", "properties": {"a": {}, "b": {}}}))
    given = {tuple(sorted(n.args)) for n in w.performs() if n.tool == "t"}
    assert given == {(), ("a",), ("b",), ("a", "b")}


def test_what_a_server_says_of_its_tools_is_not_relied_on() -> None:
    data = tools(t={})
    data["tools"][0]["annotations"] = {"readOnlyHint": True}
    w = read({"jsonrpc": "2.0", "id": 1, "result": data})
    assert w.schema.tools["t"].kind == "call"
    assert "The server says of 't': readOnlyHint true. This is not relied on." in w.assumptions


def test_parameters_with_names_of_our_own_get_an_underscore() -> None:
    w = read(tools(t={"type": "object", "properties": {"label": {}, "tool": {}}}))
    assert [p.name for p in w.schema.tools["t"].parameters] == ["label_", "tool_"]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"tools": [], "nextCursor": "x"}, "The list goes on"),
        ({"tools": []}, "There is no tool in the list."),
        ({"tools": [{"name": "a"}, {"name": "a"}]}, "There are two tools 'a'."),
        ({"tools": [{"name": "a", "inputschema": {}}]}, "Did you mean 'inputSchema'?"),
        ({"tools": [{"name": 3, "inputSchema": []}]}, "The schema of '3' is a mapping"),
        (tools(a={"type": "array"}), "The arguments of 'a' are an object."),
        (tools(a={"properties": {"x": {"$ref": "#/$defs/y"}}}), "leads nowhere"),
        (tools(a={"properties": {"x": {"$ref": "http://e"}}}), "leads out of this schema"),
        (tools(a={"properties": {"x": {"$ref": "#/properties/x"}}}), "leads in a circle"),
        (
            tools(
                a={"properties": {"x": {"$ref": "#/properties/y"}, "y": {"$ref": "#/properties/x"}}}
            ),
            "leads in a circle",
        ),
        (
            tools(a={"properties": {"x": {"anyOf": [{"$ref": "#/properties/x"}]}}}),
            "leads in a circle",
        ),
    ],
)
def test_tool_lists_are_refused_by_name(data: Any, expected: str) -> None:
    said = complaint(data)
    assert expected in said and said.startswith("f.json:")


# -- traces ----------------------------------------------------------------------------------------


def call(name: str, id_: str = "c", **args: Any) -> dict[str, Any]:
    function = {"name": name, "arguments": json.dumps(args)}
    return {
        "role": "assistant",
        "content": None,
        "tool_calls": [{"id": id_, "type": "function", "function": function}],
    }


def answer(id_: str = "c") -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": id_, "content": "..."}


USER = {"role": "user", "content": "Please."}


def test_a_trace_is_a_straight_line() -> None:
    w = read([USER, call("find", n=3), answer(), call("send", to="a"), answer()])
    assert runs(w) == {("find", "send")}
    assert [str(n.args["n"]) for n in w.performs() if n.tool == "find"]
    assert w.schema.tools["find"].parameters[0].sort == INT


def test_traces_branch_where_they_differ() -> None:
    traces = [
        [call("a"), call("b", x=1)],
        [call("a"), call("b", x=2), call("c")],
        {"messages": [call("a")]},
    ]
    w = read(traces)
    assert runs(w) == {("a",), ("a", "b"), ("a", "b", "c")}
    assert len([n for n in w.performs() if n.tool == "a"]) == 1
    assert len([n for n in w.performs() if n.tool == "b"]) == 2


def test_json_lines_are_messages_or_conversations() -> None:
    messages = [USER, call("a"), answer()]
    one = "\n".join(map(json.dumps, messages))
    two = "\n".join(json.dumps({"messages": m}) for m in (messages, [call("b")]))
    assert runs(read(one, "t.jsonl")) == {("a",)}
    assert runs(read(two, "t.jsonl")) == {("a",), ("b",)}
    broken = one + "\n{"
    assert complaint(broken, "t.jsonl").startswith("t.jsonl:4:")


def test_declared_tools_hold_the_calls() -> None:
    declared = [
        {"type": "function", "function": {
            "name": "pay", "parameters": {
                "type": "object", "required": ["amount"],
                "properties": {"amount": {"type": "number"}, "note": {"type": "string"}}}}}
    ]  # fmt: skip
    w = read({"messages": [call("pay", amount=3)], "tools": declared})
    assert [p.optional for p in w.schema.tools["pay"].parameters] == [False, True]
    lacks = {"messages": [call("pay", note="x")], "tools": declared}
    assert "lacks its argument 'amount'" in complaint(lacks)
    more = {"messages": [call("pay", amount=3, to="x")], "tools": declared}
    assert "'pay' has no parameter 'to'." in complaint(more)
    wrong = {"messages": [call("pay", amount="3")], "tools": declared}
    assert "is Decimal, not '3'" in complaint(wrong)


@pytest.mark.parametrize(
    ("values", "sort"),
    [
        ([True, False], BOOL),
        ([1, 2], INT),
        ([1, 2.5], DECIMAL),
        ([0.1], DECIMAL),
        ([0.00001], TEXT),
        ([2**63], TEXT),
        (["a", 1], TEXT),
        ([True, 1], TEXT),
        ([["a"], []], set_of(TEXT)),
        ([[1], [2.5]], set_of(DECIMAL)),
        ([[]], TEXT),
        ([{"a": 1}], TEXT),
        ([[["a"]]], TEXT),
    ],
)
def test_sorts_are_learned_from_values(values: list[Any], sort: Sort) -> None:
    assert sort_of(values) == sort


def test_what_is_not_always_given_is_optional_and_null_is_not_given() -> None:
    w = read([call("a", x=1, y=None), call("a", x=2, z="s")])
    found = {p.name: p.optional for p in w.schema.tools["a"].parameters}
    assert found == {"x": False, "z": True}


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ([{"role": "robot"}], "There is no role 'robot'."),
        ([answer("x")], "answers the call 'x', which there is not before it"),
        ([{"role": "assistant", "content": [{"type": "tool_use"}]}], "'tool_use' are not"),
        ([{"role": "assistant", "tool_calls": [{"type": "custom"}]}], "Only calls of functions"),
        ([{"role": "assistant", "tool_calls": [{"function": {"name": "f", "arguments": "{"}}]}],
         "The arguments of 'f' are no JSON."),
        ([{"role": "assistant", "tool_calls": [{"function": {"name": "f", "arguments": "[]"}}]}],
         "The arguments of 'f' are a mapping"),
        ([[{"role": "user"}], 3], "A trace is a list, not 3."),
    ],
)  # fmt: skip
def test_traces_are_refused_by_name(data: Any, expected: str) -> None:
    said = complaint(data)
    assert expected in said and said.startswith("f.json:")


def test_runs_of_agent_graphs_are_traces_too() -> None:
    steps = [
        {"node_id": "start", "action_type": "entry"},
        {"node_id": "plan", "action_type": "llm"},
        {"node_id": "t", "action_type": "tool", "tool_name": "mail"},
    ]
    w = read({"workflow": "w", "traces": [steps]})
    assert runs(w) == {("plan", "mail")}
    assert w.schema.tools["llm"].kind == "reason"


calls = st.builds(call, st.sampled_from("ab"), x=st.integers(0, 1))


@given(st.lists(st.lists(calls, max_size=4), min_size=1, max_size=5))
@settings(max_examples=60, deadline=None)
def test_a_tree_of_traces_has_exactly_their_runs(traces: list[list[dict[str, Any]]]) -> None:
    data = {"messages": [USER, *traces[0]]}
    others = [{"messages": [USER, *t]} for t in traces[1:]]
    walk = Labelled(read([data, *others]))
    expected = {
        tuple(f"{c['function']['name']}{c['function']['arguments']}" for m in t
              for c in m["tool_calls"])
        for t in traces
    }  # fmt: skip
    assert walk.runs(4) == expected


class Labelled(Walk):
    """Names effects by their tool and their argument."""

    def label(self, node: Any) -> str:
        return f'{node.tool}{{"x": {node.args["x"].symbol}}}'
