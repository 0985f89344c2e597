"""The bridge to Z3: what a translated formula means, and that other readings plug in."""

from __future__ import annotations

import subprocess
import sys

import pytest

from logic.errors import PorismError
from logic.formulas import And, Atom, Equal, Exists, Forall, Iff, Implies, Not, Or, Truth
from logic.smt import FiniteDomains, Interpretation, Solver, Translator
from logic.terms import App, If, Sort, Var
from logic.theory import Function, Predicate, Signature

S = Sort("S")
x, y = Var("x", S), Var("y", S)
SIGNATURE = Signature(
    sorts={"S": S},
    functions={"c": Function("c", (), S), "f": Function("f", (S,), S)},
    predicates={"p": Predicate("p", (S,))},
)
c = App("c", (), S)


def f(term):
    return App("f", (term,), S)


def p(term):
    return Atom("p", (term,))


def satisfiable(*formulas, size: int = 3) -> bool:
    domains = FiniteDomains(SIGNATURE, {"S": size})
    translator, solver = Translator(domains), Solver(domains)
    for row in domains.rows((S,)):
        solver.add(*domains.within("S", domains.cell("f", row)))
    solver.add(*domains.within("S", domains.cell("c", ())))
    for formula in formulas:
        solver.add(translator.formula(formula, {}))
    return solver.check(1_000_000) == "sat"


INJECTIVE = Forall((x, y), Implies(Equal(f(x), f(y)), Equal(x, y)))
SURJECTIVE = Forall((y,), Exists((x,), Equal(f(x), y)))


def test_an_injective_map_of_a_finite_set_is_surjective():
    assert satisfiable(INJECTIVE)
    assert not satisfiable(INJECTIVE, Not(SURJECTIVE))
    assert not satisfiable(SURJECTIVE, Not(INJECTIVE))


@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_a_set_has_as_many_elements_as_it_is_given(size):
    listed = [Var(f"x{i}", S) for i in range(size + 1)]
    covered = Forall((y,), _any([Equal(y, v) for v in listed[:size]]))
    distinct = _any([Equal(a, b) for i, a in enumerate(listed) for b in listed[:i]])
    assert satisfiable(Exists(tuple(listed[:size]), covered), size=size)
    assert not satisfiable(Exists(tuple(listed), Not(distinct)), size=size)


def _any(formulas):
    result = formulas[-1]
    for formula in formulas[:-1]:
        result = Or(formula, result)
    return result


def test_connectives_and_conditional_terms_mean_what_they_say():
    either = If(p(c), c, f(c))
    assert not satisfiable(p(c), Not(Equal(either, c)))
    assert not satisfiable(Not(p(c)), Not(Equal(either, f(c))))
    assert not satisfiable(Iff(p(c), Not(p(c))))
    assert not satisfiable(And(p(c), Not(p(c))))
    assert not satisfiable(Truth(False))
    assert satisfiable(Truth(True))


def test_an_inner_quantifier_governs_its_variable():
    assert not satisfiable(Forall((x,), Exists((x,), p(x))), Forall((x,), Not(p(x))))


def test_a_sort_without_a_domain_is_named():
    translator = Translator(FiniteDomains(SIGNATURE, {"S": 2}))
    other = Var("n", Sort("Nat"))
    with pytest.raises(PorismError, match="The sort 'Nat' has no finite domain"):
        translator.formula(Forall((other,), Equal(other, other)), {})


def test_what_is_added_in_a_scope_is_forgotten_after_it():
    domains = FiniteDomains(SIGNATURE, {"S": 2})
    translator, solver = Translator(domains), Solver(domains)
    with solver.scope():
        solver.add(translator.formula(Truth(False), {}))
        assert solver.check(1_000_000) == "unsat"
    assert solver.check(1_000_000) == "sat"


def test_values_are_read_from_the_answer():
    domains = FiniteDomains(SIGNATURE, {"S": 4})
    translator, solver = Translator(domains), Solver(domains)
    solver.add(domains.cell("c", ()) == domains.element("S", 3))
    solver.add(translator.formula(And(p(c), Forall((x,), Implies(p(x), Equal(x, c)))), {}))
    assert solver.check(1_000_000) == "sat"
    cells = [domains.cell("c", ()), *(domains.holds("p", row) for row in domains.rows((S,)))]
    assert solver.values(cells) == [3, 0, 0, 0, 1]


def test_effort_bounds_a_question_and_is_counted():
    signature = Signature(sorts={"S": S}, functions={"*": Function("*", (S, S), S)})
    domains = FiniteDomains(signature, {"S": 7})
    solver = Solver(domains)
    cells = [domains.cell("*", row) for row in domains.rows((S, S))]
    for cell in cells:
        solver.add(*domains.within("S", cell))
    # Eight pigeons, seven holes.
    for i in range(8):
        for j in range(i):
            solver.add(cells[i] != cells[j])
    assert solver.check(2_000) == "unknown"
    spent = solver.effort
    assert 0 < spent < 200_000
    assert solver.check(100_000_000) == "unsat"
    assert solver.effort > spent


class Integers(Interpretation):
    """Another reading of the same formulas: one sort, ``+``, ``0`` and ``<`` of the integers."""

    def apply(self, symbol, sort, args):
        return args[0] + args[1] if symbol == "+" else self.z3.IntVal(0, self.context)

    def atom(self, predicate, args):
        return args[0] < args[1]

    def forall(self, variables, body):
        bound = {v.name: self.z3.Int(v.name, self.context) for v in variables}
        return self.z3.ForAll(list(bound.values()), body(bound))

    def exists(self, variables, body):
        bound = {v.name: self.z3.Int(v.name, self.context) for v in variables}
        return self.z3.Exists(list(bound.values()), body(bound))


def test_another_interpretation_reads_the_same_formulas_over_the_integers():
    def plus(a, b):
        return App("+", (a, b), S)

    def less(a, b):
        return Atom("<", (a, b))

    def valid(formula):
        integers = Integers()
        solver = Solver(integers)
        solver.add(integers.z3.Not(Translator(integers).formula(formula, {})))
        return solver.check(1_000_000) == "unsat"

    zero = App("0", (), S)
    assert valid(Forall((x, y), Equal(plus(x, y), plus(y, x))))
    assert valid(Forall((x,), Exists((y,), Equal(plus(x, y), zero))))
    assert valid(Forall((x, y), Implies(less(zero, y), less(x, plus(x, y)))))
    assert not valid(Forall((x, y), less(x, plus(x, y))))


def test_z3_is_imported_on_first_use_only():
    script = "import sys, logic.smt; assert 'z3' not in sys.modules"
    subprocess.run([sys.executable, "-c", script], check=True)
