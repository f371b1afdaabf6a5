"""The shape of what `anagen trial` says: ``summary.json``, and its JSON schema."""

from __future__ import annotations

from typing import Literal

from anagen.evidence.study import Record
from anagen.population.baseline import Line
from anagen.trial.protocol import Estimand, Layout
from anagen.trial.published import PublishedSd
from anagen.trial.summary_parts import (
    Association,
    Benefit,
    Enrichment,
    OverDraws,
    Rule,
    Scanned,
    ScanPoint,
    ScanStep,
    Share,
    Spread,
)

__all__ = [
    "ArmSummary",
    "ArmVisit",
    "Association",
    "Attributes",
    "Benefit",
    "Characteristics",
    "Contrast",
    "Enrichment",
    "Flow",
    "Group",
    "Look",
    "NonInferior",
    "OverDraws",
    "Planned",
    "Required",
    "Responding",
    "Robust",
    "Rule",
    "ScanPoint",
    "ScanStep",
    "Scanned",
    "Scenario",
    "Sequential",
    "Share",
    "Size",
    "Spread",
    "Summary",
    "Whole",
]


class ArmVisit(Record):
    """An arm at a visit: people seen, and spreads over replicates of its observed means.

    ``change_sd``: mean over replicates of the SD between people; ``value_mean`` of an endpoint that
    is a share of people would be that share.
    """

    week: float
    endpoint: str
    unit: str
    n: float
    baseline_mean: float
    value_mean: Spread
    change_mean: Spread
    change_sd: float | None


class Flow(Record):
    """People of an arm, mean over replicates."""

    randomised: float
    stopped: float
    rescued: float
    left: float
    analysed: float


class ArmSummary(Record):
    """One arm."""

    arm: str
    n: int
    control: bool
    treatment: list[str]
    flow: Flow
    visits: list[ArmVisit]


class Contrast(Record):
    """Two arms at a visit, by the analysis of the design (secondary endpoints: ANCOVA, or pairs).

    ``difference``: spread of the estimate over replicates that draw parameters; ``power`` with the
    central parameters; ``assurance`` averages over the draws. Both count two-sided significance in
    favour of ``arm``; for the primary comparisons after multiplicity and interim analyses.
    """

    arm: str
    versus: str
    week: float
    endpoint: str
    unit: str
    primary: bool
    difference: Spread | None
    power: Share | None
    assurance: Share | None


class Characteristics(Record):
    """What one analysis of the primary endpoint does over replicates, for two arms.

    ``truth``: difference had nobody left (without spill-over and carry-over), mean over replicates;
    ``bias`` of the estimate from it, with interim analyses of that at which the trial stopped;
    ``coverage`` of it by the interval; ``se_mean`` what the analysis says its standard error is,
    ``se_empirical`` what it is; ``failed``: replicates in which it was not possible.
    """

    arm: str
    versus: str
    method: str
    chosen: bool
    type_i_error: Share | None
    power: Share | None
    assurance: Share | None
    truth: float | None
    bias: float | None
    bias_se: float | None
    coverage: Share | None
    se_mean: float | None
    se_empirical: float | None
    failed: int


class Planned(Record):
    """A comparison in closed form (Student's t).

    ``basis``: from the simulated difference and SD, or from the design's ``difference`` with its
    ``change_sd`` (else the simulated SD).
    ``n``: people of both arms; ``n_for_80``, ``n_for_90``: per arm of equal size, with dropout;
    None where ``delta`` is not told from no effect by its Monte-Carlo error ``delta_se``;
    ``detectable`` at 80 % power.
    """

    arm: str
    versus: str
    basis: Literal["simulated", "assumed"]
    delta: float
    delta_se: float
    sd: float
    n: int
    power: float
    detectable: float
    n_for_80: int | None
    n_for_90: int | None


class Size(Record):
    """Power with the first ``n`` people of an arm (heads, or people of both sequences)."""

    n: int
    power: Share


class Whole(Record):
    """All primary comparisons together: error under the null, any and all found at the centre."""

    type_i_error: Share | None
    any_power: Share | None
    all_power: Share | None


class Required(Record):
    """People for a target power, read off simulated trials of several sizes: probit on sqrt(n).

    ``n``: of the arm, with its Monte-Carlo interval; None where power does not rise; ``note`` says
    where it is no more than an extrapolation.
    """

    arm: str
    versus: str
    basis: Literal["simulated", "assumed"]
    target: float
    n: float | None
    low: float | None
    high: float | None
    note: str
    curve: list[Size]


class Responding(Record):
    """Responders of an arm, over replicates: share, and the difference from another arm."""

    responder: str
    rule: str
    week: float
    arm: str
    share: Spread
    versus: str | None
    difference: Spread | None
    power: Share | None


class Group(Record):
    """The effect in a subgroup, over replicates with the central parameters.

    ``estimate`` mean over replicates, ``se`` what one trial would say; ``shrunk``: mean over
    replicates of the estimate drawn towards the mean of all groups by what they differ beyond
    chance.
    """

    arm: str
    versus: str
    of: str
    group: str
    estimate: float
    se: float
    shrunk: float
    interaction: Share | None


class Look(Record):
    """An interim analysis or the final one: boundaries, and how often the trial ends there."""

    week: float
    information: float
    upper_z: float
    lower_z: float | None
    people: float
    stops_for_effect: Share | None
    stops_for_futility: Share | None
    stops_under_null: Share | None
    stops_if_assumed: Share | None


class Sequential(Record):
    """Interim analyses: boundaries, people recruited on average, under the effect and without."""

    boundary: str
    looks: list[Look]
    people: int
    expected_people: float | None
    expected_people_under_null: float | None
    expected_people_if_assumed: float | None


class NonInferior(Record):
    """Whether an arm is shown to be no worse than another by more than the margin."""

    arm: str
    versus: str
    margin: float
    power: Share | None
    assurance: Share | None


class Robust(Record):
    """A primary pair where those who left did worse than is expected of them at random.

    ``jump_to_reference``: difference if they went on like the control; ``power`` by that analysis,
    of the replicates in which anybody left. ``tipping``: shift of theirs, in the endpoint's unit,
    at which significance is lost, over the replicates that find the arm better; None where none is.
    """

    arm: str
    versus: str
    jump_to_reference: Spread | None
    power: Share | None
    tipping: Spread | None


class Attributes(Record):
    """The estimand in the five attributes of ICH E9(R1)."""

    treatment: str
    population: str
    variable: str
    intercurrent_events: str
    summary_measure: str
    strategy: Estimand


class Scenario(Record):
    """Replicates of one kind: how many are finished, with how many parameter sets.

    ``fallbacks``: replicates whose covariance could not be fitted, by what was used in its place;
    ``table_missed``: replicates whose parameters put the baseline table out of reach.
    """

    scenario: str
    replicates: int
    parameter_sets: int
    fallbacks: dict[str, int]
    table_missed: int


class Summary(Record):
    """A virtual trial. Everything in it is simulated, and nothing of it is evidence."""

    kind: Literal["trial"] = "trial"
    schema_version: Literal[1] = 1
    simulated: Literal[True] = True
    name: str
    seed: int
    replicates: int
    partial: bool
    posterior: str | None
    hypothesis: str
    layout: Layout
    endpoint: str
    week: float
    unit: str
    instrument: str
    estimand: Attributes
    scenarios: list[Scenario]
    population: str
    baseline: list[Line]
    arms: list[ArmSummary]
    contrasts: list[Contrast]
    characteristics: list[Characteristics]
    assumed: list[Characteristics]
    whole: Whole | None
    non_inferiority: list[NonInferior]
    robustness: list[Robust] = []
    planned: list[Planned]
    published_sd: PublishedSd | None
    required: list[Required]
    within_person_correlation: Spread | None
    responders: list[Responding]
    subgroups: list[Group]
    benefits: list[Benefit] = []
    scans: list[Scanned] = []
    sequential: Sequential | None
    regulation: list[str]
    warnings: list[str]
    citations: list[str]
