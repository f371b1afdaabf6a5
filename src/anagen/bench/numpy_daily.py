"""Peer: one step per day in NumPy, as a careful user writes it.

Every follicle's remaining clock falls each day; the few that are due move on, with what is left of
the day. Counts and lengths are summed anew each day.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from anagen.bench.work import SERIES, Work
from anagen.follicle.law import ANAGEN, KENOGEN, PHASES, TELOGEN
from anagen.follicle.residence import Floats

SHED, LENGTH = SERIES.index("shed"), SERIES.index("length")


def run(work: Work, seed: int) -> Floats:
    """Daily sums, (groups, options, len(SERIES), days + 1)."""
    rng = np.random.default_rng(seed)
    out = np.zeros((work.groups, work.options, len(SERIES), work.days + 1))
    for option in range(work.options):
        _Scalp(work, rng).live(work.clocks[option] if work.clocks else None, out[:, option])
    return out


class _Scalp:
    """All follicles of a work: phase, clock left and length of hair, each (groups, n)."""

    def __init__(self, work: Work, rng: np.random.Generator) -> None:
        laws = work.law.residences
        self.rng = rng
        self.mean = np.array([r.mean for r in laws])
        self.sigma = np.sqrt(np.log1p(np.array([r.cv for r in laws]) ** 2))
        shape = work.groups, work.total // work.groups
        self.phase = rng.choice(len(PHASES), p=self.mean / self.mean.sum(), size=shape).astype(
            np.int8
        )
        whole = self._draw(self.phase) * np.exp(self.sigma[self.phase] ** 2)  # length-biased
        gone = whole * rng.random(shape)
        club = self._draw(np.zeros_like(self.phase))
        self.left = (whole - gone).astype(np.float32)
        self.length = np.select([self.phase == ANAGEN, self.phase == KENOGEN], [gone, 0], club)
        self.length = self.length.astype(np.float32)

    def _draw(self, phase: NDArray[np.int8]) -> Floats:
        sigma = self.sigma[phase]
        return np.asarray(
            self.mean[phase] * np.exp(sigma * (self.rng.standard_normal(phase.shape) - sigma / 2))
        )

    def live(self, clock: Floats | None, out: Floats) -> None:
        """Live through the days of ``clock`` (groups, days, 4); ``out`` (groups, :, days + 1)."""
        rows = np.arange(len(self.phase))[:, None]
        days = out.shape[-1] - 1
        for day in range(days + 1):
            for phase in range(len(PHASES)):
                out[:, phase, day] = np.count_nonzero(self.phase == phase, axis=1)
            out[:, LENGTH, day] = self.length.sum(axis=1, dtype=np.float64)
            if day == days:
                return
            rate = None if clock is None else clock[:, day].astype(np.float32)
            self.left -= 1 if rate is None else rate[rows, self.phase]
            self.length += self.phase == ANAGEN
            self._move(rate, out[:, SHED, day + 1])

    def _move(self, rate: NDArray[np.float32] | None, shed: Floats) -> None:
        """Move those on whose clock ran out, with the rest of the day in the next phase."""
        phase, left, length = (a.reshape(-1) for a in (self.phase, self.left, self.length))
        due = np.flatnonzero(left <= 0)
        while due.size:
            group, old = due // self.phase.shape[1], phase[due]
            new = (old + 1) % len(PHASES)
            speed = 1.0 if rate is None else rate[group, old]
            rest = -left[due] / speed  # of the day
            length[due] += np.select([old == ANAGEN, new == ANAGEN], [-rest, rest], 0)
            gone = old == TELOGEN
            length[due[gone]] = 0
            shed += np.bincount(group[gone], minlength=len(shed))
            phase[due] = new
            left[due] = self._draw(new) - rest * (1.0 if rate is None else rate[group, new])
            due = due[left[due] <= 0]
