"""A certificate's steps become the proof that a person would write."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logic.formulas import (
    FALSE,
    And,
    Equal,
    Exists,
    Forall,
    Formula,
    Iff,
    Implies,
    Not,
    Or,
    split_forall,
    substitute,
)
from logic.terms import Var
from proofs.graph import ROOT, ProofGraph, Theorem
from proofs.narrate import narrate
from proofs.narrative import Block, Chain, Claim, Part, reasons_of, walk
from proofs.text import proof_text
from tests.proofs.sample_proofs import (
    NAT,
    ZERO,
    Writer,
    arithmetic,
    leq,
    many,
    n,
    peano,
    plus,
    succ,
)


@pytest.fixture(scope="module")
def graph() -> ProofGraph:
    return arithmetic()


def test_rewrites_from_a_reflexivity_become_one_chain_of_equalities(graph: ProofGraph) -> None:
    (block,) = narrate(graph, "zero_add").body
    assert isinstance(block, Block)
    base, step = block.parts
    (chain,) = step.body
    assert isinstance(chain, Chain)
    members = [chain.start, *(link.to for link in chain.links)]
    a = Var("a", NAT)
    assert members == [plus(ZERO, succ(a)), succ(plus(ZERO, a)), succ(a)]
    assert [link.reason.kind for link in chain.links] == ["axiom", "hypothesis"]
    assert [link.path for link in chain.links] == [None, (0,)]
    assert (base.role, step.role) == ("base", "step")
    assert step.pattern == (n, succ(a))


def test_a_rewrite_on_the_left_lengthens_the_chain_at_its_front(graph: ProofGraph) -> None:
    (block,) = narrate(graph, "add_comm").body
    assert isinstance(block, Block)
    inner = block.parts[0].body[0]
    assert isinstance(inner, Block)
    assert inner.simple
    (chain,) = inner.parts[0].body
    assert isinstance(chain, Chain)
    m = Var("m", NAT)
    assert [chain.start, *(k.to for k in chain.links)] == [plus(ZERO, m), m, plus(m, ZERO)]
    first, second = (link.reason for link in chain.links)
    # The step used zero_add from right to left; read from the front it goes left to right.
    assert (first.name, first.reverse) == ("zero_add", False)
    assert (second.name, second.reverse) == ("add_zero", True)


def test_symmetry_and_transitivity_join_chains() -> None:
    w = Writer(peano())
    g = w.graph
    inner = g.open(ROOT, [n])
    left = w.rewrite(inner, w.same(inner, plus(n, ZERO)), w.law("add_zero"), {"n": n}, [1])
    turned = g.add(inner, "symmetry", (left,), Equal(n, plus(n, ZERO)))
    whole = g.add(inner, "transitivity", (turned, left), Equal(n, n))
    w.theorem("loop", w.discharge(ROOT, inner, whole))
    text = proof_text(g, "loop")
    # ``left`` serves twice, so it is shown once, with a number.
    assert "(1)   n + zero\n    = n" in text
    w = Writer(peano())
    g = w.graph
    inner = g.open(ROOT, [n])
    left = w.rewrite(inner, w.same(inner, plus(n, ZERO)), w.law("add_zero"), {"n": n}, [1])
    turned = g.add(inner, "symmetry", (left,), Equal(n, plus(n, ZERO)))
    other = w.rewrite(inner, w.same(inner, plus(n, ZERO)), w.law("add_zero"), {"n": n}, [1])
    whole = g.add(inner, "transitivity", (turned, other), Equal(n, n))
    w.theorem("loop", w.discharge(ROOT, inner, whole))
    assert proof_text(g, "loop").splitlines()[2:6] == [
        "Let n : Nat.",
        "    n",
        "  = n + zero  add_zero, reversed",
        "  = n         add_zero",
    ]


def test_conditional_laws_name_the_facts_that_license_them(graph: ProofGraph) -> None:
    text = proof_text(graph, "add_cancel")
    assert "(2) n + a = m + a,  since succ is injective, by (1)" in text
    assert "n = m,  by IH, since (2)" in text


def test_a_lemma_that_is_used_once_is_spelt_out_where_it_is_used() -> None:
    w = Writer(peano())
    g = w.graph
    inner = g.open(ROOT, [n])
    lemma = w.rewrite(
        inner, w.same(inner, plus(n, succ(ZERO))), w.law("add_succ"), {"n": n, "m": ZERO}, [1]
    )
    lemma = w.rewrite(inner, lemma, w.law("add_zero"), {"n": n}, [1, 0])
    end = w.rewrite(inner, w.same(inner, succ(plus(n, succ(ZERO)))), lemma, {}, [1, 0])
    w.theorem("t", w.discharge(ROOT, inner, end))
    assert proof_text(g, "t").splitlines()[2:6] == [
        "Let n : Nat.",
        "    succ(n + 1)",
        "  = succ(succ(n + zero))  add_succ, with m := zero",
        "  = succ(succ(n))         add_zero",
    ]
    (opening,) = narrate(g, "t").body
    assert isinstance(opening, Block)
    (chain,) = opening.parts[0].body
    assert isinstance(chain, Chain)
    assert [link.path for link in chain.links] == [(0,), (0, 0)]


def test_a_detour_is_cut() -> None:
    w = Writer(peano())
    g = w.graph
    inner = g.open(ROOT, [n])
    s = w.same(inner, plus(n, ZERO))
    for reverse in (False, True, False):
        s = w.rewrite(inner, s, w.law("add_zero"), {"n": n}, [1], reverse=reverse)
    w.theorem("t", w.discharge(ROOT, inner, s))
    assert proof_text(g, "t").splitlines()[2:5] == [
        "Let n : Nat.",
        "    n + zero",
        "  = n  add_zero",
    ]


def test_a_law_taken_apart_is_cited_as_the_law() -> None:
    w = Writer(peano())
    g = w.graph
    m = Var("m", NAT)
    law = Forall((n, m), Implies(And(leq(n, m), leq(m, n)), Equal(n, m)))
    g.theory.axioms["antisym"] = law
    clause = g.open(ROOT, [n, m], [leq(n, m), leq(m, n)])
    both = g.add(
        clause,
        "and_intro",
        (w.assume(clause, clause), w.assume(clause, clause, 1)),
        And(leq(n, m), leq(m, n)),
    )
    here = g.add(clause, "instance", (w.law("antisym"),), law.body, binding={"n": n, "m": m})
    end = w.discharge(ROOT, clause, g.add(clause, "modus_ponens", (here, both), Equal(n, m)))
    inner = g.open(ROOT, [n], [leq(n, ZERO), leq(ZERO, n)])
    here = g.add(
        inner,
        "instance",
        (end,),
        substitute(split_forall(w.formula(end))[1], {"m": ZERO}),
        binding={"n": n, "m": ZERO},
    )
    facts = [w.assume(inner, inner), w.assume(inner, inner, 1)]
    equal = g.add(inner, "modus_ponens", (here, *facts), Equal(n, ZERO))
    w.theorem("t", w.discharge(ROOT, inner, equal))
    assert proof_text(g, "t").splitlines()[2:4] == [
        "Let n : Nat. Assume (H1) n <= zero and (H2) zero <= n.",
        "n = zero,  by antisym, with m := zero, since H1 and H2",
    ]


def test_a_witness_is_obtained_and_another_given(graph: ProofGraph) -> None:
    text = proof_text(graph, "leq_succ", unicode=True)
    assert "Obtain k with (H2) n + k = m, by (1)." in text
    assert "∃k. n + k = succ(m)  witness, with k := succ(k), by (2)" in text
    assert "↔ n ≤ succ(m)" in text


def test_cases_and_contradictions_are_blocks(graph: ProofGraph) -> None:
    narrative = narrate(graph, "by_cases")
    kinds = [node.kind for node in walk(narrative.body) if isinstance(node, Block)]
    assert kinds == ["discharge", "cases", "exists_elim", "negation"]
    text = proof_text(graph, "by_cases")
    assert "Cases, by zero_or_succ:" in text
    assert "Suppose (H4) n = zero. A contradiction follows." in text
    assert "Contradiction,  since zero and succ differ, by (3)" in text


def test_bookkeeping_is_not_shown(graph: ProofGraph) -> None:
    for name in graph.theorems:
        for node in walk(narrate(graph, name).body):
            if not isinstance(node, Part):
                assert graph.step(node.step).rule not in ("axiom", "definition", "instance")


def test_every_citation_is_listed_and_matches_the_graph(graph: ProofGraph) -> None:
    for name in graph.theorems:
        narrative = narrate(graph, name)
        theorems = {x for kind, x in narrative.cited if kind == "theorem"}
        assert theorems == set(graph.uses(name))
        shown = {
            (r.kind, r.name)
            for node in walk(narrative.body)
            if not isinstance(node, Part)
            for r in reasons_of(node)
            if r.kind in ("axiom", "theorem", "definition")
        }
        assert shown == set(narrative.cited)


def test_every_label_that_a_reason_needs_exists(graph: ProofGraph) -> None:
    for name in graph.theorems:
        narrative = narrate(graph, name)
        for node in walk(narrative.body):
            for reason in () if isinstance(node, Part) else reasons_of(node):
                if reason.kind == "step":
                    assert reason.step in narrative.labels
                if reason.kind == "hypothesis":
                    assert (reason.scope, reason.index) in narrative.hypotheses


def test_lines_fit_the_terminal(graph: ProofGraph) -> None:
    for name in graph.theorems:
        for unicode in (False, True):
            assert all(len(x) <= 80 for x in proof_text(graph, name, unicode=unicode).splitlines())
    assert proof_text(graph, "add_comm").isascii()


def test_a_long_reason_goes_below_its_member(graph: ProofGraph) -> None:
    lines = proof_text(graph, "succ_add", width=44).splitlines()
    assert any(line.strip().startswith("by add_succ") for line in lines)


def test_the_same_graph_gives_the_same_text() -> None:
    assert proof_text(arithmetic(), "by_cases") == proof_text(arithmetic(), "by_cases")


def test_an_unknown_theorem_is_a_key_error(graph: ProofGraph) -> None:
    with pytest.raises(KeyError):
        narrate(graph, "nothing")


def test_a_theorem_that_is_an_axiom_cites_it() -> None:
    w = Writer(peano())
    w.theorem("same", w.law("add_zero"))
    (claim,) = narrate(w.graph, "same").body
    assert isinstance(claim, Claim)
    assert claim.reason.name == "add_zero"


def test_set_induction_shows_its_base_case() -> None:
    w = Writer(peano())
    g = w.graph
    some = w.law("add_zero")
    base = g.add(ROOT, "mystery", (some,), leq(ZERO, ZERO))
    x, y = Var("x", NAT), Var("y", NAT)
    scope = g.open(ROOT, [x, y], [leq(x, x)])
    step = g.add(scope, "mystery", (w.assume(scope, scope),), leq(y, y))
    end = g.add(
        ROOT, "set_induction", (some, base, step), Forall((x,), leq(x, x)), index=0, scopes=(scope,)
    )
    w.theorem("all", end)
    text = proof_text(g, "all")
    assert "Induction on x, where add_zero holds." in text
    assert text.index("Base case.") < text.index("by mystery, by add_zero") < text.index("Step.")


def test_a_chain_of_ten_thousand_steps_is_no_trouble() -> None:
    w = Writer(peano())
    g = w.graph
    inner = g.open(ROOT, [n])
    s = w.same(inner, n)
    for i in range(10_000):
        s = w.rewrite(inner, s, w.law("add_zero"), {"n": n}, [1], reverse=i % 2 == 0)
    w.theorem("long", w.discharge(ROOT, inner, s))
    assert proof_text(g, "long").count("add_zero") == 10_001


def nested(rule: str, depth: int) -> ProofGraph:
    w = Writer(peano())
    g = w.graph
    scopes = [ROOT]
    for i in range(depth):
        scopes.append(g.open(scopes[-1], [Var(f"x{i}", NAT)]))
    s = w.same(scopes[-1], ZERO)
    for inner in reversed(scopes[1:]):
        s = g.add(g.scopes[inner].parent, rule, (s,), Equal(ZERO, ZERO), scopes=(inner,))
    w.theorem("deep", s)
    return g


def test_a_thousand_scopes_that_read_on_in_line_are_all_shown() -> None:
    text = proof_text(nested("discharge", 1000), "deep")
    assert "Let x0 : Nat." in text
    assert "Let x999 : Nat." in text


def test_cases_nested_a_thousand_deep_are_cut_short() -> None:
    text = " ".join(proof_text(nested("cases", 1000), "deep").split())
    assert "nested deeper than can be shown" in text


def test_five_hundred_theorems_are_narrated_from_one_graph() -> None:
    graph = many(500)
    assert all(narrate(graph, name).body for name in graph.theorems)


FORMULAS: list[Formula] = [
    Equal(n, plus(n, ZERO)),
    Equal(ZERO, ZERO),
    Equal(plus(n, ZERO), n),
    leq(n, ZERO),
    FALSE,
    Not(leq(n, n)),
    Or(leq(n, n), FALSE),
    Iff(leq(n, n), Equal(n, n)),
    Implies(leq(n, n), Equal(n, n)),
    Forall((n,), Equal(n, n)),
    Exists((n,), Equal(n, n)),
]
RULES = """
    axiom definition hypothesis instance modus_ponens reflexivity symmetry transitivity rewrite
    injectivity disjointness and_intro and_left or_left iff_intro iff_left exists_intro
    exists_elim cases excluded_middle contradiction negation ex_falso discharge induction
    set_induction unheard_of
""".split()  # noqa: SIM905


@st.composite
def graphs(draw: st.DrawFn) -> ProofGraph:
    """Anything that the data structure can hold, sound or not."""
    g = ProofGraph(peano())
    for i in range(draw(st.integers(1, 14))):
        if draw(st.booleans()):
            parent = draw(st.integers(0, len(g.scopes) - 1))
            g.open(parent, draw(st.sampled_from([(), (n,)])), draw(st.sampled_from([(), (FALSE,)])))
        some = st.integers(1, i) if i else st.nothing()
        scopes = st.integers(0, len(g.scopes) + 1)
        g.add(
            draw(st.integers(0, len(g.scopes) - 1)),
            draw(st.sampled_from(RULES)),
            draw(st.lists(some, max_size=3)) if i else (),
            draw(st.sampled_from(FORMULAS)),
            name=draw(st.sampled_from([None, "add_zero", "<=", "no such law"])),
            index=draw(st.sampled_from([None, 0, 7])),
            of=draw(st.sampled_from([None, 0, 1, 99])),
            path=draw(st.sampled_from([None, (), (0,), (1, 0), (5, 5)])),
            reverse=draw(st.booleans()),
            binding=draw(st.sampled_from([None, {}, {"n": ZERO}])),
            scopes=draw(st.lists(scopes, max_size=2)),
        )
        if draw(st.booleans()):
            step = g.steps[-1]
            g.conclude(Theorem(f"t{i}", step.id, step.formula))
    last = g.steps[-1]
    g.conclude(Theorem("last", last.id, last.formula))
    return g


@settings(max_examples=300, deadline=None)
@given(graphs())
def test_no_shape_of_graph_breaks_a_narrative(graph: ProofGraph) -> None:
    for name in graph.theorems:
        assert proof_text(graph, name)
