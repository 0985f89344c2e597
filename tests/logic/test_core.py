"""The core computes what `logic.reference` says, and misuse cannot break it."""

from __future__ import annotations

import gc
import threading
from array import array
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logic import reference
from logic.core import Bank, Index, LimitError, Rewriter
from logic.reference import Term

ARITY = {"a": 0, "b": 0, "g": 1, "h": 1, "f": 2, "k": 3}


def terms(variables: int = 4, leaves: int = 12) -> st.SearchStrategy[Any]:
    leaf = st.integers(0, variables - 1) | st.sampled_from([("a",), ("b",)])
    return st.recursive(
        leaf,
        lambda sub: st.sampled_from(["g", "h", "f", "k"]).flatmap(
            lambda f: st.tuples(st.just(f), *[sub] * ARITY[f])
        ),
        max_leaves=leaves,
    )


class House:
    """A bank with the symbols of ARITY, and the way there and back."""

    def __init__(self) -> None:
        self.bank = Bank()
        self.symbol = {name: self.bank.symbol(n) for name, n in ARITY.items()}
        self.name = {s: name for name, s in self.symbol.items()}

    def put(self, term: Term) -> int:
        if isinstance(term, int):
            return self.bank.variable(term)
        return self.bank.term(self.symbol[term[0]], [self.put(arg) for arg in term[1:]])

    def get(self, t: int) -> Term:
        if self.bank.is_variable(t):
            return self.bank.index(t)
        return (self.name[self.bank.head(t)], *map(self.get, self.bank.arguments(t)))

    def get_binding(self, binding: dict[int, int]) -> dict[int, Term]:
        return {self.bank.index(x): self.get(t) for x, t in binding.items()}


def rank(name: str) -> int:
    return list(ARITY).index(name)


@given(terms(), terms())
def test_unify_finds_a_most_general_unifier(s: Term, t: Term) -> None:
    house = House()
    a, b = house.put(s), house.put(t)
    found = house.bank.unify(a, b)
    expected = reference.unify(s, t)
    assert house.bank.unifiable(a, b) == (expected is not None)
    assert (found is None) == (expected is None)
    if found is None or expected is None:
        return
    binding = house.get_binding(found)
    assert reference.substitute(s, binding) == reference.substitute(t, binding)
    for x, u in binding.items():
        assert reference.substitute(u, binding) == u, "not idempotent"
        # Most general: each unifier is an instance of each other.
        assert reference.substitute(u, expected) == reference.substitute(x, expected)
    house.bank.invariant()


@given(terms(), terms())
def test_unify_apart_is_unify_after_renaming(s: Term, t: Term) -> None:
    house = House()
    found = house.bank.unify_apart(house.put(s), house.put(t))
    expected = reference.unify(s, reference.rename(t, 100))
    assert (found is None) == (expected is None)
    if found is None or expected is None:
        return
    left, right = map(house.get_binding, found)
    assert sorted(left) == sorted(reference.variables(s))
    assert sorted(right) == sorted(reference.variables(t))
    common = reference.substitute(s, left)
    assert common == reference.substitute(t, right)
    general = reference.substitute(s, expected)
    assert reference.match(common, general) is not None
    assert reference.match(general, common) is not None
    house.bank.invariant()


@given(terms(), terms())
def test_match_agrees_with_the_reference(pattern: Term, term: Term) -> None:
    house = House()
    p, t = house.put(pattern), house.put(term)
    found = house.bank.match(p, t)
    expected = reference.match(pattern, term)
    assert house.bank.matches(p, t) == (expected is not None)
    assert (None if found is None else house.get_binding(found)) == expected
    house.bank.invariant()


@given(terms(), st.dictionaries(st.integers(0, 3), terms()))
def test_a_pattern_matches_its_instances(pattern: Term, binding: dict[int, Term]) -> None:
    house = House()
    ids = {house.put(x): house.put(t) for x, t in binding.items()}
    instance = house.bank.substitute(house.put(pattern), ids)
    assert house.get(instance) == reference.substitute(pattern, binding)
    assert house.bank.matches(house.put(pattern), instance)


@given(terms(), terms())
def test_the_orders_agree_with_the_reference(s: Term, t: Term) -> None:
    house = House()
    a, b = house.put(s), house.put(t)
    assert house.bank.greater(a, b) == reference.lpo(s, t, rank)
    less = reference.lpo(t, s, rank)
    assert (house.bank.compare(a, b) == -1) == less
    house.bank.order("kbo")
    assert house.bank.greater(a, b) == reference.kbo(s, t, rank)


@given(terms(), terms())
def test_a_rigid_comparison_is_that_of_constants(s: Term, t: Term) -> None:
    house = House()

    def constants(term: Term) -> Term:
        return reference.substitute(term, {x: (x,) for x in range(4)})

    def rigid(name: Any) -> int:
        return name - 4 if isinstance(name, int) else rank(name)

    a, b = house.put(s), house.put(t)
    assert house.bank.greater(a, b, True) == reference.lpo(constants(s), constants(t), rigid)
    assert house.bank.compare(a, b, True) == 0 if a == b else house.bank.compare(a, b, True) != 2


RULES = st.lists(st.tuples(terms(3, 5), terms(3, 5)), max_size=5)


@given(RULES, terms(3, 20))
@settings(max_examples=200)
def test_normal_forms_agree_with_the_reference(rules: list[tuple[Term, Term]], term: Term) -> None:
    house = House()
    rewriter = Rewriter(house.bank)
    kept = []
    for left, right in rules:
        if rewriter.add(house.put(left), house.put(right)) >= 0:
            kept.append((left, right))
    t = house.put(term)

    def greater(s: Term, t: Term) -> bool:
        return reference.lpo(s, t, rank)

    normal = rewriter.normalise(t)
    assert house.get(normal) == reference.normalise(term, kept, greater)
    assert rewriter.normalise(normal) == normal
    end, steps = rewriter.trace(t)
    assert end == normal
    for path, rule, reverse, binding in steps:
        left, right, _, _ = rewriter.rule(rule)
        if reverse:
            left, right = right, left
        assert house.bank.at(t, path) == house.bank.substitute(left, binding)
        t = house.bank.replace(t, path, house.bank.substitute(right, binding))
    assert t == normal
    rewriter.invariant()
    house.bank.invariant()


@given(st.lists(terms(3, 6), max_size=30), terms(3, 6), st.data())
def test_the_index_agrees_with_a_linear_scan(
    stored: list[Term], query: Term, data: st.DataObject
) -> None:
    house = House()
    index = Index(house.bank)
    for number, term in enumerate(stored):
        index.insert(house.put(term), number)
    gone = data.draw(st.sets(st.integers(0, len(stored) - 1))) if stored else set()
    for number in gone:
        index.remove(house.put(stored[number]), number)
    kept = [(n, t) for n, t in enumerate(stored) if n not in gone]
    q = house.put(query)
    assert index.generalisations(q) == [n for n, t in kept if reference.match(t, query) is not None]
    assert index.instances(q) == [n for n, t in kept if reference.match(query, t) is not None]
    assert index.unifiable(q) == [
        n for n, t in kept if reference.unify(query, reference.rename(t, 100)) is not None
    ]
    index.invariant()


def exponential(bank: Bank, n: int) -> tuple[int, int]:
    """A pair that unifies to a term of size 2**n."""
    f, h = bank.symbol(2), bank.symbol(2 * n + 1)
    x = [bank.variable(i) for i in range(n + 1)]
    y = [bank.variable(n + 1 + i) for i in range(n + 1)]
    left = [*x[1:], *(bank.term(f, (y[i], y[i])) for i in range(n)), y[n]]
    right = [*(bank.term(f, (x[i], x[i])) for i in range(n)), *y[1:], x[n]]
    return bank.term(h, left), bank.term(h, right)


def test_the_exponential_family_is_unified_in_linear_space() -> None:
    bank = Bank()
    s, t = exponential(bank, 500)
    before = bank.stats()["terms"]
    binding = bank.unify(s, t)
    assert binding is not None
    assert bank.substitute(s, binding) == bank.substitute(t, binding)
    assert bank.stats()["terms"] - before < 5000
    assert max(map(bank.size, binding.values())) == 2**32 - 1


def test_a_variable_never_equals_a_term_around_it() -> None:
    bank = Bank()
    f, g = bank.symbol(2), bank.symbol(1)
    x, y, z = map(bank.variable, range(3))
    s = bank.term(f, (x, y))
    assert bank.unify(x, bank.term(g, (x,))) is None
    assert bank.unify(s, bank.term(f, (bank.term(g, (y,)), bank.term(g, (x,))))) is None
    around = bank.term(f, (bank.term(g, (z,)), x))
    assert bank.unify(bank.term(f, (x, bank.term(g, (x,)))), around) is None
    assert bank.unify_apart(x, bank.term(g, (x,))) is not None


def test_a_variable_is_bound_to_terms_of_its_sort_only() -> None:
    bank = Bank()
    a, b = bank.term(bank.symbol(0, 1)), bank.term(bank.symbol(0, 2))
    x = bank.variable(0, 1)
    assert bank.unify(x, a) == {x: a}
    assert bank.unify(x, b) is None and bank.match(x, b) is None
    assert bank.unify(x, bank.variable(0, 2)) is None
    index = Index(bank)
    index.insert(x, 7)
    assert index.generalisations(a) == index.unifiable(a) == [7]
    assert index.generalisations(b) == index.unifiable(b) == []
    with pytest.raises(ValueError, match="of sort 1 is bound to term 1 of sort 2"):
        bank.substitute(x, {x: b})


def test_a_term_a_million_deep_is_no_trouble() -> None:
    bank = Bank()
    g, a, x = bank.symbol(1), bank.term(bank.symbol(0)), bank.variable(0)
    s, t = x, a
    for _ in range(1_000_000):
        s, t = bank.term(g, (s,)), bank.term(g, (t,))
    assert bank.depth(t) == 1_000_000
    assert bank.unify(s, t) == bank.match(s, t) == {x: a}
    assert bank.compare(bank.term(g, (s,)), s) == 1
    assert bank.compare(s, t) == 2
    assert bank.at(t, [0] * 1_000_000) == a
    assert bank.replace(t, [0] * 1_000_000, x) == s
    rewriter = Rewriter(bank)
    rewriter.add(bank.term(g, (bank.term(g, (x,)),)), x)
    with pytest.raises(LimitError):
        rewriter.normalise(t, steps=0)
    assert rewriter.normalise(t) == a
    with pytest.raises(ValueError, match="too large"):
        Index(bank).insert(t, 1)
    bank.order("kbo")
    assert bank.greater(bank.term(g, (t,)), t)


def group(bank: Bank) -> tuple[Rewriter, list[int]]:
    """Group theory's convergent rules; e, x, y, z, inverse and product."""
    e, times, inverse = bank.symbol(0), bank.symbol(2), bank.symbol(1)
    bank.precede([e, times, inverse])
    x, y, z = map(bank.variable, range(3))
    one = bank.term(e)

    def m(s: int, t: int) -> int:
        return bank.term(times, (s, t))

    def i(s: int) -> int:
        return bank.term(inverse, (s,))

    rewriter = Rewriter(bank)
    for left, right in [
        (m(m(x, y), z), m(x, m(y, z))), (m(one, x), x), (m(x, one), x), (m(i(x), x), one),
        (m(x, i(x)), one), (m(i(x), m(x, y)), y), (m(x, m(i(x), y)), y), (i(one), one),
        (i(i(x)), x), (i(m(x, y)), m(i(y), i(x))),
    ]:  # fmt: skip
        rewriter.add(left, right)
    return rewriter, [one, x, y, z, inverse, times]


def test_group_words_reduce() -> None:
    bank = Bank()
    rewriter, (one, x, y, z, inverse, times) = group(bank)
    word = bank.term(times, (x, bank.term(times, (y, z))))
    back = bank.term(inverse, (word,))
    assert rewriter.normalise(bank.term(times, (word, back))) == one
    assert rewriter.joinable(bank.term(inverse, (back,)), word)


def test_commutative_operations_are_sorted_where_the_order_allows() -> None:
    bank = Bank()
    f = bank.symbol(2)
    x, y, z = map(bank.variable, range(3))

    def p(s: int, t: int) -> int:
        return bank.term(f, (s, t))

    rewriter = Rewriter(bank)
    rewriter.add(p(p(x, y), z), p(x, p(y, z)))
    rewriter.add(p(x, y), p(y, x))
    rewriter.add(p(x, p(y, z)), p(y, p(x, z)))
    a, b, c = (bank.term(bank.symbol(0)) for _ in range(3))
    assert len({rewriter.normalise(p(p(u, v), w)) for u, v, w in permutations((a, b, c))}) == 1
    assert not rewriter.joinable(p(x, y), p(y, x))
    assert rewriter.joinable(p(x, y), p(y, x), rigid=True)


def test_a_condition_guards_its_rule() -> None:
    bank = Bank()
    zero, one = bank.term(bank.symbol(0)), bank.term(bank.symbol(0))
    even, half, succ = bank.symbol(1), bank.symbol(1), bank.symbol(1)
    x = bank.variable(0)
    rewriter = Rewriter(bank)
    two = bank.term(succ, (bank.term(succ, (zero,)),))
    rewriter.add(bank.term(even, (zero,)), one)
    up = bank.term(succ, (bank.term(succ, (x,)),))
    rewriter.add(bank.term(even, (up,)), bank.term(even, (x,)))
    guarded = rewriter.add(bank.term(half, (x,)), zero, [(bank.term(even, (x,)), one)], tag=5)
    assert rewriter.rule(guarded)[3] == 5
    assert rewriter.normalise(bank.term(half, (two,))) == zero
    odd = bank.term(half, (bank.term(succ, (two,)),))
    assert rewriter.normalise(odd) == odd
    # A condition with a variable of its own cannot be decided.
    assert rewriter.add(bank.term(half, (zero,)), one, [(bank.term(even, (x,)), one)]) == -1


def test_rules_that_ask_for_each_other_stop() -> None:
    bank = Bank()
    a, b, p = bank.term(bank.symbol(0)), bank.term(bank.symbol(0)), bank.symbol(1)
    x = bank.variable(0)
    rewriter = Rewriter(bank)
    q = bank.term(p, (x,))
    rewriter.add(q, a, [(bank.term(p, (bank.term(p, (x,)),)), b)])
    t = bank.term(p, (b,))
    assert rewriter.normalise(t) == t
    rewriter.invariant()


def test_a_release_takes_back_rules_exactly() -> None:
    bank = Bank()
    rewriter, (one, x, *_, inverse, times) = group(bank)
    mark = rewriter.mark()
    word = bank.term(times, (x, bank.term(inverse, (x,))))
    zero = bank.term(bank.symbol(0))
    rewriter.add(zero, one)
    assert rewriter.normalise(zero) == one
    rewriter.release(mark)
    rewriter.invariant()
    assert rewriter.normalise(zero) == zero
    assert rewriter.normalise(word) == one
    assert len(rewriter) == 10


def test_changing_the_precedence_turns_the_rules() -> None:
    bank = Bank()
    f, g = bank.symbol(1), bank.symbol(1)
    x = bank.variable(0)
    fx, gx = bank.term(f, (x,)), bank.term(g, (x,))
    rewriter = Rewriter(bank)
    rewriter.add(fx, gx)
    assert rewriter.normalise(gx) == fx
    bank.precede([g, f])
    assert rewriter.normalise(fx) == gx
    assert bank.precedence() == (g, f)
    rewriter.invariant()


def test_a_released_bank_is_as_before() -> None:
    bank = Bank()
    f, a = bank.symbol(2), bank.term(bank.symbol(0))
    before = bank.stats()
    mark = bank.mark()
    s = bank.symbol(0)
    t = bank.term(f, (a, bank.term(s)))
    for i in range(1000):
        t = bank.term(f, (t, bank.variable(i)))
    bank.release(mark)
    bank.invariant()
    after = bank.stats()
    assert all(before[k] == after[k] for k in ("terms", "symbols", "variables"))
    with pytest.raises(ValueError, match="no term of this bank"):
        bank.size(t)
    with pytest.raises(ValueError, match="no symbol of this bank"):
        bank.term(s)
    with pytest.raises(ValueError, match="no mark of this bank"):
        bank.release(mark)


def test_rules_and_indexes_over_released_terms_refuse() -> None:
    bank = Bank()
    a = bank.term(bank.symbol(0))
    rewriter, index, mark = Rewriter(bank), Index(bank), bank.mark()
    b = bank.term(bank.symbol(0))
    rules = rewriter.mark()
    rewriter.add(b, a)
    index.insert(b, 1)
    bank.release(mark)
    with pytest.raises(RuntimeError, match="released terms that rules use"):
        rewriter.normalise(a)
    with pytest.raises(RuntimeError, match="released terms that this index holds"):
        index.instances(a)
    rewriter.release(rules)
    assert rewriter.normalise(a) == a
    rewriter.invariant()


MISUSE: list[tuple[str, tuple[object, ...], type[Exception], str]] = [
    ("term", (0, (0,)), ValueError, "takes 2 arguments, 1 given"),
    ("term", (0, (0, 99)), ValueError, "99 is no term of this bank here: there are 2"),
    ("term", (7, ()), ValueError, "7 is no symbol of this bank"),
    ("term", (0, "ab"), TypeError, "must be an int"),
    ("term", (0, 5), TypeError, "not iterable"),
    ("term", (), TypeError, "takes 1 to 2 arguments, 0 given"),
    ("variable", (-1,), ValueError, "no variable index"),
    ("variable", (2**40,), ValueError, "no variable index"),
    ("symbol", (-1,), ValueError, "no arity"),
    ("symbol", (10**30,), ValueError, "no arity"),
    ("unify", (0, None), TypeError, "must be an int"),
    ("unify", (0, -1), ValueError, "no term"),
    ("unify", (0,), TypeError, "takes 2 arguments, 1 given"),
    ("match", (0, 2**80), ValueError, "no term"),
    ("substitute", (0, [1]), TypeError, "must be a dict"),
    ("substitute", (0, {1: 0}), ValueError, "no variable"),
    ("at", (0, [0]), ValueError, "has no position"),
    ("replace", (0, [-1], 0), ValueError, "argument position"),
    ("release", (12345,), ValueError, "no mark"),
    ("release", (-1,), ValueError, "no mark"),
    ("release", ("x",), TypeError, "a mark is an int"),
    ("precede", ([0, 0],), ValueError, "twice"),
    ("order", ("rpo",), ValueError, "'rpo' is no order"),
    ("unify_many", ([0], [0, 1]), ValueError, "of one length"),
    ("unify_many", (b"xx", [0]), TypeError, "32-bit unsigned"),
]


@pytest.mark.parametrize(("method", "args", "error", "message"), MISUSE)
def test_misuse_is_an_error_and_the_bank_stays_usable(
    method: str, args: tuple[object, ...], error: type[Exception], message: str
) -> None:
    bank = Bank()
    bank.symbol(2)
    bank.variable(0)
    bank.term(bank.symbol(0))
    with pytest.raises(error, match=message):
        getattr(bank, method)(*args)
    bank.invariant()
    assert bank.unify(0, 1) == {0: 1}


def test_batches_agree_with_single_calls() -> None:
    bank = Bank()
    f, a = bank.symbol(1), bank.term(bank.symbol(0))
    x = bank.variable(0)
    left, right = [x, a, bank.term(f, (x,))], [a, x, a]
    assert bank.unify_many(left, right) == b"\1\1\0"
    assert bank.match_many(array("I", left), array("I", right)) == b"\1\0\0"


def test_every_failed_allocation_is_a_memory_error() -> None:
    def work(fuse: int) -> bool:
        bank = Bank()
        bank._fuse(fuse)
        try:
            rewriter, (one, x, *_, inverse, times) = group(bank)
            s, t = exponential(bank, 12)
            assert bank.unify(s, t) is not None and bank.unify_apart(s, t) is not None
            index = Index(bank)
            index.insert(bank.term(times, (x, one)), 1)
            index.instances(x)
            index.unifiable(x)
            bank.match(s, bank.term(inverse, (s,)))
            word = one
            for _ in range(30):
                word = bank.term(times, (bank.term(inverse, (word,)), x))
            rewriter.trace(word)
            bank.mark()
        except MemoryError:
            return False
        finally:
            bank._fuse(0)
            bank.invariant()
            bank.unify(bank.variable(0), bank.variable(1))
        return True

    fuse = 1
    while not work(fuse):
        fuse += 1
    assert fuse > 50


def test_a_bank_keeps_to_its_memory() -> None:
    bank = Bank(memory=1 << 20)
    f = bank.symbol(1)
    t = bank.variable(0)
    with pytest.raises(MemoryError):
        for _ in range(1_000_000):
            t = bank.term(f, (t,))
    assert bank.stats()["bytes"] <= 1 << 20
    bank.invariant()


def test_a_million_calls_leave_memory_flat() -> None:
    bank = Bank()
    s, t = exponential(bank, 4)
    rewriter = Rewriter(bank)
    sizes = []
    for _ in range(5):
        for _ in range(2000):
            mark = bank.mark()
            assert bank.unify(s, t) is not None
            rewriter.normalise(bank.term(bank.symbol(1), (s,)))
            bank.release(mark)
        gc.collect()
        sizes.append(bank.stats()["bytes"])
    assert len(set(sizes[1:])) == 1
    bank.invariant()


def test_two_threads_on_one_bank_are_told_and_on_two_are_not() -> None:
    bank, other = Bank(), Bank()
    pairs = [exponential(b, 20) for b in (bank, other)]
    batch = [array("I", [p[0]]) * 200_000 for p in pairs]
    again = [array("I", [p[1]]) * 200_000 for p in pairs]
    refused = []

    def run() -> None:
        assert bank.unify_many(batch[0], again[0]) == b"\1" * 200_000

    thread = threading.Thread(target=run)
    thread.start()
    while thread.is_alive():
        assert other.unifiable(*pairs[1])
        try:
            bank.unifiable(*pairs[0])
            assert bank.depth(pairs[0][0]) > 0 and bank.arguments(pairs[0][0])
        except RuntimeError as error:
            refused.append(str(error))
    thread.join()
    assert refused and "in use by another call" in refused[0]
    assert bank.unifiable(*pairs[0])


def test_results_do_not_depend_on_what_the_bank_held_before() -> None:
    answers = []
    for noise in (0, 50):
        bank = Bank()
        for i in range(noise):
            bank.term(bank.symbol(1), (bank.variable(i),))
        f = bank.symbol(2)
        x, y, z = (bank.variable(100 + i) for i in (2, 0, 1))
        found = bank.unify_apart(bank.term(f, (x, y)), bank.term(f, (y, z)))
        assert found is not None
        answers.append([[bank.index(t) for t in d.values()] for d in found])
    assert answers[0] == answers[1]
