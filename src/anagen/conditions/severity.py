"""Grades of pattern loss: how much hair a scale's picture of a site has lost.

A scale draws places, not densities: each grade says per site one of five degrees of loss, and the
table ``severity.csv`` what share of hair a degree stands for. No count by grade was seen.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from anagen.evidence.distributions import critical_value
from anagen.parameters import parameter
from anagen.patient import Patient
from anagen.priors import RANGE

Floats = NDArray[np.float64]

SPREAD = 2 * critical_value(RANGE)
"""Range of a law between its low and its high, in standard deviations."""

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


def log_density(lost: ArrayLike, centre: float, low: float, high: float) -> Floats:
    r"""Log density of a loss among people of a degree, but for a constant.

    $-\tfrac12 ((l - c)/s)^2 - \ln(h - b)$: two halves of normal laws about the ``centre`` $c$, with
    95 % of people between ``low`` $b$ and ``high`` $h$ and $s$ of the side of ``lost`` $l$.
    """
    found = np.asarray(lost, dtype=float)
    side = np.where(found < centre, centre - low, high - centre)
    return np.asarray(-0.5 * ((found - centre) / (2 * side / SPREAD)) ** 2 - math.log(high - low))


def within_scale(lost: ArrayLike) -> Floats:
    """Losses held between the centres of no loss and of bare scalp: beyond them no scale tells."""
    least, most = (parameter(f"local_loss_{d}").value for d in (DEGREES[0], DEGREES[-1]))
    return np.asarray(np.clip(np.asarray(lost, dtype=float), least, most))
