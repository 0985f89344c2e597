"""Formulas and proof terms as Rocq writes them."""

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
    substitute,
)
from logic.terms import App, Term, Var
from logic.theory import Function
from proofs.exports.parameters import symbol_parameters
from proofs.exports.rocq.congruence import CONGRUENCE_PROOFS, CONGRUENCES
from proofs.exports.rocq.words import KEYWORDS, USED
from proofs.exports.script import Script
from proofs.exports.words import apply, atomic


class RocqSyntax(Script):
    """Writes formulas and proof terms."""

    reserved = KEYWORDS | USED
    infix = {  # noqa: RUF012 - as Rocq reserves them
        "+": (50, "left"),
        "-": (50, "left"),
        "*": (40, "left"),
        "/": (40, "left"),
        "++": (60, "right"),
        "^": (30, "right"),
        "<=": (70, "none"),
        "<": (70, "none"),
        ">=": (70, "none"),
        ">": (70, "none"),
    }

    # -- formulas ----------------------------------------------------------------------------

    def formula(self, formula: Formula, level: int = 200) -> str:
        """A formula whose operators bind at least as tightly as the level."""

        def at(own: int, text: str) -> str:
            return f"({text})" if own > level else text

        match formula:
            case Truth(value):
                return "False" if not value else at(75, "~ False")  # `true` is `not false`
            case Not(Equal(a, b)):
                return at(70, self._equation_text(a, b, "<>"))
            case Not(body):
                return at(75, f"~ {self.formula(body, 75)}")
            case Equal(a, b):
                return at(70, self._equation_text(a, b, "="))
            case And(a, b):
                return at(80, f"{self.formula(a, 79)} /\\ {self.formula(b, 80)}")
            case Or(a, b):
                return at(85, f"{self.formula(a, 84)} \\/ {self.formula(b, 85)}")
            case Iff(a, b):
                return at(95, f"{self.formula(a, 94)} <-> {self.formula(b, 94)}")
            case Implies(a, b):
                after = self.formula(b, 200 if isinstance(b, Forall) else 99)
                return at(99, f"{self.formula(a, 98)} -> {after}")
            case Forall(variables, body):
                return at(200, f"forall {self.binders(variables)}, {self.formula(body)}")
            case Exists(variables, body):
                return at(200, f"exists {self.binders(variables)}, {self.formula(body)}")
            case Atom(predicate, args):
                symbol = self.signature.predicates[predicate]
                text = self._application(symbol, args, None, True, 70, False)
                infix = predicate in self.infixes
                return at(70 if infix else 10, text)

    def _equation_text(self, a: Term, b: Term, sign: str) -> str:
        first = self.fixes_its_sort(a) or self.fixes_its_sort(b)
        left = self.term(a, known=first, level=69)
        return f"{left} {sign} {self.term(b, level=69)}"

    # -- proof terms -------------------------------------------------------------------------

    def function(self, variables: Sequence[Var], body: str) -> str:
        return f"(fun {self.binders(variables)} => {body})"

    def proof_term(self, rule: str, *args: str) -> str:
        name = {
            "refl": "eq_refl",
            "sym": "eq_sym",
            "trans": "eq_trans",
            "congr": "f_equal",
            "and_intro": "conj",
            "iff_intro": "conj",
            "and_left": "proj1",
            "and_right": "proj2",
            "iff_left": "proj1",
            "iff_right": "proj2",
            "mp": "proj1",
            "or_left": "or_introl",
            "or_right": "or_intror",
            "iff_sym": "iff_sym",
            "ex_falso": "False_ind",
        }[rule]
        return " ".join([name, *map(atomic, args)]) if args != ("",) else f"{name} "

    def substitution(self, motive: str, left: str, right: str, equation: str, proof: str) -> str:
        return apply("eq_ind", left, motive, proof, right, equation)

    def witness(self, goal: Exists, terms: Sequence[Term], proof: str) -> str:
        variables: list[Var] = []
        body: Formula = goal
        while isinstance(body, Exists):
            variables += body.vars
            body = body.body
        for place in reversed(range(len(variables))):
            values = {v.name: t for v, t in zip(variables[:place], terms[:place], strict=True)}
            rest = variables[place + 1 :]
            inside: Formula = Exists(tuple(rest), body) if rest else body
            # Under the binder of this variable; its predecessors have their values.
            whole = substitute(Exists((variables[place],), inside), values)
            assert isinstance(whole, Exists)
            motive = self.function(whole.vars[:1], self.formula(_below(whole)))
            proof = apply("ex_intro", motive, self.term(terms[place], tight=True), proof)
        return proof

    def classic(self, formula: Formula) -> str:
        self.uses_classic = True
        return apply("classic", self.formula(formula, 9))

    def congruent(self, kind: str, *args: str) -> str:
        name = f"rewrite_{kind}"
        self.helpers[name] = (
            f"Definition {name} : {CONGRUENCES[kind]} := {CONGRUENCE_PROOFS[kind]}."
        )
        if kind in ("forall", "exists"):
            return apply(name, "_", "_", "_", *args)
        if kind == "not":
            return apply(name, "_", "_", *args)
        return apply(name, args[0], "_", "_", args[1])

    def injection(self, constructor: Function, index: int, equation: Equal, proof: str) -> str:
        c = self.symbol(constructor.name)
        key = f"{constructor.name}/{index}"
        many = len(constructor.args) > 1
        name = self.names["injective", f"{c}_injective{f'_{index + 1}' if many else ''}"]
        if key not in self.helpers:
            params = self.types(symbol_parameters(constructor))
            groups = []
            for letter in "xy":
                groups.append([f"{letter}{i + 1}" for i in range(len(constructor.args))])
            names = [self.names["helper", x] for group in groups for x in group]
            half = len(names) // 2
            xs, ys = names[:half], names[half:]
            z = self.names["helper", "z"]
            t = self.names["helper", "t"]
            saved, self.own_params = self.own_params, tuple(symbol_parameters(constructor))
            binders = " ".join(
                f"({v} : {self.sort(s)})"
                for v, s in zip([*xs, *ys], [*constructor.args, *constructor.args], strict=True)
            )
            pattern = " ".join([c, *(z if i == index else "_" for i in range(half))])
            family = self.signature.data[constructor.result.name].constructors
            other = f" | _ => {xs[index]}" if len(family) > 1 else ""
            self.helpers[key] = (
                f"Definition {name}{params} {binders} (H : {c} {' '.join(xs)} = {c} "
                f"{' '.join(ys)}) : {xs[index]} = {ys[index]} := f_equal (fun {t} : "
                f"{self.sort(constructor.result)} => match {t} with {pattern} => {z}{other} end) H."
            )
            self.own_params = saved
        holes = ["_"] * (len(symbol_parameters(constructor)) + 2 * len(constructor.args))
        return apply(name, *holes, proof)

    def discrimination(self, equation: Equal, proof: str) -> str:
        assert isinstance(equation.left, App) and isinstance(equation.right, App)
        constructor = self.signature.functions[equation.left.symbol]
        c = self.symbol(constructor.name)
        name = self.names["is", f"is_{c}"]
        if name not in self.helpers:
            data = self.signature.data[constructor.result.name]
            params = self.types([a.name for a in data.sort.args], implicit=True)
            saved, self.own_params = self.own_params, tuple(a.name for a in data.sort.args)
            t = self.names["helper", "t"]
            pattern = " ".join([c, *("_" for _ in constructor.args)])
            self.helpers[name] = (
                f"Definition {name}{params} ({t} : {self.sort(data.sort)}) : Prop :="
                f" match {t} with {pattern} => True | _ => False end."
            )
            self.own_params = saved
        left, right = (self.term(t, known=False) for t in (equation.left, equation.right))
        return apply("eq_ind", left, name, "I", right, proof)


def _below(whole: Exists) -> Formula:
    rest = whole.vars[1:]
    return Exists(rest, whole.body) if rest else whole.body
