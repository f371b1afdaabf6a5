"""Meta-regression against metafor 3.8-1 on the BCG trials, and against theory."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reference_data import all_to_printed_digits, bcg, column

from anagen.errors import InputError
from anagen.evidence.meta_analysis import TESTS, pool
from anagen.evidence.meta_regression import meta_regression

# metafor 3.8-1, rma(mods = ~ ablat) and (mods = ~ ablat + year), REML. As it is it stops when tau2
# moves by less than 1e-5, which leaves five digits; with threshold 1e-12 it ends where we end.
# Order: coefficients, their standard errors, tau2, QM, QE, R2 in percent.
AS_IT_IS = [0.25146429, -0.029101661, 0.249104, 0.007195555, 0.076354695, 16.357126, 30.73309,
            75.624478]  # fmt: skip
CONVERGED = (
    "0.2514682100 -0.0291017250 0.2490953966 0.0071953272 0.0763479640 "
    "16.3582321 30.733090011 75.62662181"
)
AS_IT_IS_TWO = [-3.5455051, -0.028011275, 0.0019075566, 0.11078735, 12.204251]
CONVERGED_TWO = "-3.5453530199 -0.0280113294 0.0019074804 0.1107846969 12.2044869"
seeds = st.integers(0, 10_000)


def _latitude() -> dict[str, list[float]]:
    return {"ablat": column("bcg", "ablat")}


def test_latitude_matches_metafor_on_bcg():
    found = meta_regression(*bcg(), _latitude(), test="z")
    b0, b1 = found.coefficients
    values = [b0.estimate, b1.estimate, b0.se, b1.se, found.tau2, found.qm, found.qe, found.r2]
    assert all_to_printed_digits(values, CONVERGED)
    assert values == pytest.approx(AS_IT_IS, rel=1e-4)
    assert (found.qm_df, found.qe_df, found.k) == (1, 11, 13)


def test_latitude_and_year_match_metafor_on_bcg():
    moderators = {**_latitude(), "year": column("bcg", "year")}
    found = meta_regression(*bcg(), moderators, test="z")
    values = [*(each.estimate for each in found.coefficients), found.tau2, found.qm]
    assert all_to_printed_digits(values, CONVERGED_TWO)
    assert values == pytest.approx(AS_IT_IS_TWO, rel=1e-4)
    assert [each.name for each in found.coefficients] == ["intercept", "ablat", "year"]


@pytest.mark.parametrize("test", TESTS)
def test_one_moderator_is_tested_alike_by_its_slope_and_by_the_omnibus(test):
    found = meta_regression(*bcg(), _latitude(), test=test)
    slope = found.coefficients[1]
    assert found.qm == pytest.approx(slope.statistic**2)  # chi2(1) = z^2, F(1, m) = t(m)^2
    assert found.qm_p == pytest.approx(slope.p)


@pytest.mark.parametrize("test", TESTS)
@pytest.mark.parametrize("method", ["EE", "REML", "DL"])
def test_without_moderators_it_is_the_pooled_effect(test, method):
    found, pooled = meta_regression(*bcg(), {}, tau2_method=method, test=test), None
    pooled = pool(*bcg(), method, test)
    (only,) = found.coefficients
    assert only.estimate == pytest.approx(pooled.estimate)
    assert only.interval == pytest.approx(pooled.interval)
    assert (found.qm, found.qm_p) == (0.0, 1.0)
    assert found.qe == pytest.approx(pooled.q)


@given(seeds)
def test_an_exact_line_is_found_and_leaves_no_heterogeneity(seed):
    rng = np.random.default_rng(seed)
    x, v = rng.normal(size=8), rng.uniform(0.1, 2.0, 8)
    found = meta_regression(2.0 - 3.0 * x, v, {"x": x}, test="knapp_hartung_guarded")
    assert [each.estimate for each in found.coefficients] == pytest.approx([2.0, -3.0])
    assert found.tau2 == pytest.approx(0.0, abs=1e-9)
    assert found.qe == pytest.approx(0.0, abs=1e-9)


@given(seeds, st.floats(0.1, 50), st.floats(-2000, 2000))
def test_recoding_a_moderator_recodes_its_slope_only(seed, scale, shift):
    rng = np.random.default_rng(seed)
    x, v, y = rng.normal(size=9), rng.uniform(0.1, 2.0, 9), rng.normal(size=9)
    one = meta_regression(y, v, {"x": x})
    two = meta_regression(y, v, {"x": scale * x + shift})
    assert two.tau2 == pytest.approx(one.tau2, rel=1e-4, abs=1e-6)
    slopes = one.coefficients[1], two.coefficients[1]
    assert scale * slopes[1].estimate == pytest.approx(slopes[0].estimate, rel=1e-4, abs=1e-6)
    assert slopes[1].statistic == pytest.approx(slopes[0].statistic, rel=1e-4, abs=1e-5)


def test_slopes_cover_the_truth_as_often_as_they_say():
    # seed 8, 600 replicates of 10 studies: slope 0.5, tau2 0.2; at least 0.95 less 4 MC errors
    rng, x, v = np.random.default_rng(8), np.linspace(-1, 1, 10), np.linspace(0.1, 0.6, 10)
    hits = 0
    for _ in range(600):
        y = rng.normal(0.5 * x, np.sqrt(0.2 + v))
        low, high = meta_regression(y, v, {"x": x}, tau2_method="DL").coefficients[1].interval
        hits += low <= 0.5 <= high
    assert hits / 600 >= 0.95 - 4 * (0.95 * 0.05 / 600) ** 0.5


BAD = [
    ({"x": [1.0, 2.0]}, "x: 2 values for 4 studies"),
    ({"x": [1.0, 1.0, 1.0, 1.0]}, "repeat one another"),
    ({"x": [0.0, 0.0, 0.0, 0.0]}, "repeat one another"),
    ({"x": [1.0, 2.0, 3.0, float("nan")]}, "x: entry 3 is nan"),
    ({"x": [1, 2, 3, 5], "w": [2, 1, 3, 3], "z": [0, 0, 1, 0]}, "cannot carry 4 coefficients"),
]


@pytest.mark.parametrize(("moderators", "sentence"), BAD)
def test_moderators_that_cannot_be_are_refused_with_one_sentence(moderators, sentence):
    with pytest.raises(InputError) as refused:
        meta_regression([1.0, 2.0, 2.5, 4.0], [1.0, 1.0, 1.0, 2.0], moderators)
    assert sentence in str(refused.value)


def test_three_studies_never_get_a_bare_p_value():
    found = meta_regression([1.0, 2.0, 2.5], [1.0, 1.0, 1.0], {"x": [1.0, 2.0, 4.0]})
    assert [each.p for each in found.coefficients] == [None, None]
    assert found.qm_p is found.qe_p is None
