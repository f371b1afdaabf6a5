"""Minoxidil, platelets, needling, secretome and after-effects."""

import math
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anagen.errors import InputError
from anagen.evidence.studies import load_studies
from anagen.parameters import load_parameters, parameter
from anagen.therapies import (
    after_effects,
    microneedling,
    minoxidil,
    prp,
    secretome,
)

P = {name: row.value for name, row in load_parameters().items()}
REFERENCE = np.full(60, P["minoxidil_reference_dose"])


def exposure(topical, oral, activity="normal", p=P, **more):
    return minoxidil.follicle_exposure(topical, oral, p, activity, **more)[-1]


def mean_change(study, name):
    results = next(s for s in load_studies() if s.id == study).results
    return next(r for r in results if r.id == name).mean


# ---- minoxidil ---------------------------------------------------------------------------------


def test_the_reference_solution_is_one():
    assert exposure(REFERENCE, 0.0) == pytest.approx(1)
    assert exposure(REFERENCE, 0.0, form="foam") == pytest.approx(1)


def test_a_depot_follows_its_closed_form():
    # day means of a = (1 - exp(-k t)) while given, of its decay afterwards; k from the half-life
    k = math.log(2) * 24 / 22
    course, t = minoxidil.depot([10.0] * 30 + [0.0] * 30, 22), np.arange(30)
    within = -math.expm1(-k) / k
    assert course[:30] == pytest.approx(10 * (1 - np.exp(-k * t) * within))
    left = 10 * -math.expm1(-30 * k)
    assert course[30:] == pytest.approx(left * np.exp(-k * t) * within)


@given(st.floats(0.1, 100), st.lists(st.floats(0, 200), min_size=1, max_size=20))
def test_what_enters_a_depot_leaves_it(half_life, doses):
    # the loss of a day is k a, so that all losses sum up to all doses
    course = minoxidil.depot([*doses, *[0.0] * 200], half_life)
    assert course.sum() == pytest.approx(sum(doses), rel=1e-6, abs=1e-9)


def test_nineteen_twentieths_are_gone_in_four_days():
    # label: 95 % of what was absorbed is gone 4 days after the last application
    course = minoxidil.depot([100.0] * 60 + [0.0] * 5, P["minoxidil_half_life_topical"])
    assert 1 - course[-1] / course[59] == pytest.approx(0.95, abs=0.025)


def test_low_activity_fails_the_lotion_but_not_the_tablet():
    lotion = [exposure(REFERENCE, 0.0, a) for a in ("low", "normal", "high")]
    tablet = [exposure(0.0, np.full(60, 5.0), a) for a in ("low", "normal", "high")]
    assert lotion[0] < 0.6 < lotion[1] < lotion[2]
    assert lotion[0] / lotion[1] < 0.7
    assert tablet[0] / tablet[1] > 0.85
    gone = P | {"minoxidil_activated_elsewhere_share": 0.0, "minoxidil_absorbed_fraction": 0.0}
    ratio = exposure(0.0, np.full(60, 5.0), 0.3, gone) / exposure(0.0, np.full(60, 5.0), 1.0, gone)
    assert ratio == pytest.approx(0.3)  # counterfactual: activated by the follicle alone


def test_without_activity_only_what_was_activated_elsewhere_is_left():
    whole = P | {"minoxidil_absorbed_fraction": 0.0}
    assert exposure(REFERENCE, 0.0, 0.0, whole) == 0
    oral = exposure(0.0, np.full(60, 5.0), 0.0, whole)
    share = P["minoxidil_activated_elsewhere_share"]
    assert oral == pytest.approx(share * 5 / P["minoxidil_oral_equivalent_dose"])


def test_two_routes_add_up():
    oral = np.full(60, 2.5)
    both = exposure(REFERENCE, oral)
    assert both == pytest.approx(exposure(REFERENCE, 0.0) + exposure(0.0, oral))


@given(st.floats(0, 200), st.floats(0, 200), st.floats(0, 3))
def test_more_minoxidil_is_never_less_exposure(one, other, activity):
    low, high = sorted((one, other))
    assert exposure(np.full(9, low), 0.0, activity) <= exposure(np.full(9, high), 0.0, activity)


def test_no_dose_no_exposure_no_effect():
    none = minoxidil.follicle_exposure(np.zeros(30), 0.0, P)
    assert (none == 0).all()
    assert (minoxidil.occupancy(none, P) == 0).all()


def test_two_per_cent_gains_what_the_trials_say_of_five():
    men, women = (
        [mean_change(study, f"change_w48_{arm}") for arm in ("minoxidil2", "minoxidil5", "vehicle")]
        for study in ("Olsen2002", "Lucky2004")
    )
    shares = [(two - none) / (five - none) for two, five, none in (men, women)]
    two, five = minoxidil.occupancy([0.4, 1.0], P)
    assert shares[0] < two / five < shares[1]
    # 0.4 (1 + K) / (0.4 + K) = share; the row is the geometric mean of the two trials
    half = [0.4 * (1 - s) / (s - 0.4) for s in shares]
    assert P["minoxidil_half_exposure"] == pytest.approx(math.sqrt(half[0] * half[1]), rel=0.02)


def test_the_stated_share_of_people_is_below_the_cutoff():
    low = P["sulfotransferase_low_share"]
    assert minoxidil.sult_distribution(low, P) == pytest.approx(P["sulfotransferase_cutoff"])
    people = minoxidil.sult_distribution((np.arange(10_000) + 0.5) / 10_000, P)
    assert np.mean(people < P["sulfotransferase_cutoff"]) == pytest.approx(low, abs=1e-4)
    assert np.std(np.log(people)) == pytest.approx(P["sulfotransferase_log_spread"], rel=0.01)
    words = [minoxidil.activity(word, P) for word in minoxidil.ACTIVITIES]
    assert words[0] < words[1] == 1 < words[2]


# ---- platelets ---------------------------------------------------------------------------------


def test_factors_are_released_over_one_to_five_hours():
    out = prp.release(np.array([-1, 0, 1, 5, 48]), P)
    assert out[:2].tolist() == [0, 0]
    assert (np.diff(out[1:]) > 0).all()
    assert out[2] < 0.5
    assert 0.9 < out[3] < out[4] <= 1
    # 95 % range of the time constant: most is out within 60-300 min whatever is drawn
    row = parameter("platelet_factor_release_time")
    for value in (row.low, row.high):
        assert prp.release(5, P | {row.name: value}) > 0.6


def test_the_measured_gel_comes_back_at_its_own_platelets():
    measured = prp.releasate(P["platelet_gel_fold"], P)
    assert measured.factors == pytest.approx(
        {"pdgf_ab": 76, "tgf_beta1": 114, "egf": 3.7, "vegf": 0.8, "igf1": 80}
    )
    # undiluted, it is as many times the best culture concentration as its volume share there
    assert 10 <= measured.growth <= 20


def test_platelets_raise_their_own_factors_and_not_that_of_plasma():
    once, twice = prp.releasate(2, P), prp.releasate(4, P)
    for name in prp.FACTORS:
        assert twice.factors[name] == pytest.approx(2 * once.factors[name])
    assert twice.factors["igf1"] == once.factors["igf1"]
    assert twice.growth / once.growth == pytest.approx(2)
    assert twice.opposing / once.opposing == pytest.approx(2)


def test_no_platelets_no_input():
    none = prp.releasate(0, P)
    assert none.growth == none.opposing == 0
    assert all(none.factors[name] == 0 for name in prp.FACTORS)


def test_rates_are_those_of_their_half_lives():
    product = prp.releasate(4, P)
    hours = P["growth_factor_half_life_dermis"]
    assert math.exp(-product.loss_rate * hours / 24) == pytest.approx(0.5)
    assert prp.release(24 / product.release_rate, P) == pytest.approx(1 - math.exp(-1))


# ---- wounds, secretome -------------------------------------------------------------------------


def test_the_reference_sessions_are_one():
    length, density = P["needle_length_hair_trials"], P["channel_density_scalp_session"]
    assert microneedling.wound_input(length, density, P) == 1
    assert microneedling.injection_wound(P["injection_points_reference"], P) == 1


def test_no_puncture_is_no_wound_whatever_the_exponent():
    for exponent in (-0.4, 0.0, 0.8):
        p = P | {"wound_length_exponent": exponent, "wound_density_exponent": 0.0}
        assert microneedling.wound_input(0.0, 400, p) == 0
        assert microneedling.wound_input(1.5, 0.0, p) == 0
        assert microneedling.injection_wound(0.0, p) == 0


def test_the_prior_leaves_open_whether_longer_needles_do_more():
    # 0.6 mm was at least as good as 1.2 mm
    row = parameter("wound_length_exponent")
    ratios = [
        microneedling.wound_input(1.2, 400, P | {row.name: e})
        / microneedling.wound_input(0.6, 400, P | {row.name: e})
        for e in (row.low, row.high)
    ]
    assert ratios[0] < 1 < ratios[1]


@given(st.floats(0, 5000), st.floats(0, 5000))
def test_more_punctures_are_never_a_smaller_wound(one, other):
    low, high = sorted((one, other))
    assert microneedling.wound_input(1, low, P) <= microneedling.wound_input(1, high, P)
    assert microneedling.injection_wound(low, P) <= microneedling.injection_wound(high, P)


def test_secretome_is_spread_over_its_area():
    one = secretome.application(100, 2, 50, P)
    assert one.amount == pytest.approx(4)
    assert secretome.application(100, 2, 100, P).amount == pytest.approx(2)
    assert secretome.application(0, 2, 50, P).amount == 0
    assert math.exp(-one.loss_rate * P["secretome_protein_half_life"] / 24) == pytest.approx(0.5)


# ---- after-effects -----------------------------------------------------------------------------


@pytest.mark.parametrize("route", after_effects.ROUTES)
def test_what_is_expected_lasts_days_and_nobody_knows_how_many_get_it(route):
    found = after_effects.after_effects(route)
    assert found
    for row in found:
        assert 0 < row.low <= row.days <= row.high <= 7
        assert row.share is None
        assert "assumed" in row.sources
    assert [row.days for row in found] == sorted((row.days for row in found), reverse=True)


def test_side_effects_are_those_of_the_study_files():
    ersan = next(s for s in load_studies() if s.id == "Ersan2024")
    printed = next(r for r in ersan.results if r.id == "side_effects")
    found = after_effects.any_effect("injection")
    assert (found.people, found.affected) == (printed.n, printed.events)
    assert found.upper == pytest.approx(1 - 0.05 ** (1 / 30))
    topical = after_effects.any_effect("topical")
    assert topical.affected / topical.people < topical.upper < 0.35
    assert after_effects.any_effect("microneedling") is None


def test_the_bound_is_the_share_that_would_show_so_few_in_one_of_twenty():
    for x, n in ((0, 10), (2, 30), (7, 38)):
        p = after_effects.upper_bound(x, n)
        seen = sum(math.comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(x + 1))
        assert seen == pytest.approx(0.05)
    assert after_effects.upper_bound(5, 5) == 1


# ---- bad input ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: minoxidil.depot([-1.0], 22), "daily_mg: must be 0 mg or more"),
        (lambda: exposure([1.0], [math.nan]), "daily_mg: must be 0 mg or more"),
        (lambda: exposure([1.0], 0.0, "lo"), "did you mean 'low'"),
        (lambda: exposure([1.0], 0.0, -0.1), "1 is normal (given: -0.1)"),
        (lambda: exposure([1.0], 0.0, form="fom"), "did you mean 'foam'"),
        (lambda: prp.releasate(-1, P), "1 is blood (given: -1)"),
        (lambda: microneedling.wound_input(-1, 400, P), "needle_mm: must be 0 or more"),
        (lambda: microneedling.wound_input(1, math.inf, P), "density_per_cm2: must be 0 or more"),
        (lambda: microneedling.injection_wound(-1, P), "points_per_cm2: must be 0 or more"),
        (lambda: secretome.application(-1, 2, 50, P), "protein_ug_ml: must be 0 or more"),
        (lambda: secretome.application(1, 2, 0, P), "area_cm2: must be more than 0 cm2"),
        (lambda: after_effects.after_effects("injecton"), "did you mean 'injection'"),
        (lambda: after_effects.any_effect("x"), "unknown route 'x'"),
        (lambda: after_effects.upper_bound(3, 2), "given: 3 of 2"),
    ],
)
def test_bad_input_is_one_clear_sentence(call, sentence):
    with pytest.raises(InputError, match=re.escape(sentence)):
        call()
