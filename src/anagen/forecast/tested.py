"""What has been tried in people like this patient, and what is an extrapolation."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Literal

from anagen.evidence.counting import once, participants
from anagen.evidence.selection import Question, find
from anagen.evidence.study import Study
from anagen.forecast.options import Options
from anagen.forecast.spread import Part
from anagen.forecast.stops import is_child
from anagen.patient import Patient
from anagen.regimen import Regimen
from anagen.vocabulary import label

JUDGED = {
    "alopecia_areata": ("density", "severity"),
    "scalp_inflammation": ("density", "inflammation"),
    "telogen_effluvium": ("density", "shedding"),
}
"""Families of outcomes that a trial in a diagnosis may be judged by; density in all others."""
OTHER_SEX = {"male": "female", "female": "male"}
PEOPLE = {"male": "men", "female": "women", "mixed": "men and women"}
"""Who was studied, in words; nothing where no source says it."""
SEVERE = re.compile(r"SALT (\d+) or more")
"""How a study file writes the least SALT that a trial took."""
Sex = Literal["male", "female", "mixed", "no_information"]


class Tested(Part):
    """Controlled trials of one therapy of the regimens in a diagnosis, by families of outcomes.

    ``any_outcome``: how many of them there are, whatever they measured; ``sex``: of the people in
    those that are counted.
    """

    therapy: str
    diagnosis: str
    outcomes: list[str]
    studies: int
    participants: int
    sex: Sex
    any_outcome: int
    ids: list[str]


def therapies_of(regimen: Regimen) -> list[str]:
    """What is active in a regimen, needles included, each once."""
    needled = ["microneedling"] if regimen.needled and not regimen.sham else []
    return list(dict.fromkeys([c.therapy for c in regimen.courses if c.active] + needled))


def tested(patient: Patient, options: Options, studies: Sequence[Study]) -> list[Tested]:
    """Controlled trials of each therapy that the regimens hold, in each of the diagnoses."""
    given = [t for o in options.asked for t in therapies_of(options.regimens[o])]
    return [
        _tested(diagnosis, therapy, studies)
        for therapy in dict.fromkeys(given)
        for diagnosis in patient.diagnoses
    ]


def _tested(diagnosis: str, therapy: str, studies: Sequence[Study]) -> Tested:
    outcomes = JUDGED.get(diagnosis, ("density",))
    trials = controlled(Question((therapy,), (diagnosis,), outcomes), studies)
    return Tested(
        therapy=therapy, diagnosis=diagnosis, outcomes=list(outcomes), studies=len(trials),
        participants=participants(trials), sex=sex_of(trials), ids=[t.id for t in trials],
        any_outcome=len(controlled(Question((therapy,), (diagnosis,)), studies)),
    )  # fmt: skip


def controlled(question: Question, studies: Sequence[Study]) -> list[Study]:
    """The controlled trials that answer ``question``, each person once."""
    return once(c.study for c in find(question, studies).controlled)


def sex_of(trials: Sequence[Study]) -> Sex:
    """Who was in the trials taken together; not known where one of them does not say it."""
    found = {trial.population.sex for trial in trials}
    if "mixed" in found or {"male", "female"} <= found:
        return "mixed"
    return found.pop() if len(found) == 1 else "no_information"


def extrapolations(
    patient: Patient, options: Options, studies: Sequence[Study]
) -> dict[str, list[str]]:
    """Why a regimen's numbers are an extrapolation, by its name; nothing where they are not."""
    asked = (options.regimens[o] for o in options.asked)
    return {r.name: list(_reasons(patient, therapies_of(r), studies)) for r in asked}


def _reasons(patient: Patient, therapies: Sequence[str], studies: Sequence[Study]) -> Iterator[str]:
    """One sentence to a gap in the trials, with every therapy that it concerns."""
    who = label("condition", patient.diagnosis)
    failed = tuple(dict.fromkeys(t.therapy for t in patient.history if t.response == "none"))
    with_it = [label("condition", d) for d in patient.diagnoses if d != patient.diagnosis]
    trials = {t: controlled(Question((t,), (patient.diagnosis,)), studies) for t in therapies}
    new, old = ([t for t in therapies if bool(trials[t]) == found] for found in (False, True))
    if new:
        yield f"{_none_of(new)} in {who} was found"
    for therapy in old:
        yield from other_people(patient, therapy, trials[therapy])
    question = [Question((t,), (patient.diagnosis,), after_failed=failed) for t in old]
    again = [t for t, q in zip(old, question, strict=True) if not controlled(q, studies)]
    if failed and again:
        names = " or ".join(label("therapy", t) for t in failed)
        yield f"{_none_of(again)} in people whom {names} had failed was found"
    if with_it and old:
        yield f"{_none_of(old)} in {who} together with {' and '.join(with_it)} was found"


def other_people(patient: Patient, therapy: str, trials: Sequence[Study]) -> Iterator[str]:
    """In what the people in ``trials`` differ from the patient: sex, age, severity."""
    named = f"trials of {label('therapy', therapy)}"
    if sex_of(trials) == OTHER_SEX[patient.sex]:
        yield f"{named} in {PEOPLE[OTHER_SEX[patient.sex]]} only"
    ages = [trial.population.age for trial in trials]
    low = [a.low for a in ages if a is not None and a.low is not None]
    high = [a.high for a in ages if a is not None and a.high is not None]
    if is_child(patient) and not (low and patient.age is not None and min(low) <= patient.age):
        yield f"no {named.removeprefix('trials of ')} trial is known to have had people so young"
    elif patient.age is not None and len(high) == len(trials) and patient.age > max(high):
        yield f"{named} in people up to {max(high):g} years only"
    bare = [SEVERE.search(trial.population.severity or "") for trial in trials]
    least = [float(found[1]) for found in bare if found]
    if patient.salt is not None and len(least) == len(trials) and patient.salt < min(least):
        yield f"{named} in people with a SALT of {min(least):g} or more only"


def _none_of(therapies: Sequence[str]) -> str:
    names = [label("therapy", t) for t in therapies]
    if len(names) == 1:
        return f"no controlled trial of {names[0]} alone"
    return f"no controlled trial of {', '.join(names[:-1])} or {names[-1]}, each alone,"
