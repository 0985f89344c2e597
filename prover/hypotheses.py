"""What a hypothesis says once it is simplified by what is known already.

A hypothesis ``succ(n) = succ(m)`` says ``n = m``; ``leq(n, zero) = yes`` may rewrite to a clash
between constructors, so that there is nothing left to prove; and after ``n = m``, what was known of
n is wanted of m. :class:`prover.quick.Quick` does the same on ids; here it is written down.
"""

from __future__ import annotations

from collections.abc import Iterator

from logic.core import LimitError
from logic.formulas import (
    FALSE,
    Equal,
    Formula,
    Not,
    Truth,
    children,
    forall,
    fresh_name,
    implies,
    replace_at,
    split_forall,
    split_implies,
    substitute,
)
from logic.terms import App, Term, Var
from prover.block import Block
from prover.chaining import CHAIN, firings
from prover.facts import Fact, fact, horn, is_choice
from prover.language import Literal, UnnamedError, is_literal
from prover.rewriting import STEPS
from prover.steps import instantiate

LOCAL = 90
"""Hypotheses and consequences that are looked into, at most, what a definition grants apart."""
RESTATED = 12
"""Facts of a block that are stated once more for one new equation, at most."""


def learn(block: Block, step: int, formula: Formula) -> None:
    """Take what follows from a step into a block's memory, as facts and as rules."""
    if is_literal(formula) and not isinstance(formula, Truth):
        absorb(block, step, formula)
        return
    if is_choice(formula):
        block.choices.append((step, formula))
    for premise, clause in horn(block.fragment, block.scope, step, formula):
        _take(block, fact(premise, clause))


def _take(block: Block, new: Fact) -> None:
    """Take a fact, and an equation among them as it is when both sides are rewritten, too."""
    block.take(new)
    if not isinstance(new.head, Equal) or not new.variables or block.language.theory.inductions:
        return
    rules, language, fragment = block.rules, block.language, block.fragment
    variables = block.fresh(new.variables)
    binding: dict[str, Term] = {v.name: w for v, w in zip(new.variables, variables, strict=True)}
    values, ids = rules.universals(variables, block.values)
    sides = language.literal(substitute(new.head, binding), values)
    language.settle()
    try:
        normal = [rules.rewriter.normalise(t, STEPS) for t in sides]
    except LimitError:
        return
    if tuple(normal) == sides or normal[0] == normal[1]:
        return
    body = [substitute(b, binding) for b in new.body]
    with fragment.attempt():
        scope = fragment.open(block.scope, variables, body)
        given = [
            fragment.add(scope, "hypothesis", (), h, of=scope, index=i) for i, h in enumerate(body)
        ]
        step = instantiate(fragment, scope, new, binding, given)
        names = block.names | dict(zip(ids, variables, strict=True))
        for side in (0, 1):
            step, _ = rules.simplify(fragment, scope, names, step, (side,), sides[side])
        law = forall(variables, implies(body, fragment.formula(step)))
        block.take(fact(fragment.add(block.scope, "discharge", [step], law, scopes=[scope]), law))


def absorb(block: Block, step: int, formula: Formula, again: bool = False) -> None:
    """Learn what a ground literal says, simplified; a contradiction is noted in the block.

    ``again`` is for a fact of the block that may say more by now.
    """
    known = block.local_facts()
    if block.contradiction() is not None:
        return
    if len(known) > LOCAL + len(block.granted()):
        _keep(block, step, formula)
        return
    language, rules = block.language, block.rules
    literal = language.literal(formula, block.values)
    language.settle()
    try:
        one, two = (rules.rewriter.normalise(t, STEPS) for t in literal)
        truths = (language.true, language.false)
        if not again and any(f.formula == formula for f in known if not f.variables):
            return
        if one == two:
            _keep(block, step, formula)
        elif literal[1] in truths:
            _absorb_atom(block, step, formula, literal, one)
        else:
            _absorb_equation(block, step, formula, literal, (one, two))
    except (LimitError, UnnamedError):
        _keep(block, step, formula)


def revisit(block: Block) -> None:
    """Simplify the hypotheses in view once more, by what a block has learned since."""
    language = block.language
    for known in block.local_facts():
        formula = known.formula
        if block.contradiction() is not None:
            return
        if known.variables or not is_literal(formula) or not isinstance(known.premise, int):
            continue
        literal = language.literal(formula, block.values)
        try:
            one, two = (block.rules.rewriter.normalise(t, STEPS) for t in literal)
        except LimitError:
            continue
        if one != two:
            absorb(block, known.premise, formula, again=True)


def _keep(block: Block, step: int, formula: Formula) -> None:
    new = fact(step, formula)
    block.facts.append(new)
    block.rules.add(new, block.values)


def _chain(block: Block, formula: Formula) -> None:
    """Learn what conditional laws say of a new literal."""
    rules, language = block.rules, block.language
    if block.chained == CHAIN or language.theory.inductions:
        return
    block.chained += 1
    local = block.local_facts()
    formulas = [f.formula for f in local if not f.variables]
    known = [language.literal(f, block.values) for f in formulas if is_literal(f)]
    new = language.literal(formula, block.values)
    laws = [rules.implication(f, block.values) for f in local]
    for law in [*rules.implications, *(law for law in laws if law is not None)]:
        for binding in firings(language.bank, law.body, new, known):
            if block.contradiction() is not None:
                break
            values = [binding[id] for id in law.variables]
            terms = {
                v.name: language.decode(t, block.names)
                for v, t in zip(law.fact.variables, values, strict=True)
            }
            body = [substitute(b, terms) for b in law.fact.body]
            literals = [language.literal(b, block.values) for b in body]
            if not all(map(rules.holds, literals)):
                continue
            steps = [
                rules.prove_literal(block.fragment, block.scope, block.names, x) for x in literals
            ]
            step = instantiate(block.fragment, block.scope, law.fact, terms, steps)
            if law.fact.head == FALSE:
                block.absurd = step
            else:
                absorb(block, step, block.fragment.formula(step))
    block.chained -= 1


def _absorb_atom(block: Block, step: int, formula: Formula, literal: Literal, normal: int) -> None:
    language, rules, fragment = block.language, block.rules, block.fragment
    denied = literal[1] == language.false
    if normal in (language.true, language.false):
        other = rules.prove_literal(fragment, block.scope, block.names, (literal[0], normal))
        pair = [step, other] if denied else [other, step]
        block.absurd = fragment.add(block.scope, "modus_ponens", pair, FALSE)
        return
    _keep(block, step, formula)
    at = (0,) if denied else ()
    if normal != literal[0]:
        step, _ = rules.simplify(fragment, block.scope, block.names, step, at, literal[0])
        _keep(block, step, fragment.formula(step))
    stated = fragment.formula(step)
    _chain(block, stated)
    if isinstance(stated, Not) and isinstance(stated.body, Equal):
        equation = stated.body
        if equation.left == equation.right:
            same = fragment.add(block.scope, "reflexivity", (), equation)
            block.absurd = fragment.add(block.scope, "modus_ponens", [step, same], FALSE)
            return
        turned = Equal(equation.right, equation.left)
        inner = fragment.open(block.scope, (), [turned])
        assumed = fragment.add(inner, "hypothesis", (), turned, of=inner, index=0)
        back = fragment.add(inner, "symmetry", [assumed], equation)
        absurd = fragment.add(inner, "modus_ponens", [step, back], FALSE)
        step = fragment.add(block.scope, "negation", [absurd], Not(turned), scopes=[inner])
        _keep(block, step, Not(turned))


def _absorb_equation(
    block: Block, step: int, formula: Formula, literal: Literal, normal: Literal
) -> None:
    language, rules, fragment = block.language, block.rules, block.fragment
    bank = language.bank
    if literal == normal:
        _keep(block, step, formula)
    else:
        block.facts.append(fact(step, formula))
        for side in (0, 1):
            step, _ = rules.simplify(
                fragment, block.scope, block.names, step, (side,), literal[side]
            )
    one, two = normal
    stated = fragment.formula(step)
    assert isinstance(stated, Equal)
    if language.is_constructor(bank.head(one)) and language.is_constructor(bank.head(two)):
        if bank.head(one) != bank.head(two):
            block.absurd = fragment.add(block.scope, "disjointness", [step], FALSE)
            return
        assert isinstance(stated.left, App) and isinstance(stated.right, App)
        for place, pair in enumerate(zip(stated.left.args, stated.right.args, strict=True)):
            part = Equal(*pair)
            inside = fragment.add(block.scope, "injectivity", [step], part, index=place)
            absorb(block, inside, part)
        return
    if literal != normal:
        _keep(block, step, stated)
    reverse = bank.greater(two, one)
    if reverse or bank.greater(one, two):
        restate(block, step, stated, reverse)
    _chain(block, stated)


def restate(block: Block, step: int, equation: Equal, reverse: bool = False) -> None:
    """State the block's facts once more with one side of a ground equation for the other."""
    old, new = equation.left, equation.right
    if reverse:
        old, new = new, old
    stated = 0
    for known in block.local_facts():
        if known.premise == step or not isinstance(known.premise, int):
            continue
        if not known.variables and known.formula == equation:
            continue
        if stated == RESTATED or block.contradiction() is not None:
            return
        restated = _replaced(block, known, step, old, new, reverse)
        if restated is None:
            continue
        stated += 1
        premise, formula = restated
        body, _ = split_implies(split_forall(formula)[1])
        if known.variables or body:
            _take(block, fact(premise, formula))
        else:
            absorb(block, premise, formula)


def _replaced(
    block: Block, known: Fact, by: int, old: Term, new: Term, reverse: bool
) -> tuple[int, Formula] | None:
    """A fact with all occurrences of a term replaced, and the step that states it."""
    fragment = block.fragment
    formula = known.formula
    if next(places(formula, old), None) is None:
        return None
    assert isinstance(known.premise, int)
    taken = {*block.values, *(v.name for v in known.variables)}
    renaming: dict[str, Term] = {}
    for v in known.variables:
        if v.name in block.values:
            name = fresh_name(v.name, taken)
            taken.add(name)
            renaming[v.name] = Var(name, v.sort)
    step = known.premise
    if renaming:
        variables = [renaming.get(v.name, v) for v in known.variables]
        matrix = substitute(implies(known.body, known.head), renaming)
        formula = forall([v for v in variables if isinstance(v, Var)], matrix)
        step = fragment.add(block.scope, "instance", [step], formula, binding={})
    for path in list(places(formula, old)):
        formula = replace_at(formula, path, new)  # type: ignore[assignment]
        step = fragment.add(
            block.scope, "rewrite", [step, by], formula, binding={}, path=path, reverse=reverse
        )
    return step, formula


def places(node: Formula | Term, term: Term) -> Iterator[tuple[int, ...]]:
    """The paths at which a term stands, none inside another."""
    if node == term:
        yield ()
        return
    for index, child in enumerate(children(node)):
        for path in places(child, term):
            yield (index, *path)
