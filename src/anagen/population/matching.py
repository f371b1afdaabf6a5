r"""Weights that make a pool of people meet a published baseline table: maximum entropy.

Of all weights $w$ that meet the moments $\sum_i w_i c_{ki} = 0$, those nearest to equal ones in
relative entropy are $w_i \propto e^{\lambda \cdot c_i}$ (exponential tilting). The multipliers
$\lambda$ minimise the convex dual $\ln \frac1n \sum_i e^{\lambda \cdot c_i}$. Entropy balancing:
Hainmueller 2012, DOI 10.1093/pan/mpr025 (from memory; not in the reference list).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special

from anagen.errors import InputError
from anagen.simulate.conditioning import effective_sample_size, systematic

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

EXACT = 1e-5
"""Largest remainder of a moment that is met, in units of its spread."""
RIDGES = (1e-6, 1e6)
"""Between these penalties on the multipliers lie the nearest weights that keep the floor."""
HALVINGS = 40


@dataclass(frozen=True, kw_only=True)
class Match:
    """Weights of a pool; ``weights`` (people,) add up to 1, ``remainders`` (moments,).

    ``ess``: effective sample size; ``ess_exact``: that which meeting every moment would leave, NaN
    where no weights do. ``reached``: whether all moments are met with the floor kept; else the
    weights are the nearest that keep the floor and ``impossible`` (moments,) marks the moments that
    no weights of this pool meet together. ``multipliers`` (moments,) give the weights from the
    moments.
    """

    weights: Floats
    multipliers: Floats
    ess: float
    ess_exact: float
    reached: bool
    remainders: Floats
    impossible: NDArray[np.bool_]


def tilted(moments: Floats, ridge: float = 0.0, slack: Floats | None = None) -> Floats:
    r"""Weights $w_i \propto e^{\lambda \cdot c_i}$, (people,); arguments as in `multipliers`."""
    return np.asarray(special.softmax(multipliers(moments, ridge, slack) @ moments))


def multipliers(moments: Floats, ridge: float = 0.0, slack: Floats | None = None) -> Floats:
    r"""The multipliers $\lambda$ (moments,) at the minimum of the dual.

    ``moments`` $c$ (moments, people). The dual is $\ln \frac1n \sum_i e^{\lambda \cdot c_i}
    + \frac{\rho}{2} |\lambda|^2 + \sum_k s_k |\lambda_k|$: a ``ridge`` $\rho$ leaves a remainder of
    $-\rho \lambda$ in every moment, a ``slack`` $s$ (moments,) lets each be missed by that much.
    """

    def dual(lam: Floats) -> tuple[float, Floats]:
        logs = lam @ moments
        value = special.logsumexp(logs) - np.log(len(logs)) + ridge / 2 * lam @ lam
        return float(value), moments @ special.softmax(logs) + ridge * lam

    def curvature(lam: Floats) -> Floats:
        w = special.softmax(lam @ moments)
        mean = moments @ w
        spread = (moments * w) @ moments.T - np.outer(mean, mean)
        return np.asarray(spread + ridge * np.eye(len(mean)))

    k = len(moments)
    if slack is None:
        found = optimize.minimize(
            dual, np.zeros(k), jac=True, hess=curvature, method="trust-exact",
            options={"gtol": EXACT / 100, "maxiter": 500},
        )  # fmt: skip
        return np.asarray(found.x)

    def split(both: Floats) -> tuple[float, Floats]:
        value, slope = dual(both[:k] - both[k:])
        return float(value + slack @ (both[:k] + both[k:])), np.concatenate(
            (slack + slope, slack - slope)
        )

    found = optimize.minimize(
        split, np.zeros(2 * k), jac=True, method="L-BFGS-B", bounds=[(0, None)] * (2 * k),
        options={"gtol": EXACT / 100, "ftol": 1e-15, "maxiter": 5000, "maxcor": 30},
    )  # fmt: skip
    return np.asarray(found.x[:k] - found.x[k:])


def shortfalls(moments: Floats, slack: Floats) -> Floats:
    """By how much each moment must be missed when their sum is least, (moments,).

    A linear programme over all weights: zero everywhere where the targets lie inside the convex
    hull of the pool.
    """
    k, n = moments.shape
    cost = np.concatenate((np.zeros(n), np.ones(2 * k), np.zeros(k)))
    sums = np.hstack((moments, np.eye(k), -np.eye(k), np.eye(k)))
    one = np.concatenate((np.ones(n), np.zeros(3 * k)))
    bounds = [(0, None)] * (n + 2 * k) + [(-float(s), float(s)) for s in slack]
    found = optimize.linprog(
        cost, A_eq=np.vstack((sums, one)), b_eq=np.append(np.zeros(k), 1.0), bounds=bounds,
        method="highs",
    )  # fmt: skip
    return np.asarray(found.x[n : n + k] + found.x[n + k : n + 2 * k])


def match(moments: Floats, floor: float, slack: Floats | None = None) -> Match:
    """The weights of a pool whose ``moments`` (moments, people) are to be zero.

    ``floor``: least effective sample size as a share of the pool, 0 to 1. ``slack`` (moments,):
    by how much each may be missed; None for not at all. Raises InputError for another floor.
    """
    if not 0 <= floor <= 1:
        raise InputError(f"must lie between 0 and 1 (given: {floor:g})", field="floor")
    k, n = moments.shape
    allowed = np.zeros(k) if slack is None else slack
    if k == 0:
        even, none = np.full(n, 1 / n), np.zeros(0)
        return _match(even, none, moments, allowed, none.astype(bool), float(n), True)
    impossible = shortfalls(moments, allowed) > EXACT
    exact = np.nan
    if not impossible.any():
        lam = multipliers(moments, slack=slack)
        weights = np.asarray(special.softmax(lam @ moments))
        exact = effective_sample_size(weights)
        met = bool(np.all(np.abs(moments @ weights) <= allowed + EXACT))
        if met and exact >= floor * n:
            return _match(weights, lam, moments, allowed, impossible, exact, True)
    weights, lam = _nearest(moments, floor * n, slack)
    return _match(weights, lam, moments, allowed, impossible, exact, False)


def _match(
    weights: Floats, lam: Floats, moments: Floats, allowed: Floats,
    impossible: NDArray[np.bool_], exact: float, reached: bool,
) -> Match:  # fmt: skip
    over = moments @ weights
    remainders = np.sign(over) * np.maximum(np.abs(over) - allowed, 0.0)
    return Match(
        weights=weights, multipliers=lam, ess=effective_sample_size(weights), ess_exact=exact,
        reached=reached, remainders=remainders, impossible=impossible,
    )  # fmt: skip


def _nearest(moments: Floats, least: float, slack: Floats | None) -> tuple[Floats, Floats]:
    """The weights with the smallest ridge that leave an effective sample size of ``least``.

    And their multipliers. Remainders are weighed against each other in the pool's own spread of
    each moment.
    """
    spread = moments.std(axis=1)
    spread = np.where(spread > 0, spread, 1.0)
    moments = moments / spread[:, None]
    slack = None if slack is None else slack / spread
    low, high = np.log(RIDGES)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        weights = tilted(moments, float(np.exp(middle)), slack)
        if effective_sample_size(weights) >= least:
            high = middle
        else:
            low = middle
        if high - low < 0.01:  # a hundredth of the ridge moves no weight that matters
            break
    lam = multipliers(moments, float(np.exp(high)), slack)
    return np.asarray(special.softmax(lam @ moments)), lam / spread


def select(weights: Floats, n: int, rng: np.random.Generator) -> Ints:
    """Places in the pool of ``n`` people drawn by weight: systematic resampling.

    One uniform number sets n evenly spaced points on the cumulative weights, so that a person of
    weight w is drawn floor(n w) or one more times. ``weights`` (people,) need not add up to 1.
    Raises InputError for fewer than one person.
    """
    if n < 1:
        raise InputError(f"must be 1 or more (given: {n})", field="n")
    return systematic(weights, n, float(rng.random()))
