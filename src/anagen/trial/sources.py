"""The studies and references behind a virtual trial: of its people, their treatment and reading."""

from __future__ import annotations

from anagen.parameters import load_parameters
from anagen.patient import Patient
from anagen.population.made import FEWEST, make_population
from anagen.population.sources import rows_read as of_people
from anagen.regimen import Regimen
from anagen.simulate.control import artefacts
from anagen.simulate.model import parameter_set, people_scalps
from anagen.simulate.recorded import Recorded
from anagen.simulate.reference import TABLES as COHORT_TABLES
from anagen.simulate.run import prepared
from anagen.trial.design import Design

ASSUMED, STUDY = "assumed", "study:"


def citations(design: Design, hypothesis: str) -> list[str]:
    """Keys of the studies and references behind every number that the trial reads, sorted."""
    shelf = load_parameters()
    keys = {key.removeprefix(STUDY) for name in rows_read(design, hypothesis) & set(shelf)
            for key in shelf[name].sources}  # fmt: skip
    return sorted(keys - {ASSUMED})


def rows_read(design: Design, hypothesis: str) -> set[str]:
    """Names of the table rows that drawing, treating and reading the people looks up."""
    made = make_population(design.population, FEWEST, hypothesis=hypothesis, floor=0.0)
    return of_people(made) | _of_treatment(design, hypothesis, made.patients[0])


def _of_treatment(design: Design, hypothesis: str, who: Patient) -> set[str]:
    """Names of the rows that the arms' courses and sessions look up."""
    p, regimens = Recorded(parameter_set(None)), [arm.regimen for arm in design.arms]
    rescues = (design.trial.rescue, *(arm.rescue for arm in design.arms))
    regimens += [Regimen(name=f"rescue {i}", courses=rescue.courses)
                 for i, rescue in enumerate(rescues) if rescue is not None]  # fmt: skip
    days = round(7 * design.trial.visits_weeks[-1])
    scalp = people_scalps([who], p, drawn=True, seed=0)
    prepared([who], scalp, regimens, p, days, follicles=1, hypothesis=hypothesis, drawn=True,
             seed=0, positions=1, solver="closed")  # fmt: skip
    treated = {n for n in p.read if load_parameters()[n].table not in COHORT_TABLES}
    p.read.clear()
    artefacts(regimens, [0, days], p, hypothesis, design.trial.instrument)
    return treated | {n for n in p.read if load_parameters()[n].table == "control_response"}
