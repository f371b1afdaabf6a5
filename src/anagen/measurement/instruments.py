"""How hair is read: the error of one reading, the hairs an instrument misses, the luck of an area.

The error belongs to a *reading*. The published error is that of a change, which holds two
readings: the baseline, shared by all later changes, and the visit. Over years the one who reads
drifts. Seasons are no error: the hair itself changes with them. Hairs thinner than
``calibre_detection_limit`` are counted in true values and not in readings.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from anagen.errors import InputError, unknown_word
from anagen.evidence.distributions import critical_value
from anagen.measurement.endpoints import Floats
from anagen.parameters import parameter

PICTURES = ("phototrichogram_automatic", "phototrichogram_corrected", "trichoscopy_corrected",
            "hair_to_hair")  # fmt: skip
INSTRUMENTS = (*PICTURES, "weight", "histology")
MATCHED = ("hair_to_hair",)
"""Pictures of the very same area whose hairs are paired one to one: nobody drifts, and a picture of
another area cannot be read so."""
UNDRIFTING = (*MATCHED, "weight", "histology")
"""Instruments without an observer's drift: paired hairs, scales and sections (assumed)."""


@dataclass(frozen=True, kw_only=True)
class Instrument:
    """One way to read hair.

    ``reading_error`` is the coefficient of variation of one reading (of the total count, or of the
    weight), ``target_area`` the scalp read [cm2]. Hairs thinner than ``calibre_limit`` [um] are not
    seen, those slower than ``growth_limit`` [mm/day] are read as resting (None: growth is not
    read). Shares and means have no error of their own: none was found printed.
    """

    name: str
    reading_error: float
    target_area: float
    calibre_limit: float = 0.0
    growth_limit: float | None = None
    drift: float = 0.0

    def __post_init__(self) -> None:
        if not (math.isfinite(self.reading_error) and self.reading_error >= 0):
            problem = f"must be 0 or more (given: {self.reading_error}); 0.05 is five percent"
            raise InputError(problem, field="reading_error")
        if not (math.isfinite(self.target_area) and self.target_area > 0):
            problem = f"must be more than 0 cm2 (given: {self.target_area})"
            raise InputError(problem, field="target_area")
        if not (math.isfinite(self.drift) and self.drift >= 0):
            problem = f"must be 0 or more per year (given: {self.drift}); 0.01 is one percent"
            raise InputError(problem, field="drift")


def instrument(name: str) -> Instrument:
    """The instrument ``name``, one of `INSTRUMENTS`, from ``measurement.csv``.

    All pictures read the area of modern trials, as no other was found printed by instrument; for
    another: ``dataclasses.replace(instrument(name), target_area=5.07)``. Histology has no reading
    error (none was found), but a biopsy never reads the same follicles twice.
    """
    if name not in INSTRUMENTS:
        raise InputError(unknown_word("instrument", name, INSTRUMENTS))
    if name == "histology":
        punch = parameter("biopsy_punch_diameter").value_in("mm") / 10
        return Instrument(name=name, reading_error=0.0, target_area=math.pi / 4 * punch**2)
    growth = parameter("growth_detection_limit").value_in("mm/day")
    calibre = parameter("calibre_detection_limit").value_in("um")
    return Instrument(
        name=name,
        reading_error=parameter(f"reading_error_{name}").value_in("percent") / 100,
        target_area=parameter("target_area_modern").value_in("cm2"),
        calibre_limit=calibre if name in PICTURES else 0.0,
        growth_limit=growth if name.startswith("phototrichogram") else None,
        drift=0.0 if name in UNDRIFTING else drift_sd(),
    )


def drift_sd() -> float:
    """SD of observers' drift as a share of the count per year, from ``observer_drift``.

    The row is the drift of one trial's observer, centred on none; its range is 95 %.
    """
    row = parameter("observer_drift")
    return (row.high - row.low) / 2 / 100 / critical_value(0.95)


def drifted(true: ArrayLike, years: ArrayLike, rate: ArrayLike) -> Floats:
    r"""What an observer who drifts finds: $x (1 + \delta t)$, never below 0.

    ``true`` $x$ is a density, ``years`` $t$ since the baseline, ``rate`` $\delta$ a share of the
    count per year: one for a trial (``observer_drift``), or one per person, normals times
    ``Instrument.drift``. Linear (assumed), and alike in every arm that the same observer reads.
    """
    grown = 1 + np.asarray(rate, dtype=float) * np.asarray(years, dtype=float)
    return np.asarray(np.asarray(true, dtype=float) * np.maximum(grown, 0.0))


def hairs_detected(histogram: ArrayLike, instrument: Instrument, width: float) -> Floats:
    """Hairs thick enough to be seen, from counts by calibre, shape (..., bins), of ``width`` [um].

    The bin that holds the limit counts by the part of it above the limit.
    """
    counts = np.asarray(histogram, dtype=float)
    upper = width * np.arange(1, counts.shape[-1] + 1)
    part = np.clip((upper - instrument.calibre_limit) / width, 0.0, 1.0)
    return np.asarray(counts @ part)


def calibre_detected(
    calibre_sum: ArrayLike, histogram: ArrayLike, instrument: Instrument, width: float
) -> Floats:
    """Sum of the calibres [um] of the hairs thick enough to be seen.

    ``calibre_sum`` [um], shape (...), and ``histogram``, shape (..., bins) of ``width`` [um], are
    of the same hairs. What is missed is taken off, spread evenly over its bins.
    """
    counts = np.asarray(histogram, dtype=float)
    lower = width * np.arange(counts.shape[-1])
    missed = np.clip(instrument.calibre_limit - lower, 0.0, width)  # um of each bin
    return np.asarray(calibre_sum - counts @ (missed / width * (lower + missed / 2)))


def read(true: ArrayLike, instrument: Instrument, normals: ArrayLike) -> Floats:
    r"""What the instrument reads: $x (1 + e z)$, never below 0, with $e$ the error of a reading.

    ``true`` $x$ is a density or weight, shape (..., visits), the baseline first; ``normals`` $z$
    are standard normal, one per reading. The published errors are of the total count. A class of
    hairs takes the same share of itself, as if the hairs missed were of all classes alike: a rare
    class then never reads below 0 nor a class above the total, which the total's error in hairs
    would do. Hairs put into the wrong class are not in it, so that a class is read too well.
    """
    x, z = np.asarray(true, dtype=float), np.asarray(normals, dtype=float)
    return np.asarray(np.maximum(x * (1 + instrument.reading_error * z), 0.0))


def change(readings: ArrayLike) -> Floats:
    """Changes from the baseline, shape (..., visits - 1): all hold the one baseline reading."""
    r = np.asarray(readings, dtype=float)
    return np.asarray(r[..., 1:] - r[..., :1])


def error_of_change(instrument: Instrument, years: ArrayLike = 0.0) -> Floats:
    r"""SD of a change that is none, as a share of the count: $\sqrt{2 e^2 + (s_\delta t)^2}$.

    $e$ the error of a reading (baseline and visit), $s_\delta$ the SD of the drift, ``years`` $t$
    from the baseline. A control arm read by the same observer takes the drift out.
    """
    t = np.asarray(years, dtype=float)
    return np.hypot(math.sqrt(2) * instrument.reading_error, instrument.drift * t)


def measurable_change(
    instrument: Instrument, baseline: ArrayLike, level: float = 0.95, years: ArrayLike = 0.0
) -> Floats:
    r"""Change beyond the instrument's error: $z_{1-\alpha/2}\, e_c\, X$.

    ``baseline`` $X$ is the total density (or weight), in whose unit the change is; ``level`` the
    two-sided confidence $1-\alpha$, ``years`` from the baseline and $e_c$ that of
    `error_of_change`. It holds for the total alone, the count of the published error; for a class
    of hairs it is a lower bound, by the assumption of `read`.
    """
    z = critical_value(level)
    return np.asarray(z * error_of_change(instrument, years) * np.asarray(baseline))


def visible_change() -> tuple[float, float]:
    """From which gain in density [hairs/cm2] people see a difference: a range, as anchors conflict.

    The low end is the mean gain with which 48 % of men were rated improved, the high end what 75 %
    of dermatologists detect (``visible_density_difference``).
    """
    seen = parameter("visible_density_difference")
    return seen.low, seen.high


def follicles_counted(instrument: Instrument, follicle_density: float) -> int:
    """Follicles in the target area: area x density [1/cm2]; simulate so many and luck is in."""
    return max(1, round(instrument.target_area * follicle_density))


def counting_sd(share: ArrayLike, follicles: int, follicle_density: float) -> Floats:
    r"""SD [hairs/cm2] of a density by the luck of the area: $\rho_f \sqrt{p (1 - p) / N}$.

    ``share`` $p$ is the chance that a follicle counts, ``follicles`` $N$ those in the area.
    """
    p = np.asarray(share, dtype=float)
    return np.asarray(follicle_density * np.sqrt(p * (1 - p) / follicles))


def with_counting_luck(
    batches: ArrayLike, normals: ArrayLike, *, simulated: int, counted: int
) -> Floats:
    r"""Density with the luck of ``counted`` follicles, from ``simulated`` ones in equal batches.

    $D = \bar D + \gamma \sum_k z_k (D_k - \bar D)$, $\gamma^2 = (N/n - 1) / (K (K - 1))$.

    ``batches`` $D_k$, shape (K, ...), are the densities (or any means per follicle) of $K$ batches
    of one patient; ``normals`` $z_k$ broadcast to them, one per batch and patient and the same at
    all visits, so that the covariance between visits, endpoints and options is that of $n$
    follicles too. Raises InputError for fewer than two batches or too few simulated follicles.
    """
    d = np.asarray(batches, dtype=float)
    k = len(d)
    if k < 2:
        raise InputError(f"two batches or more are needed (given: {k})", field="batches")
    if counted > simulated:
        problem = f"{counted} follicles lie in the area, but only {simulated} were simulated"
        raise InputError(f"{problem}; simulate at least as many", field="counted")
    mean = d.mean(axis=0)
    gamma = math.sqrt((simulated / counted - 1) / (k * (k - 1)))
    return np.asarray(mean + gamma * np.sum(np.asarray(normals) * (d - mean), axis=0))
