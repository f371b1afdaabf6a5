"""Time until a change is first seen: Kaplan-Meier at visits, median, log-rank test.

A change happens between two visits and is seen at the later one, so that all times are visits and
all are late by up to an interval; this is alike in every arm with the same visits, so that the
comparison stands and the weeks are upper bounds.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from anagen.errors import InputError
from anagen.evidence.distributions import checked_level
from anagen.trial.statistics.comparison import floats
from anagen.trial.statistics.estimate import Floats, NotEstimableError

if TYPE_CHECKING:
    from scipy.stats import CensoredData


@dataclass(frozen=True, eq=False, kw_only=True)
class Times:
    """When a change was first seen in people of one arm, (n,) each, in weeks.

    ``weeks``: the visit at which it was seen, or the last visit where it was not (censored);
    ``after``: the last visit before without it (0 for the baseline), so that the change fell in
    ``after`` to ``weeks``. ``left_out``: people never seen after the baseline.
    """

    weeks: Floats
    after: Floats
    seen: NDArray[np.bool_]
    left_out: int

    def censored(self) -> CensoredData:
        """The times as SciPy takes them."""
        from scipy.stats import CensoredData

        return CensoredData.right_censored(self.weeks, ~self.seen)


def times_to_change(change: ArrayLike, weeks: ArrayLike, threshold: float) -> Times:
    """First visit at which a change reaches the ``threshold``.

    ``change`` (n, visits) from the baseline, NaN where missing, at ``weeks`` (visits,) rising from
    above 0. A threshold above 0 is reached from below, one below 0 from above. A person who leaves
    before is censored at the last visit seen; a missed visit moves the sighting to the next. The
    first sighting counts, also where a later visit loses it again.

    Raises
    ------
    InputError
        weeks that do not rise or do not fit, a threshold of 0, or fewer than two people seen.
    """
    y, at = floats(change, "change", 2), floats(weeks, "weeks")
    if at.shape != y.shape[1:] or not (np.diff(at, prepend=0.0) > 0).all():
        raise InputError(f"{y.shape[1]} weeks are needed, rising from above 0", field="weeks")
    if not (np.isfinite(threshold) and threshold != 0):
        problem = f"must be above or below 0 (given: {threshold:g}), in the unit of the change"
        raise InputError(problem, field="threshold")
    known = ~np.isnan(y)
    y, known, left_out = y[known.any(1)], known[known.any(1)], int((~known.any(1)).sum())
    if len(y) < 2:
        raise NotEstimableError(f"{len(y)} people seen; two or more are needed", field="change")
    there = np.sign(threshold) * y >= abs(threshold)
    seen, first = there.any(1), there.argmax(1)
    without = np.where(known, at, 0.0)
    before = np.arange(len(at)) < np.where(seen, first, len(at))[:, None]
    after = np.where(before, without, 0.0).max(1)
    return Times(weeks=np.where(seen, at[first], after), after=after, seen=seen, left_out=left_out)


@dataclass(frozen=True, eq=False, kw_only=True)
class Survival:
    """Share of people in whom no change was seen yet, after each visit, (k,), with its interval.

    ``median``: the visit by which half had it, None where that was not reached;
    ``median_after``: the visit before it (0: the baseline), as the true median falls between.
    """

    weeks: Floats
    unchanged: Floats
    low: Floats
    high: Floats
    people: int
    events: int
    median: float | None
    median_after: float | None
    level: float = 0.95


def kaplan_meier(times: Times, *, level: float = 0.95) -> Survival:
    """Kaplan-Meier estimate with intervals on the log-log scale (Greenwood's variance).

    Where nobody, or everybody, has changed yet the interval has no width in theory; it is given as
    0 to 1 there, as nothing is known of its width.
    """
    from scipy.stats import ecdf

    law = ecdf(times.censored()).sf
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of bounds that are not defined; see above
        low, high = law.confidence_interval(checked_level(level), method="log-log")
    weeks, unchanged = np.asarray(law.quantiles), np.asarray(law.probabilities)
    reached = np.flatnonzero(unchanged <= 0.5 + 1e-12)
    median = float(weeks[reached[0]]) if reached.size else None
    inside = (unchanged > 0) & (unchanged < 1)
    return Survival(
        weeks=weeks, unchanged=unchanged,
        low=np.where(inside, low.probabilities, 0.0),
        high=np.where(inside, high.probabilities, 1.0),
        people=len(times.weeks), events=int(times.seen.sum()), median=median,
        median_after=None if median is None else _visit_before(times, median), level=level,
    )  # fmt: skip


def _visit_before(times: Times, median: float) -> float:
    """The latest visit at which one of those first seen to change at the median had not yet."""
    return float(times.after[times.seen & (times.weeks == median)].max())


def log_rank(a: Times, b: Times) -> tuple[float, float]:
    """Log-rank z (above 0: changes come sooner in ``a``) and its two-sided p.

    Ties at a visit by the hypergeometric variance. Where nobody changed in either arm: 0 and 1.
    """
    from scipy.stats import logrank

    if not (a.seen.any() or b.seen.any()):
        return 0.0, 1.0
    with np.errstate(invalid="ignore"):
        found = logrank(a.censored(), b.censored())
    return float(found.statistic), float(found.pvalue)
