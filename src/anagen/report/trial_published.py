"""Pooled effects of published trials beside the contrasts of a virtual one."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence

from anagen.evidence.study import Study
from anagen.forecast.published import NEAR, dose_given, pools_of
from anagen.forecast.tested import therapies_of
from anagen.report.trial_blocks import Beside, primary_of
from anagen.trial.design import Design
from anagen.trial.summary import Contrast, Summary


def published_beside(
    summary: Summary, design: Design, studies: Sequence[Study]
) -> Iterator[Beside]:
    """For every arm of one therapy whose control holds nothing: pools of the same dose and route.

    Set beside the simulated contrast of the same outcome at the visit nearest to the trials', if
    that is no further than 8 weeks.
    """
    control = design.arms[design.control]
    if therapies_of(control.regimen):
        return
    for pair in primary_of(summary):
        arm = design.arms[design.names.index(pair.arm)]
        active = [c for c in arm.courses if c.active]
        if len(active) != 1 or len(therapies_of(arm.regimen)) != 1:
            continue
        course = active[0]
        for pool in pools_of(course.therapy, design.population.diagnosis, studies):
            same = (pool.alike.dose, pool.alike.route) == (dose_given(course), course.route)
            weeks = [c.week for c in pool.used if c.week is not None]
            if not same or not weeks or pool.effect is None or pool.interval is None:
                continue
            week = statistics.median(weeks)
            own = _nearest(summary, pair, pool.alike.outcome, pool.alike.unit, week)
            if own is None or own.difference is None:
                continue
            yield Beside(
                arm=arm.name,
                therapy=course.therapy,
                outcome=pool.alike.outcome,
                unit=pool.alike.unit,
                estimate=pool.effect.estimate,
                low=pool.interval[0],
                high=pool.interval[1],
                trials=len(pool.used),
                people=pool.participants,
                trials_week=week,
                week=own.week,
                simulated=own.difference,
                central=_central(summary, own),
                ids=tuple(c.study.id for c in pool.used),
            )


def _nearest(
    summary: Summary, pair: Contrast, outcome: str, unit: str, week: float
) -> Contrast | None:
    """The contrast of two arms in an outcome at the visit nearest to ``week``, if one is near."""
    own = [
        c
        for c in summary.contrasts
        if (c.arm, c.versus) == (pair.arm, pair.versus)
        and (c.endpoint, c.unit) == (outcome, unit)
        and abs(c.week - week) <= NEAR
    ]
    return min(own, key=lambda c: abs(c.week - week), default=None)


def _central(summary: Summary, c: Contrast) -> float | None:
    """The difference with the central parameters, known of the primary comparisons alone."""
    if not c.primary:
        return None
    known = [
        p.delta
        for p in summary.planned
        if (p.arm, p.versus, p.basis) == (c.arm, c.versus, "simulated")
    ]
    return known[0] if known else None
