"""One person's course under several options, over parameter sets drawn from what is not known.

Every draw is one target area of one plausible person: its own numbers of the law, its own traits,
follicles and hand that sets the needles; where something is known of the patient, of people who
agree with it. All options share them, so that a difference between
options is the therapy's.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from anagen.conditions.healthy import Floats
from anagen.delivery.layer import Solver
from anagen.errors import InputError
from anagen.measurement import instruments
from anagen.measurement.instruments import Instrument
from anagen.patient import Patient
from anagen.priors import draw_parameters
from anagen.regimen import Regimen
from anagen.signalling.response import SIGNALS
from anagen.simulate.conditioning import Known, Person, known
from anagen.simulate.exposure import POSITIONS, SIDE, Exposure
from anagen.simulate.model import parameter_set, people_scalps
from anagen.simulate.result import Result
from anagen.simulate.run import simulate

Key = TypeVar("Key")

DRAWS = 200
"""Parameter sets of a forecast; the reference cohort ships for so many."""
MOST_DRAWS = 1_000_003
AREA = (SIDE / 10) ** 2
"""The target area [cm2]."""
PHASES = ("anagen", "catagen", "telogen", "kenogen")
TERMINAL = -1
"""Depth of an exposure at which signals are told: the bulb of a full follicle; 0 is at rest."""


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """What may happen; K draws, O options, V visits, W weeks + 1, D days.

    ``true`` and ``read``: every endpoint by its word, (K, O, V). ``density`` (K, O, W): visible
    hairs/cm2 week by week; ``phases``: share of follicles in each phase, (K, O, W). ``signals``:
    mean over positions at the resting depth and at the bulb, (K, O, 2, D), zero where nothing
    acts. ``wet``: by option and course, (K, 2, sessions, depths): share of positions wetted at each
    session, and at any so far. ``parameters``: by name, (K,). ``known``: the person of every draw,
    who agrees with what is known of the patient.
    """

    patient: Patient
    regimens: tuple[Regimen, ...]
    hypothesis: str
    instrument: Instrument
    weeks: tuple[float, ...]
    seed: int
    positions: int
    solver: Solver
    month: float | None
    known: Known
    true: dict[str, Floats]
    read: dict[str, Floats]
    density: Floats
    phases: dict[str, Floats]
    signals: dict[str, Floats]
    wet: dict[tuple[int, int], Floats]
    parameters: dict[str, Floats]

    @property
    def options(self) -> tuple[str, ...]:
        """Names of the options."""
        return tuple(r.name for r in self.regimens)

    @property
    def draws(self) -> int:
        """Number of draws."""
        return len(self.density)

    def change(self, endpoint: str, option: int, *, read: bool = False) -> Floats:
        """Change of ``endpoint`` from day 0, (K, V)."""
        values = (self.read if read else self.true)[endpoint][:, option]
        return np.asarray(values - values[:, :1])

    def gain(self, endpoint: str, option: int, versus: int, *, read: bool = False) -> Floats:
        """``option`` minus ``versus`` in the same draws, (K, V)."""
        values = (self.read if read else self.true)[endpoint]
        return np.asarray(values[:, option] - values[:, versus])

    def first_week(self, option: int, threshold: Floats | float) -> Floats:
        """First week from which density stays ``threshold`` [hairs/cm2] up, (K,); inf: never."""
        up = self.density[:, option] - self.density[:, option, :1] >= np.reshape(threshold, (-1, 1))
        lasting = np.logical_and.accumulate(up[:, ::-1], axis=1)[:, ::-1]
        return np.where(lasting.any(axis=1), lasting.argmax(axis=1), np.inf)

    def measurable(self) -> Floats:
        """Change of density [hairs/cm2] beyond the instrument's error, (K,)."""
        baseline = self.density[:, 0, 0]
        return np.asarray(instruments.measurable_change(self.instrument, baseline))


def sham_of(regimen: Regimen) -> Regimen:
    """The same needles, volumes and times with nothing active; what holds nothing is its own."""
    if not regimen.active:
        return regimen
    return Regimen(
        name=f"sham of {regimen.name}", courses=regimen.courses, sessions=regimen.sessions,
        sham=True,
    )  # fmt: skip


def forecast(
    patient: Patient,
    regimens: Sequence[Regimen],
    *,
    weeks: float = 52,
    visits_weeks: Sequence[float] | None = None,
    draws: int = DRAWS,
    hypothesis: str = "gradual",
    instrument: str = "phototrichogram_corrected",
    positions: int = POSITIONS,
    solver: Solver = "closed",
    month: float | None = None,
    seed: int = 0,
    threads: int = 1,
    meant: Known | None = None,
    told: Callable[[int], None] = lambda done: None,
) -> Forecast:
    """Simulate ``patient`` under ``regimens`` for every one of ``draws`` parameter sets.

    Parameters
    ----------
    patient, regimens
        Who, and the options.
    weeks, visits_weeks, hypothesis, instrument, positions, solver, month
        As in `simulate`.
    draws, seed, threads
        Parameter sets 0 to ``draws`` - 1; the name of the luck; neither it nor ``threads`` changes
        a parameter set.
    meant
        Who may be meant, from `who_is_meant` with the same arguments; None: found anew.
    told
        Called with the number of draws done.

    Raises
    ------
    InputError
        As `simulate`, and for too few or too many draws.
    """
    if not 2 <= draws < MOST_DRAWS:
        problem = f"must lie between 2 and {MOST_DRAWS - 1} (given: {draws})"
        raise InputError(problem, field="draws")
    if meant is None:
        meant = who_is_meant(patient, draws, hypothesis=hypothesis, month=month, seed=seed,
                             threads=threads)  # fmt: skip

    def one(person: Person) -> _Draw:
        p, luck, who = draw_parameters(person.draw), luck_of(seed, person.draw), person.patient
        result = simulate(
            who, regimens, weeks=weeks, visits_weeks=visits_weeks, parameters=p,
            hypothesis=hypothesis, people="drawn", instrument=instrument, batches=1,
            follicles=follicles(who, p, luck), positions=positions, solver=solver, month=month,
            seed=luck,
        )  # fmt: skip
        return _reduced(result, p)

    apart = list(dict.fromkeys(meant.people))  # a person picked twice lives one life
    lives: dict[Person, _Draw] = {}
    with ThreadPoolExecutor(threads) as pool:
        for person, life in zip(apart, pool.map(one, apart), strict=True):
            before, after = (round(n / len(apart) * draws) for n in (len(lives), len(lives) + 1))
            lives[person] = life
            for done in range(before, after):
                told(done + 1)
    parts = [lives[person] for person in meant.people]
    first = parts[0]
    return Forecast(
        patient=patient, regimens=tuple(regimens), hypothesis=hypothesis,
        instrument=instruments.instrument(instrument), weeks=first.weeks, seed=seed,
        positions=positions, solver=solver, month=month, known=meant,
        true=_stacked([d.true for d in parts]), read=_stacked([d.read for d in parts]),
        density=np.array([d.density for d in parts]), phases=_stacked([d.phases for d in parts]),
        signals=_stacked([d.signals for d in parts]), wet=_stacked([d.wet for d in parts]),
        parameters=_stacked([d.parameters for d in parts]),
    )  # fmt: skip


def who_is_meant(
    patient: Patient,
    draws: int = DRAWS,
    *,
    hypothesis: str = "gradual",
    month: float | None = None,
    seed: int = 0,
    threads: int = 1,
    told: Callable[[], None] = lambda: None,
) -> Known:
    """The people of a forecast's draws, by what is known of the ``patient`` (`conditioning.known`).

    ``told`` is called after every parameter set. Raises InputError.
    """
    return known(patient, draws, hypothesis=hypothesis, seed=seed, luck_of=luck_of, month=month,
                 threads=threads, told=told)  # fmt: skip


def luck_of(seed: int, draw: int) -> int:
    """Name of the luck of one ``draw`` of the forecast that is named ``seed``."""
    return (seed * MOST_DRAWS + draw) % 2**32


def follicles(patient: Patient, p: dict[str, float], luck: int) -> int:
    """Follicles in the target area of one draw."""
    scalp = people_scalps([patient], parameter_set(p), drawn=True, seed=luck)
    return max(1, round(float(scalp.follicle_density[0]) * AREA))


@dataclass(frozen=True, kw_only=True)
class _Draw:
    """One draw, reduced to what a forecast keeps."""

    weeks: tuple[float, ...]
    true: dict[str, Floats]
    read: dict[str, Floats]
    density: Floats
    phases: dict[str, Floats]
    signals: dict[str, Floats]
    wet: dict[tuple[int, int], Floats]
    parameters: dict[str, float]


def _reduced(result: Result, p: dict[str, float]) -> _Draw:
    counts = result.counts[0]
    weekly = slice(0, math.floor(result.weeks[-1]) * 7 + 1, 7)
    n = counts.follicles
    density = float(result.scalp.follicle_density[0])
    exposures = [of_skins[0] for of_skins in result.exposures]
    return _Draw(
        weeks=result.weeks,
        true={name: value[0] for name, value in result.true.items()},
        read={name: value[0] for name, value in result.read.items()},
        density=counts.daily("visible")[0, :, weekly] / n * density,
        phases={name: counts.daily(name)[0, :, weekly] / n for name in PHASES},
        signals={name: np.array([mean_signal(e, name) for e in exposures]) for name in SIGNALS},
        wet={(o, c): np.array(shares) for o, e in enumerate(exposures)
             for c, shares in e.wet.items()},
        parameters=p,
    )  # fmt: skip


def mean_signal(exposure: Exposure, name: str) -> Floats:
    """Mean over positions of a signal at the resting depth and at the bulb, (2, days)."""
    level = exposure.levels.get(name)
    if level is None:
        return np.zeros((2, exposure.days))
    found = level.mean(axis=1)
    return np.asarray(found[[0, TERMINAL]])


def _stacked(parts: Sequence[dict[Key, Any]]) -> dict[Key, Floats]:
    return {name: np.array([part[name] for part in parts]) for name in parts[0]}
