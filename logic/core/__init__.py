"""The C core: terms, unification, indexing, rewriting, saturation, joins.

Terms are plain ints, handed out by a `Bank`; equal terms of one bank have
equal ids, so ``==`` decides equality. Symbols are ints as well. Nothing
that a method answers depends on the ids themselves or on what else the bank
holds.

>>> from logic.core import Bank
>>> bank = Bank()
>>> f, a = bank.symbol(2), bank.symbol(0)
>>> x, y = bank.variable(0), bank.variable(1)
>>> t = bank.term(f, (x, bank.term(a)))
>>> bank.unify(t, bank.term(f, (bank.term(a), y))) == {x: bank.term(a), y: bank.term(a)}
True

Costs, where n counts distinct subterms: `term` is O(arity) and amortised;
`unify` and `unifiable` almost linear (union-find); `match` linear in the
pattern; `compare` O(n²) at worst for the path order, O(n log n) for
Knuth-Bendix; `mark` O(1), `release` linear in what it forgets; `Index`
retrieval follows the term, not the number of terms stored.

A bank belongs to one thread at a time: a call that meets another in progress
raises RuntimeError. Different banks are independent, and the long loops
(`unify_many`, `match_many`, `Saturation.run`, `Join.run`) run without the GIL.

`Saturation.derivation(id)` says how a clause follows, so that it can be
rebuilt by substituting and replacing alone. Literal -1 is the head, others
count the body; a substitution maps a parent's variables to terms over the
conclusion's. The forms are:

* ``("input",)``
* ``("superpose", from, reversed, into, literal, side, path, from_subst,
  into_subst)``: the unit `from`, read right to left if `reversed`, replaces the
  subterm at `path` in that side of that literal of `into`
* ``("resolve", parent, literal, subst)``: the sides of a body literal become
  equal, and it goes
* ``("decompose", parent, literal, subst)``: ``c(s, ..) = c(t, ..)`` in the body
  becomes ``s = t, ..`` in its place
* ``("inject", parent, argument, subst)``: from the head ``c(s, ..) = c(t, ..)``
* ``("clash", parent, subst)``: the head ``c(..) = d(..)`` goes, the body is denied
* ``("simplify", parent, steps, subst, swapped)``: each step ``(literal, side,
  path, unit, reversed, unit_subst)`` replaces one subterm, the substitution of
  the unit's variables being to terms of the parent; then `subst` renames, then
  the head's sides change places if `swapped`

A term id that a `release` has taken back is refused until the bank has grown
past it again; after that it denotes whatever new term got it.
"""

from logic.core._core import Bank, Index, Join, LimitError, Rewriter, Saturation

__all__ = ["Bank", "Index", "Join", "LimitError", "Rewriter", "Saturation"]
