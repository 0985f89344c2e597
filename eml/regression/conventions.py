"""What the estimator needs of scikit-learn's conventions where that is not installed."""

from __future__ import annotations

import inspect
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]


class Base:
    """Parameters by name."""

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The parameters and their values."""
        names = list(inspect.signature(type(self)).parameters)
        return {name: getattr(self, name) for name in names}

    def set_params(self, **parameters: Any) -> Base:
        """Change parameters.

        Raises
        ------
        ValueError : there is no such parameter.
        """
        for name, value in parameters.items():
            if name not in self.get_params():
                raise ValueError(f"{type(self).__name__} has no parameter '{name}'.")
            setattr(self, name, value)
        return self

    def __repr__(self) -> str:
        inner = ", ".join(f"{k}={v!r}" for k, v in self.get_params().items())
        return f"{type(self).__name__}({inner})"


class Mixin:
    """A regressor's score."""

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:  # noqa: N803
        """R²: 1 for a perfect prediction, 0 for the mean."""
        made = self.predict(X)  # type: ignore[attr-defined]
        target = np.asarray(y, float)
        weights = np.ones(len(target)) if sample_weight is None else np.asarray(sample_weight)
        mean = np.average(target, weights=weights)
        below = float((weights * (target - mean) ** 2).sum())
        return 1 - float((weights * (target - made) ** 2).sum()) / below if below else 0.0


def checked(estimator: Any, x: Any, y: Any, weights: Any) -> tuple[Floats, Floats, Floats | None]:
    """Arrays of the right shape with finite numbers; remembers the number of columns.

    Raises
    ------
    ValueError : they are not.
    """
    table, target = np.asarray(x, float), np.asarray(y, float)
    if table.ndim != 2 or target.ndim != 1 or len(table) != len(target):
        raise ValueError(f"X {table.shape} and y {target.shape} do not fit together.")
    if not np.isfinite(table).all() or not np.isfinite(target).all():
        raise ValueError("X or y contains NaN or infinity.")
    estimator.n_features_in_ = table.shape[1]
    return table, target, None if weights is None else np.asarray(weights, float)


def checked_inputs(estimator: Any, x: Any) -> Floats:
    """Rows like those of the fit.

    Raises
    ------
    ValueError : they are not.
    """
    table = np.asarray(x, float)
    if table.ndim != 2 or table.shape[1] != estimator.n_features_in_:
        raise ValueError(
            f"X has the shape {table.shape}; {estimator.n_features_in_} columns were fitted."
        )
    return table
