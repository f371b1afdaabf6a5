"""Recovering mean, spread and standard error from what papers print."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reference_data import to_printed_digits

from anagen.errors import InputError
from anagen.evidence.distributions import critical_value, two_sided_p
from anagen.evidence.summary_statistics import (
    MEAN_METHODS,
    mean_sd_from_median_and_width,
    mean_sd_from_median_iqr,
    sd_from_iqr_width,
    sd_from_se,
    se_from_ci,
    variance_from_ci,
    variance_from_p,
)


@given(st.floats(-100, 100), st.floats(0.01, 50), st.integers(2, 400), st.booleans())
def test_an_interval_gives_back_the_standard_error_it_was_made_from(mean, se, n, normal):
    df = None if normal else n - 1
    half = critical_value(0.9, df) * se
    found = se_from_ci(mean - half, mean + half, estimate=mean, df=df, level=0.9)
    assert found == pytest.approx(se, rel=1e-9)
    assert variance_from_ci(mean - half, mean + half, df=df, level=0.9) == pytest.approx(found**2)
    assert sd_from_se(se, n) / math.sqrt(n) == pytest.approx(se)


def test_critical_values_are_those_of_the_tables():
    # Student's t, two-sided 95 %: 12.706 (1), 4.303 (2), 2.179 (12); normal 1.960
    table = {1: "12.706", 2: "4.303", 12: "2.179", None: "1.960"}
    for df, printed in table.items():
        assert to_printed_digits(critical_value(0.95, df), printed)


def test_the_divisor_of_the_quartile_distance_tends_to_that_of_a_normal_law():
    assert 1 / sd_from_iqr_width(1.0, 10**7) == pytest.approx(1.34898, abs=1e-5)


@pytest.mark.parametrize("method", sorted(MEAN_METHODS))
def test_quartiles_of_normal_samples_give_back_mean_and_sd(method):
    # seed 11, 4000 samples of 25 people: unbiased to 4 Monte-Carlo errors in the mean, 2 % in sd
    draw = np.random.default_rng(11).normal(150.0, 20.0, (4000, 25))
    quartiles = np.quantile(draw, [0.25, 0.5, 0.75], axis=1).T
    found = [mean_sd_from_median_iqr(tuple(q), 25, method) for q in quartiles]
    means = np.array([each.mean for each in found])
    assert abs(means.mean() - 150.0) < 4 * means.std() / math.sqrt(4000)
    assert np.mean([each.sd for each in found]) == pytest.approx(20.0, rel=0.02)


@given(st.floats(-50, 50), st.floats(0, 50), st.integers(2, 300))
def test_symmetric_quartiles_have_their_median_as_mean_by_every_method(median, half, n):
    by_width = mean_sd_from_median_and_width(median, 2 * half, n)
    for method in MEAN_METHODS:
        found = mean_sd_from_median_iqr((median - half, median, median + half), n, method)
        assert found.mean == pytest.approx(by_width.mean, abs=1e-9)
        assert found.sd == pytest.approx(by_width.sd, abs=1e-9)
        assert method in found.method
    assert "symmetry assumed" in by_width.method


def test_luo_weighs_the_middle_of_the_quartiles_by_sample_size():
    # Luo 2018, equation 15, n = 39: w = 0.7 + 0.39 / 39 = 0.71
    found = mean_sd_from_median_iqr((10.0, 12.0, 20.0), 39)
    assert found.mean == pytest.approx(0.71 * 15.0 + 0.29 * 12.0)
    wan = mean_sd_from_median_iqr((10.0, 12.0, 20.0), 39, "wan2014")
    assert wan.mean == pytest.approx(14.0)
    assert wan.sd == found.sd


BAD = [
    (lambda: se_from_ci(2.0, 1.0), "the lower limit comes first"),
    (lambda: se_from_ci(1.0, 2.0, estimate=2.5), "1 to 2 excludes its own estimate 2.5"),
    (lambda: se_from_ci(1.0, math.inf), "high: inf was given"),
    (lambda: se_from_ci(1.0, 2.0, level=95), "allowed: between 0 and 1"),
    (lambda: sd_from_se(-1.0, 10), "se: -1 was given"),
    (lambda: sd_from_se(1.0, 1), "a spread needs 2 people or more"),
    (lambda: sd_from_iqr_width(-2.0, 10), "width: -2 was given"),
    (lambda: mean_sd_from_median_iqr((1.0, 3.0, 2.0), 10), "out of order"),
    (lambda: mean_sd_from_median_iqr((1.0, 2.0, 3.0), 10, "luo"), "did you mean 'luo2018'"),
]


@pytest.mark.parametrize(("act", "sentence"), BAD)
def test_a_value_that_cannot_be_is_refused_with_one_sentence(act, sentence):
    with pytest.raises(InputError) as refused:
        act()
    assert sentence in str(refused.value)


@pytest.mark.parametrize(("estimate", "se"), [(12.0, 4.0), (-3.0, 1.0), (0.5, 0.2)])
def test_variance_comes_back_from_its_p_value(estimate, se):
    """Round trip: p of estimate / se by the normal law, then the variance from p."""
    p = two_sided_p(estimate / se)
    assert variance_from_p(estimate, p) == pytest.approx(se**2, rel=1e-9)


def test_a_bound_on_p_gives_the_widest_interval():
    assert variance_from_p(10.0, 0.001) > variance_from_p(10.0, 0.0001)


@pytest.mark.parametrize("p", [0.0, 1.0, -0.1, 2.0])
def test_impossible_p_is_refused(p):
    with pytest.raises(InputError, match="between 0 and 1"):
        variance_from_p(1.0, p)


def test_no_difference_has_no_spread_by_p():
    with pytest.raises(InputError, match="difference of 0"):
        variance_from_p(0.0, 0.5)
