r"""What control arms show beyond the simulated progression, the same in every arm given alike.

The published change of a control arm holds three parts, and their sum is tied to it:

$\text{total} = \text{progression} + \text{wound} + \text{artefact}$

Progression and wound (a real effect on the follicle) are simulated; the artefact (counting, habit,
selection, regression to the mean) is added here, to *densities* only. A trial that weighed clipped
hair saw vehicle and untreated men behave alike (9 each, abstract; DOI
10.1016/S0190-9622(99)70006-X, not in the reference list).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from anagen.errors import InputError, unknown_word
from anagen.measurement.endpoints import Floats
from anagen.measurement.instruments import MATCHED, PICTURES
from anagen.parameters import parameter

KINDS = {
    "none": "untreated",
    "oral_placebo": "oral_placebo",
    "topical_vehicle": "topical_vehicle",
    "saline_injection": "saline_injection",
    "microneedling": "microneedling",
}
"""Kind of control and the stem of its names in ``control_response.csv``."""
_TOTALS = {"none": "untreated_change_43_weeks", "oral_placebo": "oral_placebo_change_52_weeks"}
PROGRESSION_ONLY = ("none", "oral_placebo")
"""Kinds without artefact: progression is calibrated on these very arms (a result is used once)."""
METHODS = PICTURES
"""Ways of counting hair that show the artefact, or a part of it."""
WOUNDING = ("saline_injection", "microneedling")
"""Kinds that wound the skin, so that part of their change is real."""


@dataclass(frozen=True, kw_only=True)
class Control:
    """The published change of one kind of control arm.

    ``total`` [hairs/cm2] from baseline to day ``read``, progression included; ``treated`` is the
    day until which the arm was treated (sessions: their number times their interval). For another
    draw of the total: ``dataclasses.replace(control(kind), total=...)``.
    """

    kind: str
    total: float
    read: float
    treated: float


def control(kind: str) -> Control:
    """The control response of ``kind``, one of `KINDS`. Raises InputError with the nearest kind."""
    if kind not in KINDS:
        raise InputError(unknown_word("control", kind, KINDS))
    stem = KINDS[kind]
    read = 7 * parameter(f"{stem}_reading_time").value_in("week")
    treated = 7 * parameter(f"{stem}_treated_time").value_in("week") if kind in WOUNDING else read
    total = parameter(_TOTALS.get(kind, f"{stem}_change")).value
    return Control(kind=kind, total=total, read=read, treated=treated)


def wound_part(control: Control, progression: float, share: float) -> float:
    r"""Part of the total [hairs/cm2] that is real: $w (\text{total} - \text{progression})$.

    ``progression`` is the simulated change of an untreated arm on day ``read``, ``share`` $w$
    (``wound_share_of_needle_change``) between 0 and 1; 0 for a control that does not wound. The
    wound signal is scaled to this number, and the artefact is what it leaves.
    """
    if not 0 <= share <= 1:
        problem = f"must lie between 0 and 1 (given: {share}); the rest is artefact"
        raise InputError(problem, field="share")
    return share * (control.total - progression) if control.kind in WOUNDING else 0.0


def course(day: ArrayLike, treated: float, *, rise: float, fall: float) -> Floats:
    r"""Onset and offset: $y = 1 - e^{-t/\tau_r}$ to day $S$, then $y(S)\, e^{-(t - S)/\tau_f}$.

    0 before day 0. ``treated`` $S$, ``rise`` $\tau_r$ and ``fall`` $\tau_f$ in days, all above 0
    (``control_response_rise_time``, ``control_response_fall_time``). The form is assumed.
    """
    for name, value in (("treated", treated), ("rise", rise), ("fall", fall)):
        if not value > 0:
            raise InputError(f"must be more than 0 days (given: {value})", field=name)
    t = np.maximum(np.asarray(day, dtype=float), 0.0)
    return np.asarray(
        -np.expm1(-np.minimum(t, treated) / rise) * np.exp(-np.maximum(t - treated, 0) / fall)
    )


def plateau(
    control: Control, *, progression: float, wound: float, rise: float, fall: float
) -> float:
    r"""Artefact of an arm treated for ever [hairs/cm2], tied to the published total.

    $A = (\text{total} - \text{progression} - \text{wound}) / y(\text{read})$, $y$ by `course` with
    the published arm's own treatment. ``progression`` and ``wound`` [hairs/cm2] are the *simulated*
    changes by day ``read`` of that arm. Of either sign: if the wound signal overshoots the data the
    artefact takes it back.
    """
    if control.kind in PROGRESSION_ONLY:
        return 0.0
    rest = control.total - progression - wound
    return rest / float(course(control.read, control.treated, rise=rise, fall=fall))


def artefact(day: ArrayLike, treated: float, plateau: float, *, rise: float, fall: float) -> Floats:
    r"""Artefact [hairs/cm2] on ``day`` of an arm treated until day ``treated``: $A\, y(t)$.

    It knows how an arm is given, not what is in it. Kinds do not add up: an arm given in two ways
    carries the artefact of the larger one, since no trial has shown their sum.
    """
    return np.asarray(plateau * course(day, treated, rise=rise, fall=fall))


def artefact_share(p: Mapping[str, float], method: str) -> float:
    """Share of the artefact that a ``method`` of counting shows, one of `METHODS`.

    All of it, by definition, as it is tied to arms counted so; where the hairs of two pictures are
    paired (`MATCHED`) no more than the parameter set says (``artefact_share_hair_to_hair``).
    Raises InputError for another method.
    """
    if method not in METHODS:
        raise InputError(unknown_word("method", method, METHODS), field="method")
    return p["artefact_share_hair_to_hair"] if method in MATCHED else 1.0
