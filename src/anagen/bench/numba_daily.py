"""Peer: one step per day in numba, follicles in blocks small enough for the cache.

Straightforward compiled code: each day each follicle's clock falls, phases are counted and lengths
summed; only follicles that are due take the branch. Of the two orders tried, days outside and a
block of follicles inside is several times faster than follicle by follicle, because the inner loop
becomes vector instructions.
"""

from __future__ import annotations

import math
from typing import Any

import numba
import numpy as np

from anagen.bench.work import SERIES, Work
from anagen.follicle.law import ANAGEN, CATAGEN, KENOGEN, TELOGEN, FollicleLaw
from anagen.follicle.residence import Floats

BLOCK = 64
SHED, LENGTH = SERIES.index("shed"), SERIES.index("length")
_ONE = np.float32(1)


def run(work: Work, seed: int) -> Floats:
    """Daily sums, (groups, options, len(SERIES), days + 1)."""
    out = np.zeros((work.groups, work.options, len(SERIES), work.days + 1))
    mu, sigma, share = lognormals(work.law)
    seed_numba(seed)
    for group, option in np.ndindex(*out.shape[:2]):
        clock = work.clock(option, group)
        rates = None if clock is None else clock.astype(np.float32)
        live(work.total // work.groups, rates, mu, sigma, share, out[group, option])
    return out


def lognormals(law: FollicleLaw) -> tuple[Floats, Floats, Floats]:
    """Mean and SD of the log residence times, and the shares of the phases below each."""
    mean, cv = np.array([[r.mean, r.cv] for r in law.residences]).T
    sigma2 = np.log1p(cv**2)
    return np.log(mean) - sigma2 / 2, np.sqrt(sigma2), np.cumsum(mean) / mean.sum()


@numba.njit(cache=True)
def seed_numba(seed: Any) -> Any:
    """Seed numba's own random numbers."""
    np.random.seed(seed)


@numba.njit(cache=True, nogil=True, inline="always")
def residence(mu: Any, sigma: Any, phase: Any) -> Any:
    """One residence time [day]."""
    return math.exp(mu[phase] + sigma[phase] * np.random.standard_normal())


@numba.njit(cache=True, nogil=True)
def found(mu: Any, sigma: Any, share: Any) -> Any:
    """A follicle as it is found: phase, days left in it, days spent in it."""
    u = np.random.random()
    phase = 0
    while phase < KENOGEN and u >= share[phase]:
        phase += 1
    whole = residence(mu, sigma, phase) * math.exp(sigma[phase] ** 2)
    left = whole * np.random.random()
    return phase, left, whole - left


@numba.njit(cache=True, nogil=True)
def settle(n: Any, phase: Any, left: Any, length: Any, mu: Any, sigma: Any, share: Any) -> Any:
    """Fill the block's first ``n`` follicles with stationary ones."""
    for i in range(n):
        p, rest, gone = found(mu, sigma, share)
        phase[i], left[i], length[i] = p, rest, 0
        if p == ANAGEN:
            length[i] = gone
        elif p != KENOGEN:
            length[i] = residence(mu, sigma, ANAGEN)


@numba.njit(cache=True, nogil=True)
def move(n: Any, phase: Any, left: Any, length: Any, rate: Any, mu: Any, sigma: Any) -> Any:
    """Move those that are due, with the rest of the day in the next phase; return hairs shed."""
    shed = 0
    for i in range(n):
        while left[i] <= 0:
            p = phase[i]
            rest = -left[i] if rate is None else -left[i] / rate[p]
            if p == ANAGEN:
                length[i] -= rest
            elif p == TELOGEN:
                length[i] = 0
                shed += 1
            elif p == KENOGEN:
                length[i] = rest
            p = (p + 1) % 4
            phase[i] = p
            left[i] = residence(mu, sigma, p) - (rest if rate is None else rest * rate[p])
    return shed


@numba.njit(cache=True, nogil=True, fastmath={"reassoc", "nsz"})
def live(follicles: Any, rates: Any, mu: Any, sigma: Any, share: Any, out: Any) -> Any:
    """Add the daily sums of one group to ``out`` (len(SERIES), days + 1)."""
    days = out.shape[1] - 1
    phase = np.zeros(BLOCK, np.int32)
    left, length = np.zeros(BLOCK, np.float32), np.zeros(BLOCK, np.float32)
    for first in range(0, follicles, BLOCK):
        n = min(BLOCK, follicles - first)
        settle(n, phase, left, length, mu, sigma, share)
        for day in range(days + 1):
            rate = None if rates is None else rates[min(day, days - 1)]
            if rate is None:
                r0 = r1 = r2 = r3 = _ONE
            else:
                r0, r1, r2, r3 = rate[0], rate[1], rate[2], rate[3]
            a, c, t, due, total = 0, 0, 0, 0, np.float32(0)
            for i in range(n):  # nothing but selects: vector instructions
                p = phase[i]
                a += p == ANAGEN
                c += p == CATAGEN
                t += p == TELOGEN
                total += length[i]
                length[i] += np.float32(p == ANAGEN)
                now = left[i] - (r0 if p == 0 else r1 if p == 1 else r2 if p == 2 else r3)
                left[i] = now
                due += now <= 0
            out[ANAGEN, day] += a
            out[CATAGEN, day] += c
            out[TELOGEN, day] += t
            out[KENOGEN, day] += n - a - c - t
            out[LENGTH, day] += total
            if due and day < days:
                out[SHED, day + 1] += move(n, phase, left, length, rate, mu, sigma)
