r"""Between-study variance: seven estimators, their standard errors, and how sure they are.

The model is :math:`y_i = x_i' b + u_i + e_i` with :math:`u_i \sim N(0, \tau^2)` and
:math:`e_i \sim N(0, v_i)`, the `v_i` taken as known. Every estimator takes estimates `y`,
variances `v` (shape (k,)) and a design matrix `x` (shape (k, p)), and cuts off at zero.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from anagen.errors import InputError
from anagen.evidence.distributions import checked_level, chi2_quantile
from anagen.evidence.least_squares import Fit, Floats, checked_studies, design, weighted_fit

_TOLERANCE = 1e-12  # relative; the estimators are asked for ten digits
_NOISE = 1e-10  # a likelihood is flat at its top: smaller losses are rounding, not descent
_MOST_STEPS = 1000


@dataclass(frozen=True)
class Tau2:
    """Between-study variance and its standard error, both in the unit of the effect squared."""

    value: float
    se: float


Estimator = Callable[[Floats, Floats, Floats], Tau2]


def _moment_estimator(y: Floats, v: Floats, x: Floats, weight_variance: Floats) -> Tau2:
    r"""Equate y'Py to its expectation tr(PV) + tau2 tr(P), with P of fixed weights.

    .. math:: \tau^2 = \frac{y'Py - tr(PV)}{tr(P)}, \quad
              \mathrm{se} = \frac{\sqrt{2\, tr[(P (V + \tau^2 I))^2]}}{tr(P)}
    """
    fit = weighted_fit(y, weight_variance, x)
    p, trace = fit.projection, float(np.trace(fit.projection))
    tau2 = max(0.0, (fit.q - float(np.diag(p) @ v)) / trace)
    return Tau2(tau2, float(np.sqrt(2.0 * _trace_of_square(p, v + tau2))) / trace)


def _trace_of_square(p: Floats, total: Floats) -> float:
    """Trace of (P D)^2 with D = diag(total)."""
    return float(total @ (p * p) @ total)


def dersimonian_laird(y: Floats, v: Floats, x: Floats) -> Tau2:
    """Moment estimator with the weights of the common-effect model (DerSimonian & Laird 1986)."""
    return _moment_estimator(y, v, x, v)


def hedges(y: Floats, v: Floats, x: Floats) -> Tau2:
    """Moment estimator with equal weights (Hedges & Olkin 1985), unbiased before the cut at 0."""
    return _moment_estimator(y, v, x, np.ones_like(v))


def sidik_jonkman(y: Floats, v: Floats, x: Floats) -> Tau2:
    r"""Two-step estimator that stays above zero (Sidik & Jonkman 2005).

    .. math:: \tau_0^2 = \tfrac{1}{k} \sum (y_i - \bar y)^2, \quad
              \tau^2 = \tau_0^2\, \frac{y'Py}{k - p}, \quad P \text{ of weights } 1/(v_i+\tau_0^2)
    """
    first = float(np.var(y))
    if first == 0.0:
        return Tau2(0.0, 0.0)
    fit = weighted_fit(y, v + first, x)
    scale = first / (y.size - x.shape[1])
    tau2 = scale * fit.q
    return Tau2(tau2, scale * float(np.sqrt(2.0 * _trace_of_square(fit.projection, v + tau2))))


def _log_likelihood(fit: Fit, total: Floats, restricted: bool) -> float:
    penalty = fit.log_determinant if restricted else 0.0
    return -0.5 * (float(np.log(total).sum()) + penalty + fit.q)


def _ascent(fit: Fit, total: Floats, restricted: bool) -> tuple[float, float]:
    """Newton step of the likelihood in tau2, and the expected information.

    Where the likelihood is not concave the step is one of Fisher scoring. Scoring alone can circle
    a flat top for ever.
    """
    kernel = fit.projection if restricted else np.diag(1.0 / total)
    expected = 0.5 * float((kernel * kernel).sum())
    score = 0.5 * (float(fit.projected @ fit.projected) - float(np.trace(kernel)))
    observed = float(fit.projected @ fit.projection @ fit.projected) - expected
    return score / (observed if observed > 0.0 else expected), expected


def _maximise(y: Floats, v: Floats, x: Floats, restricted: bool) -> Tau2:
    """Climb from the Hedges estimate; a step that lowers the likelihood is halved."""
    tau2, unit = hedges(y, v, x).value, float(v.mean())
    fit = weighted_fit(y, v + tau2, x)
    for _ in range(_MOST_STEPS):
        step, information = _ascent(fit, v + tau2, restricted)
        if abs(max(step, -tau2)) <= _TOLERANCE * (tau2 + unit):
            return Tau2(tau2, information**-0.5)
        floor = _log_likelihood(fit, v + tau2, restricted)
        floor -= _NOISE * (1.0 + abs(floor))
        before, tau2 = tau2, max(0.0, tau2 + step)
        fit = weighted_fit(y, v + tau2, x)
        while _log_likelihood(fit, v + tau2, restricted) < floor:
            tau2 = 0.5 * (tau2 + before)
            fit = weighted_fit(y, v + tau2, x)
    raise InputError("the likelihood did not converge; choose another tau2 method, such as PM")


def maximum_likelihood(y: Floats, v: Floats, x: Floats) -> Tau2:
    r"""Maximum likelihood; se from the expected information, :math:`\sqrt{2 / \sum w_i^2}`.

    Too small in few studies, because the fitted coefficients are taken as known (Viechtbauer 2005).
    """
    return _maximise(y, v, x, restricted=False)


def restricted_maximum_likelihood(y: Floats, v: Floats, x: Floats) -> Tau2:
    r"""Restricted maximum likelihood; se :math:`\sqrt{2 / tr(PP)}` (Viechtbauer 2005)."""
    return _maximise(y, v, x, restricted=True)


def generalised_q_root(y: Floats, v: Floats, x: Floats, target: float) -> float:
    r"""Find the tau2 at which the generalised Q statistic falls to a target; 0 if it starts below.

    .. math:: Q(\tau^2) = y'Py, \quad Q' = -y'PPy, \quad W = \mathrm{diag}(1 / (v_i + \tau^2))

    Q falls and is convex in tau2, so Newton's method from zero climbs to the root without ever
    passing it (DerSimonian & Kacker 2007).
    """
    tau2 = 0.0
    for _ in range(_MOST_STEPS):
        fit = weighted_fit(y, v + tau2, x)
        if fit.q <= target:
            return tau2
        step = (fit.q - target) / float(fit.projected @ fit.projected)
        tau2 += step
        if step <= _TOLERANCE * tau2:
            return tau2
    raise InputError("the generalised Q statistic did not converge; are the variances plausible?")


def paule_mandel(y: Floats, v: Floats, x: Floats) -> Tau2:
    r"""Root of Q(tau2) = k - p (Paule & Mandel 1982).

    .. math:: \mathrm{se} = \sqrt{\frac{2 k^2}{(k - p) (\sum w_i)^2}}, \quad w_i = 1/(v_i + \tau^2)
    """
    k, df = y.size, y.size - x.shape[1]
    tau2 = generalised_q_root(y, v, x, float(df))
    weight = float((1.0 / (v + tau2)).sum())
    return Tau2(tau2, k / weight * float(np.sqrt(2.0 / df)))


def empirical_bayes(y: Floats, v: Floats, x: Floats) -> Tau2:
    """Empirical Bayes estimator (Morris 1983): its fixed point is the Paule-Mandel root.

    The two differ in how they are iterated, not in where they end; printed values that differ
    in the fifth digit stopped early.
    """
    return paule_mandel(y, v, x)


TAU2_METHODS: dict[str, Estimator] = {
    "DL": dersimonian_laird,
    "HE": hedges,
    "SJ": sidik_jonkman,
    "ML": maximum_likelihood,
    "REML": restricted_maximum_likelihood,
    "EB": empirical_bayes,
    "PM": paule_mandel,
}


def typical_variance(v: Floats, x: Floats) -> float:
    """Within-study variance of a typical study, (k - p) / tr(P) at tau2 = 0 (Higgins 2002)."""
    p = weighted_fit(np.zeros_like(v), v, x).projection
    return float((v.size - x.shape[1]) / np.trace(p))


def i2_from_tau2(tau2: float, typical: float) -> float:
    r"""Share of the variance between studies, :math:`100\,\tau^2/(\tau^2+\tilde v)`, percent.

    This is the tau2-based form, which follows the chosen estimator; the Q-based form
    (Q - df)/Q equals it for DerSimonian-Laird only.
    """
    return 100.0 * tau2 / (tau2 + typical)


def h2_from_tau2(tau2: float, typical: float) -> float:
    r"""Total over sampling variance, :math:`1 + \tau^2/\tilde v`, dimensionless."""
    return 1.0 + tau2 / typical


@dataclass(frozen=True)
class HeterogeneityIntervals:
    """Confidence intervals of tau2 and of what follows from it; i2 in percent."""

    tau2: tuple[float, float]
    tau: tuple[float, float]
    i2: tuple[float, float]
    h2: tuple[float, float]


def q_profile(
    estimates: ArrayLike,
    variances: ArrayLike,
    moderators: Mapping[str, ArrayLike] | None = None,
    level: float = 0.95,
) -> HeterogeneityIntervals:
    r"""Interval of tau2 by inverting the generalised Q statistic (Viechtbauer 2007).

    .. math:: \{\tau^2 \ge 0 : \chi^2_{\alpha/2,\,k-p} \le Q(\tau^2) \le \chi^2_{1-\alpha/2,\,k-p}\}

    Parameters
    ----------
    estimates, variances
        Effects and their sampling variances, one per study, shape (k,), k > p.
    moderators
        Columns that explain part of the spread, if any.
    level
        Confidence level.

    Raises
    ------
    InputError
        as `checked_studies` and `design` do.

    Notes
    -----
    If even Q(0) lies below the lower quantile the set is empty: the studies agree more than
    chance explains. The interval (0, 0) is returned then.
    """
    y, v = checked_studies(estimates, variances)
    x = design(y.size, moderators)
    df, tail = y.size - x.shape[1], 0.5 - 0.5 * checked_level(level)
    low = generalised_q_root(y, v, x, chi2_quantile(1.0 - tail, df))
    high = generalised_q_root(y, v, x, chi2_quantile(tail, df))
    typical = typical_variance(v, x)
    return HeterogeneityIntervals(
        tau2=(low, high),
        tau=(low**0.5, high**0.5),
        i2=(i2_from_tau2(low, typical), i2_from_tau2(high, typical)),
        h2=(h2_from_tau2(low, typical), h2_from_tau2(high, typical)),
    )


def profile_likelihood(
    estimates: ArrayLike,
    variances: ArrayLike,
    restricted: bool = False,
    level: float = 0.95,
) -> tuple[float, float]:
    r"""Interval of tau2 by the likelihood ratio (Hardy & Thompson 1996).

    .. math:: \{\tau^2 \ge 0 : 2 [\ell(\hat\tau^2) - \ell(\tau^2)] \le \chi^2_{1,\,\mathrm{level}}\}

    Parameters
    ----------
    estimates, variances
        Effects and their sampling variances, one per study, shape (k,), k >= 2.
    restricted
        Whether the restricted likelihood is profiled.
    level
        Confidence level.

    Raises
    ------
    InputError
        as `checked_studies` and `design` do.
    """
    y, v = checked_studies(estimates, variances)
    x = design(y.size)
    best = _maximise(y, v, x, restricted).value

    def height(tau2: float) -> float:
        return _log_likelihood(weighted_fit(y, v + tau2, x), v + tau2, restricted)

    floor = height(best) - 0.5 * chi2_quantile(checked_level(level), 1)

    def excess(tau2: float) -> float:
        return floor - height(tau2)

    far = 2.0 * (best + float(v.max()))
    while excess(far) < 0.0:
        far *= 2.0
    low = 0.0 if excess(0.0) <= 0.0 else _bisect(excess, 0.0, best)
    return low, _bisect(excess, far, best)


def _bisect(excess: Callable[[float], float], outside: float, inside: float) -> float:
    """Find where a function turns from positive (outside) to not positive (inside)."""
    while abs(outside - inside) > _TOLERANCE * max(outside, inside):
        middle = 0.5 * (outside + inside)
        if middle in (outside, inside):
            break
        if excess(middle) > 0.0:
            outside = middle
        else:
            inside = middle
    return inside
