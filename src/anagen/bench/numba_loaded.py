"""Peer for W4: the full law by a step per day in numba, with the load's factors in a table.

The order and the blocks are those of `numba_daily`. Loads are taken at midday; their factors come
from a table over levels, so that no exponential is computed per day.
"""

from __future__ import annotations

import math
from typing import Any

import numba
import numpy as np

from anagen.bench.numba_daily import BLOCK, found, lognormals, residence, seed_numba
from anagen.bench.work import LOADED_SERIES, Work
from anagen.follicle.law import (
    ANAGEN,
    ANDROGEN_STEP,
    CATAGEN,
    DHT_STEP,
    KENOGEN,
    TELOGEN,
    clock_factor,
    size_target,
)
from anagen.follicle.residence import Floats

SHED, LENGTH, VISIBLE, GROWTH, MASS, THICK, CALIBRE = range(4, len(LOADED_SERIES))
LEVELS = 256
_NEVER = np.float32(np.inf)


def run(work: Work, seed: int) -> Floats:
    """Daily sums, (patients, 1, len(LOADED_SERIES), days + 1).

    For works with every cycle through kenogen, and one option.
    """
    out = np.zeros((work.patients, 1, len(LOADED_SERIES), work.days + 1))
    dht = (
        np.ones(work.history + work.days)
        if work.dht is None
        else np.concatenate([np.ones(work.history), work.dht])
    )
    clock = np.ones((work.history + work.days, 4), dtype=np.float32)
    seen = np.zeros(work.days + 1, dtype=np.bool_)
    seen[list(work.visits)] = True
    factor, target = _load_tables(work)
    seed_numba(seed)
    for patient in range(work.patients):
        if work.clocks:
            clock[work.history :] = work.clock(0, patient)
        live(
            work.follicles,
            _traits(work),
            *lognormals(work.law),
            clock,
            np.floor(dht / DHT_STEP + 0.5).astype(np.int64),
            factor,
            target,
            seen,
            out[patient, 0],
        )
    return out


def _load_tables(work: Work) -> tuple[Floats, Floats]:
    """Clock factor by (DHT level, androgen level, phase), size target by (DHT, androgen level)."""
    dht = np.arange(round(1 / DHT_STEP) + 1) * DHT_STEP
    load = dht[:, None] * np.arange(LEVELS) * ANDROGEN_STEP
    law = work.law
    factor = clock_factor(np.asarray(law.androgen_drive), load[:, :, None])
    return factor.astype(np.float32), size_target(load, law.androgen_half_size, law.size_hill)


def _traits(work: Work) -> Floats:
    """Severity, share affected, spread of onsets, 1/ramp, calibre, the law's numbers, thick hair.

    The first onset is the first day of the history.
    """
    given, law = work.load, work.law
    calibre2 = math.log1p(law.calibre_cv**2)
    own2 = math.log1p(law.sensitivity_cv**2)
    return np.array([
        given.get("severity", 0) / ANDROGEN_STEP, given.get("affected_share", 0),
        given.get("onset_spread", 0), 1 / given.get("ramp", 1), given["full_calibre"],
        math.sqrt(own2), math.sqrt(calibre2), law.vellus_share, law.vellus_size,
        law.emergence_delay, law.size_step, work.history, law.severity_cap / ANDROGEN_STEP,
        work.reading.nonvellus,
    ])  # fmt: skip


(T_SEVERITY, T_AFFECTED, T_SPREAD, T_SLOPE, T_FULL, T_OWN, T_CALIBRE, T_VELLUS, T_VELLUS_SIZE,
 T_DELAY, T_STEP, T_HISTORY, T_CAP, T_THICK) = range(14)  # fmt: skip

# State of a follicle in the block (rows of a float32 array).
(LEFT, LONG, GROW, HEAVY, WAIT, SIZE, SEVERITY, ONSET, WIDTH, SPEED, STATE) = range(11)


@numba.njit(cache=True, nogil=True)
def settle(n: Any, phase: Any, s: Any, traits: Any, mu: Any, sigma: Any, share: Any) -> Any:
    """Fill the block with stationary follicles of full size, with their luck for life."""
    for i in range(n):
        p, rest, gone = found(mu, sigma, share)
        phase[i], s[LEFT, i], s[SIZE, i], s[WAIT, i] = p, rest, 1, _NEVER
        s[LONG, i], s[GROW, i], s[HEAVY, i] = 0, 0, 0
        z = math.exp(traits[T_CALIBRE] * (np.random.standard_normal() - traits[T_CALIBRE] / 2))
        if np.random.random() < traits[T_VELLUS]:
            z *= traits[T_VELLUS_SIZE]
        s[WIDTH, i] = z * traits[T_FULL]
        s[SEVERITY, i] = 0
        if np.random.random() < traits[T_AFFECTED]:
            own = math.exp(traits[T_OWN] * (np.random.standard_normal() - traits[T_OWN] / 2))
            s[SEVERITY, i] = min(traits[T_SEVERITY] * own, traits[T_CAP])
        s[ONSET, i] = traits[T_SPREAD] * np.random.random()
        if p == ANAGEN:
            s[WAIT, i] = traits[T_DELAY] - gone
            if s[WAIT, i] <= 0:
                emerge(i, s)
        elif p != KENOGEN:
            s[LONG, i] = max(residence(mu, sigma, ANAGEN) - traits[T_DELAY], 0.0)


@numba.njit(cache=True, nogil=True, inline="always")
def emerge(i: Any, s: Any) -> Any:
    """Let a hair show that has been out for as long as its wait is below 0."""
    m = s[SIZE, i]
    s[LONG, i], s[GROW, i] = -s[WAIT, i] * m, m
    s[HEAVY, i], s[WAIT, i] = m * m * m * s[WIDTH, i] * s[WIDTH, i], _NEVER


@numba.njit(cache=True, nogil=True, fastmath={"reassoc", "nsz"})
def find_levels(n: Any, s: Any, level: Any, middle: Any, slope: Any) -> Any:
    """Androgen level of each follicle at midday: the severity times the ramp, rounded."""
    for i in range(n):
        ramp = min(max((middle - s[ONSET, i]) * slope, np.float32(0)), np.float32(1))
        level[i] = np.int32(s[SEVERITY, i] * ramp + np.float32(0.5))


@numba.njit(cache=True, nogil=True)
def move(
    n: Any,
    phase: Any,
    s: Any,
    level: Any,
    rate: Any,
    factor: Any,
    target: Any,
    traits: Any,
    mu: Any,
    sigma: Any,
) -> Any:
    """Move those that are due; ``factor`` and ``target`` by level. Return hairs shed."""
    shed = 0
    for i in range(n):
        if s[WAIT, i] <= 0:
            emerge(i, s)
        if s[LEFT, i] > 0:
            continue
        a = level[i]
        while s[LEFT, i] <= 0:
            p = phase[i]
            rest = -s[LEFT, i] / (rate[p] * factor[a, p])
            if p == ANAGEN:
                s[LONG, i] = max(s[LONG, i] - rest * s[GROW, i], 0.0)
                s[GROW, i], s[HEAVY, i], s[WAIT, i] = 0, 0, _NEVER
            elif p == TELOGEN:
                shed += s[LONG, i] > 0
                s[LONG, i] = 0
            elif p == KENOGEN:
                s[SIZE, i] += traits[T_STEP] * (target[a] - s[SIZE, i])
                s[WAIT, i] = traits[T_DELAY] - rest
            p = (p + 1) % 4
            phase[i] = p
            s[LEFT, i] = residence(mu, sigma, p) - rest * rate[p] * factor[a, p]
    return shed


@numba.njit(cache=True, nogil=True, fastmath={"reassoc", "nsz"})
def count(n: Any, phase: Any, s: Any, out: Any, day: Any) -> Any:
    """Add what the block shows on one day to ``out``."""
    a, c, t, seen = 0, 0, 0, 0
    total, growth, mass = np.float32(0), np.float32(0), np.float32(0)
    for i in range(n):
        p = phase[i]
        a += p == ANAGEN
        c += p == CATAGEN
        t += p == TELOGEN
        seen += s[LONG, i] > 0
        total += s[LONG, i]
        growth += s[GROW, i]
        mass += s[HEAVY, i]
    out[ANAGEN, day] += a
    out[CATAGEN, day] += c
    out[TELOGEN, day] += t
    out[KENOGEN, day] += n - a - c - t
    out[LENGTH, day] += total
    out[VISIBLE, day] += seen
    out[GROWTH, day] += growth
    out[MASS, day] += mass


@numba.njit(cache=True, nogil=True, fastmath={"reassoc", "nsz"})
def step(n: Any, phase: Any, s: Any, level: Any, rate: Any, factor: Any) -> Any:
    """Let a day pass and say how many follicles are due."""
    due = 0
    r0, r1, r2, r3 = rate[0], rate[1], rate[2], rate[3]
    for i in range(n):
        s[SPEED, i] = factor[np.uint32(level[i]), np.uint32(phase[i])]
    for i in range(n):
        p = phase[i]
        r = r0 if p == 0 else r1 if p == 1 else r2 if p == 2 else r3
        s[LEFT, i] -= r * s[SPEED, i]
        s[LONG, i] += s[GROW, i]
        s[WAIT, i] -= np.float32(1)
        due += (s[LEFT, i] <= 0) | (s[WAIT, i] <= 0)
    return due


@numba.njit(cache=True, nogil=True)
def visit(n: Any, s: Any, out: Any, day: Any, thick: Any) -> Any:
    """Measure the hairs of the block."""
    for i in range(n):
        if s[LONG, i] > 0:
            calibre = s[SIZE, i] * s[WIDTH, i]
            out[CALIBRE, day] += calibre
            out[THICK, day] += calibre >= thick


@numba.njit(cache=True, nogil=True)
def live(
    follicles: Any,
    traits: Any,
    mu: Any,
    sigma: Any,
    share: Any,
    clock: Any,
    dht: Any,
    factor: Any,
    target: Any,
    seen: Any,
    out: Any,
) -> Any:
    """Add the daily sums of one patient to ``out``; days before ``history`` are not counted."""
    history, slope = int(traits[T_HISTORY]), np.float32(traits[T_SLOPE])
    phase, level = np.zeros(BLOCK, np.int32), np.zeros(BLOCK, np.int32)
    s = np.zeros((STATE, BLOCK), np.float32)
    for first in range(0, follicles, BLOCK):
        n = min(BLOCK, follicles - first)
        settle(n, phase, s, traits, mu, sigma, share)
        for d in range(len(dht) + 1):
            day = d - history
            if day >= 0:
                count(n, phase, s, out, day)
                if seen[day]:
                    visit(n, s, out, day, traits[T_THICK])
            if d == len(dht):
                break
            table, goal = factor[dht[d]], target[dht[d]]
            find_levels(n, s, level, np.float32(d + 0.5), slope)
            if step(n, phase, s, level, clock[d], table):
                shed = move(n, phase, s, level, clock[d], table, goal, traits, mu, sigma)
                if day >= 0:
                    out[SHED, day + 1] += shed
