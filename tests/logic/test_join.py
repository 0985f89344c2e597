"""Joins compute the least set of facts closed under the rules, with proofs."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise, product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logic.core import Bank, Join


def check_provenance(bank: Bank, join: Join, rules: list[tuple[int, list[int]]]) -> None:
    facts = join.facts()
    for number, fact in enumerate(facts):
        rule, premises = join.provenance(number)
        if rule < 0:
            continue
        assert all(p < number for p in premises)
        head, body = rules[rule]
        pack = bank.symbol(len(body) + 1)
        pattern = bank.term(pack, [head, *body])
        instance = bank.term(pack, [fact, *(facts[p] for p in premises)])
        assert bank.matches(pattern, instance)
    join.invariant()


def test_the_transitive_closure_of_a_path() -> None:
    bank = Bank()
    edge, path = bank.symbol(2, 1), bank.symbol(2, 1)
    nodes = [bank.term(bank.symbol(0)) for _ in range(30)]
    x, y, z = map(bank.variable, range(3))
    join = Join(bank)
    for i in range(29):
        join.fact(bank.term(edge, (nodes[i], nodes[i + 1])))
    rules = [
        (bank.term(path, (x, y)), [bank.term(edge, (x, y))]),
        (bank.term(path, (x, z)), [bank.term(path, (x, y)), bank.term(path, (y, z))]),
    ]
    for head, body in rules:
        join.rule(head, body)
    assert join.run() == "saturated"
    assert len(join) == 29 + 30 * 29 // 2
    # Each way to put a path together is found once.
    assert join.stats()["firings"] == 29 + sum(j - i - 1 for i, j in pairs(30))
    assert join.find(bank.term(path, (nodes[0], nodes[29]))) >= 0
    assert join.find(bank.term(path, (nodes[3], nodes[3]))) == -1
    check_provenance(bank, join, rules)


def pairs(n: int) -> list[tuple[int, int]]:
    return [(i, j) for i in range(n) for j in range(i + 1, n)]


ATOMS = st.tuples(st.sampled_from("pqr"), st.integers(0, 2), st.integers(0, 2))
RULES = st.lists(st.tuples(ATOMS, st.lists(ATOMS, min_size=1, max_size=3)), max_size=4)
FACTS = st.lists(st.tuples(st.sampled_from("pqr"), st.integers(0, 3), st.integers(0, 3)))


@given(RULES, FACTS, st.booleans())
@settings(deadline=None)
def test_random_rules_agree_with_the_definition(
    rules: list[tuple[Any, list[Any]]], facts: list[tuple[str, int, int]], late: bool
) -> None:
    rules = [(h, b) for h, b in rules if {*h[1:]} <= {x for atom in b for x in atom[1:]}]
    closed = set(facts)
    while True:
        new = {
            (h[0], binding[h[1]], binding[h[2]])
            for h, body in rules
            for binding in product(range(4), repeat=3)
            if all((p, binding[s], binding[t]) in closed for p, s, t in body)
        } - closed
        if not new:
            break
        closed |= new
    bank = Bank()
    symbols = {p: bank.symbol(2, 1) for p in "pqr"}
    wrap = bank.symbol(1)
    constants = [bank.term(bank.symbol(0)) for _ in range(4)]
    variables = list(map(bank.variable, range(3)))

    def atom(a: tuple[str, int, int], terms: list[int]) -> int:
        # The second argument is wrapped, so that premises are nested.
        return bank.term(symbols[a[0]], (terms[a[1]], bank.term(wrap, (terms[a[2]],))))

    join = Join(bank)
    put = [(atom(h, variables), [atom(a, variables) for a in body]) for h, body in rules]
    if late:
        for fact in facts:
            join.fact(atom(fact, constants))
        assert join.run() == "saturated"
    for head, body in put:
        join.rule(head, body)
        if late:
            assert join.run() == "saturated"
    for fact in facts:
        join.fact(atom(fact, constants))
    assert join.run() == "saturated"
    assert set(join.facts()) == {atom(a, constants) for a in closed}
    check_provenance(bank, join, put)
    bank.invariant()


def test_a_variable_takes_facts_of_its_sort() -> None:
    bank = Bank()
    p, q = bank.symbol(1, 9), bank.symbol(1, 9)
    a, b = bank.term(bank.symbol(0, 1)), bank.term(bank.symbol(0, 2))
    x = bank.variable(0, 1)
    join = Join(bank)
    join.rule(bank.term(q, (x,)), [bank.term(p, (x,))])
    join.fact(bank.term(p, (a,)))
    join.fact(bank.term(p, (b,)))
    assert join.run() == "saturated"
    assert join.find(bank.term(q, (a,))) >= 0 and join.find(bank.term(q, (b,))) == -1


def test_limits_and_misuse() -> None:
    bank = Bank()
    p, s = bank.symbol(1), bank.symbol(1)
    x, zero = bank.variable(0), bank.term(bank.symbol(0))
    join = Join(bank)
    join.rule(bank.term(p, (bank.term(s, (x,)),)), [bank.term(p, (x,))])
    join.fact(bank.term(p, (zero,)))
    assert join.run(limit=100) == "limit" and len(join) == 100
    assert join.run(seconds=0.05) == "time" and len(join) > 100
    join.interrupt()
    assert join.run() == "stopped"
    with pytest.raises(ValueError, match="a fact must be ground"):
        join.fact(x)
    with pytest.raises(ValueError, match="a variable that no premise has"):
        join.rule(bank.term(p, (x,)), [zero])
    with pytest.raises(ValueError, match="a premise must be a symbol applied"):
        join.rule(zero, [x])
    with pytest.raises(ValueError, match="1 to 1000 premises, not 0"):
        join.rule(zero, [])
    with pytest.raises(ValueError, match="no fact of this join"):
        join.provenance(10**9)
    join.invariant()


def test_nothing_is_lost_when_memory_runs_out() -> None:
    def work(fuse: int) -> tuple[bool, list[int]]:
        bank = Bank()
        p = bank.symbol(2)
        nodes = [bank.term(bank.symbol(0)) for _ in range(8)]
        x, y, z = map(bank.variable, range(3))
        join = Join(bank)
        xz, xy, yz = (bank.term(p, pair) for pair in ((x, z), (x, y), (y, z)))
        edges = [bank.term(p, (s, t)) for s, t in pairwise(nodes)]
        bank._fuse(fuse)
        whole = True
        calls: list[Callable[[], object]] = [lambda: join.rule(xz, [xy, yz]), *[join.run] * 3]
        for call in calls:
            for edge in edges:
                while join.find(edge) < 0:
                    try:
                        join.fact(edge)
                    except MemoryError:
                        whole = False
            try:
                call()
            except MemoryError:
                whole = False
                if join.stats()["rules"] == 0:
                    join.rule(xz, [xy, yz])
        bank._fuse(0)
        join.invariant()
        return whole, sorted(join.facts())

    expected = work(0)[1]
    fuse = 1
    while True:
        whole, facts = work(fuse)
        assert len(facts) == len(expected) == 28
        if whole:
            break
        fuse += 1
    assert fuse > 5
