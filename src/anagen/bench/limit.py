"""The limit: what any event engine for W1 has to do, and nothing else.

Per event one random word, one look-up of a residence time and one count in a histogram of days; at
the start the same for the phase and its age. No lengths, no hairs, no loads. The words and the
look-up are the engine's own, so the ratio to it is the price of all the rest.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

from anagen.bench.work import SERIES, Work
from anagen.follicle.law import ANAGEN, CATAGEN, KENOGEN, PHASES, TELOGEN
from anagen.follicle.quantiles import TICKS, draw, quantile_table
from anagen.follicle.residence import Floats
from anagen.rng import CYCLE, START, philox


def run(work: Work, seed: int) -> Floats:
    """Daily phase counts, (1, 1, len(SERIES), days + 1); shedding and length stay 0."""
    laws = work.law.residences
    tables = np.array(
        [quantile_table(r.quantile) for r in laws]
        + [quantile_table(r.biased_quantile) for r in laws]
    )
    mean = np.array([r.mean for r in laws])
    split = np.minimum(np.cumsum(mean) / mean.sum() * 2**32, 2**32).astype(np.uint64)
    entered = np.zeros((work.days + 2, len(PHASES)), dtype=np.int64)
    for patient in range(work.patients):
        loop(seed, patient, work.follicles, work.days, tables, split, entered)
    out = np.zeros((1, 1, len(SERIES), work.days + 1))
    change = entered - np.roll(entered, -1, axis=1)  # who enters a phase leaves the one before
    change[0] = entered[0]
    out[0, 0, : len(PHASES)] = np.cumsum(change[:-1], axis=0).T
    return out


@numba.njit(cache=True, nogil=True, inline="always")
def day_of(t: Any) -> Any:
    """The first midnight at or after tick ``t``; unsigned, so that no index is checked for sign."""
    return np.uint64((t + TICKS - 1) // TICKS)


@numba.njit(cache=True, nogil=True)
def loop(
    seed: Any, patient: Any, follicles: Any, days: Any, tables: Any, split: Any, entered: Any
) -> Any:
    """Count in ``entered`` (days + 2, 4) on which day follicles enter each phase."""
    seed, patient, zero = np.uint64(seed), np.uint64(patient), np.uint64(0)
    anagen, catagen, telogen, kenogen = tables[0], tables[1], tables[2], tables[3]
    stop = np.uint64(days * TICKS)
    for i in range(follicles):
        follicle, cycle = np.uint64(i), 0
        a, b, c, _ = philox(seed, patient, follicle, zero, np.uint64(START), zero)
        phase = int(a >= split[0]) + int(a >= split[1]) + int(a >= split[2])
        entered[0, phase] += 1
        whole = np.uint64(draw(tables[4 + phase], b))
        t = whole - ((whole * c) >> np.uint64(32))  # days left, at least a tick: day 0 counts once
        w0, w1, w2, w3 = philox(seed, patient, follicle, zero, np.uint64(CYCLE), zero)
        while True:
            if phase == ANAGEN:
                if t > stop:
                    break
                entered[day_of(t), CATAGEN] += 1
                t, phase = t + np.uint64(draw(catagen, w1)), CATAGEN
            if phase == CATAGEN:
                if t > stop:
                    break
                entered[day_of(t), TELOGEN] += 1
                t, phase = t + np.uint64(draw(telogen, w2)), TELOGEN
            if phase == TELOGEN:
                if t > stop:
                    break
                entered[day_of(t), KENOGEN] += 1
                t += np.uint64(draw(kenogen, w3))
            if t > stop:
                break
            cycle, phase = cycle + 1, ANAGEN
            entered[day_of(t), ANAGEN] += 1
            w0, w1, w2, w3 = philox(
                seed, patient, follicle, np.uint64(cycle), np.uint64(CYCLE), zero
            )
            t += np.uint64(draw(anagen, w0))
