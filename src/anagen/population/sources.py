"""What a made population rests on: every row of the tables that its people were made from."""

from __future__ import annotations

import numpy as np

from anagen.citations import ASSUMED
from anagen.parameters import STUDY, load_parameters
from anagen.patient import Patient
from anagen.population.grading import by_years, degree_chances, degrees, scale_of
from anagen.population.made import FOLLICLES, Population
from anagen.population.plausible import covariates, uniforms
from anagen.population.request import PATTERN, Request
from anagen.simulate.clinic import clinic_readings
from anagen.simulate.model import parameter_set, people_scalps
from anagen.simulate.past import tried, usual_weeks
from anagen.simulate.reading import nonvellus_at_rest, tool
from anagen.simulate.recorded import Recorded
from anagen.simulate.reference import TABLES as COHORT_TABLES
from anagen.simulate.run import prepared

OF_ENDPOINTS = ("weighing_interval", "shaft_density", "scalp_area", "vellus_diameter_cutoff",
                "terminal_diameter_cutoff")  # fmt: skip
"""Rows that endpoints read after the follicles have lived."""
IDLE = ("photograph", "sulfotransferase")
OF_LOAD = ("androgen", "affected_share", "size_step", "time_since_onset")
"""Words of rows that are looked up and change nothing: of a change's rating and of drugs; and of
the load where nobody has pattern loss."""
THETA = "theta_"
SOME = 64
"""Candidates drawn to see which rows are read."""


def citations(made: Population) -> list[str]:
    """Keys of the studies and references behind the rows that were read."""
    shelf = load_parameters()
    names = {name for name in rows_read(made) if name in shelf}
    keys = {key.removeprefix(STUDY) for name in names for key in shelf[name].sources}
    return sorted(keys - {ASSUMED})


def rows_read(made: Population) -> set[str]:
    """Names of the rows that drawing, grading, growing and reading these people looks up."""
    return _of_drawing(made.request) | _of_grading(made) | _of_scalps(made) | _of_history(made)


def _of_drawing(request: Request) -> set[str]:
    rows = Recorded(load_parameters())
    covariates(request, lambda name: uniforms(0, name, SOME), rows)
    country = f"country_{request.country.lower()}_" if request.country else None
    return rows.read | {name for name in rows if country and name.startswith(country)}


def _of_grading(made: Population) -> set[str]:
    rows, request = Recorded(load_parameters()), made.request
    for scale in {scale_of(request, w) for w in made.patients} - {""}:
        degree_chances(request, scale, np.zeros(1), rows)
        for grades in degrees(request, scale).values():
            by_years(len(grades), np.zeros(1), np.full(1, 0.5), rows)
    return rows.read


def _of_history(made: Population) -> set[str]:
    """Rows read to try the earlier therapies on one of the people."""
    given = [found for past in made.request.history if (found := tried(past)) is not None]
    if not given:
        return set()
    p, who = Recorded(parameter_set(None)), [made.patients[0]]
    scalp = people_scalps(who, p, drawn=True, seed=made.seed)
    prepared(
        who, scalp, list({r.name: r for r in given}.values()), p, round(7 * usual_weeks()),
        follicles=1, hypothesis=made.hypothesis, drawn=True, seed=made.seed, positions=1,
        solver="closed",
    )  # fmt: skip
    shelf = load_parameters()  # a reference cohort is named by every row of its tables
    return {name for name in p.read if shelf[name].table not in COHORT_TABLES}


def _of_scalps(made: Population) -> set[str]:
    """Rows read to grow one person of every kind, and to read them."""
    kinds, laid = list({_kind(w): w for w in made.patients}.values()), {"androgen"}
    p = Recorded(parameter_set(None))
    for who in kinds:
        scalp = people_scalps([who], p, drawn=True, seed=made.seed)
        grown = prepared(
            [who], scalp, [], p, 0, follicles=FOLLICLES, hypothesis=made.hypothesis, drawn=True,
            seed=made.seed, positions=1, solver="closed",
        )  # fmt: skip
        for burden in grown.burdens:
            laid |= {*burden.loads, *(() if burden.attack is None else ("attack",))}
        nonvellus_at_rest(scalp, p)
        tool(made.instrument, p, scalp.growth_rate)
    one = np.ones((1, 1, 1))
    true = {"shed_hairs_per_day": one, "total_hair_density": one, "coverage": one / 2}
    clinic_readings(true, p, kinds[:1], [0], made.seed)
    idle = IDLE if PATTERN in made.request.diagnoses else (*IDLE, *OF_LOAD)
    found = {
        name for name in p.read
        if not any(word in name for word in idle)
        and (not name.startswith(THETA) or any(name.endswith(f"_{load}") for load in laid)
             or made.hypothesis in name)
    }  # fmt: skip
    salt = {"reading_error_salt"} if "salt" in made.columns else set()
    return found | set(OF_ENDPOINTS) | salt


def _kind(person: Patient) -> tuple[object, ...]:
    """People of one kind read the same rows."""
    return (person.sex, person.ethnicity, person.postmenopausal, person.pcos, person.male_pattern)
