"""Which sorts axioms may collapse: whose sample values must not be told apart.

Two unknown things s1 and s2 refute ``s = t`` only if no axiom makes them equal. An equation between
terms of their sort may do so; so may one between data that contain them: ``wrap(s) = wrap(t)``, or
``k(s) = wrap(s)`` together with ``k(s) = k(t)``. Equations that define a function by its values at
constructor patterns, without overlap, do not: as rewrite rules they are orthogonal and hence
confluent, so that different values stay different.

Source: F. Baader, T. Nipkow, "Term Rewriting and All That", 1998, section 6.3 (orthogonality).
"""

from __future__ import annotations

from collections.abc import Iterator

from logic.formulas import Equal, Formula, children, free_variables, split_forall
from logic.terms import App, Sort, Term, Var, substitute_sort
from logic.theory import Signature, Theory


def bound_sorts(theory: Theory) -> set[Sort]:
    """The sorts about whose equality the axioms may say something."""
    signature = theory.signature
    found: set[Sort] = set()
    defining: list[App] = []
    claimed: list[Sort] = []
    for axiom in theory.axioms.values():
        found |= {left.sort for left, _ in equations(axiom)}
        head = _defines(split_forall(axiom)[1], signature)
        if head is not None:
            defining.append(head)
        else:
            claimed += [left.sort for left, _ in equations(axiom)]
    for number, head in enumerate(defining):
        if any(_overlap(head, other) for other in defining[:number]):
            claimed.append(head.sort)
    for sort in claimed:
        found |= inner_sorts(sort, signature)
    return found


def _defines(matrix: Formula, signature: Signature) -> App | None:
    """The side of an equation that a function at patterns makes up, if it is a defining one."""
    if not isinstance(matrix, Equal):
        return None
    for side, other in ((matrix.left, matrix.right), (matrix.right, matrix.left)):
        if (
            isinstance(side, App)
            and signature.functions[side.symbol].kind == "function"
            and all(_is_pattern(a, signature) for a in side.args)
            and _is_linear(side)
            and set(free_variables(other)) <= set(free_variables(side))
        ):
            return side
    return None


def _is_pattern(term: Term, signature: Signature) -> bool:
    if isinstance(term, Var):
        return True
    if not isinstance(term, App) or signature.functions[term.symbol].kind != "constructor":
        return False
    return all(_is_pattern(a, signature) for a in term.args)


def _is_linear(term: Term) -> bool:
    names = list(_names(term))
    return len(names) == len(set(names))


def _names(term: Term) -> Iterator[str]:
    if isinstance(term, Var):
        yield term.name
    elif isinstance(term, App):
        for a in term.args:
            yield from _names(a)


def _overlap(one: Term, two: Term) -> bool:
    """Whether two linear patterns without common variables have a common instance."""
    if isinstance(one, App) and isinstance(two, App):
        return one.symbol == two.symbol and all(map(_overlap, one.args, two.args))
    return True


def inner_sorts(sort: Sort, signature: Signature) -> set[Sort]:
    """The sorts of all that may stand inside a value of a sort."""
    found: set[Sort] = set()
    pending = [sort]
    while pending:
        outer = pending.pop()
        data = None if outer.parameter else signature.data.get(outer.name)
        if data is not None:
            binding = dict(zip((p.name for p in data.sort.args), outer.args, strict=True))
            inner = {substitute_sort(s, binding) for c in data.constructors for s in c.args}
            pending += inner - found
            found |= inner
    return found


def equations(formula: Formula) -> Iterator[tuple[Term, Term]]:
    """The sides of all equations in a formula."""
    stack: list[Formula | Term] = [formula]
    while stack:
        node = stack.pop()
        if isinstance(node, Equal):
            yield node.left, node.right
        stack.extend(children(node))
