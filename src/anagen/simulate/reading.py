"""From what the engine counted to endpoints: as they are, and as an instrument reads them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from anagen.conditions.healthy import Floats, Scalp
from anagen.follicle.counts import VISIT, Counts
from anagen.follicle.scalps import Reading
from anagen.measurement import endpoints, instruments
from anagen.measurement.instruments import Instrument
from anagen.parameters import parameter
from anagen.patient import Patient
from anagen.simulate.model import AREA, READING, WEIGHING, normals

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
COUNTED = ("visible", "growing", "detected", "nonvellus", "growing_nonvellus", "terminal")

Sums = dict[str, Floats]
"""Sums per follicle simulated, by name, shape (patients, options, visits)."""


@dataclass(frozen=True, kw_only=True)
class Tool:
    """The instrument of a run, and what the engine must tell apart for it."""

    instrument: Instrument | None
    reading: Reading


def tool(given: str | Instrument | None, p: Mapping[str, float]) -> Tool:
    """The instrument ``given``; by its word it takes its limits from the parameter set.

    A hair is slow by the typical full speed, whatever that of the person. Raises InputError.
    """
    found = instruments.instrument(given) if isinstance(given, str) else given
    if isinstance(given, str) and found is not None:
        calibre = p["calibre_detection_limit"] if given in instruments.PICTURES else 0.0
        growth = None if found.growth_limit is None else p["growth_detection_limit"]
        found = replace(found, calibre_limit=calibre, growth_limit=growth)
    slowest = 0.0 if found is None else found.growth_limit or 0.0
    reading = Reading(
        nonvellus=parameter("vellus_diameter_cutoff").value,
        terminal=parameter("terminal_diameter_cutoff").value,
        slow=slowest / p["growth_rate"],
        cover_days=p["cover_length"] / p["growth_rate"],
    )
    return Tool(instrument=found, reading=reading)


def sums_of(counts: Counts, visits: Sequence[int]) -> Sums:
    """Sums at the visits per follicle, and hairs shed per day in the week after each."""
    sums = {name: counts.at_visit(name) / counts.follicles for name in VISIT}
    sums["histogram"] = counts.histogram / counts.follicles
    shed = counts.daily("shed") / counts.follicles
    week = [shed[..., v + 1 : v + 1 + SHED_DAYS].mean(axis=-1) for v in visits]
    return sums | {"shed": np.stack(week, axis=-1)}


def true_endpoints(sums: Sums, p: Mapping[str, float], scalp: Scalp) -> dict[str, Floats]:
    """Every endpoint of the follicles themselves, by its word; units in `endpoints.UNITS`."""
    rho, rate = (x[:, None, None] for x in (scalp.follicle_density, scalp.growth_rate))
    shown, growing = sums["visible"], sums["growing"]
    weight = endpoints.hair_weight(
        sums["mass"], p["weighing_interval"], 1, rho,
        full_rate=rate, shaft_density=p["shaft_density"],
    )  # fmt: skip
    return {
        "total_hair_density": endpoints.total_hair_density(shown, 1, rho),
        "nonvellus_hair_density": endpoints.nonvellus_hair_density(sums["nonvellus"], 1, rho),
        "terminal_hair_density": endpoints.terminal_hair_density(sums["terminal"], 1, rho),
        "anagen_hair_density": endpoints.anagen_hair_density(growing, 1, rho),
        "anagen_fraction": endpoints.anagen_fraction_phototrichogram(growing, shown),
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
        lucky[name] = np.clip(np.array(parts), 0.0, most)
    return lucky


def seen_endpoints(
    sums: Sums, tool: Tool, p: Mapping[str, float], scalp: Scalp
) -> dict[str, Floats]:
    """Endpoints of the hairs that the instrument sees; thin hairs are missed, slow ones rest.

    The anagen share is of all visible hairs, as nothing says how thin hairs and slow ones overlap;
    anagen density is that share of the hairs seen. Shed hairs are counted, not read.
    """
    instrument = tool.instrument
    assert instrument is not None
    found = true_endpoints(sums, p, scalp)
    seen = instruments.hairs_detected(sums["histogram"], instrument, tool.reading.bin_width)
    rho = scalp.follicle_density[:, None, None]
    share = endpoints.anagen_fraction_phototrichogram(sums["detected"], sums["visible"])
    total = endpoints.total_hair_density(np.clip(seen, 0.0, 1.0), 1, rho)
    found |= {
        "total_hair_density": total,
        "anagen_fraction": share,
        "anagen_hair_density": np.nan_to_num(share) * total,
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
    seed: int,
) -> dict[str, Floats]:
    """What is read: artefact of the control response on densities, then the error of a reading.

    ``artefacts`` [hairs/cm2], shape (options, visits), are of the total density; a class of hairs
    takes its part of it. A reading's error is the same under all options.
    """

    def error(stream: int) -> Floats:
        z = [[normals(seed, w.key, stream, 1, at=v)[0] for v in visits] for w in who]
        return np.asarray(z)[:, None, :]

    total, found = seen["total_hair_density"], dict(seen)
    raised = total + artefacts
    for name in DENSITIES:
        if name in seen:
            part = seen[name] / np.where(total > 0, total, 1.0)
            value = seen[name] + part * artefacts
            found[name] = instruments.read(value, instrument, error(READING), raised)
    scales = instruments.instrument("weight")
    found["hair_weight"] = instruments.read(seen["hair_weight"], scales, error(WEIGHING))
    return found
