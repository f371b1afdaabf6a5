"""What a study file says: one clinical study, one YAML file, every number with its origin."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from anagen.errors import InputError
from anagen.vocabulary import known, known_outcome

Use = Literal["calibration", "validation", "reference", "context", "negative_control"]
Level = Literal[
    "full_text", "abstract", "secondary", "press", "registry", "conference", "derived", "memory"
]
Statistic = Literal[
    "value",  # level at the visit
    "change",  # change from baseline in the outcome's unit
    "change_percent",  # change from baseline in percent of baseline
    "difference",  # arm minus versus, of the change, in the outcome's unit
    "difference_percent",  # arm minus versus, in percent of baseline
    "cliffs_delta",
    "standardised_difference",
    "relative_excess",  # how much larger one arm's gain is, in percent of the other arm's gain
    "not_reached",  # measured by the study, value not seen by us
]


def _checked(standard: Callable[[str], str]) -> AfterValidator:
    def check(word: str) -> str:
        try:
            return standard(word)
        except InputError as error:
            if error.file is not None:  # the list itself is broken, not the word
                raise
            raise ValueError(error.problem) from None

    return AfterValidator(check)


def _word(kind: str) -> AfterValidator:
    return _checked(lambda word: known(kind, word))


Therapy = Annotated[str, _word("therapy")]
Route = Annotated[str, _word("route")]
Source = Annotated[str, _word("source")]
Condition = Annotated[str, _word("condition")]
Outcome = Annotated[str, _word("outcome")]
OutcomeOrFamily = Annotated[str, _checked(known_outcome)]
PassportItem = Annotated[str, _word("passport")]
Interval = Annotated[list[float], Field(min_length=2, max_length=2)]


class Record(BaseModel):
    """Base of every part of a study file: unknown keys and wrong types are refused."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class Seen(Record):
    """Where a number was seen, and how sure that makes it."""

    level: Level
    where: list[str] = []  # addresses
    locator: str | None = None  # table, figure, abstract, paragraph


class Design(Record):
    """How the study was laid out."""

    allocation: Literal["randomised", "non_randomised", "single_arm", "observational", "pooled"]
    layout: Literal["parallel", "split_scalp", "crossover", "one_group", "case_report", "none"]
    blinding: Literal["double", "single", "evaluator", "open", "no_information"]
    direction: Literal["prospective", "retrospective", "no_information"] = "no_information"
    control: str | None = None  # in words, as printed
    printed: str  # the design in the source's words


class Reference(Record):
    """How to cite the study."""

    authors: str | None = None
    title: str | None = None
    journal: str | None = None
    doi: str | None = None
    pmid: str | None = None
    url: str | None = None
    preprint: bool = False


class Registration(Record):
    """What the registry says."""

    ids: list[str] = []
    timing: Literal["prospective", "late", "retrospective", "no_information"] = "no_information"
    status: Literal["completed", "ongoing", "not_yet_recruiting", "no_information"] = (
        "no_information"
    )
    completion: str | None = None  # YYYY or YYYY-MM or YYYY-MM-DD
    results_posted: bool | None = None


class Funding(Record):
    """Who paid, and what ties the authors have to the product."""

    kind: Literal["industry", "public", "mixed", "none", "no_information"]
    sponsor: str | None = None
    conflict: str | None = None


class Age(Record):
    """Age of the participants in years."""

    mean: float | None = None
    sd: float | None = None
    low: float | None = None
    high: float | None = None


class Population(Record):
    """Who was studied."""

    diagnosis: Condition
    description: str  # as printed
    sex: Literal["male", "female", "mixed", "no_information"]
    n: int | None = None  # everybody in the study
    n_male: int | None = None
    n_female: int | None = None
    age: Age | None = None
    severity: str | None = None
    ethnicity: str | None = None
    failed: list[Therapy] = []  # enrolled because these therapies had failed
    excludes: list[Condition] = []


class Arm(Record):
    """One group of people, or one side of the scalp, and what it got."""

    id: str
    label: str  # as printed
    role: Literal["active", "control", "reference"]
    therapy: Therapy
    cotherapy: list[Therapy] = []
    route: Route = "unknown"
    n: int | None = None
    n_level: Level | None = None  # where n was seen, when not where the results were
    source: Source | None = None
    product: str | None = None
    particles_per_session: float | None = None
    particles_per_cm2: Interval | None = None
    strength_percent: float | None = None
    form: Literal["solution", "foam", "spray", "shampoo", "serum", "ointment"] | None = None
    mg_per_day: float | None = None
    per_day: float | None = None
    dose: str | None = None  # as printed
    volume: str | None = None  # as printed
    needle_mm: Interval | None = None
    sessions: int | None = None
    interval_weeks: float | None = None
    schedule: str | None = None  # as printed


class PValue(Record):
    """A p value as printed, and what it tests."""

    printed: str
    against: Literal["baseline", "control", "other_arm", "no_information"]
    test: str | None = None


class Result(Record):
    """One number of one arm (or of ``arm`` minus ``versus``) at one visit."""

    id: str
    arm: str
    versus: str | None = None
    outcome: Outcome
    measured: str  # the outcome in the source's words
    statistic: Statistic
    unit: str
    area_cm2: float | None = None  # target area that a count of hairs refers to
    week: float | None = None
    when: str | None = None  # where a week cannot be given
    subgroup: str | None = None
    definition: str | None = None  # of a responder, a remission, an event
    n: int | None = None
    mean: float | None = None
    median: float | None = None
    sd: float | None = None
    se: float | None = None
    ci: Interval | None = None
    ci_percent: float = 95
    iqr: Interval | None = None
    iqr_width: float | None = None
    share: float | None = None  # percent of n
    events: int | None = None  # people out of n
    low: float | None = None  # a range of values, or a bound when one end is missing
    high: float | None = None
    direction: Literal["up", "down", "no_difference"] | None = None
    finding: str | None = None  # what is said in words
    p: PValue | None = None
    use: Use
    seen: Seen
    note: str | None = None


class Judgement(Record):
    """One domain of a risk-of-bias tool."""

    judgement: Literal[
        "low", "some_concerns", "high", "moderate", "serious", "critical", "no_information"
    ]
    reason: str


class RiskOfBias(Record):
    """Risk of bias of the results named (``[all]``: of every result)."""

    tool: Literal["rob2", "robins_i", "none"]
    results: list[str]
    domains: dict[str, Judgement] = {}
    reason: str | None = None  # why no tool applies


class Overlap(Record):
    """Another study that counts the same people, or may."""

    study: str
    kind: Literal["component", "double_publication", "same_patients", "same_trial", "context"]
    text: str


class Remark(Record):
    """What an attentive reader found wrong, odd or worth knowing."""

    kind: Literal[
        "implausible",
        "denominator",
        "sources_conflict",
        "double_publication",
        "conflict_of_interest",
        "registration",
        "unit",
        "printed_p",
        "confounded",
        "identity",
        "assumed_detail",
        "finding",
    ]
    text: str
    results: list[str] = []


class Study(Record):
    """A clinical study, review, registration or reference series."""

    schema_: Literal[1] = Field(alias="schema")
    id: str
    label: str  # one line that a reader recognises
    kind: Literal[
        "trial", "registration", "case_report", "meta_analysis", "review", "reference", "claim"
    ]
    year: int | None = None
    country: str | None = None  # ISO 3166 two-letter code
    design: Design
    reference: Reference
    registration: Registration | None = None
    funding: Funding
    population: Population
    arms: list[Arm]
    results: list[Result] = []
    remembered: list[Result] = []  # numbers from memory: shown apart, never used
    risk_of_bias: list[RiskOfBias] = []
    passport: dict[PassportItem, Literal["present", "absent"]] | None = None
    overlaps: list[Overlap] = []
    will_answer: str | None = None  # what a registered trial will settle
    planned: list[Outcome] = []  # outcomes that its registration names
    remarks: list[Remark] = []
