"""A contrast is what a therapy adds: shifts cancel, scales carry over, people are counted once."""

from __future__ import annotations

import copy

import pytest
from conftest import planted_study
from hypothesis import given
from hypothesis import strategies as st

from anagen.evidence.changes import changes
from anagen.evidence.contrasts import contrasts, control_kind, isolated_by, treatments
from anagen.evidence.counting import once, participants, people_in
from anagen.evidence.pools import alike, combined, last_visit, make_pools
from anagen.evidence.significance import says
from anagen.evidence.study import Arm, Study

means = st.floats(-50, 50)
spreads = st.floats(0.5, 40)
sizes = st.integers(3, 300)


def built(study) -> Study:
    return Study.model_validate(study)


def only(study):
    found = contrasts(built(study))
    assert len(found) == 1
    return found[0]


def arm(therapy, route="injection", *cotherapy):
    return Arm(id="a", label="a", role="control", therapy=therapy, route=route,
               cotherapy=list(cotherapy))  # fmt: skip


@given(gain=means, sd=spreads, n=sizes)
def test_difference_and_variance_of_two_arms(gain, sd, n):
    """d = gain, v = sd^2/n + sd^2/n."""
    c = only(planted_study(gain=gain, sd=sd, n=n))
    assert c.estimate == pytest.approx(gain, abs=1e-9)
    assert c.variance == pytest.approx(2 * sd**2 / n)
    assert c.n == 2 * n


@given(shift=means)
def test_what_both_arms_share_cancels(shift):
    study = planted_study()
    for result in study["results"]:
        result["mean"] += shift
    assert only(study).estimate == pytest.approx(12.0)


@given(area=st.floats(0.2, 10))
def test_a_count_on_an_area_is_a_density(area):
    counted = planted_study()
    for result in counted["results"]:
        result.update(unit="hairs", area_cm2=area, mean=result["mean"] * area,
                      sd=result["sd"] * area)  # fmt: skip
    one, two = only(planted_study()), only(counted)
    assert two.unit == "hairs/cm2"
    assert two.estimate == pytest.approx(one.estimate)
    assert two.variance == pytest.approx(one.variance)


def test_standard_error_and_standard_deviation_say_the_same():
    study = planted_study(n=100)
    for result in study["results"]:
        result["se"] = result.pop("sd") / 10.0
    assert only(study).variance == pytest.approx(only(planted_study(n=100)).variance)


def test_levels_give_the_gain_but_no_spread():
    study = planted_study()
    levels = []
    for result in study["results"]:
        base = {**result, "id": f"{result['id']}_w0", "week": 0, "statistic": "value",
                "mean": 100.0}  # fmt: skip
        levels += [base, {**result, "statistic": "value", "mean": 100.0 + result["mean"]}]
    study["results"] = levels
    c = only(study)
    assert c.estimate == pytest.approx(12.0)
    assert c.variance is None
    assert "standard deviation" in c.obstacle


def test_a_printed_difference_comes_before_the_arms_difference():
    study = planted_study()
    study["results"].append({**study["results"][0], "id": "diff", "versus": "saline", "mean": 11.0,
                             "statistic": "difference", "ci": [7.0, 15.0]})  # fmt: skip
    del study["results"][-1]["sd"]
    c = only(study)
    assert c.estimate == 11.0
    assert c.variance == pytest.approx((8.0 / (2 * 1.959964)) ** 2, rel=1e-6)


def test_unseen_control_is_a_contrast_without_a_value():
    study = planted_study()
    del study["results"][1]
    c = only(study)
    assert c.estimate is None
    assert c.obstacle == "the control arm's value was not seen"


@pytest.mark.parametrize(
    ("control", "kind"),
    [(arm("vehicle", "topical"), "topical vehicle"), (arm("vehicle"), "saline injection"),
     (arm("vehicle", "oral"), "oral placebo"), (arm("untreated", "none"), "no treatment"),
     (arm("microneedling", "device"), "microneedling alone"),
     (arm("vehicle", "topical", "microneedling"), "microneedling alone"),
     (arm("vehicle", "injection", "minoxidil"), "saline injection with minoxidil"),
     (arm("minoxidil", "topical"), "minoxidil")],
)  # fmt: skip
def test_what_a_control_is_given(control, kind):
    assert control_kind(control) == kind


def test_what_a_contrast_isolates():
    exosome = arm("exosome", "injection", "minoxidil")
    assert treatments(arm("vehicle")) == frozenset()
    assert isolated_by(exosome, arm("minoxidil")) == {"exosome"}
    assert isolated_by(exosome, arm("vehicle")) == {"exosome", "minoxidil"}
    assert isolated_by(exosome, arm("untreated", "none")) == {"exosome", "minoxidil", "vehicle"}


def test_the_last_visit_within_a_year_is_pooled():
    study = planted_study()
    study["results"] = [{**r, "id": f"{r['id']}_w{week}", "week": week, "mean": r["mean"] + week}
                        for r in study["results"] for week in (12, 48, 260)]  # fmt: skip
    assert [c.week for c in last_visit(contrasts(built(study)))] == [48]


@given(n=st.lists(sizes, min_size=2, max_size=4), gain=means)
def test_equal_arms_combine_to_one_larger_arm(n, gain):
    """k arms with the same gain are one arm of sum n people."""
    study = planted_study(gain=gain, n=50)
    first_arm, first = study["arms"][0], study["results"][0]
    study["arms"] = [{**first_arm, "id": f"a{i}", "n": size} for i, size in enumerate(n)]
    study["arms"].append(planted_study()["arms"][1] | {"n": 50})
    study["results"] = [{**first, "id": f"r{i}", "arm": f"a{i}"} for i in range(len(n))]
    study["results"].append(planted_study()["results"][1])
    whole = combined(contrasts(built(study)))
    assert whole.estimate == pytest.approx(gain, abs=1e-9)
    assert whole.variance == pytest.approx(400 / sum(n) + 400 / 50)
    assert whole.n == sum(n) + 50


def test_like_is_pooled_with_like():
    one, two = planted_study("One2030"), planted_study("Two2031")
    both = [c for s in (one, two) for c in contrasts(built(s))]
    assert alike(both[0]) == alike(both[1])
    assert [p.effect.k for p in make_pools(both)] == [2]
    two["arms"][0]["source"] = "plant"
    apart = [c for s in (one, two) for c in contrasts(built(s))]
    assert sorted(p.effect.k for p in make_pools(apart)) == [1, 1]


def test_a_pool_gives_way_to_its_components():
    parts = [planted_study(f"Part{y}", n=10) for y in (2030, 2031)]
    whole = planted_study("Whole2032", n=20)
    whole["overlaps"] = [{"study": p["id"], "kind": "component", "text": "part"} for p in parts]
    studies = [built(s) for s in (*parts, whole)]
    assert [s.id for s in once(studies)] == ["Part2030", "Part2031"]
    assert participants(studies) == 40
    for part in parts:  # parts that do not say how many they are give way to the whole
        del part["population"]["n"]
        for a in part["arms"]:
            del a["n"]
    studies = [built(s) for s in (*parts, whole)]
    assert participants(studies) == 40
    assert [s.id for s in once(studies)] == ["Whole2032"]


@given(order=st.permutations([0, 1, 2]))
def test_counting_does_not_depend_on_the_order(order):
    studies = [planted_study(f"S{i}", n=10 + i) for i in range(3)]
    studies[2]["overlaps"] = [{"study": "S0", "kind": "same_patients", "text": "same"}]
    made = [built(studies[i]) for i in order]
    assert {s.id for s in once(made)} == {"S0", "S1"}
    assert participants(made) == 20 + 22


def test_people_of_a_split_scalp_are_heads():
    split = planted_study(n=30)
    split["design"]["layout"] = "split_scalp"
    del split["population"]["n"]
    assert people_in(built(split)) == 30


@pytest.mark.parametrize(
    ("gain", "outcome", "said"),
    [(12.0, "total_hair_density", "better"), (-12.0, "total_hair_density", "worse"),
     (0.1, "total_hair_density", "no difference"), (12.0, "shed_hairs_per_day", "worse"),
     (-12.0, "shed_hairs_per_day", "better")],
)  # fmt: skip
def test_more_is_not_always_better(gain, outcome, said):
    study = planted_study(gain=gain)
    for result in study["results"]:
        result["outcome"] = outcome
        result["unit"] = "hairs/day" if outcome.startswith("shed") else "hairs/cm2"
    assert says(only(study)) == said


def test_changes_leave_the_study_as_it_is():
    study = planted_study()
    before = copy.deepcopy(study)
    changes(built(study))
    contrasts(built(study))
    assert study == before


def test_a_printed_p_gives_a_spread_where_none_was_seen():
    study = planted_study()
    for result in study["results"]:
        del result["sd"]
    study["results"][0]["p"] = {"printed": "<0.001", "against": "control"}
    c = only(study)
    assert c.variance == pytest.approx((12.0 / 3.290527) ** 2, rel=1e-6)
    assert c.poolable
    assert "printed p" in c.method


@pytest.mark.parametrize(
    ("printed", "against"), [(">0.05", "control"), ("<0.001", "baseline"), ("NS", "control")]
)
def test_other_p_values_give_no_spread(printed, against):
    study = planted_study()
    for result in study["results"]:
        del result["sd"]
    study["results"][0]["p"] = {"printed": printed, "against": against}
    assert only(study).variance is None


def test_a_direction_against_baseline_says_nothing_about_the_control():
    study = planted_study()
    for result in study["results"]:
        for key in ("mean", "sd"):
            del result[key]
        result.update(statistic="not_reached", direction="up",
                      p={"printed": "<0.05", "against": "baseline"})  # fmt: skip
    assert only(study).direction is None
    study["results"][0]["p"]["against"] = "control"
    assert only(study).direction == "up"
