"""What the scalp can take: needles and points within it, volumes within their tissue."""

from __future__ import annotations

import math

from anagen.errors import InputError
from anagen.parameters import parameter
from anagen.units import convert


def check_depth(field: str, depth: float) -> None:
    """Refuse a point or needle that does not end in the scalp (``scalp_thickness``).

    ``depth`` in mm. Raises InputError.
    """
    thickness = parameter("scalp_thickness").value_in("mm")
    if not 0 < depth <= thickness:
        problem = f"must lie above 0 and at most {thickness:g} mm, the thickness of the scalp"
        raise InputError(f"{problem} (given: {depth:g})", field=field)


def wet_volume(volume: float) -> float:
    r"""Skin [mm3] that ``volume`` [mL] injected at one point wets: $1000\,V / \phi$.

    $\phi$ ``swollen_fluid_share``: the share of the swollen tissue that is fluid.
    """
    return convert(volume, "mL", "mm**3") / parameter("swollen_fluid_share").value


def check_volume(volume: float, spacing: float) -> None:
    """Refuse a volume [mL] that wets more than the skin under its cell of the grid [mm].

    Raises InputError with the volume that fits.
    """
    tissue = spacing**2 * parameter("scalp_thickness").value_in("mm")
    wet = wet_volume(volume)
    if wet > tissue:
        most = volume * tissue / wet
        problem = f"{volume:g} mL wets {wet:.0f} mm3 of skin, more than the {tissue:.0f} mm3 under"
        do = f"its cell of {spacing:g} mm; give at most {most:.2g} mL or a wider spacing_mm"
        raise InputError(f"{problem} {do}", field="volume_ml_per_point")


def check_area(area: float, spacing: float) -> None:
    """Refuse an area [cm2] smaller than one cell of the grid [mm]. Raises InputError."""
    cell = spacing**2 / 100
    if area < cell:
        problem = f"{area:g} cm2 is smaller than one cell of the grid, {cell:g} cm2"
        raise InputError(f"{problem}; give a larger area or a smaller spacing_mm", field="area_cm2")


def check_packing(particles_per_ml: float) -> None:
    r"""Refuse more particles per mL than can be packed: $\phi / (\frac{\pi}{6} d^3)$.

    $\phi$ ``particle_packing_share``, $d$ ``vesicle_diameter_generic``. Raises InputError.
    """
    diameter = parameter("vesicle_diameter_generic").value_in("cm")
    most = parameter("particle_packing_share").value / (math.pi / 6 * diameter**3)
    if particles_per_ml > most:
        problem = f"makes {particles_per_ml:.2g} particles per mL, more than the {most:.2g}"
        do = "that can be packed; give fewer particles or more volume"
        raise InputError(f"{problem} {do}", field="particles")
