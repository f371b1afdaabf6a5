"""People chosen by what earlier therapies did for them: each is simulated on them and judged."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from anagen.measurement.instruments import instrument, measurable_change
from anagen.patient import Patient
from anagen.population.grading import scaling
from anagen.population.matching import Floats
from anagen.population.request import Request
from anagen.simulate.baseline import AT_ONCE, AT_ONCE_ILL, baselines, plain
from anagen.simulate.conditioning import systematic
from anagen.simulate.past import judged, tried

LEAST = 1e-9
"""Chance of a judgement below which nobody is parted from anybody."""


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """People chosen by their history, and what a reader must know.

    ``scale``: who judges so with the chance $c$ is kept with the chance `shares` gives; infinite
    where nobody is parted from anybody. ``rate``: share of the people kept.
    """

    people: list[Patient]
    warnings: tuple[str, ...] = ()
    scale: float = math.inf
    rate: float = 1.0


def chosen_by_history(
    request: Request, who: Sequence[Patient], n: int, p: Mapping[str, float], *,
    hypothesis: str, follicles: int, seed: int, threads: int,
) -> Chosen:  # fmt: skip
    """Choose ``n`` of the people ``who`` by the chance that they judge the history as asked for.

    Everyone is kept as often, up to once, as that chance says (`past.judged`: as if tried today).
    Where fewer than needed are judged so, the nearest are taken and a warning says so; a therapy
    that cannot be simulated, or whose response is not known, chooses nobody. Raises InputError as
    `simulate`.
    """
    said = tuple(
        f"history: {past.therapy} ({past.response}) is not simulated, and chooses nobody"
        for past in request.history
        if tried(past) is None
    )
    if len(said) == len(request.history):
        return Chosen(people=list(who[:n]), warnings=said)
    chance = chances(request, who, p, hypothesis=hypothesis, follicles=follicles, seed=seed,
                     threads=threads)  # fmt: skip
    there = float(chance.sum())
    scale = scaling(np.maximum(chance, LEAST), n)
    kept = systematic(shares(chance, scale), n)
    if there < n:
        said += (f"history: of {len(who)} people grown only {there:.0f} respond as asked for; the "
                 f"nearest make up {n}",)  # fmt: skip
    return Chosen(people=[who[i] for i in kept], warnings=said, scale=scale, rate=n / len(who))


def shares(chance: Floats, scale: float) -> Floats:
    """Share of people who are kept, (people,): their ``chance`` to judge so, scaled, at most 1."""
    return np.minimum(np.maximum(chance, LEAST) * scale, 1.0)


def chances(
    request: Request, who: Sequence[Patient], p: Mapping[str, float], *,
    hypothesis: str, follicles: int, seed: int, threads: int,
) -> Floats:  # fmt: skip
    """Chance of each of ``who`` to judge the earlier therapies so, some of them at a time."""
    shown = baselines(who, p, hypothesis=hypothesis, follicles=follicles, seed=seed,
                      threads=threads)["total_hair_density"]  # fmt: skip
    least = measurable_change(instrument("phototrichogram_corrected"), shown)
    step = AT_ONCE if all(map(plain, who)) else AT_ONCE_ILL
    logs = [
        judged(who[i : i + step], request.history, p, hypothesis, seed, least[i : i + step])
        for i in range(0, len(who), step)
    ]
    return np.asarray(np.exp(np.concatenate(logs)))
