"""What a diagnosis lays on the follicles."""

import math
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anagen.conditions import androgenetic_alopecia as aga
from anagen.conditions.healthy import TRAITS, healthy_scalp
from anagen.errors import InputError
from anagen.follicle.law import MAX_LOG_FACTOR, androgen_load, androgen_ramp
from anagen.follicle.stationary import under_load
from anagen.parameters import load_parameters, parameter
from anagen.patient import Patient
from anagen.priors import between_people, central_parameters, draw_parameters
from anagen.simulate import follicle_law

P = central_parameters()
ALL = {name: p.value for name, p in load_parameters().items()}


# ---- healthy people ----------------------------------------------------------------------------


@pytest.mark.parametrize("cv", [0.0, 0.15, 0.5])
def test_people_spread_about_the_mean_with_the_stated_variation(cv):
    nodes, weights = np.polynomial.hermite_e.hermegauss(60)
    factor, weights = between_people(nodes, cv), weights / weights.sum()
    assert weights @ factor == pytest.approx(1.0)
    assert math.sqrt(weights @ (factor - 1) ** 2) == pytest.approx(cv, abs=1e-6)


def test_typical_people_have_the_table_values_and_drawn_ones_their_own():
    typical = healthy_scalp(P, [Patient()] * 3, None)
    assert typical.follicle_density.tolist() == [P["follicle_density"]] * 3
    assert typical.anagen.tolist() == [1.0] * 3
    luck = {trait: np.array([0.0, 1.0]) for trait in TRAITS}
    drawn = healthy_scalp(P, [Patient()] * 2, luck)
    sigma = math.sqrt(math.log1p(P["growth_rate_between_people"] ** 2))
    assert drawn.growth_rate[1] / drawn.growth_rate[0] == pytest.approx(math.exp(sigma))


# ---- pattern loss ------------------------------------------------------------------------------


def test_the_load_of_a_typical_man():
    men = [Patient(), Patient(site="occipital", years_since_onset=10)]
    load = aga.androgen_load(P, men, None)
    assert load.severity.tolist() == [1.0, 1.0]
    assert load.onset.tolist() == [0.0, -3652.5]
    assert load.affected_share.tolist() == [
        P[f"affected_share_{s}"] for s in ("vertex", "occipital")
    ]
    assert load.ramp.tolist() == [P["androgen_ramp_time"]] * 2
    assert load.independent.tolist() == [0.0, 0.0]


def test_men_spread_in_severity_as_the_table_says():
    load = aga.androgen_load(P, [Patient()] * 2, np.array([0.3, -1.2]))
    expected = between_people([0.3, -1.2], P["androgen_severity_between_people"])
    assert load.severity.tolist() == expected.tolist()


@pytest.mark.parametrize("site", aga.SITES)
def test_women_lose_at_the_top_and_by_less_of_their_follicles(site):
    woman = Patient(sex="female", site=site)
    own = aga.androgen_load(ALL, [woman], None).affected_share[0]
    assert own == ALL[f"affected_share_{site}_female"]
    as_men = aga.androgen_load(ALL, [woman.model_copy(update={"male_pattern": True})], None)
    assert as_men.affected_share[0] == ALL[f"affected_share_{site}"]


def test_polycystic_ovaries_raise_the_severity_by_their_factor_and_nothing_else():
    plain, raised = Patient(sex="female"), Patient(sex="female", pcos=True)
    load = aga.androgen_load(ALL, [plain, raised], np.array([0.7, 0.7]))
    factor = ALL["androgen_severity_factor_pcos"]
    assert load.severity[1] == pytest.approx(factor * load.severity[0])
    assert load.affected_share[0] == load.affected_share[1]
    assert load.independent[0] == load.independent[1]


@given(st.integers(0, 10_000))
def test_more_of_the_load_is_independent_of_dht_after_the_menopause(seed):
    p = draw_parameters(seed, ALL)
    before = aga.independent_share(p, Patient(sex="female"))
    after = aga.independent_share(p, Patient(sex="female", postmenopausal=True))
    gain = p["androgen_independent_gain_postmenopausal"]
    assert 0 <= before <= after <= 1
    assert 1 - after == pytest.approx((1 - before) * (1 - gain))


@given(st.floats(0, 2), st.floats(0, 1), st.floats(0, 1))
def test_a_load_that_ignores_dht_feels_less_of_its_fall(dht, share, other):
    low, high = sorted((share, other))
    assert aga.effective_dht(dht, 0.0) == dht
    assert aga.effective_dht(dht, 1.0) == 1.0
    assert aga.effective_dht(1.0, share) == pytest.approx(1.0)
    assert abs(aga.effective_dht(dht, high) - 1) <= abs(aga.effective_dht(dht, low) - 1) + 1e-12


def test_rows_of_the_drive_are_per_unit_of_what_observed_men_carry():
    # the tables' notes: 8 years after onset, spread and ramp of 6, about 0.7 of the full load
    late = 6 * (np.arange(1000) + 0.5) / 1000
    assert androgen_ramp(0.0, late - 8, 6.0).mean() == pytest.approx(0.78, abs=0.01)
    nodes, weights = np.polynomial.hermite_e.hermegauss(40)
    years = 8 * between_people(nodes, P["time_since_onset_between_people"])
    loads = androgen_ramp(0.0, late[:, None] - years, 6.0).mean(axis=0)
    assert weights @ loads / weights.sum() == pytest.approx(0.64, abs=0.01)
    kenogen = parameter("theta_kenogen_androgen")
    months = parameter("kenogen_duration").value / 30.4
    assert kenogen.value == pytest.approx(math.log(months / 7) / 0.7, abs=0.05)
    assert parameter("theta_anagen_androgen").high == pytest.approx(
        math.log(1000 / parameter("halloy_anagen_mean").value) / 0.7, abs=0.05
    )


@pytest.mark.parametrize("hypothesis", aga.HYPOTHESES)
def test_a_hypothesis_is_a_setting_of_one_law(hypothesis):
    law = follicle_law(P, hypothesis)
    assert law.size_step == P[f"size_step_{hypothesis}"]
    own = f"theta_kenogen_androgen_{hypothesis}"
    assert law.androgen_drive[3] == P.get(own, P["theta_kenogen_androgen"])
    assert law.androgen_half_size == P["androgen_half_size"]


def test_only_the_kenogen_hypothesis_leaves_size_alone():
    steps = [follicle_law(P, h).size_step for h in aga.HYPOTHESES]
    assert steps[2] == 0 < steps[0] < steps[1]
    assert follicle_law(P, "kenogen_driven").androgen_drive[3] < follicle_law(P).androgen_drive[3]


@pytest.mark.parametrize("hypothesis", aga.HYPOTHESES)
def test_no_draw_asks_for_a_clock_beyond_the_law(hypothesis):
    for seed in range(200):
        law = follicle_law(draw_parameters(seed), hypothesis)
        steepest = max(map(abs, law.androgen_drive))
        assert law.severity_cap > 0.5
        assert steepest * (law.severity_cap + 0.05) <= MAX_LOG_FACTOR * (1 + 1e-9)


@given(st.integers(0, 10_000), st.sampled_from(aga.HYPOTHESES))
def test_more_androgen_never_lengthens_anagen(seed, hypothesis):
    law = follicle_law(draw_parameters(seed), hypothesis)
    means = [under_load(law, load).anagen.mean for load in np.arange(0, law.severity_cap, 0.1)]
    assert (np.diff(means) <= 0).all()


@given(st.floats(0, 3), st.floats(0, 1), st.floats(0.2, 1), st.floats(0.2, 1))
def test_less_dht_never_raises_the_load(severity, ramp, share, other):
    low, high = sorted((share, other))
    assert androgen_load(severity, ramp, low) <= androgen_load(severity, ramp, high)


# ---- bad input ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: aga.affected_share(P, "vertx"), "did you mean 'vertex'"),
        (lambda: aga.miniaturisation(P, "abruptly"), "did you mean 'abrupt'"),
        (lambda: Patient(years_since_onset=-1), "years_since_onset"),
    ],
)
def test_bad_input_is_one_clear_sentence(call, sentence):
    with pytest.raises(InputError, match=re.escape(sentence)):
        call()
