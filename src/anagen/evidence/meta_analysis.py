"""Pool one outcome over studies: common-effect and random-effects models with honest intervals."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypedDict, Unpack

import numpy as np
from numpy.typing import ArrayLike

from anagen.errors import InputError, unknown_word
from anagen.evidence.distributions import checked_level, chi2_upper, critical_value, two_sided_p
from anagen.evidence.heterogeneity import (
    TAU2_METHODS,
    Tau2,
    h2_from_tau2,
    i2_from_tau2,
    typical_variance,
)
from anagen.evidence.least_squares import Fit, Floats, checked_studies, design, weighted_fit

COMMON_EFFECT = "EE"
TESTS = ("z", "knapp_hartung", "knapp_hartung_guarded")
FEW = 3  # so few studies never get a bare p value

Interval = tuple[float, float]


class Choices(TypedDict, total=False):
    """How to pool, as `pool` takes it; what is left out stays at the defaults of `pool`."""

    tau2_method: str
    test: str
    level: float


@dataclass(frozen=True)
class Pooled:
    """One pooled effect with everything a reader needs to doubt it.

    Effects, standard errors and intervals are in the unit of the effect, tau2 in that unit
    squared, i2 in percent; weights sum to 1. None means: not defined for so few studies.

    Attributes
    ----------
    k
        Number of studies.
    estimate, se, interval
        Pooled effect, its standard error and confidence interval under `test`.
    test, statistic, df, p
        Test of no effect; `df` is None for z. `p` is None for three or fewer studies.
    tau2, tau2_se, tau2_method
        Between-study variance; None for a single study.
    i2, h2
        From tau2 (`heterogeneity.i2_from_tau2`); from Q for the common-effect model.
    q, q_df, q_p
        Cochran's Q. `q_p` is None for three or fewer studies.
    prediction_interval
        Where the true effect of a new study is expected; None for k < 3 or a common effect.
    weights
        Share of each study in the estimate.
    z_se, z_interval
        The plain normal-theory answer, printed beside whichever test was chosen.
    unguarded_se, unguarded_interval
        The plain Knapp-Hartung answer; None for a single study.
    guard_applied
        Whether the guard widened the Knapp-Hartung interval.
    level
        Confidence level of all intervals.
    """

    k: int
    estimate: float
    se: float
    interval: Interval
    test: str
    statistic: float
    df: int | None
    p: float | None
    tau2: float | None
    tau2_se: float | None
    tau2_method: str
    i2: float | None
    h2: float | None
    q: float
    q_df: int
    q_p: float | None
    prediction_interval: Interval | None
    weights: tuple[float, ...]
    z_se: float
    z_interval: Interval
    unguarded_se: float | None
    unguarded_interval: Interval | None
    guard_applied: bool
    level: float


def around(estimate: float, half_width: float) -> Interval:
    """Symmetric interval."""
    return estimate - half_width, estimate + half_width


def ratio(estimate: float, se: float) -> float:
    """Test statistic; infinite, or nan at zero, when the standard error vanishes."""
    return estimate / se if se > 0 else estimate * math.inf


def p_unless_few(p: float, k: int) -> float | None:
    """Return a p value only if it rests on more than three studies."""
    return p if k > FEW else None


def residual_scale(fit: Fit, test: str) -> float:
    r"""Factor on the variances of the coefficients under the chosen test.

    .. math:: 1 \;\text{(z)}, \quad q = \frac{y'Py}{k - p} \;\text{(Knapp-Hartung)}, \quad
              \max(1, q) \;\text{(guarded)}

    Hartung & Knapp (2001), Sidik & Jonkman (2002). When the studies agree more than chance
    explains, q < 1 and the plain form is *narrower* than z; the guard forbids that.
    """
    if test == "z":
        return 1.0
    q = fit.q / (fit.projected.size - fit.coefficients.size)
    return q if test == "knapp_hartung" else max(1.0, q)


def check_choices(tau2_method: str, test: str, level: float) -> None:
    """Raise InputError for a word or a level that is not allowed."""
    if tau2_method not in TAU2_METHODS and tau2_method != COMMON_EFFECT:
        allowed = [*TAU2_METHODS, COMMON_EFFECT]
        raise InputError(unknown_word("tau2 method", tau2_method, allowed), field="tau2_method")
    if test not in TESTS:
        raise InputError(unknown_word("test", test, TESTS), field="test")
    checked_level(level)


def _single(y: Floats, v: Floats, tau2_method: str, level: float) -> Pooled:
    estimate, se = float(y[0]), float(np.sqrt(v[0]))
    interval = around(estimate, critical_value(level) * se)
    return Pooled(
        k=1, estimate=estimate, se=se, interval=interval, test="z", statistic=estimate / se,
        df=None, p=None, tau2=None, tau2_se=None, tau2_method=tau2_method, i2=None, h2=None,
        q=0.0, q_df=0, q_p=None, prediction_interval=None, weights=(1.0,), z_se=se,
        z_interval=interval, unguarded_se=None, unguarded_interval=None, guard_applied=False,
        level=level,
    )  # fmt: skip


def _share(y: Floats, v: Floats, tau2: Tau2 | None, q: float) -> tuple[float, float]:
    """Return I2 in percent and H2: from tau2, or from Q under a common effect."""
    if tau2 is None:
        h2 = q / (y.size - 1)
        return (100.0 * max(0.0, 1.0 - 1.0 / h2) if h2 > 0 else 0.0), h2
    typical = typical_variance(v, design(y.size))
    return i2_from_tau2(tau2.value, typical), h2_from_tau2(tau2.value, typical)


def pool(
    estimates: ArrayLike,
    variances: ArrayLike,
    tau2_method: str = "REML",
    test: str = "knapp_hartung_guarded",
    level: float = 0.95,
) -> Pooled:
    r"""Inverse-variance pooled effect of `k` studies.

    .. math:: \hat\mu = \frac{\sum w_i y_i}{\sum w_i}, \quad w_i = \frac{1}{v_i + \tau^2}, \quad
              \mathrm{se} = \sqrt{\frac{s}{\sum w_i}}

    with s from `residual_scale`. The prediction interval is
    :math:`\hat\mu \pm c \sqrt{\tau^2 + \mathrm{se}^2}`, with c from the normal law under z and
    from t with k - 1 degrees of freedom otherwise (Higgins, Thompson & Spiegelhalter 2009 argue
    for k - 2; k - 1 keeps it consistent with the confidence interval).

    Parameters
    ----------
    estimates, variances
        Effects and their sampling variances, one per study, shape (k,).
    tau2_method
        A key of `TAU2_METHODS`, or "EE" for the common-effect model (tau2 = 0).
    test
        "z", "knapp_hartung" or "knapp_hartung_guarded".
    level
        Confidence level of every interval.

    Returns
    -------
    Pooled
        A single study is returned as it is, with a z interval.

    Raises
    ------
    InputError
        no study, unequal lengths, a value that is not finite, a variance that is not positive,
        an unknown method or test.
    """
    y, v = checked_studies(estimates, variances)
    check_choices(tau2_method, test, level)
    if y.size == 1:
        return _single(y, v, tau2_method, level)
    x, common = design(y.size), tau2_method == COMMON_EFFECT
    tau2 = None if common else TAU2_METHODS[tau2_method](y, v, x)
    between = tau2.value if tau2 else 0.0
    fit, q = weighted_fit(y, v + between, x), weighted_fit(y, v, x).q
    estimate, z_se, df = float(fit.coefficients[0]), float(fit.covariance[0, 0]) ** 0.5, y.size - 1
    z, t = critical_value(level), critical_value(level, df)
    critical = z if test == "z" else t
    se, plain = (residual_scale(fit, form) ** 0.5 * z_se for form in (test, "knapp_hartung"))
    statistic, test_df = ratio(estimate, se), None if test == "z" else df
    predicts = y.size >= FEW and not common
    i2, h2 = _share(y, v, tau2, q)
    weights = 1.0 / (v + between)
    return Pooled(
        k=y.size,
        estimate=estimate,
        se=se,
        interval=around(estimate, critical * se),
        test=test,
        statistic=statistic,
        df=test_df,
        p=p_unless_few(two_sided_p(statistic, test_df), y.size),
        tau2=between,
        tau2_se=tau2.se if tau2 else None,
        tau2_method=tau2_method,
        i2=i2,
        h2=h2,
        q=q,
        q_df=df,
        q_p=p_unless_few(chi2_upper(q, df), y.size),
        prediction_interval=around(estimate, critical * math.hypot(se, between**0.5))
        if predicts
        else None,
        weights=tuple((weights / weights.sum()).tolist()),
        z_se=z_se,
        z_interval=around(estimate, z * z_se),
        unguarded_se=plain,
        unguarded_interval=around(estimate, t * plain),
        guard_applied=test == "knapp_hartung_guarded" and plain < z_se,
        level=level,
    )


def pool_common_effect(estimates: ArrayLike, variances: ArrayLike, level: float = 0.95) -> Pooled:
    """Inverse-variance mean under one true effect for all studies, with a z interval."""
    return pool(estimates, variances, tau2_method=COMMON_EFFECT, test="z", level=level)


def leave_one_out(
    estimates: ArrayLike, variances: ArrayLike, **choices: Unpack[Choices]
) -> tuple[Pooled, ...]:
    """Pool again without each study in turn; entry i leaves study i out. Needs two studies."""
    y, v = checked_studies(estimates, variances)
    if y.size == 1:
        raise InputError("leaving the only study out leaves none", field="estimates")
    return tuple(pool(np.delete(y, i), np.delete(v, i), **choices) for i in range(y.size))


@dataclass(frozen=True)
class Shrunken:
    """Best linear unbiased prediction of one study's true effect, in the unit of the effect."""

    estimate: float
    se: float
    interval: Interval


def blups(
    estimates: ArrayLike, variances: ArrayLike, **choices: Unpack[Choices]
) -> tuple[Shrunken, ...]:
    r"""Each study's true effect, shrunken towards the pooled effect (Raudenbush & Bryk 1985).

    .. math:: \hat\theta_i = \lambda_i y_i + (1 - \lambda_i) \hat\mu, \quad
              \lambda_i = \frac{\tau^2}{\tau^2 + v_i}, \quad
              \mathrm{se}_i^2 = \lambda_i v_i + (1 - \lambda_i)^2\, \mathrm{se}(\hat\mu)^2

    Needs two studies or more: a single one has nothing to be shrunken towards.
    """
    y, v = checked_studies(estimates, variances)
    pooled = pool(y, v, **choices)
    if pooled.tau2 is None:
        raise InputError("a single study has no between-study variance", field="estimates")
    share = pooled.tau2 / (pooled.tau2 + v)
    theta = share * y + (1.0 - share) * pooled.estimate
    se = np.sqrt(share * v + (1.0 - share) ** 2 * pooled.se**2)
    critical = critical_value(pooled.level, pooled.df)
    return tuple(
        Shrunken(float(m), float(s), around(float(m), critical * float(s)))
        for m, s in zip(theta, se, strict=True)
    )


@dataclass(frozen=True)
class Subgroups:
    """Pooled effect of each group and the test that the groups share one effect.

    `q_between` is Cochran's Q over the pooled effects with their reported standard errors, each
    group keeping its own tau2. `p` is None for three or fewer studies in all, or one group.
    """

    groups: Mapping[str, Pooled]
    q_between: float
    df: int
    p: float | None


def subgroups(
    estimates: ArrayLike,
    variances: ArrayLike,
    groups: Sequence[str],
    **choices: Unpack[Choices],
) -> Subgroups:
    """Pool each group of studies by itself and test the groups against one another.

    Parameters
    ----------
    estimates, variances
        Effects and their sampling variances, shape (k,).
    groups
        Name of the group of each study, length k.

    Raises
    ------
    InputError
        as `pool` does, or when `groups` has another length.
    """
    y, v = checked_studies(estimates, variances)
    if len(groups) != y.size:
        raise InputError(f"{len(groups)} names for {y.size} studies", field="groups")
    labels = np.asarray(groups)
    found = {
        name: pool(y[labels == name], v[labels == name], **choices)
        for name in dict.fromkeys(groups)
    }
    effects = np.array([part.estimate for part in found.values()])
    errors = np.array([part.se for part in found.values()])
    df = len(found) - 1
    q = weighted_fit(effects, errors**2, np.ones((df + 1, 1))).q
    return Subgroups(found, q, df, p_unless_few(chi2_upper(q, df), y.size) if df else None)
