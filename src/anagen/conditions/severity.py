"""Grades of pattern loss: how much hair a scale's picture of a site has lost.

A scale draws places, not densities: each grade says per site one of five degrees of loss, and the
table ``severity.csv`` what share of hair a degree stands for. No count by grade was seen.
"""

from __future__ import annotations

from dataclasses import dataclass

from anagen.parameters import parameter
from anagen.patient import Patient

DEGREES = ("none", "slight", "moderate", "marked", "bare")
"""Degrees of loss at a site; each has its row ``local_loss_<degree>``."""
SITES = ("temporal", "frontal", "vertex", "occipital")
NONE, SLIGHT, MODERATE, MARKED, BARE = range(5)
SCALES: dict[str, dict[str | int, tuple[int, int, int, int]]] = {
    "norwood": {
        "I": (NONE, NONE, NONE, NONE),
        "II": (SLIGHT, NONE, NONE, NONE),
        "IIa": (SLIGHT, SLIGHT, NONE, NONE),
        "III": (MARKED, SLIGHT, NONE, NONE),
        "IIIa": (MARKED, MODERATE, NONE, NONE),
        "III vertex": (MARKED, SLIGHT, MODERATE, NONE),
        "IV": (MARKED, MODERATE, MARKED, NONE),
        "IVa": (BARE, MARKED, SLIGHT, NONE),
        "V": (BARE, MARKED, BARE, NONE),
        "Va": (BARE, BARE, MODERATE, NONE),
        "VI": (BARE, BARE, BARE, NONE),
        "VII": (BARE, BARE, BARE, SLIGHT),
    },
    "ludwig": {
        "I": (NONE, SLIGHT, SLIGHT, NONE),
        "II": (SLIGHT, MODERATE, MODERATE, NONE),
        "III": (SLIGHT, BARE, BARE, NONE),
    },
    "sinclair": {
        1: (NONE, NONE, NONE, NONE),
        2: (NONE, SLIGHT, SLIGHT, NONE),
        3: (NONE, MODERATE, MODERATE, NONE),
        4: (SLIGHT, MARKED, MARKED, NONE),
        5: (SLIGHT, BARE, BARE, NONE),
    },
}
"""Degree of loss of each of `SITES` in the picture of a grade, as this project reads it."""


@dataclass(frozen=True, kw_only=True)
class Loss:
    """Share of the healthy person's non-vellus density that is lost: ``centre``, ``low``, ``high``.

    Between ``low`` and ``high`` lie people of the grade; vellus hair remains where a scale draws
    bare scalp.
    """

    centre: float
    low: float
    high: float


def loss_of_grade(patient: Patient) -> Loss | None:
    """What the patient's grade (Norwood-Hamilton, Ludwig, Sinclair) says of the site simulated.

    None where no grade is given. SALT is no grade of pattern loss and says nothing here.
    """
    if patient.grade is None:
        return None
    scale, grade = patient.grade
    degree = DEGREES[SCALES[scale][grade][SITES.index(patient.site)]]
    row = parameter(f"local_loss_{degree}")
    return Loss(centre=row.value, low=row.low, high=row.high)
