"""What a patient file names that a doctor has to weigh before any of the treatments."""

from __future__ import annotations

from collections.abc import Iterator

from anagen.patient import Patient
from anagen.vocabulary import label

ADULT = 18.0
"""Age [year] from which a person is no child."""
NAMED = {
    "medical_condition": ("pregnancy", "breast_feeding", "active_cancer", "past_cancer",
                          "infection", "immunosuppression"),
    "drug": ("immunosuppressant", "chemotherapy"),
    "finding": ("loss_of_openings", "pustules", "pain", "rapid_loss", "ulcer", "nodule",
                "suspected_malignancy", "scalp_infection"),
}  # fmt: skip
"""Words of a patient file, by their list, that no simulation answers to."""


def stops(patient: Patient) -> list[str]:
    """What the file names of `NAMED`, and a child, as people read it; nothing where it does not."""
    return list(_stops(patient))


def _stops(patient: Patient) -> Iterator[str]:
    if is_child(patient):
        yield f"a child ({patient.age:g} years)"
    given = {"medical_condition": patient.conditions, "drug": patient.drugs,
             "finding": patient.findings}  # fmt: skip
    for kind, words in NAMED.items():
        yield from (label(kind, word) for word in words if word in given[kind])


def is_child(patient: Patient) -> bool:
    """Whether the patient is known to be under 18."""
    return patient.age is not None and patient.age < ADULT
