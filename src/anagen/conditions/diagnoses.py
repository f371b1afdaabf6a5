"""Every diagnosis that can be simulated, and what all of a person's lay on the follicles."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from anagen.conditions import (
    ageing,
    alopecia_areata,
    nutrition_gap,
    scalp_inflammation,
    scarring_alopecia,
    telogen_effluvium,
)
from anagen.conditions.burden import Burden, combined
from anagen.errors import InputError, unknown_word
from anagen.patient import Patient

Diagnosis = Callable[[Mapping[str, float], Patient, int, "np.random.Generator | None"], Burden]


def none(
    p: Mapping[str, float], patient: Patient, days: int, rng: np.random.Generator | None
) -> Burden:
    """No burden: of a healthy person, and of pattern loss, whose load is each follicle's own."""
    return Burden()


DIAGNOSES: dict[str, Diagnosis] = {
    "healthy": none,
    "androgenetic_alopecia": none,
    "alopecia_areata": alopecia_areata.burden,
    "telogen_effluvium": telogen_effluvium.burden,
    "scalp_inflammation": scalp_inflammation.burden,
    "scarring_alopecia": scarring_alopecia.burden,
    "ageing": ageing.burden,
    "nutrition_gap": nutrition_gap.burden,
}
"""What each diagnosis lays on the follicles."""


def diagnoses_of(p: Mapping[str, float], patient: Patient) -> tuple[str, ...]:
    """The patient's diagnoses, the first one first, and a nutritional gap that labs show."""
    shown = nutrition_gap.load_of_labs(p, patient)
    return tuple(dict.fromkeys([*patient.diagnoses, *(["nutrition_gap"] if shown else [])]))


def burden_of(
    p: Mapping[str, float], patient: Patient, days: int, rng: np.random.Generator | None
) -> Burden:
    """What a patient's diagnosis, all that goes with it and low blood values lay on the follicles.

    ``years_since_onset`` is that of the diagnosis; what goes with it began as long ago as its table
    says. ``days`` after today; ``rng`` None: the typical person, else a draw of people like this
    one. Raises InputError for a diagnosis that is not simulated.
    """
    later = patient.model_copy(update={"years_since_onset": 0.0})
    found = []
    for name in diagnoses_of(p, patient):
        if name not in DIAGNOSES:
            do = f"simulated are: {', '.join(DIAGNOSES)}"
            raise InputError(unknown_word("diagnosis", name, DIAGNOSES, do), field="diagnosis")
        who = patient if name == patient.diagnosis else later
        found.append(DIAGNOSES[name](p, who, days, rng))
    return combined(found, days)
