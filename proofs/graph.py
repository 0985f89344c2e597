"""``ProofGraph``: steps, the scopes they live in, and the theorems among them.

This is a certificate (docs/certificate.md) as objects. A prover builds one with :meth:`open` and
:meth:`add`, which append only; every rule's fields are those of the certificate's table, and
nothing is checked here: that is the checker's job (:mod:`proofs.check`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Literal

import msgspec

from logic.formulas import Formula
from logic.terms import Sort, Term, Var
from logic.theory import Theory

if TYPE_CHECKING:
    import networkx as nx

ROOT = 0
"""The scope without variables and hypotheses."""


class Scope(msgspec.Struct, frozen=True):
    """Eigenvariables and hypotheses under which steps hold; ``after`` counts the steps above."""

    id: int
    parent: int
    vars: tuple[Var, ...] = ()
    hypotheses: tuple[Formula, ...] = ()
    after: int = 0


class Step(msgspec.Struct, frozen=True):
    """One inference: rule, premises (ids of earlier steps), substitution, conclusion.

    ``name``, ``index``, ``of``, ``path``, ``reverse``, ``binding``, ``sorts`` and ``scopes`` are
    set where the rule has them; in the file they are called ``name``, ``index``, ``of``, ``at``,
    ``reverse``, ``with``, ``sorts`` and ``scopes``.
    """

    id: int
    scope: int
    rule: str
    premises: tuple[int, ...]
    formula: Formula
    name: str | None = None
    index: int | None = None
    of: int | None = None
    path: tuple[int, ...] | None = None
    reverse: bool = False
    binding: dict[str, Term] | None = None
    sorts: dict[str, Sort] | None = None
    scopes: tuple[int, ...] = ()


class Theorem(msgspec.Struct):
    """A root step with a name.

    ``kind`` tells a goal of the theory from one found on the way; ``essential`` marks the subset
    from which all others follow; ``method`` is the outermost idea of the proof
    (``"induction on n"``); ``round`` is the round of the network that found it.
    """

    name: str
    step: int
    formula: Formula
    kind: Literal["goal", "found"] = "found"
    essential: bool = False
    method: str = ""
    round: int = 0

    def _repr_html_(self) -> str:
        from proofs.html.notebook import theorem_html

        return theorem_html(self)

    def _repr_latex_(self) -> str:
        from proofs.html.notebook import theorem_latex

        return theorem_latex(self)


class Derivation:
    """Scopes and steps, written one after the other and numbered from 1."""

    def __init__(self) -> None:
        self.scopes: list[Scope] = [Scope(ROOT, ROOT)]
        self.steps: list[Step] = []

    def open(
        self, parent: int, vars: Iterable[Var] = (), hypotheses: Iterable[Formula] = ()
    ) -> int:
        """Open a scope below ``parent`` and return its id."""
        scope = Scope(len(self.scopes), parent, tuple(vars), tuple(hypotheses), len(self.steps))
        self.scopes.append(scope)
        return scope.id

    def add(
        self,
        scope: int,
        rule: str,
        premises: Sequence[int],
        formula: Formula,
        *,
        name: str | None = None,
        index: int | None = None,
        of: int | None = None,
        path: Sequence[int] | None = None,
        reverse: bool = False,
        binding: Mapping[str, Term] | None = None,
        sorts: Mapping[str, Sort] | None = None,
        scopes: Sequence[int] = (),
    ) -> int:
        """Append a step and return its id."""
        step = Step(
            len(self.steps) + 1,
            scope,
            rule,
            tuple(premises),
            formula,
            name,
            index,
            of,
            None if path is None else tuple(path),
            reverse,
            None if binding is None else dict(binding),
            None if sorts is None else dict(sorts),
            tuple(scopes),
        )
        self.steps.append(step)
        return step.id


class ProofGraph(Derivation):
    """An append-only proof of some theorems of one theory."""

    def __init__(self, theory: Theory) -> None:
        super().__init__()
        self.theory = theory
        self.theorems: dict[str, Theorem] = {}

    def step(self, id: int) -> Step:
        return self.steps[id - 1]

    def conclude(self, theorem: Theorem) -> Theorem:
        """Name a root step."""
        self.theorems[theorem.name] = theorem
        return theorem

    # -- reading -----------------------------------------------------------------------------

    def support(self, id: int) -> list[int]:
        """All steps that a step rests on, itself included, in order; through closed scopes too."""
        found: set[int] = set()
        stack = [id]
        while stack:
            current = stack.pop()
            if current not in found:
                found.add(current)
                stack.extend(self.step(current).premises)
        return sorted(found)

    def rests_on(self, id: int) -> tuple[list[str], list[str]]:
        """The axioms, and the symbols whose definitions, that a step rests on."""
        axioms: dict[str, None] = {}
        definitions: dict[str, None] = {}
        for s in map(self.step, self.support(id)):
            if s.rule == "axiom" and s.name:
                axioms.setdefault(s.name)
            elif s.rule == "definition" and s.name:
                definitions.setdefault(s.name)
        return list(axioms), list(definitions)

    def uses(self, name: str) -> list[str]:
        """The theorems that a theorem's proof uses directly, in order of their names' steps."""
        return self.cites(name)[0]

    def cites(self, name: str) -> tuple[list[str], list[str], list[str]]:
        """The theorems, axioms and definitions (by symbol) that a proof uses directly."""
        by_step = {t.step: t.name for t in self.theorems.values()}
        found: set[int] = set()
        seen: set[int] = set()
        own = self.step(self.theorems[name].step)
        stack = list(own.premises)
        if own.rule in ("axiom", "definition"):
            found.add(own.id)
        while stack:
            current = stack.pop()
            if current in seen:
                continue
            seen.add(current)
            step = self.step(current)
            if current in by_step or step.rule in ("axiom", "definition"):
                found.add(current)
            else:
                stack.extend(step.premises)
        theorems: dict[str, None] = {}
        ground: dict[str, dict[str, None]] = {"axiom": {}, "definition": {}}
        for id in sorted(found):
            step = self.step(id)
            if id in by_step and id != own.id:
                theorems[by_step[id]] = None
            elif step.name is not None:
                ground[step.rule][step.name] = None
        return list(theorems), list(ground["axiom"]), list(ground["definition"])

    # -- in a notebook -----------------------------------------------------------------------

    def _repr_html_(self) -> str:
        from proofs.html.notebook import graph_html

        return graph_html(self)

    def _repr_latex_(self) -> str:
        from proofs.html.notebook import graph_latex

        return graph_latex(self)

    # -- as a graph --------------------------------------------------------------------------

    def to_networkx(self) -> nx.DiGraph[int]:
        """Steps as nodes (``rule``, ``formula``, ``scope``, ``theorem``), premise → step."""
        import networkx as nx  # takes as long to import as a small theory to explore

        graph: nx.DiGraph[int] = nx.DiGraph(theory=self.theory.name)
        by_step = {t.step: t.name for t in self.theorems.values()}
        for step in self.steps:
            graph.add_node(
                step.id,
                rule=step.rule,
                formula=step.formula,
                scope=step.scope,
                theorem=by_step.get(step.id),
            )
            graph.add_edges_from((p, step.id) for p in step.premises)
        return graph
