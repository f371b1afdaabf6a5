"""One replicate of a trial, as its data base would hold it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anagen.patient import Patient
from anagen.trial.protocol import Estimand
from anagen.trial.statistics.estimate import Floats, Ints, Mask

__all__ = ["ROWS", "Floats", "Ints", "Mask", "TrialData"]


@dataclass(frozen=True, eq=False, kw_only=True)
class TrialData:
    """Rows: people of a parallel trial; sides of heads; periods of people in a crossover.

    Shapes are (rows,) or (rows, visits), the baseline first. ``arm`` is what the row gets,
    ``person`` whose it is, ``part`` its side or period (0 in a parallel trial), ``sequence`` the
    arm that the person had first. ``entry``: calendar week of the first visit. ``left``,
    ``stopped``, ``rescued``: week from which the person was not seen, had stopped treatment, had
    begun rescue (inf: never). ``full`` holds every endpoint as read, by its word, as if nobody had
    left; ``columns`` what is known of the person on day 0; ``direct`` the primary endpoint without
    what spills over from the other side (None: nothing can).
    """

    weeks: tuple[float, ...]
    patients: tuple[Patient, ...]
    arm: Ints
    person: Ints
    part: Ints
    sequence: Ints
    stratum: Ints
    entry: Floats
    left: Floats
    stopped: Floats
    rescued: Floats
    full: Mapping[str, Floats]
    columns: Mapping[str, Floats]
    direct: Floats | None = None

    @property
    def rows(self) -> int:
        """Number of rows."""
        return len(self.arm)

    @property
    def seen(self) -> Mask:
        """Which visits took place, (rows, visits)."""
        return np.asarray(np.array(self.weeks) < self.left[:, None])

    def values(
        self, endpoint: str, estimand: Estimand = "treatment_policy", better: int = 1
    ) -> Floats:
        """Readings of an ``endpoint`` as the estimand takes them, (rows, visits); nan: missing.

        After stopping treatment or beginning rescue: treatment policy, what is read; hypothetical,
        missing; while on treatment, the last reading before; composite, the baseline or what is
        read, the worse of the two (``better``: 1 where more is better, -1 where less is). The last
        two are known also of people who left after that.
        """
        x = np.where(self.seen, self.full[endpoint], np.nan)
        event = np.minimum(self.stopped, self.rescued)
        if estimand == "treatment_policy" or not np.isfinite(event).any():
            return x
        after = np.array(self.weeks) > event[:, None]
        if estimand == "hypothetical":
            return np.where(after, np.nan, x)
        after &= (self.left > event)[:, None]
        if estimand == "composite":
            worse = np.fmin if better > 0 else np.fmax
            return np.where(after, worse(x, x[:, :1]), x)
        kept = np.where(after | ~np.isfinite(x), 0, np.arange(len(self.weeks)))
        last = np.maximum.accumulate(kept, axis=1)
        return np.where(after, np.take_along_axis(x, last, axis=1), x)

    def of(self, rows: NDArray[Any]) -> TrialData:
        """Some of the rows."""
        chosen = np.arange(self.rows)[rows]
        arrays = {name: getattr(self, name)[chosen] for name in ROWS}
        return TrialData(
            weeks=self.weeks, patients=tuple(self.patients[i] for i in chosen), **arrays,
            full={name: x[chosen] for name, x in self.full.items()},
            columns={name: x[chosen] for name, x in self.columns.items()},
            direct=None if self.direct is None else self.direct[chosen],
        )  # fmt: skip


ROWS = ("arm", "person", "part", "sequence", "stratum", "entry", "left", "stopped", "rescued")
