"""Judging a simulated mean by its own Monte-Carlo error, at four standard errors."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

LIMIT = 4  # Monte-Carlo standard errors that a stochastic test allows


def standard_error(draws: ArrayLike) -> float:
    """Monte-Carlo standard error of the mean of independent ``draws``."""
    x = np.asarray(draws, dtype=float)
    return float(x.std(ddof=1) / math.sqrt(len(x)))


def assert_moment(products: ArrayLike, expected: float) -> None:
    """The mean of independent ``products`` is ``expected`` within its error."""
    mean, error = float(np.mean(products)), standard_error(products)
    assert abs(mean - expected) < LIMIT * error, (mean, expected, error)
