"""Parts of the summary of a virtual trial: spreads and shares, who benefits, scans."""

from __future__ import annotations

from anagen.evidence.study import Record


class Spread(Record):
    """A number over replicates: its mean, and quantiles of it."""

    mean: float
    q05: float
    q25: float
    q50: float
    q75: float
    q95: float


class Share(Record):
    """A share of replicates with its Monte-Carlo standard error and 95 % interval (Wilson)."""

    share: float
    se: float
    low: float
    high: float
    replicates: int


class Association(Record):
    """Rank correlation of something about people with their expected gain, and its interval.

    ``measured``: whether a clinic knows it on day 0.
    """

    of: str
    correlation: float
    low: float
    high: float
    measured: bool


class Rule(Record):
    """A trial of some of the people: effect, SD of change, ``n`` per arm for 80 % power.

    ``share`` of those screened who may enter [percent], ``screened`` people in all; None: no number
    would do.
    """

    rule: str
    effect: float
    effect_se: float
    sd: float
    n: float | None
    share: float
    screened: float | None


class Enrichment(Record):
    """What recruiting a third of the people by something known on day 0 would save.

    ``best`` in people who did not choose the rule; ``rules`` in those who did, the best first;
    ``chosen``: how often each rule was; ``optimism``: n of the best rule in its own people over n
    of ``best``.
    """

    everybody: Rule
    best: Rule
    rules: list[Rule]
    chosen: dict[str, float]
    optimism: float | None


class OverDraws(Record):
    """Mean gain, its SD between people, and shares of people [percent], over parameter sets."""

    parameter_sets: int
    mean: Spread | None
    people_sd: Spread | None
    measurable: Spread | None
    visible_low: Spread | None
    visible_high: Spread | None


class Benefit(Record):
    """Who benefits: the same simulated ``people`` under both arms, central parameters, true values.

    A person's expected gain is the mean over ``lucks`` of its follicles, with a Monte-Carlo
    ``error`` (mean over people); ``people_sd`` between people without luck's part, ``luck_sd``
    within a person. ``measurable``, ``visible_low``, ``visible_high``: people [percent] whose
    expected gain over the control is beyond the instrument's error, and beyond the ends of what
    people see; None where the endpoint is no density. No promise to anyone.
    """

    arm: str
    versus: str
    people: int
    lucks: int
    mean: float
    mean_se: float
    people_sd: float
    luck_sd: float
    error: float
    reliability: float | None
    measurable: float | None
    visible_low: float | None
    visible_high: float | None
    associations: list[Association]
    enrichment: Enrichment | None
    over_draws: OverDraws | None


class ScanPoint(Record):
    """One value of a scan, central parameters: power, and the mean estimate with its error."""

    value: float | str
    power: Share
    estimate: float
    estimate_se: float


class ScanStep(Record):
    """From one value of a scan to the next in the same people with the same luck.

    Differences with their Monte-Carlo errors; ``factor``: variance of the difference of estimates
    over that of independent replicates (None: nothing varies).
    """

    before: float | str
    after: float | str
    estimate: float
    estimate_se: float
    power: float
    power_se: float
    factor: float | None


class Scanned(Record):
    """A scan of one field of the design: what it does to a primary comparison."""

    what: str
    arm: str
    versus: str
    points: list[ScanPoint]
    steps: list[ScanStep]
