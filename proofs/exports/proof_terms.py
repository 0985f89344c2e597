"""Steps of a certificate as proof terms of a proof assistant."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from logic.errors import PorismError
from logic.formulas import (
    And,
    Equal,
    Exists,
    Forall,
    Formula,
    Iff,
    Implies,
    Not,
    Or,
    fresh_name,
    replace_at,
    split_forall,
    subterm_at,
)
from logic.terms import App, Sort, Term, Var, parameters, substitute_sort
from logic.theory import Function
from proofs.exports.anatomy import conclusion, flat_path, leading, variable_names
from proofs.exports.terms import Terms
from proofs.exports.words import apply, bare, one_word
from proofs.graph import ROOT, ProofGraph, Step


class Link(NamedTuple):
    """One equation of a chain, and its proof."""

    left: Term
    proof: str
    right: Term


class Lemma(NamedTuple):
    """What a root step is called, and the type parameters that it is about.

    ``elements`` are those of which it needs to know an element: sorts are not empty, types may be.
    """

    name: str
    params: tuple[str, ...]
    elements: tuple[str, ...]


class ProofTerms(Terms):
    """Proof terms of steps; a subclass names the system's rules."""

    def __init__(self, graph: ProofGraph) -> None:
        super().__init__(graph)
        self.lemmas: dict[int, Lemma] = {}  # what root steps are called
        self.uses_classic = False
        # of the lemma that is being written:
        self.known: dict[int, str] = {}  # steps that have a name or a short proof
        self.uses: dict[int, int] = {}
        self.hypotheses: dict[tuple[int, int], str] = {}

    # -- the system's names of the rules ------------------------------------------------------
    @abstractmethod
    def function(self, variables: Sequence[Var], body: str) -> str: ...

    @abstractmethod
    def proof_term(self, rule: str, *args: str) -> str:
        """``refl t``, ``sym p``, ``trans p q``, ``congr f p``, ``and p q``, ``left p``, ..."""

    @abstractmethod
    def substitution(self, motive: str, left: str, right: str, equation: str, proof: str) -> str:
        """From l = r and P[l], P[r]."""

    @abstractmethod
    def injection(self, constructor: Function, index: int, equation: Equal, proof: str) -> str: ...

    @abstractmethod
    def discrimination(self, equation: Equal, proof: str) -> str: ...

    @abstractmethod
    def witness(self, goal: Exists, terms: Sequence[Term], proof: str) -> str: ...

    def reference(self, step: int, sorts: Mapping[str, Sort]) -> str:
        """A root step at sorts for its type parameters."""
        found = self.graph.step(step)
        lemma = self.lemmas[step]
        values = {}
        for p in lemma.params:
            sort = Sort(p, parameter=True)
            if found.rule in ("axiom", "definition") and found.sorts:
                sort = substitute_sort(sort, found.sorts)
            values[p] = substitute_sort(sort, sorts)
        words = [self.sort(values[p], tight=True) for p in lemma.params]
        words += [self.element(values[p]) for p in lemma.elements]
        return apply(lemma.name, *words)

    def proof(self, id: int, sorts: Mapping[str, Sort] | None = None) -> str:
        """A proof term of a step, its name if it has one."""
        if id in self.known:
            return self.known[id]
        step = self.graph.step(id)
        if step.scope == ROOT and id in self.lemmas:
            return self.reference(id, sorts or {})
        return self.expression(step)

    def expression(self, step: Step) -> str:
        """The proof term of a step whose rule closes no scope."""
        graph, rule = self.graph, step.rule
        first = step.premises[0] if step.premises else 0
        match rule:
            case "hypothesis":
                return self.hypotheses[step.of or 0, step.index or 0]
            case "axiom" | "definition":
                return self.reference(step.id, {})
            case "instance":
                return self._instance(step)
            case "modus_ponens":
                return apply(*(self.proof(p) for p in step.premises))
            case "reflexivity":
                assert isinstance(step.formula, Equal)
                return self.proof_term("refl", self.term(step.formula.left, known=False))
            case "symmetry":
                return self._symmetric(self.proof(first))
            case "transitivity" | "rewrite":
                links = self.links(step)
                if links is not None:
                    return self._joined(step, links)
                return self._rewritten(step)
            case "injectivity":
                equation = graph.step(first).formula
                assert isinstance(equation, Equal) and isinstance(equation.left, App)
                constructor = self.signature.functions[equation.left.symbol]
                return self.injection(constructor, step.index or 0, equation, self.proof(first))
            case "disjointness":
                equation = graph.step(first).formula
                assert isinstance(equation, Equal)
                return self.discrimination(equation, self.proof(first))
            case "and_intro" | "iff_intro":
                return self.proof_term(rule, self.proof(first), self.proof(step.premises[1]))
            case "and_left" | "and_right" | "or_left" | "or_right" | "iff_left" | "iff_right":
                return self.proof_term(rule, self.proof(first))
            case "ex_falso":
                return self.proof_term(rule, self.formula(step.formula), self.proof(first))
            case "excluded_middle":
                assert isinstance(step.formula, Or)
                return self.classic(step.formula.left)
            case "exists_intro":
                assert isinstance(step.formula, Exists)
                names = leading(step.formula)
                terms = [(step.binding or {})[v.name] for v in names]
                return self.witness(step.formula, terms, self.proof(first))
        raise PorismError(f"The certificate has a rule '{rule[:40]}', which has no translation.")

    @abstractmethod
    def classic(self, formula: Formula) -> str: ...

    def _instance(self, step: Step) -> str:
        premise = self.graph.step(step.premises[0])
        binding = step.binding or {}
        head = self.proof(premise.id, step.sorts or {})
        variables = [
            Var(v.name, substitute_sort(v.sort, step.sorts or {}))
            for v in split_forall(premise.formula)[0]
        ]
        last = max((i for i, v in enumerate(variables) if v.name in binding), default=-1)
        kept: list[Var] = []
        words = []
        free = {v for t in binding.values() for v in variable_names(t)}
        for v in variables[: last + 1]:
            if v.name in binding:
                words.append(self.term(binding[v.name], tight=True, known=True))
            else:
                kept.append(Var(fresh_name(v.name, free), v.sort))
                free.add(kept[-1].name)
                words.append(self.var(kept[-1].name))
        text = apply(head, *words)
        return self.function(kept, text) if kept else text

    def _symmetric(self, proof: str) -> str:
        head = self.proof_term("sym", "")
        if proof.startswith(head) and one_word(proof[len(head) :]):
            return bare(proof[len(head) :])
        return self.proof_term("sym", proof)

    # -- chains of equalities ----------------------------------------------------------------

    def links(self, step: Step) -> list[Link] | None:
        """An equation as a chain; None for what is not rewriting in an equation."""
        equation = step.formula
        if not isinstance(equation, Equal):
            return None
        if step.id in self.known:
            return [Link(equation.left, self.known[step.id], equation.right)]
        if step.rule == "reflexivity":
            return []
        if step.rule == "transitivity":
            links: list[Link] = []
            for p in step.premises:
                links += self._inner_links(self.graph.step(p), step)
            return links
        if step.rule != "rewrite" or not step.path:
            return None
        before = self.graph.step(step.premises[0])
        assert isinstance(before.formula, Equal)
        proof = self._equation(step)
        side, inside = step.path[0], step.path[1:]
        old, new = ((f.left, f.right)[side] for f in (before.formula, equation))
        earlier = self._inner_links(before, step)
        if side == 1:
            return [*earlier, Link(old, self._congruence(old, inside, proof), new)]
        return [Link(new, self._congruence(new, inside, self._symmetric(proof)), old), *earlier]

    def _inner_links(self, premise: Step, step: Step) -> list[Link]:
        assert isinstance(premise.formula, Equal)
        if premise.rule == "reflexivity":
            return []
        if self.absorbed(premise, step):
            found = self.links(premise)
            if found is not None:
                return found
        return [Link(premise.formula.left, self.proof(premise.id), premise.formula.right)]

    def absorbed(self, premise: Step, step: Step) -> bool:
        """Whether a step is only a link of the chain that another one makes."""
        return (
            premise.scope == step.scope
            and premise.scope != ROOT
            and premise.id not in self.known
            and premise.rule in ("reflexivity", "rewrite", "transitivity")
            and isinstance(premise.formula, Equal)
            and (premise.rule != "rewrite" or bool(premise.path))
            and (premise.rule == "reflexivity" or self.uses.get(premise.id, 0) == 1)
        )

    def _joined(self, step: Step, links: Sequence[Link]) -> str:
        if not links:
            assert isinstance(step.formula, Equal)
            return self.proof_term("refl", self.term(step.formula.left, known=False))
        text = links[-1].proof
        for link in reversed(links[:-1]):
            text = self.proof_term("trans", link.proof, text)
        return text

    def _equation(self, step: Step) -> str:
        """A proof of old = new, or old <-> new, for a rewriting step."""
        rule = self.graph.step(step.premises[1])
        binding = step.binding or {}
        variables = split_forall(rule.formula)[0]
        head = self.proof(rule.id, step.sorts or {})
        words = [self.term(binding[v.name], tight=True) for v in variables]
        words += [self.proof(q) for q in step.premises[2:]]
        proof = apply(head, *words)
        if not step.reverse:
            return proof
        is_iff = isinstance(conclusion(rule.formula, len(step.premises) - 2), Iff)
        return self.proof_term("iff_sym", proof) if is_iff else self._symmetric(proof)

    def _congruence(self, whole: Term, path: Sequence[int], proof: str) -> str:
        """From s = t, c[s] = c[t]."""
        if not path:
            return proof
        part = subterm_at(whole, path)
        hole = Var(fresh_name("z", variable_names(whole)), part.sort)  # type: ignore[union-attr]
        context = replace_at(whole, path, hole)
        if isinstance(context, App) and (partial := self._partial(context, hole)):
            return self.proof_term("congr", partial, proof)
        body = self.term(context, known=False)  # type: ignore[arg-type]
        return self.proof_term("congr", self.function([hole], body), proof)

    def _partial(self, context: App, hole: Var) -> str:
        """``cons a`` for the context ``cons a z``; empty where that is not so simple."""
        *others, last = context.args or (None,)
        function = self.signature.functions[context.symbol]
        if last != hole or context.symbol in self.infixes or context.symbol in self.defined.pointed:
            return ""
        if any(hole.name in variable_names(t) or not self.fixes_its_sort(t) for t in others if t):
            return ""
        if not parameters(function.result) <= set().union(*map(parameters, function.args)):
            return ""
        words = (self.term(t, tight=True) for t in others if t)
        return " ".join([self.symbol(context.symbol), *words])

    def _rewritten(self, step: Step) -> str:
        """Rewriting in a formula: Leibniz's law, or congruence for <->."""
        before = self.graph.step(step.premises[0])
        rule = self.graph.step(step.premises[1])
        path = flat_path(before.formula, step.path or ())
        proof = self._equation(step)
        if isinstance(conclusion(rule.formula, len(step.premises) - 2), Iff):
            inside = self._equivalence(before.formula, path, proof)
            return self.proof_term("mp", inside, self.proof(before.id))
        old = subterm_at(before.formula, path)
        new = subterm_at(step.formula, flat_path(step.formula, step.path or ()))
        hole = Var(fresh_name("z", variable_names(before.formula)), old.sort)  # type: ignore[union-attr]
        body = replace_at(before.formula, path, hole)
        motive = self.function([hole], self.formula(body))  # type: ignore[arg-type]
        left, right = (self.term(t, known=False) for t in (old, new))  # type: ignore[arg-type]
        return self.substitution(motive, left, right, proof, self.proof(before.id))

    def _equivalence(self, formula: Formula, path: Sequence[int], proof: str) -> str:
        """From F <-> G, P[F] <-> P[G]."""
        if not path:
            return proof
        match formula:
            case Not(body):
                return self.congruent("not", self._equivalence(body, path[1:], proof))
            case And(a, b) | Or(a, b) | Implies(a, b) | Iff(a, b):
                kind = type(formula).__name__.lower()
                part, other = (a, b) if path[0] == 0 else (b, a)
                inner = self._equivalence(part, path[1:], proof)
                side = "left" if path[0] == 0 else "right"
                return self.congruent(f"{kind}_{side}", self.formula(other), inner)
            case Forall(variables, body) | Exists(variables, body):
                inner = self._equivalence(body, path[1:], proof)
                for v in reversed(variables):
                    kind = type(formula).__name__.lower()
                    inner = self.congruent(kind, self.function([v], inner))
                return inner
        raise PorismError("A path of the certificate leaves its formula.")

    @abstractmethod
    def congruent(self, kind: str, *args: str) -> str: ...
