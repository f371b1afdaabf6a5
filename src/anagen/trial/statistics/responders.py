"""Responders: who counts as one, shares by arm, and the difference between two arms.

A share of responders throws away how much each person changed, so it needs more people than the
means it is made of; it is offered because guidance and registries ask for it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike

from anagen.errors import InputError, unknown_word
from anagen.evidence.distributions import checked_level
from anagen.trial.statistics.comparison import floats
from anagen.trial.statistics.estimate import Floats, NotEstimableError

Rule = Literal["value_le", "value_ge", "change_le", "change_ge", "change_percent_le",
               "change_percent_ge"]  # fmt: skip
"""Who counts: a value, a change from the baseline, or a change in percent of it."""
Missing = Literal["non_responder", "observed"]
Test = Literal["chi_square", "fisher"]


def responded(
    value: ArrayLike, rule: Rule, threshold: float, baseline: ArrayLike | None = None
) -> Floats:
    """1 for a responder, 0 for none, NaN where the value is missing, (n,).

    ``value`` (n,) at the visit. ``value_le`` 20 of a SALT score is SALT <= 20; ``change_ge`` 10 is
    a gain of 10 or more from ``baseline`` (n,); ``change_percent_le`` -50 a fall by half or more of
    the baseline (SALT50). A missing baseline leaves a change missing. Raises InputError for an
    unknown rule, and for a rule of changes without a baseline or, in percent, with one that is not
    above 0.
    """
    if rule not in get_args(Rule):
        raise InputError(unknown_word("rule", rule, get_args(Rule)), field="rule")
    x = floats(value, "value")
    if not rule.startswith("value"):
        if baseline is None:
            raise InputError(f"the rule '{rule}' needs one", field="baseline")
        before = floats(baseline, "baseline")
        if before.shape != x.shape:
            raise InputError(f"{len(before)} baselines for {len(x)} values", field="baseline")
        x = x - before
        if rule.startswith("change_percent"):
            if (before <= 0).any():
                raise InputError("a baseline of 0 or less has no percent; use change_ge or "
                                 "change_le", field="baseline")  # fmt: skip
            x = 100 * x / before
    met = x <= threshold if rule.endswith("_le") else x >= threshold
    return np.where(np.isnan(x), np.nan, met)


@dataclass(frozen=True, kw_only=True)
class Share:
    """Responders among the people of one arm, with Wilson's interval."""

    responders: int
    people: int
    share: float
    low: float
    high: float


def share(responders: int, people: int, *, level: float = 0.95) -> Share:
    """Share of responders with Wilson's score interval (Wilson 1927), never outside 0 to 1.

    Raises InputError unless 0 <= responders <= people and people >= 1.
    """
    from statsmodels.stats.proportion import proportion_confint

    if not 0 <= responders <= people or people < 1:
        raise InputError(f"{responders} responders among {people} people; 0 to all of one or more")
    low, high = proportion_confint(
        responders, people, alpha=1 - checked_level(level), method="wilson"
    )
    return Share(responders=responders, people=people, share=responders / people, low=float(low),
                 high=float(high))  # fmt: skip


def newcombe(a: Share, b: Share) -> tuple[float, float]:
    r"""Interval of a difference of two shares from the Wilson interval (l, u) of each.

    .. math:: d - \sqrt{(p_a - l_a)^2 + (u_b - p_b)^2}, \quad
              d + \sqrt{(u_a - p_a)^2 + (p_b - l_b)^2}, \quad d = p_a - p_b

    The hybrid score interval, method 10 of Newcombe 1998 (DOI
    10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I, from memory).
    """
    d = a.share - b.share
    below = math.hypot(a.share - a.low, b.high - b.share)
    above = math.hypot(a.high - a.share, b.share - b.low)
    return d - below, d + above


@dataclass(frozen=True, kw_only=True)
class ResponderComparison:
    """Shares of two arms and their difference, a - b.

    ``missing`` says what became of people without a value, and ``test`` which one gave ``p``
    (two-sided). ``number_needed`` holds people per one more responder in a, and its interval;
    negative for one responder fewer; None where the interval of the difference holds 0.
    """

    a: Share
    b: Share
    difference: float
    low: float
    high: float
    p: float
    test: Test
    missing: Missing
    number_needed: tuple[float, float, float] | None
    level: float = 0.95


def _counted(responses: ArrayLike, field: str, missing: Missing, level: float) -> Share:
    r = floats(responses, field)
    if missing == "observed":
        r = r[~np.isnan(r)]
    if len(r) < 2:
        raise NotEstimableError(f"{len(r)} people; two or more are needed", field=field)
    if not np.isin(r[~np.isnan(r)], (0, 1)).all():
        raise InputError("allowed: 1 for a responder, 0 for none, NaN for missing", field=field)
    return share(int(np.nansum(r)), len(r), level=level)


def compare_responders(
    a: ArrayLike, b: ArrayLike, *, missing: Missing = "non_responder", test: Test = "chi_square",
    level: float = 0.95,
) -> ResponderComparison:  # fmt: skip
    """Difference of the shares of responders of two arms, a - b.

    ``a`` and ``b`` hold 1, 0 or NaN as `responded` gives. ``missing``: "non_responder" counts a
    person without a value as none (a composite of response and staying; the usual choice),
    "observed" leaves them out. ``test``: Pearson's "chi_square" without continuity correction,
    which belongs to the interval, or "fisher", exact and conservative, for few people. Where all or
    none respond in both arms p is 1.

    Raises
    ------
    InputError
        fewer than two people in an arm, or a response other than 0 and 1.
    """
    from scipy.stats import chi2_contingency, fisher_exact

    for word, kind, allowed in ((missing, "missing", Missing), (test, "test", Test)):
        if word not in get_args(allowed):
            raise InputError(unknown_word(kind, word, get_args(allowed)), field=kind)
    x, y = _counted(a, "a", missing, level), _counted(b, "b", missing, level)
    low, high = newcombe(x, y)
    counts = [[s.responders, s.people - s.responders] for s in (x, y)]
    if x.responders + y.responders in (0, x.people + y.people):
        p = 1.0
    elif test == "fisher":
        p = float(fisher_exact(counts).pvalue)
    else:
        p = float(chi2_contingency(counts, correction=False).pvalue)
    needed = None
    if low > 0 or high < 0:
        needed = 1 / (x.share - y.share), 1 / high, 1 / low
    return ResponderComparison(
        a=x, b=y, difference=x.share - y.share, low=low, high=high, p=p, test=test,
        missing=missing, number_needed=needed, level=level,
    )  # fmt: skip
