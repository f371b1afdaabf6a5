"""How wrong it is to let uptake by cells grow without end, as the closed forms do."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import trapezoid

from anagen.delivery.finite_volume import Medium, solve, sphere_mesh
from anagen.delivery.injection import Depot

Floats = NDArray[np.float64]

PER_RADIUS, STEPS = 60, 2
"""Cells of the mesh inside the wetted sphere, and steps between two times."""


def linear_uptake_error(
    depot: Depot,
    *,
    uptake_share: float,
    half_saturation: float,
    half_effect: float,
    hill: float = 1.0,
    days: float = 14.0,
) -> tuple[float, float]:
    r"""Relative error of the summed occupancy $\int C^h/(EC_{50}^h + C^h)\,dt$ by linear uptake.

    Both depots are solved on one mesh; they lose alike when thin.

    Parameters
    ----------
    depot
        One depot alone; its loss [1/day] holds uptake at low concentration.
    uptake_share
        Part of that loss that is uptake and saturates (``uptake_share_of_loss``).
    half_saturation, half_effect
        Of uptake (``uptake_half_saturation``) and of the effect
        (``effect_half_concentration_dermal_papilla``) [amount/mL].
    hill
        Exponent of the effect (``effect_hill_coefficient``).
    days
        Time over which the occupancy is summed [day].

    Returns
    -------
    tuple
        Linear over saturable less 1, in the depot's centre and at its edge; below 0, since
        saturated cells leave more behind.
    """
    uptake = uptake_share * depot.loss
    thin = Medium(diffusion=depot.diffusion, loss=depot.loss, fluid_share=depot.share)
    full = Medium(
        diffusion=depot.diffusion, loss=depot.loss - uptake, fluid_share=depot.share,
        capacity=uptake * depot.share * half_saturation, half_saturation=half_saturation,
    )  # fmt: skip
    width = depot.radius / PER_RADIUS
    cells = math.ceil((depot.radius + 4 * math.sqrt(4 * depot.diffusion * days)) / width)
    mesh = sphere_mesh(width * cells, cells)
    start = np.where(mesh.centres < depot.radius, depot.first, 0.0)
    times = days * np.linspace(0, 1, 61) ** 3  # closer while the depot is young
    sums = []
    for medium in (thin, full):
        c = solve(mesh, medium, times, initial=start, steps=STEPS).concentration
        places = np.stack((c[:, 0], (c[:, PER_RADIUS - 1] + c[:, PER_RADIUS]) / 2))
        occupancy = places**hill / (half_effect**hill + places**hill)
        sums.append(trapezoid(occupancy, times))
    centre, edge = sums[0] / sums[1] - 1
    return float(centre), float(edge)
