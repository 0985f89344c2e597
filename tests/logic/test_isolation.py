"""Banks share nothing: not between interpreters, not between threads; and nothing is kept."""

from __future__ import annotations

import importlib
import subprocess
import sys
import threading
from pathlib import Path
from types import ModuleType

import pytest

from logic.core import Bank

ROOT = Path(__file__).resolve().parents[2]

USE = """
import sys
sys.path.insert(0, {root!r})
from logic.core import Bank, Index, Join, LimitError, Rewriter, Saturation
bank = Bank()
f, a, x = bank.symbol(2), bank.term(bank.symbol(0)), bank.variable(0)
s, t = bank.term(f, (x, a)), bank.term(f, (a, x))
assert bank.unify(s, t) == {{x: a}}
rewriter = Rewriter(bank)
rewriter.add(s, x)
try:
    rewriter.normalise(bank.term(f, (a, a)), steps=0)
except LimitError:
    pass
saturation = Saturation(bank, a)
saturation.add((s, x))
assert saturation.run() == "saturated"
Join(bank).run()
Index(bank).insert(s, 1)
"""


def interpreters() -> ModuleType:
    for name in ("_interpreters", "_xxsubinterpreters"):
        try:
            return importlib.import_module(name)
        except ImportError:
            pass
    pytest.skip("this Python has no module for interpreters")


def test_two_interpreters_use_the_core_side_by_side() -> None:
    interpreters()
    # In a process of its own, because what an interpreter leaves behind is not ours to mend.
    code = f"""
try:
    import _interpreters as interpreters
    make = lambda: interpreters.create("legacy")
    run = interpreters.exec
except ImportError:
    import _xxsubinterpreters as interpreters
    make = lambda: interpreters.create(isolated=False)
    run = interpreters.run_string
use = {USE.format(root=str(ROOT))!r}
exec(use)
first, second = make(), make()
for _ in range(3):
    for each in (first, second):
        failed = run(each, use)
        assert failed is None, failed
interpreters.destroy(first)
assert run(second, use) is None
interpreters.destroy(second)
exec(use)
print("done")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == "done\n", done.stderr


def test_threads_with_a_bank_each_do_not_disturb_each_other() -> None:
    answers: list[bytes] = []

    def work(seed: int) -> None:
        bank = Bank()
        f, a = bank.symbol(2), bank.term(bank.symbol(0))
        x = [bank.variable(i) for i in range(50)]
        left = [bank.term(f, (x[i], x[(i + seed) % 50])) for i in range(50)]
        right = [bank.term(f, (a, bank.term(f, (x[i], a)))) for i in range(50)]
        for _ in range(200):
            mark = bank.mark()
            mask = bank.unify_many(left * 20, right * 20)
            assert bank.unify(left[1], right[2]) is not None
            bank.release(mark)
        bank.invariant()
        answers.append(mask)

    threads = [threading.Thread(target=work, args=(7,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 4 and len(set(answers)) == 1


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs /proc")
def test_a_million_cycles_leave_the_process_as_large_as_it_was() -> None:
    code = """
import gc
from logic.core import Bank, Index

def pages():
    gc.collect()
    return int(open("/proc/self/statm").read().split()[1])

def cycles(n):
    bank = Bank()
    f, x, y = bank.symbol(2), bank.variable(0), bank.variable(1)
    s = bank.term(f, (x, y))
    for i in range(n):
        mark = bank.mark()
        a = bank.term(bank.symbol(0))
        t = bank.term(f, (a, bank.term(f, (a, x))))
        bank.unify(s, t)
        bank.unify_apart(s, t)
        bank.match(s, t)
        bank.release(mark)
        if i % 100 == 0:
            Index(Bank()).unifiable
            index = Index(bank)
            index.insert(s, 1)
            index.unifiable(s)

cycles(50_000)
before = pages()
cycles(1_000_000)
grown = pages() - before
assert grown < 256, f"{grown} pages more"
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
