"""What a trial's population is: the ``[population]`` table of a design, read and checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import AfterValidator, BeforeValidator, model_validator

from anagen.errors import InputError, brief, unknown_word
from anagen.input_file import LISTED, Condition, Entry, Part, Therapy, Word, make, read_tables
from anagen.measurement.endpoints import UNITS
from anagen.parameters import load_parameters
from anagen.patient import PUBERTY, SCALES, Ethnicity, Past, Patient, Site, Sulfotransferase
from anagen.population.target import IQR_OF_SD, Statistic, Target
from anagen.vocabulary import known, label, words

TABLES = ("population", "trial", "arm", "responder")
"""Tables of a trial design; only the first is read here."""
PERSONAL = {"age": "year", "years_since_onset": "year", "years_of_pattern_loss": "year",
            "episode_weeks": "week"}  # fmt: skip
"""Columns of a baseline table that are no measured endpoint, and their units."""
COLUMNS = {
    **PERSONAL,
    **{name: unit for name, unit in UNITS.items() if name != "global_assessment"},
}
ANY = "any"
PATTERN = "androgenetic_alopecia"
DURATION = {
    "telogen_effluvium": "chronic_effluvium_time",
    "scalp_inflammation": "inflammation_time",
    "scarring_alopecia": "scarring_time",
    "nutrition_gap": "nutrition_time",
}
"""Row of the years since onset of a diagnosis; its range is taken for that of people."""


def _ordered(pair: tuple[float, float]) -> tuple[float, float]:
    if not pair[0] < pair[1]:
        raise ValueError(f"two numbers are needed, the lower first (given: {list(pair)})")
    return pair


def _pair(given: object) -> object:
    if isinstance(given, list | tuple) and len(given) != 2:
        raise ValueError(f"two numbers are needed, as [18, 49] (given: {brief(repr(given))})")
    return given


def _sex(given: object) -> object:
    if given == ANY or not isinstance(given, str):
        return given
    try:
        return known("sex", given)
    except InputError:
        raise ValueError(unknown_word("sex", given, (*words("sex"), ANY))) from None


def _column(given: str) -> str:
    if given not in COLUMNS:
        raise ValueError(unknown_word("column of a baseline table", given, COLUMNS))
    return given


Pair = Annotated[tuple[float, float], AfterValidator(_ordered), LISTED, BeforeValidator(_pair)]
Column = Annotated[str, AfterValidator(_column)]
Grades = Annotated[tuple[Annotated[str, Word("norwood")], ...], LISTED]
Ludwigs = Annotated[tuple[Annotated[str, Word("ludwig")], ...], LISTED]
Sinclairs = Annotated[tuple[int, ...], LISTED]


class Published(Part):
    """One column of a baseline table: mean and SD, or median and interquartile range."""

    numbers: ClassVar[str] = "patient_number"
    mean: float | None = None
    sd: float | None = None
    median: float | None = None
    iqr: Pair | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.mean is None) == (self.median is None):
            raise ValueError("give mean (and sd), or median (and iqr), one of the two")
        if self.sd is not None and (self.mean is None or self.sd <= 0):
            raise ValueError(f"sd is above 0 and goes with mean (given: {self.sd:g})")
        if self.iqr is not None and (
            self.median is None or not self.iqr[0] <= self.median <= self.iqr[1]
        ):
            raise ValueError(f"iqr goes with a median that lies in it (given: {list(self.iqr)})")
        return self

    def targets(self, of: str, subgroup: str, n: int | None) -> Iterator[Target]:
        """The lines of this column."""
        spread = self.sd
        if self.iqr is not None and self.iqr[1] > self.iqr[0]:
            spread = (self.iqr[1] - self.iqr[0]) / IQR_OF_SD
        low, high = self.iqr or (None, None)
        lines: dict[Statistic, float | None] = {"mean": self.mean, "sd": self.sd,
                 "median": self.median, "q1": low, "q3": high}  # fmt: skip
        for statistic, published in lines.items():
            if published is not None:
                yield Target(
                    of=of, statistic=statistic, published=published, subgroup=subgroup,
                    mean=self.mean or 0.0, spread=spread, n=n,
                )  # fmt: skip


Table = dict[Column, Published]


class Subgroup(Part):
    """Some of the people: who they are, their percentage of all, their own baseline table.

    ``within`` limits columns of the pool, as ``{ age = [18, 40] }``. People must meet every field
    that is given.
    """

    numbers: ClassVar[str] = "patient_number"
    name: str
    sex: Annotated[str, Word("sex")] | None = None
    ethnicity: Ethnicity | None = None
    norwood: Grades = ()
    ludwig: Ludwigs = ()
    sinclair: Sinclairs = ()
    postmenopausal: bool | None = None
    pcos: bool | None = None
    within: dict[Column, Pair] = {}
    percent: float | None = None
    baseline: Table = {}

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.name.strip():
            raise ValueError("name is empty; give the subgroup a name")
        if self.percent is None and not self.baseline:
            raise ValueError("give percent, a baseline, or both")
        if self.percent is not None and not 0 <= self.percent <= 100:
            raise ValueError(f"percent must lie between 0 and 100 (given: {self.percent:g})")
        if not self.stated & {"sex", "ethnicity", "norwood", "ludwig", "sinclair", "postmenopausal",
                              "pcos", "within"}:  # fmt: skip
            raise ValueError('say who is in it, as sex = "female" or within = { age = [18, 40] }')
        return self


class Triggers(Part):
    """What set off a shedding: its kind, the weeks (before today below 0) and the severities."""

    numbers: ClassVar[str] = "patient_number"
    kind: Annotated[str, Word("trigger")]
    week: Pair | None = None
    severity: Pair | None = None


class Request(Entry):
    """The population of a trial.

    Lists and pairs limit who is taken; ``baseline`` and ``subgroup`` are the published table, and
    ``n`` the people behind it. ``ethnicity`` is one group, or percentages of several; ``country``
    takes those of the tables. Units are in ``docs/nomenclature.md``. Raises InputError for unknown
    words, numbers that cannot be, and fields that contradict one another.
    """

    numbers: ClassVar[str] = "patient_number"
    diagnosis: Annotated[str, Word("condition", "diagnosis")]
    sex: Annotated[Literal["male", "female", "any"], BeforeValidator(_sex)]
    age: Pair | None = None
    norwood: Grades = ()
    ludwig: Ludwigs = ()
    sinclair: Sinclairs = ()
    male_pattern: bool = False
    years_since_onset: Pair | None = None
    postmenopausal: bool | None = None
    pcos: bool = False
    ethnicity: Ethnicity | dict[Ethnicity, float] | None = None
    country: Annotated[str, Word("country")] | None = None
    site: Site = "vertex"
    salt: Pair | None = None
    episode_weeks: Pair | None = None
    comorbid: Annotated[tuple[Condition, ...], LISTED] = ()
    subtypes: Annotated[tuple[Annotated[str, Word("subtype")], ...], LISTED] = ()
    activity: Annotated[str, Word("activity")] | None = None
    trigger: Triggers | None = None
    history: Annotated[tuple[Past, ...], LISTED] = ()
    sult_activity: Sulfotransferase | None = None
    washout: dict[Therapy, float] = {}
    n: int | None = None
    baseline: Table = {}
    subgroup: Annotated[tuple[Subgroup, ...], LISTED] = ()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        checks = (self._of_sex, self._of_groups, self._of_numbers, self._of_course, self._of_grades)
        for field, problem in (found for check in checks for found in check()):
            raise InputError(problem, field=field)
        for sex in ("male", "female") if self.sex == ANY else (self.sex,):
            self._someone(sex)
        return self

    @property
    def diagnoses(self) -> tuple[str, ...]:
        """The diagnosis and what goes with it."""
        return (self.diagnosis, *self.comorbid)

    @property
    def graded(self) -> bool:
        """Whether people of certain grades are asked for."""
        return any(getattr(self, scale) for scale in SCALES)

    @property
    def lasts(self) -> bool:
        """Whether the diagnosis has a length of its own, drawn by its row."""
        shed = self.diagnosis == "telogen_effluvium" and self.trigger is not None
        return self.diagnosis in DURATION and not shed

    def _someone(self, sex: str) -> Patient:
        """One of the people asked for, so that what cannot be of a patient cannot be asked for."""
        woman = sex == "female"
        own: dict[str, Any] = {}
        for scale in SCALES:
            if (scale == "norwood") == (not woman or self.male_pattern) and getattr(self, scale):
                own[scale] = getattr(self, scale)[-1]
        if self.age is not None:
            own["age"] = self.age[1]
        if self.salt is not None:
            own["salt"] = self.salt[1]
        if self.trigger is not None and (woman or self.trigger.kind != "post_partum"
                                         or self.sex != ANY):  # fmt: skip
            week = self.trigger.week[1] if self.trigger.week else 0.0
            own["trigger"] = {"kind": self.trigger.kind, "week": week, "severity": 0.0}
        return Patient(
            sex=sex, diagnosis=self.diagnosis, comorbid=self.comorbid, subtypes=self.subtypes,
            activity=self.activity, site=self.site, male_pattern=woman and self.male_pattern,
            pcos=woman and self.pcos, postmenopausal=woman and bool(self.postmenopausal), **own,
        )  # fmt: skip

    def _of_course(self) -> Iterator[tuple[str, str]]:
        if self.episode_weeks is not None and "alopecia_areata" not in self.diagnoses:
            do = "remove it, or write alopecia_areata as diagnosis or in comorbid"
            yield "episode_weeks", f"belongs to alopecia areata (given: {self.diagnosis}); {do}"
        own = self.lasts or self.diagnosis in (PATTERN, "alopecia_areata")
        if self.years_since_onset is not None and not own:
            why = "a shedding from a trigger has its trigger.week"
            if self.trigger is None:
                why = f"{label('condition', self.diagnosis)} has no day on which it begins"
            yield "years_since_onset", f"is not drawn: {why}; remove it"
        if self.age is not None and self.age[1] <= PUBERTY and PATTERN in self.diagnoses:
            problem = f"pattern loss does not begin before {PUBERTY:g} (given: {self.age[1]:g})"
            yield "age", f"{problem}; widen it"

    def _of_grades(self) -> Iterator[tuple[str, str]]:
        for group in self.subgroup:
            for scale in SCALES:
                beyond = [g for g in getattr(group, scale) if g not in getattr(self, scale)]
                if beyond:
                    problem = f"{beyond[0]} is not among the grades of the population"
                    yield f"subgroup.{group.name}.{scale}", f"{problem}; add it to {scale} there"

    def _of_sex(self) -> Iterator[tuple[str, str]]:
        if self.sex == "male":
            for name in ("ludwig", "sinclair", "postmenopausal", "pcos", "male_pattern"):
                if getattr(self, name):
                    yield name, 'is of women (given: sex = "male"); remove it or mend the sex'
        if self.sex == "female" and self.norwood and not self.male_pattern:
            yield "norwood", "a scale for men; give ludwig or sinclair, or add male_pattern = true"
        if self.ludwig and self.sinclair:
            yield "sinclair", "a second scale of women; give ludwig or sinclair"

    def _of_groups(self) -> Iterator[tuple[str, str]]:
        if self.ethnicity is not None and self.country is not None:
            yield "country", "gives the ethnicity that is given too; keep one of them"
        if self.country is not None and not country_shares(self.country):
            have = sorted({n.split("_")[1].upper() for n in _country_rows()})
            problem = f"no shares of ethnic groups for {self.country}; give ethnicity"
            yield "country", f"{problem}, or one of {', '.join(have)}"
        if isinstance(self.ethnicity, dict):
            total = sum(self.ethnicity.values())
            if abs(total - 100) > 1 or min(self.ethnicity.values(), default=0) < 0:
                yield "ethnicity", f"the percentages must add up to 100 (given: {total:g})"

    def _of_numbers(self) -> Iterator[tuple[str, str]]:
        for therapy, weeks in self.washout.items():
            if weeks < 0:
                yield f"washout.{therapy}", f"must be 0 weeks or more (given: {weeks:g})"
        if self.n is not None and self.n < 1:
            yield "n", f"must be 1 or more (given: {self.n})"
        names = [s.name for s in self.subgroup]
        if len(set(names)) < len(names):
            yield "subgroup", f"each needs a name of its own (given: {', '.join(names)})"

    @property
    def shares(self) -> dict[str | None, float]:
        """Ethnic groups and their shares, which add up to 1; None: not stated."""
        if isinstance(self.ethnicity, dict):
            total = sum(self.ethnicity.values())
            return {group: percent / total for group, percent in self.ethnicity.items()}
        if self.country is not None:
            return {group: share for group, share in country_shares(self.country).items()}  # noqa: C416
        return {self.ethnicity: 1.0}

    def targets(self) -> list[Target]:
        """Every line of the published table."""
        found = [t for of, col in self.baseline.items() for t in col.targets(of, "", self.n)]
        for group in self.subgroup:
            n = self.n
            if group.percent is not None:
                found.append(Target(of="", statistic="percent", published=group.percent,
                                    subgroup=group.name, n=n))  # fmt: skip
                n = None if n is None else max(1, round(n * group.percent / 100))
            for of, column in group.baseline.items():
                found += column.targets(of, group.name, n)
        return found


def _country_rows() -> dict[str, float]:
    return {n: p.value for n, p in load_parameters().items() if n.startswith("country_")}


def country_shares(country: str) -> Mapping[str, float]:
    """Shares of a country's ethnic groups, from ``prevalence.csv``; empty where it has none."""
    stem = f"country_{country.lower()}_"
    return {n.removeprefix(stem): v for n, v in _country_rows().items() if n.startswith(stem)}


def read_request(path: Path) -> Request:
    """The population of the design file ``path``.

    Raises InputError with the file, the field, what was given and what is allowed.
    """
    content = read_tables(path, TABLES)
    if "population" not in content:
        problem = "this table is missing; begin it with [population]"
        raise InputError(problem, file=path, field="population")
    given = content["population"]
    for name in ("diagnosis", "sex"):
        if isinstance(given, dict) and name not in given:
            raise InputError("this key is missing; add it", file=path, field=f"population.{name}")
    return make(Request, given, path, "population")
