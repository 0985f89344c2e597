"""``Fragment``: the proof of one conjecture, before it is joined to the proof graph.

A block proves its conjecture without seeing the graph (it may run in another process), so it
writes steps that name what they take from outside: an axiom, a clause of a definition, or a
theorem. :func:`graft` copies a fragment into the graph, adding those steps where they are missing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import msgspec

from logic.formulas import Formula
from proofs.graph import ROOT, Derivation, ProofGraph


class Origin(msgspec.Struct, frozen=True):
    """Where a fact of the root block comes from: ``rule`` is axiom, definition or theorem."""

    rule: str
    name: str
    index: int | None = None
    formula: Formula | None = None


class AbandonedError(Exception):
    """Raised inside :meth:`Fragment.attempt` to take back what was written."""


class Fragment(Derivation):
    """Steps and scopes numbered from 1; premises below zero are origins (-1 is the first)."""

    def __init__(self) -> None:
        super().__init__()
        self.origins: list[Origin] = []
        self._origin_ids: dict[Origin, int] = {}

    def origin(self, origin: Origin) -> int:
        """A premise that stands for a fact of the root block."""
        found = self._origin_ids.get(origin)
        if found is None:
            self.origins.append(origin)
            found = self._origin_ids[origin] = -len(self.origins)
        return found

    def names_in_view(self, scope: int) -> set[str]:
        """The names of the variables of a scope and of those around it."""
        found: set[str] = set()
        while scope != ROOT:
            found |= {v.name for v in self.scopes[scope].vars}
            scope = self.scopes[scope].parent
        return found

    def formula(self, step: int) -> Formula:
        """What a step, or an origin, states."""
        if step < 0:
            formula = self.origins[-step - 1].formula
            assert formula is not None
            return formula
        return self.steps[step - 1].formula

    def bring(self, step: int, scope: int) -> int:
        """A step that states the same in a scope, and is the last one if that is the root."""
        if step > 0 and self.steps[step - 1].scope == scope and (scope or step == len(self.steps)):
            return step
        return self.add(scope, "instance", [step], self.formula(step), binding={})

    def upto(self, step: int) -> Fragment:
        """A copy that ends with a step."""
        copy = Fragment()
        copy.scopes, copy.steps = list(self.scopes), self.steps[:step]
        copy.origins, copy._origin_ids = list(self.origins), dict(self._origin_ids)
        return copy

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Take back everything written inside if it is left by :class:`AbandonedError`."""
        steps, scopes = len(self.steps), len(self.scopes)
        try:
            yield
        except AbandonedError:
            del self.steps[steps:]
            del self.scopes[scopes:]


def graft(
    graph: ProofGraph,
    fragment: Fragment,
    known: dict[Origin, int],
    recipes: Mapping[Origin, Fragment],
) -> int:
    """Copy the part of a fragment that its last step needs into the graph; that step's new id.

    ``known`` maps origins to root steps and is extended; ``recipes`` derive the Horn clauses that
    an axiom, a definition or a theorem was spread into.
    """
    needed = _needed(fragment)
    for step in fragment.steps:
        if step.id in needed:
            for premise in step.premises:
                if premise < 0:
                    _ensure(graph, fragment.origins[-premise - 1], known, recipes)
    new_steps: dict[int, int] = {}
    new_scopes = {ROOT: ROOT}
    pending = iter(fragment.scopes[1:])
    scope = next(pending, None)
    used_scopes = _used_scopes(fragment, needed)
    result = 0
    for step in fragment.steps:
        while scope is not None and scope.after < step.id:
            if scope.id in used_scopes:
                new_scopes[scope.id] = graph.open(
                    new_scopes[scope.parent], scope.vars, scope.hypotheses
                )
            scope = next(pending, None)
        if step.id not in needed:
            continue
        premises = [
            known[fragment.origins[-p - 1]] if p < 0 else new_steps[p] for p in step.premises
        ]
        result = new_steps[step.id] = graph.add(
            new_scopes[step.scope],
            step.rule,
            premises,
            step.formula,
            name=step.name,
            index=step.index,
            of=None if step.of is None else new_scopes[step.of],
            path=step.path,
            reverse=step.reverse,
            binding=step.binding,
            sorts=step.sorts,
            scopes=[new_scopes[s] for s in step.scopes],
        )
    return result


def _ensure(
    graph: ProofGraph,
    origin: Origin,
    known: dict[Origin, int],
    recipes: Mapping[Origin, Fragment],
) -> None:
    if origin in known:
        return
    if origin in recipes:
        known[origin] = graft(graph, recipes[origin], known, recipes)
        return
    assert origin.formula is not None and origin.rule in ("axiom", "definition")
    known[origin] = graph.add(
        ROOT, origin.rule, (), origin.formula, name=origin.name, index=origin.index
    )


def _needed(fragment: Fragment) -> set[int]:
    """The steps that the last one rests on."""
    found: set[int] = set()
    stack = [len(fragment.steps)]
    while stack:
        current = stack.pop()
        if current > 0 and current not in found:
            found.add(current)
            stack.extend(fragment.steps[current - 1].premises)
    return found


def _used_scopes(fragment: Fragment, needed: set[int]) -> set[int]:
    """The scopes in which a needed step lives or which one closes, with those around them."""
    found: set[int] = {ROOT}
    for id in needed:
        step = fragment.steps[id - 1]
        for scope in (step.scope, *step.scopes):
            while scope not in found:
                found.add(scope)
                scope = fragment.scopes[scope].parent
    return found
