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
    alpha_equal,
    free_variables,
    split_forall,
    split_implies,
    substitute,
    substitute_term,
)
from logic.terms import App, Sort, Term, Var, match_sort, substitute_sort
from logic.theory import Function, Induction, Predicate
from proofs.equations import Decide, Leaf, Match, Recursion, Tree
from proofs.graph import ProofGraph, Scope, Step
from proofs.script import (
    WIDTH,
    Lemma,
    Link,
    Script,
    apply,
    atomic,
    data_groups,
    formula_parameters,
    predicate_definition,
    symbol_parameters,
)

KEYWORDS = frozenset(
    [
        "_",
        "Admitted",
        "Arguments",
        "as",
        "at",
        "Axiom",
        "by",
        "Class",
        "Coercion",
        "cofix",
        "CoFixpoint",
        "CoInductive",
        "Context",
        "Definition",
        "Defined",
        "do",
        "else",
        "end",
        "Eval",
        "exact",
        "exists",
        "exists2",
        "fix",
        "Fixpoint",
        "for",
        "forall",
        "fun",
        "Goal",
        "Hypothesis",
        "if",
        "IF",
        "in",
        "Inductive",
        "Infix",
        "Instance",
        "lazymatch",
        "Lemma",
        "let",
        "Let",
        "Ltac",
        "match",
        "Module",
        "multimatch",
        "mod",
        "Notation",
        "Parameter",
        "Program",
        "Proof",
        "Prop",
        "Qed",
        "Require",
        "Reserved",
        "return",
        "Save",
        "Scope",
        "Section",
        "Set",
        "SProp",
        "struct",
        "then",
        "Theorem",
        "Type",
        "using",
        "Variable",
        "where",
        "with",
        "wlog",
    ]
)
USED = frozenset(
    [
        "eq",
        "eq_refl",
        "eq_sym",
        "eq_trans",
        "eq_ind",
        "f_equal",
        "and",
        "conj",
        "proj1",
        "proj2",
        "or",
        "or_introl",
        "or_intror",
        "iff",
        "iff_sym",
        "ex",
        "ex_intro",
        "not",
        "True",
        "I",
        "False",
        "False_ind",
        "sumbool",
        "left",
        "right",
        "unit",
        "tt",
        "nat",
        "classic",
        "by_contradiction",
        "rewrite_not",
        "rewrite_and_left",
        "rewrite_and_right",
        "rewrite_or_left",
        "rewrite_or_right",
        "rewrite_implies_left",
        "rewrite_implies_right",
        "rewrite_iff_left",
        "rewrite_iff_right",
        "rewrite_forall",
        "rewrite_exists",
        "D",
        "goal",
    ]
)

CONGRUENCES = {
    "not": "forall P Q : Prop, (P <-> Q) -> (~ P <-> ~ Q)",
    "and_left": "forall R P Q : Prop, (P <-> Q) -> (P /\\ R <-> Q /\\ R)",
    "and_right": "forall R P Q : Prop, (P <-> Q) -> (R /\\ P <-> R /\\ Q)",
    "or_left": "forall R P Q : Prop, (P <-> Q) -> (P \\/ R <-> Q \\/ R)",
    "or_right": "forall R P Q : Prop, (P <-> Q) -> (R \\/ P <-> R \\/ Q)",
    "implies_left": "forall R P Q : Prop, (P <-> Q) -> ((P -> R) <-> (Q -> R))",
    "implies_right": "forall R P Q : Prop, (P <-> Q) -> ((R -> P) <-> (R -> Q))",
    "iff_left": "forall R P Q : Prop, (P <-> Q) -> ((P <-> R) <-> (Q <-> R))",
    "iff_right": "forall R P Q : Prop, (P <-> Q) -> ((R <-> P) <-> (R <-> Q))",
    "forall": "forall (T : Type) (P Q : T -> Prop), (forall x, P x <-> Q x) ->"
    " ((forall x, P x) <-> (forall x, Q x))",
    "exists": "forall (T : Type) (P Q : T -> Prop), (forall x, P x <-> Q x) ->"
    " ((exists x, P x) <-> (exists x, Q x))",
}
"""What holds of a part may be used in the whole: one lemma for each connective."""

CONGRUENCE_PROOFS = {
    "not": "fun P Q e => conj (fun n q => n (proj2 e q)) (fun n p => n (proj1 e p))",
    "and_left": "fun R P Q e => conj (fun h => conj (proj1 e (proj1 h)) (proj2 h))"
    " (fun h => conj (proj2 e (proj1 h)) (proj2 h))",
    "and_right": "fun R P Q e => conj (fun h => conj (proj1 h) (proj1 e (proj2 h)))"
    " (fun h => conj (proj1 h) (proj2 e (proj2 h)))",
    "or_left": "fun R P Q e => conj"
    " (fun h => match h with or_introl p => or_introl (proj1 e p) | or_intror r => or_intror r end)"
    " (fun h => match h with or_introl q => or_introl (proj2 e q) | or_intror r => or_intror r"
    " end)",
    "or_right": "fun R P Q e => conj"
    " (fun h => match h with or_introl r => or_introl r | or_intror p => or_intror (proj1 e p) end)"
    " (fun h => match h with or_introl r => or_introl r | or_intror q => or_intror (proj2 e q)"
    " end)",
    "implies_left": "fun R P Q e => conj (fun h q => h (proj2 e q)) (fun h p => h (proj1 e p))",
    "implies_right": "fun R P Q e => conj (fun h r => proj1 e (h r)) (fun h r => proj2 e (h r))",
    "iff_left": "fun R P Q e => conj"
    " (fun h => conj (fun q => proj1 h (proj2 e q)) (fun r => proj1 e (proj2 h r)))"
    " (fun h => conj (fun p => proj1 h (proj1 e p)) (fun r => proj2 e (proj2 h r)))",
    "iff_right": "fun R P Q e => conj"
    " (fun h => conj (fun r => proj1 e (proj1 h r)) (fun q => proj2 h (proj2 e q)))"
    " (fun h => conj (fun r => proj2 e (proj1 h r)) (fun p => proj2 h (proj1 e p)))",
    "forall": "fun T P Q e => conj (fun h x => proj1 (e x) (h x)) (fun h x => proj2 (e x) (h x))",
    "exists": "fun T P Q e => conj"
    " (fun h => match h with ex_intro _ x p => ex_intro Q x (proj1 (e x) p) end)"
    " (fun h => match h with ex_intro _ x q => ex_intro P x (proj2 (e x) q) end)",
}


def rocq(graph: ProofGraph) -> str:
    """The theory and all theorems of a proof graph as one Rocq file.

    Raises
    ------
    PorismError : the proof is nested too deeply, or is not one that the checker accepts.
    """
    return Rocq(graph).write()


class Rocq(Script):
    """The syntax of Rocq."""

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

    def __init__(self, graph: ProofGraph) -> None:
        super().__init__(graph)
        self.equalities: set[str] = set()  # data types whose equality is decided by a function

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
            params = self._types(symbol_parameters(constructor))
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
            params = self._types([a.name for a in data.sort.args], implicit=True)
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

    # -- tactics -----------------------------------------------------------------------------

    def have(self, name: str, formula: Formula, lines: Sequence[str]) -> Iterator[str]:
        head = f"assert ({name} : {self.formula(formula)})."
        if len(lines) == 1 and len(head) + len(lines[0]) < 90:
            yield f"{head} {{ {lines[0]} }}"
            return
        yield head
        yield f"{{ {lines[0]}"
        yield from (f"  {line}" for line in lines[1:-1])
        if len(lines) > 1:
            yield f"  {lines[-1]} }}"
        else:
            yield "}"

    def exact(self, proof: str) -> str:
        return f"exact {atomic(proof)}."

    def chain(self, links: Sequence[Link]) -> Iterator[str]:
        for link in links[:-1]:
            middle = self.term(link.right, known=self.fixes_its_sort(link.right))
            step = f"transitivity {atomic(middle)}."
            reason = f"{{ {self.exact(link.proof)} }}"
            if len(step) + len(reason) < 90:
                yield f"{step} {reason}"
            else:
                yield step
                yield reason
        yield self.exact(links[-1].proof)

    def scoped(self, step: Step, scopes: Sequence[Scope], depth: int) -> Iterator[str]:
        last = [self.graph.step(p) for p in step.premises[len(step.premises) - len(scopes) :]]
        first = step.premises[0]
        match step.rule:
            case "discharge":
                names = self.introduce(scopes[0])
                if names:
                    yield f"intros {' '.join(names)}."
                yield from self.prove_inside(last[0], depth)
            case "negation":
                yield f"intros {' '.join(self.introduce(scopes[0]))}."
                yield from self.prove_inside(last[0], depth)
            case "contradiction":
                self.uses_classic = True
                self.helpers["by_contradiction"] = (
                    "Definition by_contradiction : forall P : Prop, (~ P -> False) -> P := "
                    "fun P H => match classic P with or_introl p => p"
                    " | or_intror n => False_ind P (H n) end."
                )
                yield f"refine (by_contradiction {self.formula(step.formula, 9)} _)."
                yield f"intros {' '.join(self.introduce(scopes[0]))}."
                yield from self.prove_inside(last[0], depth)
            case "exists_elim":
                yield from self._eliminate(step, scopes[0])
                yield from self.prove_inside(last[0], depth)
            case "cases":
                yield from self._cases(step, scopes, last, depth)
            case "induction":
                yield from self._induction(step, scopes, last, depth)
            case "set_induction":
                yield from self._set_induction(step, scopes[0], last[0], first, depth)

    def _eliminate(self, step: Step, scope: Scope) -> Iterator[str]:
        names = self.introduce(scope)
        proof = self.proof(step.premises[0])
        for name in names[:-2]:
            rest = self.local("H")
            yield f"elim {atomic(proof)}. intros {name} {rest}."
            proof = rest
        yield f"elim {atomic(proof)}. intros {' '.join(names[-2:])}."

    def _cases(
        self, step: Step, scopes: Sequence[Scope], last: Sequence[Step], depth: int
    ) -> Iterator[str]:
        proof = self.proof(step.premises[0])
        if len(scopes) == 1:
            names = self.introduce(scopes[0])
            yield f"refine ((fun {names[0]} => _) {atomic(proof)})."
            yield from self.prove_inside(last[0], depth)
            return
        # Built from the inside: elim p; [ | intros H; elim H; [ | ... ] ]
        inner = ""
        for _ in range(len(scopes) - 2):
            rest = self.local("H")
            inner = f"; [ | intros {rest}; elim {rest}{inner} ]"
        yield f"elim {atomic(proof)}{inner}."
        for scope, conclusion in zip(scopes, last, strict=True):
            lines = [f"intros {' '.join(self.introduce(scope))}."]
            lines += self.prove_inside(conclusion, depth + 1)
            yield from bulleted(lines, depth)

    def _induction(
        self, step: Step, scopes: Sequence[Scope], last: Sequence[Step], depth: int
    ) -> Iterator[str]:
        goal = step.formula
        assert isinstance(goal, Forall)
        variable, rest = goal.vars[0], goal.vars[1:]
        body = Forall(rest, goal.body) if rest else goal.body
        data = self.signature.data[variable.sort.name]
        name = self._induction_principle(data.sort.name, variable.sort)
        types = [self.sort(a, tight=True) for a in variable.sort.args]
        motive = self.function([variable], self.formula(body))
        holes = " ".join("_" for _ in scopes)
        yield f"refine ({apply(name, *types, motive)} {holes})."
        for scope, conclusion in zip(scopes, last, strict=True):
            names = self.introduce(scope, induction=True)
            lines = [f"intros {' '.join(names)}."] if names else []
            lines += self.prove_inside(conclusion, depth + 1)
            yield from bulleted(lines, depth)

    def _induction_principle(self, data_name: str, at: Sort) -> str:
        """``T_induction``: the rule for a data type, proved by its recursion."""
        data = self.signature.data[data_name]
        own = data.sort
        type_name = self.names["sort", data_name]
        name = self.names["induction", f"{type_name}_induction"]
        values: dict[str, Sort] = {}
        match_sort(own, at, values)
        for c in data.constructors:
            here = [substitute_sort(s, values) == at for s in c.args]
            if here != [s == own for s in c.args]:
                raise PorismError(f"Induction on {at} has no counterpart in Rocq.")
        if name in self.helpers:
            return name
        saved, self.own_params = self.own_params, tuple(a.name for a in own.args)
        params = self._types(self.own_params)
        whole = self.sort(own)
        variable = {letter: self.names["helper", letter] for letter in ("P", "t", "go")}
        p, t, go = variable["P"], variable["t"], variable["go"]
        binders, branches = [], []
        for number, c in enumerate(data.constructors, 1):
            hypothesis = self.names["helper", f"H{number}"]
            xs = [self.names["helper", f"x{i + 1}"] for i in range(len(c.args))]
            smaller = [x for x, s in zip(xs, c.args, strict=True) if s == own]
            value = " ".join([self.symbol(c.name), *xs])
            quantified = " ".join(
                f"({x} : {self.sort(s)})" for x, s in zip(xs, c.args, strict=True)
            )
            case = "".join(f"{p} {x} -> " for x in smaller) + f"{p} {atomic(value)}"
            binders.append(f"({hypothesis} : {f'forall {quantified}, ' if xs else ''}{case})")
            use = " ".join([hypothesis, *xs, *(f"({go} {x})" for x in smaller)])
            branches.append(f"{value} => {use}")
        self.helpers[name] = (
            f"Definition {name}{params} ({p} : {whole} -> Prop) {' '.join(binders)} :"
            f" forall {t} : {whole}, {p} {t} := fix {go} ({t} : {whole}) : {p} {t} :="
            f" match {t} with {' | '.join(branches)} end."
        )
        self.own_params = saved
        return name

    def _set_induction(
        self, step: Step, scope: Scope, last: Step, definition: int, depth: int
    ) -> Iterator[str]:
        goal = step.formula
        principle = self.theory.inductions[step.index or 0]
        atom = self.graph.step(definition).formula
        assert isinstance(goal, Forall) and isinstance(atom, Atom)
        variable, rest = goal.vars[0], goal.vars[1:]
        inside = Forall(rest, goal.body) if rest else goal.body
        assert isinstance(inside, Implies), "a quantifier stands before the membership"
        words = [self.term(a, tight=True) for a in atom.args]
        words += [self.proof(definition)]
        words += [self.function([variable], self.formula(inside.right))]
        words += [self.proof(step.premises[1])]
        head = self.names["induction", f"{self.symbol(principle.definition)}_induction"]
        yield f"refine ({apply(head, *words)} _)."
        yield f"intros {' '.join(self.introduce(scope, induction=True))}."
        yield from self.prove_inside(last, depth)

    # -- the file ----------------------------------------------------------------------------

    def _types(self, params: Sequence[str], implicit: bool = False) -> str:
        """`` (A B : Type)``, or nothing."""
        if not params:
            return ""
        names = " ".join(self.names["param", p] for p in params)
        return f" {{{names} : Type}}" if implicit else f" ({names} : Type)"

    def lemma(self, lemma: Lemma, formula: Formula, proof: Sequence[str], named: bool) -> list[str]:
        binders = self._types(lemma.params)
        for p in lemma.elements:
            binders += f" ({self.own_elements[p]} : {self.names['param', p]})"
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
        constructors = {c.name for d in signature.data.values() for c in d.constructors}
        yield ""
        symbols: list[Function | Predicate] = [*signature.functions.values()]
        symbols += signature.predicates.values()
        for symbol in symbols:
            if symbol.name not in self.plain and symbol.name not in constructors:
                yield from self._variable(symbol)
                yield from self._infix(symbol.name, infixes)
        for name in self.definition_order():
            if name in self.plain:
                yield ""
                yield from self._definition(name, infixes)
        self.infixes = infixes
        yield from self._hypotheses()
        if self.helpers:
            yield ""
            yield from self.helpers.values()

    def _infix(self, name: str, infixes: set[str]) -> Iterator[str]:
        if name in infixes:
            self.infixes.add(name)
            yield f'Infix "{name}" := {self.symbol(name)}.'

    def _implicit(self, symbol: Function | Predicate, args: int) -> Iterator[str]:
        params = symbol_parameters(symbol)
        if params and symbol.name not in self.pointed:
            names = " ".join(f"{{{self.names['param', p]}}}" for p in params)
            rest = "".join(" _" for _ in range(args))
            yield f"Arguments {self.symbol(symbol.name)} {names}{rest}."

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
            yield f"{head} {self.names['sort', name]}{self._types(common)} : Type :="
            for place, c in enumerate(data.constructors):
                arrows = "".join(f"{self.sort(s)} -> " for s in c.args)
                last = place == len(data.constructors) - 1 and number == len(group) - 1
                yield f"  | {self.symbol(c.name)} : {arrows}{own}{'.' if last else ''}"
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
        result = self.sort(symbol.result) if isinstance(symbol, Function) else "Prop"
        arrows = "".join(f"{self.sort(s)} -> " for s in symbol.args)
        if symbol.name in self.pointed:
            arrows = "".join(f"{self.names['param', p]} -> " for p in params) + arrows
        types = f"forall{self._types(params)}, " if params else ""
        yield f"Variable {self.symbol(symbol.name)} : {types}{arrows}{result}."
        yield from self._implicit(symbol, len(symbol.args))
        self.own_params = ()

    def _definition(self, name: str, infixes: set[str]) -> Iterator[str]:
        definition = self.theory.definitions[name]
        if name in self.recursions:
            found = self.recursions[name]
            self.own_params = tuple(symbol_parameters(found.function))
            decisions: list[tuple[Formula, str, tuple[Var, ...]]] = []
            yield from self._decisions(found.tree, decisions, found)
            params = self._types(self.own_params, implicit=True)
            args = "".join(f" ({self.var(a.name)} : {self.sort(a.sort)})" for a in found.arguments)
            head = f"{'Fixpoint' if found.recursive else 'Definition'} {self.symbol(name)}"
            struct = ""
            if found.recursive and found.decreasing is not None:
                struct = f" {{struct {self.var(found.arguments[found.decreasing].name)}}}"
            yield f"{head}{params}{args}{struct} : {self.sort(found.function.result)} :="
            lines = list(self._tree(found.tree, decisions))
            yield from (f"  {line}" for line in lines[:-1])
            yield f"  {lines[-1]}."
            if self.own_params and not found.arguments:
                yield from self._implicit(found.function, 0)
            yield from self._infix(name, infixes)
            for index, clause in enumerate(definition.clauses):
                yield from self._clause(found, decisions, clause, self.clause_name(name, index))
        else:
            predicate = self.signature.predicates[name]
            taken = predicate_definition(predicate, definition)
            assert taken is not None
            variables, body = taken
            self.own_params = tuple(symbol_parameters(predicate))
            params = self._types(self.own_params, implicit=True)
            args = "".join(f" ({self.var(v.name)} : {self.sort(v.sort)})" for v in variables)
            yield f"Definition {self.symbol(name)}{params}{args} : Prop := {self.formula(body)}."
            yield from self._infix(name, infixes)
            clause = definition.clauses[0]
            types = self._types(formula_parameters(clause))
            heads = split_forall(clause)[0]
            proof = "conj (fun H => H) (fun H => H)"
            if heads:
                proof = f"fun {' '.join(self.var(v.name) for v in heads)} => {proof}"
            yield (
                f"Definition {self.clause_name(name, 0)}{types} : {self.formula(clause)} :="
                f" {proof}."
            )
        self.own_params = ()

    # Conditions of `if` may be undecidable: then the function needs to be told which holds.

    def _decisions(
        self, tree: Tree, found: list[tuple[Formula, str, tuple[Var, ...]]], of: Recursion
    ) -> Iterator[str]:
        match tree:
            case Decide(condition, then, otherwise):
                if not any(c == condition for c, _, _ in found):
                    variables = tuple(free_variables(condition))
                    stem = f"{self.symbol(of.function.name)}_decide"
                    name = self.names.fresh(stem)
                    types = self._types(formula_parameters(condition))
                    text = self.formula(condition, 9)
                    quantified = " ".join(
                        [types.strip(), *(f"({self.binders([v])})" for v in variables)]
                    ).strip()
                    prefix = f"forall {quantified}, " if quantified else ""
                    decided = f"{{{text}}} + {{~ {text}}}"
                    if isinstance(condition, Equal) and self._decidable(condition.left.sort):
                        sort = condition.left.sort
                        yield from self._equality(sort)
                        sides = (
                            self.term(t, tight=True) for t in (condition.left, condition.right)
                        )
                        decide = apply(self.names["equal", sort.name], *sides)
                        binders = f" {quantified}" if quantified else ""
                        yield f"Definition {name}{binders} : {decided} := {decide}."
                    else:
                        yield f"Variable {name} : {prefix}{decided}."
                    found.append((condition, name, variables))
                yield from self._decisions(then, found, of)
                yield from self._decisions(otherwise, found, of)
            case Match(_, branches):
                for _, _, branch in branches:
                    yield from self._decisions(branch, found, of)

    def _decidable(self, sort: Sort, seen: frozenset[str] = frozenset()) -> bool:
        """Whether equality at this sort can be computed: data all the way down, no parameters."""
        data = self.signature.data.get(sort.name)
        if data is None or sort.args:
            return False
        return all(
            s == sort or (s.name not in seen and self._decidable(s, seen | {sort.name}))
            for c in data.constructors
            for s in c.args
        )

    def _equality(self, sort: Sort) -> Iterator[str]:
        """A function that decides equality, once for each data type."""
        if sort.name in self.equalities:
            return
        self.equalities.add(sort.name)
        name = self.names.give(("equal", sort.name), f"{self.sort(sort)}_equal")
        constructors = self.signature.data[sort.name].constructors
        parts = {s.name: s for c in constructors for s in c.args if s != sort}
        for part in parts.values():
            yield from self._equality(part)
        use = " | ".join(f"apply {self.names['equal', p]}" for p in parts)
        more = f"; first [ {use} ]" if parts else ""
        yield (
            f"Definition {name} : forall x y : {self.sort(sort)}, {{x = y}} + {{~ x = y}}."
            f" Proof. decide equality{more}. Defined."
        )

    def _decision(
        self,
        condition: Formula,
        decisions: Sequence[tuple[Formula, str, tuple[Var, ...]]],
        values: dict[str, Term],
    ) -> str:
        name, variables = next((n, v) for c, n, v in decisions if c == condition)
        types = [self.sort(Sort(p, parameter=True), True) for p in formula_parameters(condition)]
        terms = [self.term(values.get(v.name, v), tight=True) for v in variables]
        return apply(name, *types, *terms)

    def _tree(
        self, tree: Tree, decisions: Sequence[tuple[Formula, str, tuple[Var, ...]]]
    ) -> Iterator[str]:
        match tree:
            case Leaf(value):
                yield self.term(value)
            case Decide(condition, then, otherwise):
                yield f"if {self._decision(condition, decisions, {})} then"
                yield from (f"  {line}" for line in self._tree(then, decisions))
                yield "else"
                yield from (f"  {line}" for line in self._tree(otherwise, decisions))
            case Match(variable, branches):
                yield f"match {self.var(variable.name)} with"
                for constructor, inner, branch in branches:
                    names = [self.var(v.name) for v in inner]
                    head = f"| {' '.join([self.symbol(constructor.name), *names])} =>"
                    lines = list(self._tree(branch, decisions))
                    if len(lines) == 1:
                        yield f"{head} {lines[0]}"
                    else:
                        yield head
                        yield from (f"    {line}" for line in lines)
                yield "end"

    def _clause(
        self,
        found: Recursion,
        decisions: Sequence[tuple[Formula, str, tuple[Var, ...]]],
        clause: Formula,
        name: str,
    ) -> Iterator[str]:
        """A clause of the definition, which holds by computation."""
        self.own_params = params = formula_parameters(clause)
        variables, body = split_forall(clause)
        premises, equation = split_implies(body)
        assert isinstance(equation, Equal) and isinstance(equation.left, App)
        self.count = 0
        hypotheses = [self.local("H") for _ in premises]
        names = [self.var(v.name) for v in variables] + hypotheses
        arguments = (a.name for a in found.arguments)
        values: dict[str, Term] = dict(zip(arguments, equation.left.args, strict=True))
        proof = [f"intros {' '.join(names)}."] if names else []
        named = list(zip(hypotheses, premises, strict=True))
        proof += self._computed(found.tree, values, equation.right, decisions, named, 0)
        head = f"Lemma {name}{self._types(params)} : {self.formula(clause)}."
        script = f"Proof. {' '.join(proof)} Qed."
        if len(head) + len(script) < WIDTH:
            yield f"{head} {script}"
        elif len(script) < WIDTH:
            yield head
            yield script
        else:
            yield head
            yield f"Proof. {proof[0]}"
            yield from (f"  {line}" for line in proof[1:])
            yield "Qed."
        self.own_params = tuple(symbol_parameters(found.function))

    def _computed(
        self,
        tree: Tree,
        values: dict[str, Term],
        right: Term,
        decisions: Sequence[tuple[Formula, str, tuple[Var, ...]]],
        premises: Sequence[tuple[str, Formula]],
        depth: int,
    ) -> Iterator[str]:
        match tree:
            case Leaf():
                yield "reflexivity."
            case Decide(condition, then, otherwise):
                # Destructing needs to see the decision that it replaces.
                left = self._in_line(tree, decisions, values)
                yield f"change ({left} = {self.term(right, level=69)})."
                name, premise = premises[0]
                case = self.local("D")
                positive = alpha_equal(premise, substitute(condition, values))
                branches = (
                    f"[ | elim ({case} {name}) ]" if positive else f"[ elim ({name} {case}) | ]"
                )
                decision = self._decision(condition, decisions, values)
                yield f"destruct {atomic(decision)} as [{case} | {case}]; {branches}."
                branch = then if positive else otherwise
                yield from self._computed(branch, values, right, decisions, premises[1:], depth)
            case Match(variable, branches):
                value = values[variable.name]
                if isinstance(value, App):
                    inner, branch = next((i, b) for c, i, b in branches if c.name == value.symbol)
                    more = {v.name: t for v, t in zip(inner, value.args, strict=True)}
                    yield from self._computed(
                        branch, {**values, **more}, right, decisions, premises, depth
                    )
                    return
                assert isinstance(value, Var)
                fresh = [[self.local("x") for _ in inner] for _, inner, _ in branches]
                patterns = " | ".join(" ".join(names) for names in fresh)
                yield f"destruct {self.var(value.name)} as [{patterns}]."
                for (constructor, inner, branch), names in zip(branches, fresh, strict=True):
                    parts = tuple(Var(f"\1{n}", v.sort) for n, v in zip(names, inner, strict=True))
                    whole = App(constructor.name, parts, variable.sort)
                    put: dict[str, Term] = {value.name: whole}
                    now: dict[str, Term] = {k: substitute_term(t, put) for k, t in values.items()}
                    now.update({v.name: p for v, p in zip(inner, parts, strict=True)})
                    lines = list(
                        self._computed(
                            branch,
                            now,
                            substitute_term(right, put),
                            decisions,
                            [(h, substitute(f, put)) for h, f in premises],
                            depth + 1,
                        )
                    )
                    yield from bulleted(lines, depth)

    def _in_line(
        self,
        tree: Tree,
        decisions: Sequence[tuple[Formula, str, tuple[Var, ...]]],
        values: dict[str, Term],
    ) -> str:
        if isinstance(tree, Decide):
            decision = self._decision(tree.condition, decisions, values)
            then = self._in_line(tree.then, decisions, values)
            otherwise = self._in_line(tree.otherwise, decisions, values)
            return f"(if {decision} then {then} else {otherwise})"
        assert isinstance(tree, Leaf)
        return self.term(substitute_term(tree.value, values))

    def _hypotheses(self) -> Iterator[str]:
        theory = self.theory
        lines: list[str] = []
        for name, axiom in theory.axioms.items():
            lines.append(self._hypothesis(self.names["axiom", name], axiom))
        for name, definition in theory.definitions.items():
            if name not in self.plain:
                for index, clause in enumerate(definition.clauses):
                    lines.append(self._hypothesis(self.clause_name(name, index), clause))
        for principle in theory.inductions:
            lines.append(self._principle(principle))
        if self.uses_classic:
            lines.append("Hypothesis classic : forall P : Prop, P \\/ ~ P.")
        if lines:
            yield ""
            yield from lines

    def _hypothesis(self, name: str, formula: Formula) -> str:
        self.own_params = params = formula_parameters(formula)
        self.own_elements = {}
        elements = "".join(
            f" ({self.element(Sort(p, parameter=True))} : {self.names['param', p]})" for p in params
        )
        types = f"forall{self._types(params)}{elements}, " if params else ""
        text = f"Hypothesis {name} : {types}{self.formula(formula)}."
        self.own_params = ()
        return text

    def _principle(self, principle: Induction) -> str:
        """Set induction as a statement about all predicates."""
        names = [self.var(p) for p in principle.params]
        places = [
            principle.params.index(n)
            for n in (principle.base_set, principle.start, principle.successor)
        ]
        members, start, successor = (names[p] for p in places)
        universe = self.names["sort", "Universe"]
        inside, step = self.symbol("in"), self.symbol("in2")
        x, y, p = (self.names["helper", n] for n in ("x", "y", "P"))
        symbol = self.symbol(principle.definition)
        name = self.names["induction", f"{symbol}_induction"]
        return (
            f"Hypothesis {name} : forall {' '.join(names)} : {universe},"
            f" {' '.join([symbol, *names])} -> forall {p} : {universe} -> Prop, {p} {start} ->"
            f" (forall {x} {y} : {universe}, {inside} {x} {members} -> {step} {x} {y} {successor}"
            f" -> {p} {x} -> {p} {y}) -> forall {x} : {universe}, {inside} {x} {members}"
            f" -> {p} {x}."
        )


def bulleted(lines: Sequence[str], depth: int) -> Iterator[str]:
    """The lines of one case, below a bullet of that depth."""
    bullet = "-+*"[depth % 3] * (depth // 3 + 1)
    indent = " " * (len(bullet) + 1)
    yield f"{bullet} {lines[0]}"
    yield from (f"{indent}{line}" for line in lines[1:])


def _below(whole: Exists) -> Formula:
    rest = whole.vars[1:]
    return Exists(rest, whole.body) if rest else whole.body
