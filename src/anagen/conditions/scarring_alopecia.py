"""Scarring alopecia: follicles destroyed for good while the disease is active.

Lichen planopilaris acts anywhere, its frontal fibrosing kind at the hairline, the central
centrifugal kind at the crown. Destruction is a hazard; nothing that is destroyed grows again.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from anagen.conditions.burden import Burden, days_since, own_factor
from anagen.patient import Patient
from anagen.units import DAYS_PER_YEAR as YEAR

ANYWHERE = ("vertex", "frontal", "temporal", "occipital")
PLACES = {
    "lichen_planopilaris": ANYWHERE,
    "frontal_fibrosing": ("frontal", "temporal"),
    "central_centrifugal": ("vertex",),
}
"""Kinds of the disease and the sites that each destroys."""


def hazard_rate(p: Mapping[str, float], subtype: str, site: str) -> float:
    """Typical hazard of destruction [1/day] at a ``site`` while a disease of `PLACES` is active."""
    outside = 1.0 if site in PLACES[subtype] else p["scarring_outside_share"]
    return outside * p[f"scarring_hazard_{subtype}"]


def burden(
    p: Mapping[str, float], patient: Patient, days: int, rng: np.random.Generator | None
) -> Burden:
    """Hazard from the onset until the disease burns out.

    ``activity`` decides where it is given: active to the end, or burnt out by today at the latest.
    Without a subtype the kind is lichen planopilaris. ``days`` after today; ``rng`` None: the
    typical person, else the hazard has its spread between people.
    """
    kinds = [s for s in patient.subtypes if s in PLACES] or ["lichen_planopilaris"]
    rate = max(hazard_rate(p, kind, patient.site) for kind in kinds)
    rate *= own_factor(p["scarring_between_people"], rng)
    history = days_since(patient.years_since_onset, p["scarring_time"])
    hazard = np.full(history + days, rate)
    out = math.ceil(YEAR * p["scarring_active_time"])
    if patient.activity == "burnt_out":
        out = min(out, history)
    if patient.activity != "active":
        hazard[out:] = 0
    return Burden(history=history, hazard=hazard)
