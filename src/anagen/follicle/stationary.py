r"""The follicle law at rest: what a scalp settles to, in closed form.

A follicle's cycle is an alternating renewal process, so at rest only means of residence times
enter the shares of phases, whatever the residence laws; the hair itself also needs the law of
anagen beyond the emergence delay. All shares are per living follicle, all lengths in days of full
growth (times size and growth rate [mm/day]).

Constant clocks and a constant load make another law at rest: `at_rate`, `under_load`.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from anagen.follicle.law import FollicleLaw, clock_factor, size_target
from anagen.follicle.residence import Floats, Residence


def at_rate(law: FollicleLaw, rate: ArrayLike) -> FollicleLaw:
    r"""The law as seen in days when clock $p$ runs at a constant rate: $\mu_p \to \mu_p / r_p$.

    ``rate`` is one positive number or four (anagen, catagen, telogen, kenogen); the spread
    relative to the mean and the emergence delay stay. With ``rate`` one over a patient's
    phase scale it is that patient's law.
    """
    r = np.broadcast_to(np.asarray(rate, dtype=float), (4,))
    a, c, t, k = (replace(p, mean=p.mean / x) for p, x in zip(law.residences, r, strict=True))
    return replace(law, anagen=a, catagen=c, telogen=t, kenogen=k)


def under_load(law: FollicleLaw, load: float) -> FollicleLaw:
    r"""The law under a constant androgen load $a$: `at_rate` with $r_p = e^{\theta_p a}$."""
    return at_rate(law, clock_factor(law.androgen_drive, load))


def phase_days(law: FollicleLaw) -> Floats:
    r"""Mean days per cycle in each phase: $\mu_A, \mu_C, \mu_T, q\mu_K$, shape (4,).

    $q$ is the share of cycles with an empty interval.
    """
    mean = np.array([p.mean for p in law.residences])
    return np.asarray(mean * [1, 1, 1, law.kenogen_share])


def mean_cycle(law: FollicleLaw) -> float:
    r"""Mean length of a cycle [day]: $M = \mu_A + \mu_C + \mu_T + q\mu_K$."""
    return float(phase_days(law).sum())


def phase_shares(law: FollicleLaw) -> Floats:
    r"""Share of follicles in each phase, shape (4,): $\pi_p$ = mean days of the phase over $M$."""
    return phase_days(law) / mean_cycle(law)


def histology_shares(law: FollicleLaw) -> Floats:
    r"""Shares of anagen, catagen and telogen, shape (3,): $\pi_p / (1 - \pi_K)$.

    As a section counts them: an empty follicle is not seen.
    """
    haired = phase_days(law)[:3]
    return np.asarray(haired / haired.sum())


def share_sd(share: ArrayLike, follicles: int) -> Floats:
    r"""SD of the share of ``follicles`` independent follicles in a state: $\sqrt{\pi(1-\pi)/N}$."""
    p = np.asarray(share, dtype=float)
    return np.asarray(np.sqrt(p * (1 - p) / follicles))


def length_biased(residence: Residence) -> Residence:
    r"""The law with density $x f(x)/m$ as a residence law of its own; its mean is $m(1+cv^2)$.

    Lognormal: $\sigma$ stays. Gamma and exponential: shape $k \to k + 1$, so
    $cv \to cv/\sqrt{1+cv^2}$. Fixed: itself.
    """
    growth = 1 + residence.cv**2
    if residence.law == "fixed":
        return residence
    if residence.law == "lognormal":
        return replace(residence, mean=residence.mean * growth)
    return Residence(residence.mean * growth, residence.cv / math.sqrt(growth), "gamma")


def overshoot(residence: Residence, age: ArrayLike) -> Floats:
    r"""Mean days beyond an age: $E(\tau - x)^+ = \int_x^\infty S(u)\,du = m S_1(x) - x S(x)$.

    ``age`` $x \ge 0$ [day]; $S_1$ is the survival of the length-biased law. Over $m$ it is the
    survival of the residual time of a phase that a follicle is found in.
    """
    x = np.asarray(age, dtype=float)
    return np.asarray(residence.mean * residence.biased_survival(x) - x * residence.survival(x))


def overshoot_integral(residence: Residence, age: ArrayLike) -> Floats:
    r"""$\int_x^\infty (u - x) S(u)\,du = \frac12 E[((\tau - x)^+)^2]$ [day2].

    $= \frac12 [m\,m_1 S_2(x) - 2 x m S_1(x) + x^2 S(x)]$, with $m_1$ the mean of the length-biased
    law and $S_2$ the survival of that law biased once more.
    """
    x, m = np.asarray(age, dtype=float), residence.mean
    biased = length_biased(residence)
    square = m * biased.mean * biased.biased_survival(x)
    return np.asarray(
        (square - 2 * x * m * residence.biased_survival(x) + x**2 * residence.survival(x)) / 2
    )


def showing_share(law: FollicleLaw) -> float:
    r"""Share of cycles whose anagen outlasts the emergence delay $d$: $S_A(d)$.

    The others shed nothing: their hair never left the canal.
    """
    return float(law.anagen.survival(law.emergence_delay))


def shed_per_day(law: FollicleLaw, follicles: float = 1.0) -> float:
    r"""Hairs shed per day by ``follicles`` follicles: $N S_A(d) / M$ (flux identity)."""
    return follicles * showing_share(law) / mean_cycle(law)


def growing_share(law: FollicleLaw) -> float:
    r"""Share of follicles with a visible growing hair: $E(\tau_A - d)^+ / M$."""
    return float(overshoot(law.anagen, law.emergence_delay)) / mean_cycle(law)


def club_share(law: FollicleLaw) -> float:
    r"""Share of follicles with a visible club hair: $(\mu_C + \mu_T) S_A(d) / M$."""
    return (law.catagen.mean + law.telogen.mean) * showing_share(law) / mean_cycle(law)


def visible_share(law: FollicleLaw) -> float:
    """Share of follicles with a hair above the skin, growing or club."""
    return growing_share(law) + club_share(law)


def visible_length(law: FollicleLaw) -> float:
    r"""Length per follicle, empty ones counted as 0 [day of full growth].

    $[\frac12 E((\tau_A - d)^+)^2 + (\mu_C + \mu_T) E(\tau_A - d)^+] / M$: a growing hair is as long
    as its age since emergence, a club hair as long as its anagen let it become.
    """
    growing = overshoot_integral(law.anagen, law.emergence_delay)
    club = (law.catagen.mean + law.telogen.mean) * overshoot(law.anagen, law.emergence_delay)
    return float(growing + club) / mean_cycle(law)


def mean_length(law: FollicleLaw) -> float:
    """Mean length of a visible hair [day of full growth]."""
    return visible_length(law) / visible_share(law)


def size_after(law: FollicleLaw, load: float, cycles: ArrayLike, first: float = 1.0) -> Floats:
    r"""Size after ``cycles`` anagen onsets under a constant load: $m^* + (1-\eta)^n (m_0 - m^*)$.

    ``first`` is $m_0$, $\eta$ the law's size step; the closed form of repeated `next_size` while
    the papilla reserve does not bind.
    """
    target = size_target(load, law.androgen_half_size, law.size_hill)
    n = np.asarray(cycles, dtype=float)
    return np.asarray(target + (1 - law.size_step) ** n * (first - target))
