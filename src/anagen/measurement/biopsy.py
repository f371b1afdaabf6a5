r"""A scalp biopsy cut across: the hairs of a punch, by phase and by size.

A section shows every follicle that holds a hair, above the skin or not yet; empty ones are known by
their tracts. A punch takes other follicles at every visit, so that its luck is fresh each time.
Axes, where a function has them: phases in the order of `PHASES`, then sizes in that of `SIZES`.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from anagen.errors import InputError
from anagen.measurement.endpoints import Floats

Ints = NDArray[np.int64]

PHASES = ("anagen", "catagen", "telogen")
SIZES = ("terminal", "intermediate", "vellus")


def size_shares(histogram: ArrayLike, width: float, *, vellus: float, terminal: float) -> Floats:
    """Shares of hairs by size, shape (..., 3), from counts by calibre, (..., bins) of ``width``.

    Terminal from the calibre ``terminal`` on, vellus below ``vellus`` [um, as ``width``]; a bin
    that holds a cut-off counts by its part on either side. All 0 where there is no hair. Raises
    InputError for cut-offs out of order.
    """
    if not 0 <= vellus <= terminal:
        problem = f"the vellus cut-off ({vellus:g} um) lies above the terminal one ({terminal:g})"
        raise InputError(problem, field="vellus")
    counts = np.asarray(histogram, dtype=float)
    lower = width * np.arange(counts.shape[-1])
    thin, thick = (counts @ np.clip((cut - lower) / width, 0.0, 1.0) for cut in (vellus, terminal))
    total = counts.sum(axis=-1)
    parts = np.stack([total - thick, thick - thin, thin], axis=-1)
    return np.asarray(parts / np.where(total > 0, total, 1.0)[..., None])


def sections(phases: ArrayLike, sizes: ArrayLike) -> Floats:
    r"""Shares of follicles by phase and size, shape (..., 3, 3): $s_{ij} = p_i\, c_{ij}$.

    ``phases`` $p$, shape (..., 3), are shares of all follicles, empty ones the rest; ``sizes``
    $c$, shape (..., 3, 3), the shares of sizes among the hairs of each phase, or (..., 1, 3) if all
    phases are taken to be alike (they are not: small follicles rest more). Raises InputError for
    shares that are negative or exceed 1.
    """
    p = np.asarray(phases, dtype=float)
    if np.any(p < 0) or np.any(p.sum(axis=-1) > 1 + 1e-9):
        raise InputError("shares lie between 0 and 1 and add up to 1 at most", field="phases")
    return np.asarray(p[..., :, None] * np.asarray(sizes, dtype=float))


def punch_area(diameter: float) -> float:
    r"""Scalp taken [cm2] by a punch of a ``diameter`` $D$ [mm]: $\pi D^2 / 4$."""
    return math.pi / 4 * (diameter / 10) ** 2


def follicles_in_punch(
    follicle_density: ArrayLike, area: float, normals: ArrayLike, *, dispersion: float
) -> Ints:
    r"""Follicles of a punch: $N = \lfloor a \rho_f + z \sqrt{F a \rho_f} + 1/2 \rfloor$.

    ``follicle_density`` $\rho_f$ [1/cm2], ``area`` $a$ [cm2], ``normals`` $z$ standard normal, one
    per biopsy. ``dispersion`` $F$ (``punch_count_dispersion``) is variance over mean: 1 if
    follicles lay at random, less as their units keep apart. The normal form is assumed.
    """
    if not dispersion >= 0:
        raise InputError(f"must be 0 or more (given: {dispersion})", field="dispersion")
    mean = np.asarray(follicle_density, dtype=float) * area
    drawn = mean + np.asarray(normals, dtype=float) * np.sqrt(dispersion * mean)
    return np.asarray(np.maximum(np.floor(drawn + 0.5), 0), dtype=np.int64)


def punch_counts(shares: ArrayLike, follicles: ArrayLike, uniforms: ArrayLike) -> Ints:
    """Hairs of a punch by phase and size, shape (..., 3, 3): a multinomial draw.

    ``shares`` (..., 3, 3) as from `sections`, ``follicles`` (...) the number in the punch,
    ``uniforms`` (..., n) one number from 0 to 1 per follicle that may be in it, drawn anew at every
    visit and shared by all options; those beyond the number in the punch are left out. The
    follicles that the counts leave are empty. Raises InputError for too few uniforms.
    """
    u, number = np.asarray(uniforms, dtype=float), np.asarray(follicles)
    if number.size and number.max() > u.shape[-1]:
        problem = f"{number.max()} follicles lie in a punch, but only {u.shape[-1]} numbers"
        raise InputError(f"{problem} were given; draw one for each", field="uniforms")
    s = np.asarray(shares, dtype=float)
    edges = np.cumsum(s.reshape(*s.shape[:-2], -1), axis=-1)
    inside = np.arange(u.shape[-1]) < number[..., None]
    below = [
        np.sum((u < edges[..., k, None]) & inside, axis=-1, dtype=np.int64)
        for k in range(edges.shape[-1])
    ]
    counts = np.diff(np.stack(below, axis=-1), axis=-1, prepend=0)
    return np.asarray(counts.reshape(*counts.shape[:-1], *s.shape[-2:]))
