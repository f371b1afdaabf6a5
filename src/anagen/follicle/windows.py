"""From courses of real numbers to the engine's integer tables of a window."""

from __future__ import annotations

from collections.abc import Sequence

import numba
import numpy as np
from numpy.typing import NDArray

from anagen.errors import InputError
from anagen.follicle.law import DHT_STEP, staircase
from anagen.follicle.quantiles import MAX_TICKS, TICKS
from anagen.follicle.residence import Floats
from anagen.follicle.scalps import Course
from anagen.follicle.state import NEVER, ONE, Days, Ints, SmallInts, Windows

DHT_REST = round(1 / DHT_STEP)
WORD = 1 << 32
MOST_CLOCK_DAYS = 2**16 - 1
"""Longest table of clocks: its index of days holds 16 bits, to stay in the cache."""
HAZARD = 1 << 20
"""Units of cumulative destruction hazard per unit."""


@numba.njit(cache=True, nogil=True)
def build_clocks(rate: Floats, clock: SmallInts, index: Days, shift: SmallInts) -> float:
    """Cumulate rates (rows, days, 4) into clocks, and index them; the largest clock [tick].

    ``index[row, b, p]`` is the first day that ends with the clock at or beyond b << shift;
    two buckets a day, so that a look-up is one or two days off at most where rates vary little.
    """
    top = 0.0
    rows, days, phases = rate.shape
    for row in range(rows):
        for phase in range(phases):
            total = 0.0
            for day in range(days):
                total += rate[row, day, phase] * TICKS
                clock[row, day + 1, phase] = np.int32(min(total + 0.5, 2147483647.0))
            top = max(top, total)
            bits = 0
            while (np.int64(clock[row, days, phase]) >> bits) > 2 * days:
                bits += 1
            shift[row, phase] = bits
            bucket = 0
            for day in range(days):
                last = 2 * days + 1
                if day < days - 1:
                    last = min(last, np.int64(clock[row, day + 1, phase]) >> bits)
                while bucket <= last:
                    index[row, bucket, phase] = day
                    bucket += 1
    return top


def _joined(courses: Sequence[Course], name: str, rest: float) -> Floats | None:
    """The courses' tables ``name``, one upon the other, at rest where a course has none."""
    given = [(c, getattr(c, name)) for c in courses if c.rows]
    if all(table is None for _, table in given):
        return None
    found = [np.full((c.rows, c.days), rest) if t is None else t for c, t in given]
    return np.asarray(found[0]) if len(found) == 1 else np.concatenate(found)


def _cumulated(table: Floats | None, unit: int, name: str) -> NDArray[np.int64]:
    if table is None:
        return np.zeros((1, 1, 1), dtype=np.int64)
    total = np.zeros((len(table), table.shape[1] + 1))
    np.cumsum(table * unit, axis=1, out=total[:, 1:])
    if total.max() > MAX_TICKS:
        problem = f"adds up to more than {MAX_TICKS // unit} over the course; give smaller values"
        raise InputError(problem, field=name)
    return np.rint(total).astype(np.int64)[..., None]


def _clocks(courses: Sequence[Course]) -> tuple[SmallInts, Days, SmallInts]:
    """Clocks of all the courses' rows, one upon the other, at rest where a course has none."""
    rows, days = sum(c.rows for c in courses), courses[0].days
    if all(c.clock is None for c in courses):
        rows, days = 1, 0
    if days > MOST_CLOCK_DAYS:
        problem = f"covers {days} days; at most {MOST_CLOCK_DAYS}"
        raise InputError(problem, field="clock")
    clock = np.zeros((rows, days + 1, 4), dtype=np.int32)
    index = np.zeros((rows, 2 * days + 2 if days else 1, 4), dtype=np.uint16)
    shift = np.zeros((rows, 4), dtype=np.int32)
    at = 0
    for course in courses if days else ():
        n = course.rows
        rate = np.ones((n, days, 4)) if course.clock is None else np.asarray(course.clock)
        own = slice(at, at + n)
        if build_clocks(rate, clock[own], index[own], shift[own]) > MAX_TICKS:
            problem = f"adds up to more than {MAX_TICKS // TICKS} days of clock; give slower rates"
            raise InputError(problem, field="clock")
        at += n
    return clock, index, shift


def stack_windows(courses: Sequence[Course], patients: int, origin: int = 0) -> Windows:
    """Courses of one length as integer tables. Raises InputError for unequal lengths."""
    days = courses[0].days
    if any(c.days != days for c in courses):
        raise InputError("the options differ in length; give all the same days", field="days")
    growth, calibre = _joined(courses, "growth", 1.0), _joined(courses, "calibre", 1.0)
    if growth is None and calibre is not None:
        growth = np.ones_like(calibre)
    if calibre is None:
        calibre = np.ones((1, 1)) if growth is None else np.ones_like(growth)
    clock, index, shift = _clocks(courses)
    edges = _edges(courses)
    dht, dht_row = _stack_dht(courses, patients)
    exits, exit_row = _stack_exits(courses, origin)
    return Windows(
        stop=days * TICKS,
        row=_stack_rows(courses, patients, len(edges) + 1),
        edges=np.array([0, *np.rint(np.array(edges) * ONE), NEVER], dtype=np.int64),
        clocked=len(clock[0]) > 1,
        shafted=growth is not None,
        clock=clock,
        days=index,
        shift=shift,
        growth=_cumulated(growth, TICKS, "growth"),
        calibre=np.rint(calibre * ONE).astype(np.int64),
        hazard=_cumulated(_joined(courses, "hazard", 0.0), HAZARD, "hazard"),
        dht_row=dht_row,
        dht=dht,
        exit_row=exit_row,
        exits=exits,
    )


def _edges(courses: Sequence[Course]) -> tuple[float, ...]:
    """The sizes that part follicles, the same in all courses that part them."""
    found = {c.size_edges for c in courses if c.size_edges}
    if len(found) > 1:
        problem = f"the options part sizes differently ({sorted(found)}); give all the same"
        raise InputError(problem, field="size_edges")
    return found.pop() if found else ()


def _stack_rows(courses: Sequence[Course], patients: int, classes: int) -> SmallInts:
    """Which row of the stacked tables serves a patient's position and size; -1 at rest."""
    places = {np.asarray(c.row).shape[1] for c in courses if c.row is not None and c.rows} or {1}
    if len(places - {1}) > 1:
        problem = f"options with {sorted(places)} positions; give all the same, or one for all"
        raise InputError(problem, field="row")
    rows = np.full((len(courses), patients, max(places), classes), -1, dtype=np.int32)
    offset = 0
    for o, course in enumerate(courses):
        if course.rows:
            given = np.zeros((1, 1), dtype=int) if course.row is None else np.asarray(course.row)
            if given.shape[0] not in (1, patients):
                problem = f"serves {given.shape[0]} patients, the run has {patients}"
                raise InputError(problem, field="row")
            given = given if given.ndim == 3 else given[..., None]
            rows[o] = np.where(given < 0, -1, given + offset)
            offset += course.rows
    return rows


def _stack_dht(courses: Sequence[Course], patients: int) -> tuple[Ints, SmallInts]:
    """Lists of (tick, step of DHT), the first one empty, each ending in NEVER."""
    found: dict[tuple[tuple[int, int], ...], int] = {(): 0}
    row = np.zeros((len(courses), patients), dtype=np.int32)
    for o, course in enumerate(courses):
        if course.dht is None:
            continue
        dht = np.asarray(course.dht)
        if len(dht) not in (1, patients):
            raise InputError(f"serves {len(dht)} patients, the run has {patients}", field="dht")
        steps = np.rint(staircase(dht, DHT_STEP) / DHT_STEP).astype(int)
        before = np.concatenate([np.full((len(dht), 1), DHT_REST), steps[:, :-1]], axis=1)
        for p in range(patients):
            own = p % len(dht)
            days = np.flatnonzero(steps[own] != before[own])
            key = tuple((int(d) * TICKS, int(steps[own, d])) for d in days)
            row[o, p] = found.setdefault(key, len(found))
    lists = np.full((len(found), max(map(len, found)) + 1, 2), NEVER, dtype=np.int64)
    for key, at in found.items():
        if key:
            lists[at, : len(key)] = key
    return lists, row


def _stack_exits(courses: Sequence[Course], origin: int) -> tuple[Ints, SmallInts]:
    """Lists of (tick, share, immediate share, name) in words of 2^32, the first one empty."""
    lists: list[list[tuple[int, int, int, int]]] = [[]]
    row_of, offset = np.zeros(sum(c.rows for c in courses) + 1, dtype=np.int32), 0
    for course in courses:
        for row, exits in course.exits.items():
            row_of[offset + row] = len(lists)
            rising = sorted(exits, key=lambda e: e.day)
            days = [e.day for e in rising]
            lists.append(
                [
                    (
                        e.day * TICKS,
                        round(e.share * WORD),
                        round(e.share * e.immediate * WORD),
                        ((n - days.index(e.day)) << 32) + (e.day - origin) % WORD,
                    )
                    for n, e in enumerate(rising)
                ]
            )
        offset += course.rows
    table = np.full((len(lists), max(map(len, lists)) + 1, 4), NEVER, dtype=np.int64)
    for at, events in enumerate(lists):
        if events:
            table[at, : len(events)] = events
    return table, row_of
