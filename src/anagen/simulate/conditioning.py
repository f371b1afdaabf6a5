"""From what is known of one person to the draws that agree with it.

Candidates are grown: for every parameter set several people like the patient, each with traits,
load and follicles of its own. What was measured, graded or tried then weighs them, and as many as
there are parameter sets are kept. Nothing is conditioned on where nothing was given.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from anagen.conditions.burden import Ints
from anagen.conditions.healthy import Floats
from anagen.conditions.severity import log_density, loss_of_grade, within_scale
from anagen.measurement.instruments import Instrument, instrument, measurable_change
from anagen.parameters import parameter
from anagen.patient import Patient
from anagen.priors import between_people, draw_parameters
from anagen.simulate.baseline import baselines
from anagen.simulate.model import YEARS, normals
from anagen.simulate.past import FOLLICLES, judged, tried
from anagen.simulate.reading import OF_GROWTH
from anagen.units import DAYS_PER_YEAR as YEAR

AT_ONCE, CANDIDATES = 10, 40
"""People grown for every parameter set in one round, and in all."""
ENOUGH, ENOUGH_TO_JUDGE = 0.5, 1.0
"""Effective candidates, over the draws kept, with which no further round is grown."""
NEGLIGIBLE = 1e-4
"""Likelihood, over that of the best candidate, below which no earlier therapy is tried."""
FEW_EFFECTIVE = 0.25
"""Effective candidates, over the draws kept, below which the reader is told."""
LEAST_EFFECTIVE, FEWEST = 0.1, 5.0
"""Effective candidates wanted, over the draws kept: below it what was measured counts for less."""
APART = 2_654_435_761
"""Step between the names of candidates: odd, so that none comes twice."""
PATTERN = "androgenetic_alopecia"
NOT_WEIGHED = ("shed_hairs_per_day",)
"""What is measured and not weighed: people collect but a part of the hair that falls."""
SHARES = ("anagen_fraction", "coverage")
"""Endpoints whose error of reading is in points of a share."""


@dataclass(frozen=True)
class Person:
    """One draw: number of its parameter set, and the person grown on it."""

    draw: int
    patient: Patient


@dataclass(frozen=True, kw_only=True)
class Known:
    """Who may be meant: one person per draw; how many of the candidates agree with what is known.

    ``given``: what was conditioned on. ``effective``: effective number of the ``candidates``.
    ``power``: 1, or less where what is known was counted for less, so that enough of them remain.
    """

    people: tuple[Person, ...]
    given: tuple[str, ...] = ()
    candidates: int = 0
    effective: float = math.inf
    power: float = 1.0

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the reader should know of it."""
        what, few = ", ".join(self.given), self.effective < FEW_EFFECTIVE * len(self.people)
        if not self.given or (self.power == 1 and not few):
            return ()
        if self.power == 1:
            return (f"{what}: of the simulated people an effective number of {self.effective:.0f} "
                    "is like this one; intervals are rough",)  # fmt: skip
        return (
            f"{what}: hardly any simulated person is like this one; the spread was widened "
            f"(evidence counted at {self.power:.0%}); check the values",
        )


def known(
    patient: Patient,
    draws: int,
    *,
    hypothesis: str,
    seed: int,
    luck_of: Callable[[int, int], int],
    month: float | None = None,
    threads: int = 1,
    told: Callable[[], None] = lambda: None,
) -> Known:
    """The people whom ``patient`` may be, one per draw.

    ``luck_of(seed, draw)`` names a draw's luck; ``told`` is called after every parameter set, of
    the first round. Raises InputError as `simulate`.
    """
    given = evidence(patient)
    if not given and not patient.years_unknown:
        return Known(people=tuple(Person(k, patient) for k in range(draws)))
    if not given:
        drawn = (candidate(patient, 0, draw_parameters(k), luck_of(seed, k)) for k in range(draws))
        return Known(people=tuple(Person(k, who) for k, who in enumerate(drawn)))

    asked = _Asked(patient, hypothesis, seed, month, luck_of)
    wanted = draws * (ENOUGH_TO_JUDGE if "history" in given else ENOUGH)
    groups: list[Group] = []
    with ThreadPoolExecutor(threads) as pool:
        for first in range(0, CANDIDATES, AT_ONCE):
            numbers = range(first, first + AT_ONCE)
            for group in pool.map(partial(asked.grown, numbers=numbers), range(draws)):
                groups.append(group)
                if not first:
                    told()
            if effective_sample_size(tempered(_logs(groups), 0.0)[0]) >= wanted:
                break
        groups = [_merged(groups[k::draws]) for k in range(draws)]
        if "history" in given:
            best = float(_logs(groups).max())
            groups = list(pool.map(lambda group: asked.judged(group, best), groups))
    weights, power = tempered(_logs(groups), max(LEAST_EFFECTIVE * draws, FEWEST))
    people = [Person(group.draw, who) for group in groups for who in group.people]
    picked = tuple(people[i] for i in systematic(weights, draws).tolist())
    return Known(people=picked, given=given, candidates=len(people),
                 effective=effective_sample_size(weights), power=power)  # fmt: skip


@dataclass(frozen=True)
class Group:
    """Candidates on one parameter set, their log weights, the least change measurable in each."""

    draw: int
    people: tuple[Patient, ...]
    logs: Floats
    least: Floats


def _logs(groups: Sequence[Group]) -> Floats:
    return np.concatenate([group.logs for group in groups])


def _merged(groups: Sequence[Group]) -> Group:
    return Group(groups[0].draw, tuple(who for g in groups for who in g.people), _logs(groups),
                 np.concatenate([g.least for g in groups]))  # fmt: skip


def effective_sample_size(weights: Floats) -> float:
    r"""Kish's effective number $(\sum w)^2 / \sum w^2$."""
    return float(weights.sum() ** 2 / np.sum(weights**2))


@dataclass(frozen=True)
class _Asked:
    """What candidates are grown for and weighed by."""

    patient: Patient
    hypothesis: str
    seed: int
    month: float | None
    luck_of: Callable[[int, int], int]

    def grown(self, k: int, numbers: range) -> Group:
        """The candidates of these ``numbers`` on one parameter set, by what was measured."""
        p, luck = draw_parameters(k), self.luck_of(self.seed, k)
        people = [candidate(self.patient, j, p, luck) for j in numbers]
        logs = log_weights(self.patient, people, p, self.hypothesis, luck, self.month)
        return Group(k, tuple(people), *logs)

    def judged(self, group: Group, best: float) -> Group:
        """Those who agree with what was measured, by how they judge what they tried."""
        some = np.flatnonzero(group.logs > best + math.log(NEGLIGIBLE))
        found = np.full(len(group.people), -np.inf)
        if some.size:
            found[some] = group.logs[some] + judged(
                [group.people[i] for i in some], self.patient.history, draw_parameters(group.draw),
                self.hypothesis, self.luck_of(self.seed, group.draw), group.least[some],
            )  # fmt: skip
        return replace(group, logs=found)


def evidence(patient: Patient) -> tuple[str, ...]:
    """What is known of the patient that candidates are weighed by, by field."""
    measured = patient.baseline is not None and any(measurements(patient))
    found = {
        "baseline": measured,
        "" if patient.grade is None else patient.grade[0]: patient.grade is not None,
        "history": any(tried(past) is not None for past in patient.history),
    }
    return tuple(name for name, so in found.items() if so)


def candidate(patient: Patient, j: int, p: Mapping[str, float], luck: int) -> Patient:
    """Somebody like the ``patient``; the first keeps the name. Unknown years are drawn.

    Years since pattern loss began that nobody stated are those of the men of a trial
    (``time_since_onset`` and its spread), no more than the age leaves after ``age_of_first_loss``.
    """
    other: dict[str, Any] = {} if j == 0 else {"id": (patient.key + j * APART) % 2**32}
    person = patient.model_copy(update=other)
    if not patient.years_unknown:
        return person
    z = normals(luck, person.key, YEARS, 1)
    cv = p["time_since_onset_between_people"]
    years = float(p["time_since_onset"] / YEAR * between_people(z, cv)[0])
    youth = parameter("age_of_first_loss").value
    most = math.inf if patient.age is None else max(patient.age - youth, 0.0)
    main = patient.diagnosis == "androgenetic_alopecia"
    field = "years_since_onset" if main else "years_of_pattern_loss"
    return person.model_copy(update={field: min(years, most)})


def log_weights(
    patient: Patient,
    people: Sequence[Patient], p: Mapping[str, float], hypothesis: str, luck: int,
    month: float | None,
) -> tuple[Floats, Floats]:  # fmt: skip
    """Log likelihood of what was measured of the ``patient``, for each of ``people``.

    And the least change of density [hairs/cm2] that would be measurable in each.
    """
    tool = instrument_of(patient)
    today = baselines(people, p, hypothesis=hypothesis, instrument=tool.name, month=month,
                      follicles=FOLLICLES, seed=luck)  # fmt: skip
    total = np.zeros(len(people))
    for endpoint, value in measurements(patient):
        error = reading_sd(endpoint, value, tool, p)
        total -= 0.5 * ((np.nan_to_num(today[endpoint], nan=1e6) - value) / error) ** 2
    graded = loss_of_grade(patient)
    if graded is not None:
        own = today
        if set(patient.diagnoses) != {PATTERN}:  # a grade sees pattern loss, not what lies over it
            alone = [pattern_loss_alone(w) for w in people]
            own = baselines(alone, p, hypothesis=hypothesis, instrument=tool.name,
                            follicles=FOLLICLES, seed=luck)  # fmt: skip
        lost = within_scale(own["lost"])
        total += log_density(lost, graded.centre, graded.low, graded.high)
    least = measurable_change(instrument("phototrichogram_corrected"), today["total_hair_density"])
    return total, np.asarray(least)


def pattern_loss_alone(person: Patient) -> Patient:
    """The same person with nothing but pattern loss, of the same length."""
    years = person.pattern_years
    other: dict[str, Any] = {
        "diagnosis": PATTERN, "comorbid": (), "subtypes": (), "trigger": None, "labs": None,
        "salt": None, "episode_weeks": None, "activity": None, "years_of_pattern_loss": None,
    }  # fmt: skip
    if years is not None:
        other["years_since_onset"] = years
    return person.model_copy(update=other)


def instrument_of(patient: Patient) -> Instrument:
    """The instrument of the patient's measured baseline, or the default."""
    name = patient.baseline.instrument if patient.baseline is not None else None
    return instrument(name or "phototrichogram_corrected")


def measurements(patient: Patient) -> list[tuple[str, float]]:
    """What was measured of the patient before any therapy and counts, by endpoint.

    Growth only where the instrument compares pictures of growing hair.
    """
    if patient.baseline is None:
        return []
    unseen = set(NOT_WEIGHED)
    if instrument_of(patient).growth_limit is None:
        unseen |= set(OF_GROWTH)
    values = patient.baseline.model_dump(exclude={"instrument", *unseen})
    return [(name, float(value)) for name, value in values.items() if value is not None]


def reading_sd(endpoint: str, value: float, tool: Instrument, p: Mapping[str, float]) -> float:
    """Standard error of one reading of ``endpoint``, in its unit.

    That of the instrument for densities; for other endpoints their own row
    (``reading_error_<endpoint>``, percent of the value, or points of a share).
    """
    own = p.get(f"reading_error_{endpoint}")
    if own is None:
        return max(tool.reading_error * value, 1.0)
    return own / 100 if endpoint in SHARES else max(own / 100 * value, 1e-6)


def tempered(logs: Floats, least: float) -> tuple[Floats, float]:
    r"""Weights $w \propto L^\beta$ and the largest power $\beta \le 1$ with enough candidates.

    ``logs`` are log likelihoods (minus infinity: impossible), ``least`` the effective number
    $1 / \sum w^2$ wanted. With none possible all weigh alike, at power 0.
    """
    possible = np.isfinite(logs)
    if possible.sum() == 0:
        return np.full(logs.size, 1 / logs.size), 0.0
    shifted = np.where(possible, logs - logs[possible].max(), -np.inf)

    def weights(power: float) -> Floats:
        w = np.where(possible, np.exp(power * np.where(possible, shifted, 0.0)), 0.0)
        return np.asarray(w / w.sum())

    if 1 / np.sum(weights(1.0) ** 2) >= least:
        return weights(1.0), 1.0
    low, high = 0.0, 1.0
    for _ in range(40):
        middle = (low + high) / 2
        enough = 1 / np.sum(weights(middle) ** 2) >= least
        low, high = (middle, high) if enough else (low, middle)
    return weights(low), low


def systematic(weights: Floats, n: int, start: float = 0.5) -> Ints:
    """Systematic resampling: ``n`` indices, each as often as its weight says, to within one.

    ``start``: where in its step the first of the evenly spaced points lies, 0 to 1.
    """
    edges = np.cumsum(weights)
    points = (np.arange(n) + start) / n * edges[-1]
    found = np.searchsorted(edges, points, side="right")
    return np.asarray(found.clip(max=weights.size - 1))
