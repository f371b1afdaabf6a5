"""The answer follows from the study files: planted truths come out, nothing else moves."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from conftest import planted_study, write_study

from anagen.evidence.printed_p import significant
from anagen.evidence.studies import load_studies
from anagen.evidence.table import table
from anagen.files import data_path
from anagen.report.figures import map_rows
from anagen.verdict import make_answer
from anagen.verdict.harms import upper_bound
from anagen.vocabulary import words

FROZEN = frozenset((Path(__file__).parent / "data" / "frozen_studies.txt").read_text().split())


def frozen(folder: Path | None = None):
    """The studies of the first release, whatever has been added since, and those of ``folder``."""
    own = {p.stem for p in folder.glob("*.yaml")} if folder else set()
    return [s for s in load_studies(folder) if s.id in FROZEN | own]


def answer_with(folder: Path, *planted):
    for study in planted:
        write_study(folder, study)
    return make_answer(frozen(folder if planted else None))


def row(answer, claim):
    return next(r for r in answer.claims if r.id == claim)


def test_every_claim_of_the_therapy_has_a_row(tmp_path):
    groups = {}
    for r in answer_with(tmp_path).claims:
        groups.setdefault(r.group, set()).add(r.id)
    assert len(groups["mechanism"]) >= 5
    assert {"pattern_hair_loss", "alopecia_areata", "stress_shedding", "ageing", "hormonal",
            "scalp_inflammation"} <= groups["indication"]  # fmt: skip
    assert len(groups["exclusion"]) == 3
    assert groups["timing"] == {"first_results", "fuller_hair"}
    assert groups["non-response"] == {"after_failed_minoxidil", "after_failed_prp"}
    assert {"by_injection", "by_needling", "by_lotion", "with_prp"} == groups["route"]
    assert groups["harm"] == {"safety"}


def test_today_no_claim_of_benefit_is_borne_out(tmp_path):
    answer = answer_with(tmp_path)
    assert {r.verdict for r in answer.claims} <= {
        "not_studied", "no_control", "not_shown", "harms_unknown", "exclusion_stands"}  # fmt: skip
    main = row(answer, "pattern_hair_loss")
    assert main.body.effect is None
    assert main.body.no_pool_reason
    assert main.body.certainty.level == "very low"
    assert main.body.controlled.ids == ["Amini2025"]


def test_planted_benefit_changes_the_verdict(tmp_path):
    answer = answer_with(
        tmp_path, *(planted_study(f"Planted{y}", gain=30.0) for y in (2030, 2031, 2032))
    )
    main = row(answer, "pattern_hair_loss")
    assert main.verdict in ("probably", "does")
    assert main.body.effect.estimate == pytest.approx(30.0)
    assert main.body.effect.low < 30.0 < main.body.effect.high
    assert main.body.effect.studies == ["Planted2030", "Planted2031", "Planted2032"]
    assert "In part" in answer.bottom_line[0]


def test_planted_null_is_told_as_no_effect_that_people_could_see(tmp_path):
    answer = answer_with(
        tmp_path, *(planted_study(f"Null{y}", gain=0.2) for y in (2030, 2031, 2032))
    )
    assert row(answer, "pattern_hair_loss").verdict == "no_visible_effect"
    vague = answer_with(
        tmp_path / "b",
        *(planted_study(f"Vague{y}", gain=0.2, sd=200.0) for y in (2030, 2031, 2032)),
    )
    assert row(vague, "pattern_hair_loss").verdict == "no_clear_effect"


def test_planted_small_gain_is_told_as_one_that_viewers_do_not_notice(tmp_path):
    tiny = [planted_study(f"Tiny{y}", gain=2.0, sd=5.0, n=500) for y in (2030, 2031, 2032)]
    main = row(answer_with(tmp_path, *tiny), "pattern_hair_loss")
    assert main.verdict in ("probably", "does")
    assert "that a viewer notices" in main.words


def test_a_significant_p_stays_significant(tmp_path):
    """Only '<0.05' is printed: the interval is as wide as that allows, and excludes no effect."""
    study = planted_study(gain=30.0, n=1000)
    for result in study["results"]:
        del result["sd"]
    study["results"][0]["p"] = {"printed": "<0.05", "against": "control"}
    effect = row(answer_with(tmp_path, study), "pattern_hair_loss").body.effect
    assert effect.bounded
    assert 0 < effect.low < 1
    assert "at most this wide" in row(answer_with(tmp_path, study), "pattern_hair_loss").words


def test_trials_are_not_chosen_by_their_p(tmp_path):
    """An exact p of any size gives a spread, so a trial without effect stays in the pool."""
    studies = []
    for name, gain, p in (("Yes2030", 30.0, "0.001"), ("No2031", 2.0, "0.60")):
        study = planted_study(name, gain=gain)
        for result in study["results"]:
            del result["sd"]
        study["results"][0]["p"] = {"printed": p, "against": "control"}
        studies.append(study)
    effect = row(answer_with(tmp_path, *studies), "pattern_hair_loss").body.effect
    assert effect.studies == ["No2031", "Yes2030"]
    assert effect.estimate < 30.0


def test_a_tiny_opposite_does_not_silence_large_trials(tmp_path):
    large = [planted_study(f"Large{y}", gain=30.0, n=500) for y in (2030, 2031, 2032)]
    tiny = planted_study("Tiny2033", gain=-30.0, sd=5.0, n=4)
    for arm in tiny["arms"]:
        arm["route"] = "topical"
    main = row(answer_with(tmp_path, *large, tiny), "pattern_hair_loss")
    assert main.body.effect.estimate == pytest.approx(30.0)
    assert "Tiny2033" in main.words


def test_two_controls_in_one_study_count_nobody_twice(tmp_path):
    study = planted_study(n=20)
    study["arms"].append({**study["arms"][1], "id": "saline_b"})
    study["results"].append({**study["results"][1], "id": "density_b", "arm": "saline_b"})
    study["population"]["n"] = 60
    body = row(answer_with(tmp_path, study), "women").body
    assert body.controlled.participants == 60
    assert body.effect is None
    assert "cannot be combined" in body.no_pool_reason


def test_planted_opposites_lead_to_no_verdict(tmp_path):
    up, down = planted_study("Up2030", gain=30.0), planted_study("Down2031", gain=-30.0)
    for arm in down["arms"]:
        arm["route"] = "topical"
    main = row(answer_with(tmp_path, up, down), "pattern_hair_loss")
    assert main.verdict == "not_shown"
    assert main.body.no_pool_reason == "trials point in opposite directions"


def test_a_part_of_a_claim_is_never_surer_than_the_whole(tmp_path):
    women = [planted_study(f"Women{y}", gain=30.0) for y in (2030, 2031, 2032)]
    men = [planted_study(f"Men{y}", gain=-1.0, sd=5.0, n=2000) for y in (2033, 2034, 2035)]
    for study in men:
        study["population"]["sex"] = "male"
    answer = answer_with(tmp_path, *women, *men)
    strength = ["not_shown", "may", "probably", "does"]
    whole, part = row(answer, "pattern_hair_loss").verdict, row(answer, "women").verdict
    assert whole not in strength or strength.index(part) <= strength.index(whole)


def test_planted_harm_points_the_other_way(tmp_path):
    answer = answer_with(
        tmp_path, *(planted_study(f"Loss{y}", gain=-30.0) for y in (2030, 2031, 2032))
    )
    assert row(answer, "pattern_hair_loss").verdict == "works_against"


def test_one_planted_trial_is_told_as_one_trial(tmp_path):
    main = row(answer_with(tmp_path, planted_study(n=40)), "pattern_hair_loss")
    assert main.body.effect.k == 1
    assert "only one comparison" in main.body.no_pool_reason
    assert "one trial, Planted2030" in main.controlled_words
    assert main.verdict == "not_shown"  # 80 people, and completed trials that stay silent
    assert {r.study for r in main.body.readings} == {"Amini2025", "Planted2030"}


def test_one_large_trial_counts_for_more_than_one_small(tmp_path):
    ladder = ["very low", "low", "moderate", "high"]
    levels = [ladder.index(row(answer_with(tmp_path / str(n), planted_study(n=n)), "women")
                           .body.certainty.level) for n in (20, 100, 1000)]  # fmt: skip
    assert levels == sorted(levels)
    assert levels[0] < levels[2]


def test_a_contradicting_trial_is_named_and_lowers_the_certainty(tmp_path):
    agree = [planted_study(f"Planted{y}", gain=30.0) for y in (2030, 2031)]
    null = planted_study("Null2033", gain=0.0)
    for arm in null["arms"]:
        arm["route"] = "topical"
    alone = row(answer_with(tmp_path / "a", *agree), "pattern_hair_loss")
    beside = row(answer_with(tmp_path / "b", *agree, null), "pattern_hair_loss")
    assert not [d for d in alone.body.certainty.downgrades if d.domain == "inconsistency"]
    doubt = next(d for d in beside.body.certainty.downgrades if d.domain == "inconsistency")
    assert "Null2033: no difference" in doubt.reason
    assert "Null2033" in beside.controlled_words


def test_a_vague_trial_contradicts_nothing(tmp_path):
    agree = [planted_study(f"Planted{y}", gain=30.0) for y in (2030, 2031)]
    vague = planted_study("Vague2033", gain=25.0, n=6)
    for arm in vague["arms"]:
        arm["route"] = "topical"
    main = row(answer_with(tmp_path, *agree, vague), "pattern_hair_loss")
    assert not [d for d in main.body.certainty.downgrades if d.domain == "inconsistency"]


def test_randomised_evidence_leads(tmp_path):
    trial, loose = planted_study("Trial2030", gain=30.0), planted_study("Loose2031", gain=60.0)
    loose["design"]["allocation"] = "non_randomised"
    loose["risk_of_bias"] = [
        {
            "tool": "robins_i",
            "results": ["all"],
            "domains": {
                d: {"judgement": "moderate", "reason": "planted"} for d in words("robins_i")
            },
        }
    ]
    effect = row(answer_with(tmp_path, trial, loose), "pattern_hair_loss").body.effect
    assert effect.studies == ["Trial2030"]
    assert effect.randomised


@pytest.mark.parametrize(
    ("n", "studies", "steps"),
    [(4, 1, 3), (100, 1, 2), (1000, 1, 1), (10, 2, 3), (75, 2, 1), (1000, 3, 0)],
)
def test_few_people_and_few_trials_cost_certainty(n, studies, steps, tmp_path):
    planted = [planted_study(f"P{y}", gain=30.0, n=n) for y in range(2030, 2030 + studies)]
    body = row(answer_with(tmp_path, *planted), "pattern_hair_loss").body
    lost = [d.steps for d in body.certainty.downgrades if d.domain == "imprecision"]
    assert sum(lost) == steps


def test_unlike_questions_are_not_pooled(tmp_path):
    """Another source, control, route or diagnosis is another question."""
    for i, change in enumerate((
        lambda s: s["arms"][0].update(source="plant"),
        lambda s: [arm.update(route="topical") for arm in s["arms"]],
        lambda s: s["population"].update(diagnosis="healthy"),
        lambda s: [arm.update(cotherapy=["minoxidil"]) for arm in s["arms"]],
    )):  # fmt: skip
        other = planted_study("Other2031")
        change(other)
        body = make_answer(frozen(_two(tmp_path / str(i), other))).claims
        for r in body:
            for e in [r.body.effect, *r.body.other_effects]:
                assert e is None or not {"Planted2030", "Other2031"} <= set(e.studies)


def _two(folder, other):
    write_study(folder, planted_study())
    return write_study(folder, other).parent


def test_against_nothing_the_needle_is_part_of_the_difference(tmp_path):
    bare = planted_study()
    bare["arms"][1].update(therapy="untreated", route="none")
    main = row(answer_with(tmp_path, bare), "women")
    assert main.body.controlled.studies == 0
    assert main.body.compared.ids == ["Planted2030"]
    assert (
        "Only against another treatment, in a mixture or against nothing" in main.uncontrolled_words
    )


@pytest.mark.parametrize("layout", ["crossover", "split_scalp"])
def test_people_who_are_their_own_control_are_counted_once(layout, tmp_path):
    own = planted_study(n=20)
    own["design"]["layout"] = layout
    own["population"]["n"] = 20
    main = row(answer_with(tmp_path, own), "women")
    assert main.body.controlled.participants == 20
    assert main.body.effect is None
    reading = main.body.readings[0]
    assert reading.n == 20
    assert "correlation within a person" in reading.obstacle


def test_shares_of_people_become_differences(tmp_path):
    """SALT of 20 or less in 40 v 8 of 100: 32 points, variance sum p (1 - p) / n."""
    areata = planted_study(n=100)
    areata["population"]["diagnosis"] = "alopecia_areata"
    for result, events in zip(areata["results"], (40, 8), strict=True):
        for key in ("mean", "sd"):
            del result[key]
        result.update(outcome="salt_le_20", statistic="value", unit="people", events=events,
                      definition="SALT of 20 or less")  # fmt: skip
    effect = row(answer_with(tmp_path, areata), "alopecia_areata").body.effect
    assert effect.estimate == pytest.approx(32.0)
    half = 1.959964 * (100 * (0.4 * 0.6 + 0.08 * 0.92)) ** 0.5
    assert effect.high - effect.estimate == pytest.approx(half, rel=1e-6)


def test_no_responder_at_all_still_gives_an_interval(tmp_path):
    none = planted_study(n=30)
    for result in none["results"]:
        for key in ("mean", "sd"):
            del result[key]
        result.update(outcome="responder", statistic="value", unit="percent", share=0.0,
                      definition="gain of 10 %")  # fmt: skip
    answer_with(tmp_path, none)
    reading = next(r for r in make_evidence_of(tmp_path) if r.study == "Planted2030")
    assert reading.estimate == 0.0
    assert reading.low < 0 < reading.high


def make_evidence_of(folder):
    from anagen import find_evidence

    return find_evidence("exosome", "responder", studies=folder).body.readings


def test_units_are_converted_before_arms_are_compared(tmp_path):
    thick = planted_study()
    thick["results"][0].update(outcome="hair_diameter", unit="um", mean=6.0, sd=4.0)
    thick["results"][1].update(outcome="hair_diameter", unit="mm", mean=0.005, sd=0.004)
    effect = row(answer_with(tmp_path, thick), "thickens_hair").body.effect
    assert effect.estimate == pytest.approx(1.0)
    assert effect.unit == "um"


def test_percent_changes_are_not_divided_by_an_area(tmp_path):
    share = planted_study()
    for result, mean in zip(share["results"], (22.0, 10.0), strict=True):
        result.update(statistic="change_percent", unit="percent", mean=mean, area_cm2=5.0,
                      outcome="hair_count")  # fmt: skip
    effect = row(answer_with(tmp_path, share), "women").body.effect
    assert effect.estimate == pytest.approx(12.0)
    assert effect.unit == "percent of baseline"


def test_a_subgroup_never_stands_for_the_trial(tmp_path):
    whole = planted_study()
    part = [{**r, "id": f"{r['id']}_young", "subgroup": "under 30", "n": 10,
             "mean": r["mean"] * 3} for r in whole["results"]]  # fmt: skip
    whole["results"] = part + whole["results"]
    assert row(answer_with(tmp_path, whole), "women").body.effect.estimate == pytest.approx(12.0)


def test_two_doses_share_one_control_and_are_combined(tmp_path):
    """Arms of 200 and 100 with gains 12 and 0: 8 on average; the control counts once."""
    doses = planted_study()
    doses["arms"].insert(1, {**doses["arms"][0], "id": "low", "n": 100})
    doses["results"].insert(1, {**doses["results"][0], "id": "density_low", "arm": "low",
                                "mean": 10.0})  # fmt: skip
    effect = row(answer_with(tmp_path, doses), "women").body.effect
    assert effect.estimate == pytest.approx(8.0)
    assert effect.participants == 500
    variance = 400 / 200 + (2 / 3) ** 2 * 400 / 200 + (1 / 3) ** 2 * 400 / 100
    assert effect.z_high - effect.estimate == pytest.approx(1.959964 * variance**0.5, rel=1e-6)


def test_best_with_prp_needs_both_comparisons(tmp_path):
    """Exosome with PRP against PRP alone says nothing yet about against exosome alone."""

    def planted(name, over, gain):
        study = planted_study(name, gain=gain)
        study["arms"][0]["cotherapy"] = ["prp"]
        if over == "prp":
            study["arms"][1]["cotherapy"] = ["prp"]
        else:
            study["arms"][1].update(therapy="exosome", source="adipose_stem_cell")
        return study

    over_prp = planted("Prp2030", "prp", 30.0)
    for i, (others, shown) in enumerate((
        ([], False), ([planted("Exo2031", "exosome", 0.0)], False),
        ([planted("Exo2031", "exosome", 30.0)], True),
    )):  # fmt: skip
        main = row(answer_with(tmp_path / str(i), over_prp, *others), "with_prp")
        assert (main.verdict in ("may", "probably", "does")) is shown


def test_fewer_harms_than_in_the_controls_are_not_seen_harms(tmp_path):
    study = planted_study()
    base = {k: v for k, v in study["results"][0].items() if k not in ("mean", "sd", "week")}
    study["results"] += [
        {**base, "id": f"sae_{arm}", "arm": arm, "outcome": "serious_adverse_event",
         "statistic": "value", "unit": "people", "events": events}
        for arm, events in (("exosome", 2), ("saline", 9))]  # fmt: skip
    study["arms"][0]["cotherapy"] = ["microneedling"]
    study["arms"][1].update(therapy="microneedling", route="device")
    main = row(answer_with(tmp_path, study), "safety")
    assert main.verdict == "harms_unknown"
    assert "controls 9 in 200" in main.words


def test_harms_are_counted_in_treated_people_and_their_controls(tmp_path):
    harmful = planted_study()
    base = {**harmful["results"][0]}
    for key in ("mean", "sd", "week"):
        base.pop(key, None)
    harmful["results"] += [
        {**base, "id": f"sae_{arm}", "arm": arm, "outcome": "serious_adverse_event",
         "statistic": "value", "unit": "people", "events": events}
        for arm, events in (("exosome", 30), ("saline", 2))]  # fmt: skip
    before = row(answer_with(tmp_path / "none"), "safety").harms
    answer = answer_with(tmp_path / "one", harmful)
    main = row(answer, "safety")
    assert main.verdict == "harms_seen"
    assert (main.harms.serious, main.harms.people) == (30, before.people + 200)
    assert (main.harms.control_serious, main.harms.control_people) == (2, 200)
    assert (main.harms.controlled_serious, main.harms.controlled_people) == (30, 200)


def test_a_harm_need_not_be_certain_to_be_told(tmp_path):
    """60 of 200 against 10 of 200 with an adverse event, in one trial at high risk of bias."""
    study = planted_study()
    study["risk_of_bias"][0]["domains"]["measurement"]["judgement"] = "high"
    base = {k: v for k, v in study["results"][0].items() if k not in ("mean", "sd", "week")}
    study["results"] += [
        {**base, "id": f"ae_{arm}", "arm": arm, "outcome": "adverse_event", "statistic": "value",
         "unit": "people", "events": events}
        for arm, events in (("exosome", 60), ("saline", 10))]  # fmt: skip
    main = row(answer_with(tmp_path, study), "safety")
    assert main.body.certainty.level == "very low"
    assert main.verdict == "harms_seen"


def test_redness_is_no_serious_harm(tmp_path):
    red = planted_study()
    base = {**red["results"][0], "id": "red", "outcome": "adverse_event", "statistic": "value",
            "unit": "people", "events": 40}  # fmt: skip
    for key in ("mean", "sd", "week"):
        base.pop(key, None)
    red["results"].append(base)
    main = row(answer_with(tmp_path, red), "safety")
    assert main.harms.serious == 0
    assert main.harms.any_events == 40


def test_a_silent_registration_that_was_published_is_not_silent(tmp_path):
    published = planted_study()
    published["overlaps"] = [{"study": "NCT06239207", "kind": "same_trial", "text": "its results"}]
    before = row(answer_with(tmp_path / "none"), "pattern_hair_loss")
    after = row(answer_with(tmp_path / "one", published), "pattern_hair_loss")
    assert "NCT06239207" in before.body.registered.ids
    assert "NCT06239207" not in after.body.registered.ids


@pytest.mark.parametrize(
    ("printed", "means"),
    [("<0.001", True), ("<0.0001", True), ("= 0.01", True), ("0.006", True), ("0.06", False),
     ("0.09", False), (">0.05", False), ("NS", False), ("n.s.", False), ("not significant", False),
     ("significant", True), ("sig", True), ("<0.05", True), ("trend", None),
     ("P = 0,03", True), ("1e-5", True),
     ("non-significant", False), ("statistically significant", True), ("less than 0.05", True),
     ("insignificant", False), ("did not differ significantly", False),
     ("no statistically significant difference", False)],
)  # fmt: skip
def test_printed_p_values_are_read(printed, means):
    assert significant(printed) is means


def test_small_and_biased_trials_lower_the_certainty(tmp_path):
    strong = answer_with(
        tmp_path / "a", *(planted_study(f"Planted{y}") for y in (2030, 2031, 2032))
    )
    weak_studies = [planted_study(f"Weak{y}", n=20) for y in (2030, 2031, 2032)]
    for study in weak_studies:
        study["risk_of_bias"][0]["domains"]["randomisation"]["judgement"] = "high"
    weak = answer_with(tmp_path / "b", *weak_studies)
    ladder = ["very low", "low", "moderate", "high"]
    levels = [
        ladder.index(row(x, "pattern_hair_loss").body.certainty.level) for x in (strong, weak)
    ]
    assert levels[0] > levels[1]
    domains = {d.domain for d in row(weak, "pattern_hair_loss").body.certainty.downgrades}
    assert {"risk of bias", "imprecision"} <= domains


def test_a_new_study_is_one_file_and_appears_everywhere(anagen, tmp_path):
    write_study(tmp_path / "mine", planted_study())
    out = tmp_path / "out"
    ran = anagen("answer", "--studies", tmp_path / "mine", "--out", out, "--json")
    assert ran.code == 0
    summary = json.loads(ran.out)
    by_id = {r["id"]: r for r in summary["claims"]}
    for claim in ("pattern_hair_loss", "women", "by_injection", "fuller_hair"):
        assert "Planted2030" in by_id[claim]["body"]["controlled"]["ids"]
    assert "Planted2030" not in by_id["by_needling"]["body"]["controlled"]["ids"]
    assert "Planted2030" in summary["citations"]
    saline = next(c for c in summary["controls"] if c["kind"] == "saline injection")
    assert "Planted2030" in {g["study"] for g in saline["readings"]}
    for name in ("report.html", "evidence.csv", "summary.json", "run.json"):
        assert "Planted2030" in (out / name).read_text()
    assert "Synthetic trial Planted2030" in anagen("cite", out, "--studies", tmp_path / "mine").out
    found = anagen("evidence", "--therapy", "exosome", "--studies", tmp_path / "mine")
    assert "Planted2030" in found.out
    before, after = map_rows(load_studies()), map_rows(load_studies(tmp_path / "mine"))
    people = [sum(r["participants"] for r in rows if r["therapy"] == "exosome"
                  and r["condition"] == "pattern hair loss" and r["design"] == "controlled")
              for rows in (before, after)]  # fmt: skip
    assert people[1] - people[0] == 400


def test_an_unrelated_study_moves_nothing_else(tmp_path):
    other = planted_study()
    other["population"]["diagnosis"] = "scarring_alopecia"
    before, after = answer_with(tmp_path / "none"), answer_with(tmp_path / "one", other)
    for old, new in zip(before.claims, after.claims, strict=True):
        if old.id not in ("repairs_scarring", "scarring_excluded"):
            assert old.verdict == new.verdict
            assert old.body.effect == new.body.effect
    assert "Planted2030" in row(after, "repairs_scarring").body.controlled.ids


def test_the_same_people_are_counted_once(tmp_path):
    twin = planted_study("Twin2031")
    twin["overlaps"] = [
        {"study": "Planted2030", "kind": "double_publication", "text": "same trial"}
    ]
    main = row(answer_with(tmp_path, planted_study(), twin), "pattern_hair_loss")
    assert main.body.controlled.participants == 20 + 400
    assert main.body.effect.k == 1
    assert main.body.effect.participants == 400
    assert "counts people of" in main.body.no_pool_reason


def test_a_combined_arm_says_nothing_about_one_part(tmp_path):
    mixed = planted_study()
    mixed["arms"][0]["cotherapy"] = ["minoxidil"]
    main = row(answer_with(tmp_path, mixed), "pattern_hair_loss")
    assert main.body.controlled.ids == ["Amini2025"]
    assert main.body.compared.ids == ["Planted2030"]


@pytest.mark.parametrize("use", ["context", "negative_control"])
def test_context_and_negative_controls_are_never_pooled(use, tmp_path):
    studies = [planted_study(f"Planted{y}") for y in (2030, 2031, 2032)]
    for result in studies[0]["results"]:
        result["use"] = use
    main = row(answer_with(tmp_path, *studies), "pattern_hair_loss")
    assert main.body.effect.studies == ["Planted2031", "Planted2032"]


def test_remembered_numbers_enter_no_table_and_no_verdict(tmp_path):
    quiet, loud = planted_study(), planted_study()
    remembered = {**loud["results"][0], "id": "recalled", "mean": 400.0, "use": "context",
                  "seen": {"level": "memory"}}  # fmt: skip
    loud["remembered"] = [remembered]
    a, b = answer_with(tmp_path / "a", quiet), answer_with(tmp_path / "b", loud)
    assert [r.model_dump() for r in a.claims] == [r.model_dump() for r in b.claims]
    assert b.coverage.remembered_apart == a.coverage.remembered_apart + 1
    assert all(x["mean"] != 400.0 for x in table(load_studies(tmp_path / "b")))


def test_published_pools_never_enter_a_pool():
    for study in load_studies():
        if study.kind in ("meta_analysis", "review"):
            assert {r.use for r in study.results} <= {"context", "reference"}


def test_upper_bound_of_no_event_solves_its_equation():
    for n in (5, 125, 3000):
        assert (1 - upper_bound(0, n)) ** n == pytest.approx(0.05)
    assert 100 * upper_bound(0, 125) == pytest.approx(2.4, abs=0.05)  # rule of three: 3 / 125


def test_control_response_table_agrees_with_the_reference(tmp_path):
    """Pool of the three vehicle arms with SD: +6.0 (SE 1.7), between-trial SD 2.1."""
    by_kind = {c.kind: c for c in answer_with(tmp_path).controls}
    vehicle = by_kind["topical vehicle"]
    assert (vehicle.k, round(vehicle.pooled, 1), round(vehicle.se, 1)) == (3, 6.0, 1.7)
    assert round(vehicle.between_trial_sd, 1) == 2.1
    assert by_kind["saline injection"].span_high == pytest.approx(15.7, abs=0.05)
    assert by_kind["microneedling alone"].span_high == pytest.approx(10.8)
    assert by_kind["oral placebo"].span_high < 0


def test_minoxidil_against_vehicle(tmp_path):
    """15.98 (12.95 to 19.02) by z, and the guarded Knapp-Hartung interval around it."""
    effect = next(c for c in answer_with(tmp_path).comparators if c.id == "minoxidil_5").body.effect
    assert (round(effect.estimate, 2), round(effect.z_low, 2), round(effect.z_high, 2)) == (
        15.98, 12.95, 19.02)  # fmt: skip
    assert effect.low < effect.z_low
    assert effect.high > effect.z_high
    assert (round(effect.unguarded_low, 2), round(effect.unguarded_high, 2)) == (13.82, 18.15)
    assert effect.p is None
    assert effect.participants == 721


def test_finasteride_net_gain_per_area(tmp_path):
    """Hairs per 5.1 cm2 become hairs/cm2: 111 / 5.1 and 102 / 5.1."""
    body = next(c for c in answer_with(tmp_path).comparators if c.id == "finasteride").body
    at = {r.study: r.estimate for r in body.readings if r.week == 52}
    assert at["Kaufman1998US"] == pytest.approx(111 / 5.1)
    assert at["Kaufman1998International"] == pytest.approx(102 / 5.1)


def test_summary_follows_its_schema_and_repeats_byte_by_byte(anagen, tmp_path):
    for name in ("a", "b"):
        assert anagen("answer", "--out", tmp_path / name).code == 0
    texts = [(tmp_path / name / "summary.json").read_bytes() for name in ("a", "b")]
    assert texts[0] == texts[1]
    schema = json.loads(data_path("schema", "answer.json").read_text())
    jsonschema.validate(json.loads(texts[0]), schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"kind": "answer"}, schema)


@pytest.mark.parametrize("therapy", ["exosome", "minoxidil", "prp", "vehicle"])
def test_evidence_follows_its_schema(therapy, anagen):
    ran = anagen("evidence", "--therapy", therapy, "--json")
    assert ran.code == 0
    schema = json.loads(data_path("schema", "evidence.json").read_text())
    summary = json.loads(ran.out)
    jsonschema.validate(summary, schema)
    assert summary["studies"]


def test_evidence_report_and_empty_filter(anagen, tmp_path):
    ran = anagen("evidence", "--therapy", "minoxidil", "--out", tmp_path / "out")
    assert ran.code == 0
    page = (tmp_path / "out" / "report.html").read_text()
    assert "<svg" in page
    assert "Forest plot" in page
    none = anagen("evidence", "--therapy", "nutrient_correction")
    assert none.code == 0
    assert "No study matches" in none.out
