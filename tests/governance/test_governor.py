"""The governor enforces, the ledger remembers, and whatever fails denies."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import subprocess
import sys
import threading

import pytest

from governance.request import Request
from governance.runtime import monitors
from governance.runtime.governor import Denied, Governor
from governance.runtime.ledger import Head, Ledger, verify
from governance.spellings.elaborate import parse_policy
from logic.errors import PorismError

POLICY = parse_policy("""
tool send(to: Text, amount: Decimal) is call
tool approve(to: Text) is observe
label L { low < high }
permit p: anyone to send when amount <= 10
permit q: anyone to approve
ask a: anyone to send when amount > 10 and amount <= 100
forbid l: anyone to send when label(L) = high
budget b: sum(amount of send within 1d) <= 30
""")
KEY = b"a key that the ledger's keeper does not have"


def send(amount, time=0, **more):
    return Request("ann", "send", {"to": "x", "amount": amount}, time, **more)


def filled(path, number=8):
    with Ledger(path, "p") as ledger:
        governor = Governor(POLICY, ledger)
        for i in range(number):
            decision = governor.decide(send("5", time=i))
            if decision.permitted:
                governor.complete(decision)
        return ledger.head(KEY)


def test_only_what_completed_counts_against_a_budget():
    governor = Governor(POLICY)
    open_ones = [governor.decide(send("10")) for _ in range(4)]
    assert all(d.permitted for d in open_ones)
    for decision in open_ones[:3]:
        governor.complete(decision)
    assert governor.decide(send("1")).rules == ("b",)


def test_a_permit_is_for_one_effect():
    governor = Governor(POLICY)
    decision = governor.decide(send("1"))
    governor.complete(decision)
    with pytest.raises(PorismError, match="was completed"):
        governor.complete(decision)
    with pytest.raises(PorismError, match="permits nothing"):
        governor.complete(governor.decide(send("1000")))


def test_an_effect_runs_only_if_it_is_permitted():
    done = []
    governor = Governor(POLICY)
    assert governor.perform(send("1"), lambda: done.append(1) or "ok") == "ok"
    with pytest.raises(Denied) as caught:
        governor.perform(send("1000"), lambda: done.append(2))
    assert caught.value.decision.outcome == "deny"
    with pytest.raises(Denied):
        governor.perform(send("50"), lambda: done.append(3))
    assert done == [1]


def test_an_effect_that_raises_is_recorded_as_failed():
    ledger = Ledger()
    governor = Governor(POLICY, ledger)
    with pytest.raises(ZeroDivisionError):
        governor.perform(send("1"), lambda: 1 // 0)
    assert json.loads(ledger.lines[-1])["event"] == "failed"


def test_an_approver_turns_an_ask_into_a_permit():
    ledger = Ledger()
    governor = Governor(POLICY, ledger, approver=lambda request, decision: "eve")
    assert governor.perform(send("20"), lambda: "sent") == "sent"
    events = [json.loads(line).get("event") for line in ledger.lines]
    assert events == [None, None, "approved", "completed"]
    with pytest.raises(PorismError, match="does not wait"):
        governor.approve(governor.decide(send("1")), "eve")


def test_async_effects_are_governed_alike():
    async def effect():
        await asyncio.sleep(0)
        return "ok"

    async def main():
        governor = Governor(POLICY)
        assert await governor.perform_async(send("1"), effect) == "ok"
        with pytest.raises(Denied):
            await governor.perform_async(send("1000"), effect)

    asyncio.run(main())


def test_many_threads_cannot_pass_a_budget_together():
    governor = Governor(POLICY)
    sent = []

    def work():
        for _ in range(50):
            with contextlib.suppress(Denied):
                governor.perform(send("1"), lambda: sent.append(1))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    # Between deciding and completing there may be one open effect in each other thread.
    assert 30 <= len(sent) <= 33


def test_time_does_not_run_backwards():
    governor = Governor(POLICY)
    for _ in range(3):
        governor.complete(governor.decide(send("10", time=86_400_000)))
    # Claiming to come from the past does not empty the window.
    assert governor.decide(send("10", time=0)).rules == ("b",)
    assert governor.decide(send("10", time=3 * 86_400_000)).permitted


def test_whatever_fails_denies_from_then_on(monkeypatch):
    class Broken(Ledger):
        def decision(self, *args):
            raise OSError("disk full")

    governor = Governor(POLICY, Broken())
    first, second = governor.decide(send("1")), governor.decide(send("1"))
    assert not first.permitted and "disk full" in first.reason
    assert not second.permitted and "disk full" in second.reason

    monkeypatch.setattr(monitors, "MOST_ENTRIES", 5)
    governor = Governor(POLICY)
    answers = [governor.decide(send("0.0001")) for _ in range(5)]
    for decision in answers:
        governor.complete(decision)
    sixth = governor.decide(send("0.0001"))
    with pytest.raises(monitors.Full):
        governor.complete(sixth)
    assert "Full" in governor.decide(send("0.0001")).reason


@pytest.mark.parametrize(
    "request_",
    [
        send(float("nan")),
        send(object()),
        send([1]),
        send("9" * 10_000),
        send(10**30),
        Request("ann", "send", {"to": 1, "amount": "1"}),
        Request("ann", "no", {}),
        send("1", labels={"L": "top"}),
        send("1", labels={"M": "low"}),
        Request("ann", "send", {"to": "\ud800", "amount": "1"}),
        Request("\ud800", "send", {"to": "x", "amount": "1"}),
        Request("ann", "\ud800", {}),
        send("1", roles=("\ud800",)),
        send("1", labels={"L": "\ud800"}),
        send("1", labels={"\ud800": "low"}),
    ],
)
def test_a_hostile_request_is_denied_and_recorded(request_):
    ledger = Ledger()
    governor = Governor(POLICY, ledger)
    assert not governor.decide(request_).permitted
    assert len(ledger.lines) == 2
    assert governor.decide(send("1")).permitted


# -- the ledger --------------------------------------------------------------------------------


def test_a_ledger_holds_the_directive_the_decision_and_the_rules(tmp_path):
    path = tmp_path / "l.jsonl"
    with Ledger(path, "p") as ledger:
        governor = Governor(POLICY, ledger)
        governor.decide(send("5.50", labels={"L": "low"}))
        governor.decide(send("5000", roles=("x",)))
    first, second = map(json.loads, path.read_text().splitlines()[1:])
    assert first["args"] == {"amount": "5.5", "to": "x"}
    assert (first["outcome"], first["rules"], first["labels"]) == ("permit", ["p"], {"L": "low"})
    assert (second["outcome"], second["rules"], second["roles"]) == ("deny", ["b"], ["x"])
    assert verify(path).problem is None


def test_a_ledger_continues_where_it_ended(tmp_path):
    path = tmp_path / "l.jsonl"
    filled(path)
    before = verify(path).head
    filled(path)
    after = verify(path)
    assert after.problem is None and after.head.entries == 2 * before.entries
    assert verify(path, before.signed(KEY), KEY).problem is None


def tampered(path, change):
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(change(lines)))


CHANGES = {
    "edited": lambda ls: [*ls[:3], ls[3].replace(b'"5.0"', b'"500"'), *ls[4:]],
    "reordered": lambda ls: [*ls[:3], ls[4], ls[3], *ls[5:]],
    "dropped": lambda ls: [*ls[:3], *ls[4:]],
    "truncated": lambda ls: ls[:-2],
    "repeated": lambda ls: [*ls[:5], ls[4], *ls[5:]],
}


@pytest.mark.parametrize("kind", CHANGES)
def test_tampering_is_found(kind, tmp_path):
    path = tmp_path / "l.jsonl"
    head = filled(path)
    assert verify(path, head, KEY).problem is None
    tampered(path, CHANGES[kind])
    problem = verify(path, head, KEY).problem
    assert problem is not None
    if kind == "reordered":
        assert problem.kind in ("dropped", "reordered")
    elif kind != "repeated":
        assert problem.kind == kind


def test_every_changed_byte_is_found(tmp_path):
    path = tmp_path / "l.jsonl"
    filled(path, 3)
    whole = path.read_bytes()
    head = verify(path).head
    for at in range(0, len(whole), 3):
        changed = bytes([whole[at] ^ 1])
        path.write_bytes(whole[:at] + changed + whole[at + 1 :])
        try:
            found = verify(path, head).problem
        except PorismError:
            continue  # the first line no longer says that it is a ledger
        assert found is not None, at


def test_a_rewritten_ledger_does_not_reach_its_signed_head(tmp_path):
    path, other = tmp_path / "l.jsonl", tmp_path / "other.jsonl"
    head = filled(path)
    with Ledger(other, "p") as ledger:
        for i in range(head.entries):
            ledger.append({"made": i})
    assert verify(other).problem is None
    assert verify(other, head, KEY).problem.kind == "replaced"
    forged = Head(1, "0" * 64, "0" * 64)
    with pytest.raises(PorismError, match="does not fit the key"):
        verify(path, forged, KEY)


def test_a_line_cut_by_a_crash_is_removed_on_opening(tmp_path):
    path = tmp_path / "l.jsonl"
    head = filled(path)
    whole = path.read_bytes()
    last = whole.rstrip(b"\n").rfind(b"\n") + 1
    for cut in range(last + 1, len(whole)):
        path.write_bytes(whole[:cut])
        assert verify(path).problem.kind == "torn"
        assert verify(path, head, KEY).problem.kind == "truncated"
        with Ledger(path, "p") as ledger:
            assert ledger.entries == head.entries - 1
            ledger.append({"next": True})
        assert verify(path).problem is None


def test_a_killed_writer_leaves_a_sound_ledger(tmp_path):
    path = tmp_path / "l.jsonl"
    script = (
        "import sys; from governance.runtime.ledger import Ledger\n"
        "with Ledger(sys.argv[1]) as l:\n"
        "    print('ready', flush=True)\n"
        "    while True: l.append({'x': 'y' * 1000})\n"
    )
    process = subprocess.Popen([sys.executable, "-c", script, str(path)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    with pytest.raises(PorismError, match="open in another process"):
        Ledger(path)
    while path.stat().st_size < 100_000:
        pass
    process.kill()
    process.wait()
    process.stdout.close()
    found = verify(path)
    assert found.head.entries > 50 and (found.problem is None or found.problem.kind == "torn")
    Ledger(path).close()
    assert verify(path).problem is None


@pytest.mark.parametrize("content", [b"", b"{}\n", b"hello\n", b"\xff\xfe\n", b"[1]\n", b"null\n"])
def test_what_is_no_ledger_is_refused(content, tmp_path):
    path = tmp_path / "l.jsonl"
    path.write_bytes(content)
    with pytest.raises(PorismError, match="no ledger"):
        verify(path)
    if content:
        with pytest.raises(PorismError, match="no ledger"):
            Ledger(path)
        assert path.read_bytes() == content


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_ledger_that_cannot_be_written_is_named(tmp_path):
    folder = tmp_path / "closed"
    folder.mkdir(mode=0o500)
    with pytest.raises(PorismError, match="cannot be opened"):
        Ledger(folder / "l.jsonl")


def test_after_a_write_that_fails_midway_nothing_more_is_written(tmp_path, monkeypatch):
    path = tmp_path / "full.ledger"
    with Ledger(path, "p") as ledger:
        ledger.append({"event": "first"})
        real = os.write

        def full(file, data):
            real(file, data[:10])
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "write", full)
        with pytest.raises(PorismError, match="cannot be written: No space left on device"):
            ledger.append({"event": "second"})
        monkeypatch.undo()
        with pytest.raises(PorismError, match="is closed"):
            ledger.append({"event": "third"})
    found = verify(path)
    assert found.head.entries == 1 and found.problem is not None and found.problem.kind == "torn"
    with Ledger(path, "p") as ledger:
        ledger.append({"event": "second"})
    assert verify(path).problem is None
