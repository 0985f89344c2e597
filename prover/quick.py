"""The cheap test of a law: rewriting, case distinctions, and induction whose cases close that way.

It works on ids alone and writes nothing: most conjectures fail, and a failure costs some dozens of
microseconds. What succeeds is a :class:`Plan` that the tactics write down as a proof.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from logic.core import Bank, LimitError
from logic.terms import Sort, Var
from prover.language import Language, Literal
from prover.rewriting import STEPS, Rules
from prover.splitting import Split, clash, find_split


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
    """

    def __init__(self, rules: Rules, splits: int = 0) -> None:
        self.rules = rules
        self.splits = splits
        self.language: Language = rules.language
        self._local: list[tuple[int, int, tuple[Literal, ...]]] = []
        """The rules that blocks added: hypotheses, and cases."""

    def plan(self, claim: Claim, depth: int) -> Plan | None:
        """A proof plan, or None; ``depth`` bounds the nesting of inductions."""
        return self._plan(claim, depth, {})

    def _plan(self, claim: Claim, depth: int, taken: Taken) -> Plan | None:
        sorts = [v.sort for v, _ in claim.variables]
        ground = self.language.fresh(sorts, dict(taken), bool(claim.premises))
        binding = {id: c for (_, id), c in zip(claim.variables, ground, strict=True)}
        conclusion = self._at(claim.conclusion, binding)
        premises = [self._at(p, binding) for p in claim.premises]
        if self._direct(premises, conclusion):
            return REWRITE
        if depth == 0 and not self.splits:
            return None
        found = self._within(premises, conclusion, self.splits)
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
        with _Inside(self):
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

    def _within(self, premises: Sequence[Literal], conclusion: Literal, splits: int) -> Plan | None:
        """A plan for a ground conclusion from ground premises, without induction."""
        with _Inside(self):
            if not all(self.assume(p) for p in premises) or self.rules.joinable(*conclusion):
                return REWRITE
            if conclusion[1] == self.language.false and conclusion[0] != self.language.true:
                case = self._within([self._denied(conclusion[0])], self._absurd(), splits)
                return case and Plan(denial=True, cases=(case,))
            return self._split([*premises, conclusion], conclusion, splits)

    def _split(self, literals: Sequence[Literal], conclusion: Literal, splits: int) -> Plan | None:
        split = find_split(self.rules, literals) if splits else None
        if split is None:
            return None
        cases = []
        for case in self.cases(split):
            with _Inside(self):
                found: Plan | None = REWRITE
                consistent = self.assume(case) and self._revisit()
                if consistent and not self.rules.joinable(*conclusion):
                    found = self._split(literals, conclusion, splits - 1)
            if found is None:
                return None
            cases.append(found)
        return Plan(split=split, cases=tuple(cases))

    def _revisit(self) -> bool:
        """Simplify the hypotheses once more; False if one contradicts what is known now."""
        is_ground = self.language.bank.is_ground
        return all(
            self.assume((left, right))
            for left, right, conditions in list(self._local)
            if not conditions and is_ground(left) and is_ground(right)
        )

    def cases(self, split: Split) -> list[Literal]:
        """What is assumed in each case."""
        if split.values:
            return [(split.literal[0], value) for value in split.values]
        one, two = split.literal
        if two == self.language.true:
            return [split.literal, (one, self.language.false)]
        return [split.literal, (self.language.equation(one, two), self.language.false)]

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
        if one == two:
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
        return self._refresh(one, two)

    def _refresh(self, one: int, two: int) -> bool:
        """Restate the local rules that speak of the greater side of a new ground equation."""
        bank = self.language.bank
        if bank.greater(two, one):
            one, two = two, one
        for left, right, conditions in list(self._local[:-1]):
            flat = (left, right, *(t for c in conditions for t in c))
            new = [replace_all(bank, t, one, two) for t in flat]
            if tuple(new) == flat:
                continue
            if conditions or not (bank.is_ground(left) and bank.is_ground(right)):
                rest = iter(new[2:])
                self._add(new[0], new[1], tuple(zip(rest, rest, strict=True)))
            elif not self.assume((new[0], new[1])):
                return False
        return True

    def _add(self, left: int, right: int, conditions: tuple[Literal, ...] = ()) -> None:
        self.rules.rewriter.add(left, right, conditions)
        self._local.append((left, right, conditions))

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

    def __init__(self, quick: Quick) -> None:
        self.quick = quick

    def __enter__(self) -> None:
        self.quick.rules.enter()
        self.count = len(self.quick._local)

    def __exit__(self, *_: object) -> None:
        self.quick.rules.leave()
        del self.quick._local[self.count :]
