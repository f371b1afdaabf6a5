"""Rise towards a goal and return to rest, as a drug in blood or a store of a nutrient does."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from anagen.errors import InputError

Floats = NDArray[np.float64]


def first_order(goal: ArrayLike, rise: float, fall: float) -> Floats:
    r"""State at the end of each day, from rest: $\dot y = (g - y)/\tau$.

    ``goal`` $g$, shape (days,), is constant within its day; ``rise`` $\tau_r$ [day] holds while
    $g > y$, ``fall`` $\tau_f$ [day] otherwise. Exact: $y_n = g + (y_{n-1} - g)\, e^{-1/\tau}$, so
    that a constant goal is approached as $g (1 - e^{-n/\tau_r})$ after n days.
    """
    kept_rising, kept_falling = math.exp(-1 / rise), math.exp(-1 / fall)
    level, out = 0.0, np.empty(len(goals := np.atleast_1d(np.asarray(goal, dtype=float))))
    for day, towards in enumerate(goals.tolist()):
        kept = kept_rising if towards > level else kept_falling
        level = out[day] = towards + (level - towards) * kept
    return out


def not_negative(given: ArrayLike, field: str, unit: str) -> Floats:
    """What was given on each day, shape (days,); InputError where it is negative or not finite."""
    days = np.atleast_1d(np.asarray(given, dtype=float))
    if days.ndim != 1 or not np.all(np.isfinite(days) & (days >= 0)):
        problem = f"must be a number of {f'0 {unit}'.strip()} or more on every day"
        raise InputError(f"{problem} (given: {np.min(days):g})", field=field)
    return days
