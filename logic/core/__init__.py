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

A term id that a `release` has taken back is refused until the bank has grown
past it again; after that it denotes whatever new term got it.
"""

from logic.core._core import Bank, Index, Join, LimitError, Rewriter, Saturation

__all__ = ["Bank", "Index", "Join", "LimitError", "Rewriter", "Saturation"]
