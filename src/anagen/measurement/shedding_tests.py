r"""Tests that count loose hairs: the wash test, combing for 60 seconds, the pull test.

Each has one law from the true shedding to the expected count, and one number that only published
counts can give: the share of the day's shed hairs that is caught, or for how many days before its
fall a club hair yields to a pull. That number is tied to the *normal* group, so that what the tests
find in any disease is a prediction. Between people it varies (lognormal, mean 1), and a count has
its luck.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.polynomial.hermite_e import hermegauss
from numpy.typing import ArrayLike, NDArray
from scipy.special import bdtr, pdtr, pdtrik

from anagen.errors import InputError
from anagen.measurement.endpoints import Floats
from anagen.priors import between_people

NODES = 40
"""Nodes of the quadrature over people; twice as many change no mean by a millionth."""
COLLECTED = ("wash", "comb")
"""Tests that catch a share of the day's shed hairs; each has rows ``<test>_...``."""


def shedding_at_rest(p: Mapping[str, float]) -> tuple[float, float]:
    r"""What healthy people shed: hairs per day, and the share of the hairs visible per day.

    Renewal at rest: a follicle sheds one hair per cycle,
    $E[\rho_f A / (\mu_A a + \mu_C + \mu_T + q_K \mu_K)]$ per scalp and
    $E[1 / (\mu_A a + \mu_C + \mu_T - t_e)]$ per visible hair, as it is visible from its emergence
    $t_e$ to its fall. $a$ is a person's factor on anagen (lognormal, mean 1), $\rho_f$ and the
    scalp area $A$ do not depend on it; the means are over people.
    """
    z, weights = hermegauss(NODES)
    weights = weights / weights.sum()
    anagen = p["anagen_duration"] * between_people(z, p["anagen_between_people"])
    hair = anagen + p["catagen_duration"] + p["telogen_duration"]
    cycle = hair + p["kenogen_share_of_cycles"] * p["kenogen_duration"]
    scalp = p["follicle_density"] * p["scalp_area"] * float(weights @ (1 / cycle))
    return scalp, float(weights @ (1 / (hair - p["emergence_delay"])))


def poisson_count(mean: ArrayLike, uniforms: ArrayLike) -> Floats:
    """The Poisson count of a ``mean`` at a uniform number from 0 to below 1: smallest with F >= u.

    Raises InputError for a mean below 0.
    """
    m, u = np.asarray(mean, dtype=float), np.asarray(uniforms, dtype=float)
    if not np.all(m >= 0):
        raise InputError(f"must be 0 or more (lowest given: {m.min():g})", field="mean")
    positive = np.where(m > 0, m, 1.0)
    count = np.ceil(pdtrik(u, positive))
    lower = np.maximum(count - 1, 0.0)  # where rounding has put it one too high
    count = np.where(pdtr(lower, positive) >= u, lower, count)
    return np.asarray(np.where(m > 0, count, 0.0))


def binomial_count(number: int, share: ArrayLike, uniforms: ArrayLike) -> Floats:
    """The binomial count of ``number`` trials at a uniform number from 0 to below 1."""
    q, u = np.asarray(share, dtype=float), np.asarray(uniforms, dtype=float)
    if not np.all((q >= 0) & (q <= 1)):
        span = f"(given: {q.min():g} to {q.max():g})"
        raise InputError(f"must lie between 0 and 1 {span}", field="share")
    count = np.zeros(np.broadcast_shapes(q.shape, u.shape))
    for k in range(number):
        more = u > bdtr(k, number, q)
        if not np.any(more):
            break
        count += more
    return count


def collected_count(
    shedding: ArrayLike,
    p: Mapping[str, float],
    normals: ArrayLike,
    uniforms: ArrayLike,
    *,
    test: str,
) -> Floats:
    r"""Hairs collected per day by the ``test``: ``wash`` or ``comb``.

    $n = \frac{1}{d} \text{Poisson}(d\, c\, f\, S)$ with $c = n_0 / S_0$, $f$ a person's factor and
    $c f \le 1$.

    ``shedding`` $S$ [hairs/day] from the whole scalp, ``normals`` one per person and test,
    ``uniforms`` one per reading. Rows: the normal count $n_0$ (``<test>_count_normal``), the days
    $d$ averaged (``<test>_test_days``), the spread of $f$ (``<test>_share_between_people``); $S_0$
    is the healthy shedding of the same parameter set. Vellus hair is caught like any other here;
    of washed-out hairs it is only 1 % in normal people, so that it is caught less.
    """
    if test not in COLLECTED:
        raise InputError(f"must be one of {', '.join(COLLECTED)} (given: '{test}')", field="test")
    share = p[f"{test}_count_normal"] / shedding_at_rest(p)[0]
    own = np.minimum(share * between_people(normals, p[f"{test}_share_between_people"]), 1.0)
    days = round(p[f"{test}_test_days"])
    return poisson_count(days * own * np.asarray(shedding, dtype=float), uniforms) / days


def pulled_count(
    shed_share: ArrayLike, p: Mapping[str, float], normals: ArrayLike, uniforms: ArrayLike
) -> Floats:
    r"""Hairs that one pull brings out: $\text{Binomial}(n, \min(1, r f s))$, $r = q_0 / (n s_0)$.

    ``shed_share`` $s$ [1/day]: hairs shed per day over hairs visible at the site pulled, 0 where no
    hair is. Ready are the hairs that fall within $r$ days, tied to the $q_0$ hairs of normal people
    (``pull_count_normal``) and their $s_0$ in the same parameter set; $n$ hairs are grasped
    (``pull_test_hairs``), $f$ is a person's factor (``pull_share_between_people``). ``normals`` and
    ``uniforms`` as in `collected_count`. Anagen hairs that a disease loosens are not in it.
    """
    grasped = round(p["pull_test_hairs"])
    ready = p["pull_count_normal"] / (grasped * shedding_at_rest(p)[1])
    factor = between_people(normals, p["pull_share_between_people"])
    loose = np.minimum(ready * factor * np.asarray(shed_share, dtype=float), 1.0)
    return binomial_count(grasped, loose, uniforms)


def positive_pull(count: ArrayLike, most: float) -> NDArray[np.bool_]:
    """Whether more hairs came out than the ``most`` called normal (``pull_test_normal_most``)."""
    return np.asarray(np.asarray(count, dtype=float) > most)
