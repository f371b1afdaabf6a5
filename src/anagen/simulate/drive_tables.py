"""From signals, and what a diagnosis lays on a site, to the tables of the follicle engine.

Signals move clocks, growth and the target of the calibre (`signalling.drive`); this is where their
levels at a position, the loads of a condition and the calibre's delay become a `Course`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import numpy as np

from anagen.follicle.law import PHASES, ForcedExit, relaxed
from anagen.follicle.quantiles import TICKS
from anagen.follicle.scalps import MAX_RATE, Course
from anagen.signalling.drive import Floats, calmed, factor, held, repaired, thetas
from anagen.simulate.laid import Laid

SIZE_EDGES = (0.55,)
"""Size that parts small follicles from full ones, each with a depth of its own."""
SIZES = (0.4, 0.85)
"""A size amid each class, for its depth. Six classes move calibre by less than 0.1 um (a test)."""

Levels = Mapping[str, Floats]
QUIET = np.zeros((1, 1, 1))
ANAGEN, KENOGEN = PHASES.index("anagen"), PHASES.index("kenogen")


def tables(
    levels: Levels, p: Mapping[str, float], days: int, laid: Laid | None = None
) -> dict[str, Floats]:
    """Tables of clock, growth, calibre and hazard from signals.

    ``levels``: signals by name, shape (depths, positions, days): the resting depth, then that of
    the bulb of each class of size; an axis of length 1 serves all. ``laid``: the condition's.
    Tables have shape (sizes, places, days) and, the clock, a last axis of phases; what stays at
    rest is absent. Places are the positions, or the kinds of place where all positions of a kind
    are alike. ``attack`` (0 or 1) says where and when an immune attack holds the bulb.
    """
    rest = {name: level[:1] for name, level in levels.items()}
    bulb = {name: level[1:] if len(level) > 1 else level for name, level in levels.items()}
    spread = spread_out(levels)
    if laid is not None:
        for at in (rest, bulb):
            at.update(_loads(laid, at.get("calming", QUIET), spread, p))
    theta, found = thetas(p), {}
    clocks = [factor(theta[ph], bulb if ph == "anagen" else rest) for ph in PHASES]
    if laid is not None and laid.season is not None:
        clocks[ANAGEN] = _times(laid.season[None, None], clocks[ANAGEN])
    if "attack" in rest:  # an attacked follicle stays empty
        clocks[KENOGEN] = _times(1 - rest["attack"], clocks[KENOGEN])
        found["attack"] = bulb["attack"]
    if any(clock is not None for clock in clocks):
        ones = np.ones((1, 1, days))
        full = np.broadcast_arrays(*(ones if c is None else c for c in clocks))
        # beyond the engine's fastest clock a phase is over within the day all the same
        found["clock"] = np.minimum(np.stack(full, axis=-1), MAX_RATE)
        if laid is not None and laid.season is not None:
            # whole ticks a day: a life does not depend on the day on which the table begins
            found["clock"] = np.round(found["clock"] * TICKS) / TICKS
    growth, target = (factor(theta[name], bulb) for name in ("growth", "calibre"))
    if growth is not None:
        found["growth"] = growth
    if target is not None:
        before = _calibre_before(laid, spread)
        delayed = relaxed(target / before, p["calibre_relaxation_time"])
        found["calibre"] = before * delayed[..., 1:]
    if laid is not None and laid.hazard is not None:
        found["hazard"] = repaired(laid.hazard, rest.get("repair", QUIET))
    if laid is not None and laid.exits and not found:
        found["clock"] = np.ones((1, 1, days, len(PHASES)))
    return {name: np.broadcast_to(table, _days(table, days)) for name, table in found.items()}


def _times(one: Floats, other: Floats | None) -> Floats:
    return one if other is None else one * other


def spread_out(levels: Levels) -> bool:
    """Whether any signal differs between positions."""
    return any(level.shape[1] > 1 for level in levels.values())


def _loads(laid: Laid, calming: Floats, spread: bool, p: Mapping[str, float]) -> dict[str, Floats]:
    """What is laid on the follicles at one depth, as calming leaves it: (1, places, days).

    An attack follows what drugs and calming leave of it with a delay (``areata_response_time``).
    """
    found = {name: load[None, None] for name, load in laid.loads.items()}
    if "inflammation" in found:
        found["inflammation"] = calmed(found["inflammation"], calming)
    if laid.attack is not None:
        attack = (laid.attack[laid.place] if spread else laid.attack)[None]
        spared = np.ones(laid.days) if laid.spared is None else laid.spared
        goal = calmed(spared, calming)
        if np.any(goal < 1):
            attack = attack * relaxed(goal, p["areata_response_time"])[..., 1:]
        found["attack"] = held(attack)
    return found


def _calibre_before(laid: Laid | None, spread: bool) -> Floats:
    """The calibre at the first day's begin, (1, places, 1)."""
    if laid is None or laid.calibre is None:
        return np.ones((1, 1, 1))
    by_place = spread and laid.place is not None and len(laid.calibre) > 1
    return (laid.calibre[laid.place] if by_place else laid.calibre)[None, :, None]


def _days(table: Floats, days: int) -> tuple[int, ...]:
    return (*table.shape[:2], days, *table.shape[3:])


def course(
    found: Mapping[str, Floats],
    days: int,
    positions: int,
    dht: Floats | None = None,
    *,
    laid: Laid | None = None,
    p: Mapping[str, float] | None = None,
) -> Course:
    """One option of the engine, for people alike, from its `tables`; all of them share it.

    What was ``laid`` brings its triggers, and an attack that begins throws follicles out (numbers
    of ``p``).
    """
    if not found:
        return Course(days=days, dht=dht)
    sizes = max(table.shape[0] for table in found.values())
    places = max(table.shape[1] for table in found.values())
    rows = {name: np.broadcast_to(table, (sizes, places, *table.shape[2:])).reshape(
        sizes * places, *table.shape[2:]) for name, table in found.items()}  # fmt: skip
    index = np.arange(sizes * places).reshape(sizes, places).T
    kinds = laid is not None and laid.attack is not None and places == len(laid.attack)
    if laid is not None and laid.place is not None and kinds:
        index = index[laid.place][None]
    else:
        index = np.broadcast_to(index, (positions, sizes))[None]
    own = {} if laid is None else exits(found.get("attack"), laid, p or {}, (sizes, places))
    return Course(
        days=days, dht=dht, clock=rows.get("clock"), growth=rows.get("growth"),
        calibre=rows.get("calibre"), hazard=rows.get("hazard"),
        row=None if sizes * places == 1 else index if sizes > 1 else index[..., 0],
        size_edges=SIZE_EDGES if sizes > 1 else (), exits=own,
    )  # fmt: skip


def exits(
    attack: Floats | None, laid: Laid, p: Mapping[str, float], shape: tuple[int, int]
) -> dict[int, tuple[ForcedExit, ...]]:
    """Triggers by row: those of the condition, and each day on which an attack takes hold.

    ``attack`` (0 or 1), (sizes, places, days), of rows in the ``shape`` (sizes, places); its share
    of follicles thrown out of anagen (``attack_exit_share``) and of these shed at once
    (``attack_immediate_share``) from ``p``.
    """
    common = tuple(_exit(e.day, e.share, e.immediate) for e in laid.exits)
    rows = range(shape[0] * shape[1])
    if attack is None or laid.before is None:
        return dict.fromkeys(rows, common) if common else {}
    before = held(laid.before if shape[1] == len(laid.before) else laid.before[laid.place])
    full = np.broadcast_to(attack, (*shape, laid.days)).reshape(len(rows), laid.days)
    early = np.broadcast_to(before, shape).reshape(len(rows), 1)
    begins = np.diff(full, axis=1, prepend=early) > 0
    share, shed = p["attack_exit_share"], p["attack_immediate_share"]
    found = {r: (*common, *(_exit(int(d), share, shed) for d in np.flatnonzero(begins[r])))
             for r in rows}  # fmt: skip
    return {r: own for r, own in found.items() if own}


_exit = lru_cache(maxsize=4096)(ForcedExit)
"""A trigger that many rows share is checked once."""
