"""``Language``: the names and sorts of a theory beside the numbers of the C core.

The core's symbols are monomorphic: one for each symbol of the theory at each combination of sorts
at which it is met. An atom is a term of the sort of truth values; ``not P`` is ``P = FALSE``; an
equation that has to be a term (to be denied) is an application of an equality symbol of its sort.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from logic.core import Bank
from logic.formulas import FALSE, TRUE, Atom, Equal, Formula, Not, Truth
from logic.printing import show
from logic.terms import App, If, Sort, Term, Var, substitute_sort
from logic.theory import Theory

Literal = tuple[int, int]
"""Two term ids: an equation; ``(atom, TRUE)`` an atom; ``(atom, FALSE)`` a denial."""

EQUALITY = "="

SAMPLES = 40
"""From here on the constants of a sort's pool are sample values: a1, a2, ..."""


class UnnamedError(LookupError):
    """A term has no name yet: a witness that was not introduced, or a variable."""


class Language:
    """Encodes terms and literals of one theory into a bank, and decodes them.

    Eigenvariables are constants from two pools; a block takes the next few and gives them back when
    it is done. The *high* ones lie between constructors and functions in the order, so that a
    hypothesis ``n = zero`` replaces n; the others lie below everything else, so that commutativity
    turns ``zero + n`` into ``n + zero``.
    """

    def __init__(self, theory: Theory) -> None:
        self.theory = theory
        self.bank = Bank()
        self._sorts: dict[Sort | None, int] = {None: 0}
        self._by_id: list[Sort | None] = [None]
        self._symbols: dict[tuple[str, tuple[Sort, ...], Sort | None], int] = {}
        self._names: dict[int, tuple[str, tuple[Sort, ...], Sort | None]] = {}
        self._rank: dict[int, tuple[int, int, str]] = {}
        self._pool: dict[tuple[Sort, bool], list[int]] = {}
        self._skolems: dict[tuple[Formula, int], int] = {}
        self._skolem_symbols: set[int] = set()
        self._shapes: dict[Sort, list[tuple[int, tuple[Sort, ...]]]] = {}
        functions = theory.signature.functions
        self._position = {name: i for i, name in enumerate(functions)}
        self.constructor_names = {n for n, f in functions.items() if f.kind == "constructor"}
        self.true = self._constant("true", 0)
        self.false = self._constant("false", 1)
        self._ordered = 0

    # -- sorts and symbols -------------------------------------------------------------------

    def sort_id(self, sort: Sort | None) -> int:
        """The core's number for a sort; None is the sort of truth values."""
        found = self._sorts.get(sort)
        if found is None:
            found = self._sorts[sort] = len(self._by_id)
            self._by_id.append(sort)
        return found

    def _constant(self, name: str, rank: int) -> int:
        symbol = self.bank.symbol(0, 0, True)
        self._rank[symbol] = (0, rank, name)
        return self.bank.term(symbol)

    def symbol(self, name: str, args: tuple[Sort, ...], result: Sort | None) -> int:
        """The core's symbol for a function, or a predicate (``result`` None), at these sorts."""
        key = (name, args, result)
        found = self._symbols.get(key)
        if found is None:
            constructor = result is not None and name in self.constructor_names
            found = self.bank.symbol(len(args), self.sort_id(result), constructor)
            self._symbols[key] = found
            self._names[found] = key
            level = 2 if constructor else 4 if result is not None else 6 if name == EQUALITY else 5
            self._rank[found] = (level, self._position.get(name, 0), str(key))
        return found

    def skolem(
        self, fact: Formula, position: int, args: tuple[Sort, ...], result: Sort, padding: int
    ) -> int:
        """The function that stands for a witness of an existential fact.

        It takes ``padding`` more arguments of the sort of truth values, which only add weight.
        """
        key = (fact, position)
        found = self._skolems.get(key)
        if found is None:
            found = self.bank.symbol(len(args) + padding, self.sort_id(result))
            self._skolems[key] = found
            self._skolem_symbols.add(found)
            self._rank[found] = (7, position, str(fact))
        return found

    def is_skolem(self, symbol: int) -> bool:
        """Whether a symbol stands for the witness of an existential fact."""
        return symbol in self._skolem_symbols

    def constructors(self, sort: Sort) -> list[tuple[int, tuple[Sort, ...]]]:
        """A data sort's constructors, as symbols with the sorts of their arguments; else none."""
        found = self._shapes.get(sort)
        if found is None:
            found = []
            data = None if sort.parameter else self.theory.signature.data.get(sort.name)
            if data is not None:
                binding = {p.name: a for p, a in zip(data.sort.args, sort.args, strict=True)}
                for c in data.constructors:
                    sorts = tuple(substitute_sort(s, binding) for s in c.args)
                    found.append((self.symbol(c.name, sorts, sort), sorts))
            self._shapes[sort] = found
        return found

    def eigenconstants(self, sort: Sort, start: int, count: int, high: bool = False) -> list[int]:
        """Constants ``start .. start + count`` of a sort's pool, as terms."""
        pool = self._pool.setdefault((sort, high), [])
        while len(pool) < start + count:
            symbol = self.bank.symbol(0, self.sort_id(sort))
            self._rank[symbol] = (3 if high else 1, len(pool), str(sort))
            pool.append(self.bank.term(symbol))
        return pool[start : start + count]

    def fresh(
        self, sorts: Iterable[Sort], taken: dict[tuple[Sort, bool], int], high: bool
    ) -> list[int]:
        """The next eigenconstants of some sorts, as ``taken`` counts them, which is updated.

        Where a sort has constants for values only, they are high: nothing but a hypothesis decides
        between them.
        """
        found = []
        for sort in sorts:
            shapes = self.constructors(sort)
            pool = sort, high or (bool(shapes) and not any(args for _, args in shapes))
            index = taken.get(pool, 0)
            taken[pool] = index + 1
            found += self.eigenconstants(sort, index, 1, pool[1])
        self.settle()
        return found

    def settle(self) -> None:
        """Rank all symbols met so far; to be called before anything is compared or rewritten.

        Eigenvariables lie lowest, then constructors, then high eigenvariables, then functions in
        order of declaration, so that recursive equations run from left to right (lexicographic path
        order).
        """
        if self._ordered != len(self._rank):
            self.bank.precede(sorted(self._rank, key=self._rank.__getitem__))
            self._ordered = len(self._rank)

    def equated(self, atom: int) -> Sort | None:
        """The sort of which a term is an equation; None if it is none."""
        name, sorts, _ = self._names.get(self.bank.head(atom), ("", (), None))
        return sorts[0] if name == EQUALITY else None

    def data_sorts(self) -> list[Sort]:
        """The data sorts at which symbols were met so far, in a fixed order."""
        sorts = {s for _, args, result in self._symbols for s in (*args, result) if s is not None}
        return [s for s in sorted(sorts, key=str) if self.constructors(s)]

    def some_term(self, sort: Sort, names: Mapping[int, Term]) -> int | None:
        """Any ground term of a sort: an eigenvariable, a constant, a constructor of such terms."""
        for id, term in names.items():
            if term.sort == sort:
                return id
        for function in self.theory.signature.functions.values():
            if function.result == sort and not function.args:
                return self.bank.term(self.symbol(function.name, (), sort))
        for symbol, sorts in self.constructors(sort):
            if sort not in sorts:
                parts = [self.some_term(s, names) for s in sorts]
                if None not in parts:
                    return self.bank.term(symbol, [p for p in parts if p is not None])
        return None

    def sort_of(self, term: int) -> Sort:
        """The sort of a term of the bank (not of an atom)."""
        sort = self._by_id[self.bank.sort(term)]
        assert sort is not None
        return sort

    def is_constructor(self, symbol: int) -> bool:
        """Whether a symbol of the bank is a constructor of a data type."""
        return symbol in self._names and self._names[symbol][0] in self.constructor_names

    def is_function(self, symbol: int) -> bool:
        """Whether a symbol of the bank is a function of the theory other than a constructor."""
        name, _, result = self._names.get(symbol, ("", (), None))
        return result is not None and name not in self.constructor_names

    def show(self, term: int) -> str:
        """A ground term as text; constants of the pool are named after their sort."""
        return show(
            self.decode(term, self._pool_names()), signature=self.theory.signature, numerals=True
        )

    def _pool_names(self) -> dict[int, Term]:
        return {
            id: Var(f"{sort.name.lower()}{i + 1 - SAMPLES if i >= SAMPLES else i}", sort)
            for (sort, high), pool in self._pool.items()
            if not high
            for i, id in enumerate(pool)
        }

    # -- terms -------------------------------------------------------------------------------

    def encode(self, term: Term, values: Mapping[str, int]) -> int:
        """The id of a term; ``values`` gives the ids of its variables by name.

        Raises
        ------
        KeyError
            for a variable without a value.
        """
        match term:
            case Var(name):
                return values[name]
            case App(name, args, sort):
                symbol = self.symbol(name, tuple(a.sort for a in args), sort)
                return self.bank.term(symbol, [self.encode(a, values) for a in args])
            case If():
                raise ValueError("conditional terms are split before they are encoded")

    def decode(self, id: int, names: Mapping[int, Term]) -> Term:
        """The term of an id; ``names`` gives terms for variables and eigenvariables by id."""
        known = names.get(id)
        if known is not None:
            return known
        if self.bank.head(id) not in self._names:
            raise UnnamedError(id)
        name, _, sort = self._names[self.bank.head(id)]
        assert sort is not None
        return App(name, tuple(self.decode(a, names) for a in self.bank.arguments(id)), sort)

    def atom(self, formula: Atom | Equal, values: Mapping[str, int]) -> int:
        """The id of an atom, or of an equation as a term."""
        match formula:
            case Atom(name, args):
                sides = args
            case Equal(left, right):
                name, sides = EQUALITY, (left, right)
        symbol = self.symbol(name, tuple(a.sort for a in sides), None)
        return self.bank.term(symbol, [self.encode(a, values) for a in sides])

    def equation(self, one: int, two: int) -> int:
        """An equation as a term, to be denied."""
        sort = self.sort_of(one)
        found = self.bank.term(self.symbol(EQUALITY, (sort, sort), None), [one, two])
        self.settle()
        return found

    def literal(self, formula: Formula, values: Mapping[str, int]) -> Literal:
        """The two sides of a literal: an atom, an equation, a denial of one, true or false."""
        match formula:
            case Equal(left, right):
                return self.encode(left, values), self.encode(right, values)
            case Atom():
                return self.atom(formula, values), self.true
            case Not(body) if isinstance(body, Atom | Equal):
                return self.atom(body, values), self.false
            case Truth(value):
                return (self.true if value else self.false), self.true
        raise ValueError("not a literal")

    def decode_literal(self, literal: Literal, names: Mapping[int, Term]) -> Formula:
        """The formula of a literal, its sides in the order given (an atom's side first)."""
        left, right = literal
        if {left, right} <= {self.true, self.false}:
            return TRUE if left == right else FALSE
        if left in (self.true, self.false):
            left, right = right, left
        if right == self.true:
            return self._decode_atom(left, names)
        if right == self.false:
            return Not(self._decode_atom(left, names))
        return Equal(self.decode(left, names), self.decode(right, names))

    def _decode_atom(self, id: int, names: Mapping[int, Term]) -> Formula:
        name, _, _ = self._names[self.bank.head(id)]
        args = tuple(self.decode(a, names) for a in self.bank.arguments(id))
        return Equal(args[0], args[1]) if name == EQUALITY else Atom(name, args)


def is_literal(formula: Formula) -> bool:
    """Whether a formula is an atom, an equation, a denial of one, true or false."""
    return isinstance(formula, Atom | Equal | Truth) or (
        isinstance(formula, Not) and isinstance(formula.body, Atom | Equal)
    )
