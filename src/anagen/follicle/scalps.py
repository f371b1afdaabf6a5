"""What a run is given: scalps, what a stretch of time does to them, how they are read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from anagen.errors import InputError
from anagen.follicle.law import ForcedExit

Floats = NDArray[np.float64]
MAX_RATE = 256.0
"""Fastest clock, in clock days per day."""


def refuse(field_name: str, problem: str) -> InputError:
    """The error of one field of a run's input."""
    return InputError(problem, field=field_name)


def _checked(name: str, value: ArrayLike, low: float, high: float) -> Floats:
    array = np.asarray(value, dtype=float)
    if array.size == 0:
        raise refuse(name, "empty; give at least one patient")
    wrong = ~(np.isfinite(array) & (array >= low) & (array <= high))
    if wrong.any():
        given = array[wrong].flat[0]
        raise refuse(name, f"must lie between {low:g} and {high:g} (given: {given:g})")
    return array


@dataclass(frozen=True, kw_only=True)
class Scalps:
    """One scalp per patient; every array has shape (patients,), a single number serves all.

    A follicle is affected with probability ``affected_share``; its androgen severity is
    ``severity`` times its own sensitivity, its onset lies within ``onset_spread`` days after
    ``onset`` (day 0 is today, so usually negative), and ``ramp`` days bring the full load.
    ``history`` is grown before day 0. ``full_calibre`` in um at size 1; ``phase_scale``
    (patients, 4) is a patient's mean residence over the law's. Raises InputError.
    """

    follicles: int
    patient: ArrayLike = 0
    history: ArrayLike = 0
    severity: ArrayLike = 0.0
    affected_share: ArrayLike = 0.0
    onset: ArrayLike = 0.0
    onset_spread: ArrayLike = 0.0
    ramp: ArrayLike = 365.0
    reserve: ArrayLike = 1.0
    full_calibre: ArrayLike = 70.0
    phase_scale: ArrayLike = field(default=1.0)

    def __post_init__(self) -> None:
        if self.follicles < 1:
            raise refuse("follicles", f"must be at least 1 (given: {self.follicles})")
        shapes = [np.shape(getattr(self, name)) for name, _, _ in _SCALP_LIMITS]
        size = np.broadcast_shapes((1,), *shapes)
        for name, low, high in _SCALP_LIMITS:
            array = _checked(name, getattr(self, name), low, high)
            object.__setattr__(self, name, np.broadcast_to(array, size))
        scale = _checked("phase_scale", self.phase_scale, 1e-3, 1e3)
        object.__setattr__(self, "phase_scale", np.broadcast_to(scale, (*size, 4)))
        ids = np.asarray(self.patient)
        if len(np.unique(ids)) < size[0]:
            ids = np.arange(size[0]) if ids.size == 1 else ids
            if len(np.unique(ids)) < size[0]:
                raise refuse(
                    "patient", "two patients with one id would share their luck; number them apart"
                )
            object.__setattr__(self, "patient", ids)
        early = (np.asarray(self.onset) < -np.asarray(self.history)) & (
            np.asarray(self.severity) > 0
        )
        if early.any():
            raise refuse("onset", "lies before the history begins; lengthen the history")

    @property
    def size(self) -> int:
        """Number of patients."""
        return len(np.asarray(self.history))


_SCALP_LIMITS = (
    ("patient", 0, 2**32 - 1),
    ("history", 0, 100 * 366),
    ("severity", 0, 100),
    ("affected_share", 0, 1),
    ("onset", -100 * 366, 1e6),
    ("onset_spread", 0, 1e6),
    ("ramp", 1, 1e6),
    ("reserve", 1e-3, 1),
    ("full_calibre", 1, 500),
)


@dataclass(frozen=True, kw_only=True)
class Course:
    """What a stretch of ``days`` does to the follicles; absent tables mean rest.

    ``clock`` (rows, days, 4): rates of the four phases; ``growth`` and ``calibre`` (rows, days):
    factors on speed and on the relaxed calibre; ``hazard`` (rows, days): destruction per day;
    ``row`` (patients, positions): which row serves a position (-1: at rest; follicle f sits at
    position f modulo positions); ``dht`` (patients, days): scalp DHT over its resting level;
    ``exits``: triggers by row. Raises InputError for what is not finite, negative or too short.
    """

    days: int
    clock: ArrayLike | None = None
    growth: ArrayLike | None = None
    calibre: ArrayLike | None = None
    hazard: ArrayLike | None = None
    row: ArrayLike | None = None
    dht: ArrayLike | None = None
    exits: Mapping[int, tuple[ForcedExit, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.days < 1:
            raise refuse("days", f"must be at least 1 (given: {self.days})")
        for name, high in (
            ("clock", MAX_RATE),
            ("growth", 16),
            ("calibre", 16),
            ("hazard", 16),
            ("dht", 4),
        ):
            value = getattr(self, name)
            if value is None:
                continue
            array = _checked(name, value, 0, high)
            wanted = 3 if name == "clock" else 2
            if array.ndim != wanted or array.shape[1] != self.days:
                raise refuse(name, f"must cover {self.days} days (given shape: {array.shape})")
            object.__setattr__(self, name, array)
        self._check_rows()

    def _check_rows(self) -> None:
        rows = {len(np.asarray(t)) for t in self.tables if t is not None}
        if len(rows) > 1:
            raise refuse("row", f"tables of {sorted(rows)} rows; give every table the same rows")
        if self.row is not None:
            row = np.asarray(self.row)
            if row.ndim != 2 or row.size == 0 or row.max() >= self.rows or row.min() < -1:
                problem = f"must be (patients, positions) with rows from -1 to {self.rows - 1}"
                raise refuse("row", f"{problem} (given shape: {row.shape})")
        for at, exits in self.exits.items():
            if not 0 <= at < self.rows or any(not 0 <= e.day < self.days for e in exits):
                raise refuse("exits", f"row {at}: a row or day beyond the course's tables")

    @property
    def tables(self) -> tuple[ArrayLike | None, ...]:
        """The four tables that are read by row."""
        return self.clock, self.growth, self.calibre, self.hazard

    @property
    def rows(self) -> int:
        """Number of rows of the tables."""
        return max((len(np.asarray(t)) for t in self.tables if t is not None), default=0)


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What a reading tells apart; the histogram of calibre has ``bins`` of ``bin_width`` um."""

    nonvellus: float = 30.0  # um, the thinnest hair that counts as non-vellus
    terminal: float = 60.0  # um, the thinnest hair that counts as terminal
    slow: float = 0.0  # a hair growing slower than this share of full speed reads as resting
    cover_days: float = 90.0  # length that covers, in days of full growth
    bin_width: float = 2.5
    bins: int = 64
