"""What the kernel passes around: a follicle as a row of integers, and the tables it reads.

Units inside the engine: tick (1/1024 day), size and other shares 2^-14, calibre 1/64 um, clock
factors 2^-22, random words 32 bits.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
SmallInts = NDArray[np.int32]
Words = NDArray[np.uint32]
Days = NDArray[np.uint16]

ANAGEN, CATAGEN, TELOGEN, KENOGEN, LOST = range(5)
DAY_BITS, SIZE_BITS, FACTOR_BITS, CALIBRE_BITS = 10, 14, 22, 6
DAY, ONE, MICROMETRE = 1 << DAY_BITS, 1 << SIZE_BITS, 1 << CALIBRE_BITS
HIDDEN, NEVER, NO_HAIR = -(1 << 61), 1 << 61, -1

(PHASE, NOW, REM, ROUND, SIZE, EMERGE, BASE, CLUB, CLUB_DRIVE, W1, W2, W3, FULL, RESERVE, FATE,
 LEVEL, TOP, STEP, RISE, DHT, DHT_AT, EXIT_AT, VISIT_AT, PAST_SPEED,
 PAST_DRIVE, LOGGED, STATE) = range(27)  # fmt: skip
"""A follicle: phase; tick; clock left in the phase; cycle number; size m; tick at which the hair
shows; growth clock at that tick (HIDDEN before it); length of a club hair (or NO_HAIR) and its
calibre factor; the cycle's words for catagen, telogen, kenogen; calibre at full size; largest size;
hazard it can still bear; androgen steps taken, in all, tick of the next, ticks between two; DHT
step; places in the lists of DHT steps, exits, visits; speed of growth and calibre factor on the
last day before the window; events logged."""

A_DAY, C_DAY, T_DAY, VISIBLE, SHED, GROWTH, LENGTH, MASS, DAILY = range(9)
"""Columns of the daily difference array (one cache line a day)."""

(V_VISIBLE, V_GROWING, V_DETECTED, V_NONVELLUS, V_GROWING_NONVELLUS, V_TERMINAL, V_CALIBRE,
 V_CALIBRE2, V_NONVELLUS_CALIBRE, V_LENGTH, V_LENGTH2, V_SHADE, V_GROWTH, V_MASS,
 VISIT) = range(15)  # fmt: skip
"""Sums over the visible hairs at a visit."""


class Law(NamedTuple):
    """The law in integers."""

    delay: int  # ticks from anagen onset until the hair shows
    kenogen: int  # share of cycles with an empty interval, of 2^32
    eta: int  # size step
    steps_per_load: int  # androgen steps per unit of severity
    cap: int  # largest severity
    stationary: bool  # how a history begins
    vellus: int  # share of vellus follicles, of 2^32
    vellus_size: int  # their calibre over the terminal one
    varied: bool  # whether follicles differ in their traits
    mortal: bool  # whether any hazard can destroy them
    factor: SmallInts  # (DHT steps, androgen steps, 8): clock factors of the phases, inverses
    target: SmallInts  # (DHT steps, androgen steps): sizes tended to


class Luck(NamedTuple):
    """The name of a follicle's draws, and the words of its next cycles, drawn ahead."""

    seed: np.uint64
    patient: np.uint64
    follicle: np.uint64
    replicate: np.uint64
    ahead: Words  # (cycles, 4, CHUNK)
    first: int  # the cycle of its first row
    slot: int  # the follicle's column


class View(NamedTuple):
    """One window as one position sees it; tables that do not hold are not looked at."""

    clocked: bool
    shafted: bool
    mortal: bool
    clock: SmallInts  # (days + 1, 4)
    days: Days  # (2 days + 2, 4)
    shift: SmallInts  # (4,)
    growth: Ints  # (days + 1, 1)
    calibre: Ints  # (days,)
    hazard: Ints  # (days + 1, 1)
    dht: Ints  # (steps + 1, 2): tick, step
    exits: Ints  # (exits + 1, 4): tick, share, immediate share, name


class Threshold(NamedTuple):
    """What an instrument can tell apart, in the engine's units."""

    nonvellus: int  # calibre
    terminal: int  # calibre
    slow: int  # speed of growth, 1024 at full speed
    cover: int  # length, ticks of full growth
    bin_width: int  # calibre


class Sink(NamedTuple):
    """Where counts go. ``on``: count at all; ``logging``: write every event to ``log``."""

    on: bool
    daily: Ints  # (days + 2, DAILY)
    lost: Ints  # (days + 2,)
    at: Ints  # (visits + 1,) ticks, the last NEVER
    sums: Ints  # (visits, VISIT)
    bins: SmallInts  # (visits, bins)
    threshold: Threshold
    logging: bool
    log: Ints  # (events, 4): tick, phase, size, calibre at full size


class Windows(NamedTuple):
    """Stacked windows of one length: the options of a run, or its history (one option)."""

    stop: int
    row: SmallInts  # (options, patients, positions, size classes); -1 at rest
    edges: Ints  # (size classes + 1,): a class holds the sizes from its edge to the next
    clocked: bool  # whether the clock tables hold
    shafted: bool  # whether the tables of growth and calibre hold
    clock: SmallInts  # (rows, days + 1, 4), and so on as in View
    days: Days
    shift: SmallInts
    growth: Ints
    calibre: Ints
    hazard: Ints
    dht_row: SmallInts  # (options, patients)
    dht: Ints  # (lists, steps + 1, 2)
    exit_row: SmallInts  # (rows + 1,); the last serves a position at rest
    exits: Ints  # (lists, exits + 1, 4)


class Block(NamedTuple):
    """Some patients and a range of their follicles."""

    patients: Ints  # (patients, PATIENT)
    scale: Ints  # (patients, 4), mean residence over the law's, 2^-20
    tables: SmallInts  # (TABLES, nodes)
    first: int
    last: int
    scaled: bool
    dht_rest: int


class Scratch(NamedTuple):
    """What one thread counts in, and the visits of the run."""

    daily: Ints  # (options, size classes, days + 2, DAILY)
    lost: Ints  # (options, size classes, days + 2)
    waiting: Ints  # (options,), follicles whose days are still to be added up
    follicles: Ints  # (CHUNK, STATE)
    follicle: Ints  # (STATE,)
    rounds: Ints  # (CHUNK,), the cycle that each follicle of a chunk is in
    born: Words  # (3, 4, CHUNK), the words of its start, its traits, its fate
    ahead: Words  # (cycles, 4, CHUNK)
    tables: SmallInts  # (TABLES, nodes)
    at: Ints
    threshold: Threshold
    logging: bool
    log: Ints


class Out(NamedTuple):
    """Results of a block, added to."""

    counts: SmallInts  # (patients, options, COUNTS, days + 1)
    sums: Ints  # (patients, options, SUMS, days + 1)
    visits: Ints  # (patients, options, visits, VISIT)
    bins: SmallInts  # (patients, options, visits, bins)

    def of(self, patients: slice) -> Out:
        """The part of some patients; a view."""
        return Out(
            self.counts[patients],
            self.sums[patients],
            self.visits[patients],
            self.bins[patients],
        )

    def add(self, patients: slice, part: Out) -> None:
        """Add what a range of follicles gave for some patients."""
        for total, more in zip(self, part, strict=True):
            np.asarray(total)[patients] += np.asarray(more)
