"""Which interpretation tests a theory's conjectures, and the one over finite models."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from logic.budget import Budget
from logic.formulas import Formula
from logic.terms import Sort
from logic.theory import Function, Theory
from prover.evaluate import Column, GroundInterpretation, Interpretation, Value
from prover.models import FiniteModel, element, finite_sorts, models
from prover.rewriting import Rules
from prover.worker import Worker

POINTS_PER_MODEL = 30
"""Sample points in each finite model."""


def interpret(theory: Theory, worker: Worker, budget: Budget) -> Interpretation:
    """Ground terms for data types; small finite models where all sorts are uninterpreted."""
    if finite_sorts(theory) and (theory.axioms or theory.definitions):
        found = models(theory, budget=budget)
        if found:
            return ModelInterpretation(found)
    rules = Rules(worker.language)
    for fact in worker.rules.known:
        rules.add(fact)
    return GroundInterpretation(worker.language, rules)


class ModelInterpretation:
    """Several finite models at once: point number i lies in model i modulo their number."""

    def __init__(self, models: list[FiniteModel]) -> None:
        self.models = models

    def sample(self, sorts: Sequence[Sort], limit: int) -> list[tuple[int, ...]]:
        """Points dealt out to the models in turn; ``limit`` is raised to give each its share."""
        dice = Random(20_260_101)
        count = len(self.models)
        total = max(limit, POINTS_PER_MODEL * count)
        points = []
        for number in range(total - total % count):
            domains = self.models[number % count].domains
            points.append(tuple(dice.randrange(domains[str(s)]) for s in sorts))
        return points

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
        return None

    def show(self, value: int, sort: Sort) -> str:
        return element(value)
