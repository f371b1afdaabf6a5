"""An option for all patients: what a regimen does to the follicles of every kind of skin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import special

from anagen.conditions.androgenetic_alopecia import effective_dht
from anagen.conditions.burden import Burden
from anagen.delivery.layer import Solver
from anagen.delivery.skin import GROWN
from anagen.follicle.scalps import Course
from anagen.patient import Patient
from anagen.regimen import Regimen
from anagen.simulate.drive_tables import course, tables
from anagen.simulate.exposure import POSITIONS, Exposure, Skin, expose
from anagen.simulate.laid import Laid, treated, window
from anagen.simulate.model import SULT, normals
from anagen.simulate.reference import reference
from anagen.therapies.ketoconazole import SUBTYPES, treated_share
from anagen.therapies.minoxidil import relative_activity

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

ACTIVITY_CLASSES = 5
"""Classes of equal size into which people of unknown sulfotransferase activity are drawn."""
TYPICAL_AGE = GROWN
"""Age [year] where none is given: the skin is that of an adult."""


@dataclass(frozen=True, kw_only=True)
class Option:
    """One regimen as the follicle engine takes it, and the exposure of each kind of skin."""

    course: Course
    skins: tuple[Skin, ...]
    exposures: tuple[Exposure, ...]


def skin_age(person: Patient) -> float:
    """Age [year] that decides how deep follicles reach: an adult's where none is given."""
    return TYPICAL_AGE if person.age is None else min(person.age, GROWN)


def skins_of(
    who: Sequence[Patient], p: Mapping[str, float], *, drawn: bool, seed: int
) -> list[Skin]:
    """The skin of each patient: depths by age, and the activity stated, drawn or normal."""
    found = []
    for person in who:
        sult: str | float = person.sult_activity or "normal"
        if person.sult_activity is None and drawn:
            u = special.ndtr(normals(seed, person.key, SULT, 1)[0])
            middle = (np.floor(u * ACTIVITY_CLASSES) + 0.5) / ACTIVITY_CLASSES
            sult = relative_activity(float(middle), p)
        found.append(Skin(age=skin_age(person), sult_activity=sult))
    return found


@dataclass(frozen=True)
class Kind:
    """People to whom a regimen does the same: skin, what is laid on them, what follows no DHT.

    ``burden`` counts the distinct burdens of the run, ``independent`` is the share of the androgen
    load that DHT does not move, ``reach`` that of an inflammation that a shampoo can calm.
    """

    skin: Skin
    burden: int
    independent: float
    reach: float


def options_of(
    regimens: Sequence[Regimen],
    who: Sequence[Patient],
    p: Mapping[str, float],
    days: int,
    *,
    hypothesis: str,
    drawn: bool,
    seed: int,
    positions: int = POSITIONS,
    solver: Solver = "closed",
    burdens: Sequence[Burden] | None = None,
    independent: Floats | None = None,
    month: float | None = None,
) -> list[Option]:
    """Every regimen for all patients; people of one kind share their tables.

    ``burdens``: of each patient (None: nobody has any); ``independent`` likewise (None: 0).
    """
    skins = skins_of(who, p, drawn=drawn, seed=seed)
    own, which = distinct(burdens or [Burden()] * len(who))
    free = np.zeros(len(who)) if independent is None else independent
    people = [
        Kind(skin, burden, float(share), _reach(person))
        for skin, burden, share, person in zip(skins, which.tolist(), free, who, strict=True)
    ]
    kinds = list(dict.fromkeys(people))
    of = np.array([kinds.index(kind) for kind in people])
    laid = [window(b, p, 0, days, month) for b in own]
    wounds: Mapping[str, float] = {}
    if any(r.needled or any(c.route == "injection" for c in r.courses) for r in regimens):
        wounds = reference(p, hypothesis).potency
    skin_kinds = list(dict.fromkeys(skins))
    found = []
    for regimen in regimens:
        exposures = {
            skin: expose(regimen, p, days, skin=skin, wounds=wounds, positions=positions,
                         seed=seed, solver=solver)
            for skin in skin_kinds
        }  # fmt: skip
        courses = [_course(exposures[k.skin], laid[k.burden], k, p, days, positions) for k in kinds]
        found.append(Option(course=joined(courses, of), skins=tuple(skin_kinds),
                            exposures=tuple(exposures.values())))  # fmt: skip
    return found


def _course(
    exposure: Exposure, laid: Laid, kind: Kind, p: Mapping[str, float], days: int, positions: int
) -> Course:
    """What one exposure does to people of one ``kind``."""
    dht = exposure.dht
    if dht is not None and kind.independent > 0:
        dht = effective_dht(dht, kind.independent)
    left = dict(exposure.left)
    if "inflammation" in left:
        left["inflammation"] = 1 - kind.reach * (1 - left["inflammation"])
    after = treated(laid, left)
    return course(tables(exposure.levels, p, days, after), days, positions, dht, laid=after, p=p)


def _reach(person: Patient) -> float:
    return treated_share([s for s in person.subtypes if s in SUBTYPES])


def history_of(
    burdens: Sequence[Burden], p: Mapping[str, float], days: int, month: float | None
) -> Course | None:
    """What was laid on the patients in the ``days`` before today; None where nothing was."""
    own, which = distinct(burdens)
    laid = [window(b, p, -days, days, month) for b in own]
    if days == 0 or (month is None and all(b.at_rest for b in own)):
        return None
    courses = [
        course(tables({}, p, days, one), days, 1 if one.place is None else len(one.place),
               laid=one, p=p)
        for one in laid
    ]  # fmt: skip
    return joined(courses, which)


def distinct(burdens: Sequence[Burden]) -> tuple[list[Burden], Ints]:
    """The distinct ones of the ``burdens`` (objects), and which of them each patient has."""
    first = {id(b): i for i, b in reversed(list(enumerate(burdens)))}
    order = sorted(first.values())
    number = {id(burdens[i]): k for k, i in enumerate(order)}
    return [burdens[i] for i in order], np.array([number[id(b)] for b in burdens])


REST = {"clock": 1.0, "growth": 1.0, "calibre": 1.0, "hazard": 0.0}
"""What a table holds where nothing acts."""


def joined(courses: Sequence[Course], of: Ints) -> Course:
    """One course for all patients from those of each kind; ``of``: the kind of each patient."""
    first, n = courses[0], [c.rows for c in courses]
    levels = [np.asarray(c.dht) for c in courses if c.dht is not None]
    dht = np.concatenate(levels)[of] if levels else None
    if len(courses) == 1:
        return first
    if not any(n):
        return replace(first, dht=dht)
    edges = next((c.size_edges for c in courses if c.size_edges), ())
    given = [np.zeros((1, 1), int) if c.row is None else np.asarray(c.row) for c in courses]
    whole = [row[..., None] if row.ndim == 2 else row for row in given]
    places, sizes = max(row.shape[-2] for row in whole), len(edges) + 1
    starts = np.cumsum([0, *n[:-1]])
    rows = np.array([
        np.broadcast_to(row[0] + start if own else -1, (places, sizes))
        for row, start, own in zip(whole, starts, n, strict=True)
    ])  # fmt: skip
    exits = {r + int(start): e for c, start in zip(courses, starts, strict=True)
             for r, e in c.exits.items()}  # fmt: skip
    return Course(
        days=first.days, dht=dht, size_edges=edges, exits=exits,
        row=rows[of] if edges else rows[of][..., 0],
        **{name: _stacked(courses, name) for name in REST},
    )  # fmt: skip


def _stacked(courses: Sequence[Course], name: str) -> Floats | None:
    """The tables ``name`` of all courses, at rest where a course has none; None if none has."""
    tables = [(c, getattr(c, name)) for c in courses if c.rows]
    full = next((t for _, t in tables if t is not None), None)
    if full is None:
        return None
    shape = np.shape(full)[1:]
    return np.concatenate([np.full((c.rows, *shape), REST[name]) if t is None else t
                           for c, t in tables])  # fmt: skip
