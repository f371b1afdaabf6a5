"""Microneedling: channels that are shallow, few and soon closed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from anagen.delivery.layer import Solver, layer_course
from anagen.delivery.skin import HOURS
from anagen.delivery.topical import applied, check_dose, entry_layer
from anagen.errors import InputError
from anagen.parameters import parameter

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Needling:
    """Needles of ``needle_mm`` [mm] that leave ``density_per_cm2`` channels [1/cm2].

    Raises InputError for a needle or density that is not above 0.
    """

    needle_mm: float
    density_per_cm2: float

    def __post_init__(self) -> None:
        for name in ("needle_mm", "density_per_cm2"):
            value = getattr(self, name)
            if not 0 < value < float("inf"):
                raise InputError(f"must be more than 0 (given: {value:g})", field=name)


def channel_depth(needle_mm: float, ratio: float) -> float:
    r"""Depth of a channel [mm]: $h = \rho L$.

    ``needle_mm`` $L$ from 0.25 to 2.5, ``ratio`` $\rho$ (``penetration_depth_ratio``): rat skin
    yields under a roller, a fifth of 0.77 mm (kalluri2011); motor pens go deeper (assumed).
    """
    return ratio * needle_mm


def entering_share(needling: Needling, p: Mapping[str, float]) -> float:
    r"""Share of the dose that enters through channels: $\min(1, F\, n/n_0)$.

    ``p``: ``microneedling_fraction_entering`` $F$ at the density $n_0$ of its table's value of
    ``channel_density_scalp_session`` (not a draw of it: it is what $F$ refers to).
    """
    reference = parameter("channel_density_scalp_session").value
    share = p["microneedling_fraction_entering"] * needling.density_per_cm2 / reference
    return min(1.0, share)


def needled(
    depths: ArrayLike,
    nodes: Floats,
    *,
    session_days: Sequence[float],
    dose_per_cm2: float,
    needling: Needling,
    p: Mapping[str, float],
    massage: bool = False,
    solver: Solver = "closed",
) -> Floats:
    """Concentration of vesicles put on needled skin [amount/mL of fluid], shape (depths, nodes).

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

    Raises
    ------
    InputError
        For a dose that is not 0 or more.
    """
    check_dose(dose_per_cm2)
    share = entering_share(needling, p)
    depth = channel_depth(needling.needle_mm, p["penetration_depth_ratio"])
    closing = p["channel_closure_time_uncovered"] / HOURS
    layer = entry_layer(p, dose_per_cm2 * share, depth=depth, duration=closing)
    intact = applied(
        depths, nodes, application_days=session_days, dose_per_cm2=dose_per_cm2 * (1 - share),
        p=p, massage=massage, solver=solver,
    )  # fmt: skip
    return layer_course(layer, depths, nodes, session_days, solver) + intact
