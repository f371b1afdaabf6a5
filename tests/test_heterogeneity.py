"""Between-study variance against metafor 3.8-1 on the BCG trials, and against theory."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reference_data import bcg, events, rows, stacked, to_printed_digits

from anagen.errors import InputError
from anagen.evidence.effect_size import log_odds_ratio
from anagen.evidence.heterogeneity import (
    TAU2_METHODS,
    generalised_q_root,
    h2_from_tau2,
    i2_from_tau2,
    profile_likelihood,
    q_profile,
    restricted_maximum_likelihood,
    typical_variance,
)
from anagen.evidence.least_squares import checked_studies, design, weighted_fit

# metafor 3.8-1, rma(measure = "RR", data = dat.bcg): tau2, its se, I2 in percent
BCG_TAU2 = {
    "DL": ("0.308760", ".22987", "92.1173"),
    "HE": ("0.328564", ".207087", "92.5571"),
    "SJ": ("0.345516", ".149681", "92.8963"),
    "ML": ("0.280028", ".144252", "91.3783"),
    "REML": ("0.313243", ".166426", "92.2214"),
    "EB": ("0.3180684522", ".173663", "92.3303"),  # converged; see the test of the early stop
}
studies = st.integers(3, 12).flatmap(
    lambda k: st.tuples(
        st.lists(st.floats(-50, 50), min_size=k, max_size=k).map(np.array),
        st.lists(st.floats(0.05, 20), min_size=k, max_size=k).map(np.array),
    )
)
methods = pytest.mark.parametrize("method", sorted(TAU2_METHODS))


@pytest.mark.parametrize("method", sorted(BCG_TAU2))
def test_tau2_matches_metafor_on_bcg(method):
    y, v = bcg()
    x = design(y.size)
    found, (tau2, se, i2) = TAU2_METHODS[method](y, v, x), BCG_TAU2[method]
    assert to_printed_digits(found.value, tau2)
    assert to_printed_digits(found.se, se)
    assert to_printed_digits(i2_from_tau2(found.value, typical_variance(v, x)), i2)


def test_paule_mandel_is_the_root_that_metafor_stops_short_of():
    # metafor 3.8-1 stops when a step is below 1e-5 and prints 0.318094 (PM) and 0.318069 (EB); told
    # to go on (threshold 1e-12), both end at 0.3180684522, as does statsmodels 0.15
    y, v = bcg()
    found = TAU2_METHODS["PM"](y, v, design(y.size))
    assert found.value == pytest.approx(0.318094, abs=1e-4)
    assert found.value == pytest.approx(0.318069, abs=1e-6)
    assert to_printed_digits(found.value, "0.3180684522")
    assert weighted_fit(y, v + found.value, design(13)).q == pytest.approx(12.0, rel=1e-12)


def test_h2_of_reml_matches_metafor_on_bcg():
    y, v = bcg()
    tau2 = restricted_maximum_likelihood(y, v, design(13)).value
    assert to_printed_digits(h2_from_tau2(tau2, typical_variance(v, design(13))), "12.8558")


def test_q_profile_intervals_match_metafor_on_bcg():
    found = q_profile(*bcg())
    for interval, printed in (
        (found.tau2, ("0.1197", "1.1115")),
        (found.tau, ("0.3460", "1.0543")),
        (found.i2, ("81.92", "97.68")),
        (found.h2, ("5.53", "43.07")),
    ):
        assert all(map(to_printed_digits, interval, printed))


def test_profile_likelihood_matches_van_houwelingen_2002():
    # van Houwelingen et al. 2002 (doi 10.1002/sim.1040), BCG odds ratios: 0.1151 to 0.8937
    found = profile_likelihood(*stacked([log_odds_ratio(*pair) for pair in events("bcg")]))
    assert all(map(to_printed_digits, found, ("0.1151", "0.8937")))


@methods
def test_the_ten_digits_asked_for_are_there(method):
    """A start from another scale ends at the same number, so the iteration has converged."""
    y, v = bcg()
    base = TAU2_METHODS[method](y, v, design(13))
    for scale in (1e-3, 1.0 / 3.0, 1e4):
        moved = TAU2_METHODS[method](scale * y, scale**2 * v, design(13))
        assert moved.value == pytest.approx(scale**2 * base.value, rel=1e-10)
        assert moved.se == pytest.approx(scale**2 * base.se, rel=1e-9)


@pytest.mark.parametrize(("method", "restricted"), [("ML", False), ("REML", True)])
def test_the_likelihood_is_highest_at_its_estimate(method, restricted):
    y, v = bcg()
    x = np.ones((13, 1))

    def log_likelihood(tau2: float) -> float:  # written out, with sums instead of matrices
        w = 1.0 / (v + tau2)
        mean = (w * y).sum() / w.sum()
        return (
            0.5 * np.log(w).sum()
            - 0.5 * (w * (y - mean) ** 2).sum()
            - 0.5 * math.log(w.sum()) * restricted
        )

    best = TAU2_METHODS[method](y, v, x).value
    slope = (log_likelihood(best + 1e-5) - log_likelihood(best - 1e-5)) / 2e-5
    assert slope == pytest.approx(0.0, abs=1e-5)
    assert all(log_likelihood(best) > log_likelihood(other) for other in (0, best / 2, best * 2))


@pytest.mark.parametrize("method", ["DL", "HE", "ML", "REML", "EB", "PM"])
def test_all_but_sidik_jonkman_agree_when_studies_are_of_one_size(method):
    # with v_i = v: tau2 = s2 - v (s2 the sample variance; the population variance for ML)
    y, v = np.array([1.0, 4.0, 2.0, 9.0, 5.0]), np.full(5, 2.0)
    expected = np.var(y, ddof=0 if method == "ML" else 1) - 2.0
    assert TAU2_METHODS[method](y, v, design(5)).value == pytest.approx(expected)


def test_sidik_jonkman_follows_its_formula_when_studies_are_of_one_size():
    # tau0 = 7.76, weights 1 / (7.76 + 2): tau2 = tau0 * (SS / 9.76) / 4 with SS = 5 * 7.76
    y = np.array([1.0, 4.0, 2.0, 9.0, 5.0])
    found = TAU2_METHODS["SJ"](y, np.full(5, 2.0), design(5)).value
    assert found == pytest.approx(7.76 * (5 * 7.76 / 9.76) / 4)


@methods
@given(st.floats(-20, 20), st.lists(st.floats(0.05, 20), min_size=2, max_size=10))
def test_equal_effects_have_no_variance_between_them(method, effect, variances):
    v = np.array(variances)
    found = TAU2_METHODS[method](np.full(v.size, effect), v, design(v.size))
    assert found.value == pytest.approx(0.0, abs=1e-10)


@methods
@given(studies, st.floats(-30, 30))
def test_a_shift_of_all_effects_changes_nothing(method, data, shift):
    y, v = data
    before = TAU2_METHODS[method](y, v, design(y.size)).value
    after = TAU2_METHODS[method](y + shift, v, design(y.size)).value
    assert after == pytest.approx(before, rel=1e-6, abs=1e-6)
    assert before >= 0.0


@given(studies, st.floats(0.1, 30))
def test_newton_ends_on_the_generalised_q_root(data, target):
    y, v = data
    x = design(y.size)
    root = generalised_q_root(y, v, x, target)
    q = weighted_fit(y, v + root, x).q
    assert q == pytest.approx(target, rel=1e-9) if root > 0 else q <= target


@given(studies)
def test_the_q_profile_interval_holds_the_paule_mandel_root_unless_it_is_empty(data):
    y, v = data
    found = q_profile(y, v).tau2
    assert found[0] <= found[1]
    root = TAU2_METHODS["PM"](y, v, design(y.size)).value
    assert found[0] - 1e-9 <= root <= found[1] * (1 + 1e-9) + 1e-9


def test_the_q_profile_interval_covers_the_truth_as_often_as_it_says():
    # seed 5, 1000 replicates of 8 studies, tau2 = 1: nominal 0.95 within 4 Monte-Carlo errors
    rng, v, hits = np.random.default_rng(5), np.linspace(0.2, 3.0, 8), 0
    for _ in range(1000):
        low, high = q_profile(rng.normal(0.0, np.sqrt(1.0 + v)), v).tau2
        hits += low <= 1.0 <= high
    assert abs(hits / 1000 - 0.95) < 4 * math.sqrt(0.95 * 0.05 / 1000)


def test_standard_errors_of_tau2_match_the_spread_of_tau2():
    # seed 6, 1500 replicates of 40 studies, tau2 = 2: mean se within 10 % of the empirical sd
    rng, v = np.random.default_rng(6), np.linspace(0.5, 1.5, 40)
    for method in ("DL", "HE"):
        found = [
            TAU2_METHODS[method](rng.normal(0, np.sqrt(2.0 + v)), v, design(40))
            for _ in range(1500)
        ]
        spread = np.std([each.value for each in found])
        assert np.mean([each.se for each in found]) == pytest.approx(spread, rel=0.1)


BAD = [
    (([], []), "estimates: no study was given"),
    (([1.0, 2.0], [1.0]), "variances: 2 estimates but 1 variances"),
    (([1.0, 2.0], [1.0, -0.5]), "variances: entry 1 is -0.5; a sampling variance is above 0"),
    (([1.0, 2.0], [0.0, 0.5]), "variances: entry 0 is 0; a sampling variance is above 0"),
    (([1.0, math.nan], [1.0, 1.0]), "estimates: entry 1 is nan; every entry must be a finite"),
    (([1.0, 2.0], [1.0, math.inf]), "variances: entry 1 is inf"),
    (([[1.0, 2.0]], [1.0, 2.0]), "estimates: expected one list of numbers"),
    ((["one"], [1.0]), "estimates: expected a list of numbers"),
]


@pytest.mark.parametrize(("given_values", "sentence"), BAD)
def test_studies_that_cannot_be_are_refused_with_one_sentence(given_values, sentence):
    with pytest.raises(InputError) as refused:
        checked_studies(*given_values)
    assert sentence in str(refused.value)


def test_the_allocation_column_is_the_published_one():
    # metadat 1.2-0, dat.bcg$alloc
    labels = [row["allocation"] for row in rows("bcg")]
    assert labels == ["random"] * 4 + ["alternate"] * 2 + ["random"] * 3 + ["systematic"] * 4
