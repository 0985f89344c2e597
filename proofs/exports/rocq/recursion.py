"""Definitions of a theory as definitions of Rocq, and their clauses, which hold by computation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from logic.formulas import (
    Equal,
    Formula,
    alpha_equal,
    free_variables,
    split_forall,
    split_implies,
    substitute,
    substitute_term,
)
from logic.terms import App, Sort, Term, Var
from logic.theory import Function, Predicate
from proofs.exports.definitions import predicate_definition
from proofs.exports.equations import Decide, Leaf, Match, Recursion, Tree
from proofs.exports.parameters import formula_parameters, symbol_parameters
from proofs.exports.rocq.tactics import RocqTactics, bulleted
from proofs.exports.words import WIDTH, apply, atomic
from proofs.graph import ProofGraph


class RocqDefinitions(RocqTactics):
    """Writes what the theory defines."""

    def __init__(self, graph: ProofGraph) -> None:
        super().__init__(graph)
        self.equalities: set[str] = set()  # data types whose equality is decided by a function

    def definition(self, name: str, infixes: set[str]) -> Iterator[str]:
        definition = self.theory.definitions[name]
        if name in self.defined.recursions:
            found = self.defined.recursions[name]
            self.own_params = tuple(symbol_parameters(found.function))
            decisions: list[tuple[Formula, str, tuple[Var, ...]]] = []
            yield from self._decisions(found.tree, decisions, found)
            params = self.types(self.own_params, implicit=True)
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
                yield from self.implicit(found.function, 0)
            yield from self.infix_of(name, infixes)
            for index, clause in enumerate(definition.clauses):
                yield from self._clause(found, decisions, clause, self.clause_name(name, index))
        else:
            predicate = self.signature.predicates[name]
            taken = predicate_definition(predicate, definition)
            assert taken is not None
            variables, body = taken
            self.own_params = tuple(symbol_parameters(predicate))
            params = self.types(self.own_params, implicit=True)
            args = "".join(f" ({self.var(v.name)} : {self.sort(v.sort)})" for v in variables)
            yield f"Definition {self.symbol(name)}{params}{args} : Prop := {self.formula(body)}."
            yield from self.infix_of(name, infixes)
            clause = definition.clauses[0]
            types = self.types(formula_parameters(clause))
            heads = split_forall(clause)[0]
            proof = "conj (fun H => H) (fun H => H)"
            if heads:
                proof = f"fun {' '.join(self.var(v.name) for v in heads)} => {proof}"
            yield (
                f"Definition {self.clause_name(name, 0)}{types} : {self.formula(clause)} :="
                f" {proof}."
            )
        self.own_params = ()

    def infix_of(self, name: str, infixes: set[str]) -> Iterator[str]:
        """The line that lets an operator be written as such, if it can be."""
        if name in infixes:
            self.infixes.add(name)
            yield f'Infix "{name}" := {self.symbol(name)}.'

    def implicit(self, symbol: Function | Predicate, args: int) -> Iterator[str]:
        """The line that lets the type parameters of a symbol be inferred."""
        params = symbol_parameters(symbol)
        if params and symbol.name not in self.defined.pointed:
            names = " ".join(f"{{{self.names['param', p]}}}" for p in params)
            rest = "".join(" _" for _ in range(args))
            yield f"Arguments {self.symbol(symbol.name)} {names}{rest}."

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
                    types = self.types(formula_parameters(condition))
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
        head = f"Lemma {name}{self.types(params)} : {self.formula(clause)}."
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
