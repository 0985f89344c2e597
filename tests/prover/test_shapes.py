"""Theories of many shapes, as users write them: verdicts are right, and the checker agrees.

A goal named t... holds, one named f... fails in every model, one named u... does not follow. A goal
that holds must not be refuted, the others must not be proved; ``PROVED`` and ``REFUTED`` list what
is expected to be decided, the rest may stay open.
"""

from __future__ import annotations

from typing import NamedTuple

import pytest

from logic.errors import PorismError
from tests.prover.proving import LISTS, NUMBERS, TRUTH, explore, prove, statements, verdicts


class Shape(NamedTuple):
    text: str
    decided: str
    """The goals that are expected to be decided."""


SHAPES = {
    "other names": Shape(
        """
data Zahl = null | nachf(Zahl)
var a, b, c : Zahl
func plus(Zahl, Zahl) -> Zahl {
  plus(null, b) = b
  plus(nachf(a), b) = nachf(plus(a, b))
}
goal t1: plus(a, b) = plus(b, a)
goal t2: plus(plus(a, b), c) = plus(a, plus(b, c))
goal f1: plus(a, b) = a
explore size 5
""",
        "t1 t2 f1",
    ),
    "integers as pairs": Shape(
        NUMBERS
        + """
data Int = minus(Nat, Nat)
var a, b : Int
var l : Nat
func neg(Int) -> Int {
  neg(minus(n, m)) = minus(m, n)
}
func plus(Int, Int) -> Int {
  plus(minus(n, m), minus(k, l)) = minus(n + k, m + l)
}
pred same(Int, Int)
axiom same: same(minus(n, m), minus(k, l)) <-> n + l = k + m
goal t1: neg(neg(a)) = a
goal t2: same(a, a)
goal t3: neg(plus(a, b)) = plus(neg(a), neg(b))
goal f1: plus(a, neg(a)) = minus(zero, zero)
goal f2: neg(a) = a
explore size 4
""",
        "t1 t2 t3 f1 f2",
    ),
    "binary numbers": Shape(
        NUMBERS
        + """
data Bin = one | twice(Bin) | twice1(Bin)
var b, c : Bin
func val(Bin) -> Nat {
  val(one) = succ(zero)
  val(twice(b)) = val(b) + val(b)
  val(twice1(b)) = succ(val(b) + val(b))
}
func inc(Bin) -> Bin {
  inc(one) = twice(one)
  inc(twice(b)) = twice1(b)
  inc(twice1(b)) = twice(inc(b))
}
goal t1: val(inc(b)) = succ(val(b))
goal t2: inc(b) != one
goal t3: inc(b) = inc(c) -> b = c
goal f1: inc(b) = b
goal f2: val(b) = succ(zero)
explore size 5
""",
        "t1 t2 t3 f1 f2",
    ),
    "Booleans as data": Shape(
        """
data Bool = yes | no
var a, b, c : Bool
func neg(Bool) -> Bool {
  neg(yes) = no
  neg(no) = yes
}
func (/\\)(Bool, Bool) -> Bool {
  yes /\\ b = b
  no /\\ b = no
}
func (\\/)(Bool, Bool) -> Bool {
  yes \\/ b = yes
  no \\/ b = b
}
goal t1: neg(a /\\ b) = neg(a) \\/ neg(b)
goal t2: neg(neg(a)) = a
goal t3: a /\\ (b \\/ c) = (a /\\ b) \\/ (a /\\ c)
goal t4: a \\/ neg(a) = yes
goal t5: a = yes or a = no
goal t6: neg(a) != a
goal f1: a /\\ b = a
explore size 3
""",
        "t1 t2 t3 t4 t5 t6 f1",
    ),
    "options": Shape(
        NUMBERS
        + """
data Option(A) = none | some(A)
var o, p, q : Option(A)
var x, y : A
func orelse(Option(A), Option(A)) -> Option(A) {
  orelse(none, p) = p
  orelse(some(x), p) = some(x)
}
goal t1: orelse(orelse(o, p), q) = orelse(o, orelse(p, q))
goal t2: some(x) = some(y) -> x = y
goal t3: o = none or (exists x. o = some(x))
goal f1: orelse(o, p) = orelse(p, o)
goal f2: orelse(some(zero), some(1)) = some(1)
explore size 4
""",
        "t1 t2 t3 f1 f2",
    ),
    "lists by if": Shape(
        NUMBERS
        + LISTS
        + """
var ns, ms : List(Nat)
func count(Nat, List(Nat)) -> Nat {
  count(n, nil) = zero
  count(n, cons(m, ms)) = if n = m then succ(count(n, ms)) else count(n, ms)
}
func delete(Nat, List(Nat)) -> List(Nat) {
  delete(n, nil) = nil
  delete(n, cons(m, ms)) = if n = m then delete(n, ms) else cons(m, delete(n, ms))
}
goal t1: count(n, [n]) = 1
goal t2: n != m -> count(n, [m]) = zero
goal t3: count(n, delete(n, ns)) = zero
goal f1: count(n, ns) = count(m, ns)
goal f2: delete(n, ns) = ns
explore size 3
""",
        "t1 t2 f1 f2",
    ),
    "an order by existence": Shape(
        NUMBERS
        + """
pred (<=)(Nat, Nat)
define n <= m := exists k. n + k = m
goal t1: n <= n
goal t2: n <= m and m <= k -> n <= k
goal t3: zero <= n
goal t4: n <= succ(n)
goal f1: n <= m
explore size 5
""",
        "t1 t2 t3 t4 f1",
    ),
    "an order by recursion": Shape(
        NUMBERS
        + """
pred (<=)(Nat, Nat)
axiom zero: zero <= n
axiom succ: succ(n) <= succ(m) <-> n <= m
axiom not: not succ(n) <= zero
goal t1: n <= n
goal t2: n <= m and m <= n -> n = m
goal t3: n <= succ(n)
goal t4: not succ(n) <= n
goal f1: n <= m
goal f2: succ(n) <= m -> m <= n
explore size 3
""".replace("axiom zero", "axiom le_zero")
        .replace("axiom succ", "axiom le_succ")
        .replace("axiom not", "axiom le_not"),
        "t1 t2 t3 t4 f1 f2",
    ),
    "even and odd, mutually": Shape(
        TRUTH
        + """
data Nat = zero | succ(Nat)
var n, m : Nat
func even(Nat) -> Bool
func odd(Nat) -> Bool
axiom e0: even(zero) = yes
axiom e1: even(succ(n)) = odd(n)
axiom o0: odd(zero) = no
axiom o1: odd(succ(n)) = even(n)
func double(Nat) -> Nat {
  double(zero) = zero
  double(succ(n)) = succ(succ(double(n)))
}
goal t1: even(double(n)) = yes
goal t2: even(n) != odd(n)
goal t3: even(n) = yes or odd(n) = yes
goal f1: even(n) = yes
explore size 4
""",
        "t1 t2 t3",
    ),
    "semilattices": Shape(
        """
sort L
var x, y, z : L
func (+)(L, L) -> L
axiom comm: x + y = y + x
axiom assoc: x + y + z = x + (y + z)
axiom idem: x + x = x
pred (<=)(L, L)
define x <= y := x + y = y
goal t1: x <= x
goal t2: x <= y and y <= x -> x = y
goal t3: x <= y and y <= z -> x <= z
goal t4: x <= x + y
goal u1: x <= y or y <= x
explore size 3
""",
        "t1 t2 t3 t4 u1",
    ),
    "quasigroups": Shape(
        """
sort Q
var x, y, z : Q
func (*)(Q, Q) -> Q
func (/)(Q, Q) -> Q
func under(Q, Q) -> Q
axiom a: x * under(x, y) = y
axiom b: under(x, x * y) = y
axiom c: (x * y) / y = x
axiom d: (x / y) * y = x
goal t1: x * y = x * z -> y = z
goal t2: y * x = z * x -> y = z
goal t3: exists z. x * z = y
goal u1: x * y * z = x * (y * z)
goal u2: x * y = y * x
explore size 3
""",
        "t1 t2 t3 u1 u2",
    ),
    "monoids": Shape(
        """
sort M
var x, y, z : M
func (*)(M, M) -> M
const e : M
axiom assoc: x * y * z = x * (y * z)
axiom left: e * x = x
axiom right: x * e = x
goal t1: (forall y. x * y = y) -> x = e
goal t2: x * y = e and z * x = e -> y = z
goal u1: x * y = y * x
goal u2: x * y = x * z -> y = z
goal u3: exists y. x * y = e
explore size 3
""",
        "t1 t2 u1 u2 u3",
    ),
    "disjunctive axioms": Shape(
        """
sort S
var x : S
pred p(S)
pred q(S)
pred r(S)
axiom d: p(x) or q(x)
axiom pr: p(x) -> r(x)
axiom qr: q(x) -> r(x)
goal t1: r(x)
goal u1: p(x)
goal u2: (forall x. p(x)) or (forall x. q(x))
""",
        "u1 u2",
    ),
    "one element": Shape(
        """
sort S
var x, y : S
func f(S) -> S
pred p(S)
axiom one: x = y
goal t1: f(x) = x
goal t2: p(x) -> p(y)
goal u1: p(x)
""",
        "u1",
    ),
    "a box that collapses": Shape(
        """
sort S
data Box = box(S)
var x, y : S
axiom one: box(x) = box(y)
goal t1: x = y
""",
        "",
    ),
    "equations that collapse": Shape(
        """
sort S
var x, y : S
const c : S
func f(S) -> S
axiom a: f(x) = c
axiom b: f(x) = x
goal t1: x = c
goal t2: x = y
goal u1: x != c
""",
        "t1 u1",
    ),
    "constants alone": Shape(
        """
sort S
const a : S
const b : S
const c : S
axiom ab: a = b
axiom bc: b = c
goal t1: a = c
goal u1: a != c
""",
        "t1 u1",
    ),
    "no axioms": Shape(
        """
sort S
var x, y : S
func f(S) -> S
func g(S, S) -> S
pred p(S)
goal t1: f(x) = f(x)
goal t2: x = y -> g(x, y) = g(y, x)
goal t3: p(x) or not p(x)
goal u1: f(x) = f(y) -> x = y
goal u2: g(x, y) = g(y, x)
goal u3: p(x)
goal u4: (forall x. exists y. g(x, y) = x) -> (exists y. forall x. g(x, y) = x)
""",
        "t1 t2 t3 u1 u2 u3 u4",
    ),
    "trivial goals": Shape(
        NUMBERS
        + """
goal t1: n = n
goal t2: true
goal t3: forall n, m, k. zero = zero
goal t4: false -> n = m
goal t5: not false
goal t6: forall n. forall n. n = n
goal t7: zero = 1 -> n = m
goal t8: true <-> true
goal f1: false
goal f2: n != n
goal f3: true <-> false
""",
        "t1 t2 t3 t4 t5 t6 t7 t8 f1 f2 f3",
    ),
    "unused and hidden variables": Shape(
        NUMBERS
        + """
sort S
var x, y : S
goal t1: forall x, y. zero + n = n
goal t2: forall k. n + m = m + n
goal t3: forall m : Nat. forall m : S. zero + k = k
goal t4: forall zero : Nat. zero = zero
goal t5: (forall n. n = m) -> (forall m. m = n)
goal t6: forall n. (forall n. n + zero = n) and zero + n = n
goal f1: forall k. n = m
goal f2: forall zero : Nat, succ : Nat. zero = succ
explore size 4
""",
        "t1 t2 t3 t4 t5 t6 f1 f2",
    ),
    "propositions": Shape(
        """
pred p
pred q
pred r
goal t1: p or not p
goal t2: not not p -> p
goal t3: not (p and q) <-> not p or not q
goal t4: p and (q or r) <-> (p and q) or (p and r)
goal t5: p and not p -> q
goal t6: (p -> q -> r) -> (p -> q) -> p -> r
goal u1: p
goal u2: p -> q
goal u3: (p -> q) -> p
""",
        "t1 t3 t4 t5 t6",
    ),
    "an existential axiom over data": Shape(
        NUMBERS
        + """
axiom ex: exists m. n + m = succ(n)
goal t1: exists m. n + m = succ(n)
goal f1: n + m = n
explore size 2
""",
        "t1 f1",
    ),
    "wide functions and predicates": Shape(
        """
sort S
var a, b, c, d, e, f, g, h, i, j, k, l : S
func big(S, S, S, S, S, S, S, S, S, S, S, S) -> S
pred rel(S, S, S, S, S, S, S, S, S, S)
axiom x1: big(a, b, c, d, e, f, g, h, i, j, k, l) = big(b, a, c, d, e, f, g, h, i, j, k, l)
axiom x2: rel(a, b, c, d, e, f, g, h, i, j) -> rel(j, i, h, g, f, e, d, c, b, a)
goal t1: big(a, b, c, d, e, f, g, h, i, j, k, l) = big(b, a, c, d, e, f, g, h, i, j, k, l)
goal t2: rel(a, b, c, d, e, f, g, h, i, j) <-> rel(j, i, h, g, f, e, d, c, b, a)
goal u1: rel(a, b, c, d, e, f, g, h, i, j)
""",
        "t1 t2",
    ),
    "many constructors": Shape(
        """
data D = d0 | d1 | d2 | d3 | d4 | d5 | d6 | d7 | d8 | d9
var x, y : D
func f(D, D) -> D
axiom f: f(x, y) = x
goal t1: f(f(x, y), y) = x
goal t2: x = d0 or x = d1 or x = d2 or x = d3 or x = d4 or
  x = d5 or x = d6 or x = d7 or x = d8 or x = d9
goal f1: f(x, y) = y
""",
        "t1 t2 f1",
    ),
    "equations that rewrite in circles": Shape(
        """
data Nat = zero | succ(Nat)
var n : Nat
func f(Nat) -> Nat
func g(Nat) -> Nat
axiom a: f(n) = g(f(n))
axiom b: g(n) = f(g(n))
axiom c: f(f(n)) = succ(g(n))
goal t1: f(n) = g(g(f(n)))
goal f1: f(n) = n
goal f2: f(n) = zero
""",
        "t1",
    ),
    "a unit type": Shape(
        """
data Unit = unit
var u, v : Unit
func f(Unit) -> Unit
goal t1: u = v
goal t2: f(u) = u
goal f1: u != v
""",
        "t1 t2 f1",
    ),
    "pairs": Shape(
        """
data Pair(A, B) = pair(A, B)
var a : A
var b : B
var p, q : Pair(A, B)
func first(Pair(A, B)) -> A {
  first(pair(a, b)) = a
}
func second(Pair(A, B)) -> B {
  second(pair(a, b)) = b
}
func swap(Pair(A, B)) -> Pair(B, A) {
  swap(pair(a, b)) = pair(b, a)
}
goal t1: pair(first(p), second(p)) = p
goal t2: swap(swap(p)) = p
goal t3: first(p) = first(q) and second(p) = second(q) -> p = q
goal f1: first(p) = first(q)
explore size 3
""",
        "t1 t2 t3 f1",
    ),
}

EXPECTED = {"t": "PROVED", "f": "REFUTED", "u": "REFUTED"}
ALLOWED = {"t": {"PROVED", "UNKNOWN"}, "f": {"REFUTED", "UNKNOWN"}, "u": {"REFUTED", "UNKNOWN"}}


@pytest.mark.parametrize("name", SHAPES)
def test_verdicts_are_right(name: str) -> None:
    shape = SHAPES[name]
    found = verdicts(prove(shape.text.lstrip(), seconds=60))
    wrong = {goal: v for goal, v in found.items() if v not in ALLOWED[goal[0]]}
    assert not wrong
    open_ = [goal for goal in shape.decided.split() if found[goal] != EXPECTED[goal[0]]]
    assert not open_


@pytest.mark.parametrize(
    "axioms",
    [
        "axiom a: p(c)\naxiom b: not p(c)\n",
        "axiom a: exists x. p(x)\naxiom b: forall x. not p(x)\n",
        "axiom a: n = zero -> false\naxiom b: f(n) = zero\naxiom c: f(zero) != zero or p(c)\n",
        "axiom a: f(n) = zero\naxiom b: f(n) = 1\n",
        "axiom a: succ(f(n)) = zero\n",
    ],
)
def test_axioms_that_contradict_each_other_are_reported(axioms: str) -> None:
    text = "data Nat = zero | succ(Nat)\nsort S\nvar n : Nat\nvar x : S\nconst c : S\n" + (
        "func f(Nat) -> Nat\npred p(S)\n" + axioms + "goal anything: zero = 1\n"
    )
    with pytest.raises(PorismError, match="contradict each other"):
        prove(text)
    with pytest.raises(PorismError, match="contradict each other"):
        explore(text)


@pytest.mark.parametrize("axiom", ["p(x) <-> not p(x)", "not (p(x) -> p(x))", "p(c) and not p(c)"])
def test_an_axiom_that_is_false_by_its_connectives_is_reported(axiom: str) -> None:
    text = f"sort S\nvar x : S\nconst c : S\npred p(S)\naxiom bad: {axiom}\ngoal g: p(c)\n"
    with pytest.raises(PorismError, match="contradict"):
        prove(text)


@pytest.mark.parametrize("claim", ["x = c", "f(x) = y", "f(f(x)) = x", "g(f(x), n) = g(c, n)"])
def test_in_a_sort_of_one_element_everything_is_equal(claim: str) -> None:
    text = (
        "data Nat = zero | succ(Nat)\nsort S\nvar n : Nat\nvar x, y : S\nconst c : S\n"
        f"func f(S) -> S\nfunc g(S, Nat) -> Nat\naxiom one: x = y\ngoal g1: {claim}\n"
    )
    assert verdicts(prove(text)) == {"g1": "PROVED"}


@pytest.mark.parametrize("claim", ["x = y", "wrap(x) = wrap(y)", "k(x) = wrap(y)"])
def test_what_axioms_together_make_equal_is_not_refuted(claim: str) -> None:
    text = (
        "data Nat = zero | succ(Nat)\nsort S\ndata Wrap = wrap(S)\nvar x, y : S\n"
        f"func k(S) -> Wrap\naxiom a: k(x) = wrap(x)\naxiom b: k(x) = k(y)\ngoal g: {claim}\n"
    )
    assert verdicts(prove(text))["g"] != "REFUTED"


@pytest.mark.parametrize(
    "text",
    [
        "sort S\n",
        "sort S\nconst c : S\n",
        "data Nat = zero | succ(Nat)\n",
        "pred p\n",
        "data Bool = yes | no\nvar a : Bool\n",
        "sort S\nfunc f(S) -> S\n",
    ],
)
def test_a_theory_that_says_nothing_has_no_theorems(text: str) -> None:
    assert statements(explore(text)) == []
