r"""Restricted likelihood of repeated measures with missing visits, from sums over people.

The model is $y_i \sim N(X_i \beta, \Sigma)$ for person i, of whom only some visits are seen. People
who miss the same visits share $\Sigma^{-1}$ of what is seen, so that the sums
$S_g[a, b] = \sum_{i \in g} z_{ia} z_{ib}'$ with $z = (x, y)$ hold all that the likelihood needs of
pattern g: no evaluation looks at a person again.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from anagen.errors import InputError
from anagen.evidence.least_squares import Floats
from anagen.trial.statistics.covariance import CovarianceStructure
from anagen.trial.statistics.estimate import NotEstimableError

__all__ = [
    "Derivatives", "Likelihood", "Maximum", "Sums", "TooFewError", "derivatives", "likelihood",
    "maximise", "sums_of",
]  # fmt: skip

_DEPENDENT = 1e-9  # share of a column's length that must be left beside the earlier columns
_BLOCK, _PIECE = 64, 200_000
# Rows, and multiplications, of one call into BLAS: below the size at which it starts threads. They
# would save nothing here and cost a hundredfold where other processes use the cores.
_GAIN = 1e-12  # of -2 log likelihood that the next step promises, at the end
_NOISE = 1e-10  # a likelihood is flat at its top: smaller losses are rounding, not descent
_MOST_STEPS, _MOST_HALVINGS = 100, 40
_SINGULAR = 1e-6  # least eigenvalue of a correlation matrix that is told from 0
_FLAT = 1e-8  # the same of a curvature, beside the expected one


@dataclass(frozen=True, eq=False)
class Sums:
    """Sums over the people of each pattern of seen visits; q = p + 1, g patterns, v visits.

    Coefficients live in an orthonormal basis: x = basis @ triangle, which keeps the digits of a
    covariate far from zero, and y is what ordinary least squares leaves.
    """

    products: Floats
    """S, shape (g, v v, q q)."""
    seen: NDArray[np.bool_]
    """Visits seen, shape (g, v)."""
    counts: Floats
    """People of each pattern, shape (g,)."""
    triangle: Floats
    """Upper triangular, shape (p, p)."""
    ordinary: Floats
    """Ordinary least-squares coefficients, shape (p,), in the given columns."""
    spread: Floats
    """Mean products of the ordinary residuals over people seen at both visits, (v, v)."""
    pairs: Floats
    """People seen at both visits, (v, v)."""

    @property
    def observations(self) -> int:
        """Values seen."""
        return int(np.diag(self.pairs).sum())

    @property
    def people(self) -> int:
        """People seen at least once."""
        return int(self.counts.sum())

    def over_people(self, weights: Floats) -> Floats:
        """Sum of z_a weights[.., g, a, b] z_b' over people and visits, shape (.., q, q)."""
        g, pairs, columns = self.products.shape
        flat = weights.reshape(-1, g, pairs).transpose(1, 0, 2) @ self.products
        q = math.isqrt(columns)
        return np.asarray(flat.sum(axis=0).reshape(*weights.shape[:-3], q, q))

    def over_columns(self, weights: Floats) -> Floats:
        """Sums of z_a' weights[m] z_b over the people of each pattern, shape (m, g, v, v)."""
        (m, q), (g, v) = weights.shape[:2], self.seen.shape
        flat = self.products @ weights.reshape(m, q * q).T
        return np.asarray(flat.transpose(2, 0, 1).reshape(m, g, v, v))


def sums_of(y: Floats, x: Floats) -> Sums:
    """Reduce y (n, v), NaN where not seen, and x (n, v, p) to sums; people never seen are left out.

    Raises InputError where nobody is seen (at all, or at a visit), where a covariate of a seen
    value is not a finite number and where columns repeat one another.
    """
    seen = _checked_seen(y, x)
    triangle = _triangle(x[seen])
    inverse = np.linalg.inv(triangle)
    basis = np.where(seen[..., None], x, 0.0) @ inverse
    values = np.where(seen, y, 0.0)
    explained = np.einsum("nvp,nv->p", basis, values)
    residual = np.where(seen, values - np.einsum("nvp,p->nv", basis, explained), 0.0)
    z = np.concatenate((basis, residual[..., None]), axis=-1)
    products, patterns, counts = _by_pattern(z, seen)
    pairs = np.asarray((patterns * counts[:, None]).T @ patterns, dtype=np.float64)
    observations = int(seen.sum())
    scale = observations / max(observations - x.shape[2], 1)
    left = np.einsum("na,nb->ab", residual, residual)
    return Sums(
        products=products, seen=patterns, counts=counts, triangle=triangle,
        ordinary=inverse @ explained,
        spread=scale * left / np.maximum(pairs, 1.0), pairs=pairs,
    )  # fmt: skip


def _checked_seen(y: Floats, x: Floats) -> NDArray[np.bool_]:
    if y.ndim != 2 or x.ndim != 3 or x.shape[:2] != y.shape or x.shape[2] == 0:
        raise InputError(f"y of shape (people, visits) and x of shape (people, visits, columns) "
                         f"belong together (given: {y.shape}, {x.shape})", field="x")  # fmt: skip
    if np.isinf(y).any():
        raise InputError("a value is infinite; give a number, or NaN if missed", field="y")
    seen = ~np.isnan(y)
    if not seen.any():
        raise NotEstimableError("nobody was observed at any visit; all have dropped out", field="y")
    empty = np.flatnonzero(~seen.any(axis=0))
    if empty.size:
        raise NotEstimableError(
            f"nobody was observed at visit {empty[0]} (counted from 0); leave it out", field="y"
        )
    if not np.isfinite(x[seen]).all():
        raise InputError("a covariate of an observed value is not a finite number; give it, or "
                         "leave the person out", field="x")  # fmt: skip
    return np.asarray(seen)


def _triangle(rows: Floats) -> Floats:
    """R of the QR decomposition of rows (n, p), a block of rows at a time."""
    n, p = rows.shape
    if n <= p:
        raise NotEstimableError(f"{n} observed values cannot carry {p} coefficients", field="x")
    block = max(_BLOCK, 2 * p)
    while len(rows) > block:
        rows = np.asarray(np.linalg.qr(_blocks(rows, block), mode="r")).reshape(-1, p)
    triangle = np.asarray(np.linalg.qr(rows, mode="r"))
    short = np.abs(np.diag(triangle)) <= _DEPENDENT * np.linalg.norm(triangle, axis=0)
    if short.any():
        raise NotEstimableError(
            f"column {np.flatnonzero(short)[0]} (counted from 0) repeats the earlier "
            "ones where values were observed; drop one",
            field="x",
        )
    return triangle


def _blocks(rows: Floats, size: int) -> Floats:
    """Rows (n, p) in blocks (m, size, p), the last filled up with zeros."""
    padded = np.zeros((-(-len(rows) // size) * size, rows.shape[1]))
    padded[: len(rows)] = rows
    return padded.reshape(-1, size, rows.shape[1])


def _by_pattern(z: Floats, seen: NDArray[np.bool_]) -> tuple[Floats, NDArray[np.bool_], Floats]:
    v, q = z.shape[1:]
    present = np.flatnonzero(seen.any(axis=1))
    codes = np.packbits(seen[present], axis=1)
    _, first, place, counts = np.unique(
        codes, axis=0, return_index=True, return_inverse=True, return_counts=True
    )
    place = place.ravel()
    flat = z[present].reshape(present.size, v * q)
    products = np.empty((first.size, v, v, q, q))
    for g in range(first.size):
        rows = _blocks(flat[place == g], max(1, _PIECE // (v * q) ** 2))
        sums = (rows.transpose(0, 2, 1) @ rows).sum(axis=0)
        products[g] = sums.reshape(v, q, v, q).transpose(0, 2, 1, 3)
    patterns = seen[present[first]]
    return products.reshape(first.size, v * v, q * q), patterns, counts.astype(np.float64)


@dataclass(frozen=True, eq=False)
class Likelihood:
    r"""Restricted likelihood at one $\Sigma$, with the generalised least-squares fit there.

    ``minus_two_log``: -2 log of the restricted likelihood, in the given columns. ``coefficients``
    (p,) and ``phi`` (p, p), their covariance, in the orthonormal basis; ``weights`` (g, v, v) the
    inverse of the seen part of Sigma, zero elsewhere.
    """

    minus_two_log: float
    coefficients: Floats
    phi: Floats
    weights: Floats


def likelihood(sums: Sums, sigma: Floats) -> Likelihood | None:
    r"""The restricted likelihood of a covariance; None where it is not positive definite.

    .. math:: -2\ell = (N - p) \ln 2\pi + \sum_i \ln|V_i| + \ln|X'V^{-1}X| + r'V^{-1}r

    with $V_i$ the seen part of $\Sigma$ and r the residuals of generalised least squares
    (Patterson & Thompson 1971; Harville 1974). Software differs by a constant, ln|X'X|, which is
    not taken off here.
    """
    both = sums.seen[:, :, None] & sums.seen[:, None, :]
    full = np.where(both, sigma, np.eye(len(sigma)))
    try:
        roots, inverse = np.linalg.cholesky(full), np.linalg.inv(full)
    except np.linalg.LinAlgError:
        return None
    weights = np.where(both, inverse, 0.0)
    cross = sums.over_people(weights)
    normal, right = cross[:-1, :-1], cross[:-1, -1]
    try:
        root, phi = np.linalg.cholesky(normal), np.asarray(np.linalg.inv(normal))
    except np.linalg.LinAlgError:
        return None
    coefficients = phi @ right
    log_v = 2.0 * float(sums.counts @ np.log(np.diagonal(roots, 0, 1, 2)).sum(axis=1))
    log_x = 2.0 * float(np.log(np.diag(root) * np.abs(np.diag(sums.triangle))).sum())
    left = float(cross[-1, -1] - right @ coefficients)
    constant = (sums.observations - right.size) * math.log(2.0 * math.pi)
    return Likelihood(constant + log_v + log_x + left, coefficients, phi, weights)


@dataclass(frozen=True, eq=False)
class Derivatives:
    """Derivatives of -2 log restricted likelihood in k covariance parameters.

    ``slope`` (k,); ``observed`` and ``expected`` (k, k) second derivatives and their expectation;
    ``products`` (k, p, p): X'V^-1 (dV/dtheta) V^-1 X in the orthonormal basis.
    """

    slope: Floats
    observed: Floats
    expected: Floats
    products: Floats


def derivatives(
    sums: Sums, at: Likelihood, structure: CovarianceStructure, theta: Floats
) -> Derivatives:
    r"""Slope and curvature of -2 log restricted likelihood, exactly.

    With :math:`P = V^{-1} - V^{-1}X\Phi X'V^{-1}` and dots for derivatives of V,

    .. math::
        \partial_k &= \mathrm{tr}(P \dot V_k) - y'P \dot V_k P y \\
        \partial_{kl} &= -\mathrm{tr}(P \dot V_k P \dot V_l) + 2 y'P \dot V_k P \dot V_l P y
                         + \mathrm{tr}(P \ddot V_{kl}) - y'P \ddot V_{kl} P y

    and the expectation of the second is :math:`\mathrm{tr}(P \dot V_k P \dot V_l)`.
    """
    d, w, phi, n = structure.slopes(theta), at.weights, at.phi, sums.counts[:, None, None]
    error = np.append(-at.coefficients, 1.0)
    padded = np.zeros((error.size, error.size))
    padded[:-1, :-1] = phi
    residual, leverage = w @ sums.over_columns(np.stack((np.outer(error, error), padded))) @ w
    towards = (n * w - residual - leverage).sum(axis=0)  # derivative in Sigma itself
    cross = sums.over_people(w @ d[:, None] @ w)
    products, mixed = cross[:, :-1, :-1], cross[:, :-1, :] @ error
    turned = phi @ products
    fitted = np.tensordot(turned, turned.transpose(0, 2, 1), ((1, 2), (1, 2)))
    observed = _double_trace(d, w, 2.0 * (residual + leverage) - n * w)
    observed -= fitted + 2.0 * mixed @ phi @ mixed.T
    curvatures = structure.curvatures(theta)
    if curvatures is not None:
        observed += np.tensordot(curvatures, towards, 2)
    return Derivatives(
        slope=np.tensordot(d, towards, 2), observed=observed,
        expected=_double_trace(d, w, n * w - 2.0 * leverage) + fitted, products=products,
    )  # fmt: skip


def _double_trace(d: Floats, w: Floats, e: Floats) -> Floats:
    """Sum over patterns of tr(d_k w d_l e), shape (k, k); w and e are (g, v, v), symmetric."""
    k, v = d.shape[:2]
    g = len(w)
    outer = (e.reshape(g, -1).T @ w.reshape(g, -1)).reshape(v, v, v, v)  # [d, a, b, c]
    kernel = outer.transpose(1, 2, 3, 0).reshape(v * v, v * v)
    flat = d.reshape(k, -1)
    return np.asarray(flat @ kernel @ flat.T)


@dataclass(frozen=True, eq=False)
class Maximum:
    """Where a climb ended: ``theta`` (k,), the likelihood and its derivatives there.

    ``fault`` says why it is not a maximum; empty where it is one.
    """

    theta: Floats
    top: Likelihood
    derivatives: Derivatives
    steps: int
    fault: str


class TooFewError(NotEstimableError):
    """Too few observations for this structure; another may do."""


def _check_enough(sums: Sums, law: CovarianceStructure) -> None:
    p, k = len(sums.triangle), law.size
    if sums.observations < p + k:
        raise TooFewError(f"{sums.observations} observed values cannot carry {p} coefficients and "
                          f"the {k} covariance parameters of {law.name}", field="y")  # fmt: skip
    if law.name != "unstructured":
        return
    if sums.people <= len(sums.pairs):
        raise TooFewError(f"an unstructured covariance of {len(sums.pairs)} visits needs more "
                          f"people than visits (observed: {sums.people})", field="y")  # fmt: skip
    if not sums.pairs.all():
        a, b = np.argwhere(sums.pairs == 0)[0]
        raise TooFewError(f"nobody was observed at both visits {a} and {b} (counted from 0), so "
                          "that their covariance is unknown", field="y")  # fmt: skip


def _start(sums: Sums, law: CovarianceStructure) -> Floats:
    """Parameters near the residual covariance, drawn towards independence until it is positive."""
    independent = np.diag(np.diag(sums.spread))
    even = np.eye(len(sums.spread)) * np.diag(sums.spread).mean()
    for share in (0.0, 0.1, 0.3, 0.6):
        theta = law.start((1.0 - share) * sums.spread + share * independent)
        if likelihood(sums, law.covariance(theta)) is not None:
            return theta
    return law.start(even)


def maximise(sums: Sums, law: CovarianceStructure) -> Maximum:
    """Climb the restricted likelihood by Newton's method with halved steps.

    Raises TooFewError for a law with more parameters than the observations allow, and for values
    without spread.
    """
    _check_enough(sums, law)
    theta = _start(sums, law)
    top = likelihood(sums, law.covariance(theta))
    if top is None:
        raise TooFewError("the observed values do not vary beyond the model", field="y")
    for steps in range(_MOST_STEPS):
        at = derivatives(sums, top, law, theta)
        step, gain = _step(at)
        if gain <= _GAIN:
            return Maximum(theta, top, at, steps, _fault(law.covariance(theta), at))
        better = _climb(sums, law, theta, step, top.minus_two_log)
        if better is None:
            return Maximum(theta, top, at, steps, "no step raised the likelihood")
        theta, top = better
        if _singular(law.covariance(theta)):
            break
    at = derivatives(sums, top, law, theta)
    fault = _fault(law.covariance(theta), at) or f"no convergence within {_MOST_STEPS} steps"
    return Maximum(theta, top, at, steps + 1, fault)


def _singular(sigma: Floats) -> bool:
    """Whether visits tell one another, where a likelihood may climb for ever."""
    sd = np.sqrt(np.diag(sigma))
    return bool(np.linalg.eigvalsh(sigma / np.outer(sd, sd))[0] < _SINGULAR)


def _fault(sigma: Floats, at: Derivatives) -> str:
    """Why a place is no maximum to build on; empty where nothing speaks against it."""
    if _singular(sigma):
        return "the covariance of the visits became singular"
    information = np.diag(at.expected)
    if not np.all(information > 0):
        return "the likelihood has no single top"
    length = np.sqrt(information)
    if np.linalg.eigvalsh(at.observed / np.outer(length, length))[0] <= _FLAT:
        return "the likelihood has no single top"
    return ""


def _step(at: Derivatives) -> tuple[Floats, float]:
    """Newton step, or one of Fisher scoring where the likelihood is not concave; and its gain."""
    for curvature in (at.observed, at.expected):
        try:
            np.linalg.cholesky(curvature)
        except np.linalg.LinAlgError:
            continue
        step = np.asarray(-np.linalg.solve(curvature, at.slope))
        return step, float(-at.slope @ step)
    return -at.slope / np.abs(np.diag(at.expected)).max(), np.inf


def _climb(
    sums: Sums, law: CovarianceStructure, theta: Floats, step: Floats, value: float
) -> tuple[Floats, Likelihood] | None:
    """Halve a step until it raises the likelihood; None where none does."""
    ceiling = value + _NOISE * (1.0 + abs(value))
    for halving in range(_MOST_HALVINGS):
        moved = theta + 0.5**halving * step
        there = likelihood(sums, law.covariance(moved))
        if there is not None and there.minus_two_log <= ceiling:
            return moved, there
    return None
