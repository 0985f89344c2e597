"""A proof graph as Lean 4 text: the same proofs as for Rocq, not checked here.

No Lean is at hand where Porism is tested, so the file says of itself that it is unchecked. What the
theory leaves open becomes ``axiom`` in a namespace of its own: ``#print axioms`` names those that a
theorem rests on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

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
    replace_at,
    split_forall,
    split_implies,
    substitute,
    substitute_term,
)
from logic.terms import App, Sort, Term, Var
from logic.theory import Function, Induction, Predicate
from proofs.equations import Decide, Leaf, Match, Recursion, Tree
from proofs.graph import ProofGraph, Scope, Step
from proofs.script import (
    Lemma,
    Link,
    Script,
    apply,
    atomic,
    conclusion,
    data_groups,
    flat_path,
    formula_parameters,
    predicate_definition,
    symbol_parameters,
)

KEYWORDS = frozenset(
    [
        "abbrev",
        "at",
        "axiom",
        "by",
        "calc",
        "class",
        "constant",
        "continue",
        "def",
        "deriving",
        "do",
        "else",
        "end",
        "example",
        "exists",
        "export",
        "extends",
        "false",
        "forall",
        "from",
        "fun",
        "have",
        "if",
        "import",
        "in",
        "include",
        "inductive",
        "infix",
        "infixl",
        "infixr",
        "instance",
        "let",
        "macro",
        "match",
        "mutual",
        "namespace",
        "noncomputable",
        "nomatch",
        "open",
        "opaque",
        "partial",
        "postfix",
        "prefix",
        "private",
        "protected",
        "rec",
        "renaming",
        "return",
        "scoped",
        "section",
        "show",
        "sorry",
        "structure",
        "suffices",
        "syntax",
        "termination_by",
        "then",
        "theorem",
        "true",
        "universe",
        "unless",
        "unsafe",
        "using",
        "variable",
        "where",
        "with",
        "Type",
        "Prop",
        "Sort",
        "Eq",
        "Iff",
        "And",
        "Or",
        "Not",
        "Exists",
        "False",
        "True",
        "PUnit",
        "Classical",
        "propext",
        "congrArg",
        "if_pos",
        "if_neg",
        "h",
        "goal",
    ]
)


def lean(graph: ProofGraph) -> str:
    """The theory and all theorems of a proof graph as one Lean 4 file, which nothing has checked.

    Raises
    ------
    PorismError : the proof is nested too deeply, or is not one that the checker accepts.
    """
    return Lean(graph).write()


class Lean(Script):
    """The syntax of Lean 4."""

    reserved = KEYWORDS
    unit = ("PUnit", "PUnit.unit")

    def symbol(self, name: str) -> str:
        """Constructors live in the namespace of their type."""
        function = self.signature.functions.get(name)
        own = super().symbol(name)
        if function is not None and function.kind == "constructor":
            return f"{self.names['sort', function.result.name]}.{own}"
        return own

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

    def have(self, name: str, formula: Formula, lines: Sequence[str]) -> Iterator[str]:
        yield f"have {name} : {self.formula(formula)} := by"
        yield from (f"  {line}" for line in lines)

    def exact(self, proof: str) -> str:
        return f"exact {proof}"

    def chain(self, links: Sequence[Link]) -> Iterator[str]:
        yield "calc"
        for number, link in enumerate(links):
            left = self.term(link.left, known=self.fixes_its_sort(link.left)) if not number else "_"
            yield f"  {left} = {self.term(link.right)} := {link.proof}"

    def scoped(self, step: Step, scopes: Sequence[Scope], depth: int) -> Iterator[str]:
        last = [self.graph.step(p) for p in step.premises[len(step.premises) - len(scopes) :]]
        match step.rule:
            case "discharge" | "negation":
                yield from self._intro(self.introduce(scopes[0]))
                yield from self.prove_inside(last[0], depth)
            case "contradiction":
                yield "refine Classical.byContradiction ?_"
                yield from self._intro(self.introduce(scopes[0]))
                yield from self.prove_inside(last[0], depth)
            case "exists_elim":
                names = self.introduce(scopes[0])
                proof = self.proof(step.premises[0])
                for name in names[:-2]:
                    below = self.local("H")
                    yield f"refine Exists.elim {atomic(proof)} ?_"
                    yield f"intro {name} {below}"
                    proof = below
                yield f"refine Exists.elim {atomic(proof)} ?_"
                yield from self._intro(names[-2:])
                yield from self.prove_inside(last[0], depth)
            case "cases":
                yield from self._cases(step, scopes, last, depth)
            case "induction":
                goal = step.formula
                assert isinstance(goal, Forall)
                variable, rest = goal.vars[0], goal.vars[1:]
                body = Forall(rest, goal.body) if rest else goal.body
                name = self._induction_principle(variable.sort.name)
                types = [self.sort(a, tight=True) for a in variable.sort.args]
                motive = self.function([variable], self.formula(body))
                yield f"refine {apply(name, *types, motive)} {' '.join('?_' for _ in scopes)}"
                yield from self._bullets(scopes, last, depth, induction=True)
            case "set_induction":
                yield from self._set_induction(step)
                yield from self._intro(self.introduce(scopes[0], induction=True))
                yield from self.prove_inside(last[0], depth)

    @staticmethod
    def _intro(names: Sequence[str]) -> Iterator[str]:
        if names:
            yield f"intro {' '.join(names)}"

    def _bullets(
        self, scopes: Sequence[Scope], last: Sequence[Step], depth: int, induction: bool = False
    ) -> Iterator[str]:
        for scope, end in zip(scopes, last, strict=True):
            lines = list(self._intro(self.introduce(scope, induction)))
            lines += self.prove_inside(end, depth + 1)
            yield f"· {lines[0]}"
            yield from (f"  {line}" for line in lines[1:])

    def _cases(
        self, step: Step, scopes: Sequence[Scope], last: Sequence[Step], depth: int
    ) -> Iterator[str]:
        proof = self.proof(step.premises[0])
        if len(scopes) == 1:
            [name] = self.introduce(scopes[0])
            yield f"have {name} := {proof}"
            yield from self.prove_inside(last[0], depth)
            return
        inner = "?_"
        for _ in range(len(scopes) - 2):
            rest = self.local("H")
            inner = f"(fun {rest} => Or.elim {rest} ?_ {inner})"
        yield f"refine Or.elim {atomic(proof)} ?_ {inner}"
        yield from self._bullets(scopes, last, depth)

    def _induction_principle(self, data_name: str) -> str:
        data = self.signature.data[data_name]
        name = self.names["induction", f"{self.names['sort', data_name]}_induction"]
        if name in self.helpers:
            return name
        saved, self.own_params = self.own_params, tuple(a.name for a in data.sort.args)
        whole, p = self.sort(data.sort), self.names["helper", "P"]
        types = [self.names["param", a] for a in self.own_params]
        given = [self.names["helper", f"H{i + 1}"] for i in range(len(data.constructors))]
        binders, branches = [], []
        for hypothesis, c in zip(given, data.constructors, strict=True):
            xs = [self.names["helper", f"x{i + 1}"] for i in range(len(c.args))]
            smaller = [x for x, s in zip(xs, c.args, strict=True) if s == data.sort]
            value = " ".join([self.symbol(c.name), *xs])
            bound = " ".join(f"({x} : {self.sort(s)})" for x, s in zip(xs, c.args, strict=True))
            case = "".join(f"{p} {x} → " for x in smaller) + f"{p} {atomic(value)}"
            binders.append(f"({hypothesis} : {f'∀ {bound}, ' if xs else ''}{case})")
            again = [f"({' '.join([name, *types, p, *given, x])})" for x in smaller]
            branches.append(f"  | {value} => {' '.join([hypothesis, *xs, *again])}")
        params = "".join(f" ({t} : Type)" for t in types)
        head = f"theorem {name}{params} ({p} : {whole} → Prop) {' '.join(binders)} :"
        t = self.names["helper", "t"]
        self.helpers[name] = "\n".join([f"{head} ∀ {t} : {whole}, {p} {t}", *branches])
        self.own_params = saved
        return name

    def _set_induction(self, step: Step) -> Iterator[str]:
        principle = self.theory.inductions[step.index or 0]
        definition, base = step.premises[:2]
        atom, goal = self.graph.step(definition).formula, step.formula
        assert isinstance(goal, Forall) and isinstance(atom, Atom)
        variable, rest = goal.vars[0], goal.vars[1:]
        inside = Forall(rest, goal.body) if rest else goal.body
        assert isinstance(inside, Implies), "a quantifier stands before the membership"
        words = [self.term(a, tight=True) for a in atom.args]
        words += [self.proof(definition), self.function([variable], self.formula(inside.right))]
        words += [self.proof(base)]
        head = self.names["induction", f"{self.symbol(principle.definition)}_induction"]
        yield f"refine {apply(head, *words)} ?_"

    # -- the file ----------------------------------------------------------------------------

    def _types(self, params: Sequence[str], implicit: bool = False) -> str:
        if not params:
            return ""
        names = " ".join(self.names["param", p] for p in params)
        return f" {{{names} : Type}}" if implicit else f" ({names} : Type)"

    def lemma(self, lemma: Lemma, formula: Formula, proof: Sequence[str], named: bool) -> list[str]:
        binders = self._types(lemma.params)
        for p in lemma.elements:
            binders += f" ({self.own_elements[p]} : {self.names['param', p]})"
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
                types = self._types(self.own_params)
                yield f"inductive {self.names['sort', data.sort.name]}{types} : Type where"
                for c in data.constructors:
                    arrows = "".join(f"{self.sort(s)} → " for s in c.args)
                    yield f"  | {super().symbol(c.name)} : {arrows}{own}"
            if len(group) > 1:
                yield "end"
        constructors = {c.name for d in signature.data.values() for c in d.constructors}
        yield ""
        symbols: list[Function | Predicate] = [*signature.functions.values()]
        symbols += signature.predicates.values()
        for symbol in symbols:
            if symbol.name not in self.plain and symbol.name not in constructors:
                yield self._axiom_symbol(symbol)
        for name in self.definition_order():
            if name in self.plain:
                yield ""
                yield from self._definition(name)
        yield ""
        theory = self.theory
        for name, axiom in theory.axioms.items():
            yield self._axiom(self.names["axiom", name], axiom)
        for name, definition in theory.definitions.items():
            if name not in self.plain:
                for index, clause in enumerate(definition.clauses):
                    yield self._axiom(self.clause_name(name, index), clause)
        for principle in theory.inductions:
            yield self._principle(principle)
        for helper in self.helpers.values():
            yield ""
            yield from helper.split("\n")
        self.own_params = ()

    def _axiom_symbol(self, symbol: Function | Predicate) -> str:
        self.own_params = tuple(symbol_parameters(symbol))
        pointed = symbol.name in self.pointed
        result = self.sort(symbol.result) if isinstance(symbol, Function) else "Prop"
        arrows = "".join(f"{self.sort(s)} → " for s in symbol.args)
        if pointed:
            arrows = "".join(f"{self.names['param', p]} → " for p in self.own_params) + arrows
        types = self._types(self.own_params, implicit=not pointed)
        return f"axiom {self.symbol(symbol.name)}{types} : {arrows}{result}"

    def _axiom(self, name: str, formula: Formula) -> str:
        self.own_params = params = formula_parameters(formula)
        self.own_elements = {}
        elements = "".join(
            f" ({self.element(Sort(p, parameter=True))} : {self.names['param', p]})" for p in params
        )
        return f"axiom {name}{self._types(params)}{elements} : {self.formula(formula)}"

    def _principle(self, principle: Induction) -> str:
        names = [self.var(p) for p in principle.params]
        keys = (principle.base_set, principle.start, principle.successor)
        members, start, successor = (names[principle.params.index(key)] for key in keys)
        universe = self.names["sort", "Universe"]
        inside, step = self.symbol("in"), self.symbol("in2")
        x, y, p = (self.names["helper", n] for n in ("x", "y", "P"))
        symbol = self.symbol(principle.definition)
        name = self.names["induction", f"{symbol}_induction"]
        return (
            f"axiom {name} : ∀ {' '.join(names)} : {universe}, {' '.join([symbol, *names])} →"
            f" ∀ {p} : {universe} → Prop, {p} {start} → (∀ {x} {y} : {universe},"
            f" {inside} {x} {members} → {step} {x} {y} {successor} → {p} {x} → {p} {y}) →"
            f" ∀ {x} : {universe}, {inside} {x} {members} → {p} {x}"
        )

    def _definition(self, name: str) -> Iterator[str]:
        definition = self.theory.definitions[name]
        if name in self.recursions:
            found = self.recursions[name]
            self.own_params = tuple(symbol_parameters(found.function))
            params = self._types(self.own_params, implicit=True)
            args = "".join(f" ({self.var(a.name)} : {self.sort(a.sort)})" for a in found.arguments)
            result = self.sort(found.function.result)
            yield f"def {self.symbol(name)}{params}{args} : {result} :="
            yield from (f"  {line}" for line in self._tree(found.tree))
            for index, clause in enumerate(definition.clauses):
                yield from self._clause(found, clause, self.clause_name(name, index))
            return
        predicate = self.signature.predicates[name]
        taken = predicate_definition(predicate, definition)
        assert taken is not None
        variables, body = taken
        self.own_params = tuple(symbol_parameters(predicate))
        params = self._types(self.own_params, implicit=True)
        args = "".join(f" ({self.var(v.name)} : {self.sort(v.sort)})" for v in variables)
        yield f"def {self.symbol(name)}{params}{args} : Prop := {self.formula(body)}"
        clause = definition.clauses[0]
        types = self._types(formula_parameters(clause))
        heads = split_forall(clause)[0]
        proof = "Iff.rfl"
        if heads:
            proof = f"fun {' '.join(self.var(v.name) for v in heads)} => {proof}"
        yield f"theorem {self.clause_name(name, 0)}{types} : {self.formula(clause)} := {proof}"

    def _tree(self, tree: Tree) -> Iterator[str]:
        match tree:
            case Leaf(value):
                yield self.term(value)
            case Decide(condition, then, otherwise):
                yield f"if {self.formula(condition)} then"
                yield from (f"  {line}" for line in self._tree(then))
                yield "else"
                yield from (f"  {line}" for line in self._tree(otherwise))
            case Match(variable, branches):
                yield f"match {self.var(variable.name)} with"
                for constructor, inner, branch in branches:
                    names = [self.var(v.name) for v in inner]
                    yield f"| {' '.join([self.symbol(constructor.name), *names])} =>"
                    yield from (f"  {line}" for line in self._tree(branch))

    def _clause(self, found: Recursion, clause: Formula, name: str) -> Iterator[str]:
        """A clause of the definition, which holds by computation."""
        self.own_params = params = formula_parameters(clause)
        variables, body = split_forall(clause)
        premises, equation = split_implies(body)
        assert isinstance(equation, Equal) and isinstance(equation.left, App)
        self.count = 0
        named = [(self.local("H"), premise) for premise in premises]
        arguments = (a.name for a in found.arguments)
        values: dict[str, Term] = dict(zip(arguments, equation.left.args, strict=True))
        yield f"theorem {name}{self._types(params)} : {self.formula(clause)} := by"
        names = [*(self.var(v.name) for v in variables), *(h for h, _ in named)]
        lines = [*self._intro(names), *self._computed(found.tree, values, named)]
        yield from (f"  {line}" for line in lines)
        self.own_params = tuple(symbol_parameters(found.function))

    def _computed(
        self, tree: Tree, values: dict[str, Term], premises: Sequence[tuple[str, Formula]]
    ) -> Iterator[str]:
        match tree:
            case Leaf():
                yield "rfl"
            case Decide():
                proofs = []
                while isinstance(tree, Decide):
                    name, premise = premises[0]
                    positive = alpha_equal(premise, substitute(tree.condition, values))
                    proofs.append(apply("if_pos" if positive else "if_neg", name))
                    tree = tree.then if positive else tree.otherwise
                    premises = premises[1:]
                proof = proofs[-1]
                for other in reversed(proofs[:-1]):
                    proof = apply("Eq.trans", other, proof)
                yield f"exact {proof}"
            case Match(variable, branches):
                value = values[variable.name]
                if isinstance(value, App):
                    inner, branch = next((i, b) for c, i, b in branches if c.name == value.symbol)
                    more = {v.name: t for v, t in zip(inner, value.args, strict=True)}
                    yield from self._computed(branch, {**values, **more}, premises)
                    return
                assert isinstance(value, Var)
                yield f"cases {self.var(value.name)} with"
                for constructor, inner, branch in branches:
                    parts = tuple(Var(f"\1{self.local('x')}", v.sort) for v in inner)
                    whole = App(constructor.name, parts, variable.sort)
                    put: dict[str, Term] = {value.name: whole}
                    now: dict[str, Term] = {k: substitute_term(t, put) for k, t in values.items()}
                    now.update({v.name: p for v, p in zip(inner, parts, strict=True)})
                    again = [(h, substitute(f, put)) for h, f in premises]
                    pattern = [super().symbol(constructor.name), *(self.var(p.name) for p in parts)]
                    yield f"| {' '.join(pattern)} =>"
                    yield from (f"  {line}" for line in self._computed(branch, now, again))
