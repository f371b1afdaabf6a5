"""Rank correlation: its value, its error and interval, and what chance alone would give."""

from __future__ import annotations

import math

import numpy as np
from scipy import special

from anagen.errors import InputError
from anagen.evidence.distributions import critical_value
from anagen.trial.statistics.estimate import Floats

SURE = 0.95
"""How often the largest correlation that chance gives keeps below `by_chance`."""


def spearman(x: Floats, y: Floats) -> Floats:
    """Spearman's rank correlation of every column of ``x`` (draws, columns) with ``y`` (draws,).

    Ties share their mean rank; 0 where either is constant.
    """
    from scipy.stats import rankdata

    a, b = rankdata(x, axis=0), rankdata(y)
    a, b = a - a.mean(axis=0), b - b.mean()
    norm = np.sqrt((a**2).sum(axis=0) * (b**2).sum())
    return np.asarray(np.divide(b @ a, norm, out=np.zeros(x.shape[1]), where=norm > 0))


def by_chance(draws: float, columns: int) -> float:
    r"""Level that the largest $|\rho|$ of independent columns keeps below, at 95 %.

    $z_{(1 + 0.95^{1/m})/2} / \sqrt{K - 1}$, the normal law of the rank correlation of $K$ draws
    (of as many independent ones as they are worth) for $m$ columns.
    """
    z = special.ndtri((1 + SURE ** (1 / max(columns, 1))) / 2)
    return min(1.0, float(z) / math.sqrt(max(draws - 1, 1.0)))


def fisher_z_se(rho: float, n: int) -> float:
    r"""Standard error of the Fisher transform of a rank correlation, $\sqrt{(1 + \rho^2/2)/(n-3)}$.

    Bonett & Wright 2000 (DOI 10.1007/BF02294183); ``n`` pairs, 4 or more. Good to some percent for
    $|\rho| < 0.9$ (from memory). Raises InputError for fewer pairs.
    """
    if n < 4:
        raise InputError(f"must be 4 or more (given: {n})", field="n")
    return math.sqrt((1 + rho**2 / 2) / (n - 3))


def rank_correlation_se(rho: float, n: int) -> float:
    r"""Standard error of a rank correlation of ``n`` pairs, $(1 - \rho^2)$ times `fisher_z_se`."""
    return (1 - rho**2) * fisher_z_se(rho, n)


def rank_correlation_interval(rho: float, n: int, level: float = 0.95) -> tuple[float, float]:
    r"""Interval of a rank correlation, $\tanh(\operatorname{artanh} \rho \mp z\, se_z)$."""
    z = math.atanh(min(max(rho, -1 + 1e-12), 1 - 1e-12))
    half = critical_value(level) * fisher_z_se(rho, n)
    return math.tanh(z - half), math.tanh(z + half)
