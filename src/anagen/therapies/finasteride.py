"""Finasteride by mouth: scalp dihydrotestosterone (DHT) over its resting level."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from anagen.errors import InputError

Floats = NDArray[np.float64]


def steady_dht(mg_per_day: ArrayLike, *, emax: float, half_dose: float) -> Floats:
    r"""Scalp DHT share after weeks at a dose: $1 - E_{max} D/(ED_{50} + D)$.

    ``mg_per_day`` $D$ from 0 to 5 (what was studied), ``emax`` $E_{max}$ and ``half_dose``
    $ED_{50}$ [mg/day]: fits to the four doses of Drake 1999, beyond placebo
    (``finasteride_maximum_scalp``, ``finasteride_half_dose_scalp``). Raises InputError for a
    negative dose.
    """
    dose = np.asarray(mg_per_day, dtype=float)
    if not np.all(np.isfinite(dose) & (dose >= 0)):
        raise InputError(f"must be 0 or more (given: {dose.min():g})", field="mg_per_day")
    return np.asarray(1 - emax * dose / (half_dose + dose))


def scalp_dht(
    daily_dose: ArrayLike, *, emax: float, half_dose: float, onset: float, offset: float
) -> Floats:
    r"""Scalp DHT share on each day of a course: $\dot d = (d^*(D) - d)/\tau$ from $d = 1$.

    ``daily_dose`` [mg] day by day, shape (days,); $d^*$ by `steady_dht`; $\tau$ is ``onset`` [day]
    while DHT falls and ``offset`` [day] while it returns. The value of a day is that of its middle.
    The single time constants are an assumption; the return is uncertain (half-life 3 to 30 days).
    """
    goals = steady_dht(daily_dose, emax=emax, half_dose=half_dose)
    share, course = 1.0, np.ones(len(goals))
    for day, goal in enumerate(goals):
        if goal == share == 1:
            continue
        half = math.exp(-0.5 / (onset if goal < share else offset))
        course[day] = goal + (share - goal) * half
        share = goal + (share - goal) * half**2
    return course
