"""The theory of the laws, and proofs over it as chains of equations.

A :class:`Proof` collects the steps of one theorem in a scope of its own; what it cannot derive it
may demand, and a demand becomes a premise of the theorem. An :class:`Equation` is a proved one; its
step is None where both sides are the same term.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import as_file, files
from typing import NamedTuple

import mpl
from eml.witness import Witness
from logic.formulas import Equal, Formula, Not, implies, split_forall, split_implies, substitute
from logic.terms import App, Sort, Term, Var
from logic.theory import Theory
from proofs.graph import ROOT, ProofGraph

COMPLEX = Sort("Complex")
EXTENDED = Sort("Extended")


@lru_cache(maxsize=1)
def elementary() -> Theory:
    """The theory that ships as ``mpl/library/elementary.mpl``."""
    with as_file(files("mpl.library").joinpath("elementary.mpl")) as path:
        return mpl.load(path)


def app(symbol: str, *args: Term) -> App:
    """A term of sort Complex."""
    return App(symbol, args, COMPLEX)


def extended(symbol: str, *args: Term) -> App:
    """A term of sort Extended."""
    return App(symbol, args, EXTENDED)


ZERO, UNIT = app("zero"), app("one")


class Unprovable(Exception):
    """The laws do not lead to a finite normal form under this semantics."""


class Equation(NamedTuple):
    left: Term
    right: Term
    step: int | None


class Proof:
    """Steps in one scope below the root, over some hypotheses; its ``witness`` guides it."""

    def __init__(
        self,
        variables: Sequence[Var],
        hypotheses: Sequence[Formula],
        witness: Witness | None = None,
    ) -> None:
        self.witness = witness or Witness([])
        self.theory = elementary()
        self.graph = ProofGraph(self.theory)
        self._axioms: dict[str, tuple[int, list[Var], list[Formula], Formula]] = {}
        self.hypotheses = list(hypotheses)
        self.demands: list[Formula] = []
        self.scope = self.graph.open(ROOT, variables, hypotheses)
        self._known: dict[Formula, int] = {}
        for index, formula in enumerate(hypotheses):
            self._known[formula] = self.graph.add(
                self.scope, "hypothesis", (), formula, of=self.scope, index=index
            )

    def fact(self, formula: Formula) -> int | None:
        """The step of a formula that is proved already."""
        return self._known.get(formula)

    def demand(self, formula: Formula) -> int:
        """Take a formula as a premise: the proof is to be made again with it as a hypothesis.

        Raises
        ------
        Unprovable : it holds at no test point.
        """
        if self.witness.points and not any(self.witness.holding(formula)):
            raise Unprovable
        if formula not in self.demands:
            self.demands.append(formula)
        # A step that is never written: a proof with demands is thrown away.
        return self._keep(formula, self.graph.add(self.scope, "hypothesis", (), formula))

    def demand_once(self, formula: Formula) -> int:
        """The formula's step if it is known, else a demand."""
        known = self.fact(formula)
        return self.demand(formula) if known is None else known

    def _keep(self, formula: Formula, step: int) -> int:
        self._known[formula] = step
        return step

    def law(self, name: str, *terms: Term) -> tuple[int, dict[str, Term], list[Formula], Formula]:
        """An axiom's step, the binding of its variables to the terms, its premises and conclusion.

        The terms are in alphabetical order of the axiom's variables.
        """
        if name not in self._axioms:
            formula = self.theory.axioms[name]
            variables, body = split_forall(formula)
            premises, conclusion = split_implies(body)
            step = self.graph.add(ROOT, "axiom", (), formula, name=name)
            self._axioms[name] = step, sorted(variables, key=lambda v: v.name), premises, conclusion
        step, ordered, premises, conclusion = self._axioms[name]
        binding = {v.name: t for v, t in zip(ordered, terms, strict=True)}
        return (
            step,
            binding,
            [substitute(p, binding) for p in premises],
            substitute(conclusion, binding),
        )

    def conclude(self, name: str, terms: Sequence[Term], premises: Sequence[int] = ()) -> int:
        """An axiom at some terms, its premises discharged by steps."""
        step, binding, needed, conclusion = self.law(name, *terms)
        if (known := self.fact(conclusion)) is not None:
            return known
        whole = implies(needed, conclusion)
        if binding:
            step = self.graph.add(self.scope, "instance", (step,), whole, binding=binding)
        if needed:
            step = self.graph.add(self.scope, "modus_ponens", (step, *premises), conclusion)
        return self._keep(conclusion, step)

    def equation(self, name: str, terms: Sequence[Term], premises: Sequence[int] = ()) -> Equation:
        """An axiom that is an equation, at some terms."""
        step = self.conclude(name, terms, premises)
        formula = self.graph.step(step).formula
        assert isinstance(formula, Equal)
        return Equation(formula.left, formula.right, step)

    def rewrite(self, step: int, equation: Equation, path: Sequence[int], formula: Formula) -> int:
        """A fact with a place rewritten by an equation: the formula."""
        assert equation.step is not None
        made = self.graph.add(
            self.scope, "rewrite", (step, equation.step), formula, binding={}, path=path
        )
        return self._keep(formula, made)

    def nonzero(self, term: Term) -> Formula:
        return Not(Equal(term, ZERO))


class Chain:
    """start = ... = now, one rewriting after the other."""

    def __init__(self, proof: Proof, start: Term) -> None:
        self.proof = proof
        self.start = self.now = start
        self.step: int | None = None

    def use(self, equation: Equation, *path: int) -> Chain:
        """Rewrite the place by the equation, from left to right."""
        if equation.step is None:
            return self
        self.now = replaced(self.now, path, equation.right)
        add, scope = self.proof.graph.add, self.proof.scope
        if self.step is None and not path:
            self.step = equation.step
            return self
        if self.step is None:
            self.step = add(scope, "reflexivity", (), Equal(self.start, self.start))
        self.step = add(
            scope,
            "rewrite",
            (self.step, equation.step),
            Equal(self.start, self.now),
            binding={},
            path=(1, *path),
        )
        return self

    def law(
        self, name: str, terms: Sequence[Term], *path: int, premises: Sequence[int] = ()
    ) -> Chain:
        """Rewrite the place by an axiom."""
        return self.use(self.proof.equation(name, terms, premises), *path)

    @property
    def equation(self) -> Equation:
        return Equation(self.start, self.now, self.step)


def replaced(term: Term, path: Sequence[int], new: Term) -> Term:
    """The term with another at a path."""
    if not path:
        return new
    assert isinstance(term, App)
    arguments = list(term.args)
    arguments[path[0]] = replaced(arguments[path[0]], path[1:], new)
    return App(term.symbol, tuple(arguments), term.sort)


def reverse(proof: Proof, equation: Equation) -> Equation:
    """The equation from right to left."""
    left, right, step = equation
    if step is not None:
        step = proof.graph.add(proof.scope, "symmetry", (step,), Equal(right, left))
    return Equation(right, left, step)
