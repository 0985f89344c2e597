"""Agent graphs: every run that the graph has, the imported workflow has."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from governance.workflows.importers import parse_workflow
from governance.workflows.ir import Cut, Fork, Perform, Workflow
from logic.errors import PorismError
from logic.source import Source
from tests.governance.importers.walking import Walk, runs


def graph(*edges: str, framework: str = "langgraph", **nodes: Any) -> dict[str, Any]:
    """``graph("a -> b", a="llm", b=["tool", "t"])``; an edge is ``->``, ``?>`` or ``~>``."""
    kinds = {"->": "direct", "?>": "conditional", "~>": "loop", "=>": "parallel"}
    made = [{"id": "start", "kind": "entry"}, {"id": "stop", "kind": "exit"}]
    for name, kind in nodes.items():
        parts = [kind] if isinstance(kind, str) else kind
        made.append({"id": name, "kind": parts[0], "tools": parts[1:]})
    return {
        "name": "g",
        "framework": framework,
        "entry_id": "start",
        "exit_ids": ["stop"],
        "nodes": made,
        "edges": [
            {"source": e.split()[0], "target": e.split()[2], "kind": kinds[e.split()[1]]}
            for e in edges
        ],
    }


def read(data: Any, **more: Any) -> Workflow:
    return parse_workflow(Source(json.dumps(data, indent=1), "g.json"), **more)


def complaint(data: Any) -> str:
    with pytest.raises(PorismError) as caught:
        read(data)
    return str(caught.value)


def test_a_line_of_nodes_is_a_line_of_effects() -> None:
    w = read(
        graph("start -> plan", "plan -> send", "send -> stop", plan="llm", send=["tool", "mail"])
    )
    assert runs(w) == {("plan", "mail")}
    assert w.schema.tools["llm"].kind == "reason"
    assert w.schema.tools["mail"].kind == "call"


def test_conditional_and_loop_edges_are_alternatives() -> None:
    w = read(graph("start -> a", "a ?> b", "a ?> stop", "b ~> a", "b -> stop", a="llm", b="human"))
    assert runs(w, 4) == {("a",), ("a", "b"), ("a", "b", "a"), ("a", "b", "a", "b")}
    assert [n.human for n in w.performs() if n.tool == "human"] == [True]


def test_all_direct_edges_are_taken_and_wait_for_each_other() -> None:
    edges = ("start -> a", "a -> b", "a -> c", "b -> d", "c -> d", "d -> stop")
    w = read(graph(*edges, a="llm", b="llm", c="llm", d="llm"))
    assert runs(w) == {("a", "b", "c", "d"), ("a", "c", "b", "d")}


def test_strands_of_different_lengths_do_not_meet_in_langgraph_and_do_elsewhere() -> None:
    edges = ("start -> b", "start -> c", "b -> d", "c -> e", "e -> d", "d -> stop")
    nodes = {"b": "llm", "c": "llm", "d": "llm", "e": "llm"}
    lang, adk = read(graph(*edges, **nodes)), read(graph(*edges, framework="adk", **nodes))
    twice = ("b", "c", "d", "e", "d")
    assert Walk(lang).accepts(twice) and "any order" in " ".join(lang.assumptions)
    assert runs(adk) == {("b", "c", "e", "d"), ("c", "b", "e", "d"), ("c", "e", "b", "d")}


def test_a_fork_within_a_fork_ends_where_the_outer_one_does() -> None:
    edges = ("start -> a", "a -> b", "a -> c", "a -> stop", "c -> d", "c -> e", "d -> e")
    w = read(graph(*edges, **dict.fromkeys("abcde", "llm")))
    assert Walk(w).accepts("acbede") and Walk(w).accepts("abcdee")


def test_a_dead_end_is_not_taken_for_an_end() -> None:
    w = read(graph("start -> a", a="llm"))
    assert any(isinstance(n, Cut) for n in w.nodes.values())
    assert "The graph does not say what follows 'a'." in w.assumptions


def test_a_node_with_several_tools_uses_any_of_them_again_and_again() -> None:
    w = read(graph("start -> t", "t -> stop", t=["tool", "x", "y"]))
    found = runs(w, 3)
    assert found == {p for n in (1, 2, 3) for p in itertools.product("xy", repeat=n)}


def test_a_tool_node_without_tools_is_a_call_that_the_reader_is_told_of() -> None:
    w = read(graph("start -> t", "t -> stop", t="tool"))
    assert w.schema.tools["t"].kind == "call"
    assert "names no tool" in w.assumptions[0]


def test_tools_named_like_the_model_keep_their_names() -> None:
    w = read(graph("start -> a", "a -> t", "t -> stop", a="llm", t=["tool", "llm"]))
    assert w.schema.tools["llm"].kind == "call" and w.schema.tools["llm_"].kind == "reason"


def test_nodes_named_like_the_nodes_we_make_are_not_mixed_up() -> None:
    w = read(graph("start -> end", "end -> stop", end="llm"))
    assert runs(w) == {("end",)}


def test_nodes_know_their_lines() -> None:
    w = read(graph("start -> a", "a -> stop", a="llm"))
    (node,) = w.performs()
    assert node.span is not None and '"id": "a"' in node.span.text


def test_equal_copies_of_a_node_are_one_and_different_ones_are_refused() -> None:
    data = graph("start -> a", "a -> a", "a -> stop", a="llm")
    data["nodes"].append({"id": "a", "kind": "llm", "tools": []})
    assert "more than once" in read(data).assumptions[0]
    data["nodes"].append({"id": "a", "kind": "human"})
    assert "two different nodes 'a'" in complaint(data)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            lambda g: g["edges"].append({"source": "a", "target": "aa"}),
            "leads to 'aa', which is no",
        ),
        (
            lambda g: g["edges"].append({"source": "x", "target": "a"}),
            "comes from 'x', which is no",
        ),
        (lambda g: g.update(entry_id="strat"), "starts at 'strat', which is no node.\n"),
        (lambda g: g.update(exit_ids=["x"]), "ends at 'x', which is no node"),
        (
            lambda g: g["edges"].append({"source": "stop", "target": "a"}),
            "'stop', which is an exit.",
        ),
        (lambda g: g["nodes"][2].pop("kind"), "A node has no 'kind'."),
        (lambda g: g["nodes"][2].update(kind="lllm"), "There is no kind 'lllm'"),
        (lambda g: g["nodes"][2].update(tools=[3]), "This is a text, not 3."),
        (lambda g: g["nodes"][2].update(id=3), "'id' is a text, not 3."),
        (lambda g: g["edges"][0].update(kind="x"), "There is no kind 'x'"),
        (lambda g: g.update(nodes={}), "'nodes' is a list, not a mapping."),
        (lambda g: g["edges"].append([]), "This is a mapping, not a list."),
        (lambda g: g.pop("entry_id"), "A graph has no 'entry_id'."),
    ],
)
def test_what_is_wrong_is_named_with_its_place(change: Any, expected: str) -> None:
    data = graph("start -> a", "a -> stop", a="llm")
    change(data)
    said = complaint(data)
    assert expected in said and said.startswith("g.json:")


def test_a_mistyped_name_gets_a_hint() -> None:
    data = graph("start -> agent", "agent -> stop", agent="llm")
    data["edges"].append({"source": "agent", "target": "agant"})
    said = complaint(data)
    assert "Did you mean 'agent'?" in said and '"target": "agant"' in said and "^^^" in said


# -- against an independent reference ----------------------------------------------------------

NAMES = "abcde"


@st.composite
def graphs(draw: st.DrawFn) -> dict[str, Any]:
    names = NAMES[: draw(st.integers(1, 5))]
    edge = st.tuples(
        st.sampled_from(["start", *names]),
        st.sampled_from(["->", "->", "?>"]),
        st.sampled_from([*names, "stop"]),
    )
    edges = draw(st.lists(edge, min_size=1, max_size=9))
    return graph(*{" ".join(e) for e in edges}, **dict.fromkeys(names, "llm"))


FORWARD = [(a, b) for a, b in itertools.combinations([*NAMES, "stop"], 2)]


@st.composite
def fans(draw: st.DrawFn) -> dict[str, Any]:
    """Graphs in which one vertex leads to several that may meet again."""
    some = draw(st.lists(st.sampled_from(FORWARD[2:]), min_size=2, max_size=8, unique=True))
    back = draw(st.sampled_from(["", "", "", "d -> a", "e ?> b", "c -> b"]))
    edges = {f"{a} -> {b}" for a, b in (("start", "a"), ("a", "b"), ("a", "c"), *some)}
    return graph(*sorted(edges | ({back} if back else set())), **dict.fromkeys(NAMES, "llm"))


def superstep_run(data: dict[str, Any], choose: Any, most: int) -> tuple[list[str], bool]:
    """A run by LangGraph's rules: all that is reached runs, then all that it leads to.

    With it, whether it came to its end.
    """
    out: dict[str, dict[str, list[str]]] = {}
    for e in data["edges"]:
        out.setdefault(e["source"], {}).setdefault(e["kind"], []).append(e["target"])
    active, done = {"start"}, []
    while active and len(done) < most:
        reached: set[str] = set()
        for name in sorted(active, key=lambda _: choose(range(100))):
            if name in NAMES:
                done.append(name)
            ways = out.get(name, {})
            reached |= set(ways.get("direct", ()))
            if ways.get("conditional"):
                reached.add(choose(sorted(ways["conditional"])))
        active = reached
    return done, not active


@given(graphs() | fans(), st.randoms(use_true_random=False))
@settings(max_examples=250, deadline=None)
def test_every_run_by_supersteps_is_a_run_of_the_workflow(data: dict[str, Any], rng: Any) -> None:
    walk = Walk(read(data))
    for _ in range(3):
        run, whole = superstep_run(data, lambda xs: rng.choice(list(xs)), 8)
        assert walk.accepts(run, whole), (run, data["edges"])


@given(graphs())
@settings(max_examples=40, deadline=None)
def test_importing_is_deterministic_and_keeps_to_the_graph(data: dict[str, Any]) -> None:
    first, second = read(data), read(data)
    assert list(first.nodes.items()) == list(second.nodes.items())
    named = {n["id"] for n in data["nodes"]}
    for node in first.nodes.values():
        if isinstance(node, Perform):
            assert Walk(first).label(node) in named


def test_forks_are_forks_where_they_can_be() -> None:
    edges = ("start -> a", "a => b", "a => c", "b -> d", "c -> d", "d -> stop")
    w = read(graph(*edges, framework="adk", a="subgraph", b="llm", c="llm", d="llm"))
    assert sum(isinstance(n, Fork) for n in w.nodes.values()) == 1


# -- series and parallel -----------------------------------------------------------------------

SERIES = st.recursive(
    st.just("x"),
    lambda inner: st.tuples(st.sampled_from(["then", "beside"]), inner, inner),
    max_leaves=4,
)


class Plan:
    """A term of steps, one after or beside the other, as a graph and as the words that it has."""

    def __init__(self, term: Any) -> None:
        self.nodes: dict[str, str] = {}
        self.edges: list[str] = []
        first, last, self.words = self.part(term)
        self.edges += [f"start -> {first}", f"{last} -> stop"]

    def node(self, prefix: str) -> str:
        name = f"{prefix}{len(self.nodes)}"
        self.nodes[name] = "passthrough" if prefix == "p" else "llm"
        return name

    def part(self, term: Any) -> tuple[str, str, set[tuple[str, ...]]]:
        if term == "x":
            name = self.node("x")
            return name, name, {(name,)}
        kind, left, right = term
        a, b, first = self.part(left)
        c, d, second = self.part(right)
        if kind == "then":
            self.edges.append(f"{b} -> {c}")
            return a, d, {u + v for u in first for v in second}
        fork, join = self.node("p"), self.node("p")
        self.edges += [f"{fork} => {a}", f"{fork} => {c}", f"{b} -> {join}", f"{d} -> {join}"]
        return fork, join, {w for u in first for v in second for w in shuffles(u, v)}


def shuffles(u: tuple[str, ...], v: tuple[str, ...]) -> set[tuple[str, ...]]:
    if not u or not v:
        return {u + v}
    return {u[:1] + w for w in shuffles(u[1:], v)} | {v[:1] + w for w in shuffles(u, v[1:])}


@given(SERIES)
@settings(max_examples=40, deadline=None)
def test_steps_in_series_and_in_parallel_have_exactly_their_interleavings(term: Any) -> None:
    plan = Plan(term)
    waiting = read(graph(*plan.edges, framework="adk", **plan.nodes))
    assert runs(waiting, 6) == plan.words
    # LangGraph waits for nobody, and so may do more.
    walk = Walk(read(graph(*plan.edges, **plan.nodes)))
    assert all(map(walk.accepts, plan.words))
