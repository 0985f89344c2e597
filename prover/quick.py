"""The cheap test of a law: rewriting, case distinctions, and induction whose cases close that way.

It works on ids alone and writes nothing: most conjectures fail, and a failure costs some dozens of
microseconds. What succeeds is a :class:`Plan` that the tactics write down as a proof.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

import msgspec

from logic.core import Bank, LimitError
from logic.terms import Sort, Var
from prover.chaining import CHAIN, firings
from prover.language import Language, Literal
from prover.rewriting import STEPS, Rules
from prover.splitting import Split, clash, find_split
from prover.stuck import Leaf, known_instances


class Plan(msgspec.Struct, frozen=True):
    """How to prove a goal, outermost step first; with nothing set, by rewriting."""

    variable: int | None = None
    """By induction on a variable, given by its position."""
    split: Split | None = None
    """By distinguishing cases."""
    denial: bool = False
    """A denied goal, by leading what it denies to a contradiction."""
    cases: tuple[Plan, ...] = ()


REWRITE = Plan()
LOCAL = 60
"""Hypotheses and their consequences that are kept, at most."""

Taken = dict[tuple[Sort, bool], int]
"""How many eigenconstants of each pool are in use."""


class Claim(msgspec.Struct, frozen=True):
    """``premises -> conclusion`` as literals of a bank, open in the variables listed."""

    variables: tuple[tuple[Var, int], ...]
    premises: tuple[Literal, ...]
    conclusion: Literal


class Quick:
    """Plans proofs of claims over one language and its rules.

    Parameters
    ----------
    splits : case distinctions at most on the way to a leaf.
    stuck : where to note what could not be shown inside an induction.
    """

    def __init__(self, rules: Rules, splits: int = 0, stuck: list[Leaf] | None = None) -> None:
        self.rules = rules
        self.splits = splits
        self.language: Language = rules.language
        self._local: list[tuple[int, int, tuple[Literal, ...]]] = []
        """The rules that blocks added: hypotheses, and cases."""
        self.stuck = stuck
        self._chained = 0
        self.inductions = 0
        """How many inductions are around."""

    def plan(self, claim: Claim, depth: int) -> Plan | None:
        """A proof plan, or None; ``depth`` bounds the nesting of inductions."""
        return self._plan(claim, depth, {})

    def _plan(self, claim: Claim, depth: int, taken: Taken) -> Plan | None:
        sorts = [v.sort for v, _ in claim.variables]
        deeper = dict(taken)
        ground = self.language.fresh(sorts, deeper, bool(claim.premises))
        binding = {id: c for (_, id), c in zip(claim.variables, ground, strict=True)}
        conclusion = self._at(claim.conclusion, binding)
        premises = [self._at(p, binding) for p in claim.premises]
        if self._direct(premises, conclusion):
            return REWRITE
        if depth == 0 and not self.splits:
            return None
        found = self._within(premises, conclusion, deeper)
        return found or (self._inductions(claim, depth, taken) if depth else None)

    def _direct(self, premises: Sequence[Literal], conclusion: Literal) -> bool:
        return not premises and self.rules.joinable(*conclusion)

    def _inductions(self, claim: Claim, depth: int, taken: Taken) -> Plan | None:
        for position, (variable, _) in enumerate(claim.variables):
            constructors = self.language.constructors(variable.sort)
            if not constructors:
                continue
            cases: list[Plan] = []
            for symbol, sorts in constructors:
                case = self._case(claim, position, depth, taken, symbol, sorts)
                if case is None:
                    break
                cases.append(case)
            else:
                return Plan(position, cases=tuple(cases))
        return None

    def _case(
        self,
        claim: Claim,
        position: int,
        depth: int,
        taken: Taken,
        symbol: int,
        sorts: tuple[Sort, ...],
    ) -> Plan | None:
        variable, id = claim.variables[position]
        others = (*claim.variables[:position], *claim.variables[position + 1 :])

        def at(value: int) -> Claim:
            binding = {id: value}
            return Claim(
                others,
                tuple(self._at(p, binding) for p in claim.premises),
                self._at(claim.conclusion, binding),
            )

        deeper = dict(taken)
        args = self.language.fresh(sorts, deeper, bool(claim.premises))
        value = self.language.bank.term(symbol, args)
        with _Inside(self, induction=1):
            for argument, s in zip(args, sorts, strict=True):
                if s == variable.sort and not self._hypothesis(at(argument)):
                    return REWRITE
            return self._plan(at(value), depth - 1, deeper)

    def _hypothesis(self, claim: Claim) -> bool:
        """Use an induction hypothesis; False if it contradicts what is known."""
        if not claim.premises and not claim.variables:
            return self.assume(claim.conclusion)
        self._add(*claim.conclusion, claim.premises)
        return True

    # -- inside a block ------------------------------------------------------------------------

    def _within(
        self, premises: Sequence[Literal], conclusion: Literal, taken: Taken
    ) -> Plan | None:
        """A plan for a ground conclusion from ground premises, without induction."""
        with _Inside(self):
            if not all(self.assume(p) for p in premises) or self.rules.joinable(*conclusion):
                return REWRITE
            if conclusion[1] == self.language.false and conclusion[0] != self.language.true:
                case = self._within([self._denied(conclusion[0])], self._absurd(), taken)
                return case and Plan(denial=True, cases=(case,))
            constants = 1 if self.inductions else 0
            return self._split([*premises, conclusion], taken, self.splits, constants)

    def _split(
        self, literals: Sequence[Literal], taken: Taken, splits: int, constants: int
    ) -> Plan | None:
        """A plan for the last literal, from the others among what is assumed, by cases.

        ``constants`` is how many eigenvariables may still be taken apart.
        """
        split = find_split(self.rules, literals, constants > 0) if splits else None
        takes_apart = split is not None and any(sorts for _, sorts in split.shapes)
        if self.stuck is not None and self.inductions and (split is None or takes_apart):
            self._record(self.stuck, literals[-1])
        if split is None:
            return None
        constants -= takes_apart
        cases = []
        for case, deeper in self._cases(split, taken):
            with _Inside(self):
                found: Plan | None = REWRITE
                here = list(literals)
                if split.shapes:
                    replace = partial(replace_all, self.language.bank, old=split.term, new=case[1])
                    here = [(replace(one), replace(two)) for one, two in literals]
                if self._suppose(split, case) and not self.rules.joinable(*here[-1]):
                    found = self._split(here, deeper, splits - 1, constants)
            if found is None:
                return None
            cases.append(found)
        return Plan(split=split, cases=tuple(cases))

    def _record(self, stuck: list[Leaf], conclusion: Literal) -> None:
        """Note what could not be shown inside an induction."""
        try:
            one, two = (self.rules.rewriter.normalise(t, STEPS) for t in conclusion)
        except LimitError:
            return
        is_ground = self.language.bank.is_ground
        known: list[Literal] = []
        for left, right, conditions in self._local:
            if not conditions and is_ground(left) and is_ground(right):
                known.append((left, right))
            elif not conditions:
                known += known_instances(self.language, (left, right), (one, two))
        stuck.append(Leaf(tuple(known), (one, two)))

    def _suppose(self, split: Split, case: Literal) -> bool:
        """Use what holds in a case; False if it contradicts what is known."""
        if split.shapes:
            restated = self._restate(*case)
            is_constant = not self.language.bank.arguments(split.term)
            return restated and (is_constant or self.assume(case)) and self._revisit()
        return self.assume(case) and self._revisit()

    def _cases(self, split: Split, taken: Taken) -> Iterator[tuple[Literal, Taken]]:
        """What is assumed in each case, and the eigenconstants in use there."""
        language = self.language
        for symbol, sorts in split.shapes:
            deeper = dict(taken)
            args = language.fresh(sorts, deeper, True)
            yield (split.term, language.bank.term(symbol, args)), deeper
        if not split.shapes:
            one, two = split.literal
            atom = one if two == language.true else language.equation(one, two)
            yield split.literal, taken
            yield (atom, language.false), taken

    def _revisit(self) -> bool:
        """Simplify the hypotheses once more; False if one contradicts what is known now."""
        is_ground = self.language.bank.is_ground
        return all(
            self.assume((left, right))
            for left, right, conditions in list(self._local)
            if not conditions and is_ground(left) and is_ground(right)
        )

    def _denied(self, atom: int) -> Literal:
        if self.language.equated(atom) is None:
            return atom, self.language.true
        one, two = self.language.bank.arguments(atom)
        return one, two

    def _absurd(self) -> Literal:
        return self.language.false, self.language.true

    def assume(self, literal: Literal) -> bool:
        """Use a ground literal as a rule, simplified; False if it contradicts what is known."""
        language, bank = self.language, self.language.bank
        try:
            one, two = (self.rules.rewriter.normalise(t, STEPS) for t in literal)
        except LimitError:
            one, two = literal
        if one == two or len(self._local) > LOCAL or (one, two, ()) in self._local:
            return True
        truths = (language.true, language.false)
        if one in truths and two in truths:
            return False
        if two in truths:
            if language.equated(one) is not None and two == language.false:
                s, t = bank.arguments(one)
                if s == t:
                    return False
                self._add(language.equation(t, s), two)
        elif language.is_constructor(bank.head(one)) and language.is_constructor(bank.head(two)):
            if clash(language, one, two):
                return False
            pairs = zip(bank.arguments(one), bank.arguments(two), strict=True)
            return all(self.assume(pair) for pair in pairs)
        self._add(one, two)
        if bank.greater(two, one):
            one, two = two, one
        return (not bank.greater(one, two) or self._restate(one, two)) and self._chain((one, two))

    def _chain(self, new: Literal) -> bool:
        """Use what conditional laws say of a new literal; False if that is a contradiction."""
        if self._chained == CHAIN or self.language.theory.inductions:
            return True
        self._chained += 1
        is_ground = self.language.bank.is_ground
        known, laws = [], [(law.body, law.head) for law in self.rules.implications]
        for left, right, conditions in self._local:
            if conditions:
                laws.append((conditions, (left, right)))
            elif is_ground(left) and is_ground(right):
                known.append((left, right))
        consistent = all(
            self.assume(head)
            for body, law in laws
            for binding in firings(self.language.bank, body, new, known)
            if all(map(is_ground, head := self._at(law, binding)))
        )
        self._chained -= 1
        return consistent

    def _restate(self, old: int, new: int) -> bool:
        """Restate the local rules that speak of a term with what it equals in its place."""
        bank = self.language.bank
        for left, right, conditions in list(self._local):
            if (left, right) in ((old, new), (new, old)):
                continue
            flat = (left, right, *(t for c in conditions for t in c))
            restated = [replace_all(bank, t, old, new) for t in flat]
            if tuple(restated) == flat:
                continue
            if conditions or not (bank.is_ground(left) and bank.is_ground(right)):
                rest = iter(restated[2:])
                self._add(restated[0], restated[1], tuple(zip(rest, rest, strict=True)))
            elif not self.assume((restated[0], restated[1])):
                return False
        return True

    def _add(self, left: int, right: int, conditions: tuple[Literal, ...] = ()) -> None:
        self._local.append((left, right, conditions))
        if conditions and self.rules.fits_anything(left, right):
            return
        self.rules.rewriter.add(left, right, conditions)
        if not (self.language.bank.is_ground(left) and self.language.bank.is_ground(right)):
            try:
                one, two = (self.rules.rewriter.normalise(t, STEPS) for t in (left, right))
            except LimitError:
                return
            if one != two and (one, two) != (left, right):
                self.rules.rewriter.add(one, two, conditions)
                self._local.append((one, two, conditions))

    def _at(self, literal: Literal, binding: dict[int, int]) -> Literal:
        substitute = self.language.bank.substitute
        return substitute(literal[0], binding), substitute(literal[1], binding)


def replace_all(bank: Bank, term: int, old: int, new: int) -> int:
    """A term with every occurrence of a ground one replaced."""
    if term == old:
        return new
    arguments = bank.arguments(term)
    replaced = [replace_all(bank, a, old, new) for a in arguments]
    return term if tuple(replaced) == arguments else bank.term(bank.head(term), replaced)


class _Inside:
    """An inner block: its rules go when it is left."""

    def __init__(self, quick: Quick, induction: int = 0) -> None:
        self.quick = quick
        self.induction = induction

    def __enter__(self) -> None:
        self.quick.rules.enter()
        self.count = len(self.quick._local)
        self.quick.inductions += self.induction

    def __exit__(self, *_: object) -> None:
        self.quick.rules.leave()
        del self.quick._local[self.count :]
        self.quick.inductions -= self.induction
