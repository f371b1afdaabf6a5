"""Trials on normal numbers: people of any means and correlations, without growing a follicle.

A statistical stand-in for simulated people, for questions that are the analysis's alone: does it
keep its type I error, has it the power of the closed form. Only the primary endpoint, the global
assessment that follows from it, and two columns that nothing depends on are made; every other
endpoint is missing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from anagen.errors import InputError
from anagen.patient import Patient
from anagen.simulate.model import reading_normals
from anagen.trial.data import Floats, Ints, TrialData
from anagen.trial.design import Design
from anagen.trial.lived import STREAM, leaving, uniforms
from anagen.trial.outcome import endpoints_of
from anagen.trial.replicate import COMMON, assigned, replicate_data, stream_seed
from anagen.trial.run import Plan, nature

NORMALS, AGES, STRATA = range(STREAM + 200, STREAM + 203)
"""Streams of luck beyond those of simulated people."""
RATED = (-3.0, 3.0)
YEARS, YEARS_SD = 40.0, 10.0


@dataclass(frozen=True, eq=False, kw_only=True)
class Surrogate:
    """Normal people of a ``design``.

    Parameters
    ----------
    mean
        Of the primary endpoint by arm, part (side of a head, period; one in a parallel trial) and
        visit, the baseline first, shape (arms, parts, visits).
    covariance
        Between the readings of one person, part by part: (parts * visits, parts * visits).
    shifts
        What is added to the mean of a stratum, shape (strata, visits); people are as likely in
        each. None: no strata.
    rating
        Change that is one step of the global assessment, above 0; whole steps only.

    Raises
    ------
    InputError
        shapes that do not fit the design, a covariance that none can have.
    """

    design: Design
    mean: Floats
    covariance: Floats
    shifts: Floats | None = None
    rating: float = 10.0

    def __post_init__(self) -> None:
        parts = 1 if self.design.trial.layout == "parallel" else 2
        wanted = (len(self.design.arms), parts, len(self.design.trial.visits_weeks))
        if self.mean.shape != wanted:
            problem = f"one by arm, part and visit is needed, shape {wanted}"
            raise InputError(f"{problem} (given: {self.mean.shape})", field="mean")
        size = parts * wanted[2]
        fits = self.covariance.shape == (size, size)
        if not fits or np.linalg.eigvalsh(self.covariance).min() < -1e-9:
            problem = f"must be that of {size} readings of one person, with no variance below 0"
            raise InputError(f"{problem} (given: {self.covariance.tolist()})", field="covariance")
        if self.shifts is not None and parts > 1:
            raise InputError("strata are for a parallel trial", field="shifts")

    def data(self, seed: int, replicate: int) -> TrialData:
        """One replicate; people leave as those of a simulated trial do, none stops or is rescued.

        Luck is named by seed, replicate, arm and person: one more person changes nobody else.
        """
        match self.design.trial.layout:
            case "split_scalp":
                parts = self._of_heads(seed, replicate)
            case "crossover":
                parts = self._of_sequences(seed, replicate)
            case _:
                parts = self._of_arms(seed, replicate)
        return self._whole(parts)

    def _readings(self, seed: int, keys: Sequence[int]) -> Floats:
        """Deviations of people from their mean, (people, parts, visits)."""
        size = len(self.covariance)
        values, vectors = np.linalg.eigh(self.covariance)
        root = vectors * np.sqrt(np.maximum(values, 0.0))
        z = reading_normals(seed, keys, [NORMALS], range(size))[0]
        return np.asarray((z @ root.T).reshape(len(keys), *self.mean.shape[1:]))

    def _left(self, a: int, seed: int, keys: Sequence[int], x: Floats) -> Floats:
        base = np.where(x[:, :1] > 0, x[:, :1], np.nan)
        kept = x / base if self.design.trial.better > 0 else 2 - x / base
        return leaving(self.design.trial, self.design.arms[a], seed, keys, kept)

    def _of_arms(self, seed: int, replicate: int) -> list[_Rows]:
        sizes = [arm.n for arm in self.design.arms]
        if self.shifts is None:
            groups = [(a, stream_seed(seed, replicate, a), np.arange(n), np.zeros(n, dtype=int))
                      for a, n in enumerate(sizes)]  # fmt: skip
        else:
            own, keys = stream_seed(seed, replicate, COMMON), np.arange(sum(sizes))
            u = uniforms(own, keys.tolist(), STRATA)[:, 0]
            stratum = np.minimum((u * len(self.shifts)).astype(int), len(self.shifts) - 1)
            luck = stream_seed(seed, replicate, COMMON - 1)
            arm = assigned(sizes, stratum, self.design.trial.block_size, luck)
            groups = [(a, own, keys[arm == a], stratum[arm == a]) for a in range(len(sizes))]
        found = []
        for a, own, some, stratum in groups:
            who = some.tolist()
            x = self.mean[a, 0] + self._readings(own, who)[:, 0]
            if self.shifts is not None:
                x = x + self.shifts[stratum]
            found.append(_Rows(a, 0, a, some, stratum, x, self._left(a, own, who, x), own))
        return found

    def _of_heads(self, seed: int, replicate: int) -> list[_Rows]:
        own, who = stream_seed(seed, replicate, 0), range(self.design.arms[0].n)
        deviation = self._readings(own, who)
        x = [self.mean[a, a] + deviation[:, a] for a in (0, 1)]
        left = np.minimum(*(self._left(a, own, who, x[a]) for a in (0, 1)))
        n = len(who)
        return [_Rows(a, a, 0, np.arange(n), np.zeros(n, dtype=int), x[a], left, own)
                for a in (0, 1)]  # fmt: skip

    def _of_sequences(self, seed: int, replicate: int) -> list[_Rows]:
        found, before = [], 0
        for first, arm in enumerate(self.design.arms):
            own, who = stream_seed(seed, replicate, first), range(arm.n)
            deviation = self._readings(own, who)
            x = [self.mean[a, p] + deviation[:, p] for p, a in enumerate((first, 1 - first))]
            left = self._left(first, own, who, x[0])
            for p, a in enumerate((first, 1 - first)):
                gone = left if p == 0 else np.where(np.isfinite(left), -1.0, np.inf)
                people, zero = before + np.arange(arm.n), np.zeros(arm.n, dtype=int)
                found.append(_Rows(a, p, first, people, zero, x[p], gone, own))
            before += arm.n
        return found

    def _whole(self, parts: Sequence[_Rows]) -> TrialData:
        trial = self.design.trial
        sizes = [len(part.x) for part in parts]

        def each(name: str) -> Ints:
            return np.repeat([getattr(part, name) for part in parts], sizes).astype(np.int64)

        x = np.concatenate([part.x for part in parts])
        never, change = np.full(len(x), np.inf), x - x[:, :1]
        person = np.concatenate([part.person for part in parts])
        if trial.layout == "parallel" and self.shifts is None:
            person = np.arange(len(x))
        full = {name: np.full(x.shape, np.nan) for name in endpoints_of(self.design)}
        rated = np.clip(np.round(trial.better * change / self.rating), *RATED)
        full |= {"global_assessment": rated, trial.endpoint: x}
        z = np.concatenate(
            [reading_normals(p.seed, p.person.tolist(), [AGES], (0, 1))[0] for p in parts]
        )
        columns = {"age": YEARS + YEARS_SD * z[:, 0], "years_since_onset": np.exp(z[:, 1])}
        return TrialData(
            weeks=trial.visits_weeks, patients=(self._anyone(),) * len(x), arm=each("arm"),
            person=person, part=each("part"), sequence=each("sequence"),
            stratum=np.concatenate([part.stratum for part in parts]), entry=self._entry(sizes),
            left=np.concatenate([part.left for part in parts]), stopped=never, rescued=never,
            full=full, columns=columns | {name: value[:, 0] for name, value in full.items()},
        )  # fmt: skip

    def _anyone(self) -> Patient:
        sex = "female" if self.design.population.sex == "female" else "male"
        return Patient(sex=sex, diagnosis=self.design.population.diagnosis)

    def _entry(self, sizes: Sequence[int]) -> Floats:
        """Entry evenly over the time of accrual, in every arm."""
        even = np.concatenate([(np.arange(n) + 0.5) / n for n in sizes])
        return np.asarray(self.design.trial.accrual_weeks * even)


@dataclass(frozen=True, eq=False)
class _Rows:
    """People of one arm, side or period: readings (people, visits) and when they left."""

    arm: int
    part: int
    sequence: int
    person: Ints
    stratum: Ints
    x: Floats
    left: Floats
    seed: int


def covariance_of(sd: ArrayLike, correlation: ArrayLike, between: float | None = None) -> Floats:
    r"""Covariance of one person's readings, :math:`C_{vw} = s_v s_w R_{vw}`.

    ``sd`` $s$ by visit (visits,), ``correlation`` $R$ over visits (visits, visits). With
    ``between`` $b$, the correlation of two sides of a head or two periods at one visit, of both:
    $C$ on the diagonal and $b C$ beside it, (2 visits, 2 visits), which is possible for every b
    from -1 to 1. Raises InputError for shapes that do not fit and a ``between`` beyond that.
    """
    s, r = np.asarray(sd, dtype=np.float64), np.asarray(correlation, dtype=np.float64)
    if s.ndim != 1 or r.shape != (s.size, s.size):
        problem = f"{s.size} visits by {s.size} are needed (given: shape {r.shape})"
        raise InputError(problem, field="correlation")
    own = s[:, None] * s * r
    if between is None:
        return np.asarray(own)
    if not -1 <= between <= 1:
        raise InputError(f"must lie between -1 and 1 (given: {between:g})", field="between")
    return np.asarray(np.kron([[1.0, between], [between, 1.0]], own), dtype=np.float64)


def from_changes(baseline_sd: float, slope: ArrayLike, residual: ArrayLike) -> Floats:
    r"""Covariance of (baseline, later values) of which the change is $\beta_v (x - \mu) + e_v$.

    ``slope`` $\beta$ by visit after the baseline (visits - 1,), ``residual`` the covariance of $e$:
    what an analysis of covariance, or a mixed model of the changes given the baseline, estimates.
    Units of the endpoint.
    """
    onto = np.concatenate([[1.0], 1.0 + np.asarray(slope, dtype=np.float64)])
    noise = np.pad(np.asarray(residual, dtype=np.float64), ((1, 0), (1, 0)))
    return np.asarray(baseline_sd**2 * np.outer(onto, onto) + noise)


def learnt(plan: Plan, people: int = 400, draw: int | None = None) -> Surrogate:
    """The `Surrogate` of a ``plan``: means and covariance of simulated ``people`` of every arm.

    A pilot under one parameter set (``draw`` None: the central one), in which nobody leaves; the
    covariance is pooled over arms (and sequences), each around its own mean. Every arm of it has
    the design's own number of people. Raises InputError as the simulation does.
    """
    design = plan.design
    still = {"dropout": 0.0, "strata": (), "block_size": None, "accrual_weeks": 0.0,
             "interim_weeks": (), "futility_z": ()}  # fmt: skip
    trial = design.trial.model_copy(update=still)
    arms = tuple(arm.model_copy(update={"n": people, "dropout": None}) for arm in design.arms)
    large = design.model_copy(update={"trial": trial, "arms": arms})
    data = replicate_data(large, nature(replace(plan, design=large), draw), plan.seed, 0)
    x, parts = data.full[trial.endpoint], 1 if trial.layout == "parallel" else 2
    mean = np.zeros((len(arms), parts, len(data.weeks)))
    away = np.empty_like(x)
    for a in range(len(arms)):
        for p in range(parts):
            own = (data.arm == a) & (data.part == p)
            if own.any():
                mean[a, p] = x[own].mean(axis=0)
                away[own] = x[own] - mean[a, p]
    order = np.lexsort((data.part, data.person))
    rows = away[order].reshape(-1, parts * len(data.weeks))
    groups = len(arms) if trial.layout != "split_scalp" else 1
    return Surrogate(
        design=design, mean=mean, covariance=rows.T @ rows / (len(rows) - groups),
    )  # fmt: skip
