r"""The same physics as the closed forms on a mesh, with uptake that saturates.

$\phi\, \partial_t C = \phi D \nabla^2 C - \phi k C - V_{max} C/(K + C) + \phi q$

Finite volumes of second order in space, an L-stable Runge-Kutta scheme of second order in time
(Alexander 1977). What leaves one cell enters the next, so that given = tissue + cleared + taken to
rounding.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_banded

from anagen.delivery.depot import UL_PER_ML

Floats = NDArray[np.float64]

CM2 = 100.0
"""1 cm2 in mm2."""
GAMMA = 1 - 1 / np.sqrt(2)
"""The scheme's coefficient: both stages are implicit and the method is L-stable."""
NEWTON_STEPS = 25
TOLERANCE = 1e-12


@dataclass(frozen=True, kw_only=True)
class Medium:
    """Tissue: ``diffusion`` [mm2/day], ``loss`` [1/day], ``fluid_share``, and uptake.

    Uptake by cells is ``capacity`` [amount per mL of tissue and day] at most, half of it at
    ``half_saturation`` [amount/mL of fluid].
    """

    diffusion: float
    loss: float = 0.0
    fluid_share: float = 1.0
    capacity: float = 0.0
    half_saturation: float = 1.0

    def removed(self, c: Floats) -> tuple[Floats, Floats]:
        """What is cleared and what is taken up, per mL of tissue and day."""
        return self.fluid_share * self.loss * c, self.capacity * c / (self.half_saturation + c)

    def slope(self, c: Floats) -> Floats:
        """Derivative of both together by the concentration."""
        k = self.half_saturation
        return self.fluid_share * self.loss + self.capacity * k / (k + c) ** 2


@dataclass(frozen=True, kw_only=True)
class Mesh:
    """Cells in a row: ``centres`` [mm], ``volumes`` [mL], ``exchange`` between them [mL/mm2].

    ``sink`` [mL/mm2] is the exchange of the first cell with a surface that keeps all it meets;
    else both ends let nothing out.
    """

    centres: Floats
    volumes: Floats
    exchange: Floats
    sink: float = 0.0


def sphere_mesh(outer: float, cells: int, *, inner: float = 0.0, absorbing: bool = False) -> Mesh:
    """Shells of equal thickness between two radii [mm], around a centre or an absorbing sphere."""
    faces = np.linspace(inner, outer, cells + 1)
    width = (outer - inner) / cells
    areas = 4 * np.pi * faces**2 / UL_PER_ML
    return Mesh(
        centres=inner + (np.arange(cells, dtype=np.float64) + 0.5) * width,
        volumes=np.diff(4 / 3 * np.pi * faces**3) / UL_PER_ML,
        exchange=areas[1:-1] / width,
        sink=areas[0] / (width / 2) if absorbing else 0.0,
    )


def slab_mesh(depth: float, cells: int) -> Mesh:
    """Layers of equal thickness from the surface to a depth [mm], per cm2 of skin."""
    width = depth / cells
    return Mesh(
        centres=(np.arange(cells, dtype=np.float64) + 0.5) * width,
        volumes=np.full(cells, CM2 * width / UL_PER_ML),
        exchange=np.full(cells - 1, CM2 / width / UL_PER_ML),
    )


@dataclass(frozen=True, kw_only=True)
class Solution:
    """Concentrations at the times asked for, and where the amount went.

    ``concentration`` [amount/mL of fluid], shape (times, cells); ``given``, ``tissue``,
    ``cleared``, ``taken`` and ``captured`` (by an absorbing sphere) [amount], shape (times,).
    """

    concentration: Floats
    given: Floats
    tissue: Floats
    cleared: Floats
    taken: Floats
    captured: Floats

    @property
    def imbalance(self) -> float:
        """Largest share of what was given that is not accounted for."""
        found = self.tissue + self.cleared + self.taken + self.captured
        return float(np.max(np.abs(found - self.given)) / np.max(self.given))


class _Problem:
    """The rate of change of every cell, and its linearisation."""

    def __init__(self, mesh: Mesh, medium: Medium, supply: Floats) -> None:
        self.mesh, self.medium, self.supply = mesh, medium, supply
        self.pores = medium.fluid_share * mesh.volumes
        self.flow = medium.fluid_share * medium.diffusion * mesh.exchange
        self.drain = medium.fluid_share * medium.diffusion * mesh.sink

    def rate(self, c: Floats) -> Floats:
        """Time derivative of the concentration [amount/mL/day]."""
        across = self.flow * np.diff(c)
        change = np.zeros_like(c)
        change[:-1] += across
        change[1:] -= across
        change[0] -= self.drain * c[0]
        return np.asarray(
            (change - self.mesh.volumes * sum(self.medium.removed(c))) / self.pores + self.supply
        )

    def stage(self, base: Floats, guess: Floats, step: float) -> Floats:
        """Solve y = base + step rate(y) by Newton's method on a tridiagonal matrix."""
        y = guess.copy()
        bands = np.zeros((3, len(y)))
        bands[0, 1:] = -step * self.flow / self.pores[:-1]
        bands[2, :-1] = -step * self.flow / self.pores[1:]
        out = np.append(self.flow, 0) + np.insert(self.flow, 0, self.drain)
        for _ in range(NEWTON_STEPS):
            lost = self.mesh.volumes * self.medium.slope(y)
            bands[1] = 1 + step * (out + lost) / self.pores
            delta = solve_banded((1, 1), bands, base + step * self.rate(y) - y)
            y += delta
            if np.max(np.abs(delta)) <= TOLERANCE * np.max(np.abs(y), initial=TOLERANCE):
                break
        return y

    def flows(self, c: Floats) -> Floats:
        """Amounts per day: given, cleared, taken, captured."""
        cleared, taken = self.medium.removed(c)
        v = self.mesh.volumes
        given = self.pores @ self.supply
        return np.array([given, v @ cleared, v @ taken, self.drain * c[0]])


def solve(
    mesh: Mesh,
    medium: Medium,
    times: Floats,
    *,
    initial: Floats | float = 0.0,
    supply: Floats | float = 0.0,
    until: float = np.inf,
    steps: int = 4,
) -> Solution:
    """Concentrations and balance at increasing ``times`` [day], the first of which is the start.

    Parameters
    ----------
    initial
        Concentration at the start [amount/mL of fluid], one number or one per cell.
    supply
        What is added [amount/mL of fluid and day], one number or one per cell, to time ``until``.
    steps
        Equal steps between two times.
    """
    knots = np.union1d(times, [until]) if times[0] < until < times[-1] else np.asarray(times)
    shape = np.shape(mesh.volumes)
    c = np.broadcast_to(np.asarray(initial, dtype=float), shape).copy()
    on = _Problem(mesh, medium, np.broadcast_to(np.asarray(supply, dtype=float), shape))
    off = _Problem(mesh, medium, np.zeros(shape))
    totals = np.array([on.pores @ c, 0.0, 0.0, 0.0])
    found = {float(knots[0]): (c.copy(), totals.copy())}
    for start, stop in itertools.pairwise(knots):
        problem, dt = (on if start < until else off), (stop - start) / steps
        for _ in range(steps):
            first = problem.stage(c, c, GAMMA * dt)
            base = c + (1 - GAMMA) * dt * problem.rate(first)
            second = problem.stage(base, first, GAMMA * dt)
            c = base + GAMMA * dt * problem.rate(second)
            totals += dt * ((1 - GAMMA) * problem.flows(first) + GAMMA * problem.flows(second))
        found[float(stop)] = (c.copy(), totals.copy())
    kept = np.array([found[float(t)][0] for t in times])
    given, cleared, taken, captured = np.array([found[float(t)][1] for t in times]).T
    return Solution(
        concentration=kept, given=given, tissue=kept @ on.pores, cleared=cleared, taken=taken,
        captured=captured,
    )  # fmt: skip
