"""The shipped data keep their rules, and the rules find what breaks them."""

from __future__ import annotations

import shutil

import pytest
from conftest import planted_study, write_study

from anagen import checks
from anagen.checks import check_base, check_files
from anagen.evidence.double_counting import BASE_RULES, problems_between
from anagen.evidence.lint import STUDY_RULES
from anagen.evidence.studies import load_studies, load_study
from anagen.files import data_path


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
    part, whole = planted_study("Part2030"), planted_study("Whole2031")
    whole["overlaps"] = [{"study": "Part2030", "kind": "component", "text": "contains it"}]
    for study in (part, whole):
        write_study(tmp_path, study)
    studies = [load_study(p) for p in sorted(tmp_path.glob("*.yaml"))]
    found = [str(p) for p in problems_between(studies)]
    assert any("component Part2030" in p for p in found)


def test_unknown_overlap_is_refused(tmp_path):
    study = planted_study()
    study["overlaps"] = [{"study": "Olsen202", "kind": "context", "text": "?"}]
    path = write_study(tmp_path, study)
    studies = [*load_studies(), load_study(path)]
    found = [str(p) for p in problems_between(studies, {study["id"]: path})]
    assert any("did you mean 'Olsen2002'" in p for p in found)
    assert all(str(path) in p for p in found)


def test_every_rule_says_what_it_checks():
    for rule in (*STUDY_RULES, *BASE_RULES):
        assert rule.__doc__


def test_exosome_and_secretome_studies_carry_a_passport():
    for study in load_studies():
        given = {t for arm in study.arms for t in (arm.therapy, *arm.cotherapy)}
        if given & {"exosome", "secretome"}:
            assert study.passport is not None


SHIPPED = [
    *(data_path(f"{name}.yaml") for name in
      ("regulation", "claims", "methods", "forbidden_wording", "vocabulary")),
    data_path("references.bib"),
    *sorted(data_path("parameters").glob("*.csv")),
    data_path("studies", "Amini2025.yaml"),
]  # fmt: skip


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_every_kind_of_shipped_file_can_be_checked_where_it_is(path, anagen):
    assert anagen("check", path) == (0, "1 file: nothing to mend\n", "")


@pytest.mark.parametrize(
    "path", [p for p in SHIPPED if p.parent.name != "studies"], ids=lambda path: path.name
)
def test_a_copy_can_be_checked_under_any_name(path, anagen, tmp_path):
    copy = shutil.copy(path, tmp_path / f"other{path.suffix}")
    assert anagen("check", copy).code == 0


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("regulation.yaml", "\nentries:", "\nentires:", "did you mean 'entries'"),
        ("regulation.yaml", "status: not_approved", "status: not_aproved",
         "unknown status 'not_aproved'; did you mean 'not_approved'"),
        ("claims.yaml", "\nclaims:", "\nclams:", "unknown key 'clams'; did you mean 'claims'"),
        ("claims.yaml", "outcomes: [density]", "outcomes: [densty]",
         "unknown outcome or family 'densty'; did you mean 'density'"),
        ("claims.yaml", "weeks: [4, 8]", "weeks: [4]", "at least 2 items"),
        ("claims.yaml", "id: minoxidil_2", "id: minoxidil_5", "'minoxidil_5' is there twice"),
        ("methods.yaml", "\nmethods:", "\nmetods:", "unknown key 'metods'; did you mean 'methods'"),
        ("methods.yaml", "answer: true}", "answer: yes}", "true or false is needed"),
        ("forbidden_wording.yaml", "pattern: 'works?", "pattern: '(works?",
         "not a regular expression"),
        ("vocabulary.yaml", "better: up", "better: upp", "unknown better 'upp'; did you mean 'up'"),
        ("vocabulary.yaml", "range: [0, 500]", "range: [500, 0]", "the lower first"),
        ("vocabulary.yaml", "exosome: {label: exosome,", "exosome: {lable: exosome,",
         "therapy.exosome: the label is missing"),
        ("references.bib", "  title =", "  titel =", "unknown field 'titel'; did you mean 'title'"),
    ],
)  # fmt: skip
def test_a_slip_in_a_copy_is_named(name, old, new, said, anagen, tmp_path):
    text = data_path(name).read_text("utf-8")
    assert old in text
    path = tmp_path / name
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    ran = anagen("check", path)
    assert ran.code == 2
    assert said in ran.err
    assert len(ran.err.strip().splitlines()) == 1


def test_a_synonym_stands_for_one_word(anagen, tmp_path):
    text = data_path("vocabulary.yaml").read_text("utf-8")
    path = tmp_path / "words.yaml"
    path.write_text(text.replace("synonyms: [5ari]", "synonyms: [placebo]"), encoding="utf-8")
    assert "'placebo' also stands for five_alpha_reductase_inhibitor" in anagen("check", path).err


def test_a_copy_of_a_shipped_study_is_there_twice(anagen, tmp_path):
    copy = shutil.copy(data_path("studies", "Amini2025.yaml"), tmp_path / "Amini2025.yaml")
    ran = anagen("check", copy)
    assert ran.code == 2
    assert "the study 'Amini2025' is there twice" in ran.err


def test_given_files_may_name_each_other(anagen, tmp_path):
    a, b = planted_study("A2030"), planted_study("B2030")
    a["overlaps"] = [{"study": "B2030", "kind": "context", "text": "same group"}]
    paths = [write_study(tmp_path, s) for s in (a, b)]
    assert anagen("check", *paths) == (0, "2 files: nothing to mend\n", "")
    assert "unknown study 'B2030'" in anagen("check", paths[0]).err


def test_one_broken_file_does_not_hide_the_next(tmp_path):
    bad = tmp_path / "Bad.yaml"
    bad.write_text("id: [\n")
    late = planted_study()
    late["results"][0]["sd"] = -1.0
    found = [str(p) for p in check_files([bad, bad, write_study(tmp_path, late)])]
    assert len(found) == 2
    assert "not valid YAML" in found[0]
    assert "negative" in found[1]


@pytest.fixture
def base(tmp_path, monkeypatch):
    """A copy of everything that ships, to break."""
    root = tmp_path / "data"
    shutil.copytree(data_path(), root)

    def where(*parts):
        return root.joinpath(*parts)

    from anagen import citations, files, parameters, vocabulary
    from anagen.evidence import claims, double_counting, regulation, studies
    from anagen.report import references, wording

    made = [citations, parameters, vocabulary, claims, double_counting, regulation, studies,
            references, wording, checks]  # fmt: skip
    for module in [files, *made]:
        monkeypatch.setattr(module, "data_path", where)
    kept = [citations.load_references, parameters._shipped, parameters._sources,
            vocabulary.vocabulary, vocabulary.words, claims.load_claims,
            regulation.load_regulation, studies._shipped, references.load_methods,
            wording._patterns]  # fmt: skip
    for one in kept:
        one.cache_clear()
    yield root
    for one in kept:
        one.cache_clear()


def _broken(root, name, old, new):
    path = root / name
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_an_unbroken_copy_is_clean(base):
    assert [str(p) for p in check_base()] == []


def test_every_broken_part_is_named_and_the_others_still_run(base):
    breaks = [
        ("regulation.yaml", "status: not_approved", "status: aproved", "unknown status 'aproved'"),
        ("parameters/skin.csv", ",mm,", ",mmm,", "unknown unit 'mmm'"),
        ("methods.yaml", "hanley1983", "hanley1893", "unknown source 'hanley1893'"),
        ("forbidden_wording.yaml", "pattern: 'works?", "pattern: '(works?", "not a regular"),
        ("claims.yaml", "compare: [minoxidil_5]", "compare: [minoxidil_6]",
         "unknown comparator 'minoxidil_6'; did you mean 'minoxidil_5'"),
        ("claims.yaml", "see: [Sasaki2022]", "see: [Sasaki2202]", "unknown study 'Sasaki2202'"),
        ("studies/Amini2025.yaml", "sex: male", "sex: mail", "unknown sex 'mail'"),
    ]  # fmt: skip
    for name, old, new, _ in breaks:
        _broken(base, name, old, new)
    found = [str(p) for p in check_base()]
    for name, _, _, said in breaks:
        assert any(base.joinpath(name).name in p and said in p for p in found), (name, found)
    assert len(found) == len(set(found))
    assert found == [str(p) for p in check_base()]


def test_a_broken_vocabulary_is_one_problem(base):
    _broken(base, "vocabulary.yaml", "exosome: {label: exosome,", "exosome: {lable: exosome,")
    found = [str(p) for p in check_base()]
    assert len(found) == 1
    assert "vocabulary.yaml, therapy.exosome" in found[0]


def test_a_comparator_puts_a_question_that_can_be_put(base):
    _broken(base, "claims.yaml", "therapies: [finasteride]", "therapies: [finastride]")
    assert any("did you mean 'finasteride'" in str(p) for p in check_base())
