r"""Baricitinib and ritlecitinib by mouth: how much of the attack of alopecia areata they stop.

One compartment gives the mean concentration of a day, a sigmoid the share of the attack that is
taken away: the drug leaves $1 - I$ of it. The attack follows what is left with a delay, down and up
(``areata_response_time``), which is no part of this module; nor is what follows for a follicle,
which is held while the attack is 1 or more. Nothing here knows whether hair will come back.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from anagen.errors import InputError, unknown_word
from anagen.therapies.first_order import Floats, first_order, not_negative

DRUGS = ("baricitinib", "ritlecitinib")
HOURS = 24.0
NG_PER_ML = 1000.0
"""Of one mg/L."""


def concentration(daily_mg: ArrayLike, p: Mapping[str, float], drug: str) -> Floats:
    r"""Mean plasma concentration of each day [ng/mL], shape (days,), from rest.

    $\bar C_n = \frac{F}{CL\, T} E_n, \quad E_n = q E_{n-1} + (1 - q) D_n, \quad q = 2^{-T/t_{1/2}}$

    ``daily_mg`` $D$ [mg], shape (days,), swallowed at the begin of each day of $T$ = 24 h and
    absorbed at once (both drugs peak within an hour), ``drug`` one of `DRUGS`. $F$ is the share
    absorbed (``<drug>_bioavailability``), $CL$ the clearance [L/h], $t_{1/2}$ the half-life [h] and
    $E_n$ what is cleared of the absorbed doses on day $n$. Exact for one compartment with linear
    loss: the steady state is $F D/(CL\, T)$, approached as $1 - q^n$ and left as $q^n$. Raises
    InputError.
    """
    if drug not in DRUGS:
        raise InputError(unknown_word("JAK inhibitor", drug, DRUGS), field="drug")
    dose = not_negative(daily_mg, "daily_mg", "mg")
    tau = p[f"{drug}_half_life"] / (HOURS * math.log(2))
    cleared = p[f"{drug}_bioavailability"] * first_order(dose, tau, tau)
    return np.asarray(NG_PER_ML * cleared / (p[f"{drug}_clearance"] * HOURS))


def inhibition(daily_mg: ArrayLike, p: Mapping[str, float], drug: str) -> Floats:
    r"""Share of the attack that a day's drug takes away in the end, 0 to 1, shape (days,).

    $I = E_{max}\, \bar C^h / (EC_{50}^h + \bar C^h)$

    $\bar C$ is the mean `concentration` of the day (the measure that explained hair regrowth on
    ritlecitinib: DOI 10.1002/psp4.13283), $E_{max}$ the largest share, $EC_{50}$ [ng/mL] its half
    concentration and $h$ the Hill exponent: all three are assumed, with wide ranges. Studied: 2 and
    4 mg of baricitinib, 10 to 50 mg of ritlecitinib a day (200 mg for four weeks). Raises
    InputError.
    """
    c = concentration(daily_mg, p, drug)
    h = p[f"{drug}_hill"]
    reached = (c / p[f"{drug}_half_concentration"]) ** h
    return np.asarray(p[f"{drug}_max_inhibition"] * reached / (1 + reached))


def attack_left(courses: Mapping[str, ArrayLike], p: Mapping[str, float]) -> Floats:
    r"""Share of the attack left in the end, shape (days,), under every drug of ``courses``.

    $\prod_j (1 - I_j)$ over the daily doses [mg] by drug: as if they acted one after the other; no
    trial gave two together, and their labels advise against it. Raises InputError without a course.
    """
    if not courses:
        raise InputError("no course was given; give one or more", field="courses")
    left = [1 - inhibition(daily_mg, p, drug) for drug, daily_mg in courses.items()]
    return np.asarray(np.prod(np.broadcast_arrays(*left), axis=0))
