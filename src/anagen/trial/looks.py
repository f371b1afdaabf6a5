"""What a replicate says before its end, and what it would have said with fewer people."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np

from anagen.trial.data import Floats, Mask, TrialData
from anagen.trial.design import Design
from anagen.trial.outcome import SIZES, Outcome
from anagen.trial.primary import primary_tests, z_of
from anagen.trial.statistics.group_sequential import SequentialDesign, boundaries


@lru_cache(maxsize=16)
def sequential(
    kind: str, alpha: float, fractions: tuple[float, ...], futility: tuple[float, ...]
) -> SequentialDesign:
    """The boundaries of a design, one-sided at half of its ``alpha``."""
    return boundaries(kind, fractions, alpha / 2, futility or None)


def fractions_of(design: Design) -> tuple[float, ...]:
    """Share of the people who have reached the primary visit at each look, the last 1."""
    trial = design.trial
    return (*((w - trial.primary) / trial.accrual_weeks for w in trial.interim_weeks), 1.0)


def looks_of(out: Outcome, data: TrialData) -> tuple[Floats, Floats, Floats]:
    """Z and decision at every look; at which one the trial stops with how many people; its tests.

    (looks, `OF_LOOK`), (2,), and (primary pairs, `OF_TEST`) at the look at which it stops.
    """
    trial = out.design.trial
    plan = sequential(trial.boundary, trial.alpha, fractions_of(out.design), trial.futility_z)
    weeks = [*trial.interim_weeks, trial.accrual_weeks + trial.visits_weeks[-1]]
    looks, stop = np.full(out.shapes["looks"], np.nan), np.full(2, np.nan)
    stopped = np.full(out.shapes["stopped"], np.nan)
    for k, week in enumerate(weeks):
        here = data.of(data.entry <= week)
        gone = np.minimum(here.left, np.nextafter(week - here.entry, np.inf))
        tests = primary_tests(out, replace(here, left=gone))
        z = float(z_of(tests, trial.better)[0])
        rejects, final = z >= plan.upper[k], k == len(weeks) - 1
        futile = not final and z < plan.lower[k]
        looks[k] = (z, rejects, futile)
        if np.isnan(stop[0]) and (rejects or futile or final):
            stop[:], stopped = (k, here.rows), tests
    return looks, stop, stopped


def sizes_of(out: Outcome, data: TrialData) -> Floats:
    """Tests as z with the first people of each arm alone, (`SIZES`, primary pairs).

    They come in order of entry, so that a smaller trial is the beginning of a larger one.
    """
    better = out.design.trial.better
    tests = [primary_tests(out, data.of(first_people(data, size))) for size in SIZES]
    return np.stack([z_of(one, better) for one in tests])


def first_people(data: TrialData, size: float) -> Mask:
    """The rows of the first share ``size`` of the people of every arm or sequence, (rows,)."""
    group = data.sequence if data.part.any() else data.arm
    chosen = np.zeros(data.rows, dtype=bool)
    for g in np.unique(group):
        people = data.person[group == g]
        order = people[np.sort(np.unique(people, return_index=True)[1])]
        chosen |= (group == g) & np.isin(data.person, order[: max(2, round(size * len(order)))])
    return chosen
