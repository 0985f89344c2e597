"""Formulas and proof terms as Lean writes them."""

from __future__ import annotations

from collections.abc import Sequence

from logic.formulas import (
    And,
    Atom,
    Equal,
    Exists,
    Forall,
    Formula,
    Iff,
    Implies,
    Not,
    Or,
    Truth,
    replace_at,
)
from logic.terms import App, Term, Var
from logic.theory import Function
from proofs.exports.anatomy import conclusion, flat_path
from proofs.exports.lean.words import KEYWORDS
from proofs.exports.script import Script
from proofs.exports.words import apply, atomic
from proofs.graph import Step


class LeanSyntax(Script):
    """Writes formulas and proof terms."""

    reserved = KEYWORDS
    arrow = "→"
    every = "∀"
    unit = ("PUnit", "PUnit.unit")

    def symbol(self, name: str) -> str:
        """Constructors live in the namespace of their type."""
        function = self.signature.functions.get(name)
        own = super().symbol(name)
        if function is not None and function.kind == "constructor":
            return f"{self.names['sort', function.result.name]}.{own}"
        return own

    def own_name(self, name: str) -> str:
        """A symbol inside of its namespace."""
        return super().symbol(name)

    # -- formulas ----------------------------------------------------------------------------

    def formula(self, formula: Formula, level: int = 200) -> str:
        """A formula; with level 0, in parentheses if it is more than one word."""
        match formula:
            case Truth(value):
                text = "¬False" if value else "False"
            case Not(Equal(a, b)):
                text = self._equation_text(a, b, "≠")
            case Not(body):
                text = f"¬{self.formula(body, 0)}"
            case Equal(a, b):
                text = self._equation_text(a, b, "=")
            case And(a, b):
                text = f"{self.formula(a, 0)} ∧ {self.formula(b, 0)}"
            case Or(a, b):
                text = f"{self.formula(a, 0)} ∨ {self.formula(b, 0)}"
            case Iff(a, b):
                text = f"{self.formula(a, 0)} ↔ {self.formula(b, 0)}"
            case Implies(a, b):
                after = self.formula(b, 200 if isinstance(b, (Forall, Implies)) else 0)
                text = f"{self.formula(a, 0)} → {after}"
            case Forall(variables, body):
                text = f"∀ {self.binders(variables)}, {self.formula(body)}"
            case Exists(variables, body):
                text = f"∃ {self.binders(variables)}, {self.formula(body)}"
            case Atom("\1Z"):
                text = self.names["helper", "Z"]
            case Atom(predicate, args):
                symbol = self.signature.predicates[predicate]
                text = self._application(symbol, args, None, True, 0, False)
        return atomic(text) if level == 0 else text

    def _equation_text(self, a: Term, b: Term, sign: str) -> str:
        first = self.fixes_its_sort(a) or self.fixes_its_sort(b)
        return f"{self.term(a, known=first)} {sign} {self.term(b)}"

    # -- proof terms -------------------------------------------------------------------------

    def function(self, variables: Sequence[Var], body: str) -> str:
        binders = " ".join(f"({self.binders([v])})" for v in variables)
        return f"(fun {binders} => {body})"

    def proof_term(self, rule: str, *args: str) -> str:
        name = {
            "refl": "Eq.refl",
            "sym": "Eq.symm",
            "trans": "Eq.trans",
            "congr": "congrArg",
            "and_intro": "And.intro",
            "iff_intro": "Iff.intro",
            "and_left": "And.left",
            "and_right": "And.right",
            "iff_left": "Iff.mp",
            "iff_right": "Iff.mpr",
            "mp": "Iff.mp",
            "or_left": "Or.inl",
            "or_right": "Or.inr",
            "iff_sym": "Iff.symm",
            "ex_falso": "False.elim",
        }[rule]
        if args == ("",):
            return f"{name} "
        return apply(name, *(args[1:] if rule == "ex_falso" else args))

    def substitution(self, motive: str, left: str, right: str, equation: str, proof: str) -> str:
        return f"Eq.subst (motive := {motive}) {atomic(equation)} {atomic(proof)}"

    def witness(self, goal: Exists, terms: Sequence[Term], proof: str) -> str:
        for term in reversed(terms):
            proof = apply("Exists.intro", self.term(term, tight=True), proof)
        return proof

    def classic(self, formula: Formula) -> str:
        return apply("Classical.em", self.formula(formula))

    def congruent(self, kind: str, *args: str) -> str:
        raise NotImplementedError("equivalent propositions are equal in Lean")

    def _rewritten(self, step: Step) -> str:
        """With ``propext``, rewriting with <-> is rewriting."""
        rule = self.graph.step(step.premises[1])
        if not isinstance(conclusion(rule.formula, len(step.premises) - 2), Iff):
            return super()._rewritten(step)
        before = self.graph.step(step.premises[0])
        path = flat_path(before.formula, step.path or ())
        hole = replace_at(before.formula, path, Atom("\1Z", ()))
        motive = f"(fun ({self.names['helper', 'Z']} : Prop) => {self.formula(hole)})"  # type: ignore[arg-type]
        equation = apply("propext", self._equation(step))
        return self.substitution(motive, "", "", equation, self.proof(before.id))

    def injection(self, constructor: Function, index: int, equation: Equal, proof: str) -> str:
        z, t = self.names["helper", "z"], self.names["helper", "t"]
        assert isinstance(equation.left, App)
        c = self.symbol(constructor.name)
        family = self.signature.data[constructor.result.name].constructors
        names = (z if i == index else "_" for i in range(len(constructor.args)))
        default = self.term(equation.left.args[index], tight=True)
        other = f" | _ => {default}" if len(family) > 1 else ""
        sort = self.sort(equation.left.sort)
        body = f"match {t} with | {' '.join([c, *names])} => {z}{other}"
        return apply("congrArg", f"(fun ({t} : {sort}) => {body})", proof)

    def discrimination(self, equation: Equal, proof: str) -> str:
        return apply(f"{self.names['sort', equation.left.sort.name]}.noConfusion", proof)

    # -- tactics -----------------------------------------------------------------------------
