"""Weighted least squares with known variances: the algebra under every model of this package."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from anagen.errors import InputError

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Fit:
    """Weighted least-squares fit of `k` estimates on `p` columns.

    Attributes
    ----------
    coefficients
        b, shape (p,), in the unit of the estimates per unit of the column.
    covariance
        inverse of X'WX, shape (p, p).
    projection
        P = W - WX(X'WX)^-1 X'W, shape (k, k); it removes what the columns explain.
    projected
        P y, shape (k,).
    q
        y'Py, the weighted sum of squared residuals, dimensionless.
    log_determinant
        log |X'WX|.
    """

    coefficients: Floats
    covariance: Floats
    projection: Floats
    projected: Floats
    q: float
    log_determinant: float


def _vector(values: ArrayLike, field: str) -> Floats:
    try:
        vector = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError("expected a list of numbers", field=field) from None
    if vector.ndim != 1:
        raise InputError(f"expected one list of numbers, got shape {vector.shape}", field=field)
    wrong = np.flatnonzero(~np.isfinite(vector))
    if wrong.size:
        place = int(wrong[0])
        raise InputError(f"entry {place} is {vector[place]}; every entry must be a finite number",
                         field=field)  # fmt: skip
    return vector


def checked_studies(estimates: ArrayLike, variances: ArrayLike) -> tuple[Floats, Floats]:
    """Estimates and their sampling variances as arrays of equal length, shape (k,).

    Raises
    ------
    InputError
        no study, unequal lengths, a number that is not finite, a variance that is not positive.
    """
    y, v = _vector(estimates, "estimates"), _vector(variances, "variances")
    if y.size != v.size:
        raise InputError(f"{y.size} estimates but {v.size} variances; give one for each study",
                         field="variances")  # fmt: skip
    if y.size == 0:
        raise InputError("no study was given; at least one is needed", field="estimates")
    wrong = np.flatnonzero(v <= 0)
    if wrong.size:
        place = int(wrong[0])
        raise InputError(f"entry {place} is {v[place]:g}; a sampling variance is above 0",
                         field="variances")  # fmt: skip
    return y, v


def design(k: int, moderators: Mapping[str, ArrayLike] | None = None) -> Floats:
    """Design matrix of `k` studies: an intercept, then one column per moderator.

    Raises
    ------
    InputError
        a column of the wrong length, columns that repeat one another, or too few studies.
    """
    columns = [np.ones(k)]
    for name, values in (moderators or {}).items():
        column = _vector(values, name)
        if column.size != k:
            raise InputError(f"{column.size} values for {k} studies", field=name)
        columns.append(column)
    x = np.column_stack(columns)
    if k <= x.shape[1]:
        raise InputError(f"{k} studies cannot carry {x.shape[1]} coefficients; give more studies "
                         "or fewer moderators", field="moderators")  # fmt: skip
    if np.linalg.matrix_rank(x / np.abs(x).max(axis=0, initial=1e-300)) < x.shape[1]:
        raise InputError("the columns, with the intercept, repeat one another; drop one",
                         field="moderators")  # fmt: skip
    return x


def weighted_fit(y: Floats, variance: Floats, x: Floats) -> Fit:
    r"""Fit by generalised least squares with weights 1/variance.

    .. math:: b = (X'WX)^{-1} X'W y, \quad W = \mathrm{diag}(1/\mathrm{variance})

    Parameters
    ----------
    y, variance
        Estimates and the *total* variance of each, shape (k,).
    x
        Design matrix, shape (k, p), full rank.

    Notes
    -----
    By QR of the scaled columns, which keeps its digits when a moderator is far from zero (a
    calendar year), where the normal equations lose half of them.
    """
    root = 1.0 / np.sqrt(variance)
    q, r = np.linalg.qr(root[:, None] * x)
    scaled = root * y
    explained = q.T @ scaled
    residual = scaled - q @ explained
    inverse = np.linalg.inv(r)
    return Fit(
        coefficients=inverse @ explained,
        covariance=inverse @ inverse.T,
        projection=root[:, None] * (np.eye(y.size) - q @ q.T) * root,
        projected=root * residual,
        q=float(residual @ residual),
        log_determinant=2.0 * float(np.log(np.abs(np.diag(r))).sum()),
    )
