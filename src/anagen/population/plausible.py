"""Plausible people of one diagnosis: age, sex, group, grade and course, drawn together.

A community with as many people of every age is asked who has the disease; how many do at an age
follows from the published prevalence, and how long they have had it from their age.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from anagen.conditions.alopecia_areata import CLASSES, salt_of_people
from anagen.errors import InputError
from anagen.parameters import parameter
from anagen.patient import Patient
from anagen.population.matching import Floats
from anagen.population.request import Pair, Request
from anagen.priors import quantile
from anagen.vocabulary import words

EARLY = ("I", "II", "IIa")
"""Grades before Norwood III, from which on prevalence was counted as visible loss."""
CANDIDATES = 20
"""People drawn for each one kept, so that limits can be met by choosing."""
DURATION = {
    "telogen_effluvium": "chronic_effluvium_time",
    "scalp_inflammation": "inflammation_time",
    "scarring_alopecia": "scarring_time",
    "nutrition_gap": "nutrition_time",
}
"""Row of the years since onset of a diagnosis; its range is taken for that of people."""
WEEKS_A_YEAR = 365.25 / 7
STREAM = 1 << 21
"""Streams of luck of a pool's covariates: beyond those of people's traits and of injection."""

Columns = dict[str, Any]
Uniform = Callable[[str], Floats]


def age_law(ages: ArrayLike, woman: ArrayLike) -> Floats:
    r"""Share of people who have come to visible pattern loss by an age, $\Phi(\ln(a/a_m)/s)$.

    ``ages`` $a$ in years (0 or more), ``woman`` whether; $a_m$ the median age of the sex. Fitted to
    Rhodes1998 (men of 18-49) and Maryborough2005 (women of 80 and more), ``prevalence.csv``.
    """
    return np.asarray(special.ndtr(_score(np.asarray(ages, dtype=float), np.asarray(woman))))


def _score(ages: Floats, woman: Any) -> Floats:
    spread = _value("age_of_visible_loss_spread")
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(np.maximum(ages, 0.0) / _median_age(woman)) / spread)


def _median_age(woman: Any) -> Floats:
    men, women = _value("age_of_visible_loss_men"), _value("age_of_visible_loss_women")
    return np.where(woman, women, men)


def _value(name: str) -> float:
    return parameter(name).value


def _among_people(name: str, u: Floats) -> Floats:
    """A number that differs between people by the range of its row."""
    return quantile(parameter(name), u)


def plausible(request: Request, n: int, seed: int = 0) -> list[Patient]:
    """Draw ``n`` people of a population from correlated covariates.

    Pattern loss: age at visible loss by sex, age given visible loss, years since the first
    follicle was affected, grade with these years. Other diagnoses: lengths by their rows. Blood
    values are not drawn. Person k of a ``seed`` has id k. Raises InputError where fewer than ``n``
    of many candidates keep within the limits.
    """
    many = CANDIDATES * n

    def luck(name: str) -> Floats:
        bits = np.random.Philox(key=[seed, zlib.crc32(name.encode())], counter=[0, 0, 0, STREAM])
        return np.random.Generator(bits).random(many)

    columns = _covariates(request, luck)
    kept = np.flatnonzero(_within_limits(request, columns))[:n]
    if len(kept) < n:
        found = f"only {len(kept)} of {many} candidates keep within the limits given"
        problem = f"{found}, {n} are needed; widen age, years_since_onset or the grades"
        raise InputError(problem, field="population")
    own = {name: np.asarray(column)[kept].tolist() for name, column in columns.items()}
    return [_person(request, i, {name: v[i] for name, v in own.items()}) for i in range(n)]


def _covariates(request: Request, luck: Uniform) -> Columns:
    """What differs between the candidates, by field of a patient."""
    u = luck("sex")
    woman = np.full(u.shape, request.sex == "female")
    if request.sex == "any":
        woman = u < _value("share_of_women")
    found: Columns = {"woman": woman, "ethnicity": _groups(request, luck("ethnicity"))}
    if "androgenetic_alopecia" in (request.diagnosis, *request.comorbid):
        found |= _pattern_loss(request, woman, luck)
    else:
        found |= _other(request, luck)
    if request.trigger is not None:
        ago = request.trigger.week
        span = None if ago is None else (-ago[1], -ago[0])
        found["week"] = -_truncated("weeks_since_trigger", luck("trigger"), span)
        found["severity"] = _truncated(
            "trigger_severity", luck("severity"), request.trigger.severity
        )
    found["postmenopausal"] = woman & (
        found["age"] >= _among_people("age_at_menopause", luck("menopause"))
    )
    return found


def _groups(request: Request, u: Floats) -> list[str | None]:
    groups, shares = zip(*request.shares.items(), strict=True)
    places = np.searchsorted(np.cumsum(shares), u * sum(shares), side="right")
    return [groups[min(int(place), len(groups) - 1)] for place in places]


def _ages(request: Request) -> tuple[float, float]:
    return request.age or (_value("least_adult_age"), _value("greatest_adult_age"))


def _pattern_loss(request: Request, woman: Any, luck: Uniform) -> Columns:
    """Age, years since the first affected follicle, and grade of people with pattern loss."""
    grades = _grades(request)
    early = [g in EARLY for g in grades["norwood"]] or [False]
    lag = _among_people("years_to_visible_loss", luck("lag"))
    age = _age_with_loss(request, woman, luck("age"))
    # the age at visible loss lies before today's, or within the lag after it for early grades
    most = _score(age + (lag if any(early) else 0.0), woman)
    least = _score(age if all(early) else np.zeros_like(age), woman)
    low, high = special.ndtr(least), special.ndtr(most)
    score = special.ndtri(low + luck("age_of_loss") * (high - low))
    visible = _median_age(woman) * np.exp(score * _value("age_of_visible_loss_spread"))
    longest = age - _value("age_of_first_loss")
    years = np.clip(age - visible + lag, 0.0, np.maximum(longest, 0.0))
    return {"age": age, "years_since_onset": years} | {
        scale: _graded(steps, years, luck("grade")) for scale, steps in grades.items() if steps
    }


def _age_with_loss(request: Request, woman: Any, u: Floats) -> Floats:
    """Age among people with visible loss, of a community with as many people of every age."""
    low, high = _ages(request)
    grid = np.linspace(low, high, 400)
    found = np.empty_like(u)
    for some in (False, True):
        risk = age_law((grid[1:] + grid[:-1]) / 2, np.full(len(grid) - 1, some))
        below = np.concatenate(([0.0], np.cumsum(risk)))
        chosen = woman == some
        found[chosen] = np.interp(u[chosen], below / below[-1], grid)
    return found


def _grades(request: Request) -> dict[str, list[Any]]:
    """The grades asked for, by scale, mildest first."""
    lists = {scale: list(words(scale)) for scale in ("norwood", "ludwig")}
    found: dict[str, list[Any]] = {
        scale: sorted(getattr(request, scale), key=steps.index) for scale, steps in lists.items()
    }
    return found | {"sinclair": sorted(request.sinclair)}


def _graded(steps: Sequence[Any], years: Floats, u: Floats) -> list[Any]:
    """A grade each, as many of every one; worse with the years (a Gaussian copula)."""
    rank = (np.argsort(np.argsort(years, kind="stable")) + 0.5) / len(years)
    r = _value("correlation_grade_years")
    score = r * special.ndtri(rank) + math.sqrt(1 - r**2) * special.ndtri(u + 2.0**-54)
    place = np.minimum((special.ndtr(score) * len(steps)).astype(int), len(steps) - 1)
    return [steps[i] for i in place]


def _other(request: Request, luck: Uniform) -> Columns:
    """Age and course of people with another diagnosis, or none."""
    low, high = _ages(request)
    u = luck("course")
    age = low + (high - low) * luck("age")
    match request.diagnosis:
        case "alopecia_areata":
            weeks = _truncated("areata_episode", u, request.episode_weeks)
            return {"age": age, "episode_weeks": weeks, "salt": _salt(request.salt, luck("salt")),
                    "years_since_onset": weeks / WEEKS_A_YEAR}  # fmt: skip
        case "telogen_effluvium" if request.trigger is not None:
            return {"age": age}
        case diagnosis if diagnosis in DURATION:
            return {"age": age, "years_since_onset": _among_people(DURATION[diagnosis], u)}
    return {"age": age}


def _salt(pair: Pair | None, u: Floats) -> Floats:
    """SALT among people with bare scalp, of those within a ``pair``."""
    p = {f"areata_{name}_share": _value(f"areata_{name}_share") for name in CLASSES}
    grid = np.linspace(0.0, 1.0, 2001)
    values = np.array([salt_of_people(p, float(share)) for share in grid])
    low, high = np.interp(pair or (0.0, 100.0), values, grid)
    return np.asarray(np.interp(low + u * (high - low), grid, values))


def _truncated(name: str, u: Floats, pair: Pair | None) -> Floats:
    """A row's spread between people within a ``pair``; even within it where the row has no one."""
    if pair is None:
        return _among_people(name, u)
    grid = np.linspace(0.0, 1.0, 2001)[1:-1]
    values = quantile(parameter(name), grid)
    low, high = np.interp(pair, values, grid, left=0.0, right=1.0)
    if not high > low:
        return np.asarray(pair[0] + (pair[1] - pair[0]) * u)
    inside = quantile(parameter(name), np.clip(low + u * (high - low), grid[0], grid[-1]))
    return np.clip(inside, *pair)


def _within_limits(request: Request, columns: Columns) -> Any:
    kept = np.ones(len(columns["woman"]), dtype=bool)
    years = columns.get("years_since_onset", np.zeros(len(kept)))
    kept &= years <= columns["age"]
    if request.years_since_onset is not None:
        kept &= (years >= request.years_since_onset[0]) & (years <= request.years_since_onset[1])
    if request.postmenopausal is not None:
        kept &= columns["woman"] & (columns["postmenopausal"] == request.postmenopausal)
    if request.trigger is not None and request.trigger.kind == "post_partum":
        kept &= columns["woman"]
    return kept


def _person(request: Request, key: int, own: Columns) -> Patient:
    """One person: what is common to all, and the own values of the covariates."""
    woman = own.pop("woman")
    if not woman or request.male_pattern:
        own.pop("ludwig", None), own.pop("sinclair", None)
    if woman and not request.male_pattern:
        own.pop("norwood", None)
    if request.trigger is not None:
        week, severity = own.pop("week", None), own.pop("severity", None)
        own["trigger"] = {"kind": request.trigger.kind, "week": week, "severity": severity}
    return Patient(
        id=key, sex="female" if woman else "male", site=request.site, diagnosis=request.diagnosis,
        comorbid=request.comorbid, subtypes=request.subtypes, activity=request.activity,
        male_pattern=woman and request.male_pattern, pcos=woman and request.pcos,
        sult_activity=request.sult_activity, history=request.history, **own,
    )  # fmt: skip
