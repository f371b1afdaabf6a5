"""What a diagnosis and the season lay on the follicles over one window of days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from scipy import special

from anagen.conditions.burden import Burden, Exit, Floats, Ints, lengthened
from anagen.conditions.diagnoses import burden_of
from anagen.errors import InputError
from anagen.follicle.law import relaxed
from anagen.follicle.law import season as seasonal
from anagen.patient import Patient
from anagen.signalling.drive import factor, held, thetas
from anagen.simulate.model import DISEASE
from anagen.units import DAYS_PER_YEAR as YEAR

SEASONAL_HISTORY = 3 * 366
"""Days grown, at least, for the season to have settled (a fourth year changes nothing: a test)."""


@dataclass(frozen=True, kw_only=True)
class Laid:
    """A burden over a window of ``days``, as therapies leave it.

    ``loads`` by name and ``hazard`` [1/day], (days,); ``attack`` (kinds, days) with its strength on
    the day ``before`` (kinds,) and the kind of each ``place``; ``exits`` counted from the window's
    first day; ``season``: factor on the clock of anagen, (days,). ``spared``: what drugs leave of
    the attack in the end, (days,); it follows with a delay. ``calibre``: the factor on it
    that the days before have brought about, (kinds,) or (1,); None: 1.
    """

    days: int
    loads: Mapping[str, Floats] = field(default_factory=dict)
    hazard: Floats | None = None
    attack: Floats | None = None
    before: Floats | None = None
    place: Ints | None = None
    exits: tuple[Exit, ...] = ()
    season: Floats | None = None
    spared: Floats | None = None
    calibre: Floats | None = None


def burdens_of(
    who: Sequence[Patient], p: Mapping[str, float], days: int, *, drawn: bool, seed: int
) -> list[Burden]:
    """Each person's burden; those at rest share one, so that they share their tables too."""
    rest, found = Burden(), []
    for person in who:
        if set(person.diagnoses) <= {"androgenetic_alopecia", "healthy"} and person.labs is None:
            found.append(rest)
            continue
        bits = np.random.Philox(key=[seed, person.key], counter=[0, 0, 0, DISEASE])
        luck = np.random.Generator(bits) if drawn else None
        burden = burden_of(p, person, days, luck)
        found.append(rest if burden.at_rest else burden)
    return found


def season(first: int, days: int, month: float, p: Mapping[str, float]) -> Floats:
    r"""Factor of the season on the clock of anagen, (days,), its mean over a year 1.

    $e^{A\cos(2\pi(t - t_p)/365.25)} / I_0(A)$, from day ``first`` on (0 is today) with today in
    ``month`` (1 to 13, 1 is the first of January; northern half of the earth). Raises InputError.
    """
    if not 1 <= month < 13:
        given = f"as 3.5 in the middle of March (given: {month})"
        raise InputError(f"must lie between 1 (January) and 13, {given}", field="month")
    today = (month - 1) / 12 * YEAR
    day = today + first + np.arange(days) + 0.5
    wave = seasonal(day, p["season_amplitude"], p["season_peak_day"])
    return np.asarray(wave / special.i0(p["season_amplitude"]))


def window(
    burden: Burden, p: Mapping[str, float], first: int, days: int, month: float | None
) -> Laid:
    """The ``burden`` and the season from day ``first`` on (today is 0), before any therapy."""
    skipped = burden.history + first

    def cut(table: Floats) -> Floats:
        longer = lengthened(table, table.shape[-1] - min(skipped, 0))
        return longer[..., max(skipped, 0) :][..., :days]

    attack = None if burden.attack is None else cut(burden.attack)
    before = None
    if burden.attack is not None:
        before = burden.attack[:, skipped - 1] if skipped > 0 else np.zeros(len(burden.attack))
    return Laid(
        days=days,
        loads={name: cut(load) for name, load in burden.loads.items()},
        hazard=None if burden.hazard is None else cut(burden.hazard),
        attack=attack,
        before=before,
        place=burden.place,
        exits=tuple(
            replace(e, day=e.day - first) for e in burden.exits if first <= e.day < first + days
        ),
        season=None if month is None else season(first, days, month, p),
        calibre=_calibre(burden, p, skipped),
    )


def _calibre(burden: Burden, p: Mapping[str, float], days: int) -> Floats | None:
    """Factor on the calibre that the first ``days`` of a burden have brought about, by kind."""
    if days <= 0:
        return None
    past = {name: load[None, :days] for name, load in burden.loads.items()}
    if burden.attack is not None:
        past["attack"] = held(burden.attack[:, :days])
    target = factor(thetas(p)["calibre"], past)
    return None if target is None else relaxed(target, p["calibre_relaxation_time"])[:, -1]


def treated(laid: Laid, left: Mapping[str, Floats]) -> Laid:
    """What therapies leave of it: ``left`` by what they lower, shares (days,) from 0 to 1."""
    loads = {n: load * left.get(n, 1.0) for n, load in laid.loads.items()}
    return replace(laid, loads=loads, spared=left.get("attack"))
