r"""Global photographs: the chance that a rater sees a difference, and the grade that is given.

What people see is disputed. Three quarters of dermatologists told two densities apart at 43.4
hairs/cm2; yet 48 % of the men of a trial were rated improved at a mean gain of 17. Both are anchors
here, and an assumed share says which of the two holds (`threshold`): a range, not a number.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, logit

from anagen.errors import InputError
from anagen.measurement.endpoints import Floats
from anagen.parameters import parameter

GRADES = (-3, -2, -1, 0, 1, 2, 3)
"""From greatly decreased to greatly increased."""
IMPROVED = sum(g > 0 for g in GRADES) / len(GRADES)
"""Chance that a grade given at random is one of improvement."""


def _check(slope: float, lapse: float) -> None:
    if not slope > 0:
        raise InputError(f"must be more than 0 hairs/cm2 (given: {slope})", field="slope")
    if not 0 <= lapse < 1:
        raise InputError(f"must lie from 0 to below 1 (given: {lapse})", field="lapse")


def chance_seen(gain: ArrayLike, *, threshold: ArrayLike, slope: float, lapse: float) -> Floats:
    r"""Chance that a rater calls a gain an improvement: $\lambda_3 + (1 - \lambda)\, \sigma(u)$.

    $u = (x - \alpha) / \beta$, $\sigma(u) = 1 / (1 + e^{-u})$, $\lambda_3 = 3 \lambda / 7$: who
    does not look (``lapse`` $\lambda$) gives one of the seven grades at random.

    ``gain`` $x$, ``threshold`` $\alpha$ (half of the raters see it) and ``slope`` $\beta$ in one
    unit, here hairs/cm2; for a change of cover see `density_equivalent`. A logistic psychometric
    function, as the anchor of the dermatologists was fitted with.
    """
    _check(slope, lapse)
    u = (np.asarray(gain, dtype=float) - threshold) / slope
    return np.asarray(IMPROVED * lapse + (1 - lapse) * expit(u))


def threshold_of(gain: float, share: float, *, slope: float, lapse: float) -> float:
    r"""The ``threshold`` of `chance_seen` with which a ``share`` of raters sees a ``gain``.

    $\alpha = x - \beta\, \mathrm{logit}((s - \lambda_3) / (1 - \lambda))$. Raises InputError for a
    share that no gain is seen with.
    """
    _check(slope, lapse)
    seen = (share - IMPROVED * lapse) / (1 - lapse)
    if not 0 < seen < 1:
        problem = f"a share of {share:g} cannot be seen with a lapse of {lapse:g}; lower the lapse"
        raise InputError(problem, field="share")
    return gain - slope * float(logit(seen))


def threshold(p: Mapping[str, float]) -> float:
    r"""Threshold [hairs/cm2] between the two anchors: $(1 - w)\, \alpha_{low} + w\, \alpha_{high}$.

    $w$ is ``photograph_anchor``: 0 the men of the trial, 1 the dermatologists; each anchor is
    reproduced at its own end, whatever slope and lapse are.
    """
    anchors = parameter("visible_density_difference")
    low, high = (
        threshold_of(
            gain, p[f"photograph_share_{end}"],
            slope=p["photograph_slope"], lapse=p["photograph_lapse"],
        )
        for gain, end in ((anchors.low, "low_anchor"), (anchors.high, "high_anchor"))
    )  # fmt: skip
    w = p["photograph_anchor"]
    return (1 - w) * low + w * high


def grade_chances(
    gain: ArrayLike, *, threshold: float, step: float, slope: float, lapse: float
) -> Floats:
    r"""Chances of the seven `GRADES`, shape (..., 7), that add up to 1.

    $P(\text{grade} \ge k) = \sigma((x - \alpha (1 + (k - 1) s)) / \beta)$ for $k = 1, 2, 3$, alike
    for losses, apart from the lapses of `chance_seen`. ``step`` $s$ (``photograph_step``): what a
    grade more needs, over what the first needs; assumed. ``threshold`` above 0.
    """
    _check(slope, lapse)
    if not (threshold > 0 and step > 0):
        problem = f"must both be more than 0 (given: {threshold:g} and {step:g})"
        raise InputError(f"threshold and step {problem}")
    first = threshold * (1 + step * np.arange(max(GRADES)))
    cuts = np.concatenate([-first[::-1], first])
    below = expit((cuts - np.asarray(gain, dtype=float)[..., None]) / slope)
    ends = np.zeros((*below.shape[:-1], 1))
    attentive = np.diff(np.concatenate([ends, below, ends + 1], axis=-1), axis=-1)
    return np.asarray(lapse / len(GRADES) + (1 - lapse) * attentive)


def grades(chances: ArrayLike, uniforms: ArrayLike) -> NDArray[np.int64]:
    """One rater's grades, -3 to 3, from chances (..., 7) and one uniform number per rating.

    Another rater of the same pictures has another number.
    """
    edges = np.cumsum(np.asarray(chances, dtype=float), axis=-1)[..., :-1]
    crossed = np.sum(np.asarray(uniforms, dtype=float)[..., None] >= edges, axis=-1)
    return np.asarray(crossed + min(GRADES), dtype=np.int64)


def density_equivalent(before: ArrayLike, after: ArrayLike, density: ArrayLike) -> Floats:
    r"""Gain in density [hairs/cm2] that would cover as much: $D\, (\theta_1 / \theta_0 - 1)$.

    Cover is $1 - e^{-\theta}$ and $\theta$ proportional to density where the hairs stay as they are
    (`endpoints.coverage`), so that thicker or longer hair counts as more of the same. ``before``
    and ``after`` are coverages from 0 to below 1, ``density`` $D$ [hairs/cm2] the one before; nan
    where nothing was covered before.
    """
    first, second = (-np.log1p(-np.asarray(c, dtype=float)) for c in (before, after))
    ratio = second / np.where(first > 0, first, np.nan)
    return np.asarray(np.asarray(density, dtype=float) * (ratio - 1))
