"""The event engine as one of the peers: the same work in, the same sums out."""

from __future__ import annotations

import numpy as np

from anagen.bench.work import LOADED_SERIES, SERIES, Work
from anagen.follicle.counts import Counts
from anagen.follicle.events import run_events
from anagen.follicle.residence import Floats


def simulate(work: Work, seed: int, threads: int = 1) -> Counts:
    """Run the engine: what is timed."""
    return run_events(
        work.law, work.scalps(), work.courses(), visits=work.visits, reading=work.reading,
        seed=seed, threads=threads,
    )  # fmt: skip


def run(work: Work, seed: int) -> Floats:
    """Daily sums as the peers give them, (groups, options, series, days + 1)."""
    counts = simulate(work, seed)
    daily = [counts.daily(name) for name in SERIES]
    if work.history:
        daily += [counts.daily(name) for name in ("visible", "growth", "mass")]
        for name in LOADED_SERIES[len(daily) :]:
            at_visits = np.zeros((work.patients, work.options, work.days + 1))
            at_visits[:, :, list(work.visits)] = counts.at_visit(name)
            daily.append(at_visits)
    sums = np.stack(daily, axis=2).astype(float)
    return sums if work.groups == work.patients else sums.sum(axis=0, keepdims=True)


def events(counts: Counts) -> float:
    """Events of a run where every hair shows and every cycle has four phases: 4 per shed hair."""
    return 4.0 * float(counts.daily("shed").sum(dtype=np.int64))
