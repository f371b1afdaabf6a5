"""The deterministic follicular automaton (Halloy 2002, key ``halloy2002``) and ours beside it.

Follicles go round anagen, telogen, latency at constant rates; catagen is part of anagen. Time in
months of 30 days, as encoded (BioModels MODEL1006230014).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from automaton import EXPECTED, MEANS, MONTH, P, automaton, shares
from checks import MODELS, Check, close, within_error
from numpy.typing import NDArray
from scipy.linalg import expm

Floats = NDArray[np.float64]
START = np.array([P[f"halloy_{phase}_start"] for phase in ("anagen", "telogen", "latency")] + [0.0])
OUTSIDE = MODELS["halloy2002"]["outside"]["transient"]
OWN = MODELS["halloy2002"]["own"]["transient"]
ENCODED = MODELS["halloy2002"]["own"]["encoded_loss"]


def rates(loss: float = P["halloy_loss"]) -> Floats:
    """d(A, T, L, M)/dt per month: dA = L/muL - A/muA, dT = A/muA - T/muT - eps T, dM = eps T.

    ``loss`` eps takes follicles out of telogen for good (M), so that A + T + L + M stays.
    """
    a, t, latency = 1 / (MEANS / MONTH)
    return np.array(
        [[-a, 0, latency, 0], [a, -t - loss, 0, 0], [0, t, -latency, 0], [0, loss, 0, 0]]
    )


def rates_as_encoded(loss: float) -> Floats:
    """The same with the encoded eps terms, dL + eps M and dM = eps T, which no equation loses."""
    gain = np.zeros((4, 4))
    gain[2, 3] = gain[3, 1] = loss
    return rates(0.0) + gain


def eigenvalue() -> complex:
    """One root of x2 + (a + t + l) x + (at + al + tl); the others are its conjugate and 0."""
    a, t, latency = 1 / (MEANS / MONTH)
    half, product = (a + t + latency) / 2, a * t + a * latency + t * latency
    return complex(-half, np.sqrt(product - half**2))


def state(months: float, start: Floats = START, loss: float = P["halloy_loss"]) -> Floats:
    """A, T, L, M after ``months``: the matrix exponential, exact."""
    return np.asarray(expm(rates(loss) * months) @ start)


def follicles_as_encoded(loss: float, months: float) -> float:
    """What 1 follicle has become after ``months`` with the encoded eps terms."""
    return float((expm(rates_as_encoded(loss) * months) @ START).sum())


def steady_state() -> Floats:
    """A, T, L where all flows are equal: the null vector, summing to one."""
    vector = np.linalg.svd(rates(0.0)[:3, :3])[2][-1]
    return np.asarray(vector / vector.sum())


def automaton_deviation(follicles: int = 100_000, months: int = 12, seed: int = 1) -> float:
    """Largest deviation of our automaton from the equations, in binomial standard errors.

    Exponential residence times, all follicles entering anagen at month 0; every month, every phase.
    """
    counts = automaton("exponential", follicles=follicles, days=months * MONTH, seed=seed)
    ours = shares(counts)[0, ::MONTH]
    exact = np.array([state(m, np.eye(4)[0])[:3] for m in range(months + 1)])
    error = np.sqrt(exact * (1 - exact) / follicles)[1:]
    return float(np.abs((ours - exact)[1:] / error).max())


def checks() -> Iterator[Check]:
    """All comparisons of this file."""
    for whose, transient in (("outside run", OUTSIDE), ("own working", OWN)):
        for month, reference in transient.items():
            for phase, ours, theirs in zip("ATL", state(month), reference, strict=False):
                yield close(f"equations, {whose}: {phase} at month {month:g}", ours, theirs, 1e-4)
    value = max(np.linalg.eigvals(rates(0.0)), key=lambda root: root.imag)
    yield close("equations: decay per month", value.real, eigenvalue().real, 1e-9)
    yield close("equations: turn per month", value.imag, eigenvalue().imag, 1e-9)
    for phase, ours, theirs in zip("ATL", steady_state(), EXPECTED, strict=True):
        yield close(f"equations: steady {phase}", ours, theirs, 1e-9)
    yield close("equations: all follicles, loss 0.05", state(12, loss=0.05).sum(), 1.0, 1e-12)
    encoded = follicles_as_encoded(ENCODED["loss"], ENCODED["months"])
    yield close("all follicles, loss 0.05 as encoded", encoded, ENCODED["follicles"], 1e-5)
    yield within_error("exponential automaton against equations", automaton_deviation())
