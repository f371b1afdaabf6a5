"""One draw of a forecast lived again, follicle by follicle: for pictures, and for what it reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from anagen.conditions.healthy import Scalp
from anagen.follicle.portrait import Portrait, portrait
from anagen.forecast.spread import Floats
from anagen.priors import draw_parameters
from anagen.regimen import Regimen
from anagen.signalling.drive import thetas
from anagen.simulate.conditioning import (
    Person,
    candidate,
    instrument_of,
    measurements,
    reading_sd,
)
from anagen.simulate.control import artefacts, treated
from anagen.simulate.forecast import Forecast, follicles, luck_of
from anagen.simulate.model import follicle_scalps, people_scalps
from anagen.simulate.past import tried
from anagen.simulate.reading import tool
from anagen.simulate.recorded import Recorded
from anagen.simulate.reference import KINDS, TABLES, reference_men
from anagen.simulate.run import Prepared, prepared

COHORT_TABLES = frozenset(TABLES)
"""Tables whose every row is in the name of a reference cohort, used or not."""
OF_CONTROLS = ("wound_share_of_needle_change", "wound_rise_time", "wound_decay_time",
               "calibre_relaxation_time", "control_response_rise_time",
               "control_response_fall_time")  # fmt: skip
"""Parameters that tie a control's change to its parts."""
OF_ENDPOINTS = ("weighing_interval", "shaft_density", "scalp_area", "observer_drift")
"""Parameters that endpoints read after the follicles have lived."""


@dataclass(frozen=True)
class Relived:
    """One draw: what every follicle does under some options at some visits, and its scalp.

    ``growth_rate`` [mm/day] turns the portrait's length into mm; ``density`` [1/cm2] of follicles.
    """

    draw: int
    weeks: tuple[float, ...]
    portrait: Portrait
    growth_rate: float
    density: float

    @property
    def visible_density(self) -> Floats:
        """Visible hairs [hairs/cm2] of the follicles drawn, (options, visits)."""
        seen = self.portrait.visible
        return np.asarray(seen.sum(axis=-1) / seen.shape[-1] * self.density)


def relive(
    forecast: Forecast, draw: int, regimens: Sequence[Regimen], weeks: Sequence[float]
) -> Relived:
    """Live ``draw`` again under ``regimens`` of the forecast, and look at ``weeks`` of its visits.

    Same law, scalp, courses and luck, so that the counts are the forecast's own.
    """
    person = forecast.known.people[draw]
    p = draw_parameters(person.draw)
    scalp, made = _prepared(forecast, p, person, regimens)
    visits = [round(7 * week) for week in weeks]
    seen = portrait(made.law, made.scalps, made.courses, visits, history=made.history,
                    seed=luck_of(forecast.seed, person.draw))  # fmt: skip
    return Relived(draw, tuple(weeks), seen, float(scalp.growth_rate[0]),
                   float(scalp.follicle_density[0]))  # fmt: skip


def _prepared(
    forecast: Forecast, p: dict[str, float], person: Person, regimens: Sequence[Regimen]
) -> tuple[Scalp, Prepared]:
    """Scalp and run of a draw, as a forecast has them."""
    who, luck = [person.patient], luck_of(forecast.seed, person.draw)
    scalp = people_scalps(who, p, drawn=True, seed=luck)
    made = prepared(
        who, scalp, regimens, p, round(7 * forecast.weeks[-1]),
        follicles=follicles(person.patient, p, luck), hypothesis=forecast.hypothesis, drawn=True,
        seed=luck, positions=forecast.positions, solver=forecast.solver, month=forecast.month,
    )  # fmt: skip
    return scalp, made


def artefact_course(forecast: Forecast) -> Floats:
    """Artefact of the control response in total density [hairs/cm2], (draws, options, visits)."""
    sets = (parameters_of(forecast, k) for k in range(forecast.draws))
    visits = [round(7 * week) for week in forecast.weeks]
    made = [artefacts(forecast.regimens, visits, p, forecast.hypothesis) for p in sets]
    return np.array(made)


def parameters_of(forecast: Forecast, draw: int) -> dict[str, float]:
    """The parameter set of one draw."""
    return {name: float(values[draw]) for name, values in forecast.parameters.items()}


def parameters_read(forecast: Forecast, table_of: Mapping[str, str]) -> set[str]:
    """Names of the parameters that a draw under the forecast's options reads, and a few more.

    What is not named changes nothing (a test).
    """
    p = Recorded(parameters_of(forecast, 0) | {"exosome_null_probability": 0.0})
    scalp, _ = _prepared(forecast, p, forecast.known.people[0], forecast.regimens)
    tool(forecast.instrument.name, p, scalp.growth_rate)
    found = {name for name in p.read if table_of[name] not in COHORT_TABLES}
    return found | set(OF_ENDPOINTS) | _of_the_law(forecast) | _of_the_known(forecast)


def _of_the_known(forecast: Forecast) -> set[str]:
    """Parameters that weigh the candidates, where anything is known of the patient."""
    p, patient = Recorded(parameters_of(forecast, 0)), forecast.patient
    if not forecast.known.given:
        return set()
    candidate(patient, 0, p, 0)
    for endpoint, value in measurements(patient):
        reading_sd(endpoint, value, instrument_of(patient), p)
    before = [made for past in patient.history if (made := tried(past)) is not None]
    _prepared(
        forecast, p, forecast.known.people[0], list({made.name: made for made in before}.values())
    )
    return p.read


def _of_the_law(forecast: Forecast) -> set[str]:
    """Parameters of the follicles and, where something is given, of the reference cohort."""
    p = Recorded(parameters_of(forecast, 0))
    _prepared(forecast, p, forecast.known.people[0], [])
    visits = round(7 * forecast.weeks[-1])
    if any(treated(regimen, visits) for regimen in forecast.regimens):
        men = reference_men(p)[:1]
        scalp = people_scalps(men, p, drawn=True, seed=0)
        follicle_scalps(men, p, scalp, 1, drawn=True, seed=0)
        thetas(p)
        p.read.update(OF_CONTROLS, (f"{kind}_change" for kind in KINDS))
    elif any(regimen.courses for regimen in forecast.regimens):
        thetas(p)
    return p.read
