"""A support desk: a model classifies, tools look things up, a person approves refunds."""

from typing import Annotated, Literal, TypedDict

from langchain_core.messages import HumanMessage, SystemMessage
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI
from langgraph.graph import END, START, StateGraph
from langgraph.graph.message import add_messages
from langgraph.prebuilt import ToolNode, tools_condition
from langgraph.types import Command, interrupt
from shop import database, mailer, payments


class State(TypedDict):
    messages: Annotated[list, add_messages]
    kind: str


@tool
def find_order(number: int) -> str:
    """Look an order up."""
    return database.query(number)


@tool
def refund(number: int, amount: float, reason: str = "") -> str:
    """Pay money back."""
    return payments.refund(number, amount, reason)


TOOLS = [find_order, refund]
model = ChatOpenAI(model="gpt-4o-mini", temperature=0)
with_tools = model.bind_tools(TOOLS)


def classify(state: State):
    answer = model.invoke([SystemMessage("Classify."), *state["messages"]])
    return {"kind": answer.content.strip().lower()}


def agent(state: State):
    return {"messages": [with_tools.invoke(state["messages"])]}


def approve(state: State) -> Command[Literal["reply", "agent"]]:
    answer = interrupt("May this be sent?")
    if answer == "yes":
        return Command(goto="reply")
    return Command(goto="agent", update={"messages": [HumanMessage("Try again.")]})


def reply(state: State):
    send_mail(state["messages"][-1].content)


def send_mail(body):
    mailer.send(body)


def route(state: State):
    if state["kind"] == "spam":
        return END
    return "agent"


builder = StateGraph(State)
builder.add_node("classify", classify)
builder.add_node("agent", agent)
builder.add_node("tools", ToolNode(TOOLS))
builder.add_node(approve)
builder.add_node("reply", reply)
builder.add_edge(START, "classify")
builder.add_conditional_edges("classify", route)
builder.add_conditional_edges("agent", tools_condition, {"tools": "tools", END: "approve"})
builder.add_edge("tools", "agent")
builder.add_edge("reply", END)
graph = builder.compile()
