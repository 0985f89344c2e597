"""Finite models: what is found, what is not, and that what is found is what it claims to be."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from logic.budget import Budget
from logic.errors import PorismError
from logic.formulas import (
    And,
    Atom,
    Equal,
    Exists,
    Forall,
    Formula,
    Iff,
    Implies,
    Not,
    Or,
    close,
)
from logic.terms import App, If, Sort, Term, Var
from logic.theory import DataType, Definition, Function, Induction, Predicate, Signature, Theory
from prover.finite import FiniteModel
from prover.models import find_model, finite_sorts, models

S = Sort("S")
x, y, z = (Var(name, S) for name in "xyz")


def op(symbol: str, sort: Sort = S):
    return lambda *args: App(symbol, args, sort)


def rel(symbol: str):
    return lambda *args: Atom(symbol, args)


mul, add, neg, inv, meet, join, succ = map(op, ["*", "+", "-", "inv", "/\\", "\\/", "succ"])
e, zero, one = op("e")(), op("0")(), op("1")()
le, lt = rel("<="), rel("<")


def theory(
    functions: dict[str, int], axioms: list[Formula], predicates: dict[str, int] | None = None
) -> Theory:
    """A theory of one sort; operations by arity."""
    signature = Signature(
        sorts={"S": S},
        functions={n: Function(n, (S,) * arity, S) for n, arity in functions.items()},
        predicates={n: Predicate(n, (S,) * arity) for n, arity in (predicates or {}).items()},
    )
    return Theory("T", signature, axioms={f"a{i}": close(a) for i, a in enumerate(axioms)})


def associative(f) -> Formula:
    return Equal(f(f(x, y), z), f(x, f(y, z)))


def commutative(f) -> Formula:
    return Equal(f(x, y), f(y, x))


def distributive(f, g) -> Formula:
    return Equal(f(x, g(y, z)), g(f(x, y), f(x, z)))


SEMIGROUP = theory({"*": 2}, [associative(mul)])
MONOID = theory({"e": 0, "*": 2}, [associative(mul), Equal(mul(e, x), x), Equal(mul(x, e), x)])
GROUP = theory(
    {"e": 0, "inv": 1, "*": 2},
    [associative(mul), Equal(mul(e, x), x), Equal(mul(inv(x), x), e)],
)
LATTICE = theory(
    {"/\\": 2, "\\/": 2},
    [
        *(law(f) for f in (meet, join) for law in (associative, commutative)),
        Equal(meet(x, join(x, y)), x),
        Equal(join(x, meet(x, y)), x),
    ],
)
RING = theory(
    {"0": 0, "-": 1, "+": 2, "*": 2},
    [
        associative(add),
        commutative(add),
        Equal(add(zero, x), x),
        Equal(add(neg(x), x), zero),
        associative(mul),
        distributive(mul, add),
        Equal(mul(add(y, z), x), add(mul(y, x), mul(z, x))),
    ],
)
POSET = theory(
    {},
    [
        le(x, x),
        Implies(And(le(x, y), le(y, x)), Equal(x, y)),
        Implies(And(le(x, y), le(y, z)), le(x, z)),
    ],
    {"<=": 2},
)
TOTAL = Or(le(x, y), le(y, x))


def satisfies(model: FiniteModel | None, theory: Theory, refuted: Formula | None = None) -> bool:
    """Evaluated on the tables, with no solver."""
    assert model is not None
    formulas = [
        *theory.axioms.values(),
        *(c for d in theory.definitions.values() for c in d.clauses),
    ]
    return all(model.holds(f) for f in formulas) and not (refuted and model.holds(close(refuted)))


# -- algebra ---------------------------------------------------------------------------------


def test_the_smallest_group_that_is_not_commutative_has_six_elements():
    assert [find_model(GROUP, n, commutative(mul)) for n in range(1, 6)] == [None] * 5
    assert satisfies(find_model(GROUP, 6, commutative(mul)), GROUP, commutative(mul))


def test_there_are_groups_of_every_size_and_inverses_are_right_inverses_in_all():
    for n in range(1, 8):
        model = find_model(GROUP, n)
        assert satisfies(model, GROUP)
        assert model.holds(close(Equal(mul(x, inv(x)), e)))
        assert find_model(GROUP, n, Equal(mul(x, inv(x)), e)) is None


def test_lattices_that_are_not_distributive_have_five_elements_or_more():
    law = distributive(meet, join)
    assert [find_model(LATTICE, n, law) for n in range(1, 5)] == [None] * 4
    assert satisfies(find_model(LATTICE, 5, law), LATTICE, law)


def test_a_lattice_that_is_not_modular_exists_and_so_does_a_modular_one_that_is_not_distributive():
    law = Implies(Equal(meet(x, z), x), Equal(join(x, meet(y, z)), meet(join(x, y), z)))
    pentagon = find_model(LATTICE, 5, law)
    assert satisfies(pentagon, LATTICE, law)
    modular = theory({"/\\": 2, "\\/": 2}, [*LATTICE.axioms.values(), law])
    diamond = find_model(modular, 5, distributive(meet, join))
    assert satisfies(diamond, modular, distributive(meet, join))
    assert not pentagon.holds(close(law)) and diamond.holds(close(law))


def test_a_ring_need_not_be_commutative():
    assert satisfies(find_model(RING, 4, commutative(mul)), RING, commutative(mul))


def test_a_monoid_need_not_be_cancellative_but_a_group_is():
    cancellation = Implies(Equal(mul(x, y), mul(x, z)), Equal(y, z))
    assert satisfies(find_model(MONOID, 2, cancellation), MONOID, cancellation)
    assert find_model(GROUP, 4, cancellation) is None


# -- relations, definitions, quantifiers -----------------------------------------------------


def test_a_partial_order_of_two_elements_need_not_be_total():
    model = find_model(POSET, 2, TOTAL)
    assert satisfies(model, POSET, TOTAL)
    assert model.predicates["<="] == {(0, 0), (1, 1)}


def test_a_defined_relation_has_the_meaning_of_its_definition():
    strict = theory({}, list(POSET.axioms.values()), {"<=": 2, "<": 2})
    clause = close(Iff(lt(x, y), And(le(x, y), Not(Equal(x, y)))))
    strict.definitions["<"] = Definition("<", (clause,), False, (clause,))
    model = find_model(strict, 3, Not(lt(x, y)))
    assert satisfies(model, strict, Not(lt(x, y)))
    assert find_model(strict, 3, Not(lt(x, x))) is None
    assert find_model(strict, 3, Implies(And(lt(x, y), lt(y, z)), lt(x, z))) is None


def test_a_strict_order_without_a_last_element_has_no_finite_model():
    axioms = [
        Not(lt(x, x)),
        Implies(And(lt(x, y), lt(y, z)), lt(x, z)),
        Exists((y,), lt(x, y)),
    ]
    endless = theory({}, axioms, {"<": 2})
    assert [find_model(endless, n) for n in range(1, 6)] == [None] * 5
    order = theory({}, axioms[:2], {"<": 2})
    assert satisfies(find_model(order, 4), order)


def test_inverses_may_be_asked_for_by_an_existential_axiom():
    group = theory(
        {"e": 0, "*": 2}, [associative(mul), Equal(mul(e, x), x), Exists((y,), Equal(mul(y, x), e))]
    )
    assert satisfies(find_model(group, 6, commutative(mul)), group, commutative(mul))


def test_a_conditional_term_is_evaluated_by_cases():
    maximum = theory(
        {"max": 2}, [*POSET.axioms.values(), TOTAL, Equal(op("max")(x, y), If(le(x, y), y, x))]
    )
    maximum.signature.predicates["<="] = Predicate("<=", (S, S))
    assert satisfies(find_model(maximum, 4), maximum)
    assert find_model(maximum, 4, commutative(op("max"))) is None


def test_a_set_that_a_group_acts_on_has_a_size_of_its_own():
    points = Sort("P")
    act, p = op("act", points), Var("p", points)
    action = theory({"e": 0, "inv": 1, "*": 2}, list(GROUP.axioms.values()))
    action.signature.sorts["P"] = points
    action.signature.functions["act"] = Function("act", (S, points), points)
    action.axioms["unit"] = close(Equal(act(e, p), p))
    action.axioms["mul"] = close(Equal(act(mul(x, y), p), act(x, act(y, p))))
    moves = Equal(act(x, p), p)
    assert satisfies(find_model(action, {"S": 3, "P": 3}, moves), action, moves)
    assert find_model(action, {"S": 3, "P": 2}, moves) is None
    found = models(action, upto=3)
    assert all(satisfies(m, action) for m in found)
    assert {(m.domains["S"], m.domains["P"]) for m in found} >= {(2, 3), (3, 3), (3, 1)}


# -- no model --------------------------------------------------------------------------------


def test_contradictory_axioms_have_no_model():
    contradiction = theory({"e": 0}, [Not(Equal(e, e))])
    assert [find_model(contradiction, n) for n in range(1, 5)] == [None] * 4
    assert models(contradiction) == []


def test_a_theory_in_which_all_is_equal_has_one_model_of_one_element():
    trivial = theory({"*": 2}, [Equal(x, y)])
    assert [n for n in range(1, 5) if find_model(trivial, n)] == [1]
    assert [m.domains for m in models(trivial)] == [{"S": 1}]


def test_what_is_too_large_to_write_out_is_not_attempted():
    wide = theory({"f": 5}, [Equal(op("f")(x, x, x, x, x), x)])
    assert find_model(wide, 40) is None


def test_a_search_without_effort_finds_nothing():
    assert find_model(GROUP, 6, commutative(mul), effort=1) is None


# -- a theory that finite models cannot speak about --------------------------------------------


def test_data_types_type_parameters_and_induction_have_no_finite_models():
    nat, parameter = Sort("Nat"), Sort("A", parameter=True)
    constructor = Function("zero", (), nat, "constructor")
    peano = Theory("Peano", Signature(data={"Nat": DataType(nat, (constructor,))}))
    assert not finite_sorts(peano)
    identity = Function("id", (parameter,), parameter)
    assert not finite_sorts(Theory("Id", Signature(sorts={"S": S}, functions={"id": identity})))
    core = theory({"i0": 0}, [], {"N": 4})
    core.inductions = (Induction("N", (), "N", "i0", "s"),)
    assert not finite_sorts(core)
    assert finite_sorts(GROUP) and finite_sorts(POSET)
    with pytest.raises(PorismError) as error:
        find_model(peano, 3)
    assert str(error.value) == (
        "The theory 'Peano' cannot be tested on finite models.\n"
        "  It would have to have uninterpreted sorts only: no data types, no type parameters, "
        "no induction principles."
    )


@pytest.mark.parametrize("sizes", [0, {"S": -1}, {"T": 2}, {}])
def test_sizes_must_be_positive_and_name_the_sorts(sizes):
    with pytest.raises(PorismError, match="A positive number is needed for each of: S"):
        find_model(GROUP, sizes)


def test_a_formula_about_an_unknown_sort_is_refused():
    other = Var("t", Sort("T"))
    with pytest.raises(PorismError, match="The theory 'T' has no sort 'T'"):
        find_model(GROUP, 2, Equal(other, other))
    with pytest.raises(PorismError, match="The sort 'T' has no finite domain"):
        find_model(GROUP, 2, Exists((other,), Equal(other, other)))
    with pytest.raises(PorismError, match="The sort 'T' has no elements in this model"):
        find_model(GROUP, 2).holds(Exists((other,), Equal(other, other)))


# -- a set of models -------------------------------------------------------------------------


@pytest.mark.parametrize("given_theory", [SEMIGROUP, MONOID, GROUP, LATTICE, RING, POSET])
def test_every_model_of_the_set_satisfies_the_axioms_and_no_two_are_isomorphic(given_theory):
    found = models(given_theory)
    assert {m.domains["S"] for m in found} >= {1, 2, 3, 4}
    assert all(satisfies(m, given_theory) for m in found)
    assert len(found) <= 25
    for a, b in itertools.combinations(found, 2):
        assert not isomorphic(a, b)


def isomorphic(a: FiniteModel, b: FiniteModel) -> bool:
    """By trying all bijections of one sort."""
    if a.domains != b.domains:
        return False
    for new in itertools.permutations(range(a.domains["S"])):
        tables = {
            f: {tuple(new[k] for k in row): new[v] for row, v in table.items()}
            for f, table in a.functions.items()
        }
        relations = {
            p: {tuple(new[k] for k in r) for r in rows} for p, rows in a.predicates.items()
        }
        if tables == b.functions and relations == b.predicates:
            return True
    return False


@pytest.mark.parametrize(
    ("given_theory", "law"),
    [
        (GROUP, commutative(mul)),
        (GROUP, Equal(mul(x, x), e)),
        (GROUP, Equal(inv(x), x)),
        (MONOID, commutative(mul)),
        (MONOID, Equal(mul(x, x), x)),
        (SEMIGROUP, Equal(mul(x, y), x)),
        (SEMIGROUP, Equal(mul(x, y), y)),
        (LATTICE, distributive(meet, join)),
        (RING, commutative(mul)),
        (RING, Equal(mul(x, y), zero)),
        (POSET, TOTAL),
        (POSET, Implies(le(x, y), le(y, x))),
    ],
)
def test_a_law_that_fails_somewhere_fails_in_one_of_the_set(given_theory, law):
    assert any(m.counterexample(law) is not None for m in models(given_theory))


def test_the_set_is_the_same_in_every_process():
    script = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from test_models import GROUP, MONOID, POSET, models\n"
        "for t in (GROUP, MONOID, POSET):\n"
        "    print('\\n\\n'.join(m.describe() for m in models(t)))"
    )
    runs = [
        subprocess.run(
            [sys.executable, "-c", script, str(Path(__file__).parent)],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert runs[0] == runs[1] and len(runs[0]) > 1000


def test_a_spent_budget_ends_the_survey_at_once_and_keeps_what_was_found():
    budget = Budget()
    budget.interrupt()
    assert models(GROUP, budget=budget) == []


# -- reading a model -------------------------------------------------------------------------

TWO = FiniteModel(
    {"S": 2},
    {
        "e": {(): 0},
        "inv": {(0,): 0, (1,): 1},
        "*": {(0, 0): 0, (0, 1): 1, (1, 0): 1, (1, 1): 0},
    },
    {"<=": frozenset({(0, 0), (0, 1), (1, 1)}), "odd": frozenset({(1,)}), "never": frozenset()},
)


def test_a_term_is_evaluated_under_an_assignment():
    assert TWO.evaluate(mul(x, inv(y)), {"x": 1, "y": 1}) == 0
    assert TWO.evaluate(If(le(x, y), e, x), {"x": 1, "y": 0}) == 1


def test_values_lists_a_term_at_all_assignments_the_last_variable_varying_fastest():
    assert TWO.values(mul(x, y), [x, y]) == (0, 1, 1, 0)
    assert TWO.values(e, [x, y]) == (0, 0, 0, 0)
    assert TWO.values(y, [x, y]) == (0, 1, 0, 1)
    assert TWO.values(If(le(y, x), e, y), [x, y]) == (0, 1, 0, 0)
    assert TWO.values(e, []) == (0,)


def test_a_counterexample_names_the_elements_at_which_a_law_fails():
    assert TWO.counterexample(close(Equal(mul(x, x), x))) == {"x": "e1"}
    assert TWO.counterexample(Implies(le(x, y), le(y, x))) == {"x": "e0", "y": "e1"}
    assert TWO.counterexample(commutative(mul)) is None
    assert TWO.counterexample(rel("odd")(e)) == {}


def test_an_inner_quantifier_governs_its_variable():
    assert TWO.holds(Forall((x,), Exists((x,), rel("odd")(x))))
    assert not TWO.holds(Exists((y,), Forall((x,), Equal(x, y))))


def test_models_are_values():
    same = FiniteModel(dict(TWO.domains), dict(TWO.functions), dict(TWO.predicates))
    other = FiniteModel(TWO.domains, TWO.functions, {**TWO.predicates, "never": frozenset({(0,)})})
    assert same == TWO and hash(same) == hash(TWO)
    assert len({TWO, same, other}) == 2


def test_a_model_is_shown_as_tables():
    assert TWO.describe() == (
        "S: 2 elements, e0, e1\n"
        "e = e0\n"
        "inv(e0) = e0\n"
        "inv(e1) = e1\n"
        "\n"
        " * | e0 e1\n"
        "---+------\n"
        "e0 | e0 e1\n"
        "e1 | e1 e0\n"
        "\n"
        "<= holds of (e0, e0), (e0, e1), (e1, e1)\n"
        "odd holds of e1\n"
        "never holds of nothing"
    )


# -- against brute force ---------------------------------------------------------------------

FUNCTIONS = {"e": 0, "succ": 1, "*": 2}
terms = st.recursive(
    st.sampled_from([x, y, e]),
    lambda t: st.one_of(st.builds(succ, t), st.builds(mul, t, t)),
    max_leaves=4,
)
literals = st.one_of(st.builds(Equal, terms, terms), st.builds(rel("p"), terms))
bodies = st.recursive(
    literals,
    lambda f: st.one_of(st.builds(Not, f), *(st.builds(c, f, f) for c in (And, Or, Implies, Iff))),
    max_leaves=3,
)
axioms = st.one_of(bodies, st.builds(Exists, st.just((y,)), bodies))


def every_model_of_two_elements() -> list[FiniteModel]:
    """All 2 * 4 * 16 * 4 of them."""
    pairs = list(itertools.product(range(2), repeat=2))
    return [
        FiniteModel(
            {"S": 2},
            {
                "e": {(): c},
                "succ": dict(zip([(0,), (1,)], u, strict=True)),
                "*": dict(zip(pairs, b, strict=True)),
            },
            {"p": frozenset((k,) for k in range(2) if holds[k])},
        )
        for c in range(2)
        for u in itertools.product(range(2), repeat=2)
        for b in itertools.product(range(2), repeat=4)
        for holds in itertools.product([False, True], repeat=2)
    ]


ALL = every_model_of_two_elements()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(axioms, min_size=1, max_size=3), axioms)
def test_a_model_of_two_elements_is_found_exactly_if_there_is_one(given_axioms, refuted):
    any_theory = theory(FUNCTIONS, given_axioms, {"p": 1})
    closed = list(any_theory.axioms.values())
    of_axioms = [m for m in ALL if all(m.holds(a) for a in closed)]
    assert (find_model(any_theory, 2) is not None) == bool(of_axioms)
    exists = any(not m.holds(close(refuted)) for m in of_axioms)
    found = find_model(any_theory, 2, refuted)
    assert (found is not None) == exists
    assert found is None or satisfies(found, any_theory, refuted)


def unary_models(size: int) -> list[FiniteModel]:
    """A constant and two unary functions: enough for the order of elements to matter."""
    rows = [(k,) for k in range(size)]
    tables = [dict(zip(rows, v, strict=True)) for v in itertools.product(range(size), repeat=size)]
    return [
        FiniteModel({"S": size}, {"e": {(): 0}, "f": f, "g": g}, {}) for f in tables for g in tables
    ]


UNARY = unary_models(3)
f, g = op("f"), op("g")
unary_terms = st.recursive(
    st.sampled_from([x, y, e]), lambda t: st.one_of(st.builds(f, t), st.builds(g, t)), max_leaves=4
)
unary_laws = st.builds(
    lambda a, b, positive: Equal(a, b) if positive else Not(Equal(a, b)),
    unary_terms,
    unary_terms,
    st.booleans(),
)


@settings(max_examples=60, deadline=None)
@given(unary_laws, unary_laws, unary_laws)
def test_numbering_the_elements_loses_no_model_of_three(first, second, refuted):
    # The constant may be taken to be e0; nothing else is assumed by the enumeration.
    any_theory = theory({"e": 0, "f": 1, "g": 1}, [first, Or(second, Equal(x, e))])
    closed = list(any_theory.axioms.values())
    exists = any(all(m.holds(a) for a in closed) and not m.holds(close(refuted)) for m in UNARY)
    assert (find_model(any_theory, 3, refuted) is not None) == exists


@settings(max_examples=100, deadline=None)
@given(terms, st.integers(0, len(ALL) - 1))
def test_values_agree_with_evaluation(term: Term, number: int):
    model = ALL[number]
    expected = tuple(
        model.evaluate(term, {"x": a, "y": b}) for a, b in itertools.product(range(2), repeat=2)
    )
    assert model.values(term, [x, y]) == expected


def test_the_group_of_six_is_found_within_seconds_of_processor_time():
    script = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "import time, test_models as t\n"
        "start = time.process_time()  # Z3 is not imported yet\n"
        "assert t.find_model(t.GROUP, 6, t.commutative(t.mul))\n"
        "print(time.process_time() - start)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script, str(Path(__file__).parent)],
        capture_output=True,
        check=True,
        text=True,
    )
    assert float(ran.stdout) < 6
