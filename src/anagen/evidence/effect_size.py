"""Effect sizes: what one study says, as an estimate and its sampling variance.

A positive value means more in the active arm than in the control arm, or more after than before.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from anagen.errors import InputError, unknown_word


def finite(field: str, value: float) -> float:
    """Return the value if it is a finite number; InputError otherwise."""
    if not math.isfinite(value):
        raise InputError(f"{value} was given; a finite number is needed", field=field)
    return value


def check_spread(field: str, sd: float, n: int) -> None:
    """Raise InputError unless 0 <= sd < infinity and n >= 2."""
    if finite(field, sd) < 0:
        raise InputError(f"{sd:g} was given; a standard deviation is not negative", field=field)
    if n < 2:
        raise InputError(f"{n} was given; a spread needs 2 people or more", field="n")


def check_correlation(correlation: float) -> None:
    """Raise InputError unless -1 <= correlation <= 1."""
    if not -1.0 <= correlation <= 1.0:
        raise InputError(f"{correlation} was given; allowed: -1 to 1", field="correlation")


@dataclass(frozen=True)
class Effect:
    """What one study says.

    Attributes
    ----------
    estimate
        Effect, in the unit of the measure.
    variance
        Sampling variance, in that unit squared.
    measure
        Such as "mean_difference" or "log_risk_ratio".
    method
        How estimate and variance were obtained, in a few words.
    """

    estimate: float
    variance: float
    measure: str
    method: str


@dataclass(frozen=True)
class Group:
    """Mean and standard deviation of one arm of `n` people, in the unit of the outcome."""

    mean: float
    sd: float
    n: int

    def __post_init__(self) -> None:
        finite("mean", self.mean)
        check_spread("sd", self.sd, self.n)


@dataclass(frozen=True)
class Paired:
    """The same `n` people before and after, with the correlation of the two readings."""

    mean_before: float
    sd_before: float
    mean_after: float
    sd_after: float
    n: int
    correlation: float

    def __post_init__(self) -> None:
        finite("mean_before", self.mean_before)
        finite("mean_after", self.mean_after)
        check_spread("sd_before", self.sd_before, self.n)
        check_spread("sd_after", self.sd_after, self.n)
        check_correlation(self.correlation)


@dataclass(frozen=True)
class Events:
    """People with the event among `n`; counts may be fractions after adding to empty cells."""

    events: float
    n: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.n) and self.n >= 1):
            raise InputError(f"{self.n} was given; 1 or more is needed", field="n")
        if not 0 <= self.events <= self.n:
            raise InputError(f"{self.events:g} of {self.n:g} was given; allowed: 0 to {self.n:g}",
                             field="events")  # fmt: skip


def _pooled_variance(active: Group, control: Group) -> float:
    df1, df2 = active.n - 1, control.n - 1
    return (df1 * active.sd**2 + df2 * control.sd**2) / (df1 + df2)


def mean_difference(
    active: Group, control: Group, variances: Literal["separate", "pooled"] = "separate"
) -> Effect:
    r"""Difference of two means, active minus control.

    .. math:: y = m_1 - m_2, \quad v = \frac{s_1^2}{n_1} + \frac{s_2^2}{n_2}

    or, pooled, :math:`v = s_p^2 (1/n_1 + 1/n_2)`, which supposes one spread in both arms.

    Parameters
    ----------
    active, control
        The two arms, in the same unit; levels or changes alike.
    variances
        "separate" or "pooled".

    Raises
    ------
    InputError
        another word, or no spread in either arm.
    """
    n1, n2 = active.n, control.n
    if variances == "separate":
        v = active.sd**2 / n1 + control.sd**2 / n2
    elif variances == "pooled":
        v = _pooled_variance(active, control) * (1.0 / n1 + 1.0 / n2)
    else:
        raise InputError(unknown_word("choice", variances, ("separate", "pooled")),
                         field="variances")  # fmt: skip
    if v == 0.0:
        raise InputError("neither arm has any spread: the variance would be 0", field="sd")
    return Effect(active.mean - control.mean, v, "mean_difference", f"{variances} variances")


def small_sample_factor(df: int) -> float:
    r"""Exact factor that removes the bias of a standardised difference (Hedges 1981).

    .. math:: J(m) = \frac{\Gamma(m/2)}{\sqrt{m/2}\, \Gamma((m-1)/2)} \approx 1 - \frac{3}{4m-1}

    Raises
    ------
    InputError
        fewer than two degrees of freedom.
    """
    if df < 2:
        raise InputError(f"{df} degrees of freedom; the correction needs 2 or more", field="n")
    log_j = math.lgamma(df / 2.0) - math.lgamma((df - 1) / 2.0) - 0.5 * math.log(df / 2.0)
    return math.exp(log_j)


def _positive_sd(field: str, sd: float) -> float:
    if sd == 0.0:
        raise InputError("0 was given; an effect cannot be standardised by it", field=field)
    return sd


def hedges_g(active: Group, control: Group) -> Effect:
    r"""Bias-corrected standardised mean difference (Hedges 1981).

    .. math:: g = J(n_1 + n_2 - 2)\, \frac{m_1 - m_2}{s_p}, \quad
              v = \frac{1}{n_1} + \frac{1}{n_2} + \frac{g^2}{2 (n_1 + n_2)}

    The variance is the large-sample one (Hedges & Olkin 1985). In units of a standard deviation:
    for outcomes on different scales only.
    """
    total = active.n + control.n
    sd = _positive_sd("sd", math.sqrt(_pooled_variance(active, control)))
    g = small_sample_factor(total - 2) * (active.mean - control.mean) / sd
    v = 1.0 / active.n + 1.0 / control.n + g**2 / (2.0 * total)
    return Effect(g, v, "hedges_g", "exact small-sample factor, large-sample variance")


def sd_of_change(sd_before: float, sd_after: float, correlation: float) -> float:
    r"""Spread of the difference of two correlated readings.

    .. math:: s_\Delta = \sqrt{s_1^2 + s_2^2 - 2 r s_1 s_2}

    Raises
    ------
    InputError
        a negative standard deviation, or a correlation outside -1 to 1.
    """
    check_spread("sd_before", sd_before, 2)
    check_spread("sd_after", sd_after, 2)
    check_correlation(correlation)
    square = sd_before**2 + sd_after**2 - 2.0 * correlation * sd_before * sd_after
    return math.sqrt(max(0.0, square))


def _sd_change(pair: Paired) -> float:
    sd = sd_of_change(pair.sd_before, pair.sd_after, pair.correlation)
    if sd == 0.0:
        raise InputError("the change has no spread: the variance would be 0", field="sd_after")
    return sd


def mean_change(pair: Paired) -> Effect:
    r"""Mean change from before to after.

    .. math:: y = m_2 - m_1, \quad v = s_\Delta^2 / n
    """
    v = _sd_change(pair) ** 2 / pair.n
    return Effect(pair.mean_after - pair.mean_before, v, "mean_change", "paired")


def standardised_mean_change_raw(pair: Paired) -> Effect:
    r"""Change in units of the spread before (SMCR; Becker 1988, Morris & DeShon 2002).

    .. math:: y = J(n-1)\, \frac{m_2 - m_1}{s_1}, \quad
              v = \frac{2 (1 - r)}{n} + \frac{y^2}{2 n}

    This is the variance of metafor up to 3.8; later versions changed the definition, so values
    from different versions must not be mixed.
    """
    change = pair.mean_after - pair.mean_before
    y = small_sample_factor(pair.n - 1) * change / _positive_sd("sd_before", pair.sd_before)
    v = 2.0 * (1.0 - pair.correlation) / pair.n + y**2 / (2.0 * pair.n)
    if v == 0.0:
        raise InputError("a correlation of 1 leaves no variance", field="correlation")
    return Effect(y, v, "standardised_mean_change_raw", "variance as in metafor 3.8")


def standardised_mean_change_change(pair: Paired) -> Effect:
    r"""Change in units of the spread of the change (SMCC; Gibbons, Hedeker & Davis 1993).

    .. math:: y = J(n-1)\, \frac{m_2 - m_1}{s_\Delta}, \quad v = \frac{1}{n} + \frac{y^2}{2 n}
    """
    y = small_sample_factor(pair.n - 1) * (pair.mean_after - pair.mean_before) / _sd_change(pair)
    v = 1.0 / pair.n + y**2 / (2.0 * pair.n)
    return Effect(y, v, "standardised_mean_change_change", "large-sample variance")


def log_ratio_of_means_change(pair: Paired) -> Effect:
    r"""Log of mean after over mean before (ROMC; Lajeunesse 2011).

    .. math:: y = \ln\frac{m_2}{m_1}, \quad
              v = \frac{s_1^2}{n m_1^2} + \frac{s_2^2}{n m_2^2} - \frac{2 r s_1 s_2}{n m_1 m_2}

    Raises
    ------
    InputError
        means that are not both positive, or a change without spread.
    """
    m1, m2 = pair.mean_before, pair.mean_after
    if m1 <= 0 or m2 <= 0:
        raise InputError(f"means {m1:g} and {m2:g}; a ratio needs both above 0", field="mean_after")
    spread = sd_of_change(pair.sd_before / m1, pair.sd_after / m2, pair.correlation)
    if spread == 0.0:
        raise InputError("the change has no spread: the variance would be 0", field="sd_after")
    return Effect(math.log(m2 / m1), spread**2 / pair.n, "log_ratio_of_means_change", "delta")


def _four_cells(active: Events, control: Events, add: float) -> tuple[Events, Events, str]:
    """Both arms, with `add` in every cell when one is empty."""
    cells = (active.events, active.n - active.events, control.events, control.n - control.events)
    if min(cells) > 0:
        return active, control, "no empty cell"
    a, c = (Events(arm.events + add, arm.n + 2 * add) for arm in (active, control))
    return a, c, f"{add:g} added to every cell because one is empty"


def _checked_variance(variance: float) -> float:
    if not 0.0 < variance < math.inf:
        raise InputError("an empty cell leaves no finite variance; add 0.5 or pool with `sparse`",
                         field="events")  # fmt: skip
    return variance


def _inverse(value: float) -> float:
    return 1.0 / value if value > 0 else math.inf


def log_risk_ratio(active: Events, control: Events, add: float = 0.5) -> Effect:
    r"""Log risk ratio.

    .. math:: y = \ln\frac{a / n_1}{c / n_2}, \quad
              v = \frac1a - \frac1{n_1} + \frac1c - \frac1{n_2}

    Parameters
    ----------
    active, control
        The two arms.
    add
        Added to all four cells if one is empty.

    Raises
    ------
    InputError
        an empty cell with `add` = 0.
    """
    one, two, method = _four_cells(active, control, add)
    v = _inverse(one.events) - 1.0 / one.n + _inverse(two.events) - 1.0 / two.n
    _checked_variance(v)
    y = math.log(one.events / one.n) - math.log(two.events / two.n)
    return Effect(y, v, "log_risk_ratio", method)


def log_odds_ratio(active: Events, control: Events, add: float = 0.5) -> Effect:
    r"""Log odds ratio.

    .. math:: y = \ln\frac{a d}{b c}, \quad v = \frac1a + \frac1b + \frac1c + \frac1d

    with a, c the events and b, d the others of the active and control arm. `add` and errors as in
    `log_risk_ratio`.
    """
    one, two, method = _four_cells(active, control, add)
    a, b, c, d = one.events, one.n - one.events, two.events, two.n - two.events
    v = _checked_variance(_inverse(a) + _inverse(b) + _inverse(c) + _inverse(d))
    return Effect(math.log(a) - math.log(b) - math.log(c) + math.log(d), v, "log_odds_ratio",
                  method)  # fmt: skip


def risk_difference(active: Events, control: Events, add: float = 0.5) -> Effect:
    r"""Difference of two risks, as a fraction.

    .. math:: y = p_1 - p_2, \quad v = \frac{p_1 (1 - p_1)}{n_1} + \frac{p_2 (1 - p_2)}{n_2}

    `add` and errors as in `log_risk_ratio`.
    """
    one, two, method = _four_cells(active, control, add)
    p1, p2 = one.events / one.n, two.events / two.n
    v = _checked_variance(p1 * (1.0 - p1) / one.n + p2 * (1.0 - p2) / two.n)
    return Effect(p1 - p2, v, "risk_difference", method)
