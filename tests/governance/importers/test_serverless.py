"""Serverless Workflow 1.0: the order of effects, failures, and what is refused."""

from __future__ import annotations

import json
import random
import textwrap
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from governance.workflows.importers import parse_workflow
from governance.workflows.ir import Interval, Perform, Workflow
from logic.errors import PorismError
from logic.source import Source
from tests.governance.importers.walking import Walk, runs

HEAD = """\
document: {dsl: '1.0.3', namespace: test, name: sample, version: '0.1.0'}
"""


def read(tasks: str, more: str = "") -> Workflow:
    return parse_workflow(Source(HEAD + textwrap.dedent(more) + textwrap.dedent(tasks), "w.yaml"))


def complaint(tasks: str, more: str = "") -> str:
    with pytest.raises(PorismError) as caught:
        read(tasks, more)
    return str(caught.value)


def emit(name: str) -> str:
    return f"{name}: {{emit: {{event: {{with: {{type: {name}, source: s}}}}}}}}"


class ByType(Walk):
    """Names what is emitted by its type."""

    def label(self, node: Perform) -> str:
        return getattr(node.args.get("type"), "symbol", node.tool)


def events(workflow: Workflow, most: int = 5, failing: bool = False) -> set[str]:
    return {" ".join(run) for run in ByType(workflow).runs(most, failing)}


def test_tasks_follow_each_other_and_a_failure_ends_the_run() -> None:
    w = read(f"do:\n- {emit('a')}\n- {emit('b')}\n")
    assert events(w, failing=True) == {"a b", "!a", "a !b"}


def test_arguments_that_are_written_down_are_constants_and_others_are_any_value() -> None:
    w = read(
        """
        do:
        - buy:
            call: http
            with:
              method: POST
              endpoint: https://shop.example/orders/{id}
              body: {item: "${ .item }"}
        """
    )
    (node,) = w.performs()
    assert node.args["method"].symbol == "post"  # type: ignore[union-attr]
    assert node.args["host"].symbol == "shop.example"  # type: ignore[union-attr]
    assert set(w.variables) == {"buy.endpoint", "buy.body"}
    assert w.schema.tools["http"].kind == "call"
    assert node.span is not None and node.span.line == 4


def test_a_host_behind_an_expression_is_not_known() -> None:
    w = read(
        "do:\n- a: {call: http, with: {method: get, endpoint: 'https://{where}/x'}}\n"
        "- b: {call: http, with: {method: get, endpoint: 'https://ok.example{path}'}}\n"
    )
    assert {"a.host", "b.host"} <= set(w.variables)


def test_then_jumps_exits_and_ends() -> None:
    w = read(
        f"""
        do:
        - inner:
            do:
            - {emit("a")[:-1]}, then: exit}}
            - {emit("b")}
        - {emit("c")[:-1]}, then: last}}
        - {emit("d")}
        - last: {{wait: {{seconds: 1}}, then: end}}
        - {emit("e")}
        """
    )
    assert events(w) == {"a c"}


def test_switch_takes_any_case_unless_it_says_true_or_false() -> None:
    w = read(
        f"""
        do:
        - which:
            switch:
            - one: {{when: .x == 1, then: a}}
            - two: {{when: "${{ false }}", then: b}}
        - {emit("c")[:-1]}, then: end}}
        - {emit("a")[:-1]}, then: end}}
        - {emit("b")}
        """
    )
    assert events(w) == {"a", "c"}


def test_if_may_skip() -> None:
    assert events(read(f"do:\n- {emit('a')[:-1]}, if: .x}}\n- {emit('b')}\n")) == {"a b", "b"}


def test_for_repeats_any_number_of_times_and_computes_anew() -> None:
    w = read(
        """
        do:
        - each:
            for: {each: x, in: .xs}
            do:
            - send: {call: http, with: {method: get, endpoint: "${ .url }"}}
        """
    )
    assert runs(w, 4) == {(), ("jq", "jq", "http")}
    assert w.schema.tools["jq"].kind == "compute"
    longer = {len(r) for r in runs(w, 6)}
    assert longer == {0, 3, 6}


def test_forks_interleave_and_a_failing_branch_fails_the_fork() -> None:
    w = read(
        "do:\n- f:\n    fork:\n      branches:\n"
        f"      - {emit('a')}\n      - {emit('b')}\n- {emit('c')}\n"
    )
    found = events(w, 4, failing=True)
    assert {"a b c", "b a c"} <= found
    assert {"!a", "!a b", "b !a", "a !b"} <= found
    assert not any("!" in run[:2] and run.endswith("c") for run in found)


def test_of_competing_branches_one_wins_and_others_may_be_stopped() -> None:
    w = read(
        "do:\n- f:\n    fork:\n      compete: true\n      branches:\n"
        f"      - {emit('a')}\n      - {emit('b')}\n- {emit('c')}\n"
    )
    assert events(w) == {"a c", "b c", "a b c", "b a c"}


def test_retries_are_counted() -> None:
    w = read(
        f"""
        do:
        - t:
            try:
            - {emit("a")}
            catch:
              errors: {{with: {{status: 503}}}}
              retry: {{limit: {{attempt: {{count: 2}}}}}}
              do:
              - {emit("b")}
        """
    )
    found = events(w, 6, failing=True)
    assert {"a", "!a a", "!a !a a", "!a !a !a b", "!a b", "!a"} <= found
    assert not any(run.count("!a") > 3 for run in found)
    assert w.variables["t.tries"].domain == Interval(0, 2)


def test_a_timeout_may_strike_before_any_task_inside() -> None:
    w = read(
        "do:\n- g:\n    timeout: {after: {seconds: 1}}\n    do:\n"
        f"    - {emit('a')}\n    - {emit('b')}\n"
    )
    assert events(w) == {"", "a", "a b"}


def test_raise_goes_to_the_catch_around_it() -> None:
    w = read(
        f"""
        do:
        - t:
            try:
            - r: {{raise: {{error: {{type: t, status: 400}}}}}}
            - {emit("a")}
            catch:
              do:
              - {emit("b")}
        - {emit("c")}
        """
    )
    assert events(w) == {"b c"}


def test_functions_are_what_they_stand_for_and_cannot_call_themselves() -> None:
    use = """
        use:
          functions:
            f: {call: g}
            g: {call: http, with: {method: get, endpoint: https://a.example/}}
        """
    assert runs(read("do:\n- a: {call: f}\n", use)) == {("http",)}
    circle = use.replace("call: http, with: {method: get, endpoint: https://a.example/}", "call: f")
    assert "The function 'f' calls itself." in complaint("do:\n- a: {call: f}\n", circle)
    said = complaint("do:\n- a: {call: ff}\n", use)
    assert "There is no function 'ff'" in said and "Did you mean 'f'?" in said


def test_constants_that_are_set_can_be_asked_for() -> None:
    w = read("do:\n- a: {set: {status: done, n: 3}}\n- b: {set: {n: '${ .x }'}}\n")
    assert set(w.variables) == {"status"}


def test_processes_and_events_have_tools_of_their_own() -> None:
    w = read(
        """
        do:
        - a: {run: {shell: {command: ls}}}
        - b: {run: {script: {language: js, code: x}}}
        - c: {run: {container: {image: i}}}
        - d: {run: {workflow: {namespace: n, name: other, version: '1'}}}
        - e: {listen: {to: {any: [{with: {type: t}}]}}, foreach: {do: [{f: {wait: {seconds: 1}}}]}}
        - g: {call: mcp, with: {method: tools/call, parameters: {name: t, arguments: {x: 1}},
              transport: {stdio: {command: srv}}}}
        """
    )
    assert [n.tool for n in w.performs()][::-1] == [
        "shell", "script", "container", "workflow", "listen", "mcp"
    ]  # fmt: skip
    assert "What the workflow 'other' does is not known: it is one call." in w.assumptions


@pytest.mark.parametrize(
    ("tasks", "expected"),
    [
        ("do:\n- a: {calls: http}\n", "does not say what it does.\n"),
        ("do:\n- a: {calls: http}\n", "Did you mean 'call'?"),
        ("do:\n- a: {call: http, with: {method: get}}\n", "An HTTP call has no 'endpoint'."),
        ("do:\n- a: {call: http, with: {metod: get}}\n", "Did you mean 'method'?"),
        ("do:\n- a: {wait: {seconds: 1}, then: b}\n", "There is no task 'b' in this list."),
        ("do:\n- a: {wait: {seconds: 1}}\n- a: {wait: {seconds: 1}}\n", "two tasks 'a'"),
        ("do: {a: {wait: {seconds: 1}}}\n", "A list of tasks is a list, not a mapping."),
        ("do:\n- a: {wait: {seconds: 1}}\n  b: {wait: {seconds: 1}}\n", "A task is a mapping of"),
        ("do:\n- a: {fork: {branches: []}, set: {x: 1}}\n", "does not say what it does"),
        ("do:\n- a: {raise: {error: lost}}\n", "There is no error 'lost' under 'use'."),
        ("do:\n- a: {try: [], catch: {retry: x}}\n", "There is no retry 'x' under 'use'."),
        ("do: []\ntimeout: soon\n", "There is no timeout 'soon' under 'use'."),
        ("do: []\nuse: {extensions: []}\n", "Extensions are not understood"),
        ("do: []\nuses: {}\n", "A workflow has no 'uses'"),
        ("do:\n- a: {listen: {to: {}}}\n", "One listens to 'one', 'any' or 'all'"),
        ("do:\n- a: {run: {await: true}}\n", "'run' has one of container"),
    ],
)
def test_what_is_not_understood_is_refused_by_name(tasks: str, expected: str) -> None:
    said = complaint(tasks)
    assert expected in said and said.startswith("w.yaml:")


def test_older_versions_are_named() -> None:
    with pytest.raises(PorismError, match="older Serverless Workflow, with 'states'"):
        parse_workflow(Source("specVersion: '0.8'\nstates: []\n", "w.yaml"))
    with pytest.raises(PorismError, match=r"version 2\.0\.0 of the language is not known"):
        parse_workflow(Source(HEAD.replace("1.0.3", "2.0.0") + "do: []\n", "w.yaml"))


# -- against an independent reference --------------------------------------------------------------


def task_lists(depth: int) -> st.SearchStrategy[list[Any]]:
    """Lists of tasks, nested; each task has a name of its own once they are numbered."""
    leaf = st.sampled_from(["emit", "emit", "emit", "raise", "wait"]).map(lambda k: {"kind": k})
    if depth == 0:
        task: st.SearchStrategy[Any] = leaf
    else:
        inner = task_lists(depth - 1)
        task = st.one_of(
            leaf,
            st.fixed_dictionaries({"kind": st.sampled_from(["do", "for"]), "do": inner}),
            st.fixed_dictionaries({"kind": st.just("try"), "do": inner, "catch": inner}),
            st.fixed_dictionaries(
                {
                    "kind": st.just("fork"),
                    "branches": st.lists(inner, min_size=2, max_size=2),
                    "compete": st.booleans(),
                }
            ),
        )
    more = st.fixed_dictionaries(
        {
            "if": st.booleans(),
            "then": st.sampled_from(["continue", "continue", "continue", "exit", "end"]),
        }
    )
    both = st.tuples(task, more).map(lambda pair: {**pair[0], **pair[1]})
    return st.lists(both, min_size=1, max_size=3)


def number(tasks: list[Any], count: list[int]) -> list[Any]:
    """The same tasks, numbered."""
    found = []
    for task in tasks:
        count[0] += 1
        inner = {k: number(task[k], count) for k in ("do", "catch") if k in task}
        if "branches" in task:
            inner["branches"] = [number(b, count) for b in task["branches"]]
        found.append({**task, **inner, "name": f"t{count[0]}"})
    return found


def written(tasks: list[Any]) -> list[Any]:
    """As a Serverless Workflow has them."""
    found = []
    for t in tasks:
        body: dict[str, Any] = {"then": t["then"], **({"if": ".x"} if t["if"] else {})}
        match t["kind"]:
            case "emit":
                body["emit"] = {"event": {"with": {"type": t["name"], "source": "s"}}}
            case "raise":
                body["raise"] = {"error": {"type": "e", "status": 400}}
            case "wait":
                body["wait"] = {"seconds": 1}
            case "do":
                body["do"] = written(t["do"])
            case "for":
                body |= {"for": {"in": ".xs"}, "do": written(t["do"])}
            case "try":
                body |= {"try": written(t["do"]), "catch": {"do": written(t["catch"])}}
            case "fork":
                branches = [
                    {f"{t['name']}b{i}": {"do": written(b)}} for i, b in enumerate(t["branches"])
                ]
                body["fork"] = {"branches": branches, "compete": t["compete"]}
        found.append({t["name"]: body})
    return found


class Reference:
    """One run of a list of tasks, with all choices made at random."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng

    def tasks(self, tasks: list[Any]) -> tuple[list[str], str]:
        """What is done, and how it ends: next, end or fail."""
        done: list[str] = []
        for t in tasks:
            if t["if"] and self.rng.random() < 0.3:
                continue
            events, how = self.task(t)
            done += events
            if how != "next":
                return done, how
            if t["then"] != "continue":
                return done, "next" if t["then"] == "exit" else "end"
        return done, "next"

    def task(self, t: Any) -> tuple[list[str], str]:
        rng = self.rng
        match t["kind"]:
            case "emit":
                return ([t["name"]], "next") if rng.random() < 0.8 else (["!" + t["name"]], "fail")
            case "raise":
                return [], "fail"
            case "wait":
                return [], "next"
            case "do":
                return self.tasks(t["do"])
            case "for":
                done: list[str] = []
                for _ in range(rng.randrange(3)):
                    events, how = self.tasks(t["do"])
                    done += events
                    if how != "next":
                        return done, how
                return done, "next"
            case "try":
                done, how = self.tasks(t["do"])
                if how != "fail":
                    return done, how
                after, how = self.tasks(t["catch"])
                return done + after, how
        runs = [self.tasks(b) for b in t["branches"]]
        first = rng.randrange(2)
        (won, how), (lost, other) = runs[first], runs[1 - first]
        if t["compete"] or how in ("fail", "end"):
            # The other one is stopped somewhere, and had not come to an end of its own.
            lost = lost[: rng.randrange(len(lost) + 1)]
            if other != "next" or t["compete"]:
                lost = lost[:-1]
            last = won[-1:]
            return self.mixed(won[: len(won) - len(last)], lost) + last, how
        if other != "next":
            return self.mixed(won, lost), other
        return self.mixed(won, lost), "next"

    def mixed(self, a: list[str], b: list[str]) -> list[str]:
        a, b, found = list(a), list(b), []
        while a or b:
            found.append((a if a and (not b or self.rng.random() < 0.5) else b).pop(0))
        return found


@given(task_lists(2), st.randoms(use_true_random=False))
@settings(max_examples=80, deadline=None)
def test_every_run_of_the_reference_is_a_run_of_the_workflow(
    tasks: list[Any], rng: random.Random
) -> None:
    numbered = number(tasks, [0])
    document = {"dsl": "1.0.3", "namespace": "n", "name": "n", "version": "1"}
    text = json.dumps({"document": document, "do": written(numbered)})
    walk = ByType(parse_workflow(Source(text, "w.json")))
    for _ in range(4):
        run, _ = Reference(rng).tasks(numbered)
        assert walk.accepts(run), run
