"""Ordered ratings, such as a global assessment from -3 to 3: ranks and proportional odds."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from anagen.errors import InputError
from anagen.evidence.distributions import checked_level, normal_quantile
from anagen.trial.statistics.comparison import observed
from anagen.trial.statistics.estimate import Estimate, Floats, estimate_of

GLOBAL_ASSESSMENT = (-3, -2, -1, 0, 1, 2, 3)
"""Greatly decreased to greatly increased, beside a photograph of the baseline."""


@dataclass(frozen=True, kw_only=True)
class RankComparison:
    """Two arms compared by ranks.

    ``superiority``: the chance that one of arm a is rated above one of arm b, ties counted half
    (0.5: no difference), with its interval; ``p`` two-sided, by the rank-sum test; ``people`` rated
    in either arm.
    """

    superiority: float
    low: float
    high: float
    p: float
    people: tuple[int, int]
    level: float = 0.95


def superiority_interval(theta: float, m: int, n: int, level: float = 0.95) -> tuple[float, float]:
    r"""Interval of a probability of superiority from its score equation.

    .. math:: |\hat\theta - \theta| = z \sqrt{V(\theta)}, \quad V(\theta) =
              \frac{\theta (1 - \theta)}{m n} \left[1 + N \left(\frac{1 - \theta}{2 - \theta}
              + \frac{\theta}{1 + \theta}\right)\right], \quad N = \frac{m + n}{2} - 1

    ``theta`` $\hat\theta$, 0 to 1, of arms of ``m`` and ``n`` people. Holds for separated arms
    also, where a variance from the ranks would be 0; with many ties it is somewhat wide. Method 5
    of Newcombe 2006, DOI 10.1002/sim.2324 (from memory).
    """
    from scipy.optimize import brentq

    z, size = normal_quantile(0.5 + 0.5 * checked_level(level)), (m + n) / 2 - 1

    def excess(t: float) -> float:
        spread = t * (1 - t) / (m * n) * (1 + size * ((1 - t) / (2 - t) + t / (1 + t)))
        return (theta - t) ** 2 - z * z * spread

    edge = 1e-9  # 0 and 1 solve the equation of arms that are separated, but say nothing
    low = float(brentq(excess, 0.0, min(theta, 1 - edge), xtol=1e-12)) if theta > 0 else 0.0
    high = float(brentq(excess, max(theta, edge), 1.0, xtol=1e-12)) if theta < 1 else 1.0
    return low, high


def rank_sum(a: ArrayLike, b: ArrayLike, *, level: float = 0.95) -> RankComparison:
    """Compare two arms by the Wilcoxon-Mann-Whitney test, with ties, and by their overlap.

    ``a`` and ``b`` (n,) ratings, NaN left out. p from the normal law with the variance of tied
    ranks and a continuity correction; it tests that both arms have one law, whereas the interval is
    of the overlap. Where all ratings are the same p is 1. Raises InputError for fewer than two
    rated in an arm.
    """
    from scipy.stats import mannwhitneyu

    x, y = observed(a, "a"), observed(b, "b")
    m, n = len(x), len(y)
    if np.ptp(np.concatenate((x, y))) == 0:
        theta, p = 0.5, 1.0
    else:
        found = mannwhitneyu(x, y, method="asymptotic")
        theta, p = float(found.statistic) / (m * n), float(found.pvalue)
    low, high = superiority_interval(theta, m, n, level)
    return RankComparison(superiority=theta, low=low, high=high, p=p, people=(m, n), level=level)


@dataclass(frozen=True, kw_only=True)
class ProportionalOdds:
    """A common odds ratio over all cuts of a scale.

    ``log_odds_ratio``: of a rating above any cut, arm a against arm b; None where it has no finite
    estimate, and ``note`` says why. ``empty``: ratings that nobody has; they carry no information
    and are left out.
    """

    log_odds_ratio: Estimate | None
    converged: bool
    empty: tuple[int, ...]
    note: str


def proportional_odds(
    a: ArrayLike, b: ArrayLike, *, scale: tuple[int, ...] = GLOBAL_ASSESSMENT, level: float = 0.95
) -> ProportionalOdds:
    r"""Fit the proportional-odds model by maximum likelihood.

    .. math:: \mathrm{logit}\, P(Y > c) = \kappa_c + \beta\,[\text{arm a}]

    for every cut $c$ of the ``scale`` (McCullagh 1980, from memory); Wald interval of the normal
    law. ``a`` and ``b`` (n,) ratings, NaN left out.

    Raises
    ------
    InputError
        fewer than two rated in an arm, or a rating outside the scale.
    """
    x, y = observed(a, "a"), observed(b, "b")
    ratings = np.concatenate((x, y))
    if not np.isin(ratings, scale).all():
        raise InputError(f"allowed: {', '.join(map(str, scale))}, or NaN", field="rating")
    empty = tuple(s for s in scale if s not in ratings)
    if x.min() >= y.max() or y.min() >= x.max():
        same = "all ratings are the same" if np.ptp(ratings) == 0 else "the arms do not overlap"
        return ProportionalOdds(
            log_odds_ratio=None, converged=False, empty=empty,
            note=f"{same}: the odds ratio has no finite estimate",
        )  # fmt: skip
    value, se, converged = _fitted(ratings, np.repeat([1.0, 0.0], [len(x), len(y)]))
    notes = [f"nobody was rated {', '.join(map(str, empty))}"] if empty else []
    if not converged:
        notes.append("the likelihood did not converge")
    return ProportionalOdds(
        log_odds_ratio=estimate_of(value, se, np.inf, level) if converged else None,
        converged=converged, empty=empty, note="; ".join(notes),
    )  # fmt: skip


def _fitted(ratings: Floats, arm: Floats) -> tuple[float, float, bool]:
    """Log odds ratio, its standard error, and whether the climb ended at a maximum."""
    from statsmodels.miscmodels.ordinal_model import OrderedModel

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # said by ``converged``
        fit = OrderedModel(ratings, arm[:, None], distr="logit").fit(method="bfgs", disp=False)
    value, se = float(fit.params[0]), float(fit.bse[0])
    return value, se, bool(fit.mle_retvals["converged"]) and bool(np.isfinite(se)) and se > 0
