"""The shape of what `anagen simulate` says: ``summary.json``, and its JSON schema."""

from __future__ import annotations

from typing import Literal

from anagen.forecast.exposure import Arrived, Wet
from anagen.forecast.known import KnownPart
from anagen.forecast.protocol import Tried
from anagen.forecast.published import Published
from anagen.forecast.ranking import Ranking
from anagen.forecast.salt import SaltGain
from anagen.forecast.spread import Band, Interval, Part, Spread
from anagen.forecast.tested import Tested
from anagen.forecast.timeline import ClinicClaim, First


class Endpoint(Part):
    """One endpoint at every visit: of the follicles, and as the instrument reads it.

    No change from today where today's value already holds the first session, as of shed hairs.
    """

    endpoint: str
    unit: str
    value: Band
    change: Band | None
    read_value: Band
    read_change: Band | None


class Option(Part):
    """One option; ``density_change`` and ``phases`` week by week, the rest visit by visit.

    ``artefact``: what the control response adds to a reading of total density. ``living``: share of
    the follicles that no scar has destroyed.
    """

    option: str
    role: Literal["regimen", "sham", "untreated"]
    sham: str | None
    endpoints: list[Endpoint]
    density_change: Band
    phases: dict[str, Band]
    living: Band
    artefact: Band


class Contrast(Part):
    """One option minus another in the same draws, at every visit."""

    option: str
    versus: str
    kind: Literal["sham", "untreated"]
    endpoint: str
    unit: str
    gain: Band
    read_gain: Band


class Gain(Part):
    """The net gain of a regimen in total density [hairs/cm2] at one week; chances are shares.

    ``measurable`` is beyond the instrument's error; ``visible`` from the low and from the high
    anchor on; ``loss``: fewer hairs than with the sham; ``zero``: exactly as many.
    ``untreated_rise``: share with more hairs than today without treatment. ``sham_share``: of the
    median reading's change, where both are gains. ``shed_over_sham``: hairs shed per day more than
    with the sham; ``living_over_sham``: share of follicles alive beyond it.
    """

    option: str
    sham: str
    week: float
    over_sham: Interval
    over_untreated: Interval
    untreated_change: Interval
    untreated_rise: float
    shed_over_sham: Interval
    living_over_sham: Interval
    change: Interval
    measurable: float
    visible_low: float
    visible_high: float
    loss: float
    measurable_loss: float
    zero: float
    read_change: Interval
    sham_read_change: Interval
    sham_share: float | None


class Signal(Part):
    """The course of one signal under one regimen, week by week; and what it moves."""

    option: str
    signal: str
    at_rest: Band
    at_bulb: Band
    moves: list[str]


class Pictured(Part):
    """A draw that is drawn, chosen by its rank in the net gain at the last visit.

    ``gain`` is the difference in the diagnosis' own endpoint, below 0 a gain where that is SALT.
    """

    percentile: float
    draw: int
    gain: float


class After(Part):
    """One effect after a session by a route [day]; its share of people is not known."""

    route: str
    effect: str
    days: float
    low: float
    high: float


class Followed(Part):
    """People who were asked for side effects after a route, and the upper bound of their share."""

    route: str
    people: int
    affected: int
    upper: float


class Thresholds(Part):
    """From which change [hairs/cm2] on something is measurable or visible."""

    measurable: Spread
    visible_low: float
    visible_high: float


class Simulated(Part):
    """One person's forecast under several options."""

    kind: Literal["simulate"] = "simulate"
    schema_version: Literal[1] = 1
    simulated: Literal[True] = True
    calibrated: Literal[False] = False
    patient: str
    diagnosis: str
    diagnoses: list[str]  # the diagnosis, what goes with it, and a gap that blood values show
    subtypes: list[str]
    stops: list[str]  # named in the file, for a doctor to weigh; no simulation answers to it
    acute: bool  # shedding with a trigger and without anything that keeps it going
    endpoint: str  # what the diagnosis is judged by
    month: float | None  # today's, where the season is simulated (northern half of the earth)
    hypothesis: str
    instrument: str
    solver: str
    seed: int
    draws: int
    positions: int
    weeks: list[float]
    thresholds: Thresholds
    tested: list[Tested]
    published: list[Published]  # what trials found of the same therapies
    extrapolations: dict[str, list[str]]  # by regimen: why its numbers rest on no trial
    gains: list[Gain]
    salt: list[SaltGain]  # alopecia areata alone
    nothing: dict[str, float]  # by regimen with vesicles or media: share of draws without effect
    null_prior: float  # what that share is drawn from
    known: KnownPart
    worth: float  # independent people that the draws are worth
    error: float  # largest Monte-Carlo standard error of a share
    not_used: list[str]  # said of this patient, and not used
    options: list[Option]
    contrasts: list[Contrast]
    clinic: list[ClinicClaim]
    first: list[First]
    wet: list[Wet]
    arrived: list[Arrived]
    signals: list[Signal]
    ranking: Ranking
    parameters: dict[str, int]
    pictures: list[Pictured]
    after_effects: list[After]
    followed: list[Followed]
    numbing: str
    regulation: str | None  # where a vesicle product is given
    vary: list[Tried]
    warnings: list[str]
    citations: list[str]
