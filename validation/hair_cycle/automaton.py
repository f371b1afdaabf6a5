"""The stochastic follicular automaton (Halloy 2000 and 2002) by the package's event engine.

Halloy's three phases are anagen (with catagen), telogen and latency. The engine has four; catagen
is a fixed tenth of a day here, taken from anagen and counted with it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from checks import MODELS, Check, close, within_error
from numpy.typing import NDArray

from anagen.follicle.events import Counts, Start, run_events
from anagen.follicle.law import FollicleLaw
from anagen.follicle.residence import LawName, Residence
from anagen.follicle.scalps import Course, Scalps
from anagen.parameters import load_parameters

Floats = NDArray[np.float64]
P = {name: p.value for name, p in load_parameters().items() if p.table == "halloy2002"}
MONTH = 30
MEANS = np.array([P[f"halloy_{phase}_mean"] for phase in ("anagen", "telogen", "latency")])  # days
EXPECTED = MEANS / MEANS.sum()
CATAGEN = Residence(0.1, law="fixed")
RINGING = MODELS["halloy2002"]["own"]["swing"]  # our own earlier run, not the paper's


def run(
    law: FollicleLaw, *, patients: int = 1, follicles: int, days: int, start: Start, seed: int
) -> Counts:
    """Healthy, untreated scalps under ``law`` for ``days``."""
    scalps = Scalps(patient=np.arange(patients), follicles=follicles)
    return run_events(law, scalps, [Course(days=days)], start=start, seed=seed)


def automaton(
    law: LawName, cv: float = 1.0, *, patients: int = 1, follicles: int, days: int,
    start: Start = "anagen", seed: int,
) -> Counts:  # fmt: skip
    """Run Halloy's follicles; by default all of them enter anagen at day 0."""
    anagen, telogen, latency = (Residence(mean, cv, law) for mean in MEANS - [CATAGEN.mean, 0, 0])
    rules = FollicleLaw(
        anagen=anagen, catagen=CATAGEN, telogen=telogen, kenogen=latency, emergence_delay=0.0
    )
    return run(rules, patients=patients, follicles=follicles, days=days, start=start, seed=seed)


def shares(counts: Counts) -> Floats:
    """Shares of follicles in anagen (with catagen), telogen, latency: (patients, days + 1, 3)."""
    anagen, catagen, telogen, kenogen = (
        counts.daily(name)[:, 0] for name in ("anagen", "catagen", "telogen", "kenogen")
    )
    return np.stack([anagen + catagen, telogen, kenogen], axis=-1) / counts.follicles


def mean_shares(law: LawName, cv: float = 1.0, follicles: int = 10_000, seed: int = 2) -> Floats:
    """Phase shares averaged over months 40 to 160 after the most uneven start, all in anagen."""
    counts = automaton(law, cv, follicles=follicles, days=160 * MONTH, seed=seed)
    return shares(counts)[0, 40 * MONTH :].mean(axis=0)


def fluctuation(follicles: int, patients: int = 40, seed: int = 3) -> tuple[float, float]:
    """SD in time of a scalp's anagen share, and its Monte-Carlo error; lognormal, spread 0.5."""
    counts = automaton(
        "lognormal", 0.5, patients=patients, follicles=follicles, days=120 * MONTH,
        start="stationary", seed=seed,
    )  # fmt: skip
    squares = ((shares(counts)[..., 0] - EXPECTED[0]) ** 2).mean(axis=1)
    sd = math.sqrt(squares.mean())
    return sd, float(squares.std(ddof=1)) / math.sqrt(patients) / (2 * sd)


def expected_anagen(law: LawName, cv: float, days: int, cell: float = 0.5) -> Floats:
    """The exact anagen share at every day after a common start, independent of the engine.

    a(t) = S_A(t) + sum over later onsets of S_A(t - onset); the onsets' density is f/(1 - f) with f
    that of a whole cycle, taken as power series damped by r^k so that the FFT does not wrap.
    """
    n = 2 ** math.ceil(math.log2(4 * days / cell))
    damp = 1e-10 ** (np.arange(n) / n)
    edges = cell * (np.arange(n + 1) - 0.5)
    laws = [Residence(mean, cv, law) for mean in MEANS]
    cycle = np.prod([np.fft.rfft(-np.diff(phase.survival(edges)) * damp) for phase in laws], axis=0)
    survival = laws[0].survival(cell * np.arange(n))
    later = np.concatenate([[0.5], survival[1:]])  # half of a cell's onsets come after its middle
    ahead = np.fft.irfft(cycle / (1 - cycle) * np.fft.rfft(later * damp), n) / damp
    return np.asarray((survival + ahead)[:: round(1 / cell)][: days + 1])


def ringing(cv: float, follicles: int = 5000, seed: int = 4) -> float:
    """Peak to trough of the anagen share in months 32 to 40 after a common start; lognormal."""
    counts = automaton("lognormal", cv, follicles=follicles, days=40 * MONTH, seed=seed)
    return float(np.ptp(shares(counts)[0, 32 * MONTH :, 0]))


def ringing_deviation(cv: float, follicles: int = 100_000, seed: int = 5) -> float:
    """Largest deviation from `expected_anagen` at months 1 to 40, in binomial standard errors.

    Variance of a share at least 1/follicles^2, where all or none are expected in anagen.
    """
    counts = automaton("lognormal", cv, follicles=follicles, days=40 * MONTH, seed=seed)
    share, exact = shares(counts)[0, :, 0], expected_anagen("lognormal", cv, 40 * MONTH)
    error = np.sqrt(np.maximum(exact * (1 - exact), 1 / follicles) / follicles)
    return float(np.abs((share - exact) / error)[MONTH::MONTH].max())


def checks() -> Iterator[Check]:
    """All comparisons of this file."""
    laws: tuple[tuple[LawName, float], ...] = (
        ("lognormal", 0.5), ("lognormal", 1.0), ("gamma", 0.5), ("exponential", 1.0),
    )  # fmt: skip
    for law, cv in laws:
        for phase, ours, theirs in zip("ATL", mean_shares(law, cv), EXPECTED, strict=True):
            yield close(f"automaton, {law} {cv:g}: mean {phase}", ours, theirs, 0.005)
    for follicles in (100, 1000, 10_000):
        sd, error = fluctuation(follicles)
        binomial = math.sqrt(EXPECTED[0] * (1 - EXPECTED[0]) / follicles)
        name = f"automaton, {follicles} follicles: sd of A (Monte-Carlo error {error:.1g})"
        yield close(name, sd, binomial, 0.1 * binomial)
    for cv, reference in RINGING.items():
        name = f"common start, spread {cv:g}: "
        yield close(f"{name}swing of A, own run", ringing(cv), reference, 0.03)
        yield within_error(f"{name}A against its expectation", ringing_deviation(cv))
