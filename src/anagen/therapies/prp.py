"""Platelet-rich plasma (PRP): the growth factors it releases, for and against growth."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from anagen.errors import InputError

Floats = NDArray[np.float64]

HOURS = 24.0
FACTORS = ("pdgf_ab", "tgf_beta1", "egf", "vegf")
"""Factors from platelets; IGF-1 is that of plasma and is not raised."""
OPPOSING = "tgf_beta1"


@dataclass(frozen=True, kw_only=True)
class Releasate:
    """What 1 mL of a product releases in all, and how that moves in the dermis.

    ``factors`` [ng/mL]; ``growth``: concentration over the one that acted best in culture;
    ``opposing``: TGF-beta1 over its half-effective concentration (both dimensionless);
    ``release_rate`` and ``loss_rate`` [1/day], ``diffusion`` [mm2/day].
    """

    factors: dict[str, float]
    growth: float
    opposing: float
    release_rate: float
    loss_rate: float
    diffusion: float


def release(hours: ArrayLike, p: Mapping[str, float]) -> Floats:
    r"""Cumulative share released: $1 - e^{-t/\tau}$, ``hours`` $t$ of 0 or more.

    The time constant (``platelet_factor_release_time``) stands for a release that went on for 60
    to 300 min (Su 2008); the single exponential is an assumption.
    """
    t = np.asarray(hours, dtype=float)
    return np.asarray(-np.expm1(-np.maximum(t, 0) / p["platelet_factor_release_time"]))


def releasate(platelet_fold: float, p: Mapping[str, float]) -> Releasate:
    """What a product with ``platelet_fold`` times the platelets of blood releases.

    Platelet factors rise in proportion to the platelets of the gel that was measured (Su 2008);
    IGF-1 stays. ``growth`` is in units of the volume share of PRP that acted best on cells (5 to
    10 %): no peak in ``platelet_fold`` is built in, too much is bad only by TGF-beta1. 0 (plasma
    without platelets, or vehicle) gives no input. Raises InputError for a negative fold.
    """
    if not (math.isfinite(platelet_fold) and platelet_fold >= 0):
        problem = f"must be 0 or more, 1 is blood (given: {platelet_fold})"
        raise InputError(problem, field="platelet_fold")
    scale = platelet_fold / p["platelet_gel_fold"]
    factors = {name: scale * p[f"platelet_gel_{name}"] for name in FACTORS}
    return Releasate(
        factors=factors | {"igf1": p["platelet_gel_igf1"]},
        growth=scale / p["platelet_plasma_effective_fraction"],
        opposing=factors[OPPOSING] / p["tgf_beta1_half_effect"],
        release_rate=HOURS / p["platelet_factor_release_time"],
        loss_rate=math.log(2) * HOURS / p["growth_factor_half_life_dermis"],
        diffusion=p["growth_factor_diffusion_dermis"],
    )
