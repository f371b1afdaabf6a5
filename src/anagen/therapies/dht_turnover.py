r"""Dihydrotestosterone (DHT) in serum and scalp under a 5-alpha-reductase inhibitor.

A drug is absorbed, spreads over two compartments and is lost by a linear and a saturable path. It
binds the two enzymes that form DHT for good; free enzyme returns by renewal (Gisleskog 1998, 1999):

$\dot A_1 = -k_a A_1$

$\dot A_2 = k_a A_1 + R - (Q + CL + \frac{V_{max}}{K_m + C} + k_{o2} E S_2) C + Q A_3/V_p$

$\dot A_3 = Q\, (C - A_3/V_p), \quad C = A_2/V_c$

$\dot S_i = k_i (1 - S_i) - k_{oi} C S_i, \quad \dot d = k_{out} (f S_2 + (1 - f) S_1 - d)$

$A$ are amounts [ug], $C$ the plasma concentration [ng/mL], $S_i$ the free shares of the enzymes and
$d$ the serum DHT share. Added to it here: the drug that the type 2 enzyme $E$ [ug] binds is lost to
the plasma (target-mediated disposition, Mager and Jusko 2001, DOI 10.1023/A:1014414520282: $E = 0$
is the published model); skin that was treated releases $R$ [ug/h]; and the scalp has enzymes of its
own, which see $\phi C + R/CL_s$ and form its DHT with their own share of type 2.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from anagen.compiled import inline, kernel
from anagen.errors import InputError

Floats = NDArray[np.float64]

DAY = 24.0
"""Hours between the doses."""
STEPS = 32
"""Steps in a day; their error is bounded against an adaptive solver by the tests."""


@dataclass(frozen=True, kw_only=True)
class Drug:
    """The numbers of one drug, in hours, litres, ug and ng/mL; volumes as after an oral dose."""

    absorption: float  # k_a [1/h]
    central: float  # V_c [L]
    peripheral: float  # V_p [L]
    exchange: float  # Q [L/h]
    clearance: float  # CL [L/h]
    saturable: float  # V_max [ug/h]
    half_saturation: float  # K_m [ng/mL]
    renewal1: float  # k_1 [1/h]
    renewal2: float  # k_2 [1/h]
    binding1: float  # k_o1 [mL/ng/h]
    binding2: float  # k_o2 [mL/ng/h]
    enzyme: float  # E, drug that all the type 2 enzyme can bind [ug]
    turnover: float  # k_out [1/h]
    type2: float  # f, share of serum DHT that type 2 forms
    scalp_type2: float  # the same of scalp DHT
    scalp_exposure: float  # phi, what scalp enzyme sees over plasma
    scalp_turnover: float  # 1/tau of scalp DHT [1/h]
    skin_share: float  # share of a dose on the scalp that is absorbed
    skin_rate: float  # k_s at which skin releases it [1/h]
    scalp_clearance: float  # CL_s, release over the concentration it makes in scalp [L/h]


@dataclass(frozen=True, kw_only=True)
class DhtCourse:
    """What a course does, at the end of each day (just before the next dose); shape (days,).

    ``drug`` [ng/mL] in plasma; ``serum`` and ``scalp`` DHT as shares of their baseline; ``type1``
    and ``type2``: free shares of the scalp's enzymes.
    """

    drug: Floats
    serum: Floats
    scalp: Floats
    type1: Floats
    type2: Floats


def dutasteride(p: Mapping[str, float]) -> Drug:
    """Dutasteride as published (Gisleskog 1999), with the scalp's share and exposure fitted."""
    return Drug(
        absorption=p["dutasteride_absorption_rate"],
        central=p["dutasteride_central_volume"],
        peripheral=p["dutasteride_peripheral_volume"],
        exchange=p["dutasteride_exchange_flow"],
        clearance=p["dutasteride_linear_clearance"],
        saturable=p["dutasteride_maximum_elimination"],
        half_saturation=p["dutasteride_elimination_half_saturation"],
        renewal1=p["dht_model_type1_recovery_rate"],
        renewal2=p["dht_model_type2_recovery_rate"],
        binding1=p["dutasteride_type1_binding_rate"],
        binding2=p["dutasteride_type2_binding_rate"],
        enzyme=0.0,
        type2=p["dht_model_type2_share"],
        scalp_exposure=p["dutasteride_scalp_exposure"],
        **_common(p),
    )


def finasteride_published(p: Mapping[str, float]) -> Drug:
    """Finasteride as published (Gisleskog 1998): far too weak below 5 mg a day, kept as a check."""
    return Drug(
        renewal2=p["dht_model_type2_recovery_rate"],
        binding1=0.0,
        binding2=p["finasteride_model_type2_binding_rate"],
        enzyme=0.0,
        type2=p["dht_model_type2_share"],
        scalp_exposure=1.0,
        **_finasteride_plasma(p),
        **_common(p),
    )


def finasteride(p: Mapping[str, float]) -> Drug:
    r"""Finasteride with tight binding, fitted to Drake 1999.

    The published plasma model; the enzyme comes back with ``finasteride_scalp_offset_time``. What
    is fitted are steady-state numbers, so that they do not depend on that uncertain time:
    $K_i = k_i/k_{oi}$ [ng/mL] and the drug $E k_2$ [ug/day] that new enzyme takes up.
    """
    renewal = 1 / (DAY * p["finasteride_scalp_offset_time"])
    return Drug(
        renewal2=renewal,
        binding1=p["dht_model_type1_recovery_rate"] / p["finasteride_type1_half_concentration"],
        binding2=renewal / p["finasteride_type2_half_concentration"],
        enzyme=p["finasteride_enzyme_uptake"] * p["finasteride_scalp_offset_time"],
        type2=p["finasteride_serum_type2_share"],
        scalp_exposure=p["finasteride_scalp_exposure"],
        **_finasteride_plasma(p),
        **_common(p),
    )


def _finasteride_plasma(p: Mapping[str, float]) -> dict[str, float]:
    return {
        "absorption": p["finasteride_model_absorption_rate"],
        "central": p["finasteride_model_central_volume"],
        "peripheral": p["finasteride_model_peripheral_volume"],
        "exchange": p["finasteride_model_exchange_flow"],
        "clearance": p["finasteride_model_clearance"],
        "saturable": 0.0,
        "half_saturation": 1.0,
        "renewal1": p["dht_model_type1_recovery_rate"],
    }


def _common(p: Mapping[str, float]) -> dict[str, float]:
    return {
        "turnover": p["dht_model_turnover_rate"],
        "scalp_type2": p["scalp_type2_share"],
        "scalp_turnover": 1 / (DAY * p["finasteride_scalp_onset_time"]),
        "skin_share": p["finasteride_topical_absorbed_share"],
        "skin_rate": math.log(2) / p["finasteride_topical_release_half_life"],
        "scalp_clearance": p["finasteride_topical_scalp_clearance"],
    }


def dht_course(
    daily_mg: ArrayLike, drug: Drug, *, topical_mg: ArrayLike = 0.0, steps: int = STEPS
) -> DhtCourse:
    """Drug, enzymes and DHT day by day from rest.

    ``daily_mg`` swallowed and ``topical_mg`` put on the scalp at the begin of each day [mg], shape
    (days,); one of the two may be a number that holds on every day. ``steps`` in a day. Raises
    InputError for a dose that is negative or not finite.
    """
    oral, topical = np.broadcast_arrays(
        *(np.atleast_1d(np.asarray(dose, dtype=float)) for dose in (daily_mg, topical_mg))
    )
    for name, dose in (("daily_mg", oral), ("topical_mg", topical)):
        if not np.all(np.isfinite(dose) & (dose >= 0)):
            problem = f"must be 0 mg or more on every day (given: {dose.min():g})"
            raise InputError(problem, field=name)
    out = np.ones((5, len(oral)))
    _integrate(1000 * oral, 1000 * topical, np.array(astuple(drug)), _mesh(steps), out)
    return DhtCourse(drug=out[0], serum=out[1], scalp=out[2], type1=out[3], type2=out[4])


def combined_scalp(courses: Sequence[DhtCourse], drug: Drug) -> Floats:
    r"""Scalp DHT share, shape (days,), of inhibitors given together or one after the other.

    Binders that take the same enzyme for good add their rates, so that at rest
    $1/S - 1 = \sum_j (1/S_j - 1)$, taken to hold on every day. ``drug`` (any of them) gives the
    scalp's share of type 2 and its turnover. From daily values: up to 3 points off in the first
    days of a course, 1 point later. No trial gave two inhibitors at once. Raises InputError
    without a course.
    """
    if not courses:
        raise InputError("no course was given; give one or more", field="courses")
    type1, type2 = (
        1 / (1 + sum(1 / getattr(c, name) - 1 for c in courses)) for name in ("type1", "type2")
    )
    formed = drug.scalp_type2 * type2 + (1 - drug.scalp_type2) * type1
    share, out, kept = 1.0, np.empty(len(formed)), math.exp(-DAY * drug.scalp_turnover)
    for day, goal in enumerate(formed):
        share = out[day] = goal + (share - goal) * kept
    return out


@cache
def _mesh(steps: int) -> Floats:
    """Lengths of a day's steps [h], short after the dose."""
    return np.diff(DAY * np.linspace(0, 1, steps + 1) ** 2)


@inline
def _renewed(free: float, renewal: float, loss: float, h: float) -> float:
    """Free enzyme after ``h`` hours at a constant concentration, exact."""
    rate = renewal + loss
    goal = renewal / rate
    return goal + (free - goal) * math.exp(-rate * h)


@inline
def _moved(
    a2: float, a3: float, source: float, sink: float, q: float, vp: float, vc: float, h: float
) -> tuple[float, float]:
    """Both compartments after ``h`` hours, trapezoidal, with constant source and clearance."""
    out, back, over = 0.5 * h * (q + sink) / vc, 0.5 * h * q / vp, 0.5 * h * q / vc
    right2 = a2 * (1 - out) + a3 * back + h * source
    right3 = a3 * (1 - back) + a2 * over
    new2 = (right2 * (1 + back) + right3 * back) / ((1 + out) * (1 + back) - over * back)
    return new2, (right3 + over * new2) / (1 + back)


@kernel
def _integrate(oral: Floats, topical: Floats, drug: Floats, mesh: Floats, out: Floats) -> None:
    """Fill ``out``: rows drug, serum, scalp, type 1, type 2. Second order: enzymes, drug, enzymes.

    Gut and skin are emptied exactly, so that the step need not follow their fast rates.
    """
    ka, vc, vp, q, cl, vmax, km, k1, k2, ko1, ko2, enzyme, kout, f, fs, phi, ks, share, kr, cls = (
        drug[0], drug[1], drug[2], drug[3], drug[4], drug[5], drug[6], drug[7], drug[8], drug[9],
        drug[10], drug[11], drug[12], drug[13], drug[14], drug[15], drug[16], drug[17], drug[18],
        drug[19],
    )  # fmt: skip
    gut, skin, a2, a3 = 0.0, 0.0, 0.0, 0.0
    s1, s2, t1, t2, serum, scalp = 1.0, 1.0, 1.0, 1.0, 1.0, 1.0
    for day in range(len(oral)):
        gut, skin = gut + oral[day], skin + share * topical[day]
        if gut + skin + a2 + a3 == 0 and s1 == s2 == t1 == t2 == serum == scalp == 1:
            out[0, day] = 0.0
            continue
        for h in mesh:
            c, local = a2 / vc, phi * a2 / vc + kr * skin / cls
            formed = f * s2 + (1 - f) * s1
            formed_scalp = fs * t2 + (1 - fs) * t1
            s1, s2 = _renewed(s1, k1, ko1 * c, h / 2), _renewed(s2, k2, ko2 * c, h / 2)
            t1, t2 = _renewed(t1, k1, ko1 * local, h / 2), _renewed(t2, k2, ko2 * local, h / 2)
            left, kept = gut * math.exp(-ka * h), skin * math.exp(-kr * h)
            source = (gut - left + skin - kept) / h
            gut, skin = left, kept
            bound = ko2 * enzyme * s2
            middle, _ = _moved(a2, a3, source, cl + vmax / (km + c) + bound, q, vp, vc, h / 2)
            sink = cl + vmax / (km + middle / vc) + bound
            a2, a3 = _moved(a2, a3, source, sink, q, vp, vc, h)
            c, local = a2 / vc, phi * a2 / vc + kr * skin / cls
            s1, s2 = _renewed(s1, k1, ko1 * c, h / 2), _renewed(s2, k2, ko2 * c, h / 2)
            t1, t2 = _renewed(t1, k1, ko1 * local, h / 2), _renewed(t2, k2, ko2 * local, h / 2)
            goal = (formed + f * s2 + (1 - f) * s1) / 2
            serum = goal + (serum - goal) * math.exp(-kout * h)
            goal = (formed_scalp + fs * t2 + (1 - fs) * t1) / 2
            scalp = goal + (scalp - goal) * math.exp(-ks * h)
        out[0, day], out[1, day], out[2, day] = a2 / vc, serum, scalp
        out[3, day], out[4, day] = t1, t2
