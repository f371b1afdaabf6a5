"""How a course arrives: the concentration that every sampled follicle reads in all sessions."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from anagen.delivery.depot import UL_PER_ML
from anagen.delivery.finite_volume import CM2
from anagen.delivery.injection import Depot, injected, wetted, wetted_share
from anagen.delivery.layer import Solver
from anagen.delivery.microneedling import needled
from anagen.delivery.positions import session_nodes
from anagen.delivery.skin import Solute, vesicle
from anagen.delivery.topical import applied
from anagen.regimen import Course, Regimen
from anagen.signalling.response import Floats

ROOM = 1.01
"""Least thickness of a scalp over that which the volume of a session would fill."""
GRID = 1 << 20
"""Stream of luck of the injection grid: beyond those of people's traits."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where and how a regimen is followed: positions [mm], depths [mm], days, luck, solver."""

    positions: Floats
    depths: Floats
    days: int
    seed: int
    solver: Solver


def ml_per_cm2(course: Course) -> float:
    """Volume of a session or application [mL/cm2]."""
    if course.points_per_cm2 is not None and course.volume_ml_per_point is not None:
        return course.points_per_cm2 * course.volume_ml_per_point
    return (course.ml_per_application or 0.0) / (course.area_cm2 or 1.0)


def concentration(
    course: Course,
    regimen: Regimen,
    per_cm2: float,
    p: Mapping[str, float],
    place: Place,
    solute: Solute,
) -> tuple[Floats, Floats]:
    """Concentration [amount/mL] at (depths, positions, nodes), and the nodes [day].

    ``per_cm2``: amount per cm2 and session or application.
    """
    if course.route == "injection":
        nodes = session_nodes(_within(course.session_days, place.days), place.days)
        return _injected(course, per_cm2, p, place, solute, nodes), nodes
    if not course.weeks:
        often = course.applications(place.days)
        every, dose = np.flatnonzero(often).tolist(), per_cm2 * float(often.max())
        handled = [day for day in every if day in regimen.needled or day in regimen.massaged]
        halves = np.arange(0, place.days + 0.25, 0.5)
        nodes = np.unique(np.concatenate((halves, session_nodes(handled, place.days))))
        plain = [day for day in every if day not in handled]
        c = applied(place.depths, nodes, application_days=plain, dose_per_cm2=dose,
                    solute=solute, p=p, solver=place.solver)  # fmt: skip
        for day in handled:
            c = c + _put_on(regimen, day, dose, solute, p, place, nodes)
        return c[:, None], nodes
    sessions = _within(course.session_days, place.days)
    nodes, c = session_nodes(sessions, place.days), np.zeros(())
    for day in sessions:
        c = c + _put_on(regimen, day, per_cm2, solute, p, place, nodes)
    return np.broadcast_to(c, (len(place.depths), len(nodes)))[:, None], nodes


def _put_on(
    regimen: Regimen, day: int, per_cm2: float, solute: Solute, p: Mapping[str, float],
    place: Place, nodes: Floats,
) -> Floats:  # fmt: skip
    """One application of a topical product, on needled or intact skin, (depths, nodes)."""
    massage = day in regimen.massaged
    needles = regimen.needled.get(day)
    if needles is None:
        return applied(place.depths, nodes, application_days=[day], dose_per_cm2=per_cm2,
                       solute=solute, p=p, massage=massage, solver=place.solver)  # fmt: skip
    return needled(
        place.depths, nodes, session_days=[day], dose_per_cm2=per_cm2, solute=solute,
        needle_mm=needles.needle_mm, density_per_cm2=needles.density_per_cm2 or 0.0, p=p,
        massage=massage, solver=place.solver,
    )  # fmt: skip


def _within(days: tuple[int, ...], end: int) -> list[int]:
    return [day for day in days if day < end]


def depot(course: Course, per_cm2: float, p: Mapping[str, float], solute: Solute) -> Depot:
    """What one point of an injection course receives."""
    spacing, volume = course.spacing_mm or 0.0, course.volume_ml_per_point or 0.0
    swollen, deep = p["swollen_fluid_share"], course.depth_mm or 0.0
    cell = spacing**2 / CM2
    # a scalp too thin for the volume swells
    room = ROOM * UL_PER_ML * volume / swollen / spacing**2
    return Depot(
        amount=per_cm2 * cell, volume=volume, spacing=spacing, depth=deep,
        diffusion=solute.diffusion, loss=solute.loss, swollen_share=swollen,
        thickness=max(p["scalp_thickness"], deep, room), release=solute.release,
    )  # fmt: skip


def _injected(
    course: Course, per_cm2: float, p: Mapping[str, float], place: Place, solute: Solute,
    nodes: Floats,
) -> Floats:  # fmt: skip
    given = depot(course, per_cm2, p, solute)
    days = _within(course.session_days, place.days)
    # the reference solver knows no carrier: what a platelet releases keeps its closed form
    return injected(
        place.positions, place.depths, nodes, session_days=days,
        offsets=offsets(place.seed, days, given.spacing), depot=given,
        solver=place.solver if math.isinf(solute.release) else "closed",
    )  # fmt: skip


def offsets(seed: int, days: list[int], spacing: float) -> Floats:
    """Where the grid lands on each day [mm], (sessions, 2), named by (``seed``, day)."""
    return np.array([_offset(seed, day) for day in days]).reshape(-1, 2) * spacing


@lru_cache(maxsize=4096)
def _offset(seed: int, day: int) -> tuple[float, float]:
    bits = np.random.Philox(key=[seed, day], counter=[0, 0, 0, GRID])
    x, y = np.random.Generator(bits).random(2)
    return float(x), float(y)


def wet(regimen: Regimen, p: Mapping[str, float], place: Place) -> dict[int, tuple[Floats, Floats]]:
    """Wetted shares of every injection course, whatever is in it."""
    found = {}
    for i, course in enumerate(regimen.courses):
        days = _within(course.session_days, place.days)
        if course.route == "injection" and days:
            given = depot(course, 0.0, p, vesicle(p))
            where = offsets(place.seed, days, given.spacing)
            found[i] = wetted_share(wetted(place.positions, place.depths, where, given))
    return found
