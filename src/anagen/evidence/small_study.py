"""Do small studies show larger effects? Asymmetry tests and trim-and-fill.

Asymmetry has many causes, of which unpublished studies are one. With fewer than about ten
studies none of these has useful power, and silence means nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Unpack

import numpy as np
from numpy.typing import ArrayLike

from anagen.errors import InputError, unknown_word
from anagen.evidence.distributions import two_sided_p
from anagen.evidence.least_squares import Floats, checked_studies, design, weighted_fit
from anagen.evidence.meta_analysis import Choices, Pooled, p_unless_few, pool, ratio
from anagen.evidence.meta_regression import meta_regression

Side = Literal["left", "right"]
_MOST_ROUNDS = 100


@dataclass(frozen=True)
class AsymmetryTest:
    """Result of a test of funnel-plot asymmetry.

    Attributes
    ----------
    method
        "egger", "egger_mixed" or "rank".
    k
        Number of studies.
    measure
        Slope on the standard error (dimensionless), or Kendall's tau for the rank test.
    statistic, df
        t or z; None for the rank test. `df` is None unless the statistic is t.
    p
        Two-sided p value, None for three or fewer studies.
    limit
        Effect that the regression line expects of an infinitely large study; None for rank.
    """

    method: str
    k: int
    measure: float
    statistic: float | None
    df: int | None
    p: float | None
    limit: float | None


def egger(estimates: ArrayLike, variances: ArrayLike) -> AsymmetryTest:
    r"""Weighted regression of the effect on its standard error (Egger et al. 1997).

    .. math:: y_i = b_0 + b_1 \sqrt{v_i} + e_i, \quad \mathrm{Var}(e_i) = \phi v_i

    with phi estimated from the residuals, t test of the slope with k - 2 degrees of freedom. Same
    test as the classical one of y/se on 1/se, where the roles of slope and intercept are swapped.

    Raises
    ------
    InputError
        fewer than three studies, or all of one size.
    """
    y, v = checked_studies(estimates, variances)
    fit = weighted_fit(y, v, design(y.size, {"standard error": np.sqrt(v)}))
    df = y.size - 2
    statistic = ratio(float(fit.coefficients[1]), (fit.q / df * float(fit.covariance[1, 1])) ** 0.5)
    return AsymmetryTest(
        method="egger",
        k=y.size,
        measure=float(fit.coefficients[1]),
        statistic=statistic,
        df=df,
        p=p_unless_few(two_sided_p(statistic, df), y.size),
        limit=float(fit.coefficients[0]),
    )


def egger_mixed(
    estimates: ArrayLike, variances: ArrayLike, tau2_method: str = "REML"
) -> AsymmetryTest:
    r"""Mixed-effects version of Egger's test (Sterne & Egger 2005).

    Meta-regression on the standard error with additive between-study variance; z test of the slope.

    Raises
    ------
    InputError
        fewer than three studies, or all of one size.
    """
    y, v = checked_studies(estimates, variances)
    found = meta_regression(y, v, {"standard error": np.sqrt(v)}, tau2_method=tau2_method, test="z")
    limit, slope = found.coefficients
    return AsymmetryTest(
        "egger_mixed", y.size, slope.estimate, slope.statistic, None, slope.p, limit.estimate
    )


def rank_test(estimates: ArrayLike, variances: ArrayLike) -> AsymmetryTest:
    r"""Rank correlation of standardised effect and variance (Begg & Mazumdar 1994).

    .. math:: t_i = \frac{y_i - \bar y}{\sqrt{v_i - 1/\sum w_j}}, \quad w_j = 1/v_j

    Kendall's tau of t and v, with the exact p value unless there are ties.

    Raises
    ------
    InputError
        fewer than two studies.
    """
    from scipy.stats import kendalltau

    y, v = checked_studies(estimates, variances)
    if y.size == 1:
        raise InputError("a rank correlation needs two studies or more", field="estimates")
    fit = weighted_fit(y, v, np.ones((y.size, 1)))
    standardised = (y - fit.coefficients[0]) / np.sqrt(v - fit.covariance[0, 0])
    tied = any(np.unique(values).size < values.size for values in (standardised, v))
    found = kendalltau(standardised, v, method="asymptotic" if tied else "exact")
    p = p_unless_few(float(found.pvalue), y.size)
    return AsymmetryTest("rank", y.size, float(found.statistic), None, None, p, None)


def _signed_ranks(centred: Floats) -> Floats:
    """Rank of each distance from zero, with the sign of the distance; ties in the order given."""
    ranks = np.empty(centred.size)
    ranks[np.argsort(np.abs(centred), kind="stable")] = np.arange(1, centred.size + 1)
    return np.sign(centred) * ranks


def _l0(signed: Floats) -> tuple[float, float]:
    """Estimate from the rank sum, with its standard error."""
    k = signed.size
    k0 = (4.0 * float(signed[signed > 0].sum()) - k * (k + 1)) / (2 * k - 1)
    variance = (
        k * (k + 1) * (2 * k + 1)
        + 10 * k0**3 + 27 * k0**2 + 17 * k0
        - 18 * k * k0**2 - 18 * k * k0 + 6 * k**2 * k0
    ) / 24.0  # fmt: skip
    return k0, 4.0 * variance**0.5 / (2 * k - 1) if variance >= 0 else math.nan


def _r0(signed: Floats) -> tuple[float, float]:
    """Estimate from the run of largest ranks on one side, with its standard error."""
    k0 = signed.size - float(max(-signed[signed < 0], default=0.0)) - 1.0
    return k0, (2.0 * max(0.0, k0) + 2.0) ** 0.5


FILL_ESTIMATORS: dict[str, Callable[[Floats], tuple[float, float]]] = {"L0": _l0, "R0": _r0}


@dataclass(frozen=True)
class TrimAndFill:
    """What the pooled effect would be if the lopsided part of the funnel had a mirror image.

    Attributes
    ----------
    side
        Side on which studies seem to be missing.
    missing, missing_se
        Estimated number of missing studies and its standard error; None where the
        approximation to its variance turns negative (L0 with a strongly negative estimate).
    pooled
        Pooled effect with the mirror images filled in.
    filled_estimates, filled_variances
        The mirror images themselves; they are arithmetic, not data.
    """

    side: Side
    missing: int
    missing_se: float | None
    pooled: Pooled
    filled_estimates: tuple[float, ...]
    filled_variances: tuple[float, ...]


def _missing_side(y: Floats, v: Floats, method: str) -> Side:
    """Opposite of where the small studies lean."""
    slope = meta_regression(y, v, {"standard error": np.sqrt(v)}, tau2_method=method, test="z")
    return "right" if slope.coefficients[1].estimate < 0 else "left"


def trim_and_fill(
    estimates: ArrayLike,
    variances: ArrayLike,
    estimator: str = "L0",
    side: Side | None = None,
    **choices: Unpack[Choices],
) -> TrimAndFill:
    """Trim the lopsided part, find the centre of the rest, fill in mirror images, pool again.

    Duval & Tweedie (2000). A sensitivity analysis, not a correction: it assumes that asymmetry
    comes from suppressed extreme effects only, and it is misled by true heterogeneity.

    Parameters
    ----------
    estimates, variances
        Effects and their sampling variances, shape (k,), k >= 3.
    estimator
        "L0" (rank sum, the usual choice) or "R0" (run length).
    side
        Where studies are missing; by default opposite to the slope of `egger_mixed`.
    **choices
        `tau2_method`, `test`, `level` as in `pool`.

    Raises
    ------
    InputError
        as `pool` does; an unknown estimator or side; fewer than three studies.
    """
    if estimator not in FILL_ESTIMATORS:
        raise InputError(unknown_word("estimator", estimator, FILL_ESTIMATORS), field="estimator")
    if side not in (None, "left", "right"):
        raise InputError(unknown_word("side", side, ("left", "right")), field="side")
    y, v = checked_studies(estimates, variances)
    if y.size < 3:
        raise InputError(f"trim-and-fill needs three studies, got {y.size}", field="estimates")
    lean = side or _missing_side(y, v, choices.get("tau2_method", "REML"))
    sign = 1.0 if lean == "left" else -1.0
    order = np.argsort(sign * y, kind="stable")
    y, v = sign * y[order], v[order]
    k0, se, centre = _trim(y, v, estimator, choices)
    extra_y, extra_v = 2.0 * centre - y[y.size - k0 :], v[y.size - k0 :]
    pooled = pool(sign * np.append(y, extra_y), np.append(v, extra_v), **choices)
    filled = tuple((sign * extra_y).tolist())
    missing_se = None if math.isnan(se) else se
    return TrimAndFill(lean, k0, missing_se, pooled, filled, tuple(extra_v.tolist()))


def _trim(y: Floats, v: Floats, estimator: str, choices: Choices) -> tuple[int, float, float]:
    """Count to trim off the upper end of ascending effects, its se, and the trimmed centre."""
    k, k0, se, centre = y.size, 0, 0.0, 0.0
    for _ in range(_MOST_ROUNDS):
        before = k0
        centre = pool(y[: k - k0], v[: k - k0], **choices).estimate
        found, se = FILL_ESTIMATORS[estimator](_signed_ranks(y - centre))
        k0 = min(max(0, round(found)), k - 1)
        if k0 == before:
            break
    return k0, se, centre
