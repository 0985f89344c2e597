"""Conjectures from stuck goals: what an induction came down to and could not show, generalised.

If the step case of ``length(delete(x, xs)) <= length(xs)`` needs ``a <= b -> a <= succ(b)`` with
``a = length(delete(x, xs))`` and ``b = length(xs)``, then that is the lemma. Readings in which
terms that stand in several places become variables come first, and those without hypotheses before
those with them; the first reading that passes the tests is worth a proof.

Source: R. S. Boyer, J S. Moore, "A Computational Logic", 1979, chapter XII (generalisation).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from logic.formulas import Formula, forall, free_variables, fresh_name, implies
from logic.terms import Sort, Term, Var
from prover.language import Language, Literal, UnnamedError

HYPOTHESES = 2
"""Hypotheses of a lemma, at most: more of them make it true of one goal only."""
VARIABLES = 5


class Leaf(msgspec.Struct, frozen=True):
    """A ground literal that could not be shown, and the ground literals that were known there."""

    known: tuple[Literal, ...]
    conclusion: Literal


def known_instances(language: Language, law: Literal, conclusion: Literal) -> Iterator[Literal]:
    """The instances of a general fact that speak of what a conclusion speaks of."""
    bank = language.bank
    variables = {v for side in law for v in bank.variables(side)}
    found: set[Literal] = set()
    for pattern in _applications(language, law):
        if set(bank.variables(pattern)) == variables:
            for term in _applications(language, conclusion):
                binding = bank.match(pattern, term)
                if binding is not None:
                    instance = (bank.substitute(law[0], binding), bank.substitute(law[1], binding))
                    if instance not in found:
                        found.add(instance)
                        yield instance


def lemmas(language: Language, leaf: Leaf) -> Iterator[Formula]:
    """Closed formulas that would help, the most general first."""
    related = [k for k in leaf.known if _shares(language, k, leaf.conclusion)]
    if len(related) > HYPOTHESES:
        related = []
    readings = [
        (hypotheses, common)
        for hypotheses in ([], related)
        if (common := _common(language, [*hypotheses, leaf.conclusion]))
    ]
    seen: set[Formula] = set()
    for hypotheses, terms in [*readings, ([], []), (related, [])]:
        law = _law(language, hypotheses, leaf.conclusion, terms)
        if law is not None and law not in seen:
            seen.add(law)
            yield law


def _shares(language: Language, literal: Literal, other: Literal) -> bool:
    """Whether a function applied to something stands in both."""
    mine, others = (set(_applications(language, x)) for x in (literal, other))
    return bool(mine & others)


def _applications(language: Language, literal: Literal) -> Iterator[int]:
    """Subterms with a function that is no constructor on top, from the outside in."""
    bank = language.bank
    stack = [literal[1], literal[0]]
    while stack:
        term = stack.pop()
        arguments = bank.arguments(term)
        if arguments and language.is_function(bank.head(term)):
            yield term
        stack += reversed(arguments)


def _law(
    language: Language, hypotheses: Sequence[Literal], conclusion: Literal, terms: Sequence[int]
) -> Formula | None:
    """The law, with variables for some terms and for all eigenvariables."""
    literals = [*hypotheses, conclusion]
    names: dict[int, Term] = {}
    taken = {*language.theory.signature.functions, *language.theory.signature.predicates}
    for term in terms:
        names[term] = _variable(language, language.sort_of(term), taken)
    formulas: list[Formula] = []
    while len(formulas) < len(literals):
        try:
            formulas.append(language.decode_literal(literals[len(formulas)], names))
        except UnnamedError as error:
            constant = error.args[0]
            if language.bank.arguments(constant) or language.bank.is_variable(constant):
                return None
            names[constant] = _variable(language, language.sort_of(constant), taken)
    variables = free_variables(*formulas)
    if len(variables) > VARIABLES:
        return None
    return forall(variables, implies(formulas[:-1], formulas[-1]))


def _common(language: Language, literals: Sequence[Literal]) -> list[int]:
    """The largest applications that stand on several sides of the literals."""
    sides = [s for literal in literals for s in literal]
    found: list[int] = []
    inside = [set(_applications(language, (s, s))) for s in sides]
    for side in sides:
        stack = [side]
        while stack:
            term = stack.pop()
            if sum(term in terms for terms in inside) > 1 and term not in sides:
                if term not in found:
                    found.append(term)
                continue
            stack += reversed(language.bank.arguments(term))
    return found


def _variable(language: Language, sort: Sort, taken: set[str]) -> Var:
    """A variable of a sort with a new name, the author's where there is one."""
    for variable in language.theory.variables.values():
        if variable.sort == sort and variable.name not in taken:
            taken.add(variable.name)
            return variable
    name = fresh_name(sort.name[:1].lower(), taken)
    taken.add(name)
    return Var(name, sort)
