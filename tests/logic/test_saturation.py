"""Saturation derives what follows, and every derivation can be replayed.

`replay` rebuilds a clause from its parents by substituting and replacing
alone: what it accepts has been derived, whatever the engine did to find it.
"""

from __future__ import annotations

import threading
from itertools import pairwise
from typing import Any, TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logic.core import Bank, Rewriter, Saturation

Equation: TypeAlias = tuple[int, int]
Literals: TypeAlias = list[Equation | None]
"""The head, or None, then the body."""


def clause(engine: Saturation, id: int) -> Literals:
    head, body = engine.clause(id)
    return [head, *body]


def replay(bank: Bank, engine: Saturation, id: int) -> None:
    """AssertionError unless clause `id` follows from its parents."""
    kind, *rest = engine.derivation(id)
    expected = clause(engine, id)

    def under(literals: Literals, binding: dict[int, int]) -> Literals:
        return [
            None if e is None else (bank.substitute(e[0], binding), bank.substitute(e[1], binding))
            for e in literals
        ]

    def equation(literals: Literals, at: int) -> Equation:
        found = literals[at + 1]
        assert found is not None
        return found

    if kind == "input":
        return
    if kind == "superpose":
        source, backwards, into, literal, side, path, first, second = rest
        left, right = equation(clause(engine, source), -1)
        if backwards:
            left, right = right, left
        parent = under(clause(engine, into), second)
        sides = list(equation(parent, literal))
        assert bank.at(sides[side], path) == bank.substitute(left, first)
        sides[side] = bank.replace(sides[side], path, bank.substitute(right, first))
        parent[literal + 1] = (sides[0], sides[1])
        assert parent == expected
    elif kind == "resolve":
        source, literal, binding = rest
        parent = under(clause(engine, source), binding)
        left, right = equation(parent, literal)
        assert left == right
        del parent[literal + 1]
        assert parent == expected
    elif kind in ("decompose", "inject", "clash"):
        source, *where, binding = rest
        parent = under(clause(engine, source), binding)
        literal = where[0] if kind == "decompose" else -1
        left, right = equation(parent, literal)
        heads = bank.head(left), bank.head(right)
        assert all(bank.symbol_info(f)[2] for f in heads)
        assert (heads[0] != heads[1]) == (kind == "clash")
        pairs = list(zip(bank.arguments(left), bank.arguments(right), strict=False))
        if kind == "decompose":
            parent[literal + 1 : literal + 2] = pairs
        else:
            parent[0] = pairs[where[0]] if kind == "inject" else None
        assert parent == expected
    else:
        assert kind == "simplify"
        source, steps, names, swapped = rest
        parent = clause(engine, source)
        for literal, side, path, unit, backwards, binding in steps:
            assert engine.clause(unit)[1] == ()
            left, right = equation(clause(engine, unit), -1)
            if backwards:
                left, right = right, left
            sides = list(equation(parent, literal))
            assert bank.at(sides[side], path) == bank.substitute(left, binding)
            sides[side] = bank.replace(sides[side], path, bank.substitute(right, binding))
            parent[literal + 1] = (sides[0], sides[1])
        parent = under(parent, names)
        if swapped:
            assert parent[0] is not None
            parent[0] = parent[0][::-1]
        assert parent == expected


def replay_all(bank: Bank, engine: Saturation) -> None:
    engine.invariant()
    for id in range(len(engine)):
        replay(bank, engine, id)
    bank.invariant()


class World:
    """A bank with TRUE, and shorthands."""

    def __init__(self) -> None:
        self.bank = Bank()
        self.true = self.bank.term(self.bank.symbol(0, 1, True))
        self.false = self.bank.term(self.bank.symbol(0, 1, True))
        self.engine = Saturation(self.bank, self.true)

    def f(self, arity: int, sort: int = 0, constructor: bool = False) -> Any:
        symbol = self.bank.symbol(arity, sort, constructor)
        return lambda *args: self.bank.term(symbol, args)

    def variables(self, n: int) -> list[int]:
        return [self.bank.variable(i) for i in range(n)]

    def run(self, **limits: Any) -> str:
        result = self.engine.run(**({"steps": 5000, "clauses": 50000} | limits))
        replay_all(self.bank, self.engine)
        return result

    def equations(self) -> set[Equation | None]:
        return {self.engine.clause(u)[0] for u in self.engine.units()}


def group(world: World) -> tuple[Any, Any, int]:
    e, m, i = world.f(0), world.f(2), world.f(1)
    x, y, z = world.variables(3)
    world.engine.add((m(m(x, y), z), m(x, m(y, z))))
    world.engine.add((m(e(), x), x))
    world.engine.add((m(i(x), x), e()))
    return m, i, e()


def test_group_theory_completes_to_its_ten_rules() -> None:
    world = World()
    m, i, e = group(world)
    assert world.run() == "saturated"
    x, y, z = world.variables(3)
    assert world.equations() == {
        (m(m(x, y), z), m(x, m(y, z))), (m(e, x), x), (m(x, e), x), (m(i(x), x), e),
        (m(x, i(x)), e), (m(i(x), m(x, y)), y), (m(x, m(i(x), y)), y), (i(e), e),
        (i(i(x)), x), (i(m(x, y)), m(i(y), i(x))),
    }  # fmt: skip


def test_a_group_of_exponent_two_is_commutative() -> None:
    world = World()
    m, _, e = group(world)
    (x,) = world.variables(1)
    a, b = world.f(0)(), world.f(0)()
    world.engine.add((m(x, x), e))
    world.engine.add(None, [(m(a, b), m(b, a))])
    assert world.run() == "proved"
    assert world.engine.clause(world.engine.answer) == (None, ())


def test_what_does_not_follow_saturates() -> None:
    world = World()
    m, *_ = group(world)
    a, b = world.f(0)(), world.f(0)()
    world.engine.add(None, [(m(a, b), m(b, a))])
    assert world.run() == "saturated"
    assert world.engine.answer == -1


def test_an_equation_with_a_solution_is_solved() -> None:
    world = World()
    m, *_ = group(world)
    a, b = world.f(0)(), world.f(0)()
    (x,) = world.variables(1)
    world.engine.add(None, [(m(a, x), b)])
    assert world.run() == "proved"


def test_horn_rules_fire_through_all_their_premises() -> None:
    world = World()
    true = world.true
    edge, path = world.f(2, 1), world.f(2, 1)
    nodes = [world.f(0)() for _ in range(6)]
    x, y, z = world.variables(3)
    for s, t in pairwise(nodes):
        world.engine.add((edge(s, t), true))
    world.engine.add((path(x, y), true), [(edge(x, y), true)])
    world.engine.add((path(x, z), true), [(path(x, y), true), (path(y, z), true)])
    assert world.run() == "saturated"
    paths = {(path(s, t), true) for i, s in enumerate(nodes) for t in nodes[i + 1 :]}
    edges = {(edge(s, t), true) for s, t in pairwise(nodes)}
    assert world.equations() == paths | edges
    world.engine.add(None, [(path(nodes[0], x), true), (path(x, nodes[5]), true)])
    assert world.run() == "proved"


def test_equations_and_predicates_work_together() -> None:
    world = World()
    p, f, a, b = world.f(1, 1), world.f(1), world.f(0)(), world.f(0)()
    (x,) = world.variables(1)
    world.engine.add((f(f(x)), x))
    world.engine.add((p(f(x)), world.true), [(p(x), world.true)])
    world.engine.add((p(f(a)), world.true))
    world.engine.add((a, b), [(p(a), world.true)])
    world.engine.add(None, [(f(a), f(b))])
    assert world.run() == "proved"


def test_constructors_are_injective_and_disjoint() -> None:
    world = World()
    zero, succ, pair = world.f(0, 0, True), world.f(1, 0, True), world.f(2, 0, True)
    a, b, c = (world.f(0)() for _ in range(3))
    world.engine.add((pair(succ(a), b), pair(succ(b), c)))
    world.engine.add(None, [(succ(succ(a)), succ(succ(c)))])
    assert world.run() == "proved"
    other = World()
    zero, succ = other.f(0, 0, True), other.f(1, 0, True)
    p, (x,) = other.f(1, 1), other.variables(1)
    other.engine.add((succ(x), zero()), [(p(x), other.true)])
    other.engine.add((p(zero()), other.true))
    assert other.run() == "proved"


def test_a_fact_and_its_denial_are_contradictory() -> None:
    world = World()
    p, a = world.f(1, 1), world.f(0)()
    (x,) = world.variables(1)
    world.engine.add((p(x), world.true))
    world.engine.add((p(a), world.false))
    assert world.run() == "proved"
    other = World()
    q = other.f(1, 1)
    other.engine.add((q(*other.variables(1)), other.true))
    assert other.run() == "saturated"


def test_a_body_that_can_never_hold_goes() -> None:
    world = World()
    zero, succ = world.f(0, 0, True), world.f(1, 0, True)
    p, (x,) = world.f(1, 1), world.variables(1)
    dead = world.engine.add((p(x), world.true), [(succ(x), zero())])
    assert world.run() == "saturated"
    assert world.engine.state(dead) == "dead" and world.engine.units() == []


def test_a_sort_of_one_element_collapses() -> None:
    world = World()
    a, b, f = world.f(0, 7)(), world.f(0, 7)(), world.f(1)
    p = world.f(1, 1)
    x = world.bank.variable(0, 7)
    world.engine.add((x, a))
    world.engine.add((p(b), world.true))
    c = world.f(0)()
    world.engine.add(None, [(p(a), world.true)])
    assert world.run() == "proved"
    assert f(c) != c


def test_associativity_and_commutativity_stay_few() -> None:
    world = World()
    p = world.f(2)
    x, y, z = world.variables(3)
    world.engine.add((p(p(x, y), z), p(x, p(y, z))))
    world.engine.add((p(x, y), p(y, x)))
    assert world.run() == "saturated"
    assert len(world.engine.units()) <= 4
    a, b, c, d = (world.f(0)() for _ in range(4))
    world.engine.add(None, [(p(p(a, b), p(c, d)), p(d, p(p(b, c), a)))])
    assert world.run() == "proved"


def peano(world: World) -> tuple[Any, ...]:
    zero, succ = world.f(0, 0, True), world.f(1, 0, True)
    plus, times = world.f(2), world.f(2)
    x, y = world.variables(2)
    world.engine.add((plus(x, zero()), x))
    world.engine.add((plus(x, succ(y)), succ(plus(x, y))))
    world.engine.add((times(x, zero()), zero()))
    world.engine.add((times(x, succ(y)), plus(times(x, y), x)))
    return zero, succ, plus, times


def test_the_induction_step_of_commutativity_is_proved() -> None:
    world = World()
    _, succ, plus, _ = peano(world)
    x, y = world.variables(2)
    n, m = world.f(0)(), world.f(0)()
    world.engine.add((plus(succ(x), y), succ(plus(x, y))))
    world.engine.add((plus(m, n), plus(n, m)))
    world.engine.add(None, [(plus(m, succ(n)), plus(succ(n), m))])
    assert world.run() == "proved"


def test_a_run_goes_on_where_it_stopped() -> None:
    results = []
    for steps in (10_000, 3):
        world = World()
        group(world)
        while world.engine.run(steps=steps) == "limit":
            pass
        results.append([world.engine.clause(i) for i in range(len(world.engine))])
        replay_all(world.bank, world.engine)
    assert results[0] == results[1]


def test_derivations_do_not_depend_on_what_the_bank_held() -> None:
    results = []
    for noise in (0, 300):
        world = World()
        for i in range(noise):
            world.bank.variable(noise - i)
        group(world)
        assert world.run() == "saturated"
        shown = []
        for id in range(len(world.engine)):
            head, _ = world.engine.clause(id)
            assert head is not None
            shown.append((world.engine.derivation(id)[0], [show(world.bank, t) for t in head]))
        results.append(shown)
    assert results[0] == results[1]


def show(bank: Bank, t: int) -> object:
    if bank.is_variable(t):
        return bank.index(t)
    return (bank.head(t), *(show(bank, a) for a in bank.arguments(t)))


def test_limits_end_a_run() -> None:
    world = World()
    p, f, a, (x,) = world.f(1, 1), world.f(1), world.f(0)(), world.variables(1)
    world.engine.add((p(a), world.true))
    world.engine.add((p(f(x)), world.true), [(p(x), world.true)])
    assert world.engine.run(steps=50) == "limit"
    assert world.engine.run(clauses=400) == "limit"
    assert world.engine.run(weight=1) == "limit"
    other = World()
    p, f, a, (x,) = other.f(1, 1), other.f(1), other.f(0)(), other.variables(1)
    other.engine.add((p(a), other.true))
    other.engine.add((p(f(x)), other.true), [(p(x), other.true)])
    assert other.engine.run(seconds=0.1) == "time"
    threading.Timer(0.05, other.engine.interrupt).start()
    assert other.engine.run(seconds=30) == "stopped"
    other.engine.invariant()


def test_two_saturations_run_side_by_side() -> None:
    def work() -> None:
        world = World()
        p, f, a, (x,) = world.f(1, 1), world.f(1), world.f(0)(), world.variables(1)
        world.engine.add((p(a), world.true))
        world.engine.add((p(f(x)), world.true), [(p(x), world.true)])
        assert world.engine.run(steps=500) == "limit"
        world.engine.invariant()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_misuse_is_refused_and_the_saturation_stays_usable() -> None:
    world = World()
    bank, engine = world.bank, world.engine
    a, x = world.f(0)(), bank.variable(0)
    with pytest.raises(ValueError, match="have the sorts 0 and 1"):
        engine.add((a, world.true))
    with pytest.raises(ValueError, match="no term of this bank"):
        engine.add((a, 10**6))
    with pytest.raises(TypeError, match="a tuple of two terms"):
        engine.add(world.f)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="no clause of this saturation"):
        engine.clause(0)
    with pytest.raises(ValueError, match="TRUE must be a constant"):
        Saturation(bank, x)
    late = Saturation(bank, bank.term(bank.symbol(0, 1)))
    p = world.f(1, 1)
    bank.precede([bank.head(p(a)), bank.head(world.true)])
    with pytest.raises(RuntimeError, match="order of the bank has changed"):
        late.add((p(a), world.true))
    engine = Saturation(bank, world.true)
    with pytest.raises(ValueError, match="TRUE must stand below"):
        engine.add((p(a), world.true))
    mark = bank.mark()
    assert engine.run() == "saturated"
    bank.release(mark)
    with pytest.raises(RuntimeError, match="released to a mark"):
        engine.run()


def test_every_failed_allocation_in_a_run_is_a_memory_error() -> None:
    fuse, outcomes = 1, set()
    while True:
        world = World()
        try:
            world.bank._fuse(fuse)
            group(world)
            result: str = world.engine.run()
        except MemoryError:
            result = "memory"
        world.bank._fuse(0)
        world.bank.invariant()
        outcomes.add(result)
        for id in range(len(world.engine)):
            world.engine.clause(id)
        if result == "saturated":
            break
        fuse += 1 + fuse // 20
    assert outcomes == {"memory", "saturated"}


TERMS = st.recursive(
    st.integers(0, 2) | st.just("a") | st.just("b"),
    lambda sub: st.tuples(st.just("f"), sub) | st.tuples(st.just("g"), sub, sub),
    max_leaves=4,
)
EQUATIONS = st.tuples(TERMS, TERMS)


@given(st.lists(st.tuples(EQUATIONS, st.lists(EQUATIONS, max_size=2)), max_size=5))
@settings(max_examples=150, deadline=None)
def test_random_theories_give_derivations_that_replay(
    clauses: list[tuple[Any, list[Any]]],
) -> None:
    world = World()
    symbols = {"a": world.f(0, 0, True), "b": world.f(0), "f": world.f(1, 0, True)}
    symbols["g"] = world.f(2)

    def put(t: Any) -> int:
        if isinstance(t, int):
            return world.bank.variable(t)
        if isinstance(t, str):
            return int(symbols[t]())
        return int(symbols[t[0]](*map(put, t[1:])))

    for head, body in clauses:
        world.engine.add((put(head[0]), put(head[1])), [(put(s), put(t)) for s, t in body])
    world.run(steps=60, clauses=600, weight=60)
    # Active units hold in the rewriter that they make up, too.
    rewriter = Rewriter(world.bank)
    for unit in world.engine.units():
        head = world.engine.clause(unit)[0]
        assert head is not None
        rewriter.add(*head)
    rewriter.invariant()
