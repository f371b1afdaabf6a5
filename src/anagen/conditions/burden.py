"""What a diagnosis lays on one person's follicles, day by day: the shape that all share."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from anagen.errors import InputError, unknown_word
from anagen.priors import between_people
from anagen.units import DAYS_PER_YEAR as YEAR

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LOADS = ("inflammation", "stress", "ageing", "nutrition")
"""Loads that all follicles of a site share; each has its rows in ``drive.csv``."""


@dataclass(frozen=True)
class Exit:
    """A trigger: on ``day`` (today is 0) a ``share`` of the follicles in anagen leaves it.

    Of these a part ``immediate`` sheds its hair at once, the rest after catagen and telogen.
    """

    day: int
    share: float
    immediate: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Burden:
    """What is laid on the follicles from ``history`` days before today on.

    The last axis of every table is days; entry t is day t - ``history``, and all tables have T
    entries. ``loads`` by name, (T,): 0 at rest, 1 the full disease. ``hazard`` of destruction
    [1/day], (T,). ``attack`` (kinds, T): strength of the immune attack on each kind of place, which
    holds a follicle from 1 on; ``place``: the kind of each sampled place of the scalp.
    """

    history: int = 0
    loads: Mapping[str, Floats] = field(default_factory=dict)
    hazard: Floats | None = None
    exits: tuple[Exit, ...] = ()
    attack: Floats | None = None
    place: Ints | None = None

    def __post_init__(self) -> None:
        for name in self.loads:
            if name not in LOADS:
                raise InputError(unknown_word("load", name, LOADS), field="loads")

    @property
    def plain(self) -> bool:
        """Whether nothing but an attack is laid on the follicles."""
        acts = (*self.loads.values(), self.hazard)
        return not self.exits and not any(t is not None and np.any(t) for t in acts)

    @property
    def at_rest(self) -> bool:
        """Whether nothing is laid on the follicles."""
        return self.plain and (self.attack is None or not np.any(self.attack))


def combined(burdens: Sequence[Burden], days: int) -> Burden:
    """Several diagnoses of one person: loads and hazards add up, triggers follow one another.

    ``days`` after today, as in every burden. Raises InputError for two that attack.
    """
    attacks = [b for b in burdens if b.attack is not None]
    if len(attacks) > 1:
        raise InputError("two diagnoses attack the follicles; give one", field="comorbid")
    history = max((b.history for b in burdens), default=0)
    loads: dict[str, Floats] = {}
    hazard = None
    for b in burdens:
        for name, load in b.loads.items():
            loads[name] = loads.get(name, 0.0) + lengthened(load, history + days)
        if b.hazard is not None:
            own = lengthened(b.hazard, history + days)
            hazard = own if hazard is None else hazard + own
    attack = None if not attacks else attacks[0].attack
    return Burden(
        history=history,
        loads=loads,
        hazard=hazard,
        exits=tuple(sorted((e for b in burdens for e in b.exits), key=lambda e: e.day)),
        attack=None if attack is None else lengthened(attack, history + days),
        place=attacks[0].place if attacks else None,
    )


def lengthened(table: Floats, entries: int) -> Floats:
    """A table with rest before its first day, so that it has so many ``entries``."""
    missing = entries - table.shape[-1]
    if missing <= 0:
        return table
    return np.concatenate([np.zeros((*table.shape[:-1], missing)), table], axis=-1)


def days_since(years: float, otherwise: float) -> int:
    """Whole days since an onset ``years`` ago, or ``otherwise`` years ago where it is 0."""
    return math.ceil(YEAR * (years or otherwise))


def own_factor(cv: float, rng: np.random.Generator | None) -> float:
    """A person's factor of mean 1 and coefficient of variation ``cv``; 1 for the typical person."""
    return 1.0 if rng is None else float(between_people(rng.standard_normal(), cv))


def steady(name: str, level: float, history: int, days: int) -> Burden:
    """One load of one ``level`` from its onset, ``history`` days ago, on."""
    return Burden(history=history, loads={name: np.full(history + days, level)})
