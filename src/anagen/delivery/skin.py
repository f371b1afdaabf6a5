"""The scalp: how deep follicles reach, and how fast a solute spreads in it and vanishes from it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

GROWN = 21.0
"""Age [year] up to which the depths were measured; they are held from there on."""
MM_PER_UM = 1e-3
MM2_PER_DAY = 86400 * MM_PER_UM**2
"""1 um2/s in mm2/day."""
HOURS = 24.0


@dataclass(frozen=True)
class Solute:
    """How a solute moves in the dermis, and how it leaves its carrier.

    ``diffusion`` [mm2/day], ``loss`` [1/day], ``open_share`` of the tissue that holds it,
    ``release`` from the carrier [1/day]; infinite: it is free at once.
    """

    diffusion: float
    loss: float
    open_share: float
    release: float = math.inf


def bulge_depth(p: Mapping[str, float], age: float) -> float:
    r"""Depth of the bulge [mm]: $b_0 + b_1 \min(\text{age}, 21)$.

    ``p``: ``bulge_depth_at_birth`` $b_0$ [um], ``bulge_depth_per_year`` $b_1$ [um/year]; ``age``
    [year]; parietal scalp, 2 weeks to 21 years (deviragh1995).
    """
    grown = min(age, GROWN)
    return MM_PER_UM * (p["bulge_depth_at_birth"] + p["bulge_depth_per_year"] * grown)


def matrix_depth(p: Mapping[str, float], age: float) -> float:
    r"""Depth of the matrix of a terminal anagen follicle [mm]: $m_0 + m_1 \min(\text{age}, 21)$.

    ``p``: ``matrix_depth_at_birth`` $m_0$ [um], ``matrix_depth_per_year`` $m_1$ [um/year]; ``age``
    [year]; parietal scalp, 2 weeks to 21 years (deviragh1995).
    """
    grown = min(age, GROWN)
    return MM_PER_UM * (p["matrix_depth_at_birth"] + p["matrix_depth_per_year"] * grown)


def resting_depth(p: Mapping[str, float], age: float) -> float:
    """Depth of the resting papilla [mm]: it lies with the bulge, and deepens with it up to age 21.

    ``p``: ``papilla_depth_telogen`` [mm] of the grown scalp, and the rows of `bulge_depth`.
    """
    return p["papilla_depth_telogen"] * bulge_depth(p, age) / bulge_depth(p, GROWN)


def bulb_depth(p: Mapping[str, float], age: float, size: ArrayLike) -> Floats:
    r"""Depth of the anagen bulb [mm] by follicle size: $z = z_v + (z_m - z_v)\, m$.

    ``size`` $m$ from 0 (miniaturised, $z_v$: ``follicle_length_miniaturised`` [mm]) to 1 (terminal,
    $z_m$ by `matrix_depth`), shape kept. Both ends are published, the straight line is assumed.
    """
    shallow, deep = p["follicle_length_miniaturised"], matrix_depth(p, age)
    return np.asarray(shallow + (deep - shallow) * np.asarray(size, dtype=float))


def follicle_depths(p: Mapping[str, float], age: float, sizes: ArrayLike) -> Floats:
    """Depths [mm], shape (1 + sizes,): at rest first, then the anagen bulb of each size.

    ``sizes`` from 0 to 1, shape (sizes,). A follicle ends where the scalp ends
    (``scalp_thickness``).
    """
    depths = np.concatenate(([resting_depth(p, age)], np.ravel(bulb_depth(p, age, sizes))))
    return np.minimum(depths, p["scalp_thickness"])


def vesicle_diffusion(p: Mapping[str, float]) -> float:
    """Diffusion of vesicles in the dermis [mm2/day] (``vesicle_diffusion_dermis`` [um2/s])."""
    return p["vesicle_diffusion_dermis"] * MM2_PER_DAY


def vesicle_loss(p: Mapping[str, float]) -> float:
    r"""All losses of vesicles from the dermis [1/day]: $k = \ln 2 / t_{1/2}$.

    ``p``: ``vesicle_depot_half_life`` $t_{1/2}$ [hour]; lymph, macrophages, decay and uptake in
    one.
    """
    return math.log(2) * HOURS / p["vesicle_depot_half_life"]


def vesicle(p: Mapping[str, float]) -> Solute:
    """Vesicles as a solute, in the fluid open to them (``fluid_share_open_to_vesicles``)."""
    return Solute(vesicle_diffusion(p), vesicle_loss(p), p["fluid_share_open_to_vesicles"])


def open_to_protein(p: Mapping[str, float]) -> float:
    """Share of the dermis that holds a protein of albumin's size: $f (1 - c)$.

    ``p``: ``interstitial_fluid_fraction`` $f$, ``fluid_share_closed_to_albumin`` $c$ of it.
    """
    return p["interstitial_fluid_fraction"] * (1 - p["fluid_share_closed_to_albumin"])
