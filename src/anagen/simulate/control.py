"""The control response of a simulated arm: what a vehicle on the scalp adds to its readings.

The artefact is one constant of a parameter set and hypothesis: the published total less the
progression of a fixed reference cohort, so that nobody's reading depends on who else is simulated.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np
from scipy import special

from anagen.conditions.androgenetic_alopecia import YEAR
from anagen.conditions.healthy import Floats, between_people
from anagen.errors import InputError
from anagen.follicle.events import run_events
from anagen.follicle.scalps import Course as Stretch
from anagen.measurement import control_response
from anagen.measurement.control_response import Control
from anagen.patient import Patient
from anagen.regimen import Course, Regimen
from anagen.simulate.model import follicle_law, follicle_scalps, people_scalps

KIND = "topical_vehicle"
"""The one kind that adds an artefact so far: tablets add none, needles are not simulated yet."""
REFERENCE_SEED, REFERENCE_MEN, REFERENCE_FOLLICLES = 20_021_007, 2000, 250
"""Luck and size of the reference cohort: Monte-Carlo error of its progression 0.24 hairs/cm2."""
LONGEST = 25.0
"""Years since onset, at most, of a man of a trial: men up to 40 whose loss began at 15."""


def vehicle_course(regimen: Regimen) -> Course | None:
    """The course by which something is rubbed on the scalp, if there is one.

    Raises InputError for several: how a response comes back after a pause is not modelled.
    """
    found = [c for c in regimen.courses if c.route == "topical"]
    if len(found) > 1:
        problem = f"'{regimen.name}' has {len(found)} topical courses; give one, from first to last"
        raise InputError(problem, field="regimens")
    return found[0] if found else None


def control(p: Mapping[str, float]) -> Control:
    """The published response to a topical vehicle, its total from the parameter set."""
    return replace(control_response.control(KIND), total=p[f"{KIND}_change"])


def reference_men(p: Mapping[str, float]) -> list[Patient]:
    """The reference cohort: men like those of the trials, whether or not a trial takes them.

    Years since onset at the mid-quantiles of their spread (``time_since_onset``), vertex; other
    traits are drawn with `REFERENCE_SEED`.
    """
    z = special.ndtri((np.arange(REFERENCE_MEN) + 0.5) / REFERENCE_MEN)
    spread = between_people(z, p["time_since_onset_between_people"])
    years = np.minimum(p["time_since_onset"] / YEAR * spread, LONGEST)
    return [Patient(id=i, years_since_onset=float(y)) for i, y in enumerate(years)]


def reference_progression(p: Mapping[str, float], hypothesis: str, day: int) -> float:
    """Mean change of total density [hairs/cm2] of `reference_men`, untreated, by ``day``.

    The same for whoever is simulated beside it, under any seed; kept for the next call.
    """
    return _progression(tuple(sorted(p.items())), hypothesis, day)


@lru_cache(maxsize=64)
def _progression(items: tuple[tuple[str, float], ...], hypothesis: str, day: int) -> float:
    p, seed = dict(items), REFERENCE_SEED
    men = reference_men(p)
    scalp = people_scalps(men, p, drawn=True, seed=seed)
    loads = follicle_scalps(men, p, scalp, REFERENCE_FOLLICLES, drawn=True, seed=seed)
    counts = run_events(
        follicle_law(p, hypothesis), loads, [Stretch(days=day)], visits=(0, day), daily=False,
        seed=seed,
    )  # fmt: skip
    shown = counts.at_visit("visible")[:, 0] / counts.follicles
    return float(np.mean((shown[:, 1] - shown[:, 0]) * scalp.follicle_density))


def artefacts(
    regimens: Sequence[Regimen], visits: Sequence[int], p: Mapping[str, float], hypothesis: str
) -> Floats:
    """Artefact in total density [hairs/cm2], shape (options, visits), the same for all patients.

    In the reference cohort artefact and progression add up to the published total; others differ
    from it by their own progression. None for a vehicle that starts after the last visit.
    """
    found = np.zeros((len(regimens), len(visits)))
    courses = [vehicle_course(regimen) for regimen in regimens]
    if not any(courses):
        return found
    rise, fall = p["control_response_rise_time"], p["control_response_fall_time"]
    response = control(p)
    height = control_response.plateau(
        response, progression=reference_progression(p, hypothesis, round(response.read)),
        wound=0.0, rise=rise, fall=fall,
    )  # fmt: skip
    for i, course in enumerate(courses):
        if course is not None and 7 * course.start_week < visits[-1]:
            day = np.asarray(visits, dtype=float) - 7 * course.start_week
            stop = visits[-1] + 1 if course.stop_week is None else 7 * course.stop_week
            treated = stop - 7 * course.start_week
            found[i] = control_response.artefact(day, treated, height, rise=rise, fall=fall)
    return found
