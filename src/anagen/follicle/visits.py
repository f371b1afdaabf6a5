"""What a visit sees: sums over the visible hairs, hair by hair, at a few chosen days."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from anagen.compiled import Word, inline, kernel
from anagen.follicle.state import (
    ANAGEN,
    BASE,
    CALIBRE_BITS,
    CATAGEN,
    CLUB,
    CLUB_DRIVE,
    DAY,
    DAY_BITS,
    EMERGE,
    FULL,
    HIDDEN,
    NO_HAIR,
    ONE,
    PAST_DRIVE,
    PAST_SPEED,
    PHASE,
    SIZE,
    SIZE_BITS,
    TELOGEN,
    V_CALIBRE,
    V_CALIBRE2,
    V_DETECTED,
    V_GROWING,
    V_GROWING_NONVELLUS,
    V_GROWTH,
    V_LENGTH,
    V_LENGTH2,
    V_MASS,
    V_NONVELLUS,
    V_NONVELLUS_CALIBRE,
    V_SHADE,
    V_TERMINAL,
    V_VISIBLE,
    VISIT_AT,
    Ints,
    Sink,
    SmallInts,
    View,
)


@inline
def at_tick(table: NDArray[np.signedinteger[Any]], column: Word, t: Word) -> Word:
    """A cumulative table between its days: straight within a day."""
    day, at = np.uint64(t >> DAY_BITS), np.uint64(column)
    low = np.int64(table[day, at])
    part = t & (DAY - 1)
    if part == 0:
        return low
    return low + (((np.int64(table[day + np.uint64(1), at]) - low) * part) >> DAY_BITS)


@kernel
def see_growing(s: Ints, t: Word, view: View) -> tuple[Word, Word, Word]:
    """A growing hair's (length, calibre factor, speed), by the drive of the day that has passed."""
    speed, drive, length = s[PAST_SPEED], s[PAST_DRIVE], t - s[BASE]
    if view.shafted:
        length = at_tick(view.growth, 0, t) - s[BASE]
    if t > 0:
        speed, drive = last_drive(view, t)
    return length, drive, (speed * s[SIZE]) >> SIZE_BITS


@inline
def last_drive(view: View, t: Word) -> tuple[Word, Word]:
    """Speed of growth and calibre factor on the last day before midnight ``t`` > 0."""
    if not view.shafted:
        return np.int64(DAY), np.int64(ONE)
    day = np.uint64((t - 1) >> DAY_BITS)
    speed = view.growth[day + np.uint64(1), 0] - view.growth[day, 0]
    return speed, view.calibre[day]


@kernel
def see_hair(row: Ints, bins: SmallInts, width: Word, length: Word, sink: Sink) -> None:
    """Enter one visible hair of ``width`` (1/64 um) and ``length`` (ticks of full growth)."""
    row[V_VISIBLE] += 1
    row[V_NONVELLUS] += width >= sink.threshold.nonvellus
    row[V_TERMINAL] += width >= sink.threshold.terminal
    row[V_CALIBRE] += width
    row[V_CALIBRE2] += width * width
    row[V_NONVELLUS_CALIBRE] += width if width >= sink.threshold.nonvellus else 0
    row[V_LENGTH] += length
    row[V_LENGTH2] += (length >> 7) * (length >> 7)
    row[V_SHADE] += width * min(length, sink.threshold.cover)
    bins[min(width // sink.threshold.bin_width, bins.shape[0] - 1)] += 1


@kernel
def see(s: Ints, until: Word, view: View, sink: Sink) -> None:
    """Enter the follicle's hair into every visit before tick ``until`` that is still to come."""
    while sink.at[s[VISIT_AT]] < until:
        v = s[VISIT_AT]
        t, row = sink.at[v], sink.sums[v]
        s[VISIT_AT] += 1
        growing = s[PHASE] == ANAGEN and s[BASE] != HIDDEN and s[EMERGE] <= t
        club = (s[PHASE] in (CATAGEN, TELOGEN)) and s[CLUB] != NO_HAIR
        if not (growing or club):
            continue
        length, drive, speed = s[CLUB], s[CLUB_DRIVE], np.int64(0)
        if growing:
            length, drive, speed = see_growing(s, t, view)
        full = (s[FULL] * s[SIZE]) >> SIZE_BITS
        width = (full * drive) >> SIZE_BITS
        see_hair(row, sink.bins[v], width, (length * s[SIZE]) >> SIZE_BITS, sink)
        if growing:
            row[V_GROWING] += 1
            row[V_DETECTED] += speed > 0 and speed >= sink.threshold.slow
            row[V_GROWING_NONVELLUS] += width >= sink.threshold.nonvellus
            row[V_GROWTH] += speed
            row[V_MASS] += ((width * width) >> CALIBRE_BITS) * speed
