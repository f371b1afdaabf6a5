r"""What if those who left did worse: tipping point and reference-based multiple imputation.

The main analysis supposes that people who left go on as those of their own arm with the same
history (missing at random, MAR). Here that is bent. Neither completers nor the last observation
carried forward are offered: completers compare those who stayed, who are not the people that were
randomised, and a carried value supposes that hair stands still from the day a person leaves and
counts a guess as if it had been read.

Rubin's variance with a reference is anchored to the information that was lost: it does not fall
below that under MAR although the borrowed values vary less (Cro, Carpenter & Kenward 2019, DOI
10.1111/rssa.12423, from memory). Its tests are therefore conservative in the long run.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtrit

from anagen.errors import InputError, unknown_word
from anagen.trial.statistics.comparison import ancova_all, floats, labels
from anagen.trial.statistics.estimate import Estimate, Floats, Ints, NotEstimableError, estimate_of

Method = Literal["mar", "jump_to_reference", "copy_reference"]


def shifted(estimate: Estimate, share_missing: float, delta: float) -> Estimate:
    r"""A MAR estimate where those who left the active arm did worse by a fixed ``delta``.

    .. math:: \theta(\delta) = \theta + \delta \pi

    MAR fills a missing value by its expectation $m_i$; with delta it is $m_i + \delta$. The mean of
    the active arm then moves by $\delta$ times the share $\pi$ of its people who are missing at the
    visit, and the difference from an arm that is left as it is moves by as much. $\delta$ is a
    number that is set and $\pi$ is taken as observed, so that neither adds variance: the standard
    error stays. (With covariates $\pi$ is the adjusted share; in a randomised trial they agree but
    for chance.)
    """
    _check_share(share_missing)
    moved = estimate.estimate + delta * share_missing
    return estimate_of(moved, estimate.se, estimate.df, estimate.level)


def _check_share(share_missing: float) -> None:
    if not 0 <= share_missing <= 1:
        raise InputError(f"must lie between 0 and 1 (given: {share_missing:g})",
                         field="share_missing")  # fmt: skip


def tipping_point(
    estimate: Estimate, share_missing: float, *, alpha: float = 0.05, people: int | None = None
) -> float | None:
    r"""The delta at which a significant MAR result is no longer so, in the endpoint's unit.

    The root of $|\theta + \delta \pi| = t_{1-\alpha/2} \sqrt{se^2 + \delta^2 \pi (1 - \pi) / n}$
    nearest to 0. Without ``people`` the last term is left out, as `shifted` derives. With
    ``people`` $n$, those randomised to the active arm, who is missing counts as a sample as well;
    multiple imputation sees it so, and tips sooner. ``estimate``: active minus control under MAR
    (ANCOVA or MMRM); ``share_missing`` $\pi$ of the active arm at the visit.

    None where the MAR result is not significant at ``alpha`` (two-sided); infinite where nobody is
    missing. Raises InputError for a share or alpha outside 0 to 1.
    """
    _check_share(share_missing)
    if not 0 < alpha < 1:
        raise InputError(f"must lie between 0 and 1 (given: {alpha:g})", field="alpha")
    pi, size = share_missing, abs(estimate.estimate)
    t = float(stdtrit(estimate.df, 1 - alpha / 2))
    left = size**2 - (t * estimate.se) ** 2
    if left <= 0:
        return None
    if pi == 0:
        return math.copysign(math.inf, -estimate.estimate)
    square = pi**2 - t**2 * (pi * (1 - pi) / people if people else 0.0)
    shift = left / (size * pi + math.sqrt((size * pi) ** 2 - square * left))
    return math.copysign(shift, -estimate.estimate)


def rubin(
    estimates: ArrayLike, variances: ArrayLike, df_complete: float, level: float = 0.95
) -> Estimate:
    r"""Pool the analyses of $m$ imputed data sets.

    .. math:: T = W + (1 + \tfrac1m) B, \quad \gamma = (1 + \tfrac1m) B / T, \quad
              \frac1\nu = \frac{\gamma^2}{m - 1}
              + \frac{\nu_{com} + 3}{\nu_{com} (\nu_{com} + 1) (1 - \gamma)}

    $W$ mean of the ``variances``, $B$ variance of the ``estimates``, (m,) each; Rubin 1987, degrees
    of freedom by Barnard & Rubin 1999, DOI 10.1093/biomet/86.4.948 (from memory). Without any
    spread between imputations nothing was imputed and $\nu = \nu_{com}$. Raises InputError for
    fewer than two.
    """
    q, u = floats(estimates, "estimates"), floats(variances, "variances")
    m = len(q)
    if m < 2:
        raise InputError(f"{m} imputations; two or more are needed", field="draws")
    within, between = float(u.mean()), float(q.var(ddof=1))
    if np.ptp(q) == 0:
        return estimate_of(float(q[0]), within**0.5, df_complete, level)
    total = within + (1 + 1 / m) * between
    gamma = (1 + 1 / m) * between / total
    inverse = gamma**2 / (m - 1)
    if math.isfinite(df_complete):
        inverse += (df_complete + 3) / (df_complete * (df_complete + 1) * (1 - gamma))
    return estimate_of(float(q.mean()), total**0.5, 1 / inverse, level)


@dataclass(frozen=True, eq=False, kw_only=True)
class Imputed:
    """Differences from the reference arm at the last visit by multiple imputation.

    ``differences``: arm minus reference, by arm; ``monte_carlo_error`` of each estimate, from the
    number of ``draws``; ``imputed`` (arms,) the share of people whose last visit was imputed.
    """

    method: Method
    reference: int
    draws: int
    differences: Mapping[int, Estimate]
    monte_carlo_error: Mapping[int, float]
    imputed: Floats


def reference_based(
    y: ArrayLike, baseline: ArrayLike, arm: ArrayLike, reference: int, method: Method, *,
    draws: int = 50, seed: int, stratum: ArrayLike | None = None, delta: float = 0.0,
    level: float = 0.95,
) -> Imputed:  # fmt: skip
    r"""Impute what is missing by a ``reference`` arm, analyse the last visit by ANCOVA, and pool.

    The model is the MMRM's: means by arm and visit, slopes of the baseline by visit, and one
    unstructured covariance for all arms. Missing visits are drawn from the normal law given the
    visits seen, with means of

    - "mar": the person's own arm;
    - "jump_to_reference": their own arm while they were seen, the reference's afterwards;
    - "copy_reference": the reference at all visits, so that what they had gained fades as the
      correlation between visits fades

    (Carpenter, Roger & Kenward 2013, DOI 10.1080/10543406.2013.834911, from memory). ``delta`` is
    added to what is imputed at the last visit outside the reference arm.

    ``y`` (n, visits) values or changes, NaN where missing, monotone: after the first missing visit
    all are missing. ``baseline`` (n,) complete, ``arm`` and ``stratum`` (n,). With one ``seed``
    every method sees the same draws. Where the last visit is complete this is the ANCOVA itself.

    Raises
    ------
    InputError
        a missed visit followed by one that is seen (use the MMRM for those), a missing baseline,
        fewer than two of an arm seen at a visit, too few people for so many visits, an unknown
        method, or fewer than two draws.
    """
    values = floats(y, "y", 2)
    n = len(values)
    arms, before = labels(arm, "arm", n), floats(baseline, "baseline")
    _check(values, before, arms, reference, method)
    x = _columns(before, arms, None if stratum is None else labels(stratum, "stratum", n))
    last = _completed(values, x, arms, reference, method, draws, np.random.default_rng(seed))
    gone = np.isnan(values[:, -1])
    last += delta * (gone & (arms != reference))
    table = ancova_all(last.T, before, arms, stratum)
    found, error = {}, {}
    for other in np.unique(arms):
        if other != reference:
            first = table.difference(int(other), reference, level=level)
            place = table.pairs.index((max(other, reference), min(other, reference)))
            sign = 1 if other > reference else -1
            q, u = sign * table.estimate[:, place], table.se[:, place] ** 2
            found[int(other)] = rubin(q, u, first.df, level)
            error[int(other)] = float(q.std(ddof=1)) / draws**0.5
    return Imputed(
        method=method, reference=reference, draws=draws, differences=found,
        monte_carlo_error=error,
        imputed=np.array([gone[arms == a].mean() for a in np.unique(arms)]),
    )  # fmt: skip


def _check(y: Floats, baseline: Floats, arm: Ints, reference: int, method: str) -> None:
    if method not in get_args(Method):
        raise InputError(unknown_word("method", method, get_args(Method)), field="method")
    if baseline.shape != (len(y),) or np.isnan(baseline).any():
        raise InputError(f"{len(y)} baselines are needed, without NaN", field="baseline")
    missing = np.isnan(y)
    if (missing[:, :-1] & ~missing[:, 1:]).any():
        person = int((missing[:, :-1] & ~missing[:, 1:]).any(1).argmax())
        raise NotEstimableError(
            f"person {person} missed a visit and came back; imputation by a reference "
            "needs people who leave for good, use the MMRM",
            field="y",
        )
    if reference not in arm:
        raise NotEstimableError(f"nobody is in arm {reference}", field="reference")
    for a in range(int(arm.max()) + 1):
        for visit, seen in enumerate((~missing[arm == a]).sum(0)):
            if seen < 2:
                raise NotEstimableError(
                    f"arm {a} has {seen} people seen at visit {visit + 1}; two or more are needed",
                    field="y",
                )


def _columns(baseline: Floats, arm: Ints, stratum: Ints | None) -> Floats:
    """Columns of the means, (n, p): one per arm, then baseline and strata, centred."""
    covariates = baseline[:, None]
    if stratum is not None:
        covariates = np.hstack((covariates, stratum[:, None] == np.unique(stratum)[1:]))
    covariates = covariates - covariates.mean(0)
    return np.hstack(((arm[:, None] == np.arange(arm.max() + 1)), covariates))


def _regression(
    y: Floats, x: Floats, draws: int, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    r"""Draws of coefficients (draws, q) and residual spread (draws,) from their posterior.

    .. math:: \sigma^2 = \frac{RSS}{\chi^2_{n - q}}, \quad
              b \sim N(\hat b, \sigma^2 (X'X)^{-1})

    for one visit given those before, with the prior $1 / \sigma^2$. With monotone data the
    posterior of means and unstructured covariance factors into these (Schafer 1997, section 6.5,
    from memory), which is exact and needs no iteration.
    """
    n, q = x.shape
    if n <= q or np.linalg.matrix_rank(x) < q:
        raise NotEstimableError(
            f"{n} people seen cannot carry {q} coefficients of a visit; leave strata or visits out",
            field="y",
        )
    basis, r = np.linalg.qr(x)
    best = np.linalg.solve(r, basis.T @ y)
    residual = y - x @ best
    spread = np.sqrt(float(residual @ residual) / rng.chisquare(n - q, draws))
    noise = np.linalg.solve(r, rng.standard_normal((q, draws)))
    return best + spread[:, None] * noise.T, spread


def _completed(
    y: Floats, x: Floats, arm: Ints, reference: int, method: Method, draws: int,
    rng: np.random.Generator,
) -> Floats:  # fmt: skip
    r"""The last visit with its missing values drawn, (draws, n), visit by visit.

    .. math:: y_t = m_t + \sum_{s < t} \varphi_{ts} (y_s - m_s) + \sigma_t z, \quad
              \mu_t = \alpha_t + \sum_{s < t} \varphi_{ts} \mu_s

    $\alpha$ and $\varphi$ are the coefficients of the columns and of the visits before, $\mu$
    those of the columns alone, and $m$ the means that the method gives a person.
    """
    k, p = int(arm.max()) + 1, x.shape[1]
    as_reference = np.hstack((np.tile(np.arange(k) == reference, (len(x), 1)), x[:, k:]))
    filled = np.empty((draws, *y.shape))
    mean, marginal = np.empty_like(filled), np.empty((draws, y.shape[1], p))
    for t in range(y.shape[1]):
        gone = np.isnan(y[:, t])
        seen = ~gone
        b, spread = _regression(y[seen, t], np.hstack((x, y[:, :t]))[seen], draws, rng)
        alpha, phi = b[:, :p], b[:, None, p:]
        marginal[:, t] = alpha + (phi @ marginal[:, :t])[:, 0]
        own, other = marginal[:, t] @ x.T, marginal[:, t] @ as_reference.T
        mean[..., t] = _means(own, other, gone, method)
        drift = ((filled[..., :t] - mean[..., :t]) * phi).sum(-1)
        drawn = mean[..., t] + drift + spread[:, None] * rng.standard_normal((draws, len(y)))
        filled[..., t] = np.where(gone, drawn, y[:, t])
    return filled[..., -1]


def _means(own: Floats, other: Floats, gone: NDArray[np.bool_], method: Method) -> Floats:
    """The mean of each person at a visit, (draws, n), by the method."""
    if method == "mar":
        return own
    return other if method == "copy_reference" else np.where(gone, other, own)
