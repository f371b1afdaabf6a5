"""The kernel over a block of patients: traits, the start, history once, then every option.

Every sum is one of integers, so that a result does not depend on how follicles and patients are
divided over blocks and threads.
"""

from __future__ import annotations

import numpy as np

from anagen.compiled import Word, inline, kernel
from anagen.follicle.birth import P_ID, draw_ahead, give_birth, scale_tables
from anagen.follicle.kernel import grown, mass_of, note, through
from anagen.follicle.state import (
    A_DAY,
    ANAGEN,
    BASE,
    C_DAY,
    CATAGEN,
    CLUB,
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
    LOST,
    MASS,
    NEVER,
    NOW,
    PAST_DRIVE,
    PAST_SPEED,
    PHASE,
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
)
from anagen.follicle.visits import at_tick, last_drive, see

MASS_BITS = 8
CHUNK = 256  # follicles whose states stay in the cache between history and options

C_ANAGEN, C_CATAGEN, C_TELOGEN, C_KENOGEN, C_LOST, C_VISIBLE, C_SHED, COUNTS = range(8)
S_LENGTH, S_GROWTH, S_MASS, SUMS = range(4)
"""Rows of the two daily results: counts of follicles, and sums over visible hairs."""


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
    """When destruction ends the follicle's time in this window, or NEVER; hazard is used up."""
    before = at_tick(view.hazard, 0, s[NOW])
    after = at_tick(view.hazard, 0, stop)
    if s[FATE] > after - before:
        s[FATE] -= after - before
        return NEVER
    goal, low, high = before + s[FATE], s[NOW], stop
    while high - low > 1:
        middle = (low + high) // 2
        if at_tick(view.hazard, 0, middle) >= goal:
            high = middle
        else:
            low = middle
    return high


@inline
def enter_window(s: Ints, view: View, sink: Sink) -> None:
    """Begin a window: the lists start anew, the growth clock is the window's, the first counts."""
    s[DHT_AT], s[EXIT_AT], s[VISIT_AT] = 0, 0, 0
    while view.dht[s[DHT_AT], 0] < s[NOW]:
        s[DHT] = view.dht[s[DHT_AT], 1]
        s[DHT_AT] += 1
    while view.exits[s[EXIT_AT], 0] < s[NOW]:
        s[EXIT_AT] += 1
    if s[TOP] == 0:
        s[DHT_AT] = view.dht.shape[0] - 1  # DHT is nothing to an unaffected follicle
    if sink.logging:
        note(s, s[NOW], s[PHASE], s[SIZE], sink)
    if s[BASE] != HIDDEN:
        s[BASE] += grown(view, s[NOW])
    if sink.on:
        count(s, sink.daily, 0, 1)


@inline
def destroy(s: Ints, t: Word, sink: Sink) -> None:
    """The follicle is destroyed at tick ``t``, for good."""
    if sink.on:
        day = (t + DAY - 1) >> DAY_BITS
        count(s, sink.daily, day, -1)
        sink.lost[day] += 1
    s[PHASE] = LOST
    if sink.logging:
        note(s, t, LOST, s[SIZE], sink)


@inline
def pass_window(
    s: Ints, stop: Word, view: View, law: Law, luck: Luck, tables: SmallInts, sink: Sink
) -> None:
    """Take a follicle through one window, and leave it with a clock that begins again at 0."""
    if s[PHASE] == LOST:
        if sink.on:
            sink.lost[0] += 1
        return
    enter_window(s, view, sink)
    fate = last_tick(s, stop, view) if view.mortal else NEVER
    end = min(fate, stop)
    through(s, end, view, law, luck, tables, sink)
    if sink.on and sink.at[s[VISIT_AT]] <= end:
        see(s, end + (fate == NEVER), view, sink)
    if fate <= stop:
        destroy(s, end, sink)
        return
    if s[BASE] != HIDDEN:
        s[BASE] -= grown(view, stop)
    s[PAST_SPEED], s[PAST_DRIVE] = last_drive(view, stop)
    s[NOW] = 0
    s[EMERGE] -= stop
    s[STEP] -= stop if s[STEP] != NEVER else 0


@kernel
def view_of(windows: Windows, option: Word, patient: Word, position: Word, size: Word) -> View:
    """One window as follicles of one class of ``size`` see it at a position of a patient."""
    row = windows.row[option, patient, position, size]
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


@inline
def driven(day: Word, view: View) -> Word:
    """Factor of the drive on mass grown per day, speed x calibre^2, in 2^-8.

    That of the day that has passed; whole, so that sums do not depend on how they are divided.
    """
    if not view.shafted or day == 0:
        return np.int64(1 << MASS_BITS)
    speed, drive = last_drive(view, day << DAY_BITS)
    return (speed * drive * drive) >> (DAY_BITS + 2 * SIZE_BITS - MASS_BITS)


@kernel
def add_days(sink: Sink, follicles: Word, view: View, counts: SmallInts, sums: Ints) -> None:
    """Turn one position's difference arrays into daily counts and sums, and clear them."""
    zero = np.int64(0)
    anagen, catagen, telogen, lost, visible = zero, zero, zero, zero, zero
    growth, length, mass = zero, zero, zero
    for day in range(counts.shape[1]):
        row = sink.daily[day]
        anagen += row[A_DAY]
        catagen += row[C_DAY]
        telogen += row[T_DAY]
        visible += row[VISIBLE]
        growth += row[GROWTH]
        length += row[LENGTH]
        mass += row[MASS]
        lost += sink.lost[day]
        counts[C_ANAGEN, day] += anagen
        counts[C_CATAGEN, day] += catagen
        counts[C_TELOGEN, day] += telogen
        counts[C_KENOGEN, day] += follicles - lost - anagen - catagen - telogen
        counts[C_LOST, day] += lost
        counts[C_VISIBLE, day] += visible
        counts[C_SHED, day] += row[SHED]
        sums[S_LENGTH, day] += growth * grown(view, day << DAY_BITS) + length
        sums[S_GROWTH, day] += growth
        sums[S_MASS, day] += mass * driven(day, view)
    sink.daily[:, :] = 0
    sink.lost[:] = 0


@kernel
def run_chunk(
    states: Ints,
    copies: bool,
    first: Word,
    step: Word,
    sizes: Ints,
    stop: Word,
    dht: Word,
    luck: Luck,
    law: Law,
    tables: SmallInts,
    view: View,
    sink: Sink,
    scratch: Scratch,
) -> None:
    """Take a chunk of follicles through one window; as ``copies`` that are forgotten, or for good.

    They are the follicles ``first``, ``first + step``, ... of the patient whom ``luck`` names, as
    far as their size lies from ``sizes[0]`` to below ``sizes[1]``.
    """
    for i in range(states.shape[0]):
        if states[i, SIZE] < sizes[0] or states[i, SIZE] >= sizes[1]:
            continue
        s = scratch.follicle if copies else states[i]
        if copies:
            for field in range(STATE):
                s[field] = states[i, field]
        name = np.uint64(first + i * step)
        mine = Luck(luck.seed, luck.patient, name, luck.replicate, scratch.ahead, s[ROUND], i)
        s[DHT] = dht
        pass_window(s, stop, view, law, mine, tables, sink)


@inline
def alike(row: SmallInts, one: Word, other: Word) -> bool:
    """Whether two positions read the same rows in every class of size."""
    for c in range(row.shape[1]):  # noqa: SIM110 - a kernel knows no generator
        if row[one, c] != row[other, c]:
            return False
    return True


@kernel
def run_patient(
    p: Word,
    block: Block,
    law: Law,
    luck: Luck,
    history: Windows,
    options: Windows,
    scratch: Scratch,
    silent: Sink,
    out: Out,
) -> None:
    """Run a block's follicles of one patient, position by position, chunk by chunk."""
    arms, _, own, classes = options.row.shape
    before = history.row.shape[2]
    places, dht = max(own, before), block.dht_rest
    tables = scratch.tables if block.scaled else block.tables
    for place in range(places):
        begins = block.first + (place - block.first) % places
        n = (block.last - begins + places - 1) // places
        past = view_of(history, 0, p, place % before, 0)
        for done in range(0, n, CHUNK):
            states, first = (
                scratch.follicles[: min(CHUNK, n - done)],
                begins + done * places,
            )
            give_birth(states, first, places, block.patients[p], law, luck, tables, scratch)
            if history.stop > 0:
                run_chunk(states, False, first, places, history.edges, history.stop, dht, luck, law,
                          tables, past, silent, scratch)  # fmt: skip
                draw_ahead(states, first, places, luck, scratch)
            for at in range(arms * classes):
                o, c = at // classes, at % classes
                sink = sink_of(scratch, o, c, out.visits[p, o], out.bins[p, o])
                view, copies = view_of(options, o, p, place % own, c), at < arms * classes - 1
                run_chunk(states, copies, first, places, options.edges[c : c + 2], options.stop,
                          dht, luck, law, tables, view, sink, scratch)  # fmt: skip
        for o in range(arms):
            scratch.waiting[o] += n
            if place < places - 1 and alike(options.row[o, p], place % own, (place + 1) % own):
                continue  # the next position reads the same tables: its days join these
            for c in range(classes):
                sink = sink_of(scratch, o, c, out.visits[p, o], out.bins[p, o])
                view = view_of(options, o, p, place % own, c)
                follicles = scratch.waiting[o] if c == 0 else 0
                add_days(sink, follicles, view, out.counts[p, o], out.sums[p, o])
            scratch.waiting[o] = 0


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
    for p in range(block.patients.shape[0]):
        if block.scaled:
            scale_tables(block.tables, block.scale[p], scratch.tables)
        name = np.uint64(block.patients[p, P_ID])
        mine = Luck(luck.seed, name, luck.follicle, luck.replicate, luck.ahead, 0, 0)
        run_patient(p, block, law, mine, history, options, scratch, silent, out)


@kernel
def sink_of(scratch: Scratch, option: Word, size: Word, visits: Ints, bins: SmallInts) -> Sink:
    """The scratch arrays of one option and class of size with one patient's visits."""
    return Sink(True, scratch.daily[option, size], scratch.lost[option, size], scratch.at, visits,
                bins, scratch.threshold, scratch.logging, scratch.log)  # fmt: skip
