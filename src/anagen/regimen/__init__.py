"""What is given: an option is a regimen of courses and sessions, as in a regimen file."""

from __future__ import annotations

import math
from itertools import combinations
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from anagen.errors import InputError
from anagen.input_file import LISTED, Entry, Part, make_all, read_tables
from anagen.regimen.course import Cargo, Course
from anagen.regimen.session import Needling, Session

__all__ = [
    "FINASTERIDE",
    "PLACEBO",
    "UNTREATED",
    "Cargo",
    "Course",
    "Needling",
    "Regimen",
    "RegimenFile",
    "Session",
    "read_regimen",
    "regimen_of",
]


class Regimen(Entry):
    """One option: a name, its courses and sessions; without them the person is untreated.

    A ``sham`` is given with the same needles, volumes and times, and nothing active is in it.
    Raises InputError for courses of one therapy by one route that overlap, and for a day with two
    sessions.
    """

    numbers: ClassVar[str] = "regimen_number"
    name: str
    courses: Annotated[tuple[Course, ...], LISTED] = ()
    sessions: Annotated[tuple[Session, ...], LISTED] = ()
    sham: bool = False

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        if not self.name.strip():
            raise InputError("is empty; give the option a name", field="name")
        for (i, one), (j, two) in combinations(enumerate(self.courses), 2):
            alike = (one.therapy, one.route) == (two.therapy, two.route)
            if alike and _overlap(one, two):
                problem = f"overlaps course[{i}], also {one.therapy} ({one.route})"
                raise InputError(f"{problem}; join them, or end one first", field=f"course[{j}]")
        for (i, this), (j, other) in combinations(enumerate(self.sessions), 2):
            both = sorted(set(this.days) & set(other.days))
            if both:
                problem = f"week {both[0] / 7:g} also has session[{i}]; join them, the skin is one"
                raise InputError(problem, field=f"session[{j}]")
        return self

    @property
    def active(self) -> tuple[Course, ...]:
        """The courses that hold anything active."""
        return () if self.sham else tuple(c for c in self.courses if c.active)

    @property
    def needled(self) -> dict[int, Needling]:
        """The needles of every day on which there are any, in order."""
        found = {day: s.needling for s in self.sessions if s.needling for day in s.days}
        return dict(sorted(found.items()))

    @property
    def massaged(self) -> tuple[int, ...]:
        """The days with massage, in order."""
        return tuple(sorted(day for s in self.sessions if s.massage for day in s.days))

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is unusual, but can be, and what was assumed: one sentence each."""
        said = [f"course[{i}].{text}" for i, c in enumerate(self.courses) for text in c.warnings]
        said += [f"session[{i}].{text}" for i, s in enumerate(self.sessions) for text in s.warnings]
        for i, c in enumerate(self.courses):
            if c.active and c.route == "topical" and c.session_days:
                bare = sorted(set(c.session_days) - set(self.needled))
                if bare:
                    when = f"course[{i}].weeks: no needling in week {bare[0] / 7:g}"
                    said.append(f"{when}; intact skin lets almost no {c.therapy} through")
            elif (
                c.therapy in ("minoxidil", "finasteride") and c.route == "topical" and self.needled
            ):
                said.append(f"course[{i}]: needles are not taken to carry {c.therapy} any deeper")
            elif c.therapy in ("exosome", "secretome") and c.route == "topical":
                when = f"course[{i}].route: without needling"
                said.append(f"{when}; intact skin lets almost no {c.therapy} through")
        return tuple(said)


def _overlap(one: Course, two: Course) -> bool:
    """Whether two courses are given on one day."""
    if one.weeks and two.weeks:
        return bool(set(one.session_days) & set(two.session_days))
    if one.weeks or two.weeks:
        daily, other = (two, one) if one.weeks else (one, two)
        return any(daily.given(day) for day in other.session_days)
    ends = [math.inf if c.stop_week is None else c.stop_week for c in (one, two)]
    return max(one.start_week, two.start_week) < min(ends)


class RegimenFile(Part):
    """A whole regimen file, for its JSON schema."""

    numbers: ClassVar[str] = "regimen_number"
    schema_: Literal[1] = Field(alias="schema")
    name: str | None = None
    course: list[Course] = []
    session: list[Session] = []


def regimen_of(
    name: Any, courses: object, sessions: object, file: str | Path | None = None
) -> Regimen:
    """The option ``name`` of tables as a file or a design has them.

    Raises InputError with the file, the field, what was given and what is allowed.
    """
    asked = make_all(Course, courses, file, "course")
    done = make_all(Session, sessions, file, "session")
    try:
        return Regimen(name=name, courses=asked, sessions=done)
    except InputError as error:
        raise InputError(error.problem, file=file, field=error.field) from None


def read_regimen(path: Path) -> Regimen:
    """The option of a regimen file, named after the file unless it says ``name``.

    Raises InputError with the file, the field, what was given and what is allowed.
    """
    content = read_tables(path, ("name", "course", "session"))
    name = content.get("name", path.stem)
    return regimen_of(name, content.get("course", []), content.get("session", []), path)


UNTREATED = Regimen(name="untreated")
PLACEBO = Regimen(name="placebo", courses=(Course(therapy="vehicle"),))
FINASTERIDE = Regimen(
    name="finasteride 1 mg", courses=(Course(therapy="finasteride", mg_per_day=1.0),)
)
"""The dose of the trials: 1 mg a day."""
