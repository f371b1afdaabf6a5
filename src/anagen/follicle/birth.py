"""How a follicle begins: its patient's tables, its traits for life, the state it is found in."""

from __future__ import annotations

import numpy as np

from anagen.compiled import Word, inline, kernel
from anagen.follicle.quantiles import draw
from anagen.follicle.state import (
    ANAGEN,
    BASE,
    CLUB,
    CLUB_DRIVE,
    DAY,
    EMERGE,
    FATE,
    FULL,
    HIDDEN,
    KENOGEN,
    LEVEL,
    NEVER,
    NO_HAIR,
    NOW,
    ONE,
    PAST_DRIVE,
    PAST_SPEED,
    PHASE,
    REM,
    RESERVE,
    RISE,
    ROUND,
    SIZE,
    SIZE_BITS,
    STEP,
    TOP,
    W1,
    W2,
    W3,
    Ints,
    Law,
    Luck,
    SmallInts,
)
from anagen.rng import CYCLE, START, TRAITS, philox
from anagen.rng import FATE as FATE_WORDS

BIASED, SENSITIVITY, CALIBRE, HAZARD, TABLES = 4, 8, 9, 10, 11
"""Rows of the quantile tables: residence by phase (0-3), length-biased (4-7), then the traits."""
SCALE = 1 << 20
"""Units of a patient's mean residence over the law's."""

(P_ID, P_BEGIN, P_AFFECTED, P_ONSET, P_SPREAD, P_RAMP, P_SEVERITY, P_RESERVE, P_FULL,
 P_CATAGEN_FROM, P_TELOGEN_FROM, P_KENOGEN_FROM, PATIENT) = range(13)  # fmt: skip
"""Columns of the patient table. Times in ticks after the first window's origin; the last three
split a 32-bit word into the phases of the stationary start."""


@kernel
def scale_tables(tables: SmallInts, scale: Ints, own: SmallInts) -> None:
    """Write the law's quantile tables with a patient's mean residences (``scale``, 2^-16)."""
    for row in range(TABLES):
        ratio = scale[row % BIASED] if row < 2 * BIASED else np.int64(SCALE)
        for node in range(tables.shape[1]):
            own[row, node] = max((tables[row, node] * ratio + SCALE // 2) // SCALE, 1)


@inline
def words(luck: Luck, stream: Word) -> tuple[Word, Word, Word, Word]:
    """The follicle's four words of a ``stream`` that is drawn once in its life."""
    zero = np.uint64(0)
    return philox(luck.seed, luck.patient, luck.follicle, zero, np.uint64(stream), luck.replicate)


@inline
def within(word: Word, split: Word, below: bool) -> Word:
    """A fresh word of 2^32 from one known to lie below ``split`` (or not)."""
    if below:
        return (word << np.uint64(32)) // np.uint64(split)
    if split == 0:
        return word
    return ((word - np.uint64(split)) << np.uint64(32)) // np.uint64((1 << 32) - split)


@inline
def take_traits(s: Ints, patient: Ints, law: Law, tables: SmallInts, luck: Luck) -> None:
    """The follicle's luck for life: affected or not, onset, sensitivity, calibre, fate."""
    s[FULL], s[FATE] = patient[P_FULL], NEVER
    s[LEVEL], s[TOP], s[STEP], s[RISE] = 0, 0, NEVER, 1
    if law.mortal:
        word = words(luck, FATE_WORDS)[0]
        s[FATE] = draw(tables[HAZARD], word)
    if not law.varied:
        return
    a, b, c, d = words(luck, TRAITS)
    vellus = bool(np.int64(d) < law.vellus)
    terminal = draw(tables[CALIBRE], within(d, law.vellus, vellus))
    s[FULL] = (patient[P_FULL] * terminal) >> SIZE_BITS
    if vellus:
        s[FULL] = (s[FULL] * law.vellus_size) >> SIZE_BITS
    if np.int64(a) >= patient[P_AFFECTED]:
        return
    severity = min((patient[P_SEVERITY] * draw(tables[SENSITIVITY], c)) >> SIZE_BITS, law.cap)
    s[TOP] = (severity * law.steps_per_load + ONE // 2) >> SIZE_BITS
    if s[TOP] > 0:
        s[RISE] = max((patient[P_RAMP] << SIZE_BITS) // (severity * law.steps_per_load), 1)
        onset = patient[P_ONSET] + ((patient[P_SPREAD] * np.int64(b)) >> 32)
        s[STEP] = onset + s[RISE] // 2


@inline
def begin(s: Ints, patient: Ints, law: Law, tables: SmallInts, luck: Luck) -> None:
    """The stationary state (or a fresh anagen) at the follicle's first tick."""
    t, delay = patient[P_BEGIN], law.delay
    w0, w1, w2, w3 = words(luck, CYCLE)
    s[NOW], s[ROUND], s[W1], s[W2], s[W3] = t, 0, np.int64(w1), np.int64(w2), np.int64(w3)
    s[SIZE], s[RESERVE], s[BASE] = patient[P_RESERVE], patient[P_RESERVE], HIDDEN
    s[PAST_SPEED], s[PAST_DRIVE] = DAY, ONE
    s[CLUB], s[CLUB_DRIVE], s[PHASE], s[EMERGE] = NO_HAIR, ONE, ANAGEN, t + delay
    if not law.stationary:
        s[REM] = draw(tables[ANAGEN], w0)
        return
    a, b, c, d = words(luck, START)
    where = np.int64(a)
    phase = (np.int64(where >= patient[P_CATAGEN_FROM]) + (where >= patient[P_TELOGEN_FROM])
             + (where >= patient[P_KENOGEN_FROM]))  # fmt: skip
    whole = draw(tables[BIASED + phase], b)
    gone = (whole * np.int64(c)) >> 32
    s[PHASE], s[REM] = phase, whole - gone
    if phase == ANAGEN:
        s[EMERGE] = t + delay - gone
        if gone >= delay:
            s[BASE] = delay - gone
    elif phase != KENOGEN:
        s[CLUB] = max(draw(tables[ANAGEN], d) - delay, NO_HAIR)
