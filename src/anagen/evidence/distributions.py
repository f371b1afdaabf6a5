"""Tail probabilities and quantiles of the four laws that tests of an effect rest on.

The light half of SciPy only: importing ``scipy.stats`` would cost more than a whole analysis.
"""

from __future__ import annotations

import math

from scipy.special import chdtrc, fdtrc, gammaincinv, ndtr, ndtri, stdtr, stdtrit

from anagen.errors import InputError


def checked_level(level: float) -> float:
    """Confidence level as it is, if it lies strictly between 0 and 1; InputError otherwise."""
    if not 0.0 < level < 1.0:
        raise InputError(f"a level of {level} was given; allowed: between 0 and 1, such as 0.95")
    return level


def normal_quantile(probability: float) -> float:
    """Value that a standard normal variable undercuts with the given probability."""
    return float(ndtri(probability))


def critical_value(level: float, df: int | None = None) -> float:
    """Half width, in standard errors, of a two-sided interval.

    Parameters
    ----------
    level
        Confidence level, between 0 and 1.
    df
        Degrees of freedom of Student's t; None for the normal law.
    """
    upper = 0.5 + 0.5 * checked_level(level)
    return normal_quantile(upper) if df is None else float(stdtrit(df, upper))


def two_sided_p(statistic: float, df: int | None = None) -> float:
    """Two-sided p value of a z statistic, or of a t statistic with ``df`` degrees of freedom."""
    below = -abs(statistic)
    return 2.0 * float(ndtr(below) if df is None else stdtr(df, below))


def chi2_upper(statistic: float, df: int) -> float:
    """Probability that a chi-squared variable exceeds the statistic; 1 without any freedom."""
    return float(chdtrc(df, statistic)) if df > 0 else 1.0


def chi2_quantile(probability: float, df: int) -> float:
    """Value that a chi-squared variable undercuts with the given probability."""
    return 2.0 * float(gammaincinv(df / 2.0, probability))


def f_upper(statistic: float, df1: int, df2: int) -> float:
    """Probability that an F variable exceeds the statistic."""
    return float(fdtrc(df1, df2, statistic)) if math.isfinite(statistic) else 0.0
