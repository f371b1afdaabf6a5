"""Differences of means: t tests, ANCOVA, non-inferiority, pairs and the crossover."""

from __future__ import annotations

import math
import time

import numpy as np
import pytest
from scipy import stats
from type_one_error import assert_type_one_error

from anagen.errors import InputError
from anagen.trial.primary import tried
from anagen.trial.statistics.comparison import ancova, ancova_all, noninferior, t_test
from anagen.trial.statistics.estimate import estimate_of
from anagen.trial.statistics.paired import (
    crossover,
    heads_left_out,
    paired_ancova,
    paired_t_test,
    within_person_correlation,
)

SEED, REPLICATES = 20, 2000
NAN = np.nan


def a_trial(seed: int = SEED, n: int = 60) -> tuple[np.ndarray, ...]:
    """Values with holes, baselines, three arms and three strata of n people."""
    rng = np.random.default_rng(seed)
    arm, stratum = rng.integers(0, 3, n), rng.integers(0, 3, n)
    baseline = rng.normal(150, 30, n)
    y = 5 * arm - 3 * stratum + 0.4 * baseline + rng.normal(0, 20, n)
    y[rng.random(n) < 0.1] = NAN
    return y, baseline, arm, stratum


@pytest.mark.parametrize("pooled", [True, False])
def test_t_tests_are_scipys(pooled: bool) -> None:
    rng = np.random.default_rng(SEED)
    a, b = rng.normal(10, 30, 17), rng.normal(0, 10, 9)
    ours = t_test(np.append(a, NAN), b, pooled=pooled, level=0.9)
    theirs = stats.ttest_ind(a, b, equal_var=pooled)
    interval = theirs.confidence_interval(0.9)
    assert (ours.p, ours.df) == pytest.approx((theirs.pvalue, theirs.df), rel=1e-10)
    assert (ours.low, ours.high) == pytest.approx((interval.low, interval.high), rel=1e-10)


def test_ancova_is_the_regression() -> None:
    import statsmodels.api as sm

    y, baseline, arm, stratum = a_trial()
    seen = ~np.isnan(y)
    x = np.column_stack([arm == 1, arm == 2, baseline, stratum == 1, stratum == 2])
    fit = sm.OLS(y[seen], sm.add_constant(x[seen].astype(float))).fit()
    for i, j, c in ((1, 0, [0, 1, 0, 0, 0, 0]), (2, 1, [0, -1, 1, 0, 0, 0])):
        ours, theirs = ancova(y, baseline, arm, i, j, stratum=stratum), fit.t_test(c)
        given = (ours.estimate, ours.se, ours.p, ours.low, ours.high)
        wanted = (theirs.effect.item(), theirs.sd.item(), theirs.pvalue.item(),
                  *theirs.conf_int()[0])  # fmt: skip
        assert given == pytest.approx(wanted, rel=1e-9)
        assert ours.df == fit.df_resid
    middle = np.append(1.0, x[seen].mean(0))
    middle[1:3] = 0, 1
    mean = ancova_all(y[:, None], baseline, arm, stratum).least_squares_mean(2)
    theirs = fit.t_test(middle)
    assert (mean.estimate, mean.se) == pytest.approx((theirs.effect.item(), theirs.sd.item()))


def test_ancova_reduces_to_the_t_test_and_keeps_its_invariances() -> None:
    y, baseline, arm, stratum = a_trial()
    two = arm < 2
    plain = ancova(y[two], np.full(two.sum(), 7.0), arm[two], 1, 0)
    test = t_test(y[arm == 1], y[arm == 0])
    assert (plain.estimate, plain.se, plain.df) == pytest.approx((test.estimate, test.se, test.df))
    value, change = (ancova(v, baseline, arm, 2, 0) for v in (y, y - baseline))
    assert (value.estimate, value.se) == pytest.approx((change.estimate, change.se), rel=1e-10)
    swapped = ancova(y, baseline, arm, 0, 2)
    assert (swapped.low, swapped.p) == pytest.approx((-value.high, value.p))
    twice = ancova(y, baseline, arm, 2, 0, stratum=stratum, others=baseline[:, None] * 3 + 1)
    once = ancova(y, baseline, arm, 2, 0, stratum=stratum)
    assert (twice.estimate, twice.se, twice.df) == pytest.approx((once.estimate, once.se, once.df))


def test_many_endpoints_at_once_are_those_one_by_one_and_fast() -> None:
    rng = np.random.default_rng(SEED)
    y, baseline = rng.normal(10, 20, (400, 90)), rng.normal(150, 30, (400, 90))
    y[rng.random(y.shape) < 0.1] = NAN
    arm, stratum = rng.integers(0, 3, 400), rng.integers(0, 4, 400)
    table = ancova_all(y, baseline, arm, stratum)
    for column in (0, 41, 89):
        one = ancova(y[:, column], baseline[:, column], arm, 2, 1, stratum=stratum)
        many = table.difference(2, 1, column)
        assert (many.estimate, many.se, many.p) == pytest.approx((one.estimate, one.se, one.p))
    took = []
    for _ in range(5):
        start = time.perf_counter()
        ancova_all(y, baseline, arm, stratum)
        took.append(time.perf_counter() - start)
    assert min(took) < 0.2  # 0.01 s on an idle laptop; the limit is for a loaded one


def test_ancova_says_what_cannot_be_estimated() -> None:
    y, baseline, arm, _ = a_trial()
    lonely = y.copy()
    lonely[np.flatnonzero(arm == 2)[1:]] = NAN
    with pytest.raises(InputError, match=r"arm 2 has [01] observed"):
        ancova(lonely, baseline, arm, 2, 0)
    assert ancova(lonely, baseline, arm, 1, 0).df > 10
    with pytest.raises(InputError, match="no variance is left"):
        ancova(2 * baseline + arm, baseline, arm, 1, 0)
    assert np.isnan(ancova_all((2 * baseline + arm)[:, None], baseline, arm).p).all()
    with pytest.raises(InputError, match="0 observed"):
        ancova(np.full(60, NAN), baseline, arm, 1, 0)
    with pytest.raises(InputError, match="leave it out"):
        ancova(y, baseline, arm, 1, 0, stratum=arm)
    with pytest.raises(InputError, match="cannot carry so many"):
        ancova([1.0, 2, 3, 4], [1.0, 5, 2, 7], [0, 0, 1, 1], 1, 0, stratum=[0, 1, 0, 2])


def test_t_test_refusals() -> None:
    with pytest.raises(InputError, match="1 observed"):
        t_test([1.0, NAN], [1.0, 2.0])
    with pytest.raises(InputError, match="nothing to test by"):
        t_test([1.0, 1.0], [2.0, 2.0])
    with pytest.raises(InputError, match="nobody was given"):
        ancova([], [], [], 1, 0)
    with pytest.raises(InputError, match="infinite"):
        t_test([1.0, np.inf], [2.0, 3.0])


def test_only_what_the_data_do_not_allow_is_tried_in_vain() -> None:
    assert np.isnan(tried(lambda: t_test([1.0], [2.0, 3.0]))).all()
    tried(lambda: t_test([1.0], [2.0, 3.0]))[:] = 0  # nobody else's
    assert np.isnan(tried(lambda: ancova([1.0, 2.0], [0.0, 0.0], [0, 0], 1, 0))).all()
    with pytest.raises(InputError, match="level"):
        tried(lambda: t_test([1.0, 2.0], [2.0, 3.0], level=2))
    with pytest.raises(InputError, match="baseline"):
        tried(lambda: ancova([1.0, 2.0], [0.0], [0, 1], 1, 0))


def test_noninferiority_by_the_confidence_limit() -> None:
    """-0.3 with a standard error of 2.9 fails a margin of 5: its limit is -5.98."""
    found = noninferior(estimate_of(-0.3, 2.9, np.inf), 5)
    assert not found.shown
    assert found.superior is None
    assert found.limit == pytest.approx(-5.98, abs=0.005)
    assert found.p == pytest.approx(stats.norm.sf(4.7 / 2.9))
    close = noninferior(estimate_of(-0.3, 2.9, np.inf), 5.99)
    assert close.shown
    assert close.superior is False
    lower = noninferior(estimate_of(-8.0, 2.9, np.inf), 5, better="lower")
    assert lower.superior is True
    assert lower.limit == pytest.approx(-8 + 1.959964 * 2.9)
    with pytest.raises(InputError, match="margin"):
        noninferior(estimate_of(0.0, 1.0, 5), 0)


def test_the_edge_of_noninferiority_is_p_of_a_half_alpha() -> None:
    e = estimate_of(-1.0, 2.0, 30)
    assert noninferior(e, -e.low).p == pytest.approx(0.025)


def test_paired_analyses_are_scipys_and_the_regression() -> None:
    import statsmodels.api as sm

    rng = np.random.default_rng(SEED)
    head = rng.normal(0, 15, 25)
    before = rng.normal(150, 30, (2, 25)) + head
    a, b = head + 8 + 0.3 * before[0] + rng.normal(0, 10, (2, 25))
    theirs = stats.ttest_rel(a, b)
    interval, ours = theirs.confidence_interval(), paired_t_test(np.append(a, 3), np.append(b, NAN))
    assert (ours.p, ours.df) == pytest.approx((theirs.pvalue, theirs.df), rel=1e-10)
    assert (ours.low, ours.high) == pytest.approx((interval.low, interval.high), rel=1e-10)
    assert heads_left_out([1, NAN, NAN, 2], [1, 2, NAN, NAN]) == 3
    fit = sm.OLS(a - b, sm.add_constant(before[0] - before[1])).fit()
    adjusted = paired_ancova(a, b, *before)
    wanted = (fit.params[0], fit.bse[0], fit.pvalues[0], fit.df_resid)
    assert (adjusted.estimate, adjusted.se, adjusted.p, adjusted.df) == pytest.approx(wanted)
    change = paired_ancova(a - before[0], b - before[1], *before)
    assert (change.estimate, change.se) == pytest.approx((adjusted.estimate, adjusted.se))
    r = within_person_correlation(a, b)
    z, half = math.atanh(stats.pearsonr(a, b).statistic), stats.norm.ppf(0.975) / math.sqrt(22)
    assert (r.low, r.high) == pytest.approx((math.tanh(z - half), math.tanh(z + half)))


def test_paired_refusals() -> None:
    with pytest.raises(InputError, match="no variance"):
        paired_t_test([3.0, 4.0, 5.0], [1.0, 2.0, 3.0])
    with pytest.raises(InputError, match="1 observed"):
        paired_t_test([3.0, NAN], [1.0, 2.0])
    with pytest.raises(InputError, match="use the paired t test"):
        paired_ancova([3.0, 4.0, 7.0], [1.0, 2.0, 3.0], [5.0, 6.0, 7.0], [4.0, 5.0, 6.0])
    with pytest.raises(InputError, match="four or more"):
        within_person_correlation([1.0, 2.0, 3.0], [1.0, 2.0, 4.0])


def test_crossover_is_two_t_tests_by_hand() -> None:
    rng = np.random.default_rng(SEED)
    order = np.repeat([0, 1], [12, 9])
    person = rng.normal(0, 30, 21)
    first = person + np.where(order == 0, 10, 0) + 4 + rng.normal(0, 5, 21)
    second = person + np.where(order == 1, 10, 0) + rng.normal(0, 5, 21)
    d, total = first - second, first + second
    theirs = stats.ttest_ind(d[order == 0], d[order == 1])
    carry = stats.ttest_ind(total[order == 0], total[order == 1])
    period = stats.ttest_ind(d[order == 0], -d[order == 1])
    found = crossover(
        np.append(first, [1.0, 2.0]), np.append(second, [NAN, NAN]), np.append(order, [0, 1])
    )
    wanted = np.array(theirs.confidence_interval()) / 2
    assert (found.effect.low, found.effect.high) == pytest.approx(tuple(wanted))
    ps = (found.effect.p, found.carry_over.p, found.period.p)
    assert ps == pytest.approx((theirs.pvalue, carry.pvalue, period.pvalue))
    assert (found.people, found.left_out) == ((12, 9), (1, 1))
    lifted = crossover(first + 100, second, order)
    assert lifted.effect.estimate == pytest.approx(found.effect.estimate)
    assert lifted.period.estimate == pytest.approx(found.period.estimate + 100)
    with pytest.raises(InputError, match="AB"):
        crossover(first, second, order + 1)


def test_carry_over_biases_the_effect_by_half_of_itself() -> None:
    order = np.array([0, 0, 1, 1])
    person, wobble = np.array([5.0, 9, 2, 4]), np.array([0.1, -0.1, 0.1, -0.1])
    first = person + np.where(order == 0, 10, 0) + wobble
    second = person + np.where(order == 1, 10, 0)
    clean, left = (
        crossover(first, second, order),
        crossover(first, second + 6 * (order == 0), order),
    )
    assert clean.effect.estimate == pytest.approx(10)
    assert left.effect.estimate == pytest.approx(10 - 6 / 2)
    shift = left.carry_over.estimate - clean.carry_over.estimate
    assert shift == pytest.approx(6)


def test_type_one_error_of_the_tests_of_means() -> None:
    """Seed 20, 2,000 replicates of normal data without an effect, error 0.0049."""
    rng = np.random.default_rng(SEED)
    y, baseline = rng.normal(0, 20, (40, REPLICATES)), rng.normal(150, 30, (40, REPLICATES))
    y += 0.5 * baseline
    arm = np.repeat([0, 1, 2], [13, 13, 14])
    table = ancova_all(y, baseline, arm, np.arange(40) % 3)
    for pair in range(3):
        assert_type_one_error(table.p[:, pair])
    a, b = y[:20].T, y[20:].T
    assert_type_one_error([t_test(x, z).p for x, z in zip(a, b, strict=True)])
    assert_type_one_error(
        [t_test(x, 3 * (z - 75), pooled=False).p for x, z in zip(a - 75, b, strict=True)]
    )
    assert_type_one_error([paired_t_test(x, z).p for x, z in zip(a, b, strict=True)])
    before = baseline[:20].T, baseline[20:].T
    assert_type_one_error([paired_ancova(*each).p for each in zip(a, b, *before, strict=True)])
    order = np.arange(20) % 2
    crossed = [crossover(x, z + 5, order) for x, z in zip(a, b, strict=True)]
    assert_type_one_error([c.effect.p for c in crossed])
    assert_type_one_error([c.carry_over.p for c in crossed])
    edge = [t_test(x, z + 10) for x, z in zip(a, b, strict=True)]
    assert_type_one_error([noninferior(e, 10).p for e in edge])
