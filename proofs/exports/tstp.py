"""A proof graph as a TSTP derivation: typed first-order formulas, one for each step.

A step of an inner scope is stated with the scope's variables and hypotheses in front, so that every
formula is closed and follows from those that its line names: any prover can be asked about each
line by itself. What first-order logic does not have, that data types are freely generated and what
induction says of one formula, stands as axioms of a theory.

Theories without type parameters give TF0, others TF1 (see https://tptp.org). With ``erased`` there
are no sorts (FOF); each inference remains valid, but not the axioms about data types as a whole.
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
    conjunction,
    forall,
    implies,
)
from logic.terms import App, Sort, Term, Var, match_sort
from logic.theory import Function, Predicate
from proofs.exports.naming import Names, identifier
from proofs.exports.parameters import formula_parameters, symbol_parameters
from proofs.graph import ROOT, ProofGraph, Step

TAUTOLOGIES = frozenset(["hypothesis", "reflexivity", "excluded_middle"])


def tstp(graph: ProofGraph, *, erased: bool = False) -> str:
    """All theorems of a proof graph as one TSTP file."""
    return "".join(f"{line}\n" for line in _Writer(graph, erased).lines())


class _Writer:
    def __init__(self, graph: ProofGraph, erased: bool) -> None:
        self.graph = graph
        self.signature = graph.theory.signature
        self.erased = erased
        self.language = "fof" if erased else "tff"
        self.names = Names(())
        self.told: set[str] = set()  # axioms about data types that stand already

    # -- names: lower case for symbols, upper case for variables -----------------------------

    def word(self, kind: str, name: str) -> str:
        plain = identifier(name).replace("'", "_")
        return self.names.give((kind, name), plain[0].lower() + plain[1:])

    def variable(self, kind: str, name: str) -> str:
        plain = identifier(name).replace("'", "_")
        return self.names.give((kind, name), plain[0].upper() + plain[1:])

    # -- terms and formulas ------------------------------------------------------------------

    def sort(self, sort: Sort) -> str:
        if sort.parameter:
            return self.variable("param", sort.name)
        return _applied(self.word("sort", sort.name), [self.sort(a) for a in sort.args])

    def term(self, term: Term) -> str:
        if isinstance(term, Var):
            return self.variable("variable", term.name)
        assert isinstance(term, App)
        function = self.signature.functions[term.symbol]
        return self.application(function, term.args, term.sort)

    def application(
        self, symbol: Function | Predicate, args: Sequence[Term], own: Sort | None
    ) -> str:
        values: dict[str, Sort] = {}
        for sort, argument in zip(symbol.args, args, strict=True):
            match_sort(sort, argument.sort, values)
        if own is not None and isinstance(symbol, Function):
            match_sort(symbol.result, own, values)
        types = [] if self.erased else [self.sort(values[p]) for p in symbol_parameters(symbol)]
        return _applied(self.word("symbol", symbol.name), [*types, *map(self.term, args)])

    def formula(self, formula: Formula) -> str:
        """A formula; what is not an atom stands in parentheses."""
        match formula:
            case Truth(value):
                return "$true" if value else "$false"
            case Atom(predicate, args):
                return self.application(self.signature.predicates[predicate], args, None)
            case Equal(a, b):
                return f"({self.term(a)} = {self.term(b)})"
            case Not(Equal(a, b)):
                return f"({self.term(a)} != {self.term(b)})"
            case Not(body):
                return f"~ {self.formula(body)}"
            case And(a, b):
                return f"({self.formula(a)} & {self.formula(b)})"
            case Or(a, b):
                return f"({self.formula(a)} | {self.formula(b)})"
            case Implies(a, b):
                return f"({self.formula(a)} => {self.formula(b)})"
            case Iff(a, b):
                return f"({self.formula(a)} <=> {self.formula(b)})"
            case Forall(variables, body):
                return f"(! [{self.bound(variables)}] : {self.formula(body)})"
            case Exists(variables, body):
                return f"(? [{self.bound(variables)}] : {self.formula(body)})"

    def bound(self, variables: Sequence[Var]) -> str:
        names = [self.variable("variable", v.name) for v in variables]
        if self.erased:
            return ", ".join(names)
        return ", ".join(f"{n}: {self.sort(v.sort)}" for n, v in zip(names, variables, strict=True))

    def closed(self, formula: Formula) -> str:
        """A formula for all sorts in the place of its type parameters."""
        params = [] if self.erased else formula_parameters(formula)
        text = self.formula(formula)
        if params:
            types = ", ".join(f"{self.variable('param', p)}: $tType" for p in params)
            text = f"(! [{types}] : {text})"
        return text

    def in_scope(self, formula: Formula, scope: int) -> Formula:
        """A formula of a scope as one of the root."""
        while scope != ROOT:
            found = self.graph.scopes[scope]
            formula = forall(found.vars, implies(found.hypotheses, formula))
            scope = found.parent
        return formula

    # -- lines -------------------------------------------------------------------------------

    def line(self, name: str, role: str, formula: str, source: str) -> str:
        return f"{self.language}({name}, {role}, {formula}, {source})."

    def lines(self) -> Iterator[str]:
        theory = self.graph.theory
        yield "% Exported from a certificate: each line follows from those that it names."
        if not self.erased:
            yield from self.types()
        self.leaves = {}
        for name, axiom in theory.axioms.items():
            leaf = self.leaves["axiom", name, 0] = self.word("axiom", name)
            source = f"file('theory', {leaf})"
            yield self.line(leaf, "axiom", self.closed(axiom), source)
        for name, definition in theory.definitions.items():
            for index, clause in enumerate(definition.clauses):
                stem = f"{self.word('symbol', name)}_{index + 1}"
                leaf = self.leaves["definition", name, index] = self.word("clause", stem)
                source = f"file('theory', {leaf})"
                yield self.line(leaf, "definition", self.closed(clause), source)
        theorems: dict[int, list[str]] = {}
        needed: set[int] = set()
        for theorem in self.graph.theorems.values():
            theorems.setdefault(theorem.step, []).append(theorem.name)
            needed.update(self.graph.support(theorem.step) if theorem.step not in needed else ())
        for id in sorted(needed):
            yield from self.step(self.graph.step(id))
            for name in theorems.get(id, []):
                formula = self.graph.theorems[name].formula
                source = f"inference(theorem, [status(thm)], [{self.word('step', f's{id}')}])"
                yield self.line(self.word("theorem", name), "theorem", self.closed(formula), source)

    leaves: dict[tuple[str, str, int], str]

    def types(self) -> Iterator[str]:
        signature = self.signature
        arities = dict.fromkeys(signature.sorts, 0)
        arities |= {name: len(data.sort.args) for name, data in signature.data.items()}
        for name, arity in arities.items():
            word = self.word("sort", name)
            kinds = _arrow(["$tType"] * arity, "$tType")
            yield f"tff({self.word('type', f'{word}_type')}, type, {word}: {kinds})."
        symbols: list[Function | Predicate] = [*signature.functions.values()]
        symbols += signature.predicates.values()
        for symbol in symbols:
            word = self.word("symbol", symbol.name)
            result = self.sort(symbol.result) if isinstance(symbol, Function) else "$o"
            kind = _arrow([self.sort(s) for s in symbol.args], result)
            if params := symbol_parameters(symbol):
                names = ", ".join(f"{self.variable('param', p)}: $tType" for p in params)
                kind = f"!> [{names}] : {f'({kind})' if symbol.args else kind}"
            yield f"tff({self.word('type', f'{word}_type')}, type, {word}: {kind})."

    def step(self, step: Step) -> Iterator[str]:
        parents = [self.word("step", f"s{p}") for p in step.premises]
        match step.rule:
            case "axiom" | "definition":
                parents = [self.leaves[step.rule, step.name or "", step.index or 0]]
            case "injectivity" | "disjointness":
                equation = self.graph.step(step.premises[0]).formula
                assert isinstance(equation, Equal)
                name, line = self.freeness(equation)
                if name not in self.told:
                    self.told.add(name)
                    yield line
                parents.append(name)
            case "induction" | "set_induction":
                name = self.word("step", f"s{step.id}_induction")
                parts: list[Formula] = []
                first = len(step.premises) - len(step.scopes)
                parts += [self.graph.step(p).formula for p in step.premises[:first]]
                for scope, p in zip(step.scopes, step.premises[first:], strict=True):
                    found = self.graph.scopes[scope]
                    last = self.graph.step(p).formula
                    parts.append(forall(found.vars, implies(found.hypotheses, last)))
                instance = Implies(conjunction(parts), step.formula)
                formula = self.closed(self.in_scope(instance, step.scope))
                yield self.line(name, "axiom", formula, "theory(induction)")
                parents.append(name)
        formula = self.closed(self.in_scope(step.formula, step.scope))
        source = f"inference({step.rule}, [status(thm)], [{', '.join(parents)}])"
        if step.rule in TAUTOLOGIES:
            source = f"introduced(tautology, [{step.rule}])"
        yield self.line(self.word("step", f"s{step.id}"), "plain", formula, source)

    def freeness(self, equation: Equal) -> tuple[str, str]:
        """That constructors are injective, or that two of them are different."""
        assert isinstance(equation.left, App) and isinstance(equation.right, App)
        first = self.signature.functions[equation.left.symbol]
        second = self.signature.functions[equation.right.symbol]
        xs, ys = (
            [Var(f"{letter}{i + 1}", sort) for i, sort in enumerate(c.args)]
            for letter, c in (("x", first), ("y", second))
        )
        same = Equal(
            App(first.name, tuple(xs), first.result), App(second.name, tuple(ys), first.result)
        )
        one, other = (self.word("symbol", c.name) for c in (first, second))
        if first == second:
            name = self.word("free", f"{one}_injective")
            parts = conjunction([Equal(x, y) for x, y in zip(xs, ys, strict=True)])
            claim: Formula = Implies(same, parts)
        else:
            name = self.word("free", f"{one}_is_not_{other}")
            claim = Not(same)
        formula = self.closed(forall([*xs, *ys], claim))
        return name, self.line(name, "axiom", formula, "theory(data)")


def _applied(head: str, args: Sequence[str]) -> str:
    return f"{head}({', '.join(args)})" if args else head


def _arrow(args: Sequence[str], result: str) -> str:
    if not args:
        return result
    return f"{args[0] if len(args) == 1 else '(' + ' * '.join(args) + ')'} > {result}"
