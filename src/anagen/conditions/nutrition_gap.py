"""Nutritional gaps: a load that lasts as long as the lack of iron, vitamin D or zinc.

Correction is a therapy. Studies disagree whether low stores thin hair at all, so that every weight
may be 0.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from anagen.conditions.burden import Burden, days_since, own_factor, steady
from anagen.patient import Patient

NUTRIENTS = {"ferritin": "ferritin_ug_l", "vitamin_d": "vitamin_d_nmol_l", "zinc": "zinc_umol_l"}
"""Stem of the rows ``<stem>_cut_off`` and ``<stem>_weight``, and the blood value."""


def deficit(value: float, cut_off: float) -> float:
    r"""Lack of a nutrient, 0 to 1: $\max(1 - x/x_0, 0)$ of the blood ``value`` $x$ (0 or more).

    ``cut_off`` $x_0 > 0$ in the same unit. The straight line is assumed.
    """
    return max(1 - value / cut_off, 0.0)


def load_of_labs(p: Mapping[str, float], patient: Patient) -> float | None:
    r"""Load of the blood values that are given, $\min(\sum_j w_j\,\text{deficit}_j, 1)$.

    None where none of ferritin, vitamin D and zinc is given.
    """
    given = {
        stem: value
        for stem, name in NUTRIENTS.items()
        if patient.labs is not None and (value := getattr(patient.labs, name)) is not None
    }
    if not given:
        return None
    lacks = (p[f"{s}_weight"] * deficit(x, p[f"{s}_cut_off"]) for s, x in given.items())
    return min(sum(lacks), 1.0)


def burden(
    p: Mapping[str, float], patient: Patient, days: int, rng: np.random.Generator | None
) -> Burden:
    """Load ``nutrition`` since the onset: from the labs, or a default where they are not given.

    ``days`` after today; ``rng`` None: the typical person, else the load (at most 1) has its spread
    between people.
    """
    known = load_of_labs(p, patient)
    level = p["nutrition_load_unstated"] if known is None else known
    level = min(level * own_factor(p["nutrition_between_people"], rng), 1.0)
    since = days_since(patient.years_since_onset, p["nutrition_time"])
    return steady("nutrition", level, since, days)
