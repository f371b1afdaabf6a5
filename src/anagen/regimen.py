"""What is given: an option is a regimen of courses, with the words of a regimen file."""

from __future__ import annotations

import math
from dataclasses import dataclass

from anagen.errors import InputError, unknown_word
from anagen.vocabulary import known

ROUTES = {"finasteride": ("oral",), "vehicle": ("oral", "topical")}
"""Therapies that can be simulated yet, and their routes."""


@dataclass(frozen=True, kw_only=True)
class Course:
    """One therapy from ``start_week`` to ``stop_week`` (None: to the end).

    ``mg_per_day`` for a drug by mouth. Raises InputError for a therapy or route that is unknown or
    not simulated yet, a dose that is missing or out of place, and weeks that end before they begin.
    """

    therapy: str
    route: str = "oral"
    mg_per_day: float = 0.0
    start_week: float = 0.0
    stop_week: float | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "therapy", known("therapy", self.therapy))
        if self.therapy not in ROUTES:
            allowed = ", ".join(sorted(ROUTES))
            problem = f"'{self.therapy}' is not simulated yet; allowed: {allowed}"
            raise InputError(problem, field="therapy")
        if self.route not in ROUTES[self.therapy]:
            problem = unknown_word(f"route of {self.therapy}", self.route, ROUTES[self.therapy])
            raise InputError(problem, field="route")
        dosed = self.therapy != "vehicle"
        if not math.isfinite(self.mg_per_day) or (self.mg_per_day > 0) != dosed:
            wanted = "more than 0 mg" if dosed else "0, it holds no drug"
            problem = f"{self.therapy} needs {wanted} (given: {self.mg_per_day})"
            raise InputError(problem, field="mg_per_day")
        stop = math.inf if self.stop_week is None else self.stop_week
        if not 0 <= self.start_week < stop:
            problem = f"must be 0 or more and before week {stop:g} (given: {self.start_week})"
            raise InputError(problem, field="start_week")

    def given(self, day: int) -> bool:
        """Whether the therapy is given on ``day`` (0 is the first)."""
        stop = math.inf if self.stop_week is None else 7 * self.stop_week
        return 7 * self.start_week <= day < stop


@dataclass(frozen=True, kw_only=True)
class Regimen:
    """One option: a name and its courses; without courses the person is untreated."""

    name: str
    courses: tuple[Course, ...] = ()


UNTREATED = Regimen(name="untreated")
PLACEBO = Regimen(name="placebo", courses=(Course(therapy="vehicle"),))
FINASTERIDE = Regimen(
    name="finasteride 1 mg", courses=(Course(therapy="finasteride", mg_per_day=1.0),)
)
"""The dose of the trials: 1 mg a day."""
