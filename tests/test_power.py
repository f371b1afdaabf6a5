"""Power and sample size against rpact, pwr, R's stats and statsmodels; simulated power."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from monte_carlo import LIMIT, assert_moment
from reference_data import all_to_printed_digits, to_printed_digits
from scipy.special import ndtr
from statsmodels.genmod.families import Binomial
from statsmodels.genmod.families.links import Probit
from statsmodels.genmod.generalized_linear_model import GLM
from statsmodels.stats.power import NormalIndPower, TTestIndPower, TTestPower

from anagen.errors import InputError
from anagen.trial.statistics.estimate import estimate_of
from anagen.trial.statistics.power import (
    Proportions,
    ancova,
    arcsine,
    arm_sizes,
    cohen_h,
    non_inferior,
    non_inferiority,
    noncentral_power,
    paired,
    parallel,
    split_scalp,
    with_dropout,
)
from anagen.trial.statistics.simulated_power import monte_carlo_power, n_for_power


def two_sided(test):
    """Rejecting on either side at 0.05, as pwr does."""
    return replace(test, alpha=0.05, sides=2)


@pytest.mark.parametrize(
    ("effect", "power", "rpact", "known", "r"),
    [
        (0.5, 0.8, 127.531568, "125.582076", "127.53152745"),
        (0.5, 0.9, 170.062628, "168.118769", "170.062626623"),
        (0.8, 0.8, 51.049273, "49.055498", "51.0492624598"),
        (0.25, 0.9, 674.401601, "672.475076", "674.401596178"),
    ],
)
def test_fixed_sizes_match_rpact_and_r(effect, power, rpact, known, r):
    # in all, one-sided 0.025: rpact 3.3.4 for an unknown and a known SD. Its search stops early;
    # 2 power.t.test(delta, power = , tol = 1e-12)$n of R 4.2.2 does not
    test = parallel(effect, 1)
    assert test.n(power) == pytest.approx(rpact, rel=5e-7)
    assert to_printed_digits(test.n(power), r)
    assert to_printed_digits(replace(test, known_sd=True).n(power), known)


def test_power_of_a_hundred_people_matches_rpact():
    found = [parallel(delta, 20).power(100) for delta in (0, 5, 10, 15)]
    assert all_to_printed_digits(found, ".025 .235087 .696889 .960202")


def test_sizes_of_shares_match_rpact_and_r():
    shares = [(0.4, 0.2, 0.8, "162.44848"), (0.6, 0.4, 0.9, "258.50577")]
    for treated, control, power, printed in shares:
        assert to_printed_digits(Proportions(treated=treated, control=control).n(power), printed)
    assert to_printed_digits(Proportions(treated=0.75, control=0.5).n(0.9) / 2, "76.70693")
    both = Proportions(treated=0.5, control=0.75, alpha=0.05, sides=2)
    assert to_printed_digits(both.n(0.9) / 2, "76.70693")


def test_unequal_arms_match_r():
    # uniroot on pt(qt(.975, n - 2), n - 2, .5 * sqrt(n * 2 / 9), lower = FALSE), R 4.2.2
    assert to_printed_digits(parallel(0.5, 1, 2).n(0.8), "143.226106463")


def test_pwr_and_r_stats():
    # pwr 1.3 rejects on both sides; power.t.test on the far side only if strict
    assert to_printed_digits(two_sided(parallel(0.5, 1)).n(0.8) / 2, "63.76561")
    assert to_printed_digits(two_sided(paired(0.5, 1)).power(30), ".75396472")
    search = np.finfo(float).eps ** 0.25  # tolerance of R's search, where it was left as it is
    assert two_sided(arcsine(0.4, 0.2)).n(0.8) / 2 == pytest.approx(80.299125, abs=search)
    assert to_printed_digits(parallel(1, 1).power(40), ".8689528")
    assert parallel(1, 1).n(0.9) / 2 == pytest.approx(22.021098, abs=search)
    assert to_printed_digits(parallel(1, 1).n(0.9) / 2, "22.0210955701")  # tol = 1e-12


def test_sizes_per_arm_of_hair_trials():
    # pwr 1.3, SD of change 20 hairs/cm2, at 80 and 90 percent power
    rows = {4.3: (341, 456), 5: (253, 338), 8: (100, 133), 9.1: (77, 103), 15: (29, 39)}
    for delta, sizes in rows.items():
        test = two_sided(parallel(delta, 20))
        assert tuple(arm_sizes(test.n(power))[0] for power in (0.8, 0.9)) == sizes
    test = parallel(8, 18)
    assert tuple(arm_sizes(test.n(power))[1] for power in (0.8, 0.9)) == (81, 108)
    assert math.ceil(split_scalp(8, 18, 0.5).n(0.8)) == 42


def test_small_exosome_trials_have_little_power():
    powers = [parallel(9.5, 20).power(2 * n) for n in (10, 15, 20, 30, 60)]
    assert all_to_printed_digits(powers, ".17 .24 .31 .44 .73")


def test_non_inferiority():
    published = estimate_of(-0.3, 2.9, math.inf)
    assert to_printed_digits(published.low, "-5.98")
    assert not non_inferior(published, 5)
    assert non_inferior(published, 6)
    # to show that no effect is not worse by 10 is to show a gain of 10
    assert non_inferiority(parallel(0, 20), 10).n(0.8) == parallel(10, 20).n(0.8)


effects = st.floats(0.15, 2.5)
tests = st.builds(
    lambda effect, r, sides, alpha: replace(parallel(effect, 1, r), sides=sides, alpha=alpha),
    effects, st.floats(0.25, 4), st.sampled_from([1, 2]), st.floats(0.005, 0.1),
)  # fmt: skip


@given(tests, st.floats(0.3, 0.99))
def test_size_and_detectable_difference_are_inverses_of_power(test, power):
    n = test.n(power)
    if n > test.lost_df + 1:  # else the smallest trial has more
        assert test.power(n) == pytest.approx(power, abs=1e-8)
        assert test.detectable(n, power) == pytest.approx(test.delta, rel=1e-6)


@given(effects, st.floats(10, 300), st.floats(0.25, 4), st.sampled_from([1, 2]))
def test_two_samples_agree_with_statsmodels(effect, n_control, r, sides):
    expected = TTestIndPower().power(
        effect, n_control, 0.05, ratio=r, alternative="two-sided" if sides == 2 else "larger"
    )
    assume(math.isfinite(expected))  # SciPy's noncentral t is NaN at some shifts
    test = replace(parallel(effect, 1, r), sides=sides, alpha=0.05)
    assert test.power(n_control * (1 + r)) == pytest.approx(expected, abs=1e-9)


def test_other_laws_agree_with_statsmodels():
    assert two_sided(paired(6, 15)).power(24) == pytest.approx(TTestPower().power(0.4, 24, 0.05))
    h = cohen_h(0.35, 0.2)
    expected = NormalIndPower().power(h, 50, 0.05, ratio=2)
    assert two_sided(arcsine(0.35, 0.2, 2)).power(150) == pytest.approx(expected, abs=1e-12)


def test_a_covariate_pays_by_its_correlation():
    plain, adjusted = parallel(5, 20), ancova(5, 20, 0.6)
    assert adjusted.variance == pytest.approx(0.64 * plain.variance)
    assert adjusted.n(0.8) == pytest.approx(0.64 * plain.n(0.8), rel=0.01)
    assert ancova(5, 20, 0.0).power(100) < plain.power(100)  # a useless one costs a degree


def test_split_scalp_saves_heads_and_spill_over_takes_them_back():
    parallel_known = replace(parallel(8, 18), known_sd=True)
    for rho in (0.0, 0.3, 0.5, 0.9):
        heads = replace(split_scalp(8, 18, rho), known_sd=True).n(0.8)
        assert heads == pytest.approx((1 - rho) / 2 * parallel_known.n(0.8))
    whole, half = (replace(split_scalp(8, 18, 0.5, s), known_sd=True).n(0.8) for s in (0.0, 0.5))
    assert half == pytest.approx(4 * whole)


def test_allocation_costs_people():
    sizes = [parallel(8, 20, r).n(0.8) for r in (0.5, 1, 2, 4)]
    assert sizes[0] == pytest.approx(sizes[2])
    assert sizes[1] < sizes[2] < sizes[3]
    assert arm_sizes(90, 2) == (60, 30)
    assert arm_sizes(90.1, 2) == (61, 31)
    assert with_dropout(70, 0.3) == pytest.approx(100)


def test_power_of_a_t_test_is_that_of_simulated_trials():
    # seed 5, 40 000 trials of 8 and 16 people
    rng, r, delta = np.random.default_rng(5), 40_000, 1.1
    treated, control = rng.normal(delta, 1, (r, 16)), rng.normal(0, 1, (r, 8))
    pooled = (treated.var(1, ddof=1) * 15 + control.var(1, ddof=1) * 7) / 22
    t = (treated.mean(1) - control.mean(1)) / np.sqrt(pooled * (1 / 16 + 1 / 8))
    assert_moment(t > 2.0738730679, parallel(delta, 1, 2).power(24))


def test_wilson_interval():
    # Wilson 1927: (p + z2/2n -+ z sqrt(p q / n + z2 / 4n2)) / (1 + z2 / n)
    found = monte_carlo_power(np.arange(200) < 34)
    z2, p, n = 3.841458820694124, 0.17, 200
    centre, half = p + z2 / 2 / n, math.sqrt(z2 * (p * (1 - p) / n + z2 / 4 / n**2))
    assert (found.share, found.replicates) == (0.17, 200)
    assert found.se == pytest.approx(math.sqrt(p * (1 - p) / n))
    assert found.low == pytest.approx((centre - half) / (1 + z2 / n))
    assert found.high == pytest.approx((centre + half) / (1 + z2 / n))
    assert monte_carlo_power(np.zeros(50)).low == 0
    assert monte_carlo_power(np.zeros(50)).high > 0.05


SIZES = np.array([20, 50, 90, 140, 200])


def nested(rng, replicates, sizes=SIZES, effect=0.5, shared=True):
    """Rejections of z tests whose first n people are the same at every size."""
    steps = np.diff(sizes, prepend=0)
    draws = rng.normal(effect / 2 * steps, np.sqrt(steps), (replicates, len(sizes)))
    if shared:
        z = draws.cumsum(1) / np.sqrt(sizes)
    else:
        z = rng.normal(effect / 2 * np.sqrt(sizes), 1.0, (replicates, len(sizes)))
    return z > 1.959963984540054


@pytest.mark.parametrize("shared", [True, False])
def test_required_n_and_its_error_on_known_truth(shared):
    # seed 21, 200 studies of 1000 replicates: n has no bias and the stated error, 4 MC errors
    rng, truth = np.random.default_rng(21), replace(parallel(0.5, 1), known_sd=True).n(0.8)
    studies = [n_for_power(SIZES, nested(rng, 1000, shared=shared)) for _ in range(200)]
    roots = np.array([math.sqrt(s.n) for s in studies])
    assert abs(roots.mean() - math.sqrt(truth)) < LIMIT * roots.std() / math.sqrt(200)
    widths = np.array([math.sqrt(s.high) - math.sqrt(s.low) for s in studies]) / 2 / 1.96
    assert roots.std(ddof=1) == pytest.approx(widths.mean(), rel=LIMIT / math.sqrt(2 * 199))
    covered = np.array([s.low < truth < s.high for s in studies])
    assert abs(covered.mean() - 0.95) < LIMIT * math.sqrt(0.95 * 0.05 / 200)
    assert not any(s.note for s in studies)


def test_the_fit_is_maximum_likelihood():
    hits = nested(np.random.default_rng(3), 500)
    x, count = np.column_stack([np.ones(5), np.sqrt(SIZES)]), hits.sum(0)
    family = Binomial(link=Probit())
    expected = GLM(np.column_stack([count, 500 - count]), x, family=family).fit().fittedvalues
    np.testing.assert_allclose(n_for_power(SIZES, hits).fitted, expected, atol=1e-7)


def test_people_shared_by_sizes_are_counted_once():
    rng = np.random.default_rng(2)
    apart, shared = (
        n_for_power(SIZES, nested(rng, 4000, shared=s)) for s in (False, True)
    )  # fmt: skip
    assert shared.high - shared.low > 1.1 * (apart.high - apart.low)


def test_required_n_of_a_t_test_is_near_its_closed_form():
    # seed 8, 20 000 independent trials a size; the probit is a few percent off where n is small
    rng, sizes, test = np.random.default_rng(8), np.array([20, 30, 40, 60, 80]), parallel(0.8, 1)
    hits = rng.random((20_000, 5)) < [test.power(n) for n in sizes]
    found = n_for_power(sizes, hits)
    assert found.n == pytest.approx(test.n(0.8), rel=0.02)
    np.testing.assert_allclose(found.fitted, hits.mean(0), atol=0.01)
    assert n_for_power(sizes, nested(rng, 2000, sizes)).misfit < LIMIT


def test_targets_beyond_the_grid_say_so():
    rng = np.random.default_rng(4)
    hits = nested(rng, 3000)
    far, near = n_for_power(SIZES, hits, 0.99), n_for_power(SIZES, hits, 0.1)
    assert far.n > 200
    assert "above the simulated sizes: an extrapolation" in far.note
    assert near.n < 20
    assert "below the simulated sizes" in near.note
    null = n_for_power(SIZES, nested(rng, 3000, effect=0.0))
    assert (null.n, null.high) == (math.inf, math.inf)
    assert "no n can be named" in null.note
    sure = n_for_power([150, 160], nested(rng, 300, np.array([150, 160]), effect=0.6), 0.5)
    assert (sure.n, sure.high) == (150, 150)
    assert "every simulated size reaches the target" in sure.note


def test_noncentral_power_at_its_ends():
    assert noncentral_power(0.0, 12) == pytest.approx(0.025)
    assert noncentral_power(0.0, 12, 0.05, 2) == pytest.approx(0.05)
    assert noncentral_power(-1.5, 9, 0.05, 2) == pytest.approx(noncentral_power(1.5, 9, 0.05, 2))
    assert noncentral_power(2.5, 1e7) == pytest.approx(ndtr(2.5 - 1.959963984540054), abs=1e-6)
    assert noncentral_power(60, 9) == pytest.approx(1)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: parallel(5, 0), "variance: must be above 0"),
        (lambda: parallel(math.nan, 1), "delta: must be a number"),
        (lambda: parallel(5, 1, 0), "allocation: must be above 0"),
        (lambda: split_scalp(5, 20, 1.2), "correlation: must lie between -1 and 1"),
        (lambda: split_scalp(5, 20, 0.5, 1), "spill_over: must be 0 to below 1"),
        (lambda: parallel(0, 20).n(0.8), "no number of people"),
        (lambda: parallel(-5, 20).n(0.8), "no number of people"),
        (lambda: parallel(5, 20).n(1.0), "level"),
        (lambda: parallel(5, 20).power(2), "n: needs 3 people or more"),
        (lambda: noncentral_power(1, 9, sides=3), "1 or 2 sides"),
        (lambda: parallel(5, 20).detectable(100, 0.01), "power: must be above the error of 0.025"),
        (lambda: Proportions(treated=0.5, control=0.2, sides=0), "1 or 2 sides"),
        (lambda: Proportions(treated=1.2, control=0.2), "between 0 and 1"),
        (lambda: non_inferiority(parallel(0, 20), 0), "margin: must be above 0"),
        (lambda: with_dropout(10, 1), "dropout: must be 0 to below 1"),
        (lambda: monte_carlo_power([]), "no replicates"),
        (lambda: n_for_power([10, 20], np.ones((5, 3))), "expected shape"),
        (lambda: n_for_power([10, 10], np.eye(2)), "ns: must be above 0 and differ"),
        (lambda: n_for_power([10, 20], np.ones((5, 2))), "fewer than two sizes"),
    ],
)
def test_bad_input_is_told(call, words):
    with pytest.raises(InputError, match=words):
        call()
