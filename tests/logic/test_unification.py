"""Unification as it is published: terms are handles, and misuse is told."""

from __future__ import annotations

import pytest

from porism import Index, Term, Terms, match, match_many, unify, unify_many


@pytest.fixture
def terms() -> Terms:
    return Terms()


def test_a_unifier_makes_both_sides_one_term(terms: Terms) -> None:
    f, g, a = terms.symbol("f", 2), terms.symbol("g", 1), terms.symbol("a")
    x, y = terms.variables("x y")
    s, t = f(x, g(x)), f(a(), y)
    binding = unify(s, t)
    assert binding == {x: a(), y: g(a())}
    assert s.substitute(binding) == t.substitute(binding) == f(a(), g(a()))
    assert unify(x, g(x)) is None and unify(a(), g(y)) is None


def test_matching_binds_the_pattern_only(terms: Terms) -> None:
    f, a = terms.symbol("f", 2), terms.symbol("a")
    x, y = terms.variables("x y")
    assert match(f(x, x), f(a(), a())) == {x: a()}
    assert match(f(a(), x), f(y, x)) is None
    assert match_many([f(x, y), f(x, x)], [f(a(), y)] * 2) == [True, False]
    assert unify_many([x, a()], [f(x, x), a()]) == [False, True]
    assert unify_many([], []) == []


def test_an_index_finds_what_a_scan_finds(terms: Terms) -> None:
    f, a, b = terms.symbol("f", 2), terms.symbol("a"), terms.symbol("b")
    x, y = terms.variables("x y")
    stored = [f(x, x), f(a(), b()), f(x, b()), x, f(a(), b())]
    index = Index(terms, stored)
    query = f(a(), y)
    assert index.generalisations(f(a(), b())) == [stored[i] for i in (1, 2, 3, 4)]
    assert index.instances(query) == [stored[1], stored[4]]
    assert index.unifiable(query) == stored
    index.remove(f(a(), b()))
    assert len(index) == 4 and index.instances(query) == [stored[1]]
    with pytest.raises(KeyError):
        index.remove(b())


def test_terms_print_as_they_are_written(terms: Terms) -> None:
    f, g, a = terms.symbol("f", 3), terms.symbol("g", 1), terms.symbol("a")
    x, y = terms.variables("x y")
    t = f(x, g(g(y)), a())
    assert repr(t) == "f(x, g(g(y)), a)" and repr(f) == "f/3"
    assert t.args == (x, g(g(y)), a()) and t.size == 6 and t.depth == 3
    assert x.is_variable and not t.is_ground and a().is_ground
    for _ in range(40):
        t = f(t, t, t)
    assert repr(t) == "<term of 4294967295 symbols>"
    assert terms.variable("x") == x and {x: 1}[terms.variable("x")] == 1
    assert terms.symbol("a") is a and terms.symbol("a", 1) is not a


def test_what_does_not_fit_together_is_refused(terms: Terms) -> None:
    f, x = terms.symbol("f", 2), terms.variable("x")
    other = Terms().variable("x")
    with pytest.raises(ValueError, match="x is a term of another bank"):
        unify(x, other)
    with pytest.raises(ValueError, match="takes 2 arguments, 1 given"):
        f(x)
    with pytest.raises(TypeError, match="expected a Term, not int"):
        f(x, 3)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="expected a Term, not str"):
        match("x", x)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="of one length"):
        unify_many([x], [])
    with pytest.raises(MemoryError):
        deep(Terms(memory=1 << 20))
    assert x != other and x != "x"


def deep(terms: Terms) -> Term:
    g, t = terms.symbol("g", 1), terms.variable("x")
    for _ in range(1_000_000):
        t = g(t)
    return t
