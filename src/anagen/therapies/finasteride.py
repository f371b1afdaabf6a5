"""Finasteride: scalp dihydrotestosterone (DHT) over its resting level."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from anagen.errors import InputError, unknown_word
from anagen.therapies.dht_turnover import dht_course
from anagen.therapies.dht_turnover import finasteride as tight_binding

Floats = NDArray[np.float64]

ROUTES = ("oral", "topical")


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


def scalp_course(daily_mg: ArrayLike, p: Mapping[str, float], route: str = "oral") -> Floats:
    """Scalp DHT share at the end of each day, shape (days,), by tight binding to the enzyme.

    ``daily_mg`` swallowed (``oral``) or put on the scalp (``topical``), shape (days,). Fitted to
    0.01 to 5 mg by mouth (Drake 1999); the topical numbers are assumed. Both routes at once:
    `dht_turnover.dht_course`. Raises InputError.
    """
    if route not in ROUTES:
        raise InputError(unknown_word("route of finasteride", route, ROUTES), field="route")
    oral, topical = (daily_mg, 0.0) if route == "oral" else (0.0, daily_mg)
    return dht_course(oral, tight_binding(p), topical_mg=topical).scalp
