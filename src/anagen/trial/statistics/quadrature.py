"""Integrals that power and multiplicity rest on: Gauss-Legendre panels, the law of an SD."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import chdtri, gammaln

from anagen.trial.statistics.estimate import Floats

NODES, WEIGHTS = np.polynomial.legendre.leggauss(10)
ROUNDING = 1e-16
"""Share of a law that is left out at each end."""


def panels(low: float, high: float, width: float) -> tuple[Floats, Floats]:
    """Nodes and weights of an integral, (nodes,): ten to a panel, none wider than ``width``.

    A normal density with an SD of half the width is integrated to rounding.
    """
    count = max(math.ceil((high - low) / width), 1)
    edges, half = np.linspace(low, high, count + 1), (high - low) / count / 2
    return (edges[:-1, None] + half * (1 + NODES)).ravel(), np.tile(half * WEIGHTS, count)


def sd_law(df: float, width: float = math.inf) -> tuple[Floats, Floats]:
    r"""Values and probabilities, (nodes,), of an estimated SD as a share of the true one.

    .. math:: f(s) = \frac{2 (\nu/2)^{\nu/2}}{\Gamma(\nu/2)} s^{\nu-1} e^{-\nu s^2 / 2}

    ``df`` $\nu$ of 1 or more; inf: the SD is known. ``width`` of the panels, for an integrand that
    is sharper than the law itself. The law of chi (textbook).
    """
    if math.isinf(df):
        return np.ones(1), np.ones(1)
    low, high = (math.sqrt(chdtri(df, tail) / df) for tail in (1 - ROUNDING, ROUNDING))
    s, ds = panels(low, high, min(2 / math.sqrt(2 * df), width))
    log_density = (df - 1) * np.log(s) - df * s**2 / 2 + df / 2 * math.log(df / 2)
    weight = ds * np.exp(log_density - gammaln(df / 2))
    return s, weight / weight.sum()
