"""Definitions of a theory as definitions of Lean, and their clauses, which hold by computation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from logic.formulas import (
    Equal,
    Formula,
    alpha_equal,
    split_forall,
    split_implies,
    substitute,
    substitute_term,
)
from logic.terms import App, Term, Var
from proofs.exports.definitions import predicate_definition
from proofs.exports.equations import Decide, Leaf, Match, Recursion, Tree
from proofs.exports.lean.tactics import LeanTactics
from proofs.exports.parameters import formula_parameters, symbol_parameters
from proofs.exports.words import apply


class LeanDefinitions(LeanTactics):
    """Writes what the theory defines."""

    def definition(self, name: str) -> Iterator[str]:
        definition = self.theory.definitions[name]
        if name in self.defined.recursions:
            found = self.defined.recursions[name]
            self.own_params = tuple(symbol_parameters(found.function))
            params = self.types(self.own_params, implicit=True)
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
        params = self.types(self.own_params, implicit=True)
        args = "".join(f" ({self.var(v.name)} : {self.sort(v.sort)})" for v in variables)
        yield f"def {self.symbol(name)}{params}{args} : Prop := {self.formula(body)}"
        clause = definition.clauses[0]
        types = self.types(formula_parameters(clause))
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
        yield f"theorem {name}{self.types(params)} : {self.formula(clause)} := by"
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
                    pattern = [self.own_name(constructor.name), *(self.var(p.name) for p in parts)]
                    yield f"| {' '.join(pattern)} =>"
                    yield from (f"  {line}" for line in self._computed(branch, now, again))
