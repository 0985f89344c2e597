"""Classical propositional logic: a formula that its truth table shows, written as a proof.

Parts that are no connectives (atoms, equations, quantified formulas) count as letters. For each
letter there are two cases; where all are decided, the formula or its denial follows from its parts
(Kalmár's lemma). Searching would not find ``((p -> q) -> p) -> p``, which has no Horn form.

Source: L. Kalmár, "Über die Axiomatisierbarkeit des Aussagenkalküls", 1935; E. Mendelson,
"Introduction to Mathematical Logic", lemma 1.13.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import product

from logic.formulas import FALSE, And, Formula, Iff, Implies, Not, Or, Truth
from prover.fragment import Fragment

LETTERS = 6
"""Letters of a formula whose truth table is written down, at most."""
TABLE = 12
"""Letters of a formula whose truth table is looked at, at most."""


def letters(formula: Formula) -> list[Formula]:
    """The largest parts that are no connectives, in order of occurrence."""
    return list(dict.fromkeys(_letters(formula)))


def _letters(formula: Formula) -> Iterator[Formula]:
    match formula:
        case Truth():
            return
        case Not(body):
            yield from _letters(body)
        case And(a, b) | Or(a, b) | Implies(a, b) | Iff(a, b):
            yield from _letters(a)
            yield from _letters(b)
        case _:
            yield formula


def value(formula: Formula, truth: Mapping[Formula, bool]) -> bool:
    """What a formula is worth where its letters are worth this."""
    match formula:
        case Truth(constant):
            return constant
        case Not(body):
            return not value(body, truth)
        case And(a, b):
            return value(a, truth) and value(b, truth)
        case Or(a, b):
            return value(a, truth) or value(b, truth)
        case Implies(a, b):
            return not value(a, truth) or value(b, truth)
        case Iff(a, b):
            return value(a, truth) == value(b, truth)
        case _:
            return truth[formula]


def is_constantly(formula: Formula, wanted: bool, limit: int = TABLE) -> bool:
    """Whether a formula has one truth value throughout; not looked at beyond some letters."""
    names = letters(formula)
    if len(names) > limit:
        return False
    rows = product((True, False), repeat=len(names))
    return all(value(formula, dict(zip(names, row, strict=True))) == wanted for row in rows)


def prove_tautology(fragment: Fragment, scope: int, formula: Formula) -> int | None:
    """Write the proof of a formula that is true throughout; None if it is not."""
    if not is_constantly(formula, True, LETTERS):
        return None
    return _by_letters(fragment, scope, formula, letters(formula), {}, {})


Steps = Mapping[Formula, int]
"""Steps that state letters or their denials, by letter."""


def _by_letters(
    fragment: Fragment,
    scope: int,
    formula: Formula,
    waiting: list[Formula],
    truth: Mapping[Formula, bool],
    steps: Steps,
) -> int:
    if not waiting:
        return _Row(fragment, truth, steps).derive(scope, formula)
    letter, rest = waiting[0], waiting[1:]
    either = Or(letter, Not(letter))
    middle = fragment.add(scope, "excluded_middle", (), either)
    lasts, scopes = [], []
    for holds in (True, False):
        case = letter if holds else Not(letter)
        inner = fragment.open(scope, (), [case])
        step = fragment.add(inner, "hypothesis", (), case, of=inner, index=0)
        known, given = {**truth, letter: holds}, {**steps, letter: step}
        last = _by_letters(fragment, inner, formula, rest, known, given)
        lasts.append(fragment.bring(last, inner))
        scopes.append(inner)
    return fragment.add(scope, "cases", [middle, *lasts], formula, scopes=scopes)


class _Row:
    """One row of a truth table: its letters are decided by steps in view."""

    def __init__(self, fragment: Fragment, truth: Mapping[Formula, bool], steps: Steps) -> None:
        self.fragment = fragment
        self.truth = truth
        self.steps = steps

    def derive(self, scope: int, formula: Formula) -> int:
        """A step that states a formula which is true in this row, or the denial of another."""
        if value(formula, self.truth):
            return self._affirm(scope, formula)
        return self._deny(scope, formula)

    def _affirm(self, scope: int, formula: Formula) -> int:
        add = self.fragment.add
        match formula:
            case Truth():
                return self._negation(scope, FALSE, lambda inner, assumed: assumed)
            case Not(body):
                return self.derive(scope, body)
            case And(a, b):
                return add(scope, "and_intro", [self.derive(scope, p) for p in (a, b)], formula)
            case Or(a, b):
                first = value(a, self.truth)
                part = self.derive(scope, a if first else b)
                return add(scope, "or_left" if first else "or_right", [part], formula)
            case Implies(a, b):
                inner = self.fragment.open(scope, (), [a])
                assumed = add(inner, "hypothesis", (), a, of=inner, index=0)
                if value(b, self.truth):
                    last = self.fragment.bring(self.derive(inner, b), inner)
                else:
                    absurd = add(inner, "modus_ponens", [self.derive(inner, a), assumed], FALSE)
                    last = absurd if b == FALSE else add(inner, "ex_falso", [absurd], b)
                return add(scope, "discharge", [last], formula, scopes=[inner])
            case Iff(a, b):
                both = [self.derive(scope, p) for p in (Implies(a, b), Implies(b, a))]
                return add(scope, "iff_intro", both, formula)
            case _:
                return self.steps[formula]

    def _deny(self, scope: int, formula: Formula) -> int:
        """A step that states ``not formula``."""
        add = self.fragment.add

        def absurd(inner: int, assumed: int) -> int:
            match formula:
                case Not(body):
                    pair = [assumed, self.derive(inner, body)]
                    return add(inner, "modus_ponens", pair, FALSE)
                case And(a, b):
                    first = not value(a, self.truth)
                    part = a if first else b
                    step = add(inner, "and_left" if first else "and_right", [assumed], part)
                    return self._clash(inner, part, step)
                case Or(a, b):
                    lasts, scopes = [], []
                    for part in (a, b):
                        case = self.fragment.open(inner, (), [part])
                        step = add(case, "hypothesis", (), part, of=case, index=0)
                        lasts.append(self._clash(case, part, step))
                        scopes.append(case)
                    return add(inner, "cases", [assumed, *lasts], FALSE, scopes=scopes)
                case Implies(a, b):
                    step = add(inner, "modus_ponens", [assumed, self.derive(inner, a)], b)
                    return self._clash(inner, b, step)
                case Iff(a, b):
                    forth = value(a, self.truth)
                    one, two = (a, b) if forth else (b, a)
                    rule = "iff_left" if forth else "iff_right"
                    law = add(inner, rule, [assumed], Implies(one, two))
                    step = add(inner, "modus_ponens", [law, self.derive(inner, one)], two)
                    return self._clash(inner, two, step)
                case _:
                    return assumed

        if formula in self.steps:
            return self.steps[formula]
        return self._negation(scope, formula, absurd)

    def _clash(self, scope: int, formula: Formula, step: int) -> int:
        """Falsity, from a step that states a formula which is false in this row."""
        if formula == FALSE:
            return step
        denial = self.derive(scope, formula)
        return self.fragment.add(scope, "modus_ponens", [denial, step], FALSE)

    def _negation(self, scope: int, formula: Formula, absurd: Callable[[int, int], int]) -> int:
        inner = self.fragment.open(scope, (), [formula])
        assumed = self.fragment.add(inner, "hypothesis", (), formula, of=inner, index=0)
        last = self.fragment.bring(absurd(inner, assumed), inner)
        return self.fragment.add(scope, "negation", [last], Not(formula), scopes=[inner])
