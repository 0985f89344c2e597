"""Budgets: what ran out is said, and what was proved is kept."""

from __future__ import annotations

import threading
import time

import pytest

from logic.budget import Budget
from prover import Outcome, Progress
from prover import explore as run_explore
from prover import prove as run_prove
from tests.prover.proving import NUMBERS, accepted, theory

POOLS = ["serial", "threads", "processes"]
SUMS = NUMBERS + "goal cancel: n + m = n + k -> m = k\nexplore size 6\n"
HARD = (
    NUMBERS
    + """
func (*)(Nat, Nat) -> Nat {
  n * zero = zero
  n * succ(m) = n * m + n
}
goal open: n * n + n = m * m + m -> n = m
explore size 9
"""
)


def run_until_something_is_proved(pool: str, budget: Budget, bound: str) -> Outcome:
    """A run in which time runs out, or someone interrupts, after the first theorem."""

    def listen(progress: Progress) -> None:
        if progress.theorems and bound == "time":
            budget.deadline = time.monotonic()
        elif progress.theorems:
            budget.interrupt()

    return run_explore(
        theory(HARD),
        budget=budget,
        pool=pool,  # type: ignore[arg-type]
        workers=2,
        size=5,
        progress=listen,
    )


@pytest.mark.parametrize("pool", POOLS)
@pytest.mark.parametrize(
    ("bound", "reason"), [("time", "out of time"), ("interrupt", "interrupted")]
)
def test_what_was_proved_is_kept(pool: str, bound: str, reason: str) -> None:
    outcome = run_until_something_is_proved(pool, Budget(30), bound)
    assert outcome.stats.stopped == bound
    assert accepted(outcome).theorems
    assert outcome.verdicts["open"].status == "UNKNOWN"
    assert outcome.verdicts["open"].detail == reason


def test_an_interrupt_from_another_thread_is_heard() -> None:
    budget = Budget(30)
    timer = threading.Timer(0.5, budget.interrupt)
    timer.start()
    outcome = run_explore(theory(HARD), budget=budget)
    timer.join()
    assert outcome.stats.stopped == "interrupt"
    assert outcome.stats.seconds < 30
    accepted(outcome)


def test_no_time_at_all_gives_an_empty_certificate() -> None:
    outcome = run_explore(theory(SUMS), budget=Budget(0))
    assert outcome.stats.stopped == "time"
    assert not accepted(outcome).theorems


def test_too_little_memory_says_so() -> None:
    outcome = run_explore(theory(SUMS), budget=Budget(memory=1))
    assert outcome.stats.stopped == "memory"
    assert outcome.verdicts["cancel"].detail == "out of memory"
    accepted(outcome)


BOOLEANS = """
data Bool = yes | no
var a, b : Bool
func f(Bool, Bool) -> Bool {
  f(yes, b) = b
  f(no, b) = no
}
func g(Bool, Bool) -> Bool {
  g(yes, b) = yes
  g(no, b) = b
}
explore size 9
"""
WIDE = """
sort S
var x : S
pred r(S, S, S, S, S, S, S, S, S, S)
axiom a: r(x, x, x, x, x, x, x, x, x, x)
"""
RING = """
sort R
var x, y, z : R
func (+)(R, R) -> R
func (*)(R, R) -> R
func neg(R) -> R
const o : R
axiom add_assoc: x + y + z = x + (y + z)
axiom add_comm: x + y = y + x
axiom add_zero: x + o = x
axiom add_neg: x + neg(x) = o
axiom mul_assoc: x * y * z = x * (y * z)
axiom left_distrib: x * (y + z) = x * y + x * z
axiom right_distrib: (x + y) * z = x * z + y * z
goal mul_zero: x * o = o
explore size 9
"""


@pytest.mark.parametrize(
    "text", [HARD, BOOLEANS, WIDE, RING], ids=["arithmetic", "Booleans", "wide", "rings"]
)
@pytest.mark.parametrize("job", ["explore", "prove"])
def test_the_time_is_kept_whatever_the_theory(text: str, job: str) -> None:
    """Many terms of few values, more atoms than can be counted, hard proofs."""
    within, budget = theory(text.strip() + "\n"), Budget(0.5)
    outcome = (
        run_explore(within, budget=budget)
        if job == "explore"
        else run_prove(within, within.goals, budget=budget)
    )
    assert outcome.stats.seconds < 30
    accepted(outcome)
