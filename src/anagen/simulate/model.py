"""From a parameter set, people and regimens to what the follicle engine takes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from anagen.conditions.androgenetic_alopecia import AndrogenLoad, androgen_load, miniaturisation
from anagen.conditions.healthy import TRAITS, Floats, Scalp, healthy_scalp
from anagen.errors import InputError, unknown_word
from anagen.follicle.law import ANDROGEN_STEP, MAX_LOG_FACTOR, FollicleLaw
from anagen.follicle.quantiles import MAX_TICKS
from anagen.follicle.residence import Residence
from anagen.follicle.scalps import Scalps
from anagen.follicle.tables import quantile_tables_top
from anagen.patient import Patient
from anagen.priors import central_parameters
from anagen.rng import philox64, uniform

PEOPLE, LOAD, READING, WEIGHING, AREA, SULT, DISEASE, YEARS, RATING = range(9)
"""Streams of luck outside the follicles: a person's traits, the load, readings, the area read."""
SLACK = 0.999
CLINIC = 1000
"""The first stream of what the clinic reads beside pictures."""


def parameter_set(given: Mapping[str, float] | None) -> dict[str, float]:
    """The tables' central values, replaced by the ``given`` ones. Raises InputError."""
    p = central_parameters()
    for name, value in (given or {}).items():
        if name not in p:
            raise InputError(unknown_word("parameter", name, p, "see data/parameters/*.csv"))
        p[name] = float(value)
    return p


def follicle_law(p: Mapping[str, float], hypothesis: str = "gradual") -> FollicleLaw:
    """The follicle law of a parameter set under a ``hypothesis`` of miniaturisation.

    All phases share one spread (``residence_variation``). The largest load is lowered where the
    drive would otherwise change a clock more than the law allows. Raises InputError.
    """
    cv, shrinking = p["residence_variation"], miniaturisation(p, hypothesis)
    steepest = max(map(abs, shrinking.drive))
    most = MAX_LOG_FACTOR / steepest - ANDROGEN_STEP / 2 if steepest > 0 else math.inf
    return FollicleLaw(
        anagen=Residence(p["anagen_duration"], cv),
        catagen=Residence(p["catagen_duration"], cv),
        telogen=Residence(p["telogen_duration"], cv),
        kenogen=Residence(p["kenogen_duration"], cv),
        kenogen_share=p["kenogen_share_of_cycles"],
        emergence_delay=p["emergence_delay"],
        androgen_drive=shrinking.drive,
        size_step=shrinking.step,
        androgen_half_size=shrinking.half_size,
        size_hill=shrinking.hill,
        sensitivity_cv=p["androgen_sensitivity_between_follicles"],
        severity_cap=min(p["androgen_severity_cap"], most),
        calibre_cv=p["calibre_between_hairs"],
        vellus_share=p["vellus_share"],
        vellus_size=p["vellus_size"],
    )


def normals(seed: int, key: int, stream: int, n: int, at: int = 0) -> Floats:
    """``n`` standard normal numbers named by (seed, person, stream, ``at``)."""
    bits = np.random.Philox(key=[seed, key], counter=[0, 0, at, stream])
    return np.random.Generator(bits).standard_normal(n)


def reading_normals(
    seed: int, keys: Sequence[int], streams: Sequence[int], at: Sequence[int]
) -> Floats:
    """Standard normal numbers named by (seed, stream, person, day): (streams, persons, days)."""
    words = (np.asarray(x, dtype=np.uint64) for x in (streams, keys, at))
    stream, person, day = np.broadcast_arrays(*np.ix_(*words))
    u = uniform(philox64(np.full_like(person, seed), person, day, stream))
    return np.asarray(special.ndtri(u + 2.0**-54))


def people_scalps(
    who: Sequence[Patient],
    p: Mapping[str, float],
    *,
    drawn: bool,
    seed: int,
    correlated: bool = True,
) -> Scalp:
    """What the people bring: all typical, or ``drawn`` from the spread between people.

    Without ``correlated`` their traits are drawn each for itself.
    """
    if not correlated:
        p = {name: 0.0 if name.startswith("correlation_") else x for name, x in p.items()}
    if not drawn:
        return healthy_scalp(p, who, None)
    luck = np.array([normals(seed, w.key, PEOPLE, len(TRAITS)) for w in who])
    return healthy_scalp(p, who, dict(zip(TRAITS, luck.T, strict=True)))


def load_of(
    who: Sequence[Patient], p: Mapping[str, float], *, drawn: bool, seed: int
) -> AndrogenLoad:
    """The androgen load of the people, were all of them to have pattern loss."""
    luck = np.array([normals(seed, w.key, LOAD, 1)[0] for w in who]) if drawn else None
    return androgen_load(p, who, luck)


def follicle_scalps(
    who: Sequence[Patient],
    p: Mapping[str, float],
    scalp: Scalp,
    follicles: int,
    *,
    drawn: bool,
    seed: int,
    history: ArrayLike = 0,
) -> Scalps:
    """The patients as the follicle engine takes them; without pattern loss none carries a load.

    ``history``: days to be grown, at least, of each.
    """
    load = load_of(who, p, drawn=drawn, seed=seed)
    ill = np.array([float("androgenetic_alopecia" in w.diagnoses) for w in who])
    scale = np.ones((len(who), 4))
    # the engine holds phases of less than 5,700 years: beyond it is only an outlier of an outlier
    most = MAX_TICKS / quantile_tables_top(follicle_law(p))
    scale[:, 0] = np.minimum(scalp.anagen, SLACK * most)
    return Scalps(
        follicles=follicles,
        patient=[w.key for w in who],
        history=np.maximum(np.ceil(-load.onset * ill), history),
        severity=load.severity * ill,
        affected_share=load.affected_share * ill,
        onset=load.onset * ill,
        onset_spread=load.onset_spread,
        ramp=load.ramp,
        full_calibre=scalp.full_calibre,
        phase_scale=scale,
    )
