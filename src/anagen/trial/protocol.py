"""The protocol of a trial: visits, reading, what goes wrong, analysis, arms."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, ClassVar, Literal, Self

from pydantic import AfterValidator, BeforeValidator, model_validator

from anagen.errors import InputError, brief, unknown_word
from anagen.input_file import LISTED, Entry, Part, Word
from anagen.measurement.endpoints import UNITS
from anagen.measurement.instruments import PICTURES
from anagen.patient import SCALES
from anagen.population.request import COLUMNS
from anagen.regimen import Course, Regimen, Session
from anagen.trial.statistics.responders import Rule as Operator
from anagen.vocabulary import words

BETTER = {"up": 1, "down": -1, "none": 1}
BY_NAME = ("sex", "ethnicity", *SCALES)
"""What people are told apart by that is no number."""
OF_LAYOUT = {
    "split_scalp": ("within_person_correlation", "spillover"),
    "crossover": ("period_weeks", "washout_weeks"),
}
MIDDLE = {"spring": 4.5, "summer": 7.5, "autumn": 10.5, "winter": 1.5}
"""Month of the middle of each season, as `anagen.simulate.simulate` takes it (northern half)."""

Season = Literal["spring", "summer", "autumn", "winter"]
Layout = Literal["parallel", "split_scalp", "crossover"]
Analysis = Literal["mmrm", "ancova", "t_test"]
Structure = Literal["unstructured", "toeplitz", "ar1", "compound_symmetry"]
Estimand = Literal["treatment_policy", "hypothetical", "while_on_treatment", "composite"]
Blinding = Literal["double_blind", "single_blind", "open_label"]
Multiplicity = Literal["none", "holm", "hochberg", "hommel", "dunnett", "fixed_sequence"]
Boundary = Literal["obrien_fleming", "pocock", "haybittle_peto", "lan_demets_obrien_fleming",
                   "lan_demets_pocock"]  # fmt: skip


def _endpoint(given: str) -> str:
    if given not in UNITS:
        raise ValueError(unknown_word("endpoint", given, UNITS))
    return given


def _instrument(given: str) -> str:
    if given not in PICTURES:
        raise ValueError(unknown_word("instrument", given, PICTURES))
    return given


def _of(given: str) -> str:
    allowed = (*COLUMNS, *BY_NAME)
    if given not in allowed:
        raise ValueError(unknown_word("column of a baseline table", given, allowed))
    return given


def _shares(given: object) -> object:
    numbers = given.values() if isinstance(given, Mapping) else (given,)
    if all(isinstance(x, int | float) and not isinstance(x, bool) for x in numbers):
        return given
    needed = "a share by the last visit, as 0.1, or shares by week, as { 12 = 0.05, 24 = 0.1 }"
    raise ValueError(f"{needed}, is needed (given: {brief(given)})")


Endpoint = Annotated[str, AfterValidator(_endpoint)]
Column = Annotated[str, AfterValidator(_of)]
Weeks = Annotated[tuple[float, ...], LISTED]
Shares = Annotated[float | dict[str, float], BeforeValidator(_shares)]
"""A share by the last visit, or cumulative shares by week: 0.1, or { 12 = 0.05, 24 = 0.1 }."""


class Responder(Entry):
    """Who counts as a responder at a visit (None: the primary one).

    Changes are from baseline, ``change_percent_ge`` in percent of the person's own baseline.
    """

    numbers: ClassVar[str] = "trial_number"
    name: str
    endpoint: Endpoint
    op: Operator
    value: float
    week: float | None = None


class Subgroup(Entry):
    """A column by which people are told apart, and the ``cuts`` between its groups (none: named).

    A number without cuts is cut at the median of the trial.
    """

    numbers: ClassVar[str] = "trial_number"
    of: Column
    cuts: Annotated[tuple[float, ...], LISTED] = ()

    @model_validator(mode="after")
    def _rising(self) -> Self:
        if list(self.cuts) != sorted(set(self.cuts)):
            raise ValueError(f"cuts must go up, each once (given: {list(self.cuts)})")
        if self.cuts and self.of in BY_NAME:
            raise ValueError(f"cuts do not belong to {self.of}, which is named; remove them")
        return self


class Rescue(Part):
    """Another treatment that a ``share`` of an arm has begun by the last visit, on top of its own.

    It begins at a visit from ``from_week`` on; all of these are as likely.
    """

    numbers: ClassVar[str] = "trial_number"
    share: float
    from_week: float = 0.0
    courses: Annotated[tuple[Course, ...], LISTED]


class Arm(Entry):
    """One arm: how many people, and what they get; without courses they are untreated.

    ``dropout``, ``discontinuation``, ``adherence`` and ``rescue`` override those of the trial.
    """

    numbers: ClassVar[str] = "trial_number"
    name: str
    n: int
    courses: Annotated[tuple[Course, ...], LISTED] = ()
    sessions: Annotated[tuple[Session, ...], LISTED] = ()
    sham: bool = False
    dropout: Shares | None = None
    discontinuation: Shares | None = None
    adherence: float | None = None
    rescue: Rescue | None = None

    @property
    def regimen(self) -> Regimen:
        """What the arm is to get."""
        return Regimen(name=self.name, courses=self.courses, sessions=self.sessions, sham=self.sham)


class Trial(Entry):
    """The protocol but for its people and arms; every field is in ``docs/nomenclature.md``.

    Raises InputError for unknown words, numbers out of range and fields that contradict.
    """

    numbers: ClassVar[str] = "trial_number"
    name: str
    layout: Layout = "parallel"
    visits_weeks: Weeks
    endpoint: Endpoint = "nonvellus_hair_density"
    primary_week: float | None = None
    instrument: Annotated[str, AfterValidator(_instrument)] = "phototrichogram_corrected"
    target_area_cm2: float = 1.0
    change_sd: float | None = None
    difference: float | None = None
    control: str | None = None
    blinding: Blinding = "double_blind"
    country: Annotated[str, Word("country")] | None = None
    season_start: Season | None = None
    # what goes wrong
    dropout: Shares = 0.0
    dropout_odds_per_10_percent_lost: float = 1.0
    discontinuation: Shares = 0.0
    adherence: float = 1.0
    rescue: Rescue | None = None
    # how it is analysed
    estimand: Estimand = "treatment_policy"
    analysis: Analysis = "mmrm"
    covariance: Structure = "unstructured"
    degrees_of_freedom: Literal["satterthwaite", "kenward_roger"] = "satterthwaite"
    alpha: float = 0.05
    margin: float | None = None
    multiplicity: Multiplicity = "none"
    strata: Annotated[tuple[Subgroup, ...], LISTED] = ()
    block_size: int | None = None
    # interim analyses
    accrual_weeks: float = 0.0
    interim_weeks: Weeks = ()
    boundary: Boundary = "lan_demets_obrien_fleming"
    futility_z: Annotated[tuple[float, ...], LISTED] = ()
    # split scalp and crossover
    within_person_correlation: float | None = None
    spillover: float = 0.0
    period_weeks: float | None = None
    washout_weeks: float = 0.0

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        for check in (self._of_visits, self._of_layout, self._of_interims, self._of_shares):
            for field, problem in check():
                raise InputError(problem, field=field)
        return self

    def _of_visits(self) -> Iterator[tuple[str, str]]:
        given = list(self.visits_weeks)
        if len(given) < 2 or given != sorted(set(given)) or given[0] != 0:
            do = "must begin with 0, the baseline, and go up, each once, as [0, 12, 24]"
            yield "visits_weeks", f"{do} (given: {given})"
        if len({round(7 * week) for week in given}) < len(given):
            yield "visits_weeks", f"must be a day or more apart (given: {given})"
        if self.primary_week is not None and self.primary_week not in given[1:]:
            allowed = ", ".join(f"{w:g}" for w in given[1:])
            problem = f"is no visit after the baseline (given: {self.primary_week:g}"
            yield "primary_week", f"{problem}; allowed: {allowed})"

    def _of_layout(self) -> Iterator[tuple[str, str]]:
        for layout, own in OF_LAYOUT.items():
            for name in own:
                if self.layout != layout and name in self.stated:
                    given = f"(given: {self.layout}); remove it"
                    yield name, f'belongs to layout = "{layout}" {given}'
        if self.layout == "crossover":
            if self.period_weeks is None:
                yield "period_weeks", "is missing; give the weeks of one period, as 24"
            elif self.period_weeks < self.visits_weeks[-1]:
                visit = f"the last visit, week {self.visits_weeks[-1]:g} of a period"
                yield "period_weeks", f"ends before {visit} (given: {self.period_weeks:g})"
        if self.block_size is not None and not self.strata:
            yield "block_size", "needs strata: without them every arm gets exactly its n; remove it"

    def _of_interims(self) -> Iterator[tuple[str, str]]:
        looks, end = list(self.interim_weeks), self.accrual_weeks + self.primary
        if looks != sorted(set(looks)):
            yield "interim_weeks", f"must go up, each once (given: {looks})"
        if looks and self.accrual_weeks == 0:
            problem = "need accrual_weeks: where all begin at once, all end at once"
            yield "interim_weeks", f"{problem} (given: {looks})"
        for week in looks:
            given = f"(given: week {week:g})"
            if week >= end:
                problem = f"an interim after the end: the last person reaches week {self.primary:g}"
                yield "interim_weeks", f"{problem} in week {end:g} of the trial {given}"
            if week <= self.primary:
                problem = f"nobody has reached the primary visit, week {self.primary:g}, by then"
                allowed = f"interims lie between week {self.primary:g} and {end:g}"
                yield "interim_weeks", f"{problem} {given}; {allowed}"
        if self.futility_z and len(self.futility_z) != len(looks):
            yield "futility_z", (f"needs one number for each of the {len(looks)} interim analyses "
                                 f"(given: {list(self.futility_z)})")  # fmt: skip

    def _of_shares(self) -> Iterator[tuple[str, str]]:
        for name in ("dropout", "discontinuation"):
            problem = wrong_shares(getattr(self, name))
            if problem:
                yield name, problem

    @property
    def primary(self) -> float:
        """Week of the primary visit."""
        return self.visits_weeks[-1] if self.primary_week is None else self.primary_week

    @property
    def better(self) -> int:
        """1 where more of the primary endpoint is better, -1 where less is."""
        return better(self.endpoint)


def better(endpoint: str) -> int:
    """1 where more of an endpoint is better, -1 where less is."""
    return BETTER[words("outcome").get(endpoint, {}).get("better", "up")]


def wrong_shares(given: Shares) -> str:
    """What is wrong with cumulative shares; empty where nothing is."""
    if not isinstance(given, dict):
        return "" if 0 <= given <= 1 else f"must lie between 0 and 1 (given: {given:g})"
    try:
        weeks = [float(week) for week in given]
    except ValueError:
        return f"keys are weeks, as {{ 12 = 0.05, 24 = 0.1 }} (given: {', '.join(given)})"
    shares, said = list(given.values()), ", ".join(f"{w} = {s:g}" for w, s in given.items())
    if not weeks:
        return "is empty; give shares by week, as { 12 = 0.05, 24 = 0.1 }"
    if weeks != sorted(set(weeks)) or shares != sorted(shares) or weeks[0] < 0:
        return f"weeks and cumulative shares must go up (given: {said})"
    inside = shares[0] >= 0 and shares[-1] <= 1
    return "" if inside else f"must lie between 0 and 1 (given: {said})"


def last(shares: Shares) -> float:
    """The share by the last visit."""
    return max(shares.values()) if isinstance(shares, dict) else shares
