"""Serverless Workflow 1.0: the order of effects, failures, and what is refused."""

from __future__ import annotations

import textwrap

import pytest

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
