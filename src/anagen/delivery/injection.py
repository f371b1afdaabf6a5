"""Injection: a depot at every point of a grid, at every session."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from anagen.compiled import kernel
from anagen.delivery.depot import sphere_source, wetted_radius
from anagen.delivery.finite_volume import Medium, solve, sphere_mesh
from anagen.delivery.layer import Solver
from anagen.delivery.release import first_order_release
from anagen.errors import InputError

Floats = NDArray[np.float64]
Profile = Callable[[Floats, Floats], Floats]
"""Share of the first concentration at distances [mm] and times since the session [day]."""

CUT = 1e-6
"""Share of the first concentration below which a depot counts as gone."""
CELLS = 128
"""Cells of the table over the front of a depot; linear interpolation errs by 3e-4 of the first."""
BEHIND = 3.7
"""Front widths inside the edge where the concentration is still even: erfc(3.7)/2 < `CUT`."""
MESH_CELLS, MESH_STEPS, MESH_MARGIN = 1500, 6, 1.1
"""Resolution of the reference solver, and its reach over the largest distance asked for."""


@dataclass(frozen=True, kw_only=True)
class Depot:
    """What one point of the grid receives.

    Parameters
    ----------
    amount
        Per point, 0 or more, in any unit.
    volume
        Per point [mL].
    spacing, depth
        Of the grid and below the surface [mm].
    diffusion, loss
        Of the solute in tissue [mm2/day], [1/day].
    thickness
        Of the scalp [mm]; surface and skull let nothing out. A point below the skull (of a draw) is
        set on it.
    swollen_share
        Fluid share of swollen tissue (``swollen_fluid_share``): sets the wetted sphere.
    fluid_share
        Share of tissue that holds the solute; none: the swollen share, so that the wetted sphere
        starts at the concentration that was injected. One share holds inside and outside.
    release
        Rate at which the solute leaves its carrier [1/day]; infinite: it is free at once.
    """

    amount: float
    volume: float
    spacing: float
    depth: float
    diffusion: float
    loss: float
    thickness: float
    swollen_share: float
    fluid_share: float | None = None
    release: float = math.inf

    def __post_init__(self) -> None:
        for name in ("volume", "spacing", "diffusion", "loss", "thickness", "release"):
            if not getattr(self, name) > 0:
                raise InputError(
                    f"must be more than 0 (given: {getattr(self, name):g})", field=name
                )
        for name in ("swollen_share", "fluid_share"):
            share = getattr(self, name)
            if share is not None and not 0 < share <= 1:
                raise InputError(f"must lie between 0 and 1 (given: {share:g})", field=name)
        for name in ("amount", "depth"):
            if not 0 <= getattr(self, name) < math.inf:
                problem = f"must be 0 or more (given: {getattr(self, name):g})"
                raise InputError(problem, field=name)

    @property
    def radius(self) -> float:
        """Radius of the wetted sphere [mm]."""
        return float(wetted_radius(self.volume, self.swollen_share))

    @property
    def share(self) -> float:
        """Share of tissue that holds the solute."""
        return self.swollen_share if self.fluid_share is None else self.fluid_share

    @property
    def first(self) -> float:
        """Concentration in the wetted sphere at time 0, all released [amount/mL of fluid]."""
        return self.amount / (self.volume * self.share / self.swollen_share)


def closed_profile(depot: Depot) -> Profile:
    """The depot by the closed form; with a carrier, summed over its release."""

    def profile(r: Floats, t: Floats) -> Floats:
        if math.isinf(depot.release):
            return sphere_source(r, t, depot.radius, depot.diffusion, depot.loss)
        far = r[..., None]
        return first_order_release(
            lambda v: sphere_source(far, v, depot.radius, depot.diffusion, depot.loss),
            t, depot.release,
        )  # fmt: skip

    return profile


def solved_profile(depot: Depot, medium: Medium | None = None) -> Profile:
    """The depot by finite volumes, with the uptake of ``medium`` if given.

    For a solute that is free at once. Raises InputError for one with a carrier.
    """
    if math.isfinite(depot.release):
        problem = "the reference solver knows only a solute that is free at once; leave it infinite"
        raise InputError(problem, field="release")
    medium = medium or Medium(diffusion=depot.diffusion, loss=depot.loss)

    def profile(r: Floats, t: Floats) -> Floats:
        times, row = np.unique(np.append(0.0, t.ravel()), return_inverse=True)
        per_radius = max(1, round(MESH_CELLS * depot.radius / r.max()))
        width = depot.radius / per_radius  # a face of the mesh lies on the edge
        cells = math.ceil(MESH_MARGIN * r.max() / width)
        mesh = sphere_mesh(width * cells, cells)
        start = np.where(mesh.centres < depot.radius, depot.first, 0.0)
        course = solve(mesh, medium, times, initial=start, steps=MESH_STEPS).concentration
        rows = row[1:].reshape(t.shape)[:, 0]
        lines = (np.interp(r[i], mesh.centres, course[k]) for i, k in enumerate(rows))
        return np.array(list(lines)) / depot.first

    return profile


def injected(
    positions: Floats,
    depths: ArrayLike,
    nodes: Floats,
    *,
    session_days: Sequence[float],
    offsets: Floats,
    depot: Depot,
    solver: Solver = "closed",
) -> Floats:
    """Concentration at followed positions [amount/mL of fluid], shape (depths, positions, nodes).

    Depots of all points and sessions add up, and so do their mirror images above the surface and
    below the skull. At a session's own node the value is that just before it.

    Parameters
    ----------
    positions
        In the plane of the scalp [mm], shape (positions, 2).
    depths
        Where the follicle reads [mm], shape (depths,).
    nodes
        Increasing times [day] (`session_nodes`).
    session_days, offsets
        When a session is [day], and where its grid then sits [mm], shape (sessions, 2).
    solver
        Closed form, or the depot by finite volumes.
    """
    since = np.asarray(nodes, dtype=float) - np.asarray(session_days, dtype=float)[:, None]
    z = np.atleast_1d(np.asarray(depths, dtype=float))
    course = np.zeros((len(z), len(positions), len(nodes)))
    ages, rows = np.unique(np.round(since, 9), return_inverse=True)
    low, high = _fronts(depot, ages)
    live = (ages > 0) & (high > low)
    if depot.amount == 0 or not live.any():
        return course
    rows = np.where(live, np.cumsum(live) - 1, -1)[rows.reshape(since.shape)]
    ages, low, high = ages[live], low[live], high[live]
    radii = low[:, None] + (high - low)[:, None] * np.linspace(0, 1, CELLS + 1)
    make = closed_profile if solver == "closed" else solved_profile
    table = depot.first * make(depot)(radii, ages[:, None])
    table[:, -1] = 0.0
    heights = _heights(depot, z, float(high.max()))
    _superpose(
        course, table, low, CELLS / (high - low), high, rows, np.asarray(positions, dtype=float),
        np.asarray(offsets, dtype=float), heights, depot.spacing, float(high.max()),
    )  # fmt: skip
    return course


def _fronts(depot: Depot, ages: Floats) -> tuple[Floats, Floats]:
    """Distances between which a depot of each age falls from its even middle to `CUT`."""
    t = np.maximum(ages, 0.0)
    slow = min(depot.loss, depot.release)  # what is released late starts late
    left = -np.log(CUT) - slow * t
    if math.isfinite(depot.release) and depot.release != depot.loss:
        left += math.log(1 + depot.release / abs(depot.release - depot.loss))
    width = np.sqrt(4 * depot.diffusion * t)
    high = np.where(left > 0, depot.radius + width * np.sqrt(np.maximum(left, 0.0)), 0.0)
    return np.minimum(np.maximum(depot.radius - BEHIND * width, 0.0), high), high


def _heights(depot: Depot, depths: Floats, reach: float) -> Floats:
    """Heights of the depot and its mirror images over each depth [mm], shape (depths, images)."""
    n = math.ceil(reach / (2 * depot.thickness)) + 1
    shifts = 2 * depot.thickness * np.arange(-n, n + 1)
    depth = min(depot.depth, depot.thickness)
    images = np.concatenate((depth + shifts, -depth + shifts))
    return np.abs(depths[:, None] - images)


@kernel
def _superpose(
    course: Floats, table: Floats, low: Floats, per_mm: Floats, high: Floats,
    rows: NDArray[np.int64], positions: Floats, offsets: Floats, heights: Floats, spacing: float,
    reach: float,
) -> None:  # fmt: skip
    """Add the depots of all sessions, grid points and images at every position and depth."""
    for s in range(rows.shape[0]):
        start, stop = _span(rows[s])
        for i in range(positions.shape[0] if stop > start else 0):
            x, y = positions[i, 0] - offsets[s, 0], positions[i, 1] - offsets[s, 1]
            left, right = math.ceil((x - reach) / spacing), math.floor((x + reach) / spacing)
            front, back = math.ceil((y - reach) / spacing), math.floor((y + reach) / spacing)
            for gx in range(left, right + 1):
                for gy in range(front, back + 1):
                    flat = (x - gx * spacing) ** 2 + (y - gy * spacing) ** 2
                    for j in range(heights.shape[0]):
                        for v in range(heights.shape[1]):
                            r = math.sqrt(flat + heights[j, v] ** 2)
                            if r < reach:
                                _add(
                                    course[j, i, start:stop], table, low, per_mm, high,
                                    rows[s, start:stop], r,
                                )  # fmt: skip


@kernel
def _span(rows: NDArray[np.int64]) -> tuple[int, int]:
    """First node at which the depot of a session lives, and the first after it."""
    start = 0
    while start < len(rows) and rows[start] < 0:
        start += 1
    stop = start
    while stop < len(rows) and rows[stop] >= 0:
        stop += 1
    return start, stop


@kernel
def _add(
    course: Floats, table: Floats, low: Floats, per_mm: Floats, high: Floats,
    rows: NDArray[np.int64], r: float,
) -> None:  # fmt: skip
    """Add one depot at distance ``r`` to a course, by linear interpolation in the table."""
    for q in range(len(rows)):
        row = rows[q]
        if r < high[row]:
            at = max((r - low[row]) * per_mm[row], 0.0)
            cell = int(at)
            left = table[row, cell]
            course[q] += left + (table[row, cell + 1] - left) * (at - cell)


def wetted(
    positions: Floats, depths: ArrayLike, offsets: Floats, depot: Depot
) -> NDArray[np.bool_]:
    """Whether a place is wet right after a session, shape (sessions, depths, positions).

    Wet is what lies in the sphere of a grid point; arguments as in `injected`.
    """
    half = depot.spacing / 2
    flat = (positions[None] - np.asarray(offsets)[:, None] + half) % depot.spacing - half
    depth = min(depot.depth, depot.thickness)
    z = np.atleast_1d(np.asarray(depths, dtype=float))[None, :, None] - depth
    return np.asarray((flat**2).sum(axis=-1)[:, None] + z**2 <= depot.radius**2)


def wetted_share(wet: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Share of positions wet at each session and at any so far, each (sessions, depths)."""
    so_far = np.logical_or.accumulate(wet, axis=0)
    return wet.mean(axis=-1), so_far.mean(axis=-1)
