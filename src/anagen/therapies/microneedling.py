"""Needling and injection as wounds: their size over that of the control arms they are tied to."""

from __future__ import annotations

import math
from collections.abc import Mapping

from anagen.errors import InputError


def wound_input(needle_mm: float, density_per_cm2: float, p: Mapping[str, float]) -> float:
    r"""Wound signal of a needling session over the reference: $(L/L_0)^a (n/n_0)^b$.

    ``needle_mm`` $L$ and ``density_per_cm2`` $n$ punctures [1/cm2]; $L_0$ 1.5 mm
    (``needle_length_hair_trials``) and $n_0$ (``channel_density_scalp_session``) stand for the
    needling arm of the control response, whose needle was not seen. The exponents are assumed, and
    $a$ may be negative: 0.6 mm did at least as well as 1.2 mm. 0 without needle or punctures.
    Studied: 0.3 to 2.5 mm. Raises InputError for a negative number.
    """
    length = _relative("needle_mm", needle_mm, p["needle_length_hair_trials"])
    density = _relative("density_per_cm2", density_per_cm2, p["channel_density_scalp_session"])
    if length == 0 or density == 0:
        return 0.0
    return float(length ** p["wound_length_exponent"] * density ** p["wound_density_exponent"])


def injection_wound(points_per_cm2: float, p: Mapping[str, float]) -> float:
    r"""Wound signal of an injection session over that of the saline arm: $(n/n_0)^b$.

    ``points_per_cm2`` $n$ [1/cm2]; $n_0$ is ``injection_points_reference``. 0 without injections.
    Raises InputError for a negative number.
    """
    density = _relative("points_per_cm2", points_per_cm2, p["injection_points_reference"])
    return float(density ** p["wound_density_exponent"]) if density > 0 else 0.0


def _relative(name: str, given: float, reference: float) -> float:
    if not (math.isfinite(given) and given >= 0):
        raise InputError(f"must be 0 or more (given: {given})", field=name)
    return given / reference
