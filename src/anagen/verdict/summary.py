"""The shape of an answer: what ``summary.json`` holds, and its JSON schema."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

VerdictCode = Literal[
    "not_studied",
    "no_control",
    "not_shown",
    "no_clear_effect",
    "no_visible_effect",
    "may",
    "probably",
    "does",
    "works_against",
    "harms_unknown",
    "harms_seen",
    "exclusion_stands",
    "exclusion_challenged",
]


class Part(BaseModel):
    """Base of every part of an answer."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Count(Part):
    """Studies and the people in them, each once."""

    studies: int
    participants: int
    unknown: int  # studies that do not say how many people they have
    ids: list[str]


class Effect(Part):
    """A pooled difference from control, or that of the one trial there is (``k`` is 1).

    ``low`` and ``high`` are the interval that the verdict rests on (``interval_method``: guarded
    Knapp-Hartung, or z with two trials); the other intervals stand beside it.
    """

    what: str
    isolates: str
    control: str
    outcome: str
    unit: str
    k: int
    randomised: bool
    participants: int
    people_unknown: bool
    bounded: bool  # a spread was taken from a printed p: the interval is at most this wide
    estimate: float
    low: float
    high: float
    interval_method: str
    z_low: float
    z_high: float
    knapp_hartung_low: float
    knapp_hartung_high: float
    unguarded_low: float | None
    unguarded_high: float | None
    prediction_low: float | None
    prediction_high: float | None
    tau2: float | None
    tau2_method: str
    i2: float | None
    q: float
    p: float | None
    studies: list[str]


class Reading(Part):
    """One therapy against one control in one study at one visit."""

    study: str
    label: str
    arm: str
    versus: str
    control: str
    outcome: str
    unit: str
    week: float | None
    n: int | None
    estimate: float | None
    se: float | None
    low: float | None
    high: float | None
    assumed_low: float | None  # if the SD of individual change is the assumed one
    assumed_high: float | None
    method: str
    direction: str | None
    p: str | None
    obstacle: str | None
    printed: str | None  # an effect as the source measures it
    isolates: list[str]
    implausible: str | None
    assumed: bool  # a remark says that part of the reading is assumed
    healthy: bool
    risk_of_bias: str
    use: str
    seen: str


class Gain(Part):
    """A gain from baseline without a control, beside what its control does on its own."""

    study: str
    label: str
    arm: str
    outcome: str
    unit: str
    week: float | None
    n: int | None
    mean: float | None
    sd: float | None
    median: bool
    direction: str | None
    given_with: list[str]
    control: str | None
    control_low: float | None
    control_high: float | None
    implausible: str | None
    use: str
    seen: str


class PublishedPool(Part):
    """A pooled effect printed by others; never pooled again with its components."""

    study: str
    label: str
    arm: str
    outcome: str
    unit: str
    n: int | None
    estimate: float
    low: float | None
    high: float | None
    controlled: bool


class Downgrade(Part):
    """Why the certainty is lower in one GRADE domain."""

    domain: str
    steps: int
    reason: str


class Certainty(Part):
    """Certainty of evidence with every downgrade."""

    level: Literal["no evidence", "very low", "low", "moderate", "high"]
    start: str
    downgrades: list[Downgrade]


class Body(Part):
    """What the evidence holds for one question."""

    controlled: Count
    compared: Count  # with another treatment, in a mixture, or with nothing
    uncontrolled: Count
    registered: Count
    effect: Effect | None
    other_effects: list[Effect]
    no_pool_reason: str | None
    readings: list[Reading]
    gains: list[Gain]
    published_pools: list[PublishedPool]
    certainty: Certainty


class Settles(Part):
    """A registered trial and what it will answer."""

    study: str
    text: str


class Harms(Part):
    """Harms in treated people of scalp studies, and how many could still be there."""

    people: int
    serious: int
    upper_percent: float
    ids: list[str]
    uncontrolled_serious: int
    controlled_people: int
    controlled_serious: int
    control_people: int
    control_serious: int
    any_people: int
    any_events: int
    any_controlled_people: int
    any_controlled_events: int
    any_upper_percent: float
    any_control_people: int
    any_control_events: int
    any_ids: list[str]


class Row(Part):
    """One claim and its verdict."""

    id: str
    group: str
    lead: str | None  # the words under which the bottom line quotes it
    claim: str
    verdict: VerdictCode
    words: str
    controlled_words: str
    uncontrolled_words: str
    nearest_words: str
    body: Body
    nearest: Body | None
    nearest_label: str | None
    compare: list[str]
    would_show: str
    would_settle: list[Settles]
    findings: list[str]
    excluded_by: list[str]
    harms: Harms | None


class Comparator(Part):
    """A therapy that the claims are set beside, in the same terms."""

    id: str
    label: str
    lead: bool
    words: str
    body: Body


class ControlRow(Part):
    """Change of hair density in one kind of control arm."""

    kind: str
    unit: str
    k: int
    pooled: float | None
    se: float | None
    low: float | None
    high: float | None
    between_trial_sd: float | None
    people: int | None
    trials: int
    notes: list[str]
    span_low: float | None
    span_high: float | None
    readings: list[Gain]


class Coverage(Part):
    """How much evidence there is, and how it was seen."""

    studies: int
    results: int
    remembered_apart: int
    results_by_level: dict[str, int]
    results_by_use: dict[str, int]
    studies_by_kind: dict[str, int]


class Legal(Part):
    """One dated entry of the regulation table."""

    id: str
    country: str
    agency: str
    date: str | None
    status: str
    text: str
    source: str
    seen: str


class PublishedHarm(Part):
    """A harm reported anywhere after exosome products."""

    id: str
    text: str
    setting: str
    serious: bool
    review: bool
    source: str
    seen: str


class Answer(Part):
    """The whole answer to "do exosomes work for hair loss, and for whom?"."""

    kind: Literal["answer"] = "answer"
    schema_version: Literal[1] = 1
    simulated: Literal[False] = False
    question: str
    search: str
    bottom_line: list[str]
    evidence_checked: str
    coverage: Coverage
    claims: list[Row]
    comparators: list[Comparator]
    controls: list[ControlRow]
    controls_percent: list[ControlRow]
    published_harms: list[PublishedHarm]
    regulation: list[Legal]
    warnings: list[str]
    citations: list[str]
