"""What was published, and how a prediction is held against it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from anagen.evidence.studies import load_studies
from anagen.evidence.study import Result
from anagen.files import read_yaml

Floats = NDArray[np.float64]
Table = Mapping[str, Floats]
LITERATURE: dict[str, Any] = read_yaml(Path(__file__).with_name("literature.yaml"))
LEVEL = 0.90
TIMES = 20
"""Trials of sampling error thrown for every draw."""
LEAST_DRAWS = 0.25
"""Share of the draws that must have an outcome for it to be judged."""


class Size(NamedTuple):
    """People of a group in a draw, and follicles of each."""

    people: int
    follicles: int


@cache
def _studies() -> dict[str, dict[str, Result]]:
    return {s.id: {r.id: r for r in s.results} for s in load_studies()}


def result(study: str, name: str) -> Result:
    """One result of a study file."""
    return _studies()[study][name]


def mean(study: str, name: str) -> float:
    """Its mean or median, per cm2 where it is per circle."""
    row = result(study, name)
    found = row.median if row.mean is None else row.mean
    assert found is not None
    return found / (row.area_cm2 or 1.0)


def share(study: str, name: str) -> float:
    """Its share [percent]."""
    found = result(study, name).share
    assert found is not None
    return found


def sd(study: str, name: str) -> float:
    """Its spread between people, per cm2 where it is per circle."""
    row = result(study, name)
    assert row.sd is not None
    return row.sd / (row.area_cm2 or 1.0)


@dataclass(frozen=True)
class Value:
    """Published ``values`` of one outcome.

    ``rule``: ``inside`` (each within the interval), ``least`` or ``most`` (a bound, which some of
    the interval has to meet), ``range`` (from the first to the last, which the interval has to
    overlap), ``shown`` (beside nothing). The trial's own sampling error: standard ``error``, or
    ``people`` of whom a percentage was counted. ``use``: ``told`` is a number that a range of the
    tables rests on, or whose miss led to a change of the law, so that a hit is no test.
    """

    outcome: str
    values: tuple[float, ...] = ()
    source: str = ""
    rule: str = "inside"
    error: float = 0.0
    people: int = 0
    use: str = ""


class Check(NamedTuple):
    """A line that can fail: what we get, what it has to be, whether it is."""

    name: str
    ours: str
    reference: str
    agrees: bool


class Line(NamedTuple):
    """A published value beside the draws; ``inside`` is None where nothing is judged."""

    value: Value
    low: float
    middle: float
    high: float
    kept: float
    inside: bool | None


def thrown(draws: Floats, value: Value) -> Floats:
    """The draws as trials of the published size would report them."""
    rng = np.random.default_rng(11)
    many = np.tile(draws, (TIMES, 1))
    if value.people:
        part = np.clip(many / 100, 0, 1)
        return np.asarray(100 * rng.binomial(value.people, part) / value.people)
    return np.asarray(many + value.error * rng.standard_normal(many.shape))


def line(value: Value, table: Table) -> Line:
    """The 90 % interval of the draws that have the outcome, and the judgement."""
    every = table[value.outcome]
    draws = every[np.isfinite(every)]
    kept = len(draws) / len(every)
    if not len(draws):
        return Line(value, math.nan, math.nan, math.nan, 0.0, None)
    ends = (0.5 - LEVEL / 2, 0.5, 0.5 + LEVEL / 2)
    low, middle, high = (float(x) for x in np.quantile(thrown(draws, value), ends))
    judged = None if value.rule == "shown" or kept < LEAST_DRAWS else agrees(value, low, high)
    return Line(value, low, middle, high, kept, judged)


def agrees(value: Value, low: float, high: float) -> bool:
    """Whether the interval from ``low`` to ``high`` meets the published values by their rule."""
    first, last = value.values[0], value.values[-1]
    match value.rule:
        case "least":
            return high >= first
        case "most":
            return low <= first
        case "range":
            return low <= last and high >= first
    return all(low <= x <= high for x in value.values)


def tabled(rows: Sequence[Mapping[str, float]]) -> dict[str, Floats]:
    """One array per outcome over the draws; nan where a draw has none."""
    names = sorted(set().union(*rows))
    return {name: np.array([row.get(name, math.nan) for row in rows]) for name in names}


def middle(table: Table, name: str) -> float:
    """Median over the draws that have it."""
    return float(np.nanmedian(table[name]))


def se(spread: float, n: float) -> float:
    """Standard error of a mean of ``n``."""
    return spread / math.sqrt(n)
