"""From the law's real numbers to the engine's integer tables."""

from __future__ import annotations

import math
from functools import cache

import numpy as np

from anagen.errors import InputError
from anagen.follicle import birth
from anagen.follicle.law import (
    ANDROGEN_STEP,
    DHT_STEP,
    MAX_LOG_FACTOR,
    FollicleLaw,
    clock_factor,
    size_target,
)
from anagen.follicle.quantiles import MAX_TICKS, TICKS, quantile_table
from anagen.follicle.residence import Floats, Residence
from anagen.follicle.scalps import Reading, Scalps
from anagen.follicle.state import (
    DAY,
    FACTOR_BITS,
    MICROMETRE,
    ONE,
    Block,
    Ints,
    Law,
    SmallInts,
    Threshold,
)
from anagen.follicle.windows import DHT_REST, HAZARD, WORD


def quantile_tables(law: FollicleLaw) -> SmallInts:
    """Residences, their length-biased forms, sensitivity, calibre, hazard: (TABLES, nodes)."""
    rows = [quantile_table(r.quantile) for r in law.residences]
    rows += [quantile_table(r.biased_quantile) for r in law.residences]
    for cv in (law.sensitivity_cv, law.calibre_cv):
        trait = Residence(1.0, cv) if cv else Residence(1.0, law="fixed")
        rows.append(quantile_table(trait.quantile, ONE))
    rows.append(_fate())
    return np.asarray(rows)


@cache
def _fate() -> SmallInts:
    """The hazard that a follicle can bear: the same under every law."""
    return quantile_table(Residence(1.0, law="exponential").quantile, HAZARD)


def law_tables(
    law: FollicleLaw, scalps: Scalps, dht_top: int, *, stationary: bool, mortal: bool
) -> Law:
    """The law in integers. Raises InputError where a load moves a clock more than 256-fold."""
    cap = law.severity_cap if np.any(scalps.severity) else 0.0
    loads = np.outer(np.arange(dht_top + 1) * DHT_STEP,
                     np.arange(math.floor(cap / ANDROGEN_STEP + 1.5)) * ANDROGEN_STEP)  # fmt: skip
    logs = loads[..., None] * np.asarray(law.androgen_drive)
    if np.abs(logs).max() > MAX_LOG_FACTOR:
        problem = (
            f"moves a clock more than 256-fold at the largest load ({loads.max():g}); give smaller "
            f"numbers or a smaller severity_cap (given: {law.androgen_drive})"
        )
        raise InputError(problem, field="androgen_drive")
    factor = clock_factor(np.asarray(law.androgen_drive), loads[..., None])
    sizes = size_target(loads, law.androgen_half_size, law.size_hill)
    both = np.concatenate([factor, 1 / factor], axis=-1) * (1 << FACTOR_BITS)
    return Law(
        delay=round(law.emergence_delay * TICKS),
        kenogen=round(law.kenogen_share * WORD),
        eta=round(law.size_step * ONE),
        steps_per_load=round(1 / ANDROGEN_STEP),
        cap=round(cap * ONE),
        stationary=stationary,
        vellus=round(law.vellus_share * WORD),
        vellus_size=round(law.vellus_size * ONE),
        varied=bool(
            law.calibre_cv
            or law.vellus_share
            or np.any(np.asarray(scalps.severity) * scalps.affected_share)
        ),
        mortal=mortal,
        factor=np.rint(both).astype(np.int32),
        target=np.maximum(np.rint(sizes * ONE), 1).astype(np.int32),
    )


def patient_table(law: FollicleLaw, scalps: Scalps, origin: int) -> tuple[Ints, Ints]:
    """Patients in integers, (patients, PATIENT), and their mean residences over the law's, 2^-20.

    ``origin``: days between the first window's begin and day 0.
    """
    table = np.zeros((scalps.size, birth.PATIENT), dtype=np.int64)
    means = np.array([r.mean for r in law.residences]) * scalps.phase_scale
    weight = means * [1, 1, 1, law.kenogen_share]
    from_word = np.cumsum(weight, axis=1)[:, :3] / weight.sum(axis=1, keepdims=True)
    table[:, birth.P_CATAGEN_FROM : birth.P_KENOGEN_FROM + 1] = np.rint(from_word * WORD)
    columns: dict[int, Floats] = {
        birth.P_ID: np.asarray(scalps.patient, dtype=float),
        birth.P_BEGIN: (origin - np.asarray(scalps.history)) * TICKS,
        birth.P_AFFECTED: np.asarray(scalps.affected_share) * WORD,
        birth.P_ONSET: (origin + np.asarray(scalps.onset)) * TICKS,
        birth.P_SPREAD: np.asarray(scalps.onset_spread) * TICKS,
        birth.P_RAMP: np.asarray(scalps.ramp) * TICKS,
        birth.P_SEVERITY: np.asarray(scalps.severity) * ONE,
        birth.P_RESERVE: np.asarray(scalps.reserve) * ONE,
        birth.P_FULL: np.asarray(scalps.full_calibre) * MICROMETRE,
    }
    for column, values in columns.items():
        table[:, column] = np.rint(values)
    scale = np.rint(np.asarray(scalps.phase_scale) * birth.SCALE).astype(np.int64)
    longest = quantile_tables_top(law) * np.asarray(scalps.phase_scale).max()
    if longest > MAX_TICKS:
        raise InputError(
            "stretches a phase beyond 2^31 ticks; give smaller ratios", field="phase_scale"
        )
    return table, scale


def quantile_tables_top(law: FollicleLaw) -> float:
    """The longest time in ticks that a residence table holds."""
    return float(
        max(r.biased_quantile(np.array([1 - 2.0**-33]))[0] for r in law.residences) * TICKS
    )


def thresholds(reading: Reading, patients: int) -> tuple[Threshold, ...]:
    """A reading in the engine's units: one for all ``patients``, or one for each where they differ.

    Raises InputError for limits of another number of patients.
    """
    limits = np.empty((patients, 2))
    for column, name in enumerate(("slow", "cover_days")):
        given = np.asarray(getattr(reading, name))
        if given.ndim and given.shape != (patients,):
            problem = f"must be one for all or {patients}, one per patient (given: {given.size})"
            raise InputError(problem, field=name)
        limits[:, column] = given
    found = tuple(
        Threshold(
            nonvellus=round(reading.nonvellus * MICROMETRE),
            terminal=round(reading.terminal * MICROMETRE),
            slow=math.ceil(slow * DAY),
            cover=round(cover * TICKS),
            bin_width=round(reading.bin_width * MICROMETRE),
        )
        for slow, cover in limits
    )
    return found[:1] if len(set(found)) == 1 else found


def block_of(patients: Ints, scale: Ints, quantiles: SmallInts) -> Block:
    """All patients as one block; a run takes slices of it."""
    return Block(patients, scale, quantiles, 0, 0, bool(np.any(scale != birth.SCALE)), DHT_REST)
