"""Mean, spread and standard error recovered from what papers print instead."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from anagen.errors import InputError, unknown_word
from anagen.evidence.distributions import critical_value, normal_quantile
from anagen.evidence.effect_size import check_spread, finite


@dataclass(frozen=True)
class MeanAndSd:
    """Mean and standard deviation, in the unit of the outcome, and how they were obtained."""

    mean: float
    sd: float
    method: str


def sd_from_se(se: float, n: int) -> float:
    r"""Spread from the standard error of a mean, :math:`s = \mathrm{se} \sqrt n`.

    Raises
    ------
    InputError
        a negative standard error, or n below 2.
    """
    check_spread("se", se, n)
    return se * math.sqrt(n)


def se_from_ci(
    low: float,
    high: float,
    *,
    estimate: float | None = None,
    df: int | None = None,
    level: float = 0.95,
) -> float:
    r"""Recover the standard error from a symmetric confidence interval.

    .. math:: \mathrm{se} = \frac{\mathrm{high} - \mathrm{low}}{2 c}

    with c the two-sided critical value of t with `df` degrees of freedom, or of the normal law.

    Parameters
    ----------
    low, high
        Limits, in the unit of the effect; on the log scale for a ratio.
    estimate
        The printed estimate, if there is one, to catch misprints.
    df
        Degrees of freedom; None for a normal interval.
    level
        Confidence level of the interval.

    Raises
    ------
    InputError
        limits in the wrong order, or an interval that excludes its own estimate.
    """
    if not finite("low", low) < finite("high", high):
        raise InputError(f"{low:g} to {high:g} is no interval; the lower limit comes first",
                         field="interval")  # fmt: skip
    if estimate is not None and not low <= finite("estimate", estimate) <= high:
        raise InputError(f"{low:g} to {high:g} excludes its own estimate {estimate:g}; "
                         "is one of them misprinted?", field="interval")  # fmt: skip
    return (high - low) / (2.0 * critical_value(level, df))


def variance_from_ci(
    low: float,
    high: float,
    *,
    estimate: float | None = None,
    df: int | None = None,
    level: float = 0.95,
) -> float:
    """Square of `se_from_ci`: the sampling variance behind a confidence interval."""
    return se_from_ci(low, high, estimate=estimate, df=df, level=level) ** 2


def variance_from_p(estimate: float, p: float) -> float:
    r"""Recover the sampling variance of a difference from its two-sided p value.

    .. math:: v = \left(\frac{|d|}{z_{1 - p/2}}\right)^2

    (Cochrane Handbook, chapter 6, normal law). Where only ``p < 0.001`` is printed, ``p = 0.001``
    gives the largest variance that fits, so the interval is too wide rather than too narrow.

    Parameters
    ----------
    estimate
        The difference d, not 0, in the unit of the effect.
    p
        Two-sided p value, between 0 and 1.

    Raises
    ------
    InputError
        a p outside 0 to 1, or a difference of 0, which no p value gives a spread.
    """
    if not 0.0 < p < 1.0:
        raise InputError(f"a p value of {p:g}; allowed: between 0 and 1", field="p")
    if finite("estimate", estimate) == 0.0:
        raise InputError("a difference of 0 has no spread that its p value gives", field="p")
    return (estimate / normal_quantile(1.0 - p / 2.0)) ** 2


def sd_from_iqr_width(width: float, n: int) -> float:
    r"""Spread from the distance between the quartiles (Wan et al. 2014, equation 16).

    .. math:: s = \frac{q_3 - q_1}{2\, \Phi^{-1}\!\left(\frac{0.75 n - 0.125}{n + 0.25}\right)}

    Supposes a normal outcome; for large n the divisor is 1.349.

    Raises
    ------
    InputError
        a negative width, or n below 2.
    """
    check_spread("width", width, n)
    return width / (2.0 * normal_quantile((0.75 * n - 0.125) / (n + 0.25)))


def _mean_wan(q1: float, median: float, q3: float, n: int) -> float:
    return (q1 + median + q3) / 3.0


def _mean_luo(q1: float, median: float, q3: float, n: int) -> float:
    weight = 0.7 + 0.39 / n
    return weight * (q1 + q3) / 2.0 + (1.0 - weight) * median


MEAN_METHODS: dict[str, Callable[[float, float, float, int], float]] = {
    "wan2014": _mean_wan,
    "luo2018": _mean_luo,
}


def mean_sd_from_median_iqr(
    quartiles: tuple[float, float, float], n: int, method: str = "luo2018"
) -> MeanAndSd:
    r"""Mean and standard deviation from median and quartiles.

    .. math:: \bar x = \frac{q_1 + m + q_3}{3} \;\text{(Wan 2014, equation 14)}, \quad
              \bar x = w \frac{q_1 + q_3}{2} + (1 - w) m, \; w = 0.7 + \frac{0.39}{n}
              \;\text{(Luo 2018, equation 15)}

    The spread comes from `sd_from_iqr_width` in both. Supposes a normal outcome: a median far
    from the middle of its quartiles says that this does not hold.

    Parameters
    ----------
    quartiles
        First quartile, median, third quartile, in the unit of the outcome.
    n
        People.
    method
        "wan2014" or "luo2018", for the mean.

    Raises
    ------
    InputError
        quartiles out of order, an unknown method, n below 2.
    """
    if method not in MEAN_METHODS:
        raise InputError(unknown_word("method", method, MEAN_METHODS), field="method")
    q1, median, q3 = (finite("quartiles", value) for value in quartiles)
    if not q1 <= median <= q3:
        raise InputError(f"{q1:g}, {median:g}, {q3:g} are out of order; give the first quartile, "
                         "the median, the third quartile", field="quartiles")  # fmt: skip
    sd = sd_from_iqr_width(q3 - q1, n)
    named = f"mean by {method}, sd by wan2014, from median and quartiles"
    return MeanAndSd(MEAN_METHODS[method](q1, median, q3, n), sd, named)


def mean_sd_from_median_and_width(median: float, width: float, n: int) -> MeanAndSd:
    """Mean and standard deviation from a median and the bare distance between the quartiles.

    The mean is taken to be the median, which supposes a symmetric outcome: nothing printed can
    test that. The spread comes from `sd_from_iqr_width`.
    """
    sd = sd_from_iqr_width(width, n)
    named = "mean taken as the median (symmetry assumed), sd by wan2014, from the quartile distance"
    return MeanAndSd(finite("median", median), sd, named)
