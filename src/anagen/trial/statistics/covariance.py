r"""How the visits of one person hang together: covariance structures of repeated measures.

Each structure is a law $\theta \mapsto \Sigma(\theta)$ over ``v`` visits with its derivatives in
$\theta$. The parameters are variances, covariances and correlations themselves, in which degrees
of freedom are defined; a fit leaves a step that is not positive definite by halving it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from anagen.errors import InputError, unknown_word
from anagen.evidence.least_squares import Floats

__all__ = [
    "STRUCTURES", "AutoRegressive", "CovarianceStructure", "Linear", "ar1", "compound_symmetry",
    "structure_of", "toeplitz", "unstructured",
]  # fmt: skip

_WIDEST = 0.95  # a start keeps its correlation off 1


class CovarianceStructure(Protocol):
    """A law of the covariance of ``v`` visits in ``k`` parameters."""

    @property
    def name(self) -> str:
        """Word by which reports name it."""

    @property
    def size(self) -> int:
        """Number of parameters, k."""

    def covariance(self, theta: Floats) -> Floats:
        """Sigma, shape (v, v)."""

    def slopes(self, theta: Floats) -> Floats:
        """First derivatives of Sigma, shape (k, v, v)."""

    def curvatures(self, theta: Floats) -> Floats | None:
        """Second derivatives, shape (k, k, v, v); None where all vanish."""

    def start(self, sample: Floats) -> Floats:
        """Parameters near a sample covariance (v, v)."""


@dataclass(frozen=True, eq=False)
class Linear:
    r"""Structure that is linear in its parameters, $\Sigma = \sum_k \theta_k B_k$.

    ``basis`` holds the symmetric $B_k$, shape (k, v, v), linearly independent.
    """

    name: str
    basis: Floats

    @property
    def size(self) -> int:
        """Number of parameters."""
        return len(self.basis)

    def covariance(self, theta: Floats) -> Floats:
        """Sigma, shape (v, v)."""
        return np.asarray(np.tensordot(theta, self.basis, 1))

    def slopes(self, theta: Floats) -> Floats:
        """The basis, whatever ``theta``."""
        return self.basis

    def curvatures(self, theta: Floats) -> None:
        """None: Sigma is linear."""

    def start(self, sample: Floats) -> Floats:
        """Least-squares projection of the sample covariance on the basis."""
        flat = self.basis.reshape(self.size, -1)
        return np.asarray(np.linalg.solve(flat @ flat.T, flat @ sample.ravel()))


@dataclass(frozen=True, eq=False)
class AutoRegressive:
    r"""First-order autoregression, $\Sigma_{ab} = \sigma^2 \rho^{|a - b|}$, $-1 < \rho < 1$.

    Parameters $(\sigma^2, \rho)$; visits are counted, not dated: they are taken as equally far
    apart.
    """

    lags: Floats
    name: str = "ar1"
    size: int = 2

    def covariance(self, theta: Floats) -> Floats:
        """Sigma, shape (v, v)."""
        return np.asarray(theta[0] * theta[1] ** self.lags)

    def slopes(self, theta: Floats) -> Floats:
        """Derivatives in variance and correlation, shape (2, v, v)."""
        variance, rho = theta
        return np.stack((rho**self.lags, variance * self._first(rho)))

    def curvatures(self, theta: Floats) -> Floats:
        """Second derivatives, shape (2, 2, v, v)."""
        variance, rho = theta
        mixed, d = self._first(rho), self.lags
        second = variance * d * (d - 1) * rho ** np.maximum(d - 2, 0)
        return np.stack((np.stack((np.zeros_like(d), mixed)), np.stack((mixed, second))))

    def _first(self, rho: float) -> Floats:
        return np.asarray(self.lags * rho ** np.maximum(self.lags - 1, 0))

    def start(self, sample: Floats) -> Floats:
        """Mean variance, and the correlation one visit apart."""
        variance = float(np.diag(sample).mean())
        rho = float(np.diag(sample, 1).mean()) / variance
        return np.array([variance, np.clip(rho, -_WIDEST, _WIDEST)])


def _lags(v: int) -> Floats:
    visits = np.arange(v, dtype=np.float64)
    return np.asarray(np.abs(visits[:, None] - visits))


def unstructured(v: int) -> Linear:
    """Every variance and covariance free: v (v + 1) / 2 parameters, by rows of the upper half."""
    rows, columns = np.triu_indices(v)
    basis = np.zeros((rows.size, v, v))
    basis[np.arange(rows.size), rows, columns] = 1.0
    basis[np.arange(rows.size), columns, rows] = 1.0
    return Linear("unstructured", basis)


def toeplitz(v: int) -> Linear:
    """One variance and one covariance for each distance between visits: v parameters."""
    return Linear("toeplitz", np.stack([(_lags(v) == lag) * 1.0 for lag in range(v)]))


def ar1(v: int) -> CovarianceStructure:
    """First-order autoregression; a single visit has a variance only."""
    return AutoRegressive(_lags(v)) if v > 1 else Linear("ar1", np.ones((1, 1, 1)))


def compound_symmetry(v: int) -> Linear:
    """One variance and one covariance for all pairs of visits (it may be negative)."""
    same = np.eye(v)
    basis = [same, 1.0 - same] if v > 1 else [same]
    return Linear("compound_symmetry", np.stack(basis))


STRUCTURES: dict[str, Callable[[int], CovarianceStructure]] = {
    "unstructured": unstructured,
    "toeplitz": toeplitz,
    "ar1": ar1,
    "compound_symmetry": compound_symmetry,
}
"""Covariance structures by name, the freest first."""


def structure_of(name: str, v: int) -> CovarianceStructure:
    """The structure of that name for ``v`` visits; InputError for an unknown name."""
    if name not in STRUCTURES:
        raise InputError(unknown_word("covariance structure", name, STRUCTURES), field="structure")
    return STRUCTURES[name](v)
