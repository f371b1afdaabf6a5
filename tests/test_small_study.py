"""Small-study tests and trim-and-fill against metafor 3.8-1, and against theory."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reference_data import bcg, to_printed_digits

from anagen.errors import InputError
from anagen.evidence.meta_analysis import pool
from anagen.evidence.small_study import egger, egger_mixed, rank_test, trim_and_fill


def _funnel(seed: int, k: int = 12) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    v = rng.uniform(0.05, 1.5, k)
    return rng.normal(0.3, np.sqrt(v)), v


def test_egger_matches_metafor_on_bcg():
    found = egger(*bcg())
    assert to_printed_digits(found.statistic, "-1.4013")
    assert to_printed_digits(found.p, ".1887")
    assert found.df == 11


def test_mixed_effects_egger_matches_metafor_on_bcg():
    found = egger_mixed(*bcg())
    assert to_printed_digits(found.statistic, "-0.8033")
    assert to_printed_digits(found.p, ".4218")
    assert to_printed_digits(found.limit, "-0.5104")  # metafor 3.8-1, regtest
    assert found.df is None


def test_rank_test_matches_metafor_on_bcg():
    found = rank_test(*bcg())
    assert to_printed_digits(found.measure, ".0256")
    assert to_printed_digits(found.p, ".9524")


def test_trim_and_fill_matches_metafor_on_bcg():
    found = trim_and_fill(*bcg(), test="z")
    assert found.missing == 1
    assert to_printed_digits(found.pooled.estimate, "-0.657083")
    assert found.pooled.k == 14


@given(st.integers(0, 10_000))
def test_egger_is_the_classical_regression_of_precision(seed):
    """Least squares of y/se on 1/se: its intercept is our slope, with the same t."""
    y, v = _funnel(seed)
    precision = 1.0 / np.sqrt(v)
    x = np.column_stack([np.ones(12), precision])
    b, rss = (part for part in np.linalg.lstsq(x, y * precision)[:2])
    t = b[0] / np.sqrt(rss[0] / 10 * np.linalg.inv(x.T @ x)[0, 0])
    found = egger(y, v)
    assert found.measure == pytest.approx(b[0], rel=1e-6, abs=1e-8)
    assert found.statistic == pytest.approx(t, rel=1e-6, abs=1e-8)
    assert found.limit == pytest.approx(b[1], rel=1e-6, abs=1e-8)


@given(st.integers(0, 10_000))
def test_mirrored_effects_mirror_every_result(seed):
    y, v = _funnel(seed)
    for law in (egger, egger_mixed, rank_test):
        assert law(-y, v).measure == pytest.approx(-law(y, v).measure, abs=1e-8)
        assert law(-y, v).p == pytest.approx(law(y, v).p, abs=1e-8)
    one, two = trim_and_fill(y, v), trim_and_fill(-y, v)
    assert (one.missing, {one.side, two.side}) == (two.missing, {"left", "right"})
    assert two.pooled.estimate == pytest.approx(-one.pooled.estimate, abs=1e-8)


@pytest.mark.parametrize("estimator", ["L0", "R0"])
def test_a_symmetric_funnel_is_left_alone(estimator):
    y = np.array([0.0, -1.0, 1.0, -2.0, 2.0, -3.0, 3.0])
    v = np.array([0.1, 0.2, 0.2, 0.4, 0.4, 0.8, 0.8])
    found = trim_and_fill(y, v, estimator=estimator, side="left")
    assert found.missing == 0
    assert found.pooled == pool(*(part[np.argsort(y, kind="stable")] for part in (y, v)))
    assert egger(y, v).measure == pytest.approx(0.0, abs=1e-9)
    assert found.filled_estimates == ()


def test_suppressed_studies_are_put_back_about_where_they_were():
    y = np.array([0.0, 0.1, -0.1, 0.25, -0.25, 0.6, 0.9, 1.2, 1.5])
    v = np.array([0.01, 0.02, 0.02, 0.05, 0.05, 0.2, 0.3, 0.4, 0.5])
    found = trim_and_fill(y, v, tau2_method="EE")
    assert found.side == "left"
    assert found.missing == 3
    assert to_printed_digits(found.missing_se, "2.0101")  # metafor 3.8-1, trimfill
    assert to_printed_digits(found.pooled.estimate, "0.0122")
    assert found.filled_variances == (0.3, 0.4, 0.5)
    assert found.filled_estimates == pytest.approx([-0.9, -1.2, -1.5], abs=0.05)
    assert abs(found.pooled.estimate) < abs(pool(y, v, "EE").estimate)


def test_egger_rejects_a_symmetric_funnel_as_often_as_it_says():
    # seeds 0 to 1499, no asymmetry: share below 0.05 within 4 Monte-Carlo errors
    share = np.mean([egger(*_funnel(seed)).p < 0.05 for seed in range(1500)])
    assert abs(share - 0.05) < 4 * (0.05 * 0.95 / 1500) ** 0.5


BAD = [
    (lambda: egger([1, 2], [1, 2]), "2 studies cannot carry 2 coefficients"),
    (lambda: egger([1, 2, 3], [1, 1, 1]), "repeat one another"),
    (lambda: rank_test([1], [1]), "two studies or more"),
    (lambda: trim_and_fill([1, 2], [1, 2]), "trim-and-fill needs three studies, got 2"),
    (lambda: trim_and_fill([1, 2, 4], [1, 2, 3], "L1"), "unknown estimator 'L1'; allowed: L0, R0"),
    (lambda: trim_and_fill([1, 2, 4], [1, 2, 3], side="rigth"), "did you mean 'right'"),
]


@pytest.mark.parametrize(("act", "sentence"), BAD)
def test_too_little_or_unusable_input_is_refused_with_one_sentence(act, sentence):
    with pytest.raises(InputError) as refused:
        act()
    assert sentence in str(refused.value)
