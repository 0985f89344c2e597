"""Unification and matching on terms that are handles: a bank and a number.

The terms of a `Bank` are hash-consed in C; a `Term` here is a thin handle on one, made when it is
needed. Symbols are functions that build terms:

>>> from logic.unification import Terms, unify
>>> terms = Terms()
>>> f, a = terms.symbol("f", 2), terms.symbol("a")
>>> x, y = terms.variables("x y")
>>> binding = unify(f(x, a()), f(a(), y))
>>> binding == {x: a(), y: a()}
True
>>> f(y, x).substitute(binding)
f(a, a)

Where speed counts, work on many pairs in one call (`unify_many`, `match_many`), on one term
against many (`Index`), or on the bank itself (``terms.bank``), whose terms are plain ints.

Costs, where n counts the distinct subterms of both sides: shared subterms count once, so that a
term of size 2ⁿ may cost n.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from logic import core

__all__ = ["Index", "Symbol", "Term", "Terms", "match", "match_many", "unify", "unify_many"]


class Terms:
    """A bank of terms, and the names of its symbols and variables.

    It belongs to one thread at a time; different ones are independent of each other. Terms are
    kept as long as it lives. ``memory`` is a limit in bytes: what would exceed it raises
    MemoryError and changes nothing.
    """

    __slots__ = ("_indices", "_names", "_symbols", "_variables", "bank")

    def __init__(self, memory: int | None = None) -> None:
        self.bank = core.Bank(memory)
        self._names: list[str] = []
        self._symbols: dict[tuple[str, int], Symbol] = {}
        self._variables: list[str] = []
        self._indices: dict[str, int] = {}

    def symbol(self, name: str, arity: int = 0) -> Symbol:
        """The function symbol of this name and arity; O(1)."""
        found = self._symbols.get((name, arity))
        if found is None:
            number = self.bank.symbol(arity)
            self._names.append(name)
            found = self._symbols[name, arity] = Symbol(self, number, name, arity)
        return found

    def variable(self, name: str) -> Term:
        """The variable of this name; O(1)."""
        index = self._indices.get(name)
        if index is None:
            index = self._indices[name] = len(self._variables)
            self._variables.append(name)
        return Term(self, self.bank.variable(index))

    def variables(self, names: str) -> tuple[Term, ...]:
        """Variables by their names, separated by spaces."""
        return tuple(map(self.variable, names.split()))

    def _text(self, number: int) -> str:
        bank = self.bank
        parts: list[str] = []
        # Terms and texts still to be written, the next one last.
        todo: list[int | str] = [number]
        while todo:
            t = todo.pop()
            if isinstance(t, str):
                parts.append(t)
            elif bank.is_variable(t):
                index = bank.index(t)
                known = index < len(self._variables)
                parts.append(self._variables[index] if known else f"_{index}")
            else:
                parts.append(self._names[bank.head(t)])
                args = bank.arguments(t)
                if args:
                    parts.append("(")
                    todo.append(")")
                    for arg in reversed(args[1:]):
                        todo += [arg, ", "]
                    todo.append(args[0])
        return "".join(parts)


class Symbol:
    """A function symbol: call it with terms to build one."""

    __slots__ = ("arity", "name", "number", "terms")

    def __init__(self, terms: Terms, number: int, name: str, arity: int) -> None:
        self.terms, self.number, self.name, self.arity = terms, number, name, arity

    def __call__(self, *args: Term) -> Term:
        """The symbol applied; O(arity). ValueError where the arity is another."""
        terms = self.terms
        return Term(terms, terms.bank.term(self.number, tuple(_id(terms, arg) for arg in args)))

    def __repr__(self) -> str:
        return f"{self.name}/{self.arity}"


class Term:
    """A term of some `Terms`: a handle of two words. Equal terms of one bank are one number."""

    __slots__ = ("id", "terms")

    def __init__(self, terms: Terms, id: int) -> None:
        self.terms, self.id = terms, id

    def __eq__(self, other: object) -> bool:
        """O(1), whatever the size."""
        if not isinstance(other, Term):
            return NotImplemented
        return self.id == other.id and self.terms is other.terms

    def __hash__(self) -> int:
        return hash(self.id)

    @property
    def is_variable(self) -> bool:
        return self.terms.bank.is_variable(self.id)

    @property
    def is_ground(self) -> bool:
        """No variable occurs in it; O(1)."""
        return self.terms.bank.is_ground(self.id)

    @property
    def args(self) -> tuple[Term, ...]:
        """The arguments; O(arity)."""
        return tuple(Term(self.terms, t) for t in self.terms.bank.arguments(self.id))

    @property
    def size(self) -> int:
        """Occurrences of symbols and variables, at most 2³² - 1; O(1)."""
        return self.terms.bank.size(self.id)

    @property
    def depth(self) -> int:
        """0 for constants and variables; O(1)."""
        return self.terms.bank.depth(self.id)

    def substitute(self, binding: Mapping[Term, Term]) -> Term:
        """Put terms for variables, all at once; linear in the distinct subterms."""
        terms = self.terms
        ids = {_id(terms, x): _id(terms, t) for x, t in binding.items()}
        return Term(terms, terms.bank.substitute(self.id, ids))

    def __repr__(self) -> str:
        """The term as text, but no more than its size where it has over a thousand symbols."""
        size = self.size
        return self.terms._text(self.id) if size <= 1000 else f"<term of {size} symbols>"


def _id(terms: Terms, term: Term) -> int:
    if not isinstance(term, Term):
        raise TypeError(f"expected a Term, not {type(term).__name__}")
    if term.terms is not terms:
        raise ValueError(f"{term!r} is a term of another bank")
    return term.id


def _handles(terms: Terms, binding: dict[int, int]) -> dict[Term, Term]:
    return {Term(terms, x): Term(terms, t) for x, t in binding.items()}


def _home(term: Term) -> Terms:
    if not isinstance(term, Term):
        raise TypeError(f"expected a Term, not {type(term).__name__}")
    return term.terms


def unify(s: Term, t: Term) -> dict[Term, Term] | None:
    """A most general unifier, or None.

    The images are fully resolved: no variable that is bound occurs in them. Both sides share their
    variables. Almost linear in n (unification closure with union-find), with one pass for the
    occurs check; building the images is linear in n, too.
    """
    terms = _home(s)
    found = terms.bank.unify(s.id, _id(terms, t))
    return None if found is None else _handles(terms, found)


def match(pattern: Term, term: Term) -> dict[Term, Term] | None:
    """The substitution of the pattern's variables that makes it the term, or None.

    Linear in the distinct subterms of the pattern; the term's size does not matter. Its variables
    are constants here, even those that the pattern has as well.
    """
    terms = _home(pattern)
    found = terms.bank.match(pattern.id, _id(terms, term))
    return None if found is None else _handles(terms, found)


def _many(left: Iterable[Term], right: Iterable[Term], method: str) -> list[bool]:
    left, right = list(left), list(right)
    if not left and not right:
        return []
    terms = _home((left or right)[0])
    test = getattr(terms.bank, method)
    return list(map(bool, test([_id(terms, s) for s in left], [_id(terms, t) for t in right])))


def unify_many(left: Sequence[Term], right: Sequence[Term]) -> list[bool]:
    """Which pairs unify; each as `unify`, in one call that does not hold the GIL.

    ValueError where one side is longer than the other.
    """
    return _many(left, right, "unify_many")


def match_many(patterns: Sequence[Term], terms: Sequence[Term]) -> list[bool]:
    """Which patterns match their terms; each as `match`, in one call without the GIL."""
    return _many(patterns, terms, "match_many")


class Index:
    """Terms of one bank, found by what they match or unify with.

    A discrimination tree; a second tree, over fingerprints, is built when `instances` or
    `unifiable` is first called. Answers come in the order of insertion.
    """

    __slots__ = ("_index", "_live", "_stored", "terms")

    def __init__(self, terms: Terms, stored: Iterable[Term] = ()) -> None:
        self.terms = terms
        self._index = core.Index(terms.bank)
        self._stored: list[Term] = []
        self._live: dict[Term, list[int]] = {}
        for term in stored:
            self.add(term)

    def __len__(self) -> int:
        return len(self._index)

    def add(self, term: Term) -> None:
        """Store a term, once more if it is there; linear in its size as a tree."""
        self._index.insert(_id(self.terms, term), len(self._stored))
        self._live.setdefault(term, []).append(len(self._stored))
        self._stored.append(term)

    def remove(self, term: Term) -> None:
        """Forget a term, if it was stored more than once the youngest; KeyError if it is not."""
        numbers = self._live.get(term)
        if not numbers:
            raise KeyError(term)
        self._index.remove(_id(self.terms, term), numbers[-1])
        numbers.pop()

    def generalisations(self, term: Term) -> list[Term]:
        """Stored terms that this one is an instance of; follows the term, not what is stored."""
        return self._get(self._index.generalisations(_id(self.terms, term)))

    def instances(self, pattern: Term) -> list[Term]:
        """Stored terms that are instances of this one.

        Visits what agrees with the pattern in some positions near the root, and matches that.
        """
        return self._get(self._index.instances(_id(self.terms, pattern)))

    def unifiable(self, term: Term) -> list[Term]:
        """Stored terms that unify with this one, the variables of both being different ones.

        Visits what may agree with it in some positions near the root, and unifies that.
        """
        return self._get(self._index.unifiable(_id(self.terms, term)))

    def _get(self, numbers: list[int]) -> list[Term]:
        return [self._stored[k] for k in numbers]
