"""What is known of the patient: what the draws agree with, and what is not used."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from anagen.conditions.nutrition_gap import NUTRIENTS
from anagen.forecast.options import Options
from anagen.forecast.spread import Part, Spread, spread
from anagen.measurement import endpoints
from anagen.patient import Past, Patient
from anagen.simulate.conditioning import measurements
from anagen.simulate.forecast import Forecast
from anagen.simulate.past import tried
from anagen.vocabulary import label

SCALES = {"norwood": "Norwood-Hamilton", "ludwig": "Ludwig", "sinclair": "Sinclair"}
"""Scales of pattern loss; where several are given the first one is used."""
NEVER = ("findings", "drugs", "preferences")
"""Fields of a patient that no simulation uses."""
OF_PATTERN = ("postmenopausal", "pcos", "male_pattern")
"""Fields that only pattern loss reads."""
SHED_ON = "thyroid_disease"
"""The one medical condition that is used, in telogen effluvium."""


class Today(Part):
    """One endpoint before any therapy: as given, and over the draws."""

    endpoint: str
    unit: str
    given: float
    drawn: Spread


class KnownPart(Part):
    """What the draws were weighed by, and how many people grown for it agree.

    ``effective``: effective number of the ``candidates``, None where nothing was weighed.
    ``apart``: different people among the draws. ``power``: 1, or less where the evidence was
    counted for less, as hardly anybody agreed. ``warnings``: what the reader should know first.
    """

    given: list[str]
    candidates: int
    effective: float | None
    apart: int
    power: float
    today: list[Today]
    density: Spread
    warnings: list[str]
    text: list[str]


def known_part(forecast: Forecast, options: Options) -> KnownPart:
    """What was known, how many agree, and today's values beside the measured ones."""
    known = forecast.known
    now = list(_today(forecast, options.untreated))
    return KnownPart(
        given=list(known.given), candidates=known.candidates,
        effective=known.effective if math.isfinite(known.effective) else None,
        apart=len({(x.draw, x.patient.key) for x in known.people}), power=known.power, today=now,
        density=spread(forecast.density[:, options.untreated, 0]),
        warnings=list(known.warnings), text=list(_text(forecast)),
    )  # fmt: skip


def effective_draws(forecast: Forecast) -> float:
    r"""Independent draws that the interval of a mean is worth: $1/(1/K + 1/K_e)$.

    $K$ draws were picked from candidates that are worth $K_e$ of them.
    """
    return 1 / (1 / forecast.draws + 1 / forecast.known.effective)


def effective_sets(forecast: Forecast) -> float:
    r"""Independent parameter sets among the draws, $K^2 / \sum n_k^2$: a set may come often."""
    often = np.unique([x.draw for x in forecast.known.people], return_counts=True)[1]
    return float(often.sum() ** 2 / np.sum(often**2))


def _today(forecast: Forecast, untreated: int) -> Iterator[Today]:
    given = measurements(forecast.patient)
    salt = forecast.patient.salt
    for name, value in (*given, *([] if salt is None else [("salt", salt)])):
        drawn = forecast.true[name][:, untreated, 0]
        yield Today(endpoint=name, unit=endpoints.UNITS[name], given=value, drawn=spread(drawn))


def _text(forecast: Forecast) -> Iterator[str]:
    known, patient = forecast.known, forecast.patient
    if not known.given:
        yield (
            "no measurement, grade or earlier response narrows the draws: they are people of the "
            "same description"
        )
        return
    names = {"baseline": "the measured baseline", "history": _history(patient)}
    names |= {n: f"{scale} {_grade(getattr(patient, n))}" for n, scale in SCALES.items()}
    said = "; ".join(names[given] for given in known.given)
    yield (
        f"{said}: of {known.candidates} people grown for this, {known.effective:.0f} agree "
        "(effective number), and the draws were picked from these by how well they do"
    )


def _grade(given: object) -> str:
    return str(given).replace("_", " ")


def _history(patient: Patient) -> str:
    told = [_said(past) for past in patient.history if tried(past) is not None]
    return f"earlier therapies ({'; '.join(told)}; each simulated as usually given)"


def _said(past: Past) -> str:
    return f"{label('therapy', past.therapy)}: {label('response', past.response)}"


def not_used(patient: Patient) -> list[str]:
    """What was said of the patient that changes no draw."""
    return list(_not_used(patient))


def _not_used(patient: Patient) -> Iterator[str]:
    untold = [_said(past) for past in patient.history if tried(past) is None]
    if untold:
        yield f"earlier therapies of unknown result or never simulated ({'; '.join(untold)})"
    if patient.labs is not None:
        read = set(NUTRIENTS.values())
        labs = [n for n in patient.labs.model_dump(exclude_none=True) if n not in read]
        if labs:
            yield f"blood values ({', '.join(LABS[n] for n in labs)})"
    shedding = "telogen_effluvium" in patient.diagnoses
    ill = [c for c in patient.conditions if not (shedding and c == SHED_ON)]
    if ill:
        yield f"medical conditions ({', '.join(label('medical_condition', c) for c in ill)})"
    fields = [n for n in NEVER if getattr(patient, n)]
    if "androgenetic_alopecia" not in patient.diagnoses:
        fields += [n for n in OF_PATTERN if getattr(patient, n)]
    graded = [n for n in SCALES if getattr(patient, n) is not None]
    fields += graded[1:]
    if fields:
        yield ", ".join(fields)


LABS = {"haemoglobin_g_l": "haemoglobin", "tsh_mu_l": "TSH"}
"""Blood values that are not used, in words."""
