"""``EMLRegressor``: the search as an estimator in the manner of scikit-learn.

Where scikit-learn is installed, its conventions are kept by its own means (and ``check_estimator``
passes); where it is not, the same methods work without it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from eml.regression.formula import Formula
from eml.regression.regress import Outcome, regress
from eml.regression.search import METHODS
from logic.budget import Budget, parse_memory, parse_time
from logic.errors import PorismError

if TYPE_CHECKING:
    import sympy

    from eml.prove import Equality
    from eml.tree import Tree

Floats: TypeAlias = NDArray[np.float64]

try:
    from sklearn.base import BaseEstimator as _Base
    from sklearn.base import RegressorMixin as _Mixin
except ImportError:
    from eml.regression.conventions import Base as _Base
    from eml.regression.conventions import Mixin as _Mixin


class EMLRegressor(_Mixin, _Base):  # type: ignore[misc]
    """A formula for data, exact where the data show it.

    Parameters
    ----------
    time : seconds, or text such as ``"60s"``: how long ``fit`` may take.
    methods : of ``library``, ``inverse``, ``macro`` and ``master``; None for all but the last.
    seed : of everything drawn at random.
    memory : bytes, or text such as ``"2G"``, that the tables may take.
    workers : threads.
    warm_start : begin with the formulas of the last fit.
    progress : called with a line of text now and then, or None.

    Attributes
    ----------
    best_ : the chosen :class:`~eml.regression.formula.Formula`, with ``verdict`` and ``reason``.
    pareto_ : all formulas of the front, the smallest first: ``error``, ``k``, ``shared``, ``bits``.
    expression_ : the chosen one as a SymPy expression over the columns' names.
    tree_ : the same over eml; None if it is too large.
    certificate_ : what is proved about tree_ = expression_ (:class:`eml.prove.Equality`).

    Examples
    --------
    >>> import numpy as np
    >>> x = np.linspace(1, 3, 40)[:, None]
    >>> EMLRegressor(time=10).fit(x, np.exp(x[:, 0]) / 2).expression_
    exp(x1)/2
    """

    def __init__(
        self,
        time: float | str = 60,
        methods: Sequence[str] | None = None,
        seed: int = 0,
        memory: int | str = "2G",
        workers: int = 2,
        warm_start: bool = False,
        progress: Any = None,
    ) -> None:
        self.time = time
        self.methods = methods
        self.seed = seed
        self.memory = memory
        self.workers = workers
        self.warm_start = warm_start
        self.progress = progress

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> EMLRegressor:  # noqa: N803
        """Search for a formula y = f(X).

        Raises
        ------
        ValueError : the data cannot be used (it says what and where).
        """
        x, target, weights = _data(self, X, y, sample_weight)
        seconds = parse_time(self.time) if isinstance(self.time, str) else float(self.time)
        memory = parse_memory(self.memory) if isinstance(self.memory, str) else int(self.memory)
        start = []
        if self.warm_start and hasattr(self, "outcome_"):
            start = [f.candidate.node for f in self.outcome_.listed]
        try:
            self.outcome_: Outcome = regress(
                x,
                target,
                _names(self, x),
                weights=weights,
                budget=Budget(seconds),
                methods=METHODS[:3] if self.methods is None else tuple(self.methods),
                seed=self.seed,
                memory=memory,
                workers=self.workers,
                start=start,
                progress=self.progress,
            )
        except PorismError as error:
            raise ValueError(str(error)) from error
        self.best_: Formula = self.outcome_.best
        return self

    def predict(self, X: Any) -> Floats:  # noqa: N803
        """The chosen formula at rows of X; nan where it is undefined."""
        return self._fitted().predict(_inputs(self, X))

    @property
    def pareto_(self) -> list[Formula]:
        self._fitted()
        return self.outcome_.front

    @property
    def expression_(self) -> sympy.Expr:
        return self._fitted().expression

    @property
    def tree_(self) -> Tree | None:
        return self._fitted().tree

    @property
    def certificate_(self) -> Equality | None:
        return self._fitted().certificate

    def report(self) -> str:
        """An HTML page about the last fit, that needs nothing else."""
        from eml.regression.report import report

        self._fitted()
        return report(self.outcome_, "y", None, None)

    def _fitted(self) -> Formula:
        if not hasattr(self, "best_"):
            try:
                from sklearn.exceptions import NotFittedError
            except ImportError:
                raise ValueError("This EMLRegressor is not fitted yet: call fit first.") from None
            raise NotFittedError("This EMLRegressor is not fitted yet: call fit first.")
        return self.best_


def _data(
    estimator: EMLRegressor, x: Any, y: Any, weights: Any
) -> tuple[Floats, Floats, Floats | None]:
    try:
        from sklearn.utils.validation import _check_sample_weight, validate_data
    except ImportError:
        from eml.regression.conventions import checked

        return checked(estimator, x, y, weights)
    x, y = validate_data(estimator, x, y, y_numeric=True, dtype=np.float64)
    if weights is not None:
        weights = _check_sample_weight(weights, x, dtype=np.float64)
    return x, np.asarray(y, np.float64), weights


def _inputs(estimator: EMLRegressor, x: Any) -> Floats:
    try:
        from sklearn.utils.validation import validate_data
    except ImportError:
        from eml.regression.conventions import checked_inputs

        return checked_inputs(estimator, x)
    made: Floats = validate_data(estimator, x, reset=False, dtype=np.float64)
    return made


def _names(estimator: EMLRegressor, x: Floats) -> tuple[str, ...]:
    names = getattr(estimator, "feature_names_in_", None)
    if names is None:
        return ()
    from eml.regression.reading import identifiers

    return tuple(identifiers([str(n) for n in names]))
