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
    return {r.name: list(_reasons(patient, therapies_of(r), studies)) for r in asked}


def _reasons(patient: Patient, therapies: Sequence[str], studies: Sequence[Study]) -> Iterator[str]:
    """One sentence to a gap in the trials, with every therapy that it concerns."""
    who = label("condition", patient.diagnosis)
    failed = tuple(dict.fromkeys(t.therapy for t in patient.history if t.response == "none"))
    with_it = [label("condition", d) for d in patient.diagnoses if d != patient.diagnosis]
    new = [t for t in therapies if not _tested(patient.diagnosis, t, studies).any_outcome]
    if new:
        yield f"{_none_of(new)} in {who} was found"
    old = [t for t in therapies if t not in new]
    question = [Question((t,), (patient.diagnosis,), after_failed=failed) for t in old]
    again = [t for t, q in zip(old, question, strict=True) if not _controlled(q, studies)]
    if failed and again:
        names = " or ".join(label("therapy", t) for t in failed)
        yield f"{_none_of(again)} in people whom {names} had failed was found"
    if with_it and old:
        yield f"{_none_of(old)} in {who} together with {' and '.join(with_it)} was found"


def _none_of(therapies: Sequence[str]) -> str:
    names = [label("therapy", t) for t in therapies]
    if len(names) == 1:
        return f"no controlled trial of {names[0]} alone"
    return f"no controlled trial of {', '.join(names[:-1])} or {names[-1]}, each alone,"
