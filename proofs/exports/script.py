"""A proof graph as a script for a proof assistant: what Rocq and Lean have in common.

Each theorem becomes a lemma whose proof follows the certificate step by step. Steps that are short
are written as terms where they are used, the others are stated; rewriting in an equation becomes a
chain of equalities; scopes become nested proofs. Nothing here searches, and nothing is left to the
system's automation: every equation is used at an explicit instance and an explicit place.

A subclass writes the system's syntax; see :class:`proofs.exports.rocq.Rocq`.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence

from logic.errors import PorismError
from logic.formulas import Equal, Formula
from logic.theory import Predicate
from proofs.exports.parameters import formula_parameters
from proofs.exports.proof_terms import Lemma, Link
from proofs.exports.statements import Statements
from proofs.exports.words import wrap
from proofs.graph import ROOT, ProofGraph, Scope, Step, Theorem

SHORT = 60
"""Characters of a proof term that is written where it is used."""

LIGHT = frozenset(
    [
        "hypothesis",
        "axiom",
        "definition",
        "instance",
        "modus_ponens",
        "symmetry",
        "injectivity",
        "and_left",
        "and_right",
        "iff_left",
        "iff_right",
    ]
)
"""Rules whose proof terms show what they prove, so that they can stand inside of others."""

SCOPED = frozenset(
    ["discharge", "induction", "set_induction", "cases", "contradiction", "negation", "exists_elim"]
)


class Script(Statements):
    """Writes one proof graph; use it once."""

    def __init__(self, graph: ProofGraph) -> None:
        super().__init__(graph)
        self.user: dict[int, Step] = {}
        self.pieces: dict[str, list[str]] = {}  # the lines of each theorem, lemmas included

    # -- proofs ------------------------------------------------------------------------------

    def begin(self, last: Step, params: Sequence[str]) -> None:
        """Start a lemma."""
        self.own_params = tuple(params)
        self.own_elements = {}
        self.known, self.hypotheses, self.count = {}, {}, 0
        self.uses, self.user = {}, {}
        for id in {last.id, *self._inside(last, set(), everything=True)}:
            step = self.graph.step(id)
            for p in step.premises:
                self.uses[p] = self.uses.get(p, 0) + 1
                self.user[p] = step

    def _inside(self, last: Step, outer: set[int], everything: bool = False) -> set[int]:
        """The steps below ``last`` in its own scope, or in all but the outer scopes."""
        found: set[int] = set()
        seen: set[int] = set()
        waiting = list(last.premises)
        while waiting:
            id = waiting.pop()
            if id in seen:
                continue
            seen.add(id)
            step = self.graph.step(id)
            if step.scope == ROOT or step.scope in outer:
                continue
            if everything or step.scope == last.scope:
                found.add(id)
            waiting += step.premises
        return found

    def prove_inside(self, last: Step, depth: int) -> Iterator[str]:
        """The lines that prove the last step of a scope, after those that it needs."""
        outer = set()
        scope = last.scope
        while scope != ROOT:
            scope = self.graph.scopes[scope].parent
            outer.add(scope)
        for id in sorted(self._inside(last, outer)):
            if id not in self.known:
                yield from self._state(self.graph.step(id))
        yield from self.prove(last, depth)

    def _state(self, step: Step) -> Iterator[str]:
        """State a step, unless it is written where it is used."""
        users = self.uses.get(step.id, 0)
        if step.rule in ("hypothesis", "axiom", "definition"):
            return
        if step.rule == "reflexivity" or (
            users == 1 and step.rule in ("rewrite", "transitivity") and self._is_link(step)
        ):
            return
        if step.rule in LIGHT:
            text = self.expression(step)
            if len(text) <= SHORT or (users == 1 and len(text) < len(self.formula(step.formula))):
                self.known[step.id] = text
                return
        name = self.local("h")
        lines = list(self.prove(step, 0))
        yield from self.have(name, step.formula, lines)
        self.known[step.id] = name

    def _is_link(self, step: Step) -> bool:
        user = self.user.get(step.id)
        if user is None or not isinstance(user.formula, Equal) or not self.absorbed(step, user):
            return False
        if user.rule == "transitivity":
            return True
        return user.rule == "rewrite" and bool(user.path) and user.premises[0] == step.id

    @abstractmethod
    def have(self, name: str, formula: Formula, lines: Sequence[str]) -> Iterator[str]: ...

    @abstractmethod
    def exact(self, proof: str) -> str: ...

    @abstractmethod
    def chain(self, links: Sequence[Link]) -> Iterator[str]: ...

    @abstractmethod
    def scoped(self, step: Step, scopes: Sequence[Scope], depth: int) -> Iterator[str]: ...

    def prove(self, step: Step, depth: int) -> Iterator[str]:
        """The lines that prove a step, when all that it uses is stated."""
        if step.id in self.known:
            yield self.exact(self.known[step.id])
        elif step.rule in SCOPED:
            yield from self.scoped(step, [self.graph.scopes[s] for s in step.scopes], depth)
        else:
            links = self.links(step) if step.rule in ("rewrite", "transitivity") else None
            if links is not None and len(links) > 1:
                yield from self.chain(links)
            else:
                yield self.exact(self.expression(step))

    def introduce(self, scope: Scope, induction: bool = False) -> list[str]:
        """Names for the variables and hypotheses of a scope."""
        names = [self.var(v.name) for v in scope.vars]
        for index, _ in enumerate(scope.hypotheses):
            name = self.local("IH" if induction else "H")
            self.hypotheses[scope.id, index] = name
            names.append(name)
        return names

    # -- the file ----------------------------------------------------------------------------

    def write(self) -> str:
        """The whole script."""
        try:
            body = list(self._lemmas())
            head = list(self.preamble())
        except RecursionError:
            raise PorismError("The proof is nested too deeply to be exported.") from None
        lines = [*head, *body, *self.closing()]
        return "".join(f"{wrapped}\n" for line in lines for wrapped in wrap(line))

    def proofs(self) -> dict[str, str]:
        """For each theorem, its part of the script: its own text, after that of its lemmas."""
        self.write()
        return {
            name: "\n".join(wrapped for line in lines for wrapped in wrap(line)).strip()
            for name, lines in self.pieces.items()
        }

    @abstractmethod
    def preamble(self) -> Iterator[str]: ...

    @abstractmethod
    def closing(self) -> Iterator[str]: ...

    @abstractmethod
    def lemma(self, lemma: Lemma, formula: Formula, proof: Sequence[str], named: bool) -> list[str]:
        """A theorem with its proof."""

    def _lemmas(self) -> Iterator[str]:
        graph = self.graph
        theorems: dict[int, list[Theorem]] = {}
        for theorem in graph.theorems.values():
            theorems.setdefault(theorem.step, []).append(theorem)
        owner: dict[int, str] = {}
        for id in sorted(theorems):
            waiting = [id]
            while waiting:
                current = waiting.pop()
                if current not in owner:
                    owner[current] = theorems[id][0].name
                    waiting += graph.step(current).premises
        self.infixes = {
            s for s in self.infix if s not in self.defined.pointed and self._is_binary(s)
        }
        for id in sorted(owner):
            step = graph.step(id)
            if step.scope != ROOT:
                continue
            named = theorems.get(id, [])
            if step.rule in ("axiom", "definition"):
                self.lemmas[id] = self.assumption(step)
            else:
                stem = self.names["theorem", owner[id]]
                name = stem if named else self.names.fresh(f"{stem}_lemma")
                formula = named[0].formula if named else step.formula
                lines = list(self._lemma(step, name, formula, bool(named)))
                self.pieces.setdefault(named[0].name if named else owner[id], []).extend(lines)
                yield from lines
                named = named[1:]
            for theorem in named:
                lines = list(self._again(step, theorem))
                self.pieces.setdefault(theorem.name, []).extend(lines)
                yield from lines

    def _is_binary(self, symbol: str) -> bool:
        found = self.signature.functions.get(symbol) or self.signature.predicates.get(symbol)
        if found is None or len(found.args) != 2:
            return False
        return (self.infix[symbol][0] == 70) == isinstance(found, Predicate)

    def _lemma(self, step: Step, name: str, formula: Formula, named: bool) -> Iterator[str]:
        params = formula_parameters(formula)
        self.begin(step, params)
        proof = list(self.prove_inside(step, 0))
        _ = self.formula(formula)  # it may need elements too
        lemma = Lemma(name, params, tuple(p for p in params if p in self.own_elements))
        self.lemmas[step.id] = lemma
        yield from self.lemma(lemma, formula, proof, named)

    def _again(self, step: Step, theorem: Theorem) -> Iterator[str]:
        """A second name of a step, or a theorem that is an axiom."""
        params = formula_parameters(theorem.formula)
        self.begin(step, params)
        proof = [self.exact(self.reference(step.id, {}))]
        _ = self.formula(theorem.formula)
        elements = tuple(p for p in params if p in self.own_elements)
        lemma = Lemma(self.names["theorem", theorem.name], params, elements)
        yield from self.lemma(lemma, theorem.formula, proof, True)
