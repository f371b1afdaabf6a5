"""Topical: what little passes intact skin, by its surface and by the mouths of the follicles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from anagen.delivery.layer import Layer, Solver, layer_course
from anagen.delivery.skin import HOURS, Solute
from anagen.errors import InputError

Floats = NDArray[np.float64]


def entering_share(p: Mapping[str, float], *, massage: bool = False) -> float:
    r"""Share of an applied dose that passes intact skin: $f\, T/24\,\mathrm{h}$, at most 1.

    ``p``: ``topical_fraction_crossing_24_hours`` $f$, ``stratum_corneum_residence`` $T$ [hour];
    ``massage_gain`` multiplies it with ``massage`` (assumed, no depth or amount was measured).
    """
    share = p["topical_fraction_crossing_24_hours"] * p["stratum_corneum_residence"] / HOURS
    return min(1.0, share * (p["massage_gain"] if massage else 1.0))


def applied(
    depths: ArrayLike,
    nodes: Floats,
    *,
    application_days: Sequence[float],
    dose_per_cm2: float,
    solute: Solute,
    p: Mapping[str, float],
    massage: bool = False,
    solver: Solver = "closed",
) -> Floats:
    """Concentration of a solute put on intact skin [amount/mL of fluid], shape (depths, nodes).

    What passes (`entering_share`) does so evenly over its residence in the stratum corneum; a
    share of it (``follicular_entry_share``) from the infundibulum (``infundibulum_depth``), the
    rest from the surface. Area-averaged, without floor.

    Parameters
    ----------
    depths
        Where the follicle reads [mm], shape (depths,).
    nodes
        Increasing times [day].
    application_days
        When it is applied [day].
    dose_per_cm2
        Amount per application, 0 or more.
    solute
        How it moves; all of it is free at once.

    Raises
    ------
    InputError
        For a dose that is not 0 or more.
    """
    check_dose(dose_per_cm2)
    enters = dose_per_cm2 * entering_share(p, massage=massage)
    shunt = p["follicular_entry_share"]
    course = np.zeros((np.size(depths), len(nodes)))
    for share, depth in ((1 - shunt, 0.0), (shunt, p["infundibulum_depth"])):
        layer = entry_layer(
            solute, enters * share, depth=depth, duration=p["stratum_corneum_residence"] / HOURS
        )
        course += layer_course(layer, depths, nodes, application_days, solver)
    return course


def check_dose(dose_per_cm2: float) -> None:
    """Raise InputError for a dose that is not a number of 0 or more."""
    if not (np.isfinite(dose_per_cm2) and dose_per_cm2 >= 0):
        raise InputError(f"must be 0 or more (given: {dose_per_cm2:g})", field="dose_per_cm2")


def entry_layer(solute: Solute, amount: float, *, depth: float, duration: float) -> Layer:
    """A layer of ``depth`` [mm] that a solute enters over ``duration`` [day], dermis at rest."""
    return Layer(
        amount=amount, depth=depth, duration=duration, diffusion=solute.diffusion,
        loss=solute.loss, fluid_share=solute.open_share,
    )  # fmt: skip
