"""Renewal identities of shedding and density, and the phase lengths that histology implies.

Numbers from the package's table ``hair_cycle``; the engine is held to the package's closed forms
(`anagen.follicle.stationary`). Histology counts follicles that bear a hair and leaves out the rest.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from automaton import run
from checks import Check, close, within_error
from numpy.typing import NDArray

from anagen.follicle import stationary
from anagen.follicle.law import FollicleLaw
from anagen.follicle.residence import Residence
from anagen.parameters import load_parameters

Floats = NDArray[np.float64]
P = {name: p for name, p in load_parameters().items() if p.table == "hair_cycle"}
YEAR = 365
BEARING = ("anagen", "catagen", "telogen")
HISTOLOGY = np.array([P[f"{phase}_fraction_histology"].value for phase in BEARING])
CENTRE = [P[f"{phase}_duration"].value for phase in (*BEARING, "kenogen")]
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


def tried_laws() -> dict[str, FollicleLaw]:
    """The laws that the engine is tried with; a short anagen often ends before its hair shows."""
    implied = [implied_days(phase) for phase in BEARING]
    return {
        "table's centres": scalp_law(*CENTRE),
        "histology's lengths": scalp_law(*implied, CENTRE[3]),
        "anagen of 40 days": scalp_law(40, *CENTRE[1:]),
    }


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
    found = {
        phase: deviation(daily(phase) / bearing, share)
        for phase, share in zip(BEARING, stationary.histology_shares(law), strict=True)
    }
    found["shed per day"] = deviation(daily("shed"), stationary.shed_per_day(law))
    found["visible"] = deviation(daily("visible"), stationary.visible_share(law))
    return found


def checks() -> Iterator[Check]:
    """All comparisons of this file."""
    shed = stationary.shed_per_day(scalp_law(3 * 365.25 - sum(CENTRE[1:]), *CENTRE[1:]), 1e5)
    yield close("shed per day, 100,000 follicles, 3 years", shed, 91, 0.5)
    yield close("histology: shares sum", HISTOLOGY.sum(), 1.0, 1e-9)
    table = {"catagen": P["catagen_duration"].value, "telogen": P["telogen_duration"].low}
    for phase, days in table.items():
        yield close(f"histology: days of {phase}", implied_days(phase), days, 0.5)
    for name, law in tried_laws().items():
        for what, z in engine_deviations(law).items():
            yield within_error(f"engine, {name}: {what}", z)
    shares = stationary.histology_shares(scalp_law(*CENTRE))
    for phase, ours, theirs in zip(BEARING, shares, HISTOLOGY, strict=True):
        yield Check(f"table's centres: share in {phase}", f"{ours:.3f}", f"{theirs:.3f}")
    days = CENTRE[0] * OCCIPITAL[0] / (1 - sum(OCCIPITAL))
    taught = P["catagen_duration"]
    reference = f"{taught.low:g} to {taught.high:g}"
    yield Check("occipital microscopy: days of catagen", f"{days:.0f}", reference)
