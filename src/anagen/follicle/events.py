"""The event engine: patients x options x follicles, from the law to daily and visit counts.

Every follicle is visited once per event. Options share the history and the follicle's luck; results
are equal to the bit for any number of threads and blocks, any order of patients, and whatever other
patients or options are in the run.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from itertools import pairwise

import numpy as np

from anagen.errors import InputError, brief, unknown_word
from anagen.follicle import state
from anagen.follicle.counts import Counts
from anagen.follicle.law import FollicleLaw
from anagen.follicle.limits import whole
from anagen.follicle.prepare import Start, empty_out, prepare
from anagen.follicle.scalps import Course, Reading, Scalps


def _check(options: Sequence[Course], visits: Sequence[int], start: str) -> list[int]:
    """The days of the visits, of a run that has options and a known start."""
    if not isinstance(options, Sequence) or not options:
        problem = "must be a list of courses, one at least ([Course(days=365)] is no treatment)"
        raise InputError(problem, field="options")
    if start not in ("stationary", "anagen"):
        raise InputError(unknown_word("start", start, ("stationary", "anagen")), field="start")
    if np.asarray(visits, dtype=object).size == 0:
        return []
    days = whole("visits", visits, 0, options[0].days, ("visits",))
    if np.any(np.diff(days) < 1):
        raise InputError(f"must be rising days (given: {brief(days.tolist())})", field="visits")
    return [int(day) for day in days]


def _pieces(
    patients: int, follicles: int, block: int, threads: int
) -> list[tuple[slice, int, int]]:
    """The work in pieces: blocks of patients, and of follicles where patients are few."""
    blocks = [slice(a, min(a + block, patients)) for a in range(0, patients, block)]
    parts = min(-(-threads // len(blocks)), follicles)
    edges = [follicles * k // parts for k in range(parts + 1)]
    return [(b, first, last) for b in blocks for first, last in pairwise(edges)]


def run_events(
    law: FollicleLaw,
    scalps: Scalps,
    options: Sequence[Course],
    *,
    history: Course | None = None,
    visits: Sequence[int] = (),
    reading: Reading | None = None,
    start: Start = "stationary",
    daily: bool = True,
    seed: int = 0,
    replicate: int = 0,
    threads: int = 1,
    block: int = 16,
) -> Counts:
    """Run every follicle of every patient through its history and then through every option.

    ``history`` covers the longest history of the patients (None: at rest); ``options`` are courses
    of one length from day 0; ``visits`` are days from 0 to its end. ``start`` at the beginning of a
    history: stationary, or every follicle at an anagen onset. ``daily=False`` keeps visits only.
    Luck is named by (``seed``, ``replicate``, patient, follicle, cycle). Raises InputError.
    """
    reading = reading or Reading()
    seed, replicate = (
        int(whole(name, given, 0, 2**32 - 1))
        for name, given in (("seed", seed), ("replicate", replicate))
    )
    threads, block = int(whole("threads", threads, 1, 1024)), int(whole("block", block, 1, 2**20))
    visits = _check(options, visits, start)
    run = prepare(law, scalps, options, history, visits, reading, start, (seed, replicate))
    days = options[0].days
    shape = (len(options), days if daily else -1, len(visits), reading.bins)
    out = empty_out(scalps.size, *shape)

    def one(piece: tuple[slice, int, int]) -> state.Out | None:
        patients, first, last = piece
        if last - first == scalps.follicles:
            run.part(patients, first, last, out.of(patients))
            return None
        own = empty_out(patients.stop - patients.start, *shape)
        run.part(patients, first, last, own)
        return own

    pieces = _pieces(scalps.size, scalps.follicles, block, threads)
    with ThreadPoolExecutor(threads) if threads > 1 else nullcontext() as pool:
        parts = (pool.map if pool else map)(one, pieces)
        for (patients, _, _), own in zip(pieces, parts, strict=True):
            if own is not None:
                out.add(patients, own)
    return Counts(
        follicles=scalps.follicles,
        days=days,
        visit_days=tuple(visits),
        counts=out.counts,
        sums=out.sums,
        visits=out.visits,
        histogram=out.bins,
        full_calibre=np.asarray(scalps.full_calibre),
    )
