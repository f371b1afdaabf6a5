"""From the levels of signals and loads to the tables that the follicle engine reads."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from anagen.follicle.law import PHASES, relaxed
from anagen.follicle.scalps import MAX_RATE, Course
from anagen.signalling.drive import Floats, calmed, factor, repaired, thetas

SIZE_EDGES = (0.55,)
"""Size that parts small follicles from full ones, each with a depth of its own."""
SIZES = (0.4, 0.85)
"""A size amid each class, for its depth. Six classes move calibre by less than 0.1 um (a test)."""

Levels = Mapping[str, Floats]


def tables(
    levels: Levels,
    p: Mapping[str, float],
    days: int,
    *,
    inflammation: Floats | None = None,
    hazard: Floats | None = None,
) -> dict[str, Floats]:
    """Tables of clock, growth, calibre and hazard from signals.

    ``levels``: signals by name, shape (depths, positions, days): the resting depth, then that of
    the bulb of each class of size; an axis of length 1 serves all. ``inflammation`` (load) and
    ``hazard`` [1/day], shape (days,), are the condition's. Tables have shape (sizes, positions,
    days) and, the clock, a last axis of phases; what stays at rest is absent.
    """
    rest = {name: level[:1] for name, level in levels.items()}
    bulb = {name: level[1:] if len(level) > 1 else level for name, level in levels.items()}
    quiet = np.zeros((1, 1, 1))
    if inflammation is not None:
        for at in (rest, bulb):
            at["inflammation"] = calmed(inflammation, at.get("calming", quiet))
    theta, found = thetas(p), {}
    clocks = [factor(theta[ph], bulb if ph == "anagen" else rest) for ph in PHASES]
    if any(clock is not None for clock in clocks):
        ones = np.ones((1, 1, days))
        full = np.broadcast_arrays(*(ones if c is None else c for c in clocks))
        # beyond the engine's fastest clock a phase is over within the day all the same
        found["clock"] = np.minimum(np.stack(full, axis=-1), MAX_RATE)
    growth, target = (factor(theta[name], bulb) for name in ("growth", "calibre"))
    if growth is not None:
        found["growth"] = growth
    if target is not None:
        found["calibre"] = relaxed(target, p["calibre_relaxation_time"])[..., 1:]
    if hazard is not None:
        found["hazard"] = repaired(hazard, rest.get("repair", quiet))
    return {name: np.broadcast_to(table, _days(table, days)) for name, table in found.items()}


def _days(table: Floats, days: int) -> tuple[int, ...]:
    return (*table.shape[:2], days, *table.shape[3:])


def course(
    found: Mapping[str, Floats], days: int, positions: int, dht: Floats | None = None
) -> Course:
    """One option of the engine, for one kind of skin, from its `tables`; all patients share it."""
    if not found:
        return Course(days=days, dht=dht)
    sizes = max(table.shape[0] for table in found.values())
    places = max(table.shape[1] for table in found.values())
    rows = {name: np.broadcast_to(table, (sizes, places, *table.shape[2:])).reshape(
        sizes * places, *table.shape[2:]) for name, table in found.items()}  # fmt: skip
    index = np.arange(sizes * places).reshape(sizes, places).T
    index = np.broadcast_to(index, (positions, sizes))[None]
    return Course(
        days=days, dht=dht, clock=rows.get("clock"), growth=rows.get("growth"),
        calibre=rows.get("calibre"), hazard=rows.get("hazard"),
        row=None if sizes * places == 1 else index if sizes > 1 else index[..., 0],
        size_edges=SIZE_EDGES if sizes > 1 else (),
    )  # fmt: skip
