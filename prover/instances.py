"""Polymorphic facts at the sorts at which they are needed.

The engines are monomorphic. A fact about ``List(A)`` serves as it stands, its ``A`` an unknown
sort; where a theory speaks of ``List(Nat)`` too, the fact is needed there as well. The instances
are found by matching the symbols of polymorphic facts with those that occur, until nothing new
occurs.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator

from logic.formulas import Formula, substitute_sorts
from logic.formulas import children as formula_children
from logic.terms import App, Sort, Var, match_sort, parameters, substitute_sort
from logic.theory import Signature

MAX_INSTANCES = 40
"""Instances of one fact, at most: polymorphic recursion would need infinitely many."""

Use = tuple[str, tuple[Sort, ...]]
"""A symbol with the sorts of its arguments and of its result."""


def uses(formula: Formula) -> set[Use]:
    """The function symbols of a formula at the sorts at which they stand."""
    found: set[Use] = set()
    stack: list[object] = [formula]
    while stack:
        node = stack.pop()
        if isinstance(node, App):
            found.add((node.symbol, (*(a.sort for a in node.args), node.sort)))
        stack.extend(formula_children(node))  # type: ignore[arg-type]
    return found


def formula_parameters(formula: Formula) -> set[str]:
    """The type parameters of a formula."""
    found: set[str] = set()

    stack: list[object] = [formula]
    while stack:
        node = stack.pop()
        if isinstance(node, App | Var):
            found |= parameters(node.sort)
        for v in getattr(node, "vars", ()):
            found |= parameters(v.sort)
        stack.extend(formula_children(node))  # type: ignore[arg-type]
    return found


def instances(
    formula: Formula, needed: Iterable[Use], constructors: Container[str] = ()
) -> Iterator[dict[str, Sort]]:
    """Sort bindings, the identity excluded, under which a fact has a symbol that is needed.

    A constructor calls for an instance only of a fact that speaks of nothing else: lists of lists
    alone are no reason to know how to append them.
    """
    names = formula_parameters(formula)
    if not names:
        return
    patterns = sorted(uses(formula), key=str)
    patterns = [p for p in patterns if p[0] not in constructors] or patterns
    seen: list[dict[str, Sort]] = [{n: Sort(n, parameter=True) for n in sorted(names)}]
    symbols = {symbol for symbol, _ in patterns}
    for name, sorts in sorted((u for u in needed if u[0] in symbols), key=str):
        for symbol, pattern in patterns:
            if symbol != name:
                continue
            binding: dict[str, Sort] = {}
            matches = all(match_sort(p, s, binding) for p, s in zip(pattern, sorts, strict=True))
            if matches and set(binding) == names and binding not in seen:
                seen.append(binding)
                if len(seen) > MAX_INSTANCES:
                    return
                yield binding


def compositions(signature: Signature) -> set[Use]:
    """Polymorphic functions at the sorts of others: ``length`` at the lists that ``sort`` sorts."""
    sorts = {
        s
        for f in signature.functions.values()
        for s in (*f.args, f.result)
        if s.args and not parameters(s)
    }
    found: set[Use] = set()
    for f in signature.functions.values():
        declared = (*f.args, f.result)
        names = set().union(*map(parameters, declared))
        for pattern in declared:
            for sort in sorts if names and f.kind != "constructor" else ():
                binding: dict[str, Sort] = {}
                if match_sort(pattern, sort, binding) and set(binding) == names:
                    found.add((f.name, tuple(substitute_sort(s, binding) for s in declared)))
    return found


def closure(
    facts: list[Formula],
    goals: Iterable[Formula],
    constructors: Container[str] = (),
    also: Iterable[Use] = (),
) -> tuple[list[tuple[int, dict[str, Sort]]], set[Use]]:
    """All (fact, binding) pairs needed for facts and goals together, in a fixed order.

    And the symbols that then occur, at their sorts.
    """
    needed = set(also)
    for f in (*facts, *goals):
        needed |= uses(f)
    found: list[tuple[int, dict[str, Sort]]] = []
    new = needed
    while new:
        fresh: set[Use] = set()
        for number, fact in enumerate(facts):
            have = [b for n, b in found if n == number]
            for binding in instances(fact, new, constructors):
                if binding not in have and len(have) < MAX_INSTANCES:
                    have.append(binding)
                    found.append((number, binding))
                    fresh |= uses(substitute_sorts(fact, binding))
        new = fresh - needed
        needed = needed | fresh
    return found, needed
