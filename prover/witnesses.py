"""Which witnesses a proof about relations may need.

A theory in core notation says that a sum exists, not what it is. Naming every sum of everything
swamps a search; a proof mostly needs the values that the recursive clauses unfold to. If
``in3(x, y, z, +), in2(y, y1, s), in2(z, z1, s) -> in3(x, y1, z1, +)`` and a hypothesis speaks of
``in3(a, b, c, +)`` with ``in2(b0, b, s)``, then a + b0 and its successor are needed: the head's
arguments are matched, and the body is walked through from what is known to what must exist. This
treats a relation that is total in its last argument as the function that it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from logic.formulas import Atom, Exists, Formula, conjuncts
from logic.terms import Term, Var
from prover.facts import Fact
from prover.language import Language

Ground = tuple[str, tuple[int, ...]]
"""A ground atom: its predicate and the ids of its arguments."""

Witness = tuple[Fact, tuple[int, ...]]
"""An existential fact, and ground values for its variables."""

MAX_WITNESSES = 24
PADDING = 8
"""What makes a witness heavy, in symbols: a search prefers terms without one."""


def witnesses(
    language: Language,
    facts: Sequence[Fact],
    goal: Formula,
    values: dict[str, int],
    rounds: int,
) -> list[Witness]:
    """The witnesses that unfolding the facts' ground atoms and the goal asks for.

    ``rounds`` counts how often the atoms about new witnesses are unfolded in turn, plus one.
    """
    finder = _Finder(language, facts, values)
    pending = [*finder.known]
    if isinstance(goal, Atom) and (target := finder.ground(goal)) is not None:
        pending.append(target)
    for _ in range(rounds):
        before = len(finder.known)
        for atom in pending:
            finder.unfold(atom)
        pending = finder.known[before:]
    return finder.found


class _Maker:
    """An existential fact with one witness, seen as a partial function: args ↦ last argument."""

    def __init__(self, fact: Fact, pattern: Atom, position: int) -> None:
        self.fact = fact
        self.pattern = pattern
        self.position = position


class _Finder:
    def __init__(self, language: Language, facts: Sequence[Fact], values: dict[str, int]) -> None:
        self.language = language
        self.values = values
        self.known: list[Ground] = []
        self.found: list[Witness] = []
        self.makers = [m for f in facts if isinstance(f.head, Exists) for m in _makers(f)]
        self.rules = [f for f in facts if f.body and isinstance(f.head, Atom)]
        for f in facts:
            if not f.body and not f.variables and isinstance(f.head, Atom):
                atom = self.ground(f.head)
                if atom is not None:
                    self.known.append(atom)

    def ground(self, atom: Atom) -> Ground | None:
        """A ground atom of the block, or None if it is not made of names in view."""
        args = [self.values.get(t.name) if isinstance(t, Var) else None for t in atom.args]
        if None in args:
            return None
        return atom.predicate, tuple(a for a in args if a is not None)

    def unfold(self, atom: Ground) -> None:
        """Walk through the bodies of all clauses whose head matches but for the last argument."""
        for rule in self.rules:
            head = rule.head
            assert isinstance(head, Atom)
            position = self._result(head)
            if head.predicate != atom[0] or position is None:
                continue
            own = {v.name for v in rule.variables}
            binding: dict[str, int] | None = {}
            for i, (pattern, value) in enumerate(zip(head.args, atom[1], strict=True)):
                if i != position and binding is not None:
                    binding = self._bind(pattern, value, own, binding)
            if binding is not None:
                body = [b for b in rule.body if isinstance(b, Atom)]
                for _ in self._walk(body, own, binding):
                    pass

    def _result(self, atom: Atom) -> int | None:
        """The position at which some maker supplies the value of such an atom."""
        for maker in self.makers:
            if maker.pattern.predicate == atom.predicate and all(
                isinstance(p, Var) and (p in maker.fact.variables or p == a)
                for i, (p, a) in enumerate(zip(maker.pattern.args, atom.args, strict=True))
                if i != maker.position
            ):
                return maker.position
        return None

    def _bind(
        self, pattern: Term, value: int, own: set[str], binding: dict[str, int]
    ) -> dict[str, int] | None:
        if not isinstance(pattern, Var):
            return None
        if pattern.name not in own:
            return binding if self.values.get(pattern.name) == value else None
        if binding.get(pattern.name, value) != value:
            return None
        return {**binding, pattern.name: value}

    def _walk(
        self, body: list[Atom], own: set[str], binding: dict[str, int]
    ) -> Iterator[dict[str, int]]:
        """Satisfy body atoms from known ones, or by witnesses where the arguments are known."""
        if len(self.found) >= MAX_WITNESSES:
            return
        if not body:
            yield binding
            return
        # The atom about which most is known comes next.
        atom = min(body, key=lambda a: len(self._open(a, own, binding)))
        rest = [a for a in body if a is not atom]
        positions = self._open(atom, own, binding)
        if not positions:
            yield from self._walk(rest, own, binding)
            return
        if len(positions) == len(atom.args):
            return
        matches = [self._match(atom, known, own, binding) for known in self.known]
        found = [m for m in matches if m is not None]
        if not found and positions == [self._result(atom)]:
            made = self._make(atom, binding)
            extended = None if made is None else self._match(atom, made, own, binding)
            found = [] if extended is None else [extended]
        for extended in found:
            yield from self._walk(rest, own, extended)

    def _open(self, atom: Atom, own: set[str], binding: dict[str, int]) -> list[int]:
        """The positions of variables without a value."""
        return [
            i
            for i, t in enumerate(atom.args)
            if isinstance(t, Var) and t.name in own and t.name not in binding
        ]

    def _match(
        self, atom: Atom, known: Ground, own: set[str], binding: dict[str, int]
    ) -> dict[str, int] | None:
        if known[0] != atom.predicate:
            return None
        found: dict[str, int] | None = binding
        for pattern, value in zip(atom.args, known[1], strict=True):
            found = None if found is None else self._bind(pattern, value, own, found)
        return found

    def _make(self, atom: Atom, binding: dict[str, int]) -> Ground | None:
        """The atom with a new witness at its open position."""
        for maker in self.makers:
            if maker.pattern.predicate != atom.predicate:
                continue
            chosen: dict[str, int] | None = {}
            args = []
            for i, (pattern, t) in enumerate(zip(maker.pattern.args, atom.args, strict=True)):
                assert isinstance(t, Var)
                value = binding.get(t.name, self.values.get(t.name))
                args.append(value)
                if i != maker.position and chosen is not None:
                    assert value is not None
                    own = {v.name for v in maker.fact.variables}
                    chosen = self._bind(pattern, value, own, chosen)
            if chosen is None or len(chosen) != len(maker.fact.variables):
                continue
            ids = tuple(chosen[v.name] for v in maker.fact.variables)
            if any(f is maker.fact and i == ids for f, i in self.found):
                return None
            self.found.append((maker.fact, ids))
            args[maker.position] = witness_terms(self.language, maker.fact, ids)[0]
            made = (atom.predicate, tuple(a for a in args if a is not None))
            self.known.append(made)
            return made
        return None


def _makers(fact: Fact) -> Iterator[_Maker]:
    assert isinstance(fact.head, Exists)
    if len(fact.head.vars) != 1:
        return
    witness = fact.head.vars[0]
    for part in conjuncts(fact.head.body):
        if isinstance(part, Atom) and all(isinstance(t, Var) for t in part.args):
            places = [i for i, t in enumerate(part.args) if t == witness]
            if len(places) == 1 and set(fact.variables) <= set(part.args):
                yield _Maker(fact, part, places[0])


def witness_terms(language: Language, fact: Fact, ids: tuple[int, ...]) -> tuple[int, ...]:
    """The terms that stand for an existential fact's witnesses at values of its variables."""
    assert isinstance(fact.head, Exists)
    sorts = tuple(v.sort for v in fact.variables)
    bank = language.bank
    return tuple(
        bank.term(
            language.skolem(fact.formula, position, sorts, v.sort, PADDING),
            (*ids, *[language.true] * PADDING),
        )
        for position, v in enumerate(fact.head.vars)
    )
