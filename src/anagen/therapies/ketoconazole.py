r"""Ketoconazole shampoo: how much of the inflammation of seborrhoeic dermatitis it leaves.

It acts on the yeast and the inflammation of that disease, and on nothing else here: psoriasis keeps
its whole load, and no effect on a healthy scalp or on androgen is assumed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike

from anagen.errors import InputError, unknown_word
from anagen.therapies.first_order import Floats, first_order, not_negative

TREATED = "seborrhoeic_dermatitis"
SUBTYPES = (TREATED, "psoriasis")


def treated_share(subtypes: Sequence[str]) -> float:
    """Share of the inflammation that the shampoo can reach, 0 to 1.

    ``subtypes`` of the inflammation, of `SUBTYPES`; where both are, each is taken to bear an equal
    part (assumed). None named: seborrhoeic dermatitis, the commoner one. Raises InputError.
    """
    for name in subtypes:
        if name not in SUBTYPES:
            raise InputError(unknown_word("subtype", name, SUBTYPES), field="subtypes")
    return float(np.mean([name == TREATED for name in subtypes])) if subtypes else 1.0


def suppression(
    applications: ArrayLike, p: Mapping[str, float], strength_percent: float | None = None
) -> Floats:
    r"""Share of the inflammation of seborrhoeic dermatitis taken away on each day, shape (days,).

    $\dot s = (s_\infty - s)/\tau, \quad s_\infty = S_{max}\, f / (f_{50} + f)$

    $f$ is how often a day it is used, shape (days,): twice a week is 2/7 on every day. Another
    ``strength_percent`` than that of the trials (2 %, None) counts in proportion: 1 % did less than
    2 % (Piérard-Franchimont 2001), by how much is assumed. $\tau$ is
    ``ketoconazole_onset_time`` while it rises and ``ketoconazole_offset_time`` [day] afterwards.
    $f_{50}$ leans on relapses by frequency (study Peter1995): saturating, its shape assumed.
    Studied: once in two weeks to three times a week. Raises InputError.
    """
    often = not_negative(applications, "applications", "applications")
    reference = p["ketoconazole_reference_strength"]
    strength = reference if strength_percent is None else strength_percent
    f = often * not_negative(strength, "strength_percent", "%") / reference
    goal = p["ketoconazole_max_suppression"] * f / (p["ketoconazole_half_frequency"] + f)
    return first_order(goal, p["ketoconazole_onset_time"], p["ketoconazole_offset_time"])


def load_left(
    applications: ArrayLike,
    p: Mapping[str, float],
    subtypes: Sequence[str],
    strength_percent: float | None = None,
) -> Floats:
    """Share of the inflammation load that is left on each day, 1 untouched, shape (days,).

    1 less the `suppression` of what can be treated (`treated_share`). Raises InputError.
    """
    return 1 - treated_share(subtypes) * suppression(applications, p, strength_percent)
