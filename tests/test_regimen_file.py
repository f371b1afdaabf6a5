"""Regimen files: what is given, what cannot be given, and what is unusual."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_patient_file import ANYTHING, refusal, written

from anagen.errors import InputError
from anagen.parameters import parameter
from anagen.regimen import (
    FINASTERIDE,
    PLACEBO,
    UNTREATED,
    Course,
    Needling,
    Regimen,
    Session,
    read_regimen,
)
from anagen.regimen.administration import administration
from anagen.regimen.tissue import wet_volume

EXAMPLES = Path(__file__).parents[1] / "examples" / "regimens"
WHOLE = """
schema = 1
[[course]]
therapy = "exosome"
source = "adipose_stem_cell"
route = "injection"
particles = 1e10
area_cm2 = 100
volume_ml_per_point = 0.05
spacing_mm = 10
depth_mm = 3
weeks = [0, 4, 8]
[[course]]
therapy = "prp"
route = "injection"
volume_ml_per_point = 0.1
platelet_fold = 4
weeks = [0, 4, 8]
[[course]]
therapy = "minoxidil"
route = "topical"
form = "solution"
strength_percent = 5
per_day = 2
start_week = 0
stop_week = 48
[[session]]
weeks = [0, 4, 8]
needling = { needle_mm = 0.5, density_per_cm2 = 200 }
massage = true
"""
INJECTED = {
    "therapy": "exosome", "source": "umbilical_stem_cell", "route": "injection", "particles": 1e10,
    "area_cm2": 100, "volume_ml_per_point": 0.05, "spacing_mm": 10, "depth_mm": 3,
    "weeks": [0, 4, 8],
}  # fmt: skip
LOTION = {"therapy": "minoxidil", "route": "topical", "strength_percent": 5}


def but(table, **changes):
    """``table`` with some values changed; None leaves a key out."""
    return {k: v for k, v in (table | changes).items() if v is not None}


# ---- what is given is what was written ---------------------------------------------------------


def test_every_field_is_kept_as_written(tmp_path):
    found = read_regimen(written(tmp_path, WHOLE))
    assert found.name == "someone"
    exosome, prp, minoxidil = found.courses
    assert exosome == Course(**INJECTED | {"source": "adipose_stem_cell"})
    assert exosome.session_days == prp.session_days == (0, 28, 56)
    assert (prp.spacing_mm, prp.depth_mm, prp.platelet_fold) == (10, 3, 4)
    assert prp.assumed == {"spacing_mm": 10, "depth_mm": 3}
    assert minoxidil.given(335)
    assert not minoxidil.given(336)
    needling = Needling(needle_mm=0.5, density_per_cm2=200)
    assert found.sessions == (Session(weeks=(0, 4, 8), needling=needling, massage=True),)
    assert found.needled == dict.fromkeys((0, 28, 56), needling)
    assert found.massaged == (0, 28, 56)


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.toml")), ids=lambda path: path.stem)
def test_an_example_goes_round_and_has_nothing_odd(path, anagen):
    option = read_regimen(path)
    courses = tuple(Course(**c.model_dump(exclude_unset=True)) for c in option.courses)
    again = Regimen(name=option.name, courses=courses, sessions=option.sessions)
    assert again == option
    assert hash(again) == hash(option)
    assert option.warnings == ()
    assert anagen("check", path).code == 0


def test_without_courses_a_person_is_untreated(tmp_path):
    path = written(tmp_path, 'schema = 1\nname = "untreated"\n')
    assert read_regimen(path) == UNTREATED


def test_the_options_of_old_are_as_they_were():
    assert UNTREATED.courses == ()
    assert (PLACEBO.courses[0].therapy, PLACEBO.courses[0].active) == ("vehicle", False)
    assert FINASTERIDE.courses[0] == Course(therapy="finasteride", mg_per_day=1)
    assert Course(therapy="placebo") == PLACEBO.courses[0]


def test_every_way_in_the_table_can_be_written():
    """The least that each way needs makes a course, and the table names fields that there are."""
    least = {
        "particles": 1e9, "area_cm2": 50, "volume_ml_per_point": 0.02, "ug_per_ml": 10,
        "ml_per_application": 1, "platelet_fold": 3, "strength_percent": 1, "mg_per_day": 1,
        "per_day": 0.5,
    }  # fmt: skip
    for therapy, routes in administration().ways.items():
        for route, way in routes.items():
            assert {*way.needs, *way.may, *way.most, *way.omitted} <= set(Course.model_fields)
            for timing in way.given:
                when = {"weeks": [0, 4]} if timing == "sessions" else {"stop_week": 4}
                needs = {name: least[name] for name in way.needs}
                course = Course(therapy=therapy, route=route, **needs, **when)
                assert course.timing == timing
                for name in way.needs:
                    with pytest.raises(InputError, match=f"needs more than 0 {name}; add it"):
                        Course(therapy=therapy, route=route, **but(needs, **{name: None}), **when)


# ---- when and how much -------------------------------------------------------------------------


def test_sessions_and_applications_are_counted():
    injected, lotion = Course(**INJECTED), Course(**but(LOTION, start_week=1, stop_week=3))
    assert injected.applications(364).sum() == 3
    assert np.flatnonzero(injected.applications(364)).tolist() == list(injected.session_days)
    assert lotion.applications(364).sum() == 2 * 14
    assert lotion.daily_mg(364).sum() == pytest.approx(2 * 14 * 50)  # 1 mL of 50 mg/mL each time
    assert lotion.assumed == {"per_day": 2, "ml_per_application": 1, "form": "solution"}
    assert FINASTERIDE.courses[0].daily_mg(10).tolist() == [1.0] * 10
    assert not PLACEBO.courses[0].daily_mg(10).any()
    assert not injected.daily_mg(10).any()
    assert [c.applications(70).tolist() for c in (injected, lotion)] == [
        [float(c.given(d)) * (c.per_day or 1) for d in range(70)] for c in (injected, lotion)
    ]


def test_a_shampoo_is_counted_by_the_week_and_rinsed():
    shampoo = Course(therapy="ketoconazole", route="topical", strength_percent=2, per_day=2 / 7)
    assert shampoo.applications(70).sum() == pytest.approx(20)
    assert shampoo.assumed == {}
    assert [c.rinsed for c in (shampoo, Course(**LOTION), PLACEBO.courses[0])] == [
        True, False, False,
    ]  # fmt: skip
    supplement = Course(therapy="nutrient_correction", stop_week=2)
    assert (supplement.route, supplement.applications(28).sum()) == ("oral", 14)


@given(particles=st.floats(1e6, 1e12), area=st.floats(2, 500), volume=st.floats(0.005, 0.15),
       spacing=st.floats(8, 14))  # fmt: skip
def test_particles_are_conserved(particles, area, volume, spacing):
    course = Course(**INJECTED | {"particles": particles, "area_cm2": area, "spacing_mm": spacing,
                                  "volume_ml_per_point": volume})  # fmt: skip
    points = course.points_per_cm2 * area
    assert course.particles_per_ml * points * volume == pytest.approx(particles)
    assert course.particles_per_cm2 * area == pytest.approx(particles)


def test_what_is_wet_is_the_sphere_of_the_table():
    # the radius that the table gives for the volume of the trials was computed from the same share
    volume, radius = (
        parameter(f"injection_{name}").value for name in ("volume_per_point", "wetted_radius")
    )
    assert wet_volume(volume) == pytest.approx(4 / 3 * math.pi * radius**3, rel=0.03)
    assert wet_volume(3 * volume) == pytest.approx(3 * wet_volume(volume))


def test_the_largest_volume_and_count_that_fit_are_taken():
    """Just below the limit of tissue and of packing is taken, just above is refused."""
    fits = 0.05 * 100 * parameter("scalp_thickness").value / wet_volume(0.05)
    Course(**INJECTED | {"volume_ml_per_point": 0.999 * fits})
    with pytest.raises(InputError, match=f"give at most {fits:.2g} mL"):
        Course(**INJECTED | {"volume_ml_per_point": 1.001 * fits})
    diameter = parameter("vesicle_diameter_generic").value * 1e-7
    packed = 0.05 * 100 * parameter("particle_packing_share").value / (math.pi / 6 * diameter**3)
    Course(**INJECTED | {"particles": 0.999 * packed})
    with pytest.raises(InputError, match="can be packed"):
        Course(**INJECTED | {"particles": 1.001 * packed})


# ---- what cannot be ----------------------------------------------------------------------------

TWICE = "overlaps course[0], also minoxidil (topical); join them, or end one first"
BROKEN = {
    "unknown key": (but(INJECTED, spacing=10), "unknown key 'spacing'; did you mean 'spacing_mm'?"),
    "unknown therapy": (but(INJECTED, therapy="exosme"), "did you mean 'exosome'?"),
    "therapy not simulated": (
        {"therapy": "vitamins"},
        "therapy: 'vitamins' is not simulated yet; allowed: baricitinib, dutasteride, exosome, fin",
    ),
    "needling as a course": (
        {"therapy": "microneedling"},
        "therapy: microneedling is no course but a session; write [[session]]",
    ),
    "untreated as a course": ({"therapy": "untreated"}, "untreated is an arm without courses"),
    "no route": (but(INJECTED, route=None), "route: this key is missing; allowed for exosome: inj"),
    "oral exosomes": (
        but(INJECTED, route="oral"),
        "route: unknown route of exosome 'oral'; allowed: injection, topical",
    ),
    "wrong type": (but(INJECTED, particles="1e10"), "particles: a number is needed without unit"),
    "list for a number": (but(INJECTED, particles=[1e10]), "particles: "),
    "word for a list": (but(INJECTED, weeks=4), "weeks: a list is needed, as [a, b] (given: 4)"),
    "no number": (but(INJECTED, particles=math.nan), "particles: must be a finite number"),
    "endless": (but(INJECTED, area_cm2=math.inf), "area_cm2: must be a finite number"),
    "endless week": (but(INJECTED, weeks=[0, math.inf]), "weeks[1]: must be a finite number"),
    "negative week": (but(INJECTED, weeks=[-4, 0]), "weeks: must lie between 0 and 5200 (week)"),
    "week twice": (but(INJECTED, weeks=[0, 4, 4]), "weeks: must go up, each once, as [0, 4, 8]"),
    "weeks unsorted": (but(INJECTED, weeks=[4, 0]), "weeks: must go up, each once"),
    "two sessions a day": (but(INJECTED, weeks=[0, 0.01]), "weeks: must go up, each once"),
    "no weeks": (
        but(INJECTED, weeks=None),
        "weeks: exosome (injection) is given in sessions; write their weeks",
    ),
    "daily drug in weeks": (
        but(LOTION, weeks=[0, 4]),
        "weeks: minoxidil (topical) is given daily; write start_week and stop_week for weeks",
    ),
    "session with a stop": (but(INJECTED, stop_week=8), "stop_week: does not belong to exosome"),
    "no dose": (but(INJECTED, particles=None), "particles: exosome (injection) needs more than 0"),
    "no strength": (
        {"therapy": "minoxidil", "route": "topical"},
        "strength_percent: minoxidil (topical) needs more than 0 strength_percent; add it",
    ),
    "no tablet": ({"therapy": "finasteride"}, "mg_per_day: finasteride (oral) needs more than 0"),
    "spacing without volume": (
        but(INJECTED, volume_ml_per_point=None),
        "volume_ml_per_point: exosome (injection) needs more than 0 volume_ml_per_point; add it",
    ),
    "tablet of a lotion": (but(LOTION, mg_per_day=5), "mg_per_day: does not belong to minoxidil"),
    "drug in a vehicle": (
        {"therapy": "vehicle", "mg_per_day": 1},
        "mg_per_day: vehicle holds no drug; remove it (given: 1.0)",
    ),
    "particles in a vehicle": (
        but(INJECTED, therapy="vehicle"),
        "vehicle holds no drug; remove it",
    ),
    "more than was studied": (
        {"therapy": "finasteride", "mg_per_day": 50},
        "mg_per_day: must be at most 5 for finasteride (oral) (given: 50); more is not simulated",
    ),
    "more baricitinib than was studied": (
        {"therapy": "baricitinib", "mg_per_day": 12},
        "mg_per_day: must be at most 10 for baricitinib (oral) (given: 12); more is not simulated",
    ),
    "a shampoo by mouth": (
        {"therapy": "ketoconazole", "mg_per_day": 200},
        "route: this key is missing; allowed for ketoconazole: topical",
    ),
    "a shampoo without a frequency": (
        {"therapy": "ketoconazole", "route": "topical", "strength_percent": 2},
        "per_day: ketoconazole (topical) needs more than 0 per_day; add it",
    ),
    "a dose of what corrects": (
        {"therapy": "nutrient_correction", "mg_per_day": 60},
        "mg_per_day: does not belong to nutrient_correction (oral) given daily; remove it",
    ),
    "never": (but(LOTION, per_day=0), "per_day: must lie between 0.1 and 24 (1/day); given: 0"),
    "stop before start": (
        but(LOTION, start_week=8, stop_week=4),
        "start_week: must be 0 or more and before week 4 (given: 8)",
    ),
    "outside the scalp": (
        but(INJECTED, depth_mm=9),
        "depth_mm: must lie above 0 and at most 5.5 mm, the thickness of the scalp (given: 9)",
    ),
    "above the skin": (but(INJECTED, depth_mm=0), "depth_mm: must lie above 0 and at most 5.5 mm"),
    "too much for its cell": (
        but(INJECTED, volume_ml_per_point=0.5),
        "volume_ml_per_point: 0.5 mL wets 1000 mm3 of skin, more than the 550 mm3 under its cell",
    ),
    "smaller than a cell": (
        but(INJECTED, area_cm2=0.5),
        "area_cm2: 0.5 cm2 is smaller than one cell of the grid, 1 cm2; give a larger area",
    ),
    "more than can be packed": (
        but(INJECTED, particles=1e16),
        "particles: makes 2e+15 particles per mL, more than the 7.1e+14 that can be packed",
    ),
    "cargo that is no drug": (
        but(INJECTED, cargo={"therapy": "prp", "mg": 1}),
        "cargo: unknown cargo 'prp'; allowed: dutasteride, finasteride, minoxidil",
    ),
    "unknown form": (
        but(LOTION, form="fom"),
        "form: unknown formulation 'fom'; did you mean 'foam'?",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_course_that_cannot_be_is_one_sentence(name):
    table, sentence = BROKEN[name]
    with pytest.raises(InputError) as error:
        Course(**table)
    assert sentence in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        ({"needling": {"needle_mm": 0.5}}, "weeks: this key is missing; add it"),
        ({"weeks": [], "massage": True}, "weeks: is empty; write the weeks of the sessions"),
        ({"weeks": [0, 4]}, "nothing is done in it; add needling, massage or numbing"),
        ({"weeks": [4, 0], "massage": True}, "weeks: must go up, each once"),
        ({"weeks": [0], "needling": {"needle_mm": 9}}, "needling: needle_mm must lie above 0 and"),
        ({"weeks": [0], "needling": {"needle": 1}}, "unknown key 'needle'; did you mean 'needle_"),
        ({"weeks": [0], "needling": 1.5}, "needling: a table is needed, as { key = value }"),
        ({"weeks": [0], "massage": 1}, "massage: true or false is needed (given: 1)"),
        ({"weeks": [0], "numbing": "creme"}, "numbing: unknown numbing 'creme'; did you mean"),
    ],
)
def test_a_session_that_cannot_be_is_one_sentence(table, sentence):
    with pytest.raises(InputError) as error:
        Session(**table)
    assert sentence in str(error.value)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (WHOLE.replace("per_day = 2", "per_day = "), "line 24: not valid TOML: Invalid value"),
        (WHOLE.replace("schema = 1", ""), "schema: this key is missing; begin the file with"),
        (WHOLE.replace("schema = 1", "schema = 3"), "schema: unknown schema '3'; allowed: 1"),
        (WHOLE.replace("[[course]]", "[[corse]]"), "unknown key 'corse'; did you mean 'course'?"),
        (WHOLE.replace("platelet_fold = 4", ""), "course[1].platelet_fold: prp (injection) needs"),
        (WHOLE.replace("needle_mm = 0.5", "needle_mm = -1"), "session[0].needling: needle_mm must"),
        ('schema = 1\n[course]\ntherapy = "prp"\n', "course: tables are needed, each under [[cou"),
        (
            "schema = 1\ncourse = [3]\n",
            "course[0]: a table is needed, under [course[0]] (given: 3)",
        ),
        ("schema = 1\nname = 3\n[[session]]\nweeks = [0]\nmassage = true\n", "name: a text is nee"),
        ('schema = 1\nname = " "\n', "name: is empty; give the option a name"),
    ],
)
def test_a_broken_file_is_named_with_its_line_or_field(text, sentence, tmp_path, anagen):
    path = written(tmp_path, text)
    with pytest.raises(InputError) as error:
        read_regimen(path)
    assert str(error.value).startswith(str(path))
    assert sentence in str(error.value)
    assert anagen("check", path) == (2, "", f"error: {error.value}\n")


def test_courses_that_overlap_are_refused_and_others_are_not():
    def option(*tables, **sessions):
        return Regimen(name="x", courses=[Course(**t) for t in tables], **sessions)

    early, late = but(LOTION, stop_week=8), but(LOTION, start_week=8)
    assert len(option(early, late).courses) == 2
    with pytest.raises(InputError) as error:
        option(LOTION, late)
    assert str(error.value) == f"course[1]: {TWICE}"
    option(INJECTED, but(INJECTED, weeks=[2, 6]))
    with pytest.raises(InputError, match=r"course\[1\]: overlaps course\[0\]"):
        option(INJECTED, but(INJECTED, weeks=[2, 8]))
    serum = {"therapy": "secretome", "route": "topical", "ug_per_ml": 10, "ml_per_application": 1,
             "area_cm2": 100}  # fmt: skip
    option(but(serum, stop_week=4), but(serum, weeks=[4]))
    with pytest.raises(InputError, match="overlaps"):
        option(but(serum, stop_week=4), but(serum, weeks=[3]))
    option(LOTION, {"therapy": "minoxidil", "route": "oral", "mg_per_day": 1})
    one = Session(weeks=[0, 4], massage=True)
    two = Session(weeks=[2, 4], numbing="cream")
    with pytest.raises(InputError, match=r"session\[1\]: week 4 also has session\[0\]; join them"):
        Regimen(name="x", sessions=[one, two])


# ---- what is unusual ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (but(INJECTED, spacing_mm=20), "spacing_mm: 20 is unusual; 5 to 15 is usual (injection_sp"),
        (but(INJECTED, depth_mm=4.5), "depth_mm: 4.5 is unusual; 1 to 4 is usual"),
        (but(INJECTED, volume_ml_per_point=0.15), "volume_ml_per_point: 0.15 is unusual"),
        (but(INJECTED, particles=1e13), "particles_per_cm2: 1e+11 is unusual; 1e+08 to 1e+10"),
        (but(INJECTED, weeks=list(range(13))), "sessions: 13 is unusual; up to 12 is usual"),
        (but(INJECTED, source=None), "source: not given; taken as unknown"),
        (but(INJECTED, depth_mm=None), "depth_mm: not given; taken as 3"),
        (
            {"therapy": "minoxidil", "mg_per_day": 7.5},
            "mg_per_day: 7.5 is unusual; up to 5 is usual (minoxidil_oral_dose_usual)",
        ),
        (
            {"therapy": "baricitinib", "mg_per_day": 8},
            "mg_per_day: 8 is unusual; up to 4 is usual (baricitinib_dose_usual)",
        ),
        (
            {"therapy": "ritlecitinib", "mg_per_day": 200},
            "mg_per_day: 200 is unusual; up to 50 is usual (ritlecitinib_dose_usual)",
        ),
        (
            {"therapy": "prp", "route": "injection", "volume_ml_per_point": 0.1, "weeks": [0],
             "platelet_fold": 12},
            "platelet_fold: 12 is unusual; 2 to 9 is usual",
        ),
    ],
)  # fmt: skip
def test_an_unusual_course_is_taken_and_said(table, said):
    option = Regimen(name="x", courses=[Course(**table)])
    assert any(warning.startswith(f"course[0].{said}") for warning in option.warnings)
    assert Regimen(name="x", courses=[Course(**INJECTED)]).warnings == ()


def test_an_unusual_session_is_taken_and_said():
    session = Session(weeks=[0], needling={"needle_mm": 3}, numbing="injection")
    said = Regimen(name="x", sessions=[session]).warnings
    assert [warning.split(";")[0] for warning in said] == [
        "session[0].needle_mm: 3 is unusual",
        "session[0].density_per_cm2: not given",
        "session[0].numbing: injection is recorded",
    ]


def test_particles_on_intact_skin_are_said_to_stay_there():
    lotion = Course(therapy="exosome", route="topical", source="plant", particles=1e10,
                    area_cm2=100, weeks=[0, 4])  # fmt: skip
    once = Session(weeks=[0], needling={"needle_mm": 0.5, "density_per_cm2": 200})
    both = Session(weeks=[0, 4], needling={"needle_mm": 0.5, "density_per_cm2": 200})
    said = [
        Regimen(name="x", courses=[lotion], sessions=s).warnings for s in ((), (once,), (both,))
    ]
    assert "no needling in week 0; intact skin lets almost no exosome" in said[0][0]
    assert "no needling in week 4" in said[1][0]
    assert said[2] == ()


# ---- anything at all either reads or is an InputError -------------------------------------------


@given(st.dictionaries(st.sampled_from(sorted(Course.model_fields)), ANYTHING, max_size=4))
def test_any_course_is_read_or_refused(changes):
    for whole in (INJECTED, LOTION, {}):
        sentence = refusal(Course, whole | changes)
        if sentence is None:
            course = Course(**whole | changes)
            assert isinstance(hash(course), int)
            assert course.applications(30).shape == (30,)
            assert isinstance(course.warnings, tuple)
        else:
            assert "\n" not in sentence


@given(st.dictionaries(st.sampled_from(sorted(Session.model_fields)), ANYTHING, max_size=3))
def test_any_session_is_read_or_refused(changes):
    sentence = refusal(Session, {"weeks": [0]} | changes)
    assert sentence is None or "\n" not in sentence


@given(text=st.text(max_size=60))
def test_any_text_is_read_or_refused(text, tmp_path_factory):
    path = tmp_path_factory.getbasetemp() / "any.toml"
    path.write_text(f"schema = 1\n{text}", encoding="utf-8")
    sentence = refusal(read_regimen, {"path": path})
    assert sentence is None or sentence.startswith(str(path))
