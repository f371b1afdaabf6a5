"""A healthy scalp: what people bring before any disease."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

TRAITS = ("follicle_density", "growth_rate", "full_calibre", "anagen")
"""What differs between people without disease; each has its row ``<trait>_between_people``."""


@dataclass(frozen=True, kw_only=True)
class Scalp:
    """Healthy scalps, one entry per person.

    ``follicle_density`` [1/cm2], ``growth_rate`` [mm/day] and ``full_calibre`` [um] of a hair at
    full size, ``anagen``: mean anagen over its typical value.
    """

    follicle_density: Floats
    growth_rate: Floats
    full_calibre: Floats
    anagen: Floats


def between_people(normals: ArrayLike, cv: float) -> Floats:
    r"""Factor of a person on a trait: lognormal with mean 1, $e^{\sigma z - \sigma^2/2}$.

    ``normals`` $z$ are standard normal, one per person (minus infinity never); ``cv`` the
    coefficient of variation between people, $\sigma^2 = \ln(1 + cv^2)$.
    """
    sigma = np.sqrt(np.log1p(cv**2))
    return np.asarray(np.exp(sigma * np.asarray(normals, dtype=float) - sigma**2 / 2))


def healthy_scalp(p: Mapping[str, float], normals: Mapping[str, Floats] | None, n: int) -> Scalp:
    """Scalps of ``n`` people from the parameter set ``p``.

    ``normals`` holds one standard normal number per person for each of `TRAITS`; None makes all
    of them typical. Traits are independent of each other (their correlation was not found).
    """

    def factor(trait: str) -> Floats:
        if normals is None:
            return np.ones(n)
        return between_people(normals[trait], p[f"{trait}_between_people"])

    return Scalp(
        follicle_density=p["follicle_density"] * factor("follicle_density"),
        growth_rate=p["growth_rate"] * factor("growth_rate"),
        full_calibre=p["full_calibre"] * factor("full_calibre"),
        anagen=factor("anagen"),
    )
