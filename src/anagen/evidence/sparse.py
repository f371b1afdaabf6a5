"""Pool rare events without empty-cell corrections: Mantel-Haenszel and Peto.

Both add up over studies before dividing, so a study with an empty cell needs no added half.
A study without any event carries no information on a ratio and drops out by itself.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from anagen.errors import InputError, unknown_word
from anagen.evidence.distributions import chi2_upper, critical_value, two_sided_p
from anagen.evidence.least_squares import Floats
from anagen.evidence.meta_analysis import Interval, around, p_unless_few, ratio


@dataclass(frozen=True)
class FourFold:
    """Events and participants of both arms of `k` studies, each of shape (k,).

    Raises
    ------
    InputError
        lengths that differ, no study, a count below zero or above its number of participants.
    """

    events_active: ArrayLike
    n_active: ArrayLike
    events_control: ArrayLike
    n_control: ArrayLike

    def __post_init__(self) -> None:
        a, n1, c, n2 = self.arrays()
        if not a.size or len({part.size for part in (a, n1, c, n2)}) > 1:
            raise InputError("give events and participants of both arms, one each per study")
        for events, n, arm in ((a, n1, "active"), (c, n2, "control")):
            if not (np.isfinite(n).all() and (n >= 1).all()):
                raise InputError("participants must be 1 or more", field=f"n_{arm}")
            if not ((events >= 0) & (events <= n)).all():
                raise InputError("events must lie between 0 and the number of participants",
                                 field=f"events_{arm}")  # fmt: skip

    def arrays(self) -> tuple[Floats, Floats, Floats, Floats]:
        """Events and participants, active arm first, as arrays."""
        a, n1, c, n2 = (
            np.atleast_1d(np.asarray(part, dtype=np.float64))
            for part in (self.events_active, self.n_active, self.events_control, self.n_control)
        )
        return a, n1, c, n2


@dataclass(frozen=True)
class SparsePooled:
    """Pooled effect of rare events under one common effect.

    Attributes
    ----------
    measure, method
        "log_risk_ratio", "log_odds_ratio" or "risk_difference"; "mantel_haenszel" or "peto".
    k
        Studies that carry information.
    estimate, se, interval, level
        Effect (log scale for ratios), standard error, z interval.
    statistic, p
        z test of no effect; `p` is None for three or fewer informative studies.
    q, q_df, q_p
        Heterogeneity; Peto only, None otherwise.
    """

    measure: str
    method: str
    k: int
    estimate: float
    se: float
    interval: Interval
    level: float
    statistic: float
    p: float | None
    q: float | None = None
    q_df: int | None = None
    q_p: float | None = None


def _result(
    label: tuple[str, str], k: int, estimate: float, se: float, level: float
) -> SparsePooled:
    statistic = ratio(estimate, se)
    return SparsePooled(
        measure=label[0],
        method=label[1],
        k=k,
        estimate=estimate,
        se=se,
        interval=around(estimate, critical_value(level) * se),
        level=level,
        statistic=statistic,
        p=p_unless_few(two_sided_p(statistic), k),
    )


def _log_ratio(numerator: float, denominator: float) -> float:
    if numerator <= 0 or denominator <= 0:
        raise InputError("no event in one arm of all studies: a ratio cannot be estimated; "
                         "use the risk difference")  # fmt: skip
    return math.log(numerator / denominator)


def _risk_ratio(a: Floats, n1: Floats, c: Floats, n2: Floats) -> tuple[float, float]:
    r"""Variance of Greenland & Robins (1985)."""
    n = n1 + n2
    r, s = float((a * n2 / n).sum()), float((c * n1 / n).sum())
    log_ratio = _log_ratio(r, s)
    variance = float(((n1 * n2 * (a + c) - a * c * n) / n**2).sum()) / (r * s)
    return log_ratio, variance


def _odds_ratio(a: Floats, n1: Floats, c: Floats, n2: Floats) -> tuple[float, float]:
    r"""Variance of Robins, Breslow & Greenland (1986)."""
    n, b, d = n1 + n2, n1 - a, n2 - c
    r, s, p, q = a * d / n, b * c / n, (a + d) / n, (b + c) / n
    big_r, big_s = float(r.sum()), float(s.sum())
    log_ratio = _log_ratio(big_r, big_s)
    variance = 0.5 * (
        float((p * r).sum()) / big_r**2
        + float((p * s + q * r).sum()) / (big_r * big_s)
        + float((q * s).sum()) / big_s**2
    )
    return log_ratio, variance


def _risk_difference(a: Floats, n1: Floats, c: Floats, n2: Floats) -> tuple[float, float]:
    r"""Variance of Sato, Greenland & Robins (1989), consistent for sparse and for large studies."""
    n, weight = n1 + n2, n1 * n2 / (n1 + n2)
    total = float(weight.sum())
    difference = float(((a * n2 - c * n1) / n).sum()) / total
    p = (n1**2 * c - n2**2 * a + n1 * n2 * (n2 - n1) / 2.0) / n**2
    q = (a * (n2 - c) + c * (n1 - a)) / (2.0 * n)
    return difference, (difference * float(p.sum()) + float(q.sum())) / total**2


MEASURES: dict[str, Callable[[Floats, Floats, Floats, Floats], tuple[float, float]]] = {
    "log_risk_ratio": _risk_ratio,
    "log_odds_ratio": _odds_ratio,
    "risk_difference": _risk_difference,
}


def mantel_haenszel(
    studies: FourFold, measure: str = "log_risk_ratio", level: float = 0.95
) -> SparsePooled:
    r"""Pool by Mantel & Haenszel (1959), for example for the risk ratio.

    .. math:: RR = \frac{\sum a_i n_{2i} / N_i}{\sum c_i n_{1i} / N_i}

    with a, c the events and n1, n2 the participants of the active and control arm, N = n1 + n2.

    Parameters
    ----------
    studies
        Events and participants.
    measure
        "log_risk_ratio", "log_odds_ratio" or "risk_difference".
    level
        Confidence level.

    Raises
    ------
    InputError
        an unknown measure, or a ratio without any event in one arm.
    """
    if measure not in MEASURES:
        raise InputError(unknown_word("measure", measure, MEASURES), field="measure")
    a, n1, c, n2 = studies.arrays()
    estimate, variance = MEASURES[measure](a, n1, c, n2)
    informs = (a + c > 0) | (measure == "risk_difference")
    if measure == "log_odds_ratio":
        informs &= a + c < n1 + n2
    k = int(informs.sum())
    return _result((measure, "mantel_haenszel"), k, estimate, math.sqrt(variance), level)


def peto(studies: FourFold, level: float = 0.95) -> SparsePooled:
    r"""One-step log odds ratio, observed minus expected (Yusuf et al. 1985).

    .. math:: \ln OR = \frac{\sum (O_i - E_i)}{\sum V_i}, \quad E_i = \frac{n_{1i} m_i}{N_i}, \quad
              V_i = \frac{n_{1i} n_{2i} m_i (N_i - m_i)}{N_i^2 (N_i - 1)}

    with m the events of both arms. Good for rare events, small effects and balanced arms; biased
    otherwise.

    Raises
    ------
    InputError
        no event, or no non-event, in all studies together.
    """
    a, n1, c, n2 = studies.arrays()
    n, m = n1 + n2, a + c
    v = n1 * n2 * m * (n - m) / (n**2 * (n - 1.0))
    informs, total = v > 0, float(v.sum())
    if total == 0.0:
        raise InputError("no event, or nothing but events: an odds ratio cannot be estimated")
    z = (a - n1 * m / n)[informs]
    estimate, k = float(z.sum()) / total, int(informs.sum())
    pooled = _result(("log_odds_ratio", "peto"), k, estimate, total**-0.5, level)
    q = max(0.0, float((z**2 / v[informs]).sum()) - total * estimate**2)
    return replace(pooled, q=q, q_df=k - 1, q_p=p_unless_few(chi2_upper(q, k - 1), k))
