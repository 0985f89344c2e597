"""The cheap test of an equation: rewriting, and induction whose cases are closed by rewriting.

It works on ids alone and writes nothing: most conjectures fail, and a failure costs some dozens of
microseconds. What succeeds is a :class:`Plan` that the tactics write down as a proof.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from logic.terms import Sort, Var
from prover.language import Language
from prover.rewriting import Rules


class Plan(msgspec.Struct, frozen=True):
    """How to prove a goal: by rewriting, or by induction on a variable (by position)."""

    variable: int | None = None
    cases: tuple[Plan, ...] = ()


REWRITE = Plan()


class Quick:
    """Plans proofs of equations over one language and its rules."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.language: Language = rules.language

    def plan(self, variables: Sequence[Var], left: int, right: int, depth: int) -> Plan | None:
        """A proof plan for ``forall variables. left = right``, or None.

        ``variables[i]`` is the bank's variable i; ``depth`` bounds the nesting of inductions.
        """
        language = self.language
        ids = [language.bank.variable(i, language.sort_id(v.sort)) for i, v in enumerate(variables)]
        return self._plan(list(zip(variables, ids, strict=True)), left, right, depth, {})

    def _plan(
        self,
        variables: list[tuple[Var, int]],
        left: int,
        right: int,
        depth: int,
        taken: dict[Sort, int],
    ) -> Plan | None:
        substitute = self.language.bank.substitute
        ground, _ = self._fresh([v.sort for v, _ in variables], taken)
        binding = {id: c for (_, id), c in zip(variables, ground, strict=True)}
        if self.rules.joinable(substitute(left, binding), substitute(right, binding)):
            return REWRITE
        if depth == 0:
            return None
        for position, (variable, id) in enumerate(variables):
            constructors = self.language.constructors(variable.sort)
            if not constructors:
                continue
            others = variables[:position] + variables[position + 1 :]
            cases: list[Plan] = []
            for symbol, sorts in constructors:
                case = self._case(
                    others, left, right, depth, taken, variable.sort, id, symbol, sorts
                )
                if case is None:
                    break
                cases.append(case)
            else:
                return Plan(position, tuple(cases))
        return None

    def _case(
        self,
        others: list[tuple[Var, int]],
        left: int,
        right: int,
        depth: int,
        taken: dict[Sort, int],
        sort: Sort,
        id: int,
        symbol: int,
        sorts: tuple[Sort, ...],
    ) -> Plan | None:
        bank = self.language.bank
        args, deeper = self._fresh(sorts, taken)
        value = {id: bank.term(symbol, args)}
        self.rules.enter()
        try:
            for argument, s in zip(args, sorts, strict=True):
                if s == sort:
                    smaller = {id: argument}
                    self.rules.add_raw(
                        bank.substitute(left, smaller), bank.substitute(right, smaller)
                    )
            return self._plan(
                others,
                bank.substitute(left, value),
                bank.substitute(right, value),
                depth - 1,
                deeper,
            )
        finally:
            self.rules.leave()

    def _fresh(
        self, sorts: Sequence[Sort], taken: dict[Sort, int]
    ) -> tuple[list[int], dict[Sort, int]]:
        deeper = dict(taken)
        constants = []
        for sort in sorts:
            index = deeper.get(sort, 0)
            constants.append(self.language.eigenconstants(sort, index, 1)[0])
            deeper[sort] = index + 1
        self.language.settle()
        return constants, deeper
