"""What a theory leaves open, and what its principles say: stated once for both assistants."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from logic.formulas import Atom, Forall, Formula, Implies
from logic.terms import Sort
from logic.theory import DataType, Function, Induction, Predicate
from proofs.exports.parameters import formula_parameters, symbol_parameters
from proofs.exports.proof_terms import Lemma, ProofTerms
from proofs.exports.words import apply, atomic
from proofs.graph import ProofGraph, Step


class Case(NamedTuple):
    """One constructor of a data type in its rule of induction.

    ``binder`` states the case as a hypothesis, ``value`` is the constructor at variables, of which
    ``smaller`` are those of the data type itself.
    """

    binder: str
    hypothesis: str
    value: str
    variables: tuple[str, ...]
    smaller: tuple[str, ...]


class Statements(ProofTerms):
    """Statements that Rocq and Lean read alike but for the arrow and the quantifier."""

    arrow = "->"
    every = "forall"

    def __init__(self, graph: ProofGraph) -> None:
        super().__init__(graph)
        self.helpers: dict[str, str] = {}  # lemmas about connectives and data types, by name

    # -- what is open ------------------------------------------------------------------------

    def open_symbols(self) -> Iterator[Function | Predicate]:
        """The symbols that no definition of the system defines."""
        signature = self.signature
        constructors = {c.name for d in signature.data.values() for c in d.constructors}
        symbols: list[Function | Predicate] = [*signature.functions.values()]
        symbols += signature.predicates.values()
        for symbol in symbols:
            if symbol.name not in self.defined.plain and symbol.name not in constructors:
                yield symbol

    def open_statements(self) -> Iterator[tuple[str, Formula]]:
        """Axioms, and the clauses of what the system cannot define."""
        for name, axiom in self.theory.axioms.items():
            yield self.names["axiom", name], axiom
        for name, definition in self.theory.definitions.items():
            if name not in self.defined.plain:
                for index, clause in enumerate(definition.clauses):
                    yield self.clause_name(name, index), clause

    def assumption(self, step: Step) -> Lemma:
        """An axiom, or a clause of a definition."""
        assert step.name is not None
        if step.rule == "axiom":
            formula = self.theory.axioms[step.name]
            params = formula_parameters(formula)
            return Lemma(self.names["axiom", step.name], params, params)
        formula = self.theory.definitions[step.name].clauses[step.index or 0]
        params = formula_parameters(formula)
        elements = () if step.name in self.defined.plain else params
        return Lemma(self.clause_name(step.name, step.index or 0), params, elements)

    def clause_name(self, symbol: str, index: int) -> str:
        if len(self.theory.definitions[symbol].clauses) == 1:
            return self.names["clause", f"{self.symbol(symbol)}_def"]
        return self.names["clause", f"{self.symbol(symbol)}_{index + 1}"]

    # -- types and binders -------------------------------------------------------------------

    def types(self, params: Sequence[str], implicit: bool = False) -> str:
        """`` (A B : Type)``, or nothing."""
        if not params:
            return ""
        names = " ".join(self.names["param", p] for p in params)
        return f" {{{names} : Type}}" if implicit else f" ({names} : Type)"

    def elements(self, params: Sequence[str]) -> str:
        """`` (A_element : A)`` for each of the types."""
        return "".join(
            f" ({self.element(Sort(p, parameter=True))} : {self.names['param', p]})" for p in params
        )

    def arrows(self, sorts: Sequence[Sort]) -> str:
        """``S -> T -> ``, what stands before a result."""
        return "".join(f"{self.sort(s)} {self.arrow} " for s in sorts)

    def symbol_type(self, symbol: Function | Predicate) -> str:
        """The type of an open symbol, behind its type parameters."""
        result = self.sort(symbol.result) if isinstance(symbol, Function) else "Prop"
        before = ""
        if symbol.name in self.defined.pointed:
            params = symbol_parameters(symbol)
            before = "".join(f"{self.names['param', p]} {self.arrow} " for p in params)
        return f"{before}{self.arrows(symbol.args)}{result}"

    # -- induction ---------------------------------------------------------------------------

    def induction_cases(self, data: DataType) -> Iterator[Case]:
        """The hypotheses of a data type's rule of induction, in terms of the predicate ``P``."""
        p = self.names["helper", "P"]
        for number, constructor in enumerate(data.constructors, 1):
            hypothesis = self.names["helper", f"H{number}"]
            xs = [self.names["helper", f"x{i + 1}"] for i in range(len(constructor.args))]
            smaller = [x for x, s in zip(xs, constructor.args, strict=True) if s == data.sort]
            value = " ".join([self.symbol(constructor.name), *xs])
            bound = " ".join(
                f"({x} : {self.sort(s)})" for x, s in zip(xs, constructor.args, strict=True)
            )
            case = "".join(f"{p} {x} {self.arrow} " for x in smaller) + f"{p} {atomic(value)}"
            binder = f"({hypothesis} : {f'{self.every} {bound}, ' if xs else ''}{case})"
            yield Case(binder, hypothesis, value, tuple(xs), tuple(smaller))

    def set_induction_name(self, principle: Induction) -> str:
        return self.names["induction", f"{self.symbol(principle.definition)}_induction"]

    def set_induction_principle(self, principle: Induction) -> str:
        """Set induction as a statement about all predicates."""
        names = [self.var(p) for p in principle.params]
        keys = (principle.base_set, principle.start, principle.successor)
        members, start, successor = (names[principle.params.index(key)] for key in keys)
        universe = self.names["sort", "Universe"]
        inside, step = self.symbol("in"), self.symbol("in2")
        x, y, p = (self.names["helper", n] for n in ("x", "y", "P"))
        symbol, to, every = self.symbol(principle.definition), self.arrow, self.every
        return (
            f"{every} {' '.join(names)} : {universe}, {' '.join([symbol, *names])} {to}"
            f" {every} {p} : {universe} {to} Prop, {p} {start} {to} ({every} {x} {y} : {universe},"
            f" {inside} {x} {members} {to} {step} {x} {y} {successor} {to} {p} {x} {to} {p} {y})"
            f" {to} {every} {x} : {universe}, {inside} {x} {members} {to} {p} {x}"
        )

    def set_induction(self, step: Step) -> str:
        """The principle at what a step proves, short of the proof of its step case."""
        atom = self.graph.step(step.premises[0]).formula
        goal = step.formula
        assert isinstance(goal, Forall) and isinstance(atom, Atom)
        variable, rest = goal.vars[0], goal.vars[1:]
        inside = Forall(rest, goal.body) if rest else goal.body
        assert isinstance(inside, Implies), "a quantifier stands before the membership"
        words = [self.term(a, tight=True) for a in atom.args]
        words += [self.proof(step.premises[0])]
        words += [self.function([variable], self.formula(inside.right))]
        words += [self.proof(step.premises[1])]
        principle = self.theory.inductions[step.index or 0]
        return apply(self.set_induction_name(principle), *words)
