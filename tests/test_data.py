"""The shipped data keep their rules, and the rules find what breaks them."""

from __future__ import annotations

import pytest

from anagen.evidence.lint import BASE_RULES, STUDY_RULES, problems_between
from anagen.evidence.studies import load_studies, load_study
from anagen.files import data_path
from anagen.report.check import check_base


def test_everything_that_ships_is_clean(anagen):
    assert [str(p) for p in check_base()] == []
    assert anagen("check").code == 0


@pytest.mark.parametrize("path", sorted(data_path("studies").glob("*.yaml")), ids=lambda p: p.stem)
def test_each_study_file_is_clean(path):
    study = load_study(path)
    assert study.id == path.stem
    assert [p for rule in STUDY_RULES for p in rule(study)] == []


def test_no_result_is_used_for_two_things():
    for study in load_studies():
        ids = [r.id for r in study.results]
        assert len(ids) == len(set(ids))


def test_validation_studies_are_there_and_never_calibration():
    uses = {s.id: {r.use for r in s.results} for s in load_studies()}
    for held in ("Amini2025", "Legiawati2023", "Legiawati2025", "Wan2025", "Lee2024"):
        assert "calibration" not in uses[held]
        assert "validation" in uses[held]
    assert "negative_control" in uses["Dehghani2024"]


def test_pool_beside_its_component_is_refused(tmp_path):
    from conftest import planted_study, write_study

    part, whole = planted_study("Part2030"), planted_study("Whole2031")
    whole["overlaps"] = [{"study": "Part2030", "kind": "component", "text": "contains it"}]
    for study in (part, whole):
        write_study(tmp_path, study)
    studies = [load_study(p) for p in sorted(tmp_path.glob("*.yaml"))]
    found = [str(p) for p in problems_between(studies, tmp_path)]
    assert any("component Part2030" in p for p in found)


def test_unknown_overlap_is_refused(tmp_path):
    from conftest import planted_study, write_study

    study = planted_study()
    study["overlaps"] = [{"study": "Olsen202", "kind": "context", "text": "?"}]
    path = write_study(tmp_path, study)
    studies = [*load_studies(), load_study(path)]
    found = [str(p) for p in problems_between(studies, tmp_path)]
    assert any("did you mean 'Olsen2002'" in p for p in found)


def test_every_rule_says_what_it_checks():
    for rule in (*STUDY_RULES, *BASE_RULES):
        assert rule.__doc__


def test_exosome_and_secretome_studies_carry_a_passport():
    for study in load_studies():
        given = {t for arm in study.arms for t in (arm.therapy, *arm.cotherapy)}
        if given & {"exosome", "secretome"}:
            assert study.passport is not None
