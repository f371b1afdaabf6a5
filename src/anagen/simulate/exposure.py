"""From a regimen to what every sampled follicle is told: delivery, receptors, signals, DHT.

The sampled positions lie on a square target area and are followed through all sessions, while the
hand sets the injection grid down anew each time. Each reads at several depths: the resting one,
then the bulb of each class of size.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from anagen.delivery import microneedling, topical
from anagen.delivery.layer import Solver
from anagen.delivery.positions import target_positions
from anagen.delivery.skin import (
    GROWN,
    HOURS,
    Solute,
    follicle_depths,
    open_to_protein,
    vesicle,
)
from anagen.regimen import Course, Regimen
from anagen.signalling.response import Floats, occupancy, respond, saturate
from anagen.simulate.arrival import Place, concentration, ml_per_cm2, wet
from anagen.simulate.drive_tables import SIZES
from anagen.therapies import (
    exosome,
    jak_inhibitors,
    ketoconazole,
    minoxidil,
    nutrient_correction,
    prp,
    secretome,
)
from anagen.therapies.dht_turnover import combined_scalp, dht_course, dutasteride, finasteride
from anagen.therapies.microneedling import injection_wound, wound_input

SIDE = 10.0
"""Side of the target area [mm]; that of most trials, 1 cm2."""
POSITIONS = 64
"""Sampled positions (a test compares 256)."""
EDGE = 1e-6
"""Time [day] in which a wound's input falls to nothing at the end of its day."""
Potency = Mapping[str, float]


@dataclass(frozen=True)
class Skin:
    """What of a person decides how a regimen arrives: age [year] and sulfotransferase activity."""

    age: float = GROWN
    sult_activity: str | float = "normal"


@dataclass(frozen=True, kw_only=True)
class Exposure:
    """What a regimen tells the follicles of one target area.

    ``levels``: signals $S$ by name, shape (depths, positions, days), an axis of length 1 where all
    are alike; ``dht`` (1, days), scalp DHT over rest, or None. ``wet``: the share of positions
    wetted by each injection course at each session, and by any session so far, at the resting
    depth and at the bulbs: by course, two arrays (sessions, depths). ``left``: what drugs leave of
    an ``attack``, of ``inflammation`` and of a ``nutrition`` load, shares (days,).
    """

    days: int
    levels: dict[str, Floats]
    dht: Floats | None
    wet: dict[int, tuple[Floats, Floats]] = field(default_factory=dict)
    left: dict[str, Floats] = field(default_factory=dict)


@dataclass(frozen=True)
class Input:
    """One product at its receptors: occupancy (depths, positions, nodes), and its potencies."""

    level: Floats
    nodes: Floats
    potency: Potency


def expose(
    regimen: Regimen,
    p: Mapping[str, float],
    days: int,
    *,
    skin: Skin | None = None,
    wounds: Mapping[str, float] | None = None,
    positions: int = POSITIONS,
    seed: int = 0,
    solver: Solver = "closed",
) -> Exposure:
    """Follow ``regimen`` for ``days`` to the signals at every position and depth.

    ``wounds``: potency of the wound signal by kind of control (``saline_injection``,
    ``microneedling``), none: needles leave no signal. ``positions`` is a square number; ``seed``
    names where the grid lands. Raises InputError for what the scalp cannot take.
    """
    skin = skin or Skin()
    place = Place(
        positions=target_positions(positions, SIDE),
        depths=follicle_depths(p, skin.age, SIZES),
        days=days,
        seed=seed,
        solver=solver,
    )
    inputs = [*products(regimen, p, place), *_minoxidil(regimen, p, days, skin)]
    levels = _signals(inputs, p)
    wound = _wound(regimen, p, days, wounds or {})
    if wound is not None:
        levels["wound"] = wound
    return Exposure(
        days=days, levels=levels, dht=_dht(regimen, p, days), wet=wet(regimen, p, place),
        left=_left(regimen, p, days),
    )  # fmt: skip


def _signals(inputs: list[Input], p: Mapping[str, float]) -> dict[str, Floats]:
    """Signals of all products: responses times potency, added, then saturated."""
    path = p["pathway_rise_time"] / HOURS, p["pathway_persistence_time"] / HOURS
    vessels = p["vessel_rise_time"], p["vessel_decay_time"]
    totals: dict[str, Floats] = {}
    for given in inputs:
        for names, (rise, decay) in (
            (("initiation", "calming", "growth_factor", "repair"), path), (("perfusion",), vessels),
        ):  # fmt: skip
            moved = [n for n in names if given.potency.get(n, 0.0) != 0]
            if moved:
                y = respond(given.level, given.nodes, rise=rise, decay=decay)
                for n in moved:
                    total = totals.setdefault(n, np.zeros((1,) * y.ndim))
                    totals[n] = total + given.potency[n] * y
    return {name: saturate(total, total) for name, total in totals.items()}


def products(regimen: Regimen, p: Mapping[str, float], place: Place) -> Iterator[Input]:
    """Products that reach the follicle through the tissue: vesicles, media, PRP."""
    for course in regimen.active:
        if course.therapy == "exosome":
            yield from _exosome(course, regimen, p, place)
        elif course.therapy == "secretome":
            yield from _secretome(course, regimen, p, place)
        elif course.therapy == "prp":
            yield from _prp(course, regimen, p, place)


def _exosome(
    course: Course, regimen: Regimen, p: Mapping[str, float], place: Place
) -> Iterator[Input]:
    potency = exosome.potency(p, course.source or "unknown")
    if any(potency.values()):
        amount = exosome.working_particles(course.particles_per_cm2 or 0.0, p)
        c, nodes = concentration(course, regimen, amount, p, place, vesicle(p))
        half, hill = p["effect_half_concentration_dermal_papilla"], p["effect_hill_coefficient"]
        yield Input(occupancy(c, half, hill), nodes, potency)


def _secretome(
    course: Course, regimen: Regimen, p: Mapping[str, float], place: Place
) -> Iterator[Input]:
    potency = exosome.potency(p, "secretome")
    if any(potency.values()):
        volume = course.ml_per_application or ml_per_cm2(course)
        area = (course.area_cm2 or 1.0) if course.ml_per_application else 1.0
        given = secretome.application(course.ug_per_ml or 0.0, volume, area, p)
        solute = Solute(given.diffusion, given.loss_rate, open_to_protein(p))
        c, nodes = concentration(course, regimen, given.amount, p, place, solute)
        yield Input(occupancy(c, given.half_effect), nodes, potency)


def _prp(course: Course, regimen: Regimen, p: Mapping[str, float], place: Place) -> Iterator[Input]:
    """Growth factors for growth, and TGF-beta from the same depot against it."""
    made = prp.releasate(course.platelet_fold or 0.0, p)
    solute = Solute(made.diffusion, made.loss_rate, open_to_protein(p), made.release_rate)
    volume = ml_per_cm2(course)
    c, nodes = concentration(course, regimen, made.growth * volume, p, place, solute)
    weights = {n: p[f"prp_weight_{n}"] for n in ("initiation", "growth_factor", "perfusion")}
    yield Input(occupancy(c, 1.0), nodes, {n: p["prp_potency"] * w for n, w in weights.items()})
    against = dict.fromkeys(("initiation", "growth_factor"), -p["tgf_beta_potency"])
    yield Input(occupancy(c * (made.opposing / made.growth), 1.0), nodes, against)


def _minoxidil(regimen: Regimen, p: Mapping[str, float], days: int, skin: Skin) -> Iterator[Input]:
    """Minoxidil by lotion, foam, tablet or vesicle, all to one exposure of the follicle."""
    exposure = np.zeros(days)
    for course in regimen.active:
        loaded = _loaded("minoxidil", course, regimen, p, days)
        put_on = loaded / p["minoxidil_absorbed_fraction"]
        by_mouth, form = np.zeros(days), "solution"
        if course.therapy == "minoxidil" and course.route == "oral":
            by_mouth = course.daily_mg(days)
        elif course.therapy == "minoxidil":
            put_on, form = put_on + course.daily_mg(days), course.form or form
        if put_on.any() or by_mouth.any():
            activity = skin.sult_activity
            exposure += minoxidil.follicle_exposure(put_on, by_mouth, p, activity, form)
    if exposure.any():
        level = minoxidil.occupancy(np.append(exposure, exposure[-1]), p)
        weights = ("initiation", "growth_factor", "perfusion")
        potency = {n: p["minoxidil_potency"] * p[f"minoxidil_weight_{n}"] for n in weights}
        yield Input(level[None, None], np.arange(days + 1.0), potency)


def _loaded(
    drug: str, course: Course, regimen: Regimen, p: Mapping[str, float], days: int
) -> Floats:
    """Drug [mg] that loaded vesicles bring into the skin on each day: it acts on its own path.

    As if the whole area of a lotion (``lotion_area``) got as much per cm2 as the treated one.
    """
    found = np.zeros(days)
    if course.cargo is not None and course.cargo.therapy == drug:
        often = course.applications(days)
        for day in np.flatnonzero(often).tolist():
            found[day] = often[day] * course.cargo.mg * _entering(course, regimen, day, p)
    dense = p["lotion_area"] / (course.area_cm2 or p["lotion_area"])
    return found * dense * p["functional_particle_fraction"]


def _entering(course: Course, regimen: Regimen, day: int, p: Mapping[str, float]) -> float:
    """Share of what is given on ``day`` that gets into living skin."""
    if course.route == "injection":
        return 1.0
    intact = topical.entering_share(p, massage=day in regimen.massaged)
    needles = regimen.needled.get(day)
    if needles is None:
        return intact
    share = microneedling.entering_share(needles.density_per_cm2 or 0.0, p)
    return share + (1 - share) * intact


def _dht(regimen: Regimen, p: Mapping[str, float], days: int) -> Floats | None:
    """Scalp DHT over rest under all inhibitors of the regimen, shape (1, days)."""
    found = []
    for name, drug in (("finasteride", finasteride), ("dutasteride", dutasteride)):
        by_mouth, put_on = np.zeros(days), np.zeros(days)
        for course in regimen.active:
            if course.therapy == name and course.route == "oral":
                by_mouth += course.daily_mg(days)
            elif course.therapy == name:
                put_on += course.daily_mg(days)
            inside = _loaded(name, course, regimen, p, days)
            put_on += inside / p["finasteride_topical_absorbed_share"]
        if by_mouth.any() or put_on.any():
            found.append((dht_course(by_mouth, drug(p), topical_mg=put_on), drug))
    if not found:
        return None
    share = found[0][0].scalp if len(found) == 1 else combined_scalp(
        [course for course, _ in found], found[0][1](p))  # fmt: skip
    return np.asarray(share)[None]


def _left(regimen: Regimen, p: Mapping[str, float], days: int) -> dict[str, Floats]:
    """What drugs leave of an attack, an inflammation and a deficiency, shares (days,)."""
    found: dict[str, Floats] = {}
    swallowed, taken = dict[str, Floats](), np.zeros(days)
    for course in regimen.active:
        if course.therapy in jak_inhibitors.DRUGS:
            before = swallowed.get(course.therapy, 0.0)
            swallowed[course.therapy] = before + course.daily_mg(days)
        elif course.therapy == "ketoconazole":
            washed = course.applications(days)
            less = ketoconazole.suppression(washed, p, course.strength_percent)
            found["inflammation"] = found.get("inflammation", 1.0) * (1 - less)
        elif course.therapy == "nutrient_correction":
            taken += course.applications(days)
    if taken.any():
        found["nutrition"] = nutrient_correction.load_left(np.minimum(taken, 1.0), p)
    if swallowed:
        found["attack"] = jak_inhibitors.attack_left(swallowed, p)
    return found


def _wound(
    regimen: Regimen, p: Mapping[str, float], days: int, wounds: Mapping[str, float]
) -> Floats | None:
    """The wound signal of needles and injections, the same at all positions, (1, 1, days)."""
    sizes: dict[int, float] = {}
    for day, needles in regimen.needled.items():
        size = wound_input(needles.needle_mm, needles.density_per_cm2 or 0.0, p)
        sizes[day] = sizes.get(day, 0.0) + wounds.get("microneedling", 0.0) * size
    points: dict[int, float] = {}
    for course in regimen.courses:
        for day in course.session_days if course.route == "injection" else ():
            points[day] = points.get(day, 0.0) + (course.points_per_cm2 or 0.0)
    for day, per_cm2 in points.items():
        size = injection_wound(per_cm2, p)
        sizes[day] = sizes.get(day, 0.0) + wounds.get("saline_injection", 0.0) * size
    pulses = {day: size for day, size in sizes.items() if day < days and size > 0}
    return wound_signal(pulses, p, days)[None, None] if pulses else None


def wound_signal(pulses: Mapping[int, float], p: Mapping[str, float], days: int) -> Floats:
    """The wound signal of pulses of a day, by day and size, shape (days,)."""
    nodes = np.unique([*range(days + 1), *(day + 1 + EDGE for day in pulses)])
    level = np.zeros(len(nodes))
    for day, size in pulses.items():
        level[(nodes >= day) & (nodes <= day + 1)] += size
    inside = nodes <= days
    rise, decay = p["wound_rise_time"], p["wound_decay_time"]
    return saturate(respond(level[inside], nodes[inside], rise=rise, decay=decay))
