"""The search over macro operators, from both ends: pools of functions, goals from the data.

One call looks at the data in one way (a :class:`~eml.regression.symmetry.Reduction`): the target
divided by a factor, as a function of a few inputs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from eml.regression.candidates import Judge
from eml.regression.goals import FIRST, TRANSFORMS, Goal, Goals, goals
from eml.regression.lookup import Match, doubles, normalised, singles
from eml.regression.macros import ONE, Node, evaluate, linear, substitute
from eml.regression.pool import Pool
from eml.regression.sparse import dictionary, polynomial, sums
from eml.regression.symmetry import Reduction
from logic.budget import Budget

Floats: TypeAlias = NDArray[np.float64]

ROWS = 96
"""Rows of the pools."""

SUM_ROWS = 400
"""Rows on which sums of monomials are chosen."""


@dataclass
class View:
    """The data seen through a reduction, at some rows.

    Attributes
    ----------
    nodes, columns : the inputs.
    target : y divided by the factor.
    """

    nodes: Sequence[Node]
    columns: list[Floats]
    factor: Node
    target: Floats

    @property
    def defined(self) -> bool:
        return bool(
            np.isfinite(self.target).all()
            and all(np.isfinite(c).all() for c in self.columns)
            and np.ptp(self.target) > 0
        )


def view(
    reduction: Reduction, columns: Sequence[Floats], y: Floats, rows: NDArray[np.int64]
) -> View:
    """The data at some rows, through a reduction."""
    few = [c[rows] for c in columns]
    with np.errstate(all="ignore"):
        target = y[rows] / evaluate(reduction.factor, few)
    inputs = [
        np.asarray(evaluate(node, few), float) * np.ones(len(rows)) for node in reduction.inputs
    ]
    return View(reduction.inputs, inputs, reduction.factor, np.asarray(target, float))


def search_sums(seen: View, judge: Judge, budget: Budget) -> None:
    """Sums of monomials, under each transform of the target."""
    if not seen.defined or not seen.nodes:
        return
    nodes, values, sizes = dictionary(seen.nodes, seen.columns)
    logs = [k for k, c in enumerate(seen.columns) if (c > 0).all()]
    plain = goals(seen.target, [], FIRST, ("",))
    raw = [goal for goal in plain.listed if goal.how == ""]
    for number, goal in enumerate(raw):
        if budget.spent() or _done(judge):
            return
        vector = plain.vectors[number]
        terms, matrix = list(nodes), values
        if goal.first == "ln" and logs:
            terms += [("ln", seen.nodes[k]) for k in logs]
            matrix = np.concatenate([values, np.log([seen.columns[k] for k in logs])])
        made = sums(vector, terms, matrix, budget)
        if goal.first in ("", "inv", "sq", "exp"):
            for most in (4, 6, 8, 12):
                count = int((sizes <= most).sum())
                full = polynomial(vector, nodes, values, count) if count <= 60 else None
                if full is not None:
                    made.append(full)
        judge.tried += len(terms) * len(made)
        laws = [_rescaled(goal, node, seen) for node, _ in made]
        errors = [judge.quick(law) for law in laws]
        best = np.inf
        for error, law in zip(errors, laws, strict=True):
            # A longer sum must be worth its terms.
            if error < 0.7 * best and error < 0.5:
                best = error
                judge.offer(law, "sum")


def _rescaled(goal: Goal, node: Node, seen: View) -> Node:
    """The law with the innermost constants in the goal's own scale."""
    vector = _undone(goal, seen)
    middle, length = float(vector.mean()), float(np.linalg.norm(vector - vector.mean()))
    return goal.law(_affine(node, length, middle), seen.factor)


def _affine(node: Node, slope: float, offset: float) -> Node:
    """slope · node + offset for a sum of constants times terms."""
    terms: list[tuple[float, Node]] = []
    rest = offset

    def collect(part: Node) -> None:
        nonlocal rest
        if part[0] == "add":
            collect(part[1])
            collect(part[2])
        elif part[0] == "c":
            rest += slope * part[1]
        else:
            terms.append((slope * part[1][1], part[2]))

    collect(node)
    size = sum(abs(c) for c, _ in terms) + abs(offset)
    rest = 0.0 if abs(rest) < 1e-12 * size else rest
    return linear([c for c, _ in terms], [t for _, t in terms], rest)


def _undone(goal: Goal, seen: View) -> Floats:
    """The goal's vector, not normalised."""
    with np.errstate(all="ignore"):
        outer = TRANSFORMS[goal.first].apply(seen.target)
        if goal.how:
            value = evaluate(goal.stripped, seen.columns)
            outer = (
                outer / value
                if goal.how == "div"
                else outer * value
                if goal.how == "mul"
                else outer - value
            )
        return np.asarray(TRANSFORMS[goal.second].apply(outer), float)


def search_pool(
    seen: View,
    judge: Judge,
    budget: Budget,
    most: int,
    strip_sizes: int = 3,
    most_strips: int = 300,
) -> Pool | None:
    """One function of a pool against all goals, then two at once against the simplest goals."""
    if not seen.defined or not seen.nodes:
        return None
    own: list[Node] = [("x", i) for i in range(len(seen.nodes))]
    pool = Pool(own, seen.columns, most, judge.seed)
    inputs = dict(enumerate(seen.nodes))
    strips: list[tuple[Node, Floats]] = []
    level = 1
    while not budget.spent() and not _done(judge):
        whole = pool.grow(budget)
        level = pool.size
        if level <= strip_sizes or not strips:
            numbers = np.flatnonzero(pool.sizes <= strip_sizes)[:most_strips]
            strips = [(pool.node(int(n)), pool.values[n]) for n in numbers]
        if whole and level < 4:
            continue
        functions = normalised(pool.values)
        made = goals(seen.target, strips)
        judge.tried += len(made.listed) * len(functions)
        matches = singles(made, functions, budget, pool.sizes)
        _judge(matches, made, pool, seen, inputs, judge, budget, "pool")
        if _done(judge) or budget.spent():
            break
        if level >= 4:
            head = functions[: 900 if len(seen.nodes) > 1 else 700]
            simple = goals(seen.target, strips[:25], FIRST, ("", "inv", "sq"))
            judge.tried += len(simple.listed) * len(head) ** 2 // 2
            pairs = list(doubles(simple, head, budget))
            _judge(pairs, simple, pool, seen, inputs, judge, budget, "pair")
        if not whole or pool.full:
            break
    return pool


def _judge(
    matches: Sequence[Match],
    made: Goals,
    pool: Pool,
    seen: View,
    inputs: dict[int, Node],
    judge: Judge,
    budget: Budget,
    method: str,
) -> None:
    """Fit slopes and offsets, look at the error in y, and offer the best."""
    ranked: list[tuple[float, int, Node]] = []
    for order, match in enumerate(matches):
        if order % 16 == 0 and budget.spent():
            break
        goal = made.listed[match.goal]
        vector = _undone(goal, seen)
        values = [pool.values[f] for f in match.functions]
        matrix = np.column_stack([*values, np.ones(len(vector))])
        scale = np.linalg.norm(matrix, axis=0)
        solution, *_ = np.linalg.lstsq(matrix / scale, vector, rcond=1e-14)
        solution = solution / scale
        size = float(np.abs(vector).max()) + 1e-300
        slopes = solution[:-1].tolist()
        offset = float(solution[-1])
        if abs(offset) < 1e-10 * size:
            offset = 0.0
        inner = linear(slopes, [pool.node(f) for f in match.functions], offset)
        law = _joined(goal.law(inner, ONE), seen, inputs)
        error = judge.quick(law)
        if np.isfinite(error):
            ranked.append((error, order, law))
    ranked.sort(key=lambda r: (max(r[0], 1e-9), r[1]))
    for error, _, law in ranked[:24]:
        if budget.spent():
            break
        judge.offer(law, method)
        if error < 1e-8 and _done(judge):
            break


def _joined(law: Node, seen: View, inputs: dict[int, Node]) -> Node:
    """A law over the view's inputs as one over the original inputs, times the factor."""
    whole = substitute(law, inputs)
    return whole if seen.factor == ONE else ("mul", seen.factor, whole)


def _done(judge: Judge) -> bool:
    found = judge.exact
    return found is not None and found.closed
