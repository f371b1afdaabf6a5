"""The control response of a simulated arm: what a vehicle on the scalp adds to its readings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from anagen.conditions.healthy import Floats
from anagen.measurement import control_response
from anagen.measurement.control_response import Control
from anagen.regimen import Course, Regimen

KIND = "topical_vehicle"
"""The one kind that adds an artefact so far: tablets add none, needles are not simulated yet."""


def vehicle_course(regimen: Regimen) -> Course | None:
    """The course by which something is rubbed on the scalp, if there is one."""
    return next((c for c in regimen.courses if c.route == "topical"), None)


def control(p: Mapping[str, float]) -> Control:
    """The published response to a topical vehicle, its total from the parameter set."""
    return replace(control_response.control(KIND), total=p[f"{KIND}_change"])


def artefacts(
    regimens: Sequence[Regimen],
    visits: Sequence[int],
    p: Mapping[str, float],
    response: Control,
    progression: float,
) -> Floats:
    """Artefact in total density [hairs/cm2], shape (options, visits), the same for all patients.

    ``progression`` is the simulated change of the same patients, untreated, by the published
    reading: artefact and progression add up to the published total there.
    """
    rise, fall = p["control_response_rise_time"], p["control_response_fall_time"]
    height = control_response.plateau(
        response, progression=progression, wound=0.0, rise=rise, fall=fall
    )
    found = np.zeros((len(regimens), len(visits)))
    for i, regimen in enumerate(regimens):
        course = vehicle_course(regimen)
        if course is not None:
            day = np.asarray(visits, dtype=float) - 7 * course.start_week
            stop = visits[-1] + 1 if course.stop_week is None else 7 * course.stop_week
            treated = stop - 7 * course.start_week
            found[i] = control_response.artefact(day, treated, height, rise=rise, fall=fall)
    return found
