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
    LOGGED,
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
    Scratch,
    SmallInts,
    Words,
)
from anagen.rng import CYCLE, START, TRAITS, philox
from anagen.rng import FATE as FATE_WORDS

BIASED, SENSITIVITY, CALIBRE, HAZARD, TABLES = 4, 8, 9, 10, 11
"""Rows of the quantile tables: residence by phase (0-3), length-biased (4-7), then the traits."""
FOUND, GIVEN, FATED = range(3)
"""Words drawn once in a life: the state it is found in, its traits, its fate."""
SCALE = 1 << 20
"""Units of a patient's mean residence over the law's."""

(P_ID, P_BEGIN, P_AFFECTED, P_ONSET, P_SPREAD, P_RAMP, P_SEVERITY, P_RESERVE, P_FULL,
 P_CATAGEN_FROM, P_TELOGEN_FROM, P_KENOGEN_FROM, PATIENT) = range(13)  # fmt: skip
"""Columns of the patient table. Times in ticks after the first window's origin; the last three
split a 32-bit word into the phases of the stationary start."""


@kernel
def scale_tables(tables: SmallInts, scale: Ints, own: SmallInts) -> None:
    """Write the law's quantile tables with a patient's mean residences (``scale``, 2^-20)."""
    for row in range(TABLES):
        ratio = scale[row % BIASED] if row < 2 * BIASED else np.int64(SCALE)
        for node in range(tables.shape[1]):
            own[row, node] = max((tables[row, node] * ratio + SCALE // 2) // SCALE, 1)


@kernel
def draw_words(
    words: Words,
    rounds: Ints,
    first: Word,
    step: Word,
    n: Word,
    stream: Word,
    luck: Luck,
) -> None:
    """Draw the words of ``n`` follicles for a cycle each: (4, n).

    One plain loop, which the compiler turns into vector instructions: a seventh of the time of
    drawing word by word.
    """
    for i in range(n):
        a, b, c, d = philox(
            luck.seed,
            luck.patient,
            np.uint64(first + i * step),
            np.uint64(rounds[i]),
            np.uint64(stream),
            luck.replicate,
        )
        words[0, i] = np.uint32(a)
        words[1, i] = np.uint32(b)
        words[2, i] = np.uint32(c)
        words[3, i] = np.uint32(d)


@kernel
def draw_ahead(states: Ints, first: Word, step: Word, luck: Luck, scratch: Scratch) -> None:
    """Draw the words of each follicle's present cycle and of the next few."""
    n = states.shape[0]
    for i in range(n):
        scratch.rounds[i] = states[i, ROUND]
    for row in range(scratch.ahead.shape[0]):
        draw_words(scratch.ahead[row], scratch.rounds, first, step, n, CYCLE, luck)
        for i in range(n):
            scratch.rounds[i] += 1


@kernel
def give_birth(
    states: Ints,
    first: Word,
    step: Word,
    patient: Ints,
    law: Law,
    luck: Luck,
    tables: SmallInts,
    scratch: Scratch,
) -> None:
    """Begin the follicles ``first``, ``first + step``, ... of a patient."""
    n, born = states.shape[0], scratch.born
    for i in range(n):
        states[i, ROUND], states[i, LOGGED] = 0, 0
        scratch.rounds[i] = 0
    draw_words(born[FOUND], scratch.rounds, first, step, n, START, luck)
    if law.varied:
        draw_words(born[GIVEN], scratch.rounds, first, step, n, TRAITS, luck)
    if law.mortal:
        draw_words(born[FATED], scratch.rounds, first, step, n, FATE_WORDS, luck)
    draw_ahead(states, first, step, luck, scratch)
    for i in range(n):
        begin(states[i], i, patient, law, tables, born, scratch.ahead[0])
        take_traits(states[i], i, patient, law, tables, born)


@inline
def word(words: Words, k: Word, slot: Word) -> Word:
    """Word ``k`` of a follicle."""
    return np.uint64(words[np.uint64(k), np.uint64(slot)])


@inline
def within(word: Word, split: Word, below: bool) -> Word:
    """A fresh word of 2^32 from one known to lie below ``split`` (or not)."""
    if below:
        return (word << np.uint64(32)) // np.uint64(split)
    if split == 0:
        return word
    return ((word - np.uint64(split)) << np.uint64(32)) // np.uint64((1 << 32) - split)


@inline
def take_traits(
    s: Ints, slot: Word, patient: Ints, law: Law, tables: SmallInts, born: Words
) -> None:
    """The follicle's luck for life: affected or not, onset, sensitivity, calibre, fate."""
    s[FULL], s[FATE] = patient[P_FULL], NEVER
    s[LEVEL], s[TOP], s[STEP], s[RISE] = 0, 0, NEVER, 1
    if law.mortal:
        s[FATE] = draw(tables[HAZARD], word(born[FATED], 0, slot))
    if not law.varied:
        return
    a, b = word(born[GIVEN], 0, slot), word(born[GIVEN], 1, slot)
    c, d = word(born[GIVEN], 2, slot), word(born[GIVEN], 3, slot)
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
def begin(
    s: Ints,
    slot: Word,
    patient: Ints,
    law: Law,
    tables: SmallInts,
    born: Words,
    cycle: Words,
) -> None:
    """The stationary state (or a fresh anagen) at the follicle's first tick."""
    t, delay = patient[P_BEGIN], law.delay
    s[NOW] = t
    s[W1], s[W2] = np.int64(word(cycle, 1, slot)), np.int64(word(cycle, 2, slot))
    s[W3] = np.int64(word(cycle, 3, slot))
    s[SIZE], s[RESERVE], s[BASE] = patient[P_RESERVE], patient[P_RESERVE], HIDDEN
    s[PAST_SPEED], s[PAST_DRIVE] = DAY, ONE
    s[CLUB], s[CLUB_DRIVE], s[PHASE], s[EMERGE] = NO_HAIR, ONE, ANAGEN, t + delay
    if not law.stationary:
        s[REM] = draw(tables[ANAGEN], word(cycle, 0, slot))
        return
    a, b = word(born[FOUND], 0, slot), word(born[FOUND], 1, slot)
    c, d = word(born[FOUND], 2, slot), word(born[FOUND], 3, slot)
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
