"""Two arms compared: t test, analysis of covariance over many endpoints at once, non-inferiority.

Missing values are NaN and leave a person out of that endpoint only.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtr

from anagen.errors import InputError
from anagen.trial.statistics.estimate import Estimate, Floats, Ints, NotEstimableError, estimate_of

RANK = 1e-10
"""Singular values below this share of the largest are none."""
ROUNDING = 1e-24
"""A residual sum of squares below this share of the sum of squares is rounding."""
ESTIMABLE = 1e-6
"""By how much weights may lie outside the row space of the columns, for rounding."""


def floats(values: ArrayLike, field: str, ndim: int = 1) -> Floats:
    """``values`` as an array of ``ndim`` dimensions, NaN allowed; InputError otherwise."""
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != ndim:
        raise InputError(f"expected {ndim} dimension(s), got shape {array.shape}", field=field)
    if np.isinf(array).any():
        raise InputError("infinite values were given; a missing value is NaN", field=field)
    return array


def observed(values: ArrayLike, field: str) -> Floats:
    """The observed values of one arm, (n,) without NaN; InputError for fewer than two."""
    array = floats(values, field)
    array = array[~np.isnan(array)]
    if len(array) < 2:
        raise NotEstimableError(
            f"{len(array)} observed; two people or more are needed", field=field
        )
    return array


def labels(values: ArrayLike, field: str, n: int) -> Ints:
    """Labels of ``n`` people as whole numbers from 0, (n,); InputError otherwise."""
    if n == 0:
        raise NotEstimableError("nobody was given", field=field)
    array = np.asarray(values)
    if array.shape != (n,) or not np.array_equal(array, np.floor(array)) or array.min() < 0:
        problem = f"expected {n} whole numbers of 0 or more, one per person (shape {array.shape})"
        raise InputError(problem, field=field)
    return array.astype(np.int64)


def t_test(a: ArrayLike, b: ArrayLike, *, pooled: bool = True, level: float = 0.95) -> Estimate:
    r"""Difference of two means, a - b, by Student's t test (``pooled``) or by Welch's.

    .. math:: s^2 = \frac{(n_a - 1) s_a^2 + (n_b - 1) s_b^2}{n_a + n_b - 2}, \quad
              \mathrm{se}^2 = s^2 \left(\tfrac{1}{n_a} + \tfrac{1}{n_b}\right)

    and with Welch :math:`\mathrm{se}^2 = v_a + v_b`, :math:`v = s^2 / n`, with
    :math:`\nu = \mathrm{se}^4 / (v_a^2 / (n_a - 1) + v_b^2 / (n_b - 1))` (Satterthwaite 1946; Welch
    1947, DOI 10.1093/biomet/34.1-2.28, from memory). ``a`` (n_a,) and ``b`` (n_b,) in the unit of
    the endpoint.

    Raises
    ------
    InputError
        fewer than two observed in an arm, or no variance in either.
    """
    x, y = observed(a, "a"), observed(b, "b")
    if np.ptp(x) == 0 and np.ptp(y) == 0:
        raise NotEstimableError(
            "every value of both arms is the same within its arm; nothing to test by"
        )
    m, n = len(x), len(y)
    sx, sy = x.var(ddof=1), y.var(ddof=1)
    if pooled:
        df = m + n - 2
        variance = ((m - 1) * sx + (n - 1) * sy) / df * (1 / m + 1 / n)
    else:
        variance = sx / m + sy / n
        df = variance**2 / ((sx / m) ** 2 / (m - 1) + (sy / n) ** 2 / (n - 1))
    return estimate_of(float(x.mean() - y.mean()), float(variance**0.5), float(df), level)


@dataclass(frozen=True, eq=False, kw_only=True)
class AncovaTable:
    """All pairwise differences of k arms for m endpoints, each adjusted for its baseline.

    ``pairs`` are (i, j), arm i minus arm j; ``estimate``, ``se`` and ``p`` (m, pairs), ``df`` (m,),
    ``mean`` and ``mean_se`` (m, k) the least-squares means: at the mean baseline and at the shares
    of strata of the people observed. ``people`` (m, k) observed. What cannot be estimated is NaN,
    and so is a p without variance; `difference` says why.
    """

    pairs: tuple[tuple[int, int], ...]
    estimate: Floats
    se: Floats
    df: Floats
    p: Floats
    mean: Floats
    mean_se: Floats
    people: Ints

    def difference(self, i: int, j: int, column: int = 0, level: float = 0.95) -> Estimate:
        """Arm ``i`` minus arm ``j`` of one endpoint; InputError where it cannot be estimated."""
        self._check(column, i, j)
        place, sign = self._place(i, j)
        value, se = float(self.estimate[column, place]), float(self.se[column, place])
        if np.isnan(se):
            raise NotEstimableError(
                f"arms {i} and {j} differ in a stratum or covariate that no other "
                "person shares; leave it out",
                field="arm",
            )
        return estimate_of(sign * value, se, float(self.df[column]), level)

    def least_squares_mean(self, arm: int, column: int = 0, level: float = 0.95) -> Estimate:
        """Adjusted mean of one arm; its p is against 0. InputError as `difference`."""
        self._check(column, arm)
        mean, se = float(self.mean[column, arm]), float(self.mean_se[column, arm])
        return estimate_of(mean, se, float(self.df[column]), level)

    def _place(self, i: int, j: int) -> tuple[int, int]:
        if i == j:
            raise InputError(f"arm {i} was given twice; give two arms", field="arm")
        return self.pairs.index((max(i, j), min(i, j))), 1 if i > j else -1

    def _check(self, column: int, *arms: int) -> None:
        for arm in arms:
            if not 0 <= arm < self.people.shape[1]:
                problem = f"no arm {arm}; there are {self.people.shape[1]}, the first is 0"
                raise NotEstimableError(problem, field="arm")
            if (seen := self.people[column, arm]) < 2:
                raise NotEstimableError(
                    f"arm {arm} has {seen} observed; two people or more are needed", field="y"
                )
        if self.df[column] < 1:
            raise NotEstimableError(
                f"{self.people[column].sum()} people cannot carry so many "
                "coefficients; leave covariates out",
                field="y",
            )
        if self.mean_se[column, arms[0]] == 0:
            raise NotEstimableError(
                "the arms, baseline and strata explain every value; no variance is left to test by",
                field="y",
            )


def _centred(covariates: Floats, seen: NDArray[np.bool_]) -> Floats:
    """Covariates (m, n, q), 0 where unseen, with mean 0 and spread 1 (or 0) of those seen."""
    n = np.maximum(seen.sum(1), 1)[:, None, None]
    held = np.where(seen[..., None], covariates, 0.0)
    size = np.abs(held).max(axis=1, keepdims=True, initial=1e-300)
    middle = held.sum(axis=1, keepdims=True) / n
    held = np.where(seen[..., None], held - middle, 0.0)
    spread = np.sqrt((held**2).sum(axis=1, keepdims=True) / n)
    flat = spread <= RANK * size
    return np.where(flat, 0.0, held / np.where(flat, 1.0, spread))


def _design(
    baseline: Floats, arm: Ints, stratum: Ints | None, others: Floats | None,
    seen: NDArray[np.bool_],
) -> Floats:  # fmt: skip
    """Columns (m, n, arms + covariates): one per arm, then centred covariates; 0 where unseen.

    As every covariate is centred on those seen, an arm's coefficient is its least-squares mean.
    """
    m, n = seen.shape
    extra = np.empty((n, 0)) if others is None else others
    if stratum is not None:
        extra = np.hstack((extra, stratum[:, None] == np.unique(stratum)[1:]))
    covariates = np.concatenate(
        (baseline[..., None], np.broadcast_to(extra, (m, *extra.shape))), axis=2
    )
    arms = (arm[:, None] == np.arange(arm.max() + 1)) * seen[..., None]
    return np.concatenate((arms, _centred(covariates, seen)), axis=2)


def ancova_all(
    y: ArrayLike, baseline: ArrayLike, arm: ArrayLike,
    stratum: ArrayLike | None = None, others: ArrayLike | None = None,
) -> AncovaTable:  # fmt: skip
    r"""Analysis of covariance of m endpoints (or visits) at once, least squares for each.

    .. math:: y = \mu_{arm} + \beta\,(baseline - \overline{baseline}) + stratum + others + e,
              \quad e \sim N(0, \sigma^2)

    with one variance for all arms and one slope. ``y`` (n, m); ``baseline`` (n,) or (n, m); ``arm``
    and ``stratum`` (n,) whole numbers, the first arm 0; ``others`` (n, q), any further covariates.
    A person whose value or baseline is NaN is left out of that endpoint. Covariates that repeat one
    another are fitted once and cost one degree of freedom.

    Raises
    ------
    InputError
        arrays that do not fit together. What cannot be estimated in one endpoint does not raise
        here but when it is asked for.
    """
    values = floats(y, "y", 2)
    n, m = values.shape
    arms = labels(arm, "arm", n)
    before = np.asarray(baseline, dtype=np.float64)
    before = floats(before, "baseline", before.ndim if before.ndim == 2 else 1)
    if before.shape not in {(n,), (n, m)}:
        problem = f"shape {before.shape} for endpoints of shape {values.shape}"
        raise InputError(problem, field="baseline")
    before = np.broadcast_to(before.reshape(n, -1), (n, m)).T
    strata = None if stratum is None else labels(stratum, "stratum", n)
    more = None if others is None else floats(others, "others", 2)
    if more is not None and (len(more) != n or np.isnan(more).any()):
        raise InputError("one row per person is needed, without NaN", field="others")
    seen = ~np.isnan(values.T + before)
    return _least_squares(
        _design(before, arms, strata, more, seen), np.where(seen, values.T, 0.0), arms, seen
    )


def _weights(k: int, p: int, pairs: tuple[tuple[int, int], ...]) -> Floats:
    """Weights of the coefficients, (k + pairs, p): the mean of every arm, then every difference."""
    means = np.eye(k, p)
    return np.vstack((means, *(means[i] - means[j] for i, j in pairs)))


def _least_squares(x: Floats, y: Floats, arm: Ints, seen: NDArray[np.bool_]) -> AncovaTable:
    """Least squares of every endpoint: columns (m, n, p), values (m, n).

    By QR and the singular values of R, so that columns which repeat others do no harm: a contrast
    outside the row space of R cannot be estimated.
    """
    k = int(arm.max()) + 1
    q, r = np.linalg.qr(x)
    u, s, vt = np.linalg.svd(r, full_matrices=False)
    kept, v = s > RANK * s[:, :1], vt.transpose(0, 2, 1)
    root = v * np.where(kept, 1 / np.where(kept, s, 1.0), 0.0)[:, None, :]
    beta = root @ (u.transpose(0, 2, 1) @ (q.transpose(0, 2, 1) @ y[..., None]))
    square = ((y[..., None] - x @ beta) ** 2).sum((1, 2))
    square[square <= ROUNDING * (y**2).sum(1)] = 0.0
    df = (seen.sum(1) - kept.sum(1)).astype(float)
    variance = np.where(df > 0, square / np.maximum(df, 1), np.nan)
    people = np.stack([(seen & (arm == a)).sum(1) for a in range(k)], axis=1)
    pairs = tuple((i, j) for j, i in combinations(range(k), 2))
    c = _weights(k, x.shape[2], pairs)
    possible = np.abs(c @ (v * kept[:, None, :]) @ vt - c).max(axis=2) < ESTIMABLE
    possible &= ~((people < 2) @ (c[:, :k] != 0).T)
    estimate = np.where(possible, (c @ beta)[..., 0], np.nan)
    se = np.where(possible, np.sqrt(((c @ root) ** 2).sum(2) * variance[:, None]), np.nan)
    t = estimate / np.where(se > 0, se, np.nan)
    return AncovaTable(
        pairs=pairs, estimate=estimate[:, k:], se=se[:, k:], df=df,
        p=2 * stdtr(df[:, None], -np.abs(t[:, k:])),
        mean=estimate[:, :k], mean_se=se[:, :k], people=people,
    )  # fmt: skip


def ancova(
    y: ArrayLike, baseline: ArrayLike, arm: ArrayLike, i: int, j: int, *,
    stratum: ArrayLike | None = None, others: ArrayLike | None = None, level: float = 0.95,
) -> Estimate:  # fmt: skip
    """Arm ``i`` minus arm ``j`` of one endpoint ``y`` (n,), adjusted as in `ancova_all`.

    All arms given share the residual variance. Raises InputError for fewer than two observed in
    an arm, no variance left, and more coefficients than people.
    """
    table = ancova_all(floats(y, "y")[:, None], baseline, arm, stratum, others)
    return table.difference(i, j, level=level)


@dataclass(frozen=True, kw_only=True)
class NonInferiority:
    """Whether a difference stays within a ``margin``, in the endpoint's unit.

    ``limit``: the confidence limit on the bad side; ``shown``: it lies within the margin; ``p``
    one-sided, against a difference at the margin. ``superior`` is tested only once non-inferiority
    is shown (None before), which keeps the error of both without a split.
    """

    margin: float
    limit: float
    shown: bool
    p: float
    superior: bool | None


def within_margin(low: Floats, high: Floats, margin: float, better: int) -> NDArray[np.bool_]:
    r"""Whether intervals lie on the good side of a margin, $l > -m$; where less is better $u < m$.

    ``low`` $l$ and ``high`` $u$ (...,) of the difference, new minus standard; ``margin`` $m$;
    ``better`` 1 or -1. Textbook definition of non-inferiority.
    """
    return np.asarray((low if better > 0 else -high) > -margin)


def noninferior(
    estimate: Estimate, margin: float, *, better: Literal["higher", "lower"] = "higher"
) -> NonInferiority:
    """Test whether an ``estimate`` (new minus standard) is worse by less than ``margin`` > 0.

    The two-sided interval of level 0.95 gives a one-sided test at 0.025. Raises InputError for a
    margin that is not above 0.
    """
    if not margin > 0:
        raise InputError(f"must be above 0, in the unit of the endpoint (given: {margin:g})",
                         field="margin")  # fmt: skip
    e, sign = estimate, 1 if better == "higher" else -1
    shown = bool(within_margin(np.array(e.low), np.array(e.high), margin, sign))
    if better == "lower":
        e = estimate_of(-e.estimate, e.se, e.df, e.level)
    return NonInferiority(
        margin=margin, limit=sign * e.low, shown=shown, p=e.p_above(-margin),
        superior=bool(e.low > 0) if shown else None,
    )  # fmt: skip
