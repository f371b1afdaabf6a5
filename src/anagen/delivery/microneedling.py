"""Microneedling: channels that are shallow, few and soon closed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from anagen.delivery.layer import Solver, layer_course
from anagen.delivery.skin import HOURS, Solute
from anagen.delivery.topical import applied, check_dose, entry_layer
from anagen.errors import InputError
from anagen.parameters import parameter

Floats = NDArray[np.float64]


def channel_depth(needle_mm: float, ratio: float) -> float:
    r"""Depth of a channel [mm]: $h = \rho L$.

    ``needle_mm`` $L$ from 0.25 to 2.5, ``ratio`` $\rho$ (``penetration_depth_ratio``): rat skin
    yields under a roller, a fifth of 0.77 mm (kalluri2011); motor pens go deeper (assumed).
    """
    return ratio * needle_mm


def entering_share(density_per_cm2: float, p: Mapping[str, float]) -> float:
    r"""Share of the dose that enters through channels: $\min(1, F\, n/n_0)$.

    ``density_per_cm2`` $n$ of the channels [1/cm2], above 0; ``p``:
    ``microneedling_fraction_entering`` $F$ at the density $n_0$ of its table's value of
    ``channel_density_scalp_session`` (not a draw of it: it is what $F$ refers to). Raises
    InputError for a density that is not above 0.
    """
    _check_above_0("density_per_cm2", density_per_cm2)
    reference = parameter("channel_density_scalp_session").value
    share = p["microneedling_fraction_entering"] * density_per_cm2 / reference
    return min(1.0, share)


def needled(
    depths: ArrayLike,
    nodes: Floats,
    *,
    session_days: Sequence[float],
    dose_per_cm2: float,
    solute: Solute,
    needle_mm: float,
    density_per_cm2: float,
    p: Mapping[str, float],
    massage: bool = False,
    solver: Solver = "closed",
) -> Floats:
    """Concentration of a solute put on needled skin [amount/mL of fluid], shape (depths, nodes).

    `entering_share` of the dose fills the channels' depth evenly while they are open
    (``channel_closure_time_uncovered``); the rest meets intact skin (`topical.applied`).
    Area-averaged: channels stand closer than follicles.

    Parameters
    ----------
    depths
        Where the follicle reads [mm], shape (depths,).
    nodes
        Increasing times [day] (`positions.session_nodes`).
    session_days
        When skin is needled and the dose put on [day].
    dose_per_cm2
        Amount per session, 0 or more.
    solute
        How it moves; all of it is free at once.
    needle_mm, density_per_cm2
        Length of the needles [mm] and channels that they leave [1/cm2], above 0.

    Raises
    ------
    InputError
        For a dose that is not 0 or more, and a needle or density that is not above 0.
    """
    check_dose(dose_per_cm2)
    _check_above_0("needle_mm", needle_mm)
    share = entering_share(density_per_cm2, p)
    depth = channel_depth(needle_mm, p["penetration_depth_ratio"])
    closing = p["channel_closure_time_uncovered"] / HOURS
    layer = entry_layer(solute, dose_per_cm2 * share, depth=depth, duration=closing)
    intact = applied(
        depths, nodes, application_days=session_days, dose_per_cm2=dose_per_cm2 * (1 - share),
        solute=solute, p=p, massage=massage, solver=solver,
    )  # fmt: skip
    return layer_course(layer, depths, nodes, session_days, solver) + intact


def _check_above_0(name: str, given: float) -> None:
    if not 0 < given < float("inf"):
        raise InputError(f"must be more than 0 (given: {given:g})", field=name)
