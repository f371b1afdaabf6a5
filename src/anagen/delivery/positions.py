"""Where follicles are sampled, and when the course is read."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from anagen.errors import InputError

Floats = NDArray[np.float64]

AFTER_SESSION = (
    0.0005, 0.002, 0.005, 0.01, 0.02, 0.035, 0.05, 0.07, 0.09, 0.115, 0.14, 0.17, 0.2, 0.235, 0.27,
    0.31, 0.35, 0.4, 0.45, 0.5, 0.56, 0.62, 0.68, 0.75, 0.83, 0.91, 1.0, 1.12, 1.25, 1.4, 1.55, 1.7,
    1.85, 2.0, 2.2, 2.4, 2.6, 2.8, 3.0, 3.25, 3.5, 3.75, 4.0, 4.25, 4.5, 4.75, 5.0, 5.33, 5.67, 6.0,
    6.5, 7.0,
)  # fmt: skip
"""Times after a session [day] at which the course is read besides whole days."""


def target_positions(n: int, side: float, rng: np.random.Generator | None = None) -> Floats:
    """Sampled follicles of a square target area [mm], shape (n, 2): one in each of n equal cells.

    ``side`` of the square [mm]; at the cells' centres, or anywhere in its cell with ``rng``. Raises
    InputError when ``n`` is no perfect square.
    """
    k = math.isqrt(max(n, 0))
    if n < 1 or k * k != n:
        wanted = max(k, 1) ** 2
        problem = f"must be a perfect square such as {wanted} or {(k + 1) ** 2} (given: {n})"
        raise InputError(problem, field="positions")
    cells = np.stack(np.meshgrid(np.arange(k), np.arange(k), indexing="ij"), axis=-1).reshape(n, 2)
    within = np.full((n, 2), 0.5) if rng is None else rng.random((n, 2))
    return np.asarray((cells + within) * (side / k))


def session_nodes(session_days: Sequence[float], days: int) -> Floats:
    """Times [day] at which a course is read: 0 to ``days``, and densely after each session.

    Increasing, shape (nodes,). With these the daily mean of a saturating, filtered response lies
    within 1 % of that on a fine grid.
    """
    after = np.add.outer(np.asarray(session_days, dtype=float), (0.0, *AFTER_SESSION)).ravel()
    inside = after[(after >= 0) & (after <= days)]
    return np.unique(np.round(np.concatenate((np.arange(days + 1.0), inside)), 9))
