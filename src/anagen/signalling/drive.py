r"""The drive: what signals and loads do to the clocks, the growth and the calibre of a follicle.

One table (``data/parameters/drive.csv``), one path for each effect:

- $\log r_p = \sum_k \theta_{p,k} S_k + \sum_l \theta_{p,l}\, \text{load}_l$ for the clock of phase
  $p$; likewise for growth speed and the target of the calibre;
- ``calming`` multiplies the inflammation load and the immune attack, and ``repair`` the hazard of
  destruction, by $1 - \max(S, 0)$; neither has a row of its own.

The androgen load is a follicle's own and acts inside the follicle law.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Thetas = Mapping[str, Mapping[str, float]]

PHASES = ("anagen", "catagen", "telogen", "kenogen")
SHAFT = ("growth", "calibre")
DRIVERS = (
    "initiation", "perfusion", "growth_factor", "wound",
    "inflammation", "stress", "ageing", "nutrition", "attack",
)  # fmt: skip
"""Signals, and loads on a site, that have rows in the drive."""


def thetas(p: Mapping[str, float]) -> dict[str, dict[str, float]]:
    """The drive's rows by what they move, then by what moves it; what has no row is absent (0)."""
    return {
        moved: {by: p[f"theta_{moved}_{by}"] for by in DRIVERS if f"theta_{moved}_{by}" in p}
        for moved in (*PHASES, *SHAFT)
    }


def calmed(load: ArrayLike, calming: ArrayLike) -> Floats:
    r"""Inflammation load that calming leaves: $L (1 - \max(S, 0))$."""
    return np.asarray(load * (1 - np.maximum(calming, 0)))


def held(attack: ArrayLike) -> Floats:
    r"""Whether an immune attack holds a follicle: 1 where its strength $A \ge 1$, else 0."""
    return np.asarray(np.asarray(attack) >= 1, dtype=float)


def repaired(hazard: ArrayLike, repair: ArrayLike) -> Floats:
    r"""Destruction hazard [1/day] that repair leaves: $\lambda (1 - \max(S, 0))$."""
    return np.asarray(hazard * (1 - np.maximum(repair, 0)))


def factor(theta: Mapping[str, float], levels: Mapping[str, ArrayLike]) -> Floats | None:
    r"""Factor $e^{\sum \theta_k S_k}$ of signals and loads; None where nothing acts.

    ``levels``: signals and loads by name, arrays that broadcast, last axis days.
    """
    terms = [theta[name] * np.asarray(level) for name, level in levels.items() if name in theta]
    return np.asarray(np.exp(sum(terms[1:], start=terms[0]))) if terms else None
