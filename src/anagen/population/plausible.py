"""Plausible people of one diagnosis: age, sex, group and course, drawn together.

A community with as many people of every age is asked who has the disease; how many do at an age
follows from the published prevalence, and how long they have had it from their age. What goes with
a diagnosis has a course of its own.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from anagen.conditions.alopecia_areata import CLASSES, salt_of_people
from anagen.errors import InputError
from anagen.parameters import Parameter, load_parameters
from anagen.patient import PUBERTY, Patient
from anagen.population.matching import Floats
from anagen.population.request import DURATION, PATTERN, Pair, Request
from anagen.population.target import Mask
from anagen.priors import quantile

EARLY = ("I", "II", "IIa")
"""Grades before Norwood III, from which on prevalence was counted as visible loss."""
CANDIDATES = 20
"""People drawn for each one kept, so that limits can be met by choosing."""
WEEKS_A_YEAR = 365.25 / 7
STREAM = 1 << 21
"""Streams of luck of a pool's covariates: beyond those of people's traits and of injection."""

Uniform = Callable[[str], Floats]
Rows = Mapping[str, Parameter]


@dataclass(frozen=True, kw_only=True)
class Covariates:
    """What differs between candidates: arrays (people,); ``numbers`` by field of a patient.

    ``week`` and ``severity`` of the ``numbers`` are those of the trigger.
    """

    woman: Mask
    postmenopausal: Mask
    ethnicity: list[str | None]
    numbers: dict[str, Floats]


def uniforms(seed: int, name: str, n: int) -> Floats:
    """Uniform numbers of ``n`` people, named by the ``seed`` of a pool, a ``name`` and a place."""
    bits = np.random.Philox(key=[seed, zlib.crc32(name.encode())], counter=[0, 0, 0, STREAM])
    return np.random.Generator(bits).random(n)


def age_law(ages: ArrayLike, woman: ArrayLike, rows: Rows | None = None) -> Floats:
    r"""Share of people who have come to visible pattern loss by an age, $\Phi(\ln(a/a_m)/s)$.

    ``ages`` $a$ in years (0 or more), ``woman`` whether; $a_m$ the median age of the sex. Fitted to
    Rhodes1998 (men of 18-49) and Maryborough2005 (women of 80 and more), ``prevalence.csv``;
    ``rows``: in place of that table.
    """
    found = rows or load_parameters()
    return np.asarray(special.ndtr(_score(np.asarray(ages, dtype=float), woman, found)))


def _score(ages: Floats, woman: ArrayLike, rows: Rows) -> Floats:
    spread = rows["age_of_visible_loss_spread"].value
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(np.maximum(ages, 0.0) / _median_age(woman, rows)) / spread)


def _median_age(woman: ArrayLike, rows: Rows) -> Floats:
    whether = np.asarray(woman, dtype=bool)
    found = np.empty(whether.shape)
    for some in np.unique(whether):
        found[whether == some] = rows[f"age_of_visible_loss_{'women' if some else 'men'}"].value
    return found


def plausible(
    request: Request, n: int, seed: int = 0, *, surplus: int = 1, first: int = 0,
    rows: Rows | None = None,
) -> list[Patient]:  # fmt: skip
    """Draw ``n`` people of a population from correlated covariates, not yet graded.

    Pattern loss: age at visible loss by sex, age given visible loss, years since the first
    follicle was affected. Other diagnoses: lengths by their rows. Blood values are not drawn.
    Person k of a ``seed`` has id k. Up to ``surplus`` times as many people are given, as far as
    the limits leave them; those before number ``first`` are left out. ``rows``: the tables that are
    read. Raises InputError where fewer than
    ``n`` of many candidates keep within the limits.
    """
    many = CANDIDATES * n
    found = covariates(request, lambda name: uniforms(seed, name, many), rows or load_parameters())
    kept = np.flatnonzero(_within_limits(request, found))[: surplus * n]
    if len(kept) < n:
        said = f"only {len(kept)} of {many} candidates keep within the limits given"
        problem = f"{said}, {n} are needed; widen age, years_since_onset or the grades"
        raise InputError(problem, field="population")
    return [_person(request, found, int(i), first + k) for k, i in enumerate(kept[first:])]


def covariates(request: Request, luck: Uniform, rows: Rows) -> Covariates:
    """What differs between the candidates; ``luck`` gives each of them a number by its name."""
    u = luck("sex")
    woman = np.full(u.shape, request.sex == "female")
    if request.sex == "any":
        woman = u < rows["share_of_women"].value
    low, high = _ages(request, rows)
    numbers = {"age": low + (high - low) * luck("age")}
    if PATTERN in request.diagnoses:
        numbers = _pattern_loss(request, woman, luck, rows)
    numbers |= _course(request, luck, rows)
    if request.trigger is not None:
        ago, severity = request.trigger.week, request.trigger.severity
        span = None if ago is None else (-ago[1], -ago[0])
        numbers["week"] = -_truncated(rows["weeks_since_trigger"], luck("trigger"), span)
        numbers["severity"] = _truncated(rows["trigger_severity"], luck("severity"), severity)
    after = woman
    if woman.any():
        after = woman & (numbers["age"] >= quantile(rows["age_at_menopause"], luck("menopause")))
    return Covariates(
        woman=woman, postmenopausal=after, numbers=numbers,
        ethnicity=_groups(request, luck("ethnicity")),
    )  # fmt: skip


def _groups(request: Request, u: Floats) -> list[str | None]:
    groups, shares = zip(*request.shares.items(), strict=True)
    places = np.searchsorted(np.cumsum(shares), u * sum(shares), side="right")
    return [groups[min(int(place), len(groups) - 1)] for place in places]


def _ages(request: Request, rows: Rows) -> tuple[float, float]:
    return request.age or (rows["least_adult_age"].value, rows["greatest_adult_age"].value)


def _pattern_loss(request: Request, woman: Mask, luck: Uniform, rows: Rows) -> dict[str, Floats]:
    """Age and years since the first affected follicle of people with pattern loss."""
    early = [grade in EARLY for grade in request.norwood] or [False]
    lag = quantile(rows["years_to_visible_loss"], luck("lag"))
    age = _age_with_loss(request, woman, luck("age"), rows)
    # the age at visible loss lies before today's, or within the lag after it for early grades
    most = _score(age + (lag if any(early) else 0.0), woman, rows)
    least = _score(age if all(early) else np.zeros_like(age), woman, rows)
    low, high = special.ndtr(least), special.ndtr(most)
    score = special.ndtri(low + luck("age_of_loss") * (high - low))
    spread = rows["age_of_visible_loss_spread"].value
    visible = _median_age(woman, rows) * np.exp(score * spread)
    longest = np.maximum(age - rows["age_of_first_loss"].value, 0.0)
    field = "years_since_onset" if request.diagnosis == PATTERN else "years_of_pattern_loss"
    return {"age": age, field: np.clip(age - visible + lag, 0.0, longest)}


def _age_with_loss(request: Request, woman: Mask, u: Floats, rows: Rows) -> Floats:
    """Age among people with visible loss, of a community with as many people of every age."""
    low, high = _ages(request, rows)
    grid = np.linspace(low, high, 400)
    found = np.empty_like(u)
    for some in np.unique(woman):
        risk = age_law((grid[1:] + grid[:-1]) / 2, np.full(len(grid) - 1, some), rows)
        below = np.concatenate(([0.0], np.cumsum(risk)))
        chosen = woman == some
        found[chosen] = np.interp(u[chosen], below / below[-1], grid)
    return found


def _course(request: Request, luck: Uniform, rows: Rows) -> dict[str, Floats]:
    """Course of the diagnosis where it is not pattern loss, and of alopecia areata with any."""
    found = {}
    u, main = luck("course"), request.diagnosis
    if "alopecia_areata" in request.diagnoses:
        weeks = _truncated(rows["areata_episode"], u, request.episode_weeks)
        found = {"episode_weeks": weeks, "salt": _salt(request.salt, luck("salt"), rows)}
        if main == "alopecia_areata":
            found["years_since_onset"] = weeks / WEEKS_A_YEAR
    if request.lasts:
        found["years_since_onset"] = quantile(rows[DURATION[main]], u)
    return found


def _salt(pair: Pair | None, u: Floats, rows: Rows) -> Floats:
    """SALT among people with bare scalp, of those within a ``pair``."""
    p = {name: rows[name].value for name in (f"areata_{c}_share" for c in CLASSES)}
    grid = np.linspace(0.0, 1.0, 2001)
    values = np.array([salt_of_people(p, float(share)) for share in grid])
    low, high = np.interp(pair or (0.0, 100.0), values, grid)
    return np.asarray(np.interp(low + u * (high - low), grid, values))


def _truncated(row: Parameter, u: Floats, pair: Pair | None) -> Floats:
    """A row's spread between people within a ``pair``; even within it where the row has no one."""
    if pair is None:
        return quantile(row, u)
    grid = np.linspace(0.0, 1.0, 2001)[1:-1]
    values = quantile(row, grid)
    low, high = np.interp(pair, values, grid, left=0.0, right=1.0)
    if not high > low:
        return np.asarray(pair[0] + (pair[1] - pair[0]) * u)
    inside = quantile(row, np.clip(low + u * (high - low), grid[0], grid[-1]))
    return np.clip(inside, *pair)


def _within_limits(request: Request, found: Covariates) -> Mask:
    """Who keeps within what is asked for, and can be: as `Patient` checks it."""
    age, nothing = found.numbers["age"], np.zeros(len(found.woman))
    years = found.numbers.get("years_since_onset", nothing)
    own = years if request.diagnosis == PATTERN else found.numbers.get("years_of_pattern_loss")
    low, high = request.years_since_onset or (0.0, np.inf)
    kept: Mask = (years <= age) & (years >= low) & (years <= high)
    for name in ("episode_weeks", "week"):
        kept &= np.abs(found.numbers.get(name, nothing)) <= age * WEEKS_A_YEAR
    if own is not None:
        kept &= age - own >= PUBERTY
    if request.postmenopausal is not None:
        kept &= found.woman & (found.postmenopausal == request.postmenopausal)
    if request.trigger is not None and request.trigger.kind == "post_partum":
        kept &= found.woman & ~found.postmenopausal
    return kept


def _person(request: Request, found: Covariates, i: int, key: int) -> Patient:
    """Candidate ``i``: what is common to all, and the own values of the covariates."""
    own: dict[str, Any] = {name: float(x[i]) for name, x in found.numbers.items()}
    if request.trigger is not None:
        week, severity = own.pop("week"), own.pop("severity")
        own["trigger"] = {"kind": request.trigger.kind, "week": week, "severity": severity}
    woman = bool(found.woman[i])
    return Patient(
        id=key, sex="female" if woman else "male", site=request.site, diagnosis=request.diagnosis,
        ethnicity=found.ethnicity[i], postmenopausal=bool(found.postmenopausal[i]),
        comorbid=request.comorbid, subtypes=request.subtypes, activity=request.activity,
        male_pattern=woman and request.male_pattern, pcos=woman and request.pcos,
        sult_activity=request.sult_activity, history=request.history, **own,
    )  # fmt: skip
