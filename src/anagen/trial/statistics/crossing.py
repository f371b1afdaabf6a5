r"""The chance that a Brownian path crosses a boundary at one of its looks: recursive quadrature.

The score $B_k = Z_k \sqrt{t_k}$ of a trial at the times $t_1 < \dots < t_K$ has independent
increments $N(\theta\,\Delta t, \Delta t)$. The density of those that still go on is carried from
look to look on Gauss-Legendre panels of two SDs of a step. Armitage, McPherson & Rowe 1969, DOI
10.2307/2343787; Jennison & Turnbull 2000, ch. 19 (from memory).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr

from anagen.trial.statistics.estimate import Floats
from anagen.trial.statistics.quadrature import panels

TAIL = 8.5
"""SDs of the score beyond which 2e-17 of its law lies."""


@dataclass(frozen=True, eq=False)
class _Going:
    """Trials that still go on at time ``t``: ``weight`` of them have the score ``x``."""

    x: Floats
    weight: Floats
    t: float
    drift: float

    def above(self, z: float, t: float) -> float:
        """Share that lies above ``z`` at the next time ``t``."""
        gap = t - self.t
        away = (self.x + self.drift * gap - z * math.sqrt(t)) / math.sqrt(gap)
        return float(self.weight @ ndtr(away))

    def z_above(self, share: float, t: float) -> float:
        """The z above which ``share`` lies at the next time ``t``; inf for no share."""
        if share < 1e-250:
            return math.inf
        centre = self.drift * math.sqrt(t)
        low, high = centre - 4 * TAIL, centre + 4 * TAIL
        if self.above(low, t) <= share:
            return -math.inf
        return float(brentq(lambda z: self.above(z, t) - share, low, high, xtol=1e-12))

    def after(self, lower: float, upper: float, t: float, next_t: float) -> _Going:
        """Those that lie between two z at time ``t``; nodes fit the steps to ``t`` and beyond."""
        root, gap = math.sqrt(t), t - self.t
        window = self.drift * root - TAIL, self.drift * root + TAIL
        low, high = (float(z) * root for z in np.clip((lower, max(lower, upper)), *window))
        x, dx = panels(low, high, 2 * math.sqrt(min(gap, next_t - t)))
        away = (x[:, None] - self.x - self.drift * gap) / math.sqrt(gap)
        density = np.exp(-(away**2) / 2) @ self.weight / math.sqrt(2 * math.pi * gap)
        return _Going(x, density * dx, t, self.drift)


def _begin(drift: float) -> _Going:
    return _Going(np.zeros(1), np.ones(1), 0.0, drift)


@dataclass(frozen=True, eq=False, kw_only=True)
class Stages:
    """Probability of ending at each look, (looks,): above the upper, below the lower boundary."""

    efficacy: Floats
    futility: Floats

    @property
    def power(self) -> float:
        """Probability of ever crossing the upper boundary."""
        return float(self.efficacy.sum())


def crossing(upper: Floats, lower: Floats, times: Floats, drift: float = 0.0) -> Stages:
    """`Stages` of boundaries (looks,) on z, met at ``times`` (looks,) under a ``drift``."""
    going, following = _begin(drift), [*times[1:], 2 * times[-1]]
    found = np.zeros((2, len(times)))
    for k, (t, b, a) in enumerate(zip(times, upper, lower, strict=True)):
        found[:, k] = going.above(b, t), going.weight.sum() - going.above(min(a, b), t)
        going = going.after(a, b, t, following[k])
    return Stages(efficacy=found[0], futility=np.maximum(found[1], 0.0))


def spent(times: Floats, shares: Floats, lower: Floats, drift: float = 0.0) -> Floats:
    """The upper z that are crossed with the probability ``shares`` at each look, (looks,)."""
    going, upper = _begin(drift), np.empty(len(times))
    following = [*times[1:], 2 * times[-1]]
    for k, t in enumerate(times):
        upper[k] = going.z_above(shares[k], t)
        going = going.after(lower[k], upper[k], t, following[k])
    return upper


def futility_spent(times: Floats, shares: Floats, upper: Floats, drift: float) -> Floats:
    """The lower z below which the probability ``shares`` fall at each look, (looks,)."""
    going, lower = _begin(drift), np.empty(len(times))
    following = [*times[1:], 2 * times[-1]]
    for k, t in enumerate(times):
        lower[k] = going.z_above(going.weight.sum() - shares[k], t)
        going = going.after(lower[k], upper[k], t, following[k])
    return lower
