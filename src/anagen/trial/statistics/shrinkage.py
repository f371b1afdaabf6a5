"""Effects of several groups, each pulled towards their common mean by how unsure it is."""

from __future__ import annotations

import numpy as np

from anagen.evidence.heterogeneity import dersimonian_laird
from anagen.trial.statistics.estimate import Floats


def shrunk(groups: Floats) -> Floats:
    r"""Empirical-Bayes estimates of the effects $d_g$ of groups.

    .. math:: \hat\theta_g = \bar d + \frac{\tau^2}{\tau^2 + s_g^2} (d_g - \bar d), \quad
              \bar d = \frac{\sum w_g d_g}{\sum w_g}, \quad w_g = \frac{1}{\tau^2 + s_g^2}

    with $\tau^2$ between groups of DerSimonian & Laird 1986: where the groups differ no more than
    chance explains, all become the mean. Morris 1983 (DOI 10.1080/01621459.1983.10477920).

    Parameters
    ----------
    groups
        Estimate $d_g$ and its standard error $s_g$, shape (groups, 2), in one unit; nan, or an
        error that is not above 0, where a group could not be estimated.

    Returns
    -------
    (groups,) in the same unit; nan where a group could not be estimated. One group alone stays.
    """
    table = np.asarray(groups, dtype=float)
    known = np.isfinite(table).all(axis=1) & (table[:, 1] > 0)
    found = np.full(len(table), np.nan)
    d, v = table[known, 0], table[known, 1] ** 2
    if len(d) < 2:
        found[known] = d
        return found
    tau2 = dersimonian_laird(d, v, np.ones((len(d), 1))).value
    mean = np.average(d, weights=1 / (tau2 + v))
    found[known] = mean + tau2 / (tau2 + v) * (d - mean)
    return found
