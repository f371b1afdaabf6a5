"""Scalp inflammation (seborrhoeic dermatitis, psoriasis): a load that ends anagen early.

The load is steady: dandruff comes and goes over weeks and seasons, which is not modelled. What the
load does to clocks and growth is the drive's; calming and ketoconazole lower it.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from anagen.conditions.burden import Burden, days_since, own_factor, steady
from anagen.patient import Patient

SUBTYPES = ("seborrhoeic_dermatitis", "psoriasis")


def burden(
    p: Mapping[str, float], patient: Patient, days: int, rng: np.random.Generator | None
) -> Burden:
    """Load ``inflammation`` since the onset, at the level of the patient's subtype.

    Of two subtypes the heavier one counts. ``days`` after today; ``rng`` None: the typical person,
    else the level has its spread between people.
    """
    named = [s for s in patient.subtypes if s in SUBTYPES] or ["unstated"]
    level = max(p[f"inflammation_load_{s}"] for s in named)
    level = min(level * own_factor(p["inflammation_between_people"], rng), p["inflammation_most"])
    since = days_since(patient.years_since_onset, p["inflammation_time"])
    return steady("inflammation", level, since, days)
