"""Designs in which a person is their own control: split-scalp and the two-period crossover."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from anagen.errors import InputError
from anagen.trial.statistics.comparison import ROUNDING, floats, labels, observed, t_test
from anagen.trial.statistics.estimate import Estimate, Floats, NotEstimableError, estimate_of


def _sides(a: ArrayLike, b: ArrayLike) -> tuple[Floats, Floats]:
    """Both sides of every head, (n,) each, NaN in both where either is missing."""
    x, y = floats(a, "a"), floats(b, "b")
    if x.shape != y.shape:
        raise InputError(f"{len(x)} values of one side and {len(y)} of the other; give both sides "
                         "of every head, NaN where missing", field="b")  # fmt: skip
    either = np.isnan(x) | np.isnan(y)
    return np.where(either, np.nan, x), np.where(either, np.nan, y)


def heads_left_out(a: ArrayLike, b: ArrayLike) -> int:
    """How many heads lack a side, and so say nothing about the difference."""
    return int(np.isnan(_sides(a, b)[0]).sum())


def paired_t_test(a: ArrayLike, b: ArrayLike, *, level: float = 0.95) -> Estimate:
    r"""Difference between the two sides of a head, a - b, by the paired t test.

    .. math:: \mathrm{se} = s_d / \sqrt n, \quad \nu = n - 1, \quad d = a - b

    ``a`` and ``b`` (n,) in the unit of the endpoint, a head per entry, with NaN in either side left
    out (count them by `heads_left_out`). The interval is one of within-person differences, as the
    CONSORT extension for within-person trials asks (Pandis et al. 2017, DOI 10.1136/bmj.j2835). A
    treatment that spreads to the other side makes the difference too small; nothing here mends it.

    Raises
    ------
    InputError
        sides of unequal number, fewer than two whole heads, or differences that are all the same.
    """
    x, y = _sides(a, b)
    d = observed(x - y, "heads")
    if np.ptp(d) == 0:
        raise NotEstimableError("the difference is the same on every head; no variance to test by")
    return estimate_of(float(d.mean()), float(d.std(ddof=1)) / len(d) ** 0.5, len(d) - 1, level)


def paired_ancova(
    a: ArrayLike, b: ArrayLike, baseline_a: ArrayLike, baseline_b: ArrayLike, *,
    level: float = 0.95,
) -> Estimate:  # fmt: skip
    r"""Difference between the sides of a head where both sides began alike.

    .. math:: a_i - b_i = \theta + \beta\,(x_{ai} - x_{bi}) + e_i, \quad \nu = n - 2

    The difference of the sides is regressed on that of their baselines, and :math:`\theta` is read
    where the baselines do not differ. Values and changes from baseline give the same. Analysis of
    covariance for pairs: Senn 2006, DOI 10.1002/sim.2682, and Kenward & Roger 2010, DOI
    10.1093/biostatistics/kxp046 (both from memory). All arguments (n,), in one unit.

    Raises
    ------
    InputError
        as `paired_t_test`, fewer than three whole heads, baselines that differ by the same on
        every head, and a regression that leaves no variance.
    """
    (x, y), (bx, by) = _sides(a, b), _sides(baseline_a, baseline_b)
    if len(bx) != len(x):
        raise InputError(f"{len(bx)} baselines for {len(x)} heads", field="baseline_a")
    d, z = x - y, bx - by
    seen = ~np.isnan(d + z)
    d, z = d[seen], z[seen]
    if len(d) < 3:
        raise NotEstimableError(f"{len(d)} whole heads; a slope needs three or more", field="heads")
    about = z - z.mean()
    if np.ptp(z) == 0:
        raise NotEstimableError(
            "baselines differ by the same on every head; use the paired t test", field="baseline_a"
        )
    slope = float(about @ d / (about @ about))
    residual = d - d.mean() - slope * about
    variance = float(residual @ residual) / (len(d) - 2)
    if variance <= ROUNDING * float(d @ d):
        raise NotEstimableError("the baselines explain every difference; no variance to test by")
    se = (variance * (1 / len(d) + z.mean() ** 2 / float(about @ about))) ** 0.5
    return estimate_of(float(d.mean() - slope * z.mean()), float(se), len(d) - 2, level)


@dataclass(frozen=True, kw_only=True)
class Correlation:
    """Correlation of the two sides of a head with its interval; ``heads`` with both sides."""

    estimate: float
    low: float
    high: float
    heads: int
    level: float = 0.95


def within_person_correlation(a: ArrayLike, b: ArrayLike, *, level: float = 0.95) -> Correlation:
    """Pearson's correlation of the sides, with Fisher's interval.

    It is what makes a split-scalp trial small: the variance of a difference is
    s_a^2 + s_b^2 - 2 r s_a s_b. ``a`` and ``b`` (n,). Raises InputError for fewer than four whole
    heads or a side without variance.
    """
    from scipy.stats import pearsonr

    x, y = _sides(a, b)
    x, y = x[~np.isnan(x)], y[~np.isnan(y)]
    if len(x) < 4:
        raise NotEstimableError(
            f"{len(x)} whole heads; an interval of a correlation needs four or more"
        )
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        raise NotEstimableError("a side without variance has no correlation with the other")
    found = pearsonr(x, y)
    low, high = found.confidence_interval(level)
    return Correlation(
        estimate=float(found.statistic), low=float(low), high=float(high), heads=len(x), level=level
    )


@dataclass(frozen=True, kw_only=True)
class Crossover:
    """A two-period crossover AB/BA, all in the endpoint's unit.

    ``effect``: A minus B, free of a period effect; ``period``: first minus second period;
    ``carry_over``: what A leaves behind in the second period minus what B does. ``people`` (2,)
    with both periods by sequence, ``left_out`` (2,) with one period or none.
    """

    effect: Estimate
    period: Estimate
    carry_over: Estimate
    people: tuple[int, int]
    left_out: tuple[int, int]


def crossover(
    first: ArrayLike, second: ArrayLike, sequence: ArrayLike, *, level: float = 0.95
) -> Crossover:
    r"""Analyse a crossover by within-person differences (Hills & Armitage 1979, from memory).

    With $d = y_1 - y_2$ and $t = y_1 + y_2$ of each person, by sequence AB and BA:

    .. math:: A - B = \tfrac12 (\bar d_{AB} - \bar d_{BA}), \quad
              \pi_1 - \pi_2 = \tfrac12 (\bar d_{AB} + \bar d_{BA}), \quad
              \lambda_A - \lambda_B = \bar t_{AB} - \bar t_{BA}

    each by a t test of two samples with one variance. Carry-over biases A - B by
    $-\tfrac12 (\lambda_A - \lambda_B)$. Its own test rests on differences between people and so has
    little power; it is not used to choose an analysis, since that two-stage choice breaks the type
    I error (Freeman 1989, from memory): the washout has to be long enough by design. People without
    a second period are left out.

    ``first`` and ``second`` (n,), ``sequence`` (n,): 0 for AB, 1 for BA.

    Raises
    ------
    InputError
        periods of unequal length, another sequence, fewer than two people with both periods in a
        sequence, or no variance.
    """
    y1, y2 = _sides(first, second)
    order = labels(sequence, "sequence", len(y1))
    if order.max() > 1:
        raise InputError(f"{order.max()} was given; allowed: 0 for AB and 1 for BA",
                         field="sequence")  # fmt: skip
    d = [observed((y1 - y2)[order == s], name) for s, name in enumerate(("AB", "BA"))]
    total = [(y1 + y2)[order == s] for s in (0, 1)]
    difference, mirrored = t_test(d[0], d[1], level=level), t_test(d[0], -d[1], level=level)
    people = len(d[0]), len(d[1])
    return Crossover(
        effect=_halved(difference), period=_halved(mirrored),
        carry_over=t_test(total[0], total[1], level=level), people=people,
        left_out=(len(total[0]) - people[0], len(total[1]) - people[1]),
    )  # fmt: skip


def _halved(e: Estimate) -> Estimate:
    return estimate_of(e.estimate / 2, e.se / 2, e.df, e.level)


def mcnemar(a: ArrayLike, b: ArrayLike) -> float:
    """Two-sided p of paired answers, 1 or 0: the exact test of those that differ (McNemar 1947).

    ``a`` and ``b`` (n,), pairs with a NaN left out; 1 where no pair differs.
    """
    from scipy.stats import binomtest

    x, y = _sides(a, b)
    more, fewer = int(np.sum(x > y)), int(np.sum(x < y))
    return float(binomtest(more, more + fewer).pvalue) if more + fewer else 1.0


def signed_rank_p(a: ArrayLike, b: ArrayLike) -> float:
    """Two-sided p of paired ratings by Wilcoxon's signed ranks (1945), ties by the normal law.

    ``a`` and ``b`` (n,), pairs with a NaN left out; 1 where no pair differs, NaN without pairs.
    """
    from scipy.stats import wilcoxon

    x, y = _sides(a, b)
    d = (x - y)[~np.isnan(x)]
    if not d.size:
        return math.nan
    if not np.any(d):
        return 1.0
    return float(wilcoxon(d, zero_method="wilcox", correction=True, method="asymptotic").pvalue)
