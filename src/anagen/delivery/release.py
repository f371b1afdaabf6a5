"""Release over time: instantaneous sources summed over the times at which they leave."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Source = Callable[[Floats], Floats]
"""Concentration of a source by the time since it left [day]; the last axis is summed over."""


def _gauss(points: int) -> tuple[Floats, Floats]:
    """Gauss and Legendre's rule on 0 to 1."""
    x, w = np.polynomial.legendre.leggauss(points)
    return (x + 1) / 2, w / 2


_X, _W = _gauss(32)
_EARLY, _MIDDLE, _YOUNG = _gauss(12), _gauss(4), _gauss(8)  # err by 2e-5 of the first together
_SPENT = 8.0
"""Time constants after which a release counts as over but for its tail."""


def constant_release(source: Source, t: ArrayLike, duration: float) -> Floats:
    r"""Concentration of a source that leaves evenly: $\frac1T \int_{\max(0, t-T)}^{t} G(v)\,dv$.

    ``source`` $G$ of times of shape (..., 32), ``t`` since the start [day], 0 or more, shape (...),
    ``duration`` $T$ [day] above 0. Summed over $\sqrt v$, in which a plane source is smooth.
    """
    stop = np.sqrt(np.asarray(t, dtype=float))[..., None]
    start = np.sqrt(np.maximum(np.asarray(t, dtype=float) - duration, 0.0))[..., None]
    root = start + (stop - start) * _X
    return np.asarray((source(root**2) * 2 * root * (stop - start) * _W).sum(axis=-1) / duration)


def first_order_release(source: Source, t: ArrayLike, rate: float) -> Floats:
    r"""Concentration of a source that leaves at a rate: $\int_0^t \rho e^{-\rho u} G(t-u)\,du$.

    ``source`` $G$ of times of shape (..., 24), ``t`` since the start [day], 0 or more, shape (...),
    ``rate`` $\rho$ [1/day] above 0. Summed in three pieces: what left within `_SPENT` time
    constants, what left later, and, over $\sqrt v$, in which it is smooth, what left just now.
    """
    half = np.asarray(t, dtype=float)[..., None] / 2
    spent = np.minimum(half, _SPENT / rate)
    (x, w), (y, v), (z, u) = _EARLY, _MIDDLE, _YOUNG
    gone = np.concatenate((spent * x, spent + (half - spent) * y, 2 * half - half * z**2), axis=-1)
    width = np.concatenate((spent * w, (half - spent) * v, half * 2 * z * u), axis=-1)
    left = rate * np.exp(-rate * gone) * width
    return np.asarray((source(2 * half - gone) * left).sum(axis=-1))
