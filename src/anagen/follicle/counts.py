"""What a run counted, by day and by visit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from anagen.errors import InputError, unknown_word
from anagen.follicle import cohort, state
from anagen.follicle.residence import Floats

DAILY = (
    "anagen",
    "catagen",
    "telogen",
    "kenogen",
    "lost",
    "visible",
    "shed",
    "length",
    "growth",
    "mass",
)
VISIT = (
    "visible",
    "growing",
    "detected",
    "nonvellus",
    "growing_nonvellus",
    "terminal",
    "calibre",
    "calibre_squared",
    "nonvellus_calibre",
    "length",
    "length_squared",
    "shade",
    "growth",
    "mass",
)

_UM, _TICK, _ONE = state.MICROMETRE, state.DAY, state.ONE
_DAILY_UNIT = {"length": _ONE * _TICK, "growth": _ONE, "mass": 256.0 * (1 << cohort.MASS_BITS)}
_VISIT_UNIT = {
    "calibre": _UM,
    "calibre_squared": _UM**2,
    "nonvellus_calibre": _UM,
    "length": _TICK,
    "length_squared": 8**2,
    "shade": _UM * _TICK,
    "growth": _TICK,
    "mass": _UM * _TICK,
}


@dataclass(frozen=True, kw_only=True)
class Counts:
    """What a run counted, summed over each patient's follicles; P patients, O options, D days.

    ``counts`` (P, O, 7, D + 1) and ``sums`` (P, O, 3, D + 1) by day, ``visits`` (P, O, V, 14) and
    ``histogram`` (P, O, V, bins) by visit, in engine units; `daily` and `at_visit` give them in
    days and um.
    """

    follicles: int
    days: int
    visit_days: tuple[int, ...]
    counts: NDArray[np.int32]
    sums: NDArray[np.int64]
    visits: NDArray[np.int64]
    histogram: NDArray[np.int32]
    full_calibre: Floats

    def daily(self, name: str) -> NDArray[np.int32] | Floats:
        """Series ``name`` at the midnights 0 to D, shape (P, O, D + 1).

        Follicles in ``anagen``, ``catagen``, ``telogen``, ``kenogen``, ``lost``; hairs ``visible``,
        and ``shed`` since the midnight before; over visible hairs the sum of ``length`` (size x
        clock days above the skin), and over growing ones of ``growth`` (size) and ``mass``
        (um2 x speed). Raises InputError for another name, or where the run kept no days.
        """
        if name not in DAILY:
            raise InputError(unknown_word("series", name, DAILY), field="daily")
        if not self.counts.shape[-1]:
            raise InputError("no days were kept; run with daily=True", field="daily")
        at = DAILY.index(name)
        if at < cohort.COUNTS:
            return self.counts[:, :, at]
        return np.asarray(self.sums[:, :, at - cohort.COUNTS] / _DAILY_UNIT[name])

    def at_visit(self, name: str) -> Floats:
        """Sum ``name`` over visible hairs at the visits, shape (P, O, V).

        Counts: ``visible``, ``growing``, ``detected`` (fast enough to be seen), ``nonvellus``,
        ``growing_nonvellus``, ``terminal``. Sums: ``calibre`` [um], ``calibre_squared``,
        ``nonvellus_calibre``, ``length`` [day of full growth] and its square, ``shade`` [um day],
        ``growth`` (speed over full speed), ``mass`` [um2 x speed].
        """
        if name not in VISIT:
            raise InputError(unknown_word("visit sum", name, VISIT), field="at_visit")
        return np.asarray(self.visits[..., VISIT.index(name)] / _VISIT_UNIT.get(name, 1))
