"""What the answer hangs on: drawn parameters by their rank correlation with the net gain."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable

import numpy as np
from scipy import special
from scipy.stats import rankdata

from anagen.forecast.known import effective_sets
from anagen.forecast.salt import net
from anagen.forecast.spread import Floats, Part
from anagen.parameters import parameter
from anagen.simulate.forecast import Forecast

TOP = 10
SURE = 0.95


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


def spearman(x: Floats, y: Floats) -> Floats:
    """Rank correlation of every column of ``x`` (draws, parameters) with ``y`` (draws,).

    Ties share their mean rank; 0 where either is constant.
    """
    a, b = rankdata(x, axis=0), rankdata(y)
    a, b = a - a.mean(axis=0), b - b.mean()
    norm = np.sqrt((a**2).sum(axis=0) * (b**2).sum())
    return np.asarray(np.divide(b @ a, norm, out=np.zeros(x.shape[1]), where=norm > 0))


def by_chance(draws: float, parameters: int) -> float:
    r"""Level that the largest $|\rho|$ of independent parameters keeps below, at 95 %.

    $z_{(1 + 0.95^{1/m})/2} / \sqrt{K - 1}$, the normal law of the rank correlation of K draws
    (of as many independent parameter sets as they are worth).
    """
    z = special.ndtri((1 + SURE ** (1 / max(parameters, 1))) / 2)
    return min(1.0, float(z) / math.sqrt(max(draws - 1, 1.0)))


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
