"""Where follicles lie in a target area: follicular units inside the cells of the positions.

A position is the part of the scalp whose follicles get the same course of concentrations. It owns
one cell of a lattice; follicle f belongs to position f % n, so that a patchy delivery is seen where
it was simulated.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from anagen.errors import InputError
from anagen.parameters import parameter

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MOST_HAIRS = 4
"""Follicles of the largest unit drawn; of Han Chinese units 0.2 % are larger (study GuoND)."""
UNIT_RADIUS = 0.15
"""Radius [mm] of a unit: what looks like one opening or a tight group (a drawing convention)."""
CANDIDATES = 12
"""Places tried for a unit; the one farthest from the other units is taken (Mitchell 1991)."""


def _luck(seed: int, stream: int) -> np.random.Generator:
    if seed < 0:
        raise InputError(f"must be a whole number of 0 or more (given: {seed})", field="seed")
    return np.random.Generator(np.random.Philox(key=[seed, stream]))


def follicular_units(
    follicles: int, positions: int, *, seed: int = 0, hairs_per_unit: float | None = None
) -> Ints:
    r"""The follicular unit of each follicle, shape (follicles,), numbered from 0.

    A position with $m$ follicles gets $u = \lfloor m / \bar h + U \rfloor$ units, $U$ uniform in
    (0, 1), so that the mean is kept; who lies in which is drawn as $1 + $ Binomial$(3, p)$ hairs
    per unit, given that they add up to $m$.

    Parameters
    ----------
    follicles, positions
        How many; follicle f lies at position f % positions.
    seed
        Name of the luck.
    hairs_per_unit
        Mean $\bar h$, 1 to 4 (None: ``hairs_per_follicular_unit``). With fewer follicles per
        position than that, units stay smaller: a unit never spans two positions.
    """
    row = parameter("hairs_per_follicular_unit")
    mean = row.value if hairs_per_unit is None else hairs_per_unit
    if not 1 <= mean <= MOST_HAIRS:
        problem = f"must lie between 1 and {MOST_HAIRS} (given: {mean})"
        raise InputError(problem, field="hairs_per_unit")
    if follicles < 1 or positions < 1:
        problem = f"needs at least one follicle and position (given: {follicles}, {positions})"
        raise InputError(problem, field="follicles")
    luck, unit, made = _luck(seed, 0), np.empty(follicles, dtype=np.int64), 0
    for position in range(min(positions, follicles)):
        here = np.arange(position, follicles, positions)
        m = len(here)
        u = min(m, max(math.ceil(m / MOST_HAIRS), math.floor(m / mean + luck.random())))
        more = luck.multivariate_hypergeometric([MOST_HAIRS - 1] * u, m - u)
        unit[here] = made + np.repeat(np.arange(u), 1 + more)
        made += u
    return unit


def layout(
    positions: ArrayLike,
    follicles: int,
    side: float = 10.0,
    *,
    seed: int = 0,
    hairs_per_unit: float | None = None,
) -> Floats:
    """Place every follicle in the target area, shape (follicles, 2) [mm]; units never overlap.

    Parameters
    ----------
    positions
        Shape (n, 2) [mm], n = k x k, one in each cell of a k x k lattice over the square from
        (0, 0) to (side, side).
    follicles, seed, hairs_per_unit
        As `follicular_units` takes them.
    side
        Side of the target area [mm].

    Raises
    ------
    InputError
        Positions that are not one to a cell, or a number out of range.
    """
    corner, width = _cells(positions, side)
    unit = follicular_units(follicles, len(corner), seed=seed, hairs_per_unit=hairs_per_unit)
    _, first = np.unique(unit, return_index=True)
    luck = _luck(seed, 1)
    centre = _centres(corner[first % len(corner)], width, luck)
    size = np.bincount(unit)
    rank = np.empty_like(unit)
    rank[np.argsort(unit, kind="stable")] = np.arange(follicles) - np.repeat(
        np.cumsum(size) - size, size
    )
    turn = 2 * np.pi * (luck.random(len(size))[unit] + rank / size[unit])
    apart = np.where(size == 1, 0.0, 0.7 * _radius(centre, width))[unit]
    return np.asarray(
        centre[unit] + apart[:, None] * np.stack([np.cos(turn), np.sin(turn)], axis=1)
    )


def _cells(positions: ArrayLike, side: float) -> tuple[Floats, float]:
    """Lower corner of each position's cell, shape (n, 2), and the cells' width [mm]."""
    xy = np.asarray(positions, dtype=float)
    if not (math.isfinite(side) and side > 0):
        raise InputError(f"must be above 0 mm (given: {side})", field="side")
    k = math.isqrt(xy.shape[0]) if xy.ndim == 2 and xy.shape[1] == 2 else 0
    if k == 0 or k * k != len(xy):
        problem = f"needs shape (k x k, 2), as (64, 2) (given: {xy.shape})"
        raise InputError(problem, field="positions")
    if not np.all((xy >= 0) & (xy <= side)):
        raise InputError(f"must lie between 0 and {side:g} mm, the side", field="positions")
    width = side / k
    cell = np.minimum(np.floor(xy / width), k - 1)
    if len(np.unique(cell, axis=0)) < len(xy):
        problem = f"two share a cell of the {k} x {k} lattice; give one to each"
        raise InputError(problem, field="positions")
    return cell * width, width


def _centres(corner: Floats, width: float, luck: np.random.Generator) -> Floats:
    """Centres of the units [mm], each in its cell and far from those placed before."""
    margin = min(UNIT_RADIUS, width / 4)
    centre = np.full_like(corner, np.inf)
    for i in luck.permutation(len(corner)):
        tried = corner[i] + margin + (width - 2 * margin) * luck.random((CANDIDATES, 2))
        gap = np.linalg.norm(tried[:, None] - centre, axis=2).min(axis=1)
        centre[i] = tried[np.argmax(gap)]
    return centre


def _radius(centre: Floats, width: float) -> Floats:
    """Radius of each unit [mm]: smaller than `UNIT_RADIUS` where its neighbour is near."""
    gap = np.linalg.norm(centre[:, None] - centre[None], axis=2)
    np.fill_diagonal(gap, np.inf)
    return np.asarray(np.minimum(min(UNIT_RADIUS, width / 4), 0.45 * gap.min(axis=1)))
