"""The event kernel: one follicle through one window of time, in integers only.

A follicle is visited once per event, never per day. Its state is a row of integers, its luck a set
of named words, its days a difference array: what happens at tick t counts from the first midnight
at or after t. Rules and symbols are those of `law`; units and names those of `state`.

Between two steps of its loads a follicle's clock factors are constant: `steady` takes it through
such a stretch, event by event; `through` strings stretches together.
"""

from __future__ import annotations

import numpy as np

from anagen.compiled import Word, inline, kernel
from anagen.follicle.quantiles import draw
from anagen.follicle.state import (
    A_DAY,
    ANAGEN,
    BASE,
    C_DAY,
    CALIBRE_BITS,
    CATAGEN,
    CLUB,
    CLUB_DRIVE,
    DAY,
    DAY_BITS,
    DHT,
    DHT_AT,
    EMERGE,
    EXIT_AT,
    FACTOR_BITS,
    FULL,
    GROWTH,
    HIDDEN,
    KENOGEN,
    LENGTH,
    LEVEL,
    LOGGED,
    MASS,
    NEVER,
    NO_HAIR,
    NOW,
    ONE,
    PAST_DRIVE,
    PHASE,
    REM,
    RESERVE,
    RISE,
    ROUND,
    SHED,
    SIZE,
    SIZE_BITS,
    STEP,
    T_DAY,
    TELOGEN,
    TOP,
    VISIBLE,
    VISIT_AT,
    W1,
    W2,
    W3,
    Ints,
    Law,
    Luck,
    Sink,
    SmallInts,
    View,
)
from anagen.follicle.visits import at_tick, last_drive, see
from anagen.rng import CYCLE, EXIT, philox


@inline
def midnight(t: Word) -> Word:
    """The first midnight at or after tick ``t``, as a row of the daily array."""
    return np.uint64((t + (DAY - 1)) >> DAY_BITS)


@inline
def mass_of(m: Word, full: Word) -> Word:
    """m^3 z^2: cross-section times speed of a shaft, calibre in sixteenths of a um."""
    width = (full * m) >> (SIZE_BITS + CALIBRE_BITS - 4)
    return (width * width * m) >> SIZE_BITS


@inline
def grown(view: View, t: Word) -> Word:
    """The growth clock at tick ``t``."""
    return at_tick(view.growth, 0, t) if view.shafted else t


@inline
def when_reached(view: View, phase: Word, goal: Word) -> Word:
    """The first tick at which the clock of ``phase`` stands at ``goal``, which it does reach."""
    column = np.uint64(phase)
    day = np.uint64(view.days[np.uint64(goal >> view.shift[column]), column])
    day += np.uint64(np.int64(view.clock[day + np.uint64(1), column]) < goal)
    while np.int64(view.clock[day + np.uint64(1), column]) < goal:
        day += np.uint64(1)
    low = np.int64(view.clock[day, column])
    rate = np.uint64(np.int64(view.clock[day + np.uint64(1), column]) - low)
    rate += np.uint64(rate == np.uint64(0))
    part = (np.uint64(goal - low) << np.uint64(DAY_BITS)) + rate - np.uint64(1)
    return (np.int64(day) << DAY_BITS) + np.int64(part // rate)


@inline
def clock_at(view: View, phase: Word, t: Word) -> Word:
    """The patient's clock of ``phase`` at tick ``t``, before the follicle's own loads."""
    return at_tick(view.clock, phase, t) if view.clocked else t


@inline
def phase_end(
    t: Word, rem: Word, phase: Word, stop: Word, factor: Word, view: View
) -> tuple[Word, Word]:
    """(tick at which the phase ends, or NEVER before ``stop``; clock left at ``stop``)."""
    since, reach = clock_at(view, phase, t), clock_at(view, phase, stop)
    spent = ((reach - since) * np.int64(factor[phase])) >> FACTOR_BITS
    if rem > spent:
        return NEVER, rem - spent
    end = min(since + ((rem * np.int64(factor[4 + phase])) >> FACTOR_BITS), reach)
    if view.clocked:
        end = when_reached(view, phase, end)
    return min(max(end, t + (rem > 0)), stop), 0


@inline
def kenogen_time(word: Word, share: Word, tables: SmallInts) -> Word:
    """Clock of the empty interval; 0 where anagen begins at once (probability 1 - share)."""
    if word >= share:
        return np.int64(0)
    if share == 1 << 32:
        return draw(tables[KENOGEN], np.uint64(word))
    return draw(tables[KENOGEN], (np.uint64(word) << np.uint64(32)) // np.uint64(share))


@inline
def reveal(
    base: Word,
    phase: Word,
    emerge: Word,
    until: Word,
    m: Word,
    mass: Word,
    view: View,
    sink: Sink,
) -> Word:
    """Let a growing hair show if its time has come; the growth clock at that tick, or HIDDEN."""
    if phase != ANAGEN or base != HIDDEN or emerge > until:
        return base
    base = grown(view, emerge)
    if sink.on:
        day = midnight(emerge)
        sink.daily[day, VISIBLE] += 1
        sink.daily[day, GROWTH] += m
        sink.daily[day, LENGTH] -= m * base
        sink.daily[day, MASS] += mass
    return base


@inline
def to_club(s: Ints, t: Word, base: Word, m: Word, mass: Word, view: View, sink: Sink) -> Word:
    """Growth ends at tick ``t``: the length of the club hair, or NO_HAIR if none ever showed."""
    if base == HIDDEN:
        return NO_HAIR
    now = grown(view, t)
    s[CLUB_DRIVE] = last_drive(view, t)[1] if t > 0 else s[PAST_DRIVE]
    if sink.on:
        day = midnight(t)
        sink.daily[day, GROWTH] -= m
        sink.daily[day, LENGTH] += m * now
        sink.daily[day, MASS] -= mass
    return now - base


@inline
def fall(day: Word, m: Word, club: Word, daily: Ints) -> None:
    """Exogen: a club hair falls."""
    daily[day, VISIBLE] -= 1
    daily[day, SHED] += 1
    daily[day, LENGTH] -= m * club


@inline
def new_size(m: Word, goal: Word, eta: Word, reserve: Word) -> Word:
    """The law's size at an anagen onset, in 2^-14."""
    return min(m + ((eta * (goal - m) + ONE // 2) >> SIZE_BITS), reserve)


@inline
def words_of(cycle: Word, luck: Luck) -> tuple[Word, Word, Word, Word]:
    """The four words of a cycle: drawn ahead, or, beyond that, now."""
    at = np.uint64(cycle - luck.first)
    if at < np.uint64(luck.ahead.shape[0]):
        row, slot = luck.ahead[at], np.uint64(luck.slot)
        return (
            np.uint64(row[0, slot]),
            np.uint64(row[1, slot]),
            np.uint64(row[2, slot]),
            np.uint64(row[3, slot]),
        )
    cycle, stream = np.uint64(cycle), np.uint64(CYCLE)
    return philox(luck.seed, luck.patient, luck.follicle, cycle, stream, luck.replicate)


@inline
def park(s: Ints, phase: Word, m: Word, emerge: Word, base: Word, club: Word) -> None:
    """Write back what the follicle is and bears."""
    s[PHASE], s[SIZE], s[EMERGE], s[BASE], s[CLUB] = phase, m, emerge, base, club


@inline
def steady(  # noqa: PLR0912, PLR0915 - one loop over four phases keeps its variables in registers
    s: Ints, stop: Word, plain: bool, view: View, law: Law, luck: Luck, tables: SmallInts,
    sink: Sink,
) -> None:  # fmt: skip
    """Take the follicle to tick ``stop`` under a constant load; ``plain``: nothing but rest."""
    phase, t, rem, m = s[PHASE], s[NOW], s[REM], s[SIZE]
    emerge, base, club, cycle = s[EMERGE], s[BASE], s[CLUB], s[ROUND]
    w1, w2, w3, mass = s[W1], s[W2], s[W3], mass_of(s[SIZE], s[FULL])
    factor, goal = law.factor[s[DHT], s[LEVEL]], np.int64(law.target[s[DHT], s[LEVEL]])
    on, daily, visit = sink.on, sink.daily, sink.at[s[VISIT_AT]]
    while True:
        end, left = t + rem, t + rem - stop
        if not plain:
            end, left = phase_end(t, rem, phase, stop, factor, view)
        if end > stop:
            break
        t, day = end, midnight(end)
        if visit < t:
            base = reveal(base, phase, emerge, t, m, mass, view, sink)
            park(s, phase, m, emerge, base, club)
            see(s, t, view, sink)
            visit = sink.at[s[VISIT_AT]]
        if phase == ANAGEN:
            base = reveal(base, phase, emerge, t, m, mass, view, sink)
            club = to_club(s, t, base, m, mass, view, sink)
            if on:
                daily[day, A_DAY] -= 1
                daily[day, C_DAY] += 1
            phase, rem = CATAGEN, draw(tables[CATAGEN], np.uint64(w1))
        elif phase == CATAGEN:
            if on:
                daily[day, C_DAY] -= 1
                daily[day, T_DAY] += 1
            phase, rem = TELOGEN, draw(tables[TELOGEN], np.uint64(w2))
        elif phase == TELOGEN:
            if on:
                daily[day, T_DAY] -= 1
                if club >= 0:
                    fall(day, m, club, daily)
            phase, rem, club = KENOGEN, kenogen_time(w3, law.kenogen, tables), NO_HAIR
        else:
            cycle += 1
            w0, x1, x2, x3 = words_of(cycle, luck)
            w1, w2, w3 = np.int64(x1), np.int64(x2), np.int64(x3)
            if not plain:
                m = new_size(m, goal, law.eta, s[RESERVE])
                mass = mass_of(m, s[FULL])
            phase, rem = ANAGEN, draw(tables[ANAGEN], w0)
            emerge, base = t + law.delay, HIDDEN
            if on:
                daily[day, A_DAY] += 1
        if sink.logging:
            note(s, t, phase, m, sink)
    base = reveal(base, phase, emerge, stop, m, mass, view, sink)
    park(s, phase, m, emerge, base if phase == ANAGEN else HIDDEN, club)
    s[NOW], s[REM], s[ROUND], s[W1], s[W2], s[W3] = stop, left, cycle, w1, w2, w3


@inline
def note(s: Ints, t: Word, phase: Word, m: Word, sink: Sink) -> None:
    """Write an event to the log, as far as it has room."""
    if s[LOGGED] < sink.log.shape[0]:
        row = sink.log[s[LOGGED]]
        row[0], row[1], row[2], row[3] = t, phase, m, s[FULL]
        s[LOGGED] += 1


@inline
def take_steps(s: Ints, view: View) -> None:
    """Take the load steps that fall on the follicle's tick."""
    if s[STEP] == s[NOW]:
        s[LEVEL] += 1
        s[STEP] = s[STEP] + s[RISE] if s[LEVEL] < s[TOP] else NEVER
    if view.dht[s[DHT_AT], 0] == s[NOW]:
        s[DHT] = view.dht[s[DHT_AT], 1]
        s[DHT_AT] += 1


@kernel
def throw_out(s: Ints, view: View, law: Law, luck: Luck, tables: SmallInts, sink: Sink) -> None:
    """A trigger on this tick: some anagen ends, in catagen or (at once) with the hair shed."""
    n, t, m = s[EXIT_AT], s[NOW], s[SIZE]
    s[EXIT_AT] += 1
    name = np.uint64(view.exits[n, 3])
    day, stream = (
        name & np.uint64(0xFFFFFFFF),
        np.uint64(EXIT) + (name >> np.uint64(32)),
    )
    word = philox(luck.seed, luck.patient, luck.follicle, day, stream, luck.replicate)[0]
    if s[PHASE] != ANAGEN or np.int64(word) >= view.exits[n, 1]:
        return
    see(s, t, view, sink)
    at_once, row = np.int64(word) < view.exits[n, 2], midnight(t)
    s[CLUB] = to_club(s, t, s[BASE], m, mass_of(m, s[FULL]), view, sink)
    if sink.on:
        sink.daily[row, A_DAY] -= 1
        sink.daily[row, C_DAY] += not at_once
        if at_once and s[CLUB] != NO_HAIR:
            fall(row, m, s[CLUB], sink.daily)
    s[PHASE], s[REM], s[BASE] = CATAGEN, draw(tables[CATAGEN], np.uint64(s[W1])), HIDDEN
    if at_once:
        s[PHASE], s[REM] = KENOGEN, kenogen_time(s[W3], law.kenogen, tables)
        s[CLUB] = NO_HAIR
    if sink.logging:
        note(s, t, s[PHASE], m, sink)


@inline
def acts_before(s: Ints, until: Word, view: View, law: Law) -> bool:
    """Whether anything happens by tick ``until``; if not, the phase's clock has run that far."""
    phase, factor = s[PHASE], law.factor[s[DHT], s[LEVEL]]
    spent = clock_at(view, phase, until) - clock_at(view, phase, s[NOW])
    spent = (spent * np.int64(factor[phase])) >> FACTOR_BITS
    if s[REM] <= spent or (phase == ANAGEN and s[BASE] == HIDDEN and s[EMERGE] <= until):
        return True
    s[REM] -= spent
    return False


@inline
def through(
    s: Ints, stop: Word, view: View, law: Law, luck: Luck, tables: SmallInts, sink: Sink
) -> None:
    """Take the follicle to tick ``stop``, from one step of its loads to the next."""
    while True:
        until = min(stop, s[STEP], view.dht[s[DHT_AT], 0], view.exits[s[EXIT_AT], 0])
        plain = not view.clocked and not view.shafted and s[LEVEL] == 0
        if plain or acts_before(s, until, view, law):
            steady(s, until, plain, view, law, luck, tables, sink)
        else:
            s[NOW] = until
        take_steps(s, view)
        if view.exits[s[EXIT_AT], 0] == s[NOW]:
            throw_out(s, view, law, luck, tables, sink)
        if s[NOW] == stop:
            return
