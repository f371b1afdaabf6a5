"""Parameter sets: the central values of the tables, or a draw from their ranges.

A parameter set is a plain dictionary from name to number, in the unit of its table. A draw is
named by its seed: the number that a parameter gets depends on (seed, its name) alone, so that a
parameter added to a table changes no other one.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterable
from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from anagen.parameters import Parameter, load_parameters, parameter

Floats = NDArray[np.float64]

TABLES = ("hair_cycle", "follicle", "androgen", "drive", "dht", "measurement", "control_response")
"""Tables whose parameters make up a set."""
RANGE = 0.95
"""Share of a normal or lognormal parameter that lies between its low and its high."""


def quantile(p: Parameter, share: ArrayLike) -> Floats:
    r"""Value below which a ``share`` (0 to 1) of the parameter's prior lies.

    Fixed: the value. Uniform, loguniform: the value plays no part. Normal, lognormal: the value is
    the median, low and high are the 2.5 and 97.5 % points, and the two halves have each their own
    spread. Beta: between low and high with its mode at the value, $\alpha = 1 + 4(v-l)/(h-l)$,
    $\beta = 1 + 4(h-v)/(h-l)$ (PERT).
    """
    u = np.asarray(share, dtype=float)
    match p.distribution:
        case "fixed":
            return np.full(u.shape, p.value)
        case "uniform":
            return np.asarray(p.low + u * (p.high - p.low))
        case "loguniform":
            return np.asarray(p.low * (p.high / p.low) ** u)
        case "beta":
            width = p.high - p.low
            alpha, beta = 1 + 4 * (p.value - p.low) / width, 1 + 4 * (p.high - p.value) / width
            return np.asarray(p.low + width * special.betaincinv(alpha, beta, u))
        case "normal":
            return _two_piece(p.value, p.low, p.high, u)
        case "lognormal":
            log = math.log
            return np.asarray(np.exp(_two_piece(log(p.value), log(p.low), log(p.high), u)))


def _two_piece(centre: float, low: float, high: float, share: Floats) -> Floats:
    """Quantile of a normal law whose halves below and above the centre differ in spread."""
    z = special.ndtri(share) / special.ndtri(0.5 + RANGE / 2)
    return np.asarray(centre + z * np.where(z < 0, centre - low, high - centre))


@cache
def _names() -> tuple[str, ...]:
    return tuple(name for name, p in load_parameters().items() if p.table in TABLES)


def central_parameters(names: Iterable[str] | None = None) -> dict[str, float]:
    """The tables' values, of all the model's parameters or of ``names``.

    Raises InputError for an unknown name.
    """
    return {name: parameter(name).value for name in (_names() if names is None else names)}


def draw_parameters(seed: int, names: Iterable[str] | None = None) -> dict[str, float]:
    """One draw from the priors, each parameter independent of the others.

    The same ``seed`` gives a parameter the same number, whatever else is drawn. Raises InputError
    for an unknown name.
    """
    return {
        name: float(quantile(parameter(name), luck(seed, name)))
        for name in (_names() if names is None else names)
    }


def luck(seed: int, name: str) -> float:
    """The uniform number (0 to 1) that belongs to (``seed``, ``name``)."""
    key = [seed, zlib.crc32(name.encode())]
    return float(np.random.Generator(np.random.Philox(key=key)).random())
