"""Time the peers: all in one process, warmed up, in turn, again and again.

Taking turns (A B C A B C) spreads a machine's moods over all of them, so that each ratio comes from
neighbouring runs. A peer too slow for the whole runs a part and is scaled up by follicle-days.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from anagen.bench import (
    limit,
    numba_daily,
    numba_loaded,
    numpy_daily,
    numpy_events,
    outside,
    tested,
)
from anagen.bench.work import Work, bench_data, make_work

THREADED = "engine_threads"
"""The engine once more, with the threads that were asked for."""
_TINY = 2000, 30


@dataclass
class Timing:
    """One peer on one work: seconds of each round, scaled to the whole work."""

    work: str
    peer: str
    follicles: int  # simulated, as are the days
    days: int
    scale: float  # follicle-days of the whole over those simulated
    whole: Work
    events: float = 0.0  # of the whole; only for the engine in W1 to W3
    cpu: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)

    @property
    def key(self) -> tuple[str, str]:
        """Work and peer."""
        return self.work, self.peer


def peers(threads: int) -> dict[str, Callable[[Work, int], Any]]:
    """What can be timed: a function of a work and a seed."""
    return {
        "engine": tested.simulate,
        THREADED: partial(tested.simulate, threads=threads),
        "limit": limit.run,
        "numpy_events": numpy_events.run,
        "numba_daily": lambda w, s: (numba_loaded if w.history else numba_daily).run(w, s),
        "numpy_daily": numpy_daily.run,
        **{name: outside.PEERS[name] for name in outside.installed()},
    }


def plan(*, quick: bool, threads: int) -> Iterator[tuple[str, str, Work]]:
    """Peer, name of the work and the part of it to run, for everything that can be timed."""
    known = peers(threads)
    for peer, cuts in bench_data()["sizes"]["quick" if quick else "full"].items():
        for name, cut in cuts.items():
            if peer in known and (peer != THREADED or threads > 1):
                yield peer, name, make_work(name) if cut == "all" else make_work(name, *cut)


def time_peers(*, quick: bool, threads: int) -> list[Timing]:
    """Warm up, then time every peer of the `plan` in turn, for the rounds of this mode."""
    known = peers(threads)
    jobs = []
    for peer, name, part in plan(quick=quick, threads=threads):
        whole = make_work(name)
        scale = whole.follicle_days / part.follicle_days
        jobs.append((Timing(name, peer, part.total, part.days, scale, whole), part))
        known[peer](make_work(name, *_TINY), 0)
    for seed in range(bench_data()["repeats"]["quick" if quick else "full"]):
        for timing, part in jobs:
            _once(timing, known[timing.peer], part, seed)
    return [timing for timing, _ in jobs]


def _once(timing: Timing, run: Callable[[Work, int], Any], part: Work, seed: int) -> None:
    gc.collect()
    wall, cpu = time.perf_counter(), time.process_time()
    result = run(part, seed)
    timing.cpu.append((time.process_time() - cpu) * timing.scale)
    timing.wall.append((time.perf_counter() - wall) * timing.scale)
    if timing.peer == "engine" and not part.history:
        timing.events = tested.events(result) * timing.scale
