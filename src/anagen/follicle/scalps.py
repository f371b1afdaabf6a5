"""What a run is given: scalps, what a stretch of time does to them, how they are read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from anagen.errors import InputError
from anagen.follicle.law import PHASES, ForcedExit
from anagen.follicle.limits import numbers, whole
from anagen.follicle.quantiles import MAX_TICKS, TICKS

MAX_RATE = 256.0
"""Fastest clock, in clock days per day."""
MAX_DAYS = MAX_TICKS // TICKS
MAX_HISTORY = 100 * 366

Numbers = NDArray[Any]


@dataclass(frozen=True, kw_only=True)
class Scalps:
    """One scalp per patient; every array has shape (patients,), a single number serves all.

    A follicle is affected with probability ``affected_share``; its androgen severity is
    ``severity`` times its own sensitivity, its onset lies within ``onset_spread`` days after
    ``onset`` (day 0 is today, so usually negative), and ``ramp`` days bring the full load.
    ``history`` days are grown before day 0. ``full_calibre`` in um at size 1; ``phase_scale``
    (4,) or (patients, 4) is a patient's mean residence over the law's. ``patient`` names the luck:
    distinct whole numbers, or None for 0, 1, 2 and so on. Raises InputError.
    """

    follicles: int
    patient: ArrayLike | None = None
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
        object.__setattr__(self, "follicles", int(whole("follicles", self.follicles, 1, 2**31 - 1)))
        own: dict[str, Numbers] = {
            n: numbers(n, getattr(self, n), low, high, None) for n, low, high in _LIMITS
        }
        own["history"] = whole("history", self.history, 0, MAX_HISTORY, None)
        if self.patient is not None:
            own["patient"] = whole("patient", self.patient, 0, 2**32 - 1, None)
        size = max(array.shape[0] if array.ndim else 1 for array in own.values())
        own.setdefault("patient", np.arange(size))
        for name, array in own.items():
            object.__setattr__(self, name, _spread(name, array, (size,)))
        scale = numbers("phase_scale", self.phase_scale, 1e-3, 1e3, None)
        object.__setattr__(self, "phase_scale", _spread("phase_scale", scale, (size, len(PHASES))))
        if len(np.unique(np.asarray(self.patient))) < size:
            problem = "two patients with one id would share their luck; number them apart"
            raise InputError(problem, field="patient")
        early = (self.onset < -np.asarray(self.history)) & (np.asarray(self.severity) > 0)
        if np.any(early):
            problem = f"lies before the history begins (patient {np.argmax(early)}); lengthen it"
            raise InputError(problem, field="onset")

    @property
    def size(self) -> int:
        """Number of patients."""
        return len(np.asarray(self.history))


def _spread(name: str, array: Numbers, shape: tuple[int, ...]) -> Numbers:
    """One number for all, or one for each, in an array of ``shape``."""
    try:
        return np.broadcast_to(array, shape)
    except ValueError:
        problem = f"must have shape {shape} or be one for all (given: shape {array.shape})"
        raise InputError(problem, field=name) from None


_LIMITS = (
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

    ``clock`` (rows, days, 4): rates of the four phases. ``growth`` and ``calibre`` (rows, days):
    factors on speed and on calibre, the latter already relaxed (`law.relaxed`, at a day's end).
    ``hazard`` (rows, days): destruction per day. ``row`` (patients, positions): which row serves a
    position, -1 for rest (follicle f sits at position f modulo positions); a single row needs no
    ``row``. With ``size_edges``, rising sizes that part follicles by their size on day 0 (a small
    one lies less deep), ``row`` has shape (patients, positions, edges + 1). ``dht`` (patients,
    days): scalp DHT over its resting level. ``exits``: triggers by row.
    Raises InputError for what is not finite, negative or too short.
    """

    days: int
    clock: ArrayLike | None = None
    growth: ArrayLike | None = None
    calibre: ArrayLike | None = None
    hazard: ArrayLike | None = None
    row: ArrayLike | None = None
    size_edges: tuple[float, ...] = ()
    dht: ArrayLike | None = None
    exits: Mapping[int, tuple[ForcedExit, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        days = int(whole("days", self.days, 1, MAX_DAYS))
        object.__setattr__(self, "days", days)
        for name, high, shape in (
            ("clock", MAX_RATE, ("rows", days, len(PHASES))),
            ("growth", 16, ("rows", days)),
            ("calibre", 16, ("rows", days)),
            ("hazard", 16, ("rows", days)),
            ("dht", 4, ("patients", days)),
        ):
            given = getattr(self, name)
            if given is not None:
                object.__setattr__(self, name, numbers(name, given, 0, high, shape))
        if self.row is not None:
            last = max(self.rows - 1, 0)
            classes = ("size classes",) if self.size_edges else ()
            row = whole("row", self.row, -1, last, ("patients", "positions", *classes))
            if self.rows == 0 and row.max() >= 0:
                raise InputError("without tables there is no row 0; give a clock", field="row")
            object.__setattr__(self, "row", row)
        if self.size_edges:
            self._check_edges()
        self._check_rows()

    def _check_edges(self) -> None:
        edges = numbers("size_edges", self.size_edges, 0, 1, ("edges",))
        if np.any(np.diff(edges) <= 0):
            problem = f"must be rising sizes (given: {list(self.size_edges)})"
            raise InputError(problem, field="size_edges")
        if self.row is None or np.shape(self.row)[-1] != edges.size + 1:
            problem = f"{edges.size} edges part {edges.size + 1} sizes; give row as many"
            raise InputError(problem, field="size_edges")

    def _check_rows(self) -> None:
        rows = {len(np.asarray(t)) for t in self.tables if t is not None}
        if len(rows) > 1:
            problem = f"tables of {sorted(rows)} rows; give every table the same rows"
            raise InputError(problem, field="row")
        if self.row is None and self.rows > 1:
            problem = f"missing; the tables have {self.rows} rows: say which serves whom"
            raise InputError(problem, field="row")
        for at, exits in self.exits.items():
            if at not in range(self.rows):
                problem = f"row {at}, but the tables have {self.rows} rows; a clock of 1 is rest"
                raise InputError(problem, field="exits")
            if any(e.day >= self.days for e in exits):
                problem = f"row {at}: a day beyond the course's {self.days}; lengthen the course"
                raise InputError(problem, field="exits")
        object.__setattr__(self, "exits", {int(at): tuple(e) for at, e in self.exits.items()})

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
    """What a reading tells apart; the histogram of calibre has ``bins`` of ``bin_width`` um.

    ``slow`` and ``cover_days`` are one number for all or one per patient, shape (patients,).
    """

    nonvellus: float = 30.0  # um, the thinnest hair that counts as non-vellus
    terminal: float = 60.0  # um, the thinnest hair that counts as terminal
    slow: ArrayLike = 0.0  # a hair growing slower than this share of full speed reads as resting
    cover_days: ArrayLike = 90.0  # length that covers, in days of full growth
    bin_width: float = 2.5  # um, in whole 64ths
    bins: int = 64

    def __post_init__(self) -> None:
        for name, low, high in (
            ("nonvellus", 0, 1000),
            ("terminal", 0, 1000),
            ("bin_width", 1 / 64, 1000),
        ):
            numbers(name, getattr(self, name), low, high)
        for name, low, high in (("slow", 0, 16), ("cover_days", 0, MAX_DAYS)):
            shape = ("patients",) if np.ndim(getattr(self, name)) else ()
            object.__setattr__(self, name, numbers(name, getattr(self, name), low, high, shape))
        if self.bin_width * 64 % 1:
            problem = f"must be whole 64ths of a um, as 0.5 or 2.5 (given: {self.bin_width})"
            raise InputError(problem, field="bin_width")
        object.__setattr__(self, "bins", int(whole("bins", self.bins, 1, 4096)))
