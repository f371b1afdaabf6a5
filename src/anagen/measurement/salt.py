r"""SALT of a simulated scalp: what an area has lost, what a rater says, who has responded.

An area's loss is what it lacks of the hair that its own healthy scalp would bear;
`endpoints.salt` adds the four areas.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr

from anagen.errors import InputError
from anagen.measurement.endpoints import Floats

Bools = NDArray[np.bool_]

FULL = 100.0
"""SALT of a bald scalp."""
CLEAR = 20.0
"""SALT that trials call a response; in the name of the endpoint ``salt_le_20``."""


def healthy_nonvellus_share(
    full_calibre: ArrayLike,
    *,
    calibre_between_hairs: float,
    vellus_share: float,
    vellus_size: float,
    cutoff: float,
) -> Floats:
    r"""Share of a healthy scalp's hairs that are at least ``cutoff`` $c$ [um] thick.

    $(1 - q_v)\, P(d_0 z \ge c) + q_v\, P(d_0 m_v z \ge c)$ with $z$ lognormal of mean 1,
    $P(x z \ge c) = \Phi(\ln(x / c) / \sigma - \sigma / 2)$, $\sigma^2 = \ln(1 + cv_z^2)$.

    ``full_calibre`` $d_0$ [um], one per person; ``calibre_between_hairs`` $cv_z$ above 0,
    ``vellus_share`` $q_v$, ``vellus_size`` $m_v$: the follicle law's healthy scalp.
    """
    if not calibre_between_hairs > 0:
        problem = f"must be more than 0 (given: {calibre_between_hairs})"
        raise InputError(problem, field="calibre_between_hairs")
    sigma = np.sqrt(np.log1p(calibre_between_hairs**2))

    def thicker(mean: Floats) -> Floats:
        return np.asarray(ndtr(np.log(mean / cutoff) / sigma - sigma / 2))

    d0 = np.asarray(full_calibre, dtype=float)
    return (1 - vellus_share) * thicker(d0) + vellus_share * thicker(d0 * vellus_size)


def loss_from_density(nonvellus: ArrayLike, healthy: ArrayLike) -> Floats:
    r"""Hair lost [percent, 0 to 100] of an area: $100\, (1 - n / h)$, 0 where there is more.

    ``nonvellus`` $n$ [hairs/cm2], ``healthy`` $h$ above 0 [hairs/cm2] what the same scalp bears in
    health. A rater sees bald skin, not a count: thinning that hides no skin reads lower.
    """
    h = np.asarray(healthy, dtype=float)
    if not np.all(h > 0):
        problem = f"must be more than 0 hairs/cm2 (lowest given: {h.min():g})"
        raise InputError(problem, field="healthy")
    return np.asarray(FULL * np.clip(1 - np.asarray(nonvellus, dtype=float) / h, 0.0, 1.0))


def read_salt(true: ArrayLike, normals: ArrayLike, *, error: float) -> Floats:
    r"""What a rater reads [points]: $x + 2 e z \sqrt{x (100 - x)} / 100$, cut to 0 and 100.

    ``true`` $x$ [points], ``normals`` $z$ one per reading, ``error`` $e$ [points] the SD of a
    reading of 50 (``reading_error_salt``). Nobody misreads a full or a bald scalp: the error falls
    to 0 there. The form is assumed.
    """
    x = np.asarray(true, dtype=float)
    sd = 2 * error * np.sqrt(np.clip(x * (FULL - x), 0.0, None)) / FULL
    return np.asarray(np.clip(x + sd * np.asarray(normals, dtype=float), 0.0, FULL))


def salt_le_20(salt: ArrayLike) -> Bools:
    """Whether SALT is 20 points or less; the mean over patients is the share that trials report."""
    return np.asarray(np.asarray(salt, dtype=float) <= CLEAR)


def salt50(baseline: ArrayLike, salt: ArrayLike) -> Bools:
    """Whether SALT has fallen by half of its ``baseline`` or more; never from a baseline of 0."""
    b, s = np.asarray(baseline, dtype=float), np.asarray(salt, dtype=float)
    return np.asarray((b > 0) & (b - s >= b / 2))
