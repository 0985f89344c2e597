"""An agent that pays bills: it reads a mailbox, thinks, asks a person, and sends money.

porism verify examples/agent/agent.py --policy examples/agent/agent.policy
porism run examples/agent/agent.py --policy examples/agent/agent.policy --arg goal="the rent"
"""

from pathlib import Path

from governance import Denied, load_policy, workflow
from governance.workflows.directives import Call, Human, Memory, Observe, Reason

POLICY = load_policy(Path(__file__).with_name("agent.policy"))
ACCOUNT = {"balance": 900}


def send_money(to, amount):
    ACCOUNT["balance"] -= amount
    return ACCOUNT["balance"]


@workflow(
    schema=POLICY.schema,
    principal="billing",
    inputs={"goal": "Text"},
    answers={"plan": ["pay", "ask", "stop"], "read_bill": (1, 200), "confirm": "Bool"},
    labels={"read_bill": {"Trust": "untrusted"}},
    tools={
        "read_bill": lambda sender: 240,
        "plan": lambda about: "pay",
        "confirm": lambda amount: True,
        "send_money": send_money,
        "note": print,
    },
)
def pay_bill(goal):
    """Pay one bill; what is large, or read from a stranger's mail, a person confirms."""
    amount = yield Memory("read_bill", sender="landlord")
    step = yield Reason("plan", about=goal)
    if step == "stop":
        return "nothing to pay"
    if step == "ask" or amount > 100:
        confirmed = yield Human("confirm", amount=amount)
        if not confirmed:
            return "not confirmed"
    try:
        yield Call("send_money", to="landlord", amount=amount)
    except Denied:
        yield Observe("note", text="not permitted")
        return "not permitted"
    return "paid"
