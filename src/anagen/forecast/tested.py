"""What has been tried in people like this patient, and what is an extrapolation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from anagen.evidence.counting import once, participants
from anagen.evidence.selection import Question, find
from anagen.evidence.study import Study
from anagen.forecast.options import Options
from anagen.forecast.spread import Part
from anagen.patient import Patient
from anagen.regimen import Regimen
from anagen.simulate.past import FAILED
from anagen.vocabulary import label

JUDGED = {
    "alopecia_areata": ("density", "severity"),
    "scalp_inflammation": ("density", "inflammation"),
    "telogen_effluvium": ("density", "shedding"),
}
"""Families of outcomes that a trial in a diagnosis may be judged by; density in all others."""


class Tested(Part):
    """Controlled trials of one therapy of the regimens in a diagnosis, by families of outcomes.

    ``any_outcome``: how many of them there are, whatever they measured.
    """

    therapy: str
    diagnosis: str
    outcomes: list[str]
    studies: int
    participants: int
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
    trials = _controlled(Question((therapy,), (diagnosis,), outcomes), studies)
    return Tested(
        therapy=therapy, diagnosis=diagnosis, outcomes=list(outcomes), studies=len(trials),
        participants=participants(trials), ids=[t.id for t in trials],
        any_outcome=len(_controlled(Question((therapy,), (diagnosis,)), studies)),
    )  # fmt: skip


def _controlled(question: Question, studies: Sequence[Study]) -> list[Study]:
    return once(c.study for c in find(question, studies).controlled)


def extrapolations(
    patient: Patient, options: Options, studies: Sequence[Study]
) -> dict[str, list[str]]:
    """Why a regimen's numbers are an extrapolation, by its name; nothing where they are not."""
    asked = (options.regimens[o] for o in options.asked)
    return {r.name: list(dict.fromkeys(_reasons(patient, r, studies))) for r in asked}


def _reasons(patient: Patient, regimen: Regimen, studies: Sequence[Study]) -> Iterator[str]:
    who = label("condition", patient.diagnosis)
    failed = tuple(dict.fromkeys(t.therapy for t in patient.history if t.response in FAILED))
    with_it = [label("condition", d) for d in patient.diagnoses if d != patient.diagnosis]
    for therapy in therapies_of(regimen):
        what = f"no controlled trial of {label('therapy', therapy)} alone"
        if not _tested(patient.diagnosis, therapy, studies).any_outcome:
            yield f"{what} in {who} was found"
            continue
        question = Question((therapy,), (patient.diagnosis,), after_failed=failed)
        if failed and not _controlled(question, studies):
            names = " or ".join(label("therapy", t) for t in failed)
            yield f"{what} in people whom {names} had failed was found"
        if with_it:
            yield f"{what} in {who} together with {' and '.join(with_it)} was found"
