"""What `anagen simulate` does: read and check the request, simulate, sum up."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast, get_args

from anagen.conditions.androgenetic_alopecia import HYPOTHESES
from anagen.delivery.layer import Solver
from anagen.errors import InputError, unknown_word
from anagen.evidence.study import Study
from anagen.files import read_toml
from anagen.forecast.exposure import Patch, patches_of
from anagen.forecast.options import Options, with_shams
from anagen.forecast.protocol import Grid, check_grid, keys_of, read_grid, search
from anagen.forecast.simulated import make_simulated
from anagen.forecast.summary import Simulated
from anagen.input_file import input_record
from anagen.patient import Patient, not_simulated, read_patient
from anagen.regimen import Regimen, read_regimen
from anagen.simulate.conditioning import evidence
from anagen.simulate.forecast import Forecast, forecast, who_is_meant

MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september",
          "october", "november", "december")  # fmt: skip
"""Names of the months of ``--month``."""
LONGEST = 520
"""Weeks of a forecast, at most: ten years."""
MOST = 2000
"""Draws of a run, at most: half an hour where each takes a second."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """A request that has been read and checked; nothing of it has been simulated yet."""

    patient: Patient
    options: Options
    grid: Grid
    weeks: float
    draws: int
    hypothesis: str
    solver: Solver
    seed: int
    month: float | None
    threads: int
    record: dict[str, Any]

    @classmethod
    def read(
        cls, patient: Path, regimens: Sequence[Path], *, weeks: float, draws: int, hypothesis: str,
        solver: str, vary: Sequence[str], seed: int, threads: int, month: str | None = None,
    ) -> Request:  # fmt: skip
        """Read the files and check every word and number. Raises InputError."""
        _in_order(patient, regimens)
        person = read_patient(patient)
        wrong = not_simulated(person)
        if wrong:
            raise InputError(wrong, file=patient)
        options = with_shams([read_regimen(path) for path in regimens])
        grid = read_grid(vary, keys_of(options.regimens[0]))
        check_grid(grid, options.regimens[0])
        _within("--weeks", weeks, 1, LONGEST)
        for path, regimen in zip(regimens, options.regimens, strict=False):
            _before_the_end(regimen, weeks, path)
        if draws > MOST:
            more = "each takes 0.1 to 1 s, and 200 say nearly as much"
            raise InputError(f"must lie between 2 and {MOST} (given: {draws}); {more}",
                             field="--draws")  # fmt: skip
        _within("--draws", draws, 2, MOST)
        _within("--seed", seed, 0, 2**32 - 1)
        _word("--hypothesis", hypothesis, HYPOTHESES)
        _word("--solver", solver, get_args(Solver))
        today = None if month is None else read_month(month)
        record = {
            "command": "simulate", "weeks": weeks, "draws": draws, "hypothesis": hypothesis,
            "solver": solver, "vary": {key: list(values) for key, values in grid.items()},
            "month": today, "seed": seed,
            "input": [input_record(path) for path in (patient, *regimens)],
        }  # fmt: skip
        return cls(
            patient=person, options=options, grid=grid, weeks=weeks, draws=draws,
            hypothesis=hypothesis, solver=cast("Solver", solver), seed=seed, month=today,
            threads=threads, record=record,
        )  # fmt: skip

    @property
    def steps(self) -> int:
        """Draws to be simulated in all; to find who is meant takes as many once more."""
        combinations = math.prod(map(len, self.grid.values())) if self.grid else 0
        return self.draws * (1 + combinations + bool(evidence(self.patient)))


@dataclass(frozen=True, kw_only=True)
class Made:
    """A summary, and what it was made from: draws, and patches of scalp by option."""

    summary: Simulated
    forecast: Forecast
    options: Options
    patches: dict[int, list[Patch]]


def run(request: Request, studies: Sequence[Study], step: Callable[[], None]) -> Made:
    """Simulate what was asked for; ``step`` is called after every draw. Raises InputError."""
    meant = who_is_meant(
        request.patient, request.draws, hypothesis=request.hypothesis, month=request.month,
        seed=request.seed, threads=request.threads, told=step,
    )  # fmt: skip

    def simulated(regimens: Sequence[Regimen]) -> Forecast:
        for regimen in regimens:
            _before_the_end(regimen, request.weeks)
        return forecast(
            request.patient, regimens, weeks=request.weeks, draws=request.draws,
            hypothesis=request.hypothesis, solver=request.solver, seed=request.seed,
            month=request.month, threads=request.threads, meant=meant, told=lambda done: step(),
        )  # fmt: skip

    tried = search(request.options.regimens[0], request.grid, simulated) if request.grid else []
    if tried and all(one.refused for one in tried):
        raise InputError(f"no combination can be given; the first: {tried[0].refused}",
                         field="--vary")  # fmt: skip
    made = simulated(request.options.regimens)
    found = patches_of(made, request.options)
    summary = make_simulated(made, request.options, studies, found, tried)
    return Made(summary=summary, forecast=made, options=request.options, patches=found)


def read_month(text: str) -> float:
    """Today's month, 1 to 13, from a number (1 is the first of January) or a name (its middle).

    Raises InputError.
    """
    word = text.strip().lower()
    named = [i for i, name in enumerate(MONTHS) if len(word) >= 3 and name.startswith(word)]
    if named:
        return named[0] + 1.5
    try:
        month = float(word)
    except ValueError:
        raise InputError(unknown_word("month", text, MONTHS), field="--month") from None
    if not 1 <= month < 13:
        problem = f"must be a name, or lie between 1 (January) and 13, below it (given: {text})"
        raise InputError(problem, field="--month")
    return month


def _in_order(patient: Path, regimens: Sequence[Path]) -> None:
    """Refuse a patient file among the regimens, and a regimen in the place of the patient."""
    if {"course", "session"} & set(content := read_toml(patient)) and "patient" not in content:
        raise InputError("this is a regimen file; give PATIENT.toml first", file=patient)
    for path in regimens:
        if "patient" in read_toml(path):
            problem = "this is a patient file; give one, and give it first, before the regimens"
            raise InputError(problem, file=path)


def _within(field: str, given: float, low: float, high: float) -> None:
    if not low <= given <= high:
        raise InputError(f"must lie between {low} and {high} (given: {given})", field=field)


def _before_the_end(regimen: Regimen, weeks: float, file: Path | None = None) -> None:
    """Refuse what is given only after the horizon."""
    given = [
        (f"course[{i}].weeks", week) for i, c in enumerate(regimen.courses) for week in c.weeks
    ]
    given += [(f"course[{i}].start_week", c.start_week) for i, c in enumerate(regimen.courses)]
    given += [(f"session[{i}].weeks", w) for i, s in enumerate(regimen.sessions) for w in s.weeks]
    for field, week in given:
        if week >= weeks:
            lies = "on" if week == weeks else "after"
            longer = math.floor(week) + 1
            use = f"use --weeks {longer} or leave it out" if longer <= LONGEST else "leave it out"
            problem = f"week {week:g} lies {lies} the horizon of {weeks:g}; {use}"
            raise InputError(problem, file=file, field=field)


def _word(field: str, given: str, allowed: Sequence[str]) -> None:
    if given not in allowed:
        raise InputError(unknown_word(field.removeprefix("--"), given, allowed), field=field)
