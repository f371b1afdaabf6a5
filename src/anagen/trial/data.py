"""One replicate of a trial, as its data base would hold it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anagen.patient import Patient
from anagen.trial.protocol import Estimand

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class TrialData:
    """Rows: people of a parallel trial; sides of heads; periods of people in a crossover.

    Shapes are (rows,) or (rows, visits), the baseline first. ``arm`` is what the row gets,
    ``person`` whose it is, ``part`` its side or period (0 in a parallel trial), ``sequence`` the
    arm that the person had first. ``entry``: calendar week of the first visit. ``left``,
    ``stopped``, ``rescued``: week from which the person was not seen, had stopped treatment, had
    begun rescue (inf: never). ``full`` holds every endpoint as read, by its word, as if nobody had
    left; ``columns`` what is known of the person on day 0.
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

    @property
    def rows(self) -> int:
        """Number of rows."""
        return len(self.arm)

    @property
    def seen(self) -> Mask:
        """Which visits took place, (rows, visits)."""
        return np.asarray(np.array(self.weeks) < self.left[:, None])

    def values(self, endpoint: str, estimand: Estimand = "treatment_policy") -> Floats:
        """Readings of an ``endpoint`` as the estimand takes them, (rows, visits); nan: missing.

        After stopping treatment or beginning rescue: treatment policy, what is read; hypothetical,
        missing; while on treatment, the last reading before; composite, no gain over baseline.
        """
        x = np.where(self.seen, self.full[endpoint], np.nan)
        if estimand == "treatment_policy":
            return x
        after = np.array(self.weeks) > np.minimum(self.stopped, self.rescued)[:, None]
        if estimand == "hypothetical":
            return np.where(after, np.nan, x)
        first = 0 if estimand == "composite" else np.arange(len(self.weeks))
        kept = np.where(after, 0, first)
        last = np.maximum.accumulate(kept, axis=1)
        carried = np.take_along_axis(x, last, axis=1)
        return np.where(after & np.isfinite(x), carried, x)

    def of(self, rows: NDArray[Any]) -> TrialData:
        """Some of the rows."""
        chosen = np.arange(self.rows)[rows]
        arrays = {name: getattr(self, name)[chosen] for name in ROWS}
        return TrialData(
            weeks=self.weeks, patients=tuple(self.patients[i] for i in chosen), **arrays,
            full={name: x[chosen] for name, x in self.full.items()},
            columns={name: x[chosen] for name, x in self.columns.items()},
        )  # fmt: skip


ROWS = ("arm", "person", "part", "sequence", "stratum", "entry", "left", "stopped", "rescued")
