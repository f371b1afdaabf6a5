"""Explain differences between studies by moderators: mixed-effects meta-regression."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Unpack

import numpy as np
from numpy.typing import ArrayLike

from anagen.evidence.distributions import chi2_upper, critical_value, f_upper, two_sided_p
from anagen.evidence.heterogeneity import (
    TAU2_METHODS,
    Tau2,
    h2_from_tau2,
    i2_from_tau2,
    typical_variance,
)
from anagen.evidence.least_squares import (
    Fit,
    Floats,
    checked_studies,
    design,
    weighted_fit,
)
from anagen.evidence.meta_analysis import (
    COMMON_EFFECT,
    Choices,
    Interval,
    around,
    check_choices,
    p_unless_few,
    ratio,
    residual_scale,
)


@dataclass(frozen=True)
class Coefficient:
    """One coefficient, in the unit of the effect per unit of its moderator.

    `df` is None for a z test; `p` is None for three or fewer studies.
    """

    name: str
    estimate: float
    se: float
    statistic: float
    df: int | None
    p: float | None
    interval: Interval


@dataclass(frozen=True)
class MetaRegression:
    """Fitted meta-regression.

    Attributes
    ----------
    coefficients
        Intercept first, then the moderators in the order given.
    tau2, tau2_se, tau2_method
        Residual between-study variance, in the unit of the effect squared.
    qm, qm_df, qm_p
        Test of all moderators at once: chi-squared under z, else F with (qm_df, k - p) freedom.
    qe, qe_df, qe_p
        Test of residual heterogeneity.
    r2
        Share of the between-study variance that the moderators explain, percent; None without
        any to explain.
    i2, h2
        Residual heterogeneity, from tau2.
    k, test, level
        Studies, test and confidence level.
    """

    coefficients: tuple[Coefficient, ...]
    tau2: float
    tau2_se: float | None
    tau2_method: str
    qm: float
    qm_df: int
    qm_p: float | None
    qe: float
    qe_df: int
    qe_p: float | None
    r2: float | None
    i2: float
    h2: float
    k: int
    test: str
    level: float


def _between(y: Floats, v: Floats, x: Floats, method: str) -> Tau2 | None:
    return None if method == COMMON_EFFECT else TAU2_METHODS[method](y, v, x)


def _coefficients(
    names: list[str], fit: Fit, scale: float, df: int | None, level: float
) -> tuple[Coefficient, ...]:
    critical, k = critical_value(level, df), fit.projected.size
    found = []
    for name, b, variance in zip(names, fit.coefficients, np.diag(fit.covariance), strict=True):
        estimate, se = float(b), float(np.sqrt(scale * variance))
        statistic = ratio(estimate, se)
        p = p_unless_few(two_sided_p(statistic, df), k)
        interval = around(estimate, critical * se)
        found.append(Coefficient(name, estimate, se, statistic, df, p, interval))
    return tuple(found)


def _omnibus(fit: Fit, scale: float, test: str) -> tuple[float, float]:
    """Wald statistic of all moderators and its p value."""
    slopes, m = fit.coefficients[1:], fit.coefficients.size - 1
    if m == 0:
        return 0.0, 1.0
    wald = float(slopes @ np.linalg.solve(scale * fit.covariance[1:, 1:], slopes))
    if test == "z":
        return wald, chi2_upper(wald, m)
    return wald / m, f_upper(wald / m, m, fit.projected.size - m - 1)


def _explained(y: Floats, v: Floats, tau2: Tau2 | None, method: str) -> float | None:
    r"""Share explained, 100 (tau2 without - tau2 with moderators) / tau2 without, not below 0."""
    alone = _between(y, v, design(y.size), method)
    if alone is None or tau2 is None or alone.value == 0.0:
        return None
    return max(0.0, 100.0 * (alone.value - tau2.value) / alone.value)


def meta_regression(
    estimates: ArrayLike,
    variances: ArrayLike,
    moderators: Mapping[str, ArrayLike],
    **choices: Unpack[Choices],
) -> MetaRegression:
    r"""Regress study effects on study properties, with residual heterogeneity.

    .. math:: y_i = b_0 + \sum_j b_j x_{ij} + u_i + e_i, \quad u_i \sim N(0, \tau^2), \quad
              e_i \sim N(0, v_i)

    Parameters
    ----------
    estimates, variances
        Effects and their sampling variances, shape (k,).
    moderators
        Name and values, shape (k,), of each moderator.
    **choices
        `tau2_method`, `test`, `level` as in `pool`.

    Raises
    ------
    InputError
        as `pool` does; also when a moderator has another length, repeats others, or when there
        are not more studies than coefficients.

    Notes
    -----
    Associations across studies are not effects of the moderator within a person.
    """
    method = choices.get("tau2_method", "REML")
    test, level = choices.get("test", "knapp_hartung_guarded"), choices.get("level", 0.95)
    check_choices(method, test, level)
    y, v = checked_studies(estimates, variances)
    x = design(y.size, moderators)
    tau2, typical = _between(y, v, x, method), typical_variance(v, x)
    between = tau2.value if tau2 else 0.0
    fit, qe = weighted_fit(y, v + between, x), weighted_fit(y, v, x).q
    k, df = y.size, y.size - x.shape[1]
    scale = residual_scale(fit, test)
    qm, qm_p = _omnibus(fit, scale, test)
    names = ["intercept", *moderators]
    return MetaRegression(
        coefficients=_coefficients(names, fit, scale, None if test == "z" else df, level),
        tau2=between,
        tau2_se=tau2.se if tau2 else None,
        tau2_method=method,
        qm=qm,
        qm_df=x.shape[1] - 1,
        qm_p=p_unless_few(qm_p, k),
        qe=qe,
        qe_df=df,
        qe_p=p_unless_few(chi2_upper(qe, df), k),
        r2=_explained(y, v, tau2, method),
        i2=i2_from_tau2(between, typical),
        h2=h2_from_tau2(between, typical),
        k=k,
        test=test,
        level=level,
    )
