"""Workflows in Python: governed as ungoverned, explored as they run, and bad ones refused."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from governance import Denied, Ledger, govern, parse_policy, workflow
from governance.workflows.confirm import confirm
from governance.workflows.directives import Call, Directive, Memory, Reason
from governance.workflows.generators import PythonWorkflow
from governance.workflows.govern import Rejected
from governance.workflows.ir import Cut
from governance.workflows.reading import parse_claim
from governance.workflows.verify import Verifier
from logic.errors import PorismError

POLICY = parse_policy(
    """
label Secrecy { public < secret }
principal ann
tool plan(goal: Text) is reason
tool read(what: Text) is memory
tool send(to: Text, amount: Int) is call
permit thinking: ann to plan, read
permit paying: ann to send when amount <= 100
ask large: ann to send when amount > 100 and amount <= 500
forbid secrets: anyone to send when label(Secrecy) = secret
"""
)
SCHEMA = POLICY.schema


def pay(goal: str) -> Any:
    step = yield Reason("plan", goal=goal)
    if step == "pay":
        try:
            yield Call("send", to="ACME", amount=100)
            yield Call("send", to="ACME", amount=1_000)
        except Denied:
            return "denied"
    return step


def perform(directive: Directive) -> Any:
    return {"plan": "pay", "read": 1, "send": True}[directive.tool]


def made(function: Any = pay, **options: Any) -> PythonWorkflow:
    options.setdefault("answers", {"plan": ["pay", "stop"]})
    return workflow(SCHEMA, principal="ann", **options)(function)


# -- governing -----------------------------------------------------------------------------------


def test_an_erased_run_is_the_ungoverned_run_up_to_the_first_denial() -> None:
    outcome = govern(perform, POLICY, principal="ann").run(pay("x"))
    ungoverned: list[tuple[Directive, Any]] = []
    run, response = pay("x"), None
    try:
        while True:
            directive = run.send(response)
            response = perform(directive)
            ungoverned.append((directive, response))
    except StopIteration:
        pass
    assert outcome.result == "denied"
    assert outcome.erased == ungoverned[:2]
    assert len(ungoverned) == 3


def test_a_denial_halts_raises_or_is_answered_in_its_place() -> None:
    halted = govern(perform, POLICY, principal="ann", on_denial="halt").run(pay("x"))
    assert halted.halted is not None and halted.result is None
    raised = govern(perform, POLICY, principal="ann", on_denial="raise").run(pay("x"))
    assert raised.result == "denied"
    given = govern(perform, POLICY, principal="ann", on_denial=lambda d, _: "refused").run(pay("x"))
    assert given.result == "pay"


def test_an_awaited_interpreter_is_governed_alike() -> None:
    async def later(directive: Directive) -> Any:
        await asyncio.sleep(0)
        return perform(directive)

    outcome = asyncio.run(govern(later, POLICY, principal="ann").run(pay("x")))
    assert outcome.result == "denied"
    assert outcome.erased == govern(perform, POLICY, principal="ann").run(pay("x")).erased


def test_what_is_asked_about_is_performed_when_somebody_approves() -> None:
    def large() -> Any:
        return (yield Call("send", to="ACME", amount=300))

    alone = govern(perform, POLICY, principal="ann", on_denial="halt").run(large())
    assert alone.halted is not None
    asked = govern(perform, POLICY, principal="ann", approver=lambda r, d: "bob").run(large())
    assert asked.result is True


def test_decisions_stand_in_the_ledger_before_their_effects() -> None:
    ledger = Ledger()
    seen: list[int] = []

    def watching(directive: Directive) -> Any:
        seen.append(ledger.entries)
        return perform(directive)

    govern(watching, POLICY, principal="ann", ledger=ledger).run(pay("x"))
    assert seen == [1, 3]
    assert ledger.entries == 5


def test_labels_of_responses_spread_to_what_is_done_later() -> None:
    def leak() -> Any:
        yield Memory("read", what="x")
        yield Call("send", to="ACME", amount=1)

    carried = {"read": {"Secrecy": "secret"}}
    outcome = govern(perform, POLICY, principal="ann", labels=carried, on_denial="halt").run(leak())
    assert outcome.halted is not None and outcome.halted.decision.rules == ("secrets",)


def test_a_response_that_fails_its_check_does_not_flow_on() -> None:
    governed = govern(perform, POLICY, principal="ann", check=lambda d, r: d.tool != "plan")
    with pytest.raises(Rejected):
        governed.run(pay("x"))


@pytest.mark.parametrize("bad", [5, None, "send", ("send", {})])
def test_what_is_no_directive_is_refused_by_the_governor(bad: Any) -> None:
    def odd() -> Any:
        yield bad

    with pytest.raises(PorismError, match="which is no directive"):
        govern(perform, POLICY, principal="ann").run(odd())


def test_an_effect_that_fails_raises_inside_the_workflow() -> None:
    def broken(_: Directive) -> Any:
        raise OSError("down")

    def careful() -> Any:
        try:
            yield Reason("plan", goal="x")
        except OSError:
            return "down"

    assert govern(broken, POLICY, principal="ann").run(careful()).result == "down"


# -- exploring -----------------------------------------------------------------------------------


def verdict(flow: PythonWorkflow, text: str) -> str:
    explored = flow.explore()
    claim = parse_claim(text, SCHEMA, explored.variables)
    result = Verifier(explored, POLICY).check(claim)
    if result.run is not None:
        confirm(flow, POLICY, result.run)
    return result.verdict.status


def test_the_function_that_runs_is_the_one_that_is_verified() -> None:
    assert verdict(made(), "never send when amount > 100") == "PROVED"
    assert verdict(made(), "plan precedes send") == "PROVED"
    assert verdict(made(), "never attempted send when amount > 100") == "REFUTED"
    assert verdict(made(), "plan leads to send") == "REFUTED"


def test_conditions_on_numbers_are_followed_both_ways() -> None:
    def split(goal: str) -> Any:
        amount = yield Memory("read", what="x")
        if amount > 40 and amount * 2 <= 100:
            yield Call("send", to="a", amount=amount + 1)

    flow = made(split, answers={"read": "Int"})
    assert verdict(flow, "never send when amount > 51") == "PROVED"
    assert verdict(flow, "never send when amount > 50") == "REFUTED"
    assert verdict(flow, "never send when amount < 42") == "PROVED"


def test_a_loop_without_end_is_explored_up_to_its_bound() -> None:
    def loop(goal: str) -> Any:
        while True:
            step = yield Reason("plan", goal=goal)
            if step == "stop":
                return

    flow = made(loop, steps=5)
    assert verdict(flow, "never send") == "BOUNDED"
    assert verdict(flow, "count(plan) <= 3") == "REFUTED"


def test_texts_made_from_answers_are_any_texts() -> None:
    def write(goal: str) -> Any:
        step = yield Reason("plan", goal=goal)
        yield Call("send", to=f"to {step}", amount=1)

    assert verdict(made(write, answers={}), 'never send when to = "x"') == "REFUTED"


def test_an_answer_of_few_values_may_index_a_table() -> None:
    def table(goal: str) -> Any:
        step = yield Reason("plan", goal=goal)
        yield Call("send", to="a", amount={"pay": 5, "stop": 7}[step])

    assert verdict(made(table), "never send when amount > 7") == "PROVED"
    assert verdict(made(table), "never send when amount > 6") == "REFUTED"


def cut(body: str, **options: Any) -> str:
    names: dict[str, Any] = {"Call": Call, "Reason": Reason}
    exec(f"def odd(goal):\n{body}", names)
    nodes = made(names["odd"], **options).explore().nodes.values()
    return next(n.reason for n in nodes if isinstance(n, Cut))


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("    while True: pass\n    yield", "without a directive"),
        ("    s = yield Reason('plan', goal='x')\n    s.split()", "uses '.split'"),
        ("    s = yield Reason('plan', goal='x')\n    if s == 'pay': 1 / 0", "raises ZeroDivision"),
        ("    s = yield Reason('plan', goal='x')\n    [c for c in s]", "item by item"),
    ],
)
def test_what_cannot_be_followed_is_cut_off_with_the_reason(body: str, reason: str) -> None:
    assert reason in cut(body)


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        ("    yield 5", "A workflow yielded 5, which is no directive"),
        ("    yield Call('sent')", "Did you mean 'send'"),
        ("    yield Call('plan', goal='x')", "is reason"),
        ("    yield Call('send', to='a', amont=1)", "Did you mean 'amount'"),
        ("    yield Call('send', to='a', amount='x')", "which is Int"),
        ("    raise ValueError('no')\n    yield", "raises ValueError: no"),
        ("    return 1", "no generator function"),
    ],
)
def test_what_is_wrong_whatever_is_answered_is_a_sentence(body: str, complaint: str) -> None:
    names: dict[str, Any] = {"Call": Call, "Reason": Reason}
    exec(f"def odd(goal):\n{body}", names)
    with pytest.raises(PorismError) as error:
        made(names["odd"]).explore()
    assert complaint in str(error.value)
    assert error.value.span is not None
