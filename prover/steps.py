"""Single steps and short derivations that several engines write: instances, rewrites, denials."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from logic.formulas import (
    FALSE,
    TRUE,
    Equal,
    Formula,
    Not,
    implies,
    replace_at,
    substitute,
    substitute_term,
)
from logic.terms import Term
from prover.facts import Fact
from prover.fragment import Fragment, Origin


def deny_clash(fragment: Fragment, scope: int, equation: Formula) -> int:
    """Write that an equation between different constructors does not hold."""
    inner = fragment.open(scope, (), (equation,))
    assumed = fragment.add(inner, "hypothesis", (), equation, of=inner, index=0)
    absurd = fragment.add(inner, "disjointness", [assumed], FALSE)
    return fragment.add(scope, "negation", [absurd], Not(equation), scopes=[inner])


def prove_truth(fragment: Fragment, scope: int) -> int:
    """Write that falsity does not hold."""
    inner = fragment.open(scope, (), (FALSE,))
    absurd = fragment.add(inner, "hypothesis", (), FALSE, of=inner, index=0)
    return fragment.add(scope, "negation", [absurd], TRUE, scopes=[inner])


def premise_id(fragment: Fragment, premise: Origin | int) -> int:
    """A fact's premise as the fragment counts it."""
    return premise if isinstance(premise, int) else fragment.origin(premise)


def rewrite(
    fragment: Fragment,
    scope: int,
    step: int,
    fact: Fact,
    terms: Mapping[str, Term],
    path: Sequence[int],
    reverse: bool,
    conditions: Sequence[int] = (),
) -> int:
    """One rewrite step with an instance of an equation."""
    head = fact.head
    assert isinstance(head, Equal)
    new = substitute_term(head.left if reverse else head.right, terms)
    formula = replace_at(fragment.formula(step), path, new)
    return fragment.add(
        scope,
        "rewrite",
        [step, premise_id(fragment, fact.premise), *conditions],
        formula,  # type: ignore[arg-type]
        binding=terms,
        path=path,
        reverse=reverse,
        sorts=dict(fact.sorts),
    )


def instantiate(
    fragment: Fragment,
    scope: int,
    fact: Fact,
    terms: Mapping[str, Term],
    conditions: Sequence[int] = (),
) -> int:
    """An instance of a fact, its premises discharged by the steps given."""
    step = premise_id(fragment, fact.premise)
    if fact.variables or fact.sorts:
        body = [substitute(b, terms) for b in fact.body]
        formula = implies(body, substitute(fact.head, terms))
        step = fragment.add(
            scope, "instance", [step], formula, binding=terms, sorts=dict(fact.sorts)
        )
    if conditions:
        step = fragment.add(
            scope, "modus_ponens", [step, *conditions], substitute(fact.head, terms)
        )
    return step
