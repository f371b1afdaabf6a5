r"""The follicle law: what one scalp follicle does, one function per rule.

Follicles are independent: no wave coupling is known in human scalp. A follicle passes through
anagen (growth), catagen (regression), telogen (rest) and kenogen (empty); exogen is the shedding
that ends telogen. On entering a phase it draws a requirement $\tau$ of clock days; its clock runs
at $r(t) \ge 0$, and the phase ends when $\int r\,dt = \tau$. This is an *accelerated clock*, not a
proportional hazard. At rest $r = 1$.

The tables of the event engine and the renewal equation (`renewal`) are made from these functions.
The engine's kernel repeats size, ramp and shaft in integers, and ``examples/one_follicle.py``
writes the whole law anew on purpose; tests hold all of them together.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from anagen.compiled import kernel
from anagen.errors import InputError
from anagen.follicle.limits import numbers, whole
from anagen.follicle.residence import CVS, Floats, Residence

PHASES = ("anagen", "catagen", "telogen", "kenogen")
ANAGEN, CATAGEN, TELOGEN, KENOGEN = range(4)

ANDROGEN_STEP = 0.1
"""The androgen load of a follicle moves in steps of this size (a test halves it)."""
DHT_STEP = 0.05
"""Scalp DHT, as a share of its resting level, moves in steps of this size."""
MAX_LOG_FACTOR = math.log(256)
"""A load may speed or slow a clock 256-fold at most; beyond it a run is refused."""


@dataclass(frozen=True, kw_only=True)
class FollicleLaw:
    """The numbers of the law. All times in days; fractions and loads without unit.

    ``androgen_drive`` holds theta of the drive per unit of androgen load on the clocks of anagen,
    catagen, telogen and kenogen: positive ends the phase sooner. ``size_step`` (eta),
    ``androgen_half_size`` (a50) and ``size_hill`` (h) say how a follicle shrinks; the named
    hypotheses of miniaturisation are settings of these and of ``androgen_drive``.
    """

    anagen: Residence
    catagen: Residence
    telogen: Residence
    kenogen: Residence
    kenogen_share: float = 1.0  # share of cycles with an empty interval
    emergence_delay: float = 21.0  # from anagen onset until the hair shows
    androgen_drive: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    size_step: float = 0.0
    androgen_half_size: float = 1.0
    size_hill: float = 1.0
    sensitivity_cv: float = 0.0  # spread of androgen sensitivity between affected follicles
    severity_cap: float = 4.0  # largest severity that a follicle can have
    calibre_cv: float = 0.0  # spread of full-size calibre between terminal follicles
    vellus_share: float = 0.0  # follicles that bear vellus hair by nature
    vellus_size: float = 0.3  # their calibre relative to terminal hair

    def __post_init__(self) -> None:
        for name, low, high in _LIMITS:
            value = numbers(name, getattr(self, name), low, high)
            if name in ("sensitivity_cv", "calibre_cv") and 0 < value < CVS[0]:
                raise InputError(f"must be 0 or at least {CVS[0]} (given: {value:g})", field=name)
        numbers("androgen_drive", self.androgen_drive, -1e3, 1e3, (len(PHASES),))

    @property
    def residences(self) -> tuple[Residence, Residence, Residence, Residence]:
        """The four residence laws in the order of the phases."""
        return self.anagen, self.catagen, self.telogen, self.kenogen


_LIMITS = (
    ("kenogen_share", 0, 1),
    ("emergence_delay", 0, 365),
    ("size_step", 0, 1),
    ("androgen_half_size", 1e-3, 1e6),
    ("size_hill", 0.1, 20),
    ("sensitivity_cv", 0, 3),
    ("severity_cap", 0, 100),
    ("calibre_cv", 0, 1),
    ("vellus_share", 0, 1),
    ("vellus_size", 0.01, 1),
)


def androgen_ramp(day: ArrayLike, onset: ArrayLike, ramp: ArrayLike) -> Floats:
    r"""Share of the full androgen load that a follicle carries: $\min(\max((t-t_0)/T, 0), 1)$.

    ``day``, ``onset`` ($t_0$, the day from which this follicle is affected) and ``ramp`` ($T > 0$)
    in days. The straight rise is an assumption of this project; no source gives its form.
    """
    rise = (np.asarray(day, dtype=float) - onset) / np.asarray(ramp, dtype=float)
    return np.asarray(np.clip(rise, 0.0, 1.0))


def staircase(value: ArrayLike, step: float) -> Floats:
    r"""A load in steps: $\Delta\lfloor x/\Delta + 1/2 \rfloor$, the nearest multiple of ``step``.

    Loads are staircases so that a clock table per patient serves all follicles: between two steps
    a load is constant and only multiplies the table.
    """
    return np.asarray(step * np.floor(np.asarray(value, dtype=float) / step + 0.5))


def androgen_load(severity: ArrayLike, ramp: ArrayLike, dht_share: ArrayLike) -> Floats:
    r"""Androgen load $a = [s\,\mathrm{ramp}]_{0.1} [\mathrm{DHT}/\mathrm{DHT}_0]_{0.05}$, in steps.

    ``severity`` $s$ is the patient's times the follicle's own; an unaffected follicle has 0.
    ``dht_share`` is scalp DHT over its resting level, shared by the patient's follicles.
    """
    own = staircase(np.asarray(severity, dtype=float) * ramp, ANDROGEN_STEP)
    return np.asarray(own * staircase(dht_share, DHT_STEP))


def clock_factor(theta: ArrayLike, load: ArrayLike) -> Floats:
    r"""Factor of a load on a clock: $e^{\theta a}$ (design: one drive, loads act at once)."""
    return np.asarray(np.exp(np.multiply(theta, load)))


def season(day: ArrayLike, amplitude: float, peak_day: float) -> Floats:
    r"""Factor of the season on the anagen clock: $e^{A\cos(2\pi (t - t_p)/365.25)}$.

    ``peak_day`` is when follicles leave anagen fastest. Direction from Randall and Ebling 1991
    (anagen above 90 % in March, about 80 % in September); the wave's form is assumed.
    """
    angle = 2 * np.pi * (np.asarray(day, dtype=float) - peak_day) / 365.25
    return np.asarray(np.exp(amplitude * np.cos(angle)))


def size_target(load: ArrayLike, half: float, hill: float) -> Floats:
    r"""Size that a follicle under load $a$ tends to: $m^*(a) = 1/(1 + (a/a_{50})^h)$."""
    return np.asarray(1 / (1 + (np.asarray(load, dtype=float) / half) ** hill))


def next_size(size: ArrayLike, target: ArrayLike, step: float, reserve: ArrayLike) -> Floats:
    r"""Size at an anagen onset: $m' = \min(m + \eta (m^* - m), \text{reserve})$.

    ``step`` $\eta = 1$ is the abrupt hypothesis (one cycle), small $\eta$ the gradual one, and
    $\eta = 0$ no miniaturisation. ``reserve`` is what the papilla can still build (1: all).
    """
    size = np.asarray(size, dtype=float)
    return np.asarray(np.minimum(size + step * (np.asarray(target) - size), reserve))


def relaxed(target: ArrayLike, relaxation: float, start: float = 1.0) -> Floats:
    r"""Follow a target with a delay: $\dot y = (y^*(t) - y)/T$ from $y(0)$ = ``start``.

    At the midnights, shape (..., days + 1), for the daily targets $y^*$ (..., days); exact for a
    target constant within each day. ``relaxation`` $T$ [day].
    """
    goal = np.asarray(target, dtype=float)
    rows = np.ascontiguousarray(goal.reshape(-1, goal.shape[-1]))
    y = np.full((len(rows), rows.shape[1] + 1), float(start))
    _relax(rows, math.exp(-1 / relaxation) if relaxation > 0 else 0.0, y)
    return y.reshape(*goal.shape[:-1], -1)


@kernel
def _relax(goal: Floats, keep: float, y: Floats) -> None:
    for row in range(goal.shape[0]):
        for day in range(goal.shape[1]):
            y[row, day + 1] = goal[row, day] + (y[row, day] - goal[row, day]) * keep


def cumulative_clock(rate: ArrayLike) -> Floats:
    r"""Clock $C(d) = \sum_{k<d} r_k$ [day] of daily rates along the last axis; one entry longer."""
    rate = np.asarray(rate, dtype=float)
    zero = np.zeros((*rate.shape[:-1], 1))
    return np.concatenate([zero, np.cumsum(rate, axis=-1)], axis=-1)


@dataclass(frozen=True)
class ForcedExit:
    """A trigger that throws follicles out of anagen on one day.

    Of the follicles in anagen at the start of ``day`` a ``share`` leaves: of these a part
    ``immediate`` sheds its hair at once (immediate release) and goes on as after exogen, the rest
    enters catagen. Raises InputError for a day that is not whole and for shares beyond 0 to 1.
    """

    day: int
    share: float
    immediate: float = 0.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "day", int(whole("day", self.day, 0, 2**31 - 1)))
        numbers("share", self.share, 0, 1)
        numbers("immediate", self.immediate, 0, 1)
