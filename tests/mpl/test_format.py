"""What ``porism fmt`` keeps and what it makes uniform."""

from __future__ import annotations

import pytest

from logic.errors import PorismError
from mpl import format_source

UNTIDY = """

# The numbers.


theory   T
data Nat=zero|succ( Nat )   # Peano's
   var n,m:Nat
func (+) (Nat,Nat)->Nat{ # by recursion
  # on the second
  n+zero=n;n+succ(m) = succ((n+m))  # the step
  # no more
}
axiom a:((n+m)+n = (1)) and((n=m)or n=[]   )
pred (<=)(Nat,Nat)
define (n<=m):=∃ k:Nat. n+k=m
goal b: # stays
   (n = m)
goal c : (>[x,y](& (in[x,y])!( in[y,x]))  (p))
explore   size 3 with +,zero
# the end
"""
TIDY = """# The numbers.

theory T
data Nat = zero | succ(Nat)  # Peano's
var n, m : Nat
func (+)(Nat, Nat) -> Nat {  # by recursion
  # on the second
  n + zero = n
  n + succ(m) = succ(n + m)  # the step
  # no more
}
axiom a: n + m + n = 1 and (n = m or n = [])
pred (<=)(Nat, Nat)
define n <= m := exists k : Nat. n + k = m
goal b: # stays
   (n = m)
goal c: (>[x,y] (& (in[x,y]) !(in[y,x])) (p))
explore size 3 with +, zero
# the end
"""


def test_layout_and_parentheses_become_uniform_and_comments_stay() -> None:
    assert format_source(UNTIDY) == TIDY
    assert format_source(TIDY) == TIDY


def test_unicode_is_a_matter_of_spelling() -> None:
    ascii_ = "sort S\npred (<=)(S, S)\naxiom a: forall x. not x <= x -> exists y. x != y and true\n"
    marked = "sort S\npred (≤)(S, S)\naxiom a: ∀x. ¬x ≤ x → (∃y. x ≠ y ∧ true)\n"
    assert format_source(ascii_, unicode=True) == marked
    assert format_source(marked) == ascii_.replace(
        "exists y. x != y and true", "(exists y. x != y and true)"
    )


def test_long_formulas_are_broken_at_their_connectives() -> None:
    part = "length(xs ++ ys) = length(xs)"
    text = format_source(f"goal g: {part} and {part} -> forall xs. {part} or {part}\n")
    assert text == (f"goal g: {part} and {part}\n  -> (forall xs. {part} or {part})\n")
    assert all(len(line) <= 100 for line in text.splitlines())


def test_an_if_stays_an_if() -> None:
    text = "axiom a: f(if p then x else y) = (if p then x else y) + (if q then x else y)\n"
    assert format_source(text) == text


def test_operators_of_one_level_are_kept_apart() -> None:
    text = "axiom a: (x /\\ y) \\/ z = x + y - (z * x / y)\n"
    assert format_source(text) == "axiom a: (x /\\ y) \\/ z = x + y - z * x / y\n"


def test_a_text_that_is_not_mpl_is_refused() -> None:
    with pytest.raises(PorismError):
        format_source("axiom\n")
