"""What texts denote."""

from __future__ import annotations

import pytest

from logic.errors import PorismError
from logic.formulas import Forall, Formula
from logic.printing import show, show_in
from logic.terms import UNIVERSE, Sort, Var
from logic.theory import Exploration, Induction, Theory
from mpl import parse_formula, parse_theory

NUMBERS = """
data Nat = zero | succ(Nat)
var n, m, k : Nat
func (+)(Nat, Nat) -> Nat
func (*)(Nat, Nat) -> Nat
func (^)(Nat, Nat) -> Nat
pred (<=)(Nat, Nat)
pred p
pred q
pred r
"""
LISTS = (
    NUMBERS
    + """
data List(A) = nil | cons(A, List(A))
var x, y : A
var xs, ys : List(A)
func (++)(List(A), List(A)) -> List(A)
func length(List(A)) -> Nat
pred member(A, List(A))
"""
)


@pytest.fixture(scope="module")
def numbers() -> Theory:
    return parse_theory(NUMBERS, "Numbers")


@pytest.fixture(scope="module")
def lists() -> Theory:
    return parse_theory(LISTS, "Lists")


def read(text: str, theory: Theory) -> str:
    return show(parse_formula(text, theory))


def same(a: str, b: str, theory: Theory) -> bool:
    return parse_formula(a, theory) == parse_formula(b, theory)


# -- formulas ------------------------------------------------------------------------------------


def test_free_variables_are_universal_in_order_of_first_occurrence(numbers: Theory) -> None:
    assert read("m + n = n + m", numbers) == "forall m, n : Nat. m + n = n + m"


@pytest.mark.parametrize(
    ("loose", "explicit"),
    [
        ("p -> q -> r", "p -> (q -> r)"),
        ("p or q or r", "p or (q or r)"),
        ("p and q and r", "p and (q and r)"),
        ("p or q and r", "p or (q and r)"),
        ("p -> q or r", "p -> (q or r)"),
        ("p <-> q -> r", "p <-> (q -> r)"),
        ("not p and q", "(not p) and q"),
        ("not n = m", "not (n = m)"),
        ("n != m", "not n = m"),
        ("n + m + k = n", "(n + m) + k = n"),
        ("n + m * k = n", "n + (m * k) = n"),
        ("n * m ^ k = n", "n * (m ^ k) = n"),
        ("n ^ m ^ k = n", "n ^ (m ^ k) = n"),
        ("forall n. p -> q", "forall n. (p -> q)"),
        ("p -> exists n. q -> r", "p -> (exists n. (q -> r))"),
        ("not exists n. p and q", "not (exists n. (p and q))"),
        ("n = if p then n else m + k", "n = (if p then n else (m + k))"),
        ("n = if p then n else if q then m else k", "n = (if p then n else (if q then m else k))"),
    ],
)
def test_precedence(loose: str, explicit: str, numbers: Theory) -> None:
    assert same(loose, explicit, numbers)


def test_unicode_spellings_are_accepted(numbers: Theory) -> None:
    assert same(
        "∀n. ¬(n ≤ m ∧ p) ∨ ∃k. k · n ≠ m ↔ p → q",
        "forall n. not (n <= m and p) or exists k. k * n != m <-> p -> q",
        numbers,
    )
    assert same("n × m = n · m", "n * m = n * m", numbers)


def test_a_group_of_binders_shares_its_sort(lists: Theory) -> None:
    formula = parse_formula("forall a, b : Nat, c : List(Nat). length(c) = a + b", lists)
    assert isinstance(formula, Forall)
    nat = Sort("Nat")
    assert formula.vars == (Var("a", nat), Var("b", nat), Var("c", Sort("List", (nat,))))


def test_a_bound_name_takes_its_sort_from_var_or_from_its_use(numbers: Theory) -> None:
    assert read("exists k. k = n", numbers) == "forall n : Nat. exists k : Nat. k = n"
    assert read("exists z. z = n", numbers) == "forall n : Nat. exists z : Nat. z = n"


def test_numerals_and_lists_are_constructors(lists: Theory) -> None:
    assert read("2 = n", lists) == "forall n : Nat. succ(succ(zero)) = n"
    assert read("0 = n", lists) == "forall n : Nat. zero = n"
    assert read("[n, 1] = []", lists) == ("forall n : Nat. cons(n, cons(succ(zero), nil)) = nil")


def test_a_conditional_is_explained_by_its_cases(numbers: Theory) -> None:
    assert read("(if n = m then n else zero) = k", numbers) == (
        "forall n, m, k : Nat. (n = m -> n = k) and (n != m -> zero = k)"
    )
    assert read("succ(if p then n else zero) <= k", numbers) == (
        "forall n, k : Nat. (p -> succ(n) <= k) and (not p -> succ(zero) <= k)"
    )


def test_sorts_are_inferred_through_type_parameters(lists: Theory) -> None:
    text = "member(n, cons(m, nil)) -> length(nil) = zero"
    assert read(text, lists) == f"forall n, m : Nat. {text}"
    formula = parse_formula("forall z, zs. member(z, zs)", lists)
    assert show(formula) == "forall z : A, zs : List(A). member(z, zs)"


def test_a_term_may_state_its_sort(lists: Theory) -> None:
    formula = parse_formula("length((nil : List(Nat))) = zero", lists)
    assert show(formula, ascribe=lists.signature) == "length((nil : List(Nat))) = zero"
    assert read("(n + m : Nat) = k", lists) == "forall n, m, k : Nat. n + m = k"
    with pytest.raises(PorismError, match=r"This term must be of sort Nat, but 'nil' is of sort"):
        parse_formula("(nil : Nat) = zero", lists)


def test_an_operator_may_stand_as_a_name(numbers: Theory) -> None:
    assert same("(+)(n, m) = k", "n + m = k", numbers)
    assert same("(<=)(n, m)", "n <= m", numbers)


def test_words_of_declarations_are_free_as_names() -> None:
    theory = parse_theory(
        "sort S\nconst size, with, from, by, depth : S\npred goal\n"
        "axiom a: goal\n  and size = with\nexplore size 3 with size, depth depth 2\n"
    )
    assert theory.exploration == Exploration(3, ("size", "depth"), 2)
    assert show(theory.axioms["a"]) == "goal and size = with"


# -- core notation -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("core", "surface"),
    [
        ("(>[x,y] (in[x,y]) (in[y,x]))", "forall x, y : Universe. in(x, y) -> in(y, x)"),
        ("(>[] (p) (q))", "p -> q"),
        ("(& (p) (q) (r))", "p and q and r"),
        ("(& (p))", "p"),
        ("!(p)", "not p"),
        ("!!(p)", "not not p"),
        (
            "!(>[x] (in[x,x]) !(in2[x,x,x]))",
            "exists x : Universe. in(x, x) and in2(x, x, x)",
        ),
        ("(>[x] (=[x,x]) (in3[x,x,x,x]))", "forall x : Universe. x = x -> in3(x, x, x, x)"),
        ("(>[+,0] (in[0,+]) (in[+,0]))", "forall (+), 0 : Universe. in(0, (+)) -> in((+), 0)"),
        ("(>[x,y] (<=[x,y]) (<=[y,x]))", "forall x, y : Nat. x <= y -> y <= x"),
        ("(>[x] (x <= n) (p))", "forall x : Nat. x <= n -> p"),
        ("(>[x]\n  ( in [ x , x ] )\n  true)", "forall x : Universe. in(x, x) -> true"),
        ("forall x, y : Universe. x ∈ y", "forall x, y : Universe. in(x, y)"),
    ],
)
def test_core_notation_denotes_surface_formulas(core: str, surface: str, numbers: Theory) -> None:
    assert same(core, surface, numbers)


def test_core_notation_brings_its_predicates_and_their_sort() -> None:
    theory = parse_theory("axiom a: (>[x,y] (in[x,y]) (in[y,x]))\n")
    assert theory.signature.predicates["in"].args == (UNIVERSE, UNIVERSE)
    assert theory.signature.sorts == {"Universe": UNIVERSE}
    assert "in2" not in theory.signature.predicates


def test_asking_for_a_formula_leaves_the_theory_as_it_was(numbers: Theory) -> None:
    parse_formula("(>[x] (in[x,x]) (in[x,x]))", numbers)
    assert "in" not in numbers.signature.predicates


def test_a_core_definition_and_its_induction_principle() -> None:
    theory = parse_theory(
        "define D[N,i,s] := (& (in[i,N]) (>[x,y] (in2[x,y,s]) (in[y,N])))\n"
        "induction D[N,i,s]: N from i by s\n"
    )
    (clause,) = theory.definitions["D"].clauses
    assert show(clause) == (
        "forall N, i, s : Universe. D(N, i, s) <->"
        " in(i, N) and (forall x, y : Universe. in2(x, y, s) -> in(y, N))"
    )
    assert theory.inductions == (Induction("D", ("N", "i", "s"), "N", "i", "s"),)


# -- definitions ---------------------------------------------------------------------------------


def clauses(text: str, symbol: str) -> list[str]:
    return [show(c) for c in parse_theory(LISTS + text).definitions[symbol].clauses]


def test_a_predicate_is_defined_by_an_equivalence() -> None:
    assert clauses("define n <= m := exists k. n + k = m", "<=") == [
        "forall n, m : Nat. n <= m <-> (exists k : Nat. n + k = m)"
    ]


def test_define_declares_what_nothing_has_declared() -> None:
    assert clauses("define n < m := n <= m and n != m", "<") == [
        "forall n, m : Nat. n < m <-> n <= m and n != m"
    ]
    assert clauses("define square(n) := n * n", "square") == ["forall n : Nat. square(n) = n * n"]


def test_conditionals_split_equations_outermost_first() -> None:
    text = """func f(Nat) -> Nat {
      f(n) = if n = zero then 1
             else succ(if p then n else zero)
    }"""
    assert clauses(text, "f") == [
        "forall n : Nat. n = zero -> f(n) = succ(zero)",
        "forall n : Nat. n != zero -> p -> f(n) = succ(n)",
        "forall n : Nat. n != zero -> not p -> f(n) = succ(zero)",
    ]


def test_equations_end_at_semicolons_and_lines_but_go_on_in_brackets() -> None:
    one = "func f(Nat) -> Nat { f(zero) = zero; f(succ(n)) = succ(f(n)) }"
    many = "func f(Nat) -> Nat {\n  f(zero)\n = zero\n\n f(succ(\n  n)) =\n  succ(f(n)) }"
    assert clauses(one, "f") == clauses(many, "f")


@pytest.mark.parametrize(
    "definition",
    [
        "func f(Nat) -> Nat { f(zero) = zero; f(succ(zero)) = 1; f(succ(succ(n))) = f(n) }",
        "func f(Nat, Nat) -> Nat { f(zero, m) = m; f(succ(n), zero) = f(n, 1);"
        " f(succ(n), succ(m)) = f(n, f(succ(n), m)) }",  # lexicographic
        "func f(Nat, Nat) -> Nat { f(zero, m) = m; f(succ(n), m) = succ(f(m, n)) }",  # total size
        "func f(List(A), List(A)) -> List(A) { f(nil, ys) = ys;"
        " f(cons(x, xs), nil) = cons(x, xs);"
        " f(cons(x, xs), cons(y, ys)) = cons(x, f(xs, cons(y, ys))) }",
        "func f(Nat, Nat) -> Nat { f(n, zero) = n; f(zero, succ(m)) = f(zero, m);"
        " f(succ(n), succ(m)) = f(n, succ(succ(m))) }",
        "func f(List(A)) -> Nat { f([]) = 0; f([x]) = 1; f(cons(x, cons(y, xs))) = f(xs) }",
    ],
)
def test_terminating_definitions_are_accepted(definition: str) -> None:
    assert clauses(definition, "f")


@pytest.mark.parametrize(
    "definition",
    [
        "func f(Nat) -> Nat { f(n) = f(n) }",
        "func f(Nat) -> Nat { f(zero) = 0; f(succ(n)) = f(succ(succ(n))) }",
        "func f(Nat) -> Nat { f(zero) = 0; f(succ(n)) = f(f(n)) }",
        "func f(Nat, Nat) -> Nat { f(zero, m) = m; f(succ(n), m) = f(n + zero, m) }",
        "func f(Nat, Nat) -> Nat { f(zero, m) = m; f(succ(n), zero) = n;"
        " f(succ(n), succ(m)) = f(succ(m), f(n, m)) }",
        "func f(Nat) -> Nat { f(n) = if exists k. f(k) = n then 0 else 1 }",
    ],
)
def test_definitions_that_may_not_terminate_are_refused(definition: str) -> None:
    with pytest.raises(PorismError, match="may not terminate"):
        parse_theory(LISTS + definition)


def test_coverage_of_many_cases_is_refused_rather_than_slow() -> None:
    width = 18
    names = [f"v{i}" for i in range(width)]
    rows = [
        "f(" + ", ".join("succ(n)" if i == j else names[j] for j in range(width)) + ") = n"
        for i in range(width)
    ]
    text = f"var {', '.join(names)} : Nat\nfunc f({', '.join(['Nat'] * width)}) -> Nat {{\n"
    with pytest.raises(PorismError):
        parse_theory(NUMBERS + text + "\n".join(rows) + "\n}\n")


def test_expressions_just_within_the_depth_limit_are_read(numbers: Theory) -> None:
    for text in [
        "s(" * 197 + "n" + ")" * 197 + " = n",
        "not (" * 195 + "n = n" + ")" * 195,
        "if n = n then n else " * 190 + "n = n",
        "197 = n",
    ]:
        formula: Formula = parse_formula(text.replace("s(", "succ("), numbers)
        assert show_in(numbers, formula)
