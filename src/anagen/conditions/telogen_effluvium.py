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


def exits_of(p: Mapping[str, float], trigger: Trigger, factor: float = 1.0) -> tuple[Exit, ...]:
    r"""The trigger as the follicles feel it; ``factor`` is the person's own on the share.

    Of the share $S$ that leaves anagen a part $1 - q$ enters catagen on the trigger's day. The rest
    is shed without a rest, $S q / w$ of the follicles once in anagen on each of $w$ days
    (``effluvium_release_spread``), the first ``effluvium_release_delay`` days after the trigger.
    """
    share = trigger.severity * largest_share(p) * p[f"effluvium_share_factor_{trigger.kind}"]
    share = min(share * factor, 1.0)
    early = share * p[f"effluvium_immediate_share_{trigger.kind}"]
    day, width = round(DAYS_PER_WEEK * trigger.week), max(round(p["effluvium_release_spread"]), 1)
    first = day + round(p["effluvium_release_delay"])
    left = 1 - (share - early) - early / width * np.arange(width)
    released = (
        Exit(day=first + i, share=float(min(early / width / x, 1.0)), immediate=1.0)
        for i, x in enumerate(left)
        if early > 0
    )
    return (Exit(day=day, share=share - early), *released)


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
    level = min(level, p["chronic_effluvium_most"])
    found = Burden()
    if is_chronic(patient):
        since = days_since(patient.years_since_onset, p["chronic_effluvium_time"])
        found = steady("stress", level, since, days)
    if patient.trigger is None:
        return found
    events = tuple(e for e in exits_of(p, patient.trigger, factor) if e.share > 0 and e.day < days)
    if not events:
        return found
    return combined([found, Burden(history=max(-events[0].day, 0), exits=events)], days)
