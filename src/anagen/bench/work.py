"""What is timed: the works W1 to W4, from ``data/benchmarks.yaml``.

W1 one population, W2 a clock per patient, W3 options for the same patients, W4 the full law.
Every peer gets a `Work` and returns the same sums: `SERIES` per group, option and day.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anagen.errors import InputError, unknown_word
from anagen.files import data_path, read_yaml
from anagen.follicle.law import PHASES, FollicleLaw
from anagen.follicle.residence import Floats, Residence
from anagen.follicle.scalps import Course, Reading, Scalps
from anagen.parameters import parameter

SERIES = (*PHASES, "shed", "length")
"""What each peer counts per day: follicles per phase at the instant of the day, hairs shed since
the day before, and the length of all hairs in days of growth at full size."""
LOADED_SERIES = (*SERIES, "visible", "growth", "mass", "nonvellus", "calibre")
"""The same of W4, where a young hair is hidden and a small one thin: hairs seen, growth and mass
per day of those that grow, and at visits (0 on other days) thick hairs and the sum of calibres."""


@dataclass(frozen=True, kw_only=True)
class Work:
    """One piece of work: a law, patients, options and days."""

    name: str
    law: FollicleLaw
    patients: int
    follicles: int  # per patient
    days: int
    history: int = 0  # days grown before day 0
    clocks: tuple[Floats, ...] = ()  # per option: (patients or 1, days, 4); empty: at rest
    dht: Floats | None = None  # (days,), share of the resting level
    visits: tuple[int, ...] = ()
    load: dict[str, float] = field(default_factory=dict)  # further fields of `Scalps`

    @property
    def options(self) -> int:
        """How many options the follicles live through."""
        return max(len(self.clocks), 1)

    @property
    def groups(self) -> int:
        """Patients with sums of their own; in W1 all follicles are one group."""
        return self.patients if self.clocks or self.history else 1

    @property
    def total(self) -> int:
        """Follicles of all patients, options apart."""
        return self.patients * self.follicles

    @property
    def follicle_days(self) -> int:
        """Days lived by all follicles in all options, and in their history once."""
        return self.total * (self.history + self.options * self.days)

    def clock(self, option: int, group: int) -> Floats | None:
        """Clock rates (days, 4) of one group under one option; None at rest."""
        if not self.clocks:
            return None
        rows = self.clocks[option]
        return np.asarray(rows[min(group, len(rows) - 1)])

    def scalps(self) -> Scalps:
        """The patients as the engine takes them: sound unless ``load`` says otherwise."""
        return Scalps(
            patient=np.arange(self.patients),
            follicles=self.follicles,
            history=self.history,
            onset=-self.history,
            **self.load,
        )

    def courses(self) -> list[Course]:
        """The options as the engine takes them."""
        dht = None if self.dht is None else np.tile(self.dht, (self.patients, 1))
        return [
            Course(days=self.days, clock=clock, row=self._rows(clock), dht=dht)
            for clock in self.clocks or (None,)
        ]

    @property
    def reading(self) -> Reading:
        """What counts as a non-vellus hair; the peers have no other threshold."""
        return Reading(nonvellus=parameter("vellus_diameter_cutoff").value)

    def _rows(self, clock: Floats | None) -> NDArray[np.int64] | None:
        if clock is None:
            return None
        return np.minimum(np.arange(self.patients), len(clock) - 1)[:, None]


@cache
def bench_data() -> dict[str, Any]:
    """The content of ``data/benchmarks.yaml``."""
    content: dict[str, Any] = read_yaml(data_path("benchmarks.yaml"))
    return content


def make_work(name: str, follicles: int | None = None, days: int | None = None) -> Work:
    """One of the works, whole or cut to ``follicles`` in all and to ``days``.

    The patients of a cut work are the first ones of the whole. Raises InputError for an unknown
    name or a cut to nothing.
    """
    works = bench_data()["works"]
    if name not in works:
        raise InputError(unknown_word("work", name, works))
    spec = works[name]
    total = spec["patients"] * spec["follicles"] if follicles is None else follicles
    days = spec["days"] if days is None else days
    if total < 1 or days < 1:
        raise InputError(f"a work has at least 1 follicle and 1 day (given: {total}, {days})")
    patients = max(total // spec["follicles"], 1)
    loaded = "history" in spec
    shared = {k: spec[k] for k in ("severity", "affected_share", "onset_spread", "ramp",
                                   "full_calibre") if k in spec}  # fmt: skip
    return Work(
        name=name,
        law=bench_law(loaded=loaded),
        patients=patients,
        follicles=min(spec["follicles"], total),
        days=days,
        history=spec.get("history", 0),
        clocks=_drug_clocks(spec, days) if loaded else _patient_clocks(spec, patients, days),
        dht=_drug_dht(spec, days),
        visits=tuple(v for v in spec.get("visits", ()) if v <= days),
        load=shared,
    )


def bench_law(*, loaded: bool) -> FollicleLaw:
    """The law of the works; ``loaded`` with all that W4 adds."""
    data = bench_data()
    phases = {p: Residence(v["mean"], v["sd"] / v["mean"]) for p, v in data["law"].items()}
    more: dict[str, Any] = dict(data["loaded"]) if loaded else {"emergence_delay": 0.0}
    if loaded:
        more["androgen_drive"] = tuple(more["androgen_drive"])
    return FollicleLaw(**{**phases, **more})


def _patient_clocks(spec: dict[str, Any], patients: int, days: int) -> tuple[Floats, ...]:
    """Rates (patients, days, 4) per arm: spread between patients, a season, the arm's factor."""
    if "arms" not in spec:
        return ()
    law = bench_data()["clocks"]
    rng = np.random.default_rng(law["seed"])
    own = rng.normal(size=(patients, 6))  # drawn patient by patient: a cut keeps the first ones
    angle = 2 * np.pi * np.arange(days) / 365.25
    wave = law["season"] * np.cos(angle[None, :] - np.arctan2(own[:, 4:5], own[:, 5:6]))
    rate = np.exp(law["spread"] * own[:, None, :4] + wave[:, :, None])
    return tuple(rate * np.asarray(arm, dtype=float) for arm in spec["arms"])


def _drug_clocks(spec: dict[str, Any], days: int) -> tuple[Floats, ...]:
    """One row of rates that tend to the drug's factors."""
    if "arms" not in spec:
        return ()
    come = 1 - np.exp(-np.arange(days) / bench_data()["course"]["drive_days"])
    return tuple(1 + come[None, :, None] * (np.asarray(arm) - 1.0) for arm in spec["arms"])


def _drug_dht(spec: dict[str, Any], days: int) -> Floats | None:
    """Scalp DHT as a share of rest, falling towards that of the drug."""
    if "dht_share" not in spec:
        return None
    fall = 1 - np.exp(-np.arange(days) / bench_data()["course"]["dht_days"])
    return np.asarray(1 + fall * (spec["dht_share"] - 1))
