"""A proof graph as one file for Rocq (Coq 8.16 and later): ``coqc`` accepts what the checker does.

Data types become ``Inductive``, recursive functions ``Fixpoint``, ``define`` becomes
``Definition``; what the theory leaves open (sorts, symbols, axioms, induction principles of core
notation) becomes variables and hypotheses of one section, so that after it every theorem stands on
its own: ``Print Assumptions`` shows nothing. A proof by contradiction needs ``classic``, which is
then one of the hypotheses. docs/export.md says what becomes of what.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from logic.errors import PorismError
from logic.formulas import Formula
from logic.theory import Function, Predicate
from proofs.exports.definitions import data_groups
from proofs.exports.parameters import formula_parameters, symbol_parameters
from proofs.exports.proof_terms import Lemma
from proofs.exports.rocq.recursion import RocqDefinitions
from proofs.graph import ProofGraph


def rocq(graph: ProofGraph) -> str:
    """The theory and all theorems of a proof graph as one Rocq file.

    Raises
    ------
    PorismError : the proof is nested too deeply, or is not one that the checker accepts.
    """
    return Rocq(graph).write()


class Rocq(RocqDefinitions):
    """Writes one proof graph; use it once."""

    def lemma(self, lemma: Lemma, formula: Formula, proof: Sequence[str], named: bool) -> list[str]:
        binders = self.types(lemma.params) + self.elements(lemma.elements)
        return [
            "",
            f"{'Theorem' if named else 'Lemma'} {lemma.name}{binders} : {self.formula(formula)}.",
            "Proof.",
            *(f"  {line}" for line in proof),
            "Qed.",
        ]

    def closing(self) -> Iterator[str]:
        yield ""
        yield f"End {self.section}."

    def preamble(self) -> Iterator[str]:
        signature = self.signature
        infixes, self.infixes = self.infixes, set()
        yield "(* Exported from a certificate. `coqc` checks this file. What is a Variable or a"
        yield "   Hypothesis is assumed; all else is defined or proved. *)"
        yield ""
        yield f"Section {self.section}."
        if signature.sorts:
            yield ""
            names = " ".join(self.names["sort", s] for s in signature.sorts)
            yield (
                f"Variable {names} : Type."
                if len(signature.sorts) == 1
                else (f"Variables {names} : Type.")
            )
        for sort, element in self.sort_elements.items():
            yield f"Variable {element} : {self.names['sort', sort]}."
        for group in data_groups(signature.data):
            yield ""
            yield from self._inductive([d.sort.name for d in group])
        yield ""
        for symbol in self.open_symbols():
            yield from self._variable(symbol)
            yield from self.infix_of(symbol.name, infixes)
        for name in self.defined.order:
            if name in self.defined.plain:
                yield ""
                yield from self.definition(name, infixes)
        self.infixes = infixes
        yield from self._hypotheses()
        if self.helpers:
            yield ""
            yield from self.helpers.values()

    def _inductive(self, group: Sequence[str]) -> Iterator[str]:
        common = [a.name for a in self.signature.data[group[0]].sort.args]
        for number, name in enumerate(group):
            data = self.signature.data[name]
            self.own_params = tuple(a.name for a in data.sort.args)
            if len(self.own_params) != len(common):
                raise PorismError(
                    f"{name[:60]} and {group[0][:60]} need each other, but differ in the number of"
                    " their parameters: Rocq has no such data types."
                )
            self.alias = dict(zip(self.own_params, common, strict=True))
            own = self.sort(data.sort)
            head = "with" if number else "Inductive"
            yield f"{head} {self.names['sort', name]}{self.types(common)} : Type :="
            for place, c in enumerate(data.constructors):
                last = place == len(data.constructors) - 1 and number == len(group) - 1
                yield f"  | {self.symbol(c.name)} : {self.arrows(c.args)}{own}{'.' if last else ''}"
        self.alias = {}
        for name in group:
            data = self.signature.data[name]
            for c in data.constructors:
                if data.sort.args:
                    names = " ".join(f"{{{self.names['param', a]}}}" for a in common)
                    rest = "".join(" _" for _ in c.args)
                    yield f"Arguments {self.symbol(c.name)} {names}{rest}."
        self.own_params = ()

    def _variable(self, symbol: Function | Predicate) -> Iterator[str]:
        params = symbol_parameters(symbol)
        self.own_params = tuple(params)
        self.own_elements = {}
        types = f"forall{self.types(params)}, " if params else ""
        yield f"Variable {self.symbol(symbol.name)} : {types}{self.symbol_type(symbol)}."
        yield from self.implicit(symbol, len(symbol.args))
        self.own_params = ()

    def _hypotheses(self) -> Iterator[str]:
        lines = [self._hypothesis(name, formula) for name, formula in self.open_statements()]
        for principle in self.theory.inductions:
            name = self.set_induction_name(principle)
            lines.append(f"Hypothesis {name} : {self.set_induction_principle(principle)}.")
        if self.uses_classic:
            lines.append("Hypothesis classic : forall P : Prop, P \\/ ~ P.")
        if lines:
            yield ""
            yield from lines

    def _hypothesis(self, name: str, formula: Formula) -> str:
        self.own_params = params = formula_parameters(formula)
        self.own_elements = {}
        elements = self.elements(params)
        types = f"forall{self.types(params)}{elements}, " if params else ""
        text = f"Hypothesis {name} : {types}{self.formula(formula)}."
        self.own_params = ()
        return text
