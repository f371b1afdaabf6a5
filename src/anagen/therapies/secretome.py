"""Secretome (conditioned medium): secreted protein, put on or injected."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from anagen.errors import InputError

HOURS = 24.0


@dataclass(frozen=True, kw_only=True)
class Secretome:
    """One application: ``amount`` of protein [ug/cm2], and how it moves and acts in the dermis.

    ``diffusion`` [mm2/day], ``loss_rate`` [1/day], ``half_effect`` [ug/mL].
    """

    amount: float
    diffusion: float
    loss_rate: float
    half_effect: float


def application(
    protein_ug_ml: float, volume_ml: float, area_cm2: float, p: Mapping[str, float]
) -> Secretome:
    """``volume_ml`` [mL] with ``protein_ug_ml`` [ug/mL] over ``area_cm2`` [cm2], once.

    Every number of its way and its effect is assumed (``secretome.csv``); whether it works is for
    its potency to say. Raises InputError for a negative amount or an area that is not above 0.
    """
    for name, given in (("protein_ug_ml", protein_ug_ml), ("volume_ml", volume_ml)):
        if not (math.isfinite(given) and given >= 0):
            raise InputError(f"must be 0 or more (given: {given})", field=name)
    if not (math.isfinite(area_cm2) and area_cm2 > 0):
        raise InputError(f"must be more than 0 cm2 (given: {area_cm2})", field="area_cm2")
    return Secretome(
        amount=protein_ug_ml * volume_ml / area_cm2,
        diffusion=p["secretome_protein_diffusion"],
        loss_rate=math.log(2) * HOURS / p["secretome_protein_half_life"],
        half_effect=p["secretome_half_effect"],
    )
