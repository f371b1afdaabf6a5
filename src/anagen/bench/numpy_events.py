"""Peer: event by event in NumPy, all follicles of a group and a starting phase at once.

No step per day and no gather: follicles that start in one phase stay in step. This is the best
pure NumPy we know of for this law.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from anagen.bench.work import SERIES, Work
from anagen.follicle.law import ANAGEN, KENOGEN, TELOGEN, cumulative_clock
from anagen.follicle.residence import Floats

CHUNK = 50_000
"""Follicles per chunk of a large group: its arrays stay in the cache."""


def run(work: Work, seed: int) -> Floats:
    """Daily sums, (groups, options, len(SERIES), days + 1)."""
    rng = np.random.default_rng(seed)
    out = np.zeros((work.groups, work.options, len(SERIES), work.days + 1))
    size = work.total // work.groups
    for group, option in np.ndindex(*out.shape[:2]):
        for first in range(0, size, CHUNK):
            chunk = _Chunk(work, work.clock(option, group), rng)
            out[group, option] += chunk.sums(min(CHUNK, size - first))
    return out


class _Chunk:
    """Follicles with one clock."""

    def __init__(self, work: Work, clock: Floats | None, rng: np.random.Generator) -> None:
        self.laws, self.days, self.rng = work.law.residences, work.days, rng
        self.grid = np.arange(work.days + 1.0)
        self.read = None if clock is None else cumulative_clock(clock.T)  # (4, days + 1)
        # Difference arrays over days; the last column is for what comes too late.
        self.change = np.zeros((len(SERIES), work.days + 2))
        self.moment = np.zeros(work.days + 2)

    def sums(self, follicles: int) -> Floats:
        """Simulate and return (len(SERIES), days + 1)."""
        means = np.array([r.mean for r in self.laws])
        for phase, n in enumerate(self.rng.multinomial(follicles, means / means.sum())):
            self._start(phase, int(n))
        self.change[SERIES.index("length")] = self.moment
        sums = np.cumsum(self.change[:, :-1], axis=1)
        sums[SERIES.index("shed")] = self.change[SERIES.index("shed"), :-1]
        sums[SERIES.index("length")] += self.grid * sums[ANAGEN]  # each hair grows from its base
        return np.asarray(sums)

    def _start(self, phase: int, n: int) -> None:
        law = self.laws[phase]
        sigma2 = np.log1p(law.cv**2)
        whole = self._draw(phase, n) * np.exp(sigma2)  # lognormal: length bias is a factor
        gone = whole * self.rng.random(n)
        length = np.zeros(n)
        self.change[phase, 0] += n
        if phase == ANAGEN:
            length = gone  # its base lies at -gone
            self.moment[0] += gone.sum()
        elif phase != KENOGEN:
            length = self._draw(ANAGEN, n)
            self.moment[0] += length.sum()
        self._live(phase, np.zeros(n), whole - gone, length)

    def _live(self, phase: int, now: Floats, clock: Floats, length: Floats) -> None:
        """Let the follicles live on; ``clock`` is what is left of the phase at ``now``."""
        while now.size:
            now = self._when(phase, now, clock)
            inside = now <= self.days
            now, length = now[inside], length[inside]
            day = np.ceil(now).astype(np.int64)
            length = self._leave(phase, now, day, length)
            phase = (phase + 1) % 4
            clock = self._draw(phase, now.size)

    def _leave(self, phase: int, now: Floats, day: NDArray[np.int64], length: Floats) -> Floats:
        """Count the end of a phase; ``length`` is a hair's length, less ``now`` while it grows."""
        ended = np.bincount(day, minlength=self.days + 2)
        self.change[phase] -= ended
        self.change[(phase + 1) % 4] += ended
        if phase == ANAGEN:
            self.moment += np.bincount(day, now, self.days + 2)
            return length + now
        if phase == TELOGEN:
            self.change[SERIES.index("shed")] += ended
            self.moment -= np.bincount(day, length, self.days + 2)
        if phase == KENOGEN:
            self.moment -= np.bincount(day, now, self.days + 2)
            return -now
        return length

    def _draw(self, phase: int, n: int) -> Floats:
        law = self.laws[phase]
        sigma = np.sqrt(np.log1p(law.cv**2))
        return self.rng.lognormal(np.log(law.mean) - sigma**2 / 2, sigma, n)

    def _when(self, phase: int, now: Floats, clock: Floats) -> Floats:
        """The time at which the phase's clock has run for ``clock`` more days."""
        if self.read is None:
            return now + clock
        read = self.read[phase]
        target = np.interp(now, self.grid, read) + clock
        return np.asarray(np.interp(target, read, self.grid, right=np.inf))
