r"""Who benefits: every simulated person under every arm, with the same follicles' luck.

No trial can see this: a person gets one arm once. What one person is expected to gain is the mean
over lucks of follicles; what is left between people is heterogeneity that traits could explain. A
share of simulated people is no promise to anyone.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from anagen.errors import InputError
from anagen.measurement.instruments import instrument, measurable_change, visible_change
from anagen.patient import SCALES, Patient
from anagen.population.entry import EntryLaw, entrants
from anagen.simulate import simulate
from anagen.simulate.model import load_of
from anagen.simulate.options import skins_of
from anagen.simulate.reading import DENSITIES
from anagen.simulate.run import SIDES
from anagen.trial.data import Floats
from anagen.trial.design import Design
from anagen.trial.outcome import grades_of, places_of
from anagen.trial.protocol import MIDDLE
from anagen.trial.replicate import follicles_of, regimen_of_arm
from anagen.trial.statistics.rank_correlation import (
    rank_correlation_interval,
    rank_correlation_se,
    spearman,
)

MOST_LUCKS = SIDES - 1
"""Areas of one scalp that are alike, beside the one that is read."""
READ_ON_DAY_0 = ("hair_diameter", "anagen_fraction")
SHARES = ("measurable", "visible_low", "visible_high")
HIDDEN = ("sulfotransferase_activity", "severity")
"""What a person brings that is not measured in a clinic."""


@dataclass(frozen=True, kw_only=True)
class Association:
    """Spearman's rank correlation of a covariate with the expected gain; ``se``, interval, people.

    ``measured``: whether a clinic knows the covariate on day 0.
    """

    of: str
    correlation: float
    se: float
    low: float
    high: float
    people: int
    measured: bool


@dataclass(frozen=True, eq=False, kw_only=True)
class Effects:
    """Gains of one arm over the control in the same people, in the unit of the primary endpoint.

    ``gains`` (people, lucks): true difference of the changes at the primary visit, above 0 where
    the arm does better. ``read`` (2, people): changes as the trial's instrument reads them under
    the arm and the control, ``unexplained`` the SD of change that the design adds to each.
    ``density`` (people,): true total density [hairs/cm2] on day 0.
    ``known`` and ``hidden``: covariates by name, (people,); nan: not known of that person.
    """

    arm: str
    versus: str
    endpoint: str
    instrument: str
    gains: Floats
    read: Floats
    unexplained: float
    density: Floats
    known: Mapping[str, Floats]
    hidden: Mapping[str, Floats]

    @property
    def people(self) -> int:
        """Number of people."""
        return len(self.gains)

    @property
    def lucks(self) -> int:
        """Number of lucks."""
        return int(self.gains.shape[1])

    @cached_property
    def expected(self) -> Floats:
        """Mean gain of each person over the lucks, (people,)."""
        return np.asarray(self.gains.mean(axis=1))

    @cached_property
    def error(self) -> Floats:
        """Monte-Carlo standard error of each person's expected gain, (people,)."""
        return np.asarray(self.gains.std(axis=1, ddof=1) / math.sqrt(self.lucks))

    @cached_property
    def luck_variance(self) -> float:
        """Variance of one person's gain between lucks, the mean over people."""
        return float(self.gains.var(axis=1, ddof=1).mean())

    @cached_property
    def people_variance(self) -> float:
        r"""Variance of expected gains between people, without the luck's part.

        $\max(0, s^2_{\bar g} - s^2_{luck} / L)$: the moment estimate of a one-way layout.
        """
        own = float(self.expected.var(ddof=1))
        return max(0.0, own - self.luck_variance / self.lucks)

    @property
    def reliability(self) -> float:
        """Share of the variance of the estimated expected gains that is between people."""
        total = float(self.expected.var(ddof=1))
        return self.people_variance / total if total > 0 else math.nan

    @cached_property
    def likely(self) -> Floats:
        r"""Expected gains pulled in so that they vary as much as true ones do, (people,).

        $\bar g + \sqrt{r}\,(g_i - \bar g)$ with the `reliability` $r$: a share beyond a threshold
        is then not made larger by luck (constrained empirical Bayes; Louis 1984, DOI
        10.1080/01621459.1984.10478062).
        """
        mean = float(self.expected.mean())
        pull = math.sqrt(self.reliability) if math.isfinite(self.reliability) else 0.0
        return np.asarray(mean + pull * (self.expected - mean))

    @property
    def mean(self) -> tuple[float, float]:
        """Mean gain and its standard error over people."""
        return float(self.expected.mean()), float(
            self.expected.std(ddof=1) / math.sqrt(self.people)
        )

    @cached_property
    def shares(self) -> dict[str, float]:
        """Share of people whose expected gain over the control is beyond each threshold.

        ``measurable``: beyond the instrument's error; ``visible_low`` and ``visible_high``: the
        ends of `visible_change`. nan where the endpoint is no density, of which none was published.
        """
        low, high = visible_change()
        least = measurable_change(instrument(self.instrument), self.density)
        limits = zip(SHARES, (least, np.array(low), np.array(high)), strict=True)
        if self.endpoint not in DENSITIES:
            return dict.fromkeys(SHARES, math.nan)
        return {name: float(np.mean(self.likely >= limit)) for name, limit in limits}

    def associations(self, level: float = 0.95) -> list[Association]:
        """Rank correlations with the expected gain, strongest first, measured ones before hidden.

        Luck in the expected gains pulls them to 0, by about the root of the `reliability`.
        Covariates known of fewer than ten people, or alike in all, are left out.
        """
        parts = ((self.known, True), (self.hidden, False))
        found = [
            rank_association(name, x, self.expected, measured=measured, level=level)
            for part, measured in parts for name, x in part.items()
        ]  # fmt: skip
        known = [one for one in found if one is not None]
        return sorted(known, key=lambda a: (not a.measured, -abs(a.correlation)))


def rank_association(
    of: str, x: Floats, y: Floats, *, measured: bool, level: float = 0.95
) -> Association | None:
    """Spearman's rank correlation with its interval (`statistics.rank_correlation`).

    ``x``, ``y`` (people,), nan where not known. None for fewer than ten people, or where one of
    both is alike in all.
    """
    there = np.isfinite(x) & np.isfinite(y)
    n = int(there.sum())
    if n < 10 or np.ptp(x[there]) == 0 or np.ptp(y[there]) == 0:
        return None
    rho = float(spearman(x[there, None], y[there])[0])
    low, high = rank_correlation_interval(rho, n, level)
    return Association(of=of, correlation=rho, se=rank_correlation_se(rho, n), low=low, high=high,
                       people=n, measured=measured)  # fmt: skip


def individual_effects(
    design: Design, p: Mapping[str, float], law: EntryLaw, people: int, lucks: int, seed: int,
    unexplained: float = 0.0,
) -> list[Effects]:  # fmt: skip
    """Gains of every arm over the control, one entry per arm in the order of the design.

    Parameters
    ----------
    design
        The trial. Treatment is as assigned and taken in full: nobody leaves, stops or is rescued,
        and every arm is a person's only one, whatever the layout.
    p, law
        One parameter set, and who enters under it.
    people
        Entrants, 10 or more, each simulated under every arm.
    lucks
        Areas of each scalp, 2 to 9, over whose follicles' luck expected gains are means. The area
        that is read on day 0 is a further one, so that a covariate's luck is not the gain's.
    seed
        Name of the people and of the luck.
    unexplained
        SD of change beyond what is simulated (`Nature`), alike in all arms: no part of a gain.

    Raises
    ------
    InputError
        For numbers out of range, and where too few people enter.
    """
    if people < 10:
        raise InputError(f"must be 10 or more (given: {people})", field="people")
    if not 2 <= lucks <= MOST_LUCKS:
        raise InputError(f"must lie between 2 and {MOST_LUCKS} (given: {lucks})", field="lucks")
    trial, who = design.trial, entrants(law, people, seed).patients
    read, _, day0 = _simulated(design, p, law, who, seed, 0)
    true, density = np.empty((lucks, *read.shape)), np.zeros(people)
    for k in range(lucks):
        _, true[k], own = _simulated(design, p, law, who, seed, k + 1)
        density += own["true_density"] / lucks
    hidden = _hidden(who, p, seed)
    known = _stated(who) | {n: x for n, x in day0.items() if n != "true_density"}
    found, c = [], design.control
    for i, _ in design.primary:
        gains = trial.better * (true[:, :, i] - true[:, :, c]).T
        found.append(Effects(
            arm=design.names[i], versus=design.names[c], endpoint=trial.endpoint,
            instrument=trial.instrument, gains=gains, read=trial.better * read[:, [i, c]].T,
            unexplained=unexplained, density=density, known=known, hidden=hidden,
        ))  # fmt: skip
    return found


def _simulated(
    design: Design, p: Mapping[str, float], law: EntryLaw, who: Sequence[Patient], seed: int,
    side: int,
) -> tuple[Floats, Floats, dict[str, Floats]]:  # fmt: skip
    """Read and true change by the primary visit, (people, arms), and readings on day 0."""
    trial = design.trial
    season, name = trial.season_start, trial.endpoint
    made = simulate(
        who, [regimen_of_arm(design, a, null=False) for a in range(len(design.arms))],
        weeks=max(trial.primary, 1), visits_weeks=(0, trial.primary), parameters=p,
        hypothesis=law.hypothesis, people="drawn", instrument=trial.instrument,
        follicles=follicles_of(design), batches=1,
        month=None if season is None else MIDDLE[season], side=side, seed=seed,
    )  # fmt: skip
    on_day_0 = {n: made.read[n][:, 0, 0] for n in (name, *READ_ON_DAY_0) if n in made.read}
    on_day_0["true_density"] = made.true["total_hair_density"][:, 0, 0]
    if name not in made.true:
        raise InputError(f"'{name}' has no true value, it is only rated; name another endpoint",
                         field="trial.endpoint")  # fmt: skip
    read, true = (x[name][..., 1] - x[name][..., 0] for x in (made.read, made.true))
    return read, true, on_day_0


def _stated(who: Sequence[Patient]) -> dict[str, Floats]:
    """What is known of people without a reading: age, years, sex (1: female) and grades."""
    found = {name: np.array([getattr(w, name) for w in who], dtype=float)
             for name in ("age", "years_since_onset")}  # fmt: skip
    found["female"] = np.array([float(w.sex == "female") for w in who])
    for scale in SCALES:
        found[scale] = places_of(grades_of(scale), [getattr(w, scale) for w in who])
    return found


def _hidden(who: Sequence[Patient], p: Mapping[str, float], seed: int) -> dict[str, Floats]:
    """`HIDDEN` of every person, as `simulate` draws them; nan where a word was stated instead."""
    skins = skins_of(who, p, drawn=True, seed=seed)
    activity = [math.nan if isinstance(s.sult_activity, str) else s.sult_activity for s in skins]
    severity = load_of(who, p, drawn=True, seed=seed).severity
    return dict(zip(HIDDEN, (np.array(activity), np.asarray(severity)), strict=True))
