"""Every follicle of one scalp at a few visits, one by one: what a picture of the scalp is made of.

Luck is named, so a follicle here lives the life that `run_events` counts: the sums over follicles
equal its counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from anagen.errors import InputError
from anagen.follicle import cohort, state
from anagen.follicle.law import FollicleLaw
from anagen.follicle.prepare import Start, empty_out, prepare
from anagen.follicle.residence import Floats
from anagen.follicle.scalps import Course, Reading, Scalps

Bools = NDArray[np.bool_]
PHASES_AND_LOST = (cohort.C_ANAGEN, cohort.C_CATAGEN, cohort.C_TELOGEN, cohort.C_KENOGEN,
                   cohort.C_LOST)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Portrait:
    """The follicles of one scalp; every array has shape (options, visits, follicles).

    ``visible``: a hair shows; ``growing``: and grows; its ``calibre`` [um] and ``length`` above the
    skin [day of full growth], 0 where none shows; ``phase``: 0 to 3 as in `law.PHASES`, or 4:
    destroyed.
    """

    visible: Bools
    growing: Bools
    calibre: Floats
    length: Floats
    phase: NDArray[np.int64]


def portrait(
    law: FollicleLaw,
    scalps: Scalps,
    options: Sequence[Course],
    visits: Sequence[int],
    *,
    history: Course | None = None,
    start: Start = "stationary",
    seed: int = 0,
    replicate: int = 0,
) -> Portrait:
    """Follow every follicle of one patient through the options, and look at it at the ``visits``.

    ``visits`` are rising days from 0 to the options' last. Raises InputError for more patients.
    """
    if scalps.size != 1:
        raise InputError(f"one patient at a time (given: {scalps.size})", field="scalps")
    run = prepare(law, scalps, options, history, visits, Reading(), start, (seed, replicate))
    shape = (scalps.follicles, len(options), len(visits))
    seen = np.zeros((*shape, state.VISIT))
    phase = np.zeros(shape, dtype=np.int64)
    for f in range(scalps.follicles):
        out = empty_out(1, len(options), options[0].days, len(visits), 1)
        run.part(slice(0, 1), f, f + 1, out)
        seen[f] = out.visits[0]
        days = out.counts[0][:, PHASES_AND_LOST, :][..., list(visits)]
        phase[f] = days.argmax(axis=1)
    seen = np.moveaxis(seen, 0, 2)
    return Portrait(
        visible=seen[..., state.V_VISIBLE] > 0,
        growing=seen[..., state.V_GROWING] > 0,
        calibre=seen[..., state.V_CALIBRE] / state.MICROMETRE,
        length=seen[..., state.V_LENGTH] / state.DAY,
        phase=np.moveaxis(phase, 0, 2),
    )
