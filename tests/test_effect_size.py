"""Effect sizes against metafor 3.8-1 (escalc) to the printed digits, and against theory."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reference_data import all_to_printed_digits, bcg, events, groups, stacked, to_printed_digits

from anagen.errors import InputError
from anagen.evidence.effect_size import (
    Events,
    Group,
    Paired,
    hedges_g,
    log_odds_ratio,
    log_ratio_of_means_change,
    log_risk_ratio,
    mean_change,
    mean_difference,
    risk_difference,
    sd_of_change,
    small_sample_factor,
    standardised_mean_change_change,
    standardised_mean_change_raw,
)

# Morris 2008 (doi 10.1177/1094428106291059): before mean/sd, after mean/sd, n, correlation.
MORRIS = [
    Paired(23.1, 13.8, 19.7, 14.8, 20, 0.47),
    Paired(24.9, 4.1, 25.3, 3.3, 42, 0.64),
    Paired(0.6, 0.2, 0.6, 0.2, 9, 0.77),
    Paired(55.7, 17.3, 60.7, 17.9, 11, 0.89),
    Paired(34.8, 3.1, 33.4, 6.9, 14, 0.44),
]
# metafor 3.8-1, escalc(measure = "MC", "SMCR", "SMCC", "ROMC") on these rows
PRE_POST = [
    (mean_change, "-3.4 .4 0 5 -1.4", "10.87472 .2471809524 .0020444444 6.2261272727 2.7426285714"),
    (
        standardised_mean_change_raw,
        "-.236499652 .095763529 0 .266689482 -.424959824",
        ".054398302 .017252032 .051111111 .023232876 .086449673",
    ),
    (
        standardised_mean_change_change,
        "-.22130211 .12185739 0 .55750228 -.21259941",
        ".05122436559 .02398630027 .11111111111 .10503676352 .07304280387",
    ),
    (
        log_ratio_of_means_change,
        "-.159213982 .015936592 0 .085963551 -.041061487",
        ".0249706779 .0003960682 .0056790123 .0018542372 .0024584955",
    ),
]
finite_means = st.floats(-1e3, 1e3)
spreads = st.floats(0.01, 1e3)
sizes = st.integers(2, 500)
group = st.builds(Group, finite_means, spreads, sizes)
counts = st.integers(1, 60).flatmap(lambda n: st.builds(Events, st.integers(0, n), st.just(n)))


@pytest.mark.parametrize(("law", "estimates", "variances"), PRE_POST)
def test_pre_post_effects_match_metafor_on_morris(law, estimates, variances):
    y, v = stacked([law(pair) for pair in MORRIS])
    assert all_to_printed_digits(y, estimates)
    assert all_to_printed_digits(v, variances)


def test_log_risk_ratios_match_metafor_on_bcg():
    y, v = bcg()
    assert all_to_printed_digits(y[[0, 7, 12]], "-0.88931133 0.01195233 -0.01731395")
    assert all_to_printed_digits(v[[0, 7, 12]], "0.325584765 0.003961579 0.071404660")


def test_hedges_g_matches_metafor_on_normand1999():
    first = hedges_g(*groups("normand1999")[0])
    assert to_printed_digits(first.estimate, "-0.35516964")
    assert to_printed_digits(first.variance, "0.013064676")


def test_small_sample_factor_follows_its_gamma_form_and_its_usual_approximation():
    assert small_sample_factor(2) == pytest.approx(1 / math.sqrt(math.pi))  # G(1) / G(1/2)
    assert small_sample_factor(4) == pytest.approx(math.sqrt(2) / math.sqrt(math.pi))
    for df in (10, 100, 1000):
        assert small_sample_factor(df) == pytest.approx(1 - 3 / (4 * df - 1), abs=0.2 / df**2)


def test_hedges_g_is_unbiased_where_the_plain_difference_is_not():
    # seed 20, 40,000 pairs of arms of 5; 4 Monte-Carlo standard errors
    draw = np.random.default_rng(20).normal(size=(40_000, 2, 5)) + np.array([[0.8], [0.0]])
    mean, sd = draw.mean(axis=2), draw.std(axis=2, ddof=1)
    plain = (mean[:, 0] - mean[:, 1]) / np.sqrt((sd**2).mean(axis=1))
    error = 4 * plain.std() / math.sqrt(plain.size)
    assert abs(small_sample_factor(8) * plain.mean() - 0.8) < error
    assert abs(plain.mean() - 0.8) > error
    one = hedges_g(Group(mean[0, 0], sd[0, 0], 5), Group(mean[0, 1], sd[0, 1], 5))
    assert one.estimate == pytest.approx(small_sample_factor(8) * plain[0])


@given(group, group)
def test_a_difference_changes_sign_with_its_arms(one, two):
    for law in (mean_difference, hedges_g):
        forth, back = law(one, two), law(two, one)
        assert forth.estimate == -back.estimate
        assert forth.variance == pytest.approx(back.variance)


@given(group, group, st.floats(-100, 100), st.floats(0.1, 10))
def test_a_mean_difference_scales_and_ignores_a_shift(one, two, shift, scale):
    def moved(arm: Group) -> Group:
        return Group(scale * arm.mean + shift, scale * arm.sd, arm.n)

    before, after = mean_difference(one, two), mean_difference(moved(one), moved(two))
    assert after.estimate == pytest.approx(scale * before.estimate, abs=1e-8)
    assert after.variance == pytest.approx(scale**2 * before.variance)
    if min(one.n, two.n) >= 3:
        assert hedges_g(moved(one), moved(two)).estimate == pytest.approx(
            hedges_g(one, two).estimate, rel=1e-6, abs=1e-6
        )


@given(st.floats(-50, 50), st.floats(-50, 50), spreads, sizes)
def test_pooled_and_separate_variances_agree_for_arms_of_one_size_and_spread(m1, m2, sd, n):
    arms = Group(m1, sd, n), Group(m2, sd, n)
    separate, pooled = mean_difference(*arms), mean_difference(*arms, variances="pooled")
    assert separate.variance == pytest.approx(pooled.variance)


@given(spreads, spreads)
def test_the_spread_of_a_change_lies_between_its_extremes(before, after):
    assert sd_of_change(before, after, 1.0) == pytest.approx(abs(before - after), abs=1e-6)
    assert sd_of_change(before, after, -1.0) == pytest.approx(before + after)
    assert sd_of_change(before, after, 0.0) == pytest.approx(math.hypot(before, after))


def test_the_change_of_the_mean_is_that_of_the_individual_changes():
    one, two = np.random.default_rng(3).normal([[150.0], [160.0]], 20.0, (2, 30))
    r = float(np.corrcoef(one, two)[0, 1])
    found = mean_change(Paired(one.mean(), one.std(ddof=1), two.mean(), two.std(ddof=1), 30, r))
    change = two - one
    assert found.estimate == pytest.approx(change.mean())
    assert found.variance == pytest.approx(change.var(ddof=1) / 30)


@given(counts, counts)
def test_ratios_are_antisymmetric_and_the_odds_ratio_swaps_with_the_event(one, two):
    def others(arm: Events) -> Events:
        return Events(arm.n - arm.events, arm.n)

    for law in (log_risk_ratio, log_odds_ratio, risk_difference):
        assert law(one, two).estimate == pytest.approx(-law(two, one).estimate, abs=1e-12)
        assert law(one, two).variance == pytest.approx(law(two, one).variance)
    forth, swapped = log_odds_ratio(one, two), log_odds_ratio(others(one), others(two))
    assert forth.estimate == pytest.approx(-swapped.estimate, abs=1e-12)
    assert forth.variance == pytest.approx(swapped.variance)


def test_an_empty_cell_gets_a_half_and_says_so():
    found = log_odds_ratio(Events(0, 10), Events(5, 10))
    assert found.estimate == pytest.approx(math.log(0.5 * 5.5 / (10.5 * 5.5)))
    assert found.variance == pytest.approx(1 / 0.5 + 1 / 10.5 + 2 / 5.5)
    assert "0.5 added" in found.method
    assert log_odds_ratio(*events("bcg")[0]).method == "no empty cell"


BAD = [
    (lambda: Group(1.0, -0.1, 10), "sd: -0.1 was given; a standard deviation is not negative"),
    (lambda: Group(1.0, 1.0, 1), "n: 1 was given; a spread needs 2 people or more"),
    (lambda: Group(math.nan, 1.0, 9), "mean: nan was given; a finite number is needed"),
    (lambda: Group(1.0, math.inf, 9), "sd: inf was given; a finite number is needed"),
    (lambda: Paired(1, 1, 2, 1, 10, 1.2), "correlation: 1.2 was given; allowed: -1 to 1"),
    (lambda: Events(11, 10), "events: 11 of 10 was given; allowed: 0 to 10"),
    (lambda: Events(-1, 10), "events: -1 of 10 was given; allowed: 0 to 10"),
    (lambda: Events(0, 0), "n: 0 was given; 1 or more is needed"),
    (lambda: mean_difference(Group(1, 0, 5), Group(2, 0, 5)), "sd: neither arm has any spread"),
    (lambda: mean_difference(Group(1, 1, 5), Group(2, 1, 5), "pool"), "did you mean 'pooled'"),
    (lambda: hedges_g(Group(1, 0, 5), Group(2, 0, 5)), "cannot be standardised"),
    (lambda: standardised_mean_change_raw(Paired(1, 1, 2, 1, 2, 0.5)), "2 or more"),
    (lambda: standardised_mean_change_raw(Paired(1, 1, 1, 1, 9, 1.0)), "leaves no variance"),
    (lambda: mean_change(Paired(1, 1, 2, 1, 10, 1.0)), "the change has no spread"),
    (lambda: log_ratio_of_means_change(Paired(-1, 1, 2, 1, 10, 0.5)), "both above 0"),
    (lambda: log_ratio_of_means_change(Paired(1, 1, 2, 2, 10, 1.0)), "no spread"),
    (lambda: log_risk_ratio(Events(0, 9), Events(1, 9), add=0), "an empty cell leaves no finite"),
]


@pytest.mark.parametrize(("act", "sentence"), BAD)
def test_a_value_that_cannot_be_is_refused_with_one_sentence(act, sentence):
    with pytest.raises(InputError) as refused:
        act()
    assert sentence in str(refused.value)
