"""On what to split: conditions and arguments at which recursive definitions are stuck.

``insert(x, cons(y, ys))`` with the clauses ``x <= y -> insert(x, cons(y, ys)) = ...`` and
``not x <= y -> ...`` rewrites only where ``x <= y`` is decided; so a proof distinguishes the two
cases. Likewise ``and(p(x), q)``, defined by cases of its first argument, asks for the values of
``p(x)``. What a clause waits for is found by matching it against the subterms of a normal form.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from logic.core import LimitError
from logic.terms import Sort
from prover.language import Language, Literal
from prover.rewriting import STEPS, Rules


class Split(msgspec.Struct, frozen=True):
    """A case distinction: whether an equation or atom holds, or what a term is built by."""

    literal: Literal
    """What may hold or fail; or the term, twice."""
    shapes: tuple[tuple[int, tuple[Sort, ...]], ...] = ()
    """The constructors of a term, with the sorts of their arguments."""

    @property
    def term(self) -> int:
        return self.literal[0]


def find_split(rules: Rules, literals: Iterable[Literal], constants: bool) -> Split | None:
    """The smallest undecided thing that a clause waits for in some literal, the first of equals.

    With ``constants`` it may be an eigenvariable of any data type, if nothing else is waited for.
    """
    finder = _Finder(rules)
    best: tuple[bool, int, Split] | None = None
    for term in dict.fromkeys(t for literal in literals for t in literal):
        for split in finder.below(finder.normal(term)):
            last = any(sorts for _, sorts in split.shapes)
            size = sum(map(rules.language.bank.size, split.literal))
            if not (last and not constants) and (best is None or (last, size) < best[:2]):
                best = last, size, split
    return None if best is None else best[2]


def shapes(language: Language, term: int) -> tuple[tuple[int, tuple[Sort, ...]], ...]:
    """The constructors of a term's sort, if it is a data type."""
    if term in (language.true, language.false):
        return ()
    return tuple(language.constructors(language.sort_of(term)))


class _Finder:
    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.language = rules.language
        self.bank = rules.language.bank
        self._seen: set[int] = set()

    def normal(self, term: int) -> int:
        try:
            return self.rules.rewriter.normalise(term, STEPS)
        except LimitError:
            return term

    def below(self, term: int) -> Iterator[Split]:
        """What the clauses of functions in a normal term wait for, innermost first."""
        if term in self._seen or not self.bank.is_ground(term):
            return
        self._seen.add(term)
        for argument in self.bank.arguments(term):
            yield from self.below(argument)
        for left, conditions in self.rules.clauses.get(self.bank.head(term), ()):
            yield from self._clause(left, conditions, term)

    def _clause(self, left: int, conditions: Sequence[Literal], term: int) -> Iterator[Split]:
        bank = self.bank
        binding = bank.match(left, term)
        if binding is None:
            waiting = self._waiting(left, term)
            if waiting is not None:
                found = shapes(self.language, waiting)
                constant = not bank.arguments(waiting)
                if constant or not any(sorts for _, sorts in found):
                    yield Split((waiting, waiting), found)
            return
        for one, two in conditions:
            one, two = (self.normal(bank.substitute(t, binding)) for t in (one, two))
            if one == two:
                continue
            split = self._undecided(one, two)
            if split is not None:
                yield split
            return  # later conditions matter only where this one holds

    def _waiting(self, pattern: int, term: int) -> int | None:
        """The one place at which a pattern asks for a constructor and finds something else."""
        bank, language = self.bank, self.language
        if bank.is_variable(pattern) or pattern == term:
            return None
        if bank.head(pattern) != bank.head(term):
            built = language.is_constructor(bank.head(term))
            return None if built or not language.is_constructor(bank.head(pattern)) else term
        places = zip(bank.arguments(pattern), bank.arguments(term), strict=True)
        found = [w for p, t in places if (w := self._waiting(p, t)) is not None]
        return found[0] if found else None

    def _undecided(self, one: int, two: int) -> Split | None:
        language = self.language
        truths = (language.true, language.false)
        if two in truths:
            if one in truths:
                return None
            if language.equated(one) is None:
                return Split((one, language.true))
            one, two = self.bank.arguments(one)
        if one == two or clash(language, one, two):
            return None
        for term, other in ((one, two), (two, one)):
            found = shapes(language, term)
            built = [language.is_constructor(self.bank.head(t)) for t in (term, other)]
            if found and built == [False, True] and not any(sorts for _, sorts in found):
                return Split((term, term), found)
        return Split((one, two))


def clash(language: Language, one: int, two: int) -> bool:
    """Whether two terms have different constructors on top, or inside at the same place."""
    bank = language.bank
    first, second = bank.head(one), bank.head(two)
    if not (language.is_constructor(first) and language.is_constructor(second)):
        return False
    if first != second:
        return True
    return any(map(lambda s, t: clash(language, s, t), bank.arguments(one), bank.arguments(two)))
