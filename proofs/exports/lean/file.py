"""A proof graph as Lean 4 text: the same proofs as for Rocq, not checked here.

No Lean is at hand where Porism is tested, so the file says of itself that it is unchecked. What the
theory leaves open becomes ``axiom`` in a namespace of its own: ``#print axioms`` names those that a
theorem rests on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from logic.formulas import Formula
from logic.theory import Function, Predicate
from proofs.exports.definitions import data_groups
from proofs.exports.lean.recursion import LeanDefinitions
from proofs.exports.parameters import formula_parameters, symbol_parameters
from proofs.exports.proof_terms import Lemma
from proofs.graph import ProofGraph


def lean(graph: ProofGraph) -> str:
    """The theory and all theorems of a proof graph as one Lean 4 file, which nothing has checked.

    Raises
    ------
    PorismError : the proof is nested too deeply, or is not one that the checker accepts.
    """
    return Lean(graph).write()


class Lean(LeanDefinitions):
    """Writes one proof graph; use it once."""

    def lemma(self, lemma: Lemma, formula: Formula, proof: Sequence[str], named: bool) -> list[str]:
        binders = self.types(lemma.params) + self.elements(lemma.elements)
        head = f"theorem {lemma.name}{binders} : {self.formula(formula)} := by"
        return ["", head, *(f"  {line}" for line in proof)]

    def closing(self) -> Iterator[str]:
        yield ""
        yield "end"
        yield f"end {self.section}"

    def preamble(self) -> Iterator[str]:
        signature = self.signature
        yield "-- Exported from a certificate for Lean 4. NOT CHECKED: no Lean has read this text."
        yield "-- The certificate itself, and its export to Rocq, can be checked."
        yield ""
        yield f"namespace {self.section}"
        yield "noncomputable section"
        yield "open Classical"
        yield ""
        for name in signature.sorts:
            yield f"axiom {self.names['sort', name]} : Type"
        for sort, element in self.sort_elements.items():
            yield f"axiom {element} : {self.names['sort', sort]}"
        for group in data_groups(signature.data):
            yield ""
            if len(group) > 1:
                yield "mutual"
            for data in group:
                self.own_params = tuple(a.name for a in data.sort.args)
                own = self.sort(data.sort)
                types = self.types(self.own_params)
                yield f"inductive {self.names['sort', data.sort.name]}{types} : Type where"
                for c in data.constructors:
                    yield f"  | {self.own_name(c.name)} : {self.arrows(c.args)}{own}"
            if len(group) > 1:
                yield "end"
        yield ""
        for symbol in self.open_symbols():
            yield self._axiom_symbol(symbol)
        for name in self.defined.order:
            if name in self.defined.plain:
                yield ""
                yield from self.definition(name)
        yield ""
        for name, formula in self.open_statements():
            yield self._axiom(name, formula)
        for principle in self.theory.inductions:
            name = self.set_induction_name(principle)
            yield f"axiom {name} : {self.set_induction_principle(principle)}"
        for helper in self.helpers.values():
            yield ""
            yield from helper.split("\n")
        self.own_params = ()

    def _axiom_symbol(self, symbol: Function | Predicate) -> str:
        self.own_params = tuple(symbol_parameters(symbol))
        pointed = symbol.name in self.defined.pointed
        types = self.types(self.own_params, implicit=not pointed)
        return f"axiom {self.symbol(symbol.name)}{types} : {self.symbol_type(symbol)}"

    def _axiom(self, name: str, formula: Formula) -> str:
        self.own_params = params = formula_parameters(formula)
        self.own_elements = {}
        return f"axiom {name}{self.types(params)}{self.elements(params)} : {self.formula(formula)}"
