"""Power read off simulated trials, and the people it asks for, with their Monte-Carlo errors."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr, ndtri

from anagen.errors import InputError, brief
from anagen.evidence.distributions import checked_level, critical_value
from anagen.trial.statistics.estimate import Floats

MOST_STEPS = 50
EXACT = 1e-9


@dataclass(frozen=True, kw_only=True)
class SimulatedShare:
    """Share of simulated trials, its Monte-Carlo standard error and interval of Wilson (1927)."""

    share: float
    se: float
    low: float
    high: float
    replicates: int


def monte_carlo_power(rejected: ArrayLike, level: float = 0.95) -> SimulatedShare:
    """Share of simulated trials that reject; ``rejected`` (replicates,) of truth values."""
    from scipy.stats import binomtest

    hits = np.asarray(rejected, dtype=bool).ravel()
    if not hits.size:
        raise InputError("no replicates to count", field="rejected")
    count, n = int(hits.sum()), hits.size
    found = binomtest(count, n).proportion_ci(checked_level(level), method="wilson")
    share = count / n
    se = math.sqrt(share * (1 - share) / n)
    return SimulatedShare(share=share, se=se, low=found.low, high=found.high, replicates=n)


@dataclass(frozen=True, eq=False, kw_only=True)
class RequiredN:
    """People needed for a target power, read off simulated trials.

    ``n`` with its Monte-Carlo interval ``low`` to ``high`` (inf: no end in sight); ``fitted``
    (sizes,) powers of the fit; ``misfit`` the largest departure of a simulated power from it, in
    standard errors; ``note`` empty, or why ``n`` is no more than an extrapolation.
    """

    n: float
    low: float
    high: float
    fitted: Floats
    misfit: float
    note: str


def n_for_power(
    ns: ArrayLike, rejected: ArrayLike, target: float = 0.8, level: float = 0.95
) -> RequiredN:
    r"""Size at which simulated power reaches ``target``: probit regression on $\sqrt n$.

    .. math:: \Phi^{-1}\{P(n)\} = a + b \sqrt n, \qquad
              \sqrt{n^*} = \frac{\Phi^{-1}(\text{target}) - a}{b}

    which is exact for a z test. ``ns`` (sizes,), ``rejected`` (replicates, sizes) truth values; the
    sizes of a replicate may share people: the error of $a, b$ is the sandwich over replicates, that
    of $\sqrt{n^*}$ follows by the delta method.

    Raises
    ------
    InputError
        shapes that do not fit, sizes that repeat, or fewer than two with a power between 0 and 1.
    """
    sizes, hits = np.asarray(ns, dtype=float), np.asarray(rejected, dtype=float)
    if hits.ndim != 2 or hits.shape[1:] != sizes.shape:
        problem = f"expected shape (replicates, {sizes.size}), got {hits.shape}"
        raise InputError(problem, field="rejected")
    if not (np.all(sizes > 0) and len(np.unique(sizes)) == sizes.size):
        problem = f"must be above 0 and differ (given: {brief(sizes.tolist())})"
        raise InputError(problem, field="ns")
    observed = hits.mean(axis=0)
    if np.sum((observed > 0) & (observed < 1)) < 2:
        problem = "fewer than two sizes have a simulated power between 0 and 1; choose others"
        raise InputError(problem, field="ns")
    roots = np.sqrt(sizes)
    centre, unit = roots.mean(), max(roots.std(), EXACT)  # else close sizes lose all digits
    x = np.column_stack([np.ones_like(sizes), (roots - centre) / unit])
    (a, b), covariance, fitted = _probit(x, hits)
    error = np.sqrt(np.maximum(fitted * (1 - fitted), 1e-300) / len(hits))
    misfit = float(np.max(np.abs(observed - fitted) / error))
    z = critical_value(level)
    if b <= max(z * math.sqrt(max(covariance[1, 1], 0.0)), EXACT):
        return _not_rising(sizes, observed.min() >= target, fitted, misfit)
    root = (ndtri(checked_level(target)) - a) / b
    slope = np.array([-1.0, -root]) / b
    half = z * math.sqrt(max(slope @ covariance @ slope, 0.0))
    ends = (centre + unit * at for at in (root, root - half, root + half))
    n, low, high = (float(max(end, 0.0) ** 2) for end in ends)
    side = "above" if n > sizes.max() else "below" if n < sizes.min() else ""
    note = f"{n:.0f} lies {side} the simulated sizes: an extrapolation" if side else ""
    return RequiredN(n=n, low=low, high=high, fitted=fitted, misfit=misfit, note=note)


def _not_rising(sizes: Floats, reached: bool, fitted: Floats, misfit: float) -> RequiredN:
    flat = "power does not rise with n beyond Monte-Carlo error"
    least = float(sizes.min())
    if reached:
        n, low, high, end = least, 0.0, least, "every simulated size reaches the target"
    else:
        n, low, high, end = math.inf, least, math.inf, "no n can be named"
    return RequiredN(n=n, low=low, high=high, fitted=fitted, misfit=misfit, note=f"{flat}: {end}")


def _probit(x: Floats, hits: Floats) -> tuple[Floats, Floats, Floats]:
    """Maximum likelihood by Fisher scoring, and the sandwich covariance over replicates (rows).

    Not the model of statsmodels, which divides by 0 where there are as many sizes as coefficients.
    """
    r, observed = len(hits), hits.mean(axis=0)
    inside = ndtri(np.clip(observed, 0.5 / r, 1 - 0.5 / r))
    beta = np.linalg.lstsq(x, inside, rcond=None)[0]
    for _ in range(MOST_STEPS):
        eta = x @ beta
        fitted = ndtr(eta)
        density = np.exp(-(eta**2) / 2) / math.sqrt(2 * math.pi)
        weight = density / np.maximum(fitted * ndtr(-eta), 1e-300)
        bread = np.linalg.inv(r * (x.T * (weight * density)) @ x)
        step = bread @ (r * x.T @ ((observed - fitted) * weight))
        beta = beta + step
        if np.max(np.abs(step)) < EXACT:
            break
    scores = ((hits - fitted) * weight) @ x
    return beta, bread @ (scores.T @ scores) @ bread, fitted
