"""What enters through the surface: a layer of skin fills over hours, then spreads in depth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from anagen.delivery.depot import UL_PER_ML, plane_source, slab_source
from anagen.delivery.finite_volume import CM2, Medium, slab_mesh, solve
from anagen.delivery.release import constant_release

Floats = NDArray[np.float64]
Solver = Literal["closed", "reference"]

CUT = 1e-6
"""Share that is left of a layer when it counts as gone."""
MESH_CELLS, MESH_STEPS, MESH_REACH, MESH_MARGIN = 800, 8, 8.0, 1.1
"""The reference solver: resolution, diffusion lengths below the layer, reach over the deepest."""


@dataclass(frozen=True, kw_only=True)
class Layer:
    """An amount that enters one layer of the skin evenly in depth and time.

    ``amount`` [per cm2], ``depth`` of the layer from the surface [mm] (0: the surface itself),
    ``duration`` of entry [day], ``diffusion`` [mm2/day], ``loss`` [1/day], ``fluid_share`` that
    holds the solute. The surface lets nothing out; the skull is out of reach.
    """

    amount: float
    depth: float
    duration: float
    diffusion: float
    loss: float
    fluid_share: float


def layer_course(
    layer: Layer,
    depths: ArrayLike,
    nodes: Floats,
    days: Sequence[float],
    solver: Solver = "closed",
) -> Floats:
    """Concentration [amount/mL of fluid] when a layer is filled anew on each of ``days``.

    ``depths`` [mm], shape (depths,); ``nodes`` increasing times [day]; ``days`` when entry starts.
    Shape (depths, nodes). ``solver``: closed form, or finite volumes.
    """
    z = np.atleast_1d(np.asarray(depths, dtype=float))
    since = np.asarray(nodes, dtype=float) - np.asarray(days, dtype=float)[:, None]
    gone = layer.duration - np.log(CUT) / layer.loss
    live = (since > 0) & (since < gone)
    course = np.zeros((len(z), len(nodes)))
    if layer.amount == 0 or not live.any():
        return course
    ages, row = np.unique(np.round(since[live], 9), return_inverse=True)
    one = (_closed if solver == "closed" else _solved)(layer, z, ages)
    for d in range(len(since)):
        course[:, live[d]] += one[:, row[: live[d].sum()]]
        row = row[live[d].sum() :]
    return course


def _closed(layer: Layer, z: Floats, ages: Floats) -> Floats:
    """One filling by the closed forms, shape (depths, ages)."""
    far = z[:, None, None]
    per_mm2 = layer.amount / CM2 / layer.fluid_share * UL_PER_ML

    def source(v: Floats) -> Floats:
        if layer.depth == 0:
            return plane_source(far, v, per_mm2, layer.diffusion, layer.loss)
        return slab_source(far, v, per_mm2, layer.depth, layer.diffusion, layer.loss)

    return constant_release(source, np.broadcast_to(ages, (len(z), len(ages))), layer.duration)


def _solved(layer: Layer, z: Floats, ages: Floats) -> Floats:
    """One filling by finite volumes, shape (depths, ages)."""
    spread = np.sqrt(2 * layer.diffusion * ages[-1])
    reach = max(layer.depth + MESH_REACH * spread, MESH_MARGIN * float(z.max()))
    filled = max(1, round(MESH_CELLS * layer.depth / reach))
    if layer.depth:  # a face of the mesh lies on the layer's lower end
        reach = layer.depth * MESH_CELLS / filled
    mesh = slab_mesh(reach, MESH_CELLS)
    supply = np.zeros(MESH_CELLS)
    supply[:filled] = layer.amount / layer.duration / layer.fluid_share
    supply[:filled] /= mesh.volumes[:filled].sum()
    medium = Medium(diffusion=layer.diffusion, loss=layer.loss, fluid_share=layer.fluid_share)
    times = np.append(0.0, ages)
    course = solve(
        mesh, medium, times, supply=supply, until=layer.duration, steps=MESH_STEPS
    ).concentration[1:]
    return np.stack([np.interp(z, mesh.centres, row) for row in course], axis=1)
