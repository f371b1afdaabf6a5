"""Ageing hair: slow thinning beyond an age, in decades.

Anagen shortens, the empty interval lengthens and calibre falls (the drive's rows of ``ageing``);
no follicle is destroyed. What people of an age have beside it belongs to `healthy`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from anagen.conditions.burden import Burden, own_factor
from anagen.errors import InputError
from anagen.patient import Patient
from anagen.units import DAYS_PER_YEAR as YEAR

DECADE = 10 * YEAR


def burden(
    p: Mapping[str, float], patient: Patient, days: int, rng: np.random.Generator | None
) -> Burden:
    r"""Load ``ageing`` $f\,\max(a(t) - a_g, 0)/10$: decades beyond the onset age $a_g$.

    ``days`` after today; ``rng`` None: $f = 1$, else a person's own factor. Raises InputError for
    an age that is not given.
    """
    if patient.age is None:
        raise InputError("is needed for ageing hair; give the age in years", field="age")
    beyond = YEAR * (patient.age - p["ageing_onset_age"])
    history = max(math.ceil(beyond), 0)
    day = np.arange(-history, days)
    factor = own_factor(p["ageing_between_people"], rng)
    return Burden(history=history, loads={"ageing": factor * np.maximum(beyond + day, 0) / DECADE})
