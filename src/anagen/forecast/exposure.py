"""What arrives: receptor occupancy over a patch of scalp, wetted shares, particles, stoichiometry.

Occupancy is that of the tables' central values, whatever a product's potency is: it says where
and for how long there is anything to act, not that it acts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.integrate import trapezoid

from anagen.delivery.positions import target_positions
from anagen.delivery.skin import GROWN, follicle_depths
from anagen.forecast.options import Options
from anagen.forecast.rerun import parameters_of
from anagen.forecast.spread import Floats, Part, Spread, share, spread
from anagen.patient import Patient
from anagen.priors import central_parameters
from anagen.regimen import Course, Regimen
from anagen.signalling import stoichiometry
from anagen.simulate.arrival import Place, offsets
from anagen.simulate.drive_tables import SIZES
from anagen.simulate.exposure import products
from anagen.simulate.forecast import TERMINAL, Forecast
from anagen.simulate.options import TYPICAL_AGE
from anagen.therapies.exosome import working_particles

PATCH = 20.0
"""Side of the patch [mm]."""
POINTS = 32 * 32
"""Places looked at in it."""
REST, BULB = "at rest", "full follicle"
DEPTHS = {REST: 0, BULB: TERMINAL}
"""Depths told, by their place among those of an exposure."""
PLENTY = 0.1
"""Occupancy from which a receptor counts as occupied in durations told."""
VESICLES = ("exosome",)


@dataclass(frozen=True, kw_only=True)
class Patch:
    """One product over the patch: ``receptor_days``, the time-integrated occupancy, (2, points).

    First at the resting depth, then at the bulb of a full follicle; ``positions`` (points, 2) [mm];
    ``points`` of injection (n, 3): x, y [mm], session. ``level`` (2, points, nodes), ``nodes``
    [day].
    """

    course: int
    positions: Floats
    points: Floats
    receptor_days: Floats
    level: Floats
    nodes: Floats

    @property
    def even(self) -> bool:
        """Whether all places get the same."""
        return len(self.points) == 0


def patches(
    regimen: Regimen, patient: Patient, days: int, *, points: int = POINTS, seed: int = 0
) -> list[Patch]:
    """Every product of ``regimen`` that travels through the tissue, over the patch.

    By the closed form, whatever the solver of a forecast. ``points`` is a square number: as many
    places; too few of them fall on the same spots of the injection grid again and again.
    """
    p = central_parameters() | {"exosome_null_probability": 0.0, "vesicle_potency": 1.0}
    age = min(patient.age if patient.age is not None else TYPICAL_AGE, GROWN)
    depths = follicle_depths(p, age, SIZES)[list(DEPTHS.values())]
    place = Place(positions=target_positions(points, PATCH), depths=depths, days=days, seed=seed,
                  solver="closed")  # fmt: skip
    return [
        _patch(i, course, regimen, p, place)
        for i, course in enumerate(regimen.courses)
        if course.therapy in ("exosome", "secretome", "prp")
    ]


def patches_of(forecast: Forecast, options: Options) -> dict[int, list[Patch]]:
    """The patches of every regimen asked for, by its number."""
    days = round(7 * forecast.weeks[-1])
    return {o: patches(options.regimens[o], forecast.patient, days) for o in options.asked}


def _patch(
    i: int, course: Course, regimen: Regimen, p: dict[str, float], place: Place
) -> Patch:  # fmt: skip
    alone = Regimen(name=regimen.name, courses=(course,), sessions=regimen.sessions)
    made = next(iter(products(alone, p, place)))
    level = np.broadcast_to(made.level, (2, len(place.positions), len(made.nodes)))
    return Patch(
        course=i, positions=place.positions, points=_injection_points(course, place),
        receptor_days=np.asarray(trapezoid(level, made.nodes, axis=-1)), level=level,
        nodes=made.nodes,
    )  # fmt: skip


def _injection_points(course: Course, place: Place) -> Floats:
    """Points of the grid in the patch at each session: x, y [mm], session."""
    if course.route != "injection" or course.spacing_mm is None:
        return np.zeros((0, 3))
    days = [day for day in course.session_days if day < place.days]
    steps = np.arange(-1, np.ceil(PATCH / course.spacing_mm) + 1) * course.spacing_mm
    found = []
    for session, (x, y) in enumerate(offsets(place.seed, days, course.spacing_mm)):
        for a in x + steps:
            found += [(a, b, session) for b in y + steps if 0 <= a <= PATCH and 0 <= b <= PATCH]
    return np.array(found, dtype=float).reshape(-1, 3)


class Wet(Part):
    """Share of the scalp wetted by an injection course, over the draws."""

    option: str
    therapy: str
    week: float
    depth: str
    at_session: Spread
    so_far: Spread


def wetted(forecast: Forecast, options: Options) -> list[Wet]:
    """Wetted shares of every injection course of the regimens asked for."""
    found = []
    for (o, c), shares in forecast.wet.items():
        course = options.regimens[o].courses[c]
        for s in range(shares.shape[2]) if o in options.asked else ():
            found += [
                Wet(option=options.regimens[o].name, therapy=course.therapy,
                    week=course.session_days[s] / 7, depth=depth,
                    at_session=spread(shares[:, 0, s, d]), so_far=spread(shares[:, 1, s, d]))
                for depth, d in DEPTHS.items()
            ]  # fmt: skip
    return found


class Occupancy(Part):
    """How much of the receptors is taken, for how long, at one depth; over the patch."""

    depth: str
    receptor_days_median: float
    receptor_days_least: float
    receptor_days_most: float
    peak: float  # at the place that gets most
    days_occupied: float  # above PLENTY, at that place
    untouched: float  # share of places that never reach PLENTY


class CargoSums(Part):
    """What the cargo of one session would have to do; over the draws."""

    vesicles_per_cell: Spread
    copies_per_cell: Spread
    copies_needed: Spread
    shortfall: Spread
    enough: float  # share of the draws with copies enough
    growth_factor_mass: Spread  # ng per session
    platelet_mass: Spread  # ng in platelet-rich plasma of the same volume
    as_much: float  # share of the draws with as much as the platelets


class Arrived(Part):
    """What one product brings to the follicle."""

    option: str
    therapy: str
    route: str
    even: bool
    occupancy: list[Occupancy]
    sessions: int | None
    particles_per_session: float | None
    functional_share: Spread | None
    working_particles: Spread | None
    stoichiometry: CargoSums | None


def arrived(
    forecast: Forecast, options: Options, found: Mapping[int, Sequence[Patch]]
) -> list[Arrived]:
    """Every product of the regimens asked for that reaches the follicle; ``found``: its patches."""
    return [
        _arrived(forecast, options.regimens[o], patch) for o in options.asked for patch in found[o]
    ]


def _arrived(forecast: Forecast, regimen: Regimen, patch: Patch) -> Arrived:
    course, drawn = regimen.courses[patch.course], forecast.parameters
    given = course.particles
    vesicles = given is not None and course.therapy in VESICLES
    return Arrived(
        option=regimen.name, therapy=course.therapy, route=course.route, even=patch.even,
        occupancy=list(_occupancies(patch)), sessions=len(course.weeks) or None,
        particles_per_session=given,
        functional_share=spread(drawn["functional_particle_fraction"]) if vesicles else None,
        working_particles=_working(forecast, given or 0.0) if vesicles else None,
        stoichiometry=_stoichiometry(forecast, course) if vesicles else None,
    )  # fmt: skip


def _working(forecast: Forecast, given: float) -> Spread:
    sets = (parameters_of(forecast, k) for k in range(forecast.draws))
    return spread(np.array([working_particles(given, p) for p in sets]))


def _occupancies(patch: Patch) -> Iterator[Occupancy]:
    for at, depth in enumerate(DEPTHS):
        total, level = patch.receptor_days[at], patch.level[at]
        best = level[int(total.argmax())]
        yield Occupancy(
            depth=depth, receptor_days_median=float(np.median(total)),
            receptor_days_least=float(total.min()), receptor_days_most=float(total.max()),
            peak=float(best.max()),
            days_occupied=float(trapezoid((best >= PLENTY).astype(float), patch.nodes)),
            untouched=share(level.max(axis=-1) < PLENTY),
        )  # fmt: skip


def _stoichiometry(forecast: Forecast, course: Course) -> CargoSums:
    rows = [_sums(course, parameters_of(forecast, k)) for k in range(forecast.draws)]

    def over(name: str) -> Floats:
        return np.array([getattr(row, name) for row in rows], dtype=float)

    made = {n: spread(over(n)) for n in CargoSums.model_fields if n not in NOT_SUMS}
    return CargoSums(
        enough=share(over("shortfall") <= 1),
        as_much=share(over("growth_factor_mass") >= over("platelet_mass")), **made,
    )  # fmt: skip


NOT_SUMS = ("enough", "as_much")


def _sums(course: Course, p: dict[str, float]) -> stoichiometry.Stoichiometry:
    """The two sums of one session: into the wetted tissue, or the skin under what is rubbed on."""
    area, volume = course.area_cm2 or 1.0, course.ml_per_application or 0.0
    tissue = area * p["scalp_thickness"] / 10
    if course.volume_ml_per_point is not None and course.points_per_cm2 is not None:
        volume = area * course.points_per_cm2 * course.volume_ml_per_point
        tissue = min(tissue, volume / p["swollen_fluid_share"])
    return stoichiometry.check(course.particles or 0.0, tissue, volume, p)
