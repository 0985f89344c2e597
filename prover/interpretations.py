"""Which interpretation tests a theory's conjectures, and the one over finite models."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from math import prod
from random import Random

from logic.budget import Budget
from logic.formulas import Exists, Formula
from logic.terms import Sort
from logic.theory import Function, Theory
from prover.evaluate import Column, GroundInterpretation, Interpretation, Value
from prover.finite import FiniteModel, element
from prover.models import Refuter, finite_sorts, models
from prover.rewriting import Rules
from prover.worker import Worker

POINTS_PER_MODEL = 36
"""Sample points in each finite model."""
REFUTING_SIZES = (2, 3, 4, 5, 6)
REFUTING_EFFORT = 500_000
"""Sizes of models in which a conjecture may fail, and the solver's effort for each."""


def interpret(theory: Theory, worker: Worker, budget: Budget) -> Interpretation:
    """Ground terms for data types; small finite models where all sorts are uninterpreted."""
    if finite_sorts(theory) and (theory.axioms or theory.definitions or theory.goals):
        found = models(theory, budget=budget)
        if found:
            return ModelInterpretation(theory, found)
    return GroundInterpretation(worker.language, evaluation_rules(worker))


def evaluation_rules(worker: Worker) -> Rules:
    """What a worker knows as rules that compute, and equality of constructor terms decided.

    Nothing is proved with them, so that every fact with conditions may serve.
    """
    rules = Rules(worker.language)
    for fact in worker.rules.known:
        if not isinstance(fact.head, Exists):
            rules.add(fact, conditional=True)
    for sort in worker.language.data_sorts():
        rules.add_clashes(sort)
        rules.add_decompositions(sort)
    return rules


class ModelInterpretation:
    """Several finite models at once: point number i lies in model i modulo their number."""

    def __init__(self, theory: Theory, models: list[FiniteModel]) -> None:
        self.theory = theory
        self.models = models
        self._refuter = Refuter(theory)

    def sample(self, sorts: Sequence[Sort], limit: int) -> list[tuple[int, ...]]:
        """Points dealt out to the models in turn; ``limit`` is raised to give each its share.

        A model with few points has all of them, again and again.
        """
        count = len(self.models)
        share = max(limit // count, POINTS_PER_MODEL)
        dealt = [self._points(model, sorts, share) for model in self.models]
        return [dealt[m][i % len(dealt[m])] for i in range(share) for m in range(count)]

    def _points(
        self, model: FiniteModel, sorts: Sequence[Sort], share: int
    ) -> list[tuple[int, ...]]:
        sizes = [model.domains[str(s)] for s in sorts]
        if prod(sizes) <= share:
            return list(product(*map(range, sizes)))
        dice = Random(20_260_101)
        return [tuple(map(dice.randrange, sizes)) for _ in range(share)]

    def apply(self, name: str, sort: Sort | None, point: int, args: tuple[int, ...]) -> Value:
        model = self.models[point % len(self.models)]
        if sort is None:
            return int(args in model.predicates[name])
        return model.functions[name][args]

    def column(self, function: Function, count: int, args: Sequence[Column]) -> Column | None:
        models = self.models
        tables = [m.functions[function.name] for m in models]
        rows = zip(*args, strict=True) if args else [()] * count
        return tuple(tables[i % len(models)][row] for i, row in enumerate(rows))

    def truth(self, value: int) -> bool | None:
        return bool(value)

    def distinct(self, a: int, b: int) -> bool:
        return a != b

    def counterexample(self, formula: Formula) -> tuple[dict[str, str], str] | None:
        """Values at which a closed formula fails in one of the models, and that model in words."""
        for model in self.models:
            found = model.counterexample(formula)
            if found is not None:
                return found, f"in the model\n{model.describe()}"
        for size in REFUTING_SIZES:
            new = self._refuter.find(size, formula, REFUTING_EFFORT)
            if new is not None:
                self.models.append(new)
                return self.counterexample(formula)
        return None

    def instances(self, formula: Formula, limit: int) -> list[tuple[dict[str, str], Formula]]:
        return []  # elements of a model are no terms

    def show(self, value: int, sort: Sort) -> str:
        return element(value)
