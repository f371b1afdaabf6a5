"""The kernel over a block of patients: traits, the start, history once, then every option.

Every sum is one of integers, so that a result does not depend on how follicles and patients are
divided over blocks and threads.
"""

from __future__ import annotations

import numpy as np

from anagen.compiled import Word, inline, kernel
from anagen.follicle.kernel import grown, mass_of, note, through
from anagen.follicle.quantiles import draw
from anagen.follicle.state import (
    A_DAY,
    ANAGEN,
    BASE,
    C_DAY,
    CATAGEN,
    CLUB,
    CLUB_DRIVE,
    DAILY,
    DAY,
    DAY_BITS,
    DHT,
    DHT_AT,
    EMERGE,
    EXIT_AT,
    FATE,
    FULL,
    GROWTH,
    HIDDEN,
    KENOGEN,
    LENGTH,
    LEVEL,
    LOGGED,
    LOST,
    MASS,
    NEVER,
    NO_HAIR,
    NOW,
    ONE,
    PHASE,
    REM,
    RESERVE,
    RISE,
    ROUND,
    SHED,
    SIZE,
    SIZE_BITS,
    STATE,
    STEP,
    T_DAY,
    TELOGEN,
    TOP,
    VISIBLE,
    VISIT_AT,
    W1,
    W2,
    W3,
    Block,
    Ints,
    Law,
    Luck,
    Out,
    Scratch,
    Sink,
    SmallInts,
    View,
    Windows,
)  # fmt: skip
from anagen.follicle.visits import at_tick, see
from anagen.rng import CYCLE, START, TRAITS, philox
from anagen.rng import FATE as FATE_STREAM

BIASED, SENSITIVITY, CALIBRE, HAZARD, TABLES = 4, 8, 9, 10, 11
BIRTH, ON, COPY = range(3)
CHUNK = 256  # follicles whose states stay in the cache between history and options
"""Rows of the quantile tables: residence by phase (0-3), length-biased (4-7), then the traits."""

(P_ID, P_BEGIN, P_AFFECTED, P_ONSET, P_SPREAD, P_RAMP, P_SEVERITY, P_RESERVE, P_FULL,
 P_CATAGEN_FROM, P_TELOGEN_FROM, P_KENOGEN_FROM, PATIENT) = range(13)  # fmt: skip
"""Columns of the patient table. Times in ticks after the first window's origin; the last three
split a 32-bit word into the phases of the stationary start."""

C_ANAGEN, C_CATAGEN, C_TELOGEN, C_KENOGEN, C_LOST, C_VISIBLE, C_SHED, COUNTS = range(8)
S_LENGTH, S_GROWTH, S_MASS, SUMS = range(4)
"""Rows of the two daily results: counts of follicles, and sums over visible hairs."""


@inline
def take_traits(s: Ints, patient: Ints, law: Law, tables: SmallInts, luck: Luck) -> None:
    """The follicle's luck for life: affected or not, onset, sensitivity, calibre, fate."""
    s[FULL], s[FATE] = patient[P_FULL], NEVER
    s[LEVEL], s[TOP], s[STEP], s[RISE] = 0, 0, NEVER, 1
    if law.mortal:
        word = philox(luck.seed, luck.patient, luck.follicle, np.uint64(0), np.uint64(FATE_STREAM),
                      luck.replicate)[0]  # fmt: skip
        s[FATE] = draw(tables[HAZARD], word)
    if not law.varied:
        return
    a, b, c, d = philox(luck.seed, luck.patient, luck.follicle, np.uint64(0), np.uint64(TRAITS),
                        luck.replicate)  # fmt: skip
    s[FULL] = (patient[P_FULL] * draw(tables[CALIBRE], d)) >> SIZE_BITS
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
    w0, w1, w2, w3 = philox(luck.seed, luck.patient, luck.follicle, np.uint64(0), np.uint64(CYCLE),
                            luck.replicate)  # fmt: skip
    s[NOW], s[ROUND], s[W1], s[W2], s[W3] = t, 0, np.int64(w1), np.int64(w2), np.int64(w3)
    s[SIZE], s[RESERVE], s[BASE] = patient[P_RESERVE], patient[P_RESERVE], HIDDEN
    s[CLUB], s[CLUB_DRIVE], s[PHASE], s[EMERGE] = NO_HAIR, ONE, ANAGEN, t + delay
    if not law.stationary:
        s[REM] = draw(tables[ANAGEN], w0)
        return
    a, b, c, d = philox(luck.seed, luck.patient, luck.follicle, np.uint64(0), np.uint64(START),
                        luck.replicate)  # fmt: skip
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


@inline
def count(s: Ints, daily: Ints, day: Word, sign: Word) -> None:
    """Add (``sign`` 1) or take away (-1) what the follicle shows now, in row ``day``."""
    phase, m = s[PHASE], s[SIZE] * sign
    if phase < KENOGEN:
        daily[day, A_DAY + phase] += sign
    if phase == ANAGEN and s[BASE] != HIDDEN:
        daily[day, VISIBLE] += sign
        daily[day, GROWTH] += m
        daily[day, LENGTH] -= m * s[BASE]
        daily[day, MASS] += sign * mass_of(s[SIZE], s[FULL])
    elif (phase in (CATAGEN, TELOGEN)) and s[CLUB] >= 0:
        daily[day, VISIBLE] += sign
        daily[day, LENGTH] += m * s[CLUB]


@kernel
def last_tick(s: Ints, stop: Word, view: View) -> Word:
    """When destruction ends the follicle's time in this window, or ``stop``; hazard is used up."""
    before = at_tick(view.hazard, 0, s[NOW])
    after = at_tick(view.hazard, 0, stop)
    if s[FATE] > after - before:
        s[FATE] -= after - before
        return stop
    goal, low, high = before + s[FATE], s[NOW], stop
    while high - low > 1:
        middle = (low + high) // 2
        if at_tick(view.hazard, 0, middle) >= goal:
            high = middle
        else:
            low = middle
    return high


@inline
def pass_window(
    s: Ints, stop: Word, view: View, law: Law, luck: Luck, tables: SmallInts, sink: Sink
) -> None:
    """Take a follicle through one window, and leave it with a clock that begins again at 0."""
    if s[PHASE] == LOST:
        if sink.on:
            sink.lost[0] += 1
        return
    s[DHT_AT], s[EXIT_AT], s[VISIT_AT] = 0, 0, 0
    if s[TOP] == 0:
        s[DHT_AT] = view.dht.shape[0] - 1  # DHT is nothing to an unaffected follicle
    if sink.logging:
        note(s, s[NOW], s[PHASE], s[SIZE], sink)
    if s[BASE] != HIDDEN:
        s[BASE] += grown(view, s[NOW])
    if sink.on:
        count(s, sink.daily, 0, 1)
    end = last_tick(s, stop, view) if view.mortal else stop
    through(s, end, view, law, luck, tables, sink)
    if sink.on and sink.at[s[VISIT_AT]] <= end:
        see(s, end + (end == stop), view, sink)
    if end < stop:
        if sink.on:
            day = (end + DAY - 1) >> DAY_BITS
            count(s, sink.daily, day, -1)
            sink.lost[day] += 1
        s[PHASE] = LOST
        return
    if s[BASE] != HIDDEN:
        s[BASE] -= grown(view, stop)
    s[NOW] = 0
    s[EMERGE] -= stop
    s[STEP] -= stop if s[STEP] != NEVER else 0


@kernel
def view_of(windows: Windows, option: Word, patient: Word, position: Word) -> View:
    """One window as a position of a patient sees it."""
    row = windows.row[option, patient, position]
    clocked = bool(windows.clocked and row >= 0)
    shafted = bool(windows.shafted and row >= 0)
    mortal = bool(windows.hazard.shape[1] > 1 and row >= 0)
    return View(
        clocked,
        shafted,
        mortal,
        windows.clock[row if clocked else 0],
        windows.days[row if clocked else 0],
        windows.shift[row if clocked else 0],
        windows.growth[row if shafted else 0],
        windows.calibre[row if shafted else 0],
        windows.hazard[row if mortal else 0],
        windows.dht[windows.dht_row[option, patient]],
        windows.exits[windows.exit_row[row]],
    )


@kernel
def add_days(
    sink: Sink, now: Ints, follicles: Word, view: View, counts: SmallInts, sums: Ints
) -> None:
    """Turn one position's difference arrays into daily counts and sums, and clear them."""
    now[:] = 0
    lost = np.int64(0)
    for day in range(counts.shape[1]):
        for column in range(DAILY):
            now[column] += sink.daily[day, column]
        lost += sink.lost[day]
        counts[C_ANAGEN, day] += now[A_DAY]
        counts[C_CATAGEN, day] += now[C_DAY]
        counts[C_TELOGEN, day] += now[T_DAY]
        counts[C_KENOGEN, day] += follicles - lost - now[A_DAY] - now[C_DAY] - now[T_DAY]
        counts[C_LOST, day] += lost
        counts[C_VISIBLE, day] += now[VISIBLE]
        counts[C_SHED, day] += sink.daily[day, SHED]
        clock = grown(view, day << DAY_BITS)
        sums[S_LENGTH, day] += now[GROWTH] * clock + now[LENGTH]
        sums[S_GROWTH, day] += now[GROWTH]
        sums[S_MASS, day] += now[MASS]
    sink.daily[:, :] = 0
    sink.lost[:] = 0


@kernel
def scale_tables(tables: SmallInts, scale: Ints, own: SmallInts) -> None:
    """Write the law's quantile tables with a patient's mean residences (``scale``, 2^-16)."""
    for row in range(TABLES):
        ratio = scale[row % BIASED] if row < 2 * BIASED else np.int64(1 << 16)
        for node in range(tables.shape[1]):
            own[row, node] = max((tables[row, node] * ratio + (1 << 15)) >> 16, 1)


@kernel
def run_chunk(
    states: Ints,
    copy: Ints,
    kind: Word,
    where: tuple[int, int, int],
    stop: Word,
    patient: Ints,
    luck: Luck,
    law: Law,
    tables: SmallInts,
    view: View,
    sink: Sink,
) -> None:
    """Take a chunk of follicles through one window, in place or (``kind`` COPY) on a copy.

    ``where`` is (first follicle, step between two, DHT step at the start); with ``kind`` BIRTH they
    begin here.
    """
    for i in range(states.shape[0]):
        s = copy if kind == COPY else states[i]
        follicle = np.uint64(where[0] + i * where[1])
        mine = Luck(luck.seed, np.uint64(patient[P_ID]), follicle, luck.replicate)
        if kind == COPY:
            for field in range(STATE):
                s[field] = states[i, field]
        elif kind == BIRTH:
            begin(s, patient, law, tables, mine)
            take_traits(s, patient, law, tables, mine)
            s[DHT], s[LOGGED] = where[2], 0
        if stop > 0:
            pass_window(s, stop, view, law, mine, tables, sink)


@kernel
def run_block(
    block: Block,
    law: Law,
    luck: Luck,
    history: Windows,
    options: Windows,
    scratch: Scratch,
    silent: Sink,
    out: Out,
) -> None:
    """Run follicles ``block.first`` to ``block.last`` of every patient of a block into ``out``."""
    arms, places, before = options.row.shape[0], options.row.shape[2], history.row.shape[2]
    states = scratch.follicles
    tables = scratch.tables if block.scaled else block.tables
    for p in range(block.patients.shape[0]):
        patient = block.patients[p]
        if block.scaled:
            scale_tables(block.tables, block.scale[p], tables)
        for place in range(places):
            begins = block.first + (place - block.first) % places
            n = (block.last - begins + places - 1) // places
            past = view_of(history, 0, p, place % before)
            for done in range(0, n, CHUNK):
                chunk = states[: min(CHUNK, n - done)]
                where = (begins + done * places, places, block.dht_rest)
                run_chunk(chunk, scratch.follicle, BIRTH, where, history.stop, patient, luck, law,
                          tables, past, silent)  # fmt: skip
                for o in range(arms):
                    sink = sink_of(scratch, o, out.visits[p, o], out.bins[p, o])
                    run_chunk(chunk, scratch.follicle, COPY if o < arms - 1 else ON, where,
                              options.stop, patient, luck, law, tables,
                              view_of(options, o, p, place), sink)  # fmt: skip
            for o in range(arms):
                sink = sink_of(scratch, o, out.visits[p, o], out.bins[p, o])
                add_days(
                    sink,
                    scratch.now,
                    n,
                    view_of(options, o, p, place),
                    out.counts[p, o],
                    out.sums[p, o],
                )


@kernel
def sink_of(scratch: Scratch, option: Word, visits: Ints, bins: SmallInts) -> Sink:
    """The scratch arrays of one option with one patient's visits."""
    return Sink(True, scratch.daily[option], scratch.lost[option], scratch.at, visits, bins,
                scratch.threshold, scratch.logging, scratch.log)  # fmt: skip
