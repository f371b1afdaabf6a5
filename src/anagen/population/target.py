"""A published baseline table, line by line, and what weights make of each line."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from anagen.population.matching import Floats

Statistic = Literal["mean", "sd", "median", "q1", "q3", "percent"]
LEVELS = {"q1": 0.25, "median": 0.5, "q3": 0.75}
"""Share of the people below a quantile: its definition."""
IQR_OF_SD = 1.349
"""Interquartile range of a normal law of SD 1, as quantiles are set beside means."""

Mask = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Target:
    """One published number about ``of`` (a column of the pool) in a ``subgroup`` (empty: all).

    ``published`` is in the column's unit, or percent of all people who are in the subgroup.
    ``mean`` goes with a ``sd`` line, ``spread`` is the published SD where there is one, and ``n``
    the people behind the number.
    """

    of: str
    statistic: Statistic
    published: float
    subgroup: str = ""
    mean: float = 0.0
    spread: float | None = None
    n: int | None = None

    @property
    def label(self) -> str:
        """The line as a sentence names it."""
        where = f" of {self.subgroup}" if self.subgroup else ""
        if self.statistic == "percent":
            return f"percent{where}"
        return f"{self.statistic} of {self.of}{where}"

    def scale(self, x: Floats) -> float:
        """The unit of a remainder: the published SD, else that of the pool."""
        return self.spread or max(float(np.std(x)), 1e-9)

    def moment(self, x: Floats, inside: Mask) -> Floats:
        r"""What must average to zero over the weighted people, (people,).

        Mean: $(x - m) / s$. SD: $((x - m) / s)^2 - 1$, which with the mean's line gives both.
        Quantile: $[x \le q] -$ its share. Percent: $[inside] -$ its share. All but the last are
        zero outside the subgroup.
        """
        match self.statistic:
            case "percent":
                return np.asarray(inside - self.published / 100)
            case "mean":
                own: NDArray[np.floating] = np.asarray((x - self.published) / self.scale(x))
            case "sd":
                own = ((x - self.mean) / self.published) ** 2 - 1
            case _:
                own = (x <= self.published) - LEVELS[self.statistic]
        return np.where(inside, own, 0.0)

    def slack(self, x: Floats, inside: Mask) -> float:
        """Standard error of the published number, in units of its `moment`; 0 without ``n``.

        Normal law for the SD; a subgroup's counts over all people, as its moment does.
        """
        if not self.n:
            return 0.0
        level = LEVELS.get(self.statistic, self.published / 100)
        match self.statistic:
            case "percent":
                return math.sqrt(level * (1 - level) / self.n)
            case "mean":
                unit = (self.spread or float(np.std(x))) / self.scale(x)
            case "sd":
                unit = math.sqrt(2)
            case _:
                unit = math.sqrt(level * (1 - level))
        return float(inside.mean()) * unit / math.sqrt(self.n)

    def value(self, x: Floats, inside: Mask, weights: Floats) -> float:
        """What the weighted people have, in the unit of ``published``; NaN for an empty group."""
        if self.statistic == "percent":
            return float(100 * weights[inside].sum() / weights.sum())
        w = weights[inside]
        if not w.sum() > 0:
            return math.nan
        own, w = x[inside], w / w.sum()
        mean = float(w @ own)
        if self.statistic == "mean":
            return mean
        if self.statistic == "sd":
            return math.sqrt(max(float(w @ own**2) - mean**2, 0.0))
        return quantile(own, w, LEVELS[self.statistic])

    def difference(self, value: float, x: Floats) -> float:
        """``value`` minus the published one, in SDs; a share in SDs of being in or out."""
        if self.statistic == "percent":
            share = min(max(self.published / 100, 0.01), 0.99)
            return (value - self.published) / 100 / math.sqrt(share * (1 - share))
        return (value - self.published) / self.scale(x)


def quantile(x: Floats, weights: Floats, level: float) -> float:
    """The least value at or below which a share ``level`` of the ``weights`` (sum 1) lies."""
    order = np.argsort(x, kind="stable")
    below = np.cumsum(weights[order])
    place = int(np.searchsorted(below, level - 1e-9))
    return float(x[order][min(place, len(x) - 1)])


def moments(
    targets: list[Target], columns: Mapping[str, Floats], inside: Mapping[str, Mask]
) -> Floats:
    """The moments of a table, (targets, people); ``inside`` by name of the subgroup."""
    people = len(next(iter(inside.values())))
    rows = [t.moment(columns.get(t.of, np.zeros(people)), inside[t.subgroup]) for t in targets]
    return np.array(rows).reshape(len(targets), people)
