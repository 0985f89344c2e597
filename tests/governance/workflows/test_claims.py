"""Claims read from text: their meaning on traces, the seven temporal forms, and bad ones."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance import make_schema, tool
from governance.policy import RuleSet
from governance.request import Request
from governance.runtime.decider import Decider
from governance.workflows.claims import Claim, ClaimMonitor
from governance.workflows.reading import parse_claim, parse_claims, temporal_claim
from logic.errors import PorismError

SCHEMA = make_schema(tools=[tool(t, "call", x="Int") for t in ("a", "b", "c")])


def refuted(claim: Claim, trace: str) -> bool:
    """Whether a run that completes these tools and then ends refutes a claim."""
    monitor = ClaimMonitor(claim, SCHEMA)
    decider = Decider(RuleSet("past", SCHEMA, [], claim.monitors))
    state = monitor.start
    for name in trace:
        frame = decider.frame(Request("ann", name, {"x": 0}))
        for view in ("attempted", "permitted", "completed"):
            state = monitor.step(state, view, frame)
            decider.record(frame, view)
    return monitor.open(state)


MEANINGS = {
    "never a": lambda t: "a" in t,
    "a precedes b": lambda t: "b" in t and "a" not in t[: t.index("b")],
    "after a never b until c": lambda t: any(
        t[i] == "b" and "c" not in t[t.rindex("a", 0, i) : i] for i in range(len(t)) if "a" in t[:i]
    ),
    "a leads to b": lambda t: "a" in t and "b" not in t[t.rindex("a") :],
    "a leads to b then c": lambda t: (
        "a" in t and ("b" not in t[t.rindex("a") :] or "c" not in t[t.index("b", t.rindex("a")) :])
    ),
    "a leads to b within 2 steps": lambda t: any(
        t[i] == "a" and "b" not in t[i + 1 : i + 3] for i in range(len(t))
    ),
    "a until b": lambda t: (
        "b" not in t or set(t[: t.index("b")]) > {"a"} or "c" in t[: t.index("b")]
    ),
    "count(a) <= 1": lambda t: t.count("a") > 1,
    "either (never a) or (never b)": lambda t: "a" in t and "b" in t,
    "both (never a) and (never b)": lambda t: "a" in t or "b" in t,
}


@given(st.text("abc", max_size=7), st.sampled_from(sorted(MEANINGS)))
def test_a_claim_means_what_it_says_on_finite_traces(trace: str, text: str) -> None:
    assert refuted(parse_claim(text, SCHEMA), trace) == MEANINGS[text](trace)


FORMS = {
    "G !tool:a": "never a",
    "tool:a -> F tool:b": "a leads to b",
    "tool:a -> F[<=2] tool:b": "a leads to b within 2 steps",
    "tool:a -> F tool:b -> F tool:c": "a leads to b then c",
    "tool:a U tool:b": "a until b",
    "(G !tool:a) AND (G !tool:b)": "both (never a) and (never b)",
    "(G !tool:a) OR (G !tool:b)": "either (never a) or (never b)",
}


@pytest.mark.parametrize("dsl", FORMS)
def test_the_seven_temporal_forms_are_the_claims_that_they_look_like(dsl: str) -> None:
    assert temporal_claim(dsl, SCHEMA).form == parse_claim(FORMS[dsl], SCHEMA).form


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("claim c: never send", "There is no tool 'send'"),
        ("claim c: never a when y > 1", "has no parameter 'y'"),
        ("claim c: count(a) >= 1", "bounded from above"),
        ("claim c: a leads to b within 0 steps", "1 to 1000 steps"),
        ("claim c: a leads to attempted b", "of one view"),
        ("claim c: both (never a) and (goal true)", "goal stands alone"),
        ("claim c: goal paid = 1", "'paid'"),
        ("claim c: a where x = request.x leads to b", "'x'"),
        ("claim c: never a\nclaim c: never b", "two claims 'c'"),
        ("claim c: sometimes a", "unexpected"),
    ],
)
def test_a_wrong_claim_is_a_sentence_with_its_place(text: str, complaint: str) -> None:
    with pytest.raises(PorismError) as error:
        parse_claims(text, SCHEMA)
    assert complaint in str(error.value)
    assert error.value.span is not None


@pytest.mark.parametrize(
    "dsl", ["F tool:a", "G tool:a", "", "a -> b", "(G !tool:a) XOR (G !tool:b)"]
)
def test_what_is_of_no_temporal_form_is_refused(dsl: str) -> None:
    with pytest.raises(PorismError, match="temporal forms"):
        temporal_claim(dsl, SCHEMA)
