"""Count every person once."""

from __future__ import annotations

from collections.abc import Iterable

from anagen.evidence.study import Study

SAME_PEOPLE = frozenset({"double_publication", "same_patients", "same_trial"})


def once(studies: Iterable[Study]) -> list[Study]:
    """Each study once, by id, without those whose people are in another one of them.

    Of two reports of the same people the first by id stays. A pool gives way to its components,
    unless one of these does not say how many people it has.
    """
    by_id = {s.id: s for s in sorted(studies, key=lambda s: s.id)}
    for study in list(by_id.values()):
        parts = [by_id[o.study] for o in study.overlaps if o.kind == "component"
                 and o.study in by_id]  # fmt: skip
        known = all(people_in(part) for part in parts)
        for gone in [study] if known and parts else parts:
            by_id.pop(gone.id, None)
    kept: dict[str, Study] = {}
    for study in by_id.values():
        twins = {o.study for o in study.overlaps if o.kind in SAME_PEOPLE}
        twins |= {k.id for k in kept.values() for o in k.overlaps
                  if o.study == study.id and o.kind in SAME_PEOPLE}  # fmt: skip
        if not twins & set(kept):
            kept[study.id] = study
    return list(kept.values())


def participants(studies: Iterable[Study]) -> int:
    """People in ``studies``, each person once as far as the files say."""
    return sum(people_in(study) for study in once(studies))


def people_in(study: Study) -> int:
    """People in one study: its stated total, else the sum of its arms (0 when neither is said)."""
    if study.population.n is not None:
        return study.population.n
    sizes = [arm.n for arm in study.arms if arm.n is not None]
    return (max if study.design.layout in ("split_scalp", "crossover") else sum)(sizes or [0])
