"""Each GRADE domain is lowered by its cause alone; a gain meets the control of its own route."""

from __future__ import annotations

import pytest
from conftest import planted_study
from hypothesis import given
from hypothesis import strategies as st

from anagen.evidence.certainty import LADDER, certainty
from anagen.evidence.changes import changes
from anagen.evidence.control_response import control_responses, matched_control
from anagen.evidence.pools import contradictions, make_pools
from anagen.evidence.selection import Question, find
from anagen.evidence.studies import load_studies
from anagen.evidence.study import Study
from anagen.verdict.bodies import primary

QUESTION = Question(therapies=("exosome",), conditions=("androgenetic_alopecia", "healthy"),
                    outcomes=("density",))  # fmt: skip


def graded(*studies):
    found = find(QUESTION, [Study.model_validate(s) for s in studies])
    return certainty(QUESTION, found, primary(QUESTION, make_pools(found.controlled)))


def domains(sure):
    return {d.domain: d.steps for d in sure.downgrades}


def three(**change):
    studies = [planted_study(f"P{y}", gain=30.0) for y in (2030, 2031, 2032)]
    for study in studies:
        for key, value in change.items():
            study[key] = value
    return studies


def test_three_good_trials_are_of_high_certainty():
    assert graded(*three()).level == "high"
    assert domains(graded(*three())) == {}


def test_no_study_is_no_evidence():
    assert graded().level == "no evidence"


@pytest.mark.parametrize(
    ("worst", "steps"), [("low", 0), ("some_concerns", 1), ("no_information", 1), ("high", 2)]
)
def test_risk_of_bias(worst, steps):
    studies = three()
    for study in studies:
        study["risk_of_bias"][0]["domains"]["measurement"]["judgement"] = worst
    assert domains(graded(*studies)).get("risk of bias", 0) == steps


def test_one_bad_trial_of_three_costs_one_level():
    studies = three()
    studies[0]["risk_of_bias"][0]["domains"]["measurement"]["judgement"] = "high"
    sure = graded(*studies)
    assert domains(sure) == {"risk of bias": 1}
    assert "P2030: high" in sure.downgrades[0].reason


def test_trials_that_differ_cost_consistency():
    studies = [planted_study(f"P{i}", gain=g) for i, g in enumerate((5.0, 30.0, 80.0))]
    assert domains(graded(*studies))["inconsistency"] == 1


@pytest.mark.parametrize("source", ["plant", "animal", "unknown"])
def test_vesicles_that_are_not_of_human_cells_are_indirect(source):
    studies = three()
    for study in studies:
        study["arms"][0]["source"] = source
    assert domains(graded(*studies)) == {"indirectness": 1}


def test_people_without_hair_loss_are_indirect():
    studies = three()
    for study in studies:
        study["population"]["diagnosis"] = "healthy"
    assert domains(graded(*studies)) == {"indirectness": 1}


def test_a_count_on_an_unknown_area_is_indirect_and_unpoolable():
    studies = three()
    for study in studies:
        for result in study["results"]:
            result.update(outcome="hair_count", unit="hairs")
    lost = domains(graded(*studies))
    assert lost["indirectness"] == 1
    assert "imprecision" in lost


@pytest.mark.parametrize(("about", "steps"), [([], 1), (["density_exosome"], 1), (["other"], 0)])
def test_what_came_with_the_product_confounds_only_its_results(about, steps):
    studies = three()
    for study in studies:
        study["remarks"] = [{"kind": "confounded", "text": "mixture", "results": about}]
    assert domains(graded(*studies)).get("indirectness", 0) == steps


@pytest.mark.parametrize(("paid", "steps"), [("industry", 1), ("public", 0), ("mixed", 0)])
def test_only_industry_is_a_suspicion(paid, steps):
    sure = graded(*three(funding={"kind": paid}))
    assert domains(sure).get("publication bias", 0) == steps


@pytest.mark.parametrize(
    ("control", "status", "posted", "steps"),
    [("vehicle", "completed", False, 1), ("vehicle", "completed", True, 0),
     ("vehicle", "ongoing", False, 0), ("prp", "completed", False, 0)],
)  # fmt: skip
def test_a_silent_trial_counts_if_it_isolates_the_therapy(control, status, posted, steps):
    silent = planted_study("Silent2033")
    silent.update(kind="registration", results=[], will_answer="it", risk_of_bias=[], registration={
        "ids": ["NCT00000000"], "status": status, "results_posted": posted})  # fmt: skip
    silent["arms"][1]["therapy"] = control
    assert domains(graded(*three(), silent)).get("publication bias", 0) == steps


def test_other_evidence_starts_low():
    studies = three()
    for study in studies:
        study["design"]["allocation"] = "non_randomised"
    assert graded(*studies).start == "low"


@given(sizes=st.lists(st.integers(5, 400), min_size=3, max_size=3))
def test_more_people_never_lower_the_certainty(sizes):
    small = [planted_study(f"P{i}", gain=30.0, n=n) for i, n in enumerate(sizes)]
    large = [planted_study(f"P{i}", gain=30.0, n=2 * n) for i, n in enumerate(sizes)]
    assert LADDER.index(graded(*large).level) >= LADDER.index(graded(*small).level)


@pytest.mark.parametrize(
    ("route", "cotherapy", "kind"),
    [("injection", [], "saline injection"), ("topical", [], "topical vehicle"),
     ("topical", ["microneedling"], "microneedling alone"),
     ("injection", ["microneedling"], "microneedling alone"), ("unknown", [], None)],
)  # fmt: skip
def test_an_uncontrolled_gain_is_set_beside_its_own_control(route, cotherapy, kind):
    gain = planted_study()
    gain["design"].update(allocation="single_arm", layout="one_group")
    gain["arms"] = [{**gain["arms"][0], "route": route, "cotherapy": cotherapy}]
    gain["results"] = gain["results"][:1]
    change = changes(Study.model_validate(gain))[0]
    match = matched_control(change, control_responses(load_studies()))
    assert (match.kind if match else None) == kind


def test_thickness_has_no_density_control():
    thick = planted_study()
    for result in thick["results"]:
        result.update(outcome="hair_diameter", unit="um", mean=5.0, sd=4.0)
    change = changes(Study.model_validate(thick))[0]
    assert matched_control(change, control_responses(load_studies())) is None


def test_a_control_of_unstated_route_is_shown_too():
    blank = planted_study()
    blank["arms"][1]["route"] = "unknown"
    kinds = [c.kind for c in control_responses([Study.model_validate(blank)])]
    assert kinds == ["vehicle, route not stated"]


@pytest.mark.parametrize("first", ["total_hair_density", "terminal_hair_density"])
def test_a_contradiction_is_found_whichever_outcome_comes_first(first):
    other = planted_study("Other2033", gain=-30.0)
    other["arms"][0]["route"] = other["arms"][1]["route"] = "topical"
    agree = [{**r, "id": f"{r['id']}_b", "mean": 30.0 if r["arm"] == "exosome" else 0.0,
              "outcome": "terminal_hair_density"} for r in other["results"]]  # fmt: skip
    parts = [other["results"], agree]
    one, two = parts if first == "total_hair_density" else parts[::-1]
    other["results"] = [*one, *two]
    found = find(QUESTION, [Study.model_validate(s) for s in (*three(), other)])
    pools = make_pools(found.controlled)
    assert [c.study.id for c in contradictions(pools[0], found.controlled)] == ["Other2033"]
