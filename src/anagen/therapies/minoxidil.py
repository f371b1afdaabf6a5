r"""Minoxidil: what reaches the follicle in its active form, by lotion, foam or tablet.

Minoxidil acts as its sulfate. The follicle's own sulfotransferase makes it from what was put on the
scalp; what went through the blood arrives in part already activated. A follicle with low activity
is therefore expected to fail the lotion, not the tablet.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from anagen.errors import InputError, unknown_word

Floats = NDArray[np.float64]

HOURS = 24.0
FORMS = ("solution", "foam")
ACTIVITIES = ("low", "normal", "high")


def depot(daily_mg: ArrayLike, half_life: float) -> Floats:
    r"""Mean content of a depot on each day, in days of dose: $\dot a = D - k a$, $a k \to D$.

    ``daily_mg`` $D$, shape (days,), enters evenly over its day; ``half_life`` [hour]. Exact; the
    result $k\bar a$ [mg/day] is the dose itself in the steady state.
    """
    dose = np.atleast_1d(np.asarray(daily_mg, dtype=float))
    if not np.all(np.isfinite(dose) & (dose >= 0)):
        problem = f"must be 0 mg or more on every day (given: {dose.min():g})"
        raise InputError(problem, field="daily_mg")
    k = math.log(2) * HOURS / half_life
    left, mean = math.exp(-k), -math.expm1(-k) / k
    held, out = 0.0, np.empty(len(dose))
    for day, goal in enumerate(dose):
        out[day] = goal + (held - goal) * mean
        held = goal + (held - goal) * left
    return out


def sult_distribution(share: ArrayLike, p: Mapping[str, float]) -> Floats:
    """Sulfotransferase activity (optical density at 405 nm) that a ``share`` of people lies below.

    Lognormal, with ``sulfotransferase_low_share`` below the cut-off of the test and an assumed
    spread. ``share`` between 0 and 1.
    """
    spread = p["sulfotransferase_log_spread"]
    z = special.ndtri(np.asarray(share, dtype=float)) - special.ndtri(
        p["sulfotransferase_low_share"]
    )
    return np.asarray(p["sulfotransferase_cutoff"] * np.exp(spread * z))


def activity(sult_activity: str | float, p: Mapping[str, float]) -> float:
    """Activity over the normal one: a word becomes a number, a number stays.

    ``low``: the middle of those below the cut-off of the test; ``normal`` (1): the middle of those
    above it; ``high``: the middle of their upper half. Raises InputError.
    """
    if not isinstance(sult_activity, str):
        if not (math.isfinite(sult_activity) and sult_activity >= 0):
            problem = f"must be 0 or more, 1 is normal (given: {sult_activity})"
            raise InputError(problem, field="sult_activity")
        return float(sult_activity)
    if sult_activity not in ACTIVITIES:
        raise InputError(unknown_word("sult_activity", sult_activity, ACTIVITIES))
    low = p["sulfotransferase_low_share"]
    middle = {"low": low / 2, "normal": (1 + low) / 2, "high": (3 + low) / 4}
    return relative_activity(middle[sult_activity], p)


def relative_activity(share: float, p: Mapping[str, float]) -> float:
    """Activity that a ``share`` of people lies below, over the normal one; 0 to 1, both exclusive.

    Normal: the middle of those above the cut-off of the test (``sulfotransferase_low_share``).
    """
    normal = (1 + p["sulfotransferase_low_share"]) / 2
    own, middle = sult_distribution([share, normal], p)
    return float(own / middle)


def follicle_exposure(
    topical_mg: ArrayLike,
    oral_mg: ArrayLike,
    p: Mapping[str, float],
    sult_activity: str | float = "normal",
    form: str = "solution",
) -> Floats:
    r"""Active drug at the follicle by day, over its steady state on 5 % solution twice a day.

    $x = (\ell\, a + b\, (s + (1 - s)\, a)) / (1 + b_0)$ with $\ell$ what topical drug leaves in the
    skin over the reference dose, $b$ what is in the blood (swallowed, or absorbed from the scalp)
    over the oral dose that equals it, $a$ the follicle's activity and $s$ the share activated
    elsewhere; $b_0$ is $b$ on the reference. Doses [mg] on the scalp and by mouth, shape (days,);
    studied: 1 to 5 % (20 to 100 mg) and 0.25 to 5 mg. The size of $b$ is assumed. Raises
    InputError.
    """
    if form not in FORMS:
        raise InputError(unknown_word("form", form, FORMS), field="form")
    a, elsewhere = activity(sult_activity, p), p["minoxidil_activated_elsewhere_share"]
    reference, per_oral = p["minoxidil_reference_dose"], p["minoxidil_oral_equivalent_dose"]
    topical, oral = np.broadcast_arrays(np.atleast_1d(topical_mg), np.atleast_1d(oral_mg))
    on_skin = depot(topical, p["minoxidil_half_life_topical"])
    absorbed = p["minoxidil_absorbed_fraction"] / p["minoxidil_oral_absorbed_fraction"]
    in_blood = depot(oral, p["minoxidil_half_life_oral"]) + absorbed * on_skin
    delivered = p["minoxidil_foam_delivery"] if form == "foam" else 1.0
    own = delivered * on_skin / reference * a
    through_blood = in_blood / per_oral * (elsewhere + (1 - elsewhere) * a)
    return np.asarray((own + through_blood) / (1 + absorbed * reference / per_oral))


def occupancy(exposure: ArrayLike, p: Mapping[str, float]) -> Floats:
    """Share of the largest effect, 0 to 1: exposure over itself and ``minoxidil_half_exposure``.

    Fitted to the net gains on 2 % and 5 % (Olsen 2002, Lucky 2004).
    """
    x = np.asarray(exposure, dtype=float)
    return np.asarray(x / (p["minoxidil_half_exposure"] + x))
