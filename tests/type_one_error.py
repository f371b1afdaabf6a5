"""Judging the type I error of a test by its own Monte-Carlo error."""

from __future__ import annotations

import math

import numpy as np
from monte_carlo import LIMIT
from numpy.typing import ArrayLike

ALPHA = 0.05


def assert_type_one_error(p: ArrayLike) -> None:
    """The share of independent ``p`` below 0.05 is 0.05, within four standard errors."""
    values = np.asarray(p, dtype=float)
    found, error = float((values < ALPHA).mean()), math.sqrt(ALPHA * (1 - ALPHA) / values.size)
    assert abs(found - ALPHA) < LIMIT * error, (found, error)
