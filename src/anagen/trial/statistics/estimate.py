"""An estimated difference with its interval and test, as every analysis gives it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr, stdtrit

from anagen.errors import InputError
from anagen.evidence.distributions import checked_level

__all__ = ["Estimate", "Floats", "Ints", "Mask", "NotEstimableError", "estimate_of"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]


class NotEstimableError(InputError):
    """The data do not allow this analysis: too few people, no variance, no fit."""


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """A difference in the endpoint's unit.

    ``se`` its standard error, ``df`` degrees of freedom of Student's t (inf: the normal law),
    ``low`` and ``high`` the two-sided interval of confidence ``level``, ``p`` two-sided against no
    difference.
    """

    estimate: float
    se: float
    df: float
    low: float
    high: float
    p: float
    level: float = 0.95

    def p_above(self, value: float) -> float:
        """One-sided p of the null hypothesis that the difference is at most ``value``."""
        return _upper((self.estimate - value) / self.se, self.df)


def _upper(t: float, df: float) -> float:
    return float(stdtr(df, -t))


def estimate_of(estimate: float, se: float, df: float, level: float = 0.95) -> Estimate:
    """An `Estimate` with the interval and test of Student's t (``df`` inf: of the normal law).

    Raises NotEstimableError for a standard error that is not above 0 and for df of 0 or less, and
    InputError for a level outside 0 to 1.
    """
    if not (math.isfinite(estimate) and math.isfinite(se) and se > 0):
        raise NotEstimableError(f"no standard error above 0 (estimate {estimate:g}, se {se:g})")
    if not df > 0:
        raise NotEstimableError(f"degrees of freedom must be above 0 (given: {df:g})")
    half = se * float(stdtrit(df, 0.5 + 0.5 * checked_level(level)))
    return Estimate(
        estimate=estimate, se=se, df=df, low=estimate - half, high=estimate + half,
        p=2 * _upper(abs(estimate) / se, df), level=level,
    )  # fmt: skip
