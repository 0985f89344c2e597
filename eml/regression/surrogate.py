"""``Surrogate``: a smooth function through the data, for its gradients.

A Gaussian process with a linear mean, a length for each input and a noise level, all by maximum
likelihood (Rasmussen and Williams, Gaussian Processes for Machine Learning, 2006, ch. 2, 5). What
it says about the law is a hint; nothing is concluded from it alone.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import LinAlgError, cho_factor, cho_solve
from scipy.optimize import minimize

Floats: TypeAlias = NDArray[np.float64]

ROWS = 240
"""How many rows are used by default: time grows with the cube."""

LINEAR = 30.0
"""Standard deviation of the slopes and the offset, in units of the data's."""


class Surrogate:
    """A smooth function z ↦ t.

    Parameters
    ----------
    z : inputs, rows × d.
    t : values, one a row.
    shares : the variance of the noise at each row, up to a factor; by default all alike.

    Attributes
    ----------
    residuals : what is missed when each row is predicted from the others, at those rows.
    gradients : ∂t/∂z at the rows that were used, rows × d.
    rows : which rows these are.
    """

    def __init__(
        self,
        z: Floats,
        t: Floats,
        seed: int,
        rows: int = ROWS,
        iterations: int = 45,
        shares: Floats | None = None,
    ) -> None:
        rng = np.random.default_rng(seed)
        self.rows = np.sort(rng.permutation(len(z))[:rows])
        raw, values = z[self.rows], t[self.rows]
        self._center, self._scale = raw.mean(0), raw.std(0) + 1e-300
        a = (raw - self._center) / self._scale
        middle, spread = values.mean(), values.std() + 1e-300
        b = (values - middle) / spread
        d = a.shape[1]
        squares = (a[:, None, :] - a[None, :, :]) ** 2
        share = np.ones(len(a)) if shares is None else shares[self.rows]
        flat = LINEAR**2 * (1 + a @ a.T)
        identity = np.eye(len(a))

        def parts(p: Floats) -> tuple[Floats, Floats]:
            lengths = np.exp(-2 * p[:d])
            smooth = np.exp(2 * p[d] - 0.5 * squares @ lengths)
            return smooth, smooth + flat + np.diag(np.exp(2 * p[d + 1]) * share + 1e-10)

        def loss(p: Floats) -> tuple[float, Floats]:
            smooth, kernel = parts(p)
            try:
                factor = cho_factor(kernel, lower=True)
            except LinAlgError:
                return 1e25, np.zeros_like(p)
            alpha = cho_solve(factor, b)
            value = 0.5 * b @ alpha + np.log(np.diag(factor[0])).sum()
            inner = cho_solve(factor, identity) - np.outer(alpha, alpha)
            weighted = inner * smooth
            slope = np.empty_like(p)
            slope[:d] = 0.5 * np.exp(-2 * p[:d]) * np.einsum("ij,ijk->k", weighted, squares)
            slope[d] = weighted.sum()
            slope[d + 1] = np.exp(2 * p[d + 1]) * (np.diag(inner) @ share)
            return float(value), slope

        start = np.concatenate([np.full(d, np.log(2.0 * np.sqrt(d))), [0.0, np.log(3e-3)]])
        bounds = [(-2.5, 6.0)] * d + [(-7.0, 5.0), (-11.0, 0.5)]
        best = minimize(
            loss, start, jac=True, bounds=bounds, method="L-BFGS-B", options={"maxiter": iterations}
        )
        smooth, kernel = parts(best.x)
        factor = cho_factor(kernel, lower=True)
        alpha = cho_solve(factor, b)
        inverse = cho_solve(factor, identity)
        self.residuals: Floats = alpha / np.diag(inverse) * spread
        self.noise = float(np.exp(best.x[d + 1]))
        lengths = np.exp(-2 * best.x[:d])
        weighted = smooth * alpha[None, :]
        moved = weighted @ a - a * weighted.sum(1, keepdims=True)
        local = LINEAR**2 * (a.T @ alpha)[None, :]
        self.gradients: Floats = (moved * lengths + local) * spread / self._scale
