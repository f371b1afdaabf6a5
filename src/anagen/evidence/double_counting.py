"""Rules between studies: every person and every number counts once.

A rule yields ``(study id, sentence)``; nothing found means nothing to say.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from anagen.errors import InputError, unknown_word
from anagen.evidence.lint import Problem
from anagen.evidence.study import Result, Study
from anagen.files import data_path


def nothing_is_there_twice(studies: Sequence[Study]) -> Iterator[Problem]:
    """Two files about one publication or registration must say so."""
    for name, times in Counter(study.id for study in studies).items():
        if times > 1:
            yield name, f"the study '{name}' is there twice; rename or remove one file"
    owner: dict[str, Study] = {}
    for study in studies:
        registered = study.registration.ids if study.registration else []
        for key in sorted({k.lower() for k in (study.reference.doi, study.reference.pmid,
                                               *registered) if k}):  # fmt: skip
            other = owner.setdefault(key, study)
            said = {o.study for o in study.overlaps} | {other.id for o in other.overlaps
                                                        if o.study == study.id}  # fmt: skip
            if other.id != study.id and other.id not in said:
                yield study.id, f"has the same identifier {key} as {other.id}; say so in overlaps"


def overlaps_exist(studies: Sequence[Study]) -> Iterator[Problem]:
    """Overlaps name studies that are there."""
    ids = {study.id for study in studies}
    for study in studies:
        for overlap in study.overlaps:
            if overlap.study not in ids:
                do = "name a study that is in the base or given with it"
                yield study.id, "overlaps: " + unknown_word("study", overlap.study, ids, do)


def a_number_is_used_once(studies: Sequence[Study]) -> Iterator[Problem]:
    """One reading of one arm enters a fit once, and never beside the pool that contains it."""
    by_id = {study.id: study for study in studies}
    for study in studies:
        keys = Counter(_key(r) for r in study.results if r.use == "calibration")
        for key, times in keys.items():
            if times > 1:
                yield study.id, f"{key} is marked calibration {times} times; keep one"
        for overlap in study.overlaps:
            part = by_id.get(overlap.study)
            if overlap.kind != "component" or part is None:
                continue
            twice = {_key(r)[1:5] for r in study.results if r.use == "calibration"} & {
                _key(r)[1:5] for r in part.results if r.use == "calibration"}  # fmt: skip
            if twice:
                yield study.id, f"is calibrated on beside its component {part.id}; make it context"


def _key(r: Result) -> tuple[object, ...]:
    return (r.arm, r.versus is None, r.outcome, r.statistic, r.week, r.when, r.versus, r.subgroup,
            r.definition, r.unit, r.measured)  # fmt: skip


BASE_RULES = (nothing_is_there_twice, overlaps_exist, a_number_is_used_once)


def problems_between(
    studies: Sequence[Study], files: Mapping[str, Path] | None = None
) -> Iterator[InputError]:
    """Everything that ``BASE_RULES`` find in the studies together.

    ``files`` says where the studies are that do not ship, by id.
    """
    for rule in BASE_RULES:
        for name, sentence in rule(studies):
            file = (files or {}).get(name, data_path("studies", f"{name}.yaml"))
            yield InputError(sentence, file=file)
