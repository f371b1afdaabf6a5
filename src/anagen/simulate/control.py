"""The control response of a simulated arm: what a vehicle or a needle adds to its readings.

The published change of a control arm is tied to three parts: the progression of a fixed reference
cohort, the wound signal's real effect on it, and an artefact, which is what they leave. All three
are constants of a parameter set and hypothesis, so that nobody's reading depends on who else is
simulated.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from anagen.conditions.healthy import Floats
from anagen.errors import InputError
from anagen.measurement import control_response
from anagen.measurement.control_response import Control
from anagen.regimen import Regimen
from anagen.simulate.reference import KINDS, Reference, reference

WEEK = 7
CONTROLS = {"injection": "saline_injection", "topical": "topical_vehicle"}
"""Route of a course, and the kind of control whose response it carries; the others have none."""
INTERVAL = 4 * WEEK
"""Days that a session counts as treatment: those between the sessions of the control arms."""


def control(kind: str, p: Mapping[str, float]) -> Control:
    """The published response of ``kind``, its total from the parameter set."""
    return replace(control_response.control(kind), total=p[f"{kind}_change"])


def treated(regimen: Regimen, end: int) -> dict[str, tuple[int, int]]:
    """First day and day of the end of treatment by kind of control, of what begins before ``end``.

    Raises InputError for a pause between lotions: how a response returns is not modelled.
    """
    spans: dict[str, list[tuple[int, int]]] = {}
    left_on = [c for c in regimen.courses if not c.rinsed]  # a placebo shampoo changed nothing
    rubbed = [c for c in left_on if c.route == "topical" and not c.weeks]
    for course in sorted(rubbed, key=lambda c: c.start_week):
        start = round(WEEK * course.start_week)
        stop = end + 1 if course.stop_week is None else round(WEEK * course.stop_week)
        before = spans.setdefault(CONTROLS["topical"], [(start, start)])
        if start > max(b for _, b in before):
            problem = f"'{regimen.name}' pauses what is put on before week {course.start_week:g}"
            raise InputError(f"{problem}; give one course, from first to last", field="regimens")
        before.append((start, stop))
    for course in left_on:
        kind = CONTROLS.get(course.route)
        days = course.session_days
        if course.route == "topical":  # on needled skin the needles' own response holds it
            days = tuple(day for day in days if day not in regimen.needled)
        if days and kind:
            spans.setdefault(kind, []).append((days[0], days[-1] + INTERVAL))
    if regimen.needled:
        days = tuple(regimen.needled)
        spans["microneedling"] = [(days[0], days[-1] + INTERVAL)]
    ends = {kind: (min(a for a, _ in s), max(b for _, b in s)) for kind, s in spans.items()}
    return {kind: span for kind, span in ends.items() if span[0] < end}


def artefacts(
    regimens: Sequence[Regimen],
    visits: Sequence[int],
    p: Mapping[str, float],
    hypothesis: str,
    method: str | None = None,
) -> Floats:
    """Artefact in total density [hairs/cm2], shape (options, visits), the same for all patients.

    In the reference cohort artefact, wound and progression add up to the published total; others
    differ from it by their own. A ``method`` of reading may show but a part of it. An arm given in
    two ways carries the larger of its artefacts: no trial has shown their sum.
    """
    found = np.zeros((len(regimens), len(visits)))
    spans = [treated(regimen, visits[-1]) for regimen in regimens]
    if not any(spans):
        return found
    known = reference(p, hypothesis)
    seen = control_response.artefact_share(p, method) if method in control_response.METHODS else 1.0
    heights = {kind: seen * plateau(kind, p, known) for kind in KINDS}
    rise, fall = p["control_response_rise_time"], p["control_response_fall_time"]
    for i, kinds in enumerate(spans):
        own = [
            control_response.artefact(
                np.asarray(visits, dtype=float) - first, stop - first, heights[kind],
                rise=rise, fall=fall,
            )
            for kind, (first, stop) in kinds.items()
        ]  # fmt: skip
        if own:
            found[i] = np.max(own, axis=0)
    return found


def plateau(kind: str, p: Mapping[str, float], known: Reference) -> float:
    """Artefact [hairs/cm2] of an arm of ``kind`` treated for ever, from the reference cohort."""
    return control_response.plateau(
        control(kind, p), progression=known.progression[kind], wound=known.gain[kind],
        rise=p["control_response_rise_time"], fall=p["control_response_fall_time"],
    )  # fmt: skip
