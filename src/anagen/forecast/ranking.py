"""What the answer hangs on: drawn parameters by their rank correlation with the net gain."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import numpy as np

from anagen.forecast.known import effective_sets
from anagen.forecast.salt import net
from anagen.forecast.spread import Part
from anagen.parameters import parameter
from anagen.simulate.forecast import Forecast
from anagen.trial.statistics.rank_correlation import by_chance, spearman

TOP = 10


class Ranked(Part):
    """One parameter: its rank correlation with the net gain, and what it rests on."""

    name: str
    rho: float
    kind: str
    value: float
    low: float
    high: float
    unit: str
    sources: list[str]


class Ranking(Part):
    """The parameters with the largest rank correlation with the mean net gain over ``weeks``.

    These are all visits after today: at the last alone a short-lived effect is over in most draws.
    The gain is in the diagnosis' own endpoint, more is better.
    ``by_chance``: what the largest of so many correlations stays below in 95 % of cases when none
    of the parameters matters.
    """

    option: str
    versus: str
    weeks: list[float]
    parameters: int
    by_chance: float
    top: list[Ranked]


def ranking(forecast: Forecast, option: int, versus: int, read: Iterable[str]) -> Ranking:
    """Rank the parameters in ``read`` that vary over the draws, by the gain over the visits."""
    drawn = forecast.parameters
    names = [n for n in sorted(read) if n in drawn and np.ptp(drawn[n]) > 0]
    gain = net(forecast, option, versus)[:, 1:].mean(axis=1)
    columns = [drawn[n] for n in names]
    rho = spearman(np.stack(columns, axis=1), gain) if columns else np.zeros(0)
    order = sorted(range(len(names)), key=lambda i: (-abs(rho[i]), names[i]))
    top = [_ranked(names[i], float(rho[i])) for i in order[:TOP] if rho[i] != 0]
    return Ranking(
        option=forecast.options[option], versus=forecast.options[versus],
        weeks=list(forecast.weeks[1:]), parameters=len(names),
        by_chance=by_chance(effective_sets(forecast), len(names)), top=top,
    )  # fmt: skip


def _ranked(name: str, rho: float) -> Ranked:
    p = parameter(name)
    return Ranked(name=name, rho=rho, kind=p.kind, value=p.value, low=p.low, high=p.high,
                  unit=p.unit, sources=list(p.sources))  # fmt: skip


def counted(names: Iterable[str]) -> dict[str, int]:
    """How many of the parameters are measured, fitted and assumed."""
    kinds = Counter(parameter(name).kind for name in names)
    return {kind: kinds[kind] for kind in ("measured", "fitted", "assumed")}
