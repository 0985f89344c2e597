"""LangGraph and CrewAI sources: what is written down is read, what is computed is refused."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from governance.workflows.importers import import_workflow, parse_workflow
from governance.workflows.ir import Workflow
from logic.errors import PorismError
from logic.source import Source
from tests.governance.importers.walking import Walk, runs

SAMPLES = Path(__file__).parent / "samples"

LANG = """\
from langgraph.graph import StateGraph, START, END
from langgraph.prebuilt import ToolNode, tools_condition, create_react_agent
from langgraph.types import Command, Send, interrupt
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI
import requests
llm = ChatOpenAI()
@tool
def find(q: str) -> str:
    return q
def think(state):
    return llm.invoke(state["messages"])
def pure(state):
    return {"n": len(state.get("xs", [])) + 1}
def fetch(state):
    return requests.get(state["url"])
g = StateGraph(dict)
"""

CREW = """\
from crewai import Agent, Task, Crew, Process
from crewai_tools import SearchTool, WriteTool
a = Agent(role="a", tools=[SearchTool()])
b = Agent(role="b", tools=[WriteTool()])
t = Task(description="x", agent=a)
u = Task(description="y", agent=b)
"""


def read(body: str, head: str = LANG, name: str = "") -> Workflow:
    return parse_workflow(Source(head + textwrap.dedent(body), "agent.py"), name=name)


def complaint(body: str, head: str = LANG, name: str = "") -> str:
    with pytest.raises(PorismError) as caught:
        read(body, head, name)
    return str(caught.value)


def names(workflow: Workflow) -> dict[str, str]:
    return {t.name: t.kind for t in workflow.schema.tools.values()}


# -- LangGraph -------------------------------------------------------------------------------------


def test_a_support_desk_is_read() -> None:
    w = import_workflow(SAMPLES / "support_graph.py")
    assert names(w) == {
        "llm": "reason", "find_order": "call", "refund": "call", "human": "call",
        "reply": "call", "choose": "reason",
    }  # fmt: skip
    refund = w.schema.tools["refund"]
    assert [(p.name, str(p.sort), p.optional) for p in refund.parameters] == [
        ("number", "Int", False), ("amount", "Decimal", False), ("reason", "Text", True)
    ]  # fmt: skip
    walk = Walk(w)
    assert walk.accepts(["classify"])  # spam
    assert walk.accepts(["classify", "agent", "approve", "reply"])
    assert walk.accepts(["classify", "agent", "approve", "agent", "approve", "reply"])
    assert walk.accepts(["classify", "agent", "choose", "find_order", "agent", "approve", "reply"])
    assert not walk.accepts(["classify", "agent", "reply"])
    assert not walk.accepts(["classify", "refund"], whole=False)
    assert any("'mailer.send'" in a for a in w.assumptions)


def test_functions_are_as_pure_as_their_source_shows() -> None:
    w = read(
        """
        g.add_node("think", think)
        g.add_node("pure", pure)
        g.add_node("fetch", fetch)
        g.add_sequence
        g.add_edge(START, "think"); g.add_edge("think", "pure"); g.add_edge("pure", "fetch")
        """
    )
    assert runs(w) == {("think", "fetch")}
    assert names(w) == {"llm": "reason", "fetch": "call"}


@pytest.mark.parametrize(
    "body",
    [
        "return client.get(state['x'])",
        "c = client; return c.get(state['x'])",
        "return sorted(state['x'], key=client.score)",
        "return list(map(requests.get, state['x']))",
        "return helper(state)",
        "return [helper(x) for x in state['x']]",
        "return (lambda: open('x'))()",
        "return eval(state['x'])",
        "def inner(): return requests.get('x')\n    return inner()",
        "import os\n    return os.remove('x')",
        "return state['x'](1)",
        "import functools\n    return functools.reduce(helper, state['x'])",
    ],
)
def test_whatever_may_do_anything_is_a_call(body: str) -> None:
    head = LANG + (
        "client = requests.Session()\ndef helper(x):\n    return client.send(x)\n"
        f"def f(state):\n    {body}\n"
    )
    w = read('g.add_node("f", f)\ng.add_edge(START, "f")\n', head)
    assert names(w) == {"f": "call"}
    assert "What 'f' does is not known" in w.assumptions[0]


@pytest.mark.parametrize(
    "body",
    [
        "return {**state, 'n': max(state['n'], 1)}",
        "xs = []\n    xs.append(state['x'].strip().lower())\n    print(xs)\n    return xs",
        "return sorted(state['x'], key=lambda v: v['n'])",
        "import json\n    return json.loads(state['x'])",
        "return [x.upper() for x in state['xs'] if x.startswith('a')]",
        "import logging\n    log = logging.getLogger('x')\n    log.error('y'); logging.info('x')",
    ],
)
def test_what_computes_only_asks_for_nothing(body: str) -> None:
    head = LANG + f"def f(state):\n    {body}\n"
    assert names(read('g.add_node("f", f)\ng.add_edge(START, "f")\n', head)) == {}


def test_a_call_that_may_be_left_out_may_be_left_out() -> None:
    head = LANG + "def f(state):\n    if state['x']:\n        llm.invoke('a')\n"
    found = runs(read('g.add_node("f", f)\ng.add_edge(START, "f")\n', head), 2)
    assert {(), ("f",)} <= found
    head = LANG + "def f(state):\n    if state['x']:\n        return 1\n    llm.invoke('a')\n"
    assert () in runs(read('g.add_node("f", f)\ng.add_edge(START, "f")\n', head), 2)


def test_chains_of_prompts_and_models_are_models() -> None:
    head = LANG + (
        "from langchain_core.prompts import ChatPromptTemplate\n"
        "chain = ChatPromptTemplate.from_messages([]) | llm.bind_tools([find])\n"
        "def f(state):\n    return chain.invoke(state)\n"
    )
    assert names(read('g.add_node("f", f)\ng.add_edge(START, "f")\n', head)) == {"llm": "reason"}


def test_ways_are_read_from_maps_lambdas_returns_and_annotations() -> None:
    common = 'g.add_node("a", think)\ng.add_node("b", think)\ng.add_edge(START, "a")\n'
    expected = {("a",), ("a", "b")}
    for ways in (
        'g.add_conditional_edges("a", pure, {True: "b", False: END})',
        'g.add_conditional_edges("a", pure, ["b", END])',
        'g.add_conditional_edges("a", lambda s: "b" if s["x"] else END)',
        'def w(s):\n    if s["x"]:\n        return "b"\n    return END\n'
        'g.add_conditional_edges("a", w)',
        'def w(s) -> Literal["b", "__end__"]:\n    return s["x"]\ng.add_conditional_edges("a", w)',
    ):
        assert runs(read(common + ways), 3) == expected, ways


def test_a_prebuilt_agent_is_a_loop_of_asking_and_using() -> None:
    w = read('g.add_node("a", create_react_agent(llm, [find]))\ng.add_edge(START, "a")\n')
    assert {("a",), ("a", "choose", "find", "a")} == runs(w, 4)


def test_a_prebuilt_agent_may_stand_by_itself() -> None:
    alone = LANG.replace("g = StateGraph(dict)\n", "")
    w = read("desk = create_react_agent(llm, tools=[find])\n", alone)
    assert runs(w, 4) == {("agent",), ("agent", "choose", "find", "agent")}
    two = "a = create_react_agent(llm, [find])\nb = create_react_agent(llm, [find])\n"
    assert "builds 2 agents" in complaint(two, alone)
    assert read(two, alone, "b").name == "b"
    hooked = "a = create_react_agent(llm, [find], pre_model_hook=f)\n"
    assert "'pre_model_hook' of an agent is not understood." in complaint(hooked, alone)


def test_a_node_with_a_retry_policy_may_run_again() -> None:
    w = read('g.add_node("a", think, retry_policy=x)\ng.add_edge(START, "a")\n')
    assert runs(w, 3) == {("a",) * n for n in (1, 2, 3)}


def test_people_are_asked_where_the_graph_stops() -> None:
    w = read(
        'g.add_node("a", think)\ng.add_edge(START, "a")\n'
        'app = g.compile(checkpointer=None, interrupt_before=["a"])\n',
        name="app",
    )
    assert [n.tool for n in w.performs() if n.human] == ["human"]
    assert len(runs(w)) == 1 and len(next(iter(runs(w)))) == 2


def test_graphs_are_nodes_of_graphs() -> None:
    w = read(
        """
        inner = StateGraph(dict)
        inner.add_node("x", think)
        inner.set_entry_point("x")
        g.add_node("sub", inner.compile())
        g.add_edge(START, "sub")
        app = g.compile()
        """
    )
    assert w.name == "g" and runs(w.workflows["inner"]) == {("x",)}


def test_graphs_may_be_chained_and_made_in_functions_and_classes() -> None:
    chained = LANG.replace("g = StateGraph(dict)\n", "") + (
        'app = StateGraph(dict).add_node("a", think).add_edge(START, "a").compile()\n'
    )
    assert runs(read("", chained)) == {("a",)}
    inside = LANG.replace("g = StateGraph(dict)\n", "") + textwrap.dedent(
        """
        class Desk:
            def __init__(self):
                self.model = ChatOpenAI()
                self.graph = StateGraph(dict)
                self.graph.add_node("a", self.ask)
                self.graph.add_edge(START, "a")
                self.app = self.graph.compile()
            def ask(self, state):
                return self.model.invoke(state)
        def build():
            w = StateGraph(dict)
            w.add_node("b", think)
            w.add_edge(START, "b")
            return w.compile()
        """
    )
    assert names(read("", inside, "graph")) == {"llm": "reason"}
    assert runs(read("", inside, "build")) == {("b",)}
    assert "builds 2 graphs" in complaint("", inside)
    assert "Did you mean 'build'?" in complaint("", inside, "biuld")


A = 'g.add_node("a", think)\ng.add_edge(START, "a")\n'


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('for n in ["a"]:\n    g.add_node(n, think)\n', "stands in a loop or a condition"),
        ('if x:\n    g.add_node("a", think)\n', "stands in a loop or a condition"),
        ('[g.add_node(n, think) for n in "ab"]\n', "stands in a loop or a condition"),
        ('def more():\n    g.add_node("a", think)\n', "stands in another function"),
        ('g.add_node("a" + x, think)\n', "The name of a node is computed"),
        ("extend(g)\n", "handed to other code before it is compiled"),
        ("h = g\n", "gets a second name"),
        (A + "g.compile()\ng.add_node('b', think)\n", "comes after the graph is compiled"),
        (A + "g.add_node('a', think)\n", "There are two nodes 'a'."),
        (A + "g.add_edge('a', 'aa')\n", "There is no node 'aa'."),
        (A + "g.add_edge('a', where())\n", "The node of an edge is computed"),
        (A + "g.add_conditional_edges('a', decide)\n", "Where 'decide' leads is not written down."),
        (A + "g.add_conditional_edges('a', pure)\n", "Where it leads is computed"),
        (A + "g.add_conditional_edges('a', pure, ways())\n", "are computed: 'ways()'"),
        (A + "def w(s):\n    return [Send('a', s)]\ng.add_conditional_edges('a', w, ['a'])\n",
         "'Send' is not understood"),
        ("g.add_node('a', ToolNode(make_tools()))\n", "The tools are computed: 'make_tools()'."),
        ("g.add_node('a', ToolNode([t for t in x]))\n", "The tools are computed"),
        ("g.add_node('a', ToolNode([tools[0]]))\n", "Which tool 'tools[0]' is, is not"),
        ("g.add_node('a', think, cache_policy=c)\n", "'cache_policy' of a node is not understood"),
        ("g.add_node('a', think)\n", "Nothing says where this graph starts."),
        (A + "g.add_nodes('a')\n", "Did you mean 'add_node'?"),
        (A + "def w(s):\n    return Command(goto=s['x'])\ng.add_node('b', w)\n",
         "Where it leads is computed"),
        (A + "def w(s):\n    return Command(goto='zz')\ng.add_node('b', w)\n", "no node 'zz'"),
    ],
)  # fmt: skip
def test_dynamic_graphs_are_refused_by_name_and_line(body: str, expected: str) -> None:
    said = complaint(body)
    assert expected in said, said
    assert said.startswith("agent.py:") and "^" in said


def test_a_source_is_never_run() -> None:
    body = 'raise SystemExit("ran")\n'
    w = read(A + body)
    assert runs(w) == {("a",)}


# -- CrewAI ----------------------------------------------------------------------------------------


def test_a_crew_is_read() -> None:
    w = import_workflow(SAMPLES / "research_crew.py")
    assert names(w) == {
        "llm": "reason", "SerperDevTool": "call", "publish": "call", "human": "call",
        "choose": "reason",
    }  # fmt: skip
    walk = Walk(w)
    assert walk.accepts(["research", "SerperDevTool", "research", "write", "write"])
    assert walk.accepts(["research", "write"], whole=False) and not walk.accepts(["research"])
    assert not walk.accepts(["research", "choose"], whole=False)
    assert [p.name for p in w.schema.tools["publish"].parameters] == ["title", "body", "draft"]
    assert sum(n.human for n in w.performs()) == 1


def test_who_may_use_which_tools() -> None:
    def reach(body: str, head: str = CREW) -> set[str]:
        walk = Walk(read(body, head))
        return {e for e in walk.effects(walk.after(walk.start(), "t")) if e[0].isupper()}

    crew = "crew = Crew(agents=[a, b], tasks=[t, u]{})\n"
    assert reach(crew.format("")) == {"SearchTool"}
    assert reach(crew.format(", process=Process.hierarchical, manager_llm='m'")) == {
        "SearchTool", "WriteTool"
    }  # fmt: skip
    delegating = CREW.replace('role="a", ', 'role="a", allow_delegation=True, ')
    assert reach(crew.format(""), delegating) == {"SearchTool", "WriteTool"}


def test_crews_in_classes_are_read() -> None:
    body = """
    from crewai.project import CrewBase, agent, crew, task
    from crewai_tools import SearchTool
    from crewai import Agent, Crew, Task
    @CrewBase
    class Team:
        agents_config = "agents.yaml"
        @agent
        def finder(self) -> Agent:
            return Agent(config=self.agents_config["finder"], tools=[SearchTool()])
        @task
        def look(self) -> Task:
            return Task(config=self.tasks_config["look"], agent=self.finder())
        @crew
        def crew(self) -> Crew:
            return Crew(agents=self.agents, tasks=self.tasks)
    """
    w = read(body, "")
    assert runs(w, 3) == {("look",), ("look", "SearchTool", "look")}
    assert any("another file" in a for a in w.assumptions)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("crew = Crew(agents=[a], tasks=make())\n", "'tasks' are computed: 'make()'"),
        ("crew = Crew(agents=[a], tasks=[t, other()])\n", "Which task 'other()' is"),
        ("crew = Crew(agents=[a], tasks=[])\n", "This crew has no tasks."),
        ("crew = Crew(tasks=[Task(description='')])\n", "No agent does the task"),
        ("crew = Crew(tasks=[t], process=Process.consensual)\n", "no process 'consensual'"),
        ("crew = Crew(tasks=[t], **more)\n", "Arguments in '**' are computed."),
        ("crew = Crew(tasks=[t], step_callback=f)\n", "'step_callback' is not understood"),
        ("x = Task(agent=a, async_execution=True)\ncrew = Crew(tasks=[x])\n", "'async_execution'"),
        ("x = Crew(tasks=[t])\ny = Crew(tasks=[u])\n", "This source makes 2 crews."),
        ("", "This source makes no crew."),
        ("from crewai.flow.flow import Flow\nc = Crew(tasks=[t])\n", "Flows of CrewAI are not"),
    ],
)
def test_dynamic_crews_are_refused_by_name_and_line(body: str, expected: str) -> None:
    said = complaint(body, CREW)
    assert expected in said, said
    assert said.startswith("agent.py:")


def test_one_of_several_crews_is_chosen_by_its_name() -> None:
    body = "x = Crew(tasks=[t])\ny = Crew(tasks=[u])\n"
    assert runs(read(body, CREW, "y"), 1) == {("u",)}


def test_other_python_is_named() -> None:
    assert "uses no agent framework" in complaint("", "print('hello')\n")
    assert "both LangGraph and CrewAI" in complaint("", LANG + CREW)
    assert complaint("def f(:\n", "").startswith("agent.py:1:7: This is no Python")
