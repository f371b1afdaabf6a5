"""Published trial data and the digits printed about them, for the tests of the statistics."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

import numpy as np
from hypothesis import settings

from anagen.evidence.effect_size import Effect, Events, Group, log_risk_ratio

# A loaded machine is slow now and then; a fixed seed keeps a red run red.
settings.register_profile("anagen", deadline=None, max_examples=60, derandomize=True)
settings.load_profile("anagen")

DATA = Path(__file__).parent / "data"
Numbers = tuple[np.ndarray, np.ndarray]


def to_printed_digits(value: float | None, printed: str) -> bool:
    """Whether a value rounds to what is printed: off by half a unit of the last digit at most."""
    if value is None:
        return False
    decimals = len(printed.partition(".")[2])
    return abs(value - float(printed)) <= 0.5000001 * 10.0**-decimals


def all_to_printed_digits(values: object, printed: str) -> bool:
    """The same for numbers in a row, printed with spaces between."""
    found, expected = list(values), printed.split()
    pairs = zip(found, expected, strict=True)
    return all(to_printed_digits(float(value), text) for value, text in pairs)


@cache
def rows(name: str) -> tuple[dict[str, str], ...]:
    """Rows of a data file of this folder; its first lines name the source."""
    lines = (DATA / f"{name}.csv").read_text(encoding="utf-8").splitlines()
    return tuple(csv.DictReader(line for line in lines if not line.startswith("#")))


def column(name: str, field: str) -> list[float]:
    return [float(row[field]) for row in rows(name)]


def events(name: str) -> list[tuple[Events, Events]]:
    """Active and control arm of every trial of a binary data set."""
    return [
        (
            Events(float(row["events_active"]), float(row["n_active"])),
            Events(float(row["events_control"]), float(row["n_control"])),
        )
        for row in rows(name)
    ]


def groups(name: str) -> list[tuple[Group, Group]]:
    """Active and control arm of every trial of a continuous data set."""
    return [
        tuple(
            Group(float(row[f"mean_{arm}"]), float(row[f"sd_{arm}"]), int(row[f"n_{arm}"]))
            for arm in ("active", "control")
        )
        for row in rows(name)
    ]


def stacked(effects: list[Effect]) -> Numbers:
    """Estimates and variances of effects."""
    return np.array([e.estimate for e in effects]), np.array([e.variance for e in effects])


def bcg() -> Numbers:
    """Log risk ratios of the 13 BCG trials."""
    return stacked([log_risk_ratio(*pair) for pair in events("bcg")])


def minoxidil_arms() -> list[tuple[Group, Group]]:
    """Minoxidil 5 % and vehicle, change of target-area hairs/cm2 in men, three pivotal trials.

    Olsen 2002 (doi 10.1067/mjd.2002.124088), Olsen 2007 (foam), Lucky 2004.
    """
    return [
        (Group(18.6, 25.4, 139), Group(3.9, 21.7, 78)),
        (Group(20.9, 22.5, 180), Group(4.7, 19.7, 172)),
        (Group(26.0, 19.5, 101), Group(9.4, 14.6, 51)),
    ]
