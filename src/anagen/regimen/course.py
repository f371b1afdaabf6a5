"""One therapy by one route: what is given, when and how much."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Annotated, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import model_validator

from anagen.errors import InputError, unknown_word
from anagen.input_file import LISTED, Entry, Part, Route, Therapy, Word
from anagen.parameters import parameter
from anagen.regimen.administration import Timing, Way, administration, routes_of, unusual, way_of
from anagen.regimen.tissue import check_area, check_depth, check_packing, check_volume

Floats = NDArray[np.float64]
Weeks = Annotated[tuple[float, ...], LISTED]

WEEK = 7
MG_PER_ML = 10.0
"""Of one percent, weight per volume."""


def days_of(weeks: tuple[float, ...], field: str = "weeks") -> tuple[int, ...]:
    """Days of the sessions in ``weeks``. Raises InputError where they do not go up."""
    days = tuple(round(WEEK * week) for week in weeks)
    if any(later <= earlier for earlier, later in pairwise(days)):
        problem = f"must go up, each once, as [0, 4, 8] (given: {list(weeks)})"
        raise InputError(problem, field=field)
    return days


class Cargo(Part):
    """A drug loaded into the particles: its name and the amount [mg] of a session."""

    numbers: ClassVar[str] = "regimen_number"
    therapy: Therapy
    mg: float

    @model_validator(mode="after")
    def _loadable(self) -> Self:
        if self.therapy not in administration().cargo:
            raise ValueError(unknown_word("cargo", self.therapy, administration().cargo))
        return self


class Course(Entry):
    """One therapy by one route, daily from ``start_week`` to ``stop_week`` or in ``weeks``.

    Which fields belong to which therapy is in ``data/administration.yaml``, their units in
    ``docs/nomenclature.md``. A ``stop_week`` of None is the end of the simulation. ``particles``
    are those of a session (or daily application) over ``area_cm2``. What is omitted is filled in
    from the tables and named in ``assumed``. Raises InputError for what is unknown or not simulated
    yet, a dose that is missing or out of place, and what cannot be in a scalp.
    """

    numbers: ClassVar[str] = "regimen_number"
    therapy: Therapy
    route: Route = "oral"
    source: Annotated[str, Word("source")] | None = None
    particles: float | None = None
    area_cm2: float | None = None
    volume_ml_per_point: float | None = None
    spacing_mm: float | None = None
    depth_mm: float | None = None
    platelet_fold: float | None = None
    ug_per_ml: float | None = None
    form: Annotated[str, Word("formulation")] | None = None
    strength_percent: float | None = None
    ml_per_application: float | None = None
    per_day: float | None = None
    mg_per_day: float = 0.0
    cargo: Cargo | None = None
    weeks: Weeks = ()
    start_week: float = 0.0
    stop_week: float | None = None

    @model_validator(mode="after")
    def _can_be(self) -> Self:
        routes = routes_of(self.therapy)
        if "route" not in self.model_fields_set and self.route not in routes:
            allowed = ", ".join(sorted(routes))
            problem = f"this key is missing; allowed for {self.therapy}: {allowed}"
            raise InputError(problem, field="route")
        way = way_of(self.therapy, self.route)
        self._check_timing(way)
        self._check_fields(way)
        self._fill(way)
        self._check_tissue()
        return self

    @property
    def timing(self) -> Timing:
        """Whether the course is given ``daily`` or in ``sessions``."""
        return "sessions" if self.weeks else "daily"

    @property
    def active(self) -> bool:
        """Whether there is anything in it."""
        return self.therapy != "vehicle"

    @property
    def rinsed(self) -> bool:
        """Whether it is washed off again, so that no vehicle stays on the skin."""
        return self.therapy in administration().rinsed

    def _check_timing(self, way: Way) -> None:
        what = f"{self.therapy} ({self.route})"
        if self.timing not in way.given:
            do = "in sessions; write their weeks, as weeks = [0, 4, 8]"
            if self.weeks:
                do = f"daily; write start_week and stop_week for weeks (given: {list(self.weeks)})"
            raise InputError(f"{what} is given {do}", field="weeks")
        days_of(self.weeks)
        stop = math.inf if self.stop_week is None else self.stop_week
        if not self.start_week < stop:
            problem = f"must be 0 or more and before week {stop:g} (given: {self.start_week:g})"
            raise InputError(problem, field="start_week")
        if not round(WEEK * self.start_week) < self._stop:
            problem = f"is the day of start_week (given: {stop:g}); a course lasts a day or more"
            raise InputError(problem, field="stop_week")

    def _fields(self, way: Way) -> set[str]:
        """Fields that belong to the way of giving, beside the therapy and the route."""
        table = administration()
        other = set(table.daily_only) if self.timing == "sessions" else set()
        return {*way.needs, *way.may, *table.timing[self.timing]} - other

    def _check_fields(self, way: Way) -> None:
        """Every field belongs to the way of giving, and none that it needs is missing."""
        table, what = administration(), f"{self.therapy} ({self.route})"
        fields = self._fields(way)
        for name in type(self).model_fields:
            if name not in self.stated - fields - {"therapy", "route"}:
                continue
            given = f"remove it (given: {getattr(self, name)})"
            if not self.active and name in table.active:
                raise InputError(f"vehicle holds no drug; {given}", field=name)
            allowed = ", ".join(sorted(fields))
            problem = f"does not belong to {what} given {_how(self.timing)}; {given}"
            raise InputError(f"{problem}; allowed: {allowed}", field=name)
        for name in way.needs:
            if name not in self.stated:
                raise InputError(f"{what} needs more than 0 {name}; add it", field=name)
        for name, most in way.most.items():
            if name in self.stated and getattr(self, name) > most:
                problem = f"must be at most {most:g} for {what} (given: {getattr(self, name):g})"
                raise InputError(f"{problem}; more is not simulated", field=name)

    def _fill(self, way: Way) -> None:
        """Put in what was omitted and belongs to the way of giving."""
        table, fields = administration(), self._fields(way)
        rows = {n: parameter(row).value for n, row in (table.omitted | way.omitted).items()}
        for name, value in (rows | table.omitted_word).items():
            if name in fields and getattr(self, name) is None:
                self.__dict__[name] = value

    def _check_tissue(self) -> None:
        volume, spacing, depth = self.volume_ml_per_point, self.spacing_mm, self.depth_mm
        if volume is not None and spacing is not None and depth is not None:
            check_depth("depth_mm", depth)
            check_volume(volume, spacing)
            if self.area_cm2 is not None:
                check_area(self.area_cm2, spacing)
        if self.particles_per_ml is not None:
            check_packing(self.particles_per_ml)

    # ---- how much ------------------------------------------------------------------------------

    @property
    def points_per_cm2(self) -> float | None:
        """Points of the injection grid per cm2."""
        return None if self.spacing_mm is None else 100 / self.spacing_mm**2

    @property
    def particles_per_cm2(self) -> float | None:
        """Particles of a session or application per cm2."""
        if self.particles is None or self.area_cm2 is None:
            return None
        return self.particles / self.area_cm2

    @property
    def particles_per_ml(self) -> float | None:
        """Particles per mL of what is injected or put on, where its volume is known."""
        if self.particles is None:
            return None
        if self.ml_per_application is not None:
            return self.particles / self.ml_per_application
        points, volume, per_cm2 = (
            self.points_per_cm2, self.volume_ml_per_point, self.particles_per_cm2
        )  # fmt: skip
        if points is None or volume is None or per_cm2 is None:
            return None
        return per_cm2 / (points * volume)

    # ---- when ----------------------------------------------------------------------------------

    @property
    def session_days(self) -> tuple[int, ...]:
        """Days of the sessions, in order; none of a daily course."""
        return days_of(self.weeks)

    @property
    def _stop(self) -> float:
        return math.inf if self.stop_week is None else round(WEEK * self.stop_week)

    def given(self, day: int) -> bool:
        """Whether the therapy is given on ``day`` (0 is the first)."""
        if self.weeks:
            return day in self.session_days
        return round(WEEK * self.start_week) <= day < self._stop

    def applications(self, days: int) -> Floats:
        """How often it is given on each day, shape (days,): sessions, applications or doses."""
        day = np.arange(days)
        given = (day >= round(WEEK * self.start_week)) & (day < self._stop)
        if self.weeks:
            given = np.isin(day, self.session_days)
        return np.asarray(given * (1.0 if self.per_day is None else self.per_day), dtype=float)

    def daily_mg(self, days: int) -> Floats:
        """Drug taken or put on [mg] on each day, shape (days,); 0 of what holds no drug."""
        once = self.mg_per_day
        if self.strength_percent is not None and self.ml_per_application is not None:
            once = MG_PER_ML * self.strength_percent * self.ml_per_application
        return once * self.applications(days)

    # ---- what should be known ------------------------------------------------------------------

    @property
    def assumed(self) -> dict[str, float | str]:
        """What was omitted and filled in from the tables, by field."""
        table = administration()
        names = {**table.omitted, **table.omitted_word,
                 **way_of(self.therapy, self.route).omitted}  # fmt: skip
        return {n: getattr(self, n) for n in names if n not in self.model_fields_set
                and getattr(self, n, None) is not None}  # fmt: skip

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is unusual, but can be, and what was assumed: one sentence each."""
        way = way_of(self.therapy, self.route)
        given = {name: getattr(self, name) for name in self.stated if name != "weeks"}
        given["particles_per_cm2"] = self.particles_per_cm2
        given["sessions"] = len(self.weeks)
        numbers = {n: v for n, v in given.items() if isinstance(v, float | int)}
        said = [unusual(name, float(value), way) for name, value in sorted(numbers.items())]
        said += [f"{n}: not given; taken as {v}" for n, v in self.assumed.items()]
        return tuple(sentence for sentence in said if sentence)


def _how(timing: Timing) -> str:
    return "in sessions" if timing == "sessions" else "daily"
