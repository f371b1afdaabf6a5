"""Telogen effluvium: a trigger that throws follicles out of anagen, or a load that goes on.

After an acute trigger hair recovers by itself: the follicles that left anagen pass through their
cycle and grow again. After childbirth those leave that pregnancy had kept in anagen; that keeping
itself is not modelled. One trigger is simulated.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from anagen.conditions.burden import Burden, Exit, combined, days_since, own_factor, steady
from anagen.errors import InputError
from anagen.patient import Patient, Trigger

DAYS_PER_WEEK = 7


def largest_share(p: Mapping[str, float]) -> float:
    r"""Share of the follicles in anagen that a full trigger throws out: $(p_{te} - p_T)/p_A$.

    What brings the resting share of a normal scalp (``telogen_fraction_histology`` $p_T$, with
    $p_A$ in anagen) to that of acute shedding, ``telogen_effluvium_fraction`` $p_{te}$; all 0 to 1.
    """
    normal, growing = p["telogen_fraction_histology"], p["anagen_fraction_histology"]
    return max(p["telogen_effluvium_fraction"] - normal, 0.0) / growing


def exit_of(p: Mapping[str, float], trigger: Trigger, factor: float = 1.0) -> Exit:
    """The trigger as the follicles feel it; ``factor`` is the person's own on the share."""
    share = trigger.severity * largest_share(p) * p[f"effluvium_share_factor_{trigger.kind}"]
    return Exit(
        day=round(DAYS_PER_WEEK * trigger.week),
        share=min(share * factor, 1.0),
        immediate=p[f"effluvium_immediate_share_{trigger.kind}"],
    )


def is_chronic(patient: Patient) -> bool:
    """Whether shedding goes on: said so, by a thyroid disease, or for want of any trigger."""
    said = "chronic" in patient.subtypes or "thyroid_disease" in patient.conditions
    return said or patient.trigger is None


def burden(
    p: Mapping[str, float], patient: Patient, days: int, rng: np.random.Generator | None
) -> Burden:
    """A trigger's exit, the load ``stress`` since the onset of chronic shedding, or both.

    ``days`` after today (a later trigger is left out); ``rng`` None: the typical person, else share
    and load have their spread between people. Raises InputError for acute shedding that has no
    trigger.
    """
    if "acute" in patient.subtypes and patient.trigger is None:
        do = 'give trigger = { kind = "infection", week = -12, severity = 1 }'
        raise InputError(f"is missing; acute shedding has one; {do}", field="trigger")
    factor = own_factor(p["effluvium_share_between_people"], rng)
    level = p["chronic_effluvium_load"] * own_factor(p["chronic_effluvium_between_people"], rng)
    found = Burden()
    if is_chronic(patient):
        since = days_since(patient.years_since_onset, p["chronic_effluvium_time"])
        found = steady("stress", level, since, days)
    if patient.trigger is None:
        return found
    event = exit_of(p, patient.trigger, factor)
    if event.share == 0 or event.day >= days:
        return found
    return combined([found, Burden(history=max(-event.day, 0), exits=(event,))], days)
