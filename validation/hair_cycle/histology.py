"""Renewal identities of shedding and density, and the phase lengths that histology implies.

All numbers from the package's table ``hair_cycle``. Histology counts follicles that bear a hair;
empty ones are left out.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from automaton import run
from checks import Check, close, within_error
from numpy.typing import NDArray

from anagen.follicle.law import FollicleLaw
from anagen.follicle.residence import Residence
from anagen.parameters import load_parameters

Floats = NDArray[np.float64]
P = {name: p for name, p in load_parameters().items() if p.table == "hair_cycle"}
YEAR = 365
BEARING = ("anagen", "catagen", "telogen")
HISTOLOGY = np.array([P[f"{phase}_fraction_histology"].value for phase in BEARING])
OCCIPITAL = (P["catagen_fraction_histology"].high, P["telogen_fraction_histology"].low)


def implied_days(phase: str, anagen: float = P["anagen_duration"].value) -> float:
    """mu_p = mu_A share_p / share_A: shares are mean lengths over their sum."""
    return float(anagen * HISTOLOGY[BEARING.index(phase)] / HISTOLOGY[0])


def scalp_law(*means: float) -> FollicleLaw:
    """The law with these mean days of anagen, catagen, telogen and kenogen, else as tabled."""
    cv = P["residence_variation"].value
    anagen, catagen, telogen, kenogen = (Residence(mean, cv) for mean in means)
    return FollicleLaw(
        anagen=anagen, catagen=catagen, telogen=telogen, kenogen=kenogen,
        emergence_delay=P["emergence_delay"].value,
    )  # fmt: skip


def shed_per_day(follicles: float, cycle: float) -> float:
    """Hairs shed per day: follicles / mean cycle [day]; every cycle sheds one hair."""
    return follicles / cycle


def visible_share(law: FollicleLaw) -> float:
    """Share of follicles with a hair above skin: 1 - (kenogen + emergence)/cycle."""
    unseen = law.kenogen_share * law.kenogen.mean + law.emergence_delay
    return 1 - unseen / mean_cycle(law)


def mean_cycle(law: FollicleLaw) -> float:
    """Mean days from one anagen onset to the next."""
    return sum(r.mean for r in law.residences[:3]) + law.kenogen_share * law.kenogen.mean


def deviation(samples: Floats, expected: float) -> float:
    """Distance of the patients' mean from ``expected`` in its standard errors."""
    error = float(samples.std(ddof=1)) / math.sqrt(len(samples))
    return abs(float(samples.mean()) - expected) / error


def engine_deviations(law: FollicleLaw, patients: int = 50, seed: int = 6) -> dict[str, float]:
    """Deviation of the engine from the identities over one year at rest, in standard errors.

    Each patient has 20,000 follicles; the standard error is that between patients.
    """
    counts = run(law, patients=patients, follicles=20_000, days=YEAR, start="stationary", seed=seed)

    def daily(name: str) -> Floats:
        return counts.daily(name)[:, 0, 1:].mean(axis=1) / counts.follicles

    bearing = sum(daily(phase) for phase in BEARING)
    means = np.array([r.mean for r in law.residences[:3]])
    found = {
        phase: deviation(daily(phase) / bearing, share)
        for phase, share in zip(BEARING, means / means.sum(), strict=True)
    }
    found["shed per day"] = deviation(daily("shed"), shed_per_day(1, mean_cycle(law)))
    found["visible"] = deviation(daily("visible"), visible_share(law))
    return found


def checks() -> Iterator[Check]:
    """All comparisons of this file."""
    centre = [P[f"{phase}_duration"].value for phase in (*BEARING, "kenogen")]
    yield close("shed per day, 100,000 follicles, 3 years", shed_per_day(1e5, 3 * 365.25), 91, 0.5)
    yield close("histology: shares sum", HISTOLOGY.sum(), 1.0, 1e-9)
    table = {"catagen": P["catagen_duration"].value, "telogen": P["telogen_duration"].low}
    for phase, days in table.items():
        yield close(f"histology: days of {phase}", implied_days(phase), days, 0.5)
    implied = [implied_days(phase) for phase in BEARING]
    for name, law in {
        "table's centres": scalp_law(*centre),
        "histology's lengths": scalp_law(*implied, centre[3]),
    }.items():
        for what, z in engine_deviations(law).items():
            yield within_error(f"engine, {name}: {what}", z)
    shares = np.array(centre[:3]) / sum(centre[:3])
    for phase, ours, theirs in zip(BEARING, shares, HISTOLOGY, strict=True):
        yield Check(f"table's centres: share in {phase}", f"{ours:.3f}", f"{theirs:.3f}")
    days = centre[0] * OCCIPITAL[0] / (1 - sum(OCCIPITAL))
    taught = P["catagen_duration"]
    reference = f"{taught.low:g} to {taught.high:g}"
    yield Check("occipital microscopy: days of catagen", f"{days:.0f}", reference)
