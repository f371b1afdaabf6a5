"""What a forecast says: its numbers are the draws' own, and what is inert gains exactly nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import spearmanr

from anagen.errors import InputError
from anagen.evidence.studies import load_studies
from anagen.forecast.command import read_month
from anagen.forecast.exposure import BULB, PATCH, REST, patches, patches_of
from anagen.forecast.known import effective_draws, effective_sets, known_part, not_used
from anagen.forecast.options import with_shams
from anagen.forecast.protocol import check_grid, read_grid, search, varied
from anagen.forecast.ranking import by_chance, spearman
from anagen.forecast.rerun import artefact_course, parameters_read, relive
from anagen.forecast.salt import rating_error
from anagen.forecast.simulated import make_simulated, pictured, warnings
from anagen.forecast.spread import band, interval, spread
from anagen.forecast.tested import extrapolations
from anagen.forecast.timeline import clinic_claims, first_weeks, least_measurable
from anagen.measurement.instruments import visible_change
from anagen.parameters import load_parameters
from anagen.patient import Labs, Past, Patient, read_patient
from anagen.regimen import UNTREATED, read_regimen
from anagen.report import simulate_gains as gain_words
from anagen.report import simulate_numbers as numbers
from anagen.report import simulate_patient as patient_words
from anagen.report import simulate_words as words
from anagen.report.scalps import relived
from anagen.report.simulate_figures import ranking_figure
from anagen.simulate import conditioning
from anagen.simulate import forecast as of_forecast
from anagen.simulate.conditioning import Known
from anagen.simulate.forecast import forecast

EXAMPLES = Path(__file__).parents[1] / "examples"
MAN = read_patient(EXAMPLES / "patients" / "man_of_34.toml")
TOTAL, THICK = "total_hair_density", "nonvellus_hair_density"
WEEKS, DRAWS = 26, 8


def regimen(name):
    return read_regimen(EXAMPLES / "regimens" / f"{name}.toml")


EXOSOME = regimen("exosome_injection")


@pytest.fixture(scope="module")
def options():
    return with_shams([EXOSOME, regimen("sham_injection")])


@pytest.fixture(scope="module")
def made(options):
    return forecast(MAN, options.regimens, weeks=WEEKS, draws=DRAWS)


@pytest.fixture(scope="module")
def summary(made, options):
    return make_simulated(made, options, load_studies(), patches_of(made, options))


def test_a_sham_that_is_there_already_is_not_simulated_twice(options):
    assert [r.name for r in options.regimens] == [
        "exosome, injected", "saline, injected", "untreated"]  # fmt: skip
    assert options.sham == {0: 1, 1: 1}
    assert [options.role(o) for o in range(3)] == ["regimen", "regimen", "untreated"]
    alone = with_shams([EXOSOME])
    assert [alone.role(o) for o in range(3)] == ["regimen", "sham", "untreated"]
    assert with_shams([UNTREATED]).sham == {0: 0}
    with pytest.raises(InputError, match="two options are called 'exosome, injected'"):
        with_shams([EXOSOME, EXOSOME])


def test_what_holds_nothing_gains_exactly_nothing(made, options, summary):
    for name in made.true:
        assert np.all(made.gain(name, 1, options.sham[1]) == 0)
    gains = [g for g in summary.gains if g.option == "saline, injected"]
    assert len(gains) == 2
    for g in gains:
        assert (g.zero, g.measurable, g.loss, g.over_sham.q025, g.over_sham.q975) == (1, 0, 0, 0, 0)
        assert g.sham_share in (None, 1)


def test_in_the_null_class_a_product_equals_its_sham_to_the_bit(monkeypatch, options):
    def null(k):
        return draw(k) | {"exosome_null_probability": 1.0}

    draw = of_forecast.draw_parameters
    monkeypatch.setattr(of_forecast, "draw_parameters", null)
    found = forecast(MAN, options.regimens, weeks=WEEKS, draws=4)
    for values in (*found.true.values(), *found.read.values(), *found.phases.values()):
        assert np.array_equal(values[:, 0], values[:, 1], equal_nan=True)
    assert np.array_equal(found.density[:, 0], found.density[:, 1])
    said = make_simulated(found, options, [], patches_of(found, options))
    assert said.nothing == {"exosome, injected": 1.0}


def test_the_summary_repeats_the_quantiles_of_the_forecast(made, options, summary):
    assert [g.week for g in summary.gains] == [24, 26] * 2
    net, v = made.gain(TOTAL, 0, 1), made.weeks.index(24.0)
    first = summary.gains[0]
    ends = ("q025", "q05", "q10", "q25", "q50", "q75", "q90", "q95", "q975")
    levels = [0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975]
    told = [getattr(first.over_sham, name) for name in ends]
    assert told == pytest.approx(np.quantile(net[:, v], levels).tolist(), abs=1e-12)
    assert first.measurable == np.mean(net[:, v] >= made.measurable())
    assert first.visible_low == np.mean(net[:, v] >= visible_change()[0])
    assert first.loss == np.mean(net[:, v] < 0)
    for o, option in enumerate(summary.options):
        for e in option.endpoints:
            if e.endpoint != "shed_hairs_per_day":
                want = np.quantile(made.change(e.endpoint, o, read=True), 0.95, axis=0)
                assert e.read_change.q95 == pytest.approx(want.tolist(), abs=1e-9)
            assert e.value.q50 == pytest.approx(
                np.median(made.true[e.endpoint][:, o], axis=0).tolist(), abs=1e-9)  # fmt: skip
    kinds = {(c.option, c.versus) for c in summary.contrasts}
    assert ("exosome, injected", "untreated") in kinds


def test_what_is_not_defined_in_a_draw_is_left_out_of_its_spread():
    x = np.array([[1.0, np.nan], [3.0, np.nan], [np.nan, np.nan]])
    found = band(x)
    assert (found.mean, found.q50) == ([2.0, None], [2.0, None])
    assert spread(np.array([])).q50 is None
    assert interval(np.array([5.0])).q975 == 5.0


def test_what_was_read_is_what_is_there_plus_the_artefact(made, options):
    # read = (seen + artefact)(1 + e z); of non-vellus hair, which no instrument misses, the
    # artefact takes a share: untreated readings give 1 + e z, treated ones 1 + artefact / seen
    extra, u = artefact_course(made), options.untreated
    error = made.read[THICK][:, [u]] / made.true[THICK][:, [u]]
    counted = made.read[TOTAL] / error
    seen = counted / (made.read[THICK] / made.true[THICK] / error)
    assert counted - seen == pytest.approx(extra, abs=1e-9)
    assert np.all(seen <= made.true[TOTAL] + 1e-9)
    # 64 errors that are standard normal: seed 0, no draw beyond 4, spread within 4 standard errors
    z = ((error - 1) / made.instrument.reading_error).ravel()
    assert np.abs(z).max() < 4
    assert z.std() == pytest.approx(1, abs=4 / np.sqrt(2 * len(z)))
    assert np.all(extra[:, u] == 0)
    assert np.array_equal(extra[:, 0], extra[:, 1])
    assert np.all(extra[:, 0, 1:] != 0)


@pytest.mark.parametrize("draw", [0, 3])
def test_a_picture_counts_what_the_forecast_reports(made, options, draw):
    lived = relived(made, options, draw)
    at = [made.weeks.index(w) for w in lived.weeks]
    assert lived.weeks == (0.0, 12.0, 24.0, 26.0)
    want = made.true[TOTAL][draw][:, at]
    assert lived.visible_density == pytest.approx(want, rel=1e-12)
    anagen = (lived.portrait.phase == 0).mean(axis=-1)
    weekly = [round(w) for w in lived.weeks]
    assert anagen == pytest.approx(made.phases["anagen"][draw][:, weekly], abs=1e-12)


def test_another_luck_is_another_picture(made):
    own, again, other = (
        relive(replace(made, seed=seed), 0, made.regimens[:1], [0.0, 24.0]).portrait.visible
        for seed in (0, 0, 1)
    )
    assert np.array_equal(own, again)
    both = min(own.shape[-1], other.shape[-1])  # another person has another number of follicles
    assert np.any(own[..., :both] != other[..., :both])


def test_a_picture_of_other_hairs_is_a_fault_of_the_program(made, options):
    with pytest.raises(RuntimeError, match="draw 0 relived counts other hairs"):
        relived(replace(made, seed=1), options, 0)


def test_pictures_are_chosen_by_rank(made, options):
    rows = pictured(made, options)
    net = made.gain(TOTAL, 0, 1)[:, -1]
    for row in rows:
        assert row.gain == net[row.draw]
        below = np.mean(net < row.gain), np.mean(net <= row.gain)
        assert below[0] - 1 / DRAWS <= row.percentile / 100 <= below[1] + 1 / DRAWS


def test_a_week_counts_where_density_is_up_from_it_to_the_end(made, options):
    low = 4.0  # hairs/cm2; few of so few draws reach an anchor
    for o in range(len(options.regimens)):
        up = made.density[:, o] - made.density[:, o, :1] >= low
        week = made.first_week(o, low)
        for w in (8, 12, 24):
            assert np.mean(week <= w) == np.mean(up[:, w:].all(axis=1))
        assert np.mean(np.isfinite(week)) == np.mean(up[:, -1])
    found = list(first_weeks(made, options))
    assert len(found) == 3 * len(options.regimens)
    for f in found:
        if f.what == "visible rise over today (low anchor)":
            o = [r.name for r in options.regimens].index(f.option)
            up = made.density[:, o] - made.density[:, o, :1] >= visible_change()[0]
            assert f.ever == np.mean(up[:, -1])
            assert f.by_week == {w: np.mean(up[:, w:].all(axis=1)) for w in (8, 12, 24)}


def test_clinic_claims_are_read_from_their_words():
    weeks = {c.id: (c.from_week, c.to_week) for c in clinic_claims()}
    assert weeks["first_results"] == (6, 8)
    assert weeks["fuller_hair"] == pytest.approx((13.04, 26.09), abs=0.01)


def test_parameters_are_ranked_by_the_mean_gain_over_the_visits(made, summary):
    net = made.gain(TOTAL, 0, 1)[:, 1:].mean(axis=1)
    assert summary.ranking.weeks == [4, 8, 12, 16, 20, 24, 26]
    for row in summary.ranking.top:
        assert row.rho == pytest.approx(spearmanr(made.parameters[row.name], net)[0], abs=1e-12)


def test_rank_correlation_against_outside_software():
    rng = np.random.default_rng(1)
    x, y = rng.random((40, 5)), np.round(rng.random(40), 1)  # with ties
    x[:, 4] = 1.0
    found = spearman(x, y)
    assert found[:4] == pytest.approx([spearmanr(x[:, i], y)[0] for i in range(4)], abs=1e-12)
    assert found[4] == 0


def test_the_largest_of_many_correlations_by_chance():
    # seed 2, 500 replications of 60 draws and 30 parameters without effect; binomial error 1 %
    rng = np.random.default_rng(2)
    below = [
        np.abs(spearman(rng.random((60, 30)), rng.random(60))).max() < by_chance(60, 30)
        for _ in range(500)
    ]
    assert np.mean(below) == pytest.approx(0.95, abs=4 * np.sqrt(0.95 * 0.05 / 500))


@pytest.mark.parametrize("name", ["exosome_injection", "exosome_needling", "minoxidil_5"])
def test_a_parameter_that_is_not_read_changes_nothing(name, monkeypatch):
    options = with_shams([regimen(name)])
    made = forecast(MAN, options.regimens, weeks=8, draws=2)
    table = load_parameters()
    read = parameters_read(made, {n: p.table for n, p in table.items()})
    other = {n: table[n].high for n in made.parameters if n not in read}
    assert len(other) > 20
    draw = of_forecast.draw_parameters
    for module in (of_forecast, conditioning):
        monkeypatch.setattr(module, "draw_parameters", lambda k: draw(k) | other)
    again = forecast(MAN, options.regimens, weeks=8, draws=2)
    for endpoint, values in made.true.items():
        assert np.array_equal(values, again.true[endpoint], equal_nan=True), endpoint
        assert np.array_equal(made.read[endpoint], again.read[endpoint], equal_nan=True), endpoint


def test_the_map_repeats_with_the_grid():
    (patch,) = patches(EXOSOME, MAN, 70)
    side = round(len(patch.positions) ** 0.5)
    image = patch.receptor_days.reshape(2, side, side)
    half = round(10 / PATCH * side)  # the grid's spacing is half the patch
    assert image[:, half:] == pytest.approx(image[:, :-half], rel=1e-6, abs=1e-9)
    assert image[..., half:] == pytest.approx(image[..., :-half], rel=1e-6, abs=1e-9)
    apart = patch.positions[:, None] - patch.points[None, :, :2]
    gap = np.linalg.norm((apart + 5) % 10 - 5, axis=-1).min(axis=1)
    near, far = (patch.receptor_days[0][some] for some in (gap < 1, gap > 4))
    assert near.min() > far.max()
    assert len(patch.points) == 3 * 4
    (even,) = patches(regimen("exosome_needling"), MAN, 70)
    assert even.even
    assert np.ptp(even.receptor_days, axis=1) == pytest.approx([0, 0])


def test_the_table_says_what_the_map_shows(summary):
    """The table beside the map, against a map of other, finer places: 0.4 mm, not 0.6."""
    (fine,) = patches(EXOSOME, MAN, 7 * WEEKS, points=50 * 50)
    (told,) = summary.arrived
    assert [x.depth for x in told.occupancy] == [REST, BULB]
    for x, days, level in zip(told.occupancy, fine.receptor_days, fine.level, strict=True):
        assert x.receptor_days_median == pytest.approx(np.median(days), rel=0.05)
        assert x.receptor_days_most == pytest.approx(days.max(), rel=0.05)
        assert x.peak == pytest.approx(level[days.argmax()].max(), rel=0.05)
        assert x.untouched == pytest.approx(np.mean(level.max(axis=-1) < 0.1), abs=0.02)


def test_prp_under_the_reference_solver_says_that_its_depot_is_closed(made):
    platelets = with_shams([regimen("prp_and_exosome")])
    said = [" ".join(warnings(replace(made, solver=solver), options))
            for solver, options in (("reference", platelets), ("closed", platelets),
                                    ("reference", with_shams([EXOSOME])))]  # fmt: skip
    assert ["injected PRP keeps the closed form" in text for text in said] == [True, False, False]


def test_a_closer_grid_wets_more_and_an_impossible_one_is_refused():
    def simulated(regimens):
        return forecast(MAN, regimens, weeks=10, draws=2)

    grid = read_grid(["spacing_mm=3,6,10", "volume_ml_per_point=0.05"])
    refused, close, wide = search(EXOSOME, grid, simulated)
    assert refused.gain is None
    assert "give at most" in refused.refused
    assert close.wet_first["full follicle"] > wide.wet_first["full follicle"]
    for tried in (close, wide):
        assert tried.wet_all["at rest"] >= tried.wet_first["at rest"]
        assert tried.particles == 3e10
    own = simulated(with_shams([varied(EXOSOME, {"spacing_mm": 10.0})]).regimens[:2])
    assert wide.gain == spread(own.gain(TOTAL, 0, 1)[:, -1])


@pytest.mark.parametrize(
    ("text", "said"),
    [("spacing=3", "did you mean 'spacing_mm'"), ("spacing_mm=", "write KEY=a,b,c"),
     ("spacing_mm", "write KEY=a,b,c"), ("spacing_mm=3,wide", "'wide' is not a number"),
     ("spacing_mm=nan", "not a number"), ("weeks=0,4", "unknown key 'weeks'"),
     ("depth_mm=" + ",".join(map(str, range(101))), "101 combinations")],
)  # fmt: skip
def test_a_grid_that_cannot_be(text, said):
    with pytest.raises(InputError, match=said):
        read_grid([text])


def test_a_key_that_no_course_has():
    with pytest.raises(InputError, match="no course of 'exosome, injected' has it"):
        check_grid({"platelet_fold": (3.0,)}, EXOSOME)
    with pytest.raises(InputError, match="twice"):
        read_grid(["depth_mm=3", "depth_mm=4"])


def test_what_is_known_is_told_beside_what_was_drawn(made, options, summary):
    known = summary.known
    assert known.given == ["baseline", "norwood", "history"]
    assert known.candidates == made.known.candidates > DRAWS
    assert known.effective == made.known.effective
    given = {t.endpoint: t.given for t in known.today}
    assert given == {TOTAL: 150, "hair_diameter": 58}
    for today in known.today:
        assert today.drawn.q50 == np.median(made.true[today.endpoint][:, options.untreated, 0])
    (used, compared) = patient_words.say_known(summary)
    assert "platelet-rich plasma: no response" in used
    assert "total hair density given 150" in compared
    assert f"{DRAWS} draws are too few" in " ".join(summary.warnings)
    weak = replace(made, known=replace(made.known, power=0.5))
    (widened,) = known_part(weak, options).warnings
    assert "counted at 50%" in widened
    assert patient_words.before_all(summary.model_copy(update={
        "known": known_part(weak, options)}))[0].endswith("check the values.")  # fmt: skip
    alone = known_part(replace(made, known=Known(people=made.known.people)), options)
    assert (alone.given, alone.effective) == ([], None)
    assert alone.text == [
        "no measurement, grade or earlier response narrows the draws: they are people of the same "
        "description"]  # fmt: skip


def test_what_of_a_patient_changes_nothing_is_named():
    woman = read_patient(EXAMPLES / "patients" / "woman_of_52.toml")
    assert not_used(woman) == ["medical conditions (iron deficiency)", "findings, preferences"]
    history = (Past(therapy="laser_light", response="none"), Past(therapy="prp"))
    odd = MAN.model_copy(
        update={"history": history, "labs": Labs(ferritin_ug_l=10, tsh_mu_l=2), "sinclair": 2}
    )
    past, labs, rest = not_used(odd)
    assert past.count("low-level laser light: no response; platelet-rich plasma: response not") == 1
    assert labs == "blood values (TSH)"
    assert rest == "preferences, sinclair"
    shed = Patient(sex="female", diagnosis="telogen_effluvium", pcos=True,
                   conditions=["thyroid_disease"])  # fmt: skip
    assert not_used(shed) == ["pcos"]


def test_how_many_independent_draws_an_interval_rests_on(made):
    """Limits: draws of anyone are worth their number; of one person again and again at most one."""
    one = made.known.people[0]
    anyone = replace(made, known=Known(people=tuple(replace(one, draw=k) for k in range(DRAWS))))
    assert (effective_draws(anyone), effective_sets(anyone)) == (DRAWS, DRAWS)
    same = replace(made, known=Known(people=(one,) * DRAWS, given=("baseline",), effective=1.0))
    assert effective_sets(same) == 1
    assert effective_draws(same) < 1
    assert effective_draws(made) < min(DRAWS, made.known.effective)


def test_an_extrapolation_is_told_wherever_no_trial_is(options):
    studies = load_studies()
    woman = read_patient(EXAMPLES / "patients" / "woman_of_29_areata.toml")
    drug = with_shams([regimen("baricitinib"), EXOSOME, regimen("exosome_needling")])
    found = extrapolations(woman, drug, studies)
    assert found["baricitinib 4 mg"] == []
    assert found["exosome, injected"] == [
        "no controlled trial of exosome alone in alopecia areata was found"]  # fmt: skip
    (both,) = found["exosome, needling"]
    assert "of exosome or microneedling, each alone, in alopecia areata was found" in both
    (failed,) = extrapolations(MAN, options, studies)["exosome, injected"]
    assert failed.endswith("in people whom minoxidil or platelet-rich plasma had failed was found")
    fresh = MAN.model_copy(update={"history": ()})
    assert extrapolations(fresh, options, studies)["exosome, injected"] == []
    assert extrapolations(fresh, options, [])["exosome, injected"] != []


@pytest.fixture(scope="module")
def areata():
    woman = read_patient(EXAMPLES / "patients" / "woman_of_29_areata.toml")
    options = with_shams([regimen("baricitinib"), EXOSOME])
    made = forecast(woman, options.regimens, weeks=WEEKS, draws=DRAWS, month=9.5)
    return made, options, make_simulated(made, options, [], patches_of(made, options))


def test_alopecia_areata_is_told_in_points_of_salt(areata):
    made, options, summary = areata
    assert summary.endpoint == "salt"
    assert [g.week for g in summary.salt] == [24, 26] * 2
    for g in summary.salt:
        o, v = made.options.index(g.option), made.weeks.index(g.week)
        score, none = made.true["salt"][:, :, v], made.true["salt"][:, options.untreated, 0]
        diff = score[:, o] - score[:, options.sham[o]]
        assert g.over_sham.q50 == pytest.approx(np.median(diff), abs=1e-12)
        assert g.better == np.mean(diff < 0)
        assert g.le_20.option == np.mean(score[:, o] <= 20)
        assert g.le_1.sham == np.mean(score[:, options.sham[o]] <= 1)
        assert g.salt50.untreated == np.mean(score[:, options.untreated] <= none / 2)
        assert g.measurable <= g.better
        assert g.better + g.zero <= 1
    for f in summary.first:
        score = made.true["salt"][:, made.options.index(f.option)]
        low = score <= (20 if f.what == "SALT 20 or less" else score[:, :1] / 2)
        assert f.ever == np.mean(low[:, -1])
    assert [p.gain for p in summary.pictures] == sorted(p.gain for p in summary.pictures)[::-1]
    lines = words.short(summary)
    assert not any("a reading changes by" in line for line in lines)


def test_a_rater_tells_no_change_of_a_score_that_has_no_error():
    """At 0 and 100 nobody misreads; else two ratings of one score err by sqrt(2) of one."""
    ends = np.array([0.0, 100.0])
    assert rating_error(ends, ends) == pytest.approx([0, 0])
    x = np.array([50.0])
    one = load_parameters()["reading_error_salt"].value
    assert rating_error(x, x) == pytest.approx([1.959964 * np.sqrt(2) * one], rel=1e-6)


def test_a_picture_of_a_patch_in_september_counts_what_the_forecast_reports(areata):
    made, options, _ = areata
    lived = relived(made, options, 2)
    at = [made.weeks.index(w) for w in lived.weeks]
    shown = [*range(len(options.regimens))]
    want = made.true[TOTAL][2][np.ix_(shown, at)]
    assert np.sort(lived.visible_density.ravel()) == pytest.approx(np.sort(want.ravel()), rel=1e-12)


def test_a_bare_area_gains_nothing_measurable(made):
    """Counted without error, no hairs at all would else have risen by none."""
    bare = replace(made, density=np.zeros_like(made.density))
    assert np.all(least_measurable(bare) == 1)
    assert np.all(np.isinf(bare.first_week(0, least_measurable(bare))))
    assert np.array_equal(least_measurable(made), made.measurable())


@pytest.mark.parametrize(
    ("text", "month"), [("march", 3.5), ("Dec", 12.5), ("7", 7), ("1.25", 1.25)]
)
def test_a_month_by_name_is_its_middle(text, month):
    assert read_month(text) == month


@pytest.mark.parametrize("text", ["13", "0.9", "nan", "ma", "winter", ""])
def test_a_month_that_is_none(text):
    with pytest.raises(InputError, match="--month"):
        read_month(text)


def test_shed_hairs_are_set_against_untreated_and_not_against_today(made, options, summary):
    """The value on day 0 counts the week after it, which already holds the first session."""
    for option in summary.options:
        (shed,) = [e for e in option.endpoints if e.endpoint == "shed_hairs_per_day"]
        assert (shed.change, shed.read_change) == (None, None)
    (beside,) = [c for c in summary.contrasts if c.endpoint == "shed_hairs_per_day"
                 and (c.option, c.kind) == ("exosome, injected", "untreated")]  # fmt: skip
    net = made.gain("shed_hairs_per_day", 0, options.untreated)
    assert beside.gain.mean == pytest.approx(net.mean(axis=0).tolist(), abs=1e-9)


def test_approval_is_told_of_vesicles_alone(made, options, summary):
    assert "fully approved" in summary.regulation
    assert "oaecdn" not in summary.regulation
    assert summary.null_prior == load_parameters()["exosome_null_probability"].value
    asked = with_shams([regimen("sham_injection")])
    alone = forecast(MAN, asked.regimens, weeks=WEEKS, draws=2)
    told = make_simulated(alone, asked, [], patches_of(alone, asked))
    assert told.regulation is None
    assert words.say_law(told) == []
    assert words.say_law(summary) != []


def test_the_first_sentence_says_no_only_where_no_draw_says_yes(made, summary):
    def said(**moved):
        g = summary.gains[0].model_copy(update={"measurable": 0.0, "measurable_loss": 0.0} | moved)
        return gain_words.say_verdict(summary.model_copy(update={"gains": [g]}), g.option)

    assert f"nothing that anyone could measure in {DRAWS} of {DRAWS} draws" in said()
    people = round(effective_draws(made))
    head = f"in so many of the draws (worth {people} people): "
    assert f"{head}30 % at week 24 (a loss in 0 %)" in said(measurable=2 / DRAWS)
    assert f"{head}0 % at week 24 (a loss in 10 %)" in said(measurable_loss=1 / DRAWS)
    assert "its own sham" in gain_words.say_verdict(summary, "saline, injected")


def test_an_interval_without_width_is_an_assumption():
    def gain(low, high):
        x = interval(np.array([low, 0.0, 0.0, high]))
        return numbers.is_zero(x), numbers.range90(x)

    assert gain(0.0, 0.0) == (True, "0 (0 to 0)")
    assert gain(-0.04, 0.04) == (True, "0 (0 to 0)")
    assert gain(0.0, 3.0)[0] is False


def test_only_what_is_above_chance_is_shown(summary):
    def ranked(by_chance):
        r = summary.ranking.model_copy(update={"by_chance": by_chance})
        return summary.model_copy(update={"ranking": r})

    rho = [abs(row.rho) for row in summary.ranking.top]
    few = ranked((rho[1] + rho[2]) / 2)
    assert [abs(row.rho) for row in words.beyond_chance(few)] == [x for x in rho if x > rho[2]]
    assert "none of them is larger" in words.say_chance(ranked(1.0))
    assert ranking_figure(ranked(1.0)) is None
    read = sum(summary.parameters.values())
    assert summary.ranking.parameters <= read
    assert f"reads {read} parameters" in words.say_chance(few)
    assert summary.tested[0].therapy == "exosome"
    assert sum(summary.parameters.values()) > 50
