"""The derivation of an equation: both sides to their normal forms, and these joined.

What a law needs and nothing gives is demanded: the proof is made again with the demand as a
premise, until nothing is demanded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import sympy

from eml.join import join
from eml.laws import COMPLEX, UNIT, Chain, Equation, Proof, Unprovable, extended, reverse
from eml.normal import Normalizer
from eml.regions import points_of, premises_of, variables_of
from eml.semantics import Semantics
from eml.sums import Sum
from eml.translate import to_term
from eml.tree import Tree
from eml.witness import Witness
from logic.formulas import Equal, Formula, forall, implies
from logic.terms import Term, Var
from proofs.graph import ROOT, Theorem

Side: TypeAlias = "Tree | sympy.Expr"

MOST_ROUNDS = 10


@dataclass(frozen=True)
class Attempt:
    """Where a derivation takes place.

    Attributes
    ----------
    place : a domain or a region for all variables.
    bold : whether to demand what a logarithm needs to split, where it holds at the test points.
    """

    place: str
    bold: bool = False


def derive(
    left: Side, right: Side, names: Sequence[str], semantics: Semantics, attempt: Attempt
) -> Proof | None:
    """A finished proof, or None.

    Raises
    ------
    Unprovable : a side has no finite value under the semantics, or none at the test points.
    """
    variables = variables_of(names)
    given = [premise for v in variables for premise in premises_of(attempt.place, v)]
    witness = Witness(points_of(names, attempt.place))
    hypotheses: list[Formula] = list(given)
    for _ in range(MOST_ROUNDS):
        proof = Proof(variables, hypotheses, witness)
        normalizer = Normalizer(proof, attempt.bold)
        first = _normal(left, normalizer, semantics)
        second = _normal(right, normalizer, semantics)
        equation = _join(normalizer, first, second)
        if equation is None:
            return None
        if not proof.demands:
            return _conclude(proof, variables, equation)
        hypotheses = [*hypotheses, *proof.demands]
    return None


def _join(
    normalizer: Normalizer, first: tuple[Sum | str, Equation], second: tuple[Sum | str, Equation]
) -> Equation | None:
    """One equation from two that lead to normal forms; None if these are not equal."""
    (a, left), (b, right) = first, second
    chain = Chain(normalizer.proof, left.left).use(left)
    if a != b:
        if isinstance(a, str) or isinstance(b, str):
            return None
        middle = join(normalizer, a, b)
        if middle is None:
            return None
        chain.use(middle, 0)
    return chain.use(reverse(normalizer.proof, right)).equation


def _conclude(proof: Proof, variables: list[Var], equation: Equation) -> Proof:
    """The proof of the equation without steps and premises that it does not need."""
    found, step = proof.graph, equation.step
    if step is None:
        step = found.add(proof.scope, "reflexivity", (), Equal(equation.left, equation.left))
    support = [found.step(s) for s in found.support(step)]
    used = {s.index for s in support if s.rule == "hypothesis"}
    kept = [h for i, h in enumerate(proof.hypotheses) if i in used]
    lean = Proof(variables, kept, proof.witness)
    made: dict[int, int] = {}
    for s in support:
        if s.rule == "hypothesis":
            known = lean.fact(s.formula)
            assert known is not None
            made[s.id] = known
            continue
        made[s.id] = lean.graph.add(
            ROOT if s.scope == ROOT else lean.scope,
            s.rule,
            [made[p] for p in s.premises],
            s.formula,
            name=s.name,
            path=s.path,
            binding=s.binding,
        )
    formula = forall(variables, implies(kept, found.step(step).formula))
    last = lean.graph.add(ROOT, "discharge", (made[step],), formula, scopes=(lean.scope,))
    lean.graph.conclude(Theorem("equation", last, formula, "goal", True, "normal forms"))
    return lean


def _normal(side: Side, normalizer: Normalizer, semantics: Semantics) -> tuple[Sum | str, Equation]:
    if isinstance(side, Tree):
        return TreeNormalizer(normalizer, semantics).normal(side)
    form, equation = normalizer.normal(to_term(side))
    start = extended("finite", equation.left)
    return form, Chain(normalizer.proof, start).use(equation, 0).equation


@dataclass
class TreeNormalizer:
    """The normal form of an eml tree: a sum, or one of the infinities by name."""

    normalizer: Normalizer
    semantics: Semantics
    values: dict[int, tuple[Sum | str, Equation]] = field(default_factory=dict)

    def normal(self, tree: Tree) -> tuple[Sum | str, Equation]:
        for part in tree.subtrees():
            if part.left is None or part.right is None:
                term: Term = UNIT if part.label == "1" else Var(part.label, COMPLEX)
                form, _ = self.normalizer.normal(term)
                whole = extended("finite", term)
                self.values[id(part)] = form, Equation(whole, whole, None)
            else:
                self.values[id(part)] = self._node(part, part.left, part.right)
        return self.values[id(tree)]

    def zeros(self) -> frozenset[int]:
        """The subtrees whose normal form is zero."""
        return frozenset(i for i, (form, _) in self.values.items() if form == ())

    def _node(self, tree: Tree, left: Tree, right: Tree) -> tuple[Sum | str, Equation]:
        proof = self.normalizer.proof
        (a, first), (b, second) = self.values[id(left)], self.values[id(right)]
        form, equation = self._eml(a, b)
        chain = Chain(proof, extended("eml", first.left, second.left))
        chain.use(first, 0).use(second, 1).use(equation)
        return form, chain.equation

    def _eml(self, a: Sum | str, b: Sum | str) -> tuple[Sum | str, Equation]:
        """eml of two normal forms."""
        n, proof = self.normalizer, self.normalizer.proof
        infinite = isinstance(a, str) or isinstance(b, str) or b == ()
        if infinite and not self.semantics.extended:
            raise Unprovable
        if isinstance(a, str):
            if a != "minus_infinity" or isinstance(b, str) or b == ():
                raise Unprovable
            y = n.term(b)
            if self.semantics.is_real:
                n.positive(b, True)
            step = n.nonzero(b, True)
            assert step is not None
            equation = proof.equation("eml_minus_infinity", [y], [step])
            logarithm, inner = n.ln(b)
            chain = Chain(proof, equation.left).use(equation).use(inner, 0, 0)
            form, inner = n.neg(logarithm)
            return form, chain.use(inner, 0).equation
        x = n.term(a)
        if isinstance(b, str):
            if b != "infinity":
                raise Unprovable
            return "minus_infinity", proof.equation("eml_infinity", [x])
        if b == ():
            return "infinity", proof.equation("eml_zero", [x])
        y = n.term(b)
        if self.semantics.is_real or self.semantics is Semantics.COMPLEX_LOWER:
            real, positive = n.real(a, True), n.positive(b, True)
            assert real is not None and positive is not None
            equation = proof.equation("eml_real", [x, y], [real, positive])
        else:
            step = n.nonzero(b, True)
            assert step is not None
            equation = proof.equation("eml_complex", [x, y], [step])
        chain = Chain(proof, equation.left).use(equation)
        power, inner = n.exp(a)
        chain.use(inner, 0, 0)
        logarithm, inner = n.ln(b)
        chain.use(inner, 0, 1, 0)
        negative, inner = n.neg(logarithm)
        chain.use(inner, 0, 1)
        form, inner = n.add(power, negative)
        return form, chain.use(inner, 0).equation
