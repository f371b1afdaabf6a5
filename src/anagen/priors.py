"""Parameter sets: the central values of the tables, or a draw from their ranges.

A parameter set is a plain dictionary from name to number, in the unit of its table. A draw is
named by its seed: the number that a parameter gets depends on (seed, its name) alone, so that a
parameter added to a table changes no other one.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from anagen.parameters import DISTRIBUTIONS, Parameter, load_parameters, parameter
from anagen.rng import philox64, uniform

Floats = NDArray[np.float64]
Keys = NDArray[np.uint64]
Bounds = tuple[Floats, Floats, Floats]
"""Values, lows and highs."""

TABLES = (
    "hair_cycle", "follicle", "androgen", "drive", "dht", "measurement", "control_response", "skin",
    "injection", "topical", "microneedling", "diffusion", "clearance", "vesicle", "uptake",
    "signalling", "wound", "potency", "potency_weights", "platelets", "secretome", "minoxidil",
    "dutasteride", "jak_inhibitors", "ketoconazole", "nutrient_correction", "people",
    "androgen_female", "areata", "effluvium", "inflammation", "scarring", "ageing", "nutrition",
    "season", "shedding_tests", "trial",
)  # fmt: skip
"""Tables whose parameters make up a set."""
HELD = ("exosome_null_probability",)
"""Further parameters of a set, held in a draw: the share of the draws in which something is so."""
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
    return _quantile(
        p.distribution, (np.asarray(p.value), np.asarray(p.low), np.asarray(p.high)), u
    )


def _quantile(law: str, bounds: Bounds, u: Floats) -> Floats:
    """`quantile` of any number of parameters whose law is of one kind."""
    value, low, high = bounds
    match law:
        case "uniform":
            return np.asarray(low + u * (high - low))
        case "loguniform":
            return np.asarray(low * (high / low) ** u)
        case "beta":
            width = high - low
            alpha, beta = 1 + 4 * (value - low) / width, 1 + 4 * (high - value) / width
            return np.asarray(low + width * special.betaincinv(alpha, beta, u))
        case "normal":
            return _two_piece(value, low, high, u)
        case "lognormal":
            return np.asarray(np.exp(_two_piece(np.log(value), np.log(low), np.log(high), u)))
    return np.asarray(value + 0 * u)  # fixed


def _two_piece(centre: Floats, low: Floats, high: Floats, share: Floats) -> Floats:
    """Quantile of a normal law whose halves below and above the centre differ in spread."""
    z = special.ndtri(share) / special.ndtri(0.5 + RANGE / 2)
    return np.asarray(centre + z * np.where(z < 0, centre - low, high - centre))


@cache
def _names() -> tuple[str, ...]:
    return tuple(n for n, p in load_parameters().items() if p.table in TABLES or n in HELD)


def between_people(normals: ArrayLike, cv: float) -> Floats:
    r"""Factor of a person on a trait: lognormal with mean 1, $e^{\sigma z - \sigma^2/2}$.

    ``normals`` $z$ are standard normal, one per person (minus infinity never); ``cv`` the
    coefficient of variation between people, $\sigma^2 = \ln(1 + cv^2)$.
    """
    sigma = np.sqrt(np.log1p(cv**2))
    return np.asarray(np.exp(sigma * np.asarray(normals, dtype=float) - sigma**2 / 2))


def central_parameters(names: Iterable[str] | None = None) -> dict[str, float]:
    """The tables' values, of all the model's parameters or of ``names``.

    Raises InputError for an unknown name.
    """
    if names is None:
        return dict(_centre())
    return {name: parameter(name).value for name in names}


@cache
def _centre() -> dict[str, float]:
    return {name: parameter(name).value for name in _names()}


def draw_parameters(seed: int, names: Iterable[str] | None = None) -> dict[str, float]:
    """One draw from the priors, each parameter independent of the others.

    The same ``seed`` gives a parameter the same number, whatever else is drawn. Raises InputError
    for an unknown name.
    """
    chosen = _names() if names is None else tuple(names)
    order, keys, laws = _by_law(chosen)
    u = _uniform(seed, keys)
    values = [_quantile(law, bounds, u[some]) for law, some, bounds in laws]
    found = dict(zip(order, np.concatenate(values).tolist(), strict=True))
    return {name: found[name] for name in chosen}


@cache
def _by_law(
    names: tuple[str, ...],
) -> tuple[list[str], Keys, list[tuple[str, slice, Bounds]]]:
    """The names in order of their law, their keys, and each law's values, lows and highs."""
    order: list[str] = []
    laws = []
    for law in DISTRIBUTIONS:
        some = [parameter(n) for n in names if _law_of(n) == law]
        value, low, high = np.array([(p.value, p.low, p.high) for p in some]).reshape(-1, 3).T
        laws.append((law, slice(len(order), len(order) + len(some)), (value, low, high)))
        order += [p.name for p in some]
    return order, _keys(order), laws


def _law_of(name: str) -> str:
    return "fixed" if name in HELD else parameter(name).distribution


def _keys(names: Iterable[str]) -> Keys:
    return np.array([zlib.crc32(name.encode()) for name in names], dtype=np.uint64)


def _uniform(seed: int, keys: Keys) -> Floats:
    return uniform(philox64(np.full_like(keys, seed), keys))


def luck(seed: int, name: str) -> float:
    """The uniform number (0 to 1) that belongs to (``seed``, ``name``).

    The first of NumPy's Philox4x64-10 whose key is the seed and the name's CRC-32.
    """
    return float(_uniform(seed, _keys([name]))[0])
