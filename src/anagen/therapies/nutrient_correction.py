"""A deficiency made up for: how much of what it lays on the follicles is left.

It stands for whatever fills the store (iron, vitamin D, zinc, food) in somebody who lacks it: it
takes the lack away and adds nothing to a scalp without one. Times are those of ferritin.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from anagen.errors import InputError
from anagen.therapies.first_order import Floats, first_order, not_negative


def load_left(given: ArrayLike, p: Mapping[str, float]) -> Floats:
    r"""Share of the deficiency's load that is left on each day, 1 untouched, shape (days,).

    $\dot s = (g - s)/\tau$, and $1 - s$ is left. ``given`` $g$ is the share of the correction that
    is taken on each day, 0 to 1, shape (days,); $\tau$ is ``deficiency_correction_time`` while the
    store fills and ``deficiency_return_time`` [day] when it empties again, since its cause is still
    there. The single exponentials are assumed. Raises InputError.
    """
    share = not_negative(given, "given", "")
    if np.any(share > 1):
        problem = f"must lie between 0 and 1 on every day, 1 is all of it (given: {share.max():g})"
        raise InputError(problem, field="given")
    filled = first_order(share, p["deficiency_correction_time"], p["deficiency_return_time"])
    return 1 - filled
