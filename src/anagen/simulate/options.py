"""An option for all patients: what a regimen does to the follicles of every kind of skin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import special

from anagen.delivery.layer import Solver
from anagen.delivery.skin import GROWN
from anagen.follicle.scalps import Course
from anagen.patient import Patient
from anagen.regimen import Regimen
from anagen.simulate.drive_tables import course, tables
from anagen.simulate.exposure import POSITIONS, Exposure, Skin, expose
from anagen.simulate.model import SULT, normals
from anagen.simulate.reference import reference
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
) -> list[Option]:
    """Every regimen for all patients; people of one kind of skin share their tables."""
    skins = skins_of(who, p, drawn=drawn, seed=seed)
    kinds = list(dict.fromkeys(skins))
    of = np.array([kinds.index(skin) for skin in skins])
    wounds: Mapping[str, float] = {}
    if any(r.needled or any(c.route == "injection" for c in r.courses) for r in regimens):
        wounds = reference(p, hypothesis).potency
    return [
        _option(regimen, kinds, of, p, days, wounds, positions, seed, solver)
        for regimen in regimens
    ]


def _option(
    regimen: Regimen, kinds: list[Skin], of: Ints, p: Mapping[str, float], days: int,
    wounds: Mapping[str, float], positions: int, seed: int, solver: Solver,
) -> Option:  # fmt: skip
    exposures, courses = [], []
    for skin in kinds:
        exposure = expose(regimen, p, days, skin=skin, wounds=wounds, positions=positions,
                          seed=seed, solver=solver)  # fmt: skip
        exposures.append(exposure)
        courses.append(course(tables(exposure.levels, p, days), days, positions, exposure.dht))
    return Option(course=joined(courses, of), skins=tuple(kinds), exposures=tuple(exposures))


def joined(courses: Sequence[Course], of: Ints) -> Course:
    """One course for all patients from those of each kind; ``of``: the kind of each patient."""
    first = courses[0]
    if len(courses) == 1 or not first.rows:
        return first
    rows = [c.row if c.row is not None else np.zeros((1, 1), dtype=int) for c in courses]
    shifted = np.concatenate([np.asarray(row) + i * first.rows for i, row in enumerate(rows)])

    def stacked(name: str) -> Floats | None:
        tables = [getattr(c, name) for c in courses]
        return None if tables[0] is None else np.concatenate(tables)

    return replace(
        first, row=shifted[of], clock=stacked("clock"), growth=stacked("growth"),
        calibre=stacked("calibre"), hazard=stacked("hazard"),
    )  # fmt: skip
