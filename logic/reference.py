"""What the core computes, said as plainly as possible.

A variable is an int; an application is a tuple of a symbol and its arguments,
``("f", 0, ("a",))``. These functions are the specification that the tests
hold `logic.core` against. They know nothing of sharing, so they are slow on
large terms and recursive in their depth.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

Term: TypeAlias = "int | tuple[Any, ...]"
"""An int, or a symbol's name with its arguments."""

Substitution: TypeAlias = dict[int, Term]
Rule: TypeAlias = tuple[Term, Term]


def variables(term: Term) -> list[int]:
    """The variables of a term, in the order of first occurrence."""
    if isinstance(term, int):
        return [term]
    return list(dict.fromkeys(x for arg in term[1:] for x in variables(arg)))


def substitute(term: Term, binding: Mapping[int, Term]) -> Term:
    """Replace all bound variables at once."""
    if isinstance(term, int):
        return binding.get(term, term)
    return (term[0], *(substitute(arg, binding) for arg in term[1:]))


def rename(term: Term, by: int) -> Term:
    """Shift every variable."""
    return substitute(term, {x: x + by for x in variables(term)})


def unify(s: Term, t: Term) -> Substitution | None:
    """A most general unifier, fully resolved, or None (Robinson 1965)."""
    binding: Substitution = {}
    todo = [(s, t)]
    while todo:
        a, b = (substitute(u, binding) for u in todo.pop())
        if a == b:
            continue
        if isinstance(b, int):
            a, b = b, a
        if isinstance(a, int):
            if a in variables(b):
                return None
            binding = {x: substitute(u, {a: b}) for x, u in binding.items()} | {a: b}
        elif isinstance(b, int) or a[0] != b[0] or len(a) != len(b):
            return None
        else:
            todo += zip(a[1:], b[1:], strict=True)
    return binding


def match(pattern: Term, term: Term) -> Substitution | None:
    """The substitution that makes the pattern the term, or None."""
    binding: Substitution = {}
    todo = [(pattern, term)]
    while todo:
        p, t = todo.pop()
        if isinstance(p, int):
            if binding.setdefault(p, t) != t:
                return None
        elif isinstance(t, int) or p[0] != t[0] or len(p) != len(t):
            return None
        else:
            todo += zip(p[1:], t[1:], strict=True)
    return binding


def lpo(s: Term, t: Term, rank: Callable[[Any], int]) -> bool:
    """Is s greater than t in the lexicographic path order over `rank`?"""
    if isinstance(s, int):
        return False
    if isinstance(t, int):
        return t in variables(s)
    if any(arg == t or lpo(arg, t, rank) for arg in s[1:]):
        return True
    if not all(lpo(s, arg, rank) for arg in t[1:]):
        return False
    if s[0] != t[0]:
        return rank(s[0]) > rank(t[0])
    for a, b in zip(s[1:], t[1:], strict=True):
        if a != b:
            return lpo(a, b, rank)
    return False


def size(term: Term) -> int:
    """Occurrences of symbols and variables."""
    return 1 if isinstance(term, int) else 1 + sum(size(arg) for arg in term[1:])


def occurrences(term: Term, x: int) -> int:
    """How often the variable x occurs."""
    return int(term == x) if isinstance(term, int) else sum(occurrences(a, x) for a in term[1:])


def kbo(s: Term, t: Term, rank: Callable[[Any], int]) -> bool:
    """Is s greater than t in the Knuth-Bendix order where all weigh one?"""
    if any(occurrences(s, x) < occurrences(t, x) for x in variables(t)) or isinstance(s, int):
        return False
    if isinstance(t, int):
        return True
    if size(s) != size(t):
        return size(s) > size(t)
    if s[0] != t[0]:
        return rank(s[0]) > rank(t[0])
    for a, b in zip(s[1:], t[1:], strict=True):
        if a != b:
            return kbo(a, b, rank)
    return False


def directed(
    rules: Sequence[Rule], greater: Callable[[Term, Term], bool]
) -> Iterator[tuple[int, Term, Term]]:
    """The directions in which rules rewrite: (number, pattern, other side)."""
    for number, (left, right) in enumerate(rules):
        if not greater(right, left) and set(variables(right)) <= set(variables(left)):
            yield number, left, right
        if not greater(left, right) and set(variables(left)) <= set(variables(right)):
            yield number, right, left


def normalise(term: Term, rules: Sequence[Rule], greater: Callable[[Term, Term], bool]) -> Term:
    """Ordered rewriting: innermost, leftmost, the first rule that decreases."""
    ways = list(directed(rules, greater))

    def normal(t: Term) -> Term:
        if not isinstance(t, int):
            t = (t[0], *(normal(arg) for arg in t[1:]))
        for _, pattern, other in ways:
            binding = match(pattern, t)
            if binding is not None:
                reduct = substitute(other, binding)
                if greater(t, reduct):
                    return normal(reduct)
        return t

    return normal(term)
