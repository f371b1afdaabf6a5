"""A run made ready: the law, the patients and the courses as integer tables for any thread."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from anagen.errors import InputError
from anagen.follicle import birth, cohort, state, tables, windows
from anagen.follicle.law import FollicleLaw
from anagen.follicle.scalps import Course, Reading, Scalps

Start = Literal["stationary", "anagen"]
MOST_AHEAD = 8  # cycles: their words stay in the cache


@dataclass(frozen=True)
class Run:
    """One run in integers, ready for any thread."""

    law: state.Law
    luck: state.Luck
    block: state.Block
    history: state.Windows
    options: state.Windows
    at: state.Ints
    thresholds: tuple[state.Threshold, ...]  # one for all, or one per patient
    ahead: int  # cycles whose words are drawn ahead of a window
    logs: tuple[state.Ints, state.Ints] | None = None  # events of the history, of the option

    def sink(self, daily: state.Ints, lost: state.Ints) -> state.Sink:
        """A sink for the history, which counts nothing (and logs where asked)."""
        never, none = np.full(1, state.NEVER), np.zeros((1, 1), dtype=np.int64)
        return state.Sink(
            False,
            daily,
            lost,
            never,
            none,
            np.zeros((1, 1), dtype=np.int32),
            self.thresholds[0],
            self.logs is not None,
            self.logs[0] if self.logs else none,
        )

    def part(self, patients: slice, first: int, last: int, out: state.Out) -> None:
        """Run follicles ``first`` to ``last`` of some ``patients`` into their ``out``."""
        days = self.options.stop // state.DAY
        shape = (self.options.row.shape[0], self.options.row.shape[3], days + 2)
        daily, lost = (
            np.zeros((*shape, state.DAILY), np.int64),
            np.zeros(shape, np.int64),
        )
        silent = self.sink(daily[0, 0], lost[0, 0])
        scratch = state.Scratch(
            daily,
            lost,
            np.zeros(shape[0], np.int64),
            np.zeros((cohort.CHUNK, state.STATE), np.int64),
            np.zeros(state.STATE, np.int64),
            np.zeros(cohort.CHUNK, np.int64),
            np.zeros((3, 4, cohort.CHUNK), np.uint32),
            np.zeros((self.ahead, 4, cohort.CHUNK), np.uint32),
            np.zeros_like(self.block.tables),
            self.at,
            self.thresholds[0],
            silent.logging,
            self.logs[1] if self.logs else silent.log,
        )
        for some, threshold in self.alike(patients):
            block = self.block._replace(
                patients=self.block.patients[some],
                scale=self.block.scale[some],
                first=first,
                last=last,
            )
            before, after = (
                w._replace(
                    row=np.ascontiguousarray(w.row[:, some]),
                    dht_row=np.ascontiguousarray(w.dht_row[:, some]),
                )
                for w in (self.history, self.options)
            )
            own = out.of(slice(some.start - patients.start, some.stop - patients.start))
            work = scratch._replace(threshold=threshold)
            cohort.run_block(block, self.law, self.luck, before, after, work, silent, own)

    def alike(self, patients: slice) -> list[tuple[slice, state.Threshold]]:
        """The ``patients`` by the threshold they are read with: all of them, or one by one."""
        if len(self.thresholds) == 1:
            return [(patients, self.thresholds[0])]
        one_by_one = range(patients.start, patients.stop)
        return [(slice(i, i + 1), self.thresholds[i]) for i in one_by_one]


def prepare(
    law: FollicleLaw,
    scalps: Scalps,
    options: Sequence[Course],
    history: Course | None,
    visits: Sequence[int],
    reading: Reading,
    start: Start,
    name: tuple[int, int],
) -> Run:
    """Check that scalps, history and options fit one another, and tabulate them."""
    grown = int(np.max(scalps.history))
    if history is not None and history.days != grown:
        problem = f"covers {history.days} days, the longest history of the patients is {grown}"
        raise InputError(f"{problem}; give as many days", field="history")
    before = windows.stack_windows([history or Course(days=max(grown, 1))], scalps.size, grown)
    if grown == 0:
        before = before._replace(stop=0)
    after = windows.stack_windows(options, scalps.size)
    places = before.row.shape[2], after.row.shape[2]
    if min(places) not in (1, max(places)):
        problem = f"has {places[0]} positions, the options have {places[1]}; give both the same"
        raise InputError(problem, field="history")
    dht_top = max(
        windows.DHT_REST,
        *(int(w.dht[..., 1][w.dht[..., 0] != state.NEVER].max(initial=0)) for w in (before, after)),
    )
    patients, scale = tables.patient_table(law, scalps, grown)
    quantiles = tables.quantile_tables(law)
    _refuse_overflow(scalps, quantiles, (before, after), reading)
    none, zero = np.zeros((1, 4, 1), np.uint32), np.uint64(0)
    luck = state.Luck(np.uint64(name[0]), zero, zero, np.uint64(name[1]), none, 0, 0)
    cycle = sum(r.mean for r in law.residences) * state.DAY
    expected = math.ceil(max(before.stop, after.stop) / cycle)
    return Run(
        law=tables.law_tables(
            law,
            scalps,
            dht_top,
            stationary=start == "stationary",
            mortal=bool(before.hazard.any() or after.hazard.any()),
        ),
        luck=luck,
        ahead=min(expected + 2, MOST_AHEAD),
        block=tables.block_of(patients, scale, quantiles),
        history=before,
        options=after,
        at=np.array([*(v * state.DAY for v in visits), state.NEVER], dtype=np.int64),
        thresholds=tables.thresholds(reading, scalps.size),
    )


def _refuse_overflow(
    scalps: Scalps, quantiles: state.SmallInts, ways: Sequence[state.Windows], reading: Reading
) -> None:
    """Refuse so many follicles that a sum over them could leave 63 bits, at its very worst."""
    scale = float(np.max(np.asarray(scalps.phase_scale)))
    shaft = [w for w in ways if w.shafted]
    length = float(quantiles[:8].max()) * scale + sum(max(w.stop, w.growth.max()) for w in ways)
    width = float(quantiles[birth.CALIBRE].max()) / state.ONE
    width *= float(np.max(np.asarray(scalps.full_calibre))) * state.MICROMETRE
    width *= max([1.0, *(float(w.calibre.max()) / state.ONE for w in shaft)])
    speed = max([state.DAY, *(float(np.diff(w.growth[..., 0]).max()) for w in shaft)])
    worst = max(
        length * state.ONE,
        (length / 128) ** 2,
        width**2 * max(1.0, speed / state.MICROMETRE),
        width * min(length, float(np.max(reading.cover_days)) * state.DAY),
    )
    if scalps.follicles * worst > 2**62:
        problem = (
            f"too many for the sums of one patient (given: {scalps.follicles}); at most "
            f"{int(2**62 / worst)} here: divide them over patients or replicates"
        )
        raise InputError(problem, field="follicles")


def empty_out(patients: int, options: int, days: int, visits: int, bins: int) -> state.Out:
    """Results to be added to, all zero."""
    return state.Out(
        counts=np.zeros((patients, options, cohort.COUNTS, days + 1), np.int32),
        sums=np.zeros((patients, options, cohort.SUMS, days + 1), np.int64),
        visits=np.zeros((patients, options, visits, state.VISIT), np.int64),
        bins=np.zeros((patients, options, visits, bins), np.int32),
    )
