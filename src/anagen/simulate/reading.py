"""From what the engine counted to endpoints: as they are, and as an instrument reads them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from anagen.conditions.healthy import Floats, Scalp
from anagen.errors import InputError
from anagen.follicle.counts import VISIT, Counts
from anagen.follicle.law import PHASES
from anagen.follicle.scalps import Reading
from anagen.follicle.stationary import mean_cycle, overshoot
from anagen.measurement import endpoints, instruments, salt
from anagen.measurement.instruments import Instrument
from anagen.parameters import parameter
from anagen.patient import Patient
from anagen.simulate.model import (
    AREA,
    RATING,
    READING,
    WEIGHING,
    follicle_law,
    normals,
    reading_normals,
)
from anagen.units import DAYS_PER_YEAR

OF_SIDE = 100_000
"""Streams of luck of one side of a scalp, beyond all of another's."""
SHED_DAYS = 7
"""Shed hairs are counted over the week that begins at a visit."""
DENSITIES = (
    "total_hair_density",
    "nonvellus_hair_density",
    "terminal_hair_density",
    "anagen_hair_density",
)
OF_GROWTH = ("anagen_hair_density", "anagen_fraction", "hair_growth_rate")
"""Endpoints that only an instrument gives which compares pictures of growing hair."""
NOT_READ = {
    "weight": "clipped hair is weighed beside every other instrument",
}
"""Instruments of the tables that read no picture of the area, and why a run has none of them."""
COUNTED = ("visible", "growing", "detected", "nonvellus", "growing_nonvellus", "terminal", *PHASES,
           "lost")  # fmt: skip

Sums = dict[str, Floats]
"""Sums per follicle simulated, by name, shape (patients, options, visits)."""


@dataclass(frozen=True, kw_only=True)
class Tool:
    """The instrument of a run, and what the engine must tell apart for it."""

    instrument: Instrument | None
    reading: Reading


def tool(
    given: str | Instrument | None, p: Mapping[str, float], growth_rate: Floats | None = None
) -> Tool:
    """The instrument ``given``; by its word it takes its limits from the parameter set.

    ``growth_rate`` [mm/day], shape (patients,), turns its limit of growth and the length that
    covers into what the engine counts in, shares of each person's full speed (None: the typical
    one for all). Raises InputError for an unknown instrument, or one that takes no pictures.
    """
    found = instruments.instrument(given) if isinstance(given, str) else given
    if found is not None and found.name in NOT_READ:
        problem = f"'{found.name}' is not simulated: {NOT_READ[found.name]}; allowed: "
        raise InputError(problem + ", ".join(instruments.PICTURES), field="instrument")
    if isinstance(given, str) and found is not None:
        growth = None if found.growth_limit is None else p["growth_detection_limit"]
        found = replace(found, calibre_limit=p["calibre_detection_limit"], growth_limit=growth)
    slowest = 0.0 if found is None else found.growth_limit or 0.0
    rate = p["growth_rate"] if growth_rate is None else growth_rate
    reading = Reading(
        nonvellus=parameter("vellus_diameter_cutoff").value,
        terminal=parameter("terminal_diameter_cutoff").value,
        slow=slowest / rate,
        cover_days=p["cover_length"] / rate,
    )
    return Tool(instrument=found, reading=reading)


def sums_of(counts: Counts, visits: Sequence[int], interval: float) -> Sums:
    """Sums at the visits per follicle, and hairs shed per day in the week after each.

    ``mass`` is the mean over the ``interval`` [day] before the visit, as clipped hair holds it,
    where so much of it lies after day 0; at an earlier visit it is that of the day.
    """
    sums = {name: counts.at_visit(name) / counts.follicles for name in VISIT}
    mass, days = counts.daily("mass") / counts.follicles, max(1, round(interval))
    for i, v in enumerate(visits):
        if v >= days:
            sums["mass"][..., i] = mass[..., v - days + 1 : v + 1].mean(axis=-1)
    sums["histogram"] = counts.histogram / counts.follicles
    for name in (*PHASES, "lost"):
        sums[name] = counts.daily(name)[..., list(visits)] / counts.follicles
    shed = counts.daily("shed") / counts.follicles
    week = [shed[..., v + 1 : v + 1 + SHED_DAYS].mean(axis=-1) for v in visits]
    return sums | {"shed": np.stack(week, axis=-1)}


def mean_of(batches: Sequence[Sums]) -> Sums:
    """Sums per follicle of equal batches together."""
    if len(batches) == 1:
        return batches[0]
    return {name: np.mean([b[name] for b in batches], axis=0) for name in batches[0]}


def density_at_rest(scalp: Scalp, p: Mapping[str, float]) -> Floats:
    """Visible hairs [1/cm2] that each scalp bears without any disease, in closed form."""
    law, f = follicle_law(p), scalp.anagen
    club, hidden = law.catagen.mean + law.telogen.mean, law.emergence_delay / f
    shown = f * overshoot(law.anagen, hidden) + club * law.anagen.survival(hidden)
    cycle = mean_cycle(law) + (f - 1) * law.anagen.mean
    return np.asarray(scalp.follicle_density * shown / cycle)


def nonvellus_at_rest(scalp: Scalp, p: Mapping[str, float]) -> Floats:
    """Non-vellus hairs [1/cm2] that each scalp bears without any disease, in closed form."""
    thick = salt.healthy_nonvellus_share(
        scalp.full_calibre, calibre_between_hairs=p["calibre_between_hairs"],
        vellus_share=p["vellus_share"], vellus_size=p["vellus_size"],
        cutoff=parameter("vellus_diameter_cutoff").value,
    )  # fmt: skip
    return density_at_rest(scalp, p) * thick


def true_endpoints(
    sums: Sums, p: Mapping[str, float], scalp: Scalp, unattacked: Floats | None = None
) -> dict[str, Floats]:
    """Every endpoint of the follicles themselves, by its word; units in `endpoints.UNITS`.

    SALT where it is known what each bears ``unattacked``, non-vellus hairs/cm2 (patients, options,
    visits): its sampled places lie in the four areas as these weigh in SALT, so that the weighted
    sum over areas is the mean over places.
    """
    rho, rate = (x[:, None, None] for x in (scalp.follicle_density, scalp.growth_rate))
    shown, growing = sums["visible"], sums["growing"]
    weight = endpoints.hair_weight(
        sums["mass"], p["weighing_interval"], 1, rho,
        full_rate=rate, shaft_density=p["shaft_density"],
    )  # fmt: skip
    nonvellus = endpoints.nonvellus_hair_density(sums["nonvellus"], 1, rho)
    found = {}
    if unattacked is not None:
        found["salt"] = salt.loss_from_density(nonvellus, unattacked)
    return found | {
        "total_hair_density": endpoints.total_hair_density(shown, 1, rho),
        "nonvellus_hair_density": nonvellus,
        "terminal_hair_density": endpoints.terminal_hair_density(sums["terminal"], 1, rho),
        "anagen_hair_density": endpoints.anagen_hair_density(growing, 1, rho),
        "anagen_fraction": endpoints.anagen_fraction_phototrichogram(growing, shown),
        "terminal_vellus_ratio": endpoints.terminal_vellus_ratio(
            sums["nonvellus"], shown - sums["nonvellus"]
        ),
        "follicle_density": np.asarray(rho * (1 - sums["lost"])),
        "hair_diameter": endpoints.hair_diameter(sums["calibre"], shown),
        "cumulative_thickness": endpoints.cumulative_thickness(sums["calibre"], 1, rho),
        "hair_growth_rate": endpoints.hair_growth_rate(sums["growth"], growing, rate),
        "hair_weight": weight,
        "coverage": endpoints.coverage(sums["shade"], 1, rho, full_rate=rate),
        "shed_hairs_per_day": endpoints.shed_hairs_per_day(
            sums["shed"], 1, rho, scalp_area=p["scalp_area"]
        ),
    }


def with_area_luck(
    batches: list[Sums], tool: Instrument, scalp: Scalp, who: Sequence[Patient], n: int, seed: int
) -> Sums:
    """Sums of the follicles in the instrument's area, from ``n`` simulated per batch.

    The person's luck is the same at all visits and under all options. One batch gives no luck.
    A bin of the histogram may fall below 0: cut off there, the sum over bins would be too large.
    """
    k = len(batches)
    if k == 1:
        return batches[0]
    lucky: Sums = {}
    z = np.array([normals(seed, w.key, AREA, k) for w in who])
    area = [instruments.follicles_counted(tool, float(d)) for d in scalp.follicle_density]
    for name in batches[0]:
        stack = np.array([b[name] for b in batches])
        if name == "shed":  # counted at home, not in the area
            lucky[name] = stack.mean(axis=0)
            continue
        parts = [
            instruments.with_counting_luck(
                stack[:, i], z[i].reshape(k, *[1] * (stack.ndim - 2)), simulated=k * n, counted=m
            )
            for i, m in enumerate(area)
        ]
        most = 1.0 if name in COUNTED else np.inf
        least = -np.inf if name == "histogram" else 0.0
        lucky[name] = np.clip(np.array(parts), least, most)
    return lucky


def seen_endpoints(
    sums: Sums,
    tool: Tool,
    p: Mapping[str, float],
    scalp: Scalp,
    unattacked: Floats | None = None,
) -> dict[str, Floats]:
    """Endpoints of the hairs that the instrument sees; thin hairs are missed, slow ones rest.

    Density, mean diameter and summed thickness are of the hairs seen. The anagen share is of all
    visible hairs, as nothing says how thin hairs and slow ones overlap; anagen density is that
    share of the hairs seen. True values, as the engine's sums do not part them by what is seen:
    growth rate (slow hair included), coverage, and the densities of non-vellus and terminal hair.
    Shed hairs are counted, not read.
    """
    instrument, width = tool.instrument, tool.reading.bin_width
    assert instrument is not None
    found = true_endpoints(sums, p, scalp, unattacked)
    bins = sums["histogram"]
    seen = np.clip(instruments.hairs_detected(bins, instrument, width), 0.0, 1.0)
    calibre = instruments.calibre_detected(sums["calibre"], bins, instrument, width)
    calibre = np.where(seen > 0, np.maximum(calibre, 0.0), 0.0)
    rho = scalp.follicle_density[:, None, None]
    share = endpoints.anagen_fraction_phototrichogram(sums["detected"], sums["visible"])
    total = endpoints.total_hair_density(seen, 1, rho)
    found |= {
        "total_hair_density": total,
        "anagen_fraction": share,
        "anagen_hair_density": np.nan_to_num(share) * total,
        "hair_diameter": endpoints.hair_diameter(calibre, seen),
        "cumulative_thickness": endpoints.cumulative_thickness(calibre, 1, rho),
    }
    if instrument.growth_limit is None:
        found = {name: x for name, x in found.items() if name not in OF_GROWTH}
    return found


def read_endpoints(
    seen: dict[str, Floats],
    artefacts: Floats,
    instrument: Instrument,
    who: Sequence[Patient],
    visits: Sequence[int],
    p: Mapping[str, float],
    seed: int,
    side: int = 0,
) -> dict[str, Floats]:
    """What is read: artefact of the control response on densities, then the error of a reading.

    An observer drifts at the rate of the parameter set (``observer_drift``). ``artefacts``
    [hairs/cm2], shape (options, visits), are of the total density; a class of hairs takes its part
    of it. A reading's error is the same under all options and the same share of every class
    (`instruments.read`).
    """
    keys = [w.key for w in who]
    streams = tuple(OF_SIDE * side + s for s in (READING, WEIGHING, RATING))
    of_reading, of_weighing, of_rating = (
        z[:, None, :] for z in reading_normals(seed, keys, streams, visits)
    )
    total, found = seen["total_hair_density"], dict(seen)
    years = np.asarray(visits) / DAYS_PER_YEAR
    drift = p["observer_drift"] / 100 if instrument.drift > 0 else 0.0
    for name in DENSITIES:
        if name in seen:
            part = seen[name] / np.where(total > 0, total, 1.0)
            value = instruments.drifted(seen[name] + part * artefacts, years, drift)
            found[name] = instruments.read(value, instrument, of_reading)
    scales = instruments.instrument("weight")
    found["hair_weight"] = instruments.read(seen["hair_weight"], scales, of_weighing)
    if "salt" in seen:
        error = parameter("reading_error_salt").value
        found["salt"] = salt.read_salt(seen["salt"], of_rating, error=error)
    return found
