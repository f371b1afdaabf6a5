"""What trials found of the same therapy, set beside what is simulated of it.

Nothing is fitted to it: where the two differ, the reader is told.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from typing import Literal

import numpy as np

from anagen.evidence.counting import participants
from anagen.evidence.distributions import critical_value
from anagen.evidence.pools import Pool, make_pools
from anagen.evidence.selection import Question, find
from anagen.evidence.study import Study
from anagen.forecast.known import effective_draws
from anagen.forecast.options import Options
from anagen.forecast.salt import SALT, own_endpoint
from anagen.forecast.spread import Floats, Part
from anagen.forecast.tested import Sex, other_people, sex_of, therapies_of
from anagen.measurement import endpoints
from anagen.measurement.salt import CLEAR, salt_le_20
from anagen.patient import Patient
from anagen.regimen import Course
from anagen.simulate.forecast import Forecast
from anagen.vocabulary import words

CLEARED, POINTS = "salt_le_20", "percentage points"
"""What trials of alopecia areata are judged by, and the unit of its difference."""
NEAR = 8.0
"""Weeks between the trials' visit and a simulated one, at most, for the two to be compared."""
WITHIN = 0.90
"""Share of the draws between ``low`` and ``high`` of what is simulated."""


Place = Literal["above", "inside", "below"]


class Effect(Part):
    """What is simulated over the sham, at a visit: median and 90 % interval of the draws.

    A difference of shares has the Monte-Carlo error for its interval.
    """

    week: float
    middle: float
    low: float
    high: float


class Published(Part):
    """Net effect over control that trials of one therapy found, and the simulated one beside it.

    ``estimate`` with its 95 % interval is None where no trial gives an effect with its spread;
    ``people`` None where no source says how many. ``lies``: where the simulation is beside the
    trials' interval, told where the regimen holds nothing else and the trials were in people like
    this one.
    """

    option: str
    therapy: str
    dose: str
    route: str
    diagnosis: str
    outcome: str | None
    unit: str | None
    estimate: float | None
    low: float | None
    high: float | None
    trials: int
    people: int | None
    sex: Sex
    ids: list[str]
    week: float | None
    simulated: Effect | None
    lies: Place | None


def published(forecast: Forecast, options: Options, studies: Sequence[Study]) -> list[Published]:
    """The trials' effects of every course of every regimen asked for, once each."""
    found = [
        p
        for o in options.asked
        for course in options.regimens[o].courses
        if course.active
        for p in _of_course(forecast, options, o, course, studies)
    ]
    return list({(p.option, p.therapy, p.dose, p.route, p.outcome): p for p in found}.values())


def dose_given(course: Course) -> str:
    """The dose of a drug as pools are made by it (`anagen.evidence.pools.dose_of`)."""
    if words("therapy")[course.therapy]["family"] != "drug":
        return ""
    if course.strength_percent is not None:
        return f"{course.strength_percent:g} %"
    return f"{course.mg_per_day:g} mg/day" if course.mg_per_day else ""


def _of_course(
    forecast: Forecast, options: Options, o: int, course: Course, studies: Sequence[Study]
) -> Iterator[Published]:
    diagnosis, dose = _diagnosis(forecast), dose_given(course)
    pools = [pool for pool in pools_of(course.therapy, diagnosis, studies)
             if (pool.alike.dose, pool.alike.route) == (dose, course.route)
             and _unit(forecast, pool.alike.outcome) == pool.alike.unit]  # fmt: skip
    given = {"option": forecast.options[o], "therapy": course.therapy, "dose": dose,
             "route": course.route, "diagnosis": diagnosis}  # fmt: skip
    alone = therapies_of(options.regimens[o]) == [course.therapy]
    for pool in pools:
        judged = alone and is_average(forecast.patient, course.therapy, pool)
        yield _beside(forecast, options, o, pool, given, studies, judged=judged)
    if not pools:
        yield Published(**given, outcome=None, unit=None, estimate=None, low=None, high=None,
                        trials=0, people=None, sex="no_information", ids=[], week=None,
                        simulated=None, lies=None)  # fmt: skip


def pools_of(therapy: str, diagnosis: str, studies: Sequence[Study]) -> list[Pool]:
    """Randomised pools of ``therapy`` on its own with an effect, whatever its dose and route."""
    question = Question((therapy,), (diagnosis,), ("density", "severity"))
    return [pool for pool in make_pools(find(question, studies).controlled)
            if pool.effect is not None and pool.alike.randomised
            and not pool.alike.background]  # fmt: skip


def is_average(patient: Patient, therapy: str, pool: Pool) -> bool:
    """Whether the trials' mean is what to expect: not of other people, nor of known responders."""
    known = therapy in {past.therapy for past in patient.history}
    known |= therapy == "minoxidil" and patient.sult_activity is not None
    return not known and not any(other_people(patient, therapy, [c.study for c in pool.used]))


def _diagnosis(forecast: Forecast) -> str:
    of_salt = own_endpoint(forecast.patient) == SALT
    return "alopecia_areata" if of_salt else forecast.patient.diagnosis


def _unit(forecast: Forecast, outcome: str) -> str | None:
    """Unit in which ``outcome`` is simulated; None where it is not, or not judged by."""
    if own_endpoint(forecast.patient) == SALT:
        return POINTS if outcome == CLEARED else None
    return endpoints.UNITS[outcome] if outcome in forecast.true else None


def _beside(
    forecast: Forecast, options: Options, o: int, pool: Pool, given: dict[str, str],
    studies: Sequence[Study], *, judged: bool,
) -> Published:  # fmt: skip
    trials = [c.study for c in pool.used]
    weeks = [c.week for c in pool.used if c.week is not None]
    week = statistics.median(weeks) if weeks else None
    effect = simulated(forecast, pool.alike.outcome, o, options.sham[o], week)
    low, high = pool.interval or (None, None)
    whole = [s for s in studies if s.kind == "trial"
             and 0 < len(_parts(s)) == len(_parts(s) & {t.id for t in trials})]  # fmt: skip
    people = participants([*trials, *whole]) if pool.people_unknown else pool.participants
    return Published(
        **given, outcome=pool.alike.outcome, unit=pool.alike.unit,
        estimate=pool.effect.estimate if pool.effect else None, low=low, high=high,
        trials=len(trials), people=people or None, sex=sex_of(trials),
        ids=[t.id for t in trials], week=week, simulated=effect,
        lies=_place(effect, low, high, pool.alike.unit) if judged else None,
    )  # fmt: skip


def _parts(study: Study) -> set[str]:
    return {overlap.study for overlap in study.overlaps if overlap.kind == "component"}


def simulated(
    forecast: Forecast, outcome: str, o: int, sham: int, week: float | None
) -> Effect | None:
    """The effect over the sham at the visit nearest to ``week``; None where none is near.

    Nor where SALT is 20 or less already, as nobody in the trials' position is simulated.
    """
    visit = min(forecast.weeks, key=lambda w: abs(w - (week if week is not None else np.inf)))
    if week is None or abs(visit - week) > NEAR:
        return None
    v = forecast.weeks.index(visit)
    if outcome != CLEARED:
        gain = forecast.gain(outcome, o, sham)[:, v]
        low, middle, high = np.quantile(gain, [(1 - WITHIN) / 2, 0.5, (1 + WITHIN) / 2]).tolist()
        return Effect(week=visit, middle=middle, low=low, high=high)
    if np.median(forecast.true[SALT][:, o, 0]) <= CLEAR:
        return None
    score: Floats = forecast.true[SALT][:, :, v]
    more = 100 * (salt_le_20(score[:, o]).astype(float) - salt_le_20(score[:, sham]))
    middle = float(more.mean())
    half = critical_value(WITHIN) * float(more.std()) / effective_draws(forecast) ** 0.5
    return Effect(week=visit, middle=middle, low=middle - half, high=middle + half)


def _place(effect: Effect | None, low: float | None, high: float | None, unit: str) -> Place | None:
    """Whether the median lies inside the trials' interval; a share by its Monte-Carlo error."""
    if effect is None or low is None or high is None:
        return None
    least, most = (effect.low, effect.high) if unit == POINTS else (effect.middle, effect.middle)
    return "above" if least > high else "below" if most < low else "inside"
