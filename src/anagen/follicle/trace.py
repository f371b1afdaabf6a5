"""Chosen follicles, event by event: for pictures, and to check the engine by eye.

Luck is named, so a traced follicle lives exactly the life that it lives in `run_events`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from anagen.errors import InputError
from anagen.follicle import state
from anagen.follicle.law import ANAGEN, CATAGEN, TELOGEN, FollicleLaw
from anagen.follicle.prepare import Run, Start, empty_out, prepare
from anagen.follicle.residence import Floats
from anagen.follicle.scalps import Course, Reading, Scalps

MOST_EVENTS = 4096


@dataclass(frozen=True, kw_only=True)
class Trace:
    """One follicle's events from the start of its history to the end of the option.

    ``day`` (events,) at which ``phase`` began (0 to 3, or 4: destroyed; day 0 is today), with the
    ``size`` it then has; the first row is the state found at the start, whose phase began earlier.
    """

    follicle: int
    day: Floats
    phase: NDArray[np.int64]
    size: Floats
    full_calibre: float  # um at size 1
    emergence_delay: float

    def at(self, days: Sequence[float] | Floats) -> tuple[NDArray[np.int64], Floats]:
        """Phase and length above the skin [day of growth x size] at ``days``; growth at rest.

        A hair that grew before the trace begins is followed from there on only.
        """
        days = np.asarray(days, dtype=float)
        event = np.clip(np.searchsorted(self.day, days, side="right") - 1, 0, None)
        onset = np.where(self.phase == ANAGEN, self.day, np.nan)
        end = np.append(self.day[1:], np.inf)
        last = np.maximum.accumulate(np.where(self.phase == ANAGEN, np.arange(len(self.day)), -1))[
            event
        ]
        grown = np.minimum(days, end[last]) - onset[last] - self.emergence_delay
        phase = self.phase[event]
        has_hair = np.isin(phase, (ANAGEN, CATAGEN, TELOGEN)) & (last >= 0)
        return phase, np.where(has_hair, np.maximum(grown, 0), 0) * self.size[event]


def trace_events(
    law: FollicleLaw,
    scalps: Scalps,
    option: Course,
    follicles: Sequence[int],
    *,
    history: Course | None = None,
    start: Start = "stationary",
    seed: int = 0,
    replicate: int = 0,
) -> list[Trace]:
    """The lives of some ``follicles`` of one patient's scalp under one option.

    Raises InputError for more than one patient, a follicle that the scalp lacks, or a life of more
    than 4,096 events.
    """
    if scalps.size != 1:
        raise InputError(f"traces one patient at a time (given: {scalps.size})", field="scalps")
    run = prepare(law, scalps, [option], history, (), Reading(), start, (seed, replicate))
    found = []
    for follicle in follicles:
        if not 0 <= follicle < scalps.follicles:
            problem = f"must lie between 0 and {scalps.follicles - 1} (given: {follicle})"
            raise InputError(problem, field="follicles")
        found.append(_trace(run, follicle, law.emergence_delay))
    return found


def _trace(run: Run, follicle: int, delay: float) -> Trace:
    logs = np.full((MOST_EVENTS, 4), -1), np.full((MOST_EVENTS, 4), -1)
    out = empty_out(1, 1, run.options.stop // state.DAY, 0, 1)
    replace(run, logs=logs).part(slice(0, 1), follicle, follicle + 1, out)
    past, now = (log[log[:, 1] >= 0] for log in logs)
    if len(past) + len(now) >= MOST_EVENTS:
        problem = f"follicle {follicle} lives more than {MOST_EVENTS} events; trace a shorter time"
        raise InputError(problem, field="follicles")
    past[:, 0] -= run.history.stop
    events = np.concatenate([past, now[1:] if len(past) else now])  # day 0 is in both
    return Trace(
        follicle=follicle,
        day=events[:, 0] / state.DAY,
        phase=events[:, 1],
        size=events[:, 2] / state.ONE,
        full_calibre=events[0, 3] / state.MICROMETRE,
        emergence_delay=delay,
    )
