r"""Closed forms of diffusion with first-order loss: $\partial_t C = D \nabla^2 C - k C$.

Units are free but consistent (length, time, amount per length cubed); every function broadcasts.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from anagen.errors import InputError

Floats = NDArray[np.float64]

CENTRE = 1e-6
"""Share of the radius below which the centre's value is taken; the error is its square."""
EDGE = 1e-9
"""Least width of the front as a share of the radius: at time 0 the edge is a step."""
UL_PER_ML = 1000.0


def wetted_radius(volume: ArrayLike, swollen_share: ArrayLike) -> Floats:
    r"""Radius [mm] of the sphere that an injection wets: $\frac43 \pi R^3 \sigma = V$.

    ``volume`` $V$ [mL] above 0, ``swollen_share`` $\sigma$ the share of the swollen tissue that is
    fluid (``swollen_fluid_share``, 0 to 1). The fluid is taken to spread evenly in all directions.
    Raises InputError for a volume or share that is not above 0.
    """
    v, share = np.asarray(volume, dtype=float), np.asarray(swollen_share, dtype=float)
    for name, values in (("volume", v), ("swollen_share", share)):
        if not np.all(values > 0):
            raise InputError(f"must be more than 0 (given: {values.min():g})", field=name)
    return np.cbrt(3 * v * UL_PER_ML / (4 * np.pi * share))


def sphere_source(
    r: ArrayLike, t: ArrayLike, radius: ArrayLike, diffusion: ArrayLike, loss: ArrayLike = 0.0
) -> Floats:
    r"""Share of the first concentration around a sphere that was filled evenly at time 0.

    $C/C_0 = \left(\frac12 [\mathrm{erf}\frac{R-r}{s} + \mathrm{erf}\frac{R+r}{s}]
    - \frac{s}{2\sqrt\pi r} [e^{-(R-r)^2/s^2} - e^{-(R+r)^2/s^2}]\right) e^{-kt}$, $s = \sqrt{4Dt}$

    ``r`` distance from the centre and ``t`` time, 0 or more; ``radius`` $R$, ``diffusion`` $D$
    above 0, ``loss`` $k$. Endless tissue (Crank 1975, the mathematics of diffusion, extended
    sources).
    """
    big = np.asarray(radius, dtype=float)
    t = np.asarray(t, dtype=float)
    r = np.maximum(np.asarray(r, dtype=float), CENTRE * big)
    s = np.maximum(np.sqrt(4 * np.asarray(diffusion) * t), EDGE * big)
    near, far = (big - r) / s, (big + r) / s
    inside = (special.erf(near) + special.erf(far)) / 2
    spill = s / (2 * np.sqrt(np.pi) * r) * (np.exp(-(near**2)) - np.exp(-(far**2)))
    return np.asarray((inside - spill) * np.exp(-np.asarray(loss) * t))


def point_source(
    r: ArrayLike, t: ArrayLike, amount: ArrayLike, diffusion: ArrayLike, loss: ArrayLike = 0.0
) -> Floats:
    r"""Concentration around a point: $C = N (4\pi D t)^{-3/2} e^{-r^2/(4Dt) - kt}$.

    ``r`` distance, ``t`` time above 0, ``amount`` $N$, ``diffusion`` $D$, ``loss`` $k$ (Crank
    1975).
    """
    t, spread = np.asarray(t, dtype=float), 4 * np.asarray(diffusion) * np.asarray(t, dtype=float)
    decay = np.exp(-(np.asarray(r) ** 2) / spread - np.asarray(loss) * t)
    return np.asarray(np.asarray(amount) * decay / (np.pi * spread) ** 1.5)


def plane_source(
    z: ArrayLike, t: ArrayLike, amount: ArrayLike, diffusion: ArrayLike, loss: ArrayLike = 0.0
) -> Floats:
    r"""Concentration below a tight surface: $C = N e^{-z^2/(4Dt) - kt}/\sqrt{\pi D t}$.

    ``z`` depth, ``t`` time above 0, ``amount`` $N$ put on the surface per area, ``diffusion`` $D$,
    ``loss`` $k$ (Crank 1975).
    """
    t, spread = np.asarray(t, dtype=float), 4 * np.asarray(diffusion) * np.asarray(t, dtype=float)
    decay = np.exp(-(np.asarray(z) ** 2) / spread - np.asarray(loss) * t)
    return np.asarray(2 * np.asarray(amount) * decay / np.sqrt(np.pi * spread))


def slab_source(
    z: ArrayLike, t: ArrayLike, amount: ArrayLike, depth: float, diffusion: float, loss: float = 0.0
) -> Floats:
    r"""Concentration from an even layer between a surface that lets nothing out and a depth.

    $C = \frac{N}{2h} [\mathrm{erf}\frac{h-z}{s} + \mathrm{erf}\frac{h+z}{s}] e^{-kt}$,
    $s = \sqrt{4Dt}$

    ``z`` depth, ``t`` time above 0, ``amount`` $N$ per area, ``depth`` $h$ of the layer above 0,
    ``diffusion`` $D$, ``loss`` $k$ (Crank 1975).
    """
    z, t = np.asarray(z, dtype=float), np.asarray(t, dtype=float)
    s = np.sqrt(4 * diffusion * t)
    spread = special.erf((depth - z) / s) + special.erf((depth + z) / s)
    return np.asarray(np.asarray(amount) / (2 * depth) * spread * np.exp(-loss * t))


def steady_slab(x: ArrayLike, half_width: ArrayLike, diffusion: float, loss: float) -> Floats:
    r"""Share of the edge's concentration in a slab fed from both sides: $\cosh(x/l)/\cosh(L/2l)$.

    ``x`` distance from the middle, ``half_width`` $L/2$, $l = \sqrt{D/k}$ the length that is
    reached; ``diffusion`` $D$ and ``loss`` $k$ above 0 (Crank 1975).
    """
    reach = np.sqrt(diffusion / loss)
    return np.asarray(np.cosh(np.asarray(x) / reach) / np.cosh(np.asarray(half_width) / reach))


def smoluchowski_capture(
    radius: ArrayLike, diffusion: ArrayLike, concentration: ArrayLike
) -> Floats:
    r"""Amount per time that a sphere takes which keeps all it meets: $4 \pi D a C$.

    ``radius`` $a$, ``diffusion`` $D$, ``concentration`` $C$ far away; the upper limit of uptake
    (Smoluchowski 1917).
    """
    size, far = np.asarray(radius, dtype=float), np.asarray(concentration, dtype=float)
    return np.asarray(4 * np.pi * size * np.asarray(diffusion) * far)


def darcy_pressure(
    flow: float, viscosity: float, permeability: float, inner: float, outer: float
) -> float:
    r"""Pressure that drives a flow outwards: $p = \frac{Q\mu}{4\pi k}(\frac1a - \frac1b)$.

    ``flow`` $Q$, ``viscosity`` $\mu$, ``permeability`` $k$ (length squared), ``inner`` $a$ and
    ``outer`` $b$ radius of the wetted shell, in one system of units (Darcy's law, radial).
    """
    return float(flow * viscosity / (4 * np.pi * permeability) * (1 / inner - 1 / outer))
