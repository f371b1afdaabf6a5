r"""From follicles to what a trial reports: one function per endpoint, before any reading error.

Counts and sums are over the follicles simulated of one patient (arrays of any shape, one value per
patient, option and visit); ``follicles`` is their number and ``follicle_density`` [1/cm2] their
density in the scalp. Every density is $D = \rho_f\, n / N$. A share or a mean over no hair is nan.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from anagen.errors import InputError

Floats = NDArray[np.float64]

UNITS = {
    "total_hair_density": "hairs/cm2", "nonvellus_hair_density": "hairs/cm2",
    "terminal_hair_density": "hairs/cm2", "anagen_hair_density": "hairs/cm2",
    "anagen_fraction": "ratio", "hair_diameter": "um", "cumulative_thickness": "mm/cm2",
    "hair_growth_rate": "mm/day", "hair_weight": "mg/cm2", "coverage": "ratio",
    "shed_hairs_per_day": "hairs/day", "salt": "points", "telogen_fraction": "ratio",
    "terminal_vellus_ratio": "ratio", "follicle_density": "follicles/cm2",
    "wash_count": "hairs/day", "comb_count": "hairs/day", "pull_count": "hairs",
    "global_assessment": "points",
}  # fmt: skip
"""Unit in which the functions of this module give each endpoint."""

SALT_AREAS = ("top", "right", "left", "back")
SALT_WEIGHTS = (0.40, 0.18, 0.18, 0.24)
"""Shares of the scalp in the definition of SALT (Olsen and others 2004, DOI
10.1016/j.jaad.2003.09.032; not in the reference list)."""


def _per_area(total: ArrayLike, follicles: int, follicle_density: ArrayLike) -> Floats:
    """Sum over ``follicles`` simulated follicles, per cm2 of scalp."""
    if follicles < 1:
        raise InputError(f"must be 1 or more (given: {follicles})", field="follicles")
    density = np.asarray(follicle_density, dtype=float)
    if not np.all(density >= 0):
        problem = f"must be 0 or more per cm2 (lowest given: {density.min():g})"
        raise InputError(problem, field="follicle_density")
    return np.asarray(np.asarray(total, dtype=float) * density / follicles)


def _counted(count: ArrayLike, follicles: int, follicle_density: ArrayLike) -> Floats:
    """The same for a count, of which no follicle gives more than one."""
    density, number = _per_area(count, follicles, follicle_density), np.asarray(count)
    if np.any((number < 0) | (number > follicles)):
        span = f"(given: {number.min():g} to {number.max():g})"
        raise InputError(f"a count lies between 0 and the {follicles} follicles simulated {span}")
    return density


def _ratio(part: ArrayLike, whole: ArrayLike) -> Floats:
    """``part / whole``; nan where the whole is 0."""
    whole = np.asarray(whole, dtype=float)
    return np.asarray(np.asarray(part, dtype=float) / np.where(whole > 0, whole, np.nan))


def total_hair_density(visible: ArrayLike, follicles: int, follicle_density: ArrayLike) -> Floats:
    """Density [hairs/cm2] of all hairs above the skin, club hairs and vellus hair included."""
    return _counted(visible, follicles, follicle_density)


def nonvellus_hair_density(
    nonvellus: ArrayLike, follicles: int, follicle_density: ArrayLike
) -> Floats:
    """Density [hairs/cm2] of hairs of at least 30 um (``vellus_diameter_cutoff``)."""
    return _counted(nonvellus, follicles, follicle_density)


def terminal_hair_density(
    terminal: ArrayLike, follicles: int, follicle_density: ArrayLike
) -> Floats:
    """Density [hairs/cm2] of hairs of at least 60 um (``terminal_diameter_cutoff``)."""
    return _counted(terminal, follicles, follicle_density)


def anagen_hair_density(detected: ArrayLike, follicles: int, follicle_density: ArrayLike) -> Floats:
    """Density [hairs/cm2] of hairs that a phototrichogram detects growing."""
    return _counted(detected, follicles, follicle_density)


def anagen_fraction_phototrichogram(detected: ArrayLike, visible: ArrayLike) -> Floats:
    """Hairs detected growing over hairs visible, 0 to 1: slow hair counts as resting."""
    return _ratio(detected, visible)


def anagen_fraction_histology(anagen: ArrayLike, catagen: ArrayLike, telogen: ArrayLike) -> Floats:
    """Follicles in anagen over follicles that hold a hair, 0 to 1: empty ones are left out."""
    return _ratio(anagen, np.add(np.add(anagen, catagen), telogen))


def telogen_fraction_histology(anagen: ArrayLike, catagen: ArrayLike, telogen: ArrayLike) -> Floats:
    """Follicles in telogen over follicles that hold a hair, 0 to 1.

    Where a paper counts catagen with telogen, give their sum and no catagen.
    """
    return _ratio(telogen, np.add(np.add(anagen, catagen), telogen))


def terminal_vellus_ratio(nonvellus: ArrayLike, vellus: ArrayLike) -> Floats:
    """Ratio of hairs of at least 30 um to thinner ones: histology calls the former all terminal.

    nan where no vellus hair lies in the punch, as in many healthy ones; papers give the ratio of
    mean counts, so add punches up first.
    """
    return _ratio(nonvellus, vellus)


def follicle_density_histology(follicles: ArrayLike, area: float) -> Floats:
    """Follicles per area of skin [1/cm2], from those in punches of ``area`` [cm2] in all."""
    if not area > 0:
        raise InputError(f"must be more than 0 cm2 (given: {area})", field="area")
    return np.asarray(np.asarray(follicles, dtype=float) / area)


def hair_diameter(calibre_sum: ArrayLike, hairs: ArrayLike) -> Floats:
    """Mean calibre [um] of the hairs summed over: all visible ones, or the non-vellus ones.

    ``calibre_sum`` [um] and ``hairs`` are of the same hairs; which ones the trial must say, because
    a treatment that brings thin hairs above the skin lowers the mean of all.
    """
    return _ratio(calibre_sum, hairs)


def cumulative_thickness(
    calibre_sum: ArrayLike, follicles: int, follicle_density: ArrayLike
) -> Floats:
    """Sum of the calibres of all visible hairs per area [mm/cm2], from their sum [um]."""
    return _per_area(calibre_sum, follicles, follicle_density) / 1000


def hair_growth_rate(growth: ArrayLike, growing: ArrayLike, full_rate: ArrayLike) -> Floats:
    """Mean speed [mm/day] of growing hairs.

    ``growth`` is the sum of size x growth factor over the ``growing`` hairs, ``full_rate``
    [mm/day] the speed of a full-size hair at rest.
    """
    return np.asarray(_ratio(growth, growing) * np.asarray(full_rate, dtype=float))


def hair_weight(
    mass: ArrayLike,
    days: float,
    follicles: int,
    follicle_density: ArrayLike,
    *,
    full_rate: ArrayLike,
    shaft_density: float,
) -> Floats:
    r"""Hair grown per area in an interval [mg/cm2], as clipped and weighed.

    $W = \frac{\pi}{4} \rho_s\, g\, T\, \rho_f \frac{1}{N} \sum_i d_i^2 m_i f_i$. ``mass`` [um2]
    is the sum, averaged over the interval, of calibre squared x size x growth factor over growing
    hairs, ``days`` $T$ from clip to clip, ``full_rate`` $g$ [mm/day], ``shaft_density`` $\rho_s$
    [g/cm3, that is mg/mm3]. Round shafts; what a hair grew before it was shed counts too.
    """
    section = np.pi / 4 * 1e-6 * _per_area(mass, follicles, follicle_density)  # mm2 per cm2
    return np.asarray(section * np.asarray(full_rate, dtype=float) * days * shaft_density)


def coverage(
    shade: ArrayLike, follicles: int, follicle_density: ArrayLike, *, full_rate: ArrayLike
) -> Floats:
    r"""Share of the scalp that hair hides, 0 to 1: $1 - e^{-\theta}$.

    $\theta = \rho_f \frac{1}{N} \sum_i d_i \min(L_i, L_c)$, the area of the hairs' shadows per
    area of scalp, hairs lying flat. ``shade`` [um day] is the sum of calibre x length in days of
    full growth, capped at $L_c / g$ (``cover_length``); ``full_rate`` $g$ [mm/day]. A Boolean model
    (chapter 3 of the textbook on stochastic geometry, DOI 10.1002/9781118658222, not in the
    reference list): roots at random and directions independent. Roots in units of two or three
    overlap more, so that it is an upper bound.
    """
    shadow = _per_area(shade, follicles, follicle_density) * np.asarray(full_rate, dtype=float)
    return np.asarray(-np.expm1(-shadow * 1e-5))  # um mm/cm2 is 1e-5


def shed_hairs_per_day(
    shed: ArrayLike, follicles: int, follicle_density: ArrayLike, *, scalp_area: float
) -> Floats:
    """Hairs shed per day from ``scalp_area`` [cm2], were all of it like the site simulated.

    ``shed`` is the number of simulated hairs shed in a day, or its mean over days.
    """
    return _per_area(shed, follicles, follicle_density) * scalp_area


def salt(loss: ArrayLike) -> Floats:
    r"""SALT [points, 0 to 100]: $\sum_k w_k\, \text{loss}_k$ over the four areas of the scalp.

    ``loss``, shape (..., 4) in the order of `SALT_AREAS`, is the percentage of each area's hair
    that is lost. Raises InputError for another number of areas or a loss beyond 0 to 100.
    """
    share = np.asarray(loss, dtype=float)
    if share.shape[-1:] != (len(SALT_AREAS),):
        areas = ", ".join(SALT_AREAS)
        raise InputError(f"one loss for each of {areas} is needed (given: shape {share.shape})")
    if not np.all((share >= 0) & (share <= 100)):
        span = f"(given: {share.min():g} to {share.max():g})"
        raise InputError(f"must lie between 0 and 100 percent in every area {span}", field="loss")
    return np.asarray(share @ np.asarray(SALT_WEIGHTS))
